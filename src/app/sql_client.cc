#include "app/sql_client.h"

#include <unistd.h>

#include <csignal>
#include <iostream>

#include <fmt/format.h>

#include "app/answer_text.h"
#include "app/line_editor.h"
#include "app/statement_reader.h"
#include "base/encoding.h"

namespace firn::app {
namespace {

constexpr std::string_view kPrompt = "StarRocks> ";

// Set by SIGINT; nothing else may happen in a handler.
volatile std::sig_atomic_t interrupted = 0;
void OnInterrupt(int /*signal*/) { interrupted = 1; }

mysql::ClientOptions ClientOptionsOf(const SqlClientOptions& options) {
  return {.host = options.host,
          .port = options.port,
          .user = options.user,
          .password = options.password,
          .database = options.database};
}

bool StartsWithWord(std::string_view sql, std::string_view word) {
  return sql.size() > word.size() && EqualsIgnoreCaseAscii(sql.substr(0, word.size()), word) &&
         (sql[word.size()] == ' ' || sql[word.size()] == '\t' || sql[word.size()] == '\n' ||
          sql[word.size()] == '`');
}

SqlAnswer AnswerOf(std::string_view sql, mysql::QueryResult result) {
  SqlAnswer answer{.columns = std::move(result.columns),
                   .rows = std::move(result.rows),
                   .affected_rows = result.affected_rows,
                   .warning_count = result.warning_count,
                   .info = std::move(result.info)};
  answer.changed_database = answer.columns.empty() && StartsWithWord(sql, "use");
  return answer;
}

/// One run of `firn sql`.
class Shell {
 public:
  Shell(const SqlClientOptions& options, SqlClient& client) : options_(options), client_(client) {}

  /// Statements from a text or a pipe; stops at the first error.
  int RunText(std::string_view text);
  int RunPipe(std::istream& input);
  int RunTerminal();

 private:
  bool RunStatement(const ReadStatement& statement);
  bool RunAllRead(StatementReader& reader);
  /// `quit` and its like; true when `line` was one. `ends` says that the session is over.
  bool RunLocal(std::string_view line, StatementReader& reader, bool& ends);

