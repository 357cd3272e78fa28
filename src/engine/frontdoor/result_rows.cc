#include "engine/frontdoor/result_rows.h"

#include "wire/mysql/bytes.h"
#include "wire/mysql/values.h"

namespace firn::frontdoor {
namespace {

using mysql::FieldType;
using rows::TypeKind;

// What a client may allocate for a column: StarRocks' max_unknown_string_meta_length is 64 characters, but JDBC tools
// cut text at this width, so it is that of STRING.
constexpr std::uint32_t kTextWidth = 65'533U * 4U;

struct WireShape {
  FieldType type;
  std::uint32_t width;
  std::uint8_t decimals;
  bool is_text;
};

WireShape ShapeOf(const rows::ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kNull: return {FieldType::kNull, 0, 0, false};
    case TypeKind::kBoolean: return {FieldType::kTiny, 1, 0, false};
    case TypeKind::kTinyInt: return {FieldType::kTiny, 4, 0, false};
    case TypeKind::kSmallInt: return {FieldType::kShort, 6, 0, false};
    case TypeKind::kInt: return {FieldType::kLong, 11, 0, false};
    case TypeKind::kBigInt: return {FieldType::kLongLong, 20, 0, false};
    case TypeKind::kLargeInt: return {FieldType::kString, 40 * 4, 0, true};
    case TypeKind::kFloat: return {FieldType::kFloat, 12, mysql::kDecimalsNotFixed, false};
    case TypeKind::kDouble: return {FieldType::kDouble, 22, mysql::kDecimalsNotFixed, false};
    case TypeKind::kDecimal:
      return {FieldType::kNewDecimal, static_cast<std::uint32_t>(type.precision + 2),
              static_cast<std::uint8_t>(type.scale), false};
    case TypeKind::kDate: return {FieldType::kDate, 10, 0, false};
    case TypeKind::kDateTime: return {FieldType::kDateTime, 26, 6, false};
    case TypeKind::kTime: return {FieldType::kTime, 17, 6, false};
    case TypeKind::kVarchar: return {FieldType::kVarString, kTextWidth, 0, true};
    case TypeKind::kVarbinary: return {FieldType::kVarString, kTextWidth, 0, false};
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return {FieldType::kString, kTextWidth, 0, true};
  }
  return {FieldType::kString, kTextWidth, 0, true};
}

void AppendTextValue(std::string& out, const rows::ColumnType& type, const rows::ColumnView& view,
                     std::size_t row) {
  switch (type.kind) {
    case TypeKind::kNull: return mysql::AppendTextNull(out);
    case TypeKind::kBoolean: return mysql::AppendTextBool(out, view.Value<bool>(row));
    case TypeKind::kTinyInt: return mysql::AppendTextInt(out, view.Value<std::int8_t>(row));
    case TypeKind::kSmallInt: return mysql::AppendTextInt(out, view.Value<std::int16_t>(row));
    case TypeKind::kInt: return mysql::AppendTextInt(out, view.Value<std::int32_t>(row));
    case TypeKind::kBigInt: return mysql::AppendTextInt(out, view.Value<std::int64_t>(row));
    case TypeKind::kLargeInt:
      return mysql::AppendTextLargeInt(out, view.Value<mysql::Int128>(row));
    case TypeKind::kFloat: return mysql::AppendTextFloat(out, view.Value<float>(row));
    case TypeKind::kDouble: return mysql::AppendTextDouble(out, view.Value<double>(row));
    case TypeKind::kDecimal:
      return mysql::AppendTextDecimal(out, view.Value<mysql::Int128>(row), type.scale);
    case TypeKind::kDate: return mysql::AppendTextDate(out, view.Value<std::int32_t>(row));
    case TypeKind::kDateTime: return mysql::AppendTextDateTime(out, view.Value<std::int64_t>(row));
    case TypeKind::kTime: return mysql::AppendTextTime(out, view.Value<std::int64_t>(row));
    case TypeKind::kVarchar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return mysql::AppendLenencString(out, view.Value<std::string_view>(row));
  }
}

// Binary forms; the rest are their text.
void AppendBinaryValue(std::string& out, const rows::ColumnType& type, const rows::ColumnView& view,
                       std::size_t row) {
  switch (type.kind) {
    case TypeKind::kNull: return;
    case TypeKind::kBoolean: return mysql::AppendInt1(out, view.Value<bool>(row) ? 1 : 0);
    case TypeKind::kTinyInt:
      return mysql::AppendInt1(out, static_cast<std::uint8_t>(view.Value<std::int8_t>(row)));
    case TypeKind::kSmallInt:
      return mysql::AppendInt2(out, static_cast<std::uint16_t>(view.Value<std::int16_t>(row)));
    case TypeKind::kInt:
      return mysql::AppendInt4(out, static_cast<std::uint32_t>(view.Value<std::int32_t>(row)));
    case TypeKind::kBigInt:
      return mysql::AppendInt8(out, static_cast<std::uint64_t>(view.Value<std::int64_t>(row)));
    case TypeKind::kFloat: return mysql::AppendBinaryFloat(out, view.Value<float>(row));
    case TypeKind::kDouble: return mysql::AppendBinaryDouble(out, view.Value<double>(row));
    case TypeKind::kDate: return mysql::AppendBinaryDate(out, view.Value<std::int32_t>(row));
    case TypeKind::kDateTime:
      return mysql::AppendBinaryDateTime(out, view.Value<std::int64_t>(row));
    case TypeKind::kTime: return mysql::AppendBinaryTime(out, view.Value<std::int64_t>(row));
    case TypeKind::kLargeInt:
    case TypeKind::kDecimal:
    case TypeKind::kVarchar:
    case TypeKind::kVarbinary:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return AppendTextValue(out, type, view, row);
  }
}

}  // namespace

