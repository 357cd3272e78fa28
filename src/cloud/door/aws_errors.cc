#include "cloud/door/aws_errors.h"

#include <algorithm>
#include <array>

#include "wire/iceberg_rest/errors.h"

namespace firn::door {
namespace {

/// Codes for what the door refuses before the caller is known. An empty text keeps the error's own.
struct AuthenticationRow {
  std::string_view reason;
  int s3_status;
  std::string_view s3_code;
  int query_status;
  std::string_view query_code;
  int json_status;
  std::string_view json_code;
  std::string_view text;
};
constexpr std::string_view kBadSignature =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr std::string_view kBadToken = "The security token included in the request is invalid.";

constexpr auto kAuthentication = std::to_array<AuthenticationRow>({
    {"MissingAuthenticationToken", 403, "AccessDenied", 403, "MissingAuthenticationToken", 403,
     "MissingAuthenticationTokenException", "Missing Authentication Token"},
    {"AuthorizationHeaderMalformed", 400, "AuthorizationHeaderMalformed", 400, "IncompleteSignature",
     403, "IncompleteSignatureException", ""},
    {"AuthorizationQueryParametersError", 400, "AuthorizationQueryParametersError", 400,
     "IncompleteSignature", 403, "IncompleteSignatureException", ""},
    {"SigV4aUnsupported", 501, "NotImplemented", 400, "IncompleteSignature", 403,
     "IncompleteSignatureException", ""},
    {"InvalidClientTokenId", 403, "InvalidAccessKeyId", 403, "InvalidClientTokenId", 403,
     "UnrecognizedClientException", kBadToken},
    {"InvalidToken", 400, "InvalidToken", 403, "InvalidClientTokenId", 403,
     "UnrecognizedClientException", kBadToken},
    {"ExpiredToken", 400, "ExpiredToken", 403, "ExpiredToken", 403, "ExpiredTokenException",
     "The security token included in the request is expired"},
    {"SignatureDoesNotMatch", 403, "SignatureDoesNotMatch", 403, "SignatureDoesNotMatch", 403,
     "InvalidSignatureException", kBadSignature},
    {"RequestTimeTooSkewed", 403, "RequestTimeTooSkewed", 403, "SignatureDoesNotMatch", 403,
     "InvalidSignatureException", ""},
    {"RequestExpired", 403, "AccessDenied", 403, "SignatureDoesNotMatch", 403,
     "InvalidSignatureException", ""},
    {"HeadersNotSigned", 403, "AccessDenied", 403, "SignatureDoesNotMatch", 403,
     "InvalidSignatureException", ""},
    {"WrongScope", 400, "AuthorizationHeaderMalformed", 403, "SignatureDoesNotMatch", 403,
     "InvalidSignatureException", ""},
});

/// One code of S3 and its status; reasons of cloud/s3 are these codes.
struct S3Row {
  std::string_view code;
  int status;
};
constexpr auto kS3Codes = std::to_array<S3Row>({
    {"AccessControlListNotSupported", 400},
    {"AccessDenied", 403}, {"AuthorizationHeaderMalformed", 400}, {"BadDigest", 400},
    {"BadRequest", 400},
    {"BucketAlreadyExists", 409}, {"BucketAlreadyOwnedByYou", 409}, {"BucketNotEmpty", 409},
    {"EntityTooLarge", 400}, {"EntityTooSmall", 400}, {"IncompleteBody", 400},
    {"InvalidArgument", 400}, {"InvalidBucketName", 400}, {"InvalidChunkSizeError", 400},
    {"IllegalLocationConstraintException", 400}, {"InvalidLocationConstraint", 400},
    {"InvalidDigest", 400}, {"InvalidPart", 400}, {"InvalidPartNumber", 416},
    {"InvalidPartOrder", 400}, {"InvalidRange", 416}, {"InvalidRequest", 400},
    {"InvalidTag", 400}, {"InvalidURI", 400}, {"KeyTooLongError", 400},
    {"MalformedPolicy", 400}, {"MalformedTrailerError", 400}, {"MalformedXML", 400},
    {"MetadataTooLarge", 400}, {"MethodNotAllowed", 405}, {"MissingContentLength", 411},
    {"NoSuchBucket", 404}, {"NoSuchBucketPolicy", 404}, {"NoSuchCORSConfiguration", 404},
    {"NoSuchKey", 404}, {"NoSuchLifecycleConfiguration", 404}, {"NoSuchTagSet", 404},
    {"NoSuchUpload", 404}, {"NoSuchWebsiteConfiguration", 404},
    {"ObjectLockConfigurationNotFoundError", 404},
    {"ReplicationConfigurationNotFoundError", 404},
    {"NotImplemented", 501}, {"PreconditionFailed", 412}, {"XAmzContentSHA256Mismatch", 400},
});

struct CodeRow {
  int status;
  std::string_view code;
};

/// One line a code, no default: a new code does not compile without one.
CodeRow S3RowOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return {400, "InvalidRequest"};
    case ErrorCode::kUnauthenticated: return {403, "AccessDenied"};
    case ErrorCode::kPermissionDenied: return {403, "AccessDenied"};
    case ErrorCode::kNotFound: return {404, "NoSuchKey"};
    case ErrorCode::kAlreadyExists: return {409, "BucketAlreadyExists"};
    case ErrorCode::kConflict: return {409, "OperationAborted"};
    case ErrorCode::kCommitStateUnknown: return {500, "InternalError"};
    case ErrorCode::kFailedPrecondition: return {412, "PreconditionFailed"};
    case ErrorCode::kResourceExhausted: return {503, "SlowDown"};
    case ErrorCode::kUnavailable: return {503, "ServiceUnavailable"};
    case ErrorCode::kDeadlineExceeded: return {400, "RequestTimeout"};
    case ErrorCode::kCancelled: return {400, "RequestTimeout"};
    case ErrorCode::kUnsupported: return {501, "NotImplemented"};
    case ErrorCode::kDataCorruption: return {500, "InternalError"};
    case ErrorCode::kInternal: return {500, "InternalError"};
  }
  return {500, "InternalError"};
}

