// SPDX-License-Identifier: MIT
// Rows for ops/layers/pooling.hpp.
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// One dim of windows by its definition: which positions window o has, in padding or not.
struct Along {
  Index kernel = 1, stride = 1, padding = 0, dilation = 1;
  bool ceil = false;
  Index output = 0;  // of adaptive windows, -1 to keep the size

  Index count(Index n) const {
    if (output != 0) return output < 0 ? n : output;
    Index o = 0;  // a window is there if it fits, or, rounding up, if it starts before the padding
    const Index reach = (kernel - 1) * dilation, end = n + padding;
    while (ceil ? (o == 0 || (o * stride - padding < n && o * stride + reach < end + stride))
                : o * stride - padding + reach < end)
      ++o;
    return o;
  }
  std::vector<Index> positions(Index o, Index n) const {
    std::vector<Index> out;
    if (output != 0) {
      const Index size = count(n);
      const auto first =
          static_cast<Index>(std::floor(static_cast<double>(o * n) / static_cast<double>(size)));
      const auto last = static_cast<Index>(
          std::ceil(static_cast<double>((o + 1) * n) / static_cast<double>(size)));
      for (Index i = first; i < last; ++i) out.push_back(i);
    } else {
      for (Index k = 0; k < kernel; ++k) out.push_back(o * stride - padding + k * dilation);
    }
    return out;
  }
};
using Dims3 = std::vector<Along>;

// Calls f(values inside the window, positions in the plane, how many with the padding) → output.
using Window = std::function<double(const std::vector<double>&, const std::vector<Index>&, Index)>;
std::function<Naive(const Naives&)> pooled(const Dims3& dims, const Window& f) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    const int spatial = static_cast<int>(dims.size()), lead = x.shape.rank() - spatial;
    Shape shape = x.shape;
    for (int i = 0; i < spatial; ++i)
      shape[lead + i] = dims[static_cast<std::size_t>(i)].count(x.shape[lead + i]);
    return tabulate(shape, [&](const Shape& at) {
      std::vector<double> values;
      std::vector<Index> places;
      Index size = 1;
      Shape counts;
      std::vector<std::vector<Index>> positions;
      for (int i = 0; i < spatial; ++i) {
        const Along& a = dims[static_cast<std::size_t>(i)];
        const Index n = x.shape[lead + i];
        positions.push_back(a.positions(at[lead + i], n));
        counts.push_back(static_cast<Index>(positions.back().size()));
        Index with_padding = 0;
        for (const Index p : positions.back()) with_padding += p < n + a.padding ? 1 : 0;
        size *= with_padding;
      }
      for_each_index(counts, [&](const Shape& k) {
        Shape from = at;
        Index place = 0;
        for (int i = 0; i < spatial; ++i) {
          const Index n = x.shape[lead + i];
          const Index p = positions[static_cast<std::size_t>(i)][static_cast<std::size_t>(k[i])];
          if (p < 0 || p >= n) return;
          from[lead + i] = p;
          place = place * n + p;
        }
        values.push_back(x(from));
        places.push_back(place);
      });
      return f(values, places, size);
    });
  };
}

double largest(const std::vector<double>& values, const std::vector<Index>&, Index) {
  double best = -kInf;
  for (const double v : values)
    if (v > best || std::isnan(v)) best = v;
  return best;
}
double where_largest(const std::vector<double>& values, const std::vector<Index>& at, Index) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[best] || std::isnan(values[i])) best = i;
  return static_cast<double>(at[best]);
}
double total(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum;
}
double mean_padded(const std::vector<double>& values, const std::vector<Index>&, Index size) {
  return total(values) / static_cast<double>(size);
}
double mean_inside(const std::vector<double>& values, const std::vector<Index>&, Index) {
  return total(values) / static_cast<double>(values.size());
}

std::vector<std::vector<Input>> shapes(const std::vector<Shape>& each, bool distinct = true) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : each) out.push_back({{.shape = shape, .distinct = distinct}});
  return out;
}

