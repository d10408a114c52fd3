// SPDX-License-Identifier: MIT
// Tests of nn/init.hpp and nn/init_preset.hpp: distributions against PyTorch's, presets, errors.
#include <cmath>
#include <functional>
#include <map>
#include <numbers>

#include "golden/answers/init.hpp"
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace init = nn::init;

namespace {
struct Moments {
  double mean = 0, variance = 0, largest = 0;
};
Moments moments_of(const Tensor& t) {
  Moments m;
  const auto n = static_cast<double>(t.numel());
  for (Index i = 0; i < t.numel(); ++i) {
    const double v = t.array().at(i);
    m.mean += v / n;
    m.variance += v * v / n;
    m.largest = std::fmax(m.largest, std::fabs(v));
  }
  m.variance -= m.mean * m.mean;
  return m;
}

Tensor zeros_of(const Shape& shape, Dtype dtype = float64) {
  return Tensor(Array::zeros(shape, dtype)).requires_grad_();
}

// 120·200·9 = 216,000 elements: the variance is within 2 % of its expectation, by 4 deviations.
Tensor kernel() { return Tensor(Array::empty({120, 200, 3, 3}, float32)).requires_grad_(); }
constexpr double kFanIn = 1800, kFanOut = 1080;

void check_uniform(const Tensor& t, double bound) {
  const Moments m = moments_of(t);
  CHECK(m.largest <= bound * (1 + 1e-6));
  CHECK(m.largest > 0.999 * bound);
  CHECK(std::fabs(m.mean) < 0.01 * bound);
  CHECK(m.variance == doctest::Approx(bound * bound / 3).epsilon(0.02));
}
void check_normal(const Tensor& t, double stddev) {
  const Moments m = moments_of(t);
  CHECK(m.largest > 3.5 * stddev);
  CHECK(m.largest < 6.5 * stddev);
  CHECK(std::fabs(m.mean) < 0.02 * stddev);
  CHECK(m.variance == doctest::Approx(stddev * stddev).epsilon(0.02));
}
}  // namespace

TEST_CASE("constants fill a leaf that requires a gradient and leave it one") {
  const Tensor t = ones({3}).requires_grad_();
  CHECK(init::zeros_(t).is(t));
  CHECK(t.array().at(2) == 0);
  init::ones_(t);
  CHECK(t.array().at(1) == 1);
  init::constant_(t, 2.5);
  CHECK(t.array().at(0) == 2.5);
  CHECK(t.requires_grad());
  CHECK(t.is_leaf());
}

TEST_CASE("uniform_ and normal_ have the range, mean and variance asked for") {
  const Tensor t = kernel();
  init::uniform_(t, -2, 2);
  check_uniform(t, 2);
  init::uniform_(t, 3, 4);
  CHECK(moments_of(t).mean == doctest::Approx(3.5).epsilon(0.01));
  init::normal_(t, 0, 0.5);
  check_normal(t, 0.5);
  init::normal_(t, 7, 0.5);
  CHECK(moments_of(t).mean == doctest::Approx(7).epsilon(0.001));
}

TEST_CASE("fans count the kernel") {
  CHECK(init::calculate_fan(kernel()).in == kFanIn);
  CHECK(init::calculate_fan(kernel()).out == kFanOut);
  CHECK(init::calculate_fan(zeros({10, 20})).in == 20);
  CHECK(init::calculate_fan(zeros({10, 20})).out == 10);
  CHECK(contains(
      message_of([] { init::xavier_uniform_(zeros({10})); }),
      "[xavier_uniform_] t (10) must have at least the dims (out, in) — at test_init.cpp:"));
}

TEST_CASE("gains are PyTorch's") {
  CHECK(init::calculate_gain(init::Nonlinearity::kLinear) == 1);
  CHECK(init::calculate_gain(init::Nonlinearity::kSigmoid) == 1);
  CHECK(init::calculate_gain(init::Nonlinearity::kTanh) == doctest::Approx(1.6666666666666667));
  CHECK(init::calculate_gain(init::Nonlinearity::kRelu) == doctest::Approx(1.4142135623730951));
  CHECK(init::calculate_gain(init::Nonlinearity::kLeakyRelu) ==
        doctest::Approx(1.4141428569978354).epsilon(1e-14));
  CHECK(init::calculate_gain(init::Nonlinearity::kLeakyRelu, 0.5) ==
        doctest::Approx(1.2649110640673518).epsilon(1e-14));
  CHECK(init::calculate_gain(init::Nonlinearity::kSelu) == 0.75);
}

