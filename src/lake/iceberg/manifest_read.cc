#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/encoding.h"
#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest.h"

namespace firn::iceberg {
namespace {

struct NamedId {
  std::string_view name;
  std::int32_t id;
};

// Names of the fields, for writers that leave `field-id` out (spec, "Manifests" and "Manifest
// Lists"; v1's older names of the counts are Java's before 0.12).
constexpr std::array<NamedId, 26> kEntryNames = {{
    {"status", 0},
    {"snapshot_id", 1},
    {"data_file", 2},
    {"sequence_number", 3},
    {"file_sequence_number", 4},
    {"content", 134},
    {"file_path", 100},
    {"file_format", 101},
    {"partition", 102},
    {"record_count", 103},
    {"file_size_in_bytes", 104},
    {"column_sizes", 108},
    {"value_counts", 109},
    {"null_value_counts", 110},
    {"nan_value_counts", 137},
    {"lower_bounds", 125},
    {"upper_bounds", 128},
    {"key_metadata", 131},
    {"split_offsets", 132},
    {"equality_ids", 135},
    {"sort_order_id", 140},
    {"spec_id", 141},
    {"first_row_id", 142},
    {"referenced_data_file", 143},
    {"content_offset", 144},
    {"content_size_in_bytes", 145},
}};

constexpr std::array<NamedId, 23> kListNames = {{
    {"manifest_path", 500},        {"manifest_length", 501},
    {"partition_spec_id", 502},    {"added_snapshot_id", 503},
    {"added_files_count", 504},    {"added_data_files_count", 504},
    {"existing_files_count", 505}, {"existing_data_files_count", 505},
    {"deleted_files_count", 506},  {"deleted_data_files_count", 506},
    {"partitions", 507},           {"contains_null", 509},
    {"lower_bound", 510},          {"upper_bound", 511},
    {"added_rows_count", 512},     {"existing_rows_count", 513},
    {"deleted_rows_count", 514},   {"sequence_number", 515},
    {"min_sequence_number", 516},  {"content", 517},
    {"contains_nan", 518},         {"key_metadata", 519},
    {"first_row_id", 520},
}};

/// -1 for a field nobody knows.
std::int32_t IdOf(const AvroField& field, std::span<const NamedId> names) {
  if (field.field_id) return *field.field_id;
  for (const NamedId& named : names) {
    if (named.name == field.name) return named.id;
  }
  return -1;
}

Unexpected InvalidManifest(std::string_view path, std::string message) {
  return DataCorruption("InvalidManifest", fmt::format("manifest {}: {}", path, message));
}

std::int32_t Narrow(AvroCursor& cursor, std::optional<std::int64_t> wide) {
  if (!wide || *wide < INT32_MIN || *wide > INT32_MAX) {
    cursor.Fail();
    return 0;
  }
  return static_cast<std::int32_t>(*wide);
}

std::optional<std::int32_t> NarrowOptional(AvroCursor& cursor, std::optional<std::int64_t> wide) {
  if (!wide) return std::nullopt;
  return Narrow(cursor, wide);
}

std::int64_t Required(AvroCursor& cursor, std::optional<std::int64_t> value) {
  if (!value) cursor.Fail();
  return value.value_or(0);
}

std::string Required(AvroCursor& cursor, std::optional<std::string> value) {
  if (!value) cursor.Fail();
  return std::move(value).value_or("");
}

/// A map with integer keys: an array of key-value records (`logicalType: map`), in either order of
/// the two.
template <typename Value, typename ReadValue>
void ReadIdMap(AvroCursor& cursor, AvroNodeIndex index, std::map<std::int32_t, Value>& map,
               const ReadValue& read_value) {
  cursor.ReadArray(index, [&](AvroNodeIndex item) {
    const AvroNode* pair = cursor.Enter(item);
    if (pair == nullptr || pair->kind != AvroKind::kRecord || pair->fields.size() < 2) {
      cursor.Fail();
      return;
    }
    std::optional<std::int32_t> key;
    std::optional<Value> value;
    for (std::size_t i = 0; i < pair->fields.size() && !cursor.failed(); ++i) {
      const AvroField& field = pair->fields[i];
      if (field.name == "key" || (i == 0 && field.name != "value")) {
        key = Narrow(cursor, cursor.ReadWhole(field.node));
      } else if (field.name == "value" || i == 1) {
        value = read_value(field.node);
      } else {
        cursor.Skip(field.node);
      }
    }
    if (key && value) map[*key] = *std::move(value);
  });
}

void ReadCounts(AvroCursor& cursor, AvroNodeIndex index,
                std::map<std::int32_t, std::int64_t>& map) {
  ReadIdMap(cursor, index, map, [&](AvroNodeIndex node) { return cursor.ReadWhole(node); });
}

void ReadBounds(AvroCursor& cursor, AvroNodeIndex index, std::map<std::int32_t, std::string>& map) {
  ReadIdMap(cursor, index, map, [&](AvroNodeIndex node) { return cursor.ReadBlob(node); });
}

/// A value as its Avro type alone says, for partition columns whose Iceberg type is gone.
std::optional<Literal> ReadNaturalValue(AvroCursor& cursor, const AvroNode& node) {
  switch (node.kind) {
    case AvroKind::kBoolean:
      return Literal::Boolean(cursor.ReadBoolean());
    case AvroKind::kInt:
      return Literal::Int(Narrow(cursor, cursor.ReadVarint()));
    case AvroKind::kLong:
      return Literal::Long(cursor.ReadVarint());
    case AvroKind::kFloat:
      return Literal::Float(cursor.ReadFloat());
    case AvroKind::kDouble:
      return Literal::Double(cursor.ReadDouble());
    case AvroKind::kBytes:
      return Literal::Binary(std::string(cursor.ReadBytes()));
    case AvroKind::kString:
      return Literal::String(std::string(cursor.ReadBytes()));
    case AvroKind::kFixed:
      return Literal::Fixed(std::string(cursor.ReadFixed(node.fixed_size)));
    default:
      cursor.Fail();
      return std::nullopt;
  }
}

/// Gives a value read by its Avro type the partition field's type where that is the same value.
std::optional<Literal> Retype(Literal natural, const Type& type) {
  switch (type.kind) {
    case TypeKind::kDate:
      if (natural.type.kind == TypeKind::kInt) return Literal{type, natural.value};
      break;
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
      if (natural.type.kind == TypeKind::kLong) return Literal{type, natural.value};
      break;
    case TypeKind::kDecimal:
    case TypeKind::kFixed:
    case TypeKind::kBinary:
      if (const auto* bytes = std::get_if<std::string>(&natural.value)) {
        if (auto literal = LiteralFromBinary(*bytes, type)) return *std::move(literal);
      }
      break;
    case TypeKind::kUuid:
      if (const auto* bytes = std::get_if<std::string>(&natural.value)) {
        if (bytes->size() == 16) return Literal::Uuid(*bytes);
        if (auto literal = LiteralFromJson(json::value(*bytes), type)) return *std::move(literal);
      }
      break;
    default:
      break;
  }
  if (auto cast = CastLiteral(natural, type)) return cast;
  return natural;
}

class EntryReader {
 public:
  EntryReader(const PartitionSpec& spec, std::span<const NestedField> partition_fields)
      : spec_(spec), partition_fields_(partition_fields) {}

