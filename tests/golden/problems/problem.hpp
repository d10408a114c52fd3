// SPDX-License-Identifier: MIT
// Problem: an expression with inputs that both PyTorch and this library compute. Also the files
// that hold the problems for the scripts of record/.
#pragma once

#include <map>
#include <string>

#include "support/op_cases.hpp"
#include "tinygrad/io.hpp"

namespace tinygrad::test {

/// One question: gradients are of <v, y>; second gradients of the sum over k of <w[k], gradient k>.
struct Problem {
  std::string family;      ///< "ops/loss/ctc", "layers/conv": the file of its answer
  std::string key;         ///< "name#3" for sample 3, "name#special 0"
  std::string expression;  ///< what PyTorch evaluates; of a layer, "what makes it; its call"
  Tensors inputs;          ///< x0, x1, … in the expression
  std::map<std::string, Tensor> state = {};  ///< of a layer
  Tensors parameters = {};                   ///< of a layer, in the order of their names
  Tensor output = {};
  bool differentiable = true, twice = true;
  double float32_tolerance = 1e-5, float64_tolerance = 1e-12;
  bool compared = true;  ///< false where the answer is meant to differ
  Tensor v = {};
  Tensors w = {};  ///< undefined for what requires no gradient

  /// What gradients are numbered by: the inputs, then the parameters.
  Tensors leaves() const {
    Tensors out = inputs;
    out.insert(out.end(), parameters.begin(), parameters.end());
    return out;
  }
};

/// Fills in v and w: fixed values that are float32 numbers.
inline void add_cotangents(Problem& p, Dtype floating) {
  if (!p.differentiable) return;
  std::uint64_t seed = 12;
  const auto cotangent = [&](const Shape& shape, Dtype dtype) {
    return draw({{.shape = shape, .low = -1, .high = 1}}, seed++, dtype)[0].detach();
  };
  p.v = cotangent(p.output.shape(), p.output.dtype());
  for (const Tensor& x : p.leaves())
    p.w.push_back(p.twice && x.requires_grad() ? cotangent(x.shape(), floating) : Tensor());
}

/// The tensors and expressions of problems, by family.
class ProblemFiles {
 public:
  void add(const Problem& p) {
    Safetensors& file = files_[p.family];
    file.metadata[p.key] = p.expression;
    const auto put = [&](const std::string& name, const Tensor& t) {
      if (t.defined()) file.tensors[p.key + '/' + name] = t.array();
    };
    for (std::size_t i = 0; i < p.inputs.size(); ++i) put("x" + std::to_string(i), p.inputs[i]);
    for (const auto& [name, t] : p.state) put("state." + name, t);
    put("v", p.v);
    for (std::size_t i = 0; i < p.w.size(); ++i) put("w" + std::to_string(i), p.w[i]);
  }

  /// What is written for a family; empty before.
  Safetensors& operator[](const std::string& family) { return files_[family]; }

  const std::map<std::string, Safetensors>& all() const { return files_; }

 private:
  std::map<std::string, Safetensors> files_;
};

}  // namespace tinygrad::test
