#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest_columns_internal.h"
#include "lake/iceberg/manifest_entry_internal.h"

namespace firn::iceberg {
namespace {

/// Room that is made for blocks ahead; more make their own.
constexpr std::size_t kRoomAheadBytesMax = std::size_t{4} << 20;

/// What an Avro map's item is known to be: an integer key and a value, in this order.
bool IsPlainPair(const AvroNode& pair) {
  if (pair.fields.size() != 2 || pair.fields[0].name == "value") return false;
  return pair.varint_count == 2 || pair.is_varint_and_blob;
}

}  // namespace

/// Walks one manifest's entries. Owned by one Decode.
class ManifestColumns::Builder {
 public:
  Builder(ManifestColumns& columns, const ManifestFile& listed)
      : columns_(columns),
        listed_(listed),
        reader_(columns.spec_, columns.partition_fields_),
        inheritance_(listed) {}

  /// One block's records; `base` is where it begins among all blocks.
  /// `blocks_ahead`: how many such blocks there are about, this one included.
  Status AddBlock(std::string_view block, std::size_t base, std::int64_t record_count,
                  std::size_t blocks_ahead);

 private:
  struct Walked {
    EntryIds ids;
    Places places;
    std::int64_t file_size_bytes = 0;
    std::string_view file_path;
    std::string_view partition;
    AvroNodeIndex partition_node = 0;
    bool has_partition = false;
    bool has_file = false;
  };

  void WalkEntry(AvroCursor& cursor, Walked& walked);
  void WalkFile(AvroCursor& cursor, AvroNodeIndex index, Walked& walked);
  void WalkFileField(AvroCursor& cursor, const AvroField& field, Walked& walked);
  /// Notes where the map begins, if it is not null, and goes behind it.
  void WalkMap(AvroCursor& cursor, AvroNodeIndex index, std::uint32_t& place, AvroNodeIndex& node);
  void Reserve(std::size_t count);
  void Keep(const Walked& walked);
  std::uint32_t PartitionIndexOf(const Walked& walked);

  ManifestColumns& columns_;
  const ManifestFile& listed_;
  const EntryReader reader_;
  EntryInheritance inheritance_;

  std::string_view block_;
  std::size_t base_ = 0;
  // Partitions by their bytes; the keys point into blocks that have been walked only while one
  // block lasts, so they are copies.
  std::unordered_map<std::string, std::uint32_t> known_partitions_;
  std::string last_partition_;
  std::uint32_t last_partition_index_ = kNowhere;
};

Status ManifestColumns::Builder::AddBlock(std::string_view block, std::size_t base,
                                          std::int64_t record_count, std::size_t blocks_ahead) {
  block_ = block;
  base_ = base;
  // Blocks are much alike. An entry takes 32 bytes at least.
  if (columns_.size() == 0) {
    Reserve(blocks_ahead * std::min(static_cast<std::size_t>(record_count), block.size() / 32));
  }
  AvroCursor cursor(block, *columns_.schema_);
  for (std::int64_t i = 0; i < record_count; ++i) {
    Walked walked;
    WalkEntry(cursor, walked);
    if (cursor.failed()) {
      return InvalidManifest(listed_.path,
                             fmt::format("entry {} does not decode", columns_.size()));
    }
    FIRN_TRY(inheritance_.Apply(walked.ids, walked.file_path));
    Keep(walked);
  }
  if (!cursor.AtEnd()) {
    return InvalidManifest(listed_.path, "bytes are left behind a block's entries");
  }
  return Ok();
}

void ManifestColumns::Builder::WalkEntry(AvroCursor& cursor, Walked& walked) {
  walked.places.entry = static_cast<std::uint32_t>(base_ + cursor.position());
  const AvroNode* record = cursor.Enter(cursor.schema().root);
  if (record == nullptr || record->kind != AvroKind::kRecord) return cursor.Fail();
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) return;
    switch (EntryFieldId(field)) {
      case 0: {
        const std::int64_t status = Required(cursor, cursor.ReadWhole(field.node));
        if (status < 0 || status > 2) return cursor.Fail();
        walked.ids.status = static_cast<EntryStatus>(status);
        break;
      }
      case 1: walked.ids.snapshot_id = cursor.ReadWhole(field.node); break;
      case 2:
        WalkFile(cursor, field.node, walked);
        walked.has_file = true;
        break;
      case 3: walked.ids.sequence_number = cursor.ReadWhole(field.node); break;
      case 4: walked.ids.file_sequence_number = cursor.ReadWhole(field.node); break;
      default: cursor.Skip(field.node); break;
    }
  }
  if (!walked.has_file) cursor.Fail();
}

