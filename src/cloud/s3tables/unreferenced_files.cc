#include <algorithm>
#include <unordered_set>

#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/maintenance.h"
#include "lake/iceberg/expiration.h"
#include "lake/objects/object_store.h"

/// The removal of files that nothing of a table refers to.

namespace firn::s3tables {
namespace {

constexpr std::string_view kMarksKind = "maintenance-unreferenced";

/// The vault, for reading manifests: nothing else is asked of it.
class ManifestStore final : public objects::ObjectStore {
 public:
  explicit ManifestStore(s3::Vault& vault) : vault_(vault) {}

  Result<std::string> ReadAll(const Context& context, const std::string& url,
                              std::size_t bytes_max) override {
    FIRN_TRY(context.Check());
    FIRN_ASSIGN_OR_RETURN(const ObjectPlace place, ParseObjectPlace(url));
    FIRN_ASSIGN_OR_RETURN(const ledger::S3ObjectRow row, vault_.Find(place.bucket, place.key));
    return vault_.ReadAll(row, bytes_max);
  }
  Result<std::string> Read(const Context&, const std::string&, objects::ByteRange) override {
    return Refused();
  }
  Status ReadRanges(const Context&, const std::string&, std::span<const objects::ByteRange>,
                    std::span<const std::span<char>>) override {
    return Refused();
  }
  Result<objects::ObjectInfo> Stat(const Context&, const std::string&) override {
    return Refused();
  }
  Result<objects::ObjectInfo> Put(const Context&, const std::string&, std::string_view,
                                  objects::PutCondition) override {
    return Refused();
  }
  void PutAsync(const Context&, const std::string&, std::shared_ptr<const std::string>,
                objects::PutCondition,
                std::function<void(Result<objects::ObjectInfo>)> done) override {
    done(Refused());
  }
  Status Delete(const Context&, const std::string&) override { return Refused(); }
  Result<std::vector<objects::ListedObject>> List(const Context&, const std::string&) override {
    return Refused();
  }

 private:
  static Unexpected Refused() {
    return Unsupported("ManifestStore", "it reads whole objects only");
  }

  s3::Vault& vault_;
};

/// Keys of the table's objects that are as old as `age`, by name.
Result<std::vector<std::string>> OldKeys(const Context& context, s3::Vault& vault,
                                         const std::string& bucket, WallTime before) {
  std::vector<std::string> keys;
  std::string after;
  while (true) {
    FIRN_TRY(context.Check());
    FIRN_ASSIGN_OR_RETURN(const auto page, vault.List({.bucket = bucket,
                                                       .prefix = "",
                                                       .after = after,
                                                       .not_before = "",
                                                       .count_max = kPageEntriesMax}));
    for (const ledger::S3ObjectRow& row : page) {
      if (row.modified_at <= before) keys.push_back(row.key);
    }
    if (keys.size() > kTableObjectsMax) {
      return ResourceExhausted("TooManyObjects", "the table has more than " +
                                                     std::to_string(kTableObjectsMax) + " objects");
    }
    if (page.size() < kPageEntriesMax) return keys;
    after = page.back().key;
  }
}

Result<json::object> FindMarks(const TableStore& store, std::string_view table_id) {
  FIRN_ASSIGN_OR_RETURN(const auto text, store.FindSetting(table_id, kMarksKind));
  if (!text) return json::object();
  const auto value = ParseJson(*text);
  // Lost marks cost time only: files are marked anew.
  return value && value->is_object() ? value->get_object() : json::object();
}

}  // namespace

Result<RemovalCounts> Maintenance::RemoveUnreferenced(const Context& context,
                                                      const policy::Permit& permit,
                                                      const DueTable& table) const {
  s3::Vault& vault = store_.parts().vault;
  const WallTime now = store_.parts().clock.Now();
  const std::int64_t now_ms = MillisSinceEpoch(now);
  FIRN_ASSIGN_OR_RETURN(const ledger::TableRow row, store_.FindTableById(table.table_id));
  constexpr std::string_view kScheme = "s3://";
  if (!row.warehouse.starts_with(kScheme)) return RemovalCounts{};
  const std::string bucket = row.warehouse.substr(kScheme.size());
  FIRN_ASSIGN_OR_RETURN(const auto keys, OldKeys(context, vault, bucket, now - table.removal_age));
  FIRN_ASSIGN_OR_RETURN(const LoadedTable loaded,
                        store_.LoadTable({row.bucket_name, row.namespace_name, row.name}));
  if (loaded.metadata == nullptr || loaded.row.table_id != row.table_id) return RemovalCounts{};
  ManifestStore manifests(vault);
  FIRN_ASSIGN_OR_RETURN(auto reachable,
                        iceberg::ReachableFiles(context, manifests, *loaded.metadata));
  std::unordered_set<std::string> kept(std::make_move_iterator(reachable.begin()),
                                       std::make_move_iterator(reachable.end()));
  kept.insert(loaded.row.metadata_location);

  FIRN_ASSIGN_OR_RETURN(const json::object marks, FindMarks(store_, table.table_id));
  json::object marked;
  RemovalCounts counts;
  for (const std::string& key : keys) {
    if (kept.contains("s3://" + bucket + "/" + key)) continue;
    FIRN_TRY(context.Check());
    const json::value* since = marks.if_contains(key);
    const bool was_marked = since != nullptr && since->is_int64();
    if (was_marked && now_ms - since->get_int64() >= table.removal_grace.count()) {
      FIRN_TRY(vault.Delete(bucket, key));
      ++counts.deleted;
    } else if (was_marked) {
      marked[key] = *since;
    } else if (marked.size() < kUnreferencedMarksMax) {
      marked[key] = now_ms;
      ++counts.marked;
    }
  }
  if (marked != marks) {
    FIRN_TRY(store_.PutSetting(permit, table.table_id, kMarksKind, PrintJson(marked)));
  }
  return counts;
}

}  // namespace firn::s3tables
