#pragma once

#include <cstdint>
#include <string_view>

/// The words of the grammar. Most are words only where the grammar asks for them, and names
/// everywhere else.

namespace firn::sql {

// enumerator, spelling, 1 when reserved: not usable as a bare column name or alias. Fewer are
// reserved than in StarRocks, whose list has words (KEY, INDEX, TEXT, …) that make good column
// names. Sorted by spelling.
#define FIRN_KEYWORDS(X)\
  X(kAccess, "ACCESS", 0) X(kActive, "ACTIVE", 0) X(kAdd, "ADD", 0) X(kAdmin, "ADMIN", 0)        \
  X(kAdvisor, "ADVISOR", 0) X(kAfter, "AFTER", 0) X(kAggregate, "AGGREGATE", 0)                  \
  X(kAll, "ALL", 1) X(kAlter, "ALTER", 1) X(kAnalyze, "ANALYZE", 0) X(kAnd, "AND", 1)            \
  X(kAnti, "ANTI", 0) X(kApply, "APPLY", 0) X(kArray, "ARRAY", 0) X(kAs, "AS", 1)                \
  X(kAsc, "ASC", 1) X(kAsof, "ASOF", 1) X(kAssertRows, "ASSERT_ROWS", 0) X(kAsync, "ASYNC", 0)   \
  X(kAuthentication, "AUTHENTICATION", 0) X(kAuthors, "AUTHORS", 0)                              \
  X(kAutoIncrement, "AUTO_INCREMENT", 0) X(kAware, "AWARE", 0) X(kBackend, "BACKEND", 0)         \
  X(kBackends, "BACKENDS", 0) X(kBackup, "BACKUP", 0) X(kBase, "BASE", 0)                        \
  X(kBaseline, "BASELINE", 0) X(kBefore, "BEFORE", 0) X(kBegin, "BEGIN", 0)                      \
  X(kBetween, "BETWEEN", 1) X(kBigint, "BIGINT", 0) X(kBinary, "BINARY", 0)                      \
  X(kBitmap, "BITMAP", 0) X(kBitmapUnion, "BITMAP_UNION", 0)                                     \
  X(kBitshiftleft, "BITSHIFTLEFT", 1) X(kBitshiftright, "BITSHIFTRIGHT", 1)                      \
  X(kBitshiftrightlogical, "BITSHIFTRIGHTLOGICAL", 1) X(kBlackhole, "BLACKHOLE", 0)              \
  X(kBlacklist, "BLACKLIST", 0) X(kBoolean, "BOOLEAN", 0) X(kBoth, "BOTH", 0)                    \
  X(kBranch, "BRANCH", 0)                                                                        \
  X(kBroker, "BROKER", 0) X(kBuckets, "BUCKETS", 0) X(kBuiltin, "BUILTIN", 0) X(kBy, "BY", 1)    \
  X(kCache, "CACHE", 0) X(kCall, "CALL", 0) X(kCancel, "CANCEL", 0) X(kCase, "CASE", 1)          \
  X(kCast, "CAST", 0) X(kCatalog, "CATALOG", 0) X(kCatalogs, "CATALOGS", 0)                      \
  X(kChain, "CHAIN", 0) X(kChar, "CHAR", 0) X(kCharacter, "CHARACTER", 0)                        \
  X(kCharset, "CHARSET", 0) X(kClean, "CLEAN", 0) X(kClear, "CLEAR", 0)                          \
  X(kCluster, "CLUSTER", 0) X(kClusters, "CLUSTERS", 0) X(kCollate, "COLLATE", 1)                \
  X(kCollation, "COLLATION", 0) X(kColumn, "COLUMN", 0) X(kColumns, "COLUMNS", 0)                \
  X(kComment, "COMMENT", 0) X(kCommit, "COMMIT", 0) X(kCommitted, "COMMITTED", 0)                \
  X(kCompact, "COMPACT", 0) X(kCompute, "COMPUTE", 0) X(kConfig, "CONFIG", 0)                    \
  X(kConnection, "CONNECTION", 0) X(kConnections, "CONNECTIONS", 0)                              \
  X(kConsistent, "CONSISTENT", 0) X(kConvert, "CONVERT", 1) X(kCosts, "COSTS", 0)                \
  X(kCreate, "CREATE", 1) X(kCross, "CROSS", 1) X(kCube, "CUBE", 1) X(kCurrent, "CURRENT", 0)    \
  X(kCurrentDate, "CURRENT_DATE", 1) X(kCurrentGroup, "CURRENT_GROUP", 0)                        \
  X(kCurrentRole, "CURRENT_ROLE", 0) X(kCurrentTime, "CURRENT_TIME", 1)                          \
  X(kCurrentTimestamp, "CURRENT_TIMESTAMP", 1) X(kCurrentUser, "CURRENT_USER", 1)                \
  X(kCurrentWarehouse, "CURRENT_WAREHOUSE", 0) X(kData, "DATA", 0) X(kDatabase, "DATABASE", 0)   \
  X(kDatabases, "DATABASES", 0) X(kDatacache, "DATACACHE", 0) X(kDate, "DATE", 0)                \
  X(kDatetime, "DATETIME", 0) X(kDay, "DAY", 0) X(kDays, "DAYS", 0)                              \
  X(kDeallocate, "DEALLOCATE", 0) X(kDecimal, "DECIMAL", 0) X(kDecimal128, "DECIMAL128", 0)      \
  X(kDecimal256, "DECIMAL256", 0) X(kDecimal32, "DECIMAL32", 0) X(kDecimal64, "DECIMAL64", 0)    \
  X(kDecimalv2, "DECIMALV2", 0) X(kDefault, "DEFAULT", 1) X(kDelete, "DELETE", 1)                \
  X(kDesc, "DESC", 1) X(kDescribe, "DESCRIBE", 1) X(kDialect, "DIALECT", 0)                      \
  X(kDictionary, "DICTIONARY", 0) X(kDistinct, "DISTINCT", 1) X(kDistributed, "DISTRIBUTED", 0)  \
  X(kDistribution, "DISTRIBUTION", 0) X(kDiv, "DIV", 1) X(kDouble, "DOUBLE", 0)                  \
  X(kDrop, "DROP", 1) X(kDual, "DUAL", 1) X(kDuplicate, "DUPLICATE", 0)                          \
  X(kDynamic, "DYNAMIC", 0) X(kElse, "ELSE", 1) X(kEnd, "END", 0) X(kEngine, "ENGINE", 0)        \
  X(kEngines, "ENGINES", 0) X(kErrors, "ERRORS", 0) X(kEscape, "ESCAPE", 0)                      \
  X(kEvents, "EVENTS", 0) X(kExcept, "EXCEPT", 0) X(kExclude, "EXCLUDE", 0)                      \
  X(kExecute, "EXECUTE", 0) X(kExists, "EXISTS", 1) X(kExplain, "EXPLAIN", 1)                    \
  X(kExport, "EXPORT", 0) X(kExternal, "EXTERNAL", 0) X(kExtract, "EXTRACT", 0)                  \
  X(kFailpoints, "FAILPOINTS", 0) X(kFalse, "FALSE", 1) X(kField, "FIELD", 0)                    \
  X(kFields, "FIELDS", 0) X(kFile, "FILE", 0) X(kFiles, "FILES", 0) X(kFilter, "FILTER", 0)      \
  X(kFirst, "FIRST", 0) X(kFloat, "FLOAT", 0) X(kFn, "FN", 0) X(kFollowing, "FOLLOWING", 0)      \
  X(kFor, "FOR", 1) X(kForce, "FORCE", 0) X(kFormat, "FORMAT", 0) X(kFrom, "FROM", 1)            \
  X(kFrontend, "FRONTEND", 0) X(kFrontends, "FRONTENDS", 0) X(kFull, "FULL", 1)                  \
  X(kFunction, "FUNCTION", 0) X(kFunctions, "FUNCTIONS", 0) X(kGlobal, "GLOBAL", 0)              \
  X(kGrant, "GRANT", 1) X(kGrants, "GRANTS", 0) X(kGroup, "GROUP", 1)                            \
  X(kGrouping, "GROUPING", 1) X(kGroupingId, "GROUPING_ID", 0) X(kGroups, "GROUPS", 0)           \
  X(kHash, "HASH", 0) X(kHaving, "HAVING", 1) X(kHelp, "HELP", 0) X(kHistogram, "HISTOGRAM", 0)  \
  X(kHll, "HLL", 0) X(kHllUnion, "HLL_UNION", 0) X(kHour, "HOUR", 0) X(kHours, "HOURS", 0)       \
  X(kIdentified, "IDENTIFIED", 0) X(kIf, "IF", 1) X(kIgnore, "IGNORE", 1)                        \
  X(kImpersonate, "IMPERSONATE", 0) X(kIn, "IN", 1) X(kIndex, "INDEX", 0)                        \
  X(kIndexes, "INDEXES", 0) X(kInner, "INNER", 1) X(kInsert, "INSERT", 1)                        \
  X(kInstall, "INSTALL", 0) X(kInt, "INT", 0) X(kInteger, "INTEGER", 0)                          \
  X(kIntegration, "INTEGRATION", 0) X(kIntegrations, "INTEGRATIONS", 0)                          \
  X(kIntersect, "INTERSECT", 1) X(kInterval, "INTERVAL", 0) X(kInto, "INTO", 1)                  \
  X(kInvoker, "INVOKER", 0) X(kIs, "IS", 1) X(kIsolation, "ISOLATION", 0) X(kJob, "JOB", 0)      \
  X(kJoin, "JOIN", 1) X(kJson, "JSON", 0) X(kKey, "KEY", 0) X(kKeys, "KEYS", 0)                  \
  X(kKill, "KILL", 0) X(kLabel, "LABEL", 0) X(kLargeint, "LARGEINT", 0) X(kLast, "LAST", 0)      \
  X(kLateral, "LATERAL", 1) X(kLeading, "LEADING", 0) X(kLeft, "LEFT", 1)                        \
  X(kLevel, "LEVEL", 0) X(kLike, "LIKE", 1)                                                      \
  X(kLimit, "LIMIT", 1) X(kList, "LIST", 0) X(kLoad, "LOAD", 0) X(kLocal, "LOCAL", 0)            \
  X(kLocaltime, "LOCALTIME", 1) X(kLocaltimestamp, "LOCALTIMESTAMP", 1)                          \
  X(kLocation, "LOCATION", 0) X(kLock, "LOCK", 0) X(kLogical, "LOGICAL", 0)                      \
  X(kLowPriority, "LOW_PRIORITY", 0) X(kMap, "MAP", 0) X(kMatch, "MATCH", 0)                     \
  X(kMatched, "MATCHED", 0) X(kMatchAll, "MATCH_ALL", 0) X(kMatchAny, "MATCH_ANY", 0)            \
  X(kMaterialized, "MATERIALIZED", 0) X(kMax, "MAX", 0) X(kMerge, "MERGE", 0)                    \
  X(kMeta, "META", 0) X(kMicrosecond, "MICROSECOND", 0) X(kMillisecond, "MILLISECOND", 0)        \
  X(kMin, "MIN", 0) X(kMinus, "MINUS", 0) X(kMinute, "MINUTE", 0) X(kMinutes, "MINUTES", 0)      \
  X(kMod, "MOD", 1) X(kMode, "MODE", 0) X(kModify, "MODIFY", 0) X(kMonth, "MONTH", 0)            \
  X(kMultiple, "MULTIPLE", 0) X(kName, "NAME", 0) X(kNames, "NAMES", 0) X(kNo, "NO", 0)          \
  X(kNodes, "NODES", 0) X(kNone, "NONE", 0) X(kNot, "NOT", 1) X(kNull, "NULL", 1)                \
  X(kNulls, "NULLS", 0) X(kNumber, "NUMBER", 0) X(kNumeric, "NUMERIC", 0) X(kOf, "OF", 0)        \
  X(kOff, "OFF", 0) X(kOffset, "OFFSET", 0) X(kOn, "ON", 1) X(kOnly, "ONLY", 0)                  \
  X(kOpen, "OPEN", 0) X(kOptimize, "OPTIMIZE", 0) X(kOption, "OPTION", 0) X(kOr, "OR", 1)        \
  X(kOrder, "ORDER", 1) X(kOuter, "OUTER", 1) X(kOutfile, "OUTFILE", 1) X(kOver, "OVER", 1)      \
  X(kOverwrite, "OVERWRITE", 0) X(kPartition, "PARTITION", 1) X(kPartitions, "PARTITIONS", 0)    \
  X(kPassword, "PASSWORD", 0) X(kPause, "PAUSE", 0) X(kPercentile, "PERCENTILE", 0)              \
  X(kPercentileUnion, "PERCENTILE_UNION", 0) X(kPipe, "PIPE", 0) X(kPipes, "PIPES", 0)           \
  X(kPivot, "PIVOT", 0) X(kPlan, "PLAN", 0) X(kPlugin, "PLUGIN", 0) X(kPlugins, "PLUGINS", 0)    \
  X(kPolicies, "POLICIES", 0) X(kPolicy, "POLICY", 0) X(kPreceding, "PRECEDING", 0)              \
  X(kPredicate, "PREDICATE", 0) X(kPrepare, "PREPARE", 0) X(kPrimary, "PRIMARY", 1)              \
  X(kPrivileges, "PRIVILEGES", 0) X(kProc, "PROC", 0) X(kProcedure, "PROCEDURE", 0)              \
  X(kProcesslist, "PROCESSLIST", 0) X(kProfile, "PROFILE", 0) X(kProfilelist, "PROFILELIST", 0)  \
  X(kProperties, "PROPERTIES", 0) X(kProperty, "PROPERTY", 0) X(kProvider, "PROVIDER", 0)        \
  X(kProviders, "PROVIDERS", 0) X(kQualify, "QUALIFY", 0) X(kQuarter, "QUARTER", 0)              \
  X(kQueries, "QUERIES", 0) X(kQuery, "QUERY", 0) X(kRandom, "RANDOM", 0) X(kRange, "RANGE", 0)  \
  X(kRead, "READ", 0) X(kRecover, "RECOVER", 0) X(kRecursive, "RECURSIVE", 0)                    \
  X(kRefresh, "REFRESH", 0) X(kRegexp, "REGEXP", 1) X(kRelease, "RELEASE", 0)                    \
  X(kRename, "RENAME", 0) X(kRepeatable, "REPEATABLE", 0) X(kReplace, "REPLACE", 1)              \
  X(kReplaceIfNotNull, "REPLACE_IF_NOT_NULL", 0) X(kRepositories, "REPOSITORIES", 0)             \
  X(kRepository, "REPOSITORY", 0) X(kResource, "RESOURCE", 0) X(kResources, "RESOURCES", 0)      \
  X(kRestore, "RESTORE", 0) X(kResume, "RESUME", 0) X(kRetain, "RETAIN", 0)                      \
  X(kRetention, "RETENTION", 0) X(kRevert, "REVERT", 0) X(kRevoke, "REVOKE", 1)                  \
  X(kRight, "RIGHT", 1) X(kRlike, "RLIKE", 1) X(kRole, "ROLE", 0) X(kRoles, "ROLES", 0)          \
  X(kRollback, "ROLLBACK", 0) X(kRollup, "ROLLUP", 0) X(kRoutine, "ROUTINE", 0)                  \
  X(kRow, "ROW", 0) X(kRows, "ROWS", 0) X(kRule, "RULE", 0) X(kRules, "RULES", 0)                \
  X(kRunning, "RUNNING", 0) X(kSample, "SAMPLE", 0) X(kSavepoint, "SAVEPOINT", 0)                \
  X(kScheduler, "SCHEDULER", 0) X(kSchema, "SCHEMA", 0) X(kSchemas, "SCHEMAS", 0)                \
  X(kSecond, "SECOND", 0) X(kSecurity, "SECURITY", 0) X(kSelect, "SELECT", 1)                    \
  X(kSemi, "SEMI", 0) X(kSeparator, "SEPARATOR", 0) X(kSerializable, "SERIALIZABLE", 0)          \
  X(kSession, "SESSION", 0) X(kSet, "SET", 1) X(kSets, "SETS", 0) X(kShow, "SHOW", 1)            \
  X(kSigned, "SIGNED", 0) X(kSmallint, "SMALLINT", 0) X(kSnapshot, "SNAPSHOT", 0)                \
  X(kSnapshots, "SNAPSHOTS", 0) X(kSplit, "SPLIT", 0) X(kSqlblacklist, "SQLBLACKLIST", 0)        \
  X(kStarrocks, "STARROCKS", 0) X(kStart, "START", 0) X(kStats, "STATS", 0)                      \
  X(kStatus, "STATUS", 0) X(kStop, "STOP", 0) X(kStorage, "STORAGE", 0) X(kStream, "STREAM", 0)  \
  X(kString, "STRING", 0) X(kStruct, "STRUCT", 0) X(kSubmit, "SUBMIT", 0) X(kSum, "SUM", 0)      \
  X(kSuspend, "SUSPEND", 0) X(kSwap, "SWAP", 0) X(kSync, "SYNC", 0) X(kSystem, "SYSTEM", 0)      \
  X(kSystemTime, "SYSTEM_TIME", 0) X(kTable, "TABLE", 1) X(kTables, "TABLES", 0)                 \
  X(kTablet, "TABLET", 0) X(kTablets, "TABLETS", 0) X(kTag, "TAG", 0) X(kTask, "TASK", 0)        \
  X(kTemporary, "TEMPORARY", 0) X(kText, "TEXT", 0) X(kThen, "THEN", 1) X(kTime, "TIME", 0)      \
  X(kTimestamp, "TIMESTAMP", 0) X(kTimestampadd, "TIMESTAMPADD", 0)                              \
  X(kTimestampdiff, "TIMESTAMPDIFF", 0) X(kTinyint, "TINYINT", 0) X(kTo, "TO", 1)                \
  X(kTrace, "TRACE", 0) X(kTrailing, "TRAILING", 0) X(kTransaction, "TRANSACTION", 0)            \
  X(kTranslate, "TRANSLATE", 0)                                                                  \
  X(kTriggers, "TRIGGERS", 0) X(kTrue, "TRUE", 1) X(kTruncate, "TRUNCATE", 0)                    \
  X(kTryCast, "TRY_CAST", 0) X(kUnbounded, "UNBOUNDED", 0) X(kUncommitted, "UNCOMMITTED", 0)     \
  X(kUninstall, "UNINSTALL", 0) X(kUnion, "UNION", 1) X(kUnique, "UNIQUE", 1)                    \
  X(kUnlock, "UNLOCK", 0) X(kUnset, "UNSET", 0) X(kUnsigned, "UNSIGNED", 0)                      \
  X(kUpdate, "UPDATE", 1) X(kUsage, "USAGE", 0) X(kUse, "USE", 1) X(kUser, "USER", 0)            \
  X(kUsers, "USERS", 0) X(kUsing, "USING", 1) X(kValues, "VALUES", 1)                            \
  X(kVarbinary, "VARBINARY", 0) X(kVarchar, "VARCHAR", 0) X(kVariables, "VARIABLES", 0)          \
  X(kVariant, "VARIANT", 0) X(kVerbose, "VERBOSE", 0) X(kVersion, "VERSION", 0)                  \
  X(kView, "VIEW", 0) X(kViews, "VIEWS", 0) X(kVolume, "VOLUME", 0) X(kVolumes, "VOLUMES", 0)    \
  X(kWarehouse, "WAREHOUSE", 0) X(kWarehouses, "WAREHOUSES", 0) X(kWarnings, "WARNINGS", 0)      \
  X(kWeek, "WEEK", 0) X(kWhen, "WHEN", 1) X(kWhere, "WHERE", 1) X(kWindow, "WINDOW", 0)          \
  X(kWith, "WITH", 1)                                                                            \
  X(kWork, "WORK", 0) X(kWrite, "WRITE", 0) X(kXor, "XOR", 1) X(kYear, "YEAR", 0)

enum class Keyword : uint16_t {
  kNotAKeyword,
#define FIRN_KEYWORD_ENUMERATOR(name, word, reserved) name,
  FIRN_KEYWORDS(FIRN_KEYWORD_ENUMERATOR)
#undef FIRN_KEYWORD_ENUMERATOR
  kCount,
};

/// The keyword spelled so, in any case; kNotAKeyword if there is none.
Keyword FindKeyword(std::string_view word);

/// "SELECT".
std::string_view KeywordText(Keyword keyword);

/// Whether a bare word of it cannot be a name.
bool IsReserved(Keyword keyword);

/// Whether a reserved word names a function when a parenthesis follows: LEFT(…), IF(…).
bool IsCallable(Keyword keyword);

}  // namespace firn::sql
