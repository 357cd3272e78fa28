#pragma once

#include <cstddef>

#include "cloud/s3tables/limits.h"

/// How much an account may have in a region; the server's flags set it.

namespace firn::s3tables {

struct Quotas {
  std::size_t table_buckets_max = kTableBucketsMaxDefault;
  std::size_t namespaces_max = kNamespacesMaxDefault;  ///< A bucket.
  std::size_t tables_max = kTablesMaxDefault;          ///< A bucket.
};

}  // namespace firn::s3tables
