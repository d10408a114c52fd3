// SPDX-License-Identifier: MIT
// Tests of recurrent layers other than values and gradients, which are in test_all_layers.cpp:
// initial weights, dropout, the tape, errors.
#include "nn/support.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("recurrent weights start uniform within ±1/√hidden_size, in PyTorch's order") {
  Generator generator(3);
  nn::LSTM lstm(50, 100, {}, generator);
  double largest = 0;
  for (const Tensor& p : lstm.parameters())
    for (Index i = 0; i < p.numel(); ++i) largest = std::fmax(largest, std::fabs(p.array().at(i)));
  CHECK(largest <= 0.1);
  CHECK(largest > 0.0999);
  const auto named = lstm.named_parameters();
  CHECK(named[0].first == "weight_ih_l0");
  CHECK(named[3].first == "bias_hh_l0");
  CHECK(named[1].second.shape() == Shape{400, 100});
}

TEST_CASE("a sequence is the cell, step by step") {
  nn::GRU gru(3, 4);
  nn::GRUCell cell(3, 4);
  const auto state = gru.state_dict();
  cell.load_state_dict({{"weight_ih", state.at("weight_ih_l0")},
                        {"weight_hh", state.at("weight_hh_l0")},
                        {"bias_ih", state.at("bias_ih_l0")},
                        {"bias_hh", state.at("bias_hh_l0")}});
  const Tensor x = random({5, 2, 3}, float32);
  const auto [output, h_n] = gru(x);
  Tensor h;
  for (Index t = 0; t < 5; ++t) {
    h = cell(slice(x, {t}), h);
    const Tensor same = slice(output, {t});
    for (Index i = 0; i < h.numel(); ++i)
      CHECK(h.array().at(i) == doctest::Approx(same.array().at(i)).epsilon(1e-5));
  }
  CHECK(h_n.shape() == Shape{1, 2, 4});
}

TEST_CASE("dropout acts between the layers, while training only, from the layer's own generator") {
  nn::RNN rnn(3, 4, {.num_layers = 2, .dropout = 0.5});
  const Tensor x = random({5, 2, 3}, float32);
  const auto value = [&] { return rnn(x).output.array().at(20); };
  rnn.generator = Generator(1);
  const double first = value(), second = value();
  CHECK(first != second);
  rnn.generator = Generator(1);
  CHECK(value() == first);
  rnn.eval();
  CHECK(value() == value());
  nn::RNN single(3, 4, {.dropout = 0.5});  // one layer: nothing is between
  CHECK(single(x).output.array().at(9) == single(x).output.array().at(9));
}

TEST_CASE("in a Sequential a recurrent layer passes its output on") {
  nn::Sequential model{nn::GRU(3, 4), nn::Linear(4, 2)};
  CHECK(model(ones({5, 2, 3})).shape() == Shape{5, 2, 2});
}

TEST_CASE("the tape of a sequence grows with its length, not faster") {
  nn::RNN rnn(2, 3);
  const auto nodes = [&](Index steps) {
    const auto before = Node::live();
    const Tensor y = rnn(ones({steps, 1, 2})).output;
    return Node::live() - before;
  };
  CHECK(nodes(40) - nodes(30) == nodes(20) - nodes(10));
}

TEST_CASE("recurrent layers refuse what does not fit, with names, sizes and path") {
  nn::Sequential model{nn::GRU(3, 4), nn::Linear(4, 2)};
  const int line = __LINE__ + 1;
  const auto wrong = message_of([&] { model(ones({5, 2, 7})); });
  CHECK(contains(wrong,
                 "[GRU] x (5, 2, 7) must be (T, N, 3) or (T, 3): input_size=3 — at "
                 "test_recurrent.cpp:" +
                     std::to_string(line) + ", in 0 (GRU)"));
  nn::LSTM lstm(3, 4, {.num_layers = 2, .batch_first = true, .bidirectional = true});
  CHECK(contains(message_of([&] { lstm(ones({2, 5, 7})); }), "x (2, 5, 7) must be (N, T, 3)"));
  CHECK(contains(message_of([&] { lstm(ones({2, 0, 3})); }), "x (2, 0, 3) has no steps"));
  CHECK(contains(message_of([&] {
                   lstm(ones({2, 5, 3}), {.h = ones({1, 2, 4}), .c = ones({4, 2, 4})});
                 }),
                 "[LSTM] h_0 (1, 2, 4) must be (4, 2, 4)"));
  CHECK(contains(message_of([&] {
                   lstm(ones({2, 5, 3}), {.h = ones({4, 2, 4}), .c = ones({4, 3, 4})});
                 }),
                 "c_0 (4, 3, 4) must be (4, 2, 4)"));
  CHECK(contains(message_of([&] {
                   lstm(ones({2, 5, 3}), {.h = ones({4, 2, 4}, float64)});
                 }),
                 "h_0 is float64, x is float32"));
  nn::RNNCell cell(3, 4);
  CHECK(contains(message_of([&] {
                   cell(ones({2, 5}));
                 }),
                 "[RNNCell] x (2, 5) must be (N, 3) or (3): input_size=3"));
  CHECK(contains(message_of([&] { cell(ones({2, 3}), ones({3, 4})); }), "h (3, 4) must be (2, 4)"));
  CHECK(contains(message_of([] { nn::GRU(3, 0); }), "[GRU] hidden_size=0 must be positive"));
  CHECK(contains(message_of([] { nn::GRU(3, 4, {.num_layers = 0}); }), "num_layers=0"));
  CHECK(contains(message_of([] { nn::GRU(3, 4, {.proj_size = 2}); }), "is for the LSTM only"));
  CHECK(contains(message_of([] { nn::LSTM(3, 4, {.proj_size = 4}); }), "proj_size=4 must be in"));
  CHECK(contains(message_of([] { nn::RNN(3, 4, {.dropout = 2}); }), "dropout=2 must be in [0, 1]"));
}

TEST_CASE("recurrent layers describe their settings") {
  CHECK(nn::GRU(3, 4).describe() == "GRU(3, 4)");
  CHECK(nn::LSTM(3, 4, {.num_layers = 2, .bias = false, .bidirectional = true}).describe() ==
        "LSTM(3, 4, num_layers=2, bias=false, bidirectional=true)");
  CHECK(nn::RNNCell(3, 4, {.bias = false}).describe() == "RNNCell(3, 4, bias=false)");
}
