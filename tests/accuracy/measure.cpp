// SPDX-License-Identifier: MIT
// The points of an accuracy case and the measurement of its errors; see measure.hpp.
#include "accuracy/measure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>

namespace tinygrad::test {

namespace {

/// Everything about a dtype that points and errors depend on.
struct Format {
  int digits, least_exponent;  // of the significand; of the smallest normal number
  double largest, smallest, denormal;
};
Format format_of(Dtype dtype) {
  using F = std::numeric_limits<float>;
  using D = std::numeric_limits<double>;
  if (dtype == float32)
    return {24, -126, static_cast<double>(F::max()), static_cast<double>(F::min()),
            static_cast<double>(F::denorm_min())};
  return {53, -1022, D::max(), D::min(), D::denorm_min()};
}

double rounded(double x, Dtype dtype) {
  return dtype == float32 ? static_cast<double>(static_cast<float>(x)) : x;
}

class Points {
 public:
  Points(const AccuracyCase& c, Dtype dtype, std::uint64_t seed)
      : case_(c), dtype_(dtype), format_(format_of(dtype)), state_(seed) {}

  std::vector<double> draw(std::size_t number) {
    const std::size_t inputs = case_.slopes.size();
    std::vector<double> x(inputs);
    switch (number % 6) {
      case 0:
        for (double& v : x) v = any_bits();
        break;
      case 1:
        for (double& v : x) v = uniform(case_.low, case_.high);
        break;
      case 2:  // of ordinary sizes
        for (double& v : x) v = signed_power(-12, 12);
        break;
      case 3:  // all sizes beside an ordinary number
        for (double& v : x) v = signed_power(-12, 12);
        x[word() % inputs] = any_bits();
        break;
      case 4:  // both of one size, or nearly equal
        for (double& v : x) v = any_bits();
        if (inputs == 2)
          x[1] = word() % 2 ? x[0] * signed_power(-60, 2) : x[0] * (1 + signed_power(-60, -1));
        break;
      default:
        if (case_.hard.empty()) {
          for (double& v : x) v = uniform(case_.low, case_.high);
          break;
        }
        x = case_.hard[word() % case_.hard.size()];
        for (double& v : x) v = near(v);
    }
    for (double& v : x)  // a NaN that signals is not asked for: pow(NaN, 0) is 1 of a quiet one
      v = std::isnan(v) ? std::numeric_limits<double>::quiet_NaN() : rounded(v, dtype_);
    return x;
  }

 private:
  std::uint64_t word() {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(word() >> 11) * 0x1p-53;
  }
  double signed_power(double low, double high) {
    const double size = std::exp2(uniform(low, high));
    return word() % 2 ? size : -size;
  }
  double any_bits() {
    if (dtype_ == float32)
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(word())));
    return std::bit_cast<double>(word());
  }
  /// The point, one of its ten neighbours on each side, or farther away in proportion to its size.
  double near(double v) {
    const double centre = rounded(v, dtype_);
    const double unit =
        std::ldexp(1.0, std::max(centre == 0 ? format_.least_exponent : std::ilogb(centre),
                                 format_.least_exponent) -
                            format_.digits + 1);
    if (word() % 3 == 0) return centre + static_cast<double>(word() % 21) * unit - 10 * unit;
    return centre + std::max(std::fabs(centre), 0x1p-30) * signed_power(1 - format_.digits, -1);
  }

  const AccuracyCase& case_;
  Dtype dtype_;
  Format format_;
  std::uint64_t state_;
};

void compare(LargestError& worst, double got, Quad exact, Quad size, Dtype dtype, double bound,
             double absolute, const std::vector<std::vector<double>>& points, std::size_t i) {
  const double nearest = rounded(static_cast<double>(exact), dtype);
  if (got == nearest || (std::isnan(got) && quad::isnan(exact))) return;
  constexpr double kInf = std::numeric_limits<double>::infinity();
  double ulps = kInf;
  if (!std::isnan(got) && !quad::isnan(exact) && !quad::isinf(exact)) {
    // An infinity stands for the first number that is too large, where the exact result is less.
    Quad number = got;
    if (std::isinf(got)) {
      number = dtype == float32 ? Quad{0x1p128} : Quad{0x1p1023} * 2;
      if (got < 0) number = -number;
    }
    const Quad size_of = std::max(quad::abs(exact), size);
    ulps = static_cast<double>(quad::abs(number - exact) / Quad{last_place(size_of, dtype)});
    if (std::isinf(got) && quad::abs(number) < quad::abs(exact)) return;
    if (ulps > bound && quad::abs(number - exact) > Quad{absolute}) worst.within = false;
  } else {
    worst.within = false;
  }
  if (ulps <= worst.ulps) return;
  worst.ulps = ulps;
  worst.at.clear();
  for (const auto& input : points) worst.at.push_back(input[i]);
  worst.got = got;
  worst.exact = static_cast<double>(exact);
}

