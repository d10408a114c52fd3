// SPDX-License-Identifier: MIT
// MemoryReport: how many bytes tensors hold after each op, where the peak was, and which ops keep
// which tensors alive.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tinygrad/autograd/tape.hpp"
#include "tinygrad/debug/largest_first.hpp"
#include "tinygrad/debug/site.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// The bytes of the process's pool after an op, or after its vjp.
struct MemorySample {
  const char* name;
  At at;
  bool backward;
  std::size_t live_bytes;
};

/// A value that backward needs, and the first op that keeps it.
struct KeptTensor {
  const char* name;
  At at;
  Shape shape;
  Dtype dtype;
  std::size_t bytes;
  int keepers;  ///< number of ops that keep it; its bytes count once
};

struct MemoryByKind {
  std::size_t parameters = 0, gradients = 0, saved = 0, optimizer = 0;
  std::size_t other = 0;  ///< data, results, and the pool's rounding
};

/// Watches its thread from its construction on. Resets the pool's peak.
class MemoryReport final : public Observer {
 public:
  MemoryReport() : watch_(*this) {
    Pool::instance().reset_peak();
    start_bytes_ = Pool::instance().stats().live_bytes;
    peak_.live_bytes = start_bytes_;
  }

  /// Counts what the ops of the tape keep for backward now, and what the module and the optimizer
  /// hold, if given. Call it before backward, which frees the kept values.
  void take_stock(const Tape& tape, nn::Module* module = nullptr,
                  const optim::Optimizer* optimizer = nullptr) {
    kept_.clear();
    kinds_ = {};
    std::unordered_map<const void*, std::size_t> known;  // buffer → index in kept_, or kNowhere
    const auto count = [&](std::size_t& kind, const Array& a) {
      if (known.emplace(a.buffer(), kNowhere).second) kind += a.bytes();
    };
    const auto count_with_gradient = [&](const Tensor& p) {
      count(kinds_.parameters, p.array());
      if (const Tensor grad = p.grad(); grad.defined()) count(kinds_.gradients, grad.array());
    };
    if (module)
      for (const Tensor& p : module->parameters()) count_with_gradient(p);
    if (optimizer) {
      for (const Tensor& p : optimizer->parameters()) count_with_gradient(p);
      for (const auto& [name, t] : optimizer->state_dict())
        if (t.dim() > 0 && is_floating(t.dtype())) count(kinds_.optimizer, t.array());
    }
    for (const auto& node : tape)
      for (const Array& a : node->saved()) {
        const auto [place, is_new] = known.emplace(a.buffer(), kept_.size());
        if (is_new) {
          kept_.push_back({node->name(), node->at(), a.shape(), a.dtype(), a.bytes(), 1});
          kinds_.saved += a.bytes();
        } else if (place->second != kNowhere) {
          ++kept_[place->second].keepers;
        }
      }
    largest_first(kept_, [](const KeptTensor& tensor) { return tensor.bytes; });
    const std::size_t live = Pool::instance().stats().live_bytes;
    const std::size_t named =
        kinds_.parameters + kinds_.gradients + kinds_.saved + kinds_.optimizer;
    kinds_.other = live > named ? live - named : 0;
  }

  const std::vector<MemorySample>& samples() const { return samples_; }
  std::size_t start_bytes() const { return start_bytes_; }
  /// The greatest number of live bytes, and the op or vjp during which it occurred.
  const MemorySample& peak() const { return peak_; }
  /// Sorted by size, the largest first.
  const std::vector<KeptTensor>& kept() const { return kept_; }
  const MemoryByKind& kinds() const { return kinds_; }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  void on_forward(const Op& op, const Array&, const std::vector<Tensor>&, const Node*,
                  std::int64_t) override {
    if (depth_ == 0) sample(op.name, op.at, false);
  }
  void begin_backward(const Op&, bool) override { ++depth_; }
  void end_backward() override { --depth_; }
  void after_backward(const Node& node, const std::vector<Tensor>&, std::int64_t) override {
    sample(node.name(), node.at(), true);
  }
  void sample(const char* name, At at, bool backward) {
    const MemoryStats stats = Pool::instance().stats();
    samples_.push_back({name, at, backward, stats.live_bytes});
    if (stats.peak_bytes > peak_.live_bytes) peak_ = {name, at, backward, stats.peak_bytes};
  }

  std::size_t start_bytes_ = 0;
  std::vector<MemorySample> samples_;
  MemorySample peak_{"start", {}, false, 0};
  std::vector<KeptTensor> kept_;
  MemoryByKind kinds_;
  int depth_ = 0;
  ObserverGuard watch_;  // last: it starts the calls to the other members
};

namespace detail {
inline std::string kilobytes(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%10.1f KB", static_cast<double>(bytes) / 1024);
  return text;
}
}  // namespace detail

/// A text with the peak, the kinds and the largest kept values.
inline std::string to_string(const MemoryReport& report, std::size_t most = 20) {
  const auto row = [](std::size_t bytes, const std::string& text) {
    return detail::kilobytes(bytes) + "  " + text + '\n';
  };
  const MemorySample& peak = report.peak();
  std::string out = row(report.start_bytes(), "live at the start");
  out += row(peak.live_bytes, str_cat("live at the peak, in ", peak.backward ? "backward of " : "",
                                      name_and_site(peak.name, peak.at)));
  const MemoryByKind& kinds = report.kinds();
  out += row(kinds.parameters, "parameters");
  out += row(kinds.gradients, "gradients");
  out += row(kinds.optimizer, "optimizer state");
  out += row(kinds.saved, "saved for backward");
  out += row(kinds.other, "other");
  if (!report.kept().empty()) out += "saved for backward:\n";
  for (std::size_t i = 0; i < std::min(most, report.kept().size()); ++i) {
    const KeptTensor& kept = report.kept()[i];
    out += row(
        kept.bytes,
        str_cat(kept.shape, ' ', kept.dtype, " by ", name_and_site(kept.name, kept.at),
                kept.keepers > 1 ? str_cat(" and ", kept.keepers - 1, " more") : std::string()));
  }
  return out;
}

}  // namespace tinygrad::debug
