#pragma once

#include <cstdint>
#include <string>

#include "lake/iceberg/value.h"

namespace firn::iceberg {

/// One partition as a key: equal for equal tuples of one spec only.
std::string PartitionKey(std::int32_t spec_id, const PartitionTuple& partition);

}  // namespace firn::iceberg
