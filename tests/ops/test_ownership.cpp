// SPDX-License-Identifier: MIT
// Tests that each result owns its memory, whatever the inputs, unless the op is documented as a
// view. Also tests the error of every op for an undefined input.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "support/bits.hpp"
#include "support/each_sample.hpp"
#include "support/messages.hpp"
#include "support/op_cases.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

std::string function_of(const OpCase& c) { return c.name.substr(0, c.name.find('/')); }

// The ops whose documentation says that the result may share x's memory. A new one must be a view
// in PyTorch too, or give back its input there.
bool is_view(const std::string& name) {
  static const std::set<std::string> views = {
      "reshape",      "flatten", "unflatten", "squeeze",     "unsqueeze", "permute",
      "transpose",    "movedim", "swapaxes",  "swapdims",    "slice",     "narrow",
      "select",       "index",   "split",     "chunk",       "unbind",    "to",
      "tensor_split", "expand",  "expand_as", "broadcast_to"};
  return views.count(name) > 0;
}

// Inputs that an op can do without: weights, biases, masks, bounds.
bool is_optional(const std::string& op, std::size_t input) {
  static const std::map<std::string, std::size_t> first_optional = {
      {"clamp", 1},
      {"scaled_dot_product_attention", 3},
      {"linear", 2},
      {"bilinear", 3},
      {"layer_norm", 1},
      {"rms_norm", 1},
      {"batch_norm", 1},
      {"batch_norm_relu", 1},
      {"group_norm", 1},
      {"instance_norm", 1},
      {"diff", 1},
      {"bincount", 1},
      {"conv1d", 2},
      {"conv2d", 2},
      {"conv3d", 2},
      {"conv_transpose1d", 2},
      {"conv_transpose2d", 2},
      {"conv_transpose3d", 2}};
  const auto found = first_optional.find(op);
  return found != first_optional.end() && input >= found->second;
}

// The op that the user of a row calls with the input that is missing: the row's own, or what some
// rows make its argument with.
bool names_what_was_called(const std::string& message, const std::string& op) {
  static const std::multimap<std::string, std::string> made_with = {
      {"index_put", "index"},
      {"searchsorted", "sort"},
      {"ctc_loss", "log_softmax"},
      {"cumprod", "mul"},
      {"to", "mul"},
      {"soft_margin_loss", "mul"},
      {"hinge_embedding_loss", "mul"},
      {"margin_ranking_loss", "mul"},
      {"cosine_embedding_loss", "mul"}};
  const auto begins = [&](const std::string& name) {
    return message.rfind(str_cat('[', name, "] "), 0) == 0;
  };
  const auto [first, last] = made_with.equal_range(op);
  return begins(op) || std::any_of(first, last, [&](const auto& e) { return begins(e.second); });
}

// Writes over the values, as a user may through data().
void scribble(const Tensor& t) {
  if (t.array().bytes())
    std::memset(t.array().raw(), t.dtype() == bool_ ? 1 : 0x5a, t.array().bytes());
}
std::vector<Array> copies(const Tensors& x) {
  std::vector<Array> out;
  for (const Tensor& t : x) out.push_back(t.array().copy());
  return out;
}

// Empty if the result and the inputs of f share nothing; else what changed with what.
std::string shared(const Run& f, const Tensors& x) {
  const std::vector<Array> before = copies(x);
  const Tensor y = f(x);
  const Array result = y.array().copy();
  scribble(y);
  for (std::size_t k = 0; k < x.size(); ++k)
    if (!same_bits(x[k].array(), before[k]))
      return str_cat("input ", k, " changed with the result");
  const Tensor again = f(x);
  for (const Tensor& t : x) scribble(t);
  return same_bits(again.array(), result) ? "" : "the result changed with the inputs";
}

Tensors plain(const Tensors& x) {
  Tensors out;
  for (const Tensor& t : x) out.emplace_back(t.array().copy());
  return out;
}

}  // namespace

TEST_CASE("no result shares memory with an input, except a view's") {
  for_each_sample(op_cases(), [](const OpCase& c, const auto& sample) {
    if (is_view(function_of(c))) return;
    const Tensors x = draw(sample, 21, float64);
    CHECK(shared(c.run, plain(x)) == "");
    CHECK(shared(c.run, x) == "");  // recorded
  });
}

