#include "engine/session/privileges.h"

#include "base/durable_file.h"
#include "base/result_testing.h"
#include "engine/session/access_limits.h"
#include "engine/session/privilege_file_internal.h"
#include "engine/session/privilege_store.h"

namespace firn::session {
namespace {

using testing::HasValue;
using testing::IsError;

const AccountName kAnn{.user = "ann"};

GrantObject Table(std::optional<std::string> database, std::optional<std::string> name) {
  return {.type = ObjectType::kTable,
          .catalog = "lake",
          .database = std::move(database),
          .name = std::move(name)};
}

class PrivilegeStoreTest : public ::testing::Test {
 protected:
  PrivilegeStoreTest() { Reopen(); }
  ~PrivilegeStoreTest() override { std::filesystem::remove_all(folder_); }

  void Reopen() { store_ = *PrivilegeStore::Open(folder_); }
  std::shared_ptr<const Rights> RightsOfAnn(const std::set<std::string>& active = {}) const {
    return store_->book()->RightsOf(kAnn, active);
  }
  Status Grant(const Holder& holder, GrantObject object, PrivilegeSet privileges,
               bool with_option = false) {
    return store_->Grant(holder, std::array{std::move(object)}, privileges, with_option);
  }
  Status GiveRole(const Holder& holder, const std::string& role) {
    return store_->GrantRoles(holder, std::array{role});
  }

