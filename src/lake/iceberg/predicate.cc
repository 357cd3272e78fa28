#include "lake/iceberg/predicate.h"

#include <fmt/format.h>

#include <algorithm>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/predicate_internal.h"

namespace firn::iceberg {
namespace {

PredicateKind Negated(PredicateKind kind) {
  switch (kind) {
    case PredicateKind::kTrue: return PredicateKind::kFalse;
    case PredicateKind::kFalse: return PredicateKind::kTrue;
    case PredicateKind::kAnd: return PredicateKind::kOr;
    case PredicateKind::kOr: return PredicateKind::kAnd;
    case PredicateKind::kEqual: return PredicateKind::kNotEqual;
    case PredicateKind::kNotEqual: return PredicateKind::kEqual;
    case PredicateKind::kLess: return PredicateKind::kGreaterOrEqual;
    case PredicateKind::kLessOrEqual: return PredicateKind::kGreater;
    case PredicateKind::kGreater: return PredicateKind::kLessOrEqual;
    case PredicateKind::kGreaterOrEqual: return PredicateKind::kLess;
    case PredicateKind::kIn: return PredicateKind::kNotIn;
    case PredicateKind::kNotIn: return PredicateKind::kIn;
    case PredicateKind::kIsNull: return PredicateKind::kNotNull;
    case PredicateKind::kNotNull: return PredicateKind::kIsNull;
    case PredicateKind::kIsNan: return PredicateKind::kNotNan;
    case PredicateKind::kNotNan: return PredicateKind::kIsNan;
    case PredicateKind::kStartsWith: return PredicateKind::kNotStartsWith;
    case PredicateKind::kNotStartsWith: return PredicateKind::kStartsWith;
    case PredicateKind::kNot: return PredicateKind::kNot;
  }
  return kind;
}

std::string_view Symbol(PredicateKind kind) {
  switch (kind) {
    case PredicateKind::kEqual: return "=";
    case PredicateKind::kNotEqual: return "!=";
    case PredicateKind::kLess: return "<";
    case PredicateKind::kLessOrEqual: return "<=";
    case PredicateKind::kGreater: return ">";
    case PredicateKind::kGreaterOrEqual: return ">=";
    case PredicateKind::kIn: return "in";
    case PredicateKind::kNotIn: return "not in";
    case PredicateKind::kIsNull: return "is null";
    case PredicateKind::kNotNull: return "is not null";
    case PredicateKind::kIsNan: return "is nan";
    case PredicateKind::kNotNan: return "is not nan";
    case PredicateKind::kStartsWith: return "starts with";
    case PredicateKind::kNotStartsWith: return "does not start with";
    case PredicateKind::kAnd: return "and";
    case PredicateKind::kOr: return "or";
    case PredicateKind::kTrue: return "true";
    case PredicateKind::kFalse: return "false";
    case PredicateKind::kNot: return "not";
  }
  return "";
}

}  // namespace

Predicate Predicate::True() { return Predicate(); }

Predicate Predicate::False() {
  Predicate predicate;
  predicate.kind_ = PredicateKind::kFalse;
  return predicate;
}

Predicate Predicate::Junction(PredicateKind kind, std::vector<Predicate> operands) {
  // The operand that decides alone, and the one that adds nothing.
  const PredicateKind absorbing =
      kind == PredicateKind::kAnd ? PredicateKind::kFalse : PredicateKind::kTrue;
  const PredicateKind neutral = Negated(absorbing);
  std::vector<Predicate> kept;
  int depth = 0;
  bool is_widened = false;
  for (Predicate& operand : operands) {
    if (operand.kind_ == absorbing) return std::move(operand);
    is_widened = is_widened || operand.is_widened_;
    if (operand.kind_ == neutral) continue;
    depth = std::max(depth, operand.depth_);
    kept.push_back(std::move(operand));
  }
  Predicate predicate;
  predicate.is_widened_ = is_widened;
  predicate.kind_ = kept.empty() ? neutral : kind;
  if (kept.empty()) return predicate;
  if (kept.size() == 1) {
    kept.front().is_widened_ = is_widened;
    return std::move(kept.front());
  }
  // True says less, so it is always allowed; only a negation of it has to know.
  if (depth >= kPredicateDepthMax) {
    predicate.kind_ = PredicateKind::kTrue;
    predicate.is_widened_ = true;
    return predicate;
  }
  predicate.depth_ = depth + 1;
  predicate.operands_ = std::make_shared<const std::vector<Predicate>>(std::move(kept));
  return predicate;
}

Predicate Predicate::And(std::vector<Predicate> operands) {
  return Junction(PredicateKind::kAnd, std::move(operands));
}

Predicate Predicate::Or(std::vector<Predicate> operands) {
  return Junction(PredicateKind::kOr, std::move(operands));
}

Predicate Predicate::Not(const Predicate& operand) {
  if (operand.is_widened_) return True();
  if (operand.operands_ != nullptr) {
    std::vector<Predicate> negated;
    negated.reserve(operand.operands_->size());
    for (const Predicate& child : *operand.operands_) negated.push_back(Not(child));
    return Junction(Negated(operand.kind_), std::move(negated));
  }
  Predicate predicate = operand;
  predicate.kind_ = Negated(operand.kind_);
  return predicate;
}

Predicate Predicate::Leaf(PredicateKind kind, std::int32_t field_id,
                          std::vector<Literal> literals) {
  Predicate predicate;
  predicate.kind_ = kind;
  predicate.field_id_ = field_id;
  if (!literals.empty()) {
    predicate.literals_ = std::make_shared<const std::vector<Literal>>(std::move(literals));
  }
  return predicate;
}

Predicate Predicate::Compare(PredicateKind kind, std::int32_t field_id, Literal literal) {
  FIRN_CHECK((kind >= PredicateKind::kEqual && kind <= PredicateKind::kGreaterOrEqual) ||
             kind == PredicateKind::kStartsWith || kind == PredicateKind::kNotStartsWith);
  std::vector<Literal> literals;
  literals.push_back(std::move(literal));
  return Leaf(kind, field_id, std::move(literals));
}

Predicate Predicate::In(std::int32_t field_id, std::vector<Literal> literals) {
  if (literals.empty()) return False();
  return Leaf(PredicateKind::kIn, field_id, std::move(literals));
}

Predicate Predicate::NotIn(std::int32_t field_id, std::vector<Literal> literals) {
  if (literals.empty()) return True();
  return Leaf(PredicateKind::kNotIn, field_id, std::move(literals));
}

Predicate Predicate::IsNull(std::int32_t field_id) {
  return Leaf(PredicateKind::kIsNull, field_id, {});
}
Predicate Predicate::NotNull(std::int32_t field_id) {
  return Leaf(PredicateKind::kNotNull, field_id, {});
}
Predicate Predicate::IsNan(std::int32_t field_id) {
  return Leaf(PredicateKind::kIsNan, field_id, {});
}
Predicate Predicate::NotNan(std::int32_t field_id) {
  return Leaf(PredicateKind::kNotNan, field_id, {});
}

const std::vector<Predicate>& Predicate::operands() const {
  static const std::vector<Predicate> kNone;
  return operands_ != nullptr ? *operands_ : kNone;
}

const std::vector<Literal>& Predicate::literals() const {
  static const std::vector<Literal> kNone;
  return literals_ != nullptr ? *literals_ : kNone;
}

std::string Predicate::ToString() const {
  if (operands_ != nullptr) {
    std::string text = "(";
    for (const Predicate& operand : *operands_) {
      if (text.size() > 1) text += fmt::format(" {} ", Symbol(kind_));
      text += operand.ToString();
    }
    return text + ")";
  }
  if (kind_ == PredicateKind::kTrue || kind_ == PredicateKind::kFalse)
    return std::string(Symbol(kind_));
  std::string text = fmt::format("{} {}", field_id_, Symbol(kind_));
  if (literals_ == nullptr) return text;
  if (kind_ != PredicateKind::kIn && kind_ != PredicateKind::kNotIn) {
    return text + " " + literals_->front().ToString();
  }
  text += " (";
  for (std::size_t i = 0; i < literals_->size(); ++i) {
    if (i > 0) text += ", ";
    text += (*literals_)[i].ToString();
  }
  return text + ")";
}

namespace {

using Ordering = std::strong_ordering;

bool IsLess(const Literal& a, const Literal& b) { return Compare(a, b) == Ordering::less; }

bool HasPrefix(const Literal& literal, std::string_view prefix) {
  const auto* text = std::get_if<std::string>(&literal.value);
  return text != nullptr && text->starts_with(prefix);
}

/// The first bytes of a bound, as many as the prefix has, against the prefix.
int ComparePrefix(const Literal& bound, std::string_view prefix) {
  const auto* text = std::get_if<std::string>(&bound.value);
  if (text == nullptr) return 0;
  return std::string_view(*text).substr(0, prefix.size()).compare(prefix);
}

/// Whether `literal <op> x` can hold for an x within the bounds; unknown bounds rule out nothing.
bool MayMatchOne(PredicateKind kind, const ValueRange& range, const Literal& literal) {
  const bool below = range.lower && IsLess(literal, *range.lower);
  const bool above = range.upper && IsLess(*range.upper, literal);
  switch (kind) {
    case PredicateKind::kEqual: return !below && !above;
    case PredicateKind::kLess:
      return !range.lower || !Compare(*range.lower, literal) || IsLess(*range.lower, literal);
    case PredicateKind::kLessOrEqual: return !below;
    case PredicateKind::kGreater:
      return !range.upper || !Compare(*range.upper, literal) || IsLess(literal, *range.upper);
    case PredicateKind::kGreaterOrEqual: return !above;
    case PredicateKind::kNotEqual:
      // Only when every value is that one.
      return !(range.is_exact && range.lower && range.upper &&
               Compare(*range.lower, literal) == Ordering::equal &&
               Compare(*range.upper, literal) == Ordering::equal);
    default: return true;
  }
}

bool MayMatchPrefix(PredicateKind kind, const ValueRange& range, const Literal& literal) {
  const auto* prefix = std::get_if<std::string>(&literal.value);
  if (prefix == nullptr) return true;
  if (kind == PredicateKind::kStartsWith) {
    if (range.lower && ComparePrefix(*range.lower, *prefix) > 0) return false;
    return !(range.upper && ComparePrefix(*range.upper, *prefix) < 0);
  }
  // Every value between two that have the prefix has it too. A bound shorter than the prefix does
  // not have it.
  return !(range.lower && range.upper && HasPrefix(*range.lower, *prefix) &&
           HasPrefix(*range.upper, *prefix));
}

}  // namespace

bool MayMatchRange(const Predicate& leaf, const ValueRange& range) {
  const PredicateKind kind = leaf.kind();
  switch (kind) {
    case PredicateKind::kIsNull: return range.may_be_null;
    case PredicateKind::kNotNull: return range.may_be_value || range.may_be_nan;
    case PredicateKind::kIsNan: return range.may_be_nan;
    case PredicateKind::kNotNan: return range.may_be_value;
    default: break;
  }
  // The engine orders NaN above every number; Iceberg's bounds leave it out.
  const bool nan_matches = kind == PredicateKind::kGreater ||
                           kind == PredicateKind::kGreaterOrEqual ||
                           kind == PredicateKind::kNotEqual || kind == PredicateKind::kNotIn;
  if (range.may_be_nan && nan_matches) return true;
  if (!range.may_be_value) return false;
  const std::vector<Literal>& literals = leaf.literals();
  switch (kind) {
    case PredicateKind::kIn:
      if (literals.size() > kInLiteralsMax) return true;
      return std::any_of(literals.begin(), literals.end(), [&](const Literal& literal) {
        return MayMatchOne(PredicateKind::kEqual, range, literal);
      });
    case PredicateKind::kNotIn:
      if (literals.size() > kInLiteralsMax) return true;
      return std::all_of(literals.begin(), literals.end(), [&](const Literal& literal) {
        return MayMatchOne(PredicateKind::kNotEqual, range, literal);
      });
    case PredicateKind::kStartsWith:
    case PredicateKind::kNotStartsWith: return MayMatchPrefix(kind, range, literals.front());
    default: return MayMatchOne(kind, range, literals.front());
  }
}

Predicate Bind(const Predicate& leaf, const Type& type) {
  if (leaf.literals().empty()) return leaf;
  std::vector<Literal> bound;
  bound.reserve(leaf.literals().size());
  for (const Literal& literal : leaf.literals()) {
    auto cast = CastLiteral(literal, type);
    // A NaN literal orders differently in engines; it rules out nothing.
    if (!cast || cast->is_nan()) return Predicate::True();
    bound.push_back(*std::move(cast));
  }
  if (leaf.kind() == PredicateKind::kIn) return Predicate::In(leaf.field_id(), std::move(bound));
  if (leaf.kind() == PredicateKind::kNotIn)
    return Predicate::NotIn(leaf.field_id(), std::move(bound));
  return Predicate::Compare(leaf.kind(), leaf.field_id(), std::move(bound.front()));
}

namespace {

/// Evaluates the tree over `leaf_may_match`.
template <typename LeafMayMatch>
bool MayMatchTree(const Predicate& predicate, const LeafMayMatch& leaf_may_match) {
  switch (predicate.kind()) {
    case PredicateKind::kTrue:
    case PredicateKind::kNot: return true;
    case PredicateKind::kFalse: return false;
    case PredicateKind::kAnd:
      return std::all_of(
          predicate.operands().begin(), predicate.operands().end(),
          [&](const Predicate& operand) { return MayMatchTree(operand, leaf_may_match); });
    case PredicateKind::kOr:
      return std::any_of(
          predicate.operands().begin(), predicate.operands().end(),
          [&](const Predicate& operand) { return MayMatchTree(operand, leaf_may_match); });
    default: return leaf_may_match(predicate);
  }
}

std::optional<std::size_t> FindPosition(std::span<const NestedField> fields,
                                        std::int32_t field_id) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id == field_id) return i;
  }
  return std::nullopt;
}

