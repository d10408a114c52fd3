// SPDX-License-Identifier: MIT
// Runs every check on every row of the op-case table. Each message names the op that failed.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "structure/ops_page_files.hpp"
#include "support/each_sample.hpp"
#include "support/op_cases.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

void compare(const Tensor& got, const Naive& expected, double tolerance) {
  REQUIRE(got.shape() == expected.shape);
  for (Index i = 0; i < got.numel(); ++i) {
    if (same(got.array().at(i), expected[i], tolerance)) continue;
    FAIL_CHECK("element " << i << ": got " << got.array().at(i) << ", expected " << expected[i]);
    return;
  }
}

// What the row's run should give. Where chance decides, the same once more: the generator is fixed.
Naive expected(const OpCase& c, const Tensors& x) {
  if (!c.reference) return Naive(c.run(x).array());
  Naives in;
  for (const Tensor& t : x) in.emplace_back(t.array());
  return c.reference(in);
}

// True if there is anything to differentiate by: gradcheck fails where there is not.
bool has_elements(const std::vector<Input>& sample) {
  for (const Input& input : sample)
    if (is_floating(input.dtype) && input.shape.count() > 0) return true;
  return false;
}

}  // namespace

TEST_CASE("every op gives the value of its naive reference in float64") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    const Tensors x = draw(sample, 1, float64);
    compare(c.run(x), expected(c, x), 1e-11);
  });
}

TEST_CASE("every op gives the value of its naive reference in float32, within its tolerance") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    CHECK_MESSAGE((c.tolerance == 1e-5 || !c.tolerance_reason.empty()),
                  "a tolerance needs a reason");
    const Tensors x = draw(sample, 2, float32);
    compare(c.run(x), expected(c, x), c.tolerance);
  });
}

TEST_CASE("every op gives the value of its naive reference at special values") {
  for (const Dtype floating : {float64, float32}) {
    for (const OpCase& c : op_cases()) {
      for (std::size_t k = 0; k < c.specials.size(); ++k) {
        const std::string row = str_cat(c.name, " special ", k, ' ', floating);
        CAPTURE(row);
        const Tensors x = given(c.specials[k], floating);
        compare(c.run(x), expected(c, x), floating == float64 ? 1e-11 : c.tolerance);
      }
    }
  }
}

TEST_CASE("every op takes memory that is not aligned") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    const Tensors x = draw(sample, 9, float32);
    Tensors shifted;  // the same values, one element into a larger buffer
    for (const Tensor& t : x) {
      Array buffer = Array::empty({t.numel() + 1}, t.dtype(), {"test"});
      Array inside = buffer.rows(1, t.numel() + 1);
      if (t.numel()) std::memcpy(inside.raw(), t.array().raw(), t.array().bytes());
      shifted.emplace_back(inside.reshaped(t.shape()));
    }
    // Not bit for bit: where a loop's vectors begin decides the order of its sums.
    compare(c.run(shifted), Naive(c.run(x).array()), 1e-6);
  });
}

TEST_CASE("every differentiable op passes gradcheck in float64") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    if (!c.differentiable || !has_elements(sample)) return;
    const GradcheckReport report = gradcheck(c.run, draw(sample, 3, float64));
    CHECK_MESSAGE(report.ok, to_string(report));
    CHECK_MESSAGE(report.kinks == 0, "the samples touch a kink: " << to_string(report));
  });
}

TEST_CASE("every differentiable op passes gradgradcheck in float64") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    if (!c.differentiable || !has_elements(sample)) return;
    const GradcheckReport report = gradgradcheck(c.run, draw(sample, 4, float64));
    CHECK_MESSAGE(report.ok, to_string(report));
  });
}

TEST_CASE("every op gives gradients to the inputs that require them, and to no others") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    if (!c.differentiable) return;
    const Tensors x = draw(sample, 5, float64);
    const Tensor y = c.run(x);
    const Tensor v = Tensor(Array::full(y.shape(), 0.5, float64));
    y.backward(v);
    for (std::size_t k = 0; k < x.size(); ++k) {  // alone, input k gets the same gradient
      if (!is_floating(x[k].dtype())) continue;
      Tensors alone;
      for (const Tensor& t : x) alone.push_back(t.detach());
      alone[k].requires_grad_();
      c.run(alone).backward(v);
      for (std::size_t j = 0; j < x.size(); ++j) CHECK((j == k || !alone[j].grad().defined()));
      if (x[k].grad().defined()) compare(alone[k].grad(), Naive(x[k].grad().array()), 0);
    }
  });
}

