#include "lake/iceberg/schema.h"

#include "base/result_testing.h"
#include "lake/iceberg/limits.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

json::value Json(std::string_view text) { return *ParseJson(text, {.depth_max = 1000}); }

TEST(Types, PrimitivesPrintAsTheyParse) {
  for (const std::string text : {"boolean",
                                 "int",
                                 "long",
                                 "float",
                                 "double",
                                 "decimal(9, 2)",
                                 "decimal(38, 38)",
                                 "date",
                                 "time",
                                 "timestamp",
                                 "timestamptz",
                                 "timestamp_ns",
                                 "timestamptz_ns",
                                 "string",
                                 "uuid",
                                 "fixed[16]",
                                 "binary",
                                 "unknown",
                                 "variant",
                                 "geometry",
                                 "geometry(srid:3857)",
                                 "geography",
                                 "geography(OGC:CRS84, vincenty)"}) {
    ASSERT_OK_AND_ASSIGN(const Type type, ParsePrimitiveType(text));
    EXPECT_EQ(type.ToString(), text);
  }
  ASSERT_OK_AND_ASSIGN(const Type loose, ParsePrimitiveType("decimal(9,2)"));
  EXPECT_EQ(loose, Type::Decimal(9, 2));
}

TEST(Types, RefusesWhatIsNoType) {
  for (const char* text : {"",
                           "integer",
                           "Int",
                           "decimal",
                           "decimal()",
                           "decimal(9)",
                           "decimal(0, 0)",
                           "decimal(39, 1)",
                           "decimal(5, 6)",
                           "decimal(5, -1)",
                           "decimal(a, b)",
                           "decimal(9, 2",
                           "fixed",
                           "fixed[]",
                           "fixed[-1]",
                           "fixed[x]",
                           "fixed[99999999999]",
                           "string ",
                           "list",
                           "geometries(x)"}) {
    EXPECT_THAT(ParsePrimitiveType(text), IsError(ErrorCode::kInvalidArgument, "InvalidType"))
        << text;
  }
}

TEST(Types, NestedTypesKeepTheirJson) {
  const std::string text =
      R"({"type":"struct","fields":[{"id":1,"name":"m","required":false,"type":{"type":"map",)"
      R"("key-id":2,"key":"string","value-id":3,"value":{"type":"list","element-id":4,)"
      R"j("element":"decimal(9, 2)","element-required":true},"value-required":false},"doc":"d"},)j"
      R"({"id":5,"name":"n","required":true,"type":"int","initial-default":3,"write-default":4}]})";
  ASSERT_OK_AND_ASSIGN(const Type type, ParseType(Json(text)));
  EXPECT_EQ(PrintJson(ToJson(type)), text);
  EXPECT_EQ(type.ToString(),
            "struct<1: m: optional map<string, list<decimal(9, 2)>>, 5: n: required int>");
}

