#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "engine/session/describe_internal.h"
#include "engine/session/information_schema_internal.h"
#include "engine/session/like_pattern_internal.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/shown_rows_internal.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;
using sql::ShowKind;
using sql::ShowStatement;

/// Families that are present and have nothing to show: their header is what clients look for.
struct EmptyShow {
  ShowKind kind;
  std::string_view header;
};
constexpr auto kEmptyShows = std::to_array<EmptyShow>({
    {ShowKind::kTriggers,
     "Trigger,Event,Table,Statement,Timing,Created,sql_mode,Definer,character_set_client,"
     "collation_connection,Database Collation"},
    {ShowKind::kEvents,
     "Db,Name,Definer,Time,Type,Execute at,Interval value,Interval field,Status,Ends,Status,"
     "Originator,character_set_client,collation_connection,Database Collation"},
    {ShowKind::kOpenTables, "Database,Table,In_use,Name_locked"},
    {ShowKind::kProcedureStatus,
     "Db,Name,Type,Definer,Modified,Created,Security_type,Comment,character_set_client,"
     "collation_connection,Database Collation"},
    {ShowKind::kFunctionStatus,
     "Db,Name,Type,Definer,Modified,Created,Security_type,Comment,character_set_client,"
     "collation_connection,Database Collation"},
    {ShowKind::kPlugins,
     "Name,Type,Description,Version,JavaVersion,ClassName,SoName,Sources,Status,Properties"},
    {ShowKind::kAuthors, "Name,Location,Comment"},
    {ShowKind::kAnalyzeStatus,
     "Id,Database,Table,Columns,Type,Schedule,Status,StartTime,EndTime,Properties,Reason"},
    {ShowKind::kAnalyzeJob,
     "Id,Catalog,Database,Table,Columns,Type,Schedule,Properties,Status,LastWorkTime,Reason"},
    {ShowKind::kStatsMeta,
     "Database,Table,Columns,Type,UpdateTime,Properties,Healthy,ColumnStats,"
     "TabletStatsReportTime,TableHealthyMetrics,TableUpdateTime"},
    {ShowKind::kMultiColumnStatsMeta,
     "Database,Table,Columns,Type,StatisticsTypes,UpdateTime,Properties"},
    {ShowKind::kHistogramMeta, "Database,Table,Column,Type,UpdateTime,Properties"},
    {ShowKind::kDataCacheRules, "Rule Id,Catalog,Database,Table,Priority,Predicates,Properties"},
    {ShowKind::kPipes,
     "DATABASE_NAME,PIPE_ID,PIPE_NAME,STATE,TABLE_NAME,LOAD_STATUS,LAST_ERROR,CREATED_TIME"},
    {ShowKind::kSqlBlacklist, "Id,Forbidden SQL"},
    {ShowKind::kBaseline,
     "Id,global,enable,bindSQLDigest,bindSQLHash,bindSQL,planSQL,costs,queryMs,source,updateTime"},
    {ShowKind::kBroker, "Name,IP,Port,Alive,LastStartTime,LastUpdateTime,ErrMsg"},
    {ShowKind::kDelete, "TableName,PartitionName,CreateTime,DeleteCondition,State"},
    {ShowKind::kExport,
     "JobId,QueryId,State,Progress,TaskInfo,Path,CreateTime,StartTime,FinishTime,Timeout,ErrorMsg"},
    {ShowKind::kLoad,
     "JobId,Label,State,Progress,Type,Priority,ScanRows,FilteredRows,UnselectedRows,SinkRows,"
     "EtlInfo,TaskInfo,ErrorMsg,CreateTime,EtlStartTime,EtlFinishTime,LoadStartTime,"
     "LoadFinishTime,TrackingSQL,JobDetails"},
    {ShowKind::kRepositories, "RepoId,RepoName,CreateTime,IsReadOnly,Location,Broker,ErrMsg"},
    {ShowKind::kResources, "Name,ResourceType,Key,Value"},
    {ShowKind::kSecurityIntegrations, "Name,Type,Comment"},
    {ShowKind::kGroupProviders, "Name,Type,Comment"},
    {ShowKind::kStorageVolumes, "Storage Volume"},
    {ShowKind::kRunningQueries,
     "QueryId,WarehouseId,ResourceGroupId,StartTime,PendingTimeout,QueryTimeout,State,Slots,"
     "Fragments,DOP,Frontend,FeStartTime"},
    {ShowKind::kUsageResourceGroups,
     "Name,Id,Backend,BEInUseCpuCores,BEInUseMemBytes,BERunningQueries,BEMemLimitBytes,"
     "BEMemPool,BEMemPoolInUseMemBytes,BEMemPoolMemLimitBytes"},
    {ShowKind::kMaterializedViews,
     "id,database_name,name,refresh_type,is_active,inactive_reason,partition_type,task_id,"
     "task_name,last_refresh_start_time,last_refresh_finished_time,"
     "last_refresh_duration,last_refresh_state,rows,text"},
    {ShowKind::kAlterTable,
     "JobId,TableName,CreateTime,FinishTime,Operation,TransactionId,State,Msg,Progress,Timeout"},
});

