#include "cloud/ledger/iam_rows.h"

#include <array>

#include "base/encoding.h"

namespace firn::ledger {
namespace {

// `name_key` is the name in lower case: IAM keeps the case of a name and compares without it.
constexpr std::array<std::string_view, 2> kSteps = {R"sql(
CREATE TABLE iam_entities(
  account_id          TEXT NOT NULL,
  kind                TEXT NOT NULL CHECK (kind IN ('user', 'group', 'role')),
  name_key            TEXT NOT NULL,
  name                TEXT NOT NULL,
  path                TEXT NOT NULL,
  entity_id           TEXT NOT NULL UNIQUE,
  created_at          INTEGER NOT NULL,
  boundary_arn        TEXT NOT NULL,
  trust_policy        TEXT NOT NULL,
  description         TEXT NOT NULL,
  session_seconds_max INTEGER NOT NULL,
  PRIMARY KEY (account_id, kind, name_key)
) STRICT;
CREATE TABLE iam_access_keys(
  access_key_id     TEXT PRIMARY KEY,
  account_id        TEXT NOT NULL,
  user_kind         TEXT CHECK (user_kind = 'user'),
  user_key          TEXT,
  sealed_secret     BLOB NOT NULL,
  active            INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  last_used_at      INTEGER,
  last_used_service TEXT NOT NULL,
  last_used_region  TEXT NOT NULL,
  CHECK ((user_kind IS NULL) = (user_key IS NULL)),
  FOREIGN KEY (account_id, user_kind, user_key) REFERENCES iam_entities ON UPDATE CASCADE
) STRICT;
CREATE INDEX iam_access_keys_by_user ON iam_access_keys(account_id, user_key);
CREATE TABLE iam_policies(
  arn             TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL,
  name_key        TEXT NOT NULL,
  name            TEXT NOT NULL,
  path            TEXT NOT NULL,
  policy_id       TEXT NOT NULL UNIQUE,
  description     TEXT NOT NULL,
  default_version INTEGER NOT NULL,
  last_version    INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (account_id, name_key)
) STRICT;
CREATE TABLE iam_policy_versions(
  arn        TEXT NOT NULL REFERENCES iam_policies ON DELETE CASCADE,
  version    INTEGER NOT NULL,
  document   TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (arn, version)
) STRICT;
CREATE TABLE iam_attachments(
  account_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  arn        TEXT NOT NULL,
  PRIMARY KEY (account_id, kind, name_key, arn),
  FOREIGN KEY (account_id, kind, name_key) REFERENCES iam_entities ON UPDATE CASCADE
) STRICT;
CREATE INDEX iam_attachments_by_policy ON iam_attachments(arn);
CREATE TABLE iam_inline_policies(
  account_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  name       TEXT NOT NULL,
  document   TEXT NOT NULL,
  PRIMARY KEY (account_id, kind, name_key, name),
  FOREIGN KEY (account_id, kind, name_key) REFERENCES iam_entities ON UPDATE CASCADE
) STRICT;
CREATE TABLE iam_memberships(
  account_id TEXT NOT NULL,
  group_kind TEXT NOT NULL CHECK (group_kind = 'group'),
  group_key  TEXT NOT NULL,
  user_kind  TEXT NOT NULL CHECK (user_kind = 'user'),
  user_key   TEXT NOT NULL,
  PRIMARY KEY (account_id, group_key, user_key),
  FOREIGN KEY (account_id, group_kind, group_key) REFERENCES iam_entities ON UPDATE CASCADE,
  FOREIGN KEY (account_id, user_kind, user_key) REFERENCES iam_entities ON UPDATE CASCADE
) STRICT;
CREATE INDEX iam_memberships_by_user ON iam_memberships(account_id, user_key);
CREATE TABLE iam_tags(
  account_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  tag_key    TEXT NOT NULL,
  tag_value  TEXT NOT NULL,
  PRIMARY KEY (account_id, kind, name_key, tag_key),
  FOREIGN KEY (account_id, kind, name_key) REFERENCES iam_entities ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;
)sql",
                                                    R"sql(
CREATE TABLE iam_instance_profiles(
  account_id TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  name       TEXT NOT NULL,
  path       TEXT NOT NULL,
  profile_id TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  role_kind  TEXT CHECK (role_kind = 'role'),
  role_key   TEXT,
  PRIMARY KEY (account_id, name_key),
  CHECK ((role_kind IS NULL) = (role_key IS NULL)),
  FOREIGN KEY (account_id, role_kind, role_key) REFERENCES iam_entities ON UPDATE CASCADE
) STRICT;
CREATE INDEX iam_instance_profiles_by_role ON iam_instance_profiles(account_id, role_key);
CREATE TABLE iam_arn_tags(
  arn       TEXT NOT NULL,
  tag_key   TEXT NOT NULL,
  tag_value TEXT NOT NULL,
  PRIMARY KEY (arn, tag_key)
) STRICT;
)sql"};

#define FIRN_ENTITY_COLUMNS                                                           \
  "e.account_id, e.kind, e.name, e.path, e.entity_id, e.created_at, e.boundary_arn, " \
  "e.trust_policy, e.description, e.session_seconds_max"
#define FIRN_KEY_COLUMNS                                                                  \
  "k.access_key_id, k.account_id, e.name, k.sealed_secret, k.active, k.created_at, "      \
  "k.last_used_at, k.last_used_service, k.last_used_region FROM iam_access_keys k "       \
  "LEFT JOIN iam_entities e ON e.account_id = k.account_id AND e.kind = k.user_kind AND " \
  "e.name_key = k.user_key "
#define FIRN_POLICY_COLUMNS                                                              \
  "account_id, name, path, arn, policy_id, description, default_version, last_version, " \
  "created_at, updated_at"

EntityKind KindFromText(std::string_view text) {
  if (text == "group") return EntityKind::kGroup;
  if (text == "role") return EntityKind::kRole;
  return EntityKind::kUser;
}

EntityRow ReadEntity(const Row& row) {
  return {
      .key = {.account_id = row.Text(0), .kind = KindFromText(row.Text(1)), .name = row.Text(2)},
      .path = row.Text(3),
      .entity_id = row.Text(4),
      .created_at = row.Time(5),
      .boundary_arn = row.Text(6),
      .trust_policy = row.Text(7),
      .description = row.Text(8),
      .session_seconds_max = row.Int64(9)};
}

AccessKeyRow ReadAccessKey(const Row& row) {
  return {.access_key_id = AccessKeyId(row.Text(0)),
          .account_id = row.Text(1),
          .user_name = row.Text(2),
          .sealed_secret = row.BlobBytes(3),
          .active = row.Bool(4),
          .created_at = row.Time(5),
          .last_used_at = row.OptionalTime(6),
          .last_used_service = row.Text(7),
          .last_used_region = row.Text(8)};
}

ManagedPolicyRow ReadManagedPolicy(const Row& row) {
  return {.account_id = row.Text(0),
          .name = row.Text(1),
          .path = row.Text(2),
          .arn = row.Text(3),
          .policy_id = row.Text(4),
          .description = row.Text(5),
          .default_version = row.Int64(6),
          .last_version = row.Int64(7),
          .created_at = row.Time(8),
          .updated_at = row.Time(9)};
}

PolicyVersionRow ReadPolicyVersion(const Row& row) {
  return {.arn = row.Text(0),
          .version = row.Int64(1),
          .document = row.Text(2),
          .created_at = row.Time(3)};
}

std::string NameKey(std::string_view name) { return ToLowerAscii(name); }

Status Done(const Result<std::int64_t>& changed) {
  if (!changed) return Unexpected{changed.error()};
  return Ok();
}

Result<bool> AnyChanged(const Result<std::int64_t>& changed) {
  if (!changed) return Unexpected{changed.error()};
  return *changed > 0;
}

}  // namespace

std::string_view KindWord(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser: return "user";
    case EntityKind::kGroup: return "group";
    case EntityKind::kRole: return "role";
  }
  return "";
}

