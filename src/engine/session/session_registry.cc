#include "engine/session/session_registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/session/access_limits.h"

namespace firn::session {

SessionEntry::SessionEntry(SessionRegistry& registry, std::uint32_t connection_id,
                           ConnectionFacts facts, std::function<void()> on_connection_kill)
    : registry_(registry),
      connection_id_(connection_id),
      on_connection_kill_(std::move(on_connection_kill)),
      connected_at_(registry.clock_.Now()),
      facts_(std::move(facts)),
      command_("Sleep"),
      state_("OK"),
      state_since_(registry.clock_.MonotonicNow()) {}

SessionEntry::~SessionEntry() { registry_.Remove(connection_id_); }

std::stop_token SessionEntry::BeginStatement(std::string_view command, std::string_view sql,
                                             std::string query_id) {
  const MonotonicTime now = registry_.clock_.MonotonicNow();
  const MutexLock lock(mutex_);
  command_ = command;
  sql_ = sql.substr(0, kProcessSqlBytesMax);
  query_id_ = std::move(query_id);
  state_ = "RUNNING";
  state_since_ = now;
  running_ = true;
  statement_killed_.store(false);
  stop_ = std::stop_source();
  if (connection_killed_.load()) stop_.request_stop();
  return stop_.get_token();
}

void SessionEntry::EndStatement(bool ok) {
  const MonotonicTime now = registry_.clock_.MonotonicNow();
  const MutexLock lock(mutex_);
  running_ = false;
  command_ = "Sleep";
  sql_.clear();
  state_ = ok ? "OK" : "ERR";
  state_since_ = now;
}

void SessionEntry::SetDatabase(std::string catalog, std::string database) {
  const MutexLock lock(mutex_);
  catalog_ = std::move(catalog);
  database_ = std::move(database);
}

void SessionEntry::SetFacts(ConnectionFacts facts) {
  const MutexLock lock(mutex_);
  facts_ = std::move(facts);
}

void SessionEntry::CancelStatement() {
  std::stop_source stop;
  {
    const MutexLock lock(mutex_);
    if (!running_) return;
    stop = stop_;
  }
  // Outside the lock: stop callbacks run here.
  stop.request_stop();
}

std::string SessionEntry::query_id() const {
  const MutexLock lock(mutex_);
  return query_id_;
}

ProcessRow SessionEntry::Row(MonotonicTime now) const {
  const MutexLock lock(mutex_);
  return {.connection_id = connection_id_,
          .facts = facts_,
          .catalog = catalog_,
          .database = database_,
          .command = command_,
          .connected_at = connected_at_,
          .seconds_in_state =
              std::chrono::duration_cast<std::chrono::seconds>(now - state_since_).count(),
          .state = state_,
          .current_sql = sql_,
          .query_id = query_id_};
}

void SessionEntry::Kill(KillKind kind) {
  if (kind == KillKind::kConnection) connection_killed_.store(true);
  statement_killed_.store(true);
  CancelStatement();
  if (kind == KillKind::kConnection && on_connection_kill_) on_connection_kill_();
}

SessionRegistry::SessionRegistry(const Clock& clock) : clock_(clock) {}
SessionRegistry::~SessionRegistry() = default;

std::uint32_t SessionRegistry::NextConnectionId() {
  const MutexLock lock(mutex_);
  while (next_connection_id_ == 0 || entries_.contains(next_connection_id_)) ++next_connection_id_;
  return next_connection_id_++;
}

std::shared_ptr<SessionEntry> SessionRegistry::Register(std::uint32_t connection_id,
                                                        ConnectionFacts facts,
                                                        std::function<void()> on_connection_kill) {
  std::shared_ptr<SessionEntry> entry(
      new SessionEntry(*this, connection_id, std::move(facts), std::move(on_connection_kill)));
  const MutexLock lock(mutex_);
  entries_[connection_id] = entry;
  return entry;
}

std::vector<ProcessRow> SessionRegistry::List() const {
  const MonotonicTime now = clock_.MonotonicNow();
  std::vector<ProcessRow> rows;
  for (const auto& entry : All()) rows.push_back(entry->Row(now));
  return rows;
}

namespace {

Unexpected UnknownThread(std::string_view id) {
  return NotFound("UnknownThread", fmt::format("Unknown thread id: {}", id));
}

Status CheckOwner(const ProcessRow& row, const Killer& killer) {
  if (killer.may_all || killer.user == row.facts.user) return Ok();
  return PermissionDenied("NotOwner",
                          fmt::format("You are not owner of thread {}", row.connection_id));
}

}  // namespace

Status SessionRegistry::Kill(std::uint32_t connection_id, KillKind kind,
                             const Killer& killer) {
  const std::shared_ptr<SessionEntry> entry = Find(connection_id);
  if (entry == nullptr) return UnknownThread(std::to_string(connection_id));
  FIRN_TRY(CheckOwner(entry->Row(clock_.MonotonicNow()), killer));
  entry->Kill(kind);
  return Ok();
}

Status SessionRegistry::KillQueryId(std::string_view query_id, const Killer& killer) {
  const MonotonicTime now = clock_.MonotonicNow();
  for (const auto& entry : All()) {
    const ProcessRow row = entry->Row(now);
    if (query_id.empty() || row.query_id != query_id || row.current_sql.empty()) continue;
    FIRN_TRY(CheckOwner(row, killer));
    entry->Kill(KillKind::kQuery);
    return Ok();
  }
  return UnknownThread(query_id);
}

std::size_t SessionRegistry::connection_count() const {
  const MutexLock lock(mutex_);
  return entries_.size();
}

std::shared_ptr<SessionEntry> SessionRegistry::Find(std::uint32_t connection_id) const {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(connection_id);
  return found == entries_.end() ? nullptr : found->second.lock();
}

void SessionRegistry::Remove(std::uint32_t connection_id) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(connection_id);
  // A newer entry of the same id stays.
  if (found != entries_.end() && found->second.expired()) entries_.erase(found);
}

std::vector<std::shared_ptr<SessionEntry>> SessionRegistry::All() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<SessionEntry>> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    if (auto alive = entry.lock()) all.push_back(std::move(alive));
  }
  return all;
}

}  // namespace firn::session
