#include <algorithm>
#include <memory>

#include "base/mutex.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/side_by_side_internal.h"

namespace firn::duck {
namespace {

/// Shared with tasks that the pool may begin after all is done: those find nothing to do.
class Pieces {
 public:
  Pieces(std::size_t count, const std::function<Status(std::size_t)>& work)
      : count_(count), work_(work) {}

  void Work() {
    while (true) {
      std::size_t index = 0;
      {
        const MutexLock lock(mutex_);
        if (next_ == count_ || !status_) return;
        index = next_++;
        ++running_;
      }
      // The caller waits while this runs, so `work_` is there.
      Status status = RunGuarded([&] { return work_(index); });
      const MutexLock lock(mutex_);
      --running_;
      if (!status && index < failed_) {
        failed_ = index;
        status_ = std::move(status);
      }
      ended_.NotifyAll();
    }
  }

  Status Wait() {
    const MutexLock lock(mutex_);
    while (running_ > 0) ended_.Wait(mutex_);
    next_ = count_;
    return std::move(status_);
  }

 private:
  // Constant after construction.
  const std::size_t count_;
  const std::function<Status(std::size_t)>& work_;

  Mutex mutex_;
  CondVar ended_;
  std::size_t next_ FIRN_GUARDED_BY(mutex_) = 0;
  std::size_t running_ FIRN_GUARDED_BY(mutex_) = 0;
  std::size_t failed_ FIRN_GUARDED_BY(mutex_) = SIZE_MAX;
  Status status_ FIRN_GUARDED_BY(mutex_) = Ok();
};

}  // namespace

Status RunSideBySide(ThreadPool& pool, std::size_t count, std::size_t threads_max,
                     const std::function<Status(std::size_t)>& work) {
  const auto pieces = std::make_shared<Pieces>(count, work);
  for (std::size_t i = 1; i < std::min(count, threads_max); ++i) {
    if (!pool.TrySubmit([pieces] { pieces->Work(); })) break;
  }
  pieces->Work();
  return pieces->Wait();
}

}  // namespace firn::duck
