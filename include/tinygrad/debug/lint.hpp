// SPDX-License-Identifier: MIT
// The lint: one line on stderr for each silent mistake of a training program, with the user's line,
// the consequence and the cure, never twice. TINYGRAD_LINT=1 in the environment switches it on for
// every thread of any program that includes the door optim.hpp, debug.hpp or tinygrad.hpp; nothing
// in the program changes. It is an Observer: including this file puts its maker into
// observer_of_thread before main, if the environment asks for it. That was chosen over checks at
// each place because the places then pay only for the look at a counter that all tools share, and
// because every mistake can be told in terms of events: an op, a run of backward, a step, a batch.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/core/lint.hpp"
#include "tinygrad/kernels/optim.hpp"
#include "tinygrad/kernels/statistics.hpp"

namespace tinygrad::debug {

/// Where the lint's lines go: to stderr, or, for tests, into a list. Each goes there once.
class LintLog {
 public:
  explicit LintLog(bool to_stderr) : to_stderr_(to_stderr) {}

  void add(const char* mistake, const Op& op, const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (!known_.insert(concat(mistake, '\n', op.at.file, '\n', op.at.line)).second) return;
    lines_.push_back(concat("tinygrad lint: ", ValueError(op, text).what()));
    if (to_stderr_) std::fprintf(stderr, "%s\n", lines_.back().c_str());
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::mutex mutex_;
  bool to_stderr_;
  std::set<std::string> known_;
  std::vector<std::string> lines_;
};

/// Watches one thread.
class Lint final : public Observer {
 public:
  explicit Lint(LintLog& log) : log_(log) {}

  void on_forward(const Op& op, const Array&, const std::vector<Tensor>& inputs, const Node* node,
                  std::int64_t) override {
    if (backward_depth_ > 0) return;
    const std::string_view name = op.name;
    if (name == "cross_entropy") check_logits(op, inputs[0]);
    if (name.find("dropout") != name.npos && !grad_enabled())
      log_.add("dropout draws in evaluation", op,
               "dropout is in training mode under NoGradGuard: an evaluation made so is random "
               "and understates the model; call model.eval() before it");
    if (!node || batches_.empty()) return;
    for (const Tensor& input : inputs) {
      const auto found = input.defined() ? batches_.find(input.array().buffer()) : batches_.end();
      if (found != batches_.end()) fed_.emplace(node->sequence(), found->second);
    }
  }

  void on_call(const Op& op, const Tensor& x) override { check_logits(op, x); }

  void on_evaluation_mode(const Op& op, const Tensor& x) override {
    if (grad_enabled() && x.grad_fn()) idle_.emplace(x.grad_fn()->sequence(), op);
  }

  void begin_backward(const Op&, bool accumulates) override {
    if (backward_depth_++ > 0) return;
    accumulates_ = accumulates;
    if (!accumulates) return;
    for (auto& [id, p] : params_) {
      if (!p.stepped) continue;
      const Tensor grad = p.tensor.grad();
      p.stale = grad.defined() && !kernels::all_zero(grad.array());
      if (!p.stale) p.stepped = false;
    }
  }
  void end_backward() override { --backward_depth_; }

  void after_backward(const Node& node, const std::vector<Tensor>& grads, std::int64_t) override {
    if (!accumulates_) return;
    if (const auto found = idle_.find(node.sequence()); found != idle_.end())
      trained_idle_.push_back(found->second);
    if (const auto found = fed_.find(node.sequence()); found != fed_.end())
      trained_batches_.push_back(found->second);
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const auto& leaf = node.inputs()[i].leaf;
      if (!leaf || !grads[i].defined() || params_.count(leaf.get())) continue;
      Stray& stray =
          strays_.try_emplace(leaf.get(), Stray{leaf, strays_seen_++, -1, 0, {"", {}, 0}})
              .first->second;
      if (stray.step == steps_) continue;
      stray.step = steps_;
      ++stray.count;
      stray.op = {node.name(), node.at(), 0};
    }
  }

  void on_optimizer(const std::vector<Tensor>& params) override {
    for (const Tensor& p : params) params_.try_emplace(p.id(), Param{p});
  }

