#include "sql/redact.h"

#include <algorithm>
#include <array>

#include "sql/lexer.h"
#include "sql/parser.h"

namespace firn::sql {
namespace {

// Words, in lower case, that make a statement one whose strings are kept to ourselves.
constexpr std::string_view kSecretWords[] = {"secret",     "password",   "identified",
                                             "credential", "token",      "access-key-id",
                                             "access_key", "shared_key", "private_key"};

// Bytes of a statement looked at: a literal INSERT may be long, and its strings are data.
constexpr size_t kSearchBytesMax = 64 * 1024;

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool ContainsWord(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return ToLower(a) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool ContainsSecretWord(std::string_view text) {
  return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                     [&](std::string_view word) { return ContainsWord(text, word); });
}

// Statements in which text of any other kind is never a secret: rows and queries.
bool IsAboutRows(Keyword first) {
  switch (first) {
    case Keyword::kSelect:
    case Keyword::kInsert:
    case Keyword::kWith:
    case Keyword::kUpdate:
    case Keyword::kDelete:
    case Keyword::kMerge: return true;
    default: return false;
  }
}

}  // namespace

bool MayHoldSecrets(std::string_view statement_text) {
  Lexer lexer(statement_text);
  if (IsAboutRows(lexer.Next().keyword)) {
    // FILES("aws.s3.secret_key" = "…") may stand in a query.
    return (ContainsWord(statement_text.substr(0, kSearchBytesMax), "files") ||
            ContainsWord(statement_text.substr(0, kSearchBytesMax), "outfile")) &&
           ContainsSecretWord(statement_text.substr(0, kSearchBytesMax));
  }
  return ContainsSecretWord(statement_text.substr(0, kSearchBytesMax));
}

bool IsSecretKey(std::string_view key) { return ContainsSecretWord(key); }

std::string RedactSecrets(std::string_view text) {
  std::string shown;
  size_t begin = 0;
  size_t copied = 0;
  Lexer lexer(text);
  std::vector<Token> strings;
  const auto finish_statement = [&](size_t end) {
    if (MayHoldSecrets(text.substr(begin, end - begin))) {
      for (const Token& token : strings) {
        shown.append(text.substr(copied, token.begin_bytes() - copied));
        shown.append("'***'");
        copied = token.end_bytes;
      }
    }
    strings.clear();
    begin = end;
  };
  for (Token token = lexer.Next();; token = lexer.Next()) {
    if (token.kind == TokenKind::kString || token.kind == TokenKind::kInvalid)
      strings.push_back(token);
    if (token.symbol == Symbol::kSemicolon) finish_statement(token.end_bytes);
    if (token.kind == TokenKind::kEnd) break;
    if (token.kind == TokenKind::kInvalid && token.end_bytes >= text.size()) break;
  }
  finish_statement(text.size());
  shown.append(text.substr(copied));
  return shown;
}

}  // namespace firn::sql
