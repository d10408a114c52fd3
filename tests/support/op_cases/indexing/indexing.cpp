// SPDX-License-Identifier: MIT
// Rows for ops/indexing/indexing.hpp and ops/indexing/scatter_reduce.hpp.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
// Integers in [0, n).
Input positions(const Shape& shape, double n) {
  return {.shape = shape, .low = 0, .high = n, .dtype = int64};
}
// A position that may count from the end.
// i with its dim 1 replaced by index(i).
Shape picked(const Naive& index, Shape i) {
  i[1] = static_cast<Index>(index(i));
  return i;
}

// What scatter() does, in the order of the index.
Naive written(Naive out, const Naive& index, const std::function<double(const Shape&)>& source) {
  for_each_index(index.shape, [&](const Shape& i) { out(picked(index, i)) = source(i); });
  return out;
}

void add_scatter_cases(Rows& rows) {
  OpCase scalar{.name = "gather/scalar", .torch = "torch.gather(x0, 0, x1)", .samples = {}};
  scalar.run = [](const Tensors& x) { return gather(x[0], 0, x[1]); };
  scalar.reference = [](const Naives& x) { return x[0]; };
  scalar.samples = {{{{}}, positions({}, 1)}};
  rows.push_back(scalar);

  const Tensor floats = ones({2, 3});
  OpCase c{.name = "scatter", .torch = "torch.scatter(x0, 1, x1, x2)", .samples = {}};
  c.run = [](const Tensors& x) { return scatter(x[0], 1, x[1], x[2]); };
  c.reference = [](const Naives& x) {
    return written(x[0], x[1], [&](const Shape& i) { return x[2](i); });
  };
  // No place twice: PyTorch leaves that open.
  c.samples = {{{{3, 4}}, positions({3, 1}, 4), {{3, 1}}},
               {{{3, 4, 5}}, positions({2, 1, 4}, 4), {{2, 1, 4}}},
               {{{3, 4}}, positions({3, 0}, 4), {{3, 0}}},
               {{{3, 4}}, positions({0, 2}, 4), {{0, 2}}}};
  c.specials = {{{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}},
                 {{2, 2}, {2, 0, 1, 2}, int64},
                 {{2, 2}, {kNaN, 1, kInf, -0.0}}}};
  c.errors = {{[=] {
                 scatter(floats, 1, zeros({1, 1}, int64), ones({2, 1}));
               },
               "[scatter] source (2, 1) must have the shape of index, (1, 1)"},
              {[=] {
                 scatter(floats, 0, full({2, 3}, 2, int64), floats);
               },
               "index holds 2 at (0, 0); it must be in [0, 2), dim 0 of x (2, 3)"}};
  c.benchmarks = {{.inputs = {{{1024, 1024}}, positions({1024, 1024}, 1024), {{1024, 1024}}},
                   .bytes = 20.0 * 1024 * 1024}};
  rows.push_back(c);

  OpCase repeated = c;  // the last one wins; PyTorch leaves repeated places open
  repeated.name = "scatter/repeated";
  repeated.torch = "";
  repeated.samples = {{{{3, 4}}, positions({3, 9}, 4), {{3, 9}}},
                      {{{1, 4, 5}}, positions({1, 7, 5}, 4), {{1, 7, 5}}}};
  repeated.specials = {};
  repeated.errors = {};
  repeated.benchmarks = {};
  rows.push_back(repeated);

  OpCase number = repeated;
  number.name = "scatter/number";
  number.torch = "torch.scatter(x0, -1, x1, 2.5)";
  number.run = [](const Tensors& x) { return scatter(x[0], -1, x[1], 2.5); };
  number.reference = [](const Naives& x) {
    if (x[0].shape.empty()) return Naive(Shape{}, 2.5);
    return written(x[0], x[1], [](const Shape&) { return 2.5; });
  };
  number.samples = {{{{3, 4}}, positions({3, 2}, 4)}, {{{}}, positions({}, 1)}};
  rows.push_back(number);
}

