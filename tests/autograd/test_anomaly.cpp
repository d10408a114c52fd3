// SPDX-License-Identifier: MIT
// Tests of autograd/anomaly.hpp: which op an error names, and what the mode checks.
#include <doctest/doctest.h>

#include "support/messages.hpp"
#include "support/special_values.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("a bad value is found wherever it stands, in both floating dtypes") {
  for (const Dtype dtype : {float32, float64})
    for (const Index count : {1, 7, 4096, 10000}) {
      const Array a = Array::full({count}, -3e38, dtype);
      CHECK(all_finite(a));
      for (const double bad : {kInf, -kInf, kNaN})
        for (const Index place : {Index{0}, count / 2, count - 1}) {
          const Array b = a.copy();
          dispatch_floating({"test"}, dtype,
                            [&]<class T>(Type<T>) { b.data<T>()[place] = static_cast<T>(bad); });
          CHECK_FALSE(all_finite(b));
        }
    }
  CHECK(all_finite(Array::zeros({0}, float32)));
  CHECK(all_finite(Array::full({3}, -1, int64)));
}

TEST_CASE("statistics count what is not finite and measure the rest") {
  const Statistics s = statistics(Array::from(std::vector{2.0, kNaN, -1.0, kInf, 0.0}, float32));
  CHECK(s.nans == 1);
  CHECK(s.infinities == 1);
  CHECK(s.finite == 3);
  CHECK(s.zeros == 1);
  CHECK(s.min == -1);
  CHECK(s.max == 2);
  CHECK(s.mean == doctest::Approx(1.0 / 3));
}

TEST_CASE("a gradient that turns bad names the forward op, its line and what its vjp was given") {
  const AnomalyGuard anomaly;
  const Tensor x = leaf({4, 0});
  const int line = __LINE__ + 1;
  const Tensor y = sqrt(x);
  const std::string message = message_of([&] { sum(y * 3).backward(); });
  CHECK(contains(message, "[sqrt] backward turned bad here: the gradient of input 0 is (2)"));
  CHECK(contains(message, "0 NaN, 1 Inf; gradient of output 0 (2) min 3 max 3 mean 3"));
  CHECK(contains(message, "; saved value 0 (2) min 0 max 2 mean 1"));
  CHECK(contains(message, "— " + at_line(line)));
}

TEST_CASE("an op inside another is reported at the user's line") {
  const AnomalyGuard anomaly;
  const Tensor x = leaf({1e30, 1}, float32);
  const Tensor target = zeros({2});
  const int line = __LINE__ + 1;
  const std::string message = message_of([&] { mse_loss(x, target); });
  CHECK(contains(message, "[square] its result turned bad"));
  CHECK(contains(message, "— " + at_line(line)));
}

TEST_CASE("infinities that come in with an input are not the op's fault, a NaN always is") {
  const AnomalyGuard anomaly;
  const Tensor x = leaf({1, 2});
  CHECK(where(gt(x, 1.5), x, -kInf).numel() == 2);
  const std::string message = message_of([&] { x + kNaN; });
  CHECK(contains(message, "[add] it was given a bad value, and its result is"));
}

TEST_CASE("a bad gradient from outside is told apart") {
  const AnomalyGuard anomaly;
  const Tensor x = leaf({1, 2});
  const Tensor y = exp(x);
  CHECK(contains(message_of([&] { y.backward(full({2}, kNaN, float64)); }),
                 "[exp] backward was given a bad gradient here"));
}

TEST_CASE("without the guard nothing is checked, and the guard ends") {
  const Tensor x = leaf({0});
  { const AnomalyGuard anomaly; }
  CHECK_FALSE(anomaly_mode());
  sqrt(x).backward(full({1}, 1, float64));
  CHECK(std::isinf(x.grad().item()));
}
