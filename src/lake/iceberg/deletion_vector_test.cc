#include "lake/iceberg/deletion_vector.h"

#include "base/json.h"
#include "base/result_testing.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::IsError;

TEST(DeletionVectors, ComeBackAsTheyWent) {
  const std::vector<RowPositions> cases = {
      {},
      {0},
      {0, 1, 2, 3, 65535, 65536, 1'000'000},
      {5, (std::int64_t{1} << 32) + 7, (std::int64_t{3} << 32)},
      {INT64_C(0x7FFFFFFF00000001)},
  };
  for (const RowPositions& positions : cases) {
    ASSERT_OK_AND_ASSIGN(const RowPositions back,
                         DecodeDeletionVector(EncodeDeletionVector(positions), 1'000));
    EXPECT_EQ(back, positions);
  }
  RowPositions run;
  for (std::int64_t i = 0; i < 100'000; ++i) run.push_back(i);
  const std::string blob = EncodeDeletionVector(run);
  EXPECT_LT(blob.size(), 200U) << "runs are kept as runs";
  ASSERT_OK_AND_ASSIGN(const RowPositions back, DecodeDeletionVector(blob, 100'000));
  EXPECT_EQ(back, run);
  EXPECT_THAT(DecodeDeletionVector(blob, 99'999),
              IsError(ErrorCode::kResourceExhausted, "TooManyDeletes"));
}

TEST(DeletionVectors, EveryCutAndEveryFlippedByteIsNoticed) {
  const RowPositions positions = {1, 5, 9, 70'000};
  const std::string blob = EncodeDeletionVector(positions);
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_THAT(DecodeDeletionVector(std::string_view(blob).substr(0, size), 100),
                IsError(ErrorCode::kDataCorruption, "InvalidDeletionVector"))
        << size;
  }
  for (std::size_t i = 0; i < blob.size(); ++i) {
    std::string broken = blob;
    broken[i] = static_cast<char>(broken[i] ^ 0x10);
    EXPECT_THAT(DecodeDeletionVector(broken, 100),
                IsError(ErrorCode::kDataCorruption, "InvalidDeletionVector"))
        << i;
  }
}

TEST(PuffinFiles, HoldTheirVectorsWhereTheySay) {
  const std::vector<VectorBlob> blobs = {{"s3://b/a.parquet", {1, 2}}, {"s3://b/b.parquet", {9}}};
  const PuffinFile file = EncodeVectorFile(blobs, "Firn test");
  ASSERT_EQ(file.places.size(), 2U);
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const std::string_view bytes =
        std::string_view(file.bytes)
            .substr(static_cast<std::size_t>(file.places[i].offset_bytes),
                    static_cast<std::size_t>(file.places[i].length_bytes));
    ASSERT_OK_AND_ASSIGN(const RowPositions back, DecodeDeletionVector(bytes, 10));
    EXPECT_EQ(back, blobs[i].positions);
  }
  // Puffin spec, "File structure": Magic Blob… Magic FooterPayload FooterPayloadSize Flags Magic.
  EXPECT_TRUE(file.bytes.starts_with("PFA1"));
  EXPECT_TRUE(file.bytes.ends_with(std::string("\0\0\0\0PFA1", 8)));
  const std::size_t end = file.bytes.size() - 12;
  const std::size_t size = static_cast<unsigned char>(file.bytes[end]) +
                           256U * static_cast<unsigned char>(file.bytes[end + 1]);
  EXPECT_EQ(file.bytes.substr(end - size - 4, 4), "PFA1");
  const json::value footer = json::parse(file.bytes.substr(end - size, size));
  EXPECT_EQ(footer.at("blobs").at(0).at("type").as_string(), "deletion-vector-v1");
  EXPECT_EQ(footer.at("blobs").at(1).at("properties").at("cardinality").as_string(), "1");
}

}  // namespace
}  // namespace firn::iceberg
