// SPDX-License-Identifier: MIT
// A tape, with what a Profile and a MemoryReport saw of it, as JSON: for other programs and for the
// page in tape_html.hpp. It includes a JSON parser, which takes seconds to compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tinygrad/debug/memory_report.hpp"
#include "tinygrad/debug/profile.hpp"
#include "tinygrad/debug/tape_dot.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// What is known besides the tape; all of it may be left out.
struct TapeOptions {
  const Profile* profile = nullptr;      ///< forward and backward times
  nn::Module* module = nullptr;          ///< names of parameters
  const MemoryReport* memory = nullptr;  ///< live bytes over time
};

namespace detail {
using Json = nlohmann::ordered_json;

inline Json json_of(const Shape& shape) {
  Json out = Json::array();
  for (const Index size : shape) out.push_back(size);
  return out;
}

inline Json json_of(const MemoryReport& report) {
  const auto sample = [](const MemorySample& s) {
    return Json{{"op", s.name},
                {"site", site(s.at)},
                {"backward", s.backward},
                {"live_bytes", s.live_bytes}};
  };
  Json out{{"start_bytes", report.start_bytes()}, {"peak", sample(report.peak())}};
  const MemoryByKind& kinds = report.kinds();
  out["kinds"] = {{"parameters", kinds.parameters},
                  {"gradients", kinds.gradients},
                  {"saved", kinds.saved},
                  {"optimizer", kinds.optimizer},
                  {"other", kinds.other}};
  out["samples"] = Json::array();
  for (const auto& s : report.samples()) out["samples"].push_back(sample(s));
  out["kept"] = Json::array();
  for (const auto& k : report.kept())
    out["kept"].push_back({{"op", k.name},
                           {"site", site(k.at)},
                           {"shape", json_of(k.shape)},
                           {"dtype", to_string(k.dtype)},
                           {"bytes", k.bytes},
                           {"keepers", k.keepers}});
  return out;
}

inline Json json_of(const Tape& tape, const TapeOptions& options) {
  const Leaves leaves(tape, options.module);
  const auto number = numbers(tape);
  Json out{{"leaves", Json::array()}, {"ops", Json::array()}};
  for (const auto& leaf : leaves.list())
    out["leaves"].push_back({{"name", leaf.name},
                             {"shape", json_of(leaf.shape)},
                             {"dtype", to_string(leaf.dtype)},
                             {"bytes", leaf.bytes}});
  for (const auto& node : tape) {
    Json op{{"name", node->name()}, {"site", site(node->at())}};
    std::size_t bytes = 0;
    op["outputs"] = Json::array();
    for (const auto& output : node->outputs()) {
      op["outputs"].push_back(
          {{"shape", json_of(output.shape)}, {"dtype", to_string(output.dtype)}});
      bytes += static_cast<std::size_t>(output.shape.count()) * size_of(output.dtype);
    }
    op["bytes"] = bytes;
    op["inputs"] = Json::array();  // {"op": i}, {"leaf": i}, or null for a constant
    for (const Edge& edge : node->inputs()) {
      Json input;
      if (edge.node) input = {{"op", number.at(edge.node.get())}};
      else if (edge.leaf) input = {{"leaf", leaves.number(edge)}};
      op["inputs"].push_back(std::move(input));
    }
    op["saved"] = Json::array();
    for (const Array& a : node->saved())
      op["saved"].push_back(
          {{"shape", json_of(a.shape())}, {"dtype", to_string(a.dtype())}, {"bytes", a.bytes()}});
    op["released"] = node->released();
    if (const ProfiledOp* seen = options.profile ? options.profile->op_of(*node) : nullptr) {
      op["forward_ns"] = seen->forward_ns;
      op["backward_ns"] = seen->backward_ns;
    }
    out["ops"].push_back(std::move(op));
  }
  if (options.memory) out["memory"] = json_of(*options.memory);
  return out;
}
}  // namespace detail

/// {"leaves": […], "ops": […], "memory": {…}}; the ops in the order they ran.
inline std::string to_json(const Tape& tape, const TapeOptions& options = {}) {
  return detail::json_of(tape, options).dump(1);
}
/// The report alone.
inline std::string to_json(const MemoryReport& report) { return detail::json_of(report).dump(1); }

}  // namespace tinygrad::debug
