// SPDX-License-Identifier: MIT
// layer(): makes a row of the layer-case table.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>

#include "support/layer_cases.hpp"

namespace tinygrad::test {

using Samples = std::vector<std::vector<Input>>;
using Names = std::vector<std::string>;

/// The state of a layer that scales and shifts.
inline const Names kAffine{"weight", "bias"};

/// A row for the layer that make() makes, as a function of its first input.
template <class Make>
LayerCase layer(std::string name, std::string torch, Make make, Samples samples, Names state = {}) {
  using M = decltype(make());
  static_assert(std::is_nothrow_move_constructible_v<M>, "a std::vector that grows would copy it");
  LayerCase row;
  row.name = std::move(name);
  row.torch = std::move(torch);
  row.make = [make] { return std::unique_ptr<nn::Module>(std::make_unique<M>(make())); };
  row.move = [](nn::Module& m) {
    return std::unique_ptr<nn::Module>(std::make_unique<M>(std::move(static_cast<M&>(m))));
  };
  row.clone = [](const nn::Module& m) {
    return std::unique_ptr<nn::Module>(std::make_unique<M>(nn::clone(static_cast<const M&>(m))));
  };
  row.call = [](nn::Module& m, const Tensors& x) { return m(x[0]); };
  row.samples = std::move(samples);
  row.state = std::move(state);
  std::sort(row.state.begin(), row.state.end());
  return row;
}

/// The same for a layer called in another way.
template <class Make, class Call> LayerCase layer(std::string name, std::string torch, Make make,
                                                  std::string torch_call, Call call,
                                                  Samples samples, Names state = {}) {
  LayerCase row =
      layer(std::move(name), std::move(torch), make, std::move(samples), std::move(state));
  row.torch_call = std::move(torch_call);
  row.call = [call](nn::Module& m, const Tensors& x) {
    return call(static_cast<decltype(make())&>(m), x);
  };
  return row;
}

}  // namespace tinygrad::test
