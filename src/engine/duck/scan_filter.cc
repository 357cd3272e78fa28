#include "engine/duck/scan_internal.h"

namespace firn::duck {
namespace {

using duckdb::Expression;
using duckdb::ExpressionClass;
using duckdb::ExpressionType;
using iceberg::Predicate;
using iceberg::PredicateKind;

std::optional<PredicateKind> ComparisonKind(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return PredicateKind::kEqual;
    case ExpressionType::COMPARE_NOTEQUAL:
      return PredicateKind::kNotEqual;
    case ExpressionType::COMPARE_LESSTHAN:
      return PredicateKind::kLess;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return PredicateKind::kLessOrEqual;
    case ExpressionType::COMPARE_GREATERTHAN:
      return PredicateKind::kGreater;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return PredicateKind::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

// DuckDB orders NaN above everything and holds NaN = NaN, where Iceberg's bounds leave NaN out:
// nothing is pruned by a comparison that NaN would pass.
bool NanMayPass(PredicateKind kind, const iceberg::Literal& literal) {
  if (literal.type.kind != iceberg::TypeKind::kFloat &&
      literal.type.kind != iceberg::TypeKind::kDouble) {
    return false;
  }
  return literal.is_nan() || kind == PredicateKind::kGreater ||
         kind == PredicateKind::kGreaterOrEqual || kind == PredicateKind::kNotEqual;
}

/// nullopt where metadata cannot judge the comparison.
std::optional<Predicate> TryCompare(PredicateKind kind, const iceberg::NestedField& field,
                                    const duckdb::Value& value) {
  if (!field.type.is_primitive()) return std::nullopt;
  const auto literal = ToLiteral(value, field.type);
  if (!literal || NanMayPass(kind, *literal)) return std::nullopt;
  return Predicate::Compare(kind, field.id, *literal);
}

std::optional<Predicate> TryIn(const iceberg::NestedField& field,
                               const std::vector<duckdb::Value>& values) {
  if (!field.type.is_primitive()) return std::nullopt;
  std::vector<iceberg::Literal> literals;
  for (const duckdb::Value& value : values) {
    if (value.IsNull()) continue;
    const auto literal = ToLiteral(value, field.type);
    if (!literal || NanMayPass(PredicateKind::kEqual, *literal)) return std::nullopt;
    literals.push_back(*literal);
  }
  return Predicate::In(field.id, std::move(literals));
}

Predicate Compare(PredicateKind kind, const iceberg::NestedField& field,
                  const duckdb::Value& value) {
  return TryCompare(kind, field, value).value_or(Predicate::True());
}

Predicate In(const iceberg::NestedField& field, const std::vector<duckdb::Value>& values) {
  return TryIn(field, values).value_or(Predicate::True());
}

/// Translates one bound filter over the columns of one scan.
class FilterTranslator {
 public:
  FilterTranslator(const iceberg::Schema& schema, duckdb::idx_t table_index,
                   const duckdb::vector<duckdb::column_t>& column_ids)
      : schema_(schema), table_index_(table_index), column_ids_(column_ids) {}

  Predicate Translate(const Expression& filter) const {
    switch (filter.GetExpressionClass()) {
      case ExpressionClass::BOUND_CONJUNCTION:
        return Conjunction(filter.Cast<duckdb::BoundConjunctionExpression>());
      case ExpressionClass::BOUND_COMPARISON:
        return Comparison(filter.Cast<duckdb::BoundComparisonExpression>());
      case ExpressionClass::BOUND_BETWEEN:
        return Between(filter.Cast<duckdb::BoundBetweenExpression>());
      case ExpressionClass::BOUND_OPERATOR:
        return Operator(filter.Cast<duckdb::BoundOperatorExpression>());
      case ExpressionClass::BOUND_FUNCTION:
        return Function(filter.Cast<duckdb::BoundFunctionExpression>());
      default:
        return Unknown();
    }
  }

  /// False once a part had no words in metadata's terms.
  bool is_exact() const { return is_exact_; }

 private:
  Predicate Unknown() const {
    is_exact_ = false;
    return Predicate::True();
  }
  Predicate Exactly(std::optional<Predicate> predicate) const {
    return predicate ? std::move(*predicate) : Unknown();
  }

  const iceberg::NestedField* FieldOf(const Expression& expression) const {
    if (expression.GetExpressionClass() != ExpressionClass::BOUND_COLUMN_REF) return nullptr;
    const auto& binding = expression.Cast<duckdb::BoundColumnRefExpression>().binding;
    if (binding.table_index != table_index_ || binding.column_index >= column_ids_.size()) {
      return nullptr;
    }
    const duckdb::column_t column = column_ids_[binding.column_index];
    return column < schema_.fields.size() ? &schema_.fields[column] : nullptr;
  }
  static const duckdb::Value* ConstantOf(const Expression& expression) {
    if (expression.GetExpressionClass() != ExpressionClass::BOUND_CONSTANT) return nullptr;
    return &expression.Cast<duckdb::BoundConstantExpression>().value;
  }

  Predicate Conjunction(const duckdb::BoundConjunctionExpression& filter) const {
    std::vector<Predicate> operands;
    for (const auto& child : filter.children) operands.push_back(Translate(*child));
    return filter.GetExpressionType() == ExpressionType::CONJUNCTION_AND
               ? Predicate::And(std::move(operands))
               : Predicate::Or(std::move(operands));
  }

  Predicate Comparison(const duckdb::BoundComparisonExpression& filter) const {
    ExpressionType type = filter.GetExpressionType();
    const Expression* column = filter.left.get();
    const Expression* constant = filter.right.get();
    if (ConstantOf(*column) != nullptr) {
      std::swap(column, constant);
      type = duckdb::FlipComparisonExpression(type);
    }
    const iceberg::NestedField* field = FieldOf(*column);
    const duckdb::Value* value = ConstantOf(*constant);
    const auto kind = ComparisonKind(type);
    if (field == nullptr || value == nullptr || !kind) return Unknown();
    return Exactly(TryCompare(*kind, *field, *value));
  }

  Predicate Between(const duckdb::BoundBetweenExpression& filter) const {
    const iceberg::NestedField* field = FieldOf(*filter.input);
    if (field == nullptr) return Unknown();
    std::vector<Predicate> sides;
    if (const duckdb::Value* low = ConstantOf(*filter.lower)) {
      sides.push_back(
          Exactly(TryCompare(filter.lower_inclusive ? PredicateKind::kGreaterOrEqual
                                                    : PredicateKind::kGreater,
                             *field, *low)));
    } else {
      sides.push_back(Unknown());
    }
    if (const duckdb::Value* high = ConstantOf(*filter.upper)) {
      sides.push_back(
          Exactly(TryCompare(filter.upper_inclusive ? PredicateKind::kLessOrEqual
                                                    : PredicateKind::kLess,
                             *field, *high)));
    } else {
      sides.push_back(Unknown());
    }
    return Predicate::And(std::move(sides));
  }

  Predicate Operator(const duckdb::BoundOperatorExpression& filter) const {
    if (filter.children.empty()) return Unknown();
    const iceberg::NestedField* field = FieldOf(*filter.children[0]);
    if (field == nullptr) return Unknown();
    switch (filter.GetExpressionType()) {
      case ExpressionType::OPERATOR_IS_NULL:
        return Predicate::IsNull(field->id);
      case ExpressionType::OPERATOR_IS_NOT_NULL:
        return Predicate::NotNull(field->id);
      case ExpressionType::COMPARE_IN: {
        std::vector<duckdb::Value> values;
        for (std::size_t i = 1; i < filter.children.size(); ++i) {
          const duckdb::Value* value = ConstantOf(*filter.children[i]);
          if (value == nullptr) return Unknown();
          values.push_back(*value);
        }
        return Exactly(TryIn(*field, values));
      }
      default:
        return Unknown();
    }
  }

  Predicate Function(const duckdb::BoundFunctionExpression& filter) const {
    const std::string& name = filter.function.name;
    if (filter.children.size() != 2 ||
        (name != "prefix" && name != "starts_with" && name != "^@")) {
      return Unknown();
    }
    const iceberg::NestedField* field = FieldOf(*filter.children[0]);
    const duckdb::Value* value = ConstantOf(*filter.children[1]);
    if (field == nullptr || value == nullptr || field->type.kind != iceberg::TypeKind::kString) {
      return Unknown();
    }
    return Exactly(TryCompare(PredicateKind::kStartsWith, *field, *value));
  }

  const iceberg::Schema& schema_;
  const duckdb::idx_t table_index_;
  const duckdb::vector<duckdb::column_t>& column_ids_;
  mutable bool is_exact_ = true;
};

}  // namespace

Predicate ToPredicate(const Expression& filter, const iceberg::Schema& schema,
                      duckdb::idx_t table_index,
                      const duckdb::vector<duckdb::column_t>& column_ids) {
  return FilterTranslator(schema, table_index, column_ids).Translate(filter);
}

std::optional<Predicate> ToExactPredicate(const Expression& filter, const iceberg::Schema& schema,
                                          duckdb::idx_t table_index,
                                          const duckdb::vector<duckdb::column_t>& column_ids) {
  const FilterTranslator translator(schema, table_index, column_ids);
  Predicate predicate = translator.Translate(filter);
  return translator.is_exact() ? std::optional(std::move(predicate)) : std::nullopt;
}

Predicate ToPredicate(const duckdb::TableFilter& filter, const iceberg::NestedField& field) {
  switch (filter.filter_type) {
    case duckdb::TableFilterType::CONSTANT_COMPARISON: {
      const auto& comparison = filter.Cast<duckdb::ConstantFilter>();
      const auto kind = ComparisonKind(comparison.comparison_type);
      return kind ? Compare(*kind, field, comparison.constant) : Predicate::True();
    }
    case duckdb::TableFilterType::IS_NULL:
      return Predicate::IsNull(field.id);
    case duckdb::TableFilterType::IS_NOT_NULL:
      return Predicate::NotNull(field.id);
    case duckdb::TableFilterType::IN_FILTER: {
      const auto& values = filter.Cast<duckdb::InFilter>().values;
      return In(field, std::vector<duckdb::Value>(values.begin(), values.end()));
    }
    case duckdb::TableFilterType::CONJUNCTION_AND:
    case duckdb::TableFilterType::CONJUNCTION_OR: {
      const bool all = filter.filter_type == duckdb::TableFilterType::CONJUNCTION_AND;
      std::vector<Predicate> operands;
      const auto& children = all ? filter.Cast<duckdb::ConjunctionAndFilter>().child_filters
                                 : filter.Cast<duckdb::ConjunctionOrFilter>().child_filters;
      for (const auto& child : children) operands.push_back(ToPredicate(*child, field));
      return all ? Predicate::And(std::move(operands)) : Predicate::Or(std::move(operands));
    }
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      const auto& child = filter.Cast<duckdb::OptionalFilter>().child_filter;
      return child ? ToPredicate(*child, field) : Predicate::True();
    }
    case duckdb::TableFilterType::STRUCT_EXTRACT:
    case duckdb::TableFilterType::DYNAMIC_FILTER:
    case duckdb::TableFilterType::EXPRESSION_FILTER:
    case duckdb::TableFilterType::BLOOM_FILTER:
    default:
      return Predicate::True();
  }
}

}  // namespace firn::duck
