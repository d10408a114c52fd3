# tinygrad_find_openblas(): sets TINYGRAD_CBLAS_INCLUDE_DIR and TINYGRAD_BLAS_LIBRARY in the cache.
# A machine may hold several BLAS libraries and several cblas.h; the pair counts as OpenBLAS only if a
# program that calls openblas_get_config() links. Another CBLAS works, many times slower if it is the
# reference one, and is warned about.
# tinygrad_refuse_wide_blas() and tinygrad_find_lapack() look at the library found or given.
include(CheckCXXSourceCompiles)
include(CheckCXXSourceRuns)
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

# Stops if the library has 64-bit integers (ILP64), or unsets it if find_package is to be quiet. Asks it for
# the largest of so many numbers, which are 2 to who reads 32 bits and less than none to who reads 64.
# Where programs for another machine are built, they find out when they run.
function(tinygrad_refuse_wide_blas)
  if(CMAKE_CROSSCOMPILING OR DEFINED CACHE{TINYGRAD_BLAS_IS_LP64})
    return()
  endif()
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_REQUIRED_LIBRARIES ${TINYGRAD_BLAS_LIBRARY})
  check_cxx_source_runs("
    extern \"C\" unsigned long cblas_idamax(long long, const double*, long long);
    int main() {
      const double values[2] = {1, 2};
      return sizeof(long) == 8 && cblas_idamax(2 - (1LL << 32), values, 1) != 1;
    }" TINYGRAD_BLAS_IS_LP64)
  cmake_pop_check_state()
  if(NOT TINYGRAD_BLAS_IS_LP64)
    set(library ${TINYGRAD_BLAS_LIBRARY})
    unset(TINYGRAD_BLAS_IS_LP64 CACHE)
    unset(TINYGRAD_BLAS_LIBRARY CACHE)
    string(CONCAT message "${library} has 64-bit integers (ILP64), or does not run. tinygrad needs a BLAS with "
                          "32-bit ones (LP64): libopenblas, not libopenblas64")
    if(NOT tinygrad_FIND_QUIETLY)
      message(FATAL_ERROR "${message}")
    endif()
    set(OpenBLAS_NOT_FOUND_MESSAGE "${message}" PARENT_SCOPE)
  endif()
endfunction()

# Sets TINYGRAD_LAPACK_LIBRARY in the cache if the BLAS holds no LAPACK: OpenBLAS does; beside the reference
# BLAS and BLIS it is a library of its own.
function(tinygrad_find_lapack)
  if(DEFINED CACHE{TINYGRAD_BLAS_HAS_LAPACK})
    return()
  endif()
  tinygrad_blas_links("extern \"C\" void dgetrf_(); int main() { dgetrf_(); }" TINYGRAD_BLAS_HAS_LAPACK)
  if(TINYGRAD_BLAS_HAS_LAPACK)
    return()
  endif()
  find_library(TINYGRAD_LAPACK_LIBRARY NAMES lapack)
  mark_as_advanced(TINYGRAD_LAPACK_LIBRARY)
  if(NOT TINYGRAD_LAPACK_LIBRARY)
    message(WARNING "${TINYGRAD_BLAS_LIBRARY} holds no LAPACK, and none was found: programs that call solve, qr, "
                    "svd, eigh, cholesky and their like will not link. Install one (apt: liblapack-dev).")
  endif()
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
      message(STATUS "OpenBLAS: ${TINYGRAD_BLAS_LIBRARY}")
      return()
    endif()
  endif()

  unset(TINYGRAD_BLAS_LIBRARY CACHE)
  find_library(TINYGRAD_BLAS_LIBRARY NAMES blis cblas blas)
  if(TINYGRAD_CBLAS_INCLUDE_DIR AND TINYGRAD_BLAS_LIBRARY)
    tinygrad_blas_links("int main() { return cblas_sdot(0, nullptr, 1, nullptr, 1) != 0; }" TINYGRAD_IS_CBLAS)
    if(TINYGRAD_IS_CBLAS)
      message(WARNING "OpenBLAS was not found; ${TINYGRAD_BLAS_LIBRARY} is used instead. Decompositions "
                      "may be many times slower, and matrix products slower. Install OpenBLAS (apt: libopenblas-dev) and configure anew.")
      return()
    endif()
  endif()
  unset(TINYGRAD_BLAS_LIBRARY CACHE)
endfunction()