TEST_CASE("Xavier initialisers have variance gain²·2/(fan_in + fan_out)") {
  const double stddev = std::sqrt(2 / (kFanIn + kFanOut));
  check_uniform(init::xavier_uniform_(kernel()), std::sqrt(3.0) * stddev);
  check_uniform(init::xavier_uniform_(kernel(), 2), 2 * std::sqrt(3.0) * stddev);
  check_normal(init::xavier_normal_(kernel()), stddev);
  check_normal(init::xavier_normal_(kernel(), 0.5), 0.5 * stddev);
}

TEST_CASE("Kaiming initialisers have variance gain²/fan") {
  using init::FanMode, init::Nonlinearity;
  check_uniform(init::kaiming_uniform_(kernel()), std::sqrt(6 / kFanIn));
  check_uniform(init::kaiming_uniform_(kernel(), {.mode = FanMode::kFanOut}),
                std::sqrt(6 / kFanOut));
  check_uniform(init::kaiming_uniform_(kernel(), {.a = std::sqrt(5.0)}), 1 / std::sqrt(kFanIn));
  check_normal(init::kaiming_normal_(kernel()), std::sqrt(2 / kFanIn));
  check_normal(init::kaiming_normal_(
                   kernel(), {.mode = FanMode::kFanOut, .nonlinearity = Nonlinearity::kTanh}),
               5.0 / 3 / std::sqrt(kFanOut));
}

TEST_CASE("the same seed gives the same bits, and a generator given is the one used") {
  const auto draw = [](std::uint64_t seed, int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Generator generator(seed);
    const Tensor a = kernel(), b = kernel();
    init::kaiming_uniform_(a, {}, generator);
    init::normal_(b, 0, 1, generator);
    set_num_threads(before);
    return std::pair(a.array(), b.array());
  };
  const auto same = [](const Array& a, const Array& b) {
    return std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
  };
  const std::uint64_t position = default_generator().position();
  const auto one = draw(1, 1), again = draw(1, 3), other = draw(2, 1);
  CHECK(same(one.first, again.first));
  CHECK(same(one.second, again.second));
  CHECK_FALSE(same(one.first, other.first));
  CHECK(default_generator().position() == position);
}

namespace {
// The initialisers by the names of the recorded statistics.
struct Case {
  Shape shape;
  std::function<Tensor(const Tensor&, Generator&)> run;
};
const std::map<std::string, Case>& cases() {
  using init::FanMode, init::Nonlinearity;
  using G = Generator;
  using T = const Tensor;
  const Shape matrix{64, 32}, kernel{16, 8, 3, 3};
  static const std::map<std::string, Case> all = {
      {"uniform", {matrix, [](T& t, G& g) { return init::uniform_(t, -1, 3, g); }}},
      {"normal", {matrix, [](T& t, G& g) { return init::normal_(t, 2, 0.5, g); }}},
      {"trunc_normal", {matrix, [](T& t, G& g) { return init::trunc_normal_(t, {}, g); }}},
      {"trunc_normal_one_sided",
       {matrix,
        [](T& t, G& g) {
          return init::trunc_normal_(t, {.mean = 1, .stddev = 2, .a = 0, .b = 3}, g);
        }}},
      {"trunc_normal_tail",
       {matrix, [](T& t, G& g) { return init::trunc_normal_(t, {.a = 1, .b = 2.5}, g); }}},
      {"xavier_uniform", {matrix, [](T& t, G& g) { return init::xavier_uniform_(t, 1, g); }}},
      {"xavier_uniform_kernel",
       {kernel, [](T& t, G& g) { return init::xavier_uniform_(t, 2, g); }}},
      {"xavier_normal", {kernel, [](T& t, G& g) { return init::xavier_normal_(t, 1, g); }}},
      {"kaiming_uniform", {kernel, [](T& t, G& g) { return init::kaiming_uniform_(t, {}, g); }}},
      {"kaiming_uniform_linear_default",
       {matrix, [](T& t, G& g) { return init::kaiming_uniform_(t, {.a = std::sqrt(5.0)}, g); }}},
      {"kaiming_uniform_fan_out",
       {kernel,
        [](T& t, G& g) {
          return init::kaiming_uniform_(
              t, {.mode = FanMode::kFanOut, .nonlinearity = Nonlinearity::kRelu}, g);
        }}},
      {"kaiming_normal",
       {kernel, [](T& t, G& g) { return init::kaiming_normal_(t, {.a = 0.2}, g); }}},
      {"kaiming_normal_tanh",
       {matrix,
        [](T& t, G& g) {
          return init::kaiming_normal_(t, {.nonlinearity = Nonlinearity::kTanh}, g);
        }}},
      {"kaiming_normal_selu",
       {matrix,
        [](T& t, G& g) {
          return init::kaiming_normal_(
              t, {.mode = FanMode::kFanOut, .nonlinearity = Nonlinearity::kSelu}, g);
        }}},
      {"orthogonal", {matrix, [](T& t, G& g) { return init::orthogonal_(t, 1, g); }}},
      {"orthogonal_kernel", {kernel, [](T& t, G& g) { return init::orthogonal_(t, 2, g); }}},
      {"sparse", {matrix, [](T& t, G& g) { return init::sparse_(t, 0.3, 0.5, g); }}},
      {"eye", {matrix, [](T& t, G&) { return init::eye_(t); }}},
      {"dirac", {kernel, [](T& t, G&) { return init::dirac_(t); }}},
      {"dirac_groups", {kernel, [](T& t, G&) { return init::dirac_(t, 4); }}},
  };
  return all;
}
}  // namespace

