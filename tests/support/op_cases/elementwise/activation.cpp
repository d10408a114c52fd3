// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/activation.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
void add_sigmoid_and_softplus(Rows& rows) {
  const Input any{.shape = {}};
  const std::vector<BenchSample> image = image_benchmark();
  add_unary(rows, "sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, any,
            {88, -88});

  const auto error = [](auto call, const std::string& text) {
    return std::vector<ErrorSample>{{call, text}};
  };
  OpCase soft{.name = "softplus",
              .torch = "F.softplus(x0)",
              .samples = unary_samples(any),
              .benchmarks = image};
  soft.run = [](const Tensors& x) { return softplus(x[0]); };
  soft.reference = elementwise([](double x) {
    return std::isnan(x) ? x : std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)));
  });
  soft.errors = error([] { softplus(ones({2}), 0); }, "[softplus] beta=0 must not be 0");
  soft.specials = unary_specials({20, -88});
  rows.push_back(soft);
  const std::string straight = "PyTorch gives x itself beyond its threshold";
  rows.push_back(differing(soft, "/large", {21, 30, 100}, straight));
  OpCase steep{
      .name = "softplus/beta 2", .torch = "F.softplus(x0, beta=2)", .samples = unary_samples(any)};
  steep.run = [](const Tensors& x) { return softplus(x[0], 2); };
  steep.reference = elementwise([](double x) {
    return std::isnan(x) ? x : std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(2 * x))) / 2;
  });
  steep.errors = error([] { softplus(ones({2}, int64)); }, "wants float32 or float64, got int64");
  steep.specials = unary_specials({10, -44});
  rows.push_back(steep);
  rows.push_back(differing(steep, " large", {10.5, 15, 50}, straight));

  // Above the threshold 1 on 2·x, so from x = ½ on, softplus is x.
  const Input off_threshold{.shape = {}, .away_from = 0.5};
  OpCase kinked{.name = "softplus/threshold",
                .torch = "F.softplus(x0, beta=2, threshold=1)",
                .samples = unary_samples(off_threshold)};
  kinked.run = [](const Tensors& x) { return softplus(x[0], 2, 1); };
  kinked.reference =
      elementwise([](double x) { return 2 * x > 1 ? x : std::log1p(std::exp(2 * x)) / 2; });
  kinked.specials = unary_specials();
  rows.push_back(kinked);
}
}  // namespace