std::vector<std::string> Header(std::string_view names) {
  std::vector<std::string> header;
  for (const std::string_view name : Split(names, ',')) header.emplace_back(name);
  return header;
}

Status Send(StatementRun& run, const ShowStatement& statement, std::string_view header,
            std::vector<Row> lines, std::size_t like_column = 0) {
  return SendShown(
      run, statement,
      {.header = Header(header), .rows = std::move(lines), .like_column = like_column});
}

Status ShowCatalogs(StatementRun& run, const ShowStatement& statement) {
  std::vector<Row> lines;
  lines.push_back({std::string(catalog::kDefaultCatalogName), "Internal",
                   "An internal catalog contains this cluster's self-managed tables."});
  for (const auto& catalog : Access::VisibleCatalogs(run.state)) {
    lines.push_back({catalog->name(), "Iceberg", catalog->definition().comment});
  }
  std::ranges::sort(lines, {}, [](const Row& row) { return *row[0]; });
  return Send(run, statement, "Catalog,Type,Comment", std::move(lines));
}

Status ShowCreateCatalog(StatementRun& run, const ShowStatement& statement) {
  const std::string name = statement.target ? statement.target->ToString() : "";
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindExternal(run.state, Needs::ToSeeCatalog(name),
                                     "SHOW CREATE CATALOG"));
  return Send(run, statement, "Catalog,Create Catalog",
              {{name, catalog->definition().ShowCreate()}});
}

Status ShowDatabases(StatementRun& run, const ShowStatement& statement) {
  const std::string catalog_name =
      statement.from ? statement.from->ToString() : run.state.catalog();
  std::vector<std::string> databases;
  if (catalog_name != catalog::kDefaultCatalogName) {
    FIRN_ASSIGN_OR_RETURN(const auto catalog,
                          FindCatalog(run.state, Needs::ToSeeCatalog(catalog_name, true)));
    FIRN_ASSIGN_OR_RETURN(databases, catalog->ListDatabases(run.context));
    KeepVisible(run.state, catalog_name, databases);
  }
  databases.emplace_back(kInformationSchema);
  std::ranges::sort(databases);
  std::vector<Row> lines;
  for (std::string& database : databases) lines.push_back({std::move(database)});
  return Send(run, statement, "Database", std::move(lines));
}

Status ShowCreateDatabase(StatementRun& run, const ShowStatement& statement) {
  if (!statement.target) return InvalidArgument("NoDatabaseSelected", "No database selected");
  const DatabaseName name = CompleteDatabase(run.state, *statement.target);
  if (!IsInformationSchema(name.database)) {
    if (name.catalog == catalog::kDefaultCatalogName)
      return UnknownDatabase(run.context, run.state, name);
    FIRN_ASSIGN_OR_RETURN(const auto catalog,
                          FindCatalog(run.state, Needs::ToSeeDatabase(name)));
    const Status there = catalog->CheckDatabase(run.context, name.database);
    if (!there && there.error().code() == ErrorCode::kNotFound)
      return UnknownDatabase(run.context, run.state, name);
    FIRN_TRY(there);
  }
  return Send(run, statement, "Database,Create Database",
              {{name.database, "CREATE DATABASE `" + name.database + "`"}});
}

