# tests_op_cases: the table of op cases, which the tests and tinygrad_bench share.
include(${CMAKE_CURRENT_LIST_DIR}/families.cmake)
# No debug symbols and no optimisation, or little where the kernels are compiled with the tests: the tests are many, and
# compiling them is most of the wait.
set(test_options $<$<CONFIG:Release>:$<IF:$<BOOL:${TINYGRAD_HEADER_ONLY}>,-O1,-O0> -g0>)
if(TARGET tests_op_cases)
  return()
endif()
tinygrad_families(op op_families)
set(conv_naive ${CMAKE_CURRENT_LIST_DIR}/conv_naive.cpp)
add_library(tests_op_cases STATIC ${CMAKE_CURRENT_LIST_DIR}/op_cases.cpp ${conv_naive} ${op_families})
target_link_libraries(tests_op_cases PUBLIC tinygrad_own)
target_include_directories(tests_op_cases PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
target_compile_options(tests_op_cases PRIVATE ${test_options})
target_precompile_headers(tests_op_cases PRIVATE <tinygrad/tensor.hpp>)
tinygrad_unity_by_room(tests_op_cases ${op_families})
# It multiplies and adds for seconds.
set_source_files_properties(${conv_naive} PROPERTIES
  COMPILE_OPTIONS -O2 SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
