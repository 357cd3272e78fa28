#include <charconv>

#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/service.h"
#include "wire/aws/xml.h"

/// ListObjects, ListObjectsV2 and ListMultipartUploads.

namespace firn::s3 {
namespace {

using ledger::S3ObjectRow;

struct ListQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  std::string after;        ///< Keys and common prefixes greater than this.
  std::string not_before;   ///< Keys not less than this: past a common prefix already shown.
  std::size_t count_max = kListKeysMax;
  bool url_encoded = false;
};

struct ListPage {
  std::vector<S3ObjectRow> objects;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  std::string last;         ///< The last key or common prefix shown.
  bool last_is_prefix = false;
};

/// The least text greater than everything that begins with `prefix`.
std::string AfterPrefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

/// Continuation tokens say what was shown last: `K` a key, `P` a common prefix.
std::string MakeToken(const ListPage& page) {
  return Base64Encode(AsBytes((page.last_is_prefix ? "P" : "K") + page.last));
}

Status ApplyToken(std::string_view token, ListQuery& query) {
  const auto text = Base64Decode(token);
  if (!text || text->empty() || (text->front() != 'K' && text->front() != 'P')) {
    return InvalidArgument("InvalidArgument", "The continuation token provided is incorrect");
  }
  if (text->front() == 'K') {
    query.after = text->substr(1);
  } else {
    query.not_before = AfterPrefix(text->substr(1));
  }
  return Ok();
}

Result<ListQuery> ParseListQuery(const Request& request) {
  ListQuery query{.bucket = request.bucket,
                  .prefix = request.query.Get("prefix"),
                  .delimiter = request.query.Get("delimiter")};
  query.url_encoded = request.query.Get("encoding-type") == "url";
  FIRN_ASSIGN_OR_RETURN(query.count_max, ParseCountMax(request.query.Find("max-keys")));
  if (request.operation == Operation::kListObjects) {
    query.after = request.query.Get("marker");
    return query;
  }
  query.after = request.query.Get("start-after");
  if (const auto token = request.query.Find("continuation-token")) {
    FIRN_TRY(ApplyToken(*token, query));
  }
  return query;
}

/// The common prefix that hides `key`; empty when it is shown itself.
std::string CommonPrefixOf(const std::string& key, const ListQuery& query) {
  if (query.delimiter.empty()) return "";
  const std::size_t at = key.find(query.delimiter, query.prefix.size());
  return at == std::string::npos ? "" : key.substr(0, at + query.delimiter.size());
}

Result<ListPage> CollectPage(Vault& vault, ListQuery query) {
  ListPage page;
  if (query.count_max == 0) return page;
  while (true) {
    FIRN_ASSIGN_OR_RETURN(auto rows, vault.List({.bucket = query.bucket,
                                                 .prefix = query.prefix,
                                                 .after = query.after,
                                                 .not_before = query.not_before,
                                                 .count_max = kListKeysMax + 1}));
    const bool was_full = rows.size() == kListKeysMax + 1;
    bool jumped = false;
    for (S3ObjectRow& row : rows) {
      if (!row.key.starts_with(query.prefix)) return page;
      std::string common = CommonPrefixOf(row.key, query);
      const bool is_old_prefix = !common.empty() && common <= query.after;
      if (!is_old_prefix &&
          page.objects.size() + page.common_prefixes.size() == query.count_max) {
        page.is_truncated = true;
        return page;
      }
      if (common.empty()) {
        page.last = row.key;
        page.last_is_prefix = false;
        query.after = row.key;
        page.objects.push_back(std::move(row));
        continue;
      }
      query.not_before = AfterPrefix(common);
      if (!is_old_prefix) {
        page.last = common;
        page.last_is_prefix = true;
        page.common_prefixes.push_back(std::move(common));
      }
      jumped = true;
      break;  // The rest of the rows may lie under the same prefix: ask again past it.
    }
    if (!jumped && !was_full) return page;
  }
}

std::string Shown(const std::string& text, const ListQuery& query) {
  return query.url_encoded ? PercentEncode(text, true) : text;
}

void WriteObjects(const ListPage& page, const ListQuery& query, aws::XmlWriter& xml) {
  for (const S3ObjectRow& object : page.objects) {
    xml.Open("Contents").Text("Key", Shown(object.key, query));
    xml.Text("LastModified", FormatIso8601(object.modified_at, true));
    xml.Text("ETag", QuotedEtag(object.etag));
    if (!object.checksum.algorithm.empty()) {
      xml.Text("ChecksumAlgorithm", object.checksum.algorithm);
      xml.Text("ChecksumType", object.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
    }
    xml.Text("Size", std::to_string(object.size_bytes)).Text("StorageClass", "STANDARD");
    xml.Close("Contents");
  }
  for (const std::string& prefix : page.common_prefixes) {
    xml.Open("CommonPrefixes").Text("Prefix", Shown(prefix, query)).Close("CommonPrefixes");
  }
}

struct UploadPage {
  std::vector<ledger::S3UploadRow> uploads;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  std::string next_key;
  std::string next_upload_id;
};

/// Looks at the first kUploadsScannedMax uploads after the marker: uploads are few.
Result<UploadPage> CollectUploads(Vault& vault, const ListQuery& query, const std::string& after_key,
                                  const std::string& after_upload_id) {
  UploadPage page;
  FIRN_ASSIGN_OR_RETURN(auto uploads, vault.ListUploads({.bucket = query.bucket,
                                                         .prefix = query.prefix,
                                                         .after_key = after_key,
                                                         .after_upload_id = after_upload_id,
                                                         .count_max = kUploadsScannedMax}));
  for (ledger::S3UploadRow& upload : uploads) {
    if (!upload.key.starts_with(query.prefix)) break;
    std::string common = CommonPrefixOf(upload.key, query);
    const bool is_shown = !common.empty() && ((!page.common_prefixes.empty() &&
                                               page.common_prefixes.back() == common) ||
                                              after_key.starts_with(common));
    if (!is_shown && page.uploads.size() + page.common_prefixes.size() == query.count_max) {
      page.is_truncated = true;
      break;
    }
    page.next_key = upload.key;
    page.next_upload_id = upload.upload_id;
    if (is_shown) continue;
    if (common.empty()) {
      page.uploads.push_back(std::move(upload));
    } else {
      page.common_prefixes.push_back(std::move(common));
    }
  }
  return page;
}

}  // namespace

Result<http::Response> Service::ListObjects(const Request& request) {
  FIRN_ASSIGN_OR_RETURN(const ListQuery query, ParseListQuery(request));
  FIRN_ASSIGN_OR_RETURN(const ListPage page, CollectPage(vault_, query));
  const bool is_v2 = request.operation == Operation::kListObjectsV2;
  aws::XmlWriter xml;
  xml.Declaration().Open("ListBucketResult", "xmlns", kS3Namespace);
  xml.Text("Name", query.bucket).Text("Prefix", Shown(query.prefix, query));
  if (!query.delimiter.empty()) xml.Text("Delimiter", Shown(query.delimiter, query));
  xml.Text("MaxKeys", std::to_string(query.count_max));
  if (query.url_encoded) xml.Text("EncodingType", "url");
  xml.Text("IsTruncated", page.is_truncated ? "true" : "false");
  if (is_v2) {
    xml.Text("KeyCount", std::to_string(page.objects.size() + page.common_prefixes.size()));
    if (const auto token = request.query.Find("continuation-token")) {
      xml.Text("ContinuationToken", *token);
    }
    if (const auto start = request.query.Find("start-after")) {
      xml.Text("StartAfter", Shown(std::string(*start), query));
    }
    if (page.is_truncated) xml.Text("NextContinuationToken", MakeToken(page));
  } else {
    xml.Text("Marker", Shown(request.query.Get("marker"), query));
    if (page.is_truncated && !query.delimiter.empty()) {
      xml.Text("NextMarker", Shown(page.last, query));
    }
  }
  WriteObjects(page, query, xml);
  return XmlResponse(xml.Close("ListBucketResult").Take());
}

Result<http::Response> Service::ListUploads(const Request& request) {
  ListQuery query{.bucket = request.bucket,
                  .prefix = request.query.Get("prefix"),
                  .delimiter = request.query.Get("delimiter")};
  query.url_encoded = request.query.Get("encoding-type") == "url";
  FIRN_ASSIGN_OR_RETURN(query.count_max, ParseCountMax(request.query.Find("max-uploads")));
  FIRN_ASSIGN_OR_RETURN(const UploadPage page,
                        CollectUploads(vault_, query, request.query.Get("key-marker"),
                                       request.query.Get("upload-id-marker")));
  aws::XmlWriter xml;
  xml.Declaration().Open("ListMultipartUploadsResult", "xmlns", kS3Namespace);
  xml.Text("Bucket", request.bucket).Text("Prefix", Shown(query.prefix, query));
  xml.Text("KeyMarker", Shown(request.query.Get("key-marker"), query));
  xml.Text("UploadIdMarker", request.query.Get("upload-id-marker"));
  if (!query.delimiter.empty()) xml.Text("Delimiter", Shown(query.delimiter, query));
  if (query.url_encoded) xml.Text("EncodingType", "url");
  xml.Text("MaxUploads", std::to_string(query.count_max));
  xml.Text("IsTruncated", page.is_truncated ? "true" : "false");
  if (page.is_truncated) {
    xml.Text("NextKeyMarker", Shown(page.next_key, query));
    xml.Text("NextUploadIdMarker", page.next_upload_id);
  }
  for (const ledger::S3UploadRow& upload : page.uploads) {
    xml.Open("Upload").Text("Key", Shown(upload.key, query)).Text("UploadId", upload.upload_id);
    xml.Text("StorageClass", "STANDARD");
    xml.Text("Initiated", FormatIso8601(upload.created_at, true)).Close("Upload");
  }
  for (const std::string& prefix : page.common_prefixes) {
    xml.Open("CommonPrefixes").Text("Prefix", Shown(prefix, query)).Close("CommonPrefixes");
  }
  return XmlResponse(xml.Close("ListMultipartUploadsResult").Take());
}

}  // namespace firn::s3
