#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/predicate.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"

namespace firn::objects {
class ObjectStore;
class PendingPuts;
}

/// A new snapshot: files added to a branch and files taken out of it, in one commit.
///
///   PrepareChange --> commit (by the catalog) --409--> reload --> RebaseChange --> commit --> …
///                          |unknown: reload; SnapshotIsAncestorOrCurrent(metadata,
///                          ids.snapshot_id) tells.
///
/// The ids are fixed once per statement. New manifests carry no sequence number, so that a rebase
/// writes the manifest list again, under a new name, and of the manifests only those it has not
/// rewritten yet.
///
/// Reading order: StatementIds, SnapshotChange, PreparedChange, PrepareChange, RebaseChange.

namespace firn::iceberg {

/// Fixed once per logical statement and kept over retries.
struct StatementIds {
  std::int64_t snapshot_id = 0;
  std::string commit_uuid;
};

/// A snapshot id as others draw it (positive, from a random UUID) and a UUID.
StatementIds NewStatementIds(Random& random);

/// What must not have happened on the branch since the statement read it (spec, "Optimistic
/// Concurrency"; Java's RowDelta and OverwriteFiles validate the same).
struct ConflictCheck {
  /// The branch's head that the statement read; nullopt: it had none.
  std::optional<std::int64_t> starting_snapshot_id;
  /// The rows it read.
  Predicate rows;
  /// Serializable isolation: no data file was added that may hold such rows. A compaction's files
  /// hold none that were not there before.
  bool no_new_data = false;
  /// No delete was added for such rows; asked by statements that rewrite the rows they read.
  bool no_new_deletes = false;
  /// Data files that added deletes name: they must still be there, and have no deletion vector
  /// that the statement did not see.
  std::vector<std::string> referenced_data_files;
};

/// The schema and partition spec that files were written by.
struct WrittenBy {
  std::int32_t schema_id = 0;
  std::int32_t spec_id = 0;
  friend bool operator==(const WrittenBy&, const WrittenBy&) = default;
};

/// The manifests of one manifest list. A list never changes under its path.
struct ManifestListing {
  std::string path;
  std::vector<ManifestFile> manifests;
};

/// A statement's label in its snapshot's summary: this prefix, then the label; the value is the
/// number of its rows.
inline constexpr std::string_view kLabelKeyPrefix = "firn.label.";

/// The snapshot that bears the label, if the table still has it; null otherwise. Looks at every
/// snapshot's summary once.
const Snapshot* FindLabel(const TableMetadata& metadata, std::string_view label);

struct SnapshotChange {
  /// The summary's: `append`, `overwrite`, `delete`, or `replace` when no row changes.
  std::string operation = "append";
  std::string branch = std::string(kMainBranch);
  /// PUTs of added files that may still be in flight: the commit is sent after them. Null entries
  /// are none.
  std::vector<std::shared_ptr<objects::PendingPuts>> pending;
  /// Data and delete files. They have the table's default spec unless their `spec_id` says
  /// otherwise. Need not be durable before the commit is sent.
  std::vector<DataFile> added;
  /// Of added data files that hold rows as old as this (compaction); nullopt: the commit's own.
  std::optional<std::int64_t> data_sequence_number;

  /// Files of the branch, data or deletes, as a scan plan gave them; all must be there at commit.
  /// Delete files that name only a removed data file go with it.
  std::vector<DataFile> removed;
  /// Every live data file whose partition may match goes. Exact when it speaks of columns with
  /// identity transforms only; True empties the branch.
  std::optional<Predicate> removed_where;
  /// Every live data file goes whose partition is that of an added one (dynamic overwrite).
  bool removes_partitions_of_added = false;

  /// Small manifests are merged however few there are.
  bool merges_all_manifests = false;

  std::optional<ConflictCheck> check;
  /// When given, both must still be the table's own when the commit is applied: for files written
  /// by metadata that nobody confirmed.
  std::optional<WrittenBy> written_by;
  /// Labels of the statements in this change, with the rows of each. No snapshot of the table may
  /// bear one of them; this one will.
  std::map<std::string, std::int64_t> labels;
  /// Added to the snapshot's summary: `engine-name`, `engine-version` and the like.
  Properties summary_extras;

  bool removes_anything() const {
    return !removed.empty() || removed_where || removes_partitions_of_added;
  }
};

/// A manifest of the branch as this change leaves it.
struct RewrittenManifest {
  ManifestFile manifest;          ///< As it was when `removed` is empty.
  std::vector<DataFile> removed;  ///< What was taken out of it.
};

/// What the catalog is asked to commit, and what a rebase needs.
struct PreparedChange {
  std::vector<TableUpdate> updates;
  std::vector<TableRequirement> requirements;
  /// Every object this statement wrote besides data files, over all attempts, oldest first. Delete
  /// them only when the commit is known to have been refused for good.
  std::vector<std::string> written_paths;
  /// What the change takes out, as of the last attempt.
  std::int64_t removed_data_files = 0;
  std::int64_t removed_rows = 0;

  /// What the snapshot's manifest list holds, as of the last attempt.
  std::shared_ptr<const ManifestListing> listing;

  // For RebaseChange.
  StatementIds ids;
  SnapshotChange change;
  std::vector<ManifestFile>
      manifests;  ///< Of the added files; their sequence numbers are set at each attempt.
  std::map<std::string, RewrittenManifest> rewritten;  ///< By the path of the manifest before.
  std::map<std::string, ManifestFile> merged;          ///< By the paths of what was merged.
  std::int32_t format_version = 2;                     ///< That the manifests were written in.
  int attempt = 0;
  int manifest_count = 0;  ///< Written so far, for their names.
};

/// Checks for conflicts, writes the manifests (of added files, one a spec and kind; of manifests
/// that held removed ones; of small ones merged, where the property
/// `commit.manifest-merge.enabled` allows) and the manifest list, all PUTs at once, and words the
/// commit. A change without files makes a snapshot all the same.
///
/// Cost: one read of the current manifest list, unless `known` is it; one a manifest that may hold removed files or, for
/// the check, was added since; one PUT a manifest and one for the list.
///
/// Errors: kInvalidArgument/InvalidChange (unknown spec, tuple of the wrong length, no such branch
/// unless the table has no snapshot); kConflict/ConflictingFiles when the check fails, /FilesGone
/// when a removed file is no longer there; kAlreadyExists/LabelAlreadyUsed; kConflict/SchemaChanged when `written_by` is no longer so: the
/// statement must read again; those of the store;
/// kDataCorruption from existing manifests.
Result<PreparedChange> PrepareChange(const Context& context, objects::ObjectStore& store,
                                     const TableMetadata& metadata, const StatementIds& ids,
                                     SnapshotChange change,
                                     const ManifestListing* known = nullptr);

/// Words the commit again on newer metadata. A plain append writes
/// `snap-<snapshot id>-<attempt>-<commit uuid>.avro` and nothing else.
///
/// Errors: as PrepareChange; kAlreadyExists/AlreadyCommitted when the snapshot is in the table
/// after all; kConflict/TableReplaced when the uuid changed, /SpecRemoved when a file's spec is
/// gone, /FormatVersionChanged when the table was upgraded from v1 (the manifest would have to be
/// rewritten), or to v3 while position delete files are added.
Result<PreparedChange> RebaseChange(const Context& context, objects::ObjectStore& store,
                                    const TableMetadata& metadata, const PreparedChange& previous,
                                    const ManifestListing* known = nullptr);

}  // namespace firn::iceberg
