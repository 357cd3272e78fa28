#include "app/server.h"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <vector>

#include "app/credential_chain.h"
#include "app/data_folder.h"
#include "app/limits.h"
#include "app/maintenance_loop.h"
#include "base/durable_file.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "cloud/door/door.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/duck/engine.h"
#include "engine/frontdoor/http_face.h"
#include "engine/frontdoor/mysql_server.h"
#include "engine/session/privilege_store.h"
#include "engine/session/session.h"
#include "engine/session/statement_log.h"
#include "engine/session/users.h"
#include "engine/session/variables.h"
#include "wire/http/client.h"
#include "wire/http/server.h"

namespace firn::app {
namespace {

/// Sixty per cent of what this process may have: the machine's memory, or less where a control group (version 2) says so.
std::uint64_t DefaultMemoryBytes() {
  auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
  if (const auto limit = ReadWholeFile("/sys/fs/cgroup/memory.max", kCgroupFileBytesMax)) {
    std::uint64_t allowed = 0;
    const auto [end, failure] = std::from_chars(limit->data(), limit->data() + limit->size(), allowed);
    if (failure == std::errc() && allowed > 0) bytes = std::min(bytes, allowed);
  }
  return bytes / 10 * 6;
}

/// The files the AWS endpoint serves with: its own, or else those of the whole server.
std::optional<http::TlsFiles> AwsTls(const ServerOptions& options) {
  if (options.aws_tls_certificate) return http::TlsFiles{*options.aws_tls_certificate, *options.aws_tls_key};
  if (options.tls_certificate) return http::TlsFiles{*options.tls_certificate, *options.tls_key};
  return std::nullopt;
}

/// The local AWS side: the door and its listener.
class AwsSide {
 public:
  static Result<std::unique_ptr<AwsSide>> Start(const ServerOptions& options, const DataFolder& folder,
                                                const std::string& account_id) {
    auto side = std::make_unique<AwsSide>();
    FIRN_ASSIGN_OR_RETURN(side->door_, door::Door::Open({.data_folder = folder.aws(),
                                                         .account_id = account_id,
                                                         .region = options.region,
                                                         .quotas = options.quotas}));
    FIRN_TRY(folder.WriteCredentials(side->door_->root_credentials(), options.region));
    http::ServerOptions listener{.bind_address = options.bind_address, .port = options.aws_port};
    listener.thread_name = "aws";
    listener.tls = AwsTls(options);
    FIRN_ASSIGN_OR_RETURN_NOTE(side->server_, http::Server::Start(listener, *side->door_), "starting the AWS endpoint");
    return side;
  }

  std::uint16_t port() const { return server_->port(); }
  void Drain() {
    server_->Drain(kDrainPatience);
    if (inner_server_ != nullptr) inner_server_->Drain(kDrainPatience);
  }

  door::Maintenance& maintenance() { return door_->maintenance(); }
  /// Where this process reaches the side without TLS. Errors: those of the listener.
  Result<std::string> InnerEndpoint(const ServerOptions& options) {
    constexpr std::string_view kLoopback = "127.0.0.1";
    if (!AwsTls(options) && options.bind_address == kLoopback) return fmt::format("http://{}:{}", kLoopback, port());
    http::ServerOptions listener{.bind_address = "127.0.0.1", .port = 0};
    listener.thread_name = "aws-inner";
    FIRN_ASSIGN_OR_RETURN(inner_server_, http::Server::Start(listener, *door_));
    return fmt::format("http://127.0.0.1:{}", inner_server_->port());
  }

