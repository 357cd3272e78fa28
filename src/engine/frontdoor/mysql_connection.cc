#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include "base/encoding.h"
#include "engine/frontdoor/mysql_connection_internal.h"
#include "engine/frontdoor/mysql_errors.h"
#include "wire/mysql/limits.h"

namespace firn::frontdoor {
namespace {

using mysql::CommandCode;

// A statement that must not wait behind those it is to stop.
bool IsKill(std::string_view sql) {
  while (!sql.empty() && (sql[0] == ' ' || sql[0] == '\n' || sql[0] == '\t')) sql.remove_prefix(1);
  return sql.size() > 5 && EqualsIgnoreCaseAscii(sql.substr(0, 5), "kill ");
}

}  // namespace

Result<const mysql::RsaKey*> LazyRsaKey::Get() {
  // Held while the key is made: the second to ask waits for the first.
  const MutexLock lock(mutex_);
  if (key_ == nullptr) {
    FIRN_ASSIGN_OR_RETURN(key_, mysql::RsaKey::Generate());
  }
  return key_.get();
}

MySqlConnection::MySqlConnection(ServerShared& shared, boost::asio::ip::tcp::socket socket,
                                 std::uint32_t connection_id)
    : shared_(shared),
      connection_id_(connection_id),
      socket_(std::move(socket)),
      back_off_(shared.io),
      transport_(socket_.native_handle()),
      assembler_(mysql::kPreAuthMessageBytesMax),
      nonce_(mysql::MakeNonce(shared.parts.random)),
      state_since_(shared.parts.clock.MonotonicNow()) {
  boost::system::error_code error;
  socket_.native_non_blocking(true, error);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
  socket_.set_option(boost::asio::socket_base::keep_alive(true), error);
  const auto peer = socket_.remote_endpoint(error);
  if (!error) {
    client_ip_ = peer.address().to_string();
    client_port_ = peer.port();
  }
  capabilities_ = mysql::kServerCapabilities;
  if (shared.tls != nullptr) capabilities_ |= mysql::kSsl;
}

session::LoginFacts MySqlConnection::Facts() const {
  return {.user = user_, .client_address = client_ip_};
}

session::SessionIdentity MySqlConnection::Identity() const {
  return {.connection_id = connection_id_,
          .user = user_,
          .host = account_.host,
          .remote_address = fmt::format("{}:{}", client_ip_, client_port_)};
}

// Reading.

void MySqlConnection::Start() {
  Send(mysql::EncodeServerGreeting({.server_version = std::string(mysql::kServerVersion),
                                    .connection_id = connection_id_,
                                    .nonce = nonce_,
                                    .capabilities = capabilities_,
                                    .charset = mysql::kCharsetUtf8,
                                    .status = mysql::kStatusAutocommit,
                                    .auth_plugin = std::string(mysql::kNativePlugin)}));
  assembler_.ExpectSequence(sequence_);
  WaitForRead();
}

void MySqlConnection::Refuse(const Error& error) {
  SendError(error);
  Close();
}

void MySqlConnection::WaitForRead() {
  if (std::exchange(waits_for_read_, true)) return;
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waits_for_read_ = false;
                       if (!error) self->OnReady();
                     });
}

void MySqlConnection::WaitForWrite() {
  if (std::exchange(waits_for_write_, true)) return;
  socket_.async_wait(boost::asio::socket_base::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waits_for_write_ = false;
                       if (!error) self->OnReady();
                     });
}

void MySqlConnection::OnReady() {
  if (state_ == State::kClosed || state_ == State::kBusy || state_ == State::kWaiting) return;
  if (!FlushPending()) return;
  for (int i = 0; i < kReadsInARow; ++i) {
    if (!HandleMessages() || !ReadOnce()) return;
  }
  boost::asio::post(shared_.io, [self = shared_from_this()] { self->OnReady(); });
}

