#include "cloud/s3/vault.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {
namespace {

using ledger::S3ObjectRow;
using ledger::S3PartRow;
using ledger::S3UploadRow;
using ledger::Transaction;

/// What S3 computes when the client asks for nothing.
constexpr std::string_view kDefaultChecksum = "CRC64NVME";

Unexpected NoSuchBucket() {
  return NotFound("NoSuchBucket", "The specified bucket does not exist");
}
Unexpected NoSuchUpload() {
  return NotFound("NoSuchUpload",
                  "The specified upload does not exist. The upload ID may be invalid, or the "
                  "upload may have been aborted or completed.");
}

Unexpected InvalidPart() {
  return InvalidArgument("InvalidPart",
                         "One or more of the specified parts could not be found.  The part may "
                         "not have been uploaded, or the specified entity tag may not match the "
                         "part's entity tag.");
}

/// Compares what arrived with what was claimed, before anything gets a name.
Status CheckClaims(const BodyClaims& claims, const BodyDigests& digests,
                   std::uint64_t size_bytes) {
  if (claims.length_bytes && *claims.length_bytes != size_bytes) {
    return InvalidArgument("IncompleteBody",
                           "You did not provide the number of bytes specified by the "
                           "Content-Length HTTP header");
  }
  if (!claims.sha256_hex.empty() && HexEncode(AsBytes(digests.sha256())) != claims.sha256_hex) {
    return InvalidArgument("XAmzContentSHA256Mismatch",
                           "The provided 'x-amz-content-sha256' header does not match what was "
                           "computed.");
  }
  if (!claims.md5.empty() && digests.md5() != claims.md5) {
    return InvalidArgument("BadDigest",
                           "The Content-MD5 you specified did not match what we received.");
  }
  std::optional<std::string> claimed = claims.checksum.value;
  if (claims.checksum.in_trailer) {
    claimed = claims.find_trailer ? claims.find_trailer(
                                        ChecksumHeaderName(claims.checksum.algorithm))
                                  : std::nullopt;
    if (!claimed || !CheckChecksumText(claims.checksum.algorithm, *claimed)) {
      return InvalidArgument("MalformedTrailerError",
                             "The request contained trailing data that was not well-formed or did "
                             "not conform to our published schema.");
    }
  }
  if (claimed && *claimed != digests.checksum().value) {
    return InvalidArgument("BadDigest", "The " + claims.checksum.algorithm +
                                            " you specified did not match the calculated "
                                            "checksum.");
  }
  return Ok();
}

Status CheckCondition(const PutCondition& condition, const std::optional<S3ObjectRow>& existing) {
  if (condition.if_absent && existing) {
    return FailedPrecondition("PreconditionFailed",
                              "At least one of the pre-conditions you specified did not hold");
  }
  if (!condition.if_match_etag.empty()) {
    if (!existing) return NotFound("NoSuchKey", "The specified key does not exist.");
    if (condition.if_match_etag != "*" && existing->etag != condition.if_match_etag) {
      return FailedPrecondition("PreconditionFailed",
                                "At least one of the pre-conditions you specified did not hold");
    }
  }
  return Ok();
}

/// The parts of the ledger that a completion names, in its order, checked against it.
Result<std::vector<S3PartRow>> ChooseParts(const Completion& completion,
                                           const std::vector<S3PartRow>& stored) {
  std::vector<S3PartRow> chosen;
  for (const CompletedPart& part : completion.parts) {
    if (!chosen.empty() && part.part_number <= chosen.back().part_number) {
      return InvalidArgument("InvalidPartOrder", "The list of parts was not in ascending order. "
                                                 "Parts must be ordered by part number.");
    }
    const auto row = std::find_if(stored.begin(), stored.end(), [&](const S3PartRow& candidate) {
      return candidate.part_number == part.part_number;
    });
    if (row == stored.end() || row->etag != part.etag ||
        (!part.checksum.empty() && part.checksum != row->checksum.value)) {
      return InvalidPart();
    }
    chosen.push_back(*row);
  }
  if (chosen.empty()) {
    return InvalidArgument("MalformedXML", "You must specify at least one part");
  }
  for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
    if (chosen[i].size_bytes < kPartBytesMin) {
      return InvalidArgument("EntityTooSmall",
                             "Your proposed upload is smaller than the minimum allowed size");
    }
  }
  return chosen;
}

