#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cloud/policy/document.h"

/// Condition operators by name, and how their values read.

namespace firn::policy {

struct OperatorName {
  ConditionOperator op = ConditionOperator::kStringEquals;
  bool if_exists = false;
  SetQualifier qualifier = SetQualifier::kNone;
};

/// `ForAnyValue:StringLikeIfExists` and the like; without regard to case, as IAM takes them.
std::optional<OperatorName> ParseOperator(std::string_view text);
/// Empty when nothing is near.
std::string NearestOperator(std::string_view text);

/// What a policy value of that operator must be, in words, when `value` is not; empty when it is.
std::string_view WantedValue(ConditionOperator op, std::string_view value);

std::optional<double> ParseNumber(std::string_view text);
/// ISO 8601, a date alone, or seconds since the epoch.
std::optional<WallTime> ParseDate(std::string_view text);

/// StringNotEquals and the like: true unless a value matches.
bool IsNegated(ConditionOperator op);

}  // namespace firn::policy