bool MySqlConnection::ReadOnce() {
  if (state_ == State::kTls) {
    const mysql::IoResult step = transport_.Handshake();
    if (step.state == mysql::IoState::kWantRead) return WaitForRead(), false;
    if (step.state == mysql::IoState::kWantWrite) return WaitForWrite(), false;
    if (step.state == mysql::IoState::kClosed) return Close(), false;
    state_ = State::kGreeted;
    return true;
  }
  if (codec_ && UnpackFrame()) return true;
  if (state_ == State::kClosed) return false;
  std::string& buffer = shared_.read_buffer;
  std::size_t room = buffer.size();
  // Before TLS may begin, not a byte is read past the packet: what follows an SSLRequest is TLS's.
  if (state_ == State::kGreeted && !transport_.tls()) {
    room = std::min(room, assembler_.WantedBytes());
  }
  const mysql::IoResult read = transport_.Read(std::span(buffer.data(), room));
  switch (read.state) {
    case mysql::IoState::kDone:
      if (codec_) {
        codec_->Feed(std::string_view(buffer).substr(0, read.bytes));
      } else {
        assembler_.Feed(std::string_view(buffer).substr(0, read.bytes));
      }
      return true;
    case mysql::IoState::kWantRead: return WaitForRead(), false;
    case mysql::IoState::kWantWrite: return WaitForWrite(), false;
    case mysql::IoState::kClosed: return Close(), false;
  }
  return false;
}

bool MySqlConnection::UnpackFrame() {
  std::string plain;
  const auto unpacked = codec_->Next(plain);
  if (!unpacked) {
    SendError(unpacked.error());
    Close();
    return false;
  }
  if (*unpacked) assembler_.Feed(plain);
  return *unpacked;
}

void MySqlConnection::StartCompression() {
  if (codec_) return;
  if ((capabilities_ & mysql::kCompress) != 0) {
    codec_.emplace(mysql::CompressionKind::kZlib, 0);
  } else if ((capabilities_ & mysql::kZstdCompression) != 0) {
    codec_.emplace(mysql::CompressionKind::kZstd, zstd_level_);
  } else {
    return;
  }
  assembler_.TakeAnySequence();
}

bool MySqlConnection::HandleMessages() {
  while (state_ == State::kGreeted || state_ == State::kLogin || state_ == State::kIdle) {
    if (!FlushPending()) return false;
    if (state_ == State::kIdle && assembler_.empty()) assembler_.ExpectSequence(0);
    auto message = assembler_.Next();
    if (!message) {
      sequence_ = assembler_.next_sequence();
      SendError(message.error());
      if (!assembler_.in_step() || state_ != State::kIdle) return Close(), false;
      assembler_.ExpectSequence(0);
      continue;
    }
    if (!*message) return true;
    sequence_ = assembler_.next_sequence();
    HandleMessage(std::move(**message));
  }
  return state_ == State::kTls;
}

void MySqlConnection::HandleMessage(std::string message) {
  if (state_ == State::kIdle) return OnCommand(std::move(message));
  if (state_ == State::kGreeted) return OnHandshakeResponse(message);
  FollowLogin(login_->OnMessage(message));
}

// Logging in.

void MySqlConnection::OnHandshakeResponse(std::string_view message) {
  auto response = mysql::DecodeHandshakeResponse(message);
  if (!response) {
    SendError(response.error());
    return Close();
  }
  if (response->is_ssl_request && shared_.tls != nullptr && !transport_.tls()) {
    transport_.StartTls(*shared_.tls, /*as_server=*/true);
    assembler_.ExpectSequence(sequence_);
    state_ = State::kTls;
    return;
  }
  capabilities_ &= response->capabilities;
  user_ = std::move(response->user);
  database_ = std::move(response->database);
  attributes_ = std::move(response->attributes);
  zstd_level_ = response->zstd_level;
  BeginLogin(std::move(response->auth_plugin), std::move(response->auth_response));
}

void MySqlConnection::OnChangeUser(std::string_view body) {
  auto request = mysql::DecodeChangeUser(body, capabilities_);
  if (!request) {
    SendError(request.error());
    return Close();
  }
  user_ = std::move(request->user);
  database_ = std::move(request->database);
  if (!request->attributes.empty()) attributes_ = std::move(request->attributes);
  BeginLogin(std::move(request->auth_plugin), std::move(request->auth_response));
}

void MySqlConnection::BeginLogin(std::string plugin, std::string response) {
  login_.emplace(shared_.parts.users, shared_.parts.random, Facts(), nonce_, transport_.tls());
  state_ = State::kWaiting;
  state_since_ = shared_.parts.clock.MonotonicNow();
  const auto judge = [self = shared_from_this(), plugin = std::move(plugin),
                      response = std::move(response)] {
    if (self->state_ != State::kWaiting) return;
    self->FollowLogin(self->login_->Begin(plugin, response));
    self->OnReady();
  };
  const std::chrono::milliseconds wait = shared_.parts.users.BackOff(Facts());
  if (wait.count() == 0) return boost::asio::post(shared_.io, judge);
  back_off_.expires_after(wait);
  back_off_.async_wait([judge](const boost::system::error_code& error) {
    if (!error) judge();
  });
}

