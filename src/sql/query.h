#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/expression.h"

/// Queries of the syntax tree: Query -> QueryBody (SELECT, set operation, VALUES, nested) ->
/// Relation.
///
/// Immutable once parsed; what the head of expression.h says of height holds here too.

namespace firn::sql {

/// A name with dots: `t`, `db.t`, `catalog.db.t`.
struct ObjectName {
  Position position;
  std::vector<std::string> parts;  ///< At least one.

  const std::string& last() const { return parts.back(); }
  /// Joined by dots, unquoted: for messages.
  std::string ToString() const;
};

/// `taxis$snapshots` -> {"taxis", "snapshots"}; nullopt without a `$` between two non-empty parts.
/// Splits at the last.
std::optional<std::pair<std::string, std::string>> SplitMetadataTable(std::string_view table);

// ---- bodies ----

enum class QueryBodyKind : uint8_t { kSelect, kSetOperation, kValues, kNested };

struct QueryBody {
  const QueryBodyKind kind;
  Position position;

  QueryBody(const QueryBody&) = delete;
  QueryBody& operator=(const QueryBody&) = delete;
  virtual ~QueryBody() = default;

 protected:
  explicit QueryBody(QueryBodyKind k) : kind(k) {}
};
using QueryBodyPtr = std::unique_ptr<const QueryBody>;

struct CommonTable {
  Position position;
  std::string name;
  std::vector<std::string> columns;
  std::unique_ptr<const Query> query;
};

struct Query {
  Position position;
  uint32_t height = 1;
  bool recursive = false;
  std::vector<CommonTable> with;
  QueryBodyPtr body;
  std::vector<OrderItem> order_by;
  std::optional<OrderItem>
      order_by_all;     ///< ORDER BY ALL [DESC] [NULLS …]: its expression is null.
  ExpressionPtr limit;  ///< Null when absent.
  ExpressionPtr offset;
};
using QueryPtr = std::unique_ptr<const Query>;

// ---- relations ----

enum class RelationKind : uint8_t { kTable, kSubquery, kJoin, kTableFunction };

struct Relation {
  const RelationKind kind;
  Position position;
  uint32_t height = 1;

  Relation(const Relation&) = delete;
  Relation& operator=(const Relation&) = delete;
  virtual ~Relation() = default;

 protected:
  explicit Relation(RelationKind k) : kind(k) {}
};
using RelationPtr = std::unique_ptr<const Relation>;

/// [AS] alias [(c1, c2)]
struct TableAlias {
  std::string name;  ///< Empty when absent.
  std::vector<std::string> columns;
};

enum class TimeTravelKind : uint8_t { kVersion, kTimestamp };

/// [FOR] VERSION AS OF id | branch | tag, [FOR] TIMESTAMP AS OF e
struct TimeTravel {
  TimeTravelKind kind = TimeTravelKind::kVersion;
  ExpressionPtr value;  ///< A branch's bare name arrives as a string literal.
};

struct TableRelation final : Of<Relation, RelationKind::kTable> {
  ObjectName name;  ///< 1 to 3 parts; the last may be `t$snapshots`.
  std::optional<TimeTravel> time_travel;
  std::vector<std::string> partitions;  ///< PARTITION (p1, p2)
  std::vector<std::string> hints;       ///< Bracket hints, as written.
  TableAlias alias;
};

/// (SELECT …) AS t, also (VALUES …) AS t(a, b).
struct SubqueryRelation final : Of<Relation, RelationKind::kSubquery> {
  bool lateral = false;
  QueryPtr query;
  TableAlias alias;
};

/// unnest(a), TABLE(generate_series(1, 9)), FILES("path" = "…")
struct TableFunctionRelation final : Of<Relation, RelationKind::kTableFunction> {
  bool lateral = false;
  std::string name;
  std::vector<ExpressionPtr> arguments;
  std::vector<std::string> argument_names;                      ///< As FunctionCall's.
  std::vector<std::pair<std::string, std::string>> properties;  ///< FILES' form.
  TableAlias alias;
};

enum class JoinKind : uint8_t {
  kInner,
  kCross,
  kLeft,
  kRight,
  kFull,
  kLeftSemi,
  kRightSemi,
  kLeftAnti,
  kRightAnti,
  kNullAwareLeftAnti,
  kAsof,
  kAsofLeft,
};
/// "LEFT SEMI JOIN".
const char* JoinKindName(JoinKind kind);

struct JoinRelation final : Of<Relation, RelationKind::kJoin> {
  JoinKind join_kind = JoinKind::kInner;
  RelationPtr left;
  RelationPtr right;  ///< A lateral one carries its own flag.
  std::string hint;   ///< BROADCAST, SHUFFLE, … or empty.
  ExpressionPtr on;   ///< Null when absent.
  std::vector<std::string> using_columns;
};

// ---- SELECT ----

struct SelectItem {
  Position position;
  ExpressionPtr expression;
  std::string alias;   ///< Empty when absent.
  std::string source;  ///< As written: the name of a column without an alias.
};

enum class GroupByKind : uint8_t { kNone, kExpressions, kRollup, kCube, kGroupingSets, kAll };

struct GroupBy {
  GroupByKind kind = GroupByKind::kNone;
  std::vector<ExpressionPtr> expressions;  ///< kExpressions, kRollup, kCube.
  std::vector<std::vector<ExpressionPtr>> grouping_sets;
};

/// /*+ SET_VAR(query_timeout=1, …) */
struct Hint {
  Position position;
  std::string text;                                        ///< Between `/*+` and `*/`, trimmed.
  std::vector<std::pair<std::string, Literal>> variables;  ///< Of SET_VAR.
};

struct SelectBody final : Of<QueryBody, QueryBodyKind::kSelect> {
  bool distinct = false;
  std::vector<Hint> hints;
  std::vector<SelectItem> items;
  std::vector<RelationPtr> from;  ///< Comma list; empty without FROM and for FROM DUAL.
  ExpressionPtr where;
  GroupBy group_by;
  ExpressionPtr having;
  ExpressionPtr qualify;
};

enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept /* and MINUS */ };

/// operands[0] op operands[1] op …, from the left; at least two. INTERSECT binds tighter than the
/// others.
struct SetOperationBody final : Of<QueryBody, QueryBodyKind::kSetOperation> {
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  std::vector<QueryBodyPtr> operands;
};

/// VALUES (1, 'a'), (2, 'b'): rows of equal width.
struct ValuesBody final : Of<QueryBody, QueryBodyKind::kValues> {
  std::vector<std::vector<ExpressionPtr>> rows;
};

/// ( query ) as an operand, with its own ORDER BY and LIMIT.
struct NestedBody final : Of<QueryBody, QueryBodyKind::kNested> {
  QueryPtr query;
};

}  // namespace firn::sql