std::string MultipartEtag(const std::vector<S3PartRow>& parts) {
  std::string md5s;
  for (const S3PartRow& part : parts) md5s += HexDecode(part.etag).value_or("");
  return HexEncode(AsBytes(Md5(md5s))) + "-" + std::to_string(parts.size());
}

bool IsFileOf(const std::vector<S3PartRow>& parts, std::string_view file) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const S3PartRow& part) { return part.file == file; });
}

std::vector<ledger::S3ObjectPartRow> ObjectParts(const std::vector<S3PartRow>& parts) {
  std::vector<ledger::S3ObjectPartRow> rows;
  for (const S3PartRow& part : parts) {
    rows.push_back({.part_number = part.part_number,
                    .file = part.file,
                    .size_bytes = part.size_bytes,
                    .checksum = part.checksum});
  }
  return rows;
}

/// A part put again since it was chosen has lost its file.
Status CheckStillThere(Transaction& transaction, const CompletedUpload& completed) {
  FIRN_ASSIGN_OR_RETURN(const auto upload, ledger::FindS3Upload(transaction, completed.upload_id));
  if (!upload) return NoSuchUpload();
  FIRN_ASSIGN_OR_RETURN(const auto now, ledger::ListS3Parts(transaction, completed.upload_id));
  for (const S3PartRow& part : completed.parts) {
    if (!IsFileOf(now, part.file)) return InvalidPart();
  }
  return Ok();
}

}  // namespace

Vault::Vault(ledger::Ledger& ledger, std::unique_ptr<BlobFiles> files, const Clock& clock,
             Random& random)
    : ledger_(ledger),
      files_(std::move(files)),
      clock_(clock),
      random_(random),
      digest_threads_("s3-digest", kDigestThreads, kDigestQueueMax) {}

Result<std::size_t> Vault::Sweep() {
  return files_->Sweep([this](const BlobName& file) {
    return ledger_.Read([&](Transaction& transaction) {
      return ledger::S3FileIsNamed(transaction, file.value());
    });
  });
}

Result<ledger::S3BucketRow> Vault::FindBucket(std::string_view bucket) {
  FIRN_ASSIGN_OR_RETURN(auto found, ledger_.Read([&](Transaction& transaction) {
    return ledger::FindS3Bucket(transaction, bucket);
  }));
  if (!found) return NoSuchBucket();
  return *std::move(found);
}

Result<StoredBody> Vault::Receive(const Context& context, http::BodyReader& body,
                                  const BodyClaims& claims) {
  if (claims.length_bytes.value_or(0) > kPutBytesMax) {
    return InvalidArgument("EntityTooLarge",
                           "Your proposed upload exceeds the maximum allowed size");
  }
  FIRN_ASSIGN_OR_RETURN(BlobWriter writer, files_->Create(claims.length_bytes.value_or(0)));
  const std::string algorithm =
      claims.checksum.algorithm.empty() ? std::string(kDefaultChecksum) : claims.checksum.algorithm;
  // Two buffers by turns: the digests may still be reading the one before.
  std::array<std::vector<char>, 2> buffers;
  BodyDigests digests(algorithm, !claims.sha256_hex.empty(), digest_threads_);
  for (std::size_t turn = 0;; turn = 1 - turn) {
    FIRN_TRY(context.Check());
    std::vector<char>& buffer = buffers[turn];
    buffer.resize(kCopyBytes);
    FIRN_ASSIGN_OR_RETURN(const std::size_t count, body.Read(buffer));
    if (count == 0) break;
    if (writer.size_bytes() + count > kPutBytesMax) {
      return InvalidArgument("EntityTooLarge",
                             "Your proposed upload exceeds the maximum allowed size");
    }
    const std::string_view piece(buffer.data(), count);
    digests.Update(piece);
    FIRN_TRY(writer.Append(piece));
  }
  digests.Finish();
  FIRN_TRY(CheckClaims(claims, digests, writer.size_bytes()));
  const std::uint64_t size_bytes = writer.size_bytes();
  FIRN_ASSIGN_OR_RETURN(BlobName file, writer.Publish());
  return StoredBody{.file = std::move(file),
                    .size_bytes = size_bytes,
                    .md5_hex = HexEncode(AsBytes(digests.md5())),
                    .checksum = digests.checksum()};
}

