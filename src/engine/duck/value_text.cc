#include <charconv>
#include <cmath>

#include "engine/duck/results_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

template <typename T>
void AppendInteger(T value, std::string& out) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

template <typename T>
void AppendShortest(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
    return;
  }
  char text[64];
  const T size = std::fabs(value);
  // Plain digits where people read them, an exponent beyond.
  const bool plain = value == 0 || (size >= static_cast<T>(1e-5) && size < static_cast<T>(1e16));
  const auto end = std::to_chars(text, text + sizeof text, value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  out.append(text, end);
}

void AppendTwo(int value, std::string& out) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void AppendHex(std::string_view bytes, std::string& out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out += '"';
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  out += '"';
}

void AppendClock(std::int64_t micros, std::string& out) {
  const auto seconds = micros / 1'000'000;
  AppendTwo(static_cast<int>(seconds / 3600), out);
  out += ':';
  AppendTwo(static_cast<int>(seconds / 60 % 60), out);
  out += ':';
  AppendTwo(static_cast<int>(seconds % 60), out);
  const auto fraction = micros % 1'000'000;
  if (fraction == 0) return;
  char digits[8] = {'.', '0', '0', '0', '0', '0', '0', 0};
  for (auto [at, left] = std::pair(6, fraction); at > 0; --at, left /= 10) {
    digits[at] = static_cast<char>('0' + left % 10);
  }
  out.append(digits, 7);
}

}  // namespace

void AppendDouble(double value, std::string& out) { AppendShortest(value, out); }
void AppendFloat(float value, std::string& out) { AppendShortest(value, out); }

void AppendDate(std::int32_t days, std::string& out) {
  int32_t year = 0;
  int32_t month = 0;
  int32_t day = 0;
  duckdb::Date::Convert(duckdb::date_t(days), year, month, day);
  if (year >= 0 && year <= 9999) {
    AppendTwo(year / 100, out);
    AppendTwo(year % 100, out);
  } else {
    AppendInteger(year, out);
  }
  out += '-';
  AppendTwo(month, out);
  out += '-';
  AppendTwo(day, out);
}

void AppendTime(std::int64_t micros, std::string& out) { AppendClock(micros, out); }

void AppendDateTime(std::int64_t micros, std::string& out) {
  constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
  std::int64_t days = micros / kMicrosPerDay;
  std::int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  AppendDate(static_cast<std::int32_t>(days), out);
  out += ' ';
  AppendClock(rest, out);
}

struct ValueText::Impl {
  duckdb::LogicalType type;
  duckdb::UnifiedVectorFormat format;
  std::vector<ValueText> children;

  template <typename T>
  const T& At(duckdb::idx_t index) const {
    return duckdb::UnifiedVectorFormat::GetData<T>(format)[index];
  }
  void AppendScalar(duckdb::idx_t index, bool nested, std::string& out) const;
  void AppendDecimal(duckdb::idx_t index, std::string& out) const;
  void AppendNested(duckdb::idx_t index, std::string& out) const;
};

ValueText::~ValueText() = default;
ValueText::ValueText(ValueText&&) noexcept = default;

ValueText::ValueText(duckdb::Vector& vector, duckdb::idx_t count) : impl_(new Impl) {
  impl_->type = vector.GetType();
  switch (impl_->type.id()) {
    case duckdb::LogicalTypeId::STRUCT:
    case duckdb::LogicalTypeId::LIST:
    case duckdb::LogicalTypeId::MAP:
      vector.Flatten(count);
      break;
    case duckdb::LogicalTypeId::ARRAY:
      vector.Flatten(count);
      break;
    default:
      break;
  }
  vector.ToUnifiedFormat(count, impl_->format);
  switch (impl_->type.id()) {
    case duckdb::LogicalTypeId::STRUCT:
      for (auto& child : duckdb::StructVector::GetEntries(vector)) {
        impl_->children.emplace_back(*child, count);
      }
      break;
    case duckdb::LogicalTypeId::LIST: {
      auto& child = duckdb::ListVector::GetEntry(vector);
      impl_->children.emplace_back(child, duckdb::ListVector::GetListSize(vector));
      break;
    }
    case duckdb::LogicalTypeId::MAP: {
      const duckdb::idx_t size = duckdb::ListVector::GetListSize(vector);
      auto& pairs = duckdb::ListVector::GetEntry(vector);
      pairs.Flatten(size);
      for (auto& child : duckdb::StructVector::GetEntries(pairs)) {
        impl_->children.emplace_back(*child, size);
      }
      break;
    }
    case duckdb::LogicalTypeId::ARRAY: {
      auto& child = duckdb::ArrayVector::GetEntry(vector);
      impl_->children.emplace_back(child, count * duckdb::ArrayType::GetSize(impl_->type));
      break;
    }
    default:
      break;
  }
}

void ValueText::Append(duckdb::idx_t row, bool nested, std::string& out) const {
  const duckdb::idx_t index = impl_->format.sel->get_index(row);
  if (!impl_->format.validity.RowIsValid(index)) {
    out += "null";
    return;
  }
  if (impl_->children.empty()) {
    impl_->AppendScalar(index, nested, out);
  } else {
    impl_->AppendNested(index, out);
  }
}