OpCase row(const std::string& name, const std::string& torch,
           std::function<Tensor(const Tensors&)> run, const Dims3& dims, const Window& f,
           std::vector<std::vector<Input>> samples) {
  OpCase c;
  c.name = name;
  c.torch = torch;
  c.run = std::move(run);
  c.reference = pooled(dims, f);
  c.samples = std::move(samples);
  return c;
}

const std::vector<Shape> kLines{{2, 3, 7}, {3, 8}, {1, 1, 5}, {0, 2, 6}, {2, 1, 37}};
const std::vector<Shape> kPictures{
    {2, 3, 6, 5}, {2, 7, 8}, {1, 1, 5, 5}, {0, 2, 6, 6}, {1, 2, 9, 37}};
const std::vector<Shape> kVolumes{{1, 2, 4, 5, 6}, {1, 5, 4, 4}, {0, 1, 4, 4, 4}};

const std::vector<std::vector<Given>> kPictureSpecials{
    {{{1, 4, 4}, {kNaN, 1, 2, 2, 3, kNaN, 2, 2, -kInf, -kInf, 0, -0.0, -kInf, -kInf, -0.0, 0}}},
    {{{1, 4, 4}, {1e4, 1, kInf, 2, 3, -1e4, 2, kInf, -kInf, 5, kNaN, 7, 5, 5, kNaN, kNaN}}}};

template <class Options>
ErrorSample refused(Tensor (*f)(const Tensor&, const PerDim&, const Options&, At),
                    const Shape& shape, const PerDim& kernel, const Options& options,
                    std::string text) {
  return {[=] { f(ones(shape), kernel, options, At::here()); }, std::move(text)};
}

