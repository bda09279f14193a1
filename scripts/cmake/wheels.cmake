# The ROS wheels export include folders of the machine that built them. Drop those that do not exist here.
function(_strip_missing_include_directories)
  get_directory_property(targets IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(folders)
      set(present "")
      foreach(folder IN LISTS folders)
        if(folder MATCHES "^\\$<" OR EXISTS "${folder}")
          list(APPEND present "${folder}")
        endif()
      endforeach()
      set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${present}")
    endif()
  endforeach()
endfunction()

cmake_language(DEFER CALL _strip_missing_include_directories)

# Generated sources are many and small: compiled several at a time (CMAKE_UNITY_BUILD). The descriptions, which use the
# same static names in every file, are written so that it works (scripts/templates/sitecustomize.py).
