#include "engine/duck/catalog_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/memory_scan_internal.h"
#include "engine/duck/scan_internal.h"
#include "sql/query.h"

namespace firn::duck {
namespace {

using duckdb::CatalogEntry;
using duckdb::CatalogTransaction;
using duckdb::ClientContext;
using duckdb::optional_ptr;

constexpr char kVersionMark = '\x01';

[[noreturn]] void RaiseReadOnly() {
  Raise(Error(ErrorCode::kUnsupported, "EngineCatalog", "The engine's catalog cannot be changed"));
}

/// What EncodeTableName was given.
struct DecodedName {
  std::string table;
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> after;
};

DecodedName DecodeTableName(const std::string& name) {
  const std::size_t mark = name.find(kVersionMark);
  if (mark == std::string::npos) return {name, std::nullopt, std::nullopt};
  DecodedName decoded{name.substr(0, mark), std::stoll(name.substr(mark + 1)), std::nullopt};
  const std::size_t second = name.find(kVersionMark, mark + 1);
  if (second != std::string::npos) decoded.after = std::stoll(name.substr(second + 1));
  return decoded;
}

/// A table whose scan is made by its source.
class TableEntry final : public duckdb::TableCatalogEntry {
 public:
  TableEntry(duckdb::Catalog& of_catalog, duckdb::SchemaCatalogEntry& of_schema,
             duckdb::CreateTableInfo& info, std::shared_ptr<ScanSource> source,
             duckdb::shared_ptr<duckdb::ColumnDataCollection> rows)
      : duckdb::TableCatalogEntry(of_catalog, of_schema, info),
        source_(std::move(source)),
        rows_(std::move(rows)) {}

  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(ClientContext&,
                                                           duckdb::column_t) override {
    return nullptr;
  }
  duckdb::TableFunction GetScanFunction(
      ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override {
    if (rows_ != nullptr) return MakeMemoryScan(*this, rows_, bind_data);
    return MakeTableScan(context, *this, source_, bind_data);
  }
  duckdb::TableStorageInfo GetStorageInfo(ClientContext&) override {
    return duckdb::TableStorageInfo();
  }
  duckdb::virtual_column_map_t GetVirtualColumns() const override {
    duckdb::virtual_column_map_t virtual_columns;
    if (rows_ != nullptr) return virtual_columns;
    virtual_columns.emplace(duckdb::COLUMN_IDENTIFIER_EMPTY,
                            duckdb::TableColumn("", duckdb::LogicalType::BOOLEAN));
    // Iceberg's metadata columns (spec, "Reserved Field IDs"); they stay out of `*`.
    virtual_columns.emplace(duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILENAME,
                            duckdb::TableColumn(kFileColumn, duckdb::LogicalType::VARCHAR));
    virtual_columns.emplace(duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER,
                            duckdb::TableColumn(kPositionColumn, duckdb::LogicalType::BIGINT));
    if (source_->table().metadata->format_version >= 3) {
      virtual_columns.emplace(kRowIdColumnId, duckdb::TableColumn(iceberg::kRowIdField.name,
                                                                  duckdb::LogicalType::BIGINT));
      virtual_columns.emplace(
          kLastUpdatedColumnId,
          duckdb::TableColumn(iceberg::kLastUpdatedField.name, duckdb::LogicalType::BIGINT));
    }
    return virtual_columns;
  }
  duckdb::vector<duckdb::column_t> GetRowIdColumns() const override { return {}; }

 private:
  const std::shared_ptr<ScanSource> source_;
  const duckdb::shared_ptr<duckdb::ColumnDataCollection> rows_;
};

class SchemaEntry final : public duckdb::SchemaCatalogEntry {
 public:
  SchemaEntry(duckdb::Catalog& of_catalog, duckdb::CreateSchemaInfo& info)
      : duckdb::SchemaCatalogEntry(of_catalog, info) {}

  void Scan(ClientContext&, duckdb::CatalogType,
            const std::function<void(CatalogEntry&)>&) override {}
  void Scan(duckdb::CatalogType, const std::function<void(CatalogEntry&)>&) override {}

