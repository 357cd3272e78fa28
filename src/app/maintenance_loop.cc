#include "app/maintenance_loop.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <functional>
#include <stop_token>

#include "app/limits.h"
#include "base/encoding.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "engine/frontdoor/mysql_server.h"
#include "engine/session/privilege_store.h"
#include "engine/session/session.h"
#include "engine/session/session_registry.h"
#include "engine/session/users.h"
#include "engine/session/variables.h"
#include "wire/mysql/client.h"

namespace firn::app {
namespace {

using s3tables::DueTable;
using s3tables::JobOutcome;
using s3tables::MaintenanceJob;

constexpr std::string_view kCatalog = "maintained";

/// A MySQL listener that only this process can log in to.
class PrivateEngine {
 public:
  static Result<std::unique_ptr<PrivateEngine>> Start(duck::Engine& engine,
                                                      const catalog::CatalogEnvironment& catalogs,
                                                      const std::filesystem::path& folder) {
    auto made = std::make_unique<PrivateEngine>();
    std::error_code error;
    std::filesystem::remove_all(folder, error);  // Nothing of an earlier run is of use.
    std::filesystem::create_directories(folder, error);
    if (error)
      return Unavailable("WriteFailed", "making " + folder.string() + ": " + error.message());
    FIRN_ASSIGN_OR_RETURN(made->catalogs_, catalog::CatalogRegistry::Open(folder, catalogs));
    FIRN_ASSIGN_OR_RETURN(made->users_,
                          session::UserStore::Open(folder, SystemClock(), SecureRandom()));
    FIRN_ASSIGN_OR_RETURN(made->privileges_, session::PrivilegeStore::Open(folder));
    made->password_ = Secret(
        RandomText(SecureRandom(), kServicePasswordChars, "abcdefghijklmnopqrstuvwxyz0123456789"));
    FIRN_TRY(made->users_->Alter({.user = "root", .host = "%"},
                                 {.plugin = {}, .clear_text = made->password_, .native_hash = ""}));
    made->environment_ = std::make_unique<session::SessionEnvironment>(
        session::SessionEnvironment{engine, *made->catalogs_, made->sessions_, *made->users_,
                                    *made->privileges_, made->variables_, SystemClock(), SecureRandom()});
    made->factory_ = frontdoor::MakeEngineSessions(*made->environment_);
    FIRN_ASSIGN_OR_RETURN(made->server_, frontdoor::MySqlServer::Start(
                                             {.bind_address = "127.0.0.1",
                                              .port = 0,
                                              .tls = {},
                                              .connections_max = kServiceConnectionsMax,
                                              .worker_count = 1},
                                             {*made->factory_, *made->users_, made->sessions_,
                                              made->metrics_, SystemClock(), SecureRandom()}));
    return made;
  }

  std::uint16_t port() const { return server_->port(); }
  const Secret& password() const { return password_; }
  void Drain() { server_->Drain(std::chrono::milliseconds(0)); }

 private:
  Secret password_;
  std::unique_ptr<catalog::CatalogRegistry> catalogs_;
  std::unique_ptr<session::UserStore> users_;
  std::unique_ptr<session::PrivilegeStore> privileges_;
  session::GlobalVariables variables_;
  session::SessionRegistry sessions_{SystemClock()};
  std::unique_ptr<session::SessionEnvironment> environment_;
  std::unique_ptr<frontdoor::SessionFactory> factory_;
  frontdoor::FrontdoorMetrics metrics_;
  std::unique_ptr<frontdoor::MySqlServer> server_;  // Uses all above.
};

std::string CatalogStatement(const DueTable& table, const Credentials& keys,
                             const std::string& endpoint) {
  const auto property = [](std::string_view key, std::string_view value) {
    return fmt::format("\"{}\" = \"{}\"", key, value);
  };
  const std::array<std::string, 16> properties = {
      property("type", "iceberg"),
      property("iceberg.catalog.type", "rest"),
      property("iceberg.catalog.uri", endpoint + "/iceberg"),
      property("iceberg.catalog.warehouse", table.bucket_arn),
      property("iceberg.catalog.rest.sigv4-enabled", "true"),
      property("iceberg.catalog.rest.signing-name", "s3tables"),
      property("iceberg.catalog.rest.signing-region", table.region),
      property("iceberg.catalog.rest.access-key-id", keys.access_key_id.value()),
      property("iceberg.catalog.rest.secret-access-key", keys.secret_key.Reveal()),
      property("iceberg.catalog.rest.session-token", keys.session_token.Reveal()),
      property("aws.s3.region", table.region),
      property("aws.s3.endpoint", endpoint),
      property("aws.s3.enable_path_style_access", "true"),
      property("aws.s3.access_key", keys.access_key_id.value()),
      property("aws.s3.secret_key", keys.secret_key.Reveal()),
      property("aws.s3.session_token", keys.session_token.Reveal()),
  };
  return fmt::format("CREATE EXTERNAL CATALOG {} PROPERTIES ({})", kCatalog,
                     fmt::join(properties, ", "));
}

std::string TableText(const DueTable& table) {
  return fmt::format("{}.`{}`.`{}`", kCatalog, table.place.namespace_name, table.place.table);
}

std::string MomentText(std::int64_t millis) {
  std::string text = FormatIso8601(WallTimeFromMillis(millis), true);
  text.resize(text.size() - 1);  // The session is in UTC.
  text[10] = ' ';
  return text;
}

/// One table's catalog and connection.
class TableWork {
 public:
  TableWork(const Context& context, const PrivateEngine& engine)
      : context_(context), engine_(engine) {}
  ~TableWork() {
    if (client_ != nullptr) client_->Close();
  }

