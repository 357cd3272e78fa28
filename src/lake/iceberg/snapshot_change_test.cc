#include "lake/iceberg/snapshot_change.h"

#include <algorithm>
#include <set>

#include "base/result_testing.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/objects/memory_store.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const Context kContext;

class Changes : public ::testing::TestWithParam<std::int32_t> {
 protected:
  Changes() {
    NewTable table;
    table.schema.fields = {
        {.id = 1, .name = "vendor_id", .type = Type::Primitive(TypeKind::kLong)},
        {.id = 2, .name = "distance", .type = Type::Primitive(TypeKind::kDouble)}};
    table.spec.fields = {{.source_id = 1, .field_id = 1000, .name = "vendor_id", .transform = {}}};
    table.location = "s3://b/t/";
    table.uuid = "u";
    table.format_version = GetParam();
    metadata_ = *NewTableMetadata(table, WallTimeFromMillis(1000));
  }

  static DataFile File(const std::string& name, std::int64_t vendor, std::int64_t rows) {
    DataFile file;
    file.file_path = "s3://b/t/data/" + name;
    file.partition = {Literal::Long(vendor)};
    file.record_count = rows;
    file.file_size_bytes = 100 * rows;
    return file;
  }

  static DataFile Deletes(const std::string& name, const std::string& target, std::int64_t vendor) {
    DataFile file = File(name, vendor, 1);
    file.content = FileContent::kPositionDeletes;
    file.referenced_data_file = "s3://b/t/data/" + target;
    return file;
  }

  static DataFile Vector(const std::string& name, const std::string& target) {
    DataFile file = Deletes(name, target, target == "a" ? 1 : 2);
    file.file_format = "PUFFIN";
    file.content_offset_bytes = 4;
    file.content_size_bytes = 40;
    return file;
  }

  void Append(std::int64_t snapshot_id, std::vector<DataFile> files) {
    ASSERT_OK_AND_ASSIGN(const PreparedChange change,
                         PrepareChange(kContext, store_, metadata_,
                                       {snapshot_id, "c-" + std::to_string(snapshot_id)},
                                       {.added = std::move(files)}));
    ASSERT_THAT(Commit(change), HasValue());
  }

  /// What a catalog does.
  Status Commit(const PreparedChange& append) {
    FIRN_TRY(CheckRequirements(&metadata_, append.requirements));
    FIRN_ASSIGN_OR_RETURN(metadata_,
                          ApplyUpdates(&metadata_, append.updates, WallTimeFromMillis(2000)));
    // As it would come back from a metadata file.
    FIRN_ASSIGN_OR_RETURN(metadata_, DecodeMetadataFile(EncodeMetadataFile(metadata_)));
    return Ok();
  }

  std::vector<std::string> Paths() {
    const auto plan = PlanScan(kContext, store_, metadata_, {}, Predicate::True());
    std::vector<std::string> paths;
    for (const ScanTask& task : plan->tasks) paths.push_back(task.data_file.file_path);
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  objects::MemoryStore store_;
  TableMetadata metadata_;
};

INSTANTIATE_TEST_SUITE_P(Versions, Changes, ::testing::Values(1, 2, 3));

TEST_P(Changes, AddFilesAndSayWhatTheyAdded) {
  const std::vector<DataFile> files = {File("a", 1, 3), File("b", 2, 1)};
  SnapshotChange options{.added = files};
  options.summary_extras = {{"engine-name", "firn"}, {"added-records", "not this"}};
  ASSERT_OK_AND_ASSIGN(const PreparedChange append,
                       PrepareChange(kContext, store_, metadata_, {11, "c-1"}, options));
  EXPECT_EQ(append.written_paths,
            (std::vector<std::string>{"s3://b/t/metadata/c-1-m0.avro",
                                      "s3://b/t/metadata/snap-11-1-c-1.avro"}));
  EXPECT_EQ(store_.counters().puts, 2U);
  EXPECT_EQ(store_.counters().reads, 0U) << "there is no list yet";
  ASSERT_THAT(Commit(append), HasValue());
  const Snapshot& snapshot = *metadata_.current_snapshot();
  EXPECT_EQ(snapshot.summary, (Properties{{"operation", "append"},
                                          {"engine-name", "firn"},
                                          {"added-data-files", "2"},
                                          {"added-records", "4"},
                                          {"added-files-size", "400"},
                                          {"changed-partition-count", "2"},
                                          {"total-data-files", "2"},
                                          {"total-records", "4"},
                                          {"total-files-size", "400"},
                                          {"total-delete-files", "0"},
                                          {"total-position-deletes", "0"},
                                          {"total-equality-deletes", "0"}}));
  EXPECT_EQ(snapshot.sequence_number, GetParam() == 1 ? 0 : 1);
  EXPECT_EQ(snapshot.schema_id, 0);
  EXPECT_EQ(Paths(), (std::vector<std::string>{"s3://b/t/data/a", "s3://b/t/data/b"}));

  ASSERT_OK_AND_ASSIGN(const PreparedChange second,
                       PrepareChange(kContext, store_, metadata_, {12, "c-2"},
                                     {.added = {File("c", 1, 1)}}));
  ASSERT_THAT(Commit(second), HasValue());
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-records"), "5");
  EXPECT_EQ(metadata_.current_snapshot()->parent_snapshot_id, 11);
  EXPECT_EQ(Paths().size(), 3U);
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store_, metadata_, {},
                                Predicate::Compare(PredicateKind::kEqual, 1, Literal::Int(2))));
  EXPECT_EQ(plan.counters.manifests_read, 1);
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_EQ(plan.tasks[0].sequence_number, GetParam() == 1 ? 0 : 1);
  if (GetParam() == 3) {
    EXPECT_EQ(metadata_.next_row_id, 5);
    EXPECT_EQ(plan.tasks[0].data_file.first_row_id, 3);
  }
}

