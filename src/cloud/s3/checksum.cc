#include "cloud/s3/checksum.h"

#include <array>

#include "base/encoding.h"

namespace firn::s3 {
namespace {

struct Algorithm {
  std::string_view name;
  DigestKind kind;
  std::size_t bytes;
};
constexpr std::array kAlgorithms = {
    Algorithm{"CRC32", DigestKind::kCrc32, 4},         Algorithm{"CRC32C", DigestKind::kCrc32c, 4},
    Algorithm{"CRC64NVME", DigestKind::kCrc64Nvme, 8}, Algorithm{"SHA1", DigestKind::kSha1, 20},
    Algorithm{"SHA256", DigestKind::kSha256, 32},
};
constexpr std::string_view kHeaderPrefix = "x-amz-checksum-";

const Algorithm* FindAlgorithm(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (EqualsIgnoreCaseAscii(algorithm.name, name)) return &algorithm;
  }
  return nullptr;
}

/// x-amz-checksum-mode, -type and -algorithm are no checksums.
bool IsChecksumValueHeader(std::string_view name) {
  if (name.size() <= kHeaderPrefix.size() ||
      !EqualsIgnoreCaseAscii(name.substr(0, kHeaderPrefix.size()), kHeaderPrefix)) {
    return false;
  }
  const std::string_view rest = name.substr(kHeaderPrefix.size());
  return !EqualsIgnoreCaseAscii(rest, "mode") && !EqualsIgnoreCaseAscii(rest, "type") &&
         !EqualsIgnoreCaseAscii(rest, "algorithm");
}

Result<std::string> KnownAlgorithm(std::string_view name) {
  const Algorithm* algorithm = FindAlgorithm(name);
  if (algorithm == nullptr) {
    return InvalidArgument("InvalidRequest", "Checksum algorithm provided is unsupported: " +
                                                 std::string(name.substr(0, 64)) +
                                                 ". Use one of CRC32, CRC32C, CRC64NVME, SHA1, "
                                                 "SHA256.");
  }
  return std::string(algorithm->name);
}

}  // namespace

std::optional<DigestKind> DigestOfAlgorithm(std::string_view algorithm) {
  const Algorithm* found = FindAlgorithm(algorithm);
  if (found == nullptr) return std::nullopt;
  return found->kind;
}

std::string ChecksumHeaderName(std::string_view algorithm) {
  return std::string(kHeaderPrefix) + ToLowerAscii(algorithm);
}

std::string ChecksumElementName(std::string_view algorithm) {
  return "Checksum" + std::string(algorithm);
}

const std::vector<std::string>& ChecksumAlgorithms() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Algorithm& algorithm : kAlgorithms) names.emplace_back(algorithm.name);
    return names;
  }();
  return kNames;
}

Status CheckChecksumText(std::string_view algorithm, std::string_view base64) {
  const Algorithm* found = FindAlgorithm(algorithm);
  const auto raw = Base64Decode(base64);
  if (found == nullptr || !raw || raw->size() != found->bytes) {
    return InvalidArgument("InvalidRequest",
                           "Value for " + ChecksumHeaderName(algorithm) + " header is invalid.");
  }
  return Ok();
}

Result<ChecksumClaim> ParseChecksumClaim(const http::Headers& headers) {
  ChecksumClaim claim;
  for (const http::Header& header : headers.all()) {
    if (!IsChecksumValueHeader(header.name)) continue;
    if (!claim.algorithm.empty()) {
      return InvalidArgument("InvalidRequest",
                             "Expecting a single x-amz-checksum- header. Multiple checksum Types "
                             "are not allowed.");
    }
    FIRN_ASSIGN_OR_RETURN(
        claim.algorithm,
        KnownAlgorithm(std::string_view(header.name).substr(kHeaderPrefix.size())));
    FIRN_TRY(CheckChecksumText(claim.algorithm, header.value));
    claim.value = header.value;
  }
  if (const auto trailer = headers.Find("x-amz-trailer")) {
    if (!IsChecksumValueHeader(*trailer) || !claim.algorithm.empty()) {
      return InvalidArgument("InvalidRequest", "The value specified in the x-amz-trailer header "
                                               "is not supported.");
    }
    FIRN_ASSIGN_OR_RETURN(claim.algorithm, KnownAlgorithm(trailer->substr(kHeaderPrefix.size())));
    claim.in_trailer = true;
  }
  if (const auto sdk = headers.Find("x-amz-sdk-checksum-algorithm");
      sdk && claim.algorithm.empty()) {
    FIRN_ASSIGN_OR_RETURN(claim.algorithm, KnownAlgorithm(*sdk));
  }
  return claim;
}

BodyDigests::BodyDigests(std::string_view checksum_algorithm, bool with_sha256, ThreadPool& pool)
    : md5_hasher_(DigestKind::kMd5, pool) {
  if (with_sha256) sha256_hasher_.emplace(DigestKind::kSha256);
  if (const auto kind = DigestOfAlgorithm(checksum_algorithm)) {
    checksum_hasher_.emplace(*kind);
    checksum_.algorithm = std::string(checksum_algorithm);
  }
}

void BodyDigests::Update(std::string_view bytes) {
  md5_hasher_.Update(bytes);
  if (sha256_hasher_) sha256_hasher_->Update(bytes);
  if (checksum_hasher_) checksum_hasher_->Update(bytes);
}

void BodyDigests::Finish() {
  md5_ = md5_hasher_.Finish();
  if (sha256_hasher_) sha256_ = sha256_hasher_->Finish();
  if (checksum_hasher_) checksum_.value = Base64Encode(AsBytes(checksum_hasher_->Finish()));
}

ledger::S3Checksum FullObjectChecksum(const std::vector<ledger::S3PartRow>& parts) {
  if (parts.empty()) return {};
  const std::string& algorithm = parts.front().checksum.algorithm;
  const auto kind = DigestOfAlgorithm(algorithm);
  if (!kind || !algorithm.starts_with("CRC")) return {};
  std::string combined = Digest(*kind, "");
  for (const ledger::S3PartRow& part : parts) {
    const auto raw = Base64Decode(part.checksum.value);
    if (part.checksum.algorithm != algorithm || !raw) return {};
    combined = CombineCrc(*kind, combined, *raw, part.size_bytes);
  }
  return {.algorithm = algorithm, .value = Base64Encode(AsBytes(combined)), .composite = false};
}

ledger::S3Checksum CompositeChecksum(std::string_view algorithm,
                                     const std::vector<ledger::S3PartRow>& parts) {
  std::string all;
  for (const ledger::S3PartRow& part : parts) {
    const auto raw = Base64Decode(part.checksum.value);
    FIRN_CHECK(raw.has_value());
    all += *raw;
  }
  const auto kind = DigestOfAlgorithm(algorithm);
  FIRN_CHECK(kind.has_value());
  return {.algorithm = std::string(algorithm),
          .value = Base64Encode(AsBytes(Digest(*kind, all))) + "-" + std::to_string(parts.size()),
          .composite = true};
}

}  // namespace firn::s3
