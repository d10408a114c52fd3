// SPDX-License-Identifier: MIT
// Tests the schedules against PyTorch's, and the rules that all schedulers share.
#include <cmath>
#include <memory>

#include "golden/answers/schedulers.hpp"
#include "optim/trajectory.hpp"
#include "support/special_values.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

std::unique_ptr<optim::SGD> two_groups() {
  auto sgd = std::make_unique<optim::SGD>(std::vector{start(float64)},
                                          optim::SGDOptions{.lr = 0.1, .momentum = 0.9});
  sgd->add_param_group({start(float64)}, {.lr = 0.02, .momentum = 0.9});
  return sgd;
}

void check_row(const optim::Optimizer& optimizer, const optim::LRScheduler& scheduler,
               const double (&row)[4]) {
  for (std::size_t group = 0; group < 2; ++group) {
    INFO("epoch ", scheduler.last_epoch(), ", group ", group);
    // 1e-17: where a polynomial or a cosine ends, both are a rounding away from 0.
    CHECK(std::fabs(optimizer.lr(group) - row[group]) <= 1e-12 * row[group] + 1e-17);
    CHECK(std::fabs(optimizer.momentum(group) - row[2 + group]) <= 1e-12 * row[2 + group]);
    CHECK(scheduler.get_last_lr()[group] == optimizer.lr(group));
  }
}

/// Compares the epochs of a schedule with the recorded ones; then again with a scheduler that is
/// made anew in the middle and continues from files.
template <class Make>
void check_schedule(const double (&rows)[golden::schedulers::kEpochs + 1][4], Make make) {
  const auto sgd = two_groups();
  const auto scheduler = make(*sgd);
  StateDict optimizer_state, state;
  for (int epoch = 0; epoch <= golden::schedulers::kEpochs; ++epoch) {
    if (epoch > 0) scheduler->step();
    CHECK(scheduler->last_epoch() == epoch);
    check_row(*sgd, *scheduler, rows[epoch]);
    if (epoch == 10) {
      optimizer_state = through_file(sgd->state_dict());
      state = through_file(scheduler->state_dict());
    }
  }
  const auto later = two_groups();
  const auto resumed = make(*later);
  later->load_state_dict(optimizer_state);
  resumed->load_state_dict(state);
  for (int epoch = 10; epoch <= golden::schedulers::kEpochs; ++epoch) {
    if (epoch > 10) resumed->step();
    check_row(*later, *resumed, rows[epoch]);
  }
  CHECK(resumed->get_last_lr() == scheduler->get_last_lr());
}

template <class Schedule, class... Arguments>
void follows(const double (&rows)[golden::schedulers::kEpochs + 1][4],
             const Arguments&... arguments) {
  check_schedule(rows, [&](optim::Optimizer& optimizer) {
    return std::make_unique<Schedule>(optimizer, arguments...);
  });
}

/// A combined schedule and its parts.
struct Combined {
  std::vector<std::unique_ptr<optim::LRScheduler>> parts;
  std::unique_ptr<optim::LRScheduler> whole;

  optim::LRScheduler* operator->() const { return whole.get(); }
  optim::LRScheduler& operator*() const { return *whole; }
  template <class Schedule, class... Arguments>
  void add(optim::Optimizer& optimizer, const Arguments&... arguments) {
    parts.push_back(std::make_unique<Schedule>(optimizer, arguments...));
  }
  std::vector<optim::LRScheduler*> all() const {
    std::vector<optim::LRScheduler*> pointers;
    for (const auto& part : parts) pointers.push_back(part.get());
    return pointers;
  }
};

}  // namespace

