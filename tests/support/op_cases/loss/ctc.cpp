// SPDX-License-Identifier: MIT
// Rows for ops/loss/ctc.hpp.
#include <algorithm>
#include <cmath>

#include "support/loss_rows.hpp"

namespace tinygrad::test {

namespace {
// What the classes at all steps spell: repeats merged, blanks left out.
std::vector<Index> spelled(const std::vector<Index>& path, Index blank) {
  std::vector<Index> out;
  for (std::size_t t = 0; t < path.size(); ++t)
    if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) out.push_back(path[t]);
  return out;
}

// −log of the sum over all C^T paths that spell the labels.
double ctc_of(const Naive& log_p, Index n, Index steps, const std::vector<Index>& labels,
              Index blank) {
  const Index classes = log_p.shape[2];
  std::vector<Index> path(static_cast<std::size_t>(steps), 0);
  double total = 0;
  while (true) {
    if (spelled(path, blank) == labels) {
      double sum = 0;
      for (Index t = 0; t < steps; ++t) sum += log_p({t, n, path[static_cast<std::size_t>(t)]});
      total += std::exp(sum);
    }
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == classes) path[t++] = 0;
    if (t == path.size()) return -std::log(total);
  }
}

void add_ctc(Rows& rows) {
  struct Variant {
    std::string name, torch;
    std::vector<Index> steps, labels;  // the lengths
    bool padded = true;
    bool from_logits = true;
    CTCLossOptions options = {};
  };
  const auto list = [](const std::vector<Index>& values) {
    std::string out = "torch.tensor([";
    for (const Index v : values) out += std::to_string(v) + ", ";
    return out + "])";
  };
  const Input logits{.shape = {5, 3, 4}};
  const Input words{.shape = {3, 3}, .low = 1, .high = 4, .dtype = int64};
  const Input line{.shape = {4}, .low = 1, .high = 4, .dtype = int64};
  const Input early{.shape = {3, 3}, .low = 0, .high = 3, .dtype = int64};
  for (const Variant& v :
       {Variant{"", "", {5, 5, 5}, {1, 2, 2}}, Variant{"/lengths", "", {5, 3, 4}, {2, 1, 0}},
        Variant{"/hardly fitting", "", {5, 4, 3}, {3, 2, 2}},
        Variant{"/concatenated", "", {5, 4, 4}, {2, 1, 1}, false},
        Variant{"/blank=3", ", blank=3", {5, 5, 4}, {2, 2, 1}, true, true, {.blank = 3}},
        Variant{"/impossible", "", {5, 2, 1}, {2, 3, 2}},
        Variant{"/zero_infinity",
                ", zero_infinity=True",
                {5, 2, 1},
                {2, 3, 2},
                true,
                true,
                {.zero_infinity = true}},
        Variant{"/any scores", "", {5, 4, 3}, {2, 2, 1}, true, false}}) {
    const Tensor steps = tensor(v.steps, int64), labels = tensor(v.labels, int64);
    const bool impossible = v.name == "/impossible";
    LossRow loss = {
        .name = "ctc_loss" + v.name,
        .torch = "F.ctc_loss(F.log_softmax(x0, -1), x1, " + list(v.steps) + ", " + list(v.labels) +
                 v.torch,
        .run =
            [v, steps, labels](const Tensors& x, Reduction how) {
              CTCLossOptions options = v.options;
              options.reduction = how;
              return ctc_loss(v.from_logits ? log_softmax(x[0], -1) : x[0], x[1], steps, labels,
                              options);
            },
        .losses =
            [v](const Naives& x) {
              Naive log_p = x[0];
              const Index classes = log_p.shape[2];
              for (Index row = 0; v.from_logits && row < log_p.count(); row += classes) {
                double sum = 0;
                for (Index c = 0; c < classes; ++c) sum += std::exp(x[0][row + c]);
                for (Index c = 0; c < classes; ++c) log_p[row + c] -= std::log(sum);
              }
              Naive out({log_p.shape[1]});
              Index next = 0;
              for (std::size_t n = 0; n < v.labels.size(); ++n) {
                if (v.padded) next = static_cast<Index>(n) * x[1].shape[1];
                std::vector<Index> word;
                for (Index i = 0; i < v.labels[n]; ++i, ++next)
                  word.push_back(static_cast<Index>(x[1][next]));
                double one =
                    ctc_of(log_p, static_cast<Index>(n), v.steps[n], word, v.options.blank);
                if (v.options.zero_infinity && std::isinf(one)) one = 0;
                out[static_cast<Index>(n)] = one;
              }
              return out;
            },
        .samples = {{logits, v.options.blank == 3 ? early
                             : v.padded           ? words
                                                  : line}}};
    if (impossible) {
      loss.differs_from_torch = "the gradient of an infinite loss is 0; in PyTorch it is NaN";
      std::vector<double> values(60);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7) * 0.25;
      loss.samples.clear();
      loss.specials = {{{{5, 3, 4}, values}, {{3, 3}, {1, 2, 3, 1, 1, 2, 3, 1, 2}, int64}}};
    }
    const std::size_t first = rows.size();
    OpCase& row = add_reductions(rows, loss);
    // The mean divides each loss by its number of labels, at least 1, before it averages.
    row.reference = [losses = loss.losses, v](const Naives& x) {
      Naive each = losses(x);
      for (std::size_t n = 0; n < v.labels.size(); ++n)
        each[static_cast<Index>(n)] /= static_cast<double>(std::max<Index>(v.labels[n], 1));
      return reduced(each, Reduction::kMean);
    };
    if (!v.from_logits)  // PyTorch's gradient is right only after log_softmax
      for (std::size_t i = first; i < rows.size(); ++i) rows[i].torch.clear();
    if (!v.name.empty()) continue;
    row.errors = {
        {[] {
           ctc_loss(ones({5, 2, 3}), ones({2, 2}, int64), tensor({5, 6}, int64),
                    tensor({1, 1}, int64));
         },
         "[ctc_loss] input_lengths[1]=6 must be in [1, 5]"},
        {[] {
           ctc_loss(ones({5, 2, 3}), ones({2, 2}, int64), tensor({5, 5}, int64),
                    tensor({1, 3}, int64));
         },
         "target_lengths[1]=3 must be in [0, 2]"},
        {[] {
           ctc_loss(ones({5, 2, 3}), tensor({{1, 2}, {1, 0}}, int64), tensor({5, 5}, int64),
                    tensor({1, 2}, int64));
         },
         "targets[1, 1]=0 is not a label: there are 3 classes, 0 to 2, and 0 is the blank"},
        {[] {
           ctc_loss(ones({5, 2, 3}), ones({3}, int64), tensor({5, 5}, int64),
                    tensor({1, 1}, int64));
         },
         "target_lengths add up to 2, but targets holds 3 labels"},
        {[] { ctc_loss(ones({5}), ones({1}, int64), ones({}, int64), ones({}, int64)); },
         "log_probs (5) must be (T, N, C) or (T, C)"},
        {[] {
           ctc_loss(ones({5, 3}), ones({1, 1}, int64), ones({}, int64), ones({}, int64));
         },
         "targets (1, 1) does not fit log_probs (5, 3)"},
        {[] {
           ctc_loss(ones({5, 3}), ones({1}, int64), ones({}, int64), ones({}, int64), {.blank = 3});
         },
         "blank=3 is not a class"}};
  }

  OpCase single;
  single.name = "ctc_loss/one sample, none";
  single.torch =
      "F.ctc_loss(F.log_softmax(x0, -1), x1, torch.tensor(len(x0)), "
      "torch.tensor(len(x1)), reduction='none')";
  single.run = [](const Tensors& x) {
    return ctc_loss(log_softmax(x[0], -1), x[1], tensor(x[0].size(0), int64),
                    tensor(x[1].size(0), int64), {.reduction = Reduction::kNone});
  };
  single.reference = [](const Naives& x) {
    Naive log_p({5, 1, 3});
    for (Index t = 0; t < 5; ++t) {
      double top = -kInf, sum = 0;
      for (Index c = 0; c < 3; ++c) top = std::fmax(top, x[0]({t, c}));
      for (Index c = 0; c < 3; ++c) sum += std::exp(x[0]({t, c}) - top);
      for (Index c = 0; c < 3; ++c) log_p({t, 0, c}) = x[0]({t, c}) - top - std::log(sum);
    }
    const std::vector<Index> word = {static_cast<Index>(x[1][0]), static_cast<Index>(x[1][1])};
    return Naive({}, ctc_of(log_p, 0, 5, word, 0));
  };
  single.samples = {{{.shape = {5, 3}}, {.shape = {2}, .low = 1, .high = 3, .dtype = int64}}};
  OpCase ruled_out = single;
  ruled_out.name = "ctc_loss/class ruled out, none";
  ruled_out.samples.clear();
  ruled_out.specials = {
      {{{5, 3}, {0, 1, -kInf, 0, 1, -kInf, 0, 0, 0, 0, 1, 2, 1, 0, 1}}, {{2}, {1, 1}, int64}}};
  ruled_out.differs_from_torch = "a class of probability 0 has gradient 0; in PyTorch it is NaN";
  rows.push_back(ruled_out);
  single.specials = {
      // a certain path
      {{{5, 3}, {0, 1e4, 0, 0, 1e4, 0, 1e4, 0, 0, 0, 0, 1e4, 0, 0, 1e4}}, {{2}, {1, 2}, int64}}};
  single.benchmarks = {
      {.inputs = {{{500, 32}}, {.shape = {60}, .low = 1, .high = 32, .dtype = int64}},
       .bytes = 8.0 * 500 * 121}};
  rows.push_back(single);
}
}  // namespace

Rows loss_ctc_cases() {
  Rows rows;
  add_ctc(rows);
  return rows;
}

}  // namespace tinygrad::test
