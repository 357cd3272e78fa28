#include "engine/frontdoor/mysql_server.h"

#include <unistd.h>

#include <filesystem>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "base/result_testing.h"
#include "base/thread_pool.h"
#include "engine/frontdoor/fake_sessions_testing.h"
#include "wire/mysql/client.h"
#include "wire/mysql/limits.h"

namespace firn::frontdoor {
namespace {

using testing::HasValue;
using testing::IsError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "firn-frontdoor-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class MySqlServerTest : public ::testing::Test {
 protected:
  void Start(MySqlServerOptions options = {}) {
    ASSERT_OK_AND_ASSIGN(users_, session::UserStore::Open(folder_.path(), SystemClock(), SecureRandom()));
    ASSERT_OK_AND_ASSIGN(server_, MySqlServer::Start(options, {.sessions = sessions_,
                                                               .users = *users_,
                                                               .registry = registry_,
                                                               .metrics = metrics_,
                                                               .clock = SystemClock(),
                                                               .random = SecureRandom()}));
  }
  void StartWithTls() {
    ASSERT_OK_AND_ASSIGN(CertificateFiles files, EnsureSelfSignedCertificate(folder_.path()));
    Start({.tls = files});
  }
  Result<std::unique_ptr<mysql::Client>> Connect(std::string user = "root", std::string password = "",
                                                 std::string database = "", bool use_tls = true) {
    return mysql::Client::Connect({.port = server_->port(),
                                   .user = std::move(user),
                                   .password = Secret(std::move(password)),
                                   .database = std::move(database),
                                   .use_tls = use_tls,
                                   .answer_timeout = std::chrono::seconds(20)});
  }
  /// True once `condition` holds; false after five seconds.
  static bool Eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      SystemClock().SleepFor(std::chrono::milliseconds(10));
    }
    return false;
  }
  boost::asio::ip::tcp::socket RawSocket(boost::asio::io_context& io) const {
    boost::asio::ip::tcp::socket socket(io);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    return socket;
  }

  TemporaryFolder folder_;
  FakeSessionLog log_;
  FakeSessions sessions_{log_};
  session::SessionRegistry registry_{SystemClock()};
  FrontdoorMetrics metrics_{"test"};
  std::unique_ptr<session::UserStore> users_;
  std::unique_ptr<MySqlServer> server_;
};

TEST_F(MySqlServerTest, AnswersRowsAndCounts) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto client, Connect());
  ASSERT_OK_AND_ASSIGN(const auto rows, client->Query("select 1"));
  EXPECT_EQ(rows.columns.at(0).name, "1");
  EXPECT_THAT(rows.rows, ElementsAre(ElementsAre(Optional(std::string("1")))));
  ASSERT_OK_AND_ASSIGN(const auto inserted, client->Query("insert"));
  EXPECT_EQ(inserted.affected_rows, 4U);
  EXPECT_THAT(client->Ping(), HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string statistics, client->Statistics());
  EXPECT_THAT(statistics, HasSubstr("Threads: 1  Questions: 2"));
}

TEST_F(MySqlServerTest, PrintsEveryKind) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto client, Connect());
  ASSERT_OK_AND_ASSIGN(const auto result, client->Query("types"));
  ASSERT_EQ(result.rows.size(), 2U);
  std::vector<std::string> texts;
  for (const auto& value : result.rows[0]) texts.push_back(value.value_or("NULL"));
  EXPECT_THAT(texts, ElementsAre("1", "-128", "-32768", "-2147483647", "-9223372036854775808",
                                 "922337203685477580700", "1.8", "15.32", "100.00", "2024-01-01",
                                 "2024-01-01 10:00:00.000751", "01:02:03", "héllo",
                                 std::string("\0\xFF", 2), R"({"a": 1})", "[1,2]"));
  for (const auto& value : result.rows[1]) EXPECT_EQ(value, std::nullopt);
}

