#include "cloud/door/audit_log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include "base/json.h"
#include "cloud/door/limits.h"

/// The only file of the room that meets spdlog and its exceptions.

namespace firn::door {

struct AuditLog::State {
  std::shared_ptr<spdlog::logger> logger;
};

AuditLog::AuditLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
AuditLog::~AuditLog() = default;

Result<std::unique_ptr<AuditLog>> AuditLog::Open(const std::filesystem::path& file) {
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        file.string(), kAuditFileBytesMax, kAuditFilesMax);
    auto state = std::make_unique<State>();
    state->logger = std::make_shared<spdlog::logger>("audit", std::move(sink));
    state->logger->set_pattern("%v");
    state->logger->flush_on(spdlog::level::info);
    std::error_code ignored;
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
    return std::unique_ptr<AuditLog>(new AuditLog(std::move(state)));
  } catch (const spdlog::spdlog_ex& failure) {
    return Unavailable("AuditLogUnavailable",
                       "the audit log " + file.string() + " cannot be opened: " + failure.what());
  }
}

void AuditLog::Record(const policy::AuditRecord& record) {
  json::object line{{"kind", "decision"},
                    {"at", FormatIso8601(record.at, true)},
                    {"request_id", record.request_id},
                    {"principal", record.principal_arn},
                    {"access_key_id", record.access_key_id.value()},
                    {"action", record.action},
                    {"resource", record.resource},
                    {"verdict", policy::VerdictName(record.verdict)},
                    {"reasons", record.reasons}};
  state_->logger->info(PrintJson(line));
}

void AuditLog::Record(const RequestRecord& record) {
  json::object line{{"kind", "request"},
                    {"at", FormatIso8601(record.at, true)},
                    {"request_id", record.request_id},
                    {"from", record.remote_address},
                    {"service", record.service},
                    {"operation", record.operation},
                    {"principal", record.principal_arn},
                    {"access_key_id", record.access_key_id},
                    {"status", record.status},
                    {"duration_us", record.duration_us}};
  if (!record.error_code.empty()) {
    line["error"] = record.error_code;
    line["detail"] = record.error_detail;
  }
  state_->logger->info(PrintJson(line));
}

}  // namespace firn::door
