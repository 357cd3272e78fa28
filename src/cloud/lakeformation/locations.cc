#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/lakeformation/api_call_internal.h"
#include "cloud/lakeformation/limits.h"
#include "wire/aws/arn.h"

/// Registered locations: which places in S3 Lake Formation governs, and with which role.

namespace firn::lakeformation {
namespace {

using ledger::RegisteredLocationRow;
using ledger::Transaction;

json::object ToJson(const RegisteredLocationRow& row) {
  return {{"ResourceArn", json::string(row.arn)},
          {"RoleArn", json::string(row.role_arn)},
          {"LastModified", static_cast<double>(MillisSinceEpoch(row.modified_at)) / 1000.0},
          {"WithFederation", row.with_federation},
          {"HybridAccessEnabled", row.hybrid_access},
          {"WithPrivilegedAccess", row.with_privileged_access}};
}

Unexpected NotRegistered(std::string_view arn) {
  return NotFound("EntityNotFoundException",
                  fmt::format("Entity not found: {} is not registered", arn));
}

/// One condition of ListResources, read.
struct Condition {
  std::string field;
  std::string comparison;
  std::vector<std::string> values;
};

constexpr std::array<std::string_view, 3> kFields = {"RESOURCE_ARN", "ROLE_ARN", "LAST_MODIFIED"};
constexpr std::array<std::string_view, 6> kComparisons = {"EQ",           "NE",          "CONTAINS",
                                                          "NOT_CONTAINS", "BEGINS_WITH", "IN"};

Result<Condition> ParseCondition(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsInvalid(AsObject(value, "a condition")));
  Condition condition;
  FIRN_ASSIGN_OR_RETURN(condition.field, AsInvalid(GetString(*object, "Field")));
  FIRN_ASSIGN_OR_RETURN(condition.comparison, AsInvalid(GetString(*object, "ComparisonOperator")));
  FIRN_ASSIGN_OR_RETURN(const json::array* values, AsInvalid(GetArray(*object, "StringValueList")));
  for (const json::value& text : *values) {
    if (!text.is_string()) return Invalid("StringValueList must be a list of strings");
    condition.values.emplace_back(text.get_string());
  }
  if (std::ranges::find(kFields, condition.field) == kFields.end()) {
    return Invalid(fmt::format("'{}' is no field of a condition", condition.field.substr(0, 64)));
  }
  if (condition.field == "LAST_MODIFIED") {
    return Unsupported("UnsupportedFilter",
                       "conditions on LAST_MODIFIED are not there: filter the list by it");
  }
  if (std::ranges::find(kComparisons, condition.comparison) == kComparisons.end()) {
    return Unsupported("UnsupportedFilter", fmt::format("'{}' does not compare ARNs: use one of {}",
                                                        condition.comparison.substr(0, 64),
                                                        fmt::join(kComparisons, ", ")));
  }
  if (condition.values.empty() || (condition.comparison != "IN" && condition.values.size() != 1)) {
    return Invalid("StringValueList must hold one value, or several with IN");
  }
  return condition;
}

bool Fits(const Condition& condition, const RegisteredLocationRow& row) {
  const std::string& text = condition.field == "ROLE_ARN" ? row.role_arn : row.arn;
  const std::string& value = condition.values.front();
  if (condition.comparison == "EQ") return text == value;
  if (condition.comparison == "NE") return text != value;
  if (condition.comparison == "CONTAINS") return text.find(value) != std::string::npos;
  if (condition.comparison == "NOT_CONTAINS") return text.find(value) == std::string::npos;
  if (condition.comparison == "BEGINS_WITH") return text.starts_with(value);
  return std::ranges::find(condition.values, text) != condition.values.end();
}

Result<std::vector<Condition>> ParseConditions(const json::object& body) {
  std::vector<Condition> conditions;
  FIRN_ASSIGN_OR_RETURN(const json::array* list, AsInvalid(FindArray(body, "FilterConditionList")));
  if (list == nullptr) return conditions;
  if (list->size() > kConditionsMax) {
    return Invalid(fmt::format("more than {} conditions", kConditionsMax));
  }
  for (const json::value& value : *list) {
    FIRN_ASSIGN_OR_RETURN(Condition condition, ParseCondition(value));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

}  // namespace

Result<std::string> LocationArn(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(std::string arn, AsInvalid(GetString(call.body, "ResourceArn")));
  if (!aws::ParseArn(arn))
    return Invalid(fmt::format("ResourceArn '{}' is no ARN", arn.substr(0, 256)));
  return arn;
}

Result<json::object> RegisterResource(const Call& call) {
  RegisteredLocationRow row{.modified_at = call.service.clock().Now()};
  FIRN_ASSIGN_OR_RETURN(row.arn, LocationArn(call));
  FIRN_ASSIGN_OR_RETURN(const auto role, AsInvalid(FindString(call.body, "RoleArn")));
  FIRN_ASSIGN_OR_RETURN(const auto linked, AsInvalid(FindBool(call.body, "UseServiceLinkedRole")));
  if (role.has_value() == linked.value_or(false)) {
    return Invalid("give either RoleArn or UseServiceLinkedRole=true");
  }
  row.role_arn =
      role.value_or(fmt::format("arn:aws:iam::{}:role/aws-service-role/lakeformation.amazonaws.com/"
                                "AWSServiceRoleForLakeFormationDataAccess",
                                call.service.region().account_id));
  FIRN_ASSIGN_OR_RETURN(const auto federation, AsInvalid(FindBool(call.body, "WithFederation")));
  FIRN_ASSIGN_OR_RETURN(const auto hybrid, AsInvalid(FindBool(call.body, "HybridAccessEnabled")));
  FIRN_ASSIGN_OR_RETURN(const auto privileged,
                        AsInvalid(FindBool(call.body, "WithPrivilegedAccess")));
  row.with_federation = federation.value_or(false);
  row.hybrid_access = hybrid.value_or(false);
  row.with_privileged_access = privileged.value_or(false);
  FIRN_ASSIGN_OR_RETURN(const bool inserted,
                        call.service.ledger().Write([&](Transaction& transaction) {
                          return InsertLocation(transaction, call.service.region(), row);
                        }));
  if (!inserted)
    return AlreadyExists("AlreadyExistsException",
                         fmt::format("Resource is already registered: {}", row.arn));
  return json::object();
}

/// Another role, and what else is named; what is not named stays.
Result<json::object> UpdateResource(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, LocationArn(call));
  FIRN_ASSIGN_OR_RETURN(const std::string role, AsInvalid(GetString(call.body, "RoleArn")));
  const auto role_arn = aws::ParseArn(role);
  if (!role_arn || role_arn->service != "iam" || !role_arn->resource.starts_with("role/")) {
    return Invalid(fmt::format("RoleArn '{}' is no ARN of a role", role.substr(0, 256)));
  }
  FIRN_ASSIGN_OR_RETURN(const auto federation, AsInvalid(FindBool(call.body, "WithFederation")));
  FIRN_ASSIGN_OR_RETURN(const auto hybrid, AsInvalid(FindBool(call.body, "HybridAccessEnabled")));
  FIRN_TRY(call.service.ledger().Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(auto row, FindLocation(transaction, call.service.region(), arn));
    if (!row) return NotRegistered(arn);
    row->role_arn = role;
    row->with_federation = federation.value_or(row->with_federation);
    row->hybrid_access = hybrid.value_or(row->hybrid_access);
    row->modified_at = call.service.clock().Now();
    return UpdateLocation(transaction, call.service.region(), *row);
  }));
  return json::object();
}

