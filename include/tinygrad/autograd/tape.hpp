// SPDX-License-Identifier: MIT
// Tape: the list of the recorded operations that computed a tensor, in the order in which they ran.
// Tests and tools read the list; to_string() prints it.
#pragma once

#include <string>
#include <vector>

#include "tinygrad/autograd/node.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// A list of nodes, oldest first. It keeps the graph alive.
class Tape {
 public:
  /// Every recorded op on which `y` depends. Throws GraphError if y is undefined.
  static Tape of(const Tensor& y, At at = At::here()) {
    operand({"Tape::of", at}, "y", y);
    Tape tape;
    tape.nodes_ = nodes_behind({y});
    return tape;
  }

  std::size_t size() const { return nodes_.size(); }
  const Node& operator[](std::size_t i) const { return *nodes_[i]; }
  auto begin() const { return nodes_.begin(); }
  auto end() const { return nodes_.end(); }

 private:
  std::vector<Ref<Node>> nodes_;
};

/// One line per op: "#1 linear (64, 128) float32 <- #0, leaf (128, 784), leaf (128)".
inline std::string to_string(const Tape& tape) {
  std::string out;
  const auto number = [&](const Node* node) {
    std::size_t i = 0;
    while (&tape[i] != node) ++i;
    return i;
  };
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const Node& node = tape[i];
    out += str_cat('#', i, ' ', node.name());
    for (const auto& output : node.outputs()) out += str_cat(' ', output.shape, ' ', output.dtype);
    const char* separator = " <- ";
    for (const Edge& edge : node.inputs()) {
      out += separator;
      if (edge.node) out += str_cat('#', number(edge.node.get()));
      else if (edge.leaf) out += str_cat("leaf ", edge.leaf->array.shape());
      else out += "constant";
      separator = ", ";
    }
    out += '\n';
  }
  return out;
}

}  // namespace tinygrad