TEST_CASE("schedules that multiply follow PyTorch's") {
  using Epochs = std::vector<Index>;
  follows<optim::StepLR>(golden::schedulers::step, 7, 0.3);
  follows<optim::MultiStepLR>(golden::schedulers::multi_step, Epochs{4, 11, 11, 20}, 0.5);
  follows<optim::MultiStepLR>(golden::schedulers::multi_step_zero, Epochs{0, 3}, 0.5);
  follows<optim::ExponentialLR>(golden::schedulers::exponential, 0.9);
  follows<optim::ConstantLR>(golden::schedulers::constant);
  follows<optim::ConstantLR>(golden::schedulers::constant_options,
                             optim::ConstantLROptions{.factor = 0.7, .total_iters = 11});
  follows<optim::LinearLR>(golden::schedulers::linear);
  follows<optim::LinearLR>(
      golden::schedulers::linear_down,
      optim::LinearLROptions{.start_factor = 1, .end_factor = 0.25, .total_iters = 13});
  follows<optim::PolynomialLR>(golden::schedulers::polynomial);
  follows<optim::PolynomialLR>(golden::schedulers::polynomial_square,
                               optim::PolynomialLROptions{.total_iters = 20, .power = 2});
}

TEST_CASE("schedules by functions follow PyTorch's") {
  using optim::EpochFunction;
  const auto number = [](Index epoch) { return static_cast<double>(epoch); };
  follows<optim::LambdaLR>(golden::schedulers::lambda,
                           [=](Index epoch) { return std::pow(0.95, number(epoch)); });
  follows<optim::LambdaLR>(
      golden::schedulers::lambda_groups,
      std::vector<EpochFunction>{[=](Index epoch) { return 1 / (1 + number(epoch)); },
                                 [=](Index epoch) { return 1 + 0.1 * number(epoch); }});
  follows<optim::MultiplicativeLR>(golden::schedulers::multiplicative,
                                   [=](Index epoch) { return 1 - 0.01 * number(epoch); });
}

TEST_CASE("cosine schedules follow PyTorch's") {
  follows<optim::CosineAnnealingLR>(golden::schedulers::cosine, 10);
  follows<optim::CosineAnnealingLR>(golden::schedulers::cosine_minimum, 25, 0.005);
  follows<optim::CosineAnnealingWarmRestarts>(golden::schedulers::restarts, 7);
  follows<optim::CosineAnnealingWarmRestarts>(golden::schedulers::restarts_double, 3, 2, 0.001);
}

TEST_CASE("the schedule for averaged weights follows PyTorch's") {
  using optim::PerGroup;
  follows<optim::SWALR>(golden::schedulers::swa, PerGroup{0.05, 0.03},
                        optim::SWALROptions{.anneal_epochs = 8});
  follows<optim::SWALR>(
      golden::schedulers::swa_linear, 0.05,
      optim::SWALROptions{.anneal_epochs = 5, .anneal_strategy = optim::AnnealStrategy::kLinear});
  follows<optim::SWALR>(golden::schedulers::swa_at_once, 0.05,
                        optim::SWALROptions{.anneal_epochs = 0});
}

TEST_CASE("cyclic schedules follow PyTorch's, with the momentum") {
  using optim::CyclicLROptions, optim::CyclicMode, optim::PerGroup;
  follows<optim::CyclicLR>(golden::schedulers::cyclic, 0.01, 0.1,
                           CyclicLROptions{.step_size_up = 4});
  follows<optim::CyclicLR>(golden::schedulers::cyclic_2, PerGroup{0.01, 0.02}, PerGroup{0.1, 0.3},
                           CyclicLROptions{.step_size_up = 5,
                                           .step_size_down = 3,
                                           .mode = CyclicMode::kTriangular2,
                                           .base_momentum = 0.7,
                                           .max_momentum = 0.95});
  follows<optim::CyclicLR>(
      golden::schedulers::cyclic_exp, 0.01, 0.1,
      CyclicLROptions{.step_size_up = 4, .mode = CyclicMode::kExpRange, .gamma = 0.97});
  follows<optim::CyclicLR>(
      golden::schedulers::cyclic_function, 0.01, 0.1,
      CyclicLROptions{.step_size_up = 3, .scale_fn = [](double cycle) { return 1 / cycle; }});
}

