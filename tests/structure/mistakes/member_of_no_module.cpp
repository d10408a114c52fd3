// SPDX-License-Identifier: MIT
// An int is no member of a module. The compiler says: m(name, member)
#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

struct Model final : nn::Module {
  int width = 3;
  void members(nn::Members& m) override { m("width", width); }
};