TEST_F(MySqlServerTest, AnswersSeveralStatements) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto client, Connect());
  ASSERT_OK_AND_ASSIGN(auto result, client->Query("select 1; insert;fail table;select 1"));
  EXPECT_EQ(result.rows.size(), 1U);
  ASSERT_TRUE(result.more_results);
  ASSERT_OK_AND_ASSIGN(result, client->NextResult());
  EXPECT_EQ(result.affected_rows, 4U);
  ASSERT_TRUE(result.more_results);
  EXPECT_THAT(client->NextResult(), IsError(ErrorCode::kFailedPrecondition, "ServerError"));
  EXPECT_EQ(client->last_server_error()->error_number, 1146);
  EXPECT_THAT(client->Query("select 1"), HasValue());
}

TEST_F(MySqlServerTest, SaysWhatFailed) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto client, Connect());
  struct Case {
    const char* sql;
    int number;
    const char* sql_state;
    const char* message;
  };
  for (const Case& c : {
           Case{"fail syntax", 1064, "HY000", "Getting syntax error. Detail message: Unexpected input 'x'."},
           Case{"fail table", 1146, "42S02", "Getting analyzing error. Detail message: Unknown table 'd.t'."},
           Case{"fail midway", 1105, "HY000", "the file is broken"},
           Case{"", 1065, "42000", "Query was empty"},
       }) {
    EXPECT_THAT(client->Query(c.sql), IsError(ErrorCode::kFailedPrecondition, "ServerError"));
    ASSERT_TRUE(client->last_server_error());
    EXPECT_EQ(client->last_server_error()->error_number, c.number);
    EXPECT_EQ(client->last_server_error()->sql_state, c.sql_state);
    EXPECT_EQ(client->last_server_error()->message, c.message);
  }
}

TEST_F(MySqlServerTest, StreamsManyRows) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto client, Connect());
  ASSERT_OK_AND_ASSIGN(const auto result, client->Query("rows 50000"));
  EXPECT_EQ(result.rows.size(), 50000U);
  EXPECT_EQ(result.rows.back().at(0), "49999");
}

TEST_F(MySqlServerTest, ChoosesTheDatabase) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto client, Connect("root", "", "lake.db1"));
  ASSERT_OK_AND_ASSIGN(auto result, client->Query("who"));
  EXPECT_EQ(result.rows[0][0], "root@% 127.0.0.1 db=lake.db1");
  EXPECT_THAT(client->UseDatabase("other"), HasValue());
  EXPECT_THAT(client->UseDatabase("missing"), IsError(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(client->last_server_error()->error_number, 1049);
  EXPECT_EQ(client->last_server_error()->message, "Unknown database 'missing'");
  EXPECT_THAT(Connect("root", "", "missing"), IsError(ErrorCode::kUnauthenticated, "ServerError"));
}

TEST_F(MySqlServerTest, ChecksPasswordsAllWays) {
  StartWithTls();
  ASSERT_THAT(users_->Create({.user = "native"}, {.clear_text = Secret("pw")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "sha2"}, {.plugin = session::AuthPlugin::kCachingSha2,
                                                .clear_text = Secret("pw")}),
              HasValue());
  // As after a restart: no fast proof is known.
  ASSERT_OK_AND_ASSIGN(auto reopened, session::UserStore::Open(folder_.path(), SystemClock(), SecureRandom()));
  server_.reset();
  users_ = std::move(reopened);
  ASSERT_OK_AND_ASSIGN(CertificateFiles files, EnsureSelfSignedCertificate(folder_.path()));
  ASSERT_OK_AND_ASSIGN(server_, MySqlServer::Start({.tls = files}, {sessions_, *users_, registry_, metrics_,
                                                                   SystemClock(), SecureRandom()}));
  struct Case {
    const char* user;
    const char* password;
    bool tls;
    bool accepted;
  };
  for (const Case& c : {
           Case{"native", "pw", true, true},
           Case{"native", "pw", false, true},
           Case{"native", "no", true, false},
           Case{"native", "", false, false},
           Case{"sha2", "no", false, false},  // Full proof by RSA, refused.
           Case{"sha2", "pw", false, true},   // Full proof by RSA.
           Case{"sha2", "pw", true, true},    // Fast proof.
           Case{"sha2", "no", true, false},   // Fast proof, refused.
           Case{"sha2", "", true, false},
           Case{"root", "", true, true},
           Case{"root", "x", false, false},
           Case{"nobody", "x", true, false},
           Case{"nobody", "", false, false},
       }) {
    const auto client = Connect(c.user, c.password, "", c.tls);
    EXPECT_EQ(client.has_value(), c.accepted) << c.user << " " << c.password << " " << c.tls;
    if (client) {
      EXPECT_EQ((*client)->tls(), c.tls);
    } else {
      EXPECT_THAT(client.error().message(),
                  HasSubstr(std::string("ERROR 1045 (28000): Access denied for user '") + c.user +
                            "'@'127.0.0.1' (using password: " + (*c.password ? "YES" : "NO")));
    }
  }
}

TEST_F(MySqlServerTest, ProvesFullyOverTls) {
  StartWithTls();
  ASSERT_THAT(users_->Create({.user = "sha2"}, {.plugin = session::AuthPlugin::kCachingSha2,
                                                .clear_text = Secret("pw")}),
              HasValue());
  server_.reset();
  users_.reset();
  StartWithTls();
  EXPECT_THAT(Connect("sha2", "no", "", true), IsError(ErrorCode::kUnauthenticated));
  EXPECT_THAT(Connect("sha2", "pw", "", true), HasValue());
}

TEST_F(MySqlServerTest, SlowsDownGuessing) {
  Start();
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Connect("root", "guess"), IsError(ErrorCode::kUnauthenticated));
  const MonotonicTime begin = SystemClock().MonotonicNow();
  EXPECT_THAT(Connect("root", "guess"), IsError(ErrorCode::kUnauthenticated));
  EXPECT_GE(SystemClock().MonotonicNow() - begin, std::chrono::milliseconds(500));
}

