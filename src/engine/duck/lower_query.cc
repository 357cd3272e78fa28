#include <algorithm>
#include <set>

#include <duckdb/parser/parsed_expression_iterator.hpp>

#include "engine/duck/catalog_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/time_text_internal.h"
#include "lake/iceberg/view_metadata.h"

namespace firn::duck {
namespace {

using duckdb::make_uniq;
using duckdb::QueryNode;
using duckdb::TableRef;
template <typename T>
using Ptr = duckdb::unique_ptr<T>;

duckdb::OrderByNullType NullOrder(const std::optional<bool>& nulls_first, bool descending) {
  const bool first = nulls_first.value_or(!descending);
  return first ? duckdb::OrderByNullType::NULLS_FIRST : duckdb::OrderByNullType::NULLS_LAST;
}

duckdb::OrderType Direction(bool descending) {
  return descending ? duckdb::OrderType::DESCENDING : duckdb::OrderType::ASCENDING;
}

void SetAlias(TableRef& ref, const sql::TableAlias& alias) {
  if (!alias.name.empty()) ref.alias = alias.name;
  for (const std::string& column : alias.columns) ref.column_name_alias.push_back(column);
}

Ptr<duckdb::SelectStatement> AsStatement(Ptr<QueryNode> node) {
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  return statement;
}

void AddToWhere(duckdb::SelectNode& node, Parsed condition) {
  node.where_clause =
      node.where_clause == nullptr
          ? std::move(condition)
          : make_uniq<duckdb::ConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_AND,
                                                     std::move(node.where_clause),
                                                     std::move(condition));
}

/// Puts what the SELECT list calls by a name in that name's place.
void ReplaceAliases(Parsed& expression, const ParsedList& items) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF) {
    const auto& column = expression->Cast<duckdb::ColumnRefExpression>();
    if (column.IsQualified()) return;
    for (const Parsed& item : items) {
      if (!duckdb::StringUtil::CIEquals(item->GetAlias(), column.GetColumnName())) continue;
      expression = item->Copy();
      expression->ClearAlias();
      return;
    }
    return;
  }
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      *expression, [&items](Parsed& child) { ReplaceAliases(child, items); });
}