TEST_CASE("every initialiser has the statistics recorded from PyTorch") {
  for (const auto& expected : golden::init::kStatistics) {
    CAPTURE(expected.name);
    const auto found = cases().find(expected.name);
    REQUIRE(found != cases().end());
    Generator generator(7);
    double sum = 0, squares = 0, smallest = 1e300, largest = -1e300, zeros = 0, n = 0;
    for (int draw = 0; draw < golden::init::kDraws; ++draw) {
      const Tensor t = found->second.run(zeros_of(found->second.shape), generator);
      for (Index i = 0; i < t.numel(); ++i) {
        const double v = t.array().at(i);
        sum += v;
        squares += v * v;
        smallest = std::fmin(smallest, v);
        largest = std::fmax(largest, v);
        zeros += v == 0;
        ++n;
      }
    }
    const double mean = sum / n, stddev = std::sqrt(squares / n - mean * mean);
    // Both samples err: a mean of n values by σ/√n, their standard deviation by at most σ/√n (for a
    // kurtosis up to 5), so the differences by √2 as much; 5 times that is never seen by chance.
    const double allowed = 5 * std::sqrt(2 / n) * expected.stddev;
    CHECK(std::fabs(mean - expected.mean) < allowed + 1e-15);
    CHECK(std::fabs(stddev - expected.stddev) < allowed + 1e-15);
    // The extremes of 1e5 normal values scatter by a quarter of σ; hard bounds are reached closely.
    CHECK(std::fabs(smallest - expected.smallest) < 1.25 * expected.stddev);
    CHECK(std::fabs(largest - expected.largest) < 1.25 * expected.stddev);
    CHECK(zeros / n == doctest::Approx(expected.zeros));  // no chance in these
  }
}

TEST_CASE("the gains have the values recorded from PyTorch for all its names") {
  using init::Nonlinearity;
  const std::map<std::string, Nonlinearity> names = {{"sigmoid", Nonlinearity::kSigmoid},
                                                     {"tanh", Nonlinearity::kTanh},
                                                     {"relu", Nonlinearity::kRelu},
                                                     {"leaky_relu", Nonlinearity::kLeakyRelu},
                                                     {"selu", Nonlinearity::kSelu}};
  for (const auto& expected : golden::init::kGains) {
    CAPTURE(expected.name);
    const auto found = names.find(expected.name);  // linear and the convolutions are all kLinear
    const auto kind = found == names.end() ? Nonlinearity::kLinear : found->second;
    CHECK(init::calculate_gain(kind) == doctest::Approx(expected.gain).epsilon(1e-15));
  }
}

