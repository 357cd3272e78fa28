#include "lake/iceberg/table_metadata.h"

#include "base/result_testing.h"
#include "lake/iceberg/golden_testing.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

constexpr const char* kPyIcebergMetadata =
    "pyiceberg/00004-07c074c7-16d9-430c-bee3-993ae023cb81.metadata.json";

TEST(MetadataFiles, PyIcebergsIsReadAndKept) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata metadata,
                       DecodeMetadataFile(testing::ReadGolden(kPyIcebergMetadata)));
  EXPECT_EQ(metadata.format_version, 2);
  EXPECT_EQ(metadata.location, "s3://firn-golden/warehouse/db/taxis");
  EXPECT_EQ(metadata.current_schema_id, 1);
  EXPECT_EQ(metadata.current_schema().FindField("tip")->id, 9);
  EXPECT_EQ(metadata.default_spec().fields.size(), 5U);
  EXPECT_EQ(metadata.snapshots.size(), 3U);
  EXPECT_EQ(metadata.current_snapshot()->summary.at("operation"), "delete");
  EXPECT_EQ(metadata.SchemaOf(metadata.snapshots[0]).schema_id, 0);
  EXPECT_EQ(metadata.metadata_log.size(), 4U);
  EXPECT_EQ(metadata.refs.at("main").snapshot_id, metadata.current_snapshot_id);
  ASSERT_OK_AND_ASSIGN(const TableMetadata again, DecodeMetadataFile(EncodeMetadataFile(metadata)));
  EXPECT_EQ(ToJson(again), ToJson(metadata));
  ASSERT_OK_AND_ASSIGN(const TableMetadata inflated,
                       DecodeMetadataFile(EncodeMetadataFile(metadata, /*gzip=*/true)));
  EXPECT_EQ(ToJson(inflated), ToJson(metadata));
}

TEST(MetadataFiles, V1FillsWhatItLeavesOut) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata metadata,
                       DecodeMetadataFile(testing::ReadGolden("metadata_v1.json")));
  EXPECT_EQ(metadata.schemas.size(), 1U);
  EXPECT_EQ(metadata.default_spec().fields[0].field_id, 1000);
  EXPECT_EQ(metadata.last_partition_id, 1000);
  EXPECT_EQ(metadata.sort_orders.size(), 1U);
  EXPECT_EQ(metadata.refs.at("main").snapshot_id, 3051729675574597004);
  EXPECT_EQ(metadata.snapshots[0].manifests.size(), 1U);
  EXPECT_EQ(metadata.last_sequence_number, 0);
  const json::value printed = ToJson(metadata);
  const json::object& object = printed.as_object();
  EXPECT_TRUE(object.contains("schema"));
  EXPECT_TRUE(object.at("partition-spec").is_array());
  EXPECT_FALSE(object.contains("last-sequence-number"));
  ASSERT_OK_AND_ASSIGN(const TableMetadata again, ParseTableMetadata(printed));
  EXPECT_EQ(ToJson(again), printed);
}

NewTable Example(std::int32_t format_version = 2) {
  NewTable table;
  table.schema.fields = {{.id = 10, .name = "n", .type = Type::Primitive(TypeKind::kLong)},
                         {.id = 20, .name = "d", .type = Type::Primitive(TypeKind::kDate)}};
  table.spec.fields = {
      {.source_id = 20, .field_id = 5, .name = "d_month", .transform = *ParseTransform("month")}};
  table.order.fields = {{.source_id = 10, .transform = *ParseTransform("identity")}};
  table.location = "s3://b/t/";
  table.uuid = "uuid-1";
  table.format_version = format_version;
  return table;
}

const WallTime kNow = WallTimeFromMillis(1'700'000'000'000);

TEST(NewTables, GetFreshIds) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata metadata, NewTableMetadata(Example(), kNow));
  EXPECT_EQ(metadata.current_schema().FindField("n")->id, 1);
  EXPECT_EQ(metadata.default_spec().fields[0].source_id, 2);
  EXPECT_EQ(metadata.default_spec().fields[0].field_id, 1000);
  EXPECT_EQ(metadata.default_sort_order().order_id, 1);
  EXPECT_EQ(metadata.default_sort_order().fields[0].source_id, 1);
  EXPECT_EQ(metadata.last_column_id, 2);
  EXPECT_EQ(metadata.last_partition_id, 1000);
  EXPECT_EQ(metadata.location, "s3://b/t");
  EXPECT_EQ(metadata.last_updated_ms, 1'700'000'000'000);
  const json::value printed = ToJson(metadata);
  EXPECT_EQ(printed.as_object().at("current-snapshot-id"), json::value(-1));
  EXPECT_THAT(ParseTableMetadata(printed), HasValue());
}

