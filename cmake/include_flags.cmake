# Sets include_flags: the include folders of our dependencies as compiler flags, for users who build
# without CMake. Folders that the compiler always searches are left out, because naming them changes
# the order and breaks the standard library's headers.
set(include_flags "")
foreach(target xtensor xtl ZLIB::ZLIB PNG::PNG JPEG::JPEG)
  if(TARGET ${target})
    get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
    list(APPEND include_flags ${folders})
  endif()
endforeach()
# A target that another project builds says $<BUILD_INTERFACE:FOLDER>.
list(TRANSFORM include_flags REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1")
list(FILTER include_flags EXCLUDE REGEX "\\$<|-NOTFOUND$")
list(REMOVE_DUPLICATES include_flags)
list(REMOVE_ITEM include_flags ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES} "")
list(TRANSFORM include_flags PREPEND -isystem)
