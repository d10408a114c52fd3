// SPDX-License-Identifier: MIT
// Tests every method of convolution against the definition, on shapes that miss every block size.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/operands.hpp"
#include "support/conv_naive.hpp"
#include "tinygrad/kernels/conv/conv.hpp"
#include "tinygrad/kernels/random/fill.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
using kernels::ConvMethod;
using kernels::ConvPass;
using kernels::ConvShape;

namespace {

ConvShape shape_of(const NaiveConv& c) {
  ConvShape s;
  s.rank = 3;
  s.batch = c.batch;
  s.in_channels = c.in_channels;
  s.out_channels = c.out_channels;
  s.groups = c.groups;
  for (std::size_t i = 0; i < 3; ++i)
    s.dims[i] = {c.in[i], c.kernel[i], c.stride[i], c.low[i], c.high[i], c.dilation[i], 1};
  s.finish(kOp);
  return s;
}

/// What a convolution and its gradients read.
struct Operands {
  Array x, w, bias, grad_y;
  Operands(const ConvShape& s, Dtype dtype)
      : x(random_array(s.input(), dtype, 1)),
        w(random_array(s.weight(), dtype, 2)),
        bias(random_array({s.out_channels}, dtype, 3)),
        grad_y(random_array(s.output(), dtype, 4)) {}
};

std::vector<Array> results(const ConvShape& s, const Operands& in) {
  return {kernels::conv_forward(kOp, s, in.x, in.w, in.bias),
          kernels::conv_forward(kOp, s, in.x, in.w),
          kernels::conv_grad_input(kOp, s, in.grad_y, in.w),
          kernels::conv_grad_weight(kOp, s, in.x, in.grad_y)};
}

// Relative to the number of products in a sum, whose terms are below 1.
void compare(const Array& got, const Naive& expected, double tolerance, const char* what) {
  CAPTURE(what);
  REQUIRE(got.shape() == expected.shape);
  double worst = 0;
  for (Index i = 0; i < got.count(); ++i) {
    const double error = std::fabs(got.at(i) - expected[i]);
    worst = error > worst || error != error ? error : worst;
  }
  CHECK(worst <= tolerance);
}

void check(const NaiveConv& c, ConvMethod method) {
  const ConvShape s = shape_of(c);
  const kernels::ConvMethodGuard force(method);
  // At the CPU level baseline others take the place of the methods with explicit vectors.
  if (kernels::can(method, s)) REQUIRE(kernels::choose(s, ConvPass::kForward) == method);
  else REQUIRE(!kernels::vector_kernels_run());
  for (const Dtype dtype : {float32, float64}) {
    const Operands in(s, dtype);
    const std::vector<Array> got = results(s, in);
    Naive y = c.forward(Naive(in.x), Naive(in.w));
    // The points of Winograd's transforms are weighted sums that cancel: several times the error.
    const double each =
        (dtype == float32 ? 2e-6 : 4e-15) * (method == ConvMethod::kWinograd ? 10 : 1);
    const double terms = static_cast<double>(s.weight_count() / s.out_channels);
    compare(got[1], y, each * std::sqrt(terms + 1), "forward");
    for (Index i = 0; i < y.count(); ++i)
      y[i] += in.bias.at(i / s.out_positions() % s.out_channels);
    compare(got[0], y, each * std::sqrt(terms + 1), "forward with bias");
    compare(got[2], c.grad_input(Naive(in.grad_y), Naive(in.w)),
            each * std::sqrt(static_cast<double>(s.group_out() * s.taps() + 1)), "grad_input");
    compare(got[3], c.grad_weight(Naive(in.x), Naive(in.grad_y)),
            each * std::sqrt(static_cast<double>(s.batch * s.out_positions() + 1)), "grad_weight");
  }
}

const std::vector<NaiveConv>& odd_shapes() {
  static const std::vector<NaiveConv> all = {
      {.batch = 3,
       .in_channels = 5,
       .out_channels = 7,
       .in = {1, 9, 11},
       .kernel = {1, 3, 3},
       .low = {0, 1, 1},
       .high = {0, 1, 1}},
      {.batch = 2,
       .in_channels = 3,
       .out_channels = 17,
       .in = {1, 13, 7},
       .kernel = {1, 5, 3},
       .low = {0, 2, 1},
       .high = {0, 2, 1}},  // many more out: the gradient is folded
      {.batch = 2,
       .in_channels = 4,
       .out_channels = 3,
       .in = {1, 9, 10},
       .kernel = {1, 2, 3},
       .stride = {1, 4, 5}},
      {.batch = 1,
       .in_channels = 4,
       .out_channels = 6,
       .groups = 2,
       .in = {1, 11, 12},
       .kernel = {1, 3, 2},
       .stride = {1, 2, 1},
       .low = {0, 1, 0},
       .high = {0, 0, 2}},
      {.batch = 2,
       .in_channels = 6,
       .out_channels = 4,
       .groups = 2,
       .in = {1, 11, 9},
       .kernel = {1, 3, 3},
       .low = {0, 1, 3},
       .high = {0, 3, 1},
       .dilation = {1, 2, 3}},
      {.batch = 2,
       .in_channels = 2,
       .out_channels = 3,
       .in = {1, 2, 2},
       .kernel = {1, 5, 4},
       .low = {0, 3, 3},
       .high = {0, 2, 2}},
      {.batch = 2,
       .in_channels = 2,
       .out_channels = 3,
       .in = {1, 3, 4},
       .kernel = {1, 2, 1},
       .low = {0, 4, 3},
       .high = {0, 5, 2}},  // borders that only read zeros
      {.batch = 2,
       .in_channels = 3,
       .out_channels = 4,
       .in = {1, 1, 57},
       .kernel = {1, 1, 7},
       .stride = {1, 1, 3},
       .low = {0, 0, 3},
       .high = {0, 0, 3}},
      {.batch = 2,
       .in_channels = 3,
       .out_channels = 2,
       .in = {5, 6, 7},
       .kernel = {3, 2, 3},
       .stride = {2, 1, 1},
       .low = {1, 0, 1},
       .high = {1, 1, 1}},
      {.batch = 1,
       .in_channels = 2,
       .out_channels = 5,
       .in = {4, 5, 3},
       .kernel = {2, 3, 3},
       .low = {1, 1, 1},
       .high = {0, 1, 1}},
      {.batch = 0, .in_channels = 3, .out_channels = 4, .in = {1, 5, 5}, .kernel = {1, 3, 3}},
      {.batch = 3, .in_channels = 7, .out_channels = 5, .in = {1, 4, 9}},
      {.batch = 3, .in_channels = 6, .out_channels = 9, .groups = 3, .in = {1, 3, 5}},
      // several blocks of rows, and several blocks in a row
      {.batch = 2,
       .in_channels = 120,
       .out_channels = 3,
       .in = {1, 21, 33},
       .kernel = {1, 3, 3},
       .low = {0, 1, 1},
       .high = {0, 1, 1}},
      {.batch = 1,
       .in_channels = 90,
       .out_channels = 2,
       .in = {1, 1, 701},
       .kernel = {1, 1, 9},
       .stride = {1, 1, 2}},
      {.batch = 1,
       .in_channels = 90,
       .out_channels = 46,
       .in = {1, 1, 701},
       .kernel = {1, 1, 9},
       .low = {0, 0, 4},
       .high = {0, 0, 4}}};
  return all;
}

/// Strides of one to three, lines of whole vectors and of parts, images in several bands along each
/// dim, positions that no tap reads, fewer images than threads.
const std::vector<NaiveConv>& strided_shapes() {
  static const std::vector<NaiveConv> all = {{.batch = 2,
                                              .in_channels = 9,
                                              .out_channels = 18,
                                              .in = {1, 33, 64},
                                              .kernel = {1, 3, 3},
                                              .stride = {1, 2, 2},
                                              .low = {0, 1, 1},
                                              .high = {0, 1, 1}},
                                             {.batch = 1,
                                              .in_channels = 34,
                                              .out_channels = 11,
                                              .in = {1, 90, 101},
                                              .kernel = {1, 3, 5},
                                              .stride = {1, 2, 2},
                                              .low = {0, 1, 2},
                                              .high = {0, 0, 3}},
                                             {.batch = 1,
                                              .in_channels = 3,
                                              .out_channels = 17,
                                              .in = {1, 70, 75},
                                              .kernel = {1, 7, 7},
                                              .stride = {1, 3, 3},
                                              .low = {0, 3, 2},
                                              .high = {0, 3, 2}},
                                             {.batch = 2,
                                              .in_channels = 10,
                                              .out_channels = 20,
                                              .groups = 2,
                                              .in = {1, 15, 37},
                                              .stride = {1, 2, 2}},
                                             {.batch = 1,
                                              .in_channels = 100,
                                              .out_channels = 5,
                                              .in = {1, 1, 3001},
                                              .kernel = {1, 1, 4},
                                              .stride = {1, 1, 2},
                                              .low = {0, 0, 1},
                                              .high = {0, 0, 2},
                                              .dilation = {1, 1, 3}},
                                             {.batch = 1,
                                              .in_channels = 24,
                                              .out_channels = 6,
                                              .in = {9, 40, 40},
                                              .kernel = {3, 3, 3},
                                              .stride = {2, 2, 2},
                                              .low = {1, 1, 1},
                                              .high = {1, 1, 1}}};
  return all;
}

const std::vector<NaiveConv>& depthwise_shapes() {
  static const std::vector<NaiveConv> all = {{.batch = 3,
                                              .in_channels = 5,
                                              .out_channels = 5,
                                              .groups = 5,
                                              .in = {1, 9, 35},
                                              .kernel = {1, 3, 3},
                                              .low = {0, 1, 1},
                                              .high = {0, 1, 1}},
                                             {.batch = 2,
                                              .in_channels = 3,
                                              .out_channels = 6,
                                              .groups = 3,
                                              .in = {1, 9, 20},
                                              .kernel = {1, 3, 2},
                                              .stride = {1, 2, 3},
                                              .low = {0, 2, 1},
                                              .high = {0, 0, 1},
                                              .dilation = {1, 1, 2}},
                                             {.batch = 2,
                                              .in_channels = 4,
                                              .out_channels = 4,
                                              .groups = 4,
                                              .in = {4, 3, 5},
                                              .kernel = {2, 3, 3},
                                              .stride = {2, 1, 1},
                                              .low = {1, 1, 1},
                                              .high = {0, 1, 1}},
                                             {.batch = 2,
                                              .in_channels = 1,
                                              .out_channels = 3,
                                              .in = {1, 2, 3},
                                              .kernel = {1, 5, 5},
                                              .low = {0, 4, 4},
                                              .high = {0, 4, 4}},
                                             {.batch = 0,
                                              .in_channels = 2,
                                              .out_channels = 2,
                                              .groups = 2,
                                              .in = {1, 5, 5},
                                              .kernel = {1, 3, 3}}};
  return all;
}

/// What 3×3 convolutions of many channels are computed by.
const ConvMethod kFast = kernels::wide_vectors() ? ConvMethod::kWinograd : ConvMethod::kIm2col;

/// What others of many channels are computed by.
const ConvMethod kPanels = kernels::wide_vectors() ? ConvMethod::kDirect : ConvMethod::kIm2col;

/// A convolution of stride 1 with a square kernel.
NaiveConv square(Index kernel, Index batch, Index in, Index out, Index height, Index width,
                 Index low, Index high) {
  return {.batch = batch,
          .in_channels = in,
          .out_channels = out,
          .in = {1, height, width},
          .kernel = {1, kernel, kernel},
          .low = {0, low, high},
          .high = {0, high, low}};
}

/// Tiles cut at every edge, rows of tiles shorter and longer than a vector, borders wider than the
/// kernel, blocks of tiles that end in an image, channels of every remainder, one thread's and
/// many.
const std::vector<NaiveConv>& winograd_shapes() {
  static const std::vector<NaiveConv> all = {
      square(3, 3, 5, 7, 9, 11, 1, 1),    square(3, 1, 1, 1, 3, 3, 0, 0),
      square(3, 2, 3, 10, 1, 1, 1, 1),    square(3, 2, 17, 8, 4, 37, 2, 0),
      square(3, 5, 9, 11, 8, 8, 1, 1),    square(3, 1, 33, 19, 16, 16, 1, 1),
      square(3, 2, 2, 3, 5, 151, 1, 1),   square(3, 2, 4, 3, 6, 5, 4, 3),
      square(3, 7, 16, 20, 7, 14, 1, 1),  square(3, 0, 8, 8, 5, 5, 1, 1),
      square(5, 3, 5, 7, 9, 11, 2, 2),    square(5, 1, 1, 1, 5, 5, 0, 0),
      square(5, 2, 17, 8, 4, 67, 3, 1),   square(5, 5, 9, 11, 12, 12, 0, 0),
      square(5, 1, 33, 19, 8, 8, 2, 2),   square(5, 2, 4, 3, 6, 5, 6, 5),
      square(5, 0, 8, 8, 9, 9, 2, 2),     square(5, 20, 10, 16, 13, 9, 2, 2),
      square(3, 40, 10, 16, 13, 9, 1, 1), square(5, 19, 21, 18, 12, 12, 0, 0),
      square(3, 9, 8, 34, 7, 6, 0, 0),    square(5, 8, 3, 4, 9, 150, 1, 0),
      square(3, 1, 17, 21, 5, 300, 1, 1),
  };
  return all;
}

}  // namespace

