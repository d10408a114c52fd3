// SPDX-License-Identifier: MIT
// Rows for ops/layers/conv.hpp.

#include "support/conv_naive.hpp"
#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

using Samples = std::vector<std::vector<Input>>;

Tensor bias_of(const Tensors& x) { return x.size() > 2 ? x[2] : Tensor(); }

// The values in another shape.
Naive as(Naive x, const Shape& shape) {
  x.shape = shape;
  return x;
}

// `rank` spatial dims of a result (N, C, D, H, W), with the batch dim if x has one.
Shape visible(const Shape& full, int rank, bool batch) {
  Shape shape;
  if (batch) shape.push_back(full[0]);
  shape.push_back(full[1]);
  for (int i = 5 - rank; i < 5; ++i) shape.push_back(full[i]);
  return shape;
}

// The dims that a convolution of `rank` spatial dims sets.
std::size_t slot(int rank, int dim) { return static_cast<std::size_t>(3 - rank + dim); }

void add_bias(Naive& y, const Naives& x) {
  const Index channels = y.shape[1], plane = y.shape.product(2, 5);
  for (Index i = 0; i < y.count() && x.size() > 2; ++i) y[i] += x[2][i / plane % channels];
}

Index for_dim(const PerDim& n, int i) { return n.numbers()[n.numbers().rank() == 1 ? 0 : i]; }

Naive conv_reference(const Naives& x, int rank, const ConvOptions& o) {
  const Shape &in = x[0].shape, &weight = x[1].shape;
  const bool batch = in.rank() == rank + 2;
  NaiveConv c;
  c.batch = batch ? in[0] : 1;
  c.in_channels = in[batch ? 1 : 0];
  c.out_channels = weight[0];
  c.groups = o.groups;
  for (int i = 0; i < rank; ++i) {
    const std::size_t a = slot(rank, i);
    c.in[a] = in[in.rank() - rank + i];
    c.kernel[a] = weight[2 + i];
    c.stride[a] = for_dim(o.stride, i);
    c.dilation[a] = for_dim(o.dilation, i);
    const bool same = o.padding.name && o.padding.name == std::string("same");
    const Index total = same ? c.dilation[a] * (c.kernel[a] - 1) : 2 * for_dim(o.padding, i);
    c.low[a] = total / 2;
    c.high[a] = total - total / 2;
  }
  Naive y = c.forward(as(x[0], c.input()), as(x[1], c.weight()));
  add_bias(y, x);
  return as(y, visible(y.shape, rank, batch));
}

Naive transpose_reference(const Naives& x, int rank, const ConvTransposeOptions& o) {
  const Shape &in = x[0].shape, &weight = x[1].shape;
  const bool batch = in.rank() == rank + 2;
  NaiveConv c;  // of the convolution from y to x
  c.batch = batch ? in[0] : 1;
  c.out_channels = weight[0];
  c.in_channels = weight[1] * o.groups;
  c.groups = o.groups;
  for (int i = 0; i < rank; ++i) {
    const std::size_t a = slot(rank, i);
    c.kernel[a] = weight[2 + i];
    c.stride[a] = for_dim(o.stride, i);
    c.dilation[a] = for_dim(o.dilation, i);
    c.low[a] = for_dim(o.padding, i);
    const Index out = in[in.rank() - rank + i], reach = c.dilation[a] * (c.kernel[a] - 1) + 1;
    c.in[a] = (out - 1) * c.stride[a] - 2 * c.low[a] + reach + for_dim(o.output_padding, i);
    c.high[a] = (out - 1) * c.stride[a] + reach - c.low[a] - c.in[a];  // exactly `out` outputs
  }
  Naive y = c.grad_input(as(x[0], c.output()), as(x[1], c.weight()));
  add_bias(y, x);
  return as(y, visible(y.shape, rank, batch));
}

