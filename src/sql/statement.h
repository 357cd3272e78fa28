#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "sql/query.h"

/// Statements of the syntax tree: a kind, and one struct a kind.
///
/// Switch over `statement.kind` and cast with As<T>(). Immutable once parsed. Names are as written;
/// nothing is resolved. What the parser accepts and Firn does not do (key descriptions, bucketing,
/// …) is kept in named fields, so that the room that executes can refuse it in its own words.

namespace firn::sql {

enum class StatementKind : uint8_t {
  kQuery,
  kExplain,
  // catalogs and databases
  kCreateCatalog,
  kAlterCatalog,
  kDropCatalog,
  kSetCatalog,
  kUse,
  kCreateDatabase,
  kDropDatabase,
  kAlterDatabase,
  // tables and views
  kCreateTable,
  kCreateTableLike,
  kDropTable,
  kAlterTable,
  kTruncateTable,
  kRefreshTable,
  kCreateView,
  kAlterView,
  kDropView,
  // rows
  kInsert,
  kDelete,
  kUpdate,
  kMerge,
  // looking
  kShow,
  kDescribe,
  // session
  kSet,
  kSetRole,
  kSetDefaultRole,
  kKill,
  kBegin,
  kCommit,
  kRollback,
  kPrepare,
  kExecute,
  kDeallocate,
  kLockTables,
  kUnlockTables,
  kExecuteAs,
  // users
  kCreateUser,
  kAlterUser,
  kDropUser,
  kCreateRole,
  kDropRole,
  kGrantPrivileges,
  kRevokePrivileges,
  kGrantRoles,
  kRevokeRoles,
  // the rest
  kAnalyzeTable,
  kAnalyzeProfile,
  kAdminSetConfig,
  kCall,
};

/// "CREATE EXTERNAL CATALOG", "INSERT": for messages, audit records and metrics.
const char* StatementKindName(StatementKind kind);

struct Statement {
  const StatementKind kind;
  Position position;

  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  virtual ~Statement() = default;

