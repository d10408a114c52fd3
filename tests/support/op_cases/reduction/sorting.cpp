// SPDX-License-Identifier: MIT
// Rows for ops/reduction/sorting.hpp.
#include <algorithm>
#include <cmath>

#include "support/fibres.hpp"
#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
// NaN after everything.
bool before(double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; }

// The places of a row's values in order, by insertion: stable.
std::vector<std::size_t> places_in_order(const Row& row, bool descending) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::size_t at = out.size();
    while (at > 0 &&
           (descending ? before(row[out[at - 1]], row[i]) : before(row[i], row[out[at - 1]])))
      --at;
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), i);
  }
  return out;
}

// The first `length` of the sorted values (-1: all), or their places.
std::function<Naive(const Naives&)> sorted(int dim, bool descending, bool places,
                                           Index length = -1) {
  return [=](const Naives& x) {
    const Index n = x[0].shape.empty() ? 1 : x[0].shape[dim];
    return map_rows(x[0], dim, length < 0 ? n : length, [=](const Row& row) {
      Row out;
      for (const std::size_t i : places_in_order(row, descending))
        out.push_back(places ? static_cast<double>(i) : row[i]);
      return out;
    });
  };
}
// The value of a rank, or its place.
std::function<Naive(const Naives&)> ranked(int dim, Index rank, bool places) {
  return [=](const Naives& x) {
    return fold_rows(x[0], dim, [=](const Row& row) {
      const std::size_t i = places_in_order(row, false)[static_cast<std::size_t>(rank)];
      return places ? static_cast<double>(i) : row[i];
    });
  };
}
double median_of(const Row& row, bool place) {
  std::size_t i = places_in_order(row, false)[(row.size() - 1) / 2];
  for (std::size_t k = row.size(); k > 0; --k)
    if (std::isnan(row[k - 1])) i = k - 1;
  return place ? static_cast<double>(i) : row[i];
}
double quantile_of(const Row& row, double q) {
  Row values;
  for (const std::size_t i : places_in_order(row, false)) values.push_back(row[i]);
  if (std::isnan(values.back())) return kNaN;
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(rank);
  const double rest = rank - static_cast<double>(low);
  return rest == 0 ? values[low] : (1 - rest) * values[low] + rest * values[low + 1];
}

// One row for the values of an op and one for its indices.
template <class Run, class Reference> void add_pair(Rows& rows, const OpCase& like,
                                                    const std::string& variant, Run run,
                                                    Reference reference) {
  for (const bool places : {false, true}) {
    OpCase c = like;
    c.name += (places ? "/indices" : "/values") + variant;
    c.torch += places ? ".indices" : ".values";
    c.run = [=](const Tensors& x) {
      const ValuesAndIndices both = run(x[0]);
      return places ? both.indices : both.values;
    };
    c.reference = reference(places);
    c.differentiable = !places;
    if (places) c.errors.clear();
    rows.push_back(c);
  }
}

