// SPDX-License-Identifier: MIT
// Pooling layers: max, average, adaptive, p-norm, and the inverse of max. The formulas are in
// ops/layers/pooling.hpp.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/layers/pooling.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// The base of MaxPool1d, 2d and 3d.
class MaxPool : public Module {
 public:
  PerDim kernel_size;
  MaxPoolOptions options;

  /// The layer's value, and the position of each maximum, for MaxUnpool.
  ValuesAndIndices with_indices(const Tensor& x, At at = At::here()) {
    return call(at, [&] { return pool_with_indices(x); });
  }
  std::string describe() const override {
    return str_cat(type_name(), "(kernel_size=", to_string(kernel_size),
                   ", stride=", to_string(options.stride.given() ? options.stride : kernel_size),
                   ", padding=", to_string(options.padding),
                   ", dilation=", to_string(options.dilation), ", ceil_mode=", options.ceil_mode,
                   ")");
  }

 protected:
  MaxPool(const Op& op, int spatial, const PerDim& kernel, const MaxPoolOptions& settings)
      : kernel_size(kernel), options(settings) {
    tinygrad::detail::sliding_windows(op, spatial, kernel, settings);  // which throws
  }

 private:
  virtual ValuesAndIndices pool_with_indices(const Tensor& x) const = 0;
};

/// The largest value of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,OL), as max_pool1d()
class MaxPool1d final : public MaxPool {
 public:
  explicit MaxPool1d(const PerDim& kernel, const MaxPoolOptions& settings = {}, At at = At::here())
      : MaxPool({"MaxPool1d", at}, 1, kernel, settings) {}
  Tensor forward(const Tensor& x) override { return max_pool1d(x, kernel_size, options); }

 private:
  ValuesAndIndices pool_with_indices(const Tensor& x) const override {
    return max_pool1d_with_indices(x, kernel_size, options);
  }
};
/// The largest value of each window.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW), as max_pool2d()
class MaxPool2d final : public MaxPool {
 public:
  explicit MaxPool2d(const PerDim& kernel, const MaxPoolOptions& settings = {}, At at = At::here())
      : MaxPool({"MaxPool2d", at}, 2, kernel, settings) {}
  Tensor forward(const Tensor& x) override { return max_pool2d(x, kernel_size, options); }

 private:
  ValuesAndIndices pool_with_indices(const Tensor& x) const override {
    return max_pool2d_with_indices(x, kernel_size, options);
  }
};
/// The largest value of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW), as max_pool3d()
class MaxPool3d final : public MaxPool {
 public:
  explicit MaxPool3d(const PerDim& kernel, const MaxPoolOptions& settings = {}, At at = At::here())
      : MaxPool({"MaxPool3d", at}, 3, kernel, settings) {}
  Tensor forward(const Tensor& x) override { return max_pool3d(x, kernel_size, options); }

 private:
  ValuesAndIndices pool_with_indices(const Tensor& x) const override {
    return max_pool3d_with_indices(x, kernel_size, options);
  }
};

/// The base of AvgPool1d, 2d and 3d.
class AvgPool : public Module {
 public:
  PerDim kernel_size;
  AvgPoolOptions options;

  std::string describe() const override {
    const AvgPoolOptions usual;
    detail::Settings s(type_name());
    return s.show("kernel_size", to_string(kernel_size))
        .show("stride", to_string(options.stride.given() ? options.stride : kernel_size))
        .show("padding", to_string(options.padding))
        .unless("ceil_mode", options.ceil_mode, usual.ceil_mode)
        .unless("count_include_pad", options.count_include_pad, usual.count_include_pad)
        .unless("divisor_override", options.divisor_override, usual.divisor_override)
        .text();
  }

 protected:
  AvgPool(const Op& op, int spatial, const PerDim& kernel, const AvgPoolOptions& settings)
      : kernel_size(kernel), options(settings) {
    tinygrad::detail::sliding_windows(op, spatial, kernel,
                                      {.stride = settings.stride, .padding = settings.padding});
  }
};

