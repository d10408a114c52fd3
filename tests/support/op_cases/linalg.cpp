// SPDX-License-Identifier: MIT
// Rows for ops/linalg.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// The product by its definition, with batch axes broadcast. Vectors have been made matrices.
Naive product(const Naive& a, bool ta, const Naive& b, bool tb) {
  const auto batch = [](const Naive& x) { return Shape(x.shape.begin(), x.shape.end() - 2); };
  Shape shape = broadcast_shapes({"reference"}, batch(a), batch(b));
  const int ra = a.shape.rank(), rb = b.shape.rank();
  shape.push_back(a.shape[ta ? ra - 1 : ra - 2]);
  shape.push_back(b.shape[tb ? rb - 2 : rb - 1]);
  const Index inner = a.shape[ta ? ra - 2 : ra - 1];
  // The element (…, i, j) of x, its batch axes broadcast from those of `index`.
  const auto element = [](const Naive& x, const Shape& index, Index i, Index j) {
    Shape own;
    const int shift = index.rank() - x.shape.rank();
    for (int k = 0; k < x.shape.rank() - 2; ++k)
      own.push_back(x.shape[k] == 1 ? 0 : index[k + shift]);
    own.push_back(i);
    own.push_back(j);
    return x(own);
  };
  return tabulate(shape, [&](const Shape& at) {
    const Index i = at[at.rank() - 2], j = at[at.rank() - 1];
    double sum = 0;
    for (Index k = 0; k < inner; ++k)
      sum += element(a, at, ta ? k : i, ta ? i : k) * element(b, at, tb ? j : k, tb ? k : j);
    return sum;
  });
}

Naive matmul_reference(Naive a, bool ta, Naive b, bool tb) {
  const bool row = a.shape.rank() == 1, column = b.shape.rank() == 1;
  if (row) a.shape.insert(ta ? 1 : 0, 1);
  if (column) b.shape.insert(tb ? 0 : 1, 1);
  Naive y = product(a, ta, b, tb);
  if (column) y.shape.erase(y.shape.rank() - 1);
  if (row) y.shape.erase(y.shape.rank() - (column ? 1 : 2));
  return y;
}

OpCase matmul_case(const char* name, Transposed t, std::vector<std::vector<Input>> samples) {
  return {.name = name,
          .run = [t](const Tensors& x) { return matmul(x[0], x[1], t); },
          .reference = [t](const Naives& x) { return matmul_reference(x[0], t.a, x[1], t.b); },
          .samples = std::move(samples)};
}

BenchSample bench(Index m, Index k, Index n, const Shape& a, const Shape& b, Index batch = 1) {
  const auto size = [&](Index r, Index c) { return 4.0 * static_cast<double>(batch * r * c); };
  return {.inputs = {{a}, {b}},
          .flops = 2.0 * static_cast<double>(batch * m) * static_cast<double>(k * n),
          .bytes = size(m, k) + size(k, n) + size(m, n)};
}

}  // namespace

