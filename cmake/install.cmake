# Install rules: headers, a CMake package and a pkg-config file. Nothing here depends on the
# processor.
include(CMakePackageConfigHelpers)
include(cmake/link_words.cmake)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/tinygrad)
install(DIRECTORY include/tinygrad TYPE INCLUDE FILES_MATCHING PATTERN *.hpp PATTERN *.inc)
install(TARGETS tinygrad tinygrad_common tinygrad_declared EXPORT tinygradTargets)
install(EXPORT tinygradTargets NAMESPACE tinygrad:: DESTINATION ${package_dir})

configure_package_config_file(cmake/tinygradConfig.cmake.in ${PROJECT_BINARY_DIR}/tinygradConfig.cmake
                              INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR NO_SET_AND_CHECK_MACRO
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

# The compiled library, if it has been built: an install of the headers alone needs no build. pkg-config names
# the archive where there is one, because programs need not find that again when they run.
set(generated ${PROJECT_BINARY_DIR}/compiled)
install(TARGETS tinygrad_static EXPORT tinygrad_static_targets OPTIONAL)
install(TARGETS tinygrad_shared EXPORT tinygrad_shared_targets OPTIONAL)
foreach(kind static shared)
  install(EXPORT tinygrad_${kind}_targets NAMESPACE tinygrad:: DESTINATION ${package_dir})
endforeach()
install(DIRECTORY ${generated}/include/tinygrad-compiled TYPE INCLUDE OPTIONAL
        FILES_MATCHING PATTERN *.hpp PATTERN *.inc)
set(pc_gc_sections "")
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(pc_gc_sections -Wl,--gc-sections)
endif()
set(pc_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
if(NOT IS_ABSOLUTE ${pc_dir} AND NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(pc_libdir ${pc_prefix}/${CMAKE_INSTALL_LIBDIR})
endif()
set(archive ${CMAKE_STATIC_LIBRARY_PREFIX}tinygrad${CMAKE_STATIC_LIBRARY_SUFFIX})
foreach(kind static shared)
  set(pc_compiled_libs "-L\${libdir} -ltinygrad")
  if(kind STREQUAL "static")
    set(pc_compiled_libs "${pc_gc_sections} \${libdir}/${archive}")
  endif()
  configure_file(cmake/tinygrad-compiled.pc.in ${PROJECT_BINARY_DIR}/pkgconfig-${kind}/tinygrad-compiled.pc @ONLY)
  set(built "$<TARGET_FILE:tinygrad_${kind}>")
  install(CODE "if(EXISTS \"${built}\" AND (\"${kind}\" STREQUAL \"static\" OR NOT EXISTS \"$<TARGET_FILE:tinygrad_static>\"))
  file(INSTALL \"${PROJECT_BINARY_DIR}/pkgconfig-${kind}/tinygrad-compiled.pc\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${pc_dir}\")
endif()")
endforeach()
