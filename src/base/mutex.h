#pragma once

#include <condition_variable>
#include <mutex>

/// The only locks in the tree, annotated for clang's thread-safety analysis.

#if defined(__clang__)
#define FIRN_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define FIRN_THREAD_ANNOTATION(x)
#endif
#define FIRN_CAPABILITY(x) FIRN_THREAD_ANNOTATION(capability(x))
#define FIRN_SCOPED_CAPABILITY FIRN_THREAD_ANNOTATION(scoped_lockable)
#define FIRN_GUARDED_BY(x) FIRN_THREAD_ANNOTATION(guarded_by(x))
#define FIRN_REQUIRES(...) FIRN_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define FIRN_ACQUIRE(...) FIRN_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define FIRN_RELEASE(...) FIRN_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define FIRN_EXCLUDES(...) FIRN_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define FIRN_NO_THREAD_SAFETY_ANALYSIS FIRN_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace firn {

/// A plain mutex. No lock is held over I/O or a call into another room, unless the comment there argues why.
class FIRN_CAPABILITY("mutex") Mutex {
 public:
  void Lock() FIRN_ACQUIRE() { mutex_.lock(); }
  void Unlock() FIRN_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

/// Holds a Mutex for its own lifetime.
class FIRN_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FIRN_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() FIRN_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits for a change of what a Mutex guards. Always wait in a loop over the condition.
class CondVar {
 public:
  /// REQUIRES: the caller holds `mutex`.
  void Wait(Mutex& mutex) FIRN_REQUIRES(mutex) FIRN_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  /// False when `duration` ran out first.
  template <typename Duration>
  bool WaitFor(Mutex& mutex, Duration duration)
      FIRN_REQUIRES(mutex) FIRN_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool signalled = condition_.wait_for(lock, duration) == std::cv_status::no_timeout;
    lock.release();
    return signalled;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace firn