TEST_P(Changes, RebaseRewritesTheListOnly) {
  const std::vector<DataFile> mine = {File("mine", 1, 2)};
  ASSERT_OK_AND_ASSIGN(const PreparedChange append,
                       PrepareChange(kContext, store_, metadata_, {11, "mine"}, {.added = mine}));
  ASSERT_OK_AND_ASSIGN(const PreparedChange other,
                       PrepareChange(kContext, store_, metadata_, {22, "other"},
                                     {.added = {File("other", 1, 5)}}));
  ASSERT_THAT(Commit(other), HasValue());
  EXPECT_THAT(Commit(append), IsError(ErrorCode::kConflict, "CommitFailed"));
  store_.ResetCounters();
  ASSERT_OK_AND_ASSIGN(const PreparedChange again,
                       RebaseChange(kContext, store_, metadata_, append));
  EXPECT_EQ(store_.counters().puts, 1U);
  EXPECT_EQ(again.written_paths.back(), "s3://b/t/metadata/snap-11-2-mine.avro");
  EXPECT_EQ(again.written_paths.size(), 3U);
  ASSERT_THAT(Commit(again), HasValue());
  EXPECT_EQ(Paths(), (std::vector<std::string>{"s3://b/t/data/mine", "s3://b/t/data/other"}));
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-records"), "7");
  EXPECT_TRUE(SnapshotIsAncestorOrCurrent(metadata_, 11));
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store_, metadata_, {}, Predicate::True()));
  for (const ScanTask& task : plan.tasks) {
    const bool is_mine = task.data_file.file_path.ends_with("mine");
    EXPECT_EQ(task.sequence_number, GetParam() == 1 ? 0 : is_mine ? 2 : 1);
    if (GetParam() == 3) {
      EXPECT_EQ(task.data_file.first_row_id, is_mine ? 5 : 0);
    }
  }
  EXPECT_THAT(RebaseChange(kContext, store_, metadata_, again),
              IsError(ErrorCode::kAlreadyExists, "AlreadyCommitted"));
}

TEST_P(Changes, RebaseRefusesATableThatIsAnother) {
  ASSERT_OK_AND_ASSIGN(const PreparedChange append,
                       PrepareChange(kContext, store_, metadata_, {11, "c"},
                                     {.added = {File("a", 1, 2)}}));
  TableMetadata other = metadata_;
  other.table_uuid = "another";
  EXPECT_THAT(RebaseChange(kContext, store_, other, append),
              IsError(ErrorCode::kConflict, "TableReplaced"));
  other = metadata_;
  other.partition_specs[0].spec_id = 4;
  EXPECT_THAT(RebaseChange(kContext, store_, other, append),
              IsError(ErrorCode::kConflict, "SpecRemoved"));
  other = metadata_;
  other.format_version = 3;
  if (GetParam() == 1) {
    EXPECT_THAT(RebaseChange(kContext, store_, other, append),
                IsError(ErrorCode::kConflict, "FormatVersionChanged"));
  } else {
    EXPECT_THAT(RebaseChange(kContext, store_, other, append), HasValue());
  }
}