void add_sort_cases(Rows& rows) {
  const Input values{.shape = {}, .distinct = true};
  const auto shaped = [=](const Shape& shape) {
    Input input = values;
    input.shape = shape;
    return std::vector<Input>{input};
  };
  const std::vector<std::vector<Given>> specials = {
      {{{1, 6}, {2, kNaN, -kInf, 1, kNaN, kInf}}},
      {{{2, 4}, {0, -0.0, 0, -1, 1, 1, 1, 0}}},  // ties keep their order
      {{{1, 3}, {1e4, -1e4, 0}}}};

  OpCase sort_case{.name = "sort", .torch = "torch.sort(x0, dim=1, stable=True)", .samples = {}};
  sort_case.samples = {shaped({3, 7}), shaped({2, 5, 3}), shaped({2, 1}), shaped({2, 0}),
                       shaped({0, 3})};
  sort_case.specials = specials;
  sort_case.errors = {{[] { sort(ones({2, 3}), 2); }, "[sort] dim=2 is out of range for rank 2"}};
  sort_case.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 16 * kMiB}};
  add_pair(
      rows, sort_case, "", [](const Tensor& x) { return sort(x, 1); },
      [](bool places) { return sorted(1, false, places); });

  OpCase down = sort_case;
  down.torch = "torch.sort(x0, dim=1, descending=True, stable=True)";
  down.benchmarks = {};
  add_pair(
      rows, down, "/descending", [](const Tensor& x) { return sort(x, 1, true); },
      [](bool places) { return sorted(1, true, places); });

  OpCase first = sort_case;
  first.torch = "torch.sort(x0, dim=0, stable=True)";
  first.samples = {shaped({}), shaped({1}), shaped({0}), shaped({40}), shaped({6, 2})};
  first.specials = {};
  first.benchmarks = {};
  add_pair(
      rows, first, "/first", [](const Tensor& x) { return sort(x, 0); },
      [](bool places) { return sorted(0, false, places); });

  OpCase args{.name = "argsort", .torch = "torch.argsort(x0, dim=-1, stable=True)", .samples = {}};
  args.run = [](const Tensors& x) { return argsort(x[0]); };
  args.reference = sorted(1, false, true);
  args.samples = {shaped({3, 7}),
                  {{.shape = {3, 8}, .low = -2, .high = 2, .dtype = int64}},
                  {{.shape = {2, 8}, .low = 0, .high = 2, .dtype = bool_}},
                  {{.shape = {2, 8}, .low = 0, .high = 4, .dtype = uint8}}};
  args.specials = specials;
  args.errors = {{[] { argsort(ones({2, 3}), 2); }, "[argsort] dim=2 is out of range"}};
  args.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 12 * kMiB}};
  args.differentiable = false;
  rows.push_back(args);
  args.name = "argsort/descending";
  args.torch = "torch.argsort(x0, dim=-1, descending=True, stable=True)";
  args.run = [](const Tensors& x) { return argsort(x[0], -1, true); };
  args.reference = sorted(1, true, true);
  args.errors = {};
  args.benchmarks = {};
  rows.push_back(args);

  OpCase top{.name = "topk", .torch = "torch.topk(x0, 2, 1)", .samples = {}};
  top.samples = {shaped({3, 7}), shaped({2, 5, 3}), shaped({4, 2}), shaped({0, 3})};
  top.specials = {{{{1, 6}, {2, kNaN, -kInf, 1, 5, kInf}}}, {{{1, 3}, {1e4, -1e4, 0}}}};
  top.errors = {{[] {
                   topk(ones({2, 3}), 4);
                 },
                 "[topk] k=4 must be in [0, 3], the size of dim 1 of x (2, 3)"},
                {[] { topk(tensor(1.0), 0); }, "k=0 must be 1 for a scalar"}};
  top.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}};
  add_pair(
      rows, top, "", [](const Tensor& x) { return topk(x, 2, 1); },
      [](bool places) { return sorted(1, true, places, 2); });
  OpCase low = top;
  low.torch = "torch.topk(x0, 3, 0, largest=False)";
  low.samples = {shaped({3, 7}), shaped({5, 2, 2}), shaped({9})};
  low.specials = {{{{6}, {2, kNaN, -kInf, 1, kNaN, kInf}}}};
  low.benchmarks = {};
  add_pair(
      rows, low, "/smallest", [](const Tensor& x) { return topk(x, 3, 0, false); },
      [](bool places) { return sorted(0, false, places, 3); });

  OpCase kth{.name = "kthvalue", .torch = "torch.kthvalue(x0, 3, 1)", .samples = {}};
  kth.samples = {shaped({3, 7}), shaped({2, 5, 3}), shaped({2, 3}), shaped({0, 3})};
  kth.specials = {{{{1, 6}, {2, kNaN, -kInf, 1, kNaN, kInf}}}, {{{1, 3}, {1, kNaN, 0}}}};
  kth.errors = {{[] {
                   kthvalue(ones({2, 3}), 0);
                 },
                 "[kthvalue] k=0 must be in [1, 3], the size of dim 1 of x (2, 3)"}};
  kth.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}};
  add_pair(
      rows, kth, "", [](const Tensor& x) { return kthvalue(x, 3, 1); },
      [](bool places) { return ranked(1, 2, places); });

  OpCase middle{.name = "median", .torch = "torch.median(x0, 1)", .samples = {}};
  middle.samples = {shaped({3, 7}), shaped({2, 4, 3}), shaped({2, 1}), shaped({0, 3})};
  middle.specials = {{{{1, 4}, {2, 1, kInf, 5}}}, {{{1, 5}, {2, 1, kNaN, 5, kNaN}}}};
  middle.errors = {{[] {
                      median(ones({2, 0}), 1);
                    },
                    "[median] x (2, 0) has no values along dim 1"}};
  middle.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}};
  add_pair(
      rows, middle, "", [](const Tensor& x) { return median(x, 1); },
      [](bool places) {
        return [=](const Naives& x) {
          return fold_rows(x[0], 1, [=](const Row& row) { return median_of(row, places); });
        };
      });

  OpCase all{.name = "median/all", .torch = "torch.median(x0)", .samples = {}};
  all.run = [](const Tensors& x) { return median(x[0]); };
  all.reference = [](const Naives& x) {
    Naive out(Shape{});
    out[0] = x[0].count() ? median_of(x[0].values, false) : kNaN;
    return out;
  };
  all.samples = {shaped({}), shaped({1}), shaped({3, 4}), shaped({2, 3, 3})};
  all.specials = {{{{2, 2}, {2, 1, 2, 3}}},  // a tie: equal shares
                  {{{4}, {2, kNaN, 1, kNaN}}},
                  {{{0}, {}}}};
  all.errors = {{[] { median(zeros({0}, int64)); }, "[median] wants float32 or float64"}};
  rows.push_back(all);
}