void add_max(Rows& rows) {
  OpCase one = row(
      "max_pool1d", "F.max_pool1d(x0, 2)", [](const Tensors& x) { return max_pool1d(x[0], 2); },
      {{2, 2}}, largest, shapes(kLines));
  one.specials = {{{{1, 6}, {1, kNaN, kNaN, 2, 3, 3}}}, {{{1, 5}, {-kInf, -kInf, kInf, 0, 9}}}};
  one.errors = {
      refused<MaxPoolOptions>(max_pool1d, {2, 3, 4, 5}, 2, {},
                              "[max_pool1d] x (2, 3, 4, 5) must be (N, C, L) or (C, L)"),
      refused<MaxPoolOptions>(max_pool1d, {2, 3}, {2, 2}, {},
                              "kernel_size (2, 2) must be one number, or one for each of the 1"),
      refused<MaxPoolOptions>(max_pool1d, {2, 3}, 4, {},
                              "a window of 4 is larger than dim 1 of x (2, 3) with padding 0"),
      refused<MaxPoolOptions>(max_pool1d, {2, 0}, 2, {.padding = 1},
                              "dim 1 of x (2, 0) is empty; there is nothing to pool")};
  one.benchmarks = {{.inputs = {{{64, 32, 1024}}}, .bytes = 6.0 * 64 * 32 * 1024}};
  rows.push_back(one);
  rows.push_back(row(
      "max_pool1d/dilated", "F.max_pool1d(x0, 3, 2, 1, 2)",
      [](const Tensors& x) {
        return max_pool1d(x[0], 3, {.stride = 2, .padding = 1, .dilation = 2});
      },
      {{3, 2, 1, 2}}, largest, shapes(kLines)));
  rows.push_back(row(
      "max_pool1d/ceil, stride over kernel", "F.max_pool1d(x0, 2, 3, ceil_mode=True)",
      [](const Tensors& x) { return max_pool1d(x[0], 2, {.stride = 3, .ceil_mode = true}); },
      {{2, 3, 0, 1, true}}, largest, shapes(kLines)));
  rows.push_back(row("max_pool1d/wide", "F.max_pool1d(x0, 300, 1)",
                     [](const Tensors& x) { return max_pool1d(x[0], 300, {.stride = 1}); },
                     {{300, 1}}, largest, {{{.shape = {1, 1, 305}, .high = 8, .distinct = true}}}));

  OpCase two = row(
      "max_pool2d", "F.max_pool2d(x0, 2)", [](const Tensors& x) { return max_pool2d(x[0], 2); },
      {{2, 2}, {2, 2}}, largest, shapes(kPictures));
  two.specials = kPictureSpecials;
  two.errors = {
      refused<MaxPoolOptions>(max_pool2d, {4, 4}, 2, {},
                              "[max_pool2d] x (4, 4) must be (N, C, H, W) or (C, H, W)"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, 2, {.padding = 2},
                              "padding=2 is more than half a window of kernel_size 2"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, {3, 2}, {.padding = {2, 0}},
                              "padding=(2, 0) is more than half"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, 5, {},
                              "a window of 5 is larger than dim 1 of x (1, 4, 4)"),
      refused<MaxPoolOptions>(
          max_pool2d, {8, 32, 32, 3}, 4, {},
          "a window of 4 is larger than dim 3 of x (8, 32, 32, 3) with padding 0; is the "
          "picture channels-last?"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, 0, {}, "kernel_size=0 must be at least 1"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, 2, {.stride = 0},
                              "stride=0 must be at least 1"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, 2, {.padding = -1},
                              "padding=-1 must be at least 0"),
      refused<MaxPoolOptions>(max_pool2d, {1, 4, 4}, 2, {.dilation = 0},
                              "dilation=0 must be at least 1"),
      refused<MaxPoolOptions>(max_pool2d, {1, 1, 1}, 2, {.padding = 2, .dilation = 3},
                              "window 0 of dilation 3 holds no element of x (1, 1, 1)"),
      {[] {
         max_pool2d(ones({1, 4, 4}, int64), 2);
       },
       "wants float32 or float64, got int64"}};
  two.benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 5.0 * 64 * 50 * 1024},
                    {.inputs = {{{3, 7, 33, 41}}}}};
  rows.push_back(two);
  OpCase overlapping = row(
      "max_pool2d/3, stride 2, padding 1", "F.max_pool2d(x0, 3, 2, 1)",
      [](const Tensors& x) { return max_pool2d(x[0], 3, {.stride = 2, .padding = 1}); },
      {{3, 2, 1}, {3, 2, 1}}, largest, shapes(kPictures));
  overlapping.specials = kPictureSpecials;
  overlapping.benchmarks = {{.inputs = {{{64, 32, 32, 32}}}, .bytes = 5.0 * 64 * 32 * 1024}};
  rows.push_back(overlapping);
  OpCase same = row(
      "max_pool2d/3, stride 1, padding 1", "F.max_pool2d(x0, 3, 1, 1)",
      [](const Tensors& x) { return max_pool2d(x[0], 3, {.stride = 1, .padding = 1}); },
      {{3, 1, 1}, {3, 1, 1}}, largest, shapes(kPictures));
  same.specials = kPictureSpecials;
  rows.push_back(same);
  rows.push_back(row(
      "max_pool2d/uneven", "F.max_pool2d(x0, (3, 2), (1, 3), (1, 0), (2, 1), True)",
      [](const Tensors& x) {
        return max_pool2d(
            x[0], {3, 2},
            {.stride = {1, 3}, .padding = {1, 0}, .dilation = {2, 1}, .ceil_mode = true});
      },
      {{3, 1, 1, 2, true}, {2, 3, 0, 1, true}}, largest, shapes(kPictures)));
  rows.push_back(row(
      "max_pool2d/5, stride 4, ceil", "F.max_pool2d(x0, 5, 4, 2, ceil_mode=True)",
      [](const Tensors& x) {
        return max_pool2d(x[0], 5, {.stride = 4, .padding = 2, .ceil_mode = true});
      },
      {{5, 4, 2, 1, true}, {5, 4, 2, 1, true}}, largest, shapes(kPictures)));

  OpCase three = row(
      "max_pool3d", "F.max_pool3d(x0, 2, 2, 1)",
      [](const Tensors& x) { return max_pool3d(x[0], 2, {.padding = 1}); },
      {{2, 2, 1}, {2, 2, 1}, {2, 2, 1}}, largest, shapes(kVolumes));
  three.errors = {refused<MaxPoolOptions>(
      max_pool3d, {4, 4}, 2, {}, "[max_pool3d] x (4, 4) must be (N, C, D, H, W) or (C, D, H, W)")};
  three.benchmarks = {{.inputs = {{{8, 16, 8, 32, 32}}}, .bytes = 4.5 * 8 * 16 * 8192}};
  rows.push_back(three);
  rows.push_back(row(
      "max_pool3d/uneven", "F.max_pool3d(x0, (2, 3, 1), (1, 2, 2), (1, 1, 0), 1, True)",
      [](const Tensors& x) {
        return max_pool3d(x[0], {2, 3, 1},
                          {.stride = {1, 2, 2}, .padding = {1, 1, 0}, .ceil_mode = true});
      },
      {{2, 1, 1, 1, true}, {3, 2, 1, 1, true}, {1, 2, 0, 1, true}}, largest, shapes(kVolumes)));
}

