#include "cloud/iam/identity.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/mutex.h"
#include "cloud/iam/call_internal.h"
#include "cloud/iam/limits.h"
#include "cloud/iam/managed_policies_internal.h"
#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/session_rows.h"
#include "wire/aws/arn.h"

namespace firn::iam {

using ledger::EntityKey;
using ledger::EntityKind;
using ledger::EntityRow;
using ledger::Transaction;
using policy::NamedPolicy;
using policy::PolicyUse;
using policy::Principal;
using policy::PrincipalKind;

/// Parsed documents by their text. Every request loads its caller's policies; their texts seldom
/// change. Thread-safe.
class PolicyCache {
 public:
  /// Errors: kDataCorruption: only checked documents are stored.
  Result<std::shared_ptr<const policy::PolicyDocument>> Parse(const std::string& text) {
    {
      MutexLock lock(mutex_);
      if (const auto found = parsed_.find(text); found != parsed_.end()) return found->second;
    }
    auto document = policy::ParsePolicy(text, PolicyUse::kIdentity);
    if (!document) {
      return DataCorruption("StoredPolicyBroken",
                            "a stored policy does not parse: " + document.error().message());
    }
    auto shared = std::make_shared<const policy::PolicyDocument>(std::move(*document));
    MutexLock lock(mutex_);
    if (parsed_.size() >= kParsedPoliciesMax) parsed_.clear();
    parsed_.emplace(text, shared);
    return shared;
  }

 private:
  Mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const policy::PolicyDocument>> parsed_
      FIRN_GUARDED_BY(mutex_);
};

struct IdentityStore::State {
  PolicyCache policies;
  Mutex mutex;
  std::map<std::string, WallTime> written_uses FIRN_GUARDED_BY(mutex);
};

namespace {

Unexpected UnknownKey() {
  return Unauthenticated("InvalidClientTokenId",
                         "The security token included in the request is invalid.");
}

Unexpected WrongToken() {
  return Unauthenticated(
      "InvalidToken",
      "The session token included in the request does not belong to the access key.");
}

/// Loads a principal with its policies, all in the caller's transaction.
class Loader {
 public:
  Loader(Transaction& transaction, PolicyCache& cache) : transaction_(transaction), cache_(cache) {}

  Result<Principal> LoadUser(const std::string& account_id, const std::string& name) {
    const EntityKey key{account_id, EntityKind::kUser, name};
    FIRN_ASSIGN_OR_RETURN(const std::optional<EntityRow> user, FindEntity(transaction_, key));
    if (!user)
      return NotFound("NoSuchEntity", fmt::format("The user with name {} cannot be found.", name));
    Principal principal;
    principal.kind = PrincipalKind::kUser;
    principal.account_id = account_id;
    principal.arn = EntityArn(*user);
    principal.identity_arn = principal.arn;
    principal.user_id = user->entity_id;
    principal.user_name = user->key.name;
    FIRN_TRY(LoadOwn(*user, principal));
    FIRN_ASSIGN_OR_RETURN(const auto groups, ListGroupsOfUser(transaction_, account_id, name));
    for (const EntityRow& group : groups) FIRN_TRY(LoadPolicies(group.key, principal));
    return principal;
  }

  Result<Principal> LoadRole(const std::string& account_id, const std::string& name,
                             const std::string& session_name) {
    const EntityKey key{account_id, EntityKind::kRole, name};
    FIRN_ASSIGN_OR_RETURN(const std::optional<EntityRow> role, FindEntity(transaction_, key));
    if (!role)
      return NotFound("NoSuchEntity", fmt::format("The role with name {} cannot be found.", name));
    Principal principal;
    principal.kind = PrincipalKind::kAssumedRole;
    principal.account_id = account_id;
    principal.arn =
        fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", account_id, role->key.name, session_name);
    principal.identity_arn = EntityArn(*role);
    principal.user_id = fmt::format("{}:{}", role->entity_id, session_name);
    principal.role_name = role->key.name;
    FIRN_TRY(LoadOwn(*role, principal));
    return principal;
  }

