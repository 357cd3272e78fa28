#include "engine/duck/engine_testing.h"

#include <charconv>

#include "lake/iceberg/table_update.h"

namespace firn::duck {
namespace {

std::string WideText(__int128_t value, int scale) {
  const bool negative = value < 0;
  std::string digits;
  for (auto left = negative ? -value : value; left != 0; left /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
  }
  while (digits.size() <= static_cast<std::size_t>(scale)) digits.insert(digits.begin(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), ".");
  return negative ? "-" + digits : digits;
}

std::string MomentText(std::int64_t micros) {
  std::string text = iceberg::FormatTimestamp(micros, 1'000'000, false);
  if (const auto at = text.find('T'); at != std::string::npos) text[at] = ' ';
  if (text.ends_with(".000000")) text.resize(text.size() - 7);
  return text;
}

std::string DoubleText(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string CellText(const rows::Column& column, const rows::ColumnView& view, std::size_t row) {
  if (view.IsNull(row)) return "NULL";
  switch (column.type.kind) {
    case rows::TypeKind::kNull:
      return "NULL";
    case rows::TypeKind::kBoolean:
      return view.Value<bool>(row) ? "1" : "0";
    case rows::TypeKind::kTinyInt:
      return std::to_string(view.Value<std::int8_t>(row));
    case rows::TypeKind::kSmallInt:
      return std::to_string(view.Value<std::int16_t>(row));
    case rows::TypeKind::kInt:
      return std::to_string(view.Value<std::int32_t>(row));
    case rows::TypeKind::kBigInt:
      return std::to_string(view.Value<std::int64_t>(row));
    case rows::TypeKind::kLargeInt:
      return WideText(view.Value<__int128_t>(row), 0);
    case rows::TypeKind::kFloat:
      return DoubleText(static_cast<double>(view.Value<float>(row)));
    case rows::TypeKind::kDouble:
      return DoubleText(view.Value<double>(row));
    case rows::TypeKind::kDecimal:
      return WideText(view.Value<__int128_t>(row), column.type.scale);
    case rows::TypeKind::kDate:
      return iceberg::FormatDate(view.Value<std::int32_t>(row));
    case rows::TypeKind::kDateTime:
      return MomentText(view.Value<std::int64_t>(row));
    case rows::TypeKind::kTime:
      return MomentText(view.Value<std::int64_t>(row)).substr(11);
    case rows::TypeKind::kVarchar:
    case rows::TypeKind::kVarbinary:
    case rows::TypeKind::kJson:
    case rows::TypeKind::kArray:
    case rows::TypeKind::kMap:
    case rows::TypeKind::kStruct:
      return std::string(view.Value<std::string_view>(row));
  }
  return "?";
}

}  // namespace

Status TextSink::Begin(std::span<const rows::Column> begun) {
  columns.assign(begun.begin(), begun.end());
  return Ok();
}

Status TextSink::AddBatch(const rows::ColumnBatch& batch) {
  ++batch_count;
  if (fault) return Error(*fault);
  for (std::size_t r = 0; r < batch.row_count; ++r) {
    std::string line;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (c != 0) line += '|';
      line += CellText(columns[c], batch.columns[c], r);
    }
    lines.push_back(std::move(line));
  }
  return Ok();
}

Result<ResolvedTable> FakeTables::Resolve(const Context&, const TableName& name) {
  const std::string full = name.catalog + "." + name.database + "." + name.table;
  asked.push_back(full);
  const auto found = tables.find(full);
  if (found == tables.end()) return NotFound("UnknownTable", "Unknown table '" + full + "'");
  return found->second;
}

iceberg::NestedField Field(std::string name, iceberg::Type type, bool required) {
  iceberg::NestedField field;
  field.name = std::move(name);
  field.type = std::move(type);
  field.required = required;
  return field;
}
iceberg::NestedField Field(std::string name, iceberg::TypeKind kind, bool required) {
  return Field(std::move(name), iceberg::Type::Primitive(kind), required);
}

void EngineTest::SetUp() {
  scope_.current_catalog = "lake";
  scope_.current_database = "db";
  scope_.user = "'root'@'%'";
  scope_.server_version = "8.0.33";
  scope_.connection_id = 42;
  EngineOptions options;
  options.memory_bytes_max = 1UL << 30;
  options.thread_count = 2;
  options.temp_folder = std::filesystem::temp_directory_path() / "firn_duck_test";
  ASSERT_OK_AND_ASSIGN(engine_, Engine::Open(options));
  ASSERT_OK_AND_ASSIGN(connection_, engine_->Connect());
}

void EngineTest::CreateTable(const std::string& name, std::vector<iceberg::NestedField> fields,
                             std::vector<std::pair<std::string, std::string>> spec,
                             iceberg::Properties properties) {
  iceberg::NewTable table;
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i].id = static_cast<std::int32_t>(i) + 1;
  std::int32_t next_id = 1000;
  for (iceberg::NestedField& field : fields) {
    if (field.type.is_primitive()) continue;
    std::vector<iceberg::NestedField> children = field.type.fields();
    for (iceberg::NestedField& child : children) child.id = next_id++;
    field.type.nested = std::make_shared<const std::vector<iceberg::NestedField>>(children);
  }
  table.schema.fields = fields;
  std::int32_t field_id = 1000;
  for (const auto& [column, transform] : spec) {
    const iceberg::NestedField* source = table.schema.FindField(column);
    ASSERT_NE(source, nullptr);
    ASSERT_OK_AND_ASSIGN(iceberg::Transform parsed, iceberg::ParseTransform(transform));
    const std::string suffix = transform == "identity" ? "" : "_" + transform.substr(0, 3);
    table.spec.fields.push_back({.source_id = source->id,
                                 .field_id = field_id++,
                                 .name = column + suffix,
                                 .transform = parsed,
                                 .source_ids = {}});
  }
  table.properties = std::move(properties);
  table.location = "s3://bucket/" + name;
  table.uuid = NewUuid(*random_);
  ASSERT_OK_AND_ASSIGN(iceberg::TableMetadata made,
                       iceberg::NewTableMetadata(table, context_.clock().Now()));
  metadata_[name] = std::move(made);
  Publish(name);
}

