#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/http/client.h"

/// Which machine a request for a host goes to, when it is not the one that DNS names.

namespace firn::http {

/// Requests for `host` and `port` connect to `address` and `address_port`; URL, Host header and the
/// name in the certificate stay those of `host`.
struct Route {
  std::string host;  ///< Lower case; `*.example.com` is every name below, `*` is any.
  std::uint16_t port = 443;
  std::string address;  ///< A name or an address, IPv6 in brackets.
  std::uint16_t address_port = 443;
};

/// `HOST:PORT:ADDRESS[:PORT]`. Errors: kInvalidArgument/InvalidRoute.
Result<Route> ParseRoute(std::string_view text);

struct Routing {
  std::vector<Route> routes;  ///< The first that fits is taken; its requests use no proxy.
  std::string https_proxy;    ///< Of https requests; empty for none.
  /// Hosts that are reached without it, commas between, as NO_PROXY has them. Link-local addresses
  /// are always: then the client's own refusal sees them.
  std::string no_proxy;
};

/// Errors: those of MakeCurlClient.
Result<std::unique_ptr<Client>> MakeRoutedClient(const ClientOptions& options, Routing routing);

}  // namespace firn::http
