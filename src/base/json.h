#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Bounded JSON over Boost.JSON, and typed reads of members that say which member was wrong.

namespace firn {

namespace json = boost::json;

/// How deep and how large an outside document may be.
struct JsonLimits {
  std::size_t depth_max = 64;
  std::size_t bytes_max = 64UL << 20;
};

/// Parses a whole document; duplicate keys keep the last. Errors: kInvalidArgument/InvalidJson with line and column;
/// kResourceExhausted/JsonTooLarge.
Result<json::value> ParseJson(std::string_view text, const JsonLimits& limits = {});

std::string PrintJson(const json::value& value);

/// Null when the member is absent or JSON null.
const json::value* FindMember(const json::object& object, std::string_view name);

// Errors of all: kInvalidArgument/MissingMember or /WrongMemberType, naming the member.
Result<std::string> GetString(const json::object& object, std::string_view name);
Result<std::int64_t> GetInt64(const json::object& object, std::string_view name);
Result<bool> GetBool(const json::object& object, std::string_view name);
Result<const json::object*> GetObject(const json::object& object, std::string_view name);
Result<const json::array*> GetArray(const json::object& object, std::string_view name);
Result<std::optional<std::string>> FindString(const json::object& object, std::string_view name);
Result<std::optional<std::int64_t>> FindInt64(const json::object& object, std::string_view name);
Result<std::optional<bool>> FindBool(const json::object& object, std::string_view name);
/// Null when absent.
Result<const json::object*> FindObject(const json::object& object, std::string_view name);
Result<const json::array*> FindArray(const json::object& object, std::string_view name);
/// The document itself as an object. Errors: kInvalidArgument/WrongMemberType.
Result<const json::object*> AsObject(const json::value& value, std::string_view what);

}  // namespace firn
