#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/value.h"

/// What a scan may leave out. A predicate speaks of columns by field id; every test here is
/// inclusive: "false" means no row can match, "true" that some may. SQL's three-valued logic holds:
/// a row whose predicate is null is no match.

namespace firn::iceberg {

enum class PredicateKind {
  kTrue,
  kFalse,
  kAnd,
  kOr,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kNotIn,
  kIsNull,
  kNotNull,
  kIsNan,
  kNotNan,
  kStartsWith,
  kNotStartsWith,
};

/// Immutable; copies share the tree. Depth is bounded by kPredicateDepthMax: deeper ones are taken
/// as kTrue.
class Predicate {
 public:
  /// Matches everything.
  Predicate() = default;

  static Predicate True();
  static Predicate False();
  /// Folds constants; an empty list is True.
  static Predicate And(std::vector<Predicate> operands);
  /// Folds constants; an empty list is False.
  static Predicate Or(std::vector<Predicate> operands);
  /// Pushed down to the leaves at once, so that no kNot remains.
  static Predicate Not(const Predicate& operand);
  /// REQUIRES: `kind` is one of kEqual..kGreaterOrEqual, kStartsWith, kNotStartsWith.
  static Predicate Compare(PredicateKind kind, std::int32_t field_id, Literal literal);
  static Predicate In(std::int32_t field_id, std::vector<Literal> literals);
  static Predicate NotIn(std::int32_t field_id, std::vector<Literal> literals);
  static Predicate IsNull(std::int32_t field_id);
  static Predicate NotNull(std::int32_t field_id);
  static Predicate IsNan(std::int32_t field_id);
  static Predicate NotNan(std::int32_t field_id);

  PredicateKind kind() const { return kind_; }
  /// Of kAnd and kOr.
  const std::vector<Predicate>& operands() const;
  /// Of leaves: a column's field id, or after Project a partition field's.
  std::int32_t field_id() const { return field_id_; }
  /// One for comparisons, any number for kIn and kNotIn.
  const std::vector<Literal>& literals() const;

  /// For EXPLAIN: `(1 >= 2024-03-01 and 2 is not null)`.
  std::string ToString() const;

 private:
  static Predicate Junction(PredicateKind kind, std::vector<Predicate> operands);
  static Predicate Leaf(PredicateKind kind, std::int32_t field_id, std::vector<Literal> literals);

  PredicateKind kind_ = PredicateKind::kTrue;
  std::int32_t field_id_ = 0;
  int depth_ = 1;
  /// True only because it was too deep, or has a part that is; its negation is True as well.
  bool is_widened_ = false;
  std::shared_ptr<const std::vector<Predicate>> operands_;
  std::shared_ptr<const std::vector<Literal>> literals_;
};

/// The predicate on partition fields that every row matching `predicate` satisfies. Leaves that no
/// partition field can say anything about become True.
Predicate Project(const Predicate& predicate, const PartitionSpec& spec, const Schema& schema);

/// False when no file of the manifest can have a partition that matches. `projected` comes from
/// Project with the same spec; `partition_fields` from PartitionFields. Broken bounds count as
/// unknown.
bool MayMatchSummaries(const Predicate& projected, std::span<const NestedField> partition_fields,
                       std::span<const FieldSummary> summaries);
/// False when the partition does not match.
bool MayMatchPartition(const Predicate& projected, std::span<const NestedField> partition_fields,
                       const PartitionTuple& partition);
/// False when the file's bounds and counts rule out every row. `schema` is the one the scan reads
/// with; columns the file has no metrics of are unknown.
bool MayMatchMetrics(const Predicate& predicate, const Schema& schema, const DataFile& file);

}  // namespace firn::iceberg
