// SPDX-License-Identifier: MIT
// Tests that a result too large for the machine, or a size too large to count, is an error that
// names the op, and that the library works after it.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstdio>

#include "support/messages.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;

namespace {

constexpr Index kMega = Index{1} << 20, kTera = Index{1} << 40, kExa = Index{1} << 60;

/// While it lives, the process may map no more than `bytes` beyond what it has mapped.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(rlim_t bytes) {
    getrlimit(RLIMIT_AS, &before_);
    unsigned long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
      set_ = std::fscanf(file, "%lu", &pages) == 1;
      std::fclose(file);
    }
    rlimit limit = before_;
    limit.rlim_cur = pages * 4096 + bytes;
    set_ = set_ && setrlimit(RLIMIT_AS, &limit) == 0;
  }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
  bool set() const { return set_; }

 private:
  rlimit before_{};
  bool set_ = false;
};

/// The message of f's OutOfMemoryError, which must leave nothing behind.
template <class F> std::string out_of_memory(F f) {
  const std::size_t live = Pool::instance().stats().live_bytes;
  std::string message = message_of<OutOfMemoryError>(f);
  CHECK(Pool::instance().stats().live_bytes == live);
  return message;
}

void check_that_it_works() {
  Tensor a = ones({2, 3});
  a.requires_grad_();
  sum(matmul(a, transpose(a, 0, 1)) + 1).backward();
  CHECK(a.grad().array().at(5) == 4);
}

}  // namespace

TEST_CASE("results of terabytes are errors with the op and the bytes") {
  Tensor column = zeros({kMega, 1}), row = zeros({1, kMega});
  const std::string wanted =
      "out of memory: " + std::to_string(4 * kTera + 64) + " bytes were asked for";
  CHECK(contains(out_of_memory([&] { column + row; }), "[add] " + wanted));
  CHECK(contains(out_of_memory([&] { matmul(column, row); }), "[matmul] " + wanted));
  column.requires_grad_();  // recorded or not
  CHECK(contains(out_of_memory([&] { column + row; }), "[add] " + wanted));
  CHECK(contains(out_of_memory([&] { matmul(column, row); }), "[matmul] " + wanted));
  CHECK(contains(out_of_memory([&] { zeros({kTera}); }), "[zeros] " + wanted));
  check_that_it_works();
}

TEST_CASE("where the system gives no more memory, the op that asked is named") {
  if (!Pool::instance().reuses()) return;  // sanitizers need address space of their own
  const Tensor column = zeros({30000, 1}), row = zeros({1, 30000});
  const Tensor image = zeros({1, 1, 1, 1}), weight = ones({1, 1, 3, 3});
  check_that_it_works();
  Pool::instance().release_cached();
  const AddressSpaceLimit limit(std::size_t{1} << 29);
  if (!limit.set()) return;
  const std::string wanted = "out of memory: 3600000064 bytes were asked for";
  CHECK(contains(out_of_memory([&] { column + row; }), "[add] " + wanted));
  CHECK(contains(out_of_memory([&] { matmul(column, row); }), "[matmul] " + wanted));
  CHECK(contains(out_of_memory([&] { conv2d(image, weight, {}, {.padding = 15000}); }),
                 "[conv2d] out of memory: 3599760068 bytes"));
  check_that_it_works();
}

TEST_CASE("sizes that no integer can count are errors, not smaller sizes") {
  const Tensor x = zeros({4}), image = zeros({1, 1, 4, 4}), weight = zeros({1, 1, 3, 3});
  const auto shape_error = [](auto f) { return message_of<ShapeError>(f); };
  const auto value_error = [](auto f) { return message_of<ValueError>(f); };
  CHECK(contains(shape_error([] { zeros({kTera, kTera}); }), "has too many elements"));
  CHECK(contains(shape_error([&] { reshape(zeros({0}), {kTera, kTera}); }), "too many elements"));
  CHECK(contains(shape_error([&] { broadcast_to(zeros({1, 1}), {kTera, kTera}); }), "too many"));
  CHECK(contains(shape_error([&] { repeat(x, {kExa * 4}); }), "[repeat]"));
  CHECK(contains(shape_error([&] { pad(x, {kExa * 4, kExa * 4}); }), "[pad] padding="));
  CHECK(contains(shape_error([&] { pad(x, {kExa, kExa}); }), "[pad]"));
  CHECK(contains(shape_error([] { arange(0, 1e300); }), "too many"));
  CHECK(contains(shape_error([&] { conv2d(image, weight, {}, {.padding = kMega * 1000}); }),
                 "[conv2d]"));
  for (const Index n : {kTera, kExa * 4}) {
    CHECK(contains(value_error([&] { conv2d(image, weight, {}, {.padding = n}); }), "padding="));
    CHECK(contains(value_error([&] { conv2d(image, weight, {}, {.dilation = n}); }), "dilation="));
    CHECK(contains(value_error([&] { conv2d(image, weight, {}, {.stride = n}); }), "stride="));
    CHECK(contains(value_error([&] { max_pool2d(image, 2, {.stride = n}); }), "stride="));
  }
  check_that_it_works();
}