TEST_CASE("one-cycle schedules follow PyTorch's, with the momentum") {
  using optim::OneCycleLROptions, optim::PerGroup;
  const Index total = golden::schedulers::kEpochs + 1;
  follows<optim::OneCycleLR>(golden::schedulers::one_cycle, 0.1,
                             OneCycleLROptions{.total_steps = total});
  follows<optim::OneCycleLR>(golden::schedulers::one_cycle_linear, PerGroup{0.1, 0.5},
                             OneCycleLROptions{.epochs = 4,
                                               .steps_per_epoch = 10,
                                               .pct_start = 0.4,
                                               .anneal_strategy = optim::AnnealStrategy::kLinear,
                                               .base_momentum = 0.6,
                                               .max_momentum = 0.8,
                                               .div_factor = 10,
                                               .final_div_factor = 100});
  follows<optim::OneCycleLR>(golden::schedulers::one_cycle_phases, 0.1,
                             OneCycleLROptions{.total_steps = total, .three_phase = true});
  follows<optim::OneCycleLR>(
      golden::schedulers::one_cycle_all_down, 0.1,
      OneCycleLROptions{.total_steps = total, .pct_start = 0, .cycle_momentum = false});
}

TEST_CASE("with Adam a cyclic schedule moves betas.first") {
  optim::Adam adam({start(float64)}, {.lr = 0.1});
  adam.add_param_group({start(float64)}, {.lr = 0.02});
  optim::OneCycleLR schedule(adam, 0.1, {.total_steps = golden::schedulers::kEpochs + 1});
  for (int epoch = 0; epoch <= golden::schedulers::kEpochs; ++epoch) {
    if (epoch > 0) schedule.step();
    check_row(adam, schedule, golden::schedulers::one_cycle_adam[epoch]);
    CHECK(adam.options(1).betas.first == adam.momentum(1));
    CHECK(adam.options(1).betas.second == 0.999);
  }
}

TEST_CASE("schedules after one another follow PyTorch's") {
  check_schedule(golden::schedulers::warmup_cosine, [](optim::Optimizer& o) {
    Combined c;
    c.add<optim::LinearLR>(o, optim::LinearLROptions{.start_factor = 0.1, .total_iters = 5});
    c.add<optim::CosineAnnealingLR>(o, 20);
    c.whole = std::make_unique<optim::SequentialLR>(o, c.all(), std::vector<Index>{5});
    return c;
  });
  check_schedule(golden::schedulers::three_parts, [](optim::Optimizer& o) {
    Combined c;
    c.add<optim::ConstantLR>(o, optim::ConstantLROptions{.factor = 0.5, .total_iters = 3});
    c.add<optim::ExponentialLR>(o, 0.9);
    c.add<optim::StepLR>(o, 4, 0.5);
    c.whole = std::make_unique<optim::SequentialLR>(o, c.all(), std::vector<Index>{4, 15});
    return c;
  });
  check_schedule(golden::schedulers::after_each_other, [](optim::Optimizer& o) {
    Combined c;
    c.add<optim::StepLR>(o, 2, 0.5);
    c.add<optim::MultiplicativeLR>(o, [](Index) { return 0.9; });
    c.add<optim::CosineAnnealingWarmRestarts>(o, 4, 2);
    c.add<optim::LambdaLR>(o, [](Index epoch) { return 1 / (1 + static_cast<double>(epoch)); });
    c.whole = std::make_unique<optim::SequentialLR>(o, c.all(), std::vector<Index>{5, 9, 25});
    return c;
  });
}

TEST_CASE("schedules at once follow PyTorch's") {
  check_schedule(golden::schedulers::chained, [](optim::Optimizer& o) {
    Combined c;
    c.add<optim::ConstantLR>(o, optim::ConstantLROptions{.factor = 0.1, .total_iters = 4});
    c.add<optim::ExponentialLR>(o, 0.95);
    c.add<optim::CosineAnnealingLR>(o, 12, 0.001);
    c.add<optim::MultiStepLR>(o, std::vector<Index>{9, 9, 20}, 0.7);
    c.whole = std::make_unique<optim::ChainedScheduler>(c.all());
    return c;
  });
}

TEST_CASE("a chain can be a part of a sequence") {
  const auto sgd = two_groups();
  optim::ConstantLR half(*sgd, {.factor = 0.5, .total_iters = 2});
  optim::ExponentialLR decay(*sgd, 0.9);
  optim::ChainedScheduler both({&half, &decay});
  optim::StepLR steps(*sgd, 1, 0.1);
  optim::SequentialLR schedule(*sgd, {&both, &steps}, {3});
  const double expected[] = {0.05, 0.045, 0.081, 0.1, 0.01};
  for (const double lr : expected) {
    CHECK(sgd->lr() == doctest::Approx(lr).epsilon(1e-12));
    schedule.step();
  }
}

