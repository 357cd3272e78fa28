#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "base/digest.h"
#include "base/encoding.h"
#include "lake/iceberg/avro_codec_internal.h"
#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/limits.h"

namespace firn::iceberg {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr std::size_t kSyncBytes = 16;
/// Blocks are closed at about this size, as Java closes them at 64 KB.
constexpr std::size_t kBlockBytesTarget = 64 * 1024;

struct NamedKind {
  std::string_view name;
  AvroKind kind;
};

constexpr std::array<NamedKind, 8> kPrimitives = {{
    {"null", AvroKind::kNull},
    {"boolean", AvroKind::kBoolean},
    {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},
    {"float", AvroKind::kFloat},
    {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes},
    {"string", AvroKind::kString},
}};

Unexpected InvalidAvro(std::string message) {
  return DataCorruption("InvalidAvro", std::move(message));
}

/// What is wrong with a schema's members is corruption here, since it stands in a file.
template <typename T>
Result<T> InFile(Result<T> result) {
  if (result) return result;
  return InvalidAvro("Avro schema: " + result.error().message());
}

class SchemaParser {
 public:
  Result<AvroSchema> Parse(const json::value& value) {
    FIRN_ASSIGN_OR_RETURN(schema_.root, ParseNode(value, 1));
    return std::move(schema_);
  }

 private:
  Result<AvroNodeIndex> NewNode(AvroKind kind) {
    if (schema_.nodes.size() >= kAvroNodesMax) {
      return InvalidAvro(fmt::format("an Avro schema of more than {} types", kAvroNodesMax));
    }
    schema_.nodes.emplace_back();
    AvroNode& node = schema_.nodes.back();
    node.kind = kind;
    const bool is_varint =
        kind == AvroKind::kInt || kind == AvroKind::kLong || kind == AvroKind::kEnum;
    node.varint_count = is_varint ? 1 : 0;
    return schema_.nodes.size() - 1;
  }

  Result<AvroNodeIndex> ParseNode(const json::value& value, int depth) {
    if (depth > kAvroDepthMax) {
      return InvalidAvro(fmt::format("an Avro schema nested more than {} deep", kAvroDepthMax));
    }
    if (value.is_string()) return ParseName(std::string_view(value.get_string()));
    if (value.is_array()) return ParseUnion(value.get_array(), depth);
    if (!value.is_object()) return InvalidAvro("an Avro type is no string, array or object");
    const json::object& object = value.get_object();
    const json::value* type = FindMember(object, "type");
    if (type == nullptr) return InvalidAvro("an Avro type without 'type'");
    if (!type->is_string()) return ParseNode(*type, depth + 1);
    const std::string_view word(type->get_string());
    if (word == "record" || word == "error") return ParseRecord(object, depth);
    if (word == "array") return ParseContainer(AvroKind::kArray, object, "items", depth);
    if (word == "map") return ParseContainer(AvroKind::kMap, object, "values", depth);
    if (word == "fixed") return ParseFixed(object);
    if (word == "enum") {
      FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex index, NewNode(AvroKind::kEnum));
      FIRN_TRY(Define(object, index));
      return index;
    }
    return ParseName(word);
  }

  Result<AvroNodeIndex> ParseName(std::string_view word) {
    for (const NamedKind& primitive : kPrimitives) {
      if (primitive.name == word) return NewNode(primitive.kind);
    }
    const auto found = named_.find(ShortName(word));
    if (found == named_.end()) return InvalidAvro(fmt::format("unknown Avro type '{}'", word));
    return found->second;
  }

