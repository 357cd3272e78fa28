#include "engine/catalog/rest_settings.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace firn::catalog {
namespace {

using Merged = std::map<std::string, Secret, std::less<>>;

constexpr std::string_view kStart = "iceberg.catalog.";

/// StarRocks' words for what Iceberg's client calls otherwise.
struct Renamed {
  std::string_view from;
  std::string_view to;
};
constexpr auto kRenamed = std::to_array<Renamed>({
    {"oauth2.token", "token"},
    {"oauth2.credential", "credential"},
    {"oauth2.scope", "scope"},
    {"oauth2.server-uri", "oauth2-server-uri"},
    {"oauth2.audience", "audience"},
    {"oauth2.resource", "resource"},
});

/// What a server may not decide for the client: where it sends its secrets, and who it is.
constexpr auto kNeverFromServer = std::to_array<std::string_view>({
    "uri",
    "token",
    "credential",
    "oauth2-server-uri",
    "security",
    "rest.access-key-id",
    "rest.secret-access-key",
    "rest.session-token",
    "warehouse",
});

void TakeFromServer(Merged& merged, const iceberg_rest::Properties& properties) {
  for (const auto& [key, value] : properties) {
    if (key.starts_with("header."))
      continue;  // Glue sends header.Content-Type, which helps nobody.
    if (std::ranges::find(kNeverFromServer, key) != kNeverFromServer.end()) continue;
    merged[key] = Secret(value);
  }
}

void TakeFromUser(Merged& merged, const CatalogDefinition& definition) {
  for (const CatalogProperty& property : definition.properties) {
    std::string_view key = property.key;
    if (key.starts_with(kStart)) key.remove_prefix(kStart.size());
    for (const Renamed& renamed : kRenamed) {
      if (key == renamed.from) key = renamed.to;
    }
    merged[std::string(key)] = Secret(std::string(property.Reveal()));
  }
}

std::string Text(const Merged& merged, std::string_view key, std::string_view otherwise = "") {
  const auto found = merged.find(key);
  return std::string(found == merged.end() ? otherwise : found->second.Reveal());
}

bool Flag(const Merged& merged, std::string_view key, bool otherwise) {
  const auto found = merged.find(key);
  return found == merged.end() ? otherwise : EqualsIgnoreCaseAscii(found->second.Reveal(), "true");
}

std::string FirstText(const Merged& merged, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (std::string text = Text(merged, key); !text.empty()) return text;
  }
  return "";
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  // A URI that names the version already, as some guides write it.
  if (url.ends_with("/v1")) url.resize(url.size() - 3);
  return url;
}

Result<AuthKind> AuthKindOf(const Merged& merged) {
  const std::string security = ToLowerAscii(Text(merged, "security", "none"));
  const std::string auth_type = ToLowerAscii(Text(merged, "rest.auth.type"));
  if (security != "none" && security != "oauth2" && security != "") {
    return Unsupported("UnsupportedProperty",
                       "Property \"iceberg.catalog.security\" = \"" + security +
                           "\" is not supported: Firn knows NONE and OAUTH2");
  }
  if (!auth_type.empty() && auth_type != "none" && auth_type != "oauth2" && auth_type != "sigv4") {
    return Unsupported("UnsupportedProperty",
                       "Property \"iceberg.catalog.rest.auth.type\" = \"" + auth_type +
                           "\" is not supported: Firn knows none, oauth2 and sigv4");
  }
  if (Flag(merged, "rest.sigv4-enabled", false) || auth_type == "sigv4") return AuthKind::kSigV4;
  if (merged.contains("credential")) return AuthKind::kClientCredentials;
  if (merged.contains("token")) return AuthKind::kToken;
  if (security == "oauth2" || auth_type == "oauth2") {
    return InvalidArgument(
        "MissingProperty",
        "Missing required catalog property \"iceberg.catalog.oauth2.credential\": OAUTH2 needs it, "
        "or \"iceberg.catalog.oauth2.token\"");
  }
  return AuthKind::kNone;
}

