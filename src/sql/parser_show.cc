#include <fmt/format.h>

#include "sql/parser_internal.h"

/// SHOW and its relatives: ADMIN SHOW, ANALYZE, CALL.

namespace firn::sql {
namespace {

// SHOW followed by one word that tells all.
std::optional<ShowKind> OneWordKind(Keyword keyword) {
  switch (keyword) {
    case Keyword::kAuthors: return ShowKind::kAuthors;
    case Keyword::kBackends: return ShowKind::kBackends;
    case Keyword::kBaseline: return ShowKind::kBaseline;
    case Keyword::kBroker: return ShowKind::kBroker;
    case Keyword::kCatalogs: return ShowKind::kCatalogs;
    case Keyword::kCharset: return ShowKind::kCharset;
    case Keyword::kCollation: return ShowKind::kCollation;
    case Keyword::kData: return ShowKind::kData;
    case Keyword::kDatabases:
    case Keyword::kSchemas: return ShowKind::kDatabases;
    case Keyword::kDelete: return ShowKind::kDelete;
    case Keyword::kEngines: return ShowKind::kEngines;
    case Keyword::kErrors: return ShowKind::kErrors;
    case Keyword::kEvents: return ShowKind::kEvents;
    case Keyword::kExport: return ShowKind::kExport;
    case Keyword::kFrontends: return ShowKind::kFrontends;
    case Keyword::kFunctions: return ShowKind::kFunctions;
    case Keyword::kLoad: return ShowKind::kLoad;
    case Keyword::kPartitions: return ShowKind::kPartitions;
    case Keyword::kPipes: return ShowKind::kPipes;
    case Keyword::kPlugins: return ShowKind::kPlugins;
    case Keyword::kPrivileges: return ShowKind::kPrivileges;
    case Keyword::kProfilelist: return ShowKind::kProfilelist;
    case Keyword::kRepositories: return ShowKind::kRepositories;
    case Keyword::kResources: return ShowKind::kResources;
    case Keyword::kRoles: return ShowKind::kRoles;
    case Keyword::kSnapshot: return ShowKind::kSnapshot;
    case Keyword::kSqlblacklist: return ShowKind::kSqlBlacklist;
    case Keyword::kStatus: return ShowKind::kStatus;
    case Keyword::kTables: return ShowKind::kTables;
    case Keyword::kTransaction: return ShowKind::kTransaction;
    case Keyword::kTriggers: return ShowKind::kTriggers;
    case Keyword::kUser:
    case Keyword::kUsers: return ShowKind::kUsers;
    case Keyword::kVariables: return ShowKind::kVariables;
    case Keyword::kViews: return ShowKind::kViews;
    case Keyword::kWarehouses: return ShowKind::kWarehouses;
    case Keyword::kWarnings: return ShowKind::kWarnings;
    default: return std::nullopt;
  }
}

// SHOW followed by two words.
struct TwoWords {
  Keyword first;
  Keyword second;
  ShowKind kind;
};
constexpr TwoWords kTwoWordKinds[] = {
    {Keyword::kAll, Keyword::kAuthentication, ShowKind::kAuthentication},
    {Keyword::kAnalyze, Keyword::kJob, ShowKind::kAnalyzeJob},
    {Keyword::kAnalyze, Keyword::kStatus, ShowKind::kAnalyzeStatus},
    {Keyword::kCharacter, Keyword::kSet, ShowKind::kCharset},
    {Keyword::kChar, Keyword::kSet, ShowKind::kCharset},
    {Keyword::kCompute, Keyword::kNodes, ShowKind::kComputeNodes},
    {Keyword::kDatacache, Keyword::kRules, ShowKind::kDataCacheRules},
    {Keyword::kFunction, Keyword::kStatus, ShowKind::kFunctionStatus},
    {Keyword::kGroup, Keyword::kProviders, ShowKind::kGroupProviders},
    {Keyword::kHistogram, Keyword::kMeta, ShowKind::kHistogramMeta},
    {Keyword::kMaterialized, Keyword::kViews, ShowKind::kMaterializedViews},
    {Keyword::kOpen, Keyword::kTables, ShowKind::kOpenTables},
    {Keyword::kProcedure, Keyword::kStatus, ShowKind::kProcedureStatus},
    {Keyword::kResource, Keyword::kGroups, ShowKind::kResourceGroups},
    {Keyword::kRoutine, Keyword::kLoad, ShowKind::kRoutineLoad},
    {Keyword::kRunning, Keyword::kQueries, ShowKind::kRunningQueries},
    {Keyword::kSecurity, Keyword::kIntegrations, ShowKind::kSecurityIntegrations},
    {Keyword::kStats, Keyword::kMeta, ShowKind::kStatsMeta},
    {Keyword::kStorage, Keyword::kVolumes, ShowKind::kStorageVolumes},
    {Keyword::kStream, Keyword::kLoad, ShowKind::kStreamLoad},
    {Keyword::kTable, Keyword::kStatus, ShowKind::kTableStatus},
    {Keyword::kTemporary, Keyword::kTables, ShowKind::kTemporaryTables},
};

constexpr Keyword kUsualSubjects[] = {
    Keyword::kCatalogs, Keyword::kDatabases,   Keyword::kSchemas,    Keyword::kTables,
    Keyword::kColumns,  Keyword::kCreate,      Keyword::kVariables,  Keyword::kStatus,
    Keyword::kGrants,   Keyword::kProcesslist, Keyword::kWarnings,   Keyword::kErrors,
    Keyword::kEngines,  Keyword::kFunctions,   Keyword::kPartitions, Keyword::kFull,
    Keyword::kGlobal,   Keyword::kSession,     Keyword::kTable,      Keyword::kIndex,
    Keyword::kCharset,  Keyword::kCollation,   Keyword::kProfilelist};

}  // namespace

Result<StatementPtr> Parser::ParseShow() {
  auto show = Start<ShowStatement>(position());
  Advance();
  FIRN_TRY(ParseShowSubject(*show));
  FIRN_TRY(ParseShowTail(*show));
  return StatementPtr(std::move(show));
}

Status Parser::ParseShowSubject(ShowStatement& show) {
  const Token next = Peek();
  for (const TwoWords& words : kTwoWordKinds) {
    if (!Is(words.first) || next.keyword != words.second) continue;
    Advance();
    Advance();
    show.show = words.kind;
    show.full = words.first == Keyword::kAll;
    return ParseShowFrom(show);
  }
  switch (current_.keyword) {
    case Keyword::kFull: return ParseShowFull(show);
    case Keyword::kCreate: return ParseShowCreate(show);
    case Keyword::kGrants: return ParseShowGrants(show);
    case Keyword::kColumns:
    case Keyword::kFields: return ParseShowColumns(show, ShowKind::kColumns);
    case Keyword::kIndex:
    case Keyword::kIndexes:
    case Keyword::kKey:
    case Keyword::kKeys: return ParseShowColumns(show, ShowKind::kIndex);
    case Keyword::kProcesslist: return ParseShowProcesslist(show);
    case Keyword::kAlter: return ParseShowAlter(show);
    case Keyword::kGlobal:
    case Keyword::kSession:
    case Keyword::kLocal:
    case Keyword::kVerbose:
      if (next.keyword == Keyword::kFunctions || next.keyword == Keyword::kResource) break;
      show.scope = *AcceptScope();
      if (!AtAny({Keyword::kVariables, Keyword::kStatus})) return Fail();
      return ParseShowSubject(show);
    default: break;
  }
  if ((Is(Keyword::kBuiltin) || Is(Keyword::kGlobal)) && next.keyword == Keyword::kFunctions) {
    show.modifier = KeywordText(current_.keyword);
    Advance();
    return ParseShowSubject(show);
  }
  if (Is(Keyword::kUsage) && next.keyword == Keyword::kResource) {
    Advance();
    Advance();
    FIRN_TRY(Expect(Keyword::kGroups));
    show.show = ShowKind::kUsageResourceGroups;
    return Ok();
  }
  if (Is(Keyword::kMultiple)) {
    Advance();
    FIRN_TRY(Expect(Keyword::kColumns));
    FIRN_TRY(Expect(Keyword::kStats, Keyword::kMeta));
    show.show = ShowKind::kMultiColumnStatsMeta;
    return Ok();
  }
  if (Is(Keyword::kProc)) {
    Advance();
    show.show = ShowKind::kProc;
    FIRN_ASSIGN_OR_RETURN(show.text, ParseString());
    return Ok();
  }
  if (Is(Keyword::kProperty) || Is(Keyword::kProperties) || Is(Keyword::kAuthentication)) {
    show.show = Is(Keyword::kAuthentication) ? ShowKind::kAuthentication : ShowKind::kProperty;
    Advance();
    if (Accept(Keyword::kFor)) {
      FIRN_ASSIGN_OR_RETURN(const UserName user, ParseUserName());
      show.text = user.ToString();
    }
    return Ok();
  }
  if (Is(Keyword::kAnalyze)) {
    Advance();
    show.show = ShowKind::kAnalyzeStatus;
    return Ok();
  }
  if (Is(Keyword::kTablet) || Is(Keyword::kTablets))
    return UnsupportedStatement("SHOW TABLET", "Iceberg tables have no tablets.");
  const std::optional<ShowKind> kind = OneWordKind(current_.keyword);
  if (!kind) {
    for (const Keyword keyword : kUsualSubjects) expected_.Add(keyword);
    return Fail();
  }
  show.show = *kind;
  Advance();
  if (*kind == ShowKind::kPartitions || *kind == ShowKind::kData) {
    if (!Accept(Keyword::kFrom)) return *kind == ShowKind::kData ? Ok() : Status(Fail());
    FIRN_ASSIGN_OR_RETURN(show.target, ParseObjectName());
    return Ok();
  }
  return ParseShowFrom(show);
}

// {FROM | IN} db
Status Parser::ParseShowFrom(ShowStatement& show) {
  if (!Accept(Keyword::kFrom) && !Accept(Keyword::kIn)) return Ok();
  FIRN_ASSIGN_OR_RETURN(show.from, ParseObjectName());
  return Ok();
}

// FULL {TABLES | COLUMNS | FIELDS | PROCESSLIST | FUNCTIONS | TRIGGERS | VIEWS}
Status Parser::ParseShowFull(ShowStatement& show) {
  Advance();
  const bool known =
      AtAny({Keyword::kTables, Keyword::kColumns, Keyword::kFields, Keyword::kProcesslist,
             Keyword::kFunctions, Keyword::kTriggers, Keyword::kBuiltin, Keyword::kGlobal});
  if (!known) return Fail();
  show.full = true;
  return ParseShowSubject(show);
}

Status Parser::ParseShowCreate(ShowStatement& show) {
  Advance();
  if (Accept(Keyword::kCatalog)) {
    show.show = ShowKind::kCreateCatalog;
    ObjectName name;
    name.position = position();
    FIRN_ASSIGN_OR_RETURN(std::string part, ParseNameOrString());
    name.parts.push_back(std::move(part));
    show.target = std::move(name);
    return Ok();
  }
  if (Accept(Keyword::kTable)) {
    show.show = ShowKind::kCreateTable;
  } else if (Accept(Keyword::kView)) {
    show.show = ShowKind::kCreateView;
  } else if (Accept(Keyword::kMaterialized)) {
    FIRN_TRY(Expect(Keyword::kView));
    show.show = ShowKind::kCreateMaterializedView;
  } else if (Accept(Keyword::kDatabase) || Accept(Keyword::kSchema)) {
    show.show = ShowKind::kCreateDatabase;
  } else {
    return RefuseKnownStatement();
  }
  FIRN_TRY(ParseIfNotExists());  // MySQL's SHOW CREATE DATABASE IF NOT EXISTS.
  FIRN_ASSIGN_OR_RETURN(show.target, ParseObjectName());
  return Ok();
}

// GRANTS [FOR {user | ROLE r | CURRENT_USER [()]}]
Status Parser::ParseShowGrants(ShowStatement& show) {
  Advance();
  show.show = ShowKind::kGrants;
  if (!Accept(Keyword::kFor)) return Ok();
  if (Accept(Keyword::kRole)) {
    show.modifier = "ROLE";
    FIRN_ASSIGN_OR_RETURN(show.text, ParseNameOrString());
    return Ok();
  }
  if (Is(Keyword::kUser) && Peek().symbol != Symbol::kAt) Advance();
  FIRN_ASSIGN_OR_RETURN(const UserName user, ParseUserName());
  show.for_current_user = user.current;
  if (!user.current) show.text = user.ToString();
  return Ok();
}

// {COLUMNS | FIELDS | INDEX …} {FROM | IN} t [{FROM | IN} db]
Status Parser::ParseShowColumns(ShowStatement& show, ShowKind kind) {
  Advance();
  show.show = kind;
  if (!AtAny({Keyword::kFrom, Keyword::kIn})) return Fail();
  Advance();
  FIRN_ASSIGN_OR_RETURN(show.target, ParseObjectName());
  return ParseShowFrom(show);
}

Status Parser::ParseShowProcesslist(ShowStatement& show) {
  Advance();
  show.show = ShowKind::kProcesslist;
  if (!Accept(Keyword::kFor)) return Ok();
  FIRN_ASSIGN_OR_RETURN(show.text, ParseNameOrString());
  return Ok();
}

// ALTER TABLE {COLUMN | ROLLUP | OPTIMIZE} [{FROM | IN} db], ALTER MATERIALIZED VIEW
Status Parser::ParseShowAlter(ShowStatement& show) {
  Advance();
  show.show = ShowKind::kAlterTable;
  if (Accept(Keyword::kMaterialized)) {
    FIRN_TRY(Expect(Keyword::kView));
    show.modifier = "MATERIALIZED VIEW";
    return ParseShowFrom(show);
  }
  FIRN_TRY(Expect(Keyword::kTable));
  if (!AtAny({Keyword::kColumn, Keyword::kRollup, Keyword::kOptimize})) return Fail();
  show.modifier = KeywordText(current_.keyword);
  Advance();
  return ParseShowFrom(show);
}

// [LIKE 'p'] [WHERE e] [ORDER BY …] [LIMIT …]
Status Parser::ParseShowTail(ShowStatement& show) {
  if (Accept(Keyword::kLike)) {
    FIRN_ASSIGN_OR_RETURN(show.pattern, ParseString());
  }
  if (Accept(Keyword::kWhere)) {
    FIRN_ASSIGN_OR_RETURN(show.where, ParseExpr());
  }
  if (Accept(Keyword::kOrder)) {
    FIRN_TRY(Expect(Keyword::kBy));
    FIRN_ASSIGN_OR_RETURN(show.order_by, ParseOrderItems());
  }
  return ParseLimit(show.limit, show.offset);
}

// ADMIN {SHOW | SET} FRONTEND CONFIG
Result<StatementPtr> Parser::ParseAdmin() {
  const Position where = position();
  Advance();
  if (Accept(Keyword::kShow)) {
    if (!Is(Keyword::kFrontend))
      return UnsupportedStatement("ADMIN SHOW of this kind",
                                  "ADMIN SHOW FRONTEND CONFIG is supported.");
    FIRN_TRY(Expect(Keyword::kFrontend, Keyword::kConfig));
    auto show = Start<ShowStatement>(where);
    show->show = ShowKind::kFrontendConfig;
    FIRN_TRY(ParseShowTail(*show));
    return StatementPtr(std::move(show));
  }
  if (Accept(Keyword::kSet)) {
    if (!Is(Keyword::kFrontend)) return UnsupportedStatement("ADMIN SET of this kind");
    FIRN_TRY(Expect(Keyword::kFrontend, Keyword::kConfig));
    auto statement = Start<AdminSetConfigStatement>(where);
    FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
    return StatementPtr(std::move(statement));
  }
  if (current_.kind == TokenKind::kWord)
    return UnsupportedStatement(fmt::format("ADMIN {}", lexer_.TextOf(current_)));
  return Fail();
}

// ANALYZE PROFILE FROM 'query id' [, plan node …], behind ANALYZE.
Result<StatementPtr> Parser::ParseAnalyzeProfile(Position where) {
  auto statement = Start<AnalyzeProfileStatement>(where);
  Advance();
  FIRN_TRY(Expect(Keyword::kFrom));
  FIRN_ASSIGN_OR_RETURN(statement->query_id, ParseString());
  while (Accept(Symbol::kComma)) {
    FIRN_ASSIGN_OR_RETURN(statement->nodes.emplace_back(), ParseInteger());
  }
  return statement;
}

// ANALYZE [FULL | SAMPLE] TABLE t [(cols) | ALL COLUMNS | PREDICATE COLUMNS] [WITH {SYNC | ASYNC}
// MODE] [PROPERTIES (…)]
Result<StatementPtr> Parser::ParseAnalyze() {
  auto statement = Start<AnalyzeTableStatement>(position());
  Advance();
  if (Is(Keyword::kProfile)) return ParseAnalyzeProfile(statement->position);
  if (Accept(Keyword::kSample)) {
    statement->sample = true;
  } else {
    Accept(Keyword::kFull);
  }
  FIRN_TRY(Expect(Keyword::kTable));
  FIRN_ASSIGN_OR_RETURN(statement->table, ParseObjectName());
  if (Is(Keyword::kUpdate) || Is(Keyword::kDrop))
    return UnsupportedStatement("ANALYZE TABLE … HISTOGRAM");
  if (At(Symbol::kLeftParen)) {
    FIRN_ASSIGN_OR_RETURN(statement->columns, ParseNameList());
  } else if (AtAny({Keyword::kAll, Keyword::kPredicate})) {
    Advance();
    FIRN_TRY(Expect(Keyword::kColumns));
  } else if (Accept(Keyword::kMultiple)) {
    FIRN_TRY(Expect(Keyword::kColumns));
    FIRN_ASSIGN_OR_RETURN(statement->columns, ParseNameList());
  }
  if (Is(Keyword::kPartition) || Is(Keyword::kPartitions)) {
    FIRN_TRY(ParsePartitionNames());
  }
  if (Accept(Keyword::kWith)) {
    if (!AtAny({Keyword::kSync, Keyword::kAsync})) return Fail();
    Advance();
    FIRN_TRY(Expect(Keyword::kMode));
  }
  if (Accept(Keyword::kProperties)) {
    FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  }
  return StatementPtr(std::move(statement));
}

// CALL [catalog.]system.procedure(name = value, …)
Result<StatementPtr> Parser::ParseCallStatement() {
  auto statement = Start<CallStatement>(position());
  Advance();
  FIRN_ASSIGN_OR_RETURN(statement->procedure, ParseObjectName());
  FIRN_ASSIGN_OR_RETURN(statement->arguments, ParseProcedureArguments());
  return StatementPtr(std::move(statement));
}

}  // namespace firn::sql