TEST_CASE("Winograd's products equal the definition on every odd shape") {
  for (std::size_t i = 0; i < winograd_shapes().size(); ++i) {
    CAPTURE(i);
    check(winograd_shapes()[i], ConvMethod::kWinograd);
  }
}

TEST_CASE("Winograd's error in float32 stays within a few units in the fifth digit") {
  const NaiveConv c = square(3, 4, 64, 64, 16, 16, 1, 1);
  const ConvShape s = shape_of(c);
  const Operands in(s, float32);
  const auto forced = [&](ConvMethod method) {
    const kernels::ConvMethodGuard force(method);
    return results(s, in);
  };
  const std::vector<Array> fast = forced(ConvMethod::kWinograd);
  const std::vector<Array> exact = forced(ConvMethod::kIm2col);
  for (std::size_t i = 0; i < fast.size(); ++i) {
    double worst = 0, largest = 0;
    for (Index k = 0; k < fast[i].count(); ++k) {
      worst = std::max(worst, std::fabs(fast[i].at(k) - exact[i].at(k)));
      largest = std::max(largest, std::fabs(exact[i].at(k)));
    }
    CAPTURE(i);
    CHECK((worst > 0) == kernels::vector_kernels_run());  // two methods, not one
    CHECK(worst < 2e-5 * largest);
  }
}

