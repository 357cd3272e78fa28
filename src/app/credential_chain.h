#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

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

/// The engine's client: `routes` as http::ParseRoute takes them, `ca_file` trusted besides the system's certificates, and
/// the proxy of HTTPS_PROXY but for the hosts of NO_PROXY. Errors: those of http::ParseRoute and http::MakeRoutedClient.
Result<std::unique_ptr<http::Client>> MakeEngineClient(std::span<const std::string> routes,
                                                       const std::optional<std::filesystem::path>& ca_file);

}  // namespace firn::app
