#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "wire/http/transport_internal.h"

namespace firn::http {
namespace {

using boost::asio::ip::tcp;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(tcp::socket socket) : socket_(std::move(socket)) {}

  void Handshake(std::function<void(const ErrorCode&)> done) override { done(ErrorCode()); }
  void ReadSome(char* data, std::size_t size, Done done) override {
    socket_.async_read_some(boost::asio::buffer(data, size), std::move(done));
  }
  void Write(std::array<boost::asio::const_buffer, 2> buffers, Done done) override {
    boost::asio::async_write(socket_, buffers, std::move(done));
  }
  void ShutdownSend() override {
    ErrorCode ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void Close() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(tcp::socket socket, boost::asio::ssl::context& context)
      : stream_(std::move(socket), context) {}

  void Handshake(std::function<void(const ErrorCode&)> done) override {
    stream_.async_handshake(boost::asio::ssl::stream_base::server, std::move(done));
  }
  void ReadSome(char* data, std::size_t size, Done done) override {
    stream_.async_read_some(boost::asio::buffer(data, size), std::move(done));
  }
  void Write(std::array<boost::asio::const_buffer, 2> buffers, Done done) override {
    boost::asio::async_write(stream_, buffers, std::move(done));
  }
  // Every answer has its length, so a missing close_notify cannot cut one unseen.
  void ShutdownSend() override {
    ErrorCode ignored;
    stream_.next_layer().shutdown(tcp::socket::shutdown_send, ignored);
  }
  void Close() override {
    ErrorCode ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  boost::asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<Transport> MakePlainTransport(tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> MakeTlsTransport(tcp::socket socket, boost::asio::ssl::context& context) {
  return std::make_unique<TlsTransport>(std::move(socket), context);
}

}  // namespace firn::http