namespace {

/// Puts `value` at each place of `from`, one after the other, and compares a pass with its
/// definition: what is not finite must be where it is there, and be the same.
void check_spreading(const NaiveConv& c, ConvMethod method, Dtype dtype, double value) {
  const ConvShape s = shape_of(c);
  const kernels::ConvMethodGuard force(method);
  const Operands in(s, dtype);
  // A product with an infinity is NaN for these.
  const auto with_zeros = [](Array a) {
    dispatch_floating(kOp, a.dtype(), [&]<class T>(Type<T>) {
      for (Index i = 0; i < a.count(); i += 3) a.data<T>()[i] = T{0};
    });
    return a;
  };
  with_zeros(in.x), with_zeros(in.w), with_zeros(in.grad_y);
  const auto compare_all = [&](const Array& changed, const char* what, const auto& get,
                               const auto& expect) {
    CAPTURE(what);
    Index wrong = 0;
    for (Index at = 0; at < changed.count(); ++at) {
      const double before = changed.at(at);
      dispatch_floating(kOp, dtype,
                        [&]<class T>(Type<T>) { changed.data<T>()[at] = static_cast<T>(value); });
      const Array got = get();
      const Naive expected = expect();
      for (Index i = 0; i < got.count(); ++i) {
        const double y = got.at(i), e = expected[i];
        const bool same = std::isfinite(e) ? std::fabs(y - e) <= (dtype == float32 ? 1e-4 : 1e-12)
                                           : (std::isnan(e) ? std::isnan(y) : y == e);
        wrong += !same;
      }
      dispatch_floating(kOp, dtype,
                        [&]<class T>(Type<T>) { changed.data<T>()[at] = static_cast<T>(before); });
    }
    CHECK(wrong == 0);
  };
  const auto forward = [&] { return kernels::conv_forward(kOp, s, in.x, in.w); };
  const auto grad_input = [&] { return kernels::conv_grad_input(kOp, s, in.grad_y, in.w); };
  const auto grad_weight = [&] { return kernels::conv_grad_weight(kOp, s, in.x, in.grad_y); };
  const auto y = [&] { return c.forward(Naive(in.x), Naive(in.w)); };
  const auto grad_x = [&] { return c.grad_input(Naive(in.grad_y), Naive(in.w)); };
  const auto grad_w = [&] { return c.grad_weight(Naive(in.x), Naive(in.grad_y)); };
  compare_all(in.x, "x of forward", forward, y);
  compare_all(in.w, "w of forward", forward, y);
  compare_all(in.grad_y, "grad_y of grad_input", grad_input, grad_x);
  compare_all(in.w, "w of grad_input", grad_input, grad_x);
  compare_all(in.x, "x of grad_weight", grad_weight, grad_w);
  compare_all(in.grad_y, "grad_y of grad_weight", grad_weight, grad_w);
}

}  // namespace

