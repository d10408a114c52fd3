// SPDX-License-Identifier: MIT
// Workloads of workloads.cpp that measure the machine: copying bytes and multiplying matrices, with
// all memory allocated before. An operation is reported as a fraction of the limit that bounds it.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/random/fill.hpp"
#include "workload.hpp"

namespace bench {

/// Copies all of `from` to `to`, shared out over the threads.
inline void copy_in_parallel(const Array& from, const Array& to) {
  const std::byte* in = from.raw();
  std::byte* out = to.raw();
  parallel_for(static_cast<Index>(from.bytes()), 1 << 16, [&](Index begin, Index end) {
    std::memcpy(out + begin, in + begin, static_cast<std::size_t>(end - begin));
  });
}

/// A copy that reads and writes `bytes` in all: limit/copy/BYTES.
inline std::shared_ptr<const Workload> copy_limit(Index bytes) {
  const auto make = [bytes]() -> Step {
    const Array from = Array::full({bytes / 8}, 1.0, float32);  // half is read, half is written
    const Array to = Array::full({bytes / 8}, 0.0, float32);
    return [from, to] { copy_in_parallel(from, to); };
  };
  return std::make_shared<Workload>(Workload{"limit/copy/" + std::to_string(bytes), make, {}});
}

/// `count` products (m, k)·(k, n), with an operand read transposed where it is so in the step.
struct Product {
  Index m, n, k;
  bool transposed_a = false, transposed_b = false;
  Index count = 1;
};

/// The products bare, one after the other: a single one on all threads, many of a kind each on one.
inline std::shared_ptr<const Workload> sgemm_limit(const std::string& name,
                                                   std::vector<Product> products) {
  struct Operands {
    Product p;
    Array a, b, c;

    explicit Operands(const Product& product) : p(product) {
      Generator generator(1);
      a = kernels::normal({p.count * p.m * p.k}, float32, 0, 1, generator);
      b = kernels::normal({p.count * p.k * p.n}, float32, 0, 1, generator);
      c = kernels::normal({p.count * p.m * p.n}, float32, 0, 1, generator);
    }
    kernels::Matrix<float> left(Index i) const {
      return {a.data<float>() + i * p.m * p.k, p.transposed_a ? p.m : p.k, p.transposed_a};
    }
    kernels::Matrix<float> right(Index i) const {
      return {b.data<float>() + i * p.k * p.n, p.transposed_b ? p.k : p.n, p.transposed_b};
    }
    void multiply() const {
      float* y = c.data<float>();
      if (p.count == 1) return kernels::gemm(p.m, p.n, p.k, 1.0F, left(0), right(0), 0.0F, y, p.n);
      const kernels::BlasScope blas;
      parallel_for(p.count, 1, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i)
          kernels::gemm_serial(blas, p.m, p.n, p.k, 1.0F, left(i), right(i), 0.0F,
                               y + i * p.m * p.n, p.n);
      });
    }
  };
  const auto make = [products = std::move(products)]() -> Step {
    const std::vector<Operands> all(products.begin(), products.end());
    return [all] {
      for (const Operands& operands : all) operands.multiply();
    };
  };
  return std::make_shared<Workload>(Workload{"limit/sgemm/" + name, make, {}});
}

}  // namespace bench
