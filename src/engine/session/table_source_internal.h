#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/duck/engine.h"
#include "engine/session/access_internal.h"
#include "engine/session/session_state_internal.h"

/// Where a statement's tables come from, and sinks for answers that stay inside.

namespace firn::session {

/// The tables of one statement: each is asked of its catalog once and stays as it was.
class StatementTables final : public duck::TableSource {
 public:
  /// Rows are read under SELECT; what a table looks like is seen with any right on it.
  enum class For { kReading, kLooking };
  explicit StatementTables(const SessionState& state, For purpose = For::kReading)
      : state_(state), purpose_(purpose) {}

  /// A table the statement has loaded already (an INSERT's target), so that it is not asked for
  /// twice. Reading it needs what reading needs.
  void Pin(const duck::TableName& name, const catalog::LoadedTable& table);
  /// The table whose rows the statement changes, under a right to do so: StarRocks asks for no
  /// SELECT on it.
  void PinTarget(const duck::TableName& name, const catalog::LoadedTable& table);

  Result<duck::ResolvedTable> Resolve(const Context& context, const duck::TableName& name) override;

  /// True if the statement has met the view of that name (complete), itself or below another one.
  bool HasView(const duck::TableName& name) const;

 private:
  Result<duck::PinnedTable> PinnedNamed(const Context& context, const duck::TableName& name);
  /// `parts`: the table, and which of its metadata tables.
  Result<duck::ResolvedTable> ResolveMetadata(const Context& context, const duck::TableName& name,
                                              const std::pair<std::string, std::string>& parts);

  Needs NeedsOf(const duck::TableName& name) const;

  const SessionState& state_;
  const For purpose_;
  std::set<std::string> targets_;
  std::set<std::string> views_;
  std::map<std::string, duck::PinnedTable> pinned_;
};

/// Rows in memory under any name: what WHERE and ORDER BY of a SHOW run over.
class RowsTable final : public duck::TableSource {
 public:
  explicit RowsTable(duck::MemoryTable table) : table_(std::move(table)) {}
  Result<duck::ResolvedTable> Resolve(const Context&, const duck::TableName&) override {
    return table_;
  }

 private:
  duck::MemoryTable table_;
};

/// Takes everything and keeps nothing.
class NullSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column>) override { return Ok(); }
  Status AddBatch(const rows::ColumnBatch&) override { return Ok(); }
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t, std::string_view) override { return Ok(); }
};

/// The value of an expression without tables. Literals cost nothing; others are run by the engine.
/// Errors: what the engine says; kResourceExhausted/ValueTooLong.
Result<sql::Literal> EvaluateScalar(StatementRun& run, const sql::Expression& expression);

/// `catalog.database.table` as one key; the parts cannot be confused.
std::string KeyOf(const duck::TableName& name);

/// `2024-02-29 12:00:00.123`.
std::string DateTimeText(std::int64_t millis);

/// A snapshot table (`t$snapshots`, `t$history`, `t$refs`, `t$metadata_log_entries`) made from
/// metadata alone. Errors: kUnsupported/UnsupportedMetadataTable; kNotFound/UnknownTable for a word that is
/// none.
Result<duck::MemoryTable> MetadataTable(const iceberg::TableMetadata& metadata,
                                        const std::string& metadata_location,
                                        std::string_view kind);

}  // namespace firn::session
