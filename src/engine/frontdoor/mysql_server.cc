#include "engine/frontdoor/mysql_server.h"

#include <algorithm>
#include <map>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "base/mutex.h"
#include "base/thread_pool.h"
#include "engine/frontdoor/mysql_connection_internal.h"

namespace firn::frontdoor {

using boost::asio::ip::tcp;

class MySqlServer::Impl {
 public:
  Impl(const MySqlServerOptions& options, const MySqlServerParts& parts,
       std::unique_ptr<mysql::TlsContext> tls);
  ~Impl() { Drain(std::chrono::milliseconds(0)); }

  Status Listen();
  void Drain(std::chrono::milliseconds patience);
  std::uint16_t port() const { return port_; }

 private:
  void Accept();
  void OnAccepted(tcp::socket socket);
  void ArmSweep(std::chrono::milliseconds in);
  void Sweep();
  void OnClosed(std::uint32_t connection_id);
  /// Waits until no connection is left, for at most `patience`.
  bool WaitUntilEmpty(std::chrono::milliseconds patience);
  void OnAll(void (MySqlConnection::*method)());

  ServerShared shared_;
  std::uint16_t port_ = 0;

  // I/O thread only.
  tcp::acceptor acceptor_{shared_.io};
  boost::asio::steady_timer sweep_{shared_.io};
  boost::asio::steady_timer accept_pause_{shared_.io};
  std::map<std::uint32_t, std::shared_ptr<MySqlConnection>> connections_;
  bool draining_ = false;
  bool busy_sweep_ = false;

  Mutex mutex_;
  CondVar closed_;
  std::size_t connection_count_ FIRN_GUARDED_BY(mutex_) = 0;
  bool drained_ FIRN_GUARDED_BY(mutex_) = false;

  std::unique_ptr<ThreadPool> io_thread_;  // Last: its thread uses all of the above.
};

MySqlServer::Impl::Impl(const MySqlServerOptions& options, const MySqlServerParts& parts,
                        std::unique_ptr<mysql::TlsContext> tls)
    : shared_{.options = options,
              .parts = parts,
              .tls = std::move(tls),
              .io = boost::asio::io_context(1),
              .workers = ThreadPool("mysql", options.worker_count, kStatementQueueMax),
              .control = ThreadPool("mysql_control", kControlWorkers, kStatementQueueMax),
              .started = parts.clock.MonotonicNow(),
              .read_buffer = std::string(kReadBytes, '\0')} {
  shared_.on_closed = [this](std::uint32_t connection_id) { OnClosed(connection_id); };
  shared_.on_busy = [this] {
    if (!busy_sweep_) ArmSweep(kBusySweep);
  };
  shared_.connection_count = [this] { return connections_.size(); };
}

Status MySqlServer::Impl::Listen() {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(shared_.options.bind_address, error);
  if (error) {
    return InvalidArgument("InvalidBindAddress", fmt::format("not an IP address to listen on: {}",
                                                             shared_.options.bind_address));
  }
  const tcp::endpoint endpoint(address, shared_.options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) {
    return Unavailable("ListenFailed",
                       fmt::format("cannot listen for MySQL clients on {}:{}: {}",
                                   shared_.options.bind_address, shared_.options.port,
                                   error.message()));
  }
  port_ = acceptor_.local_endpoint(error).port();
  Accept();
  ArmSweep(kIdleSweep);
  io_thread_ = std::make_unique<ThreadPool>("mysql_io", 1, 1);
  FIRN_CHECK(io_thread_->TrySubmit([this] { shared_.io.run(); }));
  return Ok();
}

void MySqlServer::Impl::Accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || draining_) return;
    if (!error) {
      OnAccepted(std::move(socket));
      return Accept();
    }
    // Out of descriptors, most likely: accepting again at once would only spin.
    accept_pause_.expires_after(kBusySweep);
    accept_pause_.async_wait([this](const boost::system::error_code& stopped) {
      if (!stopped && !draining_) Accept();
    });
  });
}

