#include "app/sql_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "app/answer_formats.h"
#include "app/answer_text.h"
#include "app/limits.h"
#include "app/line_editor.h"
#include "app/name_completion.h"
#include "app/statement_reader.h"
#include "base/clock.h"
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
  Shell(const SqlClientOptions& options, AnswerFormat format, SqlClient& client)
      : options_(options), format_(format), client_(client) {}

  /// Statements from a text or a pipe; stops at the first error.
  int RunText(std::string_view text);
  int RunPipe(std::istream& input);
  int RunTerminal();

 private:
  bool RunStatement(const ReadStatement& statement);
  std::string Printed(const SqlAnswer& answer, bool vertical,
                      std::chrono::milliseconds taken) const;
  /// To the pager, when there is one and a person looks; else to standard output.
  void Show(const std::string& text) const;
  bool RunAllRead(StatementReader& reader);
  /// `quit` and its like; true when `line` was one. `ends` says that the session is over.
  bool RunLocal(std::string_view line, StatementReader& reader, bool& ends);

  const SqlClientOptions& options_;
  const AnswerFormat format_;
  SqlClient& client_;
  bool interactive_ = false;
  bool failed_ = false;  // Some statement has.
  std::string pager_;    // A command line; empty: none.
};

std::string Shell::Printed(const SqlAnswer& answer, bool vertical,
                           std::chrono::milliseconds taken) const {
  switch (format_) {
    case AnswerFormat::kBatch: return answer.PrintBatch();
    case AnswerFormat::kCsv: return FormatCsv(answer);
    case AnswerFormat::kJson: return FormatJson(answer);
    case AnswerFormat::kMarkdown: return FormatMarkdown(answer);
    case AnswerFormat::kTable:
    case AnswerFormat::kVertical: break;
  }
  std::string out = answer.rows.empty()                              ? ""
                    : vertical || format_ == AnswerFormat::kVertical ? FormatVertical(answer)
                                                                     : FormatBox(answer);
  out += FormatFooter(answer);
  // `Database changed` has no time in the mysql client either.
  if (interactive_ && !answer.changed_database) {
    out += fmt::format(" ({:.2f} sec)", static_cast<double>(taken.count()) / 1000);
  }
  return out + "\n\n";
}

void Shell::Show(const std::string& text) const {
  if (pager_.empty() || !interactive_) {
    std::cout << text << std::flush;
    return;
  }
  std::FILE* pager = ::popen(pager_.c_str(), "w");
  if (pager == nullptr) {
    std::cout << text << std::flush;
    return;
  }
  // A pager that ends early is no error of ours.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::fwrite(text.data(), 1, text.size(), pager);
  ::pclose(pager);
  std::signal(SIGPIPE, before);
}

bool Shell::RunStatement(const ReadStatement& statement) {
  MonotonicTime begin = SystemClock().MonotonicNow();
  const Status status = client_.RunEach(statement.sql, [&](const SqlAnswer& answer) {
    const MonotonicTime now = SystemClock().MonotonicNow();
    Show(Printed(answer, statement.vertical,
                 std::chrono::duration_cast<std::chrono::milliseconds>(now - begin)));
    begin = now;
  });
  if (status) return true;
  std::cerr << (status.error().reason() == "ServerError" ? status.error().message()
                                                         : "ERROR: " + status.error().FullMessage())
            << "\n";
  return false;
}

bool Shell::RunAllRead(StatementReader& reader) {
  while (const auto statement = reader.Next()) {
    if (RunStatement(*statement)) continue;
    failed_ = true;
    if (!interactive_ && !options_.force) return false;
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
  return (last && !RunStatement(*last)) || failed_ ? 1 : 0;
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
  return (last && !RunStatement(*last)) || failed_ ? 1 : 0;
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
                 "typed; Tab completes names;\n`pager less -S` shows answers through a program, "
                 "`nopager` "
                 "does not; ^C stops a statement; quit, exit or \\q leaves.\n\n";
    return true;
  }
  if (line == "nopager" || line == "\\n") {
    pager_.clear();
    return true;
  }
  for (const std::string_view word : {std::string_view("pager "), std::string_view("\\P ")}) {
    if (!line.starts_with(word)) continue;
    pager_ = line.substr(word.size());
    return true;
  }
  return false;
}

int Shell::RunTerminal() {
  interactive_ = true;
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  ::sigaction(SIGINT, &action, nullptr);
  std::cout << fmt::format(
      "Welcome to Firn. Statements end with ; or \\g; help shows more.\n"
      "Connection {}, server version {}{}\n\n",
      client_.client().connection_id(), client_.client().server_version(),
      client_.client().tls() ? ", TLS" : "");
  LineEditor editor(DefaultHistoryFile());
  NameCompletion names(client_);
  editor.SetCompletion(
      [&names](std::string_view word) { return names.Complete(WordBeforeCursor(word)); });
  StatementReader reader;
  bool ends = false;
  std::string typed;
  while (!ends) {
    interrupted = 0;
    const auto line =
        editor.ReadLine(std::string(reader.empty() ? kPrompt : reader.ContinuationPrompt()));
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
    names.Forget();
    if (reader.empty()) {
      editor.Remember(typed);
      typed.clear();
    }
  }
  std::cout << "Bye\n";
  return 0;
}

// For a person: how long the statement has run, written over itself, from kProgressAfter on.
class Progress {
 public:
  void Tick() {
    const MonotonicTime now = SystemClock().MonotonicNow();
    // Asked every 50 ms while an answer is waited for; a pause is another statement.
    if (now - last_ > std::chrono::milliseconds(500)) begin_ = now;
    last_ = now;
    if (now - begin_ < kProgressAfter) return;
    std::cerr << fmt::format("\r{:.1f} s … ^C stops the statement \r",
                             std::chrono::duration<double>(now - begin_).count())
              << std::flush;
  }

 private:
  MonotonicTime begin_;
  MonotonicTime last_;
};

// While a statement runs, ^C asks the server to stop it, over a connection of its own.
std::function<Status()> KillOnInterrupt(const SqlClientOptions& options,
                                        std::shared_ptr<std::uint32_t> connection_id) {
  return [options = ClientOptionsOf(options),
          connection_id = std::move(connection_id)]() -> Status {
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
  const auto progress = options.show_progress ? std::make_shared<Progress>() : nullptr;
  client_options.keep_waiting = [context, progress,
                                 kill = KillOnInterrupt(options, connection_id)]() -> Status {
    FIRN_TRY(context.Check());
    if (progress != nullptr) progress->Tick();
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
  const auto format = AnswerFormatNamed(options.batch ? "batch" : options.format);
  if (!format)
    return InvalidArgument("UnknownFormat", "no such format of answers: " + options.format);
  if (!options.execute && ::isatty(STDIN_FILENO) != 0)
    options.show_progress = ::isatty(STDERR_FILENO) != 0;
  if (options.ask_password) options.password = AskPassword("Enter password: ");
  FIRN_ASSIGN_OR_RETURN(const std::unique_ptr<SqlClient> client,
                        SqlClient::Connect(Context(), options));
  Shell shell(options, *format, *client);
  if (options.execute) return shell.RunText(*options.execute);
  if (::isatty(STDIN_FILENO) == 0) return shell.RunPipe(std::cin);
  return shell.RunTerminal();
}

}  // namespace firn::app
