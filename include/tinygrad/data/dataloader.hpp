// SPDX-License-Identifier: MIT
// DataLoader: cuts a data set into batches of tensors. Background threads prepare the next batches
// while the program trains on this one.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/lint_hook.hpp"
#include "tinygrad/data/transforms/transform.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Shapes  inputs (N, …) · targets (N, …)
struct Batch {
  Tensor inputs;
  Tensor targets;
};

struct DataLoaderOptions {
  Index batch_size = 64;
  bool shuffle = true;     ///< a new order in each epoch
  bool drop_last = false;  ///< leave out the last batch if it is not full
  std::uint64_t seed = 1;  ///< order and transforms are functions of (seed, epoch)
  int prefetch = 2;        ///< how many batches to prepare ahead; 0: none, without a thread
  int workers = 1;         ///< how many threads prepare batches, at most `prefetch`
  /// Changes each sample, in a background thread: {RandomCrop(32), ToFloat()}. Its random numbers
  /// depend only on (seed, epoch, index of the sample). An Error names the transform, the index and
  /// the line that made the loader; other exceptions pass through unchanged.
  Compose sample_transform = {};
  /// Changes each batch after `sample_transform`, in a background thread. Each batch has its own
  /// generator.
  std::function<void(Batch&, Generator&)> transform = nullptr;
};

namespace detail {

inline Index batch_count(Index samples, const DataLoaderOptions& options) {
  const bool rest = samples % options.batch_size != 0 && !options.drop_last;
  return samples / options.batch_size + (rest ? 1 : 0);
}

/// The batches of one epoch. Any thread may make any of them; batch b is always the same.
class BatchSource {
 public:
  BatchSource(Array inputs, Array targets, const DataLoaderOptions& options, std::int64_t epoch,
              At at)
      : op_{"DataLoader", at},
        inputs_(std::move(inputs)),
        targets_(std::move(targets)),
        options_(options),
        random_(Generator(options.seed).split(static_cast<std::uint64_t>(epoch))) {
    samples_random_ = random_.split(~std::uint64_t{0});
    if (options.shuffle) order_ = random_.split(0).permutation(samples());
  }

  Index size() const { return batch_count(samples(), options_); }
  bool shuffled() const { return options_.shuffle; }
  const Array& targets() const { return targets_; }
  /// True if making a batch is too fast for a thread to pay off.
  bool instant() const {
    return !options_.shuffle && !options_.transform && options_.sample_transform.empty();
  }

  Batch make(Index b) const {
    const Index first = b * options_.batch_size;
    const Index last = first + std::min(options_.batch_size, samples() - first);
    Batch batch{inputs(first, last), part(targets_, first, last)};
    if (options_.transform) {
      Generator random = random_.split(static_cast<std::uint64_t>(b) + 1);
      try {
        options_.transform(batch, random);
      } catch (Error& error) {
        error.add_context(str_cat(", in the transform of batch ", b), op_.at);
        throw;
      }
    }
    return batch;
  }

 private:
  Index samples() const { return inputs_.shape()[0]; }
  Array inputs(Index first, Index last) const {
    if (options_.sample_transform.empty()) return part(inputs_, first, last);
    return transform_rows(op_, options_.sample_transform, inputs_,
                          options_.shuffle ? order_.data() + first : nullptr, first, last - first,
                          samples_random_);
  }
  Array part(const Array& source, Index first, Index last) const {
    if (options_.shuffle) return gather_rows(op_, source, order_.data() + first, last - first);
    // A transform may write into its batch, so the batch must not share the data set's memory.
    const Array rows = source.rows(first, last);
    return options_.transform ? rows.copy() : rows;
  }

