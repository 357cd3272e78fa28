#include "base/result_testing.h"
#include "cloud/icebergrest/client_tokens.h"
#include "cloud/icebergrest/idempotency_key.h"
#include "cloud/icebergrest/warehouse_store.h"

namespace firn::icebergrest {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

TEST(IdempotencyKey, IsAUuidOfVersionSeven) {
  EXPECT_THAT(CheckIdempotencyKey("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), HasValue());
  EXPECT_THAT(CheckIdempotencyKey("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), HasValue());
  for (const char* key :
       {"", "x", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
        "017f22e279b07cc398c4dc0c0c07398f0000", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f "}) {
    EXPECT_THAT(CheckIdempotencyKey(key),
                IsError(ErrorCode::kInvalidArgument, "IdempotencyKeyInvalid"))
        << key;
  }
}

TEST(IdempotencyKey, IsBoundToMethodTargetAndBody) {
  const std::string base = RequestHash("POST", "/a", "b");
  EXPECT_NE(base, RequestHash("DELETE", "/a", "b"));
  EXPECT_NE(base, RequestHash("POST", "/b", "b"));
  EXPECT_NE(base, RequestHash("POST", "/a", "c"));
  EXPECT_NE(RequestHash("POST", "/a", "b"), RequestHash("POST", "/ab", ""));
}

TEST(Token, IsReadInParts) {
  ASSERT_OK_AND_ASSIGN(const auto claims, ParseToken("firn2.AKIAX.eu-west-1.17.abcd"));
  EXPECT_EQ(claims.access_key_id.value(), "AKIAX");
  EXPECT_EQ(claims.expires_at_ms, 17);
  EXPECT_EQ(claims.signed_text, "firn2.AKIAX.eu-west-1.17");
  EXPECT_EQ(claims.region, "eu-west-1");
  EXPECT_EQ(claims.signature, "abcd");
  for (const std::string& token :
       {std::string(), std::string("firn2"), std::string("firn2.A.eu-west-1.17"),
        std::string("firn1.A.17.x"), std::string("firn1.A.eu-west-1.17.x"),
        std::string("firn2..eu-west-1.17.x"), std::string("firn2.A.eu-west-1.-1.x"),
        std::string("firn2.A.eu-west-1.1x.x"), std::string("firn2.A.mars-1.17.x"),
        std::string("firn2.A..17.x"), std::string("firn2.A.eu-west-1.99999999999999999999.x"),
        std::string("firn2.A.eu-west-1.17.x.y"),
        std::string(300, 'x')}) {
    EXPECT_THAT(ParseToken(token), IsError(ErrorCode::kUnauthenticated, "InvalidBearerToken"))
        << token;
  }
}

TEST(Namespaces, KeepTheirLevels) {
  for (const Namespace& levels :
       {Namespace{"a"}, Namespace{"a", "b.c"}, Namespace{"a", "b", "ü"}}) {
    EXPECT_EQ(LevelsOf(PathOf(levels)), levels);
  }
  EXPECT_TRUE(LevelsOf("").empty());
}

}  // namespace
}  // namespace firn::icebergrest
