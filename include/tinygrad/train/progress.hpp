// SPDX-License-Identifier: MIT
// Progress: shows the progress of a training epoch. On a terminal it redraws one line; elsewhere it
// prints plain lines.
#pragma once

#if defined(__linux__)
#include <asm/ioctls.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "tinygrad/core/shape.hpp"
#include "tinygrad/core/symbol.hpp"

// ioctl() under our own name: <sys/ioctl.h> defines NCC, CTRL and other macros that break LAPACK's
// headers and other headers that a program includes later.
extern "C" int tinygrad_ioctl(int file, unsigned long request, ...) TINYGRAD_SYMBOL("ioctl");

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {

/// The number of columns of a terminal; 0 if it is not a terminal or the number is unknown.
inline int terminal_columns(int file) {
#if defined(__linux__)
  constexpr unsigned long ask = TIOCGWINSZ;
#else
  constexpr unsigned long ask = 0x40087468;  // TIOCGWINSZ of macOS and the BSDs
#endif
  struct {
    unsigned short rows, columns, width, height;
  } size{};
  return tinygrad_ioctl(file, ask, &size) == 0 ? size.columns : 0;
}

inline std::string number_text(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// "0:07", "12:34" or "1:02:03"; "?" if unknown.
inline std::string duration_text(double seconds) {
  if (!(seconds >= 0 && seconds < 1e9)) return "?";
  const auto s = std::llround(seconds);
  char text[32];
  if (s < 3600) std::snprintf(text, sizeof text, "%lld:%02lld", s / 60, s % 60);
  else std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  return text;
}

/// "873", "52.1k" or "1.20M".
inline std::string rate_text(double rate) {
  if (!std::isfinite(rate)) return "?";
  if (rate < 1e4) return number_text("%.0f", rate);
  return rate < 1e6 ? number_text("%.1fk", rate / 1e3) : number_text("%.2fM", rate / 1e6);
}

}  // namespace detail

struct ProgressOptions {
  std::string label = "";    ///< "epoch 2/5"
  Index steps = 0;           ///< number of steps to expect
  Index log_interval = 100;  ///< without a terminal: steps between lines; 0: no lines
  std::FILE* out = stderr;
};

/// Shows the progress of an epoch:
///   epoch 2/5 [======>     ] 512/938  loss 0.3120  acc 0.9123  52.1k img/s  ETA 0:12
/// A terminal is redrawn at most ten times a second. Other steps cost one look at the clock.
class Progress {
 public:
  explicit Progress(ProgressOptions options)
      : options_(std::move(options)), terminal_(is_terminal(options_.out)), start_(Clock::now()) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// An unfinished bar stays on its line. Later output begins on a new line.
  ~Progress() {
    if (drawn_) std::fputc('\n', options_.out);
  }

  /// Counts one more step of `images` images. Shows loss and accuracy as given; leaves out NaN
  /// accuracy.
  void step(Index images, double loss, double accuracy = std::numeric_limits<double>::quiet_NaN()) {
    ++step_;
    images_ += images;
    loss_ = loss;
    accuracy_ = accuracy;
    if (terminal_) {
      const auto now = Clock::now();
      if (drawn_ && now - last_drawn_ < std::chrono::milliseconds(100)) return;
      last_drawn_ = now;
      drawn_ = true;
      print("\r", line(terminal_width() - 1), "\x1b[K");
    } else if (options_.log_interval > 0 && step_ % options_.log_interval == 0) {
      print("", line(0), "\n");
    }
  }

  /// Ends with a permanent line, `note` last: "epoch 2/5  938 steps  loss …  12.3 s  note".
  void finish(std::string_view note = "") {
    std::string text = str_cat(options_.label, options_.label.empty() ? "" : "  ", step_, " steps",
                               figures(), "  ", detail::number_text("%.1f s", seconds()));
    if (!note.empty()) text += str_cat("  ", note);
    print(drawn_ ? "\r" : "", text, drawn_ ? "\x1b[K\n" : "\n");
    drawn_ = false;
  }

  /// Seconds since construction.
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  /// One line of at most `width` characters with a bar; without a bar if `width` is 0.
  std::string line(int width) const {
    const double done =
        options_.steps > 0 ? static_cast<double>(step_) / static_cast<double>(options_.steps) : 0;
    const std::string front = options_.label + (options_.label.empty() ? "" : " ");
    std::string back = options_.steps > 0 ? str_cat(step_, '/', options_.steps) : str_cat(step_);
    back += figures();
    if (options_.steps > 0) back += "  ETA " + detail::duration_text(seconds() * (1 / done - 1));
    if (width == 0) return front + back;

    const auto room = static_cast<std::size_t>(std::max(width, 0));
    const std::size_t used = front.size() + back.size() + 3;  // the brackets and a space
    constexpr std::size_t least = 6, most = 30;
    if (options_.steps == 0 || used + least > room) return (front + back).substr(0, room);
    const std::size_t cells = std::min(room - used, most);
    const auto full = static_cast<std::size_t>(static_cast<double>(cells) * std::min(done, 1.0));
    std::string bar(full, '=');
    if (full < cells) bar += '>';
    bar.resize(cells, ' ');
    return front + "[" + bar + "] " + back;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static bool is_terminal(std::FILE* out) {
    const char* term = std::getenv("TERM");
    return ::isatty(::fileno(out)) && !(term && std::string_view(term) == "dumb");
  }

  int terminal_width() const {
    const int columns = detail::terminal_columns(::fileno(options_.out));
    return columns > 0 ? columns : 80;
  }

  std::string figures() const {
    std::string text = "  loss " + detail::number_text("%.4f", loss_);
    if (!std::isnan(accuracy_)) text += "  acc " + detail::number_text("%.4f", accuracy_);
    const double rate = static_cast<double>(images_) / seconds();
    return text + "  " + detail::rate_text(rate) + " img/s";
  }

  // Training must not stop because the display fails: errors are ignored.
  void print(const char* before, const std::string& text, const char* after) const {
    std::fprintf(options_.out, "%s%s%s", before, text.c_str(), after);
    std::fflush(options_.out);
  }

  ProgressOptions options_;
  bool terminal_, drawn_ = false;
  Clock::time_point start_, last_drawn_{};
  Index step_ = 0, images_ = 0;
  double loss_ = std::numeric_limits<double>::quiet_NaN(), accuracy_ = loss_;
};

}  // namespace tinygrad
