#include <map>
#include <set>

#include "engine/duck/errors_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/write_internal.h"

namespace firn::duck {
namespace {

using duckdb::make_uniq;
using duckdb::Value;
template <typename T>
using Ptr = duckdb::unique_ptr<T>;

constexpr const char* kFolder = "firn://data";

/// FIELD_IDS of COPY: a number, or a struct with the number and its children's.
Value FieldIds(const iceberg::NestedField& field) {
  if (field.type.is_primitive()) return Value::INTEGER(field.id);
  duckdb::child_list_t<Value> ids;
  ids.emplace_back("__duckdb_field_id", Value::INTEGER(field.id));
  for (const iceberg::NestedField& child : field.type.fields()) {
    ids.emplace_back(child.name, FieldIds(child));
  }
  return Value::STRUCT(std::move(ids));
}

std::string FindProperty(const iceberg::TableMetadata& metadata, const char* key,
                         std::string otherwise) {
  const auto found = metadata.properties.find(key);
  return found == metadata.properties.end() ? std::move(otherwise) : found->second;
}

Result<std::string> Codec(const iceberg::TableMetadata& metadata) {
  const std::string codec =
      duckdb::StringUtil::Lower(FindProperty(metadata, "write.parquet.compression-codec", "zstd"));
  for (const char* known : {"zstd", "snappy", "gzip", "brotli", "lz4", "uncompressed"}) {
    if (codec == known) return codec;
  }
  return Unsupported("CompressionCodec", "Compression codec '" + codec + "' is not supported");
}

std::uint64_t TargetFileBytes(const iceberg::TableMetadata& metadata) {
  const Value text(FindProperty(metadata, "write.target-file-size-bytes", ""));
  const auto bytes = TryCastValue(text, duckdb::LogicalType::UBIGINT);
  if (!bytes || bytes->IsNull()) return kTargetFileBytesDefault;
  return std::clamp<std::uint64_t>(bytes->GetValue<std::uint64_t>(), std::uint64_t{1} << 20,
                                   kDataFileBytesMax / 2);
}

Parsed ColumnRef(const std::string& name) { return make_uniq<duckdb::ColumnRefExpression>(name); }

bool IsWritable(const iceberg::Type& type) {
  if (type.kind == iceberg::TypeKind::kFixed) return false;
  for (const iceberg::NestedField& field : type.fields()) {
    if (!IsWritable(field.type)) return false;
  }
  return true;
}

}  // namespace

Result<Writer> Writer::Make(duckdb::Connection& connection, Statement& statement,
                            const WriteTarget& target) {
  Writer writer(connection, statement, target);
  FIRN_TRY(writer.MapColumns());
  FIRN_TRY(writer.OpenSession());
  return writer;
}

Status Writer::MapColumns() {
  const iceberg::Schema& schema = target_->metadata->current_schema();
  std::map<std::int32_t, std::size_t> sources;
  for (std::size_t i = 0; i < target_->column_names.size(); ++i) {
    const std::string& name = target_->column_names[i];
    const iceberg::NestedField* field = nullptr;
    for (const iceberg::NestedField& candidate : schema.fields) {
      if (duckdb::StringUtil::CIEquals(candidate.name, name)) field = &candidate;
    }
    if (field == nullptr) {
      return InvalidArgument("UnknownColumn", "Unknown column '" + name + "' in the target table");
    }
    if (!sources.emplace(field->id, i).second) {
      return InvalidArgument("DuplicateColumn", "Column '" + name + "' is named twice");
    }
  }
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const iceberg::NestedField& field = schema.fields[i];
    if (!IsWritable(field.type)) {
      return Unsupported("ColumnType", "Column '" + field.name + "' of type " +
                                           field.type.ToString() + " cannot be written");
    }
    Column column;
    column.field = &field;
    FIRN_ASSIGN_OR_RETURN(column.type, ToLogicalType(field.type, field.name));
    column.otherwise = Value(column.type);
    if (field.write_default && field.type.is_primitive()) {
      FIRN_ASSIGN_OR_RETURN(const iceberg::Literal literal,
                            iceberg::LiteralFromJson(*field.write_default, field.type));
      column.otherwise = ToValue(literal);
    }
    if (target_->column_names.empty()) {
      column.source = i;
    } else if (const auto source = sources.find(field.id); source != sources.end()) {
      column.source = source->second;
    } else if (field.required && column.otherwise.IsNull()) {
      return InvalidArgument("NullNotAllowed", "Column '" + field.name +
                                                   "' has no default value and must be given one");
    }
    columns_.push_back(std::move(column));
  }
  return Ok();
}

