#include "sql/printer.h"

#include "base/result_testing.h"
#include "sql/parser.h"

namespace firn::sql {
namespace {

// Random text of the grammar, the same for the same seed.
class RandomText {
 public:
  explicit RandomText(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

  std::string Expression(int depth) {
    if (depth <= 0) return Leaf();
    const std::string a = Expression(depth - 1 - static_cast<int>(Below(2)));
    const std::string b = Expression(depth - 2);
    switch (Below(30)) {
      case 0: return "(" + a + ")";
      case 1: return "- " + a;  // `--` begins a comment.
      case 2: return "NOT " + a;
      case 3: return "!" + a;
      case 4: return "~" + a;
      case 5: return a + " AND " + b;
      case 6: return a + " OR " + b;
      case 7: return a + " || " + b;
      case 8: return a + (Below(2) == 0 ? " NOT" : "") + " BETWEEN (" + b + ") AND " + Leaf();
      case 9: return a + (Below(2) == 0 ? " NOT" : "") + " IN (" + b + ", " + Leaf() + ")";
      case 10: return a + " IN (SELECT " + b + ")";
      case 11: return a + " LIKE " + b;
      case 12: return a + " IS NOT NULL";
      case 13: return "CASE " + a + " WHEN " + b + " THEN " + Leaf() + " ELSE " + b + " END";
      case 14: return "CAST(" + a + " AS DECIMAL(10, 2))";
      case 15: return "f(" + a + ", " + b + ")";
      case 16:
        return "sum(DISTINCT " + a + ") OVER (PARTITION BY " + b + " ORDER BY " + Leaf() + " DESC)";
      case 17: return "(SELECT " + a + " FROM t WHERE " + b + ")";
      case 18: return "EXISTS (SELECT " + a + ")";
      case 19: return "[" + a + ", " + b + "]";
      case 20: return "map{" + a + ": " + b + "}";
      case 21: return Leaf() + "[" + a + "]";
      case 22: return "(" + a + ", " + b + ")";
      case 23: return "array_map(x -> " + a + ", " + b + ")";
      case 24: return Leaf() + " -> '$.a'";
      case 25: return "INTERVAL (" + a + ") DAY";
      case 26: return "(" + a + ").field";
      case 27: return a + " XOR " + b;
      default: return a + Operator() + b;
    }
  }

  std::string Query(int depth) {
    std::string text = "SELECT " + std::string(Below(4) == 0 ? "DISTINCT " : "") +
                       Expression(depth) + " AS x, " + Leaf();
    if (Below(3) != 0) text += " FROM " + Relation(depth);
    if (Below(3) == 0) text += " WHERE " + Expression(depth);
    if (Below(4) == 0) text += " GROUP BY " + std::string(Below(2) == 0 ? "ROLLUP(a, b)" : "a, b");
    if (Below(4) == 0) text += " HAVING " + Expression(depth - 1);
    if (depth > 1 && Below(3) == 0) {
      const char* operators[] = {" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ", " MINUS "};
      const std::string other = Query(depth - 1);
      text += operators[Below(5)] + (Below(2) == 0 ? "(" + other + ")" : other);
    }
    if (Below(3) == 0) return "(" + text + " LIMIT 3)";
    return text;
  }

 private:
  std::string Relation(int depth) {
    switch (depth <= 0 ? 0 : Below(6)) {
      case 1: return "(" + Query(depth - 1) + ") AS q";
      case 2: return Relation(depth - 1) + " LEFT JOIN (" + Relation(depth - 2) + ") ON " + Leaf();
      case 3: return "(" + Relation(depth - 1) + " JOIN u USING (a))";
      case 4: return Relation(depth - 1) + ", unnest(" + Leaf() + ") v(y)";
      case 5: return "t VERSION AS OF 5 AS w";
      default: return "a.b.t";
    }
  }

  std::string Leaf() {
    const char* leaves[] = {"1",
                            "-2",
                            "1.5",
                            ".5",
                            "1e3",
                            "NULL",
                            "TRUE",
                            "'a''b'",
                            "\"c\\n\"",
                            "X'41'",
                            "a",
                            "t.a",
                            "`b c`",
                            "@v",
                            "@@s.x",
                            "?",
                            "now()",
                            "date",
                            "DATE '2024-01-01'",
                            "count(*)"};
    const std::string leaf = leaves[Below(20)];
    return leaf == "@@s.x" ? "@@session.x" : leaf;
  }

  std::string Operator() {
    const char* operators[] = {
        " + ", " - ", " * ", " / ", " DIV ", " % ",  " MOD ",          " ^ ",
        " & ", " | ", " = ", " < ", " <=> ", " != ", " BITSHIFTLEFT ", " BITSHIFTRIGHTLOGICAL "};
    return operators[Below(16)];
  }

  uint64_t Below(uint64_t bound) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_ % bound;
  }

  uint64_t state_;
};

void ExpectRoundTrip(const std::string& text, const ParseOptions& options) {
  const PrintOptions print_options{.pipes_as_concat = options.pipes_as_concat};
  const auto first = ParseOne(text, options);
  ASSERT_TRUE(first.has_value()) << text << "\n" << first.error().message();
  const std::string printed = Print(*first->statement, print_options);
  const auto second = ParseOne(printed, options);
  ASSERT_TRUE(second.has_value()) << text << "\n" << printed << "\n" << second.error().message();
  EXPECT_EQ(Print(*second->statement, print_options), printed) << text;
}

TEST(Printer, RoundTripsRandomQueries) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    RandomText random(seed);
    ExpectRoundTrip(random.Query(static_cast<int>(seed % 5)), {.pipes_as_concat = seed % 2 == 0});
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Printer, QuotesNamesOnlyWhereTheyNeedIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"a", "a"},
      {"A_1", "A_1"},
      {"$x", "$x"},
      {"列", "列"},
      {"key", "key"},
      {"1a", "`1a`"},
      {"a b", "`a b`"},
      {"a`b", "`a``b`"},
      {"select", "`select`"},
      {"Order", "`Order`"},
      {"date", "`date`"},
      {"a-b", "`a-b`"},
      {"", "``"},
      {"\xE3\x80\x80", "`\xE3\x80\x80`"},
  };
  for (const auto& [name, quoted] : cases) EXPECT_EQ(QuoteIdentifier(name), quoted);
}

TEST(Printer, QuotesStringsSoThatTheyReadBack) {
  for (const std::string& text :
       {std::string("a'b"), std::string("a\\b"), std::string("\0\n\r\t\x1A", 5),
        std::string("\\%_\\_"), std::string("\"x\""), std::string("中文"), std::string()}) {
    ASSERT_OK_AND_ASSIGN(const auto literal, ParseExpression(QuoteString(text)));
    EXPECT_EQ(As<LiteralExpression>(*literal).value.text, text);
  }
}

TEST(Printer, PrintsPiecesAlone) {
  EXPECT_EQ(Print(Literal::Null()), "NULL");
  EXPECT_EQ(Print(Literal::String("a'b")), "'a''b'");
  EXPECT_EQ(Print(Literal{LiteralKind::kBinary, false, "AB"}), "X'4142'");
  EXPECT_EQ(Print(ObjectName{{}, {"c", "my db", "order"}}), "c.`my db`.`order`");
}

}  // namespace
}  // namespace firn::sql
