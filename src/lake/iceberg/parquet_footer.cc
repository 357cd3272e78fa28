#include "lake/iceberg/parquet_footer.h"

#include <fmt/format.h>

#include <algorithm>

#include "lake/iceberg/parquet_limits.h"
#include "lake/iceberg/thrift_reader.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

Unexpected Bad(std::string_view what) {
  return DataCorruption("BadParquetFooter", fmt::format("the Parquet footer {}", what));
}

using Field = ThriftReader::Field;

// parquet.thrift's numbers.
enum Physical : std::int64_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kFloat = 4,
  kDouble = 5,
  kBytes = 6,
  kFixed = 7
};
enum Converted : std::int64_t {
  kUtf8 = 0,
  kEnum = 4,
  kDecimal = 5,
  kDate = 6,
  kMillis = 9,
  kMicros = 10,
  kUnsigned8 = 11,
  kUnsigned64 = 14,
  kJson = 19
};
enum Logical : std::int16_t {
  kNone = 0,
  kString = 1,
  kEnumText = 4,
  kDecimalValue = 5,
  kDateValue = 6,
  kTimestamp = 8,
  kInteger = 10,
  kJsonText = 12,
  kUuid = 14
};

struct Element {
  std::optional<std::int64_t> physical;
  std::int64_t length = 0;
  std::string name;
  std::int64_t child_count = 0;
  std::optional<std::int64_t> converted;
  std::int64_t scale = 0;
  std::int64_t precision = 0;
  std::optional<std::int32_t> field_id;
  std::int16_t logical = kNone;
  bool is_utc = false;
  bool is_signed = true;
  std::int16_t unit = 0;  ///< Of a timestamp: 1 millis, 2 micros, 3 nanos.
};

struct Chunk {
  std::int64_t value_count = 0;
  std::int64_t compressed_bytes = 0;
  std::optional<std::int64_t> null_count;
};
struct RowGroup {
  std::vector<Chunk> chunks;
  std::optional<std::int64_t> offset;
};

/// A timestamp's unit is a union of empty structs.
Status ReadUnit(ThriftReader& reader, Element& element) {
  return reader.ReadStruct([&](const Field& field) -> Result<bool> {
    element.unit = field.id;
    return false;
  });
}

/// What stands inside the logical type's own struct.
Result<bool> TakeLogicalMember(ThriftReader& reader, Element& element, const Field& field) {
  if (element.logical == kTimestamp && field.id == 1) {
    element.is_utc = field.kind == ThriftReader::kTrue;
  } else if (element.logical == kTimestamp && field.id == 2 &&
             field.kind == ThriftReader::kStruct) {
    FIRN_TRY(ReadUnit(reader, element));
    return true;
  } else if (element.logical == kInteger && field.id == 2) {
    element.is_signed = field.kind == ThriftReader::kTrue;
  } else if (element.logical == kDecimalValue && field.kind == ThriftReader::kI32) {
    FIRN_ASSIGN_OR_RETURN(const std::int64_t number, reader.ReadNumber());
    (field.id == 1 ? element.scale : element.precision) = number;
    return true;
  }
  return false;
}

Status ReadLogical(ThriftReader& reader, Element& element) {
  const auto take_member = [&](const Field& field) {
    return TakeLogicalMember(reader, element, field);
  };
  return reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.kind != ThriftReader::kStruct) return false;
    element.logical = field.id;
    FIRN_TRY(reader.ReadStruct(take_member));
    return true;
  });
}

Result<bool> TakeElementMember(ThriftReader& reader, Element& element, const Field& field) {
  if (field.id == 4 && field.kind == ThriftReader::kBinary) {
    FIRN_ASSIGN_OR_RETURN(element.name, reader.ReadBinary());
    return true;
  }
  if (field.id == 10 && field.kind == ThriftReader::kStruct) {
    FIRN_TRY(ReadLogical(reader, element));
    return true;
  }
  if (field.kind != ThriftReader::kI32) return false;
  FIRN_ASSIGN_OR_RETURN(const std::int64_t number, reader.ReadNumber());
  switch (field.id) {
    case 1: element.physical = number; break;
    case 2: element.length = number; break;
    case 5: element.child_count = number; break;
    case 6: element.converted = number; break;
    case 7: element.scale = number; break;
    case 8: element.precision = number; break;
    case 9: element.field_id = static_cast<std::int32_t>(number); break;
    default: break;
  }
  return true;
}

Result<bool> TakeStatistic(ThriftReader& reader, Chunk& chunk, const Field& field) {
  if (field.id != 3 || field.kind != ThriftReader::kI64) return false;
  FIRN_ASSIGN_OR_RETURN(chunk.null_count, reader.ReadNumber());
  return true;
}

