#include <algorithm>
#include <cstring>

#include "wire/http/body_pipe_internal.h"
#include "wire/http/limits.h"

namespace firn::http {

Result<std::size_t> BodyPipe::Read(std::span<char> buffer) {
  if (buffer.empty()) return std::size_t{0};
  std::size_t count = 0;
  bool ask = false;
  {
    const MutexLock lock(mutex_);
    while (bytes_.size() == read_bytes_ && !ended_ && !failure_) {
      if (!asked_) {
        asked_ = true;
        // The lock is let go for the call, so what it waits for is looked at again.
        mutex_.Unlock();
        wanted_();
        mutex_.Lock();
        continue;
      }
      changed_.Wait(mutex_);
    }
    if (bytes_.size() == read_bytes_) {
      if (failure_) return Error(*failure_);
      return std::size_t{0};
    }
    count = std::min(buffer.size(), bytes_.size() - read_bytes_);
    std::memcpy(buffer.data(), bytes_.data() + read_bytes_, count);
    read_bytes_ += count;
    if (read_bytes_ == bytes_.size()) {
      bytes_.clear();
      read_bytes_ = 0;
    }
    // Half empty and the sender stopped: let it go on while this piece is worked on.
    ask = !ended_ && !failure_ && !asked_ && bytes_.size() - read_bytes_ < kBodyBufferBytesMax / 2;
    if (ask) asked_ = true;
  }
  if (ask) wanted_();
  return count;
}

std::size_t BodyPipe::Room() {
  const MutexLock lock(mutex_);
  const std::size_t held = bytes_.size() - read_bytes_;
  return held < kBodyBufferBytesMax ? kBodyBufferBytesMax - held : 0;
}

void BodyPipe::Push(std::string_view bytes) {
  {
    const MutexLock lock(mutex_);
    if (read_bytes_ > 0) {
      bytes_.erase(0, read_bytes_);
      read_bytes_ = 0;
    }
    bytes_.append(bytes);
    asked_ = false;
  }
  changed_.NotifyAll();
}

void BodyPipe::Finish() {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  changed_.NotifyAll();
}

void BodyPipe::Fail(Error error) {
  {
    const MutexLock lock(mutex_);
    if (!ended_ && !failure_) failure_ = std::move(error);
  }
  changed_.NotifyAll();
}

}  // namespace firn::http
