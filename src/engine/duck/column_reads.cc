#include <algorithm>
#include <duckdb/planner/filter/conjunction_filter.hpp>
#include <duckdb/planner/filter/constant_filter.hpp>
#include <duckdb/storage/buffer/block_handle.hpp>
#include <duckdb/storage/external_file_cache.hpp>
#include <duckdb/storage/statistics/numeric_stats.hpp>
#include <duckdb/storage/statistics/string_stats.hpp>
#include <parquet_reader.hpp>  // No other source needs it, so it is not among the precompiled ones.

#include "engine/duck/column_reads_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/group_reads_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_limits.h"

namespace firn::duck {
namespace {

using duckdb::FilterPropagateResult;
using duckdb::LogicalTypeId;
using duckdb::ParquetColumnSchema;
using duckdb::ParquetColumnSchemaType;
using duckdb::TableFilter;
using duckdb::TableFilterType;
using objects::ByteRange;

/// DuckDB reads a row group whole when it wants more of it than this, and there are no filters.
constexpr double kWholeGroupShareMin = 0.95;
/// Column chunks that DuckDB reads in one piece.
constexpr std::uint64_t kNeighbourGapBytesMax = std::uint64_t{16} << 10;

std::uint64_t EndOf(const ByteRange& range) { return range.offset_bytes + range.length_bytes; }

bool IsLeaf(const ParquetColumnSchema& schema) {
  return schema.children.empty() && schema.schema_type != ParquetColumnSchemaType::FILE_ROW_NUMBER;
}

/// Adds the leaves that a scan reads of a column; `index` may name parts of a struct.
void AddLeaves(const ParquetColumnSchema& schema, const duckdb::ColumnIndex& index,
               std::vector<std::size_t>& leaves) {
  if (IsLeaf(schema)) leaves.push_back(schema.column_index);
  if (index.HasChildren() && schema.type.id() == LogicalTypeId::STRUCT) {
    for (const duckdb::ColumnIndex& child : index.GetChildIndexes()) {
      if (child.GetPrimaryIndex() >= schema.children.size()) continue;
      AddLeaves(schema.children[child.GetPrimaryIndex()], child, leaves);
    }
    return;
  }
  for (const ParquetColumnSchema& child : schema.children) {
    AddLeaves(child, duckdb::ColumnIndex(0), leaves);
  }
}

/// A column that the scan reads.
struct Column {
  const ParquetColumnSchema* schema = nullptr;
  std::vector<std::size_t> leaves;
  const TableFilter* filter = nullptr;
  /// Read before the columns that no filter is on.
  bool is_first = true;
};

std::vector<Column> ColumnsOf(duckdb::ParquetReader& reader) {
  std::vector<Column> columns;
  const auto& roots = reader.root_schema->children;
  for (duckdb::idx_t i = 0; i < reader.column_ids.size(); ++i) {
    const duckdb::MultiFileLocalIndex local(i);
    const auto id = reader.column_ids[local].GetId();
    if (id >= roots.size()) continue;
    Column column{.schema = &roots[id], .leaves = {}};
    const bool has_index = i < reader.column_indexes.size();
    AddLeaves(roots[id], has_index ? reader.column_indexes[i] : duckdb::ColumnIndex(id),
              column.leaves);
    if (reader.filters != nullptr) {
      const auto found = reader.filters->filters.find(i);
      if (found != reader.filters->filters.end()) column.filter = found->second.get();
    }
    columns.push_back(std::move(column));
  }
  const auto must_pass = [](const Column& column) {
    return column.filter != nullptr &&
           column.filter->filter_type != TableFilterType::OPTIONAL_FILTER;
  };
  if (std::ranges::any_of(columns, must_pass)) {
    for (Column& column : columns) column.is_first = must_pass(column);
  }
  return columns;
}

/// Nothing when the file says what cannot be.
std::optional<ByteRange> ChunkOf(const duckdb_parquet::ColumnChunk& chunk,
                                 std::uint64_t file_bytes) {
  const auto& column = chunk.meta_data;
  std::int64_t begin = column.data_page_offset;
  if (column.__isset.dictionary_page_offset) begin = std::min(begin, column.dictionary_page_offset);
  if (column.__isset.index_page_offset) begin = std::min(begin, column.index_page_offset);
  const std::int64_t length = column.total_compressed_size;
  if (begin < 0 || length <= 0 || static_cast<std::uint64_t>(begin) > file_bytes ||
      static_cast<std::uint64_t>(length) > file_bytes - static_cast<std::uint64_t>(begin)) {
    return std::nullopt;
  }
  return ByteRange{static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(length)};
}

/// As DuckDB judges a text column by its whole bounds.
bool MayHoldText(const TableFilter& filter, const duckdb::BaseStatistics& statistics,
                 const duckdb_parquet::Statistics& bounds) {
  if (filter.filter_type == TableFilterType::CONJUNCTION_AND) {
    const auto& parts = filter.Cast<duckdb::ConjunctionAndFilter>().child_filters;
    return std::ranges::all_of(
        parts, [&](const auto& part) { return MayHoldText(*part, statistics, bounds); });
  }
  if (filter.filter_type != TableFilterType::CONSTANT_COMPARISON) {
    return const_cast<TableFilter&>(filter).CheckStatistics(const_cast<duckdb::BaseStatistics&>(
               statistics)) != FilterPropagateResult::FILTER_ALWAYS_FALSE;
  }
  const auto& constant = filter.Cast<duckdb::ConstantFilter>();
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<duckdb::const_data_ptr_t>(text.data());
  };
  return duckdb::StringStats::CheckZonemap(bytes(bounds.min_value), bounds.min_value.size(),
                                           bytes(bounds.max_value), bounds.max_value.size(),
                                           constant.comparison_type,
                                           duckdb::StringValue::Get(constant.constant)) !=
         FilterPropagateResult::FILTER_ALWAYS_FALSE;
}

/// False when the group's statistics show that no row passes the column's filter. A wrong answer
/// costs time only: DuckDB decides what is read.
bool MayPass(const duckdb::ParquetReader& reader, const Column& column, std::size_t group_index) {
  const auto& group = reader.GetFileMetadata()->row_groups[group_index];
  const ParquetColumnSchema& schema = *column.schema;
  if (column.filter == nullptr || schema.schema_type != ParquetColumnSchemaType::COLUMN ||
      schema.column_index >= group.columns.size()) {
    return true;
  }
  const auto statistics =
      schema.Stats(*reader.GetFileMetadata(), reader.parquet_options, group_index, group.columns);
  if (statistics == nullptr) return true;
  auto& filter = const_cast<TableFilter&>(*column.filter);
  const auto& bounds = group.columns[schema.column_index].meta_data.statistics;
  if (schema.type.id() == LogicalTypeId::VARCHAR && bounds.__isset.min_value &&
      bounds.__isset.max_value) {
    return MayHoldText(filter, *statistics, bounds);
  }
  if (filter.CheckStatistics(*statistics) != FilterPropagateResult::FILTER_ALWAYS_FALSE) {
    return true;
  }
  const bool is_float =
      schema.type.id() == LogicalTypeId::FLOAT || schema.type.id() == LogicalTypeId::DOUBLE;
  if (!is_float || !reader.parquet_options.can_have_nan) return false;
  // Bounds leave NaN out.
  auto nan = duckdb::NumericStats::CreateUnknown(schema.type);
  const duckdb::Value value = duckdb::Value("nan").DefaultCastAs(schema.type);
  duckdb::NumericStats::SetMin(nan, value);
  duckdb::NumericStats::SetMax(nan, value);
  return filter.CheckStatistics(nan) != FilterPropagateResult::FILTER_ALWAYS_FALSE;
}

/// True for filters that DuckDB asks a Bloom filter about.
bool HasEqualConstant(const TableFilter& filter) {
  const auto in_any = [](const auto& parts) {
    return std::ranges::any_of(parts, [](const auto& part) { return HasEqualConstant(*part); });
  };
  switch (filter.filter_type) {
    case TableFilterType::CONSTANT_COMPARISON:
      return filter.Cast<duckdb::ConstantFilter>().comparison_type ==
             duckdb::ExpressionType::COMPARE_EQUAL;
    case TableFilterType::CONJUNCTION_AND:
      return in_any(filter.Cast<duckdb::ConjunctionAndFilter>().child_filters);
    case TableFilterType::CONJUNCTION_OR:
      return in_any(filter.Cast<duckdb::ConjunctionOrFilter>().child_filters);
    default: return false;
  }
}

std::optional<ByteRange> BloomFilterOf(const Column& column, const duckdb_parquet::RowGroup& group,
                                       std::uint64_t file_bytes) {
  const ParquetColumnSchema& schema = *column.schema;
  if (column.filter == nullptr || !IsLeaf(schema) || schema.column_index >= group.columns.size() ||
      !HasEqualConstant(*column.filter)) {
    return std::nullopt;
  }
  const auto& chunk = group.columns[schema.column_index].meta_data;
  if (!chunk.__isset.bloom_filter_offset || !chunk.__isset.bloom_filter_length) return std::nullopt;
  const auto offset = static_cast<std::uint64_t>(chunk.bloom_filter_offset);
  const auto length = static_cast<std::uint64_t>(chunk.bloom_filter_length);
  if (chunk.bloom_filter_offset <= 0 || chunk.bloom_filter_length <= 0 || offset > file_bytes ||
      length > file_bytes - offset) {
    return std::nullopt;
  }
  return ByteRange{offset, length};
}

/// What DuckDB has in memory of the file: ascending.
std::vector<ByteRange> CachedRanges(duckdb::ClientContext& context, const std::string& url) {
  std::vector<ByteRange> ranges;
  const auto file = duckdb::ExternalFileCache::Get(context).GetOrCreateCachedFile(url);
  const auto guard = file->lock.GetSharedLock();
  for (const auto& [location, range] : file->Ranges(guard)) {
    if (range->block_handle->GetMemory().IsUnloaded()) continue;
    ranges.push_back({location, range->nr_bytes});
  }
  return ranges;
}

bool IsCached(const std::vector<ByteRange>& cached, const ByteRange& chunk) {
  const auto behind =
      std::ranges::upper_bound(cached, chunk.offset_bytes, {}, &ByteRange::offset_bytes);
  return behind != cached.begin() && EndOf(*(behind - 1)) >= EndOf(chunk);
}

/// Leaves out what is in memory. DuckDB reads neighbours in one piece unless it has all of them.
void DropCached(const std::vector<ByteRange>& cached, std::vector<ByteRange>& chunks) {
  std::ranges::sort(chunks, {}, &ByteRange::offset_bytes);
  std::vector<ByteRange> kept;
  for (std::size_t begin = 0, end = 0; begin < chunks.size(); begin = end) {
    bool are_cached = true;
    do {
      are_cached = are_cached && IsCached(cached, chunks[end]);
      ++end;
    } while (end < chunks.size() &&
             chunks[end].offset_bytes <= EndOf(chunks[end - 1]) + kNeighbourGapBytesMax);
    if (are_cached) continue;
    for (std::size_t i = begin; i < end; ++i) kept.push_back(chunks[i]);
  }
  chunks = std::move(kept);
}

/// The group's ranges; nothing when the file says what cannot be.
std::optional<GroupPlan> PlanGroup(const duckdb_parquet::RowGroup& group,
                                   const std::vector<Column>& columns, bool has_filters,
                                   std::uint64_t file_bytes) {
  GroupPlan plan;
  std::vector<ByteRange> chunks;
  ByteRange hull;
  for (const auto& chunk : group.columns) {
    const auto range = ChunkOf(chunk, file_bytes);
    if (!range) return std::nullopt;
    if (chunks.empty()) hull = *range;
    const std::uint64_t begin = std::min(hull.offset_bytes, range->offset_bytes);
    hull = {begin, std::max(EndOf(hull), EndOf(*range)) - begin};
    chunks.push_back(*range);
  }
  std::vector<bool> is_planned(chunks.size(), false);
  std::uint64_t bytes = 0;
  for (const bool is_first : {true, false}) {
    for (const Column& column : columns) {
      if (column.is_first != is_first) continue;
      for (const std::size_t leaf : column.leaves) {
        if (leaf >= chunks.size()) return std::nullopt;
        if (is_planned[leaf]) continue;
        is_planned[leaf] = true;
        bytes += chunks[leaf].length_bytes;
        (is_first ? plan.first : plan.rest).push_back(chunks[leaf]);
      }
    }
  }
  const auto share = static_cast<double>(bytes) / static_cast<double>(hull.length_bytes);
  if (!has_filters && share > kWholeGroupShareMin) plan.first = {hull};
  return plan;
}

}  // namespace