  Status Open(const DueTable& table, const Credentials& keys, const std::string& endpoint) {
    mysql::ClientOptions options{.host = "127.0.0.1",
                                 .port = engine_.port(),
                                 .user = "root",
                                 .password = engine_.password(),
                                 .database = "",
                                 .use_tls = false};
    options.keep_waiting = [this] { return context_.Check(); };
    FIRN_ASSIGN_OR_RETURN(client_, mysql::Client::Connect(options));
    FIRN_TRY(Run(fmt::format("DROP CATALOG IF EXISTS {}", kCatalog)));
    FIRN_TRY(Run(CatalogStatement(table, keys, endpoint)));
    return Ok();
  }

  /// The number of files written anew.
  Result<std::int64_t> Compact(const DueTable& table) {
    FIRN_ASSIGN_OR_RETURN(
        const mysql::QueryResult answer,
        Run(fmt::format("ALTER TABLE {} EXECUTE rewrite_data_files(\"min_file_size_bytes\" = {}, "
                        "\"target_file_size_bytes\" = {}, \"strategy\" = '{}')",
                        TableText(table), table.compaction->target_file_size_bytes / 4 * 3,
                        table.compaction->target_file_size_bytes, table.compaction->strategy)));
    const auto column = std::ranges::find(answer.columns, "rewritten_data_files_count",
                                          &mysql::ColumnDefinition::name);
    if (column == answer.columns.end() || answer.rows.empty()) return 0;
    const auto& value = answer.rows[0][static_cast<std::size_t>(column - answer.columns.begin())];
    return value && *value != "0" ? 1 : 0;
  }

  Status Expire(const DueTable& table) {
    FIRN_TRY(Run(fmt::format(
        "ALTER TABLE {} EXECUTE expire_snapshots(older_than = '{}', retain_last = {})",
        TableText(table), MomentText(table.expiry->older_than_ms), table.expiry->retain_last)));
    return Ok();
  }

 private:
  Result<mysql::QueryResult> Run(const std::string& sql) {
    FIRN_TRY(context_.Check());
    return client_->Query(sql);
  }

  const Context& context_;
  const PrivateEngine& engine_;
  std::unique_ptr<mysql::Client> client_;
};

}  // namespace

class MaintenanceLoop::Impl {
 public:
  Impl(Parts parts, const MaintenanceOptions& options)
      : parts_(std::move(parts)),
        options_(options),
        context_(Context("maintenance").WithStopToken(stop_.get_token())),
        turns_(prometheus::BuildCounter()
                   .Name("firn_maintenance_jobs_total")
                   .Help("Jobs of S3 Tables' maintenance that ended")
                   .Register(parts_.metrics.registry())),
        files_(prometheus::BuildCounter()
                   .Name("firn_maintenance_files_removed_total")
                   .Help("Unreferenced files of table buckets that were deleted")
                   .Register(parts_.metrics.registry())
                   .Add({})) {}
  ~Impl() { Stop(); }

  Status Start() {
    FIRN_ASSIGN_OR_RETURN(engine_,
                          PrivateEngine::Start(parts_.engine, parts_.catalogs, parts_.folder));
    if (!thread_.TrySubmit([this] { Loop(); }))
      return Internal("NoThread", "maintenance cannot start");
    return Ok();
  }
  void RunNow() {
    MutexLock lock(mutex_);
    is_asked_ = true;
    wake_.NotifyAll();
  }
  void Stop() {
    stop_.request_stop();
    {
      MutexLock lock(mutex_);
      wake_.NotifyAll();
    }
    thread_.Shutdown();
    if (engine_ != nullptr) engine_->Drain();
  }

 private:
  void Loop() {
    const auto pause = std::clamp<std::chrono::milliseconds>(
        options_.interval, kMaintenancePauseMin, kMaintenancePauseMax);
    while (context_.Check()) {
      bool is_asked = false;
      {
        MutexLock lock(mutex_);
        if (!is_asked_ && context_.Check()) wake_.WaitFor(mutex_, pause);
        is_asked = std::exchange(is_asked_, false);
      }
      Turn(is_asked);
    }
  }

