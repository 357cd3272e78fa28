#include "engine/duck/change_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/scan_internal.h"
#include "lake/iceberg/schema.h"
#include "sql/statement.h"

/// DELETE, UPDATE and MERGE as queries for the rows they touch.

namespace firn::duck {
namespace {

using duckdb::make_uniq;
using duckdb::Value;
template <typename T>
using Ptr = duckdb::unique_ptr<T>;

Parsed Alias(Parsed expression, std::string name) {
  expression->SetAlias(std::move(name));
  return expression;
}

/// The target as the statement calls it.
class Target {
 public:
  Target(const sql::ObjectName& name, const std::string& alias) {
    relation_.name = name;
    relation_.alias.name = alias;
  }
  const sql::TableRelation& relation() const { return relation_; }
  const std::string& qualifier() const {
    return relation_.alias.name.empty() ? relation_.name.last() : relation_.alias.name;
  }
  Parsed Column(const std::string& column) const {
    return make_uniq<duckdb::ColumnRefExpression>(
        duckdb::vector<std::string>{qualifier(), column});
  }

 private:
  sql::TableRelation relation_;
};

Ptr<duckdb::TableRef> Join(Ptr<duckdb::TableRef> left, Ptr<duckdb::TableRef> right) {
  if (right == nullptr) return left;
  auto join = make_uniq<duckdb::JoinRef>(duckdb::JoinRefType::CROSS);
  join->left = std::move(left);
  join->right = std::move(right);
  return join;
}

/// File, position and action of a row; the columns follow.
Ptr<duckdb::SelectNode> TouchedRows(const Target& target, Parsed action) {
  auto node = make_uniq<duckdb::SelectNode>();
  node->select_list.push_back(Alias(target.Column(kFileColumn), "file"));
  node->select_list.push_back(Alias(target.Column(kPositionColumn), "position"));
  node->select_list.push_back(
      Alias(MakeEngineCast(std::move(action), duckdb::LogicalType::TINYINT), "action"));
  return node;
}

Parsed ActionConstant(RowAction action) {
  return MakeConstant(Value::TINYINT(static_cast<int8_t>(action)));
}

RowAction ActionOf(sql::MergeBranch::Action action) {
  switch (action) {
    case sql::MergeBranch::Action::kUpdate: return RowAction::kUpdate;
    case sql::MergeBranch::Action::kDelete: return RowAction::kDelete;
    case sql::MergeBranch::Action::kInsert: return RowAction::kInsert;
  }
  return RowAction::kUpdate;
}

/// The target's columns, and what a statement assigns to them.
class ChangeColumns {
 public:
  ChangeColumns(Lowering& lowering, const iceberg::Schema& schema, const Target& target)
      : lowering_(lowering), schema_(schema), target_(target) {}

  /// The value of every column after an UPDATE's assignments.
  Result<ParsedList> Updated(const std::vector<sql::Assignment>& assignments) {
    std::map<std::int32_t, const sql::Assignment*> by_field;
    for (const sql::Assignment& assignment : assignments) {
      FIRN_ASSIGN_OR_RETURN(const iceberg::NestedField* field,
                            Find(assignment.target, assignment.position));
      if (!by_field.emplace(field->id, &assignment).second) {
        return InvalidArgument("DuplicateColumn",
                               WithPlace("Column '" + field->name + "' is assigned twice",
                                         assignment.position));
      }
    }
    ParsedList values;
    for (const iceberg::NestedField& field : schema_.fields) {
      const auto found = by_field.find(field.id);
      if (found == by_field.end()) {
        values.push_back(target_.Column(field.name));
        continue;
      }
      FIRN_ASSIGN_OR_RETURN(Parsed value, Stored(field, found->second->value.get()));
      values.push_back(std::move(value));
    }
    return values;
  }

  /// The value of every column of a row that MERGE inserts.
  Result<ParsedList> Inserted(const sql::MergeBranch& branch) {
    const std::size_t wanted =
        branch.columns.empty() ? schema_.fields.size() : branch.columns.size();
    if (branch.values.size() != wanted) {
      return InvalidArgument(
          "ColumnCountMismatch",
          WithPlace("Inserted target column count: " + std::to_string(wanted) +
                        " doesn't match value count: " + std::to_string(branch.values.size()),
                    branch.position));
    }
    std::map<std::int32_t, const sql::Expression*> by_field;
    for (std::size_t i = 0; i < wanted; ++i) {
      const iceberg::NestedField* field = &schema_.fields[i];
      if (!branch.columns.empty()) {
        FIRN_ASSIGN_OR_RETURN(field, Find({branch.columns[i]}, branch.position));
      }
      if (!by_field.emplace(field->id, branch.values[i].get()).second) {
        return InvalidArgument("DuplicateColumn",
                               WithPlace("Column '" + field->name + "' is named twice",
                                         branch.position));
      }
    }
    ParsedList values;
    for (const iceberg::NestedField& field : schema_.fields) {
      const auto found = by_field.find(field.id);
      FIRN_ASSIGN_OR_RETURN(Parsed value,
                            Stored(field, found == by_field.end() ? nullptr : found->second));
      values.push_back(std::move(value));
    }
    return values;
  }

