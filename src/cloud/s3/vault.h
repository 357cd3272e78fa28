#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/s3_rows.h"
#include "cloud/s3/blob_files.h"
#include "cloud/s3/checksum.h"
#include "cloud/s3/object_reader.h"
#include "wire/http/body.h"

/// Buckets and objects below S3's protocol: bytes in files, names in the ledger. Knows no principal: who may do what
/// was decided before. cloud/s3tables keeps table metadata here too.
///
/// Reading order: BodyClaims, StoredBody, PutTarget, Vault.

namespace firn::s3 {

/// What a request says its body is; all of it is checked before the object appears.
struct BodyClaims {
  std::optional<std::uint64_t> length_bytes;
  std::string sha256_hex;  ///< Empty when not claimed.
  std::string md5;         ///< Raw bytes of Content-MD5; empty when not claimed.
  ChecksumClaim checksum;
  /// Called after the body's end when the checksum is in its trailer.
  std::function<std::optional<std::string>(std::string_view header_name)> find_trailer;
};

/// A body that is on disk, checked and fsynced, and named by no key yet.
struct StoredBody {
  BlobName file;
  std::uint64_t size_bytes = 0;
  std::string md5_hex;
  ledger::S3Checksum checksum;
};

/// When a PUT may take effect.
struct PutCondition {
  bool if_absent = false;     ///< If-None-Match: *
  std::string if_match_etag;  ///< If-Match, without quotes; empty for none.
};

/// Where a body goes.
struct PutTarget {
  std::string bucket;
  std::string key;
  std::string content_type;
  std::string headers = "{}";  ///< JSON object of stored headers.
  PutCondition condition;
  std::string tags;  ///< As S3ObjectRow has them.
};

/// One part as CompleteMultipartUpload names it.
struct CompletedPart {
  std::int64_t part_number = 0;
  std::string etag;      ///< Without quotes.
  std::string checksum;  ///< Base64; empty when not given.
};
struct Completion {
  std::string upload_id;
  std::string bucket;
  std::string key;
  std::vector<CompletedPart> parts;
  PutCondition condition;
  std::optional<std::string> checksum_value;  ///< Of the whole object, as the request's header claims.
  std::optional<std::uint64_t> size_bytes;    ///< Likewise.
};

/// An upload that ends, with the parts its object was made of.
struct CompletedUpload {
  std::string upload_id;
  std::vector<ledger::S3PartRow> parts;
};

/// Thread-safe. A change that returned success survives a crash. Reasons of errors are S3's own codes where it has
/// one: kNotFound with NoSuchBucket, NoSuchKey, NoSuchUpload; kFailedPrecondition/PreconditionFailed;
/// kResourceExhausted with DiskReserve or NoSpace; kInvalidArgument with BadDigest, XAmzContentSHA256Mismatch,
/// IncompleteBody, EntityTooLarge, EntityTooSmall, InvalidPart, InvalidPartOrder, MalformedTrailerError; and those of
/// the ledger and of BlobFiles.
class Vault {
 public:
  Vault(ledger::Ledger& ledger, std::unique_ptr<BlobFiles> files, const Clock& clock,
        Random& random);

  /// Removes files that no row names. At start, before requests; returns how many went.
  Result<std::size_t> Sweep();

  Result<ledger::S3BucketRow> FindBucket(std::string_view bucket);

  /// Streams `body` to disk and checks it against `claims`. The file is durable and unnamed: a Put or PutPart must
  /// follow, or Discard.
  Result<StoredBody> Receive(const Context& context, http::BodyReader& body,
                             const BodyClaims& claims);
  void Discard(const StoredBody& stored) { files_->Retire(stored.file); }

  /// Receive of bytes in hand.
  Result<StoredBody> Store(const Context& context, std::string_view bytes);
  /// The row that gives a stored body its name, for a transaction of another room that writes more than this row.
  ledger::S3ObjectRow MakeRow(const StoredBody& stored, const PutTarget& target) const;

