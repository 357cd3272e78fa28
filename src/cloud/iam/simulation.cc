#include <fmt/format.h>

#include <set>

#include "cloud/iam/call_internal.h"
#include "cloud/policy/evaluate.h"

/// What would a principal, or a set of policies, be allowed? The evaluator, asked without acting.

namespace firn::iam {

using policy::ConditionContext;
using policy::NamedPolicy;
using policy::Principal;

namespace {

Result<std::vector<NamedPolicy>> PoliciesOf(const aws::Form& form, std::string_view parameter) {
  std::vector<NamedPolicy> policies;
  for (const std::string& text : form.Members(parameter)) {
    FIRN_ASSIGN_OR_RETURN(auto document, policy::ParsePolicy(text, policy::PolicyUse::kIdentity));
    policies.push_back({fmt::format("{}.{}", parameter, policies.size() + 1),
                        std::make_shared<const policy::PolicyDocument>(std::move(document))});
  }
  return policies;
}

Result<ConditionContext> ContextOf(const aws::Form& form) {
  ConditionContext context;
  for (std::size_t i = 1; i <= kSimulationMax; ++i) {
    const std::string prefix = fmt::format("ContextEntries.member.{}", i);
    const auto name = form.Find(prefix + ".ContextKeyName");
    if (!name) return context;
    context.Set(*name, form.Members(prefix + ".ContextKeyValues"));
  }
  return InvalidArgument("InvalidInput",
                         fmt::format("more than {} context entries", kSimulationMax));
}

std::string_view DecisionWord(policy::Verdict verdict) {
  switch (verdict) {
    case policy::Verdict::kAllowed: return "allowed";
    case policy::Verdict::kImplicitlyDenied: return "implicitDeny";
    case policy::Verdict::kExplicitlyDenied: return "explicitDeny";
  }
  return "";
}

/// Condition keys of the policies, as written, in order and each once; those `context` has left
/// out.
std::vector<std::string> KeysOf(const std::vector<const NamedPolicy*>& policies,
                                const ConditionContext& context) {
  std::vector<std::string> keys;
  std::set<std::string_view> seen;
  for (const NamedPolicy* policy : policies) {
    for (const policy::Statement& statement : policy->document->statements) {
      for (const policy::ConditionTest& test : statement.conditions) {
        if (context.Find(test.key) != nullptr || !seen.insert(test.key).second) continue;
        keys.push_back(test.key_written);
      }
    }
  }
  return keys;
}

std::vector<const NamedPolicy*> PoliciesOf(const Principal& principal,
                                           const std::vector<NamedPolicy>& resource_policies) {
  std::vector<const NamedPolicy*> policies;
  for (const NamedPolicy& policy : principal.identity_policies) policies.push_back(&policy);
  if (principal.boundary) policies.push_back(&*principal.boundary);
  for (const NamedPolicy& policy : resource_policies) policies.push_back(&policy);
  return policies;
}

/// Whether the boundary by itself would let the request through.
bool BoundaryAllows(Principal principal, policy::AccessNeed need, const ConditionContext& context,
                    WallTime now) {
  principal.identity_policies = {*principal.boundary};
  principal.boundary.reset();
  need.resource_policies.clear();
  return policy::Evaluate(principal, need, context, now).allowed();
}

void WriteKeys(std::string_view element, const std::vector<std::string>& keys,
               aws::XmlWriter& out) {
  out.Open(element);
  for (const std::string& key : keys) out.Text("member", key);
  out.Close(element);
}

/// A decision and what else IAM says of it.
struct Evaluated {
  policy::Decision decision;
  std::vector<std::string> missing_keys;
  std::optional<bool> boundary_allows;  ///< Absent without a boundary.
};

void WriteEvaluation(const policy::AccessNeed& need, const Evaluated& evaluated,
                     aws::XmlWriter& out) {
  const policy::Decision& decision = evaluated.decision;
  out.Open("member")
      .Text("EvalActionName", need.action)
      .Text("EvalResourceName", need.resource)
      .Text("EvalDecision", DecisionWord(decision.verdict))
      .Open("MatchedStatements");
  for (const policy::MatchedStatement& matched : decision.matched) {
    out.Open("member")
        .Text("SourcePolicyId", matched.policy_name)
        .Text("SourcePolicyType",
              matched.layer == policy::Layer::kResource ? "Resource Policy" : "IAM Policy")
        .Open("StartPosition")
        .Text("Line", std::to_string(matched.line))
        .Text("Column", "1")
        .Close("StartPosition")
        .Close("member");
  }
  out.Close("MatchedStatements");
  WriteKeys("MissingContextValues", evaluated.missing_keys, out);
  if (evaluated.boundary_allows) {
    out.Open("PermissionsBoundaryDecisionDetail")
        .Text("AllowedByPermissionsBoundary", *evaluated.boundary_allows ? "true" : "false")
        .Close("PermissionsBoundaryDecisionDetail");
  }
  out.Close("member");
}

Status Simulate(const IamApi::Parts& parts, const Principal& principal, const aws::Form& form,
                aws::XmlWriter& out) {
  const std::vector<std::string> actions = form.Members("ActionNames");
  std::vector<std::string> resources = form.Members("ResourceArns");
  if (actions.empty()) {
    return InvalidArgument(
        "ValidationError",
        "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: "
        "Member must not be null");
  }
  if (resources.empty()) resources.emplace_back("*");
  if (actions.size() * resources.size() > kSimulationMax) {
    return InvalidArgument(
        "InvalidInput", fmt::format("more than {} evaluations in one simulation", kSimulationMax));
  }
  FIRN_ASSIGN_OR_RETURN(const ConditionContext context, ContextOf(form));
  std::vector<NamedPolicy> resource_policies;
  if (const auto text = form.Find("ResourcePolicy")) {
    FIRN_ASSIGN_OR_RETURN(auto document, policy::ParsePolicy(*text, policy::PolicyUse::kResource));
    resource_policies.push_back(
        {"ResourcePolicy", std::make_shared<const policy::PolicyDocument>(std::move(document))});
  }
  out.Open("EvaluationResults");
  for (const std::string& action : actions) {
    if (action.find(':') == std::string::npos) {
      return InvalidArgument("InvalidInput",
                             fmt::format("Invalid Action: {}", action.substr(0, 128)));
    }
    for (const std::string& resource : resources) {
      policy::AccessNeed need{
          .action = action, .resource = resource, .resource_policies = resource_policies};
      const WallTime now = parts.clock.Now();
      Evaluated evaluated{.decision = policy::Evaluate(principal, need, context, now),
                          .missing_keys = KeysOf(PoliciesOf(principal, resource_policies),
                                                 policy::KnownKeys(principal, need, context, now))};
      if (principal.boundary)
        evaluated.boundary_allows = BoundaryAllows(principal, need, context, now);
      WriteEvaluation(need, evaluated, out);
    }
  }
  out.Close("EvaluationResults");
  WritePageEnd(out, false, "");
  return Ok();
}

/// Boundary policies given with the request replace the principal's; several are one boundary that
/// all must allow, so only one is taken, as IAM does.
Status TakeBoundary(const aws::Form& form, Principal& principal) {
  FIRN_ASSIGN_OR_RETURN(auto boundaries, PoliciesOf(form, "PermissionsBoundaryPolicyInputList"));
  if (boundaries.size() > 1)
    return InvalidArgument("InvalidInput", "Only one permissions boundary can be given.");
  if (!boundaries.empty()) principal.boundary = std::move(boundaries.front());
  return Ok();
}

}  // namespace

namespace {

Result<Principal> SourceOf(const IamApi::Parts& parts, const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, RequireParameter(form, "PolicySourceArn"));
  auto found = parts.identities.FindPrincipal(arn);
  if (!found && found.error().code() == ErrorCode::kInvalidArgument) {
    return InvalidArgument("InvalidInput",
                           fmt::format("Invalid Entity Arn: {}", arn.substr(0, 256)));
  }
  if (!found) return Unexpected{std::move(found).error()};
  Principal principal = **found;
  FIRN_ASSIGN_OR_RETURN(auto extra, PoliciesOf(form, "PolicyInputList"));
  for (NamedPolicy& policy : extra) principal.identity_policies.push_back(std::move(policy));
  return principal;
}

}  // namespace

