#include "app/credential_chain.h"

#include <cstdlib>

#include "base/clock.h"

namespace firn::app {
namespace {

std::optional<std::string> Variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<std::shared_ptr<credentials::Chain>> MakeCredentialChain(
    std::shared_ptr<http::Client> client) {
  http::ClientOptions options;
  options.connect_timeout = std::chrono::milliseconds(1'000);
  options.refuse_link_local = false;
  FIRN_ASSIGN_OR_RETURN(std::shared_ptr<http::Client> metadata_client,
                        http::MakeCurlClient(options));
  auto sources = std::make_shared<const credentials::Sources>(
      credentials::SurroundingsFrom(Variable), std::move(client), std::move(metadata_client),
      SystemClock());
  return std::make_shared<credentials::Chain>(std::move(sources), SystemClock());
}

}  // namespace firn::app
