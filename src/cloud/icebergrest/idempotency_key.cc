#include "cloud/icebergrest/idempotency_key.h"

#include "base/digest.h"

namespace firn::icebergrest {

Status CheckIdempotencyKey(std::string_view key) {
  const auto refused = [] {
    return InvalidArgument("IdempotencyKeyInvalid", "Idempotency-Key must be a UUID of version 7");
  };
  if (key.size() != 36) return refused();
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_hyphen ? c != '-' : !is_hex) return refused();
  }
  if (key[14] != '7' || std::string_view("89abAB").find(key[19]) == std::string_view::npos) {
    return refused();
  }
  return Ok();
}

std::string RequestHash(std::string_view method, std::string_view target, std::string_view body) {
  return Sha256Hex(std::string(method) + " " + std::string(target) + "\n" + std::string(body));
}

}  // namespace firn::icebergrest
