#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/parquet_copy_internal.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/table_metadata.h"

/// What Parquet's writer counted, as a manifest holds it.

namespace firn::duck {

/// Turns the statistics COPY returns into a DataFile's maps. Immutable.
class MetricsMaker {
 public:
  /// Follows write.metadata.metrics.default, .column.* and .max-inferred-column-defaults;
  /// `metadata` must outlive it.
  explicit MetricsMaker(const iceberg::TableMetadata& metadata);

  void Fill(const FinishedFile& finished, const WrittenFooter& footer,
            iceberg::DataFile& file) const;

 private:
  enum class Mode { kNone, kCounts, kTruncate, kFull };
  struct Leaf {
    std::int32_t field_id = 0;
    iceberg::Type type;
    Mode mode = Mode::kTruncate;
    std::size_t width = 16;
    bool bounds = true;  ///< Parts of lists and maps have none.
  };

  void AddLeaves(const iceberg::NestedField& field, const std::string& path,
                 const std::string& dotted, bool repeated, const iceberg::Properties& properties);
  static std::pair<Mode, std::size_t> ParseMode(const std::string& text);
  static std::size_t InferredColumnsMax(const iceberg::Properties& properties);
  void FillBounds(const Leaf& leaf, std::optional<iceberg::Literal> lower,
                  std::optional<iceberg::Literal> upper, iceberg::DataFile& file) const;

  std::map<std::string, Leaf> leaves_;
};

}  // namespace firn::duck
