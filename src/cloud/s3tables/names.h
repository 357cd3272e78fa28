#pragma once

#include <string_view>

#include "base/result.h"
#include "lake/iceberg/schema.h"

/// What S3 Tables and Glue allow as names. All pure.

namespace firn::s3tables {

/// 3–63 of `[a-z0-9-]`, letter or digit at both ends, no reserved prefix or suffix. Errors: kInvalidArgument/InvalidBucketName.
Status CheckTableBucketName(std::string_view name);

/// 1–255 of `[a-z0-9_]`, letter or digit at both ends, does not begin with `aws`. Errors: kInvalidArgument/InvalidNamespaceName.
Status CheckNamespaceName(std::string_view name);

/// 1–255 of `[a-z0-9_]`, begins with a letter or digit. Errors: kInvalidArgument/InvalidTableName.
Status CheckTableName(std::string_view name);

/// Column names are lower case, or the Data Catalog cannot see the table. Errors: kInvalidArgument/InvalidColumnName, naming it.
Status CheckColumnNames(const iceberg::Schema& schema);

}  // namespace firn::s3tables
