#pragma once

#include <cstddef>
#include <filesystem>

#include "base/result.h"

/// `firn doctor denials`: why the local AWS side refused what it refused last.

namespace firn::app {

struct DoctorDenialsOptions {
  std::filesystem::path data_folder;
  std::size_t count_max = 10;
  bool as_json = false;
};

/// Reads the end of the audit log (the server may be running) and prints the last denials, oldest
/// first, to standard output. 0, whether there are any or none. Errors: kNotFound/NoAuditLog; those
/// of reading the file.
Result<int> RunDoctorDenials(const DoctorDenialsOptions& options);

}  // namespace firn::app
