// SPDX-License-Identifier: MIT
// Tests of nn/activation.hpp: settings, PReLU, RReLU, errors.
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
template <class M>
void agrees(M module, const char* description, Tensor (*function)(const Tensor&)) {
  CAPTURE(description);
  CHECK(module.describe() == description);
  const Tensor x = random({3, 4});
  const Array a = module(x).array(), b = function(x).array();
  CHECK(std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
  const GradcheckReport report = gradcheck_module(module, x);
  INFO(to_string(report));
  CHECK(report);
}
}  // namespace

TEST_CASE("activation modules are their functions, with the module's settings") {
  agrees(nn::ReLU(), "ReLU", [](const Tensor& x) { return relu(x); });
  agrees(nn::LeakyReLU(), "LeakyReLU(0.01)", [](const Tensor& x) { return leaky_relu(x, 0.01); });
  agrees(nn::LeakyReLU(0.2), "LeakyReLU(0.2)", [](const Tensor& x) { return leaky_relu(x, 0.2); });
  agrees(nn::ELU(), "ELU(1)", [](const Tensor& x) { return elu(x, 1); });
  agrees(nn::ELU(0.5), "ELU(0.5)", [](const Tensor& x) { return elu(x, 0.5); });
  agrees(nn::GELU(), "GELU", [](const Tensor& x) { return gelu(x); });
  agrees(nn::GELU(Gelu::kTanh), "GELU(tanh)", [](const Tensor& x) { return gelu(x, Gelu::kTanh); });
  agrees(nn::ReLU6(), "ReLU6", [](const Tensor& x) { return relu6(x); });
  agrees(nn::SELU(), "SELU", [](const Tensor& x) { return selu(x); });
  agrees(nn::CELU(), "CELU(1)", [](const Tensor& x) { return celu(x, 1); });
  agrees(nn::CELU(2), "CELU(2)", [](const Tensor& x) { return celu(x, 2); });
  agrees(nn::SiLU(), "SiLU", [](const Tensor& x) { return silu(x); });
  agrees(nn::Mish(), "Mish", [](const Tensor& x) { return mish(x); });
  agrees(nn::Sigmoid(), "Sigmoid", [](const Tensor& x) { return sigmoid(x); });
  agrees(nn::LogSigmoid(), "LogSigmoid", [](const Tensor& x) { return logsigmoid(x); });
  agrees(nn::Tanh(), "Tanh", [](const Tensor& x) { return tanh(x); });
  agrees(nn::Tanhshrink(), "Tanhshrink", [](const Tensor& x) { return tanhshrink(x); });
  agrees(nn::Softsign(), "Softsign", [](const Tensor& x) { return softsign(x); });
  agrees(nn::Hardsigmoid(), "Hardsigmoid", [](const Tensor& x) { return hardsigmoid(x); });
  agrees(nn::Hardswish(), "Hardswish", [](const Tensor& x) { return hardswish(x); });
  agrees(nn::Hardtanh(), "Hardtanh(-1, 1)", [](const Tensor& x) { return hardtanh(x, -1, 1); });
  agrees(nn::Hardtanh(0, 2), "Hardtanh(0, 2)", [](const Tensor& x) { return hardtanh(x, 0, 2); });
  agrees(nn::Hardshrink(), "Hardshrink(0.5)", [](const Tensor& x) { return hardshrink(x, 0.5); });
  agrees(nn::Hardshrink(1), "Hardshrink(1)", [](const Tensor& x) { return hardshrink(x, 1); });
  agrees(nn::Softshrink(), "Softshrink(0.5)", [](const Tensor& x) { return softshrink(x, 0.5); });
  agrees(nn::Softshrink(1), "Softshrink(1)", [](const Tensor& x) { return softshrink(x, 1); });
  agrees(nn::Threshold(0.1, 7), "Threshold(0.1, 7)",
         [](const Tensor& x) { return threshold(x, 0.1, 7); });
  agrees(nn::Softplus(), "Softplus(1, inf)", [](const Tensor& x) { return softplus(x); });
  agrees(nn::Softplus(2, 1), "Softplus(2, 1)", [](const Tensor& x) { return softplus(x, 2, 1); });
  agrees(nn::GLU(), "GLU(-1)", [](const Tensor& x) { return glu(x, -1); });
  agrees(nn::GLU(1), "GLU(1)", [](const Tensor& x) { return glu(x, 1); });
  agrees(nn::Softmax(), "Softmax(-1)", [](const Tensor& x) { return softmax(x, -1); });
  agrees(nn::Softmax(0), "Softmax(0)", [](const Tensor& x) { return softmax(x, 0); });
  agrees(nn::Softmin(), "Softmin(-1)", [](const Tensor& x) { return softmin(x, -1); });
  agrees(nn::Softmin(0), "Softmin(0)", [](const Tensor& x) { return softmin(x, 0); });
  agrees(nn::LogSoftmax(0), "LogSoftmax(0)", [](const Tensor& x) { return log_softmax(x, 0); });
}

TEST_CASE("PReLU learns one slope, or one for each channel, under the name weight") {
  nn::PReLU one, four({.num_parameters = 4, .init = 0.1});
  CHECK(one.describe() == "PReLU(1)");
  CHECK(four.describe() == "PReLU(4)");
  REQUIRE(four.named_parameters().size() == 1);
  CHECK(four.named_parameters()[0].first == "weight");
  CHECK(one.weight.item() == 0.25);
  CHECK(one(tensor(-2)).item() == -0.5);
  const GradcheckReport report = gradcheck_module(four, random({3, 4}));
  INFO(to_string(report));
  CHECK(report);
  CHECK(four(full({1, 4}, -1, float64)).array().at(3) == doctest::Approx(-0.1));
  CHECK(contains(message_of([] { nn::PReLU({.num_parameters = 0}); }), "num_parameters=0"));
}

TEST_CASE("RReLU draws its slopes while training, and takes the middle otherwise") {
  nn::RReLU module(0.25, 0.5, Generator(3));
  CHECK(module.describe() == "RReLU(0.25, 0.5)");
  const Tensor x = full({1000}, -1);
  const Tensor y = module(x), again = module(x);
  CHECK(std::memcmp(y.array().raw(), again.array().raw(), y.array().bytes()) != 0);
  CHECK(module(full({3}, 2)).array().at(2) == 2);
  double low = 0, high = -1;
  for (Index i = 0; i < 1000; ++i) {
    low = std::min(low, y.array().at(i));
    high = std::max(high, y.array().at(i));
  }
  CHECK(low >= -0.5);
  CHECK(low < -0.49);
  CHECK(high <= -0.25);
  CHECK(high > -0.26);
  module.train(false);
  CHECK(module(x).array().at(7) == -0.375);
}

TEST_CASE("activation modules refuse impossible settings when they are made") {
  CHECK(contains(message_of([] { nn::Softplus(0); }), "[Softplus] beta=0 must not be 0"));
  CHECK(contains(message_of([] { nn::CELU(0); }), "[CELU] alpha=0 must not be 0"));
  CHECK(contains(message_of([] { nn::Hardtanh(1, 0); }), "[Hardtanh] min_val=1"));
  CHECK(contains(message_of([] { nn::Softshrink(-1); }), "[Softshrink] lambd=-1"));
  CHECK(contains(message_of([] { nn::RReLU(1, 0); }), "[RReLU] lower=1"));
}
