#include "wire/mysql/command.h"
#include "wire/mysql/response.h"

/// Commands of a client that is logged in, and answers of a server.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  using namespace firn::mysql;
  if (const auto command = DecodeCommand(bytes)) {
    static_cast<void>(DecodeFieldList(command->body).has_value());
    static_cast<void>(DecodeLongData(command->body).has_value());
    static_cast<void>(DecodeId(command->body).has_value());
    static_cast<void>(DecodeSetOption(command->body).has_value());
  }
  static_cast<void>(DecodeOk(bytes).has_value());
  static_cast<void>(DecodeErr(bytes).has_value());
  static_cast<void>(DecodeEof(bytes).has_value());
  static_cast<void>(DecodeColumnDefinition(bytes).has_value());
  static_cast<void>(DecodePrepareOk(bytes).has_value());
  return 0;
}
