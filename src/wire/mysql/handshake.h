#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

/// The messages before the first command, both sides. Payloads only; packet.h frames them.

namespace firn::mysql {

/// The server's first message (protocol version 10).
struct ServerGreeting {
  std::string server_version;
  std::uint32_t connection_id = 0;
  std::string nonce;  ///< 20 bytes.
  std::uint32_t capabilities = 0;
  std::uint8_t charset = 0;
  std::uint16_t status = 0;
  std::string auth_plugin;
};

std::string EncodeServerGreeting(const ServerGreeting& greeting);
/// Errors: kInvalidArgument/MalformedPacket; kUnsupported/OldServer below protocol 4.1. An ERR packet in its place is
/// the caller's to notice (first byte 0xFF).
Result<ServerGreeting> DecodeServerGreeting(std::string_view payload);

/// The client's answer. An SSLRequest is its first 32 bytes alone: `is_ssl_request`.
struct HandshakeResponse {
  std::uint32_t capabilities = 0;
  std::uint32_t message_bytes_max = 0;
  std::uint8_t charset = 0;
  bool is_ssl_request = false;
  std::string user;
  std::string auth_response;
  std::string database;     ///< May be `catalog.database` or `catalog.`.
  std::string auth_plugin;  ///< Empty when the client named none.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::uint8_t zstd_level = 0;  ///< 0 when the client named none.
};

std::string EncodeHandshakeResponse(const HandshakeResponse& response);
std::string EncodeSslRequest(const HandshakeResponse& response);
/// Bounded by kAttributeCountMax and kAttributeBytesMax; what is over is dropped, as MySQL does.
///
/// Errors: kInvalidArgument/MalformedPacket; kUnsupported/OldClient below protocol 4.1.
Result<HandshakeResponse> DecodeHandshakeResponse(std::string_view payload);

/// COM_CHANGE_USER's payload after its command byte.
struct ChangeUserRequest {
  std::string user;
  std::string auth_response;
  std::string database;
  std::uint16_t charset = 0;
  std::string auth_plugin;
  std::vector<std::pair<std::string, std::string>> attributes;
};

/// `capabilities` are the connection's. Errors: kInvalidArgument/MalformedPacket.
Result<ChangeUserRequest> DecodeChangeUser(std::string_view body, std::uint32_t capabilities);
std::string EncodeChangeUser(const ChangeUserRequest& request, std::uint32_t capabilities);

/// First byte 0xFE.
struct AuthSwitchRequest {
  std::string plugin;
  std::string nonce;
};

std::string EncodeAuthSwitch(const AuthSwitchRequest& request);
/// Errors: kInvalidArgument/MalformedPacket; kUnsupported/OldServer for the pre-4.1 form.
Result<AuthSwitchRequest> DecodeAuthSwitch(std::string_view payload);

/// First byte 0x01.
std::string EncodeAuthMoreData(std::string_view data);

// caching_sha2_password's words, as the data of AuthMoreData and as the client's request.
inline constexpr char kSha2FastAuthOk = 0x03;
inline constexpr char kSha2FullAuth = 0x04;
inline constexpr char kSha2RequestPublicKey = 0x02;

}  // namespace firn::mysql
