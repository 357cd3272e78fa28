#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/service.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/xml.h"

/// Documents kept with buckets, tags of objects, and the one ACL there is.

namespace firn::s3 {
namespace {

http::Response NoContent() { return http::Response{.status = 204, .headers = {}, .body = {}}; }

}  // namespace

Result<http::Response> Service::BucketSettingOf(const Request& request,
                                                std::string_view document) {
  const BucketSetting& setting = *request.setting;
  if (request.operation == Operation::kPutBucketSetting) {
    FIRN_TRY(CheckBucketSetting(setting, request.bucket, document));
    FIRN_TRY(vault_.PutSetting(request.bucket, setting.subresource, document));
    return setting.subresource == "policy" ? NoContent() : http::Response{};
  }
  if (request.operation == Operation::kDeleteBucketSetting) {
    FIRN_TRY(vault_.DeleteSetting(request.bucket, setting.subresource));
    return NoContent();
  }
  FIRN_ASSIGN_OR_RETURN(const auto stored,
                        vault_.FindSetting(request.bucket, setting.subresource));
  if (stored && setting.root_element.empty()) {
    return http::Response{
        .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = *stored};
  }
  if (stored) return XmlResponse(*stored);
  if (!setting.absent_code.empty()) {
    return NotFound(std::string(setting.absent_code), std::string(setting.absent_message));
  }
  aws::XmlWriter xml;
  xml.Declaration().Open(setting.root_element, "xmlns", kS3Namespace);
  return XmlResponse(xml.Raw(setting.default_content).Close(setting.root_element).Take());
}

Result<http::Response> Service::Acl(const Request& request, const http::RequestHead& head) {
  if (!request.key.empty()) FIRN_TRY(vault_.Find(request.bucket, request.key));
  if (request.operation == Operation::kPutAcl) {
    const auto canned = head.headers.Find("x-amz-acl");
    if (canned && IsHarmlessAcl(*canned)) return http::Response{};
    return InvalidArgument("AccessControlListNotSupported", "The bucket does not allow ACLs");
  }
  aws::XmlWriter xml;
  xml.Declaration().Open("AccessControlPolicy", "xmlns", kS3Namespace);
  xml.Open("Owner").Text("ID", options_.account_id).Close("Owner");
  xml.Open("AccessControlList").Open("Grant");
  xml.Raw("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
          "xsi:type=\"CanonicalUser\">");
  xml.Text("ID", options_.account_id).Close("Grantee").Text("Permission", "FULL_CONTROL");
  xml.Close("Grant").Close("AccessControlList");
  return XmlResponse(xml.Close("AccessControlPolicy").Take());
}

Result<http::Response> Service::ObjectTagging(const Request& request, std::string_view document) {
  if (request.operation == Operation::kGetObjectTagging) {
    FIRN_ASSIGN_OR_RETURN(const auto object, vault_.Find(request.bucket, request.key));
    aws::XmlWriter xml;
    xml.Declaration();
    WriteTagging(object.tags, xml);
    return XmlResponse(xml.Take());
  }
  if (request.operation == Operation::kDeleteObjectTagging) {
    FIRN_TRY(vault_.SetTags(request.bucket, request.key, ""));
    return NoContent();
  }
  FIRN_ASSIGN_OR_RETURN(const std::string tags, ParseTaggingDocument(document, kObjectTagsMax));
  FIRN_TRY(vault_.SetTags(request.bucket, request.key, tags));
  return http::Response{};
}

}  // namespace firn::s3