TEST_P(Changes, NothingIsAppendedThatDoesNotFit) {
  const auto prepare = [&](DataFile file, std::string branch = "main") {
    return PrepareChange(kContext, store_, metadata_, {11, "c"},
                         {.branch = std::move(branch), .added = {std::move(file)}});
  };
  DataFile file = File("a", 1, 2);
  file.spec_id = 9;
  EXPECT_THAT(prepare(file), IsError(ErrorCode::kInvalidArgument, "InvalidChange"));
  file = File("a", 1, 2);
  file.partition.clear();
  EXPECT_THAT(prepare(file), IsError(ErrorCode::kInvalidArgument, "InvalidChange"));
  file = File("a", 1, 2);
  file.content = FileContent::kPositionDeletes;
  if (GetParam() == 1) {
    EXPECT_THAT(prepare(file), IsError(ErrorCode::kInvalidArgument, "InvalidChange"));
  }
  file = File("a", 1, 2);
  file.partition = {Literal::String("x")};
  EXPECT_THAT(prepare(file), IsError(ErrorCode::kInvalidArgument, "InvalidManifest"));
  EXPECT_EQ(store_.counters().puts, 0U);

  store_.FailNext("snap-", 1, Error(ErrorCode::kUnavailable, "SlowDown", "slow down"));
  const auto failed = prepare(File("a", 1, 2));
  ASSERT_THAT(failed, IsError(ErrorCode::kUnavailable, "SlowDown"));
  EXPECT_THAT(failed.error().FullMessage(), ::testing::HasSubstr("snap-11-1-c.avro"));

  ASSERT_OK_AND_ASSIGN(const PreparedChange good, prepare(File("a", 1, 2)));
  ASSERT_THAT(Commit(good), HasValue());
  EXPECT_THAT(prepare(File("b", 1, 2), "dev"),
              IsError(ErrorCode::kInvalidArgument, "InvalidChange"));
  metadata_.refs["tagged"] = {.snapshot_id = 11, .is_tag = true};
  EXPECT_THAT(prepare(File("b", 1, 2), "tagged"),
              IsError(ErrorCode::kInvalidArgument, "InvalidChange"));
  Snapshot old;
  old.snapshot_id = 11;
  old.manifests = {"s3://b/t/metadata/m0.avro"};
  metadata_.snapshots = {old};
  EXPECT_THAT(prepare(File("b", 1, 2)), IsError(ErrorCode::kUnsupported, "EmbeddedManifests"));
}

TEST_P(Changes, BranchesKeepTheirRetention) {
  ASSERT_OK_AND_ASSIGN(const PreparedChange first,
                       PrepareChange(kContext, store_, metadata_, {11, "c"},
                                     {.added = {File("a", 1, 2)}}));
  ASSERT_THAT(Commit(first), HasValue());
  metadata_.refs["dev"] = {.snapshot_id = 11, .max_ref_age_ms = 99};
  ASSERT_OK_AND_ASSIGN(
      const PreparedChange second,
      PrepareChange(kContext, store_, metadata_, {12, "d"}, {.branch = "dev", .added = {File("b", 1, 2)}}));
  ASSERT_THAT(Commit(second), HasValue());
  EXPECT_EQ(metadata_.current_snapshot_id, 11);
  EXPECT_EQ(metadata_.refs.at("dev"), (SnapshotRef{.snapshot_id = 12, .max_ref_age_ms = 99}));
  EXPECT_TRUE(SnapshotIsAncestorOrCurrent(metadata_, 11, "dev"));
  EXPECT_FALSE(SnapshotIsAncestorOrCurrent(metadata_, 12));
}

TEST_P(Changes, OfNothingMakeASnapshot) {
  ASSERT_OK_AND_ASSIGN(const PreparedChange append,
                       PrepareChange(kContext, store_, metadata_, {11, "c"}, {}));
  EXPECT_EQ(append.written_paths.size(), 1U);
  ASSERT_THAT(Commit(append), HasValue());
  EXPECT_TRUE(Paths().empty());
}

// ---- Removals ----