 protected:
  explicit Statement(StatementKind k) : kind(k) {}
};
using StatementPtr = std::unique_ptr<const Statement>;

/// "key" = "value". Values may be secrets (a catalog's keys): never print them unmasked.
struct Property {
  Position position;
  std::string key;
  std::string value;
};

struct QueryStatement final : Of<Statement, StatementKind::kQuery> {
  QueryPtr query;
};

enum class ExplainLevel : uint8_t { kNormal, kLogical, kAnalyze, kVerbose, kCosts };

struct ExplainStatement final : Of<Statement, StatementKind::kExplain> {
  ExplainLevel level = ExplainLevel::kNormal;
  StatementPtr statement;  ///< A query, or one that changes rows.
};

// ---- catalogs and databases ----

struct CreateCatalogStatement final : Of<Statement, StatementKind::kCreateCatalog> {
  bool if_not_exists = false;
  std::string name;
  std::optional<std::string> comment;
  std::vector<Property> properties;
};

struct AlterCatalogStatement final : Of<Statement, StatementKind::kAlterCatalog> {
  std::string name;
  std::vector<Property> properties;
};

struct DropCatalogStatement final : Of<Statement, StatementKind::kDropCatalog> {
  bool if_exists = false;
  std::string name;
};

/// SET CATALOG c; also USE 'catalog c'.
struct SetCatalogStatement final : Of<Statement, StatementKind::kSetCatalog> {
  std::string name;
};

/// USE db, USE catalog.db
struct UseStatement final : Of<Statement, StatementKind::kUse> {
  ObjectName name;
};

struct CreateDatabaseStatement final : Of<Statement, StatementKind::kCreateDatabase> {
  bool if_not_exists = false;
  ObjectName name;
  std::vector<Property> properties;
};

struct DropDatabaseStatement final : Of<Statement, StatementKind::kDropDatabase> {
  bool if_exists = false;
  ObjectName name;
  bool force = false;
};

/// ALTER DATABASE db SET (…) | RENAME x
struct AlterDatabaseStatement final : Of<Statement, StatementKind::kAlterDatabase> {
  ObjectName name;
  std::vector<Property> properties;
  std::optional<std::string> new_name;
};

// ---- tables ----

struct ColumnDefinition {
  Position position;
  std::string name;
  TypeName type;
  bool is_key = false;
  std::string aggregate;         ///< SUM, REPLACE, … in upper case, or empty.
  std::optional<bool> nullable;  ///< Absent when neither NULL nor NOT NULL is written.
  ExpressionPtr default_value;   ///< Null when absent; DEFAULT NULL is a literal.
  bool auto_increment = false;
  ExpressionPtr generated;  ///< `c INT AS (expr)`; null when absent.
  std::optional<std::string> comment;
};

/// One term of PARTITION BY, or of ALTER TABLE … PARTITION COLUMN.
struct PartitionTerm {
  Position position;
  ExpressionPtr expression;  ///< As written.
  /// Lower case: "identity" for a bare column, else the function's name; `date_trunc('day', c)` is
  /// "day". Empty when the term has another shape than f(column[, integer]).
  std::string transform;
  std::string column;
  std::optional<int64_t> argument;  ///< Of bucket and truncate.
};

/// Words of native tables, kept so that they can be refused clearly.
struct NativeTableClauses {
  std::string key_kind;  ///< "DUPLICATE KEY", "PRIMARY KEY", …, or empty.
  std::vector<std::string> key_columns;
  std::string distribution;    ///< "HASH(a, b) BUCKETS 3", "RANDOM", or empty.
  std::string partition_kind;  ///< "RANGE" or "LIST" with explicit partitions, or empty.
  bool has_rollup = false;
  bool has_index = false;
};

struct CreateTableStatement final : Of<Statement, StatementKind::kCreateTable> {
  bool temporary = false;
  bool external = false;
  bool if_not_exists = false;
  ObjectName name;
  std::vector<ColumnDefinition> columns;  ///< Empty in CTAS without a list.
  std::vector<std::string>
      column_names;    ///< CTAS with bare names: `CREATE TABLE t (a, b) AS SELECT …`.
  std::string engine;  ///< ENGINE = x, as written, or empty.
  std::optional<std::string> comment;
  std::vector<PartitionTerm> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<Property> properties;
  NativeTableClauses native;
  QueryPtr query;  ///< Null unless AS SELECT.
};

struct CreateTableLikeStatement final : Of<Statement, StatementKind::kCreateTableLike> {
  bool if_not_exists = false;
  bool temporary = false;
  bool external = false;
  ObjectName name;
  ObjectName source;
  std::vector<Property> properties;
};

struct DropTableStatement final : Of<Statement, StatementKind::kDropTable> {
  bool if_exists = false;
  bool temporary = false;
  ObjectName name;
  bool force = false;
};

/// FIRST, AFTER c, or neither.
struct ColumnPlace {
  bool first = false;
  std::string after;  ///< Empty when absent.
};

/// Both forms of ADD COLUMN.
struct AddColumnsClause {
  std::vector<ColumnDefinition> columns;
  ColumnPlace place;  ///< Of the form without parentheses.
};
struct DropColumnClause {
  std::string column;
};
struct RenameColumnClause {
  std::string column;
  std::string new_name;
};
struct ModifyColumnClause {
  ColumnDefinition column;
  ColumnPlace place;
};
struct ModifyColumnCommentClause {
  std::string column;
  std::string comment;
};
/// ADD FIELD / DROP FIELD, of MODIFY COLUMN c: `path` is below the column.
struct AddFieldClause {
  std::string column;
  std::vector<std::string> path;
  TypeName type;
  ColumnPlace place;
};
struct DropFieldClause {
  std::string column;
  std::vector<std::string> path;
};
struct SetPropertiesClause {
  std::vector<Property> properties;
};
struct SetTableCommentClause {
  std::string comment;
};
struct RenameTableClause {
  std::string new_name;
};
struct AddPartitionColumnsClause {
  std::vector<PartitionTerm> terms;
};
struct DropPartitionColumnsClause {
  std::vector<PartitionTerm> terms;
};
/// REPLACE PARTITION COLUMN old WITH new
struct ReplacePartitionColumnClause {
  PartitionTerm old_term;
  PartitionTerm new_term;
};
enum class RefKind : uint8_t { kBranch, kTag };
/// CREATE [OR REPLACE] | REPLACE {BRANCH | TAG}
struct CreateRefClause {
  RefKind ref_kind = RefKind::kBranch;
  bool create = true;  ///< Both false and true with `replace`: REPLACE, CREATE OR REPLACE.
  bool replace = false;
  bool if_not_exists = false;
  std::string name;
  std::optional<int64_t> snapshot_id;
  std::optional<int64_t> max_ref_age_ms;  ///< RETAIN
  std::optional<int64_t> min_snapshots_to_keep;
  std::optional<int64_t> max_snapshot_age_ms;
};
struct DropRefClause {
  RefKind ref_kind = RefKind::kBranch;
  bool if_exists = false;
  std::string name;
};
struct ProcedureArgument {
  Position position;
  std::string name;  ///< Empty when positional.
  ExpressionPtr value;
};
struct ExecuteProcedureClause {
  std::string procedure;
  std::vector<ProcedureArgument> arguments;
  ExpressionPtr where;  ///< Null when absent.
};
struct SwapTableClause {
  std::string other;
};

using AlterTableAction =
    std::variant<AddColumnsClause, DropColumnClause, RenameColumnClause, ModifyColumnClause,
                 ModifyColumnCommentClause, AddFieldClause, DropFieldClause, SetPropertiesClause,
                 SetTableCommentClause, RenameTableClause, AddPartitionColumnsClause,
                 DropPartitionColumnsClause, ReplacePartitionColumnClause, CreateRefClause,
                 DropRefClause, ExecuteProcedureClause, SwapTableClause>;

struct AlterTableClause {
  Position position;
  AlterTableAction action;
};

struct AlterTableStatement final : Of<Statement, StatementKind::kAlterTable> {
  ObjectName name;
  std::vector<AlterTableClause> clauses;  ///< At least one; one commit.
};

struct TruncateTableStatement final : Of<Statement, StatementKind::kTruncateTable> {
  ObjectName name;
  std::vector<std::string> partitions;
};

/// REFRESH EXTERNAL TABLE t [PARTITION ('p', …)]
struct RefreshTableStatement final : Of<Statement, StatementKind::kRefreshTable> {
  ObjectName name;
  std::vector<std::string> partitions;
};

// ---- views ----

struct ViewColumn {
  Position position;
  std::string name;
  std::optional<std::string> comment;
};

struct CreateViewStatement final : Of<Statement, StatementKind::kCreateView> {
  bool or_replace = false;
  bool if_not_exists = false;
  ObjectName name;
  std::vector<ViewColumn> columns;
  std::optional<std::string> comment;
  std::string security;  ///< NONE, INVOKER, or empty.
  std::vector<Property> properties;
  QueryPtr query;
  std::string query_text;  ///< As written.
};

/// ALTER VIEW v AS q | {ADD | MODIFY} DIALECT [d] q | SET (…)
struct AlterViewStatement final : Of<Statement, StatementKind::kAlterView> {
  enum class Action : uint8_t { kReplaceQuery, kAddDialect, kModifyDialect, kSetProperties };
  Action action = Action::kReplaceQuery;
  ObjectName name;
  std::vector<ViewColumn> columns;
  std::optional<std::string> comment;
  std::string dialect;  ///< As written, or empty.
  std::vector<Property> properties;
  QueryPtr query;  ///< Null for kSetProperties.
  std::string query_text;
};

struct DropViewStatement final : Of<Statement, StatementKind::kDropView> {
  bool if_exists = false;
  ObjectName name;
};

// ---- rows ----

struct PartitionValue {
  Position position;
  std::string column;
  ExpressionPtr value;  ///< Null in a dynamic partition: PARTITION (p).
};

struct InsertStatement final : Of<Statement, StatementKind::kInsert> {
  bool overwrite = false;
  ObjectName table;
  std::optional<std::string> branch;  ///< [FOR] VERSION AS OF b
  std::vector<PartitionValue> partition;
  std::optional<std::string> label;
  std::vector<std::string> columns;  ///< Empty when absent.
  bool by_name = false;
  std::vector<Property> properties;
  std::vector<Hint> hints;
  /// LiteralRows when every cell of VALUES is a constant; else a query, VALUES with expressions
  /// being one too (a ValuesBody, in which DEFAULT may stand).
  std::variant<LiteralRows, QueryPtr> source;
};

struct DeleteStatement final : Of<Statement, StatementKind::kDelete> {
  std::vector<CommonTable> with;
  ObjectName table;
  std::string alias;
  std::vector<std::string> partitions;
  std::vector<RelationPtr> using_relations;
  ExpressionPtr where;  ///< Null when absent.
};

struct Assignment {
  Position position;
  std::vector<std::string> target;  ///< c or t.c
  ExpressionPtr value;              ///< May be Default.
};

struct UpdateStatement final : Of<Statement, StatementKind::kUpdate> {
  std::vector<CommonTable> with;
  ObjectName table;
  std::string alias;
  std::vector<Assignment> assignments;
  std::vector<RelationPtr> from;
  ExpressionPtr where;  ///< Null when absent.
};

struct MergeBranch {
  enum class Action : uint8_t { kUpdate, kDelete, kInsert };
  Position position;
  bool matched = true;
  ExpressionPtr condition;  ///< AND …; null when absent.
  Action action = Action::kUpdate;
  std::vector<Assignment> assignments;  ///< kUpdate
  std::vector<std::string> columns;     ///< kInsert; empty when absent.
  std::vector<ExpressionPtr> values;    ///< kInsert
};

struct MergeStatement final : Of<Statement, StatementKind::kMerge> {
  ObjectName table;
  std::string alias;
  RelationPtr source;
  ExpressionPtr on;
  std::vector<MergeBranch> branches;
};

// ---- looking ----

enum class ShowKind : uint8_t {
  kAlterTable,
  kAnalyzeJob,
  kAnalyzeStatus,
  kAuthentication,
  kAuthors,
  kBackends,
  kBaseline,
  kBroker,
  kCatalogs,
  kCharset,
  kCollation,
  kColumns,
  kComputeNodes,
  kCreateCatalog,
  kCreateDatabase,
  kCreateMaterializedView,
  kCreateTable,
  kCreateView,
  kData,
  kDataCacheRules,
  kDatabases,
  kDelete,
  kEngines,
  kErrors,
  kEvents,
  kExport,
  kFrontendConfig /* ADMIN SHOW FRONTEND CONFIG */,
  kFrontends,
  kFunctionStatus,
  kFunctions,
  kGrants,
  kGroupProviders,
  kHistogramMeta,
  kIndex,
  kLoad,
  kMaterializedViews,
  kMultiColumnStatsMeta,
  kOpenTables,
  kPartitions,
  kPipes,
  kPlugins,
  kPrivileges,
  kProc,
  kProcedureStatus,
  kProcesslist,
  kProfilelist,
  kProperty,
  kRepositories,
  kResources,
  kResourceGroups,
  kRoles,
  kRoutineLoad,
  kRunningQueries,
  kSecurityIntegrations,
  kSnapshot,
  kSqlBlacklist,
  kStatsMeta,
  kStatus,
  kStorageVolumes,
  kStreamLoad,
  kTableStatus,
  kTables,
  kTablet,
  kTemporaryTables,
  kTransaction,
  kTriggers,
  kUsageResourceGroups,
  kUsers,
  kVariables,
  kViews,
  kWarehouses,
  kWarnings,
};
/// "SHOW TABLES".
const char* ShowKindName(ShowKind kind);

/// One shape for the whole family; each kind uses the fields its syntax has.
struct ShowStatement final : Of<Statement, StatementKind::kShow> {
  ShowKind show = ShowKind::kTables;
  /// FULL (TABLES, COLUMNS, PROCESSLIST, FUNCTIONS), ALL (GRANTS, AUTHENTICATION).
  bool full = false;
  VariableScope scope = VariableScope::kDefault;  ///< VARIABLES and STATUS.
  std::string modifier;  ///< BUILTIN / GLOBAL FUNCTIONS; TABLE / ALTER … COLUMN, ROLLUP, OPTIMIZE.
  /// The table, view, database or catalog the statement is about.
  std::optional<ObjectName> target;
  /// FROM / IN: the database (of tables, columns) or the catalog (of databases).
  std::optional<ObjectName> from;
  std::string text;  ///< SHOW PROC '/path', PROCESSLIST FOR 'user', a user of GRANTS FOR (u@h).
  bool for_current_user = false;       ///< SHOW GRANTS FOR CURRENT_USER[()].
  std::optional<std::string> pattern;  ///< LIKE
  ExpressionPtr where;
  std::vector<OrderItem> order_by;
  ExpressionPtr limit;
  ExpressionPtr offset;
};

/// DESC[RIBE] t [c | 'pattern'] [ALL]
struct DescribeStatement final : Of<Statement, StatementKind::kDescribe> {
  ObjectName table;
  std::string column;
  bool all = false;
  RelationPtr table_function;  ///< DESC FILES(…): not null, and `table` holds only the word.
};

// ---- session ----

/// A user. Host is "%" when not written.
struct UserName {
  Position position;
  std::string name;
  std::string host = "%";
  bool current = false;  ///< CURRENT_USER()

