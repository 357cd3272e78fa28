#include "wire/mysql/compression.h"
#include "wire/mysql/limits.h"
#include "wire/mysql/packet.h"

/// Compressed frames as they come from a client, and the packets inside them.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace firn::mysql;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const CompressionKind kind : {CompressionKind::kZlib, CompressionKind::kZstd}) {
    FrameCodec codec(kind, 3);
    MessageAssembler assembler(kMessageBytesMax);
    assembler.TakeAnySequence();
    codec.Feed(bytes);
    for (;;) {
      std::string plain;
      const auto more = codec.Next(plain);
      if (!more || !*more) break;
      assembler.Feed(plain);
      while (true) {
        const auto message = assembler.Next();
        if (!message || !*message) break;
      }
    }
  }
  return 0;
}
