// SPDX-License-Identifier: MIT
// Tests of train/progress.hpp: with and without a terminal.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "support/files.hpp"
#include "tinygrad/train/progress.hpp"

using namespace tinygrad;
using support::contains;
using support::read_back;

namespace {

/// A terminal of 80 columns that nobody looks at.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (master_ < 0) return;  // some chroots have no pseudo-terminals
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    out_ = std::fopen(::ptsname(master_), "w");
    REQUIRE(out_);
    winsize size{};
    size.ws_col = 80;
    ::ioctl(master_, TIOCSWINSZ, &size);
  }
  ~Terminal() {
    if (!out_) return;
    std::fclose(out_);
    ::close(master_);
  }
  bool exists() const {
    if (!out_) MESSAGE("skipped: this system gives no pseudo-terminal");
    return out_ != nullptr;
  }
  std::FILE* out() const { return out_; }
  std::string shown() const {
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::read(master_, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }

 private:
  int master_;
  std::FILE* out_ = nullptr;
};

}  // namespace

TEST_CASE("without a terminal there is one line an interval and one at the end") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("out");
  std::FILE* out = std::fopen(path.c_str(), "w");
  {
    Progress progress({.label = "epoch 1/2", .steps = 10, .log_interval = 4, .out = out});
    for (int i = 1; i <= 10; ++i) progress.step(64, 1.0 / i, i == 4 ? 0.5 : NAN);
    progress.finish("validation accuracy 0.9");
  }
  std::fclose(out);
  const auto text = read_back(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(text.starts_with("epoch 1/2 4/10  loss 0.2500  acc 0.5000  "));
  CHECK(contains(text, "\nepoch 1/2 8/10  loss 0.1250  "));
  CHECK(contains(text, "img/s  ETA "));
  CHECK(contains(text, "\nepoch 1/2  10 steps  loss 0.1000  "));
  CHECK(text.ends_with(" s  validation accuracy 0.9\n"));
  CHECK_FALSE(contains(text, "\r"));
  CHECK_FALSE(contains(text, "\x1b"));
}

TEST_CASE("a terminal is redrawn in place, seldom, and ends with a line that stays") {
  ::setenv("TERM", "xterm", 1);
  const Terminal terminal;
  if (!terminal.exists()) return;
  Progress progress({.label = "epoch 1/2", .steps = 100000, .out = terminal.out()});
  for (int i = 0; i < 100000; ++i) progress.step(1, 0.5, 0.25);
  const auto drawn = terminal.shown();
  CHECK(drawn.starts_with("\repoch 1/2 [>"));
  const auto redraws = std::count(drawn.begin(), drawn.end(), '\r');
  CHECK(redraws >= 1);
  CHECK(static_cast<double>(redraws) <= 1 + 10 * progress.seconds());
  progress.finish();
  const auto end = terminal.shown();
  CHECK(end.starts_with("\repoch 1/2  100000 steps  loss 0.5000  acc 0.2500  "));
  CHECK(end.ends_with("\x1b[K\r\n"));  // a terminal writes a line end as two
}

TEST_CASE("a bar that is given up leaves the cursor on a new line") {
  ::setenv("TERM", "xterm", 1);
  const Terminal terminal;
  if (!terminal.exists()) return;
  { Progress({.steps = 9, .out = terminal.out()}).step(1, 0.5); }
  CHECK(terminal.shown().ends_with("\n"));
}

TEST_CASE("the line fits its width, with a bar that fills") {
  Progress progress({.label = "e", .steps = 4, .log_interval = 0, .out = stdout});
  progress.step(1, 0.5, 0.25);
  CHECK(contains(progress.line(200), "e [=======>                      ] 1/4  loss 0.5000"));
  for (const int width : {-1, 1, 5, 20, 60, 70, 80, 100})
    CHECK(progress.line(width).size() <=
          static_cast<std::size_t>(std::max(width, 0)) + (width == 0));
  progress.step(1, 0.5, 0.25);
  progress.step(1, 0.5, 0.25);
  progress.step(1, 0.5, 0.25);
  CHECK(contains(progress.line(200), "[==============================] 4/4"));
  CHECK(contains(progress.line(200), "ETA 0:00"));
  progress.step(1, 0.5, 0.25);  // more steps than were promised
  CHECK(contains(progress.line(200), "[==============================] 5/4"));
}

TEST_CASE("durations and rates are short") {
  CHECK(detail::duration_text(7.4) == "0:07");
  CHECK(detail::duration_text(754) == "12:34");
  CHECK(detail::duration_text(3723) == "1:02:03");
  CHECK(detail::duration_text(-1) == "?");
  CHECK(detail::duration_text(NAN) == "?");
  CHECK(detail::rate_text(873.2) == "873");
  CHECK(detail::rate_text(52100) == "52.1k");
  CHECK(detail::rate_text(1.2e6) == "1.20M");
  CHECK(detail::rate_text(INFINITY) == "?");
}
