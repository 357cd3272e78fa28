#pragma once

#include <span>
#include <string_view>

/// The tables of the ledger, grown by numbered steps.

namespace firn::ledger {

/// One service's tables. Step N (counted from 1) brings its tables from version N-1 to N; steps are only ever appended,
/// never changed once landed. Each step may hold several SQL statements.
struct MigrationSet {
  std::string_view name;
  std::span<const std::string_view> steps;
};

/// Every set of the tree, in the order they are applied. To add a ledger table: write `foo_rows.h/.cc` with
/// `MigrationSet FooMigrations()` and add it to the list in schema.cc.
std::span<const MigrationSet> AllMigrations();

}  // namespace firn::ledger
