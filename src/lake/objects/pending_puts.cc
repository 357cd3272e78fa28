#include "lake/objects/pending_puts.h"

#include <fmt/format.h>

namespace firn::objects {

void PendingPuts::Start(const Context& context, ObjectStore& store, const std::string& url,
                        std::string bytes, PutCondition condition) {
  {
    MutexLock lock(mutex_);
    ++in_flight_;
  }
  const auto shared = std::make_shared<const std::string>(std::move(bytes));
  const auto is_queue_full = std::make_shared<bool>(false);
  store.PutAsync(context, url, shared, condition,
                 [group = shared_from_this(), url, is_queue_full](Result<ObjectInfo> result) {
                   if (!result && result.error().reason() == "QueueFull") {
                     *is_queue_full = true;  // On the caller's thread, which does it itself.
                     return;
                   }
                   group->Done(url, result ? nullptr : &result.error());
                 });
  if (!*is_queue_full) return;
  const auto put = store.Put(context, url, *shared, condition);
  Done(url, put ? nullptr : &put.error());
}

Status PendingPuts::Wait() {
  MutexLock lock(mutex_);
  while (in_flight_ > 0) changed_.Wait(mutex_);
  if (failure_) return *failure_;
  return Ok();
}

void PendingPuts::Done(const std::string& url, const Error* error) {
  MutexLock lock(mutex_);
  if (error != nullptr && !failure_) {
    failure_ = *error;
    failure_->Note(fmt::format("writing {}", url));
  }
  --in_flight_;
  changed_.NotifyAll();
}

}  // namespace firn::objects
