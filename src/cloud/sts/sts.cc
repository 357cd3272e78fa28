#include "cloud/sts/sts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/session_rows.h"
#include "cloud/sts/limits.h"
#include "cloud/sts/parameters_internal.h"
#include "wire/aws/arn.h"
#include "wire/aws/xml.h"

namespace firn::sts {

using ledger::EntityRow;
using ledger::SessionRow;
using ledger::Transaction;
using policy::Principal;
using policy::PrincipalKind;

namespace {

constexpr NameParameter kRoleSessionName{"RoleSessionName", "roleSessionName", kSessionNameMax};
constexpr NameParameter kFederatedName{"Name", "name", kFederatedNameMax};

void WriteCredentials(const TemporaryCredentials& made, aws::XmlWriter& out) {
  out.Open("Credentials")
      .Text("AccessKeyId", made.credentials.access_key_id.value())
      .Text("SecretAccessKey", made.credentials.secret_key.Reveal())
      .Text("SessionToken", made.credentials.session_token.Reveal())
      .Text("Expiration", FormatIso8601(made.expires_at))
      .Close("Credentials");
}

/// What a new session is; the rest of its row is made here.
struct NewSession {
  std::string principal_kind;
  std::string principal_name;
  std::string session_name;
  std::string session_policies_json;
  std::string session_tags_json;
  std::int64_t seconds = 0;
  std::string transitive_tags_json;
  std::string source_identity;
};

Result<TemporaryCredentials> MintSession(const Sts::Parts& parts, const NewSession& session) {
  const WallTime now = parts.clock.Now();
  const WallTime expires_at = now + std::chrono::seconds(session.seconds);
  TemporaryCredentials made{
      .credentials = {iam::NewAccessKeyId("ASIA", parts.random), iam::NewSecretKey(parts.random),
                      Secret(RandomText(
                          parts.random, kSessionTokenChars,
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))},
      .expires_at = expires_at};
  SessionRow row{.access_key_id = made.credentials.access_key_id,
                 .account_id = parts.account_id,
                 .token_sha256 = Sha256(made.credentials.session_token.Reveal()),
                 .principal_kind = session.principal_kind,
                 .principal_name = session.principal_name,
                 .session_name = session.session_name,
                 .session_policies_json = session.session_policies_json,
                 .session_tags_json = session.session_tags_json,
                 .issued_at = now,
                 .expires_at = expires_at,
                 .transitive_tags_json = session.transitive_tags_json,
                 .source_identity = session.source_identity};
  FIRN_ASSIGN_OR_RETURN(row.sealed_secret,
                        parts.sealer.Seal(made.credentials.secret_key, row.access_key_id.value()));
  FIRN_TRY(parts.ledger.Write(
      [&](Transaction& transaction) { return InsertSession(transaction, row); }));
  return made;
}

/// As the row keeps them; empty when there are none.
std::string TagsJson(const policy::Tags& tags) {
  json::object object;
  for (const auto& [key, value] : tags) object[key] = value;
  return object.empty() ? std::string() : PrintJson(object);
}

struct Role {
  EntityRow row;
  policy::Tags tags;
};

/// The role whose ARN this is, its path included: another path is another ARN, which policies may
/// treat apart.
Result<std::optional<Role>> FindRole(const Sts::Parts& parts, const RoleName& role) {
  if (role.account_id != parts.account_id) return std::optional<Role>();
  return parts.ledger.Read([&](Transaction& transaction) -> Result<std::optional<Role>> {
    FIRN_ASSIGN_OR_RETURN(
        auto row, FindEntity(transaction, {role.account_id, ledger::EntityKind::kRole, role.name}));
    if (!row || "role" + row->path + row->key.name != role.resource) return std::optional<Role>();
    Role found{.row = *std::move(row)};
    FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(transaction, found.row.key));
    for (const ledger::TagRow& tag : tags) found.tags.emplace_back(tag.key, tag.value);
    return std::optional(std::move(found));
  });
}

/// Of a role session to be: what the caller gives and what passes along from the caller's own
/// session.
struct PassedTags {
  policy::Tags tags;        ///< All.
  policy::Tags transitive;  ///< Those that pass on again.
};

Result<PassedTags> PassedTagsOf(const Principal& caller, const aws::Form& form) {
  PassedTags passed;
  FIRN_ASSIGN_OR_RETURN(passed.tags, SessionTagsOf(form));
  FIRN_ASSIGN_OR_RETURN(passed.transitive, TransitiveTagsOf(form, passed.tags));
  for (const auto& inherited : caller.transitive_tags) {
    const bool is_given = std::any_of(passed.tags.begin(), passed.tags.end(), [&](const auto& tag) {
      return EqualsIgnoreCaseAscii(tag.first, inherited.first);
    });
    if (is_given) {
      return InvalidArgument("InvalidParameterValue",
                             "One of the specified transitive tag keys can't be set because it "
                             "conflicts with a transitive tag key from the calling session.");
    }
    passed.tags.emplace_back(inherited);
    passed.transitive.emplace_back(inherited);
  }
  return passed;
}

/// The caller's own stays along a chain and cannot be changed. Errors also:
/// kPermissionDenied/AccessDenied.
Result<std::string> PassedSourceIdentity(const Principal& caller, const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(std::string identity, SourceIdentityOf(form));
  if (caller.source_identity.empty()) return identity;
  if (!identity.empty() && identity != caller.source_identity) {
    return PermissionDenied(
        "AccessDenied",
        "SourceIdentity cannot be changed: the calling session has " + caller.source_identity);
  }
  return caller.source_identity;
}

void WritePackedSize(const NewSession& session, aws::XmlWriter& out) {
  const std::size_t bytes = session.session_policies_json.size() + session.session_tags_json.size();
  if (bytes == 0) return;
  const std::size_t percent = bytes * 100 / kVendedPolicyBytesMax;
  out.Text("PackedPolicySize", std::to_string(std::min<std::size_t>(percent, 100)));
}

Result<NewSession> RoleSessionOf(const Sts::Parts& parts, const Principal& caller,
                                 const aws::Form& form) {
  NewSession session{.principal_kind = "role"};
  FIRN_ASSIGN_OR_RETURN(session.session_name, RequireName(form, kRoleSessionName));
  FIRN_ASSIGN_OR_RETURN(session.session_policies_json, SessionPoliciesOf(parts, form));
  FIRN_ASSIGN_OR_RETURN(const PassedTags passed, PassedTagsOf(caller, form));
  session.session_tags_json = TagsJson(passed.tags);
  session.transitive_tags_json = TagsJson(passed.transitive);
  FIRN_ASSIGN_OR_RETURN(session.source_identity, PassedSourceIdentity(caller, form));
  FIRN_TRY(CheckMfa(form));
  return session;
}

Result<aws::Answer> AssumeRole(const Sts::Parts& parts, const Context& context,
                               const Principal& caller, const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(const RoleName role_name, ParseRoleArn(form));
  FIRN_ASSIGN_OR_RETURN(NewSession session, RoleSessionOf(parts, caller, form));
  if (caller.kind == PrincipalKind::kRoot) {
    return PermissionDenied("AccessDenied", "Roles may not be assumed by root accounts.");
  }
  FIRN_ASSIGN_OR_RETURN(const auto role, FindRole(parts, role_name));
  if (!role) {
    return PermissionDenied(
        "AccessDenied",
        fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                    caller.arn, form.Get("RoleArn")));
  }
  const EntityRow& row = role->row;
  SecondsRange range{.otherwise = kAssumeRoleSecondsDefault, .max = row.session_seconds_max};
  if (caller.kind == PrincipalKind::kAssumedRole) {
    range.max = std::min(kChainedSecondsMax, range.max);
    range.exceeded =
        "The requested DurationSeconds exceeds the 1 hour session limit for roles "
        "assumed by role chaining.";
  }
  FIRN_ASSIGN_OR_RETURN(session.seconds, SecondsOf(form, range));
  session.principal_name = row.key.name;
  FIRN_ASSIGN_OR_RETURN(const TemporaryCredentials made, MintSession(parts, session));
  aws::XmlWriter out;
  WriteCredentials(made, out);
  out.Open("AssumedRoleUser")
      .Text("AssumedRoleId", fmt::format("{}:{}", row.entity_id, session.session_name))
      .Text("Arn", fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", parts.account_id, row.key.name,
                               session.session_name))
      .Close("AssumedRoleUser");
  WritePackedSize(session, out);
  if (!session.source_identity.empty()) out.Text("SourceIdentity", session.source_identity);
  return aws::QueryAnswer({"AssumeRole", aws::kStsNamespace, out.Take()}, context.request_id());
}