void ManifestColumns::Builder::WalkFile(AvroCursor& cursor, AvroNodeIndex index, Walked& walked) {
  const AvroNode* record = cursor.Enter(index);
  if (record == nullptr || record->kind != AvroKind::kRecord) return cursor.Fail();
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) return;
    WalkFileField(cursor, field, walked);
  }
  if (walked.file_path.empty() || walked.ids.record_count < 0 || walked.file_size_bytes < 0) {
    cursor.Fail();
  }
}

void ManifestColumns::Builder::WalkFileField(AvroCursor& cursor, const AvroField& field,
                                             Walked& walked) {
  const AvroNodeIndex node = field.node;
  Places& places = walked.places;
  Nodes& nodes = columns_.nodes_;
  switch (EntryFieldId(field)) {
    case 134: {
      const std::int64_t content = cursor.ReadWhole(node).value_or(0);
      if (content < 0 || content > 2) return cursor.Fail();
      walked.ids.content = static_cast<FileContent>(content);
      return;
    }
    case 100: walked.file_path = cursor.ViewBlob(node).value_or(""); return;
    case 102: {
      const std::size_t begin = cursor.position();
      cursor.Skip(node);
      walked.partition = block_.substr(begin, cursor.position() - begin);
      walked.partition_node = node;
      walked.has_partition = true;
      return;
    }
    case 103: walked.ids.record_count = Required(cursor, cursor.ReadWhole(node)); return;
    case 104: walked.file_size_bytes = Required(cursor, cursor.ReadWhole(node)); return;
    case 109: return WalkMap(cursor, node, places.value_counts, nodes.value_counts);
    case 110: return WalkMap(cursor, node, places.null_counts, nodes.null_counts);
    case 137: return WalkMap(cursor, node, places.nan_counts, nodes.nan_counts);
    case 125: return WalkMap(cursor, node, places.lower_bounds, nodes.lower_bounds);
    case 128: return WalkMap(cursor, node, places.upper_bounds, nodes.upper_bounds);
    case 142: walked.ids.first_row_id = cursor.ReadWhole(node); return;
    default: return cursor.Skip(node);
  }
}

void ManifestColumns::Builder::WalkMap(AvroCursor& cursor, AvroNodeIndex index,
                                       std::uint32_t& place, AvroNodeIndex& node) {
  node = index;
  const auto at = static_cast<std::uint32_t>(base_ + cursor.position());
  const AvroNode* array = cursor.Enter(index);
  if (array == nullptr) return;
  if (array->kind != AvroKind::kArray) return cursor.Fail();
  place = at;
  cursor.SkipItems(*array);
}

void ManifestColumns::Builder::Reserve(std::size_t count) {
  columns_.statuses_.reserve(count);
  columns_.record_counts_.reserve(count);
  columns_.file_sizes_.reserve(count);
  columns_.ids_.reserve(count);
  columns_.partition_indexes_.reserve(count);
  columns_.places_.reserve(count);
}

