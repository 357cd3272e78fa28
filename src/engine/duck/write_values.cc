#include <charconv>
#include <duckdb/common/operator/cast_operators.hpp>
#include <duckdb/common/operator/decimal_cast_operators.hpp>
#include <limits>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/time_text_internal.h"
#include "engine/duck/write_internal.h"

namespace firn::duck {
namespace {

using duckdb::FlatVector;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using sql::LiteralCell;
using sql::LiteralKind;

/// True when the cell's text reads as a number.
bool IsNumeric(LiteralKind kind) {
  return kind == LiteralKind::kInteger || kind == LiteralKind::kDecimal ||
         kind == LiteralKind::kDouble;
}

std::optional<WideInteger> ToInteger(const LiteralCell& cell) {
  switch (cell.kind()) {
    case LiteralKind::kBoolean:
      return cell.boolean() ? 1 : 0;
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kString:
      return ParseInteger(cell.text());
    case LiteralKind::kDouble: {
      double value = 0;
      const std::string_view text = cell.text();
      if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
        return std::nullopt;
      }
      if (!(value > -9.2e18 && value < 9.2e18)) return std::nullopt;
      return static_cast<WideInteger>(value);
    }
    default:
      return std::nullopt;
  }
}

template <typename T>
bool StoreInteger(const LiteralCell& cell, T& out) {
  const auto value = ToInteger(cell);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) {
    return false;
  }
  out = static_cast<T>(*value);
  return true;
}

bool StoreBoolean(const LiteralCell& cell, bool& out) {
  if (cell.kind() == LiteralKind::kString) {
    return duckdb::TryCast::Operation(
        duckdb::string_t(cell.text().data(), static_cast<uint32_t>(cell.text().size())), out,
        false);
  }
  const auto value = ToInteger(cell);
  if (value) out = *value != 0;
  return value.has_value();
}

template <typename T>
bool StoreFloating(const LiteralCell& cell, T& out) {
  if (cell.kind() == LiteralKind::kBoolean) {
    out = cell.boolean() ? 1 : 0;
    return true;
  }
  if (!IsNumeric(cell.kind()) && cell.kind() != LiteralKind::kString) return false;
  const std::string_view text = cell.text();
  return duckdb::TryCast::Operation(
      duckdb::string_t(text.data(), static_cast<uint32_t>(text.size())), out, true);
}

template <typename T>
bool StoreDecimal(const LiteralCell& cell, const LogicalType& type, T& out) {
  std::string_view text = cell.text();
  if (cell.kind() == LiteralKind::kBoolean) text = cell.boolean() ? "1" : "0";
  if (!IsNumeric(cell.kind()) && cell.kind() != LiteralKind::kString &&
      cell.kind() != LiteralKind::kBoolean) {
    return false;
  }
  std::string problem;
  duckdb::CastParameters parameters(false, &problem);
  return duckdb::TryCastToDecimal::Operation<duckdb::string_t, T>(
      duckdb::string_t(text.data(), static_cast<uint32_t>(text.size())), out, parameters,
      duckdb::DecimalType::GetWidth(type), duckdb::DecimalType::GetScale(type));
}

std::optional<std::int64_t> ToMicros(const LiteralCell& cell) {
  switch (cell.kind()) {
    case LiteralKind::kString:
    case LiteralKind::kDate:
    case LiteralKind::kDateTime:
      return ParseDateTime(cell.text());
    case LiteralKind::kInteger: {
      std::int64_t number = 0;
      if (!StoreInteger(cell, number)) return std::nullopt;
      return DateTimeFromNumber(number);
    }
    default:
      return std::nullopt;
  }
}

bool StoreText(const LiteralCell& cell, duckdb::Vector& vector, duckdb::string_t& out) {
  std::string_view text = cell.text();
  if (cell.kind() == LiteralKind::kBoolean) text = cell.boolean() ? "1" : "0";
  if (!duckdb::Value::StringIsValid(text.data(), text.size())) return false;
  out = duckdb::StringVector::AddString(vector, text.data(), text.size());
  return true;
}

bool StoreUuid(const LiteralCell& cell, duckdb::hugeint_t& out) {
  return cell.kind() == LiteralKind::kString &&
         duckdb::BaseUUID::FromString(std::string(cell.text()), out);
}

