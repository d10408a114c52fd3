// SPDX-License-Identifier: MIT
// The files the data tests write: gzip, tar, IDX, CIFAR, pictures and labels.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstdio>
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

/// A tar archive's header and content of one file.
inline std::string tar_entry(const std::string& name, std::string_view bytes, char type = '0') {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  char number[13];
  std::snprintf(number, sizeof number, "%011lo", static_cast<unsigned long>(bytes.size()));
  header.replace(124, 11, number);
  header[156] = type;
  header.replace(257, 5, "ustar");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(number, sizeof number, "%06o", sum);
  header.replace(148, 7, std::string(number) + '\0');
  return header.append(bytes).append((512 - bytes.size() % 512) % 512, '\0');
}
/// What follows the last file.
inline std::string tar_end() { return std::string(1024, '\0'); }

/// n CIFAR records: record i has labels (first + i) mod classes, and byte p of its picture is
/// (first + i + p) mod 256.
inline std::string cifar_records(int n, int first, const std::vector<int>& classes) {
  std::string out;
  for (int i = first; i < first + n; ++i) {
    for (const int count : classes) out += static_cast<char>(i % count);
    for (int p = 0; p < 3072; ++p) out += static_cast<char>((i + p) & 255);
  }
  return out;
}

}  // namespace support
