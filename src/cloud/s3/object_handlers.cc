#include <array>
#include <utility>

#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/service.h"
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

void AddObjectHeaders(const S3ObjectRow& object, http::Headers& headers) {
  headers.Set("ETag", QuotedEtag(object.etag));
  headers.Set("Last-Modified", FormatHttpDate(object.modified_at));
  headers.Set("Accept-Ranges", "bytes");
}

}  // namespace

Result<http::Response> Service::GetObject(const Request& request, const http::RequestHead& head) {
  if (request.query.Has("partNumber")) {
    return Unsupported("NotImplemented", "reading one part of an object by partNumber is not "
                                         "implemented; use a Range");
  }
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
  FIRN_ASSIGN_OR_RETURN(const ReadRange range,
                        ParseRange(head.headers.Find("range"), object.size_bytes));
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
  if (range.is_partial) {
    response.status = 206;
    response.headers.Set("Content-Range",
                         "bytes " + std::to_string(range.offset_bytes) + "-" +
                             std::to_string(range.offset_bytes + range.length_bytes - 1) + "/" +
                             std::to_string(object.size_bytes));
  }
  if (request.operation == Operation::kHeadObject || object.size_bytes > kVerifiedReadBytesMax) {
    FIRN_TRY(vault_.CheckFile(object));
    response.body = http::FileSlice{.path = vault_.PathOf(object),
                                    .offset_bytes = range.offset_bytes,
                                    .length_bytes = range.length_bytes};
    return response;
  }
  FIRN_ASSIGN_OR_RETURN(const std::string bytes, vault_.ReadAll(object, kVerifiedReadBytesMax));
  response.body = bytes.substr(range.offset_bytes, range.length_bytes);
  return response;
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
  FIRN_ASSIGN_OR_RETURN(target.headers, StoredHeaders(head.headers));
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
  const auto match = head.headers.Find("x-amz-copy-source-if-match");
  const auto none_match = head.headers.Find("x-amz-copy-source-if-none-match");
  if ((match && !EtagMatches(*match, source.etag)) ||
      (none_match && EtagMatches(*none_match, source.etag))) {
    return FailedPrecondition("PreconditionFailed",
                              "At least one of the pre-conditions you specified did not hold");
  }
  PutTarget target{.bucket = request.bucket,
                   .key = request.key,
                   .content_type = source.content_type,
                   .headers = source.headers};
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
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow object, vault_.Copy(context, source, target));
  aws::XmlWriter xml;
  xml.Declaration().Open("CopyObjectResult", "xmlns", kS3Namespace);
  xml.Text("LastModified", FormatIso8601(object.modified_at, true));
  xml.Text("ETag", QuotedEtag(object.etag));
  xml.Text(ChecksumElementName(object.checksum.algorithm), object.checksum.value);
  return XmlResponse(xml.Close("CopyObjectResult").Take());
}

Result<http::Response> Service::DeleteObjects(const Request& request, std::string_view document) {
  pugi::xml_document parsed;
  FIRN_TRY(aws::ParseXml(document, parsed));
  const pugi::xml_node root = parsed.document_element();
  const bool quiet = EqualsIgnoreCaseAscii(aws::FindChildText(root, "Quiet").value_or(""), "true");
  aws::XmlWriter xml;
  xml.Declaration().Open("DeleteResult", "xmlns", kS3Namespace);
  std::size_t count = 0;
  for (const pugi::xml_node& node : root.children()) {
    if (aws::LocalName(node) != "Object") continue;
    const auto key = aws::FindChildText(node, "Key");
    if (!key || key->empty() || ++count > kListKeysMax) {
      return InvalidArgument("MalformedXML",
                             "The XML you provided was not well-formed or did not validate "
                             "against our published schema");
    }
    if (const auto deleted = vault_.Delete(request.bucket, *key); !deleted) {
      xml.Open("Error").Text("Key", *key).Text("Code", "InternalError");
      xml.Text("Message", deleted.error().message()).Close("Error");
    } else if (!quiet) {
      xml.Open("Deleted").Text("Key", *key).Close("Deleted");
    }
  }
  return XmlResponse(xml.Close("DeleteResult").Take());
}

}  // namespace firn::s3
