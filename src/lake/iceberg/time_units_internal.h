#pragma once

#include <cstdint>

#include "lake/iceberg/type.h"

/// What the four timestamp types count in.

namespace firn::iceberg {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

constexpr bool IsTimestamp(TypeKind kind) {
  return kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz ||
         kind == TypeKind::kTimestampNs || kind == TypeKind::kTimestampTzNs;
}

constexpr bool HasZone(TypeKind kind) {
  return kind == TypeKind::kTimestampTz || kind == TypeKind::kTimestampTzNs;
}

/// REQUIRES: IsTimestamp(kind).
constexpr std::int64_t UnitsPerSecond(TypeKind kind) {
  return kind == TypeKind::kTimestampNs || kind == TypeKind::kTimestampTzNs ? kNanosPerSecond
                                                                            : kMicrosPerSecond;
}

}  // namespace firn::iceberg
