// SPDX-License-Identifier: MIT
// The letterforms of the synthetic digits, as data. Each digit has several styles, a style has
// strokes, a stroke has points. synthetic_digits.hpp draws them.
#pragma once

#include <charconv>
#include <string_view>
#include <vector>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data::detail {

/// A point on a grid of 100×100: x to the right, y down.
struct GridPoint {
  double x, y;
};
/// A smooth line. A corner is the end of one stroke and the start of the next.
using DigitStroke = std::vector<GridPoint>;
using DigitStyle = std::vector<DigitStroke>;

/// The styles of each digit, 0 to 9: points "x,y"; a / ends a stroke. The styles are text because
/// nested initializer lists took the compiler half a second.
inline constexpr std::string_view kDigitStyles[10][4] = {
    // clang-format off
    {  // 0: an oval; a narrow one; one whose ends cross; an open one
      "55,1 26,12 13,48 25,88 52,99 79,85 88,48 76,12 53,1",
      "52,1 32,20 27,52 36,88 52,99 68,84 73,48 66,14 50,1",
      "72,9 42,2 16,34 18,76 46,99 78,80 86,40 66,8 46,12",
      "44,4 18,34 18,74 48,98 80,76 82,32 60,4",
    },
    {  // 1: a bar; with a flag; with a flag and a foot; bent
      "50,0 50,100",
      "28,24 42,14 54,0 / 54,0 54,50 52,100",
      "30,22 52,0 / 52,0 52,98 / 26,99 78,98",
      "56,0 50,32 47,66 49,100",
    },
    {  // 2: a corner at the foot; a loop there; a wave; a Z with a round head
      "16,26 30,6 56,0 79,14 76,40 50,68 14,97 / 14,97 88,96",
      "18,22 42,2 72,8 78,32 58,62 32,90 14,92 18,76 38,78 60,94 90,92",
      "20,18 46,1 74,12 72,42 44,74 18,94 40,90 66,98 88,90",
      "20,10 50,1 78,12 66,48 16,96 / 16,96 50,94 84,99",
    },
    {  // 3: two bows with a corner; a flat top; one smooth line; a small loop at the waist
      "18,12 44,0 74,10 72,34 42,47 / 42,47 76,56 83,80 54,99 15,88",
      "18,4 78,3 / 78,3 42,42 / 42,42 76,52 82,78 54,99 16,90",
      "20,8 54,0 76,18 56,44 72,58 80,78 56,98 18,92",
      "16,14 48,0 76,16 62,42 38,50 44,42 76,58 80,84 48,100 14,84",
    },
    {  // 4: open; closed; open and round; short-armed
      "24,2 19,28 15,54 / 15,54 50,55 88,52 / 70,4 67,50 64,100",
      "64,0 38,34 10,66 / 10,66 90,64 / 64,0 64,100",
      "22,4 14,36 30,56 76,46 / 78,2 72,48 66,100",
      "66,2 22,58 / 22,58 74,56 / 66,2 62,54 58,100",
    },
    {  // 5: the bar drawn last; an S; the bar drawn first; a small belly
      "30,3 24,44 / 24,44 56,36 82,58 74,88 44,99 14,87 / 30,3 82,2",
      "80,3 44,4 26,22 40,44 70,56 78,80 50,99 16,90",
      "82,2 34,5 / 34,5 28,44 / 28,44 62,42 80,68 56,97 18,94",
      "34,6 30,48 60,46 74,70 54,96 20,92 / 32,6 76,0",
    },
    {  // 6: round; a straight back; a narrow one; a small low loop
      "70,2 36,24 17,60 28,92 56,99 80,80 71,56 46,51 22,72",
      "58,0 32,38 18,74 36,98 66,95 78,74 58,57 26,70",
      "50,0 30,36 24,74 40,98 64,90 68,66 48,58 28,74",
      "74,6 44,12 22,46 22,84 50,100 72,86 60,68 30,78",
    },
    {  // 7: plain; with a bar; with a serif; bent
      "12,6 84,4 / 84,4 60,46 42,100",
      "14,5 84,4 / 84,4 62,46 46,100 / 32,52 80,48",
      "14,24 17,5 / 17,5 82,5 / 82,5 58,40 52,100",
      "14,12 40,2 76,6 74,28 56,62 48,100",
    },
    {  // 8: a closed S; two rings; one begun at the waist; a narrow one
      "76,14 50,0 25,14 34,38 62,56 80,80 52,99 22,82 38,56 68,36 77,12",
      "50,46 25,26 48,2 74,22 52,46 / 50,46 18,72 48,99 83,74 52,46",
      "46,48 70,24 48,1 26,22 54,52 76,80 48,99 24,80 46,48",
      "66,8 46,2 34,20 56,48 68,78 50,99 32,82 44,52 64,28 68,8",
    },
    {  // 9: a bent stem; a tail; a straight stem; a loop drawn with the stem in one line
      "76,20 54,1 26,14 20,38 42,52 70,40 77,18 / 77,18 75,60 62,100",
      "76,16 48,2 22,24 38,48 72,36 78,14 / 78,14 82,58 60,96 24,90",
      "74,12 44,2 22,26 40,50 72,34 / 76,4 74,100",
      "70,22 46,2 24,22 36,46 66,34 70,20 66,62 50,100",
    },
    // clang-format on
};

/// Parses one text of kDigitStyles into strokes.
inline DigitStyle digit_style(std::string_view text) {
  DigitStyle style(1);
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&] {
    int value = 0;
    at = std::from_chars(at, end, value).ptr;
    return static_cast<double>(value);
  };
  while (at < end) {
    if (*at == ' ') {
      ++at;
    } else if (*at == '/') {
      style.emplace_back();
      ++at;
    } else {
      const double x = number();
      ++at;  // the comma
      style.back().push_back({x, number()});
    }
  }
  return style;
}

}  // namespace tinygrad::data::detail
