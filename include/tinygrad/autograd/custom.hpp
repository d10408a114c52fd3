// SPDX-License-Identifier: MIT
// once_differentiable(): marks the vjp of a custom op that is not written in Tensor operations, so
// it cannot be differentiated again. A custom op itself is one call of record(), see record.hpp.
#pragma once

#include <utility>

#include "tinygrad/autograd/record.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// Replaces the derivative of a vjp that has none: throws if backward reaches it.
class OnceNode final : public Node {
 public:
  OnceNode(const Vjp& vjp, const Tensor& gradient)
      : Node({vjp.node().name(), vjp.node().at()}, kind_of<OnceNode>) {
    inputs_ = vjp.node().inputs();
    for (std::size_t k = 0; k < vjp.node().outputs().size(); ++k) inputs_.emplace_back(vjp.grad(k));
    outputs_.push_back({gradient.shape(), gradient.dtype()});
  }

  Grads apply(const Vjp&) {
    fail<GraphError>({name(), at()},
                     "is differentiable once: its backward is not written in Tensor operations, so "
                     "gradients of its gradients are unknown");
  }
  std::vector<Array> saved() const { return {}; }
  bool release_saved() { return false; }
};
}  // namespace detail

/// Marks a vjp that is computed outside the tape, on Arrays or xtensor expressions. With
/// create_graph its gradients are right; a second differentiation throws a GraphError instead of
/// giving zero.
///
///   record({"my_op"}, y, {x}, save(x),
///          once_differentiable([](const Vjp& vjp, const Tensor& x) { … }));
template <class F> auto once_differentiable(F vjp) {
  return [f = std::move(vjp)](const Vjp& call, const auto&... saved) {
    Grads out;
    {
      const NoGradGuard no_grad;
      out = f(call, saved...);
    }
    if (!grad_enabled()) return out;
    for (Tensor& gradient : out)
      if (gradient.defined())
        gradient =
            output_of(gradient.array(), Ref<Node>::adopt(new detail::OnceNode(call, gradient)), 0);
    return out;
  };
}

}  // namespace tinygrad
