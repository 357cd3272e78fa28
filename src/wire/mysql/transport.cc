#include "wire/mysql/transport.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"

namespace firn::mysql {
namespace {

constexpr std::chrono::milliseconds kWaitSlice{50};

// A BIO over the socket. OpenSSL's own would write() and raise SIGPIPE.
int SocketOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int BioWrite(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(SocketOf(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_retry_write(bio);
  }
  return static_cast<int>(sent);
}

int BioRead(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = ::recv(SocketOf(bio), bytes, static_cast<std::size_t>(size), 0);
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_retry_read(bio);
  }
  return static_cast<int>(received);
}

long BioControl(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int BioCreate(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

const BIO_METHOD* SocketMethod() {
  // Made once, read only afterwards.
  static const std::unique_ptr<BIO_METHOD, FreeMethod> method = [] {
    std::unique_ptr<BIO_METHOD, FreeMethod> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "firn socket"));
    FIRN_CHECK(made != nullptr);
    BIO_meth_set_write(made.get(), BioWrite);
    BIO_meth_set_read(made.get(), BioRead);
    BIO_meth_set_ctrl(made.get(), BioControl);
    BIO_meth_set_create(made.get(), BioCreate);
    return made;
  }();
  return method.get();
}

std::string OpenSslReason() {
  const unsigned long code = ERR_get_error();
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::ForServer(
    const std::filesystem::path& certificate_file, const std::filesystem::path& key_file) {
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = made->context_;
  if (context == nullptr) return Internal("TlsFailed", OpenSslReason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return InvalidArgument("BadCertificate", fmt::format("certificate {} cannot be used: {}",
                                                         certificate_file.string(),
                                                         OpenSslReason()));
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return InvalidArgument("BadCertificate",
                           fmt::format("key {} cannot be used: {}", key_file.string(),
                                       OpenSslReason()));
  }
  return made;
}

Result<std::unique_ptr<TlsContext>> TlsContext::ForClient() {
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_client_method())));
  if (made->context_ == nullptr) return Internal("TlsFailed", OpenSslReason());
  SSL_CTX_set_min_proto_version(made->context_, TLS1_2_VERSION);
  SSL_CTX_set_verify(made->context_, SSL_VERIFY_NONE, nullptr);
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

struct Transport::Tls {
  SSL* ssl = nullptr;
  bool broken = false;

  ~Tls() { SSL_free(ssl); }

  // Of an SSL_* call that returned `returned`.
  IoResult Judge(int returned) {
    if (returned > 0) return {.state = IoState::kDone, .bytes = static_cast<std::size_t>(returned)};
    switch (SSL_get_error(ssl, returned)) {
      case SSL_ERROR_WANT_READ: return {.state = IoState::kWantRead};
      case SSL_ERROR_WANT_WRITE: return {.state = IoState::kWantWrite};
      default: break;
    }
    ERR_clear_error();
    broken = true;
    return {.state = IoState::kClosed};
  }
};

Transport::Transport(int socket) : socket_(socket) {}
Transport::~Transport() = default;

void Transport::StartTls(const TlsContext& context, bool as_server) {
  auto tls = std::make_unique<Tls>();
  tls->ssl = SSL_new(context.context_);
  BIO* bio = BIO_new(SocketMethod());
  FIRN_CHECK(tls->ssl != nullptr && bio != nullptr);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_)));
  SSL_set_bio(tls->ssl, bio, bio);
  SSL_set_mode(tls->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (as_server) {
    SSL_set_accept_state(tls->ssl);
  } else {
    SSL_set_connect_state(tls->ssl);
  }
  tls_ = std::move(tls);
}

IoResult Transport::Handshake() {
  ERR_clear_error();
  return tls_->Judge(SSL_do_handshake(tls_->ssl));
}

IoResult Transport::Read(std::span<char> buffer) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    return tls_->Judge(SSL_read(tls_->ssl, buffer.data(), static_cast<int>(buffer.size())));
  }
  for (;;) {
    const ssize_t received = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (received > 0) {
      return {.state = IoState::kDone, .bytes = static_cast<std::size_t>(received)};
    }
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return {.state = IoState::kWantRead};
    }
    return {.state = IoState::kClosed};
  }
}

IoResult Transport::Write(std::string_view bytes) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    const std::size_t size = std::min<std::size_t>(bytes.size(), 1U << 20U);
    return tls_->Judge(SSL_write(tls_->ssl, bytes.data(), static_cast<int>(size)));
  }
  for (;;) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {.state = IoState::kDone, .bytes = static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {.state = IoState::kWantWrite};
    return {.state = IoState::kClosed};
  }
}

Status Transport::Wait(IoState state, std::chrono::milliseconds stall_timeout,
                       const KeepWaiting& keep_waiting) const {
  if (state == IoState::kClosed) {
    return Unavailable("ConnectionClosed", "the other side closed the connection");
  }
  pollfd entry{.fd = socket_,
               .events = static_cast<short>(state == IoState::kWantRead ? POLLIN : POLLOUT),
               .revents = 0};
  for (std::chrono::milliseconds waited{0}; waited < stall_timeout; waited += kWaitSlice) {
    if (keep_waiting) FIRN_TRY(keep_waiting());
    if (::poll(&entry, 1, static_cast<int>(kWaitSlice.count())) > 0) return Ok();
  }
  return DeadlineExceeded("ConnectionStalled",
                          fmt::format("the other side moved nothing for {} s",
                                      stall_timeout.count() / 1000));
}

Status Transport::WriteAll(std::string_view bytes, std::chrono::milliseconds stall_timeout,
                           const KeepWaiting& keep_waiting) {
  while (!bytes.empty()) {
    const IoResult written = Write(bytes);
    if (written.state == IoState::kDone) {
      bytes.remove_prefix(written.bytes);
    } else {
      FIRN_TRY(Wait(written.state, stall_timeout, keep_waiting));
    }
  }
  return Ok();
}

Result<std::size_t> Transport::ReadSome(std::span<char> buffer,
                                        std::chrono::milliseconds stall_timeout,
                                        const KeepWaiting& keep_waiting) {
  for (;;) {
    const IoResult read = Read(buffer);
    if (read.state == IoState::kDone) return read.bytes;
    FIRN_TRY(Wait(read.state, stall_timeout, keep_waiting));
  }
}

Status Transport::HandshakeAll(std::chrono::milliseconds stall_timeout) {
  for (;;) {
    const IoResult step = Handshake();
    if (step.state == IoState::kDone) return Ok();
    FIRN_TRY(Wait(step.state, stall_timeout, nullptr));
  }
}

void Transport::Close() {
  if (tls_ == nullptr || tls_->broken || SSL_in_init(tls_->ssl) != 0) return;
  ERR_clear_error();
  SSL_shutdown(tls_->ssl);
  ERR_clear_error();
}

bool PeerHasClosed(int socket) {
  pollfd entry{.fd = socket, .events = POLLRDHUP, .revents = 0};
  return ::poll(&entry, 1, 0) > 0 &&
         (entry.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace firn::mysql
