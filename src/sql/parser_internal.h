#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/lexer.h"
#include "sql/limits.h"
#include "sql/parser.h"
#include "sql/syntax_error.h"

/// The recursive-descent parser behind parser.h. One for one script; its methods are spread over
/// parser_*.cc by topic.

namespace firn::sql {

// Reason of the error that ends a speculation, too.
inline constexpr std::string_view kNestingTooDeep = "NestingTooDeep";

class Parser {
 public:
  Parser(std::shared_ptr<const std::string> script, const ParseOptions& options)
      : script_(std::move(script)), options_(options), lexer_(*script_) {
    current_ = lexer_.Next();
    statement_begin_ = current_.begin_bytes();
  }

  Result<std::vector<ParsedStatement>> ParseScript();
  Result<ExpressionPtr> ParseWholeExpression();
  Result<TypeName> ParseWholeType();

 private:
  // What the parser remembers to come back to a place. Only for stretches that are short or scanned
  // a bounded number of times.
  struct Place {
    Lexer lexer;
    Token current;
    uint32_t previous_end;
    uint32_t parameter_count;
  };
  struct DefinedWindow {
    std::string name;
    Place place;  // Behind AS.
  };
  struct DepthScope {
    explicit DepthScope(uint32_t& counted) : counter(counted) { ++counter; }
    ~DepthScope() { --counter; }
    DepthScope(const DepthScope&) = delete;
    DepthScope& operator=(const DepthScope&) = delete;
    uint32_t& counter;
  };

  // ---- tokens: parser.cc ----
  const Token& token() const { return current_; }
  Position position() const { return current_.position; }
  void Advance();
  Token Peek() const;
  Place Mark() const { return {lexer_, current_, previous_end_, parameter_count_}; }
  void Rewind(const Place& place);
  bool At(Keyword keyword) {
    expected_.Add(keyword);
    return current_.keyword == keyword;
  }
  bool At(Symbol symbol) {
    expected_.Add(symbol);
    return current_.symbol == symbol;
  }
  bool AtAny(std::initializer_list<Keyword> keywords);
  // At without a trace in error messages.
  bool Is(Keyword keyword) const { return current_.keyword == keyword; }
  bool Is(Symbol symbol) const { return current_.symbol == symbol; }
  bool Accept(Keyword keyword);
  bool Accept(Symbol symbol);
  // Accepts both words or neither.
  bool Accept(Keyword first, Keyword second);
  Status Expect(Keyword keyword);
  Status Expect(Keyword first, Keyword second);
  Status Expect(Symbol symbol);
  bool AtName();
  bool AtString();
  bool AtStatementEnd();
  Result<std::string> ParseName();
  Result<std::string> ParseNameAfterDot();
  Result<std::string> ParseString();
  Result<std::string> ParseNameOrString();
  Result<int64_t> ParseInteger();
  Result<std::vector<std::string>> ParseNameList();               // ( a, b )
  Result<std::vector<std::string>> ParseNameOrStringCommaList();  // a, 'b'
  Result<ObjectName> ParseObjectName();
  Result<bool> ParseIfExists();
  Result<bool> ParseIfNotExists();
  std::string_view TextBetween(uint32_t begin, uint32_t end) const {
    return std::string_view(*script_).substr(begin, end - begin);
  }
  ErrorPlace PlaceOf(const Token& token) const;
  Unexpected Fail() const { return UnexpectedInput(PlaceOf(current_), expected_); }
  Unexpected Complain(std::string_view detail, std::string_view hint = {}) const {
    return SyntaxError(PlaceOf(current_), detail, hint);
  }
  Unexpected UnsupportedSyntax(std::string_view what, std::string_view instead) const;
  Unexpected TooDeep() const;
  Unexpected TooTall() const;

