// SPDX-License-Identifier: MIT
// Direct convolution, for any stride: register-blocked products with the phases of an image
// (conv/phases.hpp), without an unfolded input. A task is one image, or one band of a large image.
#pragma once

#include <algorithm>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv/non_finite.hpp"
#include "tinygrad/kernels/conv/phases.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/taps.hpp"
#include "tinygrad/kernels/scratch.hpp"
#include "tinygrad/kernels/simd/panel_products.hpp"
#include "tinygrad/kernels/simd/short_lines.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::direct {

/// The work of one task: some blocks of rows, for one band of one image's group.
struct Task {
  Index image_group;
  Band band;
  Index begin, end;  ///< range of blocks
};

/// The tasks of a product over images. Few images are divided by blocks to keep all threads busy.
class Tasks {
 public:
  Tasks(const ConvShape& s, const Phases& phases, Index blocks)
      : phases_(phases), bands_(s.batch * s.groups * phases.bands), blocks_(blocks) {
    constexpr Index kEnough = 8;
    parts_ = std::clamp<Index>(kEnough / std::max<Index>(bands_, 1), 1, blocks);
  }
  Index count() const { return bands_ * parts_; }
  Task operator[](Index i) const {
    const Index part = i % parts_, band = i / parts_;
    return {band / phases_.bands, phases_[band % phases_.bands], blocks_ * part / parts_,
            blocks_ * (part + 1) / parts_};
  }

