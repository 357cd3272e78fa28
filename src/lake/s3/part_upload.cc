#include <fmt/format.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "lake/s3/part_upload_internal.h"

namespace firn::s3store {

using objects::ObjectInfo;
using objects::PutCondition;

Result<PartUpload> PartUpload::Create(const Context& context, S3Sender& sender,
                                      const objects::ObjectUrl& object) {
  S3Call create{.method = "POST", .object = object, .query = "uploads="};
  create.headers.Add("Content-Type", "application/octet-stream");
  FIRN_ASSIGN_OR_RETURN(const auto created, sender.Send(context, create));
  FIRN_ASSIGN_OR_RETURN(std::string id,
                        XmlField(created.body, "InitiateMultipartUploadResult", "UploadId"));
  return PartUpload(sender, object, std::move(id));
}

S3Call PartUpload::PartCall(std::size_t number, std::shared_ptr<const std::string> bytes) const {
  return {.method = "PUT",
          .object = object_,
          .query = fmt::format("partNumber={}&uploadId={}", number, PercentEncode(id_)),
          .body = std::move(bytes)};
}

Result<SentPart> PartUpload::TakeAnswer(const http::IncomingResponse& answer,
                                        std::string_view bytes) {
  const auto etag = answer.headers.Find("etag");
  if (!etag) return DataCorruption("InvalidAnswer", "a part got no ETag");
  return SentPart{
      .etag = std::string(*etag), .digest = std::string(Md5(bytes)), .size_bytes = bytes.size()};
}

Result<SentPart> PartUpload::Send(const Context& context, std::size_t number,
                                  std::shared_ptr<const std::string> bytes) const {
  S3Call call = PartCall(number, bytes);
  FIRN_ASSIGN_OR_RETURN(const auto answer, sender_->Send(context, call));
  return TakeAnswer(answer, *bytes);
}

Result<ObjectInfo> PartUpload::Complete(const Context& context, std::span<const SentPart> parts,
                                        PutCondition condition, const StatObject& stat) const {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  std::string digests;
  std::uint64_t size_bytes = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                       parts[i].etag);
    digests += parts[i].digest;
    size_bytes += parts[i].size_bytes;
  }
  xml += "</CompleteMultipartUpload>";
  S3Call call{.method = "POST",
              .object = object_,
              .query = "uploadId=" + PercentEncode(id_),
              .body = std::make_shared<const std::string>(std::move(xml))};
  call.headers.Add("Content-Type", "application/xml");
  if (condition == PutCondition::kIfAbsent) call.headers.Add("If-None-Match", "*");
  const auto answer = sender_->Send(context, call);
  if (!answer) {
    const std::string& reason = answer.error().reason();
    if (call.answer_lost && (reason == "ObjectExists" || reason == "NoSuchUpload")) {
      const std::string hex = HexEncode(AsBytes(Md5(digests)));
      const ObjectInfo ours{size_bytes, fmt::format("\"{}-{}\"", hex, parts.size())};
      auto accepted = AcceptIfOurs(context, stat, ours, answer.error());
      if (accepted) return accepted;
    }
    return answer.error();
  }
  if (HoldsError(answer->body)) {
    return Unavailable("UploadFailed", fmt::format("the store could not complete the upload of {}",
                                                   object_.ToString()));
  }
  FIRN_ASSIGN_OR_RETURN(std::string etag,
                        XmlField(answer->body, "CompleteMultipartUploadResult", "ETag"));
  return ObjectInfo{size_bytes, std::move(etag)};
}

void PartUpload::Abort(const Context& context) const {
  const Context own = Context(context.request_id(), context.clock()).WithTimeout(kAbortPatience);
  S3Call call{.method = "DELETE", .object = object_, .query = "uploadId=" + PercentEncode(id_)};
  static_cast<void>(sender_->Send(own, call));
}

Result<ObjectInfo> AcceptIfOurs(const Context& context, const StatObject& stat,
                                const ObjectInfo& ours, const Error& error) {
  const auto there = stat(context);
  if (there && *there == ours) return ours;
  return Error(error);
}

Status PartSlots::Take(const Context& context) {
  MutexLock lock(mutex_);
  while (free_ == 0) {
    FIRN_TRY(context.Check());
    // In slices, since a cancellation cannot wake this.
    changed_.WaitFor(mutex_, kSlotWaitSlice);
  }
  --free_;
  return Ok();
}

void PartSlots::Return() {
  MutexLock lock(mutex_);
  ++free_;
  changed_.NotifyAll();
}

