// SPDX-License-Identifier: MIT
// Tests of optim/clip_grad.hpp: PyTorch's norms, extreme gradients, errors.
#include "optim/trajectory.hpp"
#include "support/bits.hpp"
#include "support/special_values.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
Tensor with_grad(const Tensor& grad) {
  const Tensor p = zeros(grad.shape(), grad.dtype()).requires_grad_();
  p.set_grad(grad);
  return p;
}
}  // namespace

TEST_CASE("clip_grad_norm_ scales all gradients by one factor and returns the norm before") {
  const Tensor p = with_grad(tensor({3, 0}, float64)), q = with_grad(full({1, 1}, -4, float64));
  const Tensor none = zeros({2}, float64).requires_grad_();
  CHECK(optim::clip_grad_norm_({p, none, q}, 2.5) == doctest::Approx(5).epsilon(1e-14));
  CHECK(p.grad().array().at(0) == doctest::Approx(1.5).epsilon(1e-6));
  CHECK(q.grad().array().at(0) == doctest::Approx(-2).epsilon(1e-6));
  CHECK_FALSE(none.grad().defined());
}

TEST_CASE("clip_grad_norm_ gives PyTorch's norms and gradients") {
  namespace recorded = golden::optimizers;
  const auto follows = [](double max_norm, double norm_type, const auto& in64, const auto& in32) {
    for (const Dtype dtype : {float64, float32}) {
      const auto as_grad = [&](const auto& values) {
        return with_grad(tensor(std::vector<double>(std::begin(values), std::end(values)), dtype));
      };
      const auto& row = dtype == float64 ? in64 : in32;
      const double allowed = dtype == float64 ? 1e-12 : 1e-6;
      const Tensor p = as_grad(recorded::start), q = as_grad(recorded::target);
      const double norm = optim::clip_grad_norm_({p, q}, max_norm, {.norm_type = norm_type});
      CHECK(norm == doctest::Approx(row[0]).epsilon(allowed));
      for (Index i = 0; i < kProblem; ++i) {
        CHECK(std::fabs(p.grad().array().at(i) - row[1 + i]) <= allowed);
        CHECK(std::fabs(q.grad().array().at(i) - row[1 + kProblem + i]) <= allowed);
      }
    }
  };
  follows(2.5, 2, recorded::clip_norm_2_float64, recorded::clip_norm_2_float32);
  follows(3, 1, recorded::clip_norm_1_float64, recorded::clip_norm_1_float32);
  follows(1.5, 3, recorded::clip_norm_3_float64, recorded::clip_norm_3_float32);
  follows(50, 0.5, recorded::clip_norm_half_float64, recorded::clip_norm_half_float32);
  follows(1.25, kInf, recorded::clip_norm_inf_float64, recorded::clip_norm_inf_float32);
  follows(100, 2, recorded::clip_norm_within_float64, recorded::clip_norm_within_float32);
}

TEST_CASE("a norm within the limit leaves every bit alone") {
  const Tensor p = with_grad(tensor({0.3F, 0.4F}));
  const Array before = p.grad().array().copy();
  CHECK(optim::clip_grad_norm_({p}, 10) == doctest::Approx(0.5));
  CHECK(same_bits(p.grad().array(), before));
  CHECK(optim::clip_grad_norm_({}, 1) == 0);
}

TEST_CASE("other norms: the sum, any power, the largest") {
  const auto norm = [](double norm_type) {
    const Tensor p = with_grad(tensor({1, -2, 3}, float64)), q = with_grad(tensor({-4}, float64));
    return optim::clip_grad_norm_({p, q}, 100, {.norm_type = norm_type});
  };
  CHECK(norm(1) == doctest::Approx(10).epsilon(1e-14));
  CHECK(norm(3) == doctest::Approx(std::cbrt(100.0)).epsilon(1e-14));
  CHECK(norm(kInf) == 4);
}

TEST_CASE("norms whose powers are out of range, of huge gradients and of tiny ones") {
  for (const double norm_type : {2.0, 3.0, 40.0})
    for (const double size : {1e300, 1e38, 1e-300}) {
      const Tensor p = with_grad(tensor({3 * size, -4 * size}, float64));
      const double expected =
          std::pow(std::pow(3, norm_type) + std::pow(4, norm_type), 1 / norm_type);
      const double norm = optim::clip_grad_norm_({p}, 1, {.norm_type = norm_type});
      CHECK(norm / size == doctest::Approx(expected).epsilon(1e-12));
      if (size > 1) CHECK(p.grad().array().at(1) == doctest::Approx(-4 / expected).epsilon(1e-12));
    }
}

TEST_CASE("the norm of a large gradient is exact to a rounding, for any number of threads") {
  const Tensor p = with_grad(full({300'007}, 0.5));
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    CHECK(optim::clip_grad_norm_({p}, 1e9) ==
          doctest::Approx(std::sqrt(300'007 * 0.25)).epsilon(1e-14));
  }
  set_num_threads(before);
}

TEST_CASE("a norm that is not finite is an error on request, and spreads NaN otherwise") {
  for (const double norm_type : {2.0, kInf}) {
    const Tensor p = with_grad(tensor({std::nan(""), 1})), q = with_grad(tensor({2}));
    CHECK(contains(
        message_of([&] {
          optim::clip_grad_norm_({p, q}, 1, {.norm_type = norm_type, .error_if_nonfinite = true});
        }),
        "[clip_grad_norm_] the norm of the gradients is "));
    CHECK(q.grad().item() == 2);
    CHECK(std::isnan(optim::clip_grad_norm_({p, q}, 1, {.norm_type = norm_type})));
    CHECK(std::isnan(q.grad().item()));
  }
}

TEST_CASE("an infinite norm makes 0 of what is finite, and an infinite limit changes nothing") {
  const Tensor p = with_grad(tensor({kInf, 1})), q = with_grad(tensor({-kInf, kNaN}));
  CHECK(optim::clip_grad_norm_({p}, kInf) == kInf);
  CHECK(std::isnan(optim::clip_grad_norm_({p, q}, kInf)));
  CHECK(p.grad().array().at(0) == kInf);
  CHECK(p.grad().array().at(1) == 1);
  CHECK(q.grad().array().at(0) == -kInf);
  CHECK(optim::clip_grad_norm_({p}, 1) == kInf);
  CHECK(std::isnan(p.grad().array().at(0)));
  CHECK(p.grad().array().at(1) == 0);
}

TEST_CASE("clip_grad_value_ limits every element") {
  const Tensor p = with_grad(tensor({-3, -0.5, 0.25, std::nan(""), 7}));
  optim::clip_grad_value_({p}, 0.5);
  const Array g = p.grad().array();
  CHECK(g.at(0) == -0.5);
  CHECK(g.at(1) == -0.5);
  CHECK(g.at(2) == 0.25);
  CHECK(std::isnan(g.at(3)));
  CHECK(g.at(4) == 0.5);
}

TEST_CASE("limits must make sense") {
  CHECK(contains(message_of([] { optim::clip_grad_norm_({}, -1); }),
                 "max_norm=-1 must not be negative"));
  CHECK(contains(message_of([] { optim::clip_grad_norm_({}, 1, {.norm_type = 0}); }),
                 "norm_type=0 must be positive"));
  CHECK(contains(message_of([] { optim::clip_grad_value_({}, -1); }),
                 "clip_value=-1 must not be negative"));
}
