#include "lake/iceberg/manifest.h"

#include <snappy.h>
#include <zstd.h>

#include "base/digest.h"
#include "base/result_testing.h"
#include "lake/iceberg/avro_codec_internal.h"
#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/golden_testing.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const char* const kFolder = "pyiceberg/";
const char* const kFirstManifest = "pyiceberg/ea1e1f66-3b6d-42bc-99fe-509f3871d5b8-m0.avro";
const char* const kLastList =
    "pyiceberg/snap-4108099824026110404-0-976ab1d3-cee5-4483-b569-259b87fbdf3f.avro";

TableMetadata GoldenTable() {
  return *DecodeMetadataFile(
      testing::ReadGolden("pyiceberg/00004-07c074c7-16d9-430c-bee3-993ae023cb81.metadata.json"));
}

std::string GoldenOf(const std::string& path) {
  return testing::ReadGolden(kFolder + path.substr(path.rfind('/') + 1));
}

TEST(GoldenManifests, PyIcebergsListIsRead) {
  ASSERT_OK_AND_ASSIGN(const auto manifests, ReadManifestList(testing::ReadGolden(kLastList)));
  ASSERT_EQ(manifests.size(), 3U);
  for (const ManifestFile& manifest : manifests) {
    EXPECT_EQ(manifest.content, ManifestContent::kData);
    EXPECT_EQ(manifest.length_bytes, static_cast<std::int64_t>(GoldenOf(manifest.path).size()));
    ASSERT_TRUE(manifest.partitions.has_value());
    EXPECT_EQ(manifest.partitions->size(), 5U);
  }
}

TEST(GoldenManifests, PyIcebergsEntriesAreRead) {
  const TableMetadata table = GoldenTable();
  ManifestFile listed;
  listed.path = "m";
  listed.added_snapshot_id = 3520466743665174759;
  listed.sequence_number = 1;
  const auto fields = PartitionFields(table.default_spec(), table.current_schema());
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(testing::ReadGolden(kFirstManifest),
                                                             listed, table.default_spec(), fields));
  ASSERT_EQ(manifest.entries.size(), 2U);
  EXPECT_EQ(manifest.format_version, 2);
  const ManifestEntry& first = manifest.entries[0];
  EXPECT_EQ(first.status, EntryStatus::kAdded);
  EXPECT_EQ(first.snapshot_id, 3520466743665174759);
  EXPECT_EQ(first.sequence_number, 1) << "inherited";
  EXPECT_EQ(first.file_sequence_number, 1);
  EXPECT_EQ(first.data_file.record_count, 1);
  EXPECT_EQ(first.data_file.file_format, "PARQUET");
  EXPECT_EQ(first.data_file.partition,
            (PartitionTuple{Literal::Int(1), Literal::Date(19782), Literal::Int(3),
                            Literal::String("Ång"), Literal::Decimal(1532, 9, 2)}));
  EXPECT_EQ(manifest.entries[1].data_file.partition[1], Literal::Date(-1));
  EXPECT_EQ(manifest.entries[1].data_file.partition[4], Literal::Decimal(-2215, 9, 2));
  EXPECT_EQ(
      *LiteralFromBinary(first.data_file.lower_bounds.at(1), Type::Primitive(TypeKind::kLong)),
      Literal::Long(1000371));
  EXPECT_EQ(first.data_file.null_value_counts.at(1), 0);
  EXPECT_FALSE(first.data_file.split_offsets.empty());
}

DataFile ExampleFile() {
  DataFile file;
  file.file_path = "s3://b/t/data/a.parquet";
  file.partition = {Literal::Int(7), std::nullopt};
  file.record_count = 10;
  file.file_size_bytes = 1234;
  file.column_sizes = {{1, 10}, {2, 20}};
  file.value_counts = {{1, 10}};
  file.null_value_counts = {{1, 0}};
  file.nan_value_counts = {{2, 3}};
  file.lower_bounds = {{1, ToBinary(Literal::Int(-1))}};
  file.upper_bounds = {{1, std::string("\x00\xFF", 2)}};
  file.key_metadata = "k";
  file.split_offsets = {4, 400};
  file.sort_order_id = 1;
  return file;
}

