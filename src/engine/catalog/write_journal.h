#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/append_file.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "lake/objects/object_store.h"

/// What this engine's writing statements have put and not yet brought to an end. It outlives the
/// process: after a crash the journal tells which files are nobody's and which commits nobody heard
/// of.
///
///   planned ──► sent ──► (committed: no entry any more)
///      │         ├─────► rejected ──► files deleted: no entry any more
///      │         └─────► unknown ───► looked up, now or after a restart (journal_recovery.h)
///      └─ the statement failed ──► rejected
///
/// Reading order: WriteState, JournaledWrite, StatementWrites, WriteJournal.
///
/// On disk: `<folder>/writes.journal`, one JSON object a line, written before what it tells of:
/// a file before its PUT (survives kill -9), a commit before its POST (fsynced, since a commit that
/// is not known must never look like one that was not sent). What has ended is left out when the
/// file is written anew, at every start and each kJournalBytesMax.

namespace firn::catalog {

enum class WriteState {
  kPlanned,   ///< Files were or will be put; no commit was sent.
  kSent,      ///< A commit was sent and its outcome not recorded.
  kUnknown,   ///< The catalog did not tell.
  kRejected,  ///< Surely not committed; files may be left.
};
/// PLANNED, SENT, UNKNOWN, REJECTED.
std::string_view WriteStateText(WriteState state);

/// The table that a statement writes to.
struct WritePlace {
  std::string catalog;
  std::string database;
  std::string table;
  std::string table_uuid;
};

/// The commit that a statement's files were sent with, last.
struct SentCommit {
  std::string branch;
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> base_snapshot_id;  ///< The branch's head that the request asserts.
};

struct JournaledWrite {
  std::string id;
  WritePlace place;
  std::int64_t begun_ms = 0;
  WriteState state = WriteState::kPlanned;
  std::optional<SentCommit> sent;
  std::set<std::string> files;  ///< URLs planned and not deleted.
  bool is_running = false;      ///< A statement of this process is at it.
  std::string note;             ///< What recovery found, for people.
};

class StatementWrites;

/// Thread-safe. Outlives its StatementWrites.
class WriteJournal : public std::enable_shared_from_this<WriteJournal> {
 public:
  /// Reads what was left. A torn last line is the crash's own and is dropped.
  /// Errors: kUnavailable/WriteFailed, /ReadFailed; kDataCorruption/BadJournal.
  static Result<std::shared_ptr<WriteJournal>> Open(const std::filesystem::path& folder,
                                                    const Clock& clock, Random& random);

  /// A statement begins to write. Nothing is recorded before its first file.
  std::shared_ptr<StatementWrites> Begin(WritePlace place,
                                         std::shared_ptr<objects::ObjectStore> store);

  /// Every entry, oldest first.
  std::vector<JournaledWrite> List() const;

  // For recovery, on entries of nobody.
  Status RecordState(const std::string& id, WriteState state);
  /// The file is gone.
  Status RecordDeleted(const std::string& id, const std::string& url);
  Status RecordEnd(const std::string& id);
  void SetNote(const std::string& id, std::string note);

 private:
  friend class StatementWrites;
  friend class JournaledStore;

  WriteJournal(std::filesystem::path folder, const Clock& clock, Random& random)
      : folder_(std::move(folder)), clock_(clock), random_(random) {}

  Status Load();
  Status Rewrite() FIRN_REQUIRES(mutex_);
  Status Append(const std::string& line) FIRN_REQUIRES(mutex_);
  Status RecordFile(const StatementWrites& writes, const std::string& url);
  Status RecordSent(std::span<const std::shared_ptr<StatementWrites>> writes,
                    const SentCommit& commit);
  bool HasFile(const std::string& id, const std::string& url) const;
  void Leave(const std::string& id);

  // Constant after construction.
  const std::filesystem::path folder_;
  const Clock& clock_;
  Random& random_;

  mutable Mutex mutex_;
  std::unique_ptr<AppendFile> file_ FIRN_GUARDED_BY(mutex_);
  std::size_t file_bytes_ FIRN_GUARDED_BY(mutex_) = 0;
  std::map<std::string, JournaledWrite> writes_ FIRN_GUARDED_BY(mutex_);  ///< By id; ids grow.
};

/// One statement's entry. Shared by the statement and its commit; when the last lets go, an entry
/// that is not committed, not unknown and has no files ends, and others are recovery's.
/// Thread-safe.
class StatementWrites : public std::enable_shared_from_this<StatementWrites> {
 public:
  ~StatementWrites();

  const std::string& id() const { return id_; }
  /// The table's store; whatever is put through it is recorded first.
  std::shared_ptr<objects::ObjectStore> store();
  const std::shared_ptr<objects::ObjectStore>& bare_store() const { return store_; }

  /// The commit of all these statements (null entries are none) goes out next: durable when it
  /// returns. Errors: of the disk; the commit must not be sent then.
  static Status RecordSent(std::span<const std::shared_ptr<StatementWrites>> writes,
                           const SentCommit& commit);

  /// Whether this statement has put that object and not deleted it: others' files, which it may add
  /// to the table as well, are never its own to delete.
  bool HasPut(const std::string& url) const { return journal_->HasFile(id_, url); }

  /// Its files are in the table.
  void Committed();
  void Rejected();
  void Unknown();

 private:
  friend class WriteJournal;
  friend class JournaledStore;

  StatementWrites(std::shared_ptr<WriteJournal> journal, std::string id, WritePlace place,
                  std::shared_ptr<objects::ObjectStore> store)
      : journal_(std::move(journal)),
        id_(std::move(id)),
        place_(std::move(place)),
        store_(std::move(store)) {}

  // Constant after construction.
  const std::shared_ptr<WriteJournal> journal_;
  const std::string id_;
  const WritePlace place_;
  const std::shared_ptr<objects::ObjectStore> store_;
};

}  // namespace firn::catalog
