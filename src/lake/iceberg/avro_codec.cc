#include <fmt/format.h>
#include <libdeflate.h>
#include <snappy.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "base/digest.h"
#include "lake/iceberg/avro_codec_internal.h"
#include "lake/iceberg/limits.h"

namespace firn::iceberg {
namespace {

constexpr std::size_t kStepBytes = 128 * 1024;
constexpr std::size_t kFirstStepBytesMin = 1024;
constexpr int kDeflateLevel = 6;

Unexpected Broken(std::string_view codec) {
  return DataCorruption("InvalidAvro", fmt::format("an Avro block is no {} stream", codec));
}

Unexpected TooLarge() {
  return ResourceExhausted(
      "ManifestTooLarge",
      fmt::format("an Avro block is over the limit of {} bytes", kAvroBlockBytesMax));
}

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
};
struct FreeCompressor {
  void operator()(libdeflate_compressor* one) const { libdeflate_free_compressor(one); }
};

Result<std::string> Inflate(std::string_view bytes) {
  const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> inflater(
      libdeflate_alloc_decompressor());
  if (inflater == nullptr) return Broken("deflate");
  std::string out;
  // Metrics pack to a fifth or so. Where that is too little room the block is begun anew with four
  // times as much, so that memory follows what was really there.
  std::size_t room = std::min(kAvroBlockBytesMax, kFirstStepBytesMin + 8 * bytes.size());
  while (true) {
    out.resize(room);
    std::size_t taken_bytes = 0;
    std::size_t made_bytes = 0;
    switch (libdeflate_deflate_decompress_ex(inflater.get(), bytes.data(), bytes.size(), out.data(),
                                             out.size(), &taken_bytes, &made_bytes)) {
      case LIBDEFLATE_SUCCESS: out.resize(made_bytes); return out;
      case LIBDEFLATE_INSUFFICIENT_SPACE: break;
      default: return Broken("deflate");
    }
    if (room >= kAvroBlockBytesMax) return TooLarge();
    room = std::min(kAvroBlockBytesMax, 4 * room);
    out.clear();
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
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> deflater(
      libdeflate_alloc_compressor(kDeflateLevel));
  FIRN_CHECK(deflater != nullptr);
  std::string out(libdeflate_deflate_compress_bound(deflater.get(), bytes.size()), '\0');
  const std::size_t size = libdeflate_deflate_compress(deflater.get(), bytes.data(), bytes.size(),
                                                       out.data(), out.size());
  FIRN_CHECK(size > 0);
  out.resize(size);
  return out;
}

}  // namespace firn::iceberg
