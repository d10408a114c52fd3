// SPDX-License-Identifier: MIT
// Makes rows of losses: one row for each reduction, from the losses of the elements.
#pragma once

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// The reduction of unreduced losses by its definition; NaN for the mean of nothing.
inline Naive reduced(const Naive& losses, Reduction reduction) {
  if (reduction == Reduction::kNone) return losses;
  double total = 0;
  for (const double v : losses.values) total += v;
  return Naive({},
               reduction == Reduction::kMean ? total / static_cast<double>(losses.count()) : total);
}

/// A loss to make rows of: `run` with a reduction, `torch` without its last argument and bracket,
/// and the losses of the elements.
struct LossRow {
  std::string name, torch;
  std::function<Tensor(const Tensors&, Reduction)> run;
  std::function<Naive(const Naives&)> losses;
  std::vector<std::vector<Input>> samples;
  std::vector<std::vector<Given>> specials = {};
  std::string differs_from_torch = {};
};

/// Adds the rows "name", "name/none" and "name/sum", and returns the first one.
inline OpCase& add_reductions(Rows& rows, const LossRow& loss) {
  constexpr struct {
    Reduction reduction;
    const char *suffix, *torch;
  } kinds[] = {{Reduction::kMean, "", ", reduction='mean')"},
               {Reduction::kNone, "none", ", reduction='none')"},
               {Reduction::kSum, "sum", ", reduction='sum')"}};
  const std::size_t first = rows.size();
  for (const auto& kind : kinds) {
    OpCase row;
    row.name = loss.name;
    if (kind.suffix[0]) row.name += (loss.name.find('/') == std::string::npos ? "/" : ", ");
    row.name += kind.suffix;
    row.torch = loss.torch + kind.torch;
    row.run = [run = loss.run, how = kind.reduction](const Tensors& x) { return run(x, how); };
    row.reference = [losses = loss.losses, how = kind.reduction](const Naives& x) {
      return reduced(losses(x), how);
    };
    row.samples = loss.samples;
    row.specials = loss.specials;
    row.differs_from_torch = loss.differs_from_torch;
    rows.push_back(std::move(row));
  }
  return rows[first];
}

/// Losses of elements: f(x, target) at every position.
inline std::function<Naive(const Naives&)> pairwise(std::function<double(double, double)> f) {
  return [f](const Naives& x) {
    return tabulate(x[0].shape, [&](const Shape& i) { return f(x[0](i), x[1](i)); });
  };
}

}  // namespace tinygrad::test
