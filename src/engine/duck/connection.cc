#include <atomic>
#include <list>

#include "base/thread_pool.h"
#include "engine/duck/catalog_internal.h"
#include "engine/duck/change_internal.h"
#include "engine/duck/engine.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/explain_internal.h"
#include "engine/duck/instance_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/results_internal.h"
#include "engine/duck/statement_internal.h"
#include "engine/duck/time_zone_internal.h"
#include "engine/duck/write_internal.h"

namespace firn::duck {
namespace {

/// What the watchdog knows of one running statement.
struct Watched {
  Context context;  ///< The caller's.
  std::stop_source stop;
  std::atomic<bool> interrupted = false;  ///< Connection::Interrupt was called.
  duckdb::Connection* connection = nullptr;
};

/// Looks at the contexts of all running statements and interrupts those that were cancelled or ran
/// out of time, again and again until they are gone: DuckDB forgets an interrupt that comes between
/// two of its steps. Thread-safe.
class Watchdog {
 public:
  Watchdog() : pool_("duck_watchdog", 1, 1) {
    FIRN_CHECK(pool_.TrySubmit([this] { Watch(); }));
  }
  ~Watchdog() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      wake_.NotifyAll();
    }
    pool_.Shutdown();
  }

  void Add(Watched* watched) {
    MutexLock lock(mutex_);
    running_.push_back(watched);
    wake_.NotifyAll();
  }
  void Remove(Watched* watched) {
    MutexLock lock(mutex_);
    running_.remove(watched);
  }

 private:
  void Watch() {
    MutexLock lock(mutex_);
    while (!stopping_) {
      if (running_.empty()) {
        wake_.Wait(mutex_);
        continue;
      }
      for (Watched* watched : running_) {
        if (!watched->interrupted && watched->context.Check()) continue;
        watched->stop.request_stop();
        watched->connection->Interrupt();
      }
      wake_.WaitFor(mutex_, kCancellationPollInterval);
    }
  }

  Mutex mutex_;
  CondVar wake_;
  std::list<Watched*> running_ FIRN_GUARDED_BY(mutex_);
  bool stopping_ FIRN_GUARDED_BY(mutex_) = false;
  ThreadPool pool_;
};

/// The instance all connections share until it breaks. Thread-safe.
class EngineImpl final : public Engine {
 public:
  EngineImpl(EngineOptions options, std::shared_ptr<Instance> instance)
      : options_(std::move(options)),
        parts_(options_.manifest_cache_bytes_max, ThreadCountOf(*instance)),
        instance_(std::move(instance)) {}

  Result<std::unique_ptr<Connection>> Connect() override;

  std::shared_ptr<Instance> instance() {
    MutexLock lock(mutex_);
    return instance_;
  }
  Watchdog& watchdog() { return watchdog_; }
  EngineParts& parts() { return parts_; }

  /// Opens another instance unless someone did already. The broken one lives until its last
  /// connection lets go.
  Status Replace(const std::shared_ptr<Instance>& broken) {
    // Held over the opening, so that a broken instance is replaced once.
    MutexLock lock(mutex_);
    if (instance_ != broken) return Ok();
    FIRN_ASSIGN_OR_RETURN(instance_, Instance::Open(options_));
    return Ok();
  }

 private:
  static std::size_t ThreadCountOf(Instance& instance) {
    auto& scheduler = duckdb::TaskScheduler::GetScheduler(*instance.database().instance);
    return static_cast<std::size_t>(std::max(scheduler.NumberOfThreads(), 1));
  }

  // Constant after construction.
  const EngineOptions options_;

  // Own synchronisation.
  EngineParts parts_;

  Mutex mutex_;
  std::shared_ptr<Instance> instance_ FIRN_GUARDED_BY(mutex_);

  // Own synchronisation.
  Watchdog watchdog_;
};

class ConnectionImpl final : public Connection {
 public:
  explicit ConnectionImpl(EngineImpl& engine) : engine_(engine) {}

  Status Run(const Context& context, const sql::Query& query, TableSource& tables,
             const QueryScope& scope, rows::ResultSink& sink) override {
    return Execute(context, &tables, scope,
                   [&](Statement& statement) { return RunQuery(statement, query, sink); });
  }

  Result<std::vector<rows::Column>> Describe(const Context& context, const sql::Query& query,
                                             TableSource& tables,
                                             const QueryScope& scope) override {
    std::vector<rows::Column> columns;
    FIRN_TRY(Execute(context, &tables, scope, [&](Statement& statement) -> Status {
      FIRN_ASSIGN_OR_RETURN(auto select, Lowering(statement, true).LowerQuery(query));
      const auto prepared = connection_->Prepare(std::move(select));
      if (prepared->HasError()) return ToError(prepared->GetErrorObject());
      columns = ToColumns(prepared->GetNames(), prepared->GetTypes());
      return Ok();
    }));
    return columns;
  }