  std::string ToString() const;  ///< 'u'@'%'
};

/// [GLOBAL | SESSION | LOCAL] v = e, @@scope.v = e. A bare word as value (ON, utf8) arrives as a
/// string literal.
struct SetVariable {
  VariableScope scope = VariableScope::kDefault;
  std::string name;
  ExpressionPtr value;  ///< A Default node for `= DEFAULT`.
};
struct SetUserVariable {
  std::string name;
  ExpressionPtr value;
};
/// SET NAMES cs [COLLATE c]; empty charset for DEFAULT.
struct SetNames {
  std::string charset;
  std::string collation;
};
/// SET CHARACTER SET cs; empty for DEFAULT.
struct SetCharacterSet {
  std::string charset;
};
/// SET [scope] TRANSACTION ISOLATION LEVEL l | READ ONLY | READ WRITE
struct SetTransaction {
  VariableScope scope = VariableScope::kDefault;
  std::string isolation;  ///< "READ COMMITTED", or empty.
  std::optional<bool> read_only;
};
/// SET PASSWORD [FOR u] = PASSWORD('…') | '…'
struct SetPassword {
  std::optional<UserName> user;
  Secret password;  ///< Plain text for PASSWORD('…'), the *HEX hash for '…'.
  bool is_hash = false;
};
/// SET PROPERTY [FOR u] 'k' = 'v', …
struct SetUserProperty {
  std::optional<UserName> user;
  std::vector<Property> properties;
};
/// SET [SESSION] WAREHOUSE [=] w
struct SetWarehouse {
  std::string name;
};

struct SetItem {
  Position position;
  std::variant<SetVariable, SetUserVariable, SetNames, SetCharacterSet, SetTransaction, SetPassword,
               SetUserProperty, SetWarehouse>
      action;
};

struct SetStatement final : Of<Statement, StatementKind::kSet> {
  std::vector<SetItem> items;  ///< At least one.
};

/// SET ROLE r, s | DEFAULT | NONE | ALL [EXCEPT r]
struct SetRoleStatement final : Of<Statement, StatementKind::kSetRole> {
  enum class Which : uint8_t { kListed, kDefault, kNone, kAll };
  Which which = Which::kListed;
  std::vector<std::string> roles;  ///< For kAll: those excepted.
};

/// SET DEFAULT ROLE {NONE | ALL | r, s} TO u
struct SetDefaultRoleStatement final : Of<Statement, StatementKind::kSetDefaultRole> {
  SetRoleStatement::Which which = SetRoleStatement::Which::kListed;
  std::vector<std::string> roles;
  UserName user;
};

/// KILL [CONNECTION | QUERY] {id | 'query id'}
struct KillStatement final : Of<Statement, StatementKind::kKill> {
  bool query_only = false;  ///< KILL alone and KILL CONNECTION end the connection.
  std::optional<uint64_t> connection_id;
  std::string query_id;
};

struct BeginStatement final : Of<Statement, StatementKind::kBegin> {
  std::optional<std::string> label;
  bool read_only = false;
};
struct CommitStatement final : Of<Statement, StatementKind::kCommit> {};
struct RollbackStatement final : Of<Statement, StatementKind::kRollback> {};

/// PREPARE n FROM {'sql' | statement}
struct PrepareStatement final : Of<Statement, StatementKind::kPrepare> {
  std::string name;
  /// What to prepare, as text in both forms; already seen to parse in the second.
  std::string text;
};
/// EXECUTE n [USING @a, @b]
struct ExecuteStatement final : Of<Statement, StatementKind::kExecute> {
  std::string name;
  std::vector<std::string> variables;
};
struct DeallocateStatement final : Of<Statement, StatementKind::kDeallocate> {
  std::string name;
};

struct LockTablesStatement final : Of<Statement, StatementKind::kLockTables> {
  std::vector<ObjectName> tables;
};
struct UnlockTablesStatement final : Of<Statement, StatementKind::kUnlockTables> {};

/// EXECUTE AS u [WITH NO REVERT]
struct ExecuteAsStatement final : Of<Statement, StatementKind::kExecuteAs> {
  UserName user;
  bool no_revert = false;
};

// ---- users ----

/// IDENTIFIED BY [PASSWORD] '…' | WITH plugin [BY | AS '…']
struct Authentication {
  std::string plugin;  ///< Empty when not named.
  Secret text;
  bool is_hash = false;  ///< After BY PASSWORD and AS.
};

struct CreateUserStatement final : Of<Statement, StatementKind::kCreateUser> {
  bool if_not_exists = false;
  UserName user;
  std::optional<Authentication> authentication;
  std::vector<std::string> default_roles;
  std::vector<Property> properties;
};

struct AlterUserStatement final : Of<Statement, StatementKind::kAlterUser> {
  bool if_exists = false;
  UserName user;
  std::optional<Authentication> authentication;
  std::optional<SetRoleStatement::Which> default_role;
  std::vector<std::string> default_roles;
  std::vector<Property> properties;
};

struct DropUserStatement final : Of<Statement, StatementKind::kDropUser> {
  bool if_exists = false;
  UserName user;
};

struct CreateRoleStatement final : Of<Statement, StatementKind::kCreateRole> {
  bool if_not_exists = false;
  std::vector<std::string> roles;
  std::optional<std::string> comment;
};

struct DropRoleStatement final : Of<Statement, StatementKind::kDropRole> {
  bool if_exists = false;
  std::vector<std::string> roles;
};

/// A user, a role or a group that privileges or roles go to.
struct Grantee {
  enum class Kind : uint8_t { kUser, kRole, kGroup };
  Kind kind = Kind::kUser;
  UserName user;     ///< kUser
  std::string name;  ///< kRole, kGroup
};

/// What a privilege is on: `TABLE db.t`, `ALL TABLES IN DATABASE db`, `CATALOG c`, `SYSTEM`.
struct PrivilegeObject {
  std::string type;  ///< Singular, upper case: TABLE, DATABASE, CATALOG, VIEW, SYSTEM, USER, …
  bool all = false;  ///< ALL TABLES …
  bool in_all_databases = false;  ///< … IN ALL DATABASES
  std::string in_database;        ///< … IN DATABASE db
  std::vector<ObjectName> names;  ///< Parts may be "*".
  std::vector<UserName> users;    ///< For type USER.
};

struct GrantPrivilegesStatement final : Of<Statement, StatementKind::kGrantPrivileges> {
  std::vector<std::string> privileges;  ///< Upper case; "ALL" for ALL [PRIVILEGES].
  PrivilegeObject object;
  Grantee grantee;
  bool with_grant_option = false;
};
struct RevokePrivilegesStatement final : Of<Statement, StatementKind::kRevokePrivileges> {
  std::vector<std::string> privileges;
  PrivilegeObject object;
  Grantee grantee;
};
struct GrantRolesStatement final : Of<Statement, StatementKind::kGrantRoles> {
  std::vector<std::string> roles;
  Grantee grantee;
};
struct RevokeRolesStatement final : Of<Statement, StatementKind::kRevokeRoles> {
  std::vector<std::string> roles;
  Grantee grantee;
};

// ---- the rest ----

struct AnalyzeTableStatement final : Of<Statement, StatementKind::kAnalyzeTable> {
  bool sample = false;
  ObjectName table;
  std::vector<std::string> columns;
  std::vector<Property> properties;
};

/// ANALYZE PROFILE FROM 'query id' [, plan node …]
struct AnalyzeProfileStatement final : Of<Statement, StatementKind::kAnalyzeProfile> {
  std::string query_id;
  std::vector<std::int64_t> nodes;
};

/// ADMIN SET FRONTEND CONFIG ("k" = "v")
struct AdminSetConfigStatement final : Of<Statement, StatementKind::kAdminSetConfig> {
  std::vector<Property> properties;
};

/// CALL [catalog.]system.register_table(database_name = …, …)
struct CallStatement final : Of<Statement, StatementKind::kCall> {
  ObjectName procedure;
  std::vector<ProcedureArgument> arguments;
};

}  // namespace firn::sql
