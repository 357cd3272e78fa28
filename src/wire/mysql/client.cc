#include "wire/mysql/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "wire/mysql/auth.h"
#include "wire/mysql/bytes.h"
#include "wire/mysql/command.h"
#include "wire/mysql/handshake.h"
#include "wire/mysql/limits.h"
#include "wire/mysql/packet.h"
#include "wire/mysql/transport.h"

namespace firn::mysql {
namespace {

constexpr std::uint32_t kClientCapabilities =
    kLongPassword | kLongFlag | kProtocol41 | kTransactions | kSecureConnection | kMultiStatements |
    kMultiResults | kPluginAuth | kConnectAttributes | kPluginAuthLenencData | kDeprecateEof;
constexpr std::size_t kReadBytes = 64U << 10U;

char Mark(std::string_view payload) { return payload.empty() ? '\0' : payload[0]; }
constexpr char kErrMark = static_cast<char>(0xFF);
constexpr char kEofMark = static_cast<char>(0xFE);
constexpr char kMoreDataMark = 0x01;
constexpr char kLocalInfileMark = static_cast<char>(0xFB);

}  // namespace

struct Client::State {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket{io};
  std::optional<Transport> transport;
  std::unique_ptr<TlsContext> tls;
  MessageAssembler assembler{kClientMessageBytesMax};
  std::uint8_t sequence = 0;
  std::uint32_t capabilities = 0;
  ServerGreeting greeting;
  std::chrono::milliseconds timeout{0};
  Transport::KeepWaiting keep_waiting;
  std::optional<ServerError> last_error;
  std::string buffer = std::string(kReadBytes, '\0');

