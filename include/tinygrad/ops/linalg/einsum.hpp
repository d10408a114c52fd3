// SPDX-License-Identifier: MIT
// Sums of products over named dims: einsum names the dims by letters, tensordot by numbers.
// Operands are contracted two at a time, each pair by one batched matrix product.
#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/linalg/products.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// A tensor whose dims have labels: letters, and digits for the dims of an ellipsis ('0' is the
/// last one). Labels do not repeat.
struct Labeled {
  Tensor tensor;
  std::string labels;

  bool has(char label) const { return labels.find(label) != std::string::npos; }
  Index size(char label) const { return tensor.shape()[static_cast<int>(labels.find(label))]; }
  /// The product of the sizes of some of the labels.
  Index count(std::string_view some) const {
    Index n = 1;
    for (const char label : some) n *= size(label);
    return n;
  }
};

inline bool contains(std::string_view labels, char label) {
  return labels.find(label) != std::string_view::npos;
}

// x with its dims in the order of `labels`, which must have all of them.
inline Tensor ordered(const Labeled& x, std::string_view labels) {
  if (x.labels == labels) return x.tensor;
  Shape dims;
  for (const char label : labels) dims.push_back(static_cast<Index>(x.labels.find(label)));
  return permute(x.tensor, dims);
}

// Sums x over the labels that are not in `kept`.
inline Labeled sum_out(Labeled x, std::string_view kept) {
  Shape dims;
  std::string labels;
  for (std::size_t i = 0; i < x.labels.size(); ++i)
    if (contains(kept, x.labels[i])) labels += x.labels[i];
    else dims.push_back(static_cast<Index>(i));
  if (dims.empty()) return x;
  return {sum(x.tensor, dims), labels};
}

// The diagonal along dims with one label: a window whose step is the sum of their steps.
inline Labeled diagonal(const Op& op, const Tensor& x, std::string_view labels) {
  const Shape strides = strides_of(x.shape());
  Labeled out;
  kernels::Strided window;
  for (int i = 0; i < x.dim(); ++i) {
    const char label = labels[static_cast<std::size_t>(i)];
    const auto known = out.labels.find(label);
    if (known != std::string::npos) {
      window.steps[static_cast<int>(known)] += strides[i];
      continue;
    }
    out.labels += label;
    window.sizes.push_back(x.shape()[i]);
    window.steps.push_back(strides[i]);
  }
  out.tensor = window.sizes.rank() == x.dim() ? x : slice(op, x, window.sizes, window);
  return out;
}

// Drops the dims of size 1 whose label has another size in another tensor: multiplication repeats
// them.
inline Labeled drop_broadcast(Labeled x, const std::vector<Labeled>& others) {
  Shape shape;
  std::string labels;
  for (const char label : x.labels) {
    const bool repeats =
        x.size(label) == 1 && std::any_of(others.begin(), others.end(), [&](const Labeled& other) {
          return other.has(label) && other.size(label) != 1;
        });
    if (repeats) continue;
    labels += label;
    shape.push_back(x.size(label));
  }
  return {as(x.tensor, shape), labels};
}

/// The labels of a product of two tensors, by role.
struct Contraction {
  std::string batch, left, right, summed;  // in both; in one; in the other; in both, not kept

  Contraction(const Labeled& a, const Labeled& b, std::string_view kept) {
    for (const char label : a.labels)
      (!b.has(label) ? left : contains(kept, label) ? batch : summed) += label;
    for (const char label : b.labels)
      if (!a.has(label)) right += label;
  }
  std::string result() const { return batch + left + right; }
};

