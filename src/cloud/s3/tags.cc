#include <set>

#include "base/encoding.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/form.h"

namespace firn::s3 {
namespace {

/// Collects tags, each checked as it comes.
class TagSet {
 public:
  explicit TagSet(std::size_t count_max) : count_max_(count_max) {}

  Status Add(const std::string& key, const std::string& value) {
    if (key.empty() || key.size() > kTagKeyBytesMax || !IsValidUtf8(key)) {
      return InvalidArgument("InvalidTag", "The TagKey you have provided is invalid");
    }
    if (value.size() > kTagValueBytesMax || !IsValidUtf8(value)) {
      return InvalidArgument("InvalidTag", "The TagValue you have provided is invalid");
    }
    if (key.starts_with("aws:")) {
      return InvalidArgument("InvalidTag", "System tags cannot be added/updated by requester");
    }
    if (!keys_.insert(key).second) {
      return InvalidArgument("InvalidTag", "Cannot provide multiple Tags with the same key");
    }
    if (keys_.size() > count_max_) {
      return InvalidArgument("BadRequest", "Object tags cannot be greater than " +
                                               std::to_string(count_max_));
    }
    text_ += (text_.empty() ? "" : "&") + PercentEncode(key) + "=" + PercentEncode(value);
    return Ok();
  }
  std::string Take() { return std::move(text_); }

 private:
  const std::size_t count_max_;
  std::set<std::string> keys_;
  std::string text_;
};

}  // namespace

Result<std::string> ParseTaggingHeader(std::string_view header) {
  const auto form = aws::ParseForm(header);
  if (!form) {
    return InvalidArgument("InvalidArgument",
                           "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded "
                           "URL query parameters without tag name duplicates.");
  }
  TagSet tags(kObjectTagsMax);
  for (const auto& [key, value] : form->all()) FIRN_TRY(tags.Add(key, value));
  return tags.Take();
}

Result<std::string> ParseTaggingDocument(std::string_view document, std::size_t count_max) {
  pugi::xml_document parsed;
  FIRN_TRY(aws::ParseXml(document, parsed));
  const pugi::xml_node set = aws::FindChild(parsed.document_element(), "TagSet");
  if (aws::LocalName(parsed.document_element()) != "Tagging" || !set) {
    return InvalidArgument("MalformedXML",
                           "The XML you provided was not well-formed or did not validate against "
                           "our published schema");
  }
  TagSet tags(count_max);
  for (const pugi::xml_node& node : set.children()) {
    if (aws::LocalName(node) != "Tag") continue;
    FIRN_TRY(tags.Add(aws::FindChildText(node, "Key").value_or(""),
                      aws::FindChildText(node, "Value").value_or("")));
  }
  return tags.Take();
}

std::size_t CountTags(std::string_view tags) {
  return tags.empty() ? 0 : Split(tags, '&').size();
}

void WriteTagging(std::string_view tags, aws::XmlWriter& xml) {
  xml.Open("Tagging", "xmlns", kS3Namespace).Open("TagSet");
  const auto form = aws::ParseForm(tags);
  FIRN_CHECK(form.has_value());
  for (const auto& [key, value] : form->all()) {
    xml.Open("Tag").Text("Key", key).Text("Value", value).Close("Tag");
  }
  xml.Close("TagSet").Close("Tagging");
}

}  // namespace firn::s3
