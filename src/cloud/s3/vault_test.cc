#include "cloud/s3/vault.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/result_testing.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::SizeIs;

class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("firn-vault-" + NewUuid(SecureRandom()));
    std::filesystem::create_directories(folder_);
    Open();
    ASSERT_THAT(vault_->CreateBucket("bucket", "us-east-1"), HasValue());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Open() {
    vault_.reset();
    ledger_.reset();
    auto ledger = ledger::Ledger::Open(folder_ / "ledger.sqlite");
    ASSERT_TRUE(ledger.has_value()) << ledger.error().ToString();
    ledger_ = *std::move(ledger);
    auto files = BlobFiles::Open(folder_ / "objects", SecureRandom(), clock_);
    ASSERT_TRUE(files.has_value()) << files.error().ToString();
    vault_ = std::make_unique<Vault>(*ledger_, *std::move(files), clock_, SecureRandom());
  }

  Result<ledger::S3ObjectRow> Put(std::string key, std::string_view bytes, PutCondition condition = {}) {
    return vault_->PutBytes(context_, bytes,
                            {.bucket = "bucket", .key = std::move(key), .condition = condition});
  }
  std::size_t FileCount() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "objects")) {
      count += entry.is_regular_file() && entry.file_size() > 0 ? 1 : 0;  // Empty ones are spares.
    }
    return count;
  }
  Result<StoredBody> Receive(std::string_view bytes, BodyClaims claims) {
    http::TextBodyReader body(bytes, bytes.size() > 1000 ? 5000 : 3);
    return vault_->Receive(context_, body, claims);
  }

  std::filesystem::path PathOf(const std::string& file) const {
    return folder_ / "objects" / file.substr(0, 2) / file;
  }
  static std::string ReadFile(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  static void WriteFile(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::filesystem::path folder_;
  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  Context context_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Vault> vault_;
};

TEST_F(VaultTest, KeepsWhatWasPutOverARestart) {
  ASSERT_OK_AND_ASSIGN(const auto row, Put("../../etc/passwd", "hello"));
  EXPECT_EQ(row.etag, "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(row.checksum.algorithm, "CRC64NVME");
  Open();
  ASSERT_OK_AND_ASSIGN(const auto found, vault_->Find("bucket", "../../etc/passwd"));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(found, 100));
  EXPECT_EQ(bytes, "hello");
}

TEST_F(VaultTest, LeavesNothingOfABodyThatIsNotWhatItClaims) {
  std::vector<BodyClaims> wrong(5);
  wrong[0].length_bytes = 4;
  wrong[1].sha256_hex = std::string(64, '0');
  wrong[2].md5 = std::string(16, '\0');
  wrong[3].checksum = {.algorithm = "CRC32", .value = "AAAAAA=="};
  wrong[4].checksum = {.algorithm = "CRC32", .in_trailer = true};
  const std::vector<std::string> reasons = {"IncompleteBody", "XAmzContentSHA256Mismatch", "BadDigest",
                                            "BadDigest", "MalformedTrailerError"};
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_THAT(Receive("hello", wrong[i]), IsError(ErrorCode::kInvalidArgument, reasons[i]));
  }
  wrong[4].find_trailer = [](std::string_view) { return std::optional<std::string>("AAAAAA=="); };
  EXPECT_THAT(Receive("hello", wrong[4]), IsError(ErrorCode::kInvalidArgument, "BadDigest"));
  wrong[4].find_trailer = [](std::string_view) { return std::optional<std::string>("NhCmhg=="); };
  ASSERT_OK_AND_ASSIGN(const auto stored, Receive("hello", wrong[4]));
  EXPECT_EQ(stored.size_bytes, 5U);
  EXPECT_EQ(FileCount(), 1U);
  EXPECT_THAT(vault_->Find("bucket", "k"), IsError(ErrorCode::kNotFound, "NoSuchKey"));
}

TEST_F(VaultTest, DecidesConditionsAtTheName) {
  ASSERT_OK_AND_ASSIGN(const auto first, Put("k", "1", {.if_absent = true}));
  EXPECT_THAT(Put("k", "2", {.if_absent = true}),
              IsError(ErrorCode::kFailedPrecondition, "PreconditionFailed"));
  EXPECT_THAT(Put("k", "2", {.if_match_etag = "0"}),
              IsError(ErrorCode::kFailedPrecondition, "PreconditionFailed"));
  EXPECT_THAT(Put("none", "2", {.if_match_etag = "0"}), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  EXPECT_THAT(Put("k", "2", {.if_match_etag = first.etag}), HasValue());
  ASSERT_OK_AND_ASSIGN(const auto row, vault_->Find("bucket", "k"));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(row, 10));
  EXPECT_EQ(bytes, "2");
}