TEST(NewTables, TakeTheFormatVersionFromTheProperty) {
  NewTable table = Example();
  table.properties = {{"format-version", "3"}, {"uuid", "x"}, {"owner", "me"}};
  ASSERT_OK_AND_ASSIGN(const TableMetadata metadata, NewTableMetadata(table, kNow));
  EXPECT_EQ(metadata.format_version, 3);
  EXPECT_EQ(metadata.properties, (Properties{{"owner", "me"}}));
  const json::value printed = ToJson(metadata);
  EXPECT_TRUE(printed.as_object().at("current-snapshot-id").is_null());
  EXPECT_EQ(printed.as_object().at("next-row-id"), json::value(0));
  EXPECT_THAT(ParseTableMetadata(printed), HasValue());
}

TEST(NewTables, RefuseWhatCannotBe) {
  NewTable table = Example();
  table.location = "";
  EXPECT_THAT(NewTableMetadata(table, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  table = Example(4);
  EXPECT_THAT(NewTableMetadata(table, kNow), IsError(ErrorCode::kUnsupported, "FormatVersion"));
  table = Example();
  table.properties["format-version"] = "two";
  EXPECT_THAT(NewTableMetadata(table, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidProperty"));
  table = Example();
  table.spec.fields[0].source_id = 99;
  EXPECT_THAT(NewTableMetadata(table, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  table = Example();
  table.spec.fields[0].transform = *ParseTransform("hour");
  EXPECT_THAT(NewTableMetadata(table, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  table = Example();
  table.spec.fields[0].transform = *ParseTransform("zorder");
  EXPECT_THAT(NewTableMetadata(table, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  table = Example();
  table.order.fields[0].source_id = 99;
  EXPECT_THAT(NewTableMetadata(table, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidSortOrder"));
  table = Example();
  table.schema.fields[1].name = "n";
  EXPECT_THAT(NewTableMetadata(table, kNow), IsError(ErrorCode::kInvalidArgument, "InvalidSchema"));
  table = Example();
  table.schema.fields[0].type = Type::Primitive(TypeKind::kTimestampNs);
  EXPECT_THAT(NewTableMetadata(table, kNow), IsError(ErrorCode::kInvalidArgument, "InvalidSchema"));
  table.format_version = 3;
  EXPECT_THAT(NewTableMetadata(table, kNow), HasValue());
}

TEST(MetadataFiles, RefusesWhatIsBroken) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata metadata, NewTableMetadata(Example(), kNow));
  const json::value good = ToJson(metadata);
  for (const char* name :
       {"format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms",
        "last-column-id", "schemas", "current-schema-id", "partition-specs", "default-spec-id",
        "last-partition-id", "sort-orders", "default-sort-order-id"}) {
    json::value broken = good;
    broken.as_object().erase(name);
    EXPECT_THAT(ParseTableMetadata(broken), IsError(ErrorCode::kInvalidArgument, "MissingMember"))
        << name;
    broken = good;
    broken.as_object()[name] = json::object();
    EXPECT_THAT(ParseTableMetadata(broken), IsError(ErrorCode::kInvalidArgument, "WrongMemberType"))
        << name;
  }
  const auto with = [&](const char* name, json::value value) {
    json::value broken = good;
    broken.as_object()[name] = std::move(value);
    return ParseTableMetadata(broken);
  };
  EXPECT_THAT(with("format-version", 4), IsError(ErrorCode::kUnsupported, "FormatVersion"));
  EXPECT_THAT(with("format-version", 0), IsError(ErrorCode::kUnsupported, "FormatVersion"));
  EXPECT_THAT(with("current-schema-id", 9),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(with("default-spec-id", 9), IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(with("default-sort-order-id", 9),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(with("current-snapshot-id", 9),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(with("refs", *ParseJson(R"({"main":{"snapshot-id":1,"type":"branch"}})")),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(with("refs", *ParseJson(R"({"main":{"snapshot-id":1,"type":"twig"}})")),
              IsError(ErrorCode::kInvalidArgument, "WrongMemberType"));
  EXPECT_THAT(with("snapshots", *ParseJson(R"([{"snapshot-id":1,"timestamp-ms":1}])")),
              IsError(ErrorCode::kInvalidArgument, "MissingMember"));
  EXPECT_THAT(with("properties", *ParseJson(R"({"a":[]})")),
              IsError(ErrorCode::kInvalidArgument, "WrongMemberType"));
  EXPECT_THAT(DecodeMetadataFile(""), IsError(ErrorCode::kInvalidArgument, "InvalidJson"));
  EXPECT_THAT(DecodeMetadataFile("{"), IsError(ErrorCode::kInvalidArgument, "InvalidJson"));
  EXPECT_THAT(DecodeMetadataFile("[]"), IsError(ErrorCode::kInvalidArgument, "WrongMemberType"));
  EXPECT_THAT(DecodeMetadataFile("\x1f\x8b\x08"),
              IsError(ErrorCode::kDataCorruption, "InvalidGzip"));
  const std::string zipped = EncodeMetadataFile(metadata, true);
  EXPECT_THAT(DecodeMetadataFile(zipped.substr(0, zipped.size() / 2)),
              IsError(ErrorCode::kDataCorruption, "InvalidGzip"));
}

TEST(Locations, NeverDoubleTheSlash) {
  TableMetadata metadata;
  metadata.location = "s3://b/t//";
  EXPECT_EQ(DataFolder(metadata), "s3://b/t/data");
  EXPECT_EQ(MetadataFolder(metadata), "s3://b/t/metadata");
  metadata.properties = {{"write.data.path", "s3://c/d/"}, {"write.metadata.path", "s3://c/m"}};
  EXPECT_EQ(DataFolder(metadata), "s3://c/d");
  EXPECT_EQ(MetadataFolder(metadata), "s3://c/m");
}

TEST(Locations, CountMetadataVersions) {
  TableMetadata metadata;
  metadata.location = "s3://b/t";
  for (const auto& [previous, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "00000-u.metadata.json"},
           {"s3://b/t/metadata/00000-x.metadata.json", "00001-u.metadata.json"},
           {"s3://b/t/metadata/99999-x.metadata.json", "100000-u.metadata.json"},
           {"s3://b/t/metadata/00041-x.gz.metadata.json", "00042-u.metadata.json"},
           {"s3://b/t/metadata/v7.metadata.json", "00008-u.metadata.json"},
           {"s3://b/t/metadata/wild.metadata.json", "00001-u.metadata.json"},
           {"s3://b/t/metadata/99999999999-x.metadata.json", "00001-u.metadata.json"}}) {
    EXPECT_EQ(NextMetadataLocation(metadata, previous, "u"),
              std::string("s3://b/t/metadata/") + name);
  }
  metadata.properties["write.metadata.compression-codec"] = "gzip";
  EXPECT_EQ(NextMetadataLocation(metadata, "", "u"), "s3://b/t/metadata/00000-u.gz.metadata.json");
}

TEST(Ancestors, AreFoundAlongTheBranchOnly) {
  TableMetadata metadata;
  for (const auto& [id, parent] : std::initializer_list<std::pair<std::int64_t, std::int64_t>>{
           {1, 0}, {2, 1}, {3, 2}, {4, 1}, {5, 6}, {6, 5}}) {
    Snapshot snapshot;
    snapshot.snapshot_id = id;
    if (parent != 0) snapshot.parent_snapshot_id = parent;
    metadata.snapshots.push_back(snapshot);
  }
  metadata.refs["main"] = {.snapshot_id = 3};
  metadata.refs["loop"] = {.snapshot_id = 5};
  EXPECT_TRUE(SnapshotIsAncestorOrCurrent(metadata, 3));
  EXPECT_TRUE(SnapshotIsAncestorOrCurrent(metadata, 1));
  EXPECT_FALSE(SnapshotIsAncestorOrCurrent(metadata, 4));
  EXPECT_FALSE(SnapshotIsAncestorOrCurrent(metadata, 9));
  EXPECT_TRUE(SnapshotIsAncestorOrCurrent(metadata, 6, "loop"));
  EXPECT_FALSE(SnapshotIsAncestorOrCurrent(metadata, 1, "loop"));
  EXPECT_FALSE(SnapshotIsAncestorOrCurrent(metadata, 1, "none"));
}

}  // namespace
}  // namespace firn::iceberg
