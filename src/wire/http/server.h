#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "wire/http/body.h"
#include "wire/http/limits.h"
#include "wire/http/message.h"

/// An HTTP/1.1 server: sockets on one I/O thread, handlers on workers.
///
/// Reading order: Handler, ServerOptions, Server.

namespace firn::http {

/// What answers requests. Thread-safe: Handle runs on many workers at once and may block.
class Handler {
 public:
  virtual ~Handler() = default;

  /// `context` carries a fresh request id and is cancelled when the client goes away or the server stops. The client
  /// is told to send its body (100 Continue) only when `body` is first read. Must not throw.
  virtual Response Handle(const Context& context, const RequestHead& head, BodyReader& body) = 0;
};

/// PEM files.
struct TlsFiles {
  std::filesystem::path certificate_chain;
  std::filesystem::path private_key;
};

struct ServerOptions {
  std::string bind_address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::size_t worker_count = 32;
  std::size_t header_bytes_max = kHeaderBytesMax;
  std::chrono::milliseconds head_timeout{10'000};  ///< From a head's first byte (or the connection) to its last.
  std::chrono::milliseconds idle_timeout{60'000};  ///< Between requests, and between two pieces of a body either way.
  std::size_t connections_max = 1024;              ///< Over it a connection is answered 503 and closed.
  std::optional<TlsFiles> tls;
  std::string thread_name = "http";
  const Clock* clock = &SystemClock();
  Random* random = &SecureRandom();  ///< For request ids.
};

/// A running listener. Thread-safe. Refuses, without calling the handler: heads over the limit (431), Transfer-Encoding
/// together with Content-Length, folded lines, bare LF, NUL, a missing or doubled Host, and any doubled Authorization,
/// Content-Length, Transfer-Encoding, x-amz-date, x-amz-content-sha256 or x-amz-security-token (400).
class Server {
 public:
  /// `handler` must outlive the server.
  ///
  /// Errors: kUnavailable/ListenFailed (address in use, not ours); kInvalidArgument/InvalidBindAddress or /InvalidTls.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler& handler);

  /// Drains for no time at all.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  /// Stops accepting, closes idle connections, lets running requests finish for at most `patience`, then cancels their
  /// contexts and closes. Returns when no handler runs any more. Idempotent.
  void Drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firn::http
