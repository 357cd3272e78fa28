#include "app/credential_chain.h"

#include <cstdlib>

#include "base/clock.h"
#include "wire/http/routes.h"

namespace firn::app {
namespace {

std::optional<std::string> Variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<std::shared_ptr<credentials::Chain>> MakeCredentialChain(
    std::shared_ptr<http::Client> client, Renewal renewal) {
  http::ClientOptions options;
  options.connect_timeout = std::chrono::milliseconds(1'000);
  options.refuse_link_local = false;
  FIRN_ASSIGN_OR_RETURN(std::shared_ptr<http::Client> metadata_client,
                        http::MakeCurlClient(options));
  auto sources = std::make_shared<const credentials::Sources>(
      credentials::SurroundingsFrom(Variable), std::move(client), std::move(metadata_client),
      SystemClock());
  return std::make_shared<credentials::Chain>(std::move(sources), SystemClock(), renewal);
}

Result<std::unique_ptr<http::Client>> MakeEngineClient(const OutwardOptions& outward) {
  http::ClientOptions options;
  options.extra_ca_file = outward.ca_file;
  if (const auto bundle = Variable("AWS_CA_BUNDLE"); !options.extra_ca_file && bundle && !bundle->empty())
    options.extra_ca_file = *bundle;
  options.refuse_link_local = !outward.allow_link_local;
  http::Routing routing;
  for (const std::string& text : outward.routes) {
    FIRN_ASSIGN_OR_RETURN(http::Route route, http::ParseRoute(text));
    routing.routes.push_back(std::move(route));
  }
  const auto first = [](std::string_view lower, std::string_view upper) {
    const auto value = Variable(lower);
    return value ? *value : Variable(upper).value_or("");
  };
  routing.https_proxy = first("https_proxy", "HTTPS_PROXY");
  routing.no_proxy = first("no_proxy", "NO_PROXY");
  return http::MakeRoutedClient(options, std::move(routing));
}

}  // namespace firn::app
