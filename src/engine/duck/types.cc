#include "engine/duck/engine.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

Unexpected UnsupportedColumn(const std::string& column) {
  return Unsupported("ColumnType",
                     "Datatype of external table column [" + column + "] is not supported!");
}

Result<LogicalType> NestedLogicalType(const iceberg::Type& type, const std::string& column) {
  duckdb::child_list_t<LogicalType> children;
  for (const iceberg::NestedField& field : type.fields()) {
    FIRN_ASSIGN_OR_RETURN(LogicalType child, ToLogicalType(field.type, column));
    children.emplace_back(field.name, std::move(child));
  }
  switch (type.kind) {
    case iceberg::TypeKind::kStruct:
      return LogicalType::STRUCT(std::move(children));
    case iceberg::TypeKind::kList:
      return LogicalType::LIST(children.at(0).second);
    default:
      return LogicalType::MAP(children.at(0).second, children.at(1).second);
  }
}

std::string DecimalText(int precision, int scale) {
  return "decimal(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
}

}  // namespace

std::optional<duckdb::Value> TryCastValue(const duckdb::Value& value, const LogicalType& type) {
  duckdb::Value converted;
  std::string problem;
  if (!value.DefaultTryCastAs(type, converted, &problem)) return std::nullopt;
  return converted;
}

bool IsJson(const LogicalType& type) { return type.IsJSONType(); }
bool IsText(const LogicalType& type) {
  return type.id() == LogicalTypeId::VARCHAR || type.id() == LogicalTypeId::STRING_LITERAL;
}
bool IsInteger(const LogicalType& type) { return type.IsIntegral(); }

Result<LogicalType> ToLogicalType(const iceberg::Type& type, const std::string& column) {
  switch (type.kind) {
    case iceberg::TypeKind::kBoolean:
      return LogicalType(LogicalType::BOOLEAN);
    case iceberg::TypeKind::kInt:
      return LogicalType(LogicalType::INTEGER);
    case iceberg::TypeKind::kLong:
      return LogicalType(LogicalType::BIGINT);
    case iceberg::TypeKind::kFloat:
      return LogicalType(LogicalType::FLOAT);
    case iceberg::TypeKind::kDouble:
      return LogicalType(LogicalType::DOUBLE);
    case iceberg::TypeKind::kDecimal:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision),
                                  static_cast<uint8_t>(type.scale));
    case iceberg::TypeKind::kDate:
      return LogicalType(LogicalType::DATE);
    case iceberg::TypeKind::kTime:
      return LogicalType(LogicalType::TIME);
    case iceberg::TypeKind::kTimestamp:
      return LogicalType(LogicalType::TIMESTAMP);
    case iceberg::TypeKind::kTimestampTz:
    case iceberg::TypeKind::kTimestampTzNs:  // Read to the microsecond, as DATETIME has it.
      return LogicalType(LogicalType::TIMESTAMP_TZ);
    case iceberg::TypeKind::kTimestampNs:
      return LogicalType(LogicalType::TIMESTAMP_NS);
    case iceberg::TypeKind::kString:
      return LogicalType(LogicalType::VARCHAR);
    case iceberg::TypeKind::kUuid:
      return LogicalType(LogicalType::UUID);
    case iceberg::TypeKind::kFixed:
    case iceberg::TypeKind::kBinary:
      return LogicalType(LogicalType::BLOB);
    case iceberg::TypeKind::kStruct:
    case iceberg::TypeKind::kList:
    case iceberg::TypeKind::kMap:
      return NestedLogicalType(type, column);
    case iceberg::TypeKind::kUnknown:  // Always NULL; no file holds it.
      return LogicalType(LogicalType::VARCHAR);
    case iceberg::TypeKind::kVariant:
    case iceberg::TypeKind::kGeometry:
    case iceberg::TypeKind::kGeography:
      return UnsupportedColumn(column);
  }
  return UnsupportedColumn(column);
}

