#include "wire/mysql/handshake.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/result_testing.h"
#include "wire/mysql/limits.h"
#include "wire/mysql/protocol.h"
#include "wire/mysql/response.h"

namespace firn::mysql {
namespace {

using testing::HasValue;
using testing::IsError;

HandshakeResponse FullResponse() {
  return {.capabilities = kProtocol41 | kSecureConnection | kConnectWithDatabase | kPluginAuth |
                          kConnectAttributes | kPluginAuthLenencData,
          .message_bytes_max = 1U << 24U,
          .charset = 255,
          .user = "root",
          .auth_response = std::string(20, 'r'),
          .database = "lake.db",
          .auth_plugin = "mysql_native_password",
          .attributes = {{"_client_name", "test"}, {"_pid", "1"}}};
}

TEST(ServerGreeting, ReadsWhatItWrites) {
  const ServerGreeting greeting{.server_version = "8.0.33",
                                .connection_id = 7,
                                .nonce = "abcdefghijklmnopqrst",
                                .capabilities = kServerCapabilities | kSsl,
                                .charset = 33,
                                .status = 2,
                                .auth_plugin = "mysql_native_password"};
  const std::string bytes = EncodeServerGreeting(greeting);
  ASSERT_OK_AND_ASSIGN(const ServerGreeting read, DecodeServerGreeting(bytes));
  EXPECT_EQ(read.server_version, greeting.server_version);
  EXPECT_EQ(read.connection_id, 7U);
  EXPECT_EQ(read.nonce, greeting.nonce);
  EXPECT_EQ(read.capabilities, greeting.capabilities);
  EXPECT_EQ(read.auth_plugin, greeting.auth_plugin);
  for (std::size_t size = 0; size < 39 + 12; ++size) {
    EXPECT_FALSE(DecodeServerGreeting(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

TEST(HandshakeResponse, ReadsWhatItWrites) {
  for (const std::uint32_t without : {0U, std::uint32_t{kConnectWithDatabase}, std::uint32_t{kPluginAuth},
                                      std::uint32_t{kConnectAttributes}, std::uint32_t{kPluginAuthLenencData}}) {
    HandshakeResponse response = FullResponse();
    response.capabilities &= ~without;
    ASSERT_OK_AND_ASSIGN(const auto read, DecodeHandshakeResponse(EncodeHandshakeResponse(response)));
    EXPECT_EQ(read.user, "root");
    EXPECT_EQ(read.charset, 255);
    EXPECT_EQ(read.auth_response, response.auth_response);
    EXPECT_EQ(read.database, without == kConnectWithDatabase ? "" : "lake.db");
    EXPECT_EQ(read.auth_plugin, without == kPluginAuth ? "" : "mysql_native_password");
    EXPECT_EQ(read.attributes.size(), without == kConnectAttributes ? 0U : 2U);
  }
}

TEST(HandshakeResponse, RefusesEveryPrefixBeforeTheProof) {
  const std::string bytes = EncodeHandshakeResponse(FullResponse());
  const std::size_t proof_end = 32 + 5 + 21;
  for (std::size_t size = 0; size < proof_end; ++size) {
    EXPECT_THAT(DecodeHandshakeResponse(std::string_view(bytes).substr(0, size)),
                IsError(ErrorCode::kInvalidArgument, "MalformedPacket"))
        << size;
  }
}

TEST(HandshakeResponse, TellsAnSslRequest) {
  HandshakeResponse response = FullResponse();
  response.capabilities |= kSsl;
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeHandshakeResponse(EncodeSslRequest(response)));
  EXPECT_TRUE(read.is_ssl_request);
  ASSERT_OK_AND_ASSIGN(const auto full, DecodeHandshakeResponse(EncodeHandshakeResponse(response)));
  EXPECT_FALSE(full.is_ssl_request);
}

TEST(HandshakeResponse, RefusesOldClients) {
  HandshakeResponse response = FullResponse();
  response.capabilities &= ~std::uint32_t{kProtocol41};
  EXPECT_THAT(DecodeHandshakeResponse(EncodeHandshakeResponse(response)),
              IsError(ErrorCode::kUnsupported, "OldClient"));
}

TEST(HandshakeResponse, BoundsAttributes) {
  HandshakeResponse response = FullResponse();
  response.attributes.assign(1000, {"key", std::string(100, 'v')});
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeHandshakeResponse(EncodeHandshakeResponse(response)));
  EXPECT_EQ(read.attributes.size(), kAttributeCountMax);
}

TEST(ChangeUser, ReadsWhatItWrites) {
  const std::uint32_t capabilities = kProtocol41 | kPluginAuth | kConnectAttributes;
  const std::string bytes = EncodeChangeUser({.user = "u",
                                              .auth_response = "0123456789",
                                              .database = "d",
                                              .charset = 45,
                                              .auth_plugin = "caching_sha2_password",
                                              .attributes = {{"a", "b"}}},
                                             capabilities);
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeChangeUser(bytes, capabilities));
  EXPECT_EQ(read.user, "u");
  EXPECT_EQ(read.database, "d");
  EXPECT_EQ(read.auth_plugin, "caching_sha2_password");
  EXPECT_EQ(read.attributes.size(), 1U);
  for (std::size_t size = 0; size < 15; ++size) {
    EXPECT_FALSE(DecodeChangeUser(std::string_view(bytes).substr(0, size), capabilities).has_value()) << size;
  }
}

TEST(AuthSwitch, ReadsWhatItWrites) {
  ASSERT_OK_AND_ASSIGN(const auto read,
                       DecodeAuthSwitch(EncodeAuthSwitch({.plugin = "p", .nonce = "0123456789abcdefghij"})));
  EXPECT_EQ(read.plugin, "p");
  EXPECT_EQ(read.nonce, "0123456789abcdefghij");
  EXPECT_THAT(DecodeAuthSwitch(""), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(DecodeAuthSwitch("\xFE"), IsError(ErrorCode::kUnsupported, "OldServer"));
  EXPECT_THAT(DecodeAuthSwitch("\x01x"), IsError(ErrorCode::kInvalidArgument));
}

TEST(Response, ReadsWhatItWrites) {
  for (const std::uint32_t capabilities : {0U, std::uint32_t{kDeprecateEof}}) {
    ASSERT_OK_AND_ASSIGN(const auto ok, DecodeOk(EncodeOk({.affected_rows = 300, .status = 2, .info = "i"}, capabilities)));
    EXPECT_EQ(ok.affected_rows, 300U);
    EXPECT_EQ(ok.info, "i");
  }
  ASSERT_OK_AND_ASSIGN(const auto err, DecodeErr(EncodeErr({.error_number = 1064, .sql_state = "42000", .message = "m"})));
  EXPECT_EQ(err.error_number, 1064);
  EXPECT_EQ(err.sql_state, "42000");
  EXPECT_EQ(err.message, "m");
  ASSERT_OK_AND_ASSIGN(const auto column,
                       DecodeColumnDefinition(EncodeColumnDefinition({.name = "n", .display_width = 11, .type = FieldType::kLong})));
  EXPECT_EQ(column.name, "n");
  EXPECT_EQ(column.type, FieldType::kLong);
  EXPECT_EQ(column.display_width, 11U);
  ASSERT_OK_AND_ASSIGN(const auto prepare, DecodePrepareOk(EncodePrepareOk({.statement_id = 5, .column_count = 2, .parameter_count = 3})));
  EXPECT_EQ(prepare.statement_id, 5U);
  EXPECT_EQ(prepare.parameter_count, 3);
  for (const std::string& bad : {std::string(), std::string("\x07"), std::string("\xFF")}) {
    EXPECT_FALSE(DecodeOk(bad).has_value());
    EXPECT_FALSE(DecodeErr(bad).has_value());
    EXPECT_FALSE(DecodeEof(bad).has_value());
    EXPECT_FALSE(DecodeColumnDefinition(bad).has_value());
    EXPECT_FALSE(DecodePrepareOk(bad).has_value());
  }
}

TEST(Response, CutsLongErrorsBetweenCharacters) {
  std::string message;
  while (message.size() < 2 * kErrorMessageBytesMax) message += "表";
  ASSERT_OK_AND_ASSIGN(const auto err, DecodeErr(EncodeErr({.error_number = 1, .message = message})));
  EXPECT_LE(err.message.size(), kErrorMessageBytesMax);
  EXPECT_TRUE(IsValidUtf8(err.message));
}

}  // namespace
}  // namespace firn::mysql
