#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/frontdoor/certificate.h"
#include "engine/frontdoor/limits.h"
#include "engine/frontdoor/metrics.h"
#include "engine/frontdoor/sql_session.h"
#include "engine/session/session_registry.h"
#include "engine/session/users.h"

/// The MySQL entrance.
///
/// One thread serves all sockets; a connection that waits for its client costs no thread. A statement runs on a worker,
/// which also writes its result: a slow reader holds its worker, for at most kWriteStallTimeout without progress.

namespace firn::frontdoor {

struct MySqlServerOptions {
  std::string bind_address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::optional<CertificateFiles> tls;
  std::size_t connections_max = kConnectionsMax;
  std::size_t worker_count = kStatementWorkers;
  std::size_t message_bytes_max = 32U << 20U;  ///< max_allowed_packet.
  std::chrono::milliseconds login_deadline = kLoginDeadline;
  std::chrono::milliseconds idle_timeout = kIdleTimeout;
  std::chrono::milliseconds write_stall_timeout = kWriteStallTimeout;
};

/// What the server works with; all must outlive it.
struct MySqlServerParts {
  SessionFactory& sessions;
  session::UserStore& users;
  session::SessionRegistry& registry;
  FrontdoorMetrics& metrics;
  const Clock& clock;
  Random& random;
};

/// A running listener. Thread-safe.
class MySqlServer {
 public:
  /// Errors: kUnavailable/ListenFailed; kInvalidArgument/InvalidBindAddress, /BadCertificate.
  static Result<std::unique_ptr<MySqlServer>> Start(const MySqlServerOptions& options,
                                                    const MySqlServerParts& parts);
  /// Drains for no time at all.
  ~MySqlServer();
  MySqlServer(const MySqlServer&) = delete;
  MySqlServer& operator=(const MySqlServer&) = delete;

  std::uint16_t port() const;

  /// Stops accepting, closes idle connections, lets running statements finish for at most `patience`, then stops them.
  /// Returns when no statement runs any more. Idempotent.
  void Drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  explicit MySqlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firn::frontdoor
