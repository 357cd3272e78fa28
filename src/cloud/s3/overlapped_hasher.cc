#include "cloud/s3/overlapped_hasher.h"

#include "base/mutex.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {

struct OverlappedHasher::State {
  explicit State(DigestKind kind) : hasher(kind) {}

  Hasher hasher;  // Of the pool's thread while `busy`, else of the caller.
  Mutex mutex;
  CondVar done;
  bool busy FIRN_GUARDED_BY(mutex) = false;
};

OverlappedHasher::OverlappedHasher(DigestKind kind, ThreadPool& pool)
    : pool_(pool), state_(std::make_unique<State>(kind)) {}

OverlappedHasher::~OverlappedHasher() { Settle(); }

void OverlappedHasher::Settle() {
  const MutexLock lock(state_->mutex);
  while (state_->busy) state_->done.Wait(state_->mutex);
}

void OverlappedHasher::Update(std::string_view bytes) {
  Settle();
  State* state = state_.get();
  if (bytes.size() >= kOverlapBytesMin) {
    {
      const MutexLock lock(state->mutex);
      state->busy = true;
    }
    const bool taken = pool_.TrySubmit([state, bytes] {
      state->hasher.Update(bytes);
      const MutexLock lock(state->mutex);
      state->busy = false;
      state->done.NotifyOne();  // Under the lock: the waiter may end `state` as soon as it has it.
    });
    if (taken) return;
    const MutexLock lock(state->mutex);
    state->busy = false;
  }
  state->hasher.Update(bytes);
}

std::string OverlappedHasher::Finish() {
  Settle();
  return state_->hasher.Finish();
}

}  // namespace firn::s3
