# tinygrad_find_openblas(): sets TINYGRAD_CBLAS_INCLUDE_DIR and TINYGRAD_BLAS_LIBRARY in the cache.
# tinygrad_check_blas(result): sets TINYGRAD_LAPACK_LIBRARY if the BLAS holds no LAPACK. A machine
# may hold several BLAS libraries and several cblas.h; a pair of them is OpenBLAS only if a program
# that calls openblas_get_config() links. Another CBLAS works and gets a warning; the reference
# CBLAS is many times slower. A BLAS with 64-bit integers is refused.
include(CheckCXXSourceCompiles)
include(CMakePushCheckState)

# Sets `result` to whether `source` links with the header folder and the library found so far.
function(tinygrad_blas_links source result)
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_REQUIRED_INCLUDES ${TINYGRAD_CBLAS_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${TINYGRAD_BLAS_LIBRARY})
  unset(${result} CACHE)
  check_cxx_source_compiles("extern \"C\" {\n#include <cblas.h>\n}\n${source}" ${result})
  cmake_pop_check_state()
endfunction()

# Sets `result` to whether the library has 64-bit integers (ILP64): it is told by what it makes of a size whose
# lower half is 2 and which is negative as a whole. Compiling for another machine, the run of a program tells.
function(tinygrad_blas_is_wide result)
  set(${result} FALSE PARENT_SCOPE)
  if(CMAKE_CROSSCOMPILING)
    return()
  endif()
  set(folder ${CMAKE_BINARY_DIR}/CMakeFiles/tinygrad_blas)
  file(WRITE ${folder}/width.cpp "
    extern \"C\" unsigned long cblas_idamax(long long, const double*, long long);
    int main() {
      const double values[2] = {1, 2};
      return sizeof(long) == 8 && cblas_idamax(2 - (1LL << 32), values, 1) != 1 ? 64 : 0;
    }\n")
  unset(TINYGRAD_BLAS_RUN CACHE)
  unset(TINYGRAD_BLAS_COMPILED CACHE)
  try_run(TINYGRAD_BLAS_RUN TINYGRAD_BLAS_COMPILED ${folder} ${folder}/width.cpp
          LINK_LIBRARIES ${TINYGRAD_BLAS_LIBRARY})
  if(TINYGRAD_BLAS_COMPILED AND TINYGRAD_BLAS_RUN EQUAL 64)
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# OpenBLAS holds LAPACK; beside the reference BLAS and BLIS it is a library of its own.
function(tinygrad_find_lapack)
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_REQUIRED_LIBRARIES ${TINYGRAD_BLAS_LIBRARY})
  unset(TINYGRAD_BLAS_HAS_LAPACK CACHE)
  check_cxx_source_compiles("extern \"C\" void dgetrf_();\nint main() { dgetrf_(); }" TINYGRAD_BLAS_HAS_LAPACK)
  cmake_pop_check_state()
  if(TINYGRAD_BLAS_HAS_LAPACK)
    return()
  endif()
  find_library(TINYGRAD_LAPACK_LIBRARY NAMES lapack)
  mark_as_advanced(TINYGRAD_LAPACK_LIBRARY)
  if(NOT TINYGRAD_LAPACK_LIBRARY AND NOT tinygrad_FIND_QUIETLY)
    message(WARNING "${TINYGRAD_BLAS_LIBRARY} holds no LAPACK, and none was found: programs that call solve, qr, "
                    "svd, eigh, cholesky and their like will not link. Install one (apt: liblapack-dev).")
  endif()
endfunction()

# tinygrad_check_blas(result): whatever way the library was named or found, sets `result` to what is wrong with
# it, or to nothing, and looks for the LAPACK that it lacks. Once for each library.
function(tinygrad_check_blas result)
  set(${result} "" PARENT_SCOPE)
  if(TINYGRAD_CHECKED_BLAS STREQUAL TINYGRAD_BLAS_LIBRARY)
    return()
  endif()
  tinygrad_blas_is_wide(wide)
  if(wide)
    set(${result} "tinygrad needs a BLAS with 32-bit integers (LP64); ${TINYGRAD_BLAS_LIBRARY} has 64-bit ones (ILP64).\n\
Install libopenblas, not libopenblas64 (apt: libopenblas-dev), or name one with -D TINYGRAD_BLAS_LIBRARY=…." PARENT_SCOPE)
    unset(TINYGRAD_BLAS_LIBRARY CACHE)
    return()
  endif()
  tinygrad_find_lapack()
  set(TINYGRAD_CHECKED_BLAS ${TINYGRAD_BLAS_LIBRARY} CACHE INTERNAL "The library that tinygrad_check_blas has seen")
endfunction()

function(tinygrad_find_openblas)
  if(TINYGRAD_CBLAS_INCLUDE_DIR AND TINYGRAD_BLAS_LIBRARY)
    return()
  endif()
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(TINYGRAD_PC_OPENBLAS QUIET openblas)
  endif()
  set(prefixes /opt/homebrew/opt/openblas /usr/local/opt/openblas) # Homebrew keeps it out of its prefix
  find_path(TINYGRAD_CBLAS_INCLUDE_DIR cblas.h HINTS ${TINYGRAD_PC_OPENBLAS_INCLUDEDIR} ${prefixes}
            PATH_SUFFIXES include openblas openblas-openmp openblas-pthread)
  find_library(TINYGRAD_BLAS_LIBRARY NAMES openblas openblaso openblasp
               HINTS ${TINYGRAD_PC_OPENBLAS_LIBDIR} ${prefixes}
               PATH_SUFFIXES lib openblas-openmp openblas-pthread)
  mark_as_advanced(TINYGRAD_CBLAS_INCLUDE_DIR TINYGRAD_BLAS_LIBRARY)
  if(TINYGRAD_CBLAS_INCLUDE_DIR AND TINYGRAD_BLAS_LIBRARY)
    tinygrad_blas_links("int main() { return openblas_get_config()[0] == 0; }" TINYGRAD_IS_OPENBLAS)
    if(TINYGRAD_IS_OPENBLAS)
      if(NOT tinygrad_FIND_QUIETLY)
        message(STATUS "OpenBLAS: ${TINYGRAD_BLAS_LIBRARY}")
      endif()
      return()
    endif()
  endif()

  unset(TINYGRAD_BLAS_LIBRARY CACHE)
  find_library(TINYGRAD_BLAS_LIBRARY NAMES blis cblas blas)
  if(TINYGRAD_CBLAS_INCLUDE_DIR AND TINYGRAD_BLAS_LIBRARY)
    tinygrad_blas_links("int main() { return cblas_sdot(0, nullptr, 1, nullptr, 1) != 0; }" TINYGRAD_IS_CBLAS)
    if(TINYGRAD_IS_CBLAS)
      if(NOT tinygrad_FIND_QUIETLY)
        message(WARNING "OpenBLAS was not found; ${TINYGRAD_BLAS_LIBRARY} is used instead. Decompositions "
                        "may be many times slower, and matrix products slower. Install OpenBLAS "
                        "(apt: libopenblas-dev) and configure anew.")
      endif()
      return()
    endif()
  endif()
  unset(TINYGRAD_BLAS_LIBRARY CACHE)
endfunction()
