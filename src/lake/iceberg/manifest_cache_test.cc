#include "lake/iceberg/manifest_cache.h"

#include <algorithm>
#include <filesystem>

#include "base/result_testing.h"
#include "base/thread_pool.h"
#include "lake/iceberg/golden_testing.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_columns_internal.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/objects/memory_store.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const Context kContext;
constexpr const char* kFolder = "s3://firn-golden/warehouse/db/taxis/metadata/";

/// PyIceberg's table with its metadata folder in memory, planned through a cache.
struct CachedTable {
  objects::MemoryStore store;
  TableMetadata metadata;
  ManifestCache cache;
  ThreadPool pool{"decoders", 3};
  bool on_pool = false;

  explicit CachedTable(std::size_t cache_bytes_max = kManifestCacheBytesDefault)
      : cache(cache_bytes_max) {
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::GoldenPath("pyiceberg"))) {
      const std::string name = entry.path().filename();
      const std::string bytes = testing::ReadGolden("pyiceberg/" + name);
      EXPECT_THAT(store.Put(kContext, kFolder + name, bytes, objects::PutCondition::kAlways),
                  HasValue());
      if (name.ends_with(".json")) metadata = *DecodeMetadataFile(bytes);
    }
    store.ResetCounters();
  }

  Result<ScanPlan> Plan(const std::string& scope, const Context& context = kContext,
                        const Predicate& predicate = Predicate::True()) {
    return PlanScan(context, store, metadata, std::nullopt, predicate,
                    {.cache = &cache, .cache_scope = scope, .decoders = on_pool ? &pool : nullptr});
  }
  std::uint64_t reads() const { return store.counters().reads; }
};

void ExpectEqualTasks(const ScanPlan& a, const ScanPlan& b) {
  ASSERT_EQ(a.tasks.size(), b.tasks.size());
  for (std::size_t i = 0; i < a.tasks.size(); ++i) {
    EXPECT_EQ(a.tasks[i].data_file, b.tasks[i].data_file) << i;
    EXPECT_EQ(a.tasks[i].sequence_number, b.tasks[i].sequence_number) << i;
    EXPECT_EQ(a.tasks[i].file_sequence_number, b.tasks[i].file_sequence_number) << i;
  }
}

TEST(ManifestCaches, AnUnchangedSnapshotIsReadOnce) {
  for (const bool on_pool : {false, true}) {
    CachedTable table;
    table.on_pool = on_pool;
    ASSERT_OK_AND_ASSIGN(const ScanPlan bare, PlanScan(kContext, table.store, table.metadata,
                                                       std::nullopt, Predicate::True()));
    table.store.ResetCounters();
    ASSERT_OK_AND_ASSIGN(const ScanPlan first, table.Plan("a"));
    EXPECT_EQ(table.reads(), 3U) << "the list and two manifests; of the third no file lives";
    EXPECT_EQ(first.counters.manifests_fetched, 2);
    ASSERT_OK_AND_ASSIGN(const ScanPlan second, table.Plan("a"));
    EXPECT_EQ(table.reads(), 3U);
    EXPECT_EQ(second.counters.manifests_fetched, 0);
    EXPECT_EQ(second.counters.manifests_read, 2);
    ExpectEqualTasks(bare, first);
    ExpectEqualTasks(bare, second);
    EXPECT_EQ(table.cache.counters().entries, 3U);
    EXPECT_EQ(table.cache.counters().hits, 3U);
    EXPECT_EQ(table.cache.counters().misses, 3U);

    ASSERT_THAT(table.Plan("b"), HasValue());
    EXPECT_EQ(table.reads(), 6U) << "another scope sees nothing of the first";
    const Predicate none = Predicate::Compare(PredicateKind::kEqual, 2, Literal::Int(77));
    ASSERT_OK_AND_ASSIGN(const ScanPlan pruned, table.Plan("a", kContext, none));
    EXPECT_EQ(pruned.tasks.size(), 0U);
    EXPECT_EQ(table.reads(), 6U);
  }
}

