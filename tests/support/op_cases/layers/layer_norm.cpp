// SPDX-License-Identifier: MIT
// Rows for ops/layers/layer_norm.hpp and ops/layers/batch_norm.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

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

Tensor optional(const Tensors& x, std::size_t i) { return i < x.size() ? x[i] : Tensor(); }

Rows layer_norm_cases() {
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

// x (N, C, …) by its definition: each group of `groups` to a sample, or, if 0, each channel of the
// batch; or by given statistics. Inputs: x, then weight and bias.
std::function<Naive(const Naives&)> by_channels(Index groups, double eps) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    Naive y = x;
    const Index channels = x.shape[1], length = x.shape.product(2, x.shape.rank());
    const auto channel = [&](Index i) { return i / length % channels; };
    const auto group = [&](Index i) {
      const Index sample = i / length / channels, run = channels / std::max<Index>(groups, 1);
      return groups == 0 ? channel(i) : sample * groups + channel(i) / run;
    };
    std::vector<double> count(static_cast<std::size_t>(x.count())), mean = count, variance = count;
    const auto at = [&](std::vector<double>& v, Index i) -> double& {
      return v[static_cast<std::size_t>(group(i))];
    };
    for (Index i = 0; i < x.count(); ++i) at(count, i) += 1;
    for (Index i = 0; i < x.count(); ++i) at(mean, i) += x[i] / at(count, i);
    for (Index i = 0; i < x.count(); ++i)
      at(variance, i) += (x[i] - at(mean, i)) * (x[i] - at(mean, i)) / at(count, i);
    for (Index i = 0; i < x.count(); ++i) {
      y[i] = (x[i] - at(mean, i)) / std::sqrt(at(variance, i) + eps);
      if (in.size() > 1) y[i] *= in[1][channel(i)];
      if (in.size() > 2) y[i] += in[2][channel(i)];
    }
    return y;
  };
}

// The statistics of evaluation: numbers that every channel count has.
constexpr double kMeans[] = {0.5, -1, 0.25, 2, 0, 1, 3, -2},
                 kVars[] = {1, 0.5, 2, 4, 0.25, 1, 3, 8};
Tensor first(const double* values, const Tensor& x) {
  return Array::from(std::vector<double>(values, values + x.shape()[1]), x.dtype());
}
std::string python(const double* values) {
  std::string out = "torch.tensor([";
  for (int i = 0; i < 8; ++i) out += str_cat(values[i], ", ");
  return out + "])[:x0.shape[1]]";
}
std::function<Naive(const Naives&)> by_running(double eps) {
  return [=](const Naives& in) {
    Naive y = in[0];
    const Index channels = y.shape[1], length = y.shape.product(2, y.shape.rank());
    for (Index i = 0; i < y.count(); ++i) {
      const Index c = i / length % channels;
      y[i] = (y[i] - kMeans[c]) / std::sqrt(kVars[c] + eps);
      if (in.size() > 1) y[i] *= in[1][c];
      if (in.size() > 2) y[i] += in[2][c];
    }
    return y;
  };
}

std::vector<std::vector<Input>> with_affine(const std::vector<Shape>& shapes, bool affine = true) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : shapes) {
    out.push_back({{shape}});
    for (int i = 0; i < 2 && affine; ++i) out.back().push_back({{shape[1]}});
  }
  return out;
}
OpCase channel_row(const std::string& name, const std::string& torch,
                   std::function<Tensor(const Tensors&)> run,
                   std::function<Naive(const Naives&)> reference,
                   std::vector<std::vector<Input>> samples) {
  OpCase c;
  c.name = name;
  c.torch = torch;
  c.run = std::move(run);
  c.reference = std::move(reference);
  c.samples = std::move(samples);
  c.tolerance = 4e-5;
  c.tolerance_reason = "1/√variance magnifies the rounding of x where few values are close";
  return c;
}

const std::vector<Shape> kNormShapes{{2, 3, 4, 5}, {4, 2}, {3, 1, 7}, {1, 2, 37}, {2, 2, 2, 3, 2}};

