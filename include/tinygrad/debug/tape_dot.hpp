// SPDX-License-Identifier: MIT
// to_dot(): writes a tape as a graph for Graphviz. The numbers and names of nodes and leaves are
// here too; tape_json.hpp uses them.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tinygrad/autograd/tape.hpp"
#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// The leaves that require gradients and that the tape's ops read, numbered by first occurrence.
class Leaves {
 public:
  struct Leaf {
    std::string name;  ///< "fc1.weight", or "" if the module is not given or does not list it
    Shape shape;
    Dtype dtype;
    std::size_t bytes;
  };

  explicit Leaves(const Tape& tape, nn::Module* module = nullptr) {
    std::unordered_map<const void*, std::string> names;
    if (module)
      for (const auto& [name, p] : module->named_parameters()) names[p.id()] = name;
    for (const auto& node : tape)
      for (const Edge& edge : node->inputs())
        if (edge.leaf && number_.emplace(edge.leaf.get(), leaves_.size()).second) {
          const Array& a = edge.leaf->array;
          const auto name = names.find(edge.leaf.get());
          leaves_.push_back(
              {name == names.end() ? "" : name->second, a.shape(), a.dtype(), a.bytes()});
        }
  }
  const std::vector<Leaf>& list() const { return leaves_; }
  std::size_t number(const Edge& edge) const { return number_.at(edge.leaf.get()); }

 private:
  std::unordered_map<const void*, std::size_t> number_;
  std::vector<Leaf> leaves_;
};

/// The index of each node in its tape.
inline std::unordered_map<const Node*, std::size_t> numbers(const Tape& tape) {
  std::unordered_map<const Node*, std::size_t> out;
  for (std::size_t i = 0; i < tape.size(); ++i) out.emplace(&tape[i], i);
  return out;
}

/// A graph in the DOT language: ops are boxes, leaves are rounded, constants are left out. Ops
/// inside modules show their line only if an observer, such as a Profile, was active.
///   dot -Tsvg tape.dot -o tape.svg
inline std::string to_dot(const Tape& tape, nn::Module* module = nullptr) {
  const Leaves leaves(tape, module);
  const auto number = numbers(tape);
  std::string out = "digraph tape {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < leaves.list().size(); ++i) {
    const auto& leaf = leaves.list()[i];
    out += str_cat("  leaf", i, " [style=rounded, label=\"", leaf.name.empty() ? "leaf" : leaf.name,
                   "\\n", leaf.shape, ' ', leaf.dtype, "\"];\n");
  }
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const Node& node = tape[i];
    out += str_cat("  op", i, " [label=\"", node.name());
    for (const auto& output : node.outputs())
      out += str_cat("\\n", output.shape, ' ', output.dtype);
    if (const std::string where = node.at().text(); !where.empty()) out += "\\n" + where;
    out += "\"];\n";
    for (const Edge& edge : node.inputs())
      if (edge.node) out += str_cat("  op", number.at(edge.node.get()), " -> op", i, ";\n");
      else if (edge.leaf) out += str_cat("  leaf", leaves.number(edge), " -> op", i, ";\n");
  }
  return out + "}\n";
}

}  // namespace tinygrad::debug