TEST_CASE("an op that has nothing to do gives a copy") {
  const Tensor m = rand({3, 3}), picture = rand({2, 4, 6, 6}), one = rand({1, 1});
  const auto no_op = [](const char* name, const Tensor& x,
                        const std::function<Tensor(const Tensor&)>& f) {
    CAPTURE(name);
    const Run run = [f](const Tensors& in) { return f(in[0]); };
    CHECK(shared(run, {x.detach() * 1}) == "");
    CHECK(shared(run, {(x.detach() * 1).requires_grad_()}) == "");
    // The gradient is that of the identity, and can be differentiated again.
    Tensor leaf = Tensor(to(x, float64).array().copy()).requires_grad_();
    const auto identity = [f](const Tensors& in) { return f(in[0]); };
    CHECK(gradcheck(identity, {leaf}).ok);
  };
  // clang-format off: a table
  no_op("dropout", m, [](const Tensor& x) { return dropout(x, 0.5, false); });
  no_op("dropout of nothing", m, [](const Tensor& x) { return dropout(x, 0); });
  no_op("feature_dropout", picture, [](const Tensor& x) { return feature_dropout(x, 0.5, false); });
  no_op("dropout2d", picture, [](const Tensor& x) { return dropout2d(x, 0.5, false); });
  no_op("alpha_dropout", m, [](const Tensor& x) { return alpha_dropout(x, 0.5, false); });
  no_op("feature_alpha_dropout", m,
        [](const Tensor& x) { return feature_alpha_dropout(x, 0.5, false); });
  no_op("pad", m, [](const Tensor& x) { return pad(x, {0, 0}); });
  no_op("pad that cuts", m, [](const Tensor& x) { return pad(x, {0, 0, -1, 0}); });
  no_op("reflecting pad", m, [](const Tensor& x) { return pad(x, {0, 0}, PadMode::kReflect); });
  no_op("roll", m, [](const Tensor& x) { return roll(x, 0, 0); });
  no_op("roll a whole turn", m, [](const Tensor& x) { return roll(x, 3, 1); });
  no_op("roll flat", m, [](const Tensor& x) { return roll(x, Shape{9}); });
  no_op("flip", m, [](const Tensor& x) { return flip(x, {}); });
  no_op("rot90", m, [](const Tensor& x) { return rot90(x, 4); });
  no_op("repeat", m, [](const Tensor& x) { return repeat(x, {1, 1}); });
  no_op("tile", m, [](const Tensor& x) { return tile(x, {1}); });
  no_op("repeat_interleave", m, [](const Tensor& x) { return repeat_interleave(x, 1, 0); });
  no_op("concat", m, [](const Tensor& x) { return concat({x}); });
  no_op("stack", m, [](const Tensor& x) { return stack({x}); });
  no_op("hstack", m, [](const Tensor& x) { return hstack({x}); });
  no_op("vstack", m, [](const Tensor& x) { return vstack({x}); });
  no_op("meshgrid", m, [](const Tensor& x) { return meshgrid({select(x, 0, 0)})[0]; });
  no_op("clamp", m, [](const Tensor& x) { return clamp(x); });
  no_op("einsum", m, [](const Tensor& x) { return einsum("ij->ij", {x}); });
  no_op("einsum of a scalar", one, [](const Tensor& x) { return einsum("->", {reshape(x, {})}); });
  no_op("tensordot", m, [](const Tensor& x) { return tensordot(x, ones({}, x.dtype()), 0); });
  no_op("sum", one, [](const Tensor& x) { return sum(x); });
  no_op("sum over size 1", one, [](const Tensor& x) { return sum(x, {0}); });
  no_op("sum over nothing to keep", one, [](const Tensor& x) { return sum(reshape(x, {})); });
  no_op("mean", one, [](const Tensor& x) { return mean(x, {1}); });
  no_op("max", one, [](const Tensor& x) { return max(x); });
  no_op("min", one, [](const Tensor& x) { return min(x, 0); });
  no_op("prod", one, [](const Tensor& x) { return prod(x, 0); });
  no_op("logsumexp", one, [](const Tensor& x) { return logsumexp(x, {0}); });
  no_op("cumsum", one, [](const Tensor& x) { return cumsum(x, 0); });
  no_op("cumprod", one, [](const Tensor& x) { return cumprod(x, 0); });
  no_op("sum_to", m, [](const Tensor& x) { return sum_to(x, {3, 3}); });
  no_op("pow", m, [](const Tensor& x) { return pow(x, 1); });
  no_op("diff", m, [](const Tensor& x) { return diff(x, 0); });
  no_op("diag", m, [](const Tensor& x) { return diag(x, 2); });
  no_op("diagonal", m, [](const Tensor& x) { return diagonal(x, 2); });
  no_op("matrix_power", m, [](const Tensor& x) { return matrix_power(x, 1); });
  no_op("interpolate", picture, [](const Tensor& x) { return interpolate(x, {.size = 6}); });
  no_op("interpolate linearly", picture, [](const Tensor& x) {
    return interpolate(x, {.size = 6, .mode = Interpolation::kBilinear});
  });
  no_op("interpolate by area", picture,
        [](const Tensor& x) { return interpolate(x, {.size = 6, .mode = Interpolation::kArea}); });
  no_op("avg_pool2d", picture, [](const Tensor& x) { return avg_pool2d(x, 1); });
  no_op("max_pool2d", picture, [](const Tensor& x) { return max_pool2d(x, 1); });
  no_op("adaptive_avg_pool2d", picture, [](const Tensor& x) { return adaptive_avg_pool2d(x, 6); });
  no_op("pixel_shuffle", picture, [](const Tensor& x) { return pixel_shuffle(x, 1); });
  no_op("pixel_unshuffle", picture, [](const Tensor& x) { return pixel_unshuffle(x, 1); });
  no_op("channel_shuffle", picture, [](const Tensor& x) { return channel_shuffle(x, 1); });
  no_op("unfold", m, [](const Tensor& x) { return unfold(x, 0, 1, 1); });
  no_op("sort", one, [](const Tensor& x) { return sort(x, 0).values; });
  no_op("index_select", one, [](const Tensor& x) { return index_select(x, 0, zeros({1}, int64)); });
  no_op("tril", m, [](const Tensor& x) { return tril(x, 5); });
  // clang-format on
}

