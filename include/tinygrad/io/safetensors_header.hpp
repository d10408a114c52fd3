// SPDX-License-Identifier: MIT
// The header of a safetensors file: a JSON object that says where each tensor lies. This file
// writes it, and reads it with every rule checked.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/core/dtype.hpp"
#include "tinygrad/core/shape.hpp"
#include "tinygrad/io/json.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// A file's metadata. PyTorch's tools expect {"format", "pt"} in it.
using Metadata = std::map<std::string, std::string>;

namespace detail {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

/// The longest header to read or write, in bytes; the format's own limit.
inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
inline constexpr const char* kMetadataKey = "__metadata__";

struct Float16 {
  std::uint16_t bits;
  explicit operator float() const {
    const std::uint32_t sign = (bits & 0x8000U) << 16, exponent = bits >> 10 & 31U;
    const std::uint32_t fraction = bits & 1023U;
    if (exponent == 0)  // zero and subnormals: multiples of 2^-24
      return std::bit_cast<float>(
          sign | std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1p-24F));
    return std::bit_cast<float>(sign | (exponent == 31 ? 255U : exponent + 112) << 23 |
                                fraction << 13);
  }
};
struct BFloat16 {
  std::uint16_t bits;
  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

template <class Stored, class T> void decode(const std::byte* in, Index count, std::byte* out) {
  for (Index i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, in + i * Index{sizeof(Stored)}, sizeof(Stored));
    const T value = static_cast<T>(stored);
    std::memcpy(out + i * Index{sizeof(T)}, &value, sizeof(T));
  }
}

/// An element type of the format, and the dtype to read it as.
struct StoredDtype {
  const char* name;
  Index size;
  Dtype dtype;                                                            ///< the dtype after
                                                                          ///< reading
  void (*decode)(const std::byte* in, Index count, std::byte* out) = {};  ///< null: copy the bytes
};

/// In the format's order, by growing alignment. A bool is decoded because its byte may be neither 0
/// nor 1.
inline constexpr StoredDtype kStoredDtypes[] = {
    {"BOOL", 1, bool_, decode<std::uint8_t, bool>},
    {"U8", 1, uint8},
    {"I8", 1, int64, decode<std::int8_t, std::int64_t>},
    {"I16", 2, int64, decode<std::int16_t, std::int64_t>},
    {"U16", 2, int64, decode<std::uint16_t, std::int64_t>},
    {"F16", 2, float32, decode<Float16, float>},
    {"BF16", 2, float32, decode<BFloat16, float>},
    {"I32", 4, int64, decode<std::int32_t, std::int64_t>},
    {"U32", 4, int64, decode<std::uint32_t, std::int64_t>},
    {"F32", 4, float32},
    {"F64", 8, float64},
    {"I64", 8, int64},
};

/// The stored type with the same bytes as a dtype.
constexpr const StoredDtype& stored_dtype(Dtype dtype) {
  constexpr std::size_t rows[] = {0, 1, 11, 9, 10};
  return kStoredDtypes[rows[static_cast<std::size_t>(dtype)]];
}

/// One tensor of a file. Offsets count from the first byte after the header.
struct StoredTensor {
  std::string name;
  const StoredDtype* dtype;
  Shape shape;
  std::uint64_t begin, end;
  std::string left_out =
      {};  ///< why it was skipped, "" if it was not; if skipped, it has no dtype and shape
};

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  ///< in the order of their bytes
  Metadata metadata;
};

/// Reads one file's header and checks it against every rule.
class HeaderReader {
 public:
  HeaderReader(const Op& op, const std::string& path, bool skip_unreadable)
      : op_(op), path_(path), skip_unreadable_(skip_unreadable) {}

  SafetensorsHeader read(const std::string& text, std::uint64_t buffer_bytes) const {
    check<IoError>(text.starts_with('{'), op_, path_,
                   ": is not a safetensors file: its header must begin with '{'");
    check<IoError>(text.find('\0') == std::string::npos, op_, path_,
                   ": its header is not JSON: it holds a NUL byte");
    const Json root = JsonReader(op_, path_ + ": its header", text).read();
    SafetensorsHeader header;
    std::vector<StoredTensor> tensors;
    std::vector<std::array<std::uint64_t, 3>> order;  // begin, end, index in `tensors`
    for (std::size_t i = 0; i < root.items.size(); ++i) {
      const std::string& name = root.names[i];
      const Json& value = root.items[i];
      if (name == kMetadataKey) {
        header.metadata = metadata(value);
      } else {
        tensors.push_back(tensor(name, value));
        order.push_back({tensors.back().begin, tensors.back().end, order.size()});
      }
    }
    std::sort(order.begin(), order.end());
    for (const auto& [begin, end, number] : order) header.tensors.push_back(tensors[number]);
    check_tiling(header.tensors, buffer_bytes);
    return header;
  }

