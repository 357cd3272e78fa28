#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/expiring_value.h"
#include "base/mutex.h"
#include "base/result.h"
#include "wire/credentials/found.h"
#include "wire/credentials/sts.h"
#include "wire/credentials/surroundings.h"
#include "wire/http/client.h"

/// Where AWS credentials come from when nobody wrote them down: the sources of the AWS SDKs, in the
/// order of the SDK for Java, and roles assumed on top.
///
/// Reading order: Plan, Sources, Provider, Chain.

namespace firn::credentials {

enum class Origin {
  kFixed,            ///< Keys that were given.
  kDefaultChain,     ///< The first source that has some.
  kInstanceProfile,  ///< Instance metadata alone.
  kWebIdentity,      ///< The web identity token file alone.
};

/// What someone asks for: where the keys come from, and the role to assume with them, if any.
struct Plan {
  Origin origin = Origin::kFixed;
  Credentials fixed;  ///< Of kFixed.
  std::optional<RoleRequest> role;
};

/// One source that was asked, for a person. No secrets.
struct Attempt {
  std::string source;
  std::string outcome;  ///< Why it gave nothing, or the end of its access key id.
  bool gave_keys = false;
};

/// Asks each source anew every time. Immutable and thread-safe.
class Sources {
 public:
  /// `client` speaks to STS. `metadata_client` speaks to link-local addresses and by no proxy.
  /// Null: the two metadata services give nothing. `clock` outlives this.
  Sources(Surroundings surroundings, std::shared_ptr<http::Client> client,
          std::shared_ptr<http::Client> metadata_client, const Clock& clock);

  const Surroundings& surroundings() const { return surroundings_; }

  // Errors of all: kUnauthenticated with NotConfigured (the source is not set up), NoCredentials,
  // AssumeRoleRefused, BadProfile, ForbiddenHost; kUnavailable with BadCredentialsAnswer and what
  // the client says; those of reading files.

  Result<Found> FromEnvironment() const;
  Result<Found> FromWebIdentity(const Context& context) const;
  /// A profile's keys, or its role assumed with those of its source_profile, credential_source or
  /// web_identity_token_file.
  Result<Found> FromProfile(const Context& context, const std::string& name) const;
  /// The host of a full URI is loopback, ECS' or EKS' own, or spoken to by https.
  Result<Found> FromContainer(const Context& context) const;
  /// IMDSv2 only: a session token first.
  Result<Found> FromInstanceMetadata(const Context& context) const;

  /// Environment, web identity, profile, container, instance metadata. `attempts`, if not null,
  /// gets one line a source asked.
  ///
  /// Errors: kUnauthenticated/NoCredentials naming each source and why it gave nothing; kCancelled,
  /// kDeadlineExceeded.
  Result<Found> FromDefaultChain(const Context& context,
                                 std::vector<Attempt>* attempts = nullptr) const;

  /// AssumeRole with region and endpoint filled in from the surroundings.
  Result<Found> Assume(const Context& context, const Found& base, RoleRequest request) const;

  /// All of a plan. Errors: the above.
  Result<Found> Fetch(const Context& context, const Plan& plan) const;

  /// AWS_REGION, else the profile's; empty when neither says. Reads the profile files.
  std::string Region() const;

 private:
  struct ProfileWalk;
  Result<Found> WalkProfile(const Context& context, ProfileWalk& walk,
                            const std::string& name) const;
  Result<Found> ProfileRole(const Context& context, ProfileWalk& walk,
                            const std::string& name) const;
  Result<Found> FromCredentialSource(const Context& context, const std::string& name) const;
  Result<Found> WebIdentityRole(const Context& context, const std::filesystem::path& token_file,
                                RoleRequest request) const;
  Result<RoleRequest> Complete(RoleRequest request, bool takes_given_endpoint) const;
  Result<http::IncomingResponse> AskMetadata(const Context& context,
                                             http::OutgoingRequest request) const;

  // Constant after construction.
  const Surroundings surroundings_;
  const std::shared_ptr<http::Client> client_;
  const std::shared_ptr<http::Client> metadata_client_;
  const Clock& clock_;
};

/// The keys of one plan, kept until 80 % of their life, fetched by one caller at a time.
/// Thread-safe.
class Provider {
 public:
  Provider(Plan plan, std::shared_ptr<const Sources> sources, const Clock& clock,
           Renewal renewal = {})
      : plan_(std::make_shared<const Plan>(std::move(plan))),
        sources_(std::move(sources)),
        kept_(clock, renewal) {}

  /// Errors: those of Sources::Fetch. While old keys still live, they are given instead of an
  /// error.
  Result<Credentials> Get(const Context& context);
  Result<Found> GetFound(const Context& context);
  /// A server did not take the keys: fetch again at the next need.
  void Spoil() { kept_.Spoil(); }
  /// The same for these keys alone: does nothing once they have been replaced.
  void Refuse(const Credentials& credentials);

 private:
  // Constant after construction. Shared with a renewal in the background.
  const std::shared_ptr<const Plan> plan_;
  const std::shared_ptr<const Sources> sources_;

  // Own synchronisation.
  ExpiringValue<Found> kept_;
};

/// Providers by plan, so that all catalogs with one plan share one fetch. Thread-safe.
class Chain {
 public:
  /// With a pool in `renewal` keys that still live are renewed there, and no caller waits.
  Chain(std::shared_ptr<const Sources> sources, const Clock& clock, Renewal renewal = {})
      : sources_(std::move(sources)), clock_(clock), renewal_(renewal) {}

  const Sources& sources() const { return *sources_; }

  /// Plans with fixed keys get a provider of their own: nothing of a secret becomes a key of a map.
  std::shared_ptr<Provider> ProviderFor(const Plan& plan);

 private:
  struct Shared {
    Origin origin;
    std::optional<RoleRequest> role;
    std::shared_ptr<Provider> provider;
  };

  // Constant after construction.
  const std::shared_ptr<const Sources> sources_;
  const Clock& clock_;
  const Renewal renewal_;

  Mutex mutex_;
  std::vector<Shared> shared_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::credentials