  Status Open(const ClientOptions& options);
  Status LogIn(const ClientOptions& options);
  Status ProvePassword(const ClientOptions& options, std::string plugin, std::string nonce);
  Status ProveFully(const ClientOptions& options, std::string_view nonce);
  Status Send(std::string_view payload);
  Status SendCommand(CommandCode code, std::string_view body);
  Result<std::string> Receive();
  Unexpected Refuse(std::string_view payload, ErrorCode code);
  Result<QueryResult> ReadResult();
  Status ReadRows(QueryResult& result);
};

Status Client::State::Send(std::string_view payload) {
  std::string out;
  AppendMessage(out, sequence, payload);
  return transport->WriteAll(out, timeout, nullptr);
}

Status Client::State::SendCommand(CommandCode code, std::string_view body) {
  sequence = 0;
  last_error.reset();
  return Send(EncodeCommand(code, body));
}

Result<std::string> Client::State::Receive() {
  for (;;) {
    assembler.ExpectSequence(sequence);
    FIRN_ASSIGN_OR_RETURN(std::optional<std::string> message, assembler.Next());
    sequence = assembler.next_sequence();
    if (message) return std::move(*message);
    // Before TLS not a byte may be read past the greeting.
    const std::size_t wanted = transport->tls() ? buffer.size() : assembler.WantedBytes();
    const std::size_t room = greeting.nonce.empty() ? std::min(wanted, buffer.size()) : buffer.size();
    FIRN_ASSIGN_OR_RETURN(const std::size_t size,
                          transport->ReadSome(std::span(buffer.data(), room), timeout, keep_waiting));
    assembler.Feed(std::string_view(buffer).substr(0, size));
  }
}

Unexpected Client::State::Refuse(std::string_view payload, ErrorCode code) {
  auto err = DecodeErr(payload);
  if (!err) return Unexpected{std::move(err).error()};
  last_error = ServerError{.error_number = err->error_number,
                           .sql_state = err->sql_state,
                           .message = err->message};
  return Unexpected{Error(code, "ServerError",
                          fmt::format("ERROR {} ({}): {}", err->error_number, err->sql_state,
                                      err->message))};
}

Status Client::State::Open(const ClientOptions& options) {
  timeout = options.connect_timeout;
  const auto failed = [&options](const boost::system::error_code& error) {
    return Unavailable("ConnectFailed", fmt::format("Can't connect to server on '{}:{}' ({})",
                                                    options.host, options.port, error.message()));
  };
  boost::system::error_code error;
  boost::asio::ip::tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(options.host, std::to_string(options.port), error);
  if (error) return failed(error);
  boost::asio::connect(socket, endpoints, error);
  if (error) return failed(error);
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket.native_non_blocking(true, error);
  if (error) return failed(error);
  transport.emplace(socket.native_handle());
  return LogIn(options);
}

Status Client::State::LogIn(const ClientOptions& options) {
  FIRN_ASSIGN_OR_RETURN(const std::string hello, Receive());
  if (Mark(hello) == kErrMark) return Refuse(hello, ErrorCode::kUnavailable);
  FIRN_ASSIGN_OR_RETURN(greeting, DecodeServerGreeting(hello));
  capabilities = kClientCapabilities & greeting.capabilities;
  if (!options.database.empty()) capabilities |= kConnectWithDatabase;

  const std::string plugin =
      greeting.auth_plugin == kCachingSha2Plugin ? greeting.auth_plugin : std::string(kNativePlugin);
  HandshakeResponse response{.capabilities = capabilities,
                             .message_bytes_max = static_cast<std::uint32_t>(kClientMessageBytesMax),
                             .charset = kCharsetUtf8mb4,
                             .user = options.user,
                             .database = options.database,
                             .auth_plugin = plugin,
                             .attributes = {{"_client_name", "firn"},
                                            {"_pid", std::to_string(::getpid())}}};
  response.attributes.insert(response.attributes.end(), options.attributes.begin(),
                             options.attributes.end());
  if (options.use_tls && (greeting.capabilities & kSsl) != 0) {
    response.capabilities |= kSsl;
    capabilities |= kSsl;
    FIRN_TRY(Send(EncodeSslRequest(response)));
    FIRN_ASSIGN_OR_RETURN(tls, TlsContext::ForClient());
    transport->StartTls(*tls, /*as_server=*/false);
    FIRN_TRY(transport->HandshakeAll(timeout));
  }
  response.auth_response = plugin == kNativePlugin
                               ? NativeResponse(options.password, greeting.nonce)
                               : CachingSha2Response(options.password, greeting.nonce);
  FIRN_TRY(Send(EncodeHandshakeResponse(response)));
  FIRN_TRY(ProvePassword(options, plugin, greeting.nonce));
  timeout = options.answer_timeout;
  keep_waiting = options.keep_waiting;
  return Ok();
}

Status Client::State::ProvePassword(const ClientOptions& options, std::string plugin,
                                    std::string nonce) {
  for (int round = 0; round < kAuthRoundsMax; ++round) {
    FIRN_ASSIGN_OR_RETURN(const std::string answer, Receive());
    if (Mark(answer) == kErrMark) return Refuse(answer, ErrorCode::kUnauthenticated);
    if (Mark(answer) == kEofMark) {
      FIRN_ASSIGN_OR_RETURN(AuthSwitchRequest request, DecodeAuthSwitch(answer));
      plugin = std::move(request.plugin);
      nonce = std::move(request.nonce);
      if (plugin == kNativePlugin) {
        FIRN_TRY(Send(NativeResponse(options.password, nonce)));
      } else if (plugin == kCachingSha2Plugin) {
        FIRN_TRY(Send(CachingSha2Response(options.password, nonce)));
      } else {
        return Unsupported("UnknownAuthPlugin",
                           fmt::format("the server wants authentication plugin {}", plugin));
      }
    } else if (Mark(answer) == kMoreDataMark && plugin == kCachingSha2Plugin) {
      if (answer.size() == 2 && answer[1] == kSha2FastAuthOk) continue;
      FIRN_TRY(ProveFully(options, nonce));
    } else if (!answer.empty() && answer[0] == 0x00) {
      return Ok();
    } else {
      return InvalidArgument("MalformedPacket", "the server's answer to the login is not known");
    }
  }
  return InvalidArgument("MalformedPacket", "the server asks without end for proofs");
}

Status Client::State::ProveFully(const ClientOptions& options, std::string_view nonce) {
  if (transport->tls()) {
    const Secret with_nul(std::string(options.password.Reveal()) + '\0');
    return Send(with_nul.Reveal());
  }
  FIRN_TRY(Send(std::string_view(&kSha2RequestPublicKey, 1)));
  FIRN_ASSIGN_OR_RETURN(const std::string answer, Receive());
  if (Mark(answer) == kErrMark) return Refuse(answer, ErrorCode::kUnauthenticated);
  if (Mark(answer) != kMoreDataMark) {
    return InvalidArgument("MalformedPacket", "the server sent no public key");
  }
  FIRN_ASSIGN_OR_RETURN(
      const std::string encrypted,
      EncryptPassword(options.password, nonce, std::string_view(answer).substr(1)));
  return Send(encrypted);
}

Result<QueryResult> Client::State::ReadResult() {
  FIRN_ASSIGN_OR_RETURN(const std::string head, Receive());
  if (Mark(head) == kErrMark) return Refuse(head, ErrorCode::kFailedPrecondition);
  if (Mark(head) == kLocalInfileMark) {
    return Unsupported("LocalInfile", "the server asks for a local file; this client sends none");
  }
  QueryResult result;
  if (!head.empty() && head[0] == 0x00) {
    FIRN_ASSIGN_OR_RETURN(OkPacket ok, DecodeOk(head));
    result.affected_rows = ok.affected_rows;
    result.warning_count = ok.warning_count;
    result.info = std::move(ok.info);
    result.more_results = (ok.status & kStatusMoreResults) != 0;
    return result;
  }
  ByteReader reader(head);
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t column_count, reader.LenencInt());
  if (column_count > kColumnCountMax) {
    return InvalidArgument("MalformedPacket", fmt::format("a result of {} columns", column_count));
  }
  for (std::uint64_t i = 0; i < column_count; ++i) {
    FIRN_ASSIGN_OR_RETURN(const std::string payload, Receive());
    FIRN_ASSIGN_OR_RETURN(ColumnDefinition column, DecodeColumnDefinition(payload));
    result.columns.push_back(std::move(column));
  }
  if ((capabilities & kDeprecateEof) == 0) {
    FIRN_ASSIGN_OR_RETURN(const std::string payload, Receive());
    FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const EofPacket eof, DecodeEof(payload));
  }
  FIRN_TRY(ReadRows(result));
  return result;
}