  Result<NamedPolicy> LoadManaged(const std::string& arn) {
    if (const AwsManagedPolicy* managed = FindAwsManagedPolicy(arn)) {
      FIRN_ASSIGN_OR_RETURN(auto document, cache_.Parse(std::string(managed->document)));
      return NamedPolicy{arn, std::move(document)};
    }
    FIRN_ASSIGN_OR_RETURN(const auto policy, FindManagedPolicy(transaction_, arn));
    if (!policy) return NotFound("NoSuchEntity", fmt::format("Policy {} does not exist.", arn));
    FIRN_ASSIGN_OR_RETURN(const auto version,
                          FindPolicyVersion(transaction_, arn, policy->default_version));
    if (!version)
      return DataCorruption("StoredPolicyBroken", fmt::format("{} lacks its default version", arn));
    FIRN_ASSIGN_OR_RETURN(auto document, cache_.Parse(version->document));
    return NamedPolicy{arn, std::move(document)};
  }

 private:
  /// Boundary, tags and own policies of a user or role.
  Status LoadOwn(const EntityRow& row, Principal& principal) {
    if (!row.boundary_arn.empty()) {
      FIRN_ASSIGN_OR_RETURN(principal.boundary, LoadManaged(row.boundary_arn));
    }
    FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(transaction_, row.key));
    for (const ledger::TagRow& tag : tags) principal.tags.emplace(tag.key, tag.value);
    return LoadPolicies(row.key, principal);
  }

  Status LoadPolicies(const EntityKey& key, Principal& principal) {
    FIRN_ASSIGN_OR_RETURN(const auto arns, ListAttachments(transaction_, key));
    for (const std::string& arn : arns) {
      FIRN_ASSIGN_OR_RETURN(auto policy, LoadManaged(arn));
      principal.identity_policies.push_back(std::move(policy));
    }
    FIRN_ASSIGN_OR_RETURN(const auto inline_policies, ListInlinePolicies(transaction_, key));
    for (const ledger::InlinePolicyRow& row : inline_policies) {
      FIRN_ASSIGN_OR_RETURN(auto document, cache_.Parse(row.document));
      principal.identity_policies.push_back(
          {fmt::format("inline policy {} of {} {}", row.name, KindWord(key.kind), key.name),
           std::move(document)});
    }
    return Ok();
  }

  Transaction& transaction_;
  PolicyCache& cache_;
};

/// What speaks for a service's own sessions: everything, since their session policy says all they
/// may do.
constexpr std::string_view kServicePolicy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

Result<Principal> ServiceSession(const ledger::SessionRow& row, PolicyCache& cache) {
  Principal principal;
  principal.kind = PrincipalKind::kAssumedRole;
  principal.account_id = row.account_id;
  principal.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", row.account_id,
                              row.principal_name, row.session_name);
  principal.identity_arn =
      fmt::format("arn:aws:iam::{}:role/aws-service-role/{}", row.account_id, row.principal_name);
  principal.user_id = fmt::format("{}:{}", row.principal_name, row.session_name);
  principal.role_name = row.principal_name;
  FIRN_ASSIGN_OR_RETURN(auto document, cache.Parse(std::string(kServicePolicy)));
  principal.identity_policies.push_back({"service role", std::move(document)});
  return principal;
}

/// What the user who made the session may do, and, by its session policies, no more.
Result<Principal> FederatedSession(const ledger::SessionRow& row, Loader& loader,
                                   PolicyCache& cache) {
  Principal principal;
  if (row.principal_name.empty()) {
    FIRN_ASSIGN_OR_RETURN(auto document, cache.Parse(std::string(kServicePolicy)));
    principal.identity_policies.push_back({"the account root", std::move(document)});
  } else {
    FIRN_ASSIGN_OR_RETURN(principal, loader.LoadUser(row.account_id, row.principal_name));
  }
  principal.kind = PrincipalKind::kFederatedUser;
  principal.account_id = row.account_id;
  principal.arn =
      fmt::format("arn:aws:sts::{}:federated-user/{}", row.account_id, row.session_name);
  principal.identity_arn = principal.arn;
  principal.user_id = fmt::format("{}:{}", row.account_id, row.session_name);
  principal.user_name.clear();
  principal.tags.clear();
  principal.session_policies.emplace();  // Without policies of its own it may do nothing.
  return principal;
}

Status LoadSessionPolicies(const ledger::SessionRow& row, PolicyCache& cache,
                           Principal& principal) {
  if (row.session_policies_json.empty()) return Ok();
  FIRN_ASSIGN_OR_RETURN(const json::value policies, ParseJson(row.session_policies_json));
  principal.session_policies.emplace();
  if (!policies.is_array())
    return DataCorruption("StoredSessionBroken", "session policies are no list");
  for (const json::value& entry : policies.get_array()) {
    FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(entry, "session policy"));
    FIRN_ASSIGN_OR_RETURN(std::string name, GetString(*object, "name"));
    FIRN_ASSIGN_OR_RETURN(const std::string text, GetString(*object, "document"));
    FIRN_ASSIGN_OR_RETURN(auto document, cache.Parse(text));
    principal.session_policies->push_back({std::move(name), std::move(document)});
  }
  return Ok();
}

