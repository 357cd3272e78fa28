#include "wire/mysql/bytes.h"

namespace firn::mysql {
namespace {

template <int kBytes>
void AppendLittleEndian(std::string& out, std::uint64_t value) {
  char bytes[kBytes];
  for (int i = 0; i < kBytes; ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xFFU);
  out.append(bytes, kBytes);
}

Unexpected Truncated() {
  return InvalidArgument("MalformedPacket", "the packet ends before its fields do");
}

std::uint64_t LittleEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

}  // namespace

void AppendInt1(std::string& out, std::uint8_t value) { AppendLittleEndian<1>(out, value); }
void AppendInt2(std::string& out, std::uint16_t value) { AppendLittleEndian<2>(out, value); }
void AppendInt3(std::string& out, std::uint32_t value) { AppendLittleEndian<3>(out, value); }
void AppendInt4(std::string& out, std::uint32_t value) { AppendLittleEndian<4>(out, value); }
void AppendInt8(std::string& out, std::uint64_t value) { AppendLittleEndian<8>(out, value); }

void AppendLenencInt(std::string& out, std::uint64_t value) {
  if (value < 0xFB) {
    AppendInt1(out, static_cast<std::uint8_t>(value));
  } else if (value <= 0xFFFF) {
    AppendInt1(out, 0xFC);
    AppendInt2(out, static_cast<std::uint16_t>(value));
  } else if (value <= 0xFFFFFF) {
    AppendInt1(out, 0xFD);
    AppendInt3(out, static_cast<std::uint32_t>(value));
  } else {
    AppendInt1(out, 0xFE);
    AppendInt8(out, value);
  }
}

void AppendLenencString(std::string& out, std::string_view text) {
  AppendLenencInt(out, text.size());
  out.append(text);
}

void AppendNulString(std::string& out, std::string_view text) {
  out.append(text);
  out.push_back('\0');
}

Result<std::string_view> ByteReader::Bytes(std::uint64_t count) {
  if (count > rest_.size()) return Truncated();
  const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(taken.size());
  return taken;
}

Result<std::uint8_t> ByteReader::Int1() {
  FIRN_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(1));
  return static_cast<std::uint8_t>(LittleEndian(bytes));
}

Result<std::uint16_t> ByteReader::Int2() {
  FIRN_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(2));
  return static_cast<std::uint16_t>(LittleEndian(bytes));
}

Result<std::uint32_t> ByteReader::Int3() {
  FIRN_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(3));
  return static_cast<std::uint32_t>(LittleEndian(bytes));
}

Result<std::uint32_t> ByteReader::Int4() {
  FIRN_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(4));
  return static_cast<std::uint32_t>(LittleEndian(bytes));
}

Result<std::uint64_t> ByteReader::Int8() {
  FIRN_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(8));
  return LittleEndian(bytes);
}

Result<std::uint64_t> ByteReader::LenencInt() {
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t first, Int1());
  if (first < 0xFB) return std::uint64_t{first};
  if (first == 0xFC) {
    FIRN_ASSIGN_OR_RETURN(const std::uint16_t value, Int2());
    return std::uint64_t{value};
  }
  if (first == 0xFD) {
    FIRN_ASSIGN_OR_RETURN(const std::uint32_t value, Int3());
    return std::uint64_t{value};
  }
  if (first == 0xFE) return Int8();
  return InvalidArgument("MalformedPacket", "a length begins with 0xFB or 0xFF");
}

Result<std::string_view> ByteReader::LenencString() {
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t size, LenencInt());
  return Bytes(size);
}

Result<std::string_view> ByteReader::NulString() {
  const std::size_t end = rest_.find('\0');
  if (end == std::string_view::npos) return Truncated();
  const std::string_view text = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return text;
}

Status ByteReader::Skip(std::uint64_t count) {
  FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const std::string_view skipped, Bytes(count));
  return Ok();
}

std::string_view ByteReader::Rest() {
  const std::string_view all = rest_;
  rest_ = {};
  return all;
}

}  // namespace firn::mysql
