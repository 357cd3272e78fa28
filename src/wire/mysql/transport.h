#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

/// Bytes over a connected socket, plain or, from some moment on, TLS.

struct ssl_ctx_st;

namespace firn::mysql {

/// A server's certificate and key, or a client's will to speak TLS. Immutable, thread-safe.
class TlsContext {
 public:
  /// TLS 1.2 and later. Errors: kInvalidArgument/BadCertificate with the file and OpenSSL's reason.
  static Result<std::unique_ptr<TlsContext>> ForServer(const std::filesystem::path& certificate_file,
                                                       const std::filesystem::path& key_file);
  /// Does not check the server's certificate, as the mysql client's PREFERRED mode.
  static Result<std::unique_ptr<TlsContext>> ForClient();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class Transport;
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

enum class IoState { kDone, kWantRead, kWantWrite, kClosed };

struct IoResult {
  IoState state = IoState::kClosed;
  std::size_t bytes = 0;
};

/// One non-blocking socket, borrowed. Owned by one connection; one call at a time. Never raises SIGPIPE.
class Transport {
 public:
  /// REQUIRES: `socket` is connected and non-blocking, and outlives the transport.
  explicit Transport(int socket);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // None of these blocks. kClosed is the peer's end or any failure of the connection.
  IoResult Read(std::span<char> buffer);
  IoResult Write(std::string_view bytes);
  /// From here on everything is TLS. Call Handshake until it is kDone. `context` must outlive the transport.
  void StartTls(const TlsContext& context, bool as_server);
  IoResult Handshake();
  bool tls() const { return tls_ != nullptr; }

  /// Asked every 50 ms while a blocking call waits; an error ends it.
  using KeepWaiting = std::function<Status()>;

  // These block, up to `stall_timeout` without progress.
  // Errors: kUnavailable/ConnectionClosed; kDeadlineExceeded/ConnectionStalled; those of `keep_waiting`.
  Status WriteAll(std::string_view bytes, std::chrono::milliseconds stall_timeout,
                  const KeepWaiting& keep_waiting);
  /// At least one byte.
  Result<std::size_t> ReadSome(std::span<char> buffer, std::chrono::milliseconds stall_timeout,
                               const KeepWaiting& keep_waiting);
  Status HandshakeAll(std::chrono::milliseconds stall_timeout);
  /// Tells a TLS peer that this is the end; best effort.
  void Close();

 private:
  struct Tls;
  Status Wait(IoState state, std::chrono::milliseconds stall_timeout,
              const KeepWaiting& keep_waiting) const;

  const int socket_;
  std::unique_ptr<Tls> tls_;
};

/// True when the peer has closed its side (or reset the connection), even if bytes of its are still unread.
/// One system call; safe beside a thread that writes to the socket.
bool PeerHasClosed(int socket);

}  // namespace firn::mysql
