#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lake/iceberg/predicate.h"

/// The one test that partitions, summaries and column metrics share, and its form for many files.
///
/// Reading order: ValueRange, MayMatchRange, ColumnCounts, ColumnBounds, MetricsFilter.

namespace firn::iceberg {

/// What is known of a column over some rows.
struct ValueRange {
  bool may_be_null = true;
  bool may_be_nan = false;
  bool may_be_value = true;  ///< Neither null nor NaN.
  std::optional<Literal> lower;
  std::optional<Literal> upper;
  bool is_exact = false;  ///< Equal bounds mean that all values are equal to them.
};

/// The leaf with each literal in the field's own type; True where one has no such form, since then
/// its comparison is the engine's affair.
Predicate Bind(const Predicate& leaf, const Type& type);

/// False when no row can match. REQUIRES: a leaf whose literals have the type of the bounds.
bool MayMatchRange(const Predicate& leaf, const ValueRange& range);

/// What a manifest says of one column in one file.
struct ColumnCounts {
  std::optional<std::int64_t> values;
  std::optional<std::int64_t> nulls;
  std::optional<std::int64_t> nans;
};
/// The same, in binary single-value form.
struct ColumnBounds {
  std::optional<std::string_view> lower;
  std::optional<std::string_view> upper;
};

/// MayMatchMetrics for many files: literals are bound once, and a file costs no allocation beyond
/// those of bounds longer than any before. Owned by one thread; borrows the schema.
class MetricsFilter {
 public:
  MetricsFilter(const Predicate& predicate, const Schema& schema)
      : root_(Compile(predicate, schema)) {}

  bool is_true() const { return root_.kind == PredicateKind::kTrue; }

  /// `file.BoundsOf(field id)` gives ColumnBounds, `file.CountsOf(field id)` ColumnCounts; the
  /// latter is asked only when bounds rule out nothing.
  template <typename File>
  bool MayMatch(std::int64_t record_count, const File& file) {
    return record_count != 0 && MayMatchNode(root_, file);
  }

 private:
  struct Node {
    PredicateKind kind = PredicateKind::kTrue;
    std::vector<Node> children;  ///< Of kAnd and kOr.
    Predicate leaf;              ///< Bound to the field's type.
    const NestedField* field = nullptr;
    ValueRange range;  ///< Filled for one file after the other.
  };

  static Node Compile(const Predicate& predicate, const Schema& schema);
  static bool MayMatchBounds(Node& node, const ColumnBounds& bounds);
  static bool MayMatchCounts(Node& node, const ColumnCounts& counts);

  template <typename File>
  static bool MayMatchNode(Node& node, const File& file) {
    switch (node.kind) {
      case PredicateKind::kTrue: return true;
      case PredicateKind::kFalse: return false;
      case PredicateKind::kAnd:
        for (Node& child : node.children) {
          if (!MayMatchNode(child, file)) return false;
        }
        return true;
      case PredicateKind::kOr:
        for (Node& child : node.children) {
          if (MayMatchNode(child, file)) return true;
        }
        return false;
      default:
        return MayMatchBounds(node, file.BoundsOf(node.field->id)) &&
               MayMatchCounts(node, file.CountsOf(node.field->id));
    }
  }

  Node root_;
};

}  // namespace firn::iceberg
