#include <algorithm>
#include <charconv>
#include <map>

#include "base/encoding.h"
#include "base/json.h"
#include "engine/session/limits.h"
#include "engine/session/partition_statements_internal.h"
#include "sql/expression.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

Unexpected InvalidPartition(std::string message) {
  return InvalidArgument("InvalidPartition", std::move(message));
}

/// The table's partition columns. Errors: kInvalidArgument/InvalidPartition without any;
/// kUnsupported/PartitionTransform when a column's partitions are not its values.
Result<std::vector<const iceberg::NestedField*>> PartitionColumns(
    const iceberg::TableMetadata& metadata) {
  std::vector<const iceberg::NestedField*> columns;
  for (const iceberg::PartitionField& field : metadata.default_spec().fields) {
    if (field.transform.kind == iceberg::TransformKind::kVoid) continue;
    const iceberg::NestedField* column = nullptr;
    for (const iceberg::NestedField& candidate : metadata.current_schema().fields) {
      if (candidate.id == field.source_id) column = &candidate;
    }
    if (column == nullptr || field.transform.kind != iceberg::TransformKind::kIdentity) {
      return Unsupported(
          "PartitionTransform",
          "PARTITION (…) names values of columns, but the table is partitioned by '" + field.name +
              "' (" + field.transform.ToString() +
              "); give the values as rows, or put the condition in WHERE");
    }
    columns.push_back(column);
  }
  if (columns.empty()) return InvalidPartition("The table is not partitioned");
  return columns;
}

const iceberg::NestedField* FindColumn(const std::vector<const iceberg::NestedField*>& columns,
                                       const std::string& name) {
  const auto found = std::ranges::find_if(columns, [&](const iceberg::NestedField* column) {
    return EqualsIgnoreCaseAscii(column->name, name);
  });
  return found == columns.end() ? nullptr : *found;
}

Status CheckNames(const std::vector<std::string>& names,
                  const std::vector<const iceberg::NestedField*>& columns) {
  if (names.size() < columns.size()) {
    return InvalidPartition("Must include all " + std::to_string(columns.size()) +
                            " partition columns in the partition clause");
  }
  if (names.size() > columns.size()) {
    return InvalidPartition("Only " + std::to_string(columns.size()) +
                            " partition columns can be included in the partition clause");
  }
  std::map<std::string, int> seen;
  for (const std::string& name : names) {
    if (++seen[ToLowerAscii(name)] > 1) {
      return InvalidPartition("Found duplicate partition column name " + name);
    }
    if (FindColumn(columns, name) == nullptr) {
      return InvalidPartition("Can't find partition column " + name);
    }
  }
  return Ok();
}

std::string Decoded(std::string text) {
  std::ranges::replace(text, '+', ' ');
  auto decoded = PercentDecode(text);
  return decoded ? *std::move(decoded) : text;
}

bool IsWholeNumber(const iceberg::Type& type) {
  return type.kind == iceberg::TypeKind::kInt || type.kind == iceberg::TypeKind::kLong;
}

/// `2024-01-02` or `2024-01-02 03:04:05` as Iceberg's JSON words it.
std::string TimeJson(const std::string& text, iceberg::TypeKind kind) {
  std::string json = text;
  if (kind == iceberg::TypeKind::kDate) return json;
  if (json.size() == 10) json += " 00:00:00";
  if (json.size() > 10 && json[10] == ' ') json[10] = 'T';
  return json;
}

/// A literal as the column holds it, for the types that partitions are made of by value. The writer
/// makes the same of it in the rows.
Result<iceberg::Literal> StoredValue(const sql::Literal& value,
                                     const iceberg::NestedField& column) {
  const iceberg::Type& type = column.type;
  json::value json = json::string(value.text);
  switch (type.kind) {
    case iceberg::TypeKind::kBoolean: json = value.boolean; break;
    case iceberg::TypeKind::kInt:
    case iceberg::TypeKind::kLong: {
      std::int64_t number = 0;
      const char* end = value.text.data() + value.text.size();
      const auto [at, failure] = std::from_chars(value.text.data(), end, number);
      if (failure == std::errc() && at == end && !value.text.empty()) json = number;
      break;
    }
    case iceberg::TypeKind::kString: break;
    case iceberg::TypeKind::kDate:
    case iceberg::TypeKind::kTimestamp: json = TimeJson(value.text, type.kind); break;
    default:
      return Unsupported("ColumnType", "PARTITION (…) takes no value of type " + type.ToString() +
                                           " (column '" + column.name +
                                           "'); give the values as rows");
  }
  auto stored = iceberg::LiteralFromJson(json, type);
  if (stored) return stored;
  return InvalidArgument("DataOutOfRange", "Value '" + value.text.substr(0, kShownPartitionBytes) +
                                               "' is invalid or out of range of " +
                                               type.ToString() + " for column '" + column.name +
                                               "'");
}

