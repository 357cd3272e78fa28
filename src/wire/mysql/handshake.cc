#include "wire/mysql/handshake.h"

#include <algorithm>

#include "wire/mysql/bytes.h"
#include "wire/mysql/limits.h"
#include "wire/mysql/protocol.h"

namespace firn::mysql {
namespace {

constexpr std::size_t kNonceFirstPartBytes = 8;
constexpr std::size_t kResponseFillerBytes = 23;

using Attributes = std::vector<std::pair<std::string, std::string>>;

// Attributes are no one's authority: what is broken or too much is left out, the login goes on.
Result<Attributes> DecodeAttributes(ByteReader& reader) {
  Attributes attributes;
  if (reader.empty()) return attributes;
  FIRN_ASSIGN_OR_RETURN(const std::string_view block, reader.LenencString());
  ByteReader pairs(block.substr(0, kAttributeBytesMax));
  while (!pairs.empty() && attributes.size() < kAttributeCountMax) {
    const auto key = pairs.LenencString();
    if (!key) break;
    const auto value = pairs.LenencString();
    if (!value) break;
    attributes.emplace_back(*key, *value);
  }
  return attributes;
}

void AppendAttributes(std::string& out, const Attributes& attributes) {
  std::string block;
  for (const auto& [key, value] : attributes) {
    AppendLenencString(block, key);
    AppendLenencString(block, value);
  }
  AppendLenencString(out, block);
}

// The rest of a text that older clients may leave without its NUL at the packet's end.
std::string_view NulStringOrRest(ByteReader& reader) {
  if (auto text = reader.NulString()) return *text;
  return reader.Rest();
}

void AppendResponseHead(std::string& out, const HandshakeResponse& response) {
  AppendInt4(out, response.capabilities);
  AppendInt4(out, response.message_bytes_max);
  AppendInt1(out, response.charset);
  out.append(kResponseFillerBytes, '\0');
}

}  // namespace

std::string EncodeServerGreeting(const ServerGreeting& greeting) {
  std::string out;
  AppendInt1(out, 10);
  AppendNulString(out, greeting.server_version);
  AppendInt4(out, greeting.connection_id);
  out.append(greeting.nonce, 0, kNonceFirstPartBytes);
  AppendInt1(out, 0);
  AppendInt2(out, static_cast<std::uint16_t>(greeting.capabilities & 0xFFFFU));
  AppendInt1(out, greeting.charset);
  AppendInt2(out, greeting.status);
  AppendInt2(out, static_cast<std::uint16_t>(greeting.capabilities >> 16U));
  AppendInt1(out, static_cast<std::uint8_t>(greeting.nonce.size() + 1));
  out.append(10, '\0');
  AppendNulString(out, std::string_view(greeting.nonce).substr(kNonceFirstPartBytes));
  AppendNulString(out, greeting.auth_plugin);
  return out;
}

Result<ServerGreeting> DecodeServerGreeting(std::string_view payload) {
  ByteReader reader(payload);
  ServerGreeting greeting;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t protocol_version, reader.Int1());
  if (protocol_version != 10) {
    return Unsupported("OldServer", "the server does not speak MySQL protocol version 10");
  }
  FIRN_ASSIGN_OR_RETURN(greeting.server_version, reader.NulString());
  FIRN_ASSIGN_OR_RETURN(greeting.connection_id, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(greeting.nonce, reader.Bytes(kNonceFirstPartBytes));
  FIRN_TRY(reader.Skip(1));
  FIRN_ASSIGN_OR_RETURN(const std::uint16_t low, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(greeting.charset, reader.Int1());
  FIRN_ASSIGN_OR_RETURN(greeting.status, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(const std::uint16_t high, reader.Int2());
  greeting.capabilities = std::uint32_t{high} << 16U | low;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t nonce_size, reader.Int1());
  FIRN_TRY(reader.Skip(10));
  if ((greeting.capabilities & kProtocol41) == 0 ||
      (greeting.capabilities & kSecureConnection) == 0) {
    return Unsupported("OldServer", "the server does not speak the 4.1 protocol");
  }
  const std::size_t second = std::max<std::size_t>(13, nonce_size > 8 ? nonce_size - 8U : 0U);
  FIRN_ASSIGN_OR_RETURN(std::string_view rest, reader.Bytes(std::min(second, reader.size())));
  while (rest.ends_with('\0')) rest.remove_suffix(1);
  greeting.nonce += rest;
  if (greeting.nonce.size() < kNonceBytes) {
    return InvalidArgument("MalformedPacket", "the server's nonce is too short");
  }
  if ((greeting.capabilities & kPluginAuth) != 0) greeting.auth_plugin = NulStringOrRest(reader);
  return greeting;
}

std::string EncodeSslRequest(const HandshakeResponse& response) {
  std::string out;
  AppendResponseHead(out, response);
  return out;
}

std::string EncodeHandshakeResponse(const HandshakeResponse& response) {
  std::string out;
  AppendResponseHead(out, response);
  AppendNulString(out, response.user);
  if ((response.capabilities & kPluginAuthLenencData) != 0) {
    AppendLenencString(out, response.auth_response);
  } else {
    AppendInt1(out, static_cast<std::uint8_t>(response.auth_response.size()));
    out.append(response.auth_response);
  }
  if ((response.capabilities & kConnectWithDatabase) != 0) AppendNulString(out, response.database);
  if ((response.capabilities & kPluginAuth) != 0) AppendNulString(out, response.auth_plugin);
  if ((response.capabilities & kConnectAttributes) != 0) AppendAttributes(out, response.attributes);
  if ((response.capabilities & kZstdCompression) != 0) AppendInt1(out, response.zstd_level);
  return out;
}

Result<HandshakeResponse> DecodeHandshakeResponse(std::string_view payload) {
  ByteReader reader(payload);
  HandshakeResponse response;
  FIRN_ASSIGN_OR_RETURN(response.capabilities, reader.Int4());
  if ((response.capabilities & kProtocol41) == 0) {
    return Unsupported("OldClient", "the client does not speak the 4.1 protocol");
  }
  FIRN_ASSIGN_OR_RETURN(response.message_bytes_max, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(response.charset, reader.Int1());
  FIRN_TRY(reader.Skip(kResponseFillerBytes));
  if ((response.capabilities & kSsl) != 0 && reader.empty()) {
    response.is_ssl_request = true;
    return response;
  }
  FIRN_ASSIGN_OR_RETURN(response.user, reader.NulString());
  if ((response.capabilities & kPluginAuthLenencData) != 0) {
    FIRN_ASSIGN_OR_RETURN(response.auth_response, reader.LenencString());
  } else if ((response.capabilities & kSecureConnection) != 0) {
    FIRN_ASSIGN_OR_RETURN(const std::uint8_t size, reader.Int1());
    FIRN_ASSIGN_OR_RETURN(response.auth_response, reader.Bytes(size));
  } else {
    FIRN_ASSIGN_OR_RETURN(response.auth_response, reader.NulString());
  }
  if ((response.capabilities & kConnectWithDatabase) != 0 && !reader.empty()) {
    response.database = NulStringOrRest(reader);
  }
  if ((response.capabilities & kPluginAuth) != 0 && !reader.empty()) {
    response.auth_plugin = NulStringOrRest(reader);
  }
  if ((response.capabilities & kConnectAttributes) != 0) {
    FIRN_ASSIGN_OR_RETURN(response.attributes, DecodeAttributes(reader));
  }
  if ((response.capabilities & kZstdCompression) != 0 && !reader.empty()) {
    FIRN_ASSIGN_OR_RETURN(response.zstd_level, reader.Int1());
  }
  return response;
}

Result<ChangeUserRequest> DecodeChangeUser(std::string_view body, std::uint32_t capabilities) {
  ByteReader reader(body);
  ChangeUserRequest request;
  FIRN_ASSIGN_OR_RETURN(request.user, reader.NulString());
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t size, reader.Int1());
  FIRN_ASSIGN_OR_RETURN(request.auth_response, reader.Bytes(size));
  FIRN_ASSIGN_OR_RETURN(request.database, reader.NulString());
  if (reader.empty()) return request;
  FIRN_ASSIGN_OR_RETURN(request.charset, reader.Int2());
  if ((capabilities & kPluginAuth) != 0 && !reader.empty()) {
    request.auth_plugin = NulStringOrRest(reader);
  }
  if ((capabilities & kConnectAttributes) != 0) {
    FIRN_ASSIGN_OR_RETURN(request.attributes, DecodeAttributes(reader));
  }
  return request;
}

std::string EncodeChangeUser(const ChangeUserRequest& request, std::uint32_t capabilities) {
  std::string out;
  AppendNulString(out, request.user);
  AppendInt1(out, static_cast<std::uint8_t>(request.auth_response.size()));
  out.append(request.auth_response);
  AppendNulString(out, request.database);
  AppendInt2(out, request.charset);
  if ((capabilities & kPluginAuth) != 0) AppendNulString(out, request.auth_plugin);
  if ((capabilities & kConnectAttributes) != 0) AppendAttributes(out, request.attributes);
  return out;
}

std::string EncodeAuthSwitch(const AuthSwitchRequest& request) {
  std::string out;
  AppendInt1(out, 0xFE);
  AppendNulString(out, request.plugin);
  AppendNulString(out, request.nonce);
  return out;
}

Result<AuthSwitchRequest> DecodeAuthSwitch(std::string_view payload) {
  ByteReader reader(payload);
  AuthSwitchRequest request;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t mark, reader.Int1());
  if (mark != 0xFE) return InvalidArgument("MalformedPacket", "not an auth switch request");
  if (reader.empty()) {
    return Unsupported("OldServer", "the server wants the password form from before 4.1");
  }
  FIRN_ASSIGN_OR_RETURN(request.plugin, reader.NulString());
  std::string_view nonce = reader.Rest();
  if (nonce.ends_with('\0')) nonce.remove_suffix(1);
  request.nonce = nonce;
  return request;
}

std::string EncodeAuthMoreData(std::string_view data) {
  std::string out;
  AppendInt1(out, 0x01);
  out.append(data);
  return out;
}

}  // namespace firn::mysql
