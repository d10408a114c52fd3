// SPDX-License-Identifier: MIT
// Collects the cases of all families.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

const AccuracyCases& accuracy_cases() {
  static const AccuracyCases all = [] {
    AccuracyCases cases;
    for (const AccuracyFamily& family : accuracy_families())
      for (auto& one : family.cases()) cases.push_back(std::move(one));
    return cases;
  }();
  return all;
}

const std::map<std::string, std::string>& without_accuracy_case() {
  static const std::map<std::string, std::string> all = [] {
    std::map<std::string, std::string> out;
    const auto because = [&out](const char* reason, std::initializer_list<const char*> names) {
      for (const char* name : names) out[name] = reason;
    };
    because("gives a whole number, with slope 0",
            {"sign", "floor", "ceil", "round", "trunc", "floor_divide", "heaviside"});
    because("gives bool", {"isnan", "isinf", "isfinite", "signbit", "eq", "ne", "lt", "le", "gt",
                           "ge", "logical_and", "logical_or", "logical_not", "logical_xor",
                           "isclose", "allclose", "equal", "isposinf", "isneginf"});
    because("gives an input, a bound or 0 as it is",
            {"where", "clamp", "maximum", "minimum", "fmax", "fmin", "nan_to_num", "copysign"});
    because("gives an exact remainder, with whole numbers as slopes", {"fmod", "remainder"});
    because("of three tensors: sums of products", {"lerp", "addcmul", "addcdiv"});
    because("takes integers and bools only",
            {"bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"});
    return out;
  }();
  return all;
}

}  // namespace tinygrad::test