TEST_CASE("ReduceLROnPlateau follows PyTorch's, also from a saved state") {
  const auto follow = [](const optim::ReduceLROnPlateauOptions& options, const auto& rows) {
    auto sgd = two_groups();
    auto schedule = std::make_unique<optim::ReduceLROnPlateau>(*sgd, options);
    int i = 0;
    for (const double recorded_metric : golden::schedulers::metrics) {
      schedule->step(recorded_metric == -1 ? std::nan("") : recorded_metric);
      for (std::size_t group = 0; group < 2; ++group) {
        INFO("metric ", i, ", group ", group);
        CHECK(sgd->lr(group) == doctest::Approx(rows[i][group]).epsilon(1e-12));
        CHECK(schedule->get_last_lr()[group] == sgd->lr(group));
      }
      if (++i % 5 == 0) {
        auto later = two_groups();
        auto resumed = std::make_unique<optim::ReduceLROnPlateau>(*later, options);
        resumed->load_state_dict(through_file(schedule->state_dict()));
        schedule = std::move(resumed);
        sgd = std::move(later);
      }
    }
    CHECK(schedule->last_epoch() == i);
  };
  using optim::PlateauMode, optim::ThresholdMode;
  follow({.patience = 2}, golden::schedulers::plateau);
  follow({.factor = 0.5, .patience = 1, .threshold = 0.05, .cooldown = 3},
         golden::schedulers::plateau_cooldown);
  follow({.factor = 0.5,
          .patience = 1,
          .threshold = 0.15,
          .threshold_mode = ThresholdMode::kAbs,
          .min_lr = {0.01, 0.005}},
         golden::schedulers::plateau_abs);
  follow({.mode = PlateauMode::kMax, .factor = 0.3, .patience = 3, .eps = 1e-3},
         golden::schedulers::plateau_max);
  follow({.mode = PlateauMode::kMax,
          .factor = 0.8,
          .patience = 0,
          .threshold = 0.1,
          .threshold_mode = ThresholdMode::kAbs,
          .min_lr = 0.01},
         golden::schedulers::plateau_max_abs);
}

TEST_CASE("ReduceLROnPlateau measures its threshold by the size of the best metric") {
  using optim::PlateauMode, optim::ThresholdMode;
  const auto sgd = two_groups();
  const auto bad_epochs = [&](const optim::ReduceLROnPlateauOptions& options,
                              const std::vector<double>& metrics) {
    optim::ReduceLROnPlateau schedule(*sgd, options);
    for (const double metric : metrics) schedule.step(metric);
    return schedule.num_bad_epochs();
  };
  struct Row {
    PlateauMode mode;
    ThresholdMode threshold_mode;
    double best, equal, better;
  };
  const PlateauMode low = PlateauMode::kMin, high = PlateauMode::kMax;
  const ThresholdMode part = ThresholdMode::kRel, amount = ThresholdMode::kAbs;
  const Row rows[] = {{low, part, 2, 1.9, 1.7},        {low, part, -2, -2.1, -2.3},
                      {high, part, 2, 2.1, 2.3},       {high, part, -2, -1.9, -1.7},
                      {low, part, 0, 0, -1e-300},      {high, part, 0, 0, 1e-300},
                      {low, amount, -2, -2.05, -2.15}, {high, amount, -2, -1.95, -1.85},
                      {low, part, kInf, kInf, 1e300},  {high, part, -kInf, -kInf, -1e300},
                      {low, part, -kInf, -kInf, kNaN}, {low, amount, kInf, kInf, 3}};
  for (const Row& row : rows) {
    INFO(str_cat("best ", row.best, ", then ", row.equal, " or ", row.better));
    const optim::ReduceLROnPlateauOptions options{
        .mode = row.mode, .threshold = 0.1, .threshold_mode = row.threshold_mode};
    const Index first = std::isinf(row.best) && (row.best > 0) == (row.mode == low) ? 1 : 0;
    CHECK(bad_epochs(options, {row.best, row.best}) == first + 1);
    CHECK(bad_epochs(options, {row.best, row.equal, kNaN}) == first + 2);
    CHECK(bad_epochs(options, {row.best, kNaN, row.better}) ==
          (std::isnan(row.better) ? first + 2 : 0));
  }
  optim::ReduceLROnPlateau schedule(*sgd, {.patience = 1});
  for (int epoch = 0; epoch < 4; ++epoch) schedule.step(-1);
  CHECK(sgd->lr() == doctest::Approx(0.01).epsilon(1e-12));
}

