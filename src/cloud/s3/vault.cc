#include "cloud/s3/vault.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/encoding.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {
namespace {

using ledger::S3ObjectRow;
using ledger::S3PartRow;
using ledger::S3UploadRow;
using ledger::Transaction;

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

/// A part put again since it was chosen has lost its file.
Status CheckStillThere(Transaction& transaction, const CompletedUpload& completed) {
  FIRN_ASSIGN_OR_RETURN(const auto upload, ledger::FindS3Upload(transaction, completed.upload_id));
  if (!upload) return NoSuchUpload();
  FIRN_ASSIGN_OR_RETURN(const auto now, ledger::ListS3Parts(transaction, completed.upload_id));
  for (const S3PartRow& part : completed.parts) {
    const bool is_there = std::any_of(now.begin(), now.end(), [&](const S3PartRow& candidate) {
      return candidate.file == part.file;
    });
    if (!is_there) return InvalidPart();
  }
  return Ok();
}

}  // namespace

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
      claims.checksum.algorithm.empty() ? "CRC64NVME" : claims.checksum.algorithm;
  BodyDigests digests(algorithm, !claims.sha256_hex.empty());
  std::vector<char> buffer(kCopyBytes);
  while (true) {
    FIRN_TRY(context.Check());
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
    if (completed != nullptr) {
      FIRN_TRY(CheckStillThere(transaction, *completed));
      FIRN_ASSIGN_OR_RETURN(replaced, ledger::DeleteS3Upload(transaction, completed->upload_id));
      std::erase(replaced, row.file);
    }
    FIRN_ASSIGN_OR_RETURN(auto old, ledger::PutS3Object(transaction, row));
    if (old) replaced.push_back(*std::move(old));
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
                     .modified_at = clock_.Now()};
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

Result<std::string> Vault::ReadAll(const S3ObjectRow& object, std::uint64_t bytes_max) {
  if (object.size_bytes > bytes_max) {
    return ResourceExhausted("ObjectTooLarge", "s3://" + object.bucket + "/" + object.key +
                                                   " has " + std::to_string(object.size_bytes) +
                                                   " bytes, over the limit of " +
                                                   std::to_string(bytes_max));
  }
  FIRN_ASSIGN_OR_RETURN(std::string bytes,
                        files_->ReadAll(BlobName(object.file), object.size_bytes));
  if (object.part_count == 0 && HexEncode(AsBytes(Md5(bytes))) != object.etag) {
    return DataCorruption("ObjectCorrupt", "the bytes of s3://" + object.bucket + "/" +
                                               object.key + " on disk (file " + object.file +
                                               ") are not those that were put");
  }
  return bytes;
}

Status Vault::Delete(std::string_view bucket, std::string_view key) {
  FIRN_ASSIGN_OR_RETURN(
      auto file, ledger_.Write([&](Transaction& transaction) -> Result<std::optional<std::string>> {
        FIRN_ASSIGN_OR_RETURN(const auto found, ledger::FindS3Bucket(transaction, bucket));
        if (!found) return NoSuchBucket();
        return ledger::DeleteS3Object(transaction, bucket, key);
      }));
  if (file) files_->Retire(BlobName(*std::move(file)));
  return Ok();
}

Status Vault::CopyInto(const Context& context, std::string_view file, BlobWriter& writer,
                       BodyDigests& digests) {
  const std::filesystem::path path = files_->PathOf(BlobName(std::string(file)));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return DataCorruption("BlobMissing",
                          "the file of an object is missing: " + std::string(file));
  }
  std::vector<char> buffer(kCopyBytes);
  Status status = Ok();
  while (status) {
    status = context.Check();
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      status = Unavailable("ReadFailed",
                           std::string("reading an object: ") + std::strerror(errno));
      break;
    }
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    digests.Update(piece);
    if (status) status = writer.Append(piece);
  }
  ::close(descriptor);
  return status;
}

Result<S3ObjectRow> Vault::Copy(const Context& context, const S3ObjectRow& source,
                                const PutTarget& target) {
  FIRN_TRY(CheckFile(source));
  FIRN_ASSIGN_OR_RETURN(BlobWriter writer, files_->Create(source.size_bytes));
  const bool keep_algorithm = !source.checksum.algorithm.empty() && !source.checksum.composite;
  BodyDigests digests(keep_algorithm ? source.checksum.algorithm : "CRC64NVME", false);
  FIRN_TRY(CopyInto(context, source.file, writer, digests));
  digests.Finish();
  const std::uint64_t size_bytes = writer.size_bytes();
  FIRN_ASSIGN_OR_RETURN(BlobName file, writer.Publish());
  return Put(StoredBody{.file = std::move(file),
                        .size_bytes = size_bytes,
                        .md5_hex = HexEncode(AsBytes(digests.md5())),
                        .checksum = digests.checksum()},
             target);
}

