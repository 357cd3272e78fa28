#include "cloud/ledger/s3_rows.h"

#include <array>

#include "cloud/ledger/limits.h"

namespace firn::ledger {
namespace {

constexpr std::string_view kFirstTables = R"sql(
CREATE TABLE s3_buckets (
  name TEXT PRIMARY KEY,
  table_arn TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE s3_objects (
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  file TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  checksum_algorithm TEXT NOT NULL,
  checksum_value TEXT NOT NULL,
  checksum_composite INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  headers TEXT NOT NULL,
  part_count INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX s3_objects_file ON s3_objects (file);
CREATE TABLE s3_uploads (
  upload_id TEXT PRIMARY KEY,
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  checksum_algorithm TEXT NOT NULL,
  checksum_composite INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  headers TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX s3_uploads_bucket ON s3_uploads (bucket, key);
CREATE TABLE s3_parts (
  upload_id TEXT NOT NULL,
  part_number INTEGER NOT NULL,
  file TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  checksum_algorithm TEXT NOT NULL,
  checksum_value TEXT NOT NULL,
  modified_at INTEGER NOT NULL,
  PRIMARY KEY (upload_id, part_number)
) WITHOUT ROWID;
CREATE INDEX s3_parts_file ON s3_parts (file);
)sql";

constexpr std::string_view kRegions = R"sql(
ALTER TABLE s3_buckets ADD COLUMN region TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view kPartsTagsSettings = R"sql(
ALTER TABLE s3_objects ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE s3_uploads ADD COLUMN tags TEXT NOT NULL DEFAULT '';
CREATE TABLE s3_object_parts (
  object_file TEXT NOT NULL,
  part_number INTEGER NOT NULL,
  file TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  checksum_algorithm TEXT NOT NULL,
  checksum_value TEXT NOT NULL,
  PRIMARY KEY (object_file, part_number)
) WITHOUT ROWID;
CREATE INDEX s3_object_parts_file ON s3_object_parts (file);
CREATE TABLE s3_bucket_settings (
  bucket TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
)sql";

constexpr std::string_view kSelectObject =
    "SELECT bucket, key, file, size_bytes, etag, checksum_algorithm, checksum_value, "
    "checksum_composite, content_type, headers, part_count, modified_at, tags FROM s3_objects ";
constexpr std::string_view kSelectUpload =
    "SELECT upload_id, bucket, key, checksum_algorithm, checksum_composite, content_type, "
    "headers, created_at, tags FROM s3_uploads ";

S3BucketRow ReadBucket(const Row& row) {
  return {.name = row.Text(0),
          .table_arn = row.Text(1),
          .created_at = row.Time(2),
          .region = row.Text(3)};
}

S3ObjectRow ReadObject(const Row& row) {
  return {.bucket = row.Text(0),
          .key = row.Text(1),
          .file = row.Text(2),
          .size_bytes = static_cast<std::uint64_t>(row.Int64(3)),
          .etag = row.Text(4),
          .checksum = {row.Text(5), row.Text(6), row.Bool(7)},
          .content_type = row.Text(8),
          .headers = row.Text(9),
          .part_count = row.Int64(10),
          .modified_at = row.Time(11),
          .tags = row.Text(12)};
}

S3UploadRow ReadUpload(const Row& row) {
  return {.upload_id = row.Text(0),
          .bucket = row.Text(1),
          .key = row.Text(2),
          .checksum = {row.Text(3), "", row.Bool(4)},
          .content_type = row.Text(5),
          .headers = row.Text(6),
          .created_at = row.Time(7),
          .tags = row.Text(8)};
}

S3PartRow ReadPart(const Row& row) {
  return {.upload_id = row.Text(0),
          .part_number = row.Int64(1),
          .file = row.Text(2),
          .size_bytes = static_cast<std::uint64_t>(row.Int64(3)),
          .etag = row.Text(4),
          .checksum = {row.Text(5), row.Text(6), false},
          .modified_at = row.Time(7)};
}

S3ObjectPartRow ReadObjectPart(const Row& row) {
  return {.part_number = row.Int64(0),
          .file = row.Text(1),
          .size_bytes = static_cast<std::uint64_t>(row.Int64(2)),
          .checksum = {row.Text(3), row.Text(4), false}};
}

std::string ReadFile(const Row& row) { return row.Text(0); }

/// `SELECT file …`, at most kRowsMax of them.
template <typename... Arguments>
Result<std::vector<std::string>> CollectFiles(Transaction& transaction, std::string_view sql,
                                              const Arguments&... arguments) {
  return transaction.QueryAll(sql, ReadFile, arguments...);
}

/// The files of the object at that key, whose part rows go.
Result<std::vector<std::string>> DetachFiles(Transaction& transaction, std::string_view bucket,
                                             std::string_view key) {
  FIRN_ASSIGN_OR_RETURN(
      const auto file,
      transaction.QueryOne("SELECT file FROM s3_objects WHERE bucket = ? AND key = ?", ReadFile,
                           bucket, key));
  if (!file) return std::vector<std::string>();
  FIRN_ASSIGN_OR_RETURN(
      auto files,
      CollectFiles(transaction, "SELECT file FROM s3_object_parts WHERE object_file = ?", *file));
  if (files.empty()) return std::vector{*file};
  FIRN_TRY(transaction.Execute("DELETE FROM s3_object_parts WHERE object_file = ?", *file));
  return files;
}

}  // namespace

MigrationSet S3Migrations() {
  static constexpr std::array kSteps = {kFirstTables, kPartsTagsSettings, kRegions};
  return {.name = "s3", .steps = kSteps};
}

Result<std::optional<S3BucketRow>> FindS3Bucket(Transaction& transaction, std::string_view name) {
  return transaction.QueryOne("SELECT name, table_arn, created_at, region FROM s3_buckets WHERE name = ?",
                              ReadBucket, name);
}

Result<std::vector<S3BucketRow>> ListS3Buckets(Transaction& transaction) {
  return transaction.QueryAll(
      "SELECT name, table_arn, created_at, region FROM s3_buckets WHERE table_arn = '' ORDER BY name",
      ReadBucket);
}

Status InsertS3Bucket(Transaction& transaction, const S3BucketRow& bucket) {
  FIRN_ASSIGN_OR_RETURN(const auto inserted,
                        transaction.Execute("INSERT OR IGNORE INTO s3_buckets (name, table_arn, "
                                            "created_at, region) VALUES (?, ?, ?, ?)",
                                            bucket.name, bucket.table_arn, bucket.created_at,
                                            bucket.region));
  if (inserted == 0) {
    return AlreadyExists("BucketAlreadyOwnedByYou",
                         "Your previous request to create the named bucket succeeded and you "
                         "already own it.");
  }
  return Ok();
}

Status ClaimS3Buckets(Transaction& transaction, std::string_view region) {
  FIRN_TRY(transaction.Execute("UPDATE s3_buckets SET region = ? WHERE region = ''", region));
  return Ok();
}

Result<bool> DeleteS3Bucket(Transaction& transaction, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const auto deleted,
                        transaction.Execute("DELETE FROM s3_buckets WHERE name = ?", name));
  return deleted > 0;
}

Result<bool> S3BucketIsEmpty(Transaction& transaction, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(
      const auto objects,
      transaction.QueryInt64("SELECT EXISTS (SELECT 1 FROM s3_objects WHERE bucket = ?)", name));
  return objects == 0;
}

Result<std::optional<S3ObjectRow>> FindS3Object(Transaction& transaction, std::string_view bucket,
                                                std::string_view key) {
  static const std::string kSql = std::string(kSelectObject) + "WHERE bucket = ? AND key = ?";
  return transaction.QueryOne(kSql, ReadObject, bucket, key);
}

Result<std::vector<std::string>> PutS3Object(Transaction& transaction, const S3ObjectRow& object) {
  FIRN_ASSIGN_OR_RETURN(auto replaced, DetachFiles(transaction, object.bucket, object.key));
  FIRN_TRY(transaction.Execute(
      "INSERT OR REPLACE INTO s3_objects (bucket, key, file, size_bytes, etag, "
      "checksum_algorithm, checksum_value, checksum_composite, content_type, headers, "
      "part_count, modified_at, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      object.bucket, object.key, object.file, object.size_bytes, object.etag,
      object.checksum.algorithm, object.checksum.value, object.checksum.composite,
      object.content_type, object.headers, object.part_count, object.modified_at,
      object.tags));
  return replaced;
}

Result<std::vector<std::string>> DeleteS3Object(Transaction& transaction, std::string_view bucket,
                                                std::string_view key) {
  FIRN_ASSIGN_OR_RETURN(auto files, DetachFiles(transaction, bucket, key));
  FIRN_TRY(
      transaction.Execute("DELETE FROM s3_objects WHERE bucket = ? AND key = ?", bucket, key));
  return files;
}

Result<bool> SetS3ObjectTags(Transaction& transaction, std::string_view bucket,
                             std::string_view key, std::string_view tags) {
  FIRN_ASSIGN_OR_RETURN(
      const auto changed,
      transaction.Execute("UPDATE s3_objects SET tags = ? WHERE bucket = ? AND key = ?", tags,
                          bucket, key));
  return changed > 0;
}

Status InsertS3ObjectParts(Transaction& transaction, std::string_view object_file,
                           const std::vector<S3ObjectPartRow>& parts) {
  for (const S3ObjectPartRow& part : parts) {
    FIRN_TRY(transaction.Execute(
        "INSERT INTO s3_object_parts (object_file, part_number, file, size_bytes, "
        "checksum_algorithm, checksum_value) VALUES (?, ?, ?, ?, ?, ?)",
        object_file, part.part_number, part.file, part.size_bytes, part.checksum.algorithm,
        part.checksum.value));
  }
  return Ok();
}

Result<std::vector<S3ObjectPartRow>> ListS3ObjectParts(Transaction& transaction,
                                                       std::string_view object_file) {
  return transaction.QueryAll(
      "SELECT part_number, file, size_bytes, checksum_algorithm, checksum_value "
      "FROM s3_object_parts WHERE object_file = ? ORDER BY part_number",
      ReadObjectPart, object_file);
}

Result<std::optional<std::string>> FindS3BucketSetting(Transaction& transaction,
                                                       std::string_view bucket,
                                                       std::string_view name) {
  return transaction.QueryOne(
      "SELECT document FROM s3_bucket_settings WHERE bucket = ? AND name = ?",
      [](const Row& row) { return row.Text(0); }, bucket, name);
}

Status PutS3BucketSetting(Transaction& transaction, std::string_view bucket, std::string_view name,
                          std::string_view document) {
  FIRN_TRY(transaction.Execute(
      "INSERT OR REPLACE INTO s3_bucket_settings (bucket, name, document) VALUES (?, ?, ?)",
      bucket, name, document));
  return Ok();
}

Status DeleteS3BucketSetting(Transaction& transaction, std::string_view bucket,
                             std::string_view name) {
  FIRN_TRY(transaction.Execute("DELETE FROM s3_bucket_settings WHERE bucket = ? AND name = ?",
                               bucket, name));
  return Ok();
}

Result<std::vector<S3ObjectRow>> ListS3Objects(Transaction& transaction,
                                               const S3ListRange& range) {
  static const std::string kSql =
      std::string(kSelectObject) +
      "WHERE bucket = ? AND key >= ? AND key >= ? AND key > ? ORDER BY key LIMIT ?";
  return transaction.QueryAll(kSql, ReadObject, range.bucket, range.prefix, range.not_before,
                              range.after, range.count_max);
}

Result<std::vector<std::string>> DeleteS3BucketWithObjects(Transaction& transaction,
                                                           std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(
      auto files,
      CollectFiles(transaction,
                   "SELECT file FROM (SELECT file FROM s3_objects WHERE bucket = ?1 UNION ALL "
                   "SELECT p.file FROM s3_object_parts p JOIN s3_objects o "
                   "ON p.object_file = o.file WHERE o.bucket = ?1 UNION ALL "
                   "SELECT p.file FROM s3_parts p JOIN s3_uploads u USING (upload_id) "
                   "WHERE u.bucket = ?1) LIMIT ?2",
                   name, kRowsMax));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_object_parts WHERE object_file IN "
                               "(SELECT file FROM s3_objects WHERE bucket = ?)",
                               name));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_bucket_settings WHERE bucket = ?", name));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_parts WHERE upload_id IN "
                               "(SELECT upload_id FROM s3_uploads WHERE bucket = ?)",
                               name));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_uploads WHERE bucket = ?", name));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_objects WHERE bucket = ?", name));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_buckets WHERE name = ?", name));
  return files;
}

