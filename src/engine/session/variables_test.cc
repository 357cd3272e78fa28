#include "engine/session/variables.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/random.h"
#include "base/result_testing.h"

namespace firn::session {
namespace {

using testing::HasValue;
using testing::IsError;
using ::testing::HasSubstr;

constexpr VariableScope kSession = VariableScope::kSession;
constexpr VariableScope kGlobal = VariableScope::kGlobal;

std::string Print(const Result<VariableValue>& value) {
  return value ? PrintVariableValue(*value) : value.error().reason();
}

TEST(VariableDefinitions, AreSortedAndSound) {
  const auto definitions = VariableDefinitions();
  EXPECT_TRUE(std::ranges::is_sorted(definitions, std::less_equal<>(), &VariableDefinition::name));
  for (const auto& definition : definitions) {
    if (definition.alias_of.empty()) continue;
    EXPECT_TRUE(std::ranges::any_of(definitions, [&](const auto& other) {
      return other.name == definition.alias_of && other.alias_of.empty();
    })) << definition.name;
  }
}

TEST(SessionVariables, HasWhatClientsAskFor) {
  GlobalVariables globals("4.1.0");
  const SessionVariables variables(globals);
  struct Case {
    const char* name;
    const char* value;
  };
  for (const Case& c : {
           Case{"version", "8.0.33"}, Case{"version_comment", "StarRocks version 4.1.0"},
           Case{"VERSION_COMMENT", "StarRocks version 4.1.0"}, Case{"license", "Apache License 2.0"},
           Case{"auto_increment_increment", "1"}, Case{"character_set_client", "utf8mb4"},
           Case{"character_set_connection", "utf8mb4"}, Case{"character_set_results", "utf8mb4"},
           Case{"character_set_server", "utf8mb4"}, Case{"character_set_database", "utf8mb4"},
           Case{"collation_server", "utf8mb4_general_ci"}, Case{"collation_connection", "utf8mb4_general_ci"},
           Case{"init_connect", ""}, Case{"interactive_timeout", "28800"}, Case{"lower_case_table_names", "0"},
           Case{"max_allowed_packet", "33554432"}, Case{"net_write_timeout", "60"},
           Case{"performance_schema", "false"}, Case{"sql_mode", "ONLY_FULL_GROUP_BY"},
           Case{"system_time_zone", "UTC"}, Case{"time_zone", "UTC"},
           Case{"transaction_isolation", "REPEATABLE-READ"}, Case{"tx_isolation", "REPEATABLE-READ"},
           Case{"wait_timeout", "28800"}, Case{"socket", ""}, Case{"default_storage_engine", "olap"},
           Case{"transaction_read_only", "false"}, Case{"tx_read_only", "false"}, Case{"autocommit", "true"},
           Case{"query_timeout", "300"}, Case{"insert_timeout", "14400"}, Case{"catalog", "default_catalog"},
           Case{"group_concat_max_len", "1024"}, Case{"sql_select_limit", "9223372036854775807"},
       }) {
    EXPECT_EQ(Print(variables.Get(c.name)), c.value) << c.name;
    EXPECT_EQ(Print(variables.Get(kSession, c.name)), c.value) << c.name;
  }
}

TEST(SessionVariables, ConvertsAndChecks) {
  GlobalVariables globals;
  SessionVariables variables(globals);
  struct Case {
    const char* name;
    VariableValue value;
    const char* result;  // The printed value, or the error's reason.
  };
  for (const Case& c : std::initializer_list<Case>{
           {"autocommit", std::int64_t{0}, "false"},
           {"autocommit", std::string("ON"), "true"},
           {"AutoCommit", std::string("off"), "false"},
           {"autocommit", true, "true"},
           {"autocommit", std::int64_t{2}, "WrongVariableValue"},
           {"autocommit", std::string("maybe"), "WrongVariableValue"},
           {"autocommit", std::monostate(), "WrongVariableValue"},
           {"query_timeout", std::int64_t{10}, "10"},
           {"query_timeout", std::string("11"), "11"},
           {"query_timeout", std::int64_t{0}, "WrongVariableValue"},
           {"query_timeout", std::string("1s"), "WrongVariableType"},
           {"query_timeout", std::string(""), "WrongVariableType"},
           {"sql_mode", std::string("only_full_group_by, strict_trans_tables"), "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES"},
           {"sql_mode", std::string("ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION"),
            "ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION"},
           {"sql_mode", std::string(""), ""},
           {"sql_mode", std::string("NO_SUCH_MODE"), "WrongVariableValue"},
           {"tx_isolation", std::string("read-committed"), "READ-COMMITTED"},
           {"transaction_isolation", std::string("none"), "WrongVariableValue"},
           {"character_set_results", std::monostate(), "NULL"},
           {"time_zone", std::string("+00:00"), "+00:00"},
           {"plan_mode", std::string("LOCAL"), "local"},
           {"version", std::string("9"), "ReadOnlyVariable"},
           {"init_connect", std::string("x"), "VariableIsGlobalOnly"},
           {"no_such_variable", true, "UnknownSystemVariable"},
       }) {
    const Status set = variables.Set(kSession, c.name, c.value);
    EXPECT_EQ(set ? Print(variables.Get(c.name)) : set.error().reason(), c.result) << c.name;
  }
  EXPECT_EQ(Print(variables.Get("transaction_isolation")), "READ-COMMITTED");
  EXPECT_FALSE(variables.GetBool("autocommit") != true);
  EXPECT_EQ(variables.GetInt("query_timeout"), 11);
  EXPECT_EQ(variables.GetText("character_set_results"), "");
}

TEST(SessionVariables, NamesTheNearest) {
  GlobalVariables globals;
  const SessionVariables variables(globals);
  const auto value = variables.Get("query_timeot");
  ASSERT_FALSE(value.has_value());
  EXPECT_THAT(value.error().message(), HasSubstr("Unknown system variable 'query_timeot', the most similar variables are {query_timeout"));
}

TEST(SessionVariables, KeepsScopesApart) {
  GlobalVariables globals;
  SessionVariables old_session(globals);
  ASSERT_THAT(old_session.Set(kGlobal, "query_timeout", std::int64_t{77}), HasValue());
  EXPECT_EQ(old_session.GetInt("query_timeout"), 300);
  EXPECT_EQ(Print(old_session.Get(kGlobal, "query_timeout")), "77");
  const SessionVariables new_session(globals);
  EXPECT_EQ(new_session.GetInt("query_timeout"), 77);
  ASSERT_THAT(old_session.SetDefault(kSession, "query_timeout"), HasValue());
  EXPECT_EQ(old_session.GetInt("query_timeout"), 77);
  ASSERT_THAT(old_session.SetDefault(kGlobal, "query_timeout"), HasValue());
  old_session.Reset();
  EXPECT_EQ(old_session.GetInt("query_timeout"), 300);
  EXPECT_THAT(old_session.Set(kGlobal, "catalog", std::string("x")), IsError(ErrorCode::kInvalidArgument, "VariableIsSessionOnly"));
  EXPECT_THAT(old_session.Set(kGlobal, "version", std::string("x")), IsError(ErrorCode::kInvalidArgument, "ReadOnlyVariable"));
  ASSERT_THAT(old_session.Set(kGlobal, "init_connect", std::string("x")), HasValue());
  EXPECT_EQ(Print(old_session.Get("init_connect")), "x");
}

TEST(GlobalVariables, KeepWhatWasSetOverARestart) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("firn-variables-" + NewUuid(SecureRandom()));
  std::filesystem::create_directories(folder);
  {
    GlobalVariables globals;
    ASSERT_THAT(globals.Open(folder), HasValue());
    EXPECT_FALSE(std::filesystem::exists(folder / "variables.json"));
    ASSERT_THAT(globals.Set("query_timeout", std::int64_t{77}), HasValue());
    ASSERT_THAT(globals.Set("init_connect", VariableValue(std::monostate())), HasValue());
    ASSERT_THAT(globals.Set("insert_timeout", std::int64_t{5}), HasValue());
    ASSERT_THAT(globals.SetDefault("insert_timeout"), HasValue());
  }
  {
    GlobalVariables globals;
    ASSERT_THAT(globals.Open(folder), HasValue());
    EXPECT_EQ(Print(globals.Get("query_timeout")), "77");
    EXPECT_EQ(Print(globals.Get("init_connect")), "NULL");
    EXPECT_EQ(Print(globals.Get("insert_timeout")), "14400");
  }
  // Names and values of another version are left out; what is no JSON is not guessed at.
  ASSERT_THAT(WriteFileDurably(folder / "variables.json",
                               R"({"gone":"1","query_timeout":"x","version":"1","insert_timeout":9})"),
              HasValue());
  GlobalVariables globals;
  ASSERT_THAT(globals.Open(folder), HasValue());
  EXPECT_EQ(Print(globals.Get("query_timeout")), "300");
  EXPECT_EQ(Print(globals.Get("version")), "8.0.33");
  for (const char* bad : {"", "[]", "{"}) {
    ASSERT_THAT(WriteFileDurably(folder / "variables.json", bad), HasValue());
    EXPECT_THAT(globals.Open(folder), IsError(ErrorCode::kDataCorruption, "BadVariablesFile")) << bad;
  }
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(globals.Set("query_timeout", std::int64_t{1}).has_value());
  EXPECT_EQ(Print(globals.Get("query_timeout")), "300") << "what is not kept is not set";
}

TEST(SessionVariables, ShowsAllRows) {
  GlobalVariables globals;
  SessionVariables variables(globals);
  ASSERT_THAT(variables.Set(kSession, "tx_isolation", std::string("SERIALIZABLE")), HasValue());
  const auto rows = variables.Show(kSession);
  EXPECT_EQ(rows.size(), VariableDefinitions().size());
  const auto found = std::ranges::find(rows, "tx_isolation", &VariableRow::name);
  ASSERT_NE(found, rows.end());
  EXPECT_EQ(found->value, "SERIALIZABLE");
  EXPECT_EQ(found->default_value, "REPEATABLE-READ");
  EXPECT_TRUE(found->is_changed);
  const auto global_rows = variables.Show(kGlobal);
  EXPECT_EQ(std::ranges::find(global_rows, "catalog", &VariableRow::name), global_rows.end());
}

}  // namespace
}  // namespace firn::session