Result<S3ObjectRow> Vault::PutRow(S3ObjectRow row, const PutCondition& condition,
                                  const CompletedUpload* completed) {
  std::vector<std::string> replaced;
  const auto outcome = ledger_.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto bucket, ledger::FindS3Bucket(transaction, row.bucket));
    if (!bucket) return NoSuchBucket();
    FIRN_ASSIGN_OR_RETURN(const auto existing,
                          ledger::FindS3Object(transaction, row.bucket, row.key));
    FIRN_TRY(CheckCondition(condition, existing));
    FIRN_ASSIGN_OR_RETURN(replaced, ledger::PutS3Object(transaction, row));
    if (completed == nullptr) return Ok();
    FIRN_TRY(CheckStillThere(transaction, *completed));
    if (completed->parts.size() > 1) {
      FIRN_TRY(ledger::InsertS3ObjectParts(transaction, row.file, ObjectParts(completed->parts)));
    }
    FIRN_ASSIGN_OR_RETURN(const auto unused,
                          ledger::DeleteS3Upload(transaction, completed->upload_id));
    for (const std::string& file : unused) {
      if (!IsFileOf(completed->parts, file)) replaced.push_back(file);
    }
    return Ok();
  });
  if (!outcome) return outcome.error();
  RetireFiles(std::move(replaced));
  return row;
}

Result<StoredBody> Vault::Store(const Context& context, std::string_view bytes) {
  http::TextBodyReader body(bytes);
  BodyClaims claims;
  claims.length_bytes = bytes.size();
  return Receive(context, body, claims);
}

S3ObjectRow Vault::MakeRow(const StoredBody& stored, const PutTarget& target) const {
  return S3ObjectRow{.bucket = target.bucket,
                     .key = target.key,
                     .file = stored.file.value(),
                     .size_bytes = stored.size_bytes,
                     .etag = stored.md5_hex,
                     .checksum = stored.checksum,
                     .content_type = target.content_type,
                     .headers = target.headers,
                     .part_count = 0,
                     .modified_at = clock_.Now(),
                     .tags = target.tags};
}

Result<S3ObjectRow> Vault::Put(const StoredBody& stored, const PutTarget& target) {
  auto row = PutRow(MakeRow(stored, target), target.condition, nullptr);
  // While it is unknown whether the row is there, the file stays.
  if (!row && row.error().code() != ErrorCode::kCommitStateUnknown) Discard(stored);
  return row;
}

Result<S3ObjectRow> Vault::PutBytes(const Context& context, std::string_view bytes,
                                    const PutTarget& target) {
  FIRN_ASSIGN_OR_RETURN(const StoredBody stored, Store(context, bytes));
  return Put(stored, target);
}

Result<S3ObjectRow> Vault::Find(std::string_view bucket, std::string_view key) {
  return ledger_.Read([&](Transaction& transaction) -> Result<S3ObjectRow> {
    FIRN_ASSIGN_OR_RETURN(auto object, ledger::FindS3Object(transaction, bucket, key));
    if (object) return *std::move(object);
    FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
    if (!found) return NoSuchBucket();
    return NotFound("NoSuchKey", "The specified key does not exist.");
  });
}

Result<std::vector<ledger::S3ObjectPartRow>> Vault::ListObjectParts(const S3ObjectRow& object) {
  if (object.part_count < 2) return std::vector<ledger::S3ObjectPartRow>();
  return ledger_.Read([&](Transaction& transaction) {
    return ledger::ListS3ObjectParts(transaction, object.file);
  });
}

