// SPDX-License-Identifier: MIT
// LBFGS: a quasi-Newton method, for smooth problems whose loss is evaluated on all the data.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/autograd/grad_mode.hpp"
#include "tinygrad/kernels/elementwise/in_place.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/strong_wolfe.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

enum class LineSearch { kNone, kStrongWolfe };

struct LBFGSOptions {
  double lr = 1;                    ///< the step along the direction, or the search's first
  Index max_iter = 20;              ///< iterations in one call of step()
  std::optional<Index> max_eval{};  ///< evaluations in one call; empty: max_iter·5 / 4
  double tolerance_grad = 1e-7;     ///< stop if all components of the gradient are at most this
  double tolerance_change = 1e-9;   ///< stop if loss or parameters change less
  Index history_size = 100;
  LineSearch line_search_fn = LineSearch::kNone;
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("max_iter", max_iter, Range{.least = 1});
    visit("max_eval", max_eval, Range{.least = 1});
    visit("tolerance_grad", tolerance_grad);
    visit("tolerance_change", tolerance_change);
    visit("history_size", history_size, Range{.least = 1});
    visit("line_search_fn", line_search_fn, Range{.most = 1});
    visit("maximize", maximize);
  }
};

/// Steps along −H·g. H approximates the inverse Hessian from the last changes of the parameters (s)
/// and of the gradient (y). All parameters form one vector, with one dtype and in one group. Those
/// without a gradient stay unchanged. A step evaluates the loss several times:
///   optim::LBFGS lbfgs(params, {.line_search_fn = optim::LineSearch::kStrongWolfe});
///   lbfgs.step([&] {
///     lbfgs.zero_grad();
///     const Tensor loss = ...;
///     loss.backward();
///     return loss;
///   });
/// A point is bad if its loss, gradient or a parameter is not finite. The line search (or, without
/// it, halving the step) returns to a good point, at worst to the start of the iteration. From a
/// bad point step() does not move. Without a line search, the next step() checks the last move of
/// this one.
/// Cost    (2·history_size + 5) times the memory of the parameters
/// Source  Nocedal, Math. Comp. 35, 1980
class LBFGS final : public OptimizerWith<LBFGSOptions> {
 public:
  explicit LBFGS(const std::vector<Tensor>& params, const LBFGSOptions& options = {},
                 At at = At::here())
      : OptimizerWith("LBFGS", {}) {
    add_param_group(params, options, at);
  }

  /// Iterates with `closure`, which clears the gradients, computes the loss, runs backward and
  /// returns the loss. Returns the first loss.
  template <class Closure>
  requires std::is_invocable_r_v<Tensor, Closure> Tensor step(Closure&& closure,
                                                              At at = At::here()) {
    Tensor first;
    iterate({name(), at}, [&](double& loss) {
      const EnableGradGuard record;
      const Tensor result = closure();
      if (!first.defined()) first = result;
      loss = result.item();
    });
    return first;
  }
  template <class Closure>
  requires(!std::is_invocable_r_v<Tensor, Closure>) Tensor step(Closure&&)
  TINYGRAD_REFUSED("step(closure): the closure takes nothing and returns the loss, a tensor");
  /// Always throws: use the step() with a closure.
  void step(At at = At::here()) override {
    fail<ValueError>({name(), at}, "step() needs a closure that evaluates the loss");
  }

 private:
  using Evaluate = FunctionRef<double&>;

  // Changes of the gradient (y) and of the parameters (s) in one step.
  struct Change {
    Array y, s;
    double ro;  // 1 / (y·s)
  };
  struct State {
    Index n_iter = 0, func_evals = 0;
    Array direction, prev_grad;
    double t = 0, h_diag = 1, prev_loss = 0;
    std::deque<Change> history;
  };