Result<bool> TakeChunkMember(ThriftReader& reader, Chunk& chunk, const Field& field) {
  if (field.id == 12 && field.kind == ThriftReader::kStruct) {
    const auto take = [&](const Field& inner) { return TakeStatistic(reader, chunk, inner); };
    FIRN_TRY(reader.ReadStruct(take));
    return true;
  }
  if (field.kind != ThriftReader::kI64 || (field.id != 5 && field.id != 7)) return false;
  FIRN_ASSIGN_OR_RETURN(const std::int64_t number, reader.ReadNumber());
  (field.id == 5 ? chunk.value_count : chunk.compressed_bytes) = number;
  return true;
}

Status ReadChunk(ThriftReader& reader, Chunk& chunk) {
  const auto take_member = [&](const Field& field) {
    return TakeChunkMember(reader, chunk, field);
  };
  return reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id != 3 || field.kind != ThriftReader::kStruct) return false;
    FIRN_TRY(reader.ReadStruct(take_member));
    return true;
  });
}

Status ReadRowGroup(ThriftReader& reader, RowGroup& group) {
  const auto take_chunk = [&]() {
    group.chunks.emplace_back();
    return ReadChunk(reader, group.chunks.back());
  };
  return reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id == 1 && field.kind == ThriftReader::kList) {
      FIRN_TRY(reader.ReadList(ThriftReader::kStruct, take_chunk));
      return true;
    }
    if (field.id != 5 || field.kind != ThriftReader::kI64) return false;
    FIRN_ASSIGN_OR_RETURN(group.offset, reader.ReadNumber());
    return true;
  });
}

std::optional<Type> IntegerType(const Element& element) {
  const bool is_unsigned =
      (element.logical == kInteger && !element.is_signed) ||
      (element.converted && *element.converted >= kUnsigned8 && *element.converted <= kUnsigned64);
  if (is_unsigned) return std::nullopt;
  return Type::Primitive(*element.physical == kInt32 ? TypeKind::kInt : TypeKind::kLong);
}

std::optional<Type> DecimalType(const Element& element) {
  const bool fits = element.precision >= 1 && element.precision <= 38 && element.scale >= 0 &&
                    element.scale <= element.precision;
  if (!fits) return std::nullopt;
  return Type::Decimal(static_cast<int>(element.precision), static_cast<int>(element.scale));
}

/// nullopt for what no column of a table reads as.
std::optional<Type> TypeOf(const Element& element) {
  const auto is = [&](Converted converted, std::int16_t logical) {
    return element.logical != kNone ? element.logical == logical
                                    : element.converted == std::int64_t{converted};
  };
  if (!element.physical) return std::nullopt;
  if (is(kDecimal, kDecimalValue)) return DecimalType(element);
  switch (*element.physical) {
    case kBoolean: return Type::Primitive(TypeKind::kBoolean);
    case kFloat: return Type::Primitive(TypeKind::kFloat);
    case kDouble: return Type::Primitive(TypeKind::kDouble);
    case kInt32:
      if (is(kDate, kDateValue)) return Type::Primitive(TypeKind::kDate);
      return element.logical == kNone || element.logical == kInteger ? IntegerType(element)
                                                                     : std::nullopt;
    case kInt64:
      if (element.logical == kTimestamp) {
        if (element.unit != 1 && element.unit != 2) return std::nullopt;
        return Type::Primitive(element.is_utc ? TypeKind::kTimestampTz : TypeKind::kTimestamp);
      }
      if (is(kMillis, kTimestamp) || is(kMicros, kTimestamp)) {
        return Type::Primitive(TypeKind::kTimestampTz);
      }
      return element.logical == kNone || element.logical == kInteger ? IntegerType(element)
                                                                     : std::nullopt;
    case kBytes:
      if (is(kUtf8, kString) || is(kEnum, kEnumText) || is(kJson, kJsonText)) {
        return Type::Primitive(TypeKind::kString);
      }
      return Type::Primitive(TypeKind::kBinary);
    case kFixed:
      if (element.logical == kUuid && element.length == 16) {
        return Type::Primitive(TypeKind::kUuid);
      }
      return std::nullopt;
    default: return std::nullopt;
  }
}

/// The schema's elements stand in preorder; counts the leaves below `at` and moves behind them.
Status WalkElement(const std::vector<Element>& elements, std::size_t& at, int depth,
                   ParquetField& field, std::size_t& leaf_count) {
  if (at >= elements.size()) return Bad("has a schema that ends early");
  if (depth > kParquetDepthMax) {
    return ResourceExhausted("ParquetFooterTooLarge", "the Parquet schema nests too deeply");
  }
  const Element& element = elements[at++];
  field.has_field_id |= element.field_id.has_value();
  if (element.child_count <= 0) {
    ++leaf_count;
    return Ok();
  }
  for (std::int64_t i = 0; i < element.child_count; ++i) {
    FIRN_TRY(WalkElement(elements, at, depth + 1, field, leaf_count));
  }
  return Ok();
}

