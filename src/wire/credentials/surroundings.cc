#include "wire/credentials/surroundings.h"

#include "base/encoding.h"

namespace firn::credentials {

Surroundings SurroundingsFrom(
    const std::function<std::optional<std::string>(std::string_view name)>& lookup) {
  const auto text = [&](std::string_view name) { return lookup(name).value_or(""); };
  const auto first = [&](std::string_view name, std::string_view otherwise) {
    std::string value = text(name);
    return value.empty() ? text(otherwise) : value;
  };
  Surroundings found;
  found.keys = {.access_key_id = AccessKeyId(text("AWS_ACCESS_KEY_ID")),
                .secret_key = Secret(text("AWS_SECRET_ACCESS_KEY")),
                .session_token = Secret(text("AWS_SESSION_TOKEN"))};
  if (std::string profile = first("AWS_PROFILE", "AWS_DEFAULT_PROFILE"); !profile.empty()) {
    found.profile = std::move(profile);
    found.names_profile = true;
  }
  const std::string home = text("HOME");
  const auto file = [&](std::string_view name, std::string_view below_home) {
    if (const std::string path = text(name); !path.empty()) return std::filesystem::path(path);
    if (home.empty()) return std::filesystem::path();
    return std::filesystem::path(home) / ".aws" / below_home;
  };
  found.config_file = file("AWS_CONFIG_FILE", "config");
  found.credentials_file = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  found.region = first("AWS_REGION", "AWS_DEFAULT_REGION");
  found.role_arn = text("AWS_ROLE_ARN");
  found.role_session_name = text("AWS_ROLE_SESSION_NAME");
  found.web_identity_token_file = text("AWS_WEB_IDENTITY_TOKEN_FILE");
  found.container_relative_uri = text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  found.container_full_uri = text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  found.container_token = Secret(text("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  found.container_token_file = text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  found.metadata_disabled = EqualsIgnoreCaseAscii(text("AWS_EC2_METADATA_DISABLED"), "true");
  found.metadata_endpoint = text("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  found.fips = EqualsIgnoreCaseAscii(text("AWS_USE_FIPS_ENDPOINT"), "true");
  found.dual_stack = EqualsIgnoreCaseAscii(text("AWS_USE_DUALSTACK_ENDPOINT"), "true");
  found.sts_endpoint = first("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL");
  return found;
}

}  // namespace firn::credentials
