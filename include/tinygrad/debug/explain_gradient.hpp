// SPDX-License-Identifier: MIT
// explain_gradient(): says why the gradient of a parameter is missing or zero.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/autograd/tape.hpp"
#include "tinygrad/debug/gradient_trace.hpp"
#include "tinygrad/debug/site.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// The reason why a gradient is missing or zero.
enum class Cause {
  kNotFloating,     ///< the parameter holds integers
  kFrozen,          ///< the parameter does not require a gradient
  kNoGradMode,      ///< an op on the way ran under NoGradGuard
  kDetached,        ///< a tensor on the way was detached
  kIntegers,        ///< an op on the way returned integers
  kNoHistory,       ///< the loss has no history, and no trace gives the reason
  kUnused,          ///< the loss does not depend on the parameter
  kNotAsked,        ///< backward was not called
  kForgotten,       ///< backward ran, and the gradient was cleared afterwards
  kZeroFrom,        ///< an op on the way returns the gradient 0
  kZero,            ///< the gradient is 0, and the values that explain it are gone
  kNotInModule,     ///< Module::members does not list it
  kNotInOptimizer,  ///< no group of the optimizer holds it
};

struct GradientReport {
  struct Finding {
    Cause cause;
    std::string text;
  };
  std::string parameter;  ///< its name if a module was given, and its shape
  std::vector<Finding> findings;

  bool has(Cause cause) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding& f) { return f.cause == cause; });
  }
};

inline std::string to_string(const GradientReport& report) {
  if (report.findings.empty())
    return str_cat("the gradient of ", report.parameter, " is as it should be\n");
  std::string out = str_cat("the gradient of ", report.parameter, ":\n");
  for (const auto& finding : report.findings) out += str_cat("  - ", finding.text, '\n');
  return out;
}

/// Optional information for explain_gradient().
struct ExplainOptions {
  nn::Module* module = nullptr;                 ///< the module that should hold the parameter
  const optim::Optimizer* optimizer = nullptr;  ///< the optimizer that should update it
  const GradientTrace* trace = nullptr;         ///< a trace of the computation of the loss
};

namespace detail {

/// The ops on the tape between a parameter and the loss.
class GradientPath {
 public:
  GradientPath(const Tensor& loss, const Tensor& parameter)
      : tape_(Tape::of(loss)), target_(parameter) {
    for (const auto& node : tape_)  // oldest first: inputs come before their consumers
      if (std::any_of(node->inputs().begin(), node->inputs().end(),
                      [&](const Edge& e) { return leads_to_target(e); }))
        nodes_.insert(node.get());
  }
  bool empty() const { return nodes_.empty(); }
  const Tape& tape() const { return tape_; }
  bool holds(const Node& node) const { return nodes_.count(&node) > 0; }
  bool leads_to_target(const Edge& edge) const {
    if (edge.leaf) return edge.leaf == target_.leaf;
    return edge.node && (nodes_.count(edge.node.get()) ||
                         (edge.node == target_.node && edge.output == target_.output));
  }

