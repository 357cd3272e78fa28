#include "cloud/s3tables/table_store.h"

#include "base/json.h"
#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/lookup_internal.h"
#include "cloud/s3tables/names.h"
#include "wire/aws/arn.h"

/// Buckets, namespaces and settings. Tables are in table_commits.cc.

namespace firn::s3tables {

using ledger::NamespaceRow;
using ledger::TableBucketRow;
using ledger::TableRow;
using ledger::Transaction;

Result<TableBucketRow> RequireBucket(Transaction& transaction, std::string_view region,
                                     std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(auto bucket, ledger::FindTableBucket(transaction, region, name));
  if (!bucket) return NotFound("NoSuchWarehouse", "The specified bucket does not exist.");
  return *std::move(bucket);
}

Result<NamespaceRow> RequireNamespace(Transaction& transaction, std::string_view region,
                                      const TablePlace& place) {
  FIRN_ASSIGN_OR_RETURN(const auto bucket, RequireBucket(transaction, region, place.bucket));
  FIRN_ASSIGN_OR_RETURN(
      auto found, ledger::FindNamespace(transaction, bucket.bucket_id, place.namespace_name));
  if (!found) return NotFound("NoSuchNamespace", "The specified namespace does not exist.");
  return *std::move(found);
}

Result<TableRow> RequireTable(Transaction& transaction, std::string_view region,
                              const TablePlace& place) {
  FIRN_ASSIGN_OR_RETURN(const auto parent, RequireNamespace(transaction, region, place));
  FIRN_ASSIGN_OR_RETURN(auto table,
                        ledger::FindTable(transaction, parent.namespace_id, place.table));
  if (!table) return NotFound("NoSuchTable", "The specified table does not exist.");
  return *std::move(table);
}

Status CheckQuota(Result<std::int64_t> count, std::size_t count_max, std::string_view what) {
  if (!count) return std::move(count).error();
  if (static_cast<std::size_t>(*count) < count_max) return Ok();
  return InvalidArgument("QuotaExceeded", "You have attempted to create more " +
                                              std::string(what) + " than allowed: the quota is " +
                                              std::to_string(count_max) + ".");
}

namespace {

std::string PrintProperties(const iceberg::Properties& properties) {
  json::object object;
  for (const auto& [name, value] : properties) object[name] = value;
  return PrintJson(object);
}

}  // namespace

std::string TableStore::BucketArn(std::string_view bucket) const {
  return aws::ToString(
      aws::TableBucketArn{parts_.region, parts_.account_id, std::string(bucket)});
}

std::string TableStore::TableArn(const TableRow& table) const {
  return aws::ToString(aws::TableArn{{parts_.region, parts_.account_id, table.bucket_name},
                                     table.table_id});
}

Result<TableBucketRow> TableStore::CreateBucket(const policy::Permit&, std::string_view name,
                                                const std::vector<OwnerSetting>& settings) {
  FIRN_TRY(CheckTableBucketName(name));
  TableBucketRow row{.bucket_id = NewUuid(parts_.random),
                     .name = std::string(name),
                     .created_at = parts_.clock.Now(),
                     .region = parts_.region};
  auto inserted = parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto existing, ledger::FindTableBucket(transaction, parts_.region, name));
    if (existing) {
      return AlreadyExists("AlreadyExists",
                           "The bucket that you tried to create already exists, and you own it.");
    }
    FIRN_TRY(CheckQuota(ledger::CountTableBuckets(transaction, parts_.region),
                        parts_.quotas.table_buckets_max, "buckets"));
    FIRN_TRY(ledger::InsertTableBucket(transaction, row));
    for (const OwnerSetting& setting : settings) {
      FIRN_TRY(ledger::PutSetting(transaction, row.bucket_id, setting.kind, setting.document));
    }
    return Ok();
  });
  FIRN_TRY(std::move(inserted));
  return row;
}

Result<TableBucketRow> TableStore::FindBucket(std::string_view name) const {
  return parts_.ledger.Read(
      [&](Transaction& transaction) { return RequireBucket(transaction, parts_.region, name); });
}

Result<std::vector<TableBucketRow>> TableStore::ListBuckets(const ledger::NamePage& page) const {
  return parts_.ledger.Read([&](Transaction& transaction) {
    return ledger::ListTableBuckets(transaction, parts_.region, page);
  });
}

Status TableStore::DeleteBucket(const policy::Permit&, std::string_view name) {
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto bucket, RequireBucket(transaction, parts_.region, name));
    FIRN_ASSIGN_OR_RETURN(const bool full,
                          ledger::BucketHasNamespaces(transaction, bucket.bucket_id));
    if (full) {
      return Conflict("TableBucketNotEmpty", "The bucket that you tried to delete is not empty.");
    }
    FIRN_TRY(ledger::DeleteAllSettings(transaction, bucket.bucket_id));
    return ledger::DeleteTableBucket(transaction, bucket.bucket_id);
  });
}

