#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/result.h"
#include "cloud/policy/evaluate.h"

/// The only maker of Permit.

namespace firn::policy {

/// What the audit log keeps of one need's decision.
struct AuditRecord {
  WallTime at;
  std::string request_id;
  std::string principal_arn;
  std::string account_id;
  AccessKeyId access_key_id;
  std::string action;
  std::string resource;
  Verdict verdict = Verdict::kImplicitlyDenied;
  Decision decision;
  std::string reasons;  ///< Explain's words.
};

/// Where decisions go. Thread-safe; must not block for long.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual void Record(const AuditRecord& record) = 0;
};

/// Proof that a request was allowed: who, and which (action, resource) pairs. Service functions
/// take it first. Only an Authorizer makes one. Immutable; cheap to copy.
class Permit {
 public:
  const Principal& principal() const { return *principal_; }
  const std::shared_ptr<const Principal>& shared_principal() const { return principal_; }
  const std::string& account_id() const { return principal_->account_id; }
  /// The first need: what the request is about. REQUIRES: Authorize made it.
  const std::string& action() const { return grants_->front().action; }
  const std::string& resource() const { return grants_->front().resource; }
  /// True if this very action on this very resource was allowed.
  bool Covers(std::string_view action, std::string_view resource) const;
  const std::string& request_id() const { return *request_id_; }
  /// Keys of the whole request, for what is asked of the same caller in its course.
  const ConditionContext& request_conditions() const { return *conditions_; }

 private:
  friend class Authorizer;
  struct Grant {
    std::string action;
    std::string resource;
  };
  Permit(std::shared_ptr<const Principal> principal,
         std::shared_ptr<const std::vector<Grant>> grants,
         std::shared_ptr<const ConditionContext> conditions, std::shared_ptr<const std::string> id)
      : principal_(std::move(principal)),
        grants_(std::move(grants)),
        conditions_(std::move(conditions)),
        request_id_(std::move(id)) {}

  std::shared_ptr<const Principal> principal_;
  std::shared_ptr<const std::vector<Grant>> grants_;
  std::shared_ptr<const ConditionContext> conditions_;
  std::shared_ptr<const std::string> request_id_;
};

/// Decides requests and records every decision.
///
/// Thread-safe. `audit` and `clock` must outlive it.
class Authorizer {
 public:
  Authorizer(AuditSink& audit, const Clock& clock) : audit_(audit), clock_(clock) {}

  /// All needs must be allowed; they are evaluated in order, and the first that is not is named.
  ///
  /// Errors: kPermissionDenied/AccessDenied with AWS's denial text and, as a note, the reasons in
  /// words; kInvalidArgument/TooManyNeeds.
  Result<Permit> Authorize(const Context& context, std::shared_ptr<const Principal> principal,
                           const AuthorizationRequest& request) const;

  /// For requests that do what they may and say what they may not: each need by itself. The permit
  /// covers those that are allowed, perhaps none.
  ///
  /// Errors: kInvalidArgument/TooManyNeeds.
  Result<Permit> AuthorizeEach(const Context& context, std::shared_ptr<const Principal> principal,
                               const AuthorizationRequest& request) const;

  /// Whether the need would be allowed; not recorded. For lists that show only what the caller may
  /// see.
  bool WouldAllow(const Principal& principal, const AccessNeed& need,
                  const ConditionContext& request_conditions) const;

 private:
  Decision Decide(const Context& context, const Principal& principal, const AccessNeed& need,
                  const AuthorizationRequest& request, WallTime now) const;

  // Constant after construction.
  AuditSink& audit_;
  const Clock& clock_;
};

}  // namespace firn::policy