  void iterate(const Op& op, Evaluate closure) {
    const LBFGSOptions& o = options();
    const Index max_eval = o.max_eval.value_or(o.max_iter * 5 / 4);
    Index evals = 0;
    const auto evaluate = [&](LinePoint& point) {
      closure(point.loss);
      if (o.maximize) point.loss = -point.loss;
      point.grad = gather_grad(op);
      if (!std::isfinite(point.loss) || !all_finite(op, point.grad)) point.loss = kBad;
      ++evals;
      ++state_.func_evals;
    };
    const auto at_rest = [&](const LinePoint& point) {
      return kernels::largest(op, point.grad) <= o.tolerance_grad;
    };
    // Goes back to 1/2, 1/4, … of the move until the point is good.
    const auto retreat = [&](LinePoint& point, const std::vector<Array>& from) {
      while (!point.good() && evals < max_eval) {
        restore(from);
        move(op, state_.t /= 2);
        evaluate(point);
      }
      if (!point.good()) restore(from);
    };

    LinePoint now;
    evaluate(now);
    check_unchanged(op, now.grad);
    const std::vector<Array> before = std::exchange(before_unseen_, {});
    if (!now.good() && !before.empty() && versions() == unseen_versions_) retreat(now, before);
    if (!now.good() || at_rest(now)) return;
    for (Index iteration = 1;; ++iteration) {
      choose_direction(op, now.grad);
      const Array& d = state_.direction;
      state_.prev_grad = now.grad;
      state_.prev_loss = now.loss;
      state_.t = o.lr;
      if (state_.n_iter == 1) state_.t *= std::min(1.0, 1 / kernels::power_sum(op, now.grad, 1));
      now.t = 0;
      now.slope = kernels::dot(op, now.grad, d);
      if (!std::isfinite(now.slope)) {  // overflow: start again with −g
        state_.n_iter = 0;
        return;
      }
      if (now.slope > -o.tolerance_change) return;

      std::vector<Array> from = copy_params();
      if (o.line_search_fn == LineSearch::kStrongWolfe) {
        now = strong_wolfe(
            [&](LinePoint& point) {
              move(op, point.t);
              try {
                evaluate(point);
              } catch (...) {
                restore(from);
                throw;
              }
              point.slope = kernels::dot(op, point.grad, d);
              if (!std::isfinite(point.slope)) point.loss = kBad;
              restore(from);
            },
            now, state_.t, kernels::largest(op, d), max_eval - evals);
        state_.t = now.t;
        move(op, state_.t);
      } else {
        move(op, state_.t);
        if (iteration < o.max_iter) {
          evaluate(now);
          retreat(now, from);
          if (!now.good()) return;
        } else {
          before_unseen_ = std::move(from);
          unseen_versions_ = versions();
        }
      }
      if (iteration == o.max_iter || evals >= max_eval || at_rest(now)) return;
      if (kernels::largest(op, d) * std::fabs(state_.t) <= o.tolerance_change) return;
      if (std::fabs(now.loss - state_.prev_loss) < o.tolerance_change) return;
    }
  }

  // The next direction: first −g, then −H·g by the two-loop recursion over the history.
  void choose_direction(const Op& op, const Array& grad) {
    std::deque<Change>& history = state_.history;
    if (++state_.n_iter == 1) {
      history.clear();
      state_.h_diag = 1;
    } else {
      Change change{grad.copy(), state_.direction.copy(), 0};
      kernels::add_scaled(op, change.y, -1, state_.prev_grad);
      kernels::scale(op, change.s, state_.t);
      const double ys = kernels::dot(op, change.y, change.s);
      if (ys > 1e-10) {  // otherwise not convex there: H would not stay positive
        change.ro = 1 / ys;
        state_.h_diag = ys / kernels::dot(op, change.y, change.y);
        if (static_cast<Index>(history.size()) == options().history_size) history.pop_front();
        history.push_back(std::move(change));
      }
    }
    Array q = grad.copy();
    kernels::scale(op, q, -1);
    std::vector<double> alpha(history.size());
    for (std::size_t i = history.size(); i > 0;) {
      --i;
      alpha[i] = kernels::dot(op, history[i].s, q) * history[i].ro;
      kernels::add_scaled(op, q, -alpha[i], history[i].y);
    }
    if (state_.n_iter > 1) kernels::scale(op, q, state_.h_diag);
    for (std::size_t i = 0; i < history.size(); ++i) {
      const double beta = kernels::dot(op, history[i].y, q) * history[i].ro;
      kernels::add_scaled(op, q, alpha[i] - beta, history[i].s);
    }
    state_.direction = q;
  }

  Index total() const {
    Index n = 0;
    for (const Slot& slot : slots_) n += slot.param.numel();
    return n;
  }
  // Calls visit(parameter, its part of `flat` in its shape) for each parameter.
  template <class Visit> void each_part(const Array& flat, Visit visit) const {
    Index begin = 0;
    for (const Slot& slot : slots_) {
      const Index end = begin + slot.param.numel();
      visit(slot.param, flat.rows(begin, end).reshaped(slot.param.shape()));
      begin = end;
    }
  }
  Array gather_grad(const Op& op) const {
    const Array flat = Array::zeros({total()}, slots_[0].param.dtype());
    each_part(flat, [&](const Tensor& param, const Array& part) {
      const Tensor grad = param.grad();
      if (!grad.defined() || !param.requires_grad() || part.count() == 0) return;
      check<DtypeError>(grad.dtype() == part.dtype(), op, "a parameter is ", part.dtype(),
                        ", but its gradient is ", grad.dtype());
      std::memcpy(part.raw(), grad.array().raw(), part.bytes());
    });
    if (options().maximize) kernels::scale(op, flat, -1);
    return flat;
  }
  bool all_finite(const Op& op, const Array& grad) const {
    bool finite = std::isfinite(kernels::largest(op, grad));
    for (const Slot& slot : slots_)
      finite = finite && std::isfinite(kernels::largest(op, slot.param.array()));
    return finite;
  }
  // params += t·direction
  void move(const Op& op, double t) const {
    each_part(state_.direction, [&](const Tensor& param, const Array& part) {
      kernels::add_scaled(op, param.array(), t, part);
      param.array().bump_version("step");
    });
  }
  std::vector<Array> copy_params() const {
    std::vector<Array> copies;
    for (const Slot& slot : slots_) copies.push_back(slot.param.array().copy());
    return copies;
  }
  void restore(const std::vector<Array>& from) const {
    for (std::size_t i = 0; i < from.size(); ++i) {
      const Array& param = slots_[i].param.array();
      if (param.count()) std::memcpy(param.raw(), from[i].raw(), param.bytes());
      param.bump_version("step");
    }
  }

