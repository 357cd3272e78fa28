#pragma once

#include <cstddef>

/// What bounds the documents and paths of this room.

namespace firn::iceberg_rest {

/// A request path. The longest legal one holds a namespace and a table of 255 bytes, each byte as
/// %XX, beside a prefix.
inline constexpr std::size_t kPathBytesMax = 8UL << 10;
/// Segments of a path: prefix (at most 8) and the longest tail (6).
inline constexpr std::size_t kPathSegmentsMax = 16;
/// Levels of one namespace.
inline constexpr std::size_t kNamespaceLevelsMax = 16;
/// A request or response body: table metadata is by far the largest (Glue refuses over 20 MB).
inline constexpr std::size_t kBodyBytesMax = 64UL << 20;
/// Nesting of JSON: schemas nest, 64 levels are the tree's bound everywhere.
inline constexpr std::size_t kJsonDepthMax = 64;
/// An error body that is kept; what is longer is cut.
inline constexpr std::size_t kErrorTextBytesMax = 8UL << 10;

}  // namespace firn::iceberg_rest
