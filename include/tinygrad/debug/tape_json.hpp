// SPDX-License-Identifier: MIT
// to_json(): writes a tape as JSON, with the times of a Profile and the bytes of a MemoryReport if
// they are given. The page of tape_html.hpp and other programs read the JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tinygrad/debug/memory_report.hpp"
#include "tinygrad/debug/profile.hpp"
#include "tinygrad/debug/tape_dot.hpp"
#include "tinygrad/io/json.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// Optional information besides the tape.
struct TapeOptions {
  const Profile* profile = nullptr;      ///< forward and backward times
  nn::Module* module = nullptr;          ///< names of parameters
  const MemoryReport* memory = nullptr;  ///< live bytes over time
};

namespace detail {
/// Writes a JSON document item by item and adds the commas. Each item of a list is on its own line,
/// indented by one space, or all items are on one line.
class JsonText {
 public:
  explicit JsonText(bool lines) : lines_(lines) {}

  void begin(char bracket) {
    start_item();
    text_ += bracket;
    empty_.push_back(true);
  }
  void end(char bracket) {
    const bool empty = empty_.back();
    empty_.pop_back();
    if (!empty) break_line();
    text_ += bracket;
  }
  /// Writes the name of the object's next member.
  void name(std::string_view name) {
    start_item();
    text_ += json_quote(name) + (lines_ ? ": " : ":");
    named_ = true;
  }
  /// Writes a value that is already JSON: a number, a quoted string, true, null.
  void value(std::string_view written) {
    start_item();
    text_ += written;
  }
  const std::string& text() const { return text_; }

 private:
  void start_item() {
    if (named_) {
      named_ = false;
      return;
    }
    if (empty_.empty()) return;
    if (!empty_.back()) text_ += ',';
    empty_.back() = false;
    break_line();
  }
  void break_line() {
    if (lines_) (text_ += '\n').append(empty_.size(), ' ');
  }

  bool lines_;
  bool named_ = false;       // a member's name is written, its value is not
  std::vector<char> empty_;  // for each open list: whether it is still empty
  std::string text_;
};

inline std::string json_of(std::string_view text) { return json_quote(text); }
inline std::string json_of(Dtype dtype) { return json_quote(to_string(dtype)); }
inline std::string json_of(bool b) { return b ? "true" : "false"; }
template <std::integral T> std::string json_of(T number) { return std::to_string(number); }

template <class T> void member(JsonText& json, std::string_view name, const T& value) {
  json.name(name);
  json.value(json_of(value));
}
inline void member(JsonText& json, std::string_view name, const char* text) {
  member(json, name, std::string_view(text));
}
inline void member(JsonText& json, std::string_view name, const Shape& shape) {
  json.name(name);
  json.begin('[');
  for (const Index size : shape) json.value(json_of(size));
  json.end(']');
}
/// Writes {…}; `members` writes the members.
template <class Members> void object(JsonText& json, Members members) {
  json.begin('{');
  members();
  json.end('}');
}
/// Writes a member whose value is a list of objects, one for each item.
template <class Items, class Members>
void objects(JsonText& json, std::string_view name, const Items& items, Members members) {
  json.name(name);
  json.begin('[');
  for (const auto& item : items) object(json, [&] { members(item); });
  json.end(']');
}

inline void write_json(JsonText& json, const MemoryReport& report) {
  const auto sample = [&](const MemorySample& s) {
    member(json, "op", s.name);
    member(json, "site", s.at.text());
    member(json, "backward", s.backward);
    member(json, "live_bytes", s.live_bytes);
  };
  object(json, [&] {
    member(json, "start_bytes", report.start_bytes());
    json.name("peak");
    object(json, [&] { sample(report.peak()); });
    const MemoryByKind& kinds = report.kinds();
    json.name("kinds");
    object(json, [&] {
      member(json, "parameters", kinds.parameters);
      member(json, "gradients", kinds.gradients);
      member(json, "saved", kinds.saved);
      member(json, "optimizer", kinds.optimizer);
      member(json, "other", kinds.other);
    });
    objects(json, "samples", report.samples(), sample);
    objects(json, "kept", report.kept(), [&](const KeptTensor& k) {
      member(json, "op", k.name);
      member(json, "site", k.at.text());
      member(json, "shape", k.shape);
      member(json, "dtype", k.dtype);
      member(json, "bytes", k.bytes);
      member(json, "keepers", k.keepers);
    });
  });
}

inline void write_json(JsonText& json, const Tape& tape, const TapeOptions& options) {
  const Leaves leaves(tape, options.module);
  const auto number = numbers(tape);
  object(json, [&] {
    objects(json, "leaves", leaves.list(), [&](const Leaves::Leaf& leaf) {
      member(json, "name", leaf.name);
      member(json, "shape", leaf.shape);
      member(json, "dtype", leaf.dtype);
      member(json, "bytes", leaf.bytes);
    });
    objects(json, "ops", tape, [&](const Ref<Node>& node) {
      member(json, "name", node->name());
      member(json, "site", node->at().text());
      std::size_t bytes = 0;
      objects(json, "outputs", node->outputs(), [&](const Node::Output& output) {
        member(json, "shape", output.shape);
        member(json, "dtype", output.dtype);
        bytes += static_cast<std::size_t>(output.shape.count()) * size_of(output.dtype);
      });
      member(json, "bytes", bytes);
      json.name("inputs");  // {"op": i}, {"leaf": i}, or null for a constant
      json.begin('[');
      for (const Edge& edge : node->inputs())
        if (!edge.needed()) json.value("null");
        else
          object(json, [&] {
            if (edge.node) member(json, "op", number.at(edge.node.get()));
            else member(json, "leaf", leaves.number(edge));
          });
      json.end(']');
      objects(json, "saved", node->saved(), [&](const Array& a) {
        member(json, "shape", a.shape());
        member(json, "dtype", a.dtype());
        member(json, "bytes", a.bytes());
      });
      member(json, "released", node->released());
      if (const ProfiledOp* seen = options.profile ? options.profile->op_of(*node) : nullptr) {
        member(json, "forward_ns", seen->forward_ns);
        member(json, "backward_ns", seen->backward_ns);
      }
    });
    if (options.memory) {
      json.name("memory");
      write_json(json, *options.memory);
    }
  });
}
inline std::string json_text(const Tape& tape, const TapeOptions& options, bool lines) {
  JsonText json(lines);
  write_json(json, tape, options);
  return json.text();
}
}  // namespace detail

/// {"leaves": […], "ops": […], "memory": {…}}, with the ops in the order they ran.
inline std::string to_json(const Tape& tape, const TapeOptions& options = {}) {
  return detail::json_text(tape, options, true);
}
/// The memory report only.
inline std::string to_json(const MemoryReport& report) {
  detail::JsonText json(true);
  detail::write_json(json, report);
  return json.text();
}

}  // namespace tinygrad::debug
