#include "engine/frontdoor/http_face.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/result_testing.h"
#include "engine/frontdoor/certificate.h"
#include "engine/frontdoor/fake_sessions_testing.h"
#include "engine/frontdoor/json_lines.h"
#include "wire/http/body.h"
#include "wire/mysql/transport.h"

namespace firn::frontdoor {
namespace {

using testing::HasValue;
using testing::IsError;
using ::testing::HasSubstr;

class HttpFaceTest : public ::testing::Test {
 protected:
  HttpFaceTest() {
    std::string name = (std::filesystem::temp_directory_path() / "firn-http-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    users_ = std::move(*session::UserStore::Open(folder_, SystemClock(), SecureRandom()));
    face_ = std::make_unique<HttpFace>(HttpFaceParts{.sessions = sessions_,
                                                     .users = *users_,
                                                     .registry = registry_,
                                                     .metrics = metrics_,
                                                     .clock = SystemClock(),
                                                     .random = SecureRandom(),
                                                     .ready = [this] { return ready_; }});
  }
  ~HttpFaceTest() override { std::filesystem::remove_all(folder_); }

  http::Response Send(const std::string& method, const std::string& target, const std::string& body = "",
                      const std::string& authorization = "") {
    http::RequestHead head{.method = method, .target = target, .remote_address = "127.0.0.1"};
    if (!authorization.empty()) head.headers.Set("Authorization", authorization);
    http::TextBodyReader reader(body);
    return face_->Handle(Context("query-id"), head, reader);
  }
  static std::string Body(const http::Response& response) { return std::get<std::string>(response.body); }
  static std::string Basic(std::string_view pair) { return "Basic " + Base64Encode(AsBytes(pair)); }

  std::filesystem::path folder_;
  FakeSessionLog log_;
  FakeSessions sessions_{log_};
  session::SessionRegistry registry_{SystemClock()};
  FrontdoorMetrics metrics_{"1.2.3"};
  std::unique_ptr<session::UserStore> users_;
  Status ready_;
  std::unique_ptr<HttpFace> face_;
};

TEST_F(HttpFaceTest, TellsItsHealth) {
  EXPECT_EQ(Send("GET", "/healthz").status, 200);
  EXPECT_EQ(Send("GET", "/readyz").status, 200);
  ready_ = Unavailable("EngineDown", "the engine is reopening");
  EXPECT_EQ(Send("GET", "/readyz").status, 503);
  EXPECT_THAT(Body(Send("GET", "/readyz")), HasSubstr("the engine is reopening"));
  EXPECT_EQ(Send("GET", "/healthz").status, 200);
  EXPECT_EQ(Send("POST", "/healthz").status, 405);
  EXPECT_EQ(Send("GET", "/").status, 404);
}

TEST_F(HttpFaceTest, ShowsMetrics) {
  metrics_.CountStatement(Ok(), std::chrono::milliseconds(3));
  metrics_.CountStatement(DeadlineExceeded("QueryTimeout", ""), std::chrono::seconds(6));
  const std::string text = Body(Send("GET", "/metrics"));
  for (const char* line : {"firn_build_info{version=\"1.2.3\"} 1", "starrocks_fe_query_total 2", "starrocks_fe_query_err 1",
                           "starrocks_fe_query_timeout 1", "starrocks_fe_slow_query 1", "starrocks_fe_connection_total 0",
                           "starrocks_fe_query_latency_ms{quantile=\"0.99\"}", "firn_statement_seconds_bucket"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(HttpFaceTest, RunsAStatement) {
  const auto response = Send("POST", "/api/v1/catalogs/lake/databases/db/sql", R"({"query":"select 1"})", Basic("root:"));
  EXPECT_EQ(response.status, 200) << Body(response);
  EXPECT_EQ(response.headers.Find("X-StarRocks-Query-Id"), "query-id");
  EXPECT_THAT(std::string(*response.headers.Find("Content-Type")), HasSubstr("application/x-ndjson"));
  EXPECT_EQ(Body(response),
            "{\"connectionId\":1}\n"
            R"x({"meta":[{"name":"1","type":"int(11)"}]})x" "\n"
            R"({"data":[1]})" "\n"
            R"({"statistics":{"scanRows":0,"scanBytes":0,"returnRows":1}})" "\n");
  EXPECT_EQ(registry_.connection_count(), 0U);
  EXPECT_EQ(log_.sessions_ended, 1);
}

TEST_F(HttpFaceTest, RefusesWhatIsWrong) {
  const std::string path = "/api/v1/catalogs/lake/sql";
  const std::string good = R"({"query":"select 1"})";
  EXPECT_EQ(Send("POST", path, good).status, 401);
  EXPECT_EQ(Send("POST", path, good, "Bearer x").status, 401);
  EXPECT_EQ(Send("POST", path, good, "Basic !!!").status, 401);
  EXPECT_EQ(Send("POST", path, good, Basic("root")).status, 401);
  EXPECT_EQ(Send("POST", path, good, Basic("root:wrong")).status, 401);
  EXPECT_EQ(Send("POST", path, good, Basic("nobody:")).status, 401);
  EXPECT_TRUE(Send("POST", path, good).headers.Has("WWW-Authenticate"));
  EXPECT_EQ(Send("GET", path, "", Basic("root:")).status, 405);
  for (const char* body : {"", "{", "[]", "{}", R"({"query":1})", R"({"query":""})", R"({"query":"select 1; select 2"})",
                           R"({"query":"drop table t"})", R"x({"query":"insert into t values (1)"})x", R"({"query":"selec 1"})",
                           R"({"query":"select 1","sessionVariables":{"a":[1]}})"}) {
    const auto response = Send("POST", path, body, Basic("root:"));
    EXPECT_EQ(response.status, 400) << body << Body(response);
    EXPECT_THAT(Body(response), HasSubstr(R"("status":"FAILED")")) << body;
  }
  EXPECT_EQ(Send("POST", "/api/v1/catalogs/missing/databases/db/sql", good, Basic("root:")).status, 404);
  EXPECT_EQ(Send("POST", "/api/v1/catalogs//sql", good, Basic("root:")).status, 404);
  EXPECT_EQ(Send("POST", "/api/v1/catalogs/a/b/sql", good, Basic("root:")).status, 404);
}

TEST(JsonLinesSink, WritesEveryKind) {
  JsonLinesSink sink(1U << 20U);
  const auto columns = EveryKind();
  std::vector<rows::Column> heads;
  std::vector<rows::ColumnView> views;
  for (const FakeColumn& column : columns) {
    heads.push_back(column.column);
    views.push_back(column.View());
  }
  ASSERT_THAT(sink.Begin(heads), HasValue());
  ASSERT_THAT(sink.AddBatch({.row_count = 2, .columns = views}), HasValue());
  ASSERT_THAT(sink.End(), HasValue());
  const std::string lines = sink.TakeLines();
  EXPECT_THAT(lines, HasSubstr(R"x({"name":"decimal","type":"decimal(10, 2)"})x"));
  EXPECT_THAT(lines, HasSubstr(R"({"data":[true,-128,-32768,-2147483647,-9223372036854775808,"922337203685477580700",1.8,15.32,"100.00",)"
                               R"("2024-01-01","2024-01-01 10:00:00.000751","01:02:03","héllo","AP8=","{\"a\": 1}","[1,2]"]})"));
  EXPECT_THAT(lines, HasSubstr(R"({"data":[null,null,)"));
}

TEST(JsonLinesSink, RefusesALargeResult) {
  JsonLinesSink sink(10);
  const std::vector<rows::Column> columns{{"a long enough name", {.kind = rows::TypeKind::kInt}}};
  EXPECT_THAT(sink.Begin(columns), IsError(ErrorCode::kResourceExhausted, "ResultTooLarge"));
}

TEST_F(HttpFaceTest, MakesACertificateOnce) {
  ASSERT_OK_AND_ASSIGN(const CertificateFiles files, EnsureSelfSignedCertificate(folder_));
  EXPECT_THAT(mysql::TlsContext::ForServer(files.certificate, files.key), HasValue());
  EXPECT_EQ(std::filesystem::status(files.key).permissions() & std::filesystem::perms(0777), std::filesystem::perms(0600));
  const auto time = std::filesystem::last_write_time(files.certificate);
  ASSERT_OK_AND_ASSIGN(const CertificateFiles again, EnsureSelfSignedCertificate(folder_));
  EXPECT_EQ(std::filesystem::last_write_time(again.certificate), time);
  EXPECT_THAT(mysql::TlsContext::ForServer(folder_ / "none", files.key), IsError(ErrorCode::kInvalidArgument, "BadCertificate"));
  EXPECT_THAT(mysql::TlsContext::ForServer(files.certificate, files.certificate),
              IsError(ErrorCode::kInvalidArgument, "BadCertificate"));
  EXPECT_FALSE(EnsureSelfSignedCertificate(folder_ / "no" / "folder").has_value());
}

}  // namespace
}  // namespace firn::frontdoor
