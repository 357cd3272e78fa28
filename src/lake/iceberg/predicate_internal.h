#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lake/iceberg/predicate.h"

/// The one test that partitions, summaries and column metrics share, and its form for many files.
///
/// Reading order: ValueRange, MayMatchRange, ColumnMetrics, MetricsFilter.

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

/// What a manifest says of one column in one file; bounds in binary single-value form.
struct ColumnMetrics {
  std::optional<std::int64_t> value_count;
  std::optional<std::int64_t> null_count;
  std::optional<std::int64_t> nan_count;
  std::optional<std::string_view> lower_bound;
  std::optional<std::string_view> upper_bound;
};

/// MayMatchMetrics for many files: literals are bound once, and a file costs no allocation beyond
/// those of bounds longer than any before. Owned by one thread; borrows the schema.
class MetricsFilter {
 public:
  MetricsFilter(const Predicate& predicate, const Schema& schema)
      : root_(Compile(predicate, schema)) {}

  bool is_true() const { return root_.kind == PredicateKind::kTrue; }

  /// `metrics_of(field id)` gives the file's ColumnMetrics.
  template <typename MetricsOf>
  bool MayMatch(std::int64_t record_count, const MetricsOf& metrics_of) {
    return record_count != 0 && MayMatchNode(root_, metrics_of);
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
  static bool MayMatchLeaf(Node& node, const ColumnMetrics& metrics);

  template <typename MetricsOf>
  static bool MayMatchNode(Node& node, const MetricsOf& metrics_of) {
    switch (node.kind) {
      case PredicateKind::kTrue: return true;
      case PredicateKind::kFalse: return false;
      case PredicateKind::kAnd:
        for (Node& child : node.children) {
          if (!MayMatchNode(child, metrics_of)) return false;
        }
        return true;
      case PredicateKind::kOr:
        for (Node& child : node.children) {
          if (MayMatchNode(child, metrics_of)) return true;
        }
        return false;
      default: return MayMatchLeaf(node, metrics_of(node.field->id));
    }
  }

  Node root_;
};

}  // namespace firn::iceberg
