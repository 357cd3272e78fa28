#include <charconv>

#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/service.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/xml.h"

/// Multipart uploads.

namespace firn::s3 {
namespace {

using ledger::S3Checksum;
using ledger::S3ObjectRow;
using ledger::S3PartRow;
using ledger::S3UploadRow;

/// CRC64NVME is always of the full object; the SHAs never are. Without an algorithm the parts may have any.
Result<S3Checksum> ParseUploadChecksum(const http::Headers& headers) {
  S3Checksum checksum;
  const auto asked = headers.Find("x-amz-checksum-algorithm");
  if (!asked) return checksum;
  checksum.algorithm = ToUpperAscii(*asked);
  if (!DigestOfAlgorithm(checksum.algorithm)) {
    return InvalidArgument("InvalidRequest",
                           "Checksum algorithm provided is unsupported. Please try again with any "
                           "of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  }
  const std::string type = ToUpperAscii(headers.Find("x-amz-checksum-type").value_or(""));
  const bool is_crc64 = checksum.algorithm == "CRC64NVME";
  const bool is_sha = checksum.algorithm.starts_with("SHA");
  if ((type == "COMPOSITE" && is_crc64) || (type == "FULL_OBJECT" && is_sha)) {
    return InvalidArgument("InvalidRequest", "The " + type + " checksum type cannot be used with "
                                                 "the " + checksum.algorithm +
                                                 " checksum algorithm.");
  }
  checksum.composite = type.empty() ? !is_crc64 : type == "COMPOSITE";
  return checksum;
}

Result<Completion> ParseCompletion(const Request& request, std::string_view document) {
  pugi::xml_document parsed;
  FIRN_TRY(aws::ParseXml(document, parsed));
  Completion completion{.upload_id = request.query.Get("uploadId"),
                        .bucket = request.bucket,
                        .key = request.key};
  for (const pugi::xml_node& node : parsed.document_element().children()) {
    if (aws::LocalName(node) != "Part") continue;
    CompletedPart part;
    FIRN_ASSIGN_OR_RETURN(
        part.part_number,
        ParsePartNumber(aws::FindChildText(node, "PartNumber").value_or("")));
    part.etag = UnquoteEtag(aws::FindChildText(node, "ETag").value_or(""));
    for (const std::string& algorithm : ChecksumAlgorithms()) {
      const auto value = aws::FindChildText(node, ChecksumElementName(algorithm));
      if (value) part.checksum = *value;
    }
    completion.parts.push_back(std::move(part));
    if (completion.parts.size() > static_cast<std::size_t>(kPartNumberMax)) {
      return InvalidArgument("MalformedXML", "The list has more than 10000 parts");
    }
  }
  return completion;
}

}  // namespace

Result<http::Response> Service::CreateUpload(const Request& request,
                                             const http::RequestHead& head) {
  S3UploadRow upload{.bucket = request.bucket,
                     .key = request.key,
                     .content_type = ContentTypeOf(head.headers)};
  FIRN_TRY(CheckWriteHeaders(head.headers));
  FIRN_ASSIGN_OR_RETURN(upload.checksum, ParseUploadChecksum(head.headers));
  FIRN_ASSIGN_OR_RETURN(upload.tags,
                        ParseTaggingHeader(head.headers.Find("x-amz-tagging").value_or("")));
  FIRN_ASSIGN_OR_RETURN(upload.headers, StoredHeaders(head.headers));
  FIRN_ASSIGN_OR_RETURN(upload, vault_.CreateUpload(std::move(upload)));
  aws::XmlWriter xml;
  xml.Declaration().Open("InitiateMultipartUploadResult", "xmlns", kS3Namespace);
  xml.Text("Bucket", upload.bucket).Text("Key", upload.key).Text("UploadId", upload.upload_id);
  http::Response response = XmlResponse(xml.Close("InitiateMultipartUploadResult").Take());
  if (!upload.checksum.algorithm.empty()) {
    response.headers.Set("x-amz-checksum-algorithm", upload.checksum.algorithm);
    response.headers.Set("x-amz-checksum-type",
                         upload.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  return response;
}

Result<http::Response> Service::UploadPart(const Context& context, const Request& request,
                                           IncomingBody& body) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t part_number,
                        ParsePartNumber(request.query.Get("partNumber")));
  const std::string upload_id = request.query.Get("uploadId");
  FIRN_ASSIGN_OR_RETURN(const S3UploadRow upload,
                        vault_.FindUpload(upload_id, request.bucket, request.key));
  if (!body.claims.length_bytes) {
    return InvalidArgument("MissingContentLength",
                           "You must provide the Content-Length HTTP header.");
  }
  if (body.claims.checksum.algorithm.empty()) {
    body.claims.checksum.algorithm = upload.checksum.algorithm;
  } else if (!upload.checksum.algorithm.empty() &&
             body.claims.checksum.algorithm != upload.checksum.algorithm) {
    return InvalidArgument("InvalidRequest", "Checksum Type mismatch occurred, expected checksum "
                                             "Type: " + upload.checksum.algorithm +
                                                 ", actual checksum Type: " +
                                                 body.claims.checksum.algorithm);
  }
  FIRN_ASSIGN_OR_RETURN(const StoredBody stored,
                        vault_.Receive(context, *body.reader, body.claims));
  FIRN_ASSIGN_OR_RETURN(const S3PartRow part, vault_.PutPart(stored, upload_id, part_number));
  http::Response response;
  response.headers.Set("ETag", QuotedEtag(part.etag));
  response.headers.Set(ChecksumHeaderName(part.checksum.algorithm), part.checksum.value);
  return response;
}

Result<http::Response> Service::ListParts(const Request& request) {
  const std::string upload_id = request.query.Get("uploadId");
  FIRN_TRY(vault_.FindUpload(upload_id, request.bucket, request.key));
  FIRN_ASSIGN_OR_RETURN(const auto parts, vault_.ListParts(upload_id));
  const std::int64_t after =
      std::strtoll(request.query.Get("part-number-marker", "0").c_str(), nullptr, 10);
  aws::XmlWriter xml;
  xml.Declaration().Open("ListPartsResult", "xmlns", kS3Namespace);
  xml.Text("Bucket", request.bucket).Text("Key", request.key).Text("UploadId", upload_id);
  xml.Text("StorageClass", "STANDARD").Text("PartNumberMarker", std::to_string(after));
  FIRN_ASSIGN_OR_RETURN(const std::size_t count_max, ParseCountMax(request.query.Find("max-parts")));
  xml.Text("MaxParts", std::to_string(count_max));
  std::size_t shown = 0;
  std::int64_t last = after;
  bool is_truncated = false;
  for (const S3PartRow& part : parts) {
    if (part.part_number <= after) continue;
    if (shown++ == count_max) {
      is_truncated = true;
      break;
    }
    last = part.part_number;
    xml.Open("Part").Text("PartNumber", std::to_string(part.part_number));
    xml.Text("LastModified", FormatIso8601(part.modified_at, true));
    xml.Text("ETag", QuotedEtag(part.etag)).Text("Size", std::to_string(part.size_bytes));
    xml.Text(ChecksumElementName(part.checksum.algorithm), part.checksum.value).Close("Part");
  }
  if (is_truncated) xml.Text("NextPartNumberMarker", std::to_string(last));
  xml.Text("IsTruncated", is_truncated ? "true" : "false");
  return XmlResponse(xml.Close("ListPartsResult").Take());
}

Result<http::Response> Service::CompleteUpload(const Request& request,
                                               const http::RequestHead& head,
                                               std::string_view document) {
  FIRN_ASSIGN_OR_RETURN(Completion completion, ParseCompletion(request, document));
  FIRN_ASSIGN_OR_RETURN(completion.condition, ParsePutCondition(head.headers));
  FIRN_ASSIGN_OR_RETURN(
      const S3UploadRow upload,
      vault_.FindUpload(completion.upload_id, completion.bucket, completion.key));
  // The header may instead be of the XML body (botocore's default); only a value of the object's form is the object's.
  const auto claimed = head.headers.Find(ChecksumHeaderName(upload.checksum.algorithm));
  if (claimed && head.headers.Has("x-amz-checksum-type")) {
    completion.checksum_value = std::string(*claimed);
  }
  if (const auto size = head.headers.Find("x-amz-mp-object-size")) {
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), bytes);
    if (error != std::errc() || end != size->data() + size->size()) {
      return InvalidArgument("InvalidRequest", "Value for x-amz-mp-object-size header is invalid.");
    }
    completion.size_bytes = bytes;
  }
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow object, vault_.CompleteUpload(completion));
  aws::XmlWriter xml;
  xml.Declaration().Open("CompleteMultipartUploadResult", "xmlns", kS3Namespace);
  const std::string host(head.headers.Find("host").value_or("localhost"));
  xml.Text("Location", (head.tls ? "https://" : "http://") + host + "/" +
                           PercentEncode(object.bucket) + "/" + PercentEncode(object.key, true));
  xml.Text("Bucket", object.bucket).Text("Key", object.key).Text("ETag", QuotedEtag(object.etag));
  if (!object.checksum.value.empty()) {
    xml.Text(ChecksumElementName(object.checksum.algorithm), object.checksum.value);
    xml.Text("ChecksumType", object.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  return XmlResponse(xml.Close("CompleteMultipartUploadResult").Take());
}

}  // namespace firn::s3
