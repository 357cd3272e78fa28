#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The named bounds of the MySQL protocol's codecs.

namespace firn::mysql {

/// Payload of one packet; a message of this size or more continues in the next packet.
inline constexpr std::size_t kPacketPayloadBytesMax = 0xFFFFFF;
inline constexpr std::size_t kPacketHeaderBytes = 4;
/// A message before authentication. The largest honest one is the handshake response with its attributes.
inline constexpr std::size_t kPreAuthMessageBytesMax = 64U << 10U;
/// A message after it: MySQL's max_allowed_packet.
inline constexpr std::size_t kMessageBytesMax = 32U << 20U;
/// What is read and dropped of a message over that bound; MySQL's own largest max_allowed_packet.
inline constexpr std::size_t kSkippedMessageBytesMax = 1U << 30U;
/// Buffer a quiet connection may keep.
inline constexpr std::size_t kAssemblerBytesKept = 64U << 10U;
/// What the client takes of one message from a server.
inline constexpr std::size_t kClientMessageBytesMax = 64U << 20U;

/// Plain bytes put into one compressed frame.
inline constexpr std::size_t kFramePlainBytes = 256U << 10U;
/// zstd's level, 1 to 22 as clients ask for it: above 9 a frame costs more than 10 ms.
inline constexpr int kZstdLevelMax = 9;
/// A connection's compressed bytes may unpack to so many plain ones whatever their ratio, and from there on to so many
/// times what was sent: zlib cannot do more than 1032.
inline constexpr std::uint64_t kUnpackedBytesFree = 64U << 20U;
inline constexpr std::uint64_t kUnpackRatioMax = 1100;

/// Key and value pairs of the connection attributes, and their bytes (MySQL's own bound).
inline constexpr std::size_t kAttributeCountMax = 64;
inline constexpr std::size_t kAttributeBytesMax = 16U << 10U;
/// `?` of one statement: the field on the wire has 16 bits.
inline constexpr std::size_t kParameterCountMax = 65'535;
/// Columns a client takes in one result.
inline constexpr std::uint64_t kColumnCountMax = 65'535;
/// Rows the buffering client keeps of one result: bytes of values.
inline constexpr std::size_t kClientResultBytesMax = 1U << 30U;
/// Auth exchanges (switch, more data) in one login.
inline constexpr int kAuthRoundsMax = 8;

/// Text of an ERR packet. A syntax error with its place and caret fits; a client buffer of 64 KiB does too.
inline constexpr std::size_t kErrorMessageBytesMax = 8U << 10U;

inline constexpr std::size_t kNonceBytes = 20;

}  // namespace firn::mysql