std::string FederatedArn(const Sts::Parts& parts, std::string_view name) {
  return fmt::format("arn:aws:sts::{}:federated-user/{}", parts.account_id, name);
}

Result<aws::Answer> GetFederationToken(const Sts::Parts& parts, const Context& context,
                                       const Principal& caller, const aws::Form& form) {
  const bool is_root = caller.kind == PrincipalKind::kRoot;
  if ((!is_root && caller.kind != PrincipalKind::kUser) || caller.session_issued_at) {
    return PermissionDenied("AccessDenied",
                            "Cannot call GetFederationToken with session credentials");
  }
  NewSession session{.principal_kind = "federated", .principal_name = caller.user_name};
  FIRN_ASSIGN_OR_RETURN(session.session_name, RequireName(form, kFederatedName));
  FIRN_ASSIGN_OR_RETURN(session.session_policies_json, SessionPoliciesOf(parts, form));
  FIRN_ASSIGN_OR_RETURN(const policy::Tags tags, SessionTagsOf(form));
  session.session_tags_json = TagsJson(tags);
  FIRN_ASSIGN_OR_RETURN(
      session.seconds,
      SecondsOf(form, {.otherwise = kSessionTokenSecondsDefault,
                       .max = is_root ? kRootTokenSecondsMax : kSessionTokenSecondsMax}));
  FIRN_ASSIGN_OR_RETURN(const TemporaryCredentials made, MintSession(parts, session));
  aws::XmlWriter out;
  WriteCredentials(made, out);
  out.Open("FederatedUser")
      .Text("FederatedUserId", fmt::format("{}:{}", parts.account_id, session.session_name))
      .Text("Arn", FederatedArn(parts, session.session_name))
      .Close("FederatedUser");
  WritePackedSize(session, out);
  return aws::QueryAnswer({"GetFederationToken", aws::kStsNamespace, out.Take()},
                          context.request_id());
}

