#include <array>
#include <utility>

#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/service.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/arn.h"
#include "wire/aws/xml.h"

/// GET, HEAD, PUT, COPY and DELETE of objects.

namespace firn::s3 {
namespace {

using ledger::S3ObjectRow;

bool EtagMatches(std::string_view header, std::string_view etag) {
  for (const std::string_view candidate : Split(header, ',')) {
    const std::string bare = UnquoteEtag(candidate);
    if (bare == "*" || bare == etag) return true;
  }
  return false;
}

/// HTTP dates have whole seconds.
std::optional<bool> IsModifiedSince(std::optional<std::string_view> header, WallTime modified_at) {
  if (!header) return std::nullopt;
  const auto since = ParseHttpDate(*header);
  if (!since) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(modified_at) > *since;
}

enum class Precondition { kHolds, kFailed, kNotModified };

/// RFC 9110 13.2.2, as S3 applies it.
Precondition CheckReadConditions(const http::Headers& headers, const S3ObjectRow& object) {
  if (const auto match = headers.Find("if-match")) {
    if (!EtagMatches(*match, object.etag)) return Precondition::kFailed;
  } else if (IsModifiedSince(headers.Find("if-unmodified-since"), object.modified_at) == true) {
    return Precondition::kFailed;
  }
  if (const auto none_match = headers.Find("if-none-match")) {
    if (EtagMatches(*none_match, object.etag)) return Precondition::kNotModified;
  } else if (IsModifiedSince(headers.Find("if-modified-since"), object.modified_at) == false) {
    return Precondition::kNotModified;
  }
  return Precondition::kHolds;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kResponseOverrides = {{
    {"response-content-type", "Content-Type"},
    {"response-content-disposition", "Content-Disposition"},
    {"response-content-encoding", "Content-Encoding"},
    {"response-content-language", "Content-Language"},
    {"response-cache-control", "Cache-Control"},
    {"response-expires", "Expires"},
}};

/// A value that could break out of its header line is refused.
Status AddOverrides(const aws::Form& query, http::Headers& headers) {
  for (const auto& [parameter, header] : kResponseOverrides) {
    const auto value = query.Find(parameter);
    if (!value) continue;
    if (value->find_first_of("\r\n") != std::string_view::npos) {
      return InvalidArgument("InvalidArgument", "a response header override holds a line break");
    }
    headers.Set(header, *value);
  }
  return Ok();
}

bool IsEmpty(const std::optional<std::string_view>& text) { return !text || text->empty(); }

/// x-amz-copy-source-if-*.
bool CopyConditionsHold(const http::Headers& headers, const S3ObjectRow& source) {
  const auto match = headers.Find("x-amz-copy-source-if-match");
  const auto none_match = headers.Find("x-amz-copy-source-if-none-match");
  if (match && !EtagMatches(*match, source.etag)) return false;
  if (none_match && EtagMatches(*none_match, source.etag)) return false;
  const auto unmodified =
      IsModifiedSince(headers.Find("x-amz-copy-source-if-unmodified-since"), source.modified_at);
  if (!match && unmodified == true) return false;
  const auto modified =
      IsModifiedSince(headers.Find("x-amz-copy-source-if-modified-since"), source.modified_at);
  return none_match || modified != false;
}

/// The algorithm that a copy asks for; empty for none. Errors: kInvalidArgument/InvalidRequest.
Result<std::string> CopyAlgorithm(const http::Headers& headers) {
  const auto asked = headers.Find("x-amz-checksum-algorithm");
  if (IsEmpty(asked)) return std::string();
  if (!DigestOfAlgorithm(*asked)) {
    return InvalidArgument("InvalidRequest", "Checksum algorithm provided is unsupported. Please "
                                             "try again with any of the valid types: [CRC32, "
                                             "CRC32C, CRC64NVME, SHA1, SHA256]");
  }
  return ToUpperAscii(*asked);
}

/// The part of the object that partNumber names. An object put in one piece is its own first part.
Result<ReadRange> PartRange(std::string_view text, const S3ObjectRow& object,
                            const std::vector<ledger::S3ObjectPartRow>& parts) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t number, ParsePartNumber(text));
  ReadRange range{.offset_bytes = 0, .length_bytes = object.size_bytes, .is_partial = true};
  if (parts.empty() && number == 1) return range;
  // Parts are counted as they lie, whatever numbers they were put by.
  if (static_cast<std::size_t>(number) > parts.size()) {
    return FailedPrecondition("InvalidPartNumber",
                              "The requested partnumber is not satisfiable");
  }
  const auto index = static_cast<std::size_t>(number - 1);
  for (std::size_t i = 0; i < index; ++i) range.offset_bytes += parts[i].size_bytes;
  range.length_bytes = parts[index].size_bytes;
  return range;
}

void AddObjectHeaders(const S3ObjectRow& object, http::Headers& headers) {
  headers.Set("ETag", QuotedEtag(object.etag));
  headers.Set("Last-Modified", FormatHttpDate(object.modified_at));
  headers.Set("Accept-Ranges", "bytes");
}

}  // namespace