MigrationSet IamMigrations() { return {"iam", kSteps}; }

Result<bool> InsertEntity(Transaction& transaction, const EntityRow& row) {
  return AnyChanged(
      transaction.Execute("INSERT INTO iam_entities VALUES(?,?,?,?,?,?,?,?,?,?,?) "
                          "ON CONFLICT(account_id, kind, name_key) DO NOTHING",
                          row.key.account_id, KindWord(row.key.kind), NameKey(row.key.name),
                          row.key.name, row.path, row.entity_id, row.created_at, row.boundary_arn,
                          row.trust_policy, row.description, row.session_seconds_max));
}

Result<std::optional<EntityRow>> FindEntity(Transaction& transaction, const EntityKey& key) {
  return transaction.QueryOne("SELECT " FIRN_ENTITY_COLUMNS
                              " FROM iam_entities e WHERE account_id = ? AND kind = ? AND "
                              "name_key = ?",
                              ReadEntity, key.account_id, KindWord(key.kind), NameKey(key.name));
}

Result<std::vector<EntityRow>> ListEntities(Transaction& transaction, std::string_view account_id,
                                            EntityKind kind, std::string_view path_prefix,
                                            std::string_view after_name,
                                            std::int64_t row_count_max) {
  return transaction.QueryAll(
      "SELECT " FIRN_ENTITY_COLUMNS
      " FROM iam_entities e WHERE account_id = ?1 AND kind = ?2 AND "
      "substr(path, 1, length(?3)) = ?3 AND name_key > ?4 ORDER BY name_key LIMIT ?5",
      ReadEntity, account_id, KindWord(kind), path_prefix, NameKey(after_name), row_count_max);
}

