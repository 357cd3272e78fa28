#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/context.h"
#include "base/result.h"
#include "wire/aws/endpoint.h"
#include "wire/credentials/found.h"
#include "wire/http/client.h"

/// The two questions that credentials come from STS by, and the shapes of answers with keys.

namespace firn::credentials {

/// A role to assume.
struct RoleRequest {
  std::string arn;
  std::string external_id;  ///< Empty: none.
  std::string session_name = "firn";
  std::string region;    ///< Of the STS asked; empty: that of the surroundings, then us-east-1.
  std::string endpoint;  ///< Empty: AWS' own of the region.

  friend bool operator==(const RoleRequest&, const RoleRequest&) = default;
};

/// `https://sts.eu-west-1.amazonaws.com`. Errors: kInvalidArgument/BadRegion for what is no
/// region's name: it would lead elsewhere.
Result<std::string> StsEndpoint(std::string_view region, aws::EndpointVariant variant = {});

/// AssumeRole, signed with `base`. `region` and `endpoint` of the request are filled in.
///
/// Errors: kUnauthenticated/AssumeRoleRefused with the code and message of STS; those of
/// http::Client.
Result<Found> AssumeRole(const Context& context, http::Client& client, const Clock& clock,
                         const Found& base, const RoleRequest& request);

/// AssumeRoleWithWebIdentity, unsigned: the token proves who asks, so the endpoint must be one the
/// operator chose. Errors: those of AssumeRole.
Result<Found> AssumeRoleWithWebIdentity(const Context& context, http::Client& client,
                                        const Clock& clock, const Secret& token,
                                        const RoleRequest& request);

/// The XML of both. Errors: kUnavailable/BadCredentialsAnswer.
Result<Found> ParseStsAnswer(std::string_view xml, std::string source);

/// The JSON of containers and of instance metadata. Errors: kUnavailable/BadCredentialsAnswer;
/// kUnauthenticated/NoCredentials when it says a Code other than Success.
Result<Found> ParseKeysAnswer(std::string_view text, std::string source);

}  // namespace firn::credentials
