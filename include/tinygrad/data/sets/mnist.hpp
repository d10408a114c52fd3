// SPDX-License-Identifier: MIT
// Readers of MNIST: load_mnist() for its four IDX files, read_mnist_csv() for CSV, and
// digit_inputs(), which scales the pixels. find_mnist.hpp looks for the files and downloads them.
// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/sets/idx.hpp"
#include "tinygrad/io/csv.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

enum class MnistSplit { kTrain, kTest };

/// How pictures become inputs. Pixels 0 … 255 are scaled to [0, 1].
struct MnistOptions {
  bool normalize = false;  ///< then (x - 0.1307) / 0.3081, the training set's mean and deviation
  bool flatten = false;    ///< (N, 784) instead of (N, 1, 28, 28)
  /// Keep pixels as uint8, in a quarter of the memory; digit_inputs() converts a batch.
  bool bytes = false;
};

namespace detail {

inline constexpr Index kDigitSide = 28;
inline constexpr Index kDigitPixels = kDigitSide * kDigitSide;

inline Array digit_targets(const Array& labels) {
  Array targets = Array::empty(labels.shape(), int64);
  std::copy_n(labels.data<std::uint8_t>(), labels.count(), targets.data<std::int64_t>());
  return targets;
}

/// "DIR/train-images-idx3-ubyte" in the usual spelling that exists; otherwise "".
inline std::string find_mnist_file(const std::string& directory, std::string name) {
  const std::string dashed = directory + "/" + name;
  name[name.rfind("-idx")] = '.';
  const std::string dotted = directory + "/" + name;
  for (const auto& path : {dashed + ".gz", dashed, dotted + ".gz", dotted})
    if (tinygrad::detail::is_file(path)) return path;
  return "";
}

}  // namespace detail

/// Converts grey pictures to inputs, as the data sets do. Use it for your own pictures and for
/// batches of bytes:
///   loader_options.transform = [](Batch& batch, Generator&) {
///     batch.inputs = digit_inputs(batch.inputs.array(), {.normalize = true});
///   };
/// Shapes  pictures (N, 28, 28), (N, 1, 28, 28) or (N, 784) uint8 → (N, 1, 28, 28) or (N, 784)
///         float32, or uint8 if options.bytes
/// Throws  ShapeError or DtypeError for other shapes or dtypes, ValueError if asked to normalise
///         bytes
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
/// Throws  IoError with the file: missing, damaged, wrong sizes, a label above 9
inline ClassificationData load_mnist(const std::string& directory, MnistSplit split,
                                     const MnistOptions& options = {}, At at = At::here()) {
  const Op op{"load_mnist", at};
  const auto find = [&](const std::string& name) {
    auto path = detail::find_mnist_file(directory, name);
    check<IoError>(!path.empty(), op, directory, ": holds neither ", name, ".gz nor ", name);
    return path;
  };
  const std::string prefix = split == MnistSplit::kTrain ? "train" : "t10k";
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
  return {digit_inputs(images, options, at), detail::digit_targets(labels), "mnist", 10};
}

namespace detail {

/// Converts a table of labels and pixels to digits.
inline ClassificationData digits_of(const Op& op, const std::string& path, const Csv& csv,
                                    const MnistOptions& options) {
  const Index n = csv.values.shape()[0], columns = csv.values.shape()[1];
  check<IoError>(columns == 1 + kDigitPixels, op, path, ": has ", columns,
                 " columns; a label and 784 pixels are 785",
                 columns == kDigitPixels ? ", and pictures without labels cannot be used" : "");
  check<IoError>(n > 0, op, path, ": holds no pictures");
  Array labels = Array::empty({n}, uint8, op);
  Array images = Array::empty({n, kDigitSide, kDigitSide}, uint8, op);
  const auto* in = csv.values.data<std::uint8_t>();
  for (Index i = 0; i < n; ++i, in += columns) {
    check<IoError>(in[0] <= 9, op, path, ": line ", csv.lines[static_cast<std::size_t>(i)],
                   ": the label is ", in[0], "; it must be in [0, 9]");
    labels.data<std::uint8_t>()[i] = in[0];
    std::memcpy(images.data<std::uint8_t>() + i * kDigitPixels, in + 1,
                static_cast<std::size_t>(kDigitPixels));
  }
  return {digit_inputs(images, options, op.at), digit_targets(labels), "mnist", 10};
}

}  // namespace detail

/// Reads digits from CSV, gzip or plain. Each line has a label and then 784 pixels from 0 to 255. A
/// first line with column names is optional, as in read_csv.
/// Throws  IoError with the file, the line (from 1) and the value
inline ClassificationData read_mnist_csv(const std::string& path, const MnistOptions& options = {},
                                         At at = At::here()) {
  const Op op{"read_mnist_csv", at};
  return detail::digits_of(
      op, path, tinygrad::detail::CsvReader(op, path, {.dtype = uint8}).read(at), options);
}

}  // namespace tinygrad::data
