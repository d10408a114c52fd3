// SPDX-License-Identifier: MIT
// A program compiled without RTTI: it computes the same, and its messages name base classes.
//
// build: -fno-rtti
#include <string>
#include <tinygrad/tinygrad.hpp>

#include "expect.hpp"

using namespace tinygrad;

namespace {

void checks() {
  nn::Sequential model{nn::Linear(4, 3), nn::ReLU(), nn::Linear(3, 2)};
  optim::SGD sgd(model.parameters(), {.lr = 0.1});
  const Tensor x = ones({2, 4}), before = model(x);
  sum(square(model(x))).backward();
  sgd.step();
  expect(!equal(model(x), before), "the step changes nothing");
  nn::Sequential copy = nn::clone(model);
  expect(equal(copy(x), model(x)), "the clone gives other values");
  expect(to_string(model).find("0: Linear(4, 3)") != std::string::npos, to_string(model));
  std::string message;
  try {
    model(ones({2, 5}));
  } catch (const ShapeError& error) {
    message = error.what();
  }
  expect(message.find("in 0 (Module)") != std::string::npos, message);
}

}  // namespace

int main() { return exit_code_of(checks); }
