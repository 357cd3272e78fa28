#include "cloud/s3/blob_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {
namespace {

constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string FolderOf(const BlobName& name) { return name.value().substr(0, 2); }

Unexpected WriteFailed(const char* what, int number) {
  if (number == ENOSPC || number == EDQUOT) {
    return ResourceExhausted("NoSpace", "the disk that holds the objects is full");
  }
  return Unavailable("WriteFailed", std::string(what) + ": " + std::strerror(number));
}

bool IsBlobName(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

}  // namespace

BlobWriter::BlobWriter(std::filesystem::path folder, BlobName name, int descriptor)
    : folder_(std::move(folder)), name_(std::move(name)), descriptor_(descriptor) {}

BlobWriter::BlobWriter(BlobWriter&& other) noexcept
    : folder_(std::move(other.folder_)),
      name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_) {}

BlobWriter::~BlobWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  std::error_code ignored;  // The start-up sweep takes what cannot be removed now.
  std::filesystem::remove(folder_ / (name_.value() + std::string(kTemporarySuffix)), ignored);
}

Status BlobWriter::Append(std::string_view bytes) {
  FIRN_CHECK(descriptor_ >= 0);
  size_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return WriteFailed("writing an object", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Ok();
}

Result<BlobName> BlobWriter::Publish() {
  FIRN_CHECK(descriptor_ >= 0);
  if (::fsync(descriptor_) != 0) return WriteFailed("fsync of an object", errno);
  const std::filesystem::path temporary = folder_ / (name_.value() + std::string(kTemporarySuffix));
  std::error_code error;
  std::filesystem::rename(temporary, folder_ / name_.value(), error);
  if (error) return WriteFailed("renaming an object", error.value());
  ::close(std::exchange(descriptor_, -1));
  FIRN_TRY(SyncFolder(folder_));
  return name_;
}

Result<std::unique_ptr<BlobFiles>> BlobFiles::Open(std::filesystem::path folder, Random& random,
                                                   const Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return WriteFailed("making the object folder", error.value());
  return std::unique_ptr<BlobFiles>(new BlobFiles(std::move(folder), random, clock));
}

Status BlobFiles::CheckReserve(std::uint64_t size_bytes_expected) const {
  struct statvfs disk {};
  if (::statvfs(folder_.c_str(), &disk) != 0) return WriteFailed("asking for free space", errno);
  const std::uint64_t total = std::uint64_t{disk.f_blocks} * disk.f_frsize;
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t reserve = std::min(kDiskReserveBytes, total / 20);
  if (free < reserve + size_bytes_expected) {
    return ResourceExhausted("DiskReserve", "the disk that holds the objects is nearly full: " +
                                                std::to_string(free >> 20) + " MiB free, " +
                                                std::to_string(reserve >> 20) +
                                                " MiB are kept in reserve");
  }
  if (disk.f_files != 0 && disk.f_favail < kInodeReserve) {
    return ResourceExhausted("DiskReserve", "the disk that holds the objects has too few file "
                                            "entries left");
  }
  return Ok();
}

Result<BlobWriter> BlobFiles::Create(std::uint64_t size_bytes_expected) {
  FIRN_TRY(CheckReserve(size_bytes_expected));
  BlobName name(RandomText(random_, 32, kHexDigits));
  std::filesystem::path folder = folder_ / FolderOf(name);
  const std::filesystem::path temporary = folder / (name.value() + std::string(kTemporarySuffix));
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  int descriptor = ::open(temporary.c_str(), kFlags, 0600);
  if (descriptor < 0 && errno == ENOENT) {  // The first file of its folder.
    std::error_code error;
    std::filesystem::create_directory(folder, error);
    if (error) return WriteFailed("making an object folder", error.value());
    FIRN_TRY(SyncFolder(folder_));
    descriptor = ::open(temporary.c_str(), kFlags, 0600);
  }
  if (descriptor < 0) return WriteFailed("creating an object's file", errno);
  return BlobWriter(std::move(folder), std::move(name), descriptor);
}

std::filesystem::path BlobFiles::PathOf(const BlobName& name) const {
  FIRN_CHECK(IsBlobName(name.value()));
  return folder_ / FolderOf(name) / name.value();
}

Status BlobFiles::CheckSize(const BlobName& name, std::uint64_t size_bytes) const {
  struct stat file {};
  if (::stat(PathOf(name).c_str(), &file) != 0) {
    return DataCorruption("BlobMissing", "the file of an object is missing: " + name.value());
  }
  if (static_cast<std::uint64_t>(file.st_size) != size_bytes) {
    return DataCorruption("BlobTruncated", "the file " + name.value() + " of an object has " +
                                               std::to_string(file.st_size) + " bytes, not " +
                                               std::to_string(size_bytes));
  }
  return Ok();
}

Result<std::string> BlobFiles::ReadAll(const BlobName& name, std::uint64_t size_bytes) const {
  FIRN_TRY(CheckSize(name, size_bytes));
  return ReadWholeFile(PathOf(name), size_bytes);
}

void BlobFiles::Retire(BlobName name) {
  std::vector<BlobName> due;
  {
    const MutexLock lock(mutex_);
    const MonotonicTime now = clock_.MonotonicNow();
    retired_.push_back(Retired{now, std::move(name)});
    while (!retired_.empty() && (now - retired_.front().since >= kRetiredFileAge ||
                                 retired_.size() > kRetiredFilesMax)) {
      due.push_back(std::move(retired_.front().name));
      retired_.pop_front();
    }
  }
  for (const BlobName& old : due) {
    std::error_code ignored;  // The start-up sweep takes what cannot be removed now.
    std::filesystem::remove(PathOf(old), ignored);
  }
}

Result<std::size_t> BlobFiles::Sweep(
    const std::function<Result<bool>(const BlobName&)>& is_known) {
  std::size_t removed = 0;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(folder_, error)) {
    if (!folder.is_directory(error)) continue;
    for (const auto& file : std::filesystem::directory_iterator(folder.path(), error)) {
      const std::string name = file.path().filename().string();
      if (IsBlobName(name)) {
        FIRN_ASSIGN_OR_RETURN(const bool known, is_known(BlobName(name)));
        if (known) continue;
      } else if (!name.ends_with(kTemporarySuffix)) {
        continue;  // Not ours.
      }
      if (std::filesystem::remove(file.path(), error)) ++removed;
    }
  }
  if (error) return Unavailable("ReadFailed", "sweeping the object folders: " + error.message());
  return removed;
}

}  // namespace firn::s3
