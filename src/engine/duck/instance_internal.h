#pragma once

#include <memory>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/engine.h"

/// One opened and locked DuckDB.

namespace firn::duck {

/// Thread-safe.
class Instance {
 public:
  /// Errors: as Engine::Open.
  static Result<std::shared_ptr<Instance>> Open(const EngineOptions& options);

  duckdb::DuckDB& database() { return *database_; }

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
};

}  // namespace firn::duck
