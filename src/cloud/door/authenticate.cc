#include <algorithm>
#include <charconv>
#include <optional>

#include "base/digest.h"
#include "base/encoding.h"
#include "cloud/door/exchange_internal.h"
#include "cloud/door/limits.h"
#include "wire/aws/region.h"

/// Who asks.

namespace firn::door {
namespace {

constexpr std::size_t kSha256Bytes = 32;

bool IsIcebergPath(std::string_view path) { return path.starts_with("/iceberg/"); }

Unexpected WrongScope(std::string message) {
  return PermissionDenied("WrongScope", std::move(message));
}

/// The scope must name a service of this endpoint and a region that AWS has. IAM is global; an SDK that
/// is given an endpoint signs for its own region all the same, so any will do.
Status CheckScope(const Exchange& exchange, const sigv4::Scope& scope) {
  if (exchange.service == Service::kUnknown) {
    if (scope.service == "athena") {
      return Unsupported("UnsupportedOperation",
                         "Athena is not there yet: query over Firn's MySQL port instead");
    }
    return WrongScope("Credential should be scoped to correct service: one of s3, s3tables, glue, "
                      "iam, sts, lakeformation, not '" +
                      scope.service.substr(0, 64) + "'.");
  }
  const std::string given = scope.region.substr(0, 64);
  if (aws::IsRegion(scope.region)) return Ok();
  const std::string nearest = NearestWord(given, aws::Regions());
  const std::string hint =
      nearest.empty() ? "AWS has no such region" : "AWS has no such region; did you mean '" + nearest + "'?";
  if (exchange.service == Service::kS3) {
    return WrongScope("The authorization header is malformed; the region '" + given +
                      "' is wrong; expecting '" + exchange.options.region + "' (" + hint + ")");
  }
  return WrongScope("Credential should be scoped to a valid region, not '" + given + "'. " + hint +
                    ".");
}

/// boto3 presigns so for S3 unless it is told `signature_version="s3v4"`.
bool IsSignatureVersion2(const http::RequestHead& head) {
  const auto header = head.headers.Find("authorization");
  return head.raw_query().find("AWSAccessKeyId=") != std::string_view::npos ||
         (header && header->starts_with("AWS "));
}

Unexpected BodyTooLarge(std::size_t bytes_max) {
  return ResourceExhausted("BodyTooLarge",
                           "the body is larger than " + std::to_string(bytes_max) + " bytes");
}

/// The body's hash as a signed header claims it, in hex: most clients write hex, Iceberg's Java client base64. Empty when
/// there is none.
std::string ClaimedHash(const sigv4::Authorization& authorization) {
  const std::string& claim = authorization.content_sha256;
  const auto& names = authorization.signed_headers;
  if (!std::binary_search(names.begin(), names.end(), "x-amz-content-sha256")) return "";
  if (claim.size() == 64 && HexDecode(claim)) return claim;
  const auto decoded = Base64Decode(claim);
  return decoded && decoded->size() == kSha256Bytes ? HexEncode(AsBytes(*decoded)) : "";
}

/// A share of what large bodies may hold together. Where a signed header has the hash, the signature is checked first, so
/// that strangers cannot use up the share of callers.
Status TakeShare(Exchange& exchange, std::size_t bytes, const Secret& secret_key) {
  const sigv4::Authorization& authorization = exchange.caller.authorization;
  const std::string claimed = ClaimedHash(authorization);
  if (!claimed.empty()) {
    FIRN_TRY(sigv4::CheckSignature(authorization, exchange.head, sigv4::PathEncoding::kTwice,
                                   claimed, secret_key));
  }
  Services& services = exchange.services;
  BodyBudget& budget = claimed.empty() ? services.unproved_bodies : services.proved_bodies;
  FIRN_ASSIGN_OR_RETURN(exchange.large_body, budget.Take(bytes));
  return Ok();
}

/// Its length, or nothing when it is sent in chunks.
std::optional<std::uint64_t> BodyLength(const http::Headers& headers) {
  if (headers.Has("transfer-encoding")) return std::nullopt;
  const std::string_view text = headers.Find("content-length").value_or("0");
  std::uint64_t bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), bytes);  // wire/http refuses what is no number.
  return bytes;
}

