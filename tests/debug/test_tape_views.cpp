// SPDX-License-Identifier: MIT
// Tests of the profile, the memory report, and the tape as JSON, DOT and HTML.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/messages.hpp"
#include "tinygrad/debug/tape_html.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::debug;
using tinygrad::test::contains;
using JsonValue = nlohmann::json;

namespace {
struct Classifier {
  nn::Sequential model{nn::Linear(4, 8), nn::ReLU(), nn::Linear(8, 3)};
  Tensor x = ones({6, 4});
  Tensor labels = zeros({6}, int64);
  Tensor loss() { return cross_entropy(model(x), labels); }
};
}  // namespace

TEST_CASE("a profile has every op once, with its line, shapes and both times") {
  Classifier p;
  const Profile profile;
  const int line = __LINE__ + 1;
  const Tensor loss = p.loss();
  loss.backward();
  REQUIRE(profile.ops().size() >= 4);
  const Tape tape = Tape::of(loss);
  for (const auto& node : tape) {
    const ProfiledOp* op = profile.op_of(*node);
    REQUIRE(op);
    CHECK(op->forward_ns > 0);
    CHECK(op->backward_ns > 0);
    CHECK(op->backward_runs == 1);
  }
  const ProfiledOp* first = profile.op_of(tape[0]);
  CHECK(first->shape == Shape{6, 8});
  CHECK(first->bytes == 6 * 8 * 4);
  CHECK(first->inputs.size() == 3);
  CHECK(line > 0);
  CHECK(contains(to_string(profile), "linear at test_tape_views.cpp:"));
}

TEST_CASE("the time of a composed op does not count its parts twice") {
  Profile profile;
  const std::int64_t start = tinygrad::detail::nanoseconds();
  const Tensor x = ones({1000, 3, 50});
  cross_entropy(x, zeros({1000, 50}, int64));
  const std::int64_t all = tinygrad::detail::nanoseconds() - start;
  std::int64_t sum = 0;
  for (const auto& op : profile.ops()) {
    CHECK(op.forward_ns >= 0);
    sum += op.forward_ns;
  }
  CHECK(sum <= all);
}

TEST_CASE("the JSON of a tape names its parameters and holds edges, lines, bytes and times") {
  Classifier p;
  const Profile profile;
  const Tensor loss = p.loss();
  const JsonValue json =
      JsonValue::parse(to_json(Tape::of(loss), {.profile = &profile, .module = &p.model}));
  REQUIRE(json["ops"].size() == 4);
  REQUIRE(json["leaves"].size() == 4);
  CHECK(json["leaves"][0]["name"] == "0.weight");
  const JsonValue& relu = json["ops"][1];
  CHECK(relu["name"] == "relu");
  CHECK(relu["inputs"] == JsonValue::parse(R"([{"op": 0}])"));
  CHECK(relu["outputs"][0] == JsonValue::parse(R"({"shape": [6, 8], "dtype": "float32"})"));
  CHECK(relu["bytes"] == 6 * 8 * 4);
  CHECK(relu["saved"][0]["bytes"] == 6 * 8 * 4);
  CHECK(relu["forward_ns"] > 0);
  CHECK(contains(relu["site"].get<std::string>(), "test_tape_views.cpp:"));
  CHECK(json["ops"][0]["inputs"][0].is_null());  // x is a constant
  CHECK(json["ops"][0]["inputs"][1]["leaf"] == 0);
}

TEST_CASE("DOT has a line for each op, leaf and edge") {
  Classifier p;
  const Profile profile;  // so that the lines of what is inside modules are known
  const std::string dot = to_dot(Tape::of(p.loss()), &p.model);
  CHECK(dot.find("digraph tape {") == 0);
  CHECK(contains(dot, "op1 [label=\"relu\\n(6, 8) float32\\ntest_tape_views.cpp:"));
  CHECK(contains(dot, "leaf0 [style=rounded, label=\"0.weight\\n(8, 4) float32\"];"));
  CHECK(contains(dot, "op0 -> op1;"));
  CHECK(contains(dot, "leaf2 -> op2;"));
  int edges = 0;
  for (auto at = dot.find("->"); at != dot.npos; at = dot.find("->", at + 1)) ++edges;
  CHECK(edges == 7);
}