TEST_CASE("what is not finite reaches only what sees it, by every method") {
  const double infinity = std::numeric_limits<double>::infinity();
  NaiveConv strided = square(3, 1, 2, 3, 6, 7, 1, 1), dilated = strided, grouped = strided;
  strided.stride = {1, 2, 3};
  dilated.dilation = {1, 2, 2};
  grouped.groups = 2;
  grouped.out_channels = 4;
  const std::vector<NaiveConv> shapes = {
      square(3, 1, 2, 3, 6, 7, 1, 1),                                    // vectors of tiles
      square(5, 1, 2, 3, 6, 7, 2, 2),  square(3, 1, 2, 16, 6, 7, 1, 0),  // vectors of channels
      square(5, 1, 1, 16, 5, 6, 2, 1), square(3, 8, 1, 1, 5, 5, 0, 0),   // the transpose for x
      square(5, 8, 1, 1, 5, 5, 0, 0),  square(1, 1, 2, 3, 3, 4, 0, 0),  strided, dilated, grouped,
  };
  for (std::size_t i = 0; i < shapes.size(); ++i)
    for (const ConvMethod method :
         {ConvMethod::kPointwise, ConvMethod::kDepthwise, ConvMethod::kWinograd,
          ConvMethod::kDirect, ConvMethod::kIm2col})
      for (const Dtype dtype : {float32, float64})
        for (const double value : {-infinity, std::nan("")}) {
          if (!kernels::can(method, shape_of(shapes[i]))) continue;
          CAPTURE(i);
          CAPTURE(static_cast<int>(method));
          CAPTURE(to_string(dtype));
          CAPTURE(value);
          check_spreading(shapes[i], method, dtype, value);
        }
}

