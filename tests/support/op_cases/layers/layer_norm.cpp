// SPDX-License-Identifier: MIT
// Rows for ops/layers/layer_norm.hpp.
#include <algorithm>
#include <cmath>

#include "support/norm_rows.hpp"

namespace tinygrad::test {

namespace {
// Each run of the trailing `dims` dims by its definition, in loops.
std::function<Naive(const Naives&)> definition(int dims, bool centred, double eps) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    Naive y = x;
    const Index n = x.shape.product(x.shape.rank() - dims, x.shape.rank());
    for (Index start = 0; start < x.count(); start += n) {
      double mean = 0, variance = 0;
      for (Index i = 0; i < n && centred; ++i) mean += x[start + i] / static_cast<double>(n);
      for (Index i = 0; i < n; ++i)
        variance += (x[start + i] - mean) * (x[start + i] - mean) / static_cast<double>(n);
      for (Index i = 0; i < n; ++i) {
        y[start + i] = (x[start + i] - mean) / std::sqrt(variance + eps);
        if (in.size() > 1) y[start + i] *= in[1][i];
        if (in.size() > 2) y[start + i] += in[2][i];
      }
    }
    return y;
  };
}

Rows plain_layer_norm_cases() {
  const auto last = [](const Tensors& x) {
    return layer_norm(x[0], {x[0].size(-1)}, optional(x, 1), optional(x, 2));
  };
  OpCase affine = {.name = "layer_norm",
                   .torch = "F.layer_norm(x0, x0.shape[-1:], x1, x2)",
                   .run = last,
                   .reference = definition(1, true, 1e-5),
                   .samples = {}};
  affine.samples = {{{{4, 5}}, {{5}}, {{5}}},
                    {{{7}}, {{7}}, {{7}}},
                    {{{2, 3, 37}}, {{37}}, {{37}}},
                    {{{0, 4}}, {{4}}, {{4}}},
                    {{{3, 0}}, {{0}}, {{0}}}};
  affine.specials = {
      {{.shape = {6, 2}, .values = {1, 1, kInf, 1, kNaN, 1, 1e4, -1e4, 0, -0.0, 1e4, 1e4}},
       {.shape = {2}, .values = {1, -2}},
       {.shape = {2}, .values = {0, 0.5}}}};
  affine.errors = {{[] {
                      layer_norm(ones({2, 3}), {4});
                    },
                    "[layer_norm] x (2, 3) must end in normalized_shape (4)"},
                   {[] {
                      layer_norm(ones({3}), {2, 3});
                    },
                    "x (3) must end in normalized_shape (2, 3)"},
                   {[] {
                      layer_norm(ones({2, 3}), {});
                    },
                    "normalized_shape must name at least one dim"},
                   {[] {
                      layer_norm(ones({2, 3}), {3}, ones({2}));
                    },
                    "weight float32 (2) must be float32 (3)"},
                   {[] {
                      layer_norm(ones({2, 3}), {3}, ones({3}), ones({3}, float64));
                    },
                    "bias float64 (3) must be float32 (3)"},
                   {[] {
                      layer_norm(ones({2, 3}), {3}, {}, {}, -1);
                    },
                    "eps=-1 must not be negative"},
                   {[] {
                      layer_norm(ones({2, 3}, int64), {3});
                    },
                    "wants float32 or float64, got int64"}};
  affine.benchmarks = {{.inputs = {{{2048, 512}}, {{512}}, {{512}}}, .bytes = 8.0 * 2048 * 512}};

  OpCase plain = {.name = "layer_norm/no weight",
                  .torch = "F.layer_norm(x0, x0.shape[-1:])",
                  .run = last,
                  .reference = definition(1, true, 1e-5),
                  .samples = {}};
  plain.samples = {{{{4, 5}}}, {{{1, 2}}}, {{{2, 3, 4}}}};

  OpCase weight = {.name = "layer_norm/weight only",
                   .torch = "F.layer_norm(x0, x0.shape[-1:], x1)",
                   .run = last,
                   .reference = definition(1, true, 1e-5),
                   .samples = {}};
  weight.samples = {{{{4, 5}}, {{5}}}};

  OpCase two = {.name = "layer_norm/two dims, eps 0.1",
                .torch = "F.layer_norm(x0, x0.shape[-2:], x1, x2, eps=0.1)",
                .run =
                    [](const Tensors& x) {
                      const Shape& s = x[0].shape();
                      return layer_norm(x[0], Shape(s.end() - 2, s.end()), optional(x, 1),
                                        optional(x, 2), 0.1);
                    },
                .reference = definition(2, true, 0.1),
                .samples = {}};
  two.samples = {{{{3, 4, 5}}, {{4, 5}}, {{4, 5}}},
                 {{{2, 3}}, {{2, 3}}, {{2, 3}}},
                 {{{2, 1, 1}}, {{1, 1}}, {{1, 1}}}};
  return {affine, plain, weight, two};
}

Rows rms_norm_cases() {
  OpCase row = {
      .name = "rms_norm",
      .torch = "F.rms_norm(x0, x0.shape[-1:], x1, eps=1e-5)",
      .run = [](const Tensors& x) { return rms_norm(x[0], {x[0].size(-1)}, optional(x, 1), 1e-5); },
      .reference = definition(1, false, 1e-5),
      .samples = {}};
  row.samples = {{{{4, 5}}, {{5}}}, {{{7}}, {{7}}},    {{{2, 3, 37}}, {{37}}},
                 {{{0, 4}}, {{4}}}, {{{3, 0}}, {{0}}}, {{{2, 1}}, {{1}}}};
  row.specials = {
      {{.shape = {6, 2}, .values = {1, 1, kInf, 1, kNaN, 1, 1e4, -1e4, 0, -0.0, 1e4, 1}},
       {.shape = {2}, .values = {1, -2}}}};
  row.errors = {{[] {
                   rms_norm(ones({2, 3}), {2});
                 },
                 "[rms_norm] x (2, 3) must end in normalized_shape (2)"},
                {[] {
                   rms_norm(ones({2, 3}), {3}, ones({3, 1}));
                 },
                 "weight float32 (3, 1) must be float32 (3)"},
                {[] {
                   rms_norm(ones({2, 3}, bool_), {3});
                 },
                 "wants float32 or float64, got bool"}};
  row.benchmarks = {{.inputs = {{{2048, 512}}, {{512}}}, .bytes = 8.0 * 2048 * 512}};

  OpCase plain = {.name = "rms_norm/own eps, two dims",
                  .torch = "F.rms_norm(x0, x0.shape[-2:])",
                  .run =
                      [](const Tensors& x) {
                        const Shape& s = x[0].shape();
                        return rms_norm(x[0], Shape(s.end() - 2, s.end()));
                      },
                  .reference = definition(2, false, 0),
                  .samples = {}};
  plain.samples = {{{{3, 4, 5}}}, {{{2, 3}}}, {{{0, 2, 2}}}};
  return {row, plain};
}
}  // namespace

Rows layers_layer_norm_cases() {
  Rows rows = plain_layer_norm_cases();
  const Rows more = rms_norm_cases();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace tinygrad::test