Result<std::shared_ptr<ObjectReader>> Vault::Read(const S3ObjectRow& object,
                                                  std::uint64_t offset_bytes,
                                                  std::uint64_t length_bytes) {
  FIRN_CHECK(offset_bytes + length_bytes <= object.size_bytes);
  FIRN_ASSIGN_OR_RETURN(const auto parts, ListObjectParts(object));
  std::vector<Extent> extents;
  std::uint64_t size_bytes = 0;
  for (const ledger::S3ObjectPartRow& part : parts) {
    extents.push_back({BlobName(part.file), part.size_bytes});
    size_bytes += part.size_bytes;
  }
  if (parts.empty()) {
    extents.push_back({BlobName(object.file), object.size_bytes});
  } else if (size_bytes != object.size_bytes) {
    return DataCorruption("ObjectCorrupt", "the parts of s3://" + object.bucket + "/" + object.key +
                                               " are not as long as the object");
  }
  auto reader = std::make_shared<ObjectReader>(*files_, std::move(extents), offset_bytes,
                                               length_bytes);
  FIRN_TRY(reader->Begin());
  return reader;
}

Result<std::string> Vault::ReadAll(const S3ObjectRow& object, std::uint64_t bytes_max) {
  if (object.size_bytes > bytes_max) {
    return ResourceExhausted("ObjectTooLarge", "s3://" + object.bucket + "/" + object.key +
                                                   " has " + std::to_string(object.size_bytes) +
                                                   " bytes, over the limit of " +
                                                   std::to_string(bytes_max));
  }
  FIRN_ASSIGN_OR_RETURN(const auto reader, Read(object, 0, object.size_bytes));
  const bool has_checksums = reader->has_checksums();
  std::string bytes;
  bytes.reserve(object.size_bytes);
  while (bytes.size() < object.size_bytes) {
    FIRN_ASSIGN_OR_RETURN(const std::string_view piece, reader->Next());
    bytes += piece;
  }
  if (!has_checksums && object.part_count == 0 && HexEncode(AsBytes(Md5(bytes))) != object.etag) {
    return DataCorruption("ObjectCorrupt", "the bytes of s3://" + object.bucket + "/" +
                                               object.key + " on disk (file " + object.file +
                                               ") are not those that were put");
  }
  return bytes;
}

Status Vault::SetTags(std::string_view bucket, std::string_view key, std::string_view tags) {
  FIRN_ASSIGN_OR_RETURN(const bool found, ledger_.Write([&](Transaction& transaction) {
    return ledger::SetS3ObjectTags(transaction, bucket, key, tags);
  }));
  if (!found) return NotFound("NoSuchKey", "The specified key does not exist.");
  return Ok();
}

Status Vault::Delete(std::string_view bucket, std::string_view key) {
  FIRN_ASSIGN_OR_RETURN(
      auto files,
      ledger_.Write([&](Transaction& transaction) -> Result<std::vector<std::string>> {
        FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
        if (!found) return NoSuchBucket();
        return ledger::DeleteS3Object(transaction, bucket, key);
      }));
  RetireFiles(std::move(files));
  return Ok();
}

Result<StoredBody> Vault::CopyRange(const Context& context, const S3ObjectRow& source,
                                    std::uint64_t offset_bytes, std::uint64_t length_bytes,
                                    std::string_view checksum_algorithm) {
  FIRN_ASSIGN_OR_RETURN(const auto reader, Read(source, offset_bytes, length_bytes));
  FIRN_ASSIGN_OR_RETURN(BlobWriter writer, files_->Create(length_bytes));
  BodyDigests digests(checksum_algorithm, false, digest_threads_);
  while (writer.size_bytes() < length_bytes) {
    FIRN_TRY(context.Check());
    FIRN_ASSIGN_OR_RETURN(const std::string_view piece, reader->Next());
    digests.Update(piece);
    FIRN_TRY(writer.Append(piece));
    digests.Settle();
  }
  digests.Finish();
  FIRN_ASSIGN_OR_RETURN(BlobName file, writer.Publish());
  return StoredBody{.file = std::move(file),
                    .size_bytes = length_bytes,
                    .md5_hex = HexEncode(AsBytes(digests.md5())),
                    .checksum = digests.checksum()};
}