// Σ a·b over the labels that are in both but not in `kept`. Labels in only one must be in `kept`.
inline Labeled contract(const Op& op, const Labeled& a, const Labeled& b, std::string_view kept) {
  const Contraction c(a, b, kept);
  check<ShapeError>(c.result().size() <= static_cast<std::size_t>(kMaxRank), op,
                    "a product of two operands has the dims \"", c.result(),
                    "\"; a tensor has at most ", kMaxRank);
  const Index batch = a.count(c.batch), m = a.count(c.left), n = b.count(c.right),
              k = a.count(c.summed);
  Shape shape;
  for (const char label : c.batch + c.left) shape.push_back(a.size(label));
  for (const char label : c.right) shape.push_back(b.size(label));
  if (c.summed.empty() || (m == 1 && n == 1 && batch > 1)) {
    // Nothing to sum, or many short rows: a matrix product would not be faster.
    const Tensor left = as(ordered(a, c.batch + c.left + c.summed), {batch, m, 1, k});
    const Tensor right = as(ordered(b, c.batch + c.right + c.summed), {batch, 1, n, k});
    const Tensor product = mul(left, right);
    return {as(c.summed.empty() ? product : sum(product, -1), shape), c.result()};
  }
  // An operand in transposed order is read transposed instead of copied.
  const bool ta = a.labels == c.batch + c.summed + c.left;
  const bool tb = b.labels == c.batch + c.right + c.summed;
  const Tensor left =
      as(ordered(a, ta ? a.labels : c.batch + c.left + c.summed), {batch, ta ? k : m, ta ? m : k});
  const Tensor right =
      as(ordered(b, tb ? b.labels : c.batch + c.summed + c.right), {batch, tb ? n : k, tb ? k : n});
  return {as(matmul(left, right, {.a = ta, .b = tb}), shape), c.result()};
}

// Multiplies all terms and sums to the labels of `output`. Always contracts the pair that needs the
// fewest multiplications first.
inline Tensor contract_all(const Op& op, std::vector<Labeled> terms, std::string_view output) {
  {
    const std::vector<Labeled> all = terms;
    for (Labeled& term : terms) term = drop_broadcast(term, all);
  }
  // The labels that are needed outside terms i and j.
  const auto kept = [&](std::size_t i, std::size_t j) {
    std::string labels(output);
    for (std::size_t t = 0; t < terms.size(); ++t)
      if (t != i && t != j) labels += terms[t].labels;
    return labels;
  };
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = sum_out(terms[i], kept(i, i));
  while (terms.size() > 1) {
    std::size_t first = 0, second = 1;
    double least = -1;
    for (std::size_t i = 0; i < terms.size(); ++i)
      for (std::size_t j = i + 1; j < terms.size(); ++j) {
        auto cost = static_cast<double>(terms[i].tensor.numel());
        for (const char label : terms[j].labels)
          if (!terms[i].has(label)) cost *= static_cast<double>(terms[j].size(label));
        if (least >= 0 && cost >= least) continue;
        least = cost;
        first = i;
        second = j;
      }
    terms[first] = contract(op, terms[first], terms[second], kept(first, second));
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(second));
  }
  return ordered(terms[0], output);
}

/// A parsed equation: the labels of the dims of each operand and of the result.
struct Equation {
  std::vector<std::string> inputs;
  std::string output;

