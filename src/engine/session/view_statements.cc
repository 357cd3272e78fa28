#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/shown_rows_internal.h"
#include "engine/session/table_source_internal.h"
#include "engine/session/table_types_internal.h"
#include "engine/session/views_internal.h"
#include "sql/printer.h"

/// CREATE, ALTER, DROP and SHOW CREATE of views: Iceberg's, in a catalog that has views.

namespace firn::session {
namespace {

using iceberg::ViewUpdate;

constexpr std::string_view kEngineVersion = "0.1.0";

/// What a query makes of a view.
struct Shape {
  iceberg::Schema schema;
  iceberg::ViewVersion version;
};

struct ViewQuery {
  const sql::Query& query;
  const std::string& text;
  const std::vector<sql::ViewColumn>& columns;
};

std::string OwnText(const StatementRun& run, const ViewQuery& source) {
  // Texts of our dialect are read with the default sql_mode.
  return run.Scope().pipes_as_concat ? sql::Print(source.query) : source.text;
}

/// The query's columns, after it was seen to bind; refuses a view that would stand on itself.
Result<std::vector<rows::Column>> DescribeQuery(StatementRun& run, const duck::TableName& name,
                                                const sql::Query& query,
                                                const duck::QueryScope& scope) {
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  StatementTables tables(run.state);
  FIRN_ASSIGN_OR_RETURN(auto columns, connection->Describe(run.context, query, tables, scope));
  if (tables.HasView(name)) {
    return InvalidArgument("ViewRecursion", "View '" + name.table + "' would stand on itself");
  }
  return columns;
}

Status CheckViewColumns(const std::vector<iceberg::NestedField>& fields) {
  if (fields.size() > kColumnsMax) {
    return InvalidArgument("TooManyColumns",
                           "A view has at most " + std::to_string(kColumnsMax) + " columns");
  }
  std::set<std::string> seen;
  for (const iceberg::NestedField& field : fields) {
    if (!seen.insert(ToLowerAscii(field.name)).second) {
      return InvalidArgument("DuplicateColumn", "Duplicate column name '" + field.name +
                                                    "': name the view's columns, v (a, b)");
    }
  }
  return Ok();
}

/// The names of the query's columns; empty when they do not tell one from the other.
std::string QueryColumnsText(const std::vector<rows::Column>& columns) {
  json::array names;
  std::set<std::string> seen;
  for (const rows::Column& column : columns) {
    if (!seen.insert(ToLowerAscii(column.name)).second) return "";
    names.push_back(json::value(column.name));
  }
  return PrintJson(names);
}

Result<Shape> ShapeOf(StatementRun& run, const duck::TableName& name, const ViewQuery& source) {
  const duck::QueryScope scope = run.Scope();
  FIRN_ASSIGN_OR_RETURN(const auto columns, DescribeQuery(run, name, source.query, scope));
  if (!source.columns.empty() && source.columns.size() != columns.size()) {
    return InvalidArgument("ColumnCountMismatch",
                           "View's SELECT and view's field list have different column counts (" +
                               std::to_string(columns.size()) + " and " +
                               std::to_string(source.columns.size()) + ")");
  }
  iceberg::Schema schema;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    iceberg::NestedField field{.id = 0, .name = columns[i].name};
    if (!source.columns.empty()) {
      field.name = source.columns[i].name;
      field.doc = source.columns[i].comment;
    }
    FIRN_ASSIGN_OR_RETURN_NOTE(field.type, ToIcebergType(columns[i].type),
                               "of the view's column '" + field.name + "'");
    schema.fields.push_back(std::move(field));
  }
  FIRN_TRY(CheckViewColumns(schema.fields));
  Shape shape{.schema = AssignFreshIds(schema), .version = {}};
  iceberg::ViewVersion& version = shape.version;
  version.timestamp_ms = MillisSinceEpoch(run.context.clock().Now());
  version.summary = {{"engine-name", "firn"}, {"engine-version", std::string(kEngineVersion)}};
  const std::string names = QueryColumnsText(columns);
  if (!names.empty()) version.summary[std::string(kQueryColumnsProperty)] = names;
  version.representations.push_back(
      {.sql = OwnText(run, source), .dialect = std::string(kViewDialect)});
  const bool is_inside = scope.current_catalog == catalog::kDefaultCatalogName;
  version.default_catalog = is_inside ? name.catalog : scope.current_catalog;
  version.default_namespace = {
      is_inside || scope.current_database.empty() ? name.database : scope.current_database};
  return shape;
}

std::vector<ViewUpdate> NewVersion(iceberg::ViewVersion version) {
  std::vector<ViewUpdate> updates;
  updates.emplace_back(iceberg::AddViewVersion{std::move(version)});
  updates.emplace_back(iceberg::SetCurrentViewVersion{});
  return updates;
}

std::vector<ViewUpdate> Replacement(const Shape& shape, const iceberg::Properties& properties) {
  std::vector<ViewUpdate> updates;
  updates.emplace_back(iceberg::AddSchema{shape.schema, std::nullopt});
  iceberg::ViewVersion version = shape.version;
  version.schema_id = -1;
  for (ViewUpdate& update : NewVersion(std::move(version))) updates.push_back(std::move(update));
  if (!properties.empty()) updates.emplace_back(iceberg::SetProperties{properties});
  return updates;
}

iceberg::Properties PropertiesOf(const std::vector<sql::Property>& given,
                                 const std::optional<std::string>& comment) {
  iceberg::Properties properties;
  for (const sql::Property& property : given) properties[property.key] = property.value;
  if (comment) properties["comment"] = *comment;
  return properties;
}

struct ViewPlace {
  duck::TableName name;
  std::shared_ptr<catalog::ExternalCatalog> catalog;
};

/// `privilege`: on the view; CREATE VIEW on its database; anything when there is none.
Result<ViewPlace> PlaceOf(const StatementRun& run, const sql::ObjectName& name,
                          std::optional<Privilege> privilege, std::string_view what) {
  ViewPlace place;
  FIRN_ASSIGN_OR_RETURN(place.name, CompleteTable(run.state, name));
  const duck::TableName& view = place.name;
  const Needs needs =
      !privilege ? Needs::ToSee(view)
      : *privilege == Privilege::kCreateView
          ? Needs::OnDatabase({*privilege}, DatabaseName{view.catalog, view.database})
          : Needs::OnView({*privilege}, view);
  FIRN_ASSIGN_OR_RETURN(place.catalog, FindExternal(run.state, needs, what));
  if (IsInformationSchema(place.name.database)) {
    return Unsupported("InternalDatabase", "information_schema is read only");
  }
  return place;
}

/// The view, or an error that tells what stands there instead.
Result<catalog::LoadedView> LoadView(StatementRun& run, const ViewPlace& place) {
  auto view = place.catalog->LoadView(run.context, place.name.database, place.name.table);
  if (view || view.error().reason() != "UnknownTable") return view;
  if (LoadTable(run.context, run.state, Needs::ToSee(place.name))) {
    return InvalidArgument("NotAView", "'" + place.name.database + "." + place.name.table +
                                           "' is a table, not a view");
  }
  return UnknownTable(run.context, run.state, place.name);
}

Status ReplaceView(StatementRun& run, const ViewPlace& place, const catalog::LoadedView& view,
                   const Shape& shape, const iceberg::Properties& properties) {
  const auto edit = [&](const iceberg::ViewMetadata&) -> Result<std::vector<ViewUpdate>> {
    return Replacement(shape, properties);
  };
  FIRN_TRY(place.catalog->EditView(run.context, view, edit));
  return run.sink.Affected(0, "");
}

/// ADD DIALECT and MODIFY DIALECT: the same view, with our text beside the others.
Status SetDialect(StatementRun& run, const sql::AlterViewStatement& statement,
                  const ViewPlace& place, const catalog::LoadedView& view) {
  if (!statement.dialect.empty() && !EqualsIgnoreCaseAscii(statement.dialect, kViewDialect)) {
    return Unsupported("ViewDialect",
                       "Firn writes the dialect STARROCKS only, not " + statement.dialect);
  }
  const bool adds = statement.action == sql::AlterViewStatement::Action::kAddDialect;
  duck::QueryScope scope = run.Scope();
  scope.current_catalog = place.name.catalog;
  scope.current_database = place.name.database;
  // The new text is read where the view's other texts are.
  catalog::LoadedView bare = view;
  iceberg::ViewMetadata metadata = *view.metadata;
  for (iceberg::ViewVersion& version : metadata.versions) {
    version.representations = {{.sql = "SELECT 1", .dialect = std::string(kViewDialect)}};
  }
  bare.metadata = std::make_shared<const iceberg::ViewMetadata>(std::move(metadata));
  FIRN_ASSIGN_OR_RETURN(const duck::PinnedView pinned, PinView(run.state, place.name, bare));
  scope.current_catalog = pinned.current_catalog;
  scope.current_database = pinned.current_database;
  FIRN_ASSIGN_OR_RETURN(const auto columns,
                        DescribeQuery(run, place.name, *statement.query, scope));
  const std::string text = OwnText(run, {*statement.query, statement.query_text, {}});
  const std::string names = QueryColumnsText(columns);
  const std::int64_t now_ms = MillisSinceEpoch(run.context.clock().Now());
  const auto edit = [&](const iceberg::ViewMetadata& now) -> Result<std::vector<ViewUpdate>> {
    const iceberg::ViewRepresentation* own = FindOwnText(now);
    if (adds && own != nullptr) {
      return InvalidArgument("InvalidUpdate",
                             "Invalid view version: Cannot add multiple queries for dialect "
                             "starrocks; use MODIFY DIALECT");
    }
    if (!adds && own == nullptr) {
      return InvalidArgument("InvalidUpdate",
                             "The view has no query in the dialect starrocks; use ADD DIALECT");
    }
    if (columns.size() != now.current_schema().fields.size()) {
      return InvalidArgument("ColumnCountMismatch",
                             "The query has " + std::to_string(columns.size()) +
                                 " columns, the view " +
                                 std::to_string(now.current_schema().fields.size()));
    }
    iceberg::ViewVersion version = now.current_version();
    std::erase_if(version.representations, [](const iceberg::ViewRepresentation& one) {
      return EqualsIgnoreCaseAscii(one.dialect, kViewDialect);
    });
    version.representations.push_back({.sql = text, .dialect = std::string(kViewDialect)});
    version.timestamp_ms = now_ms;
    version.summary.erase(std::string(kQueryColumnsProperty));
    if (!names.empty()) version.summary[std::string(kQueryColumnsProperty)] = names;
    return NewVersion(std::move(version));
  };
  FIRN_TRY(place.catalog->EditView(run.context, view, edit));
  return run.sink.Affected(0, "");
}

}  // namespace