namespace {

/// Parts of one upload on their way; shared with the pool's tasks. Thread-safe.
class PartsInFlight {
 public:
  void Begin() {
    MutexLock lock(mutex_);
    ++in_flight_;
    parts_.emplace_back();
  }
  void End(std::size_t number, Result<SentPart> part) {
    MutexLock lock(mutex_);
    if (part) {
      parts_[number - 1] = *std::move(part);
    } else if (!failure_) {
      failure_ = std::move(part).error();
    }
    --in_flight_;
    changed_.NotifyAll();
  }
  Status failure() const {
    MutexLock lock(mutex_);
    return failure_ ? Status(*failure_) : Ok();
  }
  /// All parts in order, once none is on its way; the first error.
  Result<std::vector<SentPart>> Wait() {
    MutexLock lock(mutex_);
    while (in_flight_ > 0) changed_.Wait(mutex_);
    if (failure_) return *failure_;
    return parts_;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::size_t in_flight_ FIRN_GUARDED_BY(mutex_) = 0;
  std::vector<SentPart> parts_ FIRN_GUARDED_BY(mutex_);
  std::optional<Error> failure_ FIRN_GUARDED_BY(mutex_);
};

class StreamedUpload final : public objects::ObjectUpload {
 public:
  StreamedUpload(const Context& context, UploadParts parts, std::string url, PutCondition condition)
      : context_(context), parts_(std::move(parts)), url_(std::move(url)), condition_(condition) {}

  ~StreamedUpload() override {
    if (!upload_ || is_over_) return;
    static_cast<void>(in_flight_->Wait());
    upload_->Abort(context_);
  }

  Status Append(std::string_view bytes) override {
    FIRN_TRY(in_flight_->failure());
    while (!bytes.empty()) {
      const std::size_t room = kPartBytesMin - gathered_.size();
      gathered_.append(bytes.substr(0, room));
      bytes.remove_prefix(std::min(room, bytes.size()));
      // A part goes once it is known that another follows: an object of one part is one PUT.
      if (gathered_.size() == kPartBytesMin && !bytes.empty()) FIRN_TRY(SendPart());
    }
    return Ok();
  }

  Result<ObjectInfo> Finish() override {
    if (!upload_) {
      is_over_ = true;
      return parts_.put(context_, url_, std::make_shared<const std::string>(std::move(gathered_)),
                        condition_);
    }
    if (!gathered_.empty()) FIRN_TRY(SendPart());
    FIRN_ASSIGN_OR_RETURN(const std::vector<SentPart> sent, in_flight_->Wait());
    FIRN_TRY(context_.Check());
    const StatObject stat = [this](const Context& context) { return parts_.stat(context, url_); };
    FIRN_ASSIGN_OR_RETURN(ObjectInfo made, upload_->Complete(context_, sent, condition_, stat));
    is_over_ = true;
    return made;
  }

  void FinishAsync(std::function<void(Result<ObjectInfo>)> done) override {
    if (upload_) return done(Finish());
    is_over_ = true;
    auto put = [send = parts_.put, context = context_, url = url_, condition = condition_,
                bytes = std::make_shared<const std::string>(std::move(gathered_)),
                done = std::move(done)] { done(send(context, url, bytes, condition)); };
    if (!parts_.pool.TrySubmit(put)) put();
  }

 private:
  Status SendPart() {
    if (!upload_) {
      FIRN_ASSIGN_OR_RETURN(const objects::ObjectUrl object, objects::ParseObjectUrl(url_));
      FIRN_ASSIGN_OR_RETURN(PartUpload created,
                            PartUpload::Create(context_, parts_.sender, object));
      upload_ = std::make_shared<const PartUpload>(std::move(created));
    }
    if (part_count_ == kPartCountMax) {
      return ResourceExhausted(
          "ObjectTooLarge",
          fmt::format("{} has more than {} parts of {} bytes", url_, kPartCountMax, kPartBytesMin));
    }
    FIRN_TRY(parts_.slots.Take(context_));
    auto bytes = std::make_shared<const std::string>(std::move(gathered_));
    gathered_ = std::string();
    const std::size_t number = ++part_count_;
    in_flight_->Begin();
    auto send = [upload = upload_, flight = in_flight_, slots = &parts_.slots, bytes, number,
                 context = context_]() mutable {
      auto sent = upload->Send(context, number, bytes);
      bytes.reset();
      slots->Return();
      flight->End(number, std::move(sent));
    };
    if (!parts_.pool.TrySubmit(send)) send();
    return in_flight_->failure();
  }

  // Constant after construction.
  const Context context_;
  const UploadParts parts_;
  const std::string url_;
  const PutCondition condition_;
  const std::shared_ptr<PartsInFlight> in_flight_ = std::make_shared<PartsInFlight>();

  std::string gathered_;
  std::shared_ptr<const PartUpload> upload_;  // Null until the first part goes.
  std::size_t part_count_ = 0;
  bool is_over_ = false;
};

}  // namespace

std::unique_ptr<objects::ObjectUpload> MakeStreamedUpload(const Context& context, UploadParts parts,
                                                          const std::string& url,
                                                          PutCondition condition) {
  return std::make_unique<StreamedUpload>(context, std::move(parts), url, condition);
}

}  // namespace firn::s3store
