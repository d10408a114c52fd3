// SPDX-License-Identifier: MIT
// Tests the fast path of max pooling by 2×2 windows against the definition.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/operands.hpp"
#include "tinygrad/kernels/pool/max_pool.hpp"

using namespace tinygrad;
using test::kInf;
using test::kNaN;

namespace {

// Few different values, so that most windows hold ties, and some −∞ and NaN.
std::vector<float> values(Index count) {
  std::vector<float> out;
  for (Index i = 0; i < count; ++i) {
    const Index n = i * 7919 % 101;
    out.push_back(n < 5 ? kNaN : n < 30 ? -kInf : static_cast<float>(n % 3));
  }
  return out;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("windows of 2x2 that tile their planes give what their definition says") {
  for (const Index width : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 33, 200, 512, 513})
    for (const Dtype dtype : {float32, float64})
      for (const Index height : {1, 3, 40}) {
        const Index planes = 3;
        const kernels::PoolDim h{.in = 2 * height, .out = height, .kernel = 2, .stride = 2};
        const kernels::PoolDim w{.in = 2 * width, .out = width, .kernel = 2, .stride = 2};
        const kernels::Pooling p{{{}, h, w}};
        const std::vector<float> in = values(planes * p.in()), slope = values(planes * p.out());
        const Shape from{planes, 2 * height, 2 * width}, to{planes, height, width};
        const Array x = Array::from(in, dtype).reshaped(from);
        const auto found = kernels::max_pool({"max_pool"}, x, p, to, true);
        const Array grad_y = Array::from(slope, dtype).reshaped(to);
        const Array grad_x = kernels::max_pool_grad({"max_pool"}, grad_y, found.places, p, from);
        const Array alone = kernels::max_pool({"max_pool"}, x, p, to, false).y;
        INFO("width " << width << ", height " << height << ", " << dtype);
        bool right = true;
        for (Index o = 0; o < planes * p.out(); ++o) {
          const Index line = o / width * 2, column = o % width * 2;
          float best = -kInf;
          Index place = 0;
          for (Index k = 0; k < 4; ++k) {
            const float value =
                in[static_cast<std::size_t>((line + k / 2) * 2 * width + column + k % 2)];
            if (!(value > best || std::isnan(value))) continue;
            best = value;
            place = k;
          }
          right = right && same(found.y.at(o), best) && same(alone.at(o), best) &&
                  found.places.at<Index>(o) == place;
          for (Index k = 0; k < 4; ++k)
            right = right && same(grad_x.at((line + k / 2) * 2 * width + column + k % 2),
                                  k == place ? slope[static_cast<std::size_t>(o)] : 0);
        }
        CHECK(right);
      }
}
