#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace firn {
namespace {

Unexpected Missing(std::string_view name) {
  return InvalidArgument("MissingMember", fmt::format("member '{}' is missing", name));
}

Unexpected WrongType(std::string_view name, std::string_view wanted, const json::value& found) {
  return InvalidArgument("WrongMemberType",
                         fmt::format("member '{}' must be {}, found {}", name, wanted,
                                     std::string_view(json::to_string(found.kind()))));
}

std::optional<std::int64_t> ToInt64(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64() && value.get_uint64() <= static_cast<std::uint64_t>(INT64_MAX)) {
    return static_cast<std::int64_t>(value.get_uint64());
  }
  return std::nullopt;
}

}  // namespace

Result<json::value> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return ResourceExhausted("JsonTooLarge", fmt::format("JSON document of {} bytes is over the limit of {}",
                                                         text.size(), limits.bytes_max));
  }
  json::parse_options options;
  options.max_depth = limits.depth_max;
  json::error_code failure;
  json::stream_parser parser({}, options);
  const std::size_t consumed = parser.write_some(text.data(), text.size(), failure);
  if (!failure && consumed < text.size()) {
    // Only white space may follow the value.
    if (text.find_first_not_of(" \t\r\n", consumed) != std::string_view::npos) {
      failure = json::error::extra_data;
    }
  }
  if (!failure) parser.finish(failure);
  if (failure) {
    const std::string_view before = text.substr(0, std::min(consumed, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n');
    const std::size_t column =
        line_start == std::string_view::npos ? before.size() + 1 : before.size() - line_start;
    return InvalidArgument("InvalidJson", fmt::format("invalid JSON at line {}, column {}: {}", line,
                                                      column, failure.message()));
  }
  return parser.release();
}

std::string PrintJson(const json::value& value) { return json::serialize(value); }

const json::value* FindMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::optional<std::string>> FindString(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return WrongType(name, "a string", *value);
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::optional<std::int64_t>> FindInt64(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) return std::optional<std::int64_t>();
  const std::optional<std::int64_t> number = ToInt64(*value);
  if (!number) return WrongType(name, "a 64-bit integer", *value);
  return number;
}

Result<std::optional<bool>> FindBool(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_bool()) return WrongType(name, "a boolean", *value);
  return std::optional<bool>(value->get_bool());
}

Result<const json::object*> FindObject(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) return static_cast<const json::object*>(nullptr);
  if (!value->is_object()) return WrongType(name, "an object", *value);
  return &value->get_object();
}

Result<const json::array*> FindArray(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) return static_cast<const json::array*>(nullptr);
  if (!value->is_array()) return WrongType(name, "an array", *value);
  return &value->get_array();
}

Result<std::string> GetString(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(auto value, FindString(object, name));
  if (!value) return Missing(name);
  return *std::move(value);
}

Result<std::int64_t> GetInt64(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const auto value, FindInt64(object, name));
  if (!value) return Missing(name);
  return *value;
}

Result<bool> GetBool(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const auto value, FindBool(object, name));
  if (!value) return Missing(name);
  return *value;
}

Result<const json::object*> GetObject(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::object* value, FindObject(object, name));
  if (value == nullptr) return Missing(name);
  return value;
}

Result<const json::array*> GetArray(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::array* value, FindArray(object, name));
  if (value == nullptr) return Missing(name);
  return value;
}

Result<const json::object*> AsObject(const json::value& value, std::string_view what) {
  if (!value.is_object()) return WrongType(what, "an object", value);
  return &value.get_object();
}

}  // namespace firn
