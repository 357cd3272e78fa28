#include "base/error.h"

#include <fmt/format.h>

namespace firn {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "InvalidArgument";
    case ErrorCode::kUnauthenticated: return "Unauthenticated";
    case ErrorCode::kPermissionDenied: return "PermissionDenied";
    case ErrorCode::kNotFound: return "NotFound";
    case ErrorCode::kAlreadyExists: return "AlreadyExists";
    case ErrorCode::kConflict: return "Conflict";
    case ErrorCode::kCommitStateUnknown: return "CommitStateUnknown";
    case ErrorCode::kFailedPrecondition: return "FailedPrecondition";
    case ErrorCode::kResourceExhausted: return "ResourceExhausted";
    case ErrorCode::kUnavailable: return "Unavailable";
    case ErrorCode::kDeadlineExceeded: return "DeadlineExceeded";
    case ErrorCode::kCancelled: return "Cancelled";
    case ErrorCode::kUnsupported: return "Unsupported";
    case ErrorCode::kDataCorruption: return "DataCorruption";
    case ErrorCode::kInternal: return "Internal";
  }
  return "Internal";
}

Error& Error::Note(std::string note) & {
  notes_.push_back(std::move(note));
  return *this;
}

Error&& Error::Note(std::string note) && {
  notes_.push_back(std::move(note));
  return std::move(*this);
}

std::string Error::FullMessage() const {
  std::string text = message_;
  for (const std::string& note : notes_) {
    text += "; ";
    text += note;
  }
  return text;
}

std::string Error::ToString() const {
  return fmt::format("{}/{}: {} (at {}:{})", ErrorCodeName(code_), reason_, FullMessage(),
                     place_.file_name(), place_.line());
}

}  // namespace firn
