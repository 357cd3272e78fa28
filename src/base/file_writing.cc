#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_writing_internal.h"

namespace firn {

std::string FileErrorText(std::string_view doing, const std::filesystem::path& path) {
  return fmt::format("{} {}: {}", doing, path.string(), std::strerror(errno));
}

Unexpected WriteError(std::string_view doing, const std::filesystem::path& path) {
  const int error = errno;
  const std::string text = FileErrorText(doing, path);
  if (error == ENOSPC || error == EDQUOT) return ResourceExhausted("NoSpace", text);
  return Unavailable("WriteFailed", text);
}

Status WriteAll(int fd, const std::filesystem::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return WriteError("writing", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Ok();
}

}  // namespace firn