Rows batch_norm_cases() {
  const BatchNormArguments training{.training = true};
  OpCase row = channel_row(
      "batch_norm", "F.batch_norm(x0, None, None, x1, x2, True)",
      [=](const Tensors& x) {
        return batch_norm(x[0], {}, {}, optional(x, 1), optional(x, 2), training);
      },
      by_channels(0, 1e-5), with_affine(kNormShapes));
  row.samples.push_back({{{0, 3, 2}}, {{3}}, {{3}}});
  row.specials = {{{.shape = {3, 4}, .values = {1, kInf, kNaN, 1e4, 1, 2, 2, -1e4, 1, -2, 3, 1e4}},
                   {.shape = {4}, .values = {1, -2, 1, 0.5}},
                   {.shape = {4}, .values = {0, 0.5, 1, -0.0}}}};
  const auto call = [=](const Shape& x, const Tensor& mean, const Tensor& var, const Tensor& weight,
                        BatchNormArguments arguments) {
    return [=] { batch_norm(ones(x), mean, var, weight, {}, arguments); };
  };
  const Tensor three = ones({3});
  row.errors = {
      {call({3}, {}, {}, {}, training), "[batch_norm] x (3) must have dims N, C, …"},
      {call({1, 3}, {}, {}, {}, training),
       "x (1, 3) has one value per channel, which has no variance"},
      {call({1, 3, 1, 1}, {}, {}, {}, training), "x (1, 3, 1, 1) has one value per channel"},
      {call({2, 3}, {}, {}, {}, {}),
       "without running_mean and running_var x must be normalised by itself"},
      {call({2, 4}, three, three, {}, {}),
       "running_mean float32 (3) must be float32 (4): one for each"},
      {call({2, 4}, {}, three, {}, training), "running_var float32 (3) must be float32 (4)"},
      {call({2, 4}, {}, {}, three, training), "weight float32 (3) must be float32 (4)"},
      {call({2, 8, 8, 3}, {}, {}, three, training), "is x channels-last? permute(x, {0, 3, 1, 2})"},
      {call({2, 3}, {}, {}, ones({3}, float64), training),
       "weight float64 (3) must be float32 (3)"},
      {call({2, 3}, {}, {}, {}, {.training = true, .eps = -1}), "eps=-1 must not be negative"},
      {[=] {
         batch_norm(ones({2, 3}, int64), {}, {}, {}, {}, training);
       },
       "wants float32 or float64"}};
  row.benchmarks = {
      {.inputs = {{{64, 50, 32, 32}}, {{50}}, {{50}}}, .bytes = 12.0 * 64 * 50 * 1024},
      {.inputs = {{{128, 512}}, {{512}}, {{512}}}, .bytes = 12.0 * 128 * 512}};
  OpCase plain = channel_row(
      "batch_norm/no weight", "F.batch_norm(x0, None, None, training=True, eps=0.1)",
      [](const Tensors& x) {
        return batch_norm(x[0], {}, {}, {}, {}, {.training = true, .eps = 0.1});
      },
      by_channels(0, 0.1), with_affine(kNormShapes, false));
  const std::string running = python(kMeans) + ", " + python(kVars);
  OpCase evaluation = channel_row(
      "batch_norm/evaluation", "F.batch_norm(x0, " + running + ", x1, x2)",
      [](const Tensors& x) {
        return batch_norm(x[0], first(kMeans, x[0]), first(kVars, x[0]), optional(x, 1),
                          optional(x, 2));
      },
      by_running(1e-5), with_affine(kNormShapes));
  evaluation.samples.push_back({{{0, 3, 2}}, {{3}}, {{3}}});
  evaluation.samples.push_back({{{1, 3}}, {{3}}, {{3}}});
  evaluation.specials = row.specials;
  evaluation.benchmarks = {
      {.inputs = {{{64, 8, 32, 32}}, {{8}}, {{8}}}, .bytes = 8.0 * 64 * 8 * 1024}};
  OpCase plain_evaluation = channel_row(
      "batch_norm/evaluation, no weight", "F.batch_norm(x0, " + running + ", eps=0.1)",
      [](const Tensors& x) {
        return batch_norm(x[0], first(kMeans, x[0]), first(kVars, x[0]), {}, {}, {.eps = 0.1});
      },
      by_running(0.1), with_affine({{2, 3, 4}, {1, 2}}, false));
  return {row, plain, evaluation, plain_evaluation};
}

