#include "lake/s3/s3_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "lake/objects/limits.h"
#include "lake/s3/limits.h"
#include "lake/s3/part_upload_internal.h"
#include "lake/s3/s3_sender_internal.h"
#include "wire/aws/endpoint.h"

namespace firn::s3store {
namespace {

using objects::ByteRange;
using objects::ListedObject;
using objects::ObjectInfo;
using objects::ObjectUrl;
using objects::PutCondition;

/// One request's share of a range, and where it goes.
struct Piece {
  ByteRange range;
  std::span<char> buffer;
};

std::vector<Piece> CutRanges(std::span<const ByteRange> ranges,
                             std::span<const std::span<char>> buffers) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    FIRN_CHECK(buffers[i].size() == ranges[i].length_bytes);
    for (std::uint64_t done = 0; done < ranges[i].length_bytes;) {
      const std::uint64_t left = ranges[i].length_bytes - done;
      // No sliver at the end: a last piece may be up to twice as long.
      const std::uint64_t size = left < 2 * kRangePieceBytes ? left : kRangePieceBytes;
      pieces.push_back({{ranges[i].offset_bytes + done, size}, buffers[i].subspan(done, size)});
      done += size;
    }
  }
  return pieces;
}

Unexpected BeyondEnd(const ObjectUrl& object, ByteRange range) {
  return InvalidArgument("InvalidRange",
                         fmt::format("bytes {} to {} reach beyond the end of {}", range.offset_bytes,
                                     range.offset_bytes + range.length_bytes, object.ToString()));
}

/// Copies what was asked out of a 206, or out of a 200 by a store that ignores ranges.
Status FillPiece(const ObjectUrl& object, const Piece& piece, const http::IncomingResponse& answer) {
  std::string_view bytes = answer.body;
  const ByteRange range = piece.range;
  if (answer.status == 206) {
    const auto content_range = answer.headers.Find("content-range").value_or("");
    if (!content_range.starts_with(fmt::format("bytes {}-", range.offset_bytes))) {
      return DataCorruption("WrongRange", fmt::format("{} answered another range than asked: '{}'",
                                                      object.ToString(), content_range.substr(0, 64)));
    }
  } else {
    if (range.offset_bytes > bytes.size()) return BeyondEnd(object, range);
    bytes.remove_prefix(static_cast<std::size_t>(range.offset_bytes));
    bytes = bytes.substr(0, range.length_bytes);
  }
  if (bytes.size() < range.length_bytes) return BeyondEnd(object, range);
  if (bytes.size() > range.length_bytes) {
    return DataCorruption("WrongRange", fmt::format("{} answered more bytes than asked", object.ToString()));
  }
  std::memcpy(piece.buffer.data(), bytes.data(), bytes.size());
  return Ok();
}

std::string QuotedHex(std::string_view digest) { return "\"" + HexEncode(AsBytes(digest)) + "\""; }

/// Parts of one size, but for the last.
std::uint64_t PartBytes(std::uint64_t size) {
  return std::max(kPartBytesMin, (size + kPartCountMax - 1) / kPartCountMax);
}

Result<std::uint64_t> ReadSize(std::string_view text, const ObjectUrl& object) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return DataCorruption("InvalidAnswer",
                          fmt::format("the store gives no size of {}", object.ToString()));
  }
  return size;
}

class S3Store final : public objects::ObjectStore, public objects::UploadingStore {
 public:
  S3Store(std::size_t thread_count, std::unique_ptr<S3Sender> sender)
      : thread_count_(thread_count), sender_(std::move(sender)) {}