TEST_CASE("the page stands alone and its data is the JSON") {
  Classifier p;
  const Profile profile;
  const Tensor loss = p.loss();
  const Tape tape = Tape::of(loss);
  const TapeOptions options{.profile = &profile, .module = &p.model};
  const std::string page = to_html(tape, options);
  for (const char* forbidden :
       {"http:", "https:", "src=", "href=", "url(", "import", "fetch(", "//cdn"})
    CHECK_MESSAGE(!contains(page, forbidden), forbidden);
  const std::string mark = "id=\"data\">";
  const auto start = page.find(mark) + mark.size();
  const std::string data = page.substr(start, page.find("</script>", start) - start);
  CHECK(JsonValue::parse(data) == JsonValue::parse(to_json(tape, options)));
}

TEST_CASE("text in the data cannot end the page's script") {
  struct Odd final : nn::Module {
    nn::Parameter w{ones({2})};
    void members(nn::Members& m) override { m("</script><b>", w); }
  } odd;
  const std::string page = to_html(Tape::of(sum(odd.w * 2)), {.module = &odd});
  CHECK(contains(page, "\\u003c/script>"));
  CHECK_FALSE(contains(page, "</script><b>"));
}

TEST_CASE("a memory report finds the peak and its op") {
  const Tensor x = ones({1000}).requires_grad_();
  MemoryReport report;
  const int line = __LINE__ + 1;
  Tensor big = expand(x, {200, 1000}) * 2.0;
  sum(big);
  big = Tensor();
  sum(x);
  CHECK(report.peak().live_bytes >= report.start_bytes() + 200 * 1000 * 4);
  CHECK(report.peak().at.text() == str_cat("test_tape_views.cpp:", line));
  CHECK(report.samples().size() >= 4);
  CHECK(report.samples().back().live_bytes < report.peak().live_bytes);
}

TEST_CASE("what backward needs is listed with its keepers, each buffer once") {
  const Tensor x = ones({100}).requires_grad_();
  MemoryReport report;
  const Tensor y = exp(x);
  const int line = __LINE__ - 1;
  const Tensor loss = sum(y * y);
  report.take_stock(Tape::of(loss));
  REQUIRE(report.kept().size() == 1);
  CHECK(std::string_view(report.kept()[0].name) == "exp");
  CHECK(report.kept()[0].at.text() == str_cat("test_tape_views.cpp:", line));
  CHECK(report.kept()[0].bytes == 400);
  CHECK(report.kept()[0].keepers == 3);  // exp, and both factors of mul
  CHECK(report.kinds().saved == 400);
  loss.backward();
  report.take_stock(Tape::of(loss));
  CHECK(report.kinds().saved == 0);
}

TEST_CASE("bytes are told by kind, and the report becomes text and JSON") {
  Classifier p;
  optim::SGD sgd(p.model.parameters(), {.lr = 0.1, .momentum = 0.9});
  p.loss().backward();
  sgd.step();
  MemoryReport report;
  const Tensor loss = p.loss();
  report.take_stock(Tape::of(loss), &p.model, &sgd);
  const std::size_t parameters = 4 * static_cast<std::size_t>(p.model.parameter_count());
  CHECK(report.kinds().parameters == parameters);
  CHECK(report.kinds().gradients == parameters);
  CHECK(report.kinds().optimizer == parameters);
  CHECK(report.kinds().saved > 0);
  CHECK(contains(to_string(report), "saved for backward:\n"));
  const JsonValue json = JsonValue::parse(to_json(report));
  CHECK(json["kinds"]["parameters"] == parameters);
  CHECK(json["samples"].size() == report.samples().size());
  CHECK(json["kept"].size() == report.kept().size());
  CHECK(contains(to_html(Tape::of(loss), {.memory = &report}), "\"start_bytes\":"));
}