Status UpdateEntity(Transaction& transaction, const EntityKey& key, const EntityRow& row) {
  return Done(transaction.Execute(
      "UPDATE iam_entities SET name_key = ?, name = ?, path = ?, boundary_arn = ?, "
      "trust_policy = ?, description = ?, session_seconds_max = ? "
      "WHERE account_id = ? AND kind = ? AND name_key = ?",
      NameKey(row.key.name), row.key.name, row.path, row.boundary_arn, row.trust_policy,
      row.description, row.session_seconds_max, key.account_id, KindWord(key.kind),
      NameKey(key.name)));
}

Status DeleteEntity(Transaction& transaction, const EntityKey& key) {
  return Done(transaction.Execute(
      "DELETE FROM iam_entities WHERE account_id = ? AND kind = ? AND name_key = ?", key.account_id,
      KindWord(key.kind), NameKey(key.name)));
}

Status InsertAccessKey(Transaction& transaction, const AccessKeyRow& row) {
  const bool of_user = !row.user_name.empty();
  return Done(transaction.Execute(
      "INSERT INTO iam_access_keys VALUES(?,?,?,?,?,?,?,?,?,?)", row.access_key_id.value(),
      row.account_id, of_user ? BoundValue("user") : BoundValue(nullptr),
      of_user ? std::optional<std::string>(NameKey(row.user_name)) : std::nullopt,
      Blob{row.sealed_secret}, row.active, row.created_at, row.last_used_at, row.last_used_service,
      row.last_used_region));
}

Result<std::optional<AccessKeyRow>> FindAccessKey(Transaction& transaction, const AccessKeyId& id) {
  return transaction.QueryOne("SELECT " FIRN_KEY_COLUMNS "WHERE k.access_key_id = ?", ReadAccessKey,
                              id.value());
}

