// SPDX-License-Identifier: MIT
// Trains on numbers of your own: points of three spirals, held in plain std::vectors.
//
// Samples go into a tensor of shape (N, features) and their class ids into an int64 tensor (N). A
// data::DataLoader then shuffles them and cuts them into batches. For your own files see read_csv()
// (numbers) and ImageFolder (pictures, a folder for each class).
//
// Output:
//   900 points to train on, 300 to test on, 3 classes
//   before training: 34 % of the test points are right
//   after training: 100 % of the test points are right
//   (0.5, 0.0) belongs to spiral 2
#include <cmath>
#include <cstdio>
#include <numbers>
#include <tinygrad/data.hpp>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

namespace {

constexpr Index kSpirals = 3;

/// Points near three spiral arms, in plain C++: x, y, x, y, … and the number of each point's arm.
struct Points {
  std::vector<float> coordinates;
  std::vector<std::int64_t> arms;
};

Points draw_points(Index count, std::uint64_t seed) {
  Generator random(seed);
  Points points;
  for (Index i = 0; i < count; ++i) {
    const Index arm = i % kSpirals;
    const double radius = random.uniform();
    const double angle = 5 * radius + 2 * std::numbers::pi * static_cast<double>(arm) / kSpirals;
    points.coordinates.push_back(static_cast<float>(radius * std::cos(angle)));
    points.coordinates.push_back(static_cast<float>(radius * std::sin(angle)));
    points.arms.push_back(arm);
  }
  return points;
}

/// The points as a data set: inputs (N, 2) float32, targets (N) int64.
data::ClassificationData data_of(const Points& points) {
  const auto N = static_cast<Index>(points.arms.size());
  return {.inputs = reshape(tensor(points.coordinates), {N, 2}).array(),
          .targets = tensor(points.arms, int64).array(),
          .name = "spirals",
          .classes = kSpirals};
}

double percent_right(nn::Module& model, const data::ClassificationData& data) {
  const NoGradGuard no_grad;
  const Tensor hits = eq(argmax(model(data.inputs), 1), data.targets);
  return 100 * mean(to(hits, float32)).item();
}

}  // namespace

int main() {
  const data::ClassificationData training = data_of(draw_points(900, 1)),
                                 test = data_of(draw_points(300, 2));
  std::printf("%ld points to train on, %ld to test on, %d classes\n",
              static_cast<long>(training.size()), static_cast<long>(test.size()), test.classes);

  nn::Sequential model{nn::Linear(2, 64), nn::Tanh(), nn::Linear(64, 64), nn::Tanh(),
                       nn::Linear(64, kSpirals)};
  std::printf("before training: %.0f %% of the test points are right\n",
              percent_right(model, test));

  optim::Adam adam(model.parameters(), {.lr = 0.01});
  data::DataLoader loader(training, {.batch_size = 50});
  for (int epoch = 1; epoch <= 50; ++epoch)
    for (const auto& [points, arms] : loader) {
      const Tensor loss = cross_entropy(model(points), arms);
      adam.zero_grad();
      loss.backward();
      adam.step();
    }
  std::printf("after training: %.0f %% of the test points are right\n", percent_right(model, test));

  const Tensor point = tensor({{0.5, 0.0}});  // (1, 2): a batch of one
  std::printf("(0.5, 0.0) belongs to spiral %ld\n", argmax(model(point), 1).item<long>());
}
