#pragma once

#include <string>
#include <string_view>

#include "cloud/ledger/s3_rows.h"
#include "cloud/s3/vault.h"
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

/// A stretch of an object; `is_partial` when the answer is 206.
struct ReadRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  bool is_partial = false;
};
/// Errors: kFailedPrecondition/InvalidRange. What is not a single well-formed byte range reads the whole object.
Result<ReadRange> ParseRange(std::optional<std::string_view> header, std::uint64_t size_bytes);

}  // namespace firn::s3