Result<std::vector<AccessKeyRow>> ListAccessKeys(Transaction& transaction,
                                                 std::string_view account_id,
                                                 std::string_view user_name) {
  return transaction.QueryAll("SELECT " FIRN_KEY_COLUMNS
                              "WHERE k.account_id = ? AND coalesce(k.user_key, '') = ? "
                              "ORDER BY k.created_at, k.access_key_id",
                              ReadAccessKey, account_id, NameKey(user_name));
}

Status SetAccessKeyActive(Transaction& transaction, const AccessKeyId& id, bool active) {
  return Done(transaction.Execute("UPDATE iam_access_keys SET active = ? WHERE access_key_id = ?",
                                  active, id.value()));
}

Status SetAccessKeyUse(Transaction& transaction, const AccessKeyId& id, WallTime used_at,
                       std::string_view service, std::string_view region) {
  return Done(transaction.Execute(
      "UPDATE iam_access_keys SET last_used_at = ?, last_used_service = ?, last_used_region = ? "
      "WHERE access_key_id = ?",
      used_at, service, region, id.value()));
}

Status DeleteAccessKey(Transaction& transaction, const AccessKeyId& id) {
  return Done(
      transaction.Execute("DELETE FROM iam_access_keys WHERE access_key_id = ?", id.value()));
}

Result<bool> InsertManagedPolicy(Transaction& transaction, const ManagedPolicyRow& row) {
  return AnyChanged(transaction.Execute(
      "INSERT INTO iam_policies VALUES(?,?,?,?,?,?,?,?,?,?,?) "
      "ON CONFLICT(account_id, name_key) DO NOTHING",
      row.arn, row.account_id, NameKey(row.name), row.name, row.path, row.policy_id,
      row.description, row.default_version, row.last_version, row.created_at, row.updated_at));
}

Result<std::optional<ManagedPolicyRow>> FindManagedPolicy(Transaction& transaction,
                                                          std::string_view arn) {
  return transaction.QueryOne("SELECT " FIRN_POLICY_COLUMNS " FROM iam_policies WHERE arn = ?",
                              ReadManagedPolicy, arn);
}

Result<std::vector<ManagedPolicyRow>> ListManagedPolicies(Transaction& transaction,
                                                          std::string_view account_id,
                                                          std::string_view path_prefix,
                                                          std::string_view after_name,
                                                          std::int64_t row_count_max) {
  return transaction.QueryAll(
      "SELECT " FIRN_POLICY_COLUMNS
      " FROM iam_policies WHERE account_id = ?1 AND substr(path, 1, length(?2)) = ?2 AND "
      "name_key > ?3 ORDER BY name_key LIMIT ?4",
      ReadManagedPolicy, account_id, path_prefix, NameKey(after_name), row_count_max);
}

Status UpdateManagedPolicy(Transaction& transaction, const ManagedPolicyRow& row) {
  return Done(transaction.Execute(
      "UPDATE iam_policies SET default_version = ?, last_version = ?, updated_at = ? WHERE arn = ?",
      row.default_version, row.last_version, row.updated_at, row.arn));
}

Status DeleteManagedPolicy(Transaction& transaction, std::string_view arn) {
  return Done(transaction.Execute("DELETE FROM iam_policies WHERE arn = ?", arn));
}

Status InsertPolicyVersion(Transaction& transaction, const PolicyVersionRow& row) {
  return Done(transaction.Execute("INSERT INTO iam_policy_versions VALUES(?,?,?,?)", row.arn,
                                  row.version, row.document, row.created_at));
}

Result<std::vector<PolicyVersionRow>> ListPolicyVersions(Transaction& transaction,
                                                         std::string_view arn) {
  return transaction.QueryAll(
      "SELECT arn, version, document, created_at FROM iam_policy_versions WHERE arn = ? "
      "ORDER BY version DESC",
      ReadPolicyVersion, arn);
}

Result<std::optional<PolicyVersionRow>> FindPolicyVersion(Transaction& transaction,
                                                          std::string_view arn,
                                                          std::int64_t version) {
  return transaction.QueryOne(
      "SELECT arn, version, document, created_at FROM iam_policy_versions WHERE arn = ? AND "
      "version = ?",
      ReadPolicyVersion, arn, version);
}

