// Names of unfinished files, kept where a signal handler may read them.
#pragma once

#include <string>

namespace deploytool {

/// Returns a slot to forget it by, or -1 when there is no room (then a signal leaves the file behind).
int rememberTemporary(const std::string& path);
void forgetTemporary(int slot);

}  // namespace deploytool
