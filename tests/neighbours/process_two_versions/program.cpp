// SPDX-License-Identifier: MIT
// Uses two libraries that were compiled with different versions or configurations of tinygrad. The
// program itself does not include tinygrad.
//   program PICTURE.png
#include <cmath>
#include <cstdio>
#include <string>

extern "C" {
double first_train();
double second_train();
const char* first_error();
const char* second_error();
long first_read_png(const char* path);
long second_read_png(const char* path);
}

int main(int argc, char** argv) {
  const double a = first_train(), b = second_train();
  if (!(a > 0 && a < 0.3 && std::abs(a - b) < 1e-3)) {
    std::printf("the losses are %g and %g\n", a, b);
    return 1;
  }
  if (first_train() != a || second_train() != b) {
    std::printf("training again gives another loss\n");
    return 1;
  }
  for (const char* text : {first_error(), second_error()})
    if (std::string(text).rfind("[matmul] ", 0) != 0 ||
        std::string(text).find("v0_") != std::string::npos) {
      std::printf("an error reads '%s'\n", text);
      return 1;
    }
  if (argc > 1)
    for (const long bytes : {first_read_png(argv[1]), second_read_png(argv[1])})
      if (bytes != 15) {
        std::printf("a PNG picture of 15 bytes has %ld\n", bytes);
        return 1;
      }
  return 0;
}
