#include "cloud/s3/blob_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/digest.h"
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

Unexpected Truncated(const BlobName& name) {
  return DataCorruption("BlobTruncated", "the file " + name.value() +
                                             " of an object is not as long as it was written");
}

Unexpected Corrupt(const BlobName& name) {
  return DataCorruption("BlobCorrupt", "the bytes in the file " + name.value() +
                                           " of an object are not those that were written");
}

constexpr std::string_view kFooterMagic = "FIRNBLK1";
static_assert(std::endian::native == std::endian::little, "the footer is written as it is in memory");

std::size_t BlockCount(std::uint64_t size_bytes) {
  return static_cast<std::size_t>((size_bytes + kBlockBytes - 1) / kBlockBytes);
}
std::size_t FooterBytes(std::size_t block_count) {
  return block_count * sizeof(std::uint32_t) + sizeof(std::uint64_t) + sizeof(std::uint32_t) +
         kFooterMagic.size();
}

template <typename Number>
void AppendNumber(Number number, std::string& text) {
  text.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

std::string MakeFooter(const std::vector<std::uint32_t>& block_crcs, std::uint64_t size_bytes) {
  std::string footer;
  footer.reserve(FooterBytes(block_crcs.size()));
  for (const std::uint32_t crc : block_crcs) AppendNumber(crc, footer);
  AppendNumber(size_bytes, footer);
  AppendNumber(Crc32c(0, footer), footer);
  footer += kFooterMagic;
  return footer;
}

bool IsBlobName(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

}  // namespace

BlobWriter::BlobWriter(std::filesystem::path folder, BlobName name, int descriptor,
                       std::shared_ptr<std::atomic<std::uint64_t>> promised,
                       std::uint64_t promised_bytes)
    : folder_(std::move(folder)),
      name_(std::move(name)),
      descriptor_(descriptor),
      promised_(std::move(promised)),
      promised_bytes_(promised_bytes) {
  promised_->fetch_add(promised_bytes_);
}

BlobWriter::BlobWriter(BlobWriter&& other) noexcept
    : folder_(std::move(other.folder_)),
      name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_),
      written_back_bytes_(other.written_back_bytes_),
      block_crcs_(std::move(other.block_crcs_)),
      promised_(std::move(other.promised_)),
      promised_bytes_(std::exchange(other.promised_bytes_, 0)) {}

BlobWriter::~BlobWriter() {
  ReleasePromise(promised_bytes_);
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  std::error_code ignored;  // The start-up sweep takes what cannot be removed now.
  std::filesystem::remove(folder_ / name_.value(), ignored);
}

void BlobWriter::ReleasePromise(std::uint64_t bytes) {
  const std::uint64_t released = std::min(bytes, promised_bytes_);
  promised_bytes_ -= released;
  if (released > 0) promised_->fetch_sub(released);
}

Status BlobWriter::WriteAll(std::string_view bytes) {
  FIRN_CHECK(descriptor_ >= 0);
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

void BlobWriter::BeginWriteback() {
  if (size_bytes_ - written_back_bytes_ < kWritebackBytes) return;
  // Only a hint: what fails here fails again in fsync.
  ::sync_file_range(descriptor_, static_cast<off64_t>(written_back_bytes_),
                    static_cast<off64_t>(size_bytes_ - written_back_bytes_),
                    SYNC_FILE_RANGE_WRITE);
  written_back_bytes_ = size_bytes_;
}

Status BlobWriter::Append(std::string_view bytes) {
  FIRN_TRY(WriteAll(bytes));
  ReleasePromise(bytes.size());
  while (!bytes.empty()) {
    const std::size_t filled = size_bytes_ % kBlockBytes;
    if (filled == 0) block_crcs_.push_back(0);
    const std::string_view piece = bytes.substr(0, kBlockBytes - filled);
    block_crcs_.back() = Crc32c(block_crcs_.back(), piece);
    size_bytes_ += piece.size();
    bytes.remove_prefix(piece.size());
  }
  BeginWriteback();
  return Ok();
}

Result<BlobName> BlobWriter::Publish() {
  FIRN_TRY(WriteAll(MakeFooter(block_crcs_, size_bytes_)));
  if (::fsync(descriptor_) != 0) return WriteFailed("fsync of an object", errno);
  ::close(std::exchange(descriptor_, -1));
  return name_;
}

BlobReader::~BlobReader() { ::close(descriptor_); }

Status BlobReader::ReadAt(std::uint64_t offset_bytes, char* data, std::size_t count) const {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, data, count, static_cast<off_t>(offset_bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Unavailable("ReadFailed",
                         std::string("reading an object's file: ") + std::strerror(errno));
    }
    if (got == 0) return Truncated(name_);
    data += got;
    count -= static_cast<std::size_t>(got);
    offset_bytes += static_cast<std::uint64_t>(got);
  }
  return Ok();
}

