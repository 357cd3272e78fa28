#include "sql/walk.h"

namespace firn::sql {
namespace {

using Visit = std::function<void(const Expression&)>;

void VisitOne(const ExpressionPtr& child, const Visit& visit) {
  if (child != nullptr) visit(*child);
}
void VisitAll(const std::vector<ExpressionPtr>& children, const Visit& visit) {
  for (const ExpressionPtr& child : children) visit(*child);
}
void VisitOrder(const std::vector<OrderItem>& items, const Visit& visit) {
  for (const OrderItem& item : items) VisitOne(item.expression, visit);
}

void VisitCall(const FunctionCallExpression& call, const Visit& visit) {
  VisitAll(call.arguments, visit);
  VisitOrder(call.order_by, visit);
  VisitOne(call.separator, visit);
  VisitOne(call.filter, visit);
  if (call.over == nullptr) return;
  VisitAll(call.over->partition_by, visit);
  VisitOrder(call.over->order_by, visit);
  if (call.over->frame) {
    VisitOne(call.over->frame->start.offset, visit);
    VisitOne(call.over->frame->end.offset, visit);
  }
}

void VisitCase(const CaseExpression& node, const Visit& visit) {
  VisitOne(node.operand, visit);
  for (const CaseBranch& branch : node.branches) {
    visit(*branch.when);
    visit(*branch.then);
  }
  VisitOne(node.otherwise, visit);
}

}  // namespace

void ForEachChild(const Expression& e, const Visit& visit) {
  switch (e.kind) {
    case ExpressionKind::kLiteral:
    case ExpressionKind::kTimeUnit:
    case ExpressionKind::kDefault:
    case ExpressionKind::kColumnRef:
    case ExpressionKind::kStar:
    case ExpressionKind::kParameter:
    case ExpressionKind::kUserVariable:
    case ExpressionKind::kSystemVariable:
    case ExpressionKind::kSubquery:
    case ExpressionKind::kExists: return;
    case ExpressionKind::kInterval: return VisitOne(As<IntervalExpression>(e).value, visit);
    case ExpressionKind::kUnary: return VisitOne(As<UnaryExpression>(e).operand, visit);
    case ExpressionKind::kBinary:
      VisitOne(As<BinaryExpression>(e).left, visit);
      return VisitOne(As<BinaryExpression>(e).right, visit);
    case ExpressionKind::kLogical: return VisitAll(As<LogicalExpression>(e).operands, visit);
    case ExpressionKind::kBetween:
      VisitOne(As<BetweenExpression>(e).operand, visit);
      VisitOne(As<BetweenExpression>(e).low, visit);
      return VisitOne(As<BetweenExpression>(e).high, visit);
    case ExpressionKind::kInList:
      VisitOne(As<InListExpression>(e).operand, visit);
      return VisitAll(As<InListExpression>(e).items, visit);
    case ExpressionKind::kInSubquery: return VisitOne(As<InSubqueryExpression>(e).operand, visit);
    case ExpressionKind::kLike:
      VisitOne(As<LikeExpression>(e).operand, visit);
      VisitOne(As<LikeExpression>(e).pattern, visit);
      return VisitOne(As<LikeExpression>(e).escape, visit);
    case ExpressionKind::kIs: return VisitOne(As<IsExpression>(e).operand, visit);
    case ExpressionKind::kCase: return VisitCase(As<CaseExpression>(e), visit);
    case ExpressionKind::kCast: return VisitOne(As<CastExpression>(e).operand, visit);
    case ExpressionKind::kExtract: return VisitOne(As<ExtractExpression>(e).operand, visit);
    case ExpressionKind::kFunctionCall: return VisitCall(As<FunctionCallExpression>(e), visit);
    case ExpressionKind::kRow: return VisitAll(As<RowExpression>(e).items, visit);
    case ExpressionKind::kArray: return VisitAll(As<ArrayExpression>(e).items, visit);
    case ExpressionKind::kMap:
      for (const MapEntry& entry : As<MapExpression>(e).entries) {
        visit(*entry.key);
        visit(*entry.value);
      }
      return;
    case ExpressionKind::kSubscript:
      VisitOne(As<SubscriptExpression>(e).operand, visit);
      return VisitOne(As<SubscriptExpression>(e).index, visit);
    case ExpressionKind::kSlice:
      VisitOne(As<SliceExpression>(e).operand, visit);
      VisitOne(As<SliceExpression>(e).first, visit);
      return VisitOne(As<SliceExpression>(e).last, visit);
    case ExpressionKind::kField: return VisitOne(As<FieldExpression>(e).operand, visit);
    case ExpressionKind::kLambda: return VisitOne(As<LambdaExpression>(e).body, visit);
    case ExpressionKind::kCollate: return VisitOne(As<CollateExpression>(e).operand, visit);
  }
}

void ForEachQuery(const Expression& e, const std::function<void(const Query&)>& visit) {
  switch (e.kind) {
    case ExpressionKind::kSubquery: return visit(*As<SubqueryExpression>(e).query);
    case ExpressionKind::kExists: return visit(*As<ExistsExpression>(e).query);
    case ExpressionKind::kInSubquery: return visit(*As<InSubqueryExpression>(e).query);
    default: return;
  }
}

}  // namespace firn::sql
