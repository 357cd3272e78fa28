#include "cloud/icebergrest/client_tokens.h"

#include <charconv>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cloud/icebergrest/limits.h"
#include "wire/aws/region.h"

namespace firn::icebergrest {
namespace {

constexpr std::string_view kVersion = "firn2";
constexpr std::string_view kRegionScope = "region:";
constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

Unexpected Refused() {
  return Unauthenticated("InvalidBearerToken", "The bearer token is not valid.");
}

std::string Sign(const Secret& secret, std::string_view text) {
  const std::string key = HmacSha256(secret.Reveal(), "firn client token, version 1");
  return HexEncode(AsBytes(HmacSha256(key, text)));
}

aws::Answer Failure(int status, std::string_view error, std::string_view description) {
  return aws::JsonAnswer(
      PrintJson(json::object{{"error", error}, {"error_description", description}}), status);
}

/// The region that a scope asks for; empty when it asks for none.
Result<std::string> RegionOf(std::string_view scope) {
  std::string region;
  for (std::string_view word : Split(scope, ' ')) {
    if (!word.starts_with(kRegionScope)) continue;
    word.remove_prefix(kRegionScope.size());
    if (!aws::IsRegion(word) || (!region.empty() && region != word)) {
      return InvalidArgument("InvalidScope", "scope must name one AWS region as region:<name>");
    }
    region = std::string(word);
  }
  return region;
}

}  // namespace

Result<TokenClaims> ParseToken(std::string_view token) {
  if (token.size() > kTokenBytesMax) return Refused();
  const auto parts = Split(token, '.');
  if (parts.size() != 5 || parts[0] != kVersion || parts[1].empty()) return Refused();
  TokenClaims claims{.access_key_id = AccessKeyId(std::string(parts[1])),
                     .signed_text = token.substr(0, token.rfind('.')),
                     .signature = parts[4]};
  if (!aws::IsRegion(parts[2])) return Refused();
  claims.region = std::string(parts[2]);
  const char* const end = parts[3].data() + parts[3].size();
  const auto read = std::from_chars(parts[3].data(), end, claims.expires_at_ms);
  if (read.ec != std::errc() || read.ptr != end || claims.expires_at_ms < 0) return Refused();
  return claims;
}

aws::Answer ClientTokens::Grant(const AccessKeyId& id, const Secret& secret,
                                std::string_view region) const {
  const std::int64_t expires =
      MillisSinceEpoch(clock_.Now()) +
      std::chrono::duration_cast<std::chrono::milliseconds>(kTokenLife).count();
  const std::string text = std::string(kVersion) + "." + id.value() + "." + std::string(region) +
                           "." + std::to_string(expires);
  aws::Answer answer = aws::JsonAnswer(PrintJson(
      json::object{{"access_token", text + "." + Sign(secret, text)},
                   {"token_type", "bearer"},
                   {"expires_in", kTokenLife.count()},
                   {"scope", std::string(kRegionScope) + std::string(region)},
                   {"issued_token_type", "urn:ietf:params:oauth:token-type:access_token"}}));
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

aws::Answer ClientTokens::Issue(const aws::Form& form, std::string_view authorization) const {
  const std::string grant = form.Get("grant_type");
  const auto asked = RegionOf(form.Get("scope"));
  if (!asked) return Failure(400, "invalid_scope", asked.error().message());
  if (grant == kExchange) {
    const std::string subject = form.Get("subject_token");
    const auto identity = Verify(subject);
    if (!identity) return Failure(401, "invalid_client", "the subject token is not valid");
    const auto claims = ParseToken(subject);
    FIRN_CHECK(claims.has_value());  // Verify has read it.
    return Grant(identity->principal->access_key_id, identity->secret_key,
                 asked->empty() ? claims->region : *asked);
  }
  if (grant != "client_credentials") {
    return Failure(400, "unsupported_grant_type",
                   "grant_type must be client_credentials or token-exchange");
  }
  std::string id = form.Get("client_id");
  Secret secret(form.Get("client_secret"));
  if (authorization.starts_with("Basic ")) {
    const auto pair = Base64Decode(authorization.substr(6));
    const std::size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) return Failure(400, "invalid_request", "broken Basic header");
    id = pair->substr(0, colon);
    secret = Secret(pair->substr(colon + 1));
  }
  const auto identity = identities_.FindAccessKey(AccessKeyId(id.substr(0, 128)), "");
  if (!identity || secret.empty() || !(identity->secret_key == secret)) {
    return Failure(401, "invalid_client",
                   "the client is not known: use an access key id and its secret access key");
  }
  return Grant(AccessKeyId(id), identity->secret_key, asked->empty() ? region_ : *asked);
}

Result<iam::Identity> ClientTokens::Verify(std::string_view token) const {
  FIRN_ASSIGN_OR_RETURN(const TokenClaims claims, ParseToken(token));
  auto identity = identities_.FindAccessKey(claims.access_key_id, "");
  if (!identity) {
    if (identity.error().code() == ErrorCode::kUnauthenticated) return Refused();
    return identity.error();
  }
  if (!ConstantTimeEquals(Sign(identity->secret_key, claims.signed_text), claims.signature)) {
    return Refused();
  }
  if (claims.expires_at_ms <= MillisSinceEpoch(clock_.Now())) {
    return Unauthenticated("AuthenticationTimeout",
                           "The bearer token has expired: ask for a new one.");
  }
  return identity;
}

}  // namespace firn::icebergrest