Rows elementwise_activation_cases() {
  Rows rows;
  const Input off_zero{.shape = {}, .low = -3, .high = 3, .away_from = 0};
  const Input any{.shape = {}, .low = -3, .high = 3};
  // Around one kink each.
  const Input around_1{.shape = {}, .low = -0.9, .high = 3, .away_from = 1};
  const Input around_half{.shape = {}, .low = -0.4, .high = 3, .away_from = 0.5};
  const Input around_minus_3{.shape = {}, .low = -5, .high = 2.9, .away_from = -3};
  const Input around_6{.shape = {}, .low = 0.1, .high = 9, .away_from = 6};
  const auto row = [&](const std::string& name, const std::string& torch,
                       std::function<Tensor(const Tensor&)> f, double (*reference)(double),
                       const Input& values, const std::vector<double>& special = {}) {
    rows.push_back(unary_row(name, "F." + torch, f, reference, values, special));
  };
  row(
      "relu", "relu(x0)", [](const Tensor& x) { return relu(x); },
      [](double x) { return x < 0 ? 0 : x; }, off_zero);
  row(
      "leaky_relu", "leaky_relu(x0)", [](const Tensor& x) { return leaky_relu(x); },
      [](double x) { return x > 0 ? x : 0.01 * x; }, off_zero);
  row(
      "leaky_relu/slope", "leaky_relu(x0, 0.1)", [](const Tensor& x) { return leaky_relu(x, 0.1); },
      [](double x) { return x > 0 ? x : 0.1 * x; }, off_zero);
  row(
      "elu", "elu(x0)", [](const Tensor& x) { return elu(x); },
      [](double x) { return x > 0 ? x : std::expm1(x); }, off_zero);
  row(
      "elu/alpha", "elu(x0, 1.5)", [](const Tensor& x) { return elu(x, 1.5); },
      [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }, off_zero);
  row(
      "selu", "selu(x0)", [](const Tensor& x) { return selu(x); },
      [](double x) {
        return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x));
      },
      off_zero);
  row(
      "celu", "celu(x0)", [](const Tensor& x) { return celu(x); },
      [](double x) { return x > 0 ? x : std::expm1(x); }, off_zero);
  rows.back().errors.push_back({[] { celu(ones({2}), 0); }, "[celu] alpha=0 must not be 0"});
  row(
      "celu/alpha", "celu(x0, 2.5)", [](const Tensor& x) { return celu(x, 2.5); },
      [](double x) { return x > 0 ? x : 2.5 * std::expm1(x / 2.5); }, off_zero);
  row(
      "silu", "silu(x0)", [](const Tensor& x) { return silu(x); },
      [](double x) { return x == -kInf ? 0 : x * (1 / (1 + std::exp(-x))); }, any, {20, -20});
  row(
      "mish", "mish(x0)", [](const Tensor& x) { return mish(x); },
      [](double x) { return x == -kInf ? 0 : x * std::tanh(std::log1p(std::exp(x))); }, any,
      {20, 21, -20});
  row(
      "gelu", "gelu(x0)", [](const Tensor& x) { return gelu(x); },
      [](double x) { return x == -kInf ? 0 : x * (0.5 * std::erfc(-x / std::sqrt(2.0))); }, any,
      {6, -6, -13, -37});
  row(
      "gelu/tanh", "gelu(x0, approximate='tanh')",
      [](const Tensor& x) { return gelu(x, Gelu::kTanh); },
      [](double x) {
        const double v = std::sqrt(8 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
        return x == -kInf ? 0 : x / (1 + std::exp(-v));
      },
      any, {6, -6});
  row(
      "logsigmoid", "logsigmoid(x0)", [](const Tensor& x) { return logsigmoid(x); },
      [](double x) { return std::fmin(x, 0) - std::log1p(std::exp(-std::fabs(x))); }, any,
      {88, -88});
  row(
      "softsign", "softsign(x0)", [](const Tensor& x) { return softsign(x); },
      [](double x) { return std::isinf(x) ? std::copysign(1, x) : x / (1 + std::fabs(x)); },
      off_zero);
  row(
      "tanhshrink", "tanhshrink(x0)", [](const Tensor& x) { return tanhshrink(x); },
      [](double x) { return x - std::tanh(x); }, any);
  row(
      "hardtanh", "hardtanh(x0)", [](const Tensor& x) { return hardtanh(x); },
      [](double x) { return x < -1  ? -1
                            : x > 1 ? 1
                                    : x; }, around_1);
  rows.back().errors.push_back(
      {[] { hardtanh(ones({2}), 1, 0); }, "[hardtanh] min_val=1 must not be above max_val=0"});
  row(
      "hardtanh/bounds", "hardtanh(x0, -4, 1)", [](const Tensor& x) { return hardtanh(x, -4, 1); },
      [](double x) { return x < -4  ? -4
                            : x > 1 ? 1
                                    : x; }, around_1, {-4});
  row(
      "relu6", "relu6(x0)", [](const Tensor& x) { return relu6(x); },
      [](double x) { return x < 0   ? 0
                            : x > 6 ? 6
                                    : x; }, around_6, {6});
  // hardsigmoid() itself rounds its sixth to float32 in the gradient.
  row(
      "hardsigmoid", "hardtanh(x0 + 3, 0, 6) / 6", [](const Tensor& x) { return hardsigmoid(x); },
      [](double x) {
        return (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6;
      },
      around_minus_3, {3, -3});
  row(
      "hardswish", "hardswish(x0)", [](const Tensor& x) { return hardswish(x); },
      [](double x) { return x < -3 ? 0 : x * ((x > 3 ? 6 : x + 3) / 6); }, around_minus_3, {3, -3});
  row(
      "hardshrink", "hardshrink(x0)", [](const Tensor& x) { return hardshrink(x); },
      [](double x) { return std::fabs(x) <= 0.5 ? 0 : x; }, around_half);
  row(
      "hardshrink/lambd", "hardshrink(x0, 1)", [](const Tensor& x) { return hardshrink(x, 1); },
      [](double x) { return std::fabs(x) <= 1 ? 0 : x; }, around_1);
  row(
      "softshrink", "softshrink(x0)", [](const Tensor& x) { return softshrink(x); },
      [](double x) { return x > 0.5    ? x - 0.5
                            : x < -0.5 ? x + 0.5
                                       : x * 0; }, around_half);
  rows.back().errors.push_back(
      {[] { softshrink(ones({2}), -1); }, "[softshrink] lambd=-1 must not be negative"});
  row(
      "softshrink/lambd", "softshrink(x0, 1)", [](const Tensor& x) { return softshrink(x, 1); },
      [](double x) { return x > 1    ? x - 1
                            : x < -1 ? x + 1
                                     : x * 0; }, around_1);
  row(
      "threshold", "threshold(x0, 1, 7)", [](const Tensor& x) { return threshold(x, 1, 7); },
      [](double x) { return x <= 1 ? 7 : x; }, around_1);
  row(
      "rrelu", "rrelu(x0)", [](const Tensor& x) { return rrelu(x); },
      [](double x) { return x > 0 ? x : x * (11.0 / 48); }, off_zero);
  rows.back().errors.push_back(
      {[] { rrelu(ones({2}), 1, 0.5); }, "[rrelu] lower=1 must not be above upper=0.5"});
  // Random: PyTorch has another generator. With lower = upper, both have the same slope.
  row(
      "rrelu/training", "rrelu(x0, 0.25, 0.25, True)",
      [](const Tensor& x) { return rrelu(x, 0.25, 0.25, true); },
      [](double x) { return x > 0 ? x : 0.25 * x; }, off_zero);

  const auto is_one_of = [](const OpCase& made, const std::vector<const char*>& names) {
    for (const char* name : names)
      if (made.name.rfind(name, 0) == 0) return true;
    return false;
  };
  const auto variant = [](const OpCase& made, const char* name) {
    return (made.name.find('/') == std::string::npos ? "/" : " ") + std::string(name);
  };
  for (std::size_t i = rows.size(); i > 0;) {
    --i;
    // The slope at NaN depends on the vector lane in PyTorch.
    if (is_one_of(rows[i], {"elu", "selu", "celu", "hard", "relu6", "softshrink"})) {
      leave_out(rows[i], kNaN);
      rows.push_back(differing(rows[i], variant(rows[i], "nan"), {kNaN},
                               "one slope for all; in PyTorch it depends on the vector lane"));
    }
    // Where PyTorch gives NaN for an infinity, and the limit is known.
    if (is_one_of(rows[i], {"gelu", "silu", "mish", "softsign", "hardswish"})) {
      leave_out(rows[i], kInf);
      leave_out(rows[i], -kInf);
      rows.push_back(
          differing(rows[i], variant(rows[i], "infinite"), {kInf, -kInf},
                    "slope or value is the limit; PyTorch's is NaN in one dtype or both"));
    }
  }

  // One slope, then one for each channel; a vector has one channel.
  OpCase learned{.name = "prelu", .torch = "F.prelu(x0, x1)"};
  learned.run = [](const Tensors& x) { return prelu(x[0], x[1]); };
  learned.reference = [](const Naives& x) {
    return tabulate(x[0].shape, [&](const Shape& i) {
      const double slope = x[1].count() == 1 ? x[1][0] : x[1][i[1]], v = x[0](i);
      return v > 0 ? v : slope * v;
    });
  };
  for (const auto& [shape, slopes] : std::vector<std::pair<Shape, Shape>>{{{}, {}},
                                                                          {{7}, {1}},
                                                                          {{3, 4}, {4}},
                                                                          {{3, 4}, {1}},
                                                                          {{2, 3, 2, 2}, {3}},
                                                                          {{2, 0}, {1}}}) {
    Input x = off_zero;
    x.shape = shape;
    learned.samples.push_back({x, {slopes}});
  }
  learned.specials = {{{.shape = {7}, .values = {kNaN, kInf, -kInf, 0.0, -0.0, 1e4, -1e4}},
                       {.shape = {1}, .values = {0.25}}}};
  learned.errors = {
      {[] {
         prelu(ones({2, 3}), ones({2}));
       },
       "[prelu] weight (2) must have one value or one for each of the 3 channels of x "
       "(2, 3)"},
      {[] { prelu(ones({2}, int64), ones({1})); }, "[prelu] wants float32 or float64, got int64"}};
  learned.benchmarks = {{.inputs = {{{64, 50, 32, 32}}, {{50}}}, .bytes = 8.0 * 64 * 50 * 1024}};
  rows.push_back(learned);

  const auto gated = [&](const std::string& name, const std::string& torch, Index dim,
                         const std::vector<Shape>& shapes) {
    OpCase made{.name = name, .torch = torch};
    made.run = [dim](const Tensors& x) { return glu(x[0], dim); };
    made.reference = [dim](const Naives& x) {
      const int along = static_cast<int>(dim < 0 ? dim + x[0].shape.rank() : dim);
      Shape half = x[0].shape;
      half[along] /= 2;
      return tabulate(half, [&](const Shape& i) {
        Shape gate = i;
        gate[along] += half[along];
        return x[0](i) * (1 / (1 + std::exp(-x[0](gate))));
      });
    };
    for (const Shape& shape : shapes) made.samples.push_back({{shape}});
    rows.push_back(made);
  };
  gated("glu", "F.glu(x0)", -1, {{2}, {6}, {3, 4}, {2, 1, 6}, {0, 2}, {3, 0}});
  rows.back().specials = at_points({kNaN, 1, kInf, 2, 1e4, 0, 1, kNaN, -1, kInf, -1e4, -kInf});
  rows.back().errors = {
      {[] {
         glu(ones({2, 3}));
       },
       "[glu] x (2, 3) has the odd size 3 along dim=-1"},
      {[] { glu(ones({2}, int64)); }, "[glu] wants float32 or float64, got int64"},
      {[] { glu(ones({2}), 1); }, "[glu] dim=1 is out of range for rank 1"}};
  rows.back().benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 6.0 * 1024 * 1024}};
  gated("glu/dim 0", "F.glu(x0, 0)", 0, {{2}, {4, 3}, {2, 1, 3}});
  add_sigmoid_and_softplus(rows);
  return rows;
}

}  // namespace tinygrad::test
