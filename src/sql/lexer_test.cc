#include "sql/lexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firn::sql {
namespace {

// "word:select string:'a'": each token's kind and text.
std::string Describe(std::string_view text) {
  constexpr const char* kNames[] = {"end",     "word",    "name",   "string", "binary",
                                    "integer", "decimal", "double", "symbol", "invalid"};
  Lexer lexer(text);
  std::string described;
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    if (!described.empty()) described += ' ';
    described += kNames[static_cast<size_t>(token.kind)];
    described += ':';
    described += lexer.TextOf(token);
    if (token.kind == TokenKind::kInvalid && token.end_bytes >= text.size()) break;
  }
  return described;
}

TEST(Lexer, TellsTokensApart) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {" \t\r\n\f\v ", ""},
      {"\xE3\x80\x80select\xE3\x80\x80\x31", "word:select integer:1"},
      {"SELECT a1 _b $c 列", "word:SELECT word:a1 word:_b word:$c word:列"},
      {"1 1.5 .5 1. 1e3 1.5E-3 .5e+2 1.e2",
       "integer:1 decimal:1.5 decimal:.5 decimal:1. double:1e3 double:1.5E-3 double:.5e+2 "
       "double:1.e2"},
      {"1a 1_2 1e 1e3x 2024年", "word:1a word:1_2 word:1e word:1e3x word:2024年"},
      {"t.1a .5x a.b", "word:t symbol:. word:1a symbol:. word:5x word:a symbol:. word:b"},
      {"1.5x", "decimal:1.5 word:x"},
      {"1..2", "decimal:1. decimal:.2"},
      {R"('a''b' "c""d" 'e\'f' '\\')", R"(string:'a''b' string:"c""d" string:'e\'f' string:'\\')"},
      {"'a' 'b'", "string:'a' string:'b'"},
      {"'multi\nline'", "string:'multi\nline'"},
      {"`a``b` `c d`", "name:`a``b` name:`c d`"},
      {R"(`a\`)", R"(name:`a\`)"},
      {"X'41' x\"42\" x y", "binary:X'41' binary:x\"42\" word:x word:y"},
      {"a--b\nc -- d", "word:a word:c"},
      {"a/*b*/c/**/d/*!e*/f/*+g*/h", "word:a word:c word:d word:f word:h"},
      {"/* a /* b */ c", "word:c"},
      {"<= >= <> != <=> < > =",
       "symbol:<= symbol:>= symbol:<> symbol:!= symbol:<=> symbol:< symbol:> symbol:="},
      {"|| && -> => | & - !",
       "symbol:|| symbol:&& symbol:-> symbol:=> symbol:| symbol:& symbol:- symbol:!"},
      {"+*/%^~@:?,;()[]{}.",
       "symbol:+ symbol:* symbol:/ symbol:% symbol:^ symbol:~ symbol:@ symbol:: symbol:? symbol:, "
       "symbol:; symbol:( symbol:) symbol:[ symbol:] symbol:{ symbol:} symbol:."},
      {"a-1", "word:a symbol:- integer:1"},
      {"@@a @'b'", "symbol:@ symbol:@ word:a symbol:@ string:'b'"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Describe(text), expected) << text;
}

TEST(Lexer, MarksWhatIsNoToken) {
  const std::pair<const char*, const char*> cases[] = {
      {"a 'b", "word:a invalid:'b"},
      {"a 'b\\", "word:a invalid:'b\\"},
      {"a 'b\\'", "word:a invalid:'b\\'"},
      {"a \"b", "word:a invalid:\"b"},
      {"a `b", "word:a invalid:`b"},
      {"X'4", "invalid:X'4"},
      {"a /* b", "word:a invalid:/* b"},
      {"a # b", "word:a invalid:# word:b"},
      {"a \\ b", "word:a invalid:\\ word:b"},
      {"\x01", "invalid:\x01"},
      {"“a”", "invalid:“ word:a invalid:”"},
      {"a，b", "word:a invalid:， word:b"},
      {"f（a）；", "word:f invalid:（ word:a invalid:） invalid:；"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Describe(text), expected) << text;
}

TEST(Lexer, PlacesTokensByLineAndCharacter) {
  Lexer lexer("a\n  列b /* x\ny */ 'é' c");
  const uint32_t expected[][3] = {{0, 1, 0}, {4, 2, 2}, {19, 3, 5}, {24, 3, 9}};
  for (const auto& [offset, line, column] : expected) {
    const Token token = lexer.Next();
    EXPECT_EQ(token.position.offset_bytes, offset);
    EXPECT_EQ(token.position.line, line);
    EXPECT_EQ(token.position.column, column);
  }
}

TEST(Lexer, FindsKeywordsInAnyCase) {
  EXPECT_EQ(FindKeyword("select"), Keyword::kSelect);
  EXPECT_EQ(FindKeyword("SeLeCt"), Keyword::kSelect);
  EXPECT_EQ(FindKeyword("year"), Keyword::kYear);
  EXPECT_EQ(FindKeyword("access"), Keyword::kAccess);
  for (const char* word : {"", "selec", "selects", "bitshiftrightlogically", "列"}) {
    EXPECT_EQ(FindKeyword(word), Keyword::kNotAKeyword) << word;
  }
  EXPECT_EQ(KeywordText(Keyword::kGroupingId), "GROUPING_ID");
}

TEST(Lexer, UndoesQuotes) {
  EXPECT_EQ(UnescapeString(R"('a\0b\b\n\r\t\Zc')"), std::string("a\0b\b\n\r\t\x1A"
                                                                "c",
                                                                9));
  EXPECT_EQ(UnescapeString(R"('50\% a\_b')"), R"(50\% a\_b)");
  EXPECT_EQ(UnescapeString(R"("it's ""x""")"), R"(it's "x")");
  EXPECT_EQ(UnquoteName("`a``b`"), "a`b");
  EXPECT_EQ(DecodeHex("X'4a4B'"), "JK");
  for (const char* text : {"X'4'", "X'4g'", "X' 4'", "x\"zz\""})
    EXPECT_FALSE(DecodeHex(text)) << text;
}

TEST(Lexer, CollectsHints) {
  const auto hints = HintsAfter("SELECT /* a */ /*+ b */ -- c\n /*+d*/ 1 /*+ e */", 6);
  ASSERT_EQ(hints.size(), 2U);
  EXPECT_EQ(hints[0].text, " b ");
  EXPECT_EQ(hints[1].text, "d");
}

}  // namespace
}  // namespace firn::sql
