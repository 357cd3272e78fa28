#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "engine/catalog/change_commit_internal.h"
#include "engine/catalog/external_catalog.h"
#include "lake/iceberg/snapshot_change.h"

/// Group commit: statements that append to one branch of one table at the same time share a
/// snapshot.
///
///   statement ──► waits ──► nobody commits? ── I am the first: take all that wait, commit them
///                   ▲             │                       │
///                   └── somebody ─┘        each gets the snapshot and its own count of rows
///
/// While one snapshot is on its way the statements that come meanwhile gather for the next: the
/// more come, the more a commit carries, and nobody waits for company.

namespace firn::catalog {

/// Thread-safe. Outlives its callers.
class SharedAppends {
 public:
  /// Commits the changes of several statements as one.
  using CommitFunction = std::function<Result<CommittedChange>(
      const Context&, iceberg::SnapshotChange, WritingStatements, SharedFailure&)>;

  /// Plain appends, which rest on nothing that others may take away.
  static bool CanShare(const iceberg::SnapshotChange& change);

  /// Commits `change` with others of the same `key` (table, its uuid, branch). `commit` is called
  /// on the thread of one of them.
  ///
  /// nullopt: not committed, since what was shared could not be committed; the statement is to try
  /// by itself. Errors: as CommitFiles, with its three outcomes for each statement; kCancelled and
  /// kDeadlineExceeded from `context` while it waits, never once its change is on its way. The
  /// change's files are deleted when it is surely not committed.
  Result<std::optional<CommittedChange>> Commit(const Context& context, const std::string& key,
                                                const iceberg::SnapshotChange& change,
                                                objects::ObjectStore& store,
                                                const std::shared_ptr<StatementWrites>& writes,
                                                const CommitFunction& commit);

 private:
  struct Member {
    const iceberg::SnapshotChange& change;
    const std::shared_ptr<StatementWrites>& writes;
    bool is_taken = false;
    bool is_done = false;
    std::optional<Result<CommittedChange>> outcome;  // None: by itself.
    bool may_be_applied = false;
  };
  struct Line {
    bool is_committing = false;
    std::deque<Member*> waiting;
    std::size_t holders = 0;
    CondVar wake;
  };

  std::vector<Member*> Take(Line& line) FIRN_REQUIRES(mutex_);
  void Lead(const Context& context, Line& line, const CommitFunction& commit) FIRN_REQUIRES(mutex_);
  Status Wait(const Context& context, Line& line, Member& member, const CommitFunction& commit)
      FIRN_REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::string, std::unique_ptr<Line>> lines_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::catalog