struct ListedTable {
  std::string name;
  std::string_view type;
};

Result<std::vector<ListedTable>> ListedTables(StatementRun& run, const DatabaseName& name) {
  std::vector<ListedTable> listed;
  if (IsInformationSchema(name.database)) {
    for (std::string& table : InformationSchemaTables())
      listed.push_back({std::move(table), "SYSTEM VIEW"});
    return listed;
  }
  if (name.catalog == catalog::kDefaultCatalogName)
    return UnknownDatabase(run.context, run.state, name);
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindCatalog(run.state, Needs::ToSeeDatabase(name)));
  auto tables = catalog->ListTables(run.context, name.database);
  if (!tables && tables.error().code() == ErrorCode::kNotFound)
    return UnknownDatabase(run.context, run.state, name);
  if (!tables) return std::move(tables).error();
  KeepVisible(run.state, name, *tables);
  for (std::string& table : *tables) listed.push_back({std::move(table), "BASE TABLE"});
  FIRN_ASSIGN_OR_RETURN(std::vector<std::string> views,
                        catalog->ListViews(run.context, name.database));
  KeepVisible(run.state, name, views);
  for (std::string& view : views) listed.push_back({std::move(view), "VIEW"});
  std::ranges::sort(listed, {}, &ListedTable::name);
  return listed;
}

Status ShowTables(StatementRun& run, const ShowStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const DatabaseName name, CompleteFrom(run.state, statement.from));
  FIRN_ASSIGN_OR_RETURN(std::vector<ListedTable> listed, ListedTables(run, name));
  ShownRows shown;
  shown.header = {"Tables_in_" + name.database};
  if (statement.full) shown.header.emplace_back("Table_type");
  for (ListedTable& table : listed) {
    Row row{std::move(table.name)};
    if (statement.full) row.emplace_back(std::string(table.type));
    shown.rows.push_back(std::move(row));
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowViews(StatementRun& run, const ShowStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const DatabaseName name, CompleteFrom(run.state, statement.from));
  FIRN_ASSIGN_OR_RETURN(const std::vector<ListedTable> listed, ListedTables(run, name));
  std::vector<Row> lines;
  for (const ListedTable& table : listed) {
    if (table.type == "VIEW") lines.push_back({table.name});
  }
  return SendShown(run, statement,
                   {.header = {"Views_in_" + name.database}, .rows = std::move(lines)});
}

/// What a table's metadata tells of it, into the columns of SHOW TABLE STATUS.
void AddStatus(const iceberg::TableMetadata& metadata, Row& row) {
  const iceberg::Snapshot* snapshot =
      metadata.current_snapshot_id ? metadata.FindSnapshot(*metadata.current_snapshot_id) : nullptr;
  const auto total = [&](const char* key) -> std::optional<std::string> {
    if (snapshot == nullptr) return "0";
    const auto found = snapshot->summary.find(key);
    if (found == snapshot->summary.end()) return std::nullopt;
    return found->second;
  };
  row[2] = std::to_string(metadata.format_version);
  row[4] = total("total-records");
  row[6] = total("total-files-size");
  row[12] = DateTimeText(metadata.last_updated_ms).substr(0, 19);
  const auto comment = metadata.properties.find("comment");
  row[17] = comment == metadata.properties.end() ? "" : comment->second;
}