struct Layout {
  Schema schema;
  PartitionSpec spec;

  Layout() {
    schema.fields = {{.id = 1, .name = "n", .type = Type::Primitive(TypeKind::kInt)},
                     {.id = 2, .name = "x", .type = Type::Primitive(TypeKind::kDouble)}};
    spec.fields = {{.source_id = 1, .field_id = 1000, .name = "n", .transform = {}},
                   {.source_id = 2, .field_id = 1001, .name = "x y", .transform = {}}};
  }
  ManifestWriteOptions Options(std::int32_t version,
                               ManifestContent content = ManifestContent::kData) const {
    return {.format_version = version, .content = content, .schema = &schema, .spec = &spec};
  }
  Result<Manifest> Read(std::string_view bytes, const ManifestFile& listed) const {
    return ReadManifest(bytes, listed, spec, PartitionFields(spec, schema));
  }
};

TEST(Manifests, ReadBackAsWrittenInEveryVersion) {
  const Layout layout;
  for (const std::int32_t version : {1, 2, 3}) {
    ManifestEntry entry;
    entry.snapshot_id = 5;
    entry.data_file = ExampleFile();
    if (version == 3) entry.data_file.first_row_id = 100;
    ASSERT_OK_AND_ASSIGN(const std::string bytes,
                         WriteManifest(layout.Options(version), std::span(&entry, 1)));
    ManifestFile listed;
    listed.path = "m";
    listed.added_snapshot_id = 9;
    listed.sequence_number = version == 1 ? 0 : 4;
    listed.first_row_id = version == 3 ? std::optional<std::int64_t>(50) : std::nullopt;
    ASSERT_OK_AND_ASSIGN(const Manifest manifest, layout.Read(bytes, listed));
    EXPECT_EQ(manifest.format_version, version);
    ASSERT_EQ(manifest.entries.size(), 1U);
    EXPECT_EQ(manifest.entries[0].data_file, entry.data_file);
    EXPECT_EQ(manifest.entries[0].snapshot_id, 5);
    EXPECT_EQ(manifest.entries[0].sequence_number, listed.sequence_number);
  }
}

TEST(Manifests, DeletesKeepTheirFields) {
  const Layout layout;
  ManifestEntry equality;
  equality.data_file = ExampleFile();
  equality.data_file.content = FileContent::kEqualityDeletes;
  equality.data_file.equality_ids = {1, 2};
  ManifestEntry vector;
  vector.data_file = ExampleFile();
  vector.data_file.content = FileContent::kPositionDeletes;
  vector.data_file.file_format = "PUFFIN";
  vector.data_file.referenced_data_file = "s3://b/t/data/a.parquet";
  vector.data_file.content_offset_bytes = 4;
  vector.data_file.content_size_bytes = 44;
  const std::vector<ManifestEntry> entries = {equality, vector};
  ASSERT_OK_AND_ASSIGN(const std::string bytes,
                       WriteManifest(layout.Options(3, ManifestContent::kDeletes), entries));
  ASSERT_OK_AND_ASSIGN(const Manifest manifest,
                       layout.Read(bytes, {.path = "m", .sequence_number = 3}));
  EXPECT_EQ(manifest.content, ManifestContent::kDeletes);
  EXPECT_EQ(manifest.entries[0].data_file, equality.data_file);
  EXPECT_EQ(manifest.entries[1].data_file, vector.data_file);
  EXPECT_TRUE(manifest.entries[1].data_file.is_deletion_vector());
}

