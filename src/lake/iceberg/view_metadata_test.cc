#include "lake/iceberg/view_metadata.h"

#include "base/result_testing.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const WallTime kNow = WallTimeFromMillis(1'700'000'000'000);

Schema OneColumn(std::string name) {
  Schema schema;
  schema.fields = {{.id = 1, .name = std::move(name), .type = Type::Primitive(TypeKind::kLong)}};
  return schema;
}

AddViewVersion Version(std::string sql, std::string dialect = "spark", std::int32_t id = 1) {
  return {ViewVersion{.version_id = id,
                      .schema_id = -1,
                      .timestamp_ms = 1'600'000'000'000 + id,
                      .representations = {{std::move(sql), std::move(dialect)}},
                      .default_namespace = {"ns"}}};
}

std::vector<ViewUpdate> Creation() {
  return {AssignUuid{"u"}, SetLocation{"s3://b/v"}, AddSchema{OneColumn("n")}, Version("SELECT 1"),
          SetCurrentViewVersion{-1}};
}

ViewMetadata View() { return *ApplyViewUpdates(nullptr, Creation(), kNow); }

Result<ViewMetadata> Apply(const ViewMetadata& base, std::vector<ViewUpdate> updates) {
  return ApplyViewUpdates(&base, updates, kNow);
}

TEST(ViewMetadata, PrintsWhatItParses) {
  const ViewMetadata view = View();
  ASSERT_OK_AND_ASSIGN(const auto again, DecodeViewMetadataFile(EncodeViewMetadataFile(view)));
  EXPECT_EQ(ToJson(again), ToJson(view));
  EXPECT_EQ(again.current_version().representations[0].sql, "SELECT 1");
  EXPECT_EQ(again.history.size(), 1U);
}

TEST(ViewMetadata, RefusesWhatDoesNotHoldTogether) {
  const std::string good = EncodeViewMetadataFile(View());
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return DecodeViewMetadataFile(text);
  };
  EXPECT_THAT(changed("\"format-version\":1", "\"format-version\":2"),
              IsError(ErrorCode::kUnsupported, "FormatVersion"));
  EXPECT_THAT(changed("\"current-version-id\":1", "\"current-version-id\":7"),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(changed("\"type\":\"sql\"", "\"type\":\"wasm\""),
              IsError(ErrorCode::kInvalidArgument, "InvalidMetadata"));
  EXPECT_THAT(changed("\"view-uuid\"", "\"view-id\""),
              IsError(ErrorCode::kInvalidArgument, "MissingMember"));
  EXPECT_THAT(DecodeViewMetadataFile("[]"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(DecodeViewMetadataFile("{"), IsError(ErrorCode::kInvalidArgument));
}

TEST(ViewUpdates, GiveOutIdsAndKeepEqualVersions) {
  ASSERT_OK_AND_ASSIGN(auto second, Apply(View(), {AddSchema{OneColumn("n")}, Version("SELECT 2"),
                                                   SetCurrentViewVersion{-1}}));
  EXPECT_EQ(second.current_version_id, 2);
  EXPECT_EQ(second.schemas.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto back,
                       Apply(second, {AddSchema{OneColumn("n")}, Version("SELECT 1", "spark", 9),
                                      SetCurrentViewVersion{-1}}));
  EXPECT_EQ(back.current_version_id, 1);
  EXPECT_EQ(back.versions.size(), 2U);
  EXPECT_EQ(back.history.size(), 3U);
}

TEST(ViewUpdates, RefuseWhatIsWrong) {
  const std::vector<std::vector<ViewUpdate>> cases = {
      {AssignUuid{"other"}},
      {SetCurrentViewVersion{-1}},
      {SetCurrentViewVersion{5}},
      {Version("SELECT 2")},  // The schema added last, without one.
      {AddSchema{OneColumn("n")}, Version("SELECT 2", "trino"), SetCurrentViewVersion{-1}},
      {SetProperties{{{"version.history.size", "0"}}}},
      {SetProperties{{{"version.history.size", "x"}}}},
      {UpgradeFormatVersion{0}},
  };
  for (const auto& updates : cases) {
    EXPECT_THAT(Apply(View(), updates), IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  }
  EXPECT_THAT(Apply(View(), {UpgradeFormatVersion{2}}),
              IsError(ErrorCode::kUnsupported, "FormatVersion"));
  for (std::size_t missing = 0; missing < Creation().size(); ++missing) {
    auto updates = Creation();
    updates.erase(updates.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_FALSE(ApplyViewUpdates(nullptr, updates, kNow).has_value()) << missing;
  }
}

TEST(ViewUpdates, LetOldVersionsGo) {
  ViewMetadata view = View();
  ASSERT_OK_AND_ASSIGN(view, Apply(view, {SetProperties{{{"version.history.size", "2"}}}}));
  for (int n = 2; n < 6; ++n) {
    ASSERT_OK_AND_ASSIGN(
        view, Apply(view, {AddSchema{OneColumn("n")}, Version("SELECT " + std::to_string(n)),
                           SetCurrentViewVersion{-1}}));
  }
  EXPECT_EQ(view.versions.size(), 2U);
  EXPECT_EQ(view.history.size(), 2U);
  EXPECT_EQ(view.current_version_id, 5);
}

TEST(ViewUpdates, ReadWhatTheyPrint) {
  auto updates = Creation();
  updates[0] = AssignUuid{"01234567-89ab-4def-8123-456789abcdef"};
  updates.push_back(UpgradeFormatVersion{1});
  updates.push_back(RemoveProperties{{"a"}});
  updates.push_back(SetCurrentViewVersion{3});
  for (const ViewUpdate& update : updates) {
    ASSERT_OK_AND_ASSIGN(const ViewUpdate again, ParseViewUpdate(ToJson(update)));
    EXPECT_EQ(again.index(), update.index());
    EXPECT_EQ(PrintJson(ToJson(again)), PrintJson(ToJson(update)));
  }
}

TEST(ViewUpdates, ParseTheirOwnActionsAlone) {
  EXPECT_THAT(ParseViewUpdate(json::object{{"action", "set-location"}, {"location", "s3://b/v"}}),
              HasValue());
  EXPECT_THAT(ParseViewUpdate(json::object{{"action", "remove-snapshot-ref"}, {"ref-name", "b"}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  EXPECT_THAT(ParseViewUpdate(json::object{{"action", "fly"}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  EXPECT_THAT(ParseViewRequirement(json::object{{"type", "assert-view-uuid"}, {"uuid", "u"}}),
              HasValue());
  EXPECT_THAT(ParseViewRequirement(json::object{{"type", "assert-create"}}),
              IsError(ErrorCode::kInvalidArgument, "InvalidRequirement"));
}

}  // namespace
}  // namespace firn::iceberg
