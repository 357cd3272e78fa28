#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/statement_internal.h"
#include "sql/query.h"
#include "sql/statement.h"

/// The syntax tree as DuckDB's parsed tree; no SQL text in between. Functions and operators lower
/// by one table (function_table_internal.h).

namespace firn::duck {

using Parsed = duckdb::unique_ptr<duckdb::ParsedExpression>;
using ParsedList = duckdb::vector<Parsed>;

/// What becomes of a row that a statement touches.
enum class RowAction : std::int8_t { kDelete = 0, kUpdate = 1, kInsert = 2 };

/// A statement that changes rows, as the query for the rows it touches: `file`, `position` (both
/// NULL for a row to insert), `action` (NULL: nothing becomes of it), then the target's columns as
/// they are to be.
struct LoweredChange {
  /// File, position, action; where the statement writes rows also the table's columns and, with row
  /// lineage, the row's id.
  duckdb::unique_ptr<duckdb::SelectNode> rows;
  TablePin* target = nullptr;
  bool has_columns = false;
  /// A row may come more than once and goes all the same (DELETE … USING).
  bool may_match_often = false;
  /// Of a DELETE over its table alone: files all whose rows match go without being read.
  bool takes_whole_files = false;
};

/// Lowers one statement. Resolves its tables on the way, so that an unknown one is named with its
/// place.
///
/// Errors: those of TableSource; kUnsupported naming the syntax and its place;
/// kInvalidArgument/AnalysisError.
class Lowering {
 public:
  /// `describe_only`: `?` without a value is NULL.
  explicit Lowering(Statement& statement, bool describe_only = false)
      : statement_(statement),
        describe_only_(describe_only),
        now_micros_(MicrosSinceEpoch(statement.context().clock().Now())),
        place_{statement.scope().current_catalog, statement.scope().current_database} {}

  Result<duckdb::unique_ptr<duckdb::SelectStatement>> LowerQuery(const sql::Query& query);
  Result<Parsed> LowerExpression(const sql::Expression& expression);
  Result<LoweredChange> LowerDelete(const sql::DeleteStatement& statement);
  Result<LoweredChange> LowerUpdate(const sql::UpdateStatement& statement);
  Result<LoweredChange> LowerMerge(const sql::MergeStatement& statement);

  Statement& statement() { return statement_; }
  const QueryScope& scope() const { return statement_.scope(); }
  /// The moment the statement began, in microseconds since 1970-01-01T00:00:00Z.
  std::int64_t now_micros() const { return now_micros_; }
  Result<Parsed> LowerLiteral(const sql::Literal& literal, sql::Position position);
  /// `moment` moved by an interval, back when `back`.
  Result<Parsed> LowerMove(Parsed moment, const sql::IntervalExpression& interval, bool back);
  Result<ParsedList> LowerAll(const std::vector<sql::ExpressionPtr>& expressions);
  Result<duckdb::vector<duckdb::OrderByNode>> LowerOrder(const std::vector<sql::OrderItem>& items);

 private:
  friend class CallLowering;

  // lower_query.cc
  Result<duckdb::unique_ptr<duckdb::QueryNode>> LowerNode(const sql::Query& query);
  Result<duckdb::unique_ptr<duckdb::QueryNode>> LowerBody(const sql::QueryBody& body);
  Result<duckdb::unique_ptr<duckdb::QueryNode>> LowerSelect(const sql::SelectBody& body);
  Result<duckdb::unique_ptr<duckdb::QueryNode>> LowerSetOperation(
      const sql::SetOperationBody& body);
  Result<duckdb::unique_ptr<duckdb::QueryNode>> LowerValues(const sql::ValuesBody& body);
  Status LowerCommonTables(const std::vector<sql::CommonTable>& tables, bool recursive,
                           duckdb::QueryNode& node);
  Status LowerModifiers(const sql::Query& query, duckdb::QueryNode& node);
  Status LowerGroupBy(const sql::GroupBy& group_by, duckdb::SelectNode& node);
  Result<Parsed> LowerItem(const sql::SelectItem& item);
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerFrom(const std::vector<sql::RelationPtr>& from);
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerRelation(const sql::Relation& relation);
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerTable(const sql::TableRelation& table);
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerView(const sql::TableRelation& table,
                                                         const PinnedView& view);
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerJoin(const sql::JoinRelation& join);
  /// `table_appends('db.t', from, to)`.
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerAppends(
      const sql::TableFunctionRelation& function);
  Result<duckdb::unique_ptr<duckdb::TableRef>> LowerTableFunction(
      const sql::TableFunctionRelation& function);
  Result<std::optional<std::int64_t>> ResolveVersion(const sql::TimeTravel& travel,
                                                     const TablePin& pin);
  bool IsCommonTable(const std::string& name) const;