Status SimulatePrincipalPolicy(const IamApi::Parts& parts, const aws::Form& form,
                               aws::XmlWriter& out) {
  FIRN_ASSIGN_OR_RETURN(Principal principal, SourceOf(parts, form));
  FIRN_TRY(TakeBoundary(form, principal));
  return Simulate(parts, principal, form, out);
}

Status SimulateCustomPolicy(const IamApi::Parts& parts, const aws::Form& form,
                            aws::XmlWriter& out) {
  Principal principal;
  principal.kind = policy::PrincipalKind::kUser;
  principal.account_id = parts.account_id;
  principal.arn =
      form.Get("CallerArn", fmt::format("arn:aws:iam::{}:user/simulated", parts.account_id));
  principal.identity_arn = principal.arn;
  principal.user_name = principal.arn.substr(principal.arn.rfind('/') + 1);
  FIRN_ASSIGN_OR_RETURN(principal.identity_policies, PoliciesOf(form, "PolicyInputList"));
  FIRN_TRY(TakeBoundary(form, principal));
  return Simulate(parts, principal, form, out);
}

Status GetContextKeysForCustomPolicy([[maybe_unused]] const IamApi::Parts& parts,
                                     const aws::Form& form, aws::XmlWriter& out) {
  Principal principal;
  FIRN_ASSIGN_OR_RETURN(principal.identity_policies, PoliciesOf(form, "PolicyInputList"));
  WriteKeys("ContextKeyNames", KeysOf(PoliciesOf(principal, {}), {}), out);
  return Ok();
}

Status GetContextKeysForPrincipalPolicy(const IamApi::Parts& parts, const aws::Form& form,
                                        aws::XmlWriter& out) {
  FIRN_ASSIGN_OR_RETURN(const Principal principal, SourceOf(parts, form));
  WriteKeys("ContextKeyNames", KeysOf(PoliciesOf(principal, {}), {}), out);
  return Ok();
}

}  // namespace firn::iam
