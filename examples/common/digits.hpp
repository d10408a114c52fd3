// SPDX-License-Identifier: MIT
// Pictures of digits for mnist_mlp and mnist_cnn: turns them into inputs of a model, finds them in
// picture files, and prints what a model reads in them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <tinygrad/data/dataloader.hpp>
#include <tinygrad/data/pictures/find_digits.hpp>
#include <tinygrad/data/sets/find_mnist.hpp>
#include <tinygrad/io/image.hpp>
#include <tinygrad/nn/module.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

#include "common/program.hpp"

inline constexpr tinygrad::Index kDigitSide = 28, kDigitPixels = kDigitSide * kDigitSide;

/// How pixels 0 … 255 become inputs.
enum class Pixels {
  kNormalized,  ///< x/255, then (x − 0.1307) / 0.3081
  kUnit,        ///< x/255
  kPerImage,    ///< (x − mean) / sum, of each picture by itself
};

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
      tinygrad::data::digit_inputs(pictures, {.normalize = pixels == Pixels::kNormalized});
  if (pixels == Pixels::kPerImage) normalize_each(x);
  return x;
}

/// inputs_of() for the batches of a DataLoader: the pictures of data sets stay bytes until then.
inline auto batch_inputs(Pixels pixels) {
  return [pixels](tinygrad::data::Batch& batch, tinygrad::Generator&) {
    batch.inputs = inputs_of(batch.inputs.array(), pixels);
  };
}

/// The digits in a picture, or all pictures of an IDX file, which need no search.
inline tinygrad::data::FoundDigits read_pictures(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  if (name.find("idx") == std::string::npos)
    return tinygrad::data::find_digits(tinygrad::read_image(path));
  const tinygrad::Array a = tinygrad::data::read_idx(path);
  tinygrad::check<tinygrad::IoError>(
      a.rank() == 3 && a.shape()[1] == kDigitSide && a.shape()[2] == kDigitSide, {"predict"}, path,
      ": has shape ", a.shape(), "; digits are (N, 28, 28)");
  return {a, {}};
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

/// What the network takes a digit for.
struct Reading {
  tinygrad::Index best = 0, second = 0;  ///< the two digits it thinks most of
  double p_best = 0, p_second = 0;
  bool wide = false;  ///< see DigitPlace

  /// Of MNIST's test pictures a 784-256-10 network gives 3 % less than this, and names two thirds
  /// of them rightly; of the others 99.2 %.
  static constexpr double kSure = 0.8;
  bool doubtful() const { return wide || p_best < kSure; }
};

/// Shapes  probabilities: the 10 of one digit
inline Reading reading_of(const float* probabilities, bool wide) {
  const auto* const best = std::max_element(probabilities, probabilities + 10);
  std::array<float, 10> others;
  std::copy_n(probabilities, 10, others.begin());
  others[static_cast<std::size_t>(best - probabilities)] = -1;
  const auto* const second = std::max_element(others.begin(), others.end());
  return {best - probabilities, second - others.begin(), static_cast<double>(*best),
          static_cast<double>(*second), wide};
}

inline std::string sentence(const Reading& r) {
  std::array<char, 128> text;
  if (!r.doubtful()) std::snprintf(text.data(), text.size(), "%ld", static_cast<long>(r.best));
  else
    std::snprintf(text.data(), text.size(), "perhaps %s %ld (%.2f), or %s %ld (%.2f)%s",
                  r.best == 8 ? "an" : "a", static_cast<long>(r.best), r.p_best,
                  r.second == 8 ? "an" : "a", static_cast<long>(r.second), r.p_second,
                  r.wide ? "; it is wide: two digits that touch?" : "");
  return text.data();
}

/// Prints what the model, in evaluation mode, takes the digits in a file for, and the numbers they
/// make. Returns how many there are.
inline tinygrad::Index show_digits(tinygrad::nn::Module& model, const std::string& file,
                                   Pixels pixels) {
  const tinygrad::NoGradGuard no_grad;
  const tinygrad::data::FoundDigits found = read_pictures(file);
  const tinygrad::Index N = found.pictures.shape()[0];
  if (N == 0) {
    std::printf("%s: no digit found\n", file.c_str());
    return 0;
  }
  const tinygrad::Array p =
      softmax(model(inputs_of(found.pictures, pixels)), 1).array();  // (N, 10)
  const bool several = found.places.size() > 1;
  std::vector<std::string> numbers;  // a line of writing each
  for (tinygrad::Index i = 0; i < N; ++i) {
    const auto* const place =
        found.places.empty() ? nullptr : &found.places[static_cast<std::size_t>(i)];
    const Reading reading = reading_of(p.data<float>() + i * 10, place && place->wide);
    std::printf("%s%s", text_art(found.pictures.rows(i, i + 1)).c_str(), file.c_str());
    if (several) {
      std::printf(", digit %ld of %ld, at (%ld, %ld), %ld × %ld", static_cast<long>(i + 1),
                  static_cast<long>(N), static_cast<long>(place->left),
                  static_cast<long>(place->top), static_cast<long>(place->width),
                  static_cast<long>(place->height));
      numbers.resize(static_cast<std::size_t>(place->line + 1));
      numbers.back() += static_cast<char>('0' + reading.best);
      if (reading.doubtful()) numbers.back() += '?';
    }
    std::printf(": %s\n", sentence(reading).c_str());
    for (tinygrad::Index k = 0; k < 10; ++k)
      std::printf("  %ld  %.4f\n", static_cast<long>(k), p.at(i * 10 + k));
  }
  for (const std::string& number : numbers)
    std::printf("%s: %s%s\n", file.c_str(), number.c_str(),
                number.find('?') < number.size() ? " (? stands after a doubtful digit)" : "");
  return N;
}

/// show_digits() for each file. Returns the exit status: kWrongInput if one shows no digit.
inline int show_all_digits(tinygrad::nn::Module& model, const std::vector<std::string>& files,
                           Pixels pixels) {
  int status = kSuccess;
  for (const std::string& file : files)
    if (show_digits(model, file, pixels) == 0) status = kWrongInput;
  return status;
}
