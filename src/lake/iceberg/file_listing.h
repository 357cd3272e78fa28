#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::objects {
class ObjectStore;
}

/// Every file that a snapshot names: what metadata tables show.

namespace firn::iceberg {

/// The rows of the snapshot's manifest list. Cost: one request. Errors: those of the store;
/// kDataCorruption/InvalidManifestList, /InvalidAvro.
Result<std::vector<ManifestFile>> ListManifests(const Context& context, objects::ObjectStore& store,
                                                const Snapshot& snapshot);

/// Hands every live entry, of rows and of deletes, to `take`: manifests in the list's order,
/// entries in theirs, with what they inherit filled in. An error of `take` ends it and comes back.
///
/// Cost: one request for the list and one a manifest, kManifestsInFlightMax at a time. Errors: also
/// kDataCorruption/InvalidManifest with the manifest's path.
Status ListFiles(const Context& context, objects::ObjectStore& store, const TableMetadata& metadata,
                 const Snapshot& snapshot,
                 const std::function<Status(const ManifestEntry& entry)>& take);

/// The newest schema that has all sources of the spec, the current one first; the current one when
/// none has.
const Schema& SchemaOfSpec(const TableMetadata& metadata, const PartitionSpec& spec);

/// The column of that id as the newest schema that has it knows it; null when none does. The
/// reserved columns of position delete files are found too.
const NestedField* FindAnyField(const TableMetadata& metadata, std::int32_t field_id);

}  // namespace firn::iceberg
