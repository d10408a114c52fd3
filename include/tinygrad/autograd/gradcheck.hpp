// SPDX-License-Identifier: MIT
// gradcheck() and gradgradcheck(): compare analytic gradients with central differences, in float64.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/core/random.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct GradcheckOptions {
  double eps = 1e-6;   ///< step of the central difference, times |x| where that is above 1
  double atol = 1e-6;  ///< allowed: |analytic − numeric| ≤ atol + rtol·|numeric|
  double rtol = 1e-5;
  std::uint64_t seed = 0;  ///< of the random cotangents
};

/// The result of a check. As a condition it is true if the check passed and compared something.
struct GradcheckReport {
  bool ok = true;
  std::string problem;  ///< the reason if no comparison was possible
  int input = -1;       ///< the input, element and values of the worst disagreement
  Index element = -1;
  double analytic = 0, numeric = 0, error = 0;
  Index checked = 0;  ///< elements compared
  Index kinks = 0;    ///< elements left out: left and right derivative differ there

  explicit operator bool() const { return ok; }
};

inline std::string to_string(const GradcheckReport& r) {
  if (!r.problem.empty()) return "gradcheck failed: " + r.problem;
  if (!r.ok && r.checked == 0 && r.input < 0)
    return str_cat("gradcheck checked nothing: ",
                   r.kinks ? "every element is at a kink" : "the inputs have no elements");
  std::string out = str_cat("gradcheck ", r.ok ? "passed: " : "FAILED: ", r.checked, " elements");
  if (r.kinks) out += str_cat(", ", r.kinks, " kinks left out");
  if (r.input >= 0)
    out += str_cat("; worst at input ", r.input, ", element ", r.element, ": analytic ", r.analytic,
                   ", numeric ", r.numeric, ", difference ", r.error);
  return out;
}

namespace detail {
// Values in [-1, 1] away from 0, so that no output element is ignored.
inline Tensor random_cotangent(const Tensor& y, Generator& generator) {
  const Array v = Array::empty(y.shape(), float64, {"gradcheck"});
  for (Index i = 0; i < v.count(); ++i) {
    const double u = generator.uniform(-1, 1);
    v.data<double>()[i] = u + std::copysign(0.25, u);
  }
  return v;
}

inline double dot(const Array& a, const Array& b) {
  double sum = 0;
  for (Index i = 0; i < a.count(); ++i) sum += a.data<double>()[i] * b.data<double>()[i];
  return sum;
}

// The slope of a function at one element x, from values near it: `value` gives the value at a given
// x, `centre` is the present value. If the function is finite on one side only, x is at the edge of
// the domain, and the slope is that of the parabola through x and two points inside.
struct Difference {
  double eps, up, down, slope;

  Difference(double step, double& x, const std::function<double()>& value, double centre)
      : eps(step) {
    const auto at = [&, before = x](double offset) {
      x = before + offset;
      const double v = value();
      x = before;
      return v;
    };
    up = at(step);
    down = at(-step);
    slope = (up - down) / (2 * step);
    if (std::isfinite(up) == std::isfinite(down) || !std::isfinite(centre)) return;
    const double inside = std::isfinite(up) ? step : -step;
    const double near = std::isfinite(up) ? up : down, far = at(2 * inside);
    slope = (4 * near - far - 3 * centre) / (2 * inside);
  }
  bool agrees(double analytic, const GradcheckOptions& options) const {
    return std::fabs(analytic - slope) <= options.atol + options.rtol * std::fabs(slope);
  }
};
}  // namespace detail

