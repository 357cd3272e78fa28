#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/credentials/chain.h"
#include "wire/http/client.h"

/// The process's own credential chain: the only place that reads AWS' environment variables.

namespace firn::app {

/// `client` speaks to STS. The metadata services get a client of their own, which may reach
/// link-local addresses and uses no proxy; nothing SQL names is ever asked with it. Errors: those
/// of http::MakeCurlClient.
Result<std::shared_ptr<credentials::Chain>> MakeCredentialChain(
    std::shared_ptr<http::Client> client, Renewal renewal = {});

/// How this process reaches servers.
struct OutwardOptions {
  std::vector<std::string> routes;  ///< HOST:PORT:ADDRESS[:PORT], as http::ParseRoute takes them.
  /// PEM certificates to trust besides the system's; absent: those of AWS_CA_BUNDLE.
  std::optional<std::filesystem::path> ca_file;
  /// Lets catalogs and stores stand where clouds keep their instance metadata.
  bool allow_link_local = false;
};

/// The engine's client, with the proxy of HTTPS_PROXY but for the hosts of NO_PROXY. Errors: those of http::ParseRoute and
/// http::MakeRoutedClient.
Result<std::unique_ptr<http::Client>> MakeEngineClient(const OutwardOptions& outward);

}  // namespace firn::app