bool StoreTime(const LiteralCell& cell, duckdb::dtime_t& out) {
  if (cell.kind() != LiteralKind::kString) return false;
  duckdb::idx_t position = 0;
  return duckdb::Time::TryConvertTime(cell.text().data(), cell.text().size(), position, out, true);
}

template <typename T>
T& Slot(duckdb::Vector& vector, duckdb::idx_t row) {
  return FlatVector::GetData<T>(vector)[row];
}

bool StoreDate(const LiteralCell& cell, std::int32_t& out) {
  const auto micros = ToMicros(cell);
  if (!micros) return false;
  const std::int64_t days = *micros / kMicrosPerDay - (*micros % kMicrosPerDay < 0 ? 1 : 0);
  out = static_cast<std::int32_t>(days);
  return true;
}

bool StoreDecimalOf(const LiteralCell& cell, const LogicalType& type, duckdb::Vector& vector,
                    duckdb::idx_t row) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return StoreDecimal(cell, type, Slot<int16_t>(vector, row));
    case duckdb::PhysicalType::INT32:
      return StoreDecimal(cell, type, Slot<int32_t>(vector, row));
    case duckdb::PhysicalType::INT64:
      return StoreDecimal(cell, type, Slot<int64_t>(vector, row));
    default:
      return StoreDecimal(cell, type, Slot<duckdb::hugeint_t>(vector, row));
  }
}

/// False when the column cannot take the value.
bool Store(const LiteralCell& cell, const LogicalType& type, duckdb::Vector& vector,
           duckdb::idx_t row) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return StoreBoolean(cell, Slot<bool>(vector, row));
    case LogicalTypeId::INTEGER:
      return StoreInteger(cell, Slot<int32_t>(vector, row));
    case LogicalTypeId::BIGINT:
      return StoreInteger(cell, Slot<int64_t>(vector, row));
    case LogicalTypeId::FLOAT:
      return StoreFloating(cell, Slot<float>(vector, row));
    case LogicalTypeId::DOUBLE:
      return StoreFloating(cell, Slot<double>(vector, row));
    case LogicalTypeId::DECIMAL:
      return StoreDecimalOf(cell, type, vector, row);
    case LogicalTypeId::DATE:
      return StoreDate(cell, Slot<int32_t>(vector, row));
    case LogicalTypeId::TIMESTAMP: {
      const auto micros = ToMicros(cell);
      Slot<int64_t>(vector, row) = micros.value_or(0);
      return micros.has_value();
    }
    case LogicalTypeId::TIMESTAMP_NS: {
      const auto micros = ToMicros(cell);
      return micros &&
             !__builtin_mul_overflow(*micros, std::int64_t{1000}, &Slot<int64_t>(vector, row));
    }
    case LogicalTypeId::TIME:
      return StoreTime(cell, Slot<duckdb::dtime_t>(vector, row));
    case LogicalTypeId::VARCHAR:
      return StoreText(cell, vector, Slot<duckdb::string_t>(vector, row));
    case LogicalTypeId::BLOB:
      Slot<duckdb::string_t>(vector, row) = duckdb::StringVector::AddStringOrBlob(
          vector, duckdb::string_t(cell.text().data(), static_cast<uint32_t>(cell.text().size())));
      return cell.kind() == LiteralKind::kString || cell.kind() == LiteralKind::kBinary;
    case LogicalTypeId::UUID:
      return StoreUuid(cell, Slot<duckdb::hugeint_t>(vector, row));
    default:
      return false;
  }
}

std::string Shown(const LiteralCell& cell) {
  if (cell.kind() == LiteralKind::kBoolean) return cell.boolean() ? "true" : "false";
  std::string text(cell.text().substr(0, kShownValueBytesMax));
  return cell.text().size() > kShownValueBytesMax ? text + "…" : text;
}

}  // namespace

