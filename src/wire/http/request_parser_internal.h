#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/http/message.h"

/// Bytes to request heads and bodies, strictly: what two servers could read in two ways is refused.

namespace firn::http {

enum class BodyFraming { kNone, kLength, kChunked };

struct ParsedHead {
  RequestHead head;
  BodyFraming framing = BodyFraming::kNone;
  std::uint64_t length_bytes = 0;  ///< For kLength.
  bool keep_alive = true;
  bool expects_continue = false;
};

/// Looks for the end of a head in `bytes`, of which the first `scanned` were looked at before; moves `scanned` on.
/// Returns the length of the head with its empty line, nullopt while it is not whole.
/// Errors: kInvalidArgument/BadRequest on a bare LF, a bare CR or NUL.
Result<std::optional<std::size_t>> FindHeadEnd(std::string_view bytes, std::size_t& scanned);

/// Parses a whole head, its empty line included.
///
/// Errors: kInvalidArgument with BadRequest, TargetTooLong or ExpectationFailed; kResourceExhausted/HeadersTooLarge;
/// kUnsupported with TransferCodingNotImplemented or VersionNotSupported.
Result<ParsedHead> ParseHead(std::string_view bytes);

/// The HTTP status for an error of the two functions above.
int RefusalStatus(const Error& error);

/// Takes a body out of its framing, in pieces of any size. Owned by one request.
class BodyDecoder {
 public:
  BodyDecoder(BodyFraming framing, std::uint64_t length_bytes);

  /// Appends at most `out_max` bytes to `out`; returns how many of `in` were used up. Uses all of `in` unless `out_max`
  /// is reached or the body ends. Errors: kInvalidArgument/InvalidBody; final.
  Result<std::size_t> Decode(std::string_view in, std::size_t out_max, std::string& out);

  bool done() const { return state_ == State::kDone; }
  /// Bytes still to come, as far as the framing tells: for chunked only those of the current chunk.
  std::uint64_t remaining() const { return remaining_; }

 private:
  enum class State { kLength, kSizeLine, kData, kDataEnd, kTrailer, kDone };

  Status TakeLine();

  const bool chunked_;
  State state_;
  std::uint64_t remaining_ = 0;
  std::string line_;  // The size line or trailer line so far, without its LF.
  std::size_t trailer_bytes_ = 0;
};

}  // namespace firn::http