void add_quantile_cases(Rows& rows) {
  const Input values{.shape = {}, .distinct = true};
  const auto shaped = [=](const Shape& shape) {
    Input input = values;
    input.shape = shape;
    return std::vector<Input>{input};
  };
  OpCase one{.name = "quantile", .torch = "torch.quantile(x0, 0.3, 1)", .samples = {}};
  one.run = [](const Tensors& x) { return quantile(x[0], 0.3, 1); };
  one.reference = [](const Naives& x) {
    return fold_rows(x[0], 1, [](const Row& row) { return quantile_of(row, 0.3); });
  };
  one.samples = {shaped({3, 7}), shaped({2, 5, 3}), shaped({2, 1})};
  one.specials = {{{{2, 3}, {1, kNaN, 2, 5, 1e4, -1e4}}}};
  one.errors = {{[] { quantile(ones({3}), 1.5); }, "[quantile] q=1.5 must be in [0, 1]"},
                {[] {
                   quantile(ones({2, 0}), 0.5, 1);
                 },
                 "x (2, 0) has no values to choose from"},
                {[] { quantile(ones({2}, int64), 0.5); }, "wants float32 or float64, got int64"}};
  one.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}};
  rows.push_back(one);

  OpCase infinite{.name = "quantile/infinite", .torch = "torch.quantile(x0, 0.5, 1)"};
  infinite.run = [](const Tensors& x) { return quantile(x[0], 0.5, 1); };
  infinite.reference = [](const Naives& x) {
    return fold_rows(x[0], 1, [](const Row& row) { return quantile_of(row, 0.5); });
  };
  infinite.samples = {shaped({3, 7})};
  infinite.specials = {{{{3, 3}, {1, 2, kInf, -kInf, 2, kInf, 3, kInf, kInf}}},
                       {{{2, 4}, {1, 2, kInf, kInf, -kInf, -1, kInf, -kInf}}}};
  infinite.differs_from_torch = "an Inf counts only where it has a weight; PyTorch gives NaN";
  rows.push_back(infinite);

  OpCase several{.name = "quantile/several", .torch = "", .samples = {}};
  several.torch =
      "torch.quantile(x0, torch.tensor([0.0, 0.25, 1.0], dtype=x0.dtype), 0, keepdim=True)";
  several.run = [](const Tensors& x) { return quantile(x[0], {0.0, 0.25, 1.0}, 0, true); };
  several.reference = [](const Naives& x) {
    Shape shape = x[0].shape;
    shape[0] = 1;
    shape.insert(0, 3);
    Naive out(shape);
    Index k = 0;
    for (const double q : {0.0, 0.25, 1.0})
      for (const double v :
           fold_rows(x[0], 0, [=](const Row& row) { return quantile_of(row, q); }).values)
        out[k++] = v;
    return out;
  };
  several.samples = {shaped({4, 3}), shaped({7}), shaped({2, 2, 2})};
  rows.push_back(several);

  OpCase all{
      .name = "quantile/all", .torch = "torch.quantile(x0, 0.75, keepdim=True)", .samples = {}};
  all.run = [](const Tensors& x) { return quantile(x[0], 0.75, {}, true); };
  all.reference = [](const Naives& x) {
    Naive out(x[0].shape.empty() ? Shape{} : Shape{1, 1});
    out[0] = quantile_of(x[0].values, 0.75);
    return out;
  };
  all.samples = {shaped({3, 4}), shaped({1, 5}), shaped({})};
  rows.push_back(all);
}

