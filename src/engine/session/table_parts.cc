#include "engine/session/table_parts_internal.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "engine/session/table_types_internal.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

Status RefuseColumnClauses(const sql::ColumnDefinition& column) {
  const auto refuse = [&](std::string_view clause) {
    return Unsupported("UnsupportedClause", std::string(clause) + " of column '" + column.name +
                                                "' is not supported for Iceberg tables");
  };
  if (column.is_key) return refuse("KEY");
  if (!column.aggregate.empty()) return refuse(column.aggregate);
  if (column.auto_increment) return refuse("AUTO_INCREMENT");
  if (column.generated) return refuse("AS (expression)");
  return Ok();
}

struct Codec {
  std::string_view word;
  std::string_view iceberg;
};
constexpr auto kCodecs = std::to_array<Codec>({
    {"snappy", "snappy"},
    {"gzip", "gzip"},
    {"zstd", "zstd"},
    {"lz4", "lz4"},
    {"uncompressed", "uncompressed"},
    {"none", "uncompressed"},
});

struct TransformWord {
  std::string_view word;
  iceberg::TransformKind kind;
  std::string_view suffix;  ///< As other writers name the partition field.
  bool has_argument = false;
};
constexpr auto kTransforms = std::to_array<TransformWord>({
    {"identity", iceberg::TransformKind::kIdentity, ""},
    {"year", iceberg::TransformKind::kYear, "_year"},
    {"month", iceberg::TransformKind::kMonth, "_month"},
    {"day", iceberg::TransformKind::kDay, "_day"},
    {"hour", iceberg::TransformKind::kHour, "_hour"},
    {"bucket", iceberg::TransformKind::kBucket, "_bucket", true},
    {"truncate", iceberg::TransformKind::kTruncate, "_trunc", true},
    {"void", iceberg::TransformKind::kVoid, "_null"},
});

/// StarRocks' rule: identity partitions of these would be one a row, or depend on the time zone.
bool MayBeIdentity(const iceberg::Type& type) {
  using Kind = iceberg::TypeKind;
  switch (type.kind) {
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal:
    case Kind::kTimestamp:
    case Kind::kTimestampTz: return false;
    default: return type.is_primitive();
  }
}

}  // namespace

Result<json::value> DefaultOf(const sql::ColumnDefinition& column, const iceberg::Type& type) {
  const auto* node = sql::AsIf<sql::LiteralExpression>(*column.default_value);
  const auto bad = [&] {
    return Unsupported("UnsupportedDefault",
                       "The default of column '" + column.name +
                           "' is not supported: a constant of a number, string, boolean or date "
                           "column is");
  };
  if (node == nullptr) return bad();
  const sql::Literal& literal = node->value;
  const std::string text = literal.kind == sql::LiteralKind::kBoolean
                               ? (literal.boolean ? "true" : "false")
                               : literal.text;
  using Kind = iceberg::TypeKind;
  switch (type.kind) {
    case Kind::kString:
    case Kind::kDate: return json::value(text);
    case Kind::kBoolean: return json::value(text == "1" || EqualsIgnoreCaseAscii(text, "true"));
    case Kind::kInt:
    case Kind::kLong: {
      const auto number = sql::Literal{sql::LiteralKind::kInteger, false, text}.Int64();
      const bool fits =
          number && (type.kind == Kind::kLong || (*number >= INT32_MIN && *number <= INT32_MAX));
      if (!fits) {
        return InvalidArgument("BadDefault",
                               "Invalid default value for '" + column.name + "': " + text);
      }
      return json::value(*number);
    }
    default: return bad();
  }
}

bool IsNullLiteral(const sql::Expression& expression) {
  const auto* node = sql::AsIf<sql::LiteralExpression>(expression);
  return node != nullptr && node->value.kind == sql::LiteralKind::kNull;
}

Result<iceberg::NestedField> FieldOf(const sql::ColumnDefinition& column, bool is_v3) {
  FIRN_TRY(RefuseColumnClauses(column));
  iceberg::NestedField field{.id = 0, .name = column.name};
  FIRN_ASSIGN_OR_RETURN(field.type, ToIcebergType(column.type));
  field.required = column.nullable.has_value() && !*column.nullable;
  if (column.comment && !column.comment->empty()) field.doc = column.comment;
  if (column.default_value && !IsNullLiteral(*column.default_value)) {
    if (!is_v3) {
      return Unsupported("UnsupportedDefault",
                         "The default of column '" + column.name +
                             "' needs PROPERTIES (\"format-version\" = \"3\")");
    }
    FIRN_ASSIGN_OR_RETURN(field.write_default, DefaultOf(column, field.type));
    field.initial_default = field.write_default;
  }
  return field;
}

