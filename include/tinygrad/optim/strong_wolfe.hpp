// SPDX-License-Identifier: MIT
// strong_wolfe: the line search of LBFGS. It finds a step along a direction that lowers both the
// loss and the slope enough (the strong Wolfe conditions).
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// A point on the line: its distance t, its loss, its slope along the line, its gradient. If one of
/// them is not finite, the point is bad and its loss is set to infinity, above all good points.
struct LinePoint {
  double t = 0;
  double loss = 0;
  double slope = 0;
  Array grad{};

  bool good() const { return std::isfinite(loss); }
};

namespace detail {
/// The minimum in [least, most] of the cubic through both points (losses and slopes). The middle if
/// the cubic has no minimum or a point is bad.
inline double cubic_minimum(const LinePoint& a, const LinePoint& b, double least, double most) {
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0) || std::isinf(square)) return least + (most - least) / 2;
  const double d2 = std::sqrt(square);
  const bool ordered = a.t <= b.t;
  const LinePoint &left = ordered ? a : b, &right = ordered ? b : a;
  const double t = right.t - (right.t - left.t) *
                                 ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return std::isnan(t) ? least + (most - least) / 2 : std::clamp(t, least, most);
}
}  // namespace detail

/// The point to step to from `start` (t = 0). Evaluates at most max_tries points after the first
/// one at `t`. evaluate(point) fills in a point with given t. `reach` is the largest component of
/// the direction. The search moves away from bad points. If `start` is good, the result is good and
/// not higher than `start`.
/// Source  Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6; with the constants and
///         the safeguards of torch.optim.LBFGS
inline LinePoint strong_wolfe(FunctionRef<LinePoint&> evaluate, const LinePoint& start, double t,
                              double reach, Index max_tries) {
  constexpr double kDecrease = 1e-4, kCurvature = 0.9, kLeastMove = 1e-9;
  const auto at = [&](double where) {
    LinePoint point;
    point.t = where;
    evaluate(point);
    return point;
  };
  const auto too_high = [&](const LinePoint& p) {
    return !p.good() || p.loss > start.loss + kDecrease * p.t * start.slope;
  };
  const auto flat = [&](const LinePoint& p) {
    return std::fabs(p.slope) <= -kCurvature * start.slope;
  };

  // Go on until a good point lies between two points.
  LinePoint before = start, now = at(t);
  Index tries = 0;
  for (; tries < max_tries; ++tries) {
    if (too_high(now) || (tries > 1 && now.loss >= before.loss)) break;
    if (flat(now)) return now;
    if (now.slope >= 0) break;
    const double next =
        detail::cubic_minimum(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10);
    before = std::exchange(now, at(next));
  }
  LinePoint bracket[] = {tries == max_tries ? start : before, now};

  // Narrow the bracket down to it.
  bool stalled = false;
  int low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  for (; tries < max_tries; ++tries) {
    const double least = std::min(bracket[0].t, bracket[1].t),
                 most = std::max(bracket[0].t, bracket[1].t);
    if ((most - least) * reach < kLeastMove) break;
    double next = detail::cubic_minimum(bracket[0], bracket[1], least, most);
    // Twice near an end, or beyond it, is too slow: move inside by a tenth.
    const double margin = 0.1 * (most - least);
    const bool near_end = std::min(most - next, next - least) < margin;
    if (near_end && (stalled || next >= most || next <= least)) {
      next = std::fabs(next - most) < std::fabs(next - least) ? most - margin : least + margin;
      stalled = false;
    } else {
      stalled = near_end;
    }
    now = at(next);
    if (too_high(now) || now.loss >= bracket[low].loss) {
      bracket[1 - low] = now;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
    } else {
      if (flat(now)) return now;
      if (now.slope * (bracket[1 - low].t - bracket[low].t) >= 0) bracket[1 - low] = bracket[low];
      bracket[low] = now;
    }
  }
  return bracket[low];
}

}  // namespace tinygrad::optim
