#include "base/clock.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cctype>
#include <thread>

namespace firn {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::year_month_day;

class MachineClock final : public Clock {
 public:
  WallTime Now() const override {
    return floor<microseconds>(std::chrono::system_clock::now());
  }
  MonotonicTime MonotonicNow() const override { return std::chrono::steady_clock::now(); }
  void SleepFor(microseconds duration) const override { std::this_thread::sleep_for(duration); }
};

struct Broken {
  int year;
  unsigned month, day;
  long hour, minute, second, micros;
  unsigned weekday;  // 0 is Sunday
};

Broken Break(WallTime time) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          clock.hours().count(),
          clock.minutes().count(),
          clock.seconds().count(),
          clock.subseconds().count(),
          std::chrono::weekday(day).c_encoding()};
}

constexpr std::array kDayNames = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonthNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads fixed-width fields from a text; any misfit makes it fail for good.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  int Number(std::size_t width) {
    if (text_.size() < width) return Fail();
    int value = 0;
    for (const char c : text_.substr(0, width)) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) return Fail();
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(width);
    return value;
  }
  void Literal(std::string_view expected) {
    if (!text_.starts_with(expected)) {
      Fail();
    } else {
      text_.remove_prefix(expected.size());
    }
  }
  template <std::size_t N>
  int Name(const std::array<const char*, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (text_.starts_with(names[i])) {
        text_.remove_prefix(3);
        return static_cast<int>(i);
      }
    }
    return Fail();
  }
  char Peek() const { return text_.empty() ? '\0' : text_.front(); }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && text_.empty(); }

 private:
  int Fail() {
    ok_ = false;
    return 0;
  }

  std::string_view text_;
  bool ok_ = true;
};

Result<WallTime> Assemble(std::string_view text, bool ok, int year, int month, int day, int hour,
                          int minute, int second, long micros) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!ok || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return InvalidArgument("InvalidTime", fmt::format("not a time: '{}'", text.substr(0, 64)));
  }
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + microseconds(micros);
}

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

struct ManualClock::State {
  std::atomic<std::int64_t> micros;
};

ManualClock::ManualClock(WallTime start) : state_(new State{MicrosSinceEpoch(start)}) {}
ManualClock::~ManualClock() { delete state_; }
WallTime ManualClock::Now() const { return WallTime(microseconds(state_->micros.load())); }
MonotonicTime ManualClock::MonotonicNow() const {
  return MonotonicTime(microseconds(state_->micros.load()));
}
void ManualClock::SleepFor(microseconds duration) const { state_->micros += duration.count(); }
void ManualClock::Advance(microseconds duration) { state_->micros += duration.count(); }

std::int64_t MillisSinceEpoch(WallTime time) {
  return floor<milliseconds>(time.time_since_epoch()).count();
}
std::int64_t MicrosSinceEpoch(WallTime time) { return time.time_since_epoch().count(); }
WallTime WallTimeFromMillis(std::int64_t millis) { return WallTime(milliseconds(millis)); }

std::string FormatAmzDate(WallTime time) {
  const Broken b = Break(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", b.year, b.month, b.day, b.hour, b.minute,
                     b.second);
}

std::string FormatIso8601(WallTime time, bool with_millis) {
  const Broken b = Break(time);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", b.year, b.month, b.day,
                                 b.hour, b.minute, b.second);
  if (with_millis) text += fmt::format(".{:03}", b.micros / 1000);
  return text + "Z";
}

std::string FormatHttpDate(WallTime time) {
  const Broken b = Break(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDayNames[b.weekday], b.day,
                     kMonthNames[b.month - 1], b.year, b.hour, b.minute, b.second);
}

Result<WallTime> ParseAmzDate(std::string_view text) {
  FieldReader in(text);
  const int year = in.Number(4), month = in.Number(2), day = in.Number(2);
  in.Literal("T");
  const int hour = in.Number(2), minute = in.Number(2), second = in.Number(2);
  in.Literal("Z");
  return Assemble(text, in.done(), year, month, day, hour, minute, second, 0);
}

Result<WallTime> ParseIso8601(std::string_view text) {
  FieldReader in(text);
  const int year = in.Number(4);
  in.Literal("-");
  const int month = in.Number(2);
  in.Literal("-");
  const int day = in.Number(2);
  in.Literal("T");
  const int hour = in.Number(2);
  in.Literal(":");
  const int minute = in.Number(2);
  in.Literal(":");
  const int second = in.Number(2);
  long micros = 0;
  if (in.Peek() == '.') {
    in.Literal(".");
    for (long scale = 100000; std::isdigit(static_cast<unsigned char>(in.Peek())) != 0; scale /= 10) {
      micros += in.Number(1) * scale;
    }
  }
  int offset_minutes = 0;
  if (in.Peek() == 'Z') {
    in.Literal("Z");
  } else {
    const int sign = in.Peek() == '-' ? -1 : 1;
    in.Literal(sign < 0 ? "-" : "+");
    const int offset_hour = in.Number(2);
    in.Literal(":");
    offset_minutes = sign * (offset_hour * 60 + in.Number(2));
  }
  FIRN_ASSIGN_OR_RETURN(const WallTime local, Assemble(text, in.done(), year, month, day, hour,
                                                       minute, second, micros));
  return local - std::chrono::minutes(offset_minutes);
}

Result<WallTime> ParseHttpDate(std::string_view text) {
  FieldReader in(text);
  in.Name(kDayNames);
  in.Literal(", ");
  const int day = in.Number(2);
  in.Literal(" ");
  const int month = in.Name(kMonthNames) + 1;
  in.Literal(" ");
  const int year = in.Number(4);
  in.Literal(" ");
  const int hour = in.Number(2);
  in.Literal(":");
  const int minute = in.Number(2);
  in.Literal(":");
  const int second = in.Number(2);
  in.Literal(" GMT");
  return Assemble(text, in.done(), year, month, day, hour, minute, second, 0);
}

}  // namespace firn
