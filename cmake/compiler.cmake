# Compiler settings that every target shares: ccache, warnings, sanitizers, precompiled headers.

find_program(DEPLOYTOOL_CCACHE_PROGRAM ccache)
if(DEPLOYTOOL_CCACHE AND DEPLOYTOOL_CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Relative paths make clones share the cache; the sloppiness is what ccache asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_ctime,include_file_mtime ${DEPLOYTOOL_CCACHE_PROGRAM})
endif()

add_library(deploytool_warnings INTERFACE)
target_compile_options(deploytool_warnings INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${DEPLOYTOOL_WERROR}>:-Werror>)
# g++ 12 warns of its own std::string when it optimises (GCC bugs 105329 and 105651); g++ 13 and later do not.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(deploytool_warnings INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread>)
endif()

if(DEPLOYTOOL_SANITIZE)
  add_compile_options(-fsanitize=${DEPLOYTOOL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DEPLOYTOOL_SANITIZE})
endif()

function(deploytool_precompile target)
  if(DEPLOYTOOL_PCH)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    # ccache sees through a precompiled header only when the preprocessor marks its use.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endfunction()
