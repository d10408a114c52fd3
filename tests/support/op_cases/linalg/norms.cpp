// SPDX-License-Identifier: MIT
// Rows for ops/linalg/norms.hpp.
#include <algorithm>
#include <cmath>
#include <vector>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// The p-norm by its definition.
double norm_of(const std::vector<double>& values, double p) {
  double y = p == -kInf ? kInf : 0;
  for (const double v : values) {
    const double size = std::fabs(v);
    if (std::isnan(size)) return kNaN;
    if (p == kInf) y = std::max(y, size);
    else if (p == -kInf) y = std::min(y, size);
    else if (p == 0) y += size != 0;
    else y += std::pow(size, p);
  }
  return p == 0 || std::isinf(p) ? y : std::pow(y, 1 / p);
}

// The p-norms along one dim, or of everything.
Naive norms(const Naive& x, double p, int dim, bool keepdims) {
  if (dim < 0) {
    Naive y(Shape{});
    y.values[0] = norm_of(x.values, p);
    return y;
  }
  Shape kept = x.shape;
  kept[dim] = 1;
  Naive y = tabulate(kept, [&](const Shape& at) {
    std::vector<double> values;
    for (Index i = 0; i < x.shape[dim]; ++i) {
      Shape element = at;
      element[dim] = i;
      values.push_back(x(element));
    }
    return norm_of(values, p);
  });
  if (!keepdims) y.shape.erase(dim);
  return y;
}

std::string python(double p) {
  if (std::isinf(p)) return p > 0 ? "math.inf" : "-math.inf";
  return str_cat(p);
}

void add_vector_norms(Rows& rows) {
  const std::vector<std::vector<Input>> samples = {
      {{{7}, 0.1, 2}}, {{{1}, -2, -0.1}}, {{{3, 5}, 0.1, 2}}, {{{2, 3, 4}, -2, -0.1}}};
  for (const double p : {2.0, 1.0, 0.0, 3.0, 1.5, 0.5, -1.0, kInf, -kInf}) {
    OpCase c;
    c.name = p == 2 ? "vector_norm" : str_cat("vector_norm/p=", p);
    c.torch = "torch.linalg.vector_norm(x0, " + python(p) + ")";
    c.run = [p](const Tensors& x) { return vector_norm(x[0], p); };
    c.reference = [p](const Naives& x) { return norms(x[0], p, -1, false); };
    c.samples = samples;
    if (std::isinf(p))
      for (auto& sample : c.samples) sample[0].distinct = true;
    if (p >= 0 && !std::isinf(p)) c.samples.push_back({{{0}}});
    c.samples.push_back({{{}, 0.1, 2}});
    c.specials = {{{{2}, {0, 0}}},         {{{4}, {0, -0.0, 3, -4}}}, {{{3}, {2, -2, 1}}},
                  {{{3}, {1e4, -1e4, 1}}}, {{{2}, {kInf, 1}}},        {{{2}, {kNaN, 1}}}};
    c.differentiable = p != 0;
    if (p == 0) c.specials.pop_back();
    for (const double size :
         {std::ldexp(1, 68), std::ldexp(1, -100)})  // its square is out of range
      c.specials.push_back({{{2}, {3 * size, -4 * size}}});
    if (p == 1 || std::isinf(p))
      c.differs_from_torch = "PyTorch gives a NaN the gradient 0; ours is NaN, as the norm is";
    if (p == 2) {
      c.errors = {{[] { vector_norm(ones({0}), kInf); },
                   "[vector_norm] x (0) has no values along the reduced dims"},
                  {[] { vector_norm(ones({2}), kNaN); }, "p must be a number or an infinity"},
                  {[] { vector_norm(ones({2}, int64)); }, "wants float32 or float64, got int64"},
                  {[] { vector_norm(ones({2}), 2, 1); }, "dim=1 is out of range for rank 1"}};
      c.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4.0 * 1048576}};
    }
    rows.push_back(c);
  }
  for (const double p : {2.0, 3.0, kInf}) {
    OpCase c;
    c.name = str_cat("vector_norm/dim, p=", p);
    c.torch = "torch.linalg.vector_norm(x0, " + python(p) + ", dim=1, keepdim=True)";
    c.run = [p](const Tensors& x) { return vector_norm(x[0], p, -2, true); };
    c.reference = [p](const Naives& x) { return norms(x[0], p, 1, true); };
    c.samples = {{{{2, 3, 4}, 0.1, 2, float64, 1e300, true}},
                 {{{2, 1, 3}, -2, -0.1}},
                 {{{0, 3, 2}}},
                 {{{2, 3, 0}}}};
    c.specials = {{{{1, 3, 2}, {0, 1, 0, -1, 0, 1}}}};
    rows.push_back(c);
  }
  OpCase c;
  c.name = "norm";
  c.torch = "torch.norm(x0, 2, dim=(0, 1))";
  c.run = [](const Tensors& x) { return norm(x[0], 2, {0, 1}); };
  c.reference = [](const Naives& x) { return norms(x[0], 2, -1, false); };
  c.samples = {{{{3, 5}}}, {{{1, 1}, 0.1, 2}}, {{{33, 2}}}};
  c.specials = {{{{1, 2}, {0, 0}}}, {{{1, 2}, {1e4, -1e4}}}};
  c.errors = {{[] { norm(ones({2}, int64)); }, "wants float32 or float64, got int64"}};
  c.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4.0 * 1048576}};
  rows.push_back(c);
}

