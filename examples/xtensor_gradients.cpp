// SPDX-License-Identifier: MIT
// Gives gradients to array code that is written with xtensor, without this library.
//
// The code is a robust loss, Σ log(1 + r²), with its derivative. record() makes both one operation
// on the tape. The gradient passes through it to the source of the residuals r: a line that is
// fitted to points with one outlier. Arrays of xtensor enter without a copy. The same loss, written
// with the functions of the library, needs no derivative by hand.
//
// Output:
//   gradcheck: right
//   least squares: y = 4.72 x + -2.61
//   robust loss:   y = 2.03 x + 0.98
//   the library's derivative and that by hand agree
#include <cstdio>
#include <tinygrad/autograd.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

// ---- Plain xtensor: any program's code, unchanged. ----

template <class E> double robust_loss(const E& r) { return xt::sum(xt::log(1.0 + r * r))(); }

template <class E> xt::xarray<double> robust_slope(const E& r) { return 2.0 * r / (1.0 + r * r); }

// ---- The same as an operation on the tape. ----

/// Shapes  r (…) float64 → ()
/// Saves   r
Tensor robust(const Tensor& r, At at = At::here()) {
  const double value = robust_loss(r.view<double>());
  // The vjp leaves the tape. The mark turns a second derivative into an error; without it, it would
  // silently be 0.
  return record({"robust", at}, Array::full({}, value, float64), {r}, save(r),
                once_differentiable([](const Vjp& vjp, const Tensor& residuals) {
                  return grads(vjp.grad() * Tensor(robust_slope(residuals.view<double>())));
                }));
}

/// Fits y = a·x + b and prints it. `loss` is a function of the residuals.
template <class Loss> void fit(const char* name, const Tensor& x, const Tensor& y, Loss loss) {
  const Tensor a = tensor(1.0, float64).requires_grad_(), b = tensor(0.0, float64).requires_grad_();
  optim::LBFGS lbfgs({a, b}, {.max_iter = 100, .line_search_fn = optim::LineSearch::kStrongWolfe});
  lbfgs.step([&] {
    const Tensor value = loss(a * x + b - y);
    lbfgs.zero_grad();
    value.backward();
    return value;
  });
  std::printf("%-14s y = %.2f x + %.2f\n", name, a.item(), b.item());
}

}  // namespace

int main() {
  xt::xarray<double> places = {0, 1, 2, 3, 4, 5}, values = {1, 3.1, 4.9, 7, 9.1, 30};  // 2x + 1
  const Tensor x = Tensor::wrap(places), y = Tensor::wrap(values);  // their memory, no copy

  const auto f = [](const std::vector<Tensor>& in) { return robust(in[0]); };
  const Tensor r = tensor({-1, 0, 0.5, 3}, float64).requires_grad_();
  std::printf("gradcheck: %s\n", gradcheck(f, {r}) ? "right" : "wrong");

  fit("least squares:", x, y, [](const Tensor& residuals) { return sum(square(residuals)); });
  fit("robust loss:", x, y, [](const Tensor& residuals) { return robust(residuals); });

  const auto same = [](const Tensor& v) { return sum(log1p(square(v))); };
  const auto [value, gradient] = value_and_grad(same, r.detach());
  const xt::xarray<double> by_hand = robust_slope(r.view<double>());
  std::printf("the library's derivative and that by hand %s\n",
              xt::amax(xt::abs(gradient.view<double>() - by_hand))() < 1e-15 ? "agree" : "differ");
}