  ManifestEntry Read(AvroCursor& cursor) const {
    ManifestEntry entry;
    const AvroNode* record = cursor.Enter(cursor.schema().root);
    if (record == nullptr || record->kind != AvroKind::kRecord) {
      cursor.Fail();
      return entry;
    }
    bool has_file = false;
    for (const AvroField& field : record->fields) {
      if (cursor.failed()) break;
      switch (IdOf(field, kEntryNames)) {
        case 0: {
          const std::int64_t status = Required(cursor, cursor.ReadWhole(field.node));
          if (status < 0 || status > 2)
            cursor.Fail();
          else
            entry.status = static_cast<EntryStatus>(status);
          break;
        }
        case 1:
          entry.snapshot_id = cursor.ReadWhole(field.node);
          break;
        case 2:
          ReadDataFile(cursor, field.node, entry.data_file);
          has_file = true;
          break;
        case 3:
          entry.sequence_number = cursor.ReadWhole(field.node);
          break;
        case 4:
          entry.file_sequence_number = cursor.ReadWhole(field.node);
          break;
        default:
          cursor.Skip(field.node);
          break;
      }
    }
    if (!has_file) cursor.Fail();
    return entry;
  }

 private:
  void ReadDataFile(AvroCursor& cursor, AvroNodeIndex index, DataFile& file) const {
    const AvroNode* record = cursor.Enter(index);
    if (record == nullptr || record->kind != AvroKind::kRecord) {
      cursor.Fail();
      return;
    }
    file.spec_id = spec_.spec_id;
    file.partition.resize(spec_.fields.size());
    for (const AvroField& field : record->fields) {
      if (cursor.failed()) return;
      ReadDataFileField(cursor, field, file);
    }
    if (file.file_path.empty() || file.record_count < 0 || file.file_size_bytes < 0) cursor.Fail();
  }

