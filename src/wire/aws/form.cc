#include "wire/aws/form.h"

#include <algorithm>

#include "base/encoding.h"
#include "wire/aws/limits.h"

namespace firn::aws {
namespace {

Result<std::string> DecodePart(std::string_view part) {
  std::string spaced(part);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto decoded = PercentDecode(spaced);
  if (!decoded || decoded->find('\0') != std::string::npos) {
    return InvalidArgument("MalformedQueryString",
                           "a parameter is not well percent-encoded: \"" +
                               std::string(part.substr(0, 128)) + "\"");
  }
  return decoded;
}

/// The query protocol never repeats a parameter; two readers could each take another one.
Status RefuseDuplicates(const Form& form, std::string_view repeatable) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : form.all()) {
    if (repeatable.empty() || name != repeatable) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return Ok();
  return InvalidArgument("MalformedQueryString", "the parameter \"" + std::string(twice->substr(0, 128)) +
                                                     "\" occurs more than once");
}

}  // namespace

std::optional<std::string_view> Form::Find(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string Form::Get(std::string_view name, std::string_view otherwise) const {
  return std::string(Find(name).value_or(otherwise));
}

Result<std::string> Form::Require(std::string_view name) const {
  const auto value = Find(name);
  if (!value || value->empty()) {
    return InvalidArgument("MissingParameter",
                           "the parameter " + std::string(name) + " is required");
  }
  return std::string(*value);
}

std::vector<std::string> Form::Members(std::string_view prefix) const {
  std::vector<std::string> members;
  while (const auto value =
             Find(std::string(prefix) + ".member." + std::to_string(members.size() + 1))) {
    members.emplace_back(*value);
  }
  return members;
}

Result<Form> ParseForm(std::string_view text, std::string_view repeatable) {
  if (text.size() > kFormBytesMax) {
    return ResourceExhausted("FormTooLarge", "the form has " + std::to_string(text.size()) +
                                                 " bytes, over the limit of " +
                                                 std::to_string(kFormBytesMax));
  }
  Form form;
  for (const std::string_view pair : Split(text, '&')) {
    if (pair.empty()) continue;
    if (form.all().size() == kFormParameterMax) {
      return ResourceExhausted("FormTooLarge", "the form has over " +
                                                   std::to_string(kFormParameterMax) +
                                                   " parameters");
    }
    const std::size_t equals = pair.find('=');
    FIRN_ASSIGN_OR_RETURN(std::string name, DecodePart(pair.substr(0, equals)));
    std::string value;
    if (equals != std::string_view::npos) {
      FIRN_ASSIGN_OR_RETURN(value, DecodePart(pair.substr(equals + 1)));
    }
    form.Add(std::move(name), std::move(value));
  }
  FIRN_TRY(RefuseDuplicates(form, repeatable));
  return form;
}

}  // namespace firn::aws
