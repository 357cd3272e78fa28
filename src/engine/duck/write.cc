#include <algorithm>
#include <map>

#include "engine/duck/errors_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/parquet_copy_internal.h"
#include "engine/duck/write_internal.h"
#include "lake/iceberg/row_lineage.h"

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

/// A property that is a number; `otherwise` when it is absent or no number.
std::uint64_t NumberProperty(const iceberg::TableMetadata& metadata, const char* key,
                             std::uint64_t otherwise) {
  const Value text(FindProperty(metadata, key, ""));
  const auto number = TryCastValue(text, duckdb::LogicalType::UBIGINT);
  return !number || number->IsNull() ? otherwise : number->GetValue<std::uint64_t>();
}

/// Bloom filters come with dictionaries unless columns are named and none is wanted.
bool WantsBloomFilters(const iceberg::TableMetadata& metadata) {
  const std::string prefix = "write.parquet.bloom-filter-enabled.column.";
  bool is_refused = false;
  for (auto at = metadata.properties.lower_bound(prefix);
       at != metadata.properties.end() && at->first.starts_with(prefix); ++at) {
    if (at->second == "true") return true;
    is_refused = true;
  }
  return !is_refused;
}

/// Whether rows in the order of a column are in the order of its transform too.
bool KeepsOrder(iceberg::TransformKind kind) {
  switch (kind) {
    case iceberg::TransformKind::kIdentity:
    case iceberg::TransformKind::kTruncate:
    case iceberg::TransformKind::kYear:
    case iceberg::TransformKind::kMonth:
    case iceberg::TransformKind::kDay:
    case iceberg::TransformKind::kHour:
    case iceberg::TransformKind::kVoid: return true;
    default: return false;
  }
}

Parsed ColumnRef(const std::string& name) { return make_uniq<duckdb::ColumnRefExpression>(name); }

bool IsWritable(const iceberg::Type& type) {
  if (type.kind == iceberg::TypeKind::kFixed || type.kind == iceberg::TypeKind::kUnknown ||
      type.kind == iceberg::TypeKind::kTimestampTzNs) {
    return false;
  }
  for (const iceberg::NestedField& field : type.fields()) {
    if (!IsWritable(field.type)) return false;
  }
  return true;
}

}  // namespace

Error UnknownTakesNull(const std::string& column, const std::string& value) {
  return Error(ErrorCode::kInvalidArgument, "DataOutOfRange",
               "Value '" + value + "' is invalid for column '" + column +
                   "': its type is unknown, which takes NULL only");
}

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
  source_count_ = target_->column_names.size();
  for (const iceberg::NestedField& field : schema.fields) {
    if (field.type.kind == iceberg::TypeKind::kUnknown) {
      // Iceberg spec v3, "Parquet data type mappings": such a column is left out of the file.
      const auto source = sources.find(field.id);
      if (target_->column_names.empty()) {
        absent_columns_.push_back({field.name, source_count_++});
      } else if (source != sources.end()) {
        absent_columns_.push_back({field.name, source->second});
      }
      continue;
    }
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
      column.source = source_count_++;
    } else if (const auto source = sources.find(field.id); source != sources.end()) {
      column.source = source->second;
    } else if (field.required && column.otherwise.IsNull()) {
      return InvalidArgument("NullNotAllowed", "Column '" + field.name +
                                                   "' has no default value and must be given one");
    }
    columns_.push_back(std::move(column));
  }
  if (columns_.empty()) {
    return Unsupported("ColumnType",
                       "A table whose columns are all of type unknown cannot be written: its files "
                       "would have no columns");
  }
  if (target_->with_lineage) {
    for (const iceberg::NestedField* field : {&iceberg::kRowIdField, &iceberg::kLastUpdatedField}) {
      columns_.push_back({.field = field,
                          .type = duckdb::LogicalType::BIGINT,
                          .source = source_count_++,
                          .otherwise = Value(duckdb::LogicalType::BIGINT)});
    }
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
      if (source == nullptr || source->type.kind == iceberg::TypeKind::kUnknown ||
          field.transform.kind == iceberg::TransformKind::kUnknown) {
        return Unsupported("PartitionTransform",
                           "Partition field '" + field.name +
                               "' cannot be written: " + field.transform.ToString());
      }
      types.push_back(source->type);
    }
    session->partitions = std::make_unique<PartitionRegistry>(spec, std::move(types));
  }
  statement_->write = std::move(session);
  ChooseOrder();
  return Ok();
}

