#include "wire/iceberg_rest/messages.h"

#include "wire/iceberg_rest/limits.h"

namespace firn::iceberg_rest {
namespace {

constexpr JsonLimits kLimits{.depth_max = kJsonDepthMax, .bytes_max = kBodyBytesMax};

Unexpected WrongMember(std::string_view name, std::string_view wanted) {
  return InvalidArgument("WrongMemberType",
                         "member '" + std::string(name) + "' must be " + std::string(wanted));
}

// Each parser below keeps the document in a local and reads members out of it.
Result<json::value> ParseDocument(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(json::value document, ParseJson(body, kLimits));
  FIRN_TRY(AsObject(document, "the body"));
  return document;
}

/// Values that are not text are kept as their JSON text: servers write `true` and `1` where the
/// specification has text.
Properties ReadProperties(const json::object& object) {
  Properties properties;
  for (const auto& [key, value] : object) {
    if (value.is_null()) continue;
    properties[std::string(key)] =
        value.is_string() ? std::string(value.get_string()) : PrintJson(value);
  }
  return properties;
}

Result<Properties> FindProperties(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::object* member, FindObject(object, name));
  return member == nullptr ? Properties() : ReadProperties(*member);
}

json::object ToObject(const Properties& properties) {
  json::object object;
  for (const auto& [key, value] : properties) object[key] = value;
  return object;
}

Result<std::vector<std::string>> ReadTexts(const json::array& array, std::string_view name) {
  std::vector<std::string> texts;
  texts.reserve(array.size());
  for (const json::value& value : array) {
    if (!value.is_string()) return WrongMember(name, "an array of strings");
    texts.emplace_back(value.get_string());
  }
  return texts;
}

Result<std::vector<std::string>> FindTexts(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::array* array, FindArray(object, name));
  if (array == nullptr) return std::vector<std::string>();
  return ReadTexts(*array, name);
}

json::array ToArray(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

Result<Namespace> ReadNamespace(const json::value& value, std::string_view name) {
  if (!value.is_array()) return WrongMember(name, "an array of strings");
  FIRN_ASSIGN_OR_RETURN(Namespace levels, ReadTexts(value.get_array(), name));
  if (levels.size() > kNamespaceLevelsMax) return WrongMember(name, "at most 16 levels");
  return levels;
}

Result<TableIdentifier> ReadIdentifier(const json::value& value, std::string_view what) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, what));
  FIRN_ASSIGN_OR_RETURN(const json::array* levels, GetArray(*object, "namespace"));
  TableIdentifier identifier;
  FIRN_ASSIGN_OR_RETURN(identifier.namespace_levels, ReadTexts(*levels, "namespace"));
  FIRN_ASSIGN_OR_RETURN(identifier.name, GetString(*object, "name"));
  return identifier;
}

json::object ToObject(const TableIdentifier& identifier) {
  return {{"namespace", ToArray(identifier.namespace_levels)}, {"name", identifier.name}};
}

Result<std::vector<StorageCredential>> FindStorageCredentials(const json::object& object) {
  std::vector<StorageCredential> credentials;
  FIRN_ASSIGN_OR_RETURN(const json::array* array, FindArray(object, "storage-credentials"));
  if (array == nullptr) return credentials;
  for (const json::value& value : *array) {
    FIRN_ASSIGN_OR_RETURN(const json::object* entry, AsObject(value, "storage-credentials"));
    StorageCredential credential;
    FIRN_ASSIGN_OR_RETURN(credential.prefix, GetString(*entry, "prefix"));
    FIRN_ASSIGN_OR_RETURN(credential.config, FindProperties(*entry, "config"));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

json::array ToArray(const std::vector<StorageCredential>& credentials) {
  json::array array;
  for (const StorageCredential& credential : credentials) {
    array.push_back(
        json::object{{"prefix", credential.prefix}, {"config", ToObject(credential.config)}});
  }
  return array;
}

Result<std::optional<json::value>> FindObjectValue(const json::object& object,
                                                   std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::object* member, FindObject(object, name));
  if (member == nullptr) return std::optional<json::value>();
  return std::optional<json::value>(json::value(*member));
}

Result<CommitTableRequest> ReadCommit(const json::object& object) {
  CommitTableRequest request;
  if (const json::value* identifier = FindMember(object, "identifier"); identifier != nullptr) {
    FIRN_ASSIGN_OR_RETURN(request.identifier, ReadIdentifier(*identifier, "identifier"));
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* requirements, FindArray(object, "requirements"));
  if (requirements != nullptr) request.requirements = *requirements;
  FIRN_ASSIGN_OR_RETURN(const json::array* updates, GetArray(object, "updates"));
  request.updates = *updates;
  return request;
}

}  // namespace

