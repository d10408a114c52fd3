// SPDX-License-Identifier: MIT
// Tests of data/statistics.hpp: exactness, NaN, threads, the table.
#include <doctest/doctest.h>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/sets/cifar.hpp"
#include "tinygrad/data/statistics.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;

TEST_CASE("each channel has its own least, greatest, mean and deviation; bytes count as [0, 1]") {
  for (const Dtype dtype : {uint8, float32}) {
    const Array x = image(3 * 40, 5, 7, dtype).reshaped({40, 3, 5, 7});
    const double unit = dtype == uint8 ? 255 : 1;
    const auto got = channel_statistics(x);
    REQUIRE(got.size() == 3);
    for (Index c = 0; c < 3; ++c) {
      double low = 9, high = -9, sum = 0, squares = 0;
      std::vector<double> values;
      for (Index n = 0; n < 40; ++n)
        for (Index i = 0; i < 35; ++i) values.push_back(x.at((n * 3 + c) * 35 + i) / unit);
      for (const double v : values)
        low = std::min(low, v), high = std::max(high, v), sum += v / 1400;
      for (const double v : values) squares += (v - sum) * (v - sum) / 1400;
      const auto& s = got[static_cast<std::size_t>(c)];
      CHECK(s.count == 1400);
      CHECK(s.min == doctest::Approx(low));
      CHECK(s.max == doctest::Approx(high));
      CHECK(s.mean == doctest::Approx(sum).epsilon(1e-12));
      CHECK(s.std() == doctest::Approx(std::sqrt(squares)).epsilon(1e-12));
    }
  }
}

TEST_CASE("a small deviation around a large mean loses no digits") {
  Array x = Array::empty({1000, 1, 4}, float32);
  for (Index i = 0; i < x.count(); ++i)
    x.data<float>()[i] = 16000000.0F + static_cast<float>(i % 2);
  const auto s = channel_statistics(x)[0];
  CHECK(s.mean == 16000000.5);
  CHECK(s.std() == doctest::Approx(0.5).epsilon(1e-9));
}

TEST_CASE("NaN and infinities reach the figures of their channel, wherever they stand") {
  const double inf = HUGE_VAL, nan = std::nan("");
  struct Row {
    double value, mean, min, max;
  };
  for (const Row& row : {Row{nan, nan, nan, nan}, Row{inf, inf, 1, inf}, Row{-inf, -inf, -inf, 1}})
    for (const Index place : {0, 1, 299}) {
      INFO(row.value, " at ", place);
      const Array x = Array::full({50, 2, 2, 3}, 1, float32);
      x.data<float>()[(place / 6 * 2) * 6 + place % 6] = static_cast<float>(row.value);
      const auto s = channel_statistics(x);
      const auto same = [](double a, double b) {
        return a == b || (std::isnan(a) && std::isnan(b));
      };
      CHECK(same(s[0].mean, row.mean));
      CHECK(same(s[0].min, row.min));
      CHECK(same(s[0].max, row.max));
      CHECK(std::isnan(s[0].std()));
      CHECK((s[1].mean == 1 && s[1].std() == 0 && s[1].count == 300));
    }
}

TEST_CASE("the bits do not depend on the number of threads") {
  const Array x = image(3 * 300, 16, 16, float32).reshaped({300, 3, 16, 16});
  const int threads = num_threads();
  set_num_threads(1);
  const auto a = channel_statistics(x);
  set_num_threads(3);
  const auto b = channel_statistics(x);
  set_num_threads(threads);
  for (std::size_t c = 0; c < 3; ++c)
    CHECK((a[c].mean == b[c].mean && a[c].squares == b[c].squares));
}

TEST_CASE("the table has a line for each channel") {
  const auto text = to_string(channel_statistics(Array::full({2, 2, 1, 1}, 51, uint8)));
  CHECK(text ==
        "channel      min      max     mean      std\n"
        "      0   0.2000   0.2000   0.2000   0.0000\n"
        "      1   0.2000   0.2000   0.2000   0.0000\n");
}

TEST_CASE("an empty set has no values, and other arrays are errors") {
  CHECK(channel_statistics(Array::zeros({0, 3, 2, 2}, uint8))[2].count == 0);
  CHECK(contains(message_of<ShapeError>([] { channel_statistics(Array::zeros({3}, uint8)); }),
                 "[channel_statistics] images have shape (3); they must be (N, C, …)"));
  CHECK_THROWS_AS(channel_statistics(Array::zeros({3, 3}, int64)), DtypeError);
}

TEST_CASE("CIFAR-10 has its published mean and deviation") {
  const char* root = std::getenv("TINYGRAD_DATA");
  if (!root ||
      !tinygrad::detail::is_file(std::string(root) + "/cifar-10-batches-bin/test_batch.bin")) {
    MESSAGE("skipped: no cifar-10-batches-bin in TINYGRAD_DATA");
    return;
  }
  const auto s = channel_statistics(load_cifar10(root).train.inputs);
  const double mean[] = {0.4914, 0.4822, 0.4465}, std[] = {0.2470, 0.2435, 0.2616};
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(std::abs(s[c].mean - mean[c]) < 0.003);  // a copy through JPEG is near, not equal
    CHECK(std::abs(s[c].std() - std[c]) < 0.003);
  }
  MESSAGE(to_string(s));
}