TEST_CASE("no op computes a gradient that nobody needs") {
  struct Unneeded final : Observer {
    std::vector<Tensor> given = {};
    std::string found = {};
    bool hands_on(const Tensor& grad) const {  // which costs nothing
      for (const Tensor& t : given)
        if (t.defined() && t.array().buffer() == grad.array().buffer()) return true;
      return false;
    }
    void before_backward(const Node& /*node*/, const std::vector<Tensor>& grads) override {
      given = grads;
    }
    void after_backward(const Node& node, const std::vector<Tensor>& grads,
                        std::int64_t /*nanoseconds*/) override {
      for (std::size_t i = 0; i < grads.size(); ++i)
        if (grads[i].defined() && !node.inputs()[i].needed() && !hands_on(grads[i]))
          found = str_cat(node.name(), ", input ", i);
    }
  };
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    if (!c.differentiable) return;
    const Tensors x = draw(sample, 5, float64);
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!is_floating(x[k].dtype())) continue;
      Tensors alone;
      for (const Tensor& t : x) alone.push_back(t.detach());
      alone[k].requires_grad_();
      const Tensor y = c.run(alone);
      Unneeded unneeded;
      const ObserverGuard watch(unneeded);
      y.backward(Tensor(Array::full(y.shape(), 0.5, float64)));
      CHECK_MESSAGE(unneeded.found.empty(), unneeded.found);
    }
  });
}

namespace {

// Counts the results that a vjp made and from which no gradient that it returned was made, by the names
// of the node and of the operation that made them. An array that goes into a kernel is not seen to be
// used, so that the counts mean something only beside those of another backward pass.
class Dead final : public Observer {
 public:
  std::map<std::string, int> counts = {};

  void before_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/) override {
    made_.clear();
  }
  void on_forward(const Op& op, const Array& result, const std::vector<Tensor>& inputs,
                  const Node* /*node*/, std::int64_t /*nanoseconds*/) override {
    for (const Tensor& t : inputs)  // a view costs nothing
      if (t.defined() && address(t.array()) == address(result)) return;
    made_.push_back({op.name, result, inputs});
  }
  void after_backward(const Node& node, const std::vector<Tensor>& grads,
                      std::int64_t /*nanoseconds*/) override {
    std::set<const void*> live;
    const auto keep = [&](const std::vector<Tensor>& tensors) {
      for (const Tensor& t : tensors)
        if (t.defined()) live.insert(address(t.array()));
    };
    keep(grads);
    for (auto made = made_.rbegin(); made != made_.rend(); ++made)
      if (live.count(address(made->result))) keep(made->inputs);
      else ++counts[str_cat(node.name(), ": ", made->name)];
    made_.clear();
  }

 private:
  struct Made {
    std::string name;
    Array result;  // held, so that its memory is not used again
    std::vector<Tensor> inputs;
  };
  // Of the memory, which views share.
  static const void* address(const Array& a) { return a.buffer(); }

  std::vector<Made> made_ = {};
};

std::map<std::string, int> dead_results(const OpCase& c, const Tensors& x, bool create_graph) {
  const Tensor y = c.run(x);
  if (!y.requires_grad()) return {};
  Dead dead;
  const ObserverGuard watch(dead);
  y.backward(Tensor(Array::full(y.shape(), 0.5, float64)), {.create_graph = create_graph});
  for (const Tensor& t : x)  // a gradient with a history holds the leaf that holds it
    if (t.defined()) t.zero_grad();
  return dead.counts;
}

}  // namespace

TEST_CASE("work of a vjp for an input that requires no gradient is counted") {
  OpCase wasteful;
  wasteful.run = [](const Tensors& x) {
    return record({"wasteful"}, mul(x[0].detach(), x[1].detach()).array(), {x[0], x[1]},
                  save(x[0], x[1]), [](const Vjp& vjp, const Tensor& a, const Tensor& b) {
                    const Tensor for_a = mul(vjp.grad(), b), for_b = mul(vjp.grad(), a);
                    return grads(for_a, vjp.needs(1) ? for_b : Tensor());
                  });
  };
  const Tensor a = ones({2}, float64).requires_grad_(), b = ones({2}, float64);
  const std::map<std::string, int> one = {{"wasteful: mul", 1}};
  CHECK(dead_results(wasteful, {a, b}, false) == one);
  CHECK(dead_results(wasteful, {a, b.detach().requires_grad_()}, false).empty());
}

TEST_CASE("no op works for the gradient of an input that requires none") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    if (!c.differentiable || sample.size() < 2) return;
    for (const bool create_graph : {false, true}) {
      auto all = dead_results(c, draw(sample, 5, float64), create_graph);
      for (std::size_t k = 0; k < sample.size(); ++k) {
        if (!is_floating(sample[k].dtype)) continue;
        Tensors alone;
        for (const Tensor& t : draw(sample, 5, float64)) alone.push_back(t.detach());
        alone[k].requires_grad_();
        for (const auto& [name, count] : dead_results(c, alone, create_graph))
          CHECK_MESSAGE(count <= all[name], "input " << k << " alone: " << name);
      }
    }
  });
}

