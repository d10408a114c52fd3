// SPDX-License-Identifier: MIT
// A program whose other headers define macros under common names. The library compiles, works, and
// does not change the macros. NEIGHBOUR_HEADER names the header to include, a door or not.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#define I (__extension__ 1.0iF)
#define complex _Complex
#define major(device) ((device) >> 8)
#define minor(device) ((device)&255)
#define index strchr
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define current get_current()
#define check(x) \
  if (!(x)) std::puts(#x)
#define verify(x) ((void)(x))
#define require(x) ((void)(x))
#define fail(...) std::abort()
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define small char
#define interface struct
#define ERROR 0
#define FAILED(result) ((result) < 0)
#define RGB(r, g, b) ((r) | (g) << 8 | (b) << 16)
#define CMYK(c, m, y, k) ((c) | (m) << 8 | (y) << 16 | (k) << 24)
#define TRUE 1
#define FALSE 0
#define CONST const
#define VOID void
#define IN
#define OUT
#define OPTIONAL
#define DELETE 0x10000L
#define NO_ERROR 0L
#define STRICT 1
#define IGNORE 0
#define None 0L
#define Bool int
#define Status int
#define Success 0
#define True 1
#define False 0
#define Always 2
#define Above 0
#define Below 1
#define Complex 0
#define Convex 2
#define Unsorted 0
#define F(text) text
#define B1 1
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define sq(x) ((x) * (x))
#define bit(b) (1UL << (b))
#define radians(x) ((x)*0.01745)
#define degrees(x) ((x)*57.29)
#define constrain(x, low, high) (x)
#define DEFAULT 1
#define move(y, x) wmove(stdscr, y, x)
#define clear() wclear(stdscr)
#define erase() werase(stdscr)
#define filter() wfilter()
#define timeout(delay) wtimeout(stdscr, delay)
#define scroll(window) wscrl(window, 1)
#define border(...) wborder(stdscr, __VA_ARGS__)
#define signals public
#define slots
#define emit
#define foreach for
#define length Rf_length
#define error Rf_error
#define assert_equal(a, b) ((void)(a), (void)(b))

#ifndef NEIGHBOUR_HEADER
#define NEIGHBOUR_HEADER <tinygrad/tinygrad.hpp>
#endif
#include NEIGHBOUR_HEADER
#include <tinygrad/tensor.hpp>

#if !defined(check) || !defined(fail) || !defined(I) || !defined(min) || !defined(Bool) || \
    !defined(ERROR) || TRUE != 1 || max(3, 4) != 4 || defined(TINYGRAD_OPEN) ||            \
    defined(TINYGRAD_INNER)
#error "a macro of the program is not what it was before the include"
#endif

int main() {
  using namespace tinygrad;
  Tensor x = tensor({3.0, -1, 2}, float64);
  x.requires_grad_();
  const Tensor y = sum((tinygrad::abs)(x)) + (tinygrad::max)(x);  // parentheses keep macros off
  y.backward();
  const bool right = y.item() == 9 && x.grad().array().at(0) == 2 && x.grad().array().at(1) == -1;
  if (!right) std::puts("wrong value or gradient");
  try {
    matmul(tensor({{1.0, 2}}), tensor({{1.0, 2}}));
  } catch (const ShapeError& refusal) {
    if (right && std::strstr(refusal.what(), "matmul")) return 0;
  }
  std::puts("no error where the sizes differ");
  return 1;
}
