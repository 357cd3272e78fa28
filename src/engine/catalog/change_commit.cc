#include <algorithm>

#include "engine/catalog/change_commit_internal.h"
#include "engine/catalog/limits.h"
#include "engine/catalog/write_journal.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/objects/pending_puts.h"

namespace firn::catalog {
namespace {

using Metadata = std::shared_ptr<const iceberg::TableMetadata>;

iceberg_rest::CommitTableRequest RequestOf(const iceberg::PreparedChange& prepared) {
  iceberg_rest::CommitTableRequest request;
  for (const auto& requirement : prepared.requirements)
    request.requirements.push_back(ToJson(requirement));
  for (const auto& update : prepared.updates) request.updates.push_back(ToJson(update));
  return request;
}

/// One change on its way. Lives for one CommitFiles.
class ChangeRun {
 public:
  ChangeRun(const Context& context, ChangeTarget& target, objects::ObjectStore& store,
            iceberg::SnapshotChange change, const CommitEnvironment& environment,
            WritingStatements writes, SharedFailure* shared)
      : context_(context),
        // A commit that was sent is waited for, whoever cancels: asking what became of it costs
        // more.
        patient_(Context(context.request_id(), context.clock())),
        target_(target),
        store_(store),
        change_(std::move(change)),
        environment_(environment),
        writes_(std::move(writes)),
        shared_(shared),
        ids_(iceberg::NewStatementIds(environment.random)) {}

  Result<CommittedChange> Run(Metadata base);

 private:
  /// Nothing: send again.
  using Step = Result<std::optional<CommittedChange>>;
  enum class Resolution { kCommitted, kMovedOn, kUnresolved };

  Status Start(Metadata base);
  Status Prepare(const iceberg::TableMetadata& metadata);
  Status MakePrepared(const iceberg::TableMetadata& metadata);
  Status WaitForData();
  Step Send();
  Step AfterNotSent(const CommitAnswer& answer);
  Step AfterConflict(const CommitAnswer& answer);  // Rule 4.
  Step AfterUnknown(const CommitAnswer& answer);   // Rule 3.
  Resolution Resolve();
  Step Rebase();
  bool IsMine(const iceberg::TableMetadata& metadata) const {
    return iceberg::SnapshotIsAncestorOrCurrent(metadata, ids_.snapshot_id, change_.branch);
  }
  std::optional<std::int64_t> HeadOf(const iceberg::TableMetadata& metadata) const {
    const auto found = metadata.refs.find(change_.branch);
    if (found == metadata.refs.end()) return std::nullopt;
    return found->second.snapshot_id;
  }
  CommittedChange Success() const;
  Result<CommittedChange> Commit(Metadata base);
  void RecordOutcome(const Result<CommittedChange>& outcome);
  iceberg::SnapshotChange OwnFiles() const;
  void DeleteWhatWasWritten();

  // Constant after construction.
  const Context& context_;
  const Context patient_;
  ChangeTarget& target_;
  objects::ObjectStore& store_;
  const iceberg::SnapshotChange change_;
  const CommitEnvironment& environment_;
  const WritingStatements writes_;
  SharedFailure* const shared_;
  const iceberg::StatementIds ids_;  // Rule 1.

