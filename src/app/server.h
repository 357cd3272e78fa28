#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/credential_chain.h"
#include "base/result.h"
#include "cloud/door/door.h"

/// The whole server: what is made in which order, and taken down in the reverse one.

namespace firn::app {

/// S3 Tables' maintenance on the local AWS side; it needs both sides.
struct MaintenanceOptions {
  bool enabled = true;
  /// Each table has its turn once in such a time.
  std::chrono::milliseconds interval{3'600'000};
  /// How long an hour of a maintenance configuration lasts, and a day 24 times as long; shorter in
  /// tests.
  std::chrono::milliseconds hour{3'600'000};
};

struct ServerOptions {
  std::filesystem::path data_folder;
  std::string bind_address = "127.0.0.1";
  std::uint16_t mysql_port = 9030;  ///< 0 picks a free one; so do the others.
  std::uint16_t http_port = 8030;
  std::uint16_t aws_port = 4566;
  std::optional<std::string> account_id;
  std::string region = "us-east-1";
  std::uint64_t memory_bytes_max = 0;  ///< 0: sixty per cent of the machine's.
  std::size_t manifest_cache_bytes_max = std::size_t{256} << 20;
  unsigned thread_count = 0;           ///< 0: one a core.
  std::optional<std::filesystem::path> tls_certificate;
  std::optional<std::filesystem::path> tls_key;
  /// The AWS endpoint's own certificate, for instance for AWS's host names; tls_certificate serves when it is absent.
  std::optional<std::filesystem::path> aws_tls_certificate;
  std::optional<std::filesystem::path> aws_tls_key;
  door::Quotas quotas;
  bool with_engine = true;
  bool with_aws = true;
  bool log_statements = true;  ///< engine/fe.audit.log.
  OutwardOptions outward;  ///< How the engine reaches catalogs and stores.
  MaintenanceOptions maintenance;
  bool explain = false;  ///< Print, for a person, how to connect.
};

/// A running server.
class FirnServer {
 public:
  /// Starts all three faces. Errors: those of the parts, each naming what to do.
  static Result<std::unique_ptr<FirnServer>> Start(const ServerOptions& options);
  virtual ~FirnServer() = default;

  /// The one line of JSON that scripts wait for.
  virtual std::string ReadyLine() const = 0;
  /// How to connect, for a person.
  virtual std::string Explanation() const = 0;
  /// Gives every table its turn in maintenance now. Does not wait.
  virtual void MaintainNow() = 0;
  /// Stops accepting, lets what runs finish, closes. Idempotent.
  virtual void Drain() = 0;
};

/// Starts a server, prints its ready line, waits for SIGTERM or SIGINT and drains; SIGUSR1 gives every table its turn in
/// maintenance. Blocks those signals for the process;
/// call it before any thread is started.
Status RunServer(const ServerOptions& options);

}  // namespace firn::app
