// SPDX-License-Identifier: MIT
// Adds an operation to the library from outside: squareplus(x) = (x + √(x² + 4)) / 2, a smooth
// relu.
//
// record() takes the name, the result, the inputs, the values that backward needs, and the vjp (the
// vector-Jacobian product): a function from the gradient of the result to those of the inputs. The
// vjp is written in tensor operations, so it can be differentiated again.
//
// Output:
//   squareplus(x)  { 0.414214,  1.      ,  2.414214}  float64 (3)
//   gradient       { 0.146447,  0.5     ,  0.853553}  float64 (3)
//   gradcheck: right, gradgradcheck: right
//   with the factor ½ forgotten: gradcheck finds the mistake
#include <cmath>
#include <iostream>
#include <tinygrad/autograd.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

/// Shapes  x (…) float64 → y (…)
/// Grad    grad_x = grad_y · ½·(1 + x / √(x² + 4))
/// Saves   x
Tensor squareplus(const Tensor& x, At at = At::here()) {
  check<DtypeError>(x.dtype() == float64, {"squareplus", at}, "x is ", x.dtype(),
                    "; it must be float64");
  const Array y = Array::empty(x.shape(), float64);
  const double* in = x.data<double>();
  double* out = y.data<double>();
  for (Index i = 0; i < y.count(); ++i) out[i] = (in[i] + std::sqrt(in[i] * in[i] + 4)) / 2;

  return record({"squareplus", at}, y, {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * 0.5 * (1 + input / sqrt(square(input) + 4)));
  });
}

/// The same operation with a mistake: the vjp lacks the factor ½.
Tensor wrong_squareplus(const Tensor& x, At at = At::here()) {
  const Tensor y = squareplus(x.detach(), at);
  return record({"wrong_squareplus", at}, y.array(), {x}, save(x),
                [](const Vjp& vjp, const Tensor& input) {
                  return grads(vjp.grad() * (1 + input / sqrt(square(input) + 4)));
                });
}

}  // namespace

int main() {
  const Tensor x = tensor({-2, 0, 2}, float64).requires_grad_();
  const Tensor y = squareplus(x);
  sum(y).backward();
  std::cout << "squareplus(x)  " << y.detach() << "\n";
  std::cout << "gradient       " << x.grad() << "\n";

  // Both compare with differences: the gradient, and the gradient of the gradient.
  const auto f = [](const std::vector<Tensor>& in) { return squareplus(in[0]); };
  std::cout << "gradcheck: " << (gradcheck(f, {x}) ? "right" : "wrong")
            << ", gradgradcheck: " << (gradgradcheck(f, {x}) ? "right" : "wrong") << "\n";

  const auto g = [](const std::vector<Tensor>& in) { return wrong_squareplus(in[0]); };
  std::cout << "with the factor ½ forgotten: gradcheck "
            << (gradcheck(g, {x}) ? "finds nothing" : "finds the mistake") << "\n";
}
