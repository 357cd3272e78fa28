#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/sigv4/authorization.h"

/// A request whose target, Authorization header and date are the input's lines: nothing crashes, nothing verifies.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t first = bytes.find('\n');
  if (first == std::string_view::npos) return 0;
  const std::size_t second = bytes.find('\n', first + 1);
  http::RequestHead head{"GET", "/" + std::string(bytes.substr(0, first)), {{"Host", "h"}}, "", false};
  if (second != std::string_view::npos) {
    head.headers.Add("Authorization", bytes.substr(first + 1, second - first - 1));
    head.headers.Add("X-Amz-Date", bytes.substr(second + 1));
  }
  const auto authorization = sigv4::ParseAuthorization(head);
  if (!authorization) return 0;
  (void)sigv4::CheckSignedHeaders(*authorization, head);
  (void)sigv4::CheckTime(*authorization, WallTimeFromMillis(1'800'000'000'000));
  for (const auto encoding : {sigv4::PathEncoding::kOnce, sigv4::PathEncoding::kTwice}) {
    if (sigv4::CheckSignature(*authorization, head, encoding, sigv4::kEmptyPayloadHash, Secret("k"))) std::abort();
  }
  return 0;
}
