// SPDX-License-Identifier: MIT
// The files the data tests write: gzip, IDX, pictures and labels.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.hpp"

namespace support {

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

}  // namespace support
