#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of this room, with its arithmetic.

namespace firn::s3store {

/// Tries of one call in all. With full jitter under 50 ms · 2^n, at most 2 s, the waits sum to 5.2 s at the worst.
inline constexpr unsigned kTriesMax = 8;
inline constexpr std::chrono::milliseconds kBackoffBase{50};
inline constexpr std::chrono::milliseconds kBackoffCap{2'000};
/// Credentials asked for anew in one operation, after ExpiredToken.
inline constexpr unsigned kRefreshesMax = 2;

/// A longer range is read in pieces, at once: one S3 connection gives about 90 MB/s.
inline constexpr std::uint64_t kRangePieceBytes = 8ULL << 20;
/// Pieces of one ReadRanges in flight; their answers take 64 · 8 MiB at the worst, beside the caller's buffers.
inline constexpr std::size_t kRangesInFlightMax = 64;

/// Objects of one ReadObjects in flight, whatever the caller allows; half of what one http::Client sends at once, so
/// that one reader does not hold up all others.
inline constexpr std::size_t kObjectsInFlightMax = 128;

/// Over this a put goes in parts.
inline constexpr std::uint64_t kSinglePutBytesMax = 16ULL << 20;
/// S3 takes parts from 5 MiB, and at most 10,000 of them: 8 MiB parts make 80 GiB, larger objects get larger parts.
inline constexpr std::uint64_t kPartBytesMin = 8ULL << 20;
inline constexpr std::uint64_t kPartCountMax = 10'000;
inline constexpr std::size_t kPartsInFlightMax = 8;

/// Parts of streamed uploads on their way, of one store: 16 · 8 MiB are 128 MiB. Each upload gathers one more.
inline constexpr std::size_t kStreamedPartsMax = 16;
/// How often one that waits for room looks whether it was cancelled.
inline constexpr std::chrono::milliseconds kSlotWaitSlice{20};

/// An error's XML, or the answer to a multipart call.
inline constexpr std::size_t kSmallAnswerBytesMax = 256UL << 10;
/// A page of 1000 keys of 1 KiB, each byte as %XX, with its fields.
inline constexpr std::size_t kListAnswerBytesMax = 8UL << 20;
/// The server's own words in our messages.
inline constexpr std::size_t kServerWordsBytesMax = 512;
/// The clean-up of an upload that failed, when the caller's own time is over.
inline constexpr std::chrono::seconds kAbortPatience{10};
/// Puts waiting for a thread of PutAsync.
inline constexpr std::size_t kPutQueueMax = 256;

}  // namespace firn::s3store