TEST_F(VaultTest, RemovesReplacedFilesOnceTheirReadersAreDone) {
  ASSERT_THAT(Put("k", "1"), HasValue());
  ASSERT_THAT(Put("k", "2"), HasValue());
  EXPECT_EQ(FileCount(), 2U);
  clock_.Advance(kRetiredFileAge);
  ASSERT_THAT(Put("k", "3"), HasValue());
  EXPECT_EQ(FileCount(), 2U);
}

TEST_F(VaultTest, SweepsWhatACrashLeft) {
  ASSERT_OK_AND_ASSIGN(const auto kept, Put("k", "kept"));
  ASSERT_THAT(Receive("unnamed", {}), HasValue());
  std::ofstream(PathOf(kept.file).parent_path() / "0123.tmp") << "half";
  std::ofstream(PathOf(kept.file).parent_path() / "README") << "not ours";
  EXPECT_EQ(FileCount(), 4U);
  Open();
  ASSERT_OK_AND_ASSIGN(const std::size_t removed, vault_->Sweep());
  EXPECT_EQ(removed, 2U);
  EXPECT_THAT(vault_->ReadAll(kept, 10), HasValue());
}

TEST_F(VaultTest, SeesAFlippedBitAndALostTail) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, kBlockBytes, kBlockBytes + 1, 5 * kBlockBytes / 2}) {
    const std::string bytes(size, 'x');
    ASSERT_OK_AND_ASSIGN(const auto row, Put("k" + std::to_string(size), bytes));
    const std::string whole = ReadFile(PathOf(row.file));
    ASSERT_OK_AND_ASSIGN(const std::string same, vault_->ReadAll(row, size));
    EXPECT_TRUE(same == bytes);
    for (std::size_t at = 0; at < whole.size(); at += at + 61 < size ? size / 7 + 1 : 3) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      WriteFile(PathOf(row.file), flipped);
      EXPECT_THAT(vault_->ReadAll(row, size), IsError(ErrorCode::kDataCorruption, "BlobCorrupt")) << size << " at " << at;
    }
    for (const std::size_t lost : {std::size_t{1}, whole.size() - size - 1, whole.size()}) {
      if (whole.size() - lost == size) continue;  // All the bytes are there: a file of before.
      WriteFile(PathOf(row.file), whole.substr(0, whole.size() - lost));
      EXPECT_THAT(vault_->ReadAll(row, size), IsError(ErrorCode::kDataCorruption)) << size << " without " << lost;
    }
    std::filesystem::remove(PathOf(row.file));
    EXPECT_THAT(vault_->ReadAll(row, size), IsError(ErrorCode::kDataCorruption, "BlobMissing"));
  }
}

TEST_F(VaultTest, ReadsFilesOfBeforeBlocksHadChecksums) {
  ASSERT_OK_AND_ASSIGN(const auto row, Put("k", "hello"));
  WriteFile(PathOf(row.file), "hello");
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(row, 10));
  EXPECT_EQ(bytes, "hello");
  WriteFile(PathOf(row.file), "hellp");
  EXPECT_THAT(vault_->ReadAll(row, 10), IsError(ErrorCode::kDataCorruption, "ObjectCorrupt"));
}

TEST_F(VaultTest, ReadsAStretchAndChecksNoMoreThanItsBlocks) {
  std::string bytes(3 * kBlockBytes + 100, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 / 7);
  ASSERT_OK_AND_ASSIGN(const auto row, Put("k", bytes));
  std::string file = ReadFile(PathOf(row.file));
  file[0] = static_cast<char>(file[0] ^ 1);
  WriteFile(PathOf(row.file), file);
  for (const auto& [offset, length] : std::vector<std::pair<std::size_t, std::size_t>>{
           {kBlockBytes, 1}, {2 * kBlockBytes - 1, 2}, {kBlockBytes + 5, 2 * kBlockBytes + 95}, {bytes.size() - 1, 1},
           {bytes.size(), 0}}) {
    ASSERT_OK_AND_ASSIGN(const auto reader, vault_->Read(row, offset, length));
    std::string read;
    while (read.size() < length) {
      ASSERT_OK_AND_ASSIGN(const std::string_view piece, reader->Next());
      ASSERT_FALSE(piece.empty());
      read += piece;
    }
    EXPECT_TRUE(read == bytes.substr(offset, length)) << offset;
    ASSERT_OK_AND_ASSIGN(const std::string_view end, reader->Next());
    EXPECT_TRUE(end.empty());
  }
  EXPECT_THAT(vault_->Read(row, 10, 1), IsError(ErrorCode::kDataCorruption, "BlobCorrupt"));
}