// The eigenvalues of aᵀ·a or a·aᵀ of a matrix with two rows or columns, and their roots,
// descending.
std::vector<double> two_singular_values(const Naive& a) {
  const Index m = a.shape[0], n = a.shape[1];
  double p = 0, q = 0, r = 0;
  for (Index k = 0; k < (m == 2 ? n : m); ++k) {
    const double x = m == 2 ? a[k] : a[2 * k], y = m == 2 ? a[n + k] : a[2 * k + 1];
    p += x * x;
    q += y * y;
    r += x * y;
  }
  const double middle = (p + q) / 2, spread = std::hypot((p - q) / 2, r);
  const double determinant = p * q - r * r, largest = middle + spread;
  return {std::sqrt(largest), largest > 0 ? std::sqrt(std::max(determinant, 0.0) / largest) : 0};
}

// The largest or smallest of the sums of |x| over one dim of a matrix.
double extreme_sum(const Naive& x, bool down, bool largest) {
  const Index m = x.shape[0], n = x.shape[1];
  double y = largest ? 0 : kInf;
  for (Index i = 0; i < (down ? n : m); ++i) {
    double sum = 0;
    for (Index j = 0; j < (down ? m : n); ++j) sum += std::fabs(down ? x[j * n + i] : x[i * n + j]);
    y = largest ? std::max(y, sum) : std::min(y, sum);
  }
  return y;
}

