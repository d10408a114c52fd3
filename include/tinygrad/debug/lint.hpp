// SPDX-License-Identifier: MIT
// The lint: prints one line on stderr for each mistake of a training program that gives no error.
// The message names the line of the program, the consequence and the cure; no mistake is printed
// twice.
//
// TINYGRAD_LINT=1 in the environment activates the lint for all threads of a program that includes
// the door debug.hpp or tinygrad.hpp. The lint changes no result. If the variable is set, this file
// puts the function that makes a lint into observer_of_thread before main.
//
// The lint is an Observer, for two reasons. An op then pays only for the one counter that all tools
// share. And the events of an observer (an op, a run of backward, a step, a batch) show each
// mistake.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/data/lint_hook.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// Collects the lint's messages and, except in tests, prints them to stderr. Each appears once.
class LintLog {
 public:
  explicit LintLog(bool to_stderr) : to_stderr_(to_stderr) {}

  void add(const char* mistake, const Op& op, const std::string& text) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    for (int i = 0; !lock; ++i) {
      // In the child of a fork() a missing thread may hold the mutex for ever. Then report nothing.
      if (i == 1000) closed_ = true;
      if (closed_) return;
      usleep(100);
      lock.try_lock();
    }
    const std::string key = str_cat(mistake, '\n', op.at.file, '\n', op.at.line);
    for (const std::string& known : known_)
      if (known == key) return;
    known_.push_back(key);
    lines_.push_back(str_cat("tinygrad lint: ", ValueError(op, text).what()));
    if (to_stderr_) std::fprintf(stderr, "%s\n", lines_.back().c_str());
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::mutex mutex_;
  std::atomic<bool> closed_{false};
  bool to_stderr_;
  std::vector<std::string> known_;
  std::vector<std::string> lines_;
};