  Equation(const Op& op, const std::string& text, const std::vector<Tensor>& operands) {
    const auto arrow = text.find("->");
    std::vector<std::string> subscripts(1);
    for (const char c : text.substr(0, arrow)) {
      if (c == ',') subscripts.emplace_back();
      else if (c != ' ') subscripts.back() += c;
    }
    check<ValueError>(subscripts.size() == operands.size(), op, "equation \"", text, "\" has ",
                      subscripts.size(), " operands, ", operands.size(), " were given");
    std::string ellipsis;  // labels of the longest one
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::string of = str_cat("operand ", i, " (\"", subscripts[i], "\")");
      const int letters = check_subscripts(op, text, of, subscripts[i]);
      const Shape& shape = operands[i].shape();
      const int rest = shape.rank() - letters;
      const bool dots = contains(subscripts[i], '.');
      check<ShapeError>(dots ? rest >= 0 : rest == 0, op, "equation \"", text, "\": ", of,
                        " names ", letters, " dims, but the operand is ", shape);
      const std::string dims = ellipsis_labels(rest);
      if (dims.size() > ellipsis.size()) ellipsis = dims;
      inputs.push_back(with_ellipsis(subscripts[i], dims));
    }
    if (arrow == std::string::npos) {
      output = ellipsis + letters_seen_once();
      return;
    }
    std::string named;
    for (const char c : text.substr(arrow + 2))
      if (c != ' ') named += c;
    check_subscripts(op, text, "the output", named);
    output = with_ellipsis(named, ellipsis);
    for (std::size_t i = 0; i < output.size(); ++i) {
      check<ValueError>(output.find(output[i], i + 1) == std::string::npos, op, "equation \"", text,
                        "\": the output names '", output[i], "' twice");
      check<ValueError>(
          std::any_of(inputs.begin(), inputs.end(),
                      [&](const std::string& labels) { return contains(labels, output[i]); }),
          op, "equation \"", text, "\": the output names '", output[i], "', which no operand has");
    }
  }

 private:
  // Throws unless the text has only letters and at most one "...". Returns the number of letters.
  static int check_subscripts(const Op& op, const std::string& text, const std::string& of,
                              const std::string& subscripts) {
    const auto dots = subscripts.find("...");
    int letters = 0;
    for (std::size_t i = 0; i < subscripts.size(); ++i) {
      const char c = subscripts[i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool in_dots = dots != std::string::npos && i >= dots && i < dots + 3;
      check<ValueError>(letter || in_dots, op, "equation \"", text, "\": '", c, "' in ", of,
                        " is neither a letter nor part of one \"...\"");
      letters += letter;
    }
    return letters;
  }
  // One label for each dim of an ellipsis. The last one is '0', so ellipses align at the right.
  static std::string ellipsis_labels(int count) {
    std::string labels;
    for (int i = count; i > 0; --i) labels += static_cast<char>('0' + i - 1);
    return labels;
  }
  static std::string with_ellipsis(std::string subscripts, const std::string& labels) {
    const auto dots = subscripts.find("...");
    return dots == std::string::npos ? subscripts : subscripts.replace(dots, 3, labels);
  }
  // The implicit output: in alphabetical order, capitals first.
  std::string letters_seen_once() const {
    std::string all, once;
    for (const std::string& labels : inputs) all += labels;
    std::sort(all.begin(), all.end());
    for (const char c : all)
      if (c > '9' && std::count(all.begin(), all.end(), c) == 1) once += c;
    return once;
  }
};

// Throws unless each label has one size, or 1, which broadcasts.
inline void check_label_sizes(const Op& op, const std::string& text, const Equation& equation,
                              const std::vector<Tensor>& operands) {
  Index known[128];
  std::fill(std::begin(known), std::end(known), Index{1});
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Index here[128] = {};  // size of the label in this operand, plus 1
    for (int dim = 0; dim < operands[i].dim(); ++dim) {
      const char label = equation.inputs[i][static_cast<std::size_t>(dim)];
      const auto slot = static_cast<std::size_t>(label);
      const Index size = operands[i].shape()[dim];
      check<ShapeError>(here[slot] == 0 || here[slot] == size + 1, op, "equation \"", text,
                        "\": operand ", i, ' ', operands[i].shape(), " has sizes ", here[slot] - 1,
                        " and ", size, " for '", label, "'");
      here[slot] = size + 1;
      check<ShapeError>(size == known[slot] || size == 1 || known[slot] == 1, op, "equation \"",
                        text, "\": operand ", i, ' ', operands[i].shape(), " has size ", size,
                        " for ", label > '9' ? str_cat("'", label, "'") : "a dim of \"...\"",
                        ", which has size ", known[slot], " before");
      if (size != 1) known[slot] = size;
    }
  }
}
}  // namespace detail

