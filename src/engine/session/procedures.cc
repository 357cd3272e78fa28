#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>

#include "base/encoding.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/procedures_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/expiration.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/objects/object_store.h"

/// ALTER TABLE … EXECUTE procedure(…) and CALL: StarRocks' procedures on Iceberg tables.

namespace firn::session {

Status Answer(StatementRun& run, std::vector<std::string> header,
              std::vector<std::optional<std::string>> row) {
  const std::vector<std::vector<std::optional<std::string>>> rows = {std::move(row)};
  return rows::SendTextRows(run.sink, header, rows);
}

Result<std::int64_t> Integer(const ProcedureRun& call, const std::string& name,
                             std::optional<std::int64_t> otherwise) {
  const auto found = call.arguments.find(name);
  if (found == call.arguments.end()) {
    if (otherwise) return *otherwise;
    return InvalidArgument("MissingArgument", "Procedure " + call.clause.procedure +
                                                  " needs the argument '" + name + "'");
  }
  std::int64_t number = 0;
  const std::string& text = found->second.text;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("BadArgument", "Argument '" + name + "' of " + call.clause.procedure +
                                              " must be a whole number, not '" + text + "'");
  }
  return number;
}

Result<std::string> TextArgument(const ProcedureRun& call, const std::string& name) {
  const auto found = call.arguments.find(name);
  if (found == call.arguments.end() || found->second.kind == sql::LiteralKind::kNull) {
    return InvalidArgument("MissingArgument", "Procedure " + call.clause.procedure +
                                                  " needs the argument '" + name + "'");
  }
  return found->second.text;
}

Result<bool> Flag(const ProcedureRun& call, const std::string& name, bool otherwise) {
  const auto found = call.arguments.find(name);
  if (found == call.arguments.end()) return otherwise;
  if (found->second.kind == sql::LiteralKind::kBoolean) return found->second.boolean;
  if (EqualsIgnoreCaseAscii(found->second.text, "true")) return true;
  if (EqualsIgnoreCaseAscii(found->second.text, "false")) return false;
  return InvalidArgument("BadArgument", "Argument '" + name + "' of " + call.clause.procedure +
                                            " must be true or false, not '" + found->second.text +
                                            "'");
}

namespace {

using catalog::MetadataChange;
using iceberg::TableMetadata;
using Row = std::vector<std::optional<std::string>>;

std::string Text(std::size_t number) { return std::to_string(number); }

/// A moment in the session's words, or so many days ago.
Result<std::int64_t> MomentMs(const ProcedureRun& call, const std::string& name,
                              std::int64_t days_ago) {
  const auto found = call.arguments.find(name);
  if (found == call.arguments.end()) return call.NowMs() - days_ago * 24 * 3600 * 1000;
  std::string text = found->second.text;
  if (text.size() == 10) text += "T00:00:00";
  if (text.size() > 10) text[10] = 'T';
  const auto moment = ParseIso8601(text + "Z");
  if (!moment) {
    return InvalidArgument("BadArgument", "Argument '" + name + "' of " + call.clause.procedure +
                                              " must be a datetime, not '" + found->second.text +
                                              "'");
  }
  return MillisSinceEpoch(*moment);
}

// ---- snapshots ----

Status SetMain(const ProcedureRun& call,
               const std::function<Result<std::int64_t>(const TableMetadata&)>& choose,
               const std::string& branch) {
  std::optional<std::int64_t> before;
  std::int64_t after = 0;
  const auto edit = [&](const TableMetadata& metadata) -> Result<MetadataChange> {
    FIRN_ASSIGN_OR_RETURN(after, choose(metadata));
    const auto ref = metadata.refs.find(branch);
    iceberg::SnapshotRef head;
    before.reset();
    if (ref != metadata.refs.end()) {
      head = ref->second;
      before = head.snapshot_id;
    }
    MetadataChange change;
    if (before == after) return change;
    head.snapshot_id = after;
    change.updates.push_back(iceberg::SetSnapshotRef{branch, head});
    change.requirements.push_back(iceberg::AssertRefSnapshotId{branch, before});
    return change;
  };
  FIRN_TRY(call.catalog.EditTable(call.run.context, call.table, edit));
  return Answer(
      call.run, {"previous_snapshot_id", "current_snapshot_id"},
      {before ? std::optional(std::to_string(*before)) : std::nullopt, std::to_string(after)});
}

Status RollbackToSnapshot(const ProcedureRun& call) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t id, Integer(call, "snapshot_id", std::nullopt));
  const auto choose = [&](const TableMetadata& metadata) -> Result<std::int64_t> {
    if (metadata.FindSnapshot(id) == nullptr) {
      return NotFound("NoSuchSnapshot", "The table has no snapshot " + std::to_string(id));
    }
    if (!iceberg::SnapshotIsAncestorOrCurrent(metadata, id)) {
      return InvalidArgument(
          "NotAnAncestor", "Cannot roll back to snapshot, not an ancestor of the current state: " +
                               std::to_string(id));
    }
    return id;
  };
  return SetMain(call, choose, std::string(iceberg::kMainBranch));
}