/// `secret_key` is null when a token has proved who asks already.
Status ReadBody(Exchange& exchange, const Secret* secret_key) {
  const std::size_t bytes_max = exchange.service == Service::kIceberg ? kIcebergBodyBytesMax
                                                                      : kSmallBodyBytesMax;
  const std::uint64_t bytes = BodyLength(exchange.head.headers).value_or(bytes_max);
  if (bytes > bytes_max) return BodyTooLarge(bytes_max);
  if (bytes > kSmallBodyBytesMax && secret_key != nullptr) {
    FIRN_TRY(TakeShare(exchange, bytes, *secret_key));
  } else if (bytes > kSmallBodyBytesMax) {
    FIRN_ASSIGN_OR_RETURN(exchange.large_body, exchange.services.proved_bodies.Take(bytes));
  }
  FIRN_ASSIGN_OR_RETURN(exchange.body_text, exchange.body.ReadAll(bytes_max));
  return Ok();
}

/// What stands in for a signature on the Iceberg REST paths.
std::optional<std::string_view> BearerToken(const http::RequestHead& head) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = head.headers.Find("authorization");
  if (!header || !header->starts_with(kBearer) || !IsIcebergPath(head.raw_path())) {
    return std::nullopt;
  }
  return header->substr(kBearer.size());
}

/// The firn face's other proof. The token is checked before the body is read.
Status AuthenticateBearer(Exchange& exchange, std::string_view token) {
  exchange.service = Service::kIceberg;
  FIRN_ASSIGN_OR_RETURN(iam::Identity identity, exchange.services.client_tokens->Verify(token));
  FIRN_TRY(ReadBody(exchange, nullptr));
  exchange.caller.authorization.access_key_id = identity.principal->access_key_id;
  exchange.caller.authorization.scope.service = "firn";
  exchange.caller.authorization.scope.region = exchange.services.region;
  exchange.caller.principal = std::move(identity.principal);
  exchange.authenticated = true;
  exchange.services.identities->RecordUse(exchange.caller.authorization.access_key_id, "firn",
                                          exchange.services.region);
  return Ok();
}

/// How an S3 request was signed ("Amazon S3 Signature Version 4 Authentication Specific Policy Keys").
void SetSignatureKeys(const Exchange& exchange, policy::ConditionContext& conditions) {
  const sigv4::Authorization& authorization = exchange.caller.authorization;
  conditions.Set("s3:authType", authorization.presigned ? "REST-QUERY-STRING" : "REST-HEADER")
      .Set("s3:signatureversion", "AWS4-HMAC-SHA256");
  if (!authorization.content_sha256.empty()) {
    conditions.Set("s3:x-amz-content-sha256", authorization.content_sha256);
  }
  if (!authorization.presigned) return;
  const auto age = exchange.options.clock->Now() - authorization.time;
  conditions.Set("s3:signatureAge",
                 std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(age).count()));
}

}  // namespace

Service ServiceOf(std::string_view scope_service, const http::RequestHead& head) {
  if (scope_service == "s3") return Service::kS3;
  if (scope_service == "glue") {
    return IsIcebergPath(head.raw_path()) ? Service::kIceberg : Service::kGlue;
  }
  if (scope_service == "s3tables") {
    return IsIcebergPath(head.raw_path()) ? Service::kIceberg : Service::kS3Tables;
  }
  if (scope_service == "firn") {
    const std::string_view path = head.raw_path();
    return IsIcebergPath(path) || path.starts_with(kWarehousesPath) ? Service::kIceberg
                                                                    : Service::kUnknown;
  }
  if (scope_service == "iam") return Service::kIam;
  if (scope_service == "sts") return Service::kSts;
  if (scope_service == "lakeformation") return Service::kLakeFormation;
  return Service::kUnknown;
}

Service GuessService(const http::RequestHead& head) {
  const std::string_view path = head.raw_path();
  if (IsIcebergPath(path)) return Service::kIceberg;
  if (head.headers.Has("x-amz-target")) return Service::kGlue;
  const auto type = head.headers.Find("content-type");
  if (head.method == "POST" && path == "/" && type &&
      type->starts_with("application/x-www-form-urlencoded")) {
    return Service::kSts;
  }
  for (const std::string_view prefix : {"/buckets", "/namespaces/", "/tables/", "/get-table"}) {
    if (path.starts_with(prefix)) return Service::kS3Tables;
  }
  if (head.raw_query().find("%2Fs3%2Faws4_request") != std::string_view::npos) return Service::kS3;
  if (path == "/" && !head.headers.Has("x-amz-content-sha256")) return Service::kUnknown;
  return Service::kS3;
}