/// One request a table that LIKE leaves in, at most kDescribedTablesMax.
Status ShowTableStatus(StatementRun& run, const ShowStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const DatabaseName name, CompleteFrom(run.state, statement.from));
  FIRN_ASSIGN_OR_RETURN(const std::vector<ListedTable> listed, ListedTables(run, name));
  std::vector<Row> lines;
  std::size_t loaded_count = 0;
  for (const ListedTable& table : listed) {
    if (statement.pattern && !MatchesLike(table.name, *statement.pattern)) continue;
    Row row(18);
    row[0] = table.name;
    row[1] = table.type == "BASE TABLE" ? "ICEBERG" : "";
    row[14] = "utf8_general_ci";
    row[17] = table.type == "VIEW" ? "VIEW" : "";
    if (table.type == "BASE TABLE" && ++loaded_count <= kDescribedTablesMax) {
      const auto loaded =
          LoadTable(run.context, run.state,
                    Needs::ToSee({name.catalog, name.database, table.name}));
      // One that went away meanwhile, or cannot be read, still stands in the list.
      if (loaded) AddStatus(*loaded->metadata, row);
      FIRN_TRY(run.context.Check());
    }
    lines.push_back(std::move(row));
  }
  return Send(
      run, statement,
      "Name,Engine,Version,Row_format,Rows,Avg_row_length,Data_length,Max_data_length,Index_length,"
      "Data_free,"
      "Auto_increment,Create_time,Update_time,Check_time,Collation,Checksum,Create_options,Comment",
      std::move(lines));
}

Status ShowVariables(StatementRun& run, const ShowStatement& statement) {
  const bool is_global = statement.scope == sql::VariableScope::kGlobal;
  const bool is_verbose = statement.scope == sql::VariableScope::kVerbose;
  std::vector<Row> lines;
  for (VariableRow& row :
       run.state.values.system.Show(is_global ? VariableScope::kGlobal : VariableScope::kSession)) {
    Row line{std::move(row.name), std::move(row.value)};
    if (is_verbose) {
      line.emplace_back(std::move(row.default_value));
      line.emplace_back(row.is_changed ? "1" : "0");
    }
    lines.push_back(std::move(line));
  }
  return Send(run, statement,
              is_verbose ? "Variable_name,Value,Default_value,Is_changed" : "Variable_name,Value",
              std::move(lines));
}

Status ShowStatus(StatementRun& run, const ShowStatement& statement) {
  return Send(
      run, statement, "Variable_name,Value",
      {{"Ssl_cipher", ""},
       {"Threads_connected", std::to_string(run.state.environment.sessions.connection_count())},
       {"Uptime", std::to_string((MillisSinceEpoch(run.state.environment.clock.Now()) -
                                  run.state.environment.facts->started_ms) /
                                 1000)}});
}

Status ShowProcesslist(StatementRun& run, const ShowStatement& statement) {
  const bool sees_others = May(run.state, Needs::OnSystem({Privilege::kOperate}));
  std::vector<Row> lines;
  for (ProcessRow& row : run.state.environment.sessions.List()) {
    if (!sees_others && row.facts.user != run.state.identity.user) continue;
    if (!statement.text.empty() && row.facts.user != statement.text) continue;
    std::string sql = statement.full ? std::move(row.current_sql) : row.current_sql.substr(0, 100);
    std::string since = FormatIso8601(row.connected_at);
    since.resize(since.size() - 1);
    since[10] = ' ';
    lines.push_back({"firn", std::to_string(row.connection_id), row.facts.user,
                     row.facts.client_address, row.database, row.command, since,
                     std::to_string(row.seconds_in_state), row.state, std::move(sql), "false",
                     "default_warehouse", "", row.catalog, row.query_id});
  }
  return Send(run, statement,
              "ServerName,Id,User,Host,Db,Command,ConnectionStartTime,Time,State,Info,IsPending,"
              "Warehouse,CNGroup,"
              "Catalog,QueryId",
              std::move(lines));
}

Status ShowWarnings(StatementRun& run, const ShowStatement& statement) {
  std::vector<Row> lines;
  for (const Warning& warning : run.state.warnings) {
    if (statement.show == ShowKind::kErrors && warning.level != "Error") continue;
    lines.push_back({warning.level, std::to_string(warning.code), warning.message});
  }
  return Send(run, statement, "Level,Code,Message", std::move(lines));
}

Status ShowFunctions(StatementRun& run, const ShowStatement& statement) {
  std::vector<Row> lines;
  for (const duck::FunctionInfo& function : duck::ListFunctions()) {
    if (function.how == "unsupported") continue;
    lines.push_back({function.name, "", function.kind, "", ""});
  }
  return Send(run, statement, "Signature,Return Type,Function Type,Intermediate Type,Properties",
              std::move(lines));
}

