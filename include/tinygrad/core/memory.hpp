// SPDX-License-Identifier: MIT
// Reference counting, and the pool that provides all array memory. The pool keeps freed blocks and
// reuses them: fresh pages cost a fault for every 4 KiB, about as much as the arithmetic of an
// elementwise op.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "tinygrad/core/error.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tinygrad::inline TINYGRAD_ABI {

/// The place of an object's reference count, which is 1 after construction.
template <class T> std::atomic<std::uint32_t>& ref_count(T* object) { return object->refs; }

/// An owning pointer to a T that counts its own references, in ref_count(T*); a free function
/// release(T*) is called when the count reaches 0. T may be incomplete where both are declared.
template <class T> class Ref {
 public:
  Ref() = default;
  static Ref adopt(T* object) { return Ref(object); }
  static Ref share(T* object) {
    if (object) ref_count(object).fetch_add(1, std::memory_order_relaxed);
    return Ref(object);
  }
  Ref(const Ref& other) : Ref(share(other.object_)) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ && ref_count(object_).fetch_sub(1, std::memory_order_acq_rel) == 1)
      release(object_);
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool unique() const { return object_ && ref_count(object_).load(std::memory_order_acquire) == 1; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

 private:
  explicit Ref(T* object) : object_(object) {}
  T* object_ = nullptr;
};

/// Bytes handed out, the most ever handed out at once, and freed bytes kept for reuse.
struct MemoryStats {
  std::size_t live_bytes = 0;
  std::size_t peak_bytes = 0;
  std::size_t cached_bytes = 0;
  std::size_t system_allocations = 0;
};

/// The process-wide pool of 64-byte aligned blocks. Freed blocks wait in lists by size class (four
/// to each power of two), so that a training step reuses the blocks of the step before. The peaks
/// of all classes together were 1.2 to 1.5 times the peak of live bytes. When live plus cached
/// bytes exceed twice the peak, the whole cache is freed. Thread-safe.
class Pool {
 public:
  static constexpr std::size_t kAlignment = 64;

  static Pool& instance() {
    static constinit Pool pool;  // nothing to destroy: tensors may outlive other statics
    return pool;
  }

  void* allocate(std::size_t bytes, const Op& op = {"allocate"}) {
    const std::size_t slot = class_of(bytes);
    const std::size_t size = class_size(slot);
    {
      const std::lock_guard lock(mutex_);
      if (FreeBlock* block = free_[slot]) {
        free_[slot] = block->next;
        stats_.cached_bytes -= size;
        count_live(size);
        return block;
      }
    }
    void* block = from_system(size);
    if (!block) {
      release_cached();
      block = from_system(size);
    }
    const std::lock_guard lock(mutex_);
    if (!block)
      fail<OutOfMemoryError>(op.or_latest(), "out of memory: ", bytes, " bytes were asked for, ",
                             stats_.live_bytes, " are in use by tensors");
    ++stats_.system_allocations;
    count_live(size);
    return block;
  }

  void deallocate(void* block, std::size_t bytes) noexcept {
    const std::size_t slot = class_of(bytes);
    const std::size_t size = class_size(slot);
    {
      const std::lock_guard lock(mutex_);
      stats_.live_bytes -= size;
      if (stats_.live_bytes + stats_.cached_bytes + size > 2 * most_live_ + kSlack) free_cached();
      if (reuses_) {
        free_[slot] = new (block) FreeBlock{free_[slot]};
        stats_.cached_bytes += size;
        return;
      }
    }
    std::free(block);
  }

  /// Gives every cached block back to the system.
  void release_cached() {
    const std::lock_guard lock(mutex_);
    free_cached();
  }

  MemoryStats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

