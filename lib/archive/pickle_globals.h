// The classes that a pickle names, read off its opcodes; nothing is unpickled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace deploytool::archive {

/// `module.name` of every GLOBAL, INST and STACK_GLOBAL, in order, of pickles of protocol 0 to 5 that follow each other,
/// at most `pickles` of them. Stops quietly where the bytes are no pickle, or end.
std::vector<std::string> pickleGlobals(std::string_view bytes, int pickles = 1);

}  // namespace deploytool::archive
