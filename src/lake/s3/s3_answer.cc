#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "base/encoding.h"
#include "lake/s3/limits.h"
#include "lake/s3/s3_answer_internal.h"

namespace firn::s3store {
namespace {

struct ServerError {
  std::string code;
  std::string message;
};

void HideSecret(std::string& text, std::string_view secret) {
  if (secret.size() < 4) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret)) {
    text.replace(at, secret.size(), "******");
  }
}

/// The server's words, fit for a message.
std::string CleanWords(std::string text, const Credentials& credentials) {
  HideSecret(text, credentials.secret_key.Reveal());
  HideSecret(text, credentials.session_token.Reveal());
  if (text.size() > kServerWordsBytesMax) text.resize(kServerWordsBytesMax);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

/// True for what S3 writes as a code. It becomes a reason word, so nothing else may.
bool IsErrorCode(std::string_view code) {
  return code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
         });
}

ServerError ReadServerError(std::string_view xml, const Credentials& credentials) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return {};
  const pugi::xml_node error = document.child("Error");
  std::string code = CleanWords(error.child_value("Code"), credentials);
  if (!IsErrorCode(code)) code.clear();
  return {std::move(code), CleanWords(error.child_value("Message"), credentials)};
}

/// Codes that get better by waiting, whatever the status.
bool IsPassing(const ServerError& error, int status) {
  if (status == 500 || status == 502 || status == 503 || status == 504 || status == 429 ||
      status == 408) {
    return true;
  }
  return error.code == "SlowDown" || error.code == "RequestTimeout" ||
         error.code == "InternalError" || error.code == "ServiceUnavailable" ||
         error.code == "ConditionalRequestConflict" || error.code == "OperationAborted";
}

bool IsExpiry(const ServerError& error) {
  return error.code == "ExpiredToken" || error.code == "TokenRefreshRequired" ||
         error.code == "ExpiredTokenException";
}

bool IsIdentityFault(const ServerError& error) {
  return error.code == "InvalidAccessKeyId" || error.code == "SignatureDoesNotMatch" ||
         error.code == "InvalidToken" || error.code == "RequestTimeTooSkewed" ||
         error.code == "InvalidSecurity" || error.code == "AuthorizationHeaderMalformed";
}

/// Our error for an answer that will not get better by itself.
Error MakeError(const http::IncomingResponse& answer, const ServerError& server, std::string message) {
  const std::string code = server.code.empty() ? fmt::format("Http{}", answer.status) : server.code;
  if (IsIdentityFault(server)) return Unauthenticated(code, std::move(message)).error;
  switch (answer.status) {
    case 301:
    case 307:
    case 308:
      if (const auto region = answer.headers.Find("x-amz-bucket-region")) {
        message += fmt::format("; the bucket is in region {}", region->substr(0, 32));
      }
      return InvalidArgument("WrongRegion", std::move(message)).error;
    case 401:
      return Unauthenticated(code, std::move(message)).error;
    case 403:
      return PermissionDenied(server.code.empty() ? "AccessDenied" : code, std::move(message)).error;
    case 404:
      return NotFound(server.code.empty() ? "NoSuchKey" : code, std::move(message)).error;
    case 405:
      return Unsupported("MethodNotAllowed", std::move(message)).error;
    case 409:
      return Conflict(code, std::move(message)).error;
    case 412:
      return Conflict("ObjectExists", std::move(message)).error;
    case 416:
      return InvalidArgument("InvalidRange", std::move(message)).error;
    case 501:
      return Unsupported(code, std::move(message)).error;
    default:
      return answer.status >= 500 ? Unavailable(code, std::move(message)).error
                                  : InvalidArgument(code, std::move(message)).error;
  }
}

Verdict JudgeFailure(const Error& error, std::string_view what) {
  const bool passing = (error.code() == ErrorCode::kUnavailable && error.reason() != "TlsFailed") ||
                       error.reason() == "QueueFull";
  return {passing ? Verdict::Kind::kRetry : Verdict::Kind::kFail,
          Error(error).Note(std::string(what))};
}

}  // namespace

