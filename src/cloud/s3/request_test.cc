#include <string>
#include <vector>

#include "base/result_testing.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/request.h"

namespace firn::s3 {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

http::RequestHead Head(std::string method, std::string target, std::string host = "localhost:4566") {
  http::RequestHead head{.method = std::move(method), .target = std::move(target)};
  head.headers.Set("Host", host);
  return head;
}

struct RouteCase {
  std::string method;
  std::string target;
  Operation operation;
  std::string bucket;
  std::string key;
};

TEST(ParseRequest, FindsTheOperation) {
  const std::vector<RouteCase> cases = {
      {"GET", "/", Operation::kListBuckets, "", ""},
      {"PUT", "/b", Operation::kCreateBucket, "b", ""},
      {"PUT", "/b/", Operation::kCreateBucket, "b", ""},
      {"HEAD", "/b", Operation::kHeadBucket, "b", ""},
      {"DELETE", "/b", Operation::kDeleteBucket, "b", ""},
      {"GET", "/b?list-type=2&prefix=x", Operation::kListObjectsV2, "b", ""},
      {"GET", "/b?prefix=x", Operation::kListObjects, "b", ""},
      {"GET", "/b?location", Operation::kGetBucketLocation, "b", ""},
      {"GET", "/b?uploads", Operation::kListMultipartUploads, "b", ""},
      {"POST", "/b?delete", Operation::kDeleteObjects, "b", ""},
      {"GET", "/b/a/b%20c%2Bd", Operation::kGetObject, "b", "a/b c+d"},
      {"GET", "/b//x", Operation::kGetObject, "b", "/x"},
      {"GET", "/b/../x", Operation::kGetObject, "b", "../x"},
      {"HEAD", "/b/k", Operation::kHeadObject, "b", "k"},
      {"PUT", "/b/k", Operation::kPutObject, "b", "k"},
      {"PUT", "/b/k?partNumber=1&uploadId=u", Operation::kUploadPart, "b", "k"},
      {"POST", "/b/k?uploads", Operation::kCreateMultipartUpload, "b", "k"},
      {"POST", "/b/k?uploadId=u", Operation::kCompleteMultipartUpload, "b", "k"},
      {"DELETE", "/b/k?uploadId=u", Operation::kAbortMultipartUpload, "b", "k"},
      {"GET", "/b/k?uploadId=u", Operation::kListParts, "b", "k"},
      {"DELETE", "/b/k", Operation::kDeleteObject, "b", "k"},
      {"GET", "/b/k?tagging", Operation::kGetObjectTagging, "b", "k"},
      {"DELETE", "/b/k?tagging", Operation::kDeleteObjectTagging, "b", "k"},
      {"GET", "/b/k?attributes", Operation::kGetObjectAttributes, "b", "k"},
      {"GET", "/b/k?acl", Operation::kGetAcl, "b", "k"},
      {"PUT", "/b?acl", Operation::kPutAcl, "b", ""},
      {"PUT", "/b?policy", Operation::kPutBucketSetting, "b", ""},
      {"GET", "/b?lifecycle", Operation::kGetBucketSetting, "b", ""},
      {"PUT", "/b?lifecycle", Operation::kUnsupported, "b", ""},
      {"DELETE", "/b?acl", Operation::kUnsupported, "b", ""},
      {"GET", "/b/k?torrent", Operation::kUnsupported, "b", "k"},
      {"GET", "/b?versions", Operation::kUnsupported, "b", ""},
      {"DELETE", "/b?lifecycle", Operation::kUnsupported, "b", ""},
  };
  for (const RouteCase& test : cases) {
    ASSERT_OK_AND_ASSIGN(const Request request, ParseRequest(Head(test.method, test.target)));
    EXPECT_EQ(request.operation, test.operation) << test.method << " " << test.target;
    EXPECT_EQ(request.bucket, test.bucket) << test.target;
    EXPECT_EQ(request.key, test.key) << test.target;
  }
}

TEST(ParseRequest, ReadsVirtualHosts) {
  for (const std::string host : {"b.localhost:4566", "b.s3.localhost:4566", "b.s3.us-east-1.amazonaws.com",
                                 "b.s3.amazonaws.com", "b.s3-us-west-2.amazonaws.com"}) {
    ASSERT_OK_AND_ASSIGN(const Request request, ParseRequest(Head("GET", "/x/y", host)));
    EXPECT_EQ(request.bucket, "b") << host;
    EXPECT_EQ(request.key, "x/y") << host;
  }
  for (const std::string host : {"localhost", "127.0.0.1:4566", "s3.us-east-1.amazonaws.com", "s3.localhost:1"}) {
    ASSERT_OK_AND_ASSIGN(const Request request, ParseRequest(Head("GET", "/x/y", host)));
    EXPECT_EQ(request.bucket, "x") << host;
  }
}

TEST(ParseRequest, ReadsTheCopySource) {
  auto head = Head("PUT", "/b/k");
  head.headers.Set("x-amz-copy-source", "/src/a%20b?versionId=null");
  ASSERT_OK_AND_ASSIGN(const Request request, ParseRequest(head));
  EXPECT_EQ(request.operation, Operation::kCopyObject);
  EXPECT_EQ(request.copy_bucket, "src");
  EXPECT_EQ(request.copy_key, "a b");
  for (const std::string source : {"", "/", "b", "b/", "/b", "%zz/x"}) {
    head.headers.Set("x-amz-copy-source", source);
    EXPECT_THAT(ParseRequest(head), IsError(ErrorCode::kInvalidArgument)) << source;
  }
}

TEST(ParseRequest, RefusesWhatIsNoRequest) {
  EXPECT_THAT(ParseRequest(Head("POST", "/")), IsError(ErrorCode::kUnsupported, "MethodNotAllowed"));
  EXPECT_THAT(ParseRequest(Head("PATCH", "/b/k")), IsError(ErrorCode::kUnsupported, "MethodNotAllowed"));
  EXPECT_THAT(ParseRequest(Head("POST", "/b/k")), IsError(ErrorCode::kUnsupported, "MethodNotAllowed"));
  EXPECT_THAT(ParseRequest(Head("GET", "/b/%zz")), IsError(ErrorCode::kInvalidArgument, "InvalidURI"));
  EXPECT_THAT(ParseRequest(Head("GET", "/b/%00")), IsError(ErrorCode::kInvalidArgument, "InvalidURI"));
  EXPECT_THAT(ParseRequest(Head("GET", "/b/%ff")), IsError(ErrorCode::kInvalidArgument, "InvalidURI"));
  EXPECT_THAT(ParseRequest(Head("GET", "/b/" + std::string(1025, 'k'))),
              IsError(ErrorCode::kInvalidArgument, "KeyTooLongError"));
}

TEST(BucketName, FollowsS3sRules) {
  for (const std::string& name : std::vector<std::string>{"abc", "a.b-c", "123", std::string(63, 'a')}) {
    EXPECT_THAT(CheckBucketName(name), HasValue()) << name;
  }
  for (const std::string& name : std::vector<std::string>{"", "ab", "Abc", "a_b", "-abc", "abc-", ".abc", "a..b", "1.2.3.4",
        "xn--a", "abc-s3alias", "x--table-s3", std::string(64, 'a'), "a/b", "a b"}) {
    EXPECT_THAT(CheckBucketName(name), IsError(ErrorCode::kInvalidArgument, "InvalidBucketName")) << name;
  }
}

TEST(ParseRange, ReadsOneRangeOrAll) {
  struct Case {
    std::string header;
    std::uint64_t offset, length;
    bool partial;
  };
  const std::vector<Case> cases = {
      {"bytes=0-0", 0, 1, true},    {"bytes=2-", 2, 8, true},      {"bytes=-3", 7, 3, true},
      {"bytes=-30", 0, 10, true},   {"bytes=5-99", 5, 5, true},    {"bytes=9-9", 9, 1, true},
      {"bytes=", 0, 10, false},     {"bytes=-", 0, 10, false},     {"bytes=3-2", 0, 10, false},
      {"bytes=a-b", 0, 10, false},  {"bytes=0-1,3-4", 0, 10, false}, {"lines=0-1", 0, 10, false},
      {"bytes=99999999999999999999-", 0, 10, false},
  };
  for (const Case& test : cases) {
    ASSERT_OK_AND_ASSIGN(const ReadRange range, ParseRange(test.header, 10));
    EXPECT_EQ(range.offset_bytes, test.offset) << test.header;
    EXPECT_EQ(range.length_bytes, test.length) << test.header;
    EXPECT_EQ(range.is_partial, test.partial) << test.header;
  }
  for (const std::string header : {"bytes=10-", "bytes=10-20", "bytes=-0"}) {
    EXPECT_THAT(ParseRange(header, 10), IsError(ErrorCode::kFailedPrecondition, "InvalidRange")) << header;
  }
  EXPECT_THAT(ParseRange("bytes=0-", 0), IsError(ErrorCode::kFailedPrecondition, "InvalidRange"));
}

TEST(ChecksumClaim, ReadsOneChecksum) {
  ASSERT_OK_AND_ASSIGN(const auto none, ParseChecksumClaim({{"x-amz-checksum-mode", "ENABLED"}}));
  EXPECT_EQ(none.algorithm, "");
  ASSERT_OK_AND_ASSIGN(const auto crc, ParseChecksumClaim({{"x-amz-checksum-crc32", "NhCmhg=="},
                                                           {"x-amz-sdk-checksum-algorithm", "CRC32"}}));
  EXPECT_EQ(crc.algorithm, "CRC32");
  ASSERT_OK_AND_ASSIGN(const auto trailer,
                       ParseChecksumClaim({{"x-amz-trailer", "x-amz-checksum-crc64nvme"}}));
  EXPECT_EQ(trailer.algorithm, "CRC64NVME");
  EXPECT_TRUE(trailer.in_trailer);
  const std::vector<http::Headers> bad = {
      {{"x-amz-checksum-crc32", "NhCmhg=="}, {"x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="}},
      {{"x-amz-checksum-crc32", "AAA="}},
      {{"x-amz-checksum-crc32", "***"}},
      {{"x-amz-checksum-xxhash3", "AAAAAAAAAAA="}},
      {{"x-amz-trailer", "x-amz-meta-a"}},
      {{"x-amz-trailer", "x-amz-checksum-md9"}},
      {{"x-amz-sdk-checksum-algorithm", "NONE"}},
      {{"x-amz-checksum-crc32", "NhCmhg=="}, {"x-amz-trailer", "x-amz-checksum-crc32"}},
  };
  for (const http::Headers& headers : bad) {
    EXPECT_THAT(ParseChecksumClaim(headers), IsError(ErrorCode::kInvalidArgument, "InvalidRequest"))
        << headers.all().front().value;
  }
}

}  // namespace
}  // namespace firn::s3
