// SPDX-License-Identifier: MIT
// The example of docs/adding_an_op.md: its op and its row, as the page shows them. The checks of
// the op-case table run on the row.
#include <doctest/doctest.h>

#include "support/elementwise_rows.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

#include "example_op.inc"

namespace {

OpCase example() {
  Rows rows;
#include "example_row.inc"
  REQUIRE(rows.size() == 1);
  return rows[0];
}

void compare(const OpCase& c, const Tensors& x, double tolerance) {
  Naives in;
  for (const Tensor& t : x) in.emplace_back(t.array());
  const Tensor y = c.run(x);
  const Naive expected = c.reference(in);
  REQUIRE(y.shape() == expected.shape);
  for (Index i = 0; i < y.numel(); ++i) CHECK(same(y.array().at(i), expected[i], tolerance));
}

}  // namespace

TEST_CASE("the example of adding_an_op.md has the value of its reference") {
  const OpCase c = example();
  for (const auto& sample : c.samples) {
    compare(c, draw(sample, 1, float64), 1e-11);
    compare(c, draw(sample, 2, float32), c.tolerance);
  }
  for (const auto& special : c.specials) {
    compare(c, given(special, float64), 1e-11);
    compare(c, given(special, float32), c.tolerance);
  }
}

TEST_CASE("its gradients agree with differences, twice") {
  const OpCase c = example();
  for (const auto& sample : c.samples) {
    if (sample[0].shape.count() == 0) continue;  // nothing to compare
    const GradcheckReport once = gradcheck(c.run, draw(sample, 3, float64));
    CHECK_MESSAGE(once.ok, to_string(once));
    const GradcheckReport twice = gradgradcheck(c.run, draw(sample, 4, float64));
    CHECK_MESSAGE(twice.ok, to_string(twice));
  }
}

TEST_CASE("it refuses what its row says, with that text") {
  for (const ErrorSample& sample : example().errors) {
    std::string message = "no error";
    try {
      sample.call();
    } catch (const Error& e) {
      message = e.what();
    }
    CHECK_MESSAGE(message.find(sample.text) != std::string::npos, message);
  }
}

TEST_CASE("its slope at the ends of the range is the limit") {
  const double inf = std::numeric_limits<double>::infinity();
  Tensor x = tensor({-inf, -1e4, 0, 1e4, inf}, float64).requires_grad_();
  sum(squareplus(x)).backward();
  const double expected[] = {0, 1e-8, 0.5, 1, 1};
  for (Index i = 0; i < 5; ++i) CHECK(same(x.grad().array().at(i), expected[i], 1e-8));
}
