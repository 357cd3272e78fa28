#include "engine/catalog/rest_channel.h"

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "engine/catalog/limits.h"
#include "wire/iceberg_rest/errors.h"
#include "wire/iceberg_rest/messages.h"
#include "wire/iceberg_rest/paths.h"
#include "wire/sigv4/sign.h"

namespace firn::catalog {
namespace {

bool IsWorthRepeating(int status) { return status == 429 || status >= 500; }

iceberg_rest::ErrorModel ModelOf(const http::IncomingResponse& answer) {
  return iceberg_rest::ParseErrorBody(answer.status, answer.body,
                                      answer.headers.Find("x-amzn-errortype").value_or(""));
}

std::string FormField(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + PercentEncode(value);
}

/// The words between `before` and the next blank or the end, without a dot at the end.
std::string WordAfter(std::string_view text, std::string_view before) {
  const auto begin = text.find(before);
  if (begin == std::string_view::npos) return "";
  std::string_view rest = text.substr(begin + before.size());
  rest = rest.substr(0, rest.find_first_of(" \n,;"));
  while (rest.ends_with('.')) rest.remove_suffix(1);
  return std::string(rest);
}

}  // namespace

std::chrono::milliseconds JitteredWait(Random& random, int attempt) {
  auto bound = kRetryWaitFirst;
  for (int i = 1; i < attempt && bound < kRetryWaitMax; ++i) bound *= 2;
  bound = std::min(bound, kRetryWaitMax);
  return std::chrono::milliseconds(random.NextBelow(static_cast<std::uint64_t>(bound.count()) + 1));
}

Result<Credentials> KeySource::Get(const Context& context) const {
  if (provider_ != nullptr) return provider_->Get(context);
  if (!NeedsChain(plan_)) return plan_.fixed;
  return Unsupported("NoCredentialChain", "This process asks no one for AWS credentials");
}

bool KeySource::Spoil() const {
  if (provider_ == nullptr) return false;
  provider_->Spoil();
  return true;
}

void KeySource::Refuse(const Credentials& credentials) const {
  if (provider_ != nullptr) provider_->Refuse(credentials);
}

RestChannel::RestChannel(RestSettings settings, ChannelEnvironment environment)
    : settings_(std::move(settings)),
      environment_(std::move(environment)),
      signing_keys_(settings_.signing_plan, environment_.chain.get()),
      token_(environment_.clock) {}

Result<http::IncomingResponse> RestChannel::Send(const Context& context,
                                                 const RestRequest& request) {
  Result<http::IncomingResponse> answer = SendWithRetries(context, request);
  if (!answer || !HasNewIdentity(*answer)) return answer;
  return SendWithRetries(context, request);
}

/// True when the answer refuses a token or keys as expired and others can be had.
bool RestChannel::HasNewIdentity(const http::IncomingResponse& answer) {
  switch (settings_.auth) {
    case AuthKind::kNone:
    case AuthKind::kToken: return false;
    case AuthKind::kClientCredentials:
      if (answer.status != 401 && answer.status != 419) return false;
      token_.Spoil();
      return true;
    case AuthKind::kSigV4:
      if (answer.status < 400 || answer.status >= 500) return false;
      return iceberg_rest::ToError(ModelOf(answer)).reason() == "ExpiredToken" &&
             signing_keys_.Spoil();
  }
  return false;
}

Result<http::IncomingResponse> RestChannel::SendWithRetries(const Context& context,
                                                            const RestRequest& request) {
  for (int attempt = 1;; ++attempt) {
    Result<http::IncomingResponse> answer = SendOnce(context, request);
    const bool is_last = attempt >= kRequestAttemptsMax;
    if (answer) {
      const bool repeat = request.repeat == Repeat::kHarmless && IsWorthRepeating(answer->status);
      if (!repeat || is_last) return answer;
    } else {
      if (answer.error().code() != ErrorCode::kUnavailable) return answer;
      const bool may_have_acted = http::MayHaveReachedServer(answer.error());
      if (may_have_acted && request.repeat != Repeat::kHarmless) return answer;
      if (is_last || (!may_have_acted && attempt >= kConnectAttemptsMax)) return answer;
    }
    // The statement's own end is told by what was being done, not by the wait.
    if (!context.Sleep(JitteredWait(environment_.random, attempt))) return answer;
  }
}

Result<http::IncomingResponse> RestChannel::SendOnce(const Context& context,
                                                     const RestRequest& request) {
  const auto remaining = context.Remaining();
  const Context bounded =
      remaining && *remaining < kRequestTimeout ? context : context.WithTimeout(kRequestTimeout);
  FIRN_ASSIGN_OR_RETURN(const http::OutgoingRequest outgoing, Prepare(bounded, request));
  return environment_.client->Send(bounded, outgoing);
}

Result<http::OutgoingRequest> RestChannel::Prepare(const Context& context,
                                                   const RestRequest& request) {
  http::OutgoingRequest outgoing;
  outgoing.method = request.method;
  outgoing.url = request.url;
  outgoing.headers = request.headers;
  outgoing.idempotent = request.repeat == Repeat::kHarmless;
  outgoing.fresh_connection = request.repeat == Repeat::kNever;
  outgoing.headers.Set("User-Agent", environment_.user_agent);
  outgoing.headers.Set("Accept", "application/json");
  if (!request.body.empty()) {
    outgoing.body = std::make_shared<const std::string>(request.body);
    outgoing.headers.Set("Content-Type", "application/json");
  }
  for (const http::Header& header : settings_.headers)
    outgoing.headers.Set(header.name, header.value);
  switch (settings_.auth) {
    case AuthKind::kNone: break;
    case AuthKind::kSigV4: {
      FIRN_ASSIGN_OR_RETURN(const Credentials keys, signing_keys_.Get(context));
      FIRN_TRY(sigv4::SignRequest(
          outgoing.headers, outgoing.method, outgoing.url, sigv4::PathEncoding::kTwice,
          Sha256Hex(request.body), keys,
          {.region = settings_.signing_region, .service = settings_.signing_name},
          environment_.clock.Now()));
      break;
    }
    case AuthKind::kToken:
    case AuthKind::kClientCredentials: {
      FIRN_ASSIGN_OR_RETURN(const Secret token, Token(context));
      outgoing.headers.Set("Authorization", "Bearer " + std::string(token.Reveal()));
      break;
    }
  }
  return outgoing;
}

Result<Secret> RestChannel::Token(const Context& context) {
  if (settings_.auth == AuthKind::kToken) return settings_.oauth.token;
  return token_.Get(context, [this](const Context& inner) { return BuyToken(inner); });
}

Result<Fetched<Secret>> RestChannel::BuyToken(const Context& context) const {
  const OAuthSettings& oauth = settings_.oauth;
  http::OutgoingRequest outgoing;
  outgoing.method = "POST";
  outgoing.url =
      oauth.server_url.empty() ? iceberg_rest::OAuthTokenUrl(settings_.base_url) : oauth.server_url;
  outgoing.headers.Set("User-Agent", environment_.user_agent);
  outgoing.headers.Set("Accept", "application/json");
  outgoing.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  std::string form =
      FormField("grant_type", "client_credentials") + "&" + FormField("scope", oauth.scope);
  if (!oauth.client_id.empty()) form += "&" + FormField("client_id", oauth.client_id);
  form += "&" + FormField("client_secret", oauth.client_secret.Reveal());
  if (!oauth.audience.empty()) form += "&" + FormField("audience", oauth.audience);
  if (!oauth.resource.empty()) form += "&" + FormField("resource", oauth.resource);
  outgoing.body = std::make_shared<const std::string>(std::move(form));
  outgoing.idempotent = true;

  const WallTime asked_at = environment_.clock.Now();
  FIRN_ASSIGN_OR_RETURN_NOTE(const http::IncomingResponse answer,
                             environment_.client->Send(context, outgoing),
                             "asking for an OAuth2 token at " + outgoing.url);
  if (answer.status != 200) {
    Error error = iceberg_rest::ToError(ModelOf(answer));
    const bool is_refusal = answer.status < 500 && answer.status != 429;
    return Unexpected{Error(
        is_refusal ? ErrorCode::kUnauthenticated : error.code(),
        is_refusal ? "OAuthRefused" : error.reason(),
        "The OAuth2 server refused a token: " + error.message() +
            "\nhint: check iceberg.catalog.oauth2.credential and iceberg.catalog.oauth2.scope "
            "(asked at " +
            outgoing.url + ")")};
  }
  FIRN_ASSIGN_OR_RETURN_NOTE(const iceberg_rest::OAuthTokenResponse token,
                             iceberg_rest::ParseOAuthTokenResponse(answer.body),
                             "reading the OAuth2 token's answer");
  Fetched<Secret> fetched{.value = Secret(token.access_token), .expires = std::nullopt};
  const std::int64_t life_seconds =
      std::clamp<std::int64_t>(token.expires_in_seconds.value_or(3600), 1, 86'400 * 30);
  fetched.expires = asked_at + std::chrono::seconds(life_seconds);
  return fetched;
}

std::string RestChannel::HintFor(const Error& error, const http::IncomingResponse& answer) const {
  const std::string& reason = error.reason();
  const AccessKeyId& fixed_id = settings_.signing_plan.fixed.access_key_id;
  const std::string key_id =
      fixed_id.value().empty() ? "that Firn found" : MaskText(fixed_id.value());
  if (reason == "UnrecognizedClient") {
    return "the service does not know the access key " + key_id +
           "; check iceberg.catalog.rest.access-key-id (and iceberg.catalog.rest.session-token, if "
           "it is a temporary key)";
  }
  if (reason == "SignatureDoesNotMatch") {
    return "check iceberg.catalog.rest.secret-access-key; requests are signed for service '" +
           settings_.signing_name + "' in region '" + settings_.signing_region +
           "' (iceberg.catalog.rest.signing-name, aws.s3.region)";
  }
  if (reason == "RequestTimeTooSkewed") {
    return "this machine's clock says " + FormatHttpDate(environment_.clock.Now()) +
           ", the server's " + std::string(answer.headers.Find("date").value_or("says nothing")) +
           "; they may differ by 15 minutes";
  }
  if (reason == "ExpiredToken") {
    return "the temporary key of the catalog has expired; create the catalog again with a new "
           "iceberg.catalog.rest.session-token, or with a long-lived key";
  }
  if (error.code() == ErrorCode::kPermissionDenied) {
    if (error.message().find("Lake Formation") != std::string::npos) {
      return "grant the permission named above in Lake Formation to the owner of access key " +
             key_id;
    }
    const std::string action = WordAfter(error.message(), "not authorized to perform: ");
    const std::string resource = WordAfter(error.message(), "on resource: ");
    if (!action.empty()) {
      return "allow " + action + (resource.empty() ? "" : " on " + resource) +
             " in an IAM policy of the owner of access key " + key_id;
    }
  }
  if (answer.status >= 300 && answer.status < 400) {
    return "the server redirects to " +
           std::string(answer.headers.Find("location").value_or("nowhere")) +
           "; put the final address into iceberg.catalog.uri";
  }
  return "";
}

Error RestChannel::AnswerError(const http::IncomingResponse& answer, std::string_view doing) const {
  iceberg_rest::ErrorModel model = ModelOf(answer);
  if (answer.status < 300 && iceberg_rest::IsUnknownOperation(answer.body)) model.code = 404;
  const Error error = iceberg_rest::ToError(model);
  std::string message = std::string(doing) + " using REST Catalog, exception: " + error.message();
  if (const std::string hint = HintFor(error, answer); !hint.empty()) message += "\nhint: " + hint;
  return Error(error.code(), error.reason(), std::move(message), error.place());
}

Error RestChannel::TransportError(const Error& error, std::string_view doing) const {
  std::string message = std::string(doing) + " using REST Catalog, exception: ";
  const bool is_network = error.code() == ErrorCode::kUnavailable;
  if (is_network) message += "cannot reach " + settings_.base_url + ": ";
  message += error.FullMessage();
  if (is_network)
    message +=
        "\nhint: check iceberg.catalog.uri, and that the server is up and reachable from here";
  return Error(error.code(), error.reason(), std::move(message), error.place());
}

}  // namespace firn::catalog
