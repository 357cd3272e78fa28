#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/http/message.h"
#include "wire/sigv4/authorization.h"

/// The signing side of AWS Signature Version 4.

namespace firn::sigv4 {

struct SigningScope {
  std::string region;
  std::string service;
};

/// Sets X-Amz-Date, X-Amz-Security-Token (for session credentials), X-Amz-Content-Sha256 (for S3, kOnce) and
/// Authorization. Signs host, as `url` has it, and every header that is there but those that proxies and HTTP
/// libraries touch (connection, expect, user-agent, transfer-encoding and their like). `url` is encoded as it will be
/// sent. `payload_hash` is hex or kUnsignedPayload.
///
/// Errors: kInvalidArgument/InvalidUrl.
Status SignRequest(http::Headers& headers, std::string_view method, std::string_view url,
                   PathEncoding encoding, std::string_view payload_hash,
                   const Credentials& credentials, const SigningScope& scope, WallTime now);

/// `url` with the X-Amz-* parameters that let anyone do `method` on it until `expires` from `now`.
/// Errors: kInvalidArgument/InvalidUrl, /InvalidExpiry outside 1..604800 seconds.
Result<std::string> Presign(std::string_view method, std::string_view url, PathEncoding encoding,
                            const Credentials& credentials, const SigningScope& scope,
                            std::chrono::seconds expires, WallTime now);

}  // namespace firn::sigv4
