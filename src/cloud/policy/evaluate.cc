#include "cloud/policy/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/encoding.h"
#include "cloud/policy/condition_internal.h"
#include "cloud/policy/limits.h"
#include "cloud/policy/pattern_internal.h"

namespace firn::policy {
namespace {

/// How a resource policy's Allow reaches the caller ("Resource-based policies" of the evaluation
/// logic).
enum class Reach {
  kNone,
  kAccount,  ///< Through the account: counts only with an identity policy that allows.
  kLimited,  ///< The role: boundary and session policies still limit it.
  kDirect,   ///< This very user, session or service, or everyone: nothing else need allow.
};

/// Keys about the caller and the time; the request's own keys cannot override them.
ConditionContext FullContext(const Principal& principal, const AccessNeed& need,
                             const ConditionContext& request, WallTime now) {
  ConditionContext context = request;
  for (const auto& [key, values] : need.conditions.all()) context.Set(key, values);
  context.Set("aws:CurrentTime", FormatIso8601(now));
  context.Set("aws:EpochTime", std::to_string(MillisSinceEpoch(now) / 1000));
  if (principal.kind == PrincipalKind::kAnonymous) {
    context.Set("aws:PrincipalType", "Anonymous");
    return context;
  }
  context.Set("aws:userid", principal.user_id);
  context.Set("aws:PrincipalArn", principal.identity_arn);
  context.Set("aws:PrincipalAccount", principal.account_id);
  context.Set("aws:PrincipalIsAWSService",
              principal.kind == PrincipalKind::kService ? "true" : "false");
  if (principal.kind == PrincipalKind::kUser) {
    context.Set("aws:username", principal.user_name);
    context.Set("aws:PrincipalType", "User");
  } else if (principal.kind == PrincipalKind::kRoot) {
    context.Set("aws:PrincipalType", "Account");
  } else if (principal.kind == PrincipalKind::kAssumedRole) {
    context.Set("aws:PrincipalType", "AssumedRole");
  } else if (principal.kind == PrincipalKind::kFederatedUser) {
    context.Set("aws:PrincipalType", "FederatedUser");
  }
  if (!principal.source_identity.empty()) {
    context.Set("aws:SourceIdentity", principal.source_identity);
  }
  for (const auto& [key, value] : principal.tags) context.Set("aws:PrincipalTag/" + key, value);
  if (principal.session_issued_at) {
    context.Set("aws:TokenIssueTime", FormatIso8601(*principal.session_issued_at));
    // Temporary credentials have the key and long-lived ones have not; there are no MFA devices
    // here.
    context.Set("aws:MultiFactorAuthPresent", "false");
  }
  return context;
}

bool MatchesAction(const Statement& statement, std::string_view action) {
  const bool listed = std::any_of(statement.actions.begin(), statement.actions.end(),
                                  [&](const std::string& pattern) {
                                    return MatchesIgnoringCase(WildcardPattern(pattern), action);
                                  });
  return listed != statement.not_action;
}

bool MatchesResource(const Statement& statement, std::string_view resource,
                     const ConditionContext& context, bool has_variables) {
  if (statement.resources.empty()) return true;  // A trust policy is about its own role.
  bool unresolved = false;
  const bool listed = std::any_of(
      statement.resources.begin(), statement.resources.end(), [&](const std::string& text) {
        if (!has_variables) return Matches(WildcardPattern(text), resource);
        const std::optional<Pattern> pattern = ExpandVariables(text, context, true);
        if (!pattern) unresolved = true;
        return pattern && Matches(*pattern, resource);
      });
  // What NotResource spares is unknown when a variable is: an Allow must then not reach further
  // than it says.
  if (statement.not_resource && unresolved && statement.effect == Effect::kAllow) return false;
  return listed != statement.not_resource;
}

Reach ReachOf(const PrincipalPattern& pattern, const Principal& principal) {
  switch (pattern.kind) {
    case PrincipalPattern::Kind::kEveryone: return Reach::kDirect;
    case PrincipalPattern::Kind::kAccount:
      if (principal.kind == PrincipalKind::kService || pattern.value != principal.account_id) {
        return Reach::kNone;
      }
      return Reach::kAccount;
    case PrincipalPattern::Kind::kArn:
      if (pattern.value == principal.arn) return Reach::kDirect;
      return pattern.value == principal.identity_arn ? Reach::kLimited : Reach::kNone;
    case PrincipalPattern::Kind::kService:
      return principal.kind == PrincipalKind::kService && pattern.value == principal.arn
                 ? Reach::kDirect
                 : Reach::kNone;
    case PrincipalPattern::Kind::kFederated:
    case PrincipalPattern::Kind::kCanonicalUser: return Reach::kNone;
  }
  return Reach::kNone;
}

/// NotPrincipal spares a caller only if it names the caller and all it acts through: account, role
/// and session.
bool SparedByNotPrincipal(const Statement& statement, const Principal& principal) {
  const auto names = [&](auto matches) {
    return std::any_of(statement.principals.begin(), statement.principals.end(), matches);
  };
  if (names([](const auto& p) { return p.kind == PrincipalPattern::Kind::kEveryone; })) return true;
  if (principal.kind == PrincipalKind::kService) {
    return names([&](const auto& p) { return ReachOf(p, principal) == Reach::kDirect; });
  }
  const bool account = names([&](const auto& p) {
    return p.kind == PrincipalPattern::Kind::kAccount && p.value == principal.account_id;
  });
  if (principal.kind == PrincipalKind::kRoot) return account;
  const auto names_arn = [&](const std::string& arn) {
    return names(
        [&](const auto& p) { return p.kind == PrincipalPattern::Kind::kArn && p.value == arn; });
  };
  return account && names_arn(principal.arn) && names_arn(principal.identity_arn);
}

Reach ReachOf(const Statement& statement, const Principal& principal) {
  if (statement.not_principal) {
    return SparedByNotPrincipal(statement, principal) ? Reach::kNone : Reach::kLimited;
  }
  Reach best = Reach::kNone;
  for (const PrincipalPattern& pattern : statement.principals) {
    best = std::max(best, ReachOf(pattern, principal));
  }
  return best;
}

/// One request against every policy there is.
class Evaluation {
 public:
  Evaluation(const Principal& principal, const AccessNeed& need, ConditionContext context)
      : principal_(principal), need_(need), context_(std::move(context)) {}

