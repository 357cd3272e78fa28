#include "wire/mysql/compression.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "wire/mysql/bytes.h"
#include "wire/mysql/limits.h"

namespace firn::mysql {
namespace {

constexpr std::size_t kFrameHeaderBytes = 7;
// Shorter ones are not worth it (MySQL's MIN_COMPRESS_LENGTH).
constexpr std::size_t kCompressedBytesMin = 50;

// Empty when it did not get shorter.
std::string Pack(CompressionKind kind, int zstd_level, std::string_view plain) {
  std::string packed(plain.size(), '\0');
  if (kind == CompressionKind::kZstd) {
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), zstd_level);
    packed.resize(ZSTD_isError(size) != 0 ? 0 : size);
  } else {
    uLongf size = packed.size();
    const int done =
        compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                  reinterpret_cast<const Bytef*>(plain.data()), plain.size(), Z_BEST_SPEED);
    packed.resize(done == Z_OK ? size : 0);
  }
  return packed.size() < plain.size() ? packed : std::string();
}

// False when `packed` is no such data, or holds another number of bytes.
bool UnpackInto(CompressionKind kind, std::string_view packed, char* plain,
                std::size_t plain_bytes) {
  if (kind == CompressionKind::kZstd) {
    return ZSTD_decompress(plain, plain_bytes, packed.data(), packed.size()) == plain_bytes;
  }
  uLongf size = plain_bytes;
  return uncompress(reinterpret_cast<Bytef*>(plain), &size,
                    reinterpret_cast<const Bytef*>(packed.data()), packed.size()) == Z_OK &&
         size == plain_bytes;
}

}  // namespace

FrameCodec::FrameCodec(CompressionKind kind, int zstd_level)
    : kind_(kind), zstd_level_(std::clamp(zstd_level, 1, kZstdLevelMax)) {}

Result<bool> FrameCodec::Next(std::string& plain) {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kFrameHeaderBytes) return Compact(), false;
  ByteReader header(rest);
  const std::size_t packed_bytes = *header.Int3();
  const std::uint8_t sequence = *header.Int1();
  const std::size_t plain_bytes = *header.Int3();
  if (rest.size() < kFrameHeaderBytes + packed_bytes) return Compact(), false;

  const std::string_view packed = rest.substr(kFrameHeaderBytes, packed_bytes);
  sent_bytes_ += kFrameHeaderBytes + packed_bytes;
  unpacked_bytes_ += plain_bytes == 0 ? packed_bytes : plain_bytes;
  if (unpacked_bytes_ > kUnpackedBytesFree + sent_bytes_ * kUnpackRatioMax) {
    return ResourceExhausted("CompressedTooWell",
                             fmt::format("{} compressed bytes unpack to {}; connect without "
                                         "compression",
                                         sent_bytes_, unpacked_bytes_));
  }
  if (plain_bytes == 0) {
    plain.append(packed);
  } else {
    FIRN_TRY(Unpack(packed, plain_bytes, plain));
  }
  sequence_ = static_cast<std::uint8_t>(sequence + 1);
  consumed_ += kFrameHeaderBytes + packed_bytes;
  if (empty()) Compact();
  return true;
}

void FrameCodec::Compact() {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  // What one large frame needed is not kept for the connection's life.
  if (buffer_.empty() && buffer_.capacity() > kAssemblerBytesKept) buffer_ = {};
}

Status FrameCodec::Unpack(std::string_view packed, std::size_t plain_bytes, std::string& plain) {
  const std::size_t start = plain.size();
  plain.resize(start + plain_bytes);
  if (UnpackInto(kind_, packed, plain.data() + start, plain_bytes)) return Ok();
  plain.resize(start);
  return InvalidArgument("MalformedPacket", "a compressed packet is not what its length says");
}

void FrameCodec::AppendFrames(std::string& out, std::string_view plain) {
  while (!plain.empty()) {
    AppendFrame(out, plain.substr(0, kFramePlainBytes));
    plain.remove_prefix(std::min(plain.size(), kFramePlainBytes));
  }
}

void FrameCodec::AppendFrame(std::string& out, std::string_view plain) {
  const std::string packed =
      plain.size() < kCompressedBytesMin ? std::string() : Pack(kind_, zstd_level_, plain);
  const std::string_view sent = packed.empty() ? plain : std::string_view(packed);
  AppendInt3(out, static_cast<std::uint32_t>(sent.size()));
  AppendInt1(out, sequence_++);
  AppendInt3(out, packed.empty() ? 0 : static_cast<std::uint32_t>(plain.size()));
  out.append(sent);
}

}  // namespace firn::mysql
