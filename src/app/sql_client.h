#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/mysql/client.h"

/// `firn sql`: a client that reads statements and prints answers as the mysql command line client
/// does.

namespace firn::app {

/// kTable is the box of the mysql client; the others: answer_text.h, answer_formats.h.
enum class AnswerFormat { kTable, kVertical, kBatch, kCsv, kJson, kMarkdown };

struct SqlClientOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9030;
  std::string user = "root";
  Secret password;
  bool ask_password = false;  ///< `-p` without a value: read it from the terminal.
  std::string database;
  std::optional<std::string> execute;  ///< `-e`
  bool batch = false;                  ///< Tab-separated, no boxes: as `--format batch`.
  std::string format = "table";        ///< As AnswerFormatNamed knows it.
  bool show_progress = false;          ///< Of long statements, on standard error.
  bool force = false;                  ///< A script goes on after a statement that failed.
};

/// One statement's answer. Immutable.
struct SqlAnswer {
  std::vector<mysql::ColumnDefinition> columns;  ///< Empty when the statement has no rows.
  std::vector<mysql::TextRow> rows;              ///< nullopt is NULL.
  std::uint64_t affected_rows = 0;
  std::uint16_t warning_count = 0;
  std::string info;
  bool changed_database = false;  ///< It was a USE.

  /// What the mysql client prints under a statement: the box and `4 rows in set`, `Empty set`,
  /// `Query OK, 4 rows affected` or `Database changed`; no final newline.
  std::string Print() const;
  /// Tab-separated with a heading, escaped as `mysql --batch`; ends with a newline unless empty.
  std::string PrintBatch() const;
};

/// A connection that answers in strings. Owned by one thread.
///
/// Errors: mysql::Client's; the message of a refused statement reads as the mysql client prints it,
/// `ERROR 1064 (HY000): …`.
class SqlClient {
 public:
  static Result<std::unique_ptr<SqlClient>> Connect(const Context& context,
                                                    const SqlClientOptions& options);

  /// Runs one statement. Of several, separated by `;`, the answer is the last one's.
  Result<SqlAnswer> Run(const Context& context, std::string_view sql);
  /// Runs one text and hands each statement's answer to `each`; stops at the first error.
  Status RunEach(std::string_view sql, const std::function<void(const SqlAnswer&)>& each);

  mysql::Client& client() { return *client_; }

 private:
  explicit SqlClient(std::unique_ptr<mysql::Client> client) : client_(std::move(client)) {}
  std::unique_ptr<mysql::Client> client_;
};

/// Runs until the input ends. Statements come from `-e`, from standard input when it is no
/// terminal, else from the keyboard with line editing, history and completion. The answer is the
/// exit status: 1 when a statement failed outside the interactive mode. Errors: those of
/// connecting; kInvalidArgument/UnknownFormat.
Result<int> RunSqlClient(const SqlClientOptions& options);

}  // namespace firn::app
