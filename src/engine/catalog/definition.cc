#include "engine/catalog/definition.h"

#include <algorithm>

#include "base/encoding.h"
#include "engine/catalog/limits.h"
#include "engine/catalog/property_table.h"

namespace firn::catalog {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Status CheckName(std::string_view name) {
  const bool is_fit =
      !name.empty() && name.size() <= kCatalogNameBytesMax && IsLetter(name.front()) &&
      std::ranges::all_of(name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '_'; });
  if (is_fit) return Ok();
  return InvalidArgument(
      "BadCatalogName",
      "Incorrect catalog name '" + std::string(name.substr(0, 80)) +
          "': it must begin with a letter and hold letters, digits and underscores only");
}

Status CheckValue(const RawProperty& property, const PropertyRule& rule) {
  const auto bad = [&](std::string_view wanted) {
    return InvalidArgument("BadPropertyValue",
                           "Property \"" + property.key + "\" must be " + std::string(wanted) +
                               (rule.secret ? "" : ", not \"" + property.value + "\""));
  };
  if (property.value.size() > kPropertyValueBytesMax) return bad("shorter");
  if (property.value.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
    return bad("one line");
  }
  switch (rule.kind) {
    case PropertyKind::kText: break;
    case PropertyKind::kBoolean:
      if (!EqualsIgnoreCaseAscii(property.value, "true") &&
          !EqualsIgnoreCaseAscii(property.value, "false")) {
        return bad("\"true\" or \"false\"");
      }
      break;
    case PropertyKind::kInteger:
      if (property.value.empty() || property.value.size() > 18 ||
          !std::ranges::all_of(property.value, IsDigit)) {
        return bad("a whole number");
      }
      break;
    case PropertyKind::kUrl:
      if (!property.value.starts_with("http://") && !property.value.starts_with("https://")) {
        return bad("a URL that begins with http:// or https://");
      }
      break;
  }
  return Ok();
}

Status CheckHandling(const RawProperty& property, const PropertyRule& rule) {
  const bool is_refused = rule.handling == PropertyHandling::kRefused ||
                          (rule.handling == PropertyHandling::kMustBeOff &&
                           EqualsIgnoreCaseAscii(property.value, "true"));
  if (!is_refused) return Ok();
  return Unsupported("UnsupportedProperty", "Property \"" + property.key +
                                                "\" is not supported: " + std::string(rule.note));
}

Unexpected UnknownProperty(const std::string& key) {
  const std::string nearest = NearestWord(key, KnownPropertyKeys());
  return InvalidArgument("UnknownProperty",
                         "Unknown catalog property \"" + key + "\"" +
                             (nearest.empty() ? "" : ". Did you mean \"" + nearest + "\"?"));
}

Unexpected MissingProperty(std::string_view key, std::string_view why) {
  return InvalidArgument("MissingProperty", "Missing required catalog property \"" +
                                                std::string(key) + "\": " + std::string(why));
}

/// The value of the first raw property with that key.
const std::string* FindRaw(std::span<const RawProperty> properties, std::string_view key) {
  for (const RawProperty& property : properties) {
    if (EqualsIgnoreCaseAscii(property.key, key)) return &property.value;
  }
  return nullptr;
}

Status CheckTypes(std::span<const RawProperty> properties) {
  const std::string* type = FindRaw(properties, "type");
  if (type == nullptr) return MissingProperty("type", "set \"type\" = \"iceberg\"");
  if (!EqualsIgnoreCaseAscii(*type, "iceberg")) {
    return Unsupported(
        "UnsupportedCatalogType",
        "Catalog type \"" + *type + "\" is not supported: Firn knows \"iceberg\" only");
  }
  const std::string* kind = FindRaw(properties, "iceberg.catalog.type");
  if (kind == nullptr) kind = FindRaw(properties, "starrocks.catalog-type");
  if (kind == nullptr) {
    return MissingProperty("iceberg.catalog.type", "set \"iceberg.catalog.type\" = \"rest\"");
  }
  if (!EqualsIgnoreCaseAscii(*kind, "rest")) {
    return Unsupported("UnsupportedCatalogType",
                       "Iceberg catalog type \"" + *kind +
                           "\" is not supported: Firn reaches Iceberg through REST catalogs only, "
                           "use \"iceberg.catalog.type\" = \"rest\"");
  }
  return Ok();
}

