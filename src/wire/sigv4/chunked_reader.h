#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/http/body.h"
#include "wire/http/message.h"
#include "wire/sigv4/authorization.h"

/// The aws-chunked body of S3 uploads: data in chunks, each perhaps signed, checksums in a trailer.

namespace firn::sigv4 {

/// What x-amz-content-sha256 says of a body.
enum class PayloadForm {
  kHash,                   ///< 64 hex digits: the body's SHA-256.
  kUnsigned,               ///< UNSIGNED-PAYLOAD.
  kSignedChunks,           ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  kSignedChunksTrailer,    ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  kUnsignedChunksTrailer,  ///< STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

/// Errors: kInvalidArgument/InvalidArgument; kUnsupported/SigV4aUnsupported for the ECDSA forms.
Result<PayloadForm> ParsePayloadForm(std::string_view content_sha256);

inline bool IsChunked(PayloadForm form) {
  return form != PayloadForm::kHash && form != PayloadForm::kUnsigned;
}

/// Decodes an aws-chunked body and verifies it as it passes. The bytes handed out are provisional until Read has
/// returned 0: only then are every signature, the decoded length and the trailer's form known to be right. Checksums in
/// the trailer are the caller's to compare. Owned by one request.
class ChunkedReader final : public http::BodyReader {
 public:
  /// `source` must outlive the reader. `authorization` must have passed CheckSignature: its signature seeds the chain.
  ///
  /// Errors: kInvalidArgument/MissingContentLength when x-amz-decoded-content-length is absent or not a number.
  static Result<std::unique_ptr<ChunkedReader>> Make(http::BodyReader& source, PayloadForm form,
                                                     const Authorization& authorization,
                                                     const http::RequestHead& head,
                                                     const Secret& secret_key);
  ~ChunkedReader() override;

  /// Errors: those of `source`; kInvalidArgument with IncompleteBody (length differs from the declared one, or the
  /// end is missing), InvalidChunkSizeError (a signed chunk under 8 KiB that is not the last), MalformedTrailerError,
  /// InvalidRequest (broken framing); kPermissionDenied/SignatureDoesNotMatch. An error is final.
  Result<std::size_t> Read(std::span<char> buffer) override;

  /// x-amz-decoded-content-length.
  std::uint64_t decoded_length() const;

  /// Fields of the trailer (`x-amz-checksum-crc32`), without its signature. Complete once Read has returned 0.
  const http::Headers& trailers() const;

 private:
  struct State;
  explicit ChunkedReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firn::sigv4