  const SqlClientOptions& options_;
  SqlClient& client_;
  bool interactive_ = false;
};

bool Shell::RunStatement(const ReadStatement& statement) {
  const Status status = client_.RunEach(statement.sql, [&](const SqlAnswer& answer) {
    if (options_.batch) {
      std::cout << answer.PrintBatch();
    } else if (statement.vertical && !answer.rows.empty()) {
      std::cout << FormatVertical(answer) << FormatFooter(answer) << "\n\n";
    } else {
      std::cout << answer.Print() << "\n\n";
    }
  });
  std::cout << std::flush;
  if (status) return true;
  std::cerr << (status.error().reason() == "ServerError" ? status.error().message()
                                                          : "ERROR: " + status.error().FullMessage())
            << "\n";
  return false;
}

bool Shell::RunAllRead(StatementReader& reader) {
  while (const auto statement = reader.Next()) {
    if (!RunStatement(*statement) && !interactive_) return false;
  }
  return true;
}

int Shell::RunText(std::string_view text) {
  StatementReader reader;
  if (const Status fed = reader.Feed(text); !fed) {
    std::cerr << "ERROR: " << fed.error().FullMessage() << "\n";
    return 1;
  }
  if (!RunAllRead(reader)) return 1;
  const auto last = reader.Finish();
  return last && !RunStatement(*last) ? 1 : 0;
}

int Shell::RunPipe(std::istream& input) {
  StatementReader reader;
  std::string line;
  while (std::getline(input, line)) {
    line += '\n';
    if (const Status fed = reader.Feed(line); !fed) {
      std::cerr << "ERROR: " << fed.error().FullMessage() << "\n";
      return 1;
    }
    if (!RunAllRead(reader)) return 1;
  }
  const auto last = reader.Finish();
  return last && !RunStatement(*last) ? 1 : 0;
}

bool Shell::RunLocal(std::string_view line, StatementReader& reader, bool& ends) {
  while (line.ends_with(' ') || line.ends_with(';')) line.remove_suffix(1);
  if (line == "\\c" || line.ends_with("\\c")) {
    reader.Clear();
    return true;
  }
  if (!reader.empty()) return false;
  if (line == "quit" || line == "exit" || line == "\\q") {
    ends = true;
    return true;
  }
  if (line == "help" || line == "\\h" || line == "\\?") {
    std::cout << "Statements end with ; or \\g; \\G prints one column a line; \\c forgets what was "
                 "typed; quit, exit or \\q leaves.\n\n";
    return true;
  }
  return false;
}

int Shell::RunTerminal() {
  interactive_ = true;
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  ::sigaction(SIGINT, &action, nullptr);
  std::cout << fmt::format("Welcome to Firn. Statements end with ; or \\g; help shows more.\n"
                           "Connection {}, server version {}{}\n\n",
                           client_.client().connection_id(), client_.client().server_version(),
                           client_.client().tls() ? ", TLS" : "");
  LineEditor editor(DefaultHistoryFile());
  StatementReader reader;
  bool ends = false;
  std::string typed;
  while (!ends) {
    interrupted = 0;
    const auto line = editor.ReadLine(
        std::string(reader.empty() ? kPrompt : reader.ContinuationPrompt()));
    if (!line) {
      if (interrupted == 0) break;
      std::cout << "^C\n";
      reader.Clear();
      typed.clear();
      continue;
    }
    if (RunLocal(*line, reader, ends)) continue;
    typed += (typed.empty() ? "" : "\n") + *line;
    if (const Status fed = reader.Feed(*line + "\n"); !fed) {
      std::cerr << "ERROR: " << fed.error().FullMessage() << "\n";
      reader.Clear();
    }
    interrupted = 0;
    RunAllRead(reader);
    if (reader.empty()) {
      editor.Remember(typed);
      typed.clear();
    }
  }
  std::cout << "Bye\n";
  return 0;
}

// While a statement runs, ^C asks the server to stop it, over a connection of its own.
std::function<Status()> KillOnInterrupt(const SqlClientOptions& options,
                                        std::shared_ptr<std::uint32_t> connection_id) {
  return [options = ClientOptionsOf(options), connection_id = std::move(connection_id)]() -> Status {
    if (interrupted == 0) return Ok();
    interrupted = 0;
    std::cerr << "^C -- sending \"KILL QUERY " << *connection_id << "\" to server ...\n";
    const auto killer = mysql::Client::Connect(options);
    if (!killer) return Unexpected{killer.error()};
    static_cast<void>((*killer)->Query(fmt::format("KILL QUERY {}", *connection_id)).has_value());
    return Ok();
  };
}

}  // namespace

Result<std::unique_ptr<SqlClient>> SqlClient::Connect(const Context& context,
                                                      const SqlClientOptions& options) {
  mysql::ClientOptions client_options = ClientOptionsOf(options);
  const auto connection_id = std::make_shared<std::uint32_t>(0);
  client_options.keep_waiting = [context, kill = KillOnInterrupt(options, connection_id)]() -> Status {
    FIRN_TRY(context.Check());
    return kill();
  };
  FIRN_ASSIGN_OR_RETURN(std::unique_ptr<mysql::Client> client,
                        mysql::Client::Connect(client_options));
  *connection_id = client->connection_id();
  return std::unique_ptr<SqlClient>(new SqlClient(std::move(client)));
}

Result<SqlAnswer> SqlClient::Run(const Context& context, std::string_view sql) {
  FIRN_TRY(context.Check());
  SqlAnswer last;
  FIRN_TRY(RunEach(sql, [&last](const SqlAnswer& answer) { last = answer; }));
  return last;
}

Status SqlClient::RunEach(std::string_view sql, const std::function<void(const SqlAnswer&)>& each) {
  FIRN_ASSIGN_OR_RETURN(mysql::QueryResult result, client_->Query(sql));
  for (;;) {
    const bool more_results = result.more_results;
    each(AnswerOf(sql, std::move(result)));
    if (!more_results) return Ok();
    FIRN_ASSIGN_OR_RETURN(result, client_->NextResult());
  }
}

Result<int> RunSqlClient(const SqlClientOptions& given) {
  SqlClientOptions options = given;
  if (options.ask_password) options.password = AskPassword("Enter password: ");
  FIRN_ASSIGN_OR_RETURN(const std::unique_ptr<SqlClient> client,
                        SqlClient::Connect(Context(), options));
  Shell shell(options, *client);
  if (options.execute) return shell.RunText(*options.execute);
  if (::isatty(STDIN_FILENO) == 0) return shell.RunPipe(std::cin);
  return shell.RunTerminal();
}

}  // namespace firn::app