void EngineTest::Publish(const std::string& name) {
  auto shared = std::make_shared<const iceberg::TableMetadata>(metadata_.at(name));
  tables_.tables["lake.db." + name] = PinnedTable{.name = {"lake", "db", name},
                                                  .metadata = shared,
                                                  .snapshot_id = shared->current_snapshot_id,
                                                  .store = store_,
                                                  .cache_scope = "test"};
}

Result<std::vector<iceberg::DataFile>> EngineTest::Insert(const std::string& text) {
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed, sql::ParseOne(text));
  const auto& insert = sql::As<sql::InsertStatement>(*parsed.statement);
  const std::string& name = insert.table.parts.back();
  WriteTarget target;
  target.metadata = std::make_shared<const iceberg::TableMetadata>(metadata_.at(name));
  target.store = store_;
  target.column_names = insert.columns;
  target.file_prefix = NewUuid(*random_);
  target.time_zone = scope_.time_zone;
  Result<std::vector<iceberg::DataFile>> files = std::vector<iceberg::DataFile>();
  if (const auto* rows = std::get_if<sql::LiteralRows>(&insert.source)) {
    files = connection_->WriteValues(context_, *rows, target);
  } else {
    files = connection_->WriteQuery(context_, *std::get<sql::QueryPtr>(insert.source), tables_,
                                    scope_, target);
  }
  if (files) Commit(name, *files);
  return files;
}

void EngineTest::Commit(const std::string& name, const std::vector<iceberg::DataFile>& files) {
  ASSERT_THAT(TryCommit(name, {.added = files}), testing::HasValue());
}

Status EngineTest::TryCommit(const std::string& name, iceberg::SnapshotChange change) {
  FIRN_ASSIGN_OR_RETURN(const iceberg::PreparedChange prepared,
                        iceberg::PrepareChange(context_, *store_, metadata_.at(name),
                                               iceberg::NewStatementIds(*random_),
                                               std::move(change)));
  FIRN_ASSIGN_OR_RETURN(
      metadata_.at(name),
      iceberg::ApplyUpdates(&metadata_.at(name), prepared.updates, context_.clock().Now()));
  Publish(name);
  return Ok();
}

Result<RowChange> EngineTest::Change(const std::string& text) {
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed, sql::ParseOne(text));
  const sql::Statement& statement = *parsed.statement;
  const sql::ObjectName* table = nullptr;
  if (const auto* deletion = sql::AsIf<sql::DeleteStatement>(statement)) table = &deletion->table;
  if (const auto* update = sql::AsIf<sql::UpdateStatement>(statement)) table = &update->table;
  if (const auto* merge = sql::AsIf<sql::MergeStatement>(statement)) table = &merge->table;
  const std::string name = table->parts.back();
  WriteTarget target;
  target.metadata = std::make_shared<const iceberg::TableMetadata>(metadata_.at(name));
  target.store = store_;
  target.file_prefix = NewUuid(*random_);
  const auto head = target.metadata->current_snapshot_id;
  FIRN_ASSIGN_OR_RETURN(RowChange change, connection_->ChangeRows(context_, statement, tables_,
                                                                  scope_, target));
  if (change.added.empty() && change.removed.empty()) return change;
  FIRN_TRY(TryCommit(name, {.operation = "overwrite",
                            .added = change.added,
                            .removed = change.removed,
                            .check = iceberg::ConflictCheck{
                                .starting_snapshot_id = head,
                                .rows = change.rows_read,
                                .no_new_data = true,
                                .referenced_data_files = change.referenced_data_files}}));
  return change;
}

Result<std::vector<std::string>> EngineTest::TryQuery(const std::string& text) {
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed,
                        sql::ParseOne(text, {.pipes_as_concat = scope_.pipes_as_concat}));
  const auto& query = *sql::As<sql::QueryStatement>(*parsed.statement).query;
  TextSink sink;
  FIRN_TRY(connection_->Run(context_, query, tables_, scope_, sink));
  return sink.lines;
}

std::string EngineTest::Query(const std::string& text) {
  const auto lines = TryQuery(text);
  if (!lines) return "ERROR " + lines.error().reason() + ": " + lines.error().FullMessage();
  std::string joined;
  for (const std::string& line : *lines) {
    if (!joined.empty()) joined += '\n';
    joined += line;
  }
  return joined;
}

}  // namespace firn::duck
