# The lists of test families, made from the files: support/op_cases/<room>/<family>.cpp defines Rows
# <room>_<family>_cases(), support/layer_cases/<family>.cpp defines LayerRows <family>_layers(). A file that does not
# define the function named after it stops the configuration.
set(tinygrad_families_folder ${CMAKE_CURRENT_LIST_DIR})

# tinygrad_families(<op|layer> <variable>) sets the variable to the sources of the table: its files, and the list of
# them in the build folder, which defines op_families() or layer_families().
function(tinygrad_families kind variable)
  if(kind STREQUAL "op")
    set(type Rows)
    set(class OpFamily)
    set(ending cases)
  else()
    set(type LayerRows)
    set(class LayerFamily)
    set(ending layers)
  endif()
  set(folder ${tinygrad_families_folder}/${kind}_cases)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(declarations "")
  set(entries "")
  foreach(file ${files})
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${folder} OUTPUT_VARIABLE family)
    string(REGEX REPLACE "\\.cpp$" "" family ${family})
    string(REPLACE "/" "_" name ${family}_${ending})
    file(STRINGS ${file} found REGEX "^${type} ${name}\\(\\) {")
    if(NOT found)
      message(FATAL_ERROR "${file} must define ${type} ${name}(), the rows of its family")
    endif()
    string(APPEND declarations "${type} ${name}();\n")
    string(APPEND entries "      {\"${family}\", ${name}},\n")
  endforeach()
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${kind}_families.cpp)
  file(CONFIGURE OUTPUT ${list} @ONLY CONTENT
"// Written by tests/support/families.cmake.
#include \"support/${kind}_cases.hpp\"

namespace tinygrad::test {

${declarations}
const std::vector<${class}>& ${kind}_families() {
  static const std::vector<${class}> all{
${entries}  };
  return all;
}

}  // namespace tinygrad::test
")
  set(${variable} ${files} ${list} PARENT_SCOPE)
endfunction()

# Compiles the op cases of each room together: two rooms may use the same names in unnamed namespaces.
function(tinygrad_unity_by_room target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(file ${ARGN})
    cmake_path(GET file PARENT_PATH room)
    cmake_path(GET room FILENAME room)
    set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${room})
  endforeach()
endfunction()
