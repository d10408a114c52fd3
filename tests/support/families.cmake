# Makes the lists of test families from the files. A file that does not define the function named
# after it stops the configuration.
#   support/op_cases/<room>/<family>.cpp   Rows <room>_<family>_cases()
#   support/layer_cases/<family>.cpp       LayerRows <family>_layers()
#   accuracy/cases/<family>.cpp            AccuracyCases <family>_accuracy()
set(tinygrad_tests_folder ${CMAKE_CURRENT_LIST_DIR}/..)
set(tinygrad_op_families support/op_cases support/op_cases.hpp Rows OpFamily cases)
set(tinygrad_layer_families support/layer_cases support/layer_cases.hpp LayerRows LayerFamily layers)
set(tinygrad_accuracy_families accuracy/cases accuracy/accuracy_cases.hpp AccuracyCases AccuracyFamily accuracy)

# tinygrad_families(<op|layer|accuracy> <variable>) sets the variable to the sources of the table: its files, and the list
# of them in the build folder, which defines op_families(), layer_families() or accuracy_families().
function(tinygrad_families kind variable)
  list(GET tinygrad_${kind}_families 0 folder)
  list(GET tinygrad_${kind}_families 1 header)
  list(GET tinygrad_${kind}_families 2 type)
  list(GET tinygrad_${kind}_families 3 class)
  list(GET tinygrad_${kind}_families 4 ending)
  cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY ${tinygrad_tests_folder} NORMALIZE)
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
#include \"${header}\"

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
