#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/catalog/commit_queue.h"
#include "engine/catalog/external_catalog.h"
#include "engine/catalog/rest_calls_internal.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/objects/object_store.h"

/// The life of one append's commit.
///
///   prepare ──► send ──applied──────────────────────────► committed
///     ▲          │ ├──refused─────────────────────────────► not committed, files removed
///     │          │ └──unknown──► look ──found────────────► committed
///     │          │                │ └──60 s─────────────► unknown, nothing removed
///     │       conflict            └─main moved on─┐
///     │          ▼                                ▼
///     └──────  rebase  ◄── reload ── is it mine? ─┴── yes ► committed
///
/// Rules, cited below:
///  1. Snapshot id and commit uuid are fixed once and kept over retries; only the manifest list is
///     written again.
///  2. A request is sent once. 409, 400, 404, 401, 403 and 422 are definite; 5xx, 429, a lost or cut
///     answer and a token that expired on the way are unknown.
///  3. While unknown: reload until our snapshot is an ancestor of main (committed), or main has
///     moved on without it (then the request, which asserts main's old head, can no longer apply),
///     or kResolveTimeout is over. Nothing is deleted, then or later, once any send of this append
///     was unknown.
///  4. After a conflict: reload, ask first whether the snapshot is already ours (a proxy may have
///     sent twice), rebase, wait with full jitter, at most kCommitAttemptsMax sends.
///  5. Only what this append wrote is deleted, and only when it is surely not committed.

namespace firn::catalog {

/// What an append needs of its table. One append at a time calls it.
class AppendTarget {
 public:
  virtual ~AppendTarget() = default;

  /// Waits for this table's turn.
  virtual Result<CommitQueue::Turn> WaitForTurn(const Context& context) = 0;
  /// The newest metadata this process knows, at least as new as `base`. No request.
  virtual std::shared_ptr<const iceberg::TableMetadata> Newest(
      std::shared_ptr<const iceberg::TableMetadata> base) = 0;
  /// Asks the server.
  virtual Result<std::shared_ptr<const iceberg::TableMetadata>> Reload(const Context& context) = 0;
  virtual CommitAnswer Send(const Context& context, const iceberg_rest::CommitTableRequest& request,
                            std::string_view idempotency_key) = 0;
  /// The table's metadata after an applied commit.
  virtual void Remember(const CommitAnswer& answer,
                        std::shared_ptr<const iceberg::TableMetadata> metadata) = 0;
};

struct AppendEnvironment {
  Random& random;
  std::string engine_version;  ///< For the snapshot's summary.
};

/// Runs the machine above. `base` is the metadata the files were written for.
/// Errors: ExternalCatalog::CommitAppend's.
Result<CommittedAppend> CommitFiles(const Context& context, AppendTarget& target,
                                    objects::ObjectStore& store,
                                    std::shared_ptr<const iceberg::TableMetadata> base,
                                    std::span<const iceberg::DataFile> files,
                                    const AppendEnvironment& environment);

}  // namespace firn::catalog