TEST_P(Changes, TakeOutExactFiles) {
  Append(11, {File("a", 1, 3), File("b", 2, 1)});
  Append(12, {File("c", 1, 4)});
  store_.ResetCounters();
  ASSERT_OK_AND_ASSIGN(const PreparedChange change,
                       PrepareChange(kContext, store_, metadata_, {13, "c-13"},
                                     {.operation = "delete", .removed = {File("b", 2, 1)}}));
  EXPECT_EQ(store_.counters().reads, 2U) << "the list, and the one manifest of vendor 2";
  EXPECT_EQ(store_.counters().puts, 2U);
  EXPECT_EQ(change.removed_rows, 1);
  ASSERT_THAT(Commit(change), HasValue());
  EXPECT_EQ(Paths(), (std::vector<std::string>{"s3://b/t/data/a", "s3://b/t/data/c"}));
  const Properties& summary = metadata_.current_snapshot()->summary;
  EXPECT_EQ(summary.at("operation"), "delete");
  EXPECT_EQ(summary.at("deleted-data-files"), "1");
  EXPECT_EQ(summary.at("deleted-records"), "1");
  EXPECT_EQ(summary.at("total-records"), "7");
  // The files that stay keep their sequence numbers and rows' ids.
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store_, metadata_, {}, Predicate::True()));
  for (const ScanTask& task : plan.tasks) {
    const bool is_a = task.data_file.file_path.ends_with("a");
    EXPECT_EQ(task.sequence_number, GetParam() == 1 ? 0 : is_a ? 1 : 2);
    if (GetParam() == 3) {
      EXPECT_EQ(task.data_file.first_row_id, is_a ? 0 : 4);
    }
  }
}

TEST_P(Changes, WhatIsGoneCannotBeTakenOut) {
  Append(11, {File("a", 1, 3), File("b", 1, 1)});
  const SnapshotChange removal{.operation = "delete", .removed = {File("a", 1, 3)}};
  ASSERT_OK_AND_ASSIGN(const PreparedChange mine,
                       PrepareChange(kContext, store_, metadata_, {21, "mine"}, removal));
  ASSERT_OK_AND_ASSIGN(const PreparedChange theirs,
                       PrepareChange(kContext, store_, metadata_, {22, "theirs"}, removal));
  ASSERT_THAT(Commit(theirs), HasValue());
  EXPECT_THAT(Commit(mine), IsError(ErrorCode::kConflict, "CommitFailed"));
  EXPECT_THAT(RebaseChange(kContext, store_, metadata_, mine),
              IsError(ErrorCode::kConflict, "FilesGone"));
}

TEST_P(Changes, ARebaseRewritesOnlyManifestsItHasNotYet) {
  Append(11, {File("a", 1, 3), File("b", 1, 1)});
  ASSERT_OK_AND_ASSIGN(const PreparedChange mine,
                       PrepareChange(kContext, store_, metadata_, {21, "mine"},
                                     {.operation = "delete", .removed = {File("a", 1, 3)}}));
  Append(12, {File("c", 2, 5)});
  store_.ResetCounters();
  ASSERT_OK_AND_ASSIGN(const PreparedChange again, RebaseChange(kContext, store_, metadata_, mine));
  EXPECT_EQ(store_.counters().reads, 1U) << "the new list";
  EXPECT_EQ(store_.counters().puts, 1U) << "the list";
  ASSERT_THAT(Commit(again), HasValue());
  EXPECT_EQ(Paths(), (std::vector<std::string>{"s3://b/t/data/b", "s3://b/t/data/c"}));
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-records"), "6");
}

TEST_P(Changes, OverwriteWholePartitions) {
  Append(11, {File("a", 1, 3), File("b", 2, 1)});
  Append(12, {File("c", 1, 4), File("d", 3, 4)});
  ASSERT_OK_AND_ASSIGN(const PreparedChange dynamic,
                       PrepareChange(kContext, store_, metadata_, {13, "c-13"},
                                     {.operation = "overwrite",
                                      .added = {File("new", 1, 9)},
                                      .removes_partitions_of_added = true}));
  ASSERT_THAT(Commit(dynamic), HasValue());
  EXPECT_EQ(Paths(), (std::vector<std::string>{"s3://b/t/data/b", "s3://b/t/data/d",
                                               "s3://b/t/data/new"}));
  ASSERT_OK_AND_ASSIGN(
      const PreparedChange fixed,
      PrepareChange(kContext, store_, metadata_, {14, "c-14"},
                    {.operation = "overwrite",
                     .removed_where =
                         Predicate::Compare(PredicateKind::kEqual, 1, Literal::Long(3))}));
  ASSERT_THAT(Commit(fixed), HasValue());
  EXPECT_EQ(Paths(), (std::vector<std::string>{"s3://b/t/data/b", "s3://b/t/data/new"}));
  ASSERT_OK_AND_ASSIGN(const PreparedChange all,
                       PrepareChange(kContext, store_, metadata_, {15, "c-15"},
                                     {.operation = "delete", .removed_where = Predicate::True()}));
  ASSERT_THAT(Commit(all), HasValue());
  EXPECT_TRUE(Paths().empty());
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-records"), "0");
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-data-files"), "0");
}

