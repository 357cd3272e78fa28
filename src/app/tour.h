#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

/// `firn tour`: the guide's road, walked against a server of its own.

namespace firn::app {

struct TourOptions {
  std::filesystem::path firn_binary;  ///< The server that is started: this very program.
  /// A Python that has boto3, PyIceberg and DuckDB; empty: those readers are left out, and the tour says so.
  std::string python;
  bool colour = false;
};

/// Starts a server on a temporary data folder and free ports, walks the guide step by step, prints each command with
/// its answer, ends the server and removes the folder. Returns 0 when every step (the refusals too) came out as said.
Result<int> RunTour(const TourOptions& options);

}  // namespace firn::app
