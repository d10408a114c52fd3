// SPDX-License-Identifier: MIT
// Trains a recurrent network to write sentences of a small grammar, letter by letter.
//
// A sentence is "the old cats near the bird sleep." The network sees letters, not words: it learns
// spelling, and that the verb agrees with the first noun. The choices of the grammar are random, so
// the loss cannot fall below their entropy. The program computes this entropy for the same text.
//
// Output:
//   step 250: loss 0.252, the least possible is 0.244
//   step 500: loss 0.247, the least possible is 0.244
//   step 750: loss 0.245, the least possible is 0.244
//   the small dog sleeps.   (and four more sentences)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

const std::string kAlphabet = "\n abcdefghijklmnopqrstuvwxyz.";  // a sentence ends with "\n", id 0
constexpr Index kSteps = 750, kLetters = 29, kLongest = 48, kIgnored = -100;

using Words = std::vector<std::string>;
const Words kAdjectives = {"", "old ", "red ", "small "};
const Words kNouns = {"bird", "cat", "dog", "king"}, kEnds = {"", "s"};
const Words kVerbs = {"dance", "laugh", "sing", "sleep"};

/// Draws a sentence, and adds −log of its probability to `nats`.
std::string draw_sentence(Generator& random, double& nats) {
  const auto choose = [&](const Words& words) {
    nats += std::log(words.size());
    return words[static_cast<std::size_t>(random.integer(static_cast<Index>(words.size())))];
  };
  const std::string noun = "the " + choose(kAdjectives) + choose(kNouns), end = choose(kEnds);
  const bool two = choose({"y", "n"}) == "y";
  const std::string second = two ? " near the " + choose(kNouns) + choose(kEnds) : "";
  return noun + end + second + ' ' + choose(kVerbs) + (end.empty() ? "s" : "") + ".\n";
}

/// N sentences as ids. The inputs are the targets one letter later, with "\n" before the first.
/// Behind the end of a sentence the inputs are "\n" and the targets kIgnored, which has no loss.
struct Sentences {
  Tensor inputs, targets;  // (N, kLongest) int64
  double least_loss = 0;   // the entropy of the choices, per letter
};

Sentences draw_sentences(Index N, Generator& random) {
  const Tensor inputs = zeros({N, kLongest}, int64), targets = inputs + kIgnored;
  double nats = 0, letters = 0;
  for (Index n = 0; n < N; ++n) {
    const std::string text = draw_sentence(random, nats);
    letters += static_cast<double>(text.size());
    auto* const target = targets.data<std::int64_t>() + n * kLongest;
    for (std::size_t i = 0; i < text.size(); ++i)
      target[i] = static_cast<Index>(kAlphabet.find(text[i]));
    std::copy_n(target, text.size() - 1, inputs.data<std::int64_t>() + n * kLongest + 1);
  }
  return {inputs, targets, nats / letters};
}

struct CharRnn final : nn::Module {
  nn::Embedding embedding{kLetters, 16};
  nn::GRU gru{16, 64, {.batch_first = true}};
  nn::Linear head{64, kLetters};

  CharRnn() {  // open update gates: the state forgets little at first, and carries the noun's end
    std::fill_n(get_parameter("gru.bias_ih_l0").data<float>() + 64, 64, 2.0F);  // of 3·64
  }
  void members(nn::Members& m) override { m("embedding", embedding)("gru", gru)("head", head); }
  /// Scores of the next letter after each of x; an undefined state is all zeros.
  Tensor operator()(const Tensor& x, Tensor& state) {
    const auto [output, last] = gru(embedding(x), state);  // (N, T) → (N, T, H), (1, N, H)
    state = last;
    return head(output);  // (N, T, kLetters)
  }
};

Tensor loss_of(CharRnn& model, const Sentences& text) {
  Tensor state;
  const Tensor scores = flatten(model(text.inputs, state), 0, 1);  // (N·T, kLetters)
  return cross_entropy(scores, flatten(text.targets, 0, 1), {.ignore_index = kIgnored});
}

/// Writes a sentence: each letter is drawn with the probability that the model gives it.
std::string write_sentence(CharRnn& model, Generator& random) {
  const NoGradGuard no_grad;
  Tensor next = zeros({1, 1}, int64), state;
  std::string text;
  while (text.size() < kLongest && !text.ends_with('\n')) {
    next = multinomial(softmax(select(model(next, state), 1, 0), 1), 1, true, random);  // (1, 1)
    text += kAlphabet[next.item<std::size_t>()];
  }
  return text;
}

}  // namespace

int main() {
  Generator training_text(1), test_text(2);
  const Sentences test = draw_sentences(300, test_text);  // other sentences than those to train on
  CharRnn model;
  optim::Adam adam(model.parameters(), {.lr = 1e-2});
  optim::CosineAnnealingLR schedule(adam, kSteps);
  for (int step = 1; step <= kSteps; ++step) {
    const Tensor loss = loss_of(model, draw_sentences(32, training_text));
    adam.zero_grad();
    loss.backward();
    adam.step();
    schedule.step();
    if (step % 250 != 0) continue;
    std::printf("step %d: loss %.3f, the least possible is %.3f\n", step,
                loss_of(model, test).item(), test.least_loss);
  }
  for (int i = 0; i < 5; ++i) std::printf("%s", write_sentence(model, test_text).c_str());
}
