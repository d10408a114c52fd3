# tinygrad_xtensor_layout(result target): sets `result` to 1 if the headers of this xtensor are in
# folders (0.26 and later), to 0 if they are flat, to "" if the folder of the target is unknown. The
# build passes the answer to compilers, which may find headers of the other layout in a system
# folder.
function(tinygrad_xtensor_layout result target)
  set(${result} "" PARENT_SCOPE)
  get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder IN LISTS folders)
    # A target that another project builds says $<BUILD_INTERFACE:FOLDER>.
    string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" folder "${folder}")
    if(EXISTS ${folder}/xtensor/containers/xadapt.hpp)
      set(${result} 1 PARENT_SCOPE)
      return()
    elseif(EXISTS ${folder}/xtensor/xadapt.hpp)
      set(${result} 0 PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()