void add_matrix_norms(Rows& rows) {
  OpCase c;
  c.name = "matrix_norm";
  c.torch = "torch.linalg.matrix_norm(x0)";
  c.run = [](const Tensors& x) { return matrix_norm(x[0]); };
  c.reference = [](const Naives& x) {
    Naive flat = x[0];
    const int rank = flat.shape.rank();
    const Index last = flat.shape[rank - 1] * flat.shape[rank - 2];
    flat.shape = Shape(flat.shape.begin(), flat.shape.end() - 2);
    flat.shape.push_back(last);
    return norms(flat, 2, rank - 2, false);
  };
  c.samples = {{{{3, 5}}}, {{{1, 1}, 0.1, 2}}, {{{2, 3, 2}}}, {{{0, 2}}}, {{{0, 2, 2}}}};
  c.specials = {{{{2, 2}, {0, 0, 0, 0}}}, {{{2, 2}, {1e4, kNaN, 0, 1}}}};
  c.errors = {{[] {
                 matrix_norm(ones({2, 2}), "max");
               },
               "[matrix_norm] order=\"max\" must be \"fro\" or \"nuc\""},
              {[] {
                 matrix_norm(ones({2, 2}), 3);
               },
               "order=3 must be 1, -1, 2, -2, inf or -inf"},
              {[] { matrix_norm(ones({2})); }, "x (2) must be a matrix or a batch of them"},
              {[] {
                 matrix_norm(ones({2, 2}), 1, {0, 0});
               },
               "dims (0, 0) name dim 0 twice"},
              {[] {
                 matrix_norm(ones({0, 2}), 1);
               },
               "has no values along the reduced dims"}};
  c.benchmarks = {{.inputs = {{{256, 256}}}, .bytes = 4.0 * 65536}};
  rows.push_back(c);

  struct Order {
    std::string name, python;
    std::function<Tensor(const Tensor&, const Shape&, bool)> run;
    std::function<double(const Naive&)> value;
  };
  const auto number = [](double order) {
    return [order](const Tensor& x, const Shape& dims, bool keep) {
      return matrix_norm(x, order, dims, keep);
    };
  };
  const auto sums = [](bool down, bool largest) {
    return [=](const Naive& x) { return extreme_sum(x, down, largest); };
  };
  const std::vector<Order> orders = {
      {"nuc", "'nuc'",
       [](const Tensor& x, const Shape& dims, bool keep) {
         return matrix_norm(x, "nuc", dims, keep);
       },
       [](const Naive& x) { return two_singular_values(x)[0] + two_singular_values(x)[1]; }},
      {"1", "1", number(1), sums(true, true)},
      {"-1", "-1", number(-1), sums(true, false)},
      {"inf", "math.inf", number(kInf), sums(false, true)},
      {"-inf", "-math.inf", number(-kInf), sums(false, false)},
      {"2", "2", number(2), [](const Naive& x) { return two_singular_values(x)[0]; }},
      {"-2", "-2", number(-2), [](const Naive& x) { return two_singular_values(x)[1]; }}};
  for (const Order& order : orders) {
    c = {};
    c.name = "matrix_norm/" + order.name;
    c.torch = "torch.linalg.matrix_norm(x0, " + order.python + ")";
    c.run = [run = order.run](const Tensors& x) { return run(x[0], {-2, -1}, false); };
    c.reference = [value = order.value](const Naives& x) {
      const int rank = x[0].shape.rank();
      const Shape batch(x[0].shape.begin(), x[0].shape.end() - 2);
      return tabulate(batch, [&](const Shape& at) {
        Naive matrix(Shape(x[0].shape.end() - 2, x[0].shape.end()));
        for (Index i = 0; i < matrix.count(); ++i) {
          Shape element = at;
          element.push_back(i / x[0].shape[rank - 1]);
          element.push_back(i % x[0].shape[rank - 1]);
          matrix[i] = x[0](element);
        }
        return value(matrix);
      });
    };
    c.samples = {{{{2, 3}, -2, 2, float64, 0}},
                 {{{4, 2}, -2, 2, float64, 0}},
                 {{{2, 2, 3}, -2, 2, float64, 0}}};
    c.specials = {{{{2, 2}, {1e4, 0, 1, -2}}}, {{{2, 2}, {2, 0, 0, 2}}}};
    rows.push_back(c);
    // Other dims, kept.
    c.name += " of other dims";
    c.torch = "torch.linalg.matrix_norm(x0, " + order.python + ", dim=(2, 0), keepdim=True)";
    c.run = [run = order.run](const Tensors& x) { return run(x[0], {2, 0}, true); };
    c.reference = [value = order.value](const Naives& x) {
      const Shape& s = x[0].shape;
      return tabulate({1, s[1], 1}, [&](const Shape& at) {
        Naive matrix({s[2], s[0]});
        for (Index i = 0; i < s[2]; ++i)
          for (Index j = 0; j < s[0]; ++j) matrix[i * s[0] + j] = x[0]({j, at[1], i});
        return value(matrix);
      });
    };
    c.samples = {{{{2, 2, 3}, -2, 2, float64, 0}}};
    c.specials = {};
    rows.push_back(c);
  }
}

