#include "wire/sigv4/authorization.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/digest.h"
#include "base/encoding.h"
#include "wire/sigv4/canonical_request_internal.h"
#include "wire/sigv4/limits.h"

namespace firn::sigv4 {
namespace {

constexpr std::string_view kSigV4aAlgorithm = "AWS4-ECDSA-P256-SHA256";

/// The reason word of the form that is being read.
struct Form {
  std::string reason;

  Unexpected Malformed(std::string message) const { return InvalidArgument(reason, std::move(message)); }
};

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool IsName(std::string_view text, std::size_t size_max) {
  return !text.empty() && text.size() <= size_max && std::all_of(text.begin(), text.end(), IsNameByte);
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Status ReadCredential(const Form& form, std::string_view text, Authorization& authorization) {
  const auto parts = Split(text, '/');
  const bool fits = parts.size() == 5 && IsName(parts[0], 128) && parts[1].size() == 8 &&
                    IsDigits(parts[1]) && IsName(parts[2], 64) && IsName(parts[3], 64) &&
                    parts[4] == "aws4_request";
  if (!fits) {
    return form.Malformed(
        "the Credential must be <access key id>/YYYYMMDD/<region>/<service>/aws4_request");
  }
  authorization.access_key_id = AccessKeyId(std::string(parts[0]));
  authorization.scope = {std::string(parts[1]), std::string(parts[2]), std::string(parts[3])};
  return Ok();
}

Status ReadSignedHeaders(const Form& form, std::string_view text, Authorization& authorization) {
  for (const std::string_view name : Split(text, ';')) {
    if (name.empty() || name != ToLowerAscii(name)) {
      return form.Malformed("SignedHeaders must be lower-case header names separated by ';'");
    }
    if (!authorization.signed_headers.empty() && authorization.signed_headers.back() >= name) {
      return form.Malformed("SignedHeaders must be sorted, each name once");
    }
    authorization.signed_headers.emplace_back(name);
  }
  const auto& names = authorization.signed_headers;
  if (std::find(names.begin(), names.end(), "host") == names.end()) {
    return form.Malformed("SignedHeaders must have 'host'");
  }
  return Ok();
}

Status ReadSignature(const Form& form, std::string_view text, Authorization& authorization) {
  if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return form.Malformed("the Signature must be 64 lower-case hexadecimal digits");
  }
  authorization.signature = std::string(text);
  return Ok();
}

Status ReadDate(const Form& form, std::string_view text, Authorization& authorization) {
  const auto time = ParseAmzDate(text);
  if (!time) {
    return form.Malformed(
        fmt::format("the date must be like 20261124T054514Z, not '{}'", text.substr(0, 64)));
  }
  authorization.time = *time;
  authorization.amz_date = std::string(text);
  if (authorization.scope.date != text.substr(0, 8)) {
    return form.Malformed(fmt::format("the Credential's date {} is not that of the request, {}",
                                      authorization.scope.date, text));
  }
  return Ok();
}

/// x-amz-date, or else the Date header in either of its forms.
Status ReadHeaderDate(const Form& form, const http::Headers& headers, Authorization& authorization) {
  if (headers.FindAll("x-amz-date").size() > 1 || headers.FindAll("date").size() > 1) {
    return form.Malformed("the request has more than one date");
  }
  if (const auto amz_date = headers.Find("x-amz-date")) {
    return ReadDate(form, *amz_date, authorization);
  }
  const auto date = headers.Find("date");
  if (!date) return form.Malformed("the request has neither an x-amz-date nor a Date header");
  const auto time = ParseHttpDate(*date);
  return ReadDate(form, time ? FormatAmzDate(*time) : std::string(*date), authorization);
}

std::string_view TrimSpaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// `Credential=…, SignedHeaders=…, Signature=…` in any order, each once.
Status ReadHeaderFields(const Form& form, std::string_view fields, Authorization& authorization) {
  std::string_view credential, signed_headers, signature;
  for (const std::string_view field : Split(fields, ',')) {
    const std::string_view trimmed = TrimSpaces(field);
    const std::size_t mark = trimmed.find('=');
    const std::string_view name = trimmed.substr(0, mark);
    const std::string_view value = mark == std::string_view::npos ? "" : trimmed.substr(mark + 1);
    std::string_view& slot = name == "Credential"      ? credential
                             : name == "SignedHeaders" ? signed_headers
                                                       : signature;
    const bool known = &slot != &signature || name == "Signature";
    if (!known || value.empty() || !slot.empty()) {
      return form.Malformed(
          "the Authorization header must have Credential, SignedHeaders and Signature, each once");
    }
    slot = value;
  }
  if (credential.empty() || signed_headers.empty() || signature.empty()) {
    return form.Malformed(
        "the Authorization header must have Credential, SignedHeaders and Signature");
  }
  FIRN_TRY(ReadCredential(form, credential, authorization));
  FIRN_TRY(ReadSignedHeaders(form, signed_headers, authorization));
  return ReadSignature(form, signature, authorization);
}

Unexpected SigV4aUnsupported() {
  return Unsupported("SigV4aUnsupported",
                     "AWS4-ECDSA-P256-SHA256 (SigV4a) is not supported; sign with AWS4-HMAC-SHA256");
}

/// What boto3 presigns with in old regions unless it is told signature_version='s3v4'.
Unexpected SigV2Unsupported() {
  return InvalidArgument("InvalidRequest",
                         "Signature Version 2 is not supported; sign with AWS4-HMAC-SHA256 (in boto3: "
                         "Config(signature_version='s3v4'))");
}

Result<Authorization> ParseHeaderForm(std::string_view value, const http::Headers& headers) {
  const Form form{"AuthorizationHeaderMalformed"};
  if (headers.FindAll("authorization").size() > 1 ||
      headers.FindAll("x-amz-security-token").size() > 1 ||
      headers.FindAll("x-amz-content-sha256").size() > 1) {
    return form.Malformed("a header of the signature occurs more than once");
  }
  const std::size_t space = value.find(' ');
  const std::string_view algorithm = value.substr(0, space);
  if (algorithm == kSigV4aAlgorithm) return SigV4aUnsupported();
  if (algorithm == "AWS") return SigV2Unsupported();
  if (algorithm != kAlgorithm || space == std::string_view::npos) {
    return form.Malformed(fmt::format(
        "the Authorization header's scheme must be AWS4-HMAC-SHA256, not '{}'", algorithm.substr(0, 32)));
  }
  Authorization authorization;
  FIRN_TRY(ReadHeaderFields(form, value.substr(space + 1), authorization));
  FIRN_TRY(ReadHeaderDate(form, headers, authorization));
  authorization.session_token = Secret(std::string(headers.Find("x-amz-security-token").value_or("")));
  authorization.content_sha256 = std::string(headers.Find("x-amz-content-sha256").value_or(""));
  return authorization;
}

/// The one value of a query parameter; empty when absent. Errors: kInvalidArgument when it occurs twice.
Result<std::string> OneParameter(const Form& form, const std::vector<http::QueryParameter>& parameters,
                                 std::string_view name) {
  std::string value;
  bool seen = false;
  for (const http::QueryParameter& parameter : parameters) {
    if (parameter.name != name) continue;
    if (seen) return form.Malformed(fmt::format("the query has {} more than once", name));
    seen = true;
    value = parameter.value;
  }
  return value;
}

Status ReadExpires(const Form& form, std::string_view text, Authorization& authorization) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!IsDigits(text) || error != std::errc() || end != text.data() + text.size() || seconds < 1 ||
      seconds > kExpiresMax.count()) {
    return form.Malformed("X-Amz-Expires must be a number of seconds from 1 to 604800");
  }
  authorization.expires = std::chrono::seconds(seconds);
  return Ok();
}

