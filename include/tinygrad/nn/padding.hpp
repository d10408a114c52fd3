// SPDX-License-Identifier: MIT
// Padding layers: they add a border to lines, pictures and volumes. The modes are those of
// ops/shape/padding.hpp.
#pragma once

#include <vector>

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/shape/padding.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// The widths of a border: one for all sides, or two for each spatial dim, the last dim first:
/// {left, right, top, bottom, front, back}. Negative widths crop.
class Border {
 public:
  Border(Index all) : widths_{all} {}  // NOLINT: implicit, so that 2 is one
  Border(int all) : widths_{all} {}    // NOLINT: implicit
  Border(std::initializer_list<Index> each) : widths_(each) {}

  /// Two widths for each of `dims` dims.
  std::vector<Index> over(const Op& op, int dims) const {
    const auto sides = static_cast<std::size_t>(2 * dims);
    if (widths_.size() == 1) return std::vector<Index>(sides, widths_[0]);
    check<ShapeError>(widths_.size() == sides, op, widths_.size(), " widths for ", sides, " sides");
    return widths_;
  }

 private:
  std::vector<Index> widths_;
};

/// The base of all padding layers.
class PadLayer : public Module {
 public:
  std::vector<Index> padding;  ///< as pad() takes it
  PadMode mode;
  Scalar value;

  Tensor forward(const Tensor& x) override {
    const auto dims = static_cast<int>(padding.size()) / 2;
    check<ShapeError>(x.dim() == dims + 1 || x.dim() == dims + 2, {name_, At::here()}, "x ",
                      x.shape(), " must have ", dims, " spatial dims after N and C, or after C");
    return pad(x, padding, mode, value);
  }
  std::string describe() const override {
    std::string widths;
    for (const Index width : padding) widths += str_cat(widths.empty() ? "(" : ", ", width);
    widths += ')';
    const bool constant = name_[0] == 'C' && mode == PadMode::kConstant;
    return constant ? str_cat(name_, "(padding=", widths, ", value=", value.part(), ")")
                    : str_cat(name_, '(', widths, ')');
  }

 protected:
  PadLayer(const char* name, int dims, const Border& border, PadMode kind, Scalar constant, At at)
      : padding(border.over({name, at}, dims)), mode(kind), value(constant), name_(name) {}

 private:
  const char* name_;
};

/// A border of zeros.
/// Shapes  x (N,C,L) or (C,L) → y, each dim longer by its two widths
struct ZeroPad1d final : PadLayer {
  explicit ZeroPad1d(const Border& border, At at = At::here())
      : PadLayer("ZeroPad1d", 1, border, PadMode::kConstant, 0, at) {}
};
/// A border of zeros.
/// Shapes  x (N,C,H,W) or (C,H,W) → y, each dim longer by its two widths
struct ZeroPad2d final : PadLayer {
  explicit ZeroPad2d(const Border& border, At at = At::here())
      : PadLayer("ZeroPad2d", 2, border, PadMode::kConstant, 0, at) {}
};
/// A border of zeros.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y, each dim longer by its two widths
struct ZeroPad3d final : PadLayer {
  explicit ZeroPad3d(const Border& border, At at = At::here())
      : PadLayer("ZeroPad3d", 3, border, PadMode::kConstant, 0, at) {}
};
/// A border of a value.
/// Shapes  x (N,C,L) or (C,L) → y, each dim longer by its two widths
struct ConstantPad1d final : PadLayer {
  ConstantPad1d(const Border& border, Scalar constant, At at = At::here())
      : PadLayer("ConstantPad1d", 1, border, PadMode::kConstant, constant, at) {}
};
/// A border of a value.
/// Shapes  x (N,C,H,W) or (C,H,W) → y, each dim longer by its two widths
struct ConstantPad2d final : PadLayer {
  ConstantPad2d(const Border& border, Scalar constant, At at = At::here())
      : PadLayer("ConstantPad2d", 2, border, PadMode::kConstant, constant, at) {}
};
/// A border of a value.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y, each dim longer by its two widths
struct ConstantPad3d final : PadLayer {
  ConstantPad3d(const Border& border, Scalar constant, At at = At::here())
      : PadLayer("ConstantPad3d", 3, border, PadMode::kConstant, constant, at) {}
};
/// A border that mirrors the inside at the edge.
/// Shapes  x (N,C,L) or (C,L) → y, each dim longer by its two widths
struct ReflectionPad1d final : PadLayer {
  explicit ReflectionPad1d(const Border& border, At at = At::here())
      : PadLayer("ReflectionPad1d", 1, border, PadMode::kReflect, 0, at) {}
};
/// A border that mirrors the inside at the edge.
/// Shapes  x (N,C,H,W) or (C,H,W) → y, each dim longer by its two widths
struct ReflectionPad2d final : PadLayer {
  explicit ReflectionPad2d(const Border& border, At at = At::here())
      : PadLayer("ReflectionPad2d", 2, border, PadMode::kReflect, 0, at) {}
};
/// A border that mirrors the inside at the edge.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y, each dim longer by its two widths
struct ReflectionPad3d final : PadLayer {
  explicit ReflectionPad3d(const Border& border, At at = At::here())
      : PadLayer("ReflectionPad3d", 3, border, PadMode::kReflect, 0, at) {}
};
/// A border that repeats the edge.
/// Shapes  x (N,C,L) or (C,L) → y, each dim longer by its two widths
struct ReplicationPad1d final : PadLayer {
  explicit ReplicationPad1d(const Border& border, At at = At::here())
      : PadLayer("ReplicationPad1d", 1, border, PadMode::kReplicate, 0, at) {}
};
/// A border that repeats the edge.
/// Shapes  x (N,C,H,W) or (C,H,W) → y, each dim longer by its two widths
struct ReplicationPad2d final : PadLayer {
  explicit ReplicationPad2d(const Border& border, At at = At::here())
      : PadLayer("ReplicationPad2d", 2, border, PadMode::kReplicate, 0, at) {}
};
/// A border that repeats the edge.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y, each dim longer by its two widths
struct ReplicationPad3d final : PadLayer {
  explicit ReplicationPad3d(const Border& border, At at = At::here())
      : PadLayer("ReplicationPad3d", 3, border, PadMode::kReplicate, 0, at) {}
};
/// A border with the values of the opposite end.
/// Shapes  x (N,C,L) or (C,L) → y, each dim longer by its two widths
struct CircularPad1d final : PadLayer {
  explicit CircularPad1d(const Border& border, At at = At::here())
      : PadLayer("CircularPad1d", 1, border, PadMode::kCircular, 0, at) {}
};
/// A border with the values of the opposite end.
/// Shapes  x (N,C,H,W) or (C,H,W) → y, each dim longer by its two widths
struct CircularPad2d final : PadLayer {
  explicit CircularPad2d(const Border& border, At at = At::here())
      : PadLayer("CircularPad2d", 2, border, PadMode::kCircular, 0, at) {}
};
/// A border with the values of the opposite end.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y, each dim longer by its two widths
struct CircularPad3d final : PadLayer {
  explicit CircularPad3d(const Border& border, At at = At::here())
      : PadLayer("CircularPad3d", 3, border, PadMode::kCircular, 0, at) {}
};

}  // namespace tinygrad::nn
