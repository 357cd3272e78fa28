#include "lake/iceberg/schema_edit.h"

#include "base/result_testing.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

NestedField Of(std::string name, Type type) {
  return {.id = 0, .name = std::move(name), .type = std::move(type)};
}
Type Int() { return Type::Primitive(TypeKind::kInt); }
Type Long() { return Type::Primitive(TypeKind::kLong); }
Type String() { return Type::Primitive(TypeKind::kString); }

class SchemaEdits : public ::testing::Test {
 protected:
  SchemaEdits() {
    NewTable table;
    table.schema = AssignFreshIds({.fields = {
        Of("a", Int()), Of("b", String()),
        Of("point", Type::Struct({Of("x", Int()), Of("y", Int())})),
        Of("list", Type::List(Of("element", Type::Struct({Of("u", Int())})))),
        Of("day", Type::Primitive(TypeKind::kDate))}});
    table.spec.fields = {{.source_id = 5, .field_id = 1000, .name = "day", .transform = {}}};
    table.location = "s3://b/t";
    table.uuid = "u";
    metadata_ = *NewTableMetadata(table, WallTimeFromMillis(1));
    edit_.emplace(metadata_);
  }

  std::string Names() const {
    std::string names;
    for (const NestedField& field : edit_->schema().fields) {
      names += (names.empty() ? "" : " ") + field.name + ":" + std::to_string(field.id);
    }
    return names;
  }

  TableMetadata metadata_;
  std::optional<SchemaEdit> edit_;
};

TEST_F(SchemaEdits, KeepIdsAndGiveFreshOnes) {
  EXPECT_EQ(Names(), "a:1 b:2 point:3 list:4 day:5");
  EXPECT_EQ(metadata_.last_column_id, 9);
  EXPECT_FALSE(edit_->is_changed());
  ASSERT_THAT(edit_->Add({}, Of("c", Type::Struct({Of("p", Int())})), {}), HasValue());
  ASSERT_THAT(edit_->Add({}, Of("first", Int()), {.first = true}), HasValue());
  ASSERT_THAT(edit_->Add({}, Of("second", Int()), {.after = "A"}), HasValue());
  EXPECT_EQ(Names(), "first:12 a:1 second:13 b:2 point:3 list:4 day:5 c:10");
  EXPECT_EQ(edit_->schema().FindField("c.p")->id, 11);
  EXPECT_EQ(edit_->last_column_id(), 13);
  ASSERT_THAT(edit_->Drop({"b"}), HasValue());
  ASSERT_THAT(edit_->Add({}, Of("b", Int()), {}), HasValue());
  EXPECT_EQ(edit_->schema().FindField("b")->id, 14) << "a column that comes again is another one";
  ASSERT_THAT(edit_->Rename({"a"}, "A2"), HasValue());
  EXPECT_EQ(edit_->schema().FindField("A2")->id, 1);
  ASSERT_THAT(edit_->Move({"day"}, {.first = true}), HasValue());
  ASSERT_THAT(edit_->Move({"first"}, {.after = "c"}), HasValue());
  EXPECT_EQ(Names(), "day:5 A2:1 second:13 point:3 list:4 c:10 first:12 b:14");
  EXPECT_THAT(CheckSchema(edit_->schema()), HasValue());
}

TEST_F(SchemaEdits, ReachIntoNestedTypes) {
  ASSERT_THAT(edit_->Add({"point"}, Of("z", Int()), {.after = "x"}), HasValue());
  ASSERT_THAT(edit_->Add({"list"}, Of("v", Int()), {}), HasValue());
  ASSERT_THAT(edit_->Add({"list", "element"}, Of("w", Int()), {}), HasValue());
  ASSERT_THAT(edit_->Rename({"point", "y"}, "why"), HasValue());
  ASSERT_THAT(edit_->Drop({"list", "u"}), HasValue());
  ASSERT_THAT(edit_->Change({"point", "x"}, {.type = Long()}), HasValue());
  EXPECT_EQ(edit_->schema().FindField("point")->type.ToString(),
            "struct<6: x: optional long, 10: z: optional int, 7: why: optional int>");
  EXPECT_NE(edit_->schema().FindField("list.element.v"), nullptr);
  EXPECT_NE(edit_->schema().FindField("list.element.w"), nullptr);
  EXPECT_EQ(edit_->schema().FindField("list.element.u"), nullptr);
}

TEST_F(SchemaEdits, RefuseWhatWouldLoseOrConfuse) {
  NestedField required = Of("r", Int());
  required.required = true;
  const auto reason = [](const Status& status) {
    return status ? std::string("fine") : status.error().reason();
  };
  EXPECT_EQ(reason(edit_->Add({}, required, {})), "RequiredColumn");
  EXPECT_EQ(reason(edit_->Add({}, Of("A", Int()), {})), "DuplicateColumn");
  EXPECT_EQ(reason(edit_->Add({"a"}, Of("n", Int()), {})), "UnknownColumn");
  EXPECT_EQ(reason(edit_->Add({}, Of("n", Int()), {.after = "nope"})), "UnknownColumn");
  EXPECT_EQ(reason(edit_->Drop({"nope"})), "UnknownColumn");
  EXPECT_EQ(reason(edit_->Drop({"point", "nope"})), "UnknownColumn");
  EXPECT_EQ(reason(edit_->Drop({"day"})), "ColumnInUse");
  EXPECT_EQ(reason(edit_->Rename({"a"}, "B")), "DuplicateColumn");
  EXPECT_EQ(reason(edit_->Change({"a"}, {.type = String()})), "TypeChange");
  EXPECT_EQ(reason(edit_->Change({"point"}, {.type = Int()})), "TypeChange");
  EXPECT_EQ(reason(edit_->Move({"a"}, {.after = "nope"})), "UnknownColumn");
}

TEST_F(SchemaEdits, PromoteMoreInVersion3) {
  const FieldChange to_timestamp{.type = Type::Primitive(TypeKind::kTimestamp)};
  EXPECT_THAT(edit_->Change({"day"}, to_timestamp),
              IsError(ErrorCode::kInvalidArgument, "TypeChange"));
  metadata_.format_version = 3;
  EXPECT_THAT(edit_->Change({"day"}, to_timestamp), HasValue());
}

}  // namespace
}  // namespace firn::iceberg
