// SPDX-License-Identifier: MIT
// Rows for ops/linalg/einsum.hpp.
#include <map>
#include <string>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// The definition: for every value of every letter the product of the operands' elements is added to
// the element of the result. `inputs` and `output` name every dim.
Naive sum_of_products(const std::vector<std::string>& inputs, const std::string& output,
                      const Naives& x) {
  std::map<char, Index> sizes;
  for (std::size_t k = 0; k < x.size(); ++k)
    for (int dim = 0; dim < x[k].shape.rank(); ++dim) {
      Index& size = sizes[inputs[k][static_cast<std::size_t>(dim)]];
      size = size == 0 || x[k].shape[dim] != 1 ? x[k].shape[dim] : size;
    }
  Shape all, shape;
  std::map<char, int> place;
  for (const auto& [letter, size] : sizes) {
    place[letter] = all.rank();
    all.push_back(size);
  }
  for (const char letter : output) shape.push_back(sizes[letter]);
  Naive y(shape);
  for_each_index(all, [&](const Shape& at) {
    double product = 1;
    for (std::size_t k = 0; k < x.size(); ++k) {
      Shape element;
      for (const char letter : inputs[k]) element.push_back(at[place[letter]]);
      product *= x[k].broadcast(element);
    }
    Shape element;
    for (const char letter : output) element.push_back(at[place[letter]]);
    y(element) += product;
  });
  return y;
}

struct Equation {
  const char* text;
  std::vector<std::string> inputs;  // the same with every dim named
  std::string output;
  std::vector<std::vector<Input>> samples;
};