TEST_CASE("Winograd's transforms overflow where the convolution does not, and leave no trace") {
  for (const Index kernel : {3, 5})
    for (const Index out : {3, 16}) {  // vectors of tiles, and of channels
      const ConvShape s = shape_of(square(kernel, 9, 2, out, 7, 7, 0, 0));
      const kernels::ConvMethodGuard force(ConvMethod::kWinograd);
      const Array x = Array::full(s.input(), 1e37, float32);
      const Array w = Array::full(s.weight(), 0.125, float32);
      const Array y = kernels::conv_forward(kOp, s, x, w);
      const double each = static_cast<double>(2 * kernel * kernel) * 0.125 * 1e37;
      for (Index i = 0; i < y.count(); ++i) CHECK(y.at(i) == doctest::Approx(each).epsilon(1e-6));
      const Array grad_y = Array::full(s.output(), 1e37, float32);
      const Array grad_x = kernels::conv_grad_input(kOp, s, grad_y, w);
      const Array grad_w = kernels::conv_grad_weight(kOp, s, Array::full(s.input(), 1e-3, float32),
                                                     Array::full(s.output(), 3e38, float32));
      CHECK(kernels::all_finite(grad_x));
      CHECK(grad_x.at(0) == doctest::Approx(static_cast<double>(out) * 0.125 * 1e37));
      const double positions = static_cast<double>(s.batch * s.out_positions());
      CHECK(grad_w.at(0) == doctest::Approx(positions * 3e35));
    }
}

