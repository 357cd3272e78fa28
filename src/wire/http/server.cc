#include "wire/http/server.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <unordered_set>

#include "wire/http/connection_internal.h"

namespace firn::http {
namespace {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{100};

/// An IPv4 client of a two-family socket shows as ::ffff:a.b.c.d; policies know it as a.b.c.d.
std::string PlainAddress(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

Result<std::unique_ptr<boost::asio::ssl::context>> LoadTls(const TlsFiles& files) {
  auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  ErrorCode error;
  context->set_options(boost::asio::ssl::context::no_tlsv1 | boost::asio::ssl::context::no_tlsv1_1 |
                           boost::asio::ssl::context::default_workarounds,
                       error);
  context->use_certificate_chain_file(files.certificate_chain.string(), error);
  if (error) {
    return InvalidArgument("InvalidTls", fmt::format("the certificate file cannot be used ({}): {}",
                                                     error.message(),
                                                     files.certificate_chain.string()));
  }
  context->use_private_key_file(files.private_key.string(), boost::asio::ssl::context::pem, error);
  if (error) {
    return InvalidArgument("InvalidTls",
                           fmt::format("the key file cannot be used, or does not belong to the "
                                       "certificate ({}): {}",
                                       error.message(), files.private_key.string()));
  }
  return context;
}

}  // namespace

/// Owns the sockets' thread, the workers and every connection. The order of members is the order of their lives.
class Server::Impl final : public ConnectionHost {
 public:
  Impl(const ServerOptions& options, Handler& handler)
      : options_(options),
        handler_(handler),
        acceptor_(io_),
        accept_timer_(io_),
        work_(boost::asio::make_work_guard(io_)),
        workers_(options.thread_name, options.worker_count, kRequestsQueuedMax),
        io_thread_(options.thread_name + "-io", 1) {}

  Status Listen();
  void Run();
  std::uint16_t port() const { return port_; }
  void Drain(std::chrono::milliseconds patience);

  const ServerOptions& options() const override { return options_; }
  Handler& handler() override { return handler_; }
  ThreadPool& workers() override { return workers_; }
  boost::asio::io_context& io() override { return io_; }
  bool draining() const override { return draining_; }
  void Forget(const std::shared_ptr<Connection>& connection) override;

 private:
  void Accept();
  void OnAccept(const ErrorCode& error, tcp::socket socket);
  void Admit(tcp::socket socket);
  bool WaitUntilEmpty(std::chrono::milliseconds patience);
  void CloseAll();

  // Constant after Listen.
  const ServerOptions options_;
  Handler& handler_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  std::uint16_t port_ = 0;

  // The I/O thread's.
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  boost::asio::steady_timer accept_timer_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::atomic<bool> draining_ = false;

  Mutex mutex_;
  CondVar changed_;
  std::size_t open_count_ FIRN_GUARDED_BY(mutex_) = 0;
  bool drained_ FIRN_GUARDED_BY(mutex_) = false;

  ThreadPool workers_;
  ThreadPool io_thread_;
};

Status Server::Impl::Listen() {
  ErrorCode error;
  const auto address = boost::asio::ip::make_address(options_.bind_address, error);
  if (error) {
    return InvalidArgument("InvalidBindAddress",
                           fmt::format("not an IP address to listen on: '{}'", options_.bind_address));
  }
  if (options_.tls) {
    FIRN_ASSIGN_OR_RETURN(tls_, LoadTls(*options_.tls));
  }
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    return Unavailable("ListenFailed", fmt::format("cannot listen on {} port {}: {}",
                                                   options_.bind_address, options_.port,
                                                   error.message()));
  }
  port_ = acceptor_.local_endpoint(error).port();
  return Ok();
}

void Server::Impl::Run() {
  Accept();
  FIRN_CHECK(io_thread_.TrySubmit([this] { io_.run(); }));
}

void Server::Impl::Accept() {
  acceptor_.async_accept(
      [this](const ErrorCode& error, tcp::socket socket) { OnAccept(error, std::move(socket)); });
}

void Server::Impl::OnAccept(const ErrorCode& error, tcp::socket socket) {
  if (draining_ || error == boost::asio::error::operation_aborted) return;
  if (error) {
    // Out of descriptors, most likely: trying again at once would spin.
    accept_timer_.expires_after(kAcceptPause);
    accept_timer_.async_wait([this](const ErrorCode& cancelled) {
      if (!cancelled && !draining_) Accept();
    });
    return;
  }
  Admit(std::move(socket));
  Accept();
}

void Server::Impl::Admit(tcp::socket socket) {
  ErrorCode error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  socket.set_option(tcp::no_delay(true), error);
  if (connections_.size() >= options_.connections_max) {
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
        "Connection: close\r\n\r\n";
    socket.non_blocking(true, error);
    if (!tls_) socket.write_some(boost::asio::buffer(kFull), error);
    return;
  }
  auto transport = tls_ ? MakeTlsTransport(std::move(socket), *tls_)
                        : MakePlainTransport(std::move(socket));
  auto connection = std::make_shared<Connection>(*this, std::move(transport),
                                                 PlainAddress(remote.address()), tls_ != nullptr);
  {
    const MutexLock lock(mutex_);
    ++open_count_;
  }
  connections_.insert(connection);
  connection->Start();
}

void Server::Impl::Forget(const std::shared_ptr<Connection>& connection) {
  connections_.erase(connection);
  {
    const MutexLock lock(mutex_);
    --open_count_;
  }
  changed_.NotifyAll();
}

void Server::Impl::Drain(std::chrono::milliseconds patience) {
  {
    const MutexLock lock(mutex_);
    if (drained_) return;
    drained_ = true;
  }
  draining_ = true;
  boost::asio::post(io_, [this] {
    ErrorCode ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    const auto connections = connections_;
    for (const auto& connection : connections) connection->CloseIfIdle();
  });
  if (!WaitUntilEmpty(patience)) {
    boost::asio::post(io_, [this] { CloseAll(); });
  }
  workers_.Shutdown();
  boost::asio::post(io_, [this] {
    CloseAll();
    work_.reset();
  });
  io_thread_.Shutdown();
}

void Server::Impl::CloseAll() {
  const auto connections = connections_;
  for (const auto& connection : connections) connection->Close();
}

bool Server::Impl::WaitUntilEmpty(std::chrono::milliseconds patience) {
  const MonotonicTime until = options_.clock->MonotonicNow() + patience;
  const MutexLock lock(mutex_);
  while (open_count_ > 0) {
    const auto left = until - options_.clock->MonotonicNow();
    if (left <= left.zero()) return false;
    changed_.WaitFor(mutex_, left);
  }
  return true;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Drain(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler& handler) {
  FIRN_CHECK(options.worker_count > 0);
  auto impl = std::make_unique<Impl>(options, handler);
  const Status listening = impl->Listen();
  if (!listening) {
    impl->Drain(std::chrono::milliseconds(0));
    return Error(listening.error());
  }
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port(); }

void Server::Drain(std::chrono::milliseconds patience) { impl_->Drain(patience); }

}  // namespace firn::http