  /// Gives a stored body its name; discards it on failure.
  Result<ledger::S3ObjectRow> Put(const StoredBody& stored, const PutTarget& target);
  /// Receive and Put of bytes in hand.
  Result<ledger::S3ObjectRow> PutBytes(const Context& context, std::string_view bytes,
                                       const PutTarget& target);

  Result<ledger::S3ObjectRow> Find(std::string_view bucket, std::string_view key);
  /// A stretch of the object; its first block is read and checked. Must not outlive the vault.
  /// Errors also: kDataCorruption/BlobCorrupt, /BlobTruncated, /BlobMissing. REQUIRES: within the object.
  Result<std::shared_ptr<ObjectReader>> Read(const ledger::S3ObjectRow& object,
                                             std::uint64_t offset_bytes,
                                             std::uint64_t length_bytes);
  /// The whole object, checked. Errors also: as Read; kResourceExhausted/ObjectTooLarge over `bytes_max`;
  /// kDataCorruption/ObjectCorrupt.
  Result<std::string> ReadAll(const ledger::S3ObjectRow& object, std::uint64_t bytes_max);
  /// The parts it was made of; empty when it was put in one piece or by a single part.
  Result<std::vector<ledger::S3ObjectPartRow>> ListObjectParts(const ledger::S3ObjectRow& object);
  /// Errors also: kNotFound/NoSuchKey.
  Status SetTags(std::string_view bucket, std::string_view key, std::string_view tags);
  /// Success too when there is no such key.
  Status Delete(std::string_view bucket, std::string_view key);
  /// A copy with its own file, which shares the source's bytes on disk when nothing of them has to be computed anew.
  /// `checksum_algorithm` may be empty: the source's.
  Result<ledger::S3ObjectRow> Copy(const Context& context, const ledger::S3ObjectRow& source,
                                   const PutTarget& target, std::string_view checksum_algorithm);
  /// A stretch of an object as a stored body, for a part. As Receive, a PutPart must follow.
  Result<StoredBody> CopyRange(const Context& context, const ledger::S3ObjectRow& source,
                               std::uint64_t offset_bytes, std::uint64_t length_bytes,
                               std::string_view checksum_algorithm);

  Status CreateBucket(std::string_view bucket, std::string_view region);
  /// Errors also: kFailedPrecondition/BucketNotEmpty.
  Status DeleteBucket(std::string_view bucket);
  Result<std::vector<ledger::S3BucketRow>> ListBuckets();
  Result<std::vector<ledger::S3ObjectRow>> List(const ledger::S3ListRange& range);
  /// A document kept with the bucket under a name. Errors of all three also: kNotFound/NoSuchBucket.
  Result<std::optional<std::string>> FindSetting(std::string_view bucket, std::string_view name);
  Status PutSetting(std::string_view bucket, std::string_view name, std::string_view document);
  Status DeleteSetting(std::string_view bucket, std::string_view name);
  /// The files of objects whose rows another room's transaction has deleted.
  void RetireFiles(std::vector<std::string> files);

  Result<ledger::S3UploadRow> CreateUpload(ledger::S3UploadRow upload);
  /// The upload, if it is of that bucket and key.
  Result<ledger::S3UploadRow> FindUpload(std::string_view upload_id, std::string_view bucket,
                                         std::string_view key);
  Result<ledger::S3PartRow> PutPart(const StoredBody& stored, std::string_view upload_id,
                                    std::int64_t part_number);
  Result<std::vector<ledger::S3PartRow>> ListParts(std::string_view upload_id);
  Result<std::vector<ledger::S3UploadRow>> ListUploads(const ledger::S3UploadRange& range);
  /// The parts' files become the object's: no byte is read or copied.
  Result<ledger::S3ObjectRow> CompleteUpload(const Completion& completion);
  Status AbortUpload(std::string_view upload_id);

 private:
  Result<ledger::S3ObjectRow> PutRow(ledger::S3ObjectRow row, const PutCondition& condition,
                                     const CompletedUpload* completed);

  // Constant after construction; each has its own synchronisation.
  ledger::Ledger& ledger_;
  const std::unique_ptr<BlobFiles> files_;
  const Clock& clock_;
  Random& random_;
  ThreadPool digest_threads_;
};

}  // namespace firn::s3
