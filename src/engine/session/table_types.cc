#include "base/encoding.h"
#include "engine/session/limits.h"
#include "engine/session/table_types_internal.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

using iceberg::NestedField;
using iceberg::Type;
using Kind = iceberg::TypeKind;

Unexpected UnsupportedType(std::string_view word) {
  return Unsupported("UnsupportedColumnType",
                     "Unsupported primitive column type " + std::string(word));
}

Result<Type> ToDecimal(const sql::TypeName& type) {
  const int precision = type.precision.value_or(10);
  const int scale = type.scale.value_or(0);
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
    return Unsupported("UnsupportedColumnType", "Unsupported primitive column type " +
                                                    sql::Print(type) +
                                                    ": Iceberg's decimals have 1 to 38 digits");
  }
  return Type::Decimal(precision, scale);
}

NestedField FieldOf(std::string name, Type type) {
  return {.id = 0, .name = std::move(name), .required = false, .type = std::move(type)};
}

Result<Type> ToStruct(const sql::TypeName& type) {
  std::vector<NestedField> fields;
  for (std::size_t i = 0; i < type.elements.size(); ++i) {
    FIRN_ASSIGN_OR_RETURN(Type element, ToIcebergType(type.elements[i]));
    fields.push_back(FieldOf(type.field_names.at(i), std::move(element)));
    if (i < type.field_comments.size() && !type.field_comments[i].empty()) {
      fields.back().doc = type.field_comments[i];
    }
  }
  return Type::Struct(std::move(fields));
}

struct Spelling {
  std::string_view described;
  std::string_view declared;
  std::string_view word;
};

Spelling SpellingOf(Kind kind) {
  switch (kind) {
    case Kind::kBoolean: return {"BOOLEAN", "boolean", "tinyint"};
    case Kind::kInt: return {"INT", "int(11)", "int"};
    case Kind::kLong: return {"BIGINT", "bigint(20)", "bigint"};
    case Kind::kFloat: return {"FLOAT", "float", "float"};
    case Kind::kDouble: return {"DOUBLE", "double", "double"};
    case Kind::kDate: return {"DATE", "date", "date"};
    case Kind::kTime: return {"TIME", "time", "time"};
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs: return {"DATETIME", "datetime", "datetime"};
    case Kind::kString:
    case Kind::kUuid: return {"VARCHAR(1073741824)", "varchar(1073741824)", "varchar"};
    case Kind::kBinary: return {"VARBINARY", "varbinary", "varbinary"};
    case Kind::kVariant: return {"VARIANT", "variant", "variant"};
    case Kind::kStruct: return {"", "", "struct"};
    case Kind::kList: return {"", "", "array"};
    case Kind::kMap: return {"", "", "map"};
    case Kind::kDecimal: return {"", "", "decimal"};
    case Kind::kFixed:
    case Kind::kUnknown:
    case Kind::kGeometry:
    case Kind::kGeography: return {"UNKNOWN_TYPE", "unknown_type", "unknown"};
  }
  return {"UNKNOWN_TYPE", "unknown_type", "unknown"};
}

}  // namespace

