#include <algorithm>

#include "engine/catalog/catalog_registry.h"
#include "engine/catalog/external_catalog.h"
#include "engine/catalog/journal_recovery_internal.h"
#include "engine/catalog/limits.h"
#include "lake/objects/object_upload.h"

namespace firn::catalog {
namespace {

std::string Shown(const JournaledWrite& write) {
  return "write " + write.id + " to " + write.place.catalog + "." + write.place.database + "." +
         write.place.table;
}

/// Errors that another try may not meet.
bool MayPass(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kCancelled:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kResourceExhausted: return true;
    default: return false;
  }
}

/// One entry on its way to its end.
class Recovery {
 public:
  Recovery(const Context& context, WriteJournal& journal, const CatalogRegistry& catalogs,
           const std::function<void(const std::string&)>& log)
      : context_(context), journal_(journal), catalogs_(catalogs), log_(log) {}

  /// True when the entry has ended.
  bool Run(const JournaledWrite& write) {
    const auto catalog = catalogs_.Find(write.place.catalog);
    if (!catalog) return Keep(write, "its catalog is not there: " + catalog.error().message());
    const auto table = (*catalog)->LoadTable(context_, write.place.database, write.place.table);
    if (!table && table.error().code() == ErrorCode::kNotFound) {
      return End(write, "its table is gone");
    }
    if (!table) return Keep(write, table.error().message());
    if (table->metadata->table_uuid != write.place.table_uuid) {
      return End(write, "its table was replaced by another of the same name");
    }
    if (write.state == WriteState::kPlanned || write.state == WriteState::kRejected) {
      return DeleteFiles(write, *table->store);
    }
    if (!write.sent) return Keep(write, "the journal does not tell what was sent");
    return LookUp(write, *table);
  }

 private:
  bool LookUp(const JournaledWrite& write, const LoadedTable& table) {
    const std::string snapshot = "snapshot " + std::to_string(write.sent->snapshot_id);
    if (table.metadata->FindSnapshot(write.sent->snapshot_id) != nullptr) {
      return End(write, "it was committed: the table has " + snapshot);
    }
    if (IsSurelyNotCommitted(*table.metadata, *write.sent)) {
      if (!journal_.RecordState(write.id, WriteState::kRejected)) return false;
      return DeleteFiles(write, *table.store);
    }
    if (write.state != WriteState::kUnknown) {
      if (!journal_.RecordState(write.id, WriteState::kUnknown)) return false;
      log_(Shown(write) + ": commit state unknown, " + snapshot + "; no file is removed");
    }
    return Keep(write, "the table does not have " + snapshot +
                           ", but the commit that was sent may still be applied");
  }

  bool DeleteFiles(const JournaledWrite& write, objects::ObjectStore& store) {
    std::size_t deleted = 0;
    for (const std::string& url : write.files) {
      // A store that does not list uploads keeps their parts until its own rules remove them.
      const Status aborted = objects::AbortUploads(context_, store, url);
      if (!aborted && MayPass(aborted.error())) return Keep(write, aborted.error().message());
      const Status gone = store.Delete(context_, url);
      if (!gone && MayPass(gone.error())) return Keep(write, gone.error().message());
      if (!gone) {
        return End(write,
                   "it was not committed, and its files are left to the catalog's own "
                   "removal: " +
                       gone.error().message());
      }
      if (!journal_.RecordDeleted(write.id, url)) return false;
      ++deleted;
    }
    return End(write,
               "it was not committed; its " + std::to_string(deleted) + " files are removed");
  }

  bool Keep(const JournaledWrite& write, std::string note) {
    journal_.SetNote(write.id, std::move(note));
    return false;
  }

  bool End(const JournaledWrite& write, const std::string& why) {
    if (!journal_.RecordEnd(write.id)) return false;
    log_(Shown(write) + ": " + why);
    return true;
  }

  const Context& context_;
  WriteJournal& journal_;
  const CatalogRegistry& catalogs_;
  const std::function<void(const std::string&)>& log_;
};

}  // namespace

bool IsSurelyNotCommitted(const iceberg::TableMetadata& metadata, const SentCommit& commit) {
  const std::string id = std::to_string(commit.snapshot_id);
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    if (snapshot.snapshot_id == commit.snapshot_id) return false;
    // A cherry-pick of it has its files.
    const auto source = snapshot.summary.find("source-snapshot-id");
    if (source != snapshot.summary.end() && source->second == id) return false;
  }
  const auto ref = metadata.refs.find(commit.branch);
  if (ref == metadata.refs.end()) return false;
  const iceberg::Snapshot* at = metadata.FindSnapshot(ref->second.snapshot_id);
  // The request asserts the branch's head as it was: while that is the head, it may come yet.
  while (at != nullptr && at->snapshot_id != commit.base_snapshot_id) {
    if (at->parent_snapshot_id == commit.base_snapshot_id) return true;
    if (!at->parent_snapshot_id) return false;
    at = metadata.FindSnapshot(*at->parent_snapshot_id);
  }
  return false;
}

std::size_t RecoverWrites(const Context& context, WriteJournal& journal,
                          const CatalogRegistry& catalogs,
                          const std::function<void(const std::string&)>& log) {
  Recovery recovery(context, journal, catalogs, log);
  std::size_t left = 0;
  for (const JournaledWrite& write : journal.List()) {
    if (write.is_running) continue;
    if (!context.Check() || !recovery.Run(write)) ++left;
  }
  return left;
}

JournalRecovery::JournalRecovery(std::shared_ptr<WriteJournal> journal,
                                 const CatalogRegistry& catalogs, const Clock& clock,
                                 std::function<void(const std::string&)> log)
    : journal_(std::move(journal)),
      catalogs_(catalogs),
      clock_(clock),
      log_(std::move(log)),
      pool_("recovery", 1) {
  FIRN_CHECK(pool_.TrySubmit([this] { Run(); }));
}

JournalRecovery::~JournalRecovery() {
  stop_.request_stop();
  wake_.NotifyAll();
  pool_.Shutdown();
}

void JournalRecovery::Run() {
  while (!stop_.stop_requested()) {
    const Context context =
        Context("recovery", clock_).WithStopToken(stop_.get_token()).WithTimeout(kRecoveryTimeout);
    RecoverWrites(context, *journal_, catalogs_, log_);
    MutexLock lock(mutex_);
    if (!stop_.stop_requested()) wake_.WaitFor(mutex_, kRecoveryInterval);
  }
}

}  // namespace firn::catalog
