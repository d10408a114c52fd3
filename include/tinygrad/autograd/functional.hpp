// SPDX-License-Identifier: MIT
// Derivatives of plain functions of tensors: value_and_grad, grad(f), vjp, jvp. The inputs need not
// require gradients. The transforms change neither the caller's grad() nor the caller's graph.
// Jacobians and Hessians are in jacobian.hpp.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/autograd/state_dict.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// A function of one tensor; FunctionN of autograd/tensor.hpp takes a list.
using Function1 = std::function<Tensor(const Tensor&)>;
/// A function from a list of tensors to a list of tensors.
using FunctionNM = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// The options of all transforms.
struct TransformOptions {
  /// Leave the results on the tape: differentiable in the inputs that require a gradient, and in
  /// all other tensors that f reads. Transforms can then be nested. Otherwise the results are plain
  /// values.
  bool create_graph = false;
};

/// The result of value_and_grad() and vjp(): `auto [value, grad] = …`. Grad has the form of the
/// inputs: a Tensor, a list or tensors by name. Value is a Tensor or a list, as f returns it. `aux`
/// exists if f returns {loss, aux}.
template <class Grad, class Value = Tensor, class Aux = void> struct ValueAndGrad {
  Value value;
  Grad grad;
  Aux aux;
};
template <class Grad, class Value> struct ValueAndGrad<Grad, Value, void> {
  Value value;
  Grad grad;
};
/// The result of jvp(); Value is a Tensor or a list, as f returns it.
template <class Value> struct ValueAndTangent { Value value, tangent; };

namespace detail {
/// The tensors with which a transform calls f: the values of `x` as new leaves, or, if the graph
/// continues, as nodes that lead back to x. Only floating ones are differentiated.
inline Tensor own_input(const Tensor& x, const TransformOptions& options) {
  if (!x.defined() || !is_floating(x.dtype())) return x;
  if (options.create_graph && x.requires_grad())
    return record({"identity"}, x.array(), {x}, save(),
                  [](const Vjp& call) { return grads(call.grad()); });
  return x.detach().requires_grad_();
}
inline std::vector<Tensor> own_inputs(const std::vector<Tensor>& inputs,
                                      const TransformOptions& options) {
  std::vector<Tensor> own;
  for (const Tensor& x : inputs) own.push_back(own_input(x, options));
  return own;
}

/// The values that the caller gets.
inline Tensor result(const Tensor& t, const TransformOptions& options) {
  return options.create_graph || !t.requires_grad() ? t : t.detach();
}
inline std::vector<Tensor> result(std::vector<Tensor> list, const TransformOptions& options) {
  for (Tensor& t : list) t = result(t, options);
  return list;
}
template <class Aux> Aux result(Aux aux, const TransformOptions&) { return aux; }

inline Tensor zeros_of(const Tensor& x) { return Array::zeros(x.shape(), x.dtype()); }

/// grad() as a linear map: the gradient is zero if the output does not depend on an input. An input
/// that is not floating gets an undefined tensor.
inline std::vector<Tensor> pull_back(const Op& op, const std::vector<Tensor>& outputs,
                                     const std::vector<Tensor>& inputs,
                                     const std::vector<Tensor>& cotangents,
                                     const BackwardOptions& options) {
  std::vector<Tensor> out(inputs.size()), reached, starts, wanted;
  for (std::size_t k = 0; k < outputs.size(); ++k)
    if (outputs[k].requires_grad()) {
      reached.push_back(outputs[k]);
      starts.push_back(cotangents[k]);
    }
  for (const Tensor& x : inputs)
    if (x.requires_grad()) wanted.push_back(x);
  const std::vector<Tensor> found = reached.empty() ? std::vector<Tensor>(wanted.size())
                                                    : grad(reached, wanted, starts, options, op.at);
  std::size_t next = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].requires_grad()) {
      out[i] = found[next].defined() ? found[next] : zeros_of(inputs[i]);
      ++next;
    }
  return out;
}

inline void check_output(const Op& op, const Tensor& y) {
  check<GraphError>(y.defined(), op, "the function gave an undefined tensor");
}
inline void check_scalar(const Op& op, const Tensor& y) {
  check_output(op, y);
  check<ShapeError>(y.numel() == 1, op, "the function must give a single element, got shape ",
                    y.shape(), "; sum it, or use vjp() or jacobian()");
}
/// v must fit t: a cotangent must fit an output, a tangent an input.
inline void check_direction(const Op& op, const char* name, const Tensor& v, const char* of,
                            const Tensor& t) {
  check<ShapeError>(v.defined() && v.shape() == t.shape(), op, name, " ",
                    v.defined() ? v.shape() : Shape(), " must have the shape of the ", of, ", ",
                    t.shape());
  check<DtypeError>(v.dtype() == t.dtype(), op, name, " is ", v.dtype(), ", but the ", of, " is ",
                    t.dtype());
}
inline void check_count(const Op& op, const char* name, std::size_t got, const char* of,
                        std::size_t count) {
  check<ValueError>(got == count, op, "got ", got, ' ', name, " for ", count, ' ', of);
}

