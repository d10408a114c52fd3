// SPDX-License-Identifier: MIT
// Rows for ops/indexing/advanced_indexing.hpp.
#include <functional>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
const Given kValues{{2, 3}, {1, kNaN, -kInf, 1e4, -0.0, kInf}};

// Integers in [-n, n): half of them count from the end.
Input places(const Shape& shape, double n) {
  return {.shape = shape, .low = -n, .high = n, .dtype = int64};
}
Input mask(const Shape& shape) { return {.shape = shape, .low = 0, .high = 2, .dtype = bool_}; }
using Items = std::function<std::vector<IndexItem>(const Tensors&)>;
using Elements = std::function<Naive(const Naives&)>;

// An index of x0 with the tensors x1, …: as items, in Python, and as a definition: for each element
// of the result, which element of x0 (in row-major order) it is.
struct Indexed {
  const char* name;
  const char* torch;
  Items items;
  Elements elements;
  std::vector<Input> inputs;
};

// The elements f(i) of x0 for every i of a shape.
Naive elements(const Naive& x, const Shape& shape, const std::function<Shape(const Shape&)>& f) {
  return tabulate(shape, [&](const Shape& i) { return static_cast<double>(x.at(f(i))); });
}

std::vector<Indexed> indices() {
  // (rows, columns) that two index tensors name together, at a place of their broadcast shape.
  const auto at = [](const Naive& index, const Shape& i, Index size) {
    return from_front(index.broadcast(i), size);
  };
  return {
      {"rows",
       "x0[x1]",
       [](const Tensors& x) { return std::vector<IndexItem>{x[1]}; },
       [=](const Naives& x) {
         return elements(x[0], {2, 3, 5}, [&](const Shape& i) {
           return Shape{at(x[1], {i[0], i[1]}, 4), i[2]};
         });
       },
       {{{4, 5}}, places({2, 3}, 4)}},
      {"together",
       "x0[x1, x2]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{x[1], x[2]};
       },
       [=](const Naives& x) {
         return elements(x[0], {2, 3, 3}, [&](const Shape& i) {
           const Shape b{i[0], i[1]};
           return Shape{at(x[1], b, 4), at(x[2], b, 5), i[2]};
         });
       },
       {{{4, 5, 3}}, places({2, 1}, 4), places({3}, 5)}},
      {"in_the_middle",
       "x0[:, x1, x2]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{Slice{}, x[1], x[2]};
       },
       [=](const Naives& x) {
         return elements(x[0], {2, 4, 2}, [&](const Shape& i) {
           return Shape{i[0], at(x[1], {i[1]}, 3), at(x[2], {i[1]}, 5), i[2]};
         });
       },
       {{{2, 3, 5, 2}}, places({4}, 3), places({4}, 5)}},
      {"apart",
       "x0[x1, :, x2]",  // not neighbours: the broadcast dims come first
       [](const Tensors& x) {
         return std::vector<IndexItem>{x[1], Slice{}, x[2]};
       },
       [=](const Naives& x) {
         return elements(x[0], {4, 3}, [&](const Shape& i) {
           return Shape{at(x[1], {i[0]}, 2), i[1], at(x[2], {i[0]}, 5)};
         });
       },
       {{{2, 3, 5}}, places({4}, 2), places({4}, 5)}},
      {"with_basic_items",
       "x0[1, ..., 1:, x1, None]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{1, ellipsis, Slice{1}, x[1], newaxis};
       },
       [=](const Naives& x) {
         return elements(x[0], {3, 3, 6, 1}, [&](const Shape& i) {
           return Shape{1, i[0], i[1] + 1, at(x[1], {i[2]}, 5)};
         });
       },
       {{{2, 3, 4, 5}}, places({6}, 5)}},
      {"integer_between",
       "x0[x1, 1, x2]",  // the integer goes first, and the tensors are neighbours
       [](const Tensors& x) {
         return std::vector<IndexItem>{x[1], 1, x[2]};
       },
       [=](const Naives& x) {
         return elements(x[0], {4}, [&](const Shape& i) {
           return Shape{at(x[1], {i[0]}, 2), 1, at(x[2], {i[0]}, 5)};
         });
       },
       {{{2, 3, 5}}, places({4}, 2), places({4}, 5)}},
      {"newaxis_between",
       "x0[x1, None, x2]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{x[1], newaxis, x[2]};
       },
       [=](const Naives& x) {
         return elements(x[0], {4, 1, 5}, [&](const Shape& i) {
           return Shape{at(x[1], {i[0]}, 2), at(x[2], {i[0]}, 3), i[2]};
         });
       },
       {{{2, 3, 5}}, places({4}, 2), places({4}, 3)}},
      {"scalar_tensor",
       "x0[:, x1]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{Slice{}, x[1]};
       },
       [=](const Naives& x) {
         return elements(x[0], {2}, [&](const Shape& i) { return Shape{i[0], at(x[1], {}, 3)}; });
       },
       {{{2, 3}}, places({}, 3)}},
      {"no_positions",
       "x0[:, x1]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{Slice{}, x[1]};
       },
       [](const Naives&) {
         return Naive(Shape{2, 0});
       },
       {{{2, 3}}, places({0}, 3)}},
      {"mask",
       "x0[x1]",
       [](const Tensors& x) { return std::vector<IndexItem>{x[1]}; },
       [](const Naives& x) {
         Naive out;
         for (Index i = 0; i < x[1].count(); ++i)
           for (Index j = 0; x[1][i] != 0 && j < 2; ++j)
             out.values.push_back(static_cast<double>(i * 2 + j));
         out.shape = {out.count() / 2, 2};
         return out;
       },
       {{{3, 4, 2}}, mask({3, 4})}},
      {"mask_and_slice",
       "x0[::2, x1]",
       [](const Tensors& x) {
         return std::vector<IndexItem>{Slice{.step = 2}, x[1]};
       },
       [](const Naives& x) {
         Naive out;
         for (const Index i : {0, 2})
           for (Index j = 0; j < 4; ++j)
             if (x[1][j] != 0) out.values.push_back(static_cast<double>(i * 4 + j));
         out.shape = {2, out.count() / 2};
         return out;
       },
       {{{3, 4}}, mask({4})}},
      {"scalar_mask",
       "x0[x1]",
       [](const Tensors& x) { return std::vector<IndexItem>{x[1]}; },
       [](const Naives& x) {
         const Index n = x[1][0] != 0 ? 1 : 0;
         return elements(x[0], {n, 2, 3}, [](const Shape& i) { return Shape{i[1], i[2]}; });
       },
       {{{2, 3}}, mask({})}},
  };
}