mysql::ColumnDefinition DefinitionOf(const rows::Column& column) {
  const WireShape shape = ShapeOf(column.type);
  return {.name = column.name,
          .original_name = column.name,
          .charset = shape.is_text ? mysql::kCharsetUtf8mb4 : mysql::kCharsetBinary,
          .display_width = shape.width,
          .type = shape.type,
          .flags = shape.is_text ? std::uint16_t{0} : std::uint16_t{mysql::kBinaryFlag},
          .decimals = shape.decimals};
}

void AppendTextRow(std::string& out, std::span<const rows::Column> columns,
                   const rows::ColumnBatch& batch, std::size_t row) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const rows::ColumnView& view = batch.columns[i];
    if (view.IsNull(row)) {
      mysql::AppendTextNull(out);
    } else {
      AppendTextValue(out, columns[i].type, view, row);
    }
  }
}

void AppendBinaryRow(std::string& out, std::span<const rows::Column> columns,
                     const rows::ColumnBatch& batch, std::size_t row) {
  mysql::AppendInt1(out, 0);
  // The row's NULL bitmap begins with two unused bits.
  const std::size_t bitmap = out.size();
  out.append((columns.size() + 2 + 7) / 8, '\0');
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const rows::ColumnView& view = batch.columns[i];
    if (columns[i].type.kind == TypeKind::kNull || view.IsNull(row)) {
      char& byte = out[bitmap + (i + 2) / 8];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << ((i + 2) % 8));
    } else {
      AppendBinaryValue(out, columns[i].type, view, row);
    }
  }
}

Status MySqlResultSink::Begin(std::span<const rows::Column> columns) {
  columns_.assign(columns.begin(), columns.end());
  std::string count;
  mysql::AppendLenencInt(count, columns.size());
  FIRN_TRY(writer_.Send(count));
  for (const rows::Column& column : columns) {
    FIRN_TRY(writer_.Send(mysql::EncodeColumnDefinition(DefinitionOf(column))));
  }
  // The flags here are those of the end: some clients look for further results already now.
  return writer_.SendEofUnlessDeprecated(mysql::EofOf(ending_()));
}

Status MySqlResultSink::AddBatch(const rows::ColumnBatch& batch) {
  for (std::size_t row = 0; row < batch.row_count; ++row) {
    writer_.BeginMessage();
    if (format_ == RowFormat::kText) {
      AppendTextRow(writer_.buffer(), columns_, batch, row);
    } else {
      AppendBinaryRow(writer_.buffer(), columns_, batch, row);
    }
    FIRN_TRY(writer_.EndMessage());
  }
  row_count_ += batch.row_count;
  return Ok();
}

Status MySqlResultSink::End() {
  answered_ = true;
  return writer_.SendEndOfRows(mysql::EofOf(ending_()));
}

Status MySqlResultSink::Affected(std::uint64_t row_count, std::string_view info) {
  answered_ = true;
  mysql::OkPacket ok = ending_();
  ok.affected_rows = row_count;
  ok.info = info;
  return writer_.SendOk(ok);
}

}  // namespace firn::frontdoor