/// Over the tags of a like key that are there: those of the user or role.
Status LoadTags(const std::string& text, std::map<std::string, std::string>& into) {
  if (text.empty()) return Ok();
  FIRN_ASSIGN_OR_RETURN(const json::value tags, ParseJson(text));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(tags, "session tags"));
  for (const auto& member : *object) {
    if (!member.value().is_string()) continue;
    std::erase_if(into, [&](const auto& tag) {
      return EqualsIgnoreCaseAscii(tag.first, std::string_view(member.key()));
    });
    into.emplace(std::string(member.key()), std::string(member.value().get_string()));
  }
  return Ok();
}

Result<Principal> SessionPrincipal(Transaction& transaction, const ledger::SessionRow& row,
                                   PolicyCache& cache) {
  Loader loader(transaction, cache);
  Result<Principal> loaded = policy::RootPrincipal(row.account_id);
  if (row.principal_kind == "user") loaded = loader.LoadUser(row.account_id, row.principal_name);
  if (row.principal_kind == "role") {
    loaded = loader.LoadRole(row.account_id, row.principal_name, row.session_name);
  }
  if (row.principal_kind == "service") loaded = ServiceSession(row, cache);
  if (row.principal_kind == "federated") loaded = FederatedSession(row, loader, cache);
  // The user or role was deleted since: its sessions end with it.
  if (!loaded && loaded.error().code() == ErrorCode::kNotFound) return UnknownKey();
  if (!loaded) return loaded;
  FIRN_TRY(LoadSessionPolicies(row, cache, *loaded));
  FIRN_TRY(LoadTags(row.session_tags_json, loaded->tags));
  FIRN_TRY(LoadTags(row.transitive_tags_json, loaded->transitive_tags));
  loaded->source_identity = row.source_identity;
  loaded->session_issued_at = row.issued_at;
  loaded->session_expires_at = row.expires_at;
  return loaded;
}

}  // namespace

IdentityStore::IdentityStore(ledger::Ledger& ledger, const ledger::Sealer& sealer,
                             const Clock& clock)
    : ledger_(ledger), sealer_(sealer), clock_(clock), state_(std::make_unique<State>()) {}

IdentityStore::~IdentityStore() = default;

Result<Identity> IdentityStore::FindAccessKey(const AccessKeyId& id,
                                              std::string_view session_token) const {
  struct Found {
    std::string sealed_secret;
    Principal principal;
  };
  const auto find = [&](Transaction& transaction) -> Result<Found> {
    if (id.value().starts_with("ASIA")) {
      FIRN_ASSIGN_OR_RETURN(const auto session, FindSession(transaction, id));
      if (!session) return UnknownKey();
      if (!ConstantTimeEquals(session->token_sha256, Sha256(session_token))) return WrongToken();
      if (clock_.Now() >= session->expires_at) {
        return Unauthenticated(
            "ExpiredToken",
            fmt::format("The security token included in the request is expired: it "
                        "ended at {}, now is {}.",
                        FormatIso8601(session->expires_at), FormatIso8601(clock_.Now())));
      }
      FIRN_ASSIGN_OR_RETURN(Principal principal,
                            SessionPrincipal(transaction, *session, state_->policies));
      return Found{session->sealed_secret, std::move(principal)};
    }
    FIRN_ASSIGN_OR_RETURN(const auto key, ledger::FindAccessKey(transaction, id));
    if (!key || !key->active) return UnknownKey();
    if (!session_token.empty()) return WrongToken();
    if (key->user_name.empty())
      return Found{key->sealed_secret, policy::RootPrincipal(key->account_id)};
    FIRN_ASSIGN_OR_RETURN(
        Principal principal,
        Loader(transaction, state_->policies).LoadUser(key->account_id, key->user_name));
    return Found{key->sealed_secret, std::move(principal)};
  };
  FIRN_ASSIGN_OR_RETURN(Found found, ledger_.Read(find));
  FIRN_ASSIGN_OR_RETURN(Secret secret, sealer_.Unseal(found.sealed_secret, id.value()));
  found.principal.access_key_id = id;
  return Identity{std::move(secret), std::make_shared<const Principal>(std::move(found.principal))};
}