Result<http::Response> Service::GetObject(const Request& request, const http::RequestHead& head) {
  if (request.query.Has("versionId") && request.query.Get("versionId") != "null") {
    return InvalidArgument("InvalidArgument", "Invalid version id specified");
  }
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow object, vault_.Find(request.bucket, request.key));
  http::Response response;
  AddObjectHeaders(object, response.headers);
  switch (CheckReadConditions(head.headers, object)) {
    case Precondition::kFailed:
      return FailedPrecondition("PreconditionFailed",
                                "At least one of the pre-conditions you specified did not hold");
    case Precondition::kNotModified: response.status = 304; return response;
    case Precondition::kHolds: break;
  }
  FIRN_ASSIGN_OR_RETURN(const ReadRange range, RangeOf(request, head, object));
  response.headers.Set("Content-Type", object.content_type);
  AddStoredHeaders(object.headers, response.headers);
  FIRN_TRY(AddOverrides(request.query, response.headers));
  if (object.part_count > 0) {
    response.headers.Set("x-amz-mp-parts-count", std::to_string(object.part_count));
  }
  const auto mode = head.headers.Find("x-amz-checksum-mode");
  if (mode && EqualsIgnoreCaseAscii(*mode, "enabled") && !range.is_partial) {
    AddChecksumHeaders(object.checksum, response.headers);
  }
  if (!object.tags.empty()) {
    response.headers.Set("x-amz-tagging-count", std::to_string(CountTags(object.tags)));
  }
  response.headers.Set("x-amz-server-side-encryption", "AES256");
  if (range.is_partial && range.length_bytes > 0) {
    response.status = 206;
    response.headers.Set("Content-Range",
                         "bytes " + std::to_string(range.offset_bytes) + "-" +
                             std::to_string(range.offset_bytes + range.length_bytes - 1) + "/" +
                             std::to_string(object.size_bytes));
  }
  if (request.operation == Operation::kHeadObject) {
    response.headers.Set("Content-Length", std::to_string(range.length_bytes));
    return response;
  }
  FIRN_ASSIGN_OR_RETURN(auto reader, vault_.Read(object, range.offset_bytes, range.length_bytes));
  response.body = std::shared_ptr<http::BodySource>(std::move(reader));
  return response;
}

Result<ReadRange> Service::RangeOf(const Request& request, const http::RequestHead& head,
                                   const S3ObjectRow& object) {
  const auto part_number = request.query.Find("partNumber");
  const auto range = head.headers.Find("range");
  if (!part_number) return ParseRange(range, object.size_bytes);
  if (range) {
    return InvalidArgument("InvalidRequest",
                           "Cannot specify both Range header and partNumber query parameter");
  }
  FIRN_ASSIGN_OR_RETURN(const auto parts, vault_.ListObjectParts(object));
  return PartRange(*part_number, object, parts);
}

Result<http::Response> Service::PutObject(const Context& context, const Request& request,
                                          const http::RequestHead& head, IncomingBody& body) {
  if (!body.claims.length_bytes) {
    return InvalidArgument("MissingContentLength",
                           "You must provide the Content-Length HTTP header.");
  }
  PutTarget target{.bucket = request.bucket,
                   .key = request.key,
                   .content_type = ContentTypeOf(head.headers)};
  FIRN_TRY(CheckWriteHeaders(head.headers));
  FIRN_ASSIGN_OR_RETURN(target.headers, StoredHeaders(head.headers));
  FIRN_ASSIGN_OR_RETURN(target.tags,
                        ParseTaggingHeader(head.headers.Find("x-amz-tagging").value_or("")));
  FIRN_ASSIGN_OR_RETURN(target.condition, ParsePutCondition(head.headers));
  FIRN_ASSIGN_OR_RETURN(const StoredBody stored,
                        vault_.Receive(context, *body.reader, body.claims));
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow object, vault_.Put(stored, target));
  http::Response response;
  response.headers.Set("ETag", QuotedEtag(object.etag));
  AddChecksumHeaders(object.checksum, response.headers);
  return response;
}