Status BlobReader::ReadChecksums() {
  struct stat file {};
  if (::fstat(descriptor_, &file) != 0) return Truncated(name_);
  const auto length = static_cast<std::uint64_t>(file.st_size);
  if (length == size_bytes_) return Ok();  // Of before.
  const std::size_t count = BlockCount(size_bytes_);
  std::string footer(FooterBytes(count), '\0');
  if (length != size_bytes_ + footer.size()) return Truncated(name_);
  FIRN_TRY(ReadAt(size_bytes_, footer.data(), footer.size()));
  std::vector<std::uint32_t> crcs(count);
  if (count > 0) std::memcpy(crcs.data(), footer.data(), count * sizeof(std::uint32_t));
  if (footer != MakeFooter(crcs, size_bytes_)) return Corrupt(name_);
  block_crcs_ = std::move(crcs);
  return Ok();
}

Result<std::string_view> BlobReader::ReadFrom(std::uint64_t offset_bytes,
                                              std::string& buffer) const {
  FIRN_CHECK(offset_bytes < size_bytes_);
  const std::uint64_t block = offset_bytes / kBlockBytes;
  const std::uint64_t begin = block * kBlockBytes;
  buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size_bytes_ - begin)));
  FIRN_TRY(ReadAt(begin, buffer.data(), buffer.size()));
  if (!block_crcs_.empty() && Crc32c(0, buffer) != block_crcs_[block]) return Corrupt(name_);
  return std::string_view(buffer).substr(offset_bytes - begin);
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
  const std::uint64_t wanted = reserve + promised_->load() + size_bytes_expected;
  if (free < wanted) {
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

Status BlobFiles::MakeFolder(const std::filesystem::path& folder) const {
  std::error_code error;
  const bool is_new = std::filesystem::create_directory(folder, error);
  if (error) return WriteFailed("making an object folder", error.value());
  return is_new ? SyncFolder(folder_) : Ok();
}

BlobName BlobFiles::MakeName() const { return BlobName(RandomText(random_, 32, kHexDigits)); }

BlobFiles::~BlobFiles() { DropSpares(); }

void BlobFiles::DropSpares() {
  const MutexLock lock(spares_mutex_);
  for (const Spare& spare : spares_) {
    ::close(spare.descriptor);
    std::error_code ignored;  // The start-up sweep takes what cannot be removed now.
    std::filesystem::remove(PathOf(spare.name), ignored);
  }
  spares_.clear();
}

Status BlobFiles::MakeSpares() {
  const std::filesystem::path folder = PathOf(MakeName()).parent_path();
  const std::string prefix = folder.filename().string();
  FIRN_TRY(MakeFolder(folder));
  std::vector<Spare> made;
  while (made.size() < kSpareFiles) {
    BlobName name(prefix + MakeName().value().substr(prefix.size()));
    const int descriptor = ::open((folder / name.value()).c_str(),
                                  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0 && made.empty()) return WriteFailed("creating an object's file", errno);
    if (descriptor < 0) break;  // What there is will do.
    made.push_back({std::move(name), descriptor});
  }
  const Status synced = SyncFolder(folder);
  if (synced) {
    spares_ = std::move(made);
    return Ok();
  }
  for (const Spare& spare : made) ::close(spare.descriptor);
  return synced;
}

Result<BlobFiles::Spare> BlobFiles::TakeSpare() {
  const MutexLock lock(spares_mutex_);
  if (spares_.empty()) FIRN_TRY(MakeSpares());
  Spare spare = std::move(spares_.back());
  spares_.pop_back();
  return spare;
}

Result<BlobWriter> BlobFiles::Create(std::uint64_t size_bytes_expected) {
  FIRN_TRY(CheckReserve(size_bytes_expected));
  FIRN_ASSIGN_OR_RETURN(Spare spare, TakeSpare());
  std::filesystem::path folder = PathOf(spare.name).parent_path();
  return BlobWriter(std::move(folder), std::move(spare.name), spare.descriptor, promised_,
                    size_bytes_expected);
}

std::filesystem::path BlobFiles::PathOf(const BlobName& name) const {
  FIRN_CHECK(IsBlobName(name.value()));
  return folder_ / FolderOf(name) / name.value();
}

Result<std::unique_ptr<BlobReader>> BlobFiles::OpenFile(const BlobName& name,
                                                        std::uint64_t size_bytes) const {
  const int descriptor = ::open(PathOf(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0 && errno == ENOENT) {
    return DataCorruption("BlobMissing", "the file of an object is missing: " + name.value());
  }
  if (descriptor < 0) {
    return Unavailable("ReadFailed",
                       std::string("opening an object's file: ") + std::strerror(errno));
  }
  std::unique_ptr<BlobReader> reader(new BlobReader(name, descriptor, size_bytes));
  FIRN_TRY(reader->ReadChecksums());
  return reader;
}

Result<BlobName> BlobFiles::Link(const BlobName& name) {
  FIRN_TRY(CheckReserve(0));
  BlobName second = MakeName();
  const std::filesystem::path path = PathOf(second);
  int outcome = ::link(PathOf(name).c_str(), path.c_str());
  if (outcome != 0 && errno == ENOENT) {
    FIRN_TRY(MakeFolder(path.parent_path()));
    outcome = ::link(PathOf(name).c_str(), path.c_str());
  }
  if (outcome != 0 && errno == ENOENT) {
    return DataCorruption("BlobMissing", "the file of an object is missing: " + name.value());
  }
  if (outcome != 0) return WriteFailed("linking an object's file", errno);
  FIRN_TRY(SyncFolder(path.parent_path()));
  return second;
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
  DropSpares();  // They have no rows; a writer must not get a file that the sweep takes.
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
