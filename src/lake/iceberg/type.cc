#include "lake/iceberg/type.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/members_internal.h"

namespace firn::iceberg {
namespace {

struct NamedKind {
  std::string_view name;
  TypeKind kind;
};

// The primitives without parameters, as metadata spells them.
constexpr std::array<NamedKind, 17> kNamedKinds = {{
    {"boolean", TypeKind::kBoolean},
    {"int", TypeKind::kInt},
    {"long", TypeKind::kLong},
    {"float", TypeKind::kFloat},
    {"double", TypeKind::kDouble},
    {"date", TypeKind::kDate},
    {"time", TypeKind::kTime},
    {"timestamp", TypeKind::kTimestamp},
    {"timestamptz", TypeKind::kTimestampTz},
    {"timestamp_ns", TypeKind::kTimestampNs},
    {"timestamptz_ns", TypeKind::kTimestampTzNs},
    {"string", TypeKind::kString},
    {"uuid", TypeKind::kUuid},
    {"binary", TypeKind::kBinary},
    {"unknown", TypeKind::kUnknown},
    {"variant", TypeKind::kVariant},
    {"geometry", TypeKind::kGeometry},
}};

Unexpected InvalidType(std::string message) {
  return InvalidArgument("InvalidType", std::move(message));
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> ParseWhole(std::string_view text) {
  text = Trim(text);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return number;
}

/// The text between `open` and `close` when `text` is `word open … close`.
std::optional<std::string_view> Parameters(std::string_view text, std::string_view word, char open,
                                           char close) {
  if (!text.starts_with(word)) return std::nullopt;
  text = Trim(text.substr(word.size()));
  if (text.size() < 2 || text.front() != open || text.back() != close) return std::nullopt;
  return text.substr(1, text.size() - 2);
}

Result<Type> ParseDecimal(std::string_view parameters, std::string_view text) {
  const std::size_t comma = parameters.find(',');
  if (comma != std::string_view::npos) {
    const auto precision = ParseWhole(parameters.substr(0, comma));
    const auto scale = ParseWhole(parameters.substr(comma + 1));
    if (precision && scale && *precision >= 1 && *precision <= 38 && *scale >= 0 &&
        *scale <= *precision) {
      return Type::Decimal(static_cast<int>(*precision), static_cast<int>(*scale));
    }
  }
  return InvalidType(fmt::format(
      "decimal must be decimal(P, S) with 1 <= P <= 38 and 0 <= S <= P, found '{}'", text));
}

Result<Type> ParseTypeAtDepth(const json::value& value, int depth);

Result<NestedField> ParseField(const json::value& value, int depth) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "field"));
  NestedField field;
  FIRN_ASSIGN_OR_RETURN(field.id, GetInt32(*object, "id"));
  FIRN_ASSIGN_OR_RETURN(field.name, GetString(*object, "name"));
  FIRN_ASSIGN_OR_RETURN(field.required, GetBool(*object, "required"));
  const json::value* type = FindMember(*object, "type");
  if (type == nullptr) {
    return InvalidArgument("MissingMember", fmt::format("field '{}' has no type", field.name));
  }
  FIRN_ASSIGN_OR_RETURN_NOTE(field.type, ParseTypeAtDepth(*type, depth),
                             fmt::format("reading field '{}'", field.name));
  FIRN_ASSIGN_OR_RETURN(field.doc, FindString(*object, "doc"));
  if (const json::value* found = FindMember(*object, "initial-default"))
    field.initial_default = *found;
  if (const json::value* found = FindMember(*object, "write-default")) field.write_default = *found;
  return field;
}

/// The element of a list, or the key or value of a map: `prefix`-id, `prefix`, `prefix`-required.
Result<NestedField> ParsePart(const json::object& object, std::string_view prefix, bool is_key,
                              int depth) {
  NestedField field;
  FIRN_ASSIGN_OR_RETURN(field.id, GetInt32(object, fmt::format("{}-id", prefix)));
  field.name = std::string(prefix);
  field.required = true;
  if (!is_key) {
    FIRN_ASSIGN_OR_RETURN(field.required, GetBool(object, fmt::format("{}-required", prefix)));
  }
  const json::value* type = FindMember(object, prefix);
  if (type == nullptr) {
    return InvalidArgument("MissingMember", fmt::format("member '{}' is missing", prefix));
  }
  FIRN_ASSIGN_OR_RETURN(field.type, ParseTypeAtDepth(*type, depth));
  return field;
}

