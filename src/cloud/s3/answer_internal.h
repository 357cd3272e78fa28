#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/ledger/s3_rows.h"
#include "cloud/s3/service.h"
#include "wire/http/message.h"

/// What the handlers of this room share: headers in and out.

namespace firn::s3 {

inline constexpr std::string_view kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

http::Response XmlResponse(std::string xml, int status = 200);
/// `"etag"`.
std::string QuotedEtag(std::string_view etag);
/// Without quotes and spaces around.
std::string UnquoteEtag(std::string_view etag);
void AddChecksumHeaders(const ledger::S3Checksum& checksum, http::Headers& headers);

/// User metadata, Cache-Control and the like as a JSON object.
/// Errors: kInvalidArgument/MetadataTooLarge.
Result<std::string> StoredHeaders(const http::Headers& headers);
void AddStoredHeaders(const std::string& stored, http::Headers& headers);

/// If-None-Match: * and If-Match. Errors: kUnsupported/NotImplemented for If-None-Match of an ETag on a write.
Result<PutCondition> ParsePutCondition(const http::Headers& headers);
std::string ContentTypeOf(const http::Headers& headers);

/// The body of DeleteObjects. Errors: kInvalidArgument/MalformedXML.
struct DeleteList {
  std::vector<std::string> keys;  ///< At least one.
  bool quiet = false;
};
Result<DeleteList> ParseDeleteList(std::string_view document);

/// x-amz-acl values that ask for what is so anyway.
bool IsHarmlessAcl(std::string_view canned);
/// Headers of writes that Firn would have to ignore. Errors: kInvalidArgument/AccessControlListNotSupported;
/// kUnsupported/NotImplemented.
Status CheckWriteHeaders(const http::Headers& headers);

/// `bytes=first-last` of UploadPartCopy: within the source, both ends given.
/// Errors: kInvalidArgument/InvalidArgument; kInvalidArgument/InvalidRequest.
Result<ReadRange> ParseCopyRange(std::optional<std::string_view> header, std::uint64_t size_bytes);
/// A page's size: at most, and without a value, 1,000. Errors: kInvalidArgument/InvalidArgument.
Result<std::size_t> ParseCountMax(std::optional<std::string_view> text);
/// 1 to 10,000. Errors: kInvalidArgument/InvalidArgument.
Result<std::int64_t> ParsePartNumber(std::string_view text);
/// Errors: kFailedPrecondition/InvalidRange. What is not a single well-formed byte range reads the whole object.
Result<ReadRange> ParseRange(std::optional<std::string_view> header, std::uint64_t size_bytes);

}  // namespace firn::s3
