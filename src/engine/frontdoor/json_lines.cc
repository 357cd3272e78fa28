#include "engine/frontdoor/json_lines.h"

#include <cmath>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "engine/frontdoor/result_rows.h"
#include "wire/mysql/bytes.h"

namespace firn::frontdoor {
namespace {

using rows::TypeKind;

bool IsJsonNumber(const rows::ColumnType& type, const rows::ColumnView& view, std::size_t row) {
  switch (type.kind) {
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt: return true;
    case TypeKind::kFloat: return std::isfinite(view.Value<float>(row));
    case TypeKind::kDouble: return std::isfinite(view.Value<double>(row));
    case TypeKind::kNull:
    case TypeKind::kBoolean:
    case TypeKind::kLargeInt:
    case TypeKind::kDecimal:
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTime:
    case TypeKind::kVarchar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: break;
  }
  return false;
}

void AppendJsonString(std::string& out, std::string_view text) {
  if (!IsValidUtf8(text)) {
    // JSON has no bytes: they go as base64.
    out += '"';
    out += Base64Encode(AsBytes(text));
    out += '"';
    return;
  }
  out += json::serialize(json::string_view(text.data(), text.size()));
}

}  // namespace

std::string TypeText(const rows::ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kNull: return "null_type";
    case TypeKind::kBoolean: return "boolean";
    case TypeKind::kTinyInt: return "tinyint(4)";
    case TypeKind::kSmallInt: return "smallint(6)";
    case TypeKind::kInt: return "int(11)";
    case TypeKind::kBigInt: return "bigint(20)";
    case TypeKind::kLargeInt: return "largeint(40)";
    case TypeKind::kFloat: return "float";
    case TypeKind::kDouble: return "double";
    case TypeKind::kDecimal: return fmt::format("decimal({}, {})", type.precision, type.scale);
    case TypeKind::kDate: return "date";
    case TypeKind::kDateTime: return "datetime";
    case TypeKind::kTime: return "time";
    case TypeKind::kVarchar: return "varchar";
    case TypeKind::kVarbinary: return "varbinary";
    case TypeKind::kJson: return "json";
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return type.nested_text;
  }
  return "";
}

Status JsonLinesSink::CheckSize() const {
  if (lines_.size() <= bytes_max_) return Ok();
  return ResourceExhausted("ResultTooLarge",
                           fmt::format("the result is over {} MiB; use the MySQL port, which "
                                       "streams, or add a LIMIT",
                                       bytes_max_ >> 20U));
}

Status JsonLinesSink::Begin(std::span<const rows::Column> columns) {
  columns_.assign(columns.begin(), columns.end());
  json::array meta;
  for (const rows::Column& column : columns) {
    meta.push_back(json::object{{"name", column.name}, {"type", TypeText(column.type)}});
  }
  lines_ += PrintJson(json::object{{"meta", std::move(meta)}}) + "\n";
  return CheckSize();
}

Status JsonLinesSink::AddBatch(const rows::ColumnBatch& batch) {
  for (std::size_t row = 0; row < batch.row_count; ++row) {
    lines_ += R"({"data":[)";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) lines_ += ',';
      const rows::ColumnType& type = columns_[i].type;
      const rows::ColumnView& view = batch.columns[i];
      if (type.kind == TypeKind::kNull || view.IsNull(row)) {
        lines_ += "null";
      } else if (type.kind == TypeKind::kBoolean) {
        lines_ += view.Value<bool>(row) ? "true" : "false";
      } else {
        // The MySQL text of the value, without its length.
        value_.clear();
        AppendTextRow(value_, std::span(&columns_[i], 1),
                      {.row_count = batch.row_count, .columns = batch.columns.subspan(i, 1)}, row);
        const auto text = mysql::ByteReader(value_).LenencString();
        if (!text) return Unexpected{text.error()};
        if (IsJsonNumber(type, view, row)) {
          lines_ += *text;
        } else {
          AppendJsonString(lines_, *text);
        }
      }
    }
    lines_ += "]}\n";
    FIRN_TRY(CheckSize());
  }
  row_count_ += batch.row_count;
  return Ok();
}

Status JsonLinesSink::End() {
  lines_ += fmt::format(R"({{"statistics":{{"scanRows":0,"scanBytes":0,"returnRows":{}}}}})",
                        row_count_);
  lines_ += '\n';
  return Ok();
}

Status JsonLinesSink::Affected(std::uint64_t row_count, std::string_view /*info*/) {
  lines_ += fmt::format(R"({{"status":"OK","affectedRows":{}}})", row_count);
  lines_ += '\n';
  return Ok();
}

}  // namespace firn::frontdoor
