#include "base/json.h"
#include "engine/catalog/limits.h"
#include "engine/catalog/rest_catalog_internal.h"

/// Views of a REST catalog. Nothing of them is kept: a view is small, and asked for at each use.

namespace firn::catalog {
namespace {

using iceberg_rest::TableIdentifier;

Result<LoadedView> ReadView(std::string_view database, std::string_view name,
                            const json::value& metadata) {
  auto parsed = iceberg::ParseViewMetadata(metadata);
  if (!parsed) {
    const Error& error = parsed.error();
    const bool is_newer = error.code() == ErrorCode::kUnsupported;
    return Error(is_newer ? ErrorCode::kUnsupported : ErrorCode::kDataCorruption,
                 is_newer ? error.reason() : "BadCatalogAnswer",
                 "Failed to load view '" + std::string(database) + "." + std::string(name) +
                     "', exception: the catalog's metadata cannot be read: " + error.FullMessage(),
                 error.place());
  }
  return LoadedView{.database = std::string(database),
                    .name = std::string(name),
                    .metadata = std::make_shared<const iceberg::ViewMetadata>(*std::move(parsed))};
}

bool IsTaken(const Error& error) {
  return error.code() == ErrorCode::kAlreadyExists || error.code() == ErrorCode::kConflict;
}

/// A change whose answer was lost may have been made.
Unexpected Unknown(const Error& error) {
  return CommitStateUnknown(
      "ViewStateUnknown",
      error.message() + "\nhint: the view may have been changed; look with SHOW CREATE VIEW first");
}

bool IsLost(const Error& error) {
  return error.code() == ErrorCode::kUnavailable && error.reason() != "ConnectFailed";
}

}  // namespace

Result<std::shared_ptr<RestChannel>> RestCatalog::ViewChannel(const Context& context) {
  FIRN_ASSIGN_OR_RETURN(auto channel, Channel(context));
  if (channel->settings().views) return channel;
  return Unsupported("NoViews",
                     "This catalog doesn't support creating/alter views: the Iceberg "
                     "REST server behind catalog '" +
                         definition_.name + "' has no views");
}

Result<LoadedView> RestCatalog::LoadView(const Context& context, std::string_view database,
                                         std::string_view view) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, ViewChannel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, view));
  const auto metadata = catalog::LoadView(context, *channel, identifier);
  if (metadata) return ReadView(database, view, *metadata);
  if (metadata.error().code() != ErrorCode::kNotFound) return metadata.error();
  return UnknownTable(database, view, metadata.error());
}

Status RestCatalog::SplitNamespace(iceberg::ViewVersion& version) const {
  if (version.default_namespace.size() != 1) return Ok();
  FIRN_ASSIGN_OR_RETURN(version.default_namespace, LevelsOf(version.default_namespace[0]));
  return Ok();
}

Result<LoadedView> RestCatalog::CreateView(const Context& context, std::string_view database,
                                           const NewView& view) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, ViewChannel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, view.name));
  iceberg::ViewVersion version = view.version;
  FIRN_TRY(SplitNamespace(version));
  const auto metadata = catalog::CreateView(context, *channel, identifier.namespace_levels,
                                            {.name = view.name,
                                             .schema = ToJson(view.schema),
                                             .view_version = ToJson(version),
                                             .properties = view.properties});
  if (metadata) return ReadView(database, view.name, *metadata);
  const Error& error = metadata.error();
  if (IsTaken(error)) {
    return AlreadyExists("TableExists", "Table '" + view.name + "' already exists");
  }
  if (error.code() == ErrorCode::kNotFound) return UnknownDatabase(database);
  if (IsLost(error)) return Unknown(error);
  return error;
}

Result<LoadedView> RestCatalog::EditView(const Context& context, const LoadedView& view,
                                         const ViewEdit& edit) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, ViewChannel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(view.database, view.name));
  LoadedView base = view;
  for (int attempt = 1;; ++attempt) {
    FIRN_ASSIGN_OR_RETURN(auto updates, edit(*base.metadata));
    if (updates.empty()) return base;
    for (iceberg::ViewUpdate& update : updates) {
      auto* added = std::get_if<iceberg::AddViewVersion>(&update);
      if (added != nullptr) FIRN_TRY(SplitNamespace(added->version));
    }
    iceberg_rest::CommitTableRequest request;
    request.requirements.push_back(
        json::object{{"type", "assert-view-uuid"}, {"uuid", base.metadata->view_uuid}});
    for (const iceberg::ViewUpdate& update : updates) request.updates.push_back(ToJson(update));
    const auto metadata = ReplaceView(context, *channel, identifier, request);
    if (metadata) return ReadView(view.database, view.name, *metadata);
    const Error& error = metadata.error();
    if (error.code() == ErrorCode::kNotFound) return UnknownTable(view.database, view.name, error);
    if (IsLost(error)) return Unknown(error);
    if (!IsTaken(error) || attempt >= kRequestAttemptsMax) return error;
    FIRN_TRY(context.Sleep(JitteredWait(environment_.random, attempt)));
    FIRN_ASSIGN_OR_RETURN(base, LoadView(context, view.database, view.name));
  }
}

Status RestCatalog::DropView(const Context& context, std::string_view database,
                             std::string_view view) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, ViewChannel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, view));
  const Status dropped = catalog::DropView(context, *channel, identifier);
  if (dropped || dropped.error().code() != ErrorCode::kNotFound) return dropped;
  return UnknownTable(database, view, dropped.error());
}

}  // namespace firn::catalog
