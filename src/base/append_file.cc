#include "base/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file_writing_internal.h"

namespace firn {

Result<std::unique_ptr<AppendFile>> AppendFile::Open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return WriteError("opening", path);
  return std::unique_ptr<AppendFile>(new AppendFile(path, fd));
}

AppendFile::~AppendFile() { ::close(fd_); }

Status AppendFile::Append(std::string_view bytes) { return WriteAll(fd_, path_, bytes); }

Status AppendFile::Sync() {
  if (::fdatasync(fd_) != 0) return WriteError("syncing", path_);
  return Ok();
}

}  // namespace firn