// Rows for the values and for the indices of an op that returns both.
void add_pair(Rows& rows, const std::string& name, const std::string& torch,
              ValuesAndIndices (*f)(const Tensors&), const Dims3& dims,
              const std::vector<Shape>& samples, std::vector<std::vector<Given>> specials,
              std::vector<ErrorSample> errors, BenchSample bench) {
  OpCase values = row(
      name + "/values", torch + "[0]", [f](const Tensors& x) { return f(x).values; }, dims, largest,
      shapes(samples));
  values.specials = specials;
  values.errors = std::move(errors);
  values.benchmarks = {std::move(bench)};
  rows.push_back(values);
  OpCase indices = row(
      name + "/indices", torch + "[1]", [f](const Tensors& x) { return f(x).indices; }, dims,
      where_largest, shapes(samples));
  indices.specials = std::move(specials);
  indices.differentiable = false;
  rows.push_back(indices);
}

void add_with_indices(Rows& rows) {
  add_pair(rows, "max_pool1d_with_indices", "F.max_pool1d(x0, 3, 2, 1, return_indices=True)",
           [](const Tensors& x) {
             return max_pool1d_with_indices(x[0], 3, {.stride = 2, .padding = 1});
           },
           {{3, 2, 1}}, kLines, {{{{1, 6}, {1, kNaN, kNaN, 2, 3, 3}}}},
           {{[] { max_pool1d_with_indices(ones({3}), 2); }, "x (3) must be (N, C, L)"}},
           {.inputs = {{{64, 32, 1024}}}, .bytes = 10.0 * 64 * 32 * 1024});
  add_pair(rows, "max_pool2d_with_indices", "F.max_pool2d(x0, 2, return_indices=True)",
           [](const Tensors& x) { return max_pool2d_with_indices(x[0], 2); }, {{2, 2}, {2, 2}},
           kPictures, kPictureSpecials,
           {{[] {
               max_pool2d_with_indices(ones({3, 1, 1}), 2);
             },
             "[max_pool2d_with_indices] a window of 2 is larger than dim 1"}},
           {.inputs = {{{64, 50, 32, 32}}}, .bytes = 7.0 * 64 * 50 * 1024});
  add_pair(rows, "max_pool3d_with_indices",
           "F.max_pool3d(x0, (2, 3, 2), 2, (0, 1, 1), return_indices=True)",
           [](const Tensors& x) {
             return max_pool3d_with_indices(x[0], {2, 3, 2}, {.stride = 2, .padding = {0, 1, 1}});
           },
           {{2, 2}, {3, 2, 1}, {2, 2, 1}}, kVolumes, {},
           {{[] {
               max_pool3d_with_indices(ones({3, 1}), 2);
             },
             "x (3, 1) must be"}},
           {.inputs = {{{8, 16, 8, 32, 32}}}});
  add_pair(rows, "adaptive_max_pool2d_with_indices",
           "F.adaptive_max_pool2d(x0, (3, 2), return_indices=True)",
           [](const Tensors& x) {
             return adaptive_max_pool2d_with_indices(x[0], {3, 2});
           },
           {{.output = 3}, {.output = 2}}, kPictures, kPictureSpecials,
           {{[] {
               adaptive_max_pool2d_with_indices(ones({3, 1}), 2);
             },
             "x (3, 1) must be"}},
           {.inputs = {{{64, 50, 8, 8}}}});
}