  Result<std::string> Explain(const Context& context, const sql::Query& query, TableSource& tables,
                              const QueryScope& scope) override {
    std::string text;
    FIRN_TRY(Execute(context, &tables, scope, [&](Statement& statement) -> Status {
      FIRN_ASSIGN_OR_RETURN(auto select, Lowering(statement).LowerQuery(query));
      FIRN_ASSIGN_OR_RETURN(text, ExplainQuery(*connection_, statement, std::move(select)));
      return Ok();
    }));
    return text;
  }

  Result<std::vector<iceberg::DataFile>> WriteQuery(const Context& context, const sql::Query& query,
                                                    TableSource& tables, const QueryScope& scope,
                                                    const WriteTarget& target) override {
    std::vector<iceberg::DataFile> files;
    FIRN_TRY(Execute(context, &tables, scope, [&](Statement& statement) -> Status {
      FIRN_ASSIGN_OR_RETURN(Writer writer, Writer::Make(*connection_, statement, target));
      FIRN_ASSIGN_OR_RETURN(auto select, Lowering(statement).LowerQuery(query));
      FIRN_ASSIGN_OR_RETURN(files, writer.WriteSelect(std::move(select)));
      return Ok();
    }));
    return files;
  }

  Result<std::vector<iceberg::DataFile>> WriteValues(const Context& context,
                                                     const sql::LiteralRows& rows,
                                                     const WriteTarget& target) override {
    std::vector<iceberg::DataFile> files;
    QueryScope scope;
    scope.time_zone = target.time_zone;
    FIRN_TRY(Execute(context, nullptr, scope, [&](Statement& statement) -> Status {
      FIRN_ASSIGN_OR_RETURN(Writer writer, Writer::Make(*connection_, statement, target));
      FIRN_ASSIGN_OR_RETURN(files, writer.WriteLiterals(rows));
      return Ok();
    }));
    return files;
  }

  Result<RowChange> ChangeRows(const Context& context, const sql::Statement& statement,
                               TableSource& tables, const QueryScope& scope,
                               const WriteTarget& target) override {
    RowChange change;
    FIRN_TRY(Execute(context, &tables, scope, [&](Statement& running) -> Status {
      LoweredChange lowered;
      DeleteMode mode = DeleteMode::kMergeOnRead;
      if (const auto* deletion = sql::AsIf<sql::DeleteStatement>(statement)) {
        FIRN_ASSIGN_OR_RETURN(lowered, Lowering(running).LowerDelete(*deletion));
        mode = DeleteModeOf(*target.metadata, "write.delete.mode");
      } else if (const auto* update = sql::AsIf<sql::UpdateStatement>(statement)) {
        FIRN_ASSIGN_OR_RETURN(lowered, Lowering(running).LowerUpdate(*update));
        mode = DeleteModeOf(*target.metadata, "write.update.mode");
      } else {
        FIRN_ASSIGN_OR_RETURN(
            lowered, Lowering(running).LowerMerge(sql::As<sql::MergeStatement>(statement)));
        mode = DeleteModeOf(*target.metadata, "write.merge.mode");
      }
      FIRN_ASSIGN_OR_RETURN(
          change, duck::ChangeRows(*connection_, running, std::move(lowered), mode, target));
      return Ok();
    }));
    return change;
  }

  Result<RowChange> RewriteFiles(const Context& context, const TableName& name,
                                 std::span<const std::string> paths, TableSource& tables,
                                 const QueryScope& scope, const WriteTarget& target) override {
    RowChange change;
    FIRN_TRY(Execute(context, &tables, scope, [&](Statement& running) -> Status {
      FIRN_ASSIGN_OR_RETURN(change, duck::RewriteFiles(*connection_, running, name, paths, target));
      return Ok();
    }));
    return change;
  }

  void Interrupt() override {
    MutexLock lock(mutex_);
    if (running_ == nullptr) return;
    running_->interrupted = true;
    running_->stop.request_stop();
    running_->connection->Interrupt();
  }

