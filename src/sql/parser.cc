#include "sql/parser.h"

#include <fmt/format.h>

#include <charconv>

#include "sql/parser_internal.h"
#include "sql/walk.h"

namespace firn::sql {
namespace {

constexpr size_t kNamePartsMax = 16;  // Nested namespaces below a catalog.

}  // namespace

// ---- the face ----

Result<std::vector<ParsedStatement>> Parse(std::string_view script, const ParseOptions& options) {
  const size_t bytes_max = std::min<size_t>(options.script_bytes_max, UINT32_MAX - 1);
  if (script.size() > bytes_max) {
    return InvalidArgument(
        "StatementTooLong",
        fmt::format("The statement has {} bytes, the limit is {}", script.size(), bytes_max));
  }
  return Parser(std::make_shared<const std::string>(script), options).ParseScript();
}

Result<ParsedStatement> ParseOne(std::string_view script, const ParseOptions& options) {
  FIRN_ASSIGN_OR_RETURN(auto statements, Parse(script, options));
  if (statements.empty()) return InvalidArgument("EmptyStatement", "Query was empty");
  if (statements.size() > 1) {
    return InvalidArgument(
        "OneStatementExpected",
        fmt::format("One statement is expected here, found {}", statements.size()));
  }
  return std::move(statements.front());
}

Result<ExpressionPtr> ParseExpression(std::string_view text, const ParseOptions& options) {
  return Parser(std::make_shared<const std::string>(text), options).ParseWholeExpression();
}

Result<TypeName> ParseTypeName(std::string_view text) {
  return Parser(std::make_shared<const std::string>(text), {}).ParseWholeType();
}

// ---- a script ----

Result<std::vector<ParsedStatement>> Parser::ParseScript() {
  std::vector<ParsedStatement> statements;
  for (;;) {
    while (current_.symbol == Symbol::kSemicolon) Advance();
    if (current_.kind == TokenKind::kEnd) return statements;
    if (statements.size() >= kStatementsMax) {
      return InvalidArgument("TooManyStatements",
                             fmt::format("A script may have {} statements", kStatementsMax));
    }
    ParsedStatement parsed;
    parsed.script = script_;
    parsed.begin_bytes = statement_begin_ = current_.begin_bytes();
    parameter_count_ = 0;
    tallest_ = 0;
    window_uses_ = 0;
    select_begin_.reset();
    windows_.reset();
    FIRN_ASSIGN_OR_RETURN(StatementPtr statement, ParseStatement());
    if (!AtStatementEnd()) return Fail();
    parsed.statement = std::move(statement);
    parsed.end_bytes = previous_end_;
    parsed.parameter_count = parameter_count_;
    statements.push_back(std::move(parsed));
  }
}

Result<ExpressionPtr> Parser::ParseWholeExpression() {
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr expression, ParseExpr());
  expected_.AddEnd();
  if (current_.kind != TokenKind::kEnd) return Fail();
  return expression;
}

Result<TypeName> Parser::ParseWholeType() {
  FIRN_ASSIGN_OR_RETURN(TypeName type, ParseType());
  expected_.AddEnd();
  if (current_.kind != TokenKind::kEnd) return Fail();
  return type;
}

// ---- tokens ----

void Parser::Advance() {
  previous_end_ = current_.end_bytes;
  previous_word_ = current_.kind == TokenKind::kWord ? current_.begin_bytes() : previous_end_;
  current_ = lexer_.Next();
  expected_.Clear();
}

Token Parser::Peek() const {
  Lexer ahead = lexer_;
  return ahead.Next();
}

void Parser::Rewind(const Place& place) {
  lexer_ = place.lexer;
  current_ = place.current;
  previous_end_ = place.previous_end;
  parameter_count_ = place.parameter_count;
  expected_.Clear();
}

bool Parser::AtAny(std::initializer_list<Keyword> keywords) {
  bool found = false;
  for (const Keyword keyword : keywords) found = At(keyword) || found;
  return found;
}

bool Parser::Accept(Keyword keyword) {
  if (!At(keyword)) return false;
  Advance();
  return true;
}

bool Parser::Accept(Symbol symbol) {
  if (!At(symbol)) return false;
  Advance();
  return true;
}

bool Parser::Accept(Keyword first, Keyword second) {
  if (!At(first) || Peek().keyword != second) return false;
  Advance();
  Advance();
  return true;
}

Status Parser::Expect(Keyword keyword) { return Accept(keyword) ? Ok() : Status(Fail()); }

Status Parser::Expect(Keyword first, Keyword second) {
  FIRN_TRY(Expect(first));
  return Expect(second);
}

Status Parser::Expect(Symbol symbol) { return Accept(symbol) ? Ok() : Status(Fail()); }

bool Parser::AtName() {
  expected_.AddName();
  return current_.kind == TokenKind::kQuotedName ||
         (current_.kind == TokenKind::kWord && !IsReserved(current_.keyword));
}

