// SPDX-License-Identifier: MIT
// Tests of BatchNorm, InstanceNorm and GroupNorm: training, running statistics and errors. Values
// and gradients in evaluation are in the layer rows.
#include "golden/answers/running_stats.hpp"
#include "nn/support.hpp"
#include "tinygrad/autograd/checkpoint.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
namespace golden_stats = golden::running_stats;

Tensor batch(Index step) {
  using namespace golden_stats;
  std::vector<double> values;
  for (Index i = 0; i < kN * kC * kL; ++i)
    values.push_back(static_cast<double>((37 * step + 11 * i * i + 5 * i) % 23) / 8 - 1);
  return Array::from(values, float64).reshaped({kN, kC, kL});
}

void check_recorded(nn::ChannelNorm& layer, const double (*steps)[6], const double* output) {
  layer.to(float64);
  for (Index step = 0; step < golden_stats::kSteps; ++step) {
    layer(batch(step));
    CHECK(layer.num_batches_tracked.item<Index>() == step + 1);
    for (Index c = 0; c < 3; ++c) {
      CHECK(layer.running_mean.array().at(c) == doctest::Approx(steps[step][c]).epsilon(1e-13));
      CHECK(layer.running_var.array().at(c) == doctest::Approx(steps[step][3 + c]).epsilon(1e-13));
    }
  }
  layer.eval();
  const Array y = layer(batch(golden_stats::kSteps)).array();
  for (Index i = 0; i < y.count(); ++i) CHECK(y.at(i) == doctest::Approx(output[i]).epsilon(1e-12));
  CHECK(layer.num_batches_tracked.item<Index>() == golden_stats::kSteps);
}
}  // namespace

TEST_CASE("running statistics are PyTorch's, step by step, and evaluation uses them") {
  nn::BatchNorm1d plain(3), momentum(3, {.eps = 0.1, .momentum = 0.3}),
      cumulative(3, {.momentum = {}});
  nn::InstanceNorm1d instance(3, {.track_running_stats = true});
  check_recorded(plain, golden_stats::batch_norm, golden_stats::batch_norm_output);
  check_recorded(momentum, golden_stats::batch_norm_momentum,
                 golden_stats::batch_norm_momentum_output);
  check_recorded(cumulative, golden_stats::batch_norm_cumulative,
                 golden_stats::batch_norm_cumulative_output);
  check_recorded(instance, golden_stats::instance_norm, golden_stats::instance_norm_output);
}

TEST_CASE("BatchNorm in training passes gradcheck over its input, weight and bias") {
  nn::BatchNorm2d layer(3);
  CHECK(gradcheck_module(layer, random({2, 3, 2, 2})));
  nn::InstanceNorm2d instance(3, {.affine = true});
  CHECK(gradcheck_module(instance, random({2, 3, 2, 2})));
}

TEST_CASE("BatchNorm without running statistics normalises by the batch in evaluation too") {
  nn::BatchNorm1d layer(3, {.track_running_stats = false});
  layer.eval();
  CHECK(layer.named_buffers().empty());
  const Tensor y = layer(random({50, 3}, float32));
  CHECK(mean(y).item() == doctest::Approx(0).epsilon(1e-5));
  CHECK(var(y, {0}, false, 0).array().at(1) == doctest::Approx(1).epsilon(1e-3));
}

TEST_CASE("a checkpointed BatchNorm counts each batch once") {
  nn::BatchNorm1d layer(3), plain(3);
  const Tensor x = random({5, 3}, float32).requires_grad_();
  checkpoint([&](const Tensor& in) { return layer(in); }, x).backward(ones({5, 3}));
  plain(x);
  CHECK(layer.num_batches_tracked.item<Index>() == 1);
  for (Index c = 0; c < 3; ++c)
    CHECK(layer.running_mean.array().at(c) == plain.running_mean.array().at(c));
}

TEST_CASE("a backward in evaluation mode may follow a training forward") {
  nn::BatchNorm1d layer(3);
  layer.to(float64);
  layer.eval();
  const Tensor x = random({4, 3}).requires_grad_();
  const Tensor y = layer(x);
  layer.train();
  layer(x);  // overwrites the running statistics that y was made with
  CHECK_NOTHROW(y.backward(ones({4, 3}, float64)));
}

