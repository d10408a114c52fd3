# Finds what tinygrad stands on and gathers it in one target, tinygrad::dependencies. Read by our own
# build and, installed, by find_package(tinygrad): an installed tinygrad holds no path of the machine
# it was installed from.
include(${CMAKE_CURRENT_LIST_DIR}/missing_package.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/find_openblas.cmake)

find_package(xtensor CONFIG QUIET)
if(NOT TARGET xtensor)
  tinygrad_missing(xtensor libxtensor-dev xtensor-devel "" xtensor xtensor) # Arch has it in the AUR only
endif()

# Headers only: its CMake package would bring in whichever BLAS it finds first.
find_path(TINYGRAD_XTENSOR_BLAS_INCLUDE_DIR xtensor-blas/xlinalg.hpp)
mark_as_advanced(TINYGRAD_XTENSOR_BLAS_INCLUDE_DIR)
if(NOT TINYGRAD_XTENSOR_BLAS_INCLUDE_DIR)
  tinygrad_missing(xtensor-blas libxtensor-blas-dev "" "" "" xtensor-blas)
endif()

tinygrad_find_openblas()
if(TINYGRAD_BLAS_LIBRARY)
  tinygrad_refuse_wide_blas()
endif()
if(NOT TINYGRAD_BLAS_LIBRARY)
  tinygrad_missing(OpenBLAS libopenblas-dev openblas-devel openblas openblas openblas)
endif()
tinygrad_find_lapack()

find_package(ZLIB QUIET)
if(NOT TARGET ZLIB::ZLIB)
  tinygrad_missing(zlib zlib1g-dev zlib-devel zlib zlib zlib)
endif()

find_package(nlohmann_json CONFIG QUIET)
if(NOT TARGET nlohmann_json::nlohmann_json)
  tinygrad_missing(nlohmann-json nlohmann-json3-dev json-devel nlohmann-json nlohmann-json nlohmann_json)
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_package(PNG QUIET) # optional: reading PNG pictures
find_package(JPEG QUIET) # optional: reading JPEG pictures; libjpeg-turbo, or any libjpeg

if(NOT TARGET tinygrad::dependencies)
  add_library(tinygrad::dependencies INTERFACE IMPORTED GLOBAL)
  target_include_directories(tinygrad::dependencies SYSTEM INTERFACE
                             ${TINYGRAD_XTENSOR_BLAS_INCLUDE_DIR} ${TINYGRAD_CBLAS_INCLUDE_DIR})
  if(TINYGRAD_LAPACK_LIBRARY)
    target_link_libraries(tinygrad::dependencies INTERFACE ${TINYGRAD_LAPACK_LIBRARY}) # it needs the BLAS
  endif()
  target_link_libraries(tinygrad::dependencies INTERFACE xtensor ${TINYGRAD_BLAS_LIBRARY} ZLIB::ZLIB
                        nlohmann_json::nlohmann_json Threads::Threads ${CMAKE_DL_LIBS})
  if(TARGET PNG::PNG)
    target_link_libraries(tinygrad::dependencies INTERFACE PNG::PNG)
    target_compile_definitions(tinygrad::dependencies INTERFACE TINYGRAD_HAS_PNG=1)
  endif()
  if(TARGET JPEG::JPEG)
    target_link_libraries(tinygrad::dependencies INTERFACE JPEG::JPEG)
    target_compile_definitions(tinygrad::dependencies INTERFACE TINYGRAD_HAS_JPEG=1)
  endif()
endif()
