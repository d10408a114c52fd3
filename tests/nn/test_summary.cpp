// SPDX-License-Identifier: MIT
// Tests of nn/summary.hpp: counts, the table, and an unchanged model.
#include "nn/support.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
nn::Sequential mlp() {
  return nn::Sequential{nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 10)};
}
}  // namespace

TEST_CASE("summary counts parameters and multiply-adds, module by module") {
  nn::Sequential model = mlp();
  const nn::Summary s = nn::summary(model, {64, 28, 28});
  REQUIRE(s.rows.size() == 5);
  CHECK(s.rows[1].outputs[0] == Shape{64, 784});
  CHECK(s.rows[2].path == "1");
  CHECK(s.rows[2].type == "Linear(784, 128)");
  CHECK(s.rows[2].parameters == 784 * 128 + 128);
  CHECK(s.rows[2].multiply_adds == 64 * 784 * 128);
  CHECK(s.rows[2].output_bytes == 64 * 128 * 4);
  CHECK(s.rows[0].multiply_adds == 0);  // its own, without those inside
  CHECK(s.trainable == model.parameter_count());
  CHECK(s.multiply_adds == 64 * (784 * 128 + 128 * 10));
  CHECK(s.parameter_bytes == 4 * static_cast<std::size_t>(s.trainable));
  CHECK(s.adam_bytes() == 2 * s.gradient_bytes);
  // What backward needs: the relu's output (and the logits); the input is the caller's.
  CHECK(s.activation_bytes >= 64 * (128 + 10) * 4);
  CHECK(s.activation_bytes < 2 * 64 * (128 + 10) * 4);
}

TEST_CASE("a frozen parameter needs no gradient and no optimizer state") {
  nn::Sequential model = mlp();
  model[1].requires_grad_(false);
  const nn::Summary s = nn::summary(model, {2, 28, 28});
  CHECK(s.trainable == 1290);
  CHECK(s.frozen == 100480);
  CHECK(s.gradient_bytes == 4 * 1290);
}

TEST_CASE("summary counts what a user's own module multiplies, and modules of several tensors") {
  struct Own final : nn::Module {
    nn::Parameter w = ones({4, 5});
    nn::GRU gru{5, 3};
    void members(nn::Members& m) override { m("w", w)("gru", gru); }
    Tensor forward(const Tensor& x) override { return gru(matmul(x, w)).output; }
  } own;
  const nn::Summary s = nn::summary(own, {7, 2, 4});
  CHECK(s.rows[0].multiply_adds == 7 * 2 * 4 * 5);
  CHECK(s.rows[0].parameters == 20);
  CHECK(s.rows[1].multiply_adds == 7 * 2 * (9 * 5 + 9 * 3));
  CHECK(s.rows[1].outputs.size() == 2);

  nn::Bilinear pair(3, 4, 2);
  const nn::Summary two = nn::summary(pair, [&] { pair(ones({5, 3}), ones({5, 4})); });
  CHECK(two.rows[0].outputs[0] == Shape{5, 2});
  CHECK(two.multiply_adds == 5 * 2 * (3 * 4 + 4));
}

