// SPDX-License-Identifier: MIT
// Convolutions of any stride without an unfolded input: a picture is copied once, its border with
// it, and split by the remainders of its positions modulo the strides. In these phases what a tap
// reads for adjacent outputs is adjacent, so that products take their operands from there. One
// image, or a band of a large one, is a task.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv_im2col.hpp"
#include "tinygrad/kernels/conv_shape.hpp"
#include "tinygrad/kernels/panel_products.hpp"

namespace tinygrad::kernels::direct {

/// Input position p of an axis, counted from the start of its border, is number p / stride of phase
/// p % stride. Output o reads number o + shift(k) of phase(k) through tap k.
struct PhaseAxis : ConvAxis {
  PhaseAxis() = default;
  explicit PhaseAxis(const ConvAxis& a) : ConvAxis(a) {}
  Index phase(Index k) const { return k * dilation % stride; }
  Index shift(Index k) const { return k * dilation / stride; }
  Index most_shift() const { return (reach() - 1) / stride; }
  Index phases() const { return std::min(stride, reach()); }  ///< that a tap may read
};

/// Some outputs, or phase numbers, of the axis that is cut into bands.
struct Band {
  Index first, count;
};

/// The axes of a convolution, and how its images are cut into bands along the first long axis.
class Phases {
 public:
  std::array<PhaseAxis, 3> axes;
  int cut = 0;    ///< the axis of the bands
  Index longest;  ///< of the bands
  Index bands;

  /// Bands whose inputs, or gradients with all they reach, fit a second-level cache.
  Phases(const ConvShape& s, bool inputs, Index channels, Index element_bytes) {
    for (std::size_t i = 0; i < 3; ++i) axes[i] = PhaseAxis(s.axes[i]);
    while (cut < 2 && axis(cut).out == 1) ++cut;
    const auto length = [&](const PhaseAxis& a) { return inputs ? a.out + a.most_shift() : a.out; };
    const Index all = length(axis(cut));
    Index bytes = channels * element_bytes;
    for (int i = 0; i < 3; ++i) bytes *= i == cut ? axis(i).stride : axis(i).padded();
    bands = std::clamp<Index>((all * bytes + kUnfoldedBytes - 1) / kUnfoldedBytes, 1, all);
    longest = (all + bands - 1) / bands;
    bands = (all + longest - 1) / longest;
    total_ = all;
  }
  const PhaseAxis& axis(int i) const { return axes[static_cast<std::size_t>(i)]; }
  Band operator[](Index i) const { return {i * longest, std::min(longest, total_ - i * longest)}; }
  /// What of axis i belongs to a band, of `all` numbers.
  Band along(int i, const Band& band, Index all) const { return i == cut ? band : Band{0, all}; }

