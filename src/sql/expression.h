#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "sql/literal.h"
#include "sql/position.h"
#include "sql/type_name.h"

/// Expressions of the syntax tree: a kind, and one struct a kind.
///
/// Switch over `expression.kind` and cast with As<T>(). Every tree is immutable once parsed (safe
/// from many threads), owns its children, and is at most kTreeHeightMax nodes tall, so that
/// recursion over it is safe. Names are as written (identifiers without their backticks); nothing
/// is resolved.

namespace firn::sql {

struct Query;

enum class ExpressionKind : uint8_t {
  kLiteral,
  kInterval,
  kTimeUnit,
  kDefault,
  kColumnRef,
  kStar,
  kParameter,
  kUserVariable,
  kSystemVariable,
  kUnary,
  kBinary,
  kLogical,
  kBetween,
  kInList,
  kInSubquery,
  kLike,
  kIs,
  kCase,
  kCast,
  kExtract,
  kFunctionCall,
  kSubquery,
  kExists,
  kRow,
  kArray,
  kMap,
  kSubscript,
  kSlice,
  kField,
  kLambda,
  kCollate,
};

const char* ExpressionKindName(ExpressionKind kind);

struct Expression {
  const ExpressionKind kind;
  Position position;
  uint32_t height = 1;  ///< Nodes on the longest way down, this one included.

  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  virtual ~Expression() = default;

 protected:
  explicit Expression(ExpressionKind k) : kind(k) {}
};
using ExpressionPtr = std::unique_ptr<const Expression>;

/// The node as its own type. REQUIRES: T::kKind is the node's kind.
template <typename T, typename Node>
const T& As(const Node& node) {
  FIRN_CHECK(node.kind == T::kKind);
  return static_cast<const T&>(node);
}
/// The node as T, or null when it is of another kind.
template <typename T, typename Node>
const T* AsIf(const Node& node) {
  return node.kind == T::kKind ? static_cast<const T*>(&node) : nullptr;
}

/// Gives a struct its kind: `struct X final : Of<Expression, ExpressionKind::kX>`.
template <typename Base, auto kind_value>
struct Of : Base {
  static constexpr auto kKind = kind_value;
  Of() : Base(kind_value) {}
};

struct OrderItem {
  ExpressionPtr expression;
  bool descending = false;
  /// Absent: StarRocks' default, first when ascending, last when descending.
  std::optional<bool> nulls_first;
};

struct LiteralExpression final : Of<Expression, ExpressionKind::kLiteral> {
  Literal value;
};

enum class TimeUnit : uint8_t {
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
};
/// "YEAR".
const char* TimeUnitName(TimeUnit unit);

/// INTERVAL value unit.
struct IntervalExpression final : Of<Expression, ExpressionKind::kInterval> {
  ExpressionPtr value;
  TimeUnit unit = TimeUnit::kDay;
};

/// A unit as an argument: timestampdiff(MINUTE, a, b).
struct TimeUnitExpression final : Of<Expression, ExpressionKind::kTimeUnit> {
  TimeUnit unit = TimeUnit::kDay;
};

/// The word DEFAULT, in VALUES and in UPDATE … SET.
struct DefaultExpression final : Of<Expression, ExpressionKind::kDefault> {};

/// a, t.a, db.t.a, catalog.db.t.a. Struct fields look the same (`t.s.f`): the binder decides.
struct ColumnRefExpression final : Of<Expression, ExpressionKind::kColumnRef> {
  std::vector<std::string> parts;  ///< 1 to 4; more are Field nodes around it.
};

/// *, t.*, * EXCLUDE (a, b). Only in a select list and as the argument of count().
struct StarExpression final : Of<Expression, ExpressionKind::kStar> {
  std::vector<std::string> qualifier;  ///< Empty, or the parts of the table's name.
  std::vector<std::string> excluded;
};

/// `?`
struct ParameterExpression final : Of<Expression, ExpressionKind::kParameter> {
  uint32_t index = 0;  ///< From 0, in the order of the text, within its statement.
};

/// @name
struct UserVariableExpression final : Of<Expression, ExpressionKind::kUserVariable> {
  std::string name;
};

enum class VariableScope : uint8_t { kDefault, kSession, kGlobal, kVerbose };

/// @@name, @@session.name
struct SystemVariableExpression final : Of<Expression, ExpressionKind::kSystemVariable> {
  VariableScope scope = VariableScope::kDefault;
  std::string name;
};

enum class UnaryOperator : uint8_t {
  kPlus,
  kMinus,
  kBitNot,
  kNot /* NOT and ! */,
  kBinary /* BINARY e */
};

struct UnaryExpression final : Of<Expression, ExpressionKind::kUnary> {
  UnaryOperator op = UnaryOperator::kPlus;
  ExpressionPtr operand;
};

enum class BinaryOperator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kIntegerDivide,  ///< DIV
  kModulo,         ///< % and MOD
  kBitAnd,
  kBitOr,
  kBitXor,
  kShiftLeft,
  kShiftRight,
  kShiftRightLogical,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kNullSafeEqual,  ///< <=>
  kConcat,         ///< || under PIPES_AS_CONCAT
  kJsonArrow,      ///< ->
  kMatch,
  kMatchAny,
  kMatchAll,
};
/// "+", "DIV", "<=>": as the printer writes it.
const char* BinaryOperatorName(BinaryOperator op);

