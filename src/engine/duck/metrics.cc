#include <optional>

#include "engine/duck/metrics_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

std::string Quote(const std::string& name) { return duckdb::KeywordHelper::WriteQuoted(name, '"'); }

using Statistics = duckdb::case_insensitive_map_t<duckdb::Value>;

/// Null when absent.
const duckdb::Value* FindKey(const Statistics& statistics, const char* key) {
  const auto found = statistics.find(key);
  return found == statistics.end() || found->second.IsNull() ? nullptr : &found->second;
}

std::optional<std::int64_t> FindCount(const Statistics& statistics, const char* key) {
  const duckdb::Value* value = FindKey(statistics, key);
  if (value == nullptr) return std::nullopt;
  const auto number = TryCastValue(*value, duckdb::LogicalType::BIGINT);
  if (!number) return std::nullopt;
  return number->GetValue<std::int64_t>();
}

/// The writer renders their bounds as text that does not read back byte for byte; the footer has
/// the bytes.
bool HasBytesAsBounds(iceberg::TypeKind kind) {
  return kind == iceberg::TypeKind::kUuid || kind == iceberg::TypeKind::kFixed ||
         kind == iceberg::TypeKind::kBinary;
}

std::optional<iceberg::Literal> ReadBound(const Statistics& statistics, const char* key,
                                          const iceberg::Type& type) {
  const duckdb::Value* text = FindKey(statistics, key);
  const auto logical = ToLogicalType(type, "");
  if (text == nullptr || !logical) return std::nullopt;
  const auto value = TryCastValue(*text, *logical);
  if (!value) return std::nullopt;
  return ToLiteral(*value, type);
}

std::optional<iceberg::Literal> ReadBytes(const std::string& bytes, const iceberg::Type& type) {
  auto literal = iceberg::LiteralFromBinary(bytes, type);
  if (!literal) return std::nullopt;
  return *std::move(literal);
}

/// Zero has two signs and bounds must hold both.
void WidenZero(iceberg::Literal& bound, bool lower) {
  if (auto* value = std::get_if<double>(&bound.value)) {
    if (*value == 0) *value = lower ? -0.0 : 0.0;
  } else if (auto* narrow = std::get_if<float>(&bound.value)) {
    if (*narrow == 0) *narrow = lower ? -0.0F : 0.0F;
  }
}

}  // namespace

std::size_t MetricsMaker::InferredColumnsMax(const iceberg::Properties& properties) {
  const auto found = properties.find("write.metadata.metrics.max-inferred-column-defaults");
  if (found == properties.end()) return kInferredMetricsColumns;
  const auto number = TryCastValue(duckdb::Value(found->second), duckdb::LogicalType::UINTEGER);
  return number ? number->GetValue<std::uint32_t>() : kInferredMetricsColumns;
}

MetricsMaker::MetricsMaker(const iceberg::TableMetadata& metadata) {
  for (const iceberg::NestedField& field : metadata.current_schema().fields) {
    AddLeaves(field, Quote(field.name), field.name, false, metadata.properties);
  }
}

std::pair<MetricsMaker::Mode, std::size_t> MetricsMaker::ParseMode(const std::string& text) {
  if (text == "none") return {Mode::kNone, 0};
  if (text == "counts") return {Mode::kCounts, 0};
  if (text == "full") return {Mode::kFull, 0};
  std::size_t width = 0;
  if (text.starts_with("truncate(")) {
    for (std::size_t i = 9; i < text.size() && text[i] >= '0' && text[i] <= '9' && width < 100'000;
         ++i) {
      width = width * 10 + static_cast<std::size_t>(text[i] - '0');
    }
  }
  return {Mode::kTruncate, width == 0 ? 16 : width};
}

void MetricsMaker::AddLeaves(const iceberg::NestedField& field, const std::string& path,
                             const std::string& dotted, bool repeated,
                             const iceberg::Properties& properties) {
  if (field.type.is_primitive()) {
    auto mode = properties.find("write.metadata.metrics.column." + dotted);
    if (mode == properties.end()) mode = properties.find("write.metadata.metrics.default");
    Leaf leaf{.field_id = field.id, .type = field.type, .bounds = !repeated};
    // Of a wide table the first columns alone have metrics, unless it says otherwise.
    const bool is_beyond =
        mode == properties.end() && leaves_.size() >= InferredColumnsMax(properties);
    std::tie(leaf.mode, leaf.width) = ParseMode(mode != properties.end() ? mode->second
                                                : is_beyond              ? "none"
                                                                         : "truncate(16)");
    leaves_.emplace(path, std::move(leaf));
    return;
  }
  const bool repeats = field.type.kind != iceberg::TypeKind::kStruct;
  for (const iceberg::NestedField& child : field.type.fields()) {
    AddLeaves(child, path + "." + Quote(child.name), dotted + "." + child.name, repeated || repeats,
              properties);
  }
}

void MetricsMaker::Fill(const FinishedFile& finished, const WrittenFooter& footer,
                        iceberg::DataFile& file) const {
  for (const auto& [name, column] : finished.statistics.column_statistics) {
    std::string path = name;
    auto leaf = leaves_.find(path);
    if (leaf == leaves_.end()) {
      // A map's parts stand inside its key_value group.
      const std::string group = ".\"key_value\"";
      const std::size_t at = path.find(group);
      if (at == std::string::npos) continue;
      leaf = leaves_.find(path.erase(at, group.size()));
      if (leaf == leaves_.end()) continue;
    }
    const Leaf& known = leaf->second;
    if (known.mode == Mode::kNone) continue;
    if (const auto size = FindCount(column, "column_size_bytes")) {
      file.column_sizes[known.field_id] = *size;
    }
    if (const auto count = FindCount(column, "num_values")) {
      file.value_counts[known.field_id] = *count;
    }
    if (const auto nulls = FindCount(column, "null_count")) {
      file.null_value_counts[known.field_id] = *nulls;
    }
    if (const auto nans = finished.nan_counts.find(name); nans != finished.nan_counts.end()) {
      file.nan_value_counts[known.field_id] = nans->second;
    }
    if (known.mode == Mode::kCounts || !known.bounds) continue;
    if (!HasBytesAsBounds(known.type.kind)) {
      FillBounds(known, ReadBound(column, "min", known.type), ReadBound(column, "max", known.type),
                 file);
    } else if (const auto raw = footer.bounds.find(name);
               raw != footer.bounds.end() && raw->second.is_known) {
      FillBounds(known, ReadBytes(raw->second.lower, known.type),
                 ReadBytes(raw->second.upper, known.type), file);
    }
  }
}

void MetricsMaker::FillBounds(const Leaf& leaf, std::optional<iceberg::Literal> lower,
                              std::optional<iceberg::Literal> upper,
                              iceberg::DataFile& file) const {
  if (!lower || !upper || lower->is_nan() || upper->is_nan()) return;
  WidenZero(*lower, true);
  WidenZero(*upper, false);
  if (leaf.mode == Mode::kTruncate) {
    lower = iceberg::TruncateLowerBound(*lower, leaf.width);
    upper = iceberg::TruncateUpperBound(*upper, leaf.width);
  }
  file.lower_bounds[leaf.field_id] = iceberg::ToBinary(*lower);
  if (upper) file.upper_bounds[leaf.field_id] = iceberg::ToBinary(*upper);
}

}  // namespace firn::duck
