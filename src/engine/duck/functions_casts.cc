#include "engine/duck/errors_internal.h"
#include "engine/duck/functions_internal.h"
#include "engine/duck/results_internal.h"
#include "engine/duck/time_text_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

using duckdb::ClientContext;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;

bool IsMoment(const LogicalType& type) {
  return type.id() == LogicalTypeId::DATE || type.id() == LogicalTypeId::TIMESTAMP;
}

void ParseIntegers(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::UnaryExecutor::ExecuteWithNulls<duckdb::string_t, duckdb::hugeint_t>(
      arguments.data[0], result, arguments.size(),
      [](duckdb::string_t text, duckdb::ValidityMask& mask, duckdb::idx_t row) {
        const auto value = ParseInteger({text.GetData(), text.GetSize()});
        if (!value) mask.SetInvalid(row);
        return ToHugeint(value.value_or(0));
      });
}

void ParseDateTimes(duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                    duckdb::Vector& result) {
  duckdb::UnaryExecutor::ExecuteWithNulls<duckdb::string_t, duckdb::timestamp_t>(
      arguments.data[0], result, arguments.size(),
      [](duckdb::string_t text, duckdb::ValidityMask& mask, duckdb::idx_t row) {
        const auto micros = ParseDateTime({text.GetData(), text.GetSize()});
        if (!micros) mask.SetInvalid(row);
        return duckdb::timestamp_t(micros.value_or(0));
      });
}

void NumbersToDateTimes(duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                        duckdb::Vector& result) {
  duckdb::UnaryExecutor::ExecuteWithNulls<int64_t, duckdb::timestamp_t>(
      arguments.data[0], result, arguments.size(),
      [](int64_t number, duckdb::ValidityMask& mask, duckdb::idx_t row) {
        const auto micros = DateTimeFromNumber(number);
        if (!micros) mask.SetInvalid(row);
        return duckdb::timestamp_t(micros.value_or(0));
      });
}

void DateTimesToNumbers(duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                        duckdb::Vector& result) {
  duckdb::UnaryExecutor::Execute<duckdb::timestamp_t, int64_t>(
      arguments.data[0], result, arguments.size(), [](duckdb::timestamp_t moment) {
        std::string digits;
        FormatDateTime(moment.value, "%Y%m%d%H%i%S", digits);
        return static_cast<int64_t>(std::stoll(digits));
      });
}

void DatesToNumbers(duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                    duckdb::Vector& result) {
  duckdb::UnaryExecutor::Execute<duckdb::date_t, int64_t>(
      arguments.data[0], result, arguments.size(), [](duckdb::date_t date) {
        int32_t year = 0;
        int32_t month = 0;
        int32_t day = 0;
        duckdb::Date::Convert(date, year, month, day);
        return static_cast<int64_t>(year) * 10000 + month * 100 + day;
      });
}