std::vector<Tensor> leaves(const std::vector<std::vector<double>>& points, Dtype dtype) {
  std::vector<Tensor> out;
  for (const auto& values : points)
    out.push_back(Tensor(Array::from(values, dtype)).requires_grad_());
  return out;
}

}  // namespace

double last_place(Quad size, Dtype dtype) {
  const Format format = format_of(dtype);
  const int exponent = size < Quad{format.smallest}  ? format.least_exponent
                       : size > Quad{format.largest} ? std::ilogb(format.largest)
                                                     : std::ilogb(static_cast<double>(size));
  return std::ldexp(1.0, exponent - format.digits + 1);
}

std::vector<std::vector<double>> accuracy_points(const AccuracyCase& c, Dtype dtype,
                                                 std::size_t count) {
  const Format format = format_of(dtype);
  constexpr double kInf = std::numeric_limits<double>::infinity();
  std::vector<double> special = {std::numeric_limits<double>::quiet_NaN()};
  for (const double size : {0.0, format.denormal, format.smallest, 0.5, 1.0, 2.0, 3.0,
                            rounded(1.0 / 3, dtype), format.largest, kInf})
    for (const double v : {size, -size}) special.push_back(v);
  std::vector<std::vector<double>> points(c.slopes.size());
  const auto put = [&](const std::vector<double>& x) {
    std::vector<Quad> exact(x.begin(), x.end());
    if (c.left_out && c.left_out(exact.data())) return;
    for (std::size_t k = 0; k < x.size(); ++k) points[k].push_back(x[k]);
  };
  for (const double a : special)
    if (points.size() == 1) put({a});
    else
      for (const double b : special) put({a, b});
  for (std::vector<double> x : c.hard) {
    for (double& v : x) v = rounded(v, dtype);
    put(x);
  }
  Points random(c, dtype, 1);
  for (std::size_t i = 0; i < count; ++i) put(random.draw(i));
  return points;
}

ExactResults exact_results(const AccuracyCase& c, const std::vector<std::vector<double>>& points) {
  const std::size_t results = 1 + c.slopes.size();
  ExactResults out;
  out.results.resize(results);
  out.sizes.resize(results);
  for (std::size_t i = 0; i < points[0].size(); ++i) {
    std::vector<Quad> x;
    for (const auto& input : points) x.emplace_back(input[i]);
    for (std::size_t k = 0; k < results; ++k) {
      out.results[k].push_back(k == 0 ? c.value(x.data()) : c.slopes[k - 1](x.data()));
      Quad size = 0;
      if (k == 0 && c.value_size) size = c.value_size(x.data());
      if (k > 0 && !c.slope_sizes.empty()) size = c.slope_sizes[k - 1](x.data());
      out.sizes[k].push_back(size);
    }
  }
  return out;
}

Accuracy measure(const AccuracyCase& c, Dtype dtype,
                 const std::vector<std::vector<double>>& points) {
  const ExactResults exact = exact_results(c, points);
  const Bound& bound = dtype == float32 ? c.float32_bound : c.float64_bound;
  const auto compare_all = [&](LargestError& worst, const Tensor& got, std::size_t result) {
    const double limit = result == 0 ? bound.value : bound.slope;
    const double absolute = result == 0 ? bound.value_absolute : bound.slope_absolute;
    for (std::size_t i = 0; i < points[0].size(); ++i)
      compare(worst, got.array().at(static_cast<Index>(i)), exact.results[result][i],
              exact.sizes[result][i], got.dtype(), limit, absolute, points, i);
  };
  Accuracy out;
  for (const bool composed : {false, true}) {
    const std::vector<Tensor> x = leaves(points, dtype);
    const Tensor y = c.run(x);
    if (!composed) compare_all(out.value, y, 0);
    y.backward(Tensor(Array::full(y.shape(), 1, y.dtype())), {.create_graph = composed});
    std::vector<LargestError>& slopes = composed ? out.composed : out.slopes;
    slopes.resize(x.size());
    for (std::size_t k = 0; k < x.size(); ++k) compare_all(slopes[k], x[k].grad(), k + 1);
    for (const Tensor& leaf : x) leaf.zero_grad();
  }
  return out;
}

double Accuracy::slope() const {
  double most = 0;
  for (const auto* errors : {&slopes, &composed})
    for (const LargestError& error : *errors) most = std::max(most, error.ulps);
  return most;
}

bool Accuracy::within() const {
  bool all = value.within;
  for (const auto* errors : {&slopes, &composed})
    for (const LargestError& error : *errors) all = all && error.within;
  return all;
}

std::string to_string(const LargestError& error) {
  std::ostringstream out;
  out.precision(17);
  out << error.ulps << " ulp";
  if (!error.at.empty()) {
    out << " at";
    for (const double x : error.at) out << ' ' << x;
    out << ": got " << error.got << ", exact " << error.exact;
  }
  return out.str();
}

}  // namespace tinygrad::test
