#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/mutex.h"
#include "base/result.h"

/// Avro object container files (Avro 1.11 specification), bounded: no length is believed before it
/// is checked.
///
/// Reading order: AvroSchema, AvroCursor, AvroFileReader, AvroFileWriter.

namespace firn::iceberg {

enum class AvroKind {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kRecord,
  kArray,
  kMap,
  kUnion,
};

using AvroNodeIndex = std::size_t;

struct AvroField {
  std::string name;
  std::optional<std::int32_t> field_id;  ///< Iceberg's `field-id`.
  AvroNodeIndex node = 0;
};

struct AvroNode {
  AvroKind kind = AvroKind::kNull;
  std::int64_t fixed_size = 0;
  std::vector<AvroField> fields;  ///< Records.
  std::vector<AvroNodeIndex>
      children;  ///< Unions: the branches. Arrays: the item. Maps: the value.
  /// Above 0: a value is so many varints and nothing else.
  std::uint32_t varint_count = 0;
  /// A record of a varint and a length with bytes behind it.
  bool is_varint_and_blob = false;
};

/// A flat graph: nodes name each other by index, so that named types may be used twice or in
/// themselves.
struct AvroSchema {
  std::vector<AvroNode> nodes;
  AvroNodeIndex root = 0;

  const AvroNode& node(AvroNodeIndex index) const { return nodes[index]; }
};

/// Errors: kDataCorruption/InvalidAvro.
Result<AvroSchema> ParseAvroSchema(const json::value& value);

/// Schemas by their text: the manifests of a table mostly have one, which is then parsed once.
/// Thread-safe; holds at most kAvroSchemasMax, each of a text of at most kAvroSharedSchemaBytesMax.
class AvroSchemas {
 public:
  /// Errors: kDataCorruption/InvalidAvro.
  Result<std::shared_ptr<const AvroSchema>> Parse(const std::string& text);

 private:
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const AvroSchema>> schemas_ FIRN_GUARDED_BY(mutex_);
};

/// Reads values from a block. The first broken read makes the cursor failed for good; every later
/// read then gives zeros or nothing, so that a caller checks once a record. Borrows bytes and
/// schema.
class AvroCursor {
 public:
  AvroCursor(std::string_view bytes, const AvroSchema& schema);

  bool failed() const { return failed_; }
  void Fail() { failed_ = true; }
  std::size_t remaining() const { return bytes_.size() - at_; }
  std::size_t position() const { return at_; }
  bool AtEnd() const { return at_ == bytes_.size(); }
  const AvroSchema& schema() const { return schema_; }

  // The raw encodings.
  std::int64_t ReadVarint() {
    // Most are one byte.
    if (at_ < bytes_.size() && !failed_) {
      const auto byte = static_cast<unsigned char>(bytes_[at_]);
      if (byte < 0x80) {
        ++at_;
        return static_cast<std::int64_t>(byte >> 1) ^ -static_cast<std::int64_t>(byte & 1);
      }
    }
    return ReadLongVarint();
  }
  bool ReadBoolean();
  float ReadFloat();
  double ReadDouble();
  std::string_view ReadBytes() { return ReadFixed(ReadVarint()); }
  std::string_view ReadFixed(std::int64_t size) {
    if (failed_ || size < 0 || static_cast<std::uint64_t>(size) > remaining()) {
      Fail();
      return {};
    }
    const std::string_view taken(bytes_.data() + at_, static_cast<std::size_t>(size));
    at_ += taken.size();
    return taken;
  }

  /// Steps through unions to the branch that follows; null when that branch is `null`.
  const AvroNode* Enter(AvroNodeIndex index) {
    const AvroNode* node = &schema_.node(index);
    if (node->kind == AvroKind::kUnion) {
      const std::int64_t branch = ReadVarint();
      if (failed_ || branch < 0 || static_cast<std::size_t>(branch) >= node->children.size()) {
        Fail();
        return nullptr;
      }
      node = &schema_.node(node->children[static_cast<std::size_t>(branch)]);
    }
    if (steps_left_ == 0)
      Fail();
    else
      --steps_left_;
    return failed_ || node->kind == AvroKind::kNull ? nullptr : node;
  }
  void Skip(AvroNodeIndex index);
  /// The items of an array of which `Enter` gave the node.
  void SkipItems(const AvroNode& array);