std::string BearerRegion(const http::RequestHead& head) {
  const auto token = BearerToken(head);
  if (!token) return "";
  const auto claims = icebergrest::ParseToken(*token);
  return claims ? claims->region : "";
}

Status Authenticate(Exchange& exchange) {
  exchange.service = GuessService(exchange.head);
  if (const auto token = BearerToken(exchange.head)) return AuthenticateBearer(exchange, *token);
  if (!exchange.authorization && IsSignatureVersion2(exchange.head)) {
    return InvalidArgument("InvalidRequest",
                           "The authorization mechanism you have provided is not supported. Please "
                           "use AWS4-HMAC-SHA256.");
  }
  FIRN_ASSIGN_OR_RETURN(exchange.caller.authorization, std::move(exchange.authorization));
  const sigv4::Authorization& authorization = exchange.caller.authorization;
  exchange.service = ServiceOf(authorization.scope.service, exchange.head);
  FIRN_TRY(CheckScope(exchange, authorization.scope));
  FIRN_TRY(sigv4::CheckSignedHeaders(authorization, exchange.head));
  FIRN_TRY(sigv4::CheckTime(authorization, exchange.options.clock->Now()));
  FIRN_ASSIGN_OR_RETURN(iam::Identity identity,
                        exchange.services.identities->FindAccessKey(
                            authorization.access_key_id, authorization.session_token.Reveal()));
  if (exchange.service == Service::kS3) {
    const std::string_view payload_hash = authorization.content_sha256.empty()
                                              ? sigv4::kUnsignedPayload
                                              : authorization.content_sha256;
    if (authorization.content_sha256.empty() && !authorization.presigned) {
      return InvalidArgument("InvalidRequest",
                             "Missing required header for this request: x-amz-content-sha256");
    }
    FIRN_TRY(sigv4::CheckSignature(authorization, exchange.head, sigv4::PathEncoding::kOnce,
                                   payload_hash, identity.secret_key));
  } else {
    FIRN_TRY(ReadBody(exchange, &identity.secret_key));
    FIRN_TRY(sigv4::CheckSignature(authorization, exchange.head, sigv4::PathEncoding::kTwice,
                                   Sha256Hex(exchange.body_text), identity.secret_key));
  }
  exchange.caller.secret_key = std::move(identity.secret_key);
  exchange.caller.principal = std::move(identity.principal);
  exchange.authenticated = true;
  exchange.services.identities->RecordUse(authorization.access_key_id, authorization.scope.service,
                                          authorization.scope.region);
  return Ok();
}

namespace {

policy::AuthorizationRequest RequestFor(const Exchange& exchange,
                                        std::vector<policy::AccessNeed> needs) {
  policy::AuthorizationRequest request{.needs = std::move(needs)};
  request.conditions.Set("aws:SourceIp", exchange.head.remote_address)
      .Set("aws:SecureTransport", exchange.head.tls ? "true" : "false")
      .Set("aws:RequestedRegion", exchange.services.region)
      .Set("aws:ViaAWSService", "false")
      .Set("aws:ResourceAccount", exchange.options.account_id);
  if (const auto agent = exchange.head.headers.Find("user-agent")) {
    request.conditions.Set("aws:UserAgent", std::string(*agent));
  }
  if (const auto referer = exchange.head.headers.Find("referer")) {
    request.conditions.Set("aws:Referer", std::string(*referer));
  }
  for (policy::AccessNeed& need : request.needs) {
    if (!need.resource_account_id.empty()) {
      need.conditions.Set("aws:ResourceAccount", need.resource_account_id);
    }
    if (!need.action.starts_with("s3:")) continue;
    need.conditions.Set("s3:ResourceAccount", exchange.options.account_id);
    SetSignatureKeys(exchange, need.conditions);
  }
  return request;
}

}  // namespace

Result<policy::Permit> Authorize(const Exchange& exchange, std::vector<policy::AccessNeed> needs) {
  return exchange.services.authorizer->Authorize(exchange.context, exchange.caller.principal,
                                                 RequestFor(exchange, std::move(needs)));
}

Result<policy::Permit> AuthorizeEach(const Exchange& exchange,
                                     std::vector<policy::AccessNeed> needs) {
  return exchange.services.authorizer->AuthorizeEach(exchange.context, exchange.caller.principal,
                                                     RequestFor(exchange, std::move(needs)));
}

}  // namespace firn::door
