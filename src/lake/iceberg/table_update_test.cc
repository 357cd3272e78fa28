#include "lake/iceberg/table_update.h"

#include "base/result_testing.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const WallTime kNow = WallTimeFromMillis(1'700'000'000'000);

TableMetadata Table(std::int32_t format_version = 2) {
  NewTable table;
  table.schema.fields = {{.id = 1, .name = "n", .type = Type::Primitive(TypeKind::kLong)},
                         {.id = 2, .name = "d", .type = Type::Primitive(TypeKind::kDate)}};
  table.location = "s3://b/t";
  table.uuid = "8C12D441-03fe-4693-9a96-a0705ddf69c1";
  table.format_version = format_version;
  return *NewTableMetadata(table, kNow);
}

Snapshot NewSnapshot(std::int64_t id, std::optional<std::int64_t> parent,
                     std::int64_t sequence_number) {
  Snapshot snapshot;
  snapshot.snapshot_id = id;
  snapshot.parent_snapshot_id = parent;
  snapshot.sequence_number = sequence_number;
  snapshot.timestamp_ms = MillisSinceEpoch(kNow) + sequence_number;
  snapshot.manifest_list = "s3://b/t/metadata/snap-" + std::to_string(id) + ".avro";
  snapshot.summary = {{"operation", "append"}};
  return snapshot;
}

SetSnapshotRef Main(std::int64_t id) { return {"main", {.snapshot_id = id}}; }

Result<TableMetadata> Apply(const TableMetadata& base, std::vector<TableUpdate> updates) {
  return ApplyUpdates(&base, updates, kNow);
}

/// A table with snapshots 1 and 2 on main.
TableMetadata WithSnapshots() {
  const TableMetadata one = *Apply(Table(), {AddSnapshot{NewSnapshot(1, {}, 1)}, Main(1)});
  return *Apply(one, {AddSnapshot{NewSnapshot(2, 1, 2)}, Main(2)});
}

TEST(UpdateWords, KeepTheirJson) {
  const char* cases[] = {
      R"({"action":"assign-uuid","uuid":"8c12d441-03fe-4693-9a96-a0705ddf69c1"})",
      R"({"action":"upgrade-format-version","format-version":3})",
      R"({"action":"add-schema","schema":{"type":"struct","schema-id":1,"fields":[]},"last-column-id":3})",
      R"({"action":"set-current-schema","schema-id":-1})",
      R"({"action":"add-spec","spec":{"spec-id":1,"fields":[]}})",
      R"({"action":"set-default-spec","spec-id":-1})",
      R"({"action":"add-sort-order","sort-order":{"order-id":0,"fields":[]}})",
      R"({"action":"set-default-sort-order","sort-order-id":-1})",
      R"({"action":"add-snapshot","snapshot":{"sequence-number":1,"snapshot-id":2,"timestamp-ms":3,"summary":{"operation":"append"},"manifest-list":"s3://l","schema-id":0}})",
      R"({"action":"set-snapshot-ref","ref-name":"main","snapshot-id":2,"type":"branch","max-ref-age-ms":5})",
      R"({"action":"remove-snapshots","snapshot-ids":[1,2]})",
      R"({"action":"remove-snapshot-ref","ref-name":"t"})",
      R"({"action":"set-location","location":"s3://x"})",
      R"({"action":"set-properties","updates":{"a":"b"}})",
      R"({"action":"remove-properties","removals":["a"]})",
      R"({"action":"set-statistics","snapshot-id":1,"statistics":{"snapshot-id":1,"statistics-path":"s3://p",)"
      R"("file-size-in-bytes":9,"file-footer-size-in-bytes":2,"blob-metadata":[]}})",
      R"({"action":"remove-statistics","snapshot-id":1})",
      R"({"action":"set-partition-statistics","partition-statistics":{"snapshot-id":1,)"
      R"("statistics-path":"s3://p","file-size-in-bytes":9}})",
      R"({"action":"remove-partition-statistics","snapshot-id":1})",
      R"({"action":"remove-partition-specs","spec-ids":[1]})",
      R"({"action":"remove-schemas","schema-ids":[1]})",
      R"({"action":"add-encryption-key","encryption-key":{"key-id":"k"}})",
      R"({"action":"remove-encryption-key","key-id":"k"})",
  };
  for (const char* text : cases) {
    ASSERT_OK_AND_ASSIGN(const TableUpdate update, ParseTableUpdate(*ParseJson(text)));
    EXPECT_EQ(ToJson(update), *ParseJson(text)) << PrintJson(ToJson(update));
  }
}

