#include "base/encoding.h"
#include "engine/catalog/definition.h"
#include "engine/session/describe_internal.h"
#include "engine/session/like_pattern_internal.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/shown_rows_internal.h"
#include "engine/session/table_source_internal.h"
#include "engine/session/table_types_internal.h"
#include "engine/session/views_internal.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;

/// One column, wherever its table lives.
struct ShownColumn {
  std::string name;
  std::string described_type;
  std::string declared_type;
  std::optional<std::string> default_value;
  std::string extra;
  std::string comment;
};

std::string TypeWord(const rows::ColumnType& type) {
  switch (type.kind) {
    case rows::TypeKind::kInt: return "INT";
    case rows::TypeKind::kBigInt: return "BIGINT";
    case rows::TypeKind::kVarbinary: return "VARBINARY";
    case rows::TypeKind::kDateTime: return "DATETIME";
    default: return "VARCHAR(1073741824)";
  }
}

std::optional<std::string> DefaultText(const iceberg::NestedField& field) {
  if (!field.write_default) return std::nullopt;
  if (field.write_default->is_string()) return std::string(field.write_default->get_string());
  return PrintJson(*field.write_default);
}

ShownColumn ColumnOf(const iceberg::NestedField& field) {
  return {.name = field.name,
          .described_type = DescribedType(field.type),
          .declared_type = DeclaredType(field.type),
          .default_value = DefaultText(field),
          .extra = "",
          .comment = field.doc.value_or("")};
}

std::vector<ShownColumn> ColumnsOf(const iceberg::TableMetadata& metadata) {
  std::vector<ShownColumn> columns;
  for (const iceberg::NestedField& field : metadata.current_schema().fields) {
    ShownColumn column = ColumnOf(field);
    for (const iceberg::PartitionField& partition : metadata.default_spec().fields) {
      const bool is_identity = partition.transform.kind == iceberg::TransformKind::kIdentity;
      if (partition.source_id == field.id && is_identity) column.extra = "partition key";
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<ShownColumn> ColumnsOf(const duck::MemoryTable& table) {
  std::vector<ShownColumn> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const rows::Column& column = table.columns[i];
    const auto nested = table.nested_types.find(i);
    const bool is_nested = nested != table.nested_types.end();
    const std::string type = is_nested ? DescribedType(nested->second) : TypeWord(column.type);
    columns.push_back(
        {.name = column.name,
         .described_type = type,
         .declared_type = is_nested ? DeclaredType(nested->second) : ToLowerAscii(type),
         .default_value = std::nullopt,
         .extra = "",
         .comment = ""});
  }
  return columns;
}

Result<std::vector<ShownColumn>> LoadColumns(StatementRun& run, const duck::TableName& name) {
  StatementTables tables(run.state, StatementTables::For::kLooking);
  FIRN_ASSIGN_OR_RETURN(const duck::ResolvedTable table, tables.Resolve(run.context, name));
  if (const auto* pinned = std::get_if<duck::PinnedTable>(&table))
    return ColumnsOf(*pinned->metadata);
  if (const auto* view = std::get_if<duck::PinnedView>(&table)) {
    std::vector<ShownColumn> columns;
    for (const iceberg::NestedField& field : view->metadata->current_schema().fields)
      columns.push_back(ColumnOf(field));
    return columns;
  }
  return ColumnsOf(std::get<duck::MemoryTable>(table));
}

std::string PartitionText(const iceberg::PartitionField& field, const iceberg::Schema& schema) {
  const std::string column = sql::QuoteIdentifier(
      schema.FindFieldName(field.source_id).value_or("column_" + std::to_string(field.source_id)));
  switch (field.transform.kind) {
    case iceberg::TransformKind::kIdentity: return column;
    case iceberg::TransformKind::kBucket:
      return "bucket(" + column + ", " + std::to_string(field.transform.parameter) + ")";
    case iceberg::TransformKind::kTruncate:
      return "truncate(" + column + ", " + std::to_string(field.transform.parameter) + ")";
    default: return field.transform.ToString() + "(" + column + ")";
  }
}

std::string OrderText(const iceberg::SortField& field, const iceberg::Schema& schema) {
  const std::string column = sql::QuoteIdentifier(
      schema.FindFieldName(field.source_id).value_or("column_" + std::to_string(field.source_id)));
  return column + (field.descending ? " DESC" : " ASC") +
         (field.nulls_last ? " NULLS LAST" : " NULLS FIRST");
}

}  // namespace

std::string CreateTableText(const std::string& name, const iceberg::TableMetadata& metadata) {
  const iceberg::Schema& schema = metadata.current_schema();
  std::string text = "CREATE TABLE `" + name + "` (\n";
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const iceberg::NestedField& field = schema.fields[i];
    const std::optional<std::string> value = DefaultText(field);
    text +=
        "  `" + field.name + "` " + DeclaredType(field.type) + (field.required ? " NOT NULL" : "");
    if (value)
      text += " DEFAULT " + catalog::QuoteDouble(*value);
    else if (!field.required)
      text += " DEFAULT NULL";
    if (field.doc && !field.doc->empty()) text += " COMMENT " + catalog::QuoteDouble(*field.doc);
    text += i + 1 < schema.fields.size() ? ",\n" : "\n";
  }
  text += ")\n";
  const auto join = [&](const auto& fields, auto print) {
    std::string joined;
    for (const auto& field : fields) joined += (joined.empty() ? "" : ", ") + print(field, schema);
    return joined;
  };
  const auto comment = metadata.properties.find("comment");
  if (comment != metadata.properties.end())
    text += "COMMENT " + catalog::QuoteDouble(comment->second) + "\n";
  if (!metadata.default_spec().is_unpartitioned()) {
    text += "PARTITION BY (" + join(metadata.default_spec().fields, PartitionText) + ")\n";
  }
  if (!metadata.default_sort_order().fields.empty()) {
    text += "ORDER BY (" + join(metadata.default_sort_order().fields, OrderText) + ")\n";
  }
  return text + "PROPERTIES (\"location\" = " + catalog::QuoteDouble(metadata.location) + ");";
}

