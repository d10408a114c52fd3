// SPDX-License-Identifier: MIT
// RNN, LSTM and GRU: recurrent layers over whole sequences, several deep, in one direction or both.
// The formulas of one step are in recurrent_cell.hpp.
#pragma once

#include <optional>

#include "tinygrad/nn/recurrent_cell.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/layers/dropout.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct RecurrentOptions {
  Index num_layers = 1;
  RnnNonlinearity nonlinearity = RnnNonlinearity::kTanh;  ///< RNN only
  bool bias = true;
  bool batch_first = false;    ///< x and output are (N, T, …) instead of (T, N, …)
  double dropout = 0;          ///< of the outputs of all layers but the last, while training
  bool bidirectional = false;  ///< a second direction runs from the end; its output is last
  Index proj_size = 0;         ///< LSTM only: h is projected to this size
};

/// The result of RNN and GRU: the outputs of the last layer at every step, and the last state of
/// each layer and direction.
struct RecurrentOutput {
  Tensor output;  ///< (T, N, D·H), D directions
  Tensor h_n;     ///< (layers·D, N, H)
  std::vector<Tensor*> tensors() { return {&output, &h_n}; }
};
struct LSTMOutput {
  Tensor output;  ///< (T, N, D·P), P = proj_size or H
  Tensor h_n;     ///< (layers·D, N, P)
  Tensor c_n;     ///< (layers·D, N, H)
  std::vector<Tensor*> tensors() { return {&output, &h_n, &c_n}; }
};

/// The common part of RNN, LSTM and GRU: the weights, and the loop over layers, directions and
/// steps.
class Recurrent : public Module {
 public:
  Index input_size, hidden_size;
  RecurrentOptions options;
  std::optional<Generator> generator;  ///< of the dropout; the default one otherwise

