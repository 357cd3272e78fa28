#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result_testing.h"
#include "engine/duck/engine.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/objects/memory_store.h"
#include "sql/parser.h"

/// A small lake for tests: tables in a MemoryStore, an engine, and answers as lines of text.

namespace firn::duck {

/// Gathers an answer: a line a row, cells joined by `|`, NULL as `NULL`.
class TextSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column> columns) override;
  Status AddBatch(const rows::ColumnBatch& batch) override;
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t, std::string_view) override { return Ok(); }

  std::vector<rows::Column> columns;
  std::vector<std::string> lines;
  /// Fails AddBatch when set.
  std::optional<Error> fault;
  std::size_t batch_count = 0;
};

class FakeTables final : public TableSource {
 public:
  Result<ResolvedTable> Resolve(const Context& context, const TableName& name) override;

  std::map<std::string, ResolvedTable> tables;  ///< By `catalog.database.table`.
  std::vector<std::string> asked;
};

/// Everything a test of the engine needs. Tables live in catalog `lake`, database `db`.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override;

  /// A table without snapshots. `spec` names source columns: {"vendor_id", "identity"}.
  void CreateTable(const std::string& name, std::vector<iceberg::NestedField> fields,
                   std::vector<std::pair<std::string, std::string>> spec = {},
                   iceberg::Properties properties = {});
  /// Parses `INSERT INTO t (…) VALUES …` or `… SELECT …`, writes the rows and commits them.
  Result<std::vector<iceberg::DataFile>> Insert(const std::string& text);
  void Commit(const std::string& name, const std::vector<iceberg::DataFile>& files);
  /// Parses and runs a DELETE, UPDATE or MERGE and commits what it changes.
  Result<RowChange> Change(const std::string& text);
  Status TryCommit(const std::string& name, iceberg::SnapshotChange change);

  Result<std::vector<std::string>> TryQuery(const std::string& text);
  /// The lines of the answer, or one line with the error.
  std::string Query(const std::string& text);

  iceberg::TableMetadata& metadata(const std::string& name) { return metadata_.at(name); }

  Context context_;
  std::shared_ptr<objects::MemoryStore> store_ = std::make_shared<objects::MemoryStore>();
  FakeTables tables_;
  QueryScope scope_;
  std::unique_ptr<Random> random_ = SeededRandom(7);
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Connection> connection_;

  /// Statements begun from now on see the table's metadata as it is.
  void Publish(const std::string& name);

 private:
  std::map<std::string, iceberg::TableMetadata> metadata_;
};

iceberg::NestedField Field(std::string name, iceberg::Type type, bool required = false);
iceberg::NestedField Field(std::string name, iceberg::TypeKind kind, bool required = false);

}  // namespace firn::duck
