// SPDX-License-Identifier: MIT
// A folder for one test, removed with all it holds, and the files the data tests put there.
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace support {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "tinygrad-XXXXXX").string()) {
    if (!::mkdtemp(path_.data())) throw std::runtime_error("mkdtemp failed");
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }
  std::size_t count() const {
    std::size_t n = 0;
    for (auto it = std::filesystem::directory_iterator(path_); it != end(it); ++it) ++n;
    return n;
  }

 private:
  std::string path_;
};

inline std::string read_back(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The bytes as one gzip member.
inline std::string gzip(std::string_view bytes) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, static_cast<uLong>(bytes.size())) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// An IDX file: header of the given sizes, then the data.
inline std::string idx(const std::vector<std::uint32_t>& sizes, std::string_view data,
                       std::uint8_t type = 8) {
  std::string out{0, 0, static_cast<char>(type), static_cast<char>(sizes.size())};
  for (const auto size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 255);
  return out.append(data);
}

/// n MNIST pictures; pixel p of picture i is (i + p) mod 256.
inline std::string pictures(std::uint32_t n) {
  std::string data;
  for (std::uint32_t i = 0; i < n; ++i)
    for (std::uint32_t p = 0; p < 784; ++p) data += static_cast<char>((i + p) & 255);
  return idx({n, 28, 28}, data);
}

/// n MNIST labels: i mod 10.
inline std::string labels(std::uint32_t n) {
  std::string data;
  for (std::uint32_t i = 0; i < n; ++i) data += static_cast<char>(i % 10);
  return idx({n}, data);
}

/// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) had_ = true, before_ = before;
    value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { had_ ? ::setenv(name_, before_.c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  bool had_ = false;
  std::string before_;
};

/// The text of the error that f() throws, or "" if it throws none.
template <class E, class F> std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace support