Status Vault::CreateBucket(std::string_view bucket) {
  return ledger_.Write([&](Transaction& transaction) {
    return ledger::InsertS3Bucket(transaction, {.name = std::string(bucket),
                                                .table_arn = "",
                                                .created_at = clock_.Now()});
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

Result<std::vector<S3UploadRow>> Vault::ListUploads(std::string_view bucket) {
  return ledger_.Read(
      [&](Transaction& transaction) { return ledger::ListS3Uploads(transaction, bucket); });
}

Result<StoredBody> Vault::JoinParts(const Context& context, const std::vector<S3PartRow>& parts,
                                    std::string_view checksum_algorithm) {
  if (parts.size() == 1) {  // The part's file is the object's.
    return StoredBody{.file = BlobName(parts[0].file),
                      .size_bytes = parts[0].size_bytes,
                      .md5_hex = parts[0].etag,
                      .checksum = parts[0].checksum};
  }
  std::uint64_t size_bytes = 0;
  for (const S3PartRow& part : parts) size_bytes += part.size_bytes;
  if (size_bytes > kObjectBytesMax) {
    return InvalidArgument("EntityTooLarge",
                           "Your proposed upload exceeds the maximum allowed size");
  }
  FIRN_ASSIGN_OR_RETURN(BlobWriter writer, files_->Create(size_bytes));
  BodyDigests digests(checksum_algorithm, false);
  for (const S3PartRow& part : parts) FIRN_TRY(CopyInto(context, part.file, writer, digests));
  if (writer.size_bytes() != size_bytes) {
    return DataCorruption("BlobTruncated", "a part of an upload is not as long as it was put");
  }
  digests.Finish();
  FIRN_ASSIGN_OR_RETURN(BlobName file, writer.Publish());
  return StoredBody{.file = std::move(file),
                    .size_bytes = size_bytes,
                    .md5_hex = "",
                    .checksum = digests.checksum()};
}

Result<S3ObjectRow> Vault::CompleteUpload(const Context& context, const Completion& completion) {
  FIRN_ASSIGN_OR_RETURN(const S3UploadRow upload,
                        FindUpload(completion.upload_id, completion.bucket, completion.key));
  FIRN_ASSIGN_OR_RETURN(const auto stored_parts, ListParts(completion.upload_id));
  FIRN_ASSIGN_OR_RETURN(const auto parts, ChooseParts(completion, stored_parts));
  FIRN_ASSIGN_OR_RETURN(const StoredBody joined,
                        JoinParts(context, parts,
                                  upload.checksum.algorithm.empty() ? "CRC64NVME"
                                                                    : upload.checksum.algorithm));
  const bool is_new_file = parts.size() > 1;
  S3ObjectRow row{.bucket = completion.bucket,
                  .key = completion.key,
                  .file = joined.file.value(),
                  .size_bytes = joined.size_bytes,
                  .etag = MultipartEtag(parts),
                  .checksum = upload.checksum.composite
                                  ? CompositeChecksum(upload.checksum.algorithm, parts)
                                  : joined.checksum,
                  .content_type = upload.content_type,
                  .headers = upload.headers,
                  .part_count = static_cast<std::int64_t>(parts.size()),
                  .modified_at = clock_.Now()};
  if (completion.checksum_value && *completion.checksum_value != row.checksum.value) {
    if (is_new_file) Discard(joined);
    return InvalidArgument("BadDigest", "The " + row.checksum.algorithm +
                                            " you specified did not match the calculated "
                                            "checksum.");
  }
  const CompletedUpload completed{.upload_id = completion.upload_id, .parts = parts};
  auto outcome = PutRow(std::move(row), completion.condition,
                        &completed);
  if (!outcome && is_new_file && outcome.error().code() != ErrorCode::kCommitStateUnknown) {
    Discard(joined);
  }
  return outcome;
}

Status Vault::AbortUpload(std::string_view upload_id) {
  FIRN_ASSIGN_OR_RETURN(auto files, ledger_.Write([&](Transaction& transaction) {
    return ledger::DeleteS3Upload(transaction, upload_id);
  }));
  RetireFiles(std::move(files));
  return Ok();
}

}  // namespace firn::s3