/// Of keys that were made here: no other account's can be known.
Result<aws::Answer> GetAccessKeyInfo(const Sts::Parts& parts, const Context& context,
                                     const aws::Form& form) {
  const std::string id = form.Get("AccessKeyId");
  FIRN_ASSIGN_OR_RETURN(
      const std::string account_id,
      parts.ledger.Read([&](Transaction& transaction) -> Result<std::string> {
        FIRN_ASSIGN_OR_RETURN(const auto key, FindAccessKey(transaction, AccessKeyId(id)));
        if (key) return key->account_id;
        FIRN_ASSIGN_OR_RETURN(const auto session, FindSession(transaction, AccessKeyId(id)));
        return session ? session->account_id : std::string();
      }));
  if (account_id.empty()) {
    return Validation(
        fmt::format("The access key {} is none of this account's", id.substr(0, 128)));
  }
  aws::XmlWriter out;
  out.Text("Account", account_id);
  return aws::QueryAnswer({"GetAccessKeyInfo", aws::kStsNamespace, out.Take()},
                          context.request_id());
}

Result<aws::Answer> GetSessionToken(const Sts::Parts& parts, const Context& context,
                                    const Principal& caller, const aws::Form& form) {
  const bool is_root = caller.kind == PrincipalKind::kRoot;
  if ((!is_root && caller.kind != PrincipalKind::kUser) || caller.session_issued_at) {
    return PermissionDenied("AccessDenied", "Cannot call GetSessionToken with session credentials");
  }
  FIRN_TRY(CheckMfa(form));
  NewSession session{.principal_kind = is_root ? "root" : "user",
                     .principal_name = caller.user_name};
  FIRN_ASSIGN_OR_RETURN(
      session.seconds,
      SecondsOf(form, {.otherwise = kSessionTokenSecondsDefault,
                       .max = is_root ? kRootTokenSecondsMax : kSessionTokenSecondsMax}));
  FIRN_ASSIGN_OR_RETURN(const TemporaryCredentials made, MintSession(parts, session));
  aws::XmlWriter out;
  WriteCredentials(made, out);
  return aws::QueryAnswer({"GetSessionToken", aws::kStsNamespace, out.Take()},
                          context.request_id());
}

