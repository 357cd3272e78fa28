#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pugixml.hpp>

#include "base/result.h"
#include "wire/aws/limits.h"

/// XML in and out: pugixml reads (no DTDs, no outside entities), a small writer escapes.

namespace firn::aws {

/// Appends elements; escapes text. The caller pairs Open and Close. Thread-compatible.
class XmlWriter {
 public:
  XmlWriter& Declaration();
  XmlWriter& Open(std::string_view name);
  XmlWriter& Open(std::string_view name, std::string_view attribute, std::string_view value);
  XmlWriter& Close(std::string_view name);
  /// `<name>text</name>`.
  XmlWriter& Text(std::string_view name, std::string_view text);
  /// What is XML already.
  XmlWriter& Raw(std::string_view xml);
  std::string Take() { return std::move(xml_); }

 private:
  std::string xml_;
};

/// `& < > " '` and control characters as references.
std::string EscapeXml(std::string_view text);

/// Parses a whole document of at most `bytes_max` and kXmlDepthMax.
/// Errors: kInvalidArgument/MalformedXML; kResourceExhausted/XmlTooLarge.
Status ParseXml(std::string_view text, pugi::xml_document& document,
                std::size_t bytes_max = kXmlBytesMax);

/// The element's name without its namespace prefix.
std::string_view LocalName(const pugi::xml_node& node);
/// The first child element of that local name; a null node when there is none.
pugi::xml_node FindChild(const pugi::xml_node& node, std::string_view name);
/// Its text; nullopt when there is no such child.
std::optional<std::string> FindChildText(const pugi::xml_node& node, std::string_view name);

}  // namespace firn::aws
