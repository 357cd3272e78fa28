#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/encoding.h"
#include "cloud/policy/address_internal.h"
#include "cloud/policy/operators_internal.h"

namespace firn::policy {
namespace {

struct NamedOperator {
  std::string_view name;
  ConditionOperator op;
};

constexpr std::array<NamedOperator, 27> kOperators = {{
    {"StringEquals", ConditionOperator::kStringEquals},
    {"StringNotEquals", ConditionOperator::kStringNotEquals},
    {"StringEqualsIgnoreCase", ConditionOperator::kStringEqualsIgnoreCase},
    {"StringNotEqualsIgnoreCase", ConditionOperator::kStringNotEqualsIgnoreCase},
    {"StringLike", ConditionOperator::kStringLike},
    {"StringNotLike", ConditionOperator::kStringNotLike},
    {"NumericEquals", ConditionOperator::kNumericEquals},
    {"NumericNotEquals", ConditionOperator::kNumericNotEquals},
    {"NumericLessThan", ConditionOperator::kNumericLessThan},
    {"NumericLessThanEquals", ConditionOperator::kNumericLessThanEquals},
    {"NumericGreaterThan", ConditionOperator::kNumericGreaterThan},
    {"NumericGreaterThanEquals", ConditionOperator::kNumericGreaterThanEquals},
    {"DateEquals", ConditionOperator::kDateEquals},
    {"DateNotEquals", ConditionOperator::kDateNotEquals},
    {"DateLessThan", ConditionOperator::kDateLessThan},
    {"DateLessThanEquals", ConditionOperator::kDateLessThanEquals},
    {"DateGreaterThan", ConditionOperator::kDateGreaterThan},
    {"DateGreaterThanEquals", ConditionOperator::kDateGreaterThanEquals},
    {"Bool", ConditionOperator::kBool},
    {"BinaryEquals", ConditionOperator::kBinaryEquals},
    {"IpAddress", ConditionOperator::kIpAddress},
    {"NotIpAddress", ConditionOperator::kNotIpAddress},
    {"ArnEquals", ConditionOperator::kArnEquals},
    {"ArnNotEquals", ConditionOperator::kArnNotEquals},
    {"ArnLike", ConditionOperator::kArnLike},
    {"ArnNotLike", ConditionOperator::kArnNotLike},
    {"Null", ConditionOperator::kNull},
}};

bool EatPrefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() ||
      !EqualsIgnoreCaseAscii(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

bool EatSuffix(std::string_view& text, std::string_view suffix) {
  if (text.size() < suffix.size() ||
      !EqualsIgnoreCaseAscii(text.substr(text.size() - suffix.size()), suffix)) {
    return false;
  }
  text.remove_suffix(suffix.size());
  return true;
}

bool IsTrueOrFalse(std::string_view text) {
  return EqualsIgnoreCaseAscii(text, "true") || EqualsIgnoreCaseAscii(text, "false");
}

}  // namespace

std::optional<OperatorName> ParseOperator(std::string_view text) {
  OperatorName name;
  if (EatPrefix(text, "ForAllValues:")) {
    name.qualifier = SetQualifier::kForAllValues;
  } else if (EatPrefix(text, "ForAnyValue:")) {
    name.qualifier = SetQualifier::kForAnyValue;
  }
  name.if_exists = EatSuffix(text, "IfExists");
  for (const NamedOperator& known : kOperators) {
    if (!EqualsIgnoreCaseAscii(known.name, text)) continue;
    // Null asks whether the key exists; IfExists would make it vacuous, and IAM refuses it.
    if (known.op == ConditionOperator::kNull && name.if_exists) return std::nullopt;
    name.op = known.op;
    return name;
  }
  return std::nullopt;
}

std::string NearestOperator(std::string_view text) {
  std::vector<std::string> names;
  for (const NamedOperator& known : kOperators) names.emplace_back(known.name);
  return NearestWord(text, names);
}

std::string_view WantedValue(ConditionOperator op, std::string_view value) {
  switch (op) {
    case ConditionOperator::kNumericEquals:
    case ConditionOperator::kNumericNotEquals:
    case ConditionOperator::kNumericLessThan:
    case ConditionOperator::kNumericLessThanEquals:
    case ConditionOperator::kNumericGreaterThan:
    case ConditionOperator::kNumericGreaterThanEquals:
      return ParseNumber(value) ? "" : "a number";
    case ConditionOperator::kDateEquals:
    case ConditionOperator::kDateNotEquals:
    case ConditionOperator::kDateLessThan:
    case ConditionOperator::kDateLessThanEquals:
    case ConditionOperator::kDateGreaterThan:
    case ConditionOperator::kDateGreaterThanEquals:
      return ParseDate(value) ? "" : "a date in ISO 8601 form or seconds since 1970";
    case ConditionOperator::kBool:
    case ConditionOperator::kNull:
      return IsTrueOrFalse(value) ? "" : "\"true\" or \"false\"";
    case ConditionOperator::kIpAddress:
    case ConditionOperator::kNotIpAddress:
      return ParseIpRange(value) ? "" : "an IP address or a range such as 203.0.113.0/24";
    case ConditionOperator::kArnEquals:
    case ConditionOperator::kArnNotEquals:
    case ConditionOperator::kArnLike:
    case ConditionOperator::kArnNotLike:
      return value == "*" || value.starts_with("arn:") ? "" : "an ARN";
    case ConditionOperator::kBinaryEquals:
      return Base64Decode(value) ? "" : "base64";
    case ConditionOperator::kStringEquals:
    case ConditionOperator::kStringNotEquals:
    case ConditionOperator::kStringEqualsIgnoreCase:
    case ConditionOperator::kStringNotEqualsIgnoreCase:
    case ConditionOperator::kStringLike:
    case ConditionOperator::kStringNotLike:
      return "";
  }
  return "";
}

std::optional<double> ParseNumber(std::string_view text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<WallTime> ParseDate(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // The end of the year 9999.
  if (failure == std::errc() && end == text.data() + text.size() && seconds >= -kSecondsMax &&
      seconds <= kSecondsMax) {
    return WallTime(std::chrono::seconds(seconds));
  }
  if (text.size() == 10) {
    const auto day = ParseIso8601(std::string(text) + "T00:00:00Z");
    return day ? std::optional<WallTime>(*day) : std::nullopt;
  }
  const auto time = ParseIso8601(text);
  return time ? std::optional<WallTime>(*time) : std::nullopt;
}

bool IsNegated(ConditionOperator op) {
  switch (op) {
    case ConditionOperator::kStringNotEquals:
    case ConditionOperator::kStringNotEqualsIgnoreCase:
    case ConditionOperator::kStringNotLike:
    case ConditionOperator::kNumericNotEquals:
    case ConditionOperator::kDateNotEquals:
    case ConditionOperator::kNotIpAddress:
    case ConditionOperator::kArnNotEquals:
    case ConditionOperator::kArnNotLike:
      return true;
    case ConditionOperator::kStringEquals:
    case ConditionOperator::kStringEqualsIgnoreCase:
    case ConditionOperator::kStringLike:
    case ConditionOperator::kNumericEquals:
    case ConditionOperator::kNumericLessThan:
    case ConditionOperator::kNumericLessThanEquals:
    case ConditionOperator::kNumericGreaterThan:
    case ConditionOperator::kNumericGreaterThanEquals:
    case ConditionOperator::kDateEquals:
    case ConditionOperator::kDateLessThan:
    case ConditionOperator::kDateLessThanEquals:
    case ConditionOperator::kDateGreaterThan:
    case ConditionOperator::kDateGreaterThanEquals:
    case ConditionOperator::kBool:
    case ConditionOperator::kBinaryEquals:
    case ConditionOperator::kIpAddress:
    case ConditionOperator::kArnEquals:
    case ConditionOperator::kArnLike:
    case ConditionOperator::kNull:
      return false;
  }
  return false;
}

}  // namespace firn::policy