  Op op_;
  Array inputs_, targets_;
  DataLoaderOptions options_;
  Generator random_, samples_random_;
  std::vector<Index> order_;
};

/// Makes the batches of a source in its own threads, at most `depth` ahead, and returns them in
/// order. Without threads (the system has none left, or this is the child of a fork()), next()
/// makes each batch itself.
class Prefetcher {
 public:
  Prefetcher(const BatchSource& source, int depth, int workers)
      : source_(source), ring_(static_cast<std::size_t>(depth)) {
    const tinygrad::detail::DeafThreads deaf;
    threads_.reserve(static_cast<std::size_t>(workers));
    try {
      for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {  // continue with the threads that did start
    }
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;
  ~Prefetcher() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    room_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  /// True in the child of a fork(). The threads do not exist there and may have held the mutex, so
  /// not even the destructor may run.
  bool left_behind() const { return tinygrad::detail::forks_behind.load() != forks_behind_; }

  /// Returns the next batch, or rethrows the exception from making it. Call it once for each batch.
  Batch next() {
    if (threads_.empty() || left_behind()) return source_.make(given_++);
    std::unique_lock lock(mutex_);
    Slot& slot = slot_of(given_);
    ready_.wait(lock, [&] { return slot.full; });
    Batch batch = std::move(slot.batch);
    const std::exception_ptr error = std::move(slot.error);
    slot = {};
    ++given_;
    lock.unlock();
    room_.notify_one();
    if (error) std::rethrow_exception(error);
    return batch;
  }

 private:
  struct Slot {
    Batch batch;
    std::exception_ptr error = nullptr;
    bool full = false;
  };
  Slot& slot_of(Index b) { return ring_[static_cast<std::size_t>(b) % ring_.size()]; }

  void run() {
    tinygrad::detail::inside_parallel() =
        true;  // a second team of threads would compete with the training for the cores
    while (true) {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] {
        return stop_ || taken_ == source_.size() ||
               taken_ < given_ + static_cast<Index>(ring_.size());
      });
      if (stop_ || taken_ == source_.size()) return;
      const Index b = taken_++;
      lock.unlock();
      Slot made;
      made.full = true;
      try {
        made.batch = source_.make(b);
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      slot_of(b) = std::move(made);
      lock.unlock();
      ready_.notify_one();
    }
  }

  const BatchSource& source_;
  const int forks_behind_ = tinygrad::detail::forks_behind.load();
  std::mutex mutex_;  // guards all members below except the threads
  std::condition_variable ready_, room_;
  std::vector<Slot> ring_;  // batch b waits in slot b modulo ring_.size()
  Index taken_ = 0;         // the next batch to make
  Index given_ = 0;         // the next batch to return
  bool stop_ = false;
  std::vector<std::thread> threads_;  // last, because the threads use all other members
};

struct EndPrefetcher {
  void operator()(Prefetcher* prefetcher) const {
    if (!prefetcher->left_behind()) delete prefetcher;
  }
};

}  // namespace detail

namespace detail {
/// What DataLoader refuses.
struct NoData {
  template <class T>
  requires(!std::is_convertible_v<const T&, ClassificationData> &&
           !std::is_convertible_v<const T&, Tensor>) NoData(const T&);  // NOLINT: implicit
};
}  // namespace detail

/// Cuts a data set into batches: `for (auto& [inputs, targets] : loader)` is one epoch. Each epoch
/// has its own order, a pure function of (seed, epoch). The batches do not depend on `prefetch` and
/// `workers`. Unshuffled batches share the data set's memory: read them, do not write into them.
class DataLoader {
  struct Epoch {  // this order ends the threads before the source that they read
    detail::BatchSource source;
    At at;  // where the loader was made
    std::unique_ptr<detail::Prefetcher, detail::EndPrefetcher> prefetcher;
  };

 public:
  /// Iterates over one epoch. Leaving the loop early, by break or by exception, ends the threads.
  class Iterator {
   public:
    Batch& operator*() { return batch_; }
    Batch* operator->() { return &batch_; }
    Iterator& operator++() {
      ++index_;
      load();
      return *this;
    }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) {
      return i.index_ >= i.epoch_->source.size();
    }

