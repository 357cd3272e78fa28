#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is wrong, or likely to be, with an IAM policy for S3 Tables, before AWS says so or says
/// nothing. Pure.

namespace firn::lint {

enum class Severity {
  kError,    ///< AWS refuses the policy, or a statement does not do what it says.
  kWarning,  ///< Part of the guide will not work.
};

struct Remark {
  Severity severity = Severity::kError;
  std::size_t line = 0;    ///< From 1; 0: of the whole document.
  std::size_t column = 0;  ///< From 1; 0: of the whole statement.
  /// A stable word: syntax, grammar, unknown-action, unknown-service, no-match, missing-ancestor,
  /// missing-action, placeholder, condition-key.
  std::string rule;
  std::string text;
};

struct Report {
  std::vector<Remark> remarks;  ///< By place; at most kRemarksMax.
  std::optional<std::string>
      mended;  ///< The text put right, when it was no JSON and now is a policy.

  bool has_errors() const;
};

/// Of an identity policy. When the text is no JSON but can be mended, the mended text is read on.
Report LintPolicy(std::string_view text);

}  // namespace firn::lint
