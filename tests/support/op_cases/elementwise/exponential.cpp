// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/exponential.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
void add_sums_of_exponentials(Rows& rows) {
  const Input any{.shape = {}};
  rows.push_back(binary_row(
      "logaddexp", "torch.logaddexp(x0, x1)", [](auto& a, auto& b) { return logaddexp(a, b); },
      [](double a, double b) {
        if (std::isnan(a) || std::isnan(b)) return kNaN;
        if (a == b) return a + std::log(2.0);
        return std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
      },
      any, any));
  const auto equal_infinities = [&rows](const OpCase& row) {
    OpCase made = row;
    made.name += "/infinite";
    made.specials = {
        {{.shape = {2}, .values = {kInf, -kInf}}, {.shape = {2}, .values = {kInf, -kInf}}}};
    made.errors = {};
    made.benchmarks = {};
    made.differs_from_torch = "the slope is ½, as between any equal numbers; PyTorch's is NaN";
    rows.push_back(made);
  };
  rows.back().specials = {{{.shape = {6}, .values = {kNaN, kInf, 1, 1e4, -kInf, 2.5}},
                           {.shape = {6}, .values = {1, -kInf, kInf, -1e4, 0, 2.5}}}};
  equal_infinities(rows.back());
  rows.push_back(binary_row(
      "logaddexp2", "torch.logaddexp2(x0, x1)", [](auto& a, auto& b) { return logaddexp2(a, b); },
      [](double a, double b) {
        if (std::isnan(a) || std::isnan(b)) return kNaN;
        return a == b ? a + 1 : std::fmax(a, b) + std::log2(1 + std::exp2(-std::fabs(a - b)));
      },
      any, any));
  rows.back().specials = {{{.shape = {6}, .values = {kNaN, kInf, 1, 1e4, -kInf, 2.5}},
                           {.shape = {6}, .values = {1, -kInf, kInf, -1e4, 0, 2.5}}}};
  equal_infinities(rows.back());
}
}  // namespace

Rows elementwise_exponential_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.2, .high = 3};
  const Input inside{.shape = {}, .low = -0.9, .high = 3};
  add_unary(rows, "exp", exp, [](double x) { return std::exp(x); }, any, {88, -88});
  add_unary(rows, "expm1", expm1, [](double x) { return std::expm1(x); }, any, {88, -88, 1e-5});
  add_unary(rows, "exp2", exp2, [](double x) { return std::exp2(x); }, any, {127, -126});
  add_unary(
      rows, "log", log, [](double x) { return std::log(x); }, positive);
  add_unary(rows, "log1p", log1p, [](double x) { return std::log1p(x); }, inside,
            {-0.999999, 1e-5});
  add_unary(rows, "log2", log2, [](double x) { return std::log2(x); }, positive, {8});
  add_unary(rows, "log10", log10, [](double x) { return std::log10(x); }, positive, {1000});
  add_sums_of_exponentials(rows);
  return rows;
}

}  // namespace tinygrad::test
