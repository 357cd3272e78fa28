#include <set>

#include "engine/duck/errors_internal.h"
#include "engine/duck/explain_internal.h"
#include "lake/iceberg/partition_key.h"

namespace firn::duck {
namespace {

std::string Lines(const std::string& text, const std::string& indent) {
  std::string lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    if (end > begin) lines += indent + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return lines;
}

std::size_t CountPartitions(const iceberg::ScanPlan& plan) {
  std::set<std::string> seen;
  for (const iceberg::ScanTask& task : plan.tasks) {
    seen.insert(iceberg::PartitionKey(task.data_file.spec_id, task.data_file.partition));
  }
  return seen.size();
}

std::string ScanText(const TableName& name, TablePin& pin) {
  if (std::holds_alternative<PinnedView>(pin.table)) {
    return "  ViewNode\n     VIEW: " + name.database + "." + name.table + "\n";
  }
  std::string text = "  ";
  text += std::holds_alternative<PinnedTable>(pin.table) ? "IcebergScanNode" : "SchemaScanNode";
  text += "\n     TABLE: " + name.database + "." + name.table + "\n";
  MutexLock lock(pin.mutex);
  if (pin.last_plan == nullptr) return text;
  const iceberg::ScanCounters& counters = pin.last_plan->counters;
  text += "     partitions=" + std::to_string(CountPartitions(*pin.last_plan)) + "\n";
  text += "     manifests=" + std::to_string(counters.manifests_read) + "/" +
          std::to_string(counters.manifests_total) + "\n";
  text += "     files=" + std::to_string(counters.files_kept) + "/" +
          std::to_string(counters.files_total) + "\n";
  text += "     deletes=" + std::to_string(counters.delete_files_kept) + "\n";
  text += "     cardinality=" + std::to_string(counters.rows_kept) + "\n";
  return text;
}

}  // namespace

Result<std::string> ExplainQuery(duckdb::Connection& connection, Statement& statement,
                                 duckdb::unique_ptr<duckdb::SelectStatement> select) {
  auto explain = duckdb::make_uniq<duckdb::ExplainStatement>(
      std::move(select), duckdb::ExplainType::EXPLAIN_STANDARD, duckdb::ExplainFormat::TEXT);
  const auto result = connection.Query(std::move(explain));
  if (result->HasError()) return ToError(result->GetErrorObject());
  std::string text = "PLAN FRAGMENT 0\n";
  for (const auto& [name, pin] : statement.tables()) text += ScanText(name, *pin);
  text += "  PHYSICAL PLAN\n";
  for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
    text += Lines(result->GetValue(1, row).ToString(), "    ");
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace firn::duck
