#include "cloud/sts/sts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/session_rows.h"
#include "cloud/sts/limits.h"
#include "wire/aws/arn.h"
#include "wire/aws/xml.h"

namespace firn::sts {

using ledger::EntityRow;
using ledger::SessionRow;
using ledger::Transaction;
using policy::Principal;
using policy::PrincipalKind;

namespace {

Unexpected Validation(std::string message) {
  return InvalidArgument("ValidationError", std::move(message));
}

struct SecondsRange {
  std::int64_t otherwise;
  std::int64_t max;
};

Result<std::int64_t> SecondsOf(const aws::Form& form, const SecondsRange& range) {
  const auto text = form.Find("DurationSeconds");
  if (!text) return std::min(range.otherwise, range.max);
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (failure != std::errc() || end != text->data() + text->size() ||
      seconds < kSessionSecondsMin) {
    return Validation(
        fmt::format("1 validation error detected: Value '{}' at 'durationSeconds' failed to "
                    "satisfy constraint: Member must have "
                    "value greater than or equal to {}",
                    text->substr(0, 32), kSessionSecondsMin));
  }
  if (seconds > range.max) {
    return Validation(
        fmt::format("The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                    "role or account: asked {}, at most {}",
                    seconds, range.max));
  }
  return seconds;
}

Result<std::string> SessionNameOf(const aws::Form& form) {
  std::string name = form.Get("RoleSessionName");
  const bool ok = name.size() >= kSessionNameMin && name.size() <= kSessionNameMax &&
                  std::all_of(name.begin(), name.end(), [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') ||
                           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
                  });
  if (ok) return name;
  return Validation(
      fmt::format("1 validation error detected: Value '{}' at 'roleSessionName' failed to satisfy "
                  "constraint: Member must have 2 to "
                  "64 characters of [\\w+=,.@-]",
                  name.substr(0, 64)));
}

json::object PolicyEntry(std::string_view name, std::string_view document) {
  return {{"name", json::string(name)}, {"document", json::string(document)}};
}

/// Role name and account out of `arn:aws:iam::A:role/path/R`.
struct RoleName {
  std::string account_id;
  std::string name;
  std::string resource;  ///< `role/path/name`, as the ARN has it.
};

Result<RoleName> ParseRoleArn(const aws::Form& form) {
  const std::string text = form.Get("RoleArn");
  const auto arn = aws::ParseArn(text);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/") ||
      arn->resource.size() < 6) {
    return Validation(fmt::format("{} is invalid", text.empty() ? "RoleArn" : text.substr(0, 256)));
  }
  return RoleName{arn->account_id, arn->resource.substr(arn->resource.rfind('/') + 1),
                  arn->resource};
}

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
                 .expires_at = expires_at};
  FIRN_ASSIGN_OR_RETURN(row.sealed_secret,
                        parts.sealer.Seal(made.credentials.secret_key, row.access_key_id.value()));
  FIRN_TRY(parts.ledger.Write(
      [&](Transaction& transaction) { return InsertSession(transaction, row); }));
  return made;
}

/// Policy and PolicyArns of AssumeRole as the row keeps them; empty when neither is given.
Result<std::string> SessionPoliciesOf(const Sts::Parts& parts, const aws::Form& form) {
  json::array policies;
  if (const auto text = form.Find("Policy"); text && !text->empty()) {
    if (text->size() > kSessionPolicyBytesMax) {
      return InvalidArgument(
          "PackedPolicyTooLarge",
          fmt::format("The session policy has {} characters, at most {} are allowed.", text->size(),
                      kSessionPolicyBytesMax));
    }
    FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const auto document,
                          policy::ParsePolicy(*text, policy::PolicyUse::kIdentity));
    policies.push_back(PolicyEntry("session policy", *text));
  }
  for (std::size_t i = 1; i <= kSessionPolicyArnsMax + 1; ++i) {
    const auto arn = form.Find(fmt::format("PolicyArns.member.{}.arn", i));
    if (!arn) break;
    if (i > kSessionPolicyArnsMax)
      return Validation("At most 10 session policy ARNs can be given.");
    FIRN_ASSIGN_OR_RETURN(const std::string document,
                          parts.identities.FindPolicyDocument(std::string(*arn)));
    policies.push_back(PolicyEntry(*arn, document));
  }
  return policies.empty() ? std::string() : PrintJson(policies);
}

