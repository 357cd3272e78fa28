#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/policy/request.h"

/// What access to a table bucket or a table means to the policy evaluator: its ARN, its condition keys, and the policies
/// set on it. The S3 API and the S3 Tables API ask the same.

namespace firn::s3 {

/// The account and region that ARNs are made in.
struct Place {
  std::string_view account_id;
  std::string_view region;
};

/// `action` on the bucket, with the bucket's policy.
/// Errors: those of Transaction; kDataCorruption/StoredPolicy when a stored policy no longer parses.
Result<policy::AccessNeed> TableBucketNeed(ledger::Transaction& transaction, const Place& place,
                                           const ledger::TableBucketRow& bucket,
                                           std::string_view action);
/// The policy set on a general purpose bucket; nullopt when there is none. Errors: as TableBucketNeed.
Result<std::optional<policy::NamedPolicy>> BucketPolicy(ledger::Transaction& transaction,
                                                        std::string_view bucket);
/// `action` on the table, with the table's and its bucket's policies, s3tables:namespace and s3tables:tableName.
/// Errors: as TableBucketNeed.
Result<policy::AccessNeed> TableNeed(ledger::Transaction& transaction, const Place& place,
                                     const ledger::TableRow& table, std::string_view action);

}  // namespace firn::s3
