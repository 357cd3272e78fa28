#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/http/message.h"

/// The verifying side of AWS Signature Version 4: what a request claims, and whether its signature holds.
///
/// A verifier calls ParseAuthorization, CheckSignedHeaders, CheckTime, looks up the key, then CheckSignature; it must
/// not act on anything before all four have passed.

namespace firn::sigv4 {

/// How a request path becomes the canonical one.
enum class PathEncoding {
  kOnce,   ///< S3: the path as sent, each segment in its normal encoding; no normalisation.
  kTwice,  ///< All others: dot segments of the raw path resolved, then encoded again ('%3A' becomes '%253A').
};

/// What a signing key is good for.
struct Scope {
  std::string date;  ///< YYYYMMDD
  std::string region;
  std::string service;

  /// `date/region/service/aws4_request`.
  std::string ToString() const;
  friend bool operator==(const Scope&, const Scope&) = default;
};

/// What a request says of its signature. Nothing in it is proved yet. Immutable.
struct Authorization {
  AccessKeyId access_key_id;
  Scope scope;
  std::vector<std::string> signed_headers;  ///< Lower case, sorted, unique; has "host".
  std::string signature;                    ///< 64 lower-case hex digits.
  std::string amz_date;                     ///< `20261124T054514Z`, as it goes into the string to sign.
  WallTime time;                            ///< The same instant.
  bool presigned = false;                   ///< Came in the query.
  std::chrono::seconds expires{0};          ///< Presigned only: 1..604800.
  Secret session_token;                     ///< Empty for long-lived keys.
  std::string content_sha256;               ///< x-amz-content-sha256 literally; may be empty, or base64 from Iceberg.
};

/// What stands in place of a payload hash when the payload is not hashed.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
/// SHA-256 of nothing, in hex.
inline constexpr std::string_view kEmptyPayloadHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Reads the Authorization header or the X-Amz-* query parameters.
///
/// Errors: kUnauthenticated/MissingAuthenticationToken when there is neither; kInvalidArgument with
/// AuthorizationHeaderMalformed, AuthorizationQueryParametersError or, for both forms at once, InvalidArgument,
/// or InvalidRequest for Signature Version 2; kUnsupported/SigV4aUnsupported for AWS4-ECDSA-P256-SHA256.
Result<Authorization> ParseAuthorization(const http::RequestHead& head);

/// Every x-amz-* header of the request must be signed, but for x-amz-content-sha256: an attacker could add
/// x-amz-copy-source to a presigned PUT. So must Host. Errors: kPermissionDenied/HeadersNotSigned.
Status CheckSignedHeaders(const Authorization& authorization, const http::RequestHead& head);

/// Header form: within 15 minutes of `now`. Presigned: not from over 15 minutes ahead, not expired.
/// Errors: kPermissionDenied with RequestTimeTooSkewed or RequestExpired; the message has both times.
Status CheckTime(const Authorization& authorization, WallTime now);

/// Computes the signature anew and compares in constant time. `payload_hash`: for S3 the literal
/// x-amz-content-sha256 (UNSIGNED-PAYLOAD when presigned without one); for all others the hex SHA-256 of the body
/// that arrived, never the header's claim.
///
/// Errors: kPermissionDenied/SignatureDoesNotMatch.
Status CheckSignature(const Authorization& authorization, const http::RequestHead& head,
                      PathEncoding encoding, std::string_view payload_hash,
                      const Secret& secret_key);

}  // namespace firn::sigv4
