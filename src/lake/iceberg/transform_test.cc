#include "lake/iceberg/transform.h"

#include "base/result_testing.h"
#include "lake/iceberg/golden_testing.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/sort_order.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

Type TypeOf(std::string_view text) { return *ParsePrimitiveType(text); }
Literal ValueOf(std::string_view type, const json::value& value) {
  return *LiteralFromJson(value, TypeOf(type));
}
std::optional<Literal> Apply(std::string_view transform, const Literal& value) {
  return *ApplyTransform(*ParseTransform(transform), value);
}

TEST(BucketHashes, AgreeWithTheSpecification) {
  for (const auto& row : testing::ReadGoldenRows("bucket_hashes.txt")) {
    EXPECT_EQ(BucketHash(ValueOf(row[0], *ParseJson(row[1]))), std::stoi(row[2]))
        << row[0] << row[1];
  }
}

TEST(Transforms, AgreeWithAnotherImplementation) {
  for (const auto& row : testing::ReadGoldenRows("transforms.txt")) {
    const auto result = Apply(row[0], ValueOf(row[1], *ParseJson(row[2])));
    ASSERT_TRUE(result.has_value()) << row[0] << " " << row[2];
    EXPECT_EQ(HexEncode(AsBytes(ToBinary(*result))), row[3]) << row[0] << " " << row[2];
  }
}

TEST(Transforms, PrintAsTheyParse) {
  for (const std::string text : {"identity", "bucket[16]", "truncate[1]", "year", "month", "day",
                                 "hour", "void", "zorder", "bucketv2[4, 5]x"}) {
    if (text.starts_with("bucketv2")) continue;
    ASSERT_OK_AND_ASSIGN(const Transform transform, ParseTransform(text));
    EXPECT_EQ(transform.ToString(), text);
  }
  EXPECT_EQ(ParseTransform("zorder")->kind, TransformKind::kUnknown);
  EXPECT_EQ(ParseTransform("Bucket[4]")->ToString(), "bucket[4]");
}

TEST(Transforms, RefusesBrokenParameters) {
  for (const char* text : {"", "bucket", "bucket[]", "bucket[0]", "bucket[-1]", "bucket[1",
                           "bucket(4)", "bucket[4]x", "truncate[99999999999]", "truncate[a]"}) {
    EXPECT_THAT(ParseTransform(text), IsError(ErrorCode::kInvalidArgument, "InvalidTransform"))
        << text;
  }
}

TEST(Transforms, TruncateRoundsDown) {
  EXPECT_EQ(Apply("truncate[10]", Literal::Int(1)), Literal::Int(0));
  EXPECT_EQ(Apply("truncate[10]", Literal::Int(-1)), Literal::Int(-10));
  EXPECT_EQ(Apply("truncate[10]", Literal::Long(-20)), Literal::Long(-20));
  EXPECT_EQ(Apply("truncate[10]", Literal::Int(INT32_MIN)), Literal::Int(INT32_MAX - 1)) << "wraps";
  EXPECT_EQ(Apply("truncate[50]", Literal::Decimal(1065, 9, 2)), Literal::Decimal(1050, 9, 2));
  EXPECT_EQ(Apply("truncate[50]", Literal::Decimal(-1065, 9, 2)), Literal::Decimal(-1100, 9, 2));
  EXPECT_EQ(Apply("truncate[3]", Literal::String("iceberg")), Literal::String("ice"));
  EXPECT_EQ(Apply("truncate[2]", Literal::String("ÅÅÅ")), Literal::String("ÅÅ"));
  EXPECT_EQ(Apply("truncate[3]", Literal::Binary("\x01\x02\x03\x04")),
            Literal::Binary("\x01\x02\x03"));
}