Result<Type> ToIcebergType(const sql::TypeName& type) {
  switch (type.kind) {
    case sql::TypeKind::kBoolean: return Type::Primitive(Kind::kBoolean);
    case sql::TypeKind::kTinyInt:
    case sql::TypeKind::kSmallInt:
    case sql::TypeKind::kInt: return Type::Primitive(Kind::kInt);
    case sql::TypeKind::kBigInt:
    case sql::TypeKind::kSigned: return Type::Primitive(Kind::kLong);
    case sql::TypeKind::kFloat: return Type::Primitive(Kind::kFloat);
    case sql::TypeKind::kDouble: return Type::Primitive(Kind::kDouble);
    case sql::TypeKind::kDecimal: return ToDecimal(type);
    case sql::TypeKind::kDate: return Type::Primitive(Kind::kDate);
    case sql::TypeKind::kDateTime: return Type::Primitive(Kind::kTimestamp);
    case sql::TypeKind::kTime: return Type::Primitive(Kind::kTime);
    case sql::TypeKind::kChar:
    case sql::TypeKind::kVarchar:
    case sql::TypeKind::kString: return Type::Primitive(Kind::kString);
    case sql::TypeKind::kBinary: return Type::Primitive(Kind::kBinary);
    case sql::TypeKind::kArray: {
      FIRN_ASSIGN_OR_RETURN(Type element, ToIcebergType(type.elements.at(0)));
      return Type::List(FieldOf("element", std::move(element)));
    }
    case sql::TypeKind::kMap: {
      FIRN_ASSIGN_OR_RETURN(Type key, ToIcebergType(type.elements.at(0)));
      FIRN_ASSIGN_OR_RETURN(Type value, ToIcebergType(type.elements.at(1)));
      NestedField key_field = FieldOf("key", std::move(key));
      key_field.required = true;
      return Type::Map(std::move(key_field), FieldOf("value", std::move(value)));
    }
    case sql::TypeKind::kStruct: return ToStruct(type);
    case sql::TypeKind::kLargeInt:
    case sql::TypeKind::kUnsigned:
    case sql::TypeKind::kJson:
    case sql::TypeKind::kVariant:
    case sql::TypeKind::kBitmap:
    case sql::TypeKind::kHll:
    case sql::TypeKind::kPercentile: return UnsupportedType(sql::TypeKindName(type.kind));
  }
  return UnsupportedType(sql::TypeKindName(type.kind));
}

Result<Type> ToIcebergType(const rows::ColumnType& type) {
  switch (type.kind) {
    case rows::TypeKind::kNull:
    case rows::TypeKind::kBoolean: return Type::Primitive(Kind::kBoolean);
    case rows::TypeKind::kTinyInt:
    case rows::TypeKind::kSmallInt:
    case rows::TypeKind::kInt: return Type::Primitive(Kind::kInt);
    case rows::TypeKind::kBigInt: return Type::Primitive(Kind::kLong);
    case rows::TypeKind::kLargeInt: return UnsupportedType("LARGEINT");
    case rows::TypeKind::kFloat: return Type::Primitive(Kind::kFloat);
    case rows::TypeKind::kDouble: return Type::Primitive(Kind::kDouble);
    case rows::TypeKind::kDecimal: return Type::Decimal(type.precision, type.scale);
    case rows::TypeKind::kDate: return Type::Primitive(Kind::kDate);
    case rows::TypeKind::kDateTime: return Type::Primitive(Kind::kTimestamp);
    case rows::TypeKind::kTime: return Type::Primitive(Kind::kTime);
    case rows::TypeKind::kVarchar: return Type::Primitive(Kind::kString);
    case rows::TypeKind::kVarbinary: return Type::Primitive(Kind::kBinary);
    case rows::TypeKind::kJson: return UnsupportedType("JSON");
    case rows::TypeKind::kArray:
    case rows::TypeKind::kMap:
    case rows::TypeKind::kStruct: {
      FIRN_ASSIGN_OR_RETURN(const sql::TypeName nested, sql::ParseTypeName(type.nested_text));
      return ToIcebergType(nested);
    }
  }
  return UnsupportedType("UNKNOWN");
}

// Iceberg bounds the depth of types it reads, so these recursions are bounded too.

std::string DeclaredType(const Type& type) {
  switch (type.kind) {
    case Kind::kDecimal:
      return "decimal(" + std::to_string(type.precision) + ", " + std::to_string(type.scale) + ")";
    case Kind::kList: return "array<" + DeclaredType(type.fields()[0].type) + ">";
    case Kind::kMap:
      return "map<" + DeclaredType(type.fields()[0].type) + "," +
             DeclaredType(type.fields()[1].type) + ">";
    case Kind::kStruct: {
      std::string text;
      for (const NestedField& field : type.fields()) {
        text += (text.empty() ? "struct<" : ", ") + field.name + " " + DeclaredType(field.type);
      }
      return text + ">";
    }
    default: return std::string(SpellingOf(type.kind).declared);
  }
}

std::string DescribedType(const Type& type) {
  if (type.kind == Kind::kDecimal) {
    return "DECIMAL(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
  }
  if (!type.is_primitive()) return DeclaredType(type);
  return std::string(SpellingOf(type.kind).described);
}

std::string DataTypeWord(const Type& type) { return std::string(SpellingOf(type.kind).word); }

}  // namespace firn::session