// conv1d, conv2d or conv3d.
OpCase conv_case(int rank, const char* variant, const std::string& torch_options,
                 const ConvOptions& o, Samples samples) {
  OpCase c;
  c.name = str_cat("conv", rank, "d", variant);
  const bool bias = samples[0].size() > 2;
  c.torch = str_cat("F.conv", rank, "d(x0, x1", bias ? ", x2" : "", torch_options, ")");
  c.run = [o, rank](const Tensors& x) {
    const auto& conv = rank == 1 ? conv1d : rank == 2 ? conv2d : conv3d;
    return conv(x[0], x[1], bias_of(x), o, At::here());
  };
  c.reference = [o, rank](const Naives& x) { return conv_reference(x, rank, o); };
  c.samples = std::move(samples);
  return c;
}

OpCase transpose_case(int rank, const char* variant, const std::string& torch_options,
                      const ConvTransposeOptions& o, Samples samples) {
  OpCase c;
  c.name = str_cat("conv_transpose", rank, "d", variant);
  const bool bias = samples[0].size() > 2;
  c.torch = str_cat("F.conv_transpose", rank, "d(x0, x1", bias ? ", x2" : "", torch_options, ")");
  c.run = [o, rank](const Tensors& x) {
    const auto& conv = rank == 1   ? conv_transpose1d
                       : rank == 2 ? conv_transpose2d
                                   : conv_transpose3d;
    return conv(x[0], x[1], bias_of(x), o, At::here());
  };
  c.reference = [o, rank](const Naives& x) { return transpose_reference(x, rank, o); };
  c.samples = std::move(samples);
  return c;
}

BenchSample bench(const Shape& x, const Shape& w, Index positions) {
  return {.inputs = {{x}, {w}, {{w[0]}}},
          .flops = 2.0 * static_cast<double>(x[0] * positions) * static_cast<double>(w.count())};
}

void add_conv1d(Rows& rows) {
  OpCase plain = conv_case(1, "", "", {},
                           {{{{2, 3, 7}}, {{4, 3, 3}}, {{4}}},
                            {{{3, 7}}, {{2, 3, 2}}, {{2}}},
                            {{{1, 1, 1}}, {{1, 1, 1}}, {{1}}},
                            {{{0, 3, 5}}, {{2, 3, 3}}, {{2}}}});
  plain.specials = {{{{1, 1, 4}, {kInf, 1, -1e4, 0}}, {{1, 1, 2}, {1, -2}}, {{1}, {1e4}}},
                    {{{1, 1, 3}, {1, 2, -0.0}}, {{1, 1, 2}, {kNaN, 1}}, {{1}, {0}}}};
  plain.errors = {
      {[] {
         conv1d(ones({2, 3}), ones({4, 3}));
       },
       "[conv1d] weight (4, 3) must have 3 dims: (out, in/groups) and the kernel's"},
      {[] {
         conv1d(ones({2, 3, 4, 5}), ones({4, 3, 1}));
       },
       "[conv1d] x (2, 3, 4, 5) must have the dims (N, C, L), or (C, L) without a batch"},
      {[] {
         conv1d(ones({1, 3, 4}), ones({2, 3, 3}), {}, {.dilation = 2});
       },
       "kernel (3), dilated to (5), is larger than the padded input (4)"},
      {[] {
         conv1d(ones({2, 9, 3}), ones({4, 3, 2}));
       },
       "is x channels-last? Bring them forward with permute(x, {0, 2, 1})"}};
  plain.benchmarks = {bench({16, 32, 400}, {32, 32, 9}, 392)};
  rows.push_back(plain);
  rows.push_back(conv_case(1, "/stride and padding", ", stride=3, padding=2",
                           {.stride = 3, .padding = 2}, {{{{2, 2, 8}}, {{3, 2, 5}}, {{3}}}}));
  rows.push_back(conv_case(1, "/same", ", padding='same'", {.padding = "same"},
                           {{{{2, 2, 6}}, {{3, 2, 4}}, {{3}}}, {{{2, 5}}, {{3, 2, 3}}, {{3}}}}));
  rows.push_back(
      conv_case(1, "/depthwise", ", groups=3", {.groups = 3}, {{{{2, 3, 6}}, {{3, 1, 3}}, {{3}}}}));
}