void add_avg(Rows& rows) {
  OpCase one = row(
      "avg_pool1d", "F.avg_pool1d(x0, 2)", [](const Tensors& x) { return avg_pool1d(x[0], 2); },
      {{2, 2}}, mean_padded, shapes(kLines, false));
  one.specials = {{{{1, 6}, {1, kNaN, kInf, -kInf, -0.0, -0.0}}}};
  one.errors = {
      refused<AvgPoolOptions>(avg_pool1d, {3}, 2, {},
                              "[avg_pool1d] x (3) must be (N, C, L) or (C, L)"),
      refused<AvgPoolOptions>(avg_pool1d, {2, 3}, 2, {.padding = 2}, "padding=2 is more than half"),
      refused<AvgPoolOptions>(avg_pool1d, {2, 0}, 2, {.padding = 1},
                              "dim 1 of x (2, 0) is empty; there is nothing to pool")};
  one.benchmarks = {{.inputs = {{{64, 32, 1024}}}, .bytes = 6.0 * 64 * 32 * 1024}};
  rows.push_back(one);
  rows.push_back(row(
      "avg_pool1d/ceil, padding", "F.avg_pool1d(x0, 4, 3, 2, True)",
      [](const Tensors& x) {
        return avg_pool1d(x[0], 4, {.stride = 3, .padding = 2, .ceil_mode = true});
      },
      {{4, 3, 2, 1, true}}, mean_padded, shapes(kLines, false)));

  OpCase two = row(
      "avg_pool2d", "F.avg_pool2d(x0, 2)", [](const Tensors& x) { return avg_pool2d(x[0], 2); },
      {{2, 2}, {2, 2}}, mean_padded, shapes(kPictures, false));
  two.specials = kPictureSpecials;
  two.errors = {refused<AvgPoolOptions>(avg_pool2d, {4, 4}, 2, {},
                                        "[avg_pool2d] x (4, 4) must be (N, C, H, W) or (C, H, W)"),
                refused<AvgPoolOptions>(avg_pool2d, {1, 4, 4}, 5, {},
                                        "a window of 5 is larger than dim 1 of x (1, 4, 4)"),
                {[] {
                   avg_pool2d(ones({1, 4, 4}, int64), 2);
                 },
                 "wants float32 or float64, got int64"}};
  two.benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 5.0 * 64 * 50 * 1024},
                    {.inputs = {{{3, 7, 33, 41}}}}};
  rows.push_back(two);
  const auto variant = [&](const std::string& name, const std::string& torch, const PerDim& kernel,
                           const AvgPoolOptions& options, const Dims3& dims, const Window& f) {
    rows.push_back(row(
        "avg_pool2d/" + name, "F.avg_pool2d(x0, " + torch + ")",
        [=](const Tensors& x) { return avg_pool2d(x[0], kernel, options); }, dims, f,
        shapes(kPictures, false)));
  };
  const Along padded{3, 2, 1}, up{3, 2, 1, 1, true};
  variant("3, stride 2, padding 1", "3, 2, 1", 3, {.stride = 2, .padding = 1}, {padded, padded},
          mean_padded);
  variant("not counting the padding", "3, 2, 1, count_include_pad=False", 3,
          {.stride = 2, .padding = 1, .count_include_pad = false}, {padded, padded}, mean_inside);
  variant("ceil", "3, 2, 1, True", 3, {.stride = 2, .padding = 1, .ceil_mode = true}, {up, up},
          mean_padded);
  variant("ceil, not counting the padding", "3, 2, 1, True, False", 3,
          {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}, {up, up},
          mean_inside);
  variant("stride 1", "3, 1, 1", 3, {.stride = 1, .padding = 1}, {{3, 1, 1}, {3, 1, 1}},
          mean_padded);
  variant("uneven", "(2, 5), (3, 1), (0, 2)", {2, 5}, {.stride = {3, 1}, .padding = {0, 2}},
          {{2, 3}, {5, 1, 2}}, mean_padded);
  variant("divisor", "3, 2, 1, divisor_override=-5", 3,
          {.stride = 2, .padding = 1, .divisor_override = -5}, {padded, padded},
          [](const std::vector<double>& values, const std::vector<Index>&, Index) {
            return total(values) / -5;
          });

  OpCase three = row(
      "avg_pool3d", "F.avg_pool3d(x0, 2, 2, 1)",
      [](const Tensors& x) { return avg_pool3d(x[0], 2, {.padding = 1}); },
      {{2, 2, 1}, {2, 2, 1}, {2, 2, 1}}, mean_padded, shapes(kVolumes, false));
  three.errors = {refused<AvgPoolOptions>(
      avg_pool3d, {4, 4}, 2, {}, "[avg_pool3d] x (4, 4) must be (N, C, D, H, W) or (C, D, H, W)")};
  three.benchmarks = {{.inputs = {{{8, 16, 8, 32, 32}}}, .bytes = 4.5 * 8 * 16 * 8192}};
  rows.push_back(three);
  rows.push_back(row(
      "avg_pool3d/uneven", "F.avg_pool3d(x0, (2, 3, 1), (1, 2, 2), (1, 1, 0), True, False)",
      [](const Tensors& x) {
        return avg_pool3d(x[0], {2, 3, 1},
                          {.stride = {1, 2, 2},
                           .padding = {1, 1, 0},
                           .ceil_mode = true,
                           .count_include_pad = false});
      },
      {{2, 1, 1, 1, true}, {3, 2, 1, 1, true}, {1, 2, 0, 1, true}}, mean_inside,
      shapes(kVolumes, false)));
}

