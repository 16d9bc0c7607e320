# libzip by hand: Debian 12's CMake package asks for command-line tools that libzip-dev does not bring.
find_path(LIBZIP_INCLUDE_DIR zip.h REQUIRED)
find_library(LIBZIP_LIBRARY zip REQUIRED)
target_include_directories(deploytool_core SYSTEM PRIVATE ${LIBZIP_INCLUDE_DIR})
target_link_libraries(deploytool_core PRIVATE ${LIBZIP_LIBRARY})
