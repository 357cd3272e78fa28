#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

/// The second tier of failure: an operating error, carried by Result.

namespace firn {

/// What the caller can do about it. Few, and by action; the reason word carries the finer kind.
enum class ErrorCode {
  kInvalidArgument,     ///< The request is wrong as it stands.
  kUnauthenticated,     ///< Who asks is not known, or could not prove it.
  kPermissionDenied,    ///< Who asks is known and may not.
  kNotFound,
  kAlreadyExists,
  kConflict,            ///< Retry after reading again.
  kCommitStateUnknown,  ///< It may or may not have happened; delete nothing until it is known.
  kFailedPrecondition,
  kResourceExhausted,   ///< A quota, a limit or space ran out.
  kUnavailable,         ///< Retry as it is.
  kDeadlineExceeded,
  kCancelled,
  kUnsupported,
  kDataCorruption,
  kInternal,
};

std::string_view ErrorCodeName(ErrorCode code);

/// One failure on its way up.
///
/// `reason` is a stable machine word (`NamespaceNotEmpty`); the edges' tables turn code and reason into MySQL, AWS and
/// Iceberg errors. `message` is for a person: what was asked, what was found, runtime values last, never a secret.
class Error {
 public:
  Error(ErrorCode code, std::string reason, std::string message,
        const std::source_location& place = std::source_location::current())
      : code_(code), reason_(std::move(reason)), message_(std::move(message)), place_(place) {}

  ErrorCode code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }
  const std::source_location& place() const { return place_; }
  /// Notes added on the way up, outermost last.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Adds what the caller was doing: `error.Note("reading manifest s3://…")`.
  Error& Note(std::string note) &;
  Error&& Note(std::string note) &&;

  /// Message followed by its notes, innermost first, joined by "; ".
  std::string FullMessage() const;
  /// Code, reason, full message and place: for logs.
  std::string ToString() const;

 private:
  ErrorCode code_;
  std::string reason_;
  std::string message_;
  std::source_location place_;
  std::vector<std::string> notes_;
};

}  // namespace firn
