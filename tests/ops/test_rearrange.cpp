// SPDX-License-Identifier: MIT
// Tests of the other operations in ops/shape/: dtypes, limits, padding, triangles.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/bits.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Values = std::vector<double>;
}  // namespace

TEST_CASE("rearranging works on every dtype and keeps it") {
  for (const Dtype dtype : {bool_, uint8, int64, float32, float64}) {
    const Tensor x = to(tensor({{1, 0, 1}, {0, 0, 1}}), dtype);
    CHECK(values(roll(x, 1, 1)) == Values{1, 1, 0, 1, 0, 0});
    CHECK(values(flip(x, {0})) == Values{0, 0, 1, 1, 0, 1});
    CHECK(values(tril(x)) == Values{1, 0, 0, 0, 0, 0});
    CHECK(values(pad(x, {0, 1}, PadMode::kConstant, 1)) == Values{1, 0, 1, 1, 0, 0, 1, 1});
    CHECK(values(pad(x, {1, 0}, PadMode::kReflect)) == Values{0, 1, 0, 1, 0, 0, 0, 1});
    CHECK(values(repeat(x, {1, 2})) == Values{1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1});
    CHECK(values(diag(diag(x))) == Values{1, 0, 0, 0});
    CHECK(values(unfold(x, 1, 2, 1)) == Values{1, 0, 0, 1, 0, 0, 0, 1});
    CHECK(roll(x, 1, 1).dtype() == dtype);
    CHECK(pad(x, {1, 1}).dtype() == dtype);
    CHECK(triu(x).dtype() == dtype);
  }
}

TEST_CASE("rolling by any multiple of the size changes nothing") {
  const Tensor x = arange(5);
  CHECK(same_bits(roll(x, 5, 0), x));
  CHECK(same_bits(roll(x, -10, 0), x));
  CHECK(values(roll(x, 12, 0)) == values(roll(x, 2, 0)));
  CHECK(values(roll(x, {-1})) == Values{1, 2, 3, 4, 0});
}

TEST_CASE("repeating a tensor of many dims needs no more dims than it has") {
  const Tensor x = reshape(arange(6), {1, 1, 2, 1, 3, 1, 1, 1});
  const Tensor y = repeat(x, {2, 1, 2, 1, 1, 2, 1, 2});
  CHECK(y.shape() == Shape{2, 1, 4, 1, 3, 2, 1, 2});
  CHECK(sum(y).item() == 16 * 15);
  CHECK(tile(x, {0}).shape() == Shape{1, 1, 2, 1, 3, 1, 1, 0});
}

TEST_CASE("overlapping windows add their gradients up, gaps get none") {
  const Tensor x = zeros({6}, float64).requires_grad_();
  unfold(x, 0, 3, 1).backward(ones({4, 3}, float64));
  CHECK(values(x.grad()) == Values{1, 2, 3, 3, 2, 1});
  x.zero_grad();
  unfold(x, 0, 2, 3).backward(ones({2, 2}, float64));
  CHECK(values(x.grad()) == Values{1, 1, 0, 1, 1, 0});
  CHECK(unfold(x, 0, 0, 1).shape() == Shape{7, 0});
}

TEST_CASE("tensor_split cuts where slices would, also at positions that overlap") {
  const Tensor x = arange(5);
  const auto sizes = [](const std::vector<Tensor>& parts) {
    std::vector<Index> out;
    for (const Tensor& part : parts) out.push_back(part.size(0));
    return out;
  };
  CHECK(sizes(tensor_split(x, 3)) == std::vector<Index>{2, 2, 1});
  CHECK(sizes(tensor_split(x, 7)) == std::vector<Index>{1, 1, 1, 1, 1, 0, 0});
  CHECK(sizes(tensor_split(x, {1, 3})) == std::vector<Index>{1, 2, 2});
  CHECK(sizes(tensor_split(x, {3, 1})) == std::vector<Index>{3, 0, 4});
  CHECK(sizes(tensor_split(x, {-1, 100})) == std::vector<Index>{4, 1, 0});
  CHECK(unbind(zeros({0, 2})).empty());
}

TEST_CASE("padding with nothing changes nothing, and negative pads cut") {
  const Tensor x = arange(4);
  CHECK(same_bits(pad(x, {0, 0}), x));
  CHECK(same_bits(pad(x, {0, 0}, PadMode::kCircular), x));
  CHECK(values(pad(x, {-1, -1})) == Values{1, 2});
  CHECK(values(pad(x, {-1, 2}, PadMode::kReplicate)) == Values{1, 2, 3, 3, 3});
  CHECK(pad(x, {-4, 0}).numel() == 0);
  CHECK(pad(zeros({0}), {2, 1}).shape() == Shape{3});
}

TEST_CASE("a constant border gets no gradient, an Inf in it harms nobody") {
  const Tensor x = ones({2}, float64).requires_grad_();
  const Tensor y = pad(x, {1, 1}, PadMode::kConstant, INFINITY);
  CHECK(values(y) == Values{INFINITY, 1, 1, INFINITY});
  y.backward(tensor({5, 6, 7, 8}, float64));
  CHECK(values(x.grad()) == Values{6, 7});
}

TEST_CASE("triangles drop NaN instead of multiplying it by 0") {
  const Tensor x = full({2, 2}, NAN, float64);
  CHECK(triu(x).array().at(2) == 0);
  CHECK(tril(x, -5).array().at(0) == 0);
}
