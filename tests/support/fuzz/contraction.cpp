// SPDX-License-Identifier: MIT
// Operations of the random graphs that multiply and add over indices: matmul, einsum, conv1d.
// Results are divided by the number of products in a sum, so that values in deep graphs stay small.
#include <map>

#include "support/fuzz/steps.hpp"

namespace tinygrad::test {

namespace {

// Equations for two operands, with an output named.
constexpr const char* kEquations[] = {"i,j->ij",      "i,ij->j",      "ij,ij->i",  "ij,kj->ki",
                                      "ij,jk->ik",    "ij,jk->",      "ij,ik->kj", "ijk,kl->lij",
                                      "ijk,ijl->ikl", "ijk,jk->i",    "ij,kl->jl", "ii,ij->j",
                                      "ijk,ijk->jk",  "ijk,ilk->ijl", "iji,j->i",  ",ij->ji"};

using Labels = std::map<char, Index>;

Shape pick(const Labels& labels, const std::string& names) {
  Shape out;
  for (const char name : names) out.push_back(labels.at(name));
  return out;
}

// Notes the sizes of an operand's labels; false if they do not fit it.
bool fits(Labels& sizes, const std::string& names, const Shape& shape) {
  if (static_cast<int>(names.size()) != shape.rank()) return false;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto known = sizes.emplace(names[static_cast<std::size_t>(i)], shape[i]).first;
    if (known->second != shape[i]) return false;
  }
  return true;
}

std::optional<Step> einsum_step(const std::string& equation, const Shape& a, const Shape& b) {
  const auto comma = equation.find(','), arrow = equation.find("->");
  const std::string left = equation.substr(0, comma);
  const std::string right = equation.substr(comma + 1, arrow - comma - 1);
  const std::string result = equation.substr(arrow + 2);
  Labels sizes;
  if (!fits(sizes, left, a) || !fits(sizes, right, b)) return {};
  std::string summed;  // the labels that are not in the result
  for (const auto& [name, size] : sizes)
    if (result.find(name) == result.npos) summed += name;
  const Shape out = pick(sizes, result), inner = pick(sizes, summed);
  const double terms = static_cast<double>(inner.count());
  return Step{"einsum " + equation,
              [=](const Tensor& x, const Tensor& y) {
                return einsum(equation, {x, y}) / terms;
              },
              [=](const Dual& x, const Dual& y) {
                return tabulate_dual(out, [&](const Shape& index) {
                  Labels at_label;
                  for (int i = 0; i < out.rank(); ++i)
                    at_label[result[static_cast<std::size_t>(i)]] = index[i];
                  Number sum = number(0);
                  for_each_index(inner, [&](const Shape& other) {
                    for (int i = 0; i < inner.rank(); ++i)
                      at_label[summed[static_cast<std::size_t>(i)]] = other[i];
                    sum = sum + at(x, pick(at_label, left)) * at(y, pick(at_label, right));
                  });
                  return sum / number(terms);
                });
              }};
}

// x (N, C, L), w (O, C, K), `border` zeros at both ends.
std::optional<Step> conv1d_step(Index border, const Shape& x, const Shape& w) {
  if (x.rank() != 3 || w.rank() != 3 || x[1] != w[1] || x[2] + 2 * border < w[2]) return {};
  const Shape out{x[0], w[0], x[2] + 2 * border - w[2] + 1};
  const double terms = static_cast<double>(w[1] * w[2]);
  return Step{str_cat("conv1d padding ", border),
              [=](const Tensor& input, const Tensor& weight) {
                return conv1d(input, weight, {}, {.padding = border}) / terms;
              },
              [=](const Dual& input, const Dual& weight) {
                return tabulate_dual(out, [&](const Shape& i) {
                  Number sum = number(0);
                  for (Index c = 0; c < w[1]; ++c)
                    for (Index k = 0; k < w[2]; ++k) {
                      const Index place = i[2] + k - border;
                      if (place >= 0 && place < x[2])
                        sum = sum + at(input, {i[0], c, place}) * at(weight, {i[1], c, k});
                    }
                  return sum / number(terms);
                });
              }};
}

}  // namespace

void add_contractions(std::vector<Operation>& all) {
  all.push_back(
      {"matmul", 2, [](Generator&, const Shape& a, const Shape& b) -> std::optional<Step> {
         if (a.rank() < 2 || b.rank() != 2 || a[a.rank() - 1] != b[0]) return {};
         return Step{"matmul / k",
                     [](const Tensor& x, const Tensor& y) {
                       return matmul(x, y) / static_cast<double>(y.size(0));
                     },
                     [](const Dual& x, const Dual& y) {
                       Shape shape = x.shape();
                       const int last = shape.rank() - 1;
                       const Index k = shape[last];
                       shape[last] = y.shape()[1];
                       return tabulate_dual(shape, [&](const Shape& index) {
                         Number total = number(0);
                         Shape i = index;
                         for (Index j = 0; j < k; ++j) {
                           i[last] = j;
                           total = total + at(x, i) * at(y, {j, index[last]});
                         }
                         return total / number(static_cast<double>(k));
                       });
                     }};
       }});
  all.push_back({"einsum", 2, [](Generator& g, const Shape& a, const Shape& b) {
                   constexpr Index n = std::size(kEquations);
                   std::optional<Step> step;  // the first that fits, from a random one on
                   const Index first = below(g, n);
                   for (Index k = 0; k < n && !step; ++k)
                     step = einsum_step(kEquations[(first + k) % n], a, b);
                   return step;
                 }});
  all.push_back({"conv1d", 2, [](Generator& g, const Shape& a, const Shape& b) {
                   return conv1d_step(below(g, 2), a, b);
                 }});
}

}  // namespace tinygrad::test
