#include "sql/parser.h"

#include "base/result_testing.h"
#include "sql/golden_testing.h"
#include "sql/printer.h"

namespace firn::sql {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using testing::GoldenCase;
using testing::ReadCases;
using testing::ReadGolden;

// Printing, parsing and printing again must change nothing.
void ExpectStable(const std::string& printed, const ParseOptions& options = {}) {
  const PrintOptions print_options{.pipes_as_concat = options.pipes_as_concat};
  const auto again = ParseOne(printed, options);
  ASSERT_TRUE(again.has_value()) << printed << "\n" << again.error().message();
  EXPECT_EQ(Print(*again->statement, print_options), printed);
}

TEST(Parser, ReadsTheGuideClientsAndDocumentedExamples) {
  const std::pair<const char*, size_t> scripts[] = {
      {"guide.sql", 7}, {"clients.sql", 92}, {"starrocks_docs.sql", 53}};
  for (const auto& [name, statement_count_min] : scripts) {
    SCOPED_TRACE(name);
    ASSERT_OK_AND_ASSIGN(const auto statements, Parse(ReadGolden(name)));
    EXPECT_GE(statements.size(), statement_count_min);
    for (const ParsedStatement& parsed : statements) ExpectStable(Print(*parsed.statement));
  }
}

TEST(Parser, PrintsOneCanonicalForm) {
  for (const GoldenCase& c : ReadCases("canonical.txt")) {
    SCOPED_TRACE(c.text);
    const auto parsed = ParseOne(c.text);
    ASSERT_TRUE(parsed.has_value()) << c.text << "\n" << parsed.error().message();
    EXPECT_EQ(Print(*parsed->statement), c.expected);
    ExpectStable(c.expected);
  }
}

TEST(Parser, ExplainsWhatIsWrong) {
  for (const GoldenCase& c : ReadCases("syntax_errors.txt")) {
    SCOPED_TRACE(c.text);
    const auto parsed = Parse(c.text);
    ASSERT_FALSE(parsed.has_value()) << c.text;
    EXPECT_EQ(parsed.error().reason() + "\n" + parsed.error().message(), c.expected);
  }
}

TEST(Parser, NeverShowsSecretsInErrors) {
  const char* texts[] = {
      R"(CREATE EXTERNAL CATALOG c PROPERTIES ("iceberg.catalog.rest.secret-access-key" = wJalrXUtnFEMI))",
      R"(CREATE EXTERNAL CATALOG c PROPERTIES ("iceberg.catalog.rest.secret-access-key" "wJalrXUtnFEMI"))",
      R"(CREATE EXTERNAL CATALOG c PROPERTIES ("iceberg.catalog.rest.secret-access-key" = "wJalrXUtnFEMI)",
      R"(CREATE EXTERNAL CATALOG c PROPERTIES ("iceberg.catalog.oauth2.credential" = "wJalrXUtnFEMI" x)",
      R"(ALTER CATALOG c SET ("aws.s3.secret_key" = "wJalrXUtnFEMI",))",
      "CREATE USER u IDENTIFIED BY 'wJalrXUtnFEMI' FOO",
      "CREATE USER u IDENTIFIED BY wJalrXUtnFEMI",
      "SET PASSWORD = PASSWORD('wJalrXUtnFEMI'",
      "SET PASSWORD FOR u = PASSWORD(wJalrXUtnFEMI)",
      R"(SELECT * FROM FILES("aws.s3.secret_key" = "wJalrXUtnFEMI") WHERE)",
      // The same line's earlier statement.
      "CREATE USER u IDENTIFIED BY 'wJalrXUtnFEMI'; SELEC 1",
  };
  for (const char* text : texts) {
    SCOPED_TRACE(text);
    const auto parsed = Parse(text);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().FullMessage().find("wJalr"), std::string::npos)
        << parsed.error().FullMessage();
  }
}

TEST(Parser, SplitsAScriptAndKeepsEachText) {
  ASSERT_OK_AND_ASSIGN(const auto statements,
                       Parse(" ;; SELECT ';' ; -- a; b\n USE db;\n\n/* c; */ COMMIT"));
  ASSERT_EQ(statements.size(), 3U);
  EXPECT_EQ(statements[0].text(), "SELECT ';'");
  EXPECT_EQ(statements[1].text(), "USE db");
  EXPECT_EQ(statements[2].text(), "COMMIT");
  EXPECT_EQ(statements[1].statement->kind, StatementKind::kUse);
  EXPECT_EQ(statements[1].statement->position.line, 2U);
  EXPECT_EQ(statements[1].statement->position.column, 1U);
}

TEST(Parser, TakesEmptyScriptsForNoStatement) {
  for (const char* text :
       {"", " ", ";", "-- nothing", "/* nothing */;", "/*!40101 SET x = 1 */;", "\xEF\xBB\xBF"}) {
    ASSERT_OK_AND_ASSIGN(const auto statements, Parse(text));
    EXPECT_TRUE(statements.empty()) << text;
    EXPECT_THAT(ParseOne(text), IsError(ErrorCode::kInvalidArgument, "EmptyStatement"));
  }
  EXPECT_THAT(ParseOne("SELECT 1; SELECT 2"),
              IsError(ErrorCode::kInvalidArgument, "OneStatementExpected"));
}

TEST(Parser, CountsParametersPerStatement) {
  ASSERT_OK_AND_ASSIGN(
      const auto statements,
      Parse("SELECT ?, ? FROM t WHERE a IN (?); SELECT ?; PREPARE p FROM SELECT ?"));
  EXPECT_EQ(statements[0].parameter_count, 3U);
  EXPECT_EQ(statements[1].parameter_count, 1U);
  EXPECT_EQ(statements[2].parameter_count, 0U);
}

