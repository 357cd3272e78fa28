#include "lake/iceberg/schema_edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace firn::iceberg {
namespace {

std::string Joined(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& part : path) text += (text.empty() ? "" : ".") + part;
  return text;
}

Unexpected UnknownColumn(const std::vector<std::string>& path) {
  return InvalidArgument("UnknownColumn", fmt::format("Unknown column '{}'", Joined(path)));
}

std::vector<NestedField>::iterator FindByName(std::vector<NestedField>& fields,
                                              std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const NestedField& field) {
    return EqualsIgnoreCaseAscii(field.name, name);
  });
}

/// A type of the kind of `type` with other nested fields.
Type WithFields(const Type& type, std::vector<NestedField> fields) {
  Type changed = type;
  changed.nested = std::make_shared<const std::vector<NestedField>>(std::move(fields));
  return changed;
}

/// Fresh ids for a field's nested ones, a level at a time as everywhere.
void GiveIds(std::vector<NestedField>& fields, std::int32_t& last_id) {
  for (NestedField& field : fields) field.id = ++last_id;
  for (NestedField& field : fields) {
    if (field.type.is_primitive()) continue;
    std::vector<NestedField> nested = field.type.fields();
    GiveIds(nested, last_id);
    field.type = WithFields(field.type, std::move(nested));
  }
}

/// Every id of a field and what it nests.
void CollectIds(const NestedField& field, std::vector<std::int32_t>& ids) {
  ids.push_back(field.id);
  for (const NestedField& nested : field.type.fields()) CollectIds(nested, ids);
}

Status PutInPlace(std::vector<NestedField>& fields, NestedField field, const FieldPlace& place,
                  std::size_t otherwise) {
  std::size_t at = std::min(otherwise, fields.size());
  if (place.first) at = 0;
  if (!place.after.empty()) {
    const auto found = FindByName(fields, place.after);
    if (found == fields.end()) return UnknownColumn({place.after});
    at = static_cast<std::size_t>(found - fields.begin()) + 1;
  }
  fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(at), std::move(field));
  return Ok();
}

/// Version 3 allows more than its forerunners (spec, "Schema Evolution").
bool CanPromote(const Type& from, const Type& to, std::int32_t format_version) {
  const bool is_of_v3 = from.kind == TypeKind::kUnknown || from.kind == TypeKind::kDate;
  if (is_of_v3 && format_version < 3 && from.kind != to.kind) return false;
  return IsPromotionAllowed(from, to);
}

}  // namespace

SchemaEdit::SchemaEdit(const TableMetadata& metadata)
    : metadata_(metadata),
      schema_(metadata.current_schema()),
      last_column_id_(metadata.last_column_id) {}

template <typename Step>
Status SchemaEdit::Within(Fields& fields, const std::vector<std::string>& path, std::size_t depth,
                          Step step) {
  if (depth + 1 >= path.size()) return step(fields);
  const auto found = FindByName(fields, path[depth]);
  if (found == fields.end() || found->type.is_primitive()) return UnknownColumn(path);
  Fields nested = found->type.fields();
  // `list.element` and `map.value` may be named, or passed over to the struct inside.
  const bool is_struct = found->type.kind == TypeKind::kStruct;
  const bool is_named = FindByName(nested, path[depth + 1]) != nested.end();
  if (is_struct || is_named) {
    FIRN_TRY(Within(nested, path, depth + 1, step));
  } else {
    Fields inner = nested.back().type.fields();
    if (nested.back().type.kind != TypeKind::kStruct) return UnknownColumn(path);
    FIRN_TRY(Within(inner, path, depth + 1, step));
    nested.back().type = WithFields(nested.back().type, std::move(inner));
  }
  found->type = WithFields(found->type, std::move(nested));
  return Ok();
}

Status SchemaEdit::Add(const std::vector<std::string>& parent, NestedField field,
                       const FieldPlace& place) {
  if (field.required && !field.initial_default) {
    return InvalidArgument("RequiredColumn",
                           fmt::format("Column '{}' must be nullable: rows that are there have no "
                                       "value for it",
                                       field.name));
  }
  std::vector<std::string> path = parent;
  path.push_back(field.name);
  const auto step = [&](Fields& siblings) -> Status {
    if (FindByName(siblings, field.name) != siblings.end()) {
      return InvalidArgument("DuplicateColumn",
                             fmt::format("Duplicate column name '{}'", Joined(path)));
    }
    Fields fresh = {std::move(field)};
    GiveIds(fresh, last_column_id_);
    return PutInPlace(siblings, std::move(fresh.front()), place, siblings.size());
  };
  FIRN_TRY(Within(schema_.fields, path, 0, step));
  is_changed_ = true;
  return Ok();
}

