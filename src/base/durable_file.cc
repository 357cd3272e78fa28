#include "base/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_writing_internal.h"
#include "base/random.h"

namespace firn {
namespace {

/// Of `errno`.
Unexpected FileError(std::string_view doing, const std::filesystem::path& path) {
  if (errno == ENOENT) return NotFound("NoSuchFile", FileErrorText(doing, path));
  if (doing == "reading") return Unavailable("ReadFailed", FileErrorText(doing, path));
  return WriteError(doing, path);
}

/// Closes its descriptor when it dies.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status WriteAndSync(int fd, const std::filesystem::path& path, std::string_view bytes) {
  FIRN_TRY(WriteAll(fd, path, bytes));
  if (::fsync(fd) != 0) return FileError("syncing", path);
  return Ok();
}

}  // namespace

Status SyncFolder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return FileError("opening", folder);
  if (::fsync(fd.get()) != 0) return FileError("syncing", folder);
  return Ok();
}

Status WriteFileDurably(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  const std::filesystem::path temporary =
      path.string() + ".tmp-" + RandomText(SecureRandom(), 12, "abcdefghijklmnopqrstuvwxyz");
  {
    const Descriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (fd.get() < 0) return FileError("creating", temporary);
    if (Status written = WriteAndSync(fd.get(), temporary, bytes); !written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Unexpected failure = FileError("renaming to", path);
    ::unlink(temporary.c_str());
    return failure;
  }
  return SyncFolder(path.parent_path().empty() ? "." : path.parent_path());
}

Result<std::string> ReadWholeFile(const std::filesystem::path& path, std::size_t bytes_max) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return FileError("reading", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return FileError("reading", path);
  if (static_cast<std::size_t>(info.st_size) > bytes_max) {
    return ResourceExhausted("FileTooLarge", fmt::format("{} has {} bytes, at most {} are read",
                                                         path.string(), info.st_size, bytes_max));
  }
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("reading", path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace firn