  // Places a node, measures it, and refuses it when its tree has grown too tall.
  template <typename T>
  Result<ExpressionPtr> Finish(std::unique_ptr<T> node, Position where) {
    node->position = where;
    node->height = 1 + TallestChild(*node);
    if (node->height > kTreeHeightMax) return TooTall();
    tallest_ = std::max(tallest_, node->height);
    return ExpressionPtr(std::move(node));
  }
  static uint32_t TallestChild(const Expression& expression);
  template <typename T>
  Result<RelationPtr> FinishRelation(std::unique_ptr<T> node, Position where,
                                     uint32_t child_height) {
    node->position = where;
    node->height = 1 + child_height;
    if (node->height > kTreeHeightMax) return TooTall();
    tallest_ = std::max(tallest_, node->height);
    return RelationPtr(std::move(node));
  }

  // ---- expressions: parser_expression.cc, parser_primary.cc, parser_call.cc ----
  struct Infix {
    enum class Kind : uint8_t { kNone, kBinary, kLogical, kIs, kBetween, kIn, kLike, kMatch };
    Kind kind = Kind::kNone;
    int power = 0;
    BinaryOperator op = BinaryOperator::kAdd;
    LogicalOperator logical = LogicalOperator::kAnd;
    bool negated = false;
  };
  Result<ExpressionPtr> ParseExpr() { return ParseBinding(0); }
  // Stops before IN, BETWEEN and LIKE.
  Result<ExpressionPtr> ParseSum();
  Result<ExpressionPtr> ParseBinding(int power_min);
  Infix PeekInfix();
  Infix PeekNegatedInfix();
  Result<ExpressionPtr> ParseInfix(const Infix& infix, ExpressionPtr left);
  Result<ExpressionPtr> ParseBinaryTail(const Infix& infix, ExpressionPtr left);
  Result<ExpressionPtr> ParseLogicalTail(const Infix& infix, ExpressionPtr left);
  Result<ExpressionPtr> ParseIsTail(ExpressionPtr left);
  Result<ExpressionPtr> ParseBetweenTail(bool negated, ExpressionPtr left);
  Result<ExpressionPtr> ParseInTail(bool negated, ExpressionPtr left);
  Result<ExpressionPtr> ParseLikeTail(bool negated, ExpressionPtr left);
  Result<ExpressionPtr> ParseMatchTail(const Infix& infix, ExpressionPtr left);
  Result<ExpressionPtr> ParsePrefix();
  Result<ExpressionPtr> ParseUnary(UnaryOperator op, int operand_power);
  Result<ExpressionPtr> ParseMinus();
  Result<ExpressionPtr> ParsePostfix(ExpressionPtr operand);
  Result<ExpressionPtr> ParseBracketTail(ExpressionPtr operand);

  Result<ExpressionPtr> ParsePrimary();
  Result<ExpressionPtr> ParseWordPrimary();
  std::optional<Result<ExpressionPtr>> ParseKeywordPrimary();
  Result<ExpressionPtr> ParseNumber(bool negative);
  Result<ExpressionPtr> ParseTextLiteral(LiteralKind kind);
  Result<ExpressionPtr> ParseParenthesis();
  Result<ExpressionPtr> ParseLambda(std::vector<std::string> parameters, Position where);
  bool AtLambdaParameters();
  Result<ExpressionPtr> ParseInterval();
  Result<ExpressionPtr> ParseCase();
  Result<ExpressionPtr> ParseCast(bool is_try);
  Result<ExpressionPtr> ParseConvert();
  Result<ExpressionPtr> ParseExtract();
  Result<ExpressionPtr> ParseExists();
  Result<ExpressionPtr> ParseArray(std::optional<TypeName> type, Position where);
  Result<ExpressionPtr> ParseMap(std::optional<TypeName> type, Position where);
  Result<ExpressionPtr> ParseTypedConstructor();
  Result<ExpressionPtr> ParseBraceCall();
  Result<ExpressionPtr> ParseVariable();
  Result<ExpressionPtr> ParseParameter();
  Result<ExpressionPtr> ParseStar(std::vector<std::string> qualifier, Position where);
  Result<ExpressionPtr> ParseColumnOrCall();
  Result<ExpressionPtr> ParseBareCall();
  Result<ExpressionPtr> ParseCall(std::vector<std::string> name, Position where);
  Status ParseCallArguments(FunctionCallExpression& call);
  Status ParseCallArgument(FunctionCallExpression& call);
  bool AtSkewHint() const;
  Status ParseCallTail(FunctionCallExpression& call);
  Result<bool> ParseWordyArguments(FunctionCallExpression& call);
  Status ParseSubstringTail(FunctionCallExpression& call);
  Status ParseTrimArguments(FunctionCallExpression& call);
  bool AtTrimSide() const;
  Status ParseOver(FunctionCallExpression& call);
  Result<std::unique_ptr<const WindowSpec>> ParseWindowSpec();
  Result<std::unique_ptr<const WindowSpec>> ParseWindowUse();
  Result<Place> FindWindow(const std::string& name, const Token& use);
  std::vector<DefinedWindow> ScanWindows();
  Status ParseWindowClause();
  bool AtWindowClause() const;
  Result<WindowFrame> ParseWindowFrame();
  Result<FrameBound> ParseFrameBound();
  Result<TimeUnit> ParseTimeUnit();
  static std::optional<TimeUnit> TimeUnitOf(Keyword keyword);
  Result<std::vector<ExpressionPtr>> ParseExprList();  // e, e
  bool ParenthesisHoldsQuery() const;

