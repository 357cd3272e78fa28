#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/thread_pool.h"
#include "wire/http/body_pipe_internal.h"
#include "wire/http/request_parser_internal.h"
#include "wire/http/server.h"
#include "wire/http/transport_internal.h"

/// One client's socket through its requests. Included only by the server's own sources.
///
///   Handshake ──► Head ──► Handler ──► Writing ──► Unread ──► Head
///                   │         ▲           │           │
///                   └─refused─┼──────────►│           ▼
///                             │           └────────► Lingering ──► Closed
///                          a worker
///
/// 1. All members are touched on the I/O thread only; a worker sees the BodyPipe and posts its answer back.
/// 2. A read is under way at most once. It is started in Head, in Handler when the handler wants body or, with the body
///    whole, to notice that the client left, in Unread and in Lingering.
/// 3. Every state but Handler has a deadline; Handler has one while it waits for the client.
/// 4. A worker is taken in Handler only once kBodyBytesBeforeHandler of the body, or all of it, are here, or the client
///    waits to be asked for it.
/// 5. After an answer that leaves part of a body unread and unknown the connection closes: its next bytes could be
///    taken for a request.

namespace firn::http {

class Connection;

/// What connections need of their server. Outlives them.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const ServerOptions& options() const = 0;
  virtual Handler& handler() = 0;
  virtual ThreadPool& workers() = 0;
  virtual boost::asio::io_context& io() = 0;
  virtual bool draining() const = 0;
  /// Called once, when the connection has closed.
  virtual void Forget(const std::shared_ptr<Connection>& connection) = 0;
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ConnectionHost& host, std::unique_ptr<Transport> transport, std::string remote_address,
             bool tls);

  void Start();
  /// Closes at once if no request is under way.
  void CloseIfIdle();
  /// Cancels a running handler's context and closes.
  void Close();

 private:
  enum class State { kHandshake, kHead, kHandler, kWriting, kUnread, kLingering, kClosed };

  void Advance();
  void StartRead(std::size_t bytes_max);
  void OnRead(const Transport::ErrorCode& error, std::size_t count);
  void OnPeerGone(bool reset);

  void TryHead();
  void Dispatch(ParsedHead parsed);
  bool StartHandlerWhenReady();
  void FeedBody();
  void BreakBody(Error error);
  void OnBodyWanted();
  void SendContinue();
  bool SenderTooSlow();
  void DropUnread();

  void OnAnswer(Response answer);
  void Refuse(int status, std::string_view text);
  void SendAnswer();
  bool MayKeepAlive() const;
  std::string FormatAnswerHead() const;
  void WriteNext();
  /// Empty at the end; nullopt when the bytes cannot be had.
  std::optional<std::string_view> NextPiece();
  void OnWritten();
  void NextRequest();

  void SetDeadline(std::chrono::milliseconds duration);
  void ClearDeadline();
  void OnDeadline();

  // Constant after construction.
  ConnectionHost& host_;
  const std::string remote_address_;
  const bool tls_;

  // The I/O thread's.
  std::unique_ptr<Transport> transport_;
  boost::asio::steady_timer timer_;
  std::uint64_t timer_generation_ = 0;
  State state_ = State::kHandshake;
  std::string in_;              // Arrived and not yet used.
  std::string read_buffer_;     // Where the read under way puts its bytes.
  bool read_pending_ = false;
  bool write_pending_ = false;
  bool peer_gone_ = false;
  std::size_t scanned_ = 0;     // Of in_, looked at for the end of the head.
  bool head_started_ = false;

  // Of the request under way.
  std::optional<BodyDecoder> decoder_;
  std::shared_ptr<BodyPipe> pipe_;
  std::function<void()> handler_task_;  // Empty once a worker has it.
  std::stop_source stop_;
  bool keep_alive_ = false;
  bool is_head_method_ = false;
  bool continue_owed_ = false;  // The client waits for 100 Continue.
  bool body_wanted_ = false;
  bool body_broken_ = false;
  std::uint64_t body_bytes_ = 0;
  MonotonicTime read_started_{};
  std::chrono::nanoseconds read_waited_{0};
  std::uint64_t unread_bytes_ = 0;

  // Of the answer under way.
  std::optional<Response> answer_;
  std::string out_head_;
  std::uint64_t body_length_ = 0;
  std::uint64_t body_sent_ = 0;
};

}  // namespace firn::http
