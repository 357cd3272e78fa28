#include "engine/session/session.h"

#include <filesystem>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/result_testing.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/catalog/rest_server_testing.h"
#include "engine/duck/engine.h"
#include "engine/session/session_registry.h"
#include "engine/session/like_pattern_internal.h"
#include "engine/session/privilege_store.h"
#include "engine/session/users.h"
#include "engine/session/variables.h"
#include "lake/iceberg/data_file.h"
#include "lake/objects/memory_store.h"
#include "sql/ast.h"

namespace firn::session {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HasValue;
using testing::IsError;
using ::testing::Not;

/// Answers as text, `a|b`, NULL as ∅.
class TextSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column> columns) override {
    for (const rows::Column& column : columns) header.push_back(column.name);
    return Ok();
  }
  Status AddBatch(const rows::ColumnBatch& batch) override {
    for (std::size_t r = 0; r < batch.row_count; ++r) {
      std::string line;
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        const rows::ColumnView& column = batch.columns[c];
        line += (c == 0 ? "" : "|") +
                (column.IsNull(r) ? "∅" : std::string(column.Value<std::string_view>(r)));
      }
      lines.push_back(std::move(line));
    }
    return Ok();
  }
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t row_count, std::string_view) override {
    affected = row_count;
    return Ok();
  }

  std::vector<std::string> header;
  std::vector<std::string> lines;
  std::optional<std::uint64_t> affected;
};

/// An engine without DuckDB: it resolves the tables of a FROM, sends the rows of those in memory,
/// and writes values as files of so many rows.
class FakeConnection final : public duck::Connection {
 public:
  Status Run(const Context& context, const sql::Query& query, duck::TableSource& tables,
             const duck::QueryScope& scope, rows::ResultSink& sink) override {
    FIRN_TRY(context.Check());
    const auto* select = sql::AsIf<sql::SelectBody>(*query.body);
    std::vector<std::string> header{"x", "x"};
    std::vector<std::vector<std::optional<std::string>>> lines{{"1", scope.time_zone}};
    for (const sql::RelationPtr& relation : select->from) {
      FIRN_ASSIGN_OR_RETURN(const duck::ResolvedTable table,
                            Resolve(context, *relation, tables, scope));
      header.clear();
      lines.clear();
      if (const auto* memory = std::get_if<duck::MemoryTable>(&table)) {
        for (const rows::Column& column : memory->columns) header.push_back(column.name);
        lines = memory->rows;
      }
    }
    return rows::SendTextRows(sink, header, lines);
  }
  Result<std::vector<rows::Column>> Describe(const Context&, const sql::Query&, duck::TableSource&,
                                             const duck::QueryScope&) override {
    return std::vector<rows::Column>{{.name = "n", .type = {.kind = rows::TypeKind::kInt}},
                                     {.name = "s", .type = {}}};
  }
  Result<std::string> Explain(const Context&, const sql::Query&, duck::TableSource&,
                              const duck::QueryScope&) override {
    return std::string("PLAN FRAGMENT 0\n  SCAN");
  }
  Result<std::vector<iceberg::DataFile>> WriteQuery(const Context& context, const sql::Query&,
                                                    duck::TableSource&, const duck::QueryScope&,
                                                    const duck::WriteTarget& target) override {
    if (fail_writes) return InvalidArgument("DataOutOfRange", "too big");
    return Write(context, 2, target);
  }
  Result<std::vector<iceberg::DataFile>> WriteValues(const Context& context,
                                                     const sql::LiteralRows& rows,
                                                     const duck::WriteTarget& target) override {
    last_columns = target.column_names;
    return Write(context, rows.row_count(), target);
  }
  Result<duck::RowChange> ChangeRows(const Context&, const sql::Statement&, duck::TableSource&,
                                     const duck::QueryScope&, const duck::WriteTarget&) override {
    return Unsupported("FakeConnection", "changes no rows");
  }
  Result<duck::RowChange> RewriteFiles(const Context&, const duck::TableName&,
                                       std::span<const std::string>, duck::TableSource&,
                                       const duck::QueryScope&, const duck::WriteTarget&) override {
    return Unsupported("FakeConnection", "rewrites no files");
  }
  void Interrupt() override {}

