#include "cloud/lakeformation/lake_formation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/json.h"
#include "base/result_testing.h"
#include "cloud/lakeformation/lake_formation_api.h"
#include "cloud/lakeformation/limits.h"
#include "cloud/ledger/iam_rows.h"

namespace firn::lakeformation {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kBucketCatalog = "123456789012:s3tablescatalog/lake";

class NoAudit final : public policy::AuditSink {
 public:
  void Record(const policy::AuditRecord&) override {}
};

class FixedVendor final : public TableCredentialsVendor {
 public:
  Result<VendedTableCredentials> VendTableCredentials(
      const Context&, const policy::Permit&, const TableCredentialsRequest& request) override {
    asked = request;
    return VendedTableCredentials{{AccessKeyId("ASIA1"), Secret("s"), Secret("t")},
                                  *ParseIso8601("2026-11-24T13:00:00Z"),
                                  {"s3://wh--table-s3/"}};
  }
  TableCredentialsRequest asked;
};

class FixedDirectory final : public CatalogDirectory {
 public:
  Result<bool> Exists(const Context&, const CatalogResource& resource) override {
    return resource.catalog_id.find("missing") == std::string::npos &&
           resource.database != "missing" && resource.table != "missing";
  }
  Result<std::vector<std::string>> Columns(const Context&, const CatalogResource&) override {
    return std::vector<std::string>{"id", "name", "fare", "tip"};
  }
  Result<std::optional<CatalogResource>> AtPath(const Context&, std::string_view arn) override {
    if (!arn.starts_with("arn:aws:s3:::of-taxis")) return std::optional<CatalogResource>();
    return std::optional(CatalogResource{
        .catalog_id = std::string(kAccount), .database = "rides", .table = "taxis"});
  }
};

using Caller = std::shared_ptr<const policy::Principal>;

class LakeFormationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firn_lf_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ASSERT_OK_AND_ASSIGN(ledger_, ledger::Ledger::Open(folder_ / "ledger.sqlite"));
    service_ = std::make_unique<LakeFormation>(
        *ledger_, clock_, ledger::RegionKey{std::string(kAccount), "us-east-1"});
    api_ = std::make_unique<LakeFormationApi>(*service_, &vendor_, &directory_);
    root_ = std::make_shared<const policy::Principal>(policy::RootPrincipal(std::string(kAccount)));
    ann_ = MakeUser("ann");
    bob_ = MakeUser("bob");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A user whose IAM policies allow everything, so that Lake Formation alone decides.
  Caller MakeUser(const std::string& name) {
    EXPECT_THAT(ledger_->Write([&](ledger::Transaction& transaction) {
      return ledger::InsertEntity(transaction,
                                  {.key = {std::string(kAccount), ledger::EntityKind::kUser, name},
                                   .path = "/",
                                   .entity_id = "AIDA" + name});
    }),
                HasValue());
    auto user = std::make_shared<policy::Principal>();
    user->kind = policy::PrincipalKind::kUser;
    user->account_id = kAccount;
    user->arn = user->identity_arn = fmt::format("arn:aws:iam::{}:user/{}", kAccount, name);
    user->user_name = name;
    user->identity_policies.push_back(
        {"all", std::make_shared<const policy::PolicyDocument>(*policy::ParsePolicy(
                    R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
                    policy::PolicyUse::kIdentity))});
    return user;
  }

  Result<std::string> Call(const Caller& caller, std::string_view operation,
                           std::string_view body) {
    FIRN_ASSIGN_OR_RETURN(auto needs, api_->RequiredAccess(operation));
    FIRN_ASSIGN_OR_RETURN(const policy::Permit permit,
                          authorizer_.Authorize(Context(), caller, {.needs = std::move(needs)}));
    FIRN_ASSIGN_OR_RETURN(const aws::Answer answer,
                          api_->Handle(Context(), permit, operation, body));
    return answer.body;
  }
  static std::string Grant(std::string_view user, std::string_view resource,
                           std::string_view permissions, std::string_view option = "[]") {
    return fmt::format(
        R"({{"Principal":{{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:user/{}"}},"Resource":{},"Permissions":{},"PermissionsWithGrantOption":{}}})",
        user, resource, permissions, option);
  }
  bool May(const Caller& caller, const CatalogResource& resource, Permission required) {
    return service_->CheckPermission(*caller, resource, required).has_value();
  }
  void Create(const Caller& caller, const CatalogResource& resource) {
    EXPECT_THAT(ledger_->Write([&](ledger::Transaction& transaction) {
      return service_->RecordCreator(transaction, *caller, resource);
    }),
                HasValue());
  }

  const CatalogResource catalog_{std::string(kBucketCatalog), "", ""};
  const CatalogResource database_{std::string(kBucketCatalog), "sales", ""};
  const CatalogResource table_{std::string(kBucketCatalog), "sales", "taxis"};
  const std::string catalog_json_ = R"({"Catalog":{"Id":"123456789012:s3tablescatalog/lake"}})";
  const std::string database_json_ =
      R"({"Database":{"CatalogId":"123456789012:s3tablescatalog/lake","Name":"sales"}})";
  const std::string table_json_ =
      R"({"Table":{"CatalogId":"123456789012:s3tablescatalog/lake","DatabaseName":"sales","Name":"taxis"}})";
  const std::string wildcard_json_ =
      R"({"Table":{"CatalogId":"123456789012:s3tablescatalog/lake","DatabaseName":"sales","TableWildcard":{}}})";

  std::filesystem::path folder_;
  ManualClock clock_{*ParseIso8601("2026-11-24T12:00:00Z")};
  NoAudit audit_;
  policy::Authorizer authorizer_{audit_, clock_};
  FixedVendor vendor_;
  FixedDirectory directory_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<LakeFormation> service_;
  std::unique_ptr<LakeFormationApi> api_;
  Caller root_, ann_, bob_;
};

