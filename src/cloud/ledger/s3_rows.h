#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/ledger/ledger.h"

/// Rows of cloud/s3: buckets, objects, uploads. Bytes are files; these rows say which.
///
/// All functions run in the caller's transaction; errors are those of Transaction unless said otherwise.

namespace firn::ledger {

MigrationSet S3Migrations();

struct S3BucketRow {
  std::string name;
  /// The table whose warehouse this is (its ARN); empty for a general purpose bucket.
  std::string table_arn;
  WallTime created_at;
  std::string region;  ///< Where it lives; names are of all regions together.
};

Result<std::optional<S3BucketRow>> FindS3Bucket(Transaction& transaction, std::string_view name);
/// General purpose buckets by name.
Result<std::vector<S3BucketRow>> ListS3Buckets(Transaction& transaction);
/// Errors also: kAlreadyExists/BucketAlreadyOwnedByYou.
Status InsertS3Bucket(Transaction& transaction, const S3BucketRow& bucket);
/// Buckets made when a ledger had one region are that region's.
Status ClaimS3Buckets(Transaction& transaction, std::string_view region);
/// Removes the bucket alone. False when it was not there.
Result<bool> DeleteS3Bucket(Transaction& transaction, std::string_view name);
Result<bool> S3BucketIsEmpty(Transaction& transaction, std::string_view name);

/// A checksum as S3 shows it: `CRC32` and its base64 (with `-N` when composite).
struct S3Checksum {
  std::string algorithm;  ///< CRC32, CRC32C, CRC64NVME, SHA1, SHA256; empty when there is none.
  std::string value;
  bool composite = false;

  friend bool operator==(const S3Checksum&, const S3Checksum&) = default;
};

struct S3ObjectRow {
  std::string bucket;
  std::string key;
  std::string file;  ///< The blob's name.
  std::uint64_t size_bytes = 0;
  std::string etag;  ///< Without quotes.
  S3Checksum checksum;
  std::string content_type;
  std::string headers;  ///< JSON object of the stored headers: user metadata, Cache-Control and the like.
  std::int64_t part_count = 0;  ///< 0 when put in one piece.
  WallTime modified_at;
  std::string tags;  ///< `a=1&b=2`, percent-encoded; empty for none.
};
/// One file of an object that was put in several parts.
struct S3ObjectPartRow {
  std::int64_t part_number = 0;
  std::string file;
  std::uint64_t size_bytes = 0;
  S3Checksum checksum;
};

Result<std::optional<S3ObjectRow>> FindS3Object(Transaction& transaction, std::string_view bucket,
                                                std::string_view key);
/// Inserts or replaces; the files of the object that was replaced.
Result<std::vector<std::string>> PutS3Object(Transaction& transaction, const S3ObjectRow& object);
/// The files that lost their name; none when there was no such key.
Result<std::vector<std::string>> DeleteS3Object(Transaction& transaction, std::string_view bucket,
                                                std::string_view key);
/// False when there is no such key.
Result<bool> SetS3ObjectTags(Transaction& transaction, std::string_view bucket,
                             std::string_view key, std::string_view tags);
/// The files that an object is made of, in the object's order; its own `file` is then a name and no file.
Status InsertS3ObjectParts(Transaction& transaction, std::string_view object_file,
                           const std::vector<S3ObjectPartRow>& parts);
/// Empty for an object of one file.
Result<std::vector<S3ObjectPartRow>> ListS3ObjectParts(Transaction& transaction,
                                                       std::string_view object_file);

/// A document stored with a bucket (its policy, tags, …) under a name; nullopt when there is none.
Result<std::optional<std::string>> FindS3BucketSetting(Transaction& transaction,
                                                       std::string_view bucket,
                                                       std::string_view name);
Status PutS3BucketSetting(Transaction& transaction, std::string_view bucket, std::string_view name,
                          std::string_view document);
Status DeleteS3BucketSetting(Transaction& transaction, std::string_view bucket,
                             std::string_view name);

struct S3ListRange {
  std::string_view bucket;
  std::string_view prefix;
  std::string_view after;        ///< Keys greater than this one; empty for all.
  std::string_view not_before;   ///< Keys not less than this one; empty for all.
  std::size_t count_max = 0;
};
/// In byte order of keys. The prefix bounds the scan from below; the caller stops at the first key without it.
Result<std::vector<S3ObjectRow>> ListS3Objects(Transaction& transaction, const S3ListRange& range);

/// Removes every object and upload of a bucket and the bucket itself; the files that lost their names (at most
/// kRowsMax of them: the start-up sweep takes the rest).
Result<std::vector<std::string>> DeleteS3BucketWithObjects(Transaction& transaction,
                                                           std::string_view name);

/// True when an object or a part names the file.
Result<bool> S3FileIsNamed(Transaction& transaction, std::string_view file);

struct S3UploadRow {
  std::string upload_id;
  std::string bucket;
  std::string key;
  S3Checksum checksum;  ///< The algorithm asked for; `value` stays empty.
  std::string content_type;
  std::string headers;
  WallTime created_at;
  std::string tags;  ///< Of the object to come.
};
struct S3PartRow {
  std::string upload_id;
  std::int64_t part_number = 0;
  std::string file;
  std::uint64_t size_bytes = 0;
  std::string etag;
  S3Checksum checksum;
  WallTime modified_at;
};

Status InsertS3Upload(Transaction& transaction, const S3UploadRow& upload);
Result<std::optional<S3UploadRow>> FindS3Upload(Transaction& transaction,
                                                std::string_view upload_id);
struct S3UploadRange {
  std::string_view bucket;
  std::string_view prefix;           ///< Bounds the scan from below; the caller stops at the first key without it.
  std::string_view after_key;        ///< Keys greater than this one, or
  std::string_view after_upload_id;  ///< this very key with greater upload ids, when this is not empty.
  std::size_t count_max = 0;
};
/// By key and upload id.
Result<std::vector<S3UploadRow>> ListS3Uploads(Transaction& transaction,
                                               const S3UploadRange& range);
/// Removes the upload and its parts; the files of the parts.
Result<std::vector<std::string>> DeleteS3Upload(Transaction& transaction,
                                                std::string_view upload_id);
/// Inserts or replaces; the file that was replaced, if any.
Result<std::optional<std::string>> PutS3Part(Transaction& transaction, const S3PartRow& part);
/// By part number.
Result<std::vector<S3PartRow>> ListS3Parts(Transaction& transaction, std::string_view upload_id);

}  // namespace firn::ledger
