// SPDX-License-Identifier: MIT
// Tests of train/metrics.hpp.
#include <doctest/doctest.h>

#include "support/files.hpp"
#include "tinygrad/train/metrics.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;

TEST_CASE("a running mean weighs batches by their size") {
  RunningMean mean;
  CHECK(std::isnan(mean.mean()));
  mean.add(1.0, 3);
  mean.add(5.0);
  CHECK(mean.mean() == 2.0);
  mean.add(std::nan(""), 0);  // the loss of an empty batch
  CHECK(mean.mean() == 2.0);
  CHECK(mean.count() == 4);
  mean.reset();
  CHECK(mean.count() == 0);
}

TEST_CASE("the predicted class has the greatest score, the first of equal ones") {
  const Array scores =
      Array::from<double>({0, 2, 1, 5, 5, 4, -3, -2, -1}, float32).reshaped({3, 3});
  const Array classes = predicted_classes(scores);
  CHECK(classes.at(0) == 1);
  CHECK(classes.at(1) == 0);
  CHECK(classes.at(2) == 2);
  CHECK(predicted_classes(Array::zeros({0, 3}, float64)).count() == 0);
  CHECK_THROWS_AS(predicted_classes(Array::zeros({3, 0}, float32)), ShapeError);
  CHECK_THROWS_AS(predicted_classes(Array::zeros({3}, float32)), ShapeError);
  CHECK_THROWS_AS(predicted_classes(Array::zeros({3, 3}, int64)), DtypeError);
}

TEST_CASE("NaN is the greatest score, the first of several") {
  const double nan = std::nan(""), inf = HUGE_VAL;
  const Array scores =
      Array::from<double>({nan, 2, 1, 5, nan, nan, -inf, inf, nan, nan, nan, nan}, float64)
          .reshaped({4, 3});
  const Array classes = predicted_classes(scores);
  CHECK(classes.at(0) == 0);
  CHECK(classes.at(1) == 1);
  CHECK(classes.at(2) == 2);
  CHECK(classes.at(3) == 0);
}

TEST_CASE("a confusion matrix counts labels against predictions over batches") {
  ConfusionMatrix confusion(3);
  CHECK(std::isnan(confusion.accuracy()));
  const Array scores = Array::from<int>({1, 0, 0, 0, 1, 0, 0, 1, 0}, float32).reshaped({3, 3});
  confusion.add(scores, Array::from<int>({0, 1, 0}, int64));
  confusion.add(scores.rows(0, 1), Array::from<int>({0}, uint8));
  CHECK(confusion.total() == 4);
  CHECK(confusion.accuracy() == 0.75);
  CHECK(confusion.counts().at(0) == 2);  // label 0 as 0
  CHECK(confusion.counts().at(1) == 1);  // label 0 as 1
  CHECK(confusion.counts().at(3) == 0);  // label 1 as 0
  const auto classes = confusion.class_accuracies();
  CHECK(classes[0] == doctest::Approx(2.0 / 3));
  CHECK(classes[1] == 1);
  CHECK(std::isnan(classes[2]));
}

TEST_CASE("a batch that does not fit is refused and not counted") {
  ConfusionMatrix confusion(3);
  const Array scores = Array::zeros({2, 3}, float32);
  const Array labels = Array::from<int>({0, 3}, int64);
  CHECK(contains(message_of<ValueError>([&] { confusion.add(scores, labels); }),
                 "[ConfusionMatrix.add] labels[1]=3 must be in [0, 2]"));
  CHECK_THROWS_AS(confusion.add(scores, labels.rows(0, 1)), ShapeError);
  CHECK_THROWS_AS(confusion.add(Array::zeros({2, 4}, float32), labels), ShapeError);
  CHECK_THROWS_AS(confusion.add(scores, Array::zeros({2}, float32)), DtypeError);
  CHECK(confusion.total() == 0);
  CHECK_THROWS_AS(ConfusionMatrix(0), ValueError);
}

TEST_CASE("the standard error of an accuracy is binomial") {
  CHECK(accuracy_standard_error(0.9, 10000) == doctest::Approx(0.003));
  CHECK(accuracy_standard_error(1, 5) == 0);
}
