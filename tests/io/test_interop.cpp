// SPDX-License-Identifier: MIT
// Tests that the library and the Python package safetensors read each other's files, if Python has
// the package. TINYGRAD_PYTHON names the interpreter (default: python3).
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "support/files.hpp"
#include "tinygrad/io/safetensors.hpp"

using namespace tinygrad;

TEST_CASE("the reference implementation reads our files, writes the same bytes, and we read its") {
  const support::TemporaryFolder folder;
  const auto ours = folder.file("ours"), theirs = folder.file("theirs");
  save_safetensors(
      ours, {{"fc1.weight", Array::from<double>({1.5, -2, 3, 4, 5, 6}, float32).reshaped({2, 3})},
             {"double", Array::from<double>({1.0 / 3}, float64)},
             {"steps", Array::full({}, -7, int64)},
             {"pixels", Array::from<int>({0, 255, 3}, uint8)},
             {"mask", Array::from<int>({1, 0, 1}, bool_)},
             {"empty", Array::zeros({0, 2}, float32)}});

  const char* python = std::getenv("TINYGRAD_PYTHON");
  const int status = std::system(str_cat(python ? python : "python3", " '", TINYGRAD_SOURCE_DIR,
                                         "/tests/io/interop_safetensors.py' ", ours, ' ', theirs)
                                     .c_str());
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127) {
    MESSAGE("skipped: Python with numpy and safetensors was not found");
    return;
  }
  REQUIRE(WEXITSTATUS(status) == 0);

  const Safetensors file = load_safetensors(theirs);
  CHECK(file.metadata == Metadata{{"from", "numpy"}});
  REQUIRE(file.tensors.size() == 4);
  CHECK(file.tensors.at("half").dtype() == float32);
  CHECK(file.tensors.at("half").at(1) == -2.5);
  CHECK(file.tensors.at("half").at(2) == 65504);
  CHECK(file.tensors.at("int32").shape() == Shape{1, 2});
  CHECK(file.tensors.at("int32").at<Index>(0) == -5);
  CHECK(file.tensors.at("uint16").item<Index>() == 65535);
  CHECK(file.tensors.at("float").item<float>() == 0.1F);
}
