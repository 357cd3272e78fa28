#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON read so that every part knows its place, and a missing comma does not hide what is wrong
/// after it.

namespace firn::policy {

/// Both from 1; the column counts bytes.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

struct JsonMember;

struct JsonNode {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  Place place;
  std::string text;  ///< Decoded string; a number, true or false as written.
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;  ///< In order, duplicates included.
};

struct JsonMember {
  std::string key;
  Place key_place;
  JsonNode value;
};

struct JsonProblem {
  Place place;
  std::string text;
};

struct JsonReading {
  std::optional<JsonNode> root;  ///< Present when problems could be read past.
  std::vector<JsonProblem> problems;
};

/// Bounded by kDepthMax and kDocumentBytesMax (checked by the caller).
JsonReading ReadJson(std::string_view text);

/// `a string`, `a list`, ….
std::string_view KindWords(JsonNode::Kind kind);

}  // namespace firn::policy
