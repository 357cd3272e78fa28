#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Messages in packets: 3 bytes length, 1 byte sequence, payload; a full packet is continued by the next.

namespace firn::mysql {

/// Appends `payload` as one message, split where it must be, and counts `sequence` on.
void AppendMessage(std::string& out, std::uint8_t& sequence, std::string_view payload);

/// Builds a message in place: Begin leaves room for the header, the caller appends the payload, End writes the header.
/// A payload over one packet is split then. Thread-compatible; borrows `out` and `sequence`.
class MessageBuilder {
 public:
  MessageBuilder(std::string& out, std::uint8_t& sequence) : out_(out), sequence_(sequence) {}
  void Begin();
  void End();

 private:
  std::string& out_;
  std::uint8_t& sequence_;
  std::size_t start_ = 0;
};

/// Puts messages together from bytes that arrive in pieces. Owned by one connection.
class MessageAssembler {
 public:
  explicit MessageAssembler(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  /// A message over `message_bytes_max` is read and dropped up to `skip_bytes_max`, so that its sender, who may not
  /// listen before it has sent everything, hears the error, and the connection can go on.
  void SetLimits(std::size_t message_bytes_max, std::size_t skip_bytes_max) {
    message_bytes_max_ = message_bytes_max;
    skip_bytes_max_ = skip_bytes_max;
  }
  /// The sequence number the next packet must have; 0 before a command.
  void ExpectSequence(std::uint8_t sequence) { expected_sequence_ = sequence; }
  /// One past the last packet of the message that Next gave.
  std::uint8_t next_sequence() const { return expected_sequence_; }

  /// Within compressed frames, which have numbers of their own, clients do not agree on those of packets.
  void TakeAnySequence() { any_sequence_ = true; }

  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  /// The next whole message, or nullopt when bytes are missing.
  ///
  /// Errors: kInvalidArgument/PacketsOutOfOrder; kResourceExhausted/PacketTooLarge, when the whole message is dropped
  /// or it is too large even for that. After an error the stream is of use only if in_step().
  Result<std::optional<std::string>> Next();
  bool in_step() const { return in_step_; }
  /// How many bytes to read so as not to read past the packet that is arriving: before TLS may begin, what follows a
  /// message is not ours. At least 1.
  std::size_t WantedBytes() const;
  /// True when nothing of a further message has arrived.
  bool empty() const { return buffer_.size() == consumed_ && message_.empty() && !skipping_; }

 private:
  void Compact();
  /// The error of a message that was too large, when its last byte is dropped.
  Result<std::optional<std::string>> Skip();
  Unexpected TooLarge();

  std::size_t message_bytes_max_;
  std::size_t skip_bytes_max_ = 0;
  bool any_sequence_ = false;
  bool in_step_ = true;
  bool skipping_ = false;
  bool skip_ends_ = false;          // The packet being dropped is the message's last.
  std::size_t skip_rest_bytes_ = 0;  // Of the packet being dropped.
  std::size_t skipped_bytes_ = 0;
  std::uint8_t expected_sequence_ = 0;
  std::string buffer_;
  std::size_t consumed_ = 0;
  std::string message_;  // Payloads of the packets before the last.
};

}  // namespace firn::mysql
