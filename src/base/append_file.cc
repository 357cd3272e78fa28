#include "base/append_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace firn {
namespace {

Unexpected FileError(std::string_view doing, const std::filesystem::path& path) {
  const int error = errno;
  const std::string text = fmt::format("{} {}: {}", doing, path.string(), std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) return ResourceExhausted("NoSpace", text);
  return Unavailable("WriteFailed", text);
}

}  // namespace

Result<std::unique_ptr<AppendFile>> AppendFile::Open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("opening", path);
  return std::unique_ptr<AppendFile>(new AppendFile(path, fd));
}

AppendFile::~AppendFile() { ::close(fd_); }

Status AppendFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FileError("writing", path_);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Ok();
}

Status AppendFile::Sync() {
  if (::fdatasync(fd_) != 0) return FileError("syncing", path_);
  return Ok();
}

}  // namespace firn
