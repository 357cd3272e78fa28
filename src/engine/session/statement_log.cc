#include "engine/session/statement_log.h"

#include <system_error>

#include "base/append_file.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/mutex.h"
#include "engine/session/access_limits.h"

namespace firn::session {

/// The file that lines go to, and its older ones. Thread-safe.
struct StatementLog::State {
  explicit State(std::filesystem::path where) : path(std::move(where)) {}

  Status Open() FIRN_REQUIRES(mutex) {
    FIRN_ASSIGN_OR_RETURN(file, AppendFile::Open(path));
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    size_bytes = error ? 0 : static_cast<std::size_t>(size);
    return Ok();
  }

  std::filesystem::path Older(std::size_t number) const {
    return path.parent_path() / ("fe.audit." + std::to_string(number) + ".log");
  }

  void Rotate() FIRN_REQUIRES(mutex) {
    file = nullptr;
    std::error_code ignored;  // A missing older file is no failure.
    for (std::size_t number = kStatementLogFilesMax - 1; number > 0; --number) {
      std::filesystem::rename(number == 1 ? path : Older(number - 1), Older(number), ignored);
    }
    (void)Open();
  }

  /// The lock is held over one short write: lines must not mix, nor go into a file being rotated
  /// away.
  void Append(std::string line) {
    line += '\n';
    const MutexLock lock(mutex);
    if (file == nullptr && !Open()) return;  // Tried again at every line.
    if (size_bytes + line.size() > kStatementLogBytesMax && size_bytes > 0) Rotate();
    if (file != nullptr && file->Append(line)) size_bytes += line.size();
  }

  // Constant after construction.
  const std::filesystem::path path;

  Mutex mutex;
  std::unique_ptr<AppendFile> file FIRN_GUARDED_BY(mutex);
  std::size_t size_bytes FIRN_GUARDED_BY(mutex) = 0;
};

StatementLog::StatementLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
StatementLog::~StatementLog() = default;

Result<std::unique_ptr<StatementLog>> StatementLog::Open(const std::filesystem::path& folder) {
  auto state = std::make_unique<State>(folder / "fe.audit.log");
  {
    const MutexLock lock(state->mutex);
    FIRN_TRY(state->Open());
  }
  return std::unique_ptr<StatementLog>(new StatementLog(std::move(state)));
}

void StatementLog::Record(const StatementRecord& record) {
  std::string time = FormatIso8601(record.begun, true);
  time.resize(time.size() - 1);
  time[10] = ' ';
  json::object line{{"Timestamp", time},
                    {"Client", record.client},
                    {"User", record.user},
                    {"AuthorizedUser", record.account},
                    {"Catalog", record.catalog},
                    {"Db", record.database},
                    {"State", record.state},
                    {"ErrorCode", record.error_code},
                    {"Time", record.duration_ms},
                    {"ReturnRows", record.returned_rows},
                    {"ConnectionId", record.connection_id},
                    {"QueryId", record.query_id},
                    {"IsQuery", record.is_query},
                    {"StmtType", record.kind},
                    {"Stmt", record.text}};
  if (!record.error.empty()) line["ErrorMsg"] = record.error;
  state_->Append(PrintJson(line));
}

}  // namespace firn::session
