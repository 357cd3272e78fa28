#pragma once

#include <string>
#include <string_view>

#include "sql/ast.h"

/// Syntax trees back to StarRocks text, in one canonical form: keywords in upper case, identifiers
/// in backticks where they need them, strings in single quotes, parentheses where precedence asks
/// for them, one line.
///
/// Parsing what was printed gives the same print again. Secrets print as '***'.

namespace firn::sql {

struct PrintOptions {
  /// Print for a reader under PIPES_AS_CONCAT; else concat() stands for `||`.
  bool pipes_as_concat = false;
};

std::string Print(const Expression& expression, const PrintOptions& options = {});
std::string Print(const Query& query, const PrintOptions& options = {});
std::string Print(const Statement& statement, const PrintOptions& options = {});
std::string Print(const TypeName& type);
std::string Print(const ObjectName& name);
std::string Print(const Literal& literal);

/// `a b` in backticks, with inner ones doubled; `a` as it is, unless it is reserved.
std::string QuoteIdentifier(std::string_view identifier);
/// 'it''s' with backslashes escaped.
std::string QuoteString(std::string_view text);

}  // namespace firn::sql