void MySqlConnection::FollowLogin(LoginStep step) {
  switch (step.kind) {
    case LoginStepKind::kSend:
      Send(step.payload);
      nonce_ = login_->nonce();
      assembler_.ExpectSequence(sequence_);
      state_ = State::kLogin;
      return;
    case LoginStepKind::kSendKey:
      return RunOnWorker(shared_.control, [this] { return RunSendKey(); });
    case LoginStepKind::kCheckPassword:
    case LoginStepKind::kDecrypt:
      return RunOnWorker(shared_.control,
                         [this, step = std::move(step)] { return RunPasswordCheck(step); });
    case LoginStepKind::kAccept:
      if (!step.payload.empty()) Send(step.payload);
      return FinishLogin();
    case LoginStepKind::kRefuse: return DenyLogin();
  }
}

void MySqlConnection::DenyLogin() {
  shared_.parts.metrics.CountLogin(false);
  SendError(Unauthenticated("AccessDenied",
                            fmt::format("Access denied for user '{}'@'{}' (using password: {})",
                                        user_, client_ip_, login_->used_password() ? "YES" : "NO"))
                .error);
  Close();
}

void MySqlConnection::FinishLogin() {
  RunOnWorker(shared_.workers, [this] { return RunLogin(); });
}

MySqlConnection::Outcome MySqlConnection::RunSendKey() {
  ResponseWriter writer = Writer();
  const auto key = shared_.rsa_key.Get();
  const Status sent = key ? writer.Send(mysql::EncodeAuthMoreData((*key)->public_key_pem()))
                          : writer.SendError(key.error());
  if (!sent || !writer.Flush() || !key) return Outcome::kClose;
  sequence_ = writer.sequence();
  return Outcome::kAwaitMessage;
}

MySqlConnection::Outcome MySqlConnection::RunPasswordCheck(const LoginStep& step) {
  session::UserStore& users = shared_.parts.users;
  const auto check = [&]() -> Status {
    if (step.kind == LoginStepKind::kCheckPassword) {
      return users.CheckPassword(Facts(), step.password);
    }
    FIRN_ASSIGN_OR_RETURN(const mysql::RsaKey* key, shared_.rsa_key.Get());
    auto password = key->DecryptPassword(step.payload, login_->nonce());
    // What does not decrypt is a wrong password, and costs the same.
    return users.CheckPassword(Facts(), password ? *password : Secret(std::string(1, '\0')));
  };
  if (check()) return Outcome::kLoggedIn;
  shared_.parts.metrics.CountLogin(false);
  ResponseWriter writer = Writer();
  const Error denied =
      Unauthenticated(
          "AccessDenied",
          fmt::format("Access denied for user '{}'@'{}' (using password: YES)", user_, client_ip_))
          .error;
  if (writer.SendError(denied)) static_cast<void>(writer.Flush().has_value());
  return Outcome::kClose;
}

MySqlConnection::Outcome MySqlConnection::RunLogin() {
  shared_.parts.metrics.CountLogin(true);
  if (const auto account = shared_.parts.users.FindAccount(Facts())) account_ = *account;
  const session::ConnectionFacts facts{
      .user = user_, .client_address = Identity().remote_address, .attributes = attributes_};
  const Context context = NewContext();
  Status used = Ok();
  if (runner_ == nullptr) {
    entry_ = shared_.parts.registry.Register(connection_id_, facts,
                                             [weak = weak_from_this(), &io = shared_.io] {
                                               if (const auto self = weak.lock()) {
                                                 boost::asio::post(io, [self] { self->Abort(); });
                                               }
                                             });
    runner_ = std::make_unique<CommandRunner>(shared_.parts.sessions.NewSession(Identity(), entry_),
                                              shared_.parts.registry, shared_.parts.metrics,
                                              shared_.parts.clock);
    runner_->SetMultiStatements((capabilities_ & mysql::kMultiStatements) != 0);
    runner_->SetUser(user_);
    used = runner_->BeginLogin(context, database_);
  } else {
    entry_->SetFacts(facts);
    used = runner_->ChangeUser(context, Identity(), database_);
  }
  ResponseWriter writer = Writer();
  const Status sent = used ? writer.SendOk({.status = runner_->Ending(false).status})
                           : writer.SendError(used.error());
  return sent && writer.Flush() && used ? Outcome::kNext : Outcome::kClose;
}

// Commands.