Result<Type> ParseNestedType(const json::object& object, int depth) {
  FIRN_ASSIGN_OR_RETURN(const std::string word, GetString(object, "type"));
  if (word == "struct") {
    FIRN_ASSIGN_OR_RETURN(const json::array* items, GetArray(object, "fields"));
    if (items->size() > kSchemaFieldsMax) {
      return InvalidType(fmt::format("a struct of {} fields is over the limit of {}", items->size(),
                                     kSchemaFieldsMax));
    }
    std::vector<NestedField> fields;
    fields.reserve(items->size());
    for (const json::value& item : *items) {
      FIRN_ASSIGN_OR_RETURN(NestedField field, ParseField(item, depth + 1));
      fields.push_back(std::move(field));
    }
    return Type::Struct(std::move(fields));
  }
  if (word == "list") {
    FIRN_ASSIGN_OR_RETURN(NestedField element, ParsePart(object, "element", false, depth + 1));
    return Type::List(std::move(element));
  }
  if (word == "map") {
    FIRN_ASSIGN_OR_RETURN(NestedField key, ParsePart(object, "key", true, depth + 1));
    FIRN_ASSIGN_OR_RETURN(NestedField value, ParsePart(object, "value", false, depth + 1));
    return Type::Map(std::move(key), std::move(value));
  }
  return InvalidType(fmt::format("unknown nested type '{}'", word));
}

Result<Type> ParseTypeAtDepth(const json::value& value, int depth) {
  if (depth > kTypeDepthMax) {
    return InvalidType(fmt::format("types are nested more than {} deep", kTypeDepthMax));
  }
  if (value.is_string()) return ParsePrimitiveType(std::string_view(value.get_string()));
  if (value.is_object()) return ParseNestedType(value.get_object(), depth);
  return InvalidType("a type must be a string or an object");
}

json::object FieldToJson(const NestedField& field) {
  json::object object;
  object["id"] = field.id;
  object["name"] = field.name;
  object["required"] = field.required;
  object["type"] = ToJson(field.type);
  if (field.doc) object["doc"] = *field.doc;
  if (field.initial_default) object["initial-default"] = *field.initial_default;
  if (field.write_default) object["write-default"] = *field.write_default;
  return object;
}

bool IsDecimalWider(const Type& from, const Type& to) {
  return from.kind == TypeKind::kDecimal && to.kind == TypeKind::kDecimal &&
         from.scale == to.scale && from.precision <= to.precision;
}

}  // namespace

const std::vector<NestedField>& Type::fields() const {
  static const std::vector<NestedField> kNone;
  return nested != nullptr ? *nested : kNone;
}

std::string Type::ToString() const {
  switch (kind) {
    case TypeKind::kDecimal:
      return fmt::format("decimal({}, {})", precision, scale);
    case TypeKind::kFixed:
      return fmt::format("fixed[{}]", length_bytes);
    case TypeKind::kGeometry:
      return parameters.empty() ? "geometry" : fmt::format("geometry({})", parameters);
    case TypeKind::kGeography:
      return parameters.empty() ? "geography" : fmt::format("geography({})", parameters);
    case TypeKind::kStruct: {
      std::string text = "struct<";
      for (const NestedField& field : fields()) {
        if (text.size() > 7) text += ", ";
        text += fmt::format("{}: {}: {} {}", field.id, field.name,
                            field.required ? "required" : "optional", field.type.ToString());
      }
      return text + ">";
    }
    case TypeKind::kList:
      return fmt::format("list<{}>", fields()[0].type.ToString());
    case TypeKind::kMap:
      return fmt::format("map<{}, {}>", fields()[0].type.ToString(), fields()[1].type.ToString());
    default:
      for (const NamedKind& named : kNamedKinds) {
        if (named.kind == kind) return std::string(named.name);
      }
      return "unknown";
  }
}

Type Type::Primitive(TypeKind kind) {
  FIRN_CHECK(kind != TypeKind::kStruct && kind != TypeKind::kList && kind != TypeKind::kMap);
  Type type;
  type.kind = kind;
  return type;
}