  // Values of a node of that or a narrower kind, nullopt for null. Another kind fails the cursor.
  std::optional<std::int64_t> ReadWhole(AvroNodeIndex index);
  std::optional<bool> ReadTruth(AvroNodeIndex index);
  std::optional<std::string> ReadBlob(AvroNodeIndex index);  ///< bytes, string or fixed.
  /// ReadBlob without a copy.
  std::optional<std::string_view> ViewBlob(AvroNodeIndex index);
  /// What is ahead of an array's, or a map's, next block; 0 at its end.
  std::int64_t ReadItemCount() {
    const std::int64_t count = ReadVarint();
    const bool is_plain = count >= 0 && static_cast<std::uint64_t>(count) <= remaining();
    return is_plain && !failed_ ? count : CheckItemCount(count);
  }

  /// Calls `read(item node)` for each item of an array; false when the array is null.
  template <typename Read>
  bool ReadArray(AvroNodeIndex index, const Read& read) {
    const AvroNode* array = Enter(index);
    if (array == nullptr) return false;
    if (array->kind != AvroKind::kArray) {
      Fail();
      return false;
    }
    ReadItems([&] { read(array->children[0]); });
    return true;
  }

  /// The blocks of an array or a map, `read` once an item.
  template <typename Read>
  void ReadItems(const Read& read) {
    while (!failed_) {
      const std::int64_t count = ReadItemCount();
      if (count == 0) return;
      for (std::int64_t i = 0; i < count && !failed_; ++i) {
        const std::size_t before = at_;
        read();
        // Items without bytes could be claimed by the billion.
        if (at_ == before) Fail();
      }
    }
  }

 private:
  void SkipAtDepth(AvroNodeIndex index, int depth);
  void SkipItemsAtDepth(const AvroNode& array, int depth);
  std::int64_t ReadLongVarint();
  std::int64_t CheckItemCount(std::int64_t count);
  void SkipVarints(std::uint64_t count);
  void SkipPairs(std::uint64_t count);

  // Constant after construction.
  const std::string_view bytes_;
  const AvroSchema& schema_;

  std::size_t at_ = 0;
  bool failed_ = false;
  std::size_t steps_left_;  ///< Bounds the walk through types that take no bytes.
};

/// A container file, opened: header parsed, blocks decompressed one at a time. Borrows the file's
/// bytes.
class AvroFileReader {
 public:
  /// `schemas`: where the schema is looked for; null: it is parsed. Errors:
  /// kDataCorruption/InvalidAvro; kUnsupported/AvroCodec; kResourceExhausted/ManifestTooLarge.
  static Result<AvroFileReader> Open(std::string_view bytes, AvroSchemas* schemas = nullptr);

  const AvroSchema& schema() const { return *schema_; }
  std::shared_ptr<const AvroSchema> shared_schema() const { return schema_; }
  /// File metadata: `avro.schema`, `avro.codec` and the writer's own keys.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  struct Block {
    std::int64_t record_count = 0;
    std::string bytes;
  };
  /// What has not been read yet, as it is stored.
  std::size_t remaining_bytes() const { return bytes_.size() - at_; }
  /// nullopt at the end. Errors: as Open.
  Result<std::optional<Block>> NextBlock();

 private:
  AvroFileReader() = default;

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::string sync_;
  std::string codec_;
  std::shared_ptr<const AvroSchema> schema_;
  std::map<std::string, std::string> metadata_;
  std::size_t decompressed_bytes_ = 0;
};

/// Builds a container file in memory, deflated. One use.
class AvroFileWriter {
 public:
  /// `metadata` without `avro.schema` and `avro.codec`.
  AvroFileWriter(const json::value& schema, std::map<std::string, std::string> metadata);

  // One record is written by these in its schema's order, then EndRecord.
  void WriteBoolean(bool value) { block_ += value ? '\x01' : '\x00'; }
  void WriteVarint(std::int64_t value);
  void WriteFloat(float value);
  void WriteDouble(double value);
  void WriteBytes(std::string_view bytes);
  void WriteFixed(std::string_view bytes) { block_ += bytes; }
  /// The branch of a ["null", T] union.
  void WriteBranch(bool present) { WriteVarint(present ? 1 : 0); }
  void EndRecord();

  std::string Finish() &&;

 private:
  void FlushBlock();

  std::map<std::string, std::string> metadata_;
  std::string block_;
  std::int64_t record_count_ = 0;
  struct Encoded {
    std::int64_t record_count;
    std::string bytes;
  };
  std::vector<Encoded> blocks_;
};

/// A name that Avro takes: letters, digits and `_`; others as `_x` and their hexadecimal code
/// point, a leading digit behind `_` (as Java's AvroSchemaUtil).
std::string AvroName(std::string_view name);

}  // namespace firn::iceberg