void add_einsum(Rows& rows) {
  const std::vector<Equation> equations = {
      {"ij,jk->ik",
       {"ij", "jk"},
       "ik",
       {{{{3, 4}}, {{4, 5}}},
        {{{1, 1}}, {{1, 1}}},
        {{{0, 4}}, {{4, 2}}},
        {{{3, 0}}, {{0, 2}}},
        {{{3, 1}}, {{4, 2}}}}},
      {"ij,jk", {"ij", "jk"}, "ik", {{{{3, 4}}, {{4, 5}}}}},
      {"ij,kj->ki", {"ij", "kj"}, "ki", {{{{3, 4}}, {{5, 4}}}}},
      {"Ba,aC", {"Ba", "aC"}, "BC", {{{{2, 3}}, {{3, 4}}}}},
      {"ba", {"ba"}, "ab", {{{{2, 3}}}}},
      {"i->", {"i"}, "", {{{{7}}}, {{{0}}}}},
      {"ij->j", {"ij"}, "j", {{{{2, 3}}}}},
      {"ii", {"ii"}, "", {{{{3, 3}}}, {{{0, 0}}}}},
      {"ii->i", {"ii"}, "i", {{{{3, 3}}}, {{{1, 1}}}}},
      {"ijij->ji", {"ijij"}, "ji", {{{{2, 3, 2, 3}}}}},
      {"iij,jk->ki", {"iij", "jk"}, "ki", {{{{3, 3, 2}}, {{2, 4}}}}},
      {"i,i", {"i", "i"}, "", {{{{5}}, {{5}}}, {{{1}}, {{5}}}}},
      {"i,j", {"i", "j"}, "ij", {{{{3}}, {{2}}}}},
      {"ij,ij->ij", {"ij", "ij"}, "ij", {{{{2, 3}}, {{2, 3}}}, {{{2, 1}}, {{1, 3}}}}},
      {"ij,ij->i", {"ij", "ij"}, "i", {{{{2, 3}}, {{2, 3}}}}},
      {"bij,bjk->bik",
       {"bij", "bjk"},
       "bik",
       {{{{2, 3, 4}}, {{2, 4, 2}}}, {{{2, 3, 4}}, {{1, 4, 2}}}}},
      {"bhqd,bkhd->bhqk", {"bhqd", "bkhd"}, "bhqk", {{{{2, 2, 3, 4}}, {{2, 5, 2, 4}}}}},
      {"ij,kl->", {"ij", "kl"}, "", {{{{2, 3}}, {{4, 2}}}}},
      {"n i , k i j , n j -> n k", {"ni", "kij", "nj"}, "nk", {{{{3, 2}}, {{4, 2, 3}}, {{3, 3}}}}},
      {"ab,bc,cd,da->", {"ab", "bc", "cd", "da"}, "", {{{{2, 3}}, {{3, 2}}, {{2, 4}}, {{4, 2}}}}},
      {"ab,b,ac->c", {"ab", "b", "ac"}, "c", {{{{2, 3}}, {{3}}, {{2, 4}}}}},
      {",ij", {"", "ij"}, "ij", {{{{}}, {{2, 3}}}}},
      {"...", {"ij"}, "ij", {{{{2, 3}}}}},
      {"...ij,...jk->...ik",
       {"bij", "bjk"},
       "bik",
       {{{{2, 3, 4}}, {{2, 4, 2}}}, {{{1, 3, 4}}, {{2, 4, 2}}}}},
      {"...ij,jk", {"bij", "jk"}, "bik", {{{{2, 3, 4}}, {{4, 2}}}}},
      {"i...,...i->...", {"iab", "bi"}, "ab", {{{{3, 2, 4}}, {{4, 3}}}, {{{3, 2, 1}}, {{4, 3}}}}},
      {"i...i->...", {"iai"}, "a", {{{{3, 2, 3}}}}},
      {"ij...->ji", {"ijk"}, "ji", {{{{2, 3, 4}}}}},
      {"b...,...->b", {"bij", "ij"}, "b", {{{{2, 3, 2}}, {{3, 2}}}}},
  };
  for (const Equation& e : equations) {
    const std::string text = e.text;
    OpCase c;
    c.name = "einsum/" + text;
    c.torch = "torch.einsum('" + text + "', x0";
    for (std::size_t k = 1; k < e.inputs.size(); ++k) c.torch += str_cat(", x", k);
    c.torch += ")";
    c.run = [text](const Tensors& x) { return einsum(text, x); };
    c.reference = [inputs = e.inputs, output = e.output](const Naives& x) {
      return sum_of_products(inputs, output, x);
    };
    c.samples = e.samples;
    rows.push_back(c);
  }
  OpCase& first = rows.front();
  first.specials = {{{{2, 2}, {kInf, 0, 1e4, -1e4}}, {{2, 2}, {1, 0, 0, 1e4}}},
                    {{{1, 2}, {kNaN, 1}}, {{2, 2}, {1, 0, 0, -0.0}}}};
  first.errors = {
      {[] {
         einsum("ij,jk", {ones({2, 3})});
       },
       "[einsum] equation \"ij,jk\" has 2 operands, 1 were given"},
      {[] {
         einsum("ij,jk", {ones({2, 3}), ones({4, 5})});
       },
       "equation \"ij,jk\": operand 1 (4, 5) has size 4 for 'j', which has size 3 before"},
      {[] {
         einsum("ii", {ones({2, 3})});
       },
       "operand 0 (2, 3) has sizes 2 and 3 for 'i'"},
      {[] {
         einsum("ijk", {ones({2, 3})});
       },
       "operand 0 (\"ijk\") names 3 dims, but the operand is (2, 3)"},
      {[] {
         einsum("i...jk", {ones({2, 3})});
       },
       "names 3 dims, but the operand is (2, 3)"},
      {[] {
         einsum("ij->ii", {ones({2, 3})});
       },
       "the output names 'i' twice"},
      {[] {
         einsum("ij->k", {ones({2, 3})});
       },
       "the output names 'k', which no operand has"},
      {[] {
         einsum("i1", {ones({2, 3})});
       },
       "'1' in operand 0 (\"i1\") is neither a letter"},
      {[] {
         einsum("i..j", {ones({2, 3})});
       },
       "'.' in operand 0 (\"i..j\") is neither a letter"},
      {[] {
         einsum("ij->i>", {ones({2, 3})});
       },
       "'>' in the output is neither a letter"},
      {[] {
         einsum("...i,...i", {ones({2, 3}), ones({4, 3})});
       },
       "has size 4 for a dim of \"...\", which has size 2 before"},
      {[] {
         einsum("i,i", {ones({2}), ones({2}, float64)});
       },
       "operand 1 is float64, operand 0 is float32"},
      {[] { einsum("i", {ones({2}, int64)}); }, "wants float32 or float64, got int64"},
      {[] {
         einsum("abcde,fghij->abcdefghij", {ones({1, 1, 1, 1, 1}), ones({1, 1, 1, 1, 1})});
       },
       "[einsum] "}};
  first.benchmarks = {{.inputs = {{{256, 256}}, {{256, 256}}}, .flops = 2.0 * 256 * 65536}};
}

