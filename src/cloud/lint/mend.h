#pragma once

#include <optional>
#include <string>
#include <string_view>

/// JSON that a person broke, put right where there is one sensible way.

namespace firn::lint {

/// Puts in commas that are missing, takes out commas and brackets that are too many, and takes back
/// brackets that closed the document before its end. Keeps every other byte. nullopt when nothing
/// was changed, or no sensible reading was found; the result need not be a policy.
std::optional<std::string> MendJson(std::string_view text);

}  // namespace firn::lint
