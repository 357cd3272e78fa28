#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

/// `a=1&b=2`: the query protocol's body, and query strings.

namespace firn::aws {

/// Decoded parameters in their order. Thread-compatible.
class Form {
 public:
  /// The first of that name.
  std::optional<std::string_view> Find(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  /// The first of that name, or `otherwise`.
  std::string Get(std::string_view name, std::string_view otherwise = "") const;
  /// The first of that name. Errors: kInvalidArgument/MissingParameter when absent or empty.
  Result<std::string> Require(std::string_view name) const;
  /// `prefix.member.1`, `prefix.member.2`, … until one is missing.
  std::vector<std::string> Members(std::string_view prefix) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return parameters_; }
  void Add(std::string name, std::string value) {
    parameters_.emplace_back(std::move(name), std::move(value));
  }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// `+` is a space, %XX a byte; a name without `=` has an empty value; a name twice is refused,
/// but for `repeatable`.
/// Errors: kInvalidArgument/MalformedQueryString; kResourceExhausted/FormTooLarge.
Result<Form> ParseForm(std::string_view text, std::string_view repeatable = "");

}  // namespace firn::aws