  void members(Members& m) override {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const std::size_t layer = options.bidirectional ? i / 2 : i;
      const bool reverse = options.bidirectional && i % 2 == 1;
      weights_[i].members(m, str_cat("_l", layer, reverse ? "_reverse" : ""));
    }
  }
  void reset_parameters(init::Initializer& draw) override {
    for (const Weights& w : weights_) w.reset(draw, hidden_size);
  }
  std::string describe() const override {
    const RecurrentOptions usual, &o = options;
    detail::Settings s(type_name());
    s.show(input_size).show(hidden_size).unless("num_layers", o.num_layers, usual.num_layers);
    if (o.nonlinearity == RnnNonlinearity::kRelu) s.show("nonlinearity", "relu");
    return s.unless("bias", o.bias, usual.bias)
        .unless("batch_first", o.batch_first, usual.batch_first)
        .unless("dropout", o.dropout, usual.dropout)
        .unless("bidirectional", o.bidirectional, usual.bidirectional)
        .unless("proj_size", o.proj_size, usual.proj_size)
        .text();
  }

 protected:
  using Weights = detail::RecurrentWeights;
  /// The state between two steps; c is used by the LSTM only.
  using State = LSTMState;

  Recurrent(const Op& op, Index gates, Index input, Index hidden, const RecurrentOptions& with,
            Generator& initial)
      : input_size(input), hidden_size(hidden), options(with) {
    detail::check_recurrent_sizes(op, input, hidden);
    const Index layers = with.num_layers, projection = with.proj_size;
    check<ValueError>(layers > 0, op, "num_layers=", layers, " must be positive");
    check<ValueError>(with.dropout >= 0 && with.dropout <= 1, op, "dropout=", with.dropout,
                      " must be in [0, 1]");
    check<ValueError>(projection == 0 || gates == 4, op, "proj_size is for the LSTM only");
    check<ValueError>(0 <= projection && projection < hidden, op, "proj_size=", projection,
                      " must be in [0, hidden_size=", hidden, ")");
    check<ValueError>(with.nonlinearity == RnnNonlinearity::kTanh || gates == 1, op,
                      "nonlinearity is for the RNN only");
    for (Index layer = 0; layer < layers; ++layer)
      for (Index direction = 0; direction < directions(); ++direction)
        weights_.emplace_back().make(op, gates, layer == 0 ? input : directions() * output_size(),
                                     hidden, projection, with.bias, initial);
  }

  Index directions() const { return options.bidirectional ? 2 : 1; }
  Index output_size() const { return options.proj_size > 0 ? options.proj_size : hidden_size; }

  virtual State step(const Weights& w, const Tensor& from_x, const State& state) const = 0;
  virtual bool has_cell() const { return false; }

  /// The sequence x (T, N, I), (N, T, I) or (T, I) and the first state; undefined means 0.
  RecurrentOutput run(const Op& op, const Tensor& x, const Tensor& h_0) {
    const LSTMOutput all = run(op, x, State{h_0, {}});
    return {all.output, all.h_n};
  }
  LSTMOutput run(const Op& op, const Tensor& x, const State& first) {
    check<ShapeError>((x.dim() == 2 || x.dim() == 3) && x.shape().back() == input_size, op, "x ",
                      x.shape(), " must be ", options.batch_first ? "(N, T, " : "(T, N, ",
                      input_size, ") or (T, ", input_size, "): input_size=", input_size);
    const bool batched = x.dim() == 3, swap = batched && options.batch_first;
    const Tensor in = swap ? transpose(x, 0, 1) : batched ? x : unsqueeze(x, 1);
    check<ShapeError>(in.shape()[0] > 0, op, "x ", x.shape(), " has no steps");
    const std::vector<Tensor> h = states(op, "h_0", first.h, in, batched, output_size());
    const std::vector<Tensor> c = has_cell() ? states(op, "c_0", first.c, in, batched, hidden_size)
                                             : std::vector<Tensor>(h.size());
    std::vector<Tensor> last_h, last_c;
    Tensor sequence = in;
    for (std::size_t i = 0; i < weights_.size();) {
      std::vector<Tensor> outputs;
      for (Index direction = 0; direction < directions(); ++direction, ++i) {
        State state{h[i], c[i]};
        outputs.push_back(read(weights_[i], sequence, direction == 1, state));
        last_h.push_back(state.h);
        last_c.push_back(state.c);
      }
      sequence = outputs.size() == 1 ? outputs[0] : concat(outputs, 2);
      if (i < weights_.size())
        sequence = dropout(sequence, options.dropout, is_training(),
                           generator ? *generator : default_generator());
    }
    const auto joined = [&](const std::vector<Tensor>& each) {
      const Tensor all = stack(each);  // (layers·D, N, size)
      return batched ? all : squeeze(all, 1);
    };
    return {swap      ? transpose(sequence, 0, 1)
            : batched ? sequence
                      : squeeze(sequence, 1),
            joined(last_h), has_cell() ? joined(last_c) : Tensor()};
  }

 private:
  // One layer in one direction: the outputs (T, N, P); `state` goes from the first to the last.
  Tensor read(const Weights& w, const Tensor& x, bool reverse, State& state) const {
    const Index steps = x.shape()[0], n = x.shape()[1];
    // (T,N,I)·(G·H,I)ᵀ → (T,N,G·H): one product for the whole sequence.
    const auto from_x = chunk(linear(x, w.weight_ih, w.bias_ih), steps, 0);
    std::vector<Tensor> outputs(from_x.size());
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const std::size_t t = reverse ? outputs.size() - 1 - k : k;
      state = step(w, reshape(from_x[t], {n, w.weight_ih.shape()[0]}), state);
      outputs[t] = state.h;
    }
    return stack(outputs);
  }

  // The first state of each layer and direction, (N, size); `given` is (layers·D, N, size).
  std::vector<Tensor> states(const Op& op, const char* name, const Tensor& given, const Tensor& x,
                             bool batched, Index size) const {
    const Index n = x.shape()[1], count = static_cast<Index>(weights_.size());
    std::vector<Tensor> out(weights_.size());
    if (!given.defined()) {
      std::fill(out.begin(), out.end(), zeros({n, size}, x.dtype()));
      return out;
    }
    detail::check_state(op, name, given, batched ? Shape{count, n, size} : Shape{count, size},
                        x.dtype());
    const auto parts = chunk(given, count, 0);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = reshape(parts[i], {n, size});
    return out;
  }

  std::vector<Weights> weights_;
};