std::string PrintConfigResponse(const ConfigResponse& response) {
  json::object object{{"defaults", ToObject(response.defaults)},
                      {"overrides", ToObject(response.overrides)}};
  if (response.endpoints) object["endpoints"] = ToArray(*response.endpoints);
  if (response.idempotency_key_lifetime) {
    object["idempotency-key-lifetime"] = *response.idempotency_key_lifetime;
  }
  return PrintJson(object);
}

Result<ConfigResponse> ParseConfigResponse(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  ConfigResponse response;
  FIRN_ASSIGN_OR_RETURN(response.defaults, FindProperties(object, "defaults"));
  FIRN_ASSIGN_OR_RETURN(response.overrides, FindProperties(object, "overrides"));
  FIRN_ASSIGN_OR_RETURN(const json::array* endpoints, FindArray(object, "endpoints"));
  if (endpoints != nullptr) {
    FIRN_ASSIGN_OR_RETURN(response.endpoints, ReadTexts(*endpoints, "endpoints"));
  }
  FIRN_ASSIGN_OR_RETURN(response.idempotency_key_lifetime,
                        FindString(object, "idempotency-key-lifetime"));
  return response;
}

std::string PrintListNamespacesResponse(const ListNamespacesResponse& response) {
  json::array namespaces;
  for (const Namespace& levels : response.namespaces) namespaces.emplace_back(ToArray(levels));
  json::object object{{"namespaces", std::move(namespaces)}};
  if (response.next_page_token) object["next-page-token"] = *response.next_page_token;
  return PrintJson(object);
}

Result<ListNamespacesResponse> ParseListNamespacesResponse(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  ListNamespacesResponse response;
  FIRN_ASSIGN_OR_RETURN(const json::array* namespaces, GetArray(object, "namespaces"));
  for (const json::value& value : *namespaces) {
    FIRN_ASSIGN_OR_RETURN(Namespace levels, ReadNamespace(value, "namespaces"));
    response.namespaces.push_back(std::move(levels));
  }
  FIRN_ASSIGN_OR_RETURN(response.next_page_token, FindString(object, "next-page-token"));
  return response;
}

std::string PrintNamespaceDocument(const NamespaceDocument& document) {
  json::object object{{"namespace", ToArray(document.namespace_levels)}};
  if (document.properties) object["properties"] = ToObject(*document.properties);
  return PrintJson(object);
}

Result<NamespaceDocument> ParseNamespaceDocument(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  NamespaceDocument result;
  FIRN_ASSIGN_OR_RETURN(const json::array* levels, GetArray(object, "namespace"));
  FIRN_ASSIGN_OR_RETURN(result.namespace_levels, ReadNamespace(*levels, "namespace"));
  FIRN_ASSIGN_OR_RETURN(const json::object* properties, FindObject(object, "properties"));
  if (properties != nullptr) result.properties = ReadProperties(*properties);
  return result;
}

std::string PrintUpdateNamespacePropertiesRequest(const UpdateNamespacePropertiesRequest& request) {
  return PrintJson(json::object{{"removals", ToArray(request.removals)},
                                {"updates", ToObject(request.updates)}});
}

Result<UpdateNamespacePropertiesRequest> ParseUpdateNamespacePropertiesRequest(
    std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  UpdateNamespacePropertiesRequest request;
  FIRN_ASSIGN_OR_RETURN(request.removals, FindTexts(object, "removals"));
  FIRN_ASSIGN_OR_RETURN(request.updates, FindProperties(object, "updates"));
  return request;
}