Result<bool> S3FileIsNamed(Transaction& transaction, std::string_view file) {
  FIRN_ASSIGN_OR_RETURN(
      const auto named,
      transaction.QueryInt64("SELECT EXISTS (SELECT 1 FROM s3_objects WHERE file = ?1) OR "
                             "EXISTS (SELECT 1 FROM s3_parts WHERE file = ?1) OR "
                             "EXISTS (SELECT 1 FROM s3_object_parts WHERE file = ?1)",
                             file));
  return named != 0;
}

Status InsertS3Upload(Transaction& transaction, const S3UploadRow& upload) {
  FIRN_TRY(transaction.Execute(
      "INSERT INTO s3_uploads (upload_id, bucket, key, checksum_algorithm, checksum_composite, "
      "content_type, headers, created_at, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      upload.upload_id, upload.bucket, upload.key, upload.checksum.algorithm,
      upload.checksum.composite, upload.content_type, upload.headers, upload.created_at,
      upload.tags));
  return Ok();
}

Result<std::optional<S3UploadRow>> FindS3Upload(Transaction& transaction,
                                                std::string_view upload_id) {
  static const std::string kSql = std::string(kSelectUpload) + "WHERE upload_id = ?";
  return transaction.QueryOne(kSql, ReadUpload, upload_id);
}