void add_adaptive(Rows& rows) {
  const auto add = [&](const std::string& name, const std::string& torch, auto f,
                       const PerDim& size, const Dims3& dims, const std::vector<Shape>& samples,
                       const Shape& timed) {
    const bool max = name.find("max") != std::string::npos;
    OpCase c = row(
        name, "F." + name.substr(0, name.find('/')) + "(x0, " + torch + ")",
        [=](const Tensors& x) { return f(x[0], size, At::here()); }, dims,
        max ? largest : mean_inside, shapes(samples, max));
    if (name.find('/') == std::string::npos) {
      c.errors = {{[=] { f(ones({3}), size, At::here()); }, "[" + name + "] x (3) must be (N, C, "},
                  {[=] {
                     f(ones({2, 3, 0, 0, 0}), PerDim{1, 1, 1, 1}, At::here());
                   },
                   name},
                  {[=] {
                     f(ones(dims.size() == 1   ? Shape{2, 3, 0}
                            : dims.size() == 2 ? Shape{2, 3, 0, 2}
                                               : Shape{2, 3, 0, 2, 2}),
                       size, At::here());
                   },
                   "is empty; there is nothing to pool"}};
      c.benchmarks = {{.inputs = {{timed}}, .bytes = 4.0 * static_cast<double>(timed.count())}};
    }
    rows.push_back(c);
  };
  const Dims3 one{{.output = 3}}, two{{.output = 3}, {.output = 2}},
      three{{.output = 2}, {.output = 3}, {.output = 2}};
  const Dims3 all{{.output = 1}, {.output = 1}}, keep{{.output = -1}, {.output = 4}};
  add("adaptive_avg_pool1d", "3", adaptive_avg_pool1d, 3, one, kLines, {64, 64, 512});
  add("adaptive_avg_pool2d", "(3, 2)", adaptive_avg_pool2d, {3, 2}, two, kPictures,
      {64, 64, 16, 16});
  add("adaptive_avg_pool2d/1", "1", adaptive_avg_pool2d, 1, all, kPictures, {});
  add("adaptive_avg_pool2d/keep", "(None, 4)", adaptive_avg_pool2d, {kKeepSize, 4}, keep, kPictures,
      {});
  add("adaptive_avg_pool2d/larger", "7", adaptive_avg_pool2d, 7, {{.output = 7}, {.output = 7}},
      {{1, 3, 4}, {2, 1, 1, 1}}, {});
  add("adaptive_avg_pool3d", "(2, 3, 2)", adaptive_avg_pool3d, {2, 3, 2}, three, kVolumes,
      {8, 16, 8, 16, 16});
  add("adaptive_max_pool1d", "3", adaptive_max_pool1d, 3, one, kLines, {64, 64, 512});
  add("adaptive_max_pool2d", "(3, 2)", adaptive_max_pool2d, {3, 2}, two, kPictures,
      {64, 64, 16, 16});
  add("adaptive_max_pool2d/1", "1", adaptive_max_pool2d, 1, all, kPictures, {});
  add("adaptive_max_pool2d/keep", "(None, 4)", adaptive_max_pool2d, {kKeepSize, 4}, keep, kPictures,
      {});
  add("adaptive_max_pool3d", "(2, 3, 2)", adaptive_max_pool3d, {2, 3, 2}, three, kVolumes,
      {8, 16, 8, 16, 16});
}