void add_row_cases(Rows& rows) {
  OpCase c{.name = "index_copy", .torch = "torch.index_copy(x0, 1, x1, x2)", .samples = {}};
  c.run = [](const Tensors& x) { return index_copy(x[0], 1, x[1], x[2]); };
  c.reference = [](const Naives& x) {
    Naive out = x[0];
    for_each_index(x[2].shape, [&](Shape i) {
      const double value = x[2](i);
      i[1] = static_cast<Index>(x[1][i[1]]);
      out(i) = value;
    });
    return out;
  };
  c.samples = {{{{3, 4}}, positions({1}, 4), {{3, 1}}},
               {{{2, 4, 3}}, positions({1}, 4), {{2, 1, 3}}},
               {{{2, 4}}, positions({0}, 4), {{2, 0}}}};
  c.specials = {{{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}},
                 {{2}, {2, 0}, int64},
                 {{2, 2}, {kNaN, 1, kInf, -0.0}}}};
  c.errors = {{[] {
                 index_copy(ones({2, 3}), 0, zeros({1}, int64), ones({2, 3}));
               },
               "[index_copy] source (2, 3) must be (1, 3)"},
              {[] {
                 index_copy(ones({2, 3}), 0, full({1}, -1, int64), ones({1, 3}));
               },
               "index holds -1 at (0); it must be in [0, 2), dim 0 of x (2, 3)"}};
  c.benchmarks = {{.inputs = {{{64, 256, 64}}, positions({128}, 256), {{64, 128, 64}}},
                   .bytes = 8.0 * 64 * 256 * 64}};
  rows.push_back(c);

  OpCase repeated = c;  // the last one wins; PyTorch leaves repeated rows open
  repeated.name = "index_copy/repeated";
  repeated.torch = "";
  repeated.samples = {{{{3, 4}}, positions({9}, 4), {{3, 9}}},
                      {{{1, 4, 3}}, positions({5}, 4), {{1, 5, 3}}}};
  repeated.specials = {};
  repeated.errors = {};
  repeated.benchmarks = {};
  rows.push_back(repeated);

  OpCase fill{.name = "index_fill", .torch = "torch.index_fill(x0, 1, x1, x2)", .samples = {}};
  fill.run = [](const Tensors& x) { return index_fill(x[0], 1, x[1], x[2]); };
  fill.reference = [](const Naives& x) {
    return tabulate(x[0].shape, [&](const Shape& i) {
      for (const double row : x[1].values)
        if (from_front(row, x[0].shape[1]) == i[1]) return x[2][0];
      return x[0](i);
    });
  };
  fill.samples = {{{{3, 4}}, positions({3}, 4), {{}}},
                  {{{2, 4, 3}}, positions({2}, 4), {{}}},
                  {{{2, 4}}, positions({0}, 4), {{}}}};
  fill.specials = {
      {{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}}, {{2}, {2, 0}, int64}, {{}, {kNaN}}}};
  fill.errors = {{[] {
                    index_fill(ones({2, 3}), 1, full({1}, 3, int64), 0);
                  },
                  "[index_fill] index holds 3 at (0); it must be in [-3, 3), dim 1 of x (2, 3)"},
                 {[] {
                    index_fill(ones({2, 3}), 1, zeros({1}), 0);
                  },
                  "index is float32, it must be int64; convert with to(index, int64)"},
                 {[] {
                    index_fill(ones({2, 3}), 1, zeros({1}, int64), ones({2}));
                  },
                  "value (2) must be a number or ()"}};
  fill.benchmarks = {
      {.inputs = {{{64, 256, 64}}, positions({128}, 256), {{}}}, .bytes = 8.0 * 64 * 256 * 64}};
  rows.push_back(fill);

  OpCase number = fill;
  number.name = "index_fill/number";
  number.torch = "torch.index_fill(x0, 1, x1, 7)";
  number.run = [](const Tensors& x) { return index_fill(x[0], 1, x[1], 7); };
  number.reference = [reference = fill.reference](const Naives& x) {
    return reference({x[0], x[1], Naive(Shape{}, 7)});
  };
  number.samples = {{{{3, 4}}, {.shape = {3}, .low = -4, .high = 4, .dtype = int64}}};
  number.specials = {};
  number.errors = {};
  number.benchmarks = {};
  rows.push_back(number);
}

