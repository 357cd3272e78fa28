#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// MySQL's compressed frames: 3 bytes length as sent, 1 byte sequence, 3 bytes plain length (0:
/// sent plain), then bytes. Packets run through them as a stream; a frame's ends are no packet's
/// ends.

namespace firn::mysql {

enum class CompressionKind { kZlib, kZstd };

/// Both directions of one connection. Owned by it; one call at a time.
class FrameCodec {
 public:
  /// `zstd_level` as the client asked; cut to 1 … kZstdLevelMax.
  FrameCodec(CompressionKind kind, int zstd_level);

  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  /// Appends the next whole frame's bytes to `plain`: at most kPacketPayloadBytesMax of them. False
  /// when bytes are missing.
  ///
  /// Errors: kInvalidArgument/MalformedPacket when a frame does not unpack to exactly the length it
  /// names; kResourceExhausted/CompressedTooWell when the connection's bytes unpack to more than
  /// kUnpackedBytesFree and kUnpackRatioMax times what was sent. The stream is of no use then.
  Result<bool> Next(std::string& plain);
  /// True when nothing of a further frame has arrived.
  bool empty() const { return buffer_.size() == consumed_; }

  /// Appends `plain` in frames, numbered on from the last frame that came.
  void AppendFrames(std::string& out, std::string_view plain);
  /// The first frame of a command has this number; only a client calls it.
  void RestartSequence() { sequence_ = 0; }

 private:
  void Compact();
  Status Unpack(std::string_view packed, std::size_t plain_bytes, std::string& plain);
  void AppendFrame(std::string& out, std::string_view plain);

  // Constant after construction.
  const CompressionKind kind_;
  const int zstd_level_;

  std::string buffer_;
  std::size_t consumed_ = 0;
  std::uint8_t sequence_ = 0;
  std::uint64_t sent_bytes_ = 0;      // By the other side, frames as they came.
  std::uint64_t unpacked_bytes_ = 0;  // What they held.
};

}  // namespace firn::mysql
