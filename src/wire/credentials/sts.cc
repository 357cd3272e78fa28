#include "wire/credentials/sts.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "wire/credentials/limits.h"
#include "wire/sigv4/sign.h"

namespace firn::credentials {
namespace {

using Form = std::vector<std::pair<std::string_view, std::string>>;

std::string PrintForm(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form)
    text += (text.empty() ? "" : "&") + std::string(name) + "=" + PercentEncode(value);
  return text;
}

/// A server's words, short and on one line. Nothing secret was sent that it could repeat but the
/// token of a web identity, which AWS does not; `secret` is struck out all the same.
std::string CleanWords(std::string text, const Secret& secret) {
  const std::string_view hidden = secret.Reveal();
  for (std::size_t at = 0; hidden.size() >= 4 && (at = text.find(hidden)) != std::string::npos;)
    text.replace(at, hidden.size(), "******");
  if (text.size() > kServerWordsBytesMax) text.resize(kServerWordsBytesMax);
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

Unexpected Refused(const http::IncomingResponse& answer, std::string_view action,
                   const RoleRequest& request, const Secret& secret) {
  pugi::xml_document document;
  std::string code;
  std::string message;
  if (document.load_buffer(answer.body.data(), answer.body.size())) {
    const pugi::xml_node error = document.document_element().child("Error");
    code = CleanWords(error.child_value("Code"), secret);
    message = CleanWords(error.child_value("Message"), secret);
  }
  if (code.empty()) code = fmt::format("HTTP {}", answer.status);
  std::string text = fmt::format("{} for {} was refused at {}: {}{}{}", action, request.arn,
                                 request.endpoint, code, message.empty() ? "" : ": ", message);
  if (answer.status >= 500 || answer.status == 429)
    return Unavailable("AssumeRoleFailed", std::move(text));
  return Unauthenticated("AssumeRoleRefused", std::move(text));
}

/// Both actions are harmless when repeated.
Result<http::IncomingResponse> Ask(const Context& context, http::Client& client,
                                   const http::OutgoingRequest& request) {
  const auto remaining = context.Remaining();
  const Context bounded =
      remaining && *remaining < kStsTimeout ? context : context.WithTimeout(kStsTimeout);
  for (int attempt = 1;; ++attempt) {
    auto answer = client.Send(bounded, request);
    const bool passes = answer ? answer->status >= 500 || answer->status == 429
                               : answer.error().code() == ErrorCode::kUnavailable;
    if (!passes || attempt >= kStsAttemptsMax) return answer;
    FIRN_TRY(bounded.Sleep(kStsRetryWait * attempt));
  }
}

http::OutgoingRequest RequestOf(const RoleRequest& request, const Form& form) {
  http::OutgoingRequest outgoing;
  outgoing.method = "POST";
  outgoing.url = request.endpoint + (request.endpoint.ends_with('/') ? "" : "/");
  outgoing.headers.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  outgoing.headers.Set("Accept", "text/xml");
  outgoing.body = std::make_shared<const std::string>(PrintForm(form));
  outgoing.idempotent = true;
  outgoing.answer_bytes_max = kAnswerBytesMax;
  return outgoing;
}

Unexpected BadAnswer(std::string_view source, std::string_view what) {
  return Unavailable("BadCredentialsAnswer", fmt::format("{}: the answer {}", source, what));
}

}  // namespace

Result<std::string> StsEndpoint(std::string_view region, aws::EndpointVariant variant) {
  return aws::ServiceEndpoint("sts", region, variant);
}

Result<Found> AssumeRole(const Context& context, http::Client& client, const Clock& clock,
                         const Found& base, const RoleRequest& request) {
  Form form{{"Action", "AssumeRole"},
            {"Version", "2011-06-15"},
            {"RoleArn", request.arn},
            {"RoleSessionName", request.session_name}};
  if (!request.external_id.empty()) form.emplace_back("ExternalId", request.external_id);
  http::OutgoingRequest outgoing = RequestOf(request, form);
  FIRN_TRY(sigv4::SignRequest(outgoing.headers, outgoing.method, outgoing.url,
                              sigv4::PathEncoding::kTwice, Sha256Hex(*outgoing.body),
                              base.credentials, {.region = request.region, .service = "sts"},
                              clock.Now()));
  FIRN_ASSIGN_OR_RETURN_NOTE(const http::IncomingResponse answer, Ask(context, client, outgoing),
                             "assuming " + request.arn + " at " + request.endpoint);
  if (answer.status != 200)
    return Refused(answer, "AssumeRole", request, base.credentials.session_token);
  return ParseStsAnswer(answer.body, "role " + request.arn + " assumed with " + base.source);
}

Result<Found> AssumeRoleWithWebIdentity(const Context& context, http::Client& client, const Clock&,
                                        const Secret& token, const RoleRequest& request) {
  const http::OutgoingRequest outgoing =
      RequestOf(request, {{"Action", "AssumeRoleWithWebIdentity"},
                          {"Version", "2011-06-15"},
                          {"RoleArn", request.arn},
                          {"RoleSessionName", request.session_name},
                          {"WebIdentityToken", std::string(token.Reveal())}});
  FIRN_ASSIGN_OR_RETURN_NOTE(const http::IncomingResponse answer, Ask(context, client, outgoing),
                             "assuming " + request.arn + " at " + request.endpoint);
  if (answer.status != 200) return Refused(answer, "AssumeRoleWithWebIdentity", request, token);
  return ParseStsAnswer(answer.body, "role " + request.arn + " assumed with a web identity");
}

Result<Found> ParseStsAnswer(std::string_view xml, std::string source) {
  pugi::xml_document document;
  if (xml.size() > kAnswerBytesMax || !document.load_buffer(xml.data(), xml.size()))
    return BadAnswer(source, "is not XML");
  for (const pugi::xml_node result : document.document_element().children()) {
    const pugi::xml_node keys = result.child("Credentials");
    if (!keys) continue;
    Found found{.credentials = {.access_key_id = AccessKeyId(keys.child_value("AccessKeyId")),
                                .secret_key = Secret(keys.child_value("SecretAccessKey")),
                                .session_token = Secret(keys.child_value("SessionToken"))},
                .expires = std::nullopt,
                .source = std::move(source)};
    if (found.credentials.access_key_id.value().empty() || found.credentials.secret_key.empty())
      return BadAnswer(found.source, "has no keys");
    const auto expires = ParseIso8601(keys.child_value("Expiration"));
    if (!expires) return BadAnswer(found.source, "does not say when the keys expire");
    found.expires = *expires;
    return found;
  }
  return BadAnswer(source, "has no Credentials");
}

Result<Found> ParseKeysAnswer(std::string_view text, std::string source) {
  const auto document = ParseJson(text, {.depth_max = 8, .bytes_max = kAnswerBytesMax});
  if (!document || !document->is_object()) return BadAnswer(source, "is not a JSON object");
  const json::object& object = document->as_object();
  const auto member = [&](std::string_view name) -> std::string {
    const auto found = FindString(object, name);
    return found && *found ? **found : "";
  };
  if (const std::string code = member("Code"); !code.empty() && code != "Success") {
    return Unauthenticated("NoCredentials", fmt::format("{}: the answer's code is {}", source,
                                                        CleanWords(code, Secret())));
  }
  Found found{.credentials = {.access_key_id = AccessKeyId(member("AccessKeyId")),
                              .secret_key = Secret(member("SecretAccessKey")),
                              .session_token = Secret(member("Token"))},
              .expires = std::nullopt,
              .source = std::move(source)};
  if (found.credentials.access_key_id.value().empty() || found.credentials.secret_key.empty())
    return BadAnswer(found.source, "has no AccessKeyId and SecretAccessKey");
  if (const std::string expiration = member("Expiration"); !expiration.empty()) {
    const auto expires = ParseIso8601(expiration);
    if (!expires) return BadAnswer(found.source, "has an Expiration that is no time");
    found.expires = *expires;
  }
  return found;
}

}  // namespace firn::credentials