  void before_step(const Op& op, const std::vector<Tensor>& params) override {
    on_optimizer(params);
    const int step = ++steps_of_[params.front().id()];
    check_zero_grad(op, params);
    check_missing_gradients(op, params, step);
    check_strays();
    for (const Op& idle : trained_idle_)
      log_.add("training in evaluation mode", idle,
               "this is in evaluation mode, so it does nothing, while the parameters are trained; "
               "call model.train() before training");
    for (const At& loader : trained_batches_)
      log_.add("sorted batches", {"DataLoader", loader, 0},
               "training on batches in the order of the data set, whose labels come sorted: each "
               "batch shows few classes, and the others are forgotten; set .shuffle = true");
    before_.clear();
    if (step <= kStepsMeasured)
      for (const Tensor& p : params)
        before_.push_back(p.dim() >= 2 && p.grad().defined() ? p.array().copy() : Array());
  }

  void after_step(const Op& op, const std::vector<Tensor>& params) override {
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (!before_[i].defined()) continue;
      const double size = std::sqrt(kernels::power_sum(op, before_[i], 2));
      const double moved = kernels::distance(op, params[i].array(), before_[i]);
      if (size > 0 && moved > size)
        log_.add("steps too long", op,
                 concat("this step moved parameter ", i, ", of shape ", params[i].shape(), ", by ",
                        moved / size, " times its own size, so what it had learnt is lost; use a ",
                        "smaller lr"));
    }
    for (const Tensor& p : params) params_.at(p.id()).stepped = true;
    ++steps_;
    std::erase_if(strays_, [&](const auto& s) { return s.second.step + 1 < steps_; });
    before_.clear();
    idle_.clear();
    fed_.clear();
    trained_idle_.clear();
    trained_batches_.clear();
  }

  void on_batch(const tinygrad::detail::UnshuffledBatch& batch) {
    const void* data_set = batch.all_targets.buffer();
    const bool whole = batch.targets.shape()[0] == batch.all_targets.shape()[0];
    batches_.clear();
    if (whole) return;
    if (!sorted_.count(data_set)) sorted_[data_set] = comes_sorted(batch.all_targets);
    if (!sorted_[data_set]) return;
    batches_[batch.inputs.buffer()] = batch.at;
    batches_[batch.targets.buffer()] = batch.at;
  }

 private:
  static constexpr int kStepsMeasured = 5;  // a learning rate that is too high shows at once
  static constexpr int kStepsAwaited = 3;   // for a first gradient

  struct Param {
    Tensor tensor;
    bool received = false;  // a gradient, at some step
    bool stepped = false;   // since its gradient was last forgotten
    bool stale = false;     // the last backward added to a gradient that a step had used
  };
  struct Stray {  // a leaf that gets gradients and is in no optimizer
    Ref<tinygrad::detail::TensorImpl> leaf;
    std::size_t order;  // of their first gradients
    std::int64_t step;  // in which it last got one
    int count;          // of such steps
    Op op;              // that used it
  };

  // What made x, looked at through ops that only rearrange.
  static const Node* maker(const Tensor& x) {
    const Node* node = x.grad_fn().get();
    while (node) {
      const std::string_view name = node->name();
      if (name != "reshape" && name != "permute" && name != "transpose" && name != "flatten" &&
          name != "squeeze" && name != "unsqueeze" && name != "neg")
        break;
      node = node->inputs()[0].node.get();
    }
    return node;
  }

  void check_logits(const Op& op, const Tensor& x) {
    const Node* made = maker(x);
    const std::string_view by = made ? made->name() : "";
    const bool entropy = std::string_view(op.name) == "cross_entropy";
    if (by == "log_softmax" && entropy)
      log_.add("softmax before the loss", op,
               "its input comes from log_softmax, which it applies itself: the work is done twice; "
               "pass the logits, or use nll_loss");
    else if (by == "softmax" || by == "sigmoid")
      log_.add("softmax before the loss", op,
               concat("its input comes from ", by, ", but it wants logits and applies ",
                      entropy ? "softmax" : "sigmoid", " itself: gradients are tiny and training ",
                      "stalls; remove the ", by));
  }

  void check_zero_grad(const Op& op, const std::vector<Tensor>& params) {
    bool stale = false;
    for (const Tensor& p : params) {
      Param& known = params_.at(p.id());
      stale = stale || (known.stale && p.grad().defined());
      known.stale = false;
    }
    if (stale)
      log_.add("zero_grad", op,
               "zero_grad was not called since the last step, so this one uses the gradients of "
               "both; call optimizer.zero_grad() before backward()");
  }

