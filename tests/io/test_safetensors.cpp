// SPDX-License-Identifier: MIT
// Tests of io/safetensors.hpp: bytes, dtypes, the rules of the header, damaged files.
#include <doctest/doctest.h>

#include <cmath>

#include "support/files.hpp"
#include "tinygrad/io/safetensors.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;
using support::read_back;

namespace {

template <class T> std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string file_bytes(const std::string& header, const std::string& data = "") {
  return bytes_of<std::uint64_t>({header.size()}) + header + data;
}

/// A header of one tensor "w".
std::string header_of(const std::string& dtype, const std::string& shape,
                      const std::string& offsets) {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

Safetensors load(const std::string& bytes, const LoadOptions& options = {}) {
  const support::TemporaryFolder folder;
  return load_safetensors(folder.write("f", bytes), options);
}

/// What loading such a file complains of.
std::string error_of(const std::string& bytes) {
  return message_of<IoError>([&] { load(bytes); });
}

template <class T> std::vector<T> elements_of(const Array& array) {
  return std::vector<T>(array.data<T>(), array.data<T>() + array.count());
}

}  // namespace

TEST_CASE("the bytes of a small file are those of the format's example") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("w");
  save_safetensors(path, {{"w", Array::from<float>({1, 2}, float32)}}, {});
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  CHECK(read_back(path) == file_bytes(header + "  ", bytes_of<float>({1, 2})));
  CHECK(read_back(path).size() == 72);
}

TEST_CASE("the metadata come first, then the widest types, then the names in order") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("f");
  save_safetensors(path, {{"b", Array::zeros({1}, float32)},
                          {"a", Array::zeros({1}, float32)},
                          {"c", Array::zeros({1}, float64)},
                          {"d", Array::zeros({1}, bool_)},
                          {"e", Array::zeros({}, int64)},
                          {"f", Array::zeros({0, 2}, uint8)}});
  const std::string text = read_back(path).substr(8);
  CHECK(text.starts_with(
      R"({"__metadata__":{"format":"pt"},"e":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("c":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},)"
      R"("a":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},)"
      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[20,24]},)"
      R"("f":{"dtype":"U8","shape":[0,2],"data_offsets":[24,24]},)"
      R"("d":{"dtype":"BOOL","shape":[1],"data_offsets":[24,25]}})"));
}

TEST_CASE("arrays of every dtype, names of every kind and metadata come back as they were") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("f");
  const NamedArrays saved = {{"fc1.weight", Array::from<double>({1.5, -2, 3e30}, float32)},
                             {"scalar", Array::full({}, 7, int64)},
                             {"", Array::full({2, 0, 3}, 0, float64)},
                             {"Größe \"x\"\n\\", Array::from<int>({1, 0, 1}, bool_)},
                             {"bytes", Array::from<int>({0, 255}, uint8)}};
  const Metadata metadata = {{"note", "line\nbreak"}, {"format", "pt"}};
  save_safetensors(path, saved, metadata);
  const Safetensors loaded = load_safetensors(path);
  CHECK(loaded.metadata == metadata);
  REQUIRE(loaded.tensors.size() == saved.size());
  for (const auto& [name, array] : saved) {
    const Array& other = loaded.tensors.at(name);
    CHECK(other.dtype() == array.dtype());
    CHECK(other.shape() == array.shape());
    CHECK(std::memcmp(other.raw(), array.raw(), array.bytes()) == 0);
  }
}

TEST_CASE("half precision is read as float32, exactly, special values included") {
  const auto half = bytes_of<std::uint16_t>(
      {0x0000, 0x8000, 0x3C00, 0xC000, 0x7BFF, 0x0001, 0x03FF, 0x0400, 0x7C00, 0xFC00, 0x7E00});
  const Array x = load(file_bytes(header_of("F16", "[11]", "[0,22]"), half)).tensors.at("w");
  const auto v = elements_of<float>(x);
  CHECK(v[0] == 0);
  CHECK(std::signbit(v[1]));
  CHECK(std::vector<float>(v.begin() + 2, v.begin() + 10) ==
        std::vector<float>{1, -2, 65504, 0x1p-24F, 0x3FFp-24F, 0x1p-14F, INFINITY, -INFINITY});
  CHECK(std::isnan(v[10]));

  const auto brain = bytes_of<std::uint16_t>({0x3F80, 0xC040, 0x7F80});
  const Array y = load(file_bytes(header_of("BF16", "[3]", "[0,6]"), brain)).tensors.at("w");
  CHECK(elements_of<float>(y) == std::vector<float>{1, -3, INFINITY});
}

