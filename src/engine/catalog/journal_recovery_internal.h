#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/context.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "engine/catalog/write_journal.h"
#include "lake/iceberg/table_metadata.h"

/// Brings to an end what the journal of writes was left with: by a crash, by a commit nobody heard
/// of, by files that could not be deleted at once.

namespace firn::catalog {

class CatalogRegistry;

/// True when the commit cannot be in the table any more nor come into it: the branch went on from
/// what it asserts, without it, and no snapshot was made of it.
bool IsSurelyNotCommitted(const iceberg::TableMetadata& metadata, const SentCommit& commit);

/// One round over the entries nobody is at. Returns how many are left.
///
/// Committed: the entry ends. Surely not: its files are deleted, then it ends; what the store
/// refuses to delete (table buckets) is left to the catalog's own removal. Unknown: nothing is
/// deleted, and the entry stays, with a note. A table that is gone ends its entries. `log` gets a
/// line for each entry that ends or becomes unknown.
std::size_t RecoverWrites(const Context& context, WriteJournal& journal,
                          const CatalogRegistry& catalogs,
                          const std::function<void(const std::string&)>& log);

/// Runs RecoverWrites every kRecoveryInterval on a thread of its own while there is anything to do.
class JournalRecovery {
 public:
  /// All outlive it.
  JournalRecovery(std::shared_ptr<WriteJournal> journal, const CatalogRegistry& catalogs,
                  const Clock& clock, std::function<void(const std::string&)> log);
  ~JournalRecovery();

 private:
  void Run();

  // Constant after construction.
  const std::shared_ptr<WriteJournal> journal_;
  const CatalogRegistry& catalogs_;
  const Clock& clock_;
  const std::function<void(const std::string&)> log_;
  std::stop_source stop_;

  Mutex mutex_;
  CondVar wake_;
  ThreadPool pool_;
};

}  // namespace firn::catalog