void TextsOf(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  const duckdb::idx_t count = arguments.size();
  const bool constant = arguments.AllConstant();
  const duckdb::idx_t rows = constant ? std::min<duckdb::idx_t>(count, 1) : count;
  duckdb::Vector& source = arguments.data[0];
  if (constant) source.Flatten(rows);
  const ValueText text(source, rows);
  duckdb::UnifiedVectorFormat format;
  source.ToUnifiedFormat(rows, format);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* out = duckdb::FlatVector::GetData<duckdb::string_t>(result);
  std::string buffer;
  for (duckdb::idx_t r = 0; r < rows; ++r) {
    if (!format.validity.RowIsValid(format.sel->get_index(r))) {
      duckdb::FlatVector::SetNull(result, r, true);
      continue;
    }
    buffer.clear();
    text.Append(r, false, buffer);
    out[r] = duckdb::StringVector::AddString(result, buffer);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

BoundExpression ToText(ClientContext& context, BoundExpression expression) {
  if (IsJson(expression->return_type) || expression->return_type.id() == LogicalTypeId::SQLNULL) {
    return Cast(context, std::move(expression), LogicalType::VARCHAR, true);
  }
  if (IsText(expression->return_type)) return expression;
  return Call(context, "sr_text_of", std::move(expression));
}

BoundExpression ToInteger(ClientContext& context, BoundExpression expression,
                          const LogicalType& type) {
  const LogicalType from = expression->return_type;
  if (IsText(from)) {
    return Cast(context, Call(context, "sr_parse_integer", std::move(expression)), type, true);
  }
  if (from.id() == LogicalTypeId::DATE) {
    return Cast(context, Call(context, "sr_date_number", std::move(expression)), type, true);
  }
  if (from.id() == LogicalTypeId::TIMESTAMP) {
    return Cast(context, Call(context, "sr_datetime_number", std::move(expression)), type, true);
  }
  if (from.id() == LogicalTypeId::FLOAT || from.id() == LogicalTypeId::DOUBLE ||
      from.id() == LogicalTypeId::DECIMAL) {
    return Cast(context, Call(context, "trunc", std::move(expression)), type, true);
  }
  return Cast(context, std::move(expression), type, true);
}

BoundExpression ToMoment(ClientContext& context, BoundExpression expression,
                         const LogicalType& type) {
  const LogicalType from = expression->return_type;
  if (IsText(from)) {
    expression = Call(context, "sr_parse_datetime", std::move(expression));
  } else if (from.IsNumeric()) {
    expression = Cast(context, std::move(expression), LogicalType::BIGINT, true);
    expression = Call(context, "sr_number_datetime", std::move(expression));
  }
  return Cast(context, std::move(expression), type, true);
}

/// The second argument carries the type.
BoundExpression CastTo(ClientContext& context, BoundExpressions& arguments) {
  const LogicalType type = arguments.at(1)->return_type;
  return StarRocksCast(context, std::move(arguments.at(0)), type);
}

template <const LogicalTypeId kType>
BoundExpression CastToType(ClientContext& context, BoundExpressions& arguments) {
  return StarRocksCast(context, std::move(arguments.at(0)), LogicalType(kType));
}

/// As DATE when it is one already, else as DATETIME: for functions that keep the kind they are
/// given.
BoundExpression AsMoment(ClientContext& context, BoundExpressions& arguments) {
  if (arguments.at(0)->return_type.id() == LogicalTypeId::DATE) return std::move(arguments[0]);
  return StarRocksCast(context, std::move(arguments[0]), LogicalType::TIMESTAMP);
}

BoundExpression AsBytes(ClientContext& context, BoundExpressions& arguments) {
  return StarRocksCast(context, std::move(arguments.at(0)), LogicalType::BLOB);
}

template <Hook kHook>
void AddHook(duckdb::ExtensionLoader& loader, const char* name) {
  RegisterHook(loader, name, RunHook<kHook>);
}

}  // namespace

BoundExpression StarRocksCast(ClientContext& context, BoundExpression expression,
                              const LogicalType& type) {
  if (expression->return_type == type) return expression;
  if (expression->return_type.id() == LogicalTypeId::SQLNULL) {
    return Cast(context, std::move(expression), type);
  }
  if (expression->return_type.id() == LogicalTypeId::TIMESTAMP_TZ ||
      expression->return_type.id() == LogicalTypeId::TIMESTAMP_NS) {
    if (type.id() == LogicalTypeId::TIMESTAMP_TZ) return Cast(context, std::move(expression), type);
    expression = Cast(context, std::move(expression), LogicalType::TIMESTAMP, true);
    return StarRocksCast(context, std::move(expression), type);
  }
  if (IsJson(type)) return Cast(context, std::move(expression), type, true);
  switch (type.id()) {
    case LogicalTypeId::VARCHAR:
      return ToText(context, std::move(expression));
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
      return ToInteger(context, std::move(expression), type);
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
      return ToMoment(context, std::move(expression), type);
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DECIMAL:
      if (IsMoment(expression->return_type)) {
        expression = ToInteger(context, std::move(expression), LogicalType::BIGINT);
      }
      return Cast(context, std::move(expression), type, true);
    case LogicalTypeId::BLOB:
      if (IsText(expression->return_type)) return Call(context, "encode", std::move(expression));
      return Cast(context, std::move(expression), type, true);
    default:
      return Cast(context, std::move(expression), type, true);
  }
}

LogicalType CommonType(ClientContext& context, const BoundExpressions& arguments) {
  LogicalType common = LogicalType::SQLNULL;
  for (const BoundExpression& argument : arguments) {
    const LogicalType& type = argument->return_type;
    if (type.id() == LogicalTypeId::SQLNULL || type == common) continue;
    if (common.id() == LogicalTypeId::SQLNULL) {
      common = type;
      continue;
    }
    const bool text = IsText(type) || IsText(common);
    const bool nested = type.IsNested() || common.IsNested();
    LogicalType next;
    if (text && !nested) {
      common = LogicalType::VARCHAR;
    } else if (LogicalType::TryGetMaxLogicalType(context, common, type, next)) {
      common = next;
    } else if (!nested) {
      common = LogicalType::VARCHAR;
    } else {
      Raise(Error(ErrorCode::kInvalidArgument, "AnalysisError",
                  "Types " + ColumnTypeText(common) + " and " + ColumnTypeText(type) +
                      " have nothing in common"));
    }
  }
  return common;
}

void RegisterCasts(duckdb::ExtensionLoader& loader) {
  using duckdb::ScalarFunction;
  loader.RegisterFunction(ScalarFunction("sr_parse_integer", {LogicalType::VARCHAR},
                                         LogicalType::HUGEINT, ParseIntegers));
  loader.RegisterFunction(ScalarFunction("sr_parse_datetime", {LogicalType::VARCHAR},
                                         LogicalType::TIMESTAMP, ParseDateTimes));
  loader.RegisterFunction(ScalarFunction("sr_number_datetime", {LogicalType::BIGINT},
                                         LogicalType::TIMESTAMP, NumbersToDateTimes));
  loader.RegisterFunction(ScalarFunction("sr_datetime_number", {LogicalType::TIMESTAMP},
                                         LogicalType::BIGINT, DateTimesToNumbers));
  loader.RegisterFunction(
      ScalarFunction("sr_date_number", {LogicalType::DATE}, LogicalType::BIGINT, DatesToNumbers));
  ScalarFunction text("sr_text_of", {LogicalType::ANY}, LogicalType::VARCHAR, TextsOf);
  text.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(text);
  AddHook<CastTo>(loader, "sr_cast");
  AddHook<CastToType<LogicalTypeId::VARCHAR>>(loader, "sr_text");
  AddHook<CastToType<LogicalTypeId::BIGINT>>(loader, "sr_bigint");
  AddHook<CastToType<LogicalTypeId::INTEGER>>(loader, "sr_int");
  AddHook<CastToType<LogicalTypeId::DOUBLE>>(loader, "sr_double");
  AddHook<CastToType<LogicalTypeId::DATE>>(loader, "sr_date");
  AddHook<CastToType<LogicalTypeId::TIMESTAMP>>(loader, "sr_datetime");
  AddHook<AsMoment>(loader, "sr_moment");
  AddHook<AsBytes>(loader, "sr_bytes");
}

}  // namespace firn::duck
