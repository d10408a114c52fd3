// SPDX-License-Identifier: MIT
// Tests that gradcheck finds wrong gradients; two of them come from published MNIST programs.
#include <doctest/doctest.h>

#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Inputs = std::vector<Tensor>;
}  // namespace

TEST_CASE("gradcheck passes a right gradient and reports how close it was") {
  const auto report = gradcheck([](const Inputs& x) { return x[0] * x[1]; },
                                {random_leaf({3, 4}), random_leaf({4}, 2)});
  CHECK(report.ok);
  CHECK(report.checked == 16);
  CHECK(report.error < 1e-8);
}

TEST_CASE("gradcheck finds the one wrong element and shows both values") {
  const Tensor x = tensor({1, 2, 3}, float64).requires_grad_();
  const auto square_with_a_slip = [](const Inputs& in) {
    return record({"slip"}, mul(in[0], in[0]).array(), {in[0]}, save(in[0]),
                  [](const Vjp& vjp, const Tensor& v) {
                    return grads(vjp.grad() * v * tensor({2, 2, 2.5}, float64));
                  });
  };
  const auto report = gradcheck(square_with_a_slip, {x});
  CHECK_FALSE(report.ok);
  CHECK(report.input == 0);
  CHECK(report.element == 2);
  CHECK(report.analytic / report.numeric == doctest::Approx(1.25));
  CHECK(to_string(report).find("FAILED") != std::string::npos);
}

TEST_CASE("gradcheck catches a linear layer that multiplies with the wrong side's gradient") {
  // A published numpy program: the weight gradient is built from the layer's output side instead of
  // its saved input. With a square layer the shapes agree, and nothing but a check notices.
  const auto wrong_linear = [](const Inputs& in) {
    return record({"linear"}, matmul(in[0], in[1]).array(), {in[0], in[1]}, save(in[0], in[1]),
                  [](const Vjp& vjp, const Tensor&, const Tensor& w) {
                    const Tensor grad_x = matmul(vjp.grad(), w, {.b = true});
                    return grads(grad_x, matmul(grad_x, vjp.grad(), {.a = true}));
                  });
  };
  const auto report = gradcheck(wrong_linear, {random_leaf({4, 3}), random_leaf({3, 3}, 2)});
  CHECK_FALSE(report.ok);
  CHECK(report.input == 1);
  CHECK(gradcheck([](const Inputs& in) { return matmul(in[0], in[1]); },
                  {random_leaf({4, 3}), random_leaf({3, 3}, 2)})
            .ok);
}

TEST_CASE("gradcheck catches a loss whose gradient is multiplied by the loss") {
  // Another published numpy program: it optimises half the square of the loss it reports.
  const auto scaled_loss = [](const Inputs& in) {
    const Tensor target = tensor({0, 2}, int64);
    return record({"cross_entropy"}, cross_entropy(in[0], target).array(), {in[0]}, save(in[0]),
                  [target](const Vjp& vjp, const Tensor& logits) {
                    const NoGradGuard no_grad;
                    const Tensor p = softmax(logits, 1) - one_hot(target, 3, float64);
                    return grads(p / 2.0 * cross_entropy(logits, target) * vjp.grad());
                  });
  };
  CHECK_FALSE(gradcheck(scaled_loss, {random_leaf({2, 3})}).ok);
  CHECK(gradcheck(
            [](const Inputs& in) {
              return cross_entropy(in[0], tensor({0, 2}, int64));
            },
            {random_leaf({2, 3})})
            .ok);
}

TEST_CASE("gradcheck catches a missing path: a detached input has gradient zero") {
  CHECK_FALSE(
      gradcheck([](const Inputs& in) { return in[0] * in[0].detach(); }, {random_leaf({3})}).ok);
  CHECK_FALSE(
      gradcheck([](const Inputs& in) { return in[0].detach() * 2; }, {random_leaf({3})}).ok);
}

TEST_CASE("gradcheck recognises a kink and does not call it a fault") {
  const Tensor x = tensor({-1, 0, 1}, float64).requires_grad_();
  const auto report = gradcheck([](const Inputs& in) { return relu(in[0]); }, {x});
  CHECK(report.ok);
  CHECK(report.kinks == 1);
  CHECK(report.checked == 2);
}

TEST_CASE("a kink does not excuse a value outside both one-sided derivatives") {
  const Tensor x = tensor({0}, float64).requires_grad_();
  const auto wrong = [](const Inputs& in) {
    return record({"relu"}, maximum(in[0], 0).array(), {in[0]}, save(),
                  [](const Vjp& vjp) { return grads(vjp.grad() * 2); });
  };
  CHECK_FALSE(gradcheck(wrong, {x}).ok);
}

