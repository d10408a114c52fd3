// SPDX-License-Identifier: MIT
// Rows for ops/linalg/products.hpp.

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// The product by its definition, with batch dims broadcast. Vectors have been made matrices.
Naive product(const Naive& a, bool ta, const Naive& b, bool tb) {
  const auto batch = [](const Naive& x) { return Shape(x.shape.begin(), x.shape.end() - 2); };
  Shape shape = broadcast_shapes({"reference"}, batch(a), batch(b));
  const int ra = a.shape.rank(), rb = b.shape.rank();
  shape.push_back(a.shape[ta ? ra - 1 : ra - 2]);
  shape.push_back(b.shape[tb ? rb - 2 : rb - 1]);
  const Index inner = a.shape[ta ? ra - 2 : ra - 1];
  // The element (…, i, j) of x, its batch dims broadcast from those of `index`.
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

OpCase matmul_case(const char* name, const char* torch, Transposed t,
                   std::vector<std::vector<Input>> samples) {
  return {.name = name,
          .torch = torch,
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

Naive plain_product(const Naives& x) { return matmul_reference(x[0], false, x[1], false); }

// The forms of matmul that take one rank only.
void add_products(Rows& rows) {
  struct Form {
    const char* name;
    Tensor (*call)(const Tensor&, const Tensor&, At);
    std::vector<std::vector<Input>> samples;
    std::vector<Given> special;
    std::vector<ErrorSample> errors;
    BenchSample benchmark;
  };
  const std::vector<Form> forms = {
      {"mm",
       mm,
       {{{{3, 4}}, {{4, 5}}}, {{{1, 1}}, {{1, 1}}}, {{{0, 4}}, {{4, 5}}}, {{{3, 0}}, {{0, 2}}}},
       {{{2, 2}, {kInf, 1, 0, 1e4}}, {{2, 1}, {1, -1e4}}},
       {{[] {
           mm(ones({2, 3}), ones({2, 3}));
         },
         "[mm] inner sizes differ: a (2, 3), b (2, 3); a.shape[1]=3 must equal b.shape[0]=2"},
        {[] {
           mm(ones({2, 3}), ones({3}));
         },
         "[mm] b (3) must have 2 dims"}},
       bench(256, 256, 256, {256, 256}, {256, 256})},
      {"mv",
       mv,
       {{{{3, 4}}, {{4}}}, {{{1, 1}}, {{1}}}, {{{0, 4}}, {{4}}}, {{{3, 0}}, {{0}}}},
       {{{2, 2}, {kNaN, 1, 0, 1e4}}, {{2}, {1, -1e4}}},
       {{[] {
           mv(ones({2, 3}), ones({2}));
         },
         "[mv] inner sizes differ"},
        {[] {
           mv(ones({2, 3}), ones({3, 1}));
         },
         "[mv] x (3, 1) must have 1 dim"}},
       bench(512, 512, 1, {512, 512}, {512})},
      {"bmm",
       bmm,
       {{{{2, 3, 4}}, {{2, 4, 5}}}, {{{1, 1, 1}}, {{1, 1, 1}}}, {{{0, 2, 3}}, {{0, 3, 2}}}},
       {{{1, 1, 2}, {kInf, 1}}, {{1, 2, 1}, {1, -1e4}}},
       {{[] {
           bmm(ones({2, 3, 4}), ones({1, 4, 5}));
         },
         "[bmm] batches differ: a (2, 3, 4), b (1, 4, 5); matmul() broadcasts them"},
        {[] {
           bmm(ones({3, 4}), ones({1, 4, 5}));
         },
         "a (3, 4) must have 3 dims"}},
       bench(32, 32, 32, {64, 32, 32}, {64, 32, 32}, 64)},
      {"dot",
       dot,
       {{{{7}}, {{7}}}, {{{1}}, {{1}}}, {{{0}}, {{0}}}, {{{33}}, {{33}}}},
       {{{3}, {1e4, 0, 1}}, {{3}, {-1e4, 5, kInf}}},
       {{[] { dot(ones({2}), ones({3})); }, "[dot] inner sizes differ: a (2), b (3)"},
        {[] {
           dot(ones({2, 1}), ones({2}));
         },
         "[dot] a (2, 1) must have 1 dim"}},
       bench(1, 65536, 1, {65536}, {65536})},
      {"vdot",
       vdot,
       {{{{7}}, {{7}}}, {{{1}}, {{1}}}, {{{0}}, {{0}}}},
       {{{2}, {1e4, kNaN}}, {{2}, {-1e4, 5}}},
       {{[] { vdot(ones({2}), ones({3})); }, "[vdot] inner sizes differ"}},
       bench(1, 65536, 1, {65536}, {65536})}};
  for (const Form& f : forms)
    rows.push_back(
        {.name = f.name,
         .torch = str_cat("torch.", f.name, "(x0, x1)"),
         .run = [call = f.call](const Tensors& x) { return call(x[0], x[1], At::here()); },
         .reference = plain_product,
         .samples = f.samples,
         .specials = {f.special},
         .errors = f.errors,
         .benchmarks = {f.benchmark}});
}

// y[i…, j…] = f(a[i…], b[j…]).
Naive all_pairs(const Naive& a, const Naive& b) {
  Shape shape = a.shape;
  for (const Index n : b.shape) shape.push_back(n);
  Naive out(shape);
  for (Index i = 0; i < a.count(); ++i)
    for (Index j = 0; j < b.count(); ++j) out[i * b.count() + j] = a[i] * b[j];
  return out;
}

void add_vector_products(Rows& rows) {
  rows.push_back({.name = "outer",
                  .torch = "torch.outer(x0, x1)",
                  .run = [](const Tensors& x) { return outer(x[0], x[1]); },
                  .reference = [](const Naives& x) { return all_pairs(x[0], x[1]); },
                  .samples = {{{{3}}, {{5}}}, {{{1}}, {{1}}}, {{{0}}, {{4}}}, {{{33}}, {{2}}}},
                  .specials = {{{{3}, {kInf, 0, kNaN}}, {{2}, {0, -1e4}}}},
                  .errors = {{[] {
                                outer(ones({2, 3}), ones({2}));
                              },
                              "[outer] a (2, 3) must have 1 dim"}},
                  .benchmarks = {{.inputs = {{{512}}, {{512}}}, .bytes = 4.0 * 512 * 512}}});
  rows.push_back({.name = "inner",
                  .torch = "torch.inner(x0, x1)",
                  .run = [](const Tensors& x) { return inner(x[0], x[1]); },
                  .reference =
                      [](const Naives& x) {
                        const Naive &a = x[0], &b = x[1];
                        if (a.shape.empty() || b.shape.empty()) return all_pairs(a, b);
                        const Index k = a.shape.back();
                        Shape shape(a.shape.begin(), a.shape.end() - 1);
                        for (int i = 0; i < b.shape.rank() - 1; ++i) shape.push_back(b.shape[i]);
                        Naive out(shape);
                        const Index columns = b.shape.product(0, b.shape.rank() - 1);
                        for (Index i = 0; i < out.count(); ++i)
                          for (Index l = 0; l < k; ++l)
                            out[i] += a[i / columns * k + l] * b[i % columns * k + l];
                        return out;
                      },
                  .samples = {{{{3}}, {{3}}},
                              {{{2, 3}}, {{3}}},
                              {{{2, 3}}, {{4, 2, 3}}},
                              {{{}}, {{2, 3}}},
                              {{{2}}, {{}}},
                              {{{2, 0}}, {{3, 0}}}},
                  .specials = {{{{1, 2}, {kInf, 0}}, {{2, 2}, {1, 1e4, 0, 0}}}},
                  .errors = {{[] {
                                inner(ones({2, 3}), ones({2}));
                              },
                              "[inner] last sizes differ: a (2, 3), b (2)"}},
                  .benchmarks = {bench(128, 64, 128, {128, 64}, {128, 64})}});
  rows.push_back({.name = "kron",
                  .torch = "torch.kron(x0, x1)",
                  .run = [](const Tensors& x) { return kron(x[0], x[1]); },
                  .reference =
                      [](const Naives& x) {
                        Naive a = x[0], b = x[1];
                        while (a.shape.rank() < b.shape.rank()) a.shape.insert(0, 1);
                        while (b.shape.rank() < a.shape.rank()) b.shape.insert(0, 1);
                        Shape shape = a.shape;
                        for (int i = 0; i < shape.rank(); ++i) shape[i] *= b.shape[i];
                        return tabulate(shape, [&](const Shape& at) {
                          Shape block = at, inside = at;
                          for (int i = 0; i < at.rank(); ++i) {
                            block[i] = at[i] / b.shape[i];
                            inside[i] = at[i] % b.shape[i];
                          }
                          return a(block) * b(inside);
                        });
                      },
                  .samples = {{{{2}}, {{3}}},
                              {{{2, 3}}, {{3, 2}}},
                              {{{3}}, {{2, 2}}},
                              {{{2, 1, 2}}, {{2}}},
                              {{{}}, {{2, 2}}},
                              {{{0, 2}}, {{2, 2}}}},
                  .specials = {{{{2}, {kInf, 0}}, {{2}, {1e4, kNaN}}}},
                  .errors = {{[] {
                                kron(ones({1, 1, 1, 1, 1}), ones({2}));
                              },
                              "[kron] a (1, 1, 1, 1, 1) and b (2): at most 4 dims"}},
                  .benchmarks = {{.inputs = {{{16, 16}}, {{16, 16}}}, .bytes = 4.0 * 65536}}});
  for (const Index dim : {-1, 0})
    rows.push_back(
        {.name = dim == 0 ? "cross/first dim" : "cross",
         .torch = str_cat("torch.linalg.cross(x0, x1, dim=", dim, ")"),
         .run = [dim](const Tensors& x) { return cross(x[0], x[1], dim); },
         .reference =
             [dim](const Naives& x) {
               const Shape shape = broadcast_shapes({"reference"}, x[0].shape, x[1].shape);
               const int along = dim == 0 ? 0 : shape.rank() - 1;
               return tabulate(shape, [&](const Shape& at) {
                 Shape j = at, k = at;
                 j[along] = (at[along] + 1) % 3;
                 k[along] = (at[along] + 2) % 3;
                 return x[0].broadcast(j) * x[1].broadcast(k) -
                        x[0].broadcast(k) * x[1].broadcast(j);
               });
             },
         .samples = dim == 0 ? std::vector<std::vector<Input>>{{{{3, 2}}, {{3, 1}}}}
                             : std::vector<std::vector<Input>>{{{{3}}, {{3}}},
                                                               {{{2, 3}}, {{2, 3}}},
                                                               {{{4, 1, 3}}, {{1, 2, 3}}},
                                                               {{{0, 3}}, {{0, 3}}}},
         .specials = {{{{3}, {1e4, 0, 1}}, {{3}, {0, -1e4, kInf}}}},
         .errors = {{[] { cross(ones({2}), ones({2})); },
                     "[cross] a (2), b (2); both must have size 3 along dim 0"}},
         .benchmarks = dim == 0 ? std::vector<BenchSample>{}
                                : std::vector<BenchSample>{{.inputs = {{{4096, 3}}, {{4096, 3}}},
                                                            .bytes = 12.0 * 3 * 4096}}});
}

void add_sums_of_products(Rows& rows) {
  struct Form {
    const char* name;
    Tensor (*call)(const Tensor&, const Tensor&, const Tensor&, Scales, At);
    std::vector<std::vector<Input>> samples;
    std::vector<ErrorSample> errors;
    BenchSample benchmark;
  };
  const std::vector<Form> forms = {
      {"addmm",
       addmm,
       {{{{3, 5}}, {{3, 4}}, {{4, 5}}},
        {{{5}}, {{3, 4}}, {{4, 5}}},
        {{{}}, {{3, 4}}, {{4, 5}}},
        {{{3, 1}}, {{3, 0}}, {{0, 5}}},
        {{{0, 5}}, {{0, 4}}, {{4, 5}}}},
       {{[] {
           addmm(ones({2, 2}), ones({3, 4}), ones({4, 5}));
         },
         "[addmm] input (2, 2) does not broadcast to the product's shape (3, 5)"},
        {[] {
           addmm(ones({5}), ones({3, 4}), ones({5, 5}));
         },
         "[addmm] inner sizes differ"},
        {[] {
           addmm(ones({5}, float64), ones({3, 4}), ones({4, 5}));
         },
         "dtypes differ"}},
       {.inputs = {{{128}}, {{128, 128}}, {{128, 128}}}, .flops = 2.0 * 128 * 128 * 128}},
      {"addmv",
       addmv,
       {{{{3}}, {{3, 4}}, {{4}}}, {{{}}, {{3, 4}}, {{4}}}, {{{3}}, {{3, 0}}, {{0}}}},
       {{[] {
           addmv(ones({2}), ones({3, 4}), ones({4}));
         },
         "[addmv] input (2) does not broadcast to the product's shape (3)"}},
       {.inputs = {{{256}}, {{256, 256}}, {{256}}}, .flops = 2.0 * 256 * 256}},
      {"baddbmm",
       baddbmm,
       {{{{2, 3, 5}}, {{2, 3, 4}}, {{2, 4, 5}}},
        {{{5}}, {{2, 3, 4}}, {{2, 4, 5}}},
        {{{2, 1, 1}}, {{2, 3, 4}}, {{2, 4, 5}}}},
       {{[] {
           baddbmm(ones({5}), ones({2, 3, 4}), ones({1, 4, 5}));
         },
         "[baddbmm] batches differ: a (2, 3, 4), b (1, 4, 5)"}},
       {.inputs = {{{32}}, {{16, 32, 32}}, {{16, 32, 32}}}, .flops = 2.0 * 16 * 32768}}};
  for (const Form& f : forms)
    for (const Scales s : {Scales{}, Scales{.beta = 0.5, .alpha = -2}}) {
      const bool plain = s.alpha == 1;
      OpCase c;
      c.name = str_cat(f.name, plain ? "" : "/scaled");
      c.torch = str_cat("torch.", f.name, "(x0, x1, x2", plain ? ")" : ", beta=0.5, alpha=-2)");
      c.run = [call = f.call, s](const Tensors& x) {
        return call(x[0], x[1], x[2], s, At::here());
      };
      c.reference = [s](const Naives& x) {
        Naive y = matmul_reference(x[1], false, x[2], false);
        return tabulate(y.shape, [&](const Shape& at) {
          return s.beta * x[0].broadcast(at) + s.alpha * y(at);
        });
      };
      c.samples = f.samples;
      if (plain) {
        c.errors = f.errors;
        c.benchmarks = {f.benchmark};
      }
      if (plain && c.name == "addmm")
        c.specials = {{{{2}, {kInf, -1e4}}, {{1, 1}, {1e4}}, {{1, 2}, {-1, 1}}}};
      rows.push_back(c);
    }
  // With beta = 0 a NaN of the input does not go through.
  rows.push_back(
      {.name = "addmm/beta 0",
       .torch = "torch.addmm(x0, x1, x2, beta=0)",
       .run = [](const Tensors& x) { return addmm(x[0], x[1], x[2], {.beta = 0}); },
       .reference = [](const Naives& x) { return matmul_reference(x[1], false, x[2], false); },
       .samples = {{{{3, 5}}, {{3, 4}}, {{4, 5}}}},
       .specials = {{{{2}, {kNaN, kInf}}, {{1, 1}, {2}}, {{1, 2}, {-1, 1}}}}});

  const auto bilinear_reference = [](const Naives& x) {
    const Naive& w = x[2];
    const Index outputs = w.shape[0], m = w.shape[1], n = w.shape[2];
    Shape shape = x[0].shape;
    shape[shape.rank() - 1] = outputs;
    Naive y(shape);
    for (Index i = 0; i < y.count(); ++i) {
      const Index row = i / outputs, k = i % outputs;
      y[i] = x.size() > 3 ? x[3][k] : 0;
      for (Index a = 0; a < m; ++a)
        for (Index b = 0; b < n; ++b)
          y[i] += x[0][row * m + a] * w[(k * m + a) * n + b] * x[1][row * n + b];
    }
    return y;
  };
  rows.push_back(
      {.name = "bilinear",
       .torch = "F.bilinear(x0, x1, x2, x3)",
       .run = [](const Tensors& x) { return bilinear(x[0], x[1], x[2], x[3]); },
       .reference = bilinear_reference,
       .samples = {{{{4, 3}}, {{4, 2}}, {{5, 3, 2}}, {{5}}},
                   {{{3}}, {{2}}, {{5, 3, 2}}, {{5}}},
                   {{{2, 2, 3}}, {{2, 2, 2}}, {{1, 3, 2}}, {{1}}},
                   {{{1, 1}}, {{1, 1}}, {{1, 1, 1}}, {{1}}},
                   {{{0, 3}}, {{0, 2}}, {{5, 3, 2}}, {{5}}}},
       .specials = {{{{1, 1}, {1e4}}, {{1, 1}, {-1e4}}, {{1, 1, 1}, {2}}, {{1}, {kInf}}}},
       .errors = {{[] {
                     bilinear(ones({4, 3}), ones({4, 2}), ones({5, 2, 2}));
                   },
                   "[bilinear] sizes differ: x1 (4, 3), x2 (4, 2), weight (5, 2, 2); x1's last "
                   "size must be 2, x2's 2"},
                  {[] {
                     bilinear(ones({4, 3}), ones({3, 2}), ones({5, 3, 2}));
                   },
                   "must be equal in all but the last dim"},
                  {[] {
                     bilinear(ones({4, 3}), ones({4, 2}), ones({5, 6}));
                   },
                   "weight (5, 6) must have three dims (out, in1, in2)"}},
       .benchmarks = {{.inputs = {{{64, 32}}, {{64, 32}}, {{32, 32, 32}}, {{32}}},
                       .flops = 2.0 * 64 * 32768}}});
  rows.push_back({.name = "bilinear/without bias",
                  .torch = "F.bilinear(x0, x1, x2)",
                  .run = [](const Tensors& x) { return bilinear(x[0], x[1], x[2]); },
                  .reference = bilinear_reference,
                  .samples = {{{{4, 3}}, {{4, 2}}, {{5, 3, 2}}}}});
}

}  // namespace

Rows linalg_products_cases() {
  Rows rows = {
      matmul_case("matmul", "torch.matmul(x0, x1)", {},
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
      matmul_case("matmul/a transposed", "torch.matmul((x0.mT if x0.dim() > 1 else x0), x1)",
                  {.a = true},
                  {{{{4, 3}}, {{4, 5}}},
                   {{{2, 4, 3}}, {{4, 5}}},
                   {{{2, 4, 3}}, {{2, 4, 5}}},
                   {{{4}}, {{4, 3}}}}),
      matmul_case("matmul/b transposed", "torch.matmul(x0, (x1.mT if x1.dim() > 1 else x1))",
                  {.b = true},
                  {{{{3, 4}}, {{5, 4}}},
                   {{{2, 3, 4}}, {{5, 4}}},
                   {{{3, 4}}, {{2, 5, 4}}},
                   {{{3, 4}}, {{4}}}}),
      matmul_case("matmul/both transposed",
                  "torch.matmul((x0.mT if x0.dim() > 1 else x0), (x1.mT if x1.dim() > 1 else x1))",
                  {.a = true, .b = true}, {{{{4, 3}}, {{5, 4}}}, {{{2, 4, 3}}, {{2, 5, 4}}}}),
  };
  rows[0].specials = {{{{2, 2}, {kInf, 0, 1e4, -1e4}}, {{2, 2}, {1, 0, 0, 1e4}}},
                      {{{2, 2}, {1, kNaN, 0, 2}}, {{2, 1}, {0, -kInf}}},
                      {{{2}, {0, -0.0}}, {{2}, {kInf, 1}}}};
  for (std::size_t i = 1; i < rows.size(); ++i)
    rows[i].specials = {{{{2, 2}, {kNaN, 0, 1e4, 1}}, {{2, 2}, {1, 0, kInf, -1e4}}}};
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
       .torch = "F.linear(x0, x1, x2)",
       .run = [](const Tensors& x) { return linear(x[0], x[1], x.size() > 2 ? x[2] : Tensor()); },
       .reference = layer,
       .samples = {{{{6, 5}}, {{3, 5}}, {{3}}},
                   {{{5}}, {{3, 5}}, {{3}}},
                   {{{2, 4, 5}}, {{3, 5}}, {{3}}},
                   {{{0, 5}}, {{3, 5}}, {{3}}},
                   {{{1, 1}}, {{1, 1}}, {{1}}}},
       .specials = {{{{2, 2}, {kInf, 0, 1e4, 1}}, {{1, 2}, {1, 0}}, {{1}, {1}}},
                    {{{1, 2}, {1, 2}}, {{2, 2}, {1, 1, -1e4, 0}}, {{2}, {kNaN, -kInf}}}},
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
  rows.push_back({.name = "linear/without bias",
                  .torch = "F.linear(x0, x1)",
                  .run = [](const Tensors& x) { return linear(x[0], x[1]); },
                  .reference = layer,
                  .samples = {{{{6, 5}}, {{3, 5}}}, {{{2, 4, 5}}, {{3, 5}}}, {{{5}}, {{3, 5}}}},
                  .specials = {{{{2, 2}, {kInf, 0, 1e4, 1}}, {{1, 2}, {1, 0}}}}});
  add_products(rows);
  add_vector_products(rows);
  add_sums_of_products(rows);
  return rows;
}

}  // namespace tinygrad::test
