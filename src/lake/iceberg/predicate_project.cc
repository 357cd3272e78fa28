#include <algorithm>

#include "lake/iceberg/predicate_internal.h"

namespace firn::iceberg {
namespace {

bool IsTimeTransform(TransformKind kind) {
  return kind == TransformKind::kYear || kind == TransformKind::kMonth ||
         kind == TransformKind::kDay || kind == TransformKind::kHour;
}

/// `literal` moved by one unit where its type counts in units; nullopt where it does not or would
/// overflow.
std::optional<Literal> Step(const Literal& literal, int by) {
  Literal moved = literal;
  if (auto* narrow = std::get_if<std::int32_t>(&moved.value)) {
    if (__builtin_add_overflow(*narrow, by, narrow)) return std::nullopt;
    return moved;
  }
  if (auto* wide = std::get_if<std::int64_t>(&moved.value)) {
    if (__builtin_add_overflow(*wide, std::int64_t{by}, wide)) return std::nullopt;
    return moved;
  }
  return std::nullopt;
}

std::optional<Literal> Transformed(const Transform& transform, const Literal& literal) {
  auto value = ApplyTransform(transform, literal);
  if (!value) return std::nullopt;
  return *std::move(value);
}

/// Old Java writers rounded times before 1970 towards zero, so that a negative value may stand one
/// too high (apache/iceberg pull request 1981); the projection lets both through.
bool MayBeOneHigh(const Transform& transform, const Literal& value) {
  const auto* number = std::get_if<std::int32_t>(&value.value);
  return IsTimeTransform(transform.kind) && number != nullptr && *number < 0;
}

Predicate ProjectEquality(const PartitionField& field, const Predicate& leaf) {
  std::vector<Literal> values;
  for (const Literal& literal : leaf.literals()) {
    const auto value = Transformed(field.transform, literal);
    if (!value) return Predicate::True();
    if (MayBeOneHigh(field.transform, *value)) {
      if (auto higher = Step(*value, 1)) values.push_back(*std::move(higher));
    }
    values.push_back(*value);
  }
  return Predicate::In(field.field_id, std::move(values));
}

/// Where truncation of the smallest whole numbers wraps round (as in Java's arithmetic): results
/// above this may come from the other end. Nullopt for other types and transforms.
std::optional<Literal> WrapsAbove(const Transform& transform, const Literal& value) {
  if (transform.kind != TransformKind::kTruncate) return std::nullopt;
  Literal bound = value;
  if (auto* narrow = std::get_if<std::int32_t>(&bound.value)) {
    *narrow = INT32_MAX - transform.parameter;
    return bound;
  }
  if (auto* wide = std::get_if<std::int64_t>(&bound.value)) {
    *wide = INT64_MAX - transform.parameter;
    return bound;
  }
  return std::nullopt;
}

bool IsAbove(const Literal& one, const Literal& other) {
  if (const auto* narrow = std::get_if<std::int32_t>(&one.value)) {
    return *narrow > std::get<std::int32_t>(other.value);
  }
  return std::get<std::int64_t>(one.value) > std::get<std::int64_t>(other.value);
}

/// Transforms that keep order: `x < 5` becomes `t(x) <= t(4)`, or `t(x) <= t(5)` where there is no
/// 4.
Predicate ProjectOrder(const PartitionField& field, const Predicate& leaf) {
  Literal literal = leaf.literals().front();
  const bool is_upper =
      leaf.kind() == PredicateKind::kLess || leaf.kind() == PredicateKind::kLessOrEqual;
  if (leaf.kind() == PredicateKind::kLess) literal = Step(literal, -1).value_or(literal);
  if (leaf.kind() == PredicateKind::kGreater) literal = Step(literal, 1).value_or(literal);
  auto value = Transformed(field.transform, literal);
  if (!value) return Predicate::True();
  if (is_upper && MayBeOneHigh(field.transform, *value)) value = Step(*value, 1);
  if (!value) return Predicate::True();
  const std::optional<Literal> wraps_above = WrapsAbove(field.transform, *value);
  if (!is_upper && wraps_above && IsAbove(*value, literal)) return Predicate::True();
  Predicate bounded =
      Predicate::Compare(is_upper ? PredicateKind::kLessOrEqual : PredicateKind::kGreaterOrEqual,
                         field.field_id, *std::move(value));
  if (!is_upper || !wraps_above) return bounded;
  return Predicate::Or({std::move(bounded), Predicate::Compare(PredicateKind::kGreater,
                                                               field.field_id, *wraps_above)});
}

std::size_t CountCodePoints(const std::string& text) {
  std::size_t count = 0;
  std::size_t seen = 0;
  while (seen < text.size())
    seen += TruncateCodePoints(std::string_view(text).substr(seen), 1).size(), ++count;
  return count;
}

Predicate ProjectPrefix(const PartitionField& field, const Predicate& leaf) {
  const Literal& literal = leaf.literals().front();
  const auto* prefix = std::get_if<std::string>(&literal.value);
  if (prefix == nullptr || literal.type.kind != TypeKind::kString ||
      field.transform.kind != TransformKind::kTruncate) {
    return Predicate::True();
  }
  const std::size_t length = CountCodePoints(*prefix);
  const auto width = static_cast<std::size_t>(field.transform.parameter);
  if (length < width) return Predicate::Compare(leaf.kind(), field.field_id, literal);
  if (leaf.kind() == PredicateKind::kStartsWith) {
    return Predicate::Compare(PredicateKind::kEqual, field.field_id,
                              Literal::String(TruncateCodePoints(*prefix, width)));
  }
  if (length == width) return Predicate::Compare(PredicateKind::kNotEqual, field.field_id, literal);
  return Predicate::True();
}

Predicate ProjectIdentity(const PartitionField& field, const Predicate& leaf) {
  switch (leaf.kind()) {
    case PredicateKind::kIsNull:
      return Predicate::IsNull(field.field_id);
    case PredicateKind::kNotNull:
      return Predicate::NotNull(field.field_id);
    case PredicateKind::kIsNan:
      return Predicate::IsNan(field.field_id);
    case PredicateKind::kNotNan:
      return Predicate::NotNan(field.field_id);
    case PredicateKind::kIn:
      return Predicate::In(field.field_id, leaf.literals());
    case PredicateKind::kNotIn:
      return Predicate::NotIn(field.field_id, leaf.literals());
    default:
      return Predicate::Compare(leaf.kind(), field.field_id, leaf.literals().front());
  }
}

/// `leaf` is bound to the type of the field's source.
Predicate ProjectLeaf(const PartitionField& field, const Predicate& leaf) {
  const TransformKind transform = field.transform.kind;
  if (transform == TransformKind::kVoid || transform == TransformKind::kUnknown ||
      field.source_ids.size() > 1) {
    return Predicate::True();
  }
  if (transform == TransformKind::kIdentity) return ProjectIdentity(field, leaf);
  switch (leaf.kind()) {
    case PredicateKind::kIsNull:
      return Predicate::IsNull(field.field_id);
    case PredicateKind::kNotNull:
      return Predicate::NotNull(field.field_id);
    case PredicateKind::kEqual:
    case PredicateKind::kIn:
      return ProjectEquality(field, leaf);
    case PredicateKind::kLess:
    case PredicateKind::kLessOrEqual:
    case PredicateKind::kGreater:
    case PredicateKind::kGreaterOrEqual:
      return transform == TransformKind::kBucket ? Predicate::True() : ProjectOrder(field, leaf);
    case PredicateKind::kStartsWith:
    case PredicateKind::kNotStartsWith:
      return ProjectPrefix(field, leaf);
    default:
      return Predicate::True();
  }
}

Predicate ProjectAllFields(const Predicate& leaf, const PartitionSpec& spec, const Schema& schema) {
  std::vector<Predicate> projected;
  for (const PartitionField& field : spec.fields) {
    if (field.source_id != leaf.field_id()) continue;
    const NestedField* source = schema.FindField(field.source_id);
    if (source == nullptr) continue;
    const Predicate bound = Bind(leaf, source->type);
    if (bound.kind() == PredicateKind::kTrue || bound.kind() == PredicateKind::kFalse) continue;
    projected.push_back(ProjectLeaf(field, bound));
  }
  return Predicate::And(std::move(projected));
}

}  // namespace

Predicate Project(const Predicate& predicate, const PartitionSpec& spec, const Schema& schema) {
  switch (predicate.kind()) {
    case PredicateKind::kTrue:
    case PredicateKind::kFalse:
      return predicate;
    case PredicateKind::kAnd:
    case PredicateKind::kOr: {
      std::vector<Predicate> operands;
      operands.reserve(predicate.operands().size());
      for (const Predicate& operand : predicate.operands()) {
        operands.push_back(Project(operand, spec, schema));
      }
      return predicate.kind() == PredicateKind::kAnd ? Predicate::And(std::move(operands))
                                                     : Predicate::Or(std::move(operands));
    }
    default:
      return ProjectAllFields(predicate, spec, schema);
  }
}

}  // namespace firn::iceberg
