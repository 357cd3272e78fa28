#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/predicate_internal.h"

/// A decoded manifest in the form that scan planning looks through.

namespace firn::iceberg {

/// The entries of one manifest: numbers in columns, each partition once, and the rest where it
/// stands in the decompressed Avro, found by its place and decoded when asked for. Takes the
/// decompressed bytes and about 90 bytes an entry; looking at an entry allocates nothing.
///
/// Immutable; owns all it points to.
class ManifestColumns {
 public:
  /// Decodes as ReadManifest does, what entries inherit included. `schemas` may be null.
  /// Errors: ReadManifest's. What is broken in parts that only Entry reads comes to light there.
  static Result<std::shared_ptr<const ManifestColumns>> Decode(
      std::string_view bytes, const ManifestFile& listed, const PartitionSpec& spec,
      std::span<const NestedField> partition_fields, AvroSchemas* schemas);

  std::size_t size() const { return statuses_.size(); }
  EntryStatus status(std::size_t i) const { return statuses_[i]; }
  std::int64_t record_count(std::size_t i) const { return record_counts_[i]; }
  std::int64_t file_size_bytes(std::size_t i) const { return file_sizes_[i]; }
  std::int64_t sequence_number(std::size_t i) const { return ids_[i].sequence_number; }
  /// Which of `partitions()` is the entry's.
  std::size_t partition_index(std::size_t i) const { return partition_indexes_[i]; }
  const std::vector<PartitionTuple>& partitions() const { return partitions_; }

  /// Of one column in one entry. The views live as long as this does. Where a key stands twice, the
  /// first counts.
  ColumnCounts CountsOf(std::size_t i, std::int32_t field_id) const;
  ColumnBounds BoundsOf(std::size_t i, std::int32_t field_id) const;

  /// The whole entry, as ReadManifest gives it. Errors: kDataCorruption/InvalidManifest.
  Result<ManifestEntry> Entry(std::size_t i) const;

  /// What this takes in memory.
  std::size_t bytes() const;

 private:
  class Builder;

  static constexpr std::int64_t kNone = -1;
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  /// `kNone` stands for null; real ids and numbers are not negative, but snapshot ids may be.
  struct Ids {
    std::int64_t snapshot_id = 0;
    std::int64_t sequence_number = 0;
    std::int64_t file_sequence_number = kNone;
    std::int64_t first_row_id = kNone;
  };
  /// Where an entry begins, and its maps.
  struct Places {
    std::uint32_t entry = 0;
    std::uint32_t value_counts = kNowhere;
    std::uint32_t null_counts = kNowhere;
    std::uint32_t nan_counts = kNowhere;
    std::uint32_t lower_bounds = kNowhere;
    std::uint32_t upper_bounds = kNowhere;
  };
  /// The nodes of the maps in the schema.
  struct Nodes {
    AvroNodeIndex value_counts = 0;
    AvroNodeIndex null_counts = 0;
    AvroNodeIndex nan_counts = 0;
    AvroNodeIndex lower_bounds = 0;
    AvroNodeIndex upper_bounds = 0;
  };

  std::optional<std::int64_t> FindCount(std::uint32_t place, AvroNodeIndex node,
                                        std::int32_t field_id) const;
  std::optional<std::string_view> FindBound(std::uint32_t place, AvroNodeIndex node,
                                            std::int32_t field_id) const;

  std::string path_;  ///< For messages.
  PartitionSpec spec_;
  std::vector<NestedField> partition_fields_;
  std::shared_ptr<const AvroSchema> schema_;
  Nodes nodes_;
  std::string avro_;  ///< All blocks, decompressed, one behind the other.
  std::vector<EntryStatus> statuses_;
  std::vector<std::int64_t> record_counts_;
  std::vector<std::int64_t> file_sizes_;
  std::vector<Ids> ids_;
  std::vector<std::uint32_t> partition_indexes_;
  std::vector<PartitionTuple> partitions_;
  std::vector<Places> places_;
};

}  // namespace firn::iceberg