Status Describe(StatementRun& run, const sql::DescribeStatement& statement) {
  if (statement.table_function) {
    return UnsupportedStatement(
        "DESC FILES(…)",
        "ALTER TABLE t EXECUTE add_files(…) takes Parquet files into an Iceberg "
        "table where they are, and DESC t tells of its columns");
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.table));
  FIRN_ASSIGN_OR_RETURN(const std::vector<ShownColumn> columns, LoadColumns(run, name));
  std::vector<Row> lines;
  for (const ShownColumn& column : columns) {
    if (!statement.column.empty() && !MatchesLike(column.name, statement.column)) continue;
    lines.push_back({column.name, column.described_type, "Yes", "false", column.default_value,
                     column.extra, column.comment});
  }
  const std::vector<std::string> header{"Field",   "Type",  "Null",   "Key",
                                        "Default", "Extra", "Comment"};
  return rows::SendTextRows(run.sink, header, lines);
}

Status ShowColumns(StatementRun& run, const sql::ShowStatement& statement) {
  if (!statement.target) return InvalidArgument("NoTable", "SHOW COLUMNS needs a table");
  sql::ObjectName full = *statement.target;
  if (statement.from && full.parts.size() == 1) {
    full.parts.insert(full.parts.begin(), statement.from->parts.begin(),
                      statement.from->parts.end());
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, full));
  FIRN_ASSIGN_OR_RETURN(const std::vector<ShownColumn> columns, LoadColumns(run, name));
  ShownRows shown;
  shown.header = statement.full
                     ? std::vector<std::string>{"Field",   "Type",  "Collation",  "Null",   "Key",
                                                "Default", "Extra", "Privileges", "Comment"}
                     : std::vector<std::string>{"Field", "Type", "Null", "Key", "Default", "Extra"};
  for (const ShownColumn& column : columns) {
    if (statement.full) {
      const bool is_text = column.declared_type.starts_with("varchar");
      shown.rows.push_back({column.name, column.declared_type,
                            is_text ? std::optional<std::string>("utf8_general_ci") : std::nullopt,
                            "YES", "", column.default_value, column.extra, "", column.comment});
    } else {
      shown.rows.push_back(
          {column.name, column.declared_type, "YES", "", column.default_value, column.extra});
    }
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowCreateTable(StatementRun& run, const sql::ShowStatement& statement) {
  if (!statement.target) return InvalidArgument("NoTable", "SHOW CREATE TABLE needs a table");
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, *statement.target));
  if (IsInformationSchema(name.database)) {
    return Unsupported("InternalDatabase",
                       "Tables of information_schema have no CREATE TABLE; use DESC");
  }
  FIRN_ASSIGN_OR_RETURN(const LoadedRelation relation,
                        LoadRelation(run.context, run.state, Needs::ToSee(name)));
  ShownRows shown;
  shown.header = {"Table", "Create Table"};
  if (const auto* view = std::get_if<catalog::LoadedView>(&relation)) {
    shown.rows.push_back({name.table, CreateViewText(name.table, *view->metadata)});
  } else {
    const auto& table = std::get<catalog::LoadedTable>(relation);
    shown.rows.push_back({name.table, CreateTableText(name.table, *table.metadata)});
  }
  return SendShown(run, statement, std::move(shown));
}

}  // namespace firn::session
