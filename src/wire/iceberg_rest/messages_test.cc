#include "wire/iceberg_rest/messages.h"

#include <functional>

#include "base/result_testing.h"

namespace firn::iceberg_rest {
namespace {

using testing::HasValue;
using testing::IsError;

TEST(ConfigResponse, ReadsWhatAwsAnswers) {
  ASSERT_OK_AND_ASSIGN(
      const ConfigResponse glue,
      ParseConfigResponse(
          R"({"defaults":{"rest.sigv4-enabled":"true","prefix":"1","n":7,"b":true,"z":null},
                              "overrides":{"prefix":"catalogs/1"}})"));
  EXPECT_EQ(glue.overrides.at("prefix"), "catalogs/1");
  EXPECT_EQ(glue.defaults.at("n"), "7");
  EXPECT_EQ(glue.defaults.at("b"), "true");
  EXPECT_FALSE(glue.defaults.contains("z"));
  EXPECT_FALSE(glue.endpoints.has_value());
  ASSERT_OK_AND_ASSIGN(const ConfigResponse empty, ParseConfigResponse("{}"));
  EXPECT_TRUE(empty.defaults.empty());
  const ConfigResponse full{.defaults = {{"a", "1"}},
                            .overrides = {{"prefix", "p"}},
                            .endpoints = std::vector<std::string>{"GET /v1/{prefix}/namespaces"},
                            .idempotency_key_lifetime = "PT30M"};
  ASSERT_OK_AND_ASSIGN(const ConfigResponse again, ParseConfigResponse(PrintConfigResponse(full)));
  EXPECT_EQ(again.endpoints, full.endpoints);
  EXPECT_EQ(again.idempotency_key_lifetime, "PT30M");
}

TEST(LoadTableResult, KeepsCredentialsAndMetadata) {
  LoadTableResult result{
      .metadata_location = "s3://w/metadata/0.json",
      .metadata = json::object{{"format-version", 2}},
      .config = {{"client.region", "us-east-1"}},
      .storage_credentials = {{.prefix = "s3://w", .config = {{"s3.access-key-id", "A"}}}}};
  ASSERT_OK_AND_ASSIGN(const LoadTableResult again,
                       ParseLoadTableResult(PrintLoadTableResult(result)));
  EXPECT_EQ(again.metadata_location, result.metadata_location);
  EXPECT_EQ(again.metadata, result.metadata);
  EXPECT_EQ(again.config, result.config);
  ASSERT_EQ(again.storage_credentials.size(), 1U);
  EXPECT_EQ(again.storage_credentials[0].config.at("s3.access-key-id"), "A");
  ASSERT_OK_AND_ASSIGN(const LoadTableResult staged, ParseLoadTableResult(R"({"metadata":{}})"));
  EXPECT_FALSE(staged.metadata_location.has_value());
}

TEST(Requests, ComeBackAsTheyWere) {
  CreateTableRequest create{.name = "t",
                            .schema = json::object{{"type", "struct"}},
                            .stage_create = false,
                            .properties = {{"format-version", "2"}}};
  ASSERT_OK_AND_ASSIGN(const CreateTableRequest create_again,
                       ParseCreateTableRequest(PrintCreateTableRequest(create)));
  EXPECT_EQ(create_again.name, "t");
  EXPECT_EQ(create_again.stage_create, false);
  EXPECT_EQ(create_again.properties, create.properties);
  EXPECT_FALSE(create_again.location.has_value());

  CommitTableRequest commit{.requirements = {json::object{{"type", "assert-create"}}},
                            .updates = {json::object{{"action", "assign-uuid"}}}};
  ASSERT_OK_AND_ASSIGN(const CommitTableRequest commit_again,
                       ParseCommitTableRequest(PrintCommitTableRequest(commit)));
  EXPECT_EQ(commit_again.updates, commit.updates);
  EXPECT_EQ(commit_again.requirements, commit.requirements);

  const RenameTableRequest rename{.source = {{"a"}, "t"}, .destination = {{"b", "c"}, "u"}};
  ASSERT_OK_AND_ASSIGN(const RenameTableRequest rename_again,
                       ParseRenameTableRequest(PrintRenameTableRequest(rename)));
  EXPECT_EQ(rename_again.destination, rename.destination);

  ASSERT_OK_AND_ASSIGN(
      const auto transaction,
      ParseCommitTransactionRequest(
          R"({"table-changes":[{"identifier":{"namespace":["a"],"name":"t"},"updates":[]}]})"));
  EXPECT_EQ(transaction.table_changes.at(0).identifier->name, "t");

  const ListTablesResponse tables{.identifiers = {{{"ns"}, "t"}}, .next_page_token = "p2"};
  ASSERT_OK_AND_ASSIGN(const auto tables_again,
                       ParseListTablesResponse(PrintListTablesResponse(tables)));
  EXPECT_EQ(tables_again.identifiers, tables.identifiers);
  EXPECT_EQ(tables_again.next_page_token, "p2");

  ASSERT_OK_AND_ASSIGN(const auto bare, ParseNamespaceDocument(R"({"namespace":["ns"]})"));
  EXPECT_FALSE(bare.properties.has_value());
}

TEST(Parsers, RefuseAndNameTheMember) {
  using Parser = std::function<Status(std::string_view)>;
  const auto of = [](auto function) -> Parser {
    return [function](std::string_view body) -> Status {
      auto parsed = function(body);
      if (!parsed) return parsed.error();
      return Ok();
    };
  };
  struct Case {
    Parser parser;
    std::string body;
    std::string reason;
    std::string word;
  };
  const std::vector<Case> cases = {
      {of(ParseConfigResponse), "", "InvalidJson", ""},
      {of(ParseConfigResponse), "[]", "WrongMemberType", "body"},
      {of(ParseConfigResponse), R"({"defaults":[]})", "WrongMemberType", "defaults"},
      {of(ParseConfigResponse), R"({"endpoints":[1]})", "WrongMemberType", "endpoints"},
      {of(ParseListNamespacesResponse), "{}", "MissingMember", "namespaces"},
      {of(ParseListNamespacesResponse), R"({"namespaces":["a"]})", "WrongMemberType", "namespaces"},
      {of(ParseListNamespacesResponse), R"({"namespaces":[[1]]})", "WrongMemberType", "namespaces"},
      {of(ParseListTablesResponse), R"({"identifiers":[{"name":"t"}]})", "MissingMember",
       "namespace"},
      {of(ParseListTablesResponse), R"({"identifiers":[{"namespace":["a"]}]})", "MissingMember",
       "name"},
      {of(ParseCreateTableRequest), R"({"schema":{}})", "MissingMember", "name"},
      {of(ParseCreateTableRequest), R"({"name":"t"})", "MissingMember", "schema"},
      {of(ParseCreateTableRequest), R"({"name":"t","schema":1})", "WrongMemberType", "schema"},
      {of(ParseCreateTableRequest), R"({"name":"t","schema":{},"stage-create":"no"})",
       "WrongMemberType", "stage-create"},
      {of(ParseLoadTableResult), "{}", "MissingMember", "metadata"},
      {of(ParseLoadTableResult), R"({"metadata":{},"storage-credentials":{}})", "WrongMemberType",
       "storage-credentials"},
      {of(ParseLoadTableResult), R"({"metadata":{},"storage-credentials":[{}]})", "MissingMember",
       "prefix"},
      {of(ParseCommitTableRequest), "{}", "MissingMember", "updates"},
      {of(ParseCommitTableRequest), R"({"updates":{}})", "WrongMemberType", "updates"},
      {of(ParseCommitTableResponse), R"({"metadata":{}})", "MissingMember", "metadata-location"},
      {of(ParseCommitTransactionRequest), R"({"table-changes":[{"updates":[]}]})", "MissingMember",
       "identifier"},
      {of(ParseRenameTableRequest), R"({"source":{"namespace":["a"],"name":"t"}})", "MissingMember",
       "destination"},
      {of(ParseRegisterTableRequest), R"({"name":"t"})", "MissingMember", "metadata-location"},
      {of(ParseOAuthTokenResponse), R"({"error":"x"})", "MissingMember", "access_token"},
      {of(ParseLoadTableResult), std::string(100, '['), "InvalidJson", ""},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.body);
    const Status status = test.parser(test.body);
    ASSERT_THAT(status, IsError(ErrorCode::kInvalidArgument, test.reason));
    EXPECT_NE(status.error().message().find(test.word), std::string::npos)
        << status.error().message();
  }
}

}  // namespace
}  // namespace firn::iceberg_rest
