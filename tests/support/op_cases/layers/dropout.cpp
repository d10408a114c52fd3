// SPDX-License-Identifier: MIT
// Rows for ops/layers/dropout.hpp. ops/test_dropout.cpp tests the random part. PyTorch draws other
// numbers; only the behaviour in evaluation is recorded.
#include <cmath>

#include "support/op_cases.hpp"
#include "tinygrad/kernels/random/fill.hpp"

namespace tinygrad::test {

namespace {
using Dropout = Tensor (*)(const Tensor&, double, bool, Generator&, At);

// True if draw i of the stream of seed 7 drops with probability 0.4.
bool dropped(Index i) {
  const auto words = philox_block(7, static_cast<std::uint64_t>(i / 4));
  return unit_float(words[static_cast<std::size_t>(i % 4)]) < 0.4F;
}

// Which draw decides over element i: i itself, or that of its channel.
Index draw_of(const Shape& shape, Index i, bool channels) {
  return channels ? i / shape.product(2, shape.rank()) : i;
}

std::function<Naive(const Naives&)> reference(bool channels, bool alpha) {
  return [=](const Naives& x) {
    const double saturation = -1.7580993408473766, p = 0.4;
    const double a = 1 / std::sqrt((1 - p) * (1 + p * saturation * saturation));
    Naive y = x[0];
    for (Index i = 0; i < y.count(); ++i) {
      const bool drop = dropped(draw_of(y.shape, i, channels));
      if (alpha) y[i] = a * (drop ? saturation : y[i]) - a * p * saturation;
      else y[i] = drop ? 0 : y[i] / (1 - p);
    }
    return y;
  };
}
}  // namespace

Rows layers_dropout_cases() {
  const struct {
    const char* name;
    Dropout f;
    bool channels, alpha;
  } forms[] = {{"dropout", dropout, false, false},
               {"feature_dropout", feature_dropout, true, false},
               {"dropout2d", dropout2d, true, false},
               {"alpha_dropout", alpha_dropout, false, true},
               {"feature_alpha_dropout", feature_alpha_dropout, true, true}};
  Rows rows;
  for (const auto& form : forms) {
    const std::string name = form.name;
    OpCase training;
    training.name = name;
    training.run = [f = form.f](const Tensors& x) {
      Generator fixed(7);
      return f(x[0], 0.4, true, fixed, At::here());
    };
    training.reference = reference(form.channels, form.alpha);
    training.samples = form.channels ? std::vector<std::vector<Input>>{{{{2, 3, 2, 2}}},
                                                                       {{{5, 7, 3}}},
                                                                       {{{1, 1, 1, 1}}},
                                                                       {{{0, 2, 3, 3}}},
                                                                       {{{2, 3, 0, 1}}}}
                                     : unary_samples({.shape = {}});
    const auto call = [f = form.f](const Tensor& x, double p) {
      return [=] { f(x, p, true, default_generator(), At::here()); };
    };
    const Tensor picture = ones({1, 2, 2, 2});
    training.errors = {
        {call(picture, 1.5), "p=1.5 must be in [0, 1]"},
        {call(picture, NAN), "must be in [0, 1]"},
        {call(ones({1, 2, 2, 2}, int64), 0.5), "wants float32 or float64, got int64"}};
    if (form.channels)
      training.errors.push_back(
          {call(ones({2}), 0.5), name == "dropout2d" ? "[dropout2d] x (2) must be (N, C, H, W)"
                                                     : "x (2) must have dims N, C, …"});
    training.benchmarks = {{.inputs = {{{128, 50, 16, 8}}}, .bytes = 8.0 * 128 * 6400}};
    rows.push_back(training);

    OpCase evaluation;
    evaluation.name = name + "/evaluation";
    evaluation.torch = name == "dropout" || name == "dropout2d"
                           ? "F." + name + "(x0, 0.4, training=False)"
                           : "torch." + name + "(x0, 0.4, False)";
    evaluation.run = [f = form.f](const Tensors& x) {
      return f(x[0], 0.4, false, default_generator(), At::here()) * 1;
    };
    evaluation.reference = [](const Naives& x) { return x[0]; };
    evaluation.samples = training.samples;
    evaluation.specials = {{{{1, 2, 1, 3}, {NAN, INFINITY, -INFINITY, -0.0, 1e4, -1e4}}}};
    rows.push_back(evaluation);

    // All dropped: no draw matters.
    OpCase nothing = evaluation;
    nothing.name = name + "/all dropped";
    nothing.torch = name == "dropout" || name == "dropout2d" ? "F." + name + "(x0, 1.0)"
                                                             : "torch." + name + "(x0, 1.0, True)";
    nothing.run = [f = form.f](const Tensors& x) {
      return f(x[0], 1, true, default_generator(), At::here());
    };
    nothing.reference = [](const Naives& x) {
      Naive y = x[0];
      for (double& v : y.values) v = 0;
      return y;
    };
    nothing.differs_from_torch = "a dropped Inf or NaN is 0; PyTorch makes NaN of it, times 0";
    rows.push_back(nothing);
  }
  return rows;
}

}  // namespace tinygrad::test
