#include "wire/http/routes.h"

#include <charconv>

#include "base/encoding.h"

namespace firn::http {
namespace {

Result<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port == 0)
    return InvalidArgument("InvalidRoute", "\"" + std::string(text) + "\" is no port");
  return port;
}

}  // namespace

Result<Route> ParseRoute(std::string_view text) {
  const auto bad = [&] {
    return InvalidArgument("InvalidRoute",
                           "\"" + std::string(text) + "\" is not HOST:PORT:ADDRESS[:PORT]");
  };
  const std::size_t host_end = text.find(':');
  if (host_end == std::string_view::npos || host_end == 0) return bad();
  const std::size_t port_end = text.find(':', host_end + 1);
  if (port_end == std::string_view::npos) return bad();
  Route route{.host = ToLowerAscii(text.substr(0, host_end))};
  FIRN_ASSIGN_OR_RETURN(route.port, ParsePort(text.substr(host_end + 1, port_end - host_end - 1)));
  std::string_view address = text.substr(port_end + 1);
  route.address_port = route.port;
  const std::size_t bracket = address.find(']');
  const std::size_t colon = address.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    FIRN_ASSIGN_OR_RETURN(route.address_port, ParsePort(address.substr(colon + 1)));
    address = address.substr(0, colon);
  }
  const bool has_open = address.starts_with('[');
  if (address.empty() || has_open != address.ends_with(']')) return bad();
  route.address = std::string(address);
  return route;
}

}  // namespace firn::http
