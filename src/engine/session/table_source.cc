#include "base/encoding.h"
#include "base/json.h"
#include "engine/session/file_tables_internal.h"
#include "engine/session/information_schema_internal.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/table_source_internal.h"
#include "engine/session/views_internal.h"
#include "lake/iceberg/table_metadata.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

/// Keeps the first value of the first row: as a boolean when it is one, else the second column's
/// text.
class ScalarSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column> columns) override {
    if (columns.size() != 2) return Internal("ScalarShape", "a scalar query has two columns");
    kind_ = columns[0].type.kind;
    return Ok();
  }
  Status AddBatch(const rows::ColumnBatch& batch) override {
    if (batch.row_count == 0 || batch.columns[0].IsNull(0) || batch.columns[1].IsNull(0))
      return Ok();
    if (kind_ == rows::TypeKind::kBoolean) {
      value_ = sql::Literal::Boolean(batch.columns[0].Value<bool>(0));
      return Ok();
    }
    const std::string_view text = batch.columns[1].Value<std::string_view>(0);
    if (text.size() > kScalarBytesMax) {
      return ResourceExhausted(
          "ValueTooLong", "The value is longer than " + std::to_string(kScalarBytesMax) + " bytes");
    }
    value_ = {.kind = LiteralKindOf(), .boolean = false, .text = std::string(text)};
    return Ok();
  }
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t, std::string_view) override { return Ok(); }

  sql::Literal Take() { return std::move(value_); }

 private:
  sql::LiteralKind LiteralKindOf() const {
    switch (kind_) {
      case rows::TypeKind::kTinyInt:
      case rows::TypeKind::kSmallInt:
      case rows::TypeKind::kInt:
      case rows::TypeKind::kBigInt:
      case rows::TypeKind::kLargeInt: return sql::LiteralKind::kInteger;
      case rows::TypeKind::kDecimal: return sql::LiteralKind::kDecimal;
      case rows::TypeKind::kFloat:
      case rows::TypeKind::kDouble: return sql::LiteralKind::kDouble;
      default: return sql::LiteralKind::kString;
    }
  }

  rows::TypeKind kind_ = rows::TypeKind::kNull;
  sql::Literal value_;
};

duck::PinnedTable PinnedOf(const duck::TableName& name, const catalog::LoadedTable& table) {
  return {.name = name,
          .metadata = table.metadata,
          .snapshot_id = table.metadata->current_snapshot_id,
          .store = table.store,
          .cache_scope = table.cache_scope};
}

rows::Column TextColumn(std::string name) { return {.name = std::move(name), .type = {}}; }
rows::Column NumberColumn(std::string name) {
  return {.name = std::move(name), .type = {.kind = rows::TypeKind::kBigInt}};
}
rows::Column TimeColumn(std::string name) {
  return {.name = std::move(name), .type = {.kind = rows::TypeKind::kDateTime}};
}

using Row = std::vector<std::optional<std::string>>;

std::optional<std::string> NumberText(const std::optional<std::int64_t>& number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

duck::MemoryTable SnapshotsTable(const iceberg::TableMetadata& metadata) {
  duck::MemoryTable table{
      {TimeColumn("committed_at"), NumberColumn("snapshot_id"), NumberColumn("parent_id"),
       TextColumn("operation"), TextColumn("manifest_list"), TextColumn("summary")},
      {}};
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    json::object summary;
    std::optional<std::string> operation;
    for (const auto& [key, value] : snapshot.summary) {
      if (key == "operation")
        operation = value;
      else
        summary[key] = value;
    }
    table.rows.push_back(Row{DateTimeText(snapshot.timestamp_ms), std::to_string(snapshot.snapshot_id),
                             NumberText(snapshot.parent_snapshot_id), operation,
                             snapshot.manifest_list, PrintJson(summary)});
  }
  return table;
}

duck::MemoryTable HistoryTable(const iceberg::TableMetadata& metadata) {
  duck::MemoryTable table{{TimeColumn("made_current_at"), NumberColumn("snapshot_id"),
                           NumberColumn("parent_id"), TextColumn("is_current_ancestor")},
                          {}};
  for (const iceberg::SnapshotLogEntry& entry : metadata.snapshot_log) {
    const iceberg::Snapshot* snapshot = metadata.FindSnapshot(entry.snapshot_id);
    table.rows.push_back(
        Row{DateTimeText(entry.timestamp_ms), std::to_string(entry.snapshot_id),
            snapshot == nullptr ? std::nullopt : NumberText(snapshot->parent_snapshot_id),
            iceberg::SnapshotIsAncestorOrCurrent(metadata, entry.snapshot_id) ? "true" : "false"});
  }
  return table;
}