  std::filesystem::path folder_ = [] {
    std::string pattern = std::filesystem::temp_directory_path() / "firn-rights-XXXXXX";
    return std::filesystem::path(::mkdtemp(pattern.data()));
  }();
  std::unique_ptr<PrivilegeStore> store_;
};

TEST_F(PrivilegeStoreTest, NobodyHasWhatNobodyGranted) {
  const auto rights = RightsOfAnn();
  EXPECT_FALSE(rights->Has(Privilege::kSelect, Table("d", "t")));
  EXPECT_FALSE(rights->HasAnyOnOrIn({.type = ObjectType::kCatalog, .catalog = "lake"}));
  EXPECT_FALSE(rights->MayGrant(Privilege::kSelect, Table("d", "t")));
  EXPECT_TRUE(
      rights->Has(Privilege::kUsage, {.type = ObjectType::kCatalog, .catalog = "default_catalog"}));
  EXPECT_TRUE(rights->Has(Privilege::kSelect, Table("information_schema", "tables")));
  EXPECT_FALSE(rights->Has(Privilege::kInsert, Table("information_schema", "tables")));
}

TEST_F(PrivilegeStoreTest, AGrantHoldsForItsObjectAndWhatItCovers) {
  const struct {
    GrantObject granted;
    GrantObject asked;
    bool holds;
  } kCases[] = {
      {Table("d", "t"), Table("d", "t"), true},
      {Table("d", "t"), Table("d", "u"), false},
      {Table("d", "t"), Table("e", "t"), false},
      {Table("d", std::nullopt), Table("d", "u"), true},
      {Table("d", std::nullopt), Table("e", "u"), false},
      {Table(std::nullopt, std::nullopt), Table("e", "u"), true},
      {Table("d", "t"), Table("d", std::nullopt), false},
      {{.type = ObjectType::kTable}, Table("d", "t"), true},
      {{.type = ObjectType::kTable, .catalog = "other"}, Table("d", "t"), false},
      {{.type = ObjectType::kView, .catalog = "lake"}, Table("d", "t"), false},
  };
  for (const auto& c : kCases) {
    ASSERT_THAT(Grant(kAnn, c.granted, {Privilege::kSelect}), HasValue());
    EXPECT_EQ(RightsOfAnn()->Has(Privilege::kSelect, c.asked), c.holds)
        << c.granted.ToString(true) << " for " << c.asked.ToString(true);
    EXPECT_FALSE(RightsOfAnn()->Has(Privilege::kInsert, c.asked));
    ASSERT_THAT(store_->Revoke(kAnn, std::array{c.granted}, {Privilege::kSelect}), HasValue());
    EXPECT_FALSE(RightsOfAnn()->Has(Privilege::kSelect, c.asked));
  }
}

TEST_F(PrivilegeStoreTest, TheGrantOptionGoesWithItsOwnPrivilegeOnly) {
  ASSERT_THAT(Grant(kAnn, Table("d", std::nullopt), {Privilege::kSelect}, true), HasValue());
  ASSERT_THAT(Grant(kAnn, Table("d", std::nullopt), {Privilege::kInsert}), HasValue());
  EXPECT_TRUE(RightsOfAnn()->MayGrant(Privilege::kSelect, Table("d", "t")));
  EXPECT_FALSE(RightsOfAnn()->MayGrant(Privilege::kInsert, Table("d", "t")));
  EXPECT_FALSE(RightsOfAnn()->MayGrant(Privilege::kSelect, Table(std::nullopt, std::nullopt)));
}

TEST_F(PrivilegeStoreTest, ARoleCountsWhenItIsActiveAndStillGiven) {
  ASSERT_THAT(store_->CreateRole("outer", ""), HasValue());
  ASSERT_THAT(store_->CreateRole("inner", "told"), HasValue());
  ASSERT_THAT(GiveRole("outer", "inner"), HasValue());
  ASSERT_THAT(Grant("inner", Table("d", "t"), {Privilege::kSelect}), HasValue());
  ASSERT_THAT(GiveRole(kAnn, "outer"), HasValue());
  EXPECT_FALSE(RightsOfAnn()->Has(Privilege::kSelect, Table("d", "t")));
  EXPECT_TRUE(RightsOfAnn({"outer"})->Has(Privilege::kSelect, Table("d", "t")));
  // Held by a role, not given: it cannot be made active alone.
  EXPECT_FALSE(RightsOfAnn({"inner"})->Has(Privilege::kSelect, Table("d", "t")));
  EXPECT_FALSE(RightsOfAnn({"root"})->has_all());
  ASSERT_THAT(store_->RevokeRoles(kAnn, std::array{std::string("outer")}), HasValue());
  EXPECT_FALSE(RightsOfAnn({"outer"})->Has(Privilege::kSelect, Table("d", "t")));
}

TEST_F(PrivilegeStoreTest, RefusesWhatIsNoGrant) {
  ASSERT_THAT(store_->CreateRole("r", ""), HasValue());
  EXPECT_THAT(store_->CreateRole("r", ""), IsError(ErrorCode::kAlreadyExists, "RoleExists"));
  EXPECT_THAT(store_->CreateRole("root", ""), IsError(ErrorCode::kAlreadyExists, "RoleExists"));
  for (const char* bad : {"", "a'b", "a\nb", "\xff"})
    EXPECT_THAT(store_->CreateRole(bad, ""), IsError(ErrorCode::kInvalidArgument)) << bad;
  EXPECT_THAT(store_->CreateRole(std::string(kRoleNameBytesMax + 1, 'r'), ""),
              IsError(ErrorCode::kInvalidArgument, "BadRoleName"));
  for (const char* built_in : {"root", "db_admin", "user_admin", "public"}) {
    EXPECT_THAT(store_->DropRole(built_in), IsError(ErrorCode::kFailedPrecondition, "BuiltInRole"));
  }
  EXPECT_THAT(Grant("root", Table("d", "t"), {Privilege::kSelect}),
              IsError(ErrorCode::kFailedPrecondition, "BuiltInRole"));
  EXPECT_THAT(Grant("nope", Table("d", "t"), {Privilege::kSelect}),
              IsError(ErrorCode::kNotFound, "UnknownRole"));
  EXPECT_THAT(Grant("r", Table("d", ""), {Privilege::kSelect}),
              IsError(ErrorCode::kInvalidArgument, "BadName"));
  EXPECT_THAT(GiveRole("r", "r"), IsError(ErrorCode::kInvalidArgument, "RoleLoop"));
  EXPECT_THAT(GiveRole("public", "r"), IsError(ErrorCode::kFailedPrecondition, "BuiltInRole"));
  EXPECT_THAT(GiveRole(kAnn, "public"), IsError(ErrorCode::kFailedPrecondition, "BuiltInRole"));
  EXPECT_THAT(store_->SetDefaultRoles(kAnn, {.all = false, .listed = {"r"}}),
              IsError(ErrorCode::kInvalidArgument, "RoleNotGranted"));
}

TEST_F(PrivilegeStoreTest, RolesHoldRolesSoDeepAndNoDeeper) {
  for (std::size_t i = 0; i <= kRoleDepthMax + 1; ++i)
    ASSERT_THAT(store_->CreateRole("r" + std::to_string(i), ""), HasValue());
  for (std::size_t i = 0; i < kRoleDepthMax; ++i)
    ASSERT_THAT(GiveRole("r" + std::to_string(i), "r" + std::to_string(i + 1)), HasValue());
  EXPECT_THAT(
      GiveRole("r" + std::to_string(kRoleDepthMax), "r" + std::to_string(kRoleDepthMax + 1)),
      IsError(ErrorCode::kInvalidArgument, "RolesTooDeep"));
  EXPECT_THAT(GiveRole("r" + std::to_string(kRoleDepthMax), "r0"),
              IsError(ErrorCode::kInvalidArgument, "RoleLoop"));
}

TEST_F(PrivilegeStoreTest, KeepsEverythingAndForgetsWhole) {
  ASSERT_THAT(store_->CreateRole("r", "a comment"), HasValue());
  ASSERT_THAT(Grant("r", Table("d", "t"), {Privilege::kSelect}, true), HasValue());
  ASSERT_THAT(
      Grant("public", {.type = ObjectType::kCatalog, .catalog = "lake"}, {Privilege::kUsage}),
      HasValue());
  ASSERT_THAT(GiveRole(kAnn, "r"), HasValue());
  ASSERT_THAT(store_->SetDefaultRoles(kAnn, {.all = true, .listed = {}}), HasValue());
  ASSERT_THAT(store_->SetProperties(kAnn, {{"max_user_connections", "3"}}), HasValue());
  Reopen();
  const auto book = store_->book();
  EXPECT_EQ(book->DefaultRolesOf(kAnn), std::set<std::string>{"r"});
  EXPECT_TRUE(RightsOfAnn({"r"})->MayGrant(Privilege::kSelect, Table("d", "t")));
  EXPECT_TRUE(
      RightsOfAnn()->Has(Privilege::kUsage, {.type = ObjectType::kCatalog, .catalog = "lake"}));
  EXPECT_EQ(book->users.at(kAnn).properties.at("max_user_connections"), "3");
  ASSERT_THAT(store_->ForgetCatalog("lake"), HasValue());
  EXPECT_FALSE(RightsOfAnn({"r"})->HasAnyOnOrIn({.type = ObjectType::kCatalog, .catalog = "lake"}));
  ASSERT_THAT(store_->ForgetUser(kAnn), HasValue());
  Reopen();
  EXPECT_TRUE(store_->book()->users.empty());
}

TEST_F(PrivilegeStoreTest, AFileThatCannotBeReadOpensNothing) {
  for (
      const char* text :
      {"", "{", "[]", "{}", R"({"roles":[],"users":[{"user":"a"}]})",
       R"({"roles":[{"name":"r","comment":"","roles":[],"grants":[{"on":"TABLE","privileges":["FLY"],"grantable":[]}]}],"users":[]})",
       R"({"roles":[{"name":"r","comment":"","roles":[],"grants":[{"on":"MOON","privileges":[],"grantable":[]}]}],"users":[]})"}) {
    ASSERT_THAT(WriteFileDurably(folder_ / "rights.json", text), HasValue());
    EXPECT_THAT(PrivilegeStore::Open(folder_),
                IsError(ErrorCode::kDataCorruption, "RightsFileBroken"))
        << text;
  }
}

TEST(Privileges, EveryTypeHasSomeAndNamesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(ObjectType::kUser); ++i) {
    const auto type = static_cast<ObjectType>(i);
    EXPECT_FALSE(PrivilegesOf(type).empty());
    EXPECT_EQ(FindObjectType(ObjectTypeName(type)), type);
    for (const Privilege privilege : PrivilegesOf(type).List())
      EXPECT_EQ(FindPrivilege(PrivilegeName(privilege)), privilege);
  }
  EXPECT_FALSE(FindPrivilege("FLY"));
  EXPECT_FALSE(FindObjectType("MOON"));
}

}  // namespace
}  // namespace firn::session
