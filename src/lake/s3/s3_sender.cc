#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/mutex.h"
#include "lake/s3/limits.h"
#include "lake/s3/s3_sender_internal.h"
#include "wire/sigv4/sign.h"

namespace firn::s3store {

using StopRelay = std::stop_callback<std::function<void()>>;

/// The calls of one SendAll on their way. Owned by one thread; only Flight is shared with the client's.
class S3Sender::Batch {
 public:
  Batch(S3Sender& sender, const Context& context, std::span<S3Call> calls, std::size_t in_flight_max,
        const Take& take)
      : sender_(sender),
        context_(context),
        calls_(calls),
        in_flight_max_(in_flight_max),
        take_(take),
        relay_(context.stop_token(), [this] { stop_.request_stop(); }),
        inner_context_(context.WithStopToken(stop_.get_token())) {
    for (std::size_t i = 0; i < calls.size(); ++i) ready_.push_back(i);
  }

  Status Run();

 private:
  struct Completed {
    std::size_t index;
    Result<http::IncomingResponse> answer;
  };
  struct Flight {
    Mutex mutex;
    CondVar changed;
    std::deque<Completed> completed FIRN_GUARDED_BY(mutex);
  };

  Status Launch();
  Completed WaitForOne();
  Status Settle(Completed completed);
  Status RefreshCredentials(const Error& expired);
  Status FinishWith(Status status);

  S3Sender& sender_;
  const Context& context_;
  const std::span<S3Call> calls_;
  const std::size_t in_flight_max_;
  const Take& take_;
  std::stop_source stop_;
  const StopRelay relay_;
  const Context inner_context_;