void add_conv2d(Rows& rows) {
  OpCase plain = conv_case(2, "", "", {},
                           {{{{2, 3, 5, 6}}, {{4, 3, 3, 3}}, {{4}}},
                            {{{2, 4, 3}}, {{3, 2, 2, 2}}, {{3}}},
                            {{{1, 1, 1, 1}}, {{1, 1, 1, 1}}, {{1}}},
                            {{{1, 1, 3, 3}}, {{2, 1, 3, 3}}, {{2}}},
                            {{{0, 3, 5, 5}}, {{2, 3, 3, 3}}, {{2}}}});
  plain.specials = {
      {{{1, 1, 2, 3}, {kInf, 1, -1e4, 0, 2, 1e4}}, {{1, 1, 2, 2}, {1, -2, 0, 1}}, {{1}, {1}}},
      {{{1, 2, 1, 2}, {1, 2, 3, -0.0}}, {{1, 2, 1, 1}, {kNaN, 1}}, {{1}, {-kInf}}}};
  plain.errors = {
      {[] {
         conv2d(ones({8, 32, 32, 3}), ones({50, 3, 3, 3}));
       },
       "[conv2d] x (8, 32, 32, 3) has 32 channels, weight (50, 3, 3, 3) with groups=1 takes 3; is "
       "x channels-last? Bring them forward with permute(x, {0, 3, 1, 2})"},
      {[] {
         conv2d(ones({32, 32, 3}), ones({50, 3, 3, 3}));
       },
       "permute(x, {2, 0, 1})"},
      {[] {
         conv2d(ones({8, 4, 9, 9}), ones({5, 3, 3, 3}));
       },
       "x (8, 4, 9, 9) has 4 channels, weight (5, 3, 3, 3) with groups=1 takes 3"},
      {[] {
         conv2d(ones({8, 3, 2, 5}), ones({5, 3, 5, 5}), {}, {.padding = 1});
       },
       "kernel (5, 5) is larger than the padded input (4, 7)"},
      {[] {
         conv2d(ones({8, 4, 9, 9}), ones({5, 2, 3, 3}), {}, {.groups = 2});
       },
       "groups=2 must divide weight.shape[0]=5"},
      {[] {
         conv2d(ones({8, 4, 9, 9}), ones({5, 2, 3, 3}), {}, {.groups = 0});
       },
       "groups=0 must"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}), {}, {.padding = {0, -1}});
       },
       "padding=(0, -1) must be at least 0"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}), {}, {.stride = 0});
       },
       "stride=0 must be at least 1"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}), {}, {.dilation = {1, 0}});
       },
       "dilation=(1, 0) must be at least 1"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 0, 3}));
       },
       "kernel (0, 3) must have positive sizes"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}), {}, {.stride = {1, 2}, .padding = "same"});
       },
       "padding=\"same\" needs strides of 1, not (1, 2)"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}), {}, {.padding = "full"});
       },
       "padding=\"full\" must be numbers, \"same\" or \"valid\""},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}), ones({3}));
       },
       "bias float32 (3) must be float32 (5)"},
      {[] {
         conv2d(ones({8, 3, 9, 9}), ones({5, 3, 3, 3}, float64));
       },
       "dtypes differ: x float32, weight float64"},
      {[] {
         conv2d(ones({8, 3, 9, 9}, int64), ones({5, 3, 3, 3}, int64));
       },
       "wants float32 or float64, got int64"},
      {[] {
         conv2d(ones({3, 3}), ones({5, 3, 3, 3}));
       },
       "x (3, 3) must have the dims (N, C, H, W), or (C, H, W) without a batch"}};
  plain.benchmarks = {bench({64, 3, 32, 32}, {50, 3, 3, 3}, 900),
                      bench({64, 20, 12, 12}, {50, 20, 5, 5}, 64)};
  rows.push_back(plain);
  rows.push_back(conv_case(2, "/without bias", "", {}, {{{{2, 3, 4, 3}}, {{2, 3, 2, 3}}}}));
  OpCase padded =
      conv_case(2, "/padding", ", padding=1", {.padding = 1},
                {{{{2, 3, 5, 4}}, {{4, 3, 3, 3}}, {{4}}}, {{{1, 1, 7, 9}}, {{3, 1, 3, 3}}, {{3}}}});
  padded.specials = {{{{1, 1, 2, 2}, {kNaN, 1, 0, 1e4}},
                      {{1, 1, 3, 3}, {1, -2, 0, 1, 1e4, 1, 2, -1e4, 3}},
                      {{1}, {0.5}}}};
  padded.benchmarks = {bench({16, 50, 16, 16}, {100, 50, 3, 3}, 256)};
  rows.push_back(padded);
  rows.push_back(conv_case(2, "/same", ", padding='same', dilation=(1, 2)",
                           {.padding = "same", .dilation = {1, 2}},
                           {{{{2, 2, 5, 4}}, {{3, 2, 4, 2}}, {{3}}}}));
  rows.push_back(conv_case(2, "/valid", ", padding='valid', stride=2",
                           {.stride = 2, .padding = "valid"},
                           {{{{2, 2, 6, 5}}, {{3, 2, 3, 2}}, {{3}}}}));
  rows.push_back(conv_case(2, "/stride above kernel", ", stride=(3, 4)", {.stride = {3, 4}},
                           {{{{2, 2, 8, 9}}, {{3, 2, 2, 3}}, {{3}}}}));
  rows.push_back(conv_case(2, "/stride, padding and dilation differ by dim",
                           ", stride=(2, 1), padding=(1, 2), dilation=(1, 3)",
                           {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 3}},
                           {{{{1, 2, 6, 5}}, {{3, 2, 3, 2}}, {{3}}}}));
  rows.push_back(conv_case(2, "/kernel larger than x", ", padding=(3, 2)", {.padding = {3, 2}},
                           {{{{2, 2, 2, 1}}, {{2, 2, 5, 4}}, {{2}}}}));
  rows.push_back(conv_case(2, "/groups", ", groups=2, padding=1", {.padding = 1, .groups = 2},
                           {{{{2, 4, 4, 3}}, {{6, 2, 3, 3}}, {{6}}}}));
  OpCase depthwise = conv_case(2, "/depthwise", ", groups=3, padding=1, stride=2",
                               {.stride = 2, .padding = 1, .groups = 3},
                               {{{{2, 3, 5, 4}}, {{3, 1, 3, 3}}, {{3}}},
                                {{{2, 3, 4, 5}}, {{6, 1, 3, 2}}, {{6}}},
                                {{{0, 3, 4, 5}}, {{3, 1, 3, 3}}, {{3}}}});
  depthwise.benchmarks = {
      {.inputs = {{{16, 3, 64, 64}}, {{6, 1, 3, 3}}, {{6}}}, .flops = 2.0 * 16 * 6 * 9 * 1024}};
  rows.push_back(depthwise);
  OpCase pointwise = conv_case(2, "/1 by 1", "", {}, {{{{2, 3, 3, 5}}, {{4, 3, 1, 1}}, {{4}}}});
  pointwise.benchmarks = {bench({64, 32, 16, 16}, {8, 32, 1, 1}, 256)};
  rows.push_back(pointwise);
  rows.push_back(conv_case(2, "/1 by 1, groups", ", groups=2", {.groups = 2},
                           {{{{2, 4, 3, 2}}, {{4, 2, 1, 1}}, {{4}}}}));
  rows.push_back(conv_case(2, "/1 by 1, stride", ", stride=2", {.stride = 2},
                           {{{{2, 3, 5, 4}}, {{2, 3, 1, 1}}, {{2}}}}));
}

