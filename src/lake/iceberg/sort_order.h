#pragma once

#include <cstdint>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/transform.h"

/// How rows are sorted inside files.

namespace firn::iceberg {

struct SortField {
  std::int32_t source_id = 0;
  Transform transform;
  bool descending = false;
  bool nulls_last = false;
  /// v3 `source-ids` of a multi-argument transform; empty otherwise.
  std::vector<std::int32_t> source_ids;
  friend bool operator==(const SortField&, const SortField&) = default;
};

/// Order id 0 is the unsorted order and has no fields.
struct SortOrder {
  std::int32_t order_id = 0;
  std::vector<SortField> fields;
  friend bool operator==(const SortOrder&, const SortOrder&) = default;
};

/// Errors: kInvalidArgument/InvalidSortOrder, /InvalidTransform, /MissingMember, /WrongMemberType.
Result<SortOrder> ParseSortOrder(const json::value& value);
json::value ToJson(const SortOrder& order);
/// Errors: kInvalidArgument/InvalidSortOrder.
Status CheckSortOrder(const SortOrder& order, const Schema& schema);

}  // namespace firn::iceberg
