// SPDX-License-Identifier: MIT
// A program with `using namespace` for the standard library and for this one. The common calls are
// not ambiguous; the few names that are also types of the standard library are written in full.
#include <algorithm>
#include <any>
#include <cmath>
#include <complex>
#include <cstdio>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <stack>
#include <string>
#include <tinygrad/tinygrad.hpp>
#include <valarray>
#include <vector>

using namespace std;
using namespace tinygrad;

namespace cv {  // as OpenCV has them
using int64 = long long;
using uint64 = unsigned long long;
using uchar = unsigned char;
}  // namespace cv
using namespace cv;

namespace {

bool ours() {
  const Tensor x = tensor({3.0, 1, 2}, float64), y = ones({3}, float64);
  Tensor all_of_them = exp(x) + log(x) + sqrt(x) + abs(x) + sin(x) + tanh(x) + erf(x) + exp2(x);
  all_of_them = all_of_them + pow(x, y) + pow(x, 2) + fmod(x, y) + atan2(x, y) + hypot(x, y);
  all_of_them = all_of_them + floor(x) + round(x) + trunc(x) + copysign(x, y) + lerp(x, y, 0.5);
  all_of_them = all_of_them + min(x) + max(x) + sum(x) + mean(x) + norm(x) + var(x) + prod(x);
  all_of_them = all_of_them + maximum(x, y) + sort(x).values + unique(x).values + cumsum(x, 0);
  all_of_them = all_of_them + clamp(x, 0, 1) + where(x > y, x, y) +
                gather(x, 0, tensor({0, 1, 2}, tinygrad::int64));
  all_of_them = all_of_them + reshape(x, {3}) + flip(x, {0}) + softmax(x, 0) + remainder(x, y);
  const Tensor long_one = concat({x, y}, 0);
  const Tensor in_full = tinygrad::stack({x, y}, 0);
  const bool some = tinygrad::any(tinygrad::logical_and(isfinite(x), x > 2)).item() != 0;
  const Tensor counts = to(x, tinygrad::int64);
  return isfinite(sum(all_of_them)).item() != 0 && long_one.numel() == 6 && in_full.dim() == 2 &&
         some && counts.dtype() == Dtype::kInt64 && sum(isnan(x)).item() == 0 && equal(x, x);
}

bool theirs() {
  vector<double> v{3, 1, 2};
  sort(v.begin(), v.end());
  swap(v[0], v[1]);
  const auto moved = std::move(v);
  const double most =
      max(1.0, 2.0) + min(1.0, 2.0) + abs(-1.5) + exp(0.0) + pow(2.0, 3) + sqrt(4.0);
  return moved[0] == 2 && most == 15.5 && !isnan(most) && round(2.6) == 3 && clamp(5, 1, 3) == 3 &&
         accumulate(moved.begin(), moved.end(), 0.0) == 6 && to_string(3) == "3" &&
         any_of(moved.begin(), moved.end(), [](double a) { return a > 2; });
}

}  // namespace

int main() {
  if (ours() && theirs()) return 0;
  std::puts("a call was answered by the function of another namespace");
  return 1;
}
