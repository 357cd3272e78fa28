#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "lake/objects/object_upload.h"
#include "lake/s3/limits.h"
#include "lake/s3/s3_sender_internal.h"

/// Multipart uploads.
///
///   create ──► parts ──► complete ──► the object is there
///      │         └ one fails, or the caller leaves ──► abort
///      └ fails: nothing was begun
///
/// Reading order: PartUpload, PartSlots, MakeStreamedUpload.

namespace firn::s3store {

/// A part that the store has.
struct SentPart {
  std::string etag;
  std::string digest;  ///< MD5 of its bytes, raw.
  std::uint64_t size_bytes = 0;
};

/// What is in the object's place now.
using StatObject = std::function<Result<objects::ObjectInfo>(const Context&)>;

/// One upload that was created. Immutable; `sender` outlives it.
class PartUpload {
 public:
  /// One request.
  static Result<PartUpload> Create(const Context& context, S3Sender& sender,
                                   const objects::ObjectUrl& object);

  /// The request that sends a part; numbers begin with 1.
  S3Call PartCall(std::size_t number, std::shared_ptr<const std::string> bytes) const;
  /// What the answer to it tells. Errors: kDataCorruption/InvalidAnswer.
  static Result<SentPart> TakeAnswer(const http::IncomingResponse& answer, std::string_view bytes);
  /// Sends one part and waits.
  Result<SentPart> Send(const Context& context, std::size_t number,
                        std::shared_ptr<const std::string> bytes) const;

  /// Makes the object of all its parts. After a try whose answer was lost the object that `stat`
  /// finds may be our own. After an error the caller aborts, which does nothing to an upload that is
  /// complete all the same.
  Result<objects::ObjectInfo> Complete(const Context& context, std::span<const SentPart> parts,
                                       objects::PutCondition condition,
                                       const StatObject& stat) const;
  /// Best effort, on time of its own: the caller's may be over.
  void Abort(const Context& context) const;

 private:
  PartUpload(S3Sender& sender, objects::ObjectUrl object, std::string id)
      : sender_(&sender), object_(std::move(object)), id_(std::move(id)) {}

  S3Sender* sender_;
  objects::ObjectUrl object_;
  std::string id_;
};

/// `ours` when it is what stands there; the error otherwise.
Result<objects::ObjectInfo> AcceptIfOurs(const Context& context, const StatObject& stat,
                                         const objects::ObjectInfo& ours, const Error& error);

/// Room for parts on their way, of all streamed uploads of one store together. Thread-safe.
class PartSlots {
 public:
  explicit PartSlots(std::size_t slot_count) : free_(slot_count) {}
  /// Errors: the context's.
  Status Take(const Context& context);
  void Return();

 private:
  Mutex mutex_;
  CondVar changed_;
  std::size_t free_ FIRN_GUARDED_BY(mutex_);
};

/// What a streamed upload works with; all of it outlives the upload.
struct UploadParts {
  S3Sender& sender;
  ThreadPool& pool;
  PartSlots& slots;
  std::function<Result<objects::ObjectInfo>(const Context&, const std::string& url,
                                            std::shared_ptr<const std::string> bytes,
                                            objects::PutCondition)>
      put;  ///< For an object that ends before it fills a part.
  std::function<Result<objects::ObjectInfo>(const Context&, const std::string& url)> stat;
};

/// UploadingStore::BeginUpload's.
std::unique_ptr<objects::ObjectUpload> MakeStreamedUpload(const Context& context, UploadParts parts,
                                                          const std::string& url,
                                                          objects::PutCondition condition);

}  // namespace firn::s3store