Status AddFields(const std::vector<Element>& elements, const std::vector<RowGroup>& groups,
                 ParquetFooter& footer) {
  if (elements.empty()) return Bad("has no schema");
  std::size_t at = 1;
  std::size_t leaf = 0;
  for (std::int64_t i = 0; i < elements[0].child_count; ++i) {
    if (at >= elements.size()) return Bad("has a schema that ends early");
    const Element& element = elements[at];
    ParquetField field{.name = element.name, .field_id = element.field_id, .null_count = 0};
    field.is_group = element.child_count > 0;
    if (!field.is_group) field.type = TypeOf(element);
    std::size_t leaf_count = 0;
    FIRN_TRY(WalkElement(elements, at, 0, field, leaf_count));
    for (const RowGroup& group : groups) {
      if (field.is_group || leaf >= group.chunks.size()) continue;
      const Chunk& chunk = group.chunks[leaf];
      field.compressed_bytes += chunk.compressed_bytes;
      field.value_count += chunk.value_count;
      if (!chunk.null_count) {
        field.null_count.reset();
      } else if (field.null_count) {
        *field.null_count += *chunk.null_count;
      }
    }
    leaf += leaf_count;
    footer.fields.push_back(std::move(field));
  }
  return Ok();
}

}  // namespace

Result<ParquetFooter> ParseParquetFooter(std::string_view bytes) {
  ThriftReader reader(bytes, kParquetDepthMax);
  ParquetFooter footer;
  std::vector<Element> elements;
  std::vector<RowGroup> groups;
  const auto take_element = [&]() -> Status {
    if (elements.size() >= kParquetColumnsMax) {
      return ResourceExhausted("ParquetFooterTooLarge", "the Parquet file has too many columns");
    }
    Element& element = elements.emplace_back();
    return reader.ReadStruct(
        [&](const Field& field) { return TakeElementMember(reader, element, field); });
  };
  const auto take_group = [&]() {
    groups.emplace_back();
    return ReadRowGroup(reader, groups.back());
  };
  const auto take_member = [&](const Field& field) -> Result<bool> {
    if (field.id == 2 && field.kind == ThriftReader::kList) {
      FIRN_TRY(reader.ReadList(ThriftReader::kStruct, take_element));
      return true;
    }
    if (field.id == 3 && field.kind == ThriftReader::kI64) {
      FIRN_ASSIGN_OR_RETURN(footer.row_count, reader.ReadNumber());
      return true;
    }
    if (field.id != 4 || field.kind != ThriftReader::kList) return false;
    FIRN_TRY(reader.ReadList(ThriftReader::kStruct, take_group));
    return true;
  };
  FIRN_TRY(reader.ReadStruct(take_member));
  if (footer.row_count < 0) return Bad("counts fewer than no rows");
  FIRN_TRY(AddFields(elements, groups, footer));
  for (const RowGroup& group : groups) {
    if (!group.offset || *group.offset < 0) {
      footer.row_group_offsets.clear();
      break;
    }
    footer.row_group_offsets.push_back(*group.offset);
  }
  return footer;
}

Result<ParquetFooter> ReadParquetFooter(const Context& context, objects::ObjectStore& store,
                                        const std::string& url, std::uint64_t file_size_bytes) {
  constexpr std::uint64_t kTail = 8;  // The footer's length and the magic.
  constexpr std::uint64_t kFirstRead = 64UL << 10;
  if (file_size_bytes < kTail + 4) return Bad("is not there: the file is too short");
  const std::uint64_t first = std::min(file_size_bytes, kFirstRead);
  FIRN_ASSIGN_OR_RETURN(
      const std::string end,
      store.Read(context, url, {.offset_bytes = file_size_bytes - first, .length_bytes = first}));
  const std::string_view tail = std::string_view(end).substr(end.size() - kTail);
  if (tail.substr(4) == "PARE") {
    return Unsupported("EncryptedParquet", "the Parquet file is encrypted");
  }
  if (tail.substr(4) != "PAR1") return Bad("is not there: this is no Parquet file");
  std::uint64_t length = 0;
  for (int i = 3; i >= 0; --i) {
    length = length << 8 | static_cast<std::uint8_t>(tail[static_cast<std::size_t>(i)]);
  }
  if (length > file_size_bytes - kTail) return Bad("is said to be longer than its file");
  if (length > kParquetFooterBytesMax) {
    return ResourceExhausted("ParquetFooterTooLarge",
                             fmt::format("the Parquet footer has {} bytes, over the limit of {}",
                                         length, kParquetFooterBytesMax));
  }
  if (length + kTail <= end.size()) {
    return ParseParquetFooter(std::string_view(end).substr(end.size() - kTail - length, length));
  }
  FIRN_ASSIGN_OR_RETURN(
      const std::string whole,
      store.Read(context, url,
                 {.offset_bytes = file_size_bytes - kTail - length, .length_bytes = length}));
  return ParseParquetFooter(whole);
}

}  // namespace firn::iceberg
