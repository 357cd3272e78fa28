#include "cloud/ledger/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <unordered_map>

#include "base/mutex.h"
#include "cloud/ledger/limits.h"

namespace firn::ledger {
namespace {

sqlite3_stmt* Raw(void* statement) { return static_cast<sqlite3_stmt*>(statement); }

/// SQLite's result codes by what the caller can do. The message names the statement's failure,
/// never its values.
Unexpected SqliteFailure(sqlite3* database, int result, std::string_view doing) {
  const std::string text =
      fmt::format("ledger: {} failed: {} ({})", doing,
                  database == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(database), result);
  switch (result & 0xff) {
    case SQLITE_CONSTRAINT:
      return Conflict("LedgerConstraint", text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable("LedgerBusy", text);
    case SQLITE_FULL:
      return ResourceExhausted("NoSpace", text);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Unavailable("LedgerIo", text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataCorruption("LedgerCorrupt", text);
    default:
      return Internal("LedgerStatement", text);
  }
}

}  // namespace

/// One prepared statement, reset before each use. Owned by its Connection.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  int Bind(std::initializer_list<BoundValue> bound) {
    if (static_cast<int>(bound.size()) != sqlite3_bind_parameter_count(statement_)) {
      return SQLITE_RANGE;
    }
    int index = 0;
    for (const BoundValue& argument : bound) {
      const int result = BindOne(++index, argument);
      if (result != SQLITE_OK) return result;
    }
    return SQLITE_OK;
  }

  int Step() { return sqlite3_step(statement_); }
  Row CurrentRow() { return Row(statement_); }

 private:
  int BindOne(int index, const BoundValue& argument) {
    if (const auto* number = std::get_if<std::int64_t>(&argument.value_)) {
      return sqlite3_bind_int64(statement_, index, *number);
    }
    if (const auto* text = std::get_if<std::string_view>(&argument.value_)) {
      const char* data = text->data() == nullptr ? "" : text->data();
      return sqlite3_bind_text64(statement_, index, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    if (const auto* blob = std::get_if<Blob>(&argument.value_)) {
      const char* data = blob->bytes.data() == nullptr ? "" : blob->bytes.data();
      return sqlite3_bind_blob64(statement_, index, data, blob->bytes.size(), SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement_, index);
  }

  sqlite3_stmt* statement_;
};

/// One SQLite connection with its prepared statements. Thread-compatible.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const std::filesystem::path& path) {
    sqlite3* database = nullptr;
    const int result =
        sqlite3_open_v2(path.c_str(), &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    auto connection = std::unique_ptr<Connection>(new Connection(database));
    if (result != SQLITE_OK) return SqliteFailure(database, result, "opening " + path.string());
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, static_cast<int>(kBusyTimeout.count()));
    FIRN_TRY(connection->Run("PRAGMA journal_mode=WAL"));
    FIRN_TRY(connection->Run("PRAGMA synchronous=FULL"));
    FIRN_TRY(connection->Run("PRAGMA foreign_keys=ON"));
    FIRN_TRY(connection->Run("PRAGMA trusted_schema=OFF"));
    return connection;
  }

  ~Connection() {
    prepared_.clear();
    recent_.clear();
    sqlite3_close_v2(database_);
  }

  /// Runs one or more statements that take no arguments.
  Status Run(std::string_view sql) {
    const std::string text(sql);
    const int result = sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) return SqliteFailure(database_, result, Brief(sql));
    return Ok();
  }

  Result<std::int64_t> Execute(std::string_view sql, std::initializer_list<BoundValue> bound) {
    FIRN_TRY(Visit(sql, bound, [](const Row&) { return Ok(); }));
    return sqlite3_changes64(database_);
  }

  template <typename Visitor>
  Status Visit(std::string_view sql, std::initializer_list<BoundValue> bound, Visitor&& visitor) {
    FIRN_ASSIGN_OR_RETURN(std::unique_ptr<Statement> statement, Take(sql));
    Status outcome = VisitPrepared(*statement, sql, bound, visitor);
    statement->Reset();
    Keep(sql, std::move(statement));
    return outcome;
  }

  bool in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

 private:
  using Recent = std::list<std::pair<std::string, std::unique_ptr<Statement>>>;

  explicit Connection(sqlite3* database) : database_(database) {}

  static std::string Brief(std::string_view sql) {
    return fmt::format("\"{}\"", sql.substr(0, std::min<std::size_t>(sql.size(), 80)));
  }

  template <typename Visitor>
  Status VisitPrepared(Statement& statement, std::string_view sql,
                       std::initializer_list<BoundValue> bound, Visitor& visitor) {
    int result = statement.Bind(bound);
    if (result != SQLITE_OK) return SqliteFailure(database_, result, "binding " + Brief(sql));
    while ((result = statement.Step()) == SQLITE_ROW) FIRN_TRY(visitor(statement.CurrentRow()));
    if (result != SQLITE_DONE) return SqliteFailure(database_, result, Brief(sql));
    return Ok();
  }

