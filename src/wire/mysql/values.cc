#include "wire/mysql/values.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "wire/mysql/bytes.h"

namespace firn::mysql {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::int64_t kSecondsPerHour = 3600;
// The longest value written through a buffer is a LARGEINT or decimal: 39 digits, sign, point.
constexpr std::size_t kValueBytesMax = 64;

struct CivilDate {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

// Days since 1970-01-01 as a date of the proleptic Gregorian calendar (Hinnant, "chrono-compatible date algorithms").
// In 64 bits, so that no int32 day count overflows.
CivilDate CivilFromDays(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0),
          .month = month,
          .day = day};
}

char* PutDigits(char* at, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + width;
}

// At least two digits.
char* PutHours(char* at, std::uint64_t hours) {
  if (hours < 100) return PutDigits(at, hours, 2);
  return std::to_chars(at, at + 20, hours).ptr;
}

char* PutYear(char* at, std::int64_t year) {
  if (year >= 0 && year <= 9999) return PutDigits(at, static_cast<std::uint64_t>(year), 4);
  return std::to_chars(at, at + 20, year).ptr;
}

char* PutDate(char* at, std::int64_t days) {
  const CivilDate date = CivilFromDays(days);
  at = PutYear(at, date.year);
  *at++ = '-';
  at = PutDigits(at, date.month, 2);
  *at++ = '-';
  return PutDigits(at, date.day, 2);
}

// The clock and, if there are any, the microseconds.
char* PutClock(char* at, std::uint64_t micros) {
  const std::uint64_t seconds = micros / kMicrosPerSecond;
  at = PutHours(at, seconds / kSecondsPerHour);
  *at++ = ':';
  at = PutDigits(at, seconds / 60 % 60, 2);
  *at++ = ':';
  at = PutDigits(at, seconds % 60, 2);
  if (micros % kMicrosPerSecond != 0) {
    *at++ = '.';
    at = PutDigits(at, micros % kMicrosPerSecond, 6);
  }
  return at;
}

__extension__ typedef unsigned __int128 Uint128;

// Digits of `value`, ending just before `end`; returns where they begin.
char* PutDigitsBackwards(char* end, Uint128 value) {
  constexpr std::uint64_t kBlock = 1'000'000'000'000'000'000U;  // 18 digits
  while (value > kBlock) {
    auto block = static_cast<std::uint64_t>(value % kBlock);
    value /= kBlock;
    for (int i = 0; i < 18; ++i) {
      *--end = static_cast<char>('0' + block % 10);
      block /= 10;
    }
  }
  auto rest = static_cast<std::uint64_t>(value);
  do {
    *--end = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  return end;
}

Uint128 Magnitude(Int128 value) {
  const auto bits = static_cast<Uint128>(value);
  return value < 0 ? ~bits + 1 : bits;
}

void AppendShort(std::string& out, const char* begin, const char* end) {
  const auto size = static_cast<std::size_t>(end - begin);
  // One write for length and text: values are shorter than 251 bytes.
  out.push_back(static_cast<char>(size));
  out.append(begin, size);
}

// `e+20` to `e20`, `e-07` to `e-7`.
char* ShortenExponent(char* begin, char* end) {
  char* const mark = std::find(begin, end, 'e') + 1;
  char* digits = mark + 1;
  while (digits + 1 < end && *digits == '0') ++digits;
  char* at = *mark == '-' ? mark + 1 : mark;
  return std::copy(digits, end, at);
}

template <typename T>
void AppendTextFloating(std::string& out, T value) {
  char buffer[kValueBytesMax];
  const T magnitude = std::fabs(value);
  const bool fixed = magnitude == 0 || (magnitude >= T(1e-5) && magnitude < T(1e16));
  char* end = std::to_chars(buffer, buffer + sizeof buffer, value,
                            fixed ? std::chars_format::fixed : std::chars_format::scientific)
                  .ptr;
  if (!fixed && std::isfinite(value)) end = ShortenExponent(buffer, end);
  AppendShort(out, buffer, end);
}

}  // namespace

void AppendTextNull(std::string& out) { out.push_back(static_cast<char>(0xFB)); }

void AppendTextBool(std::string& out, bool value) {
  out.push_back(1);
  out.push_back(value ? '1' : '0');
}