void add_lp(Rows& rows) {
  const auto power = [](double p) {
    return [p](const std::vector<double>& values, const std::vector<Index>&, Index) {
      double sum = 0;
      for (const double v : values) sum += std::pow(v, p);
      return std::pow(std::fabs(sum), 1 / p);
    };
  };
  const auto positive = [](const std::vector<Shape>& each) {
    auto out = shapes(each, false);
    for (auto& sample : out) sample[0].low = 0.2;
    return out;
  };
  OpCase one = row(
      "lp_pool1d", "F.lp_pool1d(x0, 2, 3, 2)",
      [](const Tensors& x) { return lp_pool1d(x[0], 2, 3, 2); }, {{3, 2}}, power(2),
      positive(kLines));
  one.errors = {{[] { lp_pool1d(ones({3}), 2, 2); }, "[lp_pool1d] x (3) must be (N, C, L)"},
                {[] {
                   lp_pool1d(ones({1, 3}), 0, 2);
                 },
                 "norm_type=0 has no root"}};
  one.benchmarks = {{.inputs = {{.shape = {64, 32, 512}, .low = 0.2}}}};
  rows.push_back(one);
  OpCase two = row(
      "lp_pool2d", "F.lp_pool2d(x0, 3, (2, 3), ceil_mode=True)",
      [](const Tensors& x) {
        return lp_pool2d(x[0], 3, {2, 3}, {}, true);
      },
      {{2, 2, 0, 1, true}, {3, 3, 0, 1, true}}, power(3),
      positive({{2, 3, 6, 6}, {2, 4, 3}, {0, 2, 6, 6}}));
  two.errors = {{[] { lp_pool2d(ones({3}), 2, 2); }, "[lp_pool2d] x (3) must be (N, C, H, W)"}};
  two.benchmarks = {{.inputs = {{.shape = {64, 16, 32, 32}, .low = 0.2}}}};
  rows.push_back(two);
  OpCase three = row(
      "lp_pool3d", "F.lp_pool3d(x0, 2, 2)", [](const Tensors& x) { return lp_pool3d(x[0], 2, 2); },
      {{2, 2}, {2, 2}, {2, 2}}, power(2), positive(kVolumes));
  three.errors = {
      {[] { lp_pool3d(ones({3}), 2, 2); }, "[lp_pool3d] x (3) must be (N, C, D, H, W)"}};
  three.benchmarks = {{.inputs = {{.shape = {8, 16, 8, 16, 16}, .low = 0.2}}}};
  rows.push_back(three);
}