 private:
  Tape tape_;
  Edge target_;
  std::unordered_set<const Node*> nodes_;
};

/// Explains in words why an op's derivative is zero, from its result, inputs or saved values.
inline std::string reason_of_zero(std::string_view name, const TracedOp* op, const Node& node) {
  std::vector<Array> values = op ? op->inputs : node.saved();
  if (op) values.push_back(op->result);
  std::string share, range;
  if (!values.empty() && values.back().count() > 0) {
    const Statistics s = statistics(values.back());
    share = str_cat(100 * static_cast<double>(s.zeros) / static_cast<double>(s.count()), " %");
    // A sigmoid or tanh in float64 saves its input. Values beyond ±1 cannot be its result.
    const bool inputs = name != "log_softmax" && (s.min < -1 || s.max > 1);
    range = str_cat(inputs ? "inputs" : "values", " reach from ", s.min, " to ", s.max);
  }
  const auto is = [&](auto... names) { return ((name == names) || ...); };
  if (is("relu", "relu6", "hardshrink", "softshrink", "threshold"))
    return str_cat("all that arrives is at most 0 where a gradient comes: dead units",
                   share.empty() ? "" : str_cat("; ", share, " of its output is 0"));
  if (is("sigmoid", "tanh", "softmax", "log_softmax", "hardsigmoid", "hardtanh", "erf"))
    return str_cat("saturated", range.empty() ? "" : str_cat(": its ", range),
                   ", where it is flat");
  if (is("mul", "matmul", "linear", "bmm", "dot", "einsum"))
    return "multiplied by zero: the other factor is 0 where a gradient comes";
  if (is("clamp")) return "every value is outside the bounds, where clamp is flat";
  if (is("max", "min", "amax", "amin", "maximum", "minimum", "max_pool2d", "where", "gather",
         "index_select", "slice", "topk", "sort"))
    return "it never chose an element of this input where a gradient comes";
  if (is("concat", "stack", "expand", "scatter_add", "index_add"))
    return "the gradient that arrives is 0 in the part that this input became: an op after it "
           "never chose that part";
  if (is("dropout")) return "every element on the way was dropped";
  if (is("round", "floor", "ceil", "trunc", "sign"))
    return "it is constant between its steps, so its derivative is 0 everywhere";
  if (is("pow", "square", "abs")) return "its derivative at 0 is 0";
  return "its derivative is 0 at these values";
}

/// Follows values, identified by their memory, through a trace from the parameter to the loss.
/// Names the ops that cut the gradient's way.
inline void find_cuts(const GradientTrace& trace, const Tensor& loss, const Tensor& parameter,
                      GradientReport& report) {
  const auto& ops = trace.ops();
  std::unordered_set<const void*> depends{parameter.array().buffer()};
  std::unordered_set<const void*> carries;  // those that pass a gradient back
  if (parameter.requires_grad()) carries.insert(parameter.array().buffer());
  struct Cut {
    std::size_t op;
    Cause cause;
    std::string text;
  };
  std::vector<Cut> cuts;
  std::vector<char> used(ops.size());
  for (std::size_t k = 0; k < ops.size(); ++k) {
    const TracedOp& op = ops[k];
    bool carried = false;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const void* buffer = op.inputs[i].buffer();
      if (!buffer || !depends.count(buffer)) continue;
      used[k] = true;
      if (op.recorded && op.needed[i] && carries.count(buffer)) carried = true;
      if (!carries.count(buffer) || (op.recorded && op.needed[i])) continue;
      const std::string where = name_and_site(op.name, op.at);
      if (!is_floating(op.result.dtype()))
        cuts.push_back(
            {k, Cause::kIntegers,
             str_cat(where, " gives ", op.result.dtype(), ", through which no gradient flows")});
      else if (!op.needed[i])
        cuts.push_back(
            {k, Cause::kDetached,
             str_cat("input ", i, ' ', op.inputs[i].shape(), " of ", where,
                     " was detached (detach(), array(), or requires_grad_ came later)")});
      else if (!op.grad_enabled)
        cuts.push_back(
            {k, Cause::kNoGradMode, str_cat(where, " ran under NoGradGuard and was not recorded")});
    }
    if (!used[k]) continue;
    depends.insert(op.result.buffer());
    if (carried) carries.insert(op.result.buffer());
  }
  if (!depends.count(loss.array().buffer())) {
    report.findings.push_back({Cause::kUnused, "the loss was computed without it"});
    return;
  }
  // Only the cuts whose values went into the loss.
  std::unordered_set<const void*> into_loss{loss.array().buffer()};
  std::vector<char> matters(ops.size());
  for (std::size_t k = ops.size(); k > 0;) {
    --k;
    if (!into_loss.count(ops[k].result.buffer())) continue;
    matters[k] = true;
    for (const Array& input : ops[k].inputs) into_loss.insert(input.buffer());
  }
  for (const Cut& cut : cuts)
    if (matters[cut.op]) report.findings.push_back({cut.cause, cut.text});
  if (report.findings.empty())
    report.findings.push_back(
        {Cause::kDetached, "the loss was detached after it was computed: use the result itself"});
}

/// Names the ops on the way to the parameter that received a gradient and returned 0.
inline void find_zeros(const GradientPath& path, const GradientTrace& trace,
                       const GradientTrace* forward, GradientReport& report) {
  for (std::size_t n = path.tape().size(); n > 0;) {
    --n;
    const Node& node = path.tape()[n];
    const TracedVjp* vjp = path.holds(node) ? trace.vjp_of(node) : nullptr;
    if (!vjp || vjp->given_zero) continue;
    bool zero = true;
    for (std::size_t i = 0; i < vjp->gave.size(); ++i)
      if (path.leads_to_target(node.inputs()[i])) zero = zero && vjp->gave_zero[i];
    if (zero)
      report.findings.push_back(
          {Cause::kZeroFrom,
           str_cat(name_and_site(node.name(), node.at()), " is given a gradient and gives back 0: ",
                   reason_of_zero(node.name(), forward ? forward->op_of(node) : nullptr, node))});
  }
}
}  // namespace detail

