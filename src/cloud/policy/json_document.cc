#include <fmt/format.h>

#include <utility>

#include "base/encoding.h"
#include "cloud/policy/json_document_internal.h"
#include "cloud/policy/limits.h"

namespace firn::policy {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(std::string& out, unsigned code_point) {
  const auto put = [&out](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

/// Recursive descent with places. Reads on after a missing or a trailing comma; any other problem
/// ends the reading.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  JsonReading Read() {
    JsonReading reading;
    SkipSpace();
    JsonNode root;
    if (AtEnd()) {
      Fail(place_, "the document is empty");
    } else if (ReadValue(root, "the document", 0)) {
      reading.root = std::move(root);
      ReadRest();
    }
    reading.problems = std::move(problems_);
    return reading;
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }

  void Advance() {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
    ++at_;
  }

  void SkipSpace() {
    while (!AtEnd() && (Peek() == ' ' || Peek() == '\t' || Peek() == '\r' || Peek() == '\n'))
      Advance();
  }

  bool Fail(const Place& place, std::string problem) {
    if (problems_.size() < kFindingsMax) problems_.push_back({place, std::move(problem)});
    return false;
  }

  /// What stands here, in words.
  std::string Found() const {
    if (AtEnd()) return "the end of the document";
    if (Peek() == '"') {
      const std::size_t end = text_.find_first_of("\"\\\n", at_ + 1);
      const std::size_t length =
          end == std::string_view::npos ? text_.size() - at_ - 1 : end - at_ - 1;
      return fmt::format("the string \"{}\"",
                         text_.substr(at_ + 1, std::min<std::size_t>(length, 60)));
    }
    const auto byte = static_cast<unsigned char>(Peek());
    if (byte < 0x20 || byte >= 0x7F) return fmt::format("the byte 0x{:02x}", byte);
    return fmt::format("\"{}\"", Peek());
  }

  bool StartsValue() const {
    const char c = Peek();
    return !AtEnd() && (c == '"' || c == '{' || c == '[' || c == 't' || c == 'f' || c == 'n' ||
                        c == '-' || IsDigit(c));
  }

  bool ReadValue(JsonNode& node, const std::string& what, std::size_t depth) {
    node.place = place_;
    if (depth > kDepthMax) {
      return Fail(place_, fmt::format("nested deeper than {} levels", kDepthMax));
    }
    switch (Peek()) {
      case '{':
        node.kind = JsonNode::Kind::kObject;
        return ReadObject(node, depth);
      case '[':
        node.kind = JsonNode::Kind::kArray;
        return ReadArray(node, what, depth);
      case '"':
        node.kind = JsonNode::Kind::kString;
        return ReadString(node.text);
      case 't':
        node.kind = JsonNode::Kind::kBool;
        return ReadWord("true", node);
      case 'f':
        node.kind = JsonNode::Kind::kBool;
        return ReadWord("false", node);
      case 'n':
        node.kind = JsonNode::Kind::kNull;
        return ReadWord("null", node);
      default:
        if (!AtEnd() && (Peek() == '-' || IsDigit(Peek()))) {
          node.kind = JsonNode::Kind::kNumber;
          return ReadNumber(node.text);
        }
        return Fail(place_, fmt::format("expected a value for {}, found {}", what, Found()));
    }
  }

  bool ReadObject(JsonNode& node, std::size_t depth) {
    const Place opened = place_;
    Advance();
    SkipSpace();
    while (Peek() != '}' || AtEnd()) {
      if (AtEnd()) return Unclosed('{', opened);
      if (Peek() != '"') {
        return Fail(place_,
                    fmt::format("expected a name in double quotes or \"}}\", found {}", Found()));
      }
      JsonMember member;
      member.key_place = place_;
      if (!ReadString(member.key)) return false;
      SkipSpace();
      if (Peek() != ':') {
        return Fail(place_,
                    fmt::format("expected \":\" after \"{}\", found {}", member.key, Found()));
      }
      Advance();
      SkipSpace();
      if (!ReadValue(member.value, fmt::format("\"{}\"", member.key), depth + 1)) return false;
      const std::string last = fmt::format("the value of \"{}\"", member.key);
      node.members.push_back(std::move(member));
      if (!ReadSeparator('}', last)) return false;
    }
    Advance();
    return true;
  }

  bool ReadArray(JsonNode& node, const std::string& what, std::size_t depth) {
    const Place opened = place_;
    Advance();
    SkipSpace();
    while (Peek() != ']' || AtEnd()) {
      if (AtEnd()) return Unclosed('[', opened);
      JsonNode item;
      if (!ReadValue(item, fmt::format("an entry of {}", what), depth + 1)) return false;
      node.items.push_back(std::move(item));
      if (!ReadSeparator(']', fmt::format("entry {} of {}", node.items.size(), what))) return false;
    }
    Advance();
    return true;
  }

  bool Unclosed(char opener, const Place& opened) {
    return Fail(place_,
                fmt::format("the document ends, but the \"{}\" at line {}, column {} is not closed",
                            opener, opened.line, opened.column));
  }