TEST_CASE("no op records anything under NoGradGuard or without inputs that require gradients") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    const Tensors x = draw(sample, 6, float64);
    // An op with nothing to do may give back its input, which is a leaf that requires a gradient.
    const auto recorded = [](const Tensor& y) { return !y.is_leaf(); };
    const auto before = Node::live();
    {
      const NoGradGuard no_grad;
      CHECK_FALSE(recorded(c.run(x)));
    }
    Tensors plain;
    for (const Tensor& t : x) plain.push_back(t.detach());
    CHECK_FALSE(c.run(plain).requires_grad());
    CHECK(Node::live() == before);
    if (!c.differentiable) CHECK_FALSE(c.run(x).requires_grad());
  });
}

TEST_CASE("no op leaves a node alive after its graph is dropped") {
  const auto before = Node::live();
  for_each_sample(op_cases(), [&](const OpCase& c, const auto& sample) {
    { const Tensor y = c.run(draw(sample, 7, float64)); }
    CHECK(Node::live() == before);
  });
}

TEST_CASE("every op gives the same bits for one and for two threads") {
  const int threads = num_threads();
  for (const OpCase& c : op_cases()) {
    CAPTURE(c.name);
    for (const BenchSample& bench : c.benchmarks) {
      const Tensors x = draw(bench.inputs, 8, float32);
      Tensors both;
      for (const int n : {1, 2}) {
        set_num_threads(n);
        for (const Tensor& t : x) t.zero_grad();
        const Tensor y = c.run(x);
        both.push_back(y.detach());
        if (!c.differentiable) continue;
        y.backward(Tensor(Array::full(y.shape(), 0.5, y.dtype())));
        for (const Tensor& t : x) both.push_back(t.grad());
      }
      const std::size_t half = both.size() / 2;
      for (std::size_t i = 0; i < half; ++i) {
        const Tensor &one = both[i], &two = both[half + i];
        REQUIRE(one.defined() == two.defined());
        if (one.defined())
          CHECK(std::memcmp(one.array().raw(), two.array().raw(), one.array().bytes()) == 0);
      }
    }
  }
  set_num_threads(threads);
}

TEST_CASE("every op refuses wrong input with its name, the values and the rule") {
  for (const OpCase& c : op_cases()) {
    CAPTURE(c.name);
    for (const ErrorSample& sample : c.errors) {
      CAPTURE(sample.text);
      std::string message = "no error", name;
      try {
        sample.call();
      } catch (const Error& e) {
        message = e.what();
        name = e.op();
      }
      CHECK_MESSAGE(name == c.name.substr(0, c.name.find('/')), message);
      CHECK_MESSAGE(message.find(sample.text) != std::string::npos, message);
      CHECK_MESSAGE(message.find(".cpp:") != std::string::npos, "no call site in: " << message);
    }
  }
}

TEST_CASE("every op has a reference, unless it draws, an error sample and a benchmark") {
  std::map<std::string, std::pair<bool, bool>> has;
  for (const OpCase& c : op_cases()) {
    const bool compared = c.reference || (c.torch.empty() && !c.differentiable);
    CHECK_MESSAGE(compared, c.name << " has no reference");
    auto& [error, benchmark] = has[c.name.substr(0, c.name.find('/'))];
    error = error || !c.errors.empty();
    benchmark = benchmark || !c.benchmarks.empty();
  }
  for (const auto& entry : has) {
    const std::string& name = entry.first;
    const auto [error, benchmark] = entry.second;
    static const std::set<std::string> any = {
        "to",    "clone", "logical_not", "nonzero", "argwhere", "unique", "unique_consecutive",
        "isnan", "isinf", "isfinite",    "equal"};
    const bool takes_anything = any.count(name) > 0;
    CHECK_MESSAGE((error || takes_anything), name << " has no error sample");
    CHECK_MESSAGE(benchmark, name << " has no benchmark");
  }
}

TEST_CASE("every function of ops/ has a row") {
  std::map<std::string, std::set<std::string>> rows, defined;  // families by function
  for (const OpCase& c : op_cases()) rows[c.name.substr(0, c.name.find('/'))].insert(c.family);
  const std::vector<ops_page::Family> families = ops_page::read_ops().families;
  for (const auto& family : families)
    for (const auto& block : family.blocks)
      for (const std::string& name : block.names) defined[name].insert(family.name);
  std::size_t functions = 0;
  for (const auto& [name, homes] : defined) {
    for (const std::string& home : homes) {
      if (home == "creation/creation") continue;  // tested by hand: no tensor goes in
      // A name that stands in two headers needs a row in the file of each.
      const bool found = homes.size() == 1 ? rows.count(name) > 0 : rows[name].count(home) > 0;
      CHECK_MESSAGE(found, name << " of ops/" << home << ".hpp has no row");
      ++functions;
    }
  }
  CHECK(functions > 200);
}
