#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <functional>
#include <memory>

/// A socket with or without TLS. Included only by the server's own sources, since Asio is slow to compile.

namespace firn::http {

/// Owned by one connection, used on the I/O thread only. At most one read and one write at a time.
class Transport {
 public:
  using ErrorCode = boost::system::error_code;
  using Done = std::function<void(const ErrorCode&, std::size_t)>;

  virtual ~Transport() = default;

  virtual void Handshake(std::function<void(const ErrorCode&)> done) = 0;
  virtual void ReadSome(char* data, std::size_t size, Done done) = 0;
  /// Writes both buffers whole; they must live until `done`.
  virtual void Write(std::array<boost::asio::const_buffer, 2> buffers, Done done) = 0;
  /// Tells the peer that no more comes.
  virtual void ShutdownSend() = 0;
  /// Makes the operations under way end with an error.
  virtual void Close() = 0;
};

std::unique_ptr<Transport> MakePlainTransport(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Transport> MakeTlsTransport(boost::asio::ip::tcp::socket socket,
                                            boost::asio::ssl::context& context);

}  // namespace firn::http