TEST_CASE("a schedule stays where it is if one of the next rates cannot be") {
  for (const double bad : {kNaN, kInf, -1.0}) {
    const auto sgd = two_groups();
    const std::vector<optim::EpochFunction> functions{
        [](Index epoch) { return 1 / (1 + static_cast<double>(epoch)); },
        [bad](Index epoch) { return epoch == 2 ? bad : 1; }};
    optim::LambdaLR schedule(*sgd, functions);
    schedule.step();
    CHECK(contains(message_of([&] { schedule.step(); }), "[LambdaLR] lr="));
    CHECK(schedule.last_epoch() == 1);
    CHECK(sgd->lr(0) == 0.05);
    CHECK(sgd->lr(1) == 0.02);
    CHECK(schedule.get_last_lr() == std::vector<double>{0.05, 0.02});
  }
}

TEST_CASE("schedules refuse options that make no sense") {
  const auto sgd = two_groups();
  const auto refused = [&](auto make) { return message_of([&] { make(*sgd); }); };
  using O = optim::Optimizer;
  CHECK(contains(refused([](O& o) { optim::StepLR(o, 0); }),
                 "[StepLR] step_size=0 must be at least 1"));
  CHECK(contains(refused([](O& o) { optim::StepLR(o, 0); }), "test_lr_scheduler.cpp:"));
  CHECK(contains(refused([](O& o) { optim::StepLR(o, 1, -1); }), "gamma=-1 must not be negative"));
  CHECK(contains(refused([](O& o) {
                   optim::MultiStepLR(o, {3, -1});
                 }),
                 "milestone -1 must not be negative"));
  CHECK(contains(refused([](O& o) { optim::ExponentialLR(o, std::nan("")); }), "gamma="));
  CHECK(contains(refused([](O& o) { optim::ConstantLR(o, {.factor = 0}); }),
                 "factor=0 must be in (0, 1]"));
  CHECK(contains(refused([](O& o) { optim::LinearLR(o, {.start_factor = 0}); }),
                 "start_factor=0 must be in (0, 1]"));
  CHECK(contains(refused([](O& o) { optim::LinearLR(o, {.end_factor = 2}); }),
                 "end_factor=2 must be in [0, 1]"));
  CHECK(contains(refused([](O& o) { optim::PolynomialLR(o, {.total_iters = 0}); }),
                 "total_iters=0 must be at least 1"));
  CHECK(contains(refused([](O& o) { optim::CosineAnnealingLR(o, 0); }),
                 "T_max=0 must be at least 1"));
  CHECK(contains(refused([](O& o) { optim::CosineAnnealingWarmRestarts(o, 1, 0); }),
                 "T_mult=0 must be at least 1"));
  CHECK(contains(refused([](O& o) {
                   optim::LambdaLR(o,
                                   std::vector<optim::EpochFunction>(3, [](Index) { return 1.0; }));
                 }),
                 "got 3 functions for 2 parameter groups"));
  CHECK(contains(refused([](O& o) {
                   optim::SWALR(o, {0.1, 0.1, 0.1});
                 }),
                 "swa_lr has 3 values, but the optimizer has 2 parameter groups"));
  CHECK(contains(refused([](O& o) { optim::CyclicLR(o, -0.1, 0.1); }),
                 "base_lr=-0.1 must not be negative"));
  CHECK(contains(refused([](O& o) { optim::CyclicLR(o, 0.1, 0.2, {.step_size_up = 0}); }),
                 "step_size_up=0 must be at least 1"));
  CHECK(contains(refused([](O& o) { optim::OneCycleLR(o, 0.1); }),
                 "give either total_steps, or epochs and steps_per_epoch"));
  CHECK(contains(refused([](O& o) { optim::OneCycleLR(o, 0.1, {.total_steps = 0}); }),
                 "total_steps=0 must be at least 1"));
  CHECK(
      contains(refused([](O& o) { optim::OneCycleLR(o, 0.1, {.total_steps = 9, .pct_start = 2}); }),
               "pct_start=2 must be in [0, 1]"));
  CHECK(contains(refused([](O& o) { optim::ReduceLROnPlateau(o, {.factor = 1}); }),
                 "factor=1 must be in [0, 1)"));
  CHECK(contains(refused([](O& o) { optim::ReduceLROnPlateau(o, {.patience = -1}); }),
                 "patience=-1 must not be negative"));

  optim::Adagrad adagrad({start(float64)});
  CHECK(contains(message_of([&] { optim::CyclicLR(adagrad, 0.1, 0.2); }),
                 "Adagrad has neither momentum nor betas; set cycle_momentum = false"));
  CHECK(message_of([&] { optim::CyclicLR(adagrad, 0.1, 0.2, {.cycle_momentum = false}); }) ==
        "no error");
}

