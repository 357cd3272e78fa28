#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/result.h"

/// Ranges in, bytes out: the only way the lake touches storage.
///
/// Reading order: ObjectUrl, ByteRange, ObjectInfo, ObjectStore.

namespace firn::objects {

/// `s3://bucket/key`. The key is not decoded: it is the object's name as it is.
struct ObjectUrl {
  std::string bucket;
  std::string key;

  std::string ToString() const { return "s3://" + bucket + "/" + key; }
  friend bool operator==(const ObjectUrl&, const ObjectUrl&) = default;
};

/// Takes s3://, s3a:// and s3n://; the key may be empty (a List of a whole bucket). Errors:
/// kInvalidArgument/InvalidObjectUrl.
Result<ObjectUrl> ParseObjectUrl(std::string_view url);

/// Half-open: [offset_bytes, offset_bytes + length_bytes).
struct ByteRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct ObjectInfo {
  std::uint64_t size_bytes = 0;
  std::string etag;  ///< As the store gives it, quotes included; opaque.

  friend bool operator==(const ObjectInfo&, const ObjectInfo&) = default;
};

struct ListedObject {
  std::string url;
  ObjectInfo info;
  WallTime modified;
};

enum class PutCondition {
  kAlways,
  kIfAbsent,  ///< Never overwrites.
};

/// One object to be read whole.
struct WholeRead {
  std::string url;
  std::size_t bytes_max = 0;
};
/// Takes the bytes of one of many reads; an error ends them all.
using TakeObject = std::function<Status(std::size_t index, std::string bytes)>;

/// A store of objects. Thread-safe.
///
/// URLs are `s3://bucket/key`. Errors of all: kNotFound/NoSuchKey or /NoSuchBucket; kPermissionDenied/AccessDenied with
/// the store's own words; kUnauthenticated when the credentials are wrong; kUnavailable once the retry budget is spent;
/// kInvalidArgument/InvalidObjectUrl; kDeadlineExceeded and kCancelled from the context.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Exactly the bytes of the range, or an error. An empty range costs no request.
  /// Errors: kInvalidArgument/InvalidRange when the range reaches beyond the object's end.
  virtual Result<std::string> Read(const Context& context, const std::string& url, ByteRange range) = 0;

  /// The whole object. Errors: kResourceExhausted/ObjectTooLarge over `bytes_max`.
  virtual Result<std::string> ReadAll(const Context& context, const std::string& url,
                                      std::size_t bytes_max) = 0;

  /// Fills `buffers[i]` with `ranges[i]`, all in flight at once; no order among them. On an error the buffers' content
  /// is unspecified. REQUIRES: as many buffers as ranges, each of its range's length.
  virtual Status ReadRanges(const Context& context, const std::string& url,
                            std::span<const ByteRange> ranges,
                            std::span<const std::span<char>> buffers) = 0;

  /// Reads many objects whole, at most `in_flight_max` at once, begun in the order given. Each is handed to `take` as it
  /// comes, on the caller's thread and in no order; while `take` blocks, at most `in_flight_max` answers gather. The
  /// first error, the context's or `take`'s own ends all; nothing is in flight any more when this returns. Here: one
  /// after another by ReadAll. Errors: ReadAll's, with the URL in a note.
  virtual Status ReadObjects(const Context& context, std::span<const WholeRead> reads, std::size_t in_flight_max,
                             const TakeObject& take);

  virtual Result<ObjectInfo> Stat(const Context& context, const std::string& url) = 0;

  /// The object appears whole or not at all. A retried kIfAbsent put that meets its own earlier success succeeds (it
  /// compares the bytes' checksum).
  /// Errors: kConflict/ObjectExists (kIfAbsent).
  virtual Result<ObjectInfo> Put(const Context& context, const std::string& url,
                                 std::string_view bytes, PutCondition condition) = 0;

  /// Put on the store's own threads; `done` is called exactly once, on one of them (or on the caller's when the queue
  /// is full, with kResourceExhausted/QueueFull), and must not block.
  virtual void PutAsync(const Context& context, const std::string& url,
                        std::shared_ptr<const std::string> bytes, PutCondition condition,
                        std::function<void(Result<ObjectInfo>)> done) = 0;

  /// An absent object is no error.
  virtual Status Delete(const Context& context, const std::string& url) = 0;

  /// Every object whose URL begins with `url_prefix`, by name. Errors: kResourceExhausted/TooManyObjects.
  virtual Result<std::vector<ListedObject>> List(const Context& context,
                                                 const std::string& url_prefix) = 0;
};

}  // namespace firn::objects
