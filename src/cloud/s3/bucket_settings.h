#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

/// Documents that S3 keeps with a bucket: `?policy`, `?tagging` and their kin, one row each.

namespace firn::s3 {

/// One subresource. What cannot be stored answers GET as a bucket without it does on AWS, which is the truth here.
struct BucketSetting {
  std::string_view subresource;    ///< `policy`.
  std::string_view name;           ///< `BucketPolicy`, as in GetBucketPolicy.
  std::string_view get_action;     ///< `s3:GetBucketPolicy`.
  std::string_view put_action;     ///< Empty when it cannot be stored.
  std::string_view delete_action;  ///< Empty when it cannot be deleted.
  std::string_view root_element;   ///< Of the document; empty for the policy, which is JSON.
  std::string_view absent_code;    ///< What GET answers when there is none (404); empty: `default_content`.
  std::string_view absent_message;
  std::string_view default_content;  ///< Inside the root element.
};

std::span<const BucketSetting> BucketSettings();
/// Null when there is no such subresource.
const BucketSetting* FindBucketSetting(std::string_view subresource);

/// A document that a client wants stored with `bucket`. Errors: kInvalidArgument with MalformedPolicy, MalformedXML,
/// InvalidTag.
Status CheckBucketSetting(const BucketSetting& setting, std::string_view bucket,
                          std::string_view document);

}  // namespace firn::s3
