#include <charconv>

#include "base/encoding.h"
#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/page_internal.h"

namespace firn::s3tables {
namespace {

constexpr char kTokenMark = '>';

}  // namespace

Result<PageRequest> ParsePage(const aws::Form& query, std::string_view count_name) {
  PageRequest page{.prefix = query.Get("prefix"), .count = kPageEntriesMax};
  if (const auto token = query.Find("continuationToken"); token && !token->empty()) {
    const auto text = Base64Decode(*token);
    if (!text || text->empty() || text->front() != kTokenMark || !IsValidUtf8(*text)) {
      return InvalidArgument("BadRequest", "The continuation token is not valid.");
    }
    page.token = text->substr(1);
  }
  if (const auto count = query.Find(count_name); count && !count->empty()) {
    const auto [end, error] =
        std::from_chars(count->data(), count->data() + count->size(), page.count);
    if (error != std::errc() || end != count->data() + count->size() || page.count == 0 ||
        page.count > kPageEntriesMax) {
      return InvalidArgument("BadRequest", "1 validation error detected: Value at '" +
                                               std::string(count_name) +
                                               "' failed to satisfy constraint: Member must be "
                                               "between 1 and 1000");
    }
  }
  return page;
}

std::string MakePageToken(std::string_view last_name) {
  return Base64Encode(AsBytes(kTokenMark + std::string(last_name)));
}

}  // namespace firn::s3tables