Naive read(const Naive& x, const Naive& from) {
  Naive out = from;
  for (double& v : out.values) v = x[static_cast<Index>(v)];
  return out;
}

void add_index_cases(Rows& rows) {
  const Tensor x = ones({2, 3});
  for (const Indexed& each : indices()) {
    OpCase c{.name = str_cat("index/", each.name), .torch = each.torch, .samples = {}};
    c.run = [items = each.items](const Tensors& in) { return index(in[0], items(in)); };
    c.reference = [from = each.elements](const Naives& in) { return read(in[0], from(in)); };
    c.samples = {each.inputs};
    rows.push_back(c);

    // index_put() with the same items: added, so that repeated elements are defined.
    OpCase put{.name = str_cat("index_put/", each.name), .torch = "", .samples = {}};
    const std::string python = each.torch;
    const std::string elements_of = "torch.arange(x0.numel()).reshape(x0.shape)" + python.substr(2);
    put.torch = "x0.flatten().index_add(0, " + elements_of + ".flatten(), (0.5 * " + python +
                ").flatten()).reshape(x0.shape)";
    put.run = [items = each.items](const Tensors& in) {
      return index_put(in[0], items(in), mul(index(in[0], items(in)), 0.5), true);
    };
    put.reference = [from = each.elements](const Naives& in) {
      const Naive places_of = from(in), source = read(in[0], places_of);
      Naive out = in[0];
      for (Index i = 0; i < source.count(); ++i)
        out[static_cast<Index>(places_of[i])] += 0.5 * source[i];
      return out;
    };
    put.samples = {each.inputs};
    rows.push_back(put);
  }

  OpCase special{.name = "index", .torch = "x0[:, x1]", .samples = {}};
  special.run = [](const Tensors& in) { return index(in[0], {Slice{}, in[1]}); };
  special.reference = [](const Naives& in) {
    return tabulate({in[0].shape[0], in[1].count()}, [&](const Shape& i) {
      return in[0]({i[0], from_front(in[1][i[1]], in[0].shape[1])});
    });
  };
  special.samples = {{{{2, 3}}, places({4}, 3)}};
  special.specials = {{kValues, {{4}, {-1, 1, 0, 1}, int64}}};
  special.errors = {{[=] { index(x, {full({2}, 2, int64)}); },
                     "[index] index holds 2 at (0); it must be in [-2, 2), dim 0 of x (2, 3)"},
                    {[=] {
                       index(x, {Slice{}, full({}, -4, int64)});
                     },
                     "index holds -4 at (); it must be in [-3, 3), dim 1 of x (2, 3)"},
                    {[=] { index(x, {ones({2})}); },
                     "an index is float32; positions must be int64 and masks bool: convert with "
                     "to(index, int64)"},
                    {[=] { index(x, {ones({2}, uint8)}); }, "an index is uint8"},
                    {[=] {
                       index(x, {Slice{}, ones({2}, bool_)});
                     },
                     "mask (2) does not fit x (2, 3) from dim 1 on"},
                    {[=] {
                       index(x, {zeros({2}, int64), zeros({3}, int64)});
                     },
                     "shapes do not broadcast"},
                    {[=] {
                       index(x, {0, 0, zeros({1}, int64)});
                     },
                     "[index] 3 indices for x (2, 3) of rank 2"}};
  special.benchmarks = {
      {.inputs = {{{1024, 1024}}, {.shape = {512}, .low = 0, .high = 1024, .dtype = int64}},
       .bytes = 4 * kMiB}};
  rows.push_back(special);
}