void AppendTextInt(std::string& out, std::int64_t value) {
  char buffer[kValueBytesMax];
  AppendShort(out, buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void AppendTextLargeInt(std::string& out, Int128 value) {
  char buffer[kValueBytesMax];
  char* begin = PutDigitsBackwards(buffer + sizeof buffer, Magnitude(value));
  if (value < 0) *--begin = '-';
  AppendShort(out, begin, buffer + sizeof buffer);
}

void AppendTextFloat(std::string& out, float value) { AppendTextFloating(out, value); }
void AppendTextDouble(std::string& out, double value) { AppendTextFloating(out, value); }

void AppendTextDecimal(std::string& out, Int128 unscaled, int scale) {
  FIRN_CHECK(scale >= 0 && scale <= 38);
  if (scale == 0) return AppendTextLargeInt(out, unscaled);
  char digits[kValueBytesMax];
  char* const end = digits + sizeof digits;
  char* begin = PutDigitsBackwards(end, Magnitude(unscaled));
  while (end - begin <= scale) *--begin = '0';
  const auto whole_size = static_cast<std::size_t>(end - begin - scale);
  const std::size_t size = (unscaled < 0 ? 1U : 0U) + whole_size + 1 + static_cast<std::size_t>(scale);
  out.push_back(static_cast<char>(size));
  if (unscaled < 0) out.push_back('-');
  out.append(begin, whole_size);
  out.push_back('.');
  out.append(begin + whole_size, static_cast<std::size_t>(scale));
}

void AppendTextDate(std::string& out, std::int32_t days_since_epoch) {
  char buffer[kValueBytesMax];
  AppendShort(out, buffer, PutDate(buffer, days_since_epoch));
}

void AppendTextDateTime(std::string& out, std::int64_t micros_since_epoch) {
  char buffer[kValueBytesMax];
  std::int64_t days = micros_since_epoch / kMicrosPerDay;
  std::int64_t rest = micros_since_epoch % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  char* at = PutDate(buffer, days);
  *at++ = ' ';
  AppendShort(out, buffer, PutClock(at, static_cast<std::uint64_t>(rest)));
}

void AppendTextTime(std::string& out, std::int64_t micros) {
  char buffer[kValueBytesMax];
  char* at = buffer;
  if (micros < 0) *at++ = '-';
  const auto bits = static_cast<std::uint64_t>(micros);
  AppendShort(out, buffer, PutClock(at, micros < 0 ? ~bits + 1 : bits));
}

void AppendBinaryFloat(std::string& out, float value) {
  AppendInt4(out, std::bit_cast<std::uint32_t>(value));
}

void AppendBinaryDouble(std::string& out, double value) {
  AppendInt8(out, std::bit_cast<std::uint64_t>(value));
}

void AppendBinaryDate(std::string& out, std::int32_t days_since_epoch) {
  const CivilDate date = CivilFromDays(days_since_epoch);
  AppendInt1(out, 4);
  AppendInt2(out, static_cast<std::uint16_t>(date.year));
  AppendInt1(out, static_cast<std::uint8_t>(date.month));
  AppendInt1(out, static_cast<std::uint8_t>(date.day));
}

void AppendBinaryDateTime(std::string& out, std::int64_t micros_since_epoch) {
  std::int64_t days = micros_since_epoch / kMicrosPerDay;
  std::int64_t rest = micros_since_epoch % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const std::int64_t micros = rest % kMicrosPerSecond;
  const std::int64_t seconds = rest / kMicrosPerSecond;
  const CivilDate date = CivilFromDays(days);
  AppendInt1(out, micros != 0 ? 11 : 7);
  AppendInt2(out, static_cast<std::uint16_t>(date.year));
  AppendInt1(out, static_cast<std::uint8_t>(date.month));
  AppendInt1(out, static_cast<std::uint8_t>(date.day));
  AppendInt1(out, static_cast<std::uint8_t>(seconds / kSecondsPerHour));
  AppendInt1(out, static_cast<std::uint8_t>(seconds / 60 % 60));
  AppendInt1(out, static_cast<std::uint8_t>(seconds % 60));
  if (micros != 0) AppendInt4(out, static_cast<std::uint32_t>(micros));
}

void AppendBinaryTime(std::string& out, std::int64_t micros) {
  const auto bits = static_cast<std::uint64_t>(micros);
  const std::uint64_t magnitude = micros < 0 ? ~bits + 1 : bits;
  if (magnitude == 0) return AppendInt1(out, 0);
  const std::uint64_t fraction = magnitude % kMicrosPerSecond;
  const std::uint64_t seconds = magnitude / kMicrosPerSecond;
  AppendInt1(out, fraction != 0 ? 12 : 8);
  AppendInt1(out, micros < 0 ? 1 : 0);
  AppendInt4(out, static_cast<std::uint32_t>(seconds / 86'400));
  AppendInt1(out, static_cast<std::uint8_t>(seconds / kSecondsPerHour % 24));
  AppendInt1(out, static_cast<std::uint8_t>(seconds / 60 % 60));
  AppendInt1(out, static_cast<std::uint8_t>(seconds % 60));
  if (fraction != 0) AppendInt4(out, static_cast<std::uint32_t>(fraction));
}

}  // namespace firn::mysql