// Rows of a (…, n) tensor along the last dim, with another one broadcast to it.
using Pair = std::function<double(const std::vector<double>&, const std::vector<double>&)>;
std::function<Naive(const Naives&)> along_last(Pair f, bool keepdims = false) {
  return [f, keepdims](const Naives& x) {
    const Shape shape = broadcast_shapes({"reference"}, x[0].shape, x[1].shape);
    Shape kept(shape.begin(), shape.end() - 1);
    kept.push_back(1);
    Naive y = tabulate(kept, [&](const Shape& at) {
      std::vector<double> a, b;
      for (Index i = 0; i < shape.back(); ++i) {
        Shape element = at;
        element[at.rank() - 1] = i;
        a.push_back(x[0].broadcast(element));
        b.push_back(x[1].broadcast(element));
      }
      return f(a, b);
    });
    if (!keepdims) y.shape.erase(y.shape.rank() - 1);
    return y;
  };
}
double distance_of(const std::vector<double>& a, const std::vector<double>& b, double p,
                   double eps) {
  std::vector<double> difference;
  for (std::size_t i = 0; i < a.size(); ++i) difference.push_back(a[i] - b[i] + eps);
  return norm_of(difference, p);
}

void add_directions(Rows& rows) {
  OpCase c;
  for (const double p : {2.0, 1.0, 3.0}) {
    c = {};
    c.name = p == 2 ? "normalize" : str_cat("normalize/p=", p);
    c.torch = str_cat("F.normalize(x0, p=", p, ", dim=-1)");
    c.run = [p](const Tensors& x) { return normalize(x[0], p, -1); };
    c.reference = [p](const Naives& x) {
      const Naive n = norms(x[0], p, x[0].shape.rank() - 1, true);
      return tabulate(x[0].shape, [&](const Shape& at) {
        return x[0](at) / (n.broadcast(at) < 1e-12 ? 1e-12 : n.broadcast(at));
      });
    };
    c.samples = {{{{3, 5}, 0.1, 2}}, {{{4}, -2, -0.1}}, {{{2, 0}}}, {{{2, 1, 3}, 0.1, 2}}};
    c.specials = {{{{2, 2}, {0, 0, 3, -4}}}, {{{1, 2}, {kNaN, 1}}}, {{{1, 2}, {1e4, -1e4}}}};
    if (p == 2) {
      c.errors = {{[] { normalize(ones({3})); }, "[normalize] dim=1 is out of range for rank 1"},
                  {[] {
                     normalize(ones({3, 3}, int64));
                   },
                   "wants float32 or float64"}};
      c.benchmarks = {{.inputs = {{{256, 512}}}, .bytes = 8.0 * 256 * 512}};
    }
    rows.push_back(c);
  }

  c = {};
  c.name = "cosine_similarity";
  c.torch = "F.cosine_similarity(x0, x1, dim=-1)";
  c.run = [](const Tensors& x) { return cosine_similarity(x[0], x[1], -1); };
  c.reference = along_last([](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    const auto at_least = [](double v) { return v < 1e-8 ? 1e-8 : v; };
    const double size_a = at_least(norm_of(a, 2)), size_b = at_least(norm_of(b, 2));
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] / size_a * (b[i] / size_b);
    return sum;
  });
  c.samples = {{{{3, 5}}, {{3, 5}}}, {{{4}}, {{4}}}, {{{2, 1, 3}}, {{4, 3}}}, {{{0, 3}}, {{0, 3}}}};
  c.specials = {{{{2, 2}, {0, 0, 3, -4}}, {{2}, {1, 2}}},
                {{{2}, {kNaN, 1}}, {{2}, {1, 1}}},
                {{{2}, {1e4, 0}}, {{2}, {-1e4, 1}}}};
  c.errors = {{[] { cosine_similarity(ones({3}), ones({3})); },
               "[cosine_similarity] dim=1 is out of range for rank 1"},
              {[] {
                 cosine_similarity(ones({2, 3}), ones({2, 2}));
               },
               "shapes do not broadcast"},
              {[] {
                 cosine_similarity(ones({2, 3}, int64), ones({2, 3}));
               },
               "wants float32 or float64"}};
  c.benchmarks = {{.inputs = {{{256, 512}}, {{256, 512}}}, .bytes = 8.0 * 256 * 512}};
  rows.push_back(c);
}