/// One partition's name as a condition.
Result<std::string> ConditionOf(const std::string& name,
                                const std::vector<const iceberg::NestedField*>& columns,
                                const std::string& qualifier) {
  std::vector<std::string> names;
  std::vector<std::string> values;
  for (const std::string_view part : Split(name, '/')) {
    const std::size_t at = part.find('=');
    if (at == std::string_view::npos) {
      return InvalidPartition("Partition '" + name +
                              "' is not named as SHOW PARTITIONS names them: column=value");
    }
    names.push_back(Decoded(std::string(part.substr(0, at))));
    values.push_back(Decoded(std::string(part.substr(at + 1))));
  }
  FIRN_TRY(CheckNames(names, columns));
  std::string condition;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const iceberg::NestedField* column = FindColumn(columns, names[i]);
    if (i > 0) condition += " AND ";
    condition += sql::Print(sql::ObjectName{.parts = {qualifier, column->name}});
    if (values[i] == "null") {
      condition += " IS NULL";
      continue;
    }
    const bool is_number = IsWholeNumber(column->type) && !values[i].empty() &&
                           values[i].find_first_not_of("-0123456789") == std::string::npos;
    condition += " = " + (is_number ? values[i] : sql::Print(sql::Literal::String(values[i])));
  }
  return "(" + condition + ")";
}

constexpr std::string_view kRowsAlias = "firn_rows";

}  // namespace

Result<PartitionRows> AddConstants(const sql::InsertStatement& statement,
                                   const StaticPartition& partition, bool pipes_as_concat) {
  PartitionRows made;
  if (const auto* literals = std::get_if<sql::LiteralRows>(&statement.source)) {
    sql::LiteralRowsBuilder builder(nullptr);
    builder.Reserve((literals->column_count() + partition.constants.size()) *
                    literals->row_count());
    for (std::size_t row = 0; row < literals->row_count(); ++row) {
      for (std::size_t column = 0; column < literals->column_count(); ++column) {
        builder.Add(literals->cell(row, column));  // The statement outlives the rows.
      }
      for (const auto& [name, value] : partition.constants) builder.Add(value);
    }
    made.literals = builder.Finish(literals->column_count() + partition.constants.size());
    return made;
  }
  // Through text, since a tree has one owner.
  std::string text = "SELECT *";
  for (const auto& [name, value] : partition.constants) text += ", " + sql::Print(value);
  text +=
      " FROM (" +
      sql::Print(*std::get<sql::QueryPtr>(statement.source), {.pipes_as_concat = pipes_as_concat}) +
      ") AS " + std::string(kRowsAlias);
  FIRN_ASSIGN_OR_RETURN(made.parsed, sql::ParseOne(text, {.pipes_as_concat = pipes_as_concat}));
  made.query = sql::As<sql::QueryStatement>(*made.parsed.statement).query.get();
  return made;
}

Result<StaticPartition> FindStaticPartition(const sql::InsertStatement& statement,
                                            const iceberg::TableMetadata& metadata) {
  StaticPartition partition;
  if (statement.partition.empty()) return partition;
  FIRN_ASSIGN_OR_RETURN(const auto columns, PartitionColumns(metadata));
  std::vector<std::string> names;
  for (const sql::PartitionValue& value : statement.partition) names.push_back(value.column);
  FIRN_TRY(CheckNames(names, columns));
  std::vector<iceberg::Predicate> parts;
  for (const sql::PartitionValue& value : statement.partition) {
    const auto* literal =
        value.value == nullptr ? nullptr : sql::AsIf<sql::LiteralExpression>(*value.value);
    if (literal == nullptr) return InvalidPartition("partition value should be literal expression");
    if (literal->value.kind == sql::LiteralKind::kNull) {
      return InvalidPartition("partition value can't be null");
    }
    const iceberg::NestedField* column = FindColumn(columns, value.column);
    FIRN_ASSIGN_OR_RETURN(iceberg::Literal stored, StoredValue(literal->value, *column));
    parts.push_back(
        iceberg::Predicate::Compare(iceberg::PredicateKind::kEqual, column->id, std::move(stored)));
    partition.constants.emplace_back(column->name, literal->value);
  }
  partition.rows = iceberg::Predicate::And(std::move(parts));
  return partition;
}

Result<std::string> PartitionCondition(const std::vector<std::string>& names,
                                       const iceberg::TableMetadata& metadata,
                                       const std::string& qualifier) {
  FIRN_ASSIGN_OR_RETURN(const auto columns, PartitionColumns(metadata));
  std::string condition;
  for (const std::string& name : names) {
    FIRN_ASSIGN_OR_RETURN(const std::string one, ConditionOf(name, columns, qualifier));
    condition += (condition.empty() ? "" : " OR ") + one;
  }
  return "(" + condition + ")";
}

}  // namespace firn::session