void ManifestColumns::Builder::Keep(const Walked& walked) {
  const EntryIds& ids = walked.ids;
  columns_.statuses_.push_back(ids.status);
  columns_.record_counts_.push_back(ids.record_count);
  columns_.file_sizes_.push_back(walked.file_size_bytes);
  columns_.ids_.push_back({.snapshot_id = ids.snapshot_id.value_or(0),
                           .sequence_number = ids.sequence_number.value_or(0),
                           .file_sequence_number = ids.file_sequence_number.value_or(kNone),
                           .first_row_id = ids.first_row_id.value_or(kNone)});
  columns_.partition_indexes_.push_back(PartitionIndexOf(walked));
  columns_.places_.push_back(walked.places);
}

// Files of one partition mostly stand side by side.
std::uint32_t ManifestColumns::Builder::PartitionIndexOf(const Walked& walked) {
  if (last_partition_index_ != kNowhere && walked.partition == last_partition_) {
    return last_partition_index_;
  }
  last_partition_ = walked.partition;
  const auto [at, is_new] = known_partitions_.try_emplace(
      last_partition_, static_cast<std::uint32_t>(columns_.partitions_.size()));
  last_partition_index_ = at->second;
  if (is_new) {
    PartitionTuple tuple(columns_.spec_.fields.size());
    if (walked.has_partition) {
      AvroCursor cursor(walked.partition, *columns_.schema_);
      reader_.ReadPartition(cursor, walked.partition_node, tuple);
    }
    columns_.partitions_.push_back(std::move(tuple));
  }
  return last_partition_index_;
}

Result<std::shared_ptr<const ManifestColumns>> ManifestColumns::Decode(
    std::string_view bytes, const ManifestFile& listed, const PartitionSpec& spec,
    std::span<const NestedField> partition_fields, AvroSchemas* schemas) {
  FIRN_CHECK(partition_fields.size() == spec.fields.size());
  const std::string note = fmt::format("reading manifest {}", listed.path);
  FIRN_ASSIGN_OR_RETURN_NOTE(AvroFileReader reader, AvroFileReader::Open(bytes, schemas), note);
  auto columns = std::make_shared<ManifestColumns>();
  columns->path_ = listed.path;
  columns->spec_ = spec;
  columns->partition_fields_.assign(partition_fields.begin(), partition_fields.end());
  columns->schema_ = reader.shared_schema();
  Builder builder(*columns, listed);
  while (true) {
    const std::size_t before_bytes = reader.remaining_bytes();
    FIRN_ASSIGN_OR_RETURN_NOTE(auto block, reader.NextBlock(), note);
    if (!block) break;
    const std::size_t base = columns->avro_.size();
    if (columns->size() + static_cast<std::size_t>(block->record_count) > kManifestEntriesMax ||
        base + block->bytes.size() >= kNowhere) {
      return ResourceExhausted(
          "ManifestTooLarge", fmt::format("manifest {} has more than {} entries, or too large ones",
                                          listed.path, kManifestEntriesMax));
    }
    const std::size_t stored_bytes = before_bytes - reader.remaining_bytes();
    const std::size_t blocks_ahead =
        std::min(1 + (reader.remaining_bytes() + stored_bytes - 1) / stored_bytes,
                 1 + kRoomAheadBytesMax / std::max<std::size_t>(block->bytes.size(), 1));
    FIRN_TRY(builder.AddBlock(block->bytes, base, block->record_count, blocks_ahead));
    if (base == 0 && blocks_ahead == 1) {
      columns->avro_ = std::move(block->bytes);
      continue;
    }
    if (base == 0) columns->avro_.reserve(blocks_ahead * block->bytes.size());
    columns->avro_ += block->bytes;
  }
  // Room that nobody will use.
  columns->avro_.shrink_to_fit();
  columns->places_.shrink_to_fit();
  columns->ids_.shrink_to_fit();
  return std::shared_ptr<const ManifestColumns>(std::move(columns));
}

ColumnCounts ManifestColumns::CountsOf(std::size_t i, std::int32_t field_id) const {
  const Places& places = places_[i];
  return {.values = FindCount(places.value_counts, nodes_.value_counts, field_id),
          .nulls = FindCount(places.null_counts, nodes_.null_counts, field_id),
          .nans = FindCount(places.nan_counts, nodes_.nan_counts, field_id)};
}

