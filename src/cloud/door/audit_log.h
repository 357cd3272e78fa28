#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/policy/authorizer.h"

/// What was asked and how it was decided: one JSON object a line, in files that rotate. Never a secret.

namespace firn::door {

/// One request as it ended.
struct RequestRecord {
  WallTime at;
  std::string_view request_id;
  std::string_view remote_address;
  std::string_view service;
  std::string_view operation;
  std::string_view principal_arn;
  std::string_view access_key_id;
  int status = 0;
  std::string_view error_code;    ///< AWS's code; empty on success.
  std::string_view error_detail;  ///< The whole error with its notes and place; empty on success.
  std::int64_t duration_us = 0;
};

/// `<folder>/audit.log`, then audit.1.log, …. Thread-safe.
class AuditLog final : public policy::AuditSink {
 public:
  /// Errors: kUnavailable/AuditLogUnavailable.
  static Result<std::unique_ptr<AuditLog>> Open(const std::filesystem::path& file);
  ~AuditLog() override;

  /// `{"kind":"decision",…}`.
  void Record(const policy::AuditRecord& record) override;
  /// `{"kind":"request",…}`.
  void Record(const RequestRecord& record);

 private:
  struct State;
  explicit AuditLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firn::door