TEST(Transforms, TimesRoundTowardsMinusInfinity) {
  const Literal late = ValueOf("timestamp", "2017-12-01T10:12:55.038194");
  EXPECT_EQ(Apply("year", late), Literal::Int(47));
  EXPECT_EQ(Apply("month", late), Literal::Int(575));
  EXPECT_EQ(Apply("day", late), Literal::Date(17501));
  EXPECT_EQ(Apply("hour", late), Literal::Int(420034));
  const Literal early = Literal::Timestamp(-1);
  EXPECT_EQ(Apply("year", early), Literal::Int(-1));
  EXPECT_EQ(Apply("month", early), Literal::Int(-1));
  EXPECT_EQ(Apply("day", early), Literal::Date(-1));
  EXPECT_EQ(Apply("hour", early), Literal::Int(-1));
  EXPECT_EQ(Apply("day", Literal::TimestampNs(-1)), Literal::Date(-1));
  EXPECT_EQ(Apply("month", Literal::Date(-31)), Literal::Int(-1));
  EXPECT_EQ(Apply("month", Literal::Date(-32)), Literal::Int(-2));
  EXPECT_EQ(Apply("year", Literal::Date(INT32_MIN)), Literal::Int(-5879611));
  EXPECT_EQ(Apply("void", late), std::nullopt);
}

TEST(Transforms, NullStaysNull) {
  for (const char* text : {"identity", "bucket[4]", "truncate[3]", "day", "void"}) {
    EXPECT_EQ(*ApplyTransform(*ParseTransform(text), std::nullopt), std::nullopt);
  }
}

TEST(Transforms, RefusesTypesThatDoNotFit) {
  for (const auto& [transform, type] :
       std::initializer_list<std::pair<const char*, const char*>>{{"bucket[4]", "boolean"},
                                                                  {"bucket[4]", "double"},
                                                                  {"truncate[4]", "date"},
                                                                  {"truncate[4]", "uuid"},
                                                                  {"day", "long"},
                                                                  {"day", "string"},
                                                                  {"hour", "date"},
                                                                  {"year", "time"},
                                                                  {"identity", "variant"},
                                                                  {"zorder", "int"}}) {
    EXPECT_THAT(TransformResultType(*ParseTransform(transform), TypeOf(type)),
                IsError(ErrorCode::kInvalidArgument, "InvalidTransform"))
        << transform << " " << type;
  }
  EXPECT_THAT(ApplyTransform(*ParseTransform("day"), Literal::Int(1)),
              IsError(ErrorCode::kInvalidArgument, "InvalidTransform"));
  EXPECT_THAT(ApplyTransform(*ParseTransform("zorder"), Literal::Int(1)),
              IsError(ErrorCode::kUnsupported, "UnknownTransform"));
}

TEST(PartitionPaths, AreHumanAndEscaped) {
  const auto spec = [](std::string_view text) { return *ParsePartitionSpec(*ParseJson(text)); };
  const PartitionSpec five = spec(
      R"({"spec-id":1,"fields":[{"source-id":1,"field-id":1000,"name":"vendor_id","transform":"identity"},)"
      R"({"source-id":2,"field-id":1001,"name":"at day","transform":"day"},)"
      R"({"source-id":2,"field-id":1002,"name":"m","transform":"month"},)"
      R"({"source-id":3,"field-id":1003,"name":"n","transform":"identity"},)"
      R"({"source-id":2,"field-id":1004,"name":"h","transform":"hour"}]})");
  EXPECT_EQ(PartitionPath(five, {Literal::Int(1), Literal::Date(17501), Literal::Int(575),
                                 Literal::String("a/b =é"), Literal::Int(-1)}),
            "vendor_id=1/at+day=2017-12-01/m=2017-12/n=a%2Fb+%3D%C3%A9/h=1969-12-31-23");
  EXPECT_EQ(PartitionPath(five, PartitionTuple(5)),
            "vendor_id=null/at+day=null/m=null/n=null/h=null");
  EXPECT_EQ(PartitionPath(PartitionSpec(), {}), "");
  EXPECT_EQ(FormatPartitionValue(*ParseTransform("year"), Literal::Int(-1)), "1969");
  EXPECT_EQ(FormatPartitionValue(*ParseTransform("identity"), ValueOf("decimal(9, 2)", "14.20")),
            "14.20");
  EXPECT_EQ(FormatPartitionValue(*ParseTransform("identity"), Literal::Binary("\x01\x02")), "AQI=");
  EXPECT_EQ(FormatPartitionValue(*ParseTransform("identity"), Literal::Timestamp(0)),
            "1970-01-01T00:00:00");
}

