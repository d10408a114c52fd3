// SPDX-License-Identifier: MIT
// The phases of an image: its positions, border included, split by their remainders modulo the
// strides of a convolution. Inside a phase, a tap reads adjacent numbers for adjacent outputs, so
// that products read their operands in place. Large images are cut into bands.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/taps.hpp"
#include "tinygrad/kernels/scratch.hpp"
#include "tinygrad/kernels/simd/short_lines.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::direct {

/// Input position p of a dim, counted from the start of its border, is number p / stride of phase
/// p % stride. Output o reads number o + shift(k) of phase(k) through tap k.
struct PhaseDim : ConvDim {
  PhaseDim() = default;
  explicit PhaseDim(const ConvDim& a) : ConvDim(a) {}
  Index phase(Index k) const { return k * dilation % stride; }
  Index shift(Index k) const { return k * dilation / stride; }
  Index most_shift() const { return (reach() - 1) / stride; }
  Index phases() const { return std::min(stride, reach()); }  ///< phases that a tap may read
  Index numbers() const { return out + most_shift(); }        ///< of a phase, read by outputs
  /// The distance from `position` to the next position of a phase.
  Index until(Index phase, Index position) const {
    return (phase - position % stride + stride) % stride;
  }
};

/// A range of outputs, or of phase numbers, in the dim that is divided into bands.
struct Band {
  Index first, count;
};

/// The dims of a convolution, and the bands of its images along the first long dim.
class Phases {
 public:
  std::array<PhaseDim, 3> dims;
  int cut = 0;    ///< the dim of the bands
  Index longest;  ///< size of the longest band
  Index bands;

  /// Chooses bands whose inputs (or gradients with all that they reach) fit a second-level cache.
  Phases(const ConvShape& s, bool inputs, Index channels, Index element_bytes) {
    for (std::size_t i = 0; i < 3; ++i) dims[i] = PhaseDim(s.dims[i]);
    while (cut < 2 && dim(cut).out == 1) ++cut;
    const auto length = [&](const PhaseDim& a) { return inputs ? a.numbers() : a.out; };
    const Index all = length(dim(cut));
    Index bytes = channels * element_bytes;
    for (int i = 0; i < 3; ++i) bytes *= i == cut ? dim(i).stride : dim(i).padded();
    bands = std::clamp<Index>((all * bytes + kL2Bytes - 1) / kL2Bytes, 1, all);
    longest = (all + bands - 1) / bands;
    bands = (all + longest - 1) / longest;
    total_ = all;
  }
  const PhaseDim& dim(int i) const { return dims[static_cast<std::size_t>(i)]; }
  Band operator[](Index i) const { return {i * longest, std::min(longest, total_ - i * longest)}; }
  /// The part of dim i that belongs to a band; `all` is the size of dim i.
  Band along(int i, const Band& band, Index all) const { return i == cut ? band : Band{0, all}; }

 private:
  Index total_;
};

