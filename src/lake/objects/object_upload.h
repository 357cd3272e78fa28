#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "lake/objects/object_store.h"

/// Objects that are sent while they grow.
///
/// Reading order: ObjectUpload, UploadingStore, BeginUpload, AbortUploads.

namespace firn::objects {

/// One object on its way. It appears whole at Finish or not at all: dropped without it, or after an
/// error, what was sent is taken back. Owned by one thread; the store must outlive it.
class ObjectUpload {
 public:
  virtual ~ObjectUpload() = default;

  /// The next bytes. May wait until earlier ones are sent. Errors: of a part that was sent,
  /// whichever call began it; then as ObjectStore::Put.
  virtual Status Append(std::string_view bytes) = 0;
  /// Makes the object appear. Once, after the last Append. Errors: as ObjectStore::Put.
  virtual Result<ObjectInfo> Finish() = 0;
  /// Finish, where one request is left to send and the store has threads for it, on one of those;
  /// else on the caller's. `done` is called exactly once and must not block; the store must outlive
  /// that call, this need not.
  virtual void FinishAsync(std::function<void(Result<ObjectInfo>)> done) { done(Finish()); }
};

/// One that may not begin: every call answers why.
class RefusedUpload final : public ObjectUpload {
 public:
  explicit RefusedUpload(Error why) : why_(std::move(why)) {}
  Status Append(std::string_view) override { return why_; }
  Result<ObjectInfo> Finish() override { return why_; }

 private:
  const Error why_;
};

/// What a store is besides when it sends large objects in parts. Thread-safe.
class UploadingStore {
 public:
  virtual ~UploadingStore() = default;

  /// Begins an object; no request yet. An object that stays within one part is one PUT.
  virtual std::unique_ptr<ObjectUpload> BeginUpload(const Context& context, const std::string& url,
                                                    PutCondition condition) = 0;
  /// Takes back what uploads of that object have sent that nobody will finish: a crash leaves them.
  /// Errors: as ObjectStore::List.
  virtual Status AbortUploads(const Context& context, const std::string& url) = 0;
};

/// The store's own upload; for a store that has none, one that gathers the bytes for one Put.
std::unique_ptr<ObjectUpload> BeginUpload(const Context& context, ObjectStore& store,
                                          const std::string& url, PutCondition condition);
/// UploadingStore's; nothing for other stores.
Status AbortUploads(const Context& context, ObjectStore& store, const std::string& url);

}  // namespace firn::objects