Rows linalg_cases() {
  Rows rows = {
      matmul_case("matmul", {},
                  {{{{3, 4}}, {{4, 5}}},
                   {{{1, 1}}, {{1, 1}}},
                   {{{7}}, {{7}}},
                   {{{4}}, {{4, 3}}},
                   {{{3, 4}}, {{4}}},
                   {{{2, 3, 4}}, {{4, 5}}},
                   {{{3, 4}}, {{2, 4, 5}}},
                   {{{2, 3, 4}}, {{2, 4, 5}}},
                   {{{2, 1, 3, 4}}, {{3, 4, 2}}},
                   {{{2, 3, 4}}, {{4}}},
                   {{{0, 4}}, {{4, 5}}},
                   {{{3, 0}}, {{0, 2}}},
                   {{{17, 33}}, {{33, 19}}}}),
      matmul_case("matmul/a transposed", {.a = true},
                  {{{{4, 3}}, {{4, 5}}},
                   {{{2, 4, 3}}, {{4, 5}}},
                   {{{2, 4, 3}}, {{2, 4, 5}}},
                   {{{4}}, {{4, 3}}}}),
      matmul_case("matmul/b transposed", {.b = true},
                  {{{{3, 4}}, {{5, 4}}},
                   {{{2, 3, 4}}, {{5, 4}}},
                   {{{3, 4}}, {{2, 5, 4}}},
                   {{{3, 4}}, {{4}}}}),
      matmul_case("matmul/both transposed", {.a = true, .b = true},
                  {{{{4, 3}}, {{5, 4}}}, {{{2, 4, 3}}, {{2, 5, 4}}}}),
  };
  rows[0].errors = {{[] {
                       matmul(ones({32, 784}), ones({100, 10}));
                     },
                     "[matmul] inner sizes differ: a (32, 784), b (100, 10); a.shape[1]=784 must "
                     "equal b.shape[0]=100"},
                    {[] {
                       matmul(ones({32, 1, 28, 28}), ones({784, 10}));
                     },
                     "Did you forget flatten(a, 1)?"},
                    {[] {
                       matmul(ones({}), ones({2, 2}));
                     },
                     "a scalar has no matrix product"},
                    {[] {
                       matmul(ones({2, 2}), ones({2, 2}, float64));
                     },
                     "dtypes differ: a float32, b float64"},
                    {[] {
                       matmul(ones({2, 3, 4}), ones({5, 4, 2}));
                     },
                     "shapes do not broadcast: a (2), b (5)"},
                    {[] {
                       matmul(ones({2, 2}, int64), ones({2, 2}, int64));
                     },
                     "wants float32 or float64, got int64"}};
  rows[0].benchmarks = {bench(1024, 1024, 1024, {1024, 1024}, {1024, 1024}),
                        bench(128, 64, 128, {64, 128, 64}, {64, 64, 128}, 64),
                        bench(64, 784, 128, {64, 784}, {784, 128})};

  const auto layer = [](const Naives& x) {
    Naive y = matmul_reference(x[0], false, x[1], true);
    for (Index i = 0; i < y.count() && x.size() > 2; ++i) y[i] += x[2][i % x[2].count()];
    return y;
  };
  rows.push_back(
      {.name = "linear",
       .run = [](const Tensors& x) { return linear(x[0], x[1], x.size() > 2 ? x[2] : Tensor()); },
       .reference = layer,
       .samples = {{{{6, 5}}, {{3, 5}}, {{3}}},
                   {{{6, 5}}, {{3, 5}}},
                   {{{5}}, {{3, 5}}, {{3}}},
                   {{{2, 4, 5}}, {{3, 5}}, {{3}}},
                   {{{0, 5}}, {{3, 5}}, {{3}}},
                   {{{1, 1}}, {{1, 1}}, {{1}}}},
       .errors =
           {{[] {
               linear(ones({32, 1, 28, 28}), ones({10, 784}));
             },
             "Did you forget flatten(x, 1)?"},
            {[] {
               linear(ones({32, 784}), ones({10, 100}));
             },
             "[linear] sizes differ: x (32, 784), weight (10, 100); x.shape[1]=784 must equal "
             "weight.shape[1]=100"},
            {[] {
               linear(ones({2, 3}), ones({4, 3}), ones({3}));
             },
             "bias float32 (3) must be float32 (4)"},
            {[] {
               linear(ones({2, 3}), ones({4}));
             },
             "weight (4) must be a matrix (out, in)"},
            {[] {
               linear(ones({2, 3}), ones({4, 3}, float64));
             },
             "dtypes differ: x float32, weight float64"}},
       .benchmarks = {{.inputs = {{{64, 784}}, {{128, 784}}, {{128}}},
                       .flops = 2.0 * 64 * 784 * 128,
                       .bytes = 4.0 * (64 * 784 + 128 * 784 + 64 * 128)},
                      {.inputs = {{{128, 784}}, {{512, 784}}, {{512}}},
                       .flops = 2.0 * 128 * 784 * 512,
                       .bytes = 4.0 * (128 * 784 + 512 * 784 + 128 * 512)},
                      {.inputs = {{{256, 1024}}, {{1024, 1024}}, {{1024}}},
                       .flops = 2.0 * 256 * 1024 * 1024,
                       .bytes = 4.0 * (2 * 256 * 1024 + 1024 * 1024)}}});
  return rows;
}

}  // namespace tinygrad::test