TEST_CASE("an empty batch leaves running statistics alone") {
  nn::BatchNorm1d layer(3);
  CHECK(layer(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(layer.running_var.array().at(0) == 1);
  CHECK(instance_norm(zeros({0, 3, 2})).shape() == Shape{0, 3, 2});
}

TEST_CASE("reset_running_stats forgets the batches seen") {
  nn::BatchNorm1d layer(2);
  layer(random({4, 2}, float32));
  layer.reset_running_stats();
  CHECK(layer.num_batches_tracked.item<Index>() == 0);
  CHECK(layer.running_mean.array().at(1) == 0);
  CHECK(layer.running_var.array().at(1) == 1);
}

TEST_CASE("normalisation layers refuse what does not fit, by name and line") {
  nn::BatchNorm1d one(3);
  nn::BatchNorm2d two(3);
  nn::InstanceNorm2d instance(3);
  nn::GroupNorm group(2, 4);
  const auto refuses = [](auto& layer, const Shape& shape, const char* text) {
    const std::string message = message_of([&] { layer(ones(shape)); });
    CHECK_MESSAGE(contains(message, text), message);
    CHECK(contains(message, "test_normalization.cpp:"));
  };
  refuses(one, {1, 3}, "[batch_norm] x (1, 3) has one value per channel");
  refuses(one, {3}, "[BatchNorm1d] x (3) must be (N, C) or (N, C, L)");
  refuses(two, {2, 3}, "[BatchNorm2d] x (2, 3) must be (N, C, H, W)");
  refuses(two, {2, 4, 5, 5}, "x (2, 4, 5, 5) has 4 channels, num_features is 3");
  refuses(two, {2, 5, 5, 3}, "is x channels-last? permute(x, {0, 3, 1, 2})");
  refuses(instance, {3, 3}, "[InstanceNorm2d] x (3, 3) must be (N, C, H, W) or (C, H, W)");
  refuses(instance, {2, 3, 1, 1}, "has one value per channel of a sample");
  refuses(group, {2, 6, 3}, "[GroupNorm] x (2, 6, 3) must be (N, 4, …)");
  CHECK(contains(message_of([] { nn::GroupNorm bad(3, 4); }),
                 "[GroupNorm] num_groups=3 must divide num_channels=4"));
  CHECK(contains(message_of([] { nn::BatchNorm1d bad(0); }),
                 "[BatchNorm1d] num_features=0 must be at least 1"));
}

TEST_CASE("BatchNormReLU, with an addend or without, gives the bits of its operations") {
  const Tensor x = random({4, 3, 5, 5}, float32), addend = random({4, 3, 5, 5}, float32);
  nn::BatchNorm2d plain(3);
  nn::BatchNormReLU2d fused(3);
  for (const bool training : {true, false}) {
    plain.train(training);
    fused.train(training);
    CHECK(equal(fused(x), relu(plain(x))));
    CHECK(equal(fused(x, addend), relu(plain(x) + addend)));
    CHECK(equal(fused.running_mean, plain.running_mean));
    plain.reset_running_stats();
    fused.reset_running_stats();
  }
  CHECK(fused.load_state_dict(plain.state_dict()).ok());
  CHECK(fused.describe() ==
        "BatchNormReLU2d(3, eps=1e-05, momentum=0.1, affine=true, track_running_stats=true)");
  CHECK(contains(message_of([&] {
                   fused(ones({2, 3}));
                 }),
                 "[BatchNormReLU2d] x (2, 3) must be (N, C, H, W)"));
}

TEST_CASE("normalisation layers describe their settings") {
  CHECK(nn::BatchNorm2d(8, {.momentum = {}}).describe() ==
        "BatchNorm2d(8, eps=1e-05, momentum=none, affine=true, track_running_stats=true)");
  CHECK(nn::LocalResponseNorm(5).describe() ==
        "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1)");
  CHECK(nn::GroupNorm(2, 4).describe() == "GroupNorm(2, 4, eps=1e-05, affine=true)");
}
