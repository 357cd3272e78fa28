#include <algorithm>
#include <parquet_reader.hpp>  // No other source needs it, so it is not among the precompiled ones.

#include "engine/duck/file_system_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/scan_internal.h"

namespace firn::duck {
namespace {

/// For each column of the file's root, its leaves: [first, last).
std::vector<std::pair<std::size_t, std::size_t>> LeavesOf(
    const duckdb_parquet::FileMetaData& metadata) {
  std::vector<std::pair<std::size_t, std::size_t>> leaves;
  std::size_t leaf = 0;
  std::size_t at = 1;  // Behind the root.
  while (at < metadata.schema.size()) {
    const std::size_t first = leaf;
    // The elements stand in the order of a walk: `open` of them are still to come.
    std::int64_t open = 1;
    while (open > 0 && at < metadata.schema.size()) {
      const auto& element = metadata.schema[at++];
      const std::int64_t children = element.__isset.num_children ? element.num_children : 0;
      open += children - 1;
      if (children == 0) ++leaf;
    }
    leaves.emplace_back(first, leaf);
  }
  return leaves;
}

/// Nothing when the file says what cannot be.
std::optional<GroupRanges> RangesOf(const duckdb_parquet::RowGroup& group,
                                    const std::vector<std::size_t>& leaves,
                                    std::uint64_t file_bytes) {
  GroupRanges chunks;
  for (const std::size_t leaf : leaves) {
    if (leaf >= group.columns.size()) return std::nullopt;
    const auto& column = group.columns[leaf].meta_data;
    std::int64_t begin = column.data_page_offset;
    if (column.__isset.dictionary_page_offset && column.dictionary_page_offset > 0) {
      begin = std::min(begin, column.dictionary_page_offset);
    }
    const std::int64_t length = column.total_compressed_size;
    if (begin < 0 || length <= 0 || static_cast<std::uint64_t>(begin) > file_bytes ||
        static_cast<std::uint64_t>(length) > file_bytes - static_cast<std::uint64_t>(begin)) {
      return std::nullopt;
    }
    chunks.push_back({static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(length)});
  }
  std::ranges::sort(chunks, {}, &objects::ByteRange::offset_bytes);
  GroupRanges merged;
  std::uint64_t bytes = 0;
  for (const objects::ByteRange& chunk : chunks) {
    const std::uint64_t end =
        merged.empty() ? 0 : merged.back().offset_bytes + merged.back().length_bytes;
    if (!merged.empty() && chunk.offset_bytes <= end + kReadGapBytesMax) {
      const std::uint64_t chunk_end = chunk.offset_bytes + chunk.length_bytes;
      merged.back().length_bytes = std::max(end, chunk_end) - merged.back().offset_bytes;
    } else {
      merged.push_back(chunk);
    }
  }
  for (const objects::ByteRange& range : merged) bytes += range.length_bytes;
  if (bytes > kReadAheadRunBytesMax) return std::nullopt;
  return merged;
}

}  // namespace

void PlanColumnReads(duckdb::BaseFileReader& file, bool has_filters) {
  // With filters DuckDB reads theirs first and perhaps nothing else of a row group.
  if (has_filters) return;
  auto* reader = dynamic_cast<duckdb::ParquetReader*>(&file);
  if (reader == nullptr || reader->GetFileSize() <= kWholeFileBytesMax) return;
  const duckdb_parquet::FileMetaData& metadata = *reader->GetFileMetadata();
  const auto roots = LeavesOf(metadata);
  std::vector<std::size_t> leaves;
  for (duckdb::idx_t i = 0; i < reader->column_ids.size(); ++i) {
    const auto column = reader->column_ids[duckdb::MultiFileLocalIndex(i)].GetId();
    if (column >= roots.size()) continue;
    for (std::size_t leaf = roots[column].first; leaf < roots[column].second; ++leaf) {
      leaves.push_back(leaf);
    }
  }
  std::ranges::sort(leaves);
  leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());
  if (leaves.empty()) return;
  std::vector<GroupRanges> groups;
  for (const auto& group : metadata.row_groups) {
    auto ranges = RangesOf(group, leaves, reader->GetFileSize());
    if (!ranges) return;
    groups.push_back(*std::move(ranges));
  }
  PlanReads(reader->GetHandle().GetFileHandle(), std::move(groups));
}

}  // namespace firn::duck