/// All subsets that ROLLUP or CUBE of `count` expressions stand for.
duckdb::vector<duckdb::GroupingSet> ExpandSets(sql::GroupByKind kind, std::size_t count) {
  duckdb::vector<duckdb::GroupingSet> sets;
  if (kind == sql::GroupByKind::kRollup) {
    for (std::size_t size = count + 1; size-- > 0;) {
      duckdb::GroupingSet set;
      for (std::size_t i = 0; i < size; ++i) set.insert(i);
      sets.push_back(std::move(set));
    }
    return sets;
  }
  for (std::size_t bits = std::size_t{1} << count; bits-- > 0;) {
    duckdb::GroupingSet set;
    for (std::size_t i = 0; i < count; ++i) {
      if ((bits >> i & 1) != 0) set.insert(i);
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

constexpr std::size_t kCubeColumnsMax = 12;

duckdb::JoinType JoinTypeOf(sql::JoinKind kind) {
  switch (kind) {
    case sql::JoinKind::kInner:
    case sql::JoinKind::kCross:
    case sql::JoinKind::kAsof:
      return duckdb::JoinType::INNER;
    case sql::JoinKind::kLeft:
    case sql::JoinKind::kAsofLeft:
      return duckdb::JoinType::LEFT;
    case sql::JoinKind::kRight:
      return duckdb::JoinType::RIGHT;
    case sql::JoinKind::kFull:
      return duckdb::JoinType::OUTER;
    case sql::JoinKind::kLeftSemi:
    case sql::JoinKind::kRightSemi:
      return duckdb::JoinType::SEMI;
    case sql::JoinKind::kLeftAnti:
    case sql::JoinKind::kRightAnti:
    case sql::JoinKind::kNullAwareLeftAnti:
      return duckdb::JoinType::ANTI;
  }
  return duckdb::JoinType::INNER;
}

}  // namespace

Result<Ptr<duckdb::SelectStatement>> Lowering::LowerQuery(const sql::Query& query) {
  if (depth_ + query.height > 2 * kLoweringDepthMax) {
    return ResourceExhausted("QueryTooDeep", "The query is nested too deeply");
  }
  FIRN_ASSIGN_OR_RETURN(Ptr<QueryNode> node, LowerNode(query));
  return AsStatement(std::move(node));
}

Result<Ptr<QueryNode>> Lowering::LowerNode(const sql::Query& query) {
  if (++depth_ > kLoweringDepthMax) {
    return ResourceExhausted("QueryTooDeep", "The query is nested too deeply");
  }
  const std::size_t visible = common_tables_.size();
  // The common tables go with the node they stand before; lowering them first puts their names in
  // sight.
  auto holder = make_uniq<duckdb::SelectNode>();
  FIRN_TRY(LowerCommonTables(query.with, query.recursive, *holder));
  FIRN_ASSIGN_OR_RETURN(Ptr<QueryNode> node, LowerBody(*query.body));
  const bool nested_modifiers = query.body->kind == sql::QueryBodyKind::kNested &&
                                (!node->modifiers.empty() || !node->cte_map.map.empty());
  if (nested_modifiers) {
    auto outer = make_uniq<duckdb::SelectNode>();
    outer->select_list.push_back(make_uniq<duckdb::StarExpression>());
    outer->from_table = make_uniq<duckdb::SubqueryRef>(AsStatement(std::move(node)));
    node = std::move(outer);
  }
  for (auto& entry : holder->cte_map.map) {
    node->cte_map.map[entry.first] = std::move(entry.second);
  }
  FIRN_TRY(LowerModifiers(query, *node));
  common_tables_.resize(visible);
  --depth_;
  return node;
}

Status Lowering::LowerCommonTables(const std::vector<sql::CommonTable>& tables, bool recursive_list,
                                   QueryNode& node) {
  for (const sql::CommonTable& table : tables) {
    auto info = make_uniq<duckdb::CommonTableExpressionInfo>();
    for (const std::string& column : table.columns) info->aliases.push_back(column);
    const auto* set_operation = sql::AsIf<sql::SetOperationBody>(*table.query->body);
    const bool recursive = recursive_list && set_operation != nullptr &&
                           set_operation->op == sql::SetOperator::kUnion &&
                           set_operation->operands.size() == 2 && table.query->with.empty() &&
                           table.query->order_by.empty() && table.query->limit == nullptr;
    if (recursive) {
      auto recursion = make_uniq<duckdb::RecursiveCTENode>();
      recursion->ctename = table.name;
      recursion->union_all = set_operation->all;
      recursion->aliases = info->aliases;
      FIRN_ASSIGN_OR_RETURN(recursion->left, LowerBody(*set_operation->operands[0]));
      common_tables_.push_back(table.name);
      FIRN_ASSIGN_OR_RETURN(recursion->right, LowerBody(*set_operation->operands[1]));
      info->query = AsStatement(std::move(recursion));
    } else {
      FIRN_ASSIGN_OR_RETURN(info->query, LowerQuery(*table.query));
      common_tables_.push_back(table.name);
    }
    if (node.cte_map.map.contains(table.name)) {
      return InvalidArgument("AnalysisError",
                             WithPlace("Not unique table '" + table.name + "'", table.position));
    }
    node.cte_map.map[table.name] = std::move(info);
  }
  return Ok();
}

Status Lowering::LowerModifiers(const sql::Query& query, QueryNode& node) {
  if (!query.order_by.empty() || query.order_by_all) {
    auto order = make_uniq<duckdb::OrderModifier>();
    FIRN_ASSIGN_OR_RETURN(order->orders, LowerOrder(query.order_by));
    if (query.order_by_all) {
      const sql::OrderItem& all = *query.order_by_all;
      order->orders.emplace_back(Direction(all.descending),
                                 NullOrder(all.nulls_first, all.descending),
                                 make_uniq<duckdb::StarExpression>());
    }
    node.modifiers.push_back(std::move(order));
  }
  if (query.limit != nullptr || query.offset != nullptr) {
    auto limit = make_uniq<duckdb::LimitModifier>();
    if (query.limit != nullptr) {
      FIRN_ASSIGN_OR_RETURN(limit->limit, LowerExpression(*query.limit));
    }
    if (query.offset != nullptr) {
      FIRN_ASSIGN_OR_RETURN(limit->offset, LowerExpression(*query.offset));
    }
    node.modifiers.push_back(std::move(limit));
  }
  return Ok();
}

Result<duckdb::vector<duckdb::OrderByNode>> Lowering::LowerOrder(
    const std::vector<sql::OrderItem>& items) {
  duckdb::vector<duckdb::OrderByNode> orders;
  for (const sql::OrderItem& item : items) {
    FIRN_ASSIGN_OR_RETURN(Parsed expression, LowerExpression(*item.expression));
    orders.emplace_back(Direction(item.descending), NullOrder(item.nulls_first, item.descending),
                        std::move(expression));
  }
  return orders;
}

Result<Ptr<QueryNode>> Lowering::LowerBody(const sql::QueryBody& body) {
  switch (body.kind) {
    case sql::QueryBodyKind::kSelect:
      return LowerSelect(sql::As<sql::SelectBody>(body));
    case sql::QueryBodyKind::kSetOperation:
      return LowerSetOperation(sql::As<sql::SetOperationBody>(body));
    case sql::QueryBodyKind::kValues:
      return LowerValues(sql::As<sql::ValuesBody>(body));
    case sql::QueryBodyKind::kNested:
      return LowerNode(*sql::As<sql::NestedBody>(body).query);
  }
  return UnsupportedSyntax("This kind of query", body.position);
}

Result<Ptr<QueryNode>> Lowering::LowerSelect(const sql::SelectBody& body) {
  auto node = make_uniq<duckdb::SelectNode>();
  if (body.from.empty()) {
    node->from_table = make_uniq<duckdb::EmptyTableRef>();
  } else {
    FIRN_ASSIGN_OR_RETURN(node->from_table, LowerFrom(body.from));
  }
  const std::size_t aggregates_before = aggregates_lowered_;
  for (const sql::SelectItem& item : body.items) {
    FIRN_ASSIGN_OR_RETURN(Parsed expression, LowerItem(item));
    node->select_list.push_back(std::move(expression));
  }
  if (body.where != nullptr) {
    FIRN_ASSIGN_OR_RETURN(node->where_clause, LowerExpression(*body.where));
  }
  FIRN_TRY(LowerGroupBy(body.group_by, *node));
  if (body.having != nullptr) {
    FIRN_ASSIGN_OR_RETURN(node->having, LowerExpression(*body.having));
    // MySQL's meaning, which JDBC drivers count on: without groups HAVING filters by the SELECT
    // list's own names.
    const bool grouped = body.group_by.kind != sql::GroupByKind::kNone ||
                         aggregates_lowered_ != aggregates_before;
    if (!grouped) {
      ReplaceAliases(node->having, node->select_list);
      AddToWhere(*node, std::move(node->having));
    }
  }
  if (body.qualify != nullptr) {
    FIRN_ASSIGN_OR_RETURN(node->qualify, LowerExpression(*body.qualify));
  }
  if (body.distinct) node->modifiers.push_back(make_uniq<duckdb::DistinctModifier>());
  return Ptr<QueryNode>(std::move(node));
}

Result<Parsed> Lowering::LowerItem(const sql::SelectItem& item) {
  FIRN_ASSIGN_OR_RETURN(Parsed expression, LowerExpression(*item.expression));
  if (item.expression->kind == sql::ExpressionKind::kStar) return expression;
  if (!item.alias.empty()) {
    expression->SetAlias(item.alias);
  } else if (const auto* column = sql::AsIf<sql::ColumnRefExpression>(*item.expression)) {
    expression->SetAlias(column->parts.back());
  } else if (!item.source.empty()) {
    expression->SetAlias(item.source);
  }
  return expression;
}

Status Lowering::LowerGroupBy(const sql::GroupBy& group_by, duckdb::SelectNode& node) {
  switch (group_by.kind) {
    case sql::GroupByKind::kNone:
      return Ok();
    case sql::GroupByKind::kAll:
      node.aggregate_handling = duckdb::AggregateHandling::FORCE_AGGREGATES;
      return Ok();
    case sql::GroupByKind::kExpressions:
    case sql::GroupByKind::kRollup:
    case sql::GroupByKind::kCube: {
      FIRN_ASSIGN_OR_RETURN(node.groups.group_expressions, LowerAll(group_by.expressions));
      const std::size_t count = group_by.expressions.size();
      if (group_by.kind == sql::GroupByKind::kExpressions) {
        duckdb::GroupingSet all;
        for (std::size_t i = 0; i < count; ++i) all.insert(i);
        node.groups.grouping_sets.push_back(std::move(all));
        return Ok();
      }
      if (group_by.kind == sql::GroupByKind::kCube && count > kCubeColumnsMax) {
        return Unsupported("CubeTooLarge", "CUBE of more than 12 columns is not supported");
      }
      node.groups.grouping_sets = ExpandSets(group_by.kind, count);
      return Ok();
    }
    case sql::GroupByKind::kGroupingSets:
      break;
  }
  for (const auto& set : group_by.grouping_sets) {
    duckdb::GroupingSet indexes;
    for (const sql::ExpressionPtr& expression : set) {
      FIRN_ASSIGN_OR_RETURN(Parsed lowered, LowerExpression(*expression));
      auto& all = node.groups.group_expressions;
      std::size_t index = 0;
      while (index < all.size() && !all[index]->Equals(*lowered)) ++index;
      if (index == all.size()) all.push_back(std::move(lowered));
      indexes.insert(index);
    }
    node.groups.grouping_sets.push_back(std::move(indexes));
  }
  return Ok();
}

Result<Ptr<QueryNode>> Lowering::LowerSetOperation(const sql::SetOperationBody& body) {
  Ptr<QueryNode> left;
  for (const sql::QueryBodyPtr& operand : body.operands) {
    FIRN_ASSIGN_OR_RETURN(Ptr<QueryNode> right, LowerBody(*operand));
    if (left == nullptr) {
      left = std::move(right);
      continue;
    }
    auto node = make_uniq<duckdb::SetOperationNode>();
    node->setop_all = body.all;
    switch (body.op) {
      case sql::SetOperator::kUnion:
        node->setop_type = duckdb::SetOperationType::UNION;
        break;
      case sql::SetOperator::kIntersect:
        node->setop_type = duckdb::SetOperationType::INTERSECT;
        break;
      case sql::SetOperator::kExcept:
        node->setop_type = duckdb::SetOperationType::EXCEPT;
        break;
    }
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    left = std::move(node);
  }
  return left;
}

Result<Ptr<QueryNode>> Lowering::LowerValues(const sql::ValuesBody& body) {
  auto values = make_uniq<duckdb::ExpressionListRef>();
  values->alias = "valueslist";
  for (const auto& row : body.rows) {
    FIRN_ASSIGN_OR_RETURN(ParsedList lowered, LowerAll(row));
    values->values.push_back(std::move(lowered));
  }
  for (std::size_t i = 0; !body.rows.empty() && i < body.rows[0].size(); ++i) {
    values->expected_names.push_back("column_" + std::to_string(i));
  }
  auto node = make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(make_uniq<duckdb::StarExpression>());
  node->from_table = std::move(values);
  return Ptr<QueryNode>(std::move(node));
}

Result<Ptr<TableRef>> Lowering::LowerFrom(const std::vector<sql::RelationPtr>& from) {
  Ptr<TableRef> all;
  for (const sql::RelationPtr& relation : from) {
    FIRN_ASSIGN_OR_RETURN(Ptr<TableRef> ref, LowerRelation(*relation));
    if (all == nullptr) {
      all = std::move(ref);
      continue;
    }
    auto join = make_uniq<duckdb::JoinRef>(duckdb::JoinRefType::CROSS);
    join->left = std::move(all);
    join->right = std::move(ref);
    all = std::move(join);
  }
  return all;
}

Result<Ptr<TableRef>> Lowering::LowerRelation(const sql::Relation& relation) {
  switch (relation.kind) {
    case sql::RelationKind::kTable:
      return LowerTable(sql::As<sql::TableRelation>(relation));
    case sql::RelationKind::kSubquery: {
      const auto& subquery = sql::As<sql::SubqueryRelation>(relation);
      FIRN_ASSIGN_OR_RETURN(Ptr<duckdb::SelectStatement> query, LowerQuery(*subquery.query));
      auto ref = make_uniq<duckdb::SubqueryRef>(std::move(query));
      SetAlias(*ref, subquery.alias);
      return Ptr<TableRef>(std::move(ref));
    }
    case sql::RelationKind::kJoin:
      return LowerJoin(sql::As<sql::JoinRelation>(relation));
    case sql::RelationKind::kTableFunction:
      return LowerTableFunction(sql::As<sql::TableFunctionRelation>(relation));
  }
  return UnsupportedSyntax("This kind of relation", relation.position);
}

bool Lowering::IsCommonTable(const std::string& name) const {
  for (const std::string& table : common_tables_) {
    if (duckdb::StringUtil::CIEquals(table, name)) return true;
  }
  return false;
}

Result<Ptr<TableRef>> Lowering::LowerTable(const sql::TableRelation& table) {
  const auto& parts = table.name.parts;
  if (!table.partitions.empty()) return UnsupportedSyntax("PARTITION (…) in FROM", table.position);
  auto ref = make_uniq<duckdb::BaseTableRef>();
  if (parts.size() == 1 && IsCommonTable(parts[0])) {
    ref->table_name = parts[0];
    SetAlias(*ref, table.alias);
    return Ptr<TableRef>(std::move(ref));
  }
  TableName name{place_.catalog, place_.database, parts.back()};
  if (parts.size() >= 2) name.database = parts[parts.size() - 2];
  if (parts.size() >= 3) name.catalog = parts[parts.size() - 3];
  if (name.database.empty()) {
    return InvalidArgument("NoDatabase", "No database selected");
  }
  std::optional<std::int64_t> version;
  if (table.time_travel) {
    // The versions of a metadata table are those of its table.
    TableName versioned = name;
    const auto metadata_table = sql::SplitMetadataTable(name.table);
    if (metadata_table) versioned.table = metadata_table->first;
    FIRN_ASSIGN_OR_RETURN(const TablePin* base, statement_.Resolve(versioned));
    if (const auto* view = std::get_if<PinnedView>(&base->table)) return LowerView(table, *view);
    FIRN_ASSIGN_OR_RETURN(version, ResolveVersion(*table.time_travel, *base));
    if (metadata_table) name.snapshot_id = version;
  }
  FIRN_ASSIGN_OR_RETURN(const TablePin* pin, statement_.Resolve(name));
  if (const auto* view = std::get_if<PinnedView>(&pin->table)) return LowerView(table, *view);
  ref->catalog_name = kAttachedName;
  ref->schema_name = EncodeSchemaName(name.catalog, name.database);
  ref->table_name = EncodeTableName(name.table, version);
  SetAlias(*ref, table.alias);
  if (table.alias.name.empty()) {
    if (version) {
      ref->alias = name.table;
    } else {
      seen_tables_.push_back({name.catalog, name.database, name.table, false});
    }
  }
  return Ptr<TableRef>(std::move(ref));
}

Result<Ptr<TableRef>> Lowering::LowerView(const sql::TableRelation& table,
                                          const PinnedView& view) {
  if (table.time_travel) return UnsupportedSyntax("Time travel on a view", table.position);
  const auto same = [&](const PinnedView* outer) { return outer == &view; };
  if (std::ranges::any_of(views_, same)) {
    return InvalidArgument("ViewRecursion",
                           WithPlace("View '" + view.name.table + "' stands on itself",
                                     table.position));
  }
  if (views_.size() >= kViewDepthMax) {
    return ResourceExhausted("ViewsTooDeep", "Views stand on views, more than " +
                                                 std::to_string(kViewDepthMax) + " deep");
  }
  views_.push_back(&view);
  const Place outer_place =
      std::exchange(place_, Place{view.current_catalog, view.current_database});
  const auto outer_common = std::exchange(common_tables_, {});
  const auto outer_seen = std::exchange(seen_tables_, {});
  auto query = LowerQuery(*view.query);
  views_.pop_back();
  place_ = outer_place;
  common_tables_ = outer_common;
  seen_tables_ = outer_seen;
  if (!query) return std::move(query).error().Note("in view '" + view.name.table + "'");

  auto inner = make_uniq<duckdb::SubqueryRef>(*std::move(query));
  inner->alias = view.name.table;
  auto node = make_uniq<duckdb::SelectNode>();
  const auto& fields = view.metadata->current_schema().fields;
  const bool by_name = view.query_columns.size() == fields.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!by_name) inner->column_name_alias.push_back(fields[i].name);
    auto column = make_uniq<duckdb::ColumnRefExpression>(by_name ? view.query_columns[i]
                                                                 : fields[i].name);
    column->SetAlias(fields[i].name);
    node->select_list.push_back(std::move(column));
  }
  node->from_table = std::move(inner);
  auto ref = make_uniq<duckdb::SubqueryRef>(AsStatement(std::move(node)));
  ref->alias = view.name.table;
  SetAlias(*ref, table.alias);
  if (table.alias.name.empty()) {
    seen_tables_.push_back({view.name.catalog, view.name.database, view.name.table, true});
  }
  return Ptr<TableRef>(std::move(ref));
}