TEST_P(Changes, DeletesGoWithTheDataFileTheyAreAbout) {
  if (GetParam() == 1) return;  // Version 1 has no delete files.
  Append(11, {File("a", 1, 3), File("b", 1, 2)});
  Append(12, {Deletes("a-deletes", "a", 1), Deletes("b-deletes", "b", 1)});
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-position-deletes"), "2");
  ASSERT_OK_AND_ASSIGN(const PreparedChange change,
                       PrepareChange(kContext, store_, metadata_, {13, "c-13"},
                                     {.operation = "delete", .removed = {File("a", 1, 3)}}));
  ASSERT_THAT(Commit(change), HasValue());
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store_, metadata_, {}, Predicate::True()));
  ASSERT_EQ(plan.tasks.size(), 1U);
  ASSERT_EQ(plan.tasks[0].deletes.size(), 1U);
  EXPECT_EQ(plan.counters.delete_files_kept, 1);
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("removed-position-deletes"), "1");
  EXPECT_EQ(metadata_.current_snapshot()->summary.at("total-position-deletes"), "1");
}

TEST_P(Changes, ACompactionKeepsTheAgeOfItsRows) {
  if (GetParam() == 1) return;
  Append(11, {File("a", 1, 3)});
  Append(12, {File("b", 1, 2)});
  ASSERT_OK_AND_ASSIGN(const PreparedChange change,
                       PrepareChange(kContext, store_, metadata_, {13, "c-13"},
                                     {.operation = "replace",
                                      .added = {File("ab", 1, 5)},
                                      .data_sequence_number = 2,
                                      .removed = {File("a", 1, 3), File("b", 1, 2)}}));
  ASSERT_THAT(Commit(change), HasValue());
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store_, metadata_, {}, Predicate::True()));
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_EQ(plan.tasks[0].sequence_number, 2);
  EXPECT_EQ(plan.tasks[0].file_sequence_number, 3);
}

// ---- Conflicts ----

TEST_P(Changes, ConflictsAreFound) {
  if (GetParam() == 1) return;
  Append(11, {File("a", 1, 3), File("b", 2, 3)});
  struct Case {
    std::string name;
    SnapshotChange theirs;
    ConflictCheck check;
    bool conflicts;
  };
  const Predicate vendor_1 = Predicate::Compare(PredicateKind::kEqual, 1, Literal::Long(1));
  const auto read = [&](ConflictCheck check) {
    check.starting_snapshot_id = 11;
    check.rows = vendor_1;
    return check;
  };
  const std::string a = File("a", 1, 3).file_path;
  const std::vector<Case> cases = {
      {"rows like those read were added", {.added = {File("x", 1, 1)}},
       read({.no_new_data = true}), true},
      {"snapshot isolation does not mind them", {.added = {File("x", 1, 1)}}, read({}), false},
      {"other rows were added", {.added = {File("x", 2, 1)}}, read({.no_new_data = true}), false},
      {"rows were compacted",
       {.operation = "replace", .added = {File("x", 2, 3)}, .removed = {File("b", 2, 3)}},
       read({.no_new_data = true}), false},
      {"the data file is gone", {.operation = "delete", .removed = {File("a", 1, 3)}},
       read({.referenced_data_files = {a}}), true},
      {"another data file is gone", {.operation = "delete", .removed = {File("b", 2, 3)}},
       read({.referenced_data_files = {a}}), false},
      {"rows read were deleted", {.operation = "delete", .added = {Deletes("d", "a", 1)}},
       read({.no_new_deletes = true, .referenced_data_files = {a}}), true},
      {"position deletes add up", {.operation = "delete", .added = {Deletes("d", "a", 1)}},
       read({.referenced_data_files = {a}}), false},
      {"deletion vectors do not", {.operation = "delete", .added = {Vector("d", "a")}},
       read({.referenced_data_files = {a}}), true},
      {"that of another file does", {.operation = "delete", .added = {Vector("d", "b")}},
       read({.referenced_data_files = {a}}), false},
  };
  const TableMetadata before = metadata_;
  for (const Case& c : cases) {
    if (GetParam() == 2 && !c.theirs.added.empty() && c.theirs.added[0].is_deletion_vector()) {
      continue;
    }
    SCOPED_TRACE(c.name);
    metadata_ = before;
    ASSERT_OK_AND_ASSIGN(const PreparedChange mine,
                         PrepareChange(kContext, store_, metadata_, {21, "mine"},
                                       {.operation = "overwrite", .check = c.check}));
    ASSERT_OK_AND_ASSIGN(const PreparedChange theirs,
                         PrepareChange(kContext, store_, metadata_, {22, "theirs"}, c.theirs));
    ASSERT_THAT(Commit(theirs), HasValue());
    const auto again = RebaseChange(kContext, store_, metadata_, mine);
    if (c.conflicts) {
      EXPECT_THAT(again, IsError(ErrorCode::kConflict, "ConflictingFiles"));
    } else {
      EXPECT_THAT(again, HasValue());
    }
  }
}

