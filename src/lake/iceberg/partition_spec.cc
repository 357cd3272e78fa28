#include "lake/iceberg/partition_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "lake/iceberg/members_internal.h"

namespace firn::iceberg {
namespace {

Unexpected InvalidSpec(std::string message) {
  return InvalidArgument("InvalidPartitionSpec", std::move(message));
}

Result<PartitionField> ParseField(const json::value& value, std::int32_t id_by_default) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "partition field"));
  PartitionField field;
  FIRN_ASSIGN_OR_RETURN(const auto source_id, FindInt32(*object, "source-id"));
  FIRN_ASSIGN_OR_RETURN(field.source_ids, FindInt32Array(*object, "source-ids"));
  if (source_id) {
    field.source_id = *source_id;
  } else if (!field.source_ids.empty()) {
    field.source_id = field.source_ids.front();
  } else {
    return InvalidArgument("MissingMember", "a partition field has no 'source-id'");
  }
  FIRN_ASSIGN_OR_RETURN(const auto field_id, FindInt32(*object, "field-id"));
  field.field_id = field_id.value_or(id_by_default);
  FIRN_ASSIGN_OR_RETURN(field.name, GetString(*object, "name"));
  FIRN_ASSIGN_OR_RETURN(const std::string transform, GetString(*object, "transform"));
  FIRN_ASSIGN_OR_RETURN_NOTE(field.transform, ParseTransform(transform),
                             fmt::format("reading partition field '{}'", field.name));
  return field;
}

bool IsFormSafe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '*' || c == '_';
}

/// As java.net.URLEncoder writes partition paths: space is `+`, all but letters, digits and `.-*_`
/// is escaped.
std::string FormEncode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsFormSafe(c)) {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

}  // namespace

std::int32_t PartitionSpec::HighestFieldId() const {
  std::int32_t highest = kPartitionFieldIdFirst - 1;
  for (const PartitionField& field : fields) highest = std::max(highest, field.field_id);
  return highest;
}

bool PartitionSpec::IsCompatible(const PartitionSpec& other) const {
  return std::equal(fields.begin(), fields.end(), other.fields.begin(), other.fields.end(),
                    [](const PartitionField& a, const PartitionField& b) {
                      return a.source_id == b.source_id && a.transform == b.transform &&
                             a.name == b.name && a.source_ids == b.source_ids;
                    });
}

Result<PartitionSpec> ParsePartitionFields(const json::array& fields, std::int32_t spec_id) {
  PartitionSpec spec;
  spec.spec_id = spec_id;
  std::unordered_set<std::string> names;
  std::unordered_set<std::int32_t> ids;
  std::int32_t id_by_default = kPartitionFieldIdFirst;
  for (const json::value& item : fields) {
    FIRN_ASSIGN_OR_RETURN(PartitionField field, ParseField(item, id_by_default++));
    if (!names.insert(field.name).second) {
      return InvalidSpec(fmt::format("partition name '{}' is used twice", field.name));
    }
    if (!ids.insert(field.field_id).second) {
      return InvalidSpec(fmt::format("partition field id {} is used twice", field.field_id));
    }
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

Result<PartitionSpec> ParsePartitionSpec(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "partition spec"));
  FIRN_ASSIGN_OR_RETURN(const auto spec_id, FindInt32(*object, "spec-id"));
  FIRN_ASSIGN_OR_RETURN(const json::array* fields, GetArray(*object, "fields"));
  return ParsePartitionFields(*fields, spec_id.value_or(0));
}

json::value ToJson(const PartitionSpec& spec) {
  json::array fields;
  for (const PartitionField& field : spec.fields) {
    json::object object;
    object["name"] = field.name;
    object["transform"] = field.transform.ToString();
    if (field.source_ids.size() > 1) {
      object["source-ids"] = json::array(field.source_ids.begin(), field.source_ids.end());
    } else {
      object["source-id"] = field.source_id;
    }
    object["field-id"] = field.field_id;
    fields.push_back(std::move(object));
  }
  json::object object;
  object["spec-id"] = spec.spec_id;
  object["fields"] = std::move(fields);
  return object;
}

Status CheckPartitionSpec(const PartitionSpec& spec, const Schema& schema) {
  for (const PartitionField& field : spec.fields) {
    const NestedField* source = schema.FindField(field.source_id);
    if (field.transform.kind == TransformKind::kVoid) continue;  // Its source may be gone.
    if (source == nullptr) {
      return InvalidSpec(fmt::format("cannot find source column {} of partition field '{}'",
                                     field.source_id, field.name));
    }
    if (field.transform.kind != TransformKind::kUnknown &&
        !CanTransform(field.transform, source->type)) {
      return InvalidSpec(fmt::format("invalid source type {} of column '{}' for transform {}",
                                     source->type.ToString(), source->name,
                                     field.transform.ToString()));
    }
    // A partition may be named as a column only when it holds that column's own values.
    const NestedField* namesake = schema.FindField(field.name);
    if (namesake != nullptr &&
        !(field.transform.kind == TransformKind::kIdentity && namesake->id == field.source_id)) {
      return InvalidSpec(
          fmt::format("partition name '{}' is the name of a column in the schema", field.name));
    }
  }
  return Ok();
}

std::vector<NestedField> PartitionFields(const PartitionSpec& spec, const Schema& schema) {
  std::vector<NestedField> fields;
  fields.reserve(spec.fields.size());
  for (const PartitionField& field : spec.fields) {
    NestedField nested;
    nested.id = field.field_id;
    nested.name = field.name;
    nested.type = Type::Primitive(TypeKind::kString);
    if (const NestedField* source = schema.FindField(field.source_id)) {
      if (auto type = TransformResultType(field.transform, source->type)) nested.type = *type;
    } else if (field.transform.kind == TransformKind::kBucket ||
               field.transform.kind == TransformKind::kYear ||
               field.transform.kind == TransformKind::kMonth ||
               field.transform.kind == TransformKind::kHour) {
      nested.type = Type::Primitive(TypeKind::kInt);
    } else if (field.transform.kind == TransformKind::kDay) {
      nested.type = Type::Primitive(TypeKind::kDate);
    }
    fields.push_back(std::move(nested));
  }
  return fields;
}

Result<PartitionTuple> PartitionOf(const PartitionSpec& spec, const PartitionTuple& sources) {
  FIRN_CHECK(sources.size() == spec.fields.size());
  PartitionTuple partition;
  partition.reserve(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    FIRN_ASSIGN_OR_RETURN(auto value, ApplyTransform(spec.fields[i].transform, sources[i]));
    partition.push_back(std::move(value));
  }
  return partition;
}

std::string PartitionPath(const PartitionSpec& spec, const PartitionTuple& partition) {
  FIRN_CHECK(partition.size() == spec.fields.size());
  std::string path;
  for (std::size_t i = 0; i < partition.size(); ++i) {
    if (i > 0) path += '/';
    path += FormEncode(spec.fields[i].name);
    path += '=';
    path += FormEncode(FormatPartitionValue(spec.fields[i].transform, partition[i]));
  }
  return path;
}

}  // namespace firn::iceberg
