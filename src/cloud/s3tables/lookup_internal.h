#pragma once

#include "cloud/ledger/s3tables_rows.h"
#include "cloud/s3tables/table_store.h"

/// Rows that must be there, inside a transaction.

namespace firn::s3tables {

/// Errors: kNotFound/NoSuchWarehouse.
Result<ledger::TableBucketRow> RequireBucket(ledger::Transaction& transaction,
                                             std::string_view region, std::string_view name);
/// Errors: as RequireBucket; kNotFound/NoSuchNamespace.
Result<ledger::NamespaceRow> RequireNamespace(ledger::Transaction& transaction,
                                              std::string_view region, const TablePlace& place);
/// Errors: as RequireNamespace; kNotFound/NoSuchTable.
Result<ledger::TableRow> RequireTable(ledger::Transaction& transaction, std::string_view region,
                                      const TablePlace& place);

/// Errors: kInvalidArgument/QuotaExceeded.
Status CheckQuota(Result<std::int64_t> count, std::size_t count_max, std::string_view what);

}  // namespace firn::s3tables
