#include "base/thread_pool.h"
#include "engine/duck/duckdb_internal.h"
#include "engine/duck/engine_testing.h"

namespace firn::duck {
namespace {

using iceberg::TypeKind;

class TableTest : public EngineTest {
 protected:
  void CreateTaxis() {
    CreateTable("taxis",
                {Field("vendor_id", TypeKind::kLong), Field("trip_id", TypeKind::kLong),
                 Field("trip_distance", TypeKind::kFloat), Field("fare_amount", TypeKind::kDouble),
                 Field("store_and_fwd_flag", TypeKind::kString)},
                {{"vendor_id", "identity"}});
  }
};

TEST_F(TableTest, TheGuidesTableIsWrittenAndRead) {
  CreateTaxis();
  EXPECT_EQ(Query("select count(*) from taxis"), "0");
  EXPECT_EQ(Query("select * from taxis"), "");
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      Insert(
          "insert into taxis values (1, 1000371, 1.8, 15.32, 'N'), (2, 1000372, 2.5, 22.15, 'N'), "
          "(2, 1000373, 0.9, 9.01, 'N'), (1, 1000374, 8.4, 42.13, 'Y')"));
  ASSERT_EQ(files.size(), 2U);
  EXPECT_TRUE(files[0].file_path.starts_with("s3://bucket/taxis/data/vendor_id="))
      << files[0].file_path;
  EXPECT_EQ(Query("select * from taxis order by trip_id"),
            "1|1000371|1.7999999523162842|15.32|N\n2|1000372|2.5|22.15|N\n2|1000373|0."
            "8999999761581421|9.01|N\n"
            "1|1000374|8.399999618530273|42.13|Y");
  EXPECT_EQ(Query("select count(*), sum(fare_amount) from taxis where vendor_id = 1"), "2|57.45");
  EXPECT_EQ(Query("select vendor_id from taxis where store_and_fwd_flag = 'Y'"), "1");
}

TEST_F(TableTest, OneRowIsOnePutAndOneGet) {
  CreateTable("t", {Field("a", TypeKind::kInt), Field("b", TypeKind::kString)});
  store_->ResetCounters();
  ASSERT_OK_AND_ASSIGN(const sql::ParsedStatement parsed,
                       sql::ParseOne("insert into t values (1, 'x')"));
  const auto& insert = sql::As<sql::InsertStatement>(*parsed.statement);
  WriteTarget target;
  target.metadata = std::make_shared<const iceberg::TableMetadata>(metadata("t"));
  target.store = store_;
  target.file_prefix = "p";
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      connection_->WriteValues(context_, std::get<sql::LiteralRows>(insert.source), target));
  EXPECT_EQ(store_->counters().puts, 1U);
  EXPECT_EQ(store_->counters().reads, 0U);
  EXPECT_EQ(store_->counters().stats, 0U);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].file_path, "s3://bucket/t/data/p-00000.parquet");
  Commit("t", files);
  store_->ResetCounters();
  EXPECT_EQ(Query("select * from t"), "1|x");
  // Manifest list, manifest, and the file.
  EXPECT_LE(store_->counters().reads, 3U);
  EXPECT_EQ(store_->counters().stats, 0U);
}

