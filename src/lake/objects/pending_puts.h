#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "lake/objects/object_store.h"

/// Several PUTs in flight, waited for together.

namespace firn::objects {

/// Shared with the store's callbacks, so that it outlives a caller that left early. Thread-safe.
class PendingPuts : public std::enable_shared_from_this<PendingPuts> {
 public:
  /// Begins a PUT on the store's own threads; does it at once when their queue is full. REQUIRES:
  /// owned by a shared_ptr.
  void Start(const Context& context, ObjectStore& store, const std::string& url, std::string bytes,
             PutCondition condition);
  /// Waits for all that were started; the first error, if any, with the object's URL as its note.
  /// May be called again. The store's own deadlines bound it.
  Status Wait();

 private:
  void Done(const std::string& url, const Error* error);

  Mutex mutex_;
  CondVar changed_;
  int in_flight_ FIRN_GUARDED_BY(mutex_) = 0;
  std::optional<Error> failure_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::objects
