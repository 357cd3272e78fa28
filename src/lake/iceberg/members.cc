#include <fmt/format.h>

#include "lake/iceberg/members_internal.h"

namespace firn::iceberg {
namespace {

Unexpected WrongType(std::string_view name, std::string_view wanted) {
  return InvalidArgument("WrongMemberType", fmt::format("member '{}' must be {}", name, wanted));
}

}  // namespace

Result<std::optional<std::int32_t>> FindInt32(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const auto wide, FindInt64(object, name));
  if (!wide) return std::optional<std::int32_t>();
  if (*wide < INT32_MIN || *wide > INT32_MAX) return WrongType(name, "a 32-bit integer");
  return std::optional(static_cast<std::int32_t>(*wide));
}

Result<std::int32_t> GetInt32(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const auto found, FindInt32(object, name));
  if (!found) {
    return InvalidArgument("MissingMember", fmt::format("member '{}' is missing", name));
  }
  return *found;
}

Result<std::vector<std::int64_t>> FindInt64Array(const json::object& object,
                                                 std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::array* items, FindArray(object, name));
  std::vector<std::int64_t> numbers;
  if (items == nullptr) return numbers;
  for (const json::value& item : *items) {
    if (!item.is_int64()) return WrongType(name, "an array of integers");
    numbers.push_back(item.get_int64());
  }
  return numbers;
}

Result<std::vector<std::int32_t>> FindInt32Array(const json::object& object,
                                                 std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const auto wide, FindInt64Array(object, name));
  std::vector<std::int32_t> numbers;
  for (const std::int64_t number : wide) {
    if (number < INT32_MIN || number > INT32_MAX)
      return WrongType(name, "an array of 32-bit integers");
    numbers.push_back(static_cast<std::int32_t>(number));
  }
  return numbers;
}

Result<std::vector<std::string>> FindStringArray(const json::object& object,
                                                 std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::array* items, FindArray(object, name));
  std::vector<std::string> texts;
  if (items == nullptr) return texts;
  for (const json::value& item : *items) {
    if (!item.is_string()) return WrongType(name, "an array of strings");
    texts.emplace_back(item.get_string());
  }
  return texts;
}

Result<std::map<std::string, std::string>> FindStringMap(const json::object& object,
                                                         std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::object* members, FindObject(object, name));
  std::map<std::string, std::string> map;
  if (members == nullptr) return map;
  for (const auto& [key, value] : *members) {
    if (value.is_object() || value.is_array() || value.is_null()) {
      return WrongType(name, "an object of strings");
    }
    map[std::string(key)] = value.is_string() ? std::string(value.get_string()) : PrintJson(value);
  }
  return map;
}

json::object StringMapToJson(const std::map<std::string, std::string>& map) {
  json::object object;
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

}  // namespace firn::iceberg