TEST_F(TableTest, MetricsOfAFile) {
  CreateTable("m", {Field("i", TypeKind::kInt), Field("s", TypeKind::kString),
                    Field("d", TypeKind::kDouble), Field("p", iceberg::Type::Decimal(9, 2)),
                    Field("t", TypeKind::kTimestamp), Field("z", TypeKind::kTimestampTz),
                    Field("day", TypeKind::kDate)});
  ASSERT_OK_AND_ASSIGN(const auto files,
                       Insert("insert into m values (3, 'abcdefghijklmnopqrstuvwxyz', 0.0, 1.50, "
                              "'2024-01-01 00:00:01', "
                              "'2024-01-01 00:00:00', '2024-01-01'), (null, 'b', 2.5, -7.25, "
                              "'2024-01-02', '2024-01-03', '2023-12-31')"));
  ASSERT_EQ(files.size(), 1U);
  const iceberg::DataFile& file = files[0];
  EXPECT_EQ(file.record_count, 2);
  EXPECT_EQ(file.value_counts.at(1), 2);
  EXPECT_EQ(file.null_value_counts.at(1), 1);
  EXPECT_GT(file.column_sizes.at(2), 0);
  EXPECT_EQ(file.lower_bounds.at(1), iceberg::ToBinary(iceberg::Literal::Int(3)));
  EXPECT_EQ(file.lower_bounds.at(2), "abcdefghijklmnop");
  EXPECT_EQ(file.upper_bounds.at(2), "b");
  EXPECT_EQ(file.lower_bounds.at(3), iceberg::ToBinary(iceberg::Literal::Double(-0.0)));
  EXPECT_EQ(file.nan_value_counts.at(3), 0);
  EXPECT_EQ(file.lower_bounds.at(4), iceberg::ToBinary(iceberg::Literal::Decimal(-725, 9, 2)));
  EXPECT_EQ(file.upper_bounds.at(4), iceberg::ToBinary(iceberg::Literal::Decimal(150, 9, 2)));
  EXPECT_EQ(file.upper_bounds.at(5),
            iceberg::ToBinary(iceberg::Literal::Timestamp(1'704'153'600'000'000)));
  EXPECT_EQ(file.lower_bounds.at(6),
            iceberg::ToBinary(iceberg::Literal::TimestampTz(1'704'067'200'000'000)));
  EXPECT_EQ(file.lower_bounds.at(7), iceberg::ToBinary(iceberg::Literal::Date(19'722)));
}

TEST_F(TableTest, FilesArePruned) {
  CreateTable("t", {Field("id", TypeKind::kLong), Field("s", TypeKind::kString)});
  ASSERT_THAT(Insert("insert into t values (1, 'a'), (2, 'b')"), testing::HasValue());
  ASSERT_THAT(Insert("insert into t values (101, 'm'), (102, 'n')"), testing::HasValue());
  ASSERT_THAT(Insert("insert into t values (201, 'x'), (null, null)"), testing::HasValue());
  const auto explain = [&](const std::string& text) {
    const auto parsed = sql::ParseOne(text);
    const auto plan = connection_->Explain(
        context_, *sql::As<sql::QueryStatement>(*parsed->statement).query, tables_, scope_);
    return plan ? *plan : plan.error().ToString();
  };
  const std::string plan = explain("select * from t where id >= 101 and s < 'o'");
  EXPECT_TRUE(plan.starts_with("PLAN FRAGMENT 0\n")) << plan;
  EXPECT_NE(plan.find("files=1/3"), std::string::npos) << plan;
  EXPECT_NE(explain("select * from t where id in (2, 202)").find("files=1/3"), std::string::npos);
  EXPECT_NE(explain("select * from t where id is null").find("files=1/3"), std::string::npos);
  EXPECT_NE(explain("select * from t where s like 'm%'").find("files=1/3"), std::string::npos);
  EXPECT_NE(explain("select * from t where id = '102'").find("files=1/3"), std::string::npos);
  EXPECT_NE(explain("select * from t where id < 0").find("files=0/3"), std::string::npos);
  EXPECT_EQ(Query("select count(*) from t where id < 0"), "0");
  EXPECT_EQ(Query("select id from t where id = '102'"), "102");
  EXPECT_EQ(Query("select a.id from t a join t b on a.id = b.id where a.id > 100 order by 1"),
            "101\n102\n201");
  EXPECT_EQ(tables_.asked.back(), "lake.db.t");
}

TEST_F(TableTest, EveryTransformPartitions) {
  CreateTable("t",
              {Field("i", TypeKind::kInt), Field("s", TypeKind::kString),
               Field("at", TypeKind::kTimestamp), Field("d", TypeKind::kDate)},
              {{"i", "bucket[4]"}, {"s", "truncate[2]"}, {"at", "hour"}, {"d", "month"}});
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      Insert("insert into t values (34, 'iceberg', '2017-11-16 22:31:08', '2017-11-16'), "
             "(34, 'icebox', '2017-11-16 22:00:00', '2017-11-01'), (null, null, null, null)"));
  ASSERT_EQ(files.size(), 2U);
  const iceberg::DataFile& file = files[0].record_count == 2 ? files[0] : files[1];
  ASSERT_EQ(file.record_count, 2);
  EXPECT_NE(file.file_path.find("/data/i_buc=3/s_tru=ic/at_hou=2017-11-16-22/d_mon=2017-11/"),
            std::string::npos)
      << file.file_path;
  ASSERT_EQ(file.partition.size(), 4U);
  ASSERT_OK_AND_ASSIGN(
      const auto bucket,
      iceberg::ApplyTransform(
          {.kind = iceberg::TransformKind::kBucket, .parameter = 4, .unknown_text = {}},
          iceberg::Literal::Int(34)));
  EXPECT_TRUE(*file.partition[0] == *bucket);
  EXPECT_EQ(Query("select count(*), count(i) from t"), "3|2");
  EXPECT_EQ(Query("select s from t where i = 34 and at >= '2017-11-16 22:30:00'"), "iceberg");
}

TEST_F(TableTest, InsertSelectCastsAndChecks) {
  CreateTable("t", {Field("a", TypeKind::kInt, true), Field("b", TypeKind::kString),
                    Field("c", iceberg::Type::Decimal(5, 2))});
  ASSERT_THAT(Insert("insert into t (b, a) select concat('x', g), g from table(generate_series(1, "
                     "3)) as s(g)"),
              testing::HasValue());
  EXPECT_EQ(Query("select * from t order by a"), "1|x1|NULL\n2|x2|NULL\n3|x3|NULL");
  EXPECT_THAT(Insert("insert into t (a) select 3000000000 from t"),
              testing::IsError(ErrorCode::kInvalidArgument, "DataOutOfRange"));
  EXPECT_THAT(Insert("insert into t (a) select null from t"),
              testing::IsError(ErrorCode::kInvalidArgument, "NullNotAllowed"));
  EXPECT_THAT(Insert("insert into t (a, b) select 1 from t"),
              testing::IsError(ErrorCode::kInvalidArgument, "ColumnCountMismatch"));
  EXPECT_THAT(Insert("insert into t (b) values ('x')"),
              testing::IsError(ErrorCode::kInvalidArgument, "NullNotAllowed"));
  EXPECT_THAT(Insert("insert into t (nope) values ('x')"),
              testing::IsError(ErrorCode::kInvalidArgument, "UnknownColumn"));
  EXPECT_THAT(Insert("insert into t (a, a) values (1, 2)"),
              testing::IsError(ErrorCode::kInvalidArgument, "DuplicateColumn"));
  ASSERT_OK_AND_ASSIGN(const auto none, Insert("insert into t select * from t where a > 100"));
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(Query("select count(*) from t"), "3");
}

TEST_F(TableTest, LiteralsAreCastStrictly) {
  CreateTable("t", {Field("i", TypeKind::kInt), Field("l", TypeKind::kLong),
                    Field("p", iceberg::Type::Decimal(5, 2)), Field("d", TypeKind::kDate),
                    Field("s", TypeKind::kString), Field("b", TypeKind::kBoolean),
                    Field("f", TypeKind::kDouble)});
  ASSERT_THAT(Insert("insert into t values ('12', 1.9, '1.239', '2024-1-5', 7, 'true', '1e3'), "
                     "(true, '9', 2, 20240105, true, 0, 5)"),
              testing::HasValue());
  EXPECT_EQ(Query("select * from t order by l"),
            "12|1|1.24|2024-01-05|7|1|1000\n1|9|2.00|2024-01-05|1|0|5");
  struct Bad {
    const char* text;
    const char* part;
  };
  for (const Bad& bad : {Bad{"insert into t (i) values (1), (3000000000)", "column 'i' in row 2"},
                         Bad{"insert into t (i) values ('x')", "'x'"},
                         Bad{"insert into t (p) values (12345.6)", "column 'p'"},
                         Bad{"insert into t (d) values ('2024-02-30')", "column 'd'"},
                         Bad{"insert into t (d) values (true)", "column 'd'"},
                         Bad{"insert into t (f) values ('1x')", "column 'f'"},
                         Bad{"insert into t (b) values ('maybe')", "column 'b'"}}) {
    const auto files = Insert(bad.text);
    ASSERT_THAT(files, testing::IsError(ErrorCode::kInvalidArgument, "DataOutOfRange")) << bad.text;
    EXPECT_NE(files.error().message().find(bad.part), std::string::npos) << files.error().message();
  }
}

TEST_F(TableTest, NestedColumnsKeepTheirIds) {
  CreateTable("t", {Field("id", TypeKind::kInt),
                    Field("l", iceberg::Type::List(Field("element", TypeKind::kInt))),
                    Field("m", iceberg::Type::Map(Field("key", TypeKind::kString, true),
                                                  Field("value", TypeKind::kLong))),
                    Field("s", iceberg::Type::Struct(
                                   {Field("x", TypeKind::kInt), Field("y", TypeKind::kString)}))});
  const auto files =
      Insert("insert into t select 1, [1, 2], map{'a': 5}, named_struct('x', 1, 'y', 'z')");
  ASSERT_THAT(files, testing::HasValue());
  EXPECT_EQ(Query("select * from t"), "1|[1,2]|{\"a\":5}|{\"x\":1,\"y\":\"z\"}");
  EXPECT_EQ(Query("select s.x, t.s.y, l[1], m['a'] from t"), "1|z|1|5");
  EXPECT_EQ((*files)[0].value_counts.size(), 6U);
}

TEST_F(TableTest, DatetimesWithZoneFollowTheSession) {
  CreateTable("t", {Field("at", TypeKind::kTimestampTz)});
  scope_.time_zone = "Asia/Tokyo";
  ASSERT_THAT(Insert("insert into t values ('2024-01-01 09:00:00')"), testing::HasValue());
  EXPECT_EQ(Query("select at from t"), "2024-01-01 09:00:00");
  EXPECT_EQ(Query("select count(*) from t where at = '2024-01-01 09:00:00'"), "1");
  scope_.time_zone = "UTC";
  EXPECT_EQ(Query("select at, date_format(at, '%H') from t"), "2024-01-01 00:00:00|00");
}

TEST_F(TableTest, ErrorsComeBackWhole) {
  CreateTable("t", {Field("a", TypeKind::kInt)});
  ASSERT_THAT(Insert("insert into t values (1)"), testing::HasValue());
  store_->FailNext(".parquet", 100,
                   Error(ErrorCode::kPermissionDenied, "AccessDenied", "no such luck"));
  const auto denied = TryQuery("select * from t");
  ASSERT_THAT(denied, testing::IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_EQ(denied.error().message(), "no such luck");
  ASSERT_EQ(denied.error().notes().size(), 1U);
  EXPECT_THAT(Insert("insert into t values (2)"),
              testing::IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
}

TEST_F(TableTest, ASinksErrorEndsTheQuery) {
  const auto parsed = sql::ParseOne("select * from table(generate_series(1, 100000000))");
  TextSink sink;
  sink.fault = Error(ErrorCode::kUnavailable, "ClientGone", "gone");
  EXPECT_THAT(connection_->Run(context_, *sql::As<sql::QueryStatement>(*parsed->statement).query,
                               tables_, scope_, sink),
              testing::IsError(ErrorCode::kUnavailable, "ClientGone"));
  EXPECT_EQ(sink.batch_count, 1U);
  EXPECT_EQ(Query("select 1"), "1");
}

TEST_F(TableTest, DeadlinesAndStopsInterrupt) {
  const std::string text =
      "select count(*) from table(generate_series(1, 1000000)) a(x) join table(generate_series(1, "
      "1000000)) b(y) "
      "on a.x * b.y % 7 = 3";
  context_ = Context().WithTimeout(std::chrono::milliseconds(200));
  EXPECT_THAT(TryQuery(text), testing::IsError(ErrorCode::kDeadlineExceeded, "QueryTimeout"));
  std::stop_source stop;
  context_ = Context().WithStopToken(stop.get_token());
  ThreadPool other("other", 1);
  ASSERT_TRUE(other.TrySubmit([&] {
    SystemClock().SleepFor(std::chrono::milliseconds(100));
    stop.request_stop();
  }));
  EXPECT_THAT(TryQuery(text), testing::IsError(ErrorCode::kCancelled, "QueryInterrupted"));
  context_ = Context();
  ASSERT_TRUE(other.TrySubmit([&] {
    SystemClock().SleepFor(std::chrono::milliseconds(100));
    connection_->Interrupt();
  }));
  EXPECT_THAT(TryQuery(text), testing::IsError(ErrorCode::kCancelled, "QueryInterrupted"));
  ASSERT_TRUE(other.TrySubmit([&] {
    SystemClock().SleepFor(std::chrono::milliseconds(100));
    connection_->Interrupt();
  }));
  EXPECT_THAT(TryQuery("select sleep(20)"),
              testing::IsError(ErrorCode::kCancelled, "QueryInterrupted"));
  EXPECT_EQ(Query("select 1"), "1");
}

/// Fails the way DuckDB fails.
class FailingTables final : public TableSource {
 public:
  explicit FailingTables(duckdb::ExceptionType type) : type_(type) {}
  Result<ResolvedTable> Resolve(const Context&, const TableName&) override {
    duckdb::ErrorData(type_, "made up").Throw();
  }

 private:
  duckdb::ExceptionType type_;
};

TEST_F(TableTest, EveryFamilyOfExceptionsBecomesAnError) {
  using duckdb::ExceptionType;
  struct Family {
    ExceptionType type;
    ErrorCode code;
    const char* reason;
  };
  const auto parsed = sql::ParseOne("select * from t");
  const auto& query = *sql::As<sql::QueryStatement>(*parsed->statement).query;
  for (const Family& family : {
           Family{ExceptionType::BINDER, ErrorCode::kInvalidArgument, "AnalysisError"},
           Family{ExceptionType::CATALOG, ErrorCode::kInvalidArgument, "AnalysisError"},
           Family{ExceptionType::CONVERSION, ErrorCode::kInvalidArgument, "DataOutOfRange"},
           Family{ExceptionType::OUT_OF_RANGE, ErrorCode::kInvalidArgument, "DataOutOfRange"},
           Family{ExceptionType::INVALID_INPUT, ErrorCode::kInvalidArgument, "ExecutionError"},
           Family{ExceptionType::NOT_IMPLEMENTED, ErrorCode::kUnsupported, "NotSupported"},
           Family{ExceptionType::OUT_OF_MEMORY, ErrorCode::kResourceExhausted, "OutOfMemory"},
           Family{ExceptionType::IO, ErrorCode::kUnavailable, "EngineIo"},
           Family{ExceptionType::PERMISSION, ErrorCode::kPermissionDenied, "EngineLocked"},
           Family{ExceptionType::SERIALIZATION, ErrorCode::kDataCorruption, "EngineData"},
           Family{ExceptionType::INTERRUPT, ErrorCode::kCancelled, "QueryInterrupted"},
           Family{ExceptionType::INTERNAL, ErrorCode::kInternal, "EngineFailure"},
           Family{ExceptionType::FATAL, ErrorCode::kInternal, "EngineFailure"},
       }) {
    FailingTables tables(family.type);
    TextSink sink;
    EXPECT_THAT(connection_->Run(context_, query, tables, scope_, sink),
                testing::IsError(family.code, family.reason));
    EXPECT_EQ(Query("select 1"), "1") << family.reason;
  }
}

TEST_F(TableTest, ABrokenInstanceIsReplacedForAll) {
  ASSERT_OK_AND_ASSIGN(const auto other, engine_->Connect());
  const auto parsed = sql::ParseOne("select * from t");
  const auto& query = *sql::As<sql::QueryStatement>(*parsed->statement).query;
  FailingTables tables(duckdb::ExceptionType::FATAL);
  TextSink sink;
  ASSERT_THAT(other->Run(context_, query, tables, scope_, sink),
              testing::IsError(ErrorCode::kInternal, "EngineFailure"));
  CreateTable("t", {Field("a", TypeKind::kInt)});
  ASSERT_THAT(Insert("insert into t values (1)"), testing::HasValue());
  ASSERT_THAT(other->Run(context_, query, tables_, scope_, sink), testing::HasValue());
  EXPECT_EQ(sink.lines.size(), 1U);
}

TEST_F(TableTest, TheInstanceIsLocked) {
  for (const char* text :
       {"select * from `/etc/passwd`", "select * from db.`s3://bucket/x.parquet`"}) {
    EXPECT_THAT(TryQuery(text), testing::IsError(ErrorCode::kNotFound, "UnknownTable")) << text;
  }
}

TEST_F(TableTest, SchemaEvolutionIsById) {
  CreateTable("t", {Field("a", TypeKind::kInt), Field("b", TypeKind::kFloat)});
  ASSERT_THAT(Insert("insert into t values (1, 1.5)"), testing::HasValue());
  iceberg::Schema& schema = metadata("t").schemas[0];
  schema.fields[0].name = "renamed";
  schema.fields[0].type = iceberg::Type::Primitive(TypeKind::kLong);
  schema.fields[1].type = iceberg::Type::Primitive(TypeKind::kDouble);
  iceberg::NestedField fresh = Field("fresh", TypeKind::kString);
  fresh.id = 3;
  fresh.initial_default = json::value("old");
  schema.fields.insert(schema.fields.begin(), fresh);
  metadata("t").last_column_id = 3;
  ASSERT_THAT(Insert("insert into t values ('new', 5000000000, 2.5)"), testing::HasValue());
  EXPECT_EQ(Query("select * from t order by renamed"), "old|1|1.5\nnew|5000000000|2.5");
  EXPECT_EQ(Query("select renamed from t where fresh = 'old'"), "1");
  EXPECT_EQ(Query("select count(*) from t where renamed > 4000000000"), "1");
}

TEST_F(TableTest, MetadataColumnsTellFileAndPosition) {
  CreateTable("m", {Field("a", TypeKind::kInt)});
  ASSERT_OK_AND_ASSIGN(const auto first, Insert("insert into m values (10), (11), (12)"));
  ASSERT_OK_AND_ASSIGN(const auto second, Insert("insert into m values (20)"));
  EXPECT_EQ(Query("select _pos from m where a = 12"), "2");
  EXPECT_EQ(Query("select _file from m where a = 20"), second[0].file_path);
  EXPECT_EQ(Query("select m._pos, count(*) from m group by _pos order by 1"), "0|2\n1|1\n2|1");
  EXPECT_EQ(Query("select count(*) from m where _file = '" + first[0].file_path + "'"), "3");
  EXPECT_EQ(Query("select * from m where a = 20"), "20") << "they are not among *";
}

TEST_F(TableTest, TimeTravelReadsTheOldSnapshot) {
  CreateTable("t", {Field("a", TypeKind::kInt)});
  ASSERT_THAT(Insert("insert into t values (1)"), testing::HasValue());
  const std::string first = std::to_string(*metadata("t").current_snapshot_id);
  ASSERT_THAT(Insert("insert into t values (2)"), testing::HasValue());
  EXPECT_EQ(Query("select count(*) from t"), "2");
  EXPECT_EQ(Query("select a from t for version as of " + first), "1");
  EXPECT_EQ(Query("select count(*) from t x, t for version as of " + first + " y"), "2");
  EXPECT_THAT(TryQuery("select * from t for version as of 7"),
              testing::IsError(ErrorCode::kNotFound, "NoSuchSnapshot"));
}

TEST_F(EngineTest, ColumnsThatNoFileHoldsAreNullOrTheirDefault) {
  CreateTable("t", {Field("a", TypeKind::kInt)});
  ASSERT_THAT(Insert("insert into t values (1), (2)"), testing::HasValue());
  metadata("t").format_version = 3;
  iceberg::NestedField unknown = Field("u", TypeKind::kUnknown);
  unknown.id = 100;
  iceberg::NestedField with_default = Field("d", TypeKind::kString);
  with_default.id = 101;
  with_default.initial_default = "old";
  with_default.write_default = "new";
  for (iceberg::Schema& schema : metadata("t").schemas) {
    schema.fields.push_back(with_default);
    schema.fields.push_back(unknown);
  }
  Publish("t");
  EXPECT_EQ(Query("select a, d, u from t order by a"), "1|old|NULL\n2|old|NULL");
  EXPECT_EQ(Query("select count(*) from t where d = 'old' and u is null"), "2");
  EXPECT_EQ(Query("select count(*) from t where d = 'new'"), "0");
  ASSERT_THAT(Insert("insert into t (a) values (3)"), testing::HasValue());
  EXPECT_EQ(Query("select a, d, u from t order by a"), "1|old|NULL\n2|old|NULL\n3|new|NULL");
  EXPECT_EQ(Query("select min(d), count(*) from t"), "new|3");
}

TEST_F(EngineTest, AColumnOfTypeUnknownTakesNullOnly) {
  const iceberg::Properties v3 = {{"format-version", "3"}};
  CreateTable("t", {Field("a", TypeKind::kInt), Field("u", TypeKind::kUnknown)}, {}, v3);
  for (const char* null : {"insert into t values (1, null), (2, default)",
                           "insert into t (u, a) values (null, 3)",
                           "insert into t (a) select 4", "insert into t select 5, null",
                           "insert into t (u, a) select u, a + 5 from t where a = 1"}) {
    EXPECT_THAT(Insert(null), testing::HasValue()) << null;
  }
  for (const char* value :
       {"insert into t values (7, null), (7, 'x')", "insert into t (u, a) values (0, 7)",
        "insert into t select 7, ''", "insert into t (u, a) select a, 7 from t"}) {
    const auto refused = Insert(value);
    EXPECT_THAT(refused, testing::IsError(ErrorCode::kInvalidArgument, "DataOutOfRange")) << value;
    EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("'u'")) << value;
  }
  EXPECT_EQ(Query("select a, u from t order by a"),
            "1|NULL\n2|NULL\n3|NULL\n4|NULL\n5|NULL\n6|NULL");
  CreateTable("nothing", {Field("u", TypeKind::kUnknown)}, {}, v3);
  EXPECT_THAT(Insert("insert into nothing values (null)"),
              testing::IsError(ErrorCode::kUnsupported, "ColumnType"));
  CreateTable("zoned", {Field("a", TypeKind::kInt), Field("f", TypeKind::kTimestampTzNs)}, {},
              v3);
  EXPECT_THAT(Insert("insert into zoned values (1, null)"),
              testing::IsError(ErrorCode::kUnsupported, "ColumnType"));
}

}  // namespace
}  // namespace firn::duck