  void ReadDataFileField(AvroCursor& cursor, const AvroField& field, DataFile& file) const {
    const AvroNodeIndex node = field.node;
    switch (IdOf(field, kEntryNames)) {
      case 134: {
        const std::int64_t content = cursor.ReadWhole(node).value_or(0);
        if (content < 0 || content > 2)
          cursor.Fail();
        else
          file.content = static_cast<FileContent>(content);
        return;
      }
      case 100:
        file.file_path = Required(cursor, cursor.ReadBlob(node));
        return;
      case 101:
        file.file_format = ToUpperAscii(Required(cursor, cursor.ReadBlob(node)));
        return;
      case 102:
        ReadPartition(cursor, node, file.partition);
        return;
      case 103:
        file.record_count = Required(cursor, cursor.ReadWhole(node));
        return;
      case 104:
        file.file_size_bytes = Required(cursor, cursor.ReadWhole(node));
        return;
      case 108:
        return ReadCounts(cursor, node, file.column_sizes);
      case 109:
        return ReadCounts(cursor, node, file.value_counts);
      case 110:
        return ReadCounts(cursor, node, file.null_value_counts);
      case 137:
        return ReadCounts(cursor, node, file.nan_value_counts);
      case 125:
        return ReadBounds(cursor, node, file.lower_bounds);
      case 128:
        return ReadBounds(cursor, node, file.upper_bounds);
      case 131:
        file.key_metadata = cursor.ReadBlob(node);
        return;
      case 132:
        cursor.ReadArray(node, [&](AvroNodeIndex item) {
          file.split_offsets.push_back(Required(cursor, cursor.ReadWhole(item)));
        });
        return;
      case 135:
        cursor.ReadArray(node, [&](AvroNodeIndex item) {
          file.equality_ids.push_back(Narrow(cursor, cursor.ReadWhole(item)));
        });
        return;
      case 140:
        file.sort_order_id = NarrowOptional(cursor, cursor.ReadWhole(node));
        return;
      case 142:
        file.first_row_id = cursor.ReadWhole(node);
        return;
      case 143:
        file.referenced_data_file = cursor.ReadBlob(node);
        return;
      case 144:
        file.content_offset_bytes = cursor.ReadWhole(node);
        return;
      case 145:
        file.content_size_bytes = cursor.ReadWhole(node);
        return;
      default:
        return cursor.Skip(node);
    }
  }

  void ReadPartition(AvroCursor& cursor, AvroNodeIndex index, PartitionTuple& partition) const {
    const AvroNode* record = cursor.Enter(index);
    if (record == nullptr) return;  // Some v1 writers leave an unpartitioned tuple null.
    if (record->kind != AvroKind::kRecord) {
      cursor.Fail();
      return;
    }
    for (std::size_t i = 0; i < record->fields.size() && !cursor.failed(); ++i) {
      const AvroField& field = record->fields[i];
      const auto position = FindPosition(field);
      if (!position) {
        cursor.Skip(field.node);
        continue;
      }
      const AvroNode* node = cursor.Enter(field.node);
      if (node == nullptr) continue;
      auto natural = ReadNaturalValue(cursor, *node);
      if (natural)
        partition[*position] = Retype(*std::move(natural), partition_fields_[*position].type);
    }
  }

  std::optional<std::size_t> FindPosition(const AvroField& field) const {
    for (std::size_t i = 0; i < spec_.fields.size(); ++i) {
      const PartitionField& known = spec_.fields[i];
      if (field.field_id ? *field.field_id == known.field_id
                         : field.name == known.name || field.name == AvroName(known.name)) {
        return i;
      }
    }
    return std::nullopt;
  }

