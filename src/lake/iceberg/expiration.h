#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"

namespace firn::objects {
class ObjectStore;
}

/// Which snapshots have outlived their use, and which files go with them (spec, "Snapshot
/// Retention Policy").

namespace firn::iceberg {

struct ExpirationOptions {
  std::int64_t now_ms = 0;
  /// Snapshots as old as this or older go, where no branch keeps them.
  std::int64_t older_than_ms = 0;
  /// Of every branch so many newest stay, whatever their age; at least 1.
  std::int32_t retain_last = 1;
  /// Expired whatever their age, unless a ref names them. Empty: by age.
  std::vector<std::int64_t> snapshot_ids;
};

struct Expiration {
  std::vector<std::int64_t> snapshot_ids;
  std::vector<std::string> ref_names;  ///< Branches and tags past their own age; never main.

  bool is_empty() const { return snapshot_ids.empty() && ref_names.empty(); }
  /// As a catalog is asked for it; refs first.
  std::vector<TableUpdate> Updates() const;
};

/// What goes at `options.now_ms`. A branch's own `min_snapshots_to_keep`, `max_snapshot_age_ms` and
/// `max_ref_age_ms` win over the options. Pure.
/// Errors: kInvalidArgument/SnapshotInUse when a snapshot named in the options is a ref's.
Result<Expiration> SelectExpired(const TableMetadata& metadata, const ExpirationOptions& options);

/// Files that only snapshots of `before` reach which `after` has no more.
struct UnreachableFiles {
  std::vector<std::string> data_files;
  std::vector<std::string> position_delete_files;
  std::vector<std::string> equality_delete_files;
  std::vector<std::string> manifests;
  std::vector<std::string> manifest_lists;
};

/// `before` and `after`: the same table around the commit that expired snapshots. Cost: every
/// manifest list, every manifest that only expired snapshots name, and, when such a one holds
/// files, every manifest that stays.
///
/// Errors: those of the store and of manifests: nothing may be deleted then.
Result<UnreachableFiles> FindUnreachable(const Context& context, objects::ObjectStore& store,
                                         const TableMetadata& before, const TableMetadata& after);

/// Every file that any snapshot of the table reaches, and its metadata files as far as the metadata
/// names them: what an orphan is not. Cost: every manifest.
Result<std::vector<std::string>> ReachableFiles(const Context& context,
                                                objects::ObjectStore& store,
                                                const TableMetadata& metadata);

}  // namespace firn::iceberg