// With x3 or x1 as the addend, if there is one.
Rows batch_norm_relu_cases() {
  const BatchNormArguments training{.training = true};
  const auto reference = [](std::function<Naive(const Naives&)> normalized, std::size_t addend) {
    return [=](const Naives& in) {
      Naive y = normalized(Naives(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(addend)));
      for (Index i = 0; i < y.count(); ++i) {
        if (in.size() > addend) y[i] += in[addend][i];
        if (y[i] < 0) y[i] = 0;
      }
      return y;
    };
  };
  OpCase row = channel_row(
      "batch_norm_relu", "F.relu(F.batch_norm(x0, None, None, x1, x2, True))",
      [=](const Tensors& x) {
        return batch_norm_relu(x[0], {}, {}, optional(x, 1), optional(x, 2), {}, training);
      },
      reference(by_channels(0, 1e-5), 3), with_affine(kNormShapes));
  row.samples.push_back({{{0, 3, 2}}, {{3}}, {{3}}});
  row.samples.push_back({{{2, 2, 30, 40}}, {{2}}, {{2}}});
  row.specials = {{{.shape = {3, 4}, .values = {1, kInf, kNaN, 1e4, 1, 2, 2, -1e4, 1, -2, 3, 1e4}},
                   {.shape = {4}, .values = {1, -2, 1, 0.5}},
                   {.shape = {4}, .values = {0, 0.5, 1, -0.0}}}};
  const auto call = [=](const Shape& x, const Tensor& mean, const Tensor& weight,
                        const Tensor& addend, BatchNormArguments arguments) {
    return [=] { batch_norm_relu(ones(x), mean, {}, weight, {}, addend, arguments); };
  };
  row.errors = {
      {call({3}, {}, {}, {}, training), "[batch_norm_relu] x (3) must have dims N, C, …"},
      {call({1, 3}, {}, {}, {}, training), "[batch_norm_relu] x (1, 3) has one value per channel"},
      {call({2, 4}, ones({3}), {}, {}, training), "running_mean float32 (3) must be float32 (4)"},
      {call({2, 4}, {}, ones({3}), {}, training), "weight float32 (3) must be float32 (4)"},
      {call({2, 4}, {}, {}, ones({4}), training), "addend (4) must have the shape of x, (2, 4)"},
      {call({2, 4}, {}, {}, ones({2, 4}, float64), training),
       "addend is float64, but x is float32"},
      {call({2, 4}, {}, {}, {}, {}), "without running_mean and running_var"},
      {call({2, 4}, {}, {}, {}, {.training = true, .eps = -1}), "eps=-1 must not be negative"}};
  row.benchmarks = {
      {.inputs = {{{64, 50, 32, 32}}, {{50}}, {{50}}}, .bytes = 12.0 * 64 * 50 * 1024}};
  OpCase added = channel_row(
      "batch_norm_relu/addend", "F.relu(F.batch_norm(x0, None, None, x1, x2, True) + x3)",
      [=](const Tensors& x) { return batch_norm_relu(x[0], {}, {}, x[1], x[2], x[3], training); },
      reference(by_channels(0, 1e-5), 3), {});
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{4, 2}, Shape{0, 3, 2}, Shape{2, 2, 30, 40}})
    added.samples.push_back({{shape}, {{shape[1]}}, {{shape[1]}}, {shape}});
  added.benchmarks = {{.inputs = {{{64, 16, 32, 32}}, {{16}}, {{16}}, {{64, 16, 32, 32}}},
                       .bytes = 16.0 * (1 << 20)}};
  OpCase plain = channel_row(
      "batch_norm_relu/no weight", "F.relu(F.batch_norm(x0, None, None, training=True) + x1)",
      [=](const Tensors& x) { return batch_norm_relu(x[0], {}, {}, {}, {}, x[1], training); },
      reference(by_channels(0, 1e-5), 1), {});
  plain.samples = {{{{3, 2, 5}}, {{3, 2, 5}}}};
  OpCase evaluation = channel_row(
      "batch_norm_relu/evaluation",
      "F.relu(F.batch_norm(x0, " + python(kMeans) + ", " + python(kVars) + ", x1, x2) + x3)",
      [](const Tensors& x) {
        return batch_norm_relu(x[0], first(kMeans, x[0]), first(kVars, x[0]), x[1], x[2], x[3]);
      },
      reference(by_running(1e-5), 3), {});
  evaluation.samples = {{{{2, 3, 4}}, {{3}}, {{3}}, {{2, 3, 4}}},
                        {{{1, 2}}, {{2}}, {{2}}, {{1, 2}}}};
  return {row, added, plain, evaluation};
}

