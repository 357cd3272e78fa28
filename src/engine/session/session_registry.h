#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

/// Who is connected and what each is doing: SHOW PROCESSLIST and KILL.

namespace firn::session {

class SessionRegistry;

/// Facts of a connection that do not change while a user is logged in.
struct ConnectionFacts {
  std::string user;
  std::string client_address;  ///< `127.0.0.1:41234`, as the Host column shows.
  /// Connection attributes as sent (`_client_name`, …), bounded by the wire.
  std::vector<std::pair<std::string, std::string>> attributes;
};

/// One row of the process list, at one moment.
struct ProcessRow {
  std::uint32_t connection_id = 0;
  ConnectionFacts facts;
  std::string catalog;
  std::string database;
  std::string command;             ///< `Sleep`, `Query`, `Execute`, …
  WallTime connected_at;
  std::int64_t seconds_in_state = 0;
  std::string state;               ///< `OK`, `RUNNING`, `ERR`.
  std::string current_sql;         ///< Cut to kProcessSqlBytesMax; empty when idle.
  std::string query_id;
};

enum class KillKind { kQuery, kConnection };
/// Who asks for a KILL.
struct Killer {
  std::string_view user;
  bool may_all = false;
};

/// One connection's entry. Thread-safe. Leaves the list when destroyed.
class SessionEntry {
 public:
  ~SessionEntry();
  SessionEntry(const SessionEntry&) = delete;
  SessionEntry& operator=(const SessionEntry&) = delete;

  std::uint32_t connection_id() const { return connection_id_; }

  /// A statement begins. The token fires at KILL and at CancelStatement.
  std::stop_token BeginStatement(std::string_view command, std::string_view sql, std::string query_id);
  void EndStatement(bool ok);
  /// Shown in the Catalog and Db columns.
  void SetDatabase(std::string catalog, std::string database);
  void SetFacts(ConnectionFacts facts);
  /// Stops the running statement, if any.
  void CancelStatement();
  /// True once KILL CONNECTION named this one.
  bool connection_killed() const { return connection_killed_.load(); }
  /// True when the running (or last) statement was stopped by KILL and not by the client's going away.
  bool statement_killed() const { return statement_killed_.load(); }
  std::string query_id() const;

 private:
  friend class SessionRegistry;
  SessionEntry(SessionRegistry& registry, std::uint32_t connection_id, ConnectionFacts facts,
               std::function<void()> on_connection_kill);
  ProcessRow Row(MonotonicTime now) const;
  void Kill(KillKind kind);

  // Constant after construction.
  SessionRegistry& registry_;
  const std::uint32_t connection_id_;
  const std::function<void()> on_connection_kill_;
  const WallTime connected_at_;

  // Own synchronisation.
  std::atomic<bool> connection_killed_{false};
  std::atomic<bool> statement_killed_{false};

  mutable Mutex mutex_;
  ConnectionFacts facts_ FIRN_GUARDED_BY(mutex_);
  std::string catalog_ FIRN_GUARDED_BY(mutex_);
  std::string database_ FIRN_GUARDED_BY(mutex_);
  std::string command_ FIRN_GUARDED_BY(mutex_);
  std::string sql_ FIRN_GUARDED_BY(mutex_);
  std::string query_id_ FIRN_GUARDED_BY(mutex_);
  std::string state_ FIRN_GUARDED_BY(mutex_);
  MonotonicTime state_since_ FIRN_GUARDED_BY(mutex_);
  std::stop_source stop_ FIRN_GUARDED_BY(mutex_);
  bool running_ FIRN_GUARDED_BY(mutex_) = false;
};

/// All connections of the server. Thread-safe. Outlives every entry.
class SessionRegistry {
 public:
  explicit SessionRegistry(const Clock& clock);
  ~SessionRegistry();

  /// The next connection id; never 0, skips ids in use.
  std::uint32_t NextConnectionId();
  /// `on_connection_kill` is called by KILL CONNECTION, from the killer's thread, and must not block.
  std::shared_ptr<SessionEntry> Register(std::uint32_t connection_id, ConnectionFacts facts,
                                         std::function<void()> on_connection_kill);

  /// Sorted by connection id.
  std::vector<ProcessRow> List() const;
  /// A user may kill its own connections, and those of all with OPERATE on SYSTEM. Errors:
  /// kNotFound/UnknownThread; kPermissionDenied/NotOwner.
  Status Kill(std::uint32_t connection_id, KillKind kind, const Killer& killer);
  /// `KILL QUERY 'query-id'`. Errors: as Kill.
  Status KillQueryId(std::string_view query_id, const Killer& killer);
  std::size_t connection_count() const;

 private:
  friend class SessionEntry;
  std::shared_ptr<SessionEntry> Find(std::uint32_t connection_id) const;
  void Remove(std::uint32_t connection_id);
  std::vector<std::shared_ptr<SessionEntry>> All() const;

  // Constant after construction.
  const Clock& clock_;

  mutable Mutex mutex_;
  std::uint32_t next_connection_id_ FIRN_GUARDED_BY(mutex_) = 1;
  std::map<std::uint32_t, std::weak_ptr<SessionEntry>> entries_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::session