TEST(Manifests, EntriesInheritWhatTheyLeaveOut) {
  const Layout layout;
  std::vector<ManifestEntry> entries(3);
  for (ManifestEntry& entry : entries) entry.data_file = ExampleFile();
  entries[1].status = EntryStatus::kExisting;
  entries[1].snapshot_id = 1;
  entries[1].sequence_number = 2;
  entries[1].file_sequence_number = 2;
  ASSERT_OK_AND_ASSIGN(const std::string bytes, WriteManifest(layout.Options(3), entries));
  ManifestFile listed{
      .path = "m", .sequence_number = 7, .added_snapshot_id = 77, .first_row_id = 1000};
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, layout.Read(bytes, listed));
  EXPECT_EQ(manifest.entries[0].snapshot_id, 77);
  EXPECT_EQ(manifest.entries[0].sequence_number, 7);
  EXPECT_EQ(manifest.entries[0].file_sequence_number, 7);
  EXPECT_EQ(manifest.entries[0].data_file.first_row_id, 1000);
  EXPECT_EQ(manifest.entries[1].sequence_number, 2);
  EXPECT_EQ(manifest.entries[1].data_file.first_row_id, 1010);
  EXPECT_EQ(manifest.entries[2].data_file.first_row_id, 1020);

  entries[1].sequence_number.reset();
  ASSERT_OK_AND_ASSIGN(const std::string orphan, WriteManifest(layout.Options(2), entries));
  EXPECT_THAT(layout.Read(orphan, listed), IsError(ErrorCode::kDataCorruption, "InvalidManifest"));
  listed.sequence_number = 0;  // As a v1 manifest.
  EXPECT_THAT(layout.Read(orphan, listed), HasValue());
}

TEST(Manifests, EveryPartitionTypeIsKept) {
  Schema schema;
  PartitionSpec spec;
  PartitionTuple tuple;
  const auto add = [&](const char* type, json::value value) {
    const auto id = static_cast<std::int32_t>(schema.fields.size() + 1);
    const std::string name = "p" + std::to_string(id);
    schema.fields.push_back({.id = id, .name = name, .type = *ParsePrimitiveType(type)});
    spec.fields.push_back({.source_id = id, .field_id = 999 + id, .name = name, .transform = {}});
    tuple.push_back(*LiteralFromJson(value, schema.fields.back().type));
  };
  add("boolean", true);
  add("int", -5);
  add("long", INT64_MIN);
  add("float", 0.5);
  add("double", -0.25);
  add("decimal(9, 2)", "-14.20");
  add("decimal(9, 2)", "14.20");
  add("decimal(38, 0)", "-99999999999999999999999999999999999999");
  add("date", "1969-12-31");
  add("time", "22:31:08");
  add("timestamp", "2017-11-16T22:31:08.000001");
  add("timestamptz", "2017-11-16T22:31:08+00:00");
  add("timestamp_ns", "2017-11-16T22:31:08.000000001");
  add("timestamptz_ns", "2017-11-16T22:31:08+00:00");
  add("string", "a\"b");
  add("uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7");
  add("uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e8");
  add("fixed[3]", "000102");
  add("binary", "00");
  ManifestEntry entry;
  entry.data_file = ExampleFile();
  entry.data_file.partition = tuple;
  const ManifestWriteOptions options{.format_version = 3, .schema = &schema, .spec = &spec};
  ASSERT_OK_AND_ASSIGN(const std::string bytes, WriteManifest(options, std::span(&entry, 1)));
  const auto fields = PartitionFields(spec, schema);
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(bytes, {.path = "m"}, spec, fields));
  EXPECT_EQ(manifest.entries[0].data_file.partition, tuple);
  // A column that the schema lost: its values come as Avro has them.
  ASSERT_OK_AND_ASSIGN(const Manifest blind,
                       ReadManifest(bytes, {.path = "m"}, spec, PartitionFields(spec, Schema())));
  EXPECT_EQ(blind.entries[0].data_file.partition[1], Literal::Int(-5));
}