Status Client::State::ReadRows(QueryResult& result) {
  std::size_t result_bytes = 0;
  for (;;) {
    FIRN_ASSIGN_OR_RETURN(const std::string payload, Receive());
    if (Mark(payload) == kErrMark) return Refuse(payload, ErrorCode::kFailedPrecondition);
    // A row may begin with 0xFE too, as an eight-byte length; no row is that short then.
    if (Mark(payload) == kEofMark && payload.size() < kPacketPayloadBytesMax) {
      if ((capabilities & kDeprecateEof) != 0) {
        FIRN_ASSIGN_OR_RETURN(const OkPacket ok, DecodeOk(payload));
        result.warning_count = ok.warning_count;
        result.more_results = (ok.status & kStatusMoreResults) != 0;
      } else {
        FIRN_ASSIGN_OR_RETURN(const EofPacket eof, DecodeEof(payload));
        result.warning_count = eof.warning_count;
        result.more_results = (eof.status & kStatusMoreResults) != 0;
      }
      return Ok();
    }
    result_bytes += payload.size();
    if (result_bytes > kClientResultBytesMax) {
      return ResourceExhausted("ResultTooLarge", "the result does not fit this client; add a LIMIT");
    }
    ByteReader reader(payload);
    TextRow row;
    row.reserve(result.columns.size());
    for (std::size_t i = 0; i < result.columns.size(); ++i) {
      if (reader.peek().starts_with(kLocalInfileMark)) {  // The same byte marks NULL.
        FIRN_TRY(reader.Skip(1));
        row.emplace_back();
        continue;
      }
      FIRN_ASSIGN_OR_RETURN(const std::string_view text, reader.LenencString());
      row.emplace_back(text);
    }
    result.rows.push_back(std::move(row));
  }
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() { Close(); }

Result<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options) {
  auto state = std::make_unique<State>();
  FIRN_TRY(state->Open(options));
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

Result<QueryResult> Client::Query(std::string_view sql) {
  FIRN_TRY(state_->SendCommand(CommandCode::kQuery, sql));
  return state_->ReadResult();
}

Result<QueryResult> Client::NextResult() {
  state_->last_error.reset();
  return state_->ReadResult();
}

Status Client::UseDatabase(std::string_view database) {
  FIRN_TRY(state_->SendCommand(CommandCode::kInitDb, database));
  FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const QueryResult result, state_->ReadResult());
  return Ok();
}

Status Client::Ping() {
  FIRN_TRY(state_->SendCommand(CommandCode::kPing, ""));
  FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const QueryResult result, state_->ReadResult());
  return Ok();
}

Result<std::string> Client::Statistics() {
  FIRN_TRY(state_->SendCommand(CommandCode::kStatistics, ""));
  return state_->Receive();
}

void Client::Close() {
  if (!state_->socket.is_open()) return;
  state_->timeout = std::chrono::milliseconds(1000);
  static_cast<void>(state_->SendCommand(CommandCode::kQuit, "").has_value());
  state_->transport->Close();
  boost::system::error_code ignored;
  state_->socket.close(ignored);
}

void Client::Abandon() {
  if (state_->socket.is_open()) ::shutdown(state_->socket.native_handle(), SHUT_RDWR);
}

std::uint32_t Client::connection_id() const { return state_->greeting.connection_id; }
const std::string& Client::server_version() const { return state_->greeting.server_version; }
bool Client::tls() const { return state_->transport->tls(); }
const std::optional<ServerError>& Client::last_server_error() const { return state_->last_error; }

}  // namespace firn::mysql