TEST(ManifestCaches, WhatWasUsedLongestAgoGoesFirst) {
  CachedTable sizes;
  ASSERT_THAT(sizes.Plan("a"), HasValue());
  const std::size_t bytes = sizes.cache.counters().bytes;
  EXPECT_GT(bytes, 4'000U);

  CachedTable table(bytes);
  ASSERT_THAT(table.Plan("a"), HasValue());
  EXPECT_EQ(table.cache.counters().evictions, 0U);
  ASSERT_THAT(table.Plan("b"), HasValue());
  EXPECT_EQ(table.cache.counters().evictions, 3U);
  EXPECT_LE(table.cache.counters().bytes, bytes);
  ASSERT_THAT(table.Plan("b"), HasValue());
  EXPECT_EQ(table.reads(), 6U);
  ASSERT_THAT(table.Plan("a"), HasValue());
  EXPECT_EQ(table.reads(), 9U);

  CachedTable none(0);
  ASSERT_THAT(none.Plan("a"), HasValue());
  ASSERT_THAT(none.Plan("a"), HasValue());
  EXPECT_EQ(none.reads(), 6U);
  EXPECT_EQ(none.cache.counters().bytes, 0U);
}

TEST(ManifestCaches, FailuresAreNotKept) {
  for (const bool on_pool : {false, true}) {
    CachedTable table;
    table.on_pool = on_pool;
    const auto list = ReadManifestList(
        *table.store.ReadAll(kContext, table.metadata.current_snapshot()->manifest_list, 1 << 20));
    const auto live = std::ranges::find_if(
        *list, [](const ManifestFile& listed) { return listed.added_files_count != 0; });
    const std::string path = live->path;
    const std::string whole = *table.store.ReadAll(kContext, path, 1 << 20);
    for (const std::string& broken :
         {std::string("rubbish"), whole.substr(0, whole.size() / 2), std::string()}) {
      ASSERT_THAT(table.store.Put(kContext, path, broken, objects::PutCondition::kAlways),
                  HasValue());
      const auto plan = table.Plan("a");
      ASSERT_THAT(plan, IsError(ErrorCode::kDataCorruption));
      EXPECT_THAT(plan.error().FullMessage(), ::testing::HasSubstr(path));
    }
    table.store.FailNext(path, 1, Error(ErrorCode::kUnavailable, "SlowDown", "slow down"));
    EXPECT_THAT(table.Plan("a"), IsError(ErrorCode::kUnavailable, "SlowDown"));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THAT(table.Plan("a", kContext.WithStopToken(stop.get_token())),
                IsError(ErrorCode::kCancelled));
    ASSERT_THAT(table.store.Put(kContext, path, whole, objects::PutCondition::kAlways), HasValue());
    EXPECT_THAT(table.Plan("a"), HasValue());
  }
}

// ReadManifest builds every entry at once; columns build one when asked for it.
TEST(ManifestColumnsDecode, GivesWhatReadManifestGives) {
  CachedTable table;
  int entry_count = 0;
  for (const Snapshot& snapshot : table.metadata.snapshots) {
    ASSERT_OK_AND_ASSIGN(const std::string list_bytes,
                         table.store.ReadAll(kContext, snapshot.manifest_list, 1 << 20));
    ASSERT_OK_AND_ASSIGN(const auto list, ReadManifestList(list_bytes));
    for (const ManifestFile& listed : list) {
      const PartitionSpec& spec = *table.metadata.FindSpec(listed.spec_id);
      const auto fields = PartitionFields(spec, table.metadata.current_schema());
      ASSERT_OK_AND_ASSIGN(const std::string bytes,
                           table.store.ReadAll(kContext, listed.path, 1 << 20));
      ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(bytes, listed, spec, fields));
      ASSERT_OK_AND_ASSIGN(const auto columns,
                           ManifestColumns::Decode(bytes, listed, spec, fields, nullptr));
      ASSERT_EQ(columns->size(), manifest.entries.size());
      for (std::size_t i = 0; i < columns->size(); ++i) {
        const ManifestEntry& expected = manifest.entries[i];
        const DataFile& file = expected.data_file;
        ++entry_count;
        ASSERT_OK_AND_ASSIGN(const ManifestEntry entry, columns->Entry(i));
        EXPECT_EQ(entry.data_file, file);
        EXPECT_EQ(entry.snapshot_id, expected.snapshot_id);
        EXPECT_EQ(entry.sequence_number, expected.sequence_number);
        EXPECT_EQ(entry.file_sequence_number, expected.file_sequence_number);
        EXPECT_EQ(columns->status(i), expected.status);
        EXPECT_EQ(columns->record_count(i), file.record_count);
        EXPECT_EQ(columns->partitions().at(columns->partition_index(i)), file.partition);
        for (std::int32_t field_id = 0; field_id < 12; ++field_id) {
          const ColumnBounds bounds = columns->BoundsOf(i, field_id);
          const ColumnCounts counts = columns->CountsOf(i, field_id);
          const auto lower = file.lower_bounds.find(field_id);
          ASSERT_EQ(bounds.lower.has_value(), lower != file.lower_bounds.end());
          if (bounds.lower) {
            EXPECT_EQ(*bounds.lower, lower->second);
          }
          const auto upper = file.upper_bounds.find(field_id);
          ASSERT_EQ(bounds.upper.has_value(), upper != file.upper_bounds.end());
          if (bounds.upper) {
            EXPECT_EQ(*bounds.upper, upper->second);
          }
          const auto values = file.value_counts.find(field_id);
          ASSERT_EQ(counts.values.has_value(), values != file.value_counts.end());
          if (counts.values) {
            EXPECT_EQ(*counts.values, values->second);
          }
        }
      }
    }
  }
  EXPECT_GT(entry_count, 5);
}

