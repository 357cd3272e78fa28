#pragma once

#include <cstddef>

/// What bounds a lint. A document has at most policy::kDocumentBytesMax.

namespace firn::lint {

/// Remarks that are kept; a policy with more is not read to its end by a person.
inline constexpr std::size_t kRemarksMax = 200;
/// Edits that mending tries.
inline constexpr std::size_t kMendsMax = 64;
/// Of a pattern, in an error.
inline constexpr std::size_t kShownBytesMax = 200;

}  // namespace firn::lint
