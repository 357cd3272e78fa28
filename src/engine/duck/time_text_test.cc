#include <gtest/gtest.h>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/name_mapping_internal.h"
#include "engine/duck/time_text_internal.h"
#include "engine/duck/time_zone_internal.h"

namespace firn::duck {
namespace {

TEST(ParseDateTime, TakesStarRocksForms) {
  struct Case {
    const char* text;
    std::int64_t micros;
  };
  for (const Case& one :
       {Case{"1970-01-01", 0}, Case{"1970-1-2", kMicrosPerDay}, Case{"19700102", kMicrosPerDay},
        Case{"19700101000001", kMicrosPerSecond}, Case{"1970/01/02", kMicrosPerDay},
        Case{" 1970-01-01T00:00:00.5 ", 500'000}, Case{"1970-01-01 00:01", 60 * kMicrosPerSecond},
        Case{"1969-12-31 23:59:59.999999", -1}, Case{"70-01-01", 0}}) {
    EXPECT_EQ(ParseDateTime(one.text), one.micros) << one.text;
  }
}

TEST(ParseDateTime, RefusesTheRest) {
  for (const char* text :
       {"", " ", "x", "2024", "2024-", "2024-13-01", "2024-02-30", "2023-02-29", "2024-00-10",
        "2024-01-01 24:00:00", "2024-01-01 10:60", "2024-01-01 10:00:00.", "2024-01-01x",
        "2024-01-01 10:00:00Z", "2024-01/01", "202401011", "-2024-01-01",
        "2024-01-01 "
        "10:00:00 ab",
        "99999999"}) {
    EXPECT_EQ(ParseDateTime(text), std::nullopt) << text;
  }
}

TEST(ParseInteger, CutsFractions) {
  EXPECT_TRUE(ParseInteger("12.7") == WideInteger{12});
  EXPECT_TRUE(ParseInteger(" -5 ") == WideInteger{-5});
  EXPECT_TRUE(ParseInteger("+7.") == WideInteger{7});
  EXPECT_TRUE(ParseInteger("-170141183460469231731687303715884105728").has_value());
  for (const char* text :
       {"", "-", "x", "1x", "1.x", ".5", "1 2", "1e3", "170141183460469231731687303715884105728"}) {
    EXPECT_FALSE(ParseInteger(text).has_value()) << text;
  }
}

TEST(ParseWithFormat, FollowsTheFormat) {
  EXPECT_EQ(ParseWithFormat("02 Jan 1970", "%d %b %Y"), kMicrosPerDay);
  EXPECT_EQ(ParseWithFormat("1970-01-01 01:00:00 PM", "%Y-%m-%d %h:%i:%s %p"),
            13 * 3600 * kMicrosPerSecond);
  EXPECT_EQ(ParseWithFormat("1970002", "%Y%j"), kMicrosPerDay);
  for (const char* text : {"", "1970", "1970-01-32", "1970-01-01 x", "x"}) {
    EXPECT_EQ(ParseWithFormat(text, "%Y-%m-%d"), std::nullopt) << text;
  }
}

TEST(YearWeekOf, AgreesWithMySql) {
  // 2008-02-20 and 2024-05-17, modes 0 to 7, as MySQL's manual and server have them.
  const std::int64_t february = *DaysOf(2008, 2, 20);
  EXPECT_EQ(YearWeekOf(february, 0) % 100, 7);
  EXPECT_EQ(YearWeekOf(february, 1) % 100, 8);
  EXPECT_EQ(YearWeekOf(*DaysOf(2008, 12, 31), 1) % 100, 53);
  EXPECT_EQ(YearWeekOf(*DaysOf(1987, 1, 1), 2), 198652);
  EXPECT_EQ(YearWeekOf(*DaysOf(2000, 1, 1), 0) % 100, 0);
  EXPECT_EQ(YearWeekOf(*DaysOf(2000, 1, 1), 2), 199952);
  EXPECT_EQ(YearWeekOf(*DaysOf(2024, 12, 30), 3), 202501);
}

TEST(EngineTimeZone, TakesNamesAndOffsets) {
  EXPECT_EQ(EngineTimeZone("Asia/Tokyo"), "Asia/Tokyo");
  EXPECT_EQ(EngineTimeZone("+08:00"), "Etc/GMT-8");
  EXPECT_EQ(EngineTimeZone("-5:00"), "Etc/GMT+5");
  EXPECT_EQ(EngineTimeZone("+00:00"), "Etc/GMT");
  EXPECT_EQ(EngineTimeZone("+05:30"), "Asia/Kolkata");
  for (const char* text : {"+", "+8", "+15:00", "-13:00", "+01:17", "+aa:00", "+08:0"}) {
    EXPECT_EQ(EngineTimeZone(text), std::nullopt) << text;
  }
}

using Columns = duckdb::vector<duckdb::MultiFileColumnDefinition>;

iceberg::Schema TwoColumns() {
  iceberg::Schema schema;
  for (const auto& [id, name] : {std::pair(7, "a"), std::pair(8, "b")}) {
    iceberg::NestedField field;
    field.id = id;
    field.name = name;
    field.type = iceberg::Type::Primitive(iceberg::TypeKind::kInt);
    schema.fields.push_back(field);
  }
  return schema;
}

TEST(AssignMissingFieldIds, UsesNamesOrTheMapping) {
  iceberg::TableMetadata metadata;
  Columns columns;
  for (const char* name : {"b", "old", "zzz"}) {
    columns.emplace_back(name, duckdb::LogicalType::INTEGER);
  }
  Columns by_name = columns;
  AssignMissingFieldIds(by_name, metadata, TwoColumns());
  EXPECT_EQ(by_name[0].GetIdentifierFieldId(), 8);
  EXPECT_LT(by_name[1].GetIdentifierFieldId(), 0);

  metadata.properties["schema.name-mapping.default"] =
      R"([{"field-id": 7, "names": ["a", "old"]}, {"field-id": 8, "names": ["b"]}])";
  Columns by_mapping = columns;
  AssignMissingFieldIds(by_mapping, metadata, TwoColumns());
  EXPECT_EQ(by_mapping[0].GetIdentifierFieldId(), 8);
  EXPECT_EQ(by_mapping[1].GetIdentifierFieldId(), 7);
  EXPECT_LT(by_mapping[2].GetIdentifierFieldId(), 0);
}

TEST(AssignMissingFieldIds, LeavesFilesWithIdsAlone) {
  Columns columns;
  columns.emplace_back("a", duckdb::LogicalType::INTEGER);
  columns.emplace_back("b", duckdb::LogicalType::INTEGER);
  columns[0].identifier = duckdb::Value::INTEGER(3);
  AssignMissingFieldIds(columns, iceberg::TableMetadata(), TwoColumns());
  EXPECT_EQ(columns[0].GetIdentifierFieldId(), 3);
  EXPECT_LT(columns[1].GetIdentifierFieldId(), 0);
}

}  // namespace
}  // namespace firn::duck
