#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/scan_internal.h"
#include "lake/iceberg/schema.h"

/// Equality deletes (spec, "Equality Delete Files"): rows whose values in some columns a delete
/// file names are gone, where they are older than it.
///
/// Reading order: DeletedKeys, KeySet, EqualityDeletes.

namespace firn::duck {

/// Keys with the sequence number of the newest delete of each. Its memory is the engine's, so that
/// the engine's limit bounds it. Thread-compatible; many may ask once it is filled.
class DeletedKeys {
 public:
  explicit DeletedKeys(duckdb::ClientContext& context);

  /// Takes a copy of the key. Errors: kResourceExhausted/TooManyDeletes.
  Status Add(const duckdb::string_t& key, std::int64_t sequence_number);
  /// -1 for a key that nothing deletes.
  std::int64_t NewestDelete(const duckdb::string_t& key) const;

 private:
  struct Slot {
    duckdb::string_t key;
    std::int64_t sequence_number;  ///< -1: free.
  };

  Slot& Find(const duckdb::string_t& key) const;
  void Resize(std::size_t slot_count);

  duckdb::Allocator& allocator_;
  duckdb::ArenaAllocator arena_;
  duckdb::AllocatedData memory_;  ///< The slots.
  Slot* slots_ = nullptr;
  std::size_t slot_count_ = 0;
  std::size_t key_count_ = 0;
};

/// A column that equality deletes compare, found inside a column of the table.
struct KeyColumn {
  std::size_t column = 0;         ///< Index into KeySet's schema.
  std::vector<std::size_t> path;  ///< Of a part of a struct: which child at each level.
};

/// What all delete files with the same columns and the same scope delete: one partition of one
/// spec, or everything.
struct KeySet {
  iceberg::Schema schema;  ///< The table's columns that hold the keys.
  std::vector<duckdb::MultiFileColumnDefinition> columns;  ///< The same for DuckDB.
  std::vector<KeyColumn> key_columns;
  std::unique_ptr<DeletedKeys> keys;

  /// One comparable text of bytes a row; NULL equals NULL. `columns` has those of `schema`.
  duckdb::Vector MakeKeys(duckdb::DataChunk& columns) const;
};

/// The equality deletes of one scan. Immutable once made.
class EqualityDeletes {
 public:
  /// Reads each delete file once, however many data files it applies to. Raises
  /// kUnsupported/DeleteFileFormat, kDataCorruption/DeleteFile, kResourceExhausted/TooManyDeletes.
  EqualityDeletes(duckdb::ClientContext& context, const ScanSource& source,
                  const std::vector<const iceberg::ScanTask*>& tasks);

  /// The key sets that apply to the rows of the task with this index.
  const std::vector<const KeySet*>& Of(std::size_t task) const { return by_task_.at(task); }

 private:
  std::map<std::string, KeySet> sets_;
  std::vector<std::vector<const KeySet*>> by_task_;
};

}  // namespace firn::duck
