// SPDX-License-Identifier: MIT
// Pictures of digits for mnist_mlp and mnist_cnn: from data sets and picture files to inputs, and
// to text for people.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "mnist_options.hpp"
#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/data/find_mnist.hpp"
#include "tinygrad/data/image.hpp"
#include "tinygrad/io/model.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/tensor.hpp"

inline constexpr tinygrad::Index kDigitSide = 28, kDigitPixels = kDigitSide * kDigitSide;

struct DigitData {
  tinygrad::ClassificationData train, validation, test;
  std::string description;
};

inline const char* name_of(Pixels pixels) {
  return pixels == Pixels::kNormalized ? "normalized"
         : pixels == Pixels::kUnit     ? "unit"
                                       : "per image";
}

inline Pixels pixels_named(const std::string& path, const tinygrad::Metadata& metadata) {
  const auto found = metadata.find("pixels");
  if (found == metadata.end()) return Pixels::kNormalized;  // a model from elsewhere
  for (const Pixels p : {Pixels::kNormalized, Pixels::kUnit, Pixels::kPerImage})
    if (found->second == name_of(p)) return p;
  tinygrad::fail<tinygrad::IoError>({"load"}, path, ": unknown pixels '", found->second, "'");
}

/// x ← (x − mean(x)) / sum(x), picture by picture. Shapes  x (N, …), changed in place.
inline void normalize_each(const tinygrad::Array& x) {
  using tinygrad::Index;
  tinygrad::parallel_for(x.shape()[0], 256, [&](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      float* const p = x.data<float>() + n * kDigitPixels;
      double sum = 0;
      for (Index i = 0; i < kDigitPixels; ++i) sum += static_cast<double>(p[i]);
      if (sum == 0) continue;  // a blank picture stays blank
      const double mean = sum / kDigitPixels;
      for (Index i = 0; i < kDigitPixels; ++i)
        p[i] = static_cast<float>((static_cast<double>(p[i]) - mean) / sum);
    }
  });
}

/// Pictures (N, 28, 28) or (N, 1, 28, 28) uint8 as the model's inputs (N, 1, 28, 28) float32.
inline tinygrad::Array inputs_of(const tinygrad::Array& pictures, Pixels pixels) {
  const tinygrad::Array x =
      tinygrad::digit_inputs(pictures, {.normalize = pixels == Pixels::kNormalized});
  if (pixels == Pixels::kPerImage) normalize_each(x);
  return x;
}

/// inputs_of() for the batches of a DataLoader: the pictures of data sets stay bytes until then.
inline auto batch_inputs(Pixels pixels) {
  return [pixels](tinygrad::Batch& batch, tinygrad::Generator&) {
    batch.inputs = inputs_of(batch.inputs, pixels);
  };
}

inline DigitData load_digits(const Options& o) {
  auto found = tinygrad::find_mnist(o.data, {.bytes = true});
  DigitData data;
  data.test = o.test_first ? head(found.test, o.test_first) : found.test;
  data.description = found.description;
  if (o.val_split > 0) {
    auto parts = split(found.train, o.val_split, o.seed);
    data.train = std::move(parts.train);
    data.validation = std::move(parts.validation);
  } else {
    data.train = found.train;
    data.validation = head(found.train, 0);
  }
  return data;
}

/// The sizes of the hidden layers, from the shapes of fc1.weight, fc2.weight, …
inline std::vector<tinygrad::Index> hidden_sizes(const std::string& path,
                                                 const tinygrad::NamedArrays& tensors) {
  std::vector<tinygrad::Index> sizes;
  for (int i = 1;; ++i) {
    const auto found = tensors.find("fc" + std::to_string(i) + ".weight");
    if (found == tensors.end()) break;
    tinygrad::check<tinygrad::IoError>(found->second.rank() == 2, {"load"}, path, ": ",
                                       found->first, " has shape ", found->second.shape(),
                                       "; a layer's weight is a matrix");
    sizes.push_back(found->second.shape()[0]);
  }
  tinygrad::check<tinygrad::IoError>(!sizes.empty(), {"load"}, path,
                                     ": holds no fc1.weight; it is not a model of mnist_mlp");
  sizes.pop_back();  // the last layer's size is the number of classes
  return sizes;
}