TEST_CASE("the integers this library has not are read as int64, and any byte is a bool") {
  const auto check_ints = [](const std::string& dtype, const std::string& bytes,
                             const std::vector<Index>& expected) {
    const auto size = std::to_string(bytes.size()), n = std::to_string(expected.size());
    const Array x = load(file_bytes(header_of(dtype, "[" + n + "]", "[0," + size + "]"), bytes))
                        .tensors.at("w");
    CHECK(elements_of<Index>(x) == expected);
  };
  check_ints("I8", bytes_of<std::int8_t>({-128, 127}), {-128, 127});
  check_ints("I16", bytes_of<std::int16_t>({-32768, 5}), {-32768, 5});
  check_ints("U16", bytes_of<std::uint16_t>({65535, 5}), {65535, 5});
  check_ints("I32", bytes_of<std::int32_t>({-2147483647, 5}), {-2147483647, 5});
  check_ints("U32", bytes_of<std::uint32_t>({4294967295, 5}), {4294967295, 5});
  const Array b =
      load(file_bytes(header_of("BOOL", "[3]", "[0,3]"), "\x01\x07" + std::string(1, 0)))
          .tensors.at("w");
  CHECK(elements_of<bool>(b) == std::vector<bool>{true, true, false});
}

TEST_CASE("dtypes that are not held are refused by name, or left out and listed on request") {
  const std::string file =
      file_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                 R"("eight":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[4,7]},)"
                 R"("four":{"dtype":"F4","shape":[4],"data_offsets":[7,9]},)"
                 R"("next":{"dtype":"OF_LATER","shape":[],"data_offsets":[9,20]},)"
                 R"("none":{"dtype":"C64","shape":[0],"data_offsets":[20,20]},)"
                 R"("nine":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[20,21]},)"
                 R"("u":{"dtype":"U64","shape":[1],"data_offsets":[21,29]},)"
                 R"("z":{"dtype":"I32","shape":[2],"data_offsets":[29,37]}})",
                 bytes_of<float>({1.5}) + std::string(25, 'x') + bytes_of<std::int32_t>({7, -8}));
  CHECK(contains(error_of(file),
                 R"(/f: tensor "eight": dtype "F8_E4M3" cannot be read; it must be )"
                 "one of BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64; "
                 "{.skip_unreadable = true} leaves such tensors out"));
  const Safetensors loaded = load(file, {.skip_unreadable = true});
  REQUIRE(loaded.tensors.size() == 2);
  CHECK(elements_of<float>(loaded.tensors.at("a")) == std::vector<float>{1.5});
  CHECK(elements_of<Index>(loaded.tensors.at("z")) == std::vector<Index>{7, -8});
  CHECK(loaded.left_out == std::map<std::string, std::string>{{"eight", "dtype F8_E4M3"},
                                                              {"four", "dtype F4"},
                                                              {"next", "dtype OF_LATER"},
                                                              {"none", "dtype C64"},
                                                              {"nine", "9 dims"},
                                                              {"u", "dtype U64"}});
  CHECK(load(file_bytes("{}"), {.skip_unreadable = true}).left_out.empty());

  // What is left out must lie where it says all the same.
  const auto error = [](const std::string& offsets) {
    return message_of<IoError>([&] {
      load(file_bytes(header_of("F8_E4M3", "[3]", offsets), "123"), {.skip_unreadable = true});
    });
  };
  CHECK(contains(error("[0,4]"), "the file is truncated"));
  CHECK(contains(error("[0,2]"), "too long"));
  CHECK(contains(error("[3,0]"), "data_offsets [3, 0] must not fall"));
  CHECK(contains(error("[1,3]"), R"(tensor "w": begins at byte 1)"));
}

