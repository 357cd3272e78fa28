#include <array>
#include <charconv>
#include <chrono>

#include "engine/duck/time_text_internal.h"

namespace firn::duck {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// Reads a text from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool Take(char c) {
    if (Peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void SkipSpaces() {
    while (Peek() == ' ' || Peek() == '\t') rest_.remove_prefix(1);
  }
  /// At most `digits_max` digits as a number; the count of those read goes to `digits`.
  std::optional<int> Number(std::size_t digits_max, std::size_t* digits = nullptr) {
    int value = 0;
    std::size_t count = 0;
    while (count < digits_max && count < rest_.size() && rest_[count] >= '0' &&
           rest_[count] <= '9') {
      value = value * 10 + (rest_[count++] - '0');
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    if (digits != nullptr) *digits = count;
    return value;
  }
  /// The 1-based place of the word that stands here, by its first `letters` letters or whole.
  template <std::size_t N>
  std::optional<int> Word(const std::array<std::string_view, N>& words, std::size_t letters) {
    for (std::size_t i = 0; i < N; ++i) {
      const std::string_view word = letters == 0 ? words[i] : words[i].substr(0, letters);
      if (rest_.size() < word.size()) continue;
      bool same = true;
      for (std::size_t c = 0; c < word.size() && same; ++c)
        same = (rest_[c] | 32) == (word[c] | 32);
      if (!same) continue;
      rest_.remove_prefix(word.size());
      return static_cast<int>(i) + 1;
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

bool AllDigits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

std::optional<std::int64_t> Combine(std::optional<std::int64_t> days, int hour, int minute,
                                    int second, std::int64_t micros) {
  if (!days || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return *days * kMicrosPerDay +
         ((std::int64_t{hour} * 60 + minute) * 60 + second) * kMicrosPerSecond + micros;
}

int ToNumber(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<std::int64_t> ParseDigits(std::string_view text) {
  if (text.size() != 8 && text.size() != 14) return std::nullopt;
  const auto days =
      DaysOf(ToNumber(text.substr(0, 4)), ToNumber(text.substr(4, 2)), ToNumber(text.substr(6, 2)));
  if (text.size() == 8) return Combine(days, 0, 0, 0, 0);
  return Combine(days, ToNumber(text.substr(8, 2)), ToNumber(text.substr(10, 2)),
                 ToNumber(text.substr(12, 2)), 0);
}

std::optional<std::int64_t> ReadFraction(Reader& reader) {
  std::size_t digits = 0;
  const auto number = reader.Number(6, &digits);
  if (!number) return std::nullopt;
  std::int64_t micros = *number;
  for (; digits < 6; ++digits) micros *= 10;
  while (reader.Number(1)) {
  }
  return micros;
}

std::chrono::year_month_day CivilOf(std::int64_t days) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(days)));
}

void AppendPadded(int value, std::size_t width, std::string& out) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

std::int64_t FirstOfYear(int year) { return DaysOf(year, 1, 1).value_or(0); }

/// 0 is Sunday.
int WeekdayOf(std::int64_t days) { return static_cast<int>(((days + 4) % 7 + 7) % 7); }

}  // namespace

std::optional<std::int64_t> DaysOf(int year, int month, int day) {
  const auto date = std::chrono::year(year) / month / day;
  if (year < 0 || year > 9999 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<std::int64_t> ParseDateTime(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (AllDigits(text)) return ParseDigits(text);
  Reader reader(text);
  std::size_t year_digits = 0;
  auto year = reader.Number(4, &year_digits);
  const char separator = reader.Peek();
  if (!year || (separator != '-' && separator != '/') || !reader.Take(separator))
    return std::nullopt;
  if (year_digits <= 2) *year += *year < 70 ? 2000 : 1900;
  const auto month = reader.Number(2);
  if (!month || !reader.Take(separator)) return std::nullopt;
  const auto day = reader.Number(2);
  if (!day) return std::nullopt;
  const auto days = DaysOf(*year, *month, *day);
  if (reader.done()) return Combine(days, 0, 0, 0, 0);
  if (!reader.Take(' ') && !reader.Take('T')) return std::nullopt;
  reader.SkipSpaces();
  const auto hour = reader.Number(2);
  if (!hour) return std::nullopt;
  int minute = 0;
  int second = 0;
  std::int64_t micros = 0;
  if (reader.Take(':')) {
    const auto read = reader.Number(2);
    if (!read) return std::nullopt;
    minute = *read;
    if (reader.Take(':')) {
      const auto seconds = reader.Number(2);
      if (!seconds) return std::nullopt;
      second = *seconds;
      if (reader.Take('.')) {
        const auto fraction = ReadFraction(reader);
        if (!fraction) return std::nullopt;
        micros = *fraction;
      }
    }
  }
  if (!reader.done()) return std::nullopt;
  return Combine(days, *hour, minute, second, micros);
}

std::optional<std::int64_t> DateTimeFromNumber(std::int64_t number) {
  if (number < 0) return std::nullopt;
  return ParseDigits(std::to_string(number));
}

std::optional<WideInteger> ParseInteger(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  WideInteger value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    const int digit = text[digits] - '0';
    if (__builtin_mul_overflow(value, WideInteger{10}, &value) ||
        __builtin_sub_overflow(value, WideInteger{digit}, &value)) {
      return std::nullopt;
    }
  }
  if (digits == 0) return std::nullopt;
  if (digits < text.size()) {
    const std::string_view rest = text.substr(digits);
    if (rest.front() != '.' || (rest.size() > 1 && !AllDigits(rest.substr(1)))) return std::nullopt;
  }
  // Gathered as a negative number, of which there is one more.
  if (negative) return value;
  WideInteger positive = 0;
  if (__builtin_sub_overflow(WideInteger{0}, value, &positive)) return std::nullopt;
  return positive;
}

int YearWeekOf(std::int64_t days, int mode) {
  const bool monday_first = (mode & 1) != 0;
  const bool year_of_week = (mode & 2) != 0;
  const bool first_weekday = ((mode & 4) != 0) == monday_first;
  int year = static_cast<int>(CivilOf(days).year());
  const auto first_of = [&](int of_year) {
    // The first day of the week that counts as week 1.
    const std::int64_t january = FirstOfYear(of_year);
    const int weekday = (WeekdayOf(january) + (monday_first ? 6 : 0)) % 7;
    const bool counts = first_weekday ? weekday == 0 : weekday <= 3;
    return counts ? january - weekday : january + (7 - weekday);
  };
  std::int64_t first = first_of(year);
  if (days < first) {
    if (!year_of_week) return year * 100;
    first = first_of(--year);
  } else if (year_of_week && days >= first_of(year + 1)) {
    first = first_of(++year);
  }
  return year * 100 + static_cast<int>((days - first) / 7) + 1;
}

void FormatDateTime(std::int64_t micros, std::string_view format, std::string& out) {
  std::int64_t days = micros / kMicrosPerDay;
  std::int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const auto civil = CivilOf(days);
  const int year = static_cast<int>(civil.year());
  const int month = static_cast<int>(static_cast<unsigned>(civil.month()));
  const int day = static_cast<int>(static_cast<unsigned>(civil.day()));
  const int weekday = WeekdayOf(days);
  const int hour = static_cast<int>(rest / (3600 * kMicrosPerSecond));
  const int minute = static_cast<int>(rest / (60 * kMicrosPerSecond) % 60);
  const int second = static_cast<int>(rest / kMicrosPerSecond % 60);
  const int hour12 = hour % 12 == 0 ? 12 : hour % 12;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    switch (const char letter = format[++i]) {
      case 'a':
        out += kDays[static_cast<std::size_t>(weekday)].substr(0, 3);
        break;
      case 'b':
        out += kMonths[static_cast<std::size_t>(month - 1)].substr(0, 3);
        break;
      case 'c':
        out += std::to_string(month);
        break;
      case 'D': {
        out += std::to_string(day);
        const bool teen = day / 10 == 1;
        out += teen            ? "th"
               : day % 10 == 1 ? "st"
               : day % 10 == 2 ? "nd"
               : day % 10 == 3 ? "rd"
                               : "th";
        break;
      }
      case 'd':
        AppendPadded(day, 2, out);
        break;
      case 'e':
        out += std::to_string(day);
        break;
      case 'f':
        AppendPadded(static_cast<int>(rest % kMicrosPerSecond), 6, out);
        break;
      case 'H':
        AppendPadded(hour, 2, out);
        break;
      case 'h':
      case 'I':
        AppendPadded(hour12, 2, out);
        break;
      case 'i':
        AppendPadded(minute, 2, out);
        break;
      case 'j':
        AppendPadded(static_cast<int>(days - FirstOfYear(year)) + 1, 3, out);
        break;
      case 'k':
        out += std::to_string(hour);
        break;
      case 'l':
        out += std::to_string(hour12);
        break;
      case 'M':
        out += kMonths[static_cast<std::size_t>(month - 1)];
        break;
      case 'm':
        AppendPadded(month, 2, out);
        break;
      case 'p':
        out += hour < 12 ? "AM" : "PM";
        break;
      case 'r':
        FormatDateTime(micros, "%I:%i:%S %p", out);
        break;
      case 'S':
      case 's':
        AppendPadded(second, 2, out);
        break;
      case 'T':
        FormatDateTime(micros, "%H:%i:%S", out);
        break;
      case 'U':
        AppendPadded(YearWeekOf(days, 0) % 100, 2, out);
        break;
      case 'u':
        AppendPadded(YearWeekOf(days, 1) % 100, 2, out);
        break;
      case 'V':
        AppendPadded(YearWeekOf(days, 2) % 100, 2, out);
        break;
      case 'v':
        AppendPadded(YearWeekOf(days, 3) % 100, 2, out);
        break;
      case 'W':
        out += kDays[static_cast<std::size_t>(weekday)];
        break;
      case 'w':
        out += std::to_string(weekday);
        break;
      case 'X':
        AppendPadded(YearWeekOf(days, 2) / 100, 4, out);
        break;
      case 'x':
        AppendPadded(YearWeekOf(days, 3) / 100, 4, out);
        break;
      case 'Y':
        AppendPadded(year, 4, out);
        break;
      case 'y':
        AppendPadded(year % 100, 2, out);
        break;
      default:
        out += letter;
        break;
    }
  }
}

std::optional<std::int64_t> ParseWithFormat(std::string_view text, std::string_view format) {
  Reader reader(text);
  int year = 0;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t micros = 0;
  std::optional<int> day_of_year;
  std::optional<bool> afternoon;
  const auto take = [&](std::size_t digits, int& into) {
    reader.SkipSpaces();
    const auto number = reader.Number(digits);
    if (number) into = *number;
    return number.has_value();
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == ' ') {
      reader.SkipSpaces();
      continue;
    }
    if (format[i] != '%' || i + 1 == format.size()) {
      if (!reader.Take(format[i])) return std::nullopt;
      continue;
    }
    bool ok = true;
    switch (const char letter = format[++i]) {
      case 'Y':
        ok = take(4, year);
        break;
      case 'y':
        ok = take(2, year);
        year += year < 70 ? 2000 : 1900;
        break;
      case 'm':
      case 'c':
        ok = take(2, month);
        break;
      case 'd':
      case 'e':
        ok = take(2, day);
        break;
      case 'H':
      case 'k':
      case 'h':
      case 'I':
      case 'l':
        ok = take(2, hour);
        break;
      case 'i':
        ok = take(2, minute);
        break;
      case 'S':
      case 's':
        ok = take(2, second);
        break;
      case 'T':
        ok = take(2, hour) && reader.Take(':') && take(2, minute) && reader.Take(':') &&
             take(2, second);
        break;
      case 'f': {
        const auto fraction = ReadFraction(reader);
        ok = fraction.has_value();
        micros = fraction.value_or(0);
        break;
      }
      case 'j': {
        int ordinal = 0;
        ok = take(3, ordinal);
        day_of_year = ordinal;
        break;
      }
      case 'M':
      case 'b': {
        const auto word = reader.Word(kMonths, letter == 'b' ? 3 : 0);
        ok = word.has_value();
        month = word.value_or(1);
        break;
      }
      case 'W':
      case 'a':
        ok = reader.Word(kDays, letter == 'a' ? 3 : 0).has_value();
        break;
      case 'p': {
        const auto word = reader.Word(std::array<std::string_view, 2>{"AM", "PM"}, 0);
        ok = word.has_value();
        afternoon = word == 2;
        break;
      }
      default:
        ok = reader.Take(letter);
        break;
    }
    if (!ok) return std::nullopt;
  }
  reader.SkipSpaces();
  if (!reader.done()) return std::nullopt;
  if (afternoon && hour <= 12) hour = hour % 12 + (*afternoon ? 12 : 0);
  auto days = DaysOf(year, month, day);
  if (day_of_year) {
    if (*day_of_year < 1 || *day_of_year > 366) return std::nullopt;
    days = FirstOfYear(year) + *day_of_year - 1;
  }
  return Combine(days, hour, minute, second, micros);
}

}  // namespace firn::duck
