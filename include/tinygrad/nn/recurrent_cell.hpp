// SPDX-License-Identifier: MIT
// RNNCell, LSTMCell and GRUCell: layers that make one step of a recurrence. The layers of
// recurrent.hpp use the same step functions, which are in nn::detail.
#pragma once

#include "tinygrad/nn/init_preset.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/linalg/products.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// The function that an RNN applies to the sum of its products.
enum class RnnNonlinearity { kTanh, kRelu };

/// The state of an LSTM: the hidden state, which is its output, and the cell.
struct LSTMState {
  Tensor h = {}, c = {};
  std::vector<Tensor*> tensors() { return {&h, &c}; }
};

namespace detail {
/// The weights of one cell, or of one layer and direction, by PyTorch's names; G gates, hidden size
/// H, the output's size P (H unless the LSTM projects it), I inputs.
struct RecurrentWeights {
  Parameter weight_ih;  // (G·H, I)
  Parameter weight_hh;  // (G·H, P)
  Parameter bias_ih;    // (G·H), or undefined
  Parameter bias_hh;    // (G·H), or undefined
  Parameter weight_hr;  // (P, H), or undefined

  /// New tensors, all uniform in ±1/√H.
  void make(const Op& op, Index gates, Index input, Index hidden, Index projection, bool bias,
            Generator& generator) {
    const auto sized = [&](const Shape& shape) { return Tensor(Array::empty(shape, float32, op)); };
    weight_ih = sized({gates * hidden, input});
    weight_hh = sized({gates * hidden, projection > 0 ? projection : hidden});
    if (bias) bias_ih = sized({gates * hidden});
    if (bias) bias_hh = sized({gates * hidden});
    if (projection > 0) weight_hr = sized({projection, hidden});
    init::pytorch_default_({weight_ih, weight_hh, bias_ih, bias_hh, weight_hr}, hidden, generator,
                           op.at);
  }
  void reset(init::Initializer& draw, Index hidden) const {
    draw.weight(weight_ih, hidden);
    draw.recurrent_weight(weight_hh, hidden);
    draw.bias(bias_ih, hidden);
    draw.bias(bias_hh, hidden);
    draw.weight(weight_hr, hidden);
  }
  void members(Members& m, const std::string& suffix) {
    m("weight_ih" + suffix, weight_ih)("weight_hh" + suffix, weight_hh);
    m("bias_ih" + suffix, bias_ih)("bias_hh" + suffix, bias_hh)("weight_hr" + suffix, weight_hr);
  }
};

// The steps. `from_x` is weight_ih·x + bias_ih of this step, (N, G·H); the state is (N, H).

/// h' = tanh(from_x + weight_hh·h + bias_hh), or relu.
inline Tensor rnn_step(const RecurrentWeights& w, RnnNonlinearity nonlinearity,
                       const Tensor& from_x, const Tensor& h) {
  const Tensor sum = from_x + linear(h, w.weight_hh, w.bias_hh);
  return nonlinearity == RnnNonlinearity::kRelu ? relu(sum) : tanh(sum);
}

/// Gates in the order input, forget, cell, output: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c').
inline LSTMState lstm_step(const RecurrentWeights& w, const Tensor& from_x, const LSTMState& s) {
  const auto gates = chunk(from_x + linear(s.h, w.weight_hh, w.bias_hh), 4, 1);
  const Tensor c = sigmoid(gates[1]) * s.c + sigmoid(gates[0]) * tanh(gates[2]);
  const Tensor h = sigmoid(gates[3]) * tanh(c);
  return {w.weight_hr.defined() ? linear(h, w.weight_hr) : h, c};
}

/// Gates in the order reset, update, new: n = tanh(from_x_n + σ(r)·from_h_n),
/// h' = n + σ(z)·(h − n).
inline Tensor gru_step(const RecurrentWeights& w, const Tensor& from_x, const Tensor& h) {
  const auto x = chunk(from_x, 3, 1);
  const auto own = chunk(linear(h, w.weight_hh, w.bias_hh), 3, 1);
  const Tensor n = tanh(x[2] + sigmoid(x[0] + own[0]) * own[2]);
  return n + sigmoid(x[1] + own[1]) * (h - n);
}

inline void check_recurrent_sizes(const Op& op, Index input_size, Index hidden_size) {
  check<ValueError>(input_size > 0, op, "input_size=", input_size, " must be positive");
  check<ValueError>(hidden_size > 0, op, "hidden_size=", hidden_size, " must be positive");
}
inline void check_state(const Op& op, const char* name, const Tensor& state, const Shape& shape,
                        Dtype dtype) {
  check<ShapeError>(state.shape() == shape, op, name, ' ', state.shape(), " must be ", shape);
  check<DtypeError>(state.dtype() == dtype, op, name, " is ", state.dtype(), ", x is ", dtype);
}
}  // namespace detail

struct LSTMCellOptions {
  bool bias = true;
};
struct GRUCellOptions {
  bool bias = true;
};
struct RNNCellOptions {
  bool bias = true;
  RnnNonlinearity nonlinearity = RnnNonlinearity::kTanh;
};

/// The common part of the cells: sizes, weights, and the checks of x and the state.
class RecurrentCell : public Module {
 public:
  Index input_size, hidden_size;
  detail::RecurrentWeights weights;

  void members(Members& m) override { weights.members(m, ""); }
  void reset_parameters(init::Initializer& draw) override { weights.reset(draw, hidden_size); }
  std::string describe() const override {
    return str_cat(type_name(), "(", input_size, ", ", hidden_size,
                   weights.bias_ih.defined() ? ")" : ", bias=false)");
  }