/// A zero bound stands for both zeros: SQL holds them equal, Iceberg orders -0 before +0.
void WidenZero(Literal& literal, double zero) {
  if (auto* small = std::get_if<float>(&literal.value); small != nullptr && *small == 0) {
    *small = static_cast<float>(zero);
  } else if (auto* big = std::get_if<double>(&literal.value); big != nullptr && *big == 0) {
    *big = zero;
  }
}

/// A NaN as a bound says nothing (spec: bounds are of values that are neither null nor NaN).
void CleanBound(std::optional<Literal>& bound, double zero) {
  if (!bound) return;
  if (bound->is_nan())
    bound.reset();
  else
    WidenZero(*bound, zero);
}

void SetBounds(ValueRange& range, std::optional<Literal> lower, std::optional<Literal> upper) {
  range.lower = std::move(lower);
  range.upper = std::move(upper);
  CleanBound(range.lower, -0.0);
  CleanBound(range.upper, 0.0);
}

std::optional<Literal> DecodeBound(const std::optional<std::string>& bytes, const Type& type) {
  if (!bytes) return std::nullopt;
  auto literal = LiteralFromBinary(*bytes, type);
  if (!literal) return std::nullopt;
  return *std::move(literal);
}

bool IsFloating(const Type& type) {
  return type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
}