/// Checks the training in one thread.
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
    for (const Tensor& input : inputs)
      if (const auto* from = input.defined() ? find(batches_, input.array().buffer()) : nullptr)
        fed_.push_back({node->sequence(), from->loader});
  }

  void on_call(const Op& op, const Tensor& x) override { check_logits(op, x); }

  void on_evaluation_mode(const Op& op, const Tensor& y) override {
    if (grad_enabled() && y.grad_fn()) idle_.push_back({y.grad_fn()->sequence(), op});
  }

  void begin_backward(const Op&, bool accumulates) override {
    if (backward_depth_++ > 0) return;
    accumulates_ = accumulates;
    if (!accumulates) return;
    for (Param& p : params_) {
      if (!p.stepped) continue;
      const Tensor grad = p.tensor.grad();
      p.stale = grad.defined() && !kernels::all_zero(grad.array());
      if (!p.stale) p.stepped = false;
    }
  }
  void end_backward() override { --backward_depth_; }

  void after_backward(const Node& node, const std::vector<Tensor>& grads, std::int64_t) override {
    if (!accumulates_) return;
    if (const Idle* idle = find(idle_, node.sequence())) trained_idle_.push_back(idle->op);
    if (const Fed* fed = find(fed_, node.sequence())) trained_batches_.push_back(fed->loader);
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const auto& leaf = node.inputs()[i].leaf;
      if (!leaf || !grads[i].defined() || find(params_, leaf.get())) continue;
      Stray* stray = find(strays_, leaf.get());
      if (!stray) stray = &strays_.emplace_back(Stray{leaf.get(), leaf, -1, 0, {"", {}, 0}});
      if (stray->step == steps_) continue;
      stray->step = steps_;
      ++stray->count;
      stray->op = {node.name(), node.at(), 0};
    }
  }

  void on_optimizer(const std::vector<Tensor>& params) override {
    for (const Tensor& p : params) known(p);
  }

  void before_step(const Op& op, const std::vector<Tensor>& params) override {
    on_optimizer(params);
    const int step = ++known(params.front()).steps;
    check_zero_grad(op, params);
    check_missing_gradients(op, params, step);
    check_strays();
    for (const Op& idle : trained_idle_)
      log_.add("training in evaluation mode", idle,
               "this is in evaluation mode while the parameters are trained: dropout does nothing, "
               "batch norm learns no statistics; call model.train() before training");
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
                 str_cat("this step moved parameter ", i, ", of shape ", params[i].shape(), ", by ",
                         moved / size, " times its own size, so what it had learnt is lost; use a ",
                         "smaller lr"));
    }
    for (const Tensor& p : params) known(p).stepped = true;
    ++steps_;
    std::erase_if(strays_, [&](const auto& s) { return s.step + 1 < steps_; });
    before_.clear();
    idle_.clear();
    fed_.clear();
    trained_idle_.clear();
    trained_batches_.clear();
  }

  void on_batch(const data::detail::UnshuffledBatch& batch) {
    batches_.clear();
    if (batch.targets.shape()[0] == batch.all_targets.shape()[0]) return;  // all data in one batch
    const DataSet* data = find(data_sets_, batch.all_targets.buffer());
    if (!data) {
      data_sets_.push_back({batch.all_targets.buffer(), comes_sorted(batch.all_targets)});
      data = &data_sets_.back();
    }
    if (!data->sorted) return;
    batches_.push_back({batch.inputs.buffer(), batch.at});
    batches_.push_back({batch.targets.buffer(), batch.at});
  }

 private:
  static constexpr int kStepsMeasured = 5;  // steps in which to check the step length
  static constexpr int kStepsAwaited = 3;   // steps in which each parameter must get a gradient

  // Small lists with linear search. Hash maps would add half a second to the compile time of a
  // program that includes this.
  struct Param {
    const void* key;
    Tensor tensor;
    bool received = false;  // it got a gradient in some step
    bool stepped = false;   // stepped since its gradient was last cleared
    int steps = 0;          // steps of the optimizer of which it is the first parameter
    bool stale = false;     // the last backward added to a gradient that a step had used
  };
  struct Stray {  // a leaf that gets gradients but belongs to no optimizer
    const void* key;
    Ref<tinygrad::detail::TensorImpl> leaf;
    std::int64_t step;  // the last step that gave it a gradient
    int count;          // number of such steps
    Op op;              // the op that used it
  };
  struct DataSet {
    const void* key;  // the targets' buffer
    bool sorted;
  };
  struct FromLoader {
    const void* key;  // a buffer of the last batch
    At loader;
  };
  struct Fed {
    std::uint64_t key;  // an op that read the batch
    At loader;
  };
  struct Idle {
    std::uint64_t key;  // the op whose result was passed on
    Op op;              // the module in evaluation mode
  };
  template <class List, class Key> static auto find(List& list, Key key) -> decltype(&list[0]) {
    for (auto& each : list)
      if (each.key == key) return &each;
    return nullptr;
  }
  /// The record of a parameter. Creates it at the first call.
  Param& known(const Tensor& p) {
    Param* const param = find(params_, p.id());
    return param ? *param : params_.emplace_back(Param{p.id(), p});
  }

  // The op that made x, ignoring ops that only rearrange or negate.
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
               str_cat("its input comes from ", by, ", but it wants logits and applies ",
                       entropy ? "softmax" : "sigmoid", " itself: gradients are tiny and training ",
                       "stalls; remove the ", by));
  }

  void check_zero_grad(const Op& op, const std::vector<Tensor>& params) {
    bool stale = false;
    for (const Tensor& p : params) {
      Param& param = known(p);
      stale = stale || (param.stale && p.grad().defined());
      param.stale = false;
    }
    if (stale)
      log_.add("zero_grad", op,
               "zero_grad was not called since the last step, so this one uses the gradients of "
               "both; call optimizer.zero_grad() before backward()");
  }

  void check_missing_gradients(const Op& op, const std::vector<Tensor>& params, int step) {
    std::string missing;
    for (std::size_t i = 0; i < params.size(); ++i) {
      Param& p = known(params[i]);
      p.received = p.received || params[i].grad().defined();
      if (!p.received)
        missing += str_cat(missing.empty() ? "" : ", ", i, " of shape ", params[i].shape());
    }
    if (step == kStepsAwaited && !missing.empty())
      log_.add("no gradient", op,
               str_cat("in ", step, " steps no gradient came for parameter ", missing, ": not ",
                       "trained; debug::explain_gradient(loss, parameter) says why"));
  }

  void check_strays() {
    for (std::size_t i = 0; i < strays_.size(); ++i) {
      const Stray& first = strays_[i];
      std::string shapes;
      for (std::size_t k = i; k < strays_.size(); ++k) {  // all strays of this source line
        const Stray& s = strays_[k];
        if (s.count >= 2 && s.op.at.line == first.op.at.line && s.op.at.file == first.op.at.file &&
            !find(params_, s.key))
          shapes += str_cat(shapes.empty() ? "" : ", ", s.leaf->array.shape());
      }
      if (!shapes.empty())
        log_.add("in no optimizer", first.op,
                 str_cat("leaves of shape ", shapes, " receive gradients but are in no optimizer: ",
                         "they keep their first values; give them to one, or freeze them with ",
                         "requires_grad_(false)"));
    }
  }

  // True if class ids form few long runs. A random order has about n·(1 − 1/K) changes.
  static bool comes_sorted(const Array& ids) {
    if (ids.rank() != 1 || is_floating(ids.dtype())) return false;
    Index changes = 0;
    for (Index i = 1; i < ids.count(); ++i) changes += ids.at<Index>(i) != ids.at<Index>(i - 1);
    return changes > 0 && changes * 4 < ids.count();
  }

  LintLog& log_;
  int backward_depth_ = 0;
  bool accumulates_ = false;
  std::int64_t steps_ = 0;     // of all optimizers
  std::vector<Param> params_;  // of all optimizers
  std::vector<Stray> strays_;
  std::vector<Array> before_;  // values before the step
  std::vector<DataSet> data_sets_;
  std::vector<FromLoader> batches_;  // buffers of the last batch, if its data set is sorted
  std::vector<Fed> fed_;
  std::vector<Idle> idle_;
  std::vector<At> trained_batches_;  // fed_ and idle_ that backward reached
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
inline Observer* lint_of_thread() { return &environments_lint(); }
inline void lint_batch(const data::detail::UnshuffledBatch& batch) {
  if (guards_lint()) guards_lint()->on_batch(batch);
  if (tinygrad::detail::observer_of_thread) environments_lint().on_batch(batch);
}
/// Connects the lint to the floors below while its code is loaded.
struct LintLife {
  LintLife() {
    data::detail::on_unshuffled_batch = lint_batch;
    if (tinygrad::detail::asked_for("TINYGRAD_LINT"))
      tinygrad::detail::observer_of_thread = lint_of_thread;
  }
  LintLife(const LintLife&) = delete;
  LintLife& operator=(const LintLife&) = delete;
  ~LintLife() {
    data::detail::on_unshuffled_batch = nullptr;
    tinygrad::detail::observer_of_thread = nullptr;
  }
};
inline const LintLife lint_life;
}  // namespace detail

/// For tests: lints this thread while it lives and keeps the messages. Make it before the
/// optimizers.
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