bool Parser::AtString() {
  expected_.AddString();
  return current_.kind == TokenKind::kString;
}

bool Parser::AtStatementEnd() {
  expected_.AddEnd();
  return current_.kind == TokenKind::kEnd || current_.symbol == Symbol::kSemicolon;
}

Result<std::string> Parser::ParseName() {
  if (!AtName()) return Fail();
  return ParseNameAfterDot();
}

// After a dot reserved words are names, too.
Result<std::string> Parser::ParseNameAfterDot() {
  expected_.AddName();
  if (current_.kind != TokenKind::kQuotedName && current_.kind != TokenKind::kWord) return Fail();
  const std::string_view text = lexer_.TextOf(current_);
  if (text.size() > kIdentifierBytesMax) {
    return Complain(
        fmt::format("This name has {} bytes, the limit is {}", text.size(), kIdentifierBytesMax));
  }
  std::string name =
      current_.kind == TokenKind::kQuotedName ? UnquoteName(text) : std::string(text);
  if (name.empty()) return Complain("A name must not be empty");
  Advance();
  return name;
}

Result<std::string> Parser::ParseString() {
  if (!AtString()) return Fail();
  std::string value = UnescapeString(lexer_.TextOf(current_));
  Advance();
  return value;
}

Result<std::string> Parser::ParseNameOrString() {
  if (AtString()) return ParseString();
  return ParseName();
}

Result<int64_t> Parser::ParseInteger() {
  expected_.AddInteger();
  if (current_.kind != TokenKind::kInteger) return Fail();
  const std::string_view digits = lexer_.TextOf(current_);
  int64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc()) return Complain("This integer is too large");
  Advance();
  return value;
}

Result<std::vector<std::string>> Parser::ParseNameList() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  std::vector<std::string> names;
  do {
    FIRN_ASSIGN_OR_RETURN(std::string name, ParseName());
    names.push_back(std::move(name));
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Symbol::kRightParen));
  return names;
}

Result<std::vector<std::string>> Parser::ParseNameOrStringCommaList() {
  std::vector<std::string> names;
  do {
    FIRN_ASSIGN_OR_RETURN(std::string name, ParseNameOrString());
    names.push_back(std::move(name));
  } while (Accept(Symbol::kComma));
  return names;
}

Result<ObjectName> Parser::ParseObjectName() {
  ObjectName name;
  name.position = position();
  FIRN_ASSIGN_OR_RETURN(std::string first, ParseName());
  name.parts.push_back(std::move(first));
  while (Accept(Symbol::kDot)) {
    if (name.parts.size() == kNamePartsMax) return Complain("This name has too many parts");
    FIRN_ASSIGN_OR_RETURN(std::string part, ParseNameAfterDot());
    name.parts.push_back(std::move(part));
  }
  return name;
}

Result<bool> Parser::ParseIfExists() {
  if (!Accept(Keyword::kIf)) return false;
  FIRN_TRY(Expect(Keyword::kExists));
  return true;
}

Result<bool> Parser::ParseIfNotExists() {
  if (!Accept(Keyword::kIf)) return false;
  FIRN_TRY(Expect(Keyword::kNot, Keyword::kExists));
  return true;
}

// ---- failures ----

ErrorPlace Parser::PlaceOf(const Token& token) const {
  ErrorPlace place{*script_, token, std::string_view(*script_).substr(statement_begin_), {}};
  const bool before = previous_word_ >= statement_begin_ && previous_end_ <= token.begin_bytes();
  if (before) place.previous_word = TextBetween(previous_word_, previous_end_);
  return place;
}

Unexpected Parser::UnsupportedSyntax(std::string_view what, std::string_view instead) const {
  return Unsupported("UnsupportedSyntax", UnsupportedText(PlaceOf(current_), what, instead));
}

Unexpected Parser::TooDeep() const {
  return InvalidArgument(
      std::string(kNestingTooDeep),
      SyntaxErrorText(PlaceOf(current_),
                      fmt::format("The statement nests more than {} levels deep", kNestingDepthMax),
                      "Split it up, for example with WITH."));
}

Unexpected Parser::TooTall() const {
  return InvalidArgument(
      "ExpressionTooTall",
      SyntaxErrorText(PlaceOf(current_),
                      fmt::format("The expression chains more than {} operations", kTreeHeightMax),
                      "Use parentheses to make it wider, IN (…) instead of many ORs, or split it "
                      "up with WITH."));
}

uint32_t Parser::TallestChild(const Expression& expression) {
  uint32_t tallest = 0;
  ForEachChild(expression,
               [&](const Expression& child) { tallest = std::max(tallest, child.height); });
  ForEachQuery(expression, [&](const Query& query) { tallest = std::max(tallest, query.height); });
  return tallest;
}

}  // namespace firn::sql