Result<std::shared_ptr<const Principal>> IdentityStore::FindPrincipal(std::string_view arn) const {
  FIRN_ASSIGN_OR_RETURN(const aws::Arn parsed, aws::ParseArn(arn));
  const std::size_t slash = parsed.resource.find('/');
  const std::string name = parsed.resource.substr(parsed.resource.rfind('/') + 1);
  const std::string kind = parsed.resource.substr(0, slash);
  if (parsed.service != "iam" || slash == std::string::npos || (kind != "user" && kind != "role")) {
    return InvalidArgument("InvalidArn", fmt::format("{} is no user or role ARN", arn));
  }
  FIRN_ASSIGN_OR_RETURN(Principal principal,
                        ledger_.Read([&](Transaction& transaction) -> Result<Principal> {
                          Loader loader(transaction, state_->policies);
                          if (kind == "user") return loader.LoadUser(parsed.account_id, name);
                          return loader.LoadRole(parsed.account_id, name, "simulation");
                        }));
  return std::make_shared<const Principal>(std::move(principal));
}

Result<std::string> IdentityStore::FindPolicyDocument(const std::string& arn) const {
  if (const AwsManagedPolicy* managed = FindAwsManagedPolicy(arn))
    return std::string(managed->document);
  return ledger_.Read([&](Transaction& transaction) -> Result<std::string> {
    FIRN_ASSIGN_OR_RETURN(const auto policy, FindManagedPolicy(transaction, arn));
    if (!policy) return NotFound("NoSuchEntity", fmt::format("Policy {} does not exist.", arn));
    FIRN_ASSIGN_OR_RETURN(auto version,
                          FindPolicyVersion(transaction, arn, policy->default_version));
    if (!version)
      return DataCorruption("StoredPolicyBroken", fmt::format("{} lacks its default version", arn));
    return std::move(version->document);
  });
}

void IdentityStore::RecordUse(const AccessKeyId& id, std::string_view service,
                              std::string_view region) {
  if (id.value().starts_with("ASIA")) return;
  const WallTime now = clock_.Now();
  {
    MutexLock lock(state_->mutex);
    const auto [entry, added] = state_->written_uses.try_emplace(id.value(), now);
    if (!added && now - entry->second < kUseRecordedEvery) return;
    entry->second = now;
    if (state_->written_uses.size() > kRecordedUsesMax) state_->written_uses.clear();
  }
  // A use that cannot be written down must not fail the request that made it.
  (void)ledger_.Write([&](Transaction& transaction) -> Status {
    return SetAccessKeyUse(transaction, id, now, service, region);
  });
}

Result<Credentials> EnsureRootKey(ledger::Ledger& ledger, const ledger::Sealer& sealer,
                                  const Clock& clock, Random& random, std::string_view account_id) {
  const auto ensure = [&](Transaction& transaction) -> Result<Credentials> {
    FIRN_ASSIGN_OR_RETURN(const auto keys, ListAccessKeys(transaction, account_id, ""));
    if (!keys.empty()) {
      FIRN_ASSIGN_OR_RETURN(Secret secret, sealer.Unseal(keys.front().sealed_secret,
                                                         keys.front().access_key_id.value()));
      return Credentials{keys.front().access_key_id, std::move(secret), Secret()};
    }
    Credentials fresh{NewAccessKeyId("AKIA", random), NewSecretKey(random), Secret()};
    FIRN_ASSIGN_OR_RETURN(std::string sealed,
                          sealer.Seal(fresh.secret_key, fresh.access_key_id.value()));
    FIRN_TRY(InsertAccessKey(transaction, {.access_key_id = fresh.access_key_id,
                                           .account_id = std::string(account_id),
                                           .sealed_secret = std::move(sealed),
                                           .created_at = clock.Now()}));
    return fresh;
  };
  return ledger.Write(ensure);
}

AccessKeyId NewAccessKeyId(std::string_view prefix, Random& random) {
  return AccessKeyId(NewUniqueId(prefix, random));
}

std::string NewUniqueId(std::string_view prefix, Random& random) {
  return std::string(prefix) + RandomText(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

Secret NewSecretKey(Random& random) {
  return Secret(
      RandomText(random, 40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
}

}  // namespace firn::iam