 private:
  /// Runs `body` as the one statement of this connection, watched, its exceptions caught.
  Status Execute(const Context& context, TableSource* tables, const QueryScope& scope,
                 const std::function<Status(Statement&)>& body) {
    FIRN_TRY(context.Check());
    FIRN_TRY(EnsureConnected());
    Watched watched{.context = context, .stop = {}, .connection = connection_.get()};
    Statement statement(context, watched.stop.get_token(), tables, scope, engine_.parts());
    SetRunning(&watched);
    engine_.watchdog().Add(&watched);
    HolderOf(*connection_->context).statement = &statement;
    Status status = RunGuarded([&]() -> Status {
      FIRN_TRY(SetTimeZone(scope.time_zone));
      return body(statement);
    });
    HolderOf(*connection_->context).statement = nullptr;
    engine_.watchdog().Remove(&watched);
    SetRunning(nullptr);
    if (status) return status;
    return Explained(std::move(status).error(), watched);
  }

  void SetRunning(Watched* watched) {
    MutexLock lock(mutex_);
    running_ = watched;
  }

  /// Tells cancellation from lateness, and replaces a broken instance.
  Error Explained(Error error, const Watched& watched) {
    if (InvalidatesInstance(error)) {
      connection_.reset();
      if (const Status replaced = engine_.Replace(instance_); !replaced) {
        error.Note("reopening failed: " + replaced.error().FullMessage());
      }
      instance_.reset();
      return error;
    }
    const bool stopped = error.code() == ErrorCode::kCancelled ||
                         error.code() == ErrorCode::kDeadlineExceeded ||
                         watched.stop.stop_requested();
    if (!stopped) return error;
    const Status late = watched.context.Check();
    if (!watched.interrupted && !late && late.error().code() == ErrorCode::kDeadlineExceeded) {
      return Error(ErrorCode::kDeadlineExceeded, "QueryTimeout", "Query reached its timeout");
    }
    return Error(ErrorCode::kCancelled, "QueryInterrupted", "Query execution was interrupted");
  }

  Status EnsureConnected() {
    const std::shared_ptr<Instance> current = engine_.instance();
    if (connection_ != nullptr && instance_ == current) return Ok();
    return RunGuarded([&]() -> Status {
      connection_ = std::make_unique<duckdb::Connection>(current->database());
      instance_ = current;
      time_zone_.clear();
      connection_->context->config.streaming_buffer_size = kResultBufferBytes;
      return Ok();
    });
  }

  Status SetTimeZone(const std::string& time_zone) {
    if (time_zone == time_zone_) return Ok();
    const auto unknown = [&] {
      return InvalidArgument("UnknownTimeZone",
                             "Unknown or incorrect time zone: '" + time_zone + "'");
    };
    const auto name = EngineTimeZone(time_zone);
    if (!name) return unknown();
    const auto result =
        connection_->Query("SET TimeZone = " + duckdb::KeywordHelper::WriteQuoted(*name, '\''));
    if (result->HasError()) {
      Error error = ToError(result->GetErrorObject());
      if (InvalidatesInstance(error)) return error;
      return unknown();
    }
    time_zone_ = time_zone;
    return Ok();
  }

  Status RunQuery(Statement& statement, const sql::Query& query, rows::ResultSink& sink) {
    FIRN_ASSIGN_OR_RETURN(auto select, Lowering(statement).LowerQuery(query));
    auto result = connection_->SendQuery(std::move(select));
    if (result->HasError()) return ToError(result->GetErrorObject());
    FIRN_TRY(sink.Begin(ToColumns(result->names, result->types)));
    BatchMaker batches(*connection_->context);
    while (true) {
      FIRN_TRY(statement.context().Check());
      const auto chunk = result->Fetch();
      if (result->HasError()) return ToError(result->GetErrorObject());
      if (!chunk || chunk->size() == 0) break;
      if (Status sent = sink.AddBatch(batches.Make(*chunk)); !sent) {
        // An abandoned stream waits for the running pipeline unless it is told to stop.
        connection_->Interrupt();
        return sent;
      }
    }
    return sink.End();
  }

  // Constant after construction.
  EngineImpl& engine_;

  // Of the session's thread.
  std::shared_ptr<Instance> instance_;
  std::unique_ptr<duckdb::Connection> connection_;
  std::string time_zone_;

  Mutex mutex_;
  Watched* running_ FIRN_GUARDED_BY(mutex_) = nullptr;
};

Result<std::unique_ptr<Connection>> EngineImpl::Connect() {
  return std::unique_ptr<Connection>(std::make_unique<ConnectionImpl>(*this));
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  FIRN_ASSIGN_OR_RETURN(std::shared_ptr<Instance> instance, Instance::Open(options));
  return std::unique_ptr<Engine>(std::make_unique<EngineImpl>(options, std::move(instance)));
}

}  // namespace firn::duck