  const std::shared_ptr<Flight> flight_ = std::make_shared<Flight>();
  std::deque<std::size_t> ready_;
  std::vector<std::size_t> retry_;
  std::optional<Error> last_error_;
  std::size_t in_flight_ = 0;
  unsigned tries_ = 1;
  unsigned refreshes_ = 0;
  bool refresh_due_ = false;
  Credentials credentials_;
};

Status S3Sender::Batch::Run() {
  FIRN_ASSIGN_OR_RETURN(credentials_, sender_.credentials_(context_));
  while (!ready_.empty() || !retry_.empty() || in_flight_ > 0) {
    if (Status launched = Launch(); !launched) return FinishWith(std::move(launched));
    if (in_flight_ > 0) {
      if (Status settled = Settle(WaitForOne()); !settled) return FinishWith(std::move(settled));
      continue;
    }
    if (refresh_due_) {
      FIRN_TRY(RefreshCredentials(*last_error_));
    } else {
      if (tries_ >= kTriesMax) {
        return Error(*last_error_).Note(fmt::format("given up after {} tries", tries_));
      }
      FIRN_TRY(sender_.BackOff(context_, tries_++));
    }
    ready_.assign(retry_.begin(), retry_.end());
    retry_.clear();
  }
  return Ok();
}

Status S3Sender::Batch::Launch() {
  while (!ready_.empty() && in_flight_ < in_flight_max_) {
    const std::size_t index = ready_.front();
    ready_.pop_front();
    FIRN_ASSIGN_OR_RETURN(auto request, sender_.Prepare(calls_[index], credentials_));
    ++in_flight_;
    sender_.client_->SendAsync(
        inner_context_, std::move(request),
        [flight = flight_, index](Result<http::IncomingResponse> answer) {
          {
            const MutexLock lock(flight->mutex);
            flight->completed.push_back({index, std::move(answer)});
          }
          flight->changed.NotifyAll();
        });
  }
  return Ok();
}

S3Sender::Batch::Completed S3Sender::Batch::WaitForOne() {
  const MutexLock lock(flight_->mutex);
  while (flight_->completed.empty()) flight_->changed.Wait(flight_->mutex);
  Completed completed = std::move(flight_->completed.front());
  flight_->completed.pop_front();
  --in_flight_;
  return completed;
}

Status S3Sender::Batch::Settle(Completed completed) {
  S3Call& call = calls_[completed.index];
  const std::string what = call.method + " " + call.object.ToString();
  // libcurl's own second sending meets what the first one did.
  call.answer_lost = call.answer_lost || (completed.answer && completed.answer->sent_again);
  Verdict verdict = JudgeAnswer(completed.answer, what, credentials_);
  switch (verdict.kind) {
    case Verdict::Kind::kDone:
      return take_(completed.index, std::move(*completed.answer));
    case Verdict::Kind::kFail:
      return std::move(*verdict.error);
    case Verdict::Kind::kRefreshCredentials:
      refresh_due_ = true;
      break;
    case Verdict::Kind::kRetry:
      // An answer of 5xx does not say that nothing happened.
      call.answer_lost = call.answer_lost || completed.answer.has_value() ||
                         http::MayHaveReachedServer(completed.answer.error());
      break;
  }
  last_error_ = std::move(verdict.error);
  retry_.push_back(completed.index);
  return Ok();
}

Status S3Sender::Batch::RefreshCredentials(const Error& expired) {
  refresh_due_ = false;
  if (++refreshes_ > kRefreshesMax) return Error(expired);
  if (sender_.credentials_.refuse) sender_.credentials_.refuse(credentials_);
  FIRN_ASSIGN_OR_RETURN(Credentials fresh, sender_.credentials_(context_));
  if (fresh.access_key_id == credentials_.access_key_id &&
      fresh.session_token == credentials_.session_token) {
    return Error(expired).Note("the source of credentials had no newer ones");
  }
  credentials_ = std::move(fresh);
  return Ok();
}

/// Cancels what is in flight and waits for it, since answers refer to the caller's memory.
Status S3Sender::Batch::FinishWith(Status status) {
  stop_.request_stop();
  while (in_flight_ > 0) WaitForOne();
  return status;
}

S3Sender::S3Sender(S3Options options, http::Url endpoint, CredentialsSource credentials,
                   std::shared_ptr<http::Client> client, const Clock& clock, Random& random)
    : options_(std::move(options)),
      endpoint_(std::move(endpoint)),
      credentials_(std::move(credentials)),
      client_(std::move(client)),
      clock_(clock),
      random_(random) {}

Status S3Sender::SendAll(const Context& context, std::span<S3Call> calls, std::size_t in_flight_max,
                         const Take& take) {
  FIRN_TRY(context.Check());
  Batch batch(*this, context, calls, in_flight_max, take);
  return batch.Run();
}

Result<http::IncomingResponse> S3Sender::Send(const Context& context, S3Call& call) {
  http::IncomingResponse taken;
  FIRN_TRY(SendAll(context, std::span(&call, 1), 1, [&taken](std::size_t, http::IncomingResponse answer) {
    taken = std::move(answer);
    return Ok();
  }));
  return taken;
}

Result<http::OutgoingRequest> S3Sender::Prepare(const S3Call& call, const Credentials& credentials) const {
  http::OutgoingRequest request;
  request.method = call.method;
  request.url = UrlOf(call.object, call.query);
  request.headers = call.headers;
  request.body = call.body;
  request.idempotent = true;  // Every call here may happen twice.
  request.answer_bytes_max = std::max(call.answer_bytes_max, kSmallAnswerBytesMax);
  const std::string payload_hash =
      call.body ? Sha256Hex(*call.body) : std::string(sigv4::kEmptyPayloadHash);
  FIRN_TRY(sigv4::SignRequest(request.headers, request.method, request.url, sigv4::PathEncoding::kOnce,
                              payload_hash, credentials, {options_.region, "s3"}, clock_.Now()));
  return request;
}

std::string S3Sender::UrlOf(const objects::ObjectUrl& object, const std::string& query) const {
  http::Url url = endpoint_;
  // A wildcard certificate covers one label, so a dotted bucket cannot be a host name under TLS.
  const bool dotted = object.bucket.find('.') != std::string::npos && url.scheme == "https";
  std::string path = url.path;
  while (path.ends_with('/')) path.pop_back();
  if (options_.path_style || dotted) {
    path += "/" + object.bucket;
  } else {
    url.host = object.bucket + "." + url.host;
  }
  if (!object.key.empty() || path.empty()) path += "/" + PercentEncode(object.key, true);
  url.path = std::move(path);
  url.query = query;
  return url.ToString();
}

/// Full jitter: anything from nothing to the exponential bound.
Status S3Sender::BackOff(const Context& context, unsigned tries) {
  const auto bound = std::min(kBackoffCap, kBackoffBase * (1U << std::min(tries - 1, 10U)));
  const std::uint64_t millis = random_.NextBelow(static_cast<std::uint64_t>(bound.count()) + 1);
  return context.Sleep(std::chrono::milliseconds(millis));
}

}  // namespace firn::s3store
