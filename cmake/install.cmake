# Install rules: headers, a CMake package and a pkg-config file. Nothing here depends on the processor.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/tinygrad)
install(TARGETS tinygrad EXPORT tinygradTargets FILE_SET HEADERS)
install(EXPORT tinygradTargets NAMESPACE tinygrad:: DESTINATION ${package_dir})

configure_package_config_file(cmake/tinygradConfig.cmake.in ${PROJECT_BINARY_DIR}/tinygradConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tinygradConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/tinygradConfig.cmake ${PROJECT_BINARY_DIR}/tinygradConfigVersion.cmake
              cmake/dependencies.cmake cmake/find_openblas.cmake cmake/missing_package.cmake
        DESTINATION ${package_dir})

# The pkg-config file names the libraries found on this machine.
include(cmake/include_flags.cmake)
set(pc_cflags ${include_flags})
if(TARGET PNG::PNG)
  list(APPEND pc_cflags -DTINYGRAD_HAS_PNG=1)
  list(APPEND pc_libs ${PNG_LIBRARIES})
else()
  list(APPEND pc_libs ${ZLIB_LIBRARIES})
endif()
if(TARGET JPEG::JPEG)
  list(APPEND pc_cflags -DTINYGRAD_HAS_JPEG=1)
  list(APPEND pc_libs ${JPEG_LIBRARIES})
endif()
if(TINYGRAD_LAPACK_LIBRARY)
  list(APPEND pc_libs ${TINYGRAD_LAPACK_LIBRARY})
endif()
list(APPEND pc_libs ${TINYGRAD_BLAS_LIBRARY} -pthread)
list(REMOVE_DUPLICATES pc_libs)
list(JOIN pc_cflags " " pc_cflags)
list(JOIN pc_libs " " pc_libs)
configure_file(cmake/tinygrad.pc.in ${PROJECT_BINARY_DIR}/tinygrad.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tinygrad.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
