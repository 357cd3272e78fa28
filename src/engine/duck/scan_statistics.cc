#include <algorithm>
#include <duckdb/function/partition_stats.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <duckdb/storage/statistics/string_stats.hpp>

#include "base/json.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/scan_internal.h"

namespace firn::duck {
namespace {

using duckdb::BaseStatistics;
using duckdb::StatsInfo;

/// What one file says of one column.
struct FileColumn {
  bool may_be_null = true;
  bool may_be_value = true;
  /// Both or neither. NaN is none of them.
  std::optional<iceberg::Literal> lower;
  std::optional<iceberg::Literal> upper;
  bool is_exact = false;  ///< The bounds are values of the file.
};

std::optional<std::int64_t> CountIn(const std::map<std::int32_t, std::int64_t>& counts,
                                    std::int32_t field_id) {
  const auto found = counts.find(field_id);
  if (found == counts.end()) return std::nullopt;
  return found->second;
}

bool IsFloat(const iceberg::Type& type) {
  return type.kind == iceberg::TypeKind::kFloat || type.kind == iceberg::TypeKind::kDouble;
}
/// Writers shorten their bounds.
bool MayBeTruncated(const iceberg::Type& type) {
  return type.kind == iceberg::TypeKind::kString || type.kind == iceberg::TypeKind::kBinary ||
         type.kind == iceberg::TypeKind::kFixed;
}
/// Bounds widen -0 and 0 to both.
bool IsZero(const iceberg::Literal& literal) {
  const auto* as_float = std::get_if<float>(&literal.value);
  const auto* as_double = std::get_if<double>(&literal.value);
  return (as_float != nullptr && *as_float == 0) || (as_double != nullptr && *as_double == 0);
}

FileColumn ReadColumn(const ScanSource& source, const iceberg::NestedField& field,
                      const iceberg::DataFile& file) {
  FileColumn column;
  const auto nulls = CountIn(file.null_value_counts, field.id);
  const auto values = CountIn(file.value_counts, field.id);
  if (nulls && values && *values == file.record_count) {
    column.may_be_null = *nulls != 0;
    column.may_be_value = *nulls != *values;
  }
  const iceberg::PartitionSpec* spec = source.table().metadata->FindSpec(file.spec_id);
  for (std::size_t i = 0; spec != nullptr && i < spec->fields.size() && i < file.partition.size();
       ++i) {
    if (spec->fields[i].source_id != field.id ||
        spec->fields[i].transform.kind != iceberg::TransformKind::kIdentity) {
      continue;
    }
    const auto value =
        file.partition[i] ? iceberg::CastLiteral(*file.partition[i], field.type) : std::nullopt;
    column.may_be_null = !file.partition[i];
    column.may_be_value = file.partition[i].has_value();
    if (value && !value->is_nan()) {
      column.lower = column.upper = value;
      column.is_exact = true;
    }
    return column;
  }
  const auto lower = file.lower_bounds.find(field.id);
  const auto upper = file.upper_bounds.find(field.id);
  if (lower == file.lower_bounds.end() || upper == file.upper_bounds.end()) return column;
  if (IsFloat(field.type) && CountIn(file.nan_value_counts, field.id) != 0) return column;
  auto low = iceberg::LiteralFromBinary(lower->second, field.type);
  auto high = iceberg::LiteralFromBinary(upper->second, field.type);
  if (!low || !high || low->is_nan() || high->is_nan()) return column;
  column.is_exact = !MayBeTruncated(field.type) && !IsZero(*low) && !IsZero(*high);
  column.lower = std::move(*low);
  column.upper = std::move(*high);
  return column;
}

/// Widens `column` by another file's.
void Merge(FileColumn& column, FileColumn other) {
  column.may_be_null |= other.may_be_null;
  if (!other.may_be_value) return;
  if (!column.may_be_value) {
    other.may_be_null = column.may_be_null;
    column = std::move(other);
    return;
  }
  if (!column.lower || !other.lower) {
    column.lower.reset();
    column.upper.reset();
    return;
  }
  if (Compare(*other.lower, *column.lower) == std::strong_ordering::less) {
    column.lower = std::move(other.lower);
  }
  if (Compare(*other.upper, *column.upper) == std::strong_ordering::greater) {
    column.upper = std::move(other.upper);
  }
}

/// nullptr for types whose statistics DuckDB keeps in another way.
duckdb::unique_ptr<BaseStatistics> ToStatistics(const FileColumn& column,
                                                const duckdb::LogicalType& type) {
  const bool is_text = type.id() == duckdb::LogicalTypeId::VARCHAR;
  const bool is_number = type.IsNumeric() || type.id() == duckdb::LogicalTypeId::DATE ||
                         type.id() == duckdb::LogicalTypeId::TIMESTAMP ||
                         type.id() == duckdb::LogicalTypeId::TIMESTAMP_TZ;
  if (!is_text && !is_number) return nullptr;
  auto statistics = BaseStatistics::CreateUnknown(type);
  if (!column.may_be_value) {
    statistics.Set(StatsInfo::CANNOT_HAVE_VALID_VALUES);
    return statistics.ToUnique();
  }
  if (!column.may_be_null) statistics.Set(StatsInfo::CANNOT_HAVE_NULL_VALUES);
  if (!column.lower) return statistics.ToUnique();
  const duckdb::Value lower = ToValue(*column.lower).DefaultCastAs(type);
  const duckdb::Value upper = ToValue(*column.upper).DefaultCastAs(type);
  // One value and nulls: DuckDB would take an IN for always true.
  if (column.may_be_null && lower == upper) return statistics.ToUnique();
  if (is_text) {
    const std::string low = duckdb::StringValue::Get(lower);
    const std::string high = duckdb::StringValue::Get(upper);
    duckdb::StringStats::SetMin(statistics, duckdb::string_t(low));
    duckdb::StringStats::SetMax(statistics, duckdb::string_t(high));
  } else {
    duckdb::NumericStats::SetMin(statistics, lower);
    duckdb::NumericStats::SetMax(statistics, upper);
  }
  return statistics.ToUnique();
}

/// The number of distinct values that the table's statistics files tell of the column, newest
/// first. Their blobs' properties stand in the table's metadata, so that no Puffin file is read.
std::optional<std::uint64_t> DistinctCount(const iceberg::TableMetadata& metadata,
                                           std::int32_t field_id) {
  std::optional<std::uint64_t> count;
  std::int64_t newest = -1;
  for (const json::value& file : metadata.statistics) {
    const json::value* blobs =
        file.is_object() ? file.as_object().if_contains("blob-metadata") : nullptr;
    if (blobs == nullptr || !blobs->is_array()) continue;
    for (const json::value& blob : blobs->as_array()) {
      if (!blob.is_object()) continue;
      const json::object& object = blob.as_object();
      const json::value* type = object.if_contains("type");
      const json::value* fields = object.if_contains("fields");
      const json::value* number = object.if_contains("sequence-number");
      const json::value* properties = object.if_contains("properties");
      if (type == nullptr || *type != "apache-datasketches-theta-v1" || fields == nullptr ||
          !fields->is_array() || fields->as_array().size() != 1 ||
          fields->as_array()[0] != field_id || properties == nullptr || !properties->is_object()) {
        continue;
      }
      const json::value* ndv = properties->as_object().if_contains("ndv");
      const std::int64_t sequence =
          number != nullptr && number->is_int64() ? number->as_int64() : 0;
      if (ndv == nullptr || !ndv->is_string() || sequence < newest) continue;
      const auto value =
          TryCastValue(duckdb::Value(std::string(ndv->as_string())), duckdb::LogicalType::UBIGINT);
      if (!value || value->IsNull()) continue;
      newest = sequence;
      count = value->GetValue<std::uint64_t>();
    }
  }
  return count;
}

/// One file for DuckDB's optimizer.
class FilePartition final : public duckdb::PartitionRowGroup {
 public:
  FilePartition(std::shared_ptr<const ScanSource> source, const iceberg::ScanTask& task)
      : source_(std::move(source)), task_(task) {}