// Skipping has short ways for one byte; ids, counts and lengths here take one to three, in several
// blocks, with entries that have no metrics between.
TEST(ManifestColumnsDecode, SkipsWhatIsLongAndWhatIsAbsent) {
  const Schema schema;
  const PartitionSpec spec;
  std::vector<ManifestEntry> entries;
  for (std::int32_t i = 0; i < 2'000; ++i) {
    ManifestEntry& entry = entries.emplace_back();
    entry.data_file.file_path = "s3://b/" + std::string(static_cast<std::size_t>(i % 150), 'p');
    entry.data_file.record_count = i;
    entry.data_file.file_size_bytes = i * 1'000;
    if (i % 7 == 3) continue;
    for (const std::int32_t id : {1, 63, 64, 127, 8'191, 8'192, 2'147'483'000}) {
      entry.data_file.value_counts[id] = std::int64_t{1} << (i % 63);
      entry.data_file.nan_value_counts[id] = i % 130;
      entry.data_file.lower_bounds[id] = std::string(static_cast<std::size_t>(i % 140), 'l');
      entry.data_file.upper_bounds[id] = std::string(static_cast<std::size_t>(id % 70), 'u');
    }
  }
  ASSERT_OK_AND_ASSIGN(
      const std::string bytes,
      WriteManifest({.format_version = 2, .schema = &schema, .spec = &spec}, entries));
  ManifestFile listed;
  listed.path = "m";
  ASSERT_OK_AND_ASSIGN(const auto columns,
                       ManifestColumns::Decode(bytes, listed, spec, {}, nullptr));
  ASSERT_EQ(columns->size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const DataFile& file = entries[i].data_file;
    EXPECT_EQ(columns->record_count(i), file.record_count);
    EXPECT_EQ(columns->file_size_bytes(i), file.file_size_bytes);
    for (const auto& [id, bound] : file.lower_bounds) {
      ASSERT_EQ(columns->BoundsOf(i, id).lower, bound) << i << " " << id;
      ASSERT_EQ(columns->BoundsOf(i, id).upper, file.upper_bounds.at(id)) << i << " " << id;
      ASSERT_EQ(columns->CountsOf(i, id).values, file.value_counts.at(id)) << i << " " << id;
    }
    ASSERT_EQ(columns->BoundsOf(i, 2).lower, std::nullopt);
    ASSERT_OK_AND_ASSIGN(const ManifestEntry entry, columns->Entry(i));
    ASSERT_EQ(entry.data_file, file) << i;
  }
  const std::string sync = bytes.substr(bytes.size() - 16);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 997) {
    if (bytes.substr(0, cut).ends_with(sync)) continue;  // Whole blocks are a whole file.
    EXPECT_THAT(ManifestColumns::Decode(bytes.substr(0, cut), listed, spec, {}, nullptr),
                IsError(ErrorCode::kDataCorruption, "InvalidAvro"))
        << cut;
  }
}

}  // namespace
}  // namespace firn::iceberg