TEST(UpdateWords, RefuseWhatTheyDoNotKnow) {
  for (const char* text :
       {"1", "{}", R"({"action":"explode"})", R"({"action":1})", R"({"action":"assign-uuid"})",
        R"({"action":"assign-uuid","uuid":"8c12d441-03fe-4693-9a96-a0705ddf69cg"})",
        R"({"action":"add-schema"})", R"({"action":"add-schema","schema":1})",
        R"({"action":"set-current-schema"})", R"({"action":"set-current-schema","schema-id":"1"})",
        R"({"action":"add-snapshot","snapshot":{}})",
        R"({"action":"set-snapshot-ref","ref-name":"main"})",
        R"({"action":"set-snapshot-ref","ref-name":"main","snapshot-id":1,"type":"x"})",
        R"({"action":"remove-snapshots","snapshot-ids":["a"]})",
        R"({"action":"set-properties","updates":[1]})",
        R"({"action":"set-statistics","statistics":{}})",
        R"({"action":"add-encryption-key","encryption-key":{}})",
        R"({"action":"remove-schemas","schema-ids":[9999999999]})"}) {
    EXPECT_THAT(ParseTableUpdate(*ParseJson(text)), IsError(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(RequirementWords, KeepTheirJson) {
  for (const char* text :
       {R"({"type":"assert-create"})", R"({"type":"assert-table-uuid","uuid":"u"})",
        R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null})",
        R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":5})",
        R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":5})",
        R"({"type":"assert-current-schema-id","current-schema-id":5})",
        R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":5})",
        R"({"type":"assert-default-spec-id","default-spec-id":5})",
        R"({"type":"assert-default-sort-order-id","default-sort-order-id":5})"}) {
    ASSERT_OK_AND_ASSIGN(const TableRequirement requirement,
                         ParseTableRequirement(*ParseJson(text)));
    EXPECT_EQ(PrintJson(ToJson(requirement)), text);
  }
  EXPECT_THAT(ParseTableRequirement(*ParseJson(R"({"type":"assert-luck"})")),
              IsError(ErrorCode::kInvalidArgument, "InvalidRequirement"));
  for (const char* text :
       {"[]", "{}", R"({"type":"assert-table-uuid"})", R"({"type":"assert-ref-snapshot-id"})",
        R"({"type":"assert-current-schema-id","current-schema-id":"5"})"}) {
    EXPECT_THAT(ParseTableRequirement(*ParseJson(text)), IsError(ErrorCode::kInvalidArgument))
        << text;
  }
}

std::string Failure(const TableMetadata* base, TableRequirement requirement) {
  const Status status = CheckRequirements(base, std::span(&requirement, 1));
  if (status) return "";
  EXPECT_EQ(status.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(status.error().reason(), "CommitFailed");
  return status.error().message();
}

TEST(Requirements, HoldOrSayWhatChanged) {
  const TableMetadata table = WithSnapshots();
  EXPECT_EQ(Failure(&table, AssertCreate{}), "Requirement failed: table already exists");
  EXPECT_EQ(Failure(&table, AssertTableUuid{"8c12d441-03FE-4693-9a96-a0705ddf69c1"}), "");
  EXPECT_EQ(Failure(&table, AssertTableUuid{"x"}),
            "Requirement failed: UUID does not match: expected " + table.table_uuid + " != x");
  EXPECT_EQ(Failure(&table, AssertRefSnapshotId{"main", 2}), "");
  EXPECT_EQ(Failure(&table, AssertRefSnapshotId{"main", 1}),
            "Requirement failed: branch main has changed: expected id 1 != 2");
  EXPECT_EQ(Failure(&table, AssertRefSnapshotId{"main", {}}),
            "Requirement failed: branch main was created concurrently");
  EXPECT_EQ(Failure(&table, AssertRefSnapshotId{"dev", {}}), "");
  EXPECT_EQ(Failure(&table, AssertRefSnapshotId{"dev", 1}),
            "Requirement failed: branch or tag dev is missing, expected 1");
  EXPECT_EQ(Failure(&table, AssertLastAssignedFieldId{2}), "");
  EXPECT_EQ(Failure(&table, AssertLastAssignedFieldId{1}),
            "Requirement failed: last assigned field id changed: expected id 1 != 2");
  EXPECT_EQ(Failure(&table, AssertCurrentSchemaId{1}),
            "Requirement failed: current schema changed: expected id 1 != 0");
  EXPECT_EQ(Failure(&table, AssertLastAssignedPartitionId{999}), "");
  EXPECT_EQ(Failure(&table, AssertLastAssignedPartitionId{1000}),
            "Requirement failed: last assigned partition id changed: expected id 1000 != 999");
  EXPECT_EQ(Failure(&table, AssertDefaultSpecId{1}),
            "Requirement failed: default partition spec changed: expected id 1 != 0");
  EXPECT_EQ(Failure(&table, AssertDefaultSortOrderId{1}),
            "Requirement failed: default sort order changed: expected id 1 != 0");
  EXPECT_EQ(Failure(nullptr, AssertCreate{}), "");
  EXPECT_EQ(Failure(nullptr, AssertRefSnapshotId{"main", {}}), "");
  EXPECT_EQ(Failure(nullptr, AssertRefSnapshotId{"main", 1}),
            "Requirement failed: branch or tag main is missing, expected 1");
  const TableRequirement uuid = AssertTableUuid{"x"};
  EXPECT_THAT(CheckRequirements(nullptr, std::span(&uuid, 1)),
              IsError(ErrorCode::kNotFound, "NoSuchTable"));
}

TEST(Updates, MakeATableFromNothing) {
  Schema schema;
  schema.schema_id = 5;
  schema.fields = {{.id = 1, .name = "n", .type = Type::Primitive(TypeKind::kLong)}};
  PartitionSpec spec;
  spec.fields = {{.source_id = 1, .field_id = 1000, .name = "n", .transform = {}}};
  std::vector<TableUpdate> updates = {AssignUuid{"u"},         UpgradeFormatVersion{1},
                                      AddSchema{schema, 1},    SetCurrentSchema{-1},
                                      AddPartitionSpec{spec},  SetDefaultSpec{-1},
                                      AddSortOrder{{}},        SetDefaultSortOrder{-1},
                                      SetLocation{"s3://b/t"}, SetProperties{{{"a", "b"}}}};
  ASSERT_OK_AND_ASSIGN(const TableMetadata table, ApplyUpdates(nullptr, updates, kNow));
  EXPECT_EQ(table.format_version, 1);
  EXPECT_EQ(table.current_schema_id, 0);
  EXPECT_EQ(table.default_spec().fields.size(), 1U);
  EXPECT_EQ(table.last_partition_id, 1000);
  EXPECT_EQ(table.last_updated_ms, MillisSinceEpoch(kNow));
  for (const std::size_t missing : {2U, 4U, 6U, 8U}) {
    std::vector<TableUpdate> fewer = updates;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_THAT(ApplyUpdates(nullptr, fewer, kNow),
                IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"))
        << missing;
  }
}

TEST(Updates, AppendMovesMainAndLogs) {
  const TableMetadata table = WithSnapshots();
  EXPECT_EQ(table.current_snapshot_id, 2);
  EXPECT_EQ(table.last_sequence_number, 2);
  ASSERT_EQ(table.snapshot_log.size(), 2U);
  EXPECT_EQ(table.snapshot_log[1], (SnapshotLogEntry{MillisSinceEpoch(kNow) + 2, 2}));
  EXPECT_EQ(table.SnapshotIdAsOf(MillisSinceEpoch(kNow) + 1), 1);
  EXPECT_EQ(table.SnapshotIdAsOf(MillisSinceEpoch(kNow)), std::nullopt);
}

TEST(Updates, TimeGoesUpAlways) {
  const TableMetadata table = Table();
  ASSERT_OK_AND_ASSIGN(const TableMetadata next,
                       ApplyUpdates(&table, {}, WallTimeFromMillis(5), "s3://b/t/metadata/0.json"));
  EXPECT_EQ(next.last_updated_ms, table.last_updated_ms + 1);
  ASSERT_EQ(next.metadata_log.size(), 1U);
  EXPECT_EQ(next.metadata_log[0],
            (MetadataLogEntry{table.last_updated_ms, "s3://b/t/metadata/0.json"}));
}

TEST(Updates, TheMetadataLogIsBounded) {
  TableMetadata table = Table();
  table.properties["write.metadata.previous-versions-max"] = "3";
  for (int i = 0; i < 6; ++i) {
    table = *ApplyUpdates(&table, {}, kNow, "s3://m/" + std::to_string(i));
  }
  ASSERT_EQ(table.metadata_log.size(), 3U);
  EXPECT_EQ(table.metadata_log[0].metadata_file, "s3://m/3");
  table.properties["write.metadata.previous-versions-max"] = "0";
  EXPECT_EQ(ApplyUpdates(&table, {}, kNow, "s3://m/6")->metadata_log.size(), 1U);
}

TEST(Updates, RollbackLogsTheTimeOfTheRollback) {
  const TableMetadata table = WithSnapshots();
  ASSERT_OK_AND_ASSIGN(const TableMetadata back, Apply(table, {Main(1)}));
  EXPECT_EQ(back.current_snapshot_id, 1);
  EXPECT_EQ(back.snapshot_log.back().timestamp_ms, table.last_updated_ms);
  EXPECT_EQ(back.snapshots.size(), 2U);
}

TEST(Updates, SnapshotsOfOneCommitLeaveOneLogEntry) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata table,
                       Apply(Table(), {AddSnapshot{NewSnapshot(1, {}, 1)}, Main(1),
                                       AddSnapshot{NewSnapshot(2, 1, 2)}, Main(2)}));
  ASSERT_EQ(table.snapshot_log.size(), 1U);
  EXPECT_EQ(table.snapshot_log[0].snapshot_id, 2);
}

TEST(Updates, RemovedSnapshotsTakeTheirRefsAndLogAlong) {
  TableMetadata table = WithSnapshots();
  table = *Apply(table, {SetSnapshotRef{"old", {.snapshot_id = 1, .is_tag = true}},
                         SetStatistics{*ParseJson(R"({"snapshot-id":1})")},
                         SetStatistics{*ParseJson(R"({"snapshot-id":2})")}});
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {RemoveSnapshots{{1}}}));
  EXPECT_EQ(table.snapshots.size(), 1U);
  EXPECT_FALSE(table.refs.contains("old"));
  EXPECT_EQ(table.statistics.size(), 1U);
  ASSERT_EQ(table.snapshot_log.size(), 1U);
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {RemoveSnapshots{{2}}}));
  EXPECT_EQ(table.current_snapshot_id, std::nullopt);
  EXPECT_TRUE(table.refs.empty());
  EXPECT_TRUE(table.snapshot_log.empty());
}

