#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/iceberg_rest/messages.h"

/// What every server of the catalog reads the same way: conditional loads, pages, and the
/// properties that it keeps as text.

namespace firn::iceberg_rest {

/// Whether an If-None-Match header names the etag (with its quotes): a list, weak ones too, or `*`.
bool EtagMatches(std::string_view header, std::string_view etag);

/// `snapshots=refs`: only the snapshots that a branch or a tag names.
bool WantsReferencedSnapshots(std::string_view snapshots);

/// Where a list goes on, and how far.
struct PageAsk {
  std::string after;  ///< What MakePageToken was given.
  std::size_t count = 0;
};
/// `pageToken` and `pageSize` as they came; without a size, and for greater ones, `count_max`.
/// Errors: kInvalidArgument/BadRequest.
Result<PageAsk> ParsePageAsk(std::optional<std::string_view> token,
                             std::optional<std::string_view> size, std::size_t count_max);
std::string MakePageToken(std::string_view last);

/// Properties as one JSON object of strings, and back; what is no string is left out.
/// Errors: those of the JSON reader.
std::string PrintProperties(const Properties& properties);
Result<Properties> ParseProperties(std::string_view text);

}  // namespace firn::iceberg_rest