TEST_CASE("summary counts every op that is a product, also as a part of another") {
  nn::Identity model;
  const auto counted = [&](auto run) { return nn::summary(model, run).multiply_adds; };
  const auto of = [](const Shape& shape) { return ones(shape).requires_grad_(); };
  const Tensor a = of({4, 5}), b = of({5, 6}), v = of({5}), u = of({4});
  CHECK(counted([&] { matmul(a, b); }) == 4 * 5 * 6);
  CHECK(counted([&] { matmul(transpose(a, 0, 1), b, {.a = true}); }) == 4 * 5 * 6);
  CHECK(counted([&] { matmul(a, transpose(b, 0, 1), {.b = true}); }) == 4 * 5 * 6);
  CHECK(counted([&] { matmul(v, b); }) == 5 * 6);
  CHECK(counted([&] { matmul(a, v); }) == 4 * 5);
  CHECK(counted([&] { matmul(of({2, 1, 4, 5}), of({3, 5, 6})); }) == 2 * 3 * 4 * 5 * 6);
  CHECK(counted([&] { matmul(of({0, 5}), b); }) == 0);
  CHECK(counted([&] { matmul(of({4, 0}), of({0, 6})); }) == 0);
  CHECK(counted([&] { mm(a, b); }) == 4 * 5 * 6);
  CHECK(counted([&] { mv(a, v); }) == 4 * 5);
  CHECK(counted([&] { bmm(of({2, 4, 5}), of({2, 5, 6})); }) == 2 * 4 * 5 * 6);
  CHECK(counted([&] { dot(v, v); }) == 5);
  CHECK(counted([&] { vdot(v, v); }) == 5);
  CHECK(counted([&] { inner(of({2, 4, 5}), of({6, 5})); }) == 2 * 4 * 5 * 6);
  CHECK(counted([&] { outer(u, v); }) == 0);  // no sums
  CHECK(counted([&] {                         // an op of the user's, of the same name
          record({"linear"}, v.array().copy(), {v}, save(),
                 [](const Vjp& vjp) { return grads(vjp.grad()); });
        }) == 0);
  CHECK(counted([&] { addmm(of({6}), a, b, {.alpha = 2}); }) == 4 * 5 * 6);
  CHECK(counted([&] { addmv(u, a, v); }) == 4 * 5);
  CHECK(counted([&] { baddbmm(of({6}), of({2, 4, 5}), of({2, 5, 6})); }) == 2 * 4 * 5 * 6);
  CHECK(counted([&] { einsum("bik,bjk->bij", {of({2, 4, 5}), of({2, 6, 5})}); }) == 2 * 4 * 5 * 6);
  CHECK(counted([&] { tensordot(of({2, 3, 4}), of({3, 4, 5}), 2); }) == 2 * 12 * 5);
  CHECK(counted([&] { linear(of({2, 3, 5}), of({7, 5}), of({7})); }) == 6 * 5 * 7);
  CHECK(counted([&] { sum(matmul(a, b)).backward(); }) == 3 * 4 * 5 * 6);

  const Tensor x = of({2, 4, 9}), w = of({6, 2, 3});
  CHECK(counted([&] { conv1d(x, w, {}, {.groups = 2}); }) == 2 * 7 * 6 * 2 * 3);
  CHECK(counted([&] { sum(conv1d(x, w, {}, {.groups = 2})).backward(); }) == 3 * 2 * 7 * 6 * 2 * 3);
  CHECK(counted([&] { conv2d(of({2, 4, 9, 9}), of({6, 4, 3, 3})); }) == 2 * 49 * 6 * 4 * 9);
  CHECK(counted([&] { conv3d(of({2, 3, 3, 3}), of({4, 2, 2, 2, 2})); }) == 8 * 4 * 2 * 8);
  CHECK(counted([&] { conv_transpose1d(x, of({4, 3, 5})); }) == 2 * 9 * 4 * 3 * 5);
  CHECK(counted([&] { conv_transpose2d(of({4, 5, 5}), of({4, 3, 2, 2})); }) == 25 * 4 * 3 * 4);
  CHECK(counted([&] {
          conv_transpose3d(of({1, 2, 2, 2, 2}), of({2, 3, 2, 2, 2}));
        }) == 8 * 2 * 3 * 8);
}

TEST_CASE("summary leaves no trace") {
  nn::Sequential model{nn::Linear(3, 3), nn::Dropout(0.5)};
  const auto live = Node::live();
  const auto position = default_generator().position();
  nn::summary(model, {2, 3});
  CHECK(default_generator().position() == position);
  CHECK(Node::live() == live);
  CHECK(model.is_training());
  CHECK(contains(message_of([&] { nn::summary(model, {2, 4}); }), ", in 0 (Linear)"));
  model.eval();
  const Tensor x = ones({2, 3});
  CHECK(model(x).shape() == Shape{2, 3});  // no hook of a summary is left
}

TEST_CASE("summary prints a table with the totals") {
  nn::Sequential model = mlp();
  const std::string text = to_string(nn::summary(model, {64, 28, 28}));
  CHECK(contains(text, "  1: Linear(784, 128)  (64, 128)     100,480      6,422,528"));
  CHECK(contains(text, "parameters: 101,770 trainable, 0 frozen (397.54 KiB; buffers 0 B)"));
  CHECK(contains(text, "multiply-adds of a forward pass: 6,504,448"));
  CHECK(contains(text, "795.08 KiB with Adam"));
}

TEST_CASE("summary of a model that starts with numbers") {
  nn::Sequential model{nn::Embedding(10, 4), nn::Linear(4, 2)};
  const nn::Summary s = nn::summary(model, {3, 5}, {.dtype = int64});
  CHECK(s.rows[1].outputs[0] == Shape{3, 5, 4});
}