Status FastForward(const ProcedureRun& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string from, TextArgument(call, "from_branch"));
  FIRN_ASSIGN_OR_RETURN(const std::string to, TextArgument(call, "to_branch"));
  const auto choose = [&](const TableMetadata& metadata) -> Result<std::int64_t> {
    const auto target = metadata.refs.find(to);
    if (target == metadata.refs.end()) {
      return NotFound("UnknownRef", "Branch '" + to + "' does not exist");
    }
    const auto head = metadata.refs.find(from);
    if (head != metadata.refs.end() && head->second.is_tag) {
      return InvalidArgument("RefKind", "'" + from + "' is a tag, not a branch");
    }
    if (head != metadata.refs.end() &&
        !iceberg::SnapshotIsAncestorOrCurrent(metadata, head->second.snapshot_id, to)) {
      return InvalidArgument("NotAnAncestor",
                             "Cannot fast-forward: " + from + " is not an ancestor of " + to);
    }
    return target->second.snapshot_id;
  };
  return SetMain(call, choose, from);
}

/// Files that the snapshot itself added; nullopt when it took others away.
Result<std::vector<iceberg::DataFile>> AddedBy(const ProcedureRun& call,
                                               const iceberg::Snapshot& snapshot) {
  const auto operation = snapshot.summary.find("operation");
  if (operation == snapshot.summary.end() || operation->second != "append") {
    return Unsupported("CherryPick",
                       "Only a snapshot that appended rows can be picked; " +
                           std::to_string(snapshot.snapshot_id) + " did " +
                           (operation == snapshot.summary.end() ? std::string("something else")
                                                                : operation->second));
  }
  FIRN_ASSIGN_OR_RETURN(const iceberg::ScanPlan plan,
                        iceberg::PlanScan(call.run.context, *call.table.store, *call.table.metadata,
                                          snapshot.snapshot_id, iceberg::Predicate::True()));
  std::vector<iceberg::DataFile> files;
  for (const iceberg::ScanTask& task : plan.tasks) {
    if (task.file_sequence_number == snapshot.sequence_number) files.push_back(task.data_file);
  }
  return files;
}

Status CherrypickSnapshot(const ProcedureRun& call) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t id, Integer(call, "snapshot_id", std::nullopt));
  const TableMetadata& metadata = *call.table.metadata;
  const iceberg::Snapshot* snapshot = metadata.FindSnapshot(id);
  if (snapshot == nullptr) {
    return NotFound("NoSuchSnapshot", "The table has no snapshot " + std::to_string(id));
  }
  if (iceberg::SnapshotIsAncestorOrCurrent(metadata, id)) {
    return InvalidArgument("AlreadyAnAncestor", "Snapshot " + std::to_string(id) +
                                                    " is part of the main branch already");
  }
  if (snapshot->parent_snapshot_id == metadata.current_snapshot_id) {
    return SetMain(
        call, [id](const TableMetadata&) -> Result<std::int64_t> { return id; },
        std::string(iceberg::kMainBranch));
  }
  FIRN_ASSIGN_OR_RETURN(std::vector<iceberg::DataFile> files, AddedBy(call, *snapshot));
  FIRN_ASSIGN_OR_RETURN(
      const catalog::CommittedChange committed,
      call.catalog.CommitChange(call.run.context, call.catalog.ForWriting(call.table),
                                {.added = std::move(files),
                                 .summary_extras = {{"source-snapshot-id", std::to_string(id)}}}));
  return Answer(call.run, {"source_snapshot_id", "current_snapshot_id"},
                {std::to_string(id), std::to_string(committed.snapshot_id)});
}

