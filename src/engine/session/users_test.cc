#include "engine/session/users.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/result_testing.h"

namespace firn::session {
namespace {

using testing::HasValue;
using testing::IsError;

class UserStoreTest : public ::testing::Test {
 protected:
  UserStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "firn-users-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    Open();
  }
  ~UserStoreTest() override { std::filesystem::remove_all(folder_); }
  void Open() {
    auto opened = UserStore::Open(folder_, clock_, SecureRandom());
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    users_ = std::move(*opened);
  }
  bool Accepts(const std::string& user, const std::string& password, const std::string& address = "127.0.0.1") {
    return users_->CheckPassword({.user = user, .client_address = address}, Secret(password)).has_value();
  }

  std::filesystem::path folder_;
  ManualClock clock_{WallTime()};
  std::unique_ptr<UserStore> users_;
};

TEST_F(UserStoreTest, BeginsWithRootOnLoopback) {
  EXPECT_TRUE(users_->RootHasNoPassword());
  EXPECT_TRUE(Accepts("root", ""));
  EXPECT_TRUE(Accepts("root", "", "::1"));
  EXPECT_FALSE(Accepts("root", "", "10.0.0.1"));
  EXPECT_FALSE(Accepts("root", "x"));
  EXPECT_TRUE(users_->FindVerifier({.user = "root", .client_address = "127.0.0.1"}).empty_password);
  EXPECT_FALSE(users_->FindVerifier({.user = "root", .client_address = "10.0.0.1"}).empty_password);
}

TEST_F(UserStoreTest, KeepsAccountsOverARestart) {
  ASSERT_THAT(users_->Create({.user = "ann"}, {.clear_text = Secret("pw")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "sha"}, {.plugin = AuthPlugin::kCachingSha2, .clear_text = Secret("pw")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "hash"}, {.native_hash = "*" "d821809f681a40a6e379b50d0463efae20bdd122"}), HasValue());
  Open();
  EXPECT_TRUE(Accepts("ann", "pw"));
  EXPECT_TRUE(Accepts("sha", "pw"));
  EXPECT_FALSE(Accepts("ann", "PW"));
  EXPECT_FALSE(Accepts("ann", ""));
  EXPECT_FALSE(Accepts("nobody", "pw"));
  EXPECT_TRUE(users_->FindVerifier({.user = "sha", .client_address = "127.0.0.1"}).native_hash.empty());
  EXPECT_EQ(users_->FindVerifier({.user = "ann", .client_address = "127.0.0.1"}).native_hash, Sha1(Sha1("pw")));
  const auto rows = users_->List();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(PrintAccountName(rows[0].name), "'ann'@'%'");
}

TEST_F(UserStoreTest, WritesNoPassword) {
  ASSERT_THAT(users_->Create({.user = "ann"}, {.clear_text = Secret("canary-password")}), HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string file, ReadWholeFile(folder_ / "users.json", 1U << 20U));
  EXPECT_EQ(file.find("canary"), std::string::npos);
  EXPECT_EQ(std::filesystem::status(folder_ / "users.json").permissions() & std::filesystem::perms(0777),
            std::filesystem::perms(0600));
}

TEST_F(UserStoreTest, LearnsTheFastProof) {
  ASSERT_THAT(users_->Create({.user = "sha"}, {.plugin = AuthPlugin::kCachingSha2, .clear_text = Secret("pw")}), HasValue());
  Open();
  const LoginFacts facts{.user = "sha", .client_address = "127.0.0.1"};
  EXPECT_EQ(users_->FindVerifier(facts).sha2_fast_hash, "");
  EXPECT_FALSE(Accepts("sha", "no"));
  EXPECT_EQ(users_->FindVerifier(facts).sha2_fast_hash, "");
  EXPECT_TRUE(Accepts("sha", "pw"));
  EXPECT_EQ(users_->FindVerifier(facts).sha2_fast_hash, Sha256(Sha256("pw")));
  ASSERT_THAT(users_->Alter({.user = "sha"}, {.plugin = AuthPlugin::kCachingSha2, .clear_text = Secret("new")}), HasValue());
  EXPECT_NE(users_->FindVerifier(facts).sha2_fast_hash, Sha256(Sha256("pw")));
  EXPECT_FALSE(Accepts("sha", "pw"));
}

TEST(LoopbackAddresses, AreNoNames) {
  for (const char* address : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopbackAddress(address)) << address;
  }
  for (const char* address : {"", "127.", "127.evil.example", "localhost", "128.0.0.1", "::2",
                              "::ffff:10.0.0.1", "::ffff:", "127.0.0.1 ", "0.0.0.0"}) {
    EXPECT_FALSE(IsLoopbackAddress(address)) << address;
  }
}