  /// NULLs of the columns' types: of rows that only go.
  Result<ParsedList> None() {
    ParsedList values;
    for (const iceberg::NestedField& field : schema_.fields) {
      FIRN_ASSIGN_OR_RETURN(const duckdb::LogicalType type, ToLogicalType(field.type, field.name));
      values.push_back(MakeNull(type));
    }
    return values;
  }

 private:
  Result<const iceberg::NestedField*> Find(const std::vector<std::string>& path,
                                           sql::Position position) const {
    for (const iceberg::NestedField& field : schema_.fields) {
      const bool qualified =
          path.size() == 1 || duckdb::StringUtil::CIEquals(path[path.size() - 2],
                                                           target_.qualifier());
      if (qualified && duckdb::StringUtil::CIEquals(field.name, path.back())) return &field;
    }
    return InvalidArgument("UnknownColumn",
                           WithPlace("Unknown column '" + path.back() + "' in '" +
                                         target_.qualifier() + "'",
                                     position));
  }

  /// The value as the column takes it; null or DEFAULT: its write default.
  Result<Parsed> Stored(const iceberg::NestedField& field, const sql::Expression* value) {
    FIRN_ASSIGN_OR_RETURN(const duckdb::LogicalType type, ToLogicalType(field.type, field.name));
    Parsed lowered;
    if (value == nullptr || value->kind == sql::ExpressionKind::kDefault) {
      Value otherwise(type);
      if (field.write_default && field.type.is_primitive()) {
        FIRN_ASSIGN_OR_RETURN(const iceberg::Literal literal,
                              iceberg::LiteralFromJson(*field.write_default, field.type));
        otherwise = ToValue(literal);
      }
      if (otherwise.IsNull() && field.required) {
        return InvalidArgument("NullNotAllowed",
                               "Column '" + field.name +
                                   "' has no default value and must be given one");
      }
      lowered = MakeConstant(std::move(otherwise));
    } else {
      FIRN_ASSIGN_OR_RETURN(lowered, lowering_.LowerExpression(*value));
    }
    return MakeCall("sr_store", std::move(lowered), MakeNull(type),
                    MakeConstant(Value(field.name)),
                    MakeConstant(Value::BOOLEAN(field.required)));
  }

