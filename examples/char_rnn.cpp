// SPDX-License-Identifier: MIT
// A recurrent network learns, letter by letter, to write the sentences of a small grammar: nn::GRU,
// nn::Embedding, sequences of different lengths in one batch, and sampling with a temperature.
//
//   char_rnn                     about 10 s on one free core
//   char_rnn --remember 0        how PyTorch starts a GRU: forms are learnt, agreement is not
//   char_rnn --temperature 0.5   surer, less varied sentences; --help lists all flags
//   char_rnn --quick             a tenth of the steps
//
// The grammar's choices are random, so no model can predict all; the least possible loss is the
// entropy of the choices, printed for the same text, near 0.337 nats per character. Seeds 1 to 3
// end 0.003 above it, and of 400 sentences they write about 370 are right. The verb agrees
// with the first noun, however many stand between them: who forgets it stays 0.017 above.
// Exit status: 0, 2 for wrong input, 130 after Ctrl-C.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <regex>

#include "program.hpp"
#include "tinygrad/tinygrad.hpp"

using namespace tinygrad;

namespace {

struct Options : RunOptions {
  Options() : RunOptions{.out = "outputs/char_rnn"} {}

  int steps = 2000;
  Index batch_size = 32, embedding = 16, hidden = 64;
  double remember = 3, lr = 1e-2, temperature = 1;
  bool quick = false;
};

// ---- The language: "the old cats near the red bird sleep softly." ----

const std::string kAlphabet = "\n abcdefghijklmnopqrstuvwxyz.";
constexpr Index kNewline = 0;  // its place in the alphabet; it ends a sentence

using Words = std::vector<std::string>;
const Words kAdjectives = {"old", "red", "small", "happy"};
const Words kNouns = {"bird", "cat", "dog", "farmer", "girl", "king", "painter", "snail"};
const Words kPrepositions = {"behind", "beside", "near", "under"};
const Words kVerbs = {"dance", "laugh", "read", "sing", "sleep", "think"};
const Words kAdverbs = {"aloud", "softly", "today"};
constexpr int kMostNouns = 4;

struct Sentence {
  std::string text;
  double nats = 0;  ///< −log of its probability, which no model can predict better on average
};

/// Draws a sentence. Every choice adds its −log p, and the text shows all of them.
Sentence draw_sentence(Generator& random) {
  Sentence s;
  const auto choose = [&](const Words& words) {
    const auto n = static_cast<Index>(words.size());
    s.nats += std::log(static_cast<double>(n));
    return words[static_cast<std::size_t>(random.integer(n))];
  };
  const auto maybe = [&] {
    s.nats += std::log(2);
    return random.integer(2) == 0;
  };
  bool plural = false;
  for (int noun = 0; noun < kMostNouns && (noun == 0 || maybe()); ++noun) {
    if (noun > 0) s.text += ' ' + choose(kPrepositions) + ' ';
    s.text += "the ";
    if (maybe()) s.text += choose(kAdjectives) + ' ';
    s.text += choose(kNouns);
    const bool many = maybe();
    if (many) s.text += 's';
    if (noun == 0) plural = many;
  }
  s.text += ' ' + choose(kVerbs) + (plural ? "" : "s");
  if (maybe()) s.text += ' ' + choose(kAdverbs);
  s.text += ".\n";
  return s;
}

enum Verdict { kRight, kDisagrees, kNoSentence };

Verdict judge(const std::string& text) {
  static const std::regex grammar = [] {
    const auto one_of = [](const Words& words) {
      std::string all;
      for (const std::string& word : words) all += (all.empty() ? "(?:" : "|") + word;
      return all + ")";
    };
    const std::string noun = "the (?:" + one_of(kAdjectives) + " )?" + one_of(kNouns) + "(s?)";
    return std::regex(noun + str_cat("(?: ", one_of(kPrepositions), ' ', noun, "){0,",
                                     kMostNouns - 1, "} ", one_of(kVerbs),
                                     "(s?)(?: ", one_of(kAdverbs), ")?\\."));
  }();
  std::smatch found;  // the s of the first noun, of the last one, of the verb
  if (!std::regex_match(text, found, grammar)) return kNoSentence;
  return found.length(1) != found.length(3) ? kRight : kDisagrees;
}

/// N sentences as numbers. Row n of `inputs` is '\n' and all characters but the last, row n of
/// `targets` the characters themselves; after the end there is '\n' and kIgnored.
struct Batch {
  Array inputs, targets;  // (N, T) int64
  double nats = 0;        // −log of the probability of all sentences
  double characters = 0;
};
constexpr Index kIgnored = -100;  // the class id that cross_entropy passes over

Batch draw_batch(Index count, Generator& random) {
  std::vector<Sentence> sentences;
  Index T = 0;  // characters of the longest
  for (Index n = 0; n < count; ++n) {
    sentences.push_back(draw_sentence(random));
    T = std::max(T, static_cast<Index>(sentences.back().text.size()));
  }
  Batch batch{Array::full({count, T}, kNewline, int64), Array::full({count, T}, kIgnored, int64)};
  for (Index n = 0; n < count; ++n) {
    const auto& [text, nats] = sentences[static_cast<std::size_t>(n)];
    Index* input = batch.inputs.data<Index>() + n * T;
    Index* target = batch.targets.data<Index>() + n * T;
    for (std::size_t i = 0; i < text.size(); ++i)
      target[i] = static_cast<Index>(kAlphabet.find(text[i]));
    std::copy(target, target + text.size() - 1, input + 1);
    batch.nats += nats;
    batch.characters += static_cast<double>(text.size());
  }
  return batch;
}

// ---- The model ----

struct CharRnn final : nn::Module {
  static constexpr Index K = 29;  // characters of the alphabet
  nn::Embedding embedding;
  nn::GRU gru;
  nn::Linear head;