Result<http::Response> Service::CopyObject(const Context& context, const Request& request,
                                           const http::RequestHead& head) {
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow source,
                        vault_.Find(request.copy_bucket, request.copy_key));
  FIRN_TRY(CheckWriteHeaders(head.headers));
  if (!CopyConditionsHold(head.headers, source)) {
    return FailedPrecondition("PreconditionFailed",
                              "At least one of the pre-conditions you specified did not hold");
  }
  PutTarget target{.bucket = request.bucket,
                   .key = request.key,
                   .content_type = source.content_type,
                   .headers = source.headers,
                   .tags = source.tags};
  const auto tagging = head.headers.Find("x-amz-tagging-directive");
  if (tagging && EqualsIgnoreCaseAscii(*tagging, "REPLACE")) {
    FIRN_ASSIGN_OR_RETURN(target.tags,
                          ParseTaggingHeader(head.headers.Find("x-amz-tagging").value_or("")));
  }
  const auto directive = head.headers.Find("x-amz-metadata-directive");
  const bool replaces = directive && EqualsIgnoreCaseAscii(*directive, "REPLACE");
  if (replaces) {
    target.content_type = ContentTypeOf(head.headers);
    FIRN_ASSIGN_OR_RETURN(target.headers, StoredHeaders(head.headers));
  } else if (request.bucket == request.copy_bucket && request.key == request.copy_key) {
    return InvalidArgument("InvalidRequest",
                           "This copy request is illegal because it is trying to copy an object "
                           "to itself without changing the object's metadata, storage class, "
                           "website redirect location or encryption attributes.");
  }
  FIRN_ASSIGN_OR_RETURN(target.condition, ParsePutCondition(head.headers));
  FIRN_ASSIGN_OR_RETURN(const std::string algorithm, CopyAlgorithm(head.headers));
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow object, vault_.Copy(context, source, target, algorithm));
  aws::XmlWriter xml;
  xml.Declaration().Open("CopyObjectResult", "xmlns", kS3Namespace);
  xml.Text("LastModified", FormatIso8601(object.modified_at, true));
  xml.Text("ETag", QuotedEtag(object.etag));
  xml.Text(ChecksumElementName(object.checksum.algorithm), object.checksum.value);
  xml.Text("ChecksumType", "FULL_OBJECT");
  return XmlResponse(xml.Close("CopyObjectResult").Take());
}

Result<http::Response> Service::UploadPartCopy(const Context& context, const Request& request,
                                               const http::RequestHead& head) {
  const std::string upload_id = request.query.Get("uploadId");
  FIRN_ASSIGN_OR_RETURN(const std::int64_t part_number,
                        ParsePartNumber(request.query.Get("partNumber")));
  FIRN_ASSIGN_OR_RETURN(const ledger::S3UploadRow upload,
                        vault_.FindUpload(upload_id, request.bucket, request.key));
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow source,
                        vault_.Find(request.copy_bucket, request.copy_key));
  if (!CopyConditionsHold(head.headers, source)) {
    return FailedPrecondition("PreconditionFailed",
                              "At least one of the pre-conditions you specified did not hold");
  }
  FIRN_ASSIGN_OR_RETURN(
      const ReadRange range,
      ParseCopyRange(head.headers.Find("x-amz-copy-source-range"), source.size_bytes));
  const std::string algorithm =
      upload.checksum.algorithm.empty() ? "CRC64NVME" : upload.checksum.algorithm;
  FIRN_ASSIGN_OR_RETURN(const StoredBody stored,
                        vault_.CopyRange(context, source, range.offset_bytes, range.length_bytes,
                                         algorithm));
  FIRN_ASSIGN_OR_RETURN(const ledger::S3PartRow part,
                        vault_.PutPart(stored, upload_id, part_number));
  aws::XmlWriter xml;
  xml.Declaration().Open("CopyPartResult", "xmlns", kS3Namespace);
  xml.Text("LastModified", FormatIso8601(part.modified_at, true));
  xml.Text("ETag", QuotedEtag(part.etag));
  xml.Text(ChecksumElementName(part.checksum.algorithm), part.checksum.value);
  return XmlResponse(xml.Close("CopyPartResult").Take());
}

Result<http::Response> Service::DeleteObjects(const policy::Permit& permit, const Request& request,
                                              std::string_view document) {
  FIRN_ASSIGN_OR_RETURN(const DeleteList list, ParseDeleteList(document));
  aws::XmlWriter xml;
  xml.Declaration().Open("DeleteResult", "xmlns", kS3Namespace);
  for (const std::string& key : list.keys) {
    if (!permit.Covers("s3:DeleteObject", aws::S3Arn(request.bucket, key))) {
      xml.Open("Error").Text("Key", key).Text("Code", "AccessDenied");
      xml.Text("Message", "Access Denied").Close("Error");
      continue;
    }
    if (const auto deleted = vault_.Delete(request.bucket, key); !deleted) {
      xml.Open("Error").Text("Key", key).Text("Code", "InternalError");
      xml.Text("Message", "We encountered an internal error. Please try again.").Close("Error");
    } else if (!list.quiet) {
      xml.Open("Deleted").Text("Key", key).Close("Deleted");
    }
  }
  return XmlResponse(xml.Close("DeleteResult").Take());
}

}  // namespace firn::s3
