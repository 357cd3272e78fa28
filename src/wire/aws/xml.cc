#include "wire/aws/xml.h"

namespace firn::aws {
namespace {

/// False when some element lies deeper than kXmlDepthMax. Walks without recursion.
bool IsShallow(const pugi::xml_document& document) {
  pugi::xml_node node = document.first_child();
  std::size_t depth = 1;
  while (node) {
    if (depth > kXmlDepthMax) return false;
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
      --depth;
      if (depth == 0) return true;
    }
    node = node.next_sibling();
  }
  return true;
}

}  // namespace

XmlWriter& XmlWriter::Declaration() {
  xml_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  return *this;
}

XmlWriter& XmlWriter::Open(std::string_view name) {
  xml_.append("<").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::Open(std::string_view name, std::string_view attribute,
                           std::string_view value) {
  xml_.append("<").append(name).append(" ").append(attribute).append("=\"");
  xml_.append(EscapeXml(value)).append("\">");
  return *this;
}

XmlWriter& XmlWriter::Close(std::string_view name) {
  xml_.append("</").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::Text(std::string_view name, std::string_view text) {
  return Open(name).Raw(EscapeXml(text)).Close(name);
}

XmlWriter& XmlWriter::Raw(std::string_view xml) {
  xml_.append(xml);
  return *this;
}

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default:
        if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
          escaped += "&#" + std::to_string(byte) + ";";
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

Status ParseXml(std::string_view text, pugi::xml_document& document, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return ResourceExhausted("XmlTooLarge", "the XML document has " + std::to_string(text.size()) +
                                                " bytes, over the limit of " +
                                                std::to_string(bytes_max));
  }
  const pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed || !document.document_element()) {
    return InvalidArgument("MalformedXML", std::string("the XML document is not well formed: ") +
                                               parsed.description() + " at byte " +
                                               std::to_string(parsed.offset));
  }
  if (!IsShallow(document)) {
    return InvalidArgument("MalformedXML", "the XML document is nested deeper than " +
                                               std::to_string(kXmlDepthMax));
  }
  return Ok();
}

std::string_view LocalName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node FindChild(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node.children()) {
    if (LocalName(child) == name) return child;
  }
  return {};
}

std::optional<std::string> FindChildText(const pugi::xml_node& node, std::string_view name) {
  const pugi::xml_node child = FindChild(node, name);
  if (!child) return std::nullopt;
  return std::string(child.text().get());
}

}  // namespace firn::aws