void add_tensordot(Rows& rows) {
  OpCase c;
  c.name = "tensordot";
  c.torch = "torch.tensordot(x0, x1, dims=2)";
  c.run = [](const Tensors& x) { return tensordot(x[0], x[1], 2); };
  c.reference = [](const Naives& x) { return sum_of_products({"aij", "ijb"}, "ab", x); };
  c.samples = {{{{2, 3, 4}}, {{3, 4, 5}}}, {{{1, 1, 1}}, {{1, 1, 1}}}, {{{0, 3, 2}}, {{3, 2, 2}}}};
  c.specials = {{{{1, 1, 2}, {kInf, 1e4}}, {{1, 2, 1}, {1, -1e4}}}};
  c.errors = {{[] { tensordot(ones({2}), ones({2}), 2); },
               "[tensordot] dims=2 must be from 0 to the ranks of a (2) and of b (2)"},
              {[] {
                 tensordot(ones({2, 3}), ones({4, 2}), 1);
               },
               "sizes differ: dim 1 of a (2, 3) is 3, dim 0 of b (4, 2) is 4"},
              {[] {
                 tensordot(ones({2, 3}), ones({3, 2}), {1}, {0, 1});
               },
               "dims_a (1) and dims_b (0, 1) must be of one length"},
              {[] {
                 tensordot(ones({2, 2}), ones({2, 2}), {1, 1}, {0, 1});
               },
               "dims_a (1, 1) or dims_b (0, 1) names a dim twice"},
              {[] {
                 tensordot(ones({2, 2}), ones({2, 2}), {2}, {0});
               },
               "dims_a=2 is out of range for rank 2"},
              {[] { tensordot(ones({2}), ones({2}, float64), 1); }, "dtypes differ"}};
  c.benchmarks = {{.inputs = {{{64, 16, 16}}, {{16, 16, 64}}}, .flops = 2.0 * 64 * 64 * 256}};
  rows.push_back(c);
  c = {};
  c.name = "tensordot/0";
  c.torch = "torch.tensordot(x0, x1, dims=0)";
  c.run = [](const Tensors& x) { return tensordot(x[0], x[1], 0); };
  c.reference = [](const Naives& x) { return sum_of_products({"ab", "c"}, "abc", x); };
  c.samples = {{{{2, 3}}, {{4}}}};
  rows.push_back(c);
  c.name = "tensordot/dims";
  c.torch = "torch.tensordot(x0, x1, dims=([2, 0], [0, 1]))";
  c.run = [](const Tensors& x) { return tensordot(x[0], x[1], {-1, 0}, {0, 1}); };
  c.reference = [](const Naives& x) { return sum_of_products({"jai", "ijb"}, "ab", x); };
  c.samples = {{{{2, 3, 4}}, {{4, 2, 3}}}, {{{1, 3, 4}}, {{4, 2, 3}}}, {{{2, 2, 1}}, {{4, 2, 1}}}};
  rows.push_back(c);
}

}  // namespace

Rows linalg_einsum_cases() {
  Rows rows;
  add_einsum(rows);
  add_tensordot(rows);
  return rows;
}

}  // namespace tinygrad::test