  duckdb::unique_ptr<BaseStatistics> GetColumnStatistics(
      const duckdb::StorageIndex& index) override {
    const std::size_t column = index.GetPrimaryIndex();
    if (column >= source_->schema().fields.size() || index.HasChildren()) return nullptr;
    const FileColumn known =
        ReadColumn(*source_, source_->schema().fields[column], task_.data_file);
    return ToStatistics(known, source_->columns()[column].type);
  }
  bool MinMaxIsExact(const BaseStatistics&, const duckdb::StorageIndex& index) override {
    const std::size_t column = index.GetPrimaryIndex();
    return task_.deletes.empty() &&
           ReadColumn(*source_, source_->schema().fields[column], task_.data_file).is_exact;
  }

 private:
  const std::shared_ptr<const ScanSource> source_;
  const iceberg::ScanTask& task_;
};

}  // namespace

duckdb::unique_ptr<BaseStatistics> ColumnStatisticsOf(
    const ScanSource& source, const std::vector<const iceberg::ScanTask*>& tasks,
    duckdb::column_t column) {
  if (column >= source.schema().fields.size()) return nullptr;
  const iceberg::NestedField& field = source.schema().fields[column];
  if (!field.type.is_primitive() || tasks.empty()) return nullptr;
  FileColumn known;
  if (tasks.size() <= kCertainFilterFilesMax) {
    known = ReadColumn(source, field, tasks[0]->data_file);
    for (std::size_t i = 1; i < tasks.size(); ++i) {
      Merge(known, ReadColumn(source, field, tasks[i]->data_file));
    }
  }
  auto statistics = ToStatistics(known, source.columns()[column].type);
  if (statistics == nullptr) return nullptr;
  if (const auto count = DistinctCount(*source.table().metadata, field.id)) {
    statistics->SetDistinctCount(*count);
  }
  return statistics;
}

duckdb::vector<duckdb::PartitionStatistics> FileStatisticsOf(
    std::shared_ptr<const ScanSource> source, const std::vector<const iceberg::ScanTask*>& tasks) {
  duckdb::vector<duckdb::PartitionStatistics> files;
  for (const iceberg::ScanTask* task : tasks) {
    duckdb::PartitionStatistics file;
    file.count = static_cast<duckdb::idx_t>(task->data_file.record_count);
    file.count_type = task->deletes.empty() ? duckdb::CountType::COUNT_EXACT
                                            : duckdb::CountType::COUNT_APPROXIMATE;
    file.partition_row_group = duckdb::make_shared_ptr<FilePartition>(source, *task);
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace firn::duck
