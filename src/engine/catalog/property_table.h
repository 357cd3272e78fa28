#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of catalog properties: what StarRocks knows, what of it Firn uses, takes without
/// effect, or refuses.

namespace firn::catalog {

enum class PropertyHandling {
  kUsed,
  kNoEffect,  ///< Taken, so that statements written for StarRocks run; what it tunes does not exist
              ///< here.
  kMustBeOff,  ///< Taken while false; true is refused.
  kRefused,    ///< Refused with `note`.
};

enum class PropertyKind { kText, kBoolean, kInteger, kUrl };

struct PropertyRule {
  std::string_view key;  ///< A trailing `*` stands for any rest.
  PropertyHandling handling = PropertyHandling::kUsed;
  PropertyKind kind = PropertyKind::kText;
  bool secret = false;
  std::string_view note = {};  ///< What to do instead, for kMustBeOff and kRefused.
};

/// All rules, exact keys before patterns.
std::span<const PropertyRule> PropertyRules();

/// The rule for a key (folded to lower case); null when unknown.
const PropertyRule* FindPropertyRule(std::string_view key);

/// The exact keys, for "did you mean".
std::vector<std::string> KnownPropertyKeys();

}  // namespace firn::catalog