  static inline bool fail_writes = false;
  static inline std::vector<std::string> last_columns;

 private:
  static Result<duck::ResolvedTable> Resolve(const Context& context, const sql::Relation& relation,
                                             duck::TableSource& tables,
                                             const duck::QueryScope& scope) {
    const auto& parts = sql::As<sql::TableRelation>(relation).name.parts;
    duck::TableName name{scope.current_catalog, scope.current_database, parts.back()};
    if (parts.size() > 1) name.database = parts[parts.size() - 2];
    if (parts.size() > 2) name.catalog = parts[0];
    return tables.Resolve(context, name);
  }
  static Result<std::vector<iceberg::DataFile>> Write(const Context& context, std::size_t row_count,
                                                      const duck::WriteTarget& target) {
    iceberg::DataFile file;
    file.file_path = target.metadata->location + "/data/" + target.file_prefix;
    file.record_count = static_cast<std::int64_t>(row_count);
    file.file_size_bytes = 4;
    file.partition.resize(target.metadata->default_spec().fields.size());
    file.spec_id = target.metadata->default_spec_id;
    FIRN_TRY(target.store->Put(context, file.file_path, "rows", objects::PutCondition::kAlways));
    return std::vector<iceberg::DataFile>{file};
  }
};

class FakeEngine final : public duck::Engine {
 public:
  Result<std::unique_ptr<duck::Connection>> Connect() override {
    return std::unique_ptr<duck::Connection>(std::make_unique<FakeConnection>());
  }
};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    folder_ = std::filesystem::temp_directory_path() / ("firn-session-" + NewUuid(SecureRandom()));
    FakeConnection::fail_writes = false;
    catalogs_ = *catalog::CatalogRegistry::Open(
        folder_, {.http_client = server_,
                  .clock = SystemClock(),
                  .random = SecureRandom(),
                  .user_agent = "t",
                  .make_store = [this](const catalog::StorageSettings&, auto) {
                    return std::shared_ptr<objects::ObjectStore>(store_);
                  }});
    users_ = *UserStore::Open(folder_, SystemClock(), SecureRandom());
    privileges_ = *PrivilegeStore::Open(folder_);
    environment_.emplace(SessionEnvironment{.engine = engine_,
                                            .catalogs = *catalogs_,
                                            .sessions = sessions_,
                                            .users = *users_,
                                            .privileges = *privileges_,
                                            .global_variables = globals_,
                                            .clock = SystemClock(),
                                            .random = SecureRandom()});
    session_ = NewSession("root");
  }
  ~SessionTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Session> NewSession(const std::string& user) {
    const std::uint32_t id = sessions_.NextConnectionId();
    auto entry = sessions_.Register(id, {.user = user, .client_address = "127.0.0.1:1"}, [] {});
    return std::make_unique<Session>(
        *environment_, SessionIdentity{.connection_id = id, .user = user, .host = "%"}, entry);
  }

  static std::string CreateCatalogText(const std::string& name, const std::string& more = "") {
    return "create external catalog " + name +
           R"( properties("type"="iceberg", "iceberg.catalog.type"="rest",
               "iceberg.catalog.uri"="http://127.0.0.1:4566/iceberg", "iceberg.catalog.oauth2.token"="canary-secret-x")" +
           more + ")";
  }

  Result<TextSink> Run(const std::string& sql) {
    TextSink sink;
    FIRN_TRY(session_->Execute(context_, sql, sink));
    return sink;
  }
  void Do(const std::string& sql) { ASSERT_THAT(Run(sql), HasValue()) << sql; }
  std::vector<std::string> Lines(const std::string& sql) {
    auto sink = Run(sql);
    EXPECT_THAT(sink, HasValue()) << sql;
    return sink ? sink->lines : std::vector<std::string>();
  }
  void MakeGuideTable() {
    Do(CreateCatalogText("lake"));
    Do("set catalog lake");
    Do("create database s3table_db");
    Do("use s3table_db");
    Do("CREATE TABLE taxis (trip_id bigint, trip_distance float, fare_amount double, "
       "store_and_fwd_flag string, "
       "vendor_id bigint) PARTITION BY (vendor_id)");
  }

  std::filesystem::path folder_;
  Context context_{"test"};
  std::shared_ptr<catalog::RestServerFake> server_ =
      std::make_shared<catalog::RestServerFake>(SystemClock());
  std::shared_ptr<objects::MemoryStore> store_ = std::make_shared<objects::MemoryStore>();
  FakeEngine engine_;
  SessionRegistry sessions_{SystemClock()};
  GlobalVariables globals_;
  std::unique_ptr<catalog::CatalogRegistry> catalogs_;
  std::unique_ptr<UserStore> users_;
  std::unique_ptr<PrivilegeStore> privileges_;
  std::optional<SessionEnvironment> environment_;
  std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, WalksTheGuide) {
  MakeGuideTable();
  server_->ForgetSeen();
  ASSERT_OK_AND_ASSIGN(
      const TextSink inserted,
      Run("INSERT INTO taxis VALUES (1000371, 1.8, 15.32, 'N', 1), (1000372, 2.5, 22.15, 'N', 2)"));
  EXPECT_EQ(inserted.affected, 2U);
  EXPECT_EQ(server_->Count("POST"), 1);
  EXPECT_EQ(server_->seen().size(), 1U) << "an INSERT into a table just seen is one commit";
  server_->ForgetSeen();
  Do("select * from taxis");
  EXPECT_EQ(server_->seen().size(), 1U) << "a SELECT asks the catalog once";
  EXPECT_THAT(Lines("SHOW CATALOGS"),
              ElementsAre("default_catalog|Internal|An internal catalog contains this cluster's "
                          "self-managed tables.",
                          "lake|Iceberg|∅"));
  EXPECT_THAT(Lines("show tables"), ElementsAre("taxis"));
  EXPECT_THAT(Lines("show databases"), ElementsAre("information_schema", "s3table_db"));
  EXPECT_THAT(Lines("desc taxis"),
              ElementsAre("trip_id|BIGINT|Yes|false|∅||", "trip_distance|FLOAT|Yes|false|∅||",
                          "fare_amount|DOUBLE|Yes|false|∅||",
                          "store_and_fwd_flag|VARCHAR(1073741824)|Yes|false|∅||",
                          "vendor_id|BIGINT|Yes|false|∅|partition key|"));
  const std::string shown = Lines("show create table taxis").at(0);
  EXPECT_THAT(shown, HasSubstr("`trip_id` bigint(20) DEFAULT NULL"));
  EXPECT_THAT(shown, HasSubstr("PARTITION BY (vendor_id)"));
  EXPECT_THAT(Lines("show create catalog lake").at(0), Not(HasSubstr("canary")));
  EXPECT_THAT(Lines("select * from information_schema.tables").at(0),
              HasSubstr("def|s3table_db|taxis|BASE TABLE|"));
  EXPECT_THAT(Lines("select * from lake.information_schema.columns").at(0),
              HasSubstr("def|s3table_db|taxis|trip_id|1|"));
  EXPECT_EQ(Lines("select * from `taxis$snapshots`").size(), 1U);
  Do("drop table taxis force");
  Do("drop database s3table_db");
  EXPECT_EQ(session_->current_database(), "");
  Do("drop catalog lake");
  EXPECT_EQ(session_->current_catalog(), "default_catalog");
}

