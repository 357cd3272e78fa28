#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/iceberg_rest/errors.h"
#include "wire/iceberg_rest/messages.h"
#include "wire/iceberg_rest/paths.h"
#include "wire/iceberg_rest/serving.h"

// The first byte chooses the decoder; the rest is its input. What parses must print and parse
// again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace rest = firn::iceberg_rest;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 11) {
    case 0: (void)rest::ParseRoute("GET", text); break;
    case 1: (void)rest::ToError(rest::ParseErrorBody(403, text)); break;
    case 2:
      if (const auto parsed = rest::ParseConfigResponse(text)) {
        FIRN_CHECK(rest::ParseConfigResponse(rest::PrintConfigResponse(*parsed)).has_value());
      }
      break;
    case 3:
      if (const auto parsed = rest::ParseLoadTableResult(text)) {
        FIRN_CHECK(rest::ParseLoadTableResult(rest::PrintLoadTableResult(*parsed)).has_value());
      }
      break;
    case 4: (void)rest::ParseListTablesResponse(text); break;
    case 5:
      if (const auto parsed = rest::ParseCreateTableRequest(text)) {
        FIRN_CHECK(
            rest::ParseCreateTableRequest(rest::PrintCreateTableRequest(*parsed)).has_value());
      }
      break;
    case 6: (void)rest::ParseCommitTransactionRequest(text); break;
    case 7: (void)rest::ParseNamespaceDocument(text); break;
    case 8: (void)rest::ParseRoute("POST", "/iceberg/v1/" + std::string(text)); break;
    case 9:
      (void)rest::EtagMatches(text, "\"a\"");
      (void)rest::ParsePageAsk(text, text, 100);
      (void)rest::ParseProperties(text);
      break;
    default: (void)rest::ParseOAuthTokenResponse(text); break;
  }
  return 0;
}
