#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/duck/parquet_footer_internal.h"
#include "engine/duck/write_limits.h"
#include "lake/iceberg/thrift_reader.h"

namespace firn::duck {
namespace {

constexpr int kDepthMax = 32;
// Parquet's Type: BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY.
constexpr std::int64_t kByteArray = 6;
constexpr std::int64_t kFixedByteArray = 7;

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

void AddColumn(const Column& column, ParquetFooter& footer) {
  if (column.type != kByteArray && column.type != kFixedByteArray) return;
  if (column.null_count >= column.value_count) return;  // No value, no bound.
  ParquetFooter::Bounds& bounds = footer.bounds[column.path];
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

Status ReadRowGroup(ThriftReader& reader, ParquetFooter& footer) {
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

}  // namespace

Result<ParquetFooter> ReadParquetFooter(std::string_view file_end) {
  const auto invalid = [] {
    return DataCorruption("InvalidFooter", "the footer of a Parquet file cannot be read");
  };
  if (file_end.size() < 12 || !file_end.ends_with("PAR1")) return invalid();
  std::uint32_t size = 0;
  std::memcpy(&size, file_end.data() + file_end.size() - 8, sizeof size);
  if (size > file_end.size() - 8 || size > kFooterBytesMax) return invalid();
  ThriftReader reader(file_end.substr(file_end.size() - 8 - size, size), kDepthMax);
  ParquetFooter footer;
  const Status read = reader.ReadStruct([&](const Field& field) -> Result<bool> {
    if (field.id != 4 || field.kind != ThriftReader::kList) return false;
    FIRN_TRY(reader.ReadList(ThriftReader::kStruct, [&] { return ReadRowGroup(reader, footer); }));
    return true;
  });
  if (!read) return invalid();
  std::sort(footer.split_offsets.begin(), footer.split_offsets.end());
  return footer;
}

}  // namespace firn::duck