void ValueText::Impl::AppendNested(duckdb::idx_t index, std::string& out) const {
  switch (type.id()) {
    case duckdb::LogicalTypeId::STRUCT: {
      out += '{';
      const auto& fields = duckdb::StructType::GetChildTypes(type);
      for (std::size_t i = 0; i < children.size(); ++i) {
        if (i != 0) out += ',';
        AppendQuoted(fields[i].first, out);
        out += ':';
        children[i].Append(index, true, out);
      }
      out += '}';
      return;
    }
    case duckdb::LogicalTypeId::MAP: {
      const auto& entry = At<duckdb::list_entry_t>(index);
      out += '{';
      for (duckdb::idx_t i = 0; i < entry.length; ++i) {
        if (i != 0) out += ',';
        children[0].Append(entry.offset + i, true, out);
        out += ':';
        children[1].Append(entry.offset + i, true, out);
      }
      out += '}';
      return;
    }
    default: {
      duckdb::list_entry_t entry(0, 0);
      if (type.id() == duckdb::LogicalTypeId::ARRAY) {
        entry.length = duckdb::ArrayType::GetSize(type);
        entry.offset = index * entry.length;
      } else {
        entry = At<duckdb::list_entry_t>(index);
      }
      out += '[';
      for (duckdb::idx_t i = 0; i < entry.length; ++i) {
        if (i != 0) out += ',';
        children[0].Append(entry.offset + i, true, out);
      }
      out += ']';
      return;
    }
  }
}

void ValueText::Impl::AppendDecimal(duckdb::idx_t index, std::string& out) const {
  const uint8_t width = duckdb::DecimalType::GetWidth(type);
  const uint8_t scale = duckdb::DecimalType::GetScale(type);
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      out += duckdb::Decimal::ToString(At<int16_t>(index), width, scale);
      return;
    case duckdb::PhysicalType::INT32:
      out += duckdb::Decimal::ToString(At<int32_t>(index), width, scale);
      return;
    case duckdb::PhysicalType::INT64:
      out += duckdb::Decimal::ToString(At<int64_t>(index), width, scale);
      return;
    default:
      out += duckdb::Decimal::ToString(At<duckdb::hugeint_t>(index), width, scale);
      return;
  }
}

void ValueText::Impl::AppendScalar(duckdb::idx_t index, bool nested, std::string& out) const {
  const auto quote = [&](auto append) {
    if (nested) out += '"';
    append();
    if (nested) out += '"';
  };
  switch (type.id()) {
    case duckdb::LogicalTypeId::BOOLEAN:
      out += At<bool>(index) ? '1' : '0';
      return;
    case duckdb::LogicalTypeId::TINYINT:
      return AppendInteger(static_cast<int>(At<int8_t>(index)), out);
    case duckdb::LogicalTypeId::SMALLINT:
      return AppendInteger(At<int16_t>(index), out);
    case duckdb::LogicalTypeId::INTEGER:
      return AppendInteger(At<int32_t>(index), out);
    case duckdb::LogicalTypeId::BIGINT:
      return AppendInteger(At<int64_t>(index), out);
    case duckdb::LogicalTypeId::FLOAT:
      return AppendFloat(At<float>(index), out);
    case duckdb::LogicalTypeId::DOUBLE:
      return AppendDouble(At<double>(index), out);
    case duckdb::LogicalTypeId::DECIMAL:
      return AppendDecimal(index, out);
    case duckdb::LogicalTypeId::HUGEINT:
      out += At<duckdb::hugeint_t>(index).ToString();
      return;
    case duckdb::LogicalTypeId::DATE:
      return quote([&] { AppendDate(At<int32_t>(index), out); });
    case duckdb::LogicalTypeId::TIME:
      return quote([&] { AppendTime(At<int64_t>(index), out); });
    case duckdb::LogicalTypeId::TIMESTAMP:
    case duckdb::LogicalTypeId::TIMESTAMP_TZ:
      return quote([&] { AppendDateTime(At<int64_t>(index), out); });
    case duckdb::LogicalTypeId::TIMESTAMP_NS: {
      const int64_t nanos = At<int64_t>(index);
      const int64_t micros = nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0);
      return quote([&] { AppendDateTime(micros, out); });
    }
    case duckdb::LogicalTypeId::UUID:
      return quote([&] { out += duckdb::BaseUUID::ToString(At<duckdb::hugeint_t>(index)); });
    case duckdb::LogicalTypeId::VARCHAR: {
      const auto& text = At<duckdb::string_t>(index);
      const std::string_view view(text.GetData(), text.GetSize());
      if (nested && !IsJson(type)) return AppendQuoted(view, out);
      out += view;
      return;
    }
    case duckdb::LogicalTypeId::BLOB: {
      const auto& bytes = At<duckdb::string_t>(index);
      const std::string_view view(bytes.GetData(), bytes.GetSize());
      if (nested) return AppendHex(view, out);
      out += view;
      return;
    }
    case duckdb::LogicalTypeId::INTERVAL: {
      const auto& interval = At<duckdb::interval_t>(index);
      return quote([&] { out += duckdb::Value::INTERVAL(interval).ToString(); });
    }
    default:
      out += "null";
      return;
  }
}

}  // namespace firn::duck