  // Version counters of the parameters. They tell whether other code changed a parameter.
  std::vector<std::uint32_t> versions() const {
    std::vector<std::uint32_t> each;
    for (const Slot& slot : slots_) each.push_back(slot.param.array().version());
    return each;
  }

  void check_params(const Op& op, const std::vector<Tensor>& params) const override {
    check<ValueError>(group_count() == 0, op, "has one parameter group only");
    for (std::size_t i = 0; i < params.size(); ++i)
      check<DtypeError>(params[i].dtype() == params[0].dtype(), op, "params[", i, "] is ",
                        params[i].dtype(), ", but params[0] is ", params[0].dtype());
  }
  void check_unchanged(const Op& op, const Array& grad) const {
    const Array& before = state_.direction;
    check<StateError>(
        !before.defined() || (before.shape() == grad.shape() && before.dtype() == grad.dtype()), op,
        "the parameters were ", before.count(), " of ", before.dtype(), ", and are now ",
        grad.count(), " of ", grad.dtype());
  }
  void update(const Op&, Slot&, const Array&) override {}  // step() does not call it
  std::optional<Buffer> remembers(const Slot&, std::size_t) const override { return {}; }

  void save_more(StateDict& state) const override {
    if (state_.n_iter == 0) return;
    state["n_iter"] = saved_count(state_.n_iter);
    state["func_evals"] = saved_count(state_.func_evals);
    state["d"] = state_.direction;
    state["prev_flat_grad"] = state_.prev_grad;
    state["t"] = saved_number(state_.t);
    state["H_diag"] = saved_number(state_.h_diag);
    state["prev_loss"] = saved_number(state_.prev_loss);
    state["history"] = saved_count(static_cast<Index>(state_.history.size()));
    for (std::size_t i = 0; i < state_.history.size(); ++i) {
      state[str_cat("old_dirs.", i)] = state_.history[i].y;
      state[str_cat("old_stps.", i)] = state_.history[i].s;
      state[str_cat("ro.", i)] = saved_number(state_.history[i].ro);
    }
  }
  void read_more(StateReader& reader) override {
    loaded_ = {};
    if (!reader.has("n_iter")) return;
    const Shape all{total()};
    loaded_.n_iter = reader.count("n_iter");
    loaded_.func_evals = reader.count("func_evals");
    const Dtype dtype = slots_[0].param.dtype();
    loaded_.direction = reader.array("d", all, dtype);
    loaded_.prev_grad = reader.array("prev_flat_grad", all, dtype);
    loaded_.t = reader.number("t");
    loaded_.h_diag = reader.number("H_diag");
    loaded_.prev_loss = reader.number("prev_loss");
    const Index history = reader.count("history");
    for (Index i = 0; i < history && reader.has(str_cat("ro.", i)); ++i)
      loaded_.history.push_back({reader.array(str_cat("old_dirs.", i), all, dtype),
                                 reader.array(str_cat("old_stps.", i), all, dtype),
                                 reader.number(str_cat("ro.", i))});
    if (static_cast<Index>(loaded_.history.size()) != history)
      reader.missing(str_cat("ro.", loaded_.history.size()));
  }
  void accept_more(const Op& op) override {
    const auto own = [&](Array& array) {
      if (array.defined()) array = kernels::cast(op, array, slots_[0].param.dtype()).copy();
    };
    state_ = std::exchange(loaded_, {});
    before_unseen_.clear();
    own(state_.direction);
    own(state_.prev_grad);
    for (Change& change : state_.history) {
      own(change.y);
      own(change.s);
    }
  }

  static constexpr double kBad = std::numeric_limits<double>::infinity();

  State state_, loaded_;  // loaded_: between read_more() and accept_more()
  // Set if the last move was not evaluated: parameters before the move, and their versions after
  // it.
  std::vector<Array> before_unseen_;
  std::vector<std::uint32_t> unseen_versions_;
};

}  // namespace tinygrad::optim