Status ReadSigning(const Merged& merged, std::string_view host, RestSettings& settings) {
  const AwsHost aws = ParseAwsHost(host);
  Credentials& keys = settings.signing_credentials;
  keys.access_key_id = AccessKeyId(FirstText(merged, {"rest.access-key-id", "aws.s3.access_key"}));
  keys.secret_key = Secret(FirstText(merged, {"rest.secret-access-key", "aws.s3.secret_key"}));
  keys.session_token = Secret(FirstText(merged, {"rest.session-token", "aws.s3.session_token"}));
  const auto missing = [](std::string_view key) {
    return InvalidArgument("MissingProperty", "Missing required catalog property \"" +
                                                  std::string(key) +
                                                  "\": SigV4 signs every request with it");
  };
  if (keys.access_key_id.value().empty()) return missing("iceberg.catalog.rest.access-key-id");
  if (keys.secret_key.empty()) return missing("iceberg.catalog.rest.secret-access-key");
  settings.signing_name = Text(merged, "rest.signing-name", aws.service);
  if (settings.signing_name.empty()) return missing("iceberg.catalog.rest.signing-name");
  settings.signing_region =
      FirstText(merged, {"rest.signing-region", "aws.s3.region", "client.region", "s3.region"});
  if (settings.signing_region.empty()) settings.signing_region = aws.region;
  if (settings.signing_region.empty()) return missing("iceberg.catalog.rest.signing-region");
  return Ok();
}

void ReadOAuth(const Merged& merged, OAuthSettings& oauth) {
  oauth.token = Secret(Text(merged, "token"));
  const std::string credential = Text(merged, "credential");
  const auto colon = credential.find(':');
  if (colon != std::string::npos) {
    oauth.client_id = credential.substr(0, colon);
    oauth.client_secret = Secret(credential.substr(colon + 1));
  } else {
    oauth.client_secret = Secret(credential);
  }
  oauth.scope = Text(merged, "scope", "catalog");
  oauth.server_url = Text(merged, "oauth2-server-uri");
  oauth.audience = Text(merged, "audience");
  oauth.resource = Text(merged, "resource");
}

std::string WithScheme(std::string endpoint, bool tls) {
  if (endpoint.empty() || endpoint.starts_with("http://") || endpoint.starts_with("https://"))
    return endpoint;
  return (tls ? "https://" : "http://") + endpoint;
}

std::optional<Credentials> KeysOf(std::string access_key, std::string secret_key,
                                  std::string session_token) {
  if (access_key.empty() || secret_key.empty()) return std::nullopt;
  return Credentials{AccessKeyId(std::move(access_key)), Secret(std::move(secret_key)),
                     Secret(std::move(session_token))};
}

StorageSettings ReadStorage(const CatalogDefinition& definition) {
  Merged user;
  TakeFromUser(user, definition);
  StorageSettings storage;
  const bool tls = Flag(user, "aws.s3.enable_ssl", true);
  storage.endpoint = WithScheme(FirstText(user, {"aws.s3.endpoint", "s3.endpoint"}), tls);
  storage.region = FirstText(user, {"aws.s3.region", "s3.region", "client.region"});
  if (user.contains("aws.s3.enable_path_style_access")) {
    storage.path_style = Flag(user, "aws.s3.enable_path_style_access", false);
  } else if (user.contains("s3.path-style-access")) {
    storage.path_style = Flag(user, "s3.path-style-access", false);
  }
  storage.credentials = KeysOf(FirstText(user, {"aws.s3.access_key", "s3.access-key-id"}),
                               FirstText(user, {"aws.s3.secret_key", "s3.secret-access-key"}),
                               FirstText(user, {"aws.s3.session_token", "s3.session-token"}));
  return storage;
}

bool IsTableBucket(const RestSettings& settings) {
  for (const std::string& text : {settings.warehouse, settings.prefix_raw}) {
    if (text.find("s3tablescatalog") != std::string::npos) return true;
    if (text.starts_with("arn:aws") && text.find(":s3tables:") != std::string::npos) return true;
    if (text.starts_with("arn%3Aaws") && text.find("s3tables") != std::string::npos) return true;
  }
  return settings.auth == AuthKind::kSigV4 && settings.signing_name == "s3tables";
}

