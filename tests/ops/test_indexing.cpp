// SPDX-License-Identifier: MIT
// Tests of the operations in ops/indexing/ that no row can express.
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

TEST_CASE("the broadcast dims of index tensors go where the tensors are, or first") {
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

TEST_CASE("products have second derivatives where several zeros meet") {
  const Tensor places = integers({0, 0, 1, 0});
  const auto leaf = [](std::initializer_list<double> list) {
    return tensor(list, float64).requires_grad_();
  };
  for (const bool include_self : {true, false}) {
    const auto f = [&](const std::vector<Tensor>& x) {
      return scatter_reduce(x[0], 0, places, x[1], Reduce::kProd, include_self);
    };
    for (const auto& [x, source] :
         std::vector<std::pair<Tensor, Tensor>>{{leaf({2, 3}), leaf({0, 0, 2, 5})},
                                                {leaf({0, 0}), leaf({3, 0, 0, 5})},
                                                {leaf({2, 0}), leaf({3, 0, 2, 5})},
                                                {leaf({0, 0}), leaf({0, 0, 2, 5})}}) {
      CHECK(gradcheck(f, {x, source}).ok);
      CHECK(gradgradcheck(f, {x, source}).ok);
    }
  }
  const Tensor x = leaf({2, 0, 3, 0, 4});
  CHECK(gradgradcheck([](const std::vector<Tensor>& in) { return prod(in[0]); }, {x}).ok);
  CHECK(gradgradcheck([](const std::vector<Tensor>& in) { return cumprod(in[0], 0); }, {x}).ok);
}

namespace {
struct Overwriting {
  const char* name;
  Tensor& (*in_place)(Tensor& x, const Tensor& index, const Tensor& source);
  Tensor (*apart)(const Tensor& x, const Tensor& index, const Tensor& source);
};
// What writes some elements of a vector, as the source, or a number, has them.
const Overwriting kOverwriting[] = {
    {"scatter_",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& { return scatter_(x, 0, i, s); },
     [](const Tensor& x, const Tensor& i, const Tensor& s) { return scatter(x, 0, i, s); }},
    {"scatter_ a number",
     [](Tensor& x, const Tensor& i, const Tensor&) -> Tensor& { return scatter_(x, 0, i, 3); },
     [](const Tensor& x, const Tensor& i, const Tensor&) { return scatter(x, 0, i, 3); }},
    {"scatter_add_",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& {
       return scatter_add_(x, 0, i, s);
     },
     [](const Tensor& x, const Tensor& i, const Tensor& s) { return scatter_add(x, 0, i, s); }},
    {"scatter_reduce_ prod",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& {
       return scatter_reduce_(x, 0, i, s, Reduce::kProd, false);
     },
     [](const Tensor& x, const Tensor& i, const Tensor& s) {
       return scatter_reduce(x, 0, i, s, Reduce::kProd, false);
     }},
    {"scatter_reduce_ amax",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& {
       return scatter_reduce_(x, 0, i, s, Reduce::kAmax);
     },
     [](const Tensor& x, const Tensor& i, const Tensor& s) {
       return scatter_reduce(x, 0, i, s, Reduce::kAmax);
     }},
    {"index_add_",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& { return index_add_(x, 0, i, s); },
     [](const Tensor& x, const Tensor& i, const Tensor& s) { return index_add(x, 0, i, s); }},
    {"index_copy_",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& { return index_copy_(x, 0, i, s); },
     [](const Tensor& x, const Tensor& i, const Tensor& s) { return index_copy(x, 0, i, s); }},
    {"index_fill_",
     [](Tensor& x, const Tensor& i, const Tensor&) -> Tensor& { return index_fill_(x, 0, i, 3); },
     [](const Tensor& x, const Tensor& i, const Tensor&) { return index_fill(x, 0, i, 3); }},
    {"index_put_",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& { return index_put_(x, {i}, s); },
     [](const Tensor& x, const Tensor& i, const Tensor& s) { return index_put(x, {i}, s); }},
    {"put_",
     [](Tensor& x, const Tensor& i, const Tensor& s) -> Tensor& { return put_(x, i, s, true); },
     [](const Tensor& x, const Tensor& i, const Tensor& s) { return put(x, i, s, true); }},
    {"masked_fill_",
     [](Tensor& x, const Tensor&, const Tensor&) -> Tensor& {
       return masked_fill_(x, gt(x, 1), 3);
     },
     [](const Tensor& x, const Tensor&, const Tensor&) { return masked_fill(x, gt(x, 1), 3); }},
    {"masked_scatter_",
     [](Tensor& x, const Tensor&, const Tensor& s) -> Tensor& {
       return masked_scatter_(x, gt(x, 1), s);
     },
     [](const Tensor& x, const Tensor&, const Tensor& s) {
       return masked_scatter(x, gt(x, 1), s);
     }},
};
}  // namespace

TEST_CASE("in-place indexing writes the memory that is there, also from that memory") {
  for (const Overwriting& c : kOverwriting) {
    const std::string name = c.name;
    CAPTURE(name);
    const Tensor start = integers({3, 1, 0, 2, 4});
    for (const bool recorded : {false, true}) {  // the values, and both gradients
      Tensor leaf = to(start, float64).requires_grad_(recorded);
      Tensor source = tensor({5, -6, 7, 8, 9}, float64).requires_grad_(recorded);
      Tensor x = leaf * 1;
      const Tensor y = c.apart(x, start, source);
      Tensor overwritten = leaf * 1;
      const double* const memory = overwritten.data<double>();
      c.in_place(overwritten, start, source);
      CHECK(values(overwritten) == values(y));
      if (!recorded) {
        CHECK(overwritten.data<double>() == memory);
        continue;
      }
      const Tensor weight = tensor({1, 2, 3, 4, 5}, float64);
      const auto gradients = [&](const Tensor& result) {
        leaf.zero_grad();
        source.zero_grad();
        sum(mul(result, weight)).backward();
        return std::pair(values(leaf.grad()),
                         source.grad().defined() ? values(source.grad()) : List{});
      };
      CHECK(gradients(overwritten) == gradients(y));
    }
    // Index and source are the memory that is written.
    Tensor x = start.array().copy();
    const Tensor y = c.apart(start, start, start);
    const Index* const memory = x.data<Index>();
    const Tensor view = reshape(x, {5});
    c.in_place(x, x, view);
    CHECK(values(x) == values(y));
    CHECK(x.data<Index>() == memory);
    CHECK(values(view) == values(y));
  }
}

TEST_CASE("in-place indexing takes no memory of its target's size") {
  Tensor x = zeros({1000, 1000});
  const Tensor places = integers({5, 7}), rows = ones({2, 1000});
  Pool::instance().reset_peak();
  const std::size_t before = Pool::instance().stats().live_bytes;
  index_put_(x, {5, 5}, 1);
  index_put_(x, {places}, 1);
  index_add_(x, 0, places, rows);
  index_copy_(x, 0, places, rows);
  index_fill_(x, 1, places, 2);
  scatter_add_(x, 0, zeros({2, 1000}, int64), rows);
  put_(x, places, ones({2}));
  CHECK(Pool::instance().stats().peak_bytes < before + 100'000);
}

TEST_CASE("an in-place write that is refused leaves the values and the history alone") {
  const Tensor leaf = ones({3}, float64).requires_grad_();
  Tensor x = leaf * 2;
  CHECK_THROWS_AS(index_put_(x, {integers({0, 5})}, 1), ValueError);
  CHECK_THROWS_AS(index_put_(x, {Slice{}}, ones({2}, float64)), ShapeError);
  CHECK(values(x) == List{2, 2, 2});
  sum(x).backward();
  CHECK(values(leaf.grad()) == List{2, 2, 2});
}
