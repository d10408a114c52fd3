// SPDX-License-Identifier: MIT
// The program char_rnn: a short run learns, writes its files, and repeats.
#include <doctest/doctest.h>

#include "support/files.hpp"
#include "support/programs.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using support::run_program;

TEST_CASE("char_rnn comes near the entropy of its text, but not below it") {
  const support::TemporaryFolder out;
  const auto r = run_program("char_rnn", "--quick --out " + out.path());
  REQUIRE_MESSAGE(r.status == 0, r.output);
  const double entropy = r.number_after("the least possible loss per character is ");
  const double loss = r.number_after("test loss ");
  CHECK(loss < entropy + 0.06);  // 0.03; guessing is 3 above
  CHECK(loss > entropy);
  CHECK(support::contains(r.output, "of 400 sentences 0 are right"));  // before training
  CHECK(r.number_after("of 400 sentences ") > 40);                     // 96 after it
  CHECK(load_safetensors(out.file("model.safetensors")).tensors.size() == 7);
  CHECK(support::contains(support::read_back(out.file("metrics.jsonl")), "\"test_loss\""));
}

TEST_CASE("char_rnn gives the same bits for the same seed and any number of threads") {
  const support::TemporaryFolder out;
  const auto model = [&](const std::string& arguments) {
    const auto r = run_program("char_rnn", "--steps 5 --out " + out.path() + " " + arguments);
    REQUIRE_MESSAGE(r.status == 0, r.output);
    return support::read_back(out.file("model.safetensors"));
  };
  const std::string first = model("--seed 4 --threads 1");
  CHECK(model("--seed 4 --threads 2") == first);
  CHECK(model("--seed 5 --threads 1") != first);
}

TEST_CASE("char_rnn refuses wrong flags") {
  CHECK(run_program("char_rnn", "--steps none").status == 2);
  CHECK(run_program("char_rnn", "--temperature 0").status == 2);
  CHECK(run_program("char_rnn", "--help").status == 0);
}