TEST_F(MySqlServerTest, KillsAStatement) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto sleeper, Connect());
  ASSERT_OK_AND_ASSIGN(auto killer, Connect());
  ThreadPool pool("sleeper", 1);
  std::atomic<int> number{0};
  ASSERT_TRUE(pool.TrySubmit([&] {
    const auto result = sleeper->Query("sleep");
    number = sleeper->last_server_error() ? sleeper->last_server_error()->error_number : -1;
  }));
  ASSERT_TRUE(Eventually([&] { return log_.statements_running == 1; }));
  EXPECT_THAT(registry_.Kill(sleeper->connection_id(), session::KillKind::kQuery, {.user = "mallory"}),
              IsError(ErrorCode::kPermissionDenied, "NotOwner"));
  EXPECT_THAT(registry_.Kill(sleeper->connection_id(), session::KillKind::kQuery, {.user = "root", .may_all = true}), HasValue());
  pool.Shutdown();
  EXPECT_EQ(number, 1317);
  EXPECT_THAT(sleeper->Query("select 1"), HasValue());
  EXPECT_THAT(registry_.Kill(sleeper->connection_id(), session::KillKind::kConnection, {.user = "root", .may_all = true}), HasValue());
  EXPECT_TRUE(Eventually([&] { return registry_.connection_count() == 1; }));
  EXPECT_THAT(sleeper->Query("select 1"), IsError(ErrorCode::kUnavailable));
}

TEST_F(MySqlServerTest, StopsAStatementWhoseClientLeft) {
  Start();
  boost::asio::io_context io;
  {
    ASSERT_OK_AND_ASSIGN(auto client, Connect());
    ThreadPool pool("sleeper", 1);
    ASSERT_TRUE(pool.TrySubmit([&] { EXPECT_FALSE(client->Query("sleep").has_value()); }));
    ASSERT_TRUE(Eventually([&] { return log_.statements_running == 1; }));
    // The whole connection dies, as with a killed process.
    ASSERT_EQ(registry_.List().size(), 1U);
    client->Abandon();
  }
  EXPECT_TRUE(Eventually([&] { return log_.statements_stopped == 1; }));
  EXPECT_TRUE(Eventually([&] { return log_.sessions_ended == 1; }));
}

TEST_F(MySqlServerTest, RefusesConnectionsOverTheLimit) {
  Start({.connections_max = 1});
  ASSERT_OK_AND_ASSIGN(auto first, Connect());
  const auto second = Connect();
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message(), HasSubstr("ERROR 1040 (08004): Too many connections"));
}