template <class F, class... In> using Result = std::invoke_result_t<const F&, const In&...>;
template <class T> struct is_pair : std::false_type {};
template <class A, class B> struct is_pair<std::pair<A, B>> : std::true_type {};
/// A function of In that returns {loss, aux}.
template <class F, class In>
concept GivesAux = std::is_invocable_v<const F&, const In&> &&
    is_pair<std::remove_cvref_t<std::invoke_result_t<const F&, const In&>>>::value;
}  // namespace detail

/// The values of f and, for each output y_k with its cotangent v_k, Σ_k v_kᵀ·∂y_k/∂x_i for each
/// input. Inputs that are not floating are passed on and get an undefined gradient; an input that
/// f does not depend on gets zeros.
/// Shapes  cotangents[k] as output k; grad[i] as inputs[i]
/// Throws  ShapeError, DtypeError, ValueError if the cotangents do not fit the outputs
/// Cost    one run of f and one backward
inline ValueAndGrad<std::vector<Tensor>, std::vector<Tensor>> vjp(
    const FunctionNM& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& cotangents,
    TransformOptions options = {}, At at = At::here()) {
  const Op op{"vjp", at};
  const EnableGradGuard enable;
  const std::vector<Tensor> x = detail::own_inputs(inputs, options);
  const std::vector<Tensor> y = f(x);
  detail::check_count(op, "cotangents", cotangents.size(), "outputs", y.size());
  for (std::size_t k = 0; k < y.size(); ++k) {
    detail::check_output(op, y[k]);
    detail::check_direction(op, "cotangent", cotangents[k], "output", y[k]);
  }
  return {detail::result(y, options),
          detail::pull_back(op, y, x, cotangents, {.create_graph = options.create_graph})};
}
/// The same for one output.
inline ValueAndGrad<std::vector<Tensor>> vjp(const FunctionN& f, const std::vector<Tensor>& inputs,
                                             const Tensor& cotangent, TransformOptions options = {},
                                             At at = At::here()) {
  auto [values, grads] = vjp([&](const std::vector<Tensor>& x) { return std::vector{f(x)}; },
                             inputs, std::vector{cotangent}, options, at);
  return {std::move(values[0]), std::move(grads)};
}
/// The same for one input and output.
inline ValueAndGrad<Tensor> vjp(const Function1& f, const Tensor& x, const Tensor& cotangent,
                                TransformOptions options = {}, At at = At::here()) {
  auto [values, grads] = vjp([&](const std::vector<Tensor>& in) { return std::vector{f(in[0])}; },
                             std::vector{x}, std::vector{cotangent}, options, at);
  return {std::move(values[0]), std::move(grads[0])};
}

ValueAndGrad<Tensor> vjp(...) TINYGRAD_REFUSED("vjp(f, x, cotangent): f maps x to a tensor");

/// The value of f and its gradient with respect to each input: {value, grad}.
/// Throws  ShapeError unless f gives a single element
/// Cost    one run of f and one backward
inline ValueAndGrad<std::vector<Tensor>> value_and_grad(const FunctionN& f,
                                                        const std::vector<Tensor>& inputs,
                                                        TransformOptions options = {},
                                                        At at = At::here()) {
  const Op op{"value_and_grad", at};
  const EnableGradGuard enable;
  const std::vector<Tensor> x = detail::own_inputs(inputs, options);
  const Tensor y = f(x);
  detail::check_scalar(op, y);
  return {detail::result(y, options),
          detail::pull_back(op, {y}, x, {Tensor()}, {.create_graph = options.create_graph})};
}
/// The same for one input.
inline ValueAndGrad<Tensor> value_and_grad(const Function1& f, const Tensor& x,
                                           TransformOptions options = {}, At at = At::here()) {
  auto [value, grads] = value_and_grad([&](const std::vector<Tensor>& in) { return f(in[0]); },
                                       std::vector{x}, options, at);
  return {std::move(value), std::move(grads[0])};
}
/// The same for inputs by name.
inline ValueAndGrad<StateDict> value_and_grad(const std::function<Tensor(const StateDict&)>& f,
                                              const StateDict& inputs,
                                              TransformOptions options = {}, At at = At::here()) {
  std::vector<Tensor> list;
  for (const auto& [name, x] : inputs) list.push_back(x);
  const auto named = [&](const std::vector<Tensor>& values) {
    StateDict out;
    std::size_t next = 0;
    for (const auto& [name, x] : inputs) out.emplace(name, values[next++]);
    return out;
  };
  auto [value, grads] =
      value_and_grad([&](const std::vector<Tensor>& x) { return f(named(x)); }, list, options, at);
  return {std::move(value), named(grads)};
}

