#include "cloud/door/aws_errors.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firn::door {
namespace {

constexpr std::array kServices = {Service::kS3,  Service::kS3Tables, Service::kGlue,
                                  Service::kIceberg, Service::kIam,  Service::kSts,
                                  Service::kLakeFormation, Service::kUnknown};
constexpr std::array kCodes = {
    ErrorCode::kInvalidArgument, ErrorCode::kUnauthenticated, ErrorCode::kPermissionDenied,
    ErrorCode::kNotFound, ErrorCode::kAlreadyExists, ErrorCode::kConflict,
    ErrorCode::kCommitStateUnknown, ErrorCode::kFailedPrecondition, ErrorCode::kResourceExhausted,
    ErrorCode::kUnavailable, ErrorCode::kDeadlineExceeded, ErrorCode::kCancelled,
    ErrorCode::kUnsupported, ErrorCode::kDataCorruption, ErrorCode::kInternal};

TEST(ToServiceError, AnswersEveryCodeOnEveryService) {
  for (const Service service : kServices) {
    for (const ErrorCode code : kCodes) {
      const aws::ServiceError answer = ToServiceError(service, Error(code, "Whatever", "text"));
      EXPECT_GE(answer.status, 400);
      EXPECT_LT(answer.status, 600);
      EXPECT_FALSE(answer.code.empty()) << ErrorCodeName(code);
      EXPECT_FALSE(answer.message.empty());
    }
  }
}

TEST(ToServiceError, KeepsOurOwnFailuresToOurselves) {
  for (const Service service : kServices) {
    for (const ErrorCode code :
         {ErrorCode::kInternal, ErrorCode::kDataCorruption, ErrorCode::kCommitStateUnknown}) {
      const aws::ServiceError answer = ToServiceError(service, Error(code, "X", "/secret/path"));
      EXPECT_EQ(answer.message.find("secret"), std::string::npos);
      EXPECT_GE(answer.status, 500);
    }
  }
}

struct Case {
  Service service;
  ErrorCode code;
  std::string reason;
  int status;
  std::string aws_code;
};

TEST(ToServiceError, UsesTheServicesOwnWords) {
  using enum ErrorCode;
  const std::vector<Case> cases = {
      {Service::kS3, kNotFound, "NoSuchBucket", 404, "NoSuchBucket"},
      {Service::kS3, kNotFound, "NoSuchKey", 404, "NoSuchKey"},
      {Service::kS3, kFailedPrecondition, "InvalidRange", 416, "InvalidRange"},
      {Service::kS3, kUnsupported, "MethodNotAllowed", 405, "MethodNotAllowed"},
      {Service::kS3, kPermissionDenied, "AccessDenied", 403, "AccessDenied"},
      {Service::kS3, kResourceExhausted, "DiskReserve", 503, "SlowDown"},
      {Service::kS3, kUnauthenticated, "InvalidClientTokenId", 403, "InvalidAccessKeyId"},
      {Service::kS3, kUnauthenticated, "ExpiredToken", 400, "ExpiredToken"},
      {Service::kS3, kPermissionDenied, "RequestTimeTooSkewed", 403, "RequestTimeTooSkewed"},
      {Service::kS3Tables, kUnauthenticated, "InvalidClientTokenId", 403, "UnrecognizedClientException"},
      {Service::kS3Tables, kPermissionDenied, "SignatureDoesNotMatch", 403, "InvalidSignatureException"},
      {Service::kS3Tables, kNotFound, "NoSuchTable", 404, "NotFoundException"},
      {Service::kS3Tables, kAlreadyExists, "AlreadyExists", 409, "ConflictException"},
      {Service::kS3Tables, kPermissionDenied, "AccessDenied", 403, "AccessDeniedException"},
      {Service::kIam, kNotFound, "NoSuchEntity", 404, "NoSuchEntity"},
      {Service::kIam, kInvalidArgument, "MalformedPolicyDocument", 400, "MalformedPolicyDocument"},
      {Service::kIam, kPermissionDenied, "SignatureDoesNotMatch", 403, "SignatureDoesNotMatch"},
      {Service::kSts, kUnauthenticated, "InvalidClientTokenId", 403, "InvalidClientTokenId"},
      {Service::kLakeFormation, kPermissionDenied, "AccessDeniedException", 403, "AccessDeniedException"},
      {Service::kLakeFormation, kNotFound, "EntityNotFoundException", 400, "EntityNotFoundException"},
      {Service::kLakeFormation, kUnsupported, "UnsupportedResource", 400, "InvalidInputException"},
      {Service::kLakeFormation, kUnsupported, "UnknownOperationException", 400, "UnknownOperationException"},
      {Service::kIceberg, kConflict, "CommitFailed", 409, "CommitFailedException"},
      {Service::kIceberg, kCommitStateUnknown, "LedgerCommitUnknown", 500, "CommitStateUnknownException"},
      {Service::kIceberg, kNotFound, "NoSuchTable", 404, "NoSuchTableException"},
      {Service::kIceberg, kNotFound, "NoSuchNamespace", 404, "NoSuchNamespaceException"},
      {Service::kIceberg, kFailedPrecondition, "NamespaceNotEmpty", 409, "NamespaceNotEmptyException"},
      {Service::kIceberg, kUnsupported, "OperationNotSupportedException", 406, "OperationNotSupportedException"},
      {Service::kIceberg, kInvalidArgument, "purge_enabled", 400, "purge_enabled"},
      {Service::kIceberg, kPermissionDenied, "AccessDenied", 403, "ForbiddenException"},
  };
  for (const Case& test : cases) {
    const aws::ServiceError answer = ToServiceError(test.service, Error(test.code, test.reason, "text"));
    EXPECT_EQ(answer.status, test.status) << test.reason;
    EXPECT_EQ(answer.code, test.aws_code) << test.reason;
  }
}

}  // namespace
}  // namespace firn::door
