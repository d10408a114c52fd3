# Settings that the tests, examples and benchmarks of this project share: warnings, processor flags,
# sanitizers. None of them reaches a user of tinygrad::tinygrad.
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
   OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14))
  message(FATAL_ERROR "tinygrad needs g++ 12 or clang 14 or newer, not "
                      "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.\nName another compiler with CXX=…")
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

# tinygrad_flags alone, which never hold -march=native, are for targets that choose between the headers and the compiled
# library themselves.
add_library(tinygrad_flags INTERFACE)
add_library(tinygrad_own INTERFACE)
target_link_libraries(tinygrad_own INTERFACE
                      tinygrad_flags $<IF:$<BOOL:${TINYGRAD_HEADER_ONLY}>,tinygrad::tinygrad,tinygrad::compiled>)
target_link_libraries(tinygrad_objects PRIVATE tinygrad_flags)
target_include_directories(tinygrad_own INTERFACE ${PROJECT_SOURCE_DIR}/examples) # "networks/…", "common/…"
target_compile_options(tinygrad_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(tinygrad_flags INTERFACE -Wno-restrict) # false on "text" + std::string: GCC bug 105651
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND TINYGRAD_SANITIZE)
  target_compile_options(tinygrad_flags INTERFACE -Wno-maybe-uninitialized) # false in <regex>: GCC bug 105562
endif()
if(TINYGRAD_WERROR)
  target_compile_options(tinygrad_flags INTERFACE -Werror)
endif()
if(TINYGRAD_NATIVE)
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-march=native TINYGRAD_HAS_MARCH_NATIVE) # clang on ARM says -mcpu
  set(native $<IF:$<BOOL:${TINYGRAD_HAS_MARCH_NATIVE}>,-march=native,-mcpu=native>)
  target_compile_options(tinygrad_own INTERFACE ${native})
  target_compile_options(tinygrad_objects PRIVATE ${native})
endif()
if(TINYGRAD_SANITIZE)
  set(sanitize -fsanitize=${TINYGRAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(tinygrad_flags INTERFACE ${sanitize})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND TINYGRAD_SANITIZE MATCHES "integer")
    target_compile_options(tinygrad_flags INTERFACE
                           -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizer_ignore.txt)
  endif()
  target_link_options(tinygrad_flags INTERFACE ${sanitize})
endif()