TEST_F(VaultTest, CopiesWithoutCopyingAndOutlivesTheSource) {
  ASSERT_OK_AND_ASSIGN(const auto source, Put("k", "hello"));
  ASSERT_OK_AND_ASSIGN(const auto copy, vault_->Copy(context_, source, {.bucket = "bucket", .key = "copy"}, ""));
  EXPECT_EQ(std::filesystem::hard_link_count(PathOf(copy.file)), 2U);
  EXPECT_EQ(copy.etag, source.etag);
  ASSERT_OK_AND_ASSIGN(const auto other,
                       vault_->Copy(context_, source, {.bucket = "bucket", .key = "other"}, "SHA256"));
  EXPECT_EQ(other.checksum.algorithm, "SHA256");
  EXPECT_EQ(std::filesystem::hard_link_count(PathOf(other.file)), 1U);
  ASSERT_THAT(vault_->Delete("bucket", "k"), HasValue());
  clock_.Advance(kRetiredFileAge * 2);
  ASSERT_THAT(Put("x", "y"), HasValue());
  ASSERT_THAT(vault_->Delete("bucket", "x"), HasValue());
  Open();
  ASSERT_THAT(vault_->Sweep(), HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(copy, 10));
  EXPECT_EQ(bytes, "hello");
}

TEST_F(VaultTest, RefusesUnknownBuckets) {
  EXPECT_THAT(vault_->PutBytes(context_, "x", {.bucket = "none", .key = "k"}),
              IsError(ErrorCode::kNotFound, "NoSuchBucket"));
  EXPECT_THAT(vault_->Find("none", "k"), IsError(ErrorCode::kNotFound, "NoSuchBucket"));
  EXPECT_THAT(vault_->Delete("none", "k"), IsError(ErrorCode::kNotFound, "NoSuchBucket"));
  EXPECT_THAT(vault_->DeleteBucket("none"), IsError(ErrorCode::kNotFound, "NoSuchBucket"));
  EXPECT_THAT(vault_->CreateBucket("bucket", "us-east-1"), IsError(ErrorCode::kAlreadyExists));
  ASSERT_THAT(Put("k", "1"), HasValue());
  EXPECT_THAT(vault_->DeleteBucket("bucket"), IsError(ErrorCode::kFailedPrecondition, "BucketNotEmpty"));
  EXPECT_THAT(vault_->Delete("bucket", "absent"), HasValue());
  EXPECT_THAT(vault_->Delete("bucket", "k"), HasValue());
  EXPECT_THAT(vault_->DeleteBucket("bucket"), HasValue());
}

class UploadTest : public VaultTest {
 protected:
  void SetUp() override {
    VaultTest::SetUp();
    ASSERT_OK_AND_ASSIGN(const auto upload,
                         vault_->CreateUpload({.bucket = "bucket", .key = "k", .headers = "{}"}));
    upload_id_ = upload.upload_id;
  }
  std::string PutPart(std::int64_t number, std::string_view bytes) {
    const auto stored = Receive(bytes, {});
    FIRN_CHECK(stored.has_value());
    const auto part = vault_->PutPart(*stored, upload_id_, number);
    FIRN_CHECK(part.has_value());
    return part->etag;
  }
  Result<ledger::S3ObjectRow> Complete(std::vector<CompletedPart> parts) {
    return vault_->CompleteUpload({.upload_id = upload_id_, .bucket = "bucket", .key = "k",
                                             .parts = std::move(parts)});
  }
  std::string upload_id_;
};

TEST_F(UploadTest, JoinsItsParts) {
  const std::string big(kPartBytesMin, 'a');
  const std::string first = PutPart(1, big);
  const std::string last = PutPart(7, "tail");
  ASSERT_OK_AND_ASSIGN(const auto row, Complete({{1, first, ""}, {7, last, ""}}));
  EXPECT_EQ(row.size_bytes, big.size() + 4);
  EXPECT_EQ(row.part_count, 2);
  EXPECT_TRUE(row.etag.ends_with("-2"));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(row, big.size() + 4));
  EXPECT_EQ(bytes, big + "tail");
  EXPECT_EQ(row.checksum.value, Base64Encode(AsBytes(Digest(DigestKind::kCrc64Nvme, bytes))));
  EXPECT_THAT(vault_->ListParts(upload_id_), HasValue());
  EXPECT_THAT(Complete({{1, first, ""}}), IsError(ErrorCode::kNotFound, "NoSuchUpload"));
}