  Decision Run() {
    Decision decision = Decide();
    if (decision.verdict == Verdict::kImplicitlyDenied) {
      decision.near_misses = std::move(near_misses_);
    }
    return decision;
  }

 private:
  Decision Decide() {
    LookAt(principal_.identity_policies, Layer::kIdentity);
    LookAt(need_.resource_policies, Layer::kResource);
    if (principal_.boundary) LookAt(std::span(&*principal_.boundary, 1), Layer::kBoundary);
    if (principal_.session_policies) LookAt(*principal_.session_policies, Layer::kSession);
    if (principal_.kind == PrincipalKind::kRoot && !is_cross_account() && RepairsAPolicy())
      denials_.clear();
    if (!denials_.empty()) {
      return {.verdict = Verdict::kExplicitlyDenied, .matched = std::move(denials_)};
    }
    if (principal_.kind == PrincipalKind::kRoot && !is_cross_account()) return DecideRoot();
    return is_cross_account() ? DecideCrossAccount() : DecideOwnAccount();
  }

  bool is_cross_account() const {
    return !need_.resource_account_id.empty() && !principal_.account_id.empty() &&
           need_.resource_account_id != principal_.account_id;
  }

  /// The account root may always read and replace the policy of its own resource, however that
  /// locks it out, unless its own session policy says no (S3, "PutBucketPolicy").
  bool RepairsAPolicy() const {
    static constexpr std::array<std::string_view, 9> kActions = {"s3:getbucketpolicy",
                                                                 "s3:putbucketpolicy",
                                                                 "s3:deletebucketpolicy",
                                                                 "s3tables:gettablebucketpolicy",
                                                                 "s3tables:puttablebucketpolicy",
                                                                 "s3tables:deletetablebucketpolicy",
                                                                 "s3tables:gettablepolicy",
                                                                 "s3tables:puttablepolicy",
                                                                 "s3tables:deletetablepolicy"};
    if (principal_.session_policies) return false;
    return std::find(kActions.begin(), kActions.end(), ToLowerAscii(need_.action)) !=
           kActions.end();
  }

  void LookAt(std::span<const NamedPolicy> policies, Layer layer) {
    for (const NamedPolicy& policy : policies) {
      const std::vector<Statement>& statements = policy.document->statements;
      for (std::size_t i = 0; i < statements.size(); ++i) LookAt(policy, i, layer);
    }
  }