aws::Answer GetCallerIdentity(const Context& context, const Principal& caller) {
  aws::XmlWriter out;
  out.Text("Arn", caller.arn).Text("UserId", caller.user_id).Text("Account", caller.account_id);
  return aws::QueryAnswer({"GetCallerIdentity", aws::kStsNamespace, out.Take()},
                          context.request_id());
}

Unexpected NoOperation(std::string_view action) {
  if (action.empty())
    return InvalidArgument("MissingAction", "The request has no Action parameter.");
  return Unsupported(
      "InvalidAction",
      fmt::format("Firn's STS has no operation {}; it has AssumeRole, DecodeAuthorizationMessage, "
                  "GetAccessKeyInfo, GetCallerIdentity, GetFederationToken and GetSessionToken.",
                  action.substr(0, 128)));
}

}  // namespace

Result<TemporaryCredentials> Sts::Vend([[maybe_unused]] const policy::Permit& permit,
                                       const VendingRequest& request) const {
  if (request.duration.count() < kSessionSecondsMin ||
      request.duration.count() > kVendedSecondsMax) {
    return Validation(fmt::format("credentials last {} to {} seconds, asked for {}",
                                  kSessionSecondsMin, kVendedSecondsMax, request.duration.count()));
  }
  if (request.session_policy.size() > kVendedPolicyBytesMax) {
    return InvalidArgument(
        "PackedPolicyTooLarge",
        fmt::format("a vended session policy of {} bytes is over the limit of {}",
                    request.session_policy.size(), kVendedPolicyBytesMax));
  }
  FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const auto document,
                        policy::ParsePolicy(request.session_policy, policy::PolicyUse::kIdentity));
  json::array policies;
  policies.push_back(PolicyEntry("vended session policy", request.session_policy));
  return MintSession(parts_, {.principal_kind = "service",
                              .principal_name = request.service_name,
                              .session_name = request.session_name,
                              .session_policies_json = PrintJson(policies),
                              .seconds = request.duration.count()});
}

namespace {

/// sts:AssumeRole on the role, and what its tags and source identity ask for besides: policies may
/// rest on them, so whoever gives them must be allowed to, by both the caller's policies and the
/// role's.
Result<std::vector<policy::AccessNeed>> NeedsOfAssumeRole(const Sts::Parts& parts,
                                                          const Principal& caller,
                                                          const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(const RoleName role_name, ParseRoleArn(form));
  FIRN_ASSIGN_OR_RETURN(const PassedTags passed, PassedTagsOf(caller, form));
  FIRN_ASSIGN_OR_RETURN(const std::string identity, PassedSourceIdentity(caller, form));
  policy::AccessNeed need{.action = "sts:AssumeRole", .resource = form.Get("RoleArn")};
  need.resource_account_id = role_name.account_id;
  need.resource_policy_decides = true;
  FIRN_ASSIGN_OR_RETURN(const auto role, FindRole(parts, role_name));
  // A role that is not there has no trust policy: the refusal looks like that of one that does not
  // trust the caller.
  if (role) {
    need.conditions.SetTags("aws:ResourceTag/", role->tags).SetTags("iam:ResourceTag/", role->tags);
    auto trust = policy::ParsePolicy(role->row.trust_policy, policy::PolicyUse::kTrust);
    if (!trust)
      return DataCorruption("StoredPolicyBroken",
                            "a stored trust policy does not parse: " + trust.error().message());
    need.resource_policies.push_back(
        {fmt::format("trust policy of role {}", role->row.key.name),
         std::make_shared<const policy::PolicyDocument>(std::move(*trust))});
  }
  policy::AccessNeed tagging = need;
  policy::AccessNeed identifying = need;
  if (const auto id = form.Find("ExternalId")) {
    need.conditions.Set("sts:ExternalId", std::string(*id));
  }
  need.conditions.Set("sts:RoleSessionName", form.Get("RoleSessionName"));
  for (policy::AccessNeed* one : {&need, &tagging}) {
    one->conditions.SetRequestTags(passed.tags);
    if (passed.transitive.empty()) continue;
    std::vector<std::string> keys;
    for (const auto& tag : passed.transitive) keys.push_back(tag.first);
    one->conditions.Set("sts:TransitiveTagKeys", std::move(keys));
  }
  if (!identity.empty()) {
    need.conditions.Set("sts:SourceIdentity", identity);
    identifying.conditions.Set("sts:SourceIdentity", identity);
  }
  std::vector<policy::AccessNeed> needs{std::move(need)};
  if (!passed.tags.empty()) {
    tagging.action = "sts:TagSession";
    needs.push_back(std::move(tagging));
  }
  if (!identity.empty()) {
    identifying.action = "sts:SetSourceIdentity";
    needs.push_back(std::move(identifying));
  }
  return needs;
}

Result<std::vector<policy::AccessNeed>> NeedsOfFederation(const Sts::Parts& parts,
                                                          const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(const std::string name, RequireName(form, kFederatedName));
  policy::AccessNeed need{.action = "sts:GetFederationToken",
                          .resource = FederatedArn(parts, name)};
  FIRN_ASSIGN_OR_RETURN(const policy::Tags tags, SessionTagsOf(form));
  need.conditions.SetRequestTags(tags);
  std::vector<policy::AccessNeed> needs{std::move(need)};
  if (!tags.empty()) {
    needs.push_back(needs.front());
    needs.back().action = "sts:TagSession";
  }
  return needs;
}

}  // namespace

