#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

/// Named pools for blocking work.

namespace firn {

/// A fixed number of threads over one bounded queue. Thread-safe. The destructor finishes what is queued.
class ThreadPool {
 public:
  /// `name` shows in the debugger and in `top -H` (15 characters kept).
  ThreadPool(std::string name, std::size_t thread_count, std::size_t queue_max = 4096);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// False when the queue is full or the pool is stopping; the task is then not run.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);
  /// Refuses new tasks, finishes the queued ones and joins. Idempotent.
  void Shutdown();

 private:
  void Work();

  // Constant after construction.
  const std::string name_;
  const std::size_t queue_max_;

  Mutex mutex_;
  CondVar wake_;
  std::deque<std::function<void()>> queue_ FIRN_GUARDED_BY(mutex_);
  bool stopping_ FIRN_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace firn
