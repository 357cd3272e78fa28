#include "wire/sigv4/sign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "wire/sigv4/canonical_request_internal.h"
#include "wire/sigv4/limits.h"

namespace firn::sigv4 {
namespace {

/// What proxies and HTTP libraries change on the way.
bool IsNeverSigned(std::string_view lower_name) {
  static constexpr std::array kNames = {
      "authorization", "baggage",           "connection",         "expect",
      "keep-alive",    "proxy-authenticate", "proxy-authorization", "te",
      "traceparent",   "tracestate",        "trailer",            "transfer-encoding",
      "upgrade",       "user-agent",        "x-amzn-trace-id",    "content-length"};
  return std::find(kNames.begin(), kNames.end(), lower_name) != kNames.end();
}

Scope MakeScope(std::string_view amz_date, const SigningScope& scope) {
  return {std::string(amz_date.substr(0, 8)), scope.region, scope.service};
}

}  // namespace

Status SignRequest(http::Headers& headers, std::string_view method, std::string_view url,
                   PathEncoding encoding, std::string_view payload_hash,
                   const Credentials& credentials, const SigningScope& scope, WallTime now) {
  FIRN_ASSIGN_OR_RETURN(const http::Url parts, http::ParseUrl(url));
  const std::string amz_date = FormatAmzDate(now);
  headers.Remove("authorization");
  headers.Set("X-Amz-Date", amz_date);
  headers.Remove("x-amz-security-token");
  if (!credentials.session_token.empty()) {
    headers.Set("X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  if (encoding == PathEncoding::kOnce) headers.Set("X-Amz-Content-Sha256", payload_hash);

  http::Headers to_sign;
  to_sign.Add("host", parts.HostHeader());
  std::vector<std::string> names = {"host"};
  for (const http::Header& header : headers.all()) {
    std::string name = ToLowerAscii(header.name);
    if (name == "host" || IsNeverSigned(name)) continue;
    to_sign.Add(name, header.value);
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());

  FIRN_ASSIGN_OR_RETURN(const std::string canonical,
                        CanonicalRequest({method, parts.path, parts.query, to_sign, names, encoding,
                                          payload_hash}));
  const Scope full_scope = MakeScope(amz_date, scope);
  const std::string signature = SignatureOf(SigningKey(credentials.secret_key, full_scope),
                                            StringToSign(amz_date, full_scope, canonical));
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ";") + name;
  headers.Set("Authorization",
              fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                          credentials.access_key_id.value(), full_scope.ToString(), joined, signature));
  return Ok();
}

Result<std::string> Presign(std::string_view method, std::string_view url, PathEncoding encoding,
                            const Credentials& credentials, const SigningScope& scope,
                            std::chrono::seconds expires, WallTime now) {
  if (expires < std::chrono::seconds(1) || expires > kExpiresMax) {
    return InvalidArgument("InvalidExpiry", "a presigned URL lives from 1 to 604800 seconds");
  }
  FIRN_ASSIGN_OR_RETURN(http::Url parts, http::ParseUrl(url));
  const std::string amz_date = FormatAmzDate(now);
  const Scope full_scope = MakeScope(amz_date, scope);
  if (!parts.query.empty()) parts.query += '&';
  parts.query += fmt::format(
      "X-Amz-Algorithm={}&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}", kAlgorithm,
      PercentEncode(credentials.access_key_id.value() + "/" + full_scope.ToString()), amz_date,
      expires.count());
  if (!credentials.session_token.empty()) {
    parts.query += "&X-Amz-Security-Token=" + PercentEncode(credentials.session_token.Reveal());
  }
  parts.query += "&X-Amz-SignedHeaders=host";
  http::Headers to_sign;
  to_sign.Add("host", parts.HostHeader());
  const std::vector<std::string> names = {"host"};
  const std::string_view payload_hash =
      encoding == PathEncoding::kOnce ? kUnsignedPayload : kEmptyPayloadHash;
  FIRN_ASSIGN_OR_RETURN(const std::string canonical,
                        CanonicalRequest({method, parts.path, parts.query, to_sign, names, encoding,
                                          payload_hash}));
  parts.query += "&X-Amz-Signature=" + SignatureOf(SigningKey(credentials.secret_key, full_scope),
                                                   StringToSign(amz_date, full_scope, canonical));
  return parts.ToString();
}

}  // namespace firn::sigv4