  std::optional<CommitQueue::Turn> turn_;
  Metadata metadata_;  // What prepared_ stands on.
  Metadata after_;     // The table with our snapshot in it.
  std::optional<iceberg::PreparedChange> prepared_;
  std::string idempotency_key_;
  int sends_ = 0;
  int sends_that_did_not_leave_ = 0;
  bool ever_unknown_ = false;
};

Result<CommittedChange> ChangeRun::Run(Metadata base) {
  Result<CommittedChange> outcome = Commit(std::move(base));
  RecordOutcome(outcome);
  // Rules 3 and 5: once unknown, the files may be in the table after all.
  if (!outcome && !ever_unknown_) DeleteWhatWasWritten();
  return outcome;
}

Result<CommittedChange> ChangeRun::Commit(Metadata base) {
  FIRN_TRY(Start(std::move(base)));
  while (true) {
    FIRN_ASSIGN_OR_RETURN(std::optional<CommittedChange> committed, Send());
    if (committed) return *std::move(committed);
  }
}

/// What was ever unknown stays so for the journal: recovery looks once more.
void ChangeRun::RecordOutcome(const Result<CommittedChange>& outcome) {
  for (const auto& writes : writes_) {
    if (writes == nullptr) continue;
    if (outcome) {
      writes->Committed();
    } else if (ever_unknown_) {
      writes->Unknown();
    } else {
      writes->Rejected();
    }
  }
}

/// Data files were on their way while the manifests were made.
Status ChangeRun::WaitForData() {
  for (const auto& puts : change_.pending) {
    if (puts != nullptr) FIRN_TRY(puts->Wait());
  }
  return Ok();
}

Status ChangeRun::Start(Metadata base) {
  FIRN_ASSIGN_OR_RETURN(CommitQueue::Turn turn, target_.WaitForTurn(context_));
  turn_.emplace(std::move(turn));
  metadata_ = target_.Newest(std::move(base));
  FIRN_TRY(Prepare(*metadata_));
  return context_.Check();
}

Status ChangeRun::Prepare(const iceberg::TableMetadata& metadata) {
  Status prepared = MakePrepared(metadata);
  if (prepared && sends_ == 0) prepared = WaitForData();
  if (!prepared && shared_ != nullptr) shared_->may_be_a_members_own = !ever_unknown_;
  return prepared;
}

Status ChangeRun::MakePrepared(const iceberg::TableMetadata& metadata) {
  idempotency_key_ = NewUuidV7(environment_.random, MillisSinceEpoch(context_.clock().Now()));
  const iceberg::Snapshot* head = nullptr;
  if (const auto id = HeadOf(metadata)) head = metadata.FindSnapshot(*id);
  std::shared_ptr<const iceberg::ManifestListing> known;
  if (head != nullptr) known = target_.KnownListing(head->manifest_list);
  if (prepared_) {
    FIRN_ASSIGN_OR_RETURN(prepared_, iceberg::RebaseChange(context_, store_, metadata, *prepared_,
                                                           known.get()));
    return Ok();
  }
  iceberg::SnapshotChange change = change_;
  change.summary_extras.insert(
      {{"engine-name", "firn"}, {"engine-version", environment_.engine_version}});
  FIRN_ASSIGN_OR_RETURN(prepared_,
                        iceberg::PrepareChange(context_, store_, metadata, ids_, std::move(change),
                                               known.get()));
  return Ok();
}

ChangeRun::Step ChangeRun::Send() {
  FIRN_TRY(StatementWrites::RecordSent(writes_, {.branch = change_.branch,
                                                 .snapshot_id = ids_.snapshot_id,
                                                 .base_snapshot_id = HeadOf(*metadata_)}));
  ++sends_;
  const CommitAnswer answer =
      target_.Send(patient_.WithTimeout(kCommitTimeout), RequestOf(*prepared_), idempotency_key_);
  switch (answer.outcome) {
    case CommitOutcome::kApplied: {
      auto parsed = iceberg::ParseTableMetadata(answer.response->metadata);
      // Paired check: what the server says it made must hold our snapshot.
      if (!parsed || !IsMine(*parsed)) return AfterUnknown(answer);
      after_ = std::make_shared<const iceberg::TableMetadata>(*std::move(parsed));
      target_.Remember(answer, after_, prepared_->listing);
      return std::optional(Success());
    }
    case CommitOutcome::kNotSent: return AfterNotSent(answer);
    case CommitOutcome::kConflict: return AfterConflict(answer);
    case CommitOutcome::kRefused: return *answer.error;
    case CommitOutcome::kUnknown: return AfterUnknown(answer);
  }
  return Internal("UnknownOutcome", "a commit had no outcome");
}

ChangeRun::Step ChangeRun::AfterNotSent(const CommitAnswer& answer) {
  if (++sends_that_did_not_leave_ >= kRequestAttemptsMax) return *answer.error;
  FIRN_TRY(context_.Sleep(JitteredWait(environment_.random, sends_that_did_not_leave_)));
  return std::optional<CommittedChange>();
}

ChangeRun::Step ChangeRun::AfterConflict(const CommitAnswer& answer) {
  if (sends_ >= kCommitAttemptsMax) return *answer.error;
  // The first conflict only tells that the base was old; those after it, that others are at work.
  if (sends_ > 1) FIRN_TRY(context_.Sleep(JitteredWait(environment_.random, sends_ - 1)));
  return Rebase();
}

ChangeRun::Step ChangeRun::AfterUnknown(const CommitAnswer& answer) {
  ever_unknown_ = true;
  if (shared_ != nullptr) shared_->may_be_applied = true;
  turn_.reset();  // Others may go on meanwhile: their commits tell what became of ours.
  switch (Resolve()) {
    case Resolution::kCommitted: return std::optional(Success());
    case Resolution::kMovedOn: break;
    case Resolution::kUnresolved:
      return CommitStateUnknown(
          "CommitStateUnknown",
          "Commit state unknown, snapshot " + std::to_string(ids_.snapshot_id) +
              ": the catalog did not tell whether it was applied (" +
              (answer.error ? answer.error->message() : "its answer does not hold the snapshot") +
              "). No file was removed\nhint: before you run the statement again, look whether the "
              "table has that "
              "snapshot");
  }
  if (sends_ >= kCommitAttemptsMax) {
    return Conflict("CommitFailed",
                    "The commit was tried " + std::to_string(sends_) + " times and is not applied");
  }
  FIRN_ASSIGN_OR_RETURN(CommitQueue::Turn turn, target_.WaitForTurn(context_));
  turn_.emplace(std::move(turn));
  return Rebase();
}

ChangeRun::Step ChangeRun::Rebase() {
  FIRN_ASSIGN_OR_RETURN(metadata_, target_.Reload(context_));
  if (IsMine(*metadata_)) {
    after_ = metadata_;
    return std::optional(Success());
  }
  FIRN_TRY(Prepare(*metadata_));
  return std::optional<CommittedChange>();
}

ChangeRun::Resolution ChangeRun::Resolve() {
  const Context looking = patient_.WithTimeout(kResolveTimeout);
  for (int attempt = 1;; ++attempt) {
    const auto reloaded = target_.Reload(looking);
    if (reloaded) {
      if (IsMine(**reloaded)) {
        after_ = *reloaded;
        return Resolution::kCommitted;
      }
      // Our request asserts the branch's head as it was: once that is elsewhere it cannot apply any
      // more.
      if (HeadOf(**reloaded) != HeadOf(*metadata_)) return Resolution::kMovedOn;
    } else if (reloaded.error().code() == ErrorCode::kNotFound) {
      return Resolution::kMovedOn;  // The table is gone, and our commit with it.
    }
    if (!looking.Sleep(kRetryWaitFirst + JitteredWait(environment_.random, attempt))) {
      return Resolution::kUnresolved;
    }
  }
}

CommittedChange ChangeRun::Success() const {
  return {.snapshot_id = ids_.snapshot_id,
          .row_count = AddedRows(change_),
          .attempt_count = sends_,
          .metadata = after_};
}

/// Rule 5: add_files and a cherry-pick add files that were there before, and are somebody else's.
iceberg::SnapshotChange ChangeRun::OwnFiles() const {
  iceberg::SnapshotChange own{.pending = change_.pending};
  for (const iceberg::DataFile& file : change_.added) {
    const bool is_own = std::ranges::all_of(writes_, [&](const auto& writes) {
      return writes == nullptr || writes->HasPut(file.file_path);
    });
    if (is_own) own.added.push_back(file);
  }
  return own;
}

void ChangeRun::DeleteWhatWasWritten() {
  if (shared_ == nullptr) DeleteAddedFiles(patient_, store_, OwnFiles());
  if (!prepared_) return;
  const Context cleaning = patient_.WithTimeout(kRequestTimeout);
  for (const std::string& path : prepared_->written_paths) {
    if (!store_.Delete(cleaning, path)) return;
  }
}

}  // namespace

std::uint64_t AddedRows(const iceberg::SnapshotChange& change) {
  std::uint64_t count = 0;
  for (const iceberg::DataFile& file : change.added) {
    if (file.content != iceberg::FileContent::kData) continue;
    count += static_cast<std::uint64_t>(std::max<std::int64_t>(file.record_count, 0));
  }
  return count;
}

void DeleteAddedFiles(const Context& context, objects::ObjectStore& store,
                      const iceberg::SnapshotChange& change) {
  const Context cleaning =
      Context(context.request_id(), context.clock()).WithTimeout(kRequestTimeout);
  for (const auto& puts : change.pending) {
    // What is in flight must not appear after it was deleted; that it failed is known already.
    if (puts != nullptr) static_cast<void>(puts->Wait());
  }
  for (const iceberg::DataFile& file : change.added) {
    // Best effort. Table buckets refuse: there the leftovers are the service's to remove.
    if (!store.Delete(cleaning, file.file_path)) return;
  }
}

Result<CommittedChange> CommitFiles(const Context& context, ChangeTarget& target,
                                    objects::ObjectStore& store, Metadata base,
                                    iceberg::SnapshotChange change,
                                    const CommitEnvironment& environment,
                                    WritingStatements writes, SharedFailure* shared) {
  return ChangeRun(context, target, store, std::move(change), environment, std::move(writes),
                   shared)
      .Run(std::move(base));
}

}  // namespace firn::catalog
