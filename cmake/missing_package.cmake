# tinygrad_how_to_install(result NAME apt dnf pacman brew conda): sets `result` to a text that names
# the missing package and the command that installs it with each package manager. An empty argument
# leaves a manager out. If the package is found but incomplete, the text contains its own message.
# tinygrad_missing(): stops with that text.
function(tinygrad_how_to_install result name apt dnf pacman brew conda)
  set(text "tinygrad needs ${name}, which was not found")
  if(${name}_NOT_FOUND_MESSAGE)
    string(APPEND text ": ${${name}_NOT_FOUND_MESSAGE}")
    string(REGEX REPLACE "\\.$" "" text "${text}")
  endif()
  string(APPEND text ".\nInstall it with one of\n")
  foreach(line "apt-get install;${apt}" "dnf install;${dnf}" "pacman -S;${pacman}" "brew install;${brew}"
               "conda install -c conda-forge;${conda}")
    list(GET line 0 command)
    list(GET line 1 package)
    if(package)
      string(APPEND text "    ${command} ${package}\n")
    endif()
  endforeach()
  set(${result} "${text}or point CMAKE_PREFIX_PATH at it." PARENT_SCOPE)
endfunction()

# tinygrad_missing(NAME apt dnf pacman brew conda): stops with that text.
function(tinygrad_missing name apt dnf pacman brew conda)
  tinygrad_how_to_install(text "${name}" "${apt}" "${dnf}" "${pacman}" "${brew}" "${conda}")
  message(FATAL_ERROR "${text}")
endfunction()
