#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/catalog/commit_queue.h"
#include "engine/catalog/external_catalog.h"
#include "engine/catalog/rest_calls_internal.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/objects/object_store.h"

/// The life of one snapshot's commit.
///
///   prepare ──► send ──applied──────────────────────────► committed
///     ▲          │ ├──refused─────────────────────────────► not committed, files removed
///     │          │ └──unknown──► look ──found────────────► committed
///     │          │                │ └──60 s─────────────► unknown, nothing removed
///     │       conflict           └─branch moved on┐
///     │          ▼                                ▼
///     └──────  rebase  ◄── reload ── is it mine? ─┴── yes ► committed
///                └── what the statement read has changed ──► not committed, files removed
///
/// Rules, cited below:
///  1. Snapshot id and commit uuid are fixed once and kept over retries; of the
///     metadata only what changed is written again.
///  2. A request is sent once. 409, 400, 404, 401, 403 and 422 are definite; 5xx, 429, a lost or cut
///     answer and a token that expired on the way are unknown.
///  3. While unknown: reload until our snapshot is an ancestor of the branch (committed), or that has
///     moved on without it (then the request, which asserts its old head, can no longer apply),
///     or kResolveTimeout is over. Nothing is deleted, then or later, once any send of this change
///     was unknown.
///  4. After a conflict: reload, ask first whether the snapshot is already ours (a proxy may have
///     sent twice), rebase, wait with full jitter, at most kCommitAttemptsMax sends.
///  6. The journal of writes has the commit, durably, before it is sent, and its outcome after.
///  5. Only what this statement wrote is deleted, and only when it is surely not committed.

namespace firn::catalog {

/// What a commit needs of its table. One commit at a time calls it.
class ChangeTarget {
 public:
  virtual ~ChangeTarget() = default;

  /// Waits for this table's turn.
  virtual Result<CommitQueue::Turn> WaitForTurn(const Context& context) = 0;
  /// The newest metadata this process knows, at least as new as `base`. No request.
  virtual std::shared_ptr<const iceberg::TableMetadata> Newest(
      std::shared_ptr<const iceberg::TableMetadata> base) = 0;
  /// Asks the server.
  virtual Result<std::shared_ptr<const iceberg::TableMetadata>> Reload(const Context& context) = 0;
  virtual CommitAnswer Send(const Context& context, const iceberg_rest::CommitTableRequest& request,
                            std::string_view idempotency_key) = 0;
  /// The table's metadata after an applied commit, and the list of the snapshot it made.
  virtual void Remember(const CommitAnswer& answer,
                        std::shared_ptr<const iceberg::TableMetadata> metadata,
                        std::shared_ptr<const iceberg::ManifestListing> listing) = 0;
  /// The list of that path, when this process wrote or read it lately; null otherwise.
  virtual std::shared_ptr<const iceberg::ManifestListing> KnownListing(
      const std::string& path) = 0;
};

struct CommitEnvironment {
  Random& random;
  std::string engine_version;  ///< For the snapshot's summary.
};

/// Why a change that several statements share was not committed.
struct SharedFailure {
  /// Some send had no known outcome: nothing may be deleted.
  bool may_be_applied = false;
  /// It failed before it was sent, or surely unapplied, on what one of the statements brought: each
  /// may try by itself.
  bool may_be_a_members_own = false;
};

/// Whose files a commit carries; null: nobody's that is journaled.
using WritingStatements = std::vector<std::shared_ptr<StatementWrites>>;

/// Of data files, as statements report them.
std::uint64_t AddedRows(const iceberg::SnapshotChange& change);
/// Deletes what a change that is surely not committed would have added; waits for its PUTs first.
/// Best effort.
void DeleteAddedFiles(const Context& context, objects::ObjectStore& store,
                      const iceberg::SnapshotChange& change);

/// Runs the machine above; the journal of `writes` is told before each send and of the outcome. `base` is the metadata the change was made for. With `shared`, added
/// files stay where they are after an error, for the caller to delete.
/// Errors: ExternalCatalog::CommitChange's.
Result<CommittedChange> CommitFiles(const Context& context, ChangeTarget& target,
                                    objects::ObjectStore& store,
                                    std::shared_ptr<const iceberg::TableMetadata> base,
                                    iceberg::SnapshotChange change,
                                    const CommitEnvironment& environment,
                                    WritingStatements writes = {},
                                    SharedFailure* shared = nullptr);

/// Commits what `edit` makes of the newest metadata; asks it again after a conflict. An unknown
/// outcome is resolved by comparing the table with what the edit would have made of it.
/// Errors: ExternalCatalog::EditTable's.
Result<std::shared_ptr<const iceberg::TableMetadata>> CommitEdit(
    const Context& context, ChangeTarget& target,
    std::shared_ptr<const iceberg::TableMetadata> base, const MetadataEdit& edit,
    const CommitEnvironment& environment);

}  // namespace firn::catalog