void add_index_put_cases(Rows& rows) {
  const Tensor x = ones({2, 3});
  OpCase c{.name = "index_put", .torch = "torch.index_put(x0, (x1,), x2)", .samples = {}};
  c.run = [](const Tensors& in) { return index_put(in[0], {in[1]}, in[2]); };
  c.reference = [](const Naives& in) {  // a mask of the first dim, or of both
    Naive out = in[0];
    Index next = 0;
    for_each_index(in[0].shape, [&](const Shape& i) {
      const Shape place(i.begin(), i.begin() + in[1].shape.rank());
      if (in[1](place) == 0) return;
      out(i) = in[2].count() == 1 ? in[2][0] : in[2][next % in[2].count()];
      ++next;
    });
    return out;
  };
  c.samples = {
      {{{3, 4}}, mask({3, 4}), {{}}}, {{{3, 4}}, mask({3}), {{4}}}, {{{3, 4}}, mask({3}), {{1}}}};
  c.specials = {{kValues, {{2, 3}, {1, 1, 0, 0, 1, 0}, bool_}, {{3}, {kInf, -0.0, kNaN}}}};
  c.errors = {{[=] { index_put(x, {zeros({2}, int64)}, ones({2})); },
               "[index_put] values (2) do not broadcast to the part that the index names, (2, 3)"},
              {[=] { index_put(x, {0}, ones({3}, float64)); }, "values are float64, x is float32"},
              {[=] { index_put(x, {full({1}, 5, int64)}, 0); },
               "[index_put] index holds 5 at (0); it must be in [-2, 2), dim 0 of x (2, 3)"}};
  c.benchmarks = {{.inputs = {{{1024, 1024}}, mask({1024}), {{1024}}}, .bytes = 8 * kMiB}};
  rows.push_back(c);

  OpCase last{.name = "index_put/last_wins", .torch = "", .samples = {}};
  // PyTorch leaves open which of several values for one element stays: no expression.
  last.run = [](const Tensors& in) { return index_put(in[0], {in[1], Slice{}}, in[2]); };
  last.reference = [](const Naives& in) {
    Naive out = in[0];
    for (Index k = 0; k < in[1].count(); ++k)
      for (Index j = 0; j < in[0].shape[1]; ++j)
        out({from_front(in[1][k], in[0].shape[0]), j}) = in[2]({k, j});
    return out;
  };
  last.samples = {{{{3, 2}}, places({7}, 3), {{7, 2}}}};
  rows.push_back(last);

  OpCase leading{.name = "index_put/leading", .torch = "", .samples = {}};  // dims of 1 in values
  leading.torch = "torch.cat([x0[:1], x1.reshape(1, -1).expand(1, x0.shape[1]), x0[2:]])";
  leading.run = [](const Tensors& in) { return index_put(in[0], {1}, in[1]); };
  leading.reference = [](const Naives& in) {
    Naive out = in[0];
    for (Index j = 0; j < in[0].shape[1]; ++j) out({1, j}) = in[1][j % in[1].count()];
    return out;
  };
  leading.samples = {{{{3, 4}}, {{1, 1, 4}}}, {{{3, 4}}, {{1, 1}}}};
  rows.push_back(leading);

  OpCase number{.name = "index_put/number", .torch = "", .samples = {}};
  number.torch = "torch.index_put(x0, (x1,), torch.tensor(2.5, dtype=x0.dtype))";
  number.run = [](const Tensors& in) { return index_put(in[0], {in[1]}, 2.5); };
  number.reference = [reference = c.reference](const Naives& in) {
    return reference({in[0], in[1], Naive(Shape{}, 2.5)});
  };
  number.samples = {{{{3, 4}}, mask({3, 4})}};
  rows.push_back(number);
}