TEST_F(SessionTest, RefusesWithTheCauseInTheText) {
  MakeGuideTable();
  struct Case {
    std::string sql;
    ErrorCode code;
    std::string reason;
    std::string word;
  };
  using enum ErrorCode;
  const std::vector<Case> cases = {
      {"", kInvalidArgument, "EmptyQuery", "empty"},
      {" -- nothing\n", kInvalidArgument, "EmptyQuery", "empty"},
      {"select 1; select 2", kInvalidArgument, "MultipleStatements", "2"},
      {"selec 1", kInvalidArgument, "SyntaxError", "selec"},
      {"insert into taxis values (1, 2)", kInvalidArgument, "ColumnCountMismatch",
       "Inserted target column count: 5 doesn't match select/value column count: 2"},
      {"insert into taxis (trip_id, nope) values (1, 2)", kInvalidArgument, "UnknownColumn",
       "nope"},
      {"insert into taxis (trip_id, vendorid) values (1, 2)", kInvalidArgument, "UnknownColumn",
       "Did you mean 'vendor_id'?"},
      {"insert into taxis (trip_id, TRIP_ID) values (1, 2)", kInvalidArgument, "DuplicateColumn",
       "twice"},
      {"insert into taxi values (1)", kNotFound, "UnknownTable", "Did you mean 'taxis'?"},
      {"insert into taxis for version as of nowhere select * from taxis", kInvalidArgument,
       "UnknownBranch", "nowhere"},
      {"select * from lake.s3table_dbs.taxis", kNotFound, "UnknownDatabase",
       "Did you mean 's3table_db'?"},
      {"select * from lak.s3table_db.taxis", kNotFound, "UnknownCatalog", "Did you mean 'lake'?"},
      {"use nope", kNotFound, "UnknownDatabase", "Unknown database 'nope'"},
      {"set catalog nope", kNotFound, "UnknownCatalog", "nope"},
      {"show tables from nope", kNotFound, "UnknownDatabase", "nope"},
      {"desc nope", kNotFound, "UnknownTable", "nope"},
      {"drop table nope", kNotFound, "UnknownTable", "nope"},
      {"drop database nope", kNotFound, "UnknownDatabase", "doesn't exist"},
      {"drop database s3table_db", kFailedPrecondition, "DatabaseNotEmpty", "taxis"},
      {"create database s3table_db", kAlreadyExists, "DatabaseExists", "s3table_db"},
      {"create database x properties(\"owner\"=\"me\")", kInvalidArgument, "UnknownProperty",
       "Unrecognized property: owner"},
      {"create table taxis (a int)", kAlreadyExists, "TableExists", "already exists"},
      {"create table nope.t (a int)", kNotFound, "UnknownDatabase", "nope"},
      {"create table default_catalog.db.t (a int)", kUnsupported, "InternalCatalog",
       "SET CATALOG lake"},
      {"create table t (a int, A string)", kInvalidArgument, "DuplicateColumn",
       "Duplicate column name 'A'"},
      {"create table t (a largeint)", kUnsupported, "UnsupportedColumnType",
       "Unsupported primitive column type LARGEINT"},
      {"create table t (a json)", kUnsupported, "UnsupportedColumnType", "JSON"},
      {"create table t (a decimal(50, 2))", kUnsupported, "UnsupportedColumnType", "38"},
      {"create table t (a int default 1)", kUnsupported, "UnsupportedDefault", "format-version"},
      {"create table t (a int) distributed by hash(a)", kUnsupported, "UnsupportedClause",
       "DISTRIBUTED BY"},
      {"create table t (a int) duplicate key(a)", kUnsupported, "UnsupportedClause",
       "DUPLICATE KEY"},
      {"create table t (a int) engine=olap", kUnsupported, "UnsupportedClause", "olap"},
      {"create table t (a int) partition by (b)", kInvalidArgument, "UnknownColumn", "'b'"},
      {"create table t (a double) partition by (a)", kInvalidArgument, "BadTransform", "DOUBLE"},
      {"create table t (a string) partition by (day(a))", kInvalidArgument, "BadTransform",
       "VARCHAR"},
      {"create table t (a int) partition by (bucket(a))", kInvalidArgument, "BadTransform",
       "number"},
      {"create table t (a int) partition by (foo(a))", kUnsupported, "UnsupportedTransform",
       "Unsupported partition transform foo for column a"},
      {"create table t (a int) properties(\"file_format\"=\"orc\")", kUnsupported,
       "UnsupportedFileFormat", "orc"},
      {"create table t (a int) properties(\"compression_codec\"=\"lzo\")", kUnsupported,
       "UnsupportedCodec", "Unsupported compression codec for iceberg connector: lzo"},
      {"create table t (a int) properties(\"format-version\"=\"4\")", kUnsupported, "FormatVersion",
       "4"},
      {"truncate table taxis partition (p1)", kInvalidArgument, "InvalidPartition", "SHOW PARTITIONS"},
      {"alter table taxis add column trip_id int", kInvalidArgument, "DuplicateColumn", "trip_id"},
      {"create view v as select 1", kUnsupported, "NoViews",
       "This catalog doesn't support creating/alter views"},
      {"drop view taxis", kUnsupported, "NoViews", "lake"},
      {"show create view taxis", kUnsupported, "NoViews", "lake"},
      {"alter view taxis as select 1", kUnsupported, "NoViews", "lake"},
      {"grant select on table taxis to user ann", kNotFound, "UnknownUser", "ann"},
      {"set no_such_variable = 1", kNotFound, "UnknownSystemVariable", "no_such_variable"},
      {"set names klingon", kInvalidArgument, "UnknownCharset", "klingon"},
      {"kill 4000000000", kNotFound, "UnknownThread", "4000000000"},
      {"select * from information_schema.nope", kNotFound, "UnknownTable",
       "Unknown table 'information_schema.nope'"},
      {"execute nope", kNotFound, "UnknownPreparedStatement", "nope"},
      {"show create table information_schema.tables", kUnsupported, "InternalDatabase", "DESC"},
      {CreateCatalogText("lake"), kAlreadyExists, "CatalogExists", "lake"},
      {CreateCatalogText("bad", R"(, "iceberg.catalog.url"="x")"), kInvalidArgument,
       "UnknownProperty", "iceberg.catalog.uri"},
      {"drop catalog default_catalog", kInvalidArgument, "InternalCatalog", "default"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.sql);
    const auto run = Run(test.sql);
    ASSERT_THAT(run, IsError(test.code, test.reason));
    EXPECT_THAT(run.error().FullMessage(), HasSubstr(test.word));
    EXPECT_THAT(run.error().FullMessage(), Not(HasSubstr("canary")));
  }
  EXPECT_EQ(server_->Metadata("s3table_db", "taxis")->snapshots.size(), 0U);
  Do("select 1");
}