  /// After a member or an entry: a comma or the closer. A missing comma is reported where it
  /// belongs and read past.
  bool ReadSeparator(char closer, const std::string& last) {
    const Place after_value = place_;
    SkipSpace();
    if (Peek() == ',' && !AtEnd()) {
      const Place comma = place_;
      Advance();
      SkipSpace();
      if (Peek() == closer && !AtEnd()) {
        Fail(comma, fmt::format("a \",\" stands before the \"{}\" that closes; remove it", closer));
      }
      return true;
    }
    if (AtEnd() || Peek() == closer) return true;
    const bool goes_on = closer == '}' ? Peek() == '"' : StartsValue();
    const std::string where =
        place_.line == after_value.line ? "" : fmt::format(" on line {}", place_.line);
    Fail(after_value, fmt::format("expected \",\" after {}, found {}{}", last, Found(), where));
    return goes_on;
  }

  bool ReadWord(std::string_view word, JsonNode& node) {
    if (text_.substr(at_, word.size()) != word) {
      return Fail(place_,
                  fmt::format("expected a value, found {}; text goes in double quotes", Found()));
    }
    for (std::size_t i = 0; i < word.size(); ++i) Advance();
    node.text = word;
    return true;
  }

  bool ReadNumber(std::string& out) {
    const std::size_t start = at_;
    const Place place = place_;
    if (Peek() == '-') Advance();
    if (Peek() == '0') {
      Advance();
    } else if (!ReadDigits()) {
      return Fail(place, "a number without digits");
    }
    if (Peek() == '.') {
      Advance();
      if (!ReadDigits()) return Fail(place, "a number ends in its decimal point");
    }
    if (Peek() == 'e' || Peek() == 'E') {
      Advance();
      if (Peek() == '+' || Peek() == '-') Advance();
      if (!ReadDigits()) return Fail(place, "a number has an empty exponent");
    }
    if (IsDigit(Peek())) return Fail(place, "a number begins with 0");
    out = text_.substr(start, at_ - start);
    return true;
  }

  bool ReadDigits() {
    if (!IsDigit(Peek())) return false;
    while (IsDigit(Peek())) Advance();
    return true;
  }

  bool ReadString(std::string& out) {
    const Place opened = place_;
    Advance();
    while (!AtEnd() && Peek() != '"') {
      const auto byte = static_cast<unsigned char>(Peek());
      if (byte == '\n' || byte == '\r') {
        return Fail(opened, "the string is not closed before the end of its line");
      }
      if (byte < 0x20) {
        return Fail(place_, fmt::format("control character 0x{:02x} in a string", byte));
      }
      if (byte == '\\') {
        if (!ReadEscape(out)) return false;
        continue;
      }
      out.push_back(Peek());
      Advance();
    }
    if (AtEnd()) return Fail(opened, "the string is not closed before the document ends");
    Advance();
    if (!IsValidUtf8(out)) return Fail(opened, "the string is not valid UTF-8");
    return true;
  }

  bool ReadEscape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const Place place = place_;
    Advance();
    const char name = Peek();
    if (const std::size_t index = kNames.find(name); !AtEnd() && index != std::string_view::npos) {
      out.push_back(kValues[index]);
      Advance();
      return true;
    }
    unsigned unit = 0;
    if (name != 'u' || !ReadUnit(unit)) return Fail(place, "an escape that JSON does not have");
    if (unit >= 0xDC00 && unit < 0xE000) return Fail(place, "half of a surrogate pair");
    if (unit >= 0xD800 && unit < 0xDC00) {
      unsigned low = 0;
      if (Peek() == '\\') Advance();
      if (Peek() != 'u' || !ReadUnit(low) || low < 0xDC00 || low >= 0xE000) {
        return Fail(place, "half of a surrogate pair");
      }
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(out, unit);
    return true;
  }

  /// At the `u`: reads it and four hex digits.
  bool ReadUnit(unsigned& unit) {
    Advance();
    for (int i = 0; i < 4; ++i) {
      const char c = Peek();
      unsigned digit = 0;
      if (IsDigit(c)) {
        digit = static_cast<unsigned>(c - '0');
      } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
      } else {
        return false;
      }
      unit = unit * 16 + digit;
      Advance();
    }
    return true;
  }

  /// After the root only white space may stand; says of each stray part why it is one.
  void ReadRest() {
    const Place ended = place_;
    bool told = false;
    SkipSpace();
    while (!AtEnd() && problems_.size() < kFindingsMax) {
      const Place place = place_;
      if (Peek() == '}' || Peek() == ']') {
        Fail(place, fmt::format("a stray \"{}\" closes nothing", Peek()));
        Advance();
      } else {
        if (!told) {
          Fail(place,
               fmt::format("{} after the end of the document: its last \"}}\" stands at line {}, "
                           "column {}, so what follows is not part of it",
                           Found(), ended.line, ended.column > 1 ? ended.column - 1 : 1));
          told = true;
        }
        JsonNode ignored;
        if (Peek() == ',') {
          Advance();
        } else if (!StartsValue() || !ReadValue(ignored, "what follows", 1)) {
          return;
        }
      }
      SkipSpace();
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  Place place_;
  std::vector<JsonProblem> problems_;
};

}  // namespace

JsonReading ReadJson(std::string_view text) { return Reader(text).Read(); }

std::string_view KindWords(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::kNull:
      return "null";
    case JsonNode::Kind::kBool:
      return "true or false";
    case JsonNode::Kind::kNumber:
      return "a number";
    case JsonNode::Kind::kString:
      return "a string";
    case JsonNode::Kind::kArray:
      return "a list";
    case JsonNode::Kind::kObject:
      return "an object";
  }
  return "";
}

}  // namespace firn::policy