  /// Frees every cached block, and from now on each block as soon as it is unused. Does nothing if
  /// the pool is in use at this moment, because a signal handler may have called exit() from there.
  void stop_reuse() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    free_cached();
    reuses_ = false;
  }
  bool reuses() {
    const std::lock_guard lock(mutex_);
    return reuses_;
  }

  /// These run around fork(), in parent and child. The child has only the thread that called
  /// fork(); it must not find the pool in the middle of another thread's change.
  void before_fork() { mutex_.lock(); }
  void after_fork() { mutex_.unlock(); }

  /// Starts a new measurement of the peak.
  void reset_peak() {
    const std::lock_guard lock(mutex_);
    stats_.peak_bytes = stats_.live_bytes;
  }

 private:
  static constexpr std::size_t kSmallest = 7;  // 128 bytes: a header and one cache line
  static constexpr std::size_t kMostBytes = std::size_t{1} << 40;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20, kHuge = 2 * kHugePage;
  static constexpr std::size_t kSlack = std::size_t{16} << 20;

  // The links of a list of blocks are in the blocks, so that the list needs no memory.
  struct FreeBlock {
    FreeBlock* next;
  };

  // Class 4·e + q holds blocks of 2^(e+7) · (1 + q/4) bytes.
  static std::size_t class_of(std::size_t bytes) {
    if (bytes <= std::size_t{1} << kSmallest) return 0;
    const auto exponent = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;
    const std::size_t quarter = ((bytes - 1) >> (exponent - 2)) & 3;
    return 4 * (exponent - kSmallest) + quarter + 1;
  }
  static std::size_t class_size(std::size_t slot) {
    const std::size_t base = std::size_t{1} << (kSmallest + slot / 4);
    const std::size_t size = base + base / 4 * (slot % 4);
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }

  /// Large blocks use pages of 2 MiB if the system has them. Kernels that read or write many planes
  /// at once would otherwise wait for address translation.
  static void* from_system(std::size_t size) {
    if (size >= kMostBytes) return nullptr;  // not worth asking for
    if (size < kHuge) return std::aligned_alloc(kAlignment, size);
    const std::size_t whole = (size + kHugePage - 1) / kHugePage * kHugePage;
    void* block = std::aligned_alloc(kHugePage, whole);
#if defined(MADV_HUGEPAGE)
    if (block) madvise(block, whole, MADV_HUGEPAGE);
#endif
    return block;
  }

  // The caller of these two holds the lock.
  void count_live(std::size_t size) {
    stats_.live_bytes += size;
    stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
    most_live_ = std::max(most_live_, stats_.live_bytes);
  }
  void free_cached() noexcept {
    for (FreeBlock*& first : free_)
      while (first) std::free(std::exchange(first, first->next));
    stats_.cached_bytes = 0;
  }

  std::mutex mutex_;  // guards all below
  FreeBlock* free_[4 * 64] = {};
  MemoryStats stats_;
  std::size_t most_live_ = 0;  // the peak that reset_peak() leaves
  bool reuses_ = true;
};

namespace detail {
/// Connects the pool to the life of the process: forks, and the end of the program or of the shared
/// library that holds the pool, after which no memory may remain. Constructed before the statics of
/// a file that includes this one, and therefore destroyed after them.
struct PoolLife {
  PoolLife() {
    const auto after = [] { Pool::instance().after_fork(); };
    pthread_atfork([] { Pool::instance().before_fork(); }, after, after);
  }
  PoolLife(const PoolLife&) = delete;
  PoolLife& operator=(const PoolLife&) = delete;
  ~PoolLife() { Pool::instance().stop_reuse(); }
};
inline const PoolLife pool_life;

// The address sanitizer finds pointers to freed memory only if the memory is not reused. A static
// of the files compiled with it, so that no function is compiled in two ways.
#if defined(__SANITIZE_ADDRESS__)
#define TINYGRAD_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TINYGRAD_ADDRESS_SANITIZER
#endif
#endif
#if defined(TINYGRAD_ADDRESS_SANITIZER)
inline const struct NoReuse {
  NoReuse() { Pool::instance().stop_reuse(); }
} no_reuse;
#undef TINYGRAD_ADDRESS_SANITIZER
#endif
}  // namespace detail

/// A counted block of memory: from the pool, with this header in its first 64 bytes, or a user's
/// memory, which `owner` keeps alive.
struct alignas(64) Buffer {
  std::atomic<std::uint32_t> refs{1};
  std::atomic<std::uint32_t> version{0};  ///< how often the values were overwritten in place
  const char* writer = "";                ///< the op that overwrote them last
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  std::shared_ptr<const void> owner;
  bool foreign = false;

  static Ref<Buffer> allocate(std::size_t bytes, const Op& op = {"allocate"}) {
    void* block = Pool::instance().allocate(sizeof(Buffer) + bytes, op);
    auto* buffer = new (block) Buffer;
    buffer->data = static_cast<std::byte*>(block) + sizeof(Buffer);
    buffer->bytes = bytes;
    return Ref<Buffer>::adopt(buffer);
  }
  static Ref<Buffer> wrap(void* data, std::size_t bytes, std::shared_ptr<const void> owner) {
    auto buffer = allocate(0);
    buffer->data = static_cast<std::byte*>(data);
    buffer->bytes = bytes;
    buffer->owner = std::move(owner);
    buffer->foreign = true;
    return buffer;
  }
};

inline void release(Buffer* buffer) noexcept {
  const std::size_t held = sizeof(Buffer) + (buffer->foreign ? 0 : buffer->bytes);
  buffer->~Buffer();
  Pool::instance().deallocate(buffer, held);
}

}  // namespace tinygrad