bool IsSecretHeader(std::string_view folded_key) {
  for (const std::string_view word :
       {"authorization", "token", "key", "secret", "cookie", "password"}) {
    if (folded_key.find(word) != std::string_view::npos) return true;
  }
  return false;
}

Status CheckHeader(const RawProperty& property, std::string_view folded_key) {
  constexpr std::string_view kStart = "iceberg.catalog.header.";
  if (!folded_key.starts_with(kStart)) return Ok();
  const std::string_view name = folded_key.substr(kStart.size());
  const bool is_token = std::ranges::all_of(
      name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '-' || c == '_'; });
  for (const std::string_view taken : {"host", "content-length", "transfer-encoding", "connection",
                                       "expect", "upgrade", "te", "trailer"}) {
    if (name == taken || !is_token) {
      return InvalidArgument("BadPropertyValue",
                             "Property \"" + property.key + "\" names a header that cannot be set");
    }
  }
  return Ok();
}

Result<CatalogProperty> CheckProperty(const RawProperty& property) {
  const PropertyRule* rule = FindPropertyRule(property.key);
  if (rule == nullptr) return UnknownProperty(property.key);
  FIRN_TRY(CheckHandling(property, *rule));
  FIRN_TRY(CheckValue(property, *rule));
  // StarRocks folds keys as well: header names are case-insensitive, all others are lower case.
  std::string key = ToLowerAscii(property.key);
  FIRN_TRY(CheckHeader(property, key));
  const bool is_secret = rule->secret || (rule->key.ends_with("header.*") && IsSecretHeader(key));
  if (is_secret) return CatalogProperty{std::move(key), Secret(property.value)};
  return CatalogProperty{std::move(key), property.value};
}

}  // namespace

std::string QuoteDouble(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string_view CatalogProperty::Reveal() const {
  if (const auto* secret = std::get_if<Secret>(&value)) return secret->Reveal();
  return std::get<std::string>(value);
}

std::string CatalogProperty::Shown() const {
  if (const auto* secret = std::get_if<Secret>(&value)) return secret->Masked();
  return std::get<std::string>(value);
}

const CatalogProperty* CatalogDefinition::Find(std::string_view key) const {
  for (const CatalogProperty& property : properties) {
    if (property.key == key) return &property;
  }
  return nullptr;
}

std::string CatalogDefinition::ShowCreate() const {
  std::string text = "CREATE EXTERNAL CATALOG `" + name + "`\n";
  if (comment) text += "COMMENT " + QuoteDouble(*comment) + "\n";
  text += "PROPERTIES (";
  for (std::size_t i = 0; i < properties.size(); ++i) {
    text += (i == 0 ? "" : ",\n") + QuoteDouble(properties[i].key) + "  =  " +
            QuoteDouble(properties[i].Shown());
  }
  return text + "\n)";
}

Result<CatalogDefinition> MakeDefinition(std::string_view name, std::optional<std::string> comment,
                                         std::span<const RawProperty> properties) {
  FIRN_TRY(CheckName(name));
  if (properties.size() > kCatalogPropertiesMax) {
    return InvalidArgument(
        "TooManyProperties",
        "A catalog takes at most " + std::to_string(kCatalogPropertiesMax) + " properties");
  }
  FIRN_TRY(CheckTypes(properties));
  CatalogDefinition definition{
      .name = std::string(name), .comment = std::move(comment), .properties = {}};
  for (const RawProperty& raw : properties) {
    FIRN_ASSIGN_OR_RETURN(CatalogProperty property, CheckProperty(raw));
    if (definition.Find(property.key) != nullptr) {
      return InvalidArgument("DuplicateProperty",
                             "Catalog property \"" + property.key + "\" is given twice");
    }
    definition.properties.push_back(std::move(property));
  }
  if (definition.Find("iceberg.catalog.uri") == nullptr) {
    return MissingProperty("iceberg.catalog.uri",
                           "the address of the REST catalog, such as "
                           "https://glue.us-east-1.amazonaws.com/iceberg");
  }
  return definition;
}

}  // namespace firn::catalog