  Result<AvroNodeIndex> ParseUnion(const json::array& branches, int depth) {
    FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex index, NewNode(AvroKind::kUnion));
    for (const json::value& branch : branches) {
      if (branch.is_array()) return InvalidAvro("an Avro union directly inside a union");
      FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex child, ParseNode(branch, depth + 1));
      schema_.nodes[index].children.push_back(child);
    }
    return index;
  }

  Result<AvroNodeIndex> ParseContainer(AvroKind kind, const json::object& object,
                                       std::string_view member, int depth) {
    FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex index, NewNode(kind));
    const json::value* item = FindMember(object, member);
    if (item == nullptr) return InvalidAvro(fmt::format("an Avro type without '{}'", member));
    FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex child, ParseNode(*item, depth + 1));
    schema_.nodes[index].children.push_back(child);
    return index;
  }

  Result<AvroNodeIndex> ParseFixed(const json::object& object) {
    FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex index, NewNode(AvroKind::kFixed));
    FIRN_ASSIGN_OR_RETURN(const std::int64_t size, InFile(GetInt64(object, "size")));
    if (size < 0) return InvalidAvro(fmt::format("an Avro fixed of {} bytes", size));
    schema_.nodes[index].fixed_size = size;
    FIRN_TRY(Define(object, index));
    return index;
  }

  Result<AvroNodeIndex> ParseRecord(const json::object& object, int depth) {
    FIRN_ASSIGN_OR_RETURN(const AvroNodeIndex index, NewNode(AvroKind::kRecord));
    FIRN_TRY(Define(object, index));
    FIRN_ASSIGN_OR_RETURN(const json::array* fields, InFile(GetArray(object, "fields")));
    for (const json::value& item : *fields) {
      FIRN_ASSIGN_OR_RETURN(const json::object* member, InFile(AsObject(item, "field")));
      AvroField field;
      FIRN_ASSIGN_OR_RETURN(field.name, InFile(GetString(*member, "name")));
      FIRN_ASSIGN_OR_RETURN(const auto id, InFile(FindInt64(*member, "field-id")));
      if (id && *id >= INT32_MIN && *id <= INT32_MAX)
        field.field_id = static_cast<std::int32_t>(*id);
      const json::value* type = FindMember(*member, "type");
      if (type == nullptr)
        return InvalidAvro(fmt::format("Avro field '{}' without a type", field.name));
      FIRN_ASSIGN_OR_RETURN(field.node, ParseNode(*type, depth + 1));
      schema_.nodes[index].fields.push_back(std::move(field));
    }
    NoteShape(schema_.nodes[index]);
    return index;
  }

  /// Lets most of a manifest be skipped without a walk. A record inside itself has no shape yet
  /// when it is looked at, and gets none.
  void NoteShape(AvroNode& record) const {
    const auto kind_of = [&](std::size_t i) { return schema_.node(record.fields[i].node).kind; };
    std::uint64_t varints = 0;
    bool are_varints = !record.fields.empty();
    for (const AvroField& field : record.fields) {
      const std::uint32_t count = schema_.node(field.node).varint_count;
      are_varints = are_varints && count > 0;
      varints += count;
    }
    if (are_varints && varints <= kAvroNodesMax) {
      record.varint_count = static_cast<std::uint32_t>(varints);
    }
    record.is_varint_and_blob = record.fields.size() == 2 &&
                                (kind_of(0) == AvroKind::kInt || kind_of(0) == AvroKind::kLong) &&
                                (kind_of(1) == AvroKind::kBytes || kind_of(1) == AvroKind::kString);
  }

  /// Namespaces are cut off: manifests never have two types of one short name.
  static std::string ShortName(std::string_view name) {
    return std::string(name.substr(name.rfind('.') + 1));
  }

  Status Define(const json::object& object, AvroNodeIndex index) {
    FIRN_ASSIGN_OR_RETURN(const std::string name, InFile(GetString(object, "name")));
    named_[ShortName(name)] = index;
    return Ok();
  }

  AvroSchema schema_;
  std::unordered_map<std::string, AvroNodeIndex> named_;
};

void AppendVarint(std::string& out, std::int64_t value) {
  auto zigzag = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  while (zigzag >= 0x80) {
    out += static_cast<char>((zigzag & 0x7F) | 0x80);
    zigzag >>= 7;
  }
  out += static_cast<char>(zigzag);
}

void AppendBytes(std::string& out, std::string_view bytes) {
  AppendVarint(out, static_cast<std::int64_t>(bytes.size()));
  out += bytes;
}

}  // namespace

Result<AvroSchema> ParseAvroSchema(const json::value& value) { return SchemaParser().Parse(value); }

namespace {

Result<std::shared_ptr<const AvroSchema>> ParseSchemaText(const std::string& text) {
  JsonLimits limits;
  limits.bytes_max = kAvroHeaderBytesMax;
  limits.depth_max = 4 * static_cast<std::size_t>(kAvroDepthMax);
  FIRN_ASSIGN_OR_RETURN(const json::value value, InFile(ParseJson(text, limits)));
  FIRN_ASSIGN_OR_RETURN(AvroSchema schema, ParseAvroSchema(value));
  return std::make_shared<const AvroSchema>(std::move(schema));
}

}  // namespace

