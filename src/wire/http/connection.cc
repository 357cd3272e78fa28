#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/encoding.h"
#include "wire/http/connection_internal.h"
#include "wire/http/limits.h"

namespace firn::http {
namespace {

constexpr std::size_t kHeadReadBytes = 8UL << 10;
constexpr std::chrono::seconds kLingerTime{2};

/// Line breaks in a value would let it forge further headers.
std::string CleanFieldText(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return clean;
}

bool StatusHasBody(int status) { return status >= 200 && status != 204 && status != 304; }

Response TextResponse(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::string(text) + "\n";
  return response;
}

}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<Transport> transport,
                       std::string remote_address, bool tls)
    : host_(host),
      remote_address_(std::move(remote_address)),
      tls_(tls),
      transport_(std::move(transport)),
      timer_(host.io()) {}

void Connection::Start() {
  SetDeadline(host_.options().head_timeout);
  transport_->Handshake([self = shared_from_this()](const Transport::ErrorCode& error) {
    if (self->state_ == State::kClosed) return;
    if (error) return self->Close();
    self->state_ = State::kHead;
    self->head_started_ = true;  // The first head is due head_timeout after the connection.
    self->Advance();
  });
}

void Connection::CloseIfIdle() {
  if (state_ == State::kHandshake || (state_ == State::kHead && in_.empty())) Close();
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  ClearDeadline();
  handler_task_ = nullptr;
  if (pipe_) pipe_->Fail(Unavailable("BodyCut", "the connection closed while the body was read").error);
  stop_.request_stop();
  transport_->Close();
  host_.Forget(shared_from_this());
}

void Connection::Advance() {
  switch (state_) {
    case State::kHead:
      return TryHead();
    case State::kHandler:
      return FeedBody();
    case State::kUnread:
      return DropUnread();
    case State::kLingering:
      in_.clear();
      return StartRead(kSocketReadBytes);
    case State::kHandshake:
    case State::kWriting:
    case State::kClosed:
      return;
  }
}

void Connection::StartRead(std::size_t bytes_max) {
  if (read_pending_ || peer_gone_ || state_ == State::kClosed) return;
  read_pending_ = true;
  read_buffer_.resize(bytes_max);
  if (bytes_max <= kHeadReadBytes) read_buffer_.shrink_to_fit();
  read_started_ = host_.options().clock->MonotonicNow();
  transport_->ReadSome(read_buffer_.data(), bytes_max,
                       [self = shared_from_this()](const Transport::ErrorCode& error,
                                                   std::size_t count) { self->OnRead(error, count); });
}

void Connection::OnRead(const Transport::ErrorCode& error, std::size_t count) {
  read_pending_ = false;
  if (state_ == State::kClosed) return;
  if (error) return OnPeerGone(error != boost::asio::error::eof);
  read_waited_ += host_.options().clock->MonotonicNow() - read_started_;
  in_.append(read_buffer_, 0, count);
  Advance();
}

void Connection::OnPeerGone(bool reset) {
  peer_gone_ = true;
  if (state_ == State::kHandler) {
    stop_.request_stop();
    if (!decoder_->done()) {
      return BreakBody(Unavailable("BodyCut", "the client went away before its body was whole").error);
    }
    return ClearDeadline();
  }
  if (state_ == State::kWriting && !reset) return;
  Close();
}

// --- The request -----------------------------------------------------------------------------------------------------

void Connection::TryHead() {
  // One empty line before a request is allowed (RFC 9112 2.2).
  if (scanned_ == 0 && in_.starts_with("\r\n")) in_.erase(0, 2);
  const auto end = FindHeadEnd(in_, scanned_);
  if (!end) return Refuse(400, end.error().message());
  if (!*end) {
    if (in_.size() > host_.options().header_bytes_max) return Refuse(431, "the head is too long");
    if (!in_.empty() && !head_started_) {
      head_started_ = true;
      SetDeadline(host_.options().head_timeout);
    }
    return StartRead(kHeadReadBytes);
  }
  if (**end > host_.options().header_bytes_max) return Refuse(431, "the head is too long");
  auto parsed = ParseHead(std::string_view(in_).substr(0, **end));
  if (!parsed) return Refuse(RefusalStatus(parsed.error()), parsed.error().message());
  in_.erase(0, **end);
  Dispatch(std::move(*parsed));
}

