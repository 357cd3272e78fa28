#include <map>

#include "base/encoding.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/shown_rows_internal.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/file_listing.h"
#include "lake/iceberg/table_metadata.h"

/// What a table is made of: SHOW PARTITIONS, SHOW INDEX, SHOW DATA.

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;

constexpr std::string_view kPartitionHeader =
    "PartitionId,PartitionName,VisibleVersion,VisibleVersionTime,VisibleVersionHash,State,"
    "PartitionKey,Range,DistributionKey,Buckets,ReplicationNum,StorageMedium,CooldownTime,"
    "LastConsistencyCheckTime,DataSize,IsInMemory,RowCount";

std::vector<std::string> Header(std::string_view names) {
  std::vector<std::string> header;
  for (const std::string_view name : Split(names, ',')) header.emplace_back(name);
  return header;
}

struct PartSums {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t version = 0;  ///< The newest snapshot that added a file.
  std::int64_t version_ms = 0;
};

using Parts = std::map<std::string, PartSums>;

/// The partitions that have data files, by the names that PARTITION (…) takes.
Result<Parts> PartsOf(const Context& context, const catalog::LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  Parts parts;
  const iceberg::Snapshot* snapshot =
      metadata.current_snapshot_id ? metadata.FindSnapshot(*metadata.current_snapshot_id) : nullptr;
  if (snapshot == nullptr) return parts;
  const auto add = [&](const iceberg::ManifestEntry& entry) -> Status {
    const iceberg::DataFile& file = entry.data_file;
    if (file.content != iceberg::FileContent::kData) return Ok();
    const iceberg::PartitionSpec& spec = *metadata.FindSpec(file.spec_id);
    PartSums& part =
        parts[spec.is_unpartitioned() ? table.name : iceberg::PartitionPath(spec, file.partition)];
    if (parts.size() > kMetadataTableRowsMax) {
      return ResourceExhausted("TooManyPartitions", "The table has more than " +
                                                        std::to_string(kMetadataTableRowsMax) +
                                                        " partitions; $partitions counts them");
    }
    part.rows += file.record_count;
    part.bytes += file.file_size_bytes;
    const iceberg::Snapshot* by =
        entry.snapshot_id ? metadata.FindSnapshot(*entry.snapshot_id) : nullptr;
    if (by != nullptr && by->timestamp_ms >= part.version_ms) {
      part.version = by->snapshot_id;
      part.version_ms = by->timestamp_ms;
    }
    return Ok();
  };
  FIRN_TRY(iceberg::ListFiles(context, *table.store, metadata, *snapshot, add));
  return parts;
}

std::string KeyText(const iceberg::TableMetadata& metadata) {
  std::string text;
  for (const iceberg::PartitionField& field : metadata.default_spec().fields) {
    const auto name = metadata.current_schema().FindFieldName(field.source_id);
    text += (text.empty() ? "" : ", ") + name.value_or(field.name);
  }
  return text;
}

}  // namespace

Status ShowPartitions(StatementRun& run, const sql::ShowStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, *statement.target));
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable table,
                        LoadTable(run.context, run.state, Needs::ToSee(name)));
  FIRN_ASSIGN_OR_RETURN(const Parts parts, PartsOf(run.context, table));
  ShownRows shown;
  shown.header = Header(kPartitionHeader);
  shown.like_column = 1;
  const std::string key = KeyText(*table.metadata);
  const std::optional<std::string> untold;
  std::size_t id = 0;
  for (const auto& [part, sums] : parts) {
    const bool is_known = sums.version_ms != 0;
    shown.rows.push_back({std::to_string(++id), part,
                          is_known ? std::optional(std::to_string(sums.version)) : untold,
                          is_known ? std::optional(DateTimeText(sums.version_ms)) : untold, untold,
                          "NORMAL", key, part, untold, untold, untold, untold, untold, untold,
                          std::to_string(sums.bytes), "false", std::to_string(sums.rows)});
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowIndex(StatementRun& run, const sql::ShowStatement& statement) {
  sql::ObjectName full = *statement.target;
  if (statement.from && full.parts.size() == 1) {
    full.parts.insert(full.parts.begin(), statement.from->parts.begin(),
                      statement.from->parts.end());
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, full));
  StatementTables tables(run.state, StatementTables::For::kLooking);
  FIRN_TRY(tables.Resolve(run.context, name));  // An unknown table is not one without indexes.
  ShownRows shown;
  shown.header = Header(
      "Table,Non_unique,Key_name,Seq_in_index,Column_name,Collation,Cardinality,Sub_part,Packed,"
      "Null,Index_type,Comment");
  return SendShown(run, statement, std::move(shown));
}

/// SHOW DATA FROM t. Of a whole database it would read every table's manifests.
Status ShowData(StatementRun& run, const sql::ShowStatement& statement) {
  if (!statement.target) {
    return UnsupportedStatement("SHOW DATA of a whole database",
                                "name a table: SHOW DATA FROM t; SHOW TABLE STATUS sums up all");
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, *statement.target));
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable table,
                        LoadTable(run.context, run.state, Needs::ToSee(name)));
  FIRN_ASSIGN_OR_RETURN(const Parts parts, PartsOf(run.context, table));
  PartSums all;
  for (const auto& [part, sums] : parts) {
    all.rows += sums.rows;
    all.bytes += sums.bytes;
  }
  ShownRows shown;
  shown.header = Header("TableName,IndexName,Size,ReplicaCount,RowCount");
  shown.rows.push_back(
      {table.name, table.name, std::to_string(all.bytes), "1", std::to_string(all.rows)});
  return SendShown(run, statement, std::move(shown));
}

}  // namespace firn::session
