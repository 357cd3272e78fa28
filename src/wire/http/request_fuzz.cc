#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/http/message.h"
#include "wire/http/request_parser_internal.h"

/// A request as a stream: its head, then its body in whatever framing the head says; the pieces' size is the first byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn::http;
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 61 + 1U;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  (void)ParseUrl(bytes);
  (void)ParseQuery(bytes);
  std::size_t scanned = 0;
  const auto end = FindHeadEnd(bytes, scanned);
  if (!end || !*end) return 0;
  const auto parsed = ParseHead(bytes.substr(0, **end));
  if (!parsed) {
    if (RefusalStatus(parsed.error()) < 400) std::abort();
    return 0;
  }
  if (parsed->head.target.find_first_of(" \r\n") != std::string::npos) std::abort();
  BodyDecoder decoder(parsed->framing, parsed->length_bytes);
  std::string_view rest = bytes.substr(**end);
  std::string out;
  while (!decoder.done() && !rest.empty()) {
    const auto used = decoder.Decode(rest.substr(0, piece), piece, out);
    if (!used) return 0;
    rest.remove_prefix(*used);
  }
  if (out.size() > bytes.size()) std::abort();
  return 0;
}
