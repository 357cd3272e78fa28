#pragma once

#include "lake/iceberg/predicate.h"

/// What a scan need not test: the other side of predicate.h, whose tests are inclusive.

namespace firn::iceberg {

/// True when the file's partition, bounds and counts show that every row of it matches; false where
/// they leave it open. `spec` is the file's.
bool MustMatch(const Predicate& predicate, const Schema& schema, const PartitionSpec& spec,
               const DataFile& file);

}  // namespace firn::iceberg