/// A sort order is kept as far as columns can; `write.distribution-mode` range sorts by partition.
/// In the other modes rows of one partition gather in one file anyhow.
void Writer::ChooseOrder() {
  const iceberg::TableMetadata& metadata = *target_->metadata;
  const iceberg::SortOrder& order = metadata.default_sort_order();
  keeps_sort_order_ = !order.fields.empty();
  for (const iceberg::SortField& field : order.fields) {
    const iceberg::NestedField* source = metadata.current_schema().FindField(field.source_id);
    keeps_sort_order_ = keeps_sort_order_ && KeepsOrder(field.transform.kind) &&
                        source != nullptr && source->type.kind != iceberg::TypeKind::kUnknown;
  }
  is_ordered_ =
      keeps_sort_order_ || (statement_->write->partitions != nullptr &&
                            FindProperty(metadata, "write.distribution-mode", "hash") == "range");
}

Status Writer::CheckColumnCount(std::size_t given) const {
  if (given == source_count()) return Ok();
  return InvalidArgument("ColumnCountMismatch", "Column count doesn't match value count: " +
                                                    std::to_string(source_count()) + " columns, " +
                                                    std::to_string(given) + " values");
}

/// A column of the written rows, or a part of one.
Parsed Writer::ColumnOf(std::int32_t field_id) const {
  duckdb::vector<std::string> path = {"rows"};
  // Parts of a struct are reached by their path; names with dots in them stand for themselves at
  // the top.
  for (const Column& column : columns_) {
    if (column.field->id != field_id) continue;
    path.push_back(column.field->name);
    return make_uniq<duckdb::ColumnRefExpression>(std::move(path));
  }
  const auto name = target_->metadata->current_schema().FindFieldName(field_id);
  for (const auto& part : duckdb::StringUtil::Split(*name, '.')) path.push_back(part);
  return make_uniq<duckdb::ColumnRefExpression>(std::move(path));
}

Ptr<duckdb::SelectStatement> Writer::Arrange(Ptr<duckdb::SelectNode> rows) const {
  const bool is_partitioned = statement_->write->partitions != nullptr;
  auto statement = make_uniq<duckdb::SelectStatement>();
  if (!is_partitioned && !is_ordered_) {
    statement->node = std::move(rows);
    return statement;
  }
  const iceberg::TableMetadata& metadata = *target_->metadata;
  auto node = make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(make_uniq<duckdb::StarExpression>());
  auto order = make_uniq<duckdb::OrderModifier>();
  if (is_partitioned) {
    ParsedList sources;
    for (const iceberg::PartitionField& field : metadata.default_spec().fields) {
      sources.push_back(ColumnOf(field.source_id));
    }
    Parsed number = MakeCall("sr_partition_number", std::move(sources));
    number->SetAlias(kPartitionColumn);
    node->select_list.push_back(std::move(number));
    order->orders.emplace_back(duckdb::OrderType::ASCENDING, duckdb::OrderByNullType::NULLS_FIRST,
                               ColumnRef(kPartitionColumn));
  }
  if (keeps_sort_order_) {
    for (const iceberg::SortField& field : metadata.default_sort_order().fields) {
      order->orders.emplace_back(
          field.descending ? duckdb::OrderType::DESCENDING : duckdb::OrderType::ASCENDING,
          field.nulls_last ? duckdb::OrderByNullType::NULLS_LAST
                           : duckdb::OrderByNullType::NULLS_FIRST,
          ColumnOf(field.source_id));
    }
  }
  if (is_ordered_) node->modifiers.push_back(std::move(order));
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
  for (const AbsentColumn& column : absent_columns_) {
    Parsed check = MakeCall("sr_check_null", ColumnRef("c" + std::to_string(column.source)),
                            MakeConstant(Value(column.name)));
    node->where_clause = node->where_clause == nullptr
                             ? std::move(check)
                             : make_uniq<duckdb::ConjunctionExpression>(
                                   duckdb::ExpressionType::CONJUNCTION_AND,
                                   std::move(node->where_clause), std::move(check));
  }
  return Copy(Arrange(std::move(node)));
}