void ReadHeaders(const CatalogDefinition& definition, RestSettings& settings) {
  constexpr std::string_view kHeader = "iceberg.catalog.header.";
  for (const CatalogProperty& property : definition.properties) {
    if (!property.key.starts_with(kHeader)) continue;
    settings.headers.push_back(
        {property.key.substr(kHeader.size()), std::string(property.Reveal())});
  }
}

}  // namespace

AwsHost ParseAwsHost(std::string_view host) {
  for (const std::string_view end : {".amazonaws.com", ".amazonaws.com.cn", ".api.aws"}) {
    if (!host.ends_with(end)) continue;
    const std::vector<std::string_view> parts =
        Split(host.substr(0, host.size() - end.size()), '.');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) return {};
    return {std::string(parts[0]), std::string(parts[1])};
  }
  return {};
}

Result<RestSettings> MakeRestSettings(const CatalogDefinition& definition,
                                      const iceberg_rest::ConfigResponse* config) {
  Merged merged;
  if (config != nullptr) TakeFromServer(merged, config->defaults);
  TakeFromUser(merged, definition);
  if (config != nullptr) TakeFromServer(merged, config->overrides);

  RestSettings settings;
  settings.base_url = WithoutSlash(Text(merged, "uri"));
  FIRN_ASSIGN_OR_RETURN(const http::Url url, http::ParseUrl(settings.base_url));
  settings.warehouse = Text(merged, "warehouse");
  settings.prefix_raw = Text(merged, "prefix");
  FIRN_ASSIGN_OR_RETURN(settings.auth, AuthKindOf(merged));
  if (settings.auth == AuthKind::kSigV4) FIRN_TRY(ReadSigning(merged, url.host, settings));
  ReadOAuth(merged, settings.oauth);
  ReadHeaders(definition, settings);
  settings.vended_credentials = Flag(merged, "vended-credentials-enabled", true);
  settings.nested_namespaces = Flag(merged, "rest.nested-namespace-enabled", false);
  settings.views = Flag(merged, "rest.view-endpoints-enabled", true);
  if (config != nullptr) {
    settings.endpoints = config->endpoints;
    settings.idempotency_keys = config->idempotency_key_lifetime.has_value();
    const bool lists_views =
        config->endpoints &&
        std::ranges::any_of(*config->endpoints, [](const std::string& endpoint) {
          return endpoint == "GET /v1/{prefix}/namespaces/{namespace}/views";
        });
    settings.views =
        settings.views && (lists_views || Flag(merged, "view-endpoints-supported", false));
  }
  settings.storage = ReadStorage(definition);
  settings.is_table_bucket = IsTableBucket(settings);
  return settings;
}

StorageSettings StorageOf(const RestSettings& settings,
                          const iceberg_rest::Properties& table_config) {
  const auto find = [&](std::string_view key) -> std::string {
    const auto found = table_config.find(std::string(key));
    return found == table_config.end() ? "" : found->second;
  };
  StorageSettings storage;
  storage.endpoint =
      settings.storage.endpoint.empty() ? find("s3.endpoint") : settings.storage.endpoint;
  storage.region = find("client.region");
  if (storage.region.empty()) storage.region = find("s3.region");
  if (storage.region.empty()) storage.region = settings.storage.region;
  if (storage.region.empty()) storage.region = settings.signing_region;
  if (settings.storage.path_style) {
    storage.path_style = settings.storage.path_style;
  } else if (const std::string flag = find("s3.path-style-access"); !flag.empty()) {
    storage.path_style = EqualsIgnoreCaseAscii(flag, "true");
  }
  storage.credentials =
      KeysOf(find("s3.access-key-id"), find("s3.secret-access-key"), find("s3.session-token"));
  return storage;
}

}  // namespace firn::catalog