Result<Authorization> ParseQueryForm(const std::vector<http::QueryParameter>& parameters,
                                     const http::Headers& headers) {
  const Form form{"AuthorizationQueryParametersError"};
  FIRN_ASSIGN_OR_RETURN(const auto algorithm, OneParameter(form, parameters, "X-Amz-Algorithm"));
  FIRN_ASSIGN_OR_RETURN(const auto credential, OneParameter(form, parameters, "X-Amz-Credential"));
  FIRN_ASSIGN_OR_RETURN(const auto date, OneParameter(form, parameters, "X-Amz-Date"));
  FIRN_ASSIGN_OR_RETURN(const auto expires, OneParameter(form, parameters, "X-Amz-Expires"));
  FIRN_ASSIGN_OR_RETURN(const auto names, OneParameter(form, parameters, "X-Amz-SignedHeaders"));
  FIRN_ASSIGN_OR_RETURN(const auto signature, OneParameter(form, parameters, "X-Amz-Signature"));
  FIRN_ASSIGN_OR_RETURN(auto token, OneParameter(form, parameters, "X-Amz-Security-Token"));
  FIRN_ASSIGN_OR_RETURN(auto sha256, OneParameter(form, parameters, "X-Amz-Content-Sha256"));
  if (algorithm == kSigV4aAlgorithm) return SigV4aUnsupported();
  if (algorithm != kAlgorithm) return form.Malformed("X-Amz-Algorithm must be AWS4-HMAC-SHA256");
  Authorization authorization;
  authorization.presigned = true;
  FIRN_TRY(ReadCredential(form, credential, authorization));
  FIRN_TRY(ReadSignedHeaders(form, names, authorization));
  FIRN_TRY(ReadSignature(form, signature, authorization));
  FIRN_TRY(ReadDate(form, date, authorization));
  FIRN_TRY(ReadExpires(form, expires, authorization));
  authorization.session_token = Secret(std::move(token));
  if (const auto header = headers.Find("x-amz-content-sha256")) sha256 = std::string(*header);
  authorization.content_sha256 = std::move(sha256);
  return authorization;
}

}  // namespace

