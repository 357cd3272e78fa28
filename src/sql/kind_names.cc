#include "sql/ast.h"

/// The words for kinds, and small readings of names.

namespace firn::sql {

const char* TypeKindName(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean: return "BOOLEAN";
    case TypeKind::kTinyInt: return "TINYINT";
    case TypeKind::kSmallInt: return "SMALLINT";
    case TypeKind::kInt: return "INT";
    case TypeKind::kBigInt: return "BIGINT";
    case TypeKind::kLargeInt: return "LARGEINT";
    case TypeKind::kFloat: return "FLOAT";
    case TypeKind::kDouble: return "DOUBLE";
    case TypeKind::kDecimal: return "DECIMAL";
    case TypeKind::kDate: return "DATE";
    case TypeKind::kDateTime: return "DATETIME";
    case TypeKind::kTime: return "TIME";
    case TypeKind::kChar: return "CHAR";
    case TypeKind::kVarchar: return "VARCHAR";
    case TypeKind::kString: return "STRING";
    case TypeKind::kBinary: return "VARBINARY";
    case TypeKind::kJson: return "JSON";
    case TypeKind::kVariant: return "VARIANT";
    case TypeKind::kBitmap: return "BITMAP";
    case TypeKind::kHll: return "HLL";
    case TypeKind::kPercentile: return "PERCENTILE";
    case TypeKind::kSigned: return "SIGNED";
    case TypeKind::kUnsigned: return "UNSIGNED";
    case TypeKind::kArray: return "ARRAY";
    case TypeKind::kMap: return "MAP";
    case TypeKind::kStruct: return "STRUCT";
  }
  return "";
}

const char* LiteralKindName(LiteralKind kind) {
  switch (kind) {
    case LiteralKind::kNull: return "NULL";
    case LiteralKind::kDefault: return "DEFAULT";
    case LiteralKind::kBoolean: return "boolean";
    case LiteralKind::kInteger: return "integer";
    case LiteralKind::kDecimal: return "decimal";
    case LiteralKind::kDouble: return "double";
    case LiteralKind::kString: return "string";
    case LiteralKind::kBinary: return "binary";
    case LiteralKind::kDate: return "date";
    case LiteralKind::kDateTime: return "datetime";
  }
  return "";
}

const char* ExpressionKindName(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kLiteral: return "literal";
    case ExpressionKind::kInterval: return "INTERVAL";
    case ExpressionKind::kTimeUnit: return "time unit";
    case ExpressionKind::kDefault: return "DEFAULT";
    case ExpressionKind::kColumnRef: return "column";
    case ExpressionKind::kStar: return "*";
    case ExpressionKind::kParameter: return "parameter";
    case ExpressionKind::kUserVariable: return "user variable";
    case ExpressionKind::kSystemVariable: return "system variable";
    case ExpressionKind::kUnary: return "unary operator";
    case ExpressionKind::kBinary: return "binary operator";
    case ExpressionKind::kLogical: return "logical operator";
    case ExpressionKind::kBetween: return "BETWEEN";
    case ExpressionKind::kInList: return "IN";
    case ExpressionKind::kInSubquery: return "IN (subquery)";
    case ExpressionKind::kLike: return "LIKE";
    case ExpressionKind::kIs: return "IS";
    case ExpressionKind::kCase: return "CASE";
    case ExpressionKind::kCast: return "CAST";
    case ExpressionKind::kExtract: return "EXTRACT";
    case ExpressionKind::kFunctionCall: return "function call";
    case ExpressionKind::kSubquery: return "subquery";
    case ExpressionKind::kExists: return "EXISTS";
    case ExpressionKind::kRow: return "row";
    case ExpressionKind::kArray: return "array";
    case ExpressionKind::kMap: return "map";
    case ExpressionKind::kSubscript: return "subscript";
    case ExpressionKind::kSlice: return "slice";
    case ExpressionKind::kField: return "field";
    case ExpressionKind::kLambda: return "lambda";
    case ExpressionKind::kCollate: return "COLLATE";
  }
  return "";
}

