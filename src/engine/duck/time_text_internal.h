#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Dates and datetimes as text, StarRocks' way. Microseconds since 1970-01-01T00:00:00, no zone.

namespace firn::duck {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// `2024-01-31`, `2024-1-31 10:00`, `2024-01-31T10:00:00.5`, `20240131`, `20240131100000`, also
/// with `/` for `-`. nullopt for anything else and for days that are not.
std::optional<std::int64_t> ParseDateTime(std::string_view text);
/// 20240131 or 20240131100000. nullopt for anything else.
std::optional<std::int64_t> DateTimeFromNumber(std::int64_t number);
/// The digits of an integer at the front of `text`, a fraction after them dropped: `12.7` is 12.
/// nullopt when anything else stands there or when it does not fit 128 bits.
__extension__ typedef __int128 WideInteger;
std::optional<WideInteger> ParseInteger(std::string_view text);

/// MySQL's date_format. Unknown letters stand for themselves.
void FormatDateTime(std::int64_t micros, std::string_view format, std::string& out);
/// MySQL's str_to_date. nullopt when the text does not follow the format.
std::optional<std::int64_t> ParseWithFormat(std::string_view text, std::string_view format);

/// Days since 1970-01-01 of a proleptic Gregorian day; nullopt when there is no such day or the
/// year is not 0..9999.
std::optional<std::int64_t> DaysOf(int year, int month, int day);

/// MySQL's week number with `mode` 0 to 7, as year × 100 + week.
int YearWeekOf(std::int64_t days, int mode);

}  // namespace firn::duck
