#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// Thrift's compact protocol, as much of it as the footer of a Parquet file needs
/// (thrift-compact-protocol.md).

namespace firn::iceberg {

/// Reads structs field by field; what nobody asks for is skipped. Thread-compatible; `bytes` must
/// outlive it. After an error it is of no more use.
///
/// Errors of all that reads: kDataCorruption/BadParquetFooter; kResourceExhausted/
/// ParquetFooterTooLarge for structs, lists and maps in each other deeper than `depth_max`, each of
/// which is a stack frame.
class ThriftReader {
 public:
  enum Kind : std::uint8_t {
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
  struct Field {
    std::int16_t id = 0;
    std::uint8_t kind = kStop;
  };

  ThriftReader(std::string_view bytes, int depth_max) : bytes_(bytes), depth_max_(depth_max) {}

  /// Calls `take(field)` for each field of a struct; what it does not take (it returns false) is
  /// skipped.
  template <typename Take>
  Status ReadStruct(Take take) {
    FIRN_TRY(Enter());
    std::int16_t last = 0;
    while (true) {
      FIRN_ASSIGN_OR_RETURN(const Field field, ReadField(last));
      if (field.kind == kStop) break;
      last = field.id;
      FIRN_ASSIGN_OR_RETURN(const bool taken, take(field));
      if (!taken) FIRN_TRY(Skip(field.kind));
    }
    --depth_;
    return Ok();
  }

  /// Calls `take()` for each element of a list of `kind`.
  template <typename Take>
  Status ReadList(std::uint8_t kind, Take take) {
    FIRN_ASSIGN_OR_RETURN(const ListHead head, ReadListHead());
    if (head.count > 0 && head.kind != kind) return OfAnotherKind();
    for (std::uint64_t i = 0; i < head.count; ++i) FIRN_TRY(take());
    return Ok();
  }

  /// Of any width.
  Result<std::int64_t> ReadNumber();
  Result<std::string> ReadBinary();
  /// A value of `kind` as it stands in the bytes, unread.
  Result<std::string_view> ReadRaw(std::uint8_t kind);
  /// Where the next byte to read stands.
  std::size_t position_bytes() const { return at_; }

 private:
  struct ListHead {
    std::uint64_t count = 0;
    std::uint8_t kind = 0;
  };

  static Unexpected OfAnotherKind();
  Status Enter();
  Result<std::string_view> Take(std::uint64_t size);
  Result<std::uint64_t> ReadVarint();
  Result<Field> ReadField(std::int16_t last);
  Result<ListHead> ReadListHead();
  Status Skip(std::uint8_t kind);
  Status SkipElement(std::uint8_t kind);
  Status SkipMap();

  const std::string_view bytes_;
  const int depth_max_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace firn::iceberg
