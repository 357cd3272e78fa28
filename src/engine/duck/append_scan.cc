#include <algorithm>

#include "engine/duck/limits.h"
#include "engine/duck/scan_internal.h"

namespace firn::duck {

Result<std::vector<const iceberg::Snapshot*>> FindAppends(const iceberg::TableMetadata& metadata,
                                                          const iceberg::Snapshot& snapshot,
                                                          std::int64_t after) {
  if (metadata.FindSnapshot(after) == nullptr) {
    return NotFound("NoSuchSnapshot",
                    "The table has no snapshot " + std::to_string(after) + "; it may have expired");
  }
  std::vector<const iceberg::Snapshot*> appends;
  std::size_t count = 0;
  const iceberg::Snapshot* at = &snapshot;
  while (at != nullptr && at->snapshot_id != after) {
    if (++count > kAppendSnapshotsMax) {
      return ResourceExhausted("TooManySnapshots", "There are more than " +
                                                       std::to_string(kAppendSnapshotsMax) +
                                                       " snapshots between; take a shorter range");
    }
    const auto operation = at->summary.find("operation");
    if (operation != at->summary.end() && operation->second == "append") {
      if (at->sequence_number == 0) {
        return Unsupported(
            "NoSequenceNumbers",
            "A table of format version 1 does not tell its appends apart; upgrade it "
            "to version 2");
      }
      appends.push_back(at);
    }
    at = at->parent_snapshot_id ? metadata.FindSnapshot(*at->parent_snapshot_id) : nullptr;
  }
  if (at == nullptr) {
    return InvalidArgument("NoAncestor", "Snapshot " + std::to_string(after) +
                                             " is no ancestor of snapshot " +
                                             std::to_string(snapshot.snapshot_id));
  }
  std::reverse(appends.begin(), appends.end());
  return appends;
}

}  // namespace firn::duck