TEST_F(SessionTest, WithoutADatabaseItSaysWhatToChoose) {
  EXPECT_THAT(Run("select * from t"), IsError(ErrorCode::kInvalidArgument, "NoDatabaseSelected"));
  EXPECT_THAT(Run("show tables"), IsError(ErrorCode::kInvalidArgument, "NoDatabaseSelected"));
  const auto created = Run("create database db");
  ASSERT_THAT(created, IsError(ErrorCode::kUnsupported, "InternalCatalog"));
  EXPECT_THAT(created.error().message(), HasSubstr("CREATE EXTERNAL CATALOG"));
  Do("use information_schema");
  EXPECT_THAT(Lines("show tables like 'table_'"), ElementsAre("tables"));
}

TEST_F(SessionTest, CreatesTablesInIcebergsWords) {
  MakeGuideTable();
  Do(R"(create table if not exists t (
        id bigint not null comment "the key", s varchar(20), d decimal(9, 2), at datetime, day date, b boolean,
        tags array<string>, m map<string, int>, st struct<x int, y array<double>>)
      comment "all of it" partition by (day(at), bucket(id, 16), truncate(s, 4)) order by (id desc, s nulls last)
      properties("compression_codec" = "LZ4", "write.metadata.compression-codec" = "gzip"))");
  const auto metadata = server_->Metadata("s3table_db", "t");
  ASSERT_TRUE(metadata.has_value());
  EXPECT_EQ(metadata->format_version, 2);
  EXPECT_EQ(metadata->properties.at("write.parquet.compression-codec"), "lz4");
  EXPECT_EQ(metadata->properties.at("write.metadata.compression-codec"), "gzip");
  EXPECT_EQ(metadata->properties.at("comment"), "all of it");
  EXPECT_TRUE(metadata->current_schema().fields[0].required);
  EXPECT_EQ(metadata->current_schema().FindField("st.y.element")->type.ToString(), "double");
  EXPECT_EQ(metadata->default_spec().fields[1].transform.ToString(), "bucket[16]");
  EXPECT_EQ(metadata->default_spec().fields[1].name, "id_bucket");
  EXPECT_TRUE(metadata->default_sort_order().fields[0].descending);
  const std::string shown = Lines("show create table t").at(0);
  EXPECT_THAT(shown, HasSubstr("PARTITION BY (day(at), bucket(id, 16), truncate(s, 4))"));
  EXPECT_THAT(shown, HasSubstr("struct<x int(11), y array<double>>"));
  Do("create table if not exists t (other int)");
  Do("create table v3 (a int default '18') properties('format-version' = '3')");
  EXPECT_EQ(server_->Metadata("s3table_db", "v3")->current_schema().fields[0].write_default,
            json::value(18));
}

