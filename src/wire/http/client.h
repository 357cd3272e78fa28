#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "wire/http/limits.h"
#include "wire/http/message.h"

/// An HTTP/1.1 client with hundreds of requests in flight on one thread.
///
/// Reading order: OutgoingRequest, IncomingResponse, Client, ClientOptions.

namespace firn::http {

struct OutgoingRequest {
  std::string method = "GET";
  std::string url;  ///< Absolute, encoded; sent as it is (dot segments too).
  Headers headers;
  std::shared_ptr<const std::string> body;  ///< Null for none.
  /// Harmless when it happens twice. When false the request goes on a new connection, because libcurl silently sends
  /// again when a reused one is reset (curl issue 18417).
  bool idempotent = false;
  bool fresh_connection = false;  ///< A new connection for an idempotent request too.
  std::size_t answer_bytes_max = 0;  ///< 0 means the client's own limit.
};

struct IncomingResponse {
  int status = 0;
  Headers headers;
  std::string body;
  /// libcurl sent the request more than once, since a reused connection died before its answer; an
  /// earlier sending may have been acted on. Never so for what goes on a connection of its own.
  bool sent_again = false;
};

/// Sends requests. Never retries, never follows a redirect. Thread-safe.
///
/// Errors of both calls, by whether the server may have acted on the request:
///   surely not: kUnavailable with DnsFailed, ConnectFailed or TlsFailed; kInvalidArgument/InvalidUrl;
///     kDeadlineExceeded/DeadlineExceeded and kCancelled/Cancelled before anything was sent; kResourceExhausted/QueueFull;
///   perhaps: kUnavailable/AnswerLost, kDeadlineExceeded/AnswerLost, kCancelled/AnswerLost;
///     kResourceExhausted/AnswerTooLarge.
/// Answers of any status are values.
class Client {
 public:
  virtual ~Client() = default;

  virtual Result<IncomingResponse> Send(const Context& context, const OutgoingRequest& request) = 0;

  /// Calls `done` exactly once, on the client's thread or, when the request cannot even be queued, on the caller's
  /// before this returns. `done` must not block and must not call Send.
  virtual void SendAsync(const Context& context, OutgoingRequest request,
                         std::function<void(Result<IncomingResponse>)> done) = 0;
};

/// True unless `error`, from a Client, says that the request surely never reached the server.
bool MayHaveReachedServer(const Error& error);

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  /// For a request whose context has no deadline.
  std::chrono::milliseconds request_timeout{300'000};
  std::size_t answer_bytes_max = kAnswerBytesMax;
  std::size_t in_flight_max = kClientInFlightMax;
  /// PEM file of certificates to trust besides the system's.
  std::optional<std::filesystem::path> extra_ca_file;
  std::string user_agent = "firn";
  std::string proxy;  ///< Empty for none; the environment is not asked.
  /// Refuse 169.254.0.0/16, fe80::/10 and fd00:ec2::/32, where clouds keep their instance metadata. Checked after name resolution.
  bool refuse_link_local = true;
};

/// Errors: kInvalidArgument/InvalidTls when `extra_ca_file` cannot be read; kInternal/ClientFailed.
Result<std::unique_ptr<Client>> MakeCurlClient(const ClientOptions& options);

}  // namespace firn::http