TEST_CASE("decoding works across the edges of its buffer") {
  std::vector<std::int16_t> stored(100001);
  for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<std::int16_t>(i % 30011);
  const Array x = load(file_bytes(header_of("I16", "[100001]", "[0,200002]"), bytes_of(stored)))
                      .tensors.at("w");
  bool same = true;
  for (std::size_t i = 0; i < stored.size(); ++i)
    same = same && x.at<Index>(static_cast<Index>(i)) == stored[i];
  CHECK(same);
}

TEST_CASE("what the reference reader accepts is accepted") {
  const std::string data(4, '\0');
  const std::string w = R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK(load(file_bytes("{}")).tensors.empty());
  CHECK(load(file_bytes("{" + w + "}\n\t ", data)).tensors.size() == 1);
  CHECK(load(file_bytes(R"({"__metadata__":null,)" + w + "}", data)).metadata.empty());
  CHECK(load(file_bytes(R"({"w":{"more":{"x":[1]},"shape":[],"dtype":"F32","data_offsets":[0,4]}})",
                        data))
            .tensors.at("w")
            .rank() == 0);
  CHECK(load(file_bytes(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)" + w +
                            R"(,"z":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]}})",
                        data))
            .tensors.size() == 3);
}

TEST_CASE("a file with a wrong prefix is refused") {
  CHECK(contains(error_of("1234567"), "it has 7 bytes, fewer than the 8"));
  CHECK(
      contains(error_of(bytes_of<std::uint64_t>({100'000'001})), "at most 100000000 are allowed"));
  CHECK(contains(error_of("<!DOCTYPE html><html>"), "is it a safetensors file?"));
  CHECK(contains(error_of(bytes_of<std::uint64_t>({99}) + "{}"),
                 "its header would have 99 bytes, but only 2 follow; the file is truncated"));
}

TEST_CASE("a header that is not a JSON object of distinct names is refused") {
  CHECK(contains(error_of(file_bytes("")), "must begin with '{'"));
  CHECK(contains(error_of(file_bytes("[]")), "must begin with '{'"));
  CHECK(contains(error_of(file_bytes("\xEF\xBB\xBF{}")), "must begin with '{'"));
  CHECK(contains(error_of(file_bytes("{")), "not valid JSON"));
  CHECK(contains(error_of(file_bytes("{}x")), "not valid JSON in UTF-8: wrong at byte 3"));
  CHECK(contains(error_of(file_bytes("{}" + std::string(6, '\0'))), "NUL byte"));
  CHECK(contains(error_of(file_bytes("{\"\xFF\":1}")), "not valid JSON"));
  CHECK(contains(error_of(file_bytes(R"({"w":{"shape":[1e999]}})")), "not valid JSON"));
  CHECK(contains(error_of(file_bytes(R"({"a":1,"a":2})")), R"(its header names "a" twice)"));
  CHECK(contains(error_of(file_bytes(R"({"a":{"dtype":"F32","dtype":"F32"}})")), "twice"));
  CHECK(contains(error_of(file_bytes("{\"a\":" + std::string(100000, '['))), "nests more than"));
  CHECK(contains(error_of(file_bytes(R"({"__metadata__":1})")), "must be an object"));
  CHECK(contains(error_of(file_bytes(R"({"__metadata__":{"a":1}})")),
                 R"(__metadata__ entry "a" must be a string)"));
}