  // lower_change.cc
  Result<TablePin*> ResolveTarget(const sql::ObjectName& name);

  // lower_expression.cc
  Result<Parsed> LowerColumn(const sql::ColumnRefExpression& column);
  Result<Parsed> LowerStar(const sql::StarExpression& star);
  Result<Parsed> LowerVariable(const sql::Expression& variable);
  Result<Parsed> LowerUnary(const sql::UnaryExpression& unary);
  Result<Parsed> LowerBinary(const sql::BinaryExpression& binary);
  Result<Parsed> LowerLogical(const sql::LogicalExpression& logical);
  Result<Parsed> LowerBetween(const sql::BetweenExpression& between);
  Result<Parsed> LowerInList(const sql::InListExpression& in);
  Result<Parsed> LowerInSubquery(const sql::InSubqueryExpression& in);
  Result<Parsed> LowerLike(const sql::LikeExpression& like);
  Result<Parsed> LowerIs(const sql::IsExpression& is);
  Result<Parsed> LowerCase(const sql::CaseExpression& expression);
  Result<Parsed> LowerCast(const sql::CastExpression& cast);
  Result<Parsed> LowerCollection(const sql::Expression& collection);
  Result<Parsed> LowerSlice(const sql::SliceExpression& slice);
  Result<Parsed> LowerLambda(const sql::LambdaExpression& lambda);
  Result<Parsed> LowerSubquery(const sql::Query& query, duckdb::SubqueryType type);

  // lower_calls.cc
  Result<Parsed> LowerCall(const sql::FunctionCallExpression& call);

  Statement& statement_;
  const bool describe_only_;
  const std::int64_t now_micros_;
  /// Names of the common tables in sight, innermost last.
  std::vector<std::string> common_tables_;
  /// Tables named without an alias, for references such as `db.t.c`.
  struct SeenTable {
    std::string catalog;
    std::string database;
    std::string table;
    bool is_view = false;  ///< DuckDB knows it by its alias alone.
  };
  std::vector<SeenTable> seen_tables_;
  /// Where names without catalog or database are looked up: the session's, in a view its own.
  struct Place {
    std::string catalog;
    std::string database;
  };
  Place place_;
  /// The views whose queries are being lowered, outermost first.
  std::vector<const PinnedView*> views_;
  std::size_t depth_ = 0;
  /// Calls of aggregates without OVER that were lowered so far.
  std::size_t aggregates_lowered_ = 0;
};

/// `message` with ` at line 1, column 7`.
std::string WithPlace(std::string message, sql::Position position);
Unexpected UnsupportedSyntax(std::string_view what, sql::Position position);

// Makers of parsed nodes.
Parsed MakeCall(const std::string& name, ParsedList arguments);
template <typename... T>
Parsed MakeCall(const std::string& name, T... arguments) {
  ParsedList list;
  (list.push_back(std::move(arguments)), ...);
  return MakeCall(name, std::move(list));
}
Parsed MakeConstant(duckdb::Value value);
Parsed MakeNull(const duckdb::LogicalType& type);
Parsed MakeNot(Parsed operand);
Parsed MakeIsNull(Parsed operand, bool negated);
Parsed MakeComparison(duckdb::ExpressionType type, Parsed left, Parsed right);
Parsed MakeAnd(Parsed left, Parsed right);
/// CAST as StarRocks does it.
Parsed MakeStarRocksCast(Parsed operand, const duckdb::LogicalType& type);
/// DuckDB's own cast, an error where the value does not convert.
Parsed MakeEngineCast(Parsed operand, const duckdb::LogicalType& type, bool try_cast = false);
/// CASE WHEN condition THEN value ELSE otherwise END, with a common type.
Parsed MakeIf(Parsed condition, Parsed value, Parsed otherwise);

}  // namespace firn::duck
