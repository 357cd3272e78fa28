#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/type.h"

/// A table's columns under one schema id.

namespace firn::iceberg {

/// Immutable in use. Lookups walk the fields; a caller with many asks builds its own index.
struct Schema {
  std::int32_t schema_id = 0;
  std::vector<NestedField> fields;
  std::vector<std::int32_t> identifier_field_ids;

  /// The field of that id at any depth; null when there is none. Lives as long as the schema.
  const NestedField* FindField(std::int32_t field_id) const;
  /// The field of that name; parts of nested ones joined by dots (`point.x`, `list.element`,
  /// `map.key`).
  const NestedField* FindField(std::string_view name) const;
  /// As FindField by name, ASCII case folded. Null when none or more than one matches.
  const NestedField* FindFieldIgnoreCase(std::string_view name) const;
  /// The dotted name of a field; nullopt when the id is unknown.
  std::optional<std::string> FindFieldName(std::int32_t field_id) const;
  /// 0 for an empty schema.
  std::int32_t HighestFieldId() const;
  /// True if the fields agree (ids, names, types, docs, defaults, identifier fields); the schema id
  /// is not looked at.
  bool SameColumns(const Schema& other) const;
};

/// A schema as in metadata JSON; `schema-id` defaults to 0 as v1 allows.
/// Errors: kInvalidArgument/InvalidSchema (duplicate ids or names, bad identifier fields),
/// /InvalidType, /MissingMember, /WrongMemberType.
Result<Schema> ParseSchema(const json::value& value);
json::value ToJson(const Schema& schema);

/// Errors: kInvalidArgument/InvalidSchema.
Status CheckSchema(const Schema& schema);

/// The same columns with ids counted from `first_id`: a level's fields first, then what they nest
/// (as every other implementation numbers a new table). Identifier fields follow their columns.
Schema AssignFreshIds(const Schema& schema, std::int32_t first_id = 1);

}  // namespace firn::iceberg
