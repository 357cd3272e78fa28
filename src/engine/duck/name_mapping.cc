#include "base/json.h"
#include "engine/duck/name_mapping_internal.h"

namespace firn::duck {
namespace {

using Columns = duckdb::vector<duckdb::MultiFileColumnDefinition>;

bool HasFieldIds(const Columns& columns) {
  for (const auto& column : columns) {
    if (!column.identifier.IsNull() || HasFieldIds(column.children)) return true;
  }
  return false;
}

void SetId(duckdb::MultiFileColumnDefinition& column, std::int64_t id) {
  column.identifier = duckdb::Value::INTEGER(static_cast<int32_t>(id));
}

bool Names(const json::object& mapped, const std::string& name) {
  const json::value* names = mapped.if_contains("names");
  if (names == nullptr || !names->is_array()) return false;
  for (const json::value& entry : names->as_array()) {
    if (entry.is_string() && std::string_view(entry.as_string()) == name) return true;
  }
  return false;
}

/// Parquet writers call the parts of lists and maps differently; the mapping says element, key and
/// value.
std::string PartName(const duckdb::LogicalType& parent, const std::string& name) {
  return parent.id() == duckdb::LogicalTypeId::LIST ? "element" : name;
}

void AssignByMapping(Columns& columns, const duckdb::LogicalType& parent,
                     const json::array& mapping) {
  for (auto& column : columns) {
    for (const json::value& entry : mapping) {
      const json::object* mapped = entry.if_object();
      if (mapped == nullptr || !Names(*mapped, PartName(parent, column.name))) continue;
      const json::value* id = mapped->if_contains("field-id");
      if (id != nullptr && id->is_int64()) SetId(column, id->as_int64());
      const json::value* fields = mapped->if_contains("fields");
      if (fields == nullptr || !fields->is_array()) continue;
      Columns& children = column.type.id() == duckdb::LogicalTypeId::MAP && !column.children.empty()
                              ? column.children[0].children
                              : column.children;
      AssignByMapping(children, column.type, fields->as_array());
    }
  }
}

void AssignByName(Columns& columns, const duckdb::LogicalType& parent,
                  const std::vector<iceberg::NestedField>& fields) {
  for (auto& column : columns) {
    for (const iceberg::NestedField& field : fields) {
      if (field.name != PartName(parent, column.name)) continue;
      SetId(column, field.id);
      Columns& children = column.type.id() == duckdb::LogicalTypeId::MAP && !column.children.empty()
                              ? column.children[0].children
                              : column.children;
      AssignByName(children, column.type, field.type.fields());
    }
  }
}

/// DuckDB's mapper stops at the first column without an id; ids no table has let it go on.
void AssignUnknown(Columns& columns, std::int64_t& next_id) {
  for (auto& column : columns) {
    if (column.identifier.IsNull()) SetId(column, next_id--);
    AssignUnknown(column.children, next_id);
  }
}

}  // namespace

void AssignMissingFieldIds(Columns& columns, const iceberg::TableMetadata& metadata,
                           const iceberg::Schema& schema) {
  const bool has_ids = HasFieldIds(columns);
  if (!has_ids) {
    const duckdb::LogicalType root = duckdb::LogicalType::STRUCT({});
    const auto property = metadata.properties.find("schema.name-mapping.default");
    Result<json::value> mapping = NotFound("NoNameMapping", "");
    if (property != metadata.properties.end()) mapping = ParseJson(property->second);
    if (mapping && mapping->is_array()) {
      AssignByMapping(columns, root, mapping->as_array());
    } else {
      AssignByName(columns, root, schema.fields);
    }
  }
  std::int64_t next_id = -1;
  for (auto& column : columns) {
    if (column.identifier.IsNull()) SetId(column, next_id--);
    if (!has_ids) AssignUnknown(column.children, next_id);
  }
}

}  // namespace firn::duck
