#include "app/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "wire/aws/arn.h"

namespace firn::app {
namespace {

constexpr std::size_t kSmallFileBytesMax = 4096;

}  // namespace

Result<DataFolder> DataFolder::Open(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (!failure) std::filesystem::permissions(path, std::filesystem::perms::owner_all, failure);
  if (failure) {
    return Unavailable("DataFolderUnusable",
                       fmt::format("cannot use data folder {}: {}", path.string(), failure.message()));
  }
  const int lock = ::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return Unavailable("DataFolderUnusable", fmt::format("cannot write in data folder {}", path.string()));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return FailedPrecondition("DataFolderInUse",
                              fmt::format("data folder {} is in use by another firn server; stop it, or give this one "
                                          "another --data-dir", path.string()));
  }
  DataFolder folder(std::filesystem::absolute(path), lock);
  for (const auto& part : {folder.aws(), folder.engine(), folder.tls(), folder.spill()}) {
    std::filesystem::create_directories(part, failure);
    if (failure) return Unavailable("DataFolderUnusable", fmt::format("cannot make {}: {}", part.string(), failure.message()));
  }
  return folder;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<std::string> DataFolder::AccountId(const std::optional<std::string>& wanted, Random& random) {
  const std::filesystem::path file = path_ / "account_id";
  const auto kept = ReadWholeFile(file, kSmallFileBytesMax);
  if (kept) {
    const std::string account = kept->substr(0, 12);
    if (!aws::IsAccountId(account)) {
      return DataCorruption("BadAccountFile", fmt::format("{} does not hold an account id", file.string()));
    }
    if (wanted && *wanted != account) {
      return FailedPrecondition("AccountMismatch",
                                fmt::format("this data folder belongs to account {}, not to {}", account, *wanted));
    }
    return account;
  }
  if (kept.error().code() != ErrorCode::kNotFound) return kept.error();
  const std::string account = wanted.value_or(RandomText(random, 1, "123456789") + RandomText(random, 11, "0123456789"));
  FIRN_TRY(WriteFileDurably(file, account + "\n"));
  return account;
}

Status DataFolder::WriteCredentials(const Credentials& root, const std::string& region) const {
  return WriteFileDurably(credentials_file(),
                          fmt::format("[firn]\naws_access_key_id = {}\naws_secret_access_key = {}\nregion = {}\n",
                                      root.access_key_id.value(), root.secret_key.Reveal(), region));
}

Result<Credentials> ReadCredentialsFile(const std::filesystem::path& file) {
  FIRN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file, kSmallFileBytesMax));
  Credentials credentials;
  for (const std::string_view line : Split(text, '\n')) {
    const std::size_t at = line.find(" = ");
    if (at == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, at);
    const std::string value(line.substr(at + 3));
    if (name == "aws_access_key_id") credentials.access_key_id = AccessKeyId(value);
    if (name == "aws_secret_access_key") credentials.secret_key = Secret(value);
  }
  if (credentials.access_key_id.value().empty() || credentials.secret_key.empty()) {
    return InvalidArgument("BadCredentialsFile", fmt::format("{} has no key for profile firn", file.string()));
  }
  return credentials;
}

}  // namespace firn::app
