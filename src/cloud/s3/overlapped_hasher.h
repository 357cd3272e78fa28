#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/thread_pool.h"

namespace firn::s3 {

/// A digest that is computed on a thread of a pool while its caller goes on with the same bytes. One stretch is under
/// way at a time. Short stretches, and all of them when the pool is full, are computed by the caller at once.
/// Thread-compatible. The pool must outlive it.
class OverlappedHasher {
 public:
  OverlappedHasher(DigestKind kind, ThreadPool& pool);
  /// Waits for the stretch under way.
  ~OverlappedHasher();
  OverlappedHasher(OverlappedHasher&&) = delete;
  OverlappedHasher& operator=(OverlappedHasher&&) = delete;

  /// Waits for the stretch before. `bytes` must stay as they are until the next call returns.
  void Update(std::string_view bytes);
  /// Waits until no bytes are being read.
  void Settle();
  /// Waits; the raw digest. REQUIRES: not called before.
  std::string Finish();

 private:
  struct State;

  ThreadPool& pool_;
  const std::unique_ptr<State> state_;
};

}  // namespace firn::s3
