# tinygrad_find_openblas(): sets TINYGRAD_CBLAS_INCLUDE_DIR and TINYGRAD_BLAS_LIBRARY in the cache.
# A machine may hold several BLAS libraries and several cblas.h; the pair counts as OpenBLAS only if a
# program that calls openblas_get_config() links. Another CBLAS works, many times slower, and is
# warned about.
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
  find_library(TINYGRAD_BLAS_LIBRARY NAMES cblas blas)
  if(TINYGRAD_CBLAS_INCLUDE_DIR AND TINYGRAD_BLAS_LIBRARY)
    tinygrad_blas_links("int main() { return cblas_sdot(0, nullptr, 1, nullptr, 1) != 0; }" TINYGRAD_IS_CBLAS)
    if(TINYGRAD_IS_CBLAS)
      message(WARNING "OpenBLAS was not found; ${TINYGRAD_BLAS_LIBRARY} is used instead. Matrix products "
                      "may be many times slower. Install OpenBLAS (apt: libopenblas-dev) and configure anew.")
      return()
    endif()
  endif()
  unset(TINYGRAD_BLAS_LIBRARY CACHE)
endfunction()
