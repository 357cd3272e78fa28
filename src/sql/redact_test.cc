#include "sql/redact.h"

#include <gtest/gtest.h>

#include "sql/parser.h"

namespace firn::sql {
namespace {

TEST(RedactSecrets, HidesEveryStringOfAStatementThatMayHoldOne) {
  const std::pair<const char*, const char*> cases[] = {
      {"CREATE USER 'u' IDENTIFIED BY 'p'", "CREATE USER '***' IDENTIFIED BY '***'"},
      {R"(CREATE EXTERNAL CATALOG c PROPERTIES ("a.secret-access-key" = "k"))",
       "CREATE EXTERNAL CATALOG c PROPERTIES ('***' = '***')"},
      {"SET PASSWORD = PASSWORD('p')", "SET PASSWORD = PASSWORD('***')"},
      {"SELECT 'a'; SET PASSWORD = 'p'; SELECT 'b'",
       "SELECT 'a'; SET PASSWORD = '***'; SELECT 'b'"},
      {R"(SELECT * FROM FILES("aws.s3.secret_key" = "k"))", "SELECT * FROM FILES('***' = '***')"},
      // Broken text.
      {"CREATE USER u IDENTIFIED BY 'p", "CREATE USER u IDENTIFIED BY '***'"},
      {"CREATE USR u IDENTIFIED BY 'p' x (", "CREATE USR u IDENTIFIED BY '***' x ("},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(RedactSecrets(text), expected) << text;
}

TEST(RedactSecrets, LeavesOthersAlone) {
  for (const char* text :
       {"", "SELECT 'a' FROM t WHERE token = 'b'", "INSERT INTO passwords VALUES ('x')",
        "USE db; SHOW TABLES LIKE 'a%'", "CREATE TABLE t (a STRING COMMENT 'x')", "SELECT 'abc"}) {
    EXPECT_EQ(RedactSecrets(text), text);
  }
}

TEST(IsSecretKey, KnowsTheCatalogsKeys) {
  for (const char* key :
       {"iceberg.catalog.rest.secret-access-key", "aws.s3.secret_key",
        "iceberg.catalog.oauth2.credential", "iceberg.catalog.oauth2.token",
        "iceberg.catalog.rest.session-token", "iceberg.catalog.jdbc.password",
        "azure.blob.shared_key", "gcp.gcs.service_account_private_key", "aws.s3.access_key"}) {
    EXPECT_TRUE(IsSecretKey(key)) << key;
  }
  for (const char* key :
       {"type", "iceberg.catalog.uri", "aws.s3.region", "iceberg.catalog.warehouse", ""}) {
    EXPECT_FALSE(IsSecretKey(key)) << key;
  }
}

}  // namespace
}  // namespace firn::sql
