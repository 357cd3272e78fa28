#include "cloud/s3/bucket_settings.h"

#include <algorithm>
#include <array>

#include "cloud/policy/document.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/arn.h"
#include "wire/aws/xml.h"

namespace firn::s3 {
namespace {

constexpr std::string_view kAes256 =
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>";
constexpr std::string_view kAllBlocked =
    "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
    "<BlockPublicPolicy>true</BlockPublicPolicy>"
    "<RestrictPublicBuckets>true</RestrictPublicBuckets>";

constexpr auto kSettings = std::to_array<BucketSetting>({
    {"policy", "BucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy",
     "", "NoSuchBucketPolicy", "The bucket policy does not exist", ""},
    {"tagging", "BucketTagging", "s3:GetBucketTagging", "s3:PutBucketTagging",
     "s3:PutBucketTagging", "Tagging", "NoSuchTagSet", "The TagSet does not exist", ""},
    {"publicAccessBlock", "PublicAccessBlock", "s3:GetBucketPublicAccessBlock",
     "s3:PutBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock",
     "PublicAccessBlockConfiguration", "", "", kAllBlocked},
    {"ownershipControls", "BucketOwnershipControls", "s3:GetBucketOwnershipControls",
     "s3:PutBucketOwnershipControls", "s3:PutBucketOwnershipControls", "OwnershipControls", "", "",
     "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"},
    {"encryption", "BucketEncryption", "s3:GetEncryptionConfiguration",
     "s3:PutEncryptionConfiguration", "s3:PutEncryptionConfiguration",
     "ServerSideEncryptionConfiguration", "", "", kAes256},
    {"cors", "BucketCors", "s3:GetBucketCORS", "", "", "", "NoSuchCORSConfiguration",
     "The CORS configuration does not exist", ""},
    {"lifecycle", "BucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", "", "", "",
     "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", ""},
    {"website", "BucketWebsite", "s3:GetBucketWebsite", "", "", "", "NoSuchWebsiteConfiguration",
     "The specified bucket does not have a website configuration", ""},
    {"replication", "BucketReplication", "s3:GetReplicationConfiguration", "", "", "",
     "ReplicationConfigurationNotFoundError", "The replication configuration was not found", ""},
    {"object-lock", "ObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", "", "", "",
     "ObjectLockConfigurationNotFoundError",
     "Object Lock configuration does not exist for this bucket", ""},
    {"logging", "BucketLogging", "s3:GetBucketLogging", "", "", "BucketLoggingStatus", "", "", ""},
    {"accelerate", "BucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", "", "",
     "AccelerateConfiguration", "", "", ""},
    {"requestPayment", "BucketRequestPayment", "s3:GetBucketRequestPayment", "", "",
     "RequestPaymentConfiguration", "", "", "<Payer>BucketOwner</Payer>"},
    {"notification", "BucketNotificationConfiguration", "s3:GetBucketNotification", "", "",
     "NotificationConfiguration", "", "", ""},
});

Unexpected MalformedPolicy(const std::string& why) {
  return InvalidArgument("MalformedPolicy", why);
}

/// A bucket's policy speaks of that bucket and of nothing else.
Status CheckPolicy(std::string_view bucket, std::string_view document) {
  if (document.size() > kBucketPolicyBytesMax) {
    return MalformedPolicy("Policies must be at most 20 KiB");
  }
  const auto parsed = policy::ParsePolicy(document, policy::PolicyUse::kResource);
  if (!parsed) return MalformedPolicy(parsed.error().message());
  const std::string bucket_arn = aws::S3Arn(bucket);
  for (const policy::Statement& statement : parsed->statements) {
    for (const std::string& resource : statement.resources) {
      if (resource != bucket_arn && !resource.starts_with(bucket_arn + "/")) {
        return MalformedPolicy("Policy has invalid resource: " + resource);
      }
    }
    for (const std::string& action : statement.actions) {
      if (action != "*" && !action.starts_with("s3:")) {
        return MalformedPolicy("Policy has invalid action: " + action);
      }
    }
  }
  return Ok();
}

}  // namespace

std::span<const BucketSetting> BucketSettings() { return kSettings; }

const BucketSetting* FindBucketSetting(std::string_view subresource) {
  const auto found =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const BucketSetting& setting) {
        return setting.subresource == subresource;
      });
  return found == kSettings.end() ? nullptr : &*found;
}

Status CheckBucketSetting(const BucketSetting& setting, std::string_view bucket,
                          std::string_view document) {
  if (setting.root_element.empty()) return CheckPolicy(bucket, document);
  pugi::xml_document parsed;
  FIRN_TRY(aws::ParseXml(document, parsed));
  if (aws::LocalName(parsed.document_element()) != setting.root_element) {
    return InvalidArgument("MalformedXML", "The document's root element must be " +
                                               std::string(setting.root_element));
  }
  if (setting.subresource == "tagging") {
    FIRN_TRY(ParseTaggingDocument(document, kBucketTagsMax));
  }
  return Ok();
}

}  // namespace firn::s3