TEST_F(SessionTest, CtasMakesTheTableWithItsRowsOrNotAtAll) {
  MakeGuideTable();
  ASSERT_OK_AND_ASSIGN(const TextSink made, Run("create table copy as select * from taxis"));
  EXPECT_EQ(made.affected, 2U);
  EXPECT_EQ(server_->Metadata("s3table_db", "copy")->snapshots.size(), 1U);
  FakeConnection::fail_writes = true;
  EXPECT_THAT(Run("create table broken as select * from taxis"),
              IsError(ErrorCode::kInvalidArgument, "DataOutOfRange"));
  EXPECT_FALSE(server_->Metadata("s3table_db", "broken").has_value());
  EXPECT_THAT(Run("create table c (a) as select * from taxis"),
              IsError(ErrorCode::kInvalidArgument, "ColumnCountMismatch"));
}

TEST_F(SessionTest, AnInsertIsNotAcknowledgedWhileUnknown) {
  MakeGuideTable();
  server_->Add(
      {.method = "POST", .part = "/tables/taxis", .kind = catalog::FaultKind::kLoseAnswer});
  ASSERT_OK_AND_ASSIGN(const TextSink found, Run("insert into taxis (vendor_id) values (1)"));
  EXPECT_EQ(found.affected, 1U);
  EXPECT_THAT(FakeConnection::last_columns, ElementsAre("vendor_id"));
  server_->Add({.method = "POST",
                .part = "/tables/taxis",
                .status = 403,
                .body = R"({"message":"User: u is not authorized to perform: glue:UpdateTable"})"});
  const auto denied = Run("insert into taxis (vendor_id) values (2)");
  ASSERT_THAT(denied, IsError(ErrorCode::kPermissionDenied));
  EXPECT_THAT(denied.error().message(), HasSubstr("glue:UpdateTable"));
  EXPECT_EQ(server_->Metadata("s3table_db", "taxis")->snapshots.size(), 1U);
}