TEST_F(LakeFormationTest, NamesWhatIsMissingAsLakeFormationDoes) {
  const std::pair<CatalogResource, Permission> kAsked[] = {{catalog_, Permission::kCreateDatabase},
                                                           {database_, Permission::kCreateTable},
                                                           {table_, Permission::kSelect}};
  const char* kTexts[] = {
      "Insufficient Lake Formation permission(s): Required Create Database on Catalog",
      "Insufficient Lake Formation permission(s): Required Create Table on sales",
      "Insufficient Lake Formation permission(s): Required Select on taxis"};
  for (std::size_t i = 0; i < 3; ++i) {
    const Status denied = service_->CheckPermission(*ann_, kAsked[i].first, kAsked[i].second);
    ASSERT_THAT(denied, IsError(ErrorCode::kPermissionDenied, "AccessDeniedException"));
    EXPECT_EQ(denied.error().message(), kTexts[i]);
  }
}

// The guide's grant: Super on the catalog of the table bucket.
TEST_F(LakeFormationTest, SuperOnTheCatalogCoversWhatIsInIt) {
  for (const std::string_view word : {"[\"ALL\"]", "[\"SUPER_USER\"]"}) {
    ASSERT_THAT(Call(root_, "GrantPermissions", Grant("ann", catalog_json_, word)), HasValue());
    for (const Permission permission :
         {Permission::kDescribe, Permission::kCreateDatabase, Permission::kDrop})
      EXPECT_TRUE(May(ann_, catalog_, permission));
    for (const Permission permission :
         {Permission::kDescribe, Permission::kCreateTable, Permission::kAlter})
      EXPECT_TRUE(May(ann_, database_, permission));
    for (const Permission permission :
         {Permission::kSelect, Permission::kInsert, Permission::kDrop})
      EXPECT_TRUE(May(ann_, table_, permission));
    EXPECT_FALSE(May(bob_, catalog_, Permission::kDescribe));
    EXPECT_FALSE(May(ann_, {"123456789012:s3tablescatalog/other", "", ""}, Permission::kDescribe));
    EXPECT_FALSE(May(ann_, {"123456789012:s3tablescatalog/lake2", "", ""}, Permission::kDescribe));
    ASSERT_THAT(Call(root_, "RevokePermissions", Grant("ann", catalog_json_, word)), HasValue());
    EXPECT_FALSE(May(ann_, table_, Permission::kDescribe));
  }
  ASSERT_THAT(Call(root_, "GrantPermissions",
                   Grant("ann", R"({"Catalog":{"Id":"s3tablescatalog"}})", "[\"ALL\"]")),
              HasValue());
  EXPECT_TRUE(May(ann_, table_, Permission::kSelect));
}

struct LevelCase {
  std::string_view resource;  ///< catalog, database, table, wildcard.
  std::string_view permission;
  Permission required;
  std::string_view on;
  bool allowed;
};

TEST_F(LakeFormationTest, GrantsReachWhatTheyAreOn) {
  const LevelCase kCases[] = {
      {"catalog", "CREATE_DATABASE", Permission::kCreateDatabase, "catalog", true},
      {"catalog", "CREATE_DATABASE", Permission::kDescribe, "catalog", true},
      {"catalog", "CREATE_DATABASE", Permission::kDescribe, "database", false},
      {"catalog", "DESCRIBE", Permission::kCreateDatabase, "catalog", false},
      {"database", "ALL", Permission::kCreateTable, "database", true},
      {"database", "ALL", Permission::kDrop, "database", true},
      {"database", "ALL", Permission::kSelect, "table", false},
      {"database", "DESCRIBE", Permission::kDescribe, "table", false},
      {"database", "CREATE_TABLE", Permission::kDescribe, "database", true},
      {"database", "CREATE_TABLE", Permission::kDescribe, "catalog", true},
      {"table", "SELECT", Permission::kSelect, "table", true},
      {"table", "SELECT", Permission::kDescribe, "table", true},
      {"table", "SELECT", Permission::kInsert, "table", false},
      {"table", "SELECT", Permission::kDescribe, "database", true},
      {"table", "SELECT", Permission::kDescribe, "catalog", true},
      {"table", "INSERT", Permission::kSelect, "table", false},
      {"table", "ALL", Permission::kDelete, "table", true},
      {"table", "ALL", Permission::kCreateTable, "database", false},
      {"wildcard", "SELECT", Permission::kSelect, "table", true},
      {"wildcard", "SELECT", Permission::kDrop, "table", false},
      {"wildcard", "ALL", Permission::kAlter, "table", true},
  };
  const auto json_of = [&](std::string_view name) {
    return name == "catalog"    ? catalog_json_
           : name == "database" ? database_json_
           : name == "table"    ? table_json_
                                : wildcard_json_;
  };
  for (const LevelCase& c : kCases) {
    const std::string grant =
        Grant("ann", json_of(c.resource), fmt::format("[\"{}\"]", c.permission));
    ASSERT_THAT(Call(root_, "GrantPermissions", grant), HasValue());
    const CatalogResource& on = c.on == "catalog"    ? catalog_
                                : c.on == "database" ? database_
                                                     : table_;
    EXPECT_EQ(May(ann_, on, c.required), c.allowed)
        << c.permission << " on " << c.resource << ", asked on " << c.on;
    ASSERT_THAT(Call(root_, "RevokePermissions", grant), HasValue());
    EXPECT_FALSE(May(ann_, on, c.required));
  }
}

