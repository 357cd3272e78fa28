#include <iostream>
#include <string>

#include "base/json.h"
#include "cloud/policy/condition_keys.h"
#include "cloud/policy/evaluate.h"

/// For test/policy, not installed: reads one JSON object a line (principal, policies, request),
/// prints `allowed`, `implicitDeny`, `explicitDeny`, or `refused: ` and why, one line each. With
/// the argument `keys` it prints the table of condition keys.

namespace firn::policy {
namespace {

Result<std::vector<NamedPolicy>> PoliciesOf(const json::object& question, std::string_view name,
                                            PolicyUse use) {
  std::vector<NamedPolicy> policies;
  FIRN_ASSIGN_OR_RETURN(const json::array* texts, FindArray(question, name));
  if (texts == nullptr) return policies;
  for (const json::value& text : *texts) {
    FIRN_ASSIGN_OR_RETURN(auto document, ParsePolicy(std::string(text.as_string()), use));
    policies.push_back({std::string(name), std::make_shared<const PolicyDocument>(document)});
  }
  return policies;
}

PrincipalKind KindOf(std::string_view word) {
  if (word == "root") return PrincipalKind::kRoot;
  if (word == "user") return PrincipalKind::kUser;
  if (word == "role") return PrincipalKind::kAssumedRole;
  if (word == "federated") return PrincipalKind::kFederatedUser;
  if (word == "service") return PrincipalKind::kService;
  return PrincipalKind::kAnonymous;
}

Result<Principal> PrincipalOf(const json::object& question) {
  FIRN_ASSIGN_OR_RETURN(const json::object* who, GetObject(question, "principal"));
  Principal principal;
  FIRN_ASSIGN_OR_RETURN(const std::string kind, GetString(*who, "kind"));
  principal.kind = KindOf(kind);
  FIRN_ASSIGN_OR_RETURN(principal.account_id, GetString(*who, "account"));
  FIRN_ASSIGN_OR_RETURN(principal.arn, GetString(*who, "arn"));
  FIRN_ASSIGN_OR_RETURN(principal.identity_arn, GetString(*who, "identity_arn"));
  FIRN_ASSIGN_OR_RETURN(principal.user_id, GetString(*who, "user_id"));
  FIRN_ASSIGN_OR_RETURN(principal.user_name, GetString(*who, "user_name"));
  FIRN_ASSIGN_OR_RETURN(principal.role_name, GetString(*who, "role_name"));
  FIRN_ASSIGN_OR_RETURN(const json::object* tags, GetObject(*who, "tags"));
  for (const auto& tag : *tags)
    principal.tags.emplace(tag.key(), std::string(tag.value().as_string()));
  FIRN_ASSIGN_OR_RETURN(const auto identity, FindString(*who, "source_identity"));
  principal.source_identity = identity.value_or("");
  FIRN_ASSIGN_OR_RETURN(const auto issued, FindString(*who, "issued_at"));
  if (issued) {
    FIRN_ASSIGN_OR_RETURN(principal.session_issued_at, ParseIso8601(*issued));
  }
  FIRN_ASSIGN_OR_RETURN(principal.identity_policies,
                        PoliciesOf(question, "identity", PolicyUse::kIdentity));
  FIRN_ASSIGN_OR_RETURN(auto boundary, PoliciesOf(question, "boundary", PolicyUse::kIdentity));
  if (!boundary.empty()) principal.boundary = boundary.front();
  if (FindMember(question, "session") != nullptr) {
    FIRN_ASSIGN_OR_RETURN(principal.session_policies,
                          PoliciesOf(question, "session", PolicyUse::kIdentity));
  }
  return principal;
}

Result<Verdict> Judge(std::string_view line) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseJson(line));
  FIRN_ASSIGN_OR_RETURN(const json::object* question, AsObject(document, "the question"));
  FIRN_ASSIGN_OR_RETURN(const Principal principal, PrincipalOf(*question));
  AccessNeed need;
  FIRN_ASSIGN_OR_RETURN(need.action, GetString(*question, "action"));
  FIRN_ASSIGN_OR_RETURN(need.resource, GetString(*question, "resource_arn"));
  FIRN_ASSIGN_OR_RETURN(need.resource_account_id, GetString(*question, "resource_account"));
  FIRN_ASSIGN_OR_RETURN(const bool is_trust, GetBool(*question, "is_trust"));
  need.resource_policy_decides = is_trust;
  FIRN_ASSIGN_OR_RETURN(
      need.resource_policies,
      PoliciesOf(*question, "resource", is_trust ? PolicyUse::kTrust : PolicyUse::kResource));
  ConditionContext context;
  FIRN_ASSIGN_OR_RETURN(const json::object* keys, GetObject(*question, "context"));
  for (const auto& key : *keys) {
    std::vector<std::string> values;
    for (const json::value& value : key.value().as_array()) values.emplace_back(value.as_string());
    context.Set(std::string(key.key()), std::move(values));
  }
  FIRN_ASSIGN_OR_RETURN(const std::string now, GetString(*question, "now"));
  FIRN_ASSIGN_OR_RETURN(const WallTime at, ParseIso8601(now));
  return Evaluate(principal, need, context, at).verdict;
}

std::string_view Word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllowed: return "allowed";
    case Verdict::kImplicitlyDenied: return "implicitDeny";
    case Verdict::kExplicitlyDenied: return "explicitDeny";
  }
  return "";
}

/// The table of condition keys: key, presence and action patterns, a line each.
int PrintKeys() {
  for (const ConditionKey& key : ConditionKeys()) {
    const std::string_view presence = key.presence == Presence::kAlways    ? "always"
                                      : key.presence == Presence::kIfGiven ? "if given"
                                                                           : "never";
    std::cout << key.key << '\t' << presence << '\t' << key.actions << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace firn::policy

int main(int argument_count, char** arguments) {
  if (argument_count == 2 && std::string_view(arguments[1]) == "keys") {
    return firn::policy::PrintKeys();
  }
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto verdict = firn::policy::Judge(line);
    if (verdict) {
      std::cout << firn::policy::Word(*verdict) << '\n';
    } else {
      std::cout << "refused: " << verdict.error().message() << '\n';
    }
  }
  return 0;
}