  // ---- types: parser_type.cc ----
  Result<TypeName> ParseType();
  Status ParseTypeParameters(TypeName& type);
  Status ParseStructFields(TypeName& type);

  // ---- queries: parser_query.cc, parser_relation.cc ----
  Result<QueryPtr> ParseQuery();
  Result<std::unique_ptr<Query>> ParseMutableQuery();
  Result<QueryPtr> ParseQueryAfterWith(std::vector<CommonTable> with, bool recursive,
                                       Position where);
  Result<std::vector<CommonTable>> ParseWith(bool* recursive);
  Result<QueryBodyPtr> ParseSetOperations();
  Result<QueryBodyPtr> ParseIntersections();
  Result<QueryBodyPtr> ParseQueryTerm();
  Status WrapSetOperation(QueryBodyPtr& left, SetOperator op, bool all, QueryBodyPtr right,
                          SetOperationBody*& open);
  bool AcceptSetOperator(SetOperator* op);
  bool AcceptAllQuantifier();
  Status ParseQueryTail(Query& query);
  Result<std::vector<OrderItem>> ParseOrderItems();
  Status ParseOrderDirection(OrderItem& item);
  Status ParseLimit(ExpressionPtr& limit, ExpressionPtr& offset);
  Result<ExpressionPtr> ParseLimitValue();
  Result<QueryBodyPtr> ParseSelect();
  Status ParseSelectItems(SelectBody& select);
  Result<SelectItem> ParseSelectItem();
  Status ParseSelectClauses(SelectBody& select);
  Status ParseGroupBy(GroupBy& group_by);
  Result<std::vector<Hint>> ParseHints(uint32_t offset);
  Result<QueryBodyPtr> ParseValues();
  Result<std::vector<ExpressionPtr>> ParseValuesRow(bool default_allowed);
  bool AtQueryStart();

  Result<std::vector<RelationPtr>> ParseRelations();
  Result<RelationPtr> ParseRelation();
  Result<RelationPtr> ParseRelationPrimary(bool lateral);
  Result<RelationPtr> ParseParenthesizedRelation(bool lateral);
  Result<RelationPtr> ParseTableRelation();
  Result<RelationPtr> ParseTableFunction(bool lateral);
  Result<RelationPtr> ParseFilesRelation(Position where);
  Result<RelationPtr> ParseJoinTail(JoinKind kind, RelationPtr left);
  Result<std::optional<JoinKind>> AcceptJoin();
  Result<std::optional<TimeTravel>> ParseTimeTravel();
  Result<TableAlias> ParseTableAlias();
  bool AtImplicitAlias(bool strings_too);
  Result<std::vector<std::string>> ParseBracketHints();
  Status ParseNamedArguments(std::vector<ExpressionPtr>& arguments,
                             std::vector<std::string>& names);