template <typename Value>
std::optional<Value> FindIn(const std::map<std::int32_t, Value>& map, std::int32_t field_id) {
  const auto found = map.find(field_id);
  return found == map.end() ? std::nullopt : std::optional<Value>(found->second);
}

std::optional<std::string_view> ViewIn(const std::map<std::int32_t, std::string>& map,
                                       std::int32_t field_id) {
  const auto found = map.find(field_id);
  return found == map.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

/// DecodeBound into what the last file left there, so that most bounds need no memory of their own.
void DecodeBoundInto(std::optional<Literal>& slot, const std::optional<std::string_view>& bytes,
                     const Type& type) {
  if (!bytes) return slot.reset();
  const bool is_text = type.kind == TypeKind::kString || type.kind == TypeKind::kBinary;
  if (is_text && slot) {
    std::get<std::string>(slot->value).assign(*bytes);
    return;
  }
  auto literal = LiteralFromBinary(*bytes, type);
  if (literal)
    slot = *std::move(literal);
  else
    slot.reset();
}

}  // namespace

bool MayMatchSummaries(const Predicate& projected, std::span<const NestedField> partition_fields,
                       std::span<const FieldSummary> summaries) {
  if (summaries.size() != partition_fields.size()) return true;
  return MayMatchTree(projected, [&](const Predicate& leaf) {
    const auto position = FindPosition(partition_fields, leaf.field_id());
    if (!position) return true;
    const FieldSummary& summary = summaries[*position];
    const Type& type = partition_fields[*position].type;
    ValueRange range;
    range.may_be_null = summary.contains_null;
    range.may_be_nan = IsFloating(type) && summary.contains_nan.value_or(true);
    SetBounds(range, DecodeBound(summary.lower_bound, type),
              DecodeBound(summary.upper_bound, type));
    // Without bounds there are only nulls and NaNs (spec: bounds are null when all values are);
    // where there are neither, the writer left the bounds out.
    range.may_be_value =
        summary.lower_bound || summary.upper_bound || !(range.may_be_null || range.may_be_nan);
    range.is_exact = false;
    return MayMatchRange(leaf, range);
  });
}

