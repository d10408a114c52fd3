# The compiled mode: tinygrad::compiled is a library with the bodies of all functions, made from the
# headers; programs that link it include headers of declarations, and compile in seconds.
#   tinygrad::compiled_static, tinygrad::compiled_shared   the same objects as an archive and as a
#                                   shared library; tinygrad::compiled is the one that BUILD_SHARED_LIBS chooses
#   tinygrad::precompiled_headers   tinygrad::compiled with a precompiled <tinygrad/tinygrad.hpp> for
#                                   each target that links it
set(generated ${PROJECT_BINARY_DIR}/compiled)
set(TINYGRAD_DECLARATIONS "" CACHE FILEPATH
    "When cross-compiling: cmake/compiled/declarations.cpp compiled for this machine")
if(TINYGRAD_DECLARATIONS)
  set(declarations ${TINYGRAD_DECLARATIONS})
else()
  add_executable(tinygrad_declarations EXCLUDE_FROM_ALL cmake/compiled/declarations.cpp)
  target_compile_features(tinygrad_declarations PRIVATE cxx_std_20)
  set_target_properties(tinygrad_declarations PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${generated})
  set(declarations tinygrad_declarations)
endif()

file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp ${PROJECT_SOURCE_DIR}/include/*.inc)
set(sources "")
set(declared "")
foreach(header ${headers})
  cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/include OUTPUT_VARIABLE name)
  list(APPEND declared ${generated}/include/tinygrad-compiled/${name})
  if(name MATCHES "(.*)[.]hpp$")
    list(APPEND sources ${generated}/source/${CMAKE_MATCH_1}.cpp)
  endif()
endforeach()
add_custom_command(OUTPUT ${sources} BYPRODUCTS ${declared} ${generated}/tinygrad.cpp
                   COMMAND ${declarations} ${PROJECT_SOURCE_DIR}/include ${generated}
                   DEPENDS ${headers} ${declarations}
                   COMMENT "Splitting the headers into declarations and sources" VERBATIM)

# What the library and its users have in common.
add_library(tinygrad_declared INTERFACE)
target_include_directories(tinygrad_declared ${system_headers} INTERFACE
                           $<BUILD_INTERFACE:${generated}/include/tinygrad-compiled>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/tinygrad-compiled>)
target_compile_definitions(tinygrad_declared INTERFACE TINYGRAD_COMPILED=1)
target_link_libraries(tinygrad_declared INTERFACE tinygrad_common)
# Sections that a program does not use are dropped: of 3.3 MB an MLP needs less than one.
target_link_options(tinygrad_declared INTERFACE $<$<PLATFORM_ID:Linux>:LINKER:--gc-sections>
                    $<$<PLATFORM_ID:Darwin>:LINKER:-dead_strip>)

set(wide_v4 ${PROJECT_SOURCE_DIR}/cmake/compiled/wide_v4.cpp)
set_source_files_properties(${wide_v4} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
add_library(tinygrad_objects OBJECT EXCLUDE_FROM_ALL ${sources} ${wide_v4})
target_compile_definitions(tinygrad_objects PRIVATE TINYGRAD_LINKS_WIDE_V4)
target_link_libraries(tinygrad_objects PUBLIC tinygrad_declared)
target_compile_options(tinygrad_objects PRIVATE -ffunction-sections -fdata-sections)
# Of a program that is being debugged, too: its kernels are as fast as those of any other. Loops over numbers ask for
# more than -O2 themselves.
if(NOT TINYGRAD_SANITIZE)
  target_compile_options(tinygrad_objects PRIVATE -O2)
endif()
set_target_properties(tinygrad_objects PROPERTIES
  POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden CXX_EXTENSIONS OFF
  UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)

foreach(kind static shared)
  string(TOUPPER ${kind} type)
  add_library(tinygrad_${kind} ${type} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:tinygrad_objects>)
  add_library(tinygrad::compiled_${kind} ALIAS tinygrad_${kind})
  target_link_libraries(tinygrad_${kind} PUBLIC tinygrad_declared)
  set_target_properties(tinygrad_${kind} PROPERTIES OUTPUT_NAME tinygrad EXPORT_NAME compiled_${kind}
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    ARCHIVE_OUTPUT_DIRECTORY ${generated} LIBRARY_OUTPUT_DIRECTORY ${generated})
endforeach()
target_link_options(tinygrad_shared PRIVATE $<$<PLATFORM_ID:Linux>:LINKER:-Bsymbolic-functions>)
if(BUILD_SHARED_LIBS)
  set(compiled tinygrad_shared)
else()
  set(compiled tinygrad_static)
endif()
add_library(tinygrad::compiled ALIAS ${compiled})

add_library(tinygrad_precompiled_headers INTERFACE)
add_library(tinygrad::precompiled_headers ALIAS tinygrad_precompiled_headers)
target_link_libraries(tinygrad_precompiled_headers INTERFACE ${compiled})
target_precompile_headers(tinygrad_precompiled_headers INTERFACE <tinygrad/tinygrad.hpp>)
