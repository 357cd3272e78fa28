#include <utility>

#include "engine/duck/finishing_uploads_internal.h"
#include "engine/duck/write_limits.h"

namespace firn::duck {

bool FinishingUploads::TryAdd(std::unique_ptr<objects::ObjectUpload>& upload,
                              WrittenObjects::Entry entry) {
  std::optional<Kept> earlier;
  {
    MutexLock lock(mutex_);
    if (entry.size_bytes > kFinishingBytesMax - bytes_) return false;
    bytes_ += entry.size_bytes;
    earlier = std::exchange(kept_, Kept{std::move(upload), std::move(entry)});
    if (earlier) ++in_flight_;
  }
  if (!earlier) return true;
  earlier->upload->FinishAsync(
      [this, sent = std::move(earlier->entry)](Result<objects::ObjectInfo> put) {
        Take(sent, std::move(put));
      });
  return true;
}

void FinishingUploads::Take(const WrittenObjects::Entry& entry, Result<objects::ObjectInfo> put) {
  if (put) written_.Add(entry);
  MutexLock lock(mutex_);
  if (!put && !failure_) failure_ = std::move(put).error().Note("writing '" + entry.url + "'");
  bytes_ -= entry.size_bytes;
  --in_flight_;
  changed_.NotifyAll();  // Under the lock, behind which this may be gone.
}

Status FinishingUploads::Finish() {
  std::optional<Kept> last;
  {
    MutexLock lock(mutex_);
    last = std::exchange(kept_, std::nullopt);
    if (last) ++in_flight_;
  }
  if (last) Take(last->entry, last->upload->Finish());
  Wait();
  MutexLock lock(mutex_);
  return failure_ ? Status(*failure_) : Ok();
}

void FinishingUploads::Drop() {
  std::optional<Kept> last;
  {
    MutexLock lock(mutex_);
    last = std::exchange(kept_, std::nullopt);
  }
  last.reset();
  Wait();
}

void FinishingUploads::Wait() {
  MutexLock lock(mutex_);
  while (in_flight_ > 0) changed_.Wait(mutex_);
}

}  // namespace firn::duck