  void LookAt(const NamedPolicy& policy, std::size_t index, Layer layer) {
    const Statement& statement = policy.document->statements[index];
    const bool has_variables = policy.document->has_variables();
    Reach reach = Reach::kDirect;
    if (layer == Layer::kResource) {
      reach = ReachOf(statement, principal_);
      if (reach == Reach::kNone) return;
    }
    if (!MatchesAction(statement, need_.action)) return;
    if (!MatchesResource(statement, need_.resource, context_, has_variables)) return;
    MatchedStatement matched{.layer = layer,
                             .policy_name = policy.name,
                             .statement_index = index,
                             .sid = statement.sid,
                             .line = statement.line,
                             .effect = statement.effect};
    for (const ConditionTest& test : statement.conditions) {
      if (Holds(test, context_, has_variables)) continue;
      if (statement.effect == Effect::kAllow && near_misses_.size() < kNearMissesMax) {
        const std::vector<std::string>* found = context_.Find(test.key);
        near_misses_.push_back({std::move(matched), test.key, test.values,
                                found == nullptr ? std::vector<std::string>() : *found});
      }
      return;
    }
    if (statement.effect == Effect::kDeny) {
      denials_.push_back(std::move(matched));
      return;
    }
    std::optional<MatchedStatement>& allowance = allowances_[static_cast<std::size_t>(layer)];
    if (layer == Layer::kResource) {
      if (allowance && reach <= resource_reach_) return;
      resource_reach_ = reach;
      allowance = std::move(matched);
    } else if (!allowance) {
      allowance = std::move(matched);
    }
  }

  bool Allows(Layer layer) const {
    return allowances_[static_cast<std::size_t>(layer)].has_value();
  }

  Decision Allowed(std::initializer_list<Layer> layers) const {
    Decision decision{.verdict = Verdict::kAllowed};
    for (const Layer layer : layers) {
      const std::optional<MatchedStatement>& allowance =
          allowances_[static_cast<std::size_t>(layer)];
      if (allowance) decision.matched.push_back(*allowance);
    }
    return decision;
  }

  static Decision Missing(std::vector<Layer> missing) {
    return {.verdict = Verdict::kImplicitlyDenied, .missing = std::move(missing)};
  }

  std::vector<Layer> SilentLimits() const {
    std::vector<Layer> silent;
    if (principal_.boundary && !Allows(Layer::kBoundary)) silent.push_back(Layer::kBoundary);
    if (principal_.session_policies && !Allows(Layer::kSession)) silent.push_back(Layer::kSession);
    return silent;
  }

  Decision DecideRoot() const {
    if (principal_.session_policies && !Allows(Layer::kSession)) return Missing({Layer::kSession});
    if (need_.resource_policy_decides && resource_reach_ == Reach::kNone) {
      return Missing({Layer::kResource});
    }
    Decision decision = Allowed({Layer::kSession, Layer::kResource});
    decision.by_principal_kind = true;
    return decision;
  }

  Decision DecideOwnAccount() const {
    if (principal_.kind == PrincipalKind::kAnonymous ||
        principal_.kind == PrincipalKind::kService) {
      if (resource_reach_ >= Reach::kLimited) return Allowed({Layer::kResource});
      return Missing({Layer::kResource});
    }
    const bool unlimited =
        resource_reach_ == Reach::kDirect &&
        (principal_.kind == PrincipalKind::kAssumedRole ||
         principal_.kind == PrincipalKind::kFederatedUser || !principal_.session_policies);
    if (unlimited) return Allowed({Layer::kResource});
    std::vector<Layer> missing;
    if (need_.resource_policy_decides && resource_reach_ == Reach::kNone) {
      missing.push_back(Layer::kResource);
    }
    const bool by_resource = resource_reach_ >= Reach::kLimited;
    if (!by_resource && !Allows(Layer::kIdentity)) missing.push_back(Layer::kIdentity);
    const std::vector<Layer> silent = SilentLimits();
    missing.insert(missing.end(), silent.begin(), silent.end());
    if (!missing.empty()) return Missing(std::move(missing));
    if (by_resource && !Allows(Layer::kIdentity)) {
      return Allowed({Layer::kResource, Layer::kBoundary, Layer::kSession});
    }
    return Allowed({Layer::kIdentity, Layer::kBoundary, Layer::kSession});
  }

