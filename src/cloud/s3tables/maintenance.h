#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/json.h"
#include "base/result.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3tables/table_store.h"

/// What S3 Tables does to tables by itself: which table is due for what, what became of it, and the
/// removal of files that nothing refers to. Compaction and expiry are an engine's work: this room
/// says what is to be done and keeps the outcome.
///
/// Reading order: MaintenancePace, DueTable, Maintenance.

namespace firn::s3tables {

enum class MaintenanceJob { kCompaction, kSnapshotManagement, kUnreferencedFileRemoval };
/// `icebergCompaction`: as the API names it.
std::string_view MaintenanceJobName(MaintenanceJob job);

enum class JobOutcome { kSuccessful, kFailed, kDisabled };

/// How often tables are looked at, and how long the configuration's hours and days last.
struct MaintenancePace {
  std::chrono::milliseconds interval{3'600'000};
  std::chrono::milliseconds hour{3'600'000};
};

struct CompactionWork {
  std::int64_t target_file_size_bytes = 0;
  std::string strategy;  ///< `binpack`, `sort` or `z-order`: `auto` is settled.
};
struct ExpiryWork {
  std::int64_t older_than_ms = 0;
  std::int32_t retain_last = 1;
};

/// A table whose turn it is. What is absent is not to be done: it is disabled, needless, or (see
/// `settled`) decided already.
struct DueTable {
  std::string region;
  std::string bucket_arn;
  std::string table_arn;
  std::string table_id;
  TablePlace place;
  std::string version_token;  ///< As the work was worded.
  std::optional<CompactionWork> compaction;
  std::optional<ExpiryWork> expiry;
  bool removal = false;
  std::chrono::milliseconds removal_age{0};    ///< Unreferenced and as old as this: marked.
  std::chrono::milliseconds removal_grace{0};  ///< Marked so long: deleted.
  struct Settled {
    MaintenanceJob job;
    JobOutcome outcome;
    std::string message;
  };
  std::vector<Settled> settled;
};

struct RemovalCounts {
  std::size_t marked = 0;
  std::size_t deleted = 0;
};

/// Over one region's tables. Thread-safe; one caller at a time works on a table. `store` must
/// outlive it.
class Maintenance {
 public:
  Maintenance(TableStore& store, MaintenancePace pace) : store_(store), pace_(pace) {}

  /// At most kMaintenanceTablesMax tables whose last turn (or creation) is an interval ago, those
  /// that waited longest first. A table whose configuration cannot be worked out is left out.
  /// Errors: those of the ledger.
  Result<std::vector<DueTable>> FindDue() const;

  /// `found_nothing`: a compaction that had nothing to do; the table is not asked again until it
  /// changes. Errors: those of the ledger.
  Status Record(const policy::Permit& permit, const DueTable& table, MaintenanceJob job,
                JobOutcome outcome, std::string_view message, bool found_nothing = false) const;

  /// Marks files that nothing of the table refers to and that are old enough, and deletes those
  /// that stay so over the grace: whoever began to read before a snapshot expired has that long to
  /// end. The table's metadata is read after the files were listed, so that what was committed
  /// meanwhile is known. Errors: those of the ledger, the vault and of manifests: nothing more is
  /// deleted then.
  Result<RemovalCounts> RemoveUnreferenced(const Context& context, const policy::Permit& permit,
                                           const DueTable& table) const;

 private:
  Result<std::optional<DueTable>> WorkOf(const ledger::TableRow& row, std::int64_t now_ms) const;

  // Constant after construction; the store has its own synchronisation.
  TableStore& store_;
  const MaintenancePace pace_;
};

/// The configuration of one type as it is stored, or AWS's default.
/// Errors: those of the ledger; kDataCorruption for a stored document that cannot be read.
Result<json::object> FindMaintenanceSetting(const TableStore& store, std::string_view owner_id,
                                            std::string_view type);
/// AWS's default of a type.
json::value DefaultMaintenance(std::string_view type);
/// GetTableMaintenanceJobStatus's `status`. Errors: as above.
Result<json::object> JobStatuses(const TableStore& store, const ledger::TableRow& table);

}  // namespace firn::s3tables
