#include "wire/credentials/profile_file.h"

#include <string>

#include "base/result_testing.h"
#include "wire/credentials/limits.h"

namespace firn::credentials {
namespace {

using firn::testing::IsError;

std::string Value(const Profiles& profiles, std::string_view profile, std::string_view key) {
  const auto found = profiles.find(profile);
  if (found == profiles.end()) return "(no profile)";
  const auto value = found->second.find(key);
  return value == found->second.end() ? "(no key)" : std::string(value->second.Reveal());
}

TEST(ProfileFile, ReadsTheConfigFile) {
  ASSERT_OK_AND_ASSIGN(const Profiles profiles, ParseProfiles("# mine\r\n"
                                                              "[default]\r\n"
                                                              "region = eu-west-1 # near\r\n"
                                                              "s3 =\r\n"
                                                              "  region = nested\r\n"
                                                              "\r\n"
                                                              "[profile \"big one\"]\n"
                                                              "ROLE_ARN=arn:aws:iam::1:role/a;b\n"
                                                              "[sso-session default]\n"
                                                              "region = not-a-profile\n"
                                                              "[naked]\n"
                                                              "region = not-a-profile\n"
                                                              "[ profile  spaced ]\n"
                                                              "region=a\nregion=b\n",
                                                              ProfileFileKind::kConfig));
  EXPECT_EQ(profiles.size(), 3);
  EXPECT_EQ(Value(profiles, "default", "region"), "eu-west-1");
  EXPECT_EQ(Value(profiles, "default", "s3"), "");
  EXPECT_EQ(Value(profiles, "big one", "role_arn"), "arn:aws:iam::1:role/a;b");
  EXPECT_EQ(Value(profiles, "spaced", "region"), "b");
  EXPECT_EQ(Value(profiles, "naked", "region"), "(no profile)");
}

TEST(ProfileFile, ReadsTheCredentialsFileAndItsKeysWin) {
  ASSERT_OK_AND_ASSIGN(Profiles profiles,
                       ParseProfiles("[profile dev]\nregion = r\naws_access_key_id = OLD\n",
                                     ProfileFileKind::kConfig));
  ASSERT_OK_AND_ASSIGN(const Profiles others,
                       ParseProfiles("\xEF\xBB\xBF[dev]\naws_access_key_id = NEW=\n",
                                     ProfileFileKind::kCredentials));
  MergeProfiles(profiles, others);
  EXPECT_EQ(Value(profiles, "dev", "aws_access_key_id"), "NEW=");
  EXPECT_EQ(Value(profiles, "dev", "region"), "r");
}

TEST(ProfileFile, SaysWhichLineIsWrongAndNeverWhatItHolds) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"[default\n", "line 1"},
      {"[default]\nsecret-without-equals\n", "line 2"},
      {"aws_secret_access_key = secret-before\n[default]\n", "line 1"},
      {"[default]\n= secret-value\n", "line 2"},
  };
  for (const auto& c : cases) {
    const auto result = ParseProfiles(c.text, ProfileFileKind::kCredentials);
    ASSERT_THAT(result, IsError(ErrorCode::kInvalidArgument, "BadProfileFile")) << c.text;
    EXPECT_NE(result.error().message().find(c.says), std::string::npos) << c.text;
    EXPECT_EQ(result.error().message().find("secret-"), std::string::npos) << c.text;
  }
}

TEST(ProfileFile, IsBounded) {
  std::string many;
  for (std::size_t i = 0; i <= kProfilesMax; ++i) many += "[p" + std::to_string(i) + "]\n";
  EXPECT_THAT(ParseProfiles(many, ProfileFileKind::kCredentials),
              IsError(ErrorCode::kResourceExhausted, "ProfileFileTooLarge"));
  EXPECT_THAT(ParseProfiles(std::string(kProfileFileBytesMax + 1, '#'), ProfileFileKind::kConfig),
              IsError(ErrorCode::kResourceExhausted, "ProfileFileTooLarge"));
  std::string keys = "[p]\n";
  for (std::size_t i = 0; i <= kProfileKeysMax; ++i) keys += "k" + std::to_string(i) + " = 1\n";
  EXPECT_THAT(ParseProfiles(keys, ProfileFileKind::kCredentials),
              IsError(ErrorCode::kInvalidArgument, "BadProfileFile"));
}

}  // namespace
}  // namespace firn::credentials
