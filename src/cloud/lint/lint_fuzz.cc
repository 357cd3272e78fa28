#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cloud/lint/lint.h"
#include "cloud/policy/document.h"

/// Any bytes: nothing crashes, and what is called mended is a policy.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const lint::Report report = lint::LintPolicy(text);
  if (report.mended && !policy::ParsePolicy(*report.mended, policy::PolicyUse::kIdentity))
    std::abort();
  return 0;
}
