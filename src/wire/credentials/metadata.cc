#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/durable_file.h"
#include "wire/credentials/chain.h"
#include "wire/credentials/limits.h"

/// The two services a machine or a container asks about itself.

namespace firn::credentials {
namespace {

constexpr std::string_view kContainerHost = "http://169.254.170.2";
constexpr std::string_view kInstanceHost = "http://169.254.169.254";
constexpr std::string_view kTokenSeconds = "21600";

Unexpected NotConfigured(std::string message) {
  return Unauthenticated("NotConfigured", std::move(message));
}

/// Where a container's full URI may lead without TLS: nowhere outside the machine.
bool IsContainerHost(std::string_view host) {
  constexpr auto kHosts = std::to_array<std::string_view>(
      {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost", "[::1]"});
  if (std::ranges::find(kHosts, host) != kHosts.end()) return true;
  const bool is_address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_address && host.starts_with("127.") && std::ranges::count(host, '.') == 3;
}

bool IsHeaderValue(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// A role's name as IAM spells them, so that it can stand in a path.
bool IsRoleName(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("+=,.@-_").find(c) != std::string_view::npos;
  });
}

Unexpected AnswerStatus(std::string_view source, std::string_view url, int status) {
  return Unauthenticated("NoCredentials", fmt::format("{} answered {} to {}", source, status, url));
}

}  // namespace

Result<http::IncomingResponse> Sources::AskMetadata(const Context& context,
                                                    http::OutgoingRequest request) const {
  request.idempotent = true;
  request.answer_bytes_max = kAnswerBytesMax;
  for (int attempt = 1;; ++attempt) {
    const auto remaining = context.Remaining();
    const Context bounded = remaining && *remaining < kMetadataTimeout
                                ? context
                                : context.WithTimeout(kMetadataTimeout);
    auto answer = metadata_client_->Send(bounded, request);
    const bool passes = answer ? answer->status >= 500 : true;
    if (!passes || attempt >= kMetadataAttemptsMax) return answer;
    FIRN_TRY(context.Check());
  }
}

Result<Found> Sources::FromContainer(const Context& context) const {
  const std::string& relative = surroundings_.container_relative_uri;
  const std::string& full = surroundings_.container_full_uri;
  if (relative.empty() && full.empty()) {
    return NotConfigured(
        "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is "
        "set");
  }
  if (metadata_client_ == nullptr) return NotConfigured("this process asks no metadata service");
  http::OutgoingRequest request;
  request.url = relative.empty() ? full : std::string(kContainerHost) + relative;
  if (!relative.empty() && !relative.starts_with('/'))
    return Unauthenticated("ForbiddenHost",
                           "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
  FIRN_ASSIGN_OR_RETURN(const http::Url url, http::ParseUrl(request.url));
  if (url.scheme != "https" && !IsContainerHost(url.host)) {
    return Unauthenticated("ForbiddenHost",
                           "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to " + url.host +
                               ": without https only loopback and the addresses of ECS and EKS "
                               "are asked");
  }
  std::string token(surroundings_.container_token.Reveal());
  if (!surroundings_.container_token_file.empty()) {
    FIRN_ASSIGN_OR_RETURN_NOTE(
        token, ReadWholeFile(surroundings_.container_token_file, kTokenFileBytesMax),
        "reading AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  }
  if (!IsHeaderValue(token))
    return Unauthenticated("NoCredentials", "the container's token does not fit into a header");
  if (!token.empty()) request.headers.Set("Authorization", token);
  const std::string where = url.scheme + "://" + url.HostHeader() + url.path;
  FIRN_ASSIGN_OR_RETURN(const http::IncomingResponse answer, AskMetadata(context, request));
  if (answer.status != 200) return AnswerStatus("the container's service", where, answer.status);
  return ParseKeysAnswer(answer.body, "container at " + where);
}

Result<Found> Sources::FromInstanceMetadata(const Context& context) const {
  if (surroundings_.metadata_disabled) return NotConfigured("AWS_EC2_METADATA_DISABLED is true");
  if (metadata_client_ == nullptr) return NotConfigured("this process asks no metadata service");
  std::string base = surroundings_.metadata_endpoint.empty() ? std::string(kInstanceHost)
                                                             : surroundings_.metadata_endpoint;
  while (base.ends_with('/')) base.pop_back();

  http::OutgoingRequest ask_token;
  ask_token.method = "PUT";
  ask_token.url = base + "/latest/api/token";
  ask_token.headers.Set("X-aws-ec2-metadata-token-ttl-seconds", kTokenSeconds);
  ask_token.body = std::make_shared<const std::string>();
  FIRN_ASSIGN_OR_RETURN(const http::IncomingResponse token, AskMetadata(context, ask_token));
  if (token.status != 200) return AnswerStatus("instance metadata", ask_token.url, token.status);
  if (!IsHeaderValue(token.body))
    return Unavailable("BadCredentialsAnswer", "instance metadata gave a token that is none");

  const auto get = [&](const std::string& path) -> Result<std::string> {
    http::OutgoingRequest request;
    request.url = base + path;
    request.headers.Set("X-aws-ec2-metadata-token", token.body);
    FIRN_ASSIGN_OR_RETURN(http::IncomingResponse answer, AskMetadata(context, request));
    if (answer.status == 404 && path.ends_with('/'))
      return Unauthenticated("NoCredentials", "this instance has no instance profile");
    if (answer.status != 200) return AnswerStatus("instance metadata", request.url, answer.status);
    return std::move(answer.body);
  };
  const std::string folder = "/latest/meta-data/iam/security-credentials/";
  FIRN_ASSIGN_OR_RETURN(std::string role, get(folder));
  role.resize(std::min(role.size(), role.find('\n')));
  while (!role.empty() && (role.back() == '\r' || role.back() == ' ')) role.pop_back();
  if (!IsRoleName(role)) {
    return Unauthenticated("NoCredentials",
                           role.empty() ? "this instance has no instance profile"
                                        : "instance metadata named a role that is no role's name");
  }
  FIRN_ASSIGN_OR_RETURN(const std::string keys, get(folder + role));
  FIRN_ASSIGN_OR_RETURN(Found found, ParseKeysAnswer(keys, "instance profile, role " + role));
  if (!found.expires) found.expires = clock_.Now() + kLifeAssumed;
  return found;
}

}  // namespace firn::credentials
