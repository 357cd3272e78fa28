#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "cloud/ledger/s3_rows.h"
#include "cloud/s3/overlapped_hasher.h"
#include "wire/http/message.h"

/// S3's additional checksums: names, headers, and the digests of one body.

namespace firn::s3 {

/// `CRC32` → its digest. nullopt for an algorithm that is not supported.
std::optional<DigestKind> DigestOfAlgorithm(std::string_view algorithm);
/// `CRC32` → `x-amz-checksum-crc32`.
std::string ChecksumHeaderName(std::string_view algorithm);
/// The element of the same checksum in XML: `ChecksumCRC32`.
std::string ChecksumElementName(std::string_view algorithm);
/// All supported algorithms, as S3 writes them.
const std::vector<std::string>& ChecksumAlgorithms();

/// What a request says of its body's checksum.
struct ChecksumClaim {
  std::string algorithm;              ///< Empty when the client sent none.
  std::optional<std::string> value;   ///< Base64; absent when it comes in the trailer, or not at all.
  bool in_trailer = false;
};
/// Reads x-amz-checksum-*, x-amz-trailer and x-amz-sdk-checksum-algorithm.
/// Errors: kInvalidArgument/InvalidRequest for several, an unknown one, or a value of the wrong length.
Result<ChecksumClaim> ParseChecksumClaim(const http::Headers& headers);

/// Errors: kInvalidArgument/InvalidRequest unless base64 of that algorithm's length.
Status CheckChecksumText(std::string_view algorithm, std::string_view base64);

/// MD5, and if asked SHA-256 and one checksum, of a body that passes by. MD5, the slowest, is computed by a thread of
/// `pool` beside the others. Thread-compatible; one use.
class BodyDigests {
 public:
  BodyDigests(std::string_view checksum_algorithm, bool with_sha256, ThreadPool& pool);
  /// `bytes` must stay as they are until the next call returns: a caller that reads into two buffers by turns never
  /// waits for the MD5 of one while it reads the other.
  void Update(std::string_view bytes);
  /// Waits until no bytes are being read: for a caller with one buffer.
  void Settle() { md5_hasher_.Settle(); }
  /// REQUIRES: not called before.
  void Finish();

  // After Finish.
  const std::string& md5() const { return md5_; }        ///< Raw.
  const std::string& sha256() const { return sha256_; }  ///< Raw; empty when not asked for.
  const ledger::S3Checksum& checksum() const { return checksum_; }

 private:
  OverlappedHasher md5_hasher_;
  std::optional<Hasher> sha256_hasher_;
  std::optional<Hasher> checksum_hasher_;
  std::string md5_;
  std::string sha256_;
  ledger::S3Checksum checksum_;
};

/// The checksum of the joined bytes, from those of the parts; none unless all parts have one CRC.
ledger::S3Checksum FullObjectChecksum(const std::vector<ledger::S3PartRow>& parts);
/// The checksum of checksums of a multipart object: `<base64>-<count>`.
/// REQUIRES: every part has a checksum of that algorithm.
ledger::S3Checksum CompositeChecksum(std::string_view algorithm,
                                     const std::vector<ledger::S3PartRow>& parts);

}  // namespace firn::s3
