#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/transform.h"

/// How rows become partitions.

namespace firn::iceberg {

/// The first partition field id of a table; the ids of columns stay below it by custom.
inline constexpr std::int32_t kPartitionFieldIdFirst = 1000;

struct PartitionField {
  std::int32_t source_id = 0;
  std::int32_t field_id = 0;
  std::string name;
  Transform transform;
  /// v3 `source-ids` of a multi-argument transform; empty otherwise.
  std::vector<std::int32_t> source_ids;
  friend bool operator==(const PartitionField&, const PartitionField&) = default;
};

struct PartitionSpec {
  std::int32_t spec_id = 0;
  std::vector<PartitionField> fields;

  bool is_unpartitioned() const { return fields.empty(); }
  /// kPartitionFieldIdFirst - 1 without fields.
  std::int32_t HighestFieldId() const;
  /// Same fields in the same order by source, transform and name; ids are not looked at.
  bool IsCompatible(const PartitionSpec& other) const;
  friend bool operator==(const PartitionSpec&, const PartitionSpec&) = default;
};

/// `{"spec-id", "fields"}`; fields without `field-id` (v1) count from 1000.
/// Errors: kInvalidArgument/InvalidPartitionSpec, /InvalidTransform, /MissingMember,
/// /WrongMemberType.
Result<PartitionSpec> ParsePartitionSpec(const json::value& value);
/// The bare field array of v1's `partition-spec`.
Result<PartitionSpec> ParsePartitionFields(const json::array& fields, std::int32_t spec_id);
json::value ToJson(const PartitionSpec& spec);

/// Checks that sources exist, transforms fit them and names are free. Errors:
/// kInvalidArgument/InvalidPartitionSpec.
Status CheckPartitionSpec(const PartitionSpec& spec, const Schema& schema);

/// The struct that partition tuples of the spec have: field ids, names and result types; all
/// optional. A source that the schema no longer has, or an unknown transform, gives type `string`
/// as others do.
std::vector<NestedField> PartitionFields(const PartitionSpec& spec, const Schema& schema);

/// The tuple of a row. `sources` holds the source value of each partition field in order.
/// Errors: as ApplyTransform.
Result<PartitionTuple> PartitionOf(const PartitionSpec& spec, const PartitionTuple& sources);

/// `vendor_id=1/at_day=2017-11-16`, names and values URL-escaped (form encoding, as others write);
/// "" when unpartitioned.
std::string PartitionPath(const PartitionSpec& spec, const PartitionTuple& partition);

}  // namespace firn::iceberg