/// Any picture as white on black, 28×28: grey by luminance, averaged down to a 20×20 box around the
/// ink, as MNIST's were made. A 28×28 picture is taken as it is.
inline tinygrad::Array as_digit(const tinygrad::Array& image) {
  using tinygrad::Index;
  const Index h = image.shape()[0], w = image.shape()[1], c = image.shape()[2];
  const auto* in = image.data<std::uint8_t>();
  std::vector<double> grey(static_cast<std::size_t>(h * w));
  double border = 0;
  for (Index i = 0; i < h * w; ++i) {
    const auto* p = in + i * c;
    grey[static_cast<std::size_t>(i)] = c >= 3 ? 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] : p[0];
  }
  const auto at = [&](Index y, Index x) -> double& {
    return grey[static_cast<std::size_t>(y * w + x)];
  };
  for (Index x = 0; x < w; ++x) border += at(0, x) + at(h - 1, x);
  for (Index y = 0; y < h; ++y) border += at(y, 0) + at(y, w - 1);
  if (border / static_cast<double>(2 * (h + w)) > 127)  // dark ink on light paper
    for (double& g : grey) g = 255 - g;

  const tinygrad::Array out = tinygrad::Array::zeros({1, kDigitSide, kDigitSide}, tinygrad::uint8);
  auto* pixels = out.data<std::uint8_t>();
  if (h == kDigitSide && w == kDigitSide) {
    for (std::size_t i = 0; i < grey.size(); ++i)
      pixels[i] = static_cast<std::uint8_t>(std::lround(grey[i]));
    return out;
  }
  Index top = h, bottom = 0, left = w, right = 0;
  for (Index y = 0; y < h; ++y)
    for (Index x = 0; x < w; ++x)
      if (at(y, x) > 64) {
        top = std::min(top, y), bottom = std::max(bottom, y + 1);
        left = std::min(left, x), right = std::max(right, x + 1);
      }
  if (top >= bottom) return out;  // nothing but background
  const double scale = static_cast<double>(std::max(bottom - top, right - left)) / 20;
  double mass = 0, cy = 0, cx = 0;  // the centre of the ink goes to the centre of the picture
  for (Index y = top; y < bottom; ++y)
    for (Index x = left; x < right; ++x) {
      mass += at(y, x);
      cy += at(y, x) * (static_cast<double>(y) + 0.5);
      cx += at(y, x) * (static_cast<double>(x) + 0.5);
    }
  cy /= mass;
  cx /= mass;
  for (Index y = 0; y < kDigitSide; ++y)
    for (Index x = 0; x < kDigitSide; ++x) {
      constexpr int kSamples = 4;  // in each direction
      double sum = 0;
      for (int j = 0; j < kSamples; ++j)
        for (int i = 0; i < kSamples; ++i) {
          const auto sy = static_cast<Index>(
              std::floor(cy + (static_cast<double>(y) - 14 + (j + 0.5) / kSamples) * scale));
          const auto sx = static_cast<Index>(
              std::floor(cx + (static_cast<double>(x) - 14 + (i + 0.5) / kSamples) * scale));
          if (sy >= 0 && sy < h && sx >= 0 && sx < w) sum += at(sy, sx);
        }
      pixels[y * kDigitSide + x] =
          static_cast<std::uint8_t>(std::lround(sum / (kSamples * kSamples)));
    }
  return out;
}

/// The digits in a PNG or PGM file, or all pictures of an IDX file. Shapes  (N, 28, 28) uint8
inline tinygrad::Array read_pictures(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  if (name.find("idx") == std::string::npos) return as_digit(tinygrad::read_image(path));
  const tinygrad::Array a = tinygrad::read_idx(path);
  tinygrad::check<tinygrad::IoError>(
      a.rank() == 3 && a.shape()[1] == kDigitSide && a.shape()[2] == kDigitSide, {"predict"}, path,
      ": has shape ", a.shape(), "; digits are (N, 28, 28)");
  return a;
}

/// 14 lines of 28 characters, darker for more ink; two pixels of height to a line.
inline std::string text_art(const tinygrad::Array& picture) {
  constexpr char kShades[] = " .:-=+*#%@";
  const auto* p = picture.data<std::uint8_t>();
  std::string out;
  for (tinygrad::Index y = 0; y < kDigitSide; y += 2) {
    for (tinygrad::Index x = 0; x < kDigitSide; ++x)
      out += kShades[std::max(p[y * kDigitSide + x], p[(y + 1) * kDigitSide + x]) * 9 / 255];
    out += '\n';
  }
  return out;
}

/// Prints what the model, in evaluation mode, takes the digits in a file for.
inline void show_digits(tinygrad::nn::Module& model, const std::string& file, Pixels pixels) {
  const tinygrad::NoGradGuard no_grad;
  const tinygrad::Array pictures = read_pictures(file);  // (N, 28, 28) uint8
  const tinygrad::Tensor p = softmax(model(inputs_of(pictures, pixels)), 1);
  const tinygrad::Tensor digits = argmax(p, 1);
  for (tinygrad::Index i = 0; i < pictures.shape()[0]; ++i) {
    std::printf("%s%s: %ld\n", text_art(pictures.rows(i, i + 1)).c_str(), file.c_str(),
                digits.array().at<long>(i));
    for (tinygrad::Index k = 0; k < 10; ++k)
      std::printf("  %ld  %.4f\n", static_cast<long>(k), p.array().at(i * 10 + k));
  }
}
