#include <fmt/format.h>

#include <array>

#include "base/encoding.h"
#include "lake/iceberg/manifest_entry_internal.h"

namespace firn::iceberg {
namespace {

// Names of the fields, for writers that leave `field-id` out (spec, "Manifests").
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
    case AvroKind::kBoolean: return Literal::Boolean(cursor.ReadBoolean());
    case AvroKind::kInt: return Literal::Int(Narrow(cursor, cursor.ReadVarint()));
    case AvroKind::kLong: return Literal::Long(cursor.ReadVarint());
    case AvroKind::kFloat: return Literal::Float(cursor.ReadFloat());
    case AvroKind::kDouble: return Literal::Double(cursor.ReadDouble());
    case AvroKind::kBytes: return Literal::Binary(std::string(cursor.ReadBytes()));
    case AvroKind::kString: return Literal::String(std::string(cursor.ReadBytes()));
    case AvroKind::kFixed: return Literal::Fixed(std::string(cursor.ReadFixed(node.fixed_size)));
    default: cursor.Fail(); return std::nullopt;
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
    default: break;
  }
  if (auto cast = CastLiteral(natural, type)) return cast;
  return natural;
}

}  // namespace

std::int32_t FieldIdOf(const AvroField& field, std::span<const NamedId> names) {
  if (field.field_id) return *field.field_id;
  for (const NamedId& named : names) {
    if (named.name == field.name) return named.id;
  }
  return -1;
}

std::int32_t EntryFieldId(const AvroField& field) { return FieldIdOf(field, kEntryNames); }

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

ManifestEntry EntryReader::Read(AvroCursor& cursor) const {
  ManifestEntry entry;
  const AvroNode* record = cursor.Enter(cursor.schema().root);
  if (record == nullptr || record->kind != AvroKind::kRecord) {
    cursor.Fail();
    return entry;
  }
  bool has_file = false;
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) break;
    switch (EntryFieldId(field)) {
      case 0: {
        const std::int64_t status = Required(cursor, cursor.ReadWhole(field.node));
        if (status < 0 || status > 2)
          cursor.Fail();
        else
          entry.status = static_cast<EntryStatus>(status);
        break;
      }
      case 1: entry.snapshot_id = cursor.ReadWhole(field.node); break;
      case 2:
        ReadDataFile(cursor, field.node, entry.data_file);
        has_file = true;
        break;
      case 3: entry.sequence_number = cursor.ReadWhole(field.node); break;
      case 4: entry.file_sequence_number = cursor.ReadWhole(field.node); break;
      default: cursor.Skip(field.node); break;
    }
  }
  if (!has_file) cursor.Fail();
  return entry;
}

void EntryReader::ReadDataFile(AvroCursor& cursor, AvroNodeIndex index, DataFile& file) const {
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

void EntryReader::ReadDataFileField(AvroCursor& cursor, const AvroField& field,
                                    DataFile& file) const {
  const AvroNodeIndex node = field.node;
  switch (EntryFieldId(field)) {
    case 134: {
      const std::int64_t content = cursor.ReadWhole(node).value_or(0);
      if (content < 0 || content > 2)
        cursor.Fail();
      else
        file.content = static_cast<FileContent>(content);
      return;
    }
    case 100: file.file_path = Required(cursor, cursor.ReadBlob(node)); return;
    case 101: file.file_format = ToUpperAscii(Required(cursor, cursor.ReadBlob(node))); return;
    case 102: ReadPartition(cursor, node, file.partition); return;
    case 103: file.record_count = Required(cursor, cursor.ReadWhole(node)); return;
    case 104: file.file_size_bytes = Required(cursor, cursor.ReadWhole(node)); return;
    case 108: return ReadCounts(cursor, node, file.column_sizes);
    case 109: return ReadCounts(cursor, node, file.value_counts);
    case 110: return ReadCounts(cursor, node, file.null_value_counts);
    case 137: return ReadCounts(cursor, node, file.nan_value_counts);
    case 125: return ReadBounds(cursor, node, file.lower_bounds);
    case 128: return ReadBounds(cursor, node, file.upper_bounds);
    case 131: file.key_metadata = cursor.ReadBlob(node); return;
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
    case 140: file.sort_order_id = NarrowOptional(cursor, cursor.ReadWhole(node)); return;
    case 142: file.first_row_id = cursor.ReadWhole(node); return;
    case 143: file.referenced_data_file = cursor.ReadBlob(node); return;
    case 144: file.content_offset_bytes = cursor.ReadWhole(node); return;
    case 145: file.content_size_bytes = cursor.ReadWhole(node); return;
    default: return cursor.Skip(node);
  }
}

void EntryReader::ReadPartition(AvroCursor& cursor, AvroNodeIndex index,
                                PartitionTuple& partition) const {
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

std::optional<std::size_t> EntryReader::FindPosition(const AvroField& field) const {
  for (std::size_t i = 0; i < spec_.fields.size(); ++i) {
    const PartitionField& known = spec_.fields[i];
    if (field.field_id ? *field.field_id == known.field_id
                       : field.name == known.name || field.name == AvroName(known.name)) {
      return i;
    }
  }
  return std::nullopt;
}

Status EntryInheritance::Apply(EntryIds& entry, std::string_view file_path) {
  if (!entry.snapshot_id) entry.snapshot_id = listed_.added_snapshot_id;
  const bool is_added = entry.status == EntryStatus::kAdded;
  // A manifest written as v1 counts as sequence number 0 throughout.
  if (!entry.sequence_number) {
    if (!is_added && listed_.sequence_number != 0) {
      return InvalidManifest(
          listed_.path, fmt::format("entry of {} has no sequence number to inherit", file_path));
    }
    entry.sequence_number = listed_.sequence_number;
  }
  if (!entry.file_sequence_number && (is_added || listed_.sequence_number == 0)) {
    entry.file_sequence_number = listed_.sequence_number;
  }
  if (entry.status != EntryStatus::kDeleted && entry.content == FileContent::kData) {
    return AssignRowIds(entry);
  }
  return Ok();
}

Status EntryInheritance::AssignRowIds(EntryIds& entry) {
  if (!next_row_id_) {
    entry.first_row_id.reset();
  } else if (!entry.first_row_id) {
    entry.first_row_id = next_row_id_;
    std::int64_t next = 0;
    if (__builtin_add_overflow(*next_row_id_, entry.record_count, &next)) {
      return InvalidManifest(listed_.path, "row ids overflow");
    }
    next_row_id_ = next;
  }
  return Ok();
}

}  // namespace firn::iceberg
