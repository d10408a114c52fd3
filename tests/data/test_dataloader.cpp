// SPDX-License-Identifier: MIT
// Tests of data/dataloader.hpp: order, threads, transforms, errors, forks.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "data/numbered.hpp"
#include "support/child.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/data/transforms/color.hpp"
#include "tinygrad/data/transforms/crop.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::message_of;
using support::numbered;

namespace {

/// All numbers of one epoch, with the sizes of its batches in between as negative numbers.
std::vector<int> epoch_of(DataLoader& loader) {
  std::vector<int> out;
  for (const auto& [inputs, targets] : loader) {
    REQUIRE(inputs.shape() == Shape{targets.numel(), 2});
    out.push_back(-static_cast<int>(targets.numel()));
    for (Index i = 0; i < targets.numel(); ++i) {
      out.push_back(inputs.array().at<int>(2 * i));
      CHECK(inputs.array().at<int>(2 * i + 1) == -out.back());
      CHECK(targets.array().at<int>(i) == out.back() % 4);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("an unshuffled epoch is the data set in order, the last batch shorter") {
  DataLoader loader(numbered(7), {.batch_size = 3, .shuffle = false});
  CHECK(loader.size() == 3);
  CHECK(epoch_of(loader) == std::vector<int>{-3, 0, 1, 2, -3, 3, 4, 5, -1, 6});
}

TEST_CASE("drop_last leaves out the batch that is not full, and only that") {
  DataLoader loader(numbered(7), {.batch_size = 3, .shuffle = false, .drop_last = true});
  CHECK(loader.size() == 2);
  CHECK(epoch_of(loader) == std::vector<int>{-3, 0, 1, 2, -3, 3, 4, 5});
  CHECK(DataLoader(numbered(6), {.batch_size = 3, .drop_last = true}).size() == 2);
  DataLoader small(numbered(2), {.batch_size = 3, .drop_last = true});
  CHECK(epoch_of(small).empty());
}

TEST_CASE("a batch may be larger than the data set, and a data set may be empty") {
  DataLoader large(numbered(2),
                   {.batch_size = std::numeric_limits<Index>::max(), .shuffle = false});
  CHECK(epoch_of(large) == std::vector<int>{-2, 0, 1});
  DataLoader none(numbered(0));
  CHECK(none.size() == 0);
  CHECK(epoch_of(none).empty());
}

TEST_CASE("a shuffled epoch visits each sample once, in another order each epoch") {
  DataLoader loader(numbered(100), {.batch_size = 8});
  auto first = epoch_of(loader), second = epoch_of(loader);
  CHECK(first != second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  CHECK(first == second);
  CHECK(std::count_if(first.begin(), first.end(), [](int v) { return v >= 0; }) == 100);
  CHECK(std::adjacent_find(first.begin() + 13, first.end()) == first.end());  // 13 batch sizes
}

TEST_CASE("the order is a function of seed and epoch, whatever prefetch and workers are") {
  DataLoader a(numbered(50), {.batch_size = 8, .seed = 3, .prefetch = 0});
  const auto first = epoch_of(a), second = epoch_of(a);
  CHECK(a.epoch() == 2);
  for (const int prefetch : {1, 2, 5, 100})
    for (const int workers : {1, 3}) {
      DataLoader b(numbered(50),
                   {.batch_size = 8, .seed = 3, .prefetch = prefetch, .workers = workers});
      CHECK(epoch_of(b) == first);
      CHECK(epoch_of(b) == second);
      b.set_epoch(0);
      CHECK(epoch_of(b) == first);
    }
  DataLoader other(numbered(50), {.batch_size = 8, .seed = 4});
  CHECK(epoch_of(other) != first);
}

TEST_CASE("unshuffled batches share the data set's memory, shuffled ones do not") {
  const auto data = numbered(4);
  DataLoader in_order(data, {.batch_size = 2, .shuffle = false});
  CHECK((*in_order.begin()).inputs.array().raw() == data.inputs.raw());
  DataLoader shuffled(data, {.batch_size = 4});
  const auto* raw = (*shuffled.begin()).inputs.array().raw();
  CHECK((raw < data.inputs.raw() || raw >= data.inputs.raw() + data.inputs.bytes()));
}

TEST_CASE("leaving the loop early ends the thread, and the next epoch is whole") {
  DataLoader loader(numbered(1000), {.batch_size = 1, .prefetch = 3});
  for (int round = 0; round < 20; ++round) {
    int seen = 0;
    for (const auto& batch : loader) {
      (void)batch;
      if (++seen == round) break;
    }
  }
  CHECK(epoch_of(loader).size() == 2000);
  CHECK(loader.epoch() == 21);
}

TEST_CASE("an exception in the loop's body ends the thread") {
  DataLoader loader(numbered(100), {.batch_size = 1});
  CHECK_THROWS_AS(
      [&] {
        for (const auto& batch : loader)
          if (batch.targets.numel() == 1) throw std::runtime_error("stop");
      }(),
      std::runtime_error);
}

TEST_CASE("batches outlive the loader, its iterator and the data set") {
  Batch kept;
  {
    DataLoader loader(numbered(10), {.batch_size = 5, .shuffle = false});
    for (Batch& batch : loader) kept = batch;
  }
  CHECK(kept.inputs.array().at<int>(0) == 5);
  auto orphan = [] { return DataLoader(numbered(10), {.batch_size = 5}).begin(); }();
  ++orphan;
  CHECK(orphan->inputs.shape() == Shape{5, 2});
}

TEST_CASE("a transform changes its batch only, with random numbers of its own") {
  const auto data = numbered(20);
  const auto add_noise = [](Batch& batch, Generator& random) {
    for (Index i = 0; i < batch.inputs.numel(); ++i)
      batch.inputs.data<float>()[i] += static_cast<float>(random.uniform());
  };
  const auto values = [&](int prefetch, bool shuffle) {
    DataLoader loader(
        data, {.batch_size = 4, .shuffle = shuffle, .prefetch = prefetch, .transform = add_noise});
    std::vector<float> out;
    for (int epoch = 0; epoch < 2; ++epoch)
      for (const auto& batch : loader)
        for (Index i = 0; i < batch.inputs.numel(); ++i)
          out.push_back(batch.inputs.array().at<float>(i));
    return out;
  };
  for (const bool shuffle : {false, true}) {
    const auto reference = values(0, shuffle);
    CHECK(values(2, shuffle) == reference);
  }
  const auto in_order = values(2, false);
  CHECK(in_order[0] != 0.0F);
  CHECK(in_order[0] != in_order[8] - 4.0F);  // another batch, other noise
  CHECK(in_order[0] != in_order[40]);        // another epoch, other noise
  CHECK(data.inputs.at(0) == 0);
}

TEST_CASE("a sample transform draws by seed, epoch and place in the data set alone") {
  const auto data = numbered(40);
  // What sample i becomes is told apart from where it stands: (i, a random number).
  const Lambda mark([](const Array& x, Generator& random) {
    return Array::from<double>({x.at(0), random.uniform()}, float32);
  });
  const auto marks = [&](DataLoaderOptions options, std::int64_t epoch = 0) {
    options.sample_transform = mark;
    DataLoader loader(data, options);
    loader.set_epoch(epoch);
    std::vector<float> out(40);
    for (const auto& [inputs, targets] : loader)
      for (Index i = 0; i < targets.numel(); ++i) {
        CHECK(inputs.array().at<int>(2 * i) % 4 == targets.array().at<int>(i));
        out[inputs.array().at<std::size_t>(2 * i)] = inputs.array().at<float>(2 * i + 1);
      }
    return out;
  };
  const auto reference = marks({.shuffle = false, .seed = 7, .prefetch = 0});
  for (const int prefetch : {0, 1, 3, 8})
    for (const int workers : {1, 2, 5})
      for (const Index batch_size : {1, 7, 64})
        CHECK(
            marks(
                {.batch_size = batch_size, .seed = 7, .prefetch = prefetch, .workers = workers}) ==
            reference);
  CHECK(marks({.seed = 7}, 1) != reference);
  CHECK(marks({.seed = 8}) != reference);
  CHECK(data.inputs.at(2) == 1);
}

TEST_CASE("sample transforms may change size and dtype, and a batch transform comes after them") {
  const Array pictures = Array::full({10, 3, 8, 8}, 255, uint8);
  DataLoader loader(
      pictures, Array::zeros({10}, int64),
      {.batch_size = 4,
       .sample_transform = {RandomCrop(4), RandomHorizontalFlip(), ToFloat()},
       .transform = [](Batch& batch, Generator&) { batch.inputs.data<float>()[0] += 1; }});
  CHECK((*loader.begin()).inputs.shape() == Shape{4, 3, 4, 4});
  CHECK(loader.begin()->inputs.array().at(0) == 2);
  CHECK(loader.begin()->inputs.array().at(1) == 1);
}

TEST_CASE("with many workers the batches come in order, and one that fails in its own place") {
  const Lambda slow_start([](const Array& x, Generator&) {
    if (x.at(0) < 3) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (x.at(0) == 6) throw std::runtime_error("six");
    return x;
  });
  DataLoader loader(numbered(12), {.batch_size = 1,
                                   .shuffle = false,
                                   .prefetch = 6,
                                   .workers = 4,
                                   .sample_transform = slow_start});
  std::vector<int> seen;
  CHECK_THROWS_WITH(
      [&] {
        for (const auto& batch : loader) seen.push_back(batch.inputs.array().at<int>(0));
      }(),
      "six");
  CHECK(seen == std::vector<int>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("an error in a transform names the transform, the sample and the user's line") {
  const auto walk = [](DataLoader& loader) {
    return message_of<Error>([&] {
      for (const auto& batch : loader) CHECK(batch.inputs.defined());
    });
  };
  const Array pictures = Array::zeros({9, 3, 4, 4}, uint8), labels = Array::zeros({9}, int64);
  const Lambda picky([](const Array& x, Generator&) {
    check<ValueError>(x.at(0) != 6, {"picky", {"mine.cpp", 7}}, "six");
    return x;
  });
  for (const int prefetch : {0, 1, 4}) {
    const DataLoaderOptions cropping{.shuffle = false,
                                     .prefetch = prefetch,
                                     .workers = 2,
                                     .sample_transform = {RandomHorizontalFlip(), RandomCrop(8)}};
    const int line = __LINE__ + 1;
    DataLoader crops(pictures, labels, cropping);
    CHECK(walk(crops) ==
          str_cat("[RandomCrop] image (3, 4, 4) with padding=0 is smaller than size=8 "
                  "— at test_dataloader.cpp:",
                  line, ", in transform 1 (RandomCrop), sample 0"));
    DataLoader own_line(numbered(9),
                        {.batch_size = 4, .prefetch = prefetch, .sample_transform = picky});
    CHECK(walk(own_line) == "[picky] six — at mine.cpp:7, in transform 0 (Lambda), sample 6");
    const DataLoaderOptions by_batches{.batch_size = 2,
                                       .shuffle = false,
                                       .prefetch = prefetch,
                                       .transform = [](Batch& batch, Generator&) {
                                         check<ValueError>(batch.inputs.array().at(0) != 4,
                                                           {"picky"}, "four");
                                       }};
    const int batch_line = __LINE__ + 1;
    DataLoader batches(numbered(9), by_batches);
    CHECK(walk(batches) == str_cat("[picky] four — at test_dataloader.cpp:", batch_line,
                                   ", in the transform of batch 2"));
  }
  const int line = __LINE__ + 1;
  const std::string message = message_of<Error>([&] { transform_images(pictures, RandomCrop(5)); });
  CHECK(contains(message, str_cat(" — at test_dataloader.cpp:", line)));
  CHECK(contains(message, ", in transform 0 (RandomCrop), sample 0"));
}

TEST_CASE("an exception in the transform arrives with its own batch, whatever prefetch is") {
  for (const int prefetch : {0, 1, 4}) {
    const auto third_fails = [](Batch& batch, Generator&) {
      if (batch.inputs.array().at(0) == 2) throw std::runtime_error("third");
    };
    DataLoader loader(
        numbered(9),
        {.batch_size = 1, .shuffle = false, .prefetch = prefetch, .transform = third_fails});
    int seen = 0;
    CHECK_THROWS_WITH(
        [&] {
          for (const auto& batch : loader) seen += batch.targets.numel() == 1;
        }(),
        "third");
    CHECK(seen == 2);
  }
}

TEST_CASE("targets may be any array with as many rows") {
  DataLoader loader(Array::zeros({6, 3}, float64), Array::zeros({6, 2}, float32),
                    {.batch_size = 4});
  CHECK(loader.begin()->targets.shape() == Shape{4, 2});
}

TEST_CASE("a loader of tensors gives tensors that share their memory, and no gradient passes") {
  Tensor x(Array::zeros({6, 3}, float32));
  const Tensor y(Array::zeros({6}, int64));
  DataLoader loader(x, y, {.batch_size = 4, .shuffle = false});
  auto batch = loader.begin();
  CHECK(batch->inputs.data<float>() == x.data<float>());
  CHECK_FALSE(batch->inputs.requires_grad());
  x.requires_grad_();
  CHECK(contains(message_of<GraphError>([&] { DataLoader(x, y); }),
                 "[DataLoader] inputs require a gradient, which does not pass through a loader; "
                 "detach() them"));
  DataLoader detached(x.detach(), y, {.shuffle = false});
  CHECK(detached.begin()->inputs.data<float>() == x.data<float>());
}

TEST_CASE("wrong options and data that do not fit are errors") {
  const auto data = numbered(5);
  CHECK(contains(message_of<ValueError>([&] { DataLoader(data, {.batch_size = 0}); }),
                 "[DataLoader] batch_size=0 must be at least 1"));
  CHECK_THROWS_AS(DataLoader(data, {.prefetch = -1}), ValueError);
  CHECK_THROWS_AS(DataLoader(data, {.workers = 0}), ValueError);
  CHECK(contains(message_of<ShapeError>([&] { DataLoader(data.inputs, data.targets.rows(0, 4)); }),
                 "inputs (5, 2) and targets (4) must have as many rows"));
  CHECK_THROWS_AS(DataLoader(Array::zeros({}, float32), data.targets), ShapeError);
  CHECK_THROWS_AS(DataLoader(ClassificationData{}), ShapeError);
  CHECK_THROWS_AS(DataLoader(Tensor(), data.targets), ShapeError);
}

TEST_CASE("handing over a tiny batch takes microseconds, not a scheduler's time slice") {
  DataLoader loader(numbered(20000), {.batch_size = 1});
  const auto start = std::chrono::steady_clock::now();
  for (const auto& batch : loader) (void)batch;
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  MESSAGE((spent.count() / 20000) << " us for each batch");
  CHECK(spent.count() / 20000 < 1000);  // a printed figure; the bound only catches sleeping
}

TEST_CASE("the child of a fork goes on with an epoch, and begins others") {
  if (!support::children_may_work) return;
  for (const int workers : {1, 3})
    for (int round = 0; round < 10; ++round) {
      const DataLoaderOptions options{.batch_size = 4, .prefetch = 4, .workers = workers};
      DataLoader loader(numbered(100), options);
      DataLoader whole(numbered(100), options);
      const auto expected = epoch_of(whole);
      std::vector<int> seen;
      int batch = 0;
      for (const auto& [inputs, targets] : loader) {
        if (++batch == 7)
          CHECK(support::holds_in_child([&] {
            DataLoader again(numbered(100), options);
            return epoch_of(again) == expected;
          }));
        seen.push_back(-static_cast<int>(targets.numel()));
        for (Index i = 0; i < targets.numel(); ++i) seen.push_back(inputs.array().at<int>(2 * i));
      }
      CHECK(seen == expected);
      CHECK(support::holds_in_child([&] {
        std::vector<int> all;
        {
          auto it = whole.begin();  // begun by the child
          for (; !(it == whole.end()); ++it) all.push_back(static_cast<int>(it->targets.numel()));
        }
        return all.size() == 25;
      }));
      auto it = loader.begin();
      ++it;
      CHECK(support::holds_in_child([&] {
        Index rest = 0;
        {
          auto own = std::move(it);  // begun by the parent, ended by the child
          for (; !(own == loader.end()); ++own) rest += own->targets.numel();
        }
        return rest == 96;
      }));
    }
}