  optional_ptr<CatalogEntry> LookupEntry(CatalogTransaction transaction,
                                         const duckdb::EntryLookupInfo& lookup) override {
    if (lookup.GetCatalogType() != duckdb::CatalogType::TABLE_ENTRY || !transaction.HasContext()) {
      return nullptr;
    }
    const auto decoded = DecodeSchemaName(name);
    if (!decoded) return nullptr;
    ClientContext& context = transaction.GetContext();
    Statement& statement = CurrentStatement(context);
    auto& entry = statement.table_entries()[name + '\0' + lookup.GetEntryName()];
    if (entry == nullptr) {
      const auto [table, version, after] = DecodeTableName(lookup.GetEntryName());
      TableName full{decoded->first, decoded->second, table};
      if (sql::SplitMetadataTable(table)) full.snapshot_id = version;
      TablePin* pin = ValueOrRaise(statement.Resolve(full));
      entry = MakeEntry(context, statement, full, {version, after}, *pin);
    }
    return entry.get();
  }

  optional_ptr<CatalogEntry> CreateIndex(CatalogTransaction, duckdb::CreateIndexInfo&,
                                         duckdb::TableCatalogEntry&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateFunction(CatalogTransaction,
                                            duckdb::CreateFunctionInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateTable(CatalogTransaction,
                                         duckdb::BoundCreateTableInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateView(CatalogTransaction, duckdb::CreateViewInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateSequence(CatalogTransaction,
                                            duckdb::CreateSequenceInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateTableFunction(CatalogTransaction,
                                                 duckdb::CreateTableFunctionInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateCopyFunction(CatalogTransaction,
                                                duckdb::CreateCopyFunctionInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreatePragmaFunction(CatalogTransaction,
                                                  duckdb::CreatePragmaFunctionInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateCollation(CatalogTransaction,
                                             duckdb::CreateCollationInfo&) override {
    RaiseReadOnly();
  }
  optional_ptr<CatalogEntry> CreateType(CatalogTransaction, duckdb::CreateTypeInfo&) override {
    RaiseReadOnly();
  }
  void DropEntry(ClientContext&, duckdb::DropInfo&) override { RaiseReadOnly(); }
  void Alter(CatalogTransaction, duckdb::AlterInfo&) override { RaiseReadOnly(); }

 private:
  duckdb::unique_ptr<CatalogEntry> MakeEntry(ClientContext& context, Statement& statement,
                                             const TableName& full, const ScanVersion& version,
                                             TablePin& pin) {
    duckdb::CreateTableInfo info(*this, full.table);
    if (const auto* memory = std::get_if<MemoryTable>(&pin.table)) {
      const auto types = TypesOf(*memory);
      for (std::size_t i = 0; i < types.size(); ++i) {
        info.columns.AddColumn(duckdb::ColumnDefinition(memory->columns[i].name, types[i]));
      }
      return duckdb::make_uniq<TableEntry>(catalog, *this, info, nullptr,
                                           CollectRows(context, *memory));
    }
    auto source = ValueOrRaise(ScanSource::Make(statement, full, pin, version));
    for (const auto& column : source->columns()) {
      info.columns.AddColumn(duckdb::ColumnDefinition(column.name, column.type));
    }
    return duckdb::make_uniq<TableEntry>(catalog, *this, info, std::move(source), nullptr);
  }
};

class StatementCatalog final : public duckdb::Catalog {
 public:
  explicit StatementCatalog(duckdb::AttachedDatabase& database) : duckdb::Catalog(database) {}

  void Initialize(bool) override {}
  std::string GetCatalogType() override { return kStorageType; }
  std::string GetDefaultSchema() const override { return "main"; }

  optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(
      CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
      duckdb::OnEntryNotFound not_found) override {
    const std::string& name = lookup.GetEntryName();
    if (transaction.HasContext() && DecodeSchemaName(name)) {
      auto& entry = CurrentStatement(transaction.GetContext()).schema_entries()[name];
      if (entry == nullptr) {
        duckdb::CreateSchemaInfo info;
        info.catalog = GetName();
        info.schema = name;
        entry = duckdb::make_uniq<SchemaEntry>(*this, info);
      }
      return &entry->Cast<duckdb::SchemaCatalogEntry>();
    }
    if (not_found == duckdb::OnEntryNotFound::THROW_EXCEPTION) {
      Raise(Error(ErrorCode::kNotFound, "UnknownDatabase", "Unknown database '" + name + "'"));
    }
    return nullptr;
  }
  void ScanSchemas(ClientContext&, std::function<void(duckdb::SchemaCatalogEntry&)>) override {}

  optional_ptr<CatalogEntry> CreateSchema(CatalogTransaction, duckdb::CreateSchemaInfo&) override {
    RaiseReadOnly();
  }
  void DropSchema(ClientContext&, duckdb::DropInfo&) override { RaiseReadOnly(); }
  duckdb::PhysicalOperator& PlanCreateTableAs(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                              duckdb::LogicalCreateTable&,
                                              duckdb::PhysicalOperator&) override {
    RaiseReadOnly();
  }
  duckdb::PhysicalOperator& PlanInsert(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalInsert&,
                                       optional_ptr<duckdb::PhysicalOperator>) override {
    RaiseReadOnly();
  }
  duckdb::PhysicalOperator& PlanDelete(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalDelete&, duckdb::PhysicalOperator&) override {
    RaiseReadOnly();
  }
  duckdb::PhysicalOperator& PlanUpdate(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalUpdate&, duckdb::PhysicalOperator&) override {
    RaiseReadOnly();
  }
  duckdb::DatabaseSize GetDatabaseSize(ClientContext&) override { return duckdb::DatabaseSize(); }
  bool InMemory() override { return true; }
  std::string GetDBPath() override { return ""; }
};

class StatementTransactions final : public duckdb::TransactionManager {
 public:
  explicit StatementTransactions(duckdb::AttachedDatabase& database)
      : duckdb::TransactionManager(database) {}

  duckdb::Transaction& StartTransaction(ClientContext& context) override {
    auto made = duckdb::make_uniq<duckdb::Transaction>(*this, context);
    duckdb::Transaction& transaction = *made;
    MutexLock lock(mutex_);
    running_[&transaction] = std::move(made);
    return transaction;
  }
  duckdb::ErrorData CommitTransaction(ClientContext&, duckdb::Transaction& transaction) override {
    RollbackTransaction(transaction);
    return duckdb::ErrorData();
  }
  void RollbackTransaction(duckdb::Transaction& transaction) override {
    MutexLock lock(mutex_);
    running_.erase(&transaction);
  }
  void Checkpoint(ClientContext&, bool) override {}

 private:
  Mutex mutex_;
  std::map<duckdb::Transaction*, duckdb::unique_ptr<duckdb::Transaction>> running_
      FIRN_GUARDED_BY(mutex_);
};

}  // namespace

std::string EncodeTableName(const std::string& table, std::optional<std::int64_t> snapshot_id,
                            std::optional<std::int64_t> after) {
  if (!snapshot_id) return table;
  std::string name = table + kVersionMark + std::to_string(*snapshot_id);
  if (after) name += kVersionMark + std::to_string(*after);
  return name;
}

duckdb::shared_ptr<duckdb::StorageExtension> MakeStorageExtension() {
  auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
  extension->attach = [](optional_ptr<duckdb::StorageExtensionInfo>, ClientContext&,
                         duckdb::AttachedDatabase& database, const std::string&,
                         duckdb::AttachInfo&,
                         duckdb::AttachOptions&) -> duckdb::unique_ptr<duckdb::Catalog> {
    return duckdb::make_uniq<StatementCatalog>(database);
  };
  extension->create_transaction_manager =
      [](optional_ptr<duckdb::StorageExtensionInfo>, duckdb::AttachedDatabase& database,
         duckdb::Catalog&) -> duckdb::unique_ptr<duckdb::TransactionManager> {
    return duckdb::make_uniq<StatementTransactions>(database);
  };
  return extension;
}

}  // namespace firn::duck