  Result<std::string> Read(const Context& context, const std::string& url, ByteRange range) override;
  Result<std::string> ReadAll(const Context& context, const std::string& url,
                              std::size_t bytes_max) override;
  Status ReadRanges(const Context& context, const std::string& url, std::span<const ByteRange> ranges,
                    std::span<const std::span<char>> buffers) override;
  Status ReadObjects(const Context& context, std::span<const objects::WholeRead> reads, std::size_t in_flight_max,
                     const objects::TakeObject& take) override;
  Result<ObjectInfo> Stat(const Context& context, const std::string& url) override;
  Result<ObjectInfo> Put(const Context& context, const std::string& url, std::string_view bytes,
                         PutCondition condition) override;
  void PutAsync(const Context& context, const std::string& url,
                std::shared_ptr<const std::string> bytes, PutCondition condition,
                std::function<void(Result<ObjectInfo>)> done) override;
  std::unique_ptr<objects::ObjectUpload> BeginUpload(const Context& context, const std::string& url,
                                                     PutCondition condition) override;
  Status AbortUploads(const Context& context, const std::string& url) override;
  Status Delete(const Context& context, const std::string& url) override;
  Result<std::vector<ListedObject>> List(const Context& context,
                                         const std::string& url_prefix) override;

 private:
  Result<ObjectInfo> StatByRead(const Context& context, const ObjectUrl& object);
  Result<ObjectInfo> PutWhole(const Context& context, const ObjectUrl& object,
                              std::shared_ptr<const std::string> bytes, PutCondition condition);
  Result<ObjectInfo> PutParts(const Context& context, const ObjectUrl& object, std::string_view bytes,
                              PutCondition condition);
  Result<std::vector<SentPart>> SendParts(const Context& context, const PartUpload& upload,
                                          std::string_view bytes);
  ThreadPool& put_pool();

  // Constant after construction.
  const std::size_t thread_count_;
  const std::unique_ptr<S3Sender> sender_;

  PartSlots part_slots_{kStreamedPartsMax};  // Own synchronisation.

  Mutex mutex_;
  std::unique_ptr<ThreadPool> put_pool_ FIRN_GUARDED_BY(mutex_);  // Made at the first PutAsync.
};

/// The object's URL with a key. Errors: kInvalidArgument/InvalidObjectUrl.
Result<ObjectUrl> ParseKeyUrl(const std::string& url) {
  FIRN_ASSIGN_OR_RETURN(ObjectUrl object, objects::ParseObjectUrl(url));
  if (object.key.empty()) {
    return InvalidArgument("InvalidObjectUrl", fmt::format("the URL names a bucket, not an object: '{}'", url));
  }
  return object;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

Result<std::string> S3Store::Read(const Context& context, const std::string& url, ByteRange range) {
  std::string bytes(range.length_bytes, '\0');
  const std::span<char> buffer(bytes);
  FIRN_TRY(ReadRanges(context, url, std::span(&range, 1), std::span(&buffer, 1)));
  return bytes;
}

Unexpected TooLarge(const std::string& url, std::size_t bytes_max) {
  return ResourceExhausted("ObjectTooLarge",
                           fmt::format("{} is larger than the {} bytes allowed here", url, bytes_max));
}

Result<std::string> S3Store::ReadAll(const Context& context, const std::string& url,
                                     std::size_t bytes_max) {
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl object, ParseKeyUrl(url));
  S3Call call{.method = "GET", .object = object, .answer_bytes_max = bytes_max};
  auto answer = sender_->Send(context, call);
  const bool too_large = answer ? answer->body.size() > bytes_max
                                : answer.error().reason() == "AnswerTooLarge";
  if (too_large) return TooLarge(url, bytes_max);
  if (!answer) return std::move(answer).error();
  return std::move(answer->body);
}

Status S3Store::ReadObjects(const Context& context, std::span<const objects::WholeRead> reads,
                            std::size_t in_flight_max, const objects::TakeObject& take) {
  std::vector<S3Call> calls;
  calls.reserve(reads.size());
  for (const objects::WholeRead& read : reads) {
    FIRN_ASSIGN_OR_RETURN(ObjectUrl object, ParseKeyUrl(read.url));
    calls.push_back({.method = "GET", .object = std::move(object), .answer_bytes_max = read.bytes_max});
  }
  Status read = sender_->SendAll(context, calls, std::min(in_flight_max, kObjectsInFlightMax),
                                 [&](std::size_t index, http::IncomingResponse answer) -> Status {
                                   const auto& [url, bytes_max] = reads[index];
                                   if (answer.body.size() > bytes_max) return TooLarge(url, bytes_max);
                                   return take(index, std::move(answer.body));
                                 });
  if (!read && read.error().reason() == "AnswerTooLarge") {
    return ResourceExhausted("ObjectTooLarge", read.error().message());
  }
  return read;
}

