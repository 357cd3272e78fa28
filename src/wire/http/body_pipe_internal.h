#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "wire/http/body.h"

/// One request's body between the I/O thread, which fills, and the worker, which reads.

namespace firn::http {

/// Holds at most kBodyBufferBytesMax bytes. Thread-safe; `wanted` is called without the lock.
class BodyPipe {
 public:
  /// `wanted` asks the I/O thread for more; it must only post.
  explicit BodyPipe(std::function<void()> wanted) : wanted_(std::move(wanted)) {}

  // For the worker.
  Result<std::size_t> Read(std::span<char> buffer);

  // For the I/O thread.
  std::size_t Room();
  void Push(std::string_view bytes);
  void Finish();
  /// The first failure stays.
  void Fail(Error error);

 private:
  // Constant after construction.
  const std::function<void()> wanted_;

  Mutex mutex_;
  CondVar changed_;
  std::string bytes_ FIRN_GUARDED_BY(mutex_);
  std::size_t read_bytes_ FIRN_GUARDED_BY(mutex_) = 0;  // Of bytes_, already handed out.
  bool asked_ FIRN_GUARDED_BY(mutex_) = false;
  bool ended_ FIRN_GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ FIRN_GUARDED_BY(mutex_);
};

/// The BodyReader a handler is given.
class PipeReader final : public BodyReader {
 public:
  explicit PipeReader(BodyPipe& pipe) : pipe_(pipe) {}
  Result<std::size_t> Read(std::span<char> buffer) override { return pipe_.Read(buffer); }

 private:
  BodyPipe& pipe_;
};

}  // namespace firn::http