void AnnounceSmallFiles(duckdb::ClientContext& context, const ScanSource& source,
                        const std::vector<const iceberg::DataFile*>& files) {
  if (files.size() < 2) return;
  auto& cache = duckdb::ExternalFileCache::Get(context);
  std::vector<ReadAhead::File> small;
  for (const iceberg::DataFile* file : files) {
    const auto size_bytes = static_cast<std::uint64_t>(file->file_size_bytes);
    if (size_bytes > kWholeFileBytesMax) continue;
    // What DuckDB has read of a file that small was most likely all of it.
    const auto cached = cache.GetOrCreateCachedFile(file->file_path);
    const auto guard = cached->lock.GetSharedLock();
    if (!cached->Ranges(guard).empty()) continue;
    small.push_back({.url = file->file_path, .size_bytes = size_bytes});
  }
  source.statement().read_ahead()->Announce(source.table().store, std::move(small));
}

void PlanColumnReads(duckdb::ClientContext& context, duckdb::BaseFileReader& file) {
  auto* reader = dynamic_cast<duckdb::ParquetReader*>(&file);
  if (reader == nullptr) return;
  const std::uint64_t file_bytes = reader->GetFileSize();
  const std::vector<Column> columns = ColumnsOf(*reader);
  const std::vector<ByteRange> cached = CachedRanges(context, reader->GetFileName());
  const bool has_filters = reader->filters != nullptr;
  ReadPlan plan;
  const auto& groups = reader->GetFileMetadata()->row_groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto group = PlanGroup(groups[i], columns, has_filters, file_bytes);
    if (!group) return;
    DropCached(cached, group->first);
    DropCached(cached, group->rest);
    const bool may_pass = std::ranges::all_of(
        columns, [&](const Column& column) { return MayPass(*reader, column, i); });
    if (!may_pass) group->chance = GroupPlan::Chance::kNone;
    for (const Column& column : columns) {
      const auto bloom = BloomFilterOf(column, groups[i], file_bytes);
      if (!may_pass || !bloom) continue;
      group->chance = GroupPlan::Chance::kOpen;
      if (!IsCached(cached, *bloom)) plan.lookups.push_back(*bloom);
    }
    plan.groups.push_back(*std::move(group));
  }
  std::uint64_t lookup_bytes = 0;
  for (const ByteRange& range : plan.lookups) lookup_bytes += range.length_bytes;
  if (lookup_bytes > kLookupBytesMax) plan.lookups.clear();
  PlanReads(reader->GetHandle().GetFileHandle(), std::move(plan));
}

}  // namespace firn::duck