TEST_CASE("a vjp that hands its gradient on copies nothing") {
  const Tensor x = rand({100, 100}).requires_grad_();
  const Tensor y = sum(reshape(sum_to(x + 1, {100, 100}), {-1}) - 1);
  const auto before = Pool::instance().stats().live_bytes;
  Pool::instance().reset_peak();
  y.backward();
  const auto peak = Pool::instance().stats().peak_bytes;
  CHECK(peak - before < 2 * x.array().bytes() + 10000);  // the gradient of sum, and the leaf's
}

TEST_CASE("an undefined input is an error that names the op, the operand and the user's line") {
  for (const OpCase& c : op_cases()) {
    if (c.samples.empty() && c.specials.empty()) continue;
    const std::string op = function_of(c);
    const Tensors inputs =
        c.samples.empty() ? given(c.specials[0], float64) : draw(c.samples.back(), 22, float64);
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      Tensors x = inputs;
      x[k] = Tensor();
      [[maybe_unused]] const Op before{"before", At::here()};  // what ran last is not to blame
      const std::string message = message_of([&] { c.run(x); });
      if (is_optional(op, k) && message == "no error") continue;
      CAPTURE(c.name);
      CAPTURE(k);
      CHECK_MESSAGE(contains(message, ".cpp:"), message);
      if (contains(message, "] the tensor is undefined")) continue;  // a member that the row called
      CHECK_MESSAGE(contains(message, " undefined"), message);
      CHECK_MESSAGE(names_what_was_called(message, op), message);
      const bool which = !contains(message, "] an operand is") ||
                         contains(message, "[log_softmax]") || contains(message, "[sort]");
      CHECK_MESSAGE((inputs.size() == 1 || which), message);
    }
  }
}