Rows group_norm_cases() {
  const std::vector<Shape> shapes{{2, 4, 3, 2}, {3, 2, 7}, {2, 6}, {1, 2, 2, 3, 2}, {1, 8, 37}};
  OpCase row = channel_row(
      "group_norm", "F.group_norm(x0, 2, x1, x2)",
      [](const Tensors& x) { return group_norm(x[0], 2, optional(x, 1), optional(x, 2)); },
      by_channels(2, 1e-5), with_affine(shapes));
  row.samples.push_back({{{0, 4, 2}}, {{4}}, {{4}}});
  row.specials = {{{.shape = {2, 4, 1}, .values = {1, kInf, 2, 3, kNaN, 1, 1e4, -1e4}},
                   {.shape = {4}, .values = {1, -2, 1, 0.5}},
                   {.shape = {4}, .values = {0, 0.5, 1, -0.0}}}};
  row.errors = {{[] {
                   group_norm(ones({2, 4, 3}), 3);
                 },
                 "[group_norm] num_groups=3 must divide the 4 channels of x (2, 4, 3)"},
                {[] {
                   group_norm(ones({2, 4, 3}), 0);
                 },
                 "num_groups=0 must divide"},
                {[] { group_norm(ones({4}), 2); }, "x (4) must have dims N, C, …"},
                {[] {
                   group_norm(ones({1, 4}), 4);
                 },
                 "x (1, 4) has one value per group"},
                {[] {
                   group_norm(ones({2, 4}), 2, ones({2}));
                 },
                 "weight float32 (2) must be float32 (4)"},
                {[] {
                   group_norm(ones({2, 4}, uint8), 2);
                 },
                 "wants float32 or float64"}};
  row.benchmarks = {
      {.inputs = {{{64, 32, 32, 32}}, {{32}}, {{32}}}, .bytes = 12.0 * 64 * 32 * 1024}};
  OpCase plain = channel_row(
      "group_norm/one, no weight", "F.group_norm(x0, 1, eps=0.1)",
      [](const Tensors& x) { return group_norm(x[0], 1, {}, {}, 0.1); }, by_channels(1, 0.1),
      with_affine(shapes, false));
  OpCase each = channel_row("group_norm/as many as channels", "F.group_norm(x0, 2, x1)",
                            [](const Tensors& x) { return group_norm(x[0], 2, optional(x, 1)); },
                            by_channels(2, 1e-5), {});
  each.samples = {{{{2, 2, 5}}, {{2}}}};
  return {row, plain, each};
}