Result<std::vector<S3UploadRow>> ListS3Uploads(Transaction& transaction,
                                               const S3UploadRange& range) {
  static const std::string kSql =
      std::string(kSelectUpload) +
      "WHERE bucket = ?1 AND key >= ?2 AND (key > ?3 OR (?4 <> '' AND key = ?3 AND upload_id > ?4)) "
      "ORDER BY key, upload_id LIMIT ?5";
  return transaction.QueryAll(kSql, ReadUpload, range.bucket, range.prefix, range.after_key,
                              range.after_upload_id, range.count_max);
}

Result<std::vector<std::string>> DeleteS3Upload(Transaction& transaction,
                                                std::string_view upload_id) {
  FIRN_ASSIGN_OR_RETURN(
      auto files,
      CollectFiles(transaction, "SELECT file FROM s3_parts WHERE upload_id = ?", upload_id));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_parts WHERE upload_id = ?", upload_id));
  FIRN_TRY(transaction.Execute("DELETE FROM s3_uploads WHERE upload_id = ?", upload_id));
  return files;
}

Result<std::optional<std::string>> PutS3Part(Transaction& transaction, const S3PartRow& part) {
  FIRN_ASSIGN_OR_RETURN(
      const auto replaced,
      transaction.QueryOne("SELECT file FROM s3_parts WHERE upload_id = ? AND part_number = ?",
                           ReadFile, part.upload_id, part.part_number));
  FIRN_TRY(transaction.Execute(
      "INSERT OR REPLACE INTO s3_parts (upload_id, part_number, file, size_bytes, etag, "
      "checksum_algorithm, checksum_value, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      part.upload_id, part.part_number, part.file, part.size_bytes, part.etag,
      part.checksum.algorithm, part.checksum.value, part.modified_at));
  return replaced;
}

Result<std::vector<S3PartRow>> ListS3Parts(Transaction& transaction, std::string_view upload_id) {
  return transaction.QueryAll(
      "SELECT upload_id, part_number, file, size_bytes, etag, checksum_algorithm, "
      "checksum_value, modified_at FROM s3_parts WHERE upload_id = ? ORDER BY part_number",
      ReadPart, upload_id);
}

}  // namespace firn::ledger
