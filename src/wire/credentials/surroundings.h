#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

/// What the process was started with, as far as AWS credentials go. The one who may read the
/// environment passes the values in; nothing here does.

namespace firn::credentials {

/// The AWS SDKs' variables. Empty: not set. Immutable once made.
struct Surroundings {
  Credentials keys;  ///< AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
  std::string profile = "default";    ///< AWS_PROFILE.
  bool names_profile = false;         ///< AWS_PROFILE is set.
  std::filesystem::path config_file;  ///< AWS_CONFIG_FILE, else ~/.aws/config.
  std::filesystem::path
      credentials_file;           ///< AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials.
  std::string region;             ///< AWS_REGION, else AWS_DEFAULT_REGION.
  std::string role_arn;           ///< AWS_ROLE_ARN, for the web identity.
  std::string role_session_name;  ///< AWS_ROLE_SESSION_NAME.
  std::filesystem::path web_identity_token_file;  ///< AWS_WEB_IDENTITY_TOKEN_FILE.
  std::string container_relative_uri;             ///< AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.
  std::string container_full_uri;                 ///< AWS_CONTAINER_CREDENTIALS_FULL_URI.
  Secret container_token;                         ///< AWS_CONTAINER_AUTHORIZATION_TOKEN.
  std::filesystem::path container_token_file;     ///< AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.
  bool metadata_disabled = false;                 ///< AWS_EC2_METADATA_DISABLED.
  std::string metadata_endpoint;                  ///< AWS_EC2_METADATA_SERVICE_ENDPOINT.
  bool fips = false;                              ///< AWS_USE_FIPS_ENDPOINT.
  bool dual_stack = false;                        ///< AWS_USE_DUALSTACK_ENDPOINT.
  std::string sts_endpoint;                       ///< AWS_ENDPOINT_URL_STS, else AWS_ENDPOINT_URL.
};

/// `lookup` gives a variable's value, nullopt when it is not set.
Surroundings SurroundingsFrom(
    const std::function<std::optional<std::string>(std::string_view name)>& lookup);

}  // namespace firn::credentials
