# Compiles and links PROGRAM with FLAGS against LIBRARY and runs it. If SAYS is "", all of that must
# work. Otherwise linking or running must fail, not by a signal, and the output must contain SAYS.
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND ${COMPILER} -std=c++20 ${FLAGS} -c ${PROGRAM} -o ${FOLDER}/main.o
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${COMPILER} ${FOLDER}/main.o ${LIBRARY} ${MORE_LIBRARIES} -o ${FOLDER}/main
                RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(status EQUAL 0)
  execute_process(COMMAND ${FOLDER}/main RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(SAYS AND NOT status EQUAL 1)
    message(FATAL_ERROR "the program should end with 1, not with ${status}: ${said}")
  endif()
endif()
if(SAYS STREQUAL "" AND NOT status EQUAL 0)
  message(FATAL_ERROR "${said}")
elseif(SAYS AND status EQUAL 0)
  message(FATAL_ERROR "${FLAGS}: neither the linker nor the program noticed")
elseif(NOT said MATCHES "${SAYS}")
  message(FATAL_ERROR "not told \"${SAYS}\" but: ${said}")
endif()