void MySqlServer::Impl::OnAccepted(tcp::socket socket) {
  const std::uint32_t connection_id = shared_.parts.registry.NextConnectionId();
  auto connection =
      std::make_shared<MySqlConnection>(shared_, std::move(socket), connection_id);
  const bool too_many = connections_.size() >= shared_.options.connections_max;
  connections_[connection_id] = connection;
  {
    const MutexLock lock(mutex_);
    ++connection_count_;
  }
  shared_.parts.metrics.ConnectionOpened();
  if (too_many) {
    return connection->Refuse(ResourceExhausted("TooManyConnections", "Too many connections").error);
  }
  connection->Start();
}

void MySqlServer::Impl::ArmSweep(std::chrono::milliseconds in) {
  busy_sweep_ = in == kBusySweep;
  sweep_.expires_after(in);
  sweep_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Sweep();
  });
}

void MySqlServer::Impl::Sweep() {
  const MonotonicTime now = shared_.parts.clock.MonotonicNow();
  bool any_busy = false;
  // A copy: a connection that closes leaves the map.
  const auto connections = connections_;
  for (const auto& [id, connection] : connections) {
    any_busy = any_busy || connection->busy();
    connection->Sweep(now);
  }
  ArmSweep(any_busy ? kBusySweep : kIdleSweep);
}

void MySqlServer::Impl::OnClosed(std::uint32_t connection_id) {
  if (connections_.erase(connection_id) == 0) return;
  shared_.parts.metrics.ConnectionClosed();
  {
    const MutexLock lock(mutex_);
    --connection_count_;
  }
  closed_.NotifyAll();
}

bool MySqlServer::Impl::WaitUntilEmpty(std::chrono::milliseconds patience) {
  const MonotonicTime deadline = shared_.parts.clock.MonotonicNow() + patience;
  const MutexLock lock(mutex_);
  while (connection_count_ > 0) {
    const auto left = deadline - shared_.parts.clock.MonotonicNow();
    if (left.count() <= 0) return false;
    closed_.WaitFor(mutex_, left);
  }
  return true;
}

void MySqlServer::Impl::OnAll(void (MySqlConnection::*method)()) {
  boost::asio::post(shared_.io, [this, method] {
    const auto connections = connections_;
    for (const auto& [id, connection] : connections) (connection.get()->*method)();
  });
}

void MySqlServer::Impl::Drain(std::chrono::milliseconds patience) {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(drained_, true)) return;
  }
  if (io_thread_ != nullptr) {
    boost::asio::post(shared_.io, [this] {
      draining_ = true;
      boost::system::error_code ignored;
      acceptor_.close(ignored);
    });
    OnAll(&MySqlConnection::CloseWhenIdle);
    if (!WaitUntilEmpty(patience)) {
      OnAll(&MySqlConnection::Abort);
      // Statements stop at their token; none is left behind.
      while (!WaitUntilEmpty(std::chrono::milliseconds(1000))) OnAll(&MySqlConnection::Abort);
    }
  }
  shared_.workers.Shutdown();
  shared_.control.Shutdown();
  shared_.io.stop();
  if (io_thread_ != nullptr) io_thread_->Shutdown();
}

MySqlServer::MySqlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MySqlServer::~MySqlServer() = default;

Result<std::unique_ptr<MySqlServer>> MySqlServer::Start(const MySqlServerOptions& options,
                                                        const MySqlServerParts& parts) {
  std::unique_ptr<mysql::TlsContext> tls;
  if (options.tls) {
    FIRN_ASSIGN_OR_RETURN(
        tls, mysql::TlsContext::ForServer(options.tls->certificate, options.tls->key));
  }
  auto impl = std::make_unique<Impl>(options, parts, std::move(tls));
  FIRN_TRY(impl->Listen());
  return std::unique_ptr<MySqlServer>(new MySqlServer(std::move(impl)));
}

std::uint16_t MySqlServer::port() const { return impl_->port(); }
void MySqlServer::Drain(std::chrono::milliseconds patience) { impl_->Drain(patience); }

}  // namespace firn::frontdoor
