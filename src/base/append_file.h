#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"

/// A file that only grows: records of a journal.

namespace firn {

/// One caller at a time. What Append wrote survives the process (kill -9) as soon as it returns,
/// and the machine after the next Sync.
class AppendFile {
 public:
  /// Makes the file, mode 0600, when it is not there. Errors: kUnavailable/WriteFailed.
  static Result<std::unique_ptr<AppendFile>> Open(const std::filesystem::path& path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// After an error the end of the file may hold a part of `bytes`.
  /// Errors: kResourceExhausted/NoSpace; kUnavailable/WriteFailed.
  Status Append(std::string_view bytes);
  /// A failed sync is final: nothing is retried on it. Errors: as Append.
  Status Sync();

 private:
  AppendFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::filesystem::path path_;
  const int fd_;
};

}  // namespace firn
