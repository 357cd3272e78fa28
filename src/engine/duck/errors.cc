#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/errors_internal.h"

namespace firn::duck {
namespace {

constexpr const char* kCodeKey = "firn_code";
constexpr const char* kReasonKey = "firn_reason";
constexpr const char* kNoteCountKey = "firn_notes";
constexpr const char* kNoteKey = "firn_note_";

const std::string* Find(const std::unordered_map<std::string, std::string>& info,
                        const std::string& key) {
  const auto found = info.find(key);
  return found == info.end() ? nullptr : &found->second;
}

/// `No function matches 'sr_add(…)'` speaks of our own names; people know the plain ones.
void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

/// One line without DuckDB's drawing of the place and its advice on syntax StarRocks does not have.
std::string CleanMessage(std::string text) {
  for (const std::string_view marker : {"\n\nLINE ", "\nLINE ", "\n\tCandidate functions",
                                        "\n\nDid you mean to", "You might need to add"}) {
    const std::size_t at = text.find(marker);
    if (at != std::string::npos) text.resize(at);
  }
  ReplaceAll(text, "sr_", "");
  ReplaceAll(text, "\n", " ");
  ReplaceAll(text, "\t", " ");
  ReplaceAll(text, "  ", " ");
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// The text between the first pair of double quotes after `from`; empty when there is none.
std::string_view QuotedAfter(std::string_view text, std::size_t from) {
  const std::size_t open = text.find('"', from);
  if (open == std::string_view::npos) return {};
  const std::size_t close = text.find('"', open + 1);
  if (close == std::string_view::npos) return {};
  return text.substr(open + 1, close - open - 1);
}

/// A column that no table has, in StarRocks' words. DuckDB says it in three ways; the second is about aliases, and is what
/// it says of `SELECT nope FROM t` since each output column has a name.
std::optional<Error> UnknownColumn(const std::string& message) {
  std::string_view column;
  for (const std::string_view form : {"Referenced column ", "Column \""}) {
    if (message.starts_with(form)) column = QuotedAfter(message, 0);
  }
  if (message.starts_with("Column \"") && message.find("referenced that exists in the SELECT clause") == std::string::npos) {
    column = {};
  }
  constexpr std::string_view kInTable = "does not have a column named ";
  if (const std::size_t at = message.find(kInTable); at != std::string::npos) {
    column = QuotedAfter(message, at);
  }
  if (column.empty()) return std::nullopt;
  std::string text = "Column '" + std::string(column) + "' cannot be resolved.";
  constexpr std::string_view kCandidates = "Candidate bindings: ";
  if (const std::size_t at = message.find(kCandidates); at != std::string::npos) {
    text += " Did you mean " + std::string(QuotedAfter(message, at)) + "?";
  }
  return Error(ErrorCode::kInvalidArgument, "UnknownColumn", std::move(text));
}

Error CarriedError(const std::unordered_map<std::string, std::string>& info,
                   const std::string& code, const std::string& message) {
  const std::string* reason = Find(info, kReasonKey);
  Error error(static_cast<ErrorCode>(std::stoi(code)), reason != nullptr ? *reason : "", message);
  const std::string* count = Find(info, kNoteCountKey);
  const int notes = count != nullptr ? std::stoi(*count) : 0;
  for (int i = 0; i < notes; ++i) {
    if (const std::string* note = Find(info, kNoteKey + std::to_string(i))) error.Note(*note);
  }
  return error;
}

}  // namespace

void Raise(const Error& error) {
  std::unordered_map<std::string, std::string> info;
  info[kCodeKey] = std::to_string(static_cast<int>(error.code()));
  info[kReasonKey] = error.reason();
  info[kNoteCountKey] = std::to_string(error.notes().size());
  for (std::size_t i = 0; i < error.notes().size(); ++i) {
    info[kNoteKey + std::to_string(i)] = error.notes()[i];
  }
  throw duckdb::Exception(info, duckdb::ExceptionType::INVALID_INPUT, error.message());
}

void RaiseNotCopied(const char* what) {
  throw duckdb::NotImplementedException("%s cannot be copied", std::string(what));
}

Error ToError(const duckdb::ErrorData& data) {
  using duckdb::ExceptionType;
  const auto& info = data.ExtraInfo();
  if (const std::string* code = Find(info, kCodeKey)) {
    return CarriedError(info, *code, data.RawMessage());
  }
  const std::string message = CleanMessage(data.RawMessage());
  switch (data.Type()) {
    case ExceptionType::INTERRUPT:
      return Error(ErrorCode::kCancelled, "QueryInterrupted", "Query execution was interrupted");
    case ExceptionType::OUT_OF_MEMORY:
    case ExceptionType::OBJECT_SIZE:
      return Error(ErrorCode::kResourceExhausted, "OutOfMemory",
                   "Memory of the engine exceeded: " + message);
    case ExceptionType::INTERNAL:
    case ExceptionType::FATAL:
      return Error(ErrorCode::kInternal, "EngineFailure",
                   "Internal error of the engine: " + message);
    case ExceptionType::CATALOG:
    case ExceptionType::BINDER:
    case ExceptionType::PARSER:
    case ExceptionType::SYNTAX:
    case ExceptionType::EXPRESSION:
    case ExceptionType::PLANNER:
    case ExceptionType::MISMATCH_TYPE:
    case ExceptionType::INVALID_TYPE:
    case ExceptionType::UNKNOWN_TYPE:
    case ExceptionType::PARAMETER_NOT_RESOLVED:
    case ExceptionType::PARAMETER_NOT_ALLOWED:
      if (auto unknown = UnknownColumn(message)) return *std::move(unknown);
      return Error(ErrorCode::kInvalidArgument, "AnalysisError", message);
    case ExceptionType::OUT_OF_RANGE:
    case ExceptionType::CONVERSION:
    case ExceptionType::DECIMAL:
    case ExceptionType::DIVIDE_BY_ZERO:
      return Error(ErrorCode::kInvalidArgument, "DataOutOfRange", message);
    case ExceptionType::NOT_IMPLEMENTED:
      return Error(ErrorCode::kUnsupported, "NotSupported", message);
    case ExceptionType::IO:
      return Error(ErrorCode::kUnavailable, "EngineIo", message);
    case ExceptionType::HTTP:
    case ExceptionType::NETWORK:
    case ExceptionType::CONNECTION:
      return Error(ErrorCode::kUnavailable, "EngineIo", message);
    case ExceptionType::PERMISSION:
      return Error(ErrorCode::kPermissionDenied, "EngineLocked", message);
    case ExceptionType::SERIALIZATION:
      return Error(ErrorCode::kDataCorruption, "EngineData", message);
    case ExceptionType::INVALID:
    case ExceptionType::INVALID_INPUT:
    case ExceptionType::CONSTRAINT:
    case ExceptionType::TRANSACTION:
    case ExceptionType::SCHEDULER:
    case ExceptionType::EXECUTOR:
    case ExceptionType::INDEX:
    case ExceptionType::STAT:
    case ExceptionType::SETTINGS:
    case ExceptionType::OPTIMIZER:
    case ExceptionType::NULL_POINTER:
    case ExceptionType::DEPENDENCY:
    case ExceptionType::MISSING_EXTENSION:
    case ExceptionType::AUTOLOAD:
    case ExceptionType::SEQUENCE:
    case ExceptionType::INVALID_CONFIGURATION:
      return Error(ErrorCode::kInvalidArgument, "ExecutionError", message);
  }
  return Error(ErrorCode::kInvalidArgument, "ExecutionError", message);
}

bool InvalidatesInstance(const Error& error) {
  return error.code() == ErrorCode::kInternal && error.reason() == "EngineFailure";
}

Status RunGuarded(const std::function<Status()>& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return ResourceExhausted("OutOfMemory", "Memory of the engine exceeded");
  } catch (const std::exception& exception) {
    return ToError(duckdb::ErrorData(exception));
  }
}

}  // namespace firn::duck
