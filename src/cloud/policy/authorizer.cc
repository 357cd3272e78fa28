#include "cloud/policy/authorizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "cloud/policy/limits.h"

namespace firn::policy {

bool Permit::Covers(std::string_view action, std::string_view resource) const {
  return std::any_of(grants_->begin(), grants_->end(), [&](const Grant& grant) {
    return EqualsIgnoreCaseAscii(grant.action, action) && grant.resource == resource;
  });
}

namespace {

Status CheckNeedCount(const AuthorizationRequest& request) {
  if (!request.needs.empty() && request.needs.size() <= kNeedsMax) return Ok();
  return InvalidArgument("TooManyNeeds",
                         fmt::format("a request needs 1 to {} permissions, found {}", kNeedsMax,
                                     request.needs.size()));
}

}  // namespace

Decision Authorizer::Decide(const Context& context, const Principal& principal,
                            const AccessNeed& need, const AuthorizationRequest& request,
                            WallTime now) const {
  Decision decision = Evaluate(principal, need, request.conditions, now);
  audit_.Record({.at = now,
                 .request_id = context.request_id(),
                 .principal_arn = principal.arn,
                 .account_id = principal.account_id,
                 .access_key_id = principal.access_key_id,
                 .action = need.action,
                 .resource = need.resource,
                 .verdict = decision.verdict,
                 .decision = decision,
                 .reasons = Explain(decision)});
  return decision;
}

Result<Permit> Authorizer::Authorize(const Context& context,
                                     std::shared_ptr<const Principal> principal,
                                     const AuthorizationRequest& request) const {
  FIRN_TRY(CheckNeedCount(request));
  const WallTime now = clock_.Now();
  auto grants = std::make_shared<std::vector<Permit::Grant>>();
  for (const AccessNeed& need : request.needs) {
    const Decision decision = Decide(context, *principal, need, request, now);
    if (!decision.allowed()) {
      return Unexpected{Error(ErrorCode::kPermissionDenied, "AccessDenied",
                              DenialText(*principal, need, decision))
                            .Note(Explain(decision))};
    }
    grants->push_back({need.action, need.resource});
  }
  return Permit(std::move(principal), std::move(grants),
                std::make_shared<const ConditionContext>(request.conditions),
                std::make_shared<const std::string>(context.request_id()));
}

Result<Permit> Authorizer::AuthorizeEach(const Context& context,
                                         std::shared_ptr<const Principal> principal,
                                         const AuthorizationRequest& request) const {
  FIRN_TRY(CheckNeedCount(request));
  const WallTime now = clock_.Now();
  auto grants = std::make_shared<std::vector<Permit::Grant>>();
  for (const AccessNeed& need : request.needs) {
    if (!Decide(context, *principal, need, request, now).allowed()) continue;
    grants->push_back({need.action, need.resource});
  }
  return Permit(std::move(principal), std::move(grants),
                std::make_shared<const ConditionContext>(request.conditions),
                std::make_shared<const std::string>(context.request_id()));
}

bool Authorizer::WouldAllow(const Principal& principal, const AccessNeed& need,
                            const ConditionContext& request_conditions) const {
  return Evaluate(principal, need, request_conditions, clock_.Now()).allowed();
}

}  // namespace firn::policy