void add_conv3d(Rows& rows) {
  OpCase plain = conv_case(3, "", "", {},
                           {{{{2, 2, 3, 4, 3}}, {{3, 2, 2, 2, 3}}, {{3}}},
                            {{{2, 3, 2, 3}}, {{2, 2, 2, 1, 2}}, {{2}}},
                            {{{0, 2, 3, 3, 3}}, {{2, 2, 2, 2, 2}}, {{2}}}});
  plain.specials = {{{{1, 1, 2, 1, 2}, {kInf, 1, -1e4, 2}}, {{1, 1, 1, 1, 1}, {2}}, {{1}, {1}}}};
  plain.errors = {{[] {
                     conv3d(ones({8, 9, 9, 9}), ones({5, 3, 3, 3}));
                   },
                   "[conv3d] weight (5, 3, 3, 3) must have 5 dims"},
                  {[] {
                     conv3d(ones({1, 1, 2, 9, 9}), ones({1, 1, 3, 3, 3}));
                   },
                   "kernel (3, 3, 3) is larger than the padded input (2, 9, 9)"}};
  plain.benchmarks = {{.inputs = {{{4, 8, 10, 10, 10}}, {{8, 8, 3, 3, 3}}, {{8}}},
                       .flops = 2.0 * 4 * 512 * 64 * 27}};
  rows.push_back(plain);
  rows.push_back(conv_case(3, "/options",
                           ", stride=(1, 2, 1), padding=(1, 0, 1), dilation=(2, 1, 1)",
                           {.stride = {1, 2, 1}, .padding = {1, 0, 1}, .dilation = {2, 1, 1}},
                           {{{{1, 2, 3, 4, 3}}, {{2, 2, 2, 2, 3}}, {{2}}}}));
  rows.push_back(conv_case(3, "/depthwise", ", groups=2, padding=1", {.padding = 1, .groups = 2},
                           {{{{1, 2, 2, 3, 2}}, {{2, 1, 2, 2, 3}}, {{2}}}}));
}