/// The mean of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,OL), as avg_pool1d()
struct AvgPool1d final : AvgPool {
  explicit AvgPool1d(const PerDim& kernel, const AvgPoolOptions& settings = {}, At at = At::here())
      : AvgPool({"AvgPool1d", at}, 1, kernel, settings) {}
  Tensor forward(const Tensor& x) override { return avg_pool1d(x, kernel_size, options); }
};
/// The mean of each window.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW), as avg_pool2d()
struct AvgPool2d final : AvgPool {
  explicit AvgPool2d(const PerDim& kernel, const AvgPoolOptions& settings = {}, At at = At::here())
      : AvgPool({"AvgPool2d", at}, 2, kernel, settings) {}
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, kernel_size, options); }
};
/// The mean of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW), as avg_pool3d()
struct AvgPool3d final : AvgPool {
  explicit AvgPool3d(const PerDim& kernel, const AvgPoolOptions& settings = {}, At at = At::here())
      : AvgPool({"AvgPool3d", at}, 3, kernel, settings) {}
  Tensor forward(const Tensor& x) override { return avg_pool3d(x, kernel_size, options); }
};

/// The base of the adaptive layers, whose windows divide x into output_size parts: one number, or
/// one for each dim; kKeepSize keeps a dim, 1 pools the whole dim.
class AdaptivePool : public Module {
 public:
  PerDim output_size;

  std::string describe() const override {
    return str_cat(type_name(), "(output_size=", to_string(output_size), ")");
  }

 protected:
  AdaptivePool(const Op& op, int spatial, const PerDim& size) : output_size(size) {
    size.over(op, "output_size", spatial, kKeepSize);
  }
};

/// The mean of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,output_size)
struct AdaptiveAvgPool1d final : AdaptivePool {
  explicit AdaptiveAvgPool1d(const PerDim& size, At at = At::here())
      : AdaptivePool({"AdaptiveAvgPool1d", at}, 1, size) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool1d(x, output_size); }
};
/// The mean of each window. Size 1 is global average pooling.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,output_size)
struct AdaptiveAvgPool2d final : AdaptivePool {
  explicit AdaptiveAvgPool2d(const PerDim& size, At at = At::here())
      : AdaptivePool({"AdaptiveAvgPool2d", at}, 2, size) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool2d(x, output_size); }
};
/// The mean of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,output_size)
struct AdaptiveAvgPool3d final : AdaptivePool {
  explicit AdaptiveAvgPool3d(const PerDim& size, At at = At::here())
      : AdaptivePool({"AdaptiveAvgPool3d", at}, 3, size) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool3d(x, output_size); }
};
/// The largest value of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,output_size)
struct AdaptiveMaxPool1d final : AdaptivePool {
  explicit AdaptiveMaxPool1d(const PerDim& size, At at = At::here())
      : AdaptivePool({"AdaptiveMaxPool1d", at}, 1, size) {}
  Tensor forward(const Tensor& x) override { return adaptive_max_pool1d(x, output_size); }
};
/// The largest value of each window.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,output_size)
struct AdaptiveMaxPool2d final : AdaptivePool {
  explicit AdaptiveMaxPool2d(const PerDim& size, At at = At::here())
      : AdaptivePool({"AdaptiveMaxPool2d", at}, 2, size) {}
  Tensor forward(const Tensor& x) override { return adaptive_max_pool2d(x, output_size); }
};
/// The largest value of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,output_size)
struct AdaptiveMaxPool3d final : AdaptivePool {
  explicit AdaptiveMaxPool3d(const PerDim& size, At at = At::here())
      : AdaptivePool({"AdaptiveMaxPool3d", at}, 3, size) {}
  Tensor forward(const Tensor& x) override { return adaptive_max_pool3d(x, output_size); }
};

/// The base of MaxUnpool1d, 2d and 3d: layers of two tensors, the pooled values and their
/// positions.
class MaxUnpool : public Module {
 public:
  PerDim kernel_size, stride, padding;

  std::string describe() const override {
    return str_cat(type_name(), "(kernel_size=", to_string(kernel_size),
                   ", stride=", to_string(stride), ", padding=", to_string(padding), ")");
  }

 protected:
  MaxUnpool(const Op& op, int spatial, const PerDim& kernel, const PerDim& step,
            const PerDim& border)
      : kernel_size(kernel), stride(step.given() ? step : kernel), padding(border) {
    kernel_size.over(op, "kernel_size", spatial, 1);
    stride.over(op, "stride", spatial, 1);
    padding.over(op, "padding", spatial, 0);
  }
};

