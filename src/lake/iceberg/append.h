#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"

namespace firn::objects {
class ObjectStore;
}

/// A fast append: one new manifest beside all that the snapshot before had.
///
///   PrepareAppend --> commit (by the catalog) --409--> reload --> RebaseAppend --> commit --> …
///                          |unknown: reload; SnapshotIsAncestorOrCurrent(metadata,
///                          ids.snapshot_id) tells.
///
/// The ids are fixed once per statement. The manifest carries no sequence number, so that a rebase
/// rewrites the manifest list only, under a new name.

namespace firn::iceberg {

/// Fixed once per logical statement and kept over retries.
struct StatementIds {
  std::int64_t snapshot_id = 0;
  std::string commit_uuid;
};

/// A snapshot id as others draw it (positive, from a random UUID) and a UUID.
StatementIds NewStatementIds(Random& random);

struct AppendOptions {
  std::string branch = std::string(kMainBranch);
  /// Added to the snapshot's summary: `engine-name`, `engine-version` and the like.
  Properties summary_extras;
};

/// What the catalog is asked to commit, and what a rebase needs.
struct PreparedAppend {
  std::vector<TableUpdate> updates;
  std::vector<TableRequirement> requirements;
  /// Every object this statement wrote besides data files, over all attempts, oldest first. Delete
  /// them only when the commit is known to have been refused for good.
  std::vector<std::string> written_paths;

  // For RebaseAppend.
  StatementIds ids;
  AppendOptions options;
  std::vector<ManifestFile>
      manifests;  ///< Of this statement; their sequence numbers are set at each attempt.
  std::int32_t format_version = 2;  ///< That the manifests were written in.
  int attempt = 0;
  Properties added_summary;  ///< What the files add, before totals.
};

/// Writes the manifest and the manifest list (both at once) and words the commit. The data files
/// need not be durable yet; they must be before the commit is sent. `files` have the table's
/// default spec unless their `spec_id` says otherwise (one manifest a spec). An empty `files` makes
/// a snapshot without a new manifest.
///
/// Cost: one read of the current manifest list and one PUT a manifest and one for the list.
///
/// Errors: kInvalidArgument/InvalidAppend (unknown spec, tuple of the wrong length, a delete file,
/// no such branch unless the table has no snapshot); those of the store; kDataCorruption from the
/// existing list.
Result<PreparedAppend> PrepareAppend(const Context& context, objects::ObjectStore& store,
                                     const TableMetadata& metadata, const StatementIds& ids,
                                     std::span<const DataFile> files,
                                     const AppendOptions& options = {});

/// Words the commit again on newer metadata: writes `snap-<snapshot id>-<attempt>-<commit
/// uuid>.avro` and nothing else.
///
/// Errors: as PrepareAppend; kAlreadyExists/AlreadyCommitted when the snapshot is in the table
/// after all;
/// kConflict/TableReplaced when the uuid changed, /SpecRemoved when a
/// file's spec is gone, /FormatVersionChanged when the table was upgraded from v1 (the manifest
/// would have to be rewritten).
Result<PreparedAppend> RebaseAppend(const Context& context, objects::ObjectStore& store,
                                    const TableMetadata& metadata, const PreparedAppend& previous);

}  // namespace firn::iceberg
