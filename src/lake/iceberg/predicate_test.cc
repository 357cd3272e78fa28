#include "lake/iceberg/predicate.h"

#include <cmath>

#include "base/random.h"
#include "base/result_testing.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/predicate_strict.h"

namespace firn::iceberg {
namespace {

using enum PredicateKind;

Type TypeOf(std::string_view text) { return *ParsePrimitiveType(text); }
Predicate Compare(PredicateKind kind, Literal literal) {
  return Predicate::Compare(kind, 1, std::move(literal));
}

TEST(Predicates, FoldConstants) {
  const Predicate leaf = Compare(kEqual, Literal::Int(1));
  EXPECT_EQ(Predicate::And({}).kind(), kTrue);
  EXPECT_EQ(Predicate::Or({}).kind(), kFalse);
  EXPECT_EQ(Predicate::And({Predicate::True(), leaf}).ToString(), "1 = 1");
  EXPECT_EQ(Predicate::And({Predicate::False(), leaf}).kind(), kFalse);
  EXPECT_EQ(Predicate::Or({Predicate::True(), leaf}).kind(), kTrue);
  EXPECT_EQ(Predicate::Or({Predicate::False(), leaf}).ToString(), "1 = 1");
  EXPECT_EQ(Predicate::In(1, {}).kind(), kFalse);
  EXPECT_EQ(Predicate::NotIn(1, {}).kind(), kTrue);
}

TEST(Predicates, NegationReachesTheLeaves) {
  const Predicate both = Predicate::And(
      {Compare(kLess, Literal::Int(5)),
       Predicate::Or({Predicate::IsNull(2),
                      Predicate::In(3, {Literal::String("a"), Literal::String("b")})})});
  EXPECT_EQ(both.ToString(), "(1 < 5 and (2 is null or 3 in ('a', 'b')))");
  EXPECT_EQ(Predicate::Not(both).ToString(), "(1 >= 5 or (2 is not null and 3 not in ('a', 'b')))");
  EXPECT_EQ(Predicate::Not(Predicate::Not(both)).ToString(), both.ToString());
  for (const PredicateKind kind : {kEqual, kNotEqual, kLess, kLessOrEqual, kGreater,
                                   kGreaterOrEqual, kStartsWith, kNotStartsWith}) {
    const Predicate leaf = Compare(kind, Literal::String("a"));
    EXPECT_EQ(Predicate::Not(Predicate::Not(leaf)).ToString(), leaf.ToString());
  }
  EXPECT_EQ(Predicate::Not(Predicate::IsNan(1)).kind(), kNotNan);
}

TEST(Predicates, TooDeepIsTrueAndSoIsItsNegation) {
  Predicate deep = Compare(kEqual, Literal::Int(1));
  for (int i = 0; i < 3 * kPredicateDepthMax; ++i) {
    deep = i % 2 == 0 ? Predicate::And({deep, Predicate::NotNull(2)})
                      : Predicate::Or({deep, Predicate::IsNull(3)});
  }
  EXPECT_NE(deep.kind(), kFalse);
  EXPECT_EQ(Predicate::Not(deep).kind(), kTrue);
  EXPECT_EQ(Predicate::Not(Predicate::And({deep, Predicate::IsNull(2)})).kind(), kTrue);
}

/// A file of one column with the metrics given; counts of -1 are left out.
struct Column {
  std::string type = "int";
  std::int64_t values = 10;
  std::int64_t nulls = 0;
  std::int64_t nans = -1;
  std::optional<Literal> lower;
  std::optional<Literal> upper;
};

bool MayMatch(const Column& column, const Predicate& predicate) {
  Schema schema;
  schema.fields = {{.id = 1, .name = "c", .type = TypeOf(column.type)}};
  DataFile file;
  file.record_count = 10;
  if (column.values >= 0) file.value_counts[1] = column.values;
  if (column.nulls >= 0) file.null_value_counts[1] = column.nulls;
  if (column.nans >= 0) file.nan_value_counts[1] = column.nans;
  if (column.lower) file.lower_bounds[1] = ToBinary(*column.lower);
  if (column.upper) file.upper_bounds[1] = ToBinary(*column.upper);
  return MayMatchMetrics(predicate, schema, file);
}

TEST(Metrics, IntegersAgainstEveryComparison) {
  const Column column{.lower = Literal::Int(30), .upper = Literal::Int(79)};
  const struct {
    PredicateKind kind;
    int literal;
    bool may_match;
  } cases[] = {
      {kEqual, 29, false},          {kEqual, 30, true},          {kEqual, 79, true},
      {kEqual, 80, false},          {kNotEqual, 29, true},       {kNotEqual, 30, true},
      {kLess, 30, false},           {kLess, 31, true},           {kLessOrEqual, 29, false},
      {kLessOrEqual, 30, true},     {kGreater, 79, false},       {kGreater, 78, true},
      {kGreaterOrEqual, 80, false}, {kGreaterOrEqual, 79, true},
  };
  for (const auto& item : cases) {
    EXPECT_EQ(MayMatch(column, Compare(item.kind, Literal::Int(item.literal))), item.may_match)
        << static_cast<int>(item.kind) << " " << item.literal;
  }
  EXPECT_FALSE(MayMatch(column, Predicate::In(1, {Literal::Int(5), Literal::Int(80)})));
  EXPECT_TRUE(MayMatch(column, Predicate::In(1, {Literal::Int(5), Literal::Int(40)})));
  EXPECT_TRUE(MayMatch(column, Predicate::NotIn(1, {Literal::Int(30)})));
  const Column constant{.lower = Literal::Int(7), .upper = Literal::Int(7)};
  EXPECT_FALSE(MayMatch(constant, Compare(kNotEqual, Literal::Int(7))));
  EXPECT_FALSE(MayMatch(constant, Predicate::NotIn(1, {Literal::Int(3), Literal::Int(7)})));
}

TEST(Metrics, WhatIsUnknownRulesOutNothing) {
  for (const PredicateKind kind :
       {kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual}) {
    EXPECT_TRUE(MayMatch({.values = -1, .nulls = -1}, Compare(kind, Literal::Int(1))));
    EXPECT_TRUE(MayMatch({.lower = Literal::Int(1), .upper = Literal::Int(2)},
                         Compare(kind, Literal::String("x"))));
    EXPECT_TRUE(MayMatch({.lower = Literal::Int(1), .upper = Literal::Int(2)},
                         Compare(kind, Literal::Double(1.5))));
    EXPECT_TRUE(MayMatch({.lower = Literal::Long(1)}, Compare(kind, Literal::Int(1))))
        << "a bound of another width";
    EXPECT_TRUE(
        MayMatch({.type = "double", .lower = Literal::Double(NAN), .upper = Literal::Double(NAN)},
                 Compare(kind, Literal::Double(1))));
    EXPECT_TRUE(
        MayMatch({.type = "double", .lower = Literal::Double(1), .upper = Literal::Double(2)},
                 Compare(kind, Literal::Double(NAN))));
  }
  EXPECT_TRUE(MayMatch({}, Predicate::Compare(kEqual, 99, Literal::Int(1)))) << "an unknown column";
}

TEST(Metrics, NullsAndNansAreCounted) {
  const Column all_null{.nulls = 10};
  EXPECT_TRUE(MayMatch(all_null, Predicate::IsNull(1)));
  EXPECT_FALSE(MayMatch(all_null, Predicate::NotNull(1)));
  EXPECT_FALSE(MayMatch(all_null, Compare(kEqual, Literal::Int(1))));
  EXPECT_FALSE(MayMatch(all_null, Compare(kNotEqual, Literal::Int(1))));
  EXPECT_FALSE(MayMatch({.nulls = 0}, Predicate::IsNull(1)));
  EXPECT_TRUE(MayMatch({.nulls = 3}, Predicate::IsNull(1)));
  EXPECT_TRUE(MayMatch({.nulls = -1}, Predicate::IsNull(1)));

  const Column all_nan{.type = "double", .nans = 10};
  EXPECT_TRUE(MayMatch(all_nan, Predicate::IsNan(1)));
  EXPECT_TRUE(MayMatch(all_nan, Predicate::NotNull(1)));
  EXPECT_FALSE(MayMatch(all_nan, Predicate::NotNan(1)));
  EXPECT_FALSE(MayMatch(all_nan, Compare(kLess, Literal::Double(1))));
  EXPECT_TRUE(MayMatch(all_nan, Compare(kGreater, Literal::Double(1))))
      << "NaN is above every number";
  EXPECT_FALSE(MayMatch({.type = "double", .nans = 0}, Predicate::IsNan(1)));
  EXPECT_FALSE(MayMatch({}, Predicate::IsNan(1))) << "integers have none";
  const Column some{
      .type = "double", .nans = 1, .lower = Literal::Double(1), .upper = Literal::Double(2)};
  EXPECT_TRUE(MayMatch(some, Compare(kGreater, Literal::Double(5))));
  EXPECT_FALSE(MayMatch(some, Compare(kEqual, Literal::Double(5))));
}

TEST(Metrics, BothZerosAreOneNumber) {
  const Column negative{
      .type = "double", .nans = 0, .lower = Literal::Double(-0.0), .upper = Literal::Double(-0.0)};
  EXPECT_TRUE(MayMatch(negative, Compare(kEqual, Literal::Double(0.0))));
  EXPECT_TRUE(MayMatch(negative, Compare(kGreaterOrEqual, Literal::Double(0.0))));
  const Column positive{
      .type = "float", .nans = 0, .lower = Literal::Float(0.0F), .upper = Literal::Float(0.0F)};
  EXPECT_TRUE(MayMatch(positive, Compare(kEqual, Literal::Float(-0.0F))));
  EXPECT_TRUE(MayMatch(positive, Compare(kLessOrEqual, Literal::Float(-0.0F))));
  EXPECT_FALSE(MayMatch(positive, Compare(kLess, Literal::Float(-0.0F))));
}

TEST(Metrics, TextBoundsMayBeCut) {
  const Column cut{
      .type = "string", .lower = Literal::String("abcd"), .upper = Literal::String("abce")};
  EXPECT_TRUE(MayMatch(cut, Compare(kEqual, Literal::String("abcdef"))));
  EXPECT_FALSE(MayMatch(cut, Compare(kEqual, Literal::String("abcf"))));
  EXPECT_TRUE(MayMatch(cut, Compare(kStartsWith, Literal::String("abc"))));
  EXPECT_TRUE(MayMatch(cut, Compare(kStartsWith, Literal::String("abcdzz"))));
  EXPECT_FALSE(MayMatch(cut, Compare(kStartsWith, Literal::String("abd"))));
  EXPECT_FALSE(MayMatch(cut, Compare(kStartsWith, Literal::String("abb"))));
  EXPECT_FALSE(MayMatch(cut, Compare(kNotStartsWith, Literal::String("abc"))));
  EXPECT_TRUE(MayMatch(cut, Compare(kNotStartsWith, Literal::String("abcd"))));
  const Column same{.type = "string", .lower = Literal::String("a"), .upper = Literal::String("a")};
  EXPECT_TRUE(MayMatch(same, Compare(kNotEqual, Literal::String("a"))))
      << "equal bounds may both be cut";
}

TEST(Metrics, LongListsAreNotWalked) {
  const std::vector<Literal> many(kInLiteralsMax + 1, Literal::Int(5));
  EXPECT_TRUE(
      MayMatch({.lower = Literal::Int(30), .upper = Literal::Int(79)}, Predicate::In(1, many)));
}

std::string Projected(std::string_view type, std::string_view transform,
                      const Predicate& predicate) {
  Schema schema;
  schema.fields = {{.id = 1, .name = "c", .type = TypeOf(type)}};
  PartitionSpec spec;
  spec.fields = {
      {.source_id = 1, .field_id = 1000, .name = "p", .transform = *ParseTransform(transform)}};
  return Project(predicate, spec, schema).ToString();
}

TEST(Projections, OfIdentityKeepEverything) {
  EXPECT_EQ(Projected("int", "identity", Compare(kLess, Literal::Long(5))), "1000 < 5");
  EXPECT_EQ(Projected("int", "identity", Compare(kNotEqual, Literal::Int(5))), "1000 != 5");
  EXPECT_EQ(Projected("int", "identity", Predicate::IsNull(1)), "1000 is null");
  EXPECT_EQ(Projected("string", "identity", Compare(kStartsWith, Literal::String("a"))),
            "1000 starts with 'a'");
  EXPECT_EQ(Projected("int", "identity", Compare(kLess, Literal::Long(1LL << 40))), "true");
}

TEST(Projections, OfBucketsKeepEqualityOnly) {
  EXPECT_EQ(Projected("long", "bucket[16]", Compare(kEqual, Literal::Int(34))), "1000 in (3)");
  EXPECT_EQ(Projected("long", "bucket[16]", Compare(kLess, Literal::Int(34))), "true");
  EXPECT_EQ(Projected("long", "bucket[16]", Compare(kNotEqual, Literal::Int(34))), "true");
  EXPECT_EQ(Projected("long", "bucket[16]", Predicate::NotNull(1)), "1000 is not null");
}

TEST(Projections, OfOrderedTransformsKeepOrder) {
  EXPECT_EQ(Projected("int", "truncate[10]", Compare(kLess, Literal::Int(100))),
            "(1000 <= 90 or 1000 > 2147483637)");
  EXPECT_EQ(Projected("int", "truncate[10]", Compare(kLessOrEqual, Literal::Int(100))),
            "(1000 <= 100 or 1000 > 2147483637)");
  EXPECT_EQ(Projected("int", "truncate[10]", Compare(kGreater, Literal::Int(INT32_MIN))), "true");
  EXPECT_EQ(Projected("int", "truncate[10]", Compare(kGreater, Literal::Int(99))), "1000 >= 100");
  EXPECT_EQ(Projected("int", "truncate[10]", Compare(kGreater, Literal::Int(INT32_MAX))),
            "1000 >= 2147483640");
  EXPECT_EQ(Projected("decimal(9, 2)", "truncate[10]", Compare(kLess, Literal::Int(1))),
            "1000 <= 1.00");
  EXPECT_EQ(Projected("date", "month", Compare(kLess, Literal::Date(31))), "1000 <= 0");
  EXPECT_EQ(Projected("timestamp", "day", Compare(kLess, Literal::Timestamp(86'400'000'000))),
            "1000 <= 1970-01-01");
  EXPECT_EQ(Projected("timestamp", "hour", Compare(kEqual, Literal::Timestamp(3'600'000'000))),
            "1000 in (1)");
  EXPECT_EQ(Projected("timestamp", "day", Compare(kNotEqual, Literal::Timestamp(0))), "true");
}

TEST(Projections, BeforeTheEpochAllowForOldWriters) {
  EXPECT_EQ(Projected("timestamp", "day", Compare(kEqual, Literal::Timestamp(-1))),
            "1000 in (1970-01-01, 1969-12-31)");
  EXPECT_EQ(Projected("timestamp", "year", Compare(kLessOrEqual, Literal::Timestamp(-1))),
            "1000 <= 0");
  EXPECT_EQ(Projected("timestamp", "year", Compare(kGreaterOrEqual, Literal::Timestamp(-1))),
            "1000 >= -1");
}

TEST(Projections, OfPrefixesCountCodePoints) {
  const auto starts = [](const char* prefix) {
    return Compare(kStartsWith, Literal::String(prefix));
  };
  EXPECT_EQ(Projected("string", "truncate[3]", starts("éé")), "1000 starts with 'éé'");
  EXPECT_EQ(Projected("string", "truncate[3]", starts("ééé")), "1000 = 'ééé'");
  EXPECT_EQ(Projected("string", "truncate[3]", starts("ééééé")), "1000 = 'ééé'");
  EXPECT_EQ(Projected("string", "truncate[3]", Predicate::Not(starts("éé"))),
            "1000 does not start with 'éé'");
  EXPECT_EQ(Projected("string", "truncate[3]", Predicate::Not(starts("ééé"))), "1000 != 'ééé'");
  EXPECT_EQ(Projected("string", "truncate[3]", Predicate::Not(starts("éééé"))), "true");
}

TEST(Projections, OfNothingKnownAreTrue) {
  const Predicate leaf = Compare(kEqual, Literal::Int(1));
  EXPECT_EQ(Projected("int", "void", leaf), "true");
  EXPECT_EQ(Projected("int", "zorder", leaf), "true");
  EXPECT_EQ(Projected("int", "identity", Predicate::Compare(kEqual, 2, Literal::Int(1))), "true");
  EXPECT_EQ(Projected("int", "identity", Predicate::And({leaf, Predicate::IsNull(2)})), "1000 = 1");
  EXPECT_EQ(Projected("int", "identity", Predicate::Or({leaf, Predicate::IsNull(2)})), "true");
}

// The oracle is the transform itself: whatever matches a row must be let through for that row's
// partition.
TEST(Projections, NeverLoseARow) {
  const auto random = SeededRandom(20261124);
  const std::vector<std::pair<const char*, const char*>> pairs = {
      {"int", "identity"}, {"int", "bucket[4]"}, {"int", "truncate[7]"},
      {"date", "day"},     {"date", "month"},    {"date", "year"}};
  for (int round = 0; round < 20'000; ++round) {
    const auto& [type_text, transform_text] = pairs[random->NextBelow(pairs.size())];
    const Type type = TypeOf(type_text);
    const auto draw = [&] {
      const std::int32_t near = static_cast<std::int32_t>(random->NextBelow(2000)) - 1000;
      if (type_text != std::string_view("int") || random->NextBelow(2) == 0) {
        return Literal{type, near};
      }
      // At the ends truncation wraps round.
      return Literal{type, near < 0 ? INT32_MAX + near % 20 : INT32_MIN + near % 20};
    };
    const Literal row = draw();
    const Literal bound = draw();
    const auto kind = static_cast<PredicateKind>(static_cast<int>(kEqual) +
                                                 static_cast<int>(random->NextBelow(6)));
    const std::strong_ordering order = *firn::iceberg::Compare(row, bound);
    const bool matches = kind == kEqual         ? order == 0
                         : kind == kNotEqual    ? order != 0
                         : kind == kLess        ? order < 0
                         : kind == kLessOrEqual ? order <= 0
                         : kind == kGreater     ? order > 0
                                                : order >= 0;
    if (!matches) continue;
    Schema schema;
    schema.fields = {{.id = 1, .name = "c", .type = type}};
    PartitionSpec spec;
    spec.fields = {{.source_id = 1,
                    .field_id = 1000,
                    .name = "p",
                    .transform = *ParseTransform(transform_text)}};
    const PartitionTuple partition = *PartitionOf(spec, {row});
    ASSERT_TRUE(MayMatchPartition(Project(Compare(kind, bound), spec, schema),
                                  PartitionFields(spec, schema), partition))
        << row.ToString() << " " << static_cast<int>(kind) << " " << bound.ToString() << " by "
        << transform_text;
  }
}

TEST(Summaries, RuleOutByBoundsAndNulls) {
  std::vector<NestedField> fields = {{.id = 1000, .name = "p", .type = TypeOf("int")}};
  const auto may_match = [&](FieldSummary summary, const Predicate& predicate) {
    return MayMatchSummaries(predicate, fields, std::span(&summary, 1));
  };
  const FieldSummary range{false, std::nullopt, ToBinary(Literal::Int(5)),
                           ToBinary(Literal::Int(9))};
  const auto equal = [](int value) {
    return Predicate::Compare(kEqual, 1000, Literal::Int(value));
  };
  EXPECT_FALSE(may_match(range, equal(4)));
  EXPECT_TRUE(may_match(range, equal(5)));
  EXPECT_FALSE(may_match(range, Predicate::IsNull(1000)));
  const FieldSummary nulls{true, std::nullopt, std::nullopt, std::nullopt};
  EXPECT_FALSE(may_match(nulls, equal(4)));
  EXPECT_FALSE(may_match(nulls, Predicate::NotNull(1000)));
  EXPECT_TRUE(may_match(nulls, Predicate::IsNull(1000)));
  const FieldSummary nothing;
  EXPECT_TRUE(may_match(nothing, equal(4))) << "a writer that left the bounds out";
  const FieldSummary broken{false, std::nullopt, "x", "y"};
  EXPECT_TRUE(may_match(broken, equal(4)));
  EXPECT_TRUE(MayMatchSummaries(equal(4), fields, {})) << "another number of fields";
  EXPECT_TRUE(may_match(range, Predicate::Compare(kEqual, 77, Literal::Int(1))));
}

/// Rows of one int column as a file's metrics tell of them.
DataFile FileOf(const std::vector<std::optional<std::int32_t>>& rows) {
  DataFile file;
  file.record_count = static_cast<std::int64_t>(rows.size());
  file.value_counts[1] = file.record_count;
  file.null_value_counts[1] = 0;
  std::optional<std::int32_t> low;
  std::optional<std::int32_t> high;
  for (const auto& row : rows) {
    if (!row) {
      ++file.null_value_counts[1];
      continue;
    }
    low = std::min(low.value_or(*row), *row);
    high = std::max(high.value_or(*row), *row);
  }
  if (low) {
    file.lower_bounds[1] = ToBinary(Literal::Int(*low));
    file.upper_bounds[1] = ToBinary(Literal::Int(*high));
  }
  return file;
}

bool Holds(const Predicate& predicate, const std::optional<std::int32_t>& row) {
  const auto holds = [&](const Predicate& operand) { return Holds(operand, row); };
  const auto& operands = predicate.operands();
  const auto literal = [&] { return std::get<std::int32_t>(predicate.literals()[0].value); };
  switch (predicate.kind()) {
    case kTrue: return true;
    case kAnd: return std::all_of(operands.begin(), operands.end(), holds);
    case kOr: return std::any_of(operands.begin(), operands.end(), holds);
    case kIsNull: return !row;
    case kNotNull: return row.has_value();
    case kEqual: return row && *row == literal();
    case kNotEqual: return row && *row != literal();
    case kLess: return row && *row < literal();
    case kGreaterOrEqual: return row && *row >= literal();
    default: return false;
  }
}

TEST(MustMatch, HoldsForEveryRowWhereItSaysSo) {
  const auto random = SeededRandom(11);
  const auto below = [&](std::uint64_t end) { return random->NextBelow(end); };
  const Schema schema{.schema_id = 0,
                      .fields = {{.id = 1, .name = "a", .type = TypeOf("int")}},
                      .identifier_field_ids = {}};
  const PartitionSpec spec{
      .spec_id = 0,
      .fields = {
          {.source_id = 1,
           .field_id = 1000,
           .name = "a_trunc",
           .transform = {.kind = TransformKind::kTruncate, .parameter = 4, .unknown_text = {}},
           .source_ids = {}}}};
  int certain = 0;
  for (int round = 0; round < 4'000; ++round) {
    // All rows of a file are of one partition; some files have no metrics.
    const auto base = static_cast<std::int32_t>(below(3)) * 4;
    const bool is_null = below(6) == 0;
    std::vector<std::optional<std::int32_t>> rows(1 + below(4));
    for (auto& row : rows) {
      if (!is_null) row = base + static_cast<std::int32_t>(below(4));
    }
    const bool partitioned = below(2) == 0;
    if (!partitioned && below(3) == 0) rows.push_back(std::nullopt);
    DataFile file = FileOf(rows);
    if (partitioned) {
      file.partition = {is_null ? std::nullopt : std::optional(Literal::Int(base))};
      if (below(2) == 0) file.lower_bounds.clear();
    }
    const PartitionSpec none;
    const auto leaf = [&]() -> Predicate {
      const Literal literal = Literal::Int(static_cast<std::int32_t>(below(13)));
      switch (below(6)) {
        case 0: return Compare(kLess, literal);
        case 1: return Compare(kGreaterOrEqual, literal);
        case 2: return Compare(kEqual, literal);
        case 3: return Compare(kNotEqual, literal);
        case 4: return Predicate::IsNull(1);
        default: return Predicate::NotNull(1);
      }
    };
    const Predicate predicate =
        below(2) == 0 ? Predicate::Or({leaf(), leaf()}) : Predicate::And({leaf(), leaf()});
    if (!MustMatch(predicate, schema, partitioned ? spec : none, file)) continue;
    ++certain;
    for (const auto& row : rows) EXPECT_TRUE(Holds(predicate, row)) << predicate.ToString();
  }
  EXPECT_GT(certain, 500);
}

TEST(MustMatch, WhatIsUnknownIsNotCertain) {
  const Schema schema{.schema_id = 0,
                      .fields = {{.id = 1, .name = "a", .type = TypeOf("double")}},
                      .identifier_field_ids = {}};
  DataFile file;
  file.record_count = 2;
  const Predicate positive = Compare(kGreater, Literal::Double(0));
  EXPECT_TRUE(MustMatch(Predicate::True(), schema, {}, file));
  EXPECT_FALSE(MustMatch(positive, schema, {}, file));
  file.lower_bounds[1] = ToBinary(Literal::Double(1));
  file.upper_bounds[1] = ToBinary(Literal::Double(2));
  file.value_counts[1] = 2;
  file.null_value_counts[1] = 0;
  // NaN is not counted: there may be some.
  EXPECT_FALSE(MustMatch(positive, schema, {}, file));
  file.nan_value_counts[1] = 0;
  EXPECT_TRUE(MustMatch(positive, schema, {}, file));
  file.null_value_counts[1] = 1;
  EXPECT_FALSE(MustMatch(positive, schema, {}, file));
}

}  // namespace
}  // namespace firn::iceberg
