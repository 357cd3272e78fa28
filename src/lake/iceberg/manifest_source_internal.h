#pragma once

#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::objects {
class ObjectStore;
}

/// The manifests of a snapshot, wherever it lists them.

namespace firn::iceberg {

/// Reads the manifest list; for a v1 snapshot that names its manifests in the metadata, the head of
/// each of them (such rows have no counts and no summaries).
///
/// Errors: those of the store; kDataCorruption/InvalidManifestList, /InvalidAvro with the list's
/// path.
Result<std::vector<ManifestFile>> ReadSnapshotManifests(const Context& context,
                                                        objects::ObjectStore& store,
                                                        const Snapshot& snapshot);

/// `preferred`, or the newest schema of the table that still has the sources of the spec: partition
/// values of an old spec have the types that its columns had.
const Schema& SchemaForSpec(const TableMetadata& metadata, const PartitionSpec& spec,
                            const Schema& preferred);

}  // namespace firn::iceberg
