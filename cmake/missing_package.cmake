# tinygrad_missing(NAME apt dnf pacman brew conda): stops with the name of what is missing and the
# command that installs it, for every package manager we know. An empty argument leaves one out.
function(tinygrad_missing name apt dnf pacman brew conda)
  set(text "tinygrad needs ${name}, which was not found.\nInstall it with one of\n")
  foreach(line "apt-get install;${apt}" "dnf install;${dnf}" "pacman -S;${pacman}" "brew install;${brew}"
               "conda install -c conda-forge;${conda}")
    list(GET line 0 command)
    list(GET line 1 package)
    if(package)
      string(APPEND text "    ${command} ${package}\n")
    endif()
  endforeach()
  message(FATAL_ERROR "${text}or point CMAKE_PREFIX_PATH at it.")
endfunction()
