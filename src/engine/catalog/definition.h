#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

/// What CREATE EXTERNAL CATALOG said, checked.

namespace firn::catalog {

/// One property; the table of property_table.h decides which values are secrets.
struct CatalogProperty {
  std::string key;
  std::variant<std::string, Secret> value;

  bool is_secret() const { return std::holds_alternative<Secret>(value); }
  /// The value as the machinery needs it. Never goes into a message.
  std::string_view Reveal() const;
  /// The value as SHOW CREATE CATALOG prints it.
  std::string Shown() const;
};

/// A catalog as the user defined it. Immutable once in the registry.
struct CatalogDefinition {
  std::string name;
  std::optional<std::string> comment;
  std::vector<CatalogProperty> properties;  ///< In the user's order.

  /// Null when absent.
  const CatalogProperty* Find(std::string_view key) const;
  /// The text of SHOW CREATE CATALOG, secrets masked.
  std::string ShowCreate() const;
};

/// `"text"` with backslashes before quotes and backslashes, as the SHOW CREATE statements print properties.
std::string QuoteDouble(std::string_view text);

/// One `"key" = "value"` of PROPERTIES, as the parser gives it.
struct RawProperty {
  std::string key;
  std::string value;
};

/// Checks name and properties against the table. Contacts nobody.
///
/// Errors: kInvalidArgument/BadCatalogName, UnknownProperty (naming it and the nearest known one),
/// MissingProperty (naming it), BadPropertyValue, DuplicateProperty;
/// kUnsupported/UnsupportedCatalogType and UnsupportedProperty.
Result<CatalogDefinition> MakeDefinition(std::string_view name, std::optional<std::string> comment,
                                         std::span<const RawProperty> properties);

}  // namespace firn::catalog
