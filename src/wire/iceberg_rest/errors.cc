#include "wire/iceberg_rest/errors.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"
#include "base/json.h"
#include "wire/iceberg_rest/limits.h"

namespace firn::iceberg_rest {
namespace {

std::string CutText(std::string_view text) {
  if (text.size() <= kErrorTextBytesMax) return std::string(text);
  std::size_t end = kErrorTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

/// `com.amazon.coral.service#UnknownOperationException:http://…/` is `UnknownOperationException`.
std::string BareType(std::string_view type) {
  if (const auto hash = type.find('#'); hash != std::string_view::npos)
    type.remove_prefix(hash + 1);
  if (const auto colon = type.find(':'); colon != std::string_view::npos)
    type = type.substr(0, colon);
  return CutText(type);
}

std::string TextMember(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const json::value* value = FindMember(object, name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
  }
  return "";
}

/// `<Code>X</Code>` of a small XML body, found without a parser: the text is for a person.
std::string XmlText(std::string_view body, std::string_view tag) {
  const std::string open = "<" + std::string(tag) + ">";
  const auto begin = body.find(open);
  if (begin == std::string_view::npos) return "";
  const auto end = body.find('<', begin + open.size());
  if (end == std::string_view::npos) return "";
  return std::string(body.substr(begin + open.size(), end - begin - open.size()));
}

void ReadJsonBody(const json::object& root, ErrorModel& model) {
  const json::value* inner = FindMember(root, "error");
  const json::object& object = inner != nullptr && inner->is_object() ? inner->get_object() : root;
  model.message = TextMember(object, {"message", "Message", "errorMessage", "error_description"});
  if (const std::string type = TextMember(object, {"type", "__type", "code", "Code"});
      !type.empty()) {
    model.type = BareType(type);
  } else if (inner != nullptr && inner->is_string()) {
    model.type =
        BareType(std::string_view(inner->get_string()));  // OAuth2: {"error": "invalid_client"}
  }
  if (const json::value* code = FindMember(object, "code"); code != nullptr && code->is_int64()) {
    const std::int64_t number = code->get_int64();
    if (number >= 400 && number <= 599) model.code = static_cast<int>(number);
  }
}

void ReadXmlBody(std::string_view body, ErrorModel& model) {
  model.message = XmlText(body, "Message");
  if (const std::string code = XmlText(body, "Code"); !code.empty()) model.type = BareType(code);
  if (model.type.empty() && body.size() > 2 && body[1] != '?' && body[1] != '!') {
    const auto end = body.find_first_of("/> \t\r\n", 1);
    if (end != std::string_view::npos) model.type = BareType(body.substr(1, end - 1));
  }
}

struct TypeRow {
  std::string_view type;
  ErrorCode code;
  std::string_view reason;  ///< Empty: the type itself.
};

/// Types that say more than the status does; from Iceberg's classes and AWS' words.
constexpr auto kTypes = std::to_array<TypeRow>({
    {"NoSuchTableException", ErrorCode::kNotFound, ""},
    {"NoSuchNamespaceException", ErrorCode::kNotFound, ""},
    {"NoSuchViewException", ErrorCode::kNotFound, ""},
    {"NoSuchWarehouseException", ErrorCode::kNotFound, ""},
    {"NamespaceNotEmptyException", ErrorCode::kFailedPrecondition, ""},
    {"AlreadyExistsException", ErrorCode::kAlreadyExists, ""},
    {"TableAlreadyExistsException", ErrorCode::kAlreadyExists, ""},
    {"CommitFailedException", ErrorCode::kConflict, ""},
    {"CommitStateUnknownException", ErrorCode::kCommitStateUnknown, ""},
    {"EntityNotFoundException", ErrorCode::kNotFound, ""},
    {"NotFoundException", ErrorCode::kNotFound, ""},
    {"ExpiredToken", ErrorCode::kUnauthenticated, "ExpiredToken"},
    {"ExpiredTokenException", ErrorCode::kUnauthenticated, "ExpiredToken"},
    {"RequestExpired", ErrorCode::kUnauthenticated, "RequestTimeTooSkewed"},
    {"RequestTimeTooSkewed", ErrorCode::kUnauthenticated, "RequestTimeTooSkewed"},
    {"InvalidClientTokenId", ErrorCode::kUnauthenticated, "UnrecognizedClient"},
    {"InvalidAccessKeyId", ErrorCode::kUnauthenticated, "UnrecognizedClient"},
    {"UnrecognizedClientException", ErrorCode::kUnauthenticated, "UnrecognizedClient"},
    {"SignatureDoesNotMatch", ErrorCode::kUnauthenticated, "SignatureDoesNotMatch"},
    {"InvalidSignatureException", ErrorCode::kUnauthenticated, "SignatureDoesNotMatch"},
    {"IncompleteSignatureException", ErrorCode::kUnauthenticated, "SignatureDoesNotMatch"},
    {"MissingAuthenticationTokenException", ErrorCode::kUnauthenticated,
     "MissingAuthenticationToken"},
    {"MissingAuthenticationToken", ErrorCode::kUnauthenticated, "MissingAuthenticationToken"},
    {"AccessDenied", ErrorCode::kPermissionDenied, ""},
    {"AccessDeniedException", ErrorCode::kPermissionDenied, ""},
    {"ForbiddenException", ErrorCode::kPermissionDenied, ""},
    {"NotAuthorizedException", ErrorCode::kUnauthenticated, ""},
    {"UnknownOperationException", ErrorCode::kUnsupported, ""},
    {"UnsupportedOperationException", ErrorCode::kUnsupported, ""},
    {"OperationNotSupportedException", ErrorCode::kUnsupported, ""},
    {"ThrottlingException", ErrorCode::kUnavailable, "Throttled"},
    {"no_such_bucket", ErrorCode::kNotFound, "NoSuchWarehouse"},
});

/// A plain AWS body often has no type: what AWS writes tells the cases apart.
struct TextRow {
  std::string_view text;
  std::string_view reason;
};
constexpr auto kAuthenticationTexts = std::to_array<TextRow>({
    {"request signature we calculated does not match", "SignatureDoesNotMatch"},
    {"security token included in the request is expired", "ExpiredToken"},
    {"security token included in the request is invalid", "UnrecognizedClient"},
    {"Signature expired", "RequestTimeTooSkewed"},
    {"Signature not yet current", "RequestTimeTooSkewed"},
    {"difference between the request time and the current time", "RequestTimeTooSkewed"},
    {"Credential should be scoped to", "SignatureDoesNotMatch"},
    {"Missing Authentication Token", "MissingAuthenticationToken"},
});

ErrorCode CodeOfStatus(int status) {
  switch (status) {
    case 400:
    case 422: return ErrorCode::kInvalidArgument;
    case 401:
    case 419: return ErrorCode::kUnauthenticated;
    case 403: return ErrorCode::kPermissionDenied;
    case 404: return ErrorCode::kNotFound;
    case 405:
    case 406:
    case 501: return ErrorCode::kUnsupported;
    case 409: return ErrorCode::kConflict;
    case 412: return ErrorCode::kConflict;
    case 413: return ErrorCode::kResourceExhausted;
    case 429: return ErrorCode::kUnavailable;
    default: break;
  }
  if (status >= 400 && status < 500) return ErrorCode::kInvalidArgument;
  return ErrorCode::kUnavailable;
}

std::string_view ReasonOfCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "BadRequest";
    case ErrorCode::kUnauthenticated: return "NotAuthorized";
    case ErrorCode::kPermissionDenied: return "Forbidden";
    case ErrorCode::kNotFound: return "NotFound";
    case ErrorCode::kAlreadyExists: return "AlreadyExists";
    case ErrorCode::kConflict: return "CommitFailed";
    case ErrorCode::kCommitStateUnknown: return "CommitStateUnknown";
    case ErrorCode::kFailedPrecondition: return "FailedPrecondition";
    case ErrorCode::kResourceExhausted: return "TooLarge";
    case ErrorCode::kUnavailable: return "ServiceFailure";
    case ErrorCode::kDeadlineExceeded: return "Timeout";
    case ErrorCode::kCancelled: return "Cancelled";
    case ErrorCode::kUnsupported: return "UnsupportedOperation";
    case ErrorCode::kDataCorruption: return "DataCorruption";
    case ErrorCode::kInternal: return "Internal";
  }
  return "Internal";
}

struct ServerRow {
  int status;
  std::string_view type;
};

/// One line a code, no default: a new code does not compile without one.
ServerRow ServerRowOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return {400, "BadRequestException"};
    case ErrorCode::kUnauthenticated: return {401, "NotAuthorizedException"};
    case ErrorCode::kPermissionDenied: return {403, "ForbiddenException"};
    case ErrorCode::kNotFound: return {404, "NotFoundException"};
    case ErrorCode::kAlreadyExists: return {409, "AlreadyExistsException"};
    case ErrorCode::kConflict: return {409, "CommitFailedException"};
    case ErrorCode::kCommitStateUnknown: return {500, "CommitStateUnknownException"};
    case ErrorCode::kFailedPrecondition: return {400, "BadRequestException"};
    case ErrorCode::kResourceExhausted: return {429, "TooManyRequestsException"};
    case ErrorCode::kUnavailable: return {503, "ServiceUnavailableException"};
    case ErrorCode::kDeadlineExceeded: return {504, "ServiceUnavailableException"};
    case ErrorCode::kCancelled: return {503, "ServiceUnavailableException"};
    case ErrorCode::kUnsupported: return {406, "UnsupportedOperationException"};
    case ErrorCode::kDataCorruption: return {500, "InternalServerException"};
    case ErrorCode::kInternal: return {500, "InternalServerException"};
  }
  return {500, "InternalServerException"};
}

