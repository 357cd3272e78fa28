#include <algorithm>

#include "base/encoding.h"
#include "cloud/policy/address_internal.h"
#include "cloud/policy/condition_internal.h"
#include "cloud/policy/operators_internal.h"
#include "cloud/policy/pattern_internal.h"

namespace firn::policy {
namespace {

/// Plain text of a policy value that is not a pattern.
std::optional<std::string> ExpandText(std::string_view value, const ConditionContext& context,
                                      bool has_variables) {
  if (!has_variables) return std::string(value);
  const std::optional<Pattern> pattern = ExpandVariables(value, context, false);
  if (!pattern) return std::nullopt;
  return pattern->text;
}

std::optional<Pattern> ExpandPattern(std::string_view value, const ConditionContext& context,
                                     bool has_variables) {
  return has_variables ? ExpandVariables(value, context, true)
                       : std::optional<Pattern>(WildcardPattern(value));
}

template <typename Compare>
bool CompareNumbers(std::string_view wanted, std::string_view found, Compare compare) {
  const std::optional<double> a = ParseNumber(found);
  const std::optional<double> b = ParseNumber(wanted);
  return a && b && compare(*a, *b);
}

template <typename Compare>
bool CompareDates(std::string_view wanted, std::string_view found, Compare compare) {
  const std::optional<WallTime> a = ParseDate(found);
  const std::optional<WallTime> b = ParseDate(wanted);
  return a && b && compare(*a, *b);
}

/// Whether one value of the request matches one value of the policy; of a negated operator, its
/// positive form.
bool MatchesValue(ConditionOperator op, std::string_view wanted, std::string_view found) {
  switch (op) {
    case ConditionOperator::kStringEquals:
    case ConditionOperator::kStringNotEquals:
    case ConditionOperator::kBinaryEquals: return wanted == found;
    case ConditionOperator::kStringEqualsIgnoreCase:
    case ConditionOperator::kStringNotEqualsIgnoreCase:
    case ConditionOperator::kBool: return EqualsIgnoreCaseAscii(wanted, found);
    case ConditionOperator::kNumericEquals:
    case ConditionOperator::kNumericNotEquals:
      return CompareNumbers(wanted, found, std::equal_to<>());
    case ConditionOperator::kNumericLessThan: return CompareNumbers(wanted, found, std::less<>());
    case ConditionOperator::kNumericLessThanEquals:
      return CompareNumbers(wanted, found, std::less_equal<>());
    case ConditionOperator::kNumericGreaterThan:
      return CompareNumbers(wanted, found, std::greater<>());
    case ConditionOperator::kNumericGreaterThanEquals:
      return CompareNumbers(wanted, found, std::greater_equal<>());
    case ConditionOperator::kDateEquals:
    case ConditionOperator::kDateNotEquals: return CompareDates(wanted, found, std::equal_to<>());
    case ConditionOperator::kDateLessThan: return CompareDates(wanted, found, std::less<>());
    case ConditionOperator::kDateLessThanEquals:
      return CompareDates(wanted, found, std::less_equal<>());
    case ConditionOperator::kDateGreaterThan: return CompareDates(wanted, found, std::greater<>());
    case ConditionOperator::kDateGreaterThanEquals:
      return CompareDates(wanted, found, std::greater_equal<>());
    case ConditionOperator::kIpAddress:
    case ConditionOperator::kNotIpAddress: {
      const std::optional<IpRange> range = ParseIpRange(wanted);
      const std::optional<IpAddress> address = ParseIpAddress(found);
      return range && address && Contains(*range, *address);
    }
    case ConditionOperator::kStringLike:
    case ConditionOperator::kStringNotLike:
    case ConditionOperator::kArnEquals:
    case ConditionOperator::kArnNotEquals:
    case ConditionOperator::kArnLike:
    case ConditionOperator::kArnNotLike:
    case ConditionOperator::kNull:
      return false;  // Patterns and Null are not compared as plain text.
  }
  return false;
}

bool IsStringPattern(ConditionOperator op) {
  return op == ConditionOperator::kStringLike || op == ConditionOperator::kStringNotLike;
}

bool IsArn(ConditionOperator op) {
  return op == ConditionOperator::kArnEquals || op == ConditionOperator::kArnNotEquals ||
         op == ConditionOperator::kArnLike || op == ConditionOperator::kArnNotLike;
}

/// A value of the request against all of the policy's: one match is enough, or must not be.
bool HoldsForValue(const ConditionTest& test, std::string_view found,
                   const ConditionContext& context, bool has_variables) {
  const bool matched =
      std::any_of(test.values.begin(), test.values.end(), [&](const std::string& wanted) {
        if (IsStringPattern(test.op) || IsArn(test.op)) {
          const std::optional<Pattern> pattern = ExpandPattern(wanted, context, has_variables);
          if (!pattern) return false;
          return IsArn(test.op) ? MatchesArn(*pattern, found) : Matches(*pattern, found);
        }
        const std::optional<std::string> text = ExpandText(wanted, context, has_variables);
        return text && MatchesValue(test.op, *text, found);
      });
  return matched != IsNegated(test.op);
}

}  // namespace

bool Holds(const ConditionTest& test, const ConditionContext& context, bool has_variables) {
  const std::vector<std::string>* found = context.Find(test.key);
  if (test.op == ConditionOperator::kNull) {
    const bool is_null = found == nullptr || found->empty();
    return std::any_of(test.values.begin(), test.values.end(), [&](const std::string& wanted) {
      return EqualsIgnoreCaseAscii(wanted, is_null ? "true" : "false");
    });
  }
  const auto holds = [&](const std::string& value) {
    return HoldsForValue(test, value, context, has_variables);
  };
  // Of an absent key: IfExists and ForAllValues hold vacuously, negated operators hold since
  // nothing matches, except under ForAnyValue, which needs a value, IfExists or not ("for no
  // matching key or a null dataset, the condition returns false").
  const bool absent = found == nullptr || found->empty();
  switch (test.qualifier) {
    case SetQualifier::kForAllValues:
      return absent || std::all_of(found->begin(), found->end(), holds);
    case SetQualifier::kForAnyValue:
      return !absent && std::any_of(found->begin(), found->end(), holds);
    case SetQualifier::kNone: break;
  }
  if (absent) return test.if_exists || IsNegated(test.op);
  if (IsNegated(test.op)) return std::all_of(found->begin(), found->end(), holds);
  return std::any_of(found->begin(), found->end(), holds);
}

}  // namespace firn::policy