Status CreateView(StatementRun& run, const sql::CreateViewStatement& statement) {
  if (statement.or_replace && statement.if_not_exists) {
    return InvalidArgument("BadClauses", "OR REPLACE and IF NOT EXISTS exclude each other");
  }
  FIRN_ASSIGN_OR_RETURN(const ViewPlace place, PlaceOf(run, statement.name, Privilege::kCreateView, "CREATE VIEW"));
  const Needs needs =
      Needs::OnDatabase({Privilege::kCreateView}, {place.name.catalog, place.name.database});
  FIRN_ASSIGN_OR_RETURN(const auto present,
                        FindView(run.context, run.state, place.name, needs));
  if (present && statement.if_not_exists) return run.sink.Affected(0, "");
  if (present && statement.or_replace)
    FIRN_TRY(Require(run.state, Needs::OnView({Privilege::kAlter}, place.name)));
  FIRN_ASSIGN_OR_RETURN(
      const Shape shape,
      ShapeOf(run, place.name, {*statement.query, statement.query_text, statement.columns}));
  const iceberg::Properties properties = PropertiesOf(statement.properties, statement.comment);
  if (present && statement.or_replace) {
    return ReplaceView(run, place, *present, shape, properties);
  }
  const auto created = place.catalog->CreateView(run.context, place.name.database,
                                                 {.name = place.name.table,
                                                  .schema = shape.schema,
                                                  .version = shape.version,
                                                  .properties = properties});
  if (created) return run.sink.Affected(0, "");
  const bool is_there = created.error().reason() == "TableExists";
  if (is_there && statement.if_not_exists) return run.sink.Affected(0, "");
  if (created.error().reason() == "UnknownDatabase") {
    return UnknownDatabase(run.context, run.state, {place.name.catalog, place.name.database});
  }
  return created.error();
}