Result<NamespaceRow> TableStore::CreateNamespace(const policy::Permit& permit,
                                                 const TablePlace& place,
                                                 const iceberg::Properties& properties) {
  FIRN_TRY(CheckNamespaceName(place.namespace_name));
  NamespaceRow row{.namespace_id = NewUuid(parts_.random),
                   .name = place.namespace_name,
                   .properties = PrintProperties(properties),
                   .created_by = permit.principal().arn,
                   .created_at = parts_.clock.Now()};
  auto inserted = parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto bucket, RequireBucket(transaction, parts_.region, place.bucket));
    FIRN_ASSIGN_OR_RETURN(
        const auto existing,
        ledger::FindNamespace(transaction, bucket.bucket_id, place.namespace_name));
    if (existing) {
      return AlreadyExists("AlreadyExists",
                           "A namespace with an identical name already exists in the bucket.");
    }
    row.bucket_id = bucket.bucket_id;
    FIRN_TRY(CheckQuota(ledger::CountNamespaces(transaction, bucket.bucket_id),
                        parts_.quotas.namespaces_max, "namespaces in this bucket"));
    FIRN_TRY(ledger::InsertNamespace(transaction, row));
    if (parts_.observer == nullptr) return Ok();
    return parts_.observer->OnNamespaceCreated(transaction, permit, place);
  });
  FIRN_TRY(std::move(inserted));
  return row;
}

Result<NamespaceRow> TableStore::FindNamespace(const TablePlace& place) const {
  return parts_.ledger.Read(
      [&](Transaction& transaction) { return RequireNamespace(transaction, parts_.region, place); });
}

Result<std::vector<NamespaceRow>> TableStore::ListNamespaces(std::string_view bucket,
                                                             const ledger::NamePage& page) const {
  return parts_.ledger.Read(
      [&](Transaction& transaction) -> Result<std::vector<NamespaceRow>> {
        FIRN_ASSIGN_OR_RETURN(const auto row, RequireBucket(transaction, parts_.region, bucket));
        return ledger::ListNamespaces(transaction, row.bucket_id, page);
      });
}

Status TableStore::SetNamespaceProperties(const policy::Permit&, const TablePlace& place,
                                          const iceberg::Properties& properties) {
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto row, RequireNamespace(transaction, parts_.region, place));
    return ledger::UpdateNamespaceProperties(transaction, row.namespace_id,
                                             PrintProperties(properties));
  });
}

Status TableStore::DropNamespace(const policy::Permit&, const TablePlace& place) {
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto row, RequireNamespace(transaction, parts_.region, place));
    FIRN_ASSIGN_OR_RETURN(const bool full,
                          ledger::NamespaceHasTables(transaction, row.namespace_id));
    if (full) {
      return FailedPrecondition("NamespaceNotEmpty",
                                "The namespace " + place.namespace_name +
                                    " is not empty: drop its tables first.");
    }
    FIRN_TRY(ledger::DeleteNamespace(transaction, row.namespace_id));
    if (parts_.observer == nullptr) return Ok();
    return parts_.observer->OnNamespaceDropped(transaction, place);
  });
}

Result<std::optional<std::string>> TableStore::FindSetting(std::string_view owner_id,
                                                           std::string_view kind) const {
  return parts_.ledger.Read(
      [&](Transaction& transaction) { return ledger::FindSetting(transaction, owner_id, kind); });
}

Status TableStore::PutSetting(const policy::Permit&, std::string_view owner_id,
                              std::string_view kind, std::string_view document) {
  return parts_.ledger.Write([&](Transaction& transaction) {
    return ledger::PutSetting(transaction, owner_id, kind, document);
  });
}

Status TableStore::DeleteSetting(const policy::Permit&, std::string_view owner_id,
                                 std::string_view kind) {
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_TRY(ledger::DeleteSetting(transaction, owner_id, kind));
    return Ok();
  });
}

Status TableStore::ChangeSetting(const policy::Permit&, std::string_view owner_id,
                                 std::string_view kind, const SettingChange& change) {
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto before, ledger::FindSetting(transaction, owner_id, kind));
    FIRN_ASSIGN_OR_RETURN(const auto after, change(before));
    if (after) return ledger::PutSetting(transaction, owner_id, kind, *after);
    FIRN_TRY(ledger::DeleteSetting(transaction, owner_id, kind));
    return Ok();
  });
}

}  // namespace firn::s3tables