Result<std::vector<policy::AccessNeed>> Sts::RequiredAccess(const Principal& principal,
                                                            const aws::Form& form) const {
  const std::string action = form.Get("Action");
  if (action == "GetCallerIdentity") return std::vector<policy::AccessNeed>();
  const bool is_user_session =
      principal.session_issued_at && principal.kind != PrincipalKind::kAssumedRole;
  // "You cannot call any STS API operations except AssumeRole or GetCallerIdentity"
  // (GetSessionToken); federated users may call GetCallerIdentity alone.
  if (principal.kind == PrincipalKind::kFederatedUser ||
      (is_user_session && action != "AssumeRole")) {
    return PermissionDenied("AccessDenied",
                            "Cannot call " + action.substr(0, 128) + " with session credentials");
  }
  if (action == "GetSessionToken") return std::vector<policy::AccessNeed>();
  if (action == "AssumeRole") return NeedsOfAssumeRole(parts_, principal, form);
  if (action == "GetFederationToken") return NeedsOfFederation(parts_, form);
  if (action == "GetAccessKeyInfo" || action == "DecodeAuthorizationMessage") {
    return std::vector{policy::AccessNeed{.action = "sts:" + action, .resource = "*"}};
  }
  return NoOperation(action);
}

Result<aws::Answer> Sts::Handle(const Context& context, const policy::Permit& permit,
                                const aws::Form& form) const {
  const std::string action = form.Get("Action");
  const Principal& caller = permit.principal();
  if (action == "GetCallerIdentity" || action == "GetSessionToken") {
    return HandleUnauthorized(context, caller, form);
  }
  if (permit.action() != "sts:" + action) {
    return Internal("WrongPermit",
                    fmt::format("{} was called with a permit for {}", action, permit.action()));
  }
  if (action == "AssumeRole") return AssumeRole(parts_, context, caller, form);
  if (action == "GetFederationToken") return GetFederationToken(parts_, context, caller, form);
  if (action == "GetAccessKeyInfo") return GetAccessKeyInfo(parts_, context, form);
  if (action != "DecodeAuthorizationMessage") return NoOperation(action);
  // Such messages come with refusals of services that are not here.
  return InvalidArgument(
      "InvalidAuthorizationMessageException",
      "Message is invalid: no service here encodes its refusals; the audit log and "
      "`firn doctor denials` explain them");
}

Result<aws::Answer> Sts::HandleUnauthorized(const Context& context, const Principal& principal,
                                            const aws::Form& form) const {
  const std::string action = form.Get("Action");
  if (action == "GetCallerIdentity") return GetCallerIdentity(context, principal);
  if (action == "GetSessionToken") return GetSessionToken(parts_, context, principal, form);
  return NoOperation(action);
}

Result<std::int64_t> Sts::PruneSessions() const {
  const WallTime before = parts_.clock.Now() - kExpiredKept;
  return parts_.ledger.Write(
      [&](Transaction& transaction) { return ledger::PruneSessions(transaction, before); });
}

}  // namespace firn::sts