struct BinaryExpression final : Of<Expression, ExpressionKind::kBinary> {
  BinaryOperator op = BinaryOperator::kAdd;
  ExpressionPtr left;
  ExpressionPtr right;
};

enum class LogicalOperator : uint8_t { kAnd, kOr, kXor };

/// `a AND b AND c` as one node, left to right; at least two operands.
struct LogicalExpression final : Of<Expression, ExpressionKind::kLogical> {
  LogicalOperator op = LogicalOperator::kAnd;
  std::vector<ExpressionPtr> operands;
};

struct BetweenExpression final : Of<Expression, ExpressionKind::kBetween> {
  bool negated = false;
  ExpressionPtr operand;
  ExpressionPtr low;
  ExpressionPtr high;
};

/// e [NOT] IN (a, b, c); `operand` may be a Row.
struct InListExpression final : Of<Expression, ExpressionKind::kInList> {
  bool negated = false;
  ExpressionPtr operand;
  std::vector<ExpressionPtr> items;  ///< At least one.
};

/// e [NOT] IN (SELECT …); `operand` may be a Row.
struct InSubqueryExpression final : Of<Expression, ExpressionKind::kInSubquery> {
  bool negated = false;
  ExpressionPtr operand;
  std::unique_ptr<const Query> query;
};

enum class LikeKind : uint8_t { kLike, kRegexp /* REGEXP and RLIKE */ };

struct LikeExpression final : Of<Expression, ExpressionKind::kLike> {
  LikeKind like_kind = LikeKind::kLike;
  bool negated = false;
  ExpressionPtr operand;
  ExpressionPtr pattern;
  ExpressionPtr escape;  ///< Null when absent: the backslash escapes.
};

enum class IsTest : uint8_t { kNull, kTrue, kFalse };

/// e IS [NOT] NULL / TRUE / FALSE
struct IsExpression final : Of<Expression, ExpressionKind::kIs> {
  IsTest test = IsTest::kNull;
  bool negated = false;
  ExpressionPtr operand;
};

struct CaseBranch {
  ExpressionPtr when;
  ExpressionPtr then;
};

struct CaseExpression final : Of<Expression, ExpressionKind::kCase> {
  ExpressionPtr operand;  ///< Null in CASE WHEN.
  std::vector<CaseBranch> branches;
  ExpressionPtr otherwise;  ///< Null when there is no ELSE.
};

