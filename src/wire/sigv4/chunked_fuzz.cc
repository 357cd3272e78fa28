#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/sigv4/chunked_reader.h"

/// An aws-chunked body in the form the first byte picks: what is accepted has the declared length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  if (size < 2) return 0;
  const sigv4::PayloadForm form = data[0] % 3 == 0   ? sigv4::PayloadForm::kSignedChunks
                                  : data[0] % 3 == 1 ? sigv4::PayloadForm::kSignedChunksTrailer
                                                     : sigv4::PayloadForm::kUnsignedChunksTrailer;
  const std::uint64_t length = data[1];
  const http::RequestHead head{
      "PUT", "/", {{"x-amz-decoded-content-length", std::to_string(length)}, {"x-amz-trailer", "x-amz-checksum-crc32"}}, "", false};
  http::TextBodyReader source(std::string_view(reinterpret_cast<const char*>(data) + 2, size - 2), data[0] % 17 + 1U);
  auto reader = sigv4::ChunkedReader::Make(source, form, {}, head, Secret("k"));
  if (!reader) return 0;
  const auto text = (*reader)->ReadAll(1UL << 20);
  if (text && (text->size() != length || !(*reader)->trailers().Has("x-amz-checksum-crc32"))) std::abort();
  return 0;
}
