#include "lake/objects/object_store.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "lake/objects/limits.h"

namespace firn::objects {
namespace {

Unexpected BadUrl(std::string_view url, std::string_view why) {
  return InvalidArgument("InvalidObjectUrl",
                         fmt::format("not an object's URL ({}): '{}'", why, url.substr(0, 256)));
}

bool IsBucketByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

}  // namespace

Result<ObjectUrl> ParseObjectUrl(std::string_view url) {
  const std::size_t colon = url.find("://");
  const std::string scheme =
      colon == std::string_view::npos ? "" : ToLowerAscii(url.substr(0, colon));
  if (scheme != "s3" && scheme != "s3a" && scheme != "s3n") {
    return BadUrl(url, "it must begin with s3://, s3a:// or s3n://");
  }
  const std::string_view rest = url.substr(colon + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view bucket = rest.substr(0, slash);
  const std::string_view key = slash < rest.size() ? rest.substr(slash + 1) : "";
  if (bucket.empty() || bucket.size() > kBucketBytesMax) {
    return BadUrl(url, "the bucket's name must have 1 to 63 bytes");
  }
  for (const char c : bucket) {
    if (!IsBucketByte(c)) return BadUrl(url, "the bucket's name has a byte that no bucket has");
  }
  if (key.size() > kKeyBytesMax) return BadUrl(url, "the key is over 1024 bytes");
  if (key.find('\0') != std::string_view::npos) return BadUrl(bucket, "the key has a NUL byte");
  return ObjectUrl{std::string(bucket), std::string(key)};
}

Status ObjectStore::ReadObjects(const Context& context, std::span<const WholeRead> reads, std::size_t,
                                const TakeObject& take) {
  for (std::size_t i = 0; i < reads.size(); ++i) {
    FIRN_TRY(context.Check());
    FIRN_ASSIGN_OR_RETURN_NOTE(std::string bytes, ReadAll(context, reads[i].url, reads[i].bytes_max),
                               fmt::format("reading {}", reads[i].url));
    FIRN_TRY(take(i, std::move(bytes)));
  }
  return Ok();
}

}  // namespace firn::objects
