#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/duck/write_limits.h"
#include "engine/duck/written_footer_internal.h"
#include "lake/iceberg/thrift_reader.h"

namespace firn::duck {
namespace {

constexpr int kDepthMax = 32;
// Parquet's Type: BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY.
constexpr std::int64_t kByteArray = 6;
constexpr std::int64_t kFixedByteArray = 7;
// Parquet's ConvertedType.
constexpr std::int64_t kInt32Annotation = 17;
constexpr std::int64_t kInt64Annotation = 18;
// Members of SchemaElement.
constexpr std::int16_t kConvertedType = 6;
constexpr std::int16_t kLogicalType = 10;

using iceberg::ThriftReader;
using Field = ThriftReader::Field;

/// One column of one row group.
struct Column {
  std::int64_t type = -1;
  std::string path;
  std::int64_t value_count = 0;
  std::int64_t null_count = 0;
  std::int64_t data_offset = 0;
  std::int64_t dictionary_offset = 0;
  std::optional<std::string> lower;
  std::optional<std::string> upper;

  std::int64_t begin() const {
    return dictionary_offset > 0 ? std::min(dictionary_offset, data_offset) : data_offset;
  }
};

std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Result<bool> TakeStatistic(ThriftReader& reader, Column& column, const Field& field) {
  if (field.id == 3 && field.kind == ThriftReader::kI64) {
    FIRN_ASSIGN_OR_RETURN(column.null_count, reader.ReadNumber());
    return true;
  }
  if (field.kind != ThriftReader::kBinary || (field.id != 5 && field.id != 6)) return false;
  FIRN_ASSIGN_OR_RETURN((field.id == 5 ? column.upper : column.lower), reader.ReadBinary());
  return true;
}

Status AddPathPart(ThriftReader& reader, Column& column) {
  FIRN_ASSIGN_OR_RETURN(const std::string part, reader.ReadBinary());
  column.path += (column.path.empty() ? "" : ".") + Quoted(part);
  return Ok();
}

Result<bool> TakeColumnMember(ThriftReader& reader, Column& column, const Field& field) {
  if (field.id == 3 && field.kind == ThriftReader::kList) {
    FIRN_TRY(reader.ReadList(ThriftReader::kBinary, [&] { return AddPathPart(reader, column); }));
    return true;
  }
  if (field.id == 12 && field.kind == ThriftReader::kStruct) {
    FIRN_TRY(reader.ReadStruct(
        [&](const Field& inner) { return TakeStatistic(reader, column, inner); }));
    return true;
  }
  if (field.kind != ThriftReader::kI32 && field.kind != ThriftReader::kI64) return false;
  FIRN_ASSIGN_OR_RETURN(const std::int64_t number, reader.ReadNumber());
  switch (field.id) {
    case 1: column.type = number; break;
    case 5: column.value_count = number; break;
    case 9: column.data_offset = number; break;
    case 11: column.dictionary_offset = number; break;
    default: break;
  }
  return true;
}

void AddColumn(const Column& column, WrittenFooter& footer) {
  if (column.type != kByteArray && column.type != kFixedByteArray) return;
  if (column.null_count >= column.value_count) return;  // No value, no bound.
  WrittenFooter::Bounds& bounds = footer.bounds[column.path];
  if (!column.lower || !column.upper) {
    bounds.is_known = false;
    return;
  }
  if (!bounds.is_set || *column.lower < bounds.lower) bounds.lower = *column.lower;
  if (!bounds.is_set || *column.upper > bounds.upper) bounds.upper = *column.upper;
  bounds.is_set = true;
}

Status ReadColumnChunk(ThriftReader& reader, Column& column) {
  const auto take_member = [&](const Field& field) {
    return TakeColumnMember(reader, column, field);
  };
  return reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id != 3 || field.kind != ThriftReader::kStruct) return false;
    FIRN_TRY(reader.ReadStruct(take_member));
    return true;
  });
}

Status ReadRowGroup(ThriftReader& reader, WrittenFooter& footer) {
  bool is_first = true;
  const auto take_column = [&]() -> Status {
    Column column;
    FIRN_TRY(ReadColumnChunk(reader, column));
    if (is_first) footer.split_offsets.push_back(column.begin());
    is_first = false;
    AddColumn(column, footer);
    return Ok();
  };
  return reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id != 1 || field.kind != ThriftReader::kList) return false;
    FIRN_TRY(reader.ReadList(ThriftReader::kStruct, take_column));
    return true;
  });
}

