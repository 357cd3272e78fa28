#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "engine/session/access_internal.h"
#include "engine/session/user_properties_internal.h"
#include "engine/session/user_statements_internal.h"

namespace firn::session {
namespace {

constexpr std::string_view kVariablePrefix = "session.";
constexpr std::string_view kConnectionsMax = "max_user_connections";
constexpr std::string_view kStatementsMax = "firn.max_running_statements";
constexpr std::int64_t kCountMax = 1'000'000;

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::optional<std::int64_t> NumberOf(const std::map<std::string, std::string>& properties,
                                     std::string_view key) {
  const auto found = properties.find(std::string(key));
  if (found == properties.end()) return std::nullopt;
  return ParseNumber(found->second);
}

Status BadValue(const sql::Property& property, std::string_view wanted) {
  return InvalidArgument("BadPropertyValue", fmt::format("the property '{}' takes {}, not '{}'",
                                                         property.key, wanted, property.value));
}

/// An empty value takes the property away, and is good for every one.
Status CheckProperty(StatementRun& run, const std::string& key, const sql::Property& property) {
  const bool is_variable = key.starts_with(kVariablePrefix);
  if (!is_variable && key != kConnectionsMax && key != kStatementsMax) {
    return InvalidArgument(
        "UnknownProperty",
        fmt::format("Unknown property '{}' of a user; there are {}, {} and {}<variable>",
                    property.key, kConnectionsMax, kStatementsMax, kVariablePrefix));
  }
  if (property.value.empty()) return Ok();
  if (!is_variable) {
    const auto number = ParseNumber(property.value);
    if (number && *number >= 1 && *number <= kCountMax) return Ok();
    return BadValue(property, "a number from 1 on");
  }
  // Tried on variables that nobody has.
  SessionVariables tried(run.state.environment.global_variables);
  const std::string name = key.substr(kVariablePrefix.size());
  FIRN_TRY(tried.Set(VariableScope::kSession, name, property.value));
  if (name == "query_mem_limit" || name == "exec_mem_limit") {
    run.state.Warn(1105, name +
                             " has no effect: all statements share the server's memory limit, "
                             "and what does not fit goes to disk");
  }
  return Ok();
}

}  // namespace

UserLimits LimitsOf(const SessionState& state) {
  const auto book = state.environment.privileges.book();
  const auto found = book->users.find(state.account());
  if (found == book->users.end() || found->second.properties.empty()) return {};
  const auto& properties = found->second.properties;
  UserLimits limits;
  if (const auto count = NumberOf(properties, kConnectionsMax))
    limits.connections_max = static_cast<std::size_t>(*count);
  if (const auto count = NumberOf(properties, kStatementsMax))
    limits.statements_max = static_cast<std::size_t>(*count);
  limits.query_timeout_s = NumberOf(properties, "session.query_timeout");
  limits.insert_timeout_s = NumberOf(properties, "session.insert_timeout");
  return limits;
}

std::vector<std::pair<std::string, std::string>> SessionVariablesOf(
    const std::map<std::string, std::string>& properties) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (const auto& [key, value] : properties) {
    if (key.starts_with(kVariablePrefix))
      variables.emplace_back(key.substr(kVariablePrefix.size()), value);
  }
  return variables;
}

Status SetUserProperties(StatementRun& run, const AccountName& account,
                         const std::vector<sql::Property>& properties) {
  if (properties.empty()) return Ok();
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  FIRN_TRY(RequireRootFor(run.state, account));
  FIRN_TRY(CheckAccount(run.state, account));
  std::map<std::string, std::string> set;
  for (const sql::Property& property : properties) {
    const std::string key = ToLowerAscii(property.key);
    FIRN_TRY(CheckProperty(run, key, property));
    set[key] = property.value;
  }
  return run.state.environment.privileges.SetProperties(account, set);
}

}  // namespace firn::session
