#include <algorithm>

#include "engine/duck/errors_internal.h"
#include "engine/duck/functions_internal.h"
#include "engine/duck/statement_internal.h"
#include "engine/duck/time_text_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

using duckdb::ClientContext;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::string_t;
using duckdb::timestamp_t;

std::string_view View(const string_t& text) { return {text.GetData(), text.GetSize()}; }

std::int64_t DaysOfMoment(timestamp_t moment) {
  const std::int64_t days = moment.value / kMicrosPerDay;
  return moment.value % kMicrosPerDay < 0 ? days - 1 : days;
}

void RunFormat(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  std::string buffer;
  duckdb::BinaryExecutor::Execute<timestamp_t, string_t, string_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [&](timestamp_t moment, string_t format) {
        buffer.clear();
        FormatDateTime(moment.value, View(format), buffer);
        return duckdb::StringVector::AddString(result, buffer);
      });
}

void RunParse(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::ExecuteWithNulls<string_t, string_t, timestamp_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](string_t text, string_t format, duckdb::ValidityMask& mask, duckdb::idx_t row) {
        const auto micros = ParseWithFormat(View(text), View(format));
        if (!micros) mask.SetInvalid(row);
        return timestamp_t(micros.value_or(0));
      });
}

template <bool kWithYear>
void RunWeek(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<timestamp_t, int64_t, int32_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](timestamp_t moment, int64_t mode) {
        const int bits = static_cast<int>(mode & 7);
        const int week = YearWeekOf(DaysOfMoment(moment), kWithYear ? bits | 2 : bits);
        return kWithYear ? week : week % 100;
      });
}

/// date_trunc(unit, moment) keeps a DATE a DATE.
BoundExpression Truncate(ClientContext& context, BoundExpressions& arguments) {
  BoundExpression moment = std::move(arguments.at(1));
  const bool date = moment->return_type.id() == LogicalTypeId::DATE;
  if (!date) moment = StarRocksCast(context, std::move(moment), LogicalType::TIMESTAMP);
  BoundExpression truncated =
      Call(context, "date_trunc", std::move(arguments[0]), std::move(moment));
  return Cast(context, std::move(truncated),
              date ? LogicalType(LogicalType::DATE) : LogicalType(LogicalType::TIMESTAMP));
}

/// (moment, interval): a DATE moved by whole days stays a DATE.
template <bool kBack>
BoundExpression Move(ClientContext& context, BoundExpressions& arguments) {
  BoundExpression moment =
      StarRocksCast(context, std::move(arguments.at(0)), LogicalType::TIMESTAMP);
  BoundExpressions operands;
  operands.push_back(std::move(moment));
  operands.push_back(std::move(arguments.at(1)));
  return Call(context, kBack ? "-" : "+", std::move(operands), true);
}

/// sleep(seconds): wakes when the statement is cancelled.
void RunSleep(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
              duckdb::Vector& result) {
  Statement& statement = CurrentStatement(state.GetContext());
  duckdb::UnaryExecutor::Execute<int64_t, bool>(
      arguments.data[0], result, arguments.size(), [&](int64_t seconds) {
        constexpr int64_t kSecondsMax = 86'400;
        const auto slept = std::chrono::seconds(std::clamp<int64_t>(seconds, 0, kSecondsMax));
        OkOrRaise(statement.context().Sleep(slept));
        return true;
      });
}

template <Hook kHook>
void AddHook(duckdb::ExtensionLoader& loader, const char* name) {
  RegisterHook(loader, name, RunHook<kHook>);
}

}  // namespace

void RegisterTimeFunctions(duckdb::ExtensionLoader& loader) {
  using duckdb::ScalarFunction;
  const LogicalType moment = LogicalType::TIMESTAMP;
  const LogicalType text = LogicalType::VARCHAR;
  loader.RegisterFunction(ScalarFunction("sr_date_format", {moment, text}, text, RunFormat));
  loader.RegisterFunction(ScalarFunction("sr_str_to_date", {text, text}, moment, RunParse));
  loader.RegisterFunction(ScalarFunction("sr_week", {moment, LogicalType::BIGINT},
                                         LogicalType::INTEGER, RunWeek<false>));
  loader.RegisterFunction(ScalarFunction("sr_yearweek", {moment, LogicalType::BIGINT},
                                         LogicalType::INTEGER, RunWeek<true>));
  ScalarFunction sleep("sr_sleep", {LogicalType::BIGINT}, LogicalType::BOOLEAN, RunSleep);
  sleep.SetVolatile();
  loader.RegisterFunction(sleep);
  AddHook<Truncate>(loader, "sr_date_trunc");
  AddHook<Move<false>>(loader, "sr_time_add");
  AddHook<Move<true>>(loader, "sr_time_sub");
}

}  // namespace firn::duck
