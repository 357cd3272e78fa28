#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "app/server.h"
#include "base/result.h"
#include "cloud/door/maintenance.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/duck/engine.h"
#include "engine/frontdoor/metrics.h"

/// S3 Tables' maintenance as this server runs it: compaction and expiry as SQL over a MySQL
/// connection of its own, the removal of unreferenced files by the AWS side itself.

namespace firn::app {

/// Runs until it is destroyed. One table after another, on one thread: no table is worked on twice
/// at once, and the load is that of one statement.
///
/// The statements go to a MySQL listener of the loop's own on loopback, whose only account has a
/// password drawn at each start, with catalogs of its own that nobody else sees: one a table, with
/// keys that open this table alone and end by themselves.
class MaintenanceLoop {
 public:
  struct Parts {
    door::Maintenance& work;
    duck::Engine& engine;
    catalog::CatalogEnvironment catalogs;
    frontdoor::FrontdoorMetrics& metrics;  ///< Gets firn_maintenance_*.
    std::filesystem::path folder;          ///< For the listener's accounts and catalogs.
    std::string aws_endpoint;              ///< `http://127.0.0.1:4566`
  };
  /// All parts outlive the loop. Errors: those of the listener and the files of `folder`.
  static Result<std::unique_ptr<MaintenanceLoop>> Start(Parts parts,
                                                        const MaintenanceOptions& options);
  /// Stops what runs.
  ~MaintenanceLoop();
  MaintenanceLoop(const MaintenanceLoop&) = delete;
  MaintenanceLoop& operator=(const MaintenanceLoop&) = delete;

  /// Every table has its turn now, whenever it had its last. Any thread; does not wait.
  void RunNow();
  /// Stops what runs and begins nothing more. Idempotent.
  void Stop();

 private:
  class Impl;
  explicit MaintenanceLoop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firn::app