TEST(PartitionSpecs, KeepTheirJsonAndCountV1Ids) {
  ASSERT_OK_AND_ASSIGN(
      const PartitionSpec v1,
      ParsePartitionFields(ParseJson(R"([{"name":"a","transform":"identity","source-id":4},)"
                                     R"({"name":"b","transform":"day","source-id":5}])")
                               ->as_array(),
                           0));
  EXPECT_EQ(v1.fields[1].field_id, 1001);
  EXPECT_EQ(v1.HighestFieldId(), 1001);
  EXPECT_EQ(PartitionSpec().HighestFieldId(), 999);
  EXPECT_EQ(*ParsePartitionSpec(ToJson(v1)), v1);
}

TEST(PartitionSpecs, RefusesWhatCannotBe) {
  for (
      const char* text :
      {R"([])", R"({})", R"({"fields":[{}]})",
       R"({"fields":[{"name":"a","transform":"identity"}]})",
       R"({"fields":[{"source-id":1,"transform":"identity"}]})",
       R"({"fields":[{"source-id":1,"name":"a"}]})",
       R"({"fields":[{"source-id":1,"name":"a","transform":"bucket[0]"}]})",
       R"({"fields":[{"source-id":1,"name":"a","transform":"day"},{"source-id":2,"name":"a","transform":"day"}]})",
       R"({"fields":[{"source-id":1,"field-id":1,"name":"a","transform":"day"},{"source-id":2,"field-id":1,"name":"b","transform":"day"}]})"}) {
    EXPECT_THAT(ParsePartitionSpec(*ParseJson(text)), IsError(ErrorCode::kInvalidArgument)) << text;
  }
  Schema schema;
  schema.fields = {{.id = 1, .name = "n", .type = TypeOf("int")},
                   {.id = 2, .name = "d", .type = TypeOf("date")}};
  const auto check = [&](std::int32_t source, const char* transform, const char* name) {
    PartitionSpec spec;
    spec.fields = {{.source_id = source,
                    .field_id = 1000,
                    .name = name,
                    .transform = *ParseTransform(transform)}};
    return CheckPartitionSpec(spec, schema);
  };
  EXPECT_THAT(check(1, "identity", "n"), HasValue());
  EXPECT_THAT(check(2, "day", "d_day"), HasValue());
  EXPECT_THAT(check(9, "void", "gone"), HasValue());
  EXPECT_THAT(check(9, "identity", "gone"),
              IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  EXPECT_THAT(check(1, "day", "x"), IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  EXPECT_THAT(check(2, "day", "n"), IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
  EXPECT_THAT(check(2, "day", "d"), IsError(ErrorCode::kInvalidArgument, "InvalidPartitionSpec"));
}

TEST(SortOrders, KeepTheirJsonAndRefuseOthers) {
  const char* text =
      R"({"order-id":3,"fields":[{"transform":"identity","source-id":2,"direction":"asc","null-order":"nulls-first"},)"
      R"({"transform":"bucket[4]","source-id":3,"direction":"desc","null-order":"nulls-last"}]})";
  ASSERT_OK_AND_ASSIGN(const SortOrder order, ParseSortOrder(*ParseJson(text)));
  EXPECT_EQ(PrintJson(ToJson(order)), text);
  for (
      const char* bad :
      {"{}", R"({"order-id":1})", R"({"order-id":1,"fields":[{}]})",
       R"({"order-id":1,"fields":[{"transform":"identity","source-id":2,"direction":"up","null-order":"nulls-first"}]})",
       R"({"order-id":1,"fields":[{"transform":"identity","source-id":2,"direction":"asc","null-order":"first"}]})",
       R"({"order-id":0,"fields":[{"transform":"identity","source-id":2,"direction":"asc","null-order":"nulls-first"}]})"}) {
    EXPECT_THAT(ParseSortOrder(*ParseJson(bad)), IsError(ErrorCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace firn::iceberg
