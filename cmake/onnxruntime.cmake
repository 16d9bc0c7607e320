# The headers of ONNX Runtime; the library itself is opened at run time. Debian 13 has a package, for Debian 12
# scripts/setup brings them. Without them the build goes on, and `verify` and `bench` say what is missing.
if(DEFINED ENV{DEPLOYTOOL_CACHE})
  set(deploytool_cache $ENV{DEPLOYTOOL_CACHE})
else()
  set(deploytool_cache $ENV{HOME}/.cache/deploytool)
endif()
find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_cxx_api.h PATH_SUFFIXES onnxruntime
  HINTS ${deploytool_cache}/onnxruntime/include)
if(ONNXRUNTIME_INCLUDE_DIR)
  target_include_directories(deploytool_core SYSTEM PRIVATE ${ONNXRUNTIME_INCLUDE_DIR})
  target_compile_definitions(deploytool_core PRIVATE DEPLOYTOOL_WITH_ONNXRUNTIME)
else()
  message(WARNING "No ONNX Runtime headers: building without it. scripts/setup brings them.")
endif()
