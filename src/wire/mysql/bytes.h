#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// Little-endian integers and length-encoded values, written and read.

namespace firn::mysql {

void AppendInt1(std::string& out, std::uint8_t value);
void AppendInt2(std::string& out, std::uint16_t value);
void AppendInt3(std::string& out, std::uint32_t value);
void AppendInt4(std::string& out, std::uint32_t value);
void AppendInt8(std::string& out, std::uint64_t value);
void AppendLenencInt(std::string& out, std::uint64_t value);
void AppendLenencString(std::string& out, std::string_view text);
void AppendNulString(std::string& out, std::string_view text);

/// Takes values off the front of bytes it borrows; never reads past them. Thread-compatible.
///
/// Errors of all: kInvalidArgument/MalformedPacket.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  Result<std::uint8_t> Int1();
  Result<std::uint16_t> Int2();
  Result<std::uint32_t> Int3();
  Result<std::uint32_t> Int4();
  Result<std::uint64_t> Int8();
  /// The NULL mark 0xFB is an error here.
  Result<std::uint64_t> LenencInt();
  Result<std::string_view> LenencString();
  /// Up to a NUL, which is taken too.
  Result<std::string_view> NulString();
  Result<std::string_view> Bytes(std::uint64_t count);
  Status Skip(std::uint64_t count);
  /// Everything that is left; never fails.
  std::string_view Rest();

  bool empty() const { return rest_.empty(); }
  std::size_t size() const { return rest_.size(); }
  std::string_view peek() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace firn::mysql