Result<LogicalType> ToLogicalType(const sql::TypeName& type) {
  using sql::TypeKind;
  switch (type.kind) {
    case TypeKind::kBoolean:
      return LogicalType(LogicalType::BOOLEAN);
    case TypeKind::kTinyInt:
      return LogicalType(LogicalType::TINYINT);
    case TypeKind::kSmallInt:
      return LogicalType(LogicalType::SMALLINT);
    case TypeKind::kInt:
      return LogicalType(LogicalType::INTEGER);
    case TypeKind::kBigInt:
    case TypeKind::kSigned:
      return LogicalType(LogicalType::BIGINT);
    case TypeKind::kLargeInt:
    case TypeKind::kUnsigned:
      return LogicalType(LogicalType::HUGEINT);
    case TypeKind::kFloat:
      return LogicalType(LogicalType::FLOAT);
    case TypeKind::kDouble:
      return LogicalType(LogicalType::DOUBLE);
    case TypeKind::kDecimal: {
      const int precision = type.precision.value_or(10);
      const int scale = type.scale.value_or(0);
      if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
        return Unsupported("ColumnType", "DECIMAL(" + std::to_string(precision) + "," +
                                             std::to_string(scale) +
                                             ") is not supported: the precision is at most 38");
      }
      return LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
    }
    case TypeKind::kDate:
      return LogicalType(LogicalType::DATE);
    case TypeKind::kDateTime:
      return LogicalType(LogicalType::TIMESTAMP);
    case TypeKind::kTime:
      return LogicalType(LogicalType::TIME);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kString:
      return LogicalType(LogicalType::VARCHAR);
    case TypeKind::kBinary:
      return LogicalType(LogicalType::BLOB);
    case TypeKind::kJson:
      return LogicalType::JSON();
    case TypeKind::kArray: {
      FIRN_ASSIGN_OR_RETURN(LogicalType element, ToLogicalType(type.elements.at(0)));
      return LogicalType::LIST(element);
    }
    case TypeKind::kMap: {
      FIRN_ASSIGN_OR_RETURN(LogicalType key, ToLogicalType(type.elements.at(0)));
      FIRN_ASSIGN_OR_RETURN(LogicalType value, ToLogicalType(type.elements.at(1)));
      return LogicalType::MAP(key, value);
    }
    case TypeKind::kStruct: {
      duckdb::child_list_t<LogicalType> fields;
      for (std::size_t i = 0; i < type.elements.size(); ++i) {
        FIRN_ASSIGN_OR_RETURN(LogicalType field, ToLogicalType(type.elements[i]));
        fields.emplace_back(type.field_names.at(i), std::move(field));
      }
      return LogicalType::STRUCT(std::move(fields));
    }
    case TypeKind::kVariant:
    case TypeKind::kBitmap:
    case TypeKind::kHll:
    case TypeKind::kPercentile:
      break;
  }
  return Unsupported("ColumnType",
                     std::string("Type ") + sql::TypeKindName(type.kind) + " is not supported");
}

LogicalType ToLogicalType(const rows::ColumnType& type) {
  using rows::TypeKind;
  switch (type.kind) {
    case TypeKind::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeKind::kTinyInt:
      return LogicalType::TINYINT;
    case TypeKind::kSmallInt:
      return LogicalType::SMALLINT;
    case TypeKind::kInt:
      return LogicalType::INTEGER;
    case TypeKind::kBigInt:
      return LogicalType::BIGINT;
    case TypeKind::kLargeInt:
      return LogicalType::HUGEINT;
    case TypeKind::kFloat:
      return LogicalType::FLOAT;
    case TypeKind::kDouble:
      return LogicalType::DOUBLE;
    case TypeKind::kDecimal:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision),
                                  static_cast<uint8_t>(type.scale));
    case TypeKind::kDate:
      return LogicalType::DATE;
    case TypeKind::kDateTime:
      return LogicalType::TIMESTAMP;
    case TypeKind::kTime:
      return LogicalType::TIME;
    case TypeKind::kVarbinary:
      return LogicalType::BLOB;
    case TypeKind::kNull:
    case TypeKind::kVarchar:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return LogicalType::VARCHAR;
  }
  return LogicalType::VARCHAR;
}

rows::ColumnType ToColumnType(const LogicalType& type) {
  using rows::ColumnType;
  using rows::TypeKind;
  if (IsJson(type)) return {.kind = TypeKind::kJson};
  switch (type.id()) {
    case LogicalTypeId::SQLNULL:
      return {.kind = TypeKind::kNull};
    case LogicalTypeId::BOOLEAN:
      return {.kind = TypeKind::kBoolean};
    case LogicalTypeId::TINYINT:
      return {.kind = TypeKind::kTinyInt};
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return {.kind = TypeKind::kSmallInt};
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return {.kind = TypeKind::kInt};
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
      return {.kind = TypeKind::kBigInt};
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UBIGINT:
      return {.kind = TypeKind::kLargeInt};
    case LogicalTypeId::FLOAT:
      return {.kind = TypeKind::kFloat};
    case LogicalTypeId::DOUBLE:
      return {.kind = TypeKind::kDouble};
    case LogicalTypeId::DECIMAL:
      return {.kind = TypeKind::kDecimal,
              .precision = duckdb::DecimalType::GetWidth(type),
              .scale = duckdb::DecimalType::GetScale(type)};
    case LogicalTypeId::DATE:
      return {.kind = TypeKind::kDate};
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_SEC:
      return {.kind = TypeKind::kDateTime};
    case LogicalTypeId::TIME:
      return {.kind = TypeKind::kTime};
    case LogicalTypeId::BLOB:
      return {.kind = TypeKind::kVarbinary};
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
      return {.kind = TypeKind::kArray, .nested_text = ColumnTypeText(type)};
    case LogicalTypeId::MAP:
      return {.kind = TypeKind::kMap, .nested_text = ColumnTypeText(type)};
    case LogicalTypeId::STRUCT:
      return {.kind = TypeKind::kStruct, .nested_text = ColumnTypeText(type)};
    default:
      return {.kind = TypeKind::kVarchar};
  }
}

