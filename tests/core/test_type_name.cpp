// SPDX-License-Identifier: MIT
// Tests of core/type_name.hpp: the inline namespace is not shown.
#include <doctest/doctest.h>

#include <string>

#include "tinygrad/core/random.hpp"
#include "tinygrad/core/type_name.hpp"

using namespace tinygrad;

namespace {
template <class... Ts> struct Holder {};
}  // namespace

TEST_CASE("the name of a type does not show the namespace that names version and configuration") {
  CHECK(detail::type_name(typeid(Generator)) == "Generator");
  CHECK(detail::dynamic_type_name(Generator(), "base") == "Generator");
  CHECK(detail::type_name(typeid(Holder<Generator, Holder<DrawLog>>)) ==
        "Holder<tinygrad::Generator, (anonymous namespace)::Holder<tinygrad::DrawLog> >");
  CHECK(std::string(typeid(Generator).name()).find(detail::inner_namespace) != std::string::npos);
}