void add_mask_cases(Rows& rows) {
  const Tensor x = ones({2, 3});
  const Given some{{2, 3}, {1, 1, 0, 0, 1, 0}, bool_};
  const ErrorSample not_bool{[=] { masked_select(x, x); },
                             "mask is float32, it must be bool: compare first, as in x > 0"};
  OpCase fill{.name = "masked_fill", .torch = "torch.masked_fill(x0, x1, x2)", .samples = {}};
  fill.run = [](const Tensors& in) { return masked_fill(in[0], in[1], in[2]); };
  fill.reference = [](const Naives& in) {
    return tabulate(in[0].shape,
                    [&](const Shape& i) { return in[1].broadcast(i) != 0 ? in[2][0] : in[0](i); });
  };
  fill.samples = {{{{3, 4}}, mask({3, 4}), {{}}},
                  {{{3, 4}}, mask({4}), {{}}},
                  {{{3, 4}}, mask({3, 1}), {{}}},
                  {{{}}, mask({}), {{}}},
                  {{{0, 2}}, mask({2}), {{}}}};
  fill.specials = {{kValues, some, {{}, {kNaN}}}};
  fill.errors = {
      {[=] { masked_fill(x, x, 0); }, "[masked_fill] mask is float32, it must be bool"},
      {[=] { masked_fill(x, ones({2}, bool_), 0); }, "mask (2) does not broadcast to x (2, 3)"},
      {[=] { masked_fill(x, ones({3}, bool_), ones({3})); }, "value (3) must be a number or ()"}};
  fill.benchmarks = {{.inputs = {{{1024, 1024}}, mask({1024, 1024}), {{}}}, .bytes = 9 * kMiB}};
  rows.push_back(fill);

  OpCase number = fill;
  number.name = "masked_fill/number";
  number.torch = "torch.masked_fill(x0, x1, -math.inf)";
  number.run = [](const Tensors& in) { return masked_fill(in[0], in[1], -kInf); };
  number.reference = [reference = fill.reference](const Naives& in) {
    return reference({in[0], in[1], Naive(Shape{}, -kInf)});
  };
  number.samples = {};
  number.specials = {{kValues, some}};
  number.errors = {};
  number.benchmarks = {};
  rows.push_back(number);

  OpCase select{.name = "masked_select", .torch = "torch.masked_select(x0, x1)", .samples = {}};
  select.run = [](const Tensors& in) { return masked_select(in[0], in[1]); };
  select.reference = [](const Naives& in) {
    Naive out;
    const Shape shape = broadcast_shapes({"reference"}, in[0].shape, in[1].shape);
    for_each_index(shape, [&](const Shape& i) {
      if (in[1].broadcast(i) != 0) out.values.push_back(in[0].broadcast(i));
    });
    out.shape = {out.count()};
    return out;
  };
  select.samples = {
      {{{3, 4}}, mask({3, 4})}, {{{4}}, mask({3, 1})}, {{{}}, mask({5})}, {{{3, 0}}, mask({1})}};
  select.specials = {{kValues, some}, {kValues, {{3}, {0, 0, 0}, bool_}}};
  select.errors = {not_bool,
                   {[=] { masked_select(x, ones({2}, bool_)); }, "shapes do not broadcast"}};
  select.benchmarks = {{.inputs = {{{1024, 1024}}, mask({1024, 1024})}, .bytes = 7 * kMiB}};
  rows.push_back(select);

  OpCase put{.name = "masked_scatter", .torch = "torch.masked_scatter(x0, x1, x2)", .samples = {}};
  put.run = [](const Tensors& in) { return masked_scatter(in[0], in[1], in[2]); };
  put.reference = [](const Naives& in) {
    const Shape shape = broadcast_shapes({"reference"}, in[0].shape, in[1].shape);
    Index next = 0;
    return tabulate(shape, [&](const Shape& i) {
      return in[1].broadcast(i) != 0 ? in[2][next++] : in[0].broadcast(i);
    });
  };
  put.samples = {{{{3, 4}}, mask({3, 4}), {{12}}},
                 {{{3, 4}}, mask({4}), {{3, 5}}},
                 {{{4}}, mask({2, 4}), {{9}}}};
  put.specials = {{kValues, some, {{4}, {kInf, -0.0, kNaN, 1}}}};
  put.errors = {
      {[=] { masked_scatter(x, ones({3}, bool_), ones({5})); },
       "[masked_scatter] source (5) holds too few values: 6 elements of the mask are true"},
      {[=] { masked_scatter(x, ones({3}, bool_), ones({6}, float64)); },
       "source is float64, x is float32"}};
  put.benchmarks = {
      {.inputs = {{{1024, 1024}}, mask({1024, 1024}), {{1024, 1024}}}, .bytes = 11 * kMiB}};
  rows.push_back(put);

  for (const char* name : {"nonzero", "argwhere"}) {
    OpCase c{.name = name, .torch = str_cat("torch.", name, "(x0)"), .samples = {}};
    c.run = [named = std::string(name)](const Tensors& in) {
      return named == "nonzero" ? nonzero(in[0]) : argwhere(in[0]);
    };
    c.reference = [](const Naives& in) {
      Naive out;
      Index count = 0;
      for_each_index(in[0].shape, [&](const Shape& i) {
        if (in[0](i) == 0) return;
        ++count;
        for (const Index place : i) out.values.push_back(static_cast<double>(place));
      });
      out.shape = {count, in[0].shape.rank()};
      return out;
    };
    c.samples = {{{.shape = {3, 4}, .low = 0, .high = 2, .dtype = int64}},
                 {mask({2, 3, 2})},
                 {{.shape = {7}}},
                 {{.shape = {}}},
                 {{.shape = {0, 2}}}};
    c.specials = {{kValues}, {{{2}, {0, -0.0}}}};
    c.benchmarks = {{.inputs = {mask({1024, 1024})}, .bytes = 9 * kMiB}};
    c.differentiable = false;
    rows.push_back(c);
  }
}
}  // namespace

Rows indexing_advanced_indexing_cases() {
  Rows rows;
  add_index_cases(rows);
  add_index_put_cases(rows);
  add_mask_cases(rows);
  return rows;
}

}  // namespace tinygrad::test
