# Debian 12's libtorch_cpu is linked with OpenCV and FFmpeg and takes nothing from them; they bring 230 libraries (GDAL, Qt,
# ...) and took 0.2 of the 0.64 s of ResNet-50's export. Empty libraries of their names, found first, stand in for them
# in the worker.
#
#   deploytool_add_standins(MODULE LIBRARY)      for what LIBRARY needs and does not use, before MODULE loads LIBRARY
function(deploytool_add_standins module library)
  execute_process(COMMAND ldd -u ${library} OUTPUT_VARIABLE unused ERROR_QUIET)
  string(REGEX MATCHALL "lib(opencv_|avcodec|avformat|avutil|swscale|swresample)[^/\n]*\\.so\\.[0-9]+" names "${unused}")
  file(CONFIGURE OUTPUT empty.cpp CONTENT "")
  foreach(name IN LISTS names)
    string(REGEX MATCH "^[^.]+" stem ${name})
    string(REGEX MATCH "\\..*$" suffix ${name})
    add_library(standin_${stem} SHARED ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
    set_target_properties(standin_${stem} PROPERTIES PREFIX "" OUTPUT_NAME ${stem} SUFFIX ${suffix}
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/deploytool-standins)
    target_link_libraries(${module} PRIVATE -Wl,--no-as-needed standin_${stem})
    install(TARGETS standin_${stem} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/deploytool-standins)
  endforeach()
  set_property(TARGET ${module} PROPERTY INSTALL_RPATH $ORIGIN/deploytool-standins ${CMAKE_INSTALL_RPATH})
endfunction()
