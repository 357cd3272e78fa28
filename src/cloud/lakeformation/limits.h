#pragma once

#include <cstddef>
#include <cstdint>

/// What bounds Lake Formation's requests.

namespace firn::lakeformation {

/// A request body: 20 batch entries with 1,000 column names of 255 characters each would be 5 MiB;
/// AWS takes far less.
inline constexpr std::size_t kBodyBytesMax = 1UL << 20;
inline constexpr std::size_t kBodyDepthMax = 16;
/// BatchGrantPermissions ("Up to 20 entries", API reference).
inline constexpr std::size_t kBatchEntriesMax = 20;
inline constexpr std::size_t kAdminsMax = 30;
inline constexpr std::size_t kColumnsMax = 1000;
/// ListResources (API model).
inline constexpr std::size_t kConditionsMax = 20;
inline constexpr std::int64_t kPageMax = 1000;
/// Grants looked at for one page of a filtered list, so that a filter that matches little cannot
/// hold a reader for long.
inline constexpr std::int64_t kGrantsScannedMax = 20'000;
inline constexpr std::int64_t kCredentialSecondsMin = 900;
inline constexpr std::int64_t kCredentialSecondsMax = 43200;
inline constexpr std::int64_t kCredentialSecondsDefault = 3600;
inline constexpr std::size_t kNameBytesMax = 255;

}  // namespace firn::lakeformation