Verdict JudgeAnswer(const Result<http::IncomingResponse>& answer, std::string_view what,
                    const Credentials& credentials) {
  if (!answer) return JudgeFailure(answer.error(), what);
  if (answer->status >= 200 && answer->status < 300) return {};
  const ServerError server = ReadServerError(answer->body, credentials);
  std::string message = fmt::format("{}: the store answered {}", what, answer->status);
  if (!server.code.empty()) message += fmt::format(" {}: {}", server.code, server.message);
  if (IsExpiry(server)) {
    return {Verdict::Kind::kRefreshCredentials, Unauthenticated("ExpiredToken", std::move(message)).error};
  }
  if (IsPassing(server, answer->status)) {
    const std::string code = server.code.empty() ? fmt::format("Http{}", answer->status) : server.code;
    return {Verdict::Kind::kRetry, Unavailable(code, std::move(message)).error};
  }
  return {Verdict::Kind::kFail, MakeError(*answer, server, std::move(message))};
}

Result<std::string> XmlField(std::string_view xml, const char* root, const char* name) {
  pugi::xml_document document;
  if (document.load_buffer(xml.data(), xml.size())) {
    const pugi::xml_node field = document.child(root).child(name);
    if (field) return std::string(field.child_value());
  }
  return DataCorruption("InvalidAnswer", fmt::format("the store's answer has no <{}> in <{}>", name, root));
}

bool HoldsError(std::string_view xml) {
  pugi::xml_document document;
  return document.load_buffer(xml.data(), xml.size()) && document.child("Error");
}

Result<ListPage> ParseListPage(std::string_view xml, const std::string& bucket) {
  const auto broken = [](const char* what) {
    return DataCorruption("InvalidAnswer", fmt::format("the store's list has no readable {}", what));
  };
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return broken("XML");
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) return broken("<ListBucketResult>");
  const bool encoded = std::string_view(root.child_value("EncodingType")) == "url";
  ListPage page;
  for (const pugi::xml_node entry : root.children("Contents")) {
    std::string key = entry.child_value("Key");
    if (encoded) {
      // S3 writes a space of an encoded key as '+'.
      std::replace(key.begin(), key.end(), '+', ' ');
      FIRN_ASSIGN_OR_RETURN(key, PercentDecode(key));
    }
    const std::string_view size_text = entry.child_value("Size");
    objects::ListedObject listed;
    const auto [end, error] =
        std::from_chars(size_text.data(), size_text.data() + size_text.size(), listed.info.size_bytes);
    if (key.empty() || error != std::errc() || end != size_text.data() + size_text.size()) {
      return broken("<Key> and <Size>");
    }
    listed.url = objects::ObjectUrl{bucket, key}.ToString();
    listed.info.etag = entry.child_value("ETag");
    listed.modified = ParseIso8601(entry.child_value("LastModified")).value_or(WallTime());
    page.objects.push_back(std::move(listed));
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    page.next_token = root.child_value("NextContinuationToken");
    if (page.next_token.empty()) return broken("<NextContinuationToken>");
  }
  return page;
}

Result<std::vector<std::string>> ParseUploadIds(std::string_view xml, const std::string& key) {
  pugi::xml_document document;
  pugi::xml_node root;
  if (document.load_buffer(xml.data(), xml.size())) {
    root = document.child("ListMultipartUploadsResult");
  }
  if (!root) {
    return DataCorruption("InvalidAnswer", "the store's list of uploads cannot be read");
  }
  std::vector<std::string> ids;
  for (const pugi::xml_node entry : root.children("Upload")) {
    if (entry.child_value("Key") == key) ids.emplace_back(entry.child_value("UploadId"));
  }
  std::erase(ids, "");
  return ids;
}

}  // namespace firn::s3store
