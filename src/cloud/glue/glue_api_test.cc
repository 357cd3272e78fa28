#include "cloud/glue/glue_api.h"

#include <string>
#include <utility>
#include <vector>

#include "base/result_testing.h"

namespace firn::glue {
namespace {

TEST(HiveTypeName, WritesTheDataCatalogsNames) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("long")", "bigint"},
      {R"("int")", "int"},
      {R"("boolean")", "boolean"},
      {R"("float")", "float"},
      {R"("double")", "double"},
      {R"("date")", "date"},
      {R"("timestamp")", "timestamp"},
      {R"("timestamptz")", "timestamp with local time zone"},
      {R"("string")", "string"},
      {R"("uuid")", "string"},
      {R"("binary")", "binary"},
      {R"("fixed[16]")", "binary"},
      {R"j("decimal(9, 2)")j", "decimal(9,2)"},
      {R"({"type":"list","element-id":2,"element":"long","element-required":false})", "array<bigint>"},
      {R"({"type":"map","key-id":2,"key":"string","value-id":3,"value":"int","value-required":false})",
       "map<string,int>"},
      {R"({"type":"struct","fields":[{"id":2,"name":"a","required":false,"type":"int"},
          {"id":3,"name":"b","required":false,"type":"long"}]})",
       "struct<a:int,b:bigint>"},
  };
  for (const auto& [text, name] : cases) {
    ASSERT_OK_AND_ASSIGN(const json::value value, ParseJson(text));
    ASSERT_OK_AND_ASSIGN(const iceberg::Type type, iceberg::ParseType(value));
    EXPECT_EQ(HiveTypeName(type), name) << text;
  }
}

}  // namespace
}  // namespace firn::glue