void Connection::Dispatch(ParsedHead parsed) {
  state_ = State::kHandler;
  ClearDeadline();
  // Waiting for a request, on a connection that was idle, is no waiting for its body.
  read_waited_ = std::chrono::nanoseconds(0);
  parsed.head.remote_address = remote_address_;
  parsed.head.tls = tls_;
  keep_alive_ = parsed.keep_alive;
  is_head_method_ = parsed.head.method == "HEAD";
  decoder_.emplace(parsed.framing, parsed.length_bytes);
  continue_owed_ = parsed.expects_continue && !decoder_->done();
  stop_ = std::stop_source();
  pipe_ = std::make_shared<BodyPipe>([self = weak_from_this()] {
    const auto connection = self.lock();
    if (!connection) return;
    boost::asio::post(connection->host_.io(), [connection] { connection->OnBodyWanted(); });
  });
  const Context context = Context(NewUuid(*host_.options().random), *host_.options().clock)
                              .WithStopToken(stop_.get_token());
  handler_task_ = [self = shared_from_this(), pipe = pipe_, context,
                   head = std::make_shared<const RequestHead>(std::move(parsed.head))] {
    PipeReader body(*pipe);
    auto answer = std::make_shared<Response>(self->host_.handler().Handle(context, *head, body));
    boost::asio::post(self->host_.io(), [self, answer] { self->OnAnswer(std::move(*answer)); });
  };
  FeedBody();
}

/// A worker is given to a request whose body is here, or is large, or waits to be asked for: a sender of a few bytes a
/// minute holds a socket and no more.
bool Connection::StartHandlerWhenReady() {
  if (!handler_task_) return true;
  const bool ready = decoder_->done() || body_broken_ || continue_owed_ || body_bytes_ >= kBodyBytesBeforeHandler;
  if (!ready) return false;
  // Taken out first: it holds this connection, which would hold it.
  auto task = std::exchange(handler_task_, nullptr);
  if (host_.workers().TrySubmit(std::move(task))) return true;
  Refuse(503, "too many requests are waiting; try again");
  return false;
}

void Connection::OnBodyWanted() {
  if (state_ != State::kHandler) return;
  body_wanted_ = true;
  FeedBody();
}

void Connection::FeedBody() {
  std::string piece;
  while (!decoder_->done() && !body_broken_ && !in_.empty()) {
    const std::size_t room = pipe_->Room();
    if (room == 0) return ClearDeadline();
    piece.clear();
    const auto used = decoder_->Decode(in_, room, piece);
    if (!used || SenderTooSlow()) {
      return BreakBody(used ? Unavailable("BodyCut", "the client sends its body too slowly").error
                            : used.error());
    }
    in_.erase(0, *used);
    body_bytes_ += piece.size();
    if (!piece.empty()) pipe_->Push(piece);
  }
  if (body_broken_) return;
  if (decoder_->done()) pipe_->Finish();
  const bool started = StartHandlerWhenReady();
  if (state_ != State::kHandler) return;
  if (decoder_->done()) {
    ClearDeadline();
    if (in_.empty()) StartRead(kHeadReadBytes);  // To notice that the client leaves.
    return;
  }
  if (started && (!body_wanted_ || pipe_->Room() == 0)) return ClearDeadline();
  if (continue_owed_) SendContinue();
  SetDeadline(host_.options().idle_timeout);
  StartRead(kSocketReadBytes);
}

/// The handler is told, and answers in its own words.
void Connection::BreakBody(Error error) {
  body_broken_ = true;
  ClearDeadline();
  pipe_->Fail(std::move(error));
  StartHandlerWhenReady();
}

bool Connection::SenderTooSlow() {
  if (read_waited_ < kBodyRateGrace) return false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(read_waited_).count();
  return body_bytes_ < kBodyBytesPerSecondMin * static_cast<std::uint64_t>(seconds);
}

void Connection::SendContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  continue_owed_ = false;
  write_pending_ = true;
  transport_->Write({boost::asio::buffer(kContinue.data(), kContinue.size()), {}},
                    [self = shared_from_this()](const Transport::ErrorCode& error, std::size_t) {
                      self->write_pending_ = false;
                      if (error) return self->Close();
                      if (self->answer_ && self->state_ == State::kHandler) self->SendAnswer();
                    });
}

void Connection::DropUnread() {
  std::string dropped;
  while (!decoder_->done() && !in_.empty()) {
    dropped.clear();
    const auto used = decoder_->Decode(in_, in_.size(), dropped);
    if (!used) return Close();
    in_.erase(0, *used);
    unread_bytes_ += *used;
  }
  if (decoder_->done()) return NextRequest();
  if (unread_bytes_ > kUnreadBodyBytesMax) return Close();
  StartRead(kSocketReadBytes);
}

// --- The answer ------------------------------------------------------------------------------------------------------

void Connection::OnAnswer(Response answer) {
  if (state_ != State::kHandler) return;
  answer_ = std::move(answer);
  if (!write_pending_) SendAnswer();
}

void Connection::Refuse(int status, std::string_view text) {
  keep_alive_ = false;
  is_head_method_ = false;
  body_broken_ = true;
  if (pipe_) pipe_->Fail(Unavailable("BodyCut", "the request was refused").error);
  answer_ = TextResponse(status, text);
  if (status == 503) answer_->headers.Add("Retry-After", "1");
  if (!write_pending_) SendAnswer();
}

bool Connection::MayKeepAlive() const {
  if (!keep_alive_ || peer_gone_ || body_broken_ || host_.draining()) return false;
  if (decoder_->done()) return true;
  // A client that was never told to go on may or may not send its body.
  return !continue_owed_ && decoder_->remaining() <= kUnreadBodyBytesMax;
}