 private:
  Index total_;
};

inline Index round_up(Index n, Index unit) { return (n + unit - 1) / unit * unit; }

/// Lines of numbers, three axes deep.
struct Box {
  std::array<Index, 3> size;
  Index count() const { return size[0] * size[1] * size[2]; }
  Index at(Index d, Index h, Index w) const { return (d * size[1] + h) * size[2] + w; }
};

/// Copies few numbers.
template <class T> void copy_short(const T* from, Index count, T* to) {
  constexpr int L = kLanes<T>;
  if (count < L) {
    for (Index i = 0; i < count; ++i) to[i] = from[i];
    return;
  }
  for (Index i = 0; i + L < count; i += L) store(to + i, load(from + i));
  store(to + count - L, load(from + count - L));
}

/// Splits the numbers of a line; `odd` or `even` may be null.
template <class T> void split_in_two(const T* line, Index count, T* even, T* odd) {
  constexpr int L = kLanes<T>;
  Index i = 0;
  for (; i + 2 * L <= count; i += 2 * L) {
    const Vec<T> low = load(line + i), high = load(line + i + L);
    if (even) store(even + i / 2, pick<T, [](int j) { return 2 * j; }>(low, high));
    if (odd) store(odd + i / 2, pick<T, [](int j) { return 2 * j + 1; }>(low, high));
  }
  if (i + L <= count) {
    constexpr auto both = [](int j) { return j < L / 2 ? 2 * j : 2 * j + 1 - L; };
    const Vec<T> v = pick<T, both>(load(line + i), Vec<T>{});
    if (even) store_half<T, 0>(even + i / 2, v);
    if (odd) store_half<T, 1>(odd + i / 2, v);
    i += L;
  }
  for (Index j = i; even && j < count; j += 2) even[j / 2] = line[j];
  for (Index j = i + 1; odd && j < count; j += 2) odd[j / 2] = line[j];
}

/// Copies `count` numbers of a line to its phases, the first of them to position `first`. From one
/// phase to the next it is `phase`.
template <class T> class LineSplitter {
 public:
  LineSplitter(const PhaseAxis& a, Index first, Index count, Index phase)
      : stride_(a.stride), phases_(a.phases()), first_(first), count_(count), phase_(phase) {
    zero_ = (first + 1) / 2;
    one_ = phase + first / 2;
  }
  void operator()(const T* line, T* to) const {
    if (stride_ == 1) return copy_short(line, count_, to + first_);
    if (stride_ == 2) {
      T* const one = phases_ == 2 ? to + one_ : nullptr;
      return first_ % 2 == 0 ? split_in_two(line, count_, to + zero_, one)
                             : split_in_two(line, count_, one, to + zero_);
    }
    for (Index f = 0; f < phases_; ++f) {
      Index i = (f - first_ % stride_ + stride_) % stride_;  // the first number of remainder f
      T* numbers = to + f * phase_ + (first_ + i) / stride_;
      for (; i < count_; i += stride_) *numbers++ = line[i];
    }
  }

 private:
  Index stride_, phases_, first_, count_, phase_;
  Index zero_, one_;  // where the first numbers of two phases go
};

/// Packs (count, depth) for PanelProducts: (blocks of rows, depth, row), zeros behind. Row r of
/// `from` begins at from[r·row], and its numbers are at `offsets` from there.
template <class T> void pack_rows(const T* from, Index count, Index row, const Index* offsets,
                                  Index depth, const PanelProducts<T>& products, T* to) {
  const Index rows = products.rows;
  const Index blocks = (count + rows - 1) / rows, grain = 1 + 65536 / (rows * depth + 1);
  parallel_for(blocks, grain, [&](Index begin, Index end) {
    for (Index r = begin * rows; r < end * rows; ++r) {
      T* const packed = to + r / rows * rows * depth + r % rows;
      const T* const numbers = from + std::min(r, count - 1) * row;
      if (r < count)
        for (Index d = 0; d < depth; ++d) packed[d * rows] = numbers[offsets[d]];
      else
        for (Index d = 0; d < depth; ++d) packed[d * rows] = T{0};
    }
  });
}

/// The phases of one image's group of channels, for a band of outputs.
template <class T> class SplitInput {
 public:
  SplitInput(const ConvShape& s, const Phases& phases) : s_(s), phases_(phases) {
    for (int i = 0; i < 3; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const PhaseAxis& a = phases.axis(i);
      box_.size[at] = (i == phases.cut ? phases.longest : a.out) + a.most_shift();
      of_phases_.size[at] = a.phases();
    }
    const PhaseAxis &depth = phases.axes[0], &height = phases.axes[1], &width = phases.axes[2];
    for (Index c = 0; c < s.group_in(); ++c)
      detail::for_each_tap(s, [&](Index kd, Index kh, Index kw) {
        const Index phase = of_phases_.at(depth.phase(kd), height.phase(kh), width.phase(kw));
        offsets_.push_back((c * of_phases_.count() + phase) * phase_size() +
                           box_.at(depth.shift(kd), height.shift(kh), width.shift(kw)));
      });
  }
  const Box& box() const { return box_; }
  /// Where the numbers of (channel, tap) begin, for each of them, in the order of the weights.
  const std::vector<Index>& offsets() const { return offsets_; }
  Index size() const { return s_.group_in() * of_phases_.count() * phase_size(); }
  /// How many numbers of a phase lie from a band's first output to its last.
  Index span(const Band& band) const {
    const auto last = [&](int i) { return phases_.along(i, band, phases_.axis(i).out).count - 1; };
    return box_.at(last(0), last(1), last(2)) + 1;
  }
  /// Copies channels (group_in(), positions) of x to `to`.
  void fill(const T* x, const Band& band, T* to) const {
    const PhaseAxis depth = phases_.axes[0], height = phases_.axes[1], width = phases_.axes[2];
    const Index d0 = start(0, band), h0 = start(1, band), w0 = start(2, band);
    const Index columns = phases_.along(2, band, width.out).count;
    const Index end = w0 + (columns - 1) * width.stride + width.reach();
    const Index begin = std::clamp<Index>(w0, 0, width.in);
    const LineSplitter<T> split(width, begin - w0, std::clamp(end, begin, width.in) - begin,
                                phase_size());
    const Index next_phase = width.phases() * phase_size(), height_phases = height.phases();
    const Index next_channel = s_.in_positions();
    const Box box = box_;
    std::fill_n(to, size(), T{0});
    for (Index c = 0; c < s_.group_in(); ++c, x += s_.in_positions())
      for (Index fd = 0; fd < depth.phases(); ++fd, to += height_phases * next_phase)
        for (Index i = 0, d = d0 + fd; i < box.size[0]; ++i, d += depth.stride)
          for (Index j = 0; j < box.size[1] && d >= 0 && d < depth.in; ++j)
            for (Index fh = 0; fh < height_phases; ++fh) {  // lines in the order of memory
              const Index h = h0 + j * height.stride + fh;
              if (h < 0 || h >= height.in) continue;
              const T* const line = x + (d * height.in + h) * width.in + begin;
              __builtin_prefetch(line + next_channel);  // a page away, as a rule
              __builtin_prefetch(line + next_channel + kLanes<T>);
              split(line, to + fh * next_phase + box.at(i, j, 0));
            }
  }

 private:
  /// The first input position of axis i that a band reads.
  Index start(int i, const Band& band) const {
    return phases_.along(i, band, 0).first * phases_.axis(i).stride - phases_.axis(i).low;
  }
  Index phase_size() const { return box_.count() + kLanes<T>; }

  const ConvShape& s_;
  const Phases& phases_;
  Box box_, of_phases_;
  std::vector<Index> offsets_;
};

/// Calls f(d, h) for the lines of outputs of a band.
template <class F> void for_each_line(const Phases& p, const Band& band, F f) {
  const Band ds = p.along(0, band, p.axis(0).out), hs = p.along(1, band, p.axis(1).out);
  for (Index d = 0; d < ds.count; ++d)
    for (Index h = 0; h < hs.count; ++h) f(ds.first + d, hs.first + h, d, h);
}

/// Into how many parts to cut `blocks` so that a few images keep all threads busy.
inline Index parts_of(Index images, Index blocks) {
  constexpr Index kTasks = 8;
  return std::clamp<Index>(kTasks / std::max<Index>(images, 1), 1, blocks);
}

/// y = the convolution of x by w, plus bias, which may be null.
template <class T>
void forward(const Op& op, const ConvShape& s, const T* x, const T* w, const T* bias, T* y) {
  const Index out = s.group_out(), k = s.group_in() * s.taps(), positions = s.out_positions();
  const Phases phases(s, false, s.group_in(), sizeof(T));
  const SplitInput<T> input(s, phases);
  const auto products = PanelProducts<T>::template for_rows<kernels::detail::ScatteredRows<T>>(out);
  const Index rows = products.rows, padded = products.padded(out);
  const Array packed = Array::empty({s.groups, padded * (k + 1)}, dtype_of<T>(), op);
  T* const all = packed.data<T>();
  const std::vector<Index> taps = multiples(k, 1);
  for (Index g = 0; g < s.groups; ++g) {
    T* const start = all + g * padded * (k + 1);
    for (Index o = 0; o < padded; ++o) start[o] = bias && o < out ? bias[g * out + o] : T{0};
    pack_rows(w + g * out * k, out, k, taps.data(), k, products, start + padded);
  }
  const Index width = phases.axes[2].out, most = round_up(input.span(phases[0]), kPanel<T>);
  const Index parts = parts_of(s.batch * s.groups * phases.bands, padded / rows);
  kernels::detail::parallel_with_scratch<T>(
      op, s.batch * s.groups * phases.bands * parts, input.size() + rows * most,
      [&](Index task, T* scratch) {
        const Index part = task % parts, image_group = task / parts / phases.bands;
        const Index group = image_group % s.groups;
        const Band band = phases[task / parts % phases.bands];
        T* const sums = scratch + input.size();
        input.fill(x + image_group * s.group_in() * s.in_positions(), band, scratch);
        const Index span = input.span(band);
        const T* const start = all + group * padded * (k + 1);
        const Band columns = phases.along(2, band, width);
        const Index blocks = padded / rows;
        for (Index o = blocks * part / parts * rows; o < blocks * (part + 1) / parts * rows;
             o += rows) {
          for (Index q = 0; q < span; q += kPanel<T>) {
            const auto multiply = span - q > kLanes<T> ? products.multiply_two : products.multiply;
            multiply(k, start + padded + o * k, scratch + q, input.offsets().data(), start + o,
                     sums + q, most);
          }
          for (Index r = 0; r < std::min(rows, out - o); ++r)
            for_each_line(phases, band, [&](Index d, Index h, Index in_d, Index in_h) {
              copy_short(sums + r * most + input.box().at(in_d, in_h, 0), columns.count,
                         y + (image_group * out + o + r) * positions +
                             (d * phases.axes[1].out + h) * width + columns.first);
            });
        }
      });
}

/// Two lines of numbers in turn: a0 b0 a1 b1 …, `count` of them. `b` may be null, for zeros.
template <class T> void join_two(const T* a, const T* b, Index count, T* line) {
  constexpr int L = kLanes<T>;
  constexpr auto low = [](int j) { return j % 2 * L + j / 2; };
  constexpr auto high = [](int j) { return j % 2 * L + j / 2 + L / 2; };
  Index i = 0;
  for (; i + 2 * L <= count; i += 2 * L) {
    const Vec<T> even = load(a + i / 2), odd = b ? load(b + i / 2) : Vec<T>{};
    store(line + i, pick<T, low>(even, odd));
    store(line + i + L, pick<T, high>(even, odd));
  }
  if (i + L <= count) {
    store(line + i, pick<T, low>(load(a + i / 2), b ? load(b + i / 2) : Vec<T>{}));
    i += L;
  }
  for (; i < count; ++i) line[i] = i % 2 == 0 ? a[i / 2] : b ? b[i / 2] : T{0};
}

/// The gradients of y for one image's group of channels with a border of zeros, and the gradients
/// of x's phases as sums over them: number i of a phase is the sum over the phase's taps of what
/// they read at i − shift.
template <class T> class InputGradients {
 public:
  InputGradients(const Op& op, const ConvShape& s, const T* grad_y, const T* w)
      : op_(op),
        s_(s),
        grad_y_(grad_y),
        phases_(s, true, s.group_out(), sizeof(T)),
        products_(
            PanelProducts<T>::template for_rows<kernels::detail::ScatteredRows<T>>(s.group_in())) {
    for (int i = 0; i < 3; ++i) {
      const PhaseAxis& a = phases_.axis(i);
      box_.size[static_cast<std::size_t>(i)] =
          (i == phases_.cut ? phases_.longest : a.out + a.most_shift()) + a.most_shift();
    }
    pack(w);
  }

  void compute(T* grad_x) const {
    const Index in = s_.group_in(), rows = products_.rows, blocks = (in + rows - 1) / rows;
    const Index images = s_.batch * s_.groups, parts = parts_of(images * phases_.bands, blocks);
    const Index most = round_up(span(phases_[0]), kPanel<T>);
    if (leaves_some_unread())
      parallel_for(images * in, 16, [&](Index begin, Index end) {
        std::fill(grad_x + begin * s_.in_positions(), grad_x + end * s_.in_positions(), T{0});
      });
    kernels::detail::parallel_with_scratch<T>(
        op_, images * phases_.bands * parts,
        size() + (static_cast<Index>(starts_.size()) - 1) * rows * most,
        [&](Index task, T* scratch) {
          const Index part = task % parts, image_group = task / parts / phases_.bands;
          const Band band = phases_[task / parts % phases_.bands];
          T* const sums = scratch + size();
          fill(grad_y_ + image_group * s_.group_out() * s_.out_positions(), band, scratch);
          for (Index block = blocks * part / parts; block < blocks * (part + 1) / parts; ++block) {
            multiply(image_group % s_.groups, block, span(band), scratch, sums, most);
            for (Index r = 0; r < std::min(rows, in - block * rows); ++r)
              join(sums + r * most, rows * most, band,
                   grad_x + (image_group * in + block * rows + r) * s_.in_positions());
          }
        });
  }

 private:
  void pack(const T* w) {
    const PhaseAxis &depth = phases_.axes[0], &height = phases_.axes[1], &width = phases_.axes[2];
    const Index out = s_.group_out(), in = s_.group_in(), taps = s_.taps();
    std::vector<Index> weights;  // of w, as the offsets
    for (Index fd = 0; fd < depth.phases(); ++fd)
      for (Index fh = 0; fh < height.phases(); ++fh)
        for (Index fw = 0; fw < width.phases(); ++fw) {
          starts_.push_back(static_cast<Index>(offsets_.size()));
          for (Index o = 0; o < out; ++o) {
            Index tap = 0;
            kernels::detail::for_each_tap(s_, [&](Index kd, Index kh, Index kw) {
              if (depth.phase(kd) == fd && height.phase(kh) == fh && width.phase(kw) == fw) {
                offsets_.push_back(o * channel_size() +
                                   box_.at(depth.most_shift() - depth.shift(kd),
                                           height.most_shift() - height.shift(kh),
                                           width.most_shift() - width.shift(kw)));
                weights.push_back(o * in * taps + tap);
              }
              ++tap;
            });
          }
        }
    starts_.push_back(static_cast<Index>(offsets_.size()));
    group_size_ = products_.padded(in) * starts_.back();
    packed_ = Array::empty({s_.groups, group_size_}, dtype_of<T>(), op_);
    for (Index g = 0; g < s_.groups; ++g)
      for (std::size_t i = 0; i + 1 < starts_.size(); ++i)
        pack_rows(w + g * out * in * taps, in, taps, weights.data() + starts_[i],
                  starts_[i + 1] - starts_[i], products_,
                  packed_.data<T>() + g * group_size_ + products_.padded(in) * starts_[i]);
  }
  Index channel_size() const { return box_.count() + kLanes<T>; }
  Index size() const { return s_.group_out() * channel_size() + kPanel<T>; }
  Index span(const Band& band) const {
    const auto last = [&](int i) {
      const PhaseAxis& a = phases_.axis(i);
      return phases_.along(i, band, a.out + a.most_shift()).count - 1;
    };
    return box_.at(last(0), last(1), last(2)) + 1;
  }
  /// True if some input positions belong to no phase, or lie behind all numbers.
  bool leaves_some_unread() const {
    return std::any_of(phases_.axes.begin(), phases_.axes.end(), [](const PhaseAxis& a) {
      return a.phases() < a.stride || (a.in + a.low - 1) / a.stride >= a.out + a.most_shift();
    });
  }

  void fill(const T* grad_y, const Band& band, T* to) const {
    const auto& [depth, height, width] = s_.axes;
    Index first[3], begin[3], end[3];  // the output at number 0 of the box; the outputs in it
    for (int i = 0; i < 3; ++i) {
      const PhaseAxis& a = phases_.axis(i);
      const Band numbers = phases_.along(i, band, a.out + a.most_shift());
      first[i] = numbers.first - a.most_shift();
      begin[i] = std::max<Index>(first[i], 0);
      end[i] = std::min(a.out, numbers.first + numbers.count);
    }
    const Index next_channel = s_.out_positions();
    std::fill_n(to, size(), T{0});
    for (Index o = 0; o < s_.group_out(); ++o, grad_y += next_channel, to += channel_size())
      for (Index d = begin[0]; d < end[0]; ++d)
        for (Index h = begin[1]; h < end[1]; ++h) {
          const T* const line = grad_y + (d * height.out + h) * width.out + begin[2];
          __builtin_prefetch(line + next_channel);  // a page away, as a rule
          __builtin_prefetch(line + next_channel + kLanes<T>);
          copy_short(line, end[2] - begin[2],
                     to + box_.at(d - first[0], h - first[1], begin[2] - first[2]));
        }
  }

  /// sums (phase, row, number) of one block of channels.
  void multiply(Index group, Index block, Index span, const T* grads, T* sums, Index most) const {
    const T* const weights = packed_.data<T>() + group * group_size_;
    for (std::size_t i = 0; i + 1 < starts_.size(); ++i, sums += products_.rows * most) {
      const Index depth = starts_[i + 1] - starts_[i];
      const T* const u =
          weights + products_.padded(s_.group_in()) * starts_[i] + block * products_.rows * depth;
      for (Index q = 0; q < span; q += kPanel<T>) {
        const auto product = span - q > kLanes<T> ? products_.multiply_two : products_.multiply;
        product(depth, u, grads + q, offsets_.data() + starts_[i], nullptr, sums + q, most);
      }
    }
  }

  /// One channel of x's gradients from its phases, which are `phase` apart.
  void join(const T* sums, Index phase, const Band& band, T* grad_x) const {
    const PhaseAxis &depth = phases_.axes[0], &height = phases_.axes[1], &width = phases_.axes[2];
    const auto along = [&](int i) {
      const PhaseAxis& a = phases_.axis(i);
      return phases_.along(i, band, a.out + a.most_shift());
    };
    const Band ds = along(0), hs = along(1), ws = along(2);
    const Index start = ws.first * width.stride - width.low;
    const Index begin = std::max<Index>(start, 0);
    const Index count = std::min(width.in, start + ws.count * width.stride) - begin;
    for (Index i = 0; i < ds.count; ++i)
      for (Index fd = 0; fd < depth.phases(); ++fd)
        for (Index j = 0; j < hs.count; ++j)
          for (Index fh = 0; fh < height.phases(); ++fh) {
            const Index d = (ds.first + i) * depth.stride + fd - depth.low;
            const Index h = (hs.first + j) * height.stride + fh - height.low;
            if (d < 0 || d >= depth.in || h < 0 || h >= height.in || count <= 0) continue;
            join_line(
                sums + (fd * height.phases() + fh) * width.phases() * phase + box_.at(i, j, 0),
                phase, begin - start, count, grad_x + (d * height.in + h) * width.in + begin);
          }
  }
  void join_line(const T* from, Index phase, Index first, Index count, T* line) const {
    const PhaseAxis& width = phases_.axes[2];
    if (width.stride == 1) return copy_short(from + first, count, line);
    if (width.stride == 2 && width.phases() == 2) {
      const T *const zero = from + (first + 1) / 2, *const one = from + phase + first / 2;
      return first % 2 == 0 ? join_two(zero, one, count, line) : join_two(one, zero, count, line);
    }
    for (Index f = 0; f < width.phases(); ++f) {
      Index i = (f - first % width.stride + width.stride) % width.stride;
      const T* numbers = from + f * phase + (first + i) / width.stride;
      for (; i < count; i += width.stride) line[i] = *numbers++;
    }
  }

  const Op& op_;
  const ConvShape& s_;
  const T* grad_y_;
  Phases phases_;
  PanelProducts<T> products_;
  Box box_;  // of the gradients, with M zeros before and behind the outputs, M the most_shift()
  std::vector<Index> offsets_;  // into the gradients, for each phase, output channel and tap
  std::vector<Index> starts_;   // where a phase's offsets begin, and the end
  Index group_size_ = 0;
  Array packed_;
};

/// The weights' gradients: sums over all outputs of their gradients times what the taps read there.
template <class T> class WeightGradients {
 public:
  WeightGradients(const Op& op, const ConvShape& s, const T* x, const T* grad_y)
      : op_(op),
        s_(s),
        x_(x),
        grad_y_(grad_y),
        phases_(s, false, s.group_in(), sizeof(T)),
        input_(s, phases_),
        offsets_(input_.offsets()),
        products_(PanelProducts<T>::template for_rows<kernels::detail::ScatteredRows<T>>(
            static_cast<Index>(offsets_.size()))),
        rows_(products_.padded(static_cast<Index>(offsets_.size()))),
        columns_(round_up(s.group_out(), L)),
        most_(round_up(input_.span(phases_[0]), L)) {
    offsets_.resize(static_cast<std::size_t>(rows_), 0);  // read, and forgotten
  }

  void compute(T* grad_w) const {
    constexpr Index kTasks = 16, kPartialBytes = Index{16} << 20;
    const Index size = rows_ * columns_, blocks = rows_ / products_.rows;
    const Index items = s_.batch * phases_.bands;
    const Index tasks = std::max<Index>(1, kTasks / s_.groups);
    const Index bytes = s_.groups * size * static_cast<Index>(sizeof(T));
    const Index parts =
        std::clamp<Index>(std::min({items, tasks, kPartialBytes / bytes}), 1, tasks);
    const Index chunks = std::clamp<Index>(tasks / parts, 1, blocks);  // of the rows
    const Array partial = Array::empty({parts, s_.groups, size}, dtype_of<T>(), op_);
    T* const all = partial.data<T>();
    kernels::detail::parallel_with_scratch<T>(
        op_, parts * s_.groups * chunks, input_.size() + most_ * (L + columns_),
        [&](Index task, T* scratch) {
          const Index chunk = task % chunks, group = task / chunks % s_.groups;
          const Index part = task / chunks / s_.groups;
          const Index begin = blocks * chunk / chunks * products_.rows;
          const Index end = blocks * (chunk + 1) / chunks * products_.rows;
          T* const sums = all + (part * s_.groups + group) * size;
          std::fill(sums + begin * columns_, sums + end * columns_, T{0});
          for (Index i = items * part / parts; i < items * (part + 1) / parts; ++i) {
            const Index image_group = i / phases_.bands * s_.groups + group;
            add(image_group, phases_[i % phases_.bands], begin, end, scratch, sums);
          }
        });
    add_parts(all, parts, grad_w);
  }

 private:
  static constexpr Index L = kLanes<T>;

  /// Adds one band's terms to the rows [begin, end) of sums (row, output channel).
  void add(Index image_group, const Band& band, Index begin, Index end, T* scratch, T* sums) const {
    T* const lines = scratch + input_.size();  // (L output channels, number)
    T* const grads = lines + L * most_;        // (number, output channel)
    input_.fill(x_ + image_group * s_.group_in() * s_.in_positions(), band, scratch);
    transpose_grads(grad_y_ + image_group * s_.group_out() * s_.out_positions(), band, lines,
                    grads);
    const Index span = input_.span(band);
    for (Index row = begin; row < end; row += products_.rows)
      for (Index o = 0; o < columns_; o += 2 * L) {
        const auto product = columns_ - o > L ? products_.accumulate_two : products_.accumulate;
        product(span, scratch, offsets_.data() + row, grads + o, columns_,
                sums + row * columns_ + o, columns_);
      }
  }
  /// Between the lines of outputs, where the numbers of x's phases are longer, stay zeros.
  void transpose_grads(const T* grad_y, const Band& band, T* lines, T* grads) const {
    const Band columns = phases_.along(2, band, phases_.axes[2].out);
    const Index height = phases_.axes[1].out, width = phases_.axes[2].out;
    const Box box = input_.box();
    std::fill_n(lines, L * most_, T{0});
    for (Index o = 0; o < columns_; o += L) {
      const Index count = std::min(L, s_.group_out() - o);
      if (count < L) std::fill_n(lines + count * most_, (L - count) * most_, T{0});
      for (Index r = 0; r < count; ++r) {
        const T* const plane = grad_y + (o + r) * s_.out_positions() + columns.first;
        for_each_line(phases_, band, [&](Index d, Index h, Index in_d, Index in_h) {
          copy_short(plane + (d * height + h) * width, columns.count,
                     lines + r * most_ + box.at(in_d, in_h, 0));
        });
      }
      for (Index q = 0; q < most_; q += L)
        transpose_square(lines + q, most_, grads + q * columns_ + o, columns_);
    }
  }
  /// Adds the parts up in a fixed order.
  void add_parts(const T* all, Index parts, T* grad_w) const {
    const Index k = s_.group_in() * s_.taps(), out = s_.group_out();
    const Index part_size = s_.groups * rows_ * columns_;
    parallel_for(s_.groups * out, 1 + 65536 / (k * parts), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        for (Index c = 0; c < k; ++c) {
          const T* term = all + (i / out * rows_ + c) * columns_ + i % out;
          T sum = *term;
          for (Index part = 1; part < parts; ++part) sum += *(term += part_size);
          grad_w[i * k + c] = sum;
        }
    });
  }

  const Op& op_;
  const ConvShape& s_;
  const T *x_, *grad_y_;
  Phases phases_;
  SplitInput<T> input_;
  std::vector<Index> offsets_;
  PanelProducts<T> products_;
  Index rows_, columns_, most_;
};

}  // namespace tinygrad::kernels::direct