/// h' = tanh(weight_ih·x + bias_ih + weight_hh·h + bias_hh) at every step, or relu.
/// Shapes  x (T, N, input_size), h_0 (layers·D, N, hidden_size) or undefined: 0
///         → output (T, N, D·hidden_size), h_n (layers·D, N, hidden_size);
///         N and T exchanged in x and output with batch_first; all without N too
/// Starts with all weights uniform in ±1/√hidden_size
/// Throws  ShapeError if x or the state has another size than expected, or no steps
struct RNN final : Recurrent {
  explicit RNN(...) TINYGRAD_REFUSED("RNN(input_size, hidden_size, options): integers");
  RNN(Index input, Index hidden, const RecurrentOptions& with = {},
      Generator& initial = default_generator(), At at = At::here())
      : Recurrent({"RNN", at}, 1, input, hidden, with, initial) {}

  RecurrentOutput operator()(const Tensor& x, const Tensor& h_0 = {}, At at = At::here()) {
    return call(at, {x, h_0}, [&](const std::vector<Tensor>& in) {
      return run({"RNN", At::here()}, in[0], in[1]);
    });
  }
  /// For one tensor, as in Sequential, it returns only the output.
  Tensor forward(const Tensor& x) override { return run({"RNN", At::here()}, x, Tensor()).output; }

 private:
  State step(const Weights& w, const Tensor& from_x, const State& s) const override {
    return {detail::rnn_step(w, options.nonlinearity, from_x, s.h), {}};
  }
};

/// Gated recurrent units, after detail::gru_step. Shapes, Starts, Throws as RNN.
/// Source  Cho et al., EMNLP 2014
struct GRU final : Recurrent {
  explicit GRU(...) TINYGRAD_REFUSED("GRU(input_size, hidden_size, options): integers");
  GRU(Index input, Index hidden, const RecurrentOptions& with = {},
      Generator& initial = default_generator(), At at = At::here())
      : Recurrent({"GRU", at}, 3, input, hidden, with, initial) {}

  RecurrentOutput operator()(const Tensor& x, const Tensor& h_0 = {}, At at = At::here()) {
    return call(at, {x, h_0}, [&](const std::vector<Tensor>& in) {
      return run({"GRU", At::here()}, in[0], in[1]);
    });
  }
  /// For one tensor, as in Sequential, it returns only the output.
  Tensor forward(const Tensor& x) override { return run({"GRU", At::here()}, x, Tensor()).output; }

 private:
  State step(const Weights& w, const Tensor& from_x, const State& s) const override {
    return {detail::gru_step(w, from_x, s.h), {}};
  }
};

/// Long short-term memory, after detail::lstm_step. Shapes, Starts, Throws as RNN, with a cell c of
/// size hidden_size beside h, and h of size proj_size if that is given.
/// Source  Hochreiter & Schmidhuber, Neural Computation 1997; Sak et al., arXiv:1402.1128
struct LSTM final : Recurrent {
  explicit LSTM(...) TINYGRAD_REFUSED("LSTM(input_size, hidden_size, options): integers");
  LSTM(Index input, Index hidden, const RecurrentOptions& with = {},
       Generator& initial = default_generator(), At at = At::here())
      : Recurrent({"LSTM", at}, 4, input, hidden, with, initial) {}

  LSTMOutput operator()(const Tensor& x, const LSTMState& first = {}, At at = At::here()) {
    return call(at, {x, first.h, first.c}, [&](const std::vector<Tensor>& in) {
      return run({"LSTM", At::here()}, in[0], State{in[1], in[2]});
    });
  }
  /// For one tensor, as in Sequential, it returns only the output.
  Tensor forward(const Tensor& x) override { return run({"LSTM", At::here()}, x, State{}).output; }

 private:
  State step(const Weights& w, const Tensor& from_x, const State& s) const override {
    return detail::lstm_step(w, from_x, s);
  }
  bool has_cell() const override { return true; }
};

}  // namespace tinygrad::nn