 private:
  std::unique_ptr<door::Door> door_;
  std::unique_ptr<http::Server> server_;  // Uses door_, so it goes first.
  std::unique_ptr<http::Server> inner_server_;  // Likewise; for maintenance, when server_ speaks TLS or is elsewhere.
};

/// The engine: what sessions share, and the two listeners in front of them.
class EngineSide {
 public:
  static Result<std::unique_ptr<EngineSide>> Start(const ServerOptions& options, const DataFolder& folder) {
    auto side = std::make_unique<EngineSide>();
    FIRN_TRY(side->OpenParts(options, folder));
    FIRN_TRY(CheckBind(options, *side->users_));
    FIRN_TRY(side->Listen(options, folder));
    return side;
  }

  duck::Engine& engine() { return *engine_; }
  const catalog::CatalogEnvironment& catalog_environment() const { return *catalog_environment_; }
  frontdoor::FrontdoorMetrics& metrics() { return metrics_; }
  std::uint16_t mysql_port() const { return mysql_server_->port(); }
  std::uint16_t http_port() const { return http_server_->port(); }
  void Drain() {
    mysql_server_->Drain(kDrainPatience);
    http_server_->Drain(kDrainPatience);
  }

 private:
  Status OpenParts(const ServerOptions& options, const DataFolder& folder);
  Status Listen(const ServerOptions& options, const DataFolder& folder);
  /// Anyone who reaches the port would be root.
  static Status CheckBind(const ServerOptions& options, const session::UserStore& users) {
    if (session::IsLoopbackAddress(options.bind_address) || !users.RootHasNoPassword()) return Ok();
    return FailedPrecondition("RootWithoutPassword",
                              fmt::format("refusing to listen on {} while root has no password; start on loopback and run "
                                          "SET PASSWORD FOR 'root' = PASSWORD('…') first",
                                          options.bind_address));
  }