Result<std::optional<std::int64_t>> Lowering::ResolveVersion(const sql::TimeTravel& travel,
                                                             const TablePin& pin) {
  const auto* pinned = std::get_if<PinnedTable>(&pin.table);
  if (pinned == nullptr) {
    return UnsupportedSyntax("Time travel on this table", travel.value->position);
  }
  const iceberg::TableMetadata& metadata = *pinned->metadata;
  const auto* literal = sql::AsIf<sql::LiteralExpression>(*travel.value);
  if (literal == nullptr) {
    return UnsupportedSyntax("Time travel to an expression", travel.value->position);
  }
  const std::string& text = literal->value.text;
  if (travel.kind == sql::TimeTravelKind::kVersion) {
    if (literal->value.kind == sql::LiteralKind::kInteger) return literal->value.Int64();
    const auto ref = metadata.refs.find(text);
    if (ref == metadata.refs.end()) {
      return NotFound("NoSuchSnapshot",
                      "Table '" + pinned->name.table + "' has no branch or tag '" + text + "'");
    }
    return std::optional<std::int64_t>(ref->second.snapshot_id);
  }
  const auto micros = ParseDateTime(text);
  if (!micros) {
    return InvalidArgument("AnalysisError",
                           WithPlace("'" + text + "' is not a datetime", travel.value->position));
  }
  const auto snapshot = metadata.SnapshotIdAsOf(*micros / 1000);
  if (!snapshot) {
    return NotFound("NoSuchSnapshot",
                    "Table '" + pinned->name.table + "' has no snapshot at '" + text + "'");
  }
  return snapshot;
}

