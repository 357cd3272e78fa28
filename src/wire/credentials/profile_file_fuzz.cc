#include <cstdint>
#include <string_view>

#include "wire/credentials/profile_file.h"
#include "wire/credentials/sts.h"

/// Profile files and STS answers of any bytes: nothing crashes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn::credentials;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)ParseProfiles(bytes, ProfileFileKind::kConfig);
  (void)ParseProfiles(bytes, ProfileFileKind::kCredentials);
  (void)ParseStsAnswer(bytes, "fuzz");
  (void)ParseKeysAnswer(bytes, "fuzz");
  return 0;
}