Status S3Store::ReadRanges(const Context& context, const std::string& url,
                           std::span<const ByteRange> ranges,
                           std::span<const std::span<char>> buffers) {
  FIRN_CHECK(ranges.size() == buffers.size());
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl object, ParseKeyUrl(url));
  const std::vector<Piece> pieces = CutRanges(ranges, buffers);
  std::vector<S3Call> calls;
  for (const Piece& piece : pieces) {
    const std::uint64_t last = piece.range.offset_bytes + piece.range.length_bytes - 1;
    calls.push_back({.method = "GET",
                     .object = object,
                     .headers = {{"Range", fmt::format("bytes={}-{}", piece.range.offset_bytes, last)}},
                     .answer_bytes_max = static_cast<std::size_t>(piece.range.length_bytes)});
  }
  return sender_->SendAll(context, calls, kRangesInFlightMax,
                          [&](std::size_t index, const http::IncomingResponse& answer) {
                            return FillPiece(object, pieces[index], answer);
                          });
}

Result<ObjectInfo> S3Store::Stat(const Context& context, const std::string& url) {
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl object, ParseKeyUrl(url));
  S3Call call{.method = "HEAD", .object = object};
  auto answer = sender_->Send(context, call);
  if (!answer) {
    // HEAD carries no reason: an expired token looks like a denial. A read of one byte tells.
    const bool unclear = answer.error().reason() == "AccessDenied" || answer.error().reason() == "Http400";
    return unclear ? StatByRead(context, object) : Result<ObjectInfo>(std::move(answer).error());
  }
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t size,
                        ReadSize(answer->headers.Find("content-length").value_or(""), object));
  return ObjectInfo{size, std::string(answer->headers.Find("etag").value_or(""))};
}

Result<ObjectInfo> S3Store::StatByRead(const Context& context, const ObjectUrl& object) {
  S3Call call{.method = "GET", .object = object, .headers = {{"Range", "bytes=0-0"}}};
  FIRN_ASSIGN_OR_RETURN(const auto answer, sender_->Send(context, call));
  const auto range = answer.headers.Find("content-range").value_or("");
  const std::size_t slash = range.find('/');
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t size,
                        ReadSize(slash == std::string_view::npos ? "" : range.substr(slash + 1), object));
  return ObjectInfo{size, std::string(answer.headers.Find("etag").value_or(""))};
}

// --- Writing ---------------------------------------------------------------------------------------------------------

Result<ObjectInfo> S3Store::Put(const Context& context, const std::string& url, std::string_view bytes,
                                PutCondition condition) {
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl object, ParseKeyUrl(url));
  if (bytes.size() > kSinglePutBytesMax) return PutParts(context, object, bytes, condition);
  return PutWhole(context, object, std::make_shared<const std::string>(bytes), condition);
}

void S3Store::PutAsync(const Context& context, const std::string& url,
                       std::shared_ptr<const std::string> bytes, PutCondition condition,
                       std::function<void(Result<ObjectInfo>)> done) {
  auto shared_done = std::make_shared<std::function<void(Result<ObjectInfo>)>>(std::move(done));
  const bool queued = put_pool().TrySubmit([this, context, url, bytes, condition, shared_done] {
    auto object = ParseKeyUrl(url);
    if (!object) return (*shared_done)(std::move(object).error());
    (*shared_done)(bytes->size() > kSinglePutBytesMax ? PutParts(context, *object, *bytes, condition)
                                                      : PutWhole(context, *object, bytes, condition));
  });
  if (!queued) (*shared_done)(ResourceExhausted("QueueFull", "too many puts are waiting to be sent"));
}

