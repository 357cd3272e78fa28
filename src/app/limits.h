#pragma once

#include <chrono>
#include <cstddef>

/// What app allows, and why.

namespace firn::app {

/// The tour's helpers print a few rows; a megabyte says that something else happens.
inline constexpr std::size_t kChildOutputBytesMax = 1UL << 20;

/// `memory.max` holds one number or the word max.
inline constexpr std::size_t kCgroupFileBytesMax = 64;

/// A server starts in well under a second; a machine that swaps may need longer.
inline constexpr std::chrono::seconds kReadyPatience{30};

/// How long SIGTERM waits for running statements and requests.
inline constexpr std::chrono::seconds kDrainPatience{30};

}  // namespace firn::app
