#include "engine/duck/errors_internal.h"
#include "engine/duck/statement_internal.h"

namespace firn::duck {

std::string EncodeSchemaName(const std::string& catalog, const std::string& database) {
  return std::to_string(catalog.size()) + ":" + catalog + ":" + database;
}

std::optional<std::pair<std::string, std::string>> DecodeSchemaName(const std::string& schema) {
  const std::size_t colon = schema.find(':');
  if (colon == std::string::npos || colon == 0 || colon > 9) return std::nullopt;
  std::size_t length = 0;
  for (const char c : schema.substr(0, colon)) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::size_t>(c - '0');
  }
  if (schema.size() < colon + 1 + length + 1 || schema[colon + 1 + length] != ':')
    return std::nullopt;
  return std::pair(schema.substr(colon + 1, length), schema.substr(colon + 1 + length + 1));
}

Result<std::int64_t> PartitionRegistry::NumberOf(const std::string& raw,
                                                 const iceberg::PartitionTuple& sources) {
  FIRN_ASSIGN_OR_RETURN(iceberg::PartitionTuple tuple, iceberg::PartitionOf(spec_, sources));
  // Equal tuples print equally, but a text "null" prints like null: the kinds make the difference.
  std::string path = iceberg::PartitionPath(spec_, tuple);
  for (const auto& value : tuple) path += value ? '1' : '0';
  MutexLock lock(mutex_);
  const auto [at, fresh] =
      by_path_.emplace(std::move(path), static_cast<std::int64_t>(tuples_.size()));
  if (fresh) tuples_.push_back(std::move(tuple));
  by_raw_.emplace(raw, at->second);
  return at->second;
}

std::optional<std::int64_t> PartitionRegistry::FindNumber(const std::string& raw) {
  MutexLock lock(mutex_);
  const auto found = by_raw_.find(raw);
  if (found == by_raw_.end()) return std::nullopt;
  return found->second;
}

iceberg::PartitionTuple PartitionRegistry::TupleOf(std::int64_t number) {
  MutexLock lock(mutex_);
  FIRN_CHECK(number >= 0 && static_cast<std::size_t>(number) < tuples_.size());
  return tuples_[static_cast<std::size_t>(number)];
}

std::string PartitionRegistry::PathOf(std::int64_t number) {
  return iceberg::PartitionPath(spec_, TupleOf(number));
}

Result<TablePin*> Statement::Resolve(const TableName& name) {
  std::unique_ptr<TablePin>& pin = pins_[{name.catalog, name.database, name.table, name.snapshot_id}];
  if (pin == nullptr) {
    if (tables_ == nullptr) return NotFound("UnknownTable", "Unknown table '" + name.table + "'.");
    FIRN_ASSIGN_OR_RETURN(ResolvedTable table, tables_->Resolve(context_, name));
    auto made = std::make_unique<TablePin>();
    made->table = std::move(table);
    if (const auto* pinned = std::get_if<PinnedTable>(&made->table)) {
      made->store_index = AddStore(pinned->store);
    }
    pin = std::move(made);
    resolved_.emplace_back(name, pin.get());
  }
  return pin.get();
}

std::uint64_t Statement::AddStore(std::shared_ptr<objects::ObjectStore> store) {
  MutexLock lock(mutex_);
  stores_.push_back(std::move(store));
  return stores_.size() - 1;
}

std::shared_ptr<objects::ObjectStore> Statement::FindStore(std::uint64_t index) {
  MutexLock lock(mutex_);
  return index < stores_.size() ? stores_[index] : nullptr;
}

void Statement::RegisterFile(const std::string& url, std::uint64_t size_bytes,
                             std::uint64_t store_index) {
  MutexLock lock(mutex_);
  files_[url] = {.size_bytes = size_bytes, .store_index = store_index};
}

std::optional<Statement::RegisteredFile> Statement::FindFile(const std::string& url) {
  MutexLock lock(mutex_);
  const auto found = files_.find(url);
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

StatementHolder& HolderOf(duckdb::ClientContext& context) {
  return *context.registered_state->GetOrCreate<StatementHolder>("firn_statement");
}

Statement& CurrentStatement(duckdb::ClientContext& context) {
  Statement* statement = HolderOf(context).statement.load();
  if (statement == nullptr) {
    Raise(Error(ErrorCode::kInternal, "NoStatement", "The engine was used outside a statement"));
  }
  return *statement;
}

}  // namespace firn::duck
