// SPDX-License-Identifier: MIT
// The program pinn: a short run learns, writes its files, and repeats.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/files.hpp"
#include "support/programs.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using support::run_program;

TEST_CASE("pinn lowers the residual, and writes picture, slices and model") {
  const support::TemporaryFolder out;
  const auto r = run_program("pinn", "--quick --out " + out.path());
  REQUIRE_MESSAGE(r.status == 0, r.output);
  CHECK(r.number_after("residual loss ") < 0.1);  // 0.03 with seed 1
  CHECK(load_safetensors(out.file("model.safetensors")).tensors.size() == 10);
  const std::string slices = support::read_back(out.file("slices.csv"));
  CHECK(slices.starts_with("t,x,u,exact\n0.00,-1.00,"));
  CHECK(std::count(slices.begin(), slices.end(), '\n') == 1 + 5 * 201);
  CHECK(support::contains(support::read_back(out.file("solution.png")).substr(0, 8), "PNG"));
}

TEST_CASE("pinn gives the same bits for the same seed and any number of threads") {
  const support::TemporaryFolder out;
  const auto slices = [&](const std::string& arguments) {
    const auto r = run_program("pinn", "--adam-steps 5 --lbfgs-steps 50 --points 200 --out " +
                                           out.path() + " " + arguments);
    REQUIRE_MESSAGE(r.status == 0, r.output);
    return support::read_back(out.file("slices.csv"));
  };
  const std::string first = slices("--seed 4 --threads 1");
  CHECK(slices("--seed 4 --threads 2") == first);
  CHECK(slices("--seed 5 --threads 1") != first);
}

TEST_CASE("pinn refuses wrong flags") {
  CHECK(run_program("pinn", "--points none").status == 2);
  CHECK(run_program("pinn", "--unknown").status == 2);
  CHECK(run_program("pinn", "--help").status == 0);
}
