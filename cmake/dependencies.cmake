# Finds the dependencies of tinygrad and collects them in one target, tinygrad::dependencies. Our
# own build reads this file; so does find_package(tinygrad), from the installed copy, because an
# installed tinygrad holds no path of the machine that built it. If the parent project has targets
# of these names, they are used. If a dependency is missing, tinygrad_NOT_FOUND_MESSAGE names it,
# and the caller decides what follows.
include(${CMAKE_CURRENT_LIST_DIR}/missing_package.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/xtensor_layout.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/find_openblas.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/parents_blas.cmake)
unset(tinygrad_NOT_FOUND_MESSAGE)

get_property(tinygrad_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if(NOT CXX IN_LIST tinygrad_languages)
  set(tinygrad_NOT_FOUND_MESSAGE "tinygrad is a C++ library: add CXX to the LANGUAGES of project().")
  return()
endif()

if(NOT TARGET xtensor)
  find_package(xtensor CONFIG QUIET)
endif()
if(NOT TARGET xtensor)
  tinygrad_how_to_install(tinygrad_NOT_FOUND_MESSAGE
                          xtensor libxtensor-dev xtensor-devel "" xtensor xtensor) # Arch has it in the AUR only
  return()
endif()

set(tinygrad_parent_has_blas FALSE)
if(NOT TINYGRAD_BLAS_LIBRARY)
  tinygrad_parents_blas()
  if(TINYGRAD_BLAS_LIBRARY)
    set(tinygrad_parent_has_blas TRUE)
  endif()
endif()
if(NOT TINYGRAD_BLAS_LIBRARY)
  tinygrad_find_openblas()
endif()
if(NOT TINYGRAD_BLAS_LIBRARY)
  tinygrad_how_to_install(tinygrad_NOT_FOUND_MESSAGE
                          OpenBLAS libopenblas-dev openblas-devel openblas openblas openblas)
  return()
endif()
if(NOT tinygrad_parent_has_blas)
  tinygrad_check_blas(tinygrad_NOT_FOUND_MESSAGE)
  if(tinygrad_NOT_FOUND_MESSAGE)
    return()
  endif()
endif()

if(NOT TARGET ZLIB::ZLIB)
  find_package(ZLIB QUIET)
endif()
if(NOT TARGET ZLIB::ZLIB)
  tinygrad_how_to_install(tinygrad_NOT_FOUND_MESSAGE zlib zlib1g-dev zlib-devel zlib zlib zlib)
  return()
endif()

if(NOT TARGET Threads::Threads)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads QUIET)
  unset(THREADS_PREFER_PTHREAD_FLAG)
endif()
if(NOT TARGET Threads::Threads)
  set(tinygrad_NOT_FOUND_MESSAGE "tinygrad needs POSIX threads, which this compiler does not have.")
  return()
endif()

# Optional: reading PNG and JPEG pictures, the latter with libjpeg-turbo or any libjpeg.
if(NOT TARGET PNG::PNG)
  find_package(PNG QUIET)
endif()
if(NOT TARGET JPEG::JPEG)
  find_package(JPEG QUIET)
endif()

if(NOT TARGET tinygrad::dependencies)
  add_library(tinygrad::dependencies INTERFACE IMPORTED GLOBAL)
  if(TINYGRAD_LAPACK_LIBRARY)
    target_link_libraries(tinygrad::dependencies INTERFACE ${TINYGRAD_LAPACK_LIBRARY}) # it needs the BLAS
  endif()
  target_link_libraries(tinygrad::dependencies INTERFACE xtensor ${TINYGRAD_BLAS_LIBRARY} ZLIB::ZLIB
                        Threads::Threads ${CMAKE_DL_LIBS})
  tinygrad_xtensor_layout(tinygrad_xtensor_in_folders xtensor)
  if(NOT tinygrad_xtensor_in_folders STREQUAL "")
    target_compile_definitions(tinygrad::dependencies INTERFACE
                               TINYGRAD_XTENSOR_IN_FOLDERS=${tinygrad_xtensor_in_folders})
  endif()
  if(TARGET PNG::PNG)
    target_link_libraries(tinygrad::dependencies INTERFACE PNG::PNG)
    target_compile_definitions(tinygrad::dependencies INTERFACE TINYGRAD_HAS_PNG=1)
  endif()
  if(TARGET JPEG::JPEG)
    target_link_libraries(tinygrad::dependencies INTERFACE JPEG::JPEG)
    target_compile_definitions(tinygrad::dependencies INTERFACE TINYGRAD_HAS_JPEG=1)
  endif()
endif()
