#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cloud/s3/answer_internal.h"
#include "cloud/s3/condition_keys_internal.h"
#include "cloud/s3/request.h"

/// First byte picks the method, the rest is the target; then the rest as a Range and as checksum headers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr std::string_view kMethods[] = {"GET", "PUT", "POST", "DELETE", "HEAD"};
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  firn::http::RequestHead head;
  head.method = kMethods[data[0] % 5];
  head.target = "/" + std::string(rest);
  head.headers.Set("Host", rest.substr(0, 64));
  head.headers.Set("x-amz-copy-source", rest);
  head.headers.Set("x-amz-tagging", rest);
  if (const auto request = firn::s3::ParseRequest(head)) {
    firn::policy::AccessNeed need{.action = "s3:PutObject", .resource = "*"};
    firn::s3::SetRequestKeys(*request, rest, need);
  }
  (void)firn::s3::ParseRange(rest, 1000).has_value();
  firn::http::Headers headers;
  headers.Set("x-amz-checksum-crc32", rest);
  headers.Set("x-amz-trailer", rest);
  (void)firn::s3::ParseChecksumClaim(headers).has_value();
  return 0;
}
