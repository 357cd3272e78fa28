#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of this room, with its arithmetic.

namespace firn::http {

/// Request line and headers together. SigV4 with a session token needs about 4 KiB; AWS allows 8 KiB of user metadata.
inline constexpr std::size_t kHeaderBytesMax = 32UL << 10;
inline constexpr std::size_t kHeaderCountMax = 200;
/// S3 keys are 1024 bytes, three times that when percent-encoded, and presigned queries carry a token of 2 KiB.
inline constexpr std::size_t kTargetBytesMax = 16UL << 10;
/// Bytes of one request's body that wait for its handler; 64 handlers at once hold 16 MiB.
inline constexpr std::size_t kBodyBufferBytesMax = 256UL << 10;
/// Of a body, before its handler takes one of the workers: slow senders of small bodies never hold one. A thousand
/// connections hold 64 MiB.
inline constexpr std::size_t kBodyBytesBeforeHandler = 64UL << 10;
/// One read from, or one write to, a socket.
inline constexpr std::size_t kSocketReadBytes = 64UL << 10;
inline constexpr std::size_t kSocketWriteBytes = 256UL << 10;
/// What a handler left unread is read and dropped up to here to keep the connection; over it the connection closes.
inline constexpr std::uint64_t kUnreadBodyBytesMax = 1UL << 20;
/// A chunk-size line with its extensions (RFC 9112 7.1); a chunk signature needs 85 bytes.
inline constexpr std::size_t kChunkLineBytesMax = 512;
inline constexpr std::size_t kTrailerBytesMax = 8UL << 10;
/// A sender slower than this, averaged after the grace, is cut off: it holds a worker.
inline constexpr std::uint64_t kBodyBytesPerSecondMin = 512;
inline constexpr std::chrono::seconds kBodyRateGrace{30};
/// Requests that wait for a worker.
inline constexpr std::size_t kRequestsQueuedMax = 1024;

/// Client: requests handed over and not yet started.
inline constexpr std::size_t kClientQueueMax = 8192;
/// Client: requests on the network at once, each with at most one connection.
inline constexpr std::size_t kClientInFlightMax = 256;
/// Client: an answer's body unless the request says otherwise.
inline constexpr std::size_t kAnswerBytesMax = 64UL << 20;
/// Client: an answer's headers.
inline constexpr std::size_t kAnswerHeaderBytesMax = 256UL << 10;

}  // namespace firn::http