void add_unique_cases(Rows& rows) {
  const char* const parts[] = {"values", "inverse", "counts"};
  for (const bool consecutive : {false, true}) {
    for (int part = 0; part < 3; ++part) {
      const std::string name = consecutive ? "unique_consecutive" : "unique";
      OpCase c{.name = name + "/" + parts[part], .torch = "", .samples = {}};
      c.torch = "torch." + name + "(x0.detach(), return_inverse=True, return_counts=True)[" +
                std::to_string(part) + "]";
      c.run = [=](const Tensors& x) {
        const Unique u = consecutive ? unique_consecutive(x[0]) : unique(x[0]);
        return part == 0 ? u.values : part == 1 ? u.inverse : u.counts;
      };
      c.reference = [=](const Naives& x) {
        const Row& row = x[0].values;
        std::vector<std::size_t> places = places_in_order(row, false);
        if (consecutive)
          for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
        Row values, counts;
        Naive inverse(x[0].shape);
        for (const std::size_t i : places) {
          if (values.empty() || values.back() != row[i]) {
            values.push_back(row[i]);
            counts.push_back(0);
          }
          ++counts.back();
          inverse.values[i] = static_cast<double>(values.size() - 1);
        }
        Naive out({static_cast<Index>(values.size())});
        out.values = part == 0 ? values : counts;
        return part == 1 ? inverse : out;
      };
      c.samples = {{{.shape = {3, 4}, .low = 0, .high = 4, .dtype = int64}},
                   {{.shape = {20}, .low = 0, .high = 2, .dtype = bool_}},
                   {{.shape = {}}},
                   {{.shape = {2, 0}}},
                   {{.shape = {2, 3}}}};
      c.specials = {{{{7}, {kNaN, 1, 1, kNaN, kInf, 0, -0.0}}}};
      c.benchmarks = {{.inputs = {{.shape = {1 << 16}, .low = 0, .high = 99, .dtype = int64}},
                       .bytes = 16.0 * (1 << 16)}};
      c.differentiable = false;
      rows.push_back(c);
    }
  }
}

void add_search_cases(Rows& rows) {
  const auto place = [](const Row& row, double v, bool right) {
    double count = 0;
    for (const double element : row) count += right ? !(element > v) : !(element >= v);
    return count;
  };
  const Row edges = {-1, 0, 0, 1};
  for (const bool right : {false, true}) {
    const std::string option = right ? ", right=True)" : ")";
    OpCase c{.name = right ? "searchsorted/right" : "searchsorted", .torch = "", .samples = {}};
    c.torch = "torch.searchsorted(torch.sort(x0, -1).values, x1" + option;
    c.run = [=](const Tensors& x) { return searchsorted(sort(x[0], -1).values, x[1], right); };
    c.reference = [=](const Naives& x) {
      return tabulate(x[1].shape, [&](const Shape& i) {
        Row row = x[0].values;
        if (x[0].shape.rank() > 1) {
          const auto n = x[0].shape.back();
          const auto start = x[0].values.begin() + static_cast<std::ptrdiff_t>(i[0] * n);
          row.assign(start, start + static_cast<std::ptrdiff_t>(n));
        }
        return place(row, x[1](i), right);
      });
    };
    c.samples = {{{.shape = {7}}, {.shape = {3, 4}}},
                 {{.shape = {2, 5}}, {.shape = {2, 3}}},
                 {{.shape = {7}}, {.shape = {}}},
                 {{.shape = {0}}, {.shape = {3}}},
                 {{.shape = {6}, .low = 0, .high = 3, .dtype = int64},
                  {.shape = {9}, .low = 0, .high = 3, .dtype = int64}}};
    c.specials = {{{{4}, {1, 2, 2, 3}}, {{6}, {kNaN, 2, kInf, -kInf, 0, 3}}}};
    c.errors = {{[] {
                   searchsorted(ones({2, 3}), ones({3, 3}));
                 },
                 "[searchsorted] sorted_sequence (2, 3) must be one row"}};
    c.benchmarks = {{.inputs = {{{4096}}, {{1 << 16}}}, .bytes = 12.0 * (1 << 16)}};
    c.differentiable = false;
    rows.push_back(c);

    OpCase b{.name = right ? "bucketize/right" : "bucketize", .torch = "", .samples = {}};
    b.torch = "torch.bucketize(x0, torch.tensor([-1.0, 0.0, 0.0, 1.0], dtype=x0.dtype)" + option;
    b.run = [=](const Tensors& x) {
      return bucketize(x[0], tensor({-1.0, 0.0, 0.0, 1.0}, x[0].dtype()), right);
    };
    b.reference = [=](const Naives& x) {
      Naive out = x[0];
      for (double& v : out.values) v = place(edges, v, right);
      return out;
    };
    b.samples = {{{.shape = {3, 4}}}, {{.shape = {}}}, {{.shape = {0}}}};
    b.specials = {{{{6}, {kNaN, 0, -0.0, 1, -1, kInf}}}};
    b.errors = {{[] {
                   bucketize(ones({3}), ones({2, 2}));
                 },
                 "[bucketize] boundaries (2, 2) must have one dim"}};
    b.benchmarks = {{.inputs = {{{1 << 16}}}, .bytes = 12.0 * (1 << 16)}};
    b.differentiable = false;
    rows.push_back(b);
  }
}