TEST(Manifests, WritingRefusesWhatCannotBe) {
  const Layout layout;
  ManifestEntry entry;
  entry.snapshot_id = 1;
  entry.data_file = ExampleFile();
  const auto write = [&](ManifestWriteOptions options) {
    return WriteManifest(options, std::span(&entry, 1));
  };
  EXPECT_THAT(write(layout.Options(4)), IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  EXPECT_THAT(write(layout.Options(1, ManifestContent::kDeletes)),
              IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  EXPECT_THAT(write(layout.Options(2, ManifestContent::kDeletes)),
              IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  entry.data_file.partition.pop_back();
  EXPECT_THAT(write(layout.Options(2)), IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  entry.data_file.partition = {Literal::String("x"), std::nullopt};
  EXPECT_THAT(write(layout.Options(2)), IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  entry.data_file = ExampleFile();
  entry.snapshot_id.reset();
  EXPECT_THAT(write(layout.Options(1)), IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
}

TEST(Manifests, SummariesCoverEveryEntry) {
  const Layout layout;
  std::vector<ManifestEntry> entries(4);
  for (ManifestEntry& entry : entries) entry.data_file = ExampleFile();
  entries[1].data_file.partition = {Literal::Int(-7), Literal::Double(NAN)};
  entries[2].data_file.partition = {Literal::Int(70), Literal::Double(1)};
  entries[2].status = EntryStatus::kDeleted;
  entries[3].status = EntryStatus::kExisting;
  entries[3].sequence_number = 3;
  ASSERT_OK_AND_ASSIGN(const ManifestFile manifest, SummarizeManifest(layout.Options(2), entries));
  EXPECT_EQ(manifest.added_files_count, 2);
  EXPECT_EQ(manifest.existing_files_count, 1);
  EXPECT_EQ(manifest.deleted_rows_count, 10);
  EXPECT_EQ(manifest.min_sequence_number, 3);
  const auto& summaries = *manifest.partitions;
  EXPECT_FALSE(summaries[0].contains_null);
  EXPECT_EQ(summaries[0].lower_bound, ToBinary(Literal::Int(-7)));
  EXPECT_EQ(summaries[0].upper_bound, ToBinary(Literal::Int(70)));
  EXPECT_TRUE(summaries[1].contains_null);
  EXPECT_EQ(summaries[1].contains_nan, true);
  EXPECT_EQ(summaries[1].lower_bound, ToBinary(Literal::Double(1)));
}

TEST(ManifestLists, ReadBackAsWritten) {
  ManifestFile manifest{
      .path = "s3://m",
      .length_bytes = 100,
      .spec_id = 2,
      .content = ManifestContent::kData,
      .sequence_number = 5,
      .min_sequence_number = 4,
      .added_snapshot_id = 9,
      .added_files_count = 1,
      .existing_files_count = 2,
      .deleted_files_count = 3,
      .added_rows_count = 10,
      .existing_rows_count = 20,
      .deleted_rows_count = 30,
      .partitions = std::vector<FieldSummary>{{true, false, "a", "b"},
                                              {false, std::nullopt, std::nullopt, std::nullopt}},
      .key_metadata = "k"};
  for (const std::int32_t version : {1, 2, 3}) {
    ManifestFile expected = manifest;
    if (version == 1) expected.sequence_number = expected.min_sequence_number = 0;
    if (version == 3) expected.first_row_id = 77;
    const ManifestListWriteOptions options{
        .format_version = version, .snapshot_id = 9, .sequence_number = 5};
    const std::vector<ManifestFile> written = {expected, expected};
    ASSERT_OK_AND_ASSIGN(const std::string bytes, WriteManifestList(options, written));
    ASSERT_OK_AND_ASSIGN(const auto read, ReadManifestList(bytes));
    EXPECT_EQ(read, written) << version;
  }
  // A manifest of nothing is one whose writer did not know.
  ManifestFile uncounted = manifest;
  uncounted.added_files_count = uncounted.existing_files_count = uncounted.deleted_files_count = 0;
  ASSERT_OK_AND_ASSIGN(const std::string zeros, WriteManifestList({}, std::span(&uncounted, 1)));
  EXPECT_EQ(ReadManifestList(zeros)->at(0).added_files_count, std::nullopt);
  EXPECT_EQ(ReadManifestList(zeros)->at(0).added_rows_count, std::nullopt);
  manifest.content = ManifestContent::kDeletes;
  EXPECT_THAT(WriteManifestList({.format_version = 1}, std::span(&manifest, 1)),
              IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  manifest.path.clear();
  EXPECT_THAT(WriteManifestList({}, std::span(&manifest, 1)),
              IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  ASSERT_OK_AND_ASSIGN(const std::string empty, WriteManifestList({}, {}));
  EXPECT_TRUE(ReadManifestList(empty)->empty());
}

/// A container file around one block, as another writer would make it.
std::string Container(const std::string& schema, const std::string& codec, std::int64_t count,
                      const std::string& block) {
  const auto varint = [](std::int64_t value) {
    std::string out;
    auto zigzag = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
    for (; zigzag >= 0x80; zigzag >>= 7) out += static_cast<char>(zigzag | 0x80);
    out += static_cast<char>(zigzag);
    return out;
  };
  const auto bytes = [&](const std::string& text) {
    return varint(static_cast<std::int64_t>(text.size())) + text;
  };
  const std::string sync(16, 's');
  // The metadata map as a block with its size, which Avro allows.
  const std::string map = bytes("avro.codec") + bytes(codec) + bytes("avro.schema") + bytes(schema);
  return std::string("Obj\x01", 4) + varint(-2) + varint(static_cast<std::int64_t>(map.size())) +
         map + varint(0) + sync + varint(count) + bytes(block) + sync;
}

const char* const kNamedListSchema =
    R"({"type":"record","name":"manifest_file","namespace":"x.y","fields":[)"
    R"({"name":"extra","type":["string","null",{"type":"map","values":{"type":"array","items":"double"}}]},)"
    R"({"name":"manifest_length","type":["long","null"]},)"
    R"({"name":"partition_spec_id","type":"int"},)"
    R"({"name":"kind","type":{"type":"enum","name":"k","symbols":["a","b"]}},)"
    R"({"name":"added_data_files_count","type":["int","null"]},)"
    R"({"name":"manifest_path","type":"string"}]})";

TEST(Avro, FieldsAreFoundByNameInAnyOrder) {
  // extra: map of one key to an array of one double; length 5; spec 1; enum 1; count 2; path.
  std::string block(
      "\x04\x02\x02"
      "k"
      "\x02"
      "\0\0\0\0\0\0\xF0?"
      "\x00\x00"
      "\x00\x0A"
      "\x02\x02"
      "\x00\x04"
      "\x02"
      "m",
      23);
  for (const std::string codec : {"null", "deflate", "snappy", "zstandard"}) {
    std::string stored = block;
    if (codec == "deflate") stored = DeflateAvroBlock(block);
    if (codec == "snappy") {
      snappy::Compress(block.data(), block.size(), &stored);
      stored += Digest(DigestKind::kCrc32, block);
    }
    if (codec == "zstandard") {
      stored.resize(ZSTD_compressBound(block.size()));
      stored.resize(ZSTD_compress(stored.data(), stored.size(), block.data(), block.size(), 3));
    }
    ASSERT_OK_AND_ASSIGN(const auto manifests,
                         ReadManifestList(Container(kNamedListSchema, codec, 1, stored)));
    ASSERT_EQ(manifests.size(), 1U);
    EXPECT_EQ(manifests[0].path, "m");
    EXPECT_EQ(manifests[0].length_bytes, 5);
    EXPECT_EQ(manifests[0].spec_id, 1);
    EXPECT_EQ(manifests[0].added_files_count, 2);
    for (std::size_t cut = 0; codec != "null" && cut < stored.size(); ++cut) {
      EXPECT_FALSE(ReadManifestList(Container(kNamedListSchema, codec, 1, stored.substr(0, cut)))
                       .has_value());
    }
  }
  EXPECT_THAT(ReadManifestList(Container(kNamedListSchema, "bzip2", 1, block)),
              IsError(ErrorCode::kUnsupported, "AvroCodec"));
}

TEST(Avro, EveryCutAndEveryFlippedByteIsAnErrorOrAValue) {
  const TableMetadata table = GoldenTable();
  const auto fields = PartitionFields(table.default_spec(), table.current_schema());
  const std::string manifest = testing::ReadGolden(kFirstManifest);
  const std::string list = testing::ReadGolden(kLastList);
  for (std::size_t i = 0; i < list.size(); ++i) {
    EXPECT_FALSE(ReadManifestList(list.substr(0, i)).has_value() && i + 1 < list.size() &&
                 !ReadManifestList(list.substr(0, i))->empty());
    std::string flipped = list;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
    (void)ReadManifestList(flipped).has_value();
  }
  for (std::size_t i = 0; i < manifest.size(); ++i) {
    std::string flipped = manifest;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x80);
    (void)ReadManifest(flipped, {.path = "m"}, table.default_spec(), fields).has_value();
  }
}

TEST(Avro, BlocksOfAnyRatioInflateUpToTheLimit) {
  for (const std::size_t size : {0UL, 1UL, 1024UL, 64UL << 10, 5UL << 20, 64UL << 20}) {
    std::string block(size, 'x');
    if (size == 64UL << 10) {
      // Nothing to pack: a multiplicative sequence.
      std::uint32_t state = 1;
      for (char& c : block) c = static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24);
    }
    const std::string packed = DeflateAvroBlock(block);
    EXPECT_LE(packed.size(), size + 64 + size / 1000);
    ASSERT_OK_AND_ASSIGN(const std::string again, DecompressAvroBlock("deflate", packed));
    EXPECT_TRUE(again == block) << size;
    EXPECT_THAT(DecompressAvroBlock("deflate", packed.substr(0, packed.size() - 1)),
                IsError(ErrorCode::kDataCorruption, "InvalidAvro"));
  }
  const std::string bomb = DeflateAvroBlock(std::string(kAvroBlockBytesMax + 1, '\0'));
  EXPECT_LT(bomb.size(), std::size_t{1} << 20);
  EXPECT_THAT(DecompressAvroBlock("deflate", bomb),
              IsError(ErrorCode::kResourceExhausted, "ManifestTooLarge"));
}

TEST(Avro, FalseLengthsAreRefused) {
  const std::string record =
      R"({"type":"record","name":"r","fields":[{"name":"manifest_path","type":"string"}]})";
  EXPECT_THAT(ReadManifestList(""), IsError(ErrorCode::kDataCorruption, "InvalidAvro"));
  EXPECT_THAT(ReadManifestList("PAR1"), IsError(ErrorCode::kDataCorruption, "InvalidAvro"));
  const struct {
    const char* what;
    std::string bytes;
    const char* reason;
  } cases[] = {
      {"more records than bytes", Container(record, "null", 1'000'000'000, "\x02m"), "InvalidAvro"},
      {"fewer records than bytes", Container(record, "null", 1, "\x02m\x02m"),
       "InvalidManifestList"},
      {"negative count", Container(record, "null", -1, "\x02m"), "InvalidAvro"},
      {"string beyond the block", Container(record, "null", 1, "\x7Em"), "InvalidManifestList"},
      {"negative length", Container(record, "null", 1, "\x01m"), "InvalidManifestList"},
      {"endless varint", Container(record, "null", 1, std::string(12, '\xFF')),
       "InvalidManifestList"},
      {"no record", Container("\"string\"", "null", 1, "\x02m"), "InvalidManifestList"},
      {"no JSON", Container("{", "null", 1, "\x02m"), "InvalidAvro"},
      {"unknown type", Container(R"({"type":"recrod"})", "null", 1, "\x02m"), "InvalidAvro"},
      {"no fields", Container(R"({"type":"record","name":"r"})", "null", 1, "\x02m"),
       "InvalidAvro"},
      {"no items", Container(R"({"type":"array"})", "null", 1, "\x02m"), "InvalidAvro"},
      {"negative fixed", Container(R"({"type":"fixed","name":"f","size":-1})", "null", 1, "\x02m"),
       "InvalidAvro"},
      {"union in union", Container(R"([["null"]])", "null", 1, "\x02m"), "InvalidAvro"},
      {"branch of no union",
       Container(
           R"({"type":"record","name":"r","fields":[{"name":"manifest_path","type":["null","string"]}]})",
           "null", 1, "\x08m"),
       "InvalidManifestList"},
      {"null path",
       Container(
           R"({"type":"record","name":"r","fields":[{"name":"manifest_path","type":["null","string"]}]})",
           "null", 1, std::string(1, '\0')),
       "InvalidManifestList"},
      {"items without bytes",
       Container(
           R"({"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array","items":"null"}}]})",
           "null", 1, "\x02"),
       "InvalidManifestList"},
  };
  for (const auto& item : cases) {
    EXPECT_THAT(ReadManifestList(item.bytes), IsError(ErrorCode::kDataCorruption, item.reason))
        << item.what;
  }
}

TEST(Avro, SchemasThatDoubleThemselvesEnd) {
  // 40 records, each holding the next one twice: 2^40 values without a byte.
  std::string schema = R"({"type":"record","name":"r0","fields":[{"name":"a","type":"null"}]})";
  for (int i = 1; i < 40; ++i) {
    schema = R"({"type":"record","name":"r)" + std::to_string(i) +
             R"(","fields":[{"name":"a","type":)" + schema + R"(},{"name":"b","type":"r)" +
             std::to_string(i - 1) + R"("}]})";
  }
  const std::string outer = R"({"type":"record","name":"m","fields":[{"name":"x","type":)" +
                            schema + R"(},{"name":"manifest_path","type":"string"}]})";
  EXPECT_FALSE(ReadManifestList(Container(outer, "null", 1, "\x02m")).has_value());
  // A record in itself.
  const std::string self =
      R"({"type":"record","name":"m","fields":[{"name":"x","type":"m"},{"name":"manifest_path","type":"string"}]})";
  EXPECT_FALSE(ReadManifestList(Container(self, "null", 1, "\x02m")).has_value());
}

TEST(Avro, NamesAreMadeFit) {
  EXPECT_EQ(AvroName("vendor_id"), "vendor_id");
  EXPECT_EQ(AvroName("1st"), "_1st");
  EXPECT_EQ(AvroName("a b"), "a_x20b");
  EXPECT_EQ(AvroName("é"), "_xE9");
  EXPECT_EQ(AvroName("\xC3\x80\x80\x80\x80\x80\x80"), AvroName("\xC3\x80\x80\x80\x80\x80\x80"));
  EXPECT_EQ(AvroName(""), "_");
}

TEST(Avro, ManyRecordsTakeManyBlocks) {
  std::vector<ManifestFile> manifests(5000);
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    manifests[i].path = "s3://b/t/metadata/" + std::to_string(i);
    manifests[i].length_bytes = static_cast<std::int64_t>(i);
  }
  ASSERT_OK_AND_ASSIGN(const std::string bytes, WriteManifestList({}, manifests));
  ASSERT_OK_AND_ASSIGN(const auto read, ReadManifestList(bytes));
  ASSERT_EQ(read.size(), 5000U);
  EXPECT_EQ(read[4999].path, manifests[4999].path);
  EXPECT_EQ(WriteManifestList({}, manifests).value(), bytes)
      << "the same input gives the same bytes";
}

}  // namespace
}  // namespace firn::iceberg