bool MayMatchPartition(const Predicate& projected, std::span<const NestedField> partition_fields,
                       const PartitionTuple& partition) {
  if (partition.size() != partition_fields.size()) return true;
  return MayMatchTree(projected, [&](const Predicate& leaf) {
    const auto position = FindPosition(partition_fields, leaf.field_id());
    if (!position) return true;
    const auto& value = partition[*position];
    ValueRange range;
    range.may_be_null = !value.has_value();
    range.may_be_nan = value && value->is_nan();
    range.may_be_value = value && !value->is_nan();
    if (range.may_be_value) SetBounds(range, value, value);
    range.is_exact = true;
    return MayMatchRange(leaf, range);
  });
}

MetricsFilter::Node MetricsFilter::Compile(const Predicate& predicate, const Schema& schema) {
  Node node;
  node.kind = predicate.kind();
  if (node.kind == PredicateKind::kNot) node.kind = PredicateKind::kTrue;
  if (node.kind == PredicateKind::kTrue || node.kind == PredicateKind::kFalse) return node;
  if (node.kind == PredicateKind::kAnd || node.kind == PredicateKind::kOr) {
    for (const Predicate& operand : predicate.operands()) {
      node.children.push_back(Compile(operand, schema));
    }
    return node;
  }
  node.field = schema.FindField(predicate.field_id());
  if (node.field == nullptr || !node.field->type.is_primitive()) {
    node.kind = PredicateKind::kTrue;
    return node;
  }
  node.leaf = Bind(predicate, node.field->type);
  node.kind = node.leaf.kind();
  return node;
}

