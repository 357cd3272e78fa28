#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "app/credential_chain.h"
#include "base/result.h"

/// `firn doctor`: what stands between this machine and a working catalog.

namespace firn::app {

struct DoctorOptions {
  std::optional<std::filesystem::path> data_folder;
  std::string bind_address = "127.0.0.1";
  std::uint16_t mysql_port = 9030;
  std::uint16_t http_port = 8030;
  std::uint16_t aws_port = 4566;
  std::string uri;  ///< Empty: no catalog is tried.
  std::string warehouse;
  std::string signing_name = "glue";
  std::string region;
  OutwardOptions outward;
  bool as_json = false;
};

/// Looks, asks, prints one line a check to standard output; changes nothing. Keys come from where
/// the AWS SDKs look; of a key the last four characters are shown. 0 when no check failed, else 1.
/// Errors: those of MakeEngineClient.
Result<int> RunDoctor(const DoctorOptions& options);

}  // namespace firn::app
