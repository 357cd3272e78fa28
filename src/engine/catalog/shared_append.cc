#include <algorithm>
#include <chrono>

#include "engine/catalog/limits.h"
#include "engine/catalog/shared_append_internal.h"

namespace firn::catalog {
namespace {

/// Whether two changes may stand in one snapshot.
bool Fit(const iceberg::SnapshotChange& a, const iceberg::SnapshotChange& b) {
  return a.written_by == b.written_by && std::ranges::none_of(b.labels, [&](const auto& label) {
           return a.labels.contains(label.first);
         });
}

void Merge(iceberg::SnapshotChange& into, const iceberg::SnapshotChange& change) {
  into.added.insert(into.added.end(), change.added.begin(), change.added.end());
  into.pending.insert(into.pending.end(), change.pending.begin(), change.pending.end());
  into.labels.insert(change.labels.begin(), change.labels.end());
}

}  // namespace

bool SharedAppends::CanShare(const iceberg::SnapshotChange& change) {
  return change.operation == "append" && !change.added.empty() && !change.removes_anything() &&
         !change.check && !change.data_sequence_number && !change.merges_all_manifests &&
         change.summary_extras.empty();
}

Result<std::optional<CommittedChange>> SharedAppends::Commit(const Context& context,
                                                             const std::string& key,
                                                             const iceberg::SnapshotChange& change,
                                                             objects::ObjectStore& store, const std::shared_ptr<StatementWrites>& writes,
    const CommitFunction& commit) {
  Member member{.change = change, .writes = writes, .outcome = std::nullopt};
  Status waited = Ok();
  {
    MutexLock lock(mutex_);
    std::unique_ptr<Line>& slot = lines_[key];
    if (!slot) slot = std::make_unique<Line>();
    Line& line = *slot;  // Lives while it has holders.
    ++line.holders;
    line.waiting.push_back(&member);
    waited = Wait(context, line, member, commit);
    if (--line.holders == 0) lines_.erase(key);
  }
  if (!waited) {
    DeleteAddedFiles(context, store, change);
    return std::move(waited).error();
  }
  if (!member.outcome) return std::optional<CommittedChange>();
  if (!*member.outcome) {
    if (!member.may_be_applied) DeleteAddedFiles(context, store, change);
    return std::move(*member.outcome).error();
  }
  CommittedChange committed = **member.outcome;
  committed.row_count = AddedRows(change);
  return std::optional(std::move(committed));
}

Status SharedAppends::Wait(const Context& context, Line& line, Member& member,
                           const CommitFunction& commit) {
  while (!member.is_done) {
    if (!member.is_taken) {
      if (Status check = context.Check(); !check) {
        std::erase(line.waiting, &member);
        line.wake.NotifyAll();  // Another may be the first now.
        return check;
      }
      if (!line.is_committing && line.waiting.front() == &member) {
        Lead(context, line, commit);
        continue;
      }
    }
    // In slices, since a cancellation cannot wake the line.
    line.wake.WaitFor(mutex_, std::chrono::milliseconds(20));
  }
  return Ok();
}

std::vector<SharedAppends::Member*> SharedAppends::Take(Line& line) {
  std::vector<Member*> taken;
  iceberg::SnapshotChange together;
  std::size_t file_count = 0;
  std::erase_if(line.waiting, [&](Member* member) {
    const std::size_t files = member->change.added.size();
    const bool fits =
        taken.empty() || (taken.size() < kSharedStatementsMax &&
                          file_count + files <= kSharedFilesMax && Fit(together, member->change));
    if (!fits) return false;
    if (taken.empty()) together.written_by = member->change.written_by;
    together.labels.insert(member->change.labels.begin(), member->change.labels.end());
    file_count += files;
    member->is_taken = true;
    taken.push_back(member);
    return true;
  });
  return taken;
}

void SharedAppends::Lead(const Context& context, Line& line, const CommitFunction& commit) {
  const std::vector<Member*> taken = Take(line);
  line.is_committing = true;
  mutex_.Unlock();

  iceberg::SnapshotChange together = taken.front()->change;
  WritingStatements writes;
  for (const Member* member : taken) writes.push_back(member->writes);
  for (std::size_t i = 1; i < taken.size(); ++i) Merge(together, taken[i]->change);
  // What is shared does not end with the statement on whose thread it runs.
  const Context shared = Context(context.request_id(), context.clock());
  SharedFailure failure;
  const Result<CommittedChange> outcome =
      commit(taken.size() == 1 ? context : shared.WithTimeout(kSharedCommitTimeout),
             std::move(together), std::move(writes), failure);
  const bool apart = !outcome && taken.size() > 1 && failure.may_be_a_members_own;

  mutex_.Lock();
  line.is_committing = false;
  for (Member* member : taken) {
    if (!apart) member->outcome = outcome;
    member->may_be_applied = failure.may_be_applied;
    member->is_done = true;
  }
  line.wake.NotifyAll();
}

}  // namespace firn::catalog