Result<std::shared_ptr<const AvroSchema>> AvroSchemas::Parse(const std::string& text) {
  {
    const MutexLock lock(mutex_);
    const auto found = schemas_.find(text);
    if (found != schemas_.end()) return found->second;
  }
  FIRN_ASSIGN_OR_RETURN(auto schema, ParseSchemaText(text));
  if (text.size() > kAvroSharedSchemaBytesMax) return schema;
  const MutexLock lock(mutex_);
  // Schemas change rarely; beginning anew costs one parse each.
  if (schemas_.size() >= kAvroSchemasMax) schemas_.clear();
  schemas_[text] = schema;
  return schema;
}

AvroCursor::AvroCursor(std::string_view bytes, const AvroSchema& schema)
    : bytes_(bytes), schema_(schema), steps_left_(16 * bytes.size() + 4096) {}

std::int64_t AvroCursor::ReadLongVarint() {
  std::uint64_t zigzag = 0;
  for (int shift = 0; shift < 64 && at_ < bytes_.size() && !failed_; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes_[at_++]);
    zigzag |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80)
      return static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
  }
  Fail();
  return 0;
}

bool AvroCursor::ReadBoolean() {
  const std::string_view byte = ReadFixed(1);
  return !byte.empty() && byte[0] != 0;
}

float AvroCursor::ReadFloat() {
  const std::string_view taken = ReadFixed(4);
  float value = 0;
  if (!taken.empty()) std::memcpy(&value, taken.data(), 4);
  return value;
}

double AvroCursor::ReadDouble() {
  const std::string_view taken = ReadFixed(8);
  double value = 0;
  if (!taken.empty()) std::memcpy(&value, taken.data(), 8);
  return value;
}

std::int64_t AvroCursor::CheckItemCount(std::int64_t count) {
  if (count < 0) {
    // A negative count is followed by the block's size in bytes, which nobody here needs.
    ReadVarint();
    if (count == INT64_MIN)
      Fail();
    else
      count = -count;
  }
  if (static_cast<std::uint64_t>(count) > remaining()) Fail();
  return failed_ ? 0 : count;
}

void AvroCursor::Skip(AvroNodeIndex index) { SkipAtDepth(index, 1); }

void AvroCursor::SkipAtDepth(AvroNodeIndex index, int depth) {
  if (depth > kAvroDepthMax) Fail();
  const AvroNode* node = Enter(index);
  if (node == nullptr || failed_) return;
  switch (node->kind) {
    case AvroKind::kNull:
    case AvroKind::kUnion:  // Not directly inside a union: the schema was checked.
      return;
    case AvroKind::kBoolean: ReadFixed(1); return;
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum: ReadVarint(); return;
    case AvroKind::kFloat: ReadFixed(4); return;
    case AvroKind::kDouble: ReadFixed(8); return;
    case AvroKind::kBytes:
    case AvroKind::kString: ReadBytes(); return;
    case AvroKind::kFixed: ReadFixed(node->fixed_size); return;
    case AvroKind::kRecord:
      for (const AvroField& field : node->fields) {
        if (failed_) return;
        SkipAtDepth(field.node, depth + 1);
      }
      return;
    case AvroKind::kArray: SkipItemsAtDepth(*node, depth); return;
    case AvroKind::kMap:
      ReadItems([&] {
        ReadBytes();
        SkipAtDepth(node->children[0], depth + 1);
      });
      return;
  }
}

void AvroCursor::SkipItems(const AvroNode& array) { SkipItemsAtDepth(array, 1); }

void AvroCursor::SkipItemsAtDepth(const AvroNode& array, int depth) {
  const AvroNode& item = schema_.node(array.children[0]);
  if (item.varint_count > 0) {
    while (const std::int64_t count = ReadItemCount()) {
      SkipVarints(static_cast<std::uint64_t>(count) * item.varint_count);
    }
  } else if (item.is_varint_and_blob) {
    while (const std::int64_t count = ReadItemCount()) {
      SkipPairs(static_cast<std::uint64_t>(count));
    }
  } else {
    ReadItems([&] { SkipAtDepth(array.children[0], depth + 1); });
  }
}