Status Writer::FillColumn(const sql::LiteralRows& rows, std::size_t first_row, std::size_t count,
                          const Column& column, duckdb::Vector& vector) const {
  // A zone is applied to the whole column at once, by the session's time zone.
  const bool zoned = column.type.id() == LogicalTypeId::TIMESTAMP_TZ;
  duckdb::Vector local(zoned ? LogicalType(LogicalType::TIMESTAMP) : column.type);
  duckdb::Vector& into = zoned ? local : vector;
  const LogicalType& type = into.GetType();
  const auto fail = [&](std::size_t row, const char* reason, std::string message) {
    return InvalidArgument(reason, std::move(message) + " for column '" + column.field->name +
                                       "' in row " + std::to_string(row + 1));
  };
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t row = first_row + r;
    const LiteralCell cell =
        column.source ? rows.cell(row, *column.source) : LiteralCell(LiteralKind::kDefault, {});
    if (cell.kind() == LiteralKind::kNull || cell.kind() == LiteralKind::kDefault) {
      const bool use_default = cell.kind() == LiteralKind::kDefault && !column.otherwise.IsNull();
      if (!use_default && column.field->required)
        return fail(row, "NullNotAllowed", "NULL is not allowed");
      if (use_default) {
        into.SetValue(r, column.otherwise.CastAs(*connection_->context, type));
      } else {
        FlatVector::SetNull(into, r, true);
      }
      continue;
    }
    if (!Store(cell, type, into, r)) {
      return fail(row, "DataOutOfRange",
                  "Value '" + Shown(cell) + "' is invalid or out of range of " +
                      ColumnTypeText(column.type));
    }
  }
  if (zoned) duckdb::VectorOperations::Cast(*connection_->context, local, vector, count);
  return Ok();
}

Status Writer::CheckAbsentColumns(const sql::LiteralRows& rows) const {
  for (const AbsentColumn& column : absent_columns_) {
    for (std::size_t r = 0; r < rows.row_count(); ++r) {
      const LiteralCell cell = rows.cell(r, column.source);
      if (cell.kind() == LiteralKind::kNull || cell.kind() == LiteralKind::kDefault) continue;
      return UnknownTakesNull(column.name, Shown(cell));
    }
  }
  return Ok();
}

Result<std::vector<iceberg::DataFile>> Writer::WriteLiterals(const sql::LiteralRows& rows) {
  FIRN_TRY(CheckColumnCount(rows.column_count()));
  FIRN_TRY(CheckAbsentColumns(rows));
  duckdb::vector<LogicalType> types;
  duckdb::vector<std::string> names;
  for (const Column& column : columns_) {
    if (column.type.IsNested()) {
      bool given = column.source.has_value();
      for (std::size_t r = 0; given && r < rows.row_count(); ++r) {
        const LiteralKind kind = rows.cell(r, *column.source).kind();
        given = kind == LiteralKind::kNull || kind == LiteralKind::kDefault;
      }
      if (column.source && !given) {
        return InvalidArgument("DataOutOfRange", "Column '" + column.field->name + "' of type " +
                                                     ColumnTypeText(column.type) +
                                                     " takes no plain literal");
      }
    }
    types.push_back(column.type);
    names.push_back(column.field->name);
  }
  auto collection = duckdb::make_uniq<duckdb::ColumnDataCollection>(*connection_->context, types);
  duckdb::ColumnDataAppendState append;
  collection->InitializeAppend(append);
  duckdb::DataChunk chunk;
  chunk.Initialize(*connection_->context, types);
  for (std::size_t first = 0; first < rows.row_count(); first += STANDARD_VECTOR_SIZE) {
    FIRN_TRY(statement_->context().Check());
    const std::size_t count = std::min<std::size_t>(STANDARD_VECTOR_SIZE, rows.row_count() - first);
    chunk.Reset();
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      FIRN_TRY(FillColumn(rows, first, count, columns_[c], chunk.data[c]));
    }
    chunk.SetCardinality(count);
    collection->Append(append, chunk);
  }
  if (collection->Count() == 0) return std::vector<iceberg::DataFile>();
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  auto source = duckdb::make_uniq<duckdb::ColumnDataRef>(
      duckdb::optionally_owned_ptr<duckdb::ColumnDataCollection>(std::move(collection)),
      std::move(names));
  source->alias = "literals";
  node->from_table = std::move(source);
  return Copy(Arrange(std::move(node)));
}

}  // namespace firn::duck
