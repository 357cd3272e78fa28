#include "cloud/glue/grant_keeper.h"
#include "cloud/glue/iceberg_face.h"
#include "cloud/glue/limits.h"
#include "wire/iceberg_rest/serving.h"

/// Namespaces, and the list of tables in one.

namespace firn::glue {
namespace {

using iceberg_rest::Operation;
using lakeformation::Permission;

Result<iceberg_rest::PageAsk> PageOf(const aws::Form& query) {
  return iceberg_rest::ParsePageAsk(query.Find("pageToken"), query.Find("pageSize"),
                                    kListEntriesMax);
}

}  // namespace

Result<aws::Answer> IcebergFace::ListNamespaces(const policy::Permit& permit,
                                                const IcebergCall& call) const {
  iceberg_rest::ListNamespacesResponse response;
  if (call.catalog.bucket.empty()) {  // The root catalog and s3tablescatalog have no databases.
    return aws::JsonAnswer(iceberg_rest::PrintListNamespacesResponse(response));
  }
  FIRN_ASSIGN_OR_RETURN(auto ask, PageOf(call.query));
  while (true) {
    FIRN_ASSIGN_OR_RETURN(const auto rows,
                          parts_.store.ListNamespaces(call.catalog.bucket,
                                                      {.prefix = "",
                                                       .after = ask.after,
                                                       .count_max = kListEntriesMax}));
    for (const auto& row : rows) {
      if (is_glue()) {
        const s3tables::TablePlace place{call.catalog.bucket, row.name, ""};
        FIRN_ASSIGN_OR_RETURN(
            const bool visible,
            parts_.store.parts().ledger.Read([&](ledger::Transaction& transaction) {
              return parts_.lake_formation.IsVisible(transaction, permit.principal(),
                                                     CatalogResourceOf(place));
            }));
        if (!visible) continue;
      }
      if (response.namespaces.size() == ask.count) {
        response.next_page_token = iceberg_rest::MakePageToken(response.namespaces.back().front());
        return aws::JsonAnswer(iceberg_rest::PrintListNamespacesResponse(response));
      }
      response.namespaces.push_back({row.name});
    }
    if (rows.size() < kListEntriesMax) break;
    ask.after = rows.back().name;
  }
  return aws::JsonAnswer(iceberg_rest::PrintListNamespacesResponse(response));
}

Result<aws::Answer> IcebergFace::CreateNamespace(const policy::Permit& permit,
                                                 const IcebergCall& call,
                                                 const IcebergRequest& request) const {
  FIRN_ASSIGN_OR_RETURN(const auto document, iceberg_rest::ParseNamespaceDocument(request.body));
  IcebergCall named = call;
  named.route.namespace_levels = document.namespace_levels;
  FIRN_TRY(CheckSingleLevel(named));
  if (call.catalog.bucket.empty()) {
    return Unsupported("OperationNotSupportedException",
                       "databases live in the catalogs of table buckets here: use the warehouse "
                       "<account>:s3tablescatalog/<bucket>");
  }
  s3tables::TablePlace place = named.place();
  FIRN_TRY(CheckLake(permit, {.bucket = place.bucket}, Permission::kCreateDatabase));
  const iceberg::Properties properties = document.properties.value_or(iceberg::Properties{});
  FIRN_TRY(parts_.store.CreateNamespace(permit, place, properties));
  iceberg_rest::NamespaceDocument answer{.namespace_levels = document.namespace_levels};
  if (is_glue()) answer.properties = properties;
  return aws::JsonAnswer(iceberg_rest::PrintNamespaceDocument(answer));
}

Result<aws::Answer> IcebergFace::UpdateProperties(const policy::Permit& permit,
                                                  const IcebergCall& call,
                                                  const IcebergRequest& request) const {
  if (!is_glue()) {
    return NotFound("UnknownOperationException",
                    "UpdateNamespaceProperties is not an operation of this catalog");
  }
  FIRN_ASSIGN_OR_RETURN(const auto change,
                        iceberg_rest::ParseUpdateNamespacePropertiesRequest(request.body));
  FIRN_ASSIGN_OR_RETURN(const auto row, parts_.store.FindNamespace(call.place()));
  FIRN_ASSIGN_OR_RETURN(auto properties, iceberg_rest::ParseProperties(row.properties));
  iceberg_rest::UpdateNamespacePropertiesResponse answer;
  for (const std::string& name : change.removals) {
    if (change.updates.contains(name)) {
      return Error(ErrorCode::kInvalidArgument, "UnprocessableEntityException",
                   "the property " + name + " is both updated and removed");
    }
    (properties.erase(name) > 0 ? answer.removed : answer.missing).push_back(name);
  }
  for (const auto& [name, value] : change.updates) {
    properties[name] = value;
    answer.updated.push_back(name);
  }
  FIRN_TRY(parts_.store.SetNamespaceProperties(permit, call.place(), properties));
  return aws::JsonAnswer(iceberg_rest::PrintUpdateNamespacePropertiesResponse(answer));
}

Result<aws::Answer> IcebergFace::HandleNamespaces(const policy::Permit& permit,
                                                  const IcebergCall& call,
                                                  const IcebergRequest& request) const {
  const s3tables::TablePlace place = call.place();
  switch (call.route.operation) {
    case Operation::kListNamespaces: return ListNamespaces(permit, call);
    case Operation::kCreateNamespace: return CreateNamespace(permit, call, request);
    case Operation::kUpdateNamespaceProperties:
      FIRN_TRY(CheckLake(permit, place, Permission::kAlter));
      return UpdateProperties(permit, call, request);
    case Operation::kDropNamespace:
      FIRN_TRY(CheckLake(permit, place, Permission::kDrop));
      FIRN_TRY(parts_.store.DropNamespace(permit, place));
      return aws::EmptyAnswer(204);
    default: break;
  }
  FIRN_TRY(CheckLake(permit, place, Permission::kDescribe));
  FIRN_ASSIGN_OR_RETURN(const auto row, parts_.store.FindNamespace(place));
  if (call.route.operation == Operation::kNamespaceExists) return aws::EmptyAnswer(204);
  iceberg_rest::NamespaceDocument answer{.namespace_levels = {row.name}};
  if (is_glue()) {
    FIRN_ASSIGN_OR_RETURN(answer.properties, iceberg_rest::ParseProperties(row.properties));
  }
  return aws::JsonAnswer(iceberg_rest::PrintNamespaceDocument(answer));
}

Result<aws::Answer> IcebergFace::ListTables(const policy::Permit& permit,
                                            const IcebergCall& call) const {
  const s3tables::TablePlace place = call.place();
  FIRN_TRY(CheckLake(permit, place, Permission::kDescribe));
  FIRN_ASSIGN_OR_RETURN(auto ask, PageOf(call.query));
  iceberg_rest::ListTablesResponse response;
  while (true) {
    FIRN_ASSIGN_OR_RETURN(const auto rows,
                          parts_.store.ListTables(place.bucket,
                                                  {.namespace_name = place.namespace_name,
                                                   .after_namespace = place.namespace_name,
                                                   .after_table = ask.after,
                                                   .count_max = kListEntriesMax}));
    for (const auto& row : rows) {
      const s3tables::TablePlace named{place.bucket, row.namespace_name, row.name};
      if (!CheckLake(permit, named, Permission::kDescribe)) continue;
      if (response.identifiers.size() == ask.count) {
        response.next_page_token = iceberg_rest::MakePageToken(response.identifiers.back().name);
        return aws::JsonAnswer(iceberg_rest::PrintListTablesResponse(response));
      }
      response.identifiers.push_back({{row.namespace_name}, row.name});
    }
    if (rows.size() < kListEntriesMax) break;
    ask.after = rows.back().name;
  }
  return aws::JsonAnswer(iceberg_rest::PrintListTablesResponse(response));
}

}  // namespace firn::glue
