#include "lake/iceberg/thrift_reader.h"

#include <fmt/format.h>

namespace firn::iceberg {
namespace {

Unexpected Bad(std::string_view what) {
  return DataCorruption("BadParquetFooter", fmt::format("the Parquet footer {}", what));
}

}  // namespace

Unexpected ThriftReader::OfAnotherKind() { return Bad("has a list of another kind"); }

Status ThriftReader::Enter() {
  if (++depth_ <= depth_max_) return Ok();
  return ResourceExhausted("ParquetFooterTooLarge", "the Parquet footer nests too deeply");
}

Result<std::int64_t> ThriftReader::ReadNumber() {
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t raw, ReadVarint());
  return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
}

Result<std::string> ThriftReader::ReadBinary() {
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t size, ReadVarint());
  FIRN_ASSIGN_OR_RETURN(const std::string_view bytes, Take(size));
  return std::string(bytes);
}

Result<std::string_view> ThriftReader::ReadRaw(std::uint8_t kind) {
  const std::size_t begin = at_;
  FIRN_TRY(Skip(kind));
  return bytes_.substr(begin, at_ - begin);
}

Result<std::string_view> ThriftReader::Take(std::uint64_t size) {
  if (size > bytes_.size() - at_) return Bad("ends early");
  const std::string_view taken = bytes_.substr(at_, size);
  at_ += size;
  return taken;
}

Result<std::uint64_t> ThriftReader::ReadVarint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    FIRN_ASSIGN_OR_RETURN(const std::string_view byte, Take(1));
    const auto bits = static_cast<std::uint8_t>(byte[0]);
    value |= static_cast<std::uint64_t>(bits & 0x7F) << shift;
    if ((bits & 0x80) == 0) return value;
  }
  return Bad("has a number of more than 64 bits");
}

Result<ThriftReader::Field> ThriftReader::ReadField(std::int16_t last) {
  FIRN_ASSIGN_OR_RETURN(const std::string_view byte, Take(1));
  const auto head = static_cast<std::uint8_t>(byte[0]);
  Field field{.id = 0, .kind = static_cast<std::uint8_t>(head & 0x0F)};
  if (field.kind == kStop) return field;
  if (const int delta = head >> 4; delta != 0) {
    field.id = static_cast<std::int16_t>(last + delta);
  } else {
    FIRN_ASSIGN_OR_RETURN(const std::int64_t id, ReadNumber());
    field.id = static_cast<std::int16_t>(id);
  }
  return field;
}

Result<ThriftReader::ListHead> ThriftReader::ReadListHead() {
  FIRN_ASSIGN_OR_RETURN(const std::string_view byte, Take(1));
  const auto head = static_cast<std::uint8_t>(byte[0]);
  ListHead list{.count = static_cast<std::uint64_t>(head >> 4),
                .kind = static_cast<std::uint8_t>(head & 0x0F)};
  if (list.count == 15) {
    FIRN_ASSIGN_OR_RETURN(list.count, ReadVarint());
  }
  // Every element but an empty struct takes a byte, and that takes its stop byte.
  if (list.count > bytes_.size() - at_) return Bad("has a list longer than itself");
  return list;
}

Status ThriftReader::Skip(std::uint8_t kind) {
  switch (kind) {
    case kTrue:
    case kFalse: return Ok();
    case kByte: FIRN_TRY(Take(1)); return Ok();
    case kI16:
    case kI32:
    case kI64: FIRN_TRY(ReadVarint()); return Ok();
    case kDouble: FIRN_TRY(Take(8)); return Ok();
    case kBinary: {
      FIRN_ASSIGN_OR_RETURN(const std::uint64_t size, ReadVarint());
      FIRN_TRY(Take(size));
      return Ok();
    }
    case kList:
    case kSet: {
      FIRN_ASSIGN_OR_RETURN(const ListHead head, ReadListHead());
      FIRN_TRY(Enter());
      for (std::uint64_t i = 0; i < head.count; ++i) FIRN_TRY(SkipElement(head.kind));
      --depth_;
      return Ok();
    }
    case kMap: return SkipMap();
    case kStruct: return ReadStruct([](const Field&) -> Result<bool> { return false; });
    default: return Bad("has a field of no known kind");
  }
}

/// In lists and maps a boolean takes a byte.
Status ThriftReader::SkipElement(std::uint8_t kind) {
  if (kind != kTrue && kind != kFalse) return Skip(kind);
  FIRN_TRY(Take(1));
  return Ok();
}

Status ThriftReader::SkipMap() {
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t count, ReadVarint());
  if (count == 0) return Ok();
  if (count > bytes_.size() - at_) return Bad("has a map longer than itself");
  FIRN_ASSIGN_OR_RETURN(const std::string_view kinds, Take(1));
  const auto byte = static_cast<std::uint8_t>(kinds[0]);
  FIRN_TRY(Enter());
  for (std::uint64_t i = 0; i < count; ++i) {
    FIRN_TRY(SkipElement(byte >> 4));
    FIRN_TRY(SkipElement(byte & 0x0F));
  }
  --depth_;
  return Ok();
}

}  // namespace firn::iceberg
