#pragma once

#include <filesystem>

#include "base/result.h"

/// `firn doctor policy FILE`: what is wrong with an IAM policy.

namespace firn::app {

struct DoctorPolicyOptions {
  std::filesystem::path file;  ///< `-` for standard input.
  bool as_json = false;
  bool mend = false;  ///< Print the mended text alone.
};

/// Prints the remarks to standard output. 0 when there is no error among them, else 1.
/// Errors: those of reading the file.
Result<int> RunDoctorPolicy(const DoctorPolicyOptions& options);

}  // namespace firn::app
