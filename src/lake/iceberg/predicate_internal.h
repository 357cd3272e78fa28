#pragma once

#include <optional>

#include "lake/iceberg/predicate.h"

/// The one test that partitions, summaries and column metrics share.

namespace firn::iceberg {

/// What is known of a column over some rows.
struct ValueRange {
  bool may_be_null = true;
  bool may_be_nan = false;
  bool may_be_value = true;  ///< Neither null nor NaN.
  std::optional<Literal> lower;
  std::optional<Literal> upper;
  bool is_exact = false;  ///< Equal bounds mean that all values are equal to them.
};

/// The leaf with each literal in the field's own type; True where one has no such form, since then
/// its comparison is the engine's affair.
Predicate Bind(const Predicate& leaf, const Type& type);

/// False when no row can match. REQUIRES: a leaf whose literals have the type of the bounds.
bool MayMatchRange(const Predicate& leaf, const ValueRange& range);

}  // namespace firn::iceberg
