#include "cloud/door/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "base/mutex.h"
#include "cloud/door/limits.h"

namespace firn::door {

/// The file that lines go to, and its older ones. Thread-safe.
struct AuditLog::State {
  explicit State(std::filesystem::path file) : path(std::move(file)) {}
  ~State() {
    const MutexLock lock(mutex);
    if (descriptor >= 0) ::close(descriptor);
  }

  Status Open() FIRN_REQUIRES(mutex) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat file {};
    if (descriptor < 0 || ::fstat(descriptor, &file) != 0) {
      return Unavailable("AuditLogUnavailable", "the audit log " + path.string() +
                                                    " cannot be opened: " + std::strerror(errno));
    }
    size_bytes = static_cast<std::size_t>(file.st_size);
    return Ok();
  }

  std::filesystem::path Older(std::size_t number) const {
    std::filesystem::path older = path;
    older.replace_extension("." + std::to_string(number) + path.extension().string());
    return older;
  }

  void Rotate() FIRN_REQUIRES(mutex) {
    ::close(std::exchange(descriptor, -1));
    std::error_code ignored;  // A missing older file is no failure; a full disk shows on the next write.
    for (std::size_t number = kAuditFilesMax - 1; number > 0; --number) {
      const std::filesystem::path from = number == 1 ? path : Older(number - 1);
      std::filesystem::rename(from, Older(number), ignored);
    }
    (void)Open().has_value();
  }

  /// The lock is held over one short write: lines of two requests must not mix, nor go into a file being rotated away.
  void Append(std::string line) {
    line += '\n';
    const MutexLock lock(mutex);
    if (descriptor < 0 && !Open()) return;  // Tried again at every line until the disk takes it.
    if (size_bytes + line.size() > kAuditFileBytesMax && size_bytes > 0) Rotate();
    const ssize_t written = ::write(descriptor, line.data(), line.size());
    if (written > 0) size_bytes += static_cast<std::size_t>(written);
  }

  // Constant after construction.
  const std::filesystem::path path;

  Mutex mutex;
  int descriptor FIRN_GUARDED_BY(mutex) = -1;
  std::size_t size_bytes FIRN_GUARDED_BY(mutex) = 0;
};

namespace {

json::object StatementJson(const policy::MatchedStatement& statement) {
  json::object object{{"layer", policy::LayerName(statement.layer)},
                      {"policy", statement.policy_name},
                      {"statement", statement.statement_index + 1},
                      {"line", statement.line}};
  if (!statement.sid.empty()) object["sid"] = statement.sid;
  return object;
}

json::array TextsJson(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

/// Which statements decided, which layers were silent, and which conditions failed.
void AddDecision(const policy::Decision& decision, json::object& line) {
  json::array statements;
  for (const auto& statement : decision.matched) statements.push_back(StatementJson(statement));
  if (!statements.empty()) line["statements"] = std::move(statements);
  json::array silent;
  for (const policy::Layer layer : decision.missing) silent.emplace_back(policy::LayerName(layer));
  if (!silent.empty()) line["silent_layers"] = std::move(silent);
  json::array conditions;
  for (const policy::NearMiss& miss : decision.near_misses) {
    json::object object = StatementJson(miss.statement);
    object["key"] = miss.key;
    object["wanted"] = TextsJson(miss.wanted);
    object["found"] = TextsJson(miss.found);
    conditions.push_back(std::move(object));
  }
  if (!conditions.empty()) line["failed_conditions"] = std::move(conditions);
}

/// Bytes from outside may be anything; a line is JSON all the same.
std::string AsUtf8(std::string line) {
  if (IsValidUtf8(line)) return line;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return line;
}

}  // namespace

AuditLog::AuditLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
AuditLog::~AuditLog() = default;

Result<std::unique_ptr<AuditLog>> AuditLog::Open(const std::filesystem::path& file) {
  auto state = std::make_unique<State>(file);
  {
    const MutexLock lock(state->mutex);
    FIRN_TRY(state->Open());
  }
  return std::unique_ptr<AuditLog>(new AuditLog(std::move(state)));
}

void AuditLog::Record(const policy::AuditRecord& record) {
  json::object line{{"kind", "decision"},
                    {"at", FormatIso8601(record.at, true)},
                    {"request_id", record.request_id},
                    {"principal", record.principal_arn},
                    {"access_key_id", record.access_key_id.value()},
                    {"action", record.action},
                    {"resource", record.resource},
                    {"verdict", policy::VerdictName(record.verdict)},
                    {"reasons", record.reasons}};
  AddDecision(record.decision, line);
  state_->Append(AsUtf8(PrintJson(line)));
}

void AuditLog::Record(const RequestRecord& record) {
  json::object line{{"kind", "request"},
                    {"at", FormatIso8601(record.at, true)},
                    {"request_id", record.request_id},
                    {"from", record.remote_address},
                    {"service", record.service},
                    {"operation", record.operation},
                    {"principal", record.principal_arn},
                    {"access_key_id", record.access_key_id},
                    {"status", record.status},
                    {"duration_us", record.duration_us}};
  if (!record.error_code.empty()) {
    line["error"] = record.error_code;
    line["detail"] = record.error_detail;
  }
  state_->Append(AsUtf8(PrintJson(line)));
}

}  // namespace firn::door