std::string PrintUpdateNamespacePropertiesResponse(
    const UpdateNamespacePropertiesResponse& response) {
  return PrintJson(json::object{{"updated", ToArray(response.updated)},
                                {"removed", ToArray(response.removed)},
                                {"missing", ToArray(response.missing)}});
}

std::string PrintListTablesResponse(const ListTablesResponse& response) {
  json::array identifiers;
  for (const TableIdentifier& identifier : response.identifiers) {
    identifiers.emplace_back(ToObject(identifier));
  }
  json::object object{{"identifiers", std::move(identifiers)}};
  if (response.next_page_token) object["next-page-token"] = *response.next_page_token;
  return PrintJson(object);
}

Result<ListTablesResponse> ParseListTablesResponse(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  ListTablesResponse response;
  FIRN_ASSIGN_OR_RETURN(const json::array* identifiers, GetArray(object, "identifiers"));
  for (const json::value& value : *identifiers) {
    FIRN_ASSIGN_OR_RETURN(TableIdentifier identifier, ReadIdentifier(value, "identifiers"));
    response.identifiers.push_back(std::move(identifier));
  }
  FIRN_ASSIGN_OR_RETURN(response.next_page_token, FindString(object, "next-page-token"));
  return response;
}

std::string PrintCreateTableRequest(const CreateTableRequest& request) {
  json::object object{{"name", request.name}, {"schema", request.schema}};
  if (request.location) object["location"] = *request.location;
  if (request.partition_spec) object["partition-spec"] = *request.partition_spec;
  if (request.write_order) object["write-order"] = *request.write_order;
  if (request.stage_create) object["stage-create"] = *request.stage_create;
  object["properties"] = ToObject(request.properties);
  return PrintJson(object);
}

std::string PrintCreateViewRequest(const CreateViewRequest& request) {
  return PrintJson(json::object{{"name", request.name},
                                {"schema", request.schema},
                                {"view-version", request.view_version},
                                {"properties", ToObject(request.properties)}});
}

Result<CreateTableRequest> ParseCreateTableRequest(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  CreateTableRequest request;
  FIRN_ASSIGN_OR_RETURN(request.name, GetString(object, "name"));
  FIRN_ASSIGN_OR_RETURN(request.location, FindString(object, "location"));
  FIRN_ASSIGN_OR_RETURN(const json::object* schema, GetObject(object, "schema"));
  request.schema = *schema;
  FIRN_ASSIGN_OR_RETURN(request.partition_spec, FindObjectValue(object, "partition-spec"));
  FIRN_ASSIGN_OR_RETURN(request.write_order, FindObjectValue(object, "write-order"));
  FIRN_ASSIGN_OR_RETURN(request.stage_create, FindBool(object, "stage-create"));
  FIRN_ASSIGN_OR_RETURN(request.properties, FindProperties(object, "properties"));
  return request;
}

std::string PrintLoadTableResult(const LoadTableResult& result) {
  json::object object;
  if (result.metadata_location) object["metadata-location"] = *result.metadata_location;
  object["metadata"] = result.metadata;
  object["config"] = ToObject(result.config);
  if (!result.storage_credentials.empty()) {
    object["storage-credentials"] = ToArray(result.storage_credentials);
  }
  return PrintJson(object);
}

Result<LoadTableResult> ParseLoadTableResult(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(json::value document, ParseDocument(body));
  json::object& object = document.get_object();
  LoadTableResult result;
  FIRN_ASSIGN_OR_RETURN(result.metadata_location, FindString(object, "metadata-location"));
  FIRN_TRY(GetObject(object, "metadata"));
  FIRN_ASSIGN_OR_RETURN(result.config, FindProperties(object, "config"));
  FIRN_ASSIGN_OR_RETURN(result.storage_credentials, FindStorageCredentials(object));
  result.metadata = std::move(object["metadata"]);  // The largest part: moved, not copied.
  return result;
}

std::string PrintLoadCredentialsResponse(const LoadCredentialsResponse& response) {
  return PrintJson(json::object{{"storage-credentials", ToArray(response.storage_credentials)}});
}