void add_unpool(Rows& rows) {
  // Each value of x put where its index says.
  const auto put = [](const Shape& spatial) {
    return [spatial](const Naives& in) {
      const int lead = in[0].shape.rank() - spatial.rank();
      Shape shape(in[0].shape.begin(), in[0].shape.begin() + lead);
      const Index planes = shape.count(), area = spatial.count();
      for (const Index n : spatial) shape.push_back(n);
      Naive y(shape);
      const Index each = planes == 0 ? 0 : in[0].count() / planes;
      for (Index i = 0; i < in[0].count(); ++i)
        y[i / each * area + static_cast<Index>(in[1][i])] = in[0][i];
      return y;
    };
  };
  const auto unpool = [&](const std::string& name, const std::string& torch,
                          std::function<Tensor(const Tensors&)> run, const Shape& spatial,
                          const Shape& shape, const std::vector<double>& indices) {
    // Fixed, different indices: drawn ones would repeat.
    OpCase c;
    c.name = name;
    c.torch = torch;
    const Tensor at(Array::from(indices, int64).reshaped(shape));
    c.torch.replace(c.torch.find("AT"), 2, [&] {
      std::string list = "torch.tensor([";
      for (const double i : indices) list += std::to_string(static_cast<Index>(i)) + ", ";
      std::string sizes = to_string(shape);
      return list + "]).reshape" + sizes;
    }());
    c.run = [run = std::move(run), at](const Tensors& x) { return run({x[0], at}); };
    c.reference = [f = put(spatial), at](const Naives& in) {
      return f({in[0], Naive(at.array())});
    };
    c.samples = {{{.shape = shape}}};
    c.specials = {{{shape, [&] {
                      std::vector<double> v(static_cast<std::size_t>(shape.count()), -0.0);
                      v[0] = kNaN, v[1] = kInf;
                      return v;
                    }()}}};
    c.benchmarks = {{.inputs = {{.shape = shape}}}};
    return c;
  };
  OpCase one = unpool("max_unpool1d", "F.max_unpool1d(x0, AT, 2)",
                      [](const Tensors& x) { return max_unpool1d(x[0], x[1], 2); }, {6}, {2, 3},
                      {1, 2, 5, 0, 3, 4});
  one.errors = {
      {[] { max_unpool1d(ones({3}), zeros({3}, int64), 2); }, "[max_unpool1d] x (3) must"}};
  rows.push_back(one);
  OpCase two = unpool("max_unpool2d", "F.max_unpool2d(x0, AT, 2)",
                      [](const Tensors& x) { return max_unpool2d(x[0], x[1], 2); }, {4, 4},
                      {1, 2, 2, 2}, {0, 3, 9, 15, 5, 2, 8, 10});
  const auto bad = [](const Tensor& x, const Tensor& at, const Shape& size) {
    return [=] { max_unpool2d(x, at, 2, {}, 0, size); };
  };
  const Tensor x = ones({1, 2, 2});
  two.errors = {
      {bad(x, ones({1, 2, 2}), {}), "[max_unpool2d] indices are float32, they must be int64"},
      {bad(x, zeros({1, 2, 1}, int64), {}), "indices (1, 2, 1) must have the shape of x (1, 2, 2)"},
      {bad(x, full({1, 2, 2}, 16, int64), {}), "it must be in [0, 16)"},
      {bad(x, zeros({1, 2, 2}, int64), {4, 6}),
       "output_size (4, 6) does not fit: size 1 must be within 1 of 4"},
      {bad(x, zeros({1, 2, 2}, int64), {4}), "output_size (4) must have the 2 spatial sizes"}};
  rows.push_back(two);
  rows.push_back(unpool("max_unpool2d/size", "F.max_unpool2d(x0, AT, 3, 2, 1, (3, 4))",
                        [](const Tensors& in) {
                          return max_unpool2d(in[0], in[1], 3, 2, 1, {3, 4});
                        },
                        {3, 4}, {2, 2, 2}, {0, 3, 9, 11, 5, 2, 8, 10}));
  OpCase three = unpool("max_unpool3d", "F.max_unpool3d(x0, AT, (1, 2, 2))",
                        [](const Tensors& in) {
                          return max_unpool3d(in[0], in[1], {1, 2, 2});
                        },
                        {2, 2, 4}, {1, 2, 1, 2}, {0, 3, 9, 15});
  three.errors = {
      {[] { max_unpool3d(ones({3}), zeros({3}, int64), 2); }, "[max_unpool3d] x (3) must"}};
  rows.push_back(three);
}
}  // namespace

Rows layers_pooling_cases() {
  Rows rows;
  add_max(rows);
  add_with_indices(rows);
  add_avg(rows);
  add_adaptive(rows);
  add_lp(rows);
  add_unpool(rows);
  return rows;
}

}  // namespace tinygrad::test
