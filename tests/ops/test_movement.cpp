// SPDX-License-Identifier: MIT
// Tests of ops/shape/movement.hpp and ops/shape/join.hpp: shared buffers, gradients of parts.
#include <doctest/doctest.h>

#include <string>

#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
bool shares(const Tensor& a, const Tensor& b) {
  const std::byte* first = b.array().raw();
  return first <= a.array().raw() && a.array().raw() < first + b.array().bytes();
}
}  // namespace

TEST_CASE("slices of a dim are Python's") {
  const Tensor x = arange(5);
  const auto none = std::nullopt;
  constexpr Index huge = std::numeric_limits<Index>::max();
  constexpr Index tiny = std::numeric_limits<Index>::min();
  const struct {
    Slice slice;
    std::vector<double> expected;
  } table[] = {
      {{}, {0, 1, 2, 3, 4}},                // [:]
      {{2}, {2, 3, 4}},                     // [2:]
      {{none, 2}, {0, 1}},                  // [:2]
      {{1, 4}, {1, 2, 3}},                  // [1:4]
      {{1, 4, 2}, {1, 3}},                  // [1:4:2]
      {{0, 5, 2}, {0, 2, 4}},               // [0:5:2]
      {{-2}, {3, 4}},                       // [-2:]
      {{none, -2}, {0, 1, 2}},              // [:-2]
      {{-4, -1}, {1, 2, 3}},                // [-4:-1]
      {{-100, 100}, {0, 1, 2, 3, 4}},       // clamped at both ends
      {{5, 9}, {}},                         // starts at the end
      {{3, 1}, {}},                         // backwards bounds
      {{2, 2}, {}},                         // equal bounds
      {{none, none, -1}, {4, 3, 2, 1, 0}},  // [::-1]
      {{none, none, -2}, {4, 2, 0}},        // [::-2]
      {{3, none, -1}, {3, 2, 1, 0}},        // [3::-1]
      {{none, 1, -1}, {4, 3, 2}},           // [:1:-1]
      {{3, 0, -2}, {3, 1}},                 // [3:0:-2]
      {{0, none, -1}, {0}},                 // [0::-1]
      {{1, 4, -1}, {}},                     // [1:4:-1]
      {{100, -100, -1}, {4, 3, 2, 1, 0}},   // clamped, going down
      {{-100, none, -1}, {}},               // [-100::-1]
      {{1, none, huge}, {1}},               // a step past the end
      {{none, none, tiny}, {4}},            // and past the start
      {{tiny, huge}, {0, 1, 2, 3, 4}},
  };
  for (const auto& row : table) {
    CAPTURE(row.expected.size());
    CHECK(values(slice(x, {row.slice})) == row.expected);
  }
  CHECK(values(slice(zeros({0}), {Slice{.step = -1}})).empty());
}

TEST_CASE("integers drop their dim, newaxis adds one, the ellipsis stands for the rest") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(slice(x, {1}).shape() == Shape{3, 4});
  CHECK(slice(x, {1, -1, 0}).item() == 20);
  CHECK(slice(x, {ellipsis, 0}).shape() == Shape{2, 3});
  CHECK(values(slice(x, {0, ellipsis, 1})) == std::vector<double>{1, 5, 9});
  CHECK(slice(x, {newaxis, ellipsis, newaxis}).shape() == Shape{1, 2, 3, 4, 1});
  CHECK(slice(x, {Slice{}, newaxis, 0}).shape() == Shape{2, 1, 4});
  CHECK(slice(x, {0, 1, ellipsis, 2}).item() == 6);  // an ellipsis may stand for no dim
  CHECK(slice(x, {}).shape() == x.shape());
  CHECK(slice(tensor(3.0), {ellipsis, newaxis}).shape() == Shape{1});
}

TEST_CASE("whatever is one run of the input shares its buffer") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(shares(reshape(x, {4, 6}), x));
  CHECK(shares(flatten(x), x));
  CHECK(shares(unsqueeze(x, 1), x));
  CHECK(shares(squeeze(reshape(x, {1, 24})), x));
  CHECK(shares(slice(x, {1}), x));
  CHECK(shares(slice(x, {1, Slice{1, 3}}), x));
  CHECK(shares(permute(reshape(x, {1, 24}), {1, 0}), x));
  CHECK_FALSE(shares(slice(x, {Slice{}, Slice{1, 3}}), x));
  CHECK_FALSE(shares(transpose(x, 0, 1), x));
  for (const Tensor& part : split(x, 1)) CHECK(shares(part, x));
}

