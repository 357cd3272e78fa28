#pragma once

#include <cstddef>

/// How large an outside document of the AWS protocols may be.

namespace firn::aws {

/// An XML body: CompleteMultipartUpload with 10,000 parts needs about 900 KB, DeleteObjects with 1,000 long keys as much.
inline constexpr std::size_t kXmlBytesMax = 2UL << 20;
/// Elements in elements; S3's own bodies need 4.
inline constexpr std::size_t kXmlDepthMax = 32;
/// A query-protocol form: the largest policy document (131,072 characters, each at most %XX) and its parameters.
inline constexpr std::size_t kFormBytesMax = 1UL << 20;
/// Parameters in one form or query string.
inline constexpr std::size_t kFormParameterMax = 4096;
/// An ARN; AWS allows 2048.
inline constexpr std::size_t kArnBytesMax = 2048;

}  // namespace firn::aws