 private:
  Metadata metadata(const Json& value) const {
    Metadata out;
    if (value.kind == Json::kNull) return out;
    check<IoError>(value.kind == Json::kObject, op_, path_, ": ", kMetadataKey,
                   " must be an object");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      check<IoError>(value.items[i].kind == Json::kString, op_, path_, ": ", kMetadataKey,
                     " entry ", json_quote(value.names[i]), " must be a string");
      out.emplace(value.names[i], value.items[i].text);
    }
    return out;
  }

  StoredTensor tensor(const std::string& name, const Json& value) const {
    const std::string where = path_ + ": tensor " + json_quote(name);
    const auto field = [&](const char* key, Json::Kind kind) -> const Json& {
      const Json* const found = value.find(key);
      check<IoError>(found, op_, where, ": has no ", key);
      check<IoError>(found->kind == kind, op_, where, ": ", key, " must be ",
                     kind == Json::kArray ? "an array" : "a string");
      return *found;
    };
    const auto whole = [&](const char* key, const Json& json) {
      const std::optional<std::uint64_t> number = json.whole();
      check<IoError>(number.has_value(), op_, where, ": ", key,
                     " must hold whole numbers from 0 to 2^64 - 1");
      return *number;
    };

    const std::string& dtype_name = field("dtype", Json::kString).text;
    const StoredDtype* const dtype = find_dtype(dtype_name);
    const std::vector<Json>& sizes = field("shape", Json::kArray).items;
    const std::vector<Json>& offsets = field("data_offsets", Json::kArray).items;
    check<IoError>(offsets.size() == 2, op_, where, ": data_offsets must be [begin, end]");
    const std::uint64_t begin = whole("data_offsets", offsets[0]);
    const std::uint64_t end = whole("data_offsets", offsets[1]);
    if (!dtype || sizes.size() > kMaxRank) {
      check<IoError>(begin <= end, op_, where, ": data_offsets [", begin, ", ", end,
                     "] must not fall");
      return {name, nullptr, {}, begin, end, unreadable(where, dtype, dtype_name, sizes.size())};
    }
    constexpr std::uint64_t limit = std::numeric_limits<Index>::max() / 16;
    Shape shape;
    std::uint64_t count = 1;
    for (const Json& number : sizes) {
      const std::uint64_t size = whole("shape", number);
      check<IoError>(size <= limit && (size == 0 || count <= limit / size), op_, where,
                     ": its shape, with sizes ", shape, " and ", size, ", has too many elements");
      count *= size;
      shape.push_back(static_cast<Index>(size));
    }
    const std::uint64_t bytes = count * static_cast<std::uint64_t>(dtype->size);
    check<IoError>(begin <= end && end - begin == bytes, op_, where, ": data_offsets [", begin,
                   ", ", end, "] must span ", bytes, " bytes, the size of ", dtype->name, " ",
                   shape);
    return {name, dtype, shape, begin, end};
  }

  static const StoredDtype* find_dtype(const std::string& name) {
    for (const StoredDtype& dtype : kStoredDtypes)
      if (name == dtype.name) return &dtype;
    return nullptr;
  }

  /// Why a tensor must be skipped, if the options allow it; otherwise "".
  std::string unreadable(const std::string& where, const StoredDtype* dtype,
                         const std::string& dtype_name, std::size_t dims) const {
    constexpr const char* way_out = "; {.skip_unreadable = true} leaves such tensors out";
    std::string known;
    for (const StoredDtype& one : kStoredDtypes)
      known += str_cat(known.empty() ? "" : ", ", one.name);
    check<IoError>(dtype || skip_unreadable_, op_, where, ": dtype ", json_quote(dtype_name),
                   " cannot be read; it must be one of ", known, way_out);
    check<IoError>(!dtype || skip_unreadable_, op_, where, ": has ", dims, " dims; at most ",
                   kMaxRank, " can be held", way_out);
    return dtype ? str_cat(dims, " dims") : str_cat("dtype ", dtype_name);
  }

  // No gaps, overlaps or rest: each tensor begins at the end of the previous one.
  void check_tiling(const std::vector<StoredTensor>& tensors, std::uint64_t buffer_bytes) const {
    std::uint64_t end = 0;
    for (const StoredTensor& tensor : tensors) {
      check<IoError>(tensor.begin == end, op_, path_, ": tensor ", json_quote(tensor.name),
                     ": begins at byte ", tensor.begin, " of the data; it must begin at ", end,
                     ", where the tensor before it ends");
      end = tensor.end;
    }
    check<IoError>(end == buffer_bytes, op_, path_, ": its header describes ", end,
                   " bytes of data, but ", buffer_bytes, " follow; the file is ",
                   end > buffer_bytes ? "truncated" : "too long", " or its header is wrong");
  }

  Op op_;
  std::string path_;
  bool skip_unreadable_;
};

/// The header as compact JSON, padded with spaces to a multiple of 8.
inline std::string header_text(const Op& op, const SafetensorsHeader& header) {
  const auto string = [&](const char* what, const std::string& text) {
    check<ValueError>(is_utf8(text), op, what, " ", json_quote(text), " is not UTF-8");
    return json_quote(text);
  };
  std::string text = "{", comma;
  if (!header.metadata.empty()) {
    for (const auto& [key, value] : header.metadata)
      text += std::exchange(comma, ",") + string("metadata key", key) + ":" +
              string("metadata value", value);
    text.insert(1, str_cat('"', kMetadataKey, "\":{")) += "}";
  }
  for (const StoredTensor& tensor : header.tensors) {
    std::string sizes;
    for (const Index size : tensor.shape) sizes += str_cat(sizes.empty() ? "" : ",", size);
    text += std::exchange(comma, ",") + string("tensor name", tensor.name) +
            str_cat(":{\"dtype\":\"", tensor.dtype->name, "\",\"shape\":[", sizes,
                    "],\"data_offsets\":[", tensor.begin, ",", tensor.end, "]}");
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  check<ValueError>(text.size() <= kMaxHeaderBytes, op, "the header would have ", text.size(),
                    " bytes; at most ", kMaxHeaderBytes, " are allowed");
  return text;
}

}  // namespace detail
}  // namespace tinygrad