const char* TimeUnitName(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kYear: return "YEAR";
    case TimeUnit::kQuarter: return "QUARTER";
    case TimeUnit::kMonth: return "MONTH";
    case TimeUnit::kWeek: return "WEEK";
    case TimeUnit::kDay: return "DAY";
    case TimeUnit::kHour: return "HOUR";
    case TimeUnit::kMinute: return "MINUTE";
    case TimeUnit::kSecond: return "SECOND";
    case TimeUnit::kMillisecond: return "MILLISECOND";
    case TimeUnit::kMicrosecond: return "MICROSECOND";
  }
  return "";
}

const char* BinaryOperatorName(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd: return "+";
    case BinaryOperator::kSubtract: return "-";
    case BinaryOperator::kMultiply: return "*";
    case BinaryOperator::kDivide: return "/";
    case BinaryOperator::kIntegerDivide: return "DIV";
    case BinaryOperator::kModulo: return "%";
    case BinaryOperator::kBitAnd: return "&";
    case BinaryOperator::kBitOr: return "|";
    case BinaryOperator::kBitXor: return "^";
    case BinaryOperator::kShiftLeft: return "BITSHIFTLEFT";
    case BinaryOperator::kShiftRight: return "BITSHIFTRIGHT";
    case BinaryOperator::kShiftRightLogical: return "BITSHIFTRIGHTLOGICAL";
    case BinaryOperator::kEqual: return "=";
    case BinaryOperator::kNotEqual: return "!=";
    case BinaryOperator::kLess: return "<";
    case BinaryOperator::kLessEqual: return "<=";
    case BinaryOperator::kGreater: return ">";
    case BinaryOperator::kGreaterEqual: return ">=";
    case BinaryOperator::kNullSafeEqual: return "<=>";
    case BinaryOperator::kConcat: return "||";
    case BinaryOperator::kJsonArrow: return "->";
    case BinaryOperator::kMatch: return "MATCH";
    case BinaryOperator::kMatchAny: return "MATCH_ANY";
    case BinaryOperator::kMatchAll: return "MATCH_ALL";
  }
  return "";
}

const char* JoinKindName(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner: return "JOIN";
    case JoinKind::kCross: return "CROSS JOIN";
    case JoinKind::kLeft: return "LEFT JOIN";
    case JoinKind::kRight: return "RIGHT JOIN";
    case JoinKind::kFull: return "FULL JOIN";
    case JoinKind::kLeftSemi: return "LEFT SEMI JOIN";
    case JoinKind::kRightSemi: return "RIGHT SEMI JOIN";
    case JoinKind::kLeftAnti: return "LEFT ANTI JOIN";
    case JoinKind::kRightAnti: return "RIGHT ANTI JOIN";
    case JoinKind::kNullAwareLeftAnti: return "NULL AWARE LEFT ANTI JOIN";
    case JoinKind::kAsof: return "ASOF JOIN";
    case JoinKind::kAsofLeft: return "ASOF LEFT JOIN";
  }
  return "";
}

