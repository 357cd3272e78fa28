#pragma once

#include <memory>

#include "base/result.h"
#include "wire/credentials/chain.h"
#include "wire/http/client.h"

/// The process's own credential chain: the only place that reads AWS' environment variables.

namespace firn::app {

/// `client` speaks to STS. The metadata services get a client of their own, which may reach
/// link-local addresses and uses no proxy; nothing SQL names is ever asked with it. Errors: those
/// of http::MakeCurlClient.
Result<std::shared_ptr<credentials::Chain>> MakeCredentialChain(
    std::shared_ptr<http::Client> client);

}  // namespace firn::app
