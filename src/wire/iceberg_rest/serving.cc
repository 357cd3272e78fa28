#include "wire/iceberg_rest/serving.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/json.h"

namespace firn::iceberg_rest {

bool EtagMatches(std::string_view header, std::string_view etag) {
  for (std::string_view candidate : Split(header, ',')) {
    while (candidate.starts_with(' ')) candidate.remove_prefix(1);
    while (candidate.ends_with(' ')) candidate.remove_suffix(1);
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == "*" || (!candidate.empty() && candidate == etag)) return true;
  }
  return false;
}

bool WantsReferencedSnapshots(std::string_view snapshots) {
  return EqualsIgnoreCaseAscii(snapshots, "refs");
}

Result<PageAsk> ParsePageAsk(std::optional<std::string_view> token,
                             std::optional<std::string_view> size, std::size_t count_max) {
  PageAsk ask{.after = "", .count = count_max};
  if (token && !token->empty()) {
    const auto text = Base64Decode(*token);
    if (!text) return InvalidArgument("BadRequest", "The page token is not valid.");
    ask.after = *text;
  }
  if (size && !size->empty()) {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), count);
    if (error != std::errc() || end != size->data() + size->size() || count == 0) {
      return InvalidArgument("BadRequest", "pageSize must be a positive number.");
    }
    ask.count = std::min(count, count_max);
  }
  return ask;
}

std::string MakePageToken(std::string_view last) { return Base64Encode(AsBytes(last)); }

std::string PrintProperties(const Properties& properties) {
  json::object object;
  for (const auto& [name, value] : properties) object[name] = value;
  return PrintJson(object);
}

Result<Properties> ParseProperties(std::string_view text) {
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(text));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "stored properties"));
  Properties properties;
  for (const auto& [name, property] : *object) {
    if (property.is_string()) properties[std::string(name)] = std::string(property.get_string());
  }
  return properties;
}

}  // namespace firn::iceberg_rest
