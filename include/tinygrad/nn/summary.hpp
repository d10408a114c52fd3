// SPDX-License-Identifier: MIT
// summary(): the modules of a model with their output shapes, parameters, multiply-adds and memory.
// It runs the model once, with hooks.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/core/random.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/creation/creation.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// One module. Parameters and multiply-adds are its own, without those of the modules inside, so
/// that a column adds up to the total.
struct SummaryRow {
  std::string path;            ///< "" for the model itself
  std::string type;            ///< the text of describe()
  Index calls = 0;             ///< how often it was called; 0 if only its parts were
  std::vector<Shape> outputs;  ///< of the last call
  std::size_t output_bytes = 0;
  Index parameters = 0;
  Index multiply_adds = 0;
};

struct Summary {
  std::vector<SummaryRow> rows;  ///< as named_modules()
  Index trainable = 0;           ///< numbers that are trained
  Index frozen = 0;              ///< numbers that are not trained
  std::size_t parameter_bytes = 0;
  std::size_t buffer_bytes = 0;
  std::size_t gradient_bytes = 0;  ///< of the trainable parameters
  /// The bytes that the recorded forward pass keeps alive for backward, with outputs: measured as
  /// the growth of the memory pool, and therefore rounded up to block sizes.
  std::size_t activation_bytes = 0;
  Index multiply_adds = 0;  ///< of matrix products (and convolutions) in the forward pass

  /// The bytes that optimizers keep for the trainable numbers: SGD a velocity, if it has momentum;
  /// Adam two moments.
  std::size_t momentum_bytes() const { return gradient_bytes; }
  std::size_t adam_bytes() const { return 2 * gradient_bytes; }
};

namespace detail {
/// The k of a product a·b → y (…, m, n) over k, by its shapes. Either operand may be a vector,
/// which has no m or n, or be read with its last two dims exchanged.
inline Index inner_size(const Shape& a, const Shape& b, const Shape& y) {
  if (a.rank() < 2) return a.count();
  if (b.rank() < 2) return b.count();
  if (y.rank() < 2) return 0;
  return a.product(a.rank() - 2, a.rank()) / y[y.rank() - 2];  // (m, k) or (k, m)
}

/// Counts the multiply-adds of the ops that are products; their names identify them. An op that is
/// composed of others is counted by these.
class ProductCounter final : public Observer {
 public:
  Index count() const { return count_; }

  void on_forward(const Op& op, const Array& result, const std::vector<Tensor>& inputs, const Node*,
                  std::int64_t) override {
    const Kind kind = kind_of(op.name);
    if (kind == Kind::kNone || result.count() == 0) return;
    // A user's op may have one of these names.
    if (inputs.size() < 2 || !inputs[0].defined() || !inputs[1].defined()) return;
    const Shape &a = inputs[0].shape(), &b = inputs[1].shape(), &y = result.shape();
    const auto after_first = [](const Shape& s) { return s.product(1, s.rank()); };
    switch (kind) {
      case Kind::kMatrix: count_ += y.count() * inner_size(a, b, y); break;
      case Kind::kConvolution: count_ += y.count() * after_first(b); break;
      case Kind::kTransposed: count_ += a.count() * after_first(b); break;
      case Kind::kGradWeight: count_ += b.count() * after_first(y); break;
      case Kind::kNone: break;
    }
  }

 private:
  /// What is multiplied for each number of the result: a row by a column, or the weights (O, C, …)
  /// of one output channel; of the transposes, for each number of another operand.
  enum class Kind { kNone, kMatrix, kConvolution, kTransposed, kGradWeight };

  static Kind kind_of(std::string_view name) {
    for (const char* each :
         {"matmul", "mm", "mv", "bmm", "dot", "vdot", "inner", "addmm", "addmv", "baddbmm"})
      if (name == each) return Kind::kMatrix;
    for (const char* each : {"linear", "conv1d", "conv2d", "conv3d", "conv"})  // linear: (O, C)
      if (name == each) return Kind::kConvolution;
    for (const char* each :
         {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "conv_grad_input"})
      if (name == each) return Kind::kTransposed;
    return name == "conv_grad_weight" ? Kind::kGradWeight : Kind::kNone;
  }

  Index count_ = 0;
};

/// Observes the calls of all modules of a model while it lives.
class SummaryRecorder {
 public:
  explicit SummaryRecorder(Module& model) : before_(default_generator()) {
    for (auto& [path, module] : model.named_modules()) {
      const std::size_t row = summary_.rows.size();
      summary_.rows.push_back({.path = path, .type = module->describe(), .outputs = {}});
      handles_.push_back(module->register_forward_pre_hook(
          [this, row](Module&, std::vector<Tensor>&) { enter(row); }));
      handles_.push_back(module->register_forward_hook(
          [this](Module&, const std::vector<Tensor>&, std::vector<Tensor>& out) { leave(out); }));
    }
    for (auto& [name, p] : model.named_parameters()) {
      const std::size_t dot = name.rfind('.');
      owner(dot == std::string::npos ? "" : name.substr(0, dot)).parameters += p.numel();
      (p.requires_grad() ? summary_.trainable : summary_.frozen) += p.numel();
      summary_.parameter_bytes += p.array().bytes();
      if (p.requires_grad()) summary_.gradient_bytes += p.array().bytes();
    }
    for (auto& [name, buffer] : model.named_buffers()) {
      summary_.buffer_bytes += buffer.array().bytes();
      buffers_.emplace_back(buffer, buffer.array().copy());
    }
  }
  /// Removes the hooks, and restores what a forward pass may change: buffers such as running means,
  /// and the state of the default generator.
  ~SummaryRecorder() {
    for (HookHandle& handle : handles_) handle.remove();
    for (auto& [buffer, values] : buffers_)
      if (values.bytes()) std::memcpy(buffer.array().raw(), values.raw(), values.bytes());
    default_generator() = before_;
  }
  SummaryRecorder(const SummaryRecorder&) = delete;
  SummaryRecorder& operator=(const SummaryRecorder&) = delete;

