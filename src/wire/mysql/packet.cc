#include "wire/mysql/packet.h"

#include <algorithm>

#include <fmt/format.h>

#include "wire/mysql/bytes.h"
#include "wire/mysql/limits.h"

namespace firn::mysql {
namespace {

void WriteHeader(char* at, std::size_t size, std::uint8_t sequence) {
  at[0] = static_cast<char>(size & 0xFFU);
  at[1] = static_cast<char>(size >> 8U & 0xFFU);
  at[2] = static_cast<char>(size >> 16U & 0xFFU);
  at[3] = static_cast<char>(sequence);
}

}  // namespace

void AppendMessage(std::string& out, std::uint8_t& sequence, std::string_view payload) {
  for (;;) {
    const std::string_view piece = payload.substr(0, kPacketPayloadBytesMax);
    char header[kPacketHeaderBytes];
    WriteHeader(header, piece.size(), sequence++);
    out.append(header, kPacketHeaderBytes);
    out.append(piece);
    payload.remove_prefix(piece.size());
    // A last full packet is followed by an empty one.
    if (piece.size() < kPacketPayloadBytesMax) return;
  }
}

void MessageBuilder::Begin() {
  start_ = out_.size();
  out_.append(kPacketHeaderBytes, '\0');
}

void MessageBuilder::End() {
  const std::size_t payload_size = out_.size() - start_ - kPacketHeaderBytes;
  if (payload_size < kPacketPayloadBytesMax) {
    WriteHeader(out_.data() + start_, payload_size, sequence_++);
    return;
  }
  const std::string payload = out_.substr(start_ + kPacketHeaderBytes);
  out_.resize(start_);
  AppendMessage(out_, sequence_, payload);
}

Unexpected MessageAssembler::TooLarge() {
  return ResourceExhausted("PacketTooLarge",
                           fmt::format("Got a packet bigger than 'max_allowed_packet' bytes "
                                       "({} bytes)",
                                       message_bytes_max_));
}

Result<std::optional<std::string>> MessageAssembler::Next() {
  for (;;) {
    if (skip_rest_bytes_ > 0 || skip_ends_) {
      auto skipped = Skip();
      if (!skipped || skip_rest_bytes_ > 0) return skipped;
    }
    const std::string_view rest = std::string_view(buffer_).substr(consumed_);
    if (rest.size() < kPacketHeaderBytes) break;
    ByteReader header(rest);
    const std::size_t size = *header.Int3();
    const std::uint8_t sequence = *header.Int1();
    if (any_sequence_) expected_sequence_ = sequence;
    if (sequence != expected_sequence_) {
      in_step_ = false;
      return InvalidArgument("PacketsOutOfOrder",
                             fmt::format("Got packets out of order: expected {}, got {}",
                                         expected_sequence_, sequence));
    }
    if (skipping_ || message_.size() + size > message_bytes_max_) {
      skipped_bytes_ += message_.size() + size;
      message_ = {};
      skipping_ = true;
      if (skipped_bytes_ > skip_bytes_max_) {
        in_step_ = false;
        return TooLarge();
      }
      consumed_ += kPacketHeaderBytes;
      ++expected_sequence_;
      skip_rest_bytes_ = size;
      skip_ends_ = size < kPacketPayloadBytesMax;
      continue;
    }
    if (rest.size() < kPacketHeaderBytes + size) break;
    message_.append(rest.substr(kPacketHeaderBytes, size));
    consumed_ += kPacketHeaderBytes + size;
    ++expected_sequence_;
    if (size < kPacketPayloadBytesMax) {
      if (consumed_ == buffer_.size()) Compact();
      std::optional<std::string> whole = std::move(message_);
      message_ = {};
      return whole;
    }
  }
  Compact();
  return std::optional<std::string>();
}

Result<std::optional<std::string>> MessageAssembler::Skip() {
  const std::size_t step = std::min(skip_rest_bytes_, buffer_.size() - consumed_);
  consumed_ += step;
  skip_rest_bytes_ -= step;
  Compact();
  if (skip_rest_bytes_ > 0 || !skip_ends_) return std::optional<std::string>();
  skipping_ = false;
  skip_ends_ = false;
  skipped_bytes_ = 0;
  return TooLarge();
}

void MessageAssembler::Compact() {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  // What one large message needed is not kept for the connection's life.
  if (buffer_.empty() && buffer_.capacity() > kAssemblerBytesKept) buffer_ = {};
}

std::size_t MessageAssembler::WantedBytes() const {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kPacketHeaderBytes) return kPacketHeaderBytes - rest.size();
  const std::size_t packet_size = kPacketHeaderBytes + *ByteReader(rest).Int3();
  return rest.size() < packet_size ? packet_size - rest.size() : 1;
}

}  // namespace firn::mysql
