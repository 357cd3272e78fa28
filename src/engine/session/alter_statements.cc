#include <algorithm>

#include "base/encoding.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/table_parts_internal.h"
#include "engine/session/table_types_internal.h"
#include "lake/iceberg/schema_edit.h"
#include "sql/printer.h"

/// ALTER TABLE: all its clauses make one commit.

namespace firn::session {
namespace {

using catalog::MetadataChange;
using iceberg::TableMetadata;

/// Words the clauses for one version of the table.
class Alteration {
 public:
  explicit Alteration(const TableMetadata& metadata)
      : metadata_(metadata), schema_(metadata), spec_(metadata.default_spec()) {}

  // One step a clause.
  Status Apply(const sql::AddColumnsClause& clause);
  Status Apply(const sql::DropColumnClause& clause) { return schema_.Drop({clause.column}); }
  Status Apply(const sql::RenameColumnClause& clause) {
    return schema_.Rename({clause.column}, clause.new_name);
  }
  Status Apply(const sql::ModifyColumnClause& clause);
  Status Apply(const sql::ModifyColumnCommentClause& clause) {
    return schema_.Change({clause.column}, {.doc = clause.comment});
  }
  Status Apply(const sql::AddFieldClause& clause);
  Status Apply(const sql::DropFieldClause& clause);
  Status Apply(const sql::SetPropertiesClause& clause);
  Status Apply(const sql::SetTableCommentClause& clause) {
    properties_["comment"] = clause.comment;
    return Ok();
  }
  Status Apply(const sql::AddPartitionColumnsClause& clause);
  Status Apply(const sql::DropPartitionColumnsClause& clause);
  Status Apply(const sql::ReplacePartitionColumnClause& clause);
  Status Apply(const sql::CreateRefClause& clause);
  Status Apply(const sql::DropRefClause& clause);
  // These are no part of a commit; AlterTable treats them apart.
  Status Apply(const sql::RenameTableClause&) { return Ok(); }
  Status Apply(const sql::ExecuteProcedureClause&) { return Ok(); }
  Status Apply(const sql::SwapTableClause&) {
    return Unsupported("UnsupportedClause",
                       "SWAP WITH is not supported for Iceberg tables: RENAME both");
  }

  MetadataChange Word();

 private:
  Status AddPartition(const sql::PartitionTerm& term);
  Status DropPartition(const sql::PartitionTerm& term);
  void WordSchema(MetadataChange& change) const;
  void WordSpec(MetadataChange& change) const;
  Result<std::int64_t> SnapshotOf(const sql::CreateRefClause& clause) const;