void add_transposed(Rows& rows) {
  OpCase one = transpose_case(1, "", "", {},
                              {{{{2, 3, 4}}, {{3, 2, 3}}, {{2}}},
                               {{{3, 4}}, {{3, 2, 2}}, {{2}}},
                               {{{0, 3, 4}}, {{3, 2, 3}}, {{2}}}});
  one.specials = {{{{1, 1, 3}, {kInf, 1, -1e4}}, {{1, 1, 2}, {1, -2}}, {{1}, {1e4}}}};
  one.errors = {{[] {
                   conv_transpose1d(ones({2, 4, 5}), ones({3, 2, 3}));
                 },
                 "[conv_transpose1d] x (2, 4, 5) has 4 channels, weight (3, 2, 3) with groups=1 "
                 "takes 3"},
                {[] {
                   conv_transpose1d(ones({2, 3, 1}), ones({3, 2, 3}), {}, {.padding = 2});
                 },
                 "x (2, 3, 1), weight (3, 2, 3) and padding (2) leave the output (2, 2, -1)"},
                {[] {
                   conv_transpose1d(ones({2, 3, 0}), ones({3, 2, 3}));
                 },
                 "x (2, 3, 0) has an empty dim 2; there is nothing to spread"}};
  one.benchmarks = {
      {.inputs = {{{16, 32, 100}}, {{32, 16, 4}}, {{16}}}, .flops = 2.0 * 16 * 32 * 100 * 64}};
  rows.push_back(one);
  rows.push_back(transpose_case(1, "/options",
                                ", stride=3, padding=1, output_padding=2, dilation=2",
                                {.stride = 3, .padding = 1, .output_padding = 2, .dilation = 2},
                                {{{{2, 2, 4}}, {{2, 3, 3}}, {{3}}}}));
  rows.push_back(
      transpose_case(1, "/output padding below dilation", ", output_padding=1, dilation=2",
                     {.output_padding = 1, .dilation = 2}, {{{{2, 2, 4}}, {{2, 3, 3}}, {{3}}}}));

  OpCase two = transpose_case(2, "", "", {},
                              {{{{2, 3, 3, 4}}, {{3, 2, 3, 2}}, {{2}}},
                               {{{3, 2, 3}}, {{3, 2, 2, 2}}, {{2}}},
                               {{{0, 3, 2, 3}}, {{3, 2, 2, 2}}, {{2}}}});
  two.specials = {{{{1, 1, 1, 3}, {kInf, 1, -1e4}}, {{1, 1, 1, 2}, {1, -2}}, {{1}, {1e4}}},
                  {{{1, 1, 2, 2}, {kNaN, 1, 0, 2}}, {{1, 1, 2, 1}, {1, -2}}, {{1}, {1}}}};
  two.errors = {
      {[] {
         conv_transpose2d(ones({2, 3, 4, 4}), ones({3, 2, 3, 3}), {}, {.output_padding = 1});
       },
       "[conv_transpose2d] output_padding=1 must be below the stride 1 or the dilation 1"},
      {[] {
         conv_transpose2d(ones({2, 3, 4, 4}), ones({3, 2, 3, 3}), ones({3}));
       },
       "bias float32 (3) must be float32 (2)"},
      {[] {
         conv_transpose2d(ones({2, 3, 4, 4}), ones({3, 2, 3, 3}), {}, {.groups = 2});
       },
       "groups=2 must divide weight.shape[0]=3"},
      {[] {
         conv_transpose2d(ones({2, 3, 4, 4}), ones({3, 2, 3}));
       },
       "weight (3, 2, 3) must have 4 dims: (in, out/groups) and the kernel's"}};
  two.benchmarks = {
      {.inputs = {{{16, 32, 8, 8}}, {{32, 16, 4, 4}}, {{16}}}, .flops = 2.0 * 16 * 64 * 32 * 256}};
  rows.push_back(two);
  rows.push_back(transpose_case(2, "/without bias", ", stride=2, padding=1",
                                {.stride = 2, .padding = 1}, {{{{2, 2, 3, 3}}, {{2, 2, 4, 4}}}}));
  rows.push_back(transpose_case(
      2, "/options differ by dim",
      ", stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2, dilation=(1, 2)",
      {.stride = {2, 3},
       .padding = {1, 0},
       .output_padding = {1, 2},
       .groups = 2,
       .dilation = {1, 2}},
      {{{{1, 4, 3, 2}}, {{4, 3, 3, 2}}, {{6}}}}));
  rows.push_back(transpose_case(
      2, "/depthwise", ", groups=3, stride=2", {.stride = 2, .groups = 3},
      {{{{2, 3, 3, 2}}, {{3, 1, 2, 3}}, {{3}}}, {{{2, 3, 3, 2}}, {{3, 2, 2, 3}}, {{6}}}}));
  rows.push_back(transpose_case(2, "/1 by 1", "", {}, {{{{2, 3, 2, 3}}, {{3, 4, 1, 1}}, {{4}}}}));

  OpCase three = transpose_case(3, "", "", {},
                                {{{{1, 2, 2, 3, 2}}, {{2, 2, 2, 1, 2}}, {{2}}},
                                 {{{2, 2, 1, 2}}, {{2, 3, 1, 2, 2}}, {{3}}},
                                 {{{0, 2, 2, 2, 2}}, {{2, 2, 2, 2, 2}}, {{2}}}});
  three.specials = {{{{1, 1, 1, 1, 2}, {1e4, -1}}, {{1, 1, 1, 1, 1}, {2}}, {{1}, {kInf}}}};
  three.errors = {{[] {
                     conv_transpose3d(ones({2, 3, 4}), ones({3, 2, 3, 3, 3}));
                   },
                   "[conv_transpose3d] x (2, 3, 4) must have the dims (N, C, D, H, W), or (C, D, "
                   "H, W) without a batch"}};
  three.benchmarks = {
      {.inputs = {{{4, 8, 6, 6, 6}}, {{8, 8, 3, 3, 3}}, {{8}}}, .flops = 2.0 * 4 * 216 * 64 * 27}};
  rows.push_back(three);
  rows.push_back(transpose_case(
      3, "/options", ", stride=(1, 2, 2), padding=(1, 0, 1), output_padding=(0, 1, 0)",
      {.stride = {1, 2, 2}, .padding = {1, 0, 1}, .output_padding = {0, 1, 0}},
      {{{{1, 2, 3, 2, 2}}, {{2, 2, 3, 2, 3}}, {{2}}}}));
}

}  // namespace

Rows layers_conv_cases() {
  Rows rows;
  add_conv1d(rows);
  add_conv2d(rows);
  add_conv3d(rows);
  add_transposed(rows);
  return rows;
}

}  // namespace tinygrad::test