Status TakeProperty(const sql::Property& property, iceberg::Properties& properties,
                    std::optional<std::string>& location) {
  const std::string key = ToLowerAscii(property.key);
  const std::string value = ToLowerAscii(property.value);
  if (key == "location") {
    if (property.value.find("://") == std::string::npos) {
      return InvalidArgument("BadLocation", "Invalid location URI: " + property.value);
    }
    location = property.value;
    return Ok();
  }
  if (key == "file_format") {
    if (value == "parquet") return Ok();
    return Unsupported("UnsupportedFileFormat",
                       "Unsupported file format for iceberg connector: " + property.value +
                           "; tables are written as parquet");
  }
  if (key == "compression_codec") {
    const auto codec = std::ranges::find(kCodecs, std::string_view(value), &Codec::word);
    if (codec == kCodecs.end()) {
      return Unsupported("UnsupportedCodec",
                         "Unsupported compression codec for iceberg connector: " + property.value);
    }
    properties["write.parquet.compression-codec"] = codec->iceberg;
    return Ok();
  }
  if (key == "format-version" && value != "1" && value != "2" && value != "3") {
    return Unsupported("FormatVersion",
                       "Unsupported format-version '" + property.value + "': there are 1, 2 and 3");
  }
  properties[property.key] = property.value;
  return Ok();
}

Result<iceberg::PartitionField> PartitionFieldOf(const sql::PartitionTerm& term,
                                                 const iceberg::Schema& schema) {
  const std::string text = sql::Print(*term.expression);
  const auto word =
      std::ranges::find(kTransforms, std::string_view(term.transform), &TransformWord::word);
  if (term.column.empty() || word == kTransforms.end()) {
    const std::string transform = term.transform.empty() ? text : term.transform;
    return Unsupported("UnsupportedTransform", "Unsupported partition transform " + transform +
                                                   " for column " +
                                                   (term.column.empty() ? text : term.column));
  }
  const iceberg::NestedField* source = schema.FindFieldIgnoreCase(term.column);
  if (source == nullptr) {
    return InvalidArgument("UnknownColumn",
                           "Partition column '" + term.column + "' does not exist in the table");
  }
  iceberg::Transform transform{.kind = word->kind};
  if (word->has_argument != term.argument.has_value() ||
      (term.argument && (*term.argument < 1 || *term.argument > INT32_MAX))) {
    return InvalidArgument("BadTransform",
                           "Invalid partition transform " + text +
                               (word->has_argument ? ": it takes a column and a positive number"
                                                   : ": it takes a column only"));
  }
  if (term.argument) transform.parameter = static_cast<std::int32_t>(*term.argument);
  const bool is_fit = word->kind == iceberg::TransformKind::kIdentity
                          ? MayBeIdentity(source->type)
                          : CanTransform(transform, source->type);
  if (!is_fit) {
    return InvalidArgument("BadTransform", "Partition transform " + text +
                                               " does not take a column of type " +
                                               DescribedType(source->type));
  }
  return iceberg::PartitionField{.source_id = source->id,
                                 .name = source->name + std::string(word->suffix),
                                 .transform = transform};
}

Status RefuseRedundant(const iceberg::PartitionField& present, const iceberg::PartitionField& added,
                       const sql::PartitionTerm& term) {
  using Kind = iceberg::TransformKind;
  const auto is_time = [](Kind kind) {
    return kind == Kind::kYear || kind == Kind::kMonth || kind == Kind::kDay || kind == Kind::kHour;
  };
  if (present.source_id != added.source_id) return Ok();
  if (present.transform == added.transform) {
    return InvalidArgument("DuplicatePartition",
                           "Duplicate partition column: " + sql::Print(*term.expression));
  }
  // Iceberg's own library does not load a table that is partitioned by both.
  if (is_time(present.transform.kind) && is_time(added.transform.kind)) {
    return InvalidArgument("RedundantPartition",
                           "Cannot add redundant partition " + sql::Print(*term.expression) +
                               ": it conflicts with " + present.name +
                               " (one of year, month, day and hour a column)");
  }
  return Ok();
}

}  // namespace firn::session
