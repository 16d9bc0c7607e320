# Installation, and the package that `find_package(deploytool)` finds: deploytool::core and its public headers.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/deploytool)
install(TARGETS deploytool_core EXPORT deploytoolTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/deploytool DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT deploytoolTargets NAMESPACE deploytool:: DESTINATION ${package_dir})
configure_package_config_file(cmake/deploytoolConfig.cmake.in ${PROJECT_BINARY_DIR}/deploytoolConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/deploytoolConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/deploytoolConfig.cmake ${PROJECT_BINARY_DIR}/deploytoolConfigVersion.cmake
  DESTINATION ${package_dir})

# The module and the executable are found next to each other: bin/deploytool, lib/libdeploytool*.so.
foreach(target deploytool deploytool_torch deploytool_onnx_checker)
  if(TARGET ${target})
    install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
