#pragma once

#include <cstddef>
#include <cstdint>

/// The bounds of the parser, with the arithmetic for each.

namespace firn::sql {

/// Parentheses, subqueries, CASE, function arguments and types may nest this deep. Measured: the
/// tests at this limit pass with 4 MiB of stack in an unoptimised sanitizer build, half of a
/// thread's 8 MiB; an optimised build needs a tenth of it.
inline constexpr uint32_t kNestingDepthMax = 256;

/// No tree is taller than this many nodes, whichever way it grew: `a+b+c+…` makes a tall tree
/// without nesting. A walk with 4 KiB a frame takes 2 MiB of stack. AND, OR and set operations of
/// one kind are flat and do not count.
inline constexpr uint32_t kTreeHeightMax = 512;

/// Each `OVER w` reads what WINDOW defines again, so that trees stay trees: uses of a statement, and
/// bytes of a definition. At most 40 MB are read again.
inline constexpr uint32_t kNamedWindowUsesMax = 10'000;
inline constexpr uint32_t kNamedWindowBytesMax = 4096;
inline constexpr size_t kNamedWindowsMax = 256;  ///< Of one SELECT.

/// Bytes of one script unless the caller says otherwise: twice StarRocks' max_allowed_packet.
inline constexpr size_t kScriptBytesMax = 64 * 1024 * 1024;

/// Statements of one script.
inline constexpr size_t kStatementsMax = 10'000;

/// Cells of one INSERT … VALUES of literals: 16 bytes each, 256 MiB.
inline constexpr size_t kLiteralCellsMax = 16 * 1024 * 1024;

/// Characters of an identifier, as StarRocks' catalogs.
inline constexpr size_t kIdentifierBytesMax = 1023;

/// Characters of the source line that an error shows.
inline constexpr size_t kExcerptCharactersMax = 120;

/// Nearest words that an error lists.
inline constexpr size_t kSimilarWordsMax = 5;

}  // namespace firn::sql
