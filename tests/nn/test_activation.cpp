// SPDX-License-Identifier: MIT
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
  agrees(nn::SiLU(), "SiLU", [](const Tensor& x) { return silu(x); });
  agrees(nn::Sigmoid(), "Sigmoid", [](const Tensor& x) { return sigmoid(x); });
  agrees(nn::Tanh(), "Tanh", [](const Tensor& x) { return tanh(x); });
  agrees(nn::Softplus(2), "Softplus(2)", [](const Tensor& x) { return softplus(x, 2); });
  agrees(nn::Softmax(), "Softmax(-1)", [](const Tensor& x) { return softmax(x, -1); });
  agrees(nn::Softmax(0), "Softmax(0)", [](const Tensor& x) { return softmax(x, 0); });
  agrees(nn::LogSoftmax(0), "LogSoftmax(0)", [](const Tensor& x) { return log_softmax(x, 0); });
}