  Summary result() {
    summary_.multiply_adds = counter_.count();
    return summary_;
  }

 private:
  struct Call {
    std::size_t row;
    Index started;       // the counter then
    Index inside = 0;    // multiply-adds of the calls inside
    std::size_t memory;  // in use then
  };

  SummaryRow& owner(const std::string& path) {
    for (SummaryRow& row : summary_.rows)
      if (row.path == path) return row;
    return summary_.rows[0];
  }
  static std::size_t memory_in_use() { return Pool::instance().stats().live_bytes; }

  void enter(std::size_t row) {
    calls_.push_back({.row = row, .started = counter_.count(), .memory = memory_in_use()});
  }
  void leave(const std::vector<Tensor>& outputs) {
    const Call call = calls_.back();
    calls_.pop_back();
    SummaryRow& row = summary_.rows[call.row];
    ++row.calls;
    row.outputs.clear();
    row.output_bytes = 0;
    for (const Tensor& output : outputs)
      if (output.defined()) {
        row.outputs.push_back(output.shape());
        row.output_bytes += output.array().bytes();
      }
    const Index all = counter_.count() - call.started;
    row.multiply_adds += all - call.inside;
    if (!calls_.empty()) calls_.back().inside += all;
    const std::size_t now = memory_in_use();
    if (call.row == 0 && now > call.memory) summary_.activation_bytes = now - call.memory;
  }

  Summary summary_;
  std::vector<HookHandle> handles_;
  std::vector<std::pair<Tensor, Array>> buffers_;
  std::vector<Call> calls_;
  Generator before_;
  ProductCounter counter_;
  ObserverGuard watch_{counter_};
};

/// 1234567 as "1,234,567".
inline std::string with_commas(Index n) {
  std::string out = std::to_string(n);
  for (auto i = static_cast<Index>(out.size()) - 3; i > 0; i -= 3)
    out.insert(static_cast<std::size_t>(i), ",");
  return out;
}
inline std::string with_unit(std::size_t bytes) {
  const char* const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
  auto value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1024 && unit < 4; ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f" : "%.2f", value);
  return std::string(text) + units[unit];
}
/// Text cells in columns, two spaces apart; the first two columns are left-aligned, numbers right.
inline std::string in_columns(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines[0].size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string padding(widths[i] - line[i].size(), ' ');
      out += (i == 0 ? "" : "  ") + (i < 2 ? line[i] + padding : padding + line[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}
}  // namespace detail

/// The summary of the forward pass that `run` makes; it may call the model in any way:
///   nn::summary(model, [&] { model(source, target); });
/// The model stays in its mode: in training mode, dropout's masks are among the activations.
template <std::invocable Run> Summary summary(Module& model, Run&& run) {
  const EnableGradGuard enable;
  detail::SummaryRecorder recorder(model);
  run();
  return recorder.result();
}

Summary summary(...) TINYGRAD_REFUSED("summary(model, shape), summary(model, run): run() calls it");

struct SummaryOptions {
  Dtype dtype = float32;  ///< of the input; int64 for a model that starts with an Embedding
};

/// The summary of a call with a tensor of zeros.
inline Summary summary(Module& model, const Shape& input, SummaryOptions options = {},
                       At at = At::here()) {
  const Tensor x = zeros(input, options.dtype);
  return summary(model, [&] { model(x, at); });
}

/// A line for each module, then the totals.
inline std::string to_string(const Summary& s) {
  std::vector<std::vector<std::string>> lines{
      {"module", "output", "parameters", "multiply-adds", "output size"}};
  for (const SummaryRow& row : s.rows) {
    const auto depth = row.path.empty() ? 0 : 1 + std::count(row.path.begin(), row.path.end(), '.');
    std::string name(2 * static_cast<std::size_t>(depth), ' ');
    if (!row.path.empty()) name += row.path.substr(row.path.rfind('.') + 1) + ": ";
    std::string shapes;
    for (const Shape& shape : row.outputs) shapes += (shapes.empty() ? "" : " ") + to_string(shape);
    if (row.calls > 1) shapes += str_cat(" x", row.calls);
    const bool called = row.calls > 0;
    lines.push_back({name + row.type, called ? shapes : "-",
                     row.parameters > 0 ? detail::with_commas(row.parameters) : "-",
                     row.multiply_adds > 0 ? detail::with_commas(row.multiply_adds) : "-",
                     called ? detail::with_unit(row.output_bytes) : "-"});
  }
  using detail::with_commas, detail::with_unit;
  std::string out = detail::in_columns(lines);
  out += str_cat("parameters: ", with_commas(s.trainable), " trainable, ", with_commas(s.frozen),
                 " frozen (", with_unit(s.parameter_bytes), "; buffers ", with_unit(s.buffer_bytes),
                 ")\n");
  out += str_cat("multiply-adds of a forward pass: ", with_commas(s.multiply_adds), "\n");
  out += str_cat("training keeps: gradients ", with_unit(s.gradient_bytes), ", activations ",
                 with_unit(s.activation_bytes), ", optimizer state ", with_unit(s.momentum_bytes()),
                 " with momentum, ", with_unit(s.adam_bytes()), " with Adam\n");
  return out;
}

}  // namespace tinygrad::nn
