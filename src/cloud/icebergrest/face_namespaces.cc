#include "base/encoding.h"
#include "cloud/icebergrest/firn_face.h"
#include "cloud/icebergrest/limits.h"
#include "wire/iceberg_rest/serving.h"

/// Namespaces, and the names in one.

namespace firn::icebergrest {
namespace {

using iceberg_rest::Operation;

/// A client that sends neither pageToken nor pageSize expects everything.
Result<WarehouseStore::Page> ParsePage(const aws::Form& query) {
  FIRN_ASSIGN_OR_RETURN(auto ask, iceberg_rest::ParsePageAsk(query.Find("pageToken"),
                                                             query.Find("pageSize"),
                                                             kListEntriesMax));
  return WarehouseStore::Page{.after = std::move(ask.after), .count_max = ask.count};
}

}  // namespace

Result<aws::Answer> FirnFace::ListNamespaces(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto page, ParsePage(task.call.query));
  Namespace parent;
  if (const std::string text = task.call.query.Get("parent"); !text.empty()) {
    for (const auto level : Split(text, '\x1f')) parent.emplace_back(level);
  }
  iceberg_rest::ListNamespacesResponse response;
  FIRN_ASSIGN_OR_RETURN(response.namespaces,
                        parts_.store.ListNamespaces(task.warehouse, parent, page));
  if (response.namespaces.size() == page.count_max) {
    response.next_page_token = iceberg_rest::MakePageToken(PathOf(response.namespaces.back()));
  }
  return aws::JsonAnswer(iceberg_rest::PrintListNamespacesResponse(response));
}

Result<aws::Answer> FirnFace::RunNamespace(const Task& task) {
  const Namespace& levels = task.call.route.namespace_levels;
  switch (task.call.route.operation) {
    case Operation::kCreateNamespace: {
      FIRN_ASSIGN_OR_RETURN(auto document, iceberg_rest::ParseNamespaceDocument(task.request.body));
      if (!document.properties) document.properties.emplace();
      FIRN_TRY(parts_.store.CreateNamespace(task.permit, task.warehouse, document.namespace_levels,
                                            *document.properties, task.keep));
      return aws::JsonAnswer(iceberg_rest::PrintNamespaceDocument(document));
    }
    case Operation::kUpdateNamespaceProperties: {
      FIRN_ASSIGN_OR_RETURN(const auto change,
                            iceberg_rest::ParseUpdateNamespacePropertiesRequest(task.request.body));
      FIRN_ASSIGN_OR_RETURN(
          const auto answer,
          parts_.store.UpdateNamespace(task.permit, task.warehouse, levels, change, task.keep));
      return aws::JsonAnswer(iceberg_rest::PrintUpdateNamespacePropertiesResponse(answer));
    }
    case Operation::kDropNamespace:
      FIRN_TRY(parts_.store.DropNamespace(task.permit, task.warehouse, levels, task.keep));
      return aws::EmptyAnswer(204);
    default: break;
  }
  FIRN_ASSIGN_OR_RETURN(auto properties, parts_.store.LoadNamespace(task.warehouse, levels));
  if (task.call.route.operation == Operation::kNamespaceExists) return aws::EmptyAnswer(204);
  return aws::JsonAnswer(iceberg_rest::PrintNamespaceDocument(
      {.namespace_levels = levels, .properties = std::move(properties)}));
}

Result<aws::Answer> FirnFace::ListNames(const Task& task, bool views) {
  FIRN_ASSIGN_OR_RETURN(const auto page, ParsePage(task.call.query));
  const Namespace& levels = task.call.route.namespace_levels;
  FIRN_ASSIGN_OR_RETURN(const auto names,
                        parts_.store.ListNames(task.warehouse, levels, views, page));
  iceberg_rest::ListTablesResponse response;
  for (const std::string& name : names) response.identifiers.push_back({levels, name});
  if (names.size() == page.count_max) {
    response.next_page_token = iceberg_rest::MakePageToken(names.back());
  }
  return aws::JsonAnswer(iceberg_rest::PrintListTablesResponse(response));
}

}  // namespace firn::icebergrest