duck::MemoryTable RefsTable(const iceberg::TableMetadata& metadata) {
  duck::MemoryTable table{
      {TextColumn("name"), TextColumn("type"), NumberColumn("snapshot_id"),
       NumberColumn("max_reference_age_in_ms"), NumberColumn("min_snapshots_to_keep"),
       NumberColumn("max_snapshot_age_in_ms")},
      {}};
  for (const auto& [name, ref] : metadata.refs) {
    std::optional<std::int64_t> keep;
    if (ref.min_snapshots_to_keep) keep = *ref.min_snapshots_to_keep;
    table.rows.push_back(Row{name, ref.is_tag ? "TAG" : "BRANCH", std::to_string(ref.snapshot_id),
                             NumberText(ref.max_ref_age_ms), NumberText(keep),
                             NumberText(ref.max_snapshot_age_ms)});
  }
  return table;
}

duck::MemoryTable MetadataLogTable(const iceberg::TableMetadata& metadata,
                                   const std::string& metadata_location) {
  duck::MemoryTable table{
      {TimeColumn("timestamp"), TextColumn("file"), NumberColumn("latest_snapshot_id"),
       NumberColumn("latest_schema_id"), NumberColumn("latest_sequence_number")},
      {}};
  const auto add = [&](std::int64_t millis, const std::string& file) {
    const auto snapshot_id = metadata.SnapshotIdAsOf(millis);
    const iceberg::Snapshot* snapshot = snapshot_id ? metadata.FindSnapshot(*snapshot_id) : nullptr;
    std::optional<std::int64_t> schema_id;
    if (snapshot != nullptr && snapshot->schema_id) schema_id = *snapshot->schema_id;
    table.rows.push_back(
        Row{DateTimeText(millis), file, NumberText(snapshot_id), NumberText(schema_id),
            snapshot == nullptr ? std::nullopt : NumberText(snapshot->sequence_number)});
  };
  for (const iceberg::MetadataLogEntry& entry : metadata.metadata_log)
    add(entry.timestamp_ms, entry.metadata_file);
  if (!metadata_location.empty()) add(metadata.last_updated_ms, metadata_location);
  return table;
}

duck::MemoryTable PropertiesTable(const iceberg::TableMetadata& metadata) {
  duck::MemoryTable table{{TextColumn("key"), TextColumn("value")}, {}};
  for (const auto& [key, value] : metadata.properties) table.rows.push_back(Row{key, value});
  return table;
}

}  // namespace

std::string DateTimeText(std::int64_t millis) {
  std::string text = FormatIso8601(WallTimeFromMillis(millis), true);
  text.resize(text.size() - 1);  // No zone.
  text[10] = ' ';
  return text;
}

std::string KeyOf(const duck::TableName& name) {
  return name.catalog + '\0' + name.database + '\0' + name.table;
}

void StatementTables::Pin(const duck::TableName& name, const catalog::LoadedTable& table) {
  pinned_[KeyOf(name)] = PinnedOf(name, table);
}

void StatementTables::PinTarget(const duck::TableName& name, const catalog::LoadedTable& table) {
  Pin(name, table);
  targets_.insert(KeyOf(name));
}

Needs StatementTables::NeedsOf(const duck::TableName& name) const {
  if (purpose_ == For::kLooking || targets_.contains(KeyOf(name))) return Needs::ToSee(name);
  return Needs::OnRelation({Privilege::kSelect}, name);
}

bool StatementTables::HasView(const duck::TableName& name) const {
  return views_.contains(KeyOf(name));
}

Result<duck::ResolvedTable> StatementTables::Resolve(const Context& context,
                                                     const duck::TableName& name) {
  duck::TableName full = name;
  if (full.catalog.empty()) full.catalog = state_.catalog();
  if (full.database.empty()) {
    if (state_.database().empty())
      return InvalidArgument("NoDatabaseSelected", "No database selected");
    full.database = state_.database();
  }
  if (IsInformationSchema(full.database)) {
    FIRN_ASSIGN_OR_RETURN(duck::MemoryTable table, InformationSchemaTable(context, state_, full));
    return duck::ResolvedTable(std::move(table));
  }
  const auto metadata_table = sql::SplitMetadataTable(full.table);
  if (metadata_table) return ResolveMetadata(context, full, *metadata_table);
  const Needs needs = NeedsOf(full);
  const auto found = pinned_.find(KeyOf(full));
  if (found != pinned_.end()) {
    FIRN_TRY(Require(state_, needs.OfTable()));
    return duck::ResolvedTable(found->second);
  }
  FIRN_ASSIGN_OR_RETURN(const LoadedRelation loaded, LoadRelation(context, state_, needs));
  if (const auto* view = std::get_if<catalog::LoadedView>(&loaded)) {
    views_.insert(KeyOf(full));
    FIRN_ASSIGN_OR_RETURN(duck::PinnedView pinned, PinView(state_, full, *view));
    return duck::ResolvedTable(std::move(pinned));
  }
  duck::PinnedTable pinned = PinnedOf(full, std::get<catalog::LoadedTable>(loaded));
  pinned_[KeyOf(full)] = pinned;
  return duck::ResolvedTable(std::move(pinned));
}

