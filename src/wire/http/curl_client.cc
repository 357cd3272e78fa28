#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "wire/http/client.h"
#include "wire/http/routes.h"

namespace firn::http {
namespace {

using Done = std::function<void(Result<IncomingResponse>)>;
using StopCallback = std::stop_callback<std::function<void()>>;

constexpr std::size_t kCaFileBytesMax = 16UL << 20;
constexpr std::chrono::milliseconds kPollWhileWaiting{50};
constexpr std::chrono::milliseconds kPollIdle{1000};
/// Below the idle limits of S3 and of our own server, so that few reused connections are already closed.
constexpr long kConnectionAgeSeconds = 45;
/// libcurl's own 16 KiB makes one poll of every 16 KiB of an object.
constexpr long kReceiveBytes = 256L << 10;

/// One request from its hand-over to its answer.
struct Job {
  Job(const Context& job_context, OutgoingRequest job_request, Done job_done)
      : context(job_context), request(std::move(job_request)), done(std::move(job_done)) {}

  const Context context;
  const OutgoingRequest request;
  const Done done;
  std::atomic<bool> cancelled = false;

  // The client thread's.
  std::string host;  // For messages: queries can hold signatures.
  IncomingResponse response;
  std::size_t answer_bytes_max = 0;
  std::size_t header_bytes = 0;
  int sendings = 0;
  bool too_large = false;
  bool link_local = false;
  bool refuse_link_local = true;
  CURL* easy = nullptr;
  curl_slist* header_list = nullptr;
  curl_slist* connect_to = nullptr;
  char error_text[CURL_ERROR_SIZE] = {};
  std::optional<StopCallback> on_stop;
};

bool IsLinkLocal(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.addr);
    return (ntohl(v4->sin_addr.s_addr) >> 16) == 0xA9FE;  // 169.254.0.0/16
  }
  if (address.family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.addr);
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
      return v6->sin6_addr.s6_addr[12] == 169 && v6->sin6_addr.s6_addr[13] == 254;
    }
    // AWS's own IPv6 range for services of the instance, as fd00:ec2::254.
    const auto* bytes = v6->sin6_addr.s6_addr;
    const bool is_aws = bytes[0] == 0xfd && bytes[1] == 0 && bytes[2] == 0x0e && bytes[3] == 0xc2;
    return is_aws || IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) != 0;
  }
  return false;
}