  /// Takes the statement out of the cache, so that a query nested in its own reader prepares
  /// another.
  Result<std::unique_ptr<Statement>> Take(std::string_view sql) {
    if (const auto found = prepared_.find(sql); found != prepared_.end()) {
      const Recent::iterator entry = found->second;
      auto statement = std::move(entry->second);
      prepared_.erase(found);
      recent_.erase(entry);
      return statement;
    }
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int result = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    if (result != SQLITE_OK) return SqliteFailure(database_, result, "preparing " + Brief(sql));
    return std::make_unique<Statement>(raw);
  }

  void Keep(std::string_view sql, std::unique_ptr<Statement> statement) {
    if (prepared_.contains(sql)) return;
    recent_.emplace_front(std::string(sql), std::move(statement));
    prepared_.emplace(recent_.front().first, recent_.begin());
    if (recent_.size() > kPreparedStatementsMax) {
      prepared_.erase(recent_.back().first);
      recent_.pop_back();
    }
  }

  sqlite3* database_;
  /// Most recently used first; `prepared_` keys are views of its texts.
  Recent recent_;
  std::unordered_map<std::string_view, Recent::iterator> prepared_;
};

std::int64_t Row::Int64(int column) const { return sqlite3_column_int64(Raw(statement_), column); }

std::string Row::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(Raw(statement_), column));
  if (text == nullptr) return {};
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(Raw(statement_), column)));
}

std::string Row::BlobBytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(Raw(statement_), column));
  if (bytes == nullptr) return {};
  return std::string(bytes,
                     static_cast<std::size_t>(sqlite3_column_bytes(Raw(statement_), column)));
}

WallTime Row::Time(int column) const { return WallTime(std::chrono::microseconds(Int64(column))); }

