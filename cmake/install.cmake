# Install rules: headers, a CMake package and a pkg-config file. Nothing here depends on the
# processor.
include(CMakePackageConfigHelpers)
include(cmake/link_words.cmake)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/tinygrad)
install(DIRECTORY include/tinygrad TYPE INCLUDE FILES_MATCHING PATTERN *.hpp PATTERN *.inc)
install(TARGETS tinygrad EXPORT tinygradTargets)
install(EXPORT tinygradTargets NAMESPACE tinygrad:: DESTINATION ${package_dir})

configure_package_config_file(cmake/tinygradConfig.cmake.in ${PROJECT_BINARY_DIR}/tinygradConfig.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO
                              NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tinygradConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/tinygradConfig.cmake ${PROJECT_BINARY_DIR}/tinygradConfigVersion.cmake
              cmake/dependencies.cmake cmake/find_openblas.cmake cmake/missing_package.cmake
              cmake/parents_blas.cmake cmake/xtensor_layout.cmake
        DESTINATION ${package_dir})

# The pkg-config file names the libraries found on this machine. Its own folders it names from where it
# lies, so that the whole can be moved, unless they were given as absolute ones.
set(pc_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
set(pc_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
if(NOT IS_ABSOLUTE ${pc_dir})
  string(REGEX REPLACE "[^/]+" ".." up ${pc_dir})
  set(pc_prefix \${pcfiledir}/${up})
  if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
    # Not ${prefix}, which --define-prefix replaces by the folder two floors up.
    set(pc_includedir ${pc_prefix}/${CMAKE_INSTALL_INCLUDEDIR})
  endif()
endif()

include(cmake/include_flags.cmake)
get_target_property(definitions tinygrad::dependencies INTERFACE_COMPILE_DEFINITIONS)
list(TRANSFORM definitions PREPEND -D)
get_target_property(options tinygrad INTERFACE_COMPILE_OPTIONS)
string(REGEX MATCHALL "-f[a-z-]+" options "${options}")
list(JOIN include_flags " " include_flags)
string(JOIN " " pc_cflags ${options} ${definitions} ${include_flags})

# In an order in which static libraries can be linked, too.
set(libraries ${TINYGRAD_LAPACK_LIBRARY} ${TINYGRAD_BLAS_LIBRARY} -pthread)
if(CMAKE_DL_LIBS)
  list(APPEND libraries -l${CMAKE_DL_LIBS})
endif()
foreach(target ZLIB::ZLIB JPEG::JPEG PNG::PNG)
  if(TARGET ${target})
    list(PREPEND libraries ${target})
  endif()
endforeach()
tinygrad_link_words(pc_libs ${libraries})
# What static ones need besides: OpenBLAS says what it was built with.
set(pc_libs_private ${TINYGRAD_PC_OPENBLAS_STATIC_LDFLAGS})
list(FILTER pc_libs_private INCLUDE REGEX "^-l")
list(REMOVE_ITEM pc_libs_private -lopenblas)
list(REMOVE_DUPLICATES pc_libs_private)
list(APPEND pc_libs_private -lm)
list(JOIN pc_libs " " pc_libs)
list(JOIN pc_libs_private " " pc_libs_private)
configure_file(cmake/tinygrad.pc.in ${PROJECT_BINARY_DIR}/tinygrad.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tinygrad.pc DESTINATION ${pc_dir})