  // In the order in which they are made; each may use those above it.
  std::shared_ptr<http::Client> http_client_;
  std::unique_ptr<ThreadPool> renewals_;  // Ends before the client does: its last tasks use it.
  std::shared_ptr<credentials::Chain> chain_;
  std::unique_ptr<duck::Engine> engine_;
  std::optional<catalog::CatalogEnvironment> catalog_environment_;
  std::unique_ptr<catalog::CatalogRegistry> catalogs_;
  std::unique_ptr<session::UserStore> users_;
  std::unique_ptr<session::PrivilegeStore> privileges_;
  session::GlobalVariables global_variables_;
  session::SessionRegistry sessions_{SystemClock()};
  std::unique_ptr<session::SessionEnvironment> environment_;
  std::unique_ptr<frontdoor::SessionFactory> factory_;
  frontdoor::FrontdoorMetrics metrics_;
  std::unique_ptr<frontdoor::HttpFace> http_face_;
  std::unique_ptr<http::Server> http_server_;
  std::unique_ptr<frontdoor::MySqlServer> mysql_server_;
};

Status EngineSide::OpenParts(const ServerOptions& options, const DataFolder& folder) {
  FIRN_ASSIGN_OR_RETURN(std::unique_ptr<http::Client> client, MakeEngineClient(options.outward));
  http_client_ = std::move(client);
  renewals_ = std::make_unique<ThreadPool>("renewals", kRenewalThreads);
  const Renewal renewal{.pool = renewals_.get(), .jitter = &SecureRandom()};
  FIRN_ASSIGN_OR_RETURN(chain_, MakeCredentialChain(http_client_, renewal));
  FIRN_ASSIGN_OR_RETURN(engine_, duck::Engine::Open({.memory_bytes_max = options.memory_bytes_max != 0 ? options.memory_bytes_max
                                                                                                       : DefaultMemoryBytes(),
                                                     .thread_count = options.thread_count,
                                                     .temp_folder = folder.spill(),
                                                     .manifest_cache_bytes_max = options.manifest_cache_bytes_max}));
  catalog_environment_.emplace(catalog::CatalogEnvironment{.http_client = http_client_,
                                                           .clock = SystemClock(),
                                                           .random = SecureRandom(),
                                                           .user_agent = "Firn-Iceberg-Connector/0.1.0",
                                                           .chain = chain_,
                                                           .renewal = renewal});
  catalog::CatalogEnvironment recovering = *catalog_environment_;
  recovering.recovery_log = [](const std::string& line) { spdlog::warn("{}", line); };
  FIRN_ASSIGN_OR_RETURN(catalogs_, catalog::CatalogRegistry::Open(folder.engine(), std::move(recovering)));
  FIRN_ASSIGN_OR_RETURN(users_, session::UserStore::Open(folder.engine(), SystemClock(), SecureRandom()));
  FIRN_ASSIGN_OR_RETURN(privileges_, session::PrivilegeStore::Open(folder.engine()));
  FIRN_TRY(global_variables_.Open(folder.engine()));
  environment_ = std::make_unique<session::SessionEnvironment>(
      session::SessionEnvironment{*engine_, *catalogs_, sessions_, *users_, *privileges_, global_variables_, SystemClock(), SecureRandom()});
  if (options.log_statements) {
    FIRN_ASSIGN_OR_RETURN(environment_->log, session::StatementLog::Open(folder.engine()));
  }
  environment_->facts->started_ms = MillisSinceEpoch(SystemClock().Now());
  factory_ = frontdoor::MakeEngineSessions(*environment_);
  return Ok();
}

Status EngineSide::Listen(const ServerOptions& options, const DataFolder& folder) {
  http_face_ = std::make_unique<frontdoor::HttpFace>(frontdoor::HttpFaceParts{
      *factory_, *users_, sessions_, metrics_, SystemClock(), SecureRandom(), {}});
  http::ServerOptions listener{.bind_address = options.bind_address, .port = options.http_port};
  listener.thread_name = "http";
  if (options.tls_certificate) listener.tls = http::TlsFiles{*options.tls_certificate, *options.tls_key};
  FIRN_ASSIGN_OR_RETURN_NOTE(http_server_, http::Server::Start(listener, *http_face_), "starting the HTTP face");

  frontdoor::MySqlServerOptions mysql{.bind_address = options.bind_address, .port = options.mysql_port};
  if (options.tls_certificate) {
    mysql.tls = frontdoor::CertificateFiles{*options.tls_certificate, *options.tls_key};
  } else {
    FIRN_ASSIGN_OR_RETURN(mysql.tls, frontdoor::EnsureSelfSignedCertificate(folder.tls()));
  }
  FIRN_ASSIGN_OR_RETURN_NOTE(mysql_server_,
                             frontdoor::MySqlServer::Start(mysql, {*factory_, *users_, sessions_, metrics_, SystemClock(), SecureRandom()}),
                             "starting the MySQL face");
  environment_->facts->mysql_port = mysql_port();
  environment_->facts->http_port = http_port();
  return Ok();
}

class RunningServer final : public FirnServer {
 public:
  RunningServer(ServerOptions options, DataFolder folder, std::string account_id)
      : options_(std::move(options)), folder_(std::move(folder)), account_id_(std::move(account_id)) {}

  Status StartSides() {
    if (options_.with_aws) {
      if (!session::IsLoopbackAddress(options_.bind_address) && !AwsTls(options_)) {
        return FailedPrecondition("AwsWithoutTls",
                                  fmt::format("refusing to serve the AWS side on {} without TLS; give --aws-tls-cert and "
                                              "--aws-tls-key (or --tls-cert and --tls-key), or --without-aws", options_.bind_address));
      }
      FIRN_ASSIGN_OR_RETURN(aws_, AwsSide::Start(options_, folder_, account_id_));
    }
    if (options_.with_engine) {
      FIRN_ASSIGN_OR_RETURN(engine_, EngineSide::Start(options_, folder_));
    }
    return StartMaintenance();
  }

