#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/context.h"
#include "base/expiring_value.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/catalog/rest_settings.h"
#include "wire/credentials/chain.h"
#include "wire/http/client.h"

/// Requests to one REST catalog: proof of identity, retries, and errors that say what to do.

namespace firn::catalog {

class WriteJournal;

/// What a repetition of a request would do.
enum class Repeat {
  kHarmless,  ///< Retried on 429, 5xx and lost answers.
  kNever,     ///< Sent once, on a new connection, so that no layer below repeats it either.
};

struct RestRequest {
  std::string method = "GET";
  std::string url;
  std::string body;
  http::Headers headers;
  Repeat repeat = Repeat::kHarmless;
};

/// What a channel needs of the process; all outlive it.
struct ChannelEnvironment {
  std::shared_ptr<http::Client> client;
  const Clock& clock;
  Random& random;
  std::string user_agent;
  /// Finds keys and assumes roles. Null: only keys that are written down serve.
  std::shared_ptr<credentials::Chain> chain = nullptr;
  /// For vended credentials.
  Renewal renewal = {};
  /// Of what statements put; null: none.
  std::shared_ptr<WriteJournal> journal = nullptr;
};

/// Gives the keys of a plan; those written down without asking anyone. Thread-safe.
///
/// Errors: kUnauthenticated and kUnavailable of credentials::Sources;
/// kUnsupported/NoCredentialChain when `chain` is null and the plan needs it.
class KeySource {
 public:
  KeySource(const credentials::Plan& plan, credentials::Chain* chain)
      : plan_(plan),
        provider_(NeedsChain(plan) && chain != nullptr ? chain->ProviderFor(plan) : nullptr) {}

  Result<Credentials> Get(const Context& context) const;
  /// True when other keys may come: the ones given before were refused as expired.
  bool Spoil() const;
  /// These were refused as expired; does nothing once others have been given.
  void Refuse(const Credentials& credentials) const;

 private:
  static bool NeedsChain(const credentials::Plan& plan) {
    return plan.origin != credentials::Origin::kFixed || plan.role.has_value();
  }

  // Constant after construction.
  const credentials::Plan plan_;
  const std::shared_ptr<credentials::Provider> provider_;
};

/// Thread-safe.
class RestChannel {
 public:
  RestChannel(RestSettings settings, ChannelEnvironment environment);

  const RestSettings& settings() const { return settings_; }

  /// Any answered status is a value. A request refused because its token has expired is sent once
  /// more with a new one: it was refused before it did anything (commits excepted: see SendOnce).
  ///
  /// Errors: those of http::Client and of the token's purchase.
  Result<http::IncomingResponse> Send(const Context& context, const RestRequest& request);

  /// The same without any repetition at all, for commits.
  Result<http::IncomingResponse> SendOnce(const Context& context, const RestRequest& request);

  /// The error that an answer of status 300 and above is. `doing` is StarRocks' opening, such as
  /// `Failed to load table`; the message is `<doing> using REST Catalog, exception: <the server's
  /// message>`, with hint lines below.
  Error AnswerError(const http::IncomingResponse& answer, std::string_view doing) const;
  /// The same for a request that got no answer.
  Error TransportError(const Error& error, std::string_view doing) const;

 private:
  Result<http::OutgoingRequest> Prepare(const Context& context, const RestRequest& request);
  Result<Secret> Token(const Context& context);
  bool HasNewIdentity(const http::IncomingResponse& answer);
  Result<Fetched<Secret>> BuyToken(const Context& context) const;
  Result<http::IncomingResponse> SendWithRetries(const Context& context,
                                                 const RestRequest& request);
  std::string HintFor(const Error& error, const http::IncomingResponse& answer) const;

  // Constant after construction.
  const RestSettings settings_;
  const ChannelEnvironment environment_;

  // Own synchronisation.
  const KeySource signing_keys_;
  ExpiringValue<Secret> token_;
};

/// Full jitter: a wait in [0, bound], the bound doubling from kRetryWaitFirst at attempt 1 to
/// kRetryWaitMax.
std::chrono::milliseconds JitteredWait(Random& random, int attempt);

}  // namespace firn::catalog
