# Copies a flat xtensor and its xtl to PREFIX with the layout of xtensor 0.26 and xtl 0.8, with
# CMake packages and pkg-config files. It serves to prove that a build takes the xtensor that it has
# chosen, whichever layout another xtensor in a system folder has. FROM holds the flat headers.
# Usage:
#   cmake -DFROM=FOLDER -DPREFIX=PREFIX -P new_xtensor.cmake
set(include ${PREFIX}/include)

set(containers xadapt xarray xbuffer_adaptor xcontainer xfixed xscalar xstorage xtensor)
set(core xaccessible xassign xeval xexpression xexpression_traits xfunction xiterable xiterator xlayout xmath
    xmultiindex_iterator xnoalias xoperation xsemantic xshape xstrides xtensor_config xtensor_forward xvectorize)
set(chunk xchunked_array xchunked_assign xchunked_view)
set(generators xbuilder xgenerator xrandom)
set(io xcsv xinfo xio xjson xmime xnpy)
set(optional xoptional xoptional_assembly xoptional_assembly_base xoptional_assembly_storage)
set(reducers xaccumulator xblockwise_reducer xblockwise_reducer_functors xnorm xreducer)
set(utils xexception xtensor_simd xutils)
set(views xaxis_iterator xaxis_slice_iterator xbroadcast xdynamic_view xfunctor_view xindex_view xmasked_view
    xoffset_view xrepeat xslice xstrided_view xstrided_view_base xview xview_utils)
set(misc xcomplex xexpression_holder xhistogram xmanipulation xpad xset_operation xsort)

file(GLOB headers ${FROM}/xtensor/*.hpp)
foreach(folder chunk containers core generators io misc optional reducers utils views)
  foreach(name IN LISTS ${folder})
    set(folder_of_${name} ${folder})
  endforeach()
endforeach()
foreach(header ${headers})
  cmake_path(GET header STEM name)
  file(READ ${header} text)
  string(REGEX MATCHALL "#include [\"<](xtensor/)?x[a-z_]+\\.hpp[\">]" lines "${text}")
  foreach(line ${lines})
    string(REGEX REPLACE ".*[\"</](x[a-z_]+)\\.hpp.*" "\\1" included ${line})
    if(folder_of_${included})
      string(REPLACE "${line}" "#include \"../${folder_of_${included}}/${included}.hpp\"" text "${text}")
    endif()
  endforeach()
  string(REGEX REPLACE "(XTENSOR_VERSION_MINOR) [0-9]+" "\\1 26" text "${text}")
  string(REGEX REPLACE "(XTENSOR_VERSION_PATCH) [0-9]+" "\\1 0" text "${text}")
  file(WRITE ${include}/xtensor/${folder_of_${name}}/${name}.hpp "${text}")
endforeach()

file(COPY ${FROM}/xtl DESTINATION ${include})
file(READ ${include}/xtl/xtl_config.hpp text)
string(REGEX REPLACE "(XTL_VERSION_MINOR) [0-9]+" "\\1 8" text "${text}")
string(REGEX REPLACE "(XTL_VERSION_PATCH) [0-9]+" "\\1 0" text "${text}")
file(WRITE ${include}/xtl/xtl_config.hpp "${text}")

foreach(package xtl xtensor)
  file(CONFIGURE OUTPUT ${PREFIX}/share/cmake/${package}/${package}Config.cmake @ONLY CONTENT [[
if(NOT TARGET @package@)
  add_library(@package@ INTERFACE IMPORTED)
  get_filename_component(include ${CMAKE_CURRENT_LIST_DIR}/../../../include ABSOLUTE)
  target_include_directories(@package@ INTERFACE ${include})
endif()
]])
endforeach()
file(APPEND ${PREFIX}/share/cmake/xtensor/xtensorConfig.cmake
     "find_package(xtl CONFIG REQUIRED)\ntarget_link_libraries(xtensor INTERFACE xtl)\n")