std::string ColumnTypeText(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::LIST:
      return "array<" + ColumnTypeText(duckdb::ListType::GetChildType(type)) + ">";
    case LogicalTypeId::ARRAY:
      return "array<" + ColumnTypeText(duckdb::ArrayType::GetChildType(type)) + ">";
    case LogicalTypeId::MAP:
      return "map<" + ColumnTypeText(duckdb::MapType::KeyType(type)) + "," +
             ColumnTypeText(duckdb::MapType::ValueType(type)) + ">";
    case LogicalTypeId::STRUCT: {
      std::string text = "struct<";
      for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
        if (text.back() != '<') text += ", ";
        text += name + " " + ColumnTypeText(child);
      }
      return text + ">";
    }
    default:
      break;
  }
  const rows::ColumnType column = ToColumnType(type);
  switch (column.kind) {
    case rows::TypeKind::kNull:
      return "null_type";
    case rows::TypeKind::kBoolean:
      return "boolean";
    case rows::TypeKind::kTinyInt:
      return "tinyint(4)";
    case rows::TypeKind::kSmallInt:
      return "smallint(6)";
    case rows::TypeKind::kInt:
      return "int(11)";
    case rows::TypeKind::kBigInt:
      return "bigint(20)";
    case rows::TypeKind::kLargeInt:
      return "largeint(40)";
    case rows::TypeKind::kFloat:
      return "float";
    case rows::TypeKind::kDouble:
      return "double";
    case rows::TypeKind::kDecimal:
      return DecimalText(column.precision, column.scale);
    case rows::TypeKind::kDate:
      return "date";
    case rows::TypeKind::kDateTime:
      return "datetime";
    case rows::TypeKind::kTime:
      return "time";
    case rows::TypeKind::kVarbinary:
      return "varbinary";
    case rows::TypeKind::kJson:
      return "json";
    case rows::TypeKind::kVarchar:
    case rows::TypeKind::kArray:
    case rows::TypeKind::kMap:
    case rows::TypeKind::kStruct:
      return "varchar(1073741824)";
  }
  return "unknown";
}

Result<rows::ColumnType> ColumnTypeOf(const iceberg::Type& type, std::string_view column_name) {
  FIRN_ASSIGN_OR_RETURN(const LogicalType logical, ToLogicalType(type, std::string(column_name)));
  rows::ColumnType column = ToColumnType(logical);
  column.nested_text = ColumnTypeText(logical);
  return column;
}