/// A box of numbers with three dims.
struct Box {
  std::array<Index, 3> size;
  Index count() const { return size[0] * size[1] * size[2]; }
  Index at(Index d, Index h, Index w) const { return (d * size[1] + h) * size[2] + w; }
};

}  // namespace tinygrad::kernels::conv::direct

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::direct::inline TINYGRAD_WIDE {

/// Copies `count` numbers of a line, from position `first` on, to its phases, or back. Adjacent
/// phases are `phase` apart.
template <class T> class PhaseLine {
 public:
  PhaseLine(const PhaseDim& a, Index first, Index count, Index phase)
      : dim_(a),
        first_(first),
        count_(count),
        phase_(phase),
        even_((first + 1) / 2),
        odd_(phase + first / 2) {}
  void split(const T* line, T* to) const {
    if (dim_.stride == 1) return copy_few(line, count_, to + first_);
    if (dim_.stride == 2) {
      T* const odd = dim_.phases() == 2 ? to + odd_ : nullptr;
      return first_ % 2 == 0 ? split_in_two(line, count_, to + even_, odd)
                             : split_in_two(line, count_, odd, to + even_);
    }
    for_each_number([&](Index i, Index number) { to[number] = line[i]; });
  }
  void join(const T* from, T* line) const {
    if (dim_.stride == 1) return copy_few(from + first_, count_, line);
    if (dim_.stride == 2 && dim_.phases() == 2)
      return first_ % 2 == 0 ? join_two(from + even_, from + odd_, count_, line)
                             : join_two(from + odd_, from + even_, count_, line);
    for_each_number([&](Index i, Index number) { line[i] = from[number]; });
  }

 private:
  template <class F> void for_each_number(F f) const {
    const Index stride = dim_.stride, count = count_;
    for (Index phase = 0; phase < dim_.phases(); ++phase) {
      Index i = dim_.until(phase, first_), number = phase * phase_ + (first_ + i) / stride;
      for (; i < count; i += stride) f(i, number++);
    }
  }

  PhaseDim dim_;
  Index first_, count_, phase_;
  Index even_, odd_;  // the places of the first number in each of two phases
};

/// One image's group of channels, split into phases, for a band of outputs.
template <class T> class SplitInput {
 public:
  SplitInput(const ConvShape& s, const Phases& phases) : s_(s), phases_(phases) {
    for (int i = 0; i < 3; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const PhaseDim& a = phases.dim(i);
      box_.size[at] = i == phases.cut ? phases.longest + a.most_shift() : a.numbers();
      of_phases_.size[at] = a.phases();
    }
    const PhaseDim &depth = phases.dims[0], &height = phases.dims[1], &width = phases.dims[2];
    for (Index c = 0; c < s.group_in(); ++c)
      detail::for_each_tap(s, [&](Index kd, Index kh, Index kw) {
        const Index phase = of_phases_.at(depth.phase(kd), height.phase(kh), width.phase(kw));
        offsets_.push_back((c * of_phases_.count() + phase) * phase_size() +
                           box_.at(depth.shift(kd), height.shift(kh), width.shift(kw)));
      });
  }
  const Box& box() const { return box_; }
  /// The start of the numbers that each (channel, tap) reads, in the order of the weights.
  const std::vector<Index>& offsets() const { return offsets_; }
  Index size() const { return s_.group_in() * of_phases_.count() * phase_size(); }
  /// The count of a phase's numbers from a band's first output to its last.
  Index span(const Band& band) const {
    const auto last = [&](int i) { return phases_.along(i, band, phases_.dim(i).out).count - 1; };
    return box_.at(last(0), last(1), last(2)) + 1;
  }
  /// Copies channels (group_in(), positions) of x to `to`.
  void fill(const T* x, const Band& band, T* to) const {
    // Local copies, because the compiler must assume that stores to `to` change what references
    // name.
    const PhaseDim depth = phases_.dims[0], height = phases_.dims[1], width = phases_.dims[2];
    const Box box = box_;
    const Index d0 = start(0, band), h0 = start(1, band), w0 = start(2, band);
    const Index last = w0 + (phases_.along(2, band, width.out).count - 1) * width.stride;
    const Index end = last + width.reach();
    const Index begin = std::clamp<Index>(w0, 0, width.in);
    const PhaseLine<T> columns(width, begin - w0, std::clamp(end, begin, width.in) - begin,
                               phase_size());
    const Index next_phase = width.phases() * phase_size(), height_phases = height.phases();
    const Index next_channel = s_.in_positions();
    std::fill_n(to, size(), T{0});
    for (Index c = 0; c < s_.group_in(); ++c, x += s_.in_positions())
      for (Index fd = 0; fd < depth.phases(); ++fd, to += height_phases * next_phase)
        for (Index i = 0, d = d0 + fd; i < box.size[0]; ++i, d += depth.stride)
          for (Index j = 0; j < box.size[1] && d >= 0 && d < depth.in; ++j)
            for (Index fh = 0; fh < height_phases; ++fh) {  // in the order of memory
              const Index h = h0 + j * height.stride + fh;
              if (h < 0 || h >= height.in) continue;
              const T* const line = x + (d * height.in + h) * width.in + begin;
              __builtin_prefetch(line + next_channel);  // usually on another page
              __builtin_prefetch(line + next_channel + kLanes<T>);
              columns.split(line, to + fh * next_phase + box.at(i, j, 0));
            }
  }

 private:
  /// The first input position of dim i that a band reads.
  Index start(int i, const Band& band) const {
    return phases_.along(i, band, 0).first * phases_.dim(i).stride - phases_.dim(i).low;
  }
  Index phase_size() const { return box_.count() + kLanes<T>; }

  const ConvShape& s_;
  const Phases& phases_;
  Box box_, of_phases_;
  std::vector<Index> offsets_;
};

/// Calls f(d, h) for the lines of outputs of a band.
template <class F> void for_each_line(const Phases& p, const Band& band, F f) {
  const Band ds = p.along(0, band, p.dim(0).out), hs = p.along(1, band, p.dim(1).out);
  for (Index d = 0; d < ds.count; ++d)
    for (Index h = 0; h < hs.count; ++h) f(ds.first + d, hs.first + h, d, h);
}

}  // namespace tinygrad::kernels::conv::direct
TINYGRAD_END_WIDE
