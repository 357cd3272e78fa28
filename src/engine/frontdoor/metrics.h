#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"

/// Counters of the entrances, as Prometheus text. The `starrocks_fe_` names are those existing dashboards draw.

namespace prometheus {
class Registry;
}

namespace firn::frontdoor {

/// Thread-safe.
class FrontdoorMetrics {
 public:
  /// `version` shows in firn_build_info.
  explicit FrontdoorMetrics(const std::string& version = "0.1.0");
  ~FrontdoorMetrics();
  FrontdoorMetrics(const FrontdoorMetrics&) = delete;
  FrontdoorMetrics& operator=(const FrontdoorMetrics&) = delete;

  void CountRequest();
  /// One statement (or script) that ended.
  void CountStatement(const Status& status, std::chrono::microseconds duration);
  void ConnectionOpened();
  void ConnectionClosed();
  void CountLogin(bool accepted);
  void CountRows(std::uint64_t row_count, std::uint64_t bytes);

  /// Statements counted so far, for COM_STATISTICS.
  std::uint64_t statement_count() const;
  std::uint64_t slow_statement_count() const;
  /// Others may add families of their own.
  prometheus::Registry& registry();
  /// The exposition format, version 0.0.4.
  std::string Print() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace firn::frontdoor
