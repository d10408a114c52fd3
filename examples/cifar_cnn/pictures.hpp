// SPDX-License-Identifier: MIT
// The transforms from coloured pictures to inputs of cifar_cnn, and the reading of picture files.
#pragma once

#include <algorithm>
#include <string>
#include <tinygrad/data.hpp>
#include <tinygrad/tensor.hpp>
#include <utility>
#include <vector>

#include "cifar_cnn/options.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/io/image.hpp"
#include "tinygrad/tensor.hpp"

/// Pixels as the network was made for: x / 255, or mean 0 and deviation 1 over CIFAR-10 too.
inline tinygrad::data::Compose input_transform(const std::string& model,
                                               tinygrad::Dtype dtype = tinygrad::float32) {
  using tinygrad::Array, tinygrad::data::Compose;
  Compose inputs = tinygrad::data::ToFloat();
  if (model != "rosetta")
    inputs = tinygrad::data::Normalize({0.4914F, 0.4822F, 0.4465F}, {0.2470F, 0.2435F, 0.2616F});
  if (dtype == tinygrad::float32) return inputs;
  return {inputs, tinygrad::data::Lambda([dtype](const Array& image, tinygrad::Generator&) {
            return to(image, dtype).array();
          })};
}

/// The same for training pictures, after the changes at random that `o` asks for.
inline tinygrad::data::Compose training_transform(const CifarOptions& o) {
  const tinygrad::data::Compose inputs = input_transform(o.model, o.float_type());
  if (o.augment == "rotate") return {tinygrad::data::RandomRotation(7), inputs};
  if (o.augment == "crop-flip")
    return {tinygrad::data::RandomCrop(32, {.padding = 4}), tinygrad::data::RandomHorizontalFlip(),
            inputs};
  return inputs;
}

/// What the classes are called; CIFAR-10's if the data do not say.
inline std::vector<std::string> class_names(const tinygrad::data::ClassificationData& data) {
  if (!data.class_names.empty()) return data.class_names;
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

/// "cat,dog" as {"cat", "dog"}, and back.
inline std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    names.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return names;
}
inline std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

/// A picture file as one of the data set: the largest square in its middle, in 32×32 pixels.
/// Shapes  (3, 32, 32) uint8
inline tinygrad::Array read_picture(const std::string& path) {
  using tinygrad::Array, tinygrad::Index;
  const Array image = tinygrad::read_image(path);  // (H, W, C): grey, grey and alpha, RGB, RGBA
  const Index H = image.shape()[0], W = image.shape()[1], C = image.shape()[2];
  const Array planes = Array::empty({3, H, W}, tinygrad::uint8);
  for (Index c = 0; c < 3; ++c)
    for (Index i = 0; i < H * W; ++i)
      planes.data<std::uint8_t>()[c * H * W + i] =
          image.data<std::uint8_t>()[i * C + (C >= 3 ? c : 0)];
  tinygrad::Generator unused(0);
  const Array square = tinygrad::data::CenterCrop(std::min(H, W))(planes, unused);
  return tinygrad::data::resize_image(square, 32, 32);
}
