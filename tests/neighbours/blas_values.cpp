// SPDX-License-Identifier: MIT
// Checks the values of products, convolutions, factorisations and a training on N threads (its
// argument). Prints one line of bits for each, which must be the same for every number of threads.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

#include "expect.hpp"

using namespace tinygrad;

namespace {

/// FNV-1a over the bytes of many tensors.
class Bits {
 public:
  void add(const Tensor& x) {
    const Tensor values = to(x.detach(), float64);  // exact
    const auto* bytes = reinterpret_cast<const unsigned char*>(values.data<double>());
    for (Index i = 0; i < values.numel() * 8; ++i) hash_ = (hash_ ^ bytes[i]) * 1099511628211U;
  }
  void print(const char* name) const {
    std::printf("bits %s %016llx\n", name, static_cast<unsigned long long>(hash_));
  }

 private:
  std::uint64_t hash_ = 14695981039346656037U;
};

std::string named(Dtype dtype, const char* what) {
  return std::string(what) + (dtype == float32 ? " in float32" : " in float64");
}

/// True if a·b, summed one number after the other, differs from `product` by rounding alone.
bool is_product(const Tensor& product, const Tensor& a, const Tensor& b) {
  const Tensor x = to(a, float64), y = to(b, float64), z = to(product, float64);
  const Index m = a.shape()[0], k = a.shape()[1], n = b.shape()[1];
  const double eps = a.dtype() == float32 ? 1e-6 : 1e-15;
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (Index p = 0; p < k; ++p) {
        const double term = x.data<double>()[i * k + p] * y.data<double>()[p * n + j];
        sum += term;
        size += std::abs(term);
      }
      if (!(std::abs(z.data<double>()[i * n + j] - sum) <= 8 * eps * (size + 1))) return false;
    }
  }
  return true;
}

bool near(const Tensor& a, const Tensor& b) {
  const double tolerance = a.dtype() == float32 ? 2e-3 : 1e-9;
  return max(abs(a - b)).item() <= tolerance;  // false for NaN
}

void products(Dtype dtype) {
  Bits bits;
  const Index sizes[][3] = {{1, 1, 1},     {3, 5, 7},     {64, 128, 784}, {200, 200, 200},
                            {1, 513, 300}, {257, 1, 129}, {500, 33, 400}, {96, 640, 65}};
  for (const auto& [m, n, k] : sizes) {
    const Tensor a = randn({m, k}, dtype), b = randn({k, n}, dtype);
    const Tensor c = matmul(a, b);
    expect(is_product(c, a, b), named(dtype, "a product"));
    expect(near(matmul(transpose(b, 0, 1), transpose(a, 0, 1)), transpose(c, 0, 1)),
           named(dtype, "a transposed product"));
    bits.add(c);
  }
  const Tensor left = randn({500, 12, 20}, dtype), right = randn({500, 20, 16}, dtype);
  for (int round = 0; round < 4; ++round) {
    const Tensor many = bmm(left, right);
    Index wrong = 0;
    for (Index i = 0; i < 500; ++i)
      wrong += !is_product(select(many, 0, i), select(left, 0, i), select(right, 0, i));
    expect(wrong == 0, std::to_string(wrong) +
                           named(dtype, " of 500 products of one batch, product by product"));
    bits.add(many);
  }
  bits.print(named(dtype, "products").c_str());
}

void convolutions(Dtype dtype) {
  Bits bits;
  for (const Index kernel : {1, 3, 5, 7}) {
    const Tensor x = randn({4, 16, 20, 20}, dtype), w = randn({24, 16, kernel, kernel}, dtype);
    const auto with_gradient = [&] {
      Tensor weight = w.detach();
      weight.requires_grad_();
      const Tensor y = conv2d(x, weight, {}, {.padding = kernel / 2});
      sum(square(y)).backward();
      bits.add(y);
      bits.add(weight.grad());
      return y.detach() / 50;
    };
    const Tensor chosen = with_gradient();
    const kernels::ConvMethodGuard method(kernels::ConvMethod::kIm2col);
    expect(near(chosen, with_gradient()), named(dtype, "a convolution"));
  }
  bits.print(named(dtype, "convolutions").c_str());
}

void factorisations(Dtype dtype) {
  Bits bits;
  for (const Index n : {1, 8, 65, 200}) {
    const Tensor a = randn({3, n, n}, dtype) + eye(n, dtype) * static_cast<double>(n);
    const Tensor b = randn({3, n, 5}, dtype), at = transpose(a, 1, 2);
    const double scale = static_cast<double>(n) * static_cast<double>(n);
    const Tensor x = solve(a, b);
    expect(near(matmul(a, x), b), named(dtype, "solve"));
    const auto [q, r] = qr(a);
    expect(near(matmul(q, r) / scale, a / scale), named(dtype, "qr"));
    const auto [u, s, vh] = svd(a);
    expect(near(matmul(u * unsqueeze(s, 1), vh) / scale, a / scale), named(dtype, "svd"));
    const Tensor symmetric = matmul(a, at);
    const auto [values, vectors] = eigh(symmetric);
    expect(near(matmul(symmetric, vectors) / scale, vectors * unsqueeze(values, 1) / scale),
           named(dtype, "eigh"));
    const Tensor factor = cholesky(symmetric);
    expect(near(matmul(factor, transpose(factor, 1, 2)) / scale, symmetric / scale),
           named(dtype, "cholesky"));
    for (const Tensor& result : {x, q, r, u, s, vh, values, vectors, factor, inverse(a)})
      bits.add(result);
  }
  bits.print(named(dtype, "factorisations").c_str());
}

void training() {
  nn::Sequential model(nn::Conv2d(1, 8, 3, {.padding = 1}), nn::ReLU(), nn::Flatten(),
                       nn::Linear(8 * 12 * 12, 64), nn::ReLU(), nn::Linear(64, 4));
  optim::SGD sgd(model.parameters(), {.lr = 0.02, .momentum = 0.9});
  const Tensor x = randn({64, 1, 12, 12}), y = randint(0, 4, {64});
  double first = 0, last = 0;
  for (int step = 0; step < 40; ++step) {
    const Tensor loss = cross_entropy(model(x), y);
    sgd.zero_grad();
    loss.backward();
    sgd.step();
    (step == 0 ? first : last) = loss.item();
  }
  expect(first > 1 && last < 0.1,
         "the training: loss " + std::to_string(first) + " to " + std::to_string(last));
  Bits bits;
  for (const Tensor& parameter : model.parameters()) bits.add(parameter);
  bits.print("training");
}

}  // namespace

int main(int count, char** words) {
  return exit_code_of([&] {
    if (count > 1) set_num_threads(std::atoi(words[1]));
    manual_seed(1);
    for (const Dtype dtype : {float32, float64}) {
      products(dtype);
      convolutions(dtype);
      factorisations(dtype);
    }
    training();
  });
}
