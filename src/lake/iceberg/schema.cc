#include "lake/iceberg/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "base/encoding.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/members_internal.h"

namespace firn::iceberg {
namespace {

using NameEquals = bool (*)(std::string_view, std::string_view);

bool SameText(std::string_view a, std::string_view b) { return a == b; }

// Depth of these walks is bounded where types are made: ParseType takes at most kTypeDepthMax
// levels.

const NestedField* FindById(const std::vector<NestedField>& fields, std::int32_t field_id) {
  for (const NestedField& field : fields) {
    if (field.id == field_id) return &field;
    if (const NestedField* found = FindById(field.type.fields(), field_id)) return found;
  }
  return nullptr;
}

/// Field names may hold dots themselves, so every way to split the name is tried. Counts the
/// matches in `found`.
void FindByName(const std::vector<NestedField>& fields, std::string_view name, NameEquals equals,
                std::vector<const NestedField*>& found) {
  for (const NestedField& field : fields) {
    if (equals(field.name, name)) found.push_back(&field);
    if (field.type.is_primitive() || name.size() <= field.name.size() + 1 ||
        name[field.name.size()] != '.' || !equals(field.name, name.substr(0, field.name.size()))) {
      continue;
    }
    FindByName(field.type.fields(), name.substr(field.name.size() + 1), equals, found);
  }
}

bool AppendName(const std::vector<NestedField>& fields, std::int32_t field_id, std::string& name) {
  const std::size_t before = name.size();
  for (const NestedField& field : fields) {
    if (!name.empty()) name += '.';
    name += field.name;
    if (field.id == field_id || AppendName(field.type.fields(), field_id, name)) return true;
    name.resize(before);
  }
  return false;
}

std::int32_t HighestId(const std::vector<NestedField>& fields) {
  std::int32_t highest = 0;
  for (const NestedField& field : fields) {
    highest = std::max({highest, field.id, HighestId(field.type.fields())});
  }
  return highest;
}

Unexpected InvalidSchema(std::string message) {
  return InvalidArgument("InvalidSchema", std::move(message));
}

Status CheckFields(const std::vector<NestedField>& fields, std::unordered_set<std::int32_t>& ids) {
  std::unordered_set<std::string_view> names;
  for (const NestedField& field : fields) {
    if (!ids.insert(field.id).second) {
      return InvalidSchema(
          fmt::format("field id {} is used twice, the second time by '{}'", field.id, field.name));
    }
    if (ids.size() > kSchemaFieldsMax) {
      return InvalidSchema(fmt::format("more than {} fields", kSchemaFieldsMax));
    }
    if (field.name.empty()) return InvalidSchema(fmt::format("field {} has no name", field.id));
    if (!names.insert(field.name).second) {
      return InvalidSchema(fmt::format("column name '{}' is used twice", field.name));
    }
    FIRN_TRY(CheckFields(field.type.fields(), ids));
  }
  return Ok();
}

/// Identifier fields are required primitives, not floats, and not inside lists or maps (spec,
/// "Identifier Field IDs"). The flag `required` itself is not insisted on: writers of the wild set
/// identifiers on optional columns.
Status CheckIdentifier(const Schema& schema, std::int32_t field_id) {
  const NestedField* field = schema.FindField(field_id);
  if (field == nullptr) {
    return InvalidSchema(fmt::format("identifier field id {} is not in the schema", field_id));
  }
  if (!field->type.is_primitive() || field->type.kind == TypeKind::kFloat ||
      field->type.kind == TypeKind::kDouble) {
    return InvalidSchema(fmt::format("column '{}' of type {} cannot be an identifier field",
                                     field->name, field->type.ToString()));
  }
  return Ok();
}

using IdMap = std::unordered_map<std::int32_t, std::int32_t>;

std::vector<NestedField> Renumber(const std::vector<NestedField>& fields, std::int32_t& next_id,
                                  IdMap& ids) {
  std::vector<NestedField> renumbered = fields;
  for (NestedField& field : renumbered) {
    ids.emplace(field.id, next_id);
    field.id = next_id++;
  }
  for (NestedField& field : renumbered) {
    if (field.type.is_primitive()) continue;
    field.type.nested = std::make_shared<const std::vector<NestedField>>(
        Renumber(field.type.fields(), next_id, ids));
  }
  return renumbered;
}

}  // namespace

const NestedField* Schema::FindField(std::int32_t field_id) const {
  return FindById(fields, field_id);
}

const NestedField* Schema::FindField(std::string_view name) const {
  std::vector<const NestedField*> found;
  FindByName(fields, name, &SameText, found);
  return found.empty() ? nullptr : found.front();
}

const NestedField* Schema::FindFieldIgnoreCase(std::string_view name) const {
  std::vector<const NestedField*> found;
  FindByName(fields, name, &EqualsIgnoreCaseAscii, found);
  return found.size() == 1 ? found.front() : nullptr;
}

std::optional<std::string> Schema::FindFieldName(std::int32_t field_id) const {
  std::string name;
  if (!AppendName(fields, field_id, name)) return std::nullopt;
  return name;
}

std::int32_t Schema::HighestFieldId() const { return HighestId(fields); }

bool Schema::SameColumns(const Schema& other) const {
  return fields == other.fields && identifier_field_ids == other.identifier_field_ids;
}

Result<Schema> ParseSchema(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "schema"));
  FIRN_ASSIGN_OR_RETURN(Type type, ParseType(value));
  if (type.kind != TypeKind::kStruct) return InvalidSchema("a schema must be a struct");
  Schema schema;
  schema.fields = type.fields();
  FIRN_ASSIGN_OR_RETURN(const auto schema_id, FindInt32(*object, "schema-id"));
  schema.schema_id = schema_id.value_or(0);
  FIRN_ASSIGN_OR_RETURN(schema.identifier_field_ids,
                        FindInt32Array(*object, "identifier-field-ids"));
  FIRN_TRY(CheckSchema(schema));
  return schema;
}

json::value ToJson(const Schema& schema) {
  json::object object;
  object["type"] = "struct";
  object["schema-id"] = schema.schema_id;
  if (!schema.identifier_field_ids.empty()) {
    object["identifier-field-ids"] =
        json::array(schema.identifier_field_ids.begin(), schema.identifier_field_ids.end());
  }
  json::value fields = ToJson(Type::Struct(schema.fields));
  object["fields"] = std::move(fields.get_object()["fields"]);
  return object;
}

Status CheckSchema(const Schema& schema) {
  std::unordered_set<std::int32_t> ids;
  FIRN_TRY(CheckFields(schema.fields, ids));
  for (const std::int32_t field_id : schema.identifier_field_ids) {
    FIRN_TRY(CheckIdentifier(schema, field_id));
  }
  return Ok();
}

Schema AssignFreshIds(const Schema& schema, std::int32_t first_id) {
  Schema fresh;
  fresh.schema_id = schema.schema_id;
  IdMap ids;
  fresh.fields = Renumber(schema.fields, first_id, ids);
  for (const std::int32_t field_id : schema.identifier_field_ids) {
    const auto found = ids.find(field_id);
    if (found != ids.end()) fresh.identifier_field_ids.push_back(found->second);
  }
  return fresh;
}

}  // namespace firn::iceberg