void add_flat_cases(Rows& rows) {
  const auto signed_positions = [](const Shape& shape, double n) {
    return Input{.shape = shape, .low = -n, .high = n, .dtype = int64};
  };
  const Given values{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}};
  OpCase c{.name = "take", .torch = "torch.take(x0, x1)", .samples = {}};
  c.run = [](const Tensors& x) { return take(x[0], x[1]); };
  c.reference = [](const Naives& x) {
    Naive out = x[1];
    for (double& v : out.values) v = x[0][from_front(v, x[0].count())];
    return out;
  };
  c.samples = {{{{3, 4}}, signed_positions({2, 5}, 12)},
               {{{}}, signed_positions({3}, 1)},
               {{{7}}, signed_positions({}, 7)},
               {{{7}}, signed_positions({0}, 7)},
               {{{0}}, signed_positions({0}, 7)}};
  c.specials = {{values, {{3}, {1, -1, 2}, int64}}};
  c.errors = {{[] {
                 take(ones({2, 3}), full({1}, 6, int64));
               },
               "[take] index holds 6 at (0); it must be in [-6, 6), the elements of x (2, 3)"},
              {[] {
                 take(ones({2, 3}), ones({1}));
               },
               "index is float32, it must be int64"}};
  c.benchmarks = {
      {.inputs = {{{1024, 1024}}, positions({1 << 18}, 1024 * 1024)}, .bytes = 16.0 * (1 << 18)}};
  rows.push_back(c);

  for (const bool accumulate : {false, true}) {
    OpCase p{.name = accumulate ? "put/accumulate" : "put", .torch = "", .samples = {}};
    p.torch = accumulate ? "x0.put(x1, x2, accumulate=True)" : "x0.put(x1, x2)";
    p.run = [=](const Tensors& x) { return put(x[0], x[1], x[2], accumulate); };
    p.reference = [=](const Naives& x) {
      Naive out = x[0];
      for (Index i = 0; i < x[1].count(); ++i) {
        double& place = out[from_front(x[1][i], out.count())];
        place = x[2][i] + (accumulate ? place : 0);
      }
      return out;
    };
    p.samples = {{{{3, 4}}, signed_positions({1}, 12), {{1}}},
                 {{{3, 4}}, signed_positions({0}, 12), {{0}}}};
    if (accumulate) p.samples.push_back({{{3, 4}}, signed_positions({4, 5}, 12), {{4, 5}}});
    p.specials = {{values, {{3}, {1, -1, 2}, int64}, {{3}, {kNaN, 1, kInf}}}};
    p.errors = {{[] {
                   put(ones({2, 3}), zeros({2}, int64), ones({3}));
                 },
                 "[put] source (3) must have the shape of index, (2)"}};
    p.benchmarks = {{.inputs = {{{1024, 1024}}, positions({1 << 18}, 1024 * 1024), {{1 << 18}}},
                     .bytes = 8.0 * 1024 * 1024}};
    rows.push_back(p);
  }

  OpCase along{.name = "take_along_dim", .torch = "torch.take_along_dim(x0, x1, 1)", .samples = {}};
  along.run = [](const Tensors& x) { return take_along_dim(x[0], x[1], 1); };
  along.reference = [](const Naives& x) {
    Shape shape = x[0].shape;
    for (int a = 0; a < shape.rank(); ++a)
      if (a == 1 || shape[a] == 1) shape[a] = x[1].shape[a];
    return tabulate(shape, [&](const Shape& i) {
      Shape from = i;
      from[1] = from_front(x[1].broadcast(i), x[0].shape[1]);
      for (int a = 0; a < shape.rank(); ++a)
        if (x[0].shape[a] == 1) from[a] = 0;
      return x[0](from);
    });
  };
  along.samples = {{{{3, 4}}, signed_positions({3, 2}, 4)},
                   {{{3, 4}}, signed_positions({1, 5}, 4)},
                   {{{1, 4, 2}}, signed_positions({3, 2, 1}, 4)},
                   {{{3, 4}}, signed_positions({3, 0}, 4)}};
  along.specials = {{values, {{2, 1}, {1, -1}, int64}}};
  along.errors = {{[] {
                     take_along_dim(ones({2, 3}), full({2, 1}, 3, int64), 1);
                   },
                   "[take_along_dim] index holds 3 at (0, 0); it must be in [-3, 3), dim 1 of x"},
                  {[] {
                     take_along_dim(ones({2, 3}), zeros({2}, int64), 1);
                   },
                   "index (2) must have as many dims as x (2, 3)"},
                  {[] {
                     take_along_dim(ones({2, 3}), zeros({4, 1}, int64), 1);
                   },
                   "shapes do not broadcast"}};
  along.benchmarks = {
      {.inputs = {{{1024, 1024}}, positions({1024, 16}, 1024)}, .bytes = 16.0 * 1024 * 16}};
  rows.push_back(along);

  OpCase flat = c;
  flat.name = "take_along_dim/flat";
  flat.torch = "torch.take_along_dim(x0, x1)";
  flat.run = [](const Tensors& x) { return take_along_dim(x[0], x[1]); };
  flat.samples = {{{{3, 4}}, positions({5}, 12)}, {{{7}}, positions({2}, 7)}};
  flat.specials = {};
  flat.errors = {};
  flat.benchmarks = {};
  rows.push_back(flat);
}