std::string Scope::ToString() const {
  return fmt::format("{}/{}/{}/aws4_request", date, region, service);
}

Result<Authorization> ParseAuthorization(const http::RequestHead& head) {
  const auto header = head.headers.Find("authorization");
  bool in_query = false;
  const auto parameters = http::ParseQuery(head.raw_query());
  if (parameters) {
    for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"}) {
      in_query = in_query || http::FindParameter(*parameters, name).has_value();
    }
  }
  if (header && in_query) {
    return InvalidArgument("InvalidArgument",
                           "sign in the Authorization header or in the query, not in both");
  }
  if (header) return ParseHeaderForm(*header, head.headers);
  if (in_query) return ParseQueryForm(*parameters, head.headers);
  if (parameters && http::FindParameter(*parameters, "AWSAccessKeyId")) return SigV2Unsupported();
  return Unauthenticated("MissingAuthenticationToken",
                         "the request is not signed: it has neither an Authorization header nor "
                         "X-Amz-Signature in its query");
}

Status CheckSignedHeaders(const Authorization& authorization, const http::RequestHead& head) {
  const auto& names = authorization.signed_headers;
  for (const http::Header& header : head.headers.all()) {
    const std::string name = ToLowerAscii(header.name);
    const bool must = name == "host" || (name.starts_with("x-amz-") && name != "x-amz-content-sha256");
    if (must && !std::binary_search(names.begin(), names.end(), name)) {
      return PermissionDenied(
          "HeadersNotSigned",
          fmt::format("There were headers present in the request which were not signed: {}", name));
    }
  }
  return Ok();
}

Status CheckTime(const Authorization& authorization, WallTime now) {
  const auto off = now > authorization.time ? now - authorization.time : authorization.time - now;
  const bool ahead = authorization.time > now;
  if (off > kClockSkewMax && (ahead || !authorization.presigned)) {
    return PermissionDenied(
        "RequestTimeTooSkewed",
        fmt::format("The difference between the request time and the current time is too large. "
                    "Request time {}, server time {}.",
                    FormatIso8601(authorization.time), FormatIso8601(now)));
  }
  if (authorization.presigned && now - authorization.time > authorization.expires) {
    return PermissionDenied(
        "RequestExpired",
        fmt::format("Request has expired. It was valid until {}, server time {}.",
                    FormatIso8601(authorization.time + authorization.expires), FormatIso8601(now)));
  }
  return Ok();
}

Status CheckSignature(const Authorization& authorization, const http::RequestHead& head,
                      PathEncoding encoding, std::string_view payload_hash,
                      const Secret& secret_key) {
  FIRN_ASSIGN_OR_RETURN(
      const std::string canonical,
      CanonicalRequest({head.method, head.raw_path(), head.raw_query(), head.headers,
                        authorization.signed_headers, encoding, payload_hash}));
  const Secret key = SigningKey(secret_key, authorization.scope);
  const std::string expected =
      SignatureOf(key, StringToSign(authorization.amz_date, authorization.scope, canonical));
  if (!ConstantTimeEquals(expected, authorization.signature)) {
    return PermissionDenied("SignatureDoesNotMatch",
                            "The request signature we calculated does not match the signature you "
                            "provided. Check your key and signing method.");
  }
  return Ok();
}

}  // namespace firn::sigv4