bool Row::IsNull(int column) const {
  return sqlite3_column_type(Raw(statement_), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Row::OptionalInt64(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int64(column);
}

std::optional<std::string> Row::OptionalText(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Text(column);
}

std::optional<WallTime> Row::OptionalTime(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Time(column);
}

Result<std::int64_t> Transaction::ExecuteBound(std::string_view sql,
                                               std::initializer_list<BoundValue> bound) {
  return connection_.Execute(sql, bound);
}

Status Transaction::VisitBound(std::string_view sql, std::initializer_list<BoundValue> bound,
                               RowVisitor visitor, void* reader) {
  return connection_.Visit(sql, bound,
                           [&](const Row& row) -> Status { return visitor(reader, row); });
}

Status Transaction::CheckRowCount(std::size_t row_count) {
  if (row_count < kRowsMax) return Ok();
  return ResourceExhausted("TooManyRows",
                           fmt::format("the ledger answered more than {} rows", kRowsMax));
}

struct Ledger::State {
  /// Held through a whole write transaction: SQLite has one writer, and waiting here is fairer than
  /// in its busy loop.
  Mutex write_mutex;
  std::unique_ptr<Connection> writer FIRN_GUARDED_BY(write_mutex);

  Mutex read_mutex;
  CondVar reader_freed;
  std::vector<std::unique_ptr<Connection>> idle_readers FIRN_GUARDED_BY(read_mutex);
};

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::Open(const std::filesystem::path& path,
                                             std::span<const MigrationSet> migrations) {
  // Made here, because SQLite would give the file the process's default mode, and gives the log the
  // mode of the file.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    return Unavailable("LedgerIo", fmt::format("cannot open the ledger {}", path.string()));
  }
  ::close(file);
  auto state = std::make_unique<State>();
  {
    MutexLock lock(state->write_mutex);
    FIRN_ASSIGN_OR_RETURN(state->writer, Connection::Open(path));
  }
  auto ledger = std::unique_ptr<Ledger>(new Ledger(std::move(state)));
  FIRN_TRY(ledger->Migrate(migrations));
  MutexLock lock(ledger->state_->read_mutex);
  for (std::size_t i = 0; i < kReadConnectionsMax; ++i) {
    FIRN_ASSIGN_OR_RETURN(auto reader, Connection::Open(path));
    FIRN_TRY(reader->Run("PRAGMA query_only=ON"));
    ledger->state_->idle_readers.push_back(std::move(reader));
  }
  return ledger;
}

namespace {

/// A step that makes a table anew drops the old one, which SQLite takes for a deletion of all that
/// others refer to: so references are not enforced while steps run, but looked over before COMMIT
/// (https://sqlite.org/lang_altertable.html#otheralter).
Status CheckReferences(Connection& writer) {
  return writer.Visit("SELECT \"table\", parent FROM pragma_foreign_key_check", {},
                      [](const Row& row) -> Status {
                        return DataCorruption(
                            "LedgerCorrupt", fmt::format("a row of '{}' refers to a row of '{}' "
                                                         "that is not there",
                                                         row.Text(0), row.Text(1)));
                      });
}

Status RunSteps(Connection& writer, const MigrationSet& set, std::int64_t from) {
  const auto target = static_cast<std::int64_t>(set.steps.size());
  for (std::int64_t step = from; step < target; ++step) {
    FIRN_TRY(writer.Run(set.steps[static_cast<std::size_t>(step)]));
  }
  FIRN_TRY(
      writer.Execute("INSERT INTO schema_versions(name, version) VALUES(?1, ?2) "
                     "ON CONFLICT(name) DO UPDATE SET version = ?2",
                     {set.name, target}));
  return CheckReferences(writer);
}

Status MigrateSet(Connection& writer, const MigrationSet& set) {
  FIRN_CHECK(set.steps.size() <= kMigrationStepsMax);
  std::int64_t version = 0;
  FIRN_TRY(writer.Visit("SELECT version FROM schema_versions WHERE name = ?", {set.name},
                        [&](const Row& row) -> Status {
                          version = row.Int64(0);
                          return Ok();
                        }));
  const auto target = static_cast<std::int64_t>(set.steps.size());
  if (version > target) {
    return FailedPrecondition(
        "LedgerTooNew",
        fmt::format("the ledger's '{}' tables are at version {}, this Firn knows {}: start the "
                    "newer Firn that wrote them",
                    set.name, version, target));
  }
  if (version == target) return Ok();
  FIRN_TRY(writer.Run("BEGIN IMMEDIATE"));
  Status outcome = RunSteps(writer, set, version);
  if (outcome) outcome = writer.Run("COMMIT");
  if (outcome) return Ok();
  if (writer.in_transaction()) (void)writer.Run("ROLLBACK");
  return Unexpected{std::move(outcome).error().Note(fmt::format("migrating '{}'", set.name))};
}

}  // namespace

Status Ledger::Migrate(std::span<const MigrationSet> migrations) {
  MutexLock lock(state_->write_mutex);
  Connection& writer = *state_->writer;
  FIRN_TRY(
      writer.Run("CREATE TABLE IF NOT EXISTS schema_versions("
                 "name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"));
  FIRN_TRY(writer.Run("PRAGMA foreign_keys=OFF"));
  for (const MigrationSet& set : migrations) FIRN_TRY(MigrateSet(writer, set));
  return writer.Run("PRAGMA foreign_keys=ON");
}

Ledger::WriteScope::WriteScope(Ledger& ledger) FIRN_NO_THREAD_SAFETY_ANALYSIS
    : ledger_(ledger),
      transaction_((ledger.state_->write_mutex.Lock(), *ledger.state_->writer)) {}

Status Ledger::WriteScope::Begin() FIRN_NO_THREAD_SAFETY_ANALYSIS {
  FIRN_TRY(ledger_.state_->writer->Run("BEGIN IMMEDIATE"));
  open_ = true;
  return Ok();
}

Status Ledger::WriteScope::Commit() FIRN_NO_THREAD_SAFETY_ANALYSIS {
  Status committed = ledger_.state_->writer->Run("COMMIT");
  if (committed) {
    open_ = false;
    return Ok();
  }
  if (committed.error().reason() == "LedgerIo") {
    // The log may or may not have reached the disk before it failed.
    return CommitStateUnknown("LedgerCommitUnknown", committed.error().message());
  }
  return committed;
}

Ledger::WriteScope::~WriteScope() FIRN_NO_THREAD_SAFETY_ANALYSIS {
  Connection& writer = *ledger_.state_->writer;
  if (open_ && writer.in_transaction()) (void)writer.Run("ROLLBACK");
  ledger_.state_->write_mutex.Unlock();
}

namespace {

/// Waits for a free reader; taking it out of the list makes it the caller's alone.
std::unique_ptr<Connection> TakeReader(Mutex& mutex, CondVar& freed,
                                       std::vector<std::unique_ptr<Connection>>& idle) {
  MutexLock lock(mutex);
  while (idle.empty()) freed.Wait(mutex);
  auto reader = std::move(idle.back());
  idle.pop_back();
  return reader;
}

}  // namespace

Ledger::ReadScope::ReadScope(Ledger& ledger) FIRN_NO_THREAD_SAFETY_ANALYSIS
    : ledger_(ledger),
      connection_(TakeReader(ledger.state_->read_mutex, ledger.state_->reader_freed,
                             ledger.state_->idle_readers)),
      transaction_(*connection_) {}

Status Ledger::ReadScope::Begin() {
  FIRN_TRY(connection_->Run("BEGIN"));
  open_ = true;
  return Ok();
}

Ledger::ReadScope::~ReadScope() {
  if (open_ && connection_->in_transaction()) (void)connection_->Run("COMMIT");
  MutexLock lock(ledger_.state_->read_mutex);
  ledger_.state_->idle_readers.push_back(std::move(connection_));
  ledger_.state_->reader_freed.NotifyOne();
}

Status Ledger::CheckIntegrity() {
  return Read([](Transaction& transaction) -> Status {
    return transaction.ForEachRow("PRAGMA integrity_check(1)", [](const Row& row) -> Status {
      if (row.Text(0) == "ok") return Ok();
      return DataCorruption("LedgerCorrupt", "ledger: integrity check: " + row.Text(0));
    });
  });
}

}  // namespace firn::ledger