  /// Both accounts must agree: the resource's policy, and the caller's own policies (none are
  /// needed by its root).
  Decision DecideCrossAccount() const {
    std::vector<Layer> missing;
    if (resource_reach_ == Reach::kNone) missing.push_back(Layer::kResource);
    if (principal_.kind != PrincipalKind::kRoot && !Allows(Layer::kIdentity)) {
      missing.push_back(Layer::kIdentity);
    }
    const std::vector<Layer> silent = SilentLimits();
    missing.insert(missing.end(), silent.begin(), silent.end());
    if (!missing.empty()) return Missing(std::move(missing));
    return Allowed({Layer::kIdentity, Layer::kResource, Layer::kBoundary, Layer::kSession});
  }

  const Principal& principal_;
  const AccessNeed& need_;
  const ConditionContext context_;
  std::vector<MatchedStatement> denials_;
  std::vector<NearMiss> near_misses_;
  std::array<std::optional<MatchedStatement>, 4> allowances_;
  Reach resource_reach_ = Reach::kNone;
};

std::string_view DenyingPolicy(Layer layer) {
  switch (layer) {
    case Layer::kIdentity: return "an identity-based policy";
    case Layer::kResource: return "a resource-based policy";
    case Layer::kBoundary: return "a permissions boundary";
    case Layer::kSession: return "a session policy";
  }
  return "";
}

std::string Described(const MatchedStatement& statement) {
  return fmt::format("statement {} of {} ({}, line {})",
                     statement.sid.empty() ? fmt::format("{}", statement.statement_index + 1)
                                           : fmt::format("\"{}\"", statement.sid),
                     statement.policy_name, LayerName(statement.layer), statement.line);
}

/// `"a" or "b"`; long lists are cut.
std::string Listed(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size() && i < 3; ++i) {
    text += fmt::format("{}\"{}\"", i == 0 ? "" : " or ", values[i].substr(0, 200));
  }
  return values.size() > 3 ? text + " or others" : text;
}

}  // namespace

ConditionContext KnownKeys(const Principal& principal, const AccessNeed& need,
                           const ConditionContext& request_conditions, WallTime now) {
  return FullContext(principal, need, request_conditions, now);
}

Decision Evaluate(const Principal& principal, const AccessNeed& need,
                  const ConditionContext& request_conditions, WallTime now) {
  if (principal.kind == PrincipalKind::kInternal) {
    return {.verdict = Verdict::kAllowed, .by_principal_kind = true};
  }
  return Evaluation(principal, need, FullContext(principal, need, request_conditions, now)).Run();
}

std::string DenialText(const Principal& principal, const AccessNeed& need,
                       const Decision& decision) {
  std::string text = fmt::format("User: {} is not authorized to perform: {} on resource: {}",
                                 principal.arn, need.action, need.resource);
  if (decision.verdict == Verdict::kExplicitlyDenied && !decision.matched.empty()) {
    text +=
        fmt::format(" with an explicit deny in {}", DenyingPolicy(decision.matched.front().layer));
  } else if (!decision.missing.empty()) {
    text += fmt::format(" because no {} allows the {} action", LayerName(decision.missing.front()),
                        need.action);
  }
  return text;
}

std::string Explain(const Decision& decision) {
  std::string words(VerdictName(decision.verdict));
  if (decision.by_principal_kind) {
    words += ": the caller is the account root or Firn itself";
  }
  std::string_view joint = decision.by_principal_kind ? "; " : ": ";
  for (const MatchedStatement& statement : decision.matched) {
    words += joint;
    words += statement.effect == Effect::kAllow ? "allowed by " : "denied by ";
    words += Described(statement);
    joint = ", ";
  }
  for (const Layer layer : decision.missing) {
    words += fmt::format("{}no {} allows it", joint, LayerName(layer));
    joint = ", ";
  }
  for (const NearMiss& miss : decision.near_misses) {
    words += fmt::format("; {} would, but its condition on {} wants {} and the request has {}",
                         Described(miss.statement), miss.key, Listed(miss.wanted),
                         miss.found.empty() ? "none" : Listed(miss.found));
  }
  return words;
}

std::string_view LayerName(Layer layer) {
  switch (layer) {
    case Layer::kIdentity: return "identity-based policy";
    case Layer::kResource: return "resource-based policy";
    case Layer::kBoundary: return "permissions boundary";
    case Layer::kSession: return "session policy";
  }
  return "";
}

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllowed: return "allowed";
    case Verdict::kImplicitlyDenied: return "implicitly denied";
    case Verdict::kExplicitlyDenied: return "explicitly denied";
  }
  return "";
}

}  // namespace firn::policy