TEST_CASE("a truncated normal stays in its bounds, wherever they are") {
  for (const init::TruncNormalOptions& o : {init::TruncNormalOptions{},
                                            {.a = -0.1, .b = 0.1},
                                            {.a = 4, .b = 5},
                                            {.mean = -3, .stddev = 0.5, .a = -2, .b = 7}}) {
    const Moments m = moments_of(init::trunc_normal_(zeros_of({100, 100}, float32), o));
    CHECK(m.mean > o.a);
    CHECK(m.mean < o.b);
    const Tensor t = init::trunc_normal_(zeros_of({100, 100}, float32), o);
    for (Index i = 0; i < t.numel(); ++i) {
      REQUIRE(t.array().at(i) >= static_cast<double>(static_cast<float>(o.a)));
      REQUIRE(t.array().at(i) <= static_cast<double>(static_cast<float>(o.b)));
    }
  }
  // E[v | 4 ≤ v ≤ 5] = (φ(4) − φ(5)) / (Φ(5) − Φ(4)): deep in the tail, where few normals fall.
  const Moments tail = moments_of(init::trunc_normal_(zeros_of({300, 300}), {.a = 4, .b = 5}));
  const auto density = [](double x) {
    return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
  };
  const double above4 = 0.5 * std::erfc(4 / std::sqrt(2.0)),
               above5 = 0.5 * std::erfc(5 / std::sqrt(2.0));
  CHECK(tail.mean == doctest::Approx((density(4) - density(5)) / (above4 - above5)).epsilon(0.002));
}

TEST_CASE("an orthogonal matrix has orthonormal rows or columns, within 1e-6 also in float32") {
  for (const Dtype dtype : {float64, float32}) {
    for (const Shape& shape : {Shape{40, 40}, Shape{20, 50}, Shape{50, 20}, Shape{1, 7},
                               Shape{7, 1}, Shape{8, 4, 3, 3}}) {
      const std::string text = to_string(shape);
      CAPTURE(text);
      const Tensor t = init::orthogonal_(zeros_of(shape, dtype), 3);
      const Index rows = shape[0], columns = shape.product(1, shape.rank());
      const bool by_rows = rows <= columns;
      const Index count = by_rows ? rows : columns, length = by_rows ? columns : rows;
      const auto at = [&](Index vector, Index i) {
        return t.array().at(by_rows ? vector * columns + i : i * columns + vector) / 3;
      };
      double worst = 0;
      for (Index a = 0; a < count; ++a)
        for (Index b = 0; b < count; ++b) {
          double dot = a == b ? -1 : 0;
          for (Index i = 0; i < length; ++i) dot += at(a, i) * at(b, i);
          worst = std::fmax(worst, std::fabs(dot));
        }
      CHECK(worst < (dtype == float64 ? 1e-14 : 1e-6));
    }
  }
}

TEST_CASE("eye_ and dirac_ pass on what they are given") {
  const Tensor eye = init::eye_(zeros_of({3, 5}, float32));
  for (Index i = 0; i < 15; ++i) CHECK(eye.array().at(i) == (i / 5 == i % 5 ? 1 : 0));

  const Tensor t = init::dirac_(ones({4, 3, 3, 2}), 2);  // two groups of two outputs
  for (Index o = 0; o < 4; ++o)
    for (Index i = 0; i < 3; ++i)
      for (Index k = 0; k < 6; ++k)  // the middle of (3, 2) is (1, 1)
        CHECK(t.array().at((o * 3 + i) * 6 + k) == (i == o % 2 && k == 3 ? 1 : 0));
  CHECK(init::dirac_(zeros({2, 2, 5})).array().at(2) == 1);
}

TEST_CASE("sparse_ leaves the asked fraction of each column 0") {
  const Tensor t = init::sparse_(zeros_of({10, 6}, float32), 0.25);
  for (Index c = 0; c < 6; ++c) {
    int zeros = 0;
    for (Index r = 0; r < 10; ++r) zeros += t.array().at(r * 6 + c) == 0;
    CHECK(zeros == 3);  // ⌈2.5⌉
  }
}

TEST_CASE("LeCun initialisers have variance 1/fan_in") {
  check_uniform(init::lecun_uniform_(kernel()), std::sqrt(3 / kFanIn));
  check_normal(init::lecun_normal_(kernel()), 1 / std::sqrt(kFanIn));
}