  // ---- statements ----
  template <typename T>
  static std::unique_ptr<T> Start(Position where) {
    auto statement = std::make_unique<T>();
    statement->position = where;
    return statement;
  }
  Result<StatementPtr> ParseStatement();
  Result<StatementPtr> ParseExplain();
  Result<StatementPtr> ParseDescribe();
  Unexpected UnsupportedStatement(std::string_view name, std::string_view instead = {}) const;
  Unexpected RefuseKnownStatement();

  // catalogs, databases: parser_catalog.cc
  Result<StatementPtr> ParseCreate();
  Result<StatementPtr> ParseDrop();
  Result<StatementPtr> ParseAlter();
  Result<StatementPtr> ParseCreateCatalog(Position where);
  Result<StatementPtr> ParseAlterCatalog(Position where);
  Result<StatementPtr> ParseDropCatalog(Position where);
  Result<StatementPtr> ParseCreateDatabase(Position where);
  Result<StatementPtr> ParseDropDatabase(Position where);
  Result<StatementPtr> ParseAlterDatabase(Position where);
  Result<StatementPtr> ParseUse();
  Result<std::vector<Property>> ParseProperties();    // ( "k" = "v", … )
  Result<std::vector<Property>> ParsePropertyList();  // "k" = "v", …
  Result<Property> ParseProperty();
  Result<std::optional<std::string>> ParseComment();
  Status SkipCharsetAndCollation();

  // tables: parser_table.cc, parser_alter.cc
  Result<StatementPtr> ParseCreateTable(Position where);
  Status ParseTableColumns(CreateTableStatement& table);
  Status ParseTableClauses(CreateTableStatement& table);
  Status ParseKeyDescription(CreateTableStatement& table);
  Status ParseDistribution(CreateTableStatement& table);
  Status ParsePartitionBy(CreateTableStatement& table);
  Result<ColumnDefinition> ParseColumnDefinition();
  Status ParseColumnConstraints(ColumnDefinition& column);
  Result<ExpressionPtr> ParseDefaultValue();
  Result<PartitionTerm> ParsePartitionTerm();
  Result<std::vector<PartitionTerm>> ParsePartitionTerms();
  Status SkipParenthesis();
  bool AtCreateTable();
  bool AtIndexDefinition() const;
  Result<StatementPtr> ParseDropTable(Position where);
  Result<StatementPtr> ParseTruncate();
  Result<StatementPtr> ParseRefresh();
  Result<StatementPtr> ParseAlterTable(Position where);
  Result<AlterTableAction> ParseAlterAction();
  Result<AlterTableAction> ParseAlterAdd();
  Result<AlterTableAction> ParseAlterDrop();
  Result<AlterTableAction> ParseAlterModify();
  Result<AlterTableAction> ParseAlterRename();
  Result<AlterTableAction> ParseAlterReplace();
  Result<AlterTableAction> ParseCreateRef(bool create, bool replace);
  Result<AlterTableAction> ParseExecuteProcedure();
  Status ParseRefOptions(CreateRefClause& clause);
  Result<int64_t> ParseDuration();
  Result<ColumnPlace> ParseColumnPlace();
  Result<std::vector<std::string>> ParseFieldPath();
  Result<std::vector<ProcedureArgument>> ParseProcedureArguments();

  // views: parser_table.cc
  Result<StatementPtr> ParseCreateView(Position where);
  Result<StatementPtr> ParseAlterView(Position where);
  Result<StatementPtr> ParseDropView(Position where);
  Result<std::vector<ViewColumn>> ParseViewColumns();
  Status ParseViewQuery(QueryPtr& query, std::string& text);

  // rows: parser_rows.cc
  Result<StatementPtr> ParseInsert();
  Status ParseInsertTarget(InsertStatement& insert);
  Status ParseInsertSource(InsertStatement& insert);
  Status ParseInsertValues(InsertStatement& insert);
  Result<std::vector<PartitionValue>> ParsePartitionValues();
  Result<StatementPtr> ParseWithStatement();
  Result<StatementPtr> ParseDelete(std::vector<CommonTable> with);
  Result<StatementPtr> ParseUpdate(std::vector<CommonTable> with);
  Result<std::vector<Assignment>> ParseAssignments();
  Result<ExpressionPtr> ParseExprOrDefault();
  Result<StatementPtr> ParseMerge();
  Result<MergeBranch> ParseMergeBranch();
  Result<std::vector<std::string>> ParsePartitionNames();
  Result<std::string> ParsePartitionValue(std::string column);
  Result<std::string> ParseOptionalAlias();