CodeRow S3TablesRowOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return {400, "BadRequestException"};
    case ErrorCode::kUnauthenticated: return {403, "ForbiddenException"};
    case ErrorCode::kPermissionDenied: return {403, "AccessDeniedException"};
    case ErrorCode::kNotFound: return {404, "NotFoundException"};
    case ErrorCode::kAlreadyExists: return {409, "ConflictException"};
    case ErrorCode::kConflict: return {409, "ConflictException"};
    case ErrorCode::kCommitStateUnknown: return {500, "InternalServerErrorException"};
    case ErrorCode::kFailedPrecondition: return {409, "ConflictException"};
    case ErrorCode::kResourceExhausted: return {429, "TooManyRequestsException"};
    case ErrorCode::kUnavailable: return {500, "InternalServerErrorException"};
    case ErrorCode::kDeadlineExceeded: return {500, "InternalServerErrorException"};
    case ErrorCode::kCancelled: return {500, "InternalServerErrorException"};
    case ErrorCode::kUnsupported: return {405, "MethodNotAllowedException"};
    case ErrorCode::kDataCorruption: return {500, "InternalServerErrorException"};
    case ErrorCode::kInternal: return {500, "InternalServerErrorException"};
  }
  return {500, "InternalServerErrorException"};
}

/// Glue's own API and Lake Formation; they differ in the status of a denial.
CodeRow GlueRowOf(Service service, ErrorCode code) {
  const int denied = service == Service::kLakeFormation ? 403 : 400;
  switch (code) {
    case ErrorCode::kInvalidArgument: return {400, "InvalidInputException"};
    case ErrorCode::kUnauthenticated: return {denied, "AccessDeniedException"};
    case ErrorCode::kPermissionDenied: return {denied, "AccessDeniedException"};
    case ErrorCode::kNotFound: return {400, "EntityNotFoundException"};
    case ErrorCode::kAlreadyExists: return {400, "AlreadyExistsException"};
    case ErrorCode::kConflict: return {400, "ConcurrentModificationException"};
    case ErrorCode::kCommitStateUnknown: return {500, "InternalServiceException"};
    case ErrorCode::kFailedPrecondition: return {400, "InvalidInputException"};
    case ErrorCode::kResourceExhausted: return {400, "ResourceNumberLimitExceededException"};
    case ErrorCode::kUnavailable: return {500, "InternalServiceException"};
    case ErrorCode::kDeadlineExceeded: return {400, "OperationTimeoutException"};
    case ErrorCode::kCancelled: return {400, "OperationTimeoutException"};
    case ErrorCode::kUnsupported: return {400, "UnknownOperationException"};
    case ErrorCode::kDataCorruption: return {500, "InternalServiceException"};
    case ErrorCode::kInternal: return {500, "InternalServiceException"};
  }
  return {500, "InternalServiceException"};
}