// ---- files ----

/// Deletes what nothing reaches any more; how many went. Table buckets refuse: their service does.
std::size_t DeleteFiles(const ProcedureRun& call, const std::vector<std::string>& paths,
                        bool& refused) {
  std::size_t count = 0;
  for (const std::string& path : paths) {
    if (refused || !call.run.context.Check()) break;
    const Status deleted = call.table.store->Delete(call.run.context, path);
    if (deleted || deleted.error().code() == ErrorCode::kNotFound) {
      ++count;
    } else if (deleted.error().code() != ErrorCode::kUnavailable) {
      refused = true;
    }
  }
  return count;
}

void WarnOfRefusal(const ProcedureRun& call) {
  call.run.state.Warn(1105,
                      "The storage refuses to delete objects of this table (a table bucket keeps "
                      "that to itself): its own maintenance removes the files");
}

Status ExpireSnapshots(const ProcedureRun& call) {
  iceberg::ExpirationOptions options;
  options.now_ms = call.NowMs();
  FIRN_ASSIGN_OR_RETURN(options.older_than_ms, MomentMs(call, "older_than", 5));
  FIRN_ASSIGN_OR_RETURN(const std::int64_t retain, Integer(call, "retain_last", 1));
  if (retain < 1 || retain > INT32_MAX) {
    return InvalidArgument("BadArgument", "Argument 'retain_last' must be at least 1");
  }
  options.retain_last = static_cast<std::int32_t>(retain);
  std::optional<TableMetadata> before;
  const auto edit = [&](const TableMetadata& metadata) -> Result<MetadataChange> {
    FIRN_ASSIGN_OR_RETURN(const iceberg::Expiration expiration,
                          iceberg::SelectExpired(metadata, options));
    before = metadata;
    MetadataChange change;
    change.updates = expiration.Updates();
    for (const auto& [name, ref] : metadata.refs) {
      // A branch that moved meanwhile may need what would go.
      if (!expiration.is_empty()) {
        change.requirements.push_back(iceberg::AssertRefSnapshotId{name, ref.snapshot_id});
      }
    }
    return change;
  };
  FIRN_ASSIGN_OR_RETURN(const auto after,
                        call.catalog.EditTable(call.run.context, call.table, edit));
  iceberg::UnreachableFiles files;
  if (before && before->snapshots.size() > after->snapshots.size()) {
    FIRN_ASSIGN_OR_RETURN(
        files, iceberg::FindUnreachable(call.run.context, *call.table.store, *before, *after));
  }
  bool refused = false;
  const std::size_t data = DeleteFiles(call, files.data_files, refused);
  const std::size_t positions = DeleteFiles(call, files.position_delete_files, refused);
  const std::size_t equalities = DeleteFiles(call, files.equality_delete_files, refused);
  const std::size_t manifests = DeleteFiles(call, files.manifests, refused);
  const std::size_t lists = DeleteFiles(call, files.manifest_lists, refused);
  if (refused) WarnOfRefusal(call);
  return Answer(call.run,
                {"expired_snapshots_count", "deleted_data_files_count",
                 "deleted_position_delete_files_count", "deleted_equality_delete_files_count",
                 "deleted_manifest_files_count", "deleted_manifest_lists_count"},
                {Text(before ? before->snapshots.size() - after->snapshots.size() : 0), Text(data),
                 Text(positions), Text(equalities), Text(manifests), Text(lists)});
}