/// Compares the gradient of <v, f(inputs)> for a random v with central differences, for every
/// element of every input that requires a gradient. Where both one-sided differences disagree and
/// the analytic value lies between them, f has a kink, which is counted and not a failure. If there
/// was no element to compare, the check is not ok.
/// Shapes  inputs: any, float64; at least one requires a gradient. They are not changed
/// Error   the difference quotient is good to about 1e-9 relative for values of size 1. Next to 0,
///         where the step would leave the domain or be coarse beside x, a step of |x|/1000 may
///         agree instead: log at 1e-8. At the edge of a domain the difference is one-sided
inline GradcheckReport gradcheck(const FunctionN& f, const std::vector<Tensor>& inputs,
                                 const GradcheckOptions& options = {}, At at = At::here()) {
  const Op op{"gradcheck", at};
  GradcheckReport report;
  std::vector<Tensor> x, wanted;
  std::vector<std::size_t> numbers;
  for (const Tensor& input : inputs) {
    check<DtypeError>(!input.requires_grad() || input.dtype() == float64, op, "input ", x.size(),
                      " is ", input.dtype(),
                      "; differences need float64: convert with to(x, float64)");
    Tensor own(input.array().copy());  // its elements are stepped in place
    if (input.requires_grad()) {
      own.requires_grad_();
      wanted.push_back(own);
      numbers.push_back(x.size());
    }
    x.push_back(std::move(own));
  }
  check<GraphError>(!wanted.empty(), op, "no input requires a gradient");
  const auto failed = [&](std::string why) {
    report.ok = false;
    report.problem = std::move(why);
    return report;
  };

  const EnableGradGuard enable;
  const Tensor y = f(x);
  if (y.dtype() != float64)
    return failed(str_cat("the function gives ", y.dtype(), ", not float64"));
  Generator generator(options.seed);
  const Tensor v = detail::random_cotangent(y, generator);
  // An output that is not on the tape claims gradient zero; the differences check this too.
  const std::vector<Tensor> analytic =
      y.requires_grad() ? grad({y}, wanted, {v}) : std::vector<Tensor>(wanted.size());

  const NoGradGuard no_grad;
  const std::function<double()> value = [&] { return detail::dot(f(x).array(), v.array()); };
  const double centre = detail::dot(y.array(), v.array());
  const double again = value();
  if (centre != again && !(std::isnan(centre) && std::isnan(again)))
    return failed("two calls gave different values; a random function needs a fixed generator");
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    double* p = wanted[w].data<double>();
    for (Index i = 0; i < wanted[w].numel(); ++i) {
      const double a = analytic[w].defined() ? analytic[w].array().at(i) : 0.0;
      const double before = p[i];
      detail::Difference d(options.eps * std::fmax(1.0, std::fabs(before)), p[i], value, centre);
      // The step must be small beside x too: the domain, or the behaviour of f, may change there.
      const double fine = std::fabs(before) * 1e-3;
      if (fine > 0 && fine < d.eps && !d.agrees(a, options)) {
        const detail::Difference finer(fine, p[i], value, centre);
        if (finer.agrees(a, options)) d = finer;
      }
      const double numeric = d.slope;
      const double error = std::fabs(a - numeric);
      const double allowed = options.atol + options.rtol * std::fabs(numeric);
      ++report.checked;
      if (error <= allowed) {
        if (report.input < 0 || (report.ok && error > report.error))
          report = {report.ok,      {},          static_cast<int>(numbers[w]), i, a, numeric, error,
                    report.checked, report.kinks};
        continue;
      }
      // A smooth function's one-sided differences agree to about eps·f''.
      const double right = (d.up - centre) / d.eps, left = (centre - d.down) / d.eps;
      const double gap = std::fabs(right - left);
      if (gap > 1e-3 * (1 + std::fabs(numeric)) && a >= std::fmin(left, right) - allowed &&
          a <= std::fmax(left, right) + allowed) {
        ++report.kinks;
        --report.checked;
        continue;
      }
      if (report.ok || !(error <= report.error))
        report = {false,          {},          static_cast<int>(numbers[w]), i, a, numeric, error,
                  report.checked, report.kinks};
    }
  }
  if (report.checked == 0) report.ok = false;
  return report;
}

/// Checks the gradient of the gradient: gradcheck of (inputs, v) ↦ ∇<v, f(inputs)>, for every
/// input.
inline GradcheckReport gradgradcheck(const FunctionN& f, const std::vector<Tensor>& inputs,
                                     const GradcheckOptions& options = {}, At at = At::here()) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) {
    leaves.push_back(input.detach());
    if (input.requires_grad()) leaves.back().requires_grad_();
  }
  const std::size_t count = leaves.size();
  const Tensor y = f(leaves);
  Generator generator(options.seed + 1);
  leaves.push_back(detail::random_cotangent(y, generator).requires_grad_());

  GradcheckReport all;
  for (std::size_t k = 0; k < count && all.ok; ++k) {
    if (!inputs[k].requires_grad()) continue;
    const auto gradient = [&](const std::vector<Tensor>& x) {
      const EnableGradGuard enable;
      // x may be plain values during the differences, but the first gradient still needs the tape.
      std::vector<Tensor> own;
      for (const Tensor& t : x) {
        own.push_back(t.requires_grad() || !is_floating(t.dtype()) ? t : t.detach());
      }
      if (!own[k].requires_grad()) own[k].requires_grad_();
      const Tensor out = f({own.begin(), own.end() - 1});
      const Tensor g =
          out.requires_grad() ? grad(out, own[k], own.back(), {.create_graph = true}) : Tensor();
      return g.defined() ? g : Tensor(Array::zeros(own[k].shape(), float64));
    };
    GradcheckReport one = gradcheck(gradient, leaves, options, at);
    if (one.checked == 0 && one.problem.empty() && one.input < 0) {  // nothing to compare
      all.kinks += one.kinks;
      continue;
    }
    one.checked += all.checked;
    one.kinks += all.kinks;
    if (one.ok && all.input >= 0 && all.error > one.error) {
      all.checked = one.checked;
      all.kinks = one.kinks;
    } else {
      all = one;
    }
  }
  if (all.checked == 0) all.ok = false;
  return all;
}

}  // namespace tinygrad