/// Einstein's summation: einsum("ij,jk->ik", {a, b}) is the matrix product. Letters name the dims
/// of each operand. The result is the sum of the products over every letter that is not after "->".
/// A letter twice in one operand means its diagonal. "..." stands for further dims, which
/// broadcast; so does size 1. Without "->" the result has the dims of "..." and then the letters
/// that occur once, in alphabetical order (capitals first).
/// Shapes  any → y, as the equation says
/// Grad    through its products
/// Throws  ValueError for an invalid equation; ShapeError for operands that do not fit it
/// Cost    contracts pairs, the cheapest first, each with one batched matrix product
inline Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands,
                     At at = At::here()) {
  const Op op{"einsum", at};
  check_defined(op, "operands", operands);
  const detail::Equation parsed(op, equation, operands);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    detail::check_floating(op, operands[i]);
    check<DtypeError>(operands[i].dtype() == operands[0].dtype(), op, "operand ", i, " is ",
                      operands[i].dtype(), ", operand 0 is ", operands[0].dtype(),
                      "; convert with to(x, dtype)");
  }
  detail::check_label_sizes(op, equation, parsed, operands);
  std::vector<detail::Labeled> terms;
  for (std::size_t i = 0; i < operands.size(); ++i)
    terms.push_back(detail::diagonal(op, operands[i], parsed.inputs[i]));
  Tensor y = detail::contract_all(op, std::move(terms), parsed.output);
  for (const Tensor& operand : operands) y = apart_from(operand, op, y);
  return y;
}

/// Sums of products over pairs of dims: dims_a[i] of a with dims_b[i] of b.
/// Shapes  a, b → y (the other dims of a, the other dims of b); a size of 1 broadcasts
/// Grad    through its product
/// Throws  ShapeError if the sizes of a pair differ
inline Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& dims_a, const Shape& dims_b,
                        At at = At::here()) {
  const Op op{"tensordot", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_floating(op, a);
  detail::check_same_dtype(op, "a", a, "b", b);
  check<ShapeError>(dims_a.rank() == dims_b.rank(), op, "dims_a ", dims_a, " and dims_b ", dims_b,
                    " must be of one length");
  const std::string letters = "abcdefghijklmnop";
  detail::Labeled left{a, letters.substr(0, a.shape().size())};
  detail::Labeled right{b, letters.substr(a.shape().size(), b.shape().size())};
  std::string output = left.labels + right.labels, paired;
  for (int i = 0; i < dims_a.rank(); ++i) {
    const int in_a = normalize_dim(op, dims_a[i], a.dim(), "dims_a");
    const int in_b = normalize_dim(op, dims_b[i], b.dim(), "dims_b");
    char& label = right.labels[static_cast<std::size_t>(in_b)];
    const char partner = left.labels[static_cast<std::size_t>(in_a)];
    check<ShapeError>(!detail::contains(paired, label) && !detail::contains(paired, partner), op,
                      "dims_a ", dims_a, " or dims_b ", dims_b, " names a dim twice");
    const Index m = a.shape()[in_a], n = b.shape()[in_b];
    check<ShapeError>(m == n || m == 1 || n == 1, op, "sizes differ: dim ", in_a, " of a ",
                      a.shape(), " is ", m, ", dim ", in_b, " of b ", b.shape(), " is ", n);
    std::erase(output, partner);
    std::erase(output, label);
    paired += partner;
    label = partner;
  }
  const Tensor y = detail::contract_all(op, {left, right}, output);
  return apart_from(a, op, apart_from(b, op, y));
}

/// Sums of products over the last `dims` dims of a and the first `dims` dims of b, in order.
/// Shapes  a (m…, k…), b (k…, n…) → y (m…, n…)
// A template, so that lists in braces can only mean the dims of the other overload.
template <std::integral Count>
Tensor tensordot(const Tensor& a, const Tensor& b, Count dims, At at = At::here()) {
  const Op op{"tensordot", at};
  check_defined(op, {{"a", a}, {"b", b}});
  const auto n = static_cast<Index>(dims);
  check<ValueError>(0 <= n && n <= std::min(a.dim(), b.dim()), op, "dims=", n,
                    " must be from 0 to the ranks of a ", a.shape(), " and of b ", b.shape());
  Shape dims_a, dims_b;
  for (Index i = 0; i < n; ++i) {
    dims_a.push_back(a.dim() - n + i);
    dims_b.push_back(i);
  }
  return tensordot(a, b, dims_a, dims_b, at);
}

}  // namespace tinygrad
