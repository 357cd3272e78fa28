#include "engine/catalog/rest_settings.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "engine/catalog/confined_store_internal.h"
#include "wire/aws/endpoint.h"

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

/// The role of the properties, the signer's own name for it first.
Result<std::optional<credentials::RoleRequest>> ReadRole(const Merged& user, bool is_signer) {
  credentials::RoleRequest role;
  role.arn = is_signer ? FirstText(user, {"client.assume-role.arn", "aws.s3.iam_role_arn"})
                       : Text(user, "aws.s3.iam_role_arn");
  if (role.arn.empty()) return std::optional<credentials::RoleRequest>();
  if (!role.arn.starts_with("arn:aws") || role.arn.find(":role/") == std::string::npos) {
    return InvalidArgument("BadPropertyValue",
                           "Property \"aws.s3.iam_role_arn\" (or client.assume-role.arn) must be a "
                           "role's ARN, such as arn:aws:iam::111122223333:role/firn");
  }
  role.external_id = FirstText(user, {"aws.s3.external_id", "client.assume-role.external-id"});
  role.region = FirstText(user, {"aws.s3.sts.region", "client.assume-role.region"});
  role.endpoint = WithScheme(Text(user, "aws.s3.sts.endpoint"), true);
  if (!role.endpoint.empty())
    FIRN_TRY_NOTE(http::ParseUrl(role.endpoint), "reading aws.s3.sts.endpoint");
  if (!role.region.empty())
    FIRN_TRY_NOTE(credentials::StsEndpoint(role.region), "reading aws.s3.sts.region");
  return std::optional(std::move(role));
}

/// Where the properties say keys come from, StarRocks' precedence: the SDK's chain, the instance's
/// profile, the web identity, the keys that are written down. nullopt: they say nothing.
std::optional<credentials::Plan> ReadOrigin(const Merged& user, std::optional<Credentials> keys) {
  using credentials::Origin;
  const auto is_on = [&](std::string_view key) { return Flag(user, key, false); };
  credentials::Plan plan;
  if (is_on("aws.s3.use_aws_sdk_default_behavior")) {
    plan.origin = Origin::kDefaultChain;
  } else if (is_on("aws.s3.use_instance_profile")) {
    plan.origin = Origin::kInstanceProfile;
  } else if (is_on("aws.s3.use_web_identity_token_file")) {
    plan.origin = Origin::kWebIdentity;
  } else if (keys) {
    plan.fixed = *std::move(keys);
  } else {
    return std::nullopt;
  }
  return plan;
}

constexpr std::string_view kSourcesOfKeys =
    "or let Firn find keys: aws.s3.use_aws_sdk_default_behavior = true (environment, profile, "
    "container, instance), aws.s3.use_instance_profile or aws.s3.use_web_identity_token_file";

/// Keys and roles, from the user's words alone.
Status ReadPlans(const Merged& user, RestSettings& settings) {
  FIRN_ASSIGN_OR_RETURN(const auto storage_role, ReadRole(user, false));
  const auto s3_keys = KeysOf(Text(user, "aws.s3.access_key"), Text(user, "aws.s3.secret_key"),
                              Text(user, "aws.s3.session_token"));
  settings.storage_plan = ReadOrigin(
      user, s3_keys ? s3_keys
                    : KeysOf(Text(user, "s3.access-key-id"), Text(user, "s3.secret-access-key"),
                             Text(user, "s3.session-token")));
  if (settings.storage_plan) settings.storage_plan->role = storage_role;

  const bool signs = settings.auth == AuthKind::kSigV4;
  FIRN_ASSIGN_OR_RETURN(const auto signing_role, ReadRole(user, true));
  const std::string key_id = FirstText(user, {"rest.access-key-id", "aws.s3.access_key"});
  const auto own_keys =
      KeysOf(Text(user, "rest.access-key-id"), Text(user, "rest.secret-access-key"),
             Text(user, "rest.session-token"));
  std::optional<credentials::Plan> plan;
  if (own_keys) {
    plan = credentials::Plan{
        .origin = credentials::Origin::kFixed, .fixed = *own_keys, .role = std::nullopt};
  } else {
    plan = ReadOrigin(user, s3_keys);
  }
  if (plan) {
    plan->role = signing_role;
    settings.signing_plan = *std::move(plan);
    return Ok();
  }
  if (signs) {
    const std::string_view missing = key_id.empty() ? "iceberg.catalog.rest.access-key-id"
                                                    : "iceberg.catalog.rest.secret-access-key";
    return InvalidArgument("MissingProperty", "Missing required catalog property \"" +
                                                  std::string(missing) +
                                                  "\": SigV4 signs every request with it; " +
                                                  std::string(kSourcesOfKeys));
  }
  if (signing_role && !settings.storage_plan) {
    return InvalidArgument("MissingProperty",
                           "Property \"aws.s3.iam_role_arn\" needs keys to assume the role with: "
                           "set \"aws.s3.access_key\" and \"aws.s3.secret_key\", " +
                               std::string(kSourcesOfKeys));
  }
  return Ok();
}

Status ReadSigning(const Merged& merged, std::string_view host, RestSettings& settings) {
  const aws::AwsHost told = aws::ParseAwsHost(host);
  const auto missing = [](std::string_view key) {
    return InvalidArgument("MissingProperty", "Missing required catalog property \"" +
                                                  std::string(key) +
                                                  "\": SigV4 signs every request with it");
  };
  settings.signing_name = Text(merged, "rest.signing-name", told.service);
  if (settings.signing_name.empty()) return missing("iceberg.catalog.rest.signing-name");
  settings.signing_region =
      FirstText(merged, {"rest.signing-region", "aws.s3.region", "client.region", "s3.region"});
  if (settings.signing_region.empty()) settings.signing_region = told.region;
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

bool IsSameHost(std::string_view a, std::string_view b) {
  const auto first = http::ParseUrl(a);
  const auto second = http::ParseUrl(b);
  return first && second && EqualsIgnoreCaseAscii(first->host, second->host);
}

}  // namespace

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
  Merged user;
  TakeFromUser(user, definition);
  FIRN_TRY(ReadPlans(user, settings));
  FIRN_ASSIGN_OR_RETURN(settings.allowed_locations,
                        ParseAllowedLocations(Text(user, "firn.allowed-locations")));
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
  storage.credentials =
      KeysOf(find("s3.access-key-id"), find("s3.secret-access-key"), find("s3.session-token"));
  storage.endpoint = settings.storage.endpoint;
  if (storage.endpoint.empty()) {
    std::string named = find("s3.endpoint");
    if (storage.credentials || IsSameHost(named, settings.base_url))
      storage.endpoint = std::move(named);
  }
  storage.region = find("client.region");
  if (storage.region.empty()) storage.region = find("s3.region");
  if (storage.region.empty()) storage.region = settings.storage.region;
  if (storage.region.empty()) storage.region = settings.signing_region;
  if (settings.storage.path_style) {
    storage.path_style = settings.storage.path_style;
  } else if (const std::string flag = find("s3.path-style-access"); !flag.empty()) {
    storage.path_style = EqualsIgnoreCaseAscii(flag, "true");
  }
  return storage;
}

}  // namespace firn::catalog
