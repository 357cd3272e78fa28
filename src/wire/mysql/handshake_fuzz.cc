#include "wire/mysql/handshake.h"
#include "wire/mysql/packet.h"

/// What a peer sends before it is trusted: packets and the messages of a login.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  using namespace firn::mysql;
  static_cast<void>(DecodeHandshakeResponse(bytes).has_value());
  static_cast<void>(DecodeServerGreeting(bytes).has_value());
  static_cast<void>(DecodeAuthSwitch(bytes).has_value());
  static_cast<void>(DecodeChangeUser(bytes, 0xFFFFFFFFU).has_value());
  static_cast<void>(DecodeChangeUser(bytes, 0).has_value());
  MessageAssembler assembler(1000);
  assembler.SetLimits(1000, 100'000);
  for (std::size_t at = 0; at < size; at += 7) {
    assembler.Feed(bytes.substr(at, 7));
    for (;;) {
      const auto message = assembler.Next();
      if (!message && !assembler.in_step()) return 0;
      if (message && !*message) break;
      assembler.ExpectSequence(0);
    }
  }
  return 0;
}