Result<Ptr<TableRef>> Lowering::LowerJoin(const sql::JoinRelation& join) {
  if (join.join_kind == sql::JoinKind::kNullAwareLeftAnti) {
    return UnsupportedSyntax("NULL AWARE LEFT ANTI JOIN", join.position);
  }
  FIRN_ASSIGN_OR_RETURN(Ptr<TableRef> left, LowerRelation(*join.left));
  FIRN_ASSIGN_OR_RETURN(Ptr<TableRef> right, LowerRelation(*join.right));
  const bool has_condition = join.on != nullptr || !join.using_columns.empty();
  auto ref = make_uniq<duckdb::JoinRef>(has_condition ? duckdb::JoinRefType::REGULAR
                                                      : duckdb::JoinRefType::CROSS);
  ref->type = JoinTypeOf(join.join_kind);
  if (join.join_kind == sql::JoinKind::kAsof || join.join_kind == sql::JoinKind::kAsofLeft) {
    ref->ref_type = duckdb::JoinRefType::ASOF;
  }
  if (!has_condition && ref->type != duckdb::JoinType::INNER) {
    return InvalidArgument("AnalysisError",
                           WithPlace(std::string(sql::JoinKindName(join.join_kind)) +
                                         " needs an ON or USING condition",
                                     join.position));
  }
  const bool swapped =
      join.join_kind == sql::JoinKind::kRightSemi || join.join_kind == sql::JoinKind::kRightAnti;
  if (swapped) std::swap(left, right);
  ref->left = std::move(left);
  ref->right = std::move(right);
  if (join.on != nullptr) {
    FIRN_ASSIGN_OR_RETURN(ref->condition, LowerExpression(*join.on));
  }
  for (const std::string& column : join.using_columns) ref->using_columns.push_back(column);
  return Ptr<TableRef>(std::move(ref));
}

