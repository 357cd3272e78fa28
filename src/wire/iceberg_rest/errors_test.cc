#include "wire/iceberg_rest/errors.h"

#include "base/result_testing.h"

namespace firn::iceberg_rest {
namespace {

TEST(ParseErrorBody, ReadsWhoeverWroteIt) {
  struct Case {
    int status;
    std::string body;
    std::string header;
    std::string message;
    std::string type;
    ErrorCode code;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {404, R"({"error":{"message":"Table gone","type":"NoSuchTableException","code":404}})", "",
       "Table gone", "NoSuchTableException", ErrorCode::kNotFound, "NoSuchTableException"},
      {409,
       R"({"error":{"message":"stale","type":"CommitFailedException","code":409,"stack":["a"]}})",
       "", "stale", "CommitFailedException", ErrorCode::kConflict, "CommitFailedException"},
      {409, R"({"error":{"message":"there","type":"AlreadyExistsException","code":409}})", "",
       "there", "AlreadyExistsException", ErrorCode::kAlreadyExists, "AlreadyExistsException"},
      {409, R"({"error":{"message":"full","type":"NamespaceNotEmptyException","code":409}})", "",
       "full", "NamespaceNotEmptyException", ErrorCode::kFailedPrecondition,
       "NamespaceNotEmptyException"},
      {403,
       R"({"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."})",
       "",
       "The request signature we calculated does not match the signature you provided. Check your "
       "AWS Secret Access Key and signing method.",
       "", ErrorCode::kUnauthenticated, "SignatureDoesNotMatch"},
      {403,
       R"({"Message":"User: arn:aws:iam::1:user/u is not authorized to perform: glue:GetCatalog"})",
       "AccessDeniedException:http://internal/coral/",
       "User: arn:aws:iam::1:user/u is not authorized to perform: glue:GetCatalog",
       "AccessDeniedException", ErrorCode::kPermissionDenied, "AccessDeniedException"},
      {403,
       R"({"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token included in the request is invalid."})",
       "", "The security token included in the request is invalid.", "UnrecognizedClientException",
       ErrorCode::kUnauthenticated, "UnrecognizedClient"},
      {403, R"({"message":"The security token included in the request is expired"})",
       "ExpiredTokenException", "The security token included in the request is expired",
       "ExpiredTokenException", ErrorCode::kUnauthenticated, "ExpiredToken"},
      {400,
       R"({"error":{"code":400,"message":"Multipart namespaces are not supported.","type":"multipart_namespace_not_supported"}})",
       "", "Multipart namespaces are not supported.", "multipart_namespace_not_supported",
       ErrorCode::kInvalidArgument, "multipart_namespace_not_supported"},
      {404,
       R"({"error":{"code":404,"message":"The specified bucket does not exist.","type":"no_such_bucket"}})",
       "", "The specified bucket does not exist.", "no_such_bucket", ErrorCode::kNotFound,
       "NoSuchWarehouse"},
      {404, "<UnknownOperationException/>\n", "", "<UnknownOperationException/>\n",
       "UnknownOperationException", ErrorCode::kUnsupported, "UnknownOperationException"},
      {403, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>",
       "", "no", "AccessDenied", ErrorCode::kPermissionDenied, "AccessDenied"},
      {400, R"({"error":"invalid_client","error_description":"wrong secret"})", "", "wrong secret",
       "invalid_client", ErrorCode::kInvalidArgument, "invalid_client"},
      {502, "<html><body>Bad gateway</body></html>", "", "<html><body>Bad gateway</body></html>",
       "html", ErrorCode::kUnavailable, "html"},
      {500, "", "", "", "", ErrorCode::kUnavailable, "ServiceFailure"},
      {500, R"({"error":{"message":"x","type":"AlreadyExistsException","code":500}})", "", "x",
       "AlreadyExistsException", ErrorCode::kUnavailable, "AlreadyExistsException"},
      {500, R"({"error":{"message":"x","type":"CommitStateUnknownException","code":500}})", "", "x",
       "CommitStateUnknownException", ErrorCode::kCommitStateUnknown,
       "CommitStateUnknownException"},
      {503, "{", "", "{", "", ErrorCode::kUnavailable, "ServiceFailure"},
      {429, R"({"message":"Rate exceeded"})", "", "Rate exceeded", "", ErrorCode::kUnavailable,
       "ServiceFailure"},
      {401, "not json", "", "not json", "", ErrorCode::kUnauthenticated, "NotAuthorized"},
      {403, "[1,2]", "", "[1,2]", "", ErrorCode::kPermissionDenied, "Forbidden"},
      {418, "tea", "", "tea", "", ErrorCode::kInvalidArgument, "BadRequest"},
      {404, R"({"error":{"message":7,"type":[],"code":"x"}})", "",
       R"({"error":{"message":7,"type":[],"code":"x"}})", "x", ErrorCode::kNotFound, "x"},
      {400, R"({"error":{"message":"m","code":99999}})", "", "m", "", ErrorCode::kInvalidArgument,
       "BadRequest"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.body);
    const ErrorModel model = ParseErrorBody(test.status, test.body, test.header);
    EXPECT_EQ(model.message, test.message);
    EXPECT_EQ(model.type, test.type);
    EXPECT_EQ(model.code, test.status);
    const Error error = ToError(model);
    EXPECT_EQ(error.code(), test.code) << error.ToString();
    EXPECT_EQ(error.reason(), test.reason);
    EXPECT_FALSE(error.message().empty());
  }
}

TEST(ParseErrorBody, CutsWhatIsTooLong) {
  EXPECT_LT(ParseErrorBody(500, std::string(1 << 20, 'x')).message.size(), 9000U);
  EXPECT_LT(ParseErrorBody(500, "<" + std::string(1 << 20, 'x') + ">").type.size(), 9000U);
}

TEST(IsUnknownOperation, KnowsBothOfAwsForms) {
  EXPECT_TRUE(IsUnknownOperation("<UnknownOperationException/>\n"));
  EXPECT_TRUE(IsUnknownOperation(
      R"({"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"})"));
  EXPECT_FALSE(IsUnknownOperation("{}"));
}

TEST(IsExpiredToken, KnowsStatusTypeAndText) {
  EXPECT_TRUE(IsExpiredToken({.message = "", .type = "", .code = 419}));
  EXPECT_TRUE(IsExpiredToken({.message = "", .type = "ExpiredToken", .code = 400}));
  EXPECT_TRUE(IsExpiredToken({.message = "The security token included in the request is expired",
                              .type = "",
                              .code = 403}));
  EXPECT_FALSE(IsExpiredToken({.message = "no", .type = "AccessDenied", .code = 403}));
}

TEST(FromError, IsTotalAndNamesIcebergsClasses) {
  struct Case {
    Error error;
    int status;
    std::string type;
  };
  const std::vector<Case> cases = {
      {Error(ErrorCode::kNotFound, "NoSuchTable", "m"), 404, "NoSuchTableException"},
      {Error(ErrorCode::kNotFound, "NoSuchNamespace", "m"), 404, "NoSuchNamespaceException"},
      {Error(ErrorCode::kFailedPrecondition, "NamespaceNotEmpty", "m"), 409,
       "NamespaceNotEmptyException"},
      {Error(ErrorCode::kConflict, "CommitFailed", "m"), 409, "CommitFailedException"},
      {Error(ErrorCode::kInvalidArgument, "InvalidInputException", "m"), 400,
       "InvalidInputException"},
      {Error(ErrorCode::kInvalidArgument, "purge_enabled", "m"), 400, "purge_enabled"},
      {Error(ErrorCode::kNotFound, "UnknownOperation", "m"), 404, "UnknownOperationException"},
  };
  for (const Case& test : cases) {
    const ErrorModel model = FromError(test.error);
    EXPECT_EQ(model.code, test.status) << test.type;
    EXPECT_EQ(model.type, test.type);
    EXPECT_EQ(model.message, "m");
    const ErrorModel again = ParseErrorBody(model.code, PrintErrorBody(model));
    EXPECT_EQ(again.message, model.message);
    EXPECT_EQ(again.type, model.type);
  }
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const ErrorModel model = FromError(Error(static_cast<ErrorCode>(i), "X", "m"));
    EXPECT_GE(model.code, 400);
    EXPECT_FALSE(model.type.empty());
  }
}

}  // namespace
}  // namespace firn::iceberg_rest
