#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/durable_file.h"
#include "base/thread_pool.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest_cache.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/objects/memory_store.h"

/// planning_bench FOLDER REPEATS THREADS: plans the scan of the table whose metadata
/// bench/planning.py put into FOLDER, with the manifests in memory, and prints one line of JSON a
/// figure.

namespace firn::iceberg {
namespace {

constexpr const char* kPrefix = "s3://bench/t/metadata/";

/// Of the whole process, all threads together: what it would take alone on a core.
double CpuMillis() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto millis = [](const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e3;
  };
  return millis(used.ru_utime) + millis(used.ru_stime);
}

struct Took {
  double millis = 0;
  double cpu_millis = 0;
};

Took Time(const std::function<void()>& work) {
  const auto begin = SystemClock().MonotonicNow();
  const double cpu_begin = CpuMillis();
  work();
  const std::chrono::duration<double, std::milli> wall = SystemClock().MonotonicNow() - begin;
  return {wall.count(), CpuMillis() - cpu_begin};
}

Status FillStore(objects::MemoryStore& store, const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".avro") continue;
    FIRN_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(entry.path(), kManifestBytesMax));
    FIRN_TRY(store.Put(Context(), kPrefix + entry.path().filename().string(), bytes,
                       objects::PutCondition::kAlways));
  }
  return Ok();
}

Status Run(const std::filesystem::path& folder, int repeats, std::size_t threads) {
  objects::MemoryStore store;
  FIRN_TRY(FillStore(store, folder));
  FIRN_ASSIGN_OR_RETURN(const std::string text,
                        ReadWholeFile(folder / "metadata.json", kMetadataBytesMax));
  FIRN_ASSIGN_OR_RETURN(const TableMetadata metadata, DecodeMetadataFile(text));
  const Predicate one = Predicate::Compare(PredicateKind::kEqual, 1, Literal::Long(1'234'567));
  ThreadPool pool("decoders", threads);
  for (int i = 0; i < repeats; ++i) {
    ManifestCache cache(std::size_t{4} << 30);
    const ScanResources resources{
        .cache = &cache, .cache_scope = "bench", .decoders = threads > 1 ? &pool : nullptr};
    for (const auto& [name, predicate] :
         {std::pair("cold, one file kept", one), std::pair("warm, one file kept", one),
          std::pair("warm, all files kept", Predicate::True())}) {
      Result<ScanPlan> plan = ScanPlan();
      const Took took = Time(
          [&] { plan = PlanScan(Context(), store, metadata, std::nullopt, predicate, resources); });
      if (!plan) return std::move(plan).error();
      std::printf(
          "%s\n",
          fmt::format(
              "{{\"figure\": \"{}\", \"threads\": {}, \"millis\": {:.2f}, \"cpu_millis\": {:.2f}, "
              "\"entries\": {}, \"kept\": {}, \"cache_mb\": {:.1f}}}",
              name, threads, took.millis, took.cpu_millis, plan->counters.files_total,
              plan->counters.files_kept, static_cast<double>(cache.counters().bytes) / 1e6)
              .c_str());
    }
  }
  return Ok();
}

}  // namespace
}  // namespace firn::iceberg

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: planning_bench FOLDER REPEATS THREADS\n", stderr);
    return 2;
  }
  const auto status = firn::iceberg::Run(arguments[1], std::atoi(arguments[2]),
                                         static_cast<std::size_t>(std::atoi(arguments[3])));
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().ToString().c_str());
  return 1;
}
