#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

/// Who ran what, and how it ended: one JSON object a line with the field names of StarRocks'
/// fe.audit.log, in files that rotate. Never a secret.

namespace firn::session {

/// One statement as it ended. Texts are masked by whoever fills it.
struct StatementRecord {
  WallTime begun;
  std::string_view client;      ///< `127.0.0.1:41234`
  std::string_view user;        ///< As it logged in.
  std::string_view account;     ///< `'u'@'%'`
  std::string_view catalog;
  std::string_view database;
  std::string_view state;       ///< `EOF` after rows, `OK`, `ERR`.
  std::string_view error_code;  ///< Our reason; empty on success.
  std::string_view error;       ///< For a person; empty on success.
  std::int64_t duration_ms = 0;
  std::uint64_t returned_rows = 0;
  std::string_view kind;  ///< `Query`, `CreateTable`, …
  bool is_query = false;
  std::string_view query_id;
  std::uint32_t connection_id = 0;
  std::string_view text;
};

/// `fe.audit.log`, then fe.audit.1.log, …: kStatementLogFilesMax files of kStatementLogBytesMax.
/// Thread-safe.
class StatementLog {
 public:
  /// Errors: kUnavailable/WriteFailed.
  static Result<std::unique_ptr<StatementLog>> Open(const std::filesystem::path& folder);
  ~StatementLog();

  /// One write; a full disk loses lines and stops nobody.
  void Record(const StatementRecord& record);

 private:
  struct State;
  explicit StatementLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firn::session