  Lowering& lowering_;
  const iceberg::Schema& schema_;
  const Target& target_;
};

const iceberg::Schema& SchemaOf(const TablePin& pin) {
  return std::get<PinnedTable>(pin.table).metadata->current_schema();
}

/// The id of the row that is changed; NULL for one that MERGE inserts.
void AddRowId(const TablePin& pin, const Target& target, duckdb::SelectNode& rows) {
  if (!HasRowLineage(*std::get<PinnedTable>(pin.table).metadata)) return;
  rows.select_list.push_back(
      Alias(target.Column(iceberg::kRowIdField.name), iceberg::kRowIdField.name));
}

}  // namespace

Result<TablePin*> Lowering::ResolveTarget(const sql::ObjectName& name) {
  TableName full{scope().current_catalog, scope().current_database, name.parts.back()};
  if (name.parts.size() >= 2) full.database = name.parts[name.parts.size() - 2];
  if (name.parts.size() >= 3) full.catalog = name.parts[name.parts.size() - 3];
  if (full.database.empty()) return InvalidArgument("NoDatabase", "No database selected");
  FIRN_ASSIGN_OR_RETURN(TablePin * pin, statement_.Resolve(full));
  if (!std::holds_alternative<PinnedTable>(pin->table)) {
    return Unsupported("ReadOnlyTable", "Table '" + full.table + "' is read only");
  }
  return pin;
}

Result<LoweredChange> Lowering::LowerDelete(const sql::DeleteStatement& statement) {
  if (!statement.partitions.empty()) {
    return Unsupported("Syntax", "DELETE … PARTITION (…) is not supported; name the partition's "
                                 "values in WHERE");
  }
  const Target target(statement.table, statement.alias);
  FIRN_ASSIGN_OR_RETURN(TablePin * pin, ResolveTarget(statement.table));
  auto node = TouchedRows(target, ActionConstant(RowAction::kDelete));
  FIRN_TRY(LowerCommonTables(statement.with, false, *node));
  FIRN_ASSIGN_OR_RETURN(auto table, LowerRelation(target.relation()));
  FIRN_ASSIGN_OR_RETURN(auto others, LowerFrom(statement.using_relations));
  node->from_table = Join(std::move(table), std::move(others));
  if (statement.where != nullptr) {
    FIRN_ASSIGN_OR_RETURN(node->where_clause, LowerExpression(*statement.where));
  }
  return LoweredChange{.rows = std::move(node), .target = pin, .has_columns = false,
                       .may_match_often = true,
                       .takes_whole_files = statement.using_relations.empty()};
}

Result<LoweredChange> Lowering::LowerUpdate(const sql::UpdateStatement& statement) {
  const Target target(statement.table, statement.alias);
  FIRN_ASSIGN_OR_RETURN(TablePin * pin, ResolveTarget(statement.table));
  auto node = TouchedRows(target, ActionConstant(RowAction::kUpdate));
  FIRN_TRY(LowerCommonTables(statement.with, false, *node));
  FIRN_ASSIGN_OR_RETURN(auto table, LowerRelation(target.relation()));
  FIRN_ASSIGN_OR_RETURN(auto others, LowerFrom(statement.from));
  node->from_table = Join(std::move(table), std::move(others));
  ChangeColumns columns(*this, SchemaOf(*pin), target);
  FIRN_ASSIGN_OR_RETURN(ParsedList values, columns.Updated(statement.assignments));
  for (Parsed& value : values) node->select_list.push_back(std::move(value));
  AddRowId(*pin, target, *node);
  if (statement.where != nullptr) {
    FIRN_ASSIGN_OR_RETURN(node->where_clause, LowerExpression(*statement.where));
  }
  return LoweredChange{.rows = std::move(node), .target = pin, .has_columns = true,
                       .may_match_often = false};
}

Result<LoweredChange> Lowering::LowerMerge(const sql::MergeStatement& statement) {
  const Target target(statement.table, statement.alias);
  FIRN_ASSIGN_OR_RETURN(TablePin * pin, ResolveTarget(statement.table));
  auto action = make_uniq<duckdb::CaseExpression>();
  action->else_expr = MakeConstant(Value(duckdb::LogicalType::TINYINT));
  ChangeColumns columns(*this, SchemaOf(*pin), target);
  std::vector<Ptr<duckdb::CaseExpression>> values;
  FIRN_ASSIGN_OR_RETURN(ParsedList none, columns.None());
  for (Parsed& value : none) {
    values.push_back(make_uniq<duckdb::CaseExpression>());
    values.back()->else_expr = std::move(value);
  }
  // The target is joined first, so that its columns are known when branches are lowered.
  FIRN_ASSIGN_OR_RETURN(auto table, LowerRelation(target.relation()));
  FIRN_ASSIGN_OR_RETURN(auto source, LowerRelation(*statement.source));
  bool inserts = false;
  for (const sql::MergeBranch& branch : statement.branches) {
    // A source row without a target row has no file.
    Parsed when = MakeIsNull(target.Column(kFileColumn), branch.matched);
    if (branch.condition != nullptr) {
      FIRN_ASSIGN_OR_RETURN(Parsed condition, LowerExpression(*branch.condition));
      when = MakeAnd(std::move(when), std::move(condition));
    }
    ParsedList then;
    if (branch.action == sql::MergeBranch::Action::kUpdate) {
      FIRN_ASSIGN_OR_RETURN(then, columns.Updated(branch.assignments));
    } else if (branch.action == sql::MergeBranch::Action::kInsert) {
      FIRN_ASSIGN_OR_RETURN(then, columns.Inserted(branch));
      inserts = true;
    }
    duckdb::CaseCheck check;
    check.when_expr = when->Copy();
    check.then_expr = ActionConstant(ActionOf(branch.action));
    action->case_checks.push_back(std::move(check));
    for (std::size_t i = 0; i < values.size(); ++i) {
      duckdb::CaseCheck value;
      value.when_expr = when->Copy();
      value.then_expr = then.empty() ? values[i]->else_expr->Copy() : std::move(then[i]);
      values[i]->case_checks.push_back(std::move(value));
    }
  }
  auto node = TouchedRows(target, std::move(action));
  // Every source row is kept; without an INSERT those without a partner are of no use.
  auto join = make_uniq<duckdb::JoinRef>(duckdb::JoinRefType::REGULAR);
  join->type = inserts ? duckdb::JoinType::RIGHT : duckdb::JoinType::INNER;
  join->left = std::move(table);
  join->right = std::move(source);
  FIRN_ASSIGN_OR_RETURN(join->condition, LowerExpression(*statement.on));
  node->from_table = std::move(join);
  for (auto& value : values) node->select_list.push_back(std::move(value));
  AddRowId(*pin, target, *node);
  return LoweredChange{.rows = std::move(node), .target = pin, .has_columns = true,
                       .may_match_often = false};
}

}  // namespace firn::duck
