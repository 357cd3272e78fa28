#include "cloud/ledger/iam_resource_rows.h"

#include "base/encoding.h"

namespace firn::ledger {
namespace {

#define FIRN_PROFILE_COLUMNS                                                               \
  "SELECT p.account_id, p.name, p.path, p.profile_id, p.created_at, coalesce(e.name, '') " \
  "FROM iam_instance_profiles p LEFT JOIN iam_entities e ON e.account_id = p.account_id "  \
  "AND e.kind = p.role_kind AND e.name_key = p.role_key "

InstanceProfileRow ReadProfile(const Row& row) {
  return {.account_id = row.Text(0),
          .name = row.Text(1),
          .path = row.Text(2),
          .profile_id = row.Text(3),
          .created_at = row.Time(4),
          .role_name = row.Text(5)};
}

Status Done(const Result<std::int64_t>& changed) {
  if (!changed) return Unexpected{changed.error()};
  return Ok();
}

}  // namespace

Result<bool> InsertInstanceProfile(Transaction& transaction, const InstanceProfileRow& row) {
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      transaction.Execute("INSERT INTO iam_instance_profiles VALUES(?,?,?,?,?,?,NULL,NULL) "
                          "ON CONFLICT(account_id, name_key) DO NOTHING",
                          row.account_id, ToLowerAscii(row.name), row.name, row.path,
                          row.profile_id, row.created_at));
  return changed > 0;
}

Result<std::optional<InstanceProfileRow>> FindInstanceProfile(Transaction& transaction,
                                                              std::string_view account_id,
                                                              std::string_view name) {
  return transaction.QueryOne(FIRN_PROFILE_COLUMNS "WHERE p.account_id = ? AND p.name_key = ?",
                              ReadProfile, account_id, ToLowerAscii(name));
}

Result<std::vector<InstanceProfileRow>> ListInstanceProfiles(Transaction& transaction,
                                                             std::string_view account_id,
                                                             std::string_view path_prefix,
                                                             std::string_view after_name,
                                                             std::int64_t row_count_max) {
  return transaction.QueryAll(
      FIRN_PROFILE_COLUMNS
      "WHERE p.account_id = ?1 AND substr(p.path, 1, length(?2)) = ?2 AND p.name_key > ?3 "
      "ORDER BY p.name_key LIMIT ?4",
      ReadProfile, account_id, path_prefix, ToLowerAscii(after_name), row_count_max);
}

Result<std::vector<InstanceProfileRow>> ListInstanceProfilesOfRole(Transaction& transaction,
                                                                   std::string_view account_id,
                                                                   std::string_view role_name) {
  return transaction.QueryAll(FIRN_PROFILE_COLUMNS
                              "WHERE p.account_id = ? AND p.role_key = ? ORDER BY p.name_key",
                              ReadProfile, account_id, ToLowerAscii(role_name));
}

Status SetInstanceProfileRole(Transaction& transaction, std::string_view account_id,
                              std::string_view name, std::string_view role_name) {
  return Done(transaction.Execute(
      "UPDATE iam_instance_profiles SET role_kind = iif(?1 = '', NULL, 'role'), "
      "role_key = iif(?1 = '', NULL, ?1) WHERE account_id = ?2 AND name_key = ?3",
      ToLowerAscii(role_name), account_id, ToLowerAscii(name)));
}

Status DeleteInstanceProfile(Transaction& transaction, std::string_view account_id,
                             std::string_view name) {
  return Done(
      transaction.Execute("DELETE FROM iam_instance_profiles WHERE account_id = ? AND name_key = ?",
                          account_id, ToLowerAscii(name)));
}

Status PutArnTag(Transaction& transaction, std::string_view arn, const TagRow& tag) {
  FIRN_TRY(DeleteArnTag(transaction, arn, tag.key));  // `Team` replaces `team`.
  return Done(
      transaction.Execute("INSERT INTO iam_arn_tags VALUES(?,?,?)", arn, tag.key, tag.value));
}

Status DeleteArnTag(Transaction& transaction, std::string_view arn, std::string_view tag_key) {
  return Done(transaction.Execute(
      "DELETE FROM iam_arn_tags WHERE arn = ? AND lower(tag_key) = lower(?)", arn, tag_key));
}

Status DeleteArnTags(Transaction& transaction, std::string_view arn) {
  return Done(transaction.Execute("DELETE FROM iam_arn_tags WHERE arn = ?", arn));
}

Result<std::vector<TagRow>> ListArnTags(Transaction& transaction, std::string_view arn) {
  return transaction.QueryAll(
      "SELECT tag_key, tag_value FROM iam_arn_tags WHERE arn = ? ORDER BY tag_key",
      [](const Row& row) { return TagRow{row.Text(0), row.Text(1)}; }, arn);
}

}  // namespace firn::ledger
