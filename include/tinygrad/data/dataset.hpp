// SPDX-License-Identifier: MIT
// ClassificationData, an in-memory data set for classification, and functions that take a part of
// one: take(), head(), split(). The folder sets/ reads and draws data sets.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/random.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Samples, each with a class id.
/// Shapes  inputs (N, …) float32 or uint8 · targets (N) int64 in [0, classes)
struct ClassificationData {
  Array inputs;
  Array targets;
  std::string name;  ///< the source of the samples: "mnist", "synthetic", …
  int classes = 0;
  std::vector<std::string> class_names = {};  ///< one for each class, or none

  Index size() const { return targets.defined() ? targets.count() : 0; }
};

/// Throws unless shapes, dtypes and all labels are as ClassificationData requires.
inline void check_data(const Op& op, const ClassificationData& data) {
  const Array &inputs = data.inputs, &targets = data.targets;
  check<ShapeError>(inputs.rank() >= 1 && targets.rank() == 1, op, "inputs ", inputs.shape(),
                    " must be (N, …) and targets ", targets.shape(), " must be (N)");
  check<ShapeError>(inputs.shape()[0] == targets.count(), op, "inputs ", inputs.shape(), " hold ",
                    inputs.shape()[0], " samples, targets ", targets.shape(), " hold ",
                    targets.count(), "; the counts must agree");
  check<DtypeError>(inputs.dtype() == float32 || inputs.dtype() == uint8, op, "inputs are ",
                    inputs.dtype(), "; they must be float32 or uint8");
  check<DtypeError>(targets.dtype() == int64, op, "targets are ", targets.dtype(),
                    "; they must be int64");
  check<ValueError>(
      data.class_names.empty() || static_cast<int>(data.class_names.size()) == data.classes, op,
      "class_names holds ", data.class_names.size(), " names for ", data.classes, " classes");
  for (Index i = 0; i < targets.count(); ++i) {
    const auto label = targets.data<std::int64_t>()[i];
    check<ValueError>(0 <= label && label < data.classes, op, "targets[", i, "]=", label,
                      " must be in [0, ", data.classes, ")");
  }
}

/// Copies the given rows of `source` (N, …), in that order, into a new (count, …) array.
inline Array gather_rows(const Op& op, const Array& source, const Index* indices, Index count) {
  const Index rows = source.shape()[0];
  for (Index i = 0; i < count; ++i)
    check<ValueError>(0 <= indices[i] && indices[i] < rows, op, "indices[", i, "]=", indices[i],
                      " is out of range for ", rows, " samples");
  Shape shape = source.shape();
  shape[0] = count;
  Array out = Array::empty(shape, source.dtype(), op);
  if (out.count() == 0) return out;
  const std::size_t row = out.bytes() / static_cast<std::size_t>(count);
  const auto grain = static_cast<Index>((std::size_t{1} << 18) / row + 1);  // 256 KiB a thread
  parallel_for(count, grain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i)
      std::memcpy(out.raw() + static_cast<std::size_t>(i) * row,
                  source.raw() + static_cast<std::size_t>(indices[i]) * row, row);
  });
  return out;
}

/// A copy of the samples `indices`, in that order.
/// Throws  ValueError for an index out of range
inline ClassificationData take(const ClassificationData& data, const std::vector<Index>& indices,
                               At at = At::here()) {
  const Op op{"take", at};
  check_data(op, data);
  const auto count = static_cast<Index>(indices.size());
  return {gather_rows(op, data.inputs, indices.data(), count),
          gather_rows(op, data.targets, indices.data(), count), data.name, data.classes,
          data.class_names};
}

/// The first `count` samples, or all if there are fewer. Shares the memory of `data`.
inline ClassificationData head(const ClassificationData& data, Index count, At at = At::here()) {
  const Op op{"head", at};
  check_data(op, data);
  check<ValueError>(count >= 0, op, "count=", count, " must not be negative");
  const Index n = std::min(count, data.size());
  return {data.inputs.rows(0, n), data.targets.rows(0, n), data.name, data.classes,
          data.class_names};
}

/// A published data set. `description` is a sentence for the user: which data set, found where.
struct TrainTestData {
  ClassificationData train, test;
  std::string description = {};
};

struct TrainValidation {
  ClassificationData train, validation;
};

/// Shuffles with `seed` and keeps round(fraction · N) samples for validation.
/// Throws  ValueError unless 0 <= fraction <= 1
inline TrainValidation split(const ClassificationData& data, double fraction,
                             std::uint64_t seed = 1, At at = At::here()) {
  const Op op{"split", at};
  check_data(op, data);
  check<ValueError>(fraction >= 0 && fraction <= 1, op, "fraction=", fraction,
                    " must be in [0, 1]; it is the part kept for validation");
  const Index n = data.size();
  const auto held = static_cast<Index>(std::llround(fraction * static_cast<double>(n)));
  const auto order = Generator(seed).permutation(n);
  return {take(data, {order.begin(), order.end() - held}, at),
          take(data, {order.end() - held, order.end()}, at)};
}

}  // namespace tinygrad::data
