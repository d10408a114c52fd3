# The copies of kernels for v3 and v4 in LIBRARY call nothing that is compiled for the baseline, element by element.
execute_process(COMMAND ${OBJDUMP} -r ${LIBRARY} COMMAND awk -f ${CMAKE_CURRENT_LIST_DIR}/levels.awk
                OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
if(NOT said STREQUAL "")
  message(FATAL_ERROR "${said}")
endif()
