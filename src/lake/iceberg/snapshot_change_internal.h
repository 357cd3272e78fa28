#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/objects/pending_puts.h"

namespace firn::objects {
class ObjectStore;
}

/// The parts of a change: PUTs in flight, manifests read and written, conflicts looked for.

namespace firn::iceberg {

/// Least sequence number of a manifest all whose entries take the commit's.
inline constexpr std::int64_t kSequenceNumberToCome = -1;

/// Reads and writes manifests for one attempt. Owned by one PrepareChange or RebaseChange; borrows
/// all it is given.
class ManifestWorkshop {
 public:
  ManifestWorkshop(const Context& context, objects::ObjectStore& store,
                   const TableMetadata& metadata, objects::PendingPuts& puts, PreparedChange& prepared)
      : context_(context), store_(store), metadata_(metadata), puts_(puts), prepared_(prepared) {}

  const Context& context() const { return context_; }
  const TableMetadata& metadata() const { return metadata_; }

  /// Errors: kDataCorruption/InvalidManifest for a manifest of an unknown spec.
  Result<Manifest> Read(const ManifestFile& listed);
  /// Fills in counts that the list did not tell. Reads the manifest if it must; the same errors.
  Status Count(ManifestFile& listed);
  /// Starts the PUT. The least sequence number is kSequenceNumberToCome when no entry has one; the
  /// manifest's `added_snapshot_id` is the statement's.
  Result<ManifestFile> Write(std::int32_t spec_id, ManifestContent content,
                             std::span<const ManifestEntry> entries);
  /// The struct that partition tuples of the spec have, typed by the newest schema that has its
  /// sources. REQUIRES: the spec exists.
  std::vector<NestedField> FieldsOf(const PartitionSpec& spec) const;
  const Schema& SchemaFor(const PartitionSpec& spec) const;

 private:
  const Context& context_;
  objects::ObjectStore& store_;
  const TableMetadata& metadata_;
  objects::PendingPuts& puts_;
  PreparedChange& prepared_;
};

/// Takes the change's removed files out of the manifests, in place. Errors: kConflict/FilesGone.
Status RemoveFiles(ManifestWorkshop& workshop, PreparedChange& prepared,
                   std::vector<ManifestFile>& manifests);

/// Merges small manifests of one spec and kind, in place, as the table's `commit.manifest*`
/// properties ask.
Status MergeManifests(ManifestWorkshop& workshop, PreparedChange& prepared,
                      std::vector<ManifestFile>& manifests);

/// Errors: kConflict/ConflictingFiles.
Status CheckConflicts(ManifestWorkshop& workshop, const SnapshotChange& change,
                      const Snapshot* head, std::span<const ManifestFile> manifests);

/// What the change adds and removes, before totals (spec, appendix F, "Snapshot summary").
Properties SummarizeChange(const TableMetadata& metadata, const PreparedChange& prepared);

/// Tells delete files apart: two deletion vectors may share one Puffin file.
std::string FileKey(const DataFile& file);

}  // namespace firn::iceberg
