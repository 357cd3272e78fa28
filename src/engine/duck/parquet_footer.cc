#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>

#include "engine/duck/parquet_footer_internal.h"
#include "engine/duck/write_limits.h"

namespace firn::duck {
namespace {

constexpr int kDepthMax = 32;
// Parquet's Type: BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY.
constexpr std::int64_t kByteArray = 6;
constexpr std::int64_t kFixedByteArray = 7;

/// Thrift's compact protocol, as much of it as a footer needs. After an error all reads give zero.
class CompactReader {
 public:
  explicit CompactReader(std::string_view bytes) : left_(bytes) {}

  enum Type : int {
    kStop = 0,
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kI16 = 4,
    kI32 = 5,
    kI64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kMap = 11,
    kStruct = 12,
  };

  bool has_failed() const { return failed_; }

  /// `field(id, type)` reads or skips each field of a struct.
  void Struct(const std::function<void(int, int)>& field) {
    if (++depth_ > kDepthMax) failed_ = true;
    int id = 0;
    while (!failed_) {
      const int head = Byte();
      const int type = head & 0x0F;
      if (type == kStop) break;
      id = (head >> 4) != 0 ? id + (head >> 4) : static_cast<int>(Integer());
      field(id, type);
    }
    --depth_;
  }

  void List(const std::function<void(int)>& element) {
    const int head = Byte();
    std::uint64_t count = static_cast<std::uint64_t>(head) >> 4;
    if (count == 15) count = Varint();
    if (count > left_.size()) failed_ = true;
    for (std::uint64_t i = 0; i < count && !failed_; ++i) element(head & 0x0F);
  }

  std::int64_t Integer() {
    const std::uint64_t zigzag = Varint();
    return static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
  }

  std::string Binary() {
    const std::uint64_t size = Varint();
    if (size > left_.size()) failed_ = true;
    if (failed_) return "";
    std::string bytes(left_.substr(0, size));
    left_.remove_prefix(size);
    return bytes;
  }

  void Skip(int type) {
    switch (type) {
      case kTrue:
      case kFalse: return;  // In a field, the type is the value.
      case kByte: Byte(); return;
      case kI16:
      case kI32:
      case kI64: Varint(); return;
      case kDouble:
        for (int i = 0; i < 8; ++i) Byte();
        return;
      case kBinary: Binary(); return;
      case kList:
      case kSet:
        return List([this](int element) {
          // In a list, booleans are bytes.
          element == kTrue || element == kFalse ? static_cast<void>(Byte()) : Skip(element);
        });
      case kStruct: return Struct([this](int, int field) { Skip(field); });
      default: failed_ = true;  // Maps: Parquet's footer has none.
    }
  }

 private:
  int Byte() {
    if (left_.empty()) failed_ = true;
    if (failed_) return 0;
    const auto byte = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !failed_; shift += 7) {
      const auto byte = static_cast<std::uint64_t>(Byte());
      value |= (byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }

  std::string_view left_;
  bool failed_ = false;
  int depth_ = 0;
};

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

void ReadStatistics(CompactReader& reader, Column& column) {
  reader.Struct([&](int id, int type) {
    switch (id) {
      case 3: column.null_count = reader.Integer(); return;
      case 5: column.upper = reader.Binary(); return;
      case 6: column.lower = reader.Binary(); return;
      default: reader.Skip(type);
    }
  });
}

void ReadColumnMetadata(CompactReader& reader, Column& column) {
  reader.Struct([&](int id, int type) {
    switch (id) {
      case 1: column.type = reader.Integer(); return;
      case 3:
        return reader.List([&](int) {
          column.path += (column.path.empty() ? "" : ".") + Quoted(reader.Binary());
        });
      case 5: column.value_count = reader.Integer(); return;
      case 9: column.data_offset = reader.Integer(); return;
      case 11: column.dictionary_offset = reader.Integer(); return;
      case 12: return ReadStatistics(reader, column);
      default: reader.Skip(type);
    }
  });
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

void ReadRowGroup(CompactReader& reader, ParquetFooter& footer) {
  bool is_first = true;
  reader.Struct([&](int id, int type) {
    if (id != 1) return reader.Skip(type);
    reader.List([&](int) {
      Column column;
      reader.Struct([&](int chunk_id, int chunk_type) {
        chunk_id == 3 ? ReadColumnMetadata(reader, column) : reader.Skip(chunk_type);
      });
      if (is_first) footer.split_offsets.push_back(column.begin());
      is_first = false;
      AddColumn(column, footer);
    });
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
  CompactReader reader(file_end.substr(file_end.size() - 8 - size, size));
  ParquetFooter footer;
  reader.Struct([&](int id, int type) {
    if (id != 4) return reader.Skip(type);
    reader.List([&](int) { ReadRowGroup(reader, footer); });
  });
  if (reader.has_failed()) return invalid();
  std::sort(footer.split_offsets.begin(), footer.split_offsets.end());
  return footer;
}

}  // namespace firn::duck
