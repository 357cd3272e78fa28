#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "wire/http/message.h"
#include "wire/sigv4/authorization.h"

/// The words that signer and verifier must agree on, byte for byte.

namespace firn::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// Errors: kInvalidArgument/InvalidURI on a broken %-escape (kOnce), or when it does not begin with '/'.
Result<std::string> CanonicalPath(std::string_view raw_path, PathEncoding encoding);

/// Pairs encoded anew and sorted, without X-Amz-Signature. Errors: kInvalidArgument/InvalidQuery.
Result<std::string> CanonicalQuery(std::string_view raw_query);

/// A header value trimmed, with inner runs of blanks as one space.
std::string CanonicalValue(std::string_view value);

struct CanonicalInput {
  std::string_view method;
  std::string_view raw_path;
  std::string_view raw_query;
  const http::Headers& headers;
  std::span<const std::string> signed_headers;  ///< Lower case and sorted.
  PathEncoding encoding;
  std::string_view payload_hash;
};

/// A signed header that is absent stands with an empty value: the signature then differs.
/// Errors: kInvalidArgument/InvalidURI or /InvalidQuery.
Result<std::string> CanonicalRequest(const CanonicalInput& input);

std::string StringToSign(std::string_view amz_date, const Scope& scope,
                         std::string_view canonical_request);

/// The key of one day, region and service.
Secret SigningKey(const Secret& secret_key, const Scope& scope);

/// 64 lower-case hex digits.
std::string SignatureOf(const Secret& signing_key, std::string_view string_to_sign);

}  // namespace firn::sigv4
