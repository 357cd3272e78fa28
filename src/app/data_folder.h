#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

/// The one folder that holds all state.
///
///   <folder>/lock            held while a server runs
///   <folder>/account_id      the local AWS account
///   <folder>/credentials     the account root's key, AWS shared-credentials format, profile `firn`, mode 0600
///   <folder>/aws/            ledger, objects, audit log (cloud/door)
///   <folder>/engine/         external catalogs, users (engine/catalog, engine/session)
///   <folder>/tls/            the self-signed certificate, unless one is given
///   <folder>/spill/          what sorts and joins spill; empty between runs

namespace firn::app {

/// Holds the folder for this process. The lock goes with the object.
class DataFolder {
 public:
  /// Makes the folder (mode 0700) when absent and locks it.
  ///
  /// Errors: kFailedPrecondition/DataFolderInUse when another server holds it; kUnavailable/DataFolderUnusable.
  static Result<DataFolder> Open(const std::filesystem::path& path);
  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path aws() const { return path_ / "aws"; }
  std::filesystem::path engine() const { return path_ / "engine"; }
  std::filesystem::path tls() const { return path_ / "tls"; }
  std::filesystem::path spill() const { return path_ / "spill"; }
  std::filesystem::path credentials_file() const { return path_ / "credentials"; }

  /// The account kept here; `wanted` when there is none yet, else a drawn one.
  ///
  /// Errors: kFailedPrecondition/AccountMismatch when `wanted` is not the one kept; kDataCorruption.
  Result<std::string> AccountId(const std::optional<std::string>& wanted, Random& random);

  /// Writes the root's key, mode 0600. Errors: those of WriteFileDurably.
  Status WriteCredentials(const Credentials& root, const std::string& region) const;

 private:
  DataFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

/// Reads profile `firn` of a file that WriteCredentials wrote.
/// Errors: kNotFound; kInvalidArgument/BadCredentialsFile.
Result<Credentials> ReadCredentialsFile(const std::filesystem::path& file);

}  // namespace firn::app
