#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/mutex.h"
#include "base/thread_pool.h"
#include "engine/frontdoor/command_runner.h"
#include "engine/frontdoor/login_exchange.h"
#include "engine/frontdoor/mysql_server.h"
#include "wire/mysql/auth.h"
#include "wire/mysql/compression.h"
#include "wire/mysql/handshake.h"
#include "wire/mysql/packet.h"
#include "wire/mysql/transport.h"

/// One MySQL connection: its states, its socket, and the step from the I/O thread to a worker and back.

namespace firn::frontdoor {

/// The RSA key for passwords without TLS, made when the first client asks. Thread-safe.
class LazyRsaKey {
 public:
  /// About 100 ms the first time. Errors: kInternal/RsaKeyFailed.
  Result<const mysql::RsaKey*> Get();

 private:
  Mutex mutex_;
  std::unique_ptr<mysql::RsaKey> key_ FIRN_GUARDED_BY(mutex_);
};

class MySqlConnection;

/// What all connections of a server share. Lives as long as the server; see there for threads.
struct ServerShared {
  const MySqlServerOptions options;
  const MySqlServerParts parts;
  std::unique_ptr<mysql::TlsContext> tls;
  boost::asio::io_context io;
  ThreadPool workers;
  ThreadPool control;
  LazyRsaKey rsa_key;
  MonotonicTime started;
  std::string read_buffer;                          // I/O thread only.
  std::function<void(std::uint32_t)> on_closed;     // I/O thread only.
  std::function<void()> on_busy;                    // I/O thread only.
  std::function<std::size_t()> connection_count;    // I/O thread only.
};

/// States, all but kBusy on the I/O thread:
///
///   kGreeted ──SSLRequest──▶ kTls ──handshake──▶ kGreeted
///   kGreeted ──response──▶ kWaiting (back-off) ──▶ kLogin ⇄ messages ──▶ kBusy (proof, session, database)
///   kBusy ──accepted──▶ kIdle ──command──▶ kBusy ──answered──▶ kIdle;  kIdle ──COM_CHANGE_USER──▶ kWaiting …
///   any ──▶ kClosed
///
/// Invariants: (1) exactly one of the I/O thread and one worker touches the transport; kBusy is the worker's. (2) In
/// kBusy nothing is read. (3) kClosed is entered on the I/O thread, never from kBusy: a busy connection is aborted and
/// closes when its worker returns.
class MySqlConnection final : public std::enable_shared_from_this<MySqlConnection> {
 public:
  /// REQUIRES: the socket is connected.
  MySqlConnection(ServerShared& shared, boost::asio::ip::tcp::socket socket,
                  std::uint32_t connection_id);

  // I/O thread only.
  void Start();
  /// Says why and closes; for connections over the limit.
  void Refuse(const Error& error);
  /// Deadlines, and whether a busy connection's client is still there.
  void Sweep(MonotonicTime now);
  /// Closes now if idle, else when the running statement has answered.
  void CloseWhenIdle();
  /// Stops the running statement and closes.
  void Abort();
  bool busy() const { return state_ == State::kBusy; }

 private:
  enum class State { kGreeted, kTls, kWaiting, kLogin, kIdle, kBusy, kClosed };
  /// What a worker found; the I/O thread goes on from it.
  enum class Outcome { kNext, kClose, kLoggedIn, kAwaitMessage };

  void WaitForRead();
  void WaitForWrite();
  void OnReady();
  bool ReadOnce();
  /// Bytes that came, to the assembler; of a compressed connection one frame a call, so that what a frame holds is
  /// handled before the next is unpacked. False when there was none.
  bool UnpackFrame();
  void StartCompression();
  /// False when reading must stop for now.
  bool HandleMessages();
  void HandleMessage(std::string message);
  void OnHandshakeResponse(std::string_view message);
  void OnChangeUser(std::string_view body);
  void BeginLogin(std::string plugin, std::string response);
  void FollowLogin(LoginStep step);
  void CheckPassword(LoginStep step);
  void FinishLogin();
  void DenyLogin();
  void OnCommand(std::string message);
  bool AnswerAtOnce(const mysql::Command& command);
  void StartCommand(std::string message, bool control);

  // Worker side.
  Outcome RunLogin();
  Outcome RunCommand(const std::string& message);
  Outcome RunPasswordCheck(const LoginStep& step);
  Outcome RunSendKey();
  ResponseWriter Writer();
  Context NewContext();

  void RunOnWorker(ThreadPool& pool, std::function<Outcome()> job);
  void OnWorkerDone(Outcome outcome);
  void Send(std::string_view payload);
  void SendError(const Error& error);
  bool FlushPending();
  void Close();
  session::LoginFacts Facts() const;
  session::SessionIdentity Identity() const;

  // Constant after construction.
  ServerShared& shared_;
  const std::uint32_t connection_id_;
  std::string client_ip_;
  std::uint16_t client_port_ = 0;

  // Own synchronisation.
  std::atomic<bool> aborted_{false};
  std::stop_source stop_;  // Of the statement that runs, or of none.

  // I/O thread, but for kBusy (invariant 1).
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer back_off_;
  mysql::Transport transport_;
  mysql::MessageAssembler assembler_;
  std::optional<mysql::FrameCodec> codec_;  // From the answer to the login on, when the client asked for it.
  int zstd_level_ = 0;
  State state_ = State::kGreeted;
  bool close_when_idle_ = false;
  bool waits_for_read_ = false;
  bool waits_for_write_ = false;
  std::string pending_output_;
  std::uint8_t sequence_ = 0;
  std::uint32_t capabilities_ = 0;
  std::string nonce_;
  std::string user_;
  std::string database_;
  std::vector<std::pair<std::string, std::string>> attributes_;
  std::optional<LoginExchange> login_;
  session::AccountName account_;
  std::shared_ptr<session::SessionEntry> entry_;
  std::unique_ptr<CommandRunner> runner_;
  MonotonicTime state_since_;
};

}  // namespace firn::frontdoor
