#include "engine/duck/errors_internal.h"
#include "engine/duck/functions_internal.h"

namespace firn::duck {
namespace {

using duckdb::LogicalType;
using duckdb::string_t;

std::string_view View(const string_t& text) { return {text.GetData(), text.GetSize()}; }

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Where each character begins, and the end.
std::vector<std::size_t> CharacterStarts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!IsContinuation(text[i])) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

/// Positions count from 1, or from the end when negative; 0 is nowhere.
std::string_view Substring(std::string_view text, int64_t position, int64_t length) {
  if (position == 0 || length <= 0) return {};
  const auto starts = CharacterStarts(text);
  const auto count = static_cast<int64_t>(starts.size()) - 1;
  const int64_t first = position > 0 ? position - 1 : count + position;
  if (first < 0 || first >= count) return {};
  const int64_t last = length > count - first ? count : first + length;
  const std::size_t begin = starts[static_cast<std::size_t>(first)];
  return text.substr(begin, starts[static_cast<std::size_t>(last)] - begin);
}

/// All before the count-th delimiter, or after the count-th from the end when negative.
std::string_view SubstringIndex(std::string_view text, std::string_view delimiter, int64_t count) {
  if (delimiter.empty() || count == 0) return {};
  if (count > 0) {
    std::size_t at = 0;
    for (int64_t i = 0; i < count; ++i) {
      const std::size_t found = text.find(delimiter, i == 0 ? 0 : at + delimiter.size());
      if (found == std::string_view::npos) return text;
      at = found;
    }
    return text.substr(0, at);
  }
  std::size_t end = text.size();
  for (int64_t i = 0; i > count; --i) {
    if (end == 0) return text;
    const std::size_t found = text.rfind(delimiter, end - 1);
    if (found == std::string_view::npos) return text;
    end = found;
  }
  return text.substr(end + delimiter.size());
}

/// The character position, from 1, of `part` at or after `position`; 0 when absent.
int64_t Locate(std::string_view part, std::string_view text, int64_t position) {
  if (position < 1) return 0;
  const auto starts = CharacterStarts(text);
  if (static_cast<std::size_t>(position) > starts.size()) return 0;
  const std::size_t found = text.find(part, starts[static_cast<std::size_t>(position - 1)]);
  if (found == std::string_view::npos) return 0;
  int64_t character = 1;
  for (std::size_t i = 0; i < found; ++i) character += IsContinuation(text[i + 1]) ? 0 : 1;
  return character;
}

int32_t FindInSet(std::string_view item, std::string_view set) {
  if (item.find(',') != std::string_view::npos || set.empty()) return 0;
  int32_t place = 1;
  while (true) {
    const std::size_t comma = set.find(',');
    if (set.substr(0, comma) == item) return place;
    if (comma == std::string_view::npos) return 0;
    set.remove_prefix(comma + 1);
    ++place;
  }
}

void RunSubstring(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::TernaryExecutor::Execute<string_t, int64_t, int64_t, string_t>(
      arguments.data[0], arguments.data[1], arguments.data[2], result, arguments.size(),
      [&](string_t text, int64_t position, int64_t length) {
        const std::string_view part = Substring(View(text), position, length);
        return duckdb::StringVector::AddString(result, part.data(), part.size());
      });
}

void RunSubstringIndex(duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                       duckdb::Vector& result) {
  duckdb::TernaryExecutor::Execute<string_t, string_t, int64_t, string_t>(
      arguments.data[0], arguments.data[1], arguments.data[2], result, arguments.size(),
      [&](string_t text, string_t delimiter, int64_t count) {
        const std::string_view part = SubstringIndex(View(text), View(delimiter), count);
        return duckdb::StringVector::AddString(result, part.data(), part.size());
      });
}

void RunLocate(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::TernaryExecutor::Execute<string_t, string_t, int64_t, int64_t>(
      arguments.data[0], arguments.data[1], arguments.data[2], result, arguments.size(),
      [](string_t part, string_t text, int64_t position) {
        return Locate(View(part), View(text), position);
      });
}

void RunFindInSet(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<string_t, string_t, int32_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](string_t item, string_t set) { return FindInSet(View(item), View(set)); });
}

void RunStrcmp(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<string_t, string_t, int32_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [](string_t left, string_t right) {
        const int order = View(left).compare(View(right));
        return order < 0 ? -1 : order > 0 ? 1 : 0;
      });
}

void RunInitcap(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::UnaryExecutor::Execute<string_t, string_t>(
      arguments.data[0], result, arguments.size(), [&](string_t text) {
        std::string out(View(text));
        bool first = true;
        for (char& c : out) {
          const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
          const bool word = letter || (c >= '0' && c <= '9') || (c & 0x80) != 0;
          if (letter) c = static_cast<char>(first ? c & ~32 : c | 32);
          first = !word;
        }
        return duckdb::StringVector::AddString(result, out);
      });
}

}  // namespace

void RegisterTextFunctions(duckdb::ExtensionLoader& loader) {
  using duckdb::ScalarFunction;
  const LogicalType text = LogicalType::VARCHAR;
  const LogicalType number = LogicalType::BIGINT;
  loader.RegisterFunction(
      ScalarFunction("sr_substring", {text, number, number}, text, RunSubstring));
  loader.RegisterFunction(
      ScalarFunction("sr_substring_index", {text, text, number}, text, RunSubstringIndex));
  loader.RegisterFunction(ScalarFunction("sr_locate", {text, text, number}, number, RunLocate));
  loader.RegisterFunction(
      ScalarFunction("sr_find_in_set", {text, text}, LogicalType::INTEGER, RunFindInSet));
  loader.RegisterFunction(
      ScalarFunction("sr_strcmp", {text, text}, LogicalType::INTEGER, RunStrcmp));
  loader.RegisterFunction(ScalarFunction("sr_initcap", {text}, text, RunInitcap));
}

}  // namespace firn::duck