duckdb::Value ToValue(const iceberg::Literal& literal) {
  using duckdb::Value;
  using iceberg::TypeKind;
  switch (literal.type.kind) {
    case TypeKind::kBoolean:
      return Value::BOOLEAN(std::get<bool>(literal.value));
    case TypeKind::kInt:
      return Value::INTEGER(std::get<std::int32_t>(literal.value));
    case TypeKind::kLong:
      return Value::BIGINT(std::get<std::int64_t>(literal.value));
    case TypeKind::kFloat:
      return Value::FLOAT(std::get<float>(literal.value));
    case TypeKind::kDouble:
      return Value::DOUBLE(std::get<double>(literal.value));
    case TypeKind::kDecimal: {
      const auto width = static_cast<uint8_t>(literal.type.precision);
      const auto scale = static_cast<uint8_t>(literal.type.scale);
      const iceberg::Int128 unscaled = std::get<iceberg::Int128>(literal.value);
      if (width <= 4) return Value::DECIMAL(static_cast<int16_t>(unscaled), width, scale);
      if (width <= 9) return Value::DECIMAL(static_cast<int32_t>(unscaled), width, scale);
      if (width <= 18) return Value::DECIMAL(static_cast<int64_t>(unscaled), width, scale);
      return Value::DECIMAL(ToHugeint(unscaled), width, scale);
    }
    case TypeKind::kDate:
      return Value::DATE(duckdb::date_t(std::get<std::int32_t>(literal.value)));
    case TypeKind::kTime:
      return Value::TIME(duckdb::dtime_t(std::get<std::int64_t>(literal.value)));
    case TypeKind::kTimestamp:
      return Value::TIMESTAMP(duckdb::timestamp_t(std::get<std::int64_t>(literal.value)));
    case TypeKind::kTimestampTz:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(std::get<std::int64_t>(literal.value)));
    case TypeKind::kTimestampTzNs: {
      const std::int64_t nanos = std::get<std::int64_t>(literal.value);
      const std::int64_t micros = nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0);
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros));
    }
    case TypeKind::kTimestampNs:
      return Value::TIMESTAMPNS(duckdb::timestamp_ns_t(std::get<std::int64_t>(literal.value)));
    case TypeKind::kString:
      return Value(std::get<std::string>(literal.value));
    case TypeKind::kUuid:
      return Value::UUID(duckdb::BaseUUID::FromBlob(
          reinterpret_cast<duckdb::const_data_ptr_t>(std::get<std::string>(literal.value).data())));
    case TypeKind::kFixed:
    case TypeKind::kBinary:
      return Value::BLOB_RAW(std::get<std::string>(literal.value));
    case TypeKind::kUnknown:
    case TypeKind::kVariant:
    case TypeKind::kGeometry:
    case TypeKind::kGeography:
    case TypeKind::kStruct:
    case TypeKind::kList:
    case TypeKind::kMap:
      break;
  }
  return Value();
}

std::optional<iceberg::Literal> ToLiteral(const duckdb::Value& value, const iceberg::Type& type) {
  using iceberg::Literal;
  using iceberg::TypeKind;
  if (value.IsNull()) return std::nullopt;
  switch (type.kind) {
    case TypeKind::kBoolean:
      return Literal::Boolean(value.GetValue<bool>());
    case TypeKind::kInt:
      return Literal::Int(value.GetValue<int32_t>());
    case TypeKind::kLong:
      return Literal::Long(value.GetValue<int64_t>());
    case TypeKind::kFloat:
      return Literal::Float(value.GetValue<float>());
    case TypeKind::kDouble:
      return Literal::Double(value.GetValue<double>());
    case TypeKind::kDecimal: {
      const auto scaled = value.DefaultCastAs(LogicalType::DECIMAL(
          static_cast<uint8_t>(type.precision), static_cast<uint8_t>(type.scale)));
      Int128 unscaled = 0;
      switch (scaled.type().InternalType()) {
        case duckdb::PhysicalType::INT16:
          unscaled = scaled.GetValueUnsafe<int16_t>();
          break;
        case duckdb::PhysicalType::INT32:
          unscaled = scaled.GetValueUnsafe<int32_t>();
          break;
        case duckdb::PhysicalType::INT64:
          unscaled = scaled.GetValueUnsafe<int64_t>();
          break;
        default:
          unscaled = ToInt128(scaled.GetValueUnsafe<duckdb::hugeint_t>());
          break;
      }
      return Literal::Decimal(unscaled, type.precision, type.scale);
    }
    case TypeKind::kDate:
      return Literal::Date(value.GetValueUnsafe<int32_t>());
    case TypeKind::kTime:
      return Literal::Time(value.GetValueUnsafe<int64_t>());
    case TypeKind::kTimestamp:
      return Literal::Timestamp(value.GetValueUnsafe<int64_t>());
    case TypeKind::kTimestampTz:
      return Literal::TimestampTz(value.GetValueUnsafe<int64_t>());
    case TypeKind::kTimestampNs:
      return Literal::TimestampNs(value.GetValueUnsafe<int64_t>());
    case TypeKind::kString:
      return Literal::String(value.ToString());
    case TypeKind::kUuid: {
      std::string bytes(16, '\0');
      duckdb::BaseUUID::ToBlob(value.GetValueUnsafe<duckdb::hugeint_t>(),
                               reinterpret_cast<duckdb::data_ptr_t>(bytes.data()));
      return Literal::Uuid(std::move(bytes));
    }
    case TypeKind::kFixed:
      return Literal::Fixed(duckdb::StringValue::Get(value));
    case TypeKind::kBinary:
      return Literal::Binary(duckdb::StringValue::Get(value));
    case TypeKind::kTimestampTzNs:
    case TypeKind::kUnknown:
    case TypeKind::kVariant:
    case TypeKind::kGeometry:
    case TypeKind::kGeography:
    case TypeKind::kStruct:
    case TypeKind::kList:
    case TypeKind::kMap:
      break;
  }
  return std::nullopt;
}

}  // namespace firn::duck
