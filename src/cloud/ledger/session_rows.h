#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/ledger/ledger.h"

/// Rows of temporary credentials. The secret key is sealed; of the session token only a hash is
/// kept.

namespace firn::ledger {

MigrationSet SessionMigrations();

struct SessionRow {
  AccessKeyId access_key_id;  ///< ASIA….
  std::string account_id;
  std::string sealed_secret;
  std::string token_sha256;    ///< Raw bytes.
  std::string principal_kind;  ///< `root`, `user`, `role`, `service` or `federated`.
  std::string principal_name;  ///< User or role name, or the service's; empty for root. Federated: whose session it is.
  std::string session_name;
  std::string session_policies_json;  ///< Array of `{"name","document"}`; empty when there is none.
  std::string session_tags_json;      ///< Object of strings; may be empty.
  WallTime issued_at;
  WallTime expires_at;
  std::string transitive_tags_json;  ///< As session_tags_json: those that pass along a chain.
  std::string source_identity;       ///< May be empty.
};

Status InsertSession(Transaction& transaction, const SessionRow& row);
Result<std::optional<SessionRow>> FindSession(Transaction& transaction, const AccessKeyId& id);
/// How many went. Expired ones are kept for a while, so that a late user hears "expired", not
/// "unknown".
Result<std::int64_t> PruneSessions(Transaction& transaction, WallTime expired_before);

}  // namespace firn::ledger
