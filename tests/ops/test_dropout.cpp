// SPDX-License-Identifier: MIT
// Tests of ops/layers/dropout.hpp that no row can express: the random part.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "support/bits.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;

TEST_CASE("dropout keeps about 1 - p of the elements and scales them so that the mean stays") {
  Generator g(1);
  const Tensor y = dropout(ones({100'000}), 0.3, true, g);
  CHECK(mean(y).item() == doctest::Approx(1).epsilon(0.01));
  CHECK(mean(to(y > 0, float32)).item() == doctest::Approx(0.7).epsilon(0.01));
  CHECK(max(y).item() == doctest::Approx(1 / 0.7));
}

TEST_CASE("dropout draws the same mask for the same seed, and another one each time") {
  Generator a(1), b(1);
  const Tensor x = ones({1000});
  const Tensor first = dropout(x, 0.5, true, a), same = dropout(x, 0.5, true, b),
               next = dropout(x, 0.5, true, a);
  CHECK(std::memcmp(first.array().raw(), same.array().raw(), first.array().bytes()) == 0);
  CHECK(std::memcmp(first.array().raw(), next.array().raw(), first.array().bytes()) != 0);
}

TEST_CASE("dropout is the identity in evaluation and for p = 0, and zero for p = 1") {
  const Tensor x = ones({10});
  CHECK(test::same_bits(dropout(x, 0.5, false), x));
  CHECK(test::same_bits(dropout(x, 0), x));
  CHECK(sum(dropout(x, 1)).item() == 0);
}

TEST_CASE("dropout's gradient is the mask of its forward pass, also when differentiated twice") {
  Generator g(1);
  const Tensor x = ones({1000}).requires_grad_();
  const Tensor y = dropout(x, 0.3, true, g);
  const Tensor slope = grad(y, x, ones({1000}), {.retain_graph = true});
  CHECK(max(abs(slope - y)).item() == 0);  // x is 1: y is the mask
  Tensor v = ones({1000}).requires_grad_();
  const Tensor again = grad(y, x, v, {.create_graph = true});
  CHECK(max(abs(grad(again, v, ones({1000})) - y)).item() == 0);
}

TEST_CASE("dropout without a generator draws from the default one, which manual_seed resets") {
  const Tensor x = ones({1000});
  manual_seed(3);
  const Tensor first = dropout(x);
  manual_seed(3);
  CHECK(max(abs(dropout(x) - first)).item() == 0);
}

TEST_CASE("what is dropped is 0, and so is its gradient, even of Inf and NaN") {
  using Form = Tensor (*)(const Tensor&, double, bool, Generator&, At);
  const Form forms[] = {dropout, feature_dropout, dropout2d, alpha_dropout, feature_alpha_dropout};
  for (const Form form : forms)
    for (const double bad : {HUGE_VAL, -HUGE_VAL, std::nan("")})
      for (const bool create_graph : {false, true}) {
        const bool alpha = form == alpha_dropout || form == feature_alpha_dropout;
        Generator g(1), again(1);
        const Tensor x = full({10, 10, 1}, bad, float64).requires_grad_();
        const Tensor y = form(x, 0.5, true, g, At::here());
        const Tensor of_ones = form(ones({10, 10, 1}, float64), 0.5, true, again, At::here());
        const double low = min(of_ones).item();  // what dropped elements become
        const Tensor grad =
            tinygrad::grad(y, x, full(y.shape(), bad, float64), {.create_graph = create_graph});
        int dropped = 0;
        for (Index i = 0; i < 100; ++i) {
          const bool drops = of_ones.array().at(i) == low;
          dropped += drops;
          if (drops) CHECK(y.array().at(i) == (alpha ? low : 0));
          if (drops) CHECK(grad.array().at(i) == 0);
          if (!drops) CHECK(std::isfinite(y.array().at(i)) == false);
          if (!drops) CHECK(std::isfinite(grad.array().at(i)) == false);
        }
        CHECK(dropped > 20);
        CHECK(dropped < 80);
        CHECK(form(x, 1, true, g, At::here()).array().at(0) == 0);
      }
}

TEST_CASE("dropout2d drops whole channels and scales the others") {
  Generator g(2);
  const Tensor y = dropout2d(ones({200, 50, 3, 2}), 0.3, true, g);
  Index dropped = 0;
  for (Index channel = 0; channel < 10'000; ++channel) {
    const double first = y.array().at(6 * channel);
    for (Index i = 1; i < 6; ++i) REQUIRE(y.array().at(6 * channel + i) == first);
    CHECK((first == 0 || first == doctest::Approx(1 / 0.7)));
    dropped += first == 0;
  }
  CHECK(std::abs(static_cast<double>(dropped) - 3000) < 5 * std::sqrt(1e4 * 0.3 * 0.7));
}

TEST_CASE("alpha_dropout keeps mean 0 and variance 1, of elements and of channels") {
  Generator g(3);
  const Tensor x = randn({400, 500}, float32, g);
  const Tensor y = alpha_dropout(x, 0.2, true, g);
  CHECK(std::fabs(mean(y).item()) < 0.015);
  CHECK(std::fabs(var(y).item() - 1) < 0.02);
  const Tensor z = feature_alpha_dropout(reshape(x, {400, 100, 5}), 0.5, true, g);
  CHECK(std::fabs(mean(z).item()) < 0.03);
  CHECK(std::fabs(var(z).item() - 1) < 0.04);
  CHECK(test::same_bits(alpha_dropout(x, 0.5, false), x));
  CHECK(sum(abs(alpha_dropout(x, 1))).item() == 0);
}
