#pragma once

#include <cstdint>
#include <string_view>

/// The numbers of the MySQL protocol.

namespace firn::mysql {

/// Capability bits of the handshake.
enum Capability : std::uint32_t {
  kLongPassword = 1U << 0U,
  kFoundRows = 1U << 1U,
  kLongFlag = 1U << 2U,
  kConnectWithDatabase = 1U << 3U,
  kCompress = 1U << 5U,
  kLocalFiles = 1U << 7U,
  kIgnoreSpace = 1U << 8U,
  kProtocol41 = 1U << 9U,
  kInteractive = 1U << 10U,
  kSsl = 1U << 11U,
  kTransactions = 1U << 13U,
  kSecureConnection = 1U << 15U,
  kMultiStatements = 1U << 16U,
  kMultiResults = 1U << 17U,
  kPsMultiResults = 1U << 18U,
  kPluginAuth = 1U << 19U,
  kConnectAttributes = 1U << 20U,
  kPluginAuthLenencData = 1U << 21U,
  kSessionTrack = 1U << 23U,
  kDeprecateEof = 1U << 24U,
  kZstdCompression = 1U << 26U,
};

/// What the server offers; kSsl is added when it has a certificate.
inline constexpr std::uint32_t kServerCapabilities =
    kLongPassword | kFoundRows | kLongFlag | kConnectWithDatabase | kCompress | kIgnoreSpace |
    kProtocol41 | kInteractive | kTransactions | kSecureConnection | kMultiStatements | kMultiResults |
    kPsMultiResults | kPluginAuth | kConnectAttributes | kPluginAuthLenencData | kSessionTrack |
    kDeprecateEof | kZstdCompression;

enum StatusFlag : std::uint16_t {
  kStatusInTransaction = 0x0001,
  kStatusAutocommit = 0x0002,
  kStatusMoreResults = 0x0008,
  kStatusSessionStateChanged = 0x4000,
};

enum class CommandCode : std::uint8_t {
  kSleep = 0x00,
  kQuit = 0x01,
  kInitDb = 0x02,
  kQuery = 0x03,
  kFieldList = 0x04,
  kStatistics = 0x09,
  kProcessKill = 0x0C,
  kPing = 0x0E,
  kChangeUser = 0x11,
  kStmtPrepare = 0x16,
  kStmtExecute = 0x17,
  kStmtSendLongData = 0x18,
  kStmtClose = 0x19,
  kStmtReset = 0x1A,
  kSetOption = 0x1B,
  kResetConnection = 0x1F,
};

/// Column and parameter types on the wire.
enum class FieldType : std::uint8_t {
  kDecimal = 0x00,
  kTiny = 0x01,
  kShort = 0x02,
  kLong = 0x03,
  kFloat = 0x04,
  kDouble = 0x05,
  kNull = 0x06,
  kTimestamp = 0x07,
  kLongLong = 0x08,
  kInt24 = 0x09,
  kDate = 0x0A,
  kTime = 0x0B,
  kDateTime = 0x0C,
  kYear = 0x0D,
  kVarchar = 0x0F,
  kBit = 0x10,
  kJson = 0xF5,
  kNewDecimal = 0xF6,
  kEnum = 0xF7,
  kSet = 0xF8,
  kTinyBlob = 0xF9,
  kMediumBlob = 0xFA,
  kLongBlob = 0xFB,
  kBlob = 0xFC,
  kVarString = 0xFD,
  kString = 0xFE,
  kGeometry = 0xFF,
};

enum ColumnFlag : std::uint16_t {
  kNotNullFlag = 0x0001,
  kUnsignedFlag = 0x0020,
  kBinaryFlag = 0x0080,
};

inline constexpr std::uint8_t kCharsetUtf8 = 33;
inline constexpr std::uint8_t kCharsetUtf8mb4 = 45;
inline constexpr std::uint8_t kCharsetBinary = 63;
/// "Not a fixed number of decimals", as column definitions write it.
inline constexpr std::uint8_t kDecimalsNotFixed = 31;

inline constexpr std::string_view kServerVersion = "8.0.33";
inline constexpr std::string_view kNativePlugin = "mysql_native_password";
inline constexpr std::string_view kCachingSha2Plugin = "caching_sha2_password";

}  // namespace firn::mysql