void add_embedding_cases(Rows& rows) {
  OpCase c{.name = "embedding", .torch = "F.embedding(x1, x0)", .samples = {}};
  c.run = [](const Tensors& x) { return embedding(x[0], x[1]); };
  c.reference = [](const Naives& x) {
    Shape shape = x[1].shape;
    shape.push_back(x[0].shape[1]);
    return tabulate(shape, [&](const Shape& i) {
      const Shape place(i.begin(), i.end() - 1);
      return x[0]({static_cast<Index>(x[1](place)), i.back()});
    });
  };
  c.samples = {{{{5, 3}}, positions({7}, 5)},
               {{{5, 3}}, positions({2, 4}, 5)},
               {{{5, 1}}, positions({}, 5)},
               {{{5, 3}}, positions({0}, 5)}};
  c.specials = {{{{2, 2}, {kNaN, kInf, -0.0, 1e4}}, {{3}, {1, 0, 1}, int64}}};
  c.errors = {{[] { embedding(ones({3}), zeros({1}, int64)); },
               "[embedding] weight (3) must be (rows, features)"},
              {[] {
                 embedding(ones({3, 2}), full({2}, 3, int64));
               },
               "indices holds 3 at (0); it must be in [0, 3), the rows of weight (3, 2)"},
              {[] {
                 embedding(ones({3, 2}), ones({2}));
               },
               "indices is float32, it must be int64; convert with to(indices, int64)"},
              {[] {
                 embedding(ones({3, 2}), zeros({2}, int64), 3);
               },
               "padding_idx=3 must be in [-3, 3), the rows of weight (3, 2)"}};
  c.benchmarks = {
      {.inputs = {{{4096, 256}}, positions({64, 16}, 4096)}, .bytes = 8.0 * 1024 * 256}};
  rows.push_back(c);

  // The gradient at row 4 is 0 by decree, so it is not the value's: gradcheck does not apply to it.
  // Its samples never touch that row, its special does.
  OpCase padded = c;
  padded.name = "embedding/padding";
  padded.torch = "F.embedding(x1, x0, padding_idx=-1)";
  padded.run = [](const Tensors& x) { return embedding(x[0], x[1], -1); };
  padded.samples = {{{{5, 3}}, positions({2, 4}, 4)}};
  padded.specials = {{{{3, 2}, {1, 2, 3, 4, 5, kNaN}}, {{4}, {1, 2, 0, 2}, int64}}};
  padded.errors = {};
  rows.push_back(padded);
}

