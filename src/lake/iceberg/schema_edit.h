#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/table_metadata.h"

/// Schema evolution by field id (spec, "Schema Evolution"): old files are read by the ids they have.

namespace firn::iceberg {

/// Where a field goes among its siblings: first, after another, or (neither) last for a new one and
/// where it is for an old one.
struct FieldPlace {
  bool first = false;
  std::string after;
};

/// What is to change of a field; what is absent stays.
struct FieldChange {
  std::optional<Type> type;
  std::optional<std::string> doc;
  bool make_optional = false;
  std::optional<json::value> write_default;
};

/// Edits a table's current schema, one step after another; names are looked up without regard to
/// ASCII case. Not thread-safe.
///
/// Errors of all steps: kInvalidArgument/UnknownColumn, /DuplicateColumn, and the reasons named.
class SchemaEdit {
 public:
  /// `metadata` must outlive it.
  explicit SchemaEdit(const TableMetadata& metadata);

  /// Adds a field to the struct at `parent` (empty: the table; also the element of a list or the
  /// value of a map of structs), with fresh ids for it and all it nests.
  /// Errors: /RequiredColumn for one that must be present but has no default for old rows;
  /// /NotAStruct.
  Status Add(const std::vector<std::string>& parent, NestedField field, const FieldPlace& place);
  /// Errors: /ColumnInUse when it is a source of the default partition spec or sort order, or an
  /// identifier field; /LastColumn.
  Status Drop(const std::vector<std::string>& path);
  Status Rename(const std::vector<std::string>& path, std::string new_name);
  /// Errors: /TypeChange for what is no promotion (spec, "Schema Evolution").
  Status Change(const std::vector<std::string>& path, const FieldChange& change);
  Status Move(const std::vector<std::string>& path, const FieldPlace& place);

  bool is_changed() const { return is_changed_; }
  const Schema& schema() const { return schema_; }
  std::int32_t last_column_id() const { return last_column_id_; }

 private:
  using Fields = std::vector<NestedField>;

  /// Applies `step` to the siblings of the path's last part. Rebuilds the types on the way.
  template <typename Step>
  Status Within(Fields& fields, const std::vector<std::string>& path, std::size_t depth, Step step);
  Status CheckUnused(const NestedField& field) const;

  const TableMetadata& metadata_;
  Schema schema_;
  std::int32_t last_column_id_ = 0;
  bool is_changed_ = false;
};

}  // namespace firn::iceberg
