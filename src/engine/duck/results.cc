#include "engine/duck/results_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

using duckdb::LogicalTypeId;
using duckdb::UnifiedVectorFormat;

static_assert(sizeof(duckdb::sel_t) == sizeof(std::uint32_t));
static_assert(sizeof(duckdb::validity_t) == sizeof(std::uint64_t));

/// The vector's own values, through its selection.
rows::ColumnView Direct(const UnifiedVectorFormat& format) {
  return {.data = format.data,
          .validity = format.validity.AllValid() ? nullptr : format.validity.GetData(),
          .selection = format.sel->data()};
}

/// The validity of rows 0..count, for columns whose values were copied row by row; null when all
/// are valid.
const std::uint64_t* RowValidity(const UnifiedVectorFormat& format, duckdb::idx_t count,
                                 std::vector<std::uint64_t>& validity) {
  if (format.validity.AllValid()) return nullptr;
  validity.assign(count / 64 + 1, 0);
  for (duckdb::idx_t r = 0; r < count; ++r) {
    if (format.validity.RowIsValid(format.sel->get_index(r))) {
      validity[r / 64] |= std::uint64_t{1} << (r % 64);
    }
  }
  return validity.data();
}

/// Copies `convert(value)` of each row into `out`; NULL rows hold anything.
template <typename From, typename To, typename Convert>
void CopyRows(const UnifiedVectorFormat& format, duckdb::idx_t count, std::vector<To>& out,
              Convert convert) {
  const From* data = UnifiedVectorFormat::GetData<From>(format);
  out.resize(count);
  for (duckdb::idx_t r = 0; r < count; ++r) {
    const duckdb::idx_t index = format.sel->get_index(r);
    out[r] = format.validity.RowIsValid(index) ? convert(data[index]) : To{};
  }
}

Int128 Widen(std::int64_t value) { return static_cast<Int128>(value); }

void CopyDecimal(const duckdb::LogicalType& type, const UnifiedVectorFormat& format,
                 duckdb::idx_t count, std::vector<Int128>& out) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return CopyRows<int16_t>(format, count, out, [](int16_t v) { return Widen(v); });
    case duckdb::PhysicalType::INT32:
      return CopyRows<int32_t>(format, count, out, [](int32_t v) { return Widen(v); });
    case duckdb::PhysicalType::INT64:
      return CopyRows<int64_t>(format, count, out, [](int64_t v) { return Widen(v); });
    default:
      return CopyRows<duckdb::hugeint_t>(format, count, out, [](const duckdb::hugeint_t& v) {
        return static_cast<Int128>(ToInt128(v));
      });
  }
}

std::int64_t NanosToMicros(std::int64_t nanos) { return nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0); }

}  // namespace

std::vector<rows::Column> ToColumns(const duckdb::vector<std::string>& names,
                                    const duckdb::vector<duckdb::LogicalType>& types) {
  std::vector<rows::Column> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns.push_back({.name = names[i], .type = ToColumnType(types[i])});
  }
  return columns;
}

rows::ColumnBatch BatchMaker::Make(duckdb::DataChunk& chunk) {
  while (buffers_.size() < chunk.ColumnCount()) buffers_.push_back(std::make_unique<Buffer>());
  views_.clear();
  for (duckdb::idx_t c = 0; c < chunk.ColumnCount(); ++c) {
    views_.push_back(Convert(chunk.data[c], chunk.size(), *buffers_[c]));
  }
  return {.row_count = chunk.size(), .columns = views_};
}

