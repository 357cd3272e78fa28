#include "cloud/ledger/session_rows.h"

#include <array>

namespace firn::ledger {
namespace {

constexpr std::array<std::string_view, 2> kSteps = {R"sql(
CREATE TABLE sessions(
  access_key_id         TEXT PRIMARY KEY,
  account_id            TEXT NOT NULL,
  sealed_secret         BLOB NOT NULL,
  token_sha256          BLOB NOT NULL,
  principal_kind        TEXT NOT NULL CHECK (principal_kind IN ('root', 'user', 'role', 'service')),
  principal_name        TEXT NOT NULL,
  session_name          TEXT NOT NULL,
  session_policies_json TEXT NOT NULL,
  session_tags_json     TEXT NOT NULL,
  issued_at             INTEGER NOT NULL,
  expires_at            INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_expiry ON sessions(expires_at);
)sql",
                                                    R"sql(
CREATE TABLE sessions_2(
  access_key_id         TEXT PRIMARY KEY,
  account_id            TEXT NOT NULL,
  sealed_secret         BLOB NOT NULL,
  token_sha256          BLOB NOT NULL,
  principal_kind        TEXT NOT NULL
                        CHECK (principal_kind IN ('root', 'user', 'role', 'service', 'federated')),
  principal_name        TEXT NOT NULL,
  session_name          TEXT NOT NULL,
  session_policies_json TEXT NOT NULL,
  session_tags_json     TEXT NOT NULL,
  issued_at             INTEGER NOT NULL,
  expires_at            INTEGER NOT NULL,
  transitive_tags_json  TEXT NOT NULL,
  source_identity       TEXT NOT NULL
) STRICT;
INSERT INTO sessions_2 SELECT *, '', '' FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_2 RENAME TO sessions;
CREATE INDEX sessions_by_expiry ON sessions(expires_at);
)sql"};

}  // namespace

MigrationSet SessionMigrations() { return {"sts", kSteps}; }

Status InsertSession(Transaction& transaction, const SessionRow& row) {
  FIRN_ASSIGN_OR_RETURN(
      [[maybe_unused]] const auto changed,
      transaction.Execute("INSERT INTO sessions VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
                          row.access_key_id.value(), row.account_id, Blob{row.sealed_secret},
                          Blob{row.token_sha256}, row.principal_kind, row.principal_name,
                          row.session_name, row.session_policies_json, row.session_tags_json,
                          row.issued_at, row.expires_at, row.transitive_tags_json,
                          row.source_identity));
  return Ok();
}

Result<std::optional<SessionRow>> FindSession(Transaction& transaction, const AccessKeyId& id) {
  return transaction.QueryOne(
      "SELECT access_key_id, account_id, sealed_secret, token_sha256, principal_kind, "
      "principal_name, session_name, session_policies_json, session_tags_json, issued_at, "
      "expires_at, transitive_tags_json, source_identity "
      "FROM sessions WHERE access_key_id = ?",
      [](const Row& row) {
        return SessionRow{.access_key_id = AccessKeyId(row.Text(0)),
                          .account_id = row.Text(1),
                          .sealed_secret = row.BlobBytes(2),
                          .token_sha256 = row.BlobBytes(3),
                          .principal_kind = row.Text(4),
                          .principal_name = row.Text(5),
                          .session_name = row.Text(6),
                          .session_policies_json = row.Text(7),
                          .session_tags_json = row.Text(8),
                          .issued_at = row.Time(9),
                          .expires_at = row.Time(10),
                          .transitive_tags_json = row.Text(11),
                          .source_identity = row.Text(12)};
      },
      id.value());
}

Result<std::int64_t> PruneSessions(Transaction& transaction, WallTime expired_before) {
  return transaction.Execute("DELETE FROM sessions WHERE expires_at < ?", expired_before);
}

}  // namespace firn::ledger
