#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/ledger/schema.h"

/// What is so on the cloud side: rows in SQLite, changed by durable transactions.
///
/// Reading order: Ledger, Transaction, Row. The typed row operations are in the `*_rows.h` files.

namespace firn::ledger {

class Connection;
class Statement;

/// Bytes to bind as a BLOB. Borrowed until the call returns.
struct Blob {
  std::string_view bytes;
};

/// One bound argument. Text is borrowed until the call returns.
class BoundValue {
 public:
  BoundValue(std::nullptr_t) : value_(nullptr) {}
  BoundValue(std::string_view text) : value_(text) {}
  BoundValue(const std::string& text) : value_(std::string_view(text)) {}
  BoundValue(const char* text) : value_(std::string_view(text)) {}
  BoundValue(Blob blob) : value_(blob) {}
  /// Stored as microseconds since the epoch.
  BoundValue(WallTime time) : value_(MicrosSinceEpoch(time)) {}
  template <typename T>
    requires(std::is_integral_v<T>)
  BoundValue(T number) : value_(static_cast<std::int64_t>(number)) {}
  template <typename T>
  BoundValue(const std::optional<T>& maybe)
      : value_(maybe ? BoundValue(*maybe).value_ : decltype(value_)(nullptr)) {}

 private:
  friend class Statement;
  std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob> value_;
};

/// One row under a cursor; columns count from 0. Valid only inside the reader it was handed to.
/// REQUIRES: the column exists. A NULL reads as 0 or "" through the plain accessors.
class Row {
 public:
  std::int64_t Int64(int column) const;
  bool Bool(int column) const { return Int64(column) != 0; }
  std::string Text(int column) const;
  std::string BlobBytes(int column) const;
  WallTime Time(int column) const;
  bool IsNull(int column) const;
  std::optional<std::int64_t> OptionalInt64(int column) const;
  std::optional<std::string> OptionalText(int column) const;
  std::optional<WallTime> OptionalTime(int column) const;

 private:
  friend class Statement;
  explicit Row(void* statement) : statement_(statement) {}
  void* statement_;
};

/// One transaction; handed to the function given to Ledger::Write or Ledger::Read and dead after
/// it. Statements are prepared once a connection and kept. `?` or `?1` in the SQL are the arguments
/// in order. Owned by one thread.
///
/// Errors of all: kConflict/LedgerConstraint when a UNIQUE, CHECK or foreign key constraint
/// refuses; kUnavailable/LedgerBusy, kUnavailable/LedgerIo, kResourceExhausted/NoSpace,
/// kDataCorruption/LedgerCorrupt, kInternal/LedgerStatement (broken SQL).
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Runs a statement that returns no rows; the number of rows changed.
  template <typename... Arguments>
  Result<std::int64_t> Execute(std::string_view sql, const Arguments&... arguments) {
    return ExecuteBound(sql, {BoundValue(arguments)...});
  }

  /// Hands each row to `reader(const Row&) -> Status`, which may stop early with an error.
  template <typename Reader, typename... Arguments>
  Status ForEachRow(std::string_view sql, Reader&& reader, const Arguments&... arguments) {
    // CallReader gives the reader its own type back, const or not.
    void* const erased = const_cast<void*>(static_cast<const void*>(&reader));
    return VisitBound(sql, {BoundValue(arguments)...}, &CallReader<Reader>, erased);
  }

  /// `reader(const Row&) -> T`. Errors also: kResourceExhausted/TooManyRows over kRowsMax.
  template <typename Reader, typename... Arguments>
  auto QueryAll(std::string_view sql, Reader&& reader, const Arguments&... arguments)
      -> Result<std::vector<std::invoke_result_t<Reader, const Row&>>> {
    std::vector<std::invoke_result_t<Reader, const Row&>> rows;
    auto collect = [&](const Row& row) -> Status {
      FIRN_TRY(CheckRowCount(rows.size()));
      rows.push_back(reader(row));
      return Ok();
    };
    FIRN_TRY(ForEachRow(sql, collect, arguments...));
    return rows;
  }

