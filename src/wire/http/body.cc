#include "wire/http/body.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "wire/http/limits.h"

namespace firn::http {

Result<std::string> BodyReader::ReadAll(std::size_t bytes_max) {
  std::string text;
  for (;;) {
    const std::size_t used = text.size();
    // One byte over the limit tells "too large" from "just right".
    const std::size_t room = std::min(kSocketReadBytes, bytes_max - used + 1);
    text.resize(used + room);
    FIRN_ASSIGN_OR_RETURN(const std::size_t count, Read(std::span(text.data() + used, room)));
    text.resize(used + count);
    if (count == 0) return text;
    if (text.size() > bytes_max) {
      return ResourceExhausted("BodyTooLarge",
                               fmt::format("the body is larger than {} bytes", bytes_max));
    }
  }
}

Result<std::size_t> TextBodyReader::Read(std::span<char> buffer) {
  const std::size_t count = std::min({rest_.size(), buffer.size(), piece_bytes_max_});
  std::memcpy(buffer.data(), rest_.data(), count);
  rest_.remove_prefix(count);
  return count;
}

}  // namespace firn::http