  void Turn(bool is_asked) {
    const s3tables::MaintenancePace pace{
        .interval = is_asked ? std::chrono::milliseconds(0) : options_.interval,
        .hour = options_.hour};
    const auto due = parts_.work.FindDue(pace);
    if (!due) return spdlog::warn("maintenance: {}", due.error().FullMessage());
    for (const DueTable& table : *due) {
      if (!context_.Check()) return;
      Maintain(table);
    }
  }

  void Maintain(const DueTable& table) {
    for (const auto& settled : table.settled) {
      Record(table, settled.job, settled.outcome, settled.message);
    }
    if (table.compaction) {
      bool found_nothing = false;
      const Status done = Try(table, [&](TableWork& work) -> Status {
        FIRN_ASSIGN_OR_RETURN(const std::int64_t count, work.Compact(table));
        found_nothing = count == 0;
        return Ok();
      });
      Record(table, MaintenanceJob::kCompaction, done, found_nothing);
    }
    if (table.expiry) {
      const Status done = Try(table, [&](TableWork& work) { return work.Expire(table); });
      Record(table, MaintenanceJob::kSnapshotManagement, done, false);
    }
    if (table.removal) {
      const auto removed = parts_.work.RemoveUnreferenced(context_, table);
      if (removed) files_.Increment(static_cast<double>(removed->deleted));
      Record(table, MaintenanceJob::kUnreferencedFileRemoval,
             removed ? Status(Ok()) : Status(removed.error()), false);
    }
  }

  /// Again after a writer was quicker, or the service did not answer; each time from the beginning.
  Status Try(const DueTable& table, const std::function<Status(TableWork&)>& job) {
    for (int attempt = 1;; ++attempt) {
      const Status done = TryOnce(table, job);
      if (done || attempt >= kMaintenanceTriesMax || !context_.Check()) return done;
      static_cast<void>(context_.Sleep(kMaintenanceRetryWait * attempt));
    }
  }
  Status TryOnce(const DueTable& table, const std::function<Status(TableWork&)>& job) {
    FIRN_ASSIGN_OR_RETURN(const Credentials keys, parts_.work.CredentialsFor(context_, table));
    TableWork work(context_, *engine_);
    FIRN_TRY(work.Open(table, keys, parts_.aws_endpoint));
    return job(work);
  }

  void Record(const DueTable& table, MaintenanceJob job, const Status& done, bool found_nothing) {
    if (!context_.Check()) return;  // Cut off: its turn is still to come.
    Record(table, job, done ? JobOutcome::kSuccessful : JobOutcome::kFailed,
           done ? "" : done.error().message(), found_nothing);
  }
  void Record(const DueTable& table, MaintenanceJob job, JobOutcome outcome,
              const std::string& message, bool found_nothing = false) {
    const bool failed = outcome == JobOutcome::kFailed;
    turns_
        .Add({{"job", std::string(s3tables::MaintenanceJobName(job))},
              {"outcome", failed                             ? "failed"
                          : outcome == JobOutcome::kDisabled ? "disabled"
                                                             : "successful"}})
        .Increment();
    if (failed) {
      spdlog::warn("maintenance: {} of {}: {}", s3tables::MaintenanceJobName(job), table.table_arn,
                   message);
    }
    const Status recorded =
        parts_.work.Record(context_, table, job, outcome, message, found_nothing);
    if (!recorded && recorded.error().code() != ErrorCode::kNotFound) {
      spdlog::warn("maintenance: {}", recorded.error().FullMessage());
    }
  }

  // Constant after construction.
  const Parts parts_;
  const MaintenanceOptions options_;
  std::stop_source stop_;
  const Context context_;
  prometheus::Family<prometheus::Counter>& turns_;
  prometheus::Counter& files_;
  std::unique_ptr<PrivateEngine> engine_;

  Mutex mutex_;
  CondVar wake_;
  bool is_asked_ FIRN_GUARDED_BY(mutex_) = false;
  ThreadPool thread_{"maintenance", 1};
};

MaintenanceLoop::MaintenanceLoop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MaintenanceLoop::~MaintenanceLoop() = default;
void MaintenanceLoop::RunNow() { impl_->RunNow(); }
void MaintenanceLoop::Stop() { impl_->Stop(); }

Result<std::unique_ptr<MaintenanceLoop>> MaintenanceLoop::Start(Parts parts,
                                                                const MaintenanceOptions& options) {
  auto impl = std::make_unique<Impl>(std::move(parts), options);
  FIRN_TRY(impl->Start());
  return std::unique_ptr<MaintenanceLoop>(new MaintenanceLoop(std::move(impl)));
}

}  // namespace firn::app