Status Writer::OpenSession() {
  const iceberg::TableMetadata& metadata = *target_->metadata;
  auto session = std::make_unique<WriteSession>();
  session->store = target_->store;
  session->data_folder = iceberg::DataFolder(metadata);
  session->file_prefix = target_->file_prefix;
  const iceberg::PartitionSpec& spec = metadata.default_spec();
  if (!spec.is_unpartitioned()) {
    std::vector<iceberg::Type> types;
    for (const iceberg::PartitionField& field : spec.fields) {
      const iceberg::NestedField* source = metadata.current_schema().FindField(field.source_id);
      if (source == nullptr || field.transform.kind == iceberg::TransformKind::kUnknown) {
        return Unsupported("PartitionTransform",
                           "Partition field '" + field.name +
                               "' cannot be written: " + field.transform.ToString());
      }
      types.push_back(source->type);
    }
    session->partitions = std::make_unique<PartitionRegistry>(spec, std::move(types));
  }
  statement_->write = std::move(session);
  return Ok();
}

std::size_t Writer::source_count() const {
  return target_->column_names.empty() ? columns_.size() : target_->column_names.size();
}

Status Writer::CheckColumnCount(std::size_t given) const {
  if (given == source_count()) return Ok();
  return InvalidArgument("ColumnCountMismatch", "Column count doesn't match value count: " +
                                                    std::to_string(source_count()) + " columns, " +
                                                    std::to_string(given) + " values");
}

Ptr<duckdb::SelectStatement> Writer::AddPartition(Ptr<duckdb::SelectNode> rows) const {
  auto statement = make_uniq<duckdb::SelectStatement>();
  if (statement_->write->partitions == nullptr) {
    statement->node = std::move(rows);
    return statement;
  }
  const iceberg::TableMetadata& metadata = *target_->metadata;
  ParsedList sources;
  for (const iceberg::PartitionField& field : metadata.default_spec().fields) {
    const auto name = metadata.current_schema().FindFieldName(field.source_id);
    duckdb::vector<std::string> path = {"rows"};
    // Parts of a struct are reached by their path; names with dots in them stand for themselves at
    // the top.
    const iceberg::NestedField* top = nullptr;
    for (const Column& column : columns_) {
      if (column.field->id == field.source_id) top = column.field;
    }
    if (top != nullptr) {
      path.push_back(top->name);
    } else {
      for (const auto& part : duckdb::StringUtil::Split(*name, '.')) path.push_back(part);
    }
    sources.push_back(make_uniq<duckdb::ColumnRefExpression>(std::move(path)));
  }
  auto node = make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(make_uniq<duckdb::StarExpression>());
  Parsed number = MakeCall("sr_partition_number", std::move(sources));
  number->SetAlias(kPartitionColumn);
  node->select_list.push_back(std::move(number));
  auto inner = make_uniq<duckdb::SelectStatement>();
  inner->node = std::move(rows);
  node->from_table = make_uniq<duckdb::SubqueryRef>(std::move(inner), "rows");
  statement->node = std::move(node);
  return statement;
}

Result<std::vector<iceberg::DataFile>> Writer::WriteSelect(Ptr<duckdb::SelectStatement> select) {
  auto probe =
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(select->Copy());
  const auto prepared = connection_->Prepare(std::move(probe));
  if (prepared->HasError()) return ToError(prepared->GetErrorObject());
  FIRN_TRY(CheckColumnCount(prepared->ColumnCount()));

  auto node = make_uniq<duckdb::SelectNode>();
  auto source = make_uniq<duckdb::SubqueryRef>(std::move(select), "source");
  for (std::size_t i = 0; i < source_count(); ++i) {
    source->column_name_alias.push_back("c" + std::to_string(i));
  }
  node->from_table = std::move(source);
  for (const Column& column : columns_) {
    Parsed value;
    if (column.source) {
      value = MakeCall("sr_store", ColumnRef("c" + std::to_string(*column.source)),
                       MakeNull(column.type), MakeConstant(Value(column.field->name)),
                       MakeConstant(Value::BOOLEAN(column.field->required)));
    } else {
      value = MakeEngineCast(MakeConstant(column.otherwise), column.type);
    }
    value->SetAlias(column.field->name);
    node->select_list.push_back(std::move(value));
  }
  return Copy(AddPartition(std::move(node)), false);
}

Result<std::vector<iceberg::DataFile>> Writer::Copy(Ptr<duckdb::SelectStatement> rows, bool small) {
  auto info = make_uniq<duckdb::CopyInfo>();
  info->is_from = false;
  info->format = "parquet";
  info->is_format_auto_detected = false;
  info->select_statement = std::move(rows->node);
  duckdb::child_list_t<Value> ids;
  for (const Column& column : columns_)
    ids.emplace_back(column.field->name, FieldIds(*column.field));
  FIRN_ASSIGN_OR_RETURN(const std::string codec, Codec(*target_->metadata));
  auto& options = info->options;
  options["field_ids"] = {Value::STRUCT(std::move(ids))};
  options["compression"] = {Value(codec)};
  options["return_stats"] = {Value::BOOLEAN(true)};
  options["overwrite_or_ignore"] = {Value::BOOLEAN(true)};
  info->file_path = kFolder;
  if (statement_->write->partitions != nullptr) {
    options["partition_by"] = {Value(kPartitionColumn)};
    options["write_partition_columns"] = {Value::BOOLEAN(false)};
  } else if (small) {
    info->file_path = std::string(kFolder) + "/data.parquet";
    options["use_tmp_file"] = {Value::BOOLEAN(false)};
  } else {
    options["file_size_bytes"] = {Value::UBIGINT(TargetFileBytes(*target_->metadata))};
    options["write_empty_file"] = {Value::BOOLEAN(false)};
  }
  auto copy = make_uniq<duckdb::CopyStatement>();
  copy->info = std::move(info);

  auto result = connection_->Query(std::move(copy));
  if (result->HasError()) {
    DeleteWritten();
    return ToError(result->GetErrorObject());
  }
  auto files = CollectFiles(*result);
  if (!files) DeleteWritten();
  return files;
}