Result<duck::PinnedTable> StatementTables::PinnedNamed(const Context& context,
                                                       const duck::TableName& name) {
  const Needs needs = NeedsOf(name).OfTable();
  FIRN_TRY(Require(state_, needs));
  const auto found = pinned_.find(KeyOf(name));
  if (found != pinned_.end()) return found->second;
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable loaded, LoadTable(context, state_, needs));
  duck::PinnedTable pinned = PinnedOf(name, loaded);
  pinned_[KeyOf(name)] = pinned;
  return pinned;
}

Result<duck::ResolvedTable> StatementTables::ResolveMetadata(
    const Context& context, const duck::TableName& name,
    const std::pair<std::string, std::string>& parts) {
  const duck::TableName base{name.catalog, name.database, parts.first};
  const std::string kind = ToLowerAscii(parts.second);
  if (!IsFileTable(kind)) {
    if (name.snapshot_id) {
      return Unsupported("UnsupportedMetadataTable",
                         "$" + kind + " does not travel in time; $files, $manifests and "
                                      "$partitions do");
    }
    FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable loaded,
                          LoadTable(context, state_, NeedsOf(base).OfTable()));
    FIRN_ASSIGN_OR_RETURN(duck::MemoryTable table,
                          MetadataTable(*loaded.metadata, loaded.metadata_location, kind));
    return duck::ResolvedTable(std::move(table));
  }
  FIRN_ASSIGN_OR_RETURN(const duck::PinnedTable pinned, PinnedNamed(context, base));
  const auto id = name.snapshot_id ? name.snapshot_id : pinned.snapshot_id;
  const iceberg::Snapshot* snapshot = id ? pinned.metadata->FindSnapshot(*id) : nullptr;
  if (id && snapshot == nullptr) {
    return NotFound("NoSuchSnapshot",
                    "Table '" + base.table + "' has no snapshot " + std::to_string(*id));
  }
  FIRN_ASSIGN_OR_RETURN(duck::MemoryTable table,
                        FileTable(context, *pinned.store, *pinned.metadata, snapshot, kind));
  return duck::ResolvedTable(std::move(table));
}

Result<duck::MemoryTable> MetadataTable(const iceberg::TableMetadata& metadata,
                                        const std::string& metadata_location,
                                        std::string_view kind) {
  const std::string word = ToLowerAscii(kind);
  if (word == "snapshots") return SnapshotsTable(metadata);
  if (word == "history") return HistoryTable(metadata);
  if (word == "refs") return RefsTable(metadata);
  if (word == "metadata_log_entries") return MetadataLogTable(metadata, metadata_location);
  if (word == "properties") return PropertiesTable(metadata);
  if (word == "logical_iceberg_metadata") {
    return Unsupported("UnsupportedMetadataTable",
                       "The metadata table $" + word +
                           " is not supported; $files and $manifests hold the same");
  }
  return NotFound("UnknownTable", "There is no metadata table $" + word);
}

Result<sql::Literal> EvaluateScalar(StatementRun& run, const sql::Expression& expression) {
  if (const auto* literal = sql::AsIf<sql::LiteralExpression>(expression)) return literal->value;
  // Through text, since an expression has one owner; parsing what was printed gives the same tree.
  const duck::QueryScope scope = run.Scope();
  const std::string text = sql::Print(expression, {.pipes_as_concat = scope.pipes_as_concat});
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed,
                        sql::ParseOne("SELECT (" + text + "), CAST((" + text + ") AS STRING)",
                                      {.pipes_as_concat = scope.pipes_as_concat}));
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  StatementTables tables(run.state);
  ScalarSink sink;
  const auto& query = sql::As<sql::QueryStatement>(*parsed.statement);
  FIRN_TRY(connection->Run(run.context, *query.query, tables, scope, sink));
  return sink.Take();
}

}  // namespace firn::session
