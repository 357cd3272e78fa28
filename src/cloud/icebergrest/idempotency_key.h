#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Idempotency-Key: a UUID of version 7 (RFC 9562), bound to one principal and one request.

namespace firn::icebergrest {

/// Errors: kInvalidArgument/IdempotencyKeyInvalid.
Status CheckIdempotencyKey(std::string_view key);
/// What the key is bound to besides the principal. `target` is the raw path and query.
std::string RequestHash(std::string_view method, std::string_view target, std::string_view body);

}  // namespace firn::icebergrest