TEST_F(LakeFormationTest, CreatorsHoldWhatTheyMake) {
  Create(ann_, database_);
  EXPECT_TRUE(May(ann_, database_, Permission::kCreateTable));
  EXPECT_TRUE(May(ann_, database_, Permission::kDrop));
  Create(bob_, table_);
  EXPECT_TRUE(May(bob_, table_, Permission::kSelect));
  EXPECT_FALSE(May(ann_, table_, Permission::kSelect));  // Nothing on tables that others make.
  EXPECT_FALSE(May(bob_, database_, Permission::kCreateTable));
  // With the grant option.
  EXPECT_THAT(Call(bob_, "GrantPermissions", Grant("ann", table_json_, "[\"SELECT\"]")),
              HasValue());
  EXPECT_TRUE(May(ann_, table_, Permission::kSelect));
  EXPECT_THAT(Call(ann_, "GrantPermissions", Grant("bob", table_json_, "[\"SELECT\"]")),
              IsError(ErrorCode::kPermissionDenied, "AccessDeniedException"));

  const auto remove = [&](const CatalogResource& resource) {
    return ledger_->Write([&](ledger::Transaction& transaction) {
      return service_->RemoveGrants(transaction, resource);
    });
  };
  ASSERT_THAT(remove(table_), HasValue());
  EXPECT_FALSE(May(bob_, table_, Permission::kDescribe));
  EXPECT_TRUE(May(ann_, database_, Permission::kDrop));
  Create(bob_, table_);
  ASSERT_THAT(remove(database_), HasValue());
  EXPECT_FALSE(May(ann_, database_, Permission::kDescribe));
  EXPECT_FALSE(May(bob_, table_, Permission::kDescribe));
}

TEST_F(LakeFormationTest, ARenamedTableKeepsItsGrants) {
  Create(ann_, table_);
  ASSERT_THAT(Call(root_, "GrantPermissions", Grant("bob", table_json_, "[\"SELECT\",\"INSERT\"]")),
              HasValue());
  const CatalogResource renamed{std::string(kBucketCatalog), "other", "cabs"};
  ASSERT_THAT(ledger_->Write([&](ledger::Transaction& transaction) {
    return service_->RenameTable(transaction, table_, renamed);
  }),
              HasValue());
  EXPECT_TRUE(May(ann_, renamed, Permission::kDrop));
  EXPECT_TRUE(May(bob_, renamed, Permission::kSelect));
  EXPECT_TRUE(May(bob_, renamed, Permission::kInsert));
  EXPECT_FALSE(May(bob_, table_, Permission::kDescribe));
}

TEST_F(LakeFormationTest, AdministratorsDescribeAndGrantWithoutHolding) {
  ASSERT_THAT(
      Call(
          root_, "PutDataLakeSettings",
          R"({"DataLakeSettings":{"DataLakeAdmins":[{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:user/ann"}],"ReadOnlyAdmins":[{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:user/bob"}]}})"),
      HasValue());
  for (const Caller& admin : {root_, ann_}) {
    EXPECT_TRUE(May(admin, table_, Permission::kDescribe));
    EXPECT_TRUE(May(admin, catalog_, Permission::kCreateDatabase));
    EXPECT_FALSE(May(admin, table_, Permission::kSelect));
    EXPECT_FALSE(May(admin, database_, Permission::kDrop));
  }
  EXPECT_TRUE(May(bob_, table_, Permission::kDescribe));
  EXPECT_FALSE(May(bob_, catalog_, Permission::kCreateDatabase));
  EXPECT_THAT(Call(bob_, "GrantPermissions", Grant("bob", table_json_, "[\"SELECT\"]")),
              IsError(ErrorCode::kPermissionDenied));
  ASSERT_THAT(Call(ann_, "GrantPermissions", Grant("ann", table_json_, "[\"SELECT\"]")),
              HasValue());
  EXPECT_TRUE(May(ann_, table_, Permission::kSelect));
}