Status AlterView(StatementRun& run, const sql::AlterViewStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const ViewPlace place, PlaceOf(run, statement.name, Privilege::kAlter, "ALTER VIEW"));
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedView view, LoadView(run, place));
  using Action = sql::AlterViewStatement::Action;
  switch (statement.action) {
    case Action::kReplaceQuery: {
      FIRN_ASSIGN_OR_RETURN(
          const Shape shape,
          ShapeOf(run, place.name, {*statement.query, statement.query_text, statement.columns}));
      return ReplaceView(run, place, view, shape, PropertiesOf({}, statement.comment));
    }
    case Action::kAddDialect:
    case Action::kModifyDialect: return SetDialect(run, statement, place, view);
    case Action::kSetProperties: break;
  }
  if (statement.properties.empty()) {
    return InvalidArgument("NoProperties", "Modified property is empty");
  }
  const auto edit = [&](const iceberg::ViewMetadata&) -> Result<std::vector<ViewUpdate>> {
    std::vector<ViewUpdate> updates;
    updates.emplace_back(iceberg::SetProperties{PropertiesOf(statement.properties, std::nullopt)});
    return updates;
  };
  FIRN_TRY(place.catalog->EditView(run.context, view, edit));
  return run.sink.Affected(0, "");
}

Status DropView(StatementRun& run, const sql::DropViewStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const ViewPlace place, PlaceOf(run, statement.name, Privilege::kDrop, "DROP VIEW"));
  const Status dropped =
      place.catalog->DropView(run.context, place.name.database, place.name.table);
  if (dropped) return run.sink.Affected(0, "");
  if (dropped.error().code() != ErrorCode::kNotFound) return dropped;
  if (statement.if_exists) return run.sink.Affected(0, "");
  const auto view = LoadView(run, place);
  return view ? dropped : Status(view.error());
}

Status ShowCreateView(StatementRun& run, const sql::ShowStatement& statement) {
  if (!statement.target) return InvalidArgument("NoTable", "SHOW CREATE VIEW needs a view");
  FIRN_ASSIGN_OR_RETURN(const ViewPlace place, PlaceOf(run, *statement.target, std::nullopt, "SHOW CREATE VIEW"));
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedView view, LoadView(run, place));
  ShownRows shown;
  shown.header = {"View", "Create View", "character_set_client", "collation_connection"};
  shown.rows.push_back({place.name.table, CreateViewText(place.name.table, *view.metadata), "utf8",
                        "utf8_general_ci"});
  return SendShown(run, statement, std::move(shown));
}

}  // namespace firn::session