TEST_CASE("unfolded products equal the definition on every odd shape") {
  for (std::size_t i = 0; i < odd_shapes().size(); ++i) {
    CAPTURE(i);
    check(odd_shapes()[i], ConvMethod::kIm2col);
  }
  for (const NaiveConv& c : depthwise_shapes()) check(c, ConvMethod::kIm2col);
}

TEST_CASE("products with the phases of an input equal the definition on every odd shape") {
  for (std::size_t i = 0; i < odd_shapes().size(); ++i) {
    CAPTURE(i);
    check(odd_shapes()[i], ConvMethod::kDirect);
  }
  for (const NaiveConv& c : depthwise_shapes()) check(c, ConvMethod::kDirect);
  for (std::size_t i = 0; i < strided_shapes().size(); ++i) {
    CAPTURE(i);
    check(strided_shapes()[i], ConvMethod::kDirect);
  }
}

TEST_CASE("depthwise sums equal the definition") {
  for (std::size_t i = 0; i < depthwise_shapes().size(); ++i) {
    CAPTURE(i);
    check(depthwise_shapes()[i], ConvMethod::kDepthwise);
  }
}

TEST_CASE("pointwise products equal the definition") {
  int tried = 0;
  for (const NaiveConv& c : odd_shapes()) {
    if (!kernels::can(ConvMethod::kPointwise, shape_of(c))) continue;
    check(c, ConvMethod::kPointwise);
    ++tried;
  }
  CHECK(tried >= 2);
}

TEST_CASE("the method follows the shape, and a forced one is passed over where it cannot compute") {
  const auto chosen = [](const NaiveConv& c, ConvPass pass = ConvPass::kForward) {
    return kernels::choose(shape_of(c), pass);
  };
  const NaiveConv usual{.in_channels = 4, .out_channels = 4, .in = {1, 5, 5}, .kernel = {1, 3, 3}};
  NaiveConv grouped = usual, one = usual, strided = usual;
  grouped.groups = 4;
  one.kernel = {1, 1, 1};
  strided.kernel = {1, 1, 1};
  strided.stride = {1, 2, 2};
  CHECK(chosen(usual) == ConvMethod::kIm2col);
  CHECK(chosen(grouped) ==
        (kernels::vector_kernels_run() ? ConvMethod::kDepthwise : ConvMethod::kIm2col));
  CHECK(chosen(one) == ConvMethod::kPointwise);
  CHECK(chosen(strided) == ConvMethod::kIm2col);
  CHECK(chosen(square(3, 8, 8, 8, 8, 8, 1, 1)) == kFast);
  CHECK(chosen(square(3, 3, 3, 8, 8, 8, 1, 1)) == ConvMethod::kIm2col);  // few positions
  const NaiveConv first = square(3, 8, 3, 16, 8, 8, 1, 1);
  CHECK(chosen(first) == kPanels);
  CHECK(chosen(first, ConvPass::kGradInput) == ConvMethod::kIm2col);
  CHECK(chosen(first, ConvPass::kGradWeight) == ConvMethod::kIm2col);
  // Without a border most of the sums for x would be over zeros, unless the products are
  // transposed.
  const NaiveConv bare = square(5, 8, 8, 8, 12, 12, 0, 0);
  NaiveConv few = bare;
  few.batch = 7;
  CHECK(chosen(bare) == kFast);
  CHECK(chosen(bare, ConvPass::kGradInput) == kFast);
  CHECK(chosen(few) == kFast);
  CHECK(chosen(few, ConvPass::kGradInput) == ConvMethod::kIm2col);
  NaiveConv halved = square(3, 16, 8, 16, 8, 8, 1, 1);
  halved.stride = {1, 2, 2};
  for (const ConvPass pass : {ConvPass::kForward, ConvPass::kGradInput, ConvPass::kGradWeight})
    CHECK(chosen(halved, pass) == kPanels);
  {
    const kernels::ConvMethodGuard force(ConvMethod::kPointwise);
    CHECK(chosen(usual) == ConvMethod::kIm2col);
    CHECK(chosen(one) == ConvMethod::kPointwise);
    {
      const kernels::ConvMethodGuard inner(ConvMethod::kIm2col);
      CHECK(chosen(one) == ConvMethod::kIm2col);
    }
    CHECK(chosen(one) == ConvMethod::kPointwise);
  }
}

