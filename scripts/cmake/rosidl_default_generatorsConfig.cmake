# Stands in for rosidl_default_generators: Python needs the C half only. The C++ generators are loaded (the exported
# targets of the message packages name them) and then taken off the list of what runs. Both type supports of C stay:
# Fast DDS writes by the one and makes a message's type object from the other (introspection).
include(CMakeFindDependencyMacro)
foreach(generator IN ITEMS
    ament_cmake_core rosidl_cmake rosidl_generator_type_description rosidl_generator_c rosidl_typesupport_interface
    rosidl_generator_cpp rosidl_typesupport_introspection_cpp rosidl_typesupport_fastrtps_cpp rosidl_typesupport_cpp
    rosidl_typesupport_introspection_c rosidl_typesupport_fastrtps_c rosidl_typesupport_c rosidl_generator_py)
  find_dependency(${generator})
endforeach()
list(FILTER AMENT_EXTENSIONS_rosidl_generate_idl_interfaces EXCLUDE REGEX "_cpp:")
# rclpy imports the extension of rosidl_typesupport_c, which finds the others, and no other.
macro(rosidl_generator_py_get_typesupports variable)
  set(${variable} rosidl_typesupport_c)
endmacro()
