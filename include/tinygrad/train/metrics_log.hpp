// SPDX-License-Identifier: MIT
// MetricsLog: writes the events of a training run to a file, one JSON object a line.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/core/error.hpp"
#include "tinygrad/io/json.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// One value of a row, stored as JSON text.
class MetricValue {
 public:
  MetricValue(std::same_as<bool> auto value)
      : json_(value ? "true" : "false") {}  // NOLINT: implicit
  template <std::integral T>
  requires(!std::same_as<T, bool>) MetricValue(T value)  // NOLINT: implicit
      : json_(std::to_string(value)) {}
  /// The shortest digits that read back as the same number. NaN and infinities become null, because
  /// JSON lacks them.
  template <std::floating_point T> MetricValue(T value) {  // NOLINT: implicit
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    json_ = std::isfinite(value) ? std::string(text, end) : "null";
  }
  /// Text in UTF-8.
  template <std::convertible_to<std::string_view> T> MetricValue(const T& text)
      : json_(json_quote(text)) {}  // NOLINT: implicit

  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

/// Keys and values in the order of writing.
using MetricsRow = std::vector<std::pair<std::string, MetricValue>>;

/// Writes rows to a file. Each line goes to the system at once, so a killed run leaves complete
/// lines. Replaces an existing file.
/// Throws  IoError with the file; a line that does not fit on the disk is removed again
class MetricsLog {
 public:
  explicit MetricsLog(std::string path, At at = At::here())
      : op_{"MetricsLog", at}, path_(std::move(path)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    check<IoError>(fd_ >= 0, op_, path_, ": cannot be written: ", std::strerror(errno));
  }
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;
  ~MetricsLog() { ::close(fd_); }

  /// log.write({{"event", "step"}, {"step", 12}, {"loss", 0.31}});
  void write(const MetricsRow& row) {
    std::string line = "{";
    for (const auto& [key, value] : row)
      line += str_cat(line.size() > 1 ? "," : "", json_quote(key), ':', value.json());
    line += "}\n";
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t written = ::write(fd_, line.data() + done, line.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) take_back_and_fail();
      done += static_cast<std::size_t>(written);
    }
    whole_bytes_ += static_cast<off_t>(line.size());
  }

 private:
  [[noreturn]] void take_back_and_fail() {
    const int error = errno;
    // A pipe or a device cannot be truncated and needs no removal.
    [[maybe_unused]] const int cut = ::ftruncate(fd_, whole_bytes_);
    fail<IoError>(op_, path_, ": cannot be written: ", std::strerror(error));
  }

  Op op_;
  std::string path_;
  int fd_ = -1;
  off_t whole_bytes_ = 0;
};

}  // namespace tinygrad