TEST_F(UserStoreTest, PicksTheNearestHost) {
  ASSERT_THAT(users_->Create({.user = "ann"}, {.clear_text = Secret("any")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "ann", .host = "10.1.%"}, {.clear_text = Secret("net")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "ann", .host = "10.1.2.3"}, {.clear_text = Secret("host")}), HasValue());
  ASSERT_THAT(users_->Create({.user = "ann", .host = "localhost"}, {.clear_text = Secret("local")}), HasValue());
  EXPECT_TRUE(Accepts("ann", "any", "192.168.0.1"));
  EXPECT_TRUE(Accepts("ann", "net", "10.1.2.4"));
  EXPECT_TRUE(Accepts("ann", "host", "10.1.2.3"));
  EXPECT_TRUE(Accepts("ann", "local", "127.0.0.1"));
  EXPECT_FALSE(Accepts("ann", "any", "10.1.2.3"));
}

TEST_F(UserStoreTest, RefusesWhatIsWrong) {
  EXPECT_THAT(users_->Create({.user = "root"}, {}), IsError(ErrorCode::kAlreadyExists, "UserExists"));
  EXPECT_THAT(users_->Create({.user = ""}, {}), IsError(ErrorCode::kInvalidArgument, "BadUserName"));
  EXPECT_THAT(users_->Create({.user = std::string(65, 'u')}, {}), IsError(ErrorCode::kInvalidArgument, "BadUserName"));
  EXPECT_THAT(users_->Create({.user = "u", .host = ""}, {}), IsError(ErrorCode::kInvalidArgument, "BadUserName"));
  for (const char* hash : {"*", "*12", "d821809f681a40a6e379b50d0463efae20bdd122x", "*zz21809f681a40a6e379b50d0463efae20bdd122"}) {
    EXPECT_THAT(users_->Create({.user = "u"}, {.native_hash = hash}), IsError(ErrorCode::kInvalidArgument, "BadPasswordHash")) << hash;
  }
  EXPECT_THAT(users_->Create({.user = "u"}, {.plugin = AuthPlugin::kCachingSha2, .native_hash = "*12"}),
              IsError(ErrorCode::kInvalidArgument, "BadPasswordHash"));
  EXPECT_THAT(users_->Alter({.user = "u"}, {}), IsError(ErrorCode::kNotFound, "UnknownUser"));
  EXPECT_THAT(users_->Drop({.user = "u"}), IsError(ErrorCode::kNotFound, "UnknownUser"));
  EXPECT_THAT(users_->Drop({.user = "root"}), IsError(ErrorCode::kFailedPrecondition, "CannotDropRoot"));
  EXPECT_THAT(users_->FindAccount({.user = "u"}), IsError(ErrorCode::kNotFound, "UnknownUser"));
  EXPECT_THAT(ParseAuthPlugin("authentication_ldap_simple"), IsError(ErrorCode::kUnsupported, "UnknownAuthPlugin"));
  EXPECT_EQ(users_->CheckPassword({.user = "nobody", .client_address = "1.2.3.4"}, Secret("x")).error().message(),
            "Access denied for user 'nobody'@'1.2.3.4' (using password: YES)");
}

TEST_F(UserStoreTest, RefusesABrokenFile) {
  for (const char* text : {"", "{", "[]", "{}", R"({"users":[{}]})",
                           R"({"users":[{"user":"u","host":"%","plugin":"p","has-password":false,"native-hash":"","salt":"","slow-hash":""}]})",
                           R"({"users":[{"user":"u","host":"%","plugin":"mysql_native_password","has-password":true,"native-hash":"","salt":"","slow-hash":""}]})"}) {
    std::ofstream(folder_ / "users.json") << text;
    EXPECT_THAT(UserStore::Open(folder_, clock_, SecureRandom()), IsError(ErrorCode::kDataCorruption, "UsersFileBroken")) << text;
  }
}

TEST_F(UserStoreTest, WaitsLongerAfterEachFailure) {
  const LoginFacts facts{.user = "root", .client_address = "10.0.0.1"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(users_->BackOff(facts).count(), 0);
    users_->RecordFailure(facts);
  }
  EXPECT_EQ(users_->BackOff(facts).count(), 500);
  users_->RecordFailure(facts);
  EXPECT_EQ(users_->BackOff(facts).count(), 1000);
  for (int i = 0; i < 100; ++i) users_->RecordFailure(facts);
  EXPECT_EQ(users_->BackOff(facts).count(), 8000);
  EXPECT_EQ(users_->BackOff({.user = "root", .client_address = "10.0.0.2"}).count(), 0);
  clock_.Advance(std::chrono::minutes(11));
  EXPECT_EQ(users_->BackOff(facts).count(), 0);
  users_->RecordFailure(facts);
  EXPECT_EQ(users_->BackOff(facts).count(), 0);
  for (int i = 0; i < 5; ++i) users_->RecordFailure(facts);
  users_->RecordSuccess(facts);
  EXPECT_EQ(users_->BackOff(facts).count(), 0);
}

}  // namespace
}  // namespace firn::session