const char* StatementKindName(StatementKind kind) {
  switch (kind) {
    case StatementKind::kQuery: return "SELECT";
    case StatementKind::kExplain: return "EXPLAIN";
    case StatementKind::kCreateCatalog: return "CREATE EXTERNAL CATALOG";
    case StatementKind::kAlterCatalog: return "ALTER CATALOG";
    case StatementKind::kDropCatalog: return "DROP CATALOG";
    case StatementKind::kSetCatalog: return "SET CATALOG";
    case StatementKind::kUse: return "USE";
    case StatementKind::kCreateDatabase: return "CREATE DATABASE";
    case StatementKind::kDropDatabase: return "DROP DATABASE";
    case StatementKind::kAlterDatabase: return "ALTER DATABASE";
    case StatementKind::kCreateTable: return "CREATE TABLE";
    case StatementKind::kCreateTableLike: return "CREATE TABLE LIKE";
    case StatementKind::kDropTable: return "DROP TABLE";
    case StatementKind::kAlterTable: return "ALTER TABLE";
    case StatementKind::kTruncateTable: return "TRUNCATE TABLE";
    case StatementKind::kRefreshTable: return "REFRESH EXTERNAL TABLE";
    case StatementKind::kCreateView: return "CREATE VIEW";
    case StatementKind::kAlterView: return "ALTER VIEW";
    case StatementKind::kDropView: return "DROP VIEW";
    case StatementKind::kInsert: return "INSERT";
    case StatementKind::kDelete: return "DELETE";
    case StatementKind::kUpdate: return "UPDATE";
    case StatementKind::kMerge: return "MERGE";
    case StatementKind::kShow: return "SHOW";
    case StatementKind::kDescribe: return "DESCRIBE";
    case StatementKind::kSet: return "SET";
    case StatementKind::kSetRole: return "SET ROLE";
    case StatementKind::kSetDefaultRole: return "SET DEFAULT ROLE";
    case StatementKind::kKill: return "KILL";
    case StatementKind::kBegin: return "BEGIN";
    case StatementKind::kCommit: return "COMMIT";
    case StatementKind::kRollback: return "ROLLBACK";
    case StatementKind::kPrepare: return "PREPARE";
    case StatementKind::kExecute: return "EXECUTE";
    case StatementKind::kDeallocate: return "DEALLOCATE PREPARE";
    case StatementKind::kLockTables: return "LOCK TABLES";
    case StatementKind::kUnlockTables: return "UNLOCK TABLES";
    case StatementKind::kExecuteAs: return "EXECUTE AS";
    case StatementKind::kCreateUser: return "CREATE USER";
    case StatementKind::kAlterUser: return "ALTER USER";
    case StatementKind::kDropUser: return "DROP USER";
    case StatementKind::kCreateRole: return "CREATE ROLE";
    case StatementKind::kDropRole: return "DROP ROLE";
    case StatementKind::kGrantPrivileges: return "GRANT";
    case StatementKind::kRevokePrivileges: return "REVOKE";
    case StatementKind::kGrantRoles: return "GRANT ROLE";
    case StatementKind::kRevokeRoles: return "REVOKE ROLE";
    case StatementKind::kAnalyzeTable: return "ANALYZE TABLE";
    case StatementKind::kAnalyzeProfile: return "ANALYZE PROFILE";
    case StatementKind::kAdminSetConfig: return "ADMIN SET FRONTEND CONFIG";
    case StatementKind::kCall: return "CALL";
  }
  return "";
}

