// SPDX-License-Identifier: MIT
// Operations of the random graphs whose elements are constants or elements of their operands.
#include "support/fuzz/steps.hpp"

namespace tinygrad::test {

namespace {

/// Along one dim: element j of the result is element from(j) of x, or `filling` if that is −1.
struct Move {
  std::string text;
  Index size;
  std::function<Index(Index)> from;
  std::function<Tensor(const Tensor&)> run;
  double filling = 0;
};

Dual moved(const Dual& x, int dim, const Move& move) {
  Shape shape = x.shape();
  shape[dim] = move.size;
  return tabulate_dual(shape, [&](const Shape& index) {
    Shape i = index;
    i[dim] = move.from(index[dim]);
    return i[dim] < 0 ? number(move.filling) : at(x, i);
  });
}

Operation mover(std::string name, Move (*draw)(Generator&, int dim, const Shape&)) {
  return {name, 1, [=](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
            if (a.rank() == 0) return {};
            const int dim = dim_of(g, a);
            const Move move = draw(g, dim, a);
            return Step{str_cat(name, ' ', move.text, " dim ", dim),
                        [move](const Tensor& x, const Tensor&) { return move.run(x); },
                        [=](const Dual& x, const Dual&) { return moved(x, dim, move); }};
          }};
}

/// PyTorch's list of borders, which begins at the last dim, for one dim.
std::vector<Index> borders(int dim, int rank, Index low, Index high) {
  std::vector<Index> all(static_cast<std::size_t>(2 * (rank - dim)), 0);
  all[all.size() - 2] = low;
  all[all.size() - 1] = high;
  return all;
}

/// Integers in [0, n) in the given shape.
Tensor draw_places(Generator& g, const Shape& shape, Index n) {
  const Array places = Array::empty(shape, int64, {"fuzz"});
  for (Index i = 0; i < places.count(); ++i) places.data<Index>()[i] = below(g, n);
  return Tensor(places);
}
Index place(const Tensor& places, const Shape& index) {
  Index offset = 0;
  for (int i = 0; i < index.rank(); ++i) offset = offset * places.shape()[i] + index[i];
  return places.data<Index>()[offset];
}

void add_moves(std::vector<Operation>& all) {
  all.push_back(mover("flip", [](Generator&, int dim, const Shape& a) {
    return Move{{},
                a[dim],
                [n = a[dim]](Index j) { return n - 1 - j; },
                [=](const Tensor& x) { return flip(x, {dim}); }};
  }));
  all.push_back(mover("roll", [](Generator& g, int dim, const Shape& a) {
    const Index n = a[dim], shift = below(g, 7) - 3;
    return Move{std::to_string(shift), n, [=](Index j) { return ((j - shift) % n + n) % n; },
                [=](const Tensor& x) { return roll(x, shift, dim); }};
  }));
  all.push_back(mover("every other, backwards", [](Generator&, int dim, const Shape& a) {
    return Move{{},
                (a[dim] + 1) / 2,
                [n = a[dim]](Index j) { return n - 1 - 2 * j; },
                [=](const Tensor& x) {
                  std::vector<IndexItem> items(static_cast<std::size_t>(dim), Slice{});
                  items.push_back(Slice{.step = -2});
                  return slice(x, items);
                }};
  }));
  all.push_back(mover("index_select", [](Generator& g, int dim, const Shape& a) {
    const Tensor picks = draw_places(g, {1 + below(g, 4)}, a[dim]);
    return Move{{},
                picks.numel(),
                [=](Index j) { return place(picks, {j}); },
                [=](const Tensor& x) { return index_select(x, dim, picks); }};
  }));
  all.push_back(mover("repeat_interleave", [](Generator&, int dim, const Shape& a) {
    return Move{"2", 2 * a[dim], [](Index j) { return j / 2; },
                [=](const Tensor& x) { return repeat_interleave(x, 2, dim); }};
  }));
  all.push_back(mover("repeat", [](Generator&, int dim, const Shape& a) {
    Shape times;
    for (int i = 0; i < a.rank(); ++i) times.push_back(1);
    times[dim] = 2;
    return Move{"2", 2 * a[dim], [n = a[dim]](Index j) { return j % n; },
                [=](const Tensor& x) { return repeat(x, times); }};
  }));
  all.push_back(mover("pad", [](Generator& g, int dim, const Shape& a) {
    const Index n = a[dim], low = below(g, 3) - 1, high = below(g, 3);
    const Index size = std::max<Index>(n + low + high, 1), after = size - n - low;
    const auto from = [=](Index j) { return j < low || j - low >= n ? -1 : j - low; };
    return Move{str_cat(low, ' ', after), size, from,
                [=, all = borders(dim, a.rank(), low, after)](const Tensor& x) {
                  return pad(x, all, PadMode::kConstant, 0.3);
                },
                0.3};
  }));
  all.push_back(mover("pad, replicated", [](Generator& g, int dim, const Shape& a) {
    const Index n = a[dim], low = below(g, 3), high = below(g, 3);
    return Move{str_cat(low, ' ', high), n + low + high,
                [=](Index j) { return std::clamp<Index>(j - low, 0, n - 1); },
                [=, all = borders(dim, a.rank(), low, high)](const Tensor& x) {
                  return pad(x, all, PadMode::kReplicate);
                }};
  }));
  all.push_back(mover("pad, reflected", [](Generator& g, int dim, const Shape& a) {
    const Index n = a[dim], low = below(g, n), high = below(g, n);
    return Move{str_cat(low, ' ', high), n + low + high,
                [=](Index j) {
                  const Index i = std::abs(j - low);
                  return i < n ? i : 2 * (n - 1) - i;
                },
                [=, all = borders(dim, a.rank(), low, high)](const Tensor& x) {
                  return pad(x, all, PadMode::kReflect);
                }};
  }));
}

void add_indexing(std::vector<Operation>& all) {
  all.push_back(
      {"gather", 1, [](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
         if (a.rank() == 0) return {};
         const int dim = dim_of(g, a);
         Shape shape = a;
         shape[dim] = 1 + below(g, 4);
         const Tensor places = draw_places(g, shape, a[dim]);
         return Step{str_cat("gather dim ", dim),
                     [=](const Tensor& x, const Tensor&) { return gather(x, dim, places); },
                     [=](const Dual& x, const Dual&) {
                       return tabulate_dual(shape, [&](const Shape& index) {
                         Shape i = index;
                         i[dim] = place(places, index);
                         return at(x, i);
                       });
                     }};
       }});
  // Into itself, so that each element has a way straight on and one around.
  all.push_back(
      {"scatter_add", 1, [](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
         if (a.rank() == 0) return {};
         const int dim = dim_of(g, a);
         const Tensor places = draw_places(g, a, a[dim]);
         return Step{str_cat("scatter_add dim ", dim),
                     [=](const Tensor& x, const Tensor&) { return scatter_add(x, dim, places, x); },
                     [=](const Dual& x, const Dual&) {
                       return tabulate_dual(x.shape(), [&](const Shape& index) {
                         Number sum = at(x, index);
                         Shape i = index;
                         for (i[dim] = 0; i[dim] < x.shape()[dim]; ++i[dim])
                           if (place(places, i) == index[dim]) sum = sum + at(x, i);
                         return sum;
                       });
                     }};
       }});
  all.push_back({"masked_fill", 1, [](Generator& g, const Shape& a, const Shape&) {
                   const Tensor places = draw_places(g, a, 3);
                   return Step{"masked_fill",
                               [=](const Tensor& x, const Tensor&) {
                                 return masked_fill(x, eq(places, 0), 0.4);
                               },
                               [=](const Dual& x, const Dual&) {
                                 return tabulate_dual(x.shape(), [&](const Shape& i) {
                                   return place(places, i) == 0 ? number(0.4) : at(x, i);
                                 });
                               }};
                 }});
  all.push_back(
      {"masked_select", 1, [](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
         const Tensor places = draw_places(g, a, 2);
         std::vector<Shape> chosen;
         for_each_index(a, [&](const Shape& i) {
           if (place(places, i) == 1) chosen.push_back(i);
         });
         if (chosen.empty()) return {};
         return Step{
             "masked_select",
             [=](const Tensor& x, const Tensor&) { return masked_select(x, eq(places, 1)); },
             [=](const Dual& x, const Dual&) {
               return tabulate_dual({static_cast<Index>(chosen.size())}, [&](const Shape& i) {
                 return at(x, chosen[static_cast<std::size_t>(i[0])]);
               });
             }};
       }});
  all.push_back({"tril", 1, [](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
                   if (a.rank() < 2) return {};
                   const Index diagonal = below(g, 3) - 1;
                   return Step{str_cat("tril ", diagonal),
                               [=](const Tensor& x, const Tensor&) { return tril(x, diagonal); },
                               [=](const Dual& x, const Dual&) {
                                 return tabulate_dual(x.shape(), [&](const Shape& i) {
                                   const int rank = i.rank();
                                   return i[rank - 1] - i[rank - 2] > diagonal ? number(0)
                                                                               : at(x, i);
                                 });
                               }};
                 }});
}

void add_shapes(std::vector<Operation>& all) {
  all.push_back(
      {"concat", 2, [](Generator& g, const Shape& a, const Shape& b) -> std::optional<Step> {
         if (a.rank() == 0 || a.rank() != b.rank()) return {};
         const int dim = dim_of(g, a);
         for (int i = 0; i < a.rank(); ++i)
           if (i != dim && a[i] != b[i]) return {};
         return Step{tinygrad::str_cat("concat dim ", dim),
                     [=](const Tensor& x, const Tensor& y) {
                       return tinygrad::concat({x, y}, dim);
                     },
                     [=](const Dual& x, const Dual& y) {
                       Shape shape = x.shape();
                       const Index first = shape[dim];
                       shape[dim] += y.shape()[dim];
                       return tabulate_dual(shape, [&](const Shape& index) {
                         Shape i = index;
                         if (i[dim] < first) return at(x, i);
                         i[dim] -= first;
                         return at(y, i);
                       });
                     }};
       }});
  all.push_back({"permute", 1, [](Generator& g, const Shape& a, const Shape&) {
                   Shape order;
                   for (const auto i : g.permutation(a.rank()))
                     order.push_back(static_cast<Index>(i));
                   return Step{"permute",
                               [=](const Tensor& x, const Tensor&) { return permute(x, order); },
                               [=](const Dual& x, const Dual&) {
                                 Shape shape = x.shape();
                                 for (int i = 0; i < shape.rank(); ++i)
                                   shape[i] = x.shape()[static_cast<int>(order[i])];
                                 return tabulate_dual(shape, [&](const Shape& index) {
                                   Shape i = index;
                                   for (int k = 0; k < index.rank(); ++k)
                                     i[static_cast<int>(order[k])] = index[k];
                                   return at(x, i);
                                 });
                               }};
                 }});
  all.push_back({"flatten", 1, [](Generator&, const Shape& a, const Shape&) {
                   return Step{"flatten",
                               [](const Tensor& x, const Tensor&) { return reshape(x, {-1}); },
                               [n = a.count()](const Dual& x, const Dual&) {
                                 Dual out = x;
                                 out.value.shape = out.slope.shape = Shape{n};
                                 return out;
                               }};
                 }});
  all.push_back({"new dim", 1, [](Generator&, const Shape& a, const Shape&) -> std::optional<Step> {
                   if (a.rank() >= 4) return {};
                   return Step{"unsqueeze",
                               [](const Tensor& x, const Tensor&) { return unsqueeze(x, 0); },
                               [](const Dual& x, const Dual&) {
                                 Shape shape{1};
                                 for (int i = 0; i < x.shape().rank(); ++i)
                                   shape.push_back(x.shape()[i]);
                                 Dual out = x;
                                 out.value.shape = out.slope.shape = shape;
                                 return out;
                               }};
                 }});
}

}  // namespace

void add_movements(std::vector<Operation>& all) {
  add_moves(all);
  add_indexing(all);
  add_shapes(all);
}

}  // namespace tinygrad::test