/// Explains why the gradient of `loss` for `parameter` is missing or zero. It also reports a
/// gradient that is present, and one that backward() would still give. Call it before or after
/// backward. Before backward, or after one with retain_graph, it can run backward again without
/// writing to leaves, to find where the gradient becomes zero. It names detached tensors and ops
/// under NoGradGuard only if a GradientTrace was alive at that time.
/// Throws  GraphError if one of the tensors is undefined
inline GradientReport explain_gradient(const Tensor& loss, const Tensor& parameter,
                                       const ExplainOptions& options = {}, At at = At::here()) {
  const Op op{"explain_gradient", at};
  check<GraphError>(loss.defined() && parameter.defined(), op,
                    "the loss and the parameter must be defined");
  GradientReport report{str_cat(parameter.shape()), {}};
  const auto found = [&](Cause cause, const auto&... text) {
    report.findings.push_back({cause, str_cat(text...)});
  };
  bool listed = options.module == nullptr;
  if (options.module)
    for (const auto& [name, p] : options.module->named_parameters())
      if (p.is(parameter)) {
        report.parameter = str_cat(name, ' ', parameter.shape());
        listed = true;
      }
  if (!listed) found(Cause::kNotInModule, "the module does not list it: name it in members()");
  if (options.optimizer) {
    const auto all = options.optimizer->parameters();
    if (std::none_of(all.begin(), all.end(), [&](const Tensor& p) { return p.is(parameter); }))
      found(Cause::kNotInOptimizer, "the optimizer does not hold it, so no step will change it");
  }
  if (!is_floating(parameter.dtype())) {
    found(Cause::kNotFloating, "it is ", parameter.dtype(), "; only floating tensors have one");
    return report;
  }
  if (!parameter.requires_grad())
    found(Cause::kFrozen, "it does not require a gradient: call requires_grad_()");

  const detail::GradientPath path(loss, parameter);
  const bool is_loss = loss.is(parameter);
  if (path.empty() && !is_loss) {
    if (options.trace) detail::find_cuts(*options.trace, loss, parameter, report);
    else if (!loss.requires_grad())
      found(Cause::kNoHistory,
            "the loss has no history: it was computed under NoGradGuard, from "
            "detached tensors, or from nothing that requires a gradient; keep "
            "a GradientTrace alive while it is computed to see which");
    else
      found(Cause::kUnused,
            "the loss does not depend on it, or through detached tensors only; keep "
            "a GradientTrace alive while it is computed to see which");
    return report;
  }

  const auto& nodes = path.tape();
  const bool released =
      std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node->released(); });
  const Tensor grad = parameter.grad();
  if (!grad.defined() && (released || (options.trace && options.trace->backward_runs() > 0)))
    found(Cause::kForgotten,
          "backward ran, and the gradient is gone: zero_grad() came after it, or "
          "it was grad(), which fills no leaf");
  else if (!grad.defined()) found(Cause::kNotAsked, "backward() was not called on this loss yet");

  if (grad.defined() && !kernels::all_zero(grad.array())) return report;
  if (!released && parameter.requires_grad()) {
    GradientTrace replay;
    const Tensor seed(Array::full(loss.shape(), 1, loss.dtype()));
    const Tensor again = tinygrad::grad(loss, parameter, seed, {.retain_graph = true}, at);
    if (again.defined() && !kernels::all_zero(again.array())) {
      if (grad.defined())
        found(Cause::kForgotten, "it is 0, but this loss would give another: it was overwritten");
      return report;
    }
    detail::find_zeros(path, replay, options.trace, report);
  } else if (options.trace) {
    detail::find_zeros(path, *options.trace, options.trace, report);
  }
  if (grad.defined() && !report.has(Cause::kZeroFrom))
    found(Cause::kZero,
          released && !options.trace
              ? "it is 0, and backward has freed the values that would tell why: call "
                "this before backward(), or pass a GradientTrace"
              : "it is 0: no single op makes it so, the ways cancel");
  return report;
}

}  // namespace tinygrad::debug