TEST_F(UploadTest, KeepsThePartsFilesUntilTheObjectGoes) {
  const std::string big(kPartBytesMin, 'a');
  const std::string first = PutPart(1, big);
  PutPart(2, "never used");
  const std::string last = PutPart(3, "tail");
  ASSERT_OK_AND_ASSIGN(const auto row, Complete({{1, first, ""}, {3, last, ""}}));
  ASSERT_OK_AND_ASSIGN(const auto parts, vault_->ListObjectParts(row));
  ASSERT_THAT(parts, SizeIs(2));
  Open();
  ASSERT_OK_AND_ASSIGN(const std::size_t swept, vault_->Sweep());
  EXPECT_EQ(swept, 1U);  // The part that was not used.
  ASSERT_OK_AND_ASSIGN(const auto reader, vault_->Read(row, big.size() - 1, 3));
  ASSERT_OK_AND_ASSIGN(const std::string_view end_of_first, reader->Next());
  EXPECT_EQ(end_of_first, "a");
  ASSERT_OK_AND_ASSIGN(const std::string_view begin_of_last, reader->Next());
  EXPECT_EQ(begin_of_last, "ta");
  ASSERT_OK_AND_ASSIGN(const auto copy, vault_->Copy(context_, row, {.bucket = "bucket", .key = "copy"}, ""));
  EXPECT_EQ(copy.part_count, 0);
  EXPECT_EQ(copy.etag, HexEncode(AsBytes(Md5(big + "tail"))));
  ASSERT_THAT(Put("k", "replaced"), HasValue());
  Open();
  ASSERT_THAT(vault_->Sweep(), HasValue());
  EXPECT_EQ(FileCount(), 2U);
}

TEST_F(UploadTest, KeepsTheOnlyPartsFile) {
  const std::string etag = PutPart(3, "only");
  ASSERT_OK_AND_ASSIGN(const auto row, Complete({{3, etag, ""}}));
  clock_.Advance(kRetiredFileAge * 2);
  ASSERT_THAT(Put("other", "x"), HasValue());
  ASSERT_THAT(Put("other", "y"), HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(row, 10));
  EXPECT_EQ(bytes, "only");
  Open();
  EXPECT_THAT(vault_->Sweep(), HasValue());
  EXPECT_THAT(vault_->ReadAll(row, 10), HasValue());
}

TEST_F(UploadTest, RefusesListsThatAreNotItsParts) {
  const std::string first = PutPart(1, "small");
  const std::string second = PutPart(2, "tail");
  EXPECT_THAT(Complete({}), IsError(ErrorCode::kInvalidArgument, "MalformedXML"));
  EXPECT_THAT(Complete({{2, second, ""}, {1, first, ""}}), IsError(ErrorCode::kInvalidArgument, "InvalidPartOrder"));
  EXPECT_THAT(Complete({{1, first, ""}, {1, first, ""}}), IsError(ErrorCode::kInvalidArgument, "InvalidPartOrder"));
  EXPECT_THAT(Complete({{3, first, ""}}), IsError(ErrorCode::kInvalidArgument, "InvalidPart"));
  EXPECT_THAT(Complete({{1, second, ""}}), IsError(ErrorCode::kInvalidArgument, "InvalidPart"));
  EXPECT_THAT(Complete({{1, first, "AAAA"}}), IsError(ErrorCode::kInvalidArgument, "InvalidPart"));
  EXPECT_THAT(Complete({{1, first, ""}, {2, second, ""}}), IsError(ErrorCode::kInvalidArgument, "EntityTooSmall"));
  EXPECT_THAT(vault_->FindUpload(upload_id_, "bucket", "other"), IsError(ErrorCode::kNotFound, "NoSuchUpload"));
  EXPECT_THAT(vault_->AbortUpload(upload_id_), HasValue());
  EXPECT_THAT(Complete({{1, first, ""}}), IsError(ErrorCode::kNotFound, "NoSuchUpload"));
}

}  // namespace
}  // namespace firn::s3