void MySqlConnection::OnCommand(std::string message) {
  shared_.parts.metrics.CountRequest();
  state_since_ = shared_.parts.clock.MonotonicNow();
  const auto command = mysql::DecodeCommand(message);
  if (!command) {
    SendError(command.error());
    return Close();
  }
  if (static_cast<CommandCode>(command->code) == CommandCode::kChangeUser) {
    return OnChangeUser(command->body);
  }
  if (AnswerAtOnce(*command)) {
    if (state_ == State::kIdle) assembler_.ExpectSequence(0);
    return;
  }
  const auto code = static_cast<CommandCode>(command->code);
  const bool control =
      code == CommandCode::kProcessKill || (code == CommandCode::kQuery && IsKill(command->body));
  StartCommand(std::move(message), control);
}

// What costs nothing is answered here, so that a full worker pool does not make a server look dead.
bool MySqlConnection::AnswerAtOnce(const mysql::Command& command) {
  switch (static_cast<CommandCode>(command.code)) {
    case CommandCode::kQuit: return Close(), true;
    case CommandCode::kPing:
      return Send(mysql::EncodeOk({.status = runner_->Ending(false).status}, capabilities_)), true;
    case CommandCode::kStatistics: {
      const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
          shared_.parts.clock.MonotonicNow() - shared_.started);
      const std::uint64_t statements = shared_.parts.metrics.statement_count();
      Send(
          fmt::format("Uptime: {}  Threads: {}  Questions: {}  Slow queries: {}  Opens: 0  "
                      "Flush tables: 0  Open tables: 0  Queries per second avg: {:.3f}",
                      uptime.count(), shared_.connection_count(), statements,
                      shared_.parts.metrics.slow_statement_count(),
                      static_cast<double>(statements) /
                          static_cast<double>(std::max<std::int64_t>(1, uptime.count()))));
      return true;
    }
    case CommandCode::kSetOption: {
      const auto option = mysql::DecodeSetOption(command.body);
      if (!option || *option > 1) {
        SendError(InvalidArgument("UnknownOption", "COM_SET_OPTION takes 0 or 1").error);
        return true;
      }
      runner_->SetMultiStatements(*option == 0);
      // An EOF, or the OK that replaces it.
      Send((capabilities_ & mysql::kDeprecateEof) != 0
               ? mysql::EncodeOk({.status = runner_->Ending(false).status}, capabilities_, true)
               : mysql::EncodeEof(mysql::EofOf(runner_->Ending(false))));
      return true;
    }
    case CommandCode::kSleep:
    case CommandCode::kInitDb:
    case CommandCode::kQuery:
    case CommandCode::kFieldList:
    case CommandCode::kProcessKill:
    case CommandCode::kChangeUser:
    case CommandCode::kStmtPrepare:
    case CommandCode::kStmtExecute:
    case CommandCode::kStmtSendLongData:
    case CommandCode::kStmtClose:
    case CommandCode::kStmtReset:
    case CommandCode::kResetConnection: break;
  }
  return false;
}

void MySqlConnection::StartCommand(std::string message, bool control) {
  RunOnWorker(control ? shared_.control : shared_.workers,
              [this, message = std::move(message)] { return RunCommand(message); });
}

MySqlConnection::Outcome MySqlConnection::RunCommand(const std::string& message) {
  const auto command = mysql::DecodeCommand(message);
  ResponseWriter writer = Writer();
  if (!command || !runner_->Run(NewContext(), *command, writer)) return Outcome::kClose;
  return Outcome::kNext;
}

ResponseWriter MySqlConnection::Writer() {
  return ResponseWriter(capabilities_, sequence_, [this](std::string_view bytes) {
    std::string frames;
    if (codec_) {
      codec_->AppendFrames(frames, bytes);
      bytes = frames;
    }
    return transport_.WriteAll(bytes, shared_.options.write_stall_timeout, [this]() -> Status {
      if (aborted_.load()) return Cancelled("ConnectionClosed", "the connection was closed");
      return Ok();
    });
  });
}

Context MySqlConnection::NewContext() {
  const std::int64_t now_millis = MillisSinceEpoch(shared_.parts.clock.Now());
  return Context(NewUuidV7(shared_.parts.random, now_millis), shared_.parts.clock)
      .WithStopToken(stop_.get_token());
}

// Between the threads.

