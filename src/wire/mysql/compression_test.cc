#include "wire/mysql/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "wire/mysql/bytes.h"
#include "wire/mysql/limits.h"

namespace firn::mysql {
namespace {

std::string Frame(std::string_view body, std::uint8_t sequence, std::uint32_t plain_bytes) {
  std::string frame;
  AppendInt3(frame, static_cast<std::uint32_t>(body.size()));
  AppendInt1(frame, sequence);
  AppendInt3(frame, plain_bytes);
  return frame.append(body);
}

std::string Mixed(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * 7919);
  text.resize(size);
  return text;
}

class FrameCodecTest : public testing::TestWithParam<CompressionKind> {};

TEST_P(FrameCodecTest, BringsBackWhatWasSentInPiecesOfAnySize) {
  for (const std::size_t size : {1U, 49U, 50U, 51U, 4096U, 1U << 20U, (16U << 20U) + 5U}) {
    const std::string plain = Mixed(size);
    FrameCodec sender(GetParam(), 3);
    std::string sent;
    sender.AppendFrames(sent, plain);
    FrameCodec receiver(GetParam(), 3);
    std::string got;
    for (std::size_t at = 0; at < sent.size(); at += 60'001) {
      receiver.Feed(std::string_view(sent).substr(at, 60'001));
      for (;;) {
        const auto more = receiver.Next(got);
        ASSERT_TRUE(more.has_value());
        if (!*more) break;
      }
    }
    EXPECT_TRUE(got == plain) << size;
    EXPECT_TRUE(receiver.empty());
  }
}

TEST_P(FrameCodecTest, ShortBytesAreSentPlainAndNumberedOn) {
  FrameCodec codec(GetParam(), 3);
  codec.Feed(Frame("\x0e", 4, 0));
  std::string plain;
  ASSERT_TRUE(*codec.Next(plain));
  EXPECT_EQ(plain, "\x0e");
  std::string out;
  codec.AppendFrames(out, "hello");
  EXPECT_EQ(out, Frame("hello", 5, 0));
}

TEST_P(FrameCodecTest, RefusesWhatDoesNotUnpackToItsLength) {
  FrameCodec sender(GetParam(), 3);
  std::string good;
  sender.AppendFrames(good, std::string(1000, 'x'));
  const std::string body = good.substr(7);
  for (const std::string& frame :
       {Frame(body, 0, 999), Frame(body, 0, 1001), Frame(body, 0, 0xFFFFFF), Frame("", 0, 5),
        Frame("no such data at all", 0, 100), Frame(body.substr(0, body.size() - 1), 0, 1000)}) {
    FrameCodec codec(GetParam(), 3);
    codec.Feed(frame);
    std::string plain;
    const auto next = codec.Next(plain);
    ASSERT_FALSE(next.has_value());
    EXPECT_EQ(next.error().reason(), "MalformedPacket");
    EXPECT_EQ(plain, "");
  }
}

TEST_P(FrameCodecTest, GivesOneFrameAtATime) {
  FrameCodec codec(GetParam(), 3);
  codec.Feed(Frame("one", 0, 0) + Frame("two", 1, 0) + Frame("three", 2, 0).substr(0, 8));
  std::string plain;
  EXPECT_TRUE(*codec.Next(plain));
  EXPECT_EQ(plain, "one");
  EXPECT_TRUE(*codec.Next(plain));
  EXPECT_FALSE(*codec.Next(plain));
  EXPECT_EQ(plain, "onetwo");
  EXPECT_FALSE(codec.empty());
}

INSTANTIATE_TEST_SUITE_P(Both, FrameCodecTest,
                         testing::Values(CompressionKind::kZlib, CompressionKind::kZstd));

TEST(FrameCodec, ABombEndsTheConnection) {
  // 16 MB of one letter are about 1.5 KB of zstd: the free bytes run out, then the ratio is over.
  FrameCodec sender(CompressionKind::kZstd, 3);
  std::string bomb;
  sender.AppendFrames(bomb, std::string(kFramePlainBytes, 'x'));
  FrameCodec codec(CompressionKind::kZstd, 3);
  std::size_t frames = 0;
  std::string reason;
  for (; frames < 10'000 && reason.empty(); ++frames) {
    codec.Feed(bomb);
    std::string plain;
    const auto next = codec.Next(plain);
    if (!next) reason = next.error().reason();
  }
  EXPECT_EQ(reason, "CompressedTooWell");
  EXPECT_GE(frames, kUnpackedBytesFree / kFramePlainBytes);
}

}  // namespace
}  // namespace firn::mysql