ThreadPool& S3Store::put_pool() {
  const MutexLock lock(mutex_);
  if (!put_pool_) put_pool_ = std::make_unique<ThreadPool>("s3-put", thread_count_, kPutQueueMax);
  return *put_pool_;
}

Result<ObjectInfo> S3Store::PutWhole(const Context& context, const ObjectUrl& object,
                                     std::shared_ptr<const std::string> bytes, PutCondition condition) {
  S3Call call{.method = "PUT", .object = object, .body = bytes};
  call.headers.Add("Content-Type", "application/octet-stream");
  if (condition == PutCondition::kIfAbsent) call.headers.Add("If-None-Match", "*");
  auto answer = sender_->Send(context, call);
  if (answer) {
    return ObjectInfo{bytes->size(), std::string(answer->headers.Find("etag").value_or(""))};
  }
  if (!call.answer_lost || answer.error().reason() != "ObjectExists") return std::move(answer).error();
  const StatObject stat = [&](const Context& own) { return Stat(own, object.ToString()); };
  return AcceptIfOurs(context, stat, {bytes->size(), QuotedHex(Md5(*bytes))}, answer.error());
}

Result<ObjectInfo> S3Store::PutParts(const Context& context, const ObjectUrl& object,
                                     std::string_view bytes, PutCondition condition) {
  FIRN_ASSIGN_OR_RETURN(const PartUpload upload, PartUpload::Create(context, *sender_, object));
  auto made = SendParts(context, upload, bytes);
  if (made) {
    const StatObject stat = [&](const Context& own) { return Stat(own, object.ToString()); };
    auto info = upload.Complete(context, *made, condition, stat);
    if (info) return info;
    upload.Abort(context);
    return info;
  }
  upload.Abort(context);
  return std::move(made).error();
}

Result<std::vector<SentPart>> S3Store::SendParts(const Context& context, const PartUpload& upload,
                                                 std::string_view bytes) {
  const std::uint64_t part_bytes = PartBytes(bytes.size());
  const std::size_t count = static_cast<std::size_t>((bytes.size() + part_bytes - 1) / part_bytes);
  std::vector<SentPart> parts(count);
  // Parts are copied a window at a time, so that an object is never held twice.
  for (std::size_t begin = 0; begin < count; begin += kPartsInFlightMax) {
    std::vector<S3Call> calls;
    for (std::size_t i = begin; i < std::min(count, begin + kPartsInFlightMax); ++i) {
      calls.push_back(upload.PartCall(
          i + 1, std::make_shared<const std::string>(bytes.substr(i * part_bytes, part_bytes))));
    }
    FIRN_TRY(sender_->SendAll(
        context, calls, kPartsInFlightMax,
        [&](std::size_t index, const http::IncomingResponse& answer) -> Status {
          FIRN_ASSIGN_OR_RETURN(parts[begin + index],
                                PartUpload::TakeAnswer(answer, *calls[index].body));
          return Ok();
        }));
  }
  return parts;
}

std::unique_ptr<objects::ObjectUpload> S3Store::BeginUpload(const Context& context,
                                                            const std::string& url,
                                                            PutCondition condition) {
  // A URL that names no object fails when it is put.
  const auto object = ParseKeyUrl(url);
  UploadParts parts{
      .sender = *sender_,
      .pool = put_pool(),
      .slots = part_slots_,
      .put = [this](const Context& own, const std::string& target,
                    std::shared_ptr<const std::string> bytes,
                    PutCondition how) -> Result<ObjectInfo> {
        FIRN_ASSIGN_OR_RETURN(const ObjectUrl parsed, ParseKeyUrl(target));
        return PutWhole(own, parsed, std::move(bytes), how);
      },
      .stat = [this](const Context& own, const std::string& target) { return Stat(own, target); }};
  return MakeStreamedUpload(context, std::move(parts), url, condition);
}