curl_socket_t OpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& job = *static_cast<Job*>(user);
  if (job.refuse_link_local && IsLinkLocal(*address)) {
    job.link_local = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// Called whenever a request is about to go out on a connection.
int CountSending(void* user, char*, char*, int, int) {
  ++static_cast<Job*>(user)->sendings;
  return CURL_PREREQFUNC_OK;
}

std::size_t TakeHeader(char* data, std::size_t, std::size_t count, void* user) {
  auto& job = *static_cast<Job*>(user);
  const std::string_view line(data, count);
  job.header_bytes += count;
  if (job.header_bytes > kAnswerHeaderBytesMax) {
    job.too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    job.response.headers = Headers();  // An interim answer came before.
    return count;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string_view value = line.substr(colon + 1);
  const std::size_t begin = value.find_first_not_of(" \t");
  const std::size_t end = value.find_last_not_of(" \t\r\n");
  value = begin == std::string_view::npos || end == std::string_view::npos || end < begin
              ? std::string_view()
              : value.substr(begin, end - begin + 1);
  job.response.headers.Add(line.substr(0, colon), value);
  return count;
}

std::size_t TakeBody(char* data, std::size_t, std::size_t count, void* user) {
  auto& job = *static_cast<Job*>(user);
  std::string& body = job.response.body;
  if (count > job.answer_bytes_max - body.size()) {
    job.too_large = true;
    return 0;
  }
  if (body.empty()) {
    curl_off_t length = -1;
    curl_easy_getinfo(job.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0 && static_cast<std::size_t>(length) <= job.answer_bytes_max) {
      body.reserve(static_cast<std::size_t>(length));
    }
  }
  body.append(data, count);
  return count;
}

/// True once a byte of the request may have left.
bool WasSent(CURL* easy) {
  long request_bytes = 0;
  curl_off_t pretransfer = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
  return request_bytes > 0 || pretransfer > 0;
}

bool IsTlsFailure(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

Error TimeoutError(const Job& job) {
  const bool sent = WasSent(job.easy);
  const bool ours = job.context.deadline().has_value() && !job.context.Check().has_value();
  if (!sent && !ours) {
    return Unavailable("ConnectFailed", fmt::format("no connection to {} in time", job.host)).error;
  }
  std::string message = fmt::format("{} did not answer in time", job.host);
  if (!ours) return Unavailable("AnswerLost", std::move(message)).error;
  return DeadlineExceeded(sent ? "AnswerLost" : "DeadlineExceeded", std::move(message)).error;
}

Error TransportError(const Job& job, CURLcode code) {
  const char* detail = job.error_text[0] != '\0' ? job.error_text : curl_easy_strerror(code);
  std::string message = fmt::format("{}: {}", job.host, detail);
  if (job.too_large) {
    return ResourceExhausted("AnswerTooLarge", fmt::format("the answer of {} is larger than {} bytes",
                                                           job.host, job.answer_bytes_max))
        .error;
  }
  if (job.link_local) {
    return Unavailable("ConnectFailed",
                       fmt::format("{} is a link-local address, where instance metadata lives; "
                                   "connections there are refused",
                                   job.host))
        .error;
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return TimeoutError(job);
  if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY) {
    return Unavailable("DnsFailed", std::move(message)).error;
  }
  if (code == CURLE_COULDNT_CONNECT) return Unavailable("ConnectFailed", std::move(message)).error;
  if (IsTlsFailure(code) && !WasSent(job.easy)) {
    return Unavailable("TlsFailed", std::move(message)).error;
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return InvalidArgument("InvalidUrl", std::move(message)).error;
  }
  return Unavailable("AnswerLost", std::move(message)).error;
}

Error CancelledError(const Job& job) {
  const bool sent = job.easy != nullptr && WasSent(job.easy);
  return Cancelled(sent ? "AnswerLost" : "Cancelled", "the request was cancelled").error;
}

/// `set` with a long, string or pointer; a refusal would be a bug of ours.
template <typename T>
void SetOption(CURL* easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  FIRN_CHECK_MSG(code == CURLE_OK, curl_easy_strerror(code));
}

class CurlClient final : public Client {
 public:
  CurlClient(ClientOptions options, Routing routing, CURLM* multi)
      : options_(std::move(options)),
        routing_(std::move(routing)),
        multi_(multi),
        thread_("http-client", 1) {
    FIRN_CHECK(thread_.TrySubmit([this] { Run(); }));
  }

  ~CurlClient() override {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.Shutdown();
    curl_multi_cleanup(multi_);
  }

  Result<IncomingResponse> Send(const Context& context, const OutgoingRequest& request) override;
  void SendAsync(const Context& context, OutgoingRequest request, Done done) override;

 private:
  void Run();
  bool TakeIncoming();
  void StartWaiting();
  Status Prepare(Job& job);
  void SetRoute(Job& job);
  void SetBody(Job& job);
  void SetHeaders(Job& job);
  void FinishTransfers();
  void DropCancelled();
  void Complete(const std::shared_ptr<Job>& job, Result<IncomingResponse> result);
  void FailAll();

  // Constant after construction.
  const ClientOptions options_;
  const Routing routing_;
  CURLM* const multi_;

  Mutex mutex_;
  std::deque<std::shared_ptr<Job>> incoming_ FIRN_GUARDED_BY(mutex_);
  bool stopping_ FIRN_GUARDED_BY(mutex_) = false;

  std::atomic<bool> some_cancelled_ = false;

  // The client thread's.
  std::deque<std::shared_ptr<Job>> waiting_;
  std::unordered_map<CURL*, std::shared_ptr<Job>> running_;

  ThreadPool thread_;  // Last: joined before the rest dies.
};

Result<IncomingResponse> CurlClient::Send(const Context& context, const OutgoingRequest& request) {
  struct Waiter {
    Mutex mutex;
    CondVar changed;
    std::optional<Result<IncomingResponse>> result;
  };
  const auto waiter = std::make_shared<Waiter>();
  SendAsync(context, request, [waiter](Result<IncomingResponse> result) {
    {
      const MutexLock lock(waiter->mutex);
      waiter->result = std::move(result);
    }
    waiter->changed.NotifyAll();
  });
  const MutexLock lock(waiter->mutex);
  while (!waiter->result) waiter->changed.Wait(waiter->mutex);
  return std::move(*waiter->result);
}

void CurlClient::SendAsync(const Context& context, OutgoingRequest request, Done done) {
  const Result<Url> url = ParseUrl(request.url);
  if (!url) return done(Error(url.error()));
  if (const Status status = context.Check(); !status) return done(Error(status.error()));
  auto job = std::make_shared<Job>(context, std::move(request), std::move(done));
  job->host = url->HostHeader();
  bool full = false;
  {
    const MutexLock lock(mutex_);
    full = stopping_ || incoming_.size() >= kClientQueueMax;
    if (!full) incoming_.push_back(job);
  }
  if (full) {
    job->done(ResourceExhausted("QueueFull", "too many HTTP requests are waiting to be sent"));
    return;
  }
  curl_multi_wakeup(multi_);
}

void CurlClient::Run() {
  for (;;) {
    if (!TakeIncoming()) return FailAll();
    DropCancelled();
    StartWaiting();
    int running_count = 0;
    curl_multi_perform(multi_, &running_count);
    FinishTransfers();
    const auto patience = waiting_.empty() ? kPollIdle : kPollWhileWaiting;
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(patience.count()), nullptr);
  }
}

/// False when the client stops.
bool CurlClient::TakeIncoming() {
  std::deque<std::shared_ptr<Job>> taken;
  {
    const MutexLock lock(mutex_);
    taken.swap(incoming_);
    if (stopping_) {
      waiting_.insert(waiting_.end(), taken.begin(), taken.end());
      return false;
    }
  }
  for (std::shared_ptr<Job>& job : taken) {
    if (job->context.stop_token().stop_possible()) {
      // The job owns the callback, so it ends before the job does.
      job->on_stop.emplace(job->context.stop_token(), [this, raw = job.get()] {
        raw->cancelled = true;
        some_cancelled_ = true;
        curl_multi_wakeup(multi_);
      });
    }
    waiting_.push_back(std::move(job));
  }
  return true;
}

void CurlClient::StartWaiting() {
  while (!waiting_.empty() && running_.size() < options_.in_flight_max) {
    const std::shared_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    if (const Status status = job->context.Check(); !status) {
      Complete(job, Error(status.error()));
      continue;
    }
    if (Status status = Prepare(*job); !status) {
      Complete(job, std::move(status).error());
      continue;
    }
    if (curl_multi_add_handle(multi_, job->easy) != CURLM_OK) {
      Complete(job, Unavailable("ConnectFailed", "no further transfer can be started"));
      continue;
    }
    running_.emplace(job->easy, job);
  }
}

Status CurlClient::Prepare(Job& job) {
  job.easy = curl_easy_init();
  if (job.easy == nullptr) return Unavailable("ConnectFailed", "no memory for a transfer");
  const OutgoingRequest& request = job.request;
  job.answer_bytes_max =
      request.answer_bytes_max != 0 ? request.answer_bytes_max : options_.answer_bytes_max;
  job.refuse_link_local = options_.refuse_link_local;
  CURL* easy = job.easy;
  SetOption(easy, CURLOPT_ERRORBUFFER, job.error_text);
  if (curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) != CURLE_OK) {
    return InvalidArgument("InvalidUrl", "not a usable URL");
  }
  SetOption(easy, CURLOPT_PATH_AS_IS, 1L);
  SetOption(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  SetOption(easy, CURLOPT_FOLLOWLOCATION, 0L);
  SetOption(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  SetOption(easy, CURLOPT_NOSIGNAL, 1L);
  SetOption(easy, CURLOPT_PROXY, options_.proxy.c_str());
  SetOption(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options_.extra_ca_file) SetOption(easy, CURLOPT_CAINFO, options_.extra_ca_file->c_str());
  SetOption(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  SetOption(easy, CURLOPT_MAXAGE_CONN, kConnectionAgeSeconds);
  SetOption(easy, CURLOPT_BUFFERSIZE, kReceiveBytes);
  SetOption(easy, CURLOPT_FRESH_CONNECT,
            request.fresh_connection || !request.idempotent ? 1L : 0L);
  SetOption(easy, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
  SetOption(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&job));
  SetOption(easy, CURLOPT_PREREQFUNCTION, CountSending);
  SetOption(easy, CURLOPT_PREREQDATA, static_cast<void*>(&job));
  SetOption(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  SetOption(easy, CURLOPT_HEADERDATA, static_cast<void*>(&job));
  SetOption(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  SetOption(easy, CURLOPT_WRITEDATA, static_cast<void*>(&job));
  const auto patience = job.context.Remaining().value_or(options_.request_timeout);
  SetOption(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(patience.count(), 1)));
  SetOption(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  SetRoute(job);
  SetBody(job);
  SetHeaders(job);
  return Ok();
}

bool Fits(const Route& route, const Url& url) {
  if (route.port != url.port) return false;
  const std::string host = ToLowerAscii(url.host);
  if (route.host == "*" || route.host == host) return true;
  return route.host.starts_with("*.") && host.ends_with(std::string_view(route.host).substr(1));
}

void CurlClient::SetRoute(Job& job) {
  const Result<Url> url = ParseUrl(job.request.url);
  if (!url) return;  // SendAsync has refused it.
  for (const Route& route : routing_.routes) {
    if (!Fits(route, *url)) continue;
    const std::string target = fmt::format("::{}:{}", route.address, route.address_port);
    job.connect_to = curl_slist_append(nullptr, target.c_str());
    FIRN_CHECK(job.connect_to != nullptr);
    SetOption(job.easy, CURLOPT_CONNECT_TO, job.connect_to);
    return;
  }
  if (url->scheme != "https" || routing_.https_proxy.empty()) return;
  const std::string direct =
      routing_.no_proxy + (routing_.no_proxy.empty() ? "" : ",") + "169.254.0.0/16,fe80::/10,fd00:ec2::/32";
  SetOption(job.easy, CURLOPT_PROXY, routing_.https_proxy.c_str());
  SetOption(job.easy, CURLOPT_NOPROXY, direct.c_str());
  SetOption(job.easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void CurlClient::SetBody(Job& job) {
  const OutgoingRequest& request = job.request;
  const bool takes_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD") {
    SetOption(job.easy, CURLOPT_NOBODY, 1L);
  } else if (request.body || takes_body) {
    static constexpr char kNothing[] = "";
    SetOption(job.easy, CURLOPT_POST, 1L);
    SetOption(job.easy, CURLOPT_POSTFIELDSIZE_LARGE,
              static_cast<curl_off_t>(request.body ? request.body->size() : 0));
    SetOption(job.easy, CURLOPT_POSTFIELDS, request.body ? request.body->data() : kNothing);
  }
  if (request.method != "HEAD") SetOption(job.easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlClient::SetHeaders(Job& job) {
  const auto append = [&job](const std::string& line) {
    job.header_list = curl_slist_append(job.header_list, line.c_str());
    FIRN_CHECK(job.header_list != nullptr);
  };
  for (const Header& header : job.request.headers.all()) {
    // Host follows from the URL, Content-Length from the body; "name;" is libcurl's way to send an empty value.
    if (EqualsIgnoreCaseAscii(header.name, "host") ||
        EqualsIgnoreCaseAscii(header.name, "content-length")) {
      continue;
    }
    append(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // What libcurl would add by itself and nobody signed.
  for (const char* name : {"Expect", "Content-Type", "Accept"}) {
    if (!job.request.headers.Has(name)) append(std::string(name) + ":");
  }
  SetOption(job.easy, CURLOPT_HTTPHEADER, job.header_list);
}

void CurlClient::FinishTransfers() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const auto found = running_.find(message->easy_handle);
    FIRN_CHECK(found != running_.end());
    const std::shared_ptr<Job> job = found->second;
    if (code != CURLE_OK) {
      Complete(job, TransportError(*job, code));
      continue;
    }
    long status = 0;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    job->response.status = static_cast<int>(status);
    job->response.sent_again = job->sendings > 1;
    Complete(job, std::move(job->response));
  }
}

void CurlClient::DropCancelled() {
  if (!some_cancelled_.exchange(false)) return;
  std::vector<std::shared_ptr<Job>> dropped;
  std::erase_if(waiting_, [&dropped](const std::shared_ptr<Job>& job) {
    if (job->cancelled) dropped.push_back(job);
    return job->cancelled.load();
  });
  for (const auto& [easy, job] : running_) {
    if (job->cancelled) dropped.push_back(job);
  }
  for (const std::shared_ptr<Job>& job : dropped) Complete(job, CancelledError(*job));
}

void CurlClient::Complete(const std::shared_ptr<Job>& job, Result<IncomingResponse> result) {
  job->on_stop.reset();
  if (job->easy != nullptr) {
    curl_multi_remove_handle(multi_, job->easy);
    running_.erase(job->easy);
    curl_easy_cleanup(job->easy);
    curl_slist_free_all(job->header_list);
    curl_slist_free_all(job->connect_to);
    job->easy = nullptr;
  }
  job->done(std::move(result));
}

void CurlClient::FailAll() {
  std::vector<std::shared_ptr<Job>> dropped(waiting_.begin(), waiting_.end());
  waiting_.clear();
  for (const auto& [easy, job] : running_) dropped.push_back(job);
  for (const std::shared_ptr<Job>& job : dropped) Complete(job, CancelledError(*job));
}

}  // namespace

bool MayHaveReachedServer(const Error& error) {
  return error.reason() == "AnswerLost" || error.reason() == "AnswerTooLarge";
}

Result<std::unique_ptr<Client>> MakeCurlClient(const ClientOptions& options) {
  return MakeRoutedClient(options, {});
}

Result<std::unique_ptr<Client>> MakeRoutedClient(const ClientOptions& options, Routing routing) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return Internal("ClientFailed", "libcurl does not start");
  if (options.extra_ca_file) {
    const auto pem = ReadWholeFile(*options.extra_ca_file, kCaFileBytesMax);
    if (!pem || pem->find("-----BEGIN ") == std::string::npos) {
      return InvalidArgument("InvalidTls", fmt::format("not a readable PEM file of certificates: {}",
                                                       options.extra_ca_file->string()));
    }
  }
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) return Internal("ClientFailed", "libcurl does not start");
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.in_flight_max));
  return std::unique_ptr<Client>(std::make_unique<CurlClient>(options, std::move(routing), multi));
}

}  // namespace firn::http