Status RemoveOrphanFiles(const ProcedureRun& call) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t older_than, MomentMs(call, "older_than", 7));
  if (older_than > call.NowMs() - kOrphanAgeMin.count()) {
    return InvalidArgument(
        "BadArgument",
        "Argument 'older_than' must be at least 24 hours ago: files of statements that run now "
        "would be taken for orphans");
  }
  std::string location = call.table.metadata->location;
  while (location.ends_with('/')) location.pop_back();
  const std::string root = location + "/";
  std::string prefix = root;
  if (call.arguments.contains("location")) {
    FIRN_ASSIGN_OR_RETURN(prefix, TextArgument(call, "location"));
    if (!prefix.starts_with(root)) {
      return InvalidArgument("BadArgument",
                             "Argument 'location' must be below the table's own, " + location);
    }
    if (!prefix.ends_with('/')) prefix += '/';
  }
  const auto listed = call.table.store->List(call.run.context, prefix);
  if (!listed) {
    if (listed.error().code() != ErrorCode::kUnsupported &&
        listed.error().code() != ErrorCode::kPermissionDenied) {
      return listed.error();
    }
    return Unsupported("OrphanFiles",
                       "This table's storage does not list its objects (a table bucket keeps that "
                       "to itself); its own maintenance removes unreferenced files: " +
                           listed.error().message());
  }
  // Loaded after listing: whatever was committed before the listing is known by then.
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable now,
                        LoadTable(call.run.context, call.run.state,
                                  Needs::OnTable({Privilege::kAlter}, call.name)));
  FIRN_ASSIGN_OR_RETURN(std::vector<std::string> reachable,
                        iceberg::ReachableFiles(call.run.context, *now.store, *now.metadata));
  reachable.push_back(now.metadata_location);
  std::ranges::sort(reachable);
  std::vector<std::string> orphans;
  for (const objects::ListedObject& object : *listed) {
    const bool is_old = MillisSinceEpoch(object.modified) < older_than;
    // Metadata files beyond the log are left to the catalog.
    const bool is_metadata = object.url.ends_with(".metadata.json");
    if (is_old && !is_metadata && !std::ranges::binary_search(reachable, object.url)) {
      orphans.push_back(object.url);
    }
  }
  bool refused = false;
  const std::size_t count = DeleteFiles(call, orphans, refused);
  if (refused) WarnOfRefusal(call);
  return Answer(call.run, {"orphan_files_count", "deleted_files_count"},
                {Text(orphans.size()), Text(count)});
}

Status RewriteManifests(const ProcedureRun& call) {
  // A change of no files merges what is small when it may.
  const auto enabled = call.table.metadata->properties.find("commit.manifest-merge.enabled");
  if (enabled != call.table.metadata->properties.end() && enabled->second == "false") {
    return Unsupported("RewriteManifests",
                       "The table's property commit.manifest-merge.enabled is false");
  }
  if (!call.table.metadata->current_snapshot_id) return call.run.sink.Affected(0, "");
  FIRN_TRY(call.catalog.CommitChange(call.run.context, call.catalog.ForWriting(call.table),
                                     {.operation = "replace", .merges_all_manifests = true}));
  return call.run.sink.Affected(0, "");
}

struct Procedure {
  std::string_view name;
  std::vector<std::string> parameters;
  Status (*run)(const ProcedureRun&);
};

const std::vector<Procedure>& Procedures() {
  static const std::vector<Procedure> procedures = {
      {"rollback_to_snapshot", {"snapshot_id"}, RollbackToSnapshot},
      {"cherrypick_snapshot", {"snapshot_id"}, CherrypickSnapshot},
      {"fast_forward", {"from_branch", "to_branch"}, FastForward},
      {"expire_snapshots", {"older_than", "retain_last"}, ExpireSnapshots},
      {"remove_orphan_files", {"older_than", "location"}, RemoveOrphanFiles},
      {"rewrite_manifests", {}, RewriteManifests},
      {"rewrite_data_files",
       {"rewrite_all", "min_file_size_bytes", "batch_size", "batch_parallelism",
        "target_file_size_bytes", "strategy"},
       RewriteDataFiles},
      {"add_files", {"location", "file_format", "recursive", "source_table"}, AddFiles},
      {"rewrite_position_deletes", {}, RewritePositionDeletes},
      {"rewrite_equality_delete_files", {}, RewriteEqualityDeleteFiles},
  };
  return procedures;
}