  void check_missing_gradients(const Op& op, const std::vector<Tensor>& params, int step) {
    std::string missing;
    for (std::size_t i = 0; i < params.size(); ++i) {
      Param& p = params_.at(params[i].id());
      p.received = p.received || params[i].grad().defined();
      if (!p.received)
        missing += concat(missing.empty() ? "" : ", ", i, " of shape ", params[i].shape());
    }
    if (step == kStepsAwaited && !missing.empty())
      log_.add("no gradient", op,
               concat("in ", step, " steps no gradient came for parameter ", missing, ": not ",
                      "trained; debug::explain_gradient(loss, parameter) says why"));
  }

  void check_strays() {
    std::vector<const Stray*> found;
    for (const auto& [id, stray] : strays_)
      if (stray.count >= 2 && !params_.count(id)) found.push_back(&stray);
    std::sort(found.begin(), found.end(),
              [](const Stray* a, const Stray* b) { return a->order < b->order; });
    while (!found.empty()) {  // those of one line together
      const Op op = found[0]->op;
      std::string shapes;
      std::erase_if(found, [&](const Stray* stray) {
        if (stray->op.at.line != op.at.line || std::string_view(stray->op.at.file) != op.at.file)
          return false;
        shapes += concat(shapes.empty() ? "" : ", ", stray->leaf->array.shape());
        return true;
      });
      log_.add("in no optimizer", op,
               concat("leaves of shape ", shapes,
                      " receive gradients but are in no optimizer: they "
                      "keep their first values; give them to one, or freeze them with "
                      "requires_grad_(false)"));
    }
  }

  // True if class ids stand in few long runs. A random order has about n·(1 − 1/K) changes.
  static bool comes_sorted(const Array& ids) {
    if (ids.rank() != 1 || is_floating(ids.dtype())) return false;
    Index changes = 0;
    for (Index i = 1; i < ids.count(); ++i) changes += ids.at<Index>(i) != ids.at<Index>(i - 1);
    return changes > 0 && changes * 4 < ids.count();
  }

  LintLog& log_;
  int backward_depth_ = 0;
  bool accumulates_ = false;
  std::int64_t steps_ = 0;                         // of all optimizers
  std::unordered_map<const void*, Param> params_;  // by id, of all optimizers
  std::unordered_map<const void*, int> steps_of_;  // by an optimizer's first parameter
  std::unordered_map<const void*, Stray> strays_;  // by id
  std::size_t strays_seen_ = 0;
  std::vector<Array> before_;                     // values before the step
  std::unordered_map<const void*, bool> sorted_;  // by the targets' buffer
  std::unordered_map<const void*, At> batches_;   // buffers of the last batch, if sorted
  std::unordered_map<std::uint64_t, At> fed_;     // ops that read them, and their loader
  std::unordered_map<std::uint64_t, Op> idle_;    // what ops in evaluation mode passed on
  std::vector<At> trained_batches_;               // what backward met of the two
  std::vector<Op> trained_idle_;
};

namespace detail {
inline Lint& environments_lint() {
  static LintLog log(true);
  thread_local Lint lint(log);
  return lint;
}
inline Lint*& guards_lint() {
  thread_local Lint* lint = nullptr;
  return lint;
}
inline const bool lint_in_environment = [] {
  tinygrad::detail::on_unshuffled_batch = [](const tinygrad::detail::UnshuffledBatch& batch) {
    if (guards_lint()) guards_lint()->on_batch(batch);
    if (tinygrad::detail::observer_of_thread) environments_lint().on_batch(batch);
  };
  if (!tinygrad::detail::asked_for("TINYGRAD_LINT")) return false;
  tinygrad::detail::observer_of_thread = []() -> Observer* { return &environments_lint(); };
  return true;
}();
}  // namespace detail

/// Lints this thread while it lives and keeps the lines: for tests. Make it before the optimizers.
class LintGuard {
 public:
  LintGuard() : lint_(log_), watch_(lint_), before_(detail::guards_lint()) {
    detail::guards_lint() = &lint_;
  }
  ~LintGuard() { detail::guards_lint() = before_; }
  LintGuard(const LintGuard&) = delete;
  LintGuard& operator=(const LintGuard&) = delete;

  const std::vector<std::string>& lines() const { return log_.lines(); }

 private:
  LintLog log_{false};
  Lint lint_;
  ObserverGuard watch_;
  Lint* before_;
};

}  // namespace tinygrad::debug
