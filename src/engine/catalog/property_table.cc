#include "engine/catalog/property_table.h"

#include <array>

#include "base/encoding.h"

namespace firn::catalog {
namespace {

constexpr auto kUsed = PropertyHandling::kUsed;
constexpr auto kNoEffect = PropertyHandling::kNoEffect;
constexpr auto kMustBeOff = PropertyHandling::kMustBeOff;
constexpr auto kRefused = PropertyHandling::kRefused;
constexpr auto kText = PropertyKind::kText;
constexpr auto kBoolean = PropertyKind::kBoolean;
constexpr auto kInteger = PropertyKind::kInteger;
constexpr auto kUrl = PropertyKind::kUrl;

constexpr std::string_view kOnlyRest =
    "Firn reaches Iceberg through REST catalogs only: use \"iceberg.catalog.type\" = \"rest\"";
constexpr std::string_view kOnlyS3 =
    "Firn stores and reads tables on S3 and what speaks its protocol only";
constexpr std::string_view kOnlySecurity = "of iceberg.catalog.security Firn knows NONE and OAUTH2";

constexpr auto kRules = std::to_array<PropertyRule>({
    {"type", kUsed, kText},
    {"iceberg.catalog.type", kUsed, kText},
    {"starrocks.catalog-type", kUsed, kText},  // StarRocks' old word for the line above.
    {"catalog.access.control", kUsed, kText},

    // The REST catalog.
    {"iceberg.catalog.uri", kUsed, kUrl},
    {"iceberg.catalog.warehouse", kUsed, kText},
    {"iceberg.catalog.prefix", kUsed, kText},
    {"iceberg.catalog.security", kUsed, kText},
    {"iceberg.catalog.vended-credentials-enabled", kUsed, kBoolean},
    {"iceberg.catalog.rest.nested-namespace-enabled", kUsed, kBoolean},
    {"iceberg.catalog.rest.view-endpoints-enabled", kUsed, kBoolean},
    {"iceberg.catalog.view-endpoints-supported", kUsed, kBoolean},
    {"iceberg.catalog.rest.auth.type", kUsed, kText},
    {"iceberg.catalog.rest.sigv4-enabled", kUsed, kBoolean},
    {"iceberg.catalog.rest.signing-name", kUsed, kText},
    {"iceberg.catalog.rest.signing-region", kUsed, kText},
    {"iceberg.catalog.rest.access-key-id", kUsed, kText, true},
    {"iceberg.catalog.rest.secret-access-key", kUsed, kText, true},
    {"iceberg.catalog.rest.session-token", kUsed, kText, true},
    {"iceberg.catalog.oauth2.token", kUsed, kText, true},
    {"iceberg.catalog.oauth2.credential", kUsed, kText, true},
    {"iceberg.catalog.oauth2.scope", kUsed, kText},
    {"iceberg.catalog.oauth2.server-uri", kUsed, kUrl},
    {"iceberg.catalog.oauth2.audience", kUsed, kText},
    {"iceberg.catalog.oauth2.resource", kUsed, kText},
    // The same in the words of Iceberg's own client.
    {"iceberg.catalog.token", kUsed, kText, true},
    {"iceberg.catalog.credential", kUsed, kText, true},
    {"iceberg.catalog.scope", kUsed, kText},
    {"iceberg.catalog.oauth2-server-uri", kUsed, kUrl},
    {"iceberg.catalog.audience", kUsed, kText},
    {"iceberg.catalog.resource", kUsed, kText},
    {"iceberg.catalog.client.region", kUsed, kText},
    {"iceberg.catalog.s3.access-key-id", kUsed, kText, true},
    {"iceberg.catalog.s3.secret-access-key", kUsed, kText, true},
    {"iceberg.catalog.s3.session-token", kUsed, kText, true},
    {"iceberg.catalog.s3.endpoint", kUsed, kUrl},
    {"iceberg.catalog.s3.region", kUsed, kText},
    {"iceberg.catalog.s3.path-style-access", kUsed, kBoolean},
    {"iceberg.catalog.token-refresh-enabled", kNoEffect, kBoolean},
    {"iceberg.catalog.token-exchange-enabled", kNoEffect, kBoolean},
    {"iceberg.catalog.token-expires-in-ms", kNoEffect, kInteger},
    {"iceberg.catalog.rest-page-size", kNoEffect, kInteger},
    {"iceberg.catalog.rest-metrics-reporting-enabled", kNoEffect, kBoolean},
    {"iceberg.catalog.rest-table-scan-enabled", kNoEffect, kBoolean},
    {"iceberg.catalog.rest-data-commit-enabled", kNoEffect, kBoolean},
    {"iceberg.catalog.snapshot-loading-mode", kNoEffect, kText},
    {"iceberg.catalog.namespace-separator", kNoEffect, kText},
    {"iceberg.catalog.io-impl", kNoEffect, kText},
    {"iceberg.catalog.cache-enabled", kNoEffect, kBoolean},
    {"iceberg.catalog.cache.expiration-interval-ms", kNoEffect, kInteger},

    // Storage.
    {"aws.s3.region", kUsed, kText},
    {"aws.s3.endpoint", kUsed, kText},
    {"aws.s3.access_key", kUsed, kText, true},
    {"aws.s3.secret_key", kUsed, kText, true},
    {"aws.s3.session_token", kUsed, kText, true},
    {"aws.s3.enable_ssl", kUsed, kBoolean},
    {"aws.s3.enable_path_style_access", kUsed, kBoolean},
    {"aws.s3.use_instance_profile", kUsed, kBoolean},
    {"aws.s3.use_aws_sdk_default_behavior", kUsed, kBoolean},
    {"aws.s3.use_web_identity_token_file", kUsed, kBoolean},
    {"aws.s3.iam_role_arn", kUsed, kText},
    {"aws.s3.external_id", kUsed, kText},
    {"aws.s3.sts.region", kUsed, kText},
    {"aws.s3.sts.endpoint", kUsed, kText},
    {"client.assume-role.arn", kUsed, kText},
    {"client.assume-role.external-id", kUsed, kText},
    {"client.assume-role.region", kUsed, kText},
    {"iceberg.catalog.client.assume-role.arn", kUsed, kText},
    {"iceberg.catalog.client.assume-role.external-id", kUsed, kText},
    {"iceberg.catalog.client.assume-role.region", kUsed, kText},

    // Firn's own: where objects of tables may lie besides the tables' locations.
    {"firn.allowed-locations", kUsed, kText},

    // Caches of StarRocks. Firn asks the catalog at every statement, so there is nothing to tune.
    {"enable_iceberg_metadata_cache", kNoEffect, kBoolean},
    {"enable_iceberg_table_cache", kNoEffect, kBoolean},
    {"iceberg_meta_cache_ttl_sec", kNoEffect, kInteger},
    {"iceberg_table_cache_ttl_sec", kNoEffect, kInteger},
    {"iceberg_table_cache_refresh_interval_sec", kNoEffect, kInteger},
    {"iceberg_manifest_cache_with_column_statistics", kNoEffect, kBoolean},
    {"refresh_iceberg_manifest_min_length", kNoEffect, kInteger},
    {"iceberg_data_file_cache_memory_usage_ratio", kNoEffect, kText},
    {"iceberg_delete_file_cache_memory_usage_ratio", kNoEffect, kText},
    {"iceberg_manifest_cache_max_num", kNoEffect, kInteger},
    {"iceberg_job_planning_thread_num", kNoEffect, kInteger},
    {"background_iceberg_job_planning_thread_num", kNoEffect, kInteger},
    {"refresh_other_fe_iceberg_cache_thread_num", kNoEffect, kInteger},
    {"iceberg_local_planning_max_slot_bytes", kNoEffect, kInteger},
    {"enable_distributed_plan_load_data_file_column_statistics_with_eq_delete", kNoEffect,
     kBoolean},
    {"enable_cache_data_file_identifier_column_statistics", kNoEffect, kBoolean},
    {"enable_get_stats_from_external_metadata", kNoEffect, kBoolean},
    {"enable_iceberg_auto_maintenance", kMustBeOff, kBoolean, false,
     "Firn does not maintain tables by itself"},
    {"iceberg_auto_cleanup_interval_hours", kNoEffect, kInteger},
    {"iceberg_auto_optimize_interval_hours", kNoEffect, kInteger},

    // Other metastores, other storage, other proofs of identity.
    {"hive.metastore.uris", kRefused, kText, false, kOnlyRest},
    {"hive.metastore.timeout", kRefused, kText, false, kOnlyRest},
    {"iceberg.catalog.hive.metastore.uris", kRefused, kText, false, kOnlyRest},
    {"iceberg.catalog.gcp.auth.credentials-path", kRefused, kText, false, kOnlySecurity},
    {"iceberg.catalog.gcp.auth.scopes", kRefused, kText, false, kOnlySecurity},

    {"iceberg.catalog.header.*", kUsed, kText},
    {"iceberg.catalog.jdbc.*", kRefused, kText, true, kOnlyRest},
    {"aws.glue.*", kRefused, kText, true,
     "Firn reaches Glue through its Iceberg REST endpoint: use \"iceberg.catalog.type\" = \"rest\" "
     "and "
     "iceberg.catalog.rest.signing-name = \"glue\""},
    {"azure.*", kRefused, kText, true, kOnlyS3},
    {"gcp.*", kRefused, kText, true, kOnlyS3},
    {"dfs.*", kRefused, kText, true, kOnlyS3},
    {"fs.*", kRefused, kText, true, kOnlyS3},
    {"hadoop.*", kRefused, kText, true, kOnlyS3},
});

bool Matches(const PropertyRule& rule, std::string_view key) {
  if (!rule.key.ends_with('*')) return rule.key == key;
  const std::string_view start = rule.key.substr(0, rule.key.size() - 1);
  return key.size() > start.size() && key.starts_with(start);
}

}  // namespace

std::span<const PropertyRule> PropertyRules() { return kRules; }

const PropertyRule* FindPropertyRule(std::string_view key) {
  const std::string folded = ToLowerAscii(key);
  for (const PropertyRule& rule : kRules) {
    if (Matches(rule, folded)) return &rule;
  }
  return nullptr;
}

std::vector<std::string> KnownPropertyKeys() {
  std::vector<std::string> keys;
  for (const PropertyRule& rule : kRules) {
    if (!rule.key.ends_with('*') && rule.handling != kRefused) keys.emplace_back(rule.key);
  }
  return keys;
}

}  // namespace firn::catalog
