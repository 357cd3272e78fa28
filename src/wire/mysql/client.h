#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "wire/mysql/response.h"

/// A MySQL client on a blocking socket: log in, send a text, take what comes back.

namespace firn::mysql {

struct ClientOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9030;
  std::string user = "root";
  Secret password;
  std::string database;  ///< Empty: none.
  bool use_tls = true;   ///< When the server offers it; its certificate is not checked.
  std::chrono::milliseconds connect_timeout{10'000};
  /// Longest silence while a statement runs.
  std::chrono::milliseconds answer_timeout{24 * 3600 * 1000};
  /// Asked every 50 ms while an answer is waited for; an error ends the connection.
  std::function<Status()> keep_waiting;
  /// Sent as connection attributes, after `_client_name` and `_pid`.
  std::vector<std::pair<std::string, std::string>> attributes;
};

using TextRow = std::vector<std::optional<std::string>>;

/// One statement's answer: rows, or an OK.
struct QueryResult {
  std::vector<ColumnDefinition> columns;  ///< Empty when the statement has no rows.
  std::vector<TextRow> rows;              ///< nullopt is NULL.
  std::uint64_t affected_rows = 0;
  std::uint16_t warning_count = 0;
  std::string info;
  bool more_results = false;
};

/// What the server's ERR packet said.
struct ServerError {
  std::uint16_t error_number = 0;
  std::string sql_state;
  std::string message;
};

/// One connection. Owned by one session; one call at a time.
///
/// Errors of all: kFailedPrecondition/ServerError for an ERR packet, with the connection still good; kUnavailable/
/// ConnectionClosed, kDeadlineExceeded/ConnectionStalled, kInvalidArgument/MalformedPacket and kResourceExhausted/
/// ResultTooLarge (over kClientResultBytesMax), after which it is not.
class Client {
 public:
  /// Errors: also kUnavailable/ConnectFailed; kUnauthenticated/ServerError for a refused login; kUnsupported/
  /// UnknownAuthPlugin.
  static Result<std::unique_ptr<Client>> Connect(const ClientOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Runs `sql` and keeps its rows. With more_results, NextResult gives the next statement's answer.
  Result<QueryResult> Query(std::string_view sql);
  /// REQUIRES: the last result had more_results.
  Result<QueryResult> NextResult();
  /// COM_INIT_DB.
  Status UseDatabase(std::string_view database);
  Status Ping();
  Result<std::string> Statistics();
  /// COM_QUIT.
  void Close();
  /// Ends the connection without a word, as a process that dies. Any thread; a call that waits fails then.
  void Abandon();

  std::uint32_t connection_id() const;
  const std::string& server_version() const;
  bool tls() const;
  /// The ERR packet behind the last error, if there was one.
  const std::optional<ServerError>& last_server_error() const;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firn::mysql