  const PartitionSpec& spec_;
  const std::span<const NestedField> partition_fields_;
};

/// Fills what an entry leaves to its manifest (spec, "Manifest Entry Fields" and "Sequence Number
/// Inheritance").
class Inheritance {
 public:
  explicit Inheritance(const ManifestFile& listed)
      : listed_(listed), next_row_id_(listed.first_row_id) {}

  Status Apply(ManifestEntry& entry) {
    if (!entry.snapshot_id) entry.snapshot_id = listed_.added_snapshot_id;
    const bool is_added = entry.status == EntryStatus::kAdded;
    // A manifest written as v1 counts as sequence number 0 throughout.
    if (!entry.sequence_number) {
      if (!is_added && listed_.sequence_number != 0) {
        return InvalidManifest(listed_.path,
                               fmt::format("entry of {} has no sequence number to inherit",
                                           entry.data_file.file_path));
      }
      entry.sequence_number = listed_.sequence_number;
    }
    if (!entry.file_sequence_number && (is_added || listed_.sequence_number == 0)) {
      entry.file_sequence_number = listed_.sequence_number;
    }
    if (entry.status != EntryStatus::kDeleted && entry.data_file.content == FileContent::kData) {
      return AssignRowIds(entry.data_file);
    }
    return Ok();
  }

 private:
  Status AssignRowIds(DataFile& file) {
    if (!next_row_id_) {
      file.first_row_id.reset();
    } else if (!file.first_row_id) {
      file.first_row_id = next_row_id_;
      std::int64_t next = 0;
      if (__builtin_add_overflow(*next_row_id_, file.record_count, &next)) {
        return InvalidManifest(listed_.path, "row ids overflow");
      }
      next_row_id_ = next;
    }
    return Ok();
  }

  const ManifestFile& listed_;
  std::optional<std::int64_t> next_row_id_;
};

std::int32_t MetadataNumber(const AvroFileReader& reader, const std::string& key,
                            std::int32_t otherwise) {
  const auto found = reader.metadata().find(key);
  if (found == reader.metadata().end() || found->second.size() != 1) return otherwise;
  const char digit = found->second[0];
  return digit >= '0' && digit <= '9' ? digit - '0' : otherwise;
}

FieldSummary ReadSummary(AvroCursor& cursor, AvroNodeIndex index) {
  FieldSummary summary;
  const AvroNode* record = cursor.Enter(index);
  if (record == nullptr || record->kind != AvroKind::kRecord) {
    cursor.Fail();
    return summary;
  }
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) break;
    switch (IdOf(field, kListNames)) {
      case 509:
        summary.contains_null = cursor.ReadTruth(field.node).value_or(true);
        break;
      case 518:
        summary.contains_nan = cursor.ReadTruth(field.node);
        break;
      case 510:
        summary.lower_bound = cursor.ReadBlob(field.node);
        break;
      case 511:
        summary.upper_bound = cursor.ReadBlob(field.node);
        break;
      default:
        cursor.Skip(field.node);
        break;
    }
  }
  return summary;
}

void ReadListField(AvroCursor& cursor, const AvroField& field, ManifestFile& file) {
  const AvroNodeIndex node = field.node;
  switch (IdOf(field, kListNames)) {
    case 500:
      file.path = Required(cursor, cursor.ReadBlob(node));
      return;
    case 501:
      file.length_bytes = Required(cursor, cursor.ReadWhole(node));
      return;
    case 502:
      file.spec_id = Narrow(cursor, cursor.ReadWhole(node));
      return;
    case 503:
      file.added_snapshot_id = cursor.ReadWhole(node).value_or(0);
      return;
    case 504:
      file.added_files_count = NarrowOptional(cursor, cursor.ReadWhole(node));
      return;
    case 505:
      file.existing_files_count = NarrowOptional(cursor, cursor.ReadWhole(node));
      return;
    case 506:
      file.deleted_files_count = NarrowOptional(cursor, cursor.ReadWhole(node));
      return;
    case 507: {
      std::vector<FieldSummary> summaries;
      if (cursor.ReadArray(
              node, [&](AvroNodeIndex item) { summaries.push_back(ReadSummary(cursor, item)); })) {
        file.partitions = std::move(summaries);
      }
      return;
    }
    case 512:
      file.added_rows_count = cursor.ReadWhole(node);
      return;
    case 513:
      file.existing_rows_count = cursor.ReadWhole(node);
      return;
    case 514:
      file.deleted_rows_count = cursor.ReadWhole(node);
      return;
    case 515:
      file.sequence_number = cursor.ReadWhole(node).value_or(0);
      return;
    case 516:
      file.min_sequence_number = cursor.ReadWhole(node).value_or(0);
      return;
    case 517: {
      const std::int64_t content = cursor.ReadWhole(node).value_or(0);
      if (content < 0 || content > 1)
        cursor.Fail();
      else
        file.content = static_cast<ManifestContent>(content);
      return;
    }
    case 519:
      file.key_metadata = cursor.ReadBlob(node);
      return;
    case 520:
      file.first_row_id = cursor.ReadWhole(node);
      return;
    default:
      return cursor.Skip(node);
  }
}