Status DeletePolicyVersion(Transaction& transaction, std::string_view arn, std::int64_t version) {
  return Done(transaction.Execute("DELETE FROM iam_policy_versions WHERE arn = ? AND version = ?",
                                  arn, version));
}

Result<bool> InsertAttachment(Transaction& transaction, const EntityKey& key,
                              std::string_view arn) {
  return AnyChanged(
      transaction.Execute("INSERT INTO iam_attachments VALUES(?,?,?,?) "
                          "ON CONFLICT(account_id, kind, name_key, arn) DO NOTHING",
                          key.account_id, KindWord(key.kind), NameKey(key.name), arn));
}

Result<bool> DeleteAttachment(Transaction& transaction, const EntityKey& key,
                              std::string_view arn) {
  return AnyChanged(transaction.Execute(
      "DELETE FROM iam_attachments WHERE account_id = ? AND kind = ? AND name_key = ? AND arn = ?",
      key.account_id, KindWord(key.kind), NameKey(key.name), arn));
}

Result<std::vector<std::string>> ListAttachments(Transaction& transaction, const EntityKey& key) {
  return transaction.QueryAll(
      "SELECT arn FROM iam_attachments WHERE account_id = ? AND kind = ? AND name_key = ? "
      "ORDER BY arn",
      [](const Row& row) { return row.Text(0); }, key.account_id, KindWord(key.kind),
      NameKey(key.name));
}

Result<std::vector<EntityKey>> ListPolicyEntities(Transaction& transaction,
                                                  std::string_view account_id,
                                                  std::string_view arn) {
  return transaction.QueryAll(
      "SELECT e.account_id, e.kind, e.name FROM iam_attachments a JOIN iam_entities e "
      "USING (account_id, kind, name_key) WHERE a.account_id = ? AND a.arn = ? "
      "ORDER BY e.kind, e.name_key",
      [](const Row& row) { return EntityKey{row.Text(0), KindFromText(row.Text(1)), row.Text(2)}; },
      account_id, arn);
}

Result<std::int64_t> CountAttachments(Transaction& transaction, std::string_view account_id,
                                      std::string_view arn) {
  return transaction.QueryInt64(
      "SELECT count(*) FROM iam_attachments WHERE account_id = ? AND arn = ?", account_id, arn);
}

Result<std::int64_t> CountBoundaryUses(Transaction& transaction, std::string_view account_id,
                                       std::string_view arn) {
  return transaction.QueryInt64(
      "SELECT count(*) FROM iam_entities WHERE account_id = ? AND boundary_arn = ?", account_id,
      arn);
}

Status PutInlinePolicy(Transaction& transaction, const EntityKey& key, const InlinePolicyRow& row) {
  return Done(transaction.Execute(
      "INSERT INTO iam_inline_policies VALUES(?1,?2,?3,?4,?5) "
      "ON CONFLICT(account_id, kind, name_key, name) DO UPDATE SET document = ?5",
      key.account_id, KindWord(key.kind), NameKey(key.name), row.name, row.document));
}

Result<std::optional<InlinePolicyRow>> FindInlinePolicy(Transaction& transaction,
                                                        const EntityKey& key,
                                                        std::string_view name) {
  return transaction.QueryOne(
      "SELECT name, document FROM iam_inline_policies WHERE account_id = ? AND kind = ? AND "
      "name_key = ? AND name = ?",
      [](const Row& row) { return InlinePolicyRow{row.Text(0), row.Text(1)}; }, key.account_id,
      KindWord(key.kind), NameKey(key.name), name);
}

