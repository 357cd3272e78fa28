#include "base/result_testing.h"
#include "lake/s3/s3_answer_internal.h"

namespace firn::s3store {
namespace {

using firn::testing::IsError;

TEST(JudgeAnswer, MapsEveryAnswer) {
  struct Case {
    int status;
    const char* code;
    Verdict::Kind kind;
    ErrorCode error_code;
    const char* reason;
  };
  const auto fail = Verdict::Kind::kFail;
  const auto retry = Verdict::Kind::kRetry;
  const Case cases[] = {
      {301, "PermanentRedirect", fail, ErrorCode::kInvalidArgument, "WrongRegion"},
      {307, "TemporaryRedirect", fail, ErrorCode::kInvalidArgument, "WrongRegion"},
      {400, "InvalidArgument", fail, ErrorCode::kInvalidArgument, "InvalidArgument"},
      {400, "ExpiredToken", Verdict::Kind::kRefreshCredentials, ErrorCode::kUnauthenticated, "ExpiredToken"},
      {403, "ExpiredToken", Verdict::Kind::kRefreshCredentials, ErrorCode::kUnauthenticated, "ExpiredToken"},
      {400, "RequestTimeout", retry, ErrorCode::kUnavailable, "RequestTimeout"},
      {400, "", fail, ErrorCode::kInvalidArgument, "Http400"},
      {401, "", fail, ErrorCode::kUnauthenticated, "Http401"},
      {403, "AccessDenied", fail, ErrorCode::kPermissionDenied, "AccessDenied"},
      {403, "", fail, ErrorCode::kPermissionDenied, "AccessDenied"},
      {403, "InvalidAccessKeyId", fail, ErrorCode::kUnauthenticated, "InvalidAccessKeyId"},
      {403, "SignatureDoesNotMatch", fail, ErrorCode::kUnauthenticated, "SignatureDoesNotMatch"},
      {403, "RequestTimeTooSkewed", fail, ErrorCode::kUnauthenticated, "RequestTimeTooSkewed"},
      {404, "NoSuchKey", fail, ErrorCode::kNotFound, "NoSuchKey"},
      {404, "NoSuchBucket", fail, ErrorCode::kNotFound, "NoSuchBucket"},
      {404, "", fail, ErrorCode::kNotFound, "NoSuchKey"},
      {405, "MethodNotAllowed", fail, ErrorCode::kUnsupported, "MethodNotAllowed"},
      {409, "ConditionalRequestConflict", retry, ErrorCode::kUnavailable, "ConditionalRequestConflict"},
      {409, "BucketNotEmpty", fail, ErrorCode::kConflict, "BucketNotEmpty"},
      {412, "PreconditionFailed", fail, ErrorCode::kConflict, "ObjectExists"},
      {416, "InvalidRange", fail, ErrorCode::kInvalidArgument, "InvalidRange"},
      {429, "", retry, ErrorCode::kUnavailable, "Http429"},
      {500, "InternalError", retry, ErrorCode::kUnavailable, "InternalError"},
      {501, "NotImplemented", fail, ErrorCode::kUnsupported, "NotImplemented"},
      {502, "", retry, ErrorCode::kUnavailable, "Http502"},
      {503, "SlowDown", retry, ErrorCode::kUnavailable, "SlowDown"},
      {507, "", fail, ErrorCode::kUnavailable, "Http507"},
  };
  for (const Case& c : cases) {
    http::IncomingResponse answer{c.status, {}, ""};
    if (*c.code != '\0') answer.body = std::string("<Error><Code>") + c.code + "</Code><Message>words</Message></Error>";
    const Verdict verdict = JudgeAnswer(answer, "GET s3://b/k", {});
    EXPECT_EQ(verdict.kind, c.kind) << c.status << c.code;
    ASSERT_TRUE(verdict.error.has_value());
    EXPECT_EQ(verdict.error->code(), c.error_code) << c.status << c.code;
    EXPECT_EQ(verdict.error->reason(), c.reason) << c.status << c.code;
  }
  for (const int status : {200, 204, 206}) {
    EXPECT_EQ(JudgeAnswer(http::IncomingResponse{status, {}, ""}, "", {}).kind, Verdict::Kind::kDone);
  }
}

TEST(JudgeAnswer, RepeatsNoSecretAndTakesNoReasonThatIsNotAWord) {
  const Credentials credentials{AccessKeyId("AK"), Secret("canarysecret"), Secret("canarytoken")};
  for (const char* code : {"canarytoken", "canarysecret", "Access Denied", "Xcanarytoken", "a\nb", "é",
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    const http::IncomingResponse answer{
        403, {}, std::string("<Error><Code>") + code + "</Code><Message>canarysecret\r\n</Message></Error>"};
    const Verdict verdict = JudgeAnswer(answer, "GET s3://b/k", credentials);
    EXPECT_EQ(verdict.error->reason(), "AccessDenied") << code;
    EXPECT_EQ(verdict.error->ToString().find("canary"), std::string::npos) << code;
  }
}

TEST(JudgeAnswer, SeparatesPassingTransportFailuresFromLastingOnes) {
  const auto kind = [](Unexpected failure) {
    return JudgeAnswer(Result<http::IncomingResponse>(std::move(failure)), "", {}).kind;
  };
  EXPECT_EQ(kind(Unavailable("ConnectFailed", "")), Verdict::Kind::kRetry);
  EXPECT_EQ(kind(Unavailable("AnswerLost", "")), Verdict::Kind::kRetry);
  EXPECT_EQ(kind(Unavailable("DnsFailed", "")), Verdict::Kind::kRetry);
  EXPECT_EQ(kind(ResourceExhausted("QueueFull", "")), Verdict::Kind::kRetry);
  EXPECT_EQ(kind(Unavailable("TlsFailed", "")), Verdict::Kind::kFail);
  EXPECT_EQ(kind(Cancelled("Cancelled", "")), Verdict::Kind::kFail);
  EXPECT_EQ(kind(DeadlineExceeded("AnswerLost", "")), Verdict::Kind::kFail);
  EXPECT_EQ(kind(ResourceExhausted("AnswerTooLarge", "")), Verdict::Kind::kFail);
}

TEST(ParseListPage, RefusesWhatIsNotAList) {
  const char* cases[] = {
      "", "not xml", "<Error/>", "<ListBucketResult><Contents/></ListBucketResult>",
      "<ListBucketResult><Contents><Key>k</Key><Size>x</Size></Contents></ListBucketResult>",
      "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>",
      "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
  };
  for (const char* xml : cases) {
    EXPECT_THAT(ParseListPage(xml, "b"), IsError(ErrorCode::kDataCorruption, "InvalidAnswer")) << xml;
  }
  EXPECT_FALSE(ParseListPage("<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%</Key><Size>1</Size>"
                             "</Contents></ListBucketResult>", "b").has_value());
}

TEST(ParseUploadIds, TakesThoseOfTheVeryKey) {
  const std::string list =
      "<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Upload><Key>a&amp;b</Key><UploadId>1</UploadId></Upload>"
      "<Upload><Key>a&amp;b.more</Key><UploadId>2</UploadId></Upload>"
      "<Upload><Key>a&amp;b</Key><UploadId>3</UploadId></Upload>"
      "<Upload><Key>a&amp;b</Key></Upload><Upload/></ListMultipartUploadsResult>";
  EXPECT_EQ(ParseUploadIds(list, "a&b").value(), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(ParseUploadIds(list, "a").value().size(), 0U);
  for (const char* xml : {"", "not xml", "<Error/>", "<ListBucketResult/>"}) {
    EXPECT_THAT(ParseUploadIds(xml, "k"), IsError(ErrorCode::kDataCorruption, "InvalidAnswer")) << xml;
  }
}

}  // namespace
}  // namespace firn::s3store