const char* ShowKindName(ShowKind kind) {
  switch (kind) {
    case ShowKind::kAlterTable: return "SHOW ALTER TABLE";
    case ShowKind::kAnalyzeJob: return "SHOW ANALYZE JOB";
    case ShowKind::kAnalyzeStatus: return "SHOW ANALYZE STATUS";
    case ShowKind::kAuthentication: return "SHOW AUTHENTICATION";
    case ShowKind::kAuthors: return "SHOW AUTHORS";
    case ShowKind::kBackends: return "SHOW BACKENDS";
    case ShowKind::kBaseline: return "SHOW BASELINE";
    case ShowKind::kBroker: return "SHOW BROKER";
    case ShowKind::kCatalogs: return "SHOW CATALOGS";
    case ShowKind::kCharset: return "SHOW CHARSET";
    case ShowKind::kCollation: return "SHOW COLLATION";
    case ShowKind::kColumns: return "SHOW COLUMNS";
    case ShowKind::kComputeNodes: return "SHOW COMPUTE NODES";
    case ShowKind::kCreateCatalog: return "SHOW CREATE CATALOG";
    case ShowKind::kCreateDatabase: return "SHOW CREATE DATABASE";
    case ShowKind::kCreateMaterializedView: return "SHOW CREATE MATERIALIZED VIEW";
    case ShowKind::kCreateTable: return "SHOW CREATE TABLE";
    case ShowKind::kCreateView: return "SHOW CREATE VIEW";
    case ShowKind::kData: return "SHOW DATA";
    case ShowKind::kDataCacheRules: return "SHOW DATACACHE RULES";
    case ShowKind::kDatabases: return "SHOW DATABASES";
    case ShowKind::kDelete: return "SHOW DELETE";
    case ShowKind::kEngines: return "SHOW ENGINES";
    case ShowKind::kErrors: return "SHOW ERRORS";
    case ShowKind::kEvents: return "SHOW EVENTS";
    case ShowKind::kExport: return "SHOW EXPORT";
    case ShowKind::kFrontendConfig: return "ADMIN SHOW FRONTEND CONFIG";
    case ShowKind::kFrontends: return "SHOW FRONTENDS";
    case ShowKind::kFunctionStatus: return "SHOW FUNCTION STATUS";
    case ShowKind::kFunctions: return "SHOW FUNCTIONS";
    case ShowKind::kGrants: return "SHOW GRANTS";
    case ShowKind::kGroupProviders: return "SHOW GROUP PROVIDERS";
    case ShowKind::kHistogramMeta: return "SHOW HISTOGRAM META";
    case ShowKind::kIndex: return "SHOW INDEX";
    case ShowKind::kLoad: return "SHOW LOAD";
    case ShowKind::kMaterializedViews: return "SHOW MATERIALIZED VIEWS";
    case ShowKind::kMultiColumnStatsMeta: return "SHOW MULTIPLE COLUMNS STATS META";
    case ShowKind::kOpenTables: return "SHOW OPEN TABLES";
    case ShowKind::kPartitions: return "SHOW PARTITIONS";
    case ShowKind::kPipes: return "SHOW PIPES";
    case ShowKind::kPlugins: return "SHOW PLUGINS";
    case ShowKind::kPrivileges: return "SHOW PRIVILEGES";
    case ShowKind::kProc: return "SHOW PROC";
    case ShowKind::kProcedureStatus: return "SHOW PROCEDURE STATUS";
    case ShowKind::kProcesslist: return "SHOW PROCESSLIST";
    case ShowKind::kProfilelist: return "SHOW PROFILELIST";
    case ShowKind::kProperty: return "SHOW PROPERTY";
    case ShowKind::kRepositories: return "SHOW REPOSITORIES";
    case ShowKind::kResources: return "SHOW RESOURCES";
    case ShowKind::kResourceGroups: return "SHOW RESOURCE GROUPS";
    case ShowKind::kRoles: return "SHOW ROLES";
    case ShowKind::kRoutineLoad: return "SHOW ROUTINE LOAD";
    case ShowKind::kRunningQueries: return "SHOW RUNNING QUERIES";
    case ShowKind::kSecurityIntegrations: return "SHOW SECURITY INTEGRATIONS";
    case ShowKind::kSnapshot: return "SHOW SNAPSHOT";
    case ShowKind::kSqlBlacklist: return "SHOW SQLBLACKLIST";
    case ShowKind::kStatsMeta: return "SHOW STATS META";
    case ShowKind::kStatus: return "SHOW STATUS";
    case ShowKind::kStorageVolumes: return "SHOW STORAGE VOLUMES";
    case ShowKind::kStreamLoad: return "SHOW STREAM LOAD";
    case ShowKind::kTableStatus: return "SHOW TABLE STATUS";
    case ShowKind::kTables: return "SHOW TABLES";
    case ShowKind::kTablet: return "SHOW TABLET";
    case ShowKind::kTemporaryTables: return "SHOW TEMPORARY TABLES";
    case ShowKind::kTransaction: return "SHOW TRANSACTION";
    case ShowKind::kTriggers: return "SHOW TRIGGERS";
    case ShowKind::kUsageResourceGroups: return "SHOW USAGE RESOURCE GROUPS";
    case ShowKind::kUsers: return "SHOW USERS";
    case ShowKind::kVariables: return "SHOW VARIABLES";
    case ShowKind::kViews: return "SHOW VIEWS";
    case ShowKind::kWarehouses: return "SHOW WAREHOUSES";
    case ShowKind::kWarnings: return "SHOW WARNINGS";
  }
  return "";
}

std::string FunctionCallExpression::FunctionName() const {
  std::string lower = name.back();
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string ObjectName::ToString() const {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

std::string UserName::ToString() const {
  if (current) return "CURRENT_USER()";
  return "'" + name + "'@'" + host + "'";
}

std::optional<std::pair<std::string, std::string>> SplitMetadataTable(std::string_view table) {
  const size_t dollar = table.rfind('$');
  if (dollar == std::string_view::npos || dollar == 0 || dollar + 1 == table.size())
    return std::nullopt;
  return std::pair(std::string(table.substr(0, dollar)), std::string(table.substr(dollar + 1)));
}

}  // namespace firn::sql
