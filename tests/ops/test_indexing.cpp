// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <vector>

#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
Tensor integers(std::initializer_list<double> list) { return tensor(list, int64); }
using List = std::vector<double>;
}  // namespace

TEST_CASE("an index without tensors is a slice") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  const std::vector<IndexItem> items = {1, ellipsis, Slice{.step = -2}, newaxis};
  CHECK(values(index(x, items)) == values(slice(x, items)));
  CHECK(index(x, {}).shape() == x.shape());
}

TEST_CASE("the broadcast axes of index tensors go where the tensors are, or first") {
  const Tensor x = zeros({2, 3, 4, 5});
  const Tensor i = zeros({6, 1}, int64), j = zeros({7}, int64);
  CHECK(index(x, {i, j}).shape() == Shape{6, 7, 4, 5});
  CHECK(index(x, {Slice{}, i, j}).shape() == Shape{2, 6, 7, 5});
  CHECK(index(x, {ellipsis, i, j}).shape() == Shape{2, 3, 6, 7});
  CHECK(index(x, {i, Slice{}, j}).shape() == Shape{6, 7, 3, 5});
  CHECK(index(x, {Slice{}, i, ellipsis, j}).shape() == Shape{6, 7, 2, 4});
  CHECK(index(x, {0, Slice{}, j}).shape() == Shape{3, 7, 5});  // NumPy would give (7, 3, 5)
  CHECK(index(x, {Slice{}, ones({3, 4}, bool_)}).shape() == Shape{2, 12, 5});
}

TEST_CASE("indexing and its relatives move every dtype") {
  for (const Dtype dtype : {bool_, uint8, int64, float32, float64}) {
    const Tensor x = to(tensor({1, 0, 1}), dtype);
    CHECK(index(x, {integers({-1, 1})}).dtype() == dtype);
    CHECK(values(index_put(x, {integers({1})}, 1)) == List{1, 1, 1});
    CHECK(values(masked_fill(x, to(x, bool_), 0)) == List{0, 0, 0});
    CHECK(values(scatter(x, 0, integers({0, 2}), to(tensor({0, 0}), dtype))) == List{0, 0, 0});
    CHECK(masked_select(x, to(x, bool_)).numel() == 2);
  }
}

TEST_CASE("of several values written to one place the last stays, and gets the gradient") {
  const Tensor x = zeros({3}, float64);
  Tensor v = tensor({1, 2, 3, 4}, float64).requires_grad_();
  const Tensor y = index_put(x, {integers({1, 0, 1, 0})}, v);
  CHECK(values(y) == List{4, 3, 0});
  sum(y).backward();
  CHECK(values(v.grad()) == List{0, 0, 1, 1});
}

TEST_CASE("index_put repeats a number or a row over what the index names") {
  const Tensor x = zeros({2, 3});
  CHECK(values(index_put(x, {Slice{}, 1}, 5)) == List{0, 5, 0, 0, 5, 0});
  CHECK(values(index_put(x, {integers({1, 0})}, tensor({1, 2, 3}))) == List{1, 2, 3, 1, 2, 3});
  CHECK(values(index_put(x, {0, ellipsis}, 1, true)) == List{1, 1, 1, 0, 0, 0});
}

TEST_CASE("the gradient of an embedding is zero in its padding row and in rows not looked up") {
  Tensor weight = ones({4, 2}, float64).requires_grad_();
  sum(embedding(weight, integers({1, 3, 1}), 3)).backward();
  CHECK(values(weight.grad()) == List{0, 0, 2, 2, 0, 0, 0, 0});
}

TEST_CASE("the gradient of an embedding has the same bits for any number of threads") {
  const Tensor indices = randint(0, 50, {3000});
  const int threads = num_threads();
  std::vector<List> both;
  for (const int n : {1, 3}) {
    set_num_threads(n);
    Generator generator(1);
    Tensor weight = randn({50, 64}, float32, generator).requires_grad_();
    sum(square(embedding(weight, indices))).backward();
    both.push_back(values(weight.grad()));
  }
  set_num_threads(threads);
  CHECK(both[0] == both[1]);
}

TEST_CASE("scatter_reduce of integers needs no neutral element") {
  const Tensor x = integers({5, 5}), places = integers({0, 0}), source = integers({-7, -9});
  CHECK(values(scatter_reduce(x, 0, places, source, Reduce::kAmax, false)) == List{-7, 5});
  CHECK(values(scatter_reduce(x, 0, places, source, Reduce::kAmin, false)) == List{-9, 5});
  CHECK(values(scatter_reduce(x, 0, places, source, Reduce::kProd)) == List{315, 5});
}
