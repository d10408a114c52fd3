// SPDX-License-Identifier: MIT
// Rows for ops/indexing/inplace_indexing.hpp, and for the ops of three inputs of
// ops/elementwise/inplace.hpp: made from the rows of the ops that do not overwrite. Each overwrites
// a copy of its first input.
#include <algorithm>

#include "support/op_cases.hpp"

namespace tinygrad::test {

// The rows that this file takes over.
Rows elementwise_three_operands_cases();
Rows indexing_advanced_indexing_cases();
Rows indexing_indexing_cases();
Rows indexing_scatter_reduce_cases();

namespace {
using InPlace = Tensor& (*)(Tensor&, const Tensors&);

// The row `name` with "_" after the op's name. The target keeps its shape: those samples stay in
// which the first `broadcast` inputs have its shape together. `valid`: what f takes after a (1, 1).
OpCase overwriting(const Rows& rows, const std::string& name, const Tensors& valid, InPlace f,
                   std::size_t broadcast = 1) {
  OpCase c = *std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.name == name; });
  const std::string op = name.substr(0, name.find('/')), out_of_place = "torch." + op + "(x0, ";
  c.name.insert(op.size(), "_");
  if (c.torch.find(out_of_place) == 0)
    c.torch = "(x0 * 1)." + op + "_(" + c.torch.substr(out_of_place.size());
  c.run = [f](const Tensors& x) {
    Tensor y = copy_to_overwrite(x[0]);
    return f(y, x);
  };
  const auto changes_shape = [=](const auto& inputs) {
    Shape shape = inputs[0].shape;
    for (std::size_t i = 1; i < broadcast; ++i)
      shape = broadcast_shapes({"row"}, shape, inputs[i].shape);
    return !(shape == inputs[0].shape);
  };
  std::erase_if(c.samples, changes_shape);
  std::erase_if(c.specials, changes_shape);
  c.errors = {{[=] {
                 Tensors x = valid;
                 x.insert(x.begin(), ones({1, 1}).requires_grad_());
                 f(x[0], x);
               },
               "[" + op + "_] would overwrite a leaf that requires a gradient"}};
  return c;
}
}  // namespace

Rows indexing_inplace_indexing_cases() {
  using T = Tensor;
  using In = const Tensors&;
  const Rows indexing = indexing_indexing_cases(), advanced = indexing_advanced_indexing_cases(),
             reduced = indexing_scatter_reduce_cases(), three = elementwise_three_operands_cases();
  const Tensor one = ones({1, 1});
  const Tensors places{zeros({1, 1}, int64), one}, lines{zeros({1}, int64), one},
      mask{ones({1, 1}, bool_), one}, numbers{one, one};
  Rows rows{
      overwriting(indexing, "scatter", places,
                  [](T& y, In x) -> T& { return scatter_(y, 1, x[1], x[2]); }),
      overwriting(indexing, "scatter/number", places,
                  [](T& y, In x) -> T& { return scatter_(y, -1, x[1], 2.5); }),
      overwriting(indexing, "scatter_add", places,
                  [](T& y, In x) -> T& { return scatter_add_(y, 1, x[1], x[2]); }),
      overwriting(
          reduced, "scatter_reduce/prod", places,
          [](T& y, In x) -> T& { return scatter_reduce_(y, 1, x[1], x[2], Reduce::kProd); }),
      overwriting(indexing, "index_add", lines,
                  [](T& y, In x) -> T& { return index_add_(y, 1, x[1], x[2]); }),
      overwriting(indexing, "index_copy", lines,
                  [](T& y, In x) -> T& { return index_copy_(y, 1, x[1], x[2]); }),
      overwriting(indexing, "index_fill", {lines[0], ones({})},
                  [](T& y, In x) -> T& { return index_fill_(y, 1, x[1], x[2]); }),
      overwriting(indexing, "put", places, [](T& y, In x) -> T& { return put_(y, x[1], x[2]); }),
      overwriting(advanced, "index_put", {mask[0], ones({1})},
                  [](T& y, In x) -> T& { return index_put_(y, {x[1]}, x[2]); }),
      overwriting(advanced, "masked_fill", {mask[0], ones({})},
                  [](T& y, In x) -> T& { return masked_fill_(y, x[1], x[2]); }),
      overwriting(
          advanced, "masked_scatter", mask,
          [](T& y, In x) -> T& { return masked_scatter_(y, x[1], x[2]); }, 2),
      overwriting(
          three, "lerp", {one, one, one}, [](T& y, In x) -> T& { return lerp_(y, x[1], x[2]); }, 3),
      overwriting(
          three, "addcmul", numbers, [](T& y, In x) -> T& { return addcmul_(y, x[1], x[2]); }, 3),
      overwriting(
          three, "addcdiv", numbers, [](T& y, In x) -> T& { return addcdiv_(y, x[1], x[2]); }, 3),
  };
  for (OpCase& c : rows)
    if (c.name == "put_") c.torch = "(x0 * 1).put_(x1, x2)";
  return rows;
}

}  // namespace tinygrad::test