void add_count_cases(Rows& rows) {
  const Input numbers{.shape = {20}, .low = 0, .high = 7, .dtype = int64};
  OpCase counts{.name = "bincount", .torch = "torch.bincount(x0, minlength=4)", .samples = {}};
  counts.run = [](const Tensors& x) { return bincount(x[0], {}, 4); };
  const auto tally = [](const Naives& x) {
    double length = 4;
    for (const double v : x[0].values) length = std::max(length, v + 1);
    Naive out({static_cast<Index>(length)});
    for (Index i = 0; i < x[0].count(); ++i)
      out[static_cast<Index>(x[0][i])] += x.size() > 1 ? x[1][i] : 1;
    return out;
  };
  counts.reference = tally;
  counts.samples = {{numbers}, {{.shape = {0}, .low = 0, .high = 1, .dtype = int64}}};
  counts.errors = {
      {[] {
         bincount(tensor({0, -1}, int64));
       },
       "[bincount] x holds -1 at (1); it must be in [0, "},
      {[] { bincount(ones({2})); }, "x is float32, it must be int64; convert with to(x, int64)"},
      {[] {
         bincount(ones({2, 2}, int64));
       },
       "x (2, 2) must have one dim"},
      {[] { bincount(ones({2}, int64), ones({3})); }, "weights (3) must have the shape of x, (2)"}};
  counts.benchmarks = {{.inputs = {{.shape = {1 << 18}, .low = 0, .high = 999, .dtype = int64}},
                        .bytes = 8.0 * (1 << 18)}};
  counts.differentiable = false;
  rows.push_back(counts);

  OpCase weighted = counts;  // PyTorch has no gradient here
  weighted.name = "bincount/weights";
  weighted.torch =
      "torch.zeros(7, dtype=x1.dtype).index_add(0, x0, x1)[:max(4, int(x0.max()) + 1)]";
  weighted.run = [](const Tensors& x) { return bincount(x[0], x[1], 4); };
  weighted.samples = {{numbers, {{20}}}};
  weighted.errors = {};
  weighted.benchmarks = {};
  weighted.differentiable = true;
  rows.push_back(weighted);

  OpCase bins{.name = "histc", .torch = "torch.histc(x0, 5, -1, 1)", .samples = {}};
  bins.run = [](const Tensors& x) { return histc(x[0], 5, -1, 1); };
  const auto histogram = [](const Naives& x, double low, double high) {
    Naive out(Shape{5});
    for (const double v : x[0].values)
      if (low <= v && v <= high)
        ++out[std::min<Index>(4, static_cast<Index>((v - low) * 5 / (high - low)))];
    return out;
  };
  bins.reference = [=](const Naives& x) { return histogram(x, -1, 1); };
  bins.samples = {{{.shape = {3, 40}}}, {{.shape = {}}}, {{.shape = {0}}}};
  bins.specials = {{{{6}, {-1, 1, kNaN, kInf, -kInf, 0}}}};
  bins.errors = {{[] { histc(ones({2}), 0); }, "[histc] bins=0 must be at least 1"},
                 {[] { histc(ones({2}), 5, 1, 0); }, "min=1 must not be above max=0"},
                 {[] { histc(full({2}, kInf)); }, "the range [inf, inf] is not finite"}};
  bins.benchmarks = {{.inputs = {{{1 << 18}}}, .bytes = 4.0 * (1 << 18)}};
  bins.differentiable = false;
  rows.push_back(bins);

  OpCase range = bins;
  range.name = "histc/range";
  range.torch = "torch.histc(x0, 5)";
  range.run = [](const Tensors& x) { return histc(x[0], 5); };
  range.reference = [=](const Naives& x) {
    const auto [low, high] = std::minmax_element(x[0].values.begin(), x[0].values.end());
    return *low == *high ? histogram(x, *low - 1, *high + 1) : histogram(x, *low, *high);
  };
  range.samples = {{{.shape = {3, 40}}}, {{.shape = {1}}}};
  range.specials = {{{{3}, {2, 2, 2}}}};
  range.errors = {};
  range.benchmarks = {};
  rows.push_back(range);
}
}  // namespace

Rows reduction_sorting_cases() {
  Rows rows;
  add_sort_cases(rows);
  add_quantile_cases(rows);
  add_unique_cases(rows);
  add_search_cases(rows);
  add_count_cases(rows);
  return rows;
}

}  // namespace tinygrad::test