  // looking: parser_show.cc
  Result<StatementPtr> ParseShow();
  Status ParseShowSubject(ShowStatement& show);
  Status ParseShowFull(ShowStatement& show);
  Status ParseShowCreate(ShowStatement& show);
  Status ParseShowGrants(ShowStatement& show);
  Status ParseShowColumns(ShowStatement& show, ShowKind kind);
  Status ParseShowProcesslist(ShowStatement& show);
  Status ParseShowAlter(ShowStatement& show);
  Status ParseShowFrom(ShowStatement& show);
  Status ParseShowTail(ShowStatement& show);
  Result<StatementPtr> ParseAdmin();
  Result<StatementPtr> ParseAnalyze();
  Result<StatementPtr> ParseAnalyzeProfile(Position where);
  Result<StatementPtr> ParseCallStatement();

  // session: parser_session.cc
  Result<StatementPtr> ParseSet();
  Result<SetItem> ParseSetItem();
  Result<SetItem> ParseSetVariable(VariableScope scope);
  Result<SetItem> ParseSetAtVariable();
  Result<SetItem> ParseSetNames();
  Result<SetItem> ParseSetCharacterSet();
  Result<SetItem> ParseSetTransaction(VariableScope scope);
  Result<SetItem> ParseSetPassword();
  Result<SetItem> ParseSetUserProperty();
  Result<ExpressionPtr> ParseSetValue();
  Result<StatementPtr> ParseSetRole(Position where);
  Result<StatementPtr> ParseSetDefaultRole(Position where);
  std::optional<VariableScope> AcceptScope();
  Result<StatementPtr> ParseKill();
  Result<StatementPtr> ParseBegin();
  Result<StatementPtr> ParseTransactionEnd();
  Result<StatementPtr> ParsePrepare();
  Result<StatementPtr> ParseExecute();
  Result<StatementPtr> ParseDeallocate(Position where);
  Result<StatementPtr> ParseLockTables();

  // users: parser_user.cc
  Result<StatementPtr> ParseCreateUser(Position where);
  Result<StatementPtr> ParseAlterUser(Position where);
  Result<StatementPtr> ParseDropUser(Position where);
  Result<StatementPtr> ParseCreateRole(Position where);
  Result<StatementPtr> ParseDropRole(Position where);
  Result<UserName> ParseUserName();
  Result<std::optional<Authentication>> ParseAuthentication();
  Result<StatementPtr> ParseGrantOrRevoke(bool grant);
  Result<std::string> ParsePrivilege();
  bool AtPrivilege();
  Result<PrivilegeObject> ParsePrivilegeObject();
  Result<std::string> ParseObjectType(bool plural);
  Result<ObjectName> ParsePrivilegeName();
  Result<Grantee> ParseGrantee();

  const std::shared_ptr<const std::string> script_;
  const ParseOptions options_;
  Lexer lexer_;
  Token current_;
  Expected expected_;
  uint32_t previous_end_ = 0;   // End of the token before the current one.
  uint32_t previous_word_ = 0;  // Begin of the bare word before it; previous_end_ when it was none.
  uint32_t statement_begin_ = 0;
  uint32_t depth_ = 0;          // Of nesting.
  uint32_t binding_depth_ = 0;  // Of ParseBinding's own frames.
  uint32_t tallest_ = 0;        // Of the trees finished in the current query.
  uint32_t parameter_count_ = 0;
  uint32_t star_offset_ = UINT32_MAX;   // Where a star may begin.
  std::optional<Place> select_begin_;   // Of the SELECT at hand: the word itself.
  std::optional<std::vector<DefinedWindow>> windows_;  // Its own; absent until one is used.
  uint32_t window_uses_ = 0;            // `OVER w` in the statement.
  bool in_named_window_ = false;
};

}  // namespace firn::sql
