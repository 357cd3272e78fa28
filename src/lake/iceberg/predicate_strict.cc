#include "lake/iceberg/predicate_strict.h"

#include <algorithm>

namespace firn::iceberg {
namespace {

/// What one file says of its rows. Borrows everything.
class StrictFilter {
 public:
  StrictFilter(const Schema& schema, const PartitionSpec& spec, const DataFile& file)
      : schema_(schema), spec_(spec), file_(file) {}

  bool MustMatch(const Predicate& predicate) const {
    // What was too deep is taken as true, and so is its negation.
    if (predicate.kind() != PredicateKind::kFalse &&
        Predicate::Not(predicate).kind() == PredicateKind::kTrue) {
      return false;
    }
    const auto must = [&](const Predicate& operand) { return MustMatch(operand); };
    switch (predicate.kind()) {
      case PredicateKind::kTrue: return true;
      case PredicateKind::kFalse: return file_.record_count == 0;
      case PredicateKind::kAnd:
        return std::all_of(predicate.operands().begin(), predicate.operands().end(), must);
      case PredicateKind::kOr:
        return std::any_of(predicate.operands().begin(), predicate.operands().end(), must);
      case PredicateKind::kIsNull: return IsAllNull(predicate.field_id());
      case PredicateKind::kNotNull: return HasNoNull(predicate.field_id());
      default:
        // A null or a NaN matches neither the leaf nor its negation for sure.
        return HasNoNull(predicate.field_id()) && HasNoNan(predicate.field_id()) &&
               IsRuledOut(Predicate::Not(predicate));
    }
  }

 private:
  static bool Is(const std::map<std::int32_t, std::int64_t>& counts, std::int32_t field_id,
                 std::int64_t count) {
    const auto found = counts.find(field_id);
    return found != counts.end() && found->second == count;
  }

  /// Transforms map null to null, and nothing else to it.
  const std::optional<Literal>* PartitionValue(std::int32_t field_id, bool only_identity) const {
    for (std::size_t i = 0; i < spec_.fields.size() && i < file_.partition.size(); ++i) {
      const PartitionField& field = spec_.fields[i];
      const bool says_it = only_identity ? field.transform.kind == TransformKind::kIdentity
                                         : field.transform.kind != TransformKind::kVoid &&
                                               field.transform.kind != TransformKind::kUnknown;
      if (field.source_id == field_id && field.source_ids.size() <= 1 && says_it) {
        return &file_.partition[i];
      }
    }
    return nullptr;
  }

  bool IsAllNull(std::int32_t field_id) const {
    const auto* value = PartitionValue(field_id, false);
    if (value != nullptr) return !value->has_value();
    return Is(file_.null_value_counts, field_id, file_.record_count) &&
           Is(file_.value_counts, field_id, file_.record_count);
  }

  bool HasNoNull(std::int32_t field_id) const {
    const auto* value = PartitionValue(field_id, false);
    if (value != nullptr) return value->has_value();
    return Is(file_.null_value_counts, field_id, 0) &&
           Is(file_.value_counts, field_id, file_.record_count);
  }

  bool HasNoNan(std::int32_t field_id) const {
    const NestedField* field = schema_.FindField(field_id);
    if (field == nullptr) return false;
    if (field->type.kind != TypeKind::kFloat && field->type.kind != TypeKind::kDouble) return true;
    return Is(file_.nan_value_counts, field_id, 0);
  }

  bool IsRuledOut(const Predicate& predicate) const {
    if (!MayMatchMetrics(predicate, schema_, file_)) return true;
    if (spec_.is_unpartitioned()) return false;
    return !MayMatchPartition(Project(predicate, spec_, schema_), PartitionFields(spec_, schema_),
                              file_.partition);
  }

  const Schema& schema_;
  const PartitionSpec& spec_;
  const DataFile& file_;
};

}  // namespace

bool MustMatch(const Predicate& predicate, const Schema& schema, const PartitionSpec& spec,
               const DataFile& file) {
  return StrictFilter(schema, spec, file).MustMatch(predicate);
}

}  // namespace firn::iceberg