struct ReasonRow {
  std::string_view reason;
  int status;  ///< 0: the code's.
  std::string_view type;
};

/// Reasons for which Iceberg's clients know a class of their own.
constexpr auto kReasons = std::to_array<ReasonRow>({
    {"NoSuchTable", 404, "NoSuchTableException"},
    {"UnknownTable", 404, "NoSuchTableException"},
    {"NoSuchNamespace", 404, "NoSuchNamespaceException"},
    {"UnknownDatabase", 404, "NoSuchNamespaceException"},
    {"NoSuchView", 404, "NoSuchViewException"},
    {"NoSuchWarehouse", 404, "NoSuchWarehouseException"},
    {"NamespaceNotEmpty", 409, "NamespaceNotEmptyException"},
    {"UnknownOperation", 404, "UnknownOperationException"},
    {"MethodNotAllowed", 405, "UnsupportedOperationException"},
    {"JsonTooLarge", 413, "BadRequestException"},
    {"UnprocessableEntity", 422, "UnprocessableEntityException"},
    {"IdempotencyKeyReused", 422, "UnprocessableEntityException"},
    {"AuthenticationTimeout", 419, "AuthenticationTimeoutException"},
});

}  // namespace

std::string PrintErrorBody(const ErrorModel& model) {
  return PrintJson(json::value{
      {"error", {{"message", model.message}, {"type", model.type}, {"code", model.code}}}});
}