// A varint ends in a byte without the high bit: eight bytes are counted at a time.
void AvroCursor::SkipVarints(std::uint64_t count) {
  while (count > 0 && remaining() >= 8 && !failed_) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + at_, 8);
    std::uint64_t ends = ~word & 0x8080808080808080ULL;
    // As many as bytes have their high bit set.
    const std::uint64_t end_count = ((ends >> 7) * 0x0101010101010101ULL) >> 56;
    if (end_count < count) {
      count -= end_count;
      at_ += 8;
      continue;
    }
    for (; count > 1; --count) ends &= ends - 1;
    at_ += static_cast<std::size_t>(std::countr_zero(ends)) / 8 + 1;
    return;
  }
  for (; count > 0 && !failed_; --count) ReadVarint();
}

void AvroCursor::SkipPairs(std::uint64_t count) {
  for (; count > 0 && !failed_; --count) {
    // A key below 64 and at most 63 bytes behind it.
    const std::string_view left(bytes_.data() + at_, remaining());
    if (left.size() >= 2) {
      const auto key = static_cast<unsigned char>(left[0]);
      const auto length = static_cast<unsigned char>(left[1]);
      const std::size_t pair_bytes = 2 + (length >> 1);
      if (key < 0x80 && length < 0x80 && (length & 1) == 0 && pair_bytes <= left.size()) {
        at_ += pair_bytes;
        continue;
      }
    }
    SkipVarints(1);
    ReadBytes();
  }
}

std::optional<std::int64_t> AvroCursor::ReadWhole(AvroNodeIndex index) {
  const AvroNode* node = Enter(index);
  if (node == nullptr) return std::nullopt;
  if (node->kind != AvroKind::kInt && node->kind != AvroKind::kLong) {
    Fail();
    return std::nullopt;
  }
  return ReadVarint();
}

std::optional<bool> AvroCursor::ReadTruth(AvroNodeIndex index) {
  const AvroNode* node = Enter(index);
  if (node == nullptr) return std::nullopt;
  if (node->kind != AvroKind::kBoolean) {
    Fail();
    return std::nullopt;
  }
  return ReadBoolean();
}

std::optional<std::string_view> AvroCursor::ViewBlob(AvroNodeIndex index) {
  const AvroNode* node = Enter(index);
  if (node == nullptr) return std::nullopt;
  if (node->kind == AvroKind::kFixed) return ReadFixed(node->fixed_size);
  if (node->kind != AvroKind::kBytes && node->kind != AvroKind::kString) {
    Fail();
    return std::nullopt;
  }
  return ReadBytes();
}

std::optional<std::string> AvroCursor::ReadBlob(AvroNodeIndex index) {
  const auto view = ViewBlob(index);
  if (!view) return std::nullopt;
  return std::string(*view);
}

Result<AvroFileReader> AvroFileReader::Open(std::string_view bytes, AvroSchemas* schemas) {
  if (bytes.size() > kManifestBytesMax) {
    return ResourceExhausted("ManifestTooLarge",
                             fmt::format("an Avro file of {} bytes is over the limit of {}",
                                         bytes.size(), kManifestBytesMax));
  }
  if (!bytes.starts_with(kMagic)) {
    return InvalidAvro(fmt::format("no Avro file: {} bytes that begin with 0x{}", bytes.size(),
                                   HexEncode(AsBytes(bytes.substr(0, 4)))));
  }
  AvroFileReader reader;
  reader.bytes_ = bytes;
  const AvroSchema no_schema;
  const std::string_view body = bytes.substr(kMagic.size());
  AvroCursor cursor(body.substr(0, kAvroHeaderBytesMax), no_schema);
  cursor.ReadItems([&] {
    std::string key(cursor.ReadBytes());
    reader.metadata_[std::move(key)] = std::string(cursor.ReadBytes());
  });
  reader.sync_ = std::string(cursor.ReadFixed(kSyncBytes));
  if (cursor.failed()) return InvalidAvro("the Avro header is cut off or over its limit");
  reader.at_ = kMagic.size() + std::min(body.size(), kAvroHeaderBytesMax) - cursor.remaining();

  const auto codec = reader.metadata_.find("avro.codec");
  reader.codec_ = codec == reader.metadata_.end() || codec->second.empty() ? "null" : codec->second;
  const auto schema = reader.metadata_.find("avro.schema");
  if (schema == reader.metadata_.end()) return InvalidAvro("the Avro header has no avro.schema");
  FIRN_ASSIGN_OR_RETURN(reader.schema_, schemas != nullptr ? schemas->Parse(schema->second)
                                                           : ParseSchemaText(schema->second));
  return reader;
}

