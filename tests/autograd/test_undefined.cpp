// SPDX-License-Identifier: MIT
// Tests that errors name the user's line, wherever they come from: members of tensors, operators,
// memory.
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
// f() must be refused with this beginning and a line of this file.
void refuses(const char* beginning, const std::function<void()>& f) {
  const std::string message = message_of(f);
  CHECK_MESSAGE(message.rfind(beginning, 0) == 0, message);
  CHECK_MESSAGE(contains(message, "at test_undefined.cpp:"), message);
}
}  // namespace

TEST_CASE("a member of an undefined tensor says which, and where it was called") {
  Tensor u;
  const Tensor x = ones({2});
  exp(x);  // an op that is over is not to blame
  // clang-format off: a table
  refuses("[shape] the tensor is undefined", [&] { u.shape(); });
  refuses("[dtype] the tensor is undefined", [&] { u.dtype(); });
  refuses("[dim] the tensor is undefined", [&] { u.dim(); });
  refuses("[numel] the tensor is undefined", [&] { u.numel(); });
  refuses("[size] the tensor is undefined", [&] { u.size(0); });
  refuses("[item] the tensor is undefined", [&] { u.item(); });
  refuses("[data] the tensor is undefined", [&] { u.data<float>(); });
  refuses("[view] the tensor is undefined", [&] { u.view<float>(); });
  refuses("[array] the tensor is undefined", [&] { u.array(); });
  refuses("[detach] the tensor is undefined", [&] { u.detach(); });
  refuses("[retain_grad] the tensor is undefined", [&] { u.retain_grad(); });
  refuses("[register_hook] the tensor is undefined", [&] { u.register_hook({}); });
  refuses("[backward] the tensor is undefined", [&] { u.backward(); });
  refuses("[requires_grad_] the tensor is undefined", [&] { u.requires_grad_(); });
  refuses("[set_grad] the tensor is undefined", [&] { u.set_grad(x); });
  refuses("[set_data] the tensor is undefined", [&] { u.set_data(x.array()); });
  refuses("[copy_] the tensor is undefined", [&] { u.copy_(x); });
  refuses("[add_] x is undefined", [&] { u += x; });
  // clang-format on
}

TEST_CASE("an op names itself if an operand is undefined") {
  const Tensor u, x = ones({2, 2});
  refuses("[exp] an operand is undefined, a tensor without a value", [&] { exp(u); });
  refuses("[matmul] b is undefined", [&] { matmul(x, u); });
  refuses("[concat] tensors[1] is undefined", [&] { concat({x, u}); });
  refuses("[stack] tensors[1] is undefined", [&] { stack({x, u}); });
  refuses("[clone] an operand is undefined", [&] { clone(u); });
  refuses("[zeros_like] x is undefined", [&] { zeros_like(u); });
  refuses("[isnan] x is undefined", [&] { isnan(u); });
  refuses("[zeros_] an operand is undefined", [&] { nn::init::zeros_(u); });
  refuses("[xavier_normal_] an operand is undefined", [&] { nn::init::xavier_normal_(u); });
  refuses("[neg] x is undefined", [&] { -u; });
  refuses("[logical_not] x is undefined", [&] { logical_not(u); });
  refuses("[unique] an operand is undefined", [&] { unique(u); });
  refuses("[unique_consecutive] an operand is undefined", [&] { unique_consecutive(u); });
  refuses("[index] items[1] is undefined", [&] { index(x, {0, u}); });
  refuses("[einsum] operands[1] is undefined", [&] { einsum("ij,jk->ik", {x, u}); });
  refuses("[take_along_dim] index is undefined", [&] { take_along_dim(x, u, 0); });
  Tensor y = x * 1;
  refuses("[mul_] y, the second operand, is undefined", [&] { y *= u; });
  refuses("[grad] inputs[0] is undefined", [&] { grad({x}, {u}); });
  refuses("[Tape::of] y is undefined", [&] { Tape::of(u); });
  refuses("[clip_grad_norm_] params[1] is undefined", [&] { optim::clip_grad_norm_({x, u}, 1); });
  refuses("[clip_grad_value_] params[0] is undefined", [&] { optim::clip_grad_value_({u}, 1); });
  nn::Linear layer(2, 2);
  refuses("[linear] x is undefined", [&] { layer(u); });
  const std::string message = message_of([&] { sum(x.grad()); });
  CHECK_MESSAGE(contains(message, "if it is a grad(): no backward has reached the leaf"), message);
}

TEST_CASE("errors of members, settings and memory carry the line of the call") {
  Tensor x = leaf({1, 2});
  refuses("[item] needs exactly one element", [&] { x.item(); });
  refuses("[data] holds float64, asked for float32", [&] { x.data<float>(); });
  refuses("[data] holds float64, asked for float32", [&] { x.view<float>(); });
  refuses("[data] holds float64, asked for float32", [&] { x.array().data<float>(); });
  refuses("[reshape] cannot make shape (3)", [&] { x.array().reshaped({3}); });
  refuses("[rows] rows [1, 5)", [&] { x.array().rows(1, 5); });
  refuses("[add_] would overwrite a leaf", [&] { x += 1; });
  refuses("[mul_] would overwrite a leaf", [&] { x *= 2; });
  refuses("[set_num_threads] threads=0", [] { set_num_threads(0); });
  constexpr Index kHuge = Index{1} << 20;
  refuses("[zeros] out of memory", [] { zeros({kHuge, kHuge, 64}); });
  refuses("[ones] out of memory", [] { ones({kHuge, kHuge, 64}); });
  refuses("[expand] out of memory", [] { expand(ones({}), {kHuge, kHuge, 64}); });
  refuses("[full] out of memory", [] { Array::full({kHuge, kHuge, 64}, 1, float32); });
}

TEST_CASE("a line of the standard library is no user's") {
  const std::vector<Tensor> params = {leaf({1})};
  const optim::SGDOptions wrong{.lr = std::numeric_limits<double>::quiet_NaN()};
  CHECK(contains(message_of([&] { optim::SGD(params, wrong); }), "at test_undefined.cpp:"));
  CHECK_FALSE(contains(message_of([&] { std::make_unique<optim::SGD>(params, wrong); }), "at "));
}