TEST_F(SessionTest, AnswersWhatClientsSendAtTheStart) {
  for (const char* sql : {"SET NAMES utf8mb4",
                          "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_0900_ai_ci'",
                          "SET AUTOCOMMIT = 0",
                          "SET @@session.autocommit = OFF",
                          "SET character_set_results = NULL",
                          "SET SESSION TRANSACTION READ ONLY",
                          "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                          "SET sql_mode='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES'",
                          "SET sql_select_limit=200",
                          "SET sql_select_limit=DEFAULT",
                          "COMMIT",
                          "ROLLBACK",
                          "BEGIN",
                          "START TRANSACTION",
                          "SET time_zone = '+00:00'",
                          "SHOW VARIABLES LIKE 'lower_case_%'",
                          "SHOW FULL TABLES FROM information_schema",
                          "SHOW WARNINGS",
                          "SHOW ENGINES",
                          "SHOW CHARSET",
                          "SHOW COLLATION",
                          "SHOW STATUS",
                          "SHOW PROCESSLIST",
                          "SHOW FUNCTION STATUS WHERE Db='test'",
                          "SHOW GRANTS FOR CURRENT_USER()",
                          "SHOW GRANTS",
                          "SHOW PLUGINS",
                          "ADMIN SHOW FRONTEND CONFIG LIKE 'run_mode'",
                          "SHOW TRIGGERS",
                          "SHOW EVENTS",
                          "SET @a = 1",
                          "SHOW schemas",
                          "select @@version_comment limit 1",
                          "SELECT DATABASE()",
                          "SHOW WAREHOUSES",
                          "SHOW ROLES",
                          "SHOW INDEX FROM information_schema.tables",
                          "LOCK TABLES t READ",
                          "UNLOCK TABLES"}) {
    EXPECT_THAT(Run(sql), HasValue()) << sql;
  }
  EXPECT_FALSE(session_->autocommit());
  EXPECT_THAT(Lines("SHOW VARIABLES LIKE 'time_zone'"), ElementsAre("time_zone|+00:00"));
  EXPECT_THAT(Lines("ADMIN SHOW FRONTEND CONFIG LIKE 'run_mode'"),
              ElementsAre("run_mode|[]|shared_data|String|false|"));
  session_->Reset();
  EXPECT_TRUE(session_->autocommit());
}

