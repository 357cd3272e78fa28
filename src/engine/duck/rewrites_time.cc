#include "engine/duck/rewrites_internal.h"
#include "engine/duck/time_text_internal.h"

namespace firn::duck {
namespace {

using duckdb::LogicalType;
using duckdb::Value;

Parsed Text(std::string_view text) { return MakeConstant(Value(std::string(text))); }
Parsed Number(std::int64_t number) { return MakeConstant(Value::BIGINT(number)); }

/// An interval of `amount` units.
Result<Parsed> MakeInterval(Parsed amount, std::string_view unit, sql::Position position) {
  static constexpr std::pair<std::string_view, std::string_view> kMakers[] = {
      {"year", "to_years"},
      {"month", "to_months"},
      {"week", "to_weeks"},
      {"day", "to_days"},
      {"hour", "to_hours"},
      {"minute", "to_minutes"},
      {"second", "to_seconds"},
      {"millisecond", "to_milliseconds"},
      {"microsecond", "to_microseconds"}};
  if (unit == "quarter") {
    return MakeCall(
        "to_months",
        MakeEngineCast(MakeCall("*", MakeCall("sr_bigint", std::move(amount)), Number(3)),
                       LogicalType::INTEGER, true));
  }
  for (const auto& [known, maker] : kMakers) {
    if (known != unit) continue;
    const bool wide = unit == "hour" || unit == "minute" || unit == "second" ||
                      unit == "millisecond" || unit == "microsecond";
    Parsed count = MakeCall("sr_bigint", std::move(amount));
    if (!wide) count = MakeEngineCast(std::move(count), LogicalType::INTEGER, true);
    if (unit == "second" || unit == "millisecond") {
      count = MakeEngineCast(std::move(count), LogicalType::DOUBLE);
    }
    return MakeCall(std::string(maker), std::move(count));
  }
  return UnsupportedSyntax("The time unit " + std::string(unit), position);
}

/// `moment` moved by an interval; the hook makes a DATETIME of it.
Parsed MoveBy(Parsed moment, Parsed interval, bool back) {
  return MakeCall(back ? "sr_time_sub" : "sr_time_add", std::move(moment), std::move(interval));
}

std::string LowerUnit(sql::TimeUnit unit) {
  return duckdb::StringUtil::Lower(sql::TimeUnitName(unit));
}

/// The unit a name such as `months_add` or `days_diff` begins with.
std::string UnitOfName(const std::string& name) {
  if (name == "add_months") return "month";
  std::string unit = name.substr(0, name.find('_'));
  if (!unit.empty() && unit.back() == 's') unit.pop_back();
  return unit;
}

/// The unit that a literal first argument names.
Result<std::string> UnitOfArgument(CallLowering& call) {
  const sql::Expression& first = *call.call().arguments[0];
  if (const auto* unit = sql::AsIf<sql::TimeUnitExpression>(first)) return LowerUnit(unit->unit);
  const auto* literal = sql::AsIf<sql::LiteralExpression>(first);
  if (literal == nullptr || literal->value.kind != sql::LiteralKind::kString) {
    return UnsupportedSyntax("A time unit that is not constant", first.position);
  }
  return duckdb::StringUtil::Lower(literal->value.text);
}

/// Whole units from `from` to `to`.
Parsed WholeUnits(std::string_view unit, Parsed from, Parsed to) {
  return MakeCall("date_sub", Text(unit), std::move(from), std::move(to));
}

Parsed SessionTime(CallLowering& call) {
  const std::int64_t seconds = call.lowering().now_micros() / kMicrosPerSecond;
  return MakeEngineCast(
      MakeConstant(Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(seconds * kMicrosPerSecond))),
      LogicalType::TIMESTAMP);
}

}  // namespace

Result<Parsed> Lowering::LowerMove(Parsed moment, const sql::IntervalExpression& interval,
                                   bool back) {
  FIRN_ASSIGN_OR_RETURN(Parsed amount, LowerExpression(*interval.value));
  FIRN_ASSIGN_OR_RETURN(
      Parsed made, MakeInterval(std::move(amount), LowerUnit(interval.unit), interval.position));
  return MoveBy(std::move(moment), std::move(made), back);
}

Result<Parsed> RewriteNow(CallLowering& call) { return SessionTime(call); }
Result<Parsed> RewriteCurrentDate(CallLowering& call) {
  return MakeEngineCast(SessionTime(call), LogicalType::DATE);
}
Result<Parsed> RewriteCurrentTime(CallLowering& call) {
  return MakeEngineCast(SessionTime(call), LogicalType::TIME);
}
Result<Parsed> RewriteUtcTimestamp(CallLowering& call) {
  const std::int64_t seconds = call.lowering().now_micros() / kMicrosPerSecond;
  return MakeConstant(Value::TIMESTAMP(duckdb::timestamp_t(seconds * kMicrosPerSecond)));
}

Result<Parsed> RewriteUnixTimestamp(CallLowering& call) {
  if (call.count() == 0) return Number(call.lowering().now_micros() / kMicrosPerSecond);
  Parsed moment =
      call.count() == 2
          ? MakeCall("sr_str_to_date", MakeCall("sr_text", call.Argument(0)), call.Argument(1))
          : MakeCall("sr_datetime", call.Argument(0));
  return MakeEngineCast(
      MakeCall("floor", MakeCall("epoch", MakeEngineCast(std::move(moment),
                                                         LogicalType::TIMESTAMP_TZ, true))),
      LogicalType::BIGINT, true);
}