ErrorModel ParseErrorBody(int status, std::string_view body, std::string_view amzn_error_type) {
  ErrorModel model{.code = status};
  model.type = BareType(amzn_error_type);
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return model;
  body.remove_prefix(begin);
  if (body.front() == '<') {
    ReadXmlBody(body, model);
    if (model.message.empty()) model.message = CutText(body);
    return model;
  }
  const auto root = ParseJson(body, {.depth_max = kJsonDepthMax, .bytes_max = kBodyBytesMax});
  if (root && root->is_object()) {
    ReadJsonBody(root->get_object(), model);
    if (model.code < 400) model.code = status;
  }
  if (model.message.empty()) model.message = CutText(body);
  model.message = CutText(model.message);
  return model;
}

bool IsUnknownOperation(std::string_view body) {
  return body.size() < 1024 && body.find("UnknownOperationException") != std::string_view::npos;
}

Error ToError(const ErrorModel& model) {
  ErrorCode code = CodeOfStatus(model.code);
  std::string reason = model.type.empty() ? std::string(ReasonOfCode(code)) : model.type;
  const auto row = std::ranges::find(kTypes, std::string_view(model.type), &TypeRow::type);
  // A failing server says nothing sure: its type never turns a 5xx into a definite answer.
  const bool is_definite = model.code < 500;
  if (row != kTypes.end() && (is_definite || row->code == ErrorCode::kCommitStateUnknown)) {
    code = row->code;
    if (!row->reason.empty()) reason = row->reason;
  }
  if (model.code == 401 || model.code == 403) {
    for (const TextRow& text : kAuthenticationTexts) {
      if (model.message.find(text.text) == std::string::npos) continue;
      code = ErrorCode::kUnauthenticated;
      reason = text.reason;
    }
  }
  std::string message =
      model.message.empty() ? "HTTP status " + std::to_string(model.code) : model.message;
  return Error(code, std::move(reason), std::move(message));
}

bool IsExpiredToken(const ErrorModel& model) {
  return model.code == 419 || ToError(model).reason() == "ExpiredToken";
}

ErrorModel FromError(const Error& error) {
  const ServerRow row = ServerRowOf(error.code());
  ErrorModel model{
      .message = error.FullMessage(), .type = std::string(row.type), .code = row.status};
  const auto known =
      std::ranges::find(kReasons, std::string_view(error.reason()), &ReasonRow::reason);
  if (known != kReasons.end()) {
    model.type = known->type;
    if (known->status != 0) model.code = known->status;
  } else if (error.reason().ends_with("Exception") ||
             error.reason().find('_') != std::string::npos) {
    model.type = error.reason();  // A service that has a word of its own for it.
  }
  return model;
}

}  // namespace firn::iceberg_rest