Status ShowWarehouses(StatementRun& run, const ShowStatement& statement) {
  return Send(run, statement,
              "Id,Name,State,NodeCount,CurrentClusterCount,MaxClusterCount,StartedClusters,"
              "RunningSql,QueuedSql,"
              "CreatedOn,ResumedOn,UpdatedOn,Property,Comment",
              {{"0", "default_warehouse", "AVAILABLE", "1", "1", "1", "1", "0", "0", std::nullopt,
                std::nullopt, std::nullopt, "", ""}});
}

Status ShowFixed(StatementRun& run, const ShowStatement& statement) {
  switch (statement.show) {
    case ShowKind::kEngines:
      return Send(
          run, statement, "Engine,Support,Comment,Transactions,XA,Savepoints",
          {{"ICEBERG", "DEFAULT", "Iceberg tables of external catalogs", "NO", "NO", "NO"}});
    case ShowKind::kCharset:
      return Send(run, statement, "Charset,Description,Default collation,Maxlen",
                  {{"utf8", "UTF-8 Unicode", "utf8_general_ci", "3"},
                   {"utf8mb4", "UTF-8 Unicode", "utf8mb4_general_ci", "4"}});
    case ShowKind::kCollation:
      return Send(run, statement, "Collation,Charset,Id,Default,Compiled,Sortlen",
                  {{"utf8_general_ci", "utf8", "33", "Yes", "Yes", "1"},
                   {"utf8mb4_general_ci", "utf8mb4", "45", "Yes", "Yes", "1"}});
    default: break;
  }
  const auto empty = std::ranges::find(kEmptyShows, statement.show, &EmptyShow::kind);
  if (empty != kEmptyShows.end()) return Send(run, statement, empty->header, {});
  return UnsupportedStatement(sql::ShowKindName(statement.show),
                              "there is nothing of the kind here");
}

}  // namespace

Status Show(StatementRun& run, const ShowStatement& statement) {
  switch (statement.show) {
    case ShowKind::kCatalogs: return ShowCatalogs(run, statement);
    case ShowKind::kCreateCatalog: return ShowCreateCatalog(run, statement);
    case ShowKind::kDatabases: return ShowDatabases(run, statement);
    case ShowKind::kCreateDatabase: return ShowCreateDatabase(run, statement);
    case ShowKind::kTables: return ShowTables(run, statement);
    case ShowKind::kViews: return ShowViews(run, statement);
    case ShowKind::kTableStatus: return ShowTableStatus(run, statement);
    case ShowKind::kColumns: return ShowColumns(run, statement);
    case ShowKind::kCreateTable: return ShowCreateTable(run, statement);
    case ShowKind::kCreateView: return ShowCreateView(run, statement);
    case ShowKind::kVariables: return ShowVariables(run, statement);
    case ShowKind::kStatus: return ShowStatus(run, statement);
    case ShowKind::kProfilelist: return ShowProfileList(run, statement);
    case ShowKind::kProcesslist: return ShowProcesslist(run, statement);
    case ShowKind::kWarnings:
    case ShowKind::kErrors: return ShowWarnings(run, statement);
    case ShowKind::kFunctions: return ShowFunctions(run, statement);
    case ShowKind::kGrants: return ShowGrants(run, statement);
    case ShowKind::kUsers: return ShowUsers(run, statement);
    case ShowKind::kAuthentication: return ShowAuthentication(run, statement);
    case ShowKind::kRoles: return ShowRoles(run, statement);
    case ShowKind::kPrivileges: return ShowPrivileges(run, statement);
    case ShowKind::kProperty: return ShowProperty(run, statement);
    case ShowKind::kFrontendConfig: return ShowFrontendConfig(run, statement);
    case ShowKind::kWarehouses: return ShowWarehouses(run, statement);
    case ShowKind::kFrontends:
    case ShowKind::kBackends:
    case ShowKind::kComputeNodes: return ShowNodes(run, statement);
    case ShowKind::kPartitions: return ShowPartitions(run, statement);
    case ShowKind::kIndex: return ShowIndex(run, statement);
    case ShowKind::kData: return ShowData(run, statement);
    default: return ShowFixed(run, statement);
  }
}

}  // namespace firn::session