Result<Ptr<TableRef>> Lowering::LowerAppends(const sql::TableFunctionRelation& function) {
  const auto literal = [&](std::size_t i) -> const sql::Literal* {
    if (i >= function.arguments.size()) return nullptr;
    const auto* node = sql::AsIf<sql::LiteralExpression>(*function.arguments[i]);
    return node == nullptr ? nullptr : &node->value;
  };
  const auto snapshot = [&](std::size_t i) -> std::optional<std::int64_t> {
    const sql::Literal* value = literal(i);
    return value == nullptr || value->kind != sql::LiteralKind::kInteger ? std::nullopt
                                                                         : value->Int64();
  };
  const std::size_t count = function.arguments.size();
  const sql::Literal* path = literal(0);
  if (count < 2 || count > 3 || path == nullptr || path->kind != sql::LiteralKind::kString ||
      !snapshot(1) || (count == 3 && !snapshot(2))) {
    return InvalidArgument("AnalysisError",
                           WithPlace("table_appends takes a table's name as a text and one or two "
                                     "snapshot ids: after which, and up to which",
                                     function.position));
  }
  TableName name{scope().current_catalog, scope().current_database, ""};
  const auto parts = duckdb::StringUtil::Split(path->text, '.');
  if (parts.empty() || parts.size() > 3) {
    return InvalidArgument("AnalysisError",
                           WithPlace("'" + path->text + "' names no table", function.position));
  }
  name.table = parts.back();
  if (parts.size() >= 2) name.database = parts[parts.size() - 2];
  if (parts.size() == 3) name.catalog = parts[0];
  FIRN_ASSIGN_OR_RETURN(const TablePin* pin, statement_.Resolve(name));
  const auto* pinned = std::get_if<PinnedTable>(&pin->table);
  const auto up_to = count == 3 ? snapshot(2) : pinned == nullptr ? std::nullopt : pinned->snapshot_id;
  if (pinned == nullptr || !up_to) {
    return InvalidArgument("AnalysisError",
                           WithPlace("Table '" + name.table + "' has no snapshots",
                                     function.position));
  }
  auto ref = make_uniq<duckdb::BaseTableRef>();
  ref->catalog_name = kAttachedName;
  ref->schema_name = EncodeSchemaName(name.catalog, name.database);
  ref->table_name = EncodeTableName(name.table, up_to, snapshot(1));
  SetAlias(*ref, function.alias);
  if (ref->alias.empty()) ref->alias = name.table;
  return Ptr<TableRef>(std::move(ref));
}