TEST(Parser, ReadsPipesAsTheModeSays) {
  ASSERT_OK_AND_ASSIGN(const auto logical, ParseExpression("a || b || c"));
  EXPECT_EQ(logical->kind, ExpressionKind::kLogical);
  const ParseOptions options{.pipes_as_concat = true};
  ASSERT_OK_AND_ASSIGN(const auto joined, ParseExpression("a || b || -c = d OR e", options));
  EXPECT_EQ(Print(*joined, {.pipes_as_concat = true}), "a || b || -c = d OR e");
  EXPECT_EQ(Print(*joined), "concat(concat(a, b), -c) = d OR e");
}

TEST(Parser, ReadsNumbersAsTheModeSays) {
  ASSERT_OK_AND_ASSIGN(const auto decimal, ParseExpression("1.5"));
  EXPECT_EQ(As<LiteralExpression>(*decimal).value.kind, LiteralKind::kDecimal);
  ASSERT_OK_AND_ASSIGN(const auto number, ParseExpression("1.5", {.double_literals = true}));
  EXPECT_EQ(As<LiteralExpression>(*number).value.kind, LiteralKind::kDouble);
}

TEST(Parser, PlacesNodesInCharacters) {
  ASSERT_OK_AND_ASSIGN(const auto parsed, ParseOne("SELECT '中文',\n  列 + 1"));
  const auto& query = *As<QueryStatement>(*parsed.statement).query;
  const auto& select = As<SelectBody>(*query.body);
  EXPECT_EQ(select.items[1].position.line, 2U);
  EXPECT_EQ(select.items[1].position.column, 2U);
  EXPECT_EQ(select.items[1].position.offset_bytes, 19U);
  EXPECT_EQ(select.items[0].source, "'中文'");
  EXPECT_EQ(select.items[1].source, "列 + 1");
}

TEST(Parser, RecognisesPartitionTransforms) {
  struct Case {
    const char* term;
    const char* transform;
    const char* column;
    std::optional<int64_t> argument;
  };
  const Case cases[] = {
      {"a", "identity", "a", {}},
      {"year(a)", "year", "a", {}},
      {"BUCKET(a, 16)", "bucket", "a", 16},
      {"truncate(4, a)", "truncate", "a", 4},
      {"date_trunc('DAY', a)", "day", "a", {}},
      {"void(a)", "void", "a", {}},
      {"f(a, b)", "", "", {}},
      {"f(a + 1)", "", "", {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.term);
    ASSERT_OK_AND_ASSIGN(
        const auto parsed,
        ParseOne(std::string("CREATE TABLE t (a INT) PARTITION BY (") + c.term + ")"));
    const auto& term = As<CreateTableStatement>(*parsed.statement).partition_by.front();
    EXPECT_EQ(term.transform, c.transform);
    EXPECT_EQ(term.column, c.column);
    EXPECT_EQ(term.argument, c.argument);
  }
}

TEST(Parser, KeepsHintsAndTheirVariables) {
  ASSERT_OK_AND_ASSIGN(const auto parsed,
                       ParseOne("SELECT /*+ SET_VAR(a = 1, b = on, `c` = 'x') */ 1"));
  const auto& hints = As<SelectBody>(*As<QueryStatement>(*parsed.statement).query->body).hints;
  ASSERT_EQ(hints.size(), 1U);
  ASSERT_EQ(hints[0].variables.size(), 3U);
  EXPECT_EQ(hints[0].variables[1].first, "b");
  EXPECT_EQ(hints[0].variables[1].second, Literal::String("on"));
  // A broken hint is only text.
  ASSERT_OK_AND_ASSIGN(const auto broken, ParseOne("SELECT /*+ SET_VAR(a = */ 1"));
  EXPECT_EQ(As<SelectBody>(*As<QueryStatement>(*broken.statement).query->body).hints[0].text,
            "SET_VAR(a =");
}

TEST(Parser, SplitsMetadataTables) {
  EXPECT_EQ(SplitMetadataTable("t$snapshots"),
            std::pair(std::string("t"), std::string("snapshots")));
  EXPECT_EQ(SplitMetadataTable("a$b$refs"), std::pair(std::string("a$b"), std::string("refs")));
  for (const char* name : {"t", "$x", "x$", "$", ""})
    EXPECT_FALSE(SplitMetadataTable(name)) << name;
}

TEST(Parser, ReadsTypesAlone) {
  ASSERT_OK_AND_ASSIGN(const TypeName type,
                       ParseTypeName("struct<a: int, b array<decimal(10,2)>>"));
  EXPECT_EQ(Print(type), "STRUCT<a INT, b ARRAY<DECIMAL(10, 2)>>");
  for (const char* text : {"", "intt", "array", "array<int", "map<int>", "decimal(0)",
                           "decimal(77)", "decimal(4, 5)", "varchar(x)", "int int"}) {
    EXPECT_THAT(ParseTypeName(text), IsError(ErrorCode::kInvalidArgument, "SyntaxError")) << text;
  }
}

TEST(Parser, NamesEveryKind) {
  for (int kind = 0; kind <= static_cast<int>(StatementKind::kCall); ++kind) {
    EXPECT_STRNE(StatementKindName(static_cast<StatementKind>(kind)), "");
  }
  for (int kind = 0; kind <= static_cast<int>(ShowKind::kWarnings); ++kind) {
    EXPECT_STRNE(ShowKindName(static_cast<ShowKind>(kind)), "");
  }
  for (int kind = 0; kind <= static_cast<int>(ExpressionKind::kCollate); ++kind) {
    EXPECT_STRNE(ExpressionKindName(static_cast<ExpressionKind>(kind)), "");
  }
}

}  // namespace
}  // namespace firn::sql