Result<json::object> DeregisterResource(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, LocationArn(call));
  FIRN_ASSIGN_OR_RETURN(const bool deleted,
                        call.service.ledger().Write([&](Transaction& transaction) {
                          return DeleteLocation(transaction, call.service.region(), arn);
                        }));
  if (!deleted) return NotRegistered(arn);
  return json::object();
}

Result<json::object> DescribeResource(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, LocationArn(call));
  FIRN_ASSIGN_OR_RETURN(const auto row, call.service.ledger().Read([&](Transaction& transaction) {
    return FindLocation(transaction, call.service.region(), arn);
  }));
  if (!row) return NotRegistered(arn);
  return json::object{{"ResourceInfo", ToJson(*row)}};
}

/// Pages go on after the last ARN shown.
Result<json::object> ListResources(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const auto count, AsInvalid(FindInt64(call.body, "MaxResults")));
  if (count && (*count < 1 || *count > kPageMax))
    return Invalid(fmt::format("MaxResults must be 1 to {}", kPageMax));
  FIRN_ASSIGN_OR_RETURN(const auto token, AsInvalid(FindString(call.body, "NextToken")));
  const auto after = Base64Decode(token.value_or(""));
  if (!after || (!after->empty() && !aws::ParseArn(*after)))
    return Invalid("NextToken is not one that was handed out");
  FIRN_ASSIGN_OR_RETURN(const auto conditions, ParseConditions(call.body));
  FIRN_ASSIGN_OR_RETURN(const auto rows, call.service.ledger().Read([&](Transaction& transaction) {
    return ListLocations(transaction, call.service.region());
  }));
  json::object answer{{"ResourceInfoList", json::array()}};
  json::array& list = answer["ResourceInfoList"].get_array();
  std::string last;
  for (const RegisteredLocationRow& row : rows) {
    const bool fits = std::ranges::all_of(
        conditions, [&](const Condition& condition) { return Fits(condition, row); });
    if (row.arn <= *after || !fits) continue;
    if (static_cast<std::int64_t>(list.size()) == count.value_or(kPageMax)) {
      answer["NextToken"] = Base64Encode(AsBytes(last));
      return answer;
    }
    list.push_back(ToJson(row));
    last = row.arn;
  }
  return answer;
}

}  // namespace firn::lakeformation