Result<S3ObjectRow> Vault::Copy(const Context& context, const S3ObjectRow& source,
                                const PutTarget& target, std::string_view checksum_algorithm) {
  if (source.size_bytes > kPutBytesMax) {
    return InvalidArgument("InvalidRequest", "The specified copy source is larger than the maximum "
                                             "allowable size for a copy source: 5368709120");
  }
  const bool has_sum = !source.checksum.algorithm.empty() && !source.checksum.composite;
  const bool keeps_sum =
      has_sum && (checksum_algorithm.empty() || checksum_algorithm == source.checksum.algorithm);
  if (source.part_count == 0 && keeps_sum) {  // Nothing to compute: the same bytes by a second name.
    FIRN_ASSIGN_OR_RETURN(BlobName file, files_->Link(BlobName(source.file)));
    return Put(StoredBody{.file = std::move(file),
                          .size_bytes = source.size_bytes,
                          .md5_hex = source.etag,
                          .checksum = source.checksum},
               target);
  }
  std::string_view algorithm = keeps_sum ? source.checksum.algorithm : checksum_algorithm;
  if (algorithm.empty()) algorithm = kDefaultChecksum;
  FIRN_ASSIGN_OR_RETURN(const StoredBody stored,
                        CopyRange(context, source, 0, source.size_bytes, algorithm));
  return Put(stored, target);
}

Status Vault::CreateBucket(std::string_view bucket, std::string_view region) {
  return ledger_.Write([&](Transaction& transaction) {
    return ledger::InsertS3Bucket(transaction, {.name = std::string(bucket),
                                                .table_arn = "",
                                                .created_at = clock_.Now(),
                                                .region = std::string(region)});
  });
}

Status Vault::DeleteBucket(std::string_view bucket) {
  FIRN_ASSIGN_OR_RETURN(
      auto files,
      ledger_.Write([&](Transaction& transaction) -> Result<std::vector<std::string>> {
        FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
        if (!found) return NoSuchBucket();
        FIRN_ASSIGN_OR_RETURN(const bool empty, ledger::S3BucketIsEmpty(transaction, bucket));
        if (!empty) {
          return FailedPrecondition("BucketNotEmpty",
                                    "The bucket you tried to delete is not empty");
        }
        return ledger::DeleteS3BucketWithObjects(transaction, bucket);
      }));
  RetireFiles(std::move(files));
  return Ok();
}

Result<std::vector<ledger::S3BucketRow>> Vault::ListBuckets() {
  return ledger_.Read([](Transaction& transaction) { return ledger::ListS3Buckets(transaction); });
}

Result<std::vector<S3ObjectRow>> Vault::List(const ledger::S3ListRange& range) {
  return ledger_.Read(
      [&](Transaction& transaction) { return ledger::ListS3Objects(transaction, range); });
}

Result<std::optional<std::string>> Vault::FindSetting(std::string_view bucket,
                                                      std::string_view name) {
  return ledger_.Read([&](Transaction& transaction) -> Result<std::optional<std::string>> {
    FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
    if (!found) return NoSuchBucket();
    return ledger::FindS3BucketSetting(transaction, bucket, name);
  });
}

Status Vault::PutSetting(std::string_view bucket, std::string_view name,
                         std::string_view document) {
  return ledger_.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
    if (!found) return NoSuchBucket();
    return ledger::PutS3BucketSetting(transaction, bucket, name, document);
  });
}

Status Vault::DeleteSetting(std::string_view bucket, std::string_view name) {
  return ledger_.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
    if (!found) return NoSuchBucket();
    return ledger::DeleteS3BucketSetting(transaction, bucket, name);
  });
}

void Vault::RetireFiles(std::vector<std::string> files) {
  for (std::string& file : files) files_->Retire(BlobName(std::move(file)));
}

Result<S3UploadRow> Vault::CreateUpload(S3UploadRow upload) {
  upload.upload_id = RandomText(random_, 64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789");
  upload.created_at = clock_.Now();
  FIRN_TRY(ledger_.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto bucket, ledger::FindS3Bucket(transaction, upload.bucket));
    if (!bucket) return NoSuchBucket();
    return ledger::InsertS3Upload(transaction, upload);
  }));
  return upload;
}

