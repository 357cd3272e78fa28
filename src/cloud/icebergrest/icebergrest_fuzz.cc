#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "cloud/icebergrest/client_tokens.h"
#include "cloud/icebergrest/idempotency_key.h"

/// Tokens and idempotency keys as anyone may send them.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn::icebergrest;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto claims = ParseToken(bytes)) {
    FIRN_CHECK(claims->signed_text.size() + 1 + claims->signature.size() == bytes.size());
  }
  if (CheckIdempotencyKey(bytes)) FIRN_CHECK(bytes.size() == 36);
  return 0;
}
