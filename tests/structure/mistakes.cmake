# cmake -DCOMPILE="COMPILER;FLAG;…" -DFOLDER=… [-DMISTAKE=FILE.cpp] -P mistakes.cmake
# Without a MISTAKE: precompiles the doors into FOLDER. With one: compiles the file, which must fail with at most 15
# lines, and these must hold the words behind "The compiler says:" in its second line.
set(doors ${FOLDER}/doors.hpp)
if(NOT MISTAKE)
  file(WRITE ${doors} "#include <tinygrad/tinygrad.hpp>\n")
  execute_process(COMMAND ${COMPILE} -x c++-header ${doors} -o ${doors}.gch COMMAND_ERROR_IS_FATAL ANY)
  return()
endif()

file(STRINGS ${MISTAKE} head LIMIT_COUNT 2 ENCODING UTF-8)
list(GET head 1 line)
if(NOT line MATCHES "^// .+ The compiler says: (.+)$")
  message(FATAL_ERROR "${MISTAKE}: the second line must tell the mistake and what the compiler says")
endif()
set(words "${CMAKE_MATCH_1}")
set(ENV{LC_ALL} C)
execute_process(COMMAND ${COMPILE} -fsyntax-only -include ${doors} ${MISTAKE}
                RESULT_VARIABLE status ERROR_VARIABLE output OUTPUT_QUIET)
string(REGEX MATCHALL "\n" ends "${output}")
list(LENGTH ends lines)
string(FIND "${output}" "${words}" place)
if(status EQUAL 0)
  message(FATAL_ERROR "${MISTAKE} compiles")
elseif(lines GREATER 15)
  message(FATAL_ERROR "${MISTAKE}: ${lines} lines instead of 15:\n${output}")
elseif(place EQUAL -1)
  message(FATAL_ERROR "${MISTAKE}: nothing says ${words}:\n${output}")
endif()