TEST(Updates, RemovingMainForgetsTheCurrentSnapshotAndKeepsTheLog) {
  ASSERT_OK_AND_ASSIGN(const TableMetadata table,
                       Apply(WithSnapshots(), {RemoveSnapshotRef{"main"}}));
  EXPECT_EQ(table.current_snapshot_id, std::nullopt);
  EXPECT_EQ(table.snapshots.size(), 2U);
  EXPECT_EQ(table.snapshot_log, WithSnapshots().snapshot_log) << "a replaced table keeps its past";
}

TEST(Updates, SchemasSpecsAndOrdersAreReused) {
  TableMetadata table = Table();
  Schema wider = table.current_schema();
  wider.schema_id = 7;
  wider.fields.push_back({.id = 3, .name = "s", .type = Type::Primitive(TypeKind::kString)});
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {AddSchema{wider, {}}, SetCurrentSchema{7}}));
  EXPECT_EQ(table.current_schema_id, 1) << "the id given to what the sender called 7";
  EXPECT_EQ(table.last_column_id, 3);
  ASSERT_OK_AND_ASSIGN(table,
                       Apply(table, {AddSchema{*table.FindSchema(0), {}}, SetCurrentSchema{-1}}));
  EXPECT_EQ(table.schemas.size(), 2U);
  EXPECT_EQ(table.current_schema_id, 0);

  PartitionSpec spec;
  spec.fields = {
      {.source_id = 2, .field_id = 1000, .name = "d_day", .transform = *ParseTransform("day")}};
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {AddPartitionSpec{spec}, SetDefaultSpec{-1}}));
  EXPECT_EQ(table.default_spec_id, 1);
  EXPECT_EQ(table.last_partition_id, 1000);
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {AddPartitionSpec{spec}, SetDefaultSpec{-1}}));
  EXPECT_EQ(table.partition_specs.size(), 2U);

  SortOrder order;
  order.order_id = 1;
  order.fields = {{.source_id = 1, .transform = {}}};
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {AddSortOrder{order}, SetDefaultSortOrder{-1}}));
  EXPECT_EQ(table.default_sort_order_id, 1);
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {AddSortOrder{{}}, SetDefaultSortOrder{-1}}));
  EXPECT_EQ(table.default_sort_order_id, 0);
  EXPECT_EQ(table.sort_orders.size(), 2U);

  ASSERT_OK_AND_ASSIGN(table, Apply(table, {RemoveSchemas{{1}}, RemovePartitionSpecs{{0}}}));
  EXPECT_EQ(table.schemas.size(), 1U);
  EXPECT_EQ(table.partition_specs.size(), 1U);
}

