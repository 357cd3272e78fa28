#include "wire/mysql/packet.h"

#include <gtest/gtest.h>

#include "base/result_testing.h"
#include "wire/mysql/bytes.h"
#include "wire/mysql/limits.h"

namespace firn::mysql {
namespace {

using testing::HasValue;
using testing::IsError;

TEST(AppendMessage, SplitsAtFullPackets) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPacketPayloadBytesMax - 1,
                                 kPacketPayloadBytesMax, kPacketPayloadBytesMax + 1,
                                 2 * kPacketPayloadBytesMax}) {
    const std::string payload(size, 'x');
    std::string appended;
    std::uint8_t sequence = 254;
    AppendMessage(appended, sequence, payload);
    const std::size_t packets = size / kPacketPayloadBytesMax + 1;
    EXPECT_EQ(appended.size(), size + packets * kPacketHeaderBytes);
    EXPECT_EQ(sequence, static_cast<std::uint8_t>(254 + packets));

    std::string built;
    std::uint8_t built_sequence = 254;
    MessageBuilder builder(built, built_sequence);
    builder.Begin();
    built += payload;
    builder.End();
    EXPECT_TRUE(built == appended);
    EXPECT_EQ(built_sequence, sequence);

    MessageAssembler assembler(64U << 20U);
    assembler.ExpectSequence(254);
    assembler.Feed(appended);
    ASSERT_OK_AND_ASSIGN(const auto message, assembler.Next());
    ASSERT_TRUE(message.has_value());
    EXPECT_TRUE(*message == payload);
    EXPECT_EQ(assembler.next_sequence(), sequence);
    EXPECT_TRUE(assembler.empty());
  }
}

TEST(MessageAssembler, TakesBytesOneByOne) {
  std::string bytes;
  std::uint8_t sequence = 0;
  AppendMessage(bytes, sequence, "hello");
  MessageAssembler assembler(100);
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    assembler.Feed(bytes.substr(i, 1));
    ASSERT_OK_AND_ASSIGN(const auto message, assembler.Next());
    EXPECT_FALSE(message.has_value());
  }
  EXPECT_EQ(assembler.WantedBytes(), 1U);
  assembler.Feed(bytes.substr(bytes.size() - 1));
  ASSERT_OK_AND_ASSIGN(const auto message, assembler.Next());
  EXPECT_EQ(message, "hello");
}

TEST(MessageAssembler, WantsNoByteOfTheNextPacket) {
  MessageAssembler assembler(100);
  EXPECT_EQ(assembler.WantedBytes(), 4U);
  assembler.Feed(std::string("\x20\x00", 2));
  EXPECT_EQ(assembler.WantedBytes(), 2U);
  assembler.Feed(std::string("\x00\x00", 2));
  EXPECT_EQ(assembler.WantedBytes(), 32U);
}

TEST(MessageAssembler, RefusesAWrongSequence) {
  MessageAssembler assembler(100);
  assembler.Feed(std::string("\x01\x00\x00\x01x", 5));
  EXPECT_THAT(assembler.Next(), IsError(ErrorCode::kInvalidArgument, "PacketsOutOfOrder"));
  EXPECT_FALSE(assembler.in_step());
}

TEST(MessageAssembler, RefusesALargeMessageBeforeItArrives) {
  MessageAssembler assembler(100);
  assembler.Feed(std::string("\x65\x00\x00\x00", 4));
  EXPECT_THAT(assembler.Next(), IsError(ErrorCode::kResourceExhausted, "PacketTooLarge"));
  EXPECT_FALSE(assembler.in_step());
}

TEST(MessageAssembler, DropsALargeMessageAndGoesOn) {
  for (const std::size_t size : {std::size_t{101}, kPacketPayloadBytesMax, kPacketPayloadBytesMax + 5}) {
    std::string bytes;
    std::uint8_t sequence = 0;
    AppendMessage(bytes, sequence, std::string(size, 'x'));
    MessageAssembler assembler(100);
    assembler.SetLimits(100, 64U << 20U);
    constexpr std::size_t kPiece = 100'000;
    for (std::size_t at = 0; at + kPiece < bytes.size(); at += kPiece) {
      assembler.Feed(bytes.substr(at, kPiece));
      ASSERT_OK_AND_ASSIGN(const auto message, assembler.Next());
      EXPECT_FALSE(message.has_value());
      EXPECT_FALSE(assembler.empty());
    }
    assembler.Feed(bytes.substr((bytes.size() - 1) / kPiece * kPiece));
    EXPECT_THAT(assembler.Next(), IsError(ErrorCode::kResourceExhausted, "PacketTooLarge"));
    EXPECT_TRUE(assembler.in_step());
    EXPECT_EQ(assembler.next_sequence(), sequence);
    assembler.ExpectSequence(0);
    assembler.Feed(std::string("\x01\x00\x00\x00y", 5));
    ASSERT_OK_AND_ASSIGN(const auto message, assembler.Next());
    EXPECT_EQ(message, "y");
  }
}

TEST(ByteReader, RefusesWhatIsNotThere) {
  EXPECT_THAT(ByteReader("").Int1(), IsError(ErrorCode::kInvalidArgument, "MalformedPacket"));
  EXPECT_THAT(ByteReader("x").Int2(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("xx").Int3(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("xxx").Int4(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("xxxxxxx").Int8(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("no end").NulString(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("\x05" "abcd").LenencString(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("\xFB").LenencInt(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("\xFF").LenencInt(), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ByteReader("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx").LenencString(),
              IsError(ErrorCode::kInvalidArgument));
}

TEST(ByteReader, ReadsWhatWasAppended) {
  for (const std::uint64_t value : {0ULL, 250ULL, 251ULL, 0xFFFFULL, 0x10000ULL, 0xFFFFFFULL,
                                    0x1000000ULL, 0xFFFFFFFFFFFFFFFFULL}) {
    std::string bytes;
    AppendLenencInt(bytes, value);
    ByteReader reader(bytes);
    ASSERT_OK_AND_ASSIGN(const std::uint64_t read, reader.LenencInt());
    EXPECT_EQ(read, value);
    EXPECT_TRUE(reader.empty());
  }
}

}  // namespace
}  // namespace firn::mysql
