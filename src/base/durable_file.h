#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

/// Files that survive a crash: written whole or not there at all.

namespace firn {

/// Writes a temporary file beside `path`, fsyncs it, renames it over `path` and fsyncs the folder. A failed fsync is
/// final: the temporary file is removed and nothing is retried on it (PostgreSQL's lesson of 2018).
///
/// Errors: kResourceExhausted/NoSpace when the disk is full; kUnavailable/WriteFailed otherwise.
Status WriteFileDurably(const std::filesystem::path& path, std::string_view bytes,
                        unsigned mode = 0600);

/// Errors: kNotFound; kUnavailable/ReadFailed; kResourceExhausted/FileTooLarge over `bytes_max`.
Result<std::string> ReadWholeFile(const std::filesystem::path& path, std::size_t bytes_max);

/// Makes the folder's entries durable. Errors: kUnavailable/WriteFailed.
Status SyncFolder(const std::filesystem::path& folder);

}  // namespace firn
