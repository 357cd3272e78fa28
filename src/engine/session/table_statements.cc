#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "engine/catalog/table_definition.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/table_parts_internal.h"
#include "engine/session/table_source_internal.h"
#include "engine/session/table_types_internal.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

using catalog::TableDefinition;

Status RefuseNativeClauses(const sql::CreateTableStatement& statement) {
  const sql::NativeTableClauses& native = statement.native;
  const auto refuse = [](std::string_view clause) {
    return Unsupported("UnsupportedClause",
                       std::string(clause) + " is not supported for Iceberg tables: leave it out");
  };
  if (statement.temporary) return refuse("TEMPORARY");
  if (!native.key_kind.empty()) return refuse(native.key_kind);
  if (!native.distribution.empty()) return refuse("DISTRIBUTED BY");
  if (!native.partition_kind.empty()) return refuse("PARTITION BY " + native.partition_kind);
  if (native.has_rollup) return refuse("ROLLUP");
  if (native.has_index) return refuse("INDEX");
  if (!statement.engine.empty() && !EqualsIgnoreCaseAscii(statement.engine, "iceberg")) {
    return refuse("ENGINE = " + statement.engine);
  }
  return Ok();
}

Status CheckColumnNames(const std::vector<iceberg::NestedField>& fields) {
  if (fields.empty()) return InvalidArgument("NoColumns", "A table must have at least one column");
  if (fields.size() > kColumnsMax) {
    return InvalidArgument("TooManyColumns",
                           "A table takes at most " + std::to_string(kColumnsMax) + " columns");
  }
  std::set<std::string> seen;
  for (const iceberg::NestedField& field : fields) {
    if (!seen.insert(ToLowerAscii(field.name)).second) {
      return InvalidArgument("DuplicateColumn", "Duplicate column name '" + field.name + "'");
    }
  }
  return Ok();
}

Status AddSpec(const std::vector<sql::PartitionTerm>& terms, TableDefinition& definition) {
  std::set<std::string> names;
  for (const sql::PartitionTerm& term : terms) {
    FIRN_ASSIGN_OR_RETURN(iceberg::PartitionField field, PartitionFieldOf(term, definition.schema));
    if (!names.insert(field.name).second) {
      return InvalidArgument("DuplicatePartition",
                             "Duplicate partition column: " + sql::Print(*term.expression));
    }
    for (const iceberg::PartitionField& present : definition.spec.fields) {
      FIRN_TRY(RefuseRedundant(present, field, term));
    }
    field.field_id =
        iceberg::kPartitionFieldIdFirst + static_cast<std::int32_t>(definition.spec.fields.size());
    definition.spec.fields.push_back(std::move(field));
  }
  return Ok();
}

Status AddOrder(const std::vector<sql::OrderItem>& items, TableDefinition& definition) {
  for (const sql::OrderItem& item : items) {
    const auto* column = sql::AsIf<sql::ColumnRefExpression>(*item.expression);
    if (column == nullptr || column->parts.size() != 1) {
      return Unsupported("UnsupportedClause", "ORDER BY of a table takes column names only, not " +
                                                  sql::Print(*item.expression));
    }
    const iceberg::NestedField* source = definition.schema.FindFieldIgnoreCase(column->parts[0]);
    if (source == nullptr || !source->type.is_primitive()) {
      return InvalidArgument("UnknownColumn",
                             "Sort column '" + column->parts[0] + "' does not exist in the table");
    }
    definition.order.order_id = 1;
    definition.order.fields.push_back({.source_id = source->id,
                                       .transform = {},
                                       .descending = item.descending,
                                       .nulls_last = !item.nulls_first.value_or(!item.descending)});
  }
  return Ok();
}

/// Columns of CREATE TABLE … AS SELECT: the query's, under the names and types the statement gives.
Result<std::vector<iceberg::NestedField>> QueryFields(StatementRun& run,
                                                      const sql::CreateTableStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  StatementTables tables(run.state);
  FIRN_ASSIGN_OR_RETURN(const std::vector<rows::Column> columns,
                        connection->Describe(run.context, *statement.query, tables, run.Scope()));
  if (!statement.column_names.empty() && statement.column_names.size() != columns.size()) {
    return InvalidArgument(
        "ColumnCountMismatch",
        "Number of column names (" + std::to_string(statement.column_names.size()) +
            ") doesn't match the query's columns (" + std::to_string(columns.size()) + ")");
  }
  std::vector<iceberg::NestedField> fields;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    iceberg::NestedField field{.id = 0, .name = columns[i].name};
    if (!statement.column_names.empty()) field.name = statement.column_names[i];
    FIRN_ASSIGN_OR_RETURN_NOTE(field.type, ToIcebergType(columns[i].type),
                               "of column '" + field.name + "'");
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<TableDefinition> DefinitionOf(StatementRun& run, const sql::CreateTableStatement& statement,
                                     const std::string& name) {
  FIRN_TRY(RefuseNativeClauses(statement));
  TableDefinition definition{.name = name};
  definition.properties["format-version"] = "2";
  definition.properties["write.parquet.compression-codec"] = "zstd";
  for (const sql::Property& property : statement.properties)
    FIRN_TRY(TakeProperty(property, definition.properties, definition.location));
  if (statement.comment && !statement.comment->empty())
    definition.properties["comment"] = *statement.comment;
  const bool is_v3 = definition.properties["format-version"] == "3";

  iceberg::Schema schema;
  if (statement.query && statement.columns.empty()) {
    FIRN_ASSIGN_OR_RETURN(schema.fields, QueryFields(run, statement));
  } else {
    for (const sql::ColumnDefinition& column : statement.columns) {
      FIRN_ASSIGN_OR_RETURN(iceberg::NestedField field, FieldOf(column, is_v3));
      schema.fields.push_back(std::move(field));
    }
  }
  FIRN_TRY(CheckColumnNames(schema.fields));
  definition.schema = AssignFreshIds(schema);
  FIRN_TRY(AddSpec(statement.partition_by, definition));
  FIRN_TRY(AddOrder(statement.order_by, definition));
  return definition;
}

Needs ToCreateIn(const duck::TableName& name) {
  return Needs::OnDatabase({Privilege::kCreateTable}, {name.catalog, name.database});
}

}  // namespace

