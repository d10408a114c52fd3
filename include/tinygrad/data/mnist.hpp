// SPDX-License-Identifier: MIT
// MNIST from its four IDX files or from CSV. Where the files may lie, and how to fetch them, is the
// business of find_mnist.hpp.
// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/idx.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

enum class MnistSplit { train, test };

/// How pictures become inputs: pixels 0 … 255 are scaled to [0, 1].
struct MnistOptions {
  bool normalize = false;  ///< then (x - 0.1307) / 0.3081, the training set's mean and deviation
  bool flatten = false;    ///< (N, 784) instead of (N, 1, 28, 28)
  /// The pixels stay uint8, a quarter of the memory; digit_inputs() makes inputs of a batch.
  bool bytes = false;
  Index limit = 0;  ///< of the pictures of each set, from the first; 0: all
};

namespace detail {

inline constexpr Index kDigitSide = 28;
inline constexpr Index kDigitPixels = kDigitSide * kDigitSide;

inline ClassificationData limited(const ClassificationData& data, const MnistOptions& options) {
  return options.limit > 0 ? head(data, options.limit) : data;
}

inline Array digit_targets(const Array& labels) {
  Array targets = Array::empty(labels.shape(), int64);
  std::copy_n(labels.data<std::uint8_t>(), labels.count(), targets.data<std::int64_t>());
  return targets;
}

/// "DIR/train-images-idx3-ubyte" in whichever of its usual spellings exists; else "".
inline std::string find_mnist_file(const std::string& directory, std::string name) {
  const std::string dashed = directory + "/" + name;
  name[name.rfind("-idx")] = '.';
  const std::string dotted = directory + "/" + name;
  for (const auto& path : {dashed + ".gz", dashed, dotted + ".gz", dotted})
    if (is_file(path)) return path;
  return "";
}

}  // namespace detail

/// Grey pictures as inputs: the preprocessing of the data sets, for pictures of one's own and for
/// batches of bytes:
///   loader_options.transform = [](Batch& batch, Generator&) {
///     batch.inputs = digit_inputs(batch.inputs, {.normalize = true});
///   };
/// Shapes  pictures (N, 28, 28), (N, 1, 28, 28) or (N, 784) uint8 → (N, 1, 28, 28) or (N, 784)
///         float32, or uint8 if options.bytes
/// Throws  ShapeError or DtypeError for what are no such pictures, ValueError to normalise bytes
inline Array digit_inputs(const Array& pictures, const MnistOptions& options, At at = At::here()) {
  const Op op{"digit_inputs", at};
  check<ValueError>(!options.bytes || !options.normalize, op,
                    "bytes cannot be normalised; choose bytes or normalize");
  const Index n = pictures.rank() > 0 ? pictures.shape()[0] : 0;
  check<ShapeError>(pictures.rank() >= 2 && pictures.count() == n * detail::kDigitPixels, op,
                    "pictures ", pictures.shape(), " must be (N, 28, 28)");
  check<DtypeError>(pictures.dtype() == uint8, op, "pictures are ", pictures.dtype(),
                    "; they must be uint8");
  const Shape shape = options.flatten ? Shape{n, detail::kDigitPixels}
                                      : Shape{n, 1, detail::kDigitSide, detail::kDigitSide};
  if (options.bytes) return pictures.reshaped(shape);
  std::array<float, 256> value;  // rounded as PyTorch's ToTensor and Normalize round
  for (std::size_t grey = 0; grey < value.size(); ++grey) {
    value[grey] = static_cast<float>(grey) / 255.0F;
    if (options.normalize) value[grey] = (value[grey] - 0.1307F) / 0.3081F;
  }
  Array inputs = Array::empty(shape, float32, op);
  const auto* in = pictures.data<std::uint8_t>();
  auto* out = inputs.data<float>();
  parallel_for(inputs.count(), Index{1} << 16, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) out[i] = value[in[i]];
  });
  return inputs;
}