  CharRnn(const Options& o, Generator stream)
      : embedding(K, o.embedding, {}, stream),
        gru(o.embedding, o.hidden, {.batch_first = true}, stream),
        head(o.hidden, K, {}, stream) {
    // Update gates that start open for the past carry the subject's number to the verb; with 0,
    // PyTorch's start, the network needs many times the steps to find out that it should.
    float* const bias = get_parameter("gru.bias_ih_l0").data<float>();  // reset, update, new
    for (Index i = o.hidden; i < 2 * o.hidden; ++i) bias[i] += static_cast<float>(o.remember);
  }

  void members(nn::Members& m) override { m("embedding", embedding)("gru", gru)("head", head); }

  /// Logits of the next character after each of x; `state` goes on from where it is, and is moved.
  Tensor operator()(const Tensor& x, Tensor& state) {
    const auto [output, h_n] = gru(embedding(x), state);  // (N, T) → (N, T, H), (1, N, H)
    state = h_n;
    return head(output);  // (N, T, K)
  }
};

/// Mean over all characters, in nats; the state is undefined at first, which means zeros.
Tensor loss_of(CharRnn& model, const Batch& batch) {
  Tensor state;
  const Tensor logits = flatten(model(batch.inputs, state), 0, 1);  // (N·T, K)
  return cross_entropy(logits, flatten(batch.targets, 0, 1), {.ignore_index = kIgnored});
}

/// Sentences that the model writes, each character drawn from softmax(logits / temperature).
Words write_sentences(CharRnn& model, Index count, double temperature, Generator random) {
  const NoGradGuard no_grad;
  Words texts(static_cast<std::size_t>(count));
  Tensor next = full({count, 1}, kNewline, int64), state;
  for (int i = 0; i < 150; ++i) {
    const Tensor logits = select(model(next, state), 1, 0);  // (N, K)
    next = multinomial(softmax(logits / temperature, 1), 1, true, random);
    for (std::size_t n = 0; n < texts.size(); ++n)
      texts[n] += kAlphabet[next.array().at<std::size_t>(static_cast<Index>(n))];
  }
  for (std::string& text : texts) text = text.substr(0, text.find('\n'));
  return texts;
}

void show_samples(CharRnn& model, const Options& o, const char* when) {
  const Words texts = write_sentences(model, 400, o.temperature, Generator(o.seed).split(3));
  std::printf("\nwritten by the network %s:\n", when);
  for (std::size_t i = 0; i < 5; ++i) std::printf("  | %.94s\n", texts[i].c_str());
  int count[3] = {};
  for (const std::string& text : texts) ++count[judge(text)];
  std::printf("of 400 sentences %d are right, %d have a verb that does not agree, %d are none\n\n",
              count[kRight], count[kDisagrees], count[kNoSentence]);
}

int train(const Options& o) {
  const InterruptGuard interrupt;
  begin_run(o);
  const Generator random(o.seed);
  CharRnn model(o, random.split(0));
  Generator training_text = random.split(1), test_text = random.split(2);
  const Batch test = draw_batch(500, test_text);
  const double entropy = test.nats / test.characters;
  // Half of all subjects are plural: who has forgotten which loses log 2 in each sentence.
  const double forgetful = entropy + 500 * std::log(2) / test.characters;
  std::printf(
      "%ld parameters; the least possible loss per character is %.4f nats; without agreement "
      "%.4f; for guessing %.4f\n",
      static_cast<long>(model.parameter_count()), entropy, forgetful, std::log(CharRnn::K));
  show_samples(model, o, "before training");

  MetricsLog log(o.out + "/metrics.jsonl");
  optim::Adam adam(model.parameters(), {.lr = o.lr});
  optim::CosineAnnealingLR schedule(adam, o.steps);
  const Stopwatch watch;
  for (int step = 1; step <= o.steps && !interrupt.requested(); ++step) {
    const Batch batch = draw_batch(o.batch_size, training_text);  // new sentences every time
    const Tensor loss = loss_of(model, batch);
    adam.zero_grad();
    loss.backward();
    optim::clip_grad_norm_(model.parameters(), 1);
    adam.step();
    schedule.step();
    if (step % 200 != 0 && step != o.steps) continue;
    const NoGradGuard no_grad;
    const double test_loss = loss_of(model, test).item();
    std::printf("step %5d  test loss %.4f, %.4f above the least  %5.1f s\n", step, test_loss,
                test_loss - entropy, watch.seconds());
    log.write({{"step", step}, {"test_loss", test_loss}, {"entropy", entropy}});
  }
  show_samples(model, o, "after training");
  save_model(o.out + "/model.safetensors", model);
  std::printf("written to %s: model.safetensors, metrics.jsonl\n", o.out.c_str());
  return interrupt.requested() ? kInterrupted : kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app("Learns to write the sentences of a small grammar, letter by letter", "char_rnn");
  add_option(app, "--steps", o.steps, CLI::PositiveNumber, "batches to learn from");
  add_option(app, "--batch-size", o.batch_size, CLI::PositiveNumber, "sentences in a batch");
  add_option(app, "--hidden", o.hidden, CLI::PositiveNumber, "size of the state");
  add_option(app, "--remember", o.remember, CLI::Range(-10.0, 10.0), "bias of the update gates");
  add_option(app, "--lr", o.lr, CLI::PositiveNumber, "learning rate of Adam, at first");
  add_option(app, "--temperature", o.temperature, CLI::PositiveNumber, "of the samples");
  app.add_flag("--quick", o.quick, "a tenth of the steps: words, but no agreement yet");
  add_run_options(app, o);
  return run_program(app, argc, argv, [&] {
    if (o.quick) o.steps = std::max(o.steps / 10, 1);
    return train(o);
  });
}