ColumnBounds ManifestColumns::BoundsOf(std::size_t i, std::int32_t field_id) const {
  const Places& places = places_[i];
  return {.lower = FindBound(places.lower_bounds, nodes_.lower_bounds, field_id),
          .upper = FindBound(places.upper_bounds, nodes_.upper_bounds, field_id)};
}

namespace {

/// Goes to the value of a key among an array's pairs; `skip` goes over one value. False when the
/// key is not there.
template <typename Skip>
bool GoToValue(AvroCursor& cursor, AvroNodeIndex index, std::int32_t field_id, const Skip& skip) {
  if (cursor.Enter(index) == nullptr) return false;
  while (const std::int64_t count = cursor.ReadItemCount()) {
    for (std::int64_t i = 0; i < count && !cursor.failed(); ++i) {
      if (cursor.ReadVarint() == field_id) return !cursor.failed();
      skip();
    }
  }
  return false;
}

bool HasPlainPairs(const AvroSchema& schema, AvroNodeIndex index) {
  const AvroNode* node = &schema.node(index);
  if (node->kind == AvroKind::kUnion) {
    for (const AvroNodeIndex branch : node->children) {
      if (schema.node(branch).kind == AvroKind::kArray) node = &schema.node(branch);
    }
  }
  return node->kind == AvroKind::kArray && IsPlainPair(schema.node(node->children[0]));
}

}  // namespace

std::optional<std::int64_t> ManifestColumns::FindCount(std::uint32_t place, AvroNodeIndex node,
                                                       std::int32_t field_id) const {
  if (place == kNowhere || !HasPlainPairs(*schema_, node)) return std::nullopt;
  AvroCursor cursor(std::string_view(avro_).substr(place), *schema_);
  if (!GoToValue(cursor, node, field_id, [&] { cursor.ReadVarint(); })) return std::nullopt;
  return cursor.ReadVarint();
}

std::optional<std::string_view> ManifestColumns::FindBound(std::uint32_t place, AvroNodeIndex node,
                                                           std::int32_t field_id) const {
  if (place == kNowhere || !HasPlainPairs(*schema_, node)) return std::nullopt;
  AvroCursor cursor(std::string_view(avro_).substr(place), *schema_);
  if (!GoToValue(cursor, node, field_id, [&] { cursor.ReadBytes(); })) return std::nullopt;
  return cursor.ReadBytes();
}

Result<ManifestEntry> ManifestColumns::Entry(std::size_t i) const {
  AvroCursor cursor(std::string_view(avro_).substr(places_[i].entry), *schema_);
  ManifestEntry entry = EntryReader(spec_, partition_fields_).Read(cursor);
  if (cursor.failed()) return InvalidManifest(path_, fmt::format("entry {} does not decode", i));
  const auto optional = [](std::int64_t value) {
    return value == kNone ? std::nullopt : std::optional(value);
  };
  entry.snapshot_id = ids_[i].snapshot_id;
  entry.sequence_number = ids_[i].sequence_number;
  entry.file_sequence_number = optional(ids_[i].file_sequence_number);
  entry.data_file.first_row_id = optional(ids_[i].first_row_id);
  return entry;
}

std::size_t ManifestColumns::bytes() const {
  std::size_t bytes = sizeof(*this) + path_.size() + avro_.capacity();
  bytes += statuses_.capacity() * sizeof(EntryStatus) + ids_.capacity() * sizeof(Ids) +
           places_.capacity() * sizeof(Places) + partition_indexes_.capacity() * 4 +
           (record_counts_.capacity() + file_sizes_.capacity()) * 8;
  for (const PartitionTuple& tuple : partitions_) {
    bytes += sizeof(tuple);
    for (const auto& value : tuple) {
      bytes += sizeof(value);
      if (!value) continue;
      if (const auto* text = std::get_if<std::string>(&value->value)) bytes += text->capacity();
    }
  }
  return bytes + 256 * partition_fields_.size();
}

}  // namespace firn::iceberg
