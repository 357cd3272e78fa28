#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

/// Writing by descriptor, and what its failures are called.

namespace firn {

/// `writing /data/x: Permission denied`, of `errno`.
std::string FileErrorText(std::string_view doing, const std::filesystem::path& path);
/// Of `errno`. kResourceExhausted/NoSpace for a full disk or quota, else kUnavailable/WriteFailed.
Unexpected WriteError(std::string_view doing, const std::filesystem::path& path);

/// All of `bytes`, however many calls that takes. `path` is for the message. Errors: WriteError's.
Status WriteAll(int fd, const std::filesystem::path& path, std::string_view bytes);

}  // namespace firn