 private:
  const Phases& phases_;
  Index bands_, blocks_, parts_;
};

}  // namespace tinygrad::kernels::conv::direct

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::direct::inline TINYGRAD_WIDE {

/// Packs rows (count, depth) for PanelProducts as (blocks of `rows`, depth, row), padded with
/// zeros. Row r of `from` begins at from[r·row]; `offsets` are the places of its numbers from
/// there.
template <class T> void pack_rows(const T* from, Index count, Index row, const Index* offsets,
                                  Index depth, Index rows, T* to) {
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

template <class T> void forward(const Op& op, const ConvShape& s, const Array& x_array,
                                const Array& w_array, const Array& bias_array,
                                const Array& y_array) {
  const T *const x = x_array.data<T>(), *const w = w_array.data<T>();
  const T* const bias = detail::data_or_null<T>(bias_array);
  T* const y = y_array.data<T>();
  const Index out = s.group_out(), k = s.group_in() * s.taps(), positions = s.out_positions();
  const Phases phases(s, false, s.group_in(), sizeof(T));
  const SplitInput<T> input(s, phases);
  const PanelProducts<T, Rows::kScattered> products(out);
  const Index rows = products.rows, padded = products.padded(out);
  const Array packed = Array::empty({s.groups, padded * (k + 1)}, dtype_of<T>(), op);
  T* const all = packed.data<T>();
  const std::vector<Index> taps = multiples(k, 1);
  for (Index g = 0; g < s.groups; ++g) {
    T* const start = all + g * padded * (k + 1);
    for (Index o = 0; o < padded; ++o) start[o] = bias && o < out ? bias[g * out + o] : T{0};
    pack_rows(w + g * out * k, out, k, taps.data(), k, rows, start + padded);
  }
  const Index width = phases.dims[2].out, most = round_up(input.span(phases[0]), kPanel<T>);
  const Tasks tasks(s, phases, padded / rows);
  detail::parallel_with_scratch<T>(
      op, tasks.count(), input.size() + rows * most, [&](Index i, T* scratch) {
        const Task task = tasks[i];
        T* const sums = scratch + input.size();
        input.fill(x + task.image_group * s.group_in() * s.in_positions(), task.band, scratch);
        const T* const start = all + task.image_group % s.groups * padded * (k + 1);
        const Band columns = phases.along(2, task.band, width);
        for (Index o = task.begin * rows; o < task.end * rows; o += rows) {
          products.multiply_all(k, start + padded + o * k, scratch, input.offsets().data(),
                                start + o, input.span(task.band), sums, most);
          for (Index r = 0; r < std::min(rows, out - o); ++r)
            for_each_line(phases, task.band, [&](Index d, Index h, Index in_d, Index in_h) {
              copy_few(sums + r * most + input.box().at(in_d, in_h, 0), columns.count,
                       y + (task.image_group * out + o + r) * positions +
                           (d * phases.dims[1].out + h) * width + columns.first);
            });
        }
      });
  if (s.has_border())
    detail::mend_unless_finite<T>(s, ConvPass::kForward, x_array, w_array, bias_array, y_array);
}

/// The gradient of x for one image's group of channels, phase by phase. It copies grad_y into a
/// border of zeros. Number i of a phase is the sum over the phase's taps of what they read at i −
/// shift.
template <class T> class InputGradients {
 public:
  InputGradients(const Op& op, const ConvShape& s, const T* grad_y, const T* w)
      : op_(op),
        s_(s),
        grad_y_(grad_y),
        phases_(s, true, s.group_out(), sizeof(T)),
        products_(s.group_in()) {
    for (int i = 0; i < 3; ++i) {
      const PhaseDim& a = phases_.dim(i);
      box_.size[static_cast<std::size_t>(i)] =
          (i == phases_.cut ? phases_.longest : a.numbers()) + a.most_shift();
    }
    pack(w);
  }

  void compute(T* grad_x) const {
    const Index in = s_.group_in(), rows = products_.rows;
    const Tasks tasks(s_, phases_, products_.padded(in) / rows);
    const Index most = round_up(span(phases_[0]), kPanel<T>);
    if (leaves_some_unread())
      parallel_for(s_.batch * s_.in_channels, 16, [&](Index begin, Index end) {
        std::fill(grad_x + begin * s_.in_positions(), grad_x + end * s_.in_positions(), T{0});
      });
    detail::parallel_with_scratch<T>(
        op_, tasks.count(), size() + (static_cast<Index>(starts_.size()) - 1) * rows * most,
        [&](Index i, T* scratch) {
          const Task task = tasks[i];
          T* const sums = scratch + size();
          fill(grad_y_ + task.image_group * s_.group_out() * s_.out_positions(), task.band,
               scratch);
          for (Index c = task.begin * rows; c < task.end * rows; c += rows) {
            multiply(task.image_group % s_.groups, c, span(task.band), scratch, sums, most);
            for (Index r = 0; r < std::min(rows, in - c); ++r)
              join(sums + r * most, rows * most, task.band,
                   grad_x + (task.image_group * in + c + r) * s_.in_positions());
          }
        });
  }

 private:
  void pack(const T* w) {
    const PhaseDim &depth = phases_.dims[0], &height = phases_.dims[1], &width = phases_.dims[2];
    const Index out = s_.group_out(), in = s_.group_in(), taps = s_.taps();
    std::vector<Index> weights;  // offsets into w, parallel to offsets_
    for (Index fd = 0; fd < depth.phases(); ++fd)
      for (Index fh = 0; fh < height.phases(); ++fh)
        for (Index fw = 0; fw < width.phases(); ++fw) {
          starts_.push_back(static_cast<Index>(offsets_.size()));
          for (Index o = 0; o < out; ++o) {
            Index tap = 0;
            detail::for_each_tap(s_, [&](Index kd, Index kh, Index kw) {
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
                  starts_[i + 1] - starts_[i], products_.rows,
                  packed_.data<T>() + g * group_size_ + products_.padded(in) * starts_[i]);
  }
  Index channel_size() const { return box_.count() + kLanes<T>; }
  Index size() const { return s_.group_out() * channel_size() + kPanel<T>; }
  /// The part of dim i of the phases that belongs to a band.
  Band numbers(int i, const Band& band) const {
    return phases_.along(i, band, phases_.dim(i).numbers());
  }
  Index span(const Band& band) const {
    const auto last = [&](int i) { return numbers(i, band).count - 1; };
    return box_.at(last(0), last(1), last(2)) + 1;
  }
  /// True if some input positions belong to no phase or lie after its last number.
  bool leaves_some_unread() const {
    return std::any_of(phases_.dims.begin(), phases_.dims.end(), [](const PhaseDim& a) {
      return a.phases() < a.stride || (a.in + a.low - 1) / a.stride >= a.numbers();
    });
  }

  void fill(const T* grad_y, const Band& band, T* to) const {
    const auto& [depth, height, width] = s_.dims;
    Index first[3], begin[3], end[3];  // output at number 0 of the box; outputs in the box
    for (int i = 0; i < 3; ++i) {
      const PhaseDim& a = phases_.dim(i);
      const Band all = numbers(i, band);
      first[i] = all.first - a.most_shift();
      begin[i] = std::max<Index>(first[i], 0);
      end[i] = std::min(a.out, all.first + all.count);
    }
    const Index next_channel = s_.out_positions();
    std::fill_n(to, size(), T{0});
    for (Index o = 0; o < s_.group_out(); ++o, grad_y += next_channel, to += channel_size())
      for (Index d = begin[0]; d < end[0]; ++d)
        for (Index h = begin[1]; h < end[1]; ++h) {
          const T* const line = grad_y + (d * height.out + h) * width.out + begin[2];
          __builtin_prefetch(line + next_channel);  // usually on another page
          __builtin_prefetch(line + next_channel + kLanes<T>);
          copy_few(line, end[2] - begin[2],
                   to + box_.at(d - first[0], h - first[1], begin[2] - first[2]));
        }
  }

  /// sums (phase, row, number) = the products for the block of channels that starts at c.
  void multiply(Index group, Index c, Index span, const T* grads, T* sums, Index most) const {
    const T* const weights = packed_.data<T>() + group * group_size_;
    for (std::size_t i = 0; i + 1 < starts_.size(); ++i, sums += products_.rows * most) {
      const Index depth = starts_[i + 1] - starts_[i];
      const T* const u = weights + products_.padded(s_.group_in()) * starts_[i] + c * depth;
      products_.multiply_all(depth, u, grads, offsets_.data() + starts_[i], nullptr, span, sums,
                             most);
    }
  }

  /// Joins one channel of x's gradient from its phases, which are `phase` apart.
  void join(const T* sums, Index phase, const Band& band, T* grad_x) const {
    const PhaseDim &depth = phases_.dims[0], &height = phases_.dims[1], &width = phases_.dims[2];
    const Band ds = numbers(0, band), hs = numbers(1, band), ws = numbers(2, band);
    const Index start = ws.first * width.stride - width.low;
    const Index begin = std::max<Index>(start, 0);
    const Index count = std::min(width.in, start + ws.count * width.stride) - begin;
    const PhaseLine<T> columns(width, begin - start, count, phase);
    for (Index i = 0; i < ds.count; ++i)
      for (Index fd = 0; fd < depth.phases(); ++fd)
        for (Index j = 0; j < hs.count; ++j)
          for (Index fh = 0; fh < height.phases(); ++fh) {
            const Index d = (ds.first + i) * depth.stride + fd - depth.low;
            const Index h = (hs.first + j) * height.stride + fh - height.low;
            if (d < 0 || d >= depth.in || h < 0 || h >= height.in || count <= 0) continue;
            const Index first = (fd * height.phases() + fh) * width.phases() * phase;
            columns.join(sums + first + box_.at(i, j, 0),
                         grad_x + (d * height.in + h) * width.in + begin);
          }
  }

  const Op& op_;
  const ConvShape& s_;
  const T* grad_y_;
  Phases phases_;
  PanelProducts<T, Rows::kScattered> products_;
  Box box_;  // of the gradients, with most_shift() zeros before and after the outputs
  std::vector<Index> offsets_;  // into the gradients, for each phase, output channel and tap
  std::vector<Index> starts_;   // where each phase's offsets begin, and the end of the last
  Index group_size_ = 0;
  Array packed_;
};

/// Multiplies zeros around grad_y even if x has no border. Hence the mending.
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x) {
  InputGradients<T>(op, s, grad_y.data<T>(), w.data<T>()).compute(grad_x.data<T>());
  detail::mend_unless_finite<T>(s, ConvPass::kGradInput, grad_y, w, Array(), grad_x);
}

/// The gradients of the weights: the sum over all outputs of grad_y times what each tap reads
/// there.
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
        products_(static_cast<Index>(offsets_.size())),
        rows_(products_.padded(static_cast<Index>(offsets_.size()))),
        columns_(round_up(s.group_out(), L)),
        most_(round_up(input_.span(phases_[0]), L)) {
    offsets_.resize(static_cast<std::size_t>(rows_), 0);  // padding rows: computed, then ignored
  }

  void compute(T* grad_w) const {
    constexpr Index kTasks = 16, kPartialBytes = Index{16} << 20;
    const Index size = rows_ * columns_, blocks = rows_ / products_.rows;
    const Index items = s_.batch * phases_.bands;
    const Index tasks = std::max<Index>(1, kTasks / s_.groups);
    const Index bytes = s_.groups * size * static_cast<Index>(sizeof(T));
    const Index parts =
        std::clamp<Index>(std::min({items, tasks, kPartialBytes / bytes}), 1, tasks);
    const Index chunks = std::clamp<Index>(tasks / parts, 1, blocks);  // parts of the rows
    const Array partial = Array::empty({parts, s_.groups, size}, dtype_of<T>(), op_);
    T* const all = partial.data<T>();
    detail::parallel_with_scratch<T>(
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
        product(span, scratch, offsets_.data() + row, 1, grads + o, columns_,
                sums + row * columns_ + o, columns_);
      }
  }
  /// The gaps between lines of outputs, where the phases' lines are longer, stay zero.
  void transpose_grads(const T* grad_y, const Band& band, T* lines, T* grads) const {
    const Band columns = phases_.along(2, band, phases_.dims[2].out);
    const Index height = phases_.dims[1].out, width = phases_.dims[2].out;
    const Box box = input_.box();
    std::fill_n(lines, L * most_, T{0});
    for (Index o = 0; o < columns_; o += L) {
      const Index count = std::min(L, s_.group_out() - o);
      if (count < L) std::fill_n(lines + count * most_, (L - count) * most_, T{0});
      for (Index r = 0; r < count; ++r) {
        const T* const plane = grad_y + (o + r) * s_.out_positions() + columns.first;
        for_each_line(phases_, band, [&](Index d, Index h, Index in_d, Index in_h) {
          copy_few(plane + (d * height + h) * width, columns.count,
                   lines + r * most_ + box.at(in_d, in_h, 0));
        });
      }
      for (Index q = 0; q < most_; q += L)
        transpose_square(lines + q, most_, grads + q * columns_ + o, columns_);
    }
  }
  /// Adds the parts in a fixed order.
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
  PanelProducts<T, Rows::kScattered> products_;
  Index rows_, columns_, most_;
};

template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w) {
  WeightGradients<T>(op, s, x.data<T>(), grad_y.data<T>()).compute(grad_w.data<T>());
  detail::mend_weight_unless_finite<T>(s, x, grad_y, grad_w);
}

}  // namespace tinygrad::kernels::conv::direct
TINYGRAD_END_WIDE
