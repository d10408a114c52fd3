// SPDX-License-Identifier: MIT
// Reads and writes safetensors files: 8 bytes little-endian length of the header, the header, the
// bytes of the tensors. PyTorch and the Python package safetensors exchange these files.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/file.hpp"
#include "tinygrad/io/safetensors_header.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Arrays by name, as in "fc1.weight".
using NamedArrays = std::map<std::string, Array>;

/// The content of a safetensors file.
struct Safetensors {
  NamedArrays tensors;
  Metadata metadata;
  std::map<std::string, std::string> left_out = {};  ///< name → reason: "dtype F8_E4M3"
};

struct LoadOptions {
  /// Skip tensors with an unsupported dtype or more than 8 dims, and list them in left_out.
  bool skip_unreadable = false;
};

namespace detail {

/// Reads the next tensor of the file with one allocation. Data that need decoding pass through a
/// small buffer.
inline Array read_tensor(const Op& op, InputFile& file, const StoredTensor& tensor) {
  const Array out = Array::empty(tensor.shape, tensor.dtype->dtype, op);
  if (!tensor.dtype->decode) {
    file.read(out.raw(), static_cast<Index>(out.bytes()));
    return out;
  }
  std::array<std::byte, 1 << 16> buffer;
  const Index most = static_cast<Index>(buffer.size()) / tensor.dtype->size;
  const auto out_size = static_cast<Index>(size_of(out.dtype()));
  for (Index done = 0; done < out.count(); done += most) {
    const Index count = std::min(most, out.count() - done);
    file.read(buffer.data(), count * tensor.dtype->size);
    tensor.dtype->decode(buffer.data(), count, out.raw() + done * out_size);
  }
  return out;
}

}  // namespace detail

/// Writes the tensors to `path`, completely or not at all, with the same bytes as the reference
/// writer.
/// Throws  ValueError for an undefined tensor, the name "__metadata__", or text that is not UTF-8;
///         IoError if the file cannot be written
inline void save_safetensors(const std::string& path, const NamedArrays& tensors,
                             const Metadata& metadata = {{"format", "pt"}},
                             const SaveOptions& save = {}, At at = At::here()) {
  const Op op{"save_safetensors", at};
  detail::SafetensorsHeader header{{}, metadata};
  for (const auto& [name, array] : tensors) {
    check<ValueError>(array.defined(), op, path, ": tensor ", name, " is undefined");
    check<ValueError>(name != detail::kMetadataKey, op, path, ": no tensor may be named ", name);
  }
  // The widest dtype first, so that every tensor is aligned. Tensors of equal width in order of
  // names.
  std::uint64_t end = 0;
  for (std::size_t k = std::size(detail::kStoredDtypes); k > 0; --k)
    for (const auto& [name, array] : tensors) {
      const detail::StoredDtype& dtype = detail::stored_dtype(array.dtype());
      if (&dtype != &detail::kStoredDtypes[k - 1]) continue;
      const std::uint64_t begin = std::exchange(end, end + array.bytes());
      header.tensors.push_back({name, &dtype, array.shape(), begin, end});
    }

  const std::string text = detail::header_text(op, header);
  const std::uint64_t length = text.size();
  AtomicFile file(op, path, save);
  file.write(&length, sizeof length);
  file.write(text);
  for (const auto& tensor : header.tensors) {
    const Array& array = tensors.at(tensor.name);
    file.write(array.raw(), array.bytes());
  }
  file.commit();
}

/// Reads every tensor of a file. F16 and BF16 become float32; I8, I16, I32, U16 and U32 become
/// int64, all exactly. BOOL, U8, I64, F32 and F64 keep their type. Other types are an error unless
/// the options skip them. The file is checked as by the reference reader. In addition, names must
/// differ, the header must begin with '{', and a tensor has at most 8 dims.
/// Throws  IoError with the file, the tensor and the rule
inline Safetensors load_safetensors(const std::string& path, const LoadOptions& options = {},
                                    At at = At::here()) {
  const Op op{"load_safetensors", at};
  InputFile file(op, path);
  std::uint64_t length = 0;
  constexpr Index prefix = sizeof length;
  check<IoError>(file.size() >= prefix, op, path, ": is not a safetensors file: it has ",
                 file.size(), " bytes, fewer than the 8 that say the header's length");
  file.read(&length, prefix);
  check<IoError>(length <= detail::kMaxHeaderBytes, op, path, ": its header would have ", length,
                 " bytes; at most ", detail::kMaxHeaderBytes,
                 " are allowed; is it a safetensors file?");
  const Index rest = file.size() - prefix;
  check<IoError>(static_cast<Index>(length) <= rest, op, path, ": its header would have ", length,
                 " bytes, but only ", rest, " follow; the file is truncated");
  std::string text(length, ' ');
  file.read(text.data(), static_cast<Index>(length));

  auto header = detail::HeaderReader(op, path, options.skip_unreadable)
                    .read(text, static_cast<std::uint64_t>(rest) - length);
  Safetensors out{{}, std::move(header.metadata)};
  for (auto& tensor : header.tensors) {
    if (tensor.left_out.empty()) {
      out.tensors.emplace(tensor.name, detail::read_tensor(op, file, tensor));
    } else {
      file.skip(static_cast<Index>(tensor.end - tensor.begin));
      out.left_out.emplace(tensor.name, std::move(tensor.left_out));
    }
  }
  return out;
}

}  // namespace tinygrad