Unexpected InvalidFooter() {
  return DataCorruption("InvalidFooter", "the footer of a Parquet file cannot be read");
}

/// Half-open; of the footer's Thrift struct, without its length and the magic behind it.
struct FooterPlace {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Result<FooterPlace> FindFooter(std::string_view file_end) {
  if (file_end.size() < 12 || !file_end.ends_with("PAR1")) return InvalidFooter();
  std::uint32_t size = 0;
  std::memcpy(&size, file_end.data() + file_end.size() - 8, sizeof size);
  if (size > file_end.size() - 8 || size > kFooterBytesMax) return InvalidFooter();
  return FooterPlace{.begin = file_end.size() - 8 - size, .end = file_end.size() - 8};
}

/// A member of a SchemaElement, its value in Thrift's bytes.
struct RawMember {
  Field field;
  std::string_view value;
};

void AppendElement(const std::vector<RawMember>& members, std::string& out) {
  std::int16_t last = 0;
  for (const RawMember& member : members) {
    const int delta = member.field.id - last;
    FIRN_CHECK_MSG(delta > 0 && delta < 16, "members of a schema element ascend");
    out.push_back(static_cast<char>(delta << 4 | member.field.kind));
    out += member.value;
    last = member.field.id;
  }
  out.push_back('\0');
}

Status CopyElement(ThriftReader& reader, std::string& out) {
  std::vector<RawMember> members;
  bool is_integer = false;
  FIRN_TRY(reader.ReadStruct([&](const Field& field) -> Result<bool> {
    const bool ascends = members.empty() ? field.id > 0 : field.id > members.back().field.id;
    if (!ascends || field.id > kLogicalType) return InvalidFooter();
    FIRN_ASSIGN_OR_RETURN(const std::string_view value, reader.ReadRaw(field.kind));
    members.push_back({.field = field, .value = value});
    if (field.id == kConvertedType && field.kind == ThriftReader::kI32) {
      FIRN_ASSIGN_OR_RETURN(const std::int64_t type, ThriftReader(value, 1).ReadNumber());
      is_integer = type == kInt32Annotation || type == kInt64Annotation;
    }
    return true;
  }));
  if (is_integer) {
    std::erase_if(members, [](const RawMember& member) {
      return member.field.id == kConvertedType || member.field.id == kLogicalType;
    });
  }
  AppendElement(members, out);
  return Ok();
}

}  // namespace

Status MapSchemaToIceberg(std::string& file_end) {
  FIRN_ASSIGN_OR_RETURN(const FooterPlace place, FindFooter(file_end));
  const std::string_view footer =
      std::string_view(file_end).substr(place.begin, place.end - place.begin);
  ThriftReader reader(footer, kDepthMax);
  FooterPlace elements;
  std::string mapped;
  const Status read = reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id != 2 || field.kind != ThriftReader::kList) return false;
    FIRN_TRY(reader.ReadList(ThriftReader::kStruct, [&] {
      if (elements.begin == 0) elements.begin = reader.position_bytes();
      return CopyElement(reader, mapped);
    }));
    elements.end = reader.position_bytes();
    return true;
  });
  if (!read || elements.begin == 0) return InvalidFooter();
  file_end.replace(place.begin + elements.begin, elements.end - elements.begin, mapped);
  const auto size = static_cast<std::uint32_t>(place.end - place.begin -
                                               (elements.end - elements.begin) + mapped.size());
  std::memcpy(file_end.data() + file_end.size() - 8, &size, sizeof size);
  return Ok();
}

Result<WrittenFooter> ReadWrittenFooter(std::string_view file_end) {
  FIRN_ASSIGN_OR_RETURN(const FooterPlace place, FindFooter(file_end));
  ThriftReader reader(file_end.substr(place.begin, place.end - place.begin), kDepthMax);
  WrittenFooter footer;
  const Status read = reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id != 4 || field.kind != ThriftReader::kList) return false;
    FIRN_TRY(reader.ReadList(ThriftReader::kStruct, [&] { return ReadRowGroup(reader, footer); }));
    return true;
  });
  if (!read) return InvalidFooter();
  std::sort(footer.split_offsets.begin(), footer.split_offsets.end());
  return footer;
}

}  // namespace firn::duck
