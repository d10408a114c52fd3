// SPDX-License-Identifier: MIT
// Problems with special values for every row of the op-case table. Each is a small sample of the
// row with one element replaced by NaN, an infinity, a zero, or an extreme of the dtype. The rows
// do not list them.
#pragma once

#include <array>
#include <limits>
#include <string>

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// A row at one special value in one of its inputs, in one dtype.
struct SpecialProblem {
  const OpCase* row;
  Dtype floating;
  std::string special;  ///< "nan", "inf", …
  std::size_t input;    ///< the one that holds it
  Tensors inputs;

  /// "specials/loss/ctc": the file of its answer.
  std::string family() const { return "specials/" + row->family; }
  /// "row#float32": what is recorded under one name.
  std::string group() const { return str_cat(row->name, '#', floating); }
};

template <class T> constexpr std::array<double, 8> special_values() {
  using Limits = std::numeric_limits<T>;
  return {kNaN,
          kInf,
          -kInf,
          0.0,
          -0.0,
          double{Limits::max()},
          double{Limits::min()},
          16 * double{Limits::denorm_min()}};
}
inline constexpr std::array<const char*, 8> kSpecialNames = {
    "nan", "inf", "-inf", "0", "-0", "largest", "smallest", "denormal"};

/// The smallest sample with a few elements in each input; the largest there is if none has a few.
inline const std::vector<Input>* small_sample(const OpCase& c) {
  const std::vector<Input>* best = nullptr;
  Index best_few = 0, best_total = 0;
  for (const auto& sample : c.samples) {
    Index few = 4, total = 0;
    bool floating = false;
    for (const Input& input : sample) {
      total += input.shape.count();
      few = std::min(few, input.shape.count());
      floating = floating || is_floating(input.dtype);
    }
    if (!floating || few == 0) continue;
    if (best && (few < best_few || (few == best_few && total >= best_total))) continue;
    best = &sample;
    best_few = few;
    best_total = total;
  }
  return best;
}

/// Calls f(problem) for the problems of all families or of one. Each special value stands in each
/// of the first three floating inputs in turn, at another place each time.
template <class F>
void for_each_special_problem(Dtype floating, const F& f, const std::string& family = "") {
  const auto values = floating == float64 ? special_values<double>() : special_values<float>();
  for (const OpCase& c : op_cases()) {
    if (!(family.empty() || family == c.family)) continue;
    const std::vector<Input>* sample = small_sample(c);
    if (!sample) continue;
    std::size_t used = 0;
    for (std::size_t i = 0; i < sample->size() && used < 3; ++i) {
      if (!is_floating((*sample)[i].dtype)) continue;
      ++used;
      for (std::size_t k = 0; k < values.size(); ++k) {
        SpecialProblem p{&c, floating, kSpecialNames[k], i, draw(*sample, 11, floating)};
        const Index n = p.inputs[i].numel();
        const Index place = static_cast<Index>(7 * k + 3 * i + 1) % n;
        dispatch_floating({"test"}, floating, [&]<class T>(Type<T>) {
          p.inputs[i].array().data<T>()[place] = static_cast<T>(values[k]);
          return 0;
        });
        f(p);
      }
    }
  }
}

}  // namespace tinygrad::test