/// IAM and STS; their reasons are AWS's codes.
CodeRow QueryRowOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return {400, "ValidationError"};
    case ErrorCode::kUnauthenticated: return {403, "AccessDenied"};
    case ErrorCode::kPermissionDenied: return {403, "AccessDenied"};
    case ErrorCode::kNotFound: return {404, "NoSuchEntity"};
    case ErrorCode::kAlreadyExists: return {409, "EntityAlreadyExists"};
    case ErrorCode::kConflict: return {409, "DeleteConflict"};
    case ErrorCode::kCommitStateUnknown: return {500, "ServiceFailure"};
    case ErrorCode::kFailedPrecondition: return {409, "DeleteConflict"};
    case ErrorCode::kResourceExhausted: return {409, "LimitExceeded"};
    case ErrorCode::kUnavailable: return {503, "ServiceUnavailable"};
    case ErrorCode::kDeadlineExceeded: return {503, "ServiceUnavailable"};
    case ErrorCode::kCancelled: return {503, "ServiceUnavailable"};
    case ErrorCode::kUnsupported: return {400, "InvalidAction"};
    case ErrorCode::kDataCorruption: return {500, "ServiceFailure"};
    case ErrorCode::kInternal: return {500, "ServiceFailure"};
  }
  return {500, "ServiceFailure"};
}

/// Reasons of IAM and STS that are AWS's codes already.
constexpr auto kQueryCodes = std::to_array<std::string_view>({
    "NoSuchEntity", "EntityAlreadyExists", "LimitExceeded", "DeleteConflict",
    "MalformedPolicyDocument", "InvalidInput", "ValidationError", "InvalidAction",
    "UnmodifiableEntity", "PackedPolicyTooLarge", "EntityTemporarilyUnmodifiable",
    "PolicyNotAttachable", "InvalidParameterValue", "InvalidAuthorizationMessageException",
    "UnsupportedOperation",
});

const AuthenticationRow* FindAuthenticationRow(const Error& error) {
  const auto row = std::find_if(kAuthentication.begin(), kAuthentication.end(),
                                [&](const auto& entry) { return entry.reason == error.reason(); });
  return row == kAuthentication.end() ? nullptr : &*row;
}

aws::ServiceError AuthenticationError(Service service, const AuthenticationRow& row,
                                      const Error& error) {
  aws::ServiceError answer{.status = row.json_status,
                           .code = std::string(row.json_code),
                           .message = std::string(row.text.empty() ? error.message() : row.text)};
  if (service == Service::kS3) {
    answer.status = row.s3_status;
    answer.code = row.s3_code;
    if (row.reason == "MissingAuthenticationToken") answer.message = "Access Denied";
    if (row.reason == "RequestExpired") answer.message = "Request has expired";
    if (row.reason == "InvalidClientTokenId") {
      answer.message = "The AWS Access Key Id you provided does not exist in our records.";
    }
  } else if (ProtocolOf(service) == aws::Protocol::kQuery) {
    answer.status = row.query_status;
    answer.code = row.query_code;
  }
  return answer;
}