TEST_F(SessionTest, ARollbackAfterWritesWarnsAsMySqlDoes) {
  MakeGuideTable();
  Do("begin");
  Do("insert into taxis (vendor_id) values (1)");
  Do("rollback");
  EXPECT_EQ(session_->warning_count(), 1U);
  EXPECT_THAT(Lines("show warnings").at(0),
              HasSubstr("Warning|1196|Some non-transactional changed tables"));
  Do("rollback");
  EXPECT_EQ(session_->warning_count(), 0U);
}

TEST_F(SessionTest, PreparesAndExecutes) {
  MakeGuideTable();
  ASSERT_OK_AND_ASSIGN(const PreparedShape select,
                       session_->Prepare(context_, "select n, s from taxis where n = ?"));
  EXPECT_EQ(select.parameter_count, 1U);
  EXPECT_EQ(select.columns.size(), 2U);
  TextSink sink;
  const std::vector<sql::Literal> one{sql::Literal::Integer(1)};
  EXPECT_THAT(session_->ExecutePrepared(context_, select.statement_id, one, sink), HasValue());
  EXPECT_THAT(session_->ExecutePrepared(context_, select.statement_id, {}, sink),
              IsError(ErrorCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(
      const PreparedShape insert,
      session_->Prepare(context_, "insert into taxis (trip_id, vendor_id) values (?, ?)"));
  EXPECT_EQ(insert.parameter_count, 2U);
  EXPECT_TRUE(insert.columns.empty());
  const std::vector<sql::Literal> two{sql::Literal::Integer(1), sql::Literal::Null()};
  EXPECT_THAT(session_->ExecutePrepared(context_, insert.statement_id, two, sink), HasValue());
  session_->ClosePrepared(select.statement_id);
  EXPECT_THAT(session_->ExecutePrepared(context_, select.statement_id, one, sink),
              IsError(ErrorCode::kNotFound, "UnknownPreparedStatement"));
  EXPECT_THAT(session_->Prepare(context_, "selec ?"), IsError(ErrorCode::kInvalidArgument));
  Do("prepare p from 'select ?'");
  Do("set @x = 5");
  Do("execute p using @x");
  EXPECT_THAT(Run("execute p"), IsError(ErrorCode::kInvalidArgument, "ParameterCountMismatch"));
  Do("deallocate prepare p");
  EXPECT_THAT(Run("select ?"), IsError(ErrorCode::kInvalidArgument, "UnboundParameters"));
}

TEST_F(SessionTest, UsesDatabasesAsLoginPacketsNameThem) {
  MakeGuideTable();
  EXPECT_THAT(session_->UseDatabase(context_, "default_catalog.information_schema"), HasValue());
  EXPECT_THAT(session_->UseDatabase(context_, "lake."), HasValue());
  EXPECT_EQ(session_->current_catalog(), "lake");
  EXPECT_THAT(session_->UseDatabase(context_, "s3table_db"), HasValue());
  EXPECT_THAT(session_->UseDatabase(context_, "lake.s3table_db"), HasValue());
  EXPECT_THAT(session_->UseDatabase(context_, "lake.nope"),
              IsError(ErrorCode::kNotFound, "UnknownDatabase"));
  EXPECT_THAT(session_->UseDatabase(context_, "nope."),
              IsError(ErrorCode::kNotFound, "UnknownCatalog"));
  EXPECT_EQ(session_->current_database(), "s3table_db");
  Do("set catalog = 'default_catalog'");
  EXPECT_EQ(session_->current_catalog(), "default_catalog");
  Do("use lake.s3table_db");
  EXPECT_EQ(session_->current_database(), "s3table_db");
}

TEST_F(SessionTest, AUserWhoIsNotRootMayNotManage) {
  Do("create user ann identified by 'right-password'");
  Do("create user if not exists ann identified by 'other'");
  EXPECT_THAT(Run("create user ann identified by 'x'"),
              IsError(ErrorCode::kAlreadyExists, "UserExists"));
  session_ = NewSession("ann");
  for (const std::string& sql :
       {CreateCatalogText("c"), std::string("drop catalog c"), std::string("create user b"),
        std::string("drop user root"), std::string("set global query_timeout = 1"),
        std::string("set password for root = password('x')"), std::string("show users"),
        std::string("alter user root identified by 'x'")}) {
    EXPECT_THAT(Run(sql), IsError(ErrorCode::kPermissionDenied)) << sql;
  }
  Do("set password = password('new-password')");
  Do("set query_timeout = 10");
}

TEST_F(SessionTest, AKilledOrLateStatementStops) {
  std::stop_source gone;
  gone.request_stop();
  TextSink sink;
  EXPECT_THAT(session_->Execute(context_.WithStopToken(gone.get_token()), "select 1", sink),
              IsError(ErrorCode::kCancelled));
  EXPECT_THAT(
      session_->Execute(context_.WithTimeout(std::chrono::milliseconds(0)), "select 1", sink),
      IsError(ErrorCode::kDeadlineExceeded));
  Do("select /*+ SET_VAR(query_timeout=1) */ 1");
  EXPECT_THAT(Lines("show variables like 'query_timeout'"), ElementsAre("query_timeout|300"));
  EXPECT_THAT(Run("select /*+ SET_VAR(nope=1) */ 1"), IsError(ErrorCode::kNotFound));
}

TEST_F(SessionTest, AScriptStopsAtItsFirstError) {
  class Sinks final : public ScriptSinks {
   public:
    rows::ResultSink& Next(bool is_last) override {
      last.push_back(is_last);
      return sinks.emplace_back();
    }
    std::list<TextSink> sinks;
    std::vector<bool> last;
  };
  Sinks good;
  EXPECT_THAT(session_->ExecuteScript(context_, "set @a = 1; show warnings; select 1;", good),
              HasValue());
  EXPECT_THAT(good.last, ElementsAre(false, false, true));
  Sinks bad;
  EXPECT_THAT(session_->ExecuteScript(context_, "set @a = 1; use nope; select 1", bad),
              IsError(ErrorCode::kNotFound));
  EXPECT_EQ(bad.sinks.size(), 2U);
  Sinks broken;
  EXPECT_THAT(session_->ExecuteScript(context_, "set @a = 1; selec", broken),
              IsError(ErrorCode::kInvalidArgument));
  EXPECT_EQ(broken.sinks.size(), 0U) << "nothing runs of a text that does not parse";
}

TEST(MatchesLike, FoldsCaseAndKnowsEscapes) {
  struct Case {
    std::string text;
    std::string pattern;
    bool matches;
  };
  for (const Case& test : std::vector<Case>{{"", "", true},
                                            {"", "%", true},
                                            {"a", "", false},
                                            {"Abc", "aBC", true},
                                            {"abc", "a_c", true},
                                            {"abc", "a_", false},
                                            {"abc", "%c", true},
                                            {"abc", "%b", false},
                                            {"abc", "%b%", true},
                                            {"a%c", "a\\%c", true},
                                            {"abc", "a\\%c", false},
                                            {"a_c", "a\\_c", true},
                                            {"abc", "a\\_c", false},
                                            {"aab", "%ab", true},
                                            {"aaab", "a%a%b", true},
                                            {"x", "_%_", false},
                                            {"a\\", "a\\", true}}) {
    EXPECT_EQ(MatchesLike(test.text, test.pattern), test.matches)
        << test.text << " LIKE " << test.pattern;
  }
  EXPECT_FALSE(MatchesLike(std::string(5000, 'a'), "%a%a%a%a%a%b"));
}

}  // namespace
}  // namespace firn::session