void add_pairwise(Rows& rows) {
  OpCase c;
  for (const double p : {2.0, 1.0, 3.0}) {
    c = {};
    c.name = p == 2 ? "pairwise_distance" : str_cat("pairwise_distance/p=", p);
    c.torch =
        str_cat("F.pairwise_distance(x0, x1, p=", p, ", keepdim=", p == 3 ? "True)" : "False)");
    c.run = [p](const Tensors& x) { return pairwise_distance(x[0], x[1], p, 1e-6, p == 3); };
    c.reference =
        along_last([p](const std::vector<double>& a,
                       const std::vector<double>& b) { return distance_of(a, b, p, 1e-6); },
                   p == 3);
    c.samples = {{{{3, 5}, 1, 2}, {{3, 5}, -1, 0.5}},
                 {{{4}, 1, 2}, {{4}, -1, 0.5}},
                 {{{2, 1, 3}, 1, 2}, {{4, 3}, -1, 0.5}},
                 {{{0, 3}}, {{0, 3}}}};
    c.specials = {{{{2, 2}, {1, 2, 1e4, kNaN}}, {{2, 2}, {1, 2, -1e4, 0}}}};
    if (p == 1)
      c.differs_from_torch = "where the distance is NaN, PyTorch's gradient is 0 and ours NaN";
    if (p == 2) {
      c.errors = {{[] {
                     pairwise_distance(ones({2, 3}), ones({2, 2}));
                   },
                   "[pairwise_distance] shapes do not broadcast"},
                  {[] { pairwise_distance(ones({}), ones({})); }, "scalars have no last dim"}};
      c.benchmarks = {{.inputs = {{{256, 512}}, {{256, 512}}}, .bytes = 8.0 * 256 * 512}};
    }
    rows.push_back(c);
  }

  const auto all_distances = [](double p) {
    return [p](const Naives& x) {
      const auto batch = [](const Naive& a) { return Shape(a.shape.begin(), a.shape.end() - 2); };
      Shape shape = broadcast_shapes({"reference"}, batch(x[0]), batch(x[1]));
      const int dim = shape.rank();
      shape.push_back(x[0].shape[x[0].shape.rank() - 2]);
      shape.push_back(x[1].shape[x[1].shape.rank() - 2]);
      return tabulate(shape, [&](const Shape& at) {
        std::vector<double> a, b;
        for (Index i = 0; i < x[0].shape.back(); ++i) {
          Shape of_a(at.begin(), at.begin() + dim), of_b = of_a;
          of_a.push_back(at[dim]);
          of_b.push_back(at[dim + 1]);
          of_a.push_back(i);
          of_b.push_back(i);
          a.push_back(x[0].broadcast(of_a));
          b.push_back(x[1].broadcast(of_b));
        }
        return distance_of(a, b, p, 0);
      });
    };
  };
  for (const double p : {2.0, 1.0, 3.0, 0.5, 0.0, kInf}) {
    c = {};
    c.name = p == 2 ? "cdist" : str_cat("cdist/p=", p);
    c.torch = "torch.cdist(x0, x1, p=" + python(p) + ")";
    c.run = [p](const Tensors& x) { return cdist(x[0], x[1], p); };
    c.reference = all_distances(p);
    const bool distinct = p == kInf;
    c.samples = {{{{3, 4}, 1, 2, float64, 1e300, distinct}, {{5, 4}, -1, 0.5}},
                 {{{1, 1}, 1, 2}, {{1, 1}, -1, 0.5}},
                 {{{2, 3, 2}, 1, 2}, {{2, 2}, -1, 0.5}},
                 {{{0, 2}}, {{3, 2}}}};
    c.specials = {{{{2, 2}, {0, 1, 1e4, 2}}, {{2, 2}, {0, 1, -1e4, 3}}}};
    if (p == 0) c.differentiable = false;
    if (p == 2) {
      c.errors = {{[] {
                     cdist(ones({2, 3}), ones({2, 2}));
                   },
                   "[cdist] x1 (2, 3) and x2 (2, 2) must have one size in the last dim"},
                  {[] {
                     cdist(ones({3}), ones({2, 3}));
                   },
                   "x1 (3) must be a matrix"},
                  {[] {
                     cdist(ones({2, 3}), ones({2, 3}), -1);
                   },
                   "p=-1 must not be negative"},
                  {[] {
                     cdist(ones({2, 2, 3}), ones({3, 2, 3}));
                   },
                   "shapes do not broadcast"}};
      c.benchmarks = {{.inputs = {{{128, 64}}, {{128, 64}}}, .flops = 2.0 * 128 * 128 * 64}};
    }
    rows.push_back(c);
  }
  c = {};
  c.name = "cdist/by a product";
  c.torch = "torch.cdist(x0, x1, compute_mode='donot_use_mm_for_euclid_dist')";
  c.run = [](const Tensors& x) { return cdist(x[0], x[1]); };
  c.reference = all_distances(2);
  c.samples = {{{{26, 3}, 1, 2}, {{2, 3}, -1, 0.5}}, {{{2, 2, 3}, 1, 2}, {{27, 3}, -1, 0.5}}};
  std::vector<double> far_off;  // rows near to each other, of which products lose the distance
  for (int i = 0; i < 26; ++i) far_off.insert(far_off.end(), {16384 + i / 8.0, -i * 1.0});
  std::vector<double> odd = far_off;
  odd[7] = kNaN;
  odd[10] = kInf;
  const Given others{{2, 2}, {16384.125, -1, 16384.5, 2}};
  c.specials = {{{{26, 2}, far_off}, others}, {{{26, 2}, odd}, others}};
  rows.push_back(c);

  for (const double p : {2.0, 1.0, 3.0}) {
    c = {};
    c.name = p == 2 ? "dist" : str_cat("dist/p=", p);
    c.torch = str_cat("torch.dist(x0, x1, p=", p, ")");
    c.run = [p](const Tensors& x) { return dist(x[0], x[1], p); };
    c.reference = [p](const Naives& x) {
      const Shape shape = broadcast_shapes({"reference"}, x[0].shape, x[1].shape);
      const Naive difference =
          tabulate(shape, [&](const Shape& at) { return x[0].broadcast(at) - x[1].broadcast(at); });
      return norms(difference, p, -1, false);
    };
    c.samples = {{{{3, 5}, 1, 2}, {{3, 5}, -1, 0.5}},
                 {{{}, 1, 2}, {{4}, -1, 0.5}},
                 {{{3, 1}, 1, 2}, {{5}, -1, 0.5}},
                 {{{0}}, {{0}}}};
    c.specials = {{{{2}, {1, 2}}, {{2}, {1, 2}}}, {{{2}, {1e4, kInf}}, {{2}, {-1e4, 2}}}};
    if (p == 2) {
      c.errors = {{[] { dist(ones({2}), ones({3})); }, "[dist] shapes do not broadcast"},
                  {[] { dist(ones({2}, int64), ones({2})); }, "wants float32 or float64"}};
      c.benchmarks = {{.inputs = {{{65536}}, {{65536}}}, .bytes = 8.0 * 65536}};
    }
    rows.push_back(c);
  }
}

}  // namespace

Rows linalg_norms_cases() {
  Rows rows;
  add_vector_norms(rows);
  add_matrix_norms(rows);
  add_directions(rows);
  add_pairwise(rows);
  return rows;
}

}  // namespace tinygrad::test