Type Type::Decimal(int precision, int scale) {
  Type type;
  type.kind = TypeKind::kDecimal;
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type Type::Fixed(std::int64_t length_bytes) {
  Type type;
  type.kind = TypeKind::kFixed;
  type.length_bytes = length_bytes;
  return type;
}

Type Type::Struct(std::vector<NestedField> fields) {
  Type type;
  type.kind = TypeKind::kStruct;
  type.nested = std::make_shared<const std::vector<NestedField>>(std::move(fields));
  return type;
}

Type Type::List(NestedField element) {
  Type type;
  type.kind = TypeKind::kList;
  std::vector<NestedField> fields;
  fields.push_back(std::move(element));
  type.nested = std::make_shared<const std::vector<NestedField>>(std::move(fields));
  return type;
}

Type Type::Map(NestedField key, NestedField value) {
  Type type;
  type.kind = TypeKind::kMap;
  std::vector<NestedField> fields;
  fields.push_back(std::move(key));
  fields.push_back(std::move(value));
  type.nested = std::make_shared<const std::vector<NestedField>>(std::move(fields));
  return type;
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.precision != b.precision || a.scale != b.scale ||
      a.length_bytes != b.length_bytes || a.parameters != b.parameters) {
    return false;
  }
  return a.nested == b.nested || a.fields() == b.fields();
}

bool operator==(const NestedField& a, const NestedField& b) {
  return a.id == b.id && a.name == b.name && a.required == b.required && a.type == b.type &&
         a.doc == b.doc && a.initial_default == b.initial_default &&
         a.write_default == b.write_default;
}

Result<Type> ParsePrimitiveType(std::string_view text) {
  for (const NamedKind& named : kNamedKinds) {
    if (named.name == text) return Type::Primitive(named.kind);
  }
  if (const auto parameters = Parameters(text, "decimal", '(', ')')) {
    return ParseDecimal(*parameters, text);
  }
  if (const auto parameters = Parameters(text, "fixed", '[', ']')) {
    const auto length = ParseWhole(*parameters);
    if (!length || *length < 0 || *length > INT32_MAX) {
      return InvalidType(
          fmt::format("fixed must be fixed[L] with a length in bytes, found '{}'", text));
    }
    return Type::Fixed(*length);
  }
  if (text == "geography") return Type::Primitive(TypeKind::kGeography);
  for (const auto& [word, kind] :
       {std::pair{"geometry", TypeKind::kGeometry}, std::pair{"geography", TypeKind::kGeography}}) {
    if (const auto parameters = Parameters(text, word, '(', ')')) {
      Type type = Type::Primitive(kind);
      type.parameters = std::string(*parameters);
      return type;
    }
  }
  return InvalidType(fmt::format("unknown type '{}'", text));
}

Result<Type> ParseType(const json::value& value) { return ParseTypeAtDepth(value, 1); }

json::value ToJson(const Type& type) {
  json::object object;
  switch (type.kind) {
    case TypeKind::kStruct: {
      json::array fields;
      for (const NestedField& field : type.fields()) fields.push_back(FieldToJson(field));
      object["type"] = "struct";
      object["fields"] = std::move(fields);
      return object;
    }
    case TypeKind::kList: {
      const NestedField& element = type.fields()[0];
      object["type"] = "list";
      object["element-id"] = element.id;
      object["element"] = ToJson(element.type);
      object["element-required"] = element.required;
      return object;
    }
    case TypeKind::kMap: {
      const NestedField& key = type.fields()[0];
      const NestedField& value = type.fields()[1];
      object["type"] = "map";
      object["key-id"] = key.id;
      object["key"] = ToJson(key.type);
      object["value-id"] = value.id;
      object["value"] = ToJson(value.type);
      object["value-required"] = value.required;
      return object;
    }
    default:
      return json::value(type.ToString());
  }
}

bool IsPromotionAllowed(const Type& from, const Type& to) {
  if (from == to || IsDecimalWider(from, to)) return true;
  switch (from.kind) {
    case TypeKind::kUnknown:
      return to.is_primitive();
    case TypeKind::kInt:
      return to.kind == TypeKind::kLong;
    case TypeKind::kFloat:
      return to.kind == TypeKind::kDouble;
    case TypeKind::kDate:
      return to.kind == TypeKind::kTimestamp || to.kind == TypeKind::kTimestampNs;
    default:
      return false;
  }
}

}  // namespace firn::iceberg
