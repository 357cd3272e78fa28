#include "wire/credentials/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/durable_file.h"
#include "wire/credentials/limits.h"
#include "wire/credentials/profile_file.h"

namespace firn::credentials {
namespace {

constexpr std::string_view kRegionAssumed = "us-east-1";

std::string Text(const Profile& profile, std::string_view key) {
  const auto found = profile.find(key);
  return found == profile.end() ? "" : std::string(found->second.Reveal());
}

Unexpected NotConfigured(std::string message) {
  return Unauthenticated("NotConfigured", std::move(message));
}

Unexpected BadProfile(const std::string& name, std::string_view what) {
  return Unauthenticated("BadProfile", fmt::format("profile \"{}\" {}", name, what));
}

/// Both files; either may be absent.
Result<Profiles> ReadProfiles(const Surroundings& surroundings) {
  Profiles profiles;
  const auto add = [&](const std::filesystem::path& file, ProfileFileKind kind) -> Status {
    if (file.empty()) return Ok();
    const auto text = ReadWholeFile(file, kProfileFileBytesMax);
    if (!text) {
      if (text.error().code() == ErrorCode::kNotFound) return Ok();
      return text.error();
    }
    FIRN_ASSIGN_OR_RETURN_NOTE(const Profiles read, ParseProfiles(*text, kind),
                               "reading " + file.string());
    MergeProfiles(profiles, read);
    return Ok();
  };
  FIRN_TRY(add(surroundings.config_file, ProfileFileKind::kConfig));
  FIRN_TRY(add(surroundings.credentials_file, ProfileFileKind::kCredentials));
  return profiles;
}

/// The keys a profile holds itself.
std::optional<Found> KeysOf(const Profile& profile, const std::string& name) {
  Credentials keys{.access_key_id = AccessKeyId(Text(profile, "aws_access_key_id")),
                   .secret_key = Secret(Text(profile, "aws_secret_access_key")),
                   .session_token = Secret(Text(profile, "aws_session_token"))};
  if (keys.access_key_id.value().empty() || keys.secret_key.empty()) return std::nullopt;
  return Found{.credentials = std::move(keys),
               .expires = std::nullopt,
               .source = "profile \"" + name + "\""};
}

RoleRequest RoleOf(const Profile& profile) {
  RoleRequest request{.arn = Text(profile, "role_arn"),
                      .external_id = Text(profile, "external_id"),
                      .session_name = Text(profile, "role_session_name"),
                      .region = Text(profile, "region"),
                      .endpoint = ""};
  if (request.session_name.empty()) request.session_name = "firn";
  return request;
}

/// Ends asking further sources.
bool IsEnd(const Error& error) {
  return error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kDeadlineExceeded;
}

std::string LastFour(const AccessKeyId& id) {
  const std::string& text = id.value();
  return text.size() <= 4 ? text : "…" + text.substr(text.size() - 4);
}

}  // namespace

struct Sources::ProfileWalk {
  Profiles profiles;
  std::set<std::string> seen;
};

Sources::Sources(Surroundings surroundings, std::shared_ptr<http::Client> client,
                 std::shared_ptr<http::Client> metadata_client, const Clock& clock)
    : surroundings_(std::move(surroundings)),
      client_(std::move(client)),
      metadata_client_(std::move(metadata_client)),
      clock_(clock) {}

Result<Found> Sources::FromEnvironment() const {
  const Credentials& keys = surroundings_.keys;
  if (keys.access_key_id.value().empty()) return NotConfigured("AWS_ACCESS_KEY_ID is not set");
  if (keys.secret_key.empty()) return NotConfigured("AWS_SECRET_ACCESS_KEY is not set");
  return Found{.credentials = keys, .expires = std::nullopt, .source = "environment variables"};
}

Result<Found> Sources::FromWebIdentity(const Context& context) const {
  if (surroundings_.web_identity_token_file.empty())
    return NotConfigured("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  if (surroundings_.role_arn.empty()) return NotConfigured("AWS_ROLE_ARN is not set");
  RoleRequest request{.arn = surroundings_.role_arn,
                      .external_id = "",
                      .session_name = surroundings_.role_session_name,
                      .region = "",
                      .endpoint = ""};
  if (request.session_name.empty()) request.session_name = "firn";
  return WebIdentityRole(context, surroundings_.web_identity_token_file, std::move(request));
}

Result<Found> Sources::WebIdentityRole(const Context& context,
                                       const std::filesystem::path& token_file,
                                       RoleRequest request) const {
  FIRN_ASSIGN_OR_RETURN_NOTE(std::string token, ReadWholeFile(token_file, kTokenFileBytesMax),
                             "reading the web identity token");
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty())
    return Unauthenticated("NoCredentials", "the token file " + token_file.string() + " is empty");
  // The token itself is sent, so only the operator says where to.
  FIRN_ASSIGN_OR_RETURN(request, Complete(std::move(request), false));
  return AssumeRoleWithWebIdentity(context, *client_, clock_, Secret(std::move(token)), request);
}

Result<Found> Sources::FromProfile(const Context& context, const std::string& name) const {
  if (surroundings_.config_file.empty() && surroundings_.credentials_file.empty())
    return NotConfigured("HOME is not set, nor AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE");
  ProfileWalk walk;
  FIRN_ASSIGN_OR_RETURN(walk.profiles, ReadProfiles(surroundings_));
  if (!walk.profiles.contains(name)) {
    return NotConfigured(fmt::format("no profile \"{}\" in {} or {}", name,
                                     surroundings_.config_file.string(),
                                     surroundings_.credentials_file.string()));
  }
  return WalkProfile(context, walk, name);
}

Result<Found> Sources::WalkProfile(const Context& context, ProfileWalk& walk,
                                   const std::string& name) const {
  const auto found = walk.profiles.find(name);
  if (found == walk.profiles.end()) return BadProfile(name, "does not exist");
  const Profile& profile = found->second;
  const bool was_here = !walk.seen.insert(name).second;
  // A profile may name itself as source of the keys for its own role.
  if (profile.contains("role_arn") && !was_here) return ProfileRole(context, walk, name);
  if (auto keys = KeysOf(profile, name)) return *std::move(keys);
  if (was_here) return BadProfile(name, "leads back to itself by source_profile");
  if (profile.contains("credential_process"))
    return BadProfile(name, "has credential_process; Firn runs no programs for keys");
  if (profile.contains("sso_session") || profile.contains("sso_start_url"))
    return BadProfile(name, "uses IAM Identity Center, which Firn does not speak");
  return BadProfile(name, "has neither aws_access_key_id and aws_secret_access_key nor role_arn");
}

Result<Found> Sources::ProfileRole(const Context& context, ProfileWalk& walk,
                                   const std::string& name) const {
  if (walk.seen.size() > kRoleChainMax)
    return BadProfile(name, fmt::format("is reached over more than {} profiles", kRoleChainMax));
  const Profile& profile = walk.profiles.at(name);
  RoleRequest request = RoleOf(profile);
  if (profile.contains("mfa_serial"))
    return BadProfile(name, "asks for a code of an MFA device, which Firn has no one to ask for");
  if (const std::string file = Text(profile, "web_identity_token_file"); !file.empty())
    return WebIdentityRole(context, file, std::move(request));
  const std::string source_profile = Text(profile, "source_profile");
  const std::string credential_source = Text(profile, "credential_source");
  if (source_profile.empty() == credential_source.empty()) {
    return BadProfile(name,
                      "has role_arn and needs one of source_profile, credential_source and "
                      "web_identity_token_file");
  }
  FIRN_ASSIGN_OR_RETURN_NOTE(const Found base,
                             source_profile.empty()
                                 ? FromCredentialSource(context, credential_source)
                                 : WalkProfile(context, walk, source_profile),
                             "for the role of profile \"" + name + "\"");
  return Assume(context, base, std::move(request));
}

Result<Found> Sources::FromCredentialSource(const Context& context, const std::string& name) const {
  if (name == "Environment") return FromEnvironment();
  if (name == "EcsContainer") return FromContainer(context);
  if (name == "Ec2InstanceMetadata") return FromInstanceMetadata(context);
  return Unauthenticated("BadProfile", "credential_source \"" + name +
                                           "\" is none of Environment, EcsContainer and "
                                           "Ec2InstanceMetadata");
}

Result<Found> Sources::FromDefaultChain(const Context& context,
                                        std::vector<Attempt>* attempts) const {
  struct Source {
    std::string name;
    std::function<Result<Found>()> ask;
  };
  const std::string& profile = surroundings_.profile;
  const Source sources[] = {
      {"environment variables", [&] { return FromEnvironment(); }},
      {"web identity", [&] { return FromWebIdentity(context); }},
      {"profile files", [&] { return FromProfile(context, profile); }},
      {"container", [&] { return FromContainer(context); }},
      {"instance metadata", [&] { return FromInstanceMetadata(context); }},
  };
  std::string reasons;
  for (const Source& source : sources) {
    Result<Found> found = source.ask();
    if (found) {
      if (attempts != nullptr)
        attempts->push_back(
            {source.name,
             found->source + ", access key " + LastFour(found->credentials.access_key_id), true});
      return found;
    }
    if (IsEnd(found.error()) && !context.Check()) return found;
    const std::string reason = found.error().FullMessage();
    if (attempts != nullptr) attempts->push_back({source.name, reason, false});
    reasons += "\n  " + source.name + ": " + reason;
  }
  return Unauthenticated("NoCredentials", "No source gave AWS credentials:" + reasons);
}

Result<RoleRequest> Sources::Complete(RoleRequest request, bool takes_given_endpoint) const {
  if (request.region.empty()) request.region = Region();
  if (request.region.empty()) request.region = kRegionAssumed;
  // Checked even when the endpoint is given: it is signed for.
  FIRN_ASSIGN_OR_RETURN(std::string of_aws,
                        StsEndpoint(request.region, {.fips = surroundings_.fips,
                                                     .dual_stack = surroundings_.dual_stack}));
  if (!takes_given_endpoint) request.endpoint.clear();
  if (request.endpoint.empty()) request.endpoint = surroundings_.sts_endpoint;
  if (request.endpoint.empty()) request.endpoint = std::move(of_aws);
  return request;
}

Result<Found> Sources::Assume(const Context& context, const Found& base,
                              RoleRequest request) const {
  FIRN_ASSIGN_OR_RETURN(request, Complete(std::move(request), true));
  return AssumeRole(context, *client_, clock_, base, request);
}

Result<Found> Sources::Fetch(const Context& context, const Plan& plan) const {
  const auto base = [&]() -> Result<Found> {
    switch (plan.origin) {
      case Origin::kFixed:
        return Found{.credentials = plan.fixed, .expires = std::nullopt, .source = "given keys"};
      case Origin::kDefaultChain: return FromDefaultChain(context);
      case Origin::kInstanceProfile: return FromInstanceMetadata(context);
      case Origin::kWebIdentity: return FromWebIdentity(context);
    }
    return Internal("BadPlan", "a plan of no known origin");
  };
  FIRN_ASSIGN_OR_RETURN(Found found, base());
  if (!plan.role) return found;
  return Assume(context, found, *plan.role);
}

std::string Sources::Region() const {
  if (!surroundings_.region.empty()) return surroundings_.region;
  const auto profiles = ReadProfiles(surroundings_);
  if (!profiles) return "";
  const auto found = profiles->find(surroundings_.profile);
  return found == profiles->end() ? "" : Text(found->second, "region");
}

Result<Found> Provider::GetFound(const Context& context) {
  return kept_.Get(
      context, [sources = sources_, plan = plan_](const Context& inner) -> Result<Fetched<Found>> {
        FIRN_ASSIGN_OR_RETURN(Found found, sources->Fetch(inner, *plan));
        const auto expires = found.expires;
        return Fetched<Found>{.value = std::move(found), .expires = expires};
      });
}

Result<Credentials> Provider::Get(const Context& context) {
  FIRN_ASSIGN_OR_RETURN(Found found, GetFound(context));
  return std::move(found.credentials);
}

void Provider::Refuse(const Credentials& credentials) {
  kept_.SpoilIf([&credentials](const Found& kept) {
    return kept.credentials.access_key_id == credentials.access_key_id &&
           kept.credentials.session_token == credentials.session_token;
  });
}

std::shared_ptr<Provider> Chain::ProviderFor(const Plan& plan) {
  if (plan.origin == Origin::kFixed)
    return std::make_shared<Provider>(plan, sources_, clock_, renewal_);
  MutexLock lock(mutex_);
  for (const Shared& shared : shared_) {
    if (shared.origin == plan.origin && shared.role == plan.role) return shared.provider;
  }
  if (shared_.size() >= kProvidersMax) shared_.erase(shared_.begin());  // Its users keep it alive.
  shared_.push_back(
      {plan.origin, plan.role, std::make_shared<Provider>(plan, sources_, clock_, renewal_)});
  return shared_.back().provider;
}

}  // namespace firn::credentials