TEST(Updates, PropertiesStatisticsAndKeysComeAndGo) {
  TableMetadata table = WithSnapshots();
  ASSERT_OK_AND_ASSIGN(
      table,
      Apply(table,
            {SetProperties{{{"a", "1"}, {"b", "2"}}}, RemoveProperties{{"a", "zz"}},
             SetLocation{"s3://new"}, SetPartitionStatistics{*ParseJson(R"({"snapshot-id":1})")},
             AddEncryptionKey{*ParseJson(R"({"key-id":"k"})")},
             AddEncryptionKey{*ParseJson(R"({"key-id":"k"})")}, AssignUuid{"other"}}));
  EXPECT_EQ(table.properties, (Properties{{"b", "2"}}));
  EXPECT_EQ(table.location, "s3://new");
  EXPECT_EQ(table.partition_statistics.size(), 1U);
  EXPECT_EQ(table.encryption_keys.size(), 1U);
  EXPECT_EQ(table.table_uuid, "other");
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {RemovePartitionStatistics{1}, RemoveEncryptionKey{"k"},
                                            RemoveStatistics{4}}));
  EXPECT_TRUE(table.partition_statistics.empty());
  EXPECT_TRUE(table.encryption_keys.empty());
}

TEST(Updates, V3CountsRowIds) {
  TableMetadata table = Table(3);
  Snapshot snapshot = NewSnapshot(1, {}, 1);
  EXPECT_THAT(Apply(table, {AddSnapshot{snapshot}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  snapshot.first_row_id = 0;
  snapshot.added_rows = 10;
  ASSERT_OK_AND_ASSIGN(table, Apply(table, {AddSnapshot{snapshot}, Main(1)}));
  EXPECT_EQ(table.next_row_id, 10);
  snapshot = NewSnapshot(2, 1, 2);
  snapshot.first_row_id = 9;
  EXPECT_THAT(Apply(table, {AddSnapshot{snapshot}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  snapshot.first_row_id = 10;
  snapshot.added_rows = -1;
  EXPECT_THAT(Apply(table, {AddSnapshot{snapshot}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  snapshot.added_rows = INT64_MAX;
  EXPECT_THAT(Apply(table, {AddSnapshot{snapshot}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
}

TEST(Updates, RefuseWhatCannotBe) {
  const TableMetadata table = WithSnapshots();
  Snapshot no_schema = NewSnapshot(3, 2, 3);
  no_schema.schema_id = 44;
  Snapshot early = NewSnapshot(3, 2, 3);
  early.timestamp_ms -= 120'000;
  const std::vector<std::vector<TableUpdate>> cases = {
      {AssignUuid{""}},
      {UpgradeFormatVersion{1}},
      {SetCurrentSchema{-1}},
      {SetCurrentSchema{5}},
      {SetDefaultSpec{-1}},
      {SetDefaultSpec{5}},
      {SetDefaultSortOrder{-1}},
      {SetDefaultSortOrder{5}},
      {AddSnapshot{NewSnapshot(2, 1, 3)}},
      {AddSnapshot{NewSnapshot(3, 2, 2)}},
      {AddSnapshot{no_schema}},
      {AddSnapshot{early}, Main(3)},
      {Main(9)},
      {SetSnapshotRef{"", {.snapshot_id = 1}}},
      {SetSnapshotRef{"main", {.snapshot_id = 1, .is_tag = true}}},
      {SetSnapshotRef{"t", {.snapshot_id = 1, .is_tag = true, .min_snapshots_to_keep = 3}}},
      {SetLocation{""}},
      {RemoveSchemas{{0}}},
      {RemovePartitionSpecs{{0}}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_THAT(Apply(table, cases[i]), IsError(ErrorCode::kInvalidArgument, "InvalidUpdate")) << i;
  }
  EXPECT_THAT(Apply(table, {UpgradeFormatVersion{4}}),
              IsError(ErrorCode::kUnsupported, "FormatVersion"));

  PartitionSpec spec;
  spec.fields = {
      {.source_id = 1, .field_id = 1001, .name = "n_day", .transform = *ParseTransform("day")}};
  EXPECT_THAT(Apply(table, {AddPartitionSpec{spec}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  spec.fields[0].transform = *ParseTransform("bucket[3]");
  EXPECT_THAT(Apply(table, {AddPartitionSpec{spec}}), HasValue());
  EXPECT_THAT(Apply(Table(1), {AddPartitionSpec{spec}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  // The default spec's source goes away.
  Schema narrow;
  narrow.fields = {table.current_schema().fields[1]};
  EXPECT_THAT(Apply(table, {AddPartitionSpec{spec}, SetDefaultSpec{-1}, AddSchema{narrow, {}},
                            SetCurrentSchema{-1}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  SortOrder order;
  order.order_id = 1;
  order.fields = {{.source_id = 77, .transform = {}}};
  EXPECT_THAT(Apply(table, {AddSortOrder{order}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidSortOrder"));
  Schema defaults = table.current_schema();
  defaults.fields[0].initial_default = 1;
  EXPECT_THAT(Apply(table, {AddSchema{defaults, {}}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidSchema"));
}

}  // namespace
}  // namespace firn::iceberg
