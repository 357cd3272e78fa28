#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

/// A request body on its way in, read by pieces.

namespace firn::http {

/// Bytes that arrive while they are read. Owned by one request; one reader at a time.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// Fills at most `buffer`; 0 is the end. Blocks until something is there.
  ///
  /// Errors: kUnavailable/BodyCut when the sender went away or was too slow, kInvalidArgument/InvalidBody when its
  /// framing is broken. After an error every further call returns it again.
  virtual Result<std::size_t> Read(std::span<char> buffer) = 0;

  /// Reads to the end. Errors: those of Read; kResourceExhausted/BodyTooLarge over `bytes_max`.
  Result<std::string> ReadAll(std::size_t bytes_max);
};

/// A body that is already here. `text` must outlive the reader.
class TextBodyReader final : public BodyReader {
 public:
  /// Hands out at most `piece_bytes_max` bytes a call, so that tests meet every seam.
  explicit TextBodyReader(std::string_view text, std::size_t piece_bytes_max = SIZE_MAX)
      : rest_(text), piece_bytes_max_(piece_bytes_max) {}

  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  std::string_view rest_;
  std::size_t piece_bytes_max_;
};

}  // namespace firn::http
