#pragma once

#include <string>
#include <string_view>

/// The guide's own texts, placeholders filled in, and the scripts of its other readers.

namespace firn::app {

struct GuideNames {
  std::string region;
  std::string account_id;
  std::string bucket;
  std::string namespace_name;
};

/// The guide's IAM policy to the letter. It is not JSON: a comma is missing after `"Effect": "Allow"`, and the second
/// statement stands behind brackets that closed too early.
std::string PolicyAsPrinted(const GuideNames& names);

/// The same policy with its JSON mended, and nothing else.
std::string PolicyMended(const GuideNames& names);

/// The mended policy with what the guide's own `create database` needs: glue:CreateDatabase (and what dropping needs).
std::string PolicyAmended(const GuideNames& names);

/// Lets a user read every object of the bucket's tables with its own key, for clients that do not ask for vended ones.
std::string PolicyReadObjects(std::string_view bucket_arn);

/// Each prints the table's rows as one JSON array of arrays. They read FIRN_ENDPOINT, FIRN_WAREHOUSE, FIRN_REGION,
/// FIRN_TABLE, FIRN_KEY and FIRN_SECRET.
std::string_view PyIcebergScript();
std::string_view DuckDbScript();
/// Prints the metadata file's `format-version` and the number of objects read.
std::string_view Boto3Script();

}  // namespace firn::app
