#pragma once

#include <cstddef>

namespace firn::objects {

/// S3's own bounds on names.
inline constexpr std::size_t kBucketBytesMax = 63;
inline constexpr std::size_t kKeyBytesMax = 1024;
/// Objects one List returns; over it kResourceExhausted/TooManyObjects.
inline constexpr std::size_t kListedObjectsMax = 1'000'000;

}  // namespace firn::objects