Result<std::vector<InlinePolicyRow>> ListInlinePolicies(Transaction& transaction,
                                                        const EntityKey& key) {
  return transaction.QueryAll(
      "SELECT name, document FROM iam_inline_policies WHERE account_id = ? AND kind = ? AND "
      "name_key = ? ORDER BY name",
      [](const Row& row) { return InlinePolicyRow{row.Text(0), row.Text(1)}; }, key.account_id,
      KindWord(key.kind), NameKey(key.name));
}

Result<bool> DeleteInlinePolicy(Transaction& transaction, const EntityKey& key,
                                std::string_view name) {
  return AnyChanged(transaction.Execute(
      "DELETE FROM iam_inline_policies WHERE account_id = ? AND kind = ? AND name_key = ? AND "
      "name = ?",
      key.account_id, KindWord(key.kind), NameKey(key.name), name));
}

Status InsertMembership(Transaction& transaction, const MembershipRow& row) {
  return Done(
      transaction.Execute("INSERT INTO iam_memberships VALUES(?, 'group', ?, 'user', ?) "
                          "ON CONFLICT(account_id, group_key, user_key) DO NOTHING",
                          row.account_id, NameKey(row.group_name), NameKey(row.user_name)));
}

Result<bool> DeleteMembership(Transaction& transaction, const MembershipRow& row) {
  return AnyChanged(transaction.Execute(
      "DELETE FROM iam_memberships WHERE account_id = ? AND group_key = ? AND user_key = ?",
      row.account_id, NameKey(row.group_name), NameKey(row.user_name)));
}

Result<std::vector<EntityRow>> ListGroupsOfUser(Transaction& transaction,
                                                std::string_view account_id,
                                                std::string_view user_name) {
  return transaction.QueryAll(
      "SELECT " FIRN_ENTITY_COLUMNS
      " FROM iam_memberships m JOIN iam_entities e ON e.account_id = m.account_id AND "
      "e.kind = 'group' AND e.name_key = m.group_key WHERE m.account_id = ? AND m.user_key = ? "
      "ORDER BY e.name_key",
      ReadEntity, account_id, NameKey(user_name));
}

Result<std::vector<EntityRow>> ListUsersOfGroup(Transaction& transaction,
                                                std::string_view account_id,
                                                std::string_view group_name) {
  return transaction.QueryAll(
      "SELECT " FIRN_ENTITY_COLUMNS
      " FROM iam_memberships m JOIN iam_entities e ON e.account_id = m.account_id AND "
      "e.kind = 'user' AND e.name_key = m.user_key WHERE m.account_id = ? AND m.group_key = ? "
      "ORDER BY e.name_key",
      ReadEntity, account_id, NameKey(group_name));
}

Status PutEntityTag(Transaction& transaction, const EntityKey& key, const TagRow& tag) {
  FIRN_TRY(DeleteEntityTag(transaction, key, tag.key));  // `Team` replaces `team`.
  return Done(transaction.Execute(
      "INSERT INTO iam_tags VALUES(?1,?2,?3,?4,?5) "
      "ON CONFLICT(account_id, kind, name_key, tag_key) DO UPDATE SET tag_value = ?5",
      key.account_id, KindWord(key.kind), NameKey(key.name), tag.key, tag.value));
}

Status DeleteEntityTag(Transaction& transaction, const EntityKey& key, std::string_view tag_key) {
  return Done(transaction.Execute(
      "DELETE FROM iam_tags WHERE account_id = ? AND kind = ? AND name_key = ? AND "
      "lower(tag_key) = lower(?)",
      key.account_id, KindWord(key.kind), NameKey(key.name), tag_key));
}

Result<std::vector<TagRow>> ListEntityTags(Transaction& transaction, const EntityKey& key) {
  return transaction.QueryAll(
      "SELECT tag_key, tag_value FROM iam_tags WHERE account_id = ? AND kind = ? AND name_key = ? "
      "ORDER BY tag_key",
      [](const Row& row) { return TagRow{row.Text(0), row.Text(1)}; }, key.account_id,
      KindWord(key.kind), NameKey(key.name));
}

}  // namespace firn::ledger