TEST_CASE("empty tensors are initialised without ado") {
  init::orthogonal_(zeros({0, 3}));
  init::sparse_(zeros({0, 3}), 0.5);
  init::trunc_normal_(zeros({0}));
  init::eye_(zeros({0, 0}));
  init::dirac_(zeros({0, 2, 3}));
  init::xavier_uniform_(zeros({0, 3}));
  CHECK(init::kaiming_normal_(zeros({3, 0})).numel() == 0);
}

namespace {
struct NormalHead final : nn::Module {  // its name holds "Norm", but it is no normalisation
  nn::Parameter weight = zeros({200, 100}), bias = full({200}, 5), kept_weight = full({2, 2}, 5);
  void members(nn::Members& m) override {
    m("weight", weight)("bias", bias)("kept_weight", kept_weight);
  }
  void reset_parameters(init::Initializer& draw) override {
    draw.weight(weight, 100);
    draw.bias(bias, 100);
  }
};
struct OneOfEach final : nn::Module {
  nn::Linear linear{100, 200};
  nn::LayerNorm norm{Shape{3, 4}};
  nn::Embedding embedding{200, 100, {.padding_idx = 7}};
  nn::LSTM recurrent{100, 16};
  nn::PReLU slope;
  NormalHead head;
  void members(nn::Members& m) override {
    m("linear", linear)("norm", norm)("embedding", embedding)("recurrent", recurrent);
    m("slope", slope)("head", head);
  }
};
bool all_are(const Tensor& t, double value) {
  for (Index i = 0; i < t.numel(); ++i)
    if (t.array().at(i) != value) return false;
  return true;
}
}  // namespace

TEST_CASE("PyTorch's preset draws layers as their constructors do, bit for bit") {
  const auto agree = [](auto make) {
    Generator one(3), other(3), unused(4);
    auto built = make(one), reset = make(unused);
    init::preset_(reset, init::Preset::kPyTorch, other);
    const auto theirs = built.parameters(), ours = reset.parameters();
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) CHECK(equal(ours[i], theirs[i]));
    CHECK(one.position() == other.position());
  };
  agree([](Generator& g) { return nn::Linear(30, 20, {}, g); });
  agree([](Generator& g) { return nn::Bilinear(5, 4, 3, {}, g); });
  agree([](Generator& g) { return nn::Conv2d(4, 6, 3, {.groups = 2}, g); });
  agree([](Generator& g) { return nn::ConvTranspose1d(4, 6, 3, {.groups = 2}, g); });
  agree([](Generator& g) { return nn::Embedding(5, 4, {.padding_idx = -1}, g); });
  agree([](Generator& g) { return nn::GRUCell(5, 4, {}, g); });
  agree([](Generator& g) { return nn::LSTM(5, 4, {.num_layers = 2, .proj_size = 3}, g); });
}

TEST_CASE("a preset draws a shared parameter once") {
  nn::Linear first(4, 4), second(4, 4);
  second.weight = first.weight;
  struct Both final : nn::Module {
    nn::Linear &a, &b;
    Both(nn::Linear& x, nn::Linear& y) : a(x), b(y) {}
    void members(nn::Members& m) override { m("a", a)("b", b); }
  } both(first, second);
  Generator tied(3), alone(3);
  init::preset_(both, init::Preset::kPyTorch, tied);
  nn::Linear expected(4, 4, {}, alone);
  CHECK(equal(first.weight, expected.weight));
  CHECK(second.weight.is(first.weight));
}