Result<S3UploadRow> Vault::FindUpload(std::string_view upload_id, std::string_view bucket,
                                      std::string_view key) {
  FIRN_ASSIGN_OR_RETURN(auto upload, ledger_.Read([&](Transaction& transaction) {
    return ledger::FindS3Upload(transaction, upload_id);
  }));
  if (!upload || upload->bucket != bucket || upload->key != key) return NoSuchUpload();
  return *std::move(upload);
}

Result<S3PartRow> Vault::PutPart(const StoredBody& stored, std::string_view upload_id,
                                 std::int64_t part_number) {
  S3PartRow part{.upload_id = std::string(upload_id),
                 .part_number = part_number,
                 .file = stored.file.value(),
                 .size_bytes = stored.size_bytes,
                 .etag = stored.md5_hex,
                 .checksum = stored.checksum,
                 .modified_at = clock_.Now()};
  const auto replaced = ledger_.Write(
      [&](Transaction& transaction) -> Result<std::optional<std::string>> {
        FIRN_ASSIGN_OR_RETURN(const auto upload, ledger::FindS3Upload(transaction, upload_id));
        if (!upload) return NoSuchUpload();
        return ledger::PutS3Part(transaction, part);
      });
  if (!replaced) {
    if (replaced.error().code() != ErrorCode::kCommitStateUnknown) Discard(stored);
    return replaced.error();
  }
  if (*replaced) files_->Retire(BlobName(**replaced));
  return part;
}

Result<std::vector<S3PartRow>> Vault::ListParts(std::string_view upload_id) {
  return ledger_.Read(
      [&](Transaction& transaction) { return ledger::ListS3Parts(transaction, upload_id); });
}

Result<std::vector<S3UploadRow>> Vault::ListUploads(const ledger::S3UploadRange& range) {
  return ledger_.Read(
      [&](Transaction& transaction) { return ledger::ListS3Uploads(transaction, range); });
}

Result<S3ObjectRow> Vault::CompleteUpload(const Completion& completion) {
  FIRN_ASSIGN_OR_RETURN(const S3UploadRow upload,
                        FindUpload(completion.upload_id, completion.bucket, completion.key));
  FIRN_ASSIGN_OR_RETURN(const auto stored_parts, ListParts(completion.upload_id));
  FIRN_ASSIGN_OR_RETURN(auto chosen, ChooseParts(completion, stored_parts));
  const CompletedUpload completed{.upload_id = completion.upload_id, .parts = std::move(chosen)};
  const std::vector<S3PartRow>& parts = completed.parts;
  S3ObjectRow row{.bucket = completion.bucket,
                  .key = completion.key,
                  .file = parts.size() == 1 ? parts[0].file : files_->MakeName().value(),
                  .size_bytes = 0,
                  .etag = MultipartEtag(parts),
                  .checksum = upload.checksum.composite
                                  ? CompositeChecksum(upload.checksum.algorithm, parts)
                                  : FullObjectChecksum(parts),
                  .content_type = upload.content_type,
                  .headers = upload.headers,
                  .part_count = static_cast<std::int64_t>(parts.size()),
                  .modified_at = clock_.Now(),
                  .tags = upload.tags};
  for (const S3PartRow& part : parts) row.size_bytes += part.size_bytes;
  if (row.size_bytes > kObjectBytesMax) {
    return InvalidArgument("EntityTooLarge",
                           "Your proposed upload exceeds the maximum allowed size");
  }
  if (completion.size_bytes && *completion.size_bytes != row.size_bytes) {
    return InvalidArgument("InvalidRequest", "The provided 'x-amz-mp-object-size' header does not "
                                             "match what was computed.");
  }
  if (completion.checksum_value && *completion.checksum_value != row.checksum.value) {
    return InvalidArgument("BadDigest", "The " + row.checksum.algorithm +
                                            " you specified did not match the calculated "
                                            "checksum.");
  }
  return PutRow(std::move(row), completion.condition, &completed);
}

Status Vault::AbortUpload(std::string_view upload_id) {
  FIRN_ASSIGN_OR_RETURN(auto files, ledger_.Write([&](Transaction& transaction) {
    return ledger::DeleteS3Upload(transaction, upload_id);
  }));
  RetireFiles(std::move(files));
  return Ok();
}

}  // namespace firn::s3