Result<LoadCredentialsResponse> ParseLoadCredentialsResponse(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  LoadCredentialsResponse response;
  FIRN_TRY(GetArray(document.get_object(), "storage-credentials"));
  FIRN_ASSIGN_OR_RETURN(response.storage_credentials,
                        FindStorageCredentials(document.get_object()));
  return response;
}

std::string PrintCommitTableRequest(const CommitTableRequest& request) {
  json::object object;
  if (request.identifier) object["identifier"] = ToObject(*request.identifier);
  object["requirements"] = request.requirements;
  object["updates"] = request.updates;
  return PrintJson(object);
}

Result<CommitTableRequest> ParseCommitTableRequest(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  return ReadCommit(document.get_object());
}

std::string PrintCommitTableResponse(const CommitTableResponse& response) {
  return PrintJson(json::object{{"metadata-location", response.metadata_location},
                                {"metadata", response.metadata}});
}

Result<CommitTableResponse> ParseCommitTableResponse(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(json::value document, ParseDocument(body));
  json::object& object = document.get_object();
  CommitTableResponse response;
  FIRN_ASSIGN_OR_RETURN(response.metadata_location, GetString(object, "metadata-location"));
  FIRN_TRY(GetObject(object, "metadata"));
  response.metadata = std::move(object["metadata"]);
  return response;
}

Result<CommitTransactionRequest> ParseCommitTransactionRequest(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  FIRN_ASSIGN_OR_RETURN(const json::array* changes,
                        GetArray(document.get_object(), "table-changes"));
  CommitTransactionRequest request;
  for (const json::value& value : *changes) {
    FIRN_ASSIGN_OR_RETURN(const json::object* change, AsObject(value, "table-changes"));
    FIRN_ASSIGN_OR_RETURN(CommitTableRequest commit, ReadCommit(*change));
    if (!commit.identifier) {
      return InvalidArgument("MissingMember", "member 'identifier' is missing");
    }
    request.table_changes.push_back(std::move(commit));
  }
  return request;
}

std::string PrintRenameTableRequest(const RenameTableRequest& request) {
  return PrintJson(json::object{{"source", ToObject(request.source)},
                                {"destination", ToObject(request.destination)}});
}

Result<RenameTableRequest> ParseRenameTableRequest(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  RenameTableRequest request;
  FIRN_ASSIGN_OR_RETURN(const json::object* source, GetObject(object, "source"));
  FIRN_ASSIGN_OR_RETURN(request.source, ReadIdentifier(*source, "source"));
  FIRN_ASSIGN_OR_RETURN(const json::object* destination, GetObject(object, "destination"));
  FIRN_ASSIGN_OR_RETURN(request.destination, ReadIdentifier(*destination, "destination"));
  return request;
}

std::string PrintRegisterTableRequest(const RegisterTableRequest& request) {
  json::object body{{"name", request.name}, {"metadata-location", request.metadata_location}};
  if (request.overwrite) body["overwrite"] = true;
  return json::serialize(body);
}

Result<RegisterTableRequest> ParseRegisterTableRequest(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  RegisterTableRequest request;
  FIRN_ASSIGN_OR_RETURN(request.name, GetString(object, "name"));
  FIRN_ASSIGN_OR_RETURN(request.metadata_location, GetString(object, "metadata-location"));
  FIRN_ASSIGN_OR_RETURN(const std::optional<bool> overwrite, FindBool(object, "overwrite"));
  request.overwrite = overwrite.value_or(false);
  return request;
}

Result<OAuthTokenResponse> ParseOAuthTokenResponse(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseDocument(body));
  const json::object& object = document.get_object();
  OAuthTokenResponse response;
  FIRN_ASSIGN_OR_RETURN(response.access_token, GetString(object, "access_token"));
  FIRN_ASSIGN_OR_RETURN(const std::optional<std::string> type, FindString(object, "token_type"));
  response.token_type = type.value_or("bearer");
  FIRN_ASSIGN_OR_RETURN(response.expires_in_seconds, FindInt64(object, "expires_in"));
  return response;
}

}  // namespace firn::iceberg_rest