/// CAST(e AS type), CONVERT(e, type), TRY_CAST(e AS type)
struct CastExpression final : Of<Expression, ExpressionKind::kCast> {
  bool is_try = false;
  ExpressionPtr operand;
  TypeName type;
};

/// EXTRACT(unit FROM e)
struct ExtractExpression final : Of<Expression, ExpressionKind::kExtract> {
  TimeUnit unit = TimeUnit::kDay;
  ExpressionPtr operand;
};

enum class FrameUnit : uint8_t { kRows, kRange };
enum class FrameBoundKind : uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing,
};
struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  ExpressionPtr offset;  ///< kPreceding and kFollowing only.
};
struct WindowFrame {
  FrameUnit unit = FrameUnit::kRows;
  FrameBound start;
  FrameBound end;  ///< CURRENT ROW when the text gives one bound only.
};
struct WindowSpec {
  std::vector<ExpressionPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
};

/// Every call with parentheses, and CURRENT_TIMESTAMP and its like without.
struct FunctionCallExpression final : Of<Expression, ExpressionKind::kFunctionCall> {
  std::vector<std::string> name;  ///< As written; 1 to 3 parts, the function's name last.
  bool distinct = false;
  std::vector<ExpressionPtr> arguments;  ///< count(*): one Star.
  /// As long as `arguments` when given as `name => value`, else empty.
  std::vector<std::string> argument_names;
  std::vector<OrderItem> order_by;  ///< group_concat(x ORDER BY y)
  ExpressionPtr separator;          ///< group_concat(x SEPARATOR s)
  bool ignore_nulls = false;
  ExpressionPtr filter;                    ///< FILTER (WHERE …)
  std::unique_ptr<const WindowSpec> over;  ///< Null when not a window function.

  /// Last part of the name in lower case.
  std::string FunctionName() const;
};

/// (SELECT …) as a value.
struct SubqueryExpression final : Of<Expression, ExpressionKind::kSubquery> {
  std::unique_ptr<const Query> query;
};

struct ExistsExpression final : Of<Expression, ExpressionKind::kExists> {
  std::unique_ptr<const Query> query;  ///< NOT EXISTS is a Unary around it.
};

/// (a, b): at least two. row(a, b) is a function call.
struct RowExpression final : Of<Expression, ExpressionKind::kRow> {
  std::vector<ExpressionPtr> items;
};

/// [1, 2], ARRAY<INT>[1, 2]
struct ArrayExpression final : Of<Expression, ExpressionKind::kArray> {
  std::optional<TypeName> type;
  std::vector<ExpressionPtr> items;
};

struct MapEntry {
  ExpressionPtr key;
  ExpressionPtr value;
};
/// map{k: v}, MAP<K, V>{k: v}
struct MapExpression final : Of<Expression, ExpressionKind::kMap> {
  std::optional<TypeName> type;
  std::vector<MapEntry> entries;
};

/// a[1], m['k']
struct SubscriptExpression final : Of<Expression, ExpressionKind::kSubscript> {
  ExpressionPtr operand;
  ExpressionPtr index;
};

/// a[1:3]
struct SliceExpression final : Of<Expression, ExpressionKind::kSlice> {
  ExpressionPtr operand;
  ExpressionPtr first;  ///< Null when absent.
  ExpressionPtr last;   ///< Null when absent.
};

/// f(x).field, a[1].field; of a plain name see ColumnRef.
struct FieldExpression final : Of<Expression, ExpressionKind::kField> {
  ExpressionPtr operand;
  std::string field;
};

/// x -> e, (x, y) -> e
struct LambdaExpression final : Of<Expression, ExpressionKind::kLambda> {
  std::vector<std::string> parameters;
  ExpressionPtr body;
};

/// e COLLATE name
struct CollateExpression final : Of<Expression, ExpressionKind::kCollate> {
  ExpressionPtr operand;
  std::string collation;
};

}  // namespace firn::sql