  std::string ReadyLine() const override {
    json::object line{{"event", "ready"}};
    line["mysql_port"] = engine_ ? json::value(engine_->mysql_port()) : json::value(nullptr);
    line["http_port"] = engine_ ? json::value(engine_->http_port()) : json::value(nullptr);
    line["aws_port"] = aws_ ? json::value(aws_->port()) : json::value(nullptr);
    line["account_id"] = account_id_;
    line["region"] = options_.region;
    line["credentials_file"] = folder_.credentials_file().string();
    return json::serialize(line);
  }

  std::string Explanation() const override;

  void MaintainNow() override {
    if (maintenance_) maintenance_->RunNow();
  }

  /// Statements first, since they call the AWS side.
  void Drain() override {
    if (maintenance_) maintenance_->Stop();
    if (engine_) engine_->Drain();
    if (aws_) aws_->Drain();
  }

 private:
  Status StartMaintenance() {
    if (!aws_ || !engine_ || !options_.maintenance.enabled) return Ok();
    FIRN_ASSIGN_OR_RETURN(std::string endpoint, aws_->InnerEndpoint(options_));
    FIRN_ASSIGN_OR_RETURN_NOTE(
        maintenance_,
        MaintenanceLoop::Start({.work = aws_->maintenance(),
                                .engine = engine_->engine(),
                                .catalogs = engine_->catalog_environment(),
                                .metrics = engine_->metrics(),
                                .folder = folder_.engine() / "maintenance",
                                .aws_endpoint = std::move(endpoint)},
                               options_.maintenance),
        "starting maintenance");
    return Ok();
  }

  const ServerOptions options_;
  DataFolder folder_;
  const std::string account_id_;
  std::unique_ptr<AwsSide> aws_;
  std::unique_ptr<EngineSide> engine_;
  std::unique_ptr<MaintenanceLoop> maintenance_;  // Uses both.
};

std::string RunningServer::Explanation() const {
  std::string text;
  if (engine_) {
    text += fmt::format("StarRocks SQL   mysql -h{0} -P{1} -uroot      or: firn sql -P {1}\n", options_.bind_address,
                        engine_->mysql_port());
    text += fmt::format("HTTP            curl http://{}:{}/healthz\n", options_.bind_address, engine_->http_port());
  }
  if (aws_) {
    const std::string endpoint =
        fmt::format("{}://{}:{}", AwsTls(options_) ? "https" : "http", options_.bind_address, aws_->port());
    text += fmt::format("AWS             AWS_SHARED_CREDENTIALS_FILE={} aws --profile firn --endpoint-url {} "
                        "s3tables list-table-buckets\n",
                        folder_.credentials_file().string(), endpoint);
    text += fmt::format("Iceberg REST    {}/iceberg   warehouse {}:s3tablescatalog/<table bucket>, SigV4 name glue\n",
                        endpoint, account_id_);
  }
  return text;
}

/// SIGTERM and SIGINT wait for sigwait; every thread made later inherits the mask.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

Result<std::unique_ptr<FirnServer>> FirnServer::Start(const ServerOptions& options) {
  FIRN_ASSIGN_OR_RETURN(DataFolder folder, DataFolder::Open(options.data_folder));
  FIRN_ASSIGN_OR_RETURN(std::string account_id, folder.AccountId(options.account_id, SecureRandom()));
  auto server = std::make_unique<RunningServer>(options, std::move(folder), std::move(account_id));
  FIRN_TRY(server->StartSides());
  return std::unique_ptr<FirnServer>(std::move(server));
}

Status RunServer(const ServerOptions& options) {
  const sigset_t signals = BlockEndSignals();
  FIRN_ASSIGN_OR_RETURN(const std::unique_ptr<FirnServer> server, FirnServer::Start(options));
  std::printf("%s\n", server->ReadyLine().c_str());
  if (options.explain) std::printf("\n%s\n", server->Explanation().c_str());
  std::fflush(stdout);
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGUSR1) server->MaintainNow();
  spdlog::info("signal {}: draining", signal);
  server->Drain();
  return Ok();
}

}  // namespace firn::app
