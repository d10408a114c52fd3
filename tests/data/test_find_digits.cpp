// SPDX-License-Identifier: MIT
// Tests of data/pictures/find_digits.hpp on paper of every kind and on pictures without digits.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support/digit_pages.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/pictures/find_digits.hpp"
#include "tinygrad/data/sets/synthetic_digits.hpp"

using namespace tinygrad;
using namespace tinygrad::data;

namespace {

// Whole ones, (N, 28, 28) uint8.
Array whole_digits(Index count) {
  return synthetic_digits(count, 3, 0, {.bytes = true}).inputs.reshaped({count, 28, 28});
}

// The cosine between two pictures of 784 bytes: 1 if they differ by their brightness alone.
double likeness(const std::uint8_t* a, const std::uint8_t* b) {
  double ab = 0, aa = 0, bb = 0;
  for (int i = 0; i < 784; ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

const std::uint8_t* picture(const FoundDigits& found, Index n) {
  return found.pictures.data<std::uint8_t>() + 784 * n;
}

Array sheet(Index H, Index W, Index C, std::uint8_t value) {
  return Array::full({H, W, C}, value, uint8);
}

// Light × 0.6 where `dark` says so.
template <class Dark> Array with_shadow(const Array& page, const Dark& dark) {
  const Array out = page.copy();
  const Index H = out.shape()[0], W = out.shape()[1], C = out.shape()[2];
  auto* p = out.data<std::uint8_t>();
  for (Index i = 0; i < H * W * C; ++i) {
    const double y = static_cast<double>(i / C / W) / static_cast<double>(H),
                 x = static_cast<double>(i / C % W) / static_cast<double>(W);
    if (dark(x, y)) p[i] = static_cast<std::uint8_t>(p[i] * 3 / 5);
  }
  return out;
}

}  // namespace

TEST_CASE("a digit is found on any paper, in any light and ink, and looks as on clean paper") {
  const Array digits = whole_digits(40);
  Generator random(1);
  for (const support::PageCondition& condition : support::page_conditions()) {
    CAPTURE(condition.name);
    int found_one = 0, alike = 0, count = 0;
    Index next = 0;
    for (const double size : {40, 90, 160})
      for (int i = 0; i < 4; ++i, ++count) {
        support::PageOptions page = condition.options;
        page.size = size;
        const Index d = next++;
        const FoundDigits clean = find_digits(
            support::draw_page(digits, {{d}}, {.size = 120, .turn = page.turn}, random));
        const FoundDigits found = find_digits(support::draw_page(digits, {{d}}, page, random));
        if (clean.places.size() != 1 || found.places.size() != 1) continue;
        ++found_one;
        alike += likeness(picture(found, 0), picture(clean, 0)) > 0.9;
        CHECK(found.places[0].height < 1.3 * size);
      }
    MESSAGE(condition.name << ": " << found_one << " of " << count << " found, " << alike
                           << " alike");
    CHECK(found_one >= count - 1);
    CHECK(alike >= count - 1);
  }
}

TEST_CASE("blank paper holds no digit, whatever its grain, lines, frame and shadows") {
  Generator random(2);
  for (const support::PageCondition& condition : support::page_conditions())
    for (const double size : {100, 170}) {
      CAPTURE(condition.name);
      support::PageOptions page = condition.options;
      page.size = size;
      CHECK(find_digits(support::draw_page(whole_digits(1), {}, page, random)).places.empty());
    }
}

TEST_CASE("shadows with sharp edges are no digits, and hide none") {
  Generator random(3);
  const support::PageOptions paper{.paper = {0.8, 0.8, 0.8}, .noise = 0.012};
  const Array digits = whole_digits(3);
  const Array blank = support::draw_page(
      digits, {}, {.size = 160, .paper = {0.8, 0.8, 0.8}, .noise = 0.012}, random);
  const Array page = support::draw_page(digits, {{0, 1, 2}}, paper, random);
  const auto check = [&](const auto& dark) {
    CHECK(find_digits(with_shadow(blank, dark)).places.empty());
    CHECK(find_digits(with_shadow(page, dark)).places.size() == 3);
  };
  check([](double x, double) { return x > 0.55; });
  check([](double x, double y) { return x + y > 0.95; });
  check([](double x, double y) { return x > 0.6 && y > 0.5; });
  check([](double x, double y) { return std::hypot(x - 0.3, y - 0.5) < 0.35; });
}

TEST_CASE("several digits are read line by line, each from the left") {
  const Array digits = whole_digits(8);
  Generator random(4);
  const std::vector<std::vector<Index>> lines = {{4, 1, 6}, {0, 7}};
  const support::PageOptions page{.size = 70, .paper = {0.7, 0.7, 0.65}, .gradient = 0.4};
  const FoundDigits found = find_digits(support::draw_page(digits, lines, page, random));
  REQUIRE(found.places.size() == 5);
  REQUIRE(found.pictures.shape() == Shape{5, 28, 28});
  Index n = 0;
  for (std::size_t l = 0; l < 2; ++l)
    for (const Index d : lines[l]) {
      CHECK(found.places[static_cast<std::size_t>(n)].line == static_cast<Index>(l));
      const FoundDigits alone = find_digits(support::draw_page(digits, {{d}}, {}, random));
      CHECK(likeness(picture(found, n++), picture(alone, 0)) > 0.9);
    }
}

TEST_CASE("a photograph is reduced, its places are not") {
  const Array digits = whole_digits(2);
  Generator random(5);
  const FoundDigits found =
      find_digits(support::draw_page(digits, {{0, 1}}, {.size = 700}, random));  // 2520 pixels
  REQUIRE(found.places.size() == 2);
  for (const DigitPlace& place : found.places) {
    CHECK(std::max(place.height, place.width) > 500);
    CHECK(std::max(place.height, place.width) < 900);
  }
}

TEST_CASE("on a transparent ground black and white ink give the same picture") {
  const Array digits = whole_digits(5);
  Generator random(6);
  const auto drawn = [&](const support::Color& ink) {
    return find_digits(
        support::draw_page(digits, {{4}}, {.ink = ink, .transparent = true}, random));
  };
  const FoundDigits black = drawn({0, 0, 0}), white = drawn({1, 1, 1}), red = drawn({1, 0, 0});
  REQUIRE(black.places.size() == 1);
  REQUIRE(white.places.size() == 1);
  REQUIRE(red.places.size() == 1);
  CHECK(likeness(picture(black, 0), picture(white, 0)) > 0.999);
  CHECK(likeness(picture(black, 0), picture(red, 0)) > 0.999);
}

TEST_CASE("a sheet of paper on a transparent ground is read as paper") {
  const Array digits = whole_digits(1);
  Generator random(7);
  const Array page = support::draw_page(digits, {{0}}, {}, random);
  const Index H = page.shape()[0], W = page.shape()[1];
  const Array cut = Array::zeros({2 * H, 2 * W, 4}, uint8);
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      auto* to = cut.data<std::uint8_t>() + ((y + H / 2) * 2 * W + x + W / 2) * 4;
      std::copy_n(page.data<std::uint8_t>() + (y * W + x) * 3, 3, to);
      to[3] = 255;
    }
  const FoundDigits found = find_digits(cut);
  REQUIRE(found.places.size() == 1);
  CHECK(likeness(picture(found, 0), picture(find_digits(page), 0)) > 0.95);
}

TEST_CASE("a digit that fills its picture is found") {
  const Array digits = whole_digits(30);
  Generator random(8);
  int right = 0;
  for (Index d = 0; d < 30; ++d) {
    const Array page = support::draw_page(digits, {{d}}, {.size = 120}, random);
    const FoundDigits whole = find_digits(page);
    REQUIRE(whole.places.size() == 1);
    const DigitPlace& at = whole.places[0];
    const Array crop = Array::empty({at.height, at.width, 3}, uint8);
    for (Index y = 0; y < at.height; ++y)
      std::copy_n(page.data<std::uint8_t>() + ((at.top + y) * page.shape()[1] + at.left) * 3,
                  at.width * 3, crop.data<std::uint8_t>() + y * at.width * 3);
    const FoundDigits found = find_digits(crop);
    right += found.places.size() == 1 && likeness(picture(found, 0), picture(whole, 0)) > 0.9;
  }
  CHECK(right >= 24);  // a bar that fills its picture may as well be paper
}

TEST_CASE("two digits that touch are one wide one") {
  const Array page = sheet(200, 300, 1, 230);
  const auto bar = [&](Index top, Index left, Index bottom, Index right) {
    for (Index y = top; y < bottom; ++y)
      std::fill(page.data<std::uint8_t>() + y * 300 + left,
                page.data<std::uint8_t>() + y * 300 + right, std::uint8_t{20});
  };
  for (const Index left : {50, 140}) {  // two rings, and a bridge between them
    bar(50, left, 60, left + 70), bar(140, left, 150, left + 70);
    bar(50, left, 150, left + 10), bar(50, left + 60, 150, left + 70);
  }
  CHECK(find_digits(page).places.size() == 2);
  bar(95, 100, 105, 150);
  const FoundDigits found = find_digits(page);
  REQUIRE(found.places.size() == 1);
  CHECK(found.places[0].wide);
}

TEST_CASE("a picture like MNIST's is taken as it is, in black or in white") {
  const Array digits = whole_digits(1);
  const Array white = digits.reshaped({28, 28, 1}), black = white.copy();
  auto* p = black.data<std::uint8_t>();
  for (Index i = 0; i < 784; ++i) p[i] = static_cast<std::uint8_t>(255 - p[i]);
  for (const Array& image : {white, black}) {
    const FoundDigits found = find_digits(image);
    REQUIRE(found.places.size() == 1);
    CHECK(std::equal(picture(found, 0), picture(found, 0) + 784, digits.data<std::uint8_t>()));
  }
}

TEST_CASE("pictures of nothing and pictures of a pixel hold no digit") {
  for (const int value : {0, 9, 128, 255})
    for (const Index C : {1, 2, 3, 4})
      for (const auto& [H, W] :
           {std::pair<Index, Index>{1, 1}, {1, 300}, {300, 1}, {2, 3}, {28, 28}, {90, 60}}) {
        const FoundDigits found = find_digits(sheet(H, W, C, static_cast<std::uint8_t>(value)));
        CHECK(found.places.empty());
        CHECK(found.pictures.shape() == Shape{0, 28, 28});
      }
}

TEST_CASE("what is no picture is refused") {
  const auto message = [](const Array& image) {
    return support::message_of<Error>([&] { find_digits(image); });
  };
  CHECK(message(Array::zeros({28, 28}, uint8)).find("must be (H, W, C)") != std::string::npos);
  CHECK(message(Array::zeros({9, 9, 5}, uint8)).find("C from 1 to 4") != std::string::npos);
  CHECK(message(Array::zeros({0, 9, 1}, uint8)).find("no pixels") != std::string::npos);
  CHECK(message(Array::zeros({9, 9, 1}, float32)).find("must be uint8") != std::string::npos);
}