Result<std::optional<AvroFileReader::Block>> AvroFileReader::NextBlock() {
  if (at_ == bytes_.size()) return std::optional<Block>();
  AvroCursor cursor(bytes_.substr(at_), *schema_);
  Block block;
  block.record_count = cursor.ReadVarint();
  const std::string_view stored = cursor.ReadBytes();
  const std::string_view sync = cursor.ReadFixed(kSyncBytes);
  if (cursor.failed() || block.record_count < 0) {
    return InvalidAvro(fmt::format("the Avro block at byte {} is cut off", at_));
  }
  if (sync != sync_) {
    return InvalidAvro(
        fmt::format("the Avro block at byte {} does not end in the sync marker", at_));
  }
  at_ = bytes_.size() - cursor.remaining();
  FIRN_ASSIGN_OR_RETURN(block.bytes, DecompressAvroBlock(codec_, stored));
  decompressed_bytes_ += block.bytes.size();
  if (decompressed_bytes_ > kAvroFileBytesMax) {
    return ResourceExhausted(
        "ManifestTooLarge",
        fmt::format("an Avro file holds more than {} bytes", kAvroFileBytesMax));
  }
  // A record takes a byte at least: each has a field that is no null.
  if (static_cast<std::uint64_t>(block.record_count) > block.bytes.size()) {
    return InvalidAvro(fmt::format("an Avro block of {} bytes claims {} records",
                                   block.bytes.size(), block.record_count));
  }
  return std::optional(std::move(block));
}

AvroFileWriter::AvroFileWriter(const json::value& schema,
                               std::map<std::string, std::string> metadata)
    : metadata_(std::move(metadata)) {
  metadata_["avro.schema"] = PrintJson(schema);
  metadata_["avro.codec"] = "deflate";
}

void AvroFileWriter::WriteVarint(std::int64_t value) { AppendVarint(block_, value); }

void AvroFileWriter::WriteFloat(float value) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  block_.append(bytes, 4);
}

void AvroFileWriter::WriteDouble(double value) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  block_.append(bytes, 8);
}

void AvroFileWriter::WriteBytes(std::string_view bytes) { AppendBytes(block_, bytes); }

void AvroFileWriter::EndRecord() {
  ++record_count_;
  if (block_.size() >= kBlockBytesTarget) FlushBlock();
}

void AvroFileWriter::FlushBlock() {
  if (record_count_ == 0) return;
  blocks_.push_back({record_count_, DeflateAvroBlock(block_)});
  block_.clear();
  record_count_ = 0;
}

std::string AvroFileWriter::Finish() && {
  FlushBlock();
  std::string file(kMagic);
  AppendVarint(file, static_cast<std::int64_t>(metadata_.size()));
  for (const auto& [key, value] : metadata_) {
    AppendBytes(file, key);
    AppendBytes(file, value);
  }
  AppendVarint(file, 0);
  // The marker has to differ from what blocks hold; a digest of the content does, and needs no
  // randomness.
  Hasher hasher(DigestKind::kSha256);
  hasher.Update(file);
  for (const Encoded& block : blocks_) hasher.Update(block.bytes);
  const std::string sync = hasher.Finish().substr(0, kSyncBytes);
  file += sync;
  for (const Encoded& block : blocks_) {
    AppendVarint(file, block.record_count);
    AppendBytes(file, block.bytes);
    file += sync;
  }
  return file;
}

std::string AvroName(std::string_view name) {
  std::string clean;
  std::size_t at = 0;
  while (at < name.size()) {
    const std::string unit = [&] {
      std::size_t end = at + 1;
      while (end < name.size() && end < at + 4 &&
             (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) {
        ++end;
      }
      return std::string(name.substr(at, end - at));
    }();
    const char c = unit[0];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (unit.size() == 1 && (letter || (digit && at > 0))) {
      clean += c;
    } else if (digit) {
      clean += '_';
      clean += c;
    } else {
      std::uint32_t code = static_cast<unsigned char>(c);
      if (unit.size() > 1) code &= 0xFFU >> (unit.size() + 1);
      for (std::size_t i = 1; i < unit.size(); ++i) {
        code = (code << 6) | (static_cast<unsigned char>(unit[i]) & 0x3FU);
      }
      clean += fmt::format("_x{:X}", code);
    }
    at += unit.size();
  }
  return clean.empty() ? "_" : clean;
}

}  // namespace firn::iceberg