TEST_CASE("presets initialise each kind of layer by the framework's rule") {
  const auto within = [](const Tensor& t, double bound) {
    const double largest = moments_of(t).largest;
    return largest <= bound * (1 + 1e-6) && largest > 0.8 * bound;
  };
  const double glorot = std::sqrt(6.0 / 300), ih = std::sqrt(6.0 / 164), hh = std::sqrt(6.0 / 80);
  OneOfEach m;
  const Tensor weight_ih = m.get_parameter("recurrent.weight_ih_l0"),
               weight_hh = m.get_parameter("recurrent.weight_hh_l0"),
               bias_ih = m.get_parameter("recurrent.bias_ih_l0");
  for (const auto preset :
       {init::Preset::kPyTorch, init::Preset::kKeras, init::Preset::kGlorot, init::Preset::kHe}) {
    init::constant_(m.norm.weight, 5);
    init::constant_(m.norm.bias, 5);
    init::preset_(m, preset);
    CHECK(all_are(m.norm.weight, 1));
    CHECK(all_are(m.norm.bias, 0));
    CHECK(all_are(m.head.kept_weight, 5));  // its reset_parameters() does not name it
    CHECK(all_are(m.slope.weight, 0.25));
    for (Index i = 0; i < 100; ++i) CHECK(m.embedding.weight.array().at(700 + i) == 0);
    if (preset == init::Preset::kPyTorch) {
      CHECK(within(m.linear.weight, 0.1));
      CHECK(within(m.linear.bias, 0.1));
      CHECK(within(m.head.weight, 0.1));
      CHECK(within(m.head.bias, 0.1));
      check_normal(m.embedding.weight, 1);
      CHECK(within(weight_ih, 0.25));
      CHECK(within(weight_hh, 0.25));
      CHECK(within(bias_ih, 0.25));
      continue;
    }
    CHECK(all_are(m.linear.bias, 0));
    CHECK(all_are(m.head.bias, 0));
    CHECK(all_are(bias_ih, 0));
    if (preset == init::Preset::kHe) {
      check_normal(m.linear.weight, std::sqrt(2.0 / 100));
      continue;
    }
    CHECK(within(m.linear.weight, glorot));
    CHECK(within(m.head.weight, glorot));
    CHECK(within(weight_ih, ih));
    if (preset == init::Preset::kKeras) {
      CHECK(within(m.embedding.weight, 0.05));
      double squares = 0;  // of an orthonormal column
      for (Index r = 0; r < 64; ++r) squares += std::pow(weight_hh.array().at(r * 16), 2);
      CHECK(squares == doctest::Approx(1).epsilon(1e-6));
    } else {
      CHECK(within(m.embedding.weight, glorot));
      CHECK(within(weight_hh, hh));
    }
  }
}

TEST_CASE("bad arguments are refused") {
  const Tensor t = zeros({2, 2});
  CHECK(
      contains(message_of([&] { init::uniform_(t, 1, 0); }), "[uniform_] low=1 must not be above"));
  CHECK(contains(message_of([&] { init::normal_(t, 0, -1); }), "stddev=-1 must not be negative"));
  CHECK(
      contains(message_of([&] { init::normal_(zeros({2}, int64)); }), "wants float32 or float64"));
  const Tensor computed = ones({2, 2}).requires_grad_() * 2;
  CHECK(contains(message_of([&] { init::zeros_(computed); }), "only a leaf can be set"));
  const auto refuses = [](auto call, const char* text) {
    const std::string message = message_of(call);
    CHECK_MESSAGE(contains(message, text), message);
    CHECK_MESSAGE(contains(message, "test_init.cpp:"), message);
  };
  refuses([] { init::eye_(zeros({3})); }, "[eye_] t (3) must be a matrix (out, in)");
  refuses([] { init::dirac_(zeros({3, 3})); }, "[dirac_] t (3, 3) must be a convolution's weight");
  refuses([] { init::dirac_(zeros({3, 3, 3}), 2); }, "groups=2 must divide the output channels 3");
  refuses([] { init::orthogonal_(zeros({3})); }, "[orthogonal_] t (3) must have at least");
  refuses([] { init::orthogonal_(zeros({3, 3}, int64)); }, "t is int64, it must be floating");
  refuses([] { init::sparse_(zeros({3}), 0.5); }, "[sparse_] t (3) must be a matrix");
  refuses([] { init::sparse_(zeros({3, 3}), 1.5); }, "sparsity=1.5 must be in [0, 1]");
  refuses([] { init::trunc_normal_(zeros({3}), {.a = 2, .b = 1}); },
          "[trunc_normal_] a=2 must be below b=1");
  refuses([] { init::trunc_normal_(zeros({3}), {.stddev = 0}); }, "stddev=0 must be positive");
  refuses([] { init::pytorch_default_({zeros({3})}, 0); },
          "[pytorch_default_] fan_in=0 must be positive");
  refuses([] { init::lecun_normal_(zeros({3})); }, "must have at least the dims (out, in)");
}