void add_reduce_cases(Rows& rows) {
  const struct {
    Reduce reduce;
    const char* name;
    double start;
    double (*combine)(double, double);
  } table[] = {
      {Reduce::kSum, "sum", 0, [](double a, double b) { return a + b; }},
      {Reduce::kProd, "prod", 1, [](double a, double b) { return a * b; }},
      {Reduce::kMean, "mean", 0, [](double a, double b) { return a + b; }},
      {Reduce::kAmax, "amax", -kInf,
       [](double a, double b) { return a > b || std::isnan(a) ? a : b; }},
      {Reduce::kAmin, "amin", kInf,
       [](double a, double b) { return a < b || std::isnan(a) ? a : b; }},
  };
  for (const auto& row : table) {
    for (const bool include_self : {true, false}) {
      const std::string name = row.name;
      OpCase c{.name = "scatter_reduce/" + name, .torch = "", .samples = {}};
      if (!include_self) c.name += "_without_self";
      c.torch = "torch.scatter_reduce(x0, 1, x1, x2, '" + name +
                (include_self ? "')" : "', include_self=False)");
      c.run = [=](const Tensors& x) {
        return scatter_reduce(x[0], 1, x[1], x[2], row.reduce, include_self);
      };
      c.reference = [=](const Naives& x) {
        Naive out = x[0], count(x[0].shape, 1);
        if (!include_self)
          for_each_index(x[1].shape, [&](const Shape& i) {
            out(picked(x[1], i)) = row.start;
            count(picked(x[1], i)) = 0;
          });
        for_each_index(x[1].shape, [&](const Shape& i) {
          double& place = out(picked(x[1], i));
          place = row.combine(x[2](i), place);
          ++count(picked(x[1], i));
        });
        if (row.reduce == Reduce::kMean)
          for (Index i = 0; i < out.count(); ++i) out[i] /= count[i];
        return out;
      };
      const auto grid = [](const Shape& shape, double low) {
        return Input{.shape = shape, .low = low, .high = low + 1, .distinct = true};
      };
      c.samples = {{grid({2, 3}, 0.405), positions({2, 6}, 3), grid({2, 6}, 0.4)},
                   {grid({3, 4, 2}, 0.405), positions({2, 3, 2}, 4), grid({2, 3, 2}, 0.4)},
                   {grid({2, 3}, 0.4), positions({2, 0}, 3), grid({2, 0}, 0.4)}};
      c.specials = {{{{1, 3}, {1, 3, 5}},  // a zero, two zeros, ties
                     {{1, 6}, {0, 0, 1, 1, 2, 2}, int64},
                     {{1, 6}, {2, 0, 4, 4, 0, 0}}},
                    {{{1, 3}, {1, kNaN, 5}},
                     {{1, 5}, {0, 0, 1, 1, 1}, int64},
                     {{1, 5}, {1, kNaN, -kInf, 2, 3}}}};
      if (row.reduce == Reduce::kSum)
        c.errors = {
            {[] {
               scatter_reduce(ones({2, 3}), 1, zeros({1, 1}, int64), ones({1, 2}), Reduce::kSum);
             },
             "[scatter_reduce] source (1, 2) must have the shape of index, (1, 1)"}};
      if (row.reduce == Reduce::kMean)
        c.errors = {{[] {
                       const Tensor x = ones({1, 1}, int64);
                       scatter_reduce(x, 1, zeros({1, 1}, int64), x, Reduce::kMean);
                     },
                     "[scatter_reduce] the mean of int64 is not defined"}};
      c.benchmarks = {
          {.inputs = {{{256, 256}, 0.9, 1.1}, positions({256, 1024}, 256), {{256, 1024}, 0.9, 1.1}},
           .bytes = 12.0 * 256 * 1024}};
      rows.push_back(c);
    }
  }
}
}  // namespace