TEST_CASE("combinations refuse parts that do not fit") {
  const auto sgd = two_groups(), other = two_groups();
  optim::StepLR first(*sgd, 1), second(*sgd, 1), foreign(*other, 1);
  const auto sequence = [&](std::vector<optim::LRScheduler*> parts, std::vector<Index> milestones) {
    return message_of([&] { optim::SequentialLR(*sgd, parts, milestones); });
  };
  CHECK(contains(sequence({}, {}), "[SequentialLR] the list of schedulers is empty"));
  CHECK(contains(sequence({&first, &foreign}, {3}),
                 "schedulers[1] is null or acts on another optimizer"));
  CHECK(contains(sequence({&first, &second}, {}), "got 0 milestones for 2 schedulers"));
  CHECK(contains(sequence({&first, &second, &first}, {3, 3}),
                 "milestones[1]=3 must be greater than the one before"));
  CHECK(contains(message_of([&] { optim::ChainedScheduler({}); }), "list of schedulers is empty"));
  CHECK(contains(message_of([&] {
                   optim::ChainedScheduler({&first, nullptr});
                 }),
                 "schedulers[1] is null"));
}

TEST_CASE("a step beyond the last of a one-cycle schedule is an error") {
  const auto sgd = two_groups();
  optim::OneCycleLR schedule(*sgd, 0.1, {.total_steps = 2});
  schedule.step();
  schedule.step();
  CHECK(contains(message_of([&] { schedule.step(); }),
                 "[OneCycleLR] step 3 of a schedule of total_steps=2"));
  CHECK(schedule.last_epoch() == 2);
}

TEST_CASE("a group added after the scheduler is an error, not a group forgotten") {
  const auto sgd = two_groups();
  optim::StepLR schedule(*sgd, 1);
  sgd->add_param_group({start(float64)}, {.lr = 1});
  CHECK(contains(message_of([&] { schedule.step(); }),
                 "the optimizer has 3 parameter groups, but had 2"));
}

TEST_CASE("a scheduler's state is refused whole") {
  const auto sgd = two_groups();
  optim::StepLR schedule(*sgd, 2);
  schedule.step();
  StateDict state = schedule.state_dict();
  state.erase("last_epoch");
  state["base_lrs"] = ones({3}, float64);
  state["last_lr"] = tensor({0.1, -kInf}, float64);
  state["extra"] = ones({});
  const std::string message = message_of([&] { schedule.load_state_dict(state); });
  CHECK(contains(message, "missing last_epoch"));
  CHECK(contains(message, "mismatched base_lrs: 2 values in the scheduler, 3 in the dict"));
  CHECK(contains(message, "last_lr holds -inf"));
  CHECK(contains(message, "unexpected extra"));
  CHECK(schedule.last_epoch() == 1);

  const auto other = two_groups();
  optim::ExponentialLR exponential(*other, 0.5);
  CHECK(contains(message_of([&] { exponential.load_state_dict(schedule.state_dict()); }),
                 "the state is of StepLR, not of ExponentialLR"));
}
