#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "engine/catalog/definition.h"
#include "lake/s3/credentials_source.h"
#include "wire/credentials/chain.h"
#include "wire/http/message.h"
#include "wire/iceberg_rest/messages.h"

/// A catalog's properties, merged with what the server's configuration says, in the form the client
/// uses.

namespace firn::objects {
class ObjectStore;
}

namespace firn::catalog {

enum class AuthKind {
  kNone,
  kSigV4,
  kToken,              ///< A bearer token, used as it is.
  kClientCredentials,  ///< OAuth2: id and secret buy tokens.
};

struct OAuthSettings {
  Secret token;
  std::string client_id;  ///< Empty when the credential is a secret alone.
  Secret client_secret;
  std::string scope = "catalog";
  std::string server_url;  ///< Where tokens are bought; empty: the catalog itself.
  std::string audience;
  std::string resource;
};

/// Where a table's bytes are, as far as the properties say.
struct StorageSettings {
  std::string endpoint;  ///< With scheme; empty: not said.
  std::string region;    ///< Empty: not said.
  std::optional<bool> path_style;
  std::optional<Credentials> credentials;
};

/// Makes the object store of one credential scope; `source` is asked for keys at every request. A
/// parameter, so that tests need no S3.
using StoreFactory = std::function<Result<std::shared_ptr<objects::ObjectStore>>(
    const StorageSettings& settings, s3store::CredentialsSource source)>;

/// Immutable.
struct RestSettings {
  std::string base_url;  ///< No slash at the end.
  std::string warehouse;
  std::string prefix_raw;
  AuthKind auth = AuthKind::kNone;
  /// Where the keys come from that sign for the catalog, of kSigV4. The user's words only: a server
  /// does not decide who the client is.
  credentials::Plan signing_plan;
  std::string signing_name;
  std::string signing_region;
  OAuthSettings oauth;
  std::vector<http::Header> headers;
  bool vended_credentials = true;
  bool nested_namespaces = false;
  bool views = true;
  /// Table buckets, by either face: a drop must purge.
  bool is_table_bucket = false;
  bool idempotency_keys = false;
  /// As the server lists them; nullopt when it lists none.
  std::optional<std::vector<std::string>> endpoints;
  /// What the user's properties say; it wins over what the server says of a table.
  StorageSettings storage;
  /// The same of keys; nullopt: those that sign serve.
  std::optional<credentials::Plan> storage_plan;
  /// Where objects of tables may lie besides the tables' own locations. The user's words only.
  std::vector<std::string> allowed_locations;
};

/// `config` is null before the server has been asked. Precedence: the server's defaults, the user's
/// properties, the server's overrides (which of them: prefix and the names Iceberg clients take;
/// never the URI nor an identity).
///
/// Errors: kInvalidArgument/MissingProperty (SigV4 without a region or a source of keys, a role
/// without keys to assume it with), /BadPropertyValue (what is no role's ARN, no STS address);
/// kUnsupported/ UnsupportedProperty for an unknown `security` or `auth.type`.
Result<RestSettings> MakeRestSettings(const CatalogDefinition& definition,
                                      const iceberg_rest::ConfigResponse* config);

/// What the config of a loaded table says of its storage, the settings' own words first.
///
/// A server's s3.endpoint is followed with keys that the server vends in the same breath, or to the
/// host of the catalog itself. The user's own keys go to no other host that a server names: they go
/// to aws.s3.endpoint, or to AWS.
StorageSettings StorageOf(const RestSettings& settings,
                          const iceberg_rest::Properties& table_config);

}  // namespace firn::catalog