Rows indexing_indexing_cases() {
  const Tensor floats = ones({2, 3});
  const auto integers = [](std::initializer_list<double> values) { return tensor(values, int64); };
  Rows rows = {
      {.name = "gather",
       .torch = "torch.gather(x0, 1, x1)",
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
       .specials = {{{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}},
                     {{2, 4}, {1, 1, 2, 0, 2, 0, 0, 1}, int64}}},
       .errors = {{[=] {
                     gather(floats, 1, integers({0, 1}));
                   },
                   "[gather] index (2) does not fit x (2, 3)"},
                  {[=] { gather(floats, 1, floats); }, "index is float32, it must be int64"},
                  {[=] {
                     gather(floats, 1, reshape(integers({0, 1, 2, 3}), {2, 2}));
                   },
                   "index holds 3 at (1, 1); it must be in [0, 3), dim 1 of x (2, 3)"},
                  {[=] {
                     gather(floats, 0, reshape(integers({0, -1}), {1, 2}));
                   },
                   "index holds -1 at (0, 1); it must be in [0, 2)"}},
       .benchmarks = {{.inputs = {{{1024, 1024}}, positions({1024, 1024}, 1024)},
                       .bytes = 16 * kMiB},
                      {.inputs = {{{1024, 10}}, positions({1024, 1}, 10)},
                       .bytes = 1024.0 * (40 + 8 + 4)}}},
      {.name = "scatter_add",
       .torch = "torch.scatter_add(x0, 1, x1, x2)",
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
       .specials = {{{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}},
                     {{2, 2}, {0, 0, 2, 2}, int64},
                     {{2, 2}, {1, kInf, -kInf, 1}}}},
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
       .torch = "torch.index_select(x0, 1, x1)",
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
       .specials = {{{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}}, {{4}, {2, 0, 1, 2}, int64}}},
       .errors = {{[=] {
                     index_select(floats, 0, reshape(integers({0}), {1, 1}));
                   },
                   "[index_select] index (1, 1) must have one dim"},
                  {[=] {
                     index_select(floats, 0, integers({0, 2}));
                   },
                   "index holds 2 at (1); it must be in [0, 2), dim 0 of x (2, 3)"}},
       .benchmarks = {{.inputs = {{{64, 256, 64}}, positions({128}, 256)},
                       .bytes = 8.0 * 64 * 128 * 64}}},
      {.name = "index_select/rows",  // an embedding: 4096 words of 256 numbers
       .torch = "torch.index_select(x0, 0, x1)",
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
       .torch = "torch.index_add(x0, 1, x1, x2)",
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
       .specials = {{{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}},
                     {{2}, {2, 2}, int64},
                     {{2, 2}, {1, kInf, -kInf, 1}}}},
       .errors = {{[=] { index_add(floats, 0, integers({0}), floats); },
                   "[index_add] source (2, 3) must be (1, 3)"},
                  {[=] {
                     index_add(floats, 0, integers({0, 0}), ones({2, 3}, float64));
                   },
                   "source is float64, x is float32"}},
       .benchmarks = {{.inputs = {{{1, 4096, 256}}, positions({1024}, 4096), {{1, 1024, 256}}},
                       .bytes = 12.0 * 4096 * 256}}},
      {.name = "one_hot",
       .torch = "F.one_hot(x0, 5).to(torch.float32)",
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
       .specials = {{{{2}, {4, 0}, int64}}},
       .errors = {{[=] {
                     one_hot(integers({1, 3}), 3);
                   },
                   "[one_hot] labels holds 3 at (1); it must be in [0, 3), the classes"},
                  {[=] { one_hot(integers({1}), 0); }, "classes=0 must be at least 1"},
                  {[=] { one_hot(floats, 3); }, "labels is float32, it must be int64"}},
       .benchmarks = {{.inputs = {positions({65536}, 5)}, .bytes = 28.0 * 65536}},
       .differentiable = false},
  };
  add_scatter_cases(rows);
  add_row_cases(rows);
  add_flat_cases(rows);
  add_embedding_cases(rows);
  add_reduce_cases(rows);
  return rows;
}

}  // namespace tinygrad::test
