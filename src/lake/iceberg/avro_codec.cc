#include <fmt/format.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "base/digest.h"
#include "lake/iceberg/avro_codec_internal.h"
#include "lake/iceberg/limits.h"

namespace firn::iceberg {
namespace {

constexpr std::size_t kStepBytes = 128 * 1024;
constexpr std::size_t kFirstStepBytesMin = 1024;

Unexpected Broken(std::string_view codec) {
  return DataCorruption("InvalidAvro", fmt::format("an Avro block is no {} stream", codec));
}

Unexpected TooLarge() {
  return ResourceExhausted(
      "ManifestTooLarge",
      fmt::format("an Avro block is over the limit of {} bytes", kAvroBlockBytesMax));
}

struct InflateStream {
  z_stream stream{};
  bool open = false;
  ~InflateStream() {
    if (open) inflateEnd(&stream);
  }
};

Result<std::string> Inflate(std::string_view bytes) {
  InflateStream inflating;
  z_stream& stream = inflating.stream;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Broken("deflate");
  inflating.open = true;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  while (true) {
    const std::size_t before = out.size();
    if (before >= kAvroBlockBytesMax) return TooLarge();
    // Grows by half, so that memory follows what was really there; metrics pack to a fifth or so.
    const std::size_t first = std::min(kStepBytes, kFirstStepBytesMin + 8 * bytes.size());
    const std::size_t step = before == 0 ? first : std::max(kStepBytes, before / 2);
    out.resize(before + step);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(step);
    const int answer = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + step - stream.avail_out);
    if (answer == Z_STREAM_END) return out;
    if (answer != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) return Broken("deflate");
  }
}

Result<std::string> Unsnappy(std::string_view bytes) {
  // Avro puts the big-endian CRC-32 of the uncompressed bytes behind the block.
  if (bytes.size() < 4) return Broken("snappy");
  const std::string_view packed = bytes.substr(0, bytes.size() - 4);
  std::size_t length = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &length))
    return Broken("snappy");
  if (length > kAvroBlockBytesMax) return TooLarge();
  // Snappy expands at most about 64 bytes a tag of three; a claim beyond that is false.
  if (length / 64 > packed.size()) return Broken("snappy");
  std::string out;
  if (!snappy::Uncompress(packed.data(), packed.size(), &out)) return Broken("snappy");
  if (Digest(DigestKind::kCrc32, out) != bytes.substr(bytes.size() - 4)) return Broken("snappy");
  return out;
}

struct ZstdStream {
  ZSTD_DStream* stream = ZSTD_createDStream();
  ~ZstdStream() { ZSTD_freeDStream(stream); }
};

Result<std::string> Unzstd(std::string_view bytes) {
  ZstdStream decoding;
  if (decoding.stream == nullptr || ZSTD_isError(ZSTD_initDStream(decoding.stream)) != 0) {
    return Broken("zstandard");
  }
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string out;
  while (true) {
    const std::size_t before = out.size();
    if (before >= kAvroBlockBytesMax) return TooLarge();
    const std::size_t step = std::max(kStepBytes, before / 2);
    out.resize(before + step);
    ZSTD_outBuffer to{out.data() + before, step, 0};
    const std::size_t left = ZSTD_decompressStream(decoding.stream, &to, &in);
    out.resize(before + to.pos);
    if (ZSTD_isError(left) != 0) return Broken("zstandard");
    if (left == 0 && in.pos == in.size) return out;
    if (in.pos == in.size && to.pos < to.size) return Broken("zstandard");
  }
}

}  // namespace

Result<std::string> DecompressAvroBlock(std::string_view codec, std::string_view bytes) {
  if (codec == "null") return std::string(bytes);
  if (codec == "deflate") return Inflate(bytes);
  if (codec == "snappy") return Unsnappy(bytes);
  if (codec == "zstandard") return Unzstd(bytes);
  return Unsupported("AvroCodec",
                     fmt::format("Avro codec '{}' is not supported (null, deflate, snappy and "
                                 "zstandard are); rewrite the manifests with one of them",
                                 codec));
}

std::string DeflateAvroBlock(std::string_view bytes) {
  z_stream stream{};
  FIRN_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                          Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  FIRN_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace firn::iceberg
