#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "wire/iceberg_rest/paths.h"

/// Requests and answers of the Iceberg REST catalog as plain records. Schemas, metadata, updates
/// and requirements stay JSON here: lake/iceberg gives them meaning.
///
/// Each record has Print…(record) -> body and Parse…(body) -> Result. Parsers are strict about what
/// they need and tolerant of what they do not know. Errors of all parsers: kInvalidArgument
/// (InvalidJson, MissingMember, WrongMemberType, naming the member),
/// kResourceExhausted/JsonTooLarge.

namespace firn::iceberg_rest {

using Properties = std::map<std::string, std::string>;

// Header names both sides use.
inline constexpr std::string_view kAccessDelegationHeader = "X-Iceberg-Access-Delegation";
inline constexpr std::string_view kVendedCredentials = "vended-credentials";
inline constexpr std::string_view kIdempotencyKeyHeader = "Idempotency-Key";

struct TableIdentifier {
  Namespace namespace_levels;
  std::string name;

  friend bool operator==(const TableIdentifier&, const TableIdentifier&) = default;
};

/// GET config.
struct ConfigResponse {
  Properties defaults;
  Properties overrides;
  /// `GET /v1/{prefix}/namespaces` and so on; nullopt when the server lists none.
  std::optional<std::vector<std::string>> endpoints;
  /// ISO 8601 duration, when the server honours Idempotency-Key.
  std::optional<std::string> idempotency_key_lifetime;
};
std::string PrintConfigResponse(const ConfigResponse& response);
Result<ConfigResponse> ParseConfigResponse(std::string_view body);

struct ListNamespacesResponse {
  std::vector<Namespace> namespaces;
  std::optional<std::string> next_page_token;
};
std::string PrintListNamespacesResponse(const ListNamespacesResponse& response);
Result<ListNamespacesResponse> ParseListNamespacesResponse(std::string_view body);

/// POST namespaces, its answer, and GET namespace's answer (`properties` may be missing there: S3
/// Tables omits it).
struct NamespaceDocument {
  Namespace namespace_levels;
  std::optional<Properties> properties;
};
std::string PrintNamespaceDocument(const NamespaceDocument& document);
Result<NamespaceDocument> ParseNamespaceDocument(std::string_view body);

struct UpdateNamespacePropertiesRequest {
  std::vector<std::string> removals;
  Properties updates;
};
std::string PrintUpdateNamespacePropertiesRequest(const UpdateNamespacePropertiesRequest& request);
Result<UpdateNamespacePropertiesRequest> ParseUpdateNamespacePropertiesRequest(
    std::string_view body);

struct UpdateNamespacePropertiesResponse {
  std::vector<std::string> updated;
  std::vector<std::string> removed;
  std::vector<std::string> missing;
};
std::string PrintUpdateNamespacePropertiesResponse(
    const UpdateNamespacePropertiesResponse& response);

/// The answer of list tables and of list views.
struct ListTablesResponse {
  std::vector<TableIdentifier> identifiers;
  std::optional<std::string> next_page_token;
};
std::string PrintListTablesResponse(const ListTablesResponse& response);
Result<ListTablesResponse> ParseListTablesResponse(std::string_view body);

struct CreateTableRequest {
  std::string name;
  std::optional<std::string> location;
  json::value schema;
  std::optional<json::value> partition_spec;
  std::optional<json::value> write_order;
  std::optional<bool> stage_create;  ///< S3 Tables insists on its presence.
  Properties properties;
};
std::string PrintCreateTableRequest(const CreateTableRequest& request);
Result<CreateTableRequest> ParseCreateTableRequest(std::string_view body);

/// Printing only: views are served from their JSON.
struct CreateViewRequest {
  std::string name;
  json::value schema;
  json::value view_version;
  Properties properties;
};
std::string PrintCreateViewRequest(const CreateViewRequest& request);

/// Credentials for one storage prefix.
struct StorageCredential {
  std::string prefix;
  Properties config;
};

/// The answer of load table, create table and register table.
struct LoadTableResult {
  std::optional<std::string> metadata_location;  ///< Absent for a staged create.
  json::value metadata;
  Properties config;
  std::vector<StorageCredential> storage_credentials;
};
std::string PrintLoadTableResult(const LoadTableResult& result);
Result<LoadTableResult> ParseLoadTableResult(std::string_view body);

struct LoadCredentialsResponse {
  std::vector<StorageCredential> storage_credentials;
};
std::string PrintLoadCredentialsResponse(const LoadCredentialsResponse& response);
Result<LoadCredentialsResponse> ParseLoadCredentialsResponse(std::string_view body);

struct CommitTableRequest {
  /// Needed in a transaction only; POST table names its table by the path, and may repeat it here.
  std::optional<TableIdentifier> identifier;
  json::array requirements;
  json::array updates;
};
std::string PrintCommitTableRequest(const CommitTableRequest& request);
Result<CommitTableRequest> ParseCommitTableRequest(std::string_view body);

struct CommitTableResponse {
  std::string metadata_location;
  json::value metadata;
};
std::string PrintCommitTableResponse(const CommitTableResponse& response);
Result<CommitTableResponse> ParseCommitTableResponse(std::string_view body);

struct CommitTransactionRequest {
  std::vector<CommitTableRequest> table_changes;
};
Result<CommitTransactionRequest> ParseCommitTransactionRequest(std::string_view body);

struct RenameTableRequest {
  TableIdentifier source;
  TableIdentifier destination;
};
std::string PrintRenameTableRequest(const RenameTableRequest& request);
Result<RenameTableRequest> ParseRenameTableRequest(std::string_view body);

struct RegisterTableRequest {
  std::string name;
  std::string metadata_location;
  bool overwrite = false;
};
std::string PrintRegisterTableRequest(const RegisterTableRequest& request);
Result<RegisterTableRequest> ParseRegisterTableRequest(std::string_view body);

/// The answer of the OAuth2 token endpoint. Parsing only: Firn is a client of it.
struct OAuthTokenResponse {
  std::string access_token;
  std::string token_type;
  std::optional<std::int64_t> expires_in_seconds;
};
Result<OAuthTokenResponse> ParseOAuthTokenResponse(std::string_view body);

}  // namespace firn::iceberg_rest