ManifestFile ReadListRecord(AvroCursor& cursor) {
  ManifestFile file;
  const AvroNode* record = cursor.Enter(cursor.schema().root);
  if (record == nullptr || record->kind != AvroKind::kRecord) {
    cursor.Fail();
    return file;
  }
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) break;
    ReadListField(cursor, field, file);
  }
  if (file.path.empty() || file.length_bytes < 0) cursor.Fail();
  return file;
}

}  // namespace

Result<Manifest> ReadManifest(std::string_view bytes, const ManifestFile& listed,
                              const PartitionSpec& spec,
                              std::span<const NestedField> partition_fields) {
  FIRN_CHECK(partition_fields.size() == spec.fields.size());
  const std::string note = fmt::format("reading manifest {}", listed.path);
  FIRN_ASSIGN_OR_RETURN_NOTE(AvroFileReader reader, AvroFileReader::Open(bytes), note);
  Manifest manifest;
  manifest.format_version = MetadataNumber(reader, "format-version", 1);
  const auto content = reader.metadata().find("content");
  const bool has_deletes = content != reader.metadata().end() && content->second == "deletes";
  manifest.content = has_deletes ? ManifestContent::kDeletes : listed.content;
  manifest.spec_id = listed.spec_id;

  const EntryReader entry_reader(spec, partition_fields);
  Inheritance inheritance(listed);
  while (true) {
    FIRN_ASSIGN_OR_RETURN_NOTE(const auto block, reader.NextBlock(), note);
    if (!block) return manifest;
    if (manifest.entries.size() + static_cast<std::size_t>(block->record_count) >
        kManifestEntriesMax) {
      return ResourceExhausted(
          "ManifestTooLarge",
          fmt::format("manifest {} has more than {} entries", listed.path, kManifestEntriesMax));
    }
    AvroCursor cursor(block->bytes, reader.schema());
    for (std::int64_t i = 0; i < block->record_count; ++i) {
      ManifestEntry entry = entry_reader.Read(cursor);
      if (cursor.failed()) {
        return InvalidManifest(listed.path,
                               fmt::format("entry {} does not decode", manifest.entries.size()));
      }
      FIRN_TRY(inheritance.Apply(entry));
      manifest.entries.push_back(std::move(entry));
    }
    if (!cursor.AtEnd())
      return InvalidManifest(listed.path, "bytes are left behind a block's entries");
  }
}

Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes) {
  FIRN_ASSIGN_OR_RETURN_NOTE(AvroFileReader reader, AvroFileReader::Open(bytes),
                             "reading a manifest list");
  std::vector<ManifestFile> manifests;
  while (true) {
    FIRN_ASSIGN_OR_RETURN_NOTE(const auto block, reader.NextBlock(), "reading a manifest list");
    if (!block) return manifests;
    if (manifests.size() + static_cast<std::size_t>(block->record_count) > kManifestEntriesMax) {
      return ResourceExhausted(
          "ManifestTooLarge",
          fmt::format("a manifest list of more than {} manifests", kManifestEntriesMax));
    }
    AvroCursor cursor(block->bytes, reader.schema());
    for (std::int64_t i = 0; i < block->record_count; ++i) {
      ManifestFile file = ReadListRecord(cursor);
      if (cursor.failed()) {
        return DataCorruption(
            "InvalidManifestList",
            fmt::format("manifest {} of the list does not decode", manifests.size()));
      }
      manifests.push_back(std::move(file));
    }
    if (!cursor.AtEnd()) {
      return DataCorruption("InvalidManifestList", "bytes are left behind a block's manifests");
    }
  }
}

}  // namespace firn::iceberg