Result<Ptr<TableRef>> Lowering::LowerTableFunction(const sql::TableFunctionRelation& function) {
  const std::string name = duckdb::StringUtil::Lower(function.name);
  if (name == "table_appends") return LowerAppends(function);
  if (name == "files") {
    return Unsupported(
        "TableFunction",
        WithPlace("FILES(…) is not supported: ALTER TABLE t EXECUTE add_files(…) takes Parquet files "
                  "into an Iceberg table where they are",
                  function.position));
  }
  if (name != "unnest" && name != "generate_series") {
    return Unsupported(
        "TableFunction",
        WithPlace("Table function '" + function.name + "' is not supported", function.position));
  }
  FIRN_ASSIGN_OR_RETURN(ParsedList arguments, LowerAll(function.arguments));
  auto ref = make_uniq<duckdb::TableFunctionRef>();
  if (name == "generate_series") {
    for (Parsed& argument : arguments) argument = MakeCall("sr_bigint", std::move(argument));
  }
  ref->function = MakeCall(name, std::move(arguments));
  SetAlias(*ref, function.alias);
  if (ref->alias.empty()) ref->alias = name;
  if (ref->column_name_alias.empty()) ref->column_name_alias.push_back(name);
  return Ptr<TableRef>(std::move(ref));
}

}  // namespace firn::duck