Status TakeArguments(ProcedureRun& call, const Procedure& procedure) {
  std::size_t position = 0;
  for (const sql::ProcedureArgument& argument : call.clause.arguments) {
    std::string name = ToLowerAscii(argument.name);
    if (name.empty()) {
      if (position >= procedure.parameters.size()) {
        return InvalidArgument("TooManyArguments",
                               "Procedure " + call.clause.procedure + " takes at most " +
                                   std::to_string(procedure.parameters.size()) + " arguments");
      }
      name = procedure.parameters[position++];
    }
    if (std::ranges::find(procedure.parameters, name) == procedure.parameters.end()) {
      const std::string nearest = NearestWord(name, procedure.parameters);
      return InvalidArgument("UnknownArgument",
                             "Procedure " + call.clause.procedure + " has no argument '" + name +
                                 "'" +
                                 (nearest.empty() ? "" : ". Did you mean '" + nearest + "'?"));
    }
    FIRN_ASSIGN_OR_RETURN(sql::Literal value, EvaluateScalar(call.run, *argument.value));
    if (!call.arguments.emplace(name, std::move(value)).second) {
      return InvalidArgument("DuplicateArgument", "Argument '" + name + "' is given twice");
    }
  }
  return Ok();
}

}  // namespace

Status ExecuteProcedure(StatementRun& run, const sql::ExecuteProcedureClause& clause,
                        const duck::TableName& name, catalog::ExternalCatalog& catalog,
                        const catalog::LoadedTable& table) {
  std::vector<std::string> known;
  for (const Procedure& procedure : Procedures()) {
    known.emplace_back(procedure.name);
    if (!EqualsIgnoreCaseAscii(procedure.name, clause.procedure)) continue;
    if (clause.where != nullptr && procedure.name != "rewrite_data_files") {
      return UnsupportedStatement("EXECUTE " + std::string(procedure.name) + " … WHERE",
                                  "the procedure takes the whole table");
    }
    ProcedureRun call{run, clause, name, catalog, table, {}};
    FIRN_TRY(TakeArguments(call, procedure));
    FIRN_TRY(procedure.run(call));
    run.state.wrote_since_begin = true;
    return Ok();
  }
  const std::string nearest = NearestWord(ToLowerAscii(clause.procedure), known);
  return InvalidArgument("UnknownProcedure",
                         "Unknown iceberg table operation : " + clause.procedure +
                             (nearest.empty() ? "" : ". Did you mean '" + nearest + "'?"));
}

Status Call(StatementRun& run, const sql::CallStatement& statement) {
  const auto& parts = statement.procedure.parts;
  const bool is_register = EqualsIgnoreCaseAscii(parts.back(), "register_table") &&
                           (parts.size() == 2 || parts.size() == 3) &&
                           EqualsIgnoreCaseAscii(parts[parts.size() - 2], "system");
  if (!is_register) {
    return InvalidArgument("UnknownProcedure", "Unknown procedure " +
                                                   statement.procedure.ToString() +
                                                   ": there is [catalog.]system.register_table");
  }
  static constexpr auto kParameters =
      std::to_array<std::string_view>({"database_name", "table_name", "metadata_file"});
  std::map<std::string, std::string> given;
  for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
    const sql::ProcedureArgument& argument = statement.arguments[i];
    std::string name = ToLowerAscii(argument.name);
    if (name.empty() && i < kParameters.size()) name = kParameters[i];
    if (std::ranges::find(kParameters, std::string_view(name)) == kParameters.end()) {
      return InvalidArgument("UnknownArgument", "register_table has no argument '" + name + "'");
    }
    FIRN_ASSIGN_OR_RETURN(const sql::Literal value, EvaluateScalar(run, *argument.value));
    given[name] = value.text;
  }
  for (const std::string_view name : kParameters) {
    if (given[std::string(name)].empty()) {
      return InvalidArgument("MissingArgument",
                             "register_table needs the argument '" + std::string(name) + "'");
    }
  }
  const std::string catalog_name = parts.size() == 3 ? parts[0] : run.state.catalog();
  // The file may be any table's: who names it must be allowed to read them all.
  FIRN_TRY(Require(run.state, Needs::OnAllTables({Privilege::kSelect}, catalog_name)));
  const DatabaseName database{catalog_name, given["database_name"]};
  FIRN_ASSIGN_OR_RETURN(
      const auto catalog,
      FindExternal(run.state, Needs::OnDatabase({Privilege::kCreateTable}, database), "CALL"));
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable table,
                        catalog->RegisterTable(run.context, given["database_name"],
                                               given["table_name"], given["metadata_file"]));
  const auto head = table.metadata->current_snapshot_id;
  return Answer(run, {"current_snapshot_id"},
                {head ? std::optional(std::to_string(*head)) : std::nullopt});
}

}  // namespace firn::session