/// Puts pooled values at their former positions, as max_unpool1d().
/// Shapes  x and indices (N,C,OL) or (C,OL) → y (…,L)
struct MaxUnpool1d final : MaxUnpool {
  explicit MaxUnpool1d(const PerDim& kernel, const PerDim& step = {}, const PerDim& border = 0,
                       At at = At::here())
      : MaxUnpool({"MaxUnpool1d", at}, 1, kernel, step, border) {}
  Tensor operator()(const Tensor& x, const Tensor& indices, const Shape& output_size = {},
                    At at = At::here()) {
    return call(at, {x, indices}, [&](const std::vector<Tensor>& in) {
      return max_unpool1d(in[0], in[1], kernel_size, stride, padding, output_size);
    });
  }
};
/// Puts pooled values at their former positions, as max_unpool2d().
/// Shapes  x and indices (N,C,OH,OW) or (C,OH,OW) → y (…,H,W)
struct MaxUnpool2d final : MaxUnpool {
  explicit MaxUnpool2d(const PerDim& kernel, const PerDim& step = {}, const PerDim& border = 0,
                       At at = At::here())
      : MaxUnpool({"MaxUnpool2d", at}, 2, kernel, step, border) {}
  Tensor operator()(const Tensor& x, const Tensor& indices, const Shape& output_size = {},
                    At at = At::here()) {
    return call(at, {x, indices}, [&](const std::vector<Tensor>& in) {
      return max_unpool2d(in[0], in[1], kernel_size, stride, padding, output_size);
    });
  }
};
/// Puts pooled values at their former positions, as max_unpool3d().
/// Shapes  x and indices (N,C,OD,OH,OW) or (C,OD,OH,OW) → y (…,D,H,W)
struct MaxUnpool3d final : MaxUnpool {
  explicit MaxUnpool3d(const PerDim& kernel, const PerDim& step = {}, const PerDim& border = 0,
                       At at = At::here())
      : MaxUnpool({"MaxUnpool3d", at}, 3, kernel, step, border) {}
  Tensor operator()(const Tensor& x, const Tensor& indices, const Shape& output_size = {},
                    At at = At::here()) {
    return call(at, {x, indices}, [&](const std::vector<Tensor>& in) {
      return max_unpool3d(in[0], in[1], kernel_size, stride, padding, output_size);
    });
  }
};

/// The base of LPPool1d, 2d and 3d.
class LPPool : public Module {
 public:
  double norm_type;
  PerDim kernel_size, stride;
  bool ceil_mode;

  std::string describe() const override {
    return str_cat(type_name(), "(norm_type=", norm_type, ", kernel_size=", to_string(kernel_size),
                   ", stride=", to_string(stride), ", ceil_mode=", ceil_mode, ")");
  }

 protected:
  LPPool(const Op& op, int spatial, double norm, const PerDim& kernel, const PerDim& step,
         bool round_up)
      : norm_type(norm),
        kernel_size(kernel),
        stride(step.given() ? step : kernel),
        ceil_mode(round_up) {
    tinygrad::detail::check_norm_type(op, norm);
    kernel_size.over(op, "kernel_size", spatial, 1);
    stride.over(op, "stride", spatial, 1);
  }
};

/// ᵖ√(Σ xᵖ) of each window, p = norm_type.
/// Shapes  x (N,C,L) or (C,L) → y (…,OL), as lp_pool1d()
struct LPPool1d final : LPPool {
  LPPool1d(double norm, const PerDim& kernel, const PerDim& step = {}, bool round_up = false,
           At at = At::here())
      : LPPool({"LPPool1d", at}, 1, norm, kernel, step, round_up) {}
  Tensor forward(const Tensor& x) override {
    return lp_pool1d(x, norm_type, kernel_size, stride, ceil_mode);
  }
};
/// ᵖ√(Σ xᵖ) of each window, p = norm_type.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW), as lp_pool2d()
struct LPPool2d final : LPPool {
  LPPool2d(double norm, const PerDim& kernel, const PerDim& step = {}, bool round_up = false,
           At at = At::here())
      : LPPool({"LPPool2d", at}, 2, norm, kernel, step, round_up) {}
  Tensor forward(const Tensor& x) override {
    return lp_pool2d(x, norm_type, kernel_size, stride, ceil_mode);
  }
};
/// ᵖ√(Σ xᵖ) of each window, p = norm_type.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW), as lp_pool3d()
struct LPPool3d final : LPPool {
  LPPool3d(double norm, const PerDim& kernel, const PerDim& step = {}, bool round_up = false,
           At at = At::here())
      : LPPool({"LPPool3d", at}, 3, norm, kernel, step, round_up) {}
  Tensor forward(const Tensor& x) override {
    return lp_pool3d(x, norm_type, kernel_size, stride, ceil_mode);
  }
};

}  // namespace tinygrad::nn
