#include "wire/mysql/auth.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/result_testing.h"

namespace firn::mysql {
namespace {

using testing::HasValue;
using testing::IsError;

std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string Hex(std::string_view bytes) { return HexEncode(AsBytes(bytes)); }

// Vectors of go-sql-driver/mysql, auth_test.go; PyMySQL's _auth gives the same.
const std::string kNativeNonce =
    Bytes({70, 114, 92, 94, 1, 38, 11, 116, 63, 114, 23, 101, 126, 103, 26, 95, 81, 17, 24, 21});
const std::string kSha2Nonce =
    Bytes({10, 47, 74, 111, 75, 73, 34, 48, 88, 76, 114, 74, 37, 13, 3, 80, 82, 2, 23, 21});

TEST(MySqlAuth, MatchesThePublishedVectors) {
  EXPECT_EQ(NativeResponse(Secret("secret"), kNativeNonce),
            Bytes({53, 177, 140, 159, 251, 189, 127, 53, 109, 252, 172, 50, 211, 192, 240, 164, 26, 48, 207, 45}));
  EXPECT_EQ(Hex(CachingSha2Response(Secret("secret"), kSha2Nonce)),
            "f490e76f66d9d86665ce54d98c78d0acfe2fb0b08b423da807144873d30b312c");
  EXPECT_EQ(Hex(CachingSha2Response(Secret("secret2"), kSha2Nonce)),
            "abc3934a012cf342e876071c8ee202de51785b430258a7a0138bc79c4d800bc6");
  EXPECT_EQ(NativeResponse(Secret(""), kNativeNonce), "");
  EXPECT_EQ(CachingSha2Response(Secret(""), kSha2Nonce), "");
}

TEST(MySqlAuth, TakesTheRightPasswordOnly) {
  const std::string native = Sha1(Sha1("pw"));
  const std::string sha2 = Sha256(Sha256("pw"));
  EXPECT_TRUE(CheckNativeResponse(NativeResponse(Secret("pw"), kNativeNonce), kNativeNonce, native));
  EXPECT_TRUE(CheckCachingSha2Response(CachingSha2Response(Secret("pw"), kSha2Nonce), kSha2Nonce, sha2));
  EXPECT_FALSE(CheckNativeResponse(NativeResponse(Secret("PW"), kNativeNonce), kNativeNonce, native));
  EXPECT_FALSE(CheckNativeResponse(NativeResponse(Secret("pw"), kSha2Nonce), kNativeNonce, native));
  EXPECT_FALSE(CheckNativeResponse("", kNativeNonce, native));
  EXPECT_FALSE(CheckNativeResponse(native, kNativeNonce, native));
  EXPECT_FALSE(CheckNativeResponse(std::string(20, '\0'), kNativeNonce, ""));
  EXPECT_FALSE(CheckCachingSha2Response(CachingSha2Response(Secret("PW"), kSha2Nonce), kSha2Nonce, sha2));
  EXPECT_FALSE(CheckCachingSha2Response(CachingSha2Response(Secret("pw"), kNativeNonce), kSha2Nonce, sha2));
  EXPECT_FALSE(CheckCachingSha2Response("", kSha2Nonce, sha2));
  EXPECT_FALSE(CheckCachingSha2Response(std::string(32, '\0'), kSha2Nonce, ""));
}

TEST(MySqlAuth, MakesNoncesThatNulStringsCarry) {
  for (int i = 0; i < 100; ++i) {
    const std::string nonce = MakeNonce(SecureRandom());
    EXPECT_EQ(nonce.size(), 20U);
    EXPECT_EQ(nonce.find('\0'), std::string::npos);
    EXPECT_EQ(nonce.find('$'), std::string::npos);
  }
}

TEST(RsaKey, DecryptsWhatAClientEncrypts) {
  ASSERT_OK_AND_ASSIGN(const auto key, RsaKey::Generate());
  for (const char* password : {"", "pw", "a password longer than the nonce, with ünïcode"}) {
    ASSERT_OK_AND_ASSIGN(const std::string encrypted,
                         EncryptPassword(Secret(password), kSha2Nonce, key->public_key_pem()));
    ASSERT_OK_AND_ASSIGN(const Secret decrypted, key->DecryptPassword(encrypted, kSha2Nonce));
    EXPECT_EQ(decrypted.Reveal(), password);
    // Another nonce gives no text that ends in NUL, or another text.
    const auto wrong = key->DecryptPassword(encrypted, kNativeNonce);
    EXPECT_TRUE(!wrong || wrong->Reveal() != password);
  }
  EXPECT_THAT(key->DecryptPassword("short", kSha2Nonce), IsError(ErrorCode::kUnauthenticated, "AccessDenied"));
  EXPECT_THAT(key->DecryptPassword(std::string(256, 'x'), kSha2Nonce), IsError(ErrorCode::kUnauthenticated));
  EXPECT_THAT(EncryptPassword(Secret("pw"), kSha2Nonce, "no key"), IsError(ErrorCode::kInvalidArgument, "BadPublicKey"));
  EXPECT_THAT(EncryptPassword(Secret("pw"), "", key->public_key_pem()), IsError(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace firn::mysql
