#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/aws/form.h"

/// Pages of lists: continuationToken and max….

namespace firn::s3tables {

struct PageRequest {
  std::string prefix;
  std::string token;  ///< Decoded: the last name of the page before.
  std::size_t count = 0;
};

/// Errors: kInvalidArgument/BadRequest, `The continuation token is not valid.` among them.
Result<PageRequest> ParsePage(const aws::Form& query, std::string_view count_name);
std::string MakePageToken(std::string_view last_name);

}  // namespace firn::s3tables
