#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

/// Reads of JSON members in the shapes that Iceberg uses beyond those of base/json.h.

namespace firn::iceberg {

// Errors of all: kInvalidArgument/MissingMember or /WrongMemberType, naming the member.
Result<std::int32_t> GetInt32(const json::object& object, std::string_view name);
Result<std::optional<std::int32_t>> FindInt32(const json::object& object, std::string_view name);
/// Empty when absent.
Result<std::vector<std::int32_t>> FindInt32Array(const json::object& object, std::string_view name);
Result<std::vector<std::int64_t>> FindInt64Array(const json::object& object, std::string_view name);
Result<std::vector<std::string>> FindStringArray(const json::object& object, std::string_view name);
/// Empty when absent. Numbers and booleans are taken as their text, as Java does.
Result<std::map<std::string, std::string>> FindStringMap(const json::object& object,
                                                         std::string_view name);
json::object StringMapToJson(const std::map<std::string, std::string>& map);

}  // namespace firn::iceberg