TEST_CASE("convolutions and their gradients have the same bits for any number of threads") {
  const int threads = num_threads();
  std::vector<NaiveConv> all = odd_shapes();
  all.insert(all.end(), depthwise_shapes().begin(), depthwise_shapes().end());
  all.push_back(winograd_shapes().back());
  REQUIRE(kernels::choose(shape_of(all.back()), ConvPass::kForward) == kFast);
  all.push_back(
      {.batch = 19, .in_channels = 20, .out_channels = 16, .in = {1, 14, 14}, .kernel = {1, 3, 3}});
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    const ConvShape s = shape_of(all[i]);
    const Operands in(s, float32);
    set_num_threads(1);
    const std::vector<Array> one = results(s, in);
    for (const int n : {2, 3, 7}) {
      set_num_threads(n);
      const std::vector<Array> many = results(s, in);
      for (std::size_t k = 0; k < one.size(); ++k) {
        CAPTURE(k);
        CHECK(
            (one[k].bytes() == 0 || std::memcmp(one[k].raw(), many[k].raw(), one[k].bytes()) == 0));
      }
    }
    set_num_threads(threads);
  }
}

TEST_CASE("the unfolding takes a bounded part of the memory that the whole batch's would") {
  const NaiveConv c{.batch = 128,
                    .in_channels = 16,
                    .out_channels = 16,
                    .in = {1, 32, 32},
                    .kernel = {1, 3, 3},
                    .low = {0, 1, 1},
                    .high = {0, 1, 1}};
  NaiveConv strided = c;
  strided.stride = {1, 2, 2};
  const int threads = num_threads();
  set_num_threads(2);
  for (const NaiveConv& each : {c, strided}) {
    const ConvShape s = shape_of(each);
    const Operands in(s, float32);
    const Index whole = s.batch * s.out_positions() * s.group_in() * s.taps() * 4;
    const auto extra = [](auto run) {  // the peak, without what is left after it
      Pool& pool = Pool::instance();
      pool.reset_peak();
      const Array result = run();
      const MemoryStats stats = pool.stats();
      return static_cast<Index>(stats.peak_bytes - stats.live_bytes);
    };
    const Index partial = 16 * s.weight_count() * 4;
    const Index bound = 2 * kernels::kUnfoldedBytes * 3 / 2 + partial;  // the pool rounds up
    REQUIRE(whole > 2 * bound);
    CHECK(extra([&] { return kernels::conv_forward(kOp, s, in.x, in.w); }) < bound);
    CHECK(extra([&] { return kernels::conv_grad_input(kOp, s, in.grad_y, in.w); }) < bound);
    CHECK(extra([&] { return kernels::conv_grad_weight(kOp, s, in.x, in.grad_y); }) < bound);
  }
  set_num_threads(threads);
}

TEST_CASE("no block is larger than it may be, and the blocks cover the outputs once") {
  for (const NaiveConv& c : odd_shapes()) {
    const ConvShape s = shape_of(c);
    const Index height = s.group_in() * s.taps();
    const kernels::ConvBlocks blocks(s, height, 4);
    Index next = 0;
    for (Index i = 0; i < blocks.count(); ++i) {
      const kernels::ConvBlock b = blocks[i];
      CHECK(b.first == next);
      CHECK(b.size() > 0);
      CHECK(b.size() <= blocks.largest());
      next += b.size();
    }
    CHECK(next == s.out_positions());
    CHECK((blocks.largest() <= kernels::kUnfoldedColumns ||
           blocks.largest() * height * 4 <= kernels::kUnfoldedBytes));
  }
}

TEST_CASE("a shape knows its multiply-adds") {
  const ConvShape s = shape_of(odd_shapes()[0]);
  CHECK(s.multiply_adds() == 3 * (9 * 11) * 7 * 5 * 9);
}
