#include "cloud/s3tables/names.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/s3tables/limits.h"

namespace firn::s3tables {
namespace {

constexpr std::array<std::string_view, 4> kReservedPrefixes = {"xn--", "sthree-",
                                                               "amzn-s3-demo-", "aws"};
constexpr std::array<std::string_view, 4> kReservedSuffixes = {"-s3alias", "--ol-s3", "--x-s3",
                                                               "--table-s3"};

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsWord(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsLetterOrDigit(c) || c == '_'; });
}

}  // namespace

Status CheckTableBucketName(std::string_view name) {
  bool valid = name.size() >= 3 && name.size() <= 63 && IsLetterOrDigit(name.front()) &&
               IsLetterOrDigit(name.back()) &&
               std::all_of(name.begin(), name.end(),
                           [](char c) { return IsLetterOrDigit(c) || c == '-'; });
  for (const std::string_view prefix : kReservedPrefixes) valid &= !name.starts_with(prefix);
  for (const std::string_view suffix : kReservedSuffixes) valid &= !name.ends_with(suffix);
  if (!valid) return InvalidArgument("InvalidBucketName", "The specified bucket name is not valid.");
  return Ok();
}

Status CheckNamespaceName(std::string_view name) {
  if (!IsWord(name) || !IsLetterOrDigit(name.front()) || !IsLetterOrDigit(name.back()) ||
      name.starts_with("aws")) {
    return InvalidArgument("InvalidNamespaceName",
                           "The specified namespace name isn't valid. Specify a different "
                           "namespace name, and then try again.");
  }
  return Ok();
}

Status CheckTableName(std::string_view name) {
  if (!IsWord(name) || !IsLetterOrDigit(name.front())) {
    return InvalidArgument("InvalidTableName",
                           "1 validation error detected: Value '" + std::string(name.substr(0, 300)) +
                               "' at 'name' failed to satisfy constraint: Member must satisfy "
                               "regular expression pattern: [0-9a-z_]*");
  }
  return Ok();
}

Status CheckColumnNames(const iceberg::Schema& schema) {
  for (const iceberg::NestedField& field : schema.fields) {
    if (ToLowerAscii(field.name) != field.name) {
      return InvalidArgument("InvalidColumnName",
                             "Unsupported Federation Resource - Invalid table or column names. "
                             "Column names must be all lower case: \"" +
                                 field.name.substr(0, 128) + "\"");
    }
  }
  return Ok();
}

}  // namespace firn::s3tables