Result<std::vector<iceberg::DataFile>> Writer::Copy(Ptr<duckdb::SelectStatement> rows) {
  const iceberg::TableMetadata& metadata = *target_->metadata;
  auto info = make_uniq<duckdb::CopyInfo>();
  info->is_from = false;
  info->format = kParquetFormat;
  info->is_format_auto_detected = false;
  info->select_statement = std::move(rows->node);
  info->file_path = kFolder;
  duckdb::child_list_t<Value> ids;
  for (const Column& column : columns_)
    ids.emplace_back(column.field->name, FieldIds(*column.field));
  FIRN_ASSIGN_OR_RETURN(const std::string codec, Codec(metadata));
  auto& options = info->options;
  options["field_ids"] = {Value::STRUCT(std::move(ids))};
  options["compression"] = {Value(codec)};
  const std::string level = FindProperty(metadata, "write.parquet.compression-level", "");
  if (const auto number = TryCastValue(Value(level), duckdb::LogicalType::BIGINT);
      codec == "zstd" && number && !number->IsNull()) {
    options["compression_level"] = {
        Value::BIGINT(std::clamp<std::int64_t>(number->GetValue<std::int64_t>(), 1, 22))};
  }
  if (metadata.properties.contains("write.parquet.dict-size-bytes")) {
    const std::uint64_t bytes =
        NumberProperty(metadata, "write.parquet.dict-size-bytes", kDictionaryBytesMax);
    options["string_dictionary_page_size_limit"] = {
        Value::UBIGINT(std::clamp<std::uint64_t>(bytes, 1, kDictionaryBytesMax))};
  }
  options["write_bloom_filter"] = {Value::BOOLEAN(WantsBloomFilters(metadata))};
  options["use_tmp_file"] = {Value::BOOLEAN(false)};
  options["preserve_order"] = {Value::BOOLEAN(is_ordered_)};
  auto copy = make_uniq<duckdb::CopyStatement>();
  copy->info = std::move(info);

  const auto output = WriteOutput::Of(*connection_->context);
  output->TakeFinished();  // What a statement that failed has left.
  output->TakeFooters();
  output->target_file_bytes = std::clamp<std::uint64_t>(
      NumberProperty(metadata, "write.target-file-size-bytes", kTargetFileBytesOtherwise),
      kTargetFileBytesMin, kDataFileBytesMax / 2);
  output->row_group_bytes = std::clamp<std::uint64_t>(
      NumberProperty(metadata, "write.parquet.row-group-size-bytes", kRowGroupBytesDefault),
      kRowGroupBytesMin, kRowGroupBytesMax);
  auto result = connection_->Query(std::move(copy));
  FinishingUploads& finishing = statement_->write->finishing;
  if (result->HasError()) {
    finishing.Drop();
    DeleteWritten();
    return ToError(result->GetErrorObject());
  }
  if (Status put = finishing.Finish(); !put) {
    DeleteWritten();
    return std::move(put).error();
  }
  auto files = CollectFiles();
  if (!files) DeleteWritten();
  return files;
}

Result<std::vector<iceberg::DataFile>> Writer::CollectFiles() {
  std::map<std::string, WrittenObjects::Entry> written;
  for (auto& entry : statement_->write->written.entries()) written[entry.virtual_path] = entry;
  std::vector<iceberg::DataFile> files;
  const auto output = WriteOutput::Of(*connection_->context);
  std::map<std::string, WrittenFooter> footers = output->TakeFooters();
  for (const FinishedFile& finished : output->TakeFinished()) {
    const auto entry = written.find(finished.virtual_path);
    if (entry == written.end()) {
      return Internal("WrittenFile",
                      "The engine reports a file that was not put: " + finished.virtual_path);
    }
    iceberg::DataFile file;
    file.file_path = entry->second.url;
    file.file_size_bytes = static_cast<std::int64_t>(entry->second.size_bytes);
    file.record_count = static_cast<std::int64_t>(finished.statistics.row_count);
    file.spec_id = target_->metadata->default_spec_id;
    file.split_offsets = footers[finished.virtual_path].split_offsets;
    if (keeps_sort_order_) file.sort_order_id = target_->metadata->default_sort_order_id;
    if (entry->second.partition) {
      file.partition = statement_->write->partitions->TupleOf(*entry->second.partition);
    }
    metrics_.Fill(finished, footers[finished.virtual_path], file);
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

Result<iceberg::DataFile> WritePositionDeletes(duckdb::Connection& connection, Statement& statement,
                                               const WriteTarget& target,
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
  ids.emplace_back("file_path", Value::INTEGER(duckdb::MultiFileReader::DELETE_FILE_PATH_FIELD_ID));
  ids.emplace_back("pos", Value::INTEGER(duckdb::MultiFileReader::DELETE_POS_FIELD_ID));
  FIRN_ASSIGN_OR_RETURN(const std::string codec, Codec(*target.metadata));
  info->options["field_ids"] = {Value::STRUCT(std::move(ids))};
  info->options["compression"] = {Value(codec)};
  info->options["use_tmp_file"] = {Value::BOOLEAN(false)};
  auto copy = make_uniq<duckdb::CopyStatement>();
  copy->info = std::move(info);
  const auto result = connection.Query(std::move(copy));
  if (result->HasError()) return ToError(result->GetErrorObject());
  FIRN_TRY(statement.write->finishing.Finish());
  const auto entries = statement.write->written.entries();
  if (entries.size() != 1) return Internal("WrittenFile", "position deletes made no single file");
  iceberg::DataFile file;
  file.content = iceberg::FileContent::kPositionDeletes;
  file.file_path = entries.front().url;
  file.file_size_bytes = static_cast<std::int64_t>(entries.front().size_bytes);
  return file;
}

}  // namespace firn::duck