bool MetricsFilter::MayMatchBounds(Node& node, const ColumnBounds& bounds) {
  const Type& type = node.field->type;
  ValueRange& range = node.range;
  // The least that can be known of the counts.
  range.may_be_null = true;
  range.may_be_nan = IsFloating(type);
  range.may_be_value = true;
  DecodeBoundInto(range.lower, bounds.lower, type);
  DecodeBoundInto(range.upper, bounds.upper, type);
  CleanBound(range.lower, -0.0);
  CleanBound(range.upper, 0.0);
  // Text bounds may be cut, so that equal bounds do not mean equal values.
  range.is_exact = type.kind != TypeKind::kString && type.kind != TypeKind::kBinary;
  return MayMatchRange(node.leaf, range);
}

/// After MayMatchBounds, whose range it completes.
bool MetricsFilter::MayMatchCounts(Node& node, const ColumnCounts& counts) {
  const auto& [values, nulls, nans] = counts;
  ValueRange& range = node.range;
  range.may_be_null = !nulls || *nulls != 0;
  range.may_be_nan = range.may_be_nan && (!nans || *nans != 0);
  range.may_be_value = !(values && nulls) || *values > *nulls + nans.value_or(0);
  return MayMatchRange(node.leaf, range);
}

namespace {

/// A DataFile as MetricsFilter asks it.
struct FileMetrics {
  const DataFile& file;

  ColumnBounds BoundsOf(std::int32_t field_id) const {
    return {.lower = ViewIn(file.lower_bounds, field_id),
            .upper = ViewIn(file.upper_bounds, field_id)};
  }
  ColumnCounts CountsOf(std::int32_t field_id) const {
    return {.values = FindIn(file.value_counts, field_id),
            .nulls = FindIn(file.null_value_counts, field_id),
            .nans = FindIn(file.nan_value_counts, field_id)};
  }
};

}  // namespace

bool MayMatchMetrics(const Predicate& predicate, const Schema& schema, const DataFile& file) {
  return MetricsFilter(predicate, schema).MayMatch(file.record_count, FileMetrics{file});
}

}  // namespace firn::iceberg