TEST_CASE("gradcheck says when a function is not repeatable or not float64") {
  const auto random_function = [](const Inputs& in) { return in[0] * rand({3}, float64); };
  CHECK(to_string(gradcheck(random_function, {random_leaf({3})}))
            .find("two calls gave different values") != std::string::npos);
  const auto narrow = [](const Inputs& in) { return to(in[0], float32); };
  CHECK(to_string(gradcheck(narrow, {random_leaf({3})})).find("gives float32") !=
        std::string::npos);
  CHECK_THROWS_AS(gradcheck(narrow, {ones({3}).requires_grad_()}), DtypeError);
  CHECK_THROWS_AS(gradcheck(narrow, {ones({3})}), GraphError);
}

TEST_CASE("gradcheck leaves its inputs as they were") {
  const Tensor x = random_leaf({3});
  const Array before = x.array().copy();
  gradcheck([](const Inputs& in) { return in[0] * in[0]; }, {x});
  CHECK(std::memcmp(before.raw(), x.array().raw(), before.bytes()) == 0);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("gradgradcheck catches a vjp that is right once but not differentiable") {
  const auto cube_cut = [](const Inputs& in) {
    return record({"cube"}, (in[0] * in[0] * in[0]).array(), {in[0]}, save(in[0]),
                  [](const Vjp& vjp, const Tensor& v) {
                    return grads(vjp.grad() * (v.detach() * v.detach() * 3));
                  });
  };
  CHECK(gradcheck(cube_cut, {random_leaf({3})}).ok);
  CHECK_FALSE(gradgradcheck(cube_cut, {random_leaf({3})}).ok);
  CHECK(
      gradgradcheck([](const Inputs& in) { return in[0] * in[0] * in[0]; }, {random_leaf({3})}).ok);
}

TEST_CASE("gradgradcheck accepts functions whose gradient is constant") {
  CHECK(gradgradcheck([](const Inputs& in) { return in[0] * 3; }, {random_leaf({3})}).ok);
}

TEST_CASE("the softmax Jacobian of 0.1·[[0,1,2],[1,2,3]] has the rows worked out by hand") {
  // Vector-Jacobian products with (0, 1, 2) and (1, 2, 3) as upstream gradients, rounded to 2
  // digits in the source; here against p·(v − <p, v>).
  const Tensor x = tensor({{0, 0.1, 0.2}, {0.1, 0.2, 0.3}}, float64).requires_grad_();
  const Tensor p = softmax(x, 1);
  const Tensor v = tensor({{0, 1, 2}, {1, 2, 3}}, float64);
  const Tensor g = grad(p, x, v);
  for (Index row = 0; row < 2; ++row) {
    double mean = 0;
    for (Index k = 0; k < 3; ++k) mean += p.array().at(3 * row + k) * v.array().at(3 * row + k);
    for (Index k = 0; k < 3; ++k)
      CHECK(g.array().at(3 * row + k) ==
            doctest::Approx(p.array().at(3 * row + k) * (v.array().at(3 * row + k) - mean)));
  }
}

TEST_CASE("a check that compared nothing has not passed") {
  const Tensor none = zeros({0}, float64).requires_grad_();
  const auto f = [](const std::vector<Tensor>& x) { return sin(x[0]); };
  for (const GradcheckReport& report : {gradcheck(f, {none}), gradgradcheck(f, {none})}) {
    CHECK_FALSE(report.ok);
    CHECK(to_string(report) == "gradcheck checked nothing: the inputs have no elements");
  }
}

TEST_CASE("the step stays inside the domain next to 0, and is one-sided at its edge") {
  const Tensor small = leaf({1e-8, 1e-12, 3e-5, 1});
  CHECK(gradcheck([](const std::vector<Tensor>& x) { return log(x[0]); }, {small}).ok);
  CHECK(gradcheck([](const std::vector<Tensor>& x) { return sqrt(x[0]); }, {small}).ok);
  CHECK(gradcheck([](const std::vector<Tensor>& x) { return sin(x[0]); }, {leaf({0, -1e-8})}).ok);
  CHECK(gradcheck([](const std::vector<Tensor>& x) { return x[0] * 3; }, {leaf({1e9})}).ok);
  // x² of what is NaN below 0.
  const auto edge = [](const std::vector<Tensor>& x) {
    return where(x[0] < 0, std::numeric_limits<double>::quiet_NaN(), square(x[0]) + x[0]);
  };
  CHECK(gradcheck(edge, {leaf({0})}).ok);
  const auto wrong = [](const std::vector<Tensor>& x) {
    return record({"wrong"}, log(x[0].detach()).array(), {x[0]}, save(x[0]),
                  [](const Vjp& vjp, const Tensor& in) { return grads(vjp.grad() * 1.01 / in); });
  };
  CHECK_FALSE(gradcheck(wrong, {leaf({1e-8})}).ok);
}