TEST_F(LakeFormationTest, AFreshAccountLeavesItsOwnCatalogToIam) {
  const CatalogResource own_catalog{"", "", ""};
  const CatalogResource own_database{"", "db", ""};
  EXPECT_TRUE(May(ann_, own_catalog, Permission::kCreateDatabase));
  EXPECT_FALSE(May(ann_, catalog_, Permission::kCreateDatabase));
  Create(ann_, own_database);
  EXPECT_TRUE(May(bob_, own_database, Permission::kDrop));  // IAM_ALLOWED_PRINCIPALS has ALL.
  Create(ann_, database_);
  EXPECT_FALSE(May(bob_, database_, Permission::kDescribe));  // Not below s3tablescatalog.
  ASSERT_THAT(Call(root_, "PutDataLakeSettings", R"({"DataLakeSettings":{}})"), HasValue());
  EXPECT_FALSE(May(bob_, own_catalog, Permission::kCreateDatabase));
  Create(ann_, {"", "db2", ""});
  EXPECT_FALSE(May(bob_, {"", "db2", ""}, Permission::kDescribe));
  EXPECT_TRUE(May(bob_, own_database, Permission::kDrop));
}

TEST_F(LakeFormationTest, OtherAccountsAndNobodyHoldNothing) {
  ASSERT_THAT(
      Call(
          root_, "GrantPermissions",
          R"({"Principal":{"DataLakePrincipalIdentifier":"IAM_ALLOWED_PRINCIPALS"},"Resource":{"Catalog":{"Id":"s3tablescatalog/lake"}},"Permissions":["ALL"]})"),
      HasValue());
  EXPECT_TRUE(May(bob_, table_, Permission::kSelect));
  policy::Principal stranger = *bob_;
  stranger.account_id = "999999999999";
  EXPECT_FALSE(service_->CheckPermission(stranger, table_, Permission::kSelect));
  EXPECT_FALSE(
      service_->CheckPermission(policy::AnonymousPrincipal(), table_, Permission::kDescribe));
  EXPECT_THAT(
      service_->CheckPermission(policy::InternalPrincipal(std::string(kAccount), "maintenance"),
                                table_, Permission::kInsert),
      HasValue());
}

TEST_F(LakeFormationTest, RoleSessionsHoldWhatTheirRoleHolds) {
  ASSERT_THAT(ledger_->Write([&](ledger::Transaction& transaction) {
    return ledger::InsertEntity(transaction,
                                {.key = {std::string(kAccount), ledger::EntityKind::kRole, "etl"},
                                 .path = "/",
                                 .entity_id = "AROAetl"});
  }),
              HasValue());
  ASSERT_THAT(
      Call(
          root_, "GrantPermissions",
          R"({"Principal":{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:role/etl"},"Resource":)" +
              table_json_ + R"(,"Permissions":["SELECT"]})"),
      HasValue());
  policy::Principal session = *bob_;
  session.kind = policy::PrincipalKind::kAssumedRole;
  session.arn = "arn:aws:sts::123456789012:assumed-role/etl/s";
  session.identity_arn = "arn:aws:iam::123456789012:role/etl";
  EXPECT_THAT(service_->CheckPermission(session, table_, Permission::kSelect), HasValue());
}

TEST_F(LakeFormationTest, SettingsComeBackAsTheyWerePut) {
  const std::string fresh = *Call(root_, "GetDataLakeSettings", "{}");
  EXPECT_THAT(
      fresh,
      HasSubstr(
          R"("CreateDatabaseDefaultPermissions":[{"Principal":{"DataLakePrincipalIdentifier":"IAM_ALLOWED_PRINCIPALS"},"Permissions":["ALL"]}])"));
  EXPECT_THAT(fresh, HasSubstr(R"("AllowFullTableExternalDataAccess":false)"));
  EXPECT_THAT(service_->CheckFullTableExternalAccess(),
              IsError(ErrorCode::kPermissionDenied, "AccessDeniedException"));
  // The guide's check box, as the CLI puts it.
  ASSERT_THAT(
      Call(
          root_, "PutDataLakeSettings",
          R"({"DataLakeSettings":{"DataLakeAdmins":[{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:user/ann"}],"AllowExternalDataFiltering":false,"AllowFullTableExternalDataAccess":true,"CreateDatabaseDefaultPermissions":[],"CreateTableDefaultPermissions":[],"Parameters":{"CROSS_ACCOUNT_VERSION":"3"}}})"),
      HasValue());
  EXPECT_THAT(service_->CheckFullTableExternalAccess(), HasValue());
  const std::string put = *Call(root_, "GetDataLakeSettings", "");
  EXPECT_THAT(put, HasSubstr(R"("AllowFullTableExternalDataAccess":true)"));
  EXPECT_THAT(put, HasSubstr(R"("CreateDatabaseDefaultPermissions":[])"));
  EXPECT_THAT(put, HasSubstr(R"("CROSS_ACCOUNT_VERSION":"3")"));
}