/// Reads the training set (60,000 digits) or the test set (10,000) from the IDX files in
/// `directory`, each gzip or plain.
/// Shapes  inputs (N, 1, 28, 28) or (N, 784), float32 or uint8 · targets (N) int64 in [0, 9]
/// Throws  IoError naming the file: missing, damaged, wrong sizes, a label above 9
inline ClassificationData load_mnist(const std::string& directory, MnistSplit split,
                                     const MnistOptions& options = {}, At at = At::here()) {
  const Op op{"load_mnist", at};
  const auto find = [&](const std::string& name) {
    auto path = detail::find_mnist_file(directory, name);
    check<IoError>(!path.empty(), op, directory, ": holds neither ", name, ".gz nor ", name);
    return path;
  };
  const std::string prefix = split == MnistSplit::train ? "train" : "t10k";
  const std::string images_path = find(prefix + "-images-idx3-ubyte");
  const std::string labels_path = find(prefix + "-labels-idx1-ubyte");
  const Array images = read_idx(images_path, at);
  const Array labels = read_idx(labels_path, at);

  const Shape &shape = images.shape(), wanted{detail::kDigitSide, detail::kDigitSide};
  check<IoError>(shape.rank() == 3 && std::equal(wanted.begin(), wanted.end(), shape.begin() + 1),
                 op, images_path, ": has shape ", shape, "; MNIST pictures are (N, 28, 28)");
  check<IoError>(labels.rank() == 1, op, labels_path, ": has shape ", labels.shape(),
                 "; MNIST labels are (N)");
  check<IoError>(shape[0] == labels.count(), op, images_path, " holds ", shape[0], " pictures, ",
                 labels_path, " holds ", labels.count(), " labels; the counts must agree");
  check<IoError>(shape[0] > 0, op, images_path, ": holds no pictures");
  for (Index i = 0; i < labels.count(); ++i) {
    const auto label = labels.data<std::uint8_t>()[i];
    check<IoError>(label <= 9, op, labels_path, ": label ", i, " is ", label,
                   "; it must be in [0, 9]");
  }
  return detail::limited(
      {digit_inputs(images, options, at), detail::digit_targets(labels), "mnist", 10}, options);
}

namespace detail {

/// Reads "label,p0,…,p783" from [p, end). Returns what is wrong with it, or "".
inline std::string parse_digit_row(const char* p, const char* end, std::uint8_t* label,
                                   std::uint8_t* pixels) {
  if (p < end && end[-1] == '\r') --end;
  for (Index column = 0; column <= kDigitPixels; ++column) {
    const char* const start = p;
    int value = 0;
    while (p < end && '0' <= *p && *p <= '9' && p - start < 4) value = 10 * value + (*p++ - '0');
    const int most = column == 0 ? 9 : 255;
    const bool number = p > start && (p == end || *p == ',');
    if (!number || value > most) {
      const std::string_view field(
          start,
          std::min<std::size_t>(static_cast<std::size_t>(std::find(start, end, ',') - start), 20));
      return concat(column == 0 ? "the label" : concat("pixel ", column - 1), " is '", field,
                    "'; it must be an integer in [0, ", most, "]");
    }
    if (column < kDigitPixels && p == end)
      return concat("has ", column + 1, " columns; a label and 784 pixels are 785");
    if (column == kDigitPixels && p < end) return "has more than 785 columns";
    *(column == 0 ? label : pixels + column - 1) = static_cast<std::uint8_t>(value);
    ++p;
  }
  return "";
}

}  // namespace detail

/// Reads digits from CSV, gzip or plain: in each line a label, then 784 pixels from 0 to 255; no
/// header line.
/// Throws  IoError naming the file, the line (from 1) and the value
inline ClassificationData read_mnist_csv(const std::string& path, const MnistOptions& options = {},
                                         At at = At::here()) {
  const Op op{"read_mnist_csv", at};
  const Array file = read_data_file(path, kMaxFileBytes, at);
  const char* const text = reinterpret_cast<const char*>(file.raw());
  const char* const end = text + file.count();

  std::vector<const char*> starts{text};  // of each line, and of the one after the last
  while (starts.back() < end) {
    const auto left = static_cast<std::size_t>(end - starts.back());
    const auto* newline = static_cast<const char*>(std::memchr(starts.back(), '\n', left));
    starts.push_back(newline ? newline + 1 : end);
  }
  const auto n = static_cast<Index>(starts.size()) - 1;
  const auto parse = [&](Index row, std::uint8_t* label, std::uint8_t* pixels) {
    const auto i = static_cast<std::size_t>(row);
    const char* const stop = starts[i + 1];
    return detail::parse_digit_row(starts[i], stop[-1] == '\n' ? stop - 1 : stop, label, pixels);
  };

  Array labels = Array::empty({n}, uint8, op);
  Array images = Array::empty({n, detail::kDigitSide, detail::kDigitSide}, uint8, op);
  std::atomic<Index> first_bad{n};
  parallel_for(n, 64, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      if (parse(row, labels.data<std::uint8_t>() + row,
                images.data<std::uint8_t>() + row * detail::kDigitPixels)
              .empty())
        continue;
      Index known = first_bad.load();
      while (row < known && !first_bad.compare_exchange_weak(known, row)) {
      }
      break;
    }
  });
  if (const Index row = first_bad; row < n) {  // parallel loops must not throw: parse it once more
    std::uint8_t label;
    std::array<std::uint8_t, detail::kDigitPixels> pixels;
    fail<IoError>(op, path, ": line ", row + 1, ": ", parse(row, &label, pixels.data()),
                  row == 0 ? " (a header line is not allowed)" : "");
  }
  return detail::limited(
      {digit_inputs(images, options, at), detail::digit_targets(labels), "mnist", 10}, options);
}

}  // namespace tinygrad