Result<std::vector<iceberg::DataFile>> Writer::CollectFiles(
    duckdb::MaterializedQueryResult& result) {
  std::map<std::string, WrittenObjects::Entry> written;
  for (auto& entry : statement_->write->written.entries()) written[entry.virtual_path] = entry;
  std::vector<iceberg::DataFile> files;
  for (duckdb::idx_t row = 0; row < result.RowCount(); ++row) {
    const std::string path = result.GetValue(0, row).ToString();
    const auto entry = written.find(path);
    if (entry == written.end()) {
      return Internal("WrittenFile", "The engine reports a file that was not put: " + path);
    }
    iceberg::DataFile file;
    file.file_path = entry->second.url;
    file.file_size_bytes = static_cast<std::int64_t>(entry->second.size_bytes);
    file.record_count = result.GetValue(1, row).GetValue<std::int64_t>();
    file.spec_id = target_->metadata->default_spec_id;
    if (entry->second.partition) {
      file.partition = statement_->write->partitions->TupleOf(*entry->second.partition);
    }
    metrics_.Fill(result.GetValue(4, row), file);
    if (file.record_count == 0) {
      FIRN_TRY(target_->store->Delete(statement_->context(), file.file_path));
      continue;
    }
    files.push_back(std::move(file));
  }
  return files;
}

void Writer::DeleteWritten() {
  // The statement's own context may be cancelled already.
  const Context context(statement_->context().request_id(), statement_->context().clock());
  for (const auto& entry : statement_->write->written.entries()) {
    const Status deleted = target_->store->Delete(context.WithTimeout(kCleanUpTimeout), entry.url);
    // An orphan is harmless; maintenance removes it.
    static_cast<void>(deleted);
  }
}

Result<iceberg::DataFile> WritePositionDeletes(duckdb::Connection& connection,
                                               Statement& statement, const WriteTarget& target,
                                               Ptr<duckdb::ColumnDataCollection> rows) {
  auto session = std::make_unique<WriteSession>();
  session->store = target.store;
  session->data_folder = iceberg::DataFolder(*target.metadata);
  session->file_prefix = target.file_prefix;
  statement.write = std::move(session);

  auto node = make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(make_uniq<duckdb::StarExpression>());
  node->from_table = make_uniq<duckdb::ColumnDataRef>(
      duckdb::optionally_owned_ptr<duckdb::ColumnDataCollection>(std::move(rows)),
      duckdb::vector<std::string>{"file_path", "pos"});
  node->from_table->alias = "deletes";
  auto info = make_uniq<duckdb::CopyInfo>();
  info->is_from = false;
  info->format = "parquet";
  info->is_format_auto_detected = false;
  info->select_statement = std::move(node);
  info->file_path = std::string(kFolder) + "/data.parquet";
  duckdb::child_list_t<Value> ids;
  ids.emplace_back("file_path",
                   Value::INTEGER(duckdb::MultiFileReader::DELETE_FILE_PATH_FIELD_ID));
  ids.emplace_back("pos", Value::INTEGER(duckdb::MultiFileReader::DELETE_POS_FIELD_ID));
  FIRN_ASSIGN_OR_RETURN(const std::string codec, Codec(*target.metadata));
  info->options["field_ids"] = {Value::STRUCT(std::move(ids))};
  info->options["compression"] = {Value(codec)};
  info->options["use_tmp_file"] = {Value::BOOLEAN(false)};
  auto copy = make_uniq<duckdb::CopyStatement>();
  copy->info = std::move(info);
  const auto result = connection.Query(std::move(copy));
  if (result->HasError()) return ToError(result->GetErrorObject());
  const auto entries = statement.write->written.entries();
  if (entries.size() != 1) return Internal("WrittenFile", "position deletes made no single file");
  iceberg::DataFile file;
  file.content = iceberg::FileContent::kPositionDeletes;
  file.file_path = entries.front().url;
  file.file_size_bytes = static_cast<std::int64_t>(entries.front().size_bytes);
  return file;
}

}  // namespace firn::duck