/// Failures of our own: the details are for the log, not for the client.
bool IsOurs(ErrorCode code) {
  return code == ErrorCode::kInternal || code == ErrorCode::kDataCorruption ||
         code == ErrorCode::kCommitStateUnknown;
}

aws::ServiceError FromRow(const CodeRow& row, const Error& error) {
  return {.status = row.status, .code = std::string(row.code), .message = error.message()};
}

aws::ServiceError S3ErrorOf(const Error& error) {
  aws::ServiceError answer = FromRow(S3RowOf(error.code()), error);
  const auto known = std::find_if(kS3Codes.begin(), kS3Codes.end(),
                                  [&](const S3Row& row) { return row.code == error.reason(); });
  if (known != kS3Codes.end()) {
    answer.code = known->code;
    answer.status = known->status;
  }
  return answer;
}

aws::ServiceError QueryErrorOf(const Error& error) {
  aws::ServiceError answer = FromRow(QueryRowOf(error.code()), error);
  if (std::find(kQueryCodes.begin(), kQueryCodes.end(), error.reason()) != kQueryCodes.end()) {
    answer.code = error.reason();
  }
  return answer;
}

aws::ServiceError GlueErrorOf(Service service, const Error& error) {
  aws::ServiceError answer = FromRow(GlueRowOf(service, error.code()), error);
  if (error.reason() == "QuotaExceeded") {
    answer.code = "ResourceNumberLimitExceededException";
  } else if (error.reason().ends_with("Exception")) {
    answer.code = error.reason();
  } else if (service == Service::kLakeFormation && error.code() == ErrorCode::kUnsupported) {
    // The operation is there; what it was given is not.
    answer.code = "InvalidInputException";
  }
  return answer;
}

aws::ServiceError IcebergErrorOf(const Error& error) {
  const iceberg_rest::ErrorModel model = iceberg_rest::FromError(error);
  return {.status = model.code, .code = model.type, .message = error.message()};
}

}  // namespace

aws::Protocol ProtocolOf(Service service) {
  switch (service) {
    case Service::kS3: return aws::Protocol::kS3;
    case Service::kS3Tables: return aws::Protocol::kRestJson;
    case Service::kGlue: return aws::Protocol::kJson11;
    case Service::kIceberg: return aws::Protocol::kIceberg;
    case Service::kIam: return aws::Protocol::kQuery;
    case Service::kSts: return aws::Protocol::kQuery;
    case Service::kLakeFormation: return aws::Protocol::kRestJson;
    case Service::kUnknown: return aws::Protocol::kRestJson;
  }
  return aws::Protocol::kRestJson;
}

bool IsAuthenticationError(const Error& error) { return FindAuthenticationRow(error) != nullptr; }

aws::ServiceError ToServiceError(Service service, const Error& error) {
  if (const AuthenticationRow* row = FindAuthenticationRow(error)) {
    return AuthenticationError(service, *row, error);
  }
  aws::ServiceError answer;
  switch (service) {
    case Service::kS3: answer = S3ErrorOf(error); break;
    case Service::kS3Tables:
    case Service::kUnknown: answer = FromRow(S3TablesRowOf(error.code()), error); break;
    case Service::kGlue:
    case Service::kLakeFormation: answer = GlueErrorOf(service, error); break;
    case Service::kIceberg: answer = IcebergErrorOf(error); break;
    case Service::kIam:
    case Service::kSts: answer = QueryErrorOf(error); break;
  }
  if (IsOurs(error.code())) {
    answer.message = "We encountered an internal error. Please try again.";
  }
  return answer;
}

}  // namespace firn::door