TEST_CASE("a tensor that is described wrongly is named, with the rule") {
  const std::string data(8, '\0');
  const auto error = [&](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return error_of(file_bytes(header_of(dtype, shape, offsets), data));
  };
  CHECK(contains(error("F7", "[2]", "[0,8]"),
                 R"(/f: tensor "w": dtype "F7" cannot be read; it must be one of BOOL, U8,)"));
  CHECK(contains(error("F32", "[3]", "[0,8]"),
                 R"(tensor "w": data_offsets [0, 8] must span 12 bytes, the size of F32 (3))"));
  CHECK(contains(error("F32", "[2]", "[8,0]"), "must span 8 bytes"));
  CHECK(contains(error("F32", "[2.0]", "[0,8]"), "shape must hold whole numbers"));
  CHECK(contains(error("F32", "[-2]", "[0,8]"), "shape must hold whole numbers"));
  CHECK(contains(error("F32", "[2]", "[-0.5,8]"), "data_offsets must hold whole numbers"));
  CHECK(contains(error("F32", "[2]", "[0,8,8]"), "data_offsets must be [begin, end]"));
  CHECK(contains(error("F32", "2", "[0,8]"), "shape must be an array"));
  CHECK(contains(error("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "at most 8 can be held"));
  CHECK(contains(error("F32", "[4294967296,4294967296]", "[0,8]"), "too many elements"));
  CHECK(contains(error("F32", "[18446744073709551615,2]", "[0,8]"), "too many elements"));
  CHECK(contains(error("F32", "[4611686018427387904,4,0]", "[0,8]"), "too many elements"));
  CHECK(contains(error("F32", "[2]", "[18446744073709551612,4]"), "must span 8 bytes"));
  CHECK(contains(error_of(file_bytes(R"({"w":{"dtype":"F32","shape":[]}})")),
                 R"(tensor "w": has no data_offsets)"));
  CHECK(contains(error_of(file_bytes(R"({"w":["F32",[],[0,4]]})")), R"(tensor "w": has no dtype)"));
}

TEST_CASE("tensors must cover the data without gap, overlap or rest") {
  const std::string data(8, '\0');
  const auto two = [&](const std::string& a, const std::string& b) {
    return error_of(file_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + a +
                                   R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + b + "}}",
                               data));
  };
  CHECK(contains(two("[0,4]", "[5,9]"),
                 R"(tensor "b": begins at byte 5 of the data; it must begin)"));
  CHECK(contains(two("[0,4]", "[0,4]"), "must begin at 4, where the tensor before it ends"));
  CHECK(contains(two("[4,8]", "[8,12]"), R"(tensor "a": begins at byte 4)"));
  CHECK(contains(error_of(file_bytes(header_of("F32", "[1]", "[0,4]"), data)),
                 "describes 4 bytes of data, but 8 follow; the file is too long"));
  CHECK(contains(error_of(file_bytes(header_of("F32", "[4]", "[0,16]"), data)), "truncated"));
}

TEST_CASE("nothing is written for arrays or names the format cannot hold") {
  const support::TemporaryFolder folder;
  const auto error = [&](const NamedArrays& arrays, const Metadata& metadata = {}) {
    return message_of<ValueError>([&] { save_safetensors(folder.file("f"), arrays, metadata); });
  };
  const Array one = Array::zeros({1}, float32);
  CHECK(contains(error({{"w", Array()}}), "tensor w is undefined"));
  CHECK(contains(error({{"__metadata__", one}}), "no tensor may be named __metadata__"));
  CHECK(contains(error({{"\xFF", one}}), "is not UTF-8"));
  CHECK(contains(error({}, {{"a", "\xC3"}}), "metadata value"));
  CHECK(folder.count() == 0);
  CHECK(contains(message_of<IoError>([&] {
                   save_safetensors(folder.file("no/f"), {{"w", one}});
                 }),
                 "[save_safetensors] " + folder.file("no/f") + ": cannot write: the folder "));
}

TEST_CASE("a file damaged at random loads or is refused, and never does anything else") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("f");
  save_safetensors(path, {{"fc1.weight", Array::zeros({3, 2}, float32)},
                          {"fc1.bias", Array::zeros({3}, float64)},
                          {"steps", Array::zeros({}, int64)},
                          {"mask", Array::zeros({5}, bool_)}});
  const std::string good = read_back(path);
  const std::size_t header_end = good.find("   ", 8);
  std::uint32_t state = 1;
  const auto random = [&](std::size_t n) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
  };
  int loaded = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bad = good;
    for (std::size_t flips = 1 + random(3); flips > 0; --flips)
      bad[random(round % 2 ? header_end : bad.size())] ^= static_cast<char>(1U << random(8));
    if (round % 5 == 0) bad.resize(random(bad.size() + 1));
    if (round % 7 == 0) bad.append(random(9), '\0');
    folder.write("f", bad);
    try {
      load_safetensors(path);
      ++loaded;
    } catch (const IoError& error) {
      ++refused;
      if (!contains(error.what(), path)) FAIL_CHECK("no file name in: " << error.what());
    }
  }
  CHECK(loaded > 100);
  CHECK(refused > 2000);
}
