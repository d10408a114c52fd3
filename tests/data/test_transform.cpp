// SPDX-License-Identifier: MIT
// Tests of data/transforms/transform.hpp: Compose and transform_images().
#include <doctest/doctest.h>

#include <stdexcept>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/color.hpp"
#include "tinygrad/data/transforms/crop.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;
using support::values_of;

namespace {

Lambda adding(float value) {
  return Lambda([value](const Array& x, Generator&) {
    const Array out = x.copy();
    for (Index i = 0; i < x.count(); ++i) out.data<float>()[i] += value;
    return out;
  });
}
Lambda doubling() {
  return Lambda([](const Array& x, Generator&) {
    const Array out = x.copy();
    for (Index i = 0; i < x.count(); ++i) out.data<float>()[i] *= 2;
    return out;
  });
}

}  // namespace

TEST_CASE("Compose applies its list in order, and an empty one changes nothing") {
  Generator random(1);
  const Array x = support::floats({1, 2}, {1, 1, 2});
  CHECK(values_of(Compose(adding(1), doubling())(x, random)) == std::vector<double>{4, 6});
  const Compose list = {doubling(), adding(1)};
  CHECK(values_of(list(x, random)) == std::vector<double>{3, 5});
  CHECK(values_of(Compose(list, doubling())(x, random)) == std::vector<double>{6, 10});
  CHECK(Compose()(x, random).same_as(x));
  CHECK(Compose().empty());
  std::vector<std::shared_ptr<const Transform>> several(3, std::make_shared<Lambda>(doubling()));
  CHECK(values_of(Compose(several)(x, random)) == std::vector<double>{8, 16});
}

TEST_CASE("transform_images gives each picture a stream of its own, whatever the threads") {
  const Array images = Array::zeros({50, 1, 2, 2}, float32);
  const Lambda noise([](const Array& x, Generator& random) {
    return Array::full(x.shape(), random.uniform(), x.dtype());
  });
  const auto reference = values_of(transform_images(images, noise, 5));
  for (Index i = 0; i < 50; ++i)
    CHECK(reference[static_cast<std::size_t>(4 * i)] ==
          static_cast<float>(Generator(5).split(static_cast<std::uint64_t>(i)).uniform()));
  const int threads = num_threads();
  for (const int n : {1, 3}) {
    set_num_threads(n);
    CHECK(values_of(transform_images(images, noise, 5)) == reference);
  }
  set_num_threads(threads);
  CHECK(values_of(transform_images(images, noise, 6)) != reference);
  CHECK(transform_images(Array::zeros({0, 3, 4, 4}, uint8), noise).count() == 0);
}

TEST_CASE("the batch takes the shape and the dtype that the transform makes") {
  const Array batch =
      transform_images(image(6, 8, 8).reshaped({2, 3, 8, 8}), {RandomCrop(4), ToFloat()});
  CHECK(batch.shape() == Shape{2, 3, 4, 4});
  CHECK(batch.dtype() == float32);
}

TEST_CASE("what a transform throws arrives, and pictures of different sizes make no batch") {
  const Array images = Array::from<int>({0, 1, 2, 3}, float32).reshaped({4, 1, 1, 1});
  const Lambda failing([](const Array& x, Generator&) -> Array {
    if (x.at(0) >= 2) throw std::runtime_error("picture " + std::to_string(x.at<int>(0)));
    return x;
  });
  CHECK_THROWS_WITH(transform_images(images, failing), "picture 2");
  const Lambda uneven([](const Array& x, Generator&) {
    return Array::zeros({1, x.at<Index>(0) + 1, 1}, float32);
  });
  CHECK(contains(message_of<ShapeError>([&] { transform_images(images, uneven); }),
                 "the transform made float32 (1, 1, 1) of one sample and float32 (1, 2, 1)"));
}
