// SPDX-License-Identifier: MIT
// A std::vector is no data set. The compiler says: DataLoader
#include <tinygrad/data.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

void mistake() {
  const std::vector<double> numbers{1, 2};
  data::DataLoader loader(numbers, {.batch_size = 2});
}
