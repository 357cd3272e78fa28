#pragma once

#include <cstdint>
#include <optional>

/// The proleptic Gregorian calendar over the whole range of 64-bit days; std::chrono's ends at the
/// year 32767.

namespace firn::iceberg {

struct CivilDate {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
};

/// Rounds towards minus infinity. REQUIRES: divisor > 0.
constexpr std::int64_t FloorDiv(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/// Days are counted in eras of 400 years that begin on a 1st of March.
constexpr CivilDate CivilFromDays(std::int64_t days) {
  constexpr std::int64_t kDaysPerEra = 146097;
  // 719468 days lie between 0000-03-01 and 1970-01-01; taken off the era so that nothing overflows.
  const std::int64_t era = FloorDiv(days, kDaysPerEra);
  const std::int64_t shifted = days - era * kDaysPerEra + 719468;
  const std::int64_t era_more = shifted / kDaysPerEra;
  const std::int64_t day_of_era = shifted % kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  date.year = year_of_era + (era + era_more) * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

/// nullopt for a day that the calendar does not have, or a year of more than nine digits.
constexpr std::optional<std::int64_t> DaysFromCivil(const CivilDate& date) {
  constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.year > 999'999'999 ||
      date.year < -999'999'999) {
    return std::nullopt;
  }
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  const int length = kLengths[date.month - 1] + (date.month == 2 && leap ? 1 : 0);
  if (date.day > length) return std::nullopt;
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = FloorDiv(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

}  // namespace firn::iceberg
