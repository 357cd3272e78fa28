#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/session/table_source_internal.h"
#include "lake/objects/object_store.h"

/// What a statement reads of its tables' stores, counted on the way.

namespace firn::session {

/// Of one table. Thread-safe: a scan reads with many threads.
class StoreMeter {
 public:
  struct Reading {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;
    std::uint64_t objects = 0;     ///< Distinct ones.
    std::uint64_t data_files = 0;  ///< Those among them that are no metadata.
  };

  void Count(const std::string& url, std::uint64_t requests, std::uint64_t bytes);
  Reading Read() const;

 private:
  mutable Mutex mutex_;
  std::uint64_t requests_ FIRN_GUARDED_BY(mutex_) = 0;
  std::uint64_t bytes_ FIRN_GUARDED_BY(mutex_) = 0;
  std::set<std::string> urls_ FIRN_GUARDED_BY(mutex_);
};

/// Another source's tables, each behind a store that counts. One statement's; Resolve as the
/// source's.
class MeasuredTables final : public duck::TableSource {
 public:
  /// `inner` must outlive it.
  explicit MeasuredTables(duck::TableSource& inner) : inner_(inner) {}

  Result<duck::ResolvedTable> Resolve(const Context& context, const duck::TableName& name) override;

  /// By `catalog.database.table`.
  const std::map<std::string, std::shared_ptr<StoreMeter>>& meters() const { return meters_; }

 private:
  duck::TableSource& inner_;
  std::map<std::string, std::shared_ptr<StoreMeter>> meters_;
};

}  // namespace firn::session
