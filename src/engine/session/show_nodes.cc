#include "base/encoding.h"
#include "engine/session/access_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/shown_rows_internal.h"

/// Firn is one process: one frontend that leads, one compute node, no backend.

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;
using sql::ShowKind;

constexpr std::string_view kFrontendHeader =
    "Id,Name,IP,EditLogPort,HttpPort,QueryPort,RpcPort,Role,ClusterId,Join,Alive,"
    "ReplayedJournalId,LastHeartbeat,IsHelper,ErrMsg,StartTime,Version";
constexpr std::string_view kBackendHeader =
    "BackendId,IP,HeartbeatPort,BePort,HttpPort,BrpcPort,LastStartTime,LastHeartbeat,Alive,"
    "SystemDecommissioned,ClusterDecommissioned,TabletNum,DataUsedCapacity,AvailCapacity,"
    "TotalCapacity,UsedPct,MaxDiskUsedPct,ErrMsg,Version,Status,DataTotalCapacity,DataUsedPct,"
    "CpuCores,MemLimit,NumRunningQueries,MemUsedPct,CpuUsedPct,DataCacheMetrics,Location,"
    "StatusCode,StarletPort,WorkerId,WarehouseName";
constexpr std::string_view kComputeNodeHeader =
    "ComputeNodeId,IP,HeartbeatPort,BePort,HttpPort,BrpcPort,LastStartTime,LastHeartbeat,Alive,"
    "SystemDecommissioned,ClusterDecommissioned,ErrMsg,Version,CpuCores,NumRunningQueries,"
    "MemUsedPct,CpuUsedPct,HasStoragePath,StarletPort,WorkerId,WarehouseName,TabletNum";

std::vector<std::string> Header(std::string_view names) {
  std::vector<std::string> header;
  for (const std::string_view name : Split(names, ',')) header.emplace_back(name);
  return header;
}

std::string TimeOf(WallTime time) {
  std::string text = FormatIso8601(time);
  text.resize(19);
  text[10] = ' ';
  return text;
}

std::string RunningCount(const StatementRun& run) {
  std::size_t count = 0;
  for (const ProcessRow& row : run.state.environment.sessions.List())
    count += row.state == "RUNNING" ? 1 : 0;
  return std::to_string(count);
}

/// The version that clients are told, without the words before it.
std::string Version(const StatementRun& run) {
  const std::string comment = run.state.values.system.GetText("version_comment");
  return comment.substr(comment.rfind(' ') + 1);
}

}  // namespace

Status ShowNodes(StatementRun& run, const sql::ShowStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kOperate, Privilege::kNode}));
  const ServerFacts& facts = *run.state.environment.facts;
  const std::string now = TimeOf(run.state.environment.clock.Now());
  const std::optional<std::string> untold;
  const std::optional<std::string> started =
      facts.started_ms == 0 ? untold : TimeOf(WallTimeFromMillis(facts.started_ms));
  const auto port = [&](std::uint16_t number) {
    return number == 0 ? untold : std::optional(std::to_string(number));
  };
  ShownRows shown;
  if (statement.show == ShowKind::kFrontends) {
    shown.header = Header(kFrontendHeader);
    shown.rows.push_back({"1", "firn", "127.0.0.1", untold, port(facts.http_port),
                          port(facts.mysql_port), untold, "LEADER", "1", "true", "true", "0", now,
                          "true", "", started, Version(run)});
  } else if (statement.show == ShowKind::kComputeNodes) {
    shown.header = Header(kComputeNodeHeader);
    shown.rows.push_back({"1",
                          "127.0.0.1",
                          untold,
                          untold,
                          port(facts.http_port),
                          untold,
                          started,
                          now,
                          "true",
                          "false",
                          "false",
                          "",
                          Version(run),
                          untold,
                          RunningCount(run),
                          untold,
                          untold,
                          "true",
                          untold,
                          "1",
                          "default_warehouse",
                          "0"});
  } else {
    shown.header = Header(kBackendHeader);
  }
  shown.like_column = 1;
  return SendShown(run, statement, std::move(shown));
}

Status ShowFrontendConfig(StatementRun& run, const sql::ShowStatement& statement) {
  const SessionVariables& variables = run.state.values.system;
  ShownRows shown;
  shown.header = Header("Key,AliasNames,Value,Type,IsMutable,Comment");
  const auto add = [&](std::string key, std::string value, std::string type) {
    shown.rows.push_back({std::move(key), "[]", std::move(value), std::move(type), "false", ""});
  };
  // What clients ask before they choose their DDL, and what is so.
  add("cluster_name", "firn", "String");
  add("enable_sql_transaction", "false", "boolean");
  add("enable_udf", "false", "boolean");
  add("http_port", std::to_string(run.state.environment.facts->http_port), "int");
  add("lower_case_table_names", variables.GetText("lower_case_table_names"), "int");
  add("max_connections", variables.GetText("max_connections"), "int");
  add("mysql_server_version", variables.GetText("version"), "String");
  add("query_port", std::to_string(run.state.environment.facts->mysql_port), "int");
  add("run_mode", "shared_data", "String");
  return SendShown(run, statement, std::move(shown));
}

}  // namespace firn::session