Rows instance_norm_cases() {
  const std::vector<Shape> shapes{{2, 3, 4}, {1, 1, 7}, {2, 2, 3, 2}, {1, 2, 2, 3, 2}};
  // The group norm of one channel each, for any number of channels.
  const auto reference = [](double eps) {
    return [eps](const Naives& in) { return by_channels(in[0].shape[1], eps)(in); };
  };
  OpCase row = channel_row(
      "instance_norm", "F.instance_norm(x0, weight=x1, bias=x2)",
      [](const Tensors& x) { return instance_norm(x[0], {}, {}, optional(x, 1), optional(x, 2)); },
      reference(1e-5), with_affine(shapes));
  row.specials = {{{.shape = {1, 3, 3}, .values = {1, kInf, 2, 3, kNaN, 1, 1e4, -1e4, 1e4}},
                   {.shape = {3}, .values = {1, -2, 1}},
                   {.shape = {3}, .values = {0, 0.5, -0.0}}}};
  row.errors = {{[] {
                   instance_norm(ones({2, 3}));
                 },
                 "[instance_norm] x (2, 3) must have dims N, C and more"},
                {[] {
                   instance_norm(ones({2, 3, 1}));
                 },
                 "x (2, 3, 1) has one value per channel of a sample"},
                {[] {
                   instance_norm(ones({2, 3, 2}), ones({2}));
                 },
                 "running_mean float32 (2) must be"},
                {[] {
                   instance_norm(ones({2, 3, 2}), {}, {}, {}, {}, {.use_input_stats = false});
                 },
                 "without running_mean and running_var"}};
  row.benchmarks = {
      {.inputs = {{{64, 16, 32, 32}}, {{16}}, {{16}}}, .bytes = 12.0 * 64 * 16 * 1024}};
  OpCase plain = channel_row(
      "instance_norm/no weight", "F.instance_norm(x0, eps=0.1)",
      [](const Tensors& x) { return instance_norm(x[0], {}, {}, {}, {}, {.eps = 0.1}); },
      reference(0.1), with_affine(shapes, false));
  OpCase evaluation = channel_row(
      "instance_norm/evaluation",
      "F.instance_norm(x0, " + python(kMeans) + ", " + python(kVars) + ", x1, x2, False)",
      [](const Tensors& x) {
        return instance_norm(x[0], first(kMeans, x[0]), first(kVars, x[0]), optional(x, 1),
                             optional(x, 2), {.use_input_stats = false});
      },
      by_running(1e-5), with_affine(shapes));
  return {row, plain, evaluation};
}

OpCase local_response_norm_case(const char* variant, Index size, const std::string& options,
                                const LocalResponseNormArguments& o,
                                const std::vector<Shape>& shapes) {
  OpCase row;
  row.name = str_cat("local_response_norm", variant);
  row.torch = str_cat("F.local_response_norm(x0, ", size, options, ")");
  row.run = [=](const Tensors& x) { return local_response_norm(x[0], size, o); };
  row.reference = [=](const Naives& in) {
    const Shape& shape = in[0].shape;
    return tabulate(shape, [&](const Shape& at) {
      double squares = 0;
      for (Index c = at[1] - size / 2; c < at[1] - size / 2 + size; ++c) {
        if (c < 0 || c >= shape[1]) continue;
        Shape near = at;
        near[1] = c;
        squares += std::pow(in[0](near), 2);
      }
      return in[0](at) * std::pow(o.k + o.alpha * squares / static_cast<double>(size), -o.beta);
    });
  };
  for (const Shape& shape : shapes) row.samples.push_back({{shape}});
  return row;
}

Rows local_response_norm_cases() {
  const std::vector<Shape> shapes{{2, 5, 3}, {1, 1, 2, 2}, {0, 3, 2}, {2, 4, 2, 1, 2}, {2, 3, 0}};
  OpCase row = local_response_norm_case("", 3, "", {}, shapes);
  row.specials = {{{.shape = {1, 3, 3}, .values = {1, kInf, 0, -0.0, kNaN, 1, 1e4, -1e4, -kInf}}}};
  row.errors = {{[] {
                   local_response_norm(ones({2, 3}), 3);
                 },
                 "[local_response_norm] x (2, 3) must have dims N, C and more"},
                {[] {
                   local_response_norm(ones({2, 3, 2}), 0);
                 },
                 "size=0 must be at least 1"}};
  row.benchmarks = {{.inputs = {{{64, 16, 32, 32}}}, .bytes = 8.0 * 64 * 16 * 1024}};
  return {row,
          local_response_norm_case("/even size", 4, ", alpha=2., beta=0.5, k=0.7",
                                   {.alpha = 2, .beta = 0.5, .k = 0.7}, shapes),
          local_response_norm_case("/size 1", 1, ", alpha=0.5", {.alpha = 0.5}, shapes)};
}

}  // namespace

Rows layers_layer_norm_cases() {
  Rows rows = layer_norm_cases();
  for (const auto& cases : {rms_norm_cases(), batch_norm_cases(), batch_norm_relu_cases(),
                            group_norm_cases(), instance_norm_cases(), local_response_norm_cases()})
    rows.insert(rows.end(), cases.begin(), cases.end());
  return rows;
}

}  // namespace tinygrad::test
