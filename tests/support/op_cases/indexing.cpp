// SPDX-License-Identifier: MIT
// Rows for ops/indexing.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
// Integers in [0, n).
Input positions(const Shape& shape, double n) {
  return {.shape = shape, .low = 0, .high = n, .dtype = int64};
}
// i with its axis 1 replaced by index(i).
Shape picked(const Naive& index, Shape i) {
  i[1] = static_cast<Index>(index(i));
  return i;
}
}  // namespace

Rows indexing_cases() {
  const Tensor floats = ones({2, 3});
  const auto integers = [](std::initializer_list<double> values) { return tensor(values, int64); };
  constexpr double kMiB = 1024.0 * 1024;
  return {
      {.name = "gather",
       .run = [](const Tensors& x) { return gather(x[0], 1, x[1]); },
       .reference =
           [](const Naives& x) {
             return tabulate(x[1].shape, [&](const Shape& i) { return x[0](picked(x[1], i)); });
           },
       .samples = {{{{3, 4}}, positions({3, 2}, 4)},
                   {{{3, 4}}, positions({2, 6}, 4)},
                   {{{3, 4, 5}}, positions({2, 3, 4}, 4)},
                   {{{1, 4, 5}}, positions({1, 7, 5}, 4)},
                   {{{3, 4}}, positions({0, 2}, 4)},
                   {{{3, 4}}, positions({3, 0}, 4)}},
       .errors = {{[=] {
                     gather(floats, 1, integers({0, 1}));
                   },
                   "[gather] index (2) does not fit x (2, 3)"},
                  {[=] { gather(floats, 1, floats); }, "index is float32, it must be int64"},
                  {[=] {
                     gather(floats, 1, reshape(integers({0, 1, 2, 3}), {2, 2}));
                   },
                   "index holds 3 at (1, 1); it must be in [0, 3), axis 1 of x (2, 3)"},
                  {[=] {
                     gather(floats, 0, reshape(integers({0, -1}), {1, 2}));
                   },
                   "index holds -1 at (0, 1); it must be in [0, 2)"}},
       .benchmarks = {{.inputs = {{{1024, 1024}}, positions({1024, 1024}, 1024)},
                       .bytes = 16 * kMiB},
                      {.inputs = {{{1024, 10}}, positions({1024, 1}, 10)},
                       .bytes = 1024.0 * (40 + 8 + 4)}}},
      {.name = "scatter_add",
       .run = [](const Tensors& x) { return scatter_add(x[0], 1, x[1], x[2]); },
       .reference =
           [](const Naives& x) {
             Naive out = x[0];
             for_each_index(x[1].shape, [&](const Shape& i) { out(picked(x[1], i)) += x[2](i); });
             return out;
           },
       .samples = {{{{3, 4}}, positions({3, 6}, 4), {{3, 6}}},
                   {{{3, 4, 5}}, positions({2, 3, 4}, 4), {{2, 3, 4}}},
                   {{{1, 4, 5}}, positions({1, 7, 5}, 4), {{1, 7, 5}}},
                   {{{3, 4}}, positions({3, 0}, 4), {{3, 0}}}},
       .errors = {{[=] { scatter_add(floats, 0, integers({0}), floats); }, "does not fit x (2, 3)"},
                  {[=] {
                     scatter_add(floats, 1, reshape(integers({0}), {1, 1}), floats);
                   },
                   "[scatter_add] source (2, 3) must have the shape of index, (1, 1)"},
                  {[=] {
                     scatter_add(floats, 1, reshape(integers({0}), {1, 1}), ones({1, 1}, float64));
                   },
                   "source is float64, x is float32"}},
       .benchmarks = {{.inputs = {{{1024, 1024}}, positions({1024, 1024}, 1024), {{1024, 1024}}},
                       .bytes = 20 * kMiB}}},
      {.name = "index_select",
       .run = [](const Tensors& x) { return index_select(x[0], 1, x[1]); },
       .reference =
           [](const Naives& x) {
             Shape shape = x[0].shape;
             shape[1] = x[1].count();
             return tabulate(shape, [&](Shape i) {
               i[1] = static_cast<Index>(x[1][i[1]]);
               return x[0](i);
             });
           },
       .samples = {{{{3, 4}}, positions({6}, 4)},
                   {{{2, 4, 3}}, positions({5}, 4)},
                   {{{1, 4, 3}}, positions({3}, 4)},
                   {{{2, 4}}, positions({0}, 4)}},
       .errors = {{[=] {
                     index_select(floats, 0, reshape(integers({0}), {1, 1}));
                   },
                   "[index_select] index (1, 1) must have one axis"},
                  {[=] {
                     index_select(floats, 0, integers({0, 2}));
                   },
                   "index holds 2 at (1); it must be in [0, 2), axis 0 of x (2, 3)"}},
       .benchmarks = {{.inputs = {{{64, 256, 64}}, positions({128}, 256)},
                       .bytes = 8.0 * 64 * 128 * 64}}},
      {.name = "index_select/rows",  // an embedding: 4096 words of 256 numbers
       .run = [](const Tensors& x) { return index_select(x[0], 0, x[1]); },
       .reference =
           [](const Naives& x) {
             return tabulate({x[1].count(), x[0].shape[1]}, [&](const Shape& i) {
               return x[0]({static_cast<Index>(x[1][i[0]]), i[1]});
             });
           },
       .samples = {{{{4, 3}}, positions({7}, 4)}},
       .benchmarks = {{.inputs = {{{4096, 256}}, positions({1024}, 4096)},
                       .bytes = 8.0 * 1024 * 256}}},
      {.name = "index_add",
       .run = [](const Tensors& x) { return index_add(x[0], 1, x[1], x[2]); },
       .reference =
           [](const Naives& x) {
             Naive out = x[0];
             for_each_index(x[2].shape, [&](Shape i) {
               const double value = x[2](i);
               i[1] = static_cast<Index>(x[1][i[1]]);
               out(i) += value;
             });
             return out;
           },
       .samples = {{{{3, 4}}, positions({6}, 4), {{3, 6}}},
                   {{{1, 4, 3}}, positions({5}, 4), {{1, 5, 3}}},
                   {{{2, 4}}, positions({0}, 4), {{2, 0}}}},
       .errors = {{[=] { index_add(floats, 0, integers({0}), floats); },
                   "[index_add] source (2, 3) must be (1, 3)"},
                  {[=] {
                     index_add(floats, 0, integers({0, 0}), ones({2, 3}, float64));
                   },
                   "source is float64, x is float32"}},
       .benchmarks = {{.inputs = {{{1, 4096, 256}}, positions({1024}, 4096), {{1, 1024, 256}}},
                       .bytes = 12.0 * 4096 * 256}}},
      {.name = "one_hot",
       .run = [](const Tensors& x) { return one_hot(x[0], 5); },
       .reference =
           [](const Naives& x) {
             Shape shape = x[0].shape;
             shape.push_back(5);
             return tabulate(shape, [&](const Shape& i) {
               const Shape label(i.begin(), i.end() - 1);
               return x[0](label) == static_cast<double>(i.back()) ? 1.0 : 0.0;
             });
           },
       .samples = {{positions({6}, 5)}, {positions({2, 3}, 5)}, {positions({}, 5)}},
       .errors = {{[=] {
                     one_hot(integers({1, 3}), 3);
                   },
                   "[one_hot] labels holds 3 at (1); it must be in [0, 3), the classes"},
                  {[=] { one_hot(integers({1}), 0); }, "classes=0 must be at least 1"},
                  {[=] { one_hot(floats, 3); }, "labels is float32, it must be int64"}},
       .benchmarks = {{.inputs = {positions({65536}, 5)}, .bytes = 28.0 * 65536}},
       .differentiable = false},
  };
}

}  // namespace tinygrad::test