void MySqlConnection::RunOnWorker(ThreadPool& pool, std::function<Outcome()> job) {
  state_ = State::kBusy;
  state_since_ = shared_.parts.clock.MonotonicNow();
  stop_ = std::stop_source();
  if (!pending_output_.empty()) {
    // The worker writes after what the I/O thread could not yet: it takes it along.
    job = [this, output = std::move(pending_output_), job = std::move(job)] {
      const Status written = transport_.WriteAll(
          output, shared_.options.write_stall_timeout,
          [this] { return aborted_ ? Status(Cancelled("ConnectionClosed", "closed")) : Ok(); });
      return written ? job() : Outcome::kClose;
    };
    pending_output_.clear();
  }
  shared_.on_busy();
  const bool queued = pool.TrySubmit([self = shared_from_this(), job = std::move(job)] {
    const Outcome outcome = job();
    boost::asio::post(self->shared_.io, [self, outcome] { self->OnWorkerDone(outcome); });
  });
  if (queued) return;
  state_ = runner_ == nullptr ? State::kLogin : State::kIdle;
  SendError(ResourceExhausted("TooManyRunningStatements",
                              "the server runs as many statements as it may; try again")
                .error);
  if (runner_ == nullptr) return Close();
  assembler_.ExpectSequence(0);
}

void MySqlConnection::OnWorkerDone(Outcome outcome) {
  state_since_ = shared_.parts.clock.MonotonicNow();
  state_ = State::kIdle;
  if (outcome == Outcome::kClose || aborted_.load() || close_when_idle_) return Close();
  switch (outcome) {
    case Outcome::kAwaitMessage:
      state_ = State::kLogin;
      assembler_.ExpectSequence(sequence_);
      break;
    case Outcome::kLoggedIn: return FinishLogin();
    case Outcome::kNext:
      login_.reset();
      assembler_.SetLimits(shared_.options.message_bytes_max, mysql::kSkippedMessageBytesMax);
      StartCompression();
      assembler_.ExpectSequence(0);
      break;
    case Outcome::kClose: break;
  }
  OnReady();
}

void MySqlConnection::Send(std::string_view payload) {
  if (codec_) {
    std::string packets;
    mysql::AppendMessage(packets, sequence_, payload);
    codec_->AppendFrames(pending_output_, packets);
  } else {
    mysql::AppendMessage(pending_output_, sequence_, payload);
  }
  FlushPending();
}

void MySqlConnection::SendError(const Error& error) { Send(mysql::EncodeErr(ToMySqlError(error))); }

// True when nothing is left to write. Otherwise OnReady comes again when there is room.
bool MySqlConnection::FlushPending() {
  std::string_view rest = pending_output_;
  while (!rest.empty()) {
    const mysql::IoResult written = transport_.Write(rest);
    if (written.state == mysql::IoState::kDone) {
      rest.remove_prefix(written.bytes);
      continue;
    }
    if (written.state == mysql::IoState::kClosed) {
      pending_output_.clear();
      Close();
      return false;
    }
    pending_output_.erase(0, pending_output_.size() - rest.size());
    if (written.state == mysql::IoState::kWantRead) {
      WaitForRead();
    } else {
      WaitForWrite();
    }
    return false;
  }
  pending_output_.clear();
  return true;
}

// Ending.

void MySqlConnection::Sweep(MonotonicTime now) {
  const auto in_state = now - state_since_;
  switch (state_) {
    case State::kGreeted:
    case State::kTls:
    case State::kLogin:
      if (in_state > shared_.options.login_deadline) Close();
      return;
    case State::kIdle:
      if (in_state > shared_.options.idle_timeout) Close();
      return;
    case State::kBusy:
      if (mysql::PeerHasClosed(socket_.native_handle())) Abort();
      return;
    case State::kWaiting:
    case State::kClosed: return;
  }
}

void MySqlConnection::CloseWhenIdle() {
  close_when_idle_ = true;
  if (state_ != State::kBusy) Close();
}

void MySqlConnection::Abort() {
  if (state_ != State::kBusy) return Close();
  aborted_.store(true);
  // Callbacks of the token run here; the engine's are short.
  stop_.request_stop();
}

void MySqlConnection::Close() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kBusy) return Abort();
  state_ = State::kClosed;
  back_off_.cancel();
  transport_.Close();
  boost::system::error_code ignored;
  socket_.close(ignored);
  // A session may have work to end; that is not for this thread.
  std::shared_ptr<CommandRunner> runner = std::move(runner_);
  if (runner != nullptr) {
    static_cast<void>(shared_.control.TrySubmit(
        [runner = std::move(runner), entry = std::move(entry_)]() mutable { runner.reset(); }));
  }
  shared_.on_closed(connection_id_);
}

}  // namespace firn::frontdoor
