#pragma once

#include <cstdint>

#include "base/result.h"
#include "lake/iceberg/table_metadata.h"

/// Rules that making and changing metadata share.

namespace firn::iceberg {

inline constexpr std::int32_t kFormatVersionMax = 3;

/// Takes the reserved properties out, `format-version` among them, which rules over `otherwise`.
/// Errors: kInvalidArgument/InvalidProperty; kUnsupported/FormatVersion.
Result<std::int32_t> TakeFormatVersion(Properties& properties, std::int32_t otherwise);

/// Refuses types and defaults that the format version does not have. Errors:
/// kInvalidArgument/InvalidSchema.
Status CheckTypesForVersion(const Schema& schema, std::int32_t format_version);

/// Names and ids of a spec's fields are used once. Errors: kInvalidArgument/InvalidPartitionSpec.
Status CheckSpecFields(const PartitionSpec& spec);

/// The bound on the metadata log. At least 1; 100 when the property is absent or no number.
std::size_t MetadataLogEntriesMax(const TableMetadata& metadata);

/// Current ids exist, refs name snapshots, `main` is the current snapshot, ids are used once.
/// Errors: kInvalidArgument/InvalidMetadata.
Status CheckMetadata(const TableMetadata& metadata);

}  // namespace firn::iceberg