   private:
    friend class DataLoader;
    Iterator(std::unique_ptr<Epoch> epoch, const DataLoaderOptions& options)
        : epoch_(std::move(epoch)) {
      const auto& source = epoch_->source;
      if (options.prefetch > 0 && source.size() > 0 && !source.instant())
        epoch_->prefetcher.reset(new detail::Prefetcher(
            source, options.prefetch, std::min(options.workers, options.prefetch)));
      load();
    }
    void load() {
      batch_ = {};  // frees memory that the next batch can use
      if (*this == std::default_sentinel) return;
      const auto& source = epoch_->source;
      batch_ = epoch_->prefetcher ? epoch_->prefetcher->next() : source.make(index_);
      if (detail::on_unshuffled_batch && !source.shuffled()) [[unlikely]]
        detail::on_unshuffled_batch(
            {batch_.inputs.array(), batch_.targets.array(), source.targets(), epoch_->at});
    }

    std::unique_ptr<Epoch> epoch_;
    Index index_ = 0;
    Batch batch_;
  };

  explicit DataLoader(...) TINYGRAD_REFUSED("(data, options) or (inputs, targets, options)");
  explicit DataLoader(const detail::NoData&, const DataLoaderOptions& = {})
      TINYGRAD_REFUSED("DataLoader(data, options): data is a ClassificationData");
  DataLoader(const ClassificationData& data, DataLoaderOptions options = {}, At at = At::here())
      : DataLoader(data.inputs, data.targets, std::move(options), at) {
    check_data({"DataLoader", at}, data);
  }

  /// Takes any two tensors or arrays with the same number of rows, for example for regression.
  /// Throws  GraphError if one requires a gradient: gradients do not pass through a loader
  DataLoader(const Tensor& inputs, const Tensor& targets, DataLoaderOptions options = {},
             At at = At::here())
      : inputs_(inputs.defined() ? inputs.array() : Array()),
        targets_(targets.defined() ? targets.array() : Array()),
        options_(std::move(options)),
        at_(at) {
    const Op op{"DataLoader", at};
    for (const Tensor* const part : {&inputs, &targets})
      check<GraphError>(!part->requires_grad(), op, part == &inputs ? "inputs" : "targets",
                        " require a gradient, which does not pass through a loader; detach() them");
    check<ShapeError>(inputs_.rank() >= 1 && targets_.rank() >= 1, op, "inputs ", inputs_.shape(),
                      " and targets ", targets_.shape(), " must have rows");
    check<ShapeError>(inputs_.shape()[0] == targets_.shape()[0], op, "inputs ", inputs_.shape(),
                      " and targets ", targets_.shape(), " must have as many rows");
    check<ValueError>(options_.batch_size >= 1, op, "batch_size=", options_.batch_size,
                      " must be at least 1");
    check<ValueError>(options_.prefetch >= 0, op, "prefetch=", options_.prefetch,
                      " must not be negative");
    check<ValueError>(options_.workers >= 1, op, "workers=", options_.workers,
                      " must be at least 1");
  }

  /// Starts the next epoch.
  Iterator begin() {
    return {std::unique_ptr<Epoch>(
                new Epoch{{inputs_, targets_, options_, epoch_++, at_}, at_, nullptr}),
            options_};
  }
  std::default_sentinel_t end() const { return {}; }

  /// The number of batches in an epoch.
  Index size() const { return detail::batch_count(inputs_.shape()[0], options_); }
  /// The epoch that the next begin() starts, counted from 0.
  std::int64_t epoch() const { return epoch_; }
  void set_epoch(std::int64_t epoch) { epoch_ = epoch; }

 private:
  Array inputs_, targets_;
  DataLoaderOptions options_;
  At at_;
  std::int64_t epoch_ = 0;
};

}  // namespace tinygrad::data
