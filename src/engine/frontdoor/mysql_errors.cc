#include "engine/frontdoor/mysql_errors.h"

#include <array>
#include <string_view>

namespace firn::frontdoor {
namespace {

enum class Wording {
  kAsIs,
  kAnalyzing,    // StarRocks' prefix of analysis errors.
  kSyntax,       // Its prefix of syntax errors, unless the parser wrote it.
  kInterrupted,  // MySQL's sentence first, ours after it.
};

struct Form {
  std::uint16_t number;
  std::string_view sql_state;
  Wording wording;
};

struct Row {
  ErrorCode code;
  std::string_view reason;
  Form form;
};

// clang-format off: one line a row.
constexpr std::array kRows = std::to_array<Row>({
    {ErrorCode::kInvalidArgument, "SyntaxError", {1064, "HY000", Wording::kSyntax}},
    {ErrorCode::kInvalidArgument, "EmptyQuery", {1065, "42000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "EmptyStatement", {1065, "42000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "NoDatabaseSelected", {1046, "3D000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "UnknownColumn", {1054, "42S22", Wording::kAnalyzing}},
    {ErrorCode::kInvalidArgument, "UnknownDatabase", {1049, "42000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "UnknownTable", {1146, "42S02", Wording::kAnalyzing}},
    {ErrorCode::kInvalidArgument, "UnknownCatalog", {5078, "42000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "ReadOnlyVariable", {1621, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "VariableIsSessionOnly", {1228, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "VariableIsGlobalOnly", {1229, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "WrongVariableValue", {1231, "42000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "WrongVariableType", {1232, "42000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "MultipleMatches", {5609, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "BadPasswordHash", {1372, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "MalformedPacket", {1835, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "PacketsOutOfOrder", {1156, "08S01", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "UnboundParameters", {1210, "HY000", Wording::kAsIs}},
    {ErrorCode::kInvalidArgument, "ParameterCountMismatch", {1210, "HY000", Wording::kAsIs}},
    {ErrorCode::kUnauthenticated, "AccessDenied", {1045, "28000", Wording::kAsIs}},
    {ErrorCode::kPermissionDenied, "NotOwner", {1095, "HY000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownDatabase", {1049, "42000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownTable", {1146, "42S02", Wording::kAnalyzing}},
    {ErrorCode::kNotFound, "UnknownCatalog", {5078, "42000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownColumn", {1054, "42S22", Wording::kAnalyzing}},
    {ErrorCode::kNotFound, "UnknownSystemVariable", {1193, "HY000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownVariable", {1193, "HY000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownThread", {1094, "HY000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownUser", {1396, "HY000", Wording::kAsIs}},
    {ErrorCode::kNotFound, "UnknownPreparedStatement", {1243, "HY000", Wording::kAsIs}},
    {ErrorCode::kAlreadyExists, "DatabaseExists", {1007, "HY000", Wording::kAsIs}},
    {ErrorCode::kAlreadyExists, "TableExists", {1050, "42S01", Wording::kAsIs}},
    {ErrorCode::kAlreadyExists, "UserExists", {1396, "HY000", Wording::kAsIs}},
    {ErrorCode::kFailedPrecondition, "NoDatabaseSelected", {1046, "3D000", Wording::kAsIs}},
    {ErrorCode::kFailedPrecondition, "DatabaseNotEmpty", {1010, "HY000", Wording::kAsIs}},
    {ErrorCode::kFailedPrecondition, "NamespaceNotEmpty", {1010, "HY000", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "PacketTooLarge", {1153, "08S01", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "TooManyConnections", {1040, "08004", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "TooManyUserConnections", {1203, "42000", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "TooManyUserStatements", {1226, "42000", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "TooManyPreparedStatements", {1461, "42000", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "OutOfMemory", {1041, "HY000", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "TooManyRunningStatements", {1041, "HY000", Wording::kAsIs}},
    {ErrorCode::kResourceExhausted, "NoSpace", {1021, "HY000", Wording::kAsIs}},
    {ErrorCode::kUnsupported, "UnknownCommand", {1047, "08S01", Wording::kAsIs}},
    {ErrorCode::kUnsupported, "UnknownAuthPlugin", {1524, "HY000", Wording::kAsIs}},
    {ErrorCode::kUnsupported, "OldClient", {1251, "08004", Wording::kAsIs}},
    {ErrorCode::kUnsupported, "ParameterType", {1235, "42000", Wording::kAsIs}},
});
// clang-format on

Form FormOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return {1064, "HY000", Wording::kAnalyzing};
    // A catalog's refusal, not the login's: no 1045, so that clients do not ask for a password.
    case ErrorCode::kUnauthenticated: return {1064, "HY000", Wording::kAsIs};
    case ErrorCode::kPermissionDenied: return {5203, "42000", Wording::kAsIs};
    case ErrorCode::kNotFound: return {1064, "HY000", Wording::kAnalyzing};
    case ErrorCode::kAlreadyExists: return {1064, "HY000", Wording::kAnalyzing};
    case ErrorCode::kConflict: return {1213, "40001", Wording::kAsIs};
    case ErrorCode::kCommitStateUnknown: return {1180, "HY000", Wording::kAsIs};
    case ErrorCode::kFailedPrecondition: return {1064, "HY000", Wording::kAsIs};
    case ErrorCode::kResourceExhausted: return {1064, "HY000", Wording::kAsIs};
    case ErrorCode::kUnavailable: return {1105, "HY000", Wording::kAsIs};
    case ErrorCode::kDeadlineExceeded: return {3024, "HY000", Wording::kInterrupted};
    case ErrorCode::kCancelled: return {1317, "70100", Wording::kInterrupted};
    case ErrorCode::kUnsupported: return {1064, "HY000", Wording::kAnalyzing};
    case ErrorCode::kDataCorruption: return {1105, "HY000", Wording::kAsIs};
    case ErrorCode::kInternal: return {1105, "HY000", Wording::kAsIs};
  }
  return {1105, "HY000", Wording::kAsIs};
}

std::string WithFullStop(std::string text) {
  if (!text.empty() && text.back() != '.' && text.back() != '\n') text += '.';
  return text;
}

std::string Word(const Error& error, const Form& form) {
  std::string text = error.FullMessage();
  if (text.starts_with("Getting ")) return text;
  switch (form.wording) {
    case Wording::kAsIs: return text;
    case Wording::kAnalyzing:
      return "Getting analyzing error. Detail message: " + WithFullStop(std::move(text));
    case Wording::kSyntax:
      return "Getting syntax error. Detail message: " + WithFullStop(std::move(text));
    case Wording::kInterrupted: break;
  }
  const std::string_view sentence =
      form.number == 3024
          ? "Query execution was interrupted, maximum statement execution time exceeded"
          : "Query execution was interrupted";
  if (text.empty() || text.starts_with(sentence)) return std::string(sentence);
  return std::string(sentence) + ": " + text;
}

}  // namespace

mysql::ErrPacket ToMySqlError(const Error& error) {
  Form form = FormOf(error.code());
  for (const Row& row : kRows) {
    if (row.code == error.code() && row.reason == error.reason()) form = row.form;
  }
  return {.error_number = form.number,
          .sql_state = std::string(form.sql_state),
          .message = Word(error, form)};
}

bool IsTimeout(const Error& error) { return error.code() == ErrorCode::kDeadlineExceeded; }

int HttpStatusOf(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kUnsupported: return 400;
    case ErrorCode::kUnauthenticated: return error.reason() == "AccessDenied" ? 401 : 400;
    case ErrorCode::kPermissionDenied: return 403;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kCommitStateUnknown:
    case ErrorCode::kCancelled:
    case ErrorCode::kDataCorruption:
    case ErrorCode::kInternal: return 500;
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kDeadlineExceeded: return 504;
  }
  return 500;
}

}  // namespace firn::frontdoor
