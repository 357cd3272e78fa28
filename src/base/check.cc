#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace firn {

void CheckFailed(std::string_view condition, std::string_view detail,
                 const std::source_location& place) {
  std::fprintf(stderr, "firn: check failed at %s:%u in %s: %.*s %.*s\n", place.file_name(),
               place.line(), place.function_name(), static_cast<int>(condition.size()),
               condition.data(), static_cast<int>(detail.size()), detail.data());
  std::abort();
}

}  // namespace firn