void Connection::SendAnswer() {
  state_ = State::kWriting;
  keep_alive_ = MayKeepAlive();
  const Response& response = *answer_;
  const auto* source = std::get_if<std::shared_ptr<BodySource>>(&response.body);
  body_length_ = source != nullptr ? (*source)->length_bytes()
                                   : std::get<std::string>(response.body).size();
  body_sent_ = 0;
  out_head_ = FormatAnswerHead();
  if (is_head_method_ || !StatusHasBody(response.status)) body_length_ = 0;
  WriteNext();
}

std::string Connection::FormatAnswerHead() const {
  const Response& response = *answer_;
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, ReasonPhrase(response.status));
  const bool own_length = response.headers.Has("content-length") &&
                          (is_head_method_ || response.status == 304);
  for (const Header& header : response.headers.all()) {
    const bool ours = EqualsIgnoreCaseAscii(header.name, "connection") ||
                      EqualsIgnoreCaseAscii(header.name, "transfer-encoding") ||
                      (EqualsIgnoreCaseAscii(header.name, "content-length") && !own_length);
    if (ours) continue;
    head += fmt::format("{}: {}\r\n", CleanFieldText(header.name), CleanFieldText(header.value));
  }
  if (!response.headers.Has("date")) {
    head += fmt::format("Date: {}\r\n", FormatHttpDate(host_.options().clock->Now()));
  }
  if (!own_length && StatusHasBody(response.status)) {
    head += fmt::format("Content-Length: {}\r\n", body_length_);
  }
  head += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

void Connection::WriteNext() {
  const auto piece = NextPiece();
  if (!piece) return Close();  // The length is promised already: a cut is all we can say.
  const std::size_t size = piece->size();
  write_pending_ = true;
  SetDeadline(host_.options().idle_timeout);
  transport_->Write({boost::asio::buffer(out_head_), boost::asio::buffer(piece->data(), size)},
                    [self = shared_from_this(), size](const Transport::ErrorCode& error, std::size_t) {
                      self->write_pending_ = false;
                      if (self->state_ == State::kClosed) return;
                      if (error) return self->Close();
                      self->out_head_.clear();
                      self->body_sent_ += size;
                      if (self->body_sent_ < self->body_length_) return self->WriteNext();
                      self->OnWritten();
                    });
}

std::optional<std::string_view> Connection::NextPiece() {
  const std::uint64_t left = body_length_ - body_sent_;
  if (left == 0) return std::string_view();
  if (const auto* source = std::get_if<std::shared_ptr<BodySource>>(&answer_->body)) {
    const auto piece = (*source)->Next();
    if (!piece || piece->empty() || piece->size() > left) return std::nullopt;
    return *piece;
  }
  const std::string_view text = std::get<std::string>(answer_->body);
  return text.substr(body_sent_, kSocketWriteBytes);
}

void Connection::OnWritten() {
  answer_.reset();
  if (keep_alive_ && !decoder_->done()) {
    state_ = State::kUnread;
    unread_bytes_ = 0;
    SetDeadline(host_.options().idle_timeout);
    return Advance();
  }
  if (keep_alive_ && !peer_gone_) return NextRequest();
  const bool all_read = decoder_.has_value() && decoder_->done() && in_.empty();
  if (peer_gone_ || all_read) return Close();
  // Closing over unread bytes would reset the connection and could take the answer away from the client.
  transport_->ShutdownSend();
  state_ = State::kLingering;
  SetDeadline(kLingerTime);
  Advance();
}

void Connection::NextRequest() {
  state_ = State::kHead;
  head_started_ = false;
  scanned_ = 0;
  pipe_.reset();
  body_wanted_ = false;
  body_broken_ = false;
  body_bytes_ = 0;
  if (host_.draining() && in_.empty()) return Close();
  SetDeadline(host_.options().idle_timeout);
  Advance();
}

// --- Time ------------------------------------------------------------------------------------------------------------

void Connection::SetDeadline(std::chrono::milliseconds duration) {
  timer_.expires_after(duration);
  timer_.async_wait([self = shared_from_this(),
                     generation = ++timer_generation_](const Transport::ErrorCode& error) {
    if (!error && generation == self->timer_generation_) self->OnDeadline();
  });
}

void Connection::ClearDeadline() {
  ++timer_generation_;
  timer_.cancel();
}

void Connection::OnDeadline() {
  switch (state_) {
    case State::kHead:
      if (in_.empty()) return Close();
      return Refuse(408, "the request's head did not come in time");
    case State::kHandler:
      return BreakBody(Unavailable("BodyCut", "the client stopped sending its body").error);
    case State::kHandshake:
    case State::kWriting:
    case State::kUnread:
    case State::kLingering:
      return Close();
    case State::kClosed:
      return;
  }
}

}  // namespace firn::http