struct BadCase {
  std::string_view operation;
  std::string body;
  ErrorCode code;
  std::string_view reason;
  std::string_view message;
};

TEST_F(LakeFormationTest, RefusesBadRequests) {
  constexpr auto kInvalid = ErrorCode::kInvalidArgument;
  constexpr std::string_view kInput = "InvalidInputException";
  const std::string principal =
      R"({"Principal":{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:user/ann"},)";
  const BadCase kCases[] = {
      {"GrantPermissions", "{", kInvalid, kInput, "line 1"},
      {"GrantPermissions", "[]", kInvalid, kInput, "the request"},
      {"GrantPermissions", std::string(100, '['), kInvalid, kInput, "invalid JSON"},
      {"GrantPermissions", "{}", kInvalid, kInput, "'Principal' is missing"},
      {"GrantPermissions", R"({"Principal":{"DataLakePrincipalIdentifier":"ann"}})", kInvalid,
       kInput, "Invalid principal, ann"},
      {"GrantPermissions",
       R"({"Principal":{"DataLakePrincipalIdentifier":"arn:aws:iam::123456789012:user/*"}})",
       kInvalid, kInput, "Invalid principal"},
      {"GrantPermissions", principal + R"("Resource":{},"Permissions":["ALL"]})", kInvalid, kInput,
       "exactly one member"},
      {"GrantPermissions",
       principal + R"("Resource":{"Catalog":{},"Database":{"Name":"x"}},"Permissions":["ALL"]})",
       kInvalid, kInput, "exactly one member"},
      {"GrantPermissions", principal + R"("Resource":{"Database":{}},"Permissions":["ALL"]})",
       kInvalid, kInput, "'Name' is missing"},
      {"GrantPermissions",
       principal + R"("Resource":{"Table":{"Name":"t"}},"Permissions":["ALL"]})", kInvalid, kInput,
       "'DatabaseName' is missing"},
      {"GrantPermissions",
       principal + R"("Resource":{"LFTag":{"TagKey":"a"}},"Permissions":["ALL"]})",
       ErrorCode::kUnsupported, "UnsupportedResource", "not on LFTag"},
      {"GrantPermissions", Grant("ann", table_json_, "[]"), kInvalid, kInput, "must not be empty"},
      {"GrantPermissions", Grant("ann", table_json_, "[\"READ\"]"), kInvalid, kInput,
       "'READ' is no"},
      {"GrantPermissions", Grant("ann", table_json_, "[\"ASSOCIATE\"]"), ErrorCode::kUnsupported,
       "UnsupportedPermission", "LF-tags"},
      {"GrantPermissions", Grant("ann", table_json_, "[\"CREATE_TABLE\"]"), kInvalid, kInput,
       "CREATE_TABLE cannot be granted on a TABLE"},
      {"GrantPermissions", Grant("ann", database_json_, "[\"SELECT\"]"), kInvalid, kInput,
       "SELECT cannot be granted on a DATABASE"},
      {"GrantPermissions", Grant("ann", table_json_, "[\"SELECT\"]", "[\"INSERT\"]"), kInvalid,
       kInput, "must be among"},
      {"GrantPermissions", Grant("carl", table_json_, "[\"SELECT\"]"), kInvalid, kInput,
       "Invalid principal, arn:aws:iam::123456789012:user/carl"},
      {"GrantPermissions",
       Grant("ann", R"({"Catalog":{"Id":"s3tablescatalog/missing"}})", "[\"ALL\"]"),
       ErrorCode::kNotFound, "EntityNotFoundException", "Catalog not found"},
      {"GrantPermissions", Grant("ann", R"({"Database":{"Name":"missing"}})", "[\"ALL\"]"),
       ErrorCode::kNotFound, "EntityNotFoundException", "Database not found: missing"},
      {"GrantPermissions",
       Grant("ann", R"({"TableWithColumns":{"DatabaseName":"d","Name":"t"}})", "[\"SELECT\"]"),
       kInvalid, kInput, "either ColumnNames or ColumnWildcard"},
      {"GrantPermissions",
       Grant("ann", R"({"TableWithColumns":{"DatabaseName":"d","Name":"t","ColumnNames":["fares"]}})",
             "[\"SELECT\"]"),
       ErrorCode::kNotFound, "EntityNotFoundException", "did you mean fare?"},
      {"GrantPermissions",
       Grant("ann",
             R"({"TableWithColumns":{"DatabaseName":"d","Name":"t",
                 "ColumnWildcard":{"ExcludedColumnNames":["id","zzz"]}}})",
             "[\"SELECT\"]"),
       ErrorCode::kNotFound, "EntityNotFoundException", "Column not found: t has no column zzz"},
      {"GrantPermissions",
       Grant("ann", R"({"TableWithColumns":{"DatabaseName":"d","Name":"t","ColumnNames":[1]}})",
             "[\"SELECT\"]"),
       kInvalid, kInput, "list of names"},
      {"GrantPermissions", principal + R"("Resource":{"DataCellsFilter":{}},"Permissions":["SELECT"]})",
       ErrorCode::kUnsupported, "UnsupportedResource", "refused rather than ignored"},
      {"RevokePermissions", Grant("ann", table_json_, "[\"SELECT\"]"), kInvalid, kInput,
       "No permissions revoked"},
      {"ListPermissions", R"({"MaxResults":0})", kInvalid, kInput, "MaxResults"},
      {"ListPermissions", R"({"NextToken":"x"})", kInvalid, kInput, "NextToken"},
      {"PutDataLakeSettings", "{}", kInvalid, kInput, "'DataLakeSettings' is missing"},
      {"PutDataLakeSettings", R"({"DataLakeSettings":{"DataLakeAdmins":"ann"}})", kInvalid, kInput,
       "must be an array"},
      {"PutDataLakeSettings", R"({"CatalogId":"999999999999","DataLakeSettings":{}})",
       ErrorCode::kPermissionDenied, "AccessDeniedException", "Cross account"},
      {"RegisterResource", R"({"ResourceArn":"bucket"})", kInvalid, kInput, "is no ARN"},
      {"RegisterResource", R"({"ResourceArn":"arn:aws:s3:::b"})", kInvalid, kInput,
       "either RoleArn or UseServiceLinkedRole"},
      {"DeregisterResource", R"({"ResourceArn":"arn:aws:s3:::b"})", ErrorCode::kNotFound,
       "EntityNotFoundException", "not registered"},
      {"DescribeResource", R"({"ResourceArn":"arn:aws:s3:::b"})", ErrorCode::kNotFound,
       "EntityNotFoundException", "not registered"},
      {"UpdateResource", R"({"ResourceArn":"arn:aws:s3:::b"})", kInvalid, kInput, "'RoleArn' is missing"},
      {"UpdateResource",
       R"({"ResourceArn":"arn:aws:s3:::b","RoleArn":"arn:aws:iam::123456789012:user/u"})", kInvalid,
       kInput, "no ARN of a role"},
      {"UpdateResource",
       R"({"ResourceArn":"arn:aws:s3:::b","RoleArn":"arn:aws:iam::123456789012:role/r"})",
       ErrorCode::kNotFound, "EntityNotFoundException", "not registered"},
      {"ListResources", R"({"MaxResults":0})", kInvalid, kInput, "MaxResults"},
      {"ListResources", R"({"NextToken":"x"})", kInvalid, kInput, "NextToken"},
      {"ListResources", R"({"FilterConditionList":[{"Field":"NAME"}]})", kInvalid, kInput,
       "'ComparisonOperator' is missing"},
      {"ListResources",
       R"({"FilterConditionList":[{"Field":"NAME","ComparisonOperator":"EQ","StringValueList":["a"]}]})",
       kInvalid, kInput, "no field"},
      {"ListResources",
       R"({"FilterConditionList":[{"Field":"ROLE_ARN","ComparisonOperator":"LT","StringValueList":["a"]}]})",
       ErrorCode::kUnsupported, "UnsupportedFilter", "use one of EQ"},
      {"ListResources",
       R"({"FilterConditionList":[{"Field":"ROLE_ARN","ComparisonOperator":"EQ","StringValueList":[]}]})",
       kInvalid, kInput, "one value"},
      {"GetEffectivePermissionsForPath", R"({"ResourceArn":"taxis"})", kInvalid, kInput, "is no ARN"},
      {"GetTemporaryGlueTableCredentials", R"({"TableArn":"taxis"})", kInvalid, kInput,
       "no ARN of a Glue table"},
      {"GetTemporaryGlueTableCredentials",
       R"({"TableArn":"arn:aws:glue:us-east-1:123456789012:table/t"})", kInvalid, kInput,
       "names no table"},
      {"GetTemporaryGlueTableCredentials",
       R"({"TableArn":"arn:aws:glue:us-east-1:123456789012:table/d/t","DurationSeconds":60})",
       kInvalid, kInput, "DurationSeconds"},
      {"CreateLFTag", "{}", ErrorCode::kUnsupported, "UnknownOperationException",
       "no operation CreateLFTag"},
  };
  for (const BadCase& c : kCases) {
    const auto answer = Call(root_, c.operation, c.body);
    EXPECT_THAT(answer, IsError(c.code, std::string(c.reason))) << c.operation << " " << c.body;
    if (!answer) {
      EXPECT_THAT(answer.error().message(), HasSubstr(c.message)) << c.body;
    }
  }
}

TEST_F(LakeFormationTest, ListsGrantsAsTheApiWritesThem) {
  ASSERT_THAT(Call(root_, "GrantPermissions",
                   Grant("ann", table_json_, "[\"SELECT\",\"INSERT\"]", "[\"SELECT\"]")),
              HasValue());
  ASSERT_THAT(Call(root_, "GrantPermissions", Grant("bob", catalog_json_, "[\"ALL\"]")),
              HasValue());
  const std::string all = *Call(root_, "ListPermissions", "{}");
  EXPECT_THAT(
      all,
      HasSubstr(
          R"("Resource":{"TableWithColumns":{"CatalogId":"123456789012:s3tablescatalog/lake","DatabaseName":"sales","Name":"taxis","ColumnWildcard":{}}},"Permissions":["SELECT"],"PermissionsWithGrantOption":["SELECT"])"));
  EXPECT_THAT(
      all,
      HasSubstr(
          R"("Resource":{"Table":{"CatalogId":"123456789012:s3tablescatalog/lake","DatabaseName":"sales","Name":"taxis"}},"Permissions":["INSERT"],"PermissionsWithGrantOption":[])"));
  EXPECT_THAT(all, HasSubstr(R"({"Catalog":{"Id":"123456789012:s3tablescatalog/lake"}})"));
  EXPECT_THAT(*Call(root_, "ListPermissions", R"({"ResourceType":"CATALOG"})"),
              Not(HasSubstr("taxis")));
  EXPECT_THAT(*Call(root_, "ListPermissions", R"({"Resource":)" + table_json_ + "}"),
              Not(HasSubstr("\"Catalog\"")));
  EXPECT_THAT(*Call(ann_, "ListPermissions", "{}"), Not(HasSubstr("user/bob")));
  EXPECT_THAT(*Call(bob_, "ListPermissions", "{}"), Not(HasSubstr("user/ann")));

  const std::string first = *Call(root_, "ListPermissions", R"({"MaxResults":2})");
  const auto parsed = ParseJson(first);
  ASSERT_THAT(parsed, HasValue());
  const json::object& page = parsed->get_object();
  EXPECT_EQ(page.at("PrincipalResourcePermissions").as_array().size(), 2U);
  const std::string next(page.at("NextToken").as_string());
  const std::string second =
      *Call(root_, "ListPermissions", fmt::format(R"({{"MaxResults":2,"NextToken":"{}"}})", next));
  EXPECT_THAT(second, HasSubstr("user/bob"));
  EXPECT_THAT(second, Not(HasSubstr("NextToken")));
}

TEST_F(LakeFormationTest, RevokesInPartAndTheOptionAlone) {
  ASSERT_THAT(Call(root_, "GrantPermissions",
                   Grant("ann", database_json_, "[\"ALTER\",\"CREATE_TABLE\"]", "[\"ALTER\"]")),
              HasValue());
  ASSERT_THAT(Call(ann_, "GrantPermissions", Grant("bob", database_json_, "[\"ALTER\"]")),
              HasValue());
  ASSERT_THAT(
      Call(root_, "RevokePermissions", Grant("ann", database_json_, "[\"ALTER\"]", "[\"ALTER\"]")),
      HasValue());
  EXPECT_TRUE(May(ann_, database_, Permission::kAlter));
  EXPECT_THAT(Call(ann_, "GrantPermissions", Grant("bob", database_json_, "[\"ALTER\"]")),
              IsError(ErrorCode::kPermissionDenied));
  ASSERT_THAT(Call(root_, "RevokePermissions", Grant("ann", database_json_, "[\"ALTER\"]")),
              HasValue());
  EXPECT_FALSE(May(ann_, database_, Permission::kAlter));
  EXPECT_TRUE(May(ann_, database_, Permission::kCreateTable));
}

TEST_F(LakeFormationTest, BatchesStandEntryByEntry) {
  const auto entry = [&](std::string_view id, std::string_view user) {
    return fmt::format(R"({{"Id":"{}",{})", id, Grant(user, table_json_, "[\"SELECT\"]").substr(1));
  };
  ASSERT_OK_AND_ASSIGN(const std::string answer,
                       Call(root_, "BatchGrantPermissions",
                            fmt::format(R"({{"Entries":[{},{},{}]}})", entry("1", "ann"),
                                        entry("2", "carl"), entry("3", "bob"))));
  EXPECT_THAT(answer, HasSubstr(R"("Failures":[{"RequestEntry":{"Id":"2")"));
  EXPECT_THAT(answer, HasSubstr(R"("ErrorCode":"InvalidInputException")"));
  EXPECT_TRUE(May(ann_, table_, Permission::kSelect));
  EXPECT_TRUE(May(bob_, table_, Permission::kSelect));
  ASSERT_THAT(Call(root_, "BatchRevokePermissions",
                   fmt::format(R"({{"Entries":[{}]}})", entry("1", "ann"))),
              HasValue());
  EXPECT_FALSE(May(ann_, table_, Permission::kSelect));
  std::string many;
  for (std::size_t i = 0; i <= kBatchEntriesMax; ++i)
    many += (i == 0 ? "" : ",") + entry(std::to_string(i), "ann");
  EXPECT_THAT(Call(root_, "BatchGrantPermissions", fmt::format(R"({{"Entries":[{}]}})", many)),
              IsError(ErrorCode::kInvalidArgument));
}

TEST_F(LakeFormationTest, RegistersLocationsOnce) {
  // As "create-s3-tables-catalog" of the AWS documentation registers the table buckets.
  const std::string body =
      R"({"ResourceArn":"arn:aws:s3tables:us-east-1:123456789012:bucket/*","RoleArn":"arn:aws:iam::123456789012:role/service-role/S3TablesRoleForLakeFormation","WithFederation":true})";
  ASSERT_THAT(Call(root_, "RegisterResource", body), HasValue());
  EXPECT_THAT(Call(root_, "RegisterResource", body),
              IsError(ErrorCode::kAlreadyExists, "AlreadyExistsException"));
  EXPECT_THAT(*Call(root_, "DescribeResource", body), HasSubstr(R"("WithFederation":true)"));
  EXPECT_THAT(*Call(root_, "ListResources", "{}"), HasSubstr("S3TablesRoleForLakeFormation"));
  ASSERT_THAT(Call(root_, "DeregisterResource", body), HasValue());
  EXPECT_EQ(*Call(root_, "ListResources", "{}"), R"({"ResourceInfoList":[]})");
}

TEST_F(LakeFormationTest, VendsWhenSettingAndGrantAgree) {
  const std::string read =
      R"({"TableArn":"arn:aws:glue:us-east-1:123456789012:table/s3tablescatalog/lake/sales/taxis","Permissions":["SELECT"]})";
  const std::string write =
      R"({"TableArn":"arn:aws:glue:us-east-1:123456789012:table/s3tablescatalog/lake/sales/taxis","Permissions":["SELECT","INSERT"],"DurationSeconds":900})";
  ASSERT_THAT(Call(root_, "GrantPermissions", Grant("ann", table_json_, "[\"SELECT\"]")),
              HasValue());
  EXPECT_THAT(Call(ann_, "GetTemporaryGlueTableCredentials", read).error().message(),
              HasSubstr("AllowFullTableExternalDataAccess is false"));
  ASSERT_THAT(Call(root_, "PutDataLakeSettings",
                   R"({"DataLakeSettings":{"AllowFullTableExternalDataAccess":true}})"),
              HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string vended,
                       Call(ann_, "GetTemporaryGlueTableCredentials", read));
  EXPECT_EQ(
      vended,
      R"({"AccessKeyId":"ASIA1","SecretAccessKey":"s","SessionToken":"t","Expiration":1795525200,"VendedS3Path":["s3://wh--table-s3/"]})");
  EXPECT_FALSE(vendor_.asked.writable);
  EXPECT_THAT(Call(ann_, "GetTemporaryGlueTableCredentials", write).error().message(),
              HasSubstr("Required Insert on taxis"));
  ASSERT_THAT(Call(root_, "GrantPermissions", Grant("ann", table_json_, "[\"INSERT\"]")),
              HasValue());
  EXPECT_THAT(Call(ann_, "GetTemporaryGlueTableCredentials", write), HasValue());
  EXPECT_TRUE(vendor_.asked.writable);
  EXPECT_EQ(vendor_.asked.duration.count(), 900);
  EXPECT_THAT(Call(bob_, "GetTemporaryGlueTableCredentials", read),
              IsError(ErrorCode::kPermissionDenied, "AccessDeniedException"));

  // A grant on some columns does not open the whole table.
  ASSERT_THAT(
      Call(
          root_, "GrantPermissions",
          Grant(
              "bob",
              R"({"TableWithColumns":{"CatalogId":"s3tablescatalog/lake","DatabaseName":"sales","Name":"taxis","ColumnNames":["id"]}})",
              "[\"SELECT\"]")),
      HasValue());
  EXPECT_TRUE(May(bob_, table_, Permission::kDescribe));
  EXPECT_THAT(Call(bob_, "GetTemporaryGlueTableCredentials", read),
              IsError(ErrorCode::kPermissionDenied, "AccessDeniedException"));
}

TEST_F(LakeFormationTest, RegionsAreApart) {
  const LakeFormation elsewhere(*ledger_, clock_, {std::string(kAccount), "eu-west-1"});
  ASSERT_THAT(Call(root_, "GrantPermissions", Grant("ann", catalog_json_, "[\"ALL\"]")),
              HasValue());
  EXPECT_TRUE(May(ann_, table_, Permission::kSelect));
  EXPECT_FALSE(elsewhere.CheckPermission(*ann_, table_, Permission::kSelect));
}

TEST_F(LakeFormationTest, CatalogIdsHaveOneForm) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"", "123456789012"},
      {":", "123456789012"},
      {"123456789012", "123456789012"},
      {"999999999999", "999999999999"},
      {"s3tablescatalog", "123456789012:s3tablescatalog"},
      {"s3tablescatalog/b", "123456789012:s3tablescatalog/b"},
      {":s3tablescatalog/b", "123456789012:s3tablescatalog/b"},
      {"123456789012:s3tablescatalog/b", "123456789012:s3tablescatalog/b"},
      {"123456789012:s3tablescatalog/b/", "123456789012:s3tablescatalog/b"},
      {"123456789012:", "123456789012"},
  };
  for (const auto& [given, normal] : kCases)
    EXPECT_EQ(service_->NormalCatalogId(given), normal) << given;
}

}  // namespace
}  // namespace firn::lakeformation