/// `Tags.member.N.Key/.Value`, in order. Errors: kInvalidArgument/ValidationError.
Result<std::vector<std::pair<std::string, std::string>>> SessionTagsOf(const aws::Form& form) {
  std::vector<std::pair<std::string, std::string>> tags;
  std::set<std::string> seen;
  for (std::size_t i = 1;; ++i) {
    const auto key = form.Find(fmt::format("Tags.member.{}.Key", i));
    if (!key) return tags;
    std::string value = form.Get(fmt::format("Tags.member.{}.Value", i));
    if (tags.size() == kSessionTagsMax) {
      return Validation(fmt::format("a session takes at most {} tags", kSessionTagsMax));
    }
    if (key->empty() || key->size() > kTagKeyBytesMax || value.size() > kTagValueBytesMax) {
      return Validation(fmt::format("tag {}: a key has 1 to {} characters, a value at most {}", i,
                                    kTagKeyBytesMax, kTagValueBytesMax));
    }
    if (ToLowerAscii(*key).starts_with("aws:")) {
      return Validation(fmt::format("tag {}: keys that begin with aws: are AWS's own", i));
    }
    // Keys are told apart without case, as IAM does for principal tags.
    if (!seen.insert(ToLowerAscii(*key)).second) {
      return Validation("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    tags.emplace_back(std::string(*key), std::move(value));
  }
}

/// As the row keeps them; empty when there are none.
std::string TagsJson(const std::vector<std::pair<std::string, std::string>>& tags) {
  json::object object;
  for (const auto& [key, value] : tags) object[key] = value;
  return object.empty() ? std::string() : PrintJson(object);
}

/// The role whose ARN this is, its path included: another path is another ARN, which policies may
/// treat apart.
Result<std::optional<EntityRow>> FindRole(const Sts::Parts& parts, const RoleName& role) {
  if (role.account_id != parts.account_id) return std::optional<EntityRow>();
  FIRN_ASSIGN_OR_RETURN(auto found, parts.ledger.Read([&](Transaction& transaction) {
    return FindEntity(transaction, {role.account_id, ledger::EntityKind::kRole, role.name});
  }));
  if (found && "role" + found->path + found->key.name != role.resource) found.reset();
  return found;
}

Result<aws::Answer> AssumeRole(const Sts::Parts& parts, const Context& context,
                               const Principal& caller, const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(const RoleName role_name, ParseRoleArn(form));
  FIRN_ASSIGN_OR_RETURN(NewSession session, [&]() -> Result<NewSession> {
    NewSession fresh{.principal_kind = "role"};
    FIRN_ASSIGN_OR_RETURN(fresh.session_name, SessionNameOf(form));
    FIRN_ASSIGN_OR_RETURN(fresh.session_policies_json, SessionPoliciesOf(parts, form));
    FIRN_ASSIGN_OR_RETURN(const auto tags, SessionTagsOf(form));
    fresh.session_tags_json = TagsJson(tags);
    return fresh;
  }());
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
  const bool chained = caller.kind == PrincipalKind::kAssumedRole;
  FIRN_ASSIGN_OR_RETURN(
      session.seconds,
      SecondsOf(form, {.otherwise = kAssumeRoleSecondsDefault,
                       .max = chained ? kChainedSecondsMax : role->session_seconds_max}));
  session.principal_name = role->key.name;
  FIRN_ASSIGN_OR_RETURN(const TemporaryCredentials made, MintSession(parts, session));
  aws::XmlWriter out;
  WriteCredentials(made, out);
  out.Open("AssumedRoleUser")
      .Text("AssumedRoleId", fmt::format("{}:{}", role->entity_id, session.session_name))
      .Text("Arn", fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", parts.account_id,
                               role->key.name, session.session_name))
      .Close("AssumedRoleUser");
  if (!session.session_policies_json.empty()) {
    const std::size_t percent = session.session_policies_json.size() * 100 / kVendedPolicyBytesMax;
    out.Text("PackedPolicySize", std::to_string(std::min<std::size_t>(percent, 100)));
  }
  return aws::QueryAnswer({"AssumeRole", aws::kStsNamespace, out.Take()}, context.request_id());
}

Result<aws::Answer> GetSessionToken(const Sts::Parts& parts, const Context& context,
                                    const Principal& caller, const aws::Form& form) {
  const bool is_root = caller.kind == PrincipalKind::kRoot;
  if ((!is_root && caller.kind != PrincipalKind::kUser) || caller.session_issued_at) {
    return PermissionDenied("AccessDenied", "Cannot call GetSessionToken with session credentials");
  }
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
      fmt::format("Firn's STS has no operation {}; it has GetCallerIdentity, AssumeRole and "
                  "GetSessionToken.",
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

Result<std::vector<policy::AccessNeed>> Sts::RequiredAccess(
    [[maybe_unused]] const Principal& principal, const aws::Form& form) const {
  const std::string action = form.Get("Action");
  if (action == "GetCallerIdentity" || action == "GetSessionToken")
    return std::vector<policy::AccessNeed>();
  if (action != "AssumeRole") return NoOperation(action);
  FIRN_ASSIGN_OR_RETURN(const RoleName role_name, ParseRoleArn(form));
  policy::AccessNeed need{.action = "sts:AssumeRole", .resource = form.Get("RoleArn")};
  need.resource_account_id = role_name.account_id;
  need.resource_policy_decides = true;
  if (const auto id = form.Find("ExternalId"))
    need.conditions.Set("sts:ExternalId", std::string(*id));
  need.conditions.Set("sts:RoleSessionName", form.Get("RoleSessionName"));
  FIRN_ASSIGN_OR_RETURN(const auto tags, SessionTagsOf(form));
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags) {
    need.conditions.Set("aws:RequestTag/" + key, value);
    keys.push_back(key);
  }
  if (!keys.empty()) need.conditions.Set("aws:TagKeys", std::move(keys));
  FIRN_ASSIGN_OR_RETURN(const auto role, FindRole(parts_, role_name));
  // A role that is not there has no trust policy: the refusal looks like that of one that does not
  // trust the caller.
  if (role) {
    auto trust = policy::ParsePolicy(role->trust_policy, policy::PolicyUse::kTrust);
    if (!trust)
      return DataCorruption("StoredPolicyBroken",
                            "a stored trust policy does not parse: " + trust.error().message());
    need.resource_policies.push_back(
        {fmt::format("trust policy of role {}", role->key.name),
         std::make_shared<const policy::PolicyDocument>(std::move(*trust))});
  }
  std::vector<policy::AccessNeed> needs{std::move(need)};
  if (!tags.empty()) {
    // Whoever gives a session tags must be allowed to: policies may rest on them.
    needs.push_back(needs.front());
    needs.back().action = "sts:TagSession";
  }
  return needs;
}

Result<aws::Answer> Sts::Handle(const Context& context, const policy::Permit& permit,
                                const aws::Form& form) const {
  const std::string action = form.Get("Action");
  if (action != "AssumeRole") return HandleUnauthorized(context, permit.principal(), form);
  if (!permit.Covers("sts:AssumeRole", form.Get("RoleArn"))) {
    return Internal("WrongPermit",
                    fmt::format("AssumeRole was called with a permit for {}", permit.action()));
  }
  return AssumeRole(parts_, context, permit.principal(), form);
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
