#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// The Iceberg REST error model, and the one table between it and firn::Error.

namespace firn::iceberg_rest {

/// `{"error": {"message": …, "type": …, "code": …}}`.
struct ErrorModel {
  std::string message;
  std::string type;  ///< `NoSuchTableException`; AWS faces use their own words.
  int code = 0;      ///< The HTTP status again.
};

/// The body of an error answer. Never holds a stack.
std::string PrintErrorBody(const ErrorModel& model);

/// What an error answer says, whoever wrote it: the error model, `{"message"|"Message": …}` with or
/// without `__type` (the type may come in `amzn_error_type`, the header x-amzn-errortype), an XML
/// or text body, or nothing. Never fails: what cannot be read becomes the message, cut at
/// kErrorTextBytesMax. Types lose AWS' namespace and URI
/// (`com.x#Name:http://…` becomes `Name`).
ErrorModel ParseErrorBody(int status, std::string_view body, std::string_view amzn_error_type = "");

/// True for the body by which AWS says, sometimes with status 200, that it does not know an
/// operation.
bool IsUnknownOperation(std::string_view body);

/// The client's direction. The reason of the Error is the model's type where it has one. Codes: 400
/// and 422 kInvalidArgument (kAlreadyExists, kFailedPrecondition or kNotFound when the type says
/// so), 401 and 419 kUnauthenticated, 403 kPermissionDenied (kUnauthenticated for an unknown key, a
/// wrong signature, an expired token or a skewed clock), 404 kNotFound, 406 and 405 and 501
/// kUnsupported, 409 kConflict or kAlreadyExists or kFailedPrecondition by type, 429 kUnavailable,
/// all other 5xx kUnavailable.
Error ToError(const ErrorModel& model);

/// True when the answer says that the credentials it was asked with have expired.
bool IsExpiredToken(const ErrorModel& model);

/// The server's direction: total over the codes; the reason decides the type where Iceberg has a
/// class for it.
ErrorModel FromError(const Error& error);

}  // namespace firn::iceberg_rest
