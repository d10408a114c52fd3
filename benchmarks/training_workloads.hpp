// SPDX-License-Identifier: MIT
// Workloads of workloads.cpp: whole training steps on one batch of random pictures in ten classes.
// A step is forward, cross entropy, backward, and SGD with momentum 0.9.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "limits.hpp"
#include "networks/lenet.hpp"
#include "networks/networks.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"
#include "workload.hpp"

namespace bench {

inline Step training_step(std::shared_ptr<nn::Module> model, const Shape& input,
                          Index classes = 10) {
  const auto sgd = std::make_shared<optim::SGD>(model->parameters(),
                                                optim::SGDOptions{.lr = 0.01, .momentum = 0.9});
  const Tensor x = randn(input), y = randint(0, classes, {input[0]});
  return [=] {
    sgd->zero_grad();
    cross_entropy((*model)(x), y).backward();
    sgd->step();
  };
}

/// Linear layers of these sizes, input first, with ReLU between them.
inline nn::Sequential make_mlp(const std::vector<Index>& sizes) {
  nn::Sequential model;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    model.add("fc" + number, nn::Linear(sizes[i], sizes[i + 1]));
    if (i + 2 < sizes.size()) model.add("relu" + number, nn::ReLU());
  }
  return model;
}

/// The products of one step: y = x·wᵀ, grad_w = grad_yᵀ·x and, where there is a layer before it,
/// grad_x = grad_y·w.
inline std::vector<Product> mlp_products(const std::vector<Index>& sizes, Index batch) {
  std::vector<Product> products;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    const Index in = sizes[i], out = sizes[i + 1];
    products.push_back({.m = batch, .n = out, .k = in, .transposed_b = true});
    products.push_back({.m = out, .n = in, .k = batch, .transposed_a = true});
    if (i > 0) products.push_back({.m = batch, .n = in, .k = out});
  }
  return products;
}

inline Workload mlp_workload(const std::vector<Index>& sizes, Index batch) {
  const std::string name = join(sizes) + "/" + std::to_string(batch);
  return {"mlp/" + name,
          [=] {
            return training_step(std::make_shared<nn::Sequential>(make_mlp(sizes)),
                                 {batch, sizes.front()}, sizes.back());
          },
          sgemm_limit(name, mlp_products(sizes, batch))};
}

/// A network of examples/networks by its name; "lenet" sees digits, the others coloured pictures.
inline Workload network_workload(const std::string& network, Index batch) {
  const auto make = [=]() -> Step {
    if (network == "lenet")
      return training_step(std::make_shared<networks::LeNet>(Generator(0)), {batch, 1, 28, 28});
    return training_step(networks::make_network(network, Generator(0)), {batch, 3, 32, 32});
  };
  return {network + "/" + std::to_string(batch), make, {}};
}

}  // namespace bench
