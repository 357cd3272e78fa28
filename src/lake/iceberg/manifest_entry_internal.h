#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/manifest.h"

/// One entry of a manifest: its fields in Avro, and what it inherits from its manifest.
///
/// Reading order: FieldIdOf, EntryReader, EntryInheritance.

namespace firn::iceberg {

struct NamedId {
  std::string_view name;
  std::int32_t id;
};

/// The field's id: its own, or by its name among `names`; -1 for a field nobody knows.
std::int32_t FieldIdOf(const AvroField& field, std::span<const NamedId> names);
/// The same among the fields of an entry and of its `data_file`.
std::int32_t EntryFieldId(const AvroField& field);

Unexpected InvalidManifest(std::string_view path, std::string message);

// What is read must be there, or fit: else the cursor fails.
std::int32_t Narrow(AvroCursor& cursor, std::optional<std::int64_t> wide);
std::optional<std::int32_t> NarrowOptional(AvroCursor& cursor, std::optional<std::int64_t> wide);
std::int64_t Required(AvroCursor& cursor, std::optional<std::int64_t> value);
std::string Required(AvroCursor& cursor, std::optional<std::string> value);

/// Reads entries of one partition spec. Immutable; borrows spec and fields.
class EntryReader {
 public:
  EntryReader(const PartitionSpec& spec, std::span<const NestedField> partition_fields)
      : spec_(spec), partition_fields_(partition_fields) {}

  /// The next record as it stands; nothing is inherited. A broken one fails the cursor.
  ManifestEntry Read(AvroCursor& cursor) const;
  /// The value of a `partition` field; `partition` has the spec's length.
  void ReadPartition(AvroCursor& cursor, AvroNodeIndex index, PartitionTuple& partition) const;

 private:
  void ReadDataFile(AvroCursor& cursor, AvroNodeIndex index, DataFile& file) const;
  void ReadDataFileField(AvroCursor& cursor, const AvroField& field, DataFile& file) const;
  std::optional<std::size_t> FindPosition(const AvroField& field) const;

  const PartitionSpec& spec_;
  const std::span<const NestedField> partition_fields_;
};

/// What an entry may inherit, and what that depends on.
struct EntryIds {
  EntryStatus status = EntryStatus::kAdded;
  FileContent content = FileContent::kData;
  std::int64_t record_count = 0;
  std::optional<std::int64_t> snapshot_id;
  std::optional<std::int64_t> sequence_number;
  std::optional<std::int64_t> file_sequence_number;
  std::optional<std::int64_t> first_row_id;
};

/// Fills what an entry leaves to its manifest (spec, "Manifest Entry Fields" and "Sequence Number
/// Inheritance"). Asked for every entry in order, since row ids go on from one to the next.
class EntryInheritance {
 public:
  /// `listed` must outlive it.
  explicit EntryInheritance(const ManifestFile& listed)
      : listed_(listed), next_row_id_(listed.first_row_id) {}

  /// Errors: kDataCorruption/InvalidManifest.
  Status Apply(EntryIds& entry, std::string_view file_path);

 private:
  Status AssignRowIds(EntryIds& entry);

  const ManifestFile& listed_;
  std::optional<std::int64_t> next_row_id_;
};

}  // namespace firn::iceberg
