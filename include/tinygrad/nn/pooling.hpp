// SPDX-License-Identifier: MIT
// Pooling layers. The formulas are in ops/pooling.hpp.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/pooling.hpp"

namespace tinygrad::nn {

/// The base of MaxPool1d, 2d and 3d.
class MaxPool : public Module {
 public:
  PerAxis kernel_size;
  MaxPoolOptions options;

  std::string describe() const override {
    return concat(type_name(), "(kernel_size=", to_string(kernel_size),
                  ", stride=", to_string(options.stride.given() ? options.stride : kernel_size),
                  ", padding=", to_string(options.padding),
                  ", dilation=", to_string(options.dilation), ", ceil_mode=", options.ceil_mode,
                  ")");
  }

 protected:
  MaxPool(PerAxis kernel, const MaxPoolOptions& settings)
      : kernel_size(kernel), options(settings) {}
};

/// The largest value of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,OL), as max_pool1d()
struct MaxPool1d final : MaxPool {
  explicit MaxPool1d(PerAxis kernel, const MaxPoolOptions& settings = {})
      : MaxPool(kernel, settings) {}
  Tensor forward(const Tensor& x) override { return max_pool1d(x, kernel_size, options); }
};
/// The largest value of each window.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW), as max_pool2d()
struct MaxPool2d final : MaxPool {
  explicit MaxPool2d(PerAxis kernel, const MaxPoolOptions& settings = {})
      : MaxPool(kernel, settings) {}
  Tensor forward(const Tensor& x) override { return max_pool2d(x, kernel_size, options); }
};
/// The largest value of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW), as max_pool3d()
struct MaxPool3d final : MaxPool {
  explicit MaxPool3d(PerAxis kernel, const MaxPoolOptions& settings = {})
      : MaxPool(kernel, settings) {}
  Tensor forward(const Tensor& x) override { return max_pool3d(x, kernel_size, options); }
};

/// The base of AvgPool1d, 2d and 3d.
class AvgPool : public Module {
 public:
  PerAxis kernel_size;
  AvgPoolOptions options;

  std::string describe() const override {
    return concat(type_name(), "(kernel_size=", to_string(kernel_size),
                  ", stride=", to_string(options.stride.given() ? options.stride : kernel_size),
                  ", padding=", to_string(options.padding), ")");
  }

 protected:
  AvgPool(PerAxis kernel, const AvgPoolOptions& settings)
      : kernel_size(kernel), options(settings) {}
};

/// The mean of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,OL), as avg_pool1d()
struct AvgPool1d final : AvgPool {
  explicit AvgPool1d(PerAxis kernel, const AvgPoolOptions& settings = {})
      : AvgPool(kernel, settings) {}
  Tensor forward(const Tensor& x) override { return avg_pool1d(x, kernel_size, options); }
};
/// The mean of each window.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW), as avg_pool2d()
struct AvgPool2d final : AvgPool {
  explicit AvgPool2d(PerAxis kernel, const AvgPoolOptions& settings = {})
      : AvgPool(kernel, settings) {}
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, kernel_size, options); }
};
/// The mean of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW), as avg_pool3d()
struct AvgPool3d final : AvgPool {
  explicit AvgPool3d(PerAxis kernel, const AvgPoolOptions& settings = {})
      : AvgPool(kernel, settings) {}
  Tensor forward(const Tensor& x) override { return avg_pool3d(x, kernel_size, options); }
};

/// The base of the adaptive layers, whose windows share x out to output_size: one number, or one
/// for each axis; kKeepSize keeps an axis, 1 pools all of it.
class AdaptivePool : public Module {
 public:
  PerAxis output_size;

  std::string describe() const override {
    return concat(type_name(), "(output_size=", to_string(output_size), ")");
  }

 protected:
  explicit AdaptivePool(PerAxis size) : output_size(size) {}
};

/// The mean of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,output_size)
struct AdaptiveAvgPool1d final : AdaptivePool {
  explicit AdaptiveAvgPool1d(PerAxis size) : AdaptivePool(size) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool1d(x, output_size); }
};
/// The mean of each window. Size 1 is global average pooling.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,output_size)
struct AdaptiveAvgPool2d final : AdaptivePool {
  explicit AdaptiveAvgPool2d(PerAxis size) : AdaptivePool(size) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool2d(x, output_size); }
};
/// The mean of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,output_size)
struct AdaptiveAvgPool3d final : AdaptivePool {
  explicit AdaptiveAvgPool3d(PerAxis size) : AdaptivePool(size) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool3d(x, output_size); }
};
/// The largest value of each window.
/// Shapes  x (N,C,L) or (C,L) → y (…,output_size)
struct AdaptiveMaxPool1d final : AdaptivePool {
  explicit AdaptiveMaxPool1d(PerAxis size) : AdaptivePool(size) {}
  Tensor forward(const Tensor& x) override { return adaptive_max_pool1d(x, output_size); }
};
/// The largest value of each window.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,output_size)
struct AdaptiveMaxPool2d final : AdaptivePool {
  explicit AdaptiveMaxPool2d(PerAxis size) : AdaptivePool(size) {}
  Tensor forward(const Tensor& x) override { return adaptive_max_pool2d(x, output_size); }
};
/// The largest value of each window.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,output_size)
struct AdaptiveMaxPool3d final : AdaptivePool {
  explicit AdaptiveMaxPool3d(PerAxis size) : AdaptivePool(size) {}
  Tensor forward(const Tensor& x) override { return adaptive_max_pool3d(x, output_size); }
};

/// Puts pooled values back where they were: max_unpool2d() as a layer of two tensors.
/// Shapes  x and indices (N,C,OH,OW) or (C,OH,OW) → y (…,H,W)
struct MaxUnpool2d final : Module {
  PerAxis kernel_size, stride, padding;

  explicit MaxUnpool2d(PerAxis kernel, PerAxis step = {}, PerAxis border = 0)
      : kernel_size(kernel), stride(step.given() ? step : kernel), padding(border) {}

  Tensor operator()(const Tensor& x, const Tensor& indices, const Shape& output_size = {},
                    At at = At::here()) {
    return call(at, {x, indices}, [&](const std::vector<Tensor>& in) {
      return max_unpool2d(in[0], in[1], kernel_size, stride, padding, output_size);
    });
  }
  std::string describe() const override {
    return concat("MaxUnpool2d(kernel_size=", to_string(kernel_size),
                  ", stride=", to_string(stride), ", padding=", to_string(padding), ")");
  }
};

/// ᵖ√(Σ xᵖ) of each window of pictures.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW), as lp_pool2d()
struct LPPool2d final : Module {
  double norm_type;
  PerAxis kernel_size, stride;
  bool ceil_mode;

  LPPool2d(double norm, PerAxis kernel, PerAxis step = {}, bool round_up = false)
      : norm_type(norm),
        kernel_size(kernel),
        stride(step.given() ? step : kernel),
        ceil_mode(round_up) {}

  Tensor forward(const Tensor& x) override {
    return lp_pool2d(x, norm_type, kernel_size, stride, ceil_mode);
  }
  std::string describe() const override {
    return concat("LPPool2d(norm_type=", norm_type, ", kernel_size=", to_string(kernel_size),
                  ", stride=", to_string(stride), ", ceil_mode=", ceil_mode, ")");
  }
};

}  // namespace tinygrad::nn
