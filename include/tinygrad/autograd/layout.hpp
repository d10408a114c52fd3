// SPDX-License-Identifier: MIT
// A check, when a program starts, that it was compiled with types of the same layout as the compiled
// library it is linked with. Flags like -fpack-struct=4 change a layout without changing a name that
// the linker compares.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/core/xtensor.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// Facts of one compilation that a program and its library must share.
struct Layout {
  std::size_t tensor = sizeof(Tensor), array = sizeof(Array), shape = sizeof(Shape);
  std::size_t node = sizeof(Node), dtype = sizeof(Dtype), scalar = sizeof(Scalar);
  std::size_t edge = sizeof(Edge), output = sizeof(Node::Output);
  std::size_t xtensor = 10'000 * XTENSOR_VERSION_MAJOR + 100 * XTENSOR_VERSION_MINOR;
};

/// Ends the process with a sentence if `program` differs from the library's layout.
inline void check_layout(const Layout& program) {
  const Layout library;
  const struct {
    const char* what;
    std::size_t program, library;
  } facts[] = {
      {"sizeof(Tensor)", program.tensor, library.tensor},
      {"sizeof(Array)", program.array, library.array},
      {"sizeof(Shape)", program.shape, library.shape},
      {"sizeof(Node)", program.node, library.node},
      {"sizeof(Dtype)", program.dtype, library.dtype},
      {"sizeof(Scalar)", program.scalar, library.scalar},
      {"sizeof(Edge)", program.edge, library.edge},
      {"sizeof(Node::Output)", program.output, library.output},
      {"the version of xtensor", program.xtensor, library.xtensor},
  };
  for (const auto& fact : facts) {
    if (fact.program == fact.library) continue;
    std::fprintf(stderr,
                 "tinygrad: the program and the compiled library were built with different flags: "
                 "%s is %zu in the program and %zu in the library\n",
                 fact.what, fact.program, fact.library);
    std::_Exit(1);
  }
}

#ifdef TINYGRAD_COMPILED
// One for each file of a program, because each may have its own flags.
[[maybe_unused]] static const bool layout_is_checked = (check_layout({}), true);
#endif

}  // namespace tinygrad::inline TINYGRAD_ABI::detail
