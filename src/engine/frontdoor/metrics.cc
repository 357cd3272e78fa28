#include "engine/frontdoor/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>
#include <prometheus/text_serializer.h>

#include "engine/frontdoor/mysql_errors.h"

namespace firn::frontdoor {
namespace {

/// StarRocks' qe_slow_log_ms.
constexpr std::chrono::microseconds kSlowStatement{5'000'000};

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

struct FrontdoorMetrics::Families {
  prometheus::Registry registry;
  prometheus::Counter& requests =
      Counter(registry, "starrocks_fe_request_total", "Commands received on the MySQL port");
  prometheus::Counter& statements =
      Counter(registry, "starrocks_fe_query_total", "Statements that ended");
  prometheus::Counter& successes =
      Counter(registry, "starrocks_fe_query_success", "Statements that succeeded");
  prometheus::Counter& failures =
      Counter(registry, "starrocks_fe_query_err", "Statements that failed");
  prometheus::Counter& timeouts =
      Counter(registry, "starrocks_fe_query_timeout", "Statements that ran out of time");
  prometheus::Counter& slow =
      Counter(registry, "starrocks_fe_slow_query", "Statements over five seconds");
  prometheus::Gauge& connections = prometheus::BuildGauge()
                                       .Name("starrocks_fe_connection_total")
                                       .Help("Open MySQL connections")
                                       .Register(registry)
                                       .Add({});
  prometheus::Summary& latency =
      prometheus::BuildSummary()
          .Name("starrocks_fe_query_latency_ms")
          .Help("Statement latency in milliseconds")
          .Register(registry)
          .Add({}, prometheus::Summary::Quantiles{
                       {0.75, 0.01}, {0.95, 0.005}, {0.98, 0.002}, {0.99, 0.001}, {0.999, 0.0005}});
  prometheus::Histogram& seconds =
      prometheus::BuildHistogram()
          .Name("firn_statement_seconds")
          .Help("Statement latency")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.025, 0.1, 0.5, 2, 10, 60,
                                                           600});
  prometheus::Family<prometheus::Counter>& logins = prometheus::BuildCounter()
                                                        .Name("firn_logins_total")
                                                        .Help("Logins on the MySQL port")
                                                        .Register(registry);
  prometheus::Counter& logins_ok = logins.Add({{"result", "ok"}});
  prometheus::Counter& logins_denied = logins.Add({{"result", "denied"}});
  prometheus::Counter& rows =
      Counter(registry, "firn_result_rows_total", "Result rows sent to clients");
  prometheus::Counter& bytes =
      Counter(registry, "firn_result_bytes_total", "Result bytes sent to clients");
};

FrontdoorMetrics::FrontdoorMetrics(const std::string& version)
    : families_(std::make_unique<Families>()) {
  prometheus::BuildGauge()
      .Name("firn_build_info")
      .Help("1, with the build in its labels")
      .Register(families_->registry)
      .Add({{"version", version}})
      .Set(1);
}

FrontdoorMetrics::~FrontdoorMetrics() = default;

void FrontdoorMetrics::CountRequest() { families_->requests.Increment(); }

void FrontdoorMetrics::CountStatement(const Status& status, std::chrono::microseconds duration) {
  families_->statements.Increment();
  (status ? families_->successes : families_->failures).Increment();
  if (!status && IsTimeout(status.error())) families_->timeouts.Increment();
  if (duration >= kSlowStatement) families_->slow.Increment();
  const auto micros = static_cast<double>(duration.count());
  families_->latency.Observe(micros / 1e3);
  families_->seconds.Observe(micros / 1e6);
}

void FrontdoorMetrics::ConnectionOpened() { families_->connections.Increment(); }
void FrontdoorMetrics::ConnectionClosed() { families_->connections.Decrement(); }

void FrontdoorMetrics::CountLogin(bool accepted) {
  (accepted ? families_->logins_ok : families_->logins_denied).Increment();
}

void FrontdoorMetrics::CountRows(std::uint64_t row_count, std::uint64_t bytes) {
  families_->rows.Increment(static_cast<double>(row_count));
  families_->bytes.Increment(static_cast<double>(bytes));
}

std::uint64_t FrontdoorMetrics::statement_count() const {
  return static_cast<std::uint64_t>(families_->statements.Value());
}

std::uint64_t FrontdoorMetrics::slow_statement_count() const {
  return static_cast<std::uint64_t>(families_->slow.Value());
}

prometheus::Registry& FrontdoorMetrics::registry() { return families_->registry; }

std::string FrontdoorMetrics::Print() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace firn::frontdoor
