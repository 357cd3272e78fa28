#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/service.h"
#include "wire/aws/xml.h"

/// GetObjectAttributes.

namespace firn::s3 {
namespace {

using ledger::S3ObjectPartRow;
using ledger::S3ObjectRow;

bool Asks(const http::Headers& headers, std::string_view attribute) {
  for (const std::string_view field : headers.FindAll("x-amz-object-attributes")) {
    for (std::string_view asked : Split(field, ',')) {
      while (asked.starts_with(' ')) asked.remove_prefix(1);
      while (asked.ends_with(' ')) asked.remove_suffix(1);
      if (asked == attribute) return true;
    }
  }
  return false;
}

std::int64_t NumberOf(const http::Headers& headers, std::string_view name, std::int64_t otherwise) {
  const auto text = headers.Find(name);
  std::int64_t number = otherwise;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number < 0 ? otherwise : number;
}

void WriteChecksum(const ledger::S3Checksum& checksum, aws::XmlWriter& xml) {
  if (checksum.value.empty()) return;
  xml.Open("Checksum").Text(ChecksumElementName(checksum.algorithm), checksum.value);
  xml.Text("ChecksumType", checksum.composite ? "COMPOSITE" : "FULL_OBJECT").Close("Checksum");
}

void WriteParts(const std::vector<S3ObjectPartRow>& parts, const http::Headers& headers,
                aws::XmlWriter& xml) {
  const std::int64_t after = NumberOf(headers, "x-amz-part-number-marker", 0);
  const auto count_max = std::min<std::int64_t>(
      NumberOf(headers, "x-amz-max-parts", kListKeysMax), static_cast<std::int64_t>(kListKeysMax));
  aws::XmlWriter shown;
  std::int64_t count = 0;
  std::int64_t last = after;
  bool is_truncated = false;
  for (const S3ObjectPartRow& part : parts) {
    if (part.part_number <= after) continue;
    if (count == count_max) {
      is_truncated = true;
      break;
    }
    ++count;
    last = part.part_number;
    shown.Open("Part").Text("PartNumber", std::to_string(part.part_number));
    shown.Text("Size", std::to_string(part.size_bytes));
    shown.Text(ChecksumElementName(part.checksum.algorithm), part.checksum.value).Close("Part");
  }
  xml.Open("ObjectParts").Text("PartsCount", std::to_string(parts.size()));
  xml.Text("PartNumberMarker", std::to_string(after)).Text("MaxParts", std::to_string(count_max));
  if (is_truncated) xml.Text("NextPartNumberMarker", std::to_string(last));
  xml.Text("IsTruncated", is_truncated ? "true" : "false").Raw(shown.Take()).Close("ObjectParts");
}

}  // namespace

Result<http::Response> Service::GetObjectAttributes(const Request& request,
                                                    const http::RequestHead& head) {
  if (!head.headers.Has("x-amz-object-attributes")) {
    return InvalidArgument("InvalidArgument", "The x-amz-object-attributes header is missing");
  }
  FIRN_ASSIGN_OR_RETURN(const S3ObjectRow object, vault_.Find(request.bucket, request.key));
  FIRN_ASSIGN_OR_RETURN(auto parts, vault_.ListObjectParts(object));
  if (parts.empty() && object.part_count == 1) {
    parts.push_back({.part_number = 1,
                     .file = object.file,
                     .size_bytes = object.size_bytes,
                     .checksum = object.checksum});
  }
  aws::XmlWriter xml;
  xml.Declaration().Open("GetObjectAttributesResponse", "xmlns", kS3Namespace);
  if (Asks(head.headers, "ETag")) xml.Text("ETag", object.etag);
  if (Asks(head.headers, "Checksum")) WriteChecksum(object.checksum, xml);
  if (Asks(head.headers, "ObjectParts") && !parts.empty()) WriteParts(parts, head.headers, xml);
  if (Asks(head.headers, "StorageClass")) xml.Text("StorageClass", "STANDARD");
  if (Asks(head.headers, "ObjectSize")) xml.Text("ObjectSize", std::to_string(object.size_bytes));
  http::Response response = XmlResponse(xml.Close("GetObjectAttributesResponse").Take());
  response.headers.Set("Last-Modified", FormatHttpDate(object.modified_at));
  return response;
}

}  // namespace firn::s3
