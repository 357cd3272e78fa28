#pragma once

#include <cstdint>

/// Where something stands in the script.

namespace firn::sql {

/// `line` counts from 1 and `column` from 0, in characters, as StarRocks' messages do;
/// `offset_bytes` from the start of the whole script, not of the statement.
struct Position {
  uint32_t offset_bytes = 0;
  uint32_t line = 1;
  uint32_t column = 0;
};

}  // namespace firn::sql