  /// The first row, or nullopt.
  template <typename Reader, typename... Arguments>
  auto QueryOne(std::string_view sql, Reader&& reader, const Arguments&... arguments)
      -> Result<std::optional<std::invoke_result_t<Reader, const Row&>>> {
    std::optional<std::invoke_result_t<Reader, const Row&>> first;
    auto collect = [&](const Row& row) -> Status {
      if (!first) first.emplace(reader(row));
      return Ok();
    };
    FIRN_TRY(ForEachRow(sql, collect, arguments...));
    return first;
  }

  /// The first column of the first row; 0 when there is none. For `SELECT count(*) …`.
  template <typename... Arguments>
  Result<std::int64_t> QueryInt64(std::string_view sql, const Arguments&... arguments) {
    FIRN_ASSIGN_OR_RETURN(const auto found,
                          QueryOne(sql, [](const Row& row) { return row.Int64(0); }, arguments...));
    return found.value_or(0);
  }

 private:
  friend class Ledger;
  using RowVisitor = Status (*)(void* reader, const Row& row);

  explicit Transaction(Connection& connection) : connection_(connection) {}

  template <typename Reader>
  static Status CallReader(void* reader, const Row& row) {
    return (*static_cast<std::remove_reference_t<Reader>*>(reader))(row);
  }
  Result<std::int64_t> ExecuteBound(std::string_view sql, std::initializer_list<BoundValue> bound);
  Status VisitBound(std::string_view sql, std::initializer_list<BoundValue> bound,
                    RowVisitor visitor, void* reader);
  static Status CheckRowCount(std::size_t row_count);

  Connection& connection_;
};

/// The ledger file, open.
///
/// One writer at a time (BEGIN IMMEDIATE), several readers, each seeing one snapshot. A Write that
/// returned success is on disk: WAL with synchronous=FULL. Do no I/O and call no other room inside
/// a transaction; do not nest transactions.
///
/// Thread-safe.
class Ledger {
 public:
  /// Opens or creates the file (mode 0600) and applies the steps that are missing, each set in one
  /// transaction.
  ///
  /// Errors: kUnavailable/LedgerIo; kDataCorruption/LedgerCorrupt; kFailedPrecondition/LedgerTooNew
  /// when a newer Firn has written it.
  static Result<std::unique_ptr<Ledger>> Open(
      const std::filesystem::path& path,
      std::span<const MigrationSet> migrations = AllMigrations());
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Runs `change(Transaction&) -> Result<T> or Status` and commits if it succeeded, else rolls
  /// back and returns its error.
  ///
  /// Cost: one fsync. Errors also: kCommitStateUnknown/LedgerCommitUnknown when the disk failed
  /// during COMMIT.
  template <typename Change>
  auto Write(Change&& change) -> std::invoke_result_t<Change, Transaction&> {
    WriteScope scope(*this);
    FIRN_TRY(scope.Begin());
    auto outcome = change(scope.transaction());
    if (!outcome) return outcome;
    FIRN_TRY(scope.Commit());
    return outcome;
  }

  /// Runs `look(Transaction&) -> Result<T> or Status` on one snapshot; a write in it fails.
  template <typename Look>
  auto Read(Look&& look) -> std::invoke_result_t<Look, Transaction&> {
    ReadScope scope(*this);
    FIRN_TRY(scope.Begin());
    return look(scope.transaction());
  }

  /// Full check of the file's structure. Errors: kDataCorruption/LedgerCorrupt with SQLite's
  /// finding.
  Status CheckIntegrity();

 private:
  struct State;
  struct WriteScope {
    explicit WriteScope(Ledger& ledger);
    ~WriteScope();
    Status Begin();
    Status Commit();
    Transaction& transaction() { return transaction_; }

    Ledger& ledger_;
    Transaction transaction_;
    bool open_ = false;
  };
  struct ReadScope {
    explicit ReadScope(Ledger& ledger);
    ~ReadScope();
    Status Begin();
    Transaction& transaction() { return transaction_; }

    Ledger& ledger_;
    std::unique_ptr<Connection> connection_;
    Transaction transaction_;
    bool open_ = false;
  };

  explicit Ledger(std::unique_ptr<State> state);
  Status Migrate(std::span<const MigrationSet> migrations);

  std::unique_ptr<State> state_;
};

}  // namespace firn::ledger
