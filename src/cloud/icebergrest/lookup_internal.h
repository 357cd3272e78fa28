#pragma once

#include <string_view>

#include "cloud/icebergrest/warehouse_store.h"

/// Names that are well formed, and rows that must be there.

namespace firn::icebergrest {

/// Errors: kInvalidArgument/InvalidName.
Status CheckEntryName(std::string_view name);
Status CheckLevels(const Namespace& levels);

/// Errors: kNotFound/NoSuchNamespace.
Result<ledger::WarehouseNamespaceRow> RequireNamespace(ledger::Transaction& transaction,
                                                       const ledger::WarehouseRow& warehouse,
                                                       const Namespace& levels);

}  // namespace firn::icebergrest
