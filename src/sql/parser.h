#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/limits.h"

/// SQL text in, syntax trees out. Knows no catalog and no session beyond ParseOptions.

namespace firn::sql {

/// What of the session changes how text reads.
struct ParseOptions {
  /// sql_mode PIPES_AS_CONCAT: `||` joins strings instead of being OR.
  bool pipes_as_concat = false;
  bool double_literals = false;  ///< sql_mode MODE_DOUBLE_LITERAL: `1.5` is a double.
  size_t script_bytes_max = kScriptBytesMax;
};

/// One statement of a script. Copies share the tree.
struct ParsedStatement {
  std::shared_ptr<const std::string> script;  ///< The whole text.
  uint32_t begin_bytes = 0;  ///< The statement's own stretch of it, without `;` and outer blanks.
  uint32_t end_bytes = 0;
  uint32_t parameter_count = 0;  ///< Number of `?`.
  std::shared_ptr<const Statement> statement;

  /// The statement as written. Lives as long as `script`. May hold secrets: see RedactSecrets.
  std::string_view text() const {
    return std::string_view(*script).substr(begin_bytes, end_bytes - begin_bytes);
  }
};

/// Parses every statement of `script`, separated by `;`; empty ones are skipped, so the answer may
/// be empty.
///
/// Cost: linear in the text; one copy of it. Any thread.
///
/// Errors: kInvalidArgument/SyntaxError, whose message begins as StarRocks' (`Getting syntax error
/// at line 1, column 7. Detail message: Unexpected input …`) and goes on, on lines of its own, with
/// the place and what to do;
/// kInvalidArgument/{NestingTooDeep,ExpressionTooTall,StatementTooLong,TooManyStatements};
/// kInvalidArgument/RowWidthMismatch; kResourceExhausted/TooManyValues;
/// kUnsupported/UnsupportedStatement for a statement of StarRocks that Firn knows by name but does
/// not do.
Result<std::vector<ParsedStatement>> Parse(std::string_view script,
                                           const ParseOptions& options = {});

/// Parses exactly one statement. Errors: as Parse, and
/// kInvalidArgument/{EmptyStatement,OneStatementExpected}.
Result<ParsedStatement> ParseOne(std::string_view script, const ParseOptions& options = {});

/// Parses one expression: defaults, row filters, tests. Errors: as Parse.
Result<ExpressionPtr> ParseExpression(std::string_view text, const ParseOptions& options = {});

/// Parses a type, `struct<a int, b array<string>>`. Errors: as Parse.
Result<TypeName> ParseTypeName(std::string_view text);

/// The text with the values of passwords and of secret catalog properties replaced by `***`: for
/// logs, the process list and audit records. Works on text that does not parse, too; when in doubt
/// it hides.
std::string RedactSecrets(std::string_view text);

}  // namespace firn::sql
