// SPDX-License-Identifier: MIT
// Workloads of workloads.cpp: single operations, with the bytes that each must move. Forward runs
// without gradients; forward and backward starts from a random gradient.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "limits.hpp"
#include "tinygrad/tensor.hpp"
#include "workload.hpp"

namespace bench {

using Tensors = std::vector<Tensor>;

/// The least that an op moves is counted in sizes of its first input x. What is small beside x
/// counts nothing, and what a core can keep in its cache until it needs it again, such as a row or
/// a channel, is read once. A gradient of the caller's own is copied, not shared.
struct Moves {
  double fwd, fwdbwd;
};

struct OpRow {
  std::string name;
  std::vector<Shape> inputs;  // noise
  Tensor (*run)(const Tensors& x);
  Moves moves = {};
  Index classes = 0;                   // if not 0, a further input: a class for each row
  std::vector<Product> products = {};  // instead of `moves`: forward first, then those of backward
};

inline std::vector<OpRow> op_rows() {
  const Shape picture{64, 50, 32, 32}, matrix{1024, 1024}, logits{1024, 1000};
  constexpr Moves elementwise{2, 5};  // y = f(x), grad_x = g(grad_y, x or y)
  constexpr Moves bias{2, 4};         // grad_y is copied, and summed meanwhile
  constexpr Moves sums{1, 2};         // x is read, grad_x is written
  constexpr Moves copy{2, 4};
  constexpr Moves pool{1.25, 2.5};  // y and grad_y are a quarter of x
  constexpr Moves norm{2, 5};       // as elementwise ones: statistics are taken in passing
  constexpr Moves loss{1, 2};       // the logits are read, their gradient is written
  const auto add_both = [](const Tensors& x) { return x[0] + x[1]; };
  return {
      {"relu/64,50,32,32", {picture}, [](const Tensors& x) { return relu(x[0]); }, elementwise},
      {"gelu/64,50,32,32", {picture}, [](const Tensors& x) { return gelu(x[0]); }, elementwise},
      {"tanh/64,50,32,32", {picture}, [](const Tensors& x) { return tanh(x[0]); }, elementwise},
      {"add_channel_bias/64,50,32,32", {picture, {1, 50, 1, 1}}, add_both, bias},
      {"add_row_bias/1024,1024", {matrix, {1024}}, add_both, bias},
      {"sum_rows/1024,1024", {matrix}, [](const Tensors& x) { return sum(x[0], 0); }, sums},
      {"sum_columns/1024,1024", {matrix}, [](const Tensors& x) { return sum(x[0], 1); }, sums},
      {"softmax/1024,1000",
       {logits},
       [](const Tensors& x) { return softmax(x[0], 1); },
       elementwise},
      {"cross_entropy/1024,1000",
       {logits},
       [](const Tensors& x) { return cross_entropy(x[0], x[1]); },
       loss,
       1000},
      {"transpose_copy/1024,1024",  // a tensor is always contiguous, so transpose() copies
       {matrix},
       [](const Tensors& x) { return transpose(x[0], 0, 1); },
       copy},
      {"max_pool2d/64,50,32,32",
       {picture},
       [](const Tensors& x) { return max_pool2d(x[0], 2); },
       pool},
      {"batch_norm/64,50,32,32",
       {picture, {50}, {50}},
       [](const Tensors& x) { return batch_norm(x[0], {}, {}, x[1], x[2], {.training = true}); },
       norm},
      {"layer_norm/1024,1024",
       {matrix, {1024}, {1024}},
       [](const Tensors& x) { return layer_norm(x[0], {1024}, x[1], x[2]); },
       norm},
      {.name = "matmul/1024,1024,1024",
       .inputs = {matrix, matrix},
       .run = [](const Tensors& x) { return matmul(x[0], x[1]); },
       .products = {{.m = 1024, .n = 1024, .k = 1024},
                    {.m = 1024, .n = 1024, .k = 1024, .transposed_b = true},
                    {.m = 1024, .n = 1024, .k = 1024, .transposed_a = true}}},
      {.name = "bmm/64,128,64,128",
       .inputs = {{64, 128, 64}, {64, 64, 128}},
       .run = [](const Tensors& x) { return bmm(x[0], x[1]); },
       .products = {{.m = 128, .n = 128, .k = 64, .count = 64},
                    {.m = 128, .n = 64, .k = 128, .transposed_b = true, .count = 64},
                    {.m = 64, .n = 128, .k = 128, .transposed_a = true, .count = 64}}},
  };
}

inline Step op_step(const OpRow& row, bool backward) {
  Tensors x;
  for (const Shape& shape : row.inputs) x.push_back(randn(shape).requires_grad_(backward));
  if (row.classes > 0) x.push_back(randint(0, row.classes, {row.inputs[0][0]}));
  if (!backward)
    return [x, run = row.run] {
      const NoGradGuard no_grad;
      run(x);
    };
  const Tensor grad_y = randn(row.run(x).shape());
  return [x, grad_y, run = row.run] {
    for (const Tensor& t : x) t.zero_grad();
    run(x).backward(grad_y);
  };
}

inline std::shared_ptr<const Workload> op_limit(const OpRow& row, const std::string& name,
                                                bool backward) {
  if (row.products.empty()) {
    const double x = 4.0 * static_cast<double>(row.inputs[0].count());
    return copy_limit(static_cast<Index>(x * (backward ? row.moves.fwdbwd : row.moves.fwd)));
  }
  return sgemm_limit(name, backward ? row.products : std::vector{row.products[0]});
}

inline std::vector<Workload> op_workloads() {
  std::vector<Workload> all;
  for (const OpRow& row : op_rows())
    for (const bool backward : {false, true}) {
      const std::string name = row.name + (backward ? "/fwdbwd" : "/fwd");
      all.push_back(
          {"op/" + name, [=] { return op_step(row, backward); }, op_limit(row, name, backward)});
    }
  return all;
}

}  // namespace bench