rows::ColumnView BatchMaker::Convert(duckdb::Vector& source, duckdb::idx_t count, Buffer& buffer) {
  duckdb::Vector* vector = &source;
  if (source.GetType().id() == LogicalTypeId::TIMESTAMP_TZ) {
    // The cast knows the session's time zone.
    buffer.converted = duckdb::make_uniq<duckdb::Vector>(duckdb::LogicalType::TIMESTAMP, count);
    duckdb::VectorOperations::Cast(context_, source, *buffer.converted, count);
    vector = buffer.converted.get();
  }
  const duckdb::LogicalType& type = vector->GetType();
  UnifiedVectorFormat& format = buffer.format;
  format = UnifiedVectorFormat();
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::LIST:
    case LogicalTypeId::MAP:
    case LogicalTypeId::ARRAY:
      break;
    default:
      vector->ToUnifiedFormat(count, format);
      break;
  }
  const auto copied = [&](const void* data) {
    return rows::ColumnView{.data = data, .validity = RowValidity(format, count, buffer.validity)};
  };
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
      return Direct(format);
    case LogicalTypeId::SQLNULL:
      buffer.validity.assign(count / 64 + 1, 0);
      return {.data = nullptr, .validity = buffer.validity.data()};
    case LogicalTypeId::UTINYINT:
      CopyRows<uint8_t>(format, count, buffer.shorts,
                        [](uint8_t v) { return static_cast<std::int16_t>(v); });
      return copied(buffer.shorts.data());
    case LogicalTypeId::USMALLINT:
      CopyRows<uint16_t>(format, count, buffer.ints,
                         [](uint16_t v) { return static_cast<std::int32_t>(v); });
      return copied(buffer.ints.data());
    case LogicalTypeId::UINTEGER:
      CopyRows<uint32_t>(format, count, buffer.times,
                         [](uint32_t v) { return static_cast<std::int64_t>(v); });
      return copied(buffer.times.data());
    case LogicalTypeId::UBIGINT:
      CopyRows<uint64_t>(format, count, buffer.wides,
                         [](uint64_t v) { return static_cast<Int128>(v); });
      return copied(buffer.wides.data());
    case LogicalTypeId::HUGEINT:
      CopyRows<duckdb::hugeint_t>(format, count, buffer.wides, [](const duckdb::hugeint_t& v) {
        return static_cast<Int128>(ToInt128(v));
      });
      return copied(buffer.wides.data());
    case LogicalTypeId::DECIMAL:
      CopyDecimal(type, format, count, buffer.wides);
      return copied(buffer.wides.data());
    case LogicalTypeId::TIMESTAMP_NS:
      CopyRows<int64_t>(format, count, buffer.times, NanosToMicros);
      return copied(buffer.times.data());
    case LogicalTypeId::TIMESTAMP_MS:
      CopyRows<int64_t>(format, count, buffer.times, [](int64_t v) { return v * 1000; });
      return copied(buffer.times.data());
    case LogicalTypeId::TIMESTAMP_SEC:
      CopyRows<int64_t>(format, count, buffer.times, [](int64_t v) { return v * 1'000'000; });
      return copied(buffer.times.data());
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB: {
      // Not by value: a short string lies in its string_t, which must stay where it is.
      const auto* data = UnifiedVectorFormat::GetData<duckdb::string_t>(format);
      buffer.texts.resize(count);
      for (duckdb::idx_t r = 0; r < count; ++r) {
        const duckdb::idx_t index = format.sel->get_index(r);
        buffer.texts[r] = format.validity.RowIsValid(index)
                              ? std::string_view(data[index].GetData(), data[index].GetSize())
                              : std::string_view();
      }
      return copied(buffer.texts.data());
    }
    default:
      break;
  }
  // Nested values, and those a client knows only as text.
  const ValueText text(*vector, count);
  vector->ToUnifiedFormat(count, format);
  buffer.bytes.clear();
  buffer.ends.clear();
  for (duckdb::idx_t r = 0; r < count; ++r) {
    if (format.validity.RowIsValid(format.sel->get_index(r))) text.Append(r, false, buffer.bytes);
    buffer.ends.push_back(buffer.bytes.size());
  }
  buffer.texts.resize(count);
  std::size_t begin = 0;
  for (duckdb::idx_t r = 0; r < count; ++r) {
    buffer.texts[r] = std::string_view(buffer.bytes).substr(begin, buffer.ends[r] - begin);
    begin = buffer.ends[r];
  }
  return copied(buffer.texts.data());
}

}  // namespace firn::duck
