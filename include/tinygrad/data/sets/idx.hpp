// SPDX-License-Identifier: MIT
// Reader of the IDX format of MNIST: bytes 0, 0, type, rank, then `rank` sizes (32 bits, big-
// endian), then the values in row-major order.
#pragma once

#include <string>

#include "tinygrad/io/gzip.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Reads an IDX file of unsigned bytes, gzip or plain, into a uint8 array with the file's shape.
/// Throws  IoError if the magic number, the sizes and the file's length do not agree
inline Array read_idx(const std::string& path, At at = At::here()) {
  const Op op{"read_idx", at};
  const Array file = read_data_file(path, kMaxFileBytes, at);
  const auto* bytes = file.data<std::uint8_t>();
  const Index length = file.count();
  check<IoError>(length >= 4, op, path, ": truncated: ", length,
                 " bytes are too few for an IDX header");
  check<IoError>(bytes[0] == 0 && bytes[1] == 0, op, path,
                 ": is not an IDX file: it begins with bytes ", bytes[0], ", ", bytes[1],
                 "; the magic number begins with 0, 0");
  check<IoError>(bytes[2] == 0x08, op, path, ": holds IDX type ", bytes[2],
                 "; only 8 (unsigned bytes) is read");
  const int rank = bytes[3];
  check<IoError>(1 <= rank && rank <= kMaxRank, op, path, ": has ", rank, " dims; 1 to ", kMaxRank,
                 " are read");
  const Index header = 4 + 4 * Index{rank};
  check<IoError>(length >= header, op, path, ": truncated: ", length, " bytes, but the header has ",
                 header);

  Shape shape;
  Index count = 1;
  for (const auto* p = bytes + 4; p < bytes + header; p += 4) {
    const Index size = Index{p[0]} << 24 | p[1] << 16 | p[2] << 8 | p[3];
    shape.push_back(size);
    if (size > 0 && count > kMaxFileBytes / size) count = kMaxFileBytes + 1;  // over the limit
    else count *= size;
  }
  check<IoError>(count == length - header, op, path, ": its header says shape ", shape, ", but ",
                 length - header, " bytes follow; the file is ",
                 count > length - header ? "truncated" : "too long", " or its header is wrong");
  return file.rows(header, length).reshaped(shape);
}

}  // namespace tinygrad::data
