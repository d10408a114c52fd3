// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/recurrent.hpp and nn/recurrent_cell.hpp.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

namespace {

const Names kRecurrent{"weight_ih", "weight_hh", "bias_ih", "bias_hh"};

void add_cells(LayerRows& rows) {
  const Samples with_h{{{{3, 2}}, {{3, 4}}}, {{{2}}, {{4}}}, {{{0, 2}}, {{0, 4}}}};
  const Samples x_only{{{{3, 2}}}, {{{2}}}, {{{0, 2}}}};
  const Samples with_hc{
      {{{3, 2}}, {{3, 4}}, {{3, 4}}}, {{{2}}, {{4}}, {{4}}}, {{{0, 2}}, {{0, 4}}, {{0, 4}}}};
  const auto step = [](auto& m, const Tensors& x) { return m(x[0], x[1]); };
  rows.push_back(layer(
      "RNNCell", "nn.RNNCell(2, 4)", [] { return nn::RNNCell(2, 4); }, "m(x0, x1)", step, with_h,
      kRecurrent));
  rows.push_back(layer(
      "RNNCell/relu", "nn.RNNCell(2, 4, nonlinearity='relu')",
      [] { return nn::RNNCell(2, 4, {.nonlinearity = nn::RnnNonlinearity::kRelu}); }, "m(x0, x1)",
      step, with_h, kRecurrent));
  rows.push_back(layer("RNNCell/no bias, no state", "nn.RNNCell(2, 4, bias=False)",
                       [] { return nn::RNNCell(2, 4, {.bias = false}); }, x_only,
                       {"weight_ih", "weight_hh"}));
  rows.push_back(layer(
      "GRUCell", "nn.GRUCell(2, 4)", [] { return nn::GRUCell(2, 4); }, "m(x0, x1)", step, with_h,
      kRecurrent));
  rows.push_back(layer("GRUCell/no bias, no state", "nn.GRUCell(2, 4, bias=False)",
                       [] { return nn::GRUCell(2, 4, {.bias = false}); }, x_only,
                       {"weight_ih", "weight_hh"}));
  const auto make = [] { return nn::LSTMCell(2, 4); };
  rows.push_back(layer(
      "LSTMCell/h", "nn.LSTMCell(2, 4)", make, "m(x0, (x1, x2))[0]",
      [](nn::LSTMCell& m, const Tensors& x) {
        return m(x[0], {x[1], x[2]}).h;
      },
      with_hc, kRecurrent));
  rows.push_back(layer(
      "LSTMCell/c", "nn.LSTMCell(2, 4)", make, "m(x0, (x1, x2))[1]",
      [](nn::LSTMCell& m, const Tensors& x) {
        return m(x[0], {x[1], x[2]}).c;
      },
      with_hc, kRecurrent));
  rows.push_back(layer(
      "LSTMCell/no bias, no state", "nn.LSTMCell(2, 4, bias=False)",
      [] { return nn::LSTMCell(2, 4, {.bias = false}); }, "m(x0)[0]",
      [](nn::LSTMCell& m, const Tensors& x) { return m(x[0]).h; }, x_only,
      {"weight_ih", "weight_hh"}));
}

// "weight_ih_l0", … for each layer and direction.
Names recurrent_state(int layers, bool bidirectional, const Names& names = kRecurrent) {
  Names out;
  for (int l = 0; l < layers; ++l)
    for (const char* direction : {"", "_reverse"})
      if (*direction == '\0' || bidirectional)
        for (const std::string& name : names) out.push_back(str_cat(name, "_l", l, direction));
  return out;
}

// RNN and GRU: output and h_n, plain and with every option.
template <class M> void add_recurrent(LayerRows& rows, const std::string& name) {
  const std::string torch = "nn." + name;
  const Samples plain{{{{3, 2, 2}}}, {{{1, 2, 2}}}, {{{3, 2}}}, {{{3, 0, 2}}}};
  const auto output = [](M& m, const Tensors& x) { return m(x[0]).output; };
  const auto h_n = [](M& m, const Tensors& x) { return m(x[0]).h_n; };
  const auto small = [] { return M(2, 3); };
  rows.push_back(layer(name + "/output", torch + "(2, 3)", small, "m(x0)[0]", output, plain,
                       recurrent_state(1, false)));
  rows.push_back(layer(name + "/h_n", torch + "(2, 3)", small, "m(x0)[1]", h_n, plain,
                       recurrent_state(1, false)));
  const auto deep = [] { return M(2, 2, {.num_layers = 2, .bidirectional = true}); };
  const std::string torch_deep = torch + "(2, 2, 2, bidirectional=True)";
  const Samples stated{
      {{{3, 2, 2}}, {{4, 2, 2}}}, {{{3, 2}}, {{4, 2}}}, {{{3, 0, 2}}, {{4, 0, 2}}}};
  rows.push_back(layer(
      name + "/two layers both ways, output", torch_deep, deep, "m(x0, x1)[0]",
      [](M& m, const Tensors& x) { return m(x[0], x[1]).output; }, stated,
      recurrent_state(2, true)));
  rows.push_back(layer(
      name + "/two layers both ways, h_n", torch_deep, deep, "m(x0, x1)[1]",
      [](M& m, const Tensors& x) { return m(x[0], x[1]).h_n; }, stated, recurrent_state(2, true)));
  rows.push_back(layer(
      name + "/batch first, no bias", torch + "(2, 3, bias=False, batch_first=True)",
      [] { return M(2, 3, {.bias = false, .batch_first = true}); }, "m(x0)[0]", output,
      {{{{2, 3, 2}}}, {{{3, 2}}}, {{{0, 3, 2}}}},
      recurrent_state(1, false, {"weight_ih", "weight_hh"})));
  rows.push_back(layer(
      name + "/dropout in evaluation", torch + "(2, 2, 2, dropout=0.5)",
      [] { return M(2, 2, {.num_layers = 2, .dropout = 0.5}); }, "m(x0)[0]", output,
      {{{{3, 2, 2}}}, {{{3, 0, 2}}}}, recurrent_state(2, false)));
}

void add_lstm(LayerRows& rows) {
  const Samples plain{{{{3, 2, 2}}}, {{{1, 2, 2}}}, {{{3, 2}}}, {{{3, 0, 2}}}};
  const auto small = [] { return nn::LSTM(2, 3); };
  const Names state = recurrent_state(1, false);
  rows.push_back(layer(
      "LSTM/output", "nn.LSTM(2, 3)", small, "m(x0)[0]",
      [](nn::LSTM& m, const Tensors& x) { return m(x[0]).output; }, plain, state));
  rows.push_back(layer(
      "LSTM/h_n", "nn.LSTM(2, 3)", small, "m(x0)[1][0]",
      [](nn::LSTM& m, const Tensors& x) { return m(x[0]).h_n; }, plain, state));
  rows.push_back(layer(
      "LSTM/c_n", "nn.LSTM(2, 3)", small, "m(x0)[1][1]",
      [](nn::LSTM& m, const Tensors& x) { return m(x[0]).c_n; }, plain, state));
  rows.push_back(layer(
      "LSTM/two layers both ways", "nn.LSTM(2, 2, 2, bidirectional=True)",
      [] { return nn::LSTM(2, 2, {.num_layers = 2, .bidirectional = true}); }, "m(x0, (x1, x2))[0]",
      [](nn::LSTM& m, const Tensors& x) {
        return m(x[0], {x[1], x[2]}).output;
      },
      {{{{3, 2, 2}}, {{4, 2, 2}}, {{4, 2, 2}}}, {{{3, 0, 2}}, {{4, 0, 2}}, {{4, 0, 2}}}},
      recurrent_state(2, true)));
  rows.push_back(layer(
      "LSTM/projected, batch first", "nn.LSTM(2, 3, 2, proj_size=2, batch_first=True)",
      [] { return nn::LSTM(2, 3, {.num_layers = 2, .batch_first = true, .proj_size = 2}); },
      "torch.cat([m(x0)[0].flatten(), m(x0)[1][0].flatten(), m(x0)[1][1].flatten()])",
      [](nn::LSTM& m, const Tensors& x) {
        const auto y = m(x[0]);
        return concat(std::vector{flatten(y.output), flatten(y.h_n), flatten(y.c_n)});
      },
      {{{{2, 3, 2}}}, {{{3, 2}}}, {{{0, 3, 2}}}},
      recurrent_state(2, false, {"weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"})));
}

}  // namespace

LayerRows recurrent_layers() {
  LayerRows rows;
  add_cells(rows);
  add_recurrent<nn::RNN>(rows, "RNN");
  rows.push_back(layer(
      "RNN/relu", "nn.RNN(2, 3, nonlinearity='relu')",
      [] { return nn::RNN(2, 3, {.nonlinearity = nn::RnnNonlinearity::kRelu}); }, "m(x0)[0]",
      [](nn::RNN& m, const Tensors& x) { return m(x[0]).output; }, {{{{3, 2, 2}}}, {{{3, 0, 2}}}},
      recurrent_state(1, false)));
  add_recurrent<nn::GRU>(rows, "GRU");
  add_lstm(rows);
  return rows;
}

}  // namespace tinygrad::test