Status S3Store::AbortUploads(const Context& context, const std::string& url) {
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl object, ParseKeyUrl(url));
  // One page will do: none begins with the name of a data file but that file's own.
  S3Call list{.method = "GET",
              .object = {object.bucket, ""},
              .query = "prefix=" + PercentEncode(object.key) + "&uploads=",
              .answer_bytes_max = kListAnswerBytesMax};
  FIRN_ASSIGN_OR_RETURN(const auto answer, sender_->Send(context, list));
  FIRN_ASSIGN_OR_RETURN(const auto ids, ParseUploadIds(answer.body, object.key));
  for (const std::string& id : ids) {
    S3Call abort{.method = "DELETE", .object = object, .query = "uploadId=" + PercentEncode(id)};
    const auto aborted = sender_->Send(context, abort);
    if (!aborted && aborted.error().reason() != "NoSuchUpload") return aborted.error();
  }
  return Ok();
}

Status S3Store::Delete(const Context& context, const std::string& url) {
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl object, ParseKeyUrl(url));
  S3Call call{.method = "DELETE", .object = object};
  auto answer = sender_->Send(context, call);
  if (!answer && answer.error().reason() != "NoSuchKey") return std::move(answer).error();
  return Ok();
}

Result<std::vector<ListedObject>> S3Store::List(const Context& context, const std::string& url_prefix) {
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl prefix, objects::ParseObjectUrl(url_prefix));
  std::vector<ListedObject> listed;
  std::string token;
  do {
    S3Call call{.method = "GET", .object = {prefix.bucket, ""}, .answer_bytes_max = kListAnswerBytesMax};
    call.query = "encoding-type=url&list-type=2&prefix=" + PercentEncode(prefix.key);
    if (!token.empty()) call.query = "continuation-token=" + PercentEncode(token) + "&" + call.query;
    FIRN_ASSIGN_OR_RETURN(const auto answer, sender_->Send(context, call));
    FIRN_ASSIGN_OR_RETURN(ListPage page, ParseListPage(answer.body, prefix.bucket));
    if (listed.size() + page.objects.size() > objects::kListedObjectsMax) {
      return ResourceExhausted("TooManyObjects", fmt::format("over {} objects begin with {}",
                                                             objects::kListedObjectsMax, url_prefix));
    }
    std::move(page.objects.begin(), page.objects.end(), std::back_inserter(listed));
    token = std::move(page.next_token);
  } while (!token.empty());
  return listed;
}

}  // namespace

Result<std::shared_ptr<objects::ObjectStore>> MakeS3Store(S3Options options, CredentialsSource credentials,
                                                          std::shared_ptr<http::Client> client,
                                                          const Clock& clock, Random& random) {
  FIRN_CHECK(client != nullptr && credentials.get != nullptr && options.thread_count > 0);
  std::string endpoint = options.endpoint;
  if (endpoint.empty()) {
    FIRN_ASSIGN_OR_RETURN(endpoint, aws::ServiceEndpoint("s3", options.region));
  }
  // Properties often give host:port alone.
  if (endpoint.find("://") == std::string::npos) endpoint = "https://" + endpoint;
  FIRN_ASSIGN_OR_RETURN_NOTE(http::Url url, http::ParseUrl(endpoint), "reading the S3 endpoint");
  if (!url.query.empty()) return InvalidArgument("InvalidUrl", "the S3 endpoint has a query");
  // An address cannot carry a bucket in front of it.
  const bool is_address = url.host.starts_with('[') ||
                          url.host.find_first_not_of("0123456789.") == std::string::npos;
  options.path_style = options.path_style || is_address;
  const std::size_t thread_count = options.thread_count;
  return std::shared_ptr<objects::ObjectStore>(std::make_shared<S3Store>(
      thread_count, std::make_unique<S3Sender>(std::move(options), std::move(url), std::move(credentials),
                                               std::move(client), clock, random)));
}

}  // namespace firn::s3store
