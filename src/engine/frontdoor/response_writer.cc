#include "engine/frontdoor/response_writer.h"

#include "engine/frontdoor/mysql_errors.h"

namespace firn::frontdoor {

Status ResponseWriter::Send(std::string_view payload) {
  mysql::AppendMessage(buffer_, sequence_, payload);
  return buffer_.size() < kResultBufferBytes ? Ok() : Flush();
}

Status ResponseWriter::SendError(const Error& error) {
  return Send(mysql::EncodeErr(ToMySqlError(error)));
}

Status ResponseWriter::SendEofUnlessDeprecated(const mysql::EofPacket& eof) {
  if ((capabilities_ & mysql::kDeprecateEof) != 0) return Ok();
  return Send(mysql::EncodeEof(eof));
}

Status ResponseWriter::SendEndOfRows(const mysql::EofPacket& eof) {
  if ((capabilities_ & mysql::kDeprecateEof) == 0) return Send(mysql::EncodeEof(eof));
  return Send(mysql::EncodeOk({.status = eof.status, .warning_count = eof.warning_count},
                              capabilities_, /*as_eof=*/true));
}

Status ResponseWriter::Flush() {
  if (buffer_.empty()) return Ok();
  FIRN_TRY(write_(buffer_));
  bytes_written_ += buffer_.size();
  buffer_.clear();
  return Ok();
}

}  // namespace firn::frontdoor