TEST_P(Changes, ARolledBackTableConflicts) {
  Append(11, {File("a", 1, 3)});
  Append(12, {File("b", 1, 3)});
  const auto prepare = [&] {
    return PrepareChange(kContext, store_, metadata_, {21, "mine"},
                         {.operation = "overwrite", .check = ConflictCheck{.starting_snapshot_id = 12}});
  };
  EXPECT_THAT(prepare(), HasValue());
  metadata_.refs.at("main").snapshot_id = 11;
  metadata_.current_snapshot_id = 11;
  EXPECT_THAT(prepare(), IsError(ErrorCode::kConflict, "ConflictingFiles"));
}

// ---- Merging ----

TEST_P(Changes, SmallManifestsAreMerged) {
  metadata_.properties["commit.manifest.min-count-to-merge"] = "4";
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {
    Append(100 + i, {File("f" + std::to_string(i), i % 2, 1)});
    expected.push_back("s3://b/t/data/f" + std::to_string(i));
    ASSERT_EQ(Paths(), expected) << i;
  }
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store_, metadata_, {}, Predicate::True()));
  EXPECT_LT(plan.counters.manifests_total, 5);
  for (const ScanTask& task : plan.tasks) {
    const std::int64_t number = task.data_file.file_path.back() - '0';
    EXPECT_EQ(task.sequence_number, GetParam() == 1 ? 0 : number + 1);
    if (GetParam() == 3) {
      EXPECT_EQ(task.data_file.first_row_id.has_value(), true);
    }
  }
  std::set<std::int64_t> ids;
  for (const ScanTask& task : plan.tasks) ids.insert(task.data_file.first_row_id.value_or(0));
  if (GetParam() == 3) {
      EXPECT_EQ(ids.size(), 9U) << "no row id is given twice";
    }
}

TEST_P(Changes, AMergedManifestOutlivesARebase) {
  metadata_.properties["commit.manifest.min-count-to-merge"] = "3";
  Append(11, {File("a", 1, 1)});
  Append(12, {File("b", 1, 1)});
  ASSERT_OK_AND_ASSIGN(const PreparedChange mine,
                       PrepareChange(kContext, store_, metadata_, {21, "mine"},
                                     {.added = {File("mine", 1, 1)}}));
  metadata_.properties["commit.manifest-merge.enabled"] = "false";
  Append(13, {File("c", 1, 1)});
  ASSERT_OK_AND_ASSIGN(const PreparedChange again, RebaseChange(kContext, store_, metadata_, mine));
  ASSERT_THAT(Commit(again), HasValue());
  EXPECT_EQ(Paths().size(), 4U);
}

TEST(StatementIds, AreDrawnPositive) {
  const auto random = SeededRandom(7);
  const StatementIds a = NewStatementIds(*random);
  const StatementIds b = NewStatementIds(*random);
  EXPECT_GT(a.snapshot_id, 0);
  EXPECT_NE(a.snapshot_id, b.snapshot_id);
  EXPECT_NE(a.commit_uuid, b.commit_uuid);
}

}  // namespace
}  // namespace firn::iceberg
