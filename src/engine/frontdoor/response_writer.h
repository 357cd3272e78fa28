#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/frontdoor/limits.h"
#include "wire/mysql/packet.h"
#include "wire/mysql/response.h"

/// Gathers the messages of one answer and hands them to the socket in large pieces.

namespace firn::frontdoor {

/// Owned by one answer; one thread. Not to be moved: the builder points into it.
class ResponseWriter {
 public:
  /// Writes bytes out; may block; an error means the client is gone.
  using Write = std::function<Status(std::string_view)>;

  ResponseWriter(std::uint32_t capabilities, std::uint8_t sequence, Write write)
      : capabilities_(capabilities), sequence_(sequence), write_(std::move(write)) {}
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  std::uint32_t capabilities() const { return capabilities_; }
  /// What the next packet would be numbered.
  std::uint8_t sequence() const { return sequence_; }
  std::uint64_t bytes_written() const { return bytes_written_ + buffer_.size(); }

  /// Appends one message. Errors: those of writing.
  Status Send(std::string_view payload);
  Status SendOk(const mysql::OkPacket& ok) { return Send(mysql::EncodeOk(ok, capabilities_)); }
  Status SendError(const Error& error);
  /// Ends a list of definitions, for clients that still want it.
  Status SendEofUnlessDeprecated(const mysql::EofPacket& eof);
  /// Ends rows: an EOF, or the OK that replaces it.
  Status SendEndOfRows(const mysql::EofPacket& eof);

  /// For rows, which are built in place: append a payload to buffer() between the two.
  void BeginMessage() { builder_.Begin(); }
  Status EndMessage() {
    builder_.End();
    return buffer_.size() < kResultBufferBytes ? Ok() : Flush();
  }
  std::string& buffer() { return buffer_; }
  Status Flush();

 private:
  // Constant after construction.
  const std::uint32_t capabilities_;

  std::uint8_t sequence_;
  Write write_;
  std::string buffer_;
  mysql::MessageBuilder builder_{buffer_, sequence_};
  std::uint64_t bytes_written_ = 0;
};

}  // namespace firn::frontdoor