  const TableMetadata& metadata_;
  iceberg::SchemaEdit schema_;
  iceberg::PartitionSpec spec_;
  std::int32_t last_partition_id_ = metadata_.last_partition_id;
  bool spec_changed_ = false;
  iceberg::Properties properties_;
  std::optional<std::string> location_;
  std::vector<iceberg::TableUpdate> ref_updates_;
  std::vector<iceberg::TableRequirement> ref_requirements_;
};

iceberg::FieldPlace PlaceOf(const sql::ColumnPlace& place) {
  return {.first = place.first, .after = place.after};
}

Status Alteration::Apply(const sql::AddColumnsClause& clause) {
  for (const sql::ColumnDefinition& column : clause.columns) {
    FIRN_ASSIGN_OR_RETURN(iceberg::NestedField field,
                          FieldOf(column, metadata_.format_version >= 3));
    FIRN_TRY(schema_.Add({}, std::move(field), PlaceOf(clause.place)));
  }
  return Ok();
}

Status Alteration::Apply(const sql::ModifyColumnClause& clause) {
  const sql::ColumnDefinition& column = clause.column;
  iceberg::FieldChange change;
  FIRN_ASSIGN_OR_RETURN(change.type, ToIcebergType(column.type));
  change.doc = column.comment;
  const iceberg::NestedField* before = schema_.schema().FindFieldIgnoreCase(column.name);
  if (before != nullptr && !before->required && column.nullable == false) {
    return InvalidArgument("RequiredColumn", "Column '" + column.name +
                                                 "' cannot become NOT NULL: it may hold NULLs");
  }
  change.make_optional = column.nullable != false;
  if (column.default_value && !IsNullLiteral(*column.default_value)) {
    if (metadata_.format_version < 3) {
      return Unsupported("UnsupportedDefault", "The default of column '" + column.name +
                                                   "' needs a table of \"format-version\" 3");
    }
    FIRN_ASSIGN_OR_RETURN(change.write_default, DefaultOf(column, *change.type));
  }
  FIRN_TRY(schema_.Change({column.name}, change));
  return schema_.Move({column.name}, PlaceOf(clause.place));
}

Status Alteration::Apply(const sql::AddFieldClause& clause) {
  std::vector<std::string> parent = {clause.column};
  parent.insert(parent.end(), clause.path.begin(), clause.path.end() - 1);
  iceberg::NestedField field{.id = 0, .name = clause.path.back()};
  FIRN_ASSIGN_OR_RETURN(field.type, ToIcebergType(clause.type));
  return schema_.Add(parent, std::move(field), PlaceOf(clause.place));
}

Status Alteration::Apply(const sql::DropFieldClause& clause) {
  std::vector<std::string> path = {clause.column};
  path.insert(path.end(), clause.path.begin(), clause.path.end());
  return schema_.Drop(path);
}

Status Alteration::Apply(const sql::SetPropertiesClause& clause) {
  if (clause.properties.empty()) {
    return InvalidArgument("NoProperties", "Modified property is empty");
  }
  for (const sql::Property& property : clause.properties) {
    FIRN_TRY(TakeProperty(property, properties_, location_));
  }
  return Ok();
}

Status Alteration::AddPartition(const sql::PartitionTerm& term) {
  FIRN_ASSIGN_OR_RETURN(iceberg::PartitionField field, PartitionFieldOf(term, schema_.schema()));
  for (const iceberg::PartitionField& present : spec_.fields) {
    FIRN_TRY(RefuseRedundant(present, field, term));
    if (present.name == field.name) {
      // Only a dropped one of version 1 may stand in the way.
      field.name += "_" + std::to_string(last_partition_id_ + 1);
    }
  }
  // A field that the table had before gets its old id back.
  for (const iceberg::PartitionSpec& spec : metadata_.partition_specs) {
    for (const iceberg::PartitionField& old : spec.fields) {
      if (old.source_id == field.source_id && old.transform == field.transform) {
        field.field_id = old.field_id;
      }
    }
  }
  for (iceberg::PartitionField& present : spec_.fields) {
    // Version 1 has kept its place and name.
    if (field.field_id == 0 || present.field_id != field.field_id) continue;
    present.transform = field.transform;
    spec_changed_ = true;
    return Ok();
  }
  if (field.field_id == 0) field.field_id = ++last_partition_id_;
  spec_.fields.push_back(std::move(field));
  spec_changed_ = true;
  return Ok();
}

Status Alteration::DropPartition(const sql::PartitionTerm& term) {
  FIRN_ASSIGN_OR_RETURN(const iceberg::PartitionField field,
                        PartitionFieldOf(term, schema_.schema()));
  const auto found =
      std::ranges::find_if(spec_.fields, [&](const iceberg::PartitionField& present) {
        return present.source_id == field.source_id && present.transform == field.transform;
      });
  if (found == spec_.fields.end()) {
    return InvalidArgument("UnknownPartition", "The table is not partitioned by " +
                                                   sql::Print(*term.expression));
  }
  if (metadata_.format_version == 1) {
    // Version 1 keeps the place of a field that is gone (spec, "Partition Evolution").
    found->transform = {.kind = iceberg::TransformKind::kVoid};
  } else {
    spec_.fields.erase(found);
  }
  spec_changed_ = true;
  return Ok();
}

Status Alteration::Apply(const sql::AddPartitionColumnsClause& clause) {
  for (const sql::PartitionTerm& term : clause.terms) FIRN_TRY(AddPartition(term));
  return Ok();
}

Status Alteration::Apply(const sql::DropPartitionColumnsClause& clause) {
  for (const sql::PartitionTerm& term : clause.terms) FIRN_TRY(DropPartition(term));
  return Ok();
}

Status Alteration::Apply(const sql::ReplacePartitionColumnClause& clause) {
  FIRN_TRY(DropPartition(clause.old_term));
  return AddPartition(clause.new_term);
}

Result<std::int64_t> Alteration::SnapshotOf(const sql::CreateRefClause& clause) const {
  if (!clause.snapshot_id && !metadata_.current_snapshot_id) {
    return InvalidArgument("NoSnapshot", "The table has no snapshot yet that '" + clause.name +
                                             "' could name");
  }
  const std::int64_t id = clause.snapshot_id.value_or(metadata_.current_snapshot_id.value_or(0));
  if (metadata_.FindSnapshot(id) == nullptr) {
    return NotFound("NoSuchSnapshot", "The table has no snapshot " + std::to_string(id));
  }
  return id;
}

Status Alteration::Apply(const sql::CreateRefClause& clause) {
  const bool is_tag = clause.ref_kind == sql::RefKind::kTag;
  const std::string word = is_tag ? "Tag" : "Branch";
  const auto found = metadata_.refs.find(clause.name);
  const bool is_there = found != metadata_.refs.end();
  if (is_there && clause.if_not_exists) return Ok();
  if (is_there && !clause.replace) {
    return AlreadyExists("RefExists", word + " '" + clause.name + "' already exists");
  }
  if (!is_there && !clause.create) {
    return NotFound("UnknownRef", word + " '" + clause.name + "' does not exist");
  }
  if (is_there && found->second.is_tag != is_tag) {
    return InvalidArgument("RefKind", "'" + clause.name + "' is a " +
                                          (found->second.is_tag ? "tag" : "branch"));
  }
  if (is_tag && clause.name == iceberg::kMainBranch) {
    return InvalidArgument("RefKind", "'main' is the table's main branch");
  }
  for (const auto& kept :
       {clause.max_ref_age_ms, clause.min_snapshots_to_keep, clause.max_snapshot_age_ms}) {
    if (kept && *kept < 1) {
      return InvalidArgument("BadRetention",
                             "What is kept of " + word + " '" + clause.name + "' must be positive");
    }
  }
  iceberg::SnapshotRef ref;
  ref.is_tag = is_tag;
  FIRN_ASSIGN_OR_RETURN(ref.snapshot_id, SnapshotOf(clause));
  ref.max_ref_age_ms = clause.max_ref_age_ms;
  if (clause.min_snapshots_to_keep) {
    ref.min_snapshots_to_keep = static_cast<std::int32_t>(
        std::min<std::int64_t>(*clause.min_snapshots_to_keep, INT32_MAX));
  }
  ref.max_snapshot_age_ms = clause.max_snapshot_age_ms;
  ref_updates_.push_back(iceberg::SetSnapshotRef{clause.name, ref});
  ref_requirements_.push_back(iceberg::AssertRefSnapshotId{
      clause.name, is_there ? std::optional(found->second.snapshot_id) : std::nullopt});
  return Ok();
}

Status Alteration::Apply(const sql::DropRefClause& clause) {
  const bool is_tag = clause.ref_kind == sql::RefKind::kTag;
  const std::string word = is_tag ? "Tag" : "Branch";
  const auto found = metadata_.refs.find(clause.name);
  if (found == metadata_.refs.end() || found->second.is_tag != is_tag) {
    if (clause.if_exists) return Ok();
    return NotFound("UnknownRef", word + " '" + clause.name + "' does not exist");
  }
  if (clause.name == iceberg::kMainBranch) {
    return InvalidArgument("RefKind", "The main branch cannot be dropped");
  }
  ref_updates_.push_back(iceberg::RemoveSnapshotRef{clause.name});
  ref_requirements_.push_back(
      iceberg::AssertRefSnapshotId{clause.name, found->second.snapshot_id});
  return Ok();
}

void Alteration::WordSchema(MetadataChange& change) const {
  if (!schema_.is_changed()) return;
  iceberg::Schema schema = schema_.schema();
  schema.schema_id = 0;
  for (const iceberg::Schema& present : metadata_.schemas) {
    schema.schema_id = std::max(schema.schema_id, present.schema_id + 1);
  }
  change.updates.push_back(iceberg::AddSchema{std::move(schema), schema_.last_column_id()});
  change.updates.push_back(iceberg::SetCurrentSchema{});
  change.requirements.push_back(iceberg::AssertCurrentSchemaId{metadata_.current_schema_id});
  change.requirements.push_back(iceberg::AssertLastAssignedFieldId{metadata_.last_column_id});
}

void Alteration::WordSpec(MetadataChange& change) const {
  if (!spec_changed_) return;
  iceberg::PartitionSpec spec = spec_;
  change.requirements.push_back(iceberg::AssertDefaultSpecId{metadata_.default_spec_id});
  change.requirements.push_back(
      iceberg::AssertLastAssignedPartitionId{metadata_.last_partition_id});
  spec.spec_id = 0;
  for (const iceberg::PartitionSpec& present : metadata_.partition_specs) {
    if (present.fields == spec.fields) {
      change.updates.push_back(iceberg::SetDefaultSpec{present.spec_id});
      return;
    }
    spec.spec_id = std::max(spec.spec_id, present.spec_id + 1);
  }
  change.updates.push_back(iceberg::AddPartitionSpec{std::move(spec)});
  change.updates.push_back(iceberg::SetDefaultSpec{});
}

MetadataChange Alteration::Word() {
  MetadataChange change;
  const auto version = properties_.find("format-version");
  if (version != properties_.end()) {
    change.updates.push_back(iceberg::UpgradeFormatVersion{version->second[0] - '0'});
    properties_.erase(version);
  }
  WordSchema(change);
  WordSpec(change);
  if (location_) change.updates.push_back(iceberg::SetLocation{*location_});
  if (!properties_.empty()) change.updates.push_back(iceberg::SetProperties{properties_});
  std::ranges::move(ref_updates_, std::back_inserter(change.updates));
  std::ranges::move(ref_requirements_, std::back_inserter(change.requirements));
  return change;
}

bool IsApart(const sql::AlterTableAction& action) {
  return std::holds_alternative<sql::RenameTableClause>(action) ||
         std::holds_alternative<sql::ExecuteProcedureClause>(action);
}

/// RENAME and EXECUTE stand alone. Errors: kUnsupported/UnsupportedClause.
Status CheckAlone(const sql::AlterTableStatement& statement) {
  for (const sql::AlterTableClause& clause : statement.clauses) {
    if (IsApart(clause.action) && statement.clauses.size() > 1) {
      return Unsupported("UnsupportedClause",
                         "RENAME and EXECUTE cannot be one of several clauses: make them a "
                         "statement of their own");
    }
  }
  return Ok();
}

/// Grants go by name: what a user may do to the new name, it must be allowed to do to the table, or
/// a rename would be a way to read what one may not.
Status RequireToRename(const SessionState& state, const duck::TableName& name,
                       const std::string& new_name) {
  FIRN_TRY(Require(state, Needs::OnDatabase({Privilege::kCreateTable},
                                            {name.catalog, name.database})));
  FIRN_TRY(Require(state, Needs::OnTable({Privilege::kDrop}, name)));
  duck::TableName renamed = name;
  renamed.table = new_name;
  for (const Privilege privilege : PrivilegesOf(ObjectType::kTable).List()) {
    if (May(state, Needs::OnTable({privilege}, renamed)))
      FIRN_TRY(Require(state, Needs::OnTable({privilege}, name)));
  }
  return Ok();
}

}  // namespace

Status AlterTable(StatementRun& run, const sql::AlterTableStatement& statement) {
  FIRN_TRY(CheckAlone(statement));
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.name));
  const Needs needs = Needs::OnTable({Privilege::kAlter}, name);
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindExternal(run.state, needs, "ALTER TABLE"));
  if (IsInformationSchema(name.database)) {
    return Unsupported("InternalDatabase", "information_schema is read only");
  }
  const sql::AlterTableAction& first = statement.clauses.front().action;
  if (const auto* rename = std::get_if<sql::RenameTableClause>(&first)) {
    FIRN_TRY(RequireToRename(run.state, name, rename->new_name));
    FIRN_TRY(catalog->RenameTable(run.context, name.database, name.table, rename->new_name));
    return run.sink.Affected(0, "");
  }
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable table,
                        LoadTable(run.context, run.state, needs));
  if (const auto* procedure = std::get_if<sql::ExecuteProcedureClause>(&first)) {
    return ExecuteProcedure(run, *procedure, name, *catalog, table);
  }
  const auto edit = [&](const TableMetadata& metadata) -> Result<MetadataChange> {
    Alteration alteration(metadata);
    for (const sql::AlterTableClause& clause : statement.clauses) {
      FIRN_TRY(std::visit([&](const auto& action) { return alteration.Apply(action); },
                          clause.action));
    }
    return alteration.Word();
  };
  FIRN_TRY(catalog->EditTable(run.context, table, edit));
  run.state.wrote_since_begin = true;
  return run.sink.Affected(0, "");
}

}  // namespace firn::session