Status SchemaEdit::CheckUnused(const NestedField& field) const {
  std::vector<std::int32_t> ids;
  CollectIds(field, ids);
  const auto uses = [&](std::int32_t id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  const auto in_use = [&](std::string_view what) {
    return InvalidArgument("ColumnInUse",
                           fmt::format("Column '{}' cannot be dropped: it is part of the table's "
                                       "{}",
                                       field.name, what));
  };
  for (const PartitionField& part : metadata_.default_spec().fields) {
    if (uses(part.source_id) && part.transform.kind != TransformKind::kVoid) {
      return in_use("partitioning. Drop the partition column first");
    }
  }
  for (const auto& part : metadata_.default_sort_order().fields) {
    if (uses(part.source_id)) return in_use("sort order");
  }
  for (const std::int32_t id : schema_.identifier_field_ids) {
    if (uses(id)) return in_use("identifier");
  }
  return Ok();
}

Status SchemaEdit::Drop(const std::vector<std::string>& path) {
  const auto step = [&](Fields& siblings) -> Status {
    const auto found = FindByName(siblings, path.back());
    if (found == siblings.end()) return UnknownColumn(path);
    FIRN_TRY(CheckUnused(*found));
    if (siblings.size() == 1) {
      return InvalidArgument(
          "LastColumn", fmt::format("Column '{}' is the last one and cannot be dropped",
                                    Joined(path)));
    }
    siblings.erase(found);
    return Ok();
  };
  FIRN_TRY(Within(schema_.fields, path, 0, step));
  is_changed_ = true;
  return Ok();
}

Status SchemaEdit::Rename(const std::vector<std::string>& path, std::string new_name) {
  const auto step = [&](Fields& siblings) -> Status {
    const auto found = FindByName(siblings, path.back());
    if (found == siblings.end()) return UnknownColumn(path);
    const auto other = FindByName(siblings, new_name);
    if (other != siblings.end() && other != found) {
      return InvalidArgument("DuplicateColumn",
                             fmt::format("Duplicate column name '{}'", new_name));
    }
    found->name = std::move(new_name);
    return Ok();
  };
  FIRN_TRY(Within(schema_.fields, path, 0, step));
  is_changed_ = true;
  return Ok();
}

Status SchemaEdit::Change(const std::vector<std::string>& path, const FieldChange& change) {
  const auto step = [&](Fields& siblings) -> Status {
    const auto found = FindByName(siblings, path.back());
    if (found == siblings.end()) return UnknownColumn(path);
    if (change.type && change.type->ToString() != found->type.ToString()) {
      if (!found->type.is_primitive() || !change.type->is_primitive()) {
        return InvalidArgument("TypeChange", fmt::format("Cannot modify {}, not a primitive type",
                                                         Joined(path)));
      }
      if (!CanPromote(found->type, *change.type, metadata_.format_version)) {
        return InvalidArgument(
            "TypeChange",
            fmt::format("Cannot change column type: {}: {} -> {}. A type may widen only: int to "
                        "long, float to double, a decimal to more digits",
                        Joined(path), found->type.ToString(), change.type->ToString()));
      }
      found->type = *change.type;
    }
    if (change.doc) found->doc = change.doc->empty() ? std::nullopt : change.doc;
    if (change.make_optional) found->required = false;
    if (change.write_default) found->write_default = change.write_default;
    return Ok();
  };
  FIRN_TRY(Within(schema_.fields, path, 0, step));
  is_changed_ = true;
  return Ok();
}

Status SchemaEdit::Move(const std::vector<std::string>& path, const FieldPlace& place) {
  if (!place.first && place.after.empty()) return Ok();
  const auto step = [&](Fields& siblings) -> Status {
    const auto found = FindByName(siblings, path.back());
    if (found == siblings.end()) return UnknownColumn(path);
    if (EqualsIgnoreCaseAscii(found->name, place.after)) return Ok();
    NestedField field = *found;
    const auto at = static_cast<std::size_t>(found - siblings.begin());
    siblings.erase(found);
    return PutInPlace(siblings, std::move(field), place, at);
  };
  FIRN_TRY(Within(schema_.fields, path, 0, step));
  is_changed_ = true;
  return Ok();
}

}  // namespace firn::iceberg
