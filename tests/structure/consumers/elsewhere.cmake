# Installs tinygrad with folders of other names, moves the movable parts, and builds with it through
# pkg-config and CMake. If PREFIX_PATH is given, all builds must take the xtensor there, whose minor
# version is MINOR. Usage:
#   cmake -DSOURCE=… -DFOLDER=… -DCOMPILER=… -DGENERATOR=… -DPKG_CONFIG=…
#         [-DPREFIX_PATH=… -DMINOR=…] -P elsewhere.cmake
set(here ${CMAKE_CURRENT_LIST_DIR})
set(flags -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_PREFIX_PATH=${PREFIX_PATH}")
if(MINOR)
  set(expected -DEXPECTED_XTENSOR_MINOR=${MINOR})
endif()
# Outside of the sources: CMake refuses to export absolute folders inside of them, where the build often lies.
set(temporary /tmp)
if(DEFINED ENV{TMPDIR})
  set(temporary $ENV{TMPDIR})
endif()
string(MD5 name ${FOLDER})
set(FOLDER ${temporary}/tinygrad_elsewhere_${name})
file(REMOVE_RECURSE ${FOLDER})

function(run)
  execute_process(COMMAND ${ARGV} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(install_as prefix)
  set(build ${FOLDER}/build)
  run(${CMAKE_COMMAND} --fresh -S ${SOURCE} -B ${build} ${flags} -DCMAKE_INSTALL_PREFIX=${prefix}
      -DTINYGRAD_BUILD_TESTS=OFF -DTINYGRAD_BUILD_EXAMPLES=OFF -DTINYGRAD_BUILD_BENCHMARKS=OFF ${ARGN})
  run(${CMAKE_COMMAND} --install ${build})
endfunction()

# Both ways to use what is installed with its data in the folder `data`.
function(use data)
  if(PKG_CONFIG)
    set(ENV{PKG_CONFIG_PATH} ${data}/pkgconfig)
    set(words "$('${PKG_CONFIG}' ${ARGN} --cflags --libs tinygrad)")
    run(sh -c "'${COMPILER}' -std=c++20 ${expected} '${here}/xtensor.cpp' ${words} -o '${FOLDER}/program'")
    run(${FOLDER}/program)
  endif()
  run(${CMAKE_COMMAND} --fresh -S ${here}/package -B ${FOLDER}/package ${flags} ${expected}
      -Dtinygrad_DIR=${data}/cmake/tinygrad)
  run(${CMAKE_COMMAND} --build ${FOLDER}/package --target sees_xtensor)
  run(${FOLDER}/package/sees_xtensor)
endfunction()

install_as(${FOLDER}/prefix -DCMAKE_INSTALL_DATADIR=share/of/mine -DCMAKE_INSTALL_INCLUDEDIR=include/mine)
file(RENAME ${FOLDER}/prefix ${FOLDER}/moved)
use(${FOLDER}/moved/share/of/mine --define-prefix)

install_as(${FOLDER}/other -DCMAKE_INSTALL_INCLUDEDIR=${FOLDER}/headers -DCMAKE_INSTALL_DATADIR=${FOLDER}/data)
use(${FOLDER}/data)

file(REMOVE_RECURSE ${FOLDER})
