#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lake/iceberg/type.h"
#include "lake/iceberg/value.h"

/// Partition and sort transforms (spec, "Partition Transforms" and appendix B).

namespace firn::iceberg {

enum class TransformKind {
  kIdentity,
  kBucket,
  kTruncate,
  kYear,
  kMonth,
  kDay,
  kHour,
  kVoid,
  kUnknown,  ///< Kept as text, so that metadata of a later version survives; never prunes, never
             ///< writes.
};

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  std::int32_t parameter = 0;  ///< Bucket count or truncation width.
  std::string unknown_text;    ///< kUnknown only.

  /// `bucket[16]`, `day`.
  std::string ToString() const;
  friend bool operator==(const Transform&, const Transform&) = default;
};

/// Errors: kInvalidArgument/InvalidTransform for a broken parameter; an unknown word is kUnknown.
Result<Transform> ParseTransform(std::string_view text);

/// False for types the spec does not allow with the transform.
bool CanTransform(const Transform& transform, const Type& source);
/// Errors: kInvalidArgument/InvalidTransform when not CanTransform.
Result<Type> TransformResultType(const Transform& transform, const Type& source);
/// The partition value of a source value; null in, null out. Rounds towards minus infinity.
/// Errors: kInvalidArgument/InvalidTransform; kUnsupported/UnknownTransform.
Result<std::optional<Literal>> ApplyTransform(const Transform& transform,
                                              const std::optional<Literal>& source);

/// The 32-bit murmur3 hash of appendix B. REQUIRES: CanTransform(bucket, literal.type).
std::int32_t BucketHash(const Literal& literal);
/// MurmurHash3 x86 32 with seed 0.
std::uint32_t Murmur3(std::string_view bytes);

/// A partition value as people and paths show it: `2017-11`, `2017-11-16-22`, `null`; not yet
/// URL-escaped.
std::string FormatPartitionValue(const Transform& transform, const std::optional<Literal>& value);

}  // namespace firn::iceberg