TEST_CASE("an overwritten view is noticed by backward through the tensor it shares") {
  Tensor x = ones({4});
  x.requires_grad_();
  const Tensor y = mul(x, x);
  {
    const NoGradGuard no_grad;
    slice(x, {Slice{0, 2}}).copy_(zeros({2}));
  }
  CHECK_THROWS_AS(sum(y).backward(), GraphError);
}

TEST_CASE("parts of a dim come back in order and add up to it") {
  const Tensor x = arange(7);
  const auto shapes = [](const std::vector<Tensor>& parts) {
    std::vector<Index> out;
    for (const Tensor& part : parts) out.push_back(part.size(0));
    return out;
  };
  CHECK(shapes(split(x, 3)) == std::vector<Index>{3, 3, 1});
  CHECK(shapes(split(x, 100)) == std::vector<Index>{7});
  CHECK(shapes(split(x, {1, 6})) == std::vector<Index>{1, 6});
  CHECK(shapes(chunk(x, 3)) == std::vector<Index>{3, 3, 1});
  CHECK(shapes(chunk(x, 7)) == std::vector<Index>{1, 1, 1, 1, 1, 1, 1});
  CHECK(shapes(chunk(x, 100)).size() == 7);
  CHECK(shapes(chunk(x, 4)) == std::vector<Index>{2, 2, 2, 1});
  CHECK(shapes(split(zeros({0}), 2)) == std::vector<Index>{0});
  CHECK(values(concat(split(x, 2))) == values(x));
}

TEST_CASE("a gradient reaches each part of a concat and a split, with its own shape") {
  Tensor a = ones({2, 1}), b = ones({2, 3});
  a.requires_grad_();
  b.requires_grad_();
  const Tensor joined = concat({a, b}, -1);
  split(joined, {1, 3}, 1)[1].backward(full({2, 3}, 2));
  CHECK(values(b.grad()) == std::vector<double>(6, 2));
  CHECK(values(a.grad()) == std::vector<double>(2, 0));
}

TEST_CASE("the parts of a split are outputs of one node, which writes one array of gradients") {
  // With a node for each part, backward would write and add 64 arrays of x's size.
  const Tensor x = ones({64, 1024}).requires_grad_();
  for (const auto& parts : {split(x, 1), chunk(x, 64), tensor_split(x, 64)}) {
    REQUIRE(parts.size() == 64);
    for (const Tensor& part : parts) CHECK(part.grad_fn() == parts[0].grad_fn());
    Pool::instance().reset_peak();
    const std::size_t before = Pool::instance().stats().live_bytes;
    const Tensor slope = grad(parts[3], x, ones({1, 1024}));
    const std::size_t peak = Pool::instance().stats().peak_bytes - before;
    CHECK(static_cast<double>(peak) < 3 * static_cast<double>(x.array().bytes()));
    CHECK(sum(slope).item() == 1024);
  }
  const auto before = Node::live();
  const auto slices = unbind(x);
  CHECK(Node::live() - before == 65);  // one that cuts, and a squeeze for each
}

TEST_CASE("a part of a split that no gradient reached counts as zeros") {
  const Tensor x = tensor({1, 2, 3, 4}, float64).requires_grad_();
  const auto parts = split(x, 1);
  const Tensor slope = grad(mul(parts[1], parts[3]), x, ones({1}, float64), {.create_graph = true});
  CHECK(values(slope) == std::vector<double>{0, 4, 0, 2});
  CHECK(values(grad(slope, x, ones({4}, float64))) == std::vector<double>{0, 1, 0, 1});
  CHECK(split(arange(4), 2)[1].dtype() == int64);
}

TEST_CASE("narrow and select count from the end too, and share the buffer of leading rows") {
  const Tensor x = reshape(arange(12), {4, 3});
  CHECK(values(narrow(x, 0, -2, 1)) == std::vector<double>{6, 7, 8});
  CHECK(narrow(x, 1, 3, 0).shape() == Shape{4, 0});
  CHECK(values(select(x, 1, -1)) == std::vector<double>{2, 5, 8, 11});
  CHECK(shares(narrow(x, 0, 1, 2), x));
  CHECK(shares(select(x, 0, 2), x));
  CHECK(select(tensor({5}), 0, 0).shape() == Shape{});
}
