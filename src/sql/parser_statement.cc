#include <fmt/format.h>

#include "sql/parser_internal.h"

/// Which statement begins here.

namespace firn::sql {
namespace {

constexpr std::string_view kNoFunctions = "SHOW FUNCTIONS lists what there is.";

struct Refused {
  std::string_view name;  ///< Empty: not such a statement.
  std::string_view instead;
};

// Statements of StarRocks that Firn knows by their first word and does not do, and what does.
Refused RefusedStatement(Keyword first) {
  constexpr std::string_view kLoads =
      "INSERT INTO t SELECT … from another table, or ALTER TABLE t EXECUTE add_files(…).";
  constexpr std::string_view kSnapshots =
      "Iceberg keeps snapshots: ALTER TABLE t CREATE TAG …, and VERSION AS OF reads it.";
  constexpr std::string_view kPlugins = "Firn has no plugins.";
  constexpr std::string_view kCommits = "Each statement commits by itself.";
  switch (first) {
    case Keyword::kSubmit: return {"SUBMIT TASK", "Run the statement in a session of its own."};
    case Keyword::kBackup: return {"BACKUP", kSnapshots};
    case Keyword::kRestore: return {"RESTORE", kSnapshots};
    case Keyword::kExport: return {"EXPORT", "CREATE TABLE … AS SELECT writes Parquet files."};
    case Keyword::kLoad: return {"LOAD", kLoads};
    case Keyword::kCancel: return {"CANCEL", "KILL QUERY ends a statement."};
    case Keyword::kRecover: return {"RECOVER", kSnapshots};
    case Keyword::kPause: return {"PAUSE ROUTINE LOAD", kLoads};
    case Keyword::kResume: return {"RESUME", kLoads};
    case Keyword::kStop: return {"STOP ROUTINE LOAD", kLoads};
    case Keyword::kSuspend: return {"SUSPEND", "There are no pipes and warehouses to suspend."};
    case Keyword::kInstall: return {"INSTALL PLUGIN", kPlugins};
    case Keyword::kUninstall: return {"UNINSTALL PLUGIN", kPlugins};
    case Keyword::kSync: return {"SYNC", "What is committed is seen by every later statement."};
    case Keyword::kTrace: return {"TRACE", "EXPLAIN ANALYZE tells what a statement took."};
    case Keyword::kTranslate: return {"TRANSLATE", "Write StarRocks' dialect."};
    case Keyword::kHelp: return {"HELP", "See https://docs.starrocks.io for the statements."};
    case Keyword::kCache: return {"CACHE SELECT", "Rows are read from the object store each time."};
    case Keyword::kClean: return {"CLEAN", {}};
    case Keyword::kClear: return {"CLEAR", {}};
    case Keyword::kAdd: return {"ADD", "There is no SQL blacklist."};
    case Keyword::kPlan: return {"PLAN ADVISOR", "EXPLAIN ANALYZE tells what a statement took."};
    case Keyword::kSavepoint: return {"SAVEPOINT", kCommits};
    case Keyword::kRelease: return {"RELEASE SAVEPOINT", kCommits};
    default: return {};
  }
}

// What CREATE, DROP, ALTER and SHOW CREATE may be about in StarRocks, and what there is instead.
std::string_view InsteadOf(Keyword object) {
  switch (object) {
    case Keyword::kResource: return "KILL QUERY and query_timeout bound what a statement takes.";
    case Keyword::kRoutine:
    case Keyword::kPipe:
    case Keyword::kLoad: return "INSERT INTO t SELECT … loads rows.";
    case Keyword::kRepository:
    case Keyword::kSnapshot: return "ALTER TABLE t CREATE TAG … keeps a snapshot.";
    case Keyword::kStorage: return "A catalog's properties name its storage.";
    case Keyword::kWarehouse: return "There is default_warehouse.";
    case Keyword::kTask: return "Run the statement in a session of its own.";
    case Keyword::kSecurity:
    case Keyword::kGroup: return "CREATE USER … IDENTIFIED BY makes an account.";
    case Keyword::kDatacache: return "Nothing of the data is cached.";
    case Keyword::kAnalyze: return "Statistics are taken from the tables' own metadata.";
    case Keyword::kCluster: return "Firn is one process.";
    default: return {};
  }
}

}  // namespace

Result<StatementPtr> Parser::ParseStatement() {
  const Position where = position();
  switch (current_.keyword) {
    case Keyword::kSelect:
    case Keyword::kValues: {
      auto statement = Start<QueryStatement>(where);
      FIRN_ASSIGN_OR_RETURN(statement->query, ParseQuery());
      return StatementPtr(std::move(statement));
    }
    case Keyword::kWith: return ParseWithStatement();
    case Keyword::kInsert: return ParseInsert();
    case Keyword::kDelete: return ParseDelete({});
    case Keyword::kUpdate: return ParseUpdate({});
    case Keyword::kMerge: return ParseMerge();
    case Keyword::kCreate: return ParseCreate();
    case Keyword::kDrop: return ParseDrop();
    case Keyword::kAlter: return ParseAlter();
    case Keyword::kTruncate: return ParseTruncate();
    case Keyword::kRefresh: return ParseRefresh();
    case Keyword::kUse: return ParseUse();
    case Keyword::kShow: return ParseShow();
    case Keyword::kExplain: return ParseExplain();
    case Keyword::kDesc:
    case Keyword::kDescribe: return ParseDescribe();
    case Keyword::kSet: return ParseSet();
    case Keyword::kKill: return ParseKill();
    case Keyword::kBegin:
    case Keyword::kStart: return ParseBegin();
    case Keyword::kCommit:
    case Keyword::kRollback: return ParseTransactionEnd();
    case Keyword::kPrepare: return ParsePrepare();
    case Keyword::kExecute: return ParseExecute();
    case Keyword::kDeallocate: Advance(); return ParseDeallocate(where);
    case Keyword::kLock:
    case Keyword::kUnlock: return ParseLockTables();
    case Keyword::kGrant: return ParseGrantOrRevoke(true);
    case Keyword::kRevoke: return ParseGrantOrRevoke(false);
    case Keyword::kAnalyze: return ParseAnalyze();
    case Keyword::kAdmin: return ParseAdmin();
    case Keyword::kCall: return ParseCallStatement();
    default: break;
  }
  if (At(Symbol::kLeftParen)) {
    auto statement = Start<QueryStatement>(where);
    FIRN_ASSIGN_OR_RETURN(statement->query, ParseQuery());
    return StatementPtr(std::move(statement));
  }
  if (const Refused refused = RefusedStatement(current_.keyword); !refused.name.empty())
    return UnsupportedStatement(refused.name, refused.instead);
  AtAny({Keyword::kSelect,   Keyword::kWith,       Keyword::kValues,   Keyword::kInsert,
         Keyword::kDelete,   Keyword::kUpdate,     Keyword::kMerge,    Keyword::kCreate,
         Keyword::kDrop,     Keyword::kAlter,      Keyword::kTruncate, Keyword::kRefresh,
         Keyword::kUse,      Keyword::kShow,       Keyword::kExplain,  Keyword::kDesc,
         Keyword::kDescribe, Keyword::kSet,        Keyword::kKill,     Keyword::kBegin,
         Keyword::kStart,    Keyword::kCommit,     Keyword::kRollback, Keyword::kPrepare,
         Keyword::kExecute,  Keyword::kDeallocate, Keyword::kGrant,    Keyword::kRevoke,
         Keyword::kAnalyze,  Keyword::kAdmin,      Keyword::kCall});
  At(Symbol::kSemicolon);
  return Fail();
}

Result<StatementPtr> Parser::ParseExplain() {
  auto explain = Start<ExplainStatement>(position());
  Advance();
  if (Accept(Keyword::kLogical)) {
    explain->level = ExplainLevel::kLogical;
  } else if (Accept(Keyword::kAnalyze)) {
    explain->level = ExplainLevel::kAnalyze;
  } else if (Accept(Keyword::kVerbose)) {
    explain->level = ExplainLevel::kVerbose;
  } else if (Accept(Keyword::kCosts)) {
    explain->level = ExplainLevel::kCosts;
  } else if (Accept(Keyword::kScheduler)) {
    return UnsupportedStatement("EXPLAIN SCHEDULER", "Use EXPLAIN or EXPLAIN ANALYZE.");
  }
  switch (current_.keyword) {
    case Keyword::kSelect:
    case Keyword::kWith:
    case Keyword::kValues:
    case Keyword::kInsert:
    case Keyword::kDelete:
    case Keyword::kUpdate:
    case Keyword::kMerge:
    case Keyword::kCreate: break;
    default:
      if (Is(Symbol::kLeftParen)) break;
      // MySQL's EXPLAIN t is DESC t.
      if (explain->level == ExplainLevel::kNormal && AtName()) {
        auto describe = Start<DescribeStatement>(explain->position);
        FIRN_ASSIGN_OR_RETURN(describe->table, ParseObjectName());
        return StatementPtr(std::move(describe));
      }
      AtAny({Keyword::kSelect, Keyword::kWith, Keyword::kInsert, Keyword::kDelete, Keyword::kUpdate,
             Keyword::kMerge});
      return Fail();
  }
  FIRN_ASSIGN_OR_RETURN(explain->statement, ParseStatement());
  return StatementPtr(std::move(explain));
}

// DESC t, or DESC {LOGICAL | …} statement as a synonym of EXPLAIN.
Result<StatementPtr> Parser::ParseDescribe() {
  const Token next = Peek();
  switch (next.keyword) {
    case Keyword::kSelect:
    case Keyword::kWith:
    case Keyword::kInsert:
    case Keyword::kDelete:
    case Keyword::kUpdate: return ParseExplain();
    case Keyword::kLogical:
    case Keyword::kAnalyze:
    case Keyword::kVerbose:
    case Keyword::kCosts:
    case Keyword::kScheduler: {
      Lexer ahead = lexer_;
      ahead.Next();
      const Token after = ahead.Next();
      const bool names_a_table =
          after.kind == TokenKind::kEnd || after.symbol != Symbol::kNotASymbol;
      if (!names_a_table || after.symbol == Symbol::kLeftParen) return ParseExplain();
      break;
    }
    default:
      if (next.symbol == Symbol::kLeftParen) return ParseExplain();
      break;
  }
  auto describe = Start<DescribeStatement>(position());
  Advance();
  if (Is(Keyword::kFiles) && Peek().symbol == Symbol::kLeftParen) {
    describe->table.position = position();
    describe->table.parts.emplace_back(lexer_.TextOf(current_));
    FIRN_ASSIGN_OR_RETURN(describe->table_function, ParseFilesRelation(position()));
    return StatementPtr(std::move(describe));
  }
  Accept(Keyword::kTable);
  FIRN_ASSIGN_OR_RETURN(describe->table, ParseObjectName());
  if (Accept(Keyword::kAll)) {
    describe->all = true;
  } else if (AtName() || AtString()) {
    FIRN_ASSIGN_OR_RETURN(describe->column, ParseNameOrString());
  }
  return StatementPtr(std::move(describe));
}

Unexpected Parser::UnsupportedStatement(std::string_view name, std::string_view instead) const {
  std::string text = fmt::format("Firn does not support {}", name);
  if (!instead.empty()) text += fmt::format(". {}", instead);
  return Unsupported("UnsupportedStatement", std::move(text));
}

// ---- CREATE, DROP, ALTER: by the next words ----

Result<StatementPtr> Parser::ParseCreate() {
  const Position where = position();
  Advance();
  if (AtCreateTable()) return ParseCreateTable(where);
  if (Accept(Keyword::kExternal)) {
    if (Accept(Keyword::kCatalog)) return ParseCreateCatalog(where);
    if (Is(Keyword::kResource))
      return UnsupportedStatement("CREATE RESOURCE", "Create an external catalog.");
    AtAny({Keyword::kCatalog, Keyword::kTable});
    return Fail();
  }
  if (Is(Keyword::kCatalog)) {
    return Complain("A catalog is created with CREATE EXTERNAL CATALOG", "Add the word EXTERNAL.");
  }
  if (AtAny({Keyword::kDatabase, Keyword::kSchema})) return ParseCreateDatabase(where);
  if (At(Keyword::kView)) return ParseCreateView(where);
  if (At(Keyword::kOr)) {
    Lexer ahead = lexer_;
    ahead.Next();
    const Keyword object = ahead.Next().keyword;
    if (object == Keyword::kFunction || object == Keyword::kGlobal)
      return UnsupportedStatement("CREATE FUNCTION", kNoFunctions);
    if (object == Keyword::kPipe) return UnsupportedStatement("CREATE PIPE");
    return ParseCreateView(where);
  }
  if (At(Keyword::kUser)) return ParseCreateUser(where);
  if (At(Keyword::kRole)) return ParseCreateRole(where);
  if (Is(Keyword::kMaterialized)) {
    return UnsupportedStatement("CREATE MATERIALIZED VIEW",
                                "Use CREATE VIEW, or CREATE TABLE … AS SELECT.");
  }
  if (Is(Keyword::kIndex))
    return UnsupportedStatement("CREATE INDEX", "Iceberg tables have no indexes.");
  if (Is(Keyword::kUnique))
    return UnsupportedStatement("CREATE UNIQUE INDEX", "Iceberg tables have no indexes.");
  if (Is(Keyword::kFunction) || Is(Keyword::kGlobal))
    return UnsupportedStatement("CREATE FUNCTION", kNoFunctions);
  if (Peek().keyword == Keyword::kPolicy || Peek().keyword == Keyword::kAccess) {
    return UnsupportedStatement("CREATE … POLICY",
                                "A view over the table shows what others may see.");
  }
  return RefuseKnownStatement();
}

Result<StatementPtr> Parser::ParseDrop() {
  const Position where = position();
  Advance();
  if (AtAny({Keyword::kTable, Keyword::kTemporary})) return ParseDropTable(where);
  if (At(Keyword::kCatalog)) return ParseDropCatalog(where);
  if (AtAny({Keyword::kDatabase, Keyword::kSchema})) return ParseDropDatabase(where);
  if (At(Keyword::kView)) return ParseDropView(where);
  if (At(Keyword::kUser)) return ParseDropUser(where);
  if (At(Keyword::kRole)) return ParseDropRole(where);
  if (Is(Keyword::kPrepare)) return ParseDeallocate(where);
  if (Is(Keyword::kMaterialized))
    return UnsupportedStatement("DROP MATERIALIZED VIEW", "Firn has none; DROP VIEW drops a view.");
  if (Is(Keyword::kFunction) || Is(Keyword::kGlobal))
    return UnsupportedStatement("DROP FUNCTION", kNoFunctions);
  if (Is(Keyword::kIndex))
    return UnsupportedStatement("DROP INDEX", "Iceberg tables have no indexes.");
  if (Is(Keyword::kStats) || Is(Keyword::kAnalyze))
    return UnsupportedStatement("DROP STATS", "Statistics stand in the tables' own metadata.");
  return RefuseKnownStatement();
}

Result<StatementPtr> Parser::ParseAlter() {
  const Position where = position();
  Advance();
  if (At(Keyword::kTable)) return ParseAlterTable(where);
  if (At(Keyword::kView)) return ParseAlterView(where);
  if (At(Keyword::kCatalog)) return ParseAlterCatalog(where);
  if (AtAny({Keyword::kDatabase, Keyword::kSchema})) return ParseAlterDatabase(where);
  if (At(Keyword::kUser)) return ParseAlterUser(where);
  if (Is(Keyword::kSystem))
    return UnsupportedStatement("ALTER SYSTEM", "Firn is one process: there are no nodes to add.");
  if (Is(Keyword::kMaterialized))
    return UnsupportedStatement("ALTER MATERIALIZED VIEW", "Firn has none.");
  if (Is(Keyword::kRole)) return UnsupportedStatement("ALTER ROLE");
  return RefuseKnownStatement();
}

// What StarRocks creates, drops and alters besides: named in the error.
Unexpected Parser::RefuseKnownStatement() {
  switch (current_.keyword) {
    case Keyword::kResource:
    case Keyword::kRoutine:
    case Keyword::kRepository:
    case Keyword::kStorage:
    case Keyword::kWarehouse:
    case Keyword::kPipe:
    case Keyword::kTask:
    case Keyword::kFile:
    case Keyword::kDictionary:
    case Keyword::kSecurity:
    case Keyword::kGroup:
    case Keyword::kBaseline:
    case Keyword::kDatacache:
    case Keyword::kAnalyze:
    case Keyword::kSnapshot:
    case Keyword::kCluster:
    case Keyword::kLoad:
    case Keyword::kPlan:
    case Keyword::kProcedure: {
      const std::string_view verb = TextBetween(statement_begin_, previous_end_);
      // Two words name most of them.
      const Token next = Peek();
      const std::string second =
          next.kind == TokenKind::kWord && next.keyword != Keyword::kNotAKeyword
              ? fmt::format(" {}", KeywordText(next.keyword))
              : "";
      return UnsupportedStatement(
          fmt::format("{} {}{}", verb, KeywordText(current_.keyword), second),
          InsteadOf(current_.keyword));
    }
    default: return Fail();
  }
}

}  // namespace firn::sql