TEST_F(MySqlServerTest, RefusesAMessageOverTheLimitAndGoesOn) {
  Start({.message_bytes_max = 1000});
  ASSERT_OK_AND_ASSIGN(auto client, Connect());
  EXPECT_FALSE(client->Query("echo " + std::string(20'000'000, 'x')).has_value());
  ASSERT_TRUE(client->last_server_error());
  EXPECT_EQ(client->last_server_error()->error_number, 1153);
  EXPECT_THAT(client->Query("select 1"), HasValue());
}

TEST_F(MySqlServerTest, EndsSilentLogins) {
  Start({.login_deadline = std::chrono::milliseconds(100)});
  boost::asio::io_context io;
  auto socket = RawSocket(io);
  std::string all;
  boost::system::error_code error;
  boost::asio::read(socket, boost::asio::dynamic_buffer(all), error);
  EXPECT_EQ(error, boost::asio::error::eof);
  EXPECT_THAT(all, HasSubstr("8.0.33"));
}

TEST_F(MySqlServerTest, OutlivesBrokenLogins) {
  Start();
  const std::string header_too_large("\xFF\xFF\xFF\x01", 4);
  const std::string wrong_sequence("\x01\x00\x00\x07x", 5);
  const std::string empty("\x00\x00\x00\x01", 4);
  const std::string old_client("\x04\x00\x00\x01\x00\x00\x00\x00", 8);
  for (const std::string& bytes : {header_too_large, wrong_sequence, empty, old_client,
                                   std::string("GET / HTTP/1.1\r\n\r\n")}) {
    boost::asio::io_context io;
    auto socket = RawSocket(io);
    boost::asio::write(socket, boost::asio::buffer(bytes));
    std::string all;
    boost::system::error_code error;
    boost::asio::read(socket, boost::asio::dynamic_buffer(all), error);
    EXPECT_TRUE(error);
  }
  EXPECT_THAT(Connect(), HasValue());
}

TEST_F(MySqlServerTest, DrainLetsAStatementFinish) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto idle, Connect());
  ASSERT_OK_AND_ASSIGN(auto busy, Connect());
  ThreadPool pool("busy", 1);
  std::atomic<std::size_t> row_count{0};
  ASSERT_TRUE(pool.TrySubmit([&] {
    if (const auto result = busy->Query("rows 300000")) row_count = result->rows.size();
  }));
  ASSERT_TRUE(Eventually([&] { return log_.statements_running == 1 || row_count > 0; }));
  server_->Drain(std::chrono::seconds(20));
  pool.Shutdown();
  EXPECT_EQ(row_count, 300000U);
  EXPECT_THAT(idle->Query("select 1"), IsError(ErrorCode::kUnavailable));
  EXPECT_EQ(log_.sessions_ended, 2);
  EXPECT_THAT(Connect(), IsError(ErrorCode::kUnavailable));
}

TEST_F(MySqlServerTest, DrainStopsWhatTakesTooLong) {
  Start();
  ASSERT_OK_AND_ASSIGN(auto busy, Connect());
  ThreadPool pool("busy", 1);
  ASSERT_TRUE(pool.TrySubmit([&] { EXPECT_FALSE(busy->Query("sleep").has_value()); }));
  ASSERT_TRUE(Eventually([&] { return log_.statements_running == 1; }));
  server_->Drain(std::chrono::milliseconds(10));
  pool.Shutdown();
  EXPECT_EQ(log_.statements_stopped, 1);
}

TEST_F(MySqlServerTest, DISABLED_ServesForHandTests) {
  ASSERT_NO_FATAL_FAILURE(StartWithTls());
  ASSERT_THAT(users_->Create({.user = "native"}, {.clear_text = Secret("pw")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "sha2"}, {.plugin = session::AuthPlugin::kCachingSha2, .clear_text = Secret("pw")}), HasValue());
  printf("port %d\n", server_->port());
  fflush(stdout);
  SystemClock().SleepFor(std::chrono::hours(1));
}

}  // namespace
}  // namespace firn::frontdoor