/// The same for a function that returns {loss, aux} as a std::pair; the result also has aux, which
/// may be anything. If aux is a Tensor or a std::vector of them, its tensors leave the tape.
template <class F>
requires detail::GivesAux<F, std::vector<Tensor>>
auto value_and_grad(const F& f, const std::vector<Tensor>& inputs, TransformOptions options = {},
                    At at = At::here()) {
  using Aux = typename detail::Result<F, std::vector<Tensor>>::second_type;
  std::vector<Aux> aux;  // at most one; Aux need not have a default
  auto [value, grads] = value_and_grad(FunctionN([&](const std::vector<Tensor>& x) {
                                         auto both = f(x);
                                         aux.push_back(std::move(both.second));
                                         return both.first;
                                       }),
                                       inputs, options, at);
  return ValueAndGrad<std::vector<Tensor>, Tensor, Aux>{std::move(value), std::move(grads),
                                                        detail::result(std::move(aux[0]), options)};
}
template <class F>
requires detail::GivesAux<F, Tensor>
auto value_and_grad(const F& f, const Tensor& x, TransformOptions options = {},
                    At at = At::here()) {
  auto [value, grads, aux] = value_and_grad([&](const std::vector<Tensor>& in) { return f(in[0]); },
                                            std::vector{x}, options, at);
  return ValueAndGrad<Tensor, Tensor, decltype(aux)>{std::move(value), std::move(grads[0]),
                                                     std::move(aux)};
}

ValueAndGrad<Tensor> value_and_grad(...) TINYGRAD_REFUSED("f maps x to the loss, a tensor");

/// The gradient of f as a function: grad(f)(x), grad(grad(f))(x), … The result is on the tape if x
/// requires a gradient.
template <class F>
requires std::is_invocable_r_v<Tensor, const F&, const Tensor&>
auto grad(F f) {
  return [f = std::move(f)](const Tensor& x, At at = At::here()) {
    return value_and_grad(Function1(std::cref(f)), x, {.create_graph = x.requires_grad()}, at).grad;
  };
}

ValueAndTangent<Tensor> jvp(...) TINYGRAD_REFUSED("jvp(f, x, tangent): f maps x to a tensor");

/// The values of f and its derivative along a direction: for each output, Σ_i ∂y_k/∂x_i·v_i with
/// the tangents v. Exact, for every f that can be differentiated twice: g(u) = uᵀ·J is linear in u,
/// and its own backward with v gives J·v.
/// Shapes  tangents[i] as inputs[i]; result.tangent[k] as output k, undefined if not floating
/// Throws  ShapeError, DtypeError, ValueError if the tangents do not fit the inputs
/// Cost    one run of f and two backwards, about three times f's own gradient
/// Source  Townsend, "A new trick for calculating Jacobian vector products", 2017
inline ValueAndTangent<std::vector<Tensor>> jvp(const FunctionNM& f,
                                                const std::vector<Tensor>& inputs,
                                                const std::vector<Tensor>& tangents,
                                                TransformOptions options = {}, At at = At::here()) {
  const Op op{"jvp", at};
  detail::check_count(op, "tangents", tangents.size(), "inputs", inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_floating(inputs[i].dtype()))
      detail::check_direction(op, "tangent", tangents[i], "input", inputs[i]);
  const EnableGradGuard enable;
  const std::vector<Tensor> x = detail::own_inputs(inputs, options);
  const std::vector<Tensor> y = f(x);
  std::vector<Tensor> u;  // g is a linear function of it; its values do not matter
  for (const Tensor& output : y) {
    detail::check_output(op, output);
    u.push_back(detail::zeros_of(output));
    if (is_floating(output.dtype())) u.back().requires_grad_();
  }
  const std::vector<Tensor> g = detail::pull_back(op, y, x, u, {.create_graph = true});
  return {detail::result(y, options),
          detail::pull_back(op, g, u, tangents, {.create_graph = options.create_graph})};
}
/// The same for one output.
inline ValueAndTangent<Tensor> jvp(const FunctionN& f, const std::vector<Tensor>& inputs,
                                   const std::vector<Tensor>& tangents,
                                   TransformOptions options = {}, At at = At::here()) {
  auto [values, out] = jvp([&](const std::vector<Tensor>& x) { return std::vector{f(x)}; }, inputs,
                           tangents, options, at);
  return {std::move(values[0]), std::move(out[0])};
}
/// The same for one input and output.
inline ValueAndTangent<Tensor> jvp(const Function1& f, const Tensor& x, const Tensor& tangent,
                                   TransformOptions options = {}, At at = At::here()) {
  auto [values, out] = jvp([&](const std::vector<Tensor>& in) { return std::vector{f(in[0])}; },
                           std::vector{x}, std::vector{tangent}, options, at);
  return {std::move(values[0]), std::move(out[0])};
}

}  // namespace tinygrad