Status CreateTable(StatementRun& run, const sql::CreateTableStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.name));
  FIRN_ASSIGN_OR_RETURN(const auto catalog,
                        FindExternal(run.state, ToCreateIn(name), "CREATE TABLE"));
  if (IsInformationSchema(name.database)) {
    return Unsupported("InternalDatabase", "Tables cannot be created in information_schema");
  }
  FIRN_ASSIGN_OR_RETURN(const TableDefinition definition, DefinitionOf(run, statement, name.table));
  if (statement.if_not_exists && catalog->LoadTable(run.context, name.database, name.table)) {
    return run.sink.Affected(0, "");
  }
  const auto created = catalog->CreateTable(run.context, name.database, definition);
  if (!created) {
    const bool is_there = created.error().reason() == "TableExists";
    if (is_there && statement.if_not_exists) return run.sink.Affected(0, "");
    if (created.error().reason() == "UnknownDatabase") {
      return UnknownDatabase(run.context, run.state, {name.catalog, name.database});
    }
    return created.error();
  }
  if (!statement.query) return run.sink.Affected(0, "");
  return FillNewTable(run, *statement.query, *catalog, *created);
}

/// The other table's columns, partitions, order and properties; not its rows, place or comment's
/// history.
Status CreateTableLike(StatementRun& run, const sql::CreateTableLikeStatement& statement) {
  if (statement.temporary) {
    return Unsupported("UnsupportedClause",
                       "TEMPORARY is not supported for Iceberg tables: leave it out");
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.name));
  FIRN_ASSIGN_OR_RETURN(const auto catalog,
                        FindExternal(run.state, ToCreateIn(name), "CREATE TABLE LIKE"));
  FIRN_ASSIGN_OR_RETURN(const duck::TableName from, CompleteTable(run.state, statement.source));
  FIRN_ASSIGN_OR_RETURN(
      const catalog::LoadedTable source,
      LoadTable(run.context, run.state, Needs::OnTable({Privilege::kSelect}, from)));
  const iceberg::TableMetadata& metadata = *source.metadata;
  TableDefinition definition{.name = name.table};
  definition.schema = metadata.current_schema();
  definition.spec = metadata.default_spec();
  definition.order = metadata.default_sort_order();
  definition.properties = metadata.properties;
  definition.properties["format-version"] = std::to_string(metadata.format_version);
  // These tell of the other table's files and ids.
  for (const char* own : {"schema.name-mapping.default", "write.data.path", "write.metadata.path",
                          "write.object-storage.path", "write.folder-storage.path"}) {
    definition.properties.erase(own);
  }
  for (const sql::Property& property : statement.properties)
    FIRN_TRY(TakeProperty(property, definition.properties, definition.location));
  const auto created = catalog->CreateTable(run.context, name.database, definition);
  if (created || (created.error().reason() == "TableExists" && statement.if_not_exists))
    return run.sink.Affected(0, "");
  if (created.error().reason() == "UnknownDatabase")
    return UnknownDatabase(run.context, run.state, {name.catalog, name.database});
  return created.error();
}

Status DropTable(StatementRun& run, const sql::DropTableStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.name));
  FIRN_ASSIGN_OR_RETURN(
      const auto catalog,
      FindExternal(run.state, Needs::OnTable({Privilege::kDrop}, name), "DROP TABLE"));
  const Status dropped =
      catalog->DropTable(run.context, name.database, name.table, statement.force);
  if (dropped) return run.sink.Affected(0, "");
  if (dropped.error().code() != ErrorCode::kNotFound) return dropped;
  if (statement.if_exists) return run.sink.Affected(0, "");
  if (dropped.error().reason() == "UnknownDatabase") {
    return UnknownDatabase(run.context, run.state, {name.catalog, name.database});
  }
  return UnknownTable(run.context, run.state, name);
}

}  // namespace firn::session