 protected:
  RecurrentCell(const Op& op, Index gates, Index input, Index hidden, bool bias,
                Generator& generator)
      : input_size(input), hidden_size(hidden) {
    detail::check_recurrent_sizes(op, input, hidden);
    weights.make(op, gates, input, hidden, 0, bias, generator);
  }

  /// x as (N, input_size), checked.
  Tensor rows(const Op& op, const Tensor& x) const {
    check<ShapeError>((x.dim() == 1 || x.dim() == 2) && x.shape().back() == input_size, op, "x ",
                      x.shape(), " must be (N, ", input_size, ") or (", input_size,
                      "): input_size=", input_size);
    return x.dim() == 2 ? x : unsqueeze(x, 0);
  }
  /// The state as (N, hidden_size), checked; zeros if there is none.
  Tensor state(const Op& op, const char* name, const Tensor& given, const Tensor& x) const {
    const Index n = x.dim() == 2 ? x.shape()[0] : 1;
    if (!given.defined()) return zeros({n, hidden_size}, x.dtype());
    detail::check_state(op, name, given, x.dim() == 2 ? Shape{n, hidden_size} : Shape{hidden_size},
                        x.dtype());
    return given.dim() == 2 ? given : unsqueeze(given, 0);
  }
  Tensor from_x(const Tensor& x) const { return linear(x, weights.weight_ih, weights.bias_ih); }
  /// A result (N, …) without the batch dim if x had none.
  static Tensor like(const Tensor& x, const Tensor& y) { return x.dim() == 2 ? y : squeeze(y, 0); }
};

/// h' = tanh(weight_ih·x + bias_ih + weight_hh·h + bias_hh), or relu.
/// Shapes  x (N, input_size), h (N, hidden_size) or undefined: 0 → h'; all without N too
/// Starts with all weights uniform in ±1/√hidden_size, as all recurrent layers do
struct RNNCell final : RecurrentCell {
  RnnNonlinearity nonlinearity;

  RNNCell(Index input, Index hidden, RNNCellOptions options = {},
          Generator& generator = default_generator(), At at = At::here())
      : RecurrentCell({"RNNCell", at}, 1, input, hidden, options.bias, generator),
        nonlinearity(options.nonlinearity) {}

  Tensor operator()(const Tensor& x, const Tensor& h = {}, At at = At::here()) {
    return call(at, {x, h}, [&](const std::vector<Tensor>& in) { return step(in[0], in[1]); });
  }
  Tensor forward(const Tensor& x) override { return step(x, {}); }
  std::string describe() const override {
    std::string out = RecurrentCell::describe();
    if (nonlinearity == RnnNonlinearity::kRelu) out.insert(out.size() - 1, ", nonlinearity=relu");
    return out;
  }

 private:
  Tensor step(const Tensor& x, const Tensor& h) const {
    const Op op{"RNNCell", At::here()};
    const Tensor in = rows(op, x);
    return like(x, detail::rnn_step(weights, nonlinearity, from_x(in), state(op, "h", h, x)));
  }
};

/// Input, forget and output gates around a cell; see detail::lstm_step for the formulas.
/// Shapes  x (N, input_size), h and c (N, hidden_size) or undefined: 0 → {h', c'}; without N too
/// Source  Hochreiter & Schmidhuber, Neural Computation 1997
struct LSTMCell final : RecurrentCell {
  LSTMCell(Index input, Index hidden, LSTMCellOptions options = {},
           Generator& generator = default_generator(), At at = At::here())
      : RecurrentCell({"LSTMCell", at}, 4, input, hidden, options.bias, generator) {}

  LSTMState operator()(const Tensor& x, const LSTMState& s = {}, At at = At::here()) {
    return call(at, {x, s.h, s.c}, [&](const std::vector<Tensor>& in) {
      return step(in[0], {in[1], in[2]});
    });
  }
  /// For one tensor it returns only h'.
  Tensor forward(const Tensor& x) override { return step(x, {}).h; }

 private:
  LSTMState step(const Tensor& x, const LSTMState& s) const {
    const Op op{"LSTMCell", At::here()};
    const Tensor in = rows(op, x);
    const LSTMState next =
        detail::lstm_step(weights, from_x(in), {state(op, "h", s.h, x), state(op, "c", s.c, x)});
    return {like(x, next.h), like(x, next.c)};
  }
};

/// Reset and update gates; see detail::gru_step for the formulas.
/// Shapes  x (N, input_size), h (N, hidden_size) or undefined: 0 → h'; all without N too
/// Source  Cho et al., EMNLP 2014
struct GRUCell final : RecurrentCell {
  GRUCell(Index input, Index hidden, GRUCellOptions options = {},
          Generator& generator = default_generator(), At at = At::here())
      : RecurrentCell({"GRUCell", at}, 3, input, hidden, options.bias, generator) {}

  Tensor operator()(const Tensor& x, const Tensor& h = {}, At at = At::here()) {
    return call(at, {x, h}, [&](const std::vector<Tensor>& in) { return step(in[0], in[1]); });
  }
  Tensor forward(const Tensor& x) override { return step(x, {}); }

 private:
  Tensor step(const Tensor& x, const Tensor& h) const {
    const Op op{"GRUCell", At::here()};
    const Tensor in = rows(op, x);
    return like(x, detail::gru_step(weights, from_x(in), state(op, "h", h, x)));
  }
};

}  // namespace tinygrad::nn