TEST(Types, RefusesBrokenNesting) {
  for (const char* text :
       {"1", "null", "[]", "{}", R"({"type":"struct"})", R"({"type":"struct","fields":3})",
        R"({"type":"struct","fields":[1]})", R"({"type":"struct","fields":[{"id":1}]})",
        R"({"type":"struct","fields":[{"id":1,"name":"a","required":"no","type":"int"}]})",
        R"({"type":"struct","fields":[{"id":9999999999,"name":"a","required":true,"type":"int"}]})",
        R"({"type":"list","element":"int"})", R"({"type":"list","element-id":1,"element":"int"})",
        R"({"type":"map","key-id":1,"key":"int"})", R"({"type":"bag"})"}) {
    EXPECT_THAT(ParseType(Json(text)), IsError(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(Types, DepthIsBounded) {
  const auto nested = [](int depth) {
    std::string text = "\"int\"";
    for (int i = 1; i < depth; ++i) {
      text = R"({"type":"list","element-id":)" + std::to_string(i) + R"(,"element":)" + text +
             R"(,"element-required":true})";
    }
    return text;
  };
  EXPECT_THAT(ParseType(Json(nested(kTypeDepthMax))), HasValue());
  EXPECT_THAT(ParseType(Json(nested(kTypeDepthMax + 1))),
              IsError(ErrorCode::kInvalidArgument, "InvalidType"));
}

TEST(Types, PromotionFollowsTheSpecification) {
  const auto allowed = [](const char* from, const char* to) {
    return IsPromotionAllowed(*ParsePrimitiveType(from), *ParsePrimitiveType(to));
  };
  EXPECT_TRUE(allowed("int", "long"));
  EXPECT_TRUE(allowed("float", "double"));
  EXPECT_TRUE(allowed("decimal(9, 2)", "decimal(18, 2)"));
  EXPECT_TRUE(allowed("date", "timestamp"));
  EXPECT_TRUE(allowed("unknown", "string"));
  EXPECT_TRUE(allowed("uuid", "uuid"));
  EXPECT_FALSE(allowed("long", "int"));
  EXPECT_FALSE(allowed("int", "double"));
  EXPECT_FALSE(allowed("decimal(9, 2)", "decimal(18, 3)"));
  EXPECT_FALSE(allowed("decimal(18, 2)", "decimal(9, 2)"));
  EXPECT_FALSE(allowed("date", "timestamptz"));
  EXPECT_FALSE(allowed("string", "binary"));
}

Schema Example() {
  return *ParseSchema(Json(
      R"({"type":"struct","schema-id":7,"identifier-field-ids":[10],"fields":[)"
      R"({"id":10,"name":"Id","required":true,"type":"long"},)"
      R"({"id":20,"name":"point","required":false,"type":{"type":"struct","fields":[)"
      R"({"id":21,"name":"x","required":true,"type":"double"},)"
      R"({"id":22,"name":"y.z","required":true,"type":"double"}]}},)"
      R"({"id":30,"name":"tags","required":false,"type":{"type":"map","key-id":31,"key":"string",)"
      R"("value-id":32,"value":"int","value-required":false}},)"
      R"({"id":40,"name":"id","required":false,"type":"int"}]})"));
}

TEST(Schemas, FindsFieldsByIdAndName) {
  const Schema schema = Example();
  EXPECT_EQ(schema.FindField(22)->name, "y.z");
  EXPECT_EQ(schema.FindField("point.x")->id, 21);
  EXPECT_EQ(schema.FindField("point.y.z")->id, 22);
  EXPECT_EQ(schema.FindField("tags.value")->id, 32);
  EXPECT_EQ(schema.FindField("Id")->id, 10);
  EXPECT_EQ(schema.FindField("ID"), nullptr);
  EXPECT_EQ(schema.FindFieldIgnoreCase("POINT.X")->id, 21);
  EXPECT_EQ(schema.FindFieldIgnoreCase("ID"), nullptr) << "two columns match";
  EXPECT_EQ(schema.FindField(99), nullptr);
  EXPECT_EQ(schema.FindField("point."), nullptr);
  EXPECT_EQ(schema.FindField(""), nullptr);
  EXPECT_EQ(schema.FindFieldName(32), "tags.value");
  EXPECT_EQ(schema.FindFieldName(33), std::nullopt);
  EXPECT_EQ(schema.HighestFieldId(), 40);
  EXPECT_EQ(Schema().HighestFieldId(), 0);
}

TEST(Schemas, KeepTheirJson) {
  const Schema schema = Example();
  ASSERT_OK_AND_ASSIGN(const Schema again, ParseSchema(ToJson(schema)));
  EXPECT_TRUE(again.SameColumns(schema));
  EXPECT_EQ(again.schema_id, 7);
}

TEST(Schemas, FreshIdsGoLevelByLevel) {
  const Schema fresh = AssignFreshIds(Example());
  EXPECT_EQ(fresh.FindField("Id")->id, 1);
  EXPECT_EQ(fresh.FindField("point")->id, 2);
  EXPECT_EQ(fresh.FindField("tags")->id, 3);
  EXPECT_EQ(fresh.FindField("id")->id, 4);
  EXPECT_EQ(fresh.FindField("point.x")->id, 5);
  EXPECT_EQ(fresh.FindField("point.y.z")->id, 6);
  EXPECT_EQ(fresh.FindField("tags.key")->id, 7);
  EXPECT_EQ(fresh.FindField("tags.value")->id, 8);
  EXPECT_EQ(fresh.identifier_field_ids, std::vector<std::int32_t>{1});
}

TEST(Schemas, RefusesWhatCannotBe) {
  const char* cases[] = {
      R"("int")",
      R"({"type":"list","element-id":1,"element":"int","element-required":true})",
      // An id twice, at different depths.
      R"({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":{"type":"list",)"
      R"("element-id":1,"element":"int","element-required":true}}]})",
      // A name twice.
      R"({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"int"},)"
      R"({"id":2,"name":"a","required":true,"type":"int"}]})",
      // No name.
      R"({"type":"struct","fields":[{"id":1,"name":"","required":true,"type":"int"}]})",
      // Identifier fields that are absent, floating or nested.
      R"({"type":"struct","identifier-field-ids":[9],"fields":[]})",
      R"({"type":"struct","identifier-field-ids":[1],"fields":[{"id":1,"name":"a","required":true,"type":"double"}]})",
      R"({"type":"struct","identifier-field-ids":["x"],"fields":[]})",
      R"({"type":"struct","schema-id":"1","fields":[]})",
  };
  for (const char* text : cases) {
    EXPECT_THAT(ParseSchema(Json(text)), IsError(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace firn::iceberg
