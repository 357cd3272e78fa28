#include "sql/printer_internal.h"
#include "sql/redact.h"

/// Queries and relations back to text.

namespace firn::sql {
namespace {

// INTERSECT binds tighter than UNION and EXCEPT.
bool IsTight(SetOperator op) { return op == SetOperator::kIntersect; }

// Whether `child` needs parentheses as an operand of `parent`.
bool NeedsParentheses(const QueryBody& child, const SetOperationBody& parent, bool first) {
  const auto* operation = AsIf<SetOperationBody>(child);
  if (operation == nullptr) return false;
  if (IsTight(operation->op) != IsTight(parent.op)) return IsTight(parent.op);
  const bool same = operation->op == parent.op && operation->all == parent.all;
  return !first || same;  // The same kind would melt into its parent.
}

}  // namespace

void Printer::PrintQuery(const Query& query) {
  PrintWith(query.with, query.recursive);
  PrintBody(*query.body);
  if (!query.order_by.empty()) {
    Write(" ORDER BY ");
    WriteOrder(query.order_by);
  }
  if (query.order_by_all) {
    Write(" ORDER BY ALL");
    WriteDirection(*query.order_by_all);
  }
  WriteOptional(" LIMIT ", query.limit);
  WriteOptional(" OFFSET ", query.offset);
}

void Printer::PrintWith(const std::vector<CommonTable>& with, bool recursive) {
  if (with.empty()) return;
  Write(recursive ? "WITH RECURSIVE " : "WITH ");
  WriteList(with, [&](const CommonTable& table) {
    WriteName(table.name);
    if (!table.columns.empty()) {
      Write(" ");
      WriteNameList(table.columns);
    }
    Write(" AS (");
    PrintQuery(*table.query);
    Write(")");
  });
  Write(" ");
}

void Printer::PrintBody(const QueryBody& body) {
  switch (body.kind) {
    case QueryBodyKind::kSelect: return PrintSelect(As<SelectBody>(body));
    case QueryBodyKind::kSetOperation: return PrintSetOperation(As<SetOperationBody>(body));
    case QueryBodyKind::kValues: Write("VALUES "); return PrintRows(As<ValuesBody>(body).rows);
    case QueryBodyKind::kNested:
      Write("(");
      PrintQuery(*As<NestedBody>(body).query);
      return Write(")");
  }
}

void Printer::PrintSetOperation(const SetOperationBody& body) {
  for (size_t i = 0; i < body.operands.size(); ++i) {
    if (i > 0) {
      Write(body.op == SetOperator::kUnion       ? " UNION "
            : body.op == SetOperator::kIntersect ? " INTERSECT "
                                                 : " EXCEPT ");
      if (body.all) Write("ALL ");
    }
    const bool wrap = NeedsParentheses(*body.operands[i], body, i == 0);
    if (wrap) Write("(");
    PrintBody(*body.operands[i]);
    if (wrap) Write(")");
  }
}

void Printer::PrintRows(const std::vector<std::vector<ExpressionPtr>>& rows) {
  WriteList(rows, [&](const std::vector<ExpressionPtr>& row) {
    Write("(");
    WriteExpressions(row);
    Write(")");
  });
}

void Printer::PrintHints(const std::vector<Hint>& hints) {
  for (const Hint& hint : hints) {
    Write("/*+ ");
    Write(hint.text);
    Write(" */ ");
  }
}

void Printer::PrintSelect(const SelectBody& select) {
  Write("SELECT ");
  PrintHints(select.hints);
  if (select.distinct) Write("DISTINCT ");
  WriteList(select.items, [&](const SelectItem& item) {
    PrintExpression(*item.expression);
    if (item.alias.empty()) return;
    Write(" AS ");
    WriteName(item.alias);
  });
  if (!select.from.empty()) {
    Write(" FROM ");
    PrintRelations(select.from);
  }
  WriteOptional(" WHERE ", select.where);
  PrintGroupBy(select.group_by);
  WriteOptional(" HAVING ", select.having);
  WriteOptional(" QUALIFY ", select.qualify);
}

void Printer::PrintGroupBy(const GroupBy& group_by) {
  switch (group_by.kind) {
    case GroupByKind::kNone: return;
    case GroupByKind::kAll: return Write(" GROUP BY ALL");
    case GroupByKind::kExpressions:
      Write(" GROUP BY ");
      return WriteExpressions(group_by.expressions);
    case GroupByKind::kRollup:
    case GroupByKind::kCube:
      Write(group_by.kind == GroupByKind::kRollup ? " GROUP BY ROLLUP (" : " GROUP BY CUBE (");
      WriteExpressions(group_by.expressions);
      return Write(")");
    case GroupByKind::kGroupingSets:
      Write(" GROUP BY GROUPING SETS (");
      PrintRows(group_by.grouping_sets);
      return Write(")");
  }
}

// ---- relations ----

void Printer::PrintRelations(const std::vector<RelationPtr>& relations) {
  WriteList(relations, [&](const RelationPtr& relation) { PrintRelation(*relation); });
}

void Printer::PrintRelation(const Relation& relation) {
  switch (relation.kind) {
    case RelationKind::kTable: return PrintTable(As<TableRelation>(relation));
    case RelationKind::kJoin: return PrintJoin(As<JoinRelation>(relation));
    case RelationKind::kTableFunction:
      return PrintTableFunction(As<TableFunctionRelation>(relation));
    case RelationKind::kSubquery: {
      const auto& subquery = As<SubqueryRelation>(relation);
      Write(subquery.lateral ? "LATERAL (" : "(");
      PrintQuery(*subquery.query);
      Write(")");
      return PrintAlias(subquery.alias);
    }
  }
}

void Printer::PrintTable(const TableRelation& table) {
  PrintName(table.name);
  if (table.time_travel) {
    Write(table.time_travel->kind == TimeTravelKind::kVersion ? " VERSION AS OF "
                                                              : " TIMESTAMP AS OF ");
    PrintExpression(*table.time_travel->value);
  }
  if (!table.partitions.empty()) {
    Write(" PARTITION ");
    WriteNameList(table.partitions);
  }
  PrintAlias(table.alias);
  if (!table.hints.empty()) {
    Write(" [");
    WriteList(table.hints, [&](const std::string& hint) { Write(hint); });
    Write("]");
  }
}

void Printer::PrintAlias(const TableAlias& alias) {
  if (alias.name.empty()) return;
  Write(" AS ");
  WriteName(alias.name);
  if (alias.columns.empty()) return;
  Write(" ");
  WriteNameList(alias.columns);
}

void Printer::PrintJoin(const JoinRelation& join) {
  PrintRelation(*join.left);
  Write(" ");
  Write(JoinKindName(join.join_kind));
  Write(" ");
  if (!join.hint.empty()) {
    Write("[");
    Write(join.hint);
    Write("] ");
  }
  const bool wrap = join.right->kind == RelationKind::kJoin;
  if (wrap) Write("(");
  PrintRelation(*join.right);
  if (wrap) Write(")");
  WriteOptional(" ON ", join.on);
  if (join.using_columns.empty()) return;
  Write(" USING ");
  WriteNameList(join.using_columns);
}

void Printer::PrintTableFunction(const TableFunctionRelation& function) {
  if (function.lateral) Write("LATERAL ");
  if (!function.properties.empty()) {
    Write("FILES(");
    WriteList(function.properties, [&](const std::pair<std::string, std::string>& property) {
      WriteString(property.first);
      Write(" = ");
      WriteString(IsSecretKey(property.first) ? "***" : property.second);
    });
    Write(")");
    return PrintAlias(function.alias);
  }
  WriteName(function.name);
  Write("(");
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    if (i > 0) Write(", ");
    if (!function.argument_names.empty()) {
      WriteName(function.argument_names[i]);
      Write(" => ");
    }
    PrintExpression(*function.arguments[i]);
  }
  Write(")");
  PrintAlias(function.alias);
}

}  // namespace firn::sql