Result<Parsed> RewriteFromUnixTime(CallLowering& call) {
  Parsed moment = MakeEngineCast(
      MakeCall("to_timestamp", MakeEngineCast(call.Argument(0), LogicalType::DOUBLE)),
      LogicalType::TIMESTAMP, true);
  return MakeCall("sr_date_format", std::move(moment),
                  call.ArgumentOr(1, Value("%Y-%m-%d %H:%i:%S")));
}

Result<Parsed> RewriteStr2Date(CallLowering& call) {
  return MakeEngineCast(MakeCall("sr_str_to_date", call.Argument(0), call.Argument(1)),
                        LogicalType::DATE);
}

Result<Parsed> RewriteDateAdd(CallLowering& call) {
  const std::string name = call.call().FunctionName();
  const bool back = name == "date_sub" || name == "subdate";
  const sql::Expression& amount = *call.call().arguments[1];
  if (const auto* interval = sql::AsIf<sql::IntervalExpression>(amount)) {
    return call.lowering().LowerMove(call.Argument(0), *interval, back);
  }
  FIRN_ASSIGN_OR_RETURN(Parsed days, MakeInterval(call.Argument(1), "day", amount.position));
  return MoveBy(call.Argument(0), std::move(days), back);
}

Result<Parsed> RewriteUnitsAdd(CallLowering& call) {
  const std::string name = call.call().FunctionName();
  FIRN_ASSIGN_OR_RETURN(Parsed interval,
                        MakeInterval(call.Argument(1), UnitOfName(name), call.call().position));
  return MoveBy(call.Argument(0), std::move(interval), name.ends_with("_sub"));
}

Result<Parsed> RewriteTimestampAdd(CallLowering& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string unit, UnitOfArgument(call));
  FIRN_ASSIGN_OR_RETURN(Parsed interval,
                        MakeInterval(call.Argument(1), unit, call.call().position));
  return MoveBy(call.Argument(2), std::move(interval), false);
}

Result<Parsed> RewriteTimestampDiff(CallLowering& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string unit, UnitOfArgument(call));
  return WholeUnits(unit, call.Argument(1), call.Argument(2));
}

Result<Parsed> RewriteDateDiff(CallLowering& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string unit, UnitOfArgument(call));
  return WholeUnits(unit, call.Argument(2), call.Argument(1));
}

Result<Parsed> RewriteDayDiff(CallLowering& call) {
  Parsed later = call.Argument(0);
  return MakeEngineCast(MakeCall("date_diff", Text("day"), call.Argument(1), std::move(later)),
                        LogicalType::INTEGER);
}

Result<Parsed> RewriteUnitsDiff(CallLowering& call) {
  Parsed later = call.Argument(0);
  return WholeUnits(UnitOfName(call.call().FunctionName()), call.Argument(1), std::move(later));
}

Result<Parsed> RewriteDayOfWeek(CallLowering& call) {
  return MakeEngineCast(MakeCall("+", MakeCall("dayofweek", call.Argument(0)), Number(1)),
                        LogicalType::INTEGER);
}
Result<Parsed> RewriteWeekday(CallLowering& call) {
  return MakeEngineCast(MakeCall("-", MakeCall("isodow", call.Argument(0)), Number(1)),
                        LogicalType::INTEGER);
}

Result<Parsed> RewriteWeek(CallLowering& call) {
  const bool with_year = call.call().FunctionName() == "yearweek";
  return MakeCall(with_year ? "sr_yearweek" : "sr_week", call.Argument(0),
                  call.ArgumentOr(1, Value::BIGINT(0)));
}

Result<Parsed> RewriteMakeDate(CallLowering& call) {
  Parsed year = MakeEngineCast(call.Argument(0), LogicalType::INTEGER, true);
  Parsed day = MakeEngineCast(call.Argument(1), LogicalType::INTEGER, true);
  Parsed positive =
      MakeComparison(duckdb::ExpressionType::COMPARE_GREATERTHAN, day->Copy(), Number(0));
  Parsed date = MakeCall("+", MakeCall("make_date", std::move(year), Number(1), Number(1)),
                         MakeCall("-", std::move(day), MakeConstant(Value::INTEGER(1))));
  return MakeIf(std::move(positive), std::move(date), MakeConstant(Value()));
}

// MySQL counts days from the year 0; 1970-01-01 is day 719528.
constexpr std::int64_t kDaysBeforeEpoch = 719'528;

Result<Parsed> RewriteToDays(CallLowering& call) {
  return MakeEngineCast(
      MakeCall("+",
               MakeCall("date_diff", Text("day"), MakeConstant(Value::DATE(duckdb::date_t(0))),
                        call.Argument(0)),
               Number(kDaysBeforeEpoch)),
      LogicalType::INTEGER);
}
Result<Parsed> RewriteFromDays(CallLowering& call) {
  return MakeCall("+", MakeConstant(Value::DATE(duckdb::date_t(0))),
                  MakeEngineCast(MakeCall("-", call.Argument(0), Number(kDaysBeforeEpoch)),
                                 LogicalType::INTEGER, true));
}

Result<Parsed> RewriteConvertTz(CallLowering& call) {
  Parsed moment = call.Argument(0);
  Parsed instant = MakeCall("timezone", call.Argument(1), std::move(moment));
  return MakeCall("timezone", call.Argument(2), std::move(instant));
}

}  // namespace firn::duck
