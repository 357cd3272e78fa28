#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/json.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "wire/aws/xml.h"

namespace firn::s3 {
namespace {

constexpr std::array<std::string_view, 5> kStoredHeaderNames = {
    "cache-control", "content-disposition", "content-encoding", "content-language", "expires"};
constexpr std::string_view kMetadataPrefix = "x-amz-meta-";

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// `aws-chunked` is of the transfer, not of the object.
std::string WithoutAwsChunked(std::string_view encoding) {
  std::string kept;
  for (std::string_view part : Split(encoding, ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (part.empty() || EqualsIgnoreCaseAscii(part, "aws-chunked")) continue;
    kept += (kept.empty() ? "" : ",") + std::string(part);
  }
  return kept;
}

}  // namespace

http::Response XmlResponse(std::string xml, int status) {
  return http::Response{.status = status,
                        .headers = {{"Content-Type", "application/xml"}},
                        .body = std::move(xml)};
}

std::string QuotedEtag(std::string_view etag) { return "\"" + std::string(etag) + "\""; }

std::string UnquoteEtag(std::string_view etag) {
  const auto is_edge = [](char c) { return c == '"' || c == ' ' || c == '\n' || c == '\r'; };
  while (!etag.empty() && is_edge(etag.front())) etag.remove_prefix(1);
  while (!etag.empty() && is_edge(etag.back())) etag.remove_suffix(1);
  return std::string(etag);
}

void AddChecksumHeaders(const ledger::S3Checksum& checksum, http::Headers& headers) {
  if (checksum.algorithm.empty() || checksum.value.empty()) return;
  headers.Set(ChecksumHeaderName(checksum.algorithm), checksum.value);
  headers.Set("x-amz-checksum-type", checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
}

Result<std::string> StoredHeaders(const http::Headers& headers) {
  json::object stored;
  std::size_t metadata_bytes = 0;
  for (const http::Header& header : headers.all()) {
    const std::string name = ToLowerAscii(header.name);
    if (name.starts_with(kMetadataPrefix)) {
      metadata_bytes += name.size() - kMetadataPrefix.size() + header.value.size();
      stored[name] = header.value;
    } else if (std::find(kStoredHeaderNames.begin(), kStoredHeaderNames.end(), name) !=
               kStoredHeaderNames.end()) {
      std::string value =
          name == "content-encoding" ? WithoutAwsChunked(header.value) : header.value;
      if (!value.empty()) stored[name] = std::move(value);
    }
  }
  if (metadata_bytes > kUserMetadataBytesMax) {
    return InvalidArgument("MetadataTooLarge",
                           "Your metadata headers exceed the maximum allowed metadata size");
  }
  return PrintJson(stored);
}

void AddStoredHeaders(const std::string& stored, http::Headers& headers) {
  const auto parsed = ParseJson(stored);
  FIRN_CHECK(parsed.has_value() && parsed->is_object());
  for (const auto& [name, value] : parsed->get_object()) {
    if (value.is_string()) headers.Set(std::string(name), std::string(value.get_string()));
  }
}

Result<DeleteList> ParseDeleteList(std::string_view document) {
  pugi::xml_document parsed;
  FIRN_TRY(aws::ParseXml(document, parsed));
  const pugi::xml_node root = parsed.document_element();
  DeleteList list;
  list.quiet = EqualsIgnoreCaseAscii(aws::FindChildText(root, "Quiet").value_or(""), "true");
  for (const pugi::xml_node& node : root.children()) {
    if (aws::LocalName(node) != "Object") continue;
    auto key = aws::FindChildText(node, "Key");
    if (!key || key->empty() || key->size() > kKeyBytesMax || list.keys.size() == kListKeysMax) {
      list.keys.clear();
      break;
    }
    list.keys.push_back(*std::move(key));
  }
  if (list.keys.empty()) {
    return InvalidArgument("MalformedXML",
                           "The XML you provided was not well-formed or did not validate "
                           "against our published schema");
  }
  return list;
}

bool IsHarmlessAcl(std::string_view canned) {
  return canned == "private" || canned == "bucket-owner-full-control";
}

Status CheckWriteHeaders(const http::Headers& headers) {
  if (const auto acl = headers.Find("x-amz-acl"); acl && !IsHarmlessAcl(*acl)) {
    return InvalidArgument("AccessControlListNotSupported", "The bucket does not allow ACLs");
  }
  constexpr std::array kRefused = {
      "x-amz-server-side-encryption-customer-algorithm", "x-amz-write-offset-bytes",
      "x-amz-object-lock-mode", "x-amz-object-lock-legal-hold",
      "x-amz-website-redirect-location"};
  for (const std::string_view name : kRefused) {
    if (!headers.Has(name)) continue;
    return Unsupported("NotImplemented",
                       "A header you provided implies functionality that is not implemented: " +
                           std::string(name));
  }
  return Ok();
}

Result<PutCondition> ParsePutCondition(const http::Headers& headers) {
  PutCondition condition;
  if (const auto none_match = headers.Find("if-none-match")) {
    if (*none_match != "*") {
      return Unsupported("NotImplemented",
                         "A header you provided implies functionality that is not implemented: "
                         "If-None-Match on a write takes * only");
    }
    condition.if_absent = true;
  }
  if (const auto match = headers.Find("if-match")) condition.if_match_etag = UnquoteEtag(*match);
  return condition;
}

std::string ContentTypeOf(const http::Headers& headers) {
  const auto type = headers.Find("content-type");
  return type && !type->empty() ? std::string(*type) : "binary/octet-stream";
}

Result<std::int64_t> ParsePartNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 ||
      number > kPartNumberMax) {
    return InvalidArgument("InvalidArgument",
                           "Part number must be an integer between 1 and 10000, inclusive");
  }
  return number;
}

Result<std::size_t> ParseCountMax(std::optional<std::string_view> text) {
  if (!text || text->empty()) return kListKeysMax;
  const auto count = ParseNumber(*text);
  if (!count || *count > INT32_MAX) {
    return InvalidArgument("InvalidArgument",
                           "Provided maximum is not an integer or not within integer range");
  }
  return std::min<std::size_t>(*count, kListKeysMax);
}

Result<ReadRange> ParseCopyRange(std::optional<std::string_view> header, std::uint64_t size_bytes) {
  if (!header) return ReadRange{.offset_bytes = 0, .length_bytes = size_bytes, .is_partial = false};
  const std::size_t dash = header->find('-');
  const bool well_formed = header->starts_with("bytes=") && dash != std::string_view::npos;
  const auto first = well_formed ? ParseNumber(header->substr(6, dash - 6)) : std::nullopt;
  const auto last = well_formed ? ParseNumber(header->substr(dash + 1)) : std::nullopt;
  if (!first || !last || *last < *first) {
    return InvalidArgument("InvalidArgument", "The x-amz-copy-source-range value must be of the "
                                              "form bytes=first-last where first and last are the "
                                              "zero-based offsets of the first and last bytes to "
                                              "copy");
  }
  if (*last >= size_bytes) {
    return InvalidArgument("InvalidArgument", "Range specified is not valid for source object of "
                                              "size: " + std::to_string(size_bytes));
  }
  return ReadRange{
      .offset_bytes = *first, .length_bytes = *last - *first + 1, .is_partial = true};
}

Result<ReadRange> ParseRange(std::optional<std::string_view> header, std::uint64_t size_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  const ReadRange whole{.offset_bytes = 0, .length_bytes = size_bytes, .is_partial = false};
  if (!header || !header->starts_with(kUnit)) return whole;
  const std::string_view spec = header->substr(kUnit.size());
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return whole;
  const auto first = ParseNumber(spec.substr(0, dash));
  const auto last = ParseNumber(spec.substr(dash + 1));
  const bool has_first = dash > 0;
  const bool has_last = dash + 1 < spec.size();
  if ((has_first && !first) || (has_last && !last) || (!has_first && !has_last)) return whole;
  if (has_first && has_last && *last < *first) return whole;
  const bool is_unsatisfiable = has_first ? *first >= size_bytes : *last == 0 || size_bytes == 0;
  if (is_unsatisfiable) {
    return FailedPrecondition("InvalidRange", "The requested range is not satisfiable");
  }
  if (!has_first) {
    const std::uint64_t length = std::min(*last, size_bytes);
    return ReadRange{.offset_bytes = size_bytes - length, .length_bytes = length, .is_partial = true};
  }
  const std::uint64_t end = has_last ? std::min(*last, size_bytes - 1) : size_bytes - 1;
  return ReadRange{.offset_bytes = *first, .length_bytes = end - *first + 1, .is_partial = true};
}

}  // namespace firn::s3
