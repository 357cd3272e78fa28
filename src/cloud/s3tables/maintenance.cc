#include "cloud/s3tables/maintenance.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/encoding.h"
#include "cloud/s3tables/limits.h"
#include "lake/iceberg/expiration.h"

/// Which table is due for what, and what became of it. Removal is in unreferenced_files.cc.

namespace firn::s3tables {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kStatusKind = "maintenance-status";
constexpr auto kJobs =
    std::to_array<MaintenanceJob>({MaintenanceJob::kCompaction, MaintenanceJob::kSnapshotManagement,
                                   MaintenanceJob::kUnreferencedFileRemoval});

std::string_view OutcomeWord(JobOutcome outcome) {
  switch (outcome) {
    case JobOutcome::kSuccessful: return "Successful";
    case JobOutcome::kFailed: return "Failed";
    case JobOutcome::kDisabled: return "Disabled";
  }
  return "Failed";
}

Result<json::object> ParseKept(const std::string& text, std::string_view what) {
  const auto value = ParseJson(text);
  if (value && value->is_object()) return value->get_object();
  return DataCorruption("BadSetting", "the stored " + std::string(what) + " is no JSON object");
}

struct Setting {
  bool enabled = true;
  json::object settings;

  std::int64_t Number(std::string_view name) const {
    const auto value = FindInt64(settings, name);
    return value && *value ? **value : 0;
  }
};

/// What is set, over AWS's default.
Result<Setting> SettingOf(const TableStore& store, std::string_view owner_id,
                          std::string_view type) {
  Setting setting;
  for (const bool is_default : {true, false}) {
    json::object document;
    if (is_default) {
      document = DefaultMaintenance(type).get_object();
    } else {
      FIRN_ASSIGN_OR_RETURN(document, FindMaintenanceSetting(store, owner_id, type));
    }
    FIRN_ASSIGN_OR_RETURN(const auto status, FindString(document, "status"));
    if (status) setting.enabled = *status == "enabled";
    FIRN_ASSIGN_OR_RETURN(const json::object* settings, FindObject(document, "settings"));
    if (settings == nullptr) continue;
    FIRN_ASSIGN_OR_RETURN(const json::object* inner, FindObject(*settings, type));
    if (inner == nullptr) continue;
    for (const auto& [name, value] : *inner) setting.settings[name] = value;
  }
  return setting;
}

Result<json::object> FindStatus(const TableStore& store, std::string_view table_id) {
  FIRN_ASSIGN_OR_RETURN(const auto text, store.FindSetting(table_id, kStatusKind));
  if (!text) return json::object();
  return ParseKept(*text, kStatusKind);
}

std::int64_t LastTurnMs(const json::object& status, const ledger::TableRow& row) {
  std::int64_t last = MillisSinceEpoch(row.created_at);
  const auto kept = FindInt64(status, "lastTurnMs");
  if (kept && *kept) last = std::max(last, **kept);
  return last;
}

std::optional<std::int64_t> NumberProperty(const iceberg::Properties& properties,
                                           const std::string& key) {
  const auto found = properties.find(key);
  if (found == properties.end()) return std::nullopt;
  std::int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Retention of the table's own that is longer than the configured one: then S3 Tables expires
/// nothing (developer guide, "Considerations for snapshot management"). Empty: there is none.
std::string LongerRetention(const iceberg::TableMetadata& metadata, std::int64_t age_ms,
                            std::int64_t count) {
  const auto own_age = NumberProperty(metadata.properties, "history.expire.max-snapshot-age-ms");
  if (own_age && *own_age > age_ms) return "history.expire.max-snapshot-age-ms";
  const auto own_count =
      NumberProperty(metadata.properties, "history.expire.min-snapshots-to-keep");
  if (own_count && *own_count > count) return "history.expire.min-snapshots-to-keep";
  for (const auto& [name, ref] : metadata.refs) {
    if ((ref.max_snapshot_age_ms && *ref.max_snapshot_age_ms > age_ms) ||
        (ref.min_snapshots_to_keep && *ref.min_snapshots_to_keep > count)) {
      return "the retention of branch " + name;
    }
  }
  return "";
}

}  // namespace

std::string_view MaintenanceJobName(MaintenanceJob job) {
  switch (job) {
    case MaintenanceJob::kCompaction: return "icebergCompaction";
    case MaintenanceJob::kSnapshotManagement: return "icebergSnapshotManagement";
    case MaintenanceJob::kUnreferencedFileRemoval: return "icebergUnreferencedFileRemoval";
  }
  return "";
}

json::value DefaultMaintenance(std::string_view type) {
  if (type == "icebergCompaction") {
    return {
        {"status", "enabled"},
        {"settings", {{"icebergCompaction", {{"targetFileSizeMB", 512}, {"strategy", "auto"}}}}}};
  }
  if (type == "icebergSnapshotManagement") {
    return {{"status", "enabled"},
            {"settings",
             {{"icebergSnapshotManagement",
               {{"minSnapshotsToKeep", 1}, {"maxSnapshotAgeHours", 120}}}}}};
  }
  return {
      {"status", "enabled"},
      {"settings",
       {{"icebergUnreferencedFileRemoval", {{"unreferencedDays", 3}, {"nonCurrentDays", 10}}}}}};
}

Result<json::object> FindMaintenanceSetting(const TableStore& store, std::string_view owner_id,
                                            std::string_view type) {
  FIRN_ASSIGN_OR_RETURN(const auto text,
                        store.FindSetting(owner_id, "maintenance/" + std::string(type)));
  if (!text) return DefaultMaintenance(type).get_object();
  return ParseKept(*text, type);
}

Result<json::object> JobStatuses(const TableStore& store, const ledger::TableRow& table) {
  FIRN_ASSIGN_OR_RETURN(const json::object kept, FindStatus(store, table.table_id));
  json::object statuses;
  for (const MaintenanceJob job : kJobs) {
    const std::string_view name = MaintenanceJobName(job);
    FIRN_ASSIGN_OR_RETURN(const json::object* found, FindObject(kept, name));
    json::object shown = found == nullptr ? json::object{{"status", "Not_Yet_Run"}} : *found;
    const bool is_buckets = job == MaintenanceJob::kUnreferencedFileRemoval;
    FIRN_ASSIGN_OR_RETURN(const Setting setting,
                          SettingOf(store, is_buckets ? table.bucket_id : table.table_id, name));
    if (!setting.enabled) {
      shown["status"] = "Disabled";
      shown.erase("failureMessage");
    }
    statuses[name] = std::move(shown);
  }
  return statuses;
}

Result<std::optional<DueTable>> Maintenance::WorkOf(const ledger::TableRow& row,
                                                    std::int64_t now_ms) const {
  DueTable due{.region = row.region,
               .bucket_arn = store_.BucketArn(row.bucket_name),
               .table_arn = store_.TableArn(row),
               .table_id = row.table_id,
               .place = {row.bucket_name, row.namespace_name, row.name},
               .version_token = row.version_token,
               .compaction = {},
               .expiry = {},
               .settled = {}};
  FIRN_ASSIGN_OR_RETURN(const LoadedTable loaded, store_.LoadTable(due.place));
  FIRN_ASSIGN_OR_RETURN(const json::object status, FindStatus(store_, row.table_id));
  if (loaded.metadata == nullptr) return std::optional<DueTable>();
  const auto settle = [&](MaintenanceJob job, JobOutcome outcome, std::string message) {
    due.settled.push_back({job, outcome, std::move(message)});
  };

  FIRN_ASSIGN_OR_RETURN(const Setting compaction,
                        SettingOf(store_, row.table_id, "icebergCompaction"));
  FIRN_ASSIGN_OR_RETURN(const auto idle_at, FindString(status, "nothingToCompactAt"));
  if (!compaction.enabled) {
    settle(MaintenanceJob::kCompaction, JobOutcome::kDisabled, "");
  } else if (!loaded.metadata->current_snapshot_id || idle_at == row.version_token) {
    settle(MaintenanceJob::kCompaction, JobOutcome::kSuccessful, "");
  } else {
    FIRN_ASSIGN_OR_RETURN(const auto strategy, FindString(compaction.settings, "strategy"));
    std::string settled = strategy.value_or("auto");
    const bool is_sorted = !loaded.metadata->default_sort_order().fields.empty();
    if (settled == "auto") settled = is_sorted ? "sort" : "binpack";
    due.compaction =
        CompactionWork{.target_file_size_bytes = compaction.Number("targetFileSizeMB") << 20,
                       .strategy = std::move(settled)};
  }

  FIRN_ASSIGN_OR_RETURN(const Setting snapshots,
                        SettingOf(store_, row.table_id, "icebergSnapshotManagement"));
  const std::int64_t count = snapshots.Number("minSnapshotsToKeep");
  const std::int64_t age_ms = snapshots.Number("maxSnapshotAgeHours") * pace_.hour.count();
  const std::string longer =
      LongerRetention(*loaded.metadata, snapshots.Number("maxSnapshotAgeHours") * 3'600'000, count);
  if (!snapshots.enabled) {
    settle(MaintenanceJob::kSnapshotManagement, JobOutcome::kDisabled, "");
  } else if (!longer.empty()) {
    settle(MaintenanceJob::kSnapshotManagement, JobOutcome::kDisabled,
           "The table keeps snapshots longer than the configuration: " + longer);
  } else {
    due.expiry = ExpiryWork{.older_than_ms = now_ms - age_ms,
                            .retain_last = static_cast<std::int32_t>(count)};
    FIRN_ASSIGN_OR_RETURN(
        const auto expired,
        iceberg::SelectExpired(*loaded.metadata, {.now_ms = now_ms,
                                                  .older_than_ms = due.expiry->older_than_ms,
                                                  .retain_last = due.expiry->retain_last,
                                                  .snapshot_ids = {}}));
    // A compaction before it makes a snapshot more; the next turn sees to that one.
    if (expired.is_empty()) {
      due.expiry.reset();
      settle(MaintenanceJob::kSnapshotManagement, JobOutcome::kSuccessful, "");
    }
  }

  FIRN_ASSIGN_OR_RETURN(const Setting removal,
                        SettingOf(store_, row.bucket_id, "icebergUnreferencedFileRemoval"));
  due.removal = removal.enabled;
  if (!removal.enabled) {
    settle(MaintenanceJob::kUnreferencedFileRemoval, JobOutcome::kDisabled, "");
  }
  due.removal_age = pace_.hour * (24 * removal.Number("unreferencedDays"));
  due.removal_grace = pace_.hour * (24 * removal.Number("nonCurrentDays"));
  return std::optional(std::move(due));
}

Result<std::vector<DueTable>> Maintenance::FindDue() const {
  const std::int64_t now_ms = MillisSinceEpoch(store_.parts().clock.Now());
  std::vector<std::pair<std::int64_t, ledger::TableRow>> waiting;
  std::string bucket_after;
  while (true) {
    FIRN_ASSIGN_OR_RETURN(
        const auto buckets,
        store_.ListBuckets({.prefix = "", .after = bucket_after, .count_max = kPageEntriesMax}));
    for (const ledger::TableBucketRow& bucket : buckets) {
      bucket_after = bucket.name;
      ledger::TableRow last;
      while (true) {
        FIRN_ASSIGN_OR_RETURN(
            const auto tables,
            store_.ListTables(bucket.name, {.namespace_name = "",
                                            .prefix = "",
                                            .after_namespace = last.namespace_name,
                                            .after_table = last.name,
                                            .count_max = kPageEntriesMax}));
        for (const ledger::TableRow& row : tables) {
          FIRN_ASSIGN_OR_RETURN(const json::object status, FindStatus(store_, row.table_id));
          const std::int64_t turn_ms = LastTurnMs(status, row);
          if (turn_ms + pace_.interval.count() <= now_ms) waiting.emplace_back(turn_ms, row);
        }
        if (tables.size() < kPageEntriesMax) break;
        last = tables.back();
      }
      std::ranges::sort(waiting, {}, [](const auto& one) { return one.first; });
      if (waiting.size() > kMaintenanceTablesMax) waiting.resize(kMaintenanceTablesMax);
    }
    if (buckets.size() < kPageEntriesMax) break;
  }
  std::vector<DueTable> due;
  for (const auto& [turn_ms, row] : waiting) {
    auto work = WorkOf(row, now_ms);
    // A table that is dropped meanwhile, or whose metadata is broken, must not stop the others.
    if (work && *work) due.push_back(**std::move(work));
  }
  return due;
}

Status Maintenance::Record(const policy::Permit& permit, const DueTable& table, MaintenanceJob job,
                           JobOutcome outcome, std::string_view message, bool found_nothing) const {
  FIRN_ASSIGN_OR_RETURN(json::object status, FindStatus(store_, table.table_id));
  const WallTime now = store_.parts().clock.Now();
  json::object entry{{"status", OutcomeWord(outcome)},
                     {"lastRunTimestamp", FormatIso8601(now, true)}};
  if (!message.empty()) entry["failureMessage"] = message.substr(0, kJobMessageBytesMax);
  status[MaintenanceJobName(job)] = std::move(entry);
  status["lastTurnMs"] = MillisSinceEpoch(now);
  if (job == MaintenanceJob::kCompaction) {
    if (found_nothing) {
      status["nothingToCompactAt"] = table.version_token;
    } else if (table.compaction) {
      status.erase("nothingToCompactAt");
    }
  }
  return store_.PutSetting(permit, table.table_id, kStatusKind, PrintJson(status));
}

}  // namespace firn::s3tables
