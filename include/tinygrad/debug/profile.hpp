// SPDX-License-Identifier: MIT
// Profile: an observer that measures forward and backward time, shapes and bytes of every op.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/debug/largest_first.hpp"
#include "tinygrad/debug/site.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// One run of an op.
struct ProfiledOp {
  const char* name;
  At at;
  Shape shape;
  Dtype dtype;
  std::vector<Shape> inputs;
  std::size_t bytes;             ///< of its result
  std::int64_t forward_ns;       ///< without the ops it is composed of
  std::int64_t backward_ns = 0;  ///< of its vjp, all runs
  int backward_runs = 0;
};

/// Watches its thread from its construction on.
///   debug::Profile profile;
///   loss_of(model, batch).backward();
///   std::puts(to_string(profile).c_str());
class Profile final : public Observer {
 public:
  Profile() : watch_(*this) {}

  const std::vector<ProfiledOp>& ops() const { return ops_; }
  /// The op that made a node; null if it ran before the profile started.
  const ProfiledOp* op_of(const Node& node) const {
    const auto found = op_of_.find(node.sequence());
    return found == op_of_.end() ? nullptr : &ops_[found->second];
  }

 private:
  void on_forward(const Op& op, const Array& result, const std::vector<Tensor>& inputs,
                  const Node* node, std::int64_t took) override {
    if (depth_ > 0) return;  // inside a vjp, which is measured as a whole
    std::int64_t inside = 0;
    while (!recent_.empty() && recent_.back().first >= op.started) {
      inside += recent_.back().second;
      recent_.pop_back();
    }
    recent_.emplace_back(op.started, took);
    ProfiledOp seen{op.name, op.at,          result.shape(), result.dtype(),
                    {},      result.bytes(), took - inside};
    for (const Tensor& input : inputs)
      seen.inputs.push_back(input.defined() ? input.shape() : Shape());
    if (node) op_of_[node->sequence()] = ops_.size();
    ops_.push_back(std::move(seen));
  }
  void begin_backward(const Op&, bool) override { ++depth_; }
  void end_backward() override { --depth_; }
  void after_backward(const Node& node, const std::vector<Tensor>&, std::int64_t took) override {
    const auto found = op_of_.find(node.sequence());
    if (found == op_of_.end()) return;
    ops_[found->second].backward_ns += took;
    ++ops_[found->second].backward_runs;
  }

  std::vector<ProfiledOp> ops_;
  std::unordered_map<std::uint64_t, std::size_t> op_of_;
  std::vector<std::pair<std::int64_t, std::int64_t>> recent_;  // start and time of finished ops
  int depth_ = 0;
  ObserverGuard watch_;  // last: it starts the calls to the other members
};

/// A table of the ops, grouped by name and line, the slowest first.
inline std::string to_string(const Profile& profile) {
  struct Row {
    std::string name;
    std::int64_t calls, forward, backward;
    std::size_t bytes;
  };
  std::vector<Row> rows;
  for (const ProfiledOp& op : profile.ops()) {
    const std::string name = name_and_site(op.name, op.at);
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
    if (row == rows.end()) row = rows.insert(rows.end(), Row{name, 0, 0, 0, 0});
    ++row->calls;
    row->forward += op.forward_ns;
    row->backward += op.backward_ns;
    row->bytes += op.bytes;
  }
  largest_first(rows, [](const Row& row) { return row.forward + row.backward; });
  std::string out = "forward us  backward us  result KB  calls  op\n";
  for (const Row& row : rows) {
    char line[80];
    std::snprintf(line, sizeof line, "%10.1f  %11.1f  %9.1f  %5ld  ",
                  static_cast<double>(row.forward) / 1e3, static_cast<double>(row.backward) / 1e3,
                  static_cast<double>(row.bytes) / 1024, static_cast<long>(row.calls));
    out += line + row.name + '\n';
  }
  return out;
}

}  // namespace tinygrad::debug
